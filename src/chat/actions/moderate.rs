//! Storing and logging what moderators do, and the messages that only they receive.

use crate::base::clock::ChatTime;
use crate::chat::turn::Turn;
use crate::limits;
use crate::model::{
    AccountId, AuditEntry, ClientIndex, LOBBY, ModAction, ModerationChange, PersonId, Rank, Reply,
    RoomId, Sanction, SanctionId, Update,
};

impl Turn<'_> {
    /// The audit entry for an action that the client's person takes now.
    pub(in crate::chat) fn entry(
        &self,
        index: ClientIndex,
        action: ModAction,
        whom: Option<&str>,
    ) -> AuditEntry {
        AuditEntry {
            at: self.now.wall.into(),
            by: (&*self.chat.clients[index.0].name).into(),
            action,
            whom: whom.map(Box::from),
            room: None,
            until: None,
            reason: None,
        }
    }

    /// Stores a moderation change. It is added to the audit log only if done by an operator or
    /// owner: the actions that anyone may take in their own room would soon displace all others.
    pub(in crate::chat) fn moderate(
        &mut self,
        index: ClientIndex,
        change: Option<ModerationChange>,
        entry: AuditEntry,
    ) {
        let is_remembered =
            self.chat.has_rank(index, Rank::Operator) || entry.action == ModAction::Claim;
        let entry = Some(entry).filter(|_| is_remembered);
        if change.is_some() || entry.is_some() {
            let update = Update::Moderation { change, entry: entry.clone() };
            self.out.keep(update);
        }
        if let Some(entry) = entry {
            // Without the reason, which is something that a user has written.
            let AuditEntry { by, action, whom, .. } = &entry;
            tracing::info!(action = action.word(), %by, on = whom.as_deref(), "operator action");
            self.chat.moderation.remember(entry);
        }
    }

    /// Adds to the audit log what an operator has changed in a room of someone else.
    pub(in crate::chat) fn record_change(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        change: &str,
    ) {
        let entry = AuditEntry {
            room: self.chat.shown_room(Some(room)).as_deref().map(Box::from),
            reason: Some(change.into()),
            ..self.entry(index, ModAction::Room, None)
        };
        self.out.keep(Update::Moderation { change: None, entry: Some(entry.clone()) });
        self.chat.moderation.remember(entry);
    }

    /// Sends a reply to all clients of a person.
    pub(in crate::chat) fn tell_person(&mut self, person: PersonId, reply: &Reply) {
        for index in self.chat.indexes_of(person) {
            self.tell(index, reply.clone());
        }
    }

    /// Sends a reply to all owners and operators who are connected.
    pub(in crate::chat) fn tell_operators(&mut self, reply: &Reply) {
        let ranked: Vec<AccountId> =
            self.chat.moderation.ranked().map(|(account, _)| account).collect();
        for account in ranked {
            self.tell_person(PersonId::Registered(account), reply);
        }
    }

    /// Tells the operators that writing to the disk fails, at most once per interval.
    pub(in crate::chat) fn tell_of_disk(&mut self) {
        let is_due = |at| self.now.elapsed >= at + limits::DISK_TOLD_INTERVAL;
        if self.chat.disk_told_at.is_none_or(is_due) {
            self.chat.disk_told_at = Some(self.now.elapsed);
            self.tell_operators(&Reply::DiskFails);
        }
    }

    /// Stores bans and mutes that now concern additional people.
    pub(in crate::chat) fn keep_changed(&mut self, changed: Vec<Sanction>) {
        for sanction in changed {
            let change = Some(ModerationChange::impose(sanction));
            self.out.keep(Update::Moderation { change, entry: None });
        }
    }

    /// Removes expired sanctions, here and where they are stored. Those of earlier runs stay while
    /// the clock may be ahead, because removing them is final.
    pub(in crate::chat) fn forget_what_is_over(&mut self) {
        let time_up = self.now.elapsed.saturating_sub(self.chat.started.elapsed);
        let surely = ChatTime { wall: self.chat.last_stored_at + time_up, ..self.now };
        let over = self.chat.moderation.ids(|one| one.is_over(self.now) && one.is_over(surely));
        self.remove_silently(over);
    }

    /// Removes the bans and mutes of a room that no longer exists.
    pub(in crate::chat) fn forget_sanctions_in(&mut self, room: RoomId) {
        if room != LOBBY {
            let of_room = self.chat.moderation.ids(|one| one.sanction.room == Some(room));
            self.remove_silently(of_room);
        }
    }

    fn remove_silently(&mut self, ids: Vec<SanctionId>) {
        if ids.is_empty() {
            return;
        }
        for id in &ids {
            self.chat.moderation.remove(*id);
        }
        let change = Some(ModerationChange::Remove(ids));
        self.out.keep(Update::Moderation { change, entry: None });
    }
}
