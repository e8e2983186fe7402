//! The owner of a room. A room with a registered owner is stored, and remains when everyone has
//! left.

use crate::chat::state::room::Room;
use crate::chat::turn::Turn;
use crate::limits;
use crate::model::{
    ClientIndex, Event, LOBBY, LobbyRules, ModerationChange, PersonId, RoomId, RoomRecord, Update,
};

impl Turn<'_> {
    /// Passes a room on to someone in it if its owner has left and has no account to return with.
    pub(in crate::chat) fn pass_on(&mut self, index: ClientIndex, id: RoomId) {
        let leaver = self.chat.clients[index.0].person;
        let room = self.chat.rooms.at(id);
        if leaver.account().is_some() || !room.rules.is_owner(leaver) {
            return;
        }
        if let Some(heir) = self.heir_of(id) {
            self.give_room(id, heir);
        }
    }

    /// The next owner of a room whose owner has given it up: the member who has been there longest
    /// and may talk there. A muted member must not get to decide who is muted.
    fn heir_of(&self, id: RoomId) -> Option<PersonId> {
        let people = self.chat.rooms.find(id)?.people_by_stay();
        people.into_iter().find(|heir| self.chat.may_be_heard(*heir, Some(id), self.now))
    }

    /// Makes a member the owner of a room, announces that there, and stores the room if the new
    /// owner is registered.
    fn give_room(&mut self, id: RoomId, heir: PersonId) {
        let Some(&index) = self.chat.indexes_of(heir).first() else { return };
        if self.chat.rooms.owned_by(heir) >= limits::ROOMS_OWNED_MAX {
            self.chat.rooms.at(id).rules.give_up();
            return;
        }
        self.chat.rooms.at(id).rules.owner = Some(heir);
        self.chat.announce(index, id, Event::Owner, self.now);
        self.keep_room(id);
    }

    /// Removes the owner: the room ends now if it is empty, or else when its last member leaves.
    pub(in crate::chat) fn release_room(&mut self, id: RoomId) {
        self.chat.rooms.at(id).rules.owner = None;
        self.end_if_abandoned(id);
    }

    /// Ends a room that nobody is in any more, unless it is kept.
    pub(in crate::chat) fn end_if_abandoned(&mut self, id: RoomId) {
        if self.chat.rooms.find(id).is_some_and(Room::is_abandoned) {
            // Those who have just left are given its last lines.
            self.close_batch(id);
            self.chat.rooms.end(id, &self.chat.options, self.out);
            self.forget_sanctions_in(id);
        }
    }

    /// Handles an owner giving a room up: it is no longer stored, and ends with its last member.
    /// Returns whether it was stored.
    pub(in crate::chat) fn give_up_room(&mut self, id: RoomId) -> bool {
        let is_kept = self.chat.rooms.at(id).is_kept();
        if is_kept {
            self.out.keep(Update::RoomRemoved { room: id });
        }
        self.chat.rooms.at(id).rules.give_up();
        is_kept
    }

    /// Handles the removal of an account. The rights that its user had in rooms pass to the guest
    /// they have become, if they are present. Owned rooms that the guest is not in pass to a member
    /// or end.
    pub(in crate::chat) fn forget_in_rooms(&mut self, before: PersonId, guest: PersonId) {
        let is_here = self.chat.people.find(guest).is_some();
        let mut owned = Vec::new();
        for room in self.chat.rooms.iter_mut() {
            if room.rules.is_owner(before) {
                owned.push(room.id());
            }
            if is_here {
                room.rules.change_person(before, guest);
            } else {
                room.rules.forget(before);
            }
            if let Some(account) = before.account() {
                room.forget_mark(account);
            }
        }
        for id in owned {
            let room = self.chat.rooms.at(id);
            if room.has(guest) {
                continue;
            }
            match self.heir_of(id) {
                Some(heir) => self.give_room(id, heir),
                None => self.release_room(id),
            }
        }
    }

    /// Transfers room ownership and invitations when a person's identity changes, for example when
    /// a guest logs in.
    pub(in crate::chat) fn change_rooms_person(&mut self, before: PersonId, after: PersonId) {
        let mut changed = Vec::new();
        let mut owned = self.chat.rooms.owned_by(after);
        for room in self.chat.rooms.iter_mut() {
            if room.rules.is_owner(before) && owned >= limits::ROOMS_OWNED_MAX {
                room.rules.give_up();
            }
            owned += usize::from(room.rules.is_owner(before));
            if room.rules.change_person(before, after) {
                changed.push(room.id());
            }
        }
        for room in changed {
            self.keep_room(room);
        }
    }

    /// Stores the current state of a room with a registered owner. Rooms without one end with their
    /// last member. Returns whether the room is stored.
    pub(in crate::chat) fn keep_room(&mut self, id: RoomId) -> bool {
        if id == LOBBY {
            let rules = &self.chat.rooms.at(LOBBY).rules;
            let topic = rules.topic.as_ref().map(|topic| topic.as_str().into());
            let change = Some(ModerationChange::Lobby(LobbyRules { topic, slow: rules.slow }));
            self.out.keep(Update::Moderation { change, entry: None });
            return true;
        }
        let Some((key, room)) = self.chat.rooms.key(id).zip(self.chat.rooms.find(id)) else {
            return false;
        };
        let Some(PersonId::Registered(owner)) = room.rules.owner else { return false };
        let rules = &room.rules;
        let record = RoomRecord {
            id,
            name: (&**room.name()).into(),
            owner,
            topic: rules.topic.as_ref().map(|topic| topic.as_str().into()),
            locked: rules.locked,
            password: rules.password.clone(),
            slow: rules.slow,
            hidden: rules.hidden,
            invited: rules.invited().into_iter().filter_map(PersonId::account).collect(),
        };
        self.out.keep(Update::Room { key, room: record });
        true
    }
}
