//! Registered names: whose they are, and how one shows it.
//!
//! All of them are known here, so that no name has to be looked up on a disk. Passwords are compared
//! by the registrar, which answers by an [`Outcome`]; until then the client's input waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustc_hash::FxHashMap;

use super::attempts::Attempts;
use super::commands::Done;
use super::{Delivery, Hall, Outbox, Refusal};
use crate::archive::Account;
use crate::clock::Moment;
use crate::command::Secret;
use crate::id::{AccountId, PersonId};
use crate::lang::fill;
use crate::limits;
use crate::nick::{self, Nick};
use crate::password::{Password, PasswordError, PasswordHash};
use crate::registrar::{Job, Outcome, Purpose};
use crate::room::Seat;
use crate::settings::Settings;

#[derive(Debug)]
struct Known {
    nick: Nick,
    password: PasswordHash,
    registered_at: SystemTime,
    seen_at: SystemTime,
    settings: Settings,
}

/// All registered names.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    by_id: FxHashMap<AccountId, Known>,
    /// Names can be chosen, so this hash cannot be a cheap one.
    by_key: HashMap<Arc<str>, AccountId>,
    by_look: HashMap<Arc<str>, AccountId>,
    attempts: Attempts,
}

impl Accounts {
    /// The accounts that have been kept.
    pub(super) fn new(kept: Vec<(Box<str>, Account)>) -> Self {
        let mut accounts = Self::default();
        for (_, account) in kept {
            accounts.add(account);
        }
        accounts
    }

    fn add(&mut self, account: Account) -> Nick {
        let Account { id, name, password, registered_at, seen_at, settings } = account;
        // A name that is none any more, by stricter rules, is still its owner's.
        let nick = Nick::parse(&name).unwrap_or_else(|_| Nick::of_guest(&name));
        self.by_key.insert(nick.key().clone(), id);
        for look in nick.looks() {
            self.by_look.insert(look.clone(), id);
        }
        let known = Known { nick: nick.clone(), password, registered_at, seen_at, settings };
        self.by_id.insert(id, known);
        nick
    }

    fn remove(&mut self, id: AccountId) -> Option<Known> {
        let known = self.by_id.remove(&id)?;
        self.by_key.remove(known.nick.key());
        for look in known.nick.looks() {
            self.by_look.remove(look);
        }
        Some(known)
    }

    /// Whose name this is.
    pub(super) fn named(&self, key: &str) -> Option<AccountId> {
        self.by_key.get(key).copied()
    }

    pub(super) fn has_name(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    /// Whose name looks like this.
    pub(super) fn looking_like(&self, nick: &Nick) -> Option<AccountId> {
        nick.looks().find_map(|look| self.by_look.get(look).copied())
    }

    pub(super) fn name(&self, id: AccountId) -> Option<Arc<str>> {
        self.by_id.get(&id).map(|known| known.nick.as_str().clone())
    }

    /// When it was registered, and when its owner was last here.
    pub(super) fn dates(&self, id: AccountId) -> Option<(SystemTime, SystemTime)> {
        self.by_id.get(&id).map(|known| (known.registered_at, known.seen_at))
    }

    pub(super) fn seen(&mut self, id: AccountId, at: SystemTime) {
        if let Some(known) = self.by_id.get_mut(&id) {
            known.seen_at = at;
        }
    }

    /// Its owner spells the name otherwise.
    pub(super) fn respell(&mut self, id: AccountId, nick: Nick) {
        if let Some(mut known) = self.remove(id) {
            self.by_key.insert(nick.key().clone(), id);
            for look in nick.looks() {
                self.by_look.insert(look.clone(), id);
            }
            known.nick = nick;
            self.by_id.insert(id, known);
        }
    }

    pub(super) fn set_settings(&mut self, id: AccountId, settings: Settings) {
        if let Some(known) = self.by_id.get_mut(&id) {
            known.settings = settings;
        }
    }
}

impl Hall {
    /// `/register`.
    pub(super) fn register(
        &mut self,
        seat: Seat,
        password: Option<&Secret>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let answers = self.answers();
        let client = &self.clients[seat.0];
        let (asker, origin) = (client.id, client.origin);
        if client.person.account().is_some() {
            return Err(Refusal(fill(answers.registered_already, &[("name", &client.name)])));
        }
        let nick = self.person(seat).nick.clone();
        // A name that was given, such as an address, may be none that one can have.
        Nick::parse(nick.as_str()).map_err(|_| Refusal(answers.choose_a_name_first.to_owned()))?;
        let password = self.new_password(password, answers.register_needs_password)?;
        if self.accounts.by_id.len() >= limits::ACCOUNTS_MAX {
            return Err(Refusal(answers.too_many_accounts.to_owned()));
        }
        let waits = self.accounts.attempts.register(origin, now.instant);
        waits.map_err(|wait| self.too_often(wait))?;
        let (key, name) = ((&**nick.key()).into(), (&**nick.as_str()).into());
        self.submit_slow(Job::Register { asker, key, name, password, at: now.wall }, out)
    }

