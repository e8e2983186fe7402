//! Permissions for moderation: claiming ownership, owners and operators, and the messages that only
//! they receive.

use std::sync::Arc;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::state::room::Owner;
use crate::chat::turn::Done;
use crate::command::Secret;
use crate::limits;
use crate::model::close_reason::CloseReason;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{AccountId, PersonId, RoomId};
use crate::model::moderation::{AuditEntry, ModAction, ModerationChange, Rank};
use crate::model::refusal::Refusal;
use crate::model::reply::Reply;
use crate::model::update::Update;

/// The scope of a moderation action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chat) enum Scope {
    /// The whole server.
    Server,
    /// A single room.
    Room(RoomId),
}

impl Scope {
    /// The room; `None` for the whole server.
    pub(in crate::chat) fn room(self) -> Option<RoomId> {
        match self {
            Self::Server => None,
            Self::Room(room) => Some(room),
        }
    }
}

impl Chat {
    pub(in crate::chat) fn claim(
        &mut self,
        index: ClientIndex,
        typed: &Secret,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        if self.moderation.token.is_none() && self.moderation.has_owner() {
            return Err(Refusal::HasOwner);
        }
        let account = self.clients[index.0].person.account();
        let account = account.ok_or(Refusal::ClaimNeedsAccount)?;
        self.take_attempt(index, AttemptTarget::Server, now)?;
        self.check_stays(account)?;
        let is_right = self.moderation.token.as_ref().is_some_and(|token| token.is(typed.expose()));
        if !is_right {
            return Err(Refusal::WrongToken);
        }
        let change = ModerationChange::Rank { account, rank: Some(Rank::Owner) };
        let entry = self.entry(index, ModAction::Claim, now);
        self.moderate(index, Some(change), entry, out)?;
        self.moderation.set_rank(account, Some(Rank::Owner));
        self.moderation.token = None;
        Ok(Done::reply(Reply::Claimed))
    }

    /// `/op`.
    pub(in crate::chat) fn make_operator(
        &mut self,
        index: ClientIndex,
        name: &str,
        rank: Rank,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        self.check_rank(index, Rank::Owner)?;
        let person = self.whoever_or_nearest(index, name)?;
        let name = self.name_of(person);
        let Some(account) = person.account() else {
            return Err(Refusal::RankNeedsAccount { name });
        };
        if self.clients[index.0].person == person && rank == Rank::Operator {
            return self.step_down(index, account, Some(rank), now, out);
        }
        if self.moderation.rank(person) == Some(rank) {
            return Err(Refusal::HasRankAlready { name, rank: Some(rank) });
        }
        self.check_stays(account)?;
        self.check_stays_oneself(index)?;
        if self.is_sanctioned(person, now) {
            return Err(Refusal::RankNeedsGoodStanding { name });
        }
        let action = if rank == Rank::Owner { ModAction::MakeOwner } else { ModAction::Op };
        let entry = AuditEntry { whom: Some((&*name).into()), ..self.entry(index, action, now) };
        let change = ModerationChange::Rank { account, rank: Some(rank) };
        self.moderate(index, Some(change), entry, out)?;
        self.moderation.set_rank(account, Some(rank));
        let by = self.clients[index.0].name.clone();
        self.tell_person(person, &Reply::YourRank { by, rank: Some(rank) }, out);
        Ok(Done::reply(Reply::RankGiven { name, rank }))
    }

    /// `/deop`.
    pub(in crate::chat) fn take_rank(
        &mut self,
        index: ClientIndex,
        name: &str,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let person = self.whoever_or_nearest(index, name)?;
        let own = self.clients[index.0].person;
        let name = self.name_of(person);
        // Anyone may give up their own rank.
        if let (true, Some(account), Some(_)) =
            (own == person, own.account(), self.moderation.rank(own))
        {
            return self.step_down(index, account, None, now, out);
        }
        self.check_rank(index, Rank::Owner)?;
        let (Some(account), Some(_)) = (person.account(), self.moderation.rank(person)) else {
            return Err(Refusal::HasNoRank { name });
        };
        self.check_stays_oneself(index)?;
        let entry =
            AuditEntry { whom: Some((&*name).into()), ..self.entry(index, ModAction::Deop, now) };
        self.moderate(index, Some(ModerationChange::Rank { account, rank: None }), entry, out)?;
        self.moderation.set_rank(account, None);
        let by = self.clients[index.0].name.clone();
        self.tell_person(person, &Reply::YourRank { by, rank: None }, out);
        // Their rank may have let them in from a banned network.
        for other in self.indexes_of(person) {
            if let Some(refusal) = self.kept_out_by_network(other, person, now) {
                self.disconnect(
                    other,
                    refusal,
                    CloseReason::Banned,
                    &Event::Left { text: None },
                    now,
                    out,
                );
            }
        }
        Ok(Done::reply(Reply::RankTaken { name }))
    }

