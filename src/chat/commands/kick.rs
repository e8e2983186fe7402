//! `/kick`.

use crate::chat::turn::{Done, Turn};
use crate::command::{TypedName, TypedRoom};
use crate::model::{
    AuditEntry, ClientIndex, CloseReason, Event, ModAction, Refusal, Removal, Reply,
};
use crate::text::CleanText;

impl Turn<'_> {
    pub(in crate::chat) fn kick(
        &mut self,
        index: ClientIndex,
        room: Option<&TypedRoom>,
        name: &TypedName,
        reason: Option<&CleanText>,
    ) -> Result<Done, Refusal> {
        let scope = self.chat.scope(index, room)?;
        let whom = self.chat.whoever_or_nearest(index, name)?;
        self.chat.check_outranks(index, whom)?;
        let name = self.chat.name_of(whom);
        match scope {
            None if self.chat.people.find(whom).is_none() => {
                return Err(Refusal::NoSuchPerson { name: (&*name).into(), nearest: None });
            }
            Some(room) if !self.chat.rooms.at(room).has(whom) => {
                let room = self.chat.rooms.at(room).name().clone();
                return Err(Refusal::NotThere { name, room });
            }
            _ => {}
        }
        let removal = Removal {
            by: self.chat.clients[index.0].name.clone(),
            room: self.chat.shown_room(scope),
            reason: reason.map(|reason| reason.as_str().into()),
        };
        let entry = AuditEntry {
            room: removal.room.as_deref().map(Box::from),
            reason: removal.reason.clone(),
            ..self.entry(index, ModAction::Kick, Some(&name))
        };
        self.moderate(index, None, entry);
        let removal = Box::new(removal);
        let told = Reply::YouWereRemoved(removal.clone());
        let event = Event::Removed { removal };
        match scope {
            None => self.disconnect_person(whom, &told, CloseReason::Kicked, &event),
            Some(room) => self.remove_from_room(whom, room, &told, &event),
        }
        Ok(Done::reply(Reply::Removed { name }))
    }
}