    /// `/login`.
    pub(super) fn login(
        &mut self,
        seat: Seat,
        name: &str,
        password: Option<&Secret>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let answers = self.answers();
        let client = &self.clients[seat.0];
        let asker = client.id;
        if client.person.account().is_some() {
            return Err(Refusal(fill(answers.logged_in_already, &[("name", &client.name)])));
        }
        let Some(password) = password else {
            return Err(Refusal(fill(answers.login_needs_password, &[("name", &name)])));
        };
        let account = nick::key_of(name).and_then(|key| self.accounts.named(&key));
        let Some(account) = account else {
            return Err(Refusal(fill(answers.not_registered, &[("name", &name)])));
        };
        self.check_attempts(seat, Some(account), now)?;
        let hash = self.accounts.by_id[&account].password.clone();
        let Some(password) = Password::typed(password.expose()) else {
            self.count_failure(seat, Some(account), now);
            return Err(Refusal(answers.password_wrong.to_owned()));
        };
        self.submit_slow(Job::Login { asker, account, hash, password, at: now.wall }, out)
    }

    /// `/logout`.
    pub(super) fn logout(
        &mut self,
        seat: Seat,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        self.own_account(seat)?;
        let nick = self.guest_name();
        let guest = PersonId::Guest(self.clients[seat.0].id);
        self.change_person(seat, guest, &nick, now, out);
        Ok(Done::told(fill(self.answers().logged_out, &[("name", nick.as_str())])))
    }

    /// `/passwd`.
    pub(super) fn change_password(
        &mut self,
        seat: Seat,
        change: Option<&(Secret, Secret)>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let answers = self.answers();
        let account = self.own_account(seat)?;
        let Some((old, new)) = change else {
            return Err(Refusal(answers.passwd_needs_passwords.to_owned()));
        };
        let new = self.new_password(Some(new), answers.passwd_needs_passwords)?;
        self.check_attempts(seat, Some(account), now)?;
        let Some(old) = Password::typed(old.expose()) else {
            self.count_failure(seat, Some(account), now);
            return Err(Refusal(answers.password_wrong.to_owned()));
        };
        let hash = self.accounts.by_id[&account].password.clone();
        let asker = self.clients[seat.0].id;
        self.submit_slow(Job::ChangePassword { asker, account, hash, old, new }, out)
    }

    /// `/unregister`.
    pub(super) fn unregister(
        &mut self,
        seat: Seat,
        password: Option<&Secret>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let answers = self.answers();
        let account = self.own_account(seat)?;
        let Some(password) = password else {
            return Err(Refusal(answers.unregister_needs_password.to_owned()));
        };
        self.check_attempts(seat, Some(account), now)?;
        let Some(password) = Password::typed(password.expose()) else {
            self.count_failure(seat, Some(account), now);
            return Err(Refusal(answers.password_wrong.to_owned()));
        };
        let hash = self.accounts.by_id[&account].password.clone();
        let asker = self.clients[seat.0].id;
        self.submit_slow(Job::Unregister { asker, account, hash, password }, out)
    }

