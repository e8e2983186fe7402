//! The user's identity on a server, so that they have the same one after reconnecting.
//!
//! This module learns names and passwords from the lines that the user sends, and trusts them once
//! the server has confirmed them. They are kept in memory only, and cleared from it. It does not
//! know when there is a connection.

use zeroize::Zeroizing;

use crate::command::{Command, RoomChange, Secret, command_in};
use crate::model::password::ClearPassword;
use crate::model::{Question, QuestionKind, Refusal, Reply};

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

    /// The user's name, once the server has given it.
    pub fn name(&self) -> Option<&str> {
        self.called.as_deref()
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
        let Some(command) = command_in(line) else { return };
        match command {
            Command::Login { name, password: Some(password) } => {
                self.tried_account = Some((name.as_str().into(), kept(&password)));
            }
            Command::Register { password: Some(password) } => {
                self.new_password = Some(kept(&password));
            }
            Command::Passwd { change: Some((_, password)) } => {
                self.new_password = Some(kept(&password));
            }
            Command::Nick { name } => self.tried_nick = Some(name.as_str().into()),
            Command::Join { room, password: Some(password), .. } => {
                self.remember_room(room.as_str(), kept(&password));
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
    pub fn answers(&mut self, question: &Question, answer: &str) {
        let password = || Zeroizing::new(answer.trim().to_owned());
        match (question.ask, question.name.as_deref()) {
            (QuestionKind::ServerPassword, _) => self.door_password = Some(password()),
            // A user who answers nothing does not want to log in.
            (QuestionKind::Password, _) if answer.trim().is_empty() => self.give_up_login(),
            // A user changing the password is first asked for the current one.
            (QuestionKind::Password, Some(name)) if !self.is_account(name) => {
                self.tried_account = Some((name.to_owned(), password()));
            }
            (QuestionKind::FirstPassword | QuestionKind::NewPassword, _) => {
                self.new_password = Some(password());
            }
            (QuestionKind::Password | QuestionKind::Repetition, _) => {}
        }
    }

    /// Takes a reply of the server. Returns the line to send, if any.
    pub fn hear(&mut self, reply: &Reply) -> Option<String> {
        match reply {
            Reply::Refused(why) => return self.hear_refusal(why),
            Reply::LoggedIn { name, .. } => {
                self.called = Some((**name).to_owned());
                (self.is_own_login_open, self.wanted) = (false, None);
                let is_it = |(tried, _): &mut (String, _)| is_same(tried, name);
                if let Some(account) = self.tried_account.take_if(is_it) {
                    self.account = Some(account);
                }
            }
            Reply::Cancelled => self.give_up_login(),
            Reply::LoggedOut { name } => {
                (self.account, self.nick) = (None, None);
                self.called = Some((**name).to_owned());
            }
            Reply::Registered { name } => {
                if let Some(password) = self.new_password.take() {
                    self.account = Some(((**name).to_owned(), password));
                }
            }
            Reply::PasswordChanged => {
                if let (Some((_, known)), Some(new)) = (&mut self.account, self.new_password.take())
                {
                    *known = new;
                }
            }
            _ => {}
        }
        None
    }

    fn hear_refusal(&mut self, why: &Refusal) -> Option<String> {
        match why {
            Refusal::NameRegistered { name } => {
                self.tried_nick.take_if(|tried| is_same(tried, name));
                let wanted = self.wanted.as_ref().filter(|wanted| is_same(wanted, name))?.clone();
                let is_first = !std::mem::replace(&mut self.is_own_login_open, true);
                return is_first.then(|| format!("/login {wanted}"));
            }
            Refusal::NameInUse { name } => {
                self.tried_nick.take_if(|tried| is_same(tried, name));
            }
            Refusal::NameResembles { .. }
            | Refusal::NameIsYours { .. }
            | Refusal::NameIsFixed { .. }
            | Refusal::BadName { .. } => {
                // If it were requested again, it would be refused again.
                if let (Some(tried), Some(wanted)) = (self.tried_nick.take(), &self.wanted)
                    && is_same(&tried, wanted)
                {
                    self.wanted = None;
                }
            }
            Refusal::WrongPassword
            | Refusal::NotRegistered { .. }
            | Refusal::AccountGone
            | Refusal::TooManyClients { .. }
            | Refusal::TooOften { .. }
            | Refusal::PromptFailed { .. } => self.give_up_login(),
            _ => {}
        }
        None
    }

    /// The user has a new name.
    pub fn is_renamed(&mut self, to: &str) {
        self.called = Some(to.to_owned());
        if let Some(nick) = self.tried_nick.take_if(|tried| is_same(tried, to)) {
            (self.nick, self.wanted) = (Some(nick), None);
        }
    }

    /// Takes the name in a welcome. Returns the previous name if it was a different one and nothing
    /// will restore it.
    pub fn is_welcomed_as(&mut self, name: &str) -> Option<String> {
        let before = self.called.take();
        self.is_renamed(name);
        let is_lost = self.account.is_none() && self.guest_name().is_none();
        before.filter(|before| is_lost && before != name)
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
        self.tried_nick.is_some() || self.is_logging_in()
    }

    /// Whether the server has yet to answer the last login.
    pub fn is_logging_in(&self) -> bool {
        self.tried_account.is_some() || self.is_own_login_open
    }

    /// The name of the user's account.
    pub fn account_name(&self) -> Option<&str> {
        self.account.as_ref().map(|(name, _)| name.as_str())
    }

    /// Whether the user is logged in, or has no account to log in to.
    pub fn is_restored(&self) -> bool {
        let is_it = |(name, _): &(String, ClearPassword)| {
            self.called.as_ref().is_some_and(|called| is_same(called, name))
        };
        self.account.as_ref().is_none_or(is_it)
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
mod tests;
