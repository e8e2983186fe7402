//! Removing people from the server or from a room.

use std::fmt::Display;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::rules::ranks::Scope;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::turn::Done;
use crate::lang::fill;
use crate::model::close_reason::CloseReason;
use crate::model::delivery::{Delivery, Disconnection};
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{PersonId, RoomId};
use crate::model::moderation::{AuditEntry, ModAction};
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
    ) -> Result<Done, ErrorReply> {
        let scope = self.scope(index, room)?;
        let texts = self.moderation_texts();
        let whom = self.whoever_or_nearest(index, name)?;
        self.check_outranks(index, whom)?;
        let name = self.name_of(whom);
        match scope {
            Scope::Server if self.people.find(whom).is_none() => {
                let none = fill(self.answers().no_such_person, &[("name", &name)]);
                return Err(ErrorReply(none));
            }
            Scope::Room(room) if !self.rooms.at(room).has(whom) => {
                let room = self.rooms.at(room).name();
                return Err(ErrorReply(fill(texts.not_in_it, &[("name", &name), ("room", room)])));
            }
            _ => {}
        }
        let entry = AuditEntry {
            whom: Some((&*name).into()),
            room: self.shown_scope(scope),
            reason: reason.map(|reason| reason.as_str().into()),
            ..self.entry(index, ModAction::Kick, now)
        };
        self.moderate(index, None, entry, out)?;
        let by = self.clients[index.0].name.clone();
        let because = self.because(reason.map(CleanText::as_str));
        let shown = scope.room().map(|room| self.rooms.at(room).name().clone());
        let values: [(&str, &dyn Display); 4] = [
            ("by", &by),
            ("name", &name),
            ("because", &because),
            ("room", &shown.as_deref().unwrap_or_default()),
        ];
        let notice = fill(texts.was_removed, &values);
        match scope {
            Scope::Server => {
                let told = fill(texts.kicked, &values);
                self.disconnect_person(whom, &told, CloseReason::Kicked, &notice, now, out);
            }
            Scope::Room(room) => {
                let told = fill(texts.kicked_from, &values);
                self.remove_from_room(whom, room, &told, &notice, now, out);
            }
        }
        Ok(Done::reply(fill(texts.removed, &[("name", &name)])))
    }

    pub(in crate::chat) fn disconnect_person(
        &mut self,
        whom: PersonId,
        told: &str,
        reason: CloseReason,
        notice: &str,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        for index in self.indexes_of(whom) {
            self.disconnect(index, told, reason, &Event::Notice(notice.into()), now, out);
        }
    }

    /// Disconnects a client. `told` is sent to the client itself, and `parting` to the rooms that
    /// it is in.
    pub(in crate::chat) fn disconnect(
        &mut self,
        index: ClientIndex,
        told: &str,
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
        let last_words = self.presentation(index).notice(told);
        out.deliver(index, Delivery::Disconnected(Box::new(Disconnection { last_words, reason })));
        self.remove_client_with(self.clients[index.0].id, event, now, out);
    }

    /// Removes a person from a room, with all of their clients.
    pub(in crate::chat) fn remove_from_room(
        &mut self,
        whom: PersonId,
        room: RoomId,
        told: &str,
        notice: &str,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let event = Event::Notice(notice.into());
        for index in self.indexes_of(whom) {
            if self.clients[index.0].rooms.contains(&room) {
                let where_now = self.leave_for_next_room(index, room, &event, now, out);
                self.tell_lines(index, &[told, &where_now], out);
            }
        }
    }
}
