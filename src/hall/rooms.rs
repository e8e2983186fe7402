//! All rooms: by number and by name, which of them have something to hand out, and who is in them.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::{Delivery, Hall, Outbox};
use crate::archive::RoomRecord;
use crate::clock::Moment;
use crate::id::{LOBBY, PersonId, RoomId};
use crate::lang::fill;
use crate::nick::RoomName;
use crate::registrar::Job;
use crate::room::{FindMentions, Line, Owner, Reading, Room, Rules, Seat, Style, What};
use crate::text::CleanText;

/// What the room is called that everybody enters.
const LOBBY_NAME: &str = "#lobby";

/// All rooms.
#[derive(Debug)]
pub(super) struct Rooms {
    by_id: IndexMap<RoomId, Room, FxBuildHasher>,
    /// Names can be chosen, so this hash cannot be a cheap one.
    by_key: HashMap<Arc<str>, RoomId>,
    by_look: HashMap<Arc<str>, RoomId>,
    names: FxHashMap<RoomId, RoomName>,
    /// Rooms in which something has happened that has not been handed out.
    with_news: Vec<RoomId>,
    /// What their open batches hold, in bytes.
    open_bytes: usize,
    last_id: RoomId,
}

impl Rooms {
    /// The lobby, and the rooms that have been kept.
    pub(super) fn new(kept: Vec<(Box<str>, RoomRecord)>) -> Self {
        let mut rooms = Self {
            by_id: IndexMap::default(),
            by_key: HashMap::new(),
            by_look: HashMap::new(),
            names: FxHashMap::default(),
            with_news: Vec::new(),
            open_bytes: 0,
            last_id: LOBBY,
        };
        if let Ok(name) = RoomName::parse(LOBBY_NAME) {
            rooms.insert(LOBBY, name, Rules::default());
        }
        for (_, record) in kept {
            // A name that is none any more, by stricter rules, is nobody's loss in a list.
            if let Ok(name) = RoomName::parse(&record.name) {
                rooms.add(name, rules_of(&record));
            }
        }
        rooms
    }

    /// A new room.
    pub(super) fn add(&mut self, name: RoomName, rules: Rules) -> RoomId {
        // Never used again: who is let into one room must not find itself in another.
        self.last_id = RoomId(self.last_id.0 + 1);
        self.insert(self.last_id, name, rules);
        self.last_id
    }

    fn insert(&mut self, id: RoomId, name: RoomName, rules: Rules) {
        self.by_key.insert(name.key().clone(), id);
        for look in name.looks() {
            self.by_look.insert(look.clone(), id);
        }
        self.by_id.insert(id, Room::new(id, name.as_str().clone(), rules));
        self.names.insert(id, name);
    }

    fn remove(&mut self, id: RoomId) {
        self.by_id.swap_remove(&id);
        if let Some(name) = self.names.remove(&id) {
            self.by_key.remove(name.key());
            for look in name.looks() {
                self.by_look.remove(look);
            }
        }
    }

    /// A room that somebody is in, or that has just been looked up.
    pub(super) fn at(&mut self, id: RoomId) -> &mut Room {
        self.by_id.get_mut(&id).expect("a room is there while anybody is in it")
    }

    pub(super) fn find(&self, id: RoomId) -> Option<&Room> {
        self.by_id.get(&id)
    }

    pub(super) fn named(&self, name: &RoomName) -> Option<RoomId> {
        self.by_key.get(name.key()).copied()
    }

    /// A room that looks like this one.
    pub(super) fn looking_like(&self, name: &RoomName) -> Option<RoomId> {
        name.looks().find_map(|look| self.by_look.get(look).copied())
    }

    pub(super) fn count(&self) -> usize {
        self.by_id.len()
    }

    /// All of them, in an order that stays the same while none ends.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Room> {
        self.by_id.values()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Room> {
        self.by_id.values_mut()
    }

    pub(super) fn key(&self, id: RoomId) -> Option<Box<str>> {
        self.names.get(&id).map(|name| (&**name.key()).into())
    }

    pub(super) fn open_bytes(&self) -> usize {
        self.open_bytes
    }

    /// Adds an ordered line to the open batch of its room.
    pub(super) fn apply(&mut self, line: Line) {
        let id = line.proposal.room;
        self.open_bytes += self.at(id).apply(line);
        self.mark(id);
    }

    /// A member goes. Says whether the person has gone with it.
    fn remove_member(&mut self, id: RoomId, seat: Seat) -> bool {
        let has_gone = self.at(id).remove(seat);
        self.mark(id);
        has_gone
    }

    fn mark(&mut self, id: RoomId) {
        if !std::mem::replace(&mut self.at(id).has_news, true) {
            self.with_news.push(id);
        }
    }

    pub(super) fn has_news(&self, id: RoomId) -> bool {
        self.by_id.get(&id).is_some_and(|room| room.has_news)
    }

    /// The next room to be handed out.
    pub(super) fn take_news(&mut self) -> Option<RoomId> {
        while let Some(id) = self.with_news.pop() {
            if self.has_news(id) {
                return Some(id);
            }
        }
        None
    }

    /// Hands out what has gathered in a room. One that nobody is in and nobody keeps ends with that.
    pub(super) fn hand_out(
        &mut self,
        id: RoomId,
        style: &Style,
        mentions: FindMentions<'_>,
        out: &mut dyn Outbox,
    ) {
        let Some(room) = self.by_id.get_mut(&id) else { return };
        room.has_news = false;
        self.open_bytes -= room.hand_out(style, mentions, &mut |seat, frame, lines| {
            out.deliver(seat, Delivery::Lines { room: id, frame, lines });
        });
        let is_kept = match room.rules.owner {
            Owner::Nobody => true,
            Owner::Person(owner) => owner.account().is_some(),
        };
        if room.is_over() && !is_kept {
            self.remove(id);
        }
    }

