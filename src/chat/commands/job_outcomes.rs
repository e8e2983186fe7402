//! Outcomes of slow work: applying them, and telling the client that asked.

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::accounts::Registering;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::state::views::UnreadLines;
use crate::chat::turn::Done;
use crate::limits;
use crate::model::close_reason::CloseReason;
use crate::model::delivery::Delivery;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{AccountId, ClientId, PersonId};
use crate::model::job::{JobOutcome, Purpose, WorkResult};
use crate::model::prompt::CommandVerdict;
use crate::model::refusal::Refusal;
use crate::model::reply::Reply;

impl Chat {
    /// Applies the outcome of slow work. The client that asked may have disconnected.
    pub(in crate::chat) fn take_outcome(
        &mut self,
        outcome: JobOutcome,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let (asker, is_awaited, result) = match outcome {
            JobOutcome::Done { asker, is_awaited, result } => (asker, is_awaited, result),
            JobOutcome::Kept => return self.changes_are_kept(out),
            JobOutcome::NotKept { .. } => {
                self.has_unsaved = true;
                return self.tell_of_disk(now, out);
            }
        };
        // Two clients may unregister the same name at once.
        let result = match result {
            WorkResult::Unregistered { account } if !self.accounts.by_id.contains_key(&account) => {
                WorkResult::AccountGone { account }
            }
            result => result,
        };
        let registering = match &result {
            WorkResult::Registered { .. } | WorkResult::NameTaken | WorkResult::Failed { .. } => {
                self.accounts.being_registered.remove(&asker)
            }
            _ => None,
        };
        if is_awaited {
            self.moderation.leaving.remove(&asker);
        }
        // These effects apply even if the client that asked has disconnected.
        match &result {
            WorkResult::Registered { account } => {
                self.accounts.add(account.clone());
                if let Some(Registering { guest, .. }) = registering {
                    let changed = self.moderation.register(&guest, account.id, &account.name);
                    self.keep_changed(changed, out);
                }
            }
            WorkResult::PasswordChanged { account, hash } => {
                if let Some(known) = self.accounts.by_id.get_mut(account) {
                    known.password = hash.clone();
                }
                self.disconnect_others(*account, asker, now, out);
            }
            WorkResult::Unregistered { account } => {
                self.forget_account(*account, asker, now, out);
            }
            WorkResult::Failed { .. } => self.tell_of_disk(now, out),
            _ => {}
        }
        let Some(&index) = self.indexes.get(&asker) else { return };
        let done = self.take_result(index, result, now, out);
        let verdict = self.finish(index, done, out);
        if is_awaited {
            out.deliver(index, Delivery::Resume(Box::new(verdict.unwrap_or(CommandVerdict::Done))));
        }
    }

    fn take_result(
        &mut self,
        index: ClientIndex,
        result: WorkResult,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        match result {
            WorkResult::Registered { account } => Ok(self.registered(index, account.id, now, out)),
            WorkResult::NameTaken => {
                let name = self.clients[index.0].name.clone();
                Err(Refusal::NameRegistered { name })
            }
            WorkResult::LoggedIn { account, messages } => {
                self.give_back_attempt(index, AttemptTarget::Account(account));
                let (told, all_missed) = self.logged_in(index, account, now, out)?;
                if self.is_posting(index) {
                    self.end_wait(index);
                    // Messages left for this person wait for a client that reads them.
                    return Ok(self.posting_as(index));
                }
                if self.is_introducing(index) {
                    self.end_introduction(index, Some(told), now, out);
                } else {
                    self.tell(index, told, out);
                }
                self.announce_arrival(index, now);
                for missed in all_missed {
                    self.tell_missed(index, missed, out);
                }
                self.deliver_kept(index, account, &messages, out);
                self.admit(index, now, out);
                self.leave_banned_rooms(index, now, out);
                Ok(Done::silently())
            }
            WorkResult::PasswordChanged { account, .. } => {
                self.give_back_attempt(index, AttemptTarget::Account(account));
                Ok(Done::reply(Reply::PasswordChanged))
            }
            WorkResult::Unregistered { .. } => {
                let name = self.clients[index.0].name.clone();
                Ok(Done::reply(Reply::Unregistered { name }))
            }
            WorkResult::AccountGone { .. } => Err(Refusal::AccountGone),
            WorkResult::WrongPassword { purpose, .. } => Ok(Done::Wrong(match purpose {
                Purpose::Login => Refusal::WrongPassword,
                Purpose::ChangePassword | Purpose::Unregister => Refusal::WrongOwnPassword,
            })),
            WorkResult::RoomPasswordRight { room, hash } => {
                self.room_password_checked(index, room, Some(&hash), now, out)
            }
            WorkResult::RoomPasswordWrong { room } => {
                self.room_password_checked(index, room, None, now, out)
            }
            WorkResult::RoomPasswordSet { room, hash } => {
                self.room_password_set(index, room, hash, out)
            }
            WorkResult::MessageLeft { to_name } => {
                Ok(Done::reply(Reply::MessageLeft { name: to_name.into() }))
            }
            WorkResult::MailboxFull { to_name } => {
                Err(Refusal::MailboxFull { name: to_name.into() })
            }
            WorkResult::RecipientGone { to_name } => {
                Err(Refusal::NoSuchPerson { name: to_name, nearest: None })
            }
            WorkResult::Measured { resident_bytes } => {
                Ok(self.stats(index, resident_bytes, now, out))
            }
            // The disk error itself is in the log, for the administrator.
            WorkResult::Failed { .. } => Err(Refusal::NotSaved),
        }
    }

