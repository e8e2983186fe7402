//! The user's identity on a server, so that they have the same one after reconnecting.
//!
//! This module learns names and passwords from the lines that the user sends, and trusts them once
//! the server has confirmed them. They are kept in memory only, and cleared from it. It does not
//! know when there is a connection.

use zeroize::Zeroizing;

use crate::command::{self, Command, RoomChange, Secret, Utterance};
use crate::model::password::ClearPassword;
use crate::text::CleanText;

use super::meaning::{Meaning, ServerQuestion};

/// Maximum number of rooms whose passwords are remembered: as many as a user may be in.
const ROOM_PASSWORDS_MAX: usize = crate::limits::ROOMS_PER_CLIENT_MAX;

/// The user's identity, and the unconfirmed lines that may change it.
#[derive(Default)]
pub struct Identity {
    /// The name and password of the account.
    account: Option<(String, ClearPassword)>,
    /// The name of a guest.
    nick: Option<String>,
    /// The user's name as the server last gave it.
    called: Option<String>,
    /// The name requested at the start, until the user has it or has chosen another.
    wanted: Option<String>,
    /// Whether the login that the client began because `wanted` is registered is still in progress.
    is_own_login_open: bool,
    /// An account that the server has not confirmed.
    tried_account: Option<(String, ClearPassword)>,
    tried_nick: Option<String>,
    new_password: Option<ClearPassword>,
    /// The password of the server.
    door_password: Option<ClearPassword>,
    room_passwords: Vec<(String, ClearPassword)>,
    has_quit: bool,
}

