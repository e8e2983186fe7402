//! Owners and operators: `/claim`, `/op` and `/deop`.

use std::sync::Arc;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::turn::Done;
use crate::command::Secret;
use crate::model::close_reason::CloseReason;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{AccountId, PersonId};
use crate::model::moderation::{AuditEntry, ModAction, ModerationChange, Rank};
use crate::model::refusal::Refusal;
use crate::model::reply::Reply;

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
                self.disconnect(other, refusal, CloseReason::Banned, &Event::Left(None), now, out);
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
}