    /// Makes a guest's name a registered one, keeping everything they have made and chosen as a
    /// guest.
    fn registered(
        &mut self,
        index: ClientIndex,
        account: AccountId,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Done {
        let Some(nick) = self.accounts.by_id.get(&account).map(|known| known.nick.clone()) else {
            return Done::reply(Refusal::AccountGone.into());
        };
        let more = self.person_mut(index).more.take();
        let person = PersonId::Registered(account);
        self.change_person(index, person, &nick, now, out);
        if let Some(more) = more {
            let settings = more.settings.clone();
            self.person_mut(index).more = Some(more);
            if self.change_settings(index, settings, out).is_err() {
                self.follow_settings(person, out);
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
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<(Reply, Vec<UnreadLines>), Refusal> {
        let Some(known) = self.accounts.by_id.get(&account) else {
            return Err(Refusal::AccountGone);
        };
        let (nick, settings) = (known.nick.clone(), known.settings.clone());
        let person = PersonId::Registered(account);
        if let Some(refusal) = self.kept_out_as(index, person, now) {
            return Err(refusal);
        }
        let is_new_here = self.people.find(person).is_none();
        let max = limits::CLIENTS_PER_ACCOUNT_MAX;
        if self.indexes_of(person).len() >= max {
            let name = nick.as_str().clone();
            return Err(Refusal::TooManyClients { name, max: max as u32 });
        }
        let all_missed = self.change_person(index, person, &nick, now, out);
        if is_new_here {
            self.take_over_settings(person, settings, out);
        }
        self.accounts.seen(account, now.wall);
        let clients = self.indexes_of(person).len() as u32;
        Ok((Reply::LoggedIn { name: nick.as_str().clone(), clients }, all_missed))
    }

    /// After a password change, disconnects all clients of the account except the one that changed
    /// it.
    fn disconnect_others(
        &mut self,
        account: AccountId,
        asker: ClientId,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        for index in self.indexes_of(PersonId::Registered(account)) {
            if self.clients[index.0].id != asker {
                let (told, reason) =
                    (Refusal::PasswordChangedElsewhere, CloseReason::PasswordChanged);
                self.disconnect(index, told, reason, &Event::Left(None), now, out);
            }
        }
    }

    /// Removes an account. One client keeps the name as a guest: the one that asked for the removal
    /// if it is still connected. The other clients get guest names and are told.
    fn forget_account(
        &mut self,
        account: AccountId,
        asker: ClientId,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let Some(known) = self.accounts.remove(account) else { return };
        let person = PersonId::Registered(account);
        let indexes = self.indexes_of(person);
        let clients: Vec<ClientId> = indexes.iter().map(|index| self.clients[index.0].id).collect();
        self.moderation.forget_account(account, &clients);
        let asked_here = indexes.iter().find(|index| self.clients[index.0].id == asker);
        let keeper = asked_here.or(indexes.first()).copied();
        for &index in indexes.iter().filter(|index| Some(**index) != keeper) {
            let guest = PersonId::Guest(self.clients[index.0].id);
            let nick = self.guest_name();
            self.change_person(index, guest, &nick, now, out);
            self.tell(index, Reply::LoggedOut { name: nick.as_str().clone() }, out);
        }
        let mut after = PersonId::Guest(asker);
        if let Some(index) = keeper {
            after = PersonId::Guest(self.clients[index.0].id);
            self.change_person(index, after, &known.nick, now, out);
            if self.clients[index.0].id != asker {
                self.tell(index, Reply::Unregistered { name: known.nick.as_str().clone() }, out);
            }
        }
        self.follow_person(person, after, out);
        self.forget_in_rooms(person, after, now, out);
    }
}
