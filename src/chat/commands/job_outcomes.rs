//! Outcomes of slow work: applying them, and telling the client that asked.

use crate::chat::state::accounts::Registering;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::state::views::UnreadLines;
use crate::chat::turn::{Done, Turn};
use crate::limits;
use crate::model::{
    AccountId, ClientId, ClientIndex, CloseReason, CommandVerdict, Event, JobOutcome, PersonId,
    Refusal, Reply, WorkResult,
};

impl Turn<'_> {
    /// Applies the outcome of slow work. The client that asked may have disconnected.
    pub(in crate::chat) fn take_outcome(&mut self, outcome: JobOutcome) {
        let (asker, is_awaited, result) = match outcome {
            JobOutcome::Done { asker, is_awaited, result } => (asker, is_awaited, result),
            JobOutcome::Kept => return self.changes_are_kept(),
            JobOutcome::NotKept { .. } => {
                self.chat.has_unsaved = true;
                return self.tell_of_disk();
            }
        };
        // Two clients may unregister the same name at once.
        let result = match result {
            WorkResult::Unregistered { account }
                if !self.chat.accounts.by_id.contains_key(&account) =>
            {
                WorkResult::Refused(Refusal::AccountGone)
            }
            result => result,
        };
        let mut registering = None;
        if is_awaited {
            self.chat.moderation.leaving.remove(&asker);
            registering = self.chat.accounts.being_registered.remove(&asker);
        }
        // These effects apply even if the client that asked has disconnected.
        match &result {
            WorkResult::Registered { account } => {
                self.chat.accounts.add(account.clone());
                if let Some(Registering { guest, .. }) = registering {
                    let changed = self.chat.moderation.register(&guest, account.id, &account.name);
                    self.keep_changed(changed);
                }
            }
            WorkResult::PasswordChanged { account, hash } => {
                if let Some(known) = self.chat.accounts.by_id.get_mut(account) {
                    known.password = hash.clone();
                }
                self.disconnect_others(*account, asker);
            }
            WorkResult::Unregistered { account } => self.forget_account(*account, asker),
            WorkResult::Failed { .. } => self.tell_of_disk(),
            _ => {}
        }
        let Some(&index) = self.chat.indexes.get(&asker) else { return };
        let done = self.take_result(index, result);
        let verdict = self.finish(index, done);
        if is_awaited {
            self.resume(index, verdict.unwrap_or(CommandVerdict::Done));
        }
    }

    fn take_result(&mut self, index: ClientIndex, result: WorkResult) -> Result<Done, Refusal> {
        match result {
            WorkResult::Registered { account } => Ok(self.registered(index, account.id)),
            WorkResult::LoggedIn { account, messages } => {
                self.chat.give_back_attempt(index, AttemptTarget::Account(account));
                let (told, all_missed) = self.logged_in(index, account)?;
                if self.chat.is_posting(index) {
                    self.chat.end_wait(index);
                    // Messages left for this person wait for a client that reads them.
                    return Ok(self.chat.posting_as(index));
                }
                if self.chat.is_introducing(index) {
                    self.end_introduction(index, Some(told));
                } else {
                    self.tell(index, told);
                }
                self.chat.announce_arrival(index, self.now);
                for missed in all_missed {
                    self.tell_missed(index, missed);
                }
                self.deliver_kept(index, account, &messages);
                self.admit(index);
                self.leave_banned_rooms(index);
                Ok(Done::silently())
            }
            WorkResult::PasswordChanged { account, .. } => {
                self.chat.give_back_attempt(index, AttemptTarget::Account(account));
                Ok(Done::reply(Reply::PasswordChanged))
            }
            WorkResult::Unregistered { .. } => {
                let name = self.chat.clients[index.0].name.clone();
                Ok(Done::reply(Reply::Unregistered { name }))
            }
            WorkResult::WrongPassword(refusal) => Ok(Done::Wrong(refusal)),
            WorkResult::RoomPasswordChecked { room, matched } => {
                self.room_password_checked(index, room, matched.as_ref())
            }
            WorkResult::RoomPasswordSet { room, hash } => self.room_password_set(index, room, hash),
            WorkResult::MessageLeft { to_name } => {
                Ok(Done::reply(Reply::MessageLeft { name: to_name.into() }))
            }
            WorkResult::Refused(refusal) => Err(refusal),
            WorkResult::Measured { resident_bytes } => Ok(self.stats(index, resident_bytes)),
            // The disk error itself is in the log, for the administrator.
            WorkResult::Failed { .. } => Err(Refusal::NotSaved),
        }
    }

    /// Makes a guest's name a registered one, keeping everything they have made and chosen as a
    /// guest.
    fn registered(&mut self, index: ClientIndex, account: AccountId) -> Done {
        let Some(nick) = self.chat.accounts.by_id.get(&account).map(|known| known.nick.clone())
        else {
            return Done::reply(Refusal::AccountGone.into());
        };
        let more = self.chat.person_mut(index).more.take();
        let person = PersonId::Registered(account);
        self.change_person(index, person, &nick);
        if let Some(more) = more {
            let settings = more.settings.clone();
            self.chat.person_mut(index).more = Some(more);
            if self.change_settings(index, settings).is_err() {
                self.follow_settings(person);
                tracing::warn!("the write queue is full: a user's settings were not saved");
            }
        }
        Done::reply(Reply::Registered { name: nick.as_str().clone() })
    }

    /// Logs a client in after its password has been checked. Returns the reply, and the lines that
    /// the person has missed.
    fn logged_in(
        &mut self,
        index: ClientIndex,
        account: AccountId,
    ) -> Result<(Reply, Vec<UnreadLines>), Refusal> {
        let Some(known) = self.chat.accounts.by_id.get(&account) else {
            return Err(Refusal::AccountGone);
        };
        let (nick, settings) = (known.nick.clone(), known.settings.clone());
        let person = PersonId::Registered(account);
        if let Some(refusal) = self.chat.kept_out_as(index, person, self.now) {
            return Err(refusal);
        }
        let is_new_here = self.chat.people.find(person).is_none();
        let max = limits::CLIENTS_PER_ACCOUNT_MAX;
        if self.chat.indexes_of(person).len() >= max {
            let name = nick.as_str().clone();
            return Err(Refusal::TooManyClients { name, max: max as u32 });
        }
        let all_missed = self.change_person(index, person, &nick);
        if is_new_here {
            self.take_over_settings(person, settings);
        }
        self.chat.accounts.seen(account, self.now.wall);
        let clients = self.chat.indexes_of(person).len() as u32;
        Ok((Reply::LoggedIn { name: nick.as_str().clone(), clients }, all_missed))
    }

    /// After a password change, disconnects all clients of the account except the one that changed
    /// it.
    fn disconnect_others(&mut self, account: AccountId, asker: ClientId) {
        for index in self.chat.indexes_of(PersonId::Registered(account)) {
            if self.chat.clients[index.0].id != asker {
                let (told, reason) =
                    (Refusal::PasswordChangedElsewhere, CloseReason::PasswordChanged);
                self.disconnect(index, told, reason, &Event::Quit { text: None });
            }
        }
    }

    /// Removes an account. One client keeps the name as a guest: the one that asked for the removal
    /// if it is still connected. The other clients get guest names and are told.
    fn forget_account(&mut self, account: AccountId, asker: ClientId) {
        let Some(known) = self.chat.accounts.remove(account) else { return };
        let person = PersonId::Registered(account);
        let indexes = self.chat.indexes_of(person);
        let clients: Vec<ClientId> =
            indexes.iter().map(|index| self.chat.clients[index.0].id).collect();
        self.chat.moderation.forget_account(account, &clients);
        let asked_here = indexes.iter().find(|index| self.chat.clients[index.0].id == asker);
        let keeper = asked_here.or(indexes.first()).copied();
        for &index in indexes.iter().filter(|index| Some(**index) != keeper) {
            let guest = PersonId::Guest(self.chat.clients[index.0].id);
            let nick = self.chat.guest_name();
            self.change_person(index, guest, &nick);
            self.tell(index, Reply::LoggedOut { name: nick.as_str().clone() });
        }
        let mut after = PersonId::Guest(asker);
        if let Some(index) = keeper {
            after = PersonId::Guest(self.chat.clients[index.0].id);
            self.change_person(index, after, &known.nick);
            if self.chat.clients[index.0].id != asker {
                self.tell(index, Reply::Unregistered { name: known.nick.as_str().clone() });
            }
        }
        self.follow_person(person, after);
        self.forget_in_rooms(person, after);
    }
}
