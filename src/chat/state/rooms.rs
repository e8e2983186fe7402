//! All rooms: by number and by name, which of them have something to hand out, and who is in them.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::{Delivery, Hall, HallOptions, Outbox, Refusal};
use crate::base::clock::Moment;
use crate::chat::state::room::{
    FindMentions, HandedOut, Line, Owner, Reading, Room, Rules, Seat, What,
};
use crate::lang::fill;
use crate::limits;
use crate::model::id::{AccountId, LOBBY, PersonId, RoomId};
use crate::model::moderation::{LobbyRules, OrderChange};
use crate::model::records::{Entry, RoomHistory, RoomRecord};
use crate::store::updates::Update;
use crate::text::CleanText;
use crate::text::nick::RoomName;

/// What the room is called that everybody enters.
const LOBBY_NAME: &str = "#lobby";

/// All rooms.
#[derive(Debug)]
pub(in crate::chat) struct Rooms {
    by_id: IndexMap<RoomId, Room, FxBuildHasher>,
    /// Names can be chosen, so this hash cannot be a cheap one.
    by_key: HashMap<Arc<str>, RoomId>,
    by_look: HashMap<Arc<str>, RoomId>,
    names: FxHashMap<RoomId, RoomName>,
    /// Rooms in which something has happened that has not been handed out, each with its turn. Who
    /// has been handed out before its turn, and waits again, has another one.
    with_news: VecDeque<(RoomId, u64)>,
    last_turn: u64,
    /// What their open batches hold, in bytes.
    open_bytes: usize,
    last_id: RoomId,
    /// Rooms that are to be kept as they are now, when there is room for that among what is to be
    /// written.
    unsaved: BTreeSet<RoomId>,
    /// Those that are no more, until that has been looked at.
    ended: Vec<RoomId>,
    /// The same of how far people have read.
    pub(in crate::chat) unsaved_marks: BTreeSet<(RoomId, AccountId)>,
}

impl Rooms {
    /// The lobby, and the rooms that have been kept, with what was said in them.
    pub(in crate::chat) fn new(
        kept: Vec<(Box<str>, RoomRecord)>,
        histories: Vec<(RoomId, RoomHistory)>,
        last_id: RoomId,
    ) -> Self {
        let mut histories: FxHashMap<RoomId, RoomHistory> = histories.into_iter().collect();
        let mut history = |room| histories.remove(&room).unwrap_or_default();
        let mut rooms = Self {
            by_id: IndexMap::default(),
            by_key: HashMap::new(),
            by_look: HashMap::new(),
            names: FxHashMap::default(),
            with_news: VecDeque::new(),
            last_turn: 0,
            open_bytes: 0,
            last_id,
            unsaved: BTreeSet::new(),
            ended: Vec::new(),
            unsaved_marks: BTreeSet::new(),
        };
        if let Ok(name) = RoomName::parse(LOBBY_NAME) {
            rooms.insert(LOBBY, name, Rules::default(), history(LOBBY));
        }
        for (_, record) in kept {
            // A name that is none any more, by stricter rules, is nobody's loss in a list.
            if let Ok(name) = RoomName::parse(&record.name) {
                rooms.insert(record.id, name, rules_of(&record), history(record.id));
            }
        }
        rooms
    }

    /// What operators have decided about the lobby is this.
    pub(in crate::chat) fn set_lobby(&mut self, decided: &LobbyRules) {
        let rules = &mut self.at(LOBBY).rules;
        rules.topic = decided.topic.as_ref().map(|topic| CleanText::from_bytes(topic.as_bytes()));
        rules.set_slow(decided.slow);
    }

    /// A room that is no more, once for each.
    pub(in crate::chat) fn take_ended(&mut self) -> Option<RoomId> {
        self.ended.pop()
    }

    /// A new room.
    pub(in crate::chat) fn add(&mut self, name: RoomName, rules: Rules) -> RoomId {
        // Never used again: who is let into one room must not find itself in another.
        self.last_id = RoomId(self.last_id.0 + 1);
        self.insert(self.last_id, name, rules, RoomHistory::default());
        self.last_id
    }