impl Identity {
    /// The identity of a user who would like this name.
    pub fn new(wanted: Option<String>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Whether the user has said goodbye.
    pub fn has_quit(&self) -> bool {
        self.has_quit
    }

    /// Whether the user has logged in.
    pub fn has_account(&self) -> bool {
        self.account.is_some()
    }

    /// The password of the server, if it is known.
    pub fn door_password(&self) -> Option<&str> {
        self.door_password.as_ref().map(|password| password.as_str())
    }

    /// Takes a line that the user sends from this room.
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

    /// Takes the answer to a question.
    pub fn answers(&mut self, question: &ServerQuestion, answer: &str, is_at_door: bool) {
        let password = || Zeroizing::new(answer.trim().to_owned());
        match question {
            // A user who answers nothing does not want to log in.
            ServerQuestion::PasswordOf(_) | ServerQuestion::AfterWrong
                if answer.trim().is_empty() =>
            {
                self.give_up_login();
            }
            // A user changing the password is first asked for the current one.
            ServerQuestion::PasswordOf(name) if self.is_account(name) => {}
            ServerQuestion::PasswordOf(name) => {
                self.tried_account = Some((name.clone(), password()))
            }
            ServerQuestion::AfterWrong => {
                if let Some((_, tried)) = &mut self.tried_account {
                    *tried = password();
                }
            }
            ServerQuestion::NewPassword => self.new_password = Some(password()),
            ServerQuestion::Password if is_at_door => self.door_password = Some(password()),
            ServerQuestion::Password | ServerQuestion::Again => {}
        }
    }

    /// Takes a line from the server. Returns the line to send in reply, if any.
    pub fn hear(&mut self, told: &Meaning<'_>) -> Option<String> {
        match told {
            Meaning::NameRegistered(name) => {
                self.tried_nick.take_if(|tried| is_same(tried, name));
                let wanted = self.wanted.as_ref().filter(|wanted| is_same(wanted, name))?.clone();
                let is_first = !std::mem::replace(&mut self.is_own_login_open, true);
                return is_first.then(|| format!("/login {wanted}"));
            }
            Meaning::NameInUse(name) => {
                self.tried_nick.take_if(|tried| is_same(tried, name));
            }
            Meaning::NameRefused => {
                // If it were requested again, it would be refused again.
                if let (Some(tried), Some(wanted)) = (self.tried_nick.take(), &self.wanted)
                    && is_same(&tried, wanted)
                {
                    self.wanted = None;
                }
            }
            Meaning::LoggedIn(name) => {
                self.called = Some((*name).to_owned());
                (self.is_own_login_open, self.wanted) = (false, None);
                let is_it = |(tried, _): &mut (String, _)| is_same(tried, name);
                if let Some(account) = self.tried_account.take_if(is_it) {
                    self.account = Some(account);
                }
            }
            Meaning::NotLoggedIn => self.give_up_login(),
            Meaning::LoggedOut => {
                self.account = None;
                self.nick = None;
                self.called = None;
            }
            Meaning::Registered(name) => {
                if let Some(password) = self.new_password.take() {
                    self.account = Some(((*name).to_owned(), password));
                }
            }
            Meaning::PasswordChanged => {
                if let (Some((_, known)), Some(new)) = (&mut self.account, self.new_password.take())
                {
                    *known = new;
                }
            }
            Meaning::RenamedTo(name) => {
                if let Some(nick) = self.tried_nick.take_if(|tried| is_same(tried, name)) {
                    self.called = Some((*name).to_owned());
                    (self.nick, self.wanted) = (Some(nick), None);
                }
            }
            _ => {}
        }
        None
    }

    /// Takes the name in a welcome. Returns the previous name if it was a different one and nothing
    /// will restore it.
    pub fn is_welcomed_as(&mut self, name: &str) -> Option<String> {
        if let Some(nick) = self.tried_nick.take_if(|tried| is_same(tried, name)) {
            (self.nick, self.wanted) = (Some(nick), None);
        }
        let before = self.called.replace(name.to_owned())?;
        let is_lost = self.account.is_none() && self.guest_name().is_none();
        (is_lost && before != name).then_some(before)
    }

    /// Whether the password of this room is known.
    pub fn knows_password_of(&self, room: &str) -> bool {
        self.room_passwords.iter().any(|(known, _)| is_same(known, room))
    }

    fn is_account(&self, name: &str) -> bool {
        self.account.as_ref().is_some_and(|(own, _)| is_same(own, name))
    }

    /// Starts over on a new connection, on which nothing asked before will be answered.
    pub fn begin_again(&mut self) {
        self.tried_account = None;
        self.tried_nick = None;
        self.is_own_login_open = false;
    }

    /// Ends a login that failed. If the client began it for the requested name, it does not begin
    /// it again on the next connection.
    fn give_up_login(&mut self) {
        self.tried_account = None;
        if std::mem::take(&mut self.is_own_login_open) {
            self.wanted = None;
        }
    }

    /// Whether a login for the requested name is in progress.
    pub fn is_own_login_open(&self) -> bool {
        self.is_own_login_open
    }

    /// Whether the server has yet to answer the last request about the user's identity.
    pub fn awaits_answer(&self) -> bool {
        self.tried_account.is_some() || self.tried_nick.is_some() || self.is_own_login_open
    }

    /// The line that restores the user's identity on a new connection.
    pub fn comes_back(&mut self) -> Option<ClearPassword> {
        if let Some((name, password)) = self.account.clone() {
            let line = Zeroizing::new(format!("/login {name} {}", password.as_str()));
            self.tried_account = Some((name, password));
            return Some(line);
        }
        self.guest_name().map(|name| Zeroizing::new(format!("/nick {name}")))
    }

    /// The name that a guest should have, and may have already.
    pub fn guest_name(&self) -> Option<&str> {
        self.nick.as_deref().or(self.wanted.as_deref()).filter(|_| self.account.is_none())
    }

    /// The line that joins a room.
    pub fn joins(&self, room: &str) -> ClearPassword {
        let is_it = |(known, _): &&(String, ClearPassword)| is_same(known, room);
        let line = match self.room_passwords.iter().find(is_it) {
            Some((_, password)) => format!("/join {room} {}", password.as_str()),
            None => format!("/join {room}"),
        };
        Zeroizing::new(line)
    }

    /// Commands hold room names without the `#`.
    fn remember_room(&mut self, room: &str, password: ClearPassword) {
        let name = format!("#{}", room.trim_start_matches('#'));
        self.room_passwords.retain(|(known, _)| !is_same(known, &name));
        if self.room_passwords.len() < ROOM_PASSWORDS_MAX {
            self.room_passwords.push((name, password));
        }
    }
}

fn kept(secret: &Secret) -> ClearPassword {
    Zeroizing::new(secret.expose().to_owned())
}

/// The server may capitalise a name differently from what was typed.
pub(in crate::client) fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::session::meaning;

    const OF_ANN: &str = "<Password for ann (Enter cancels): ";

