//! Clients that have to log in before they may take part: they wait, are admitted, or run out of
//! time.

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::command::{Command, Utterance};
use crate::limits;
use crate::model::close_reason::CloseReason;
use crate::model::delivery::Delivery;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{ClientId, LOBBY, PersonId};
use crate::model::prompt::CommandVerdict;
use crate::text::nick;

impl Chat {
    /// Handles everything that is due. Guests that had to log in and ran out of time are
    /// disconnected.
    pub(in crate::chat) fn end_overdue(&mut self, now: Moment, out: &mut dyn Outbox) {
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
                self.disconnect(index, refusal, reason, &Event::Left(None), now, out);
            }
            None => self.admit(index, now, out),
        }
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
                let where_now = self.leave_for_next_room(index, room, &Event::Left(None), now, out);
                self.tell_all(index, vec![refusal.into(), where_now], out);
            }
        }
    }
}
