//! Clients that have to log in before they may take part: they wait, are admitted, or run out of
//! time.

use crate::chat::turn::Turn;
use crate::command::{Command, Utterance};
use crate::limits;
use crate::model::{ClientId, ClientIndex, CloseReason, CommandVerdict, Event, LOBBY, PersonId};
use crate::text::nick;

impl Turn<'_> {
    /// Handles everything that is due. Guests that had to log in and ran out of time are
    /// disconnected.
    pub(in crate::chat) fn end_overdue(&mut self) {
        self.announce_due();
        while let Some(&(since, client)) = self.chat.waiting.first()
            && since + limits::LOGIN_TIME <= self.now.elapsed
        {
            self.chat.waiting.pop_first();
            self.end_patience(client, CloseReason::NotAdmitted);
        }
        // The newest clients keep their places. Otherwise someone could occupy all of them and so
        // keep a moderator in the banned network from logging in.
        while let Some(&(since, client)) = self.chat.outside.first()
            && (since + limits::OUTSIDE_LOGIN_TIME <= self.now.elapsed
                || self.chat.outside.len() > limits::OUTSIDE_MAX)
        {
            self.end_patience(client, CloseReason::Banned);
            self.chat.outside.remove(&(since, client));
        }
    }

    /// Ends the wait of a client that was to log in: disconnects it, or admits it if it no longer
    /// has to.
    fn end_patience(&mut self, client: ClientId, reason: CloseReason) {
        let Some(&index) = self.chat.indexes.get(&client) else { return };
        if !self.chat.clients[index.0].has_to_log_in {
            return;
        }
        match self.chat.kept_out_as_guest(index, self.now) {
            Some(refusal) => self.disconnect(index, refusal, reason, &Event::Quit { text: None }),
            None => self.admit(index),
        }
    }

    /// Whether to handle the input of a client that has yet to log in. A client outside can only
    /// log in, as someone exempt from the ban; it gets the same reply for all other names.
    pub(in crate::chat) fn is_heard_outside(
        &mut self,
        index: ClientIndex,
        utterance: &Utterance,
    ) -> bool {
        if !self.chat.is_outside(index) {
            return true;
        }
        let command = match utterance {
            Utterance::Command(command) => Some(&**command),
            Utterance::Line(_) | Utterance::Wrong(_) => None,
        };
        let refusal = if let Some(Command::Login { name, .. }) = command {
            let account = nick::key_of(name).and_then(|key| self.chat.accounts.named(&key));
            let guest = self.chat.clients[index.0].person;
            let person = account.map_or(guest, PersonId::Registered);
            match self.chat.kept_out_by_network(index, person, self.now) {
                Some(refusal) => refusal,
                None => return true,
            }
        } else if let Some(refusal) = self.chat.kept_out_as_guest(index, self.now) {
            refusal
        } else {
            self.admit(index);
            return true;
        };
        self.tell(index, refusal);
        if command.is_some_and(Command::is_slow) {
            self.resume(index, CommandVerdict::Refused);
        }
        false
    }

    /// Admits a client that has logged in or no longer has to.
    pub(in crate::chat) fn admit(&mut self, index: ClientIndex) {
        // A program that only posts lines stays outside all rooms.
        if !self.chat.end_wait(index) || self.chat.is_posting(index) {
            return;
        }
        match self.chat.kept_out_of(index, LOBBY, self.now) {
            Some(refusal) => self.tell(index, refusal),
            None if self.chat.clients[index.0].rooms.is_empty() => {
                self.join_room(index, LOBBY);
            }
            None => {}
        }
        self.chat.announce_arrival(index, self.now);
    }

    /// Admits all waiting clients that no longer have to log in.
    pub(in crate::chat) fn admit_waiting(&mut self) {
        let waiting = self.chat.waiting.iter().chain(&self.chat.outside);
        let waiting: Vec<ClientId> = waiting.map(|(_, client)| *client).collect();
        for client in waiting {
            let Some(&index) = self.chat.indexes.get(&client) else { continue };
            if self.chat.kept_out_as_guest(index, self.now).is_none() {
                self.admit(index);
            }
        }
    }

    /// Removes a client that has logged in from the rooms from which its person is banned.
    pub(in crate::chat) fn leave_banned_rooms(&mut self, index: ClientIndex) {
        for room in self.chat.clients[index.0].rooms.clone() {
            if let Some(refusal) = self.chat.kept_out_of(index, room, self.now) {
                let where_now = self.leave_for_next_room(index, room, &Event::Left);
                self.tell_all(index, vec![refusal.into(), where_now]);
            }
        }
    }
}
