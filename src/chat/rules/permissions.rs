//! How bans, mutes and the lockdown affect clients that connect, join and talk.

use std::net::IpAddr;

use crate::base::clock::ChatTime;
use crate::chat::state::Chat;
use crate::chat::state::sanctions::{ActiveSanction, SanctionQuery};
use crate::command::Command;
use crate::model::{ClientIndex, PersonId, Rank, Refusal, RoomId, SanctionKind};

impl Chat {
    /// Why guests from this address may not take part, if so.
    pub(in crate::chat) fn ban_outside(&self, address: IpAddr, now: ChatTime) -> Option<Refusal> {
        let ban = self.moderation.ban_of_network(address, now)?;
        Some(Refusal::Banned(self.term_of(&ban.sanction)))
    }

    /// Why a person may not connect from the client's network, if so. A network ban does not apply
    /// to anyone of equal or higher rank than the person who imposed it. Otherwise nobody could
    /// undo a ban imposed by mistake, or one meant to get rid of an owner.
    pub(in crate::chat) fn kept_out_by_network(
        &self,
        index: ClientIndex,
        person: PersonId,
        now: ChatTime,
    ) -> Option<Refusal> {
        let ban = self.moderation.ban_of_network(self.clients[index.0].address, now)?;
        let account = ban.keys.by.as_ref().and_then(|key| self.accounts.named(key));
        let rank = account.and_then(|account| self.moderation.rank(PersonId::Registered(account)));
        let passes = self.moderation.is_at_least(person, rank.unwrap_or(Rank::Operator));
        (!passes).then(|| Refusal::Banned(self.term_of(&ban.sanction)))
    }

    /// Why a client may not take part as a guest, if so.
    pub(in crate::chat) fn kept_out_as_guest(
        &self,
        index: ClientIndex,
        now: ChatTime,
    ) -> Option<Refusal> {
        let client = &self.clients[index.0];
        if client.person.account().is_some() {
            return None;
        }
        if self.is_outside(index)
            && let Some(refusal) = self.ban_outside(client.address, now)
        {
            return Some(refusal);
        }
        if self.moderation.is_quiet() {
            return None;
        }
        if self.moderation.lockdown {
            return Some(Refusal::Lockdown);
        }
        let ban = self.moderation.of(&SanctionQuery::of(client), SanctionKind::Ban, None, now)?;
        Some(Refusal::GuestsBanned(self.term_of(ban)))
    }

    /// Why a client may not log in as this person, if so.
    pub(in crate::chat) fn kept_out_as(
        &self,
        index: ClientIndex,
        person: PersonId,
        now: ChatTime,
    ) -> Option<Refusal> {
        if let Some(refusal) = self.kept_out_by_network(index, person, now) {
            return Some(refusal);
        }
        let query = SanctionQuery::of(&self.clients[index.0]).as_person(person);
        let ban = self.moderation.of(&query, SanctionKind::Ban, None, now)?;
        Some(Refusal::Banned(self.term_of(ban)))
    }

    /// Why a client may not be in a room, if so.
    pub(in crate::chat) fn kept_out_of(
        &self,
        index: ClientIndex,
        room: RoomId,
        now: ChatTime,
    ) -> Option<Refusal> {
        if self.moderation.is_quiet() || self.owns(index, room) {
            return None;
        }
        let query = SanctionQuery::of(&self.clients[index.0]);
        let ban = self.moderation.of(&query, SanctionKind::Ban, Some(room), now)?;
        Some(Refusal::Banned(self.term_of(ban)))
    }

    /// Checks that a client may do something that other people would notice, in this room or with
    /// `None` anywhere.
    #[inline]
    pub(in crate::chat) fn check_may_be_heard(
        &self,
        index: ClientIndex,
        room: Option<RoomId>,
        now: ChatTime,
    ) -> Result<(), Refusal> {
        // The usual case, and this runs for each line.
        if self.moderation.is_quiet() { Ok(()) } else { self.look_up_mutes(index, room, now) }
    }

    #[cold]
    fn look_up_mutes(
        &self,
        index: ClientIndex,
        room: Option<RoomId>,
        now: ChatTime,
    ) -> Result<(), Refusal> {
        if let Some(refusal) = self.kept_out_as_guest(index, now) {
            return Err(refusal);
        }
        let query = SanctionQuery::of(&self.clients[index.0]);
        let mute_in = |room| self.moderation.of(&query, SanctionKind::Mute, room, now);
        if let Some(mute) = mute_in(None) {
            return Err(Refusal::Muted(self.term_of(mute)));
        }
        let Some(id) = room.filter(|id| !self.owns(index, *id)) else { return Ok(()) };
        match mute_in(Some(id)) {
            Some(mute) => Err(Refusal::Muted(self.term_of(mute))),
            None => Ok(()),
        }
    }

    /// Checks the same for every room that the client is in.
    pub(in crate::chat) fn check_may_be_heard_everywhere(
        &self,
        index: ClientIndex,
        now: ChatTime,
    ) -> Result<(), Refusal> {
        self.check_may_be_heard(index, None, now)?;
        let mut rooms = self.clients[index.0].rooms.iter();
        rooms.try_for_each(|&room| self.check_may_be_heard(index, Some(room), now))
    }

    /// Checks that bans and mutes allow a command; other conditions, and messages in a room, are
    /// checked elsewhere.
    pub(in crate::chat) fn check_may_do(
        &self,
        index: ClientIndex,
        command: &Command,
        now: ChatTime,
    ) -> Result<(), Refusal> {
        if self.moderation.is_quiet() || !command.is_noticed() {
            return Ok(());
        }
        match command {
            // Joining a room sends no message.
            Command::Join { .. } => self.kept_out_as_guest(index, now).map_or(Ok(()), Err),
            // A muted person may still ask an operator for the reason.
            Command::Msg { to, .. }
                if self.kept_out_as_guest(index, now).is_none()
                    && self
                        .whoever(to)
                        .is_ok_and(|to| self.moderation.is_at_least(to, Rank::Operator)) =>
            {
                Ok(())
            }
            // A name is visible in all rooms.
            Command::Nick { .. } => self.check_may_be_heard_everywhere(index, now),
            // These are noticed in the current room.
            Command::Topic(_) | Command::Room(_) | Command::Invite { .. } => {
                let room = self.clients[index.0].rooms.last().copied();
                self.check_may_be_heard(index, room, now)
            }
            _ => self.check_may_be_heard(index, None, now),
        }
    }

    /// Whether a registered person is banned or muted on the whole server.
    pub(in crate::chat) fn is_sanctioned(&self, person: PersonId, now: ChatTime) -> bool {
        let Some(account) = person.account() else { return false };
        let is_theirs = |one: &ActiveSanction| {
            one.sanction.room.is_none() && one.sanction.is_of(account) && !one.is_over(now)
        };
        self.moderation.all(is_theirs).next().is_some()
    }

    /// Whether a person who is present may talk, in this room or with `None` anywhere.
    pub(in crate::chat) fn may_be_heard(
        &self,
        person: PersonId,
        room: Option<RoomId>,
        now: ChatTime,
    ) -> bool {
        let first = self.indexes_of(person).first().copied();
        first.is_some_and(|index| self.check_may_be_heard(index, room, now).is_ok())
    }

    fn owns(&self, index: ClientIndex, room: RoomId) -> bool {
        let person = self.clients[index.0].person;
        self.rooms.find(room).is_some_and(|room| room.rules.is_owner(person))
    }
}