    /// Applies lines that are sent (`>`), answers (`?`) and lines from the server (`<`), then
    /// checks the line that restores the identity.
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
    fn the_identity_is_restored() {
        let login = Some("/login ann secret 123");
        check(&[">hello"], None);
        // A line that someone else could forge.
        let forged = "<mallory is now registered to you. To log in from anywhere: /login mallory";
        let logged_in = "<You are logged in as ann.";
        check(&[">/login ann secret 123", logged_in, forged], login);
        check(&[">/nick ann"], None);
        check(&[">/nick ann", "<swift-fox is now Ann"], Some("/nick ann"));
        check(&[">/nick ann", "<swift-fox is now bob"], None);
        check(&[">/login ann secret 123", "<You are logged in as Ann."], login);
        check(&[">/login ann secret 123", "<Wrong password. Nothing has changed."], None);
        check(&[">/login ann", OF_ANN, "?secret 123", "<You are logged in as ann."], login);
        let wrong = "<Wrong password. Try again (Enter cancels): ";
        check(
            &[">/login ann", OF_ANN, "?secret", wrong, "?secret 123", "<You are logged in as ann."],
            login,
        );
        let failed = "<Login failed after 3 wrong passwords. You are talking in the room again.";
        check(&[">/login ann", OF_ANN, "?secret 123", failed, "<You are logged in as ann."], None);
        check(
            &[
                ">/register",
                "<Password for ann, 6 characters or more (Enter cancels): ",
                "?secret 124",
                "<Repeat the password (Enter cancels): ",
                "?secret 125",
                "<The passwords do not match. Try again (Enter cancels): ",
                "?secret 123",
                "<Repeat the password (Enter cancels): ",
                "?secret 123",
                "<ann is now registered to you. To log in from anywhere: /login ann",
            ],
            login,
        );
        check(
            &[
                ">/login ann old",
                "<You are logged in as ann.",
                ">/passwd old new",
                "<Your password has been changed.",
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
                "<Repeat the password (Enter cancels): ",
                "?secret 123",
                wrong,
                "?old",
                "<Your password has been changed.",
            ],
            login,
        );
        check(
            &[
                ">/login ann secret",
                "<You are logged in as ann.",
                ">/logout",
                "<You are logged out. Your name is now swift-fox.",
            ],
            None,
        );
        // Someone else logging in changes nothing.
        check(&[">/login ann secret", "<You are logged in as bob."], None);
    }

    #[test]
    fn a_requested_name_lasts_until_the_user_has_one() {
        let mut identity = Identity::new(Some("ann".to_owned()));
        assert_eq!(identity.comes_back().unwrap().as_str(), "/nick ann");
        identity.sends("/nick ann", None);
        assert!(identity.awaits_answer());
        let login = Some("/login ann".to_owned());
        assert_eq!(identity.hear(&Meaning::NameRegistered("Ann")), login);
        // A user who answers nothing does not log in and is not asked again, not even on the next
        // connection.
        assert!(identity.awaits_answer());
        identity.answers(&ServerQuestion::PasswordOf("ann".to_owned()), " ", false);
        assert!(!identity.awaits_answer());
        assert_eq!(identity.hear(&Meaning::NotLoggedIn), None);
        identity.begin_again();
        assert_eq!(identity.comes_back(), None);
        // A user who has not answered yet is asked again on the next connection.
        let mut identity = Identity::new(Some("ann".to_owned()));
        for _ in 0..2 {
            identity.begin_again();
            assert_eq!(identity.comes_back().unwrap().as_str(), "/nick ann");
            assert_eq!(identity.hear(&Meaning::NameRegistered("ann")), login);
        }
        // A login whose password is unknown leaves nothing to restore the identity with.
        assert_eq!(identity.hear(&Meaning::LoggedIn("ann")), None);
        assert!(!identity.awaits_answer() && identity.guest_name().is_none());
    }

    #[test]
    fn server_and_room_passwords_are_restored() {
        let mut identity = Identity::default();
        identity.answers(&ServerQuestion::Password, "open", true);
        identity.answers(&ServerQuestion::Password, "other", false);
        assert_eq!(identity.door_password(), Some("open"));
        identity.sends("/join #ops sesame", None);
        assert_eq!(identity.joins("#ops").as_str(), "/join #ops sesame");
        assert_eq!(identity.joins("#dev").as_str(), "/join #dev");
        assert!(!identity.has_quit());
        identity.sends("/quit good night", None);
        assert!(identity.has_quit());
    }
}
