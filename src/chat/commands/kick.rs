//! `/kick`.

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::rules::ranks::Scope;
use crate::chat::state::Chat;
use crate::chat::turn::Done;
use crate::model::close_reason::CloseReason;
use crate::model::event::{ClientIndex, Event};
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
        let event = Event::Removed(removal);
        match scope {
            Scope::Server => {
                self.disconnect_person(whom, &told, CloseReason::Kicked, &event, now, out);
            }
            Scope::Room(room) => self.remove_from_room(whom, room, &told, &event, now, out),
        }
        Ok(Done::reply(Reply::Removed { name }))
    }
}
