//! Who may come in and be heard: bans, mutes and the lockdown, as they meet who they concern.

use std::collections::VecDeque;
use std::time::Instant;

use super::commands::Done;
use super::moderation::Suspect;
use super::{Hall, Outbox, Refusal};
use crate::clock::Moment;
use crate::close_reason::CloseReason;
use crate::command::Command;
use crate::id::{ClientId, LOBBY, PersonId, RoomId};
use crate::lang::fill;
use crate::limits;
use crate::moderation::{Deed, OrderChange, Rank, SanctionKind};
use crate::room::{Seat, What};

/// Guests who may not take part as such, and have yet to log in, with the time they came.
pub(super) type Waiting = VecDeque<(Instant, ClientId)>;

impl Hall {
    /// Why nobody from this address may come in, if so.
    pub(super) fn ban_at_the_door(&self, address: std::net::IpAddr, now: Moment) -> Option<String> {
        let ban = self.moderation.ban_of_network(address, now.wall)?;
        let time = ban.until.map(|until| {
            crate::zone::time_of_day_or_date(until, now.wall, &super::choices::SERVER_ZONE)
        });
        let texts = self.order_texts();
        let until = time.map_or_else(
            || texts.without_end.to_owned(),
            |time| fill(texts.until, &[("time", &time)]),
        );
        let because = self.because(ban.reason.as_deref());
        Some(fill(texts.banned_here, &[("until", &until), ("because", &because)]))
    }

    /// Why a client may not take part as the guest that it is, if so.
    pub(super) fn kept_out_as_guest(&self, seat: Seat, now: Moment) -> Option<String> {
        if self.moderation.is_quiet() {
            return None;
        }
        let client = &self.clients[seat.0];
        if client.person.account().is_some() {
            return None;
        }
        let texts = self.order_texts();
        if self.moderation.lockdown {
            return Some(texts.guests_wait.to_owned());
        }
        let ban = self.moderation.of(&Suspect::of(client), SanctionKind::Ban, None, now.wall)?;
        Some(self.term_of(seat, ban, texts.guests_banned, now))
    }

    /// Why a client may not log in as somebody, if so.
    pub(super) fn kept_out_as(&self, seat: Seat, person: PersonId, now: Moment) -> Option<String> {
        let suspect = Suspect::of(&self.clients[seat.0]).as_person(person);
        let ban = self.moderation.of(&suspect, SanctionKind::Ban, None, now.wall)?;
        Some(self.term_of(seat, ban, self.order_texts().banned_here, now))
    }

    /// Why a client may not be in a room, if so.
    pub(super) fn kept_out_of(&self, seat: Seat, room: RoomId, now: Moment) -> Option<String> {
        if self.moderation.is_quiet() {
            return None;
        }
        let client = &self.clients[seat.0];
        if self.rooms.find(room).is_some_and(|room| room.rules.is_owner(client.person)) {
            return None;
        }
        let suspect = Suspect::of(client);
        let ban = self.moderation.of(&suspect, SanctionKind::Ban, Some(room), now.wall)?;
        Some(self.term_of(seat, ban, self.order_texts().banned_from_room, now))
    }

    /// That a client may do something that others would notice: anywhere, or in this room.
    #[inline]
    pub(super) fn check_may_be_heard(
        &self,
        seat: Seat,
        room: Option<RoomId>,
        now: Moment,
    ) -> Result<(), Refusal> {
        // Nearly always, and this is asked for each line.
        if self.moderation.is_quiet() { Ok(()) } else { self.look_up_mutes(seat, room, now) }
    }

    #[cold]
    fn look_up_mutes(&self, seat: Seat, room: Option<RoomId>, now: Moment) -> Result<(), Refusal> {
        if let Some(told) = self.kept_out_as_guest(seat, now) {
            return Err(Refusal(told));
        }
        let (client, texts) = (&self.clients[seat.0], self.order_texts());
        let suspect = Suspect::of(client);
        let mute_in = |room| self.moderation.of(&suspect, SanctionKind::Mute, room, now.wall);
        if let Some(mute) = mute_in(None) {
            return Err(Refusal(self.term_of(seat, mute, texts.not_said_muted, now)));
        }
        let Some(id) = room else { return Ok(()) };
        let is_owner = self.rooms.find(id).is_some_and(|room| room.rules.is_owner(client.person));
        match mute_in(room).filter(|_| !is_owner) {
            Some(mute) => Err(Refusal(self.term_of(seat, mute, texts.not_said_muted_in, now))),
            None => Ok(()),
        }
    }

