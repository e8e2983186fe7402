//! Removing people from the server or from a room.

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::rules::ranks::Scope;
use crate::chat::state::Chat;
use crate::chat::turn::Done;
use crate::model::close_reason::CloseReason;
use crate::model::delivery::{Delivery, Disconnection};
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{PersonId, RoomId};
use crate::model::moderation::{AuditEntry, ModAction};
use crate::model::refusal::Refusal;
use crate::model::reply::Reply;
use crate::model::sanction_view::Removal;
use crate::text::CleanText;

impl Chat {
    pub(in crate::chat) fn kick(
        &mut self,
        index: ClientIndex,
        room: Option<&str>,
        name: &str,
        reason: Option<&CleanText>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let scope = self.scope(index, room)?;
        let whom = self.whoever_or_nearest(index, name)?;
        self.check_outranks(index, whom)?;
        let name = self.name_of(whom);
        match scope {
            Scope::Server if self.people.find(whom).is_none() => {
                return Err(Refusal::NoSuchPerson { name: (&*name).into(), nearest: None });
            }
            Scope::Room(room) if !self.rooms.at(room).has(whom) => {
                let room = self.rooms.at(room).name().clone();
                return Err(Refusal::NotThere { name, room });
            }
            _ => {}
        }
        let removal = Removal {
            by: self.clients[index.0].name.clone(),
            room: self.shown_room(scope.room()),
            reason: reason.map(|reason| reason.as_str().into()),
        };
        let entry = AuditEntry {
            whom: Some((&*name).into()),
            room: removal.room.as_deref().map(Box::from),
            reason: removal.reason.clone(),
            ..self.entry(index, ModAction::Kick, now)
        };
        self.moderate(index, None, entry, out)?;
        let removal = Box::new(removal);
        let told = Reply::YouWereRemoved(removal.clone());
        let event = Event::Removed { removal };
        match scope {
            Scope::Server => {
                self.disconnect_person(whom, &told, CloseReason::Kicked, &event, now, out);
            }
            Scope::Room(room) => self.remove_from_room(whom, room, &told, &event, now, out),
        }
        Ok(Done::reply(Reply::Removed { name }))
    }

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
