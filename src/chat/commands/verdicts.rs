//! What follows once a password has been checked.

use crate::chat::state::Chat;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::state::views::UnreadLines;
use crate::chat::turn::{Done, Turn};
use crate::limits;
use crate::model::{
    AccountId, ClientId, ClientIndex, CloseReason, Erasure, Event, PasswordHash, PersonId,
    PromiseKind, Refusal, Reply, Update, Verdict, WorkResult,
};

impl Turn<'_> {
    /// Does what a client may do because it has shown a password. It may have disconnected.
    pub(in crate::chat) fn decide(&mut self, client: ClientId, verdict: Verdict) {
        let index = self.chat.indexes.get(&client).copied();
        let done = match (verdict, index) {
            // Whoever asked has shown the password, so these apply even if they have disconnected.
            (Verdict::ChangePassword { account, before, after }, _) => {
                self.change_password_to(client, account, &before, after)
            }
            (Verdict::Unregister { account, hash, erases }, _) => {
                self.unregister_with(client, account, &hash, erases)
            }
            (verdict, Some(index)) => self.decide_for(index, verdict),
            (_, None) => return,
        };
        if let Some(&index) = self.chat.indexes.get(&client) {
            self.finish(index, done, true);
        }
    }

    fn decide_for(&mut self, index: ClientIndex, verdict: Verdict) -> Result<Done, Refusal> {
        match verdict {
            Verdict::Register { hash } => self.register_with(index, hash),
            Verdict::LogIn { account, hash } => {
                if !self.chat.is_password_of(account, &hash)? {
                    return Ok(Done::Wrong(Refusal::WrongPassword));
                }
                self.log_in(index, account)
            }
            Verdict::Join { room, hash } => self.join_as_checked(index, room, hash.as_ref()),
            Verdict::MakeRoom { name, hash } => self.make_room(index, &name, Some(hash)),
            Verdict::SetRoomPassword { room, hash } => self.set_room_password_to(index, room, hash),
            Verdict::Claim => self.claim_server(index),
            Verdict::Delete { room, author, name, seqs } => {
                self.delete_lines(index, room, author, &name, seqs)
            }
            Verdict::ChangePassword { .. } | Verdict::Unregister { .. } => Ok(Done::silently()),
        }
    }

    /// Tells a client the result of slow work that changes nothing.
    pub(in crate::chat) fn answer(&mut self, index: ClientIndex, result: WorkResult) {
        let done = match result {
            WorkResult::WrongPassword(refusal) => Ok(Done::Wrong(refusal)),
            WorkResult::Measured { resident_bytes } => Ok(self.stats(index, resident_bytes)),
            WorkResult::Failed | WorkResult::Right(_) => Err(Refusal::Busy),
        };
        self.finish(index, done, true);
    }

    fn log_in(&mut self, index: ClientIndex, account: AccountId) -> Result<Done, Refusal> {
        self.chat.give_back_attempt(index, AttemptTarget::Account(account));
        let (told, all_missed) = self.logged_in(index, account)?;
        self.out.keep(Update::Seen { account, at: self.now.wall });
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
        self.deliver_kept(index, account);
        self.admit(index);
        self.leave_banned_rooms(index);
        Ok(Done::silently())
    }

    /// Replaces the password of an account.
    fn change_password_to(
        &mut self,
        asker: ClientId,
        account: AccountId,
        before: &PasswordHash,
        after: PasswordHash,
    ) -> Result<Done, Refusal> {
        if !self.chat.is_password_of(account, before)? {
            return Ok(Done::Wrong(Refusal::WrongOwnPassword));
        }
        if let Some(known) = self.chat.accounts.by_id.get_mut(&account) {
            known.password = after.clone();
        }
        self.out.keep(Update::Password { account, hash: after });
        self.disconnect_others(account, asker);
        if let Some(&index) = self.chat.indexes.get(&asker) {
            self.chat.give_back_attempt(index, AttemptTarget::Account(account));
        }
        Ok(Done::promise(Reply::PasswordChanged))
    }

    /// Removes an account at the request of its owner.
    fn unregister_with(
        &mut self,
        asker: ClientId,
        account: AccountId,
        hash: &PasswordHash,
        erases: bool,
    ) -> Result<Done, Refusal> {
        if !self.chat.is_password_of(account, hash)? {
            return Ok(Done::Wrong(Refusal::WrongOwnPassword));
        }
        // The other owners may have left meanwhile, or the person may have been banned.
        self.chat.check_may_unregister(account, self.now)?;
        let name = self.chat.name_of(PersonId::Registered(account));
        if erases {
            let registered_at = self.chat.accounts.by_id[&account].registered_at;
            let erasure = Erasure::of_account(account, &name, registered_at, false);
            self.erase(&erasure, Some(asker));
            let replies = vec![Reply::Unregistered { name }, Reply::PersonErased];
            return Ok(Done::Promised(PromiseKind::Erased, replies));
        }
        self.out.keep(Update::Unregistered { account });
        self.forget_account(account, Some(asker));
        Ok(Done::promise(Reply::Unregistered { name }))
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
}

impl Chat {
    /// Whether a password that matched this hash is still the one of the account.
    fn is_password_of(&self, account: AccountId, hash: &PasswordHash) -> Result<bool, Refusal> {
        let known = self.accounts.by_id.get(&account).ok_or(Refusal::AccountGone)?;
        Ok(known.password == *hash)
    }
}
