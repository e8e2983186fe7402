//! Permissions for moderation: claiming ownership, owners and operators, and the messages that only
//! they receive.

use std::fmt::Display;
use std::sync::Arc;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::state::room::Owner;
use crate::chat::turn::Done;
use crate::command::Secret;
use crate::lang::{ModerationTexts, fill};
use crate::limits;
use crate::model::close_reason::CloseReason;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{AccountId, PersonId, RoomId};
use crate::model::moderation::{AuditEntry, ModAction, ModerationChange, Rank};
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
    ) -> Result<Done, ErrorReply> {
        let texts = self.moderation_texts();
        if self.moderation.token.is_none() && self.moderation.has_owner() {
            return Err(ErrorReply(texts.has_owner.to_owned()));
        }
        let Some(account) = self.clients[index.0].person.account() else {
            return Err(ErrorReply(texts.claim_needs_account.to_owned()));
        };
        self.take_attempt(index, AttemptTarget::Server, now)?;
        self.check_stays(account)?;
        let is_right = self.moderation.token.as_ref().is_some_and(|token| token.is(typed.expose()));
        if !is_right {
            return Err(ErrorReply(texts.claim_is_wrong.to_owned()));
        }
        let change = ModerationChange::Rank { account, rank: Some(Rank::Owner) };
        let entry = self.entry(index, ModAction::Claim, now);
        self.moderate(index, Some(change), entry, out)?;
        self.moderation.set_rank(account, Some(Rank::Owner));
        self.moderation.token = None;
        Ok(Done::reply(texts.claimed.to_owned()))
    }

    /// `/op`.
    pub(in crate::chat) fn make_operator(
        &mut self,
        index: ClientIndex,
        name: &str,
        rank: Rank,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        self.check_rank(index, Rank::Owner)?;
        let texts = self.moderation_texts();
        let person = self.whoever_or_nearest(index, name)?;
        let (name, shown) = (self.name_of(person), rank_text(texts, rank));
        let values: [(&str, &dyn Display); 2] = [("name", &name), ("rank", &shown)];
        let Some(account) = person.account() else {
            return Err(ErrorReply(fill(texts.needs_account, &values)));
        };
        if self.clients[index.0].person == person && rank == Rank::Operator {
            return self.step_down(index, account, Some(rank), now, out);
        }
        if self.moderation.rank(person) == Some(rank) {
            return Err(ErrorReply(fill(texts.is_that_already, &values)));
        }
        self.check_stays(account)?;
        self.check_stays_oneself(index)?;
        if self.is_sanctioned(person, now) {
            return Err(ErrorReply(fill(texts.is_not_free, &values)));
        }
        let action = if rank == Rank::Owner { ModAction::MakeOwner } else { ModAction::Op };
        let entry = AuditEntry { whom: Some((&*name).into()), ..self.entry(index, action, now) };
        let change = ModerationChange::Rank { account, rank: Some(rank) };
        self.moderate(index, Some(change), entry, out)?;
        self.moderation.set_rank(account, Some(rank));
        let by = self.clients[index.0].name.clone();
        let text = fill(texts.you_are_made, &[("by", &by), ("rank", &shown)]);
        self.tell_person(person, &text, out);
        Ok(Done::reply(fill(texts.made, &values)))
    }

    /// `/deop`.
    pub(in crate::chat) fn take_rank(
        &mut self,
        index: ClientIndex,
        name: &str,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let texts = self.moderation_texts();
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
            return Err(ErrorReply(fill(texts.had_no_rank, &[("name", &name)])));
        };
        self.check_stays_oneself(index)?;
        let entry =
            AuditEntry { whom: Some((&*name).into()), ..self.entry(index, ModAction::Deop, now) };
        self.moderate(index, Some(ModerationChange::Rank { account, rank: None }), entry, out)?;
        self.moderation.set_rank(account, None);
        let by = self.clients[index.0].name.clone();
        self.tell_person(person, &fill(texts.you_have_no_rank_now, &[("by", &by)]), out);
        // Their rank may have let them in from a banned network.
        for other in self.indexes_of(person) {
            if let Some(told) = self.kept_out_by_network(other, person, now) {
                self.disconnect(other, &told, CloseReason::Banned, &Event::Left, now, out);
            }
        }
        Ok(Done::reply(fill(texts.has_no_rank_now, &[("name", &name)])))
    }

    /// Lowers a person's own rank on their request. The last owner remains one.
    fn step_down(
        &mut self,
        index: ClientIndex,
        account: AccountId,
        rank: Option<Rank>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let texts = self.moderation_texts();
        let (name, before) = {
            let client = &self.clients[index.0];
            (client.name.clone(), self.moderation.rank(client.person))
        };
        if before <= rank {
            let shown = before.map_or("", |rank| rank_text(texts, rank));
            let values: [(&str, &dyn Display); 2] = [("name", &name), ("rank", &shown)];
            return Err(ErrorReply(fill(texts.is_that_already, &values)));
        }
        self.check_is_not_last_owner(account)?;
        let entry =
            AuditEntry { whom: Some((&*name).into()), ..self.entry(index, ModAction::Deop, now) };
        self.moderate(index, Some(ModerationChange::Rank { account, rank }), entry, out)?;
        self.moderation.set_rank(account, rank);
        Ok(Done::reply(match rank {
            Some(rank) => fill(texts.made, &[("name", &name), ("rank", &rank_text(texts, rank))]),
            None => fill(texts.has_no_rank_now, &[("name", &name)]),
        }))
    }

    /// Refuses to let a person who is unregistering change ranks: the server could end up without
    /// an owner.
    fn check_stays_oneself(&self, index: ClientIndex) -> Result<(), ErrorReply> {
        self.clients[index.0].person.account().map_or(Ok(()), |own| self.check_stays(own))
    }

    /// Checks that this account is not being unregistered at the moment.
    fn check_stays(&self, account: AccountId) -> Result<(), ErrorReply> {
        if self.moderation.is_leaving(account) { Err(self.too_busy()) } else { Ok(()) }
    }

    /// Checks that the account is not the server's last owner.
    pub(in crate::chat) fn check_is_not_last_owner(
        &self,
        account: AccountId,
    ) -> Result<(), ErrorReply> {
        if self.moderation.is_last_owner(account) {
            return Err(ErrorReply(self.moderation_texts().last_owner.to_owned()));
        }
        Ok(())
    }

    /// `/op` alone.
    pub(in crate::chat) fn list_operators(&self) -> Done {
        let texts = self.moderation_texts();
        let names_of = |wanted: Rank| {
            let ranked = self.moderation.ranked().filter(|(_, rank)| *rank == wanted);
            let mut names: Vec<Arc<str>> =
                ranked.map(|(account, _)| self.name_of(PersonId::Registered(account))).collect();
            names.sort_unstable();
            names.join(", ")
        };
        let mut told = Vec::new();
        for (rank, template) in
            [(Rank::Owner, texts.owners_are), (Rank::Operator, texts.operators_are)]
        {
            let names = names_of(rank);
            if !names.is_empty() {
                told.push(fill(template, &[("names", &names)]));
            }
        }
        if told.is_empty() {
            told.push(texts.nobody_has_rank.to_owned());
        }
        Done::Reply(told)
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
    ) -> Result<(), ErrorReply> {
        if self.has_rank(index, rank) {
            return Ok(());
        }
        let texts = self.moderation_texts();
        Err(ErrorReply(match rank {
            Rank::Operator => texts.only_operators.to_owned(),
            Rank::Owner => texts.only_owners.to_owned(),
        }))
    }

    /// The scope in which a client may moderate: the room that it names; otherwise the whole server
    /// for an operator, or the current room for its owner.
    pub(in crate::chat) fn scope(
        &self,
        index: ClientIndex,
        room: Option<&str>,
    ) -> Result<Scope, ErrorReply> {
        let is_operator = self.has_rank(index, Rank::Operator);
        let room = match room {
            // Operators moderate every room, whether they are in it or not.
            Some(name) if is_operator => {
                let name = self.room_name(name)?;
                let none =
                    || ErrorReply(fill(self.answers().no_such_room, &[("room", name.as_str())]));
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

    fn check_moderates_in(&self, index: ClientIndex, room: RoomId) -> Result<(), ErrorReply> {
        let texts = self.moderation_texts();
        let own = self.clients[index.0].person;
        match self.rooms.find(room).map(|room| (room.rules.owner, room.name())) {
            Some((Owner::Person(owner), _)) if owner == own => Ok(()),
            Some((Owner::Person(owner), room)) => {
                let owner = self.name_of(owner);
                let values: [(&str, &dyn Display); 2] = [("owner", &owner), ("room", room)];
                Err(ErrorReply(fill(texts.only_owner_here, &values)))
            }
            _ => Err(ErrorReply(texts.only_operators.to_owned())),
        }
    }

    /// Checks that a client may act on a person: not on itself, and not on anyone of equal or
    /// higher rank.
    pub(in crate::chat) fn check_outranks(
        &self,
        index: ClientIndex,
        whom: PersonId,
    ) -> Result<(), ErrorReply> {
        let texts = self.moderation_texts();
        let own = self.clients[index.0].person;
        if own == whom {
            return Err(ErrorReply(texts.oneself.to_owned()));
        }
        match self.moderation.rank(whom) {
            Some(rank) if self.moderation.rank(own) <= Some(rank) => {
                let (name, rank) = (self.name_of(whom), rank_text(texts, rank));
                Err(ErrorReply(fill(texts.outranked, &[("name", &name), ("rank", &rank)])))
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
    ) -> Result<(), ErrorReply> {
        let is_remembered =
            self.has_rank(index, Rank::Operator) || entry.action == ModAction::Claim;
        let entry = Some(entry).filter(|_| is_remembered);
        if change.is_some() || entry.is_some() {
            let update = Update::Moderation { change, entry: entry.clone() };
            out.keep(update).map_err(|_| self.too_busy())?;
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
            room: self.shown_scope(Scope::Room(room)),
            reason: Some(change.into()),
            ..self.entry(index, ModAction::Room, now)
        };
        let _ = out.keep(Update::Moderation { change: None, entry: Some(entry.clone()) });
        self.moderation.remember(entry);
    }

    /// Sends a line to all clients of a person.
    pub(in crate::chat) fn tell_person(
        &mut self,
        person: PersonId,
        text: &str,
        out: &mut dyn Outbox,
    ) {
        for index in self.indexes_of(person) {
            self.tell(index, text, out);
        }
    }

    /// Tells the operators that writing to the disk fails, at most once per interval.
    pub(in crate::chat) fn tell_of_disk(&mut self, now: Moment, out: &mut dyn Outbox) {
        let is_due = |at| now.instant >= at + limits::DISK_TOLD_INTERVAL;
        if self.disk_told_at.is_none_or(is_due) {
            self.disk_told_at = Some(now.instant);
            self.tell_operators(self.moderation_texts().disk_fails, out);
        }
    }

    /// Takes note that changes have been stored. After a failure, tells the operators once nothing
    /// is left to store.
    pub(in crate::chat) fn changes_are_kept(&mut self, out: &mut dyn Outbox) {
        let is_all = out.has_kept();
        if is_all && std::mem::take(&mut self.has_unsaved) {
            self.tell_operators(self.moderation_texts().changes_saved, out);
        }
    }

    /// Tells the operators about a problem of the server.
    pub fn alert(&mut self, problem: &str, out: &mut dyn Outbox) {
        let text = fill(self.moderation_texts().alert, &[("problem", &problem)]);
        self.tell_operators(&text, out);
    }

    /// Sends a line to all owners and operators who are connected.
    pub(in crate::chat) fn tell_operators(&mut self, text: &str, out: &mut dyn Outbox) {
        let ranked: Vec<AccountId> = self.moderation.ranked().map(|(account, _)| account).collect();
        for account in ranked {
            self.tell_person(PersonId::Registered(account), text, out);
        }
    }

    pub(in crate::chat) fn moderation_texts(&self) -> &'static ModerationTexts {
        &self.catalogue().moderation
    }
}

/// The word for a rank.
pub(in crate::chat) fn rank_text(texts: &ModerationTexts, rank: Rank) -> &'static str {
    match rank {
        Rank::Operator => texts.operator,
        Rank::Owner => texts.owner,
    }
}
