//! Commands about the user's own account. The accounts worker compares passwords and answers with
//! an outcome; until then the client's input waits.

use std::time::Duration;

use crate::base::clock::{Moment, whole_seconds};
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::accounts::Registering;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::state::sanctions::SanctionQuery;
use crate::chat::turn::Done;
use crate::command::prompt::Asking;
use crate::command::{Command, Secret};
use crate::lang::fill;
use crate::limits;
use crate::model::close_reason::CloseReason;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{AccountId, PersonId};
use crate::model::job::{Job, Work};
use crate::model::password::{Password, PasswordError, PasswordHash};
use crate::text::nick::{self, Nick};

impl Chat {
    pub(in crate::chat) fn register(
        &mut self,
        index: ClientIndex,
        password: Option<&Secret>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let answers = self.answers();
        let client = &self.clients[index.0];
        let (asker, origin, guest) = (client.id, client.origin(), SanctionQuery::of(client));
        if client.person.account().is_some() {
            return Err(ErrorReply(fill(answers.registered_already, &[("name", &client.name)])));
        }
        let nick = self.person(index).nick.clone();
        // An assigned name, such as an address, may not be a valid name to register.
        Nick::parse(nick.as_str())
            .map_err(|_| ErrorReply(answers.choose_a_name_first.to_owned()))?;
        if self.accounts.by_id.len() >= limits::ACCOUNTS_MAX {
            return Err(ErrorReply(answers.too_many_accounts.to_owned()));
        }
        let Some(password) = password else {
            let command = Command::Register { password: None };
            return Ok(Done::Asks(Asking::about(command, nick.as_str().clone())));
        };
        let password = self.new_password(password)?;
        let waits = self.accounts.attempts.register(origin, now.instant);
        waits.map_err(|wait| self.too_often(wait))?;
        let (key, name) = ((&**nick.key()).into(), (&**nick.as_str()).into());
        let work = Work::Register { key, name, password, at: now.wall };
        let done = self.submit_slow(index, work, out)?;
        self.accounts.being_registered.insert(asker, Registering { nick, guest });
        Ok(done)
    }

    pub(in crate::chat) fn login(
        &mut self,
        index: ClientIndex,
        name: &str,
        password: Option<&Secret>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let answers = self.answers();
        let client = &self.clients[index.0];
        if client.person.account().is_some() {
            return Err(ErrorReply(fill(answers.logged_in_already, &[("name", &client.name)])));
        }
        let account = nick::key_of(name).and_then(|key| self.accounts.named(&key));
        let Some(account) = account else {
            return Err(ErrorReply(fill(answers.not_registered, &[("name", &name)])));
        };
        let Some(password) = password else {
            let command = Command::Login { name: name.into(), password: None };
            return Ok(self.asks(command, account));
        };
        let (hash, password) = self.guess(index, account, password, answers.password_wrong, now)?;
        self.submit_slow(index, Work::Login { account, hash, password, at: now.wall }, out)
    }

    pub(in crate::chat) fn logout(
        &mut self,
        index: ClientIndex,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let account = self.own_account(index)?;
        let guest = PersonId::Guest(self.clients[index.0].id);
        if let Some(told) = self.kept_out_by_network(index, guest, now) {
            self.disconnect(index, &told, CloseReason::Banned, &Event::Left, now, out);
            return Ok(Done::Reply(Vec::new()));
        }
        let nick = self.guest_name();
        self.change_person(index, guest, &nick, now, out);
        let (query, indexes) = (SanctionQuery::of(&self.clients[index.0]), &self.indexes);
        let is_here = |client| indexes.contains_key(&client);
        let changed = self.moderation.log_out(account, &query, now.instant, is_here);
        self.keep_changed(changed, out);
        Ok(Done::reply(fill(self.answers().logged_out, &[("name", nick.as_str())])))
    }