    /// What has become of slow work. Who asked for it may be gone.
    pub fn learn(&mut self, outcome: Outcome, now: Moment, out: &mut dyn Outbox) {
        // What holds whoever is still here.
        match &outcome {
            Outcome::Registered { account, .. } => drop(self.accounts.add(account.clone())),
            Outcome::PasswordChanged { account, hash, .. } => {
                if let Some(known) = self.accounts.by_id.get_mut(account) {
                    known.password = hash.clone();
                }
            }
            Outcome::Unregistered { account, .. } => self.forget_account(*account, now, out),
            _ => {}
        }
        let Some(&seat) = outcome.asker().and_then(|asker| self.seats.get(&asker)) else {
            return;
        };
        let was_awaited = outcome.is_awaited();
        let result = self.take_outcome(seat, outcome, now, out);
        self.finish(seat, result, out);
        if was_awaited {
            out.deliver(seat, Delivery::Resume);
        }
    }

    fn take_outcome(
        &mut self,
        seat: Seat,
        outcome: Outcome,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let answers = self.answers();
        match outcome {
            Outcome::Registered { account, .. } => Ok(self.registered(seat, account.id, now, out)),
            Outcome::NameTaken { .. } => {
                let name = self.clients[seat.0].name.clone();
                Err(Refusal(fill(answers.name_registered, &[("name", &name)])))
            }
            Outcome::LoggedIn { account, messages, .. } => {
                let told = self.logged_in(seat, account, now, out)?;
                self.tell(seat, &told, out);
                self.deliver_kept(seat, account, &messages, out);
                Ok(Done::Told(Vec::new()))
            }
            Outcome::PasswordChanged { .. } => Ok(Done::told(answers.password_changed.to_owned())),
            Outcome::Unregistered { .. } => {
                let name = self.clients[seat.0].name.clone();
                Ok(Done::told(fill(answers.unregistered, &[("name", &name)])))
            }
            Outcome::AccountGone { .. } => Err(Refusal(answers.account_is_gone.to_owned())),
            Outcome::WrongPassword { account, purpose, .. } => {
                self.count_failure(seat, Some(account), now);
                let template = match purpose {
                    Purpose::Login => answers.password_wrong,
                    Purpose::ChangePassword | Purpose::Unregister => answers.own_password_wrong,
                };
                Err(Refusal(template.to_owned()))
            }
            Outcome::RoomPasswordRight { room, .. } => {
                self.room_password_checked(seat, room, true, now, out)
            }
            Outcome::RoomPasswordWrong { room, .. } => {
                self.room_password_checked(seat, room, false, now, out)
            }
            Outcome::RoomPasswordSet { room, hash, .. } => self.room_password_set(room, hash, out),
            Outcome::MessageLeft { to_name, .. } => {
                Ok(Done::told(fill(answers.message_left, &[("name", &to_name)])))
            }
            Outcome::MailboxFull { to_name, .. } => {
                Err(Refusal(fill(answers.mailbox_full, &[("name", &to_name)])))
            }
            Outcome::RecipientGone { to_name, .. } => {
                Err(Refusal(fill(answers.no_such_person, &[("name", &to_name)])))
            }
            // What the disk said is in the log: it is for who runs the server.
            Outcome::Failed { .. } => Err(Refusal(answers.cannot_be_kept.to_owned())),
        }
    }