    /// Lowers a person's own rank on their request. The last owner remains one.
    fn step_down(
        &mut self,
        index: ClientIndex,
        account: AccountId,
        rank: Option<Rank>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let (name, before) = {
            let client = &self.clients[index.0];
            (client.name.clone(), self.moderation.rank(client.person))
        };
        if before <= rank {
            return Err(Refusal::HasRankAlready { name, rank: before });
        }
        self.check_is_not_last_owner(account)?;
        let entry =
            AuditEntry { whom: Some((&*name).into()), ..self.entry(index, ModAction::Deop, now) };
        self.moderate(index, Some(ModerationChange::Rank { account, rank }), entry, out)?;
        self.moderation.set_rank(account, rank);
        Ok(Done::reply(match rank {
            Some(rank) => Reply::RankGiven { name, rank },
            None => Reply::RankTaken { name },
        }))
    }

    /// Refuses to let a person who is unregistering change ranks: the server could end up without
    /// an owner.
    fn check_stays_oneself(&self, index: ClientIndex) -> Result<(), Refusal> {
        self.clients[index.0].person.account().map_or(Ok(()), |own| self.check_stays(own))
    }

    /// Checks that this account is not being unregistered at the moment.
    fn check_stays(&self, account: AccountId) -> Result<(), Refusal> {
        if self.moderation.is_leaving(account) { Err(Refusal::Busy) } else { Ok(()) }
    }

    /// Checks that the account is not the server's last owner.
    pub(in crate::chat) fn check_is_not_last_owner(
        &self,
        account: AccountId,
    ) -> Result<(), Refusal> {
        if self.moderation.is_last_owner(account) {
            return Err(Refusal::LastOwner);
        }
        Ok(())
    }

    /// `/op` alone.
    pub(in crate::chat) fn list_operators(&self) -> Done {
        let names_of = |wanted: Rank| {
            let ranked = self.moderation.ranked().filter(|(_, rank)| *rank == wanted);
            let mut names: Box<[Arc<str>]> =
                ranked.map(|(account, _)| self.name_of(PersonId::Registered(account))).collect();
            names.sort_unstable();
            names
        };
        let (owners, operators) = (names_of(Rank::Owner), names_of(Rank::Operator));
        Done::reply(Reply::Moderators { owners, operators })
    }

    /// Whether the client's person has at least this rank.
    pub(in crate::chat) fn has_rank(&self, index: ClientIndex, rank: Rank) -> bool {
        self.moderation.is_at_least(self.clients[index.0].person, rank)
    }

    /// Checks that the client's person has at least this rank.
    pub(in crate::chat) fn check_rank(
        &self,
        index: ClientIndex,
        rank: Rank,
    ) -> Result<(), Refusal> {
        if self.has_rank(index, rank) { Ok(()) } else { Err(Refusal::NeedsRank { rank }) }
    }

    /// The scope in which a client may moderate: the room that it names; otherwise the whole server
    /// for an operator, or the current room for its owner.
    pub(in crate::chat) fn scope(
        &self,
        index: ClientIndex,
        room: Option<&str>,
    ) -> Result<Scope, Refusal> {
        let is_operator = self.has_rank(index, Rank::Operator);
        let room = match room {
            // Operators moderate every room, whether they are in it or not.
            Some(name) if is_operator => {
                let name = self.room_name(name)?;
                let none = || Refusal::NoSuchRoom { room: name.as_str().clone() };
                self.rooms.named(&name).ok_or_else(none)?
            }
            None if is_operator => return Ok(Scope::Server),
            name => self.own_room(index, name)?,
        };
        if !is_operator {
            self.check_moderates_in(index, room)?;
        }
        Ok(Scope::Room(room))
    }

    fn check_moderates_in(&self, index: ClientIndex, room: RoomId) -> Result<(), Refusal> {
        let own = self.clients[index.0].person;
        match self.rooms.find(room).map(|room| (room.rules.owner, room.name())) {
            Some((Owner::Person(owner), _)) if owner == own => Ok(()),
            Some((Owner::Person(owner), room)) => {
                Err(Refusal::NotModerator { room: room.clone(), owner: self.name_of(owner) })
            }
            _ => Err(Refusal::NeedsRank { rank: Rank::Operator }),
        }
    }

