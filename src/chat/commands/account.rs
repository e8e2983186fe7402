//! Commands about the user's own account. The accounts worker compares passwords and answers with
//! an outcome; until then the client's input waits.

use std::time::Duration;

use crate::base::clock::{ChatTime, whole_seconds};
use crate::chat::state::Chat;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::state::sanctions::SanctionQuery;
use crate::chat::turn::{Done, Turn};
use crate::command::{Secret, TypedName};
use crate::limits;
use crate::model::{
    AccountId, AccountWork, ClientIndex, CloseReason, Event, Password, PasswordHash,
    PasswordPurpose, PasswordRequest, PersonId, Refusal, Reply, Update, Work,
};
use crate::text::nick::Nick;

impl Turn<'_> {
    pub(in crate::chat) fn register(
        &mut self,
        index: ClientIndex,
        password: Option<&Secret>,
    ) -> Result<Done, Refusal> {
        let nick = self.chat.name_to_register(index)?;
        let Some(password) = password else {
            let name = nick.as_str().clone();
            return Ok(Done::Asks(PasswordRequest { purpose: PasswordPurpose::Register, name }));
        };
        let password = new_password(password)?;
        let origin = self.chat.clients[index.0].origin();
        let waits = self.chat.accounts.attempts.register(origin, self.now.elapsed);
        waits.map_err(too_often)?;
        self.submit_slow(index, Work::Register { password })
    }

    /// Makes a guest's name a registered one, keeping everything they have made and chosen as a
    /// guest.
    pub(in crate::chat) fn register_with(
        &mut self,
        index: ClientIndex,
        password: PasswordHash,
    ) -> Result<Done, Refusal> {
        let nick = self.chat.name_to_register(index)?;
        let guest = SanctionQuery::of(&self.chat.clients[index.0]);
        let account = self.chat.accounts.add(nick.clone(), password, self.now.wall);
        let changed = self.chat.moderation.register(&guest, account.id, &nick);
        let person = PersonId::Registered(account.id);
        self.out.keep(Update::Registered { key: (&**nick.key()).into(), account });
        self.keep_changed(changed);
        let more = self.chat.person_mut(index).more.take();
        self.change_person(index, person, &nick);
        if let Some(more) = more {
            let settings = more.settings.clone();
            self.chat.person_mut(index).more = Some(more);
            self.change_settings(index, settings);
        }
        Ok(Done::promise(Reply::Registered { name: nick.as_str().clone() }))
    }

    pub(in crate::chat) fn login(
        &mut self,
        index: ClientIndex,
        name: &TypedName,
        password: Option<&Secret>,
    ) -> Result<Done, Refusal> {
        let client = &self.chat.clients[index.0];
        if client.person.account().is_some() {
            return Err(Refusal::LoggedInAlready { name: client.name.clone() });
        }
        let account = name.key().and_then(|key| self.chat.accounts.named(key));
        let Some(account) = account else {
            return Err(Refusal::NotRegistered { name: name.as_str().into() });
        };
        let Some(password) = password else {
            return Ok(self.chat.asks(PasswordPurpose::Login, account));
        };
        let then = AccountWork::Login;
        self.submit_guess(index, account, password, Refusal::WrongPassword, then)
    }

    pub(in crate::chat) fn logout(&mut self, index: ClientIndex) -> Result<Done, Refusal> {
        let account = self.chat.own_account(index)?;
        let guest = PersonId::Guest(self.chat.clients[index.0].id);
        if let Some(refusal) = self.chat.kept_out_by_network(index, guest, self.now) {
            self.disconnect(index, refusal, CloseReason::Banned, &Event::Quit { text: None });
            return Ok(Done::silently());
        }
        let nick = self.chat.given_name(&self.chat.clients[index.0].guest_name);
        self.change_person(index, guest, &nick);
        let (query, indexes) = (SanctionQuery::of(&self.chat.clients[index.0]), &self.chat.indexes);
        let is_here = |client| indexes.contains_key(&client);
        let changed = self.chat.moderation.log_out(account, &query, self.now.elapsed, is_here);
        self.keep_changed(changed);
        Ok(Done::reply(Reply::LoggedOut { name: nick.as_str().clone() }))
    }

    /// `/passwd`.
    pub(in crate::chat) fn change_password(
        &mut self,
        index: ClientIndex,
        change: Option<&(Secret, Secret)>,
    ) -> Result<Done, Refusal> {
        let account = self.chat.own_account(index)?;
        let Some((old, new)) = change else {
            return Ok(self.chat.asks(PasswordPurpose::ChangePassword, account));
        };
        let new = new_password(new)?;
        let then = AccountWork::ChangePassword { new };
        self.submit_guess(index, account, old, Refusal::WrongOwnPassword, then)
    }

    pub(in crate::chat) fn unregister(
        &mut self,
        index: ClientIndex,
        password: Option<&Secret>,
        erases: bool,
    ) -> Result<Done, Refusal> {
        let account = self.chat.own_account(index)?;
        self.chat.check_may_unregister(account, self.now)?;
        let Some(password) = password else {
            self.tell(index, Reply::Unregistering { erases });
            return Ok(self.chat.asks(PasswordPurpose::Unregister { erases }, account));
        };
        let (if_wrong, then) = (Refusal::WrongOwnPassword, AccountWork::Unregister { erases });
        self.submit_guess(index, account, password, if_wrong, then)
    }

    /// Counts an attempt on an account, and submits what to do if the password is right. A text
    /// that cannot be a password is a wrong one.
    fn submit_guess(
        &mut self,
        index: ClientIndex,
        account: AccountId,
        typed: &Secret,
        if_wrong: Refusal,
        then: AccountWork,
    ) -> Result<Done, Refusal> {
        self.take_attempt(index, AttemptTarget::Account(account))?;
        let Some(password) = Password::typed(typed.expose()) else { return Err(if_wrong) };
        let hash = self.chat.accounts.by_id[&account].password.clone();
        self.submit_slow(index, Work::OfAccount { account, hash, password, if_wrong, then })
    }

    /// Counts a password attempt.
    pub(in crate::chat) fn take_attempt(
        &mut self,
        index: ClientIndex,
        target: AttemptTarget,
    ) -> Result<(), Refusal> {
        let origin = self.chat.clients[index.0].origin();
        let taken = self.chat.accounts.attempts.take(target, origin, self.now.elapsed);
        taken.map_err(too_often)
    }
}

