//! How bans, mutes and the lockdown affect clients that connect, join and talk.

use std::net::IpAddr;
use std::time::Instant;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::client::Client;
use crate::chat::state::sanctions::SanctionQuery;
use crate::chat::turn::Done;
use crate::command::{Command, Utterance};
use crate::limits;
use crate::model::close_reason::CloseReason;
use crate::model::delivery::Delivery;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{ClientId, LOBBY, PersonId, RoomId};
use crate::model::moderation::{ModAction, ModerationChange, Rank, Sanction, SanctionKind};
use crate::model::prompt::CommandVerdict;
use crate::model::refusal::Refusal;
use crate::model::reply::Reply;
use crate::text::nick;

impl Chat {
    /// When [`Chat::on_deadline`] should be called next.
    pub fn deadline(&self) -> Option<Instant> {
        let inside = self.waiting.first().map(|(since, _)| *since + limits::LOGIN_TIME);
        let outside = self.outside.first().map(|(since, _)| match self.outside.len() {
            0..=limits::OUTSIDE_MAX => *since + limits::OUTSIDE_LOGIN_TIME,
            // There are too many, so the oldest has to leave at once.
            _ => *since,
        });
        let newcomer = self.newcomers.deadline();
        [inside, outside, newcomer].into_iter().flatten().min()
    }

    /// Handles everything that is due. Guests that had to log in and ran out of time are
    /// disconnected.
    pub fn on_deadline(&mut self, now: Moment, out: &mut dyn Outbox) {
        self.announce_due(now, out);
        while let Some(&(since, client)) = self.waiting.first()
            && since + limits::LOGIN_TIME <= now.instant
        {
            self.waiting.pop_first();
            self.end_patience(client, CloseReason::NotAdmitted, now, out);
        }
        // The newest clients keep their places. Otherwise someone could occupy all of them and so
        // keep a moderator in the banned network from logging in.
        while let Some(&(since, client)) = self.outside.first()
            && (since + limits::OUTSIDE_LOGIN_TIME <= now.instant
                || self.outside.len() > limits::OUTSIDE_MAX)
        {
            self.end_patience(client, CloseReason::Banned, now, out);
            self.outside.remove(&(since, client));
        }
    }

    /// Ends the wait of a client that was to log in: disconnects it, or admits it if it no longer
    /// has to.
    fn end_patience(
        &mut self,
        client: ClientId,
        reason: CloseReason,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let Some(&index) = self.indexes.get(&client) else { return };
        if !self.clients[index.0].has_to_log_in {
            return;
        }
        match self.kept_out_as_guest(index, now) {
            Some(refusal) => {
                self.disconnect(index, refusal, reason, &Event::Left { text: None }, now, out);
            }
            None => self.admit(index, now, out),
        }
    }

    /// Why guests from this address may not take part, if so.
    pub(in crate::chat) fn ban_outside(&self, address: IpAddr, now: Moment) -> Option<Refusal> {
        let ban = self.moderation.ban_of_network(address, now.wall)?;
        Some(Refusal::Banned(self.term_of(ban)))
    }

    /// Why a person may not connect from the client's network, if so. A network ban does not apply
    /// to anyone of equal or higher rank than the person who imposed it. Otherwise nobody could
    /// undo a ban imposed by mistake, or one meant to get rid of an owner.
    pub(in crate::chat) fn kept_out_by_network(
        &self,
        index: ClientIndex,
        person: PersonId,
        now: Moment,
    ) -> Option<Refusal> {
        let ban = self.moderation.ban_of_network(self.clients[index.0].address, now.wall)?;
        let account = nick::key_of(&ban.by).and_then(|key| self.accounts.named(&key));
        let rank = account.and_then(|account| self.moderation.rank(PersonId::Registered(account)));
        let passes = self.moderation.is_at_least(person, rank.unwrap_or(Rank::Operator));
        (!passes).then(|| Refusal::Banned(self.term_of(ban)))
    }

    /// Whether a client is from a banned network and has not logged in: it is in no room, nobody
    /// finds it by its name, and every reply to it is about the ban.
    pub(in crate::chat) fn is_outside(&self, index: ClientIndex) -> bool {
        let Client { has_to_log_in, connected_at, id, .. } = self.clients[index.0];
        has_to_log_in && self.outside.contains(&(connected_at, id))
    }