    /// Nobody keeps it any more: it ends now, or with who is in it.
    pub(super) fn release(&mut self, id: RoomId) {
        let is_over = self.by_id.get(&id).is_some_and(Room::is_over);
        if is_over {
            self.remove(id);
        }
    }
}

fn rules_of(record: &RoomRecord) -> Rules {
    let mut rules = Rules::of(PersonId::Registered(record.owner));
    rules.topic = record.topic.as_ref().map(|topic| CleanText::from_bytes(topic.as_bytes()));
    rules.locked = record.locked;
    rules.password = record.password.clone();
    rules.set_slow(record.slow);
    rules.hidden = record.hidden;
    for &account in &record.invited {
        rules.invite(PersonId::Registered(account));
    }
    rules
}

impl Hall {
    /// A client enters a room, which is its current one from then on; the others are told.
    pub(super) fn enter_room(&mut self, seat: Seat, room: RoomId, now: Moment) {
        let person = self.clients[seat.0].person;
        if !self.rooms.at(room).has(person) {
            self.announce(seat, room, What::Joined, now);
        }
        self.clients[seat.0].rooms.push(room);
        let reading = self.reading(seat, room);
        self.rooms.at(room).add(seat, person, reading);
    }

    /// A client goes from a room, of which it is no longer counted; the others are told.
    pub(super) fn leave_room(
        &mut self,
        seat: Seat,
        room: RoomId,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let has_gone = self.rooms.remove_member(room, seat);
        if !has_gone {
            return;
        }
        self.announce(seat, room, What::Left, now);
        let leaver = self.clients[seat.0].person;
        if leaver.account().is_none() && self.rooms.at(room).rules.is_owner(leaver) {
            self.pass_on(room, now, out);
        }
    }

    /// A room whose owner has gone, and has no account to come back to it with, is somebody
    /// else's who is there.
    pub(super) fn pass_on(&mut self, id: RoomId, now: Moment, out: &mut dyn Outbox) {
        let room = self.rooms.at(id);
        let Some(heir) = room.people().next() else { return };
        room.rules.owner = Owner::Person(heir);
        let room_name = room.name().clone();
        let name = self.name_of(heir);
        let text = fill(self.answers().owner_is_now, &[("name", &name), ("room", &room_name)]);
        if let Some(&seat) = self.seats_of(heir).first() {
            self.announce(seat, id, What::Notice(text.into()), now);
        }
        // The heir may have an account, with which it is kept.
        self.keep_room(id, out);
    }

    /// What a client says goes to this one of its rooms from now on.
    pub(super) fn make_current(&mut self, seat: Seat, room: RoomId, out: &mut dyn Outbox) {
        let rooms = &mut self.clients[seat.0].rooms;
        let before = rooms.last().copied();
        if before == Some(room) {
            return;
        }
        rooms.retain(|other| *other != room);
        rooms.push(room);
        self.read_anew_in(seat, before, out);
        self.read_anew_in(seat, Some(room), out);
    }

    /// How a client reads one of its rooms has changed: from the next batch on.
    pub(super) fn read_anew_in(&mut self, seat: Seat, room: Option<RoomId>, out: &mut dyn Outbox) {
        let Some(room) = room else { return };
        if self.rooms.has_news(room) {
            self.close_batch(room, out);
        }
        let reading = self.reading(seat, room);
        self.rooms.at(room).set_reading(seat, reading);
    }

    /// The same for all of its rooms.
    pub(super) fn read_anew(&mut self, seat: Seat, out: &mut dyn Outbox) {
        for room in self.clients[seat.0].rooms.clone() {
            self.read_anew_in(seat, Some(room), out);
        }
    }

    fn reading(&self, seat: Seat, room: RoomId) -> Reading {
        let tag = self.clients[seat.0].rooms.last() != Some(&room);
        let presentation = crate::presentation::Presentation { tag, ..self.presentation(seat) };
        Reading { presentation, choice: self.choice(seat) }
    }

    /// Somebody is somebody else from now on: what was theirs of any room still is.
    pub(super) fn change_rooms_person(
        &mut self,
        before: PersonId,
        after: PersonId,
        out: &mut dyn Outbox,
    ) {
        let mut changed = Vec::new();
        for room in self.rooms.iter_mut() {
            if room.rules.change_person(before, after) {
                changed.push(room.id());
            }
        }
        for room in changed {
            self.keep_room(room, out);
        }
    }

    /// Has a room of somebody registered kept as it is now. Others end with who is in them.
    pub(super) fn keep_room(&mut self, id: RoomId, out: &mut dyn Outbox) {
        let Some((key, room)) = self.rooms.key(id).zip(self.rooms.find(id)) else { return };
        let Owner::Person(PersonId::Registered(owner)) = room.rules.owner else { return };
        let rules = &room.rules;
        let record = RoomRecord {
            name: (&**room.name()).into(),
            owner,
            topic: rules.topic.as_ref().map(|topic| topic.as_str().into()),
            locked: rules.locked,
            password: rules.password.clone(),
            slow: rules.slow,
            hidden: rules.hidden,
            invited: rules.invited().filter_map(PersonId::account).collect(),
        };
        if out.submit(Job::SaveRoom { key, room: record }).is_err() {
            tracing::warn!("too much waits to be written: a room's settings are not kept");
        }
    }
}
