//! Owners and operators: `/claim`, `/op` and `/deop`.

use std::sync::Arc;

use crate::chat::state::Chat;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::turn::{Done, Turn};
use crate::command::{Secret, TypedName};
use crate::model::{
    AccountId, AuditEntry, ClientIndex, CloseReason, Event, ModAction, ModerationChange, PersonId,
    Rank, Refusal, Reply, Verdict,
};

impl Turn<'_> {
    pub(in crate::chat) fn claim(
        &mut self,
        index: ClientIndex,
        typed: &Secret,
    ) -> Result<Done, Refusal> {
        self.chat.claimant(index)?;
        self.take_attempt(index, AttemptTarget::Server)?;
        let token = self.chat.moderation.token.as_ref();
        match token.is_some_and(|token| token.is(typed.expose())) {
            true => Ok(Done::Decided(Verdict::Claim)),
            false => Err(Refusal::WrongToken),
        }
    }

    /// Makes a client that has shown the token the owner of the server.
    pub(in crate::chat) fn claim_server(&mut self, index: ClientIndex) -> Result<Done, Refusal> {
        let account = self.chat.claimant(index)?;
        if self.chat.moderation.token.take().is_none() {
            return Err(Refusal::WrongToken);
        }
        let entry = self.entry(index, ModAction::Claim, None);
        self.set_rank(index, account, Some(Rank::Owner), entry);
        Ok(Done::promise(Reply::Claimed))
    }

    /// `/op`.
    pub(in crate::chat) fn make_operator(
        &mut self,
        index: ClientIndex,
        name: &TypedName,
        rank: Rank,
    ) -> Result<Done, Refusal> {
        self.chat.check_rank(index, Rank::Owner)?;
        let person = self.chat.whoever_or_nearest(index, name)?;
        let name = self.chat.name_of(person);
        let Some(account) = person.account() else {
            return Err(Refusal::RankNeedsAccount { name });
        };
        if self.chat.clients[index.0].person == person && rank == Rank::Operator {
            return self.step_down(index, account, Some(rank));
        }
        if self.chat.moderation.rank(person) == Some(rank) {
            return Err(Refusal::HasRankAlready { name, rank: Some(rank) });
        }
        if self.chat.is_sanctioned(person, self.now) {
            return Err(Refusal::RankNeedsGoodStanding { name });
        }
        let action = if rank == Rank::Owner { ModAction::MakeOwner } else { ModAction::Op };
        let entry = self.entry(index, action, Some(&name));
        self.set_rank(index, account, Some(rank), entry);
        let by = self.chat.clients[index.0].name.clone();
        self.tell_person(person, &Reply::YourRank { by, rank: Some(rank) });
        Ok(Done::promise(Reply::RankGiven { name, rank }))
    }

    /// `/deop`.
    pub(in crate::chat) fn take_rank(
        &mut self,
        index: ClientIndex,
        name: &TypedName,
    ) -> Result<Done, Refusal> {
        let person = self.chat.whoever_or_nearest(index, name)?;
        let own = self.chat.clients[index.0].person;
        let name = self.chat.name_of(person);
        // Anyone may give up their own rank.
        if let (true, Some(account), Some(_)) =
            (own == person, own.account(), self.chat.moderation.rank(own))
        {
            return self.step_down(index, account, None);
        }
        self.chat.check_rank(index, Rank::Owner)?;
        let (Some(account), Some(_)) = (person.account(), self.chat.moderation.rank(person)) else {
            return Err(Refusal::HasNoRank { name });
        };
        let entry = self.entry(index, ModAction::Deop, Some(&name));
        self.set_rank(index, account, None, entry);
        let by = self.chat.clients[index.0].name.clone();
        self.tell_person(person, &Reply::YourRank { by, rank: None });
        // Their rank may have let them in from a banned network.
        for other in self.chat.indexes_of(person) {
            if let Some(refusal) = self.chat.kept_out_by_network(other, person, self.now) {
                self.disconnect(other, refusal, CloseReason::Banned, &Event::Quit { text: None });
            }
        }
        Ok(Done::promise(Reply::RankTaken { name }))
    }

    /// Stores a rank and puts it in force.
    fn set_rank(
        &mut self,
        index: ClientIndex,
        account: AccountId,
        rank: Option<Rank>,
        entry: AuditEntry,
    ) {
        self.moderate(index, Some(ModerationChange::Rank { account, rank }), entry);
        self.chat.moderation.set_rank(account, rank);
    }

    /// Lowers a person's own rank on their request. The last owner remains one.
    fn step_down(
        &mut self,
        index: ClientIndex,
        account: AccountId,
        rank: Option<Rank>,
    ) -> Result<Done, Refusal> {
        let (name, before) = {
            let client = &self.chat.clients[index.0];
            (client.name.clone(), self.chat.moderation.rank(client.person))
        };
        if before <= rank {
            return Err(Refusal::HasRankAlready { name, rank: before });
        }
        self.chat.check_is_not_last_owner(account)?;
        let entry = self.entry(index, ModAction::Deop, Some(&name));
        self.set_rank(index, account, rank, entry);
        Ok(Done::promise(match rank {
            Some(rank) => Reply::RankGiven { name, rank },
            None => Reply::RankTaken { name },
        }))
    }
}

impl Chat {
    /// The account that would own the server, if it can be claimed.
    fn claimant(&self, index: ClientIndex) -> Result<AccountId, Refusal> {
        if self.moderation.token.is_none() && self.moderation.has_owner() {
            return Err(Refusal::HasOwner);
        }
        self.clients[index.0].person.account().ok_or(Refusal::ClaimNeedsAccount)
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