    /// Whether to handle the input of a client that has yet to log in. A client outside can only
    /// log in, as someone exempt from the ban; it gets the same reply for all other names.
    pub(in crate::chat) fn is_heard_outside(
        &mut self,
        index: ClientIndex,
        utterance: &Utterance,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> bool {
        if !self.is_outside(index) {
            return true;
        }
        let (refusal, is_slow) = match utterance {
            Utterance::Command(command) => match &**command {
                Command::Login { name, .. } => {
                    let account = nick::key_of(name).and_then(|key| self.accounts.named(&key));
                    let guest = self.clients[index.0].person;
                    let person = account.map_or(guest, PersonId::Registered);
                    match self.kept_out_by_network(index, person, now) {
                        None => return true,
                        refusal => (refusal, command.is_slow()),
                    }
                }
                _ => (self.kept_out_as_guest(index, now), command.is_slow()),
            },
            Utterance::Line(_) | Utterance::Wrong(_) => (self.kept_out_as_guest(index, now), false),
        };
        let Some(refusal) = refusal else {
            self.admit(index, now, out);
            return true;
        };
        self.tell(index, refusal, out);
        if is_slow {
            out.deliver(index, Delivery::Resume(Box::new(CommandVerdict::Refused)));
        }
        false
    }

    /// Why a client may not take part as a guest, if so.
    pub(in crate::chat) fn kept_out_as_guest(
        &self,
        index: ClientIndex,
        now: Moment,
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
        let ban =
            self.moderation.of(&SanctionQuery::of(client), SanctionKind::Ban, None, now.wall)?;
        Some(Refusal::GuestsBanned(self.term_of(ban)))
    }

    /// Why a client may not log in as this person, if so.
    pub(in crate::chat) fn kept_out_as(
        &self,
        index: ClientIndex,
        person: PersonId,
        now: Moment,
    ) -> Option<Refusal> {
        if let Some(refusal) = self.kept_out_by_network(index, person, now) {
            return Some(refusal);
        }
        let query = SanctionQuery::of(&self.clients[index.0]).as_person(person);
        let ban = self.moderation.of(&query, SanctionKind::Ban, None, now.wall)?;
        Some(Refusal::Banned(self.term_of(ban)))
    }

    /// Why a client may not be in a room, if so.
    pub(in crate::chat) fn kept_out_of(
        &self,
        index: ClientIndex,
        room: RoomId,
        now: Moment,
    ) -> Option<Refusal> {
        if self.moderation.is_quiet() || self.owns(index, room) {
            return None;
        }
        let query = SanctionQuery::of(&self.clients[index.0]);
        let ban = self.moderation.of(&query, SanctionKind::Ban, Some(room), now.wall)?;
        Some(Refusal::Banned(self.term_of(ban)))
    }

    /// Checks that a client may do something that other people would notice, in this room or with
    /// `None` anywhere.
    #[inline]
    pub(in crate::chat) fn check_may_be_heard(
        &self,
        index: ClientIndex,
        room: Option<RoomId>,
        now: Moment,
    ) -> Result<(), Refusal> {
        // The usual case, and this runs for each line.
        if self.moderation.is_quiet() { Ok(()) } else { self.look_up_mutes(index, room, now) }
    }

    #[cold]
    fn look_up_mutes(
        &self,
        index: ClientIndex,
        room: Option<RoomId>,
        now: Moment,
    ) -> Result<(), Refusal> {
        if let Some(refusal) = self.kept_out_as_guest(index, now) {
            return Err(refusal);
        }
        let query = SanctionQuery::of(&self.clients[index.0]);
        let mute_in = |room| self.moderation.of(&query, SanctionKind::Mute, room, now.wall);
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
        now: Moment,
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
        now: Moment,
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

    /// Checks that an account may be unregistered: a banned or muted person could evade the
    /// sanction by that.
    pub(in crate::chat) fn check_is_in_good_standing(
        &self,
        index: ClientIndex,
        now: Moment,
    ) -> Result<(), Refusal> {
        let person = self.clients[index.0].person;
        if self.is_sanctioned(person, now) {
            return Err(Refusal::Sanctioned);
        }
        Ok(())
    }

    /// Whether a registered person is banned or muted on the whole server.
    pub(in crate::chat) fn is_sanctioned(&self, person: PersonId, now: Moment) -> bool {
        let Some(account) = person.account() else { return false };
        let is_theirs =
            |one: &Sanction| one.room.is_none() && one.is_of(account) && !one.is_over(now.wall);
        self.moderation.all(is_theirs).next().is_some()
    }

    /// Whether a person who is present may talk, in this room or with `None` anywhere.
    pub(in crate::chat) fn may_be_heard(
        &self,
        person: PersonId,
        room: Option<RoomId>,
        now: Moment,
    ) -> bool {
        let first = self.indexes_of(person).first().copied();
        first.is_some_and(|index| self.check_may_be_heard(index, room, now).is_ok())
    }

    fn owns(&self, index: ClientIndex, room: RoomId) -> bool {
        let person = self.clients[index.0].person;
        self.rooms.find(room).is_some_and(|room| room.rules.is_owner(person))
    }

    /// Requires a new client to log in before it may take part.
    pub(in crate::chat) fn make_wait(&mut self, index: ClientIndex) {
        let client = &mut self.clients[index.0];
        client.has_to_log_in = true;
        self.waiting.insert((client.connected_at, client.id));
    }

    /// Requires the same of a client from a banned network.
    pub(in crate::chat) fn make_wait_outside(&mut self, index: ClientIndex) {
        let client = &mut self.clients[index.0];
        client.has_to_log_in = true;
        self.outside.insert((client.connected_at, client.id));
    }

    /// Ends the wait for a login. Returns whether the client was waiting.
    pub(in crate::chat) fn end_wait(&mut self, index: ClientIndex) -> bool {
        let client = &mut self.clients[index.0];
        let waited = std::mem::take(&mut client.has_to_log_in);
        if waited {
            let key = (client.connected_at, client.id);
            self.waiting.remove(&key);
            self.outside.remove(&key);
        }
        waited
    }

    /// Admits a client that has logged in or no longer has to.
    pub(in crate::chat) fn admit(&mut self, index: ClientIndex, now: Moment, out: &mut dyn Outbox) {
        // A program that only posts lines stays outside all rooms.
        if !self.end_wait(index) || self.is_posting(index) {
            return;
        }
        match self.kept_out_of(index, LOBBY, now) {
            Some(refusal) => self.tell(index, refusal, out),
            None if self.clients[index.0].rooms.is_empty() => {
                self.join_room(index, LOBBY, now, out);
            }
            None => {}
        }
        self.announce_arrival(index, now);
    }

    /// Admits all waiting clients that no longer have to log in.
    pub(in crate::chat) fn admit_waiting(&mut self, now: Moment, out: &mut dyn Outbox) {
        let waiting = self.waiting.iter().chain(&self.outside);
        let waiting: Vec<ClientId> = waiting.map(|(_, client)| *client).collect();
        for client in waiting {
            let Some(&index) = self.indexes.get(&client) else { continue };
            if self.kept_out_as_guest(index, now).is_none() {
                self.admit(index, now, out);
            }
        }
    }

    /// Removes a client that has logged in from the rooms from which its person is banned.
    pub(in crate::chat) fn leave_banned_rooms(
        &mut self,
        index: ClientIndex,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        for room in self.clients[index.0].rooms.clone() {
            if let Some(refusal) = self.kept_out_of(index, room, now) {
                let where_now =
                    self.leave_for_next_room(index, room, &Event::Left { text: None }, now, out);
                self.tell_all(index, vec![refusal.into(), where_now], out);
            }
        }
    }

    pub(in crate::chat) fn set_lockdown(
        &mut self,
        index: ClientIndex,
        is_on: bool,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        self.check_rank(index, Rank::Operator)?;
        if self.moderation.lockdown == is_on {
            return Err(Refusal::LockdownAlready { is_on });
        }
        let action = if is_on { ModAction::Lockdown } else { ModAction::Unlock };
        let entry = self.entry(index, action, now);
        self.moderate(index, Some(ModerationChange::Lockdown(is_on)), entry, out)?;
        self.moderation.lockdown = is_on;
        let told = Reply::Lockdown { by: self.clients[index.0].name.clone(), is_on };
        let others = self.indexes.values().copied();
        let others = others.filter(|other| *other != index && !self.is_outside(*other));
        let mut others: Vec<ClientIndex> = others.collect();
        others.sort_unstable_by_key(|index| index.0);
        for other in others {
            self.tell(other, told.clone(), out);
        }
        self.admit_waiting(now, out);
        Ok(Done::reply(told))
    }
}