    /// A guest's name is theirs from now on, with all that they have made and chosen as a guest.
    fn registered(
        &mut self,
        seat: Seat,
        account: AccountId,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Done {
        let answers = self.answers();
        let Some(nick) = self.accounts.by_id.get(&account).map(|known| known.nick.clone()) else {
            return Done::told(answers.account_is_gone.to_owned());
        };
        let more = self.person_mut(seat).more.take();
        let person = PersonId::Registered(account);
        self.change_person(seat, person, &nick, now, out);
        if let Some(more) = more {
            self.person_mut(seat).more = Some(more);
            if self.settings_have_changed(seat, out).is_err() {
                tracing::warn!("too much waits to be written: a person's settings are not kept");
            }
        }
        Done::told(fill(answers.registered, &[("name", nick.as_str())]))
    }

    /// A client has shown whose it is.
    fn logged_in(
        &mut self,
        seat: Seat,
        account: AccountId,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<String, Refusal> {
        let answers = self.answers();
        let Some(known) = self.accounts.by_id.get(&account) else {
            return Err(Refusal(answers.account_is_gone.to_owned()));
        };
        let (nick, settings) = (known.nick.clone(), known.settings.clone());
        let person = PersonId::Registered(account);
        let is_new_here = self.people.find(person).is_none();
        self.change_person(seat, person, &nick, now, out);
        if is_new_here {
            self.take_over_settings(person, settings, out);
        }
        self.accounts.seen(account, now.wall);
        let count = self.seats_of(person).len();
        Ok(match count {
            1 => fill(answers.logged_in, &[("name", nick.as_str())]),
            _ => fill(answers.logged_in_from, &[("name", nick.as_str()), ("clients", &count)]),
        })
    }

    /// An account is no more. One client keeps the name, as a guest; any others are given names.
    fn forget_account(&mut self, account: AccountId, now: Moment, out: &mut dyn Outbox) {
        let Some(known) = self.accounts.remove(account) else { return };
        let person = PersonId::Registered(account);
        let seats = self.seats_of(person);
        for (at, &seat) in seats.iter().enumerate().rev() {
            let guest = PersonId::Guest(self.clients[seat.0].id);
            let nick = if at == 0 { known.nick.clone() } else { self.guest_name() };
            self.change_person(seat, guest, &nick, now, out);
        }
        let remains = seats.first().map(|seat| PersonId::Guest(self.clients[seat.0].id));
        self.forget_in_rooms(person, remains, now, out);
    }

    /// Hands over slow work; the client's input waits until it is done.
    pub(super) fn submit_slow(&self, job: Job, out: &mut dyn Outbox) -> Result<Done, Refusal> {
        out.submit(job).map(|()| Done::Later).map_err(|_| self.too_busy())
    }

    pub(super) fn too_busy(&self) -> Refusal {
        Refusal(self.answers().too_busy.to_owned())
    }

    /// Whether another password may be tried.
    pub(super) fn check_attempts(
        &self,
        seat: Seat,
        account: Option<AccountId>,
        now: Moment,
    ) -> Result<(), Refusal> {
        let origin = self.clients[seat.0].origin;
        let checked = self.accounts.attempts.check(origin, account, now.instant);
        checked.map_err(|wait| self.too_often(wait))
    }

    pub(super) fn count_failure(&mut self, seat: Seat, account: Option<AccountId>, now: Moment) {
        let origin = self.clients[seat.0].origin;
        self.accounts.attempts.count(origin, account, now.instant);
    }

    fn too_often(&self, wait: Duration) -> Refusal {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Refusal(fill(self.answers().too_many_attempts, &[("seconds", &seconds)]))
    }

    fn own_account(&self, seat: Seat) -> Result<AccountId, Refusal> {
        let account = self.clients[seat.0].person.account();
        account.ok_or_else(|| Refusal(self.answers().not_logged_in.to_owned()))
    }

    fn new_password(
        &self,
        password: Option<&Secret>,
        if_missing: &'static str,
    ) -> Result<Password, Refusal> {
        let Some(password) = password else {
            return Err(Refusal(if_missing.to_owned()));
        };
        let answers = self.answers();
        Password::new(password.expose()).map_err(|error| {
            Refusal(match error {
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
