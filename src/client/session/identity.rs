//! Who one is on a server, so that one is the same person there after a broken connection.
//!
//! Owned here: names and passwords, which are learned from what is sent and believed when the
//! server has said that they are right. They are in memory only, and cleared from it. Not known
//! here: when there is a connection.

use zeroize::Zeroizing;

use crate::command::{self, Command, RoomChange, Secret, Utterance};
use crate::text::CleanText;

use super::meaning::{Question, Told};

/// Rooms whose passwords are remembered: as many as one may be in.
const ROOM_PASSWORDS_MAX: usize = crate::limits::ROOMS_PER_CLIENT_MAX;

/// A password, which does not stay in memory.
type Password = Zeroizing<String>;

/// Who somebody is, and what they have said that shows it.
#[derive(Default)]
pub struct Identity {
    /// The name of the account, and its password.
    account: Option<(String, Password)>,
    /// The name of a guest.
    nick: Option<String>,
    /// What one is called, as far as the server has said so.
    called: Option<String>,
    /// What one wished to be called at first, until one is called that or otherwise by wish.
    wanted: Option<String>,
    /// The login that this led to has not come to an end.
    is_own_login_open: bool,
    /// An account that the server has not agreed to.
    tried_account: Option<(String, Password)>,
    tried_nick: Option<String>,
    new_password: Option<Password>,
    /// What opens the server.
    door_password: Option<Password>,
    room_passwords: Vec<(String, Password)>,
    has_quit: bool,
}

