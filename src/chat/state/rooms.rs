//! All rooms: by id and by name, which of them have lines to hand out, and who is in them.

use std::collections::VecDeque;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::name_table::NameTable;
use crate::chat::outbox::Outbox;
use crate::chat::state::options::ChatOptions;
use crate::chat::state::room::{HandedOut, Room, Rules, SavedRoom};
use crate::model::{
    ClientId, ClientIndex, HistoryEntry, LOBBY, LobbyRules, PersonId, Proposal, RoomHistory,
    RoomId, RoomRecord,
};
use crate::text::CleanText;
use crate::text::nick::RoomName;

/// The name of the room that every client joins on connecting.
const LOBBY_NAME: &str = "#lobby";

#[derive(Debug, Default)]
pub(in crate::chat) struct Rooms {
    by_id: IndexMap<RoomId, Room, FxBuildHasher>,
    by_name: NameTable<RoomId>,
    names: FxHashMap<RoomId, RoomName>,
    /// Rooms with lines that have not been handed out, each with its turn. A room that is handed
    /// out early and then has lines again gets a new turn, and its old entry is skipped.
    with_news: VecDeque<(RoomId, u64)>,
    last_turn: u64,
    /// Size of the open batches in bytes.
    open_bytes: usize,
    last_id: RoomId,
}

impl Rooms {
    /// Creates the lobby and the stored rooms, with their recent lines.
    pub(in crate::chat) fn new(
        kept: Vec<(Box<str>, RoomRecord)>,
        histories: Vec<(RoomId, RoomHistory)>,
        last_id: RoomId,
    ) -> Self {
        let mut histories: FxHashMap<RoomId, RoomHistory> = histories.into_iter().collect();
        let mut history = |room| histories.remove(&room).unwrap_or_default();
        let mut rooms = Self { last_id, ..Self::default() };
        if let Ok(name) = RoomName::parse(LOBBY_NAME) {
            rooms.insert(LOBBY, name, Rules::default(), history(LOBBY));
        }
        for (_, record) in kept {
            // A stored name may have become invalid under stricter rules; such a room is dropped.
            if let Ok(name) = RoomName::parse(&record.name) {
                rooms.insert(record.id, name, rules_of(&record), history(record.id));
            }
        }
        rooms
    }

