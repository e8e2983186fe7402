//! Removing people from the server or from a room.

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::model::close_reason::CloseReason;
use crate::model::delivery::{Delivery, Disconnection};
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{PersonId, RoomId};
use crate::model::reply::Reply;

impl Chat {
    pub(in crate::chat) fn disconnect_person(
        &mut self,
        whom: PersonId,
        last_words: &Reply,
        reason: CloseReason,
        event: &Event,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        for index in self.indexes_of(whom) {
            self.disconnect(index, last_words.clone(), reason, event, now, out);
        }
    }

    /// Disconnects a client. `last_words` are sent to the client itself, and `event` to the rooms
    /// that it is in.
    pub(in crate::chat) fn disconnect(
        &mut self,
        index: ClientIndex,
        last_words: impl Into<Reply>,
        reason: CloseReason,
        event: &Event,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        if !self.is_announced(index) {
            // So that the log shows the arrival before the departure.
            self.log_arrival(index);
        }
        self.close_batches_of(index, out);
        let disconnection = Disconnection { last_words: last_words.into(), reason };
        out.deliver(index, Delivery::Disconnected(Box::new(disconnection)));
        self.remove_client_with(self.clients[index.0].id, event, now, out);
    }

    /// Removes a person from a room, with all of their clients.
    pub(in crate::chat) fn remove_from_room(
        &mut self,
        whom: PersonId,
        room: RoomId,
        told: &Reply,
        event: &Event,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        for index in self.indexes_of(whom) {
            if self.clients[index.0].rooms.contains(&room) {
                let where_now = self.leave_for_next_room(index, room, event, now, out);
                self.tell_all(index, vec![told.clone(), where_now], out);
            }
        }
    }
}
