//! Removing people from the server or from a room.

use crate::chat::turn::Turn;
use crate::model::{
    ClientIndex, CloseReason, Delivery, Disconnection, Event, PersonId, Reply, RoomId,
};

impl Turn<'_> {
    pub(in crate::chat) fn disconnect_person(
        &mut self,
        whom: PersonId,
        last_words: &Reply,
        reason: CloseReason,
        event: &Event,
    ) {
        for index in self.chat.indexes_of(whom) {
            self.disconnect(index, last_words.clone(), reason, event);
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
    ) {
        if !self.chat.is_announced(index) {
            // So that the log shows the arrival before the departure.
            self.chat.log_arrival(index);
        }
        self.close_batches_of(index);
        let disconnection = Disconnection { last_words: last_words.into(), reason };
        self.out.deliver(index, Delivery::Disconnected(Box::new(disconnection)));
        self.remove_client_with(self.chat.clients[index.0].id, event);
    }

    /// Removes a person from a room, with all of their clients.
    pub(in crate::chat) fn remove_from_room(
        &mut self,
        whom: PersonId,
        room: RoomId,
        told: &Reply,
        event: &Event,
    ) {
        for index in self.chat.indexes_of(whom) {
            if self.chat.clients[index.0].rooms.contains(&room) {
                let where_now = self.leave_for_next_room(index, room, event);
                self.tell_all(index, vec![told.clone(), where_now]);
            }
        }
    }
}
