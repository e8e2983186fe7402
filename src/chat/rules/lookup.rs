//! Finding people and rooms by the names that users type.

use std::sync::Arc;

use crate::chat::state::Chat;
use crate::chat::state::room::Room;
use crate::command::{TypedName, TypedRoom};
use crate::model::{ClientIndex, PersonId, Rank, Refusal, RoomId};
use crate::text::nick::RoomName;

impl Chat {
    /// Finds a person by name, connected or registered, unless they have not been announced.
    pub(in crate::chat) fn whoever(&self, name: &TypedName) -> Result<PersonId, Refusal> {
        let known = self.whoever_at_all(name).ok().filter(|person| self.is_known(*person));
        known.ok_or_else(|| no_such_person(name))
    }

    /// Finds a person by name, including those who have not been announced.
    pub(in crate::chat) fn whoever_at_all(&self, name: &TypedName) -> Result<PersonId, Refusal> {
        let found = name.key().and_then(|key| {
            let registered = || self.accounts.named(key).map(PersonId::Registered);
            let is_outside = |person| self.indexes_of(person).iter().any(|&it| self.is_outside(it));
            self.people.named(key).filter(|&person| !is_outside(person)).or_else(registered)
        });
        found.ok_or_else(|| no_such_person(name))
    }

    /// Finds a person by name. If there is none, the refusal suggests a name that begins with
    /// the given one.
    pub(in crate::chat) fn whoever_or_nearest(
        &self,
        index: ClientIndex,
        name: &TypedName,
    ) -> Result<PersonId, Refusal> {
        self.whoever_at_all(name).map_err(|_| {
            let name = name.as_str();
            let nearest = self.names_beginning(index, name).into_iter().next();
            Refusal::NoSuchPerson { name: name.into(), nearest }
        })
    }

    /// The room name that was typed, if it can be one.
    pub(in crate::chat) fn room_name<'a>(
        &self,
        typed: &'a TypedRoom,
    ) -> Result<&'a RoomName, Refusal> {
        let bad = |why| Refusal::BadRoomName { name: typed.as_str().into(), why };
        typed.meaning().as_ref().map_err(|why| bad(*why))
    }

    /// The room with this name, or the current room. The client has to be in it.
    pub(in crate::chat) fn own_room(
        &self,
        index: ClientIndex,
        name: Option<&TypedRoom>,
    ) -> Result<RoomId, Refusal> {
        let rooms = &self.clients[index.0].rooms;
        let Some(name) = name else { return rooms.last().copied().ok_or(Refusal::InNoRoom) };
        let name = self.room_name(name)?;
        let found = self.rooms.named(name).filter(|room| rooms.contains(room));
        found.ok_or_else(|| Refusal::NotInRoom { room: name.as_str().clone(), is_line: false })
    }

    /// The room that a line beginning with its name is for. The user may not have meant it that
    /// way, which the refusal says.
    pub(in crate::chat) fn room_of_line(
        &self,
        index: ClientIndex,
        name: &TypedRoom,
    ) -> Result<RoomId, Refusal> {
        self.own_room(index, Some(name)).map_err(|refusal| match refusal {
            Refusal::NotInRoom { room, .. } => Refusal::NotInRoom { room, is_line: true },
            refusal => refusal,
        })
    }

    /// Whether a client may know of a room. Hidden rooms are shown to their members, to their owner
    /// and to operators.
    pub(in crate::chat) fn is_shown_to(&self, index: ClientIndex, room: &Room) -> bool {
        let client = &self.clients[index.0];
        !room.rules.hidden
            || client.rooms.contains(&room.id())
            || room.rules.is_owner(client.person)
            || self.has_rank(index, Rank::Operator)
    }

    /// The name of a room; `None` for the whole server.
    pub(in crate::chat) fn shown_room(&self, room: Option<RoomId>) -> Option<Arc<str>> {
        room.and_then(|room| self.rooms.find(room)).map(|room| room.name().clone())
    }
}

fn no_such_person(name: &TypedName) -> Refusal {
    Refusal::NoSuchPerson { name: name.as_str().into(), nearest: None }
}