    fn insert(&mut self, id: RoomId, name: RoomName, rules: Rules, history: RoomHistory) {
        self.by_key.insert(name.key().clone(), id);
        for look in name.looks() {
            self.by_look.insert(look.clone(), id);
        }
        self.by_id.insert(id, Room::new(id, name.as_str().clone(), rules, history));
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
    pub(in crate::chat) fn at(&mut self, id: RoomId) -> &mut Room {
        self.by_id.get_mut(&id).expect("a room is there while anybody is in it")
    }

    pub(in crate::chat) fn find(&self, id: RoomId) -> Option<&Room> {
        self.by_id.get(&id)
    }

    pub(in crate::chat) fn named(&self, name: &RoomName) -> Option<RoomId> {
        self.by_key.get(name.key()).copied()
    }

    /// A room that looks like this one.
    pub(in crate::chat) fn looking_like(&self, name: &RoomName) -> Option<RoomId> {
        name.looks().find_map(|look| self.by_look.get(look).copied())
    }

    /// How many are this person's.
    pub(in crate::chat) fn owned_by(&self, person: PersonId) -> usize {
        self.iter().filter(|room| room.rules.is_owner(person)).count()
    }

    /// Of how many people in how many rooms it is remembered how far they have read.
    pub(in crate::chat) fn marks(&self) -> usize {
        self.iter().map(Room::marks).sum()
    }

    pub(in crate::chat) fn count(&self) -> usize {
        self.by_id.len()
    }

    /// All of them, in an order that stays the same while none ends.
    pub(in crate::chat) fn iter(&self) -> impl Iterator<Item = &Room> {
        self.by_id.values()
    }

    pub(in crate::chat) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Room> {
        self.by_id.values_mut()
    }

    pub(in crate::chat) fn key(&self, id: RoomId) -> Option<Box<str>> {
        self.names.get(&id).map(|name| (&**name.key()).into())
    }

    pub(in crate::chat) fn open_bytes(&self) -> usize {
        self.open_bytes
    }

    /// Adds an ordered line to the open batch of its room.
    pub(in crate::chat) fn apply(&mut self, line: Line) {
        let id = line.proposal.room;
        let room = self.by_id.get_mut(&id).expect("a line is of a room that somebody is in");
        self.open_bytes += room.apply(line);
        queue(room, &mut self.with_news, &mut self.last_turn);
    }

    /// A member goes. Says whether the person has gone with it.
    fn remove_member(&mut self, id: RoomId, seat: Seat) -> bool {
        let room = self.by_id.get_mut(&id).expect("a member is of a room that there is");
        let has_gone = room.remove(seat);
        queue(room, &mut self.with_news, &mut self.last_turn);
        has_gone
    }

    /// Its turn to be handed out, if anything has happened in it: who waits longer has a lower one.
    pub(in crate::chat) fn waits_since(&self, id: RoomId) -> Option<u64> {
        self.find(id)?.waits_since
    }

    /// The next room to be handed out: the one that has waited for longest, so that who says
    /// something here and then there is mostly read so.
    pub(in crate::chat) fn take_news(&mut self) -> Option<RoomId> {
        while let Some((id, turn)) = self.with_news.pop_front() {
            if self.by_id.get(&id).is_some_and(|room| room.waits_since == Some(turn)) {
                return Some(id);
            }
        }
        None
    }

    /// Hands out what has gathered in a room, and has kept what was said. One that nobody is in and
    /// nobody keeps ends with that.
    pub(in crate::chat) fn hand_out(
        &mut self,
        id: RoomId,
        options: &HallOptions,
        mentions: FindMentions<'_>,
        out: &mut dyn Outbox,
    ) {
        let Some(room) = self.by_id.get_mut(&id) else { return };
        room.waits_since = None;
        let HandedOut { charge_bytes, said } =
            room.hand_out(&options.style, mentions, &mut |seat, frame, lines| {
                out.deliver(seat, Delivery::Lines { room: id, frame, lines });
            });
        self.open_bytes -= charge_bytes;
        if options.keeps_history && !said.is_empty() {
            // Where there is no place for them they are lost, and the historian marks that.
            let _ = out.write(Entry::Lines { room: id, name: room.name().clone(), lines: said });
        }
        if room.is_over() && !room.is_kept() {
            self.end(id, options, out);
        }
    }

    /// Whether everybody has left it and it only waits to be handed out a last time.
    pub(in crate::chat) fn is_abandoned(&self, id: RoomId) -> bool {
        self.by_id.get(&id).is_some_and(Room::is_abandoned)
    }

    /// Nobody keeps it any more: it ends now, or with who is in it.
    pub(in crate::chat) fn release(
        &mut self,
        id: RoomId,
        options: &HallOptions,
        out: &mut dyn Outbox,
    ) {
        self.at(id).rules.owner = Owner::Nobody;
        let is_over = self.by_id.get(&id).is_some_and(Room::is_over);
        if is_over {
            self.end(id, options, out);
        }
    }

    /// A room is no more. Who makes one of the same name finds nothing of it.
    fn end(&mut self, id: RoomId, options: &HallOptions, out: &mut dyn Outbox) {
        let has_history = self.by_id.get(&id).is_some_and(|room| room.last_seq() > 0);
        if options.keeps_history && has_history {
            // If there is no place for this, the next start of the server sees to it.
            let _ = out.write(Entry::Ended { room: id });
        }
        self.remove(id);
        self.ended.push(id);
    }
}

/// The room waits to be handed out from now on, if it does not already.
fn queue(room: &mut Room, with_news: &mut VecDeque<(RoomId, u64)>, last_turn: &mut u64) {
    if room.waits_since.is_none() {
        *last_turn += 1;
        room.waits_since = Some(*last_turn);
        with_news.push_back((room.id(), *last_turn));
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
    pub(in crate::chat) fn enter_room(&mut self, seat: Seat, room: RoomId, now: Moment) {
        self.announce_arrival(seat, now);
        let person = self.clients[seat.0].person;
        if !self.rooms.at(room).has(person) {
            self.announce(seat, room, What::Joined, now);
        }
        self.add_member(seat, room);
        self.rooms.at(room).count_member(seat, false);
    }

    /// The same, and nobody is told, nor counts it.
    pub(in crate::chat) fn add_member(&mut self, seat: Seat, room: RoomId) {
        let person = self.clients[seat.0].person;
        self.clients[seat.0].rooms.push(room);
        self.rooms_changed(seat);
        let reading = self.reading(seat);
        self.rooms.at(room).add(seat, person, reading);
    }

    /// A client goes from a room, of which it is no longer counted; the others are told so.
    pub(in crate::chat) fn leave_room(
        &mut self,
        seat: Seat,
        room: RoomId,
        parting: &What,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let has_gone = self.rooms.remove_member(room, seat);
        if !has_gone {
            return;
        }
        let person = self.clients[seat.0].person;
        self.went_from(room, person, now, out);
        self.announce(seat, room, parting.clone(), now);
        self.pass_on(seat, room, now, out);
    }

    /// A room whose owner has gone, and has no account to come back to it with, is somebody
    /// else's who is there.
    fn pass_on(&mut self, seat: Seat, id: RoomId, now: Moment, out: &mut dyn Outbox) {
        let leaver = self.clients[seat.0].person;
        let room = self.rooms.at(id);
        if leaver.account().is_some() || !room.rules.is_owner(leaver) {
            return;
        }
        if let Some(heir) = self.heir_of(id, now) {
            self.give_room(id, heir, now, out);
        }
    }

    /// Who gets a room whose owner has given it up: who has been there longest. Who is not to
    /// talk there does not get to say who is.
    fn heir_of(&self, id: RoomId, now: Moment) -> Option<PersonId> {
        let people = self.rooms.find(id)?.people_by_stay();
        people.into_iter().find(|heir| self.may_be_heard(*heir, Some(id), now))
    }

    /// A room is theirs from now on, which is told there, and kept if they can keep it.
    fn give_room(&mut self, id: RoomId, heir: PersonId, now: Moment, out: &mut dyn Outbox) {
        let Some(&seat) = self.seats_of(heir).first() else { return };
        if self.rooms.owned_by(heir) >= limits::ROOMS_OWNED_MAX {
            self.rooms.at(id).rules.give_up();
            return;
        }
        self.rooms.at(id).rules.owner = Owner::Person(heir);
        let name = self.name_of(heir);
        let room = self.rooms.at(id).name().clone();
        let text = fill(self.answers().owner_is_now, &[("name", &name), ("room", &room)]);
        self.announce(seat, id, What::Notice(text.into()), now);
        self.keep_room(id, out);
    }

    /// An account is no more. What was its owner's in rooms is the guest's who has been that, as
    /// long as they are here; rooms in which they are not pass to who is there, or end.
    pub(in crate::chat) fn forget_in_rooms(
        &mut self,
        before: PersonId,
        guest: PersonId,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let is_here = self.people.find(guest).is_some();
        let mut owned = Vec::new();
        for room in self.rooms.iter_mut() {
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
            let room = self.rooms.at(id);
            if room.has(guest) {
                continue;
            }
            match self.heir_of(id, now) {
                Some(heir) => self.give_room(id, heir, now, out),
                None => self.rooms.release(id, &self.options, out),
            }
        }
    }

    /// What a client says goes to this one of its rooms from now on.
    pub(in crate::chat) fn make_current(&mut self, seat: Seat, room: RoomId, out: &mut dyn Outbox) {
        let before = self.clients[seat.0].rooms.last().copied();
        if before == Some(room) {
            return;
        }
        self.close_batches_of(seat, out);
        let rooms = &mut self.clients[seat.0].rooms;
        rooms.retain(|other| *other != room);
        rooms.push(room);
        self.rooms_changed(seat);
        self.read_anew_in(seat, before, out);
        self.read_anew_in(seat, Some(room), out);
    }

    /// How a client reads one of its rooms has changed: from the next batch on.
    pub(in crate::chat) fn read_anew_in(
        &mut self,
        seat: Seat,
        room: Option<RoomId>,
        out: &mut dyn Outbox,
    ) {
        let Some(room) = room else { return };
        if self.rooms.waits_since(room).is_some() {
            self.close_batch(room, out);
        }
        let reading = self.reading(seat);
        self.set_reading(seat, room, reading);
    }

    /// The same for all of its rooms.
    pub(in crate::chat) fn read_anew(&mut self, seat: Seat, out: &mut dyn Outbox) {
        self.close_batches_of(seat, out);
        let reading = self.reading(seat);
        for room in self.clients[seat.0].rooms.clone() {
            self.set_reading(seat, room, reading.clone());
        }
    }

    /// How a client reads the room that it talks in; its others carry a tag beside that.
    fn reading(&self, seat: Seat) -> Reading {
        Reading { presentation: self.presentation(seat), choice: self.choice(seat) }
    }

    fn set_reading(&mut self, seat: Seat, room: RoomId, mut reading: Reading) {
        reading.presentation.tag = self.clients[seat.0].rooms.last() != Some(&room);
        self.rooms.at(room).set_reading(seat, reading);
    }

    /// Somebody is somebody else from now on: what was theirs of any room still is.
    pub(in crate::chat) fn change_rooms_person(
        &mut self,
        before: PersonId,
        after: PersonId,
        out: &mut dyn Outbox,
    ) {
        let mut changed = Vec::new();
        let mut owned = self.rooms.owned_by(after);
        for room in self.rooms.iter_mut() {
            if room.rules.is_owner(before) && owned >= limits::ROOMS_OWNED_MAX {
                room.rules.give_up();
            }
            owned += usize::from(room.rules.is_owner(before));
            // What is over is nobody's to take along.
            if !room.is_abandoned() && room.rules.change_person(before, after) {
                changed.push(room.id());
            }
        }
        for room in changed {
            self.keep_room(room, out);
        }
    }

    /// Has a room of somebody registered kept as it is now. Others end with who is in them.
    pub(in crate::chat) fn keep_room(&mut self, id: RoomId, out: &mut dyn Outbox) {
        if id == LOBBY {
            let rules = &self.rooms.at(LOBBY).rules;
            let topic = rules.topic.as_ref().map(|topic| topic.as_str().into());
            let change = Some(OrderChange::Lobby(LobbyRules { topic, slow: rules.slow }));
            if out.keep(Update::Order { change, entry: None }).is_err() {
                self.rooms.unsaved.insert(id);
            }
            return;
        }
        let Some((key, room)) = self.rooms.key(id).zip(self.rooms.find(id)) else { return };
        let Owner::Person(PersonId::Registered(owner)) = room.rules.owner else { return };
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
            invited: rules.invited().filter_map(PersonId::account).collect(),
        };
        if out.keep(Update::Room { key, room: Some(record) }).is_err() {
            self.rooms.unsaved.insert(id);
        }
    }

    /// Has rooms kept for which there was no place among what is to be written.
    pub(in crate::chat) fn keep_unsaved_rooms(&mut self, out: &mut dyn Outbox) {
        for room in std::mem::take(&mut self.rooms.unsaved) {
            self.keep_room(room, out);
        }
    }

    /// An owner gives a room up: it ends with who is in it, and is kept no longer.
    pub(in crate::chat) fn give_up_room(
        &mut self,
        id: RoomId,
        out: &mut dyn Outbox,
    ) -> Result<(), Refusal> {
        let is_kept = self.rooms.at(id).is_kept();
        if let Some(key) = self.rooms.key(id).filter(|_| is_kept) {
            out.keep(Update::Room { key, room: None }).map_err(|_| self.too_busy())?;
        }
        self.rooms.unsaved.remove(&id);
        self.rooms.at(id).rules.give_up();
        Ok(())
    }
}