    /// The rooms, to be saved.
    pub(in crate::chat) fn saved(
        &self,
        id_of: impl Fn(ClientIndex) -> ClientId,
    ) -> Vec<SavedRoom<'_>> {
        let named = self.iter().filter_map(|room| Some((room, self.names.get(&room.id())?)));
        named.map(|(room, name)| room.saved(name, &id_of)).collect()
    }

    /// Restores the rooms that were saved.
    pub(in crate::chat) fn restored(
        saved: Vec<SavedRoom<'_>>,
        last_id: RoomId,
        find: impl Fn(ClientId) -> Option<(ClientIndex, PersonId)>,
    ) -> Self {
        let mut rooms = Self { last_id, ..Self::default() };
        for room in saved {
            let (id, name) = (room.id, room.name.clone().into_owned());
            rooms.by_name.insert(&name, id);
            rooms.by_id.insert(id, Room::restored(room, &find));
            rooms.names.insert(id, name);
        }
        rooms
    }

    /// The highest id ever assigned.
    pub(in crate::chat) fn last_id(&self) -> RoomId {
        self.last_id
    }

    /// Applies the rules that operators have set for the lobby.
    pub(in crate::chat) fn set_lobby(&mut self, decided: &LobbyRules) {
        let rules = &mut self.at(LOBBY).rules;
        rules.topic = decided.topic.as_ref().map(|topic| CleanText::from_bytes(topic.as_bytes()));
        rules.set_slow(decided.slow);
    }

    /// Adds a room and returns its id.
    pub(in crate::chat) fn add(&mut self, name: RoomName, rules: Rules) -> RoomId {
        // Ids are never reused, so that access to one room never turns into access to another.
        self.last_id = RoomId(self.last_id.0 + 1);
        self.insert(self.last_id, name, rules, RoomHistory::default());
        self.last_id
    }

    fn insert(&mut self, id: RoomId, name: RoomName, rules: Rules, history: RoomHistory) {
        self.by_name.insert(&name, id);
        self.by_id.insert(id, Room::new(id, name.as_str().clone(), rules, history));
        self.names.insert(id, name);
    }

    fn remove(&mut self, id: RoomId) {
        self.by_id.swap_remove(&id);
        if let Some(name) = self.names.remove(&id) {
            self.by_name.remove(&name);
        }
    }

    /// A room that has members or has just been looked up.
    pub(in crate::chat) fn at(&mut self, id: RoomId) -> &mut Room {
        self.by_id.get_mut(&id).expect("a room is there while anybody is in it")
    }

    pub(in crate::chat) fn find(&self, id: RoomId) -> Option<&Room> {
        self.by_id.get(&id)
    }

    pub(in crate::chat) fn named(&self, name: &RoomName) -> Option<RoomId> {
        self.by_name.named(name.key())
    }

    /// A room with a confusingly similar name.
    pub(in crate::chat) fn looking_like(&self, name: &RoomName) -> Option<RoomId> {
        self.by_name.looking_like(name)
    }

    /// Number of rooms that this person owns.
    pub(in crate::chat) fn owned_by(&self, person: PersonId) -> usize {
        self.iter().filter(|room| room.rules.is_owner(person)).count()
    }

    /// Number of read markers over all rooms.
    pub(in crate::chat) fn marks(&self) -> usize {
        self.iter().map(Room::marks).sum()
    }

    pub(in crate::chat) fn count(&self) -> usize {
        self.by_id.len()
    }

    /// All rooms, in an order that stays the same while none ends.
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

    /// Adds a line to the open batch of its room. Returns the room if somebody there sees mentions
    /// highlighted.
    #[inline(never)]
    pub(in crate::chat) fn append(&mut self, line: Proposal) -> Option<&mut Room> {
        let room = self.by_id.get_mut(&line.room).expect("a line is of a room that somebody is in");
        self.open_bytes += room.append(line);
        queue(room, &mut self.with_news, &mut self.last_turn);
        if room.is_watched() { Some(room) } else { None }
    }

    /// Removes a member. Returns whether its person has left the room with it.
    pub(in crate::chat) fn remove_member(&mut self, id: RoomId, index: ClientIndex) -> bool {
        let room = self.by_id.get_mut(&id).expect("a member is of a room that there is");
        let has_gone = room.remove(index);
        queue(room, &mut self.with_news, &mut self.last_turn);
        has_gone
    }

    /// The room's turn to be handed out, if it has an open batch. The longer it has waited, the
    /// lower the turn.
    pub(in crate::chat) fn waits_since(&self, id: RoomId) -> Option<u64> {
        self.find(id)?.waits_since
    }

    /// The next room to be handed out: the one that has waited longest. So the lines of a client
    /// that speaks in several rooms usually arrive in the order in which it sent them.
    pub(in crate::chat) fn take_news(&mut self) -> Option<RoomId> {
        while let Some((id, turn)) = self.with_news.pop_front() {
            if self.by_id.get(&id).is_some_and(|room| room.waits_since == Some(turn)) {
                return Some(id);
            }
        }
        None
    }

    /// Hands out the open batch of a room, and stores its messages.
    pub(in crate::chat) fn hand_out(
        &mut self,
        id: RoomId,
        options: &ChatOptions,
        out: &mut dyn Outbox,
    ) {
        let Some(room) = self.by_id.get_mut(&id) else { return };
        room.waits_since = None;
        let HandedOut { charge_bytes, said } = room.hand_out(options.recent_lines_max, out);
        self.open_bytes -= charge_bytes;
        if options.keeps_history && !said.is_empty() {
            out.write(HistoryEntry::Lines { room: id, name: room.name().clone(), lines: said });
        }
    }

    /// Ends a room. A later room with the same name inherits nothing from it.
    pub(in crate::chat) fn end(&mut self, id: RoomId, options: &ChatOptions, out: &mut dyn Outbox) {
        let has_history = self.by_id.get(&id).is_some_and(|room| room.last_seq() > 0);
        if options.keeps_history && has_history {
            out.write(HistoryEntry::Ended { room: id });
        }
        self.remove(id);
    }
}

/// Queues the room to be handed out unless it is queued already.
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