impl Chat {
    /// The name of a client, if it may be registered now.
    fn name_to_register(&self, index: ClientIndex) -> Result<Nick, Refusal> {
        let client = &self.clients[index.0];
        if client.person.account().is_some() {
            return Err(Refusal::RegisteredAlready { name: client.name.clone() });
        }
        let nick = self.person(index).nick.clone();
        if nick.is_address() {
            return Err(Refusal::ChooseNameFirst);
        }
        if self.accounts.by_id.len() >= limits::ACCOUNTS_MAX {
            return Err(Refusal::TooManyAccounts);
        }
        Ok(nick)
    }

    /// Checks that an account may be removed now.
    pub(in crate::chat) fn check_may_unregister(
        &self,
        account: AccountId,
        now: ChatTime,
    ) -> Result<(), Refusal> {
        self.check_is_not_last_owner(account)?;
        // A banned or muted person could evade the sanction.
        if self.is_sanctioned(PersonId::Registered(account), now) {
            return Err(Refusal::Sanctioned);
        }
        Ok(())
    }

    /// Has the client asked for the password of this account.
    fn asks(&self, purpose: PasswordPurpose, account: AccountId) -> Done {
        let name = self.accounts.by_id[&account].nick.as_str().clone();
        Done::Asks(PasswordRequest { purpose, name })
    }

    /// Takes back the attempt of a client that gave the right password.
    pub(in crate::chat) fn give_back_attempt(&mut self, index: ClientIndex, target: AttemptTarget) {
        self.accounts.attempts.give_back(target, self.clients[index.0].origin());
    }

    fn own_account(&self, index: ClientIndex) -> Result<AccountId, Refusal> {
        self.clients[index.0].person.account().ok_or(Refusal::NotLoggedIn)
    }
}

fn too_often(wait: Duration) -> Refusal {
    Refusal::TooOften { seconds: whole_seconds(wait) }
}

fn new_password(password: &Secret) -> Result<Password, Refusal> {
    Password::new(password.expose()).map_err(|why| Refusal::BadPassword { why })
}