    /// `/passwd`.
    pub(in crate::chat) fn change_password(
        &mut self,
        index: ClientIndex,
        change: Option<&(Secret, Secret)>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let answers = self.answers();
        let account = self.own_account(index)?;
        let Some((old, new)) = change else {
            return Ok(self.asks(Command::Passwd { change: None }, account));
        };
        let new = self.new_password(new)?;
        let (hash, old) = self.guess(index, account, old, answers.own_password_wrong, now)?;
        self.submit_slow(index, Work::ChangePassword { account, hash, old, new }, out)
    }

    pub(in crate::chat) fn unregister(
        &mut self,
        index: ClientIndex,
        password: Option<&Secret>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let answers = self.answers();
        let account = self.own_account(index)?;
        self.check_is_not_last_owner(account)?;
        self.check_is_in_good_standing(index, now)?;
        let Some(password) = password else {
            return Ok(self.asks(Command::Unregister { password: None }, account));
        };
        let (hash, password) =
            self.guess(index, account, password, answers.own_password_wrong, now)?;
        let done = self.submit_slow(index, Work::Unregister { account, hash, password }, out)?;
        self.moderation.leaving.insert(self.clients[index.0].id, account);
        Ok(done)
    }

    /// Has the client asked for the password of this account.
    fn asks(&self, command: Command, account: AccountId) -> Done {
        Done::Asks(Asking::about(command, self.accounts.by_id[&account].nick.as_str().clone()))
    }

    /// Counts an attempt on an account, and returns the hash and the password to compare. A text
    /// that cannot be a password is wrong without comparing.
    fn guess(
        &mut self,
        index: ClientIndex,
        account: AccountId,
        typed: &Secret,
        if_wrong: &'static str,
        now: Moment,
    ) -> Result<(PasswordHash, Password), ErrorReply> {
        self.take_attempt(index, AttemptTarget::Account(account), now)?;
        let password =
            Password::typed(typed.expose()).ok_or_else(|| ErrorReply(if_wrong.to_owned()))?;
        Ok((self.accounts.by_id[&account].password.clone(), password))
    }

    /// Submits slow work; the client's input waits until it is done.
    pub(in crate::chat) fn submit_slow(
        &self,
        index: ClientIndex,
        work: Work,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let asker = self.clients[index.0].id;
        out.submit(Job { asker, work }).map(|()| Done::Later).map_err(|_| self.too_busy())
    }

    pub(in crate::chat) fn too_busy(&self) -> ErrorReply {
        ErrorReply(self.answers().too_busy.to_owned())
    }

    /// Counts a password attempt.
    pub(in crate::chat) fn take_attempt(
        &mut self,
        index: ClientIndex,
        target: AttemptTarget,
        now: Moment,
    ) -> Result<(), ErrorReply> {
        let origin = self.clients[index.0].origin();
        let taken = self.accounts.attempts.take(target, origin, now.instant);
        taken.map_err(|wait| self.too_often(wait))
    }

    /// Takes back the attempt of a client that gave the right password.
    pub(in crate::chat) fn give_back_attempt(&mut self, index: ClientIndex, target: AttemptTarget) {
        self.accounts.attempts.give_back(target, self.clients[index.0].origin());
    }

    pub(in crate::chat) fn too_often(&self, wait: Duration) -> ErrorReply {
        let seconds = whole_seconds(wait);
        ErrorReply(fill(self.answers().too_many_attempts, &[("seconds", &seconds)]))
    }

    fn own_account(&self, index: ClientIndex) -> Result<AccountId, ErrorReply> {
        let account = self.clients[index.0].person.account();
        account.ok_or_else(|| ErrorReply(self.answers().not_logged_in.to_owned()))
    }

    fn new_password(&self, password: &Secret) -> Result<Password, ErrorReply> {
        let answers = self.answers();
        Password::new(password.expose()).map_err(|error| {
            ErrorReply(match error {
                PasswordError::Empty | PasswordError::TooShort => {
                    fill(answers.password_too_short, &[("min", &limits::PASSWORD_CHARS_MIN)])
                }
                PasswordError::TooLong => {
                    fill(answers.password_too_long, &[("max", &limits::PASSWORD_BYTES_MAX)])
                }
                PasswordError::Character => answers.password_character.to_owned(),
            })
        })
    }
}