impl Identity {
    /// Of somebody who wishes to be called this.
    pub fn new(wanted: Option<String>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Whether one has said goodbye.
    pub fn has_quit(&self) -> bool {
        self.has_quit
    }

    /// Whether one has logged in.
    pub fn has_account(&self) -> bool {
        self.account.is_some()
    }

    /// What opens the server, if that is known.
    pub fn door_password(&self) -> Option<&str> {
        self.door_password.as_ref().map(|password| password.as_str())
    }

    /// A line is sent from this room.
    pub fn sends(&mut self, line: &str, room: Option<&str>) {
        let Utterance::Command(command) =
            command::interpret(CleanText::from_bytes(line.as_bytes()))
        else {
            return;
        };
        match *command {
            Command::Login { name, password: Some(password) } => {
                self.tried_account = Some((name.into(), kept(&password)));
            }
            Command::Register { password: Some(password) } => {
                self.new_password = Some(kept(&password));
            }
            Command::Passwd { change: Some((_, password)) } => {
                self.new_password = Some(kept(&password));
            }
            Command::Nick { name } => self.tried_nick = Some(name.into()),
            Command::Join { room, password: Some(password), .. } => {
                self.remember_room(&room, kept(&password));
            }
            Command::Room(RoomChange::Password(password)) => {
                let Some(room) = room else { return };
                match password {
                    Some(password) => self.remember_room(room, kept(&password)),
                    None => self.room_passwords.retain(|(known, _)| !is_same(known, room)),
                }
            }
            Command::Quit { .. } => self.has_quit = true,
            _ => {}
        }
    }

    /// A question has been answered.
    pub fn answers(&mut self, question: &Question, answer: &str, is_at_door: bool) {
        let password = || Zeroizing::new(answer.trim().to_owned());
        match question {
            // Who answers nothing does not want to log in.
            Question::PasswordOf(_) | Question::AfterWrong if answer.trim().is_empty() => {
                self.give_up_login();
            }
            // Whoever changes the password is asked for the one that there is.
            Question::PasswordOf(name) if self.is_account(name) => {}
            Question::PasswordOf(name) => self.tried_account = Some((name.clone(), password())),
            Question::AfterWrong => {
                if let Some((_, tried)) = &mut self.tried_account {
                    *tried = password();
                }
            }
            Question::NewPassword => self.new_password = Some(password()),
            Question::Password if is_at_door => self.door_password = Some(password()),
            Question::Password | Question::Again => {}
        }
    }

    /// The server has said something. What is to be said to it then.
    pub fn hear(&mut self, told: &Told<'_>) -> Option<String> {
        match told {
            Told::NameRegistered(name) => {
                self.tried_nick.take_if(|tried| is_same(tried, name));
                let wanted = self.wanted.as_ref().filter(|wanted| is_same(wanted, name))?.clone();
                let is_first = !std::mem::replace(&mut self.is_own_login_open, true);
                return is_first.then(|| format!("/login {wanted}"));
            }
            Told::NameInUse(name) => {
                self.tried_nick.take_if(|tried| is_same(tried, name));
            }
            Told::NameRefused => {
                // Asked for again, it would be refused again.
                if let (Some(tried), Some(wanted)) = (self.tried_nick.take(), &self.wanted)
                    && is_same(&tried, wanted)
                {
                    self.wanted = None;
                }
            }
            Told::LoggedIn(name) => {
                self.called = Some((*name).to_owned());
                (self.is_own_login_open, self.wanted) = (false, None);
                let is_it = |(tried, _): &mut (String, _)| is_same(tried, name);
                if let Some(account) = self.tried_account.take_if(is_it) {
                    self.account = Some(account);
                }
            }
            Told::NotLoggedIn => self.give_up_login(),
            Told::LoggedOut => {
                self.account = None;
                self.nick = None;
                self.called = None;
            }
            Told::Registered(name) => {
                if let Some(password) = self.new_password.take() {
                    self.account = Some(((*name).to_owned(), password));
                }
            }
            Told::PasswordChanged => {
                if let (Some((_, known)), Some(new)) = (&mut self.account, self.new_password.take())
                {
                    *known = new;
                }
            }
            Told::RenamedTo(name) => {
                if let Some(nick) = self.tried_nick.take_if(|tried| is_same(tried, name)) {
                    self.called = Some((*name).to_owned());
                    (self.nick, self.wanted) = (Some(nick), None);
                }
            }
            _ => {}
        }
        None
    }

    /// The server calls one this. What it called one before, if that was another name and nothing
    /// brings it back.
    pub fn is_welcomed_as(&mut self, name: &str) -> Option<String> {
        if let Some(nick) = self.tried_nick.take_if(|tried| is_same(tried, name)) {
            (self.nick, self.wanted) = (Some(nick), None);
        }
        let before = self.called.replace(name.to_owned())?;
        let is_lost = self.account.is_none() && self.guest_name().is_none();
        (is_lost && before != name).then_some(before)
    }

    /// Whether a room that one makes has a password.
    pub fn knows_password_of(&self, room: &str) -> bool {
        self.room_passwords.iter().any(|(known, _)| is_same(known, room))
    }

    fn is_account(&self, name: &str) -> bool {
        self.account.as_ref().is_some_and(|(own, _)| is_same(own, name))
    }

    /// There is a new connection: what was asked on the one before is answered no more.
    pub fn begin_again(&mut self) {
        self.tried_account = None;
        self.tried_nick = None;
        self.is_own_login_open = false;
    }

    /// A login has led to nothing. One that came of the name that was wished for does not come of it
    /// again on the next connection.
    fn give_up_login(&mut self) {
        self.tried_account = None;
        if std::mem::take(&mut self.is_own_login_open) {
            self.wanted = None;
        }
    }

    /// Whether one is being logged in by the name that was wished for.
    pub fn is_own_login_open(&self) -> bool {
        self.is_own_login_open
    }

    /// Whether it is still open who one is: the server has not answered what was asked last.
    pub fn awaits_answer(&self) -> bool {
        self.tried_account.is_some() || self.tried_nick.is_some() || self.is_own_login_open
    }

    /// What makes one the same person again on a new connection.
    pub fn comes_back(&mut self) -> Option<Password> {
        if let Some((name, password)) = self.account.clone() {
            let line = Zeroizing::new(format!("/login {name} {}", password.as_str()));
            self.tried_account = Some((name, password));
            return Some(line);
        }
        self.guest_name().map(|name| Zeroizing::new(format!("/nick {name}")))
    }

    /// What a guest is to be called, and perhaps is.
    pub fn guest_name(&self) -> Option<&str> {
        self.nick.as_deref().or(self.wanted.as_deref()).filter(|_| self.account.is_none())
    }

    /// What takes one into a room.
    pub fn joins(&self, room: &str) -> Password {
        let is_it = |(known, _): &&(String, Password)| is_same(known, room);
        let line = match self.room_passwords.iter().find(is_it) {
            Some((_, password)) => format!("/join {room} {}", password.as_str()),
            None => format!("/join {room}"),
        };
        Zeroizing::new(line)
    }

    /// Rooms of commands have no `#` before them.
    fn remember_room(&mut self, room: &str, password: Password) {
        let name = format!("#{}", room.trim_start_matches('#'));
        self.room_passwords.retain(|(known, _)| !is_same(known, &name));
        if self.room_passwords.len() < ROOM_PASSWORDS_MAX {
            self.room_passwords.push((name, password));
        }
    }
}

fn kept(secret: &Secret) -> Password {
    Zeroizing::new(secret.expose().to_owned())
}

/// Names differ in capitals from what was typed.
pub(in crate::client) fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::session::meaning;

    const OF_ANN: &str = "<Password for ann (Enter cancels): ";

    /// What is sent (`>`), answered to a question (`?`) and told (`<`), and what brings one back.
    fn check(steps: &[&str], expected: Option<&str>) {
        let mut identity = Identity::default();
        let mut question = None;
        for step in steps {
            let (kind, text) = step.split_at(1);
            match kind {
                ">" => identity.sends(text, None),
                "?" => identity.answers(question.as_ref().unwrap(), text, false),
                _ => match meaning::read_question(text) {
                    Some(asked) => question = Some(asked),
                    None => assert_eq!(identity.hear(&meaning::read(text).unwrap()), None),
                },
            }
        }
        let line = identity.comes_back();
        assert_eq!(line.as_ref().map(|line| line.as_str()), expected, "{steps:?}");
    }