    /// That a client may do this, whatever it is otherwise allowed.
    pub(super) fn check_may_do(
        &self,
        seat: Seat,
        command: &Command,
        now: Moment,
    ) -> Result<(), Refusal> {
        if self.moderation.is_quiet() {
            return Ok(());
        }
        if matches!(command, Command::Join { .. }) {
            return self.kept_out_as_guest(seat, now).map_or(Ok(()), |told| Err(Refusal(told)));
        }
        let is_appeal = match command {
            // Who is muted may still ask why.
            Command::Msg { to, .. } => {
                let rank = |person: PersonId| self.moderation.rank(person);
                self.kept_out_as_guest(seat, now).is_none()
                    && self.whoever(to).is_ok_and(|to| rank(to) >= Some(Rank::Operator))
            }
            _ => false,
        };
        if command.is_heard() && !is_appeal {
            self.check_may_be_heard(seat, None, now)?;
        }
        Ok(())
    }

    /// That an account may be given up: who is banned or muted would be rid of that.
    pub(super) fn check_is_in_good_standing(&self, seat: Seat, now: Moment) -> Result<(), Refusal> {
        if self.moderation.is_quiet() {
            return Ok(());
        }
        let suspect = Suspect::of(&self.clients[seat.0]);
        let is_kept = self.moderation.has_any(&suspect, now.wall);
        if is_kept {
            return Err(Refusal(self.order_texts().kept_out_registering.to_owned()));
        }
        Ok(())
    }

    /// Somebody who had to log in first has done so, or need not any more: they come in.
    pub(super) fn let_in(&mut self, seat: Seat, now: Moment, out: &mut dyn Outbox) {
        if !std::mem::take(&mut self.clients[seat.0].has_to_log_in) {
            return;
        }
        match self.kept_out_of(seat, LOBBY, now) {
            Some(told) => self.tell(seat, &told, out),
            None if self.clients[seat.0].rooms.is_empty() => {
                self.come_in(seat, LOBBY, now, out);
            }
            None => {}
        }
    }

    /// Who has logged in goes from the rooms that they are banned from.
    pub(super) fn go_where_banned(&mut self, seat: Seat, now: Moment, out: &mut dyn Outbox) {
        for room in self.clients[seat.0].rooms.clone() {
            if let Some(told) = self.kept_out_of(seat, room, now) {
                let where_now = self.go_from_room(seat, room, &What::Left, now, out);
                self.tell_lines(seat, &[told, where_now], out);
            }
        }
    }

    /// Guests who have had their time to log in, and have not, make room for others.
    pub(super) fn end_waiting(&mut self, now: Moment, out: &mut dyn Outbox) {
        while let Some(&(since, client)) = self.waiting.front()
            && since + limits::LOGIN_TIME <= now.instant
        {
            self.waiting.pop_front();
            let Some(&seat) = self.seats.get(&client) else { continue };
            let is_waiting = self.clients[seat.0].has_to_log_in;
            if is_waiting && self.kept_out_as_guest(seat, now).is_some() {
                let told = self.order_texts().waited_too_long;
                self.dismiss(seat, told, CloseReason::NotAdmitted, What::Left, now, out);
            }
        }
    }

    /// `/lockdown`.
    pub(super) fn set_lockdown(
        &mut self,
        seat: Seat,
        is_on: bool,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        self.check_rank(seat, Rank::Operator)?;
        let texts = self.order_texts();
        if self.moderation.lockdown == is_on {
            let text = if is_on { texts.lockdown_is_on } else { texts.lockdown_is_off };
            return Err(Refusal(text.to_owned()));
        }
        let deed = if is_on { Deed::Lockdown } else { Deed::Unlock };
        let entry = self.entry(seat, deed, now);
        self.keep_order(Some(OrderChange::Lockdown(is_on)), entry, out)?;
        self.moderation.lockdown = is_on;
        let by = self.clients[seat.0].name.clone();
        let template = if is_on { texts.lockdown_on } else { texts.lockdown_off };
        let told = fill(template, &[("by", &by)]);
        let mut everybody: Vec<Seat> = self.seats.values().copied().collect();
        everybody.sort_unstable_by_key(|seat| seat.0);
        for &other in everybody.iter().filter(|other| **other != seat) {
            self.tell(other, &told, out);
        }
        if !is_on {
            for other in everybody {
                if self.kept_out_as_guest(other, now).is_none() {
                    self.let_in(other, now, out);
                }
            }
        }
        Ok(Done::told(told))
    }
}