    /// Checks that a client may act on a person: not on itself, and not on anyone of equal or
    /// higher rank.
    pub(in crate::chat) fn check_outranks(
        &self,
        index: ClientIndex,
        whom: PersonId,
    ) -> Result<(), Refusal> {
        let own = self.clients[index.0].person;
        if own == whom {
            return Err(Refusal::Oneself);
        }
        match self.moderation.rank(whom) {
            Some(rank) if self.moderation.rank(own) <= Some(rank) => {
                Err(Refusal::Outranked { name: self.name_of(whom), rank })
            }
            _ => Ok(()),
        }
    }

    /// The audit entry for an action that the client's person takes now.
    pub(in crate::chat) fn entry(
        &self,
        index: ClientIndex,
        action: ModAction,
        now: Moment,
    ) -> AuditEntry {
        AuditEntry {
            at: now.wall,
            by: (&*self.clients[index.0].name).into(),
            action,
            whom: None,
            room: None,
            until: None,
            reason: None,
        }
    }

    /// Stores a moderation change. It is added to the audit log only if done by an operator or
    /// owner: the actions that anyone may take in their own room would soon displace all others. If
    /// the queue is full, returns an error, and the caller must not apply the change.
    pub(in crate::chat) fn moderate(
        &mut self,
        index: ClientIndex,
        change: Option<ModerationChange>,
        entry: AuditEntry,
        out: &mut dyn Outbox,
    ) -> Result<(), Refusal> {
        let is_remembered =
            self.has_rank(index, Rank::Operator) || entry.action == ModAction::Claim;
        let entry = Some(entry).filter(|_| is_remembered);
        if change.is_some() || entry.is_some() {
            let update = Update::Moderation { change, entry: entry.clone() };
            out.keep(update).map_err(|_| Refusal::Busy)?;
        }
        if let Some(entry) = entry {
            // Without the reason, which is something that a user has written.
            let AuditEntry { by, action, whom, .. } = &entry;
            tracing::info!(action = action.word(), %by, on = whom.as_deref(), "operator action");
            self.moderation.remember(entry);
        }
        Ok(())
    }

    /// Adds to the audit log what an operator has changed in a room of someone else. If the queue
    /// is full, the entry lasts as long as the server runs.
    pub(in crate::chat) fn record_change(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        change: &str,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let entry = AuditEntry {
            room: self.shown_room(Some(room)).as_deref().map(Box::from),
            reason: Some(change.into()),
            ..self.entry(index, ModAction::Room, now)
        };
        let _ = out.keep(Update::Moderation { change: None, entry: Some(entry.clone()) });
        self.moderation.remember(entry);
    }

    /// Sends a reply to all clients of a person.
    pub(in crate::chat) fn tell_person(
        &mut self,
        person: PersonId,
        reply: &Reply,
        out: &mut dyn Outbox,
    ) {
        for index in self.indexes_of(person) {
            self.tell(index, reply.clone(), out);
        }
    }

    /// Tells the operators that writing to the disk fails, at most once per interval.
    pub(in crate::chat) fn tell_of_disk(&mut self, now: Moment, out: &mut dyn Outbox) {
        let is_due = |at| now.instant >= at + limits::DISK_TOLD_INTERVAL;
        if self.disk_told_at.is_none_or(is_due) {
            self.disk_told_at = Some(now.instant);
            self.tell_operators(&Reply::DiskFails, out);
        }
    }

    /// Takes note that changes have been stored. After a failure, tells the operators once nothing
    /// is left to store.
    pub(in crate::chat) fn changes_are_kept(&mut self, out: &mut dyn Outbox) {
        let is_all = out.has_kept();
        if is_all && std::mem::take(&mut self.has_unsaved) {
            self.tell_operators(&Reply::AllSaved, out);
        }
    }

    /// Tells the operators that changed settings were not accepted.
    pub fn alert(&mut self, problem: &str, out: &mut dyn Outbox) {
        self.tell_operators(&Reply::SettingsRefused { problem: problem.into() }, out);
    }

    /// Sends a reply to all owners and operators who are connected.
    pub(in crate::chat) fn tell_operators(&mut self, reply: &Reply, out: &mut dyn Outbox) {
        let ranked: Vec<AccountId> = self.moderation.ranked().map(|(account, _)| account).collect();
        for account in ranked {
            self.tell_person(PersonId::Registered(account), reply, out);
        }
    }
}