    #[test]
    fn who_one_was() {
        let login = Some("/login ann secret 123");
        check(&[">hello"], None);
        // What somebody else would have us believe.
        let forged = "<mallory is yours now. From anywhere: /login mallory";
        let logged_in = "<You are logged in as ann.";
        check(&[">/login ann secret 123", logged_in, forged], login);
        check(&[">/nick ann"], None);
        check(&[">/nick ann", "<swift-fox is now Ann"], Some("/nick ann"));
        check(&[">/nick ann", "<swift-fox is now bob"], None);
        check(&[">/login ann secret 123", "<You are logged in as Ann."], login);
        check(&[">/login ann secret 123", "<That is not the password. Nothing has changed."], None);
        check(&[">/login ann", OF_ANN, "?secret 123", "<You are logged in as ann."], login);
        let wrong = "<That is not the password. Try again (Enter cancels): ";
        check(
            &[">/login ann", OF_ANN, "?secret", wrong, "?secret 123", "<You are logged in as ann."],
            login,
        );
        let failed = "<No login: 3 wrong passwords. You are talking in the room again.";
        check(&[">/login ann", OF_ANN, "?secret 123", failed, "<You are logged in as ann."], None);
        check(
            &[
                ">/register",
                "<Password for ann, 6 characters or more (Enter cancels): ",
                "?secret 124",
                "<The same again (Enter cancels): ",
                "?secret 125",
                "<The passwords differ. Try again (Enter cancels): ",
                "?secret 123",
                "<The same again (Enter cancels): ",
                "?secret 123",
                "<ann is yours now. From anywhere: /login ann",
            ],
            login,
        );
        check(
            &[
                ">/login ann old",
                "<You are logged in as ann.",
                ">/passwd old new",
                "<Your password is changed.",
            ],
            Some("/login ann new"),
        );
        check(
            &[
                ">/login ann old",
                "<You are logged in as ann.",
                ">/passwd",
                OF_ANN,
                "?odl",
                "<New password for ann, 6 characters or more (Enter cancels): ",
                "?secret 123",
                "<The same again (Enter cancels): ",
                "?secret 123",
                wrong,
                "?old",
                "<Your password is changed.",
            ],
            login,
        );
        check(
            &[
                ">/login ann secret",
                "<You are logged in as ann.",
                ">/logout",
                "<You are logged out, and called swift-fox now.",
            ],
            None,
        );
        // Somebody else who logs in is nobody's business.
        check(&[">/login ann secret", "<You are logged in as bob."], None);
    }

    #[test]
    fn a_wish_lasts_until_there_is_a_name() {
        let mut identity = Identity::new(Some("ann".to_owned()));
        assert_eq!(identity.comes_back().unwrap().as_str(), "/nick ann");
        identity.sends("/nick ann", None);
        assert!(identity.awaits_answer());
        let login = Some("/login ann".to_owned());
        assert_eq!(identity.hear(&Told::NameRegistered("Ann")), login);
        // Who answers nothing does not log in, and is not asked again, also the next time.
        assert!(identity.awaits_answer());
        identity.answers(&Question::PasswordOf("ann".to_owned()), " ", false);
        assert!(!identity.awaits_answer());
        assert_eq!(identity.hear(&Told::NotLoggedIn), None);
        identity.begin_again();
        assert_eq!(identity.comes_back(), None);
        // Whoever has not answered is asked the next time.
        let mut identity = Identity::new(Some("ann".to_owned()));
        for _ in 0..2 {
            identity.begin_again();
            assert_eq!(identity.comes_back().unwrap().as_str(), "/nick ann");
            assert_eq!(identity.hear(&Told::NameRegistered("ann")), login);
        }
        // A login without a password that is known leaves nothing to come back with.
        assert_eq!(identity.hear(&Told::LoggedIn("ann")), None);
        assert!(!identity.awaits_answer() && identity.guest_name().is_none());
    }

    #[test]
    fn doors_and_rooms() {
        let mut identity = Identity::default();
        identity.answers(&Question::Password, "open", true);
        identity.answers(&Question::Password, "other", false);
        assert_eq!(identity.door_password(), Some("open"));
        identity.sends("/join #ops sesame", None);
        assert_eq!(identity.joins("#ops").as_str(), "/join #ops sesame");
        assert_eq!(identity.joins("#dev").as_str(), "/join #dev");
        assert!(!identity.has_quit());
        identity.sends("/quit good night", None);
        assert!(identity.has_quit());
    }
}
