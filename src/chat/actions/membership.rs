//! Which rooms a client is in, and which of them is the current one.

use crate::base::clock::ChatTime;
use crate::chat::state::Chat;
use crate::chat::turn::{Done, Turn};
use crate::model::{ClientIndex, Event, Reply, RoomId};

impl Turn<'_> {
    /// Adds a client that has been admitted to an existing room.
    pub(in crate::chat) fn join_room(&mut self, index: ClientIndex, room: RoomId) -> Done {
        let before = self.chat.clients[index.0].rooms.last().copied();
        self.close_batches_of(index);
        let person = self.chat.clients[index.0].person;
        let is_new_here = !self.chat.rooms.at(room).has(person);
        self.chat.add_to_room(index, room, self.now);
        let missed = if is_new_here { self.mark_joined(index, room, person) } else { None };
        self.read_anew_in(index, before);
        let about = self.chat.about_room(room);
        self.tell_all(index, about);
        self.tell_past(index, room, missed);
        Done::silently()
    }

    /// Removes a client from the members of these rooms, and announces that in those which its
    /// person has left.
    pub(in crate::chat) fn leave_rooms(
        &mut self,
        index: ClientIndex,
        rooms: &[RoomId],
        event: &Event,
    ) {
        let has_gone = |room: &RoomId| self.chat.rooms.remove_member(*room, index);
        // The current room first: there the line has no tag.
        let left: Vec<RoomId> = rooms.iter().rev().copied().filter(has_gone).collect();
        let author = self.chat.author(index);
        for &room in &left {
            self.mark_left(room, author.person);
        }
        self.mark_unannounced_left(rooms, author.person);
        self.chat.announce_once(&author, &left, event, self.now);
        for &room in &left {
            self.pass_on(index, room);
            self.end_if_abandoned(room);
        }
    }

    /// Removes a client from a room; it stays connected. Returns the reply, which names its new
    /// current room.
    pub(in crate::chat) fn leave_for_next_room(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        event: &Event,
    ) -> Reply {
        self.close_batches_of(index);
        let name = self.chat.rooms.at(room).name().clone();
        self.chat.clients[index.0].rooms.retain(|other| *other != room);
        self.chat.rooms_changed(index);
        if let Some(views) = &mut self.chat.clients[index.0].views {
            views.missed.retain(|missed| missed.room != room);
        }
        self.leave_rooms(index, &[room], event);
        let current = self.chat.clients[index.0].rooms.last().copied().map(|current| {
            self.read_anew_in(index, Some(current));
            self.chat.rooms.at(current).name().clone()
        });
        Reply::LeftRoom { room: name, current }
    }

    /// Makes one of the client's rooms the current room.
    pub(in crate::chat) fn make_current(&mut self, index: ClientIndex, room: RoomId) {
        let before = self.chat.clients[index.0].rooms.last().copied();
        if before == Some(room) {
            return;
        }
        self.close_batches_of(index);
        let rooms = &mut self.chat.clients[index.0].rooms;
        rooms.retain(|other| *other != room);
        rooms.push(room);
        self.chat.rooms_changed(index);
        self.read_anew_in(index, before);
        self.read_anew_in(index, Some(room));
    }
}

impl Chat {
    /// Adds a client to a room, which becomes its current room, and announces that to the room.
    pub(in crate::chat) fn add_to_room(&mut self, index: ClientIndex, room: RoomId, now: ChatTime) {
        self.announce_arrival(index, now);
        let person = self.clients[index.0].person;
        if !self.rooms.at(room).has(person) {
            self.announce(index, room, Event::Joined, now);
        }
        self.add_member(index, room);
        self.rooms.at(room).count_member(index, false);
    }

    /// Adds a client to a room without announcing or counting it.
    pub(in crate::chat) fn add_member(&mut self, index: ClientIndex, room: RoomId) {
        let person = self.clients[index.0].person;
        self.clients[index.0].rooms.push(room);
        self.rooms_changed(index);
        let view = self.view(index);
        self.rooms.at(room).add(index, person, view);
    }

    /// The replies about a room for a client that has just joined it.
    fn about_room(&mut self, room: RoomId) -> Vec<Reply> {
        let people = self.rooms.at(room).people().len() as u32;
        let name = self.rooms.at(room).name().clone();
        let mut told = vec![Reply::JoinedRoom { room: name, people }];
        if self.rooms.at(room).rules.topic.is_some() {
            told.push(self.topic_of(room));
        }
        told
    }

    pub(in crate::chat) fn topic_of(&mut self, room: RoomId) -> Reply {
        let room = self.rooms.at(room);
        Reply::Topic { room: room.name().clone(), topic: room.rules.topic.clone() }
    }
}
