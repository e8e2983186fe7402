//! Clients that have to log in before they may take part: they wait, are admitted, or run out of
//! time.

use crate::base::clock::ChatTime;
use crate::chat::state::Chat;
use crate::chat::state::newcomers::Due;
use crate::chat::turn::Turn;
use crate::command::TypedName;
use crate::model::{ClientId, ClientIndex, CloseReason, Event, LOBBY, PersonId, Refusal};

impl Turn<'_> {
    /// Handles everything that is due, in the order of the deadlines.
    #[cold]
    pub(in crate::chat) fn apply_due(&mut self) {
        while let Some((client, due)) = self.chat.deadlines.pop(self.now.elapsed) {
            let Some(&index) = self.chat.indexes.get(&client) else { continue };
            match due {
                Due::Stage => self.end_stage(index),
                Due::Login => self.end_patience(index),
            }
            // Thousands of clients may be announced at once.
            if self.chat.is_batch_full() {
                self.close_batches();
            }
        }
        self.follow_zones();
    }

    /// Ends the wait of a client that was to log in: disconnects it, or admits it if it no longer
    /// has to.
    fn end_patience(&mut self, index: ClientIndex) {
        if !self.chat.clients[index.0].has_to_log_in {
            return;
        }
        let is_outside = self.chat.is_outside(index);
        let reason = if is_outside { CloseReason::Banned } else { CloseReason::NotAdmitted };
        match self.chat.kept_out_as_guest(index, self.now) {
            Some(refusal) => self.disconnect(index, refusal, reason, &Event::Quit { text: None }),
            None => self.admit(index),
        }
    }

    /// Lets a client take part if it asks for something before its user is identified, or after the
    /// ban of its network has ended.
    pub(in crate::chat) fn proceed(&mut self, index: ClientIndex) {
        if self.chat.is_outside(index) && self.chat.kept_out_as_guest(index, self.now).is_none() {
            self.admit(index);
        }
        self.end_introduction(index, None);
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
        let waiting: Vec<ClientId> = self.chat.deadlines.logins.deadlines.keys().copied().collect();
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

impl Chat {
    /// Why a client from a banned network is not heard, if so. It can only log in, as someone exempt
    /// from the ban; it gets the same reply for all other names.
    pub(in crate::chat) fn unheard_outside(
        &self,
        index: ClientIndex,
        login: Option<&TypedName>,
        now: ChatTime,
    ) -> Option<Refusal> {
        if !self.is_outside(index) {
            return None;
        }
        let Some(name) = login else { return self.kept_out_as_guest(index, now) };
        let account = name.key().and_then(|key| self.accounts.named(key));
        let guest = self.clients[index.0].person;
        self.kept_out_by_network(index, account.map_or(guest, PersonId::Registered), now)
    }
}
