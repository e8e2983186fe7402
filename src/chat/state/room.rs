//! One room: its members, the order of its lines, and the open batch.
//!
//! A room is plain data without sockets, channels, threads or a clock. Lines gather in the open
//! batch until [`Room::hand_out`] decides which member gets which of them (`handout`).
//! `rules` decides who may join and change the room; `recent` holds what was said before.

mod handout;
mod recent;
mod rules;

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use self::recent::RecentLines;
pub use self::rules::{JoinCheck, Rules};
use crate::chat::outbox::Outbox;
use crate::limits;
use crate::model::frame;
use crate::model::{
    ClientId, ClientIndex, Event, LOBBY, OrderedLine, PersonId, Presentation, Proposal,
    RoomHistory, RoomId, StoredLine,
};
use crate::text::nick::RoomName;

/// How a member is shown the lines of a room.
#[derive(Clone, Debug, Default)]
pub struct ViewSettings {
    /// How the lines look.
    pub presentation: Presentation,
    /// The filter that is applied to them; `None` for most members.
    pub filter: Option<Arc<LineFilter>>,
}

/// Which lines are hidden from a member, and which are highlighted.
#[derive(Clone, Debug, Default)]
pub struct LineFilter {
    /// Hides arrivals and departures.
    pub quiet: bool,
    /// Hides what these people say.
    pub ignored: FxHashSet<PersonId>,
    /// Highlights lines that mention the member's name.
    pub notices_mentions: bool,
    /// Rings the bell for those lines.
    pub mentions_ring: bool,
}

#[derive(Debug)]
struct Member {
    index: ClientIndex,
    person: PersonId,
    view: ViewSettings,
    /// The first line of the open batch that the member sees; 0 once the batch in which it joined
    /// has been handed out.
    enters_at: u32,
    /// How many lines had been said in the room when the member joined.
    entered_at_seq: u64,
    /// The other members know of it, and it counts as present.
    is_announced: bool,
    /// The position in the open batch of the line that announces the member, from 1; 0 if there is
    /// none. The member itself is not shown that line.
    own_arrival: u32,
}

/// A person who is in the room.
#[derive(Debug)]
struct RoomPresence {
    clients: u32,
    /// How many people had joined before.
    since: u64,
}

#[derive(Debug)]
struct Leaver {
    member: Member,
    /// The first line of the open batch that it no longer sees.
    leaves_at: usize,
}

/// A room.
#[derive(Debug, Default)]
pub struct Room {
    id: RoomId,
    name: Arc<str>,
    /// The rules for joining and changing the room.
    pub rules: Rules,
    /// The room's turn to be handed out, if it waits for that; set by the table of rooms.
    pub waits_since: Option<u64>,
    last_seq: u64,
    past: RecentLines,
    members: Vec<Member>,
    positions: FxHashMap<ClientIndex, usize>,
    /// The people in the room, with the number of their clients.
    people: IndexMap<PersonId, RoomPresence, FxBuildHasher>,
    /// How many people have ever joined.
    arrivals: u64,
    /// Number of members with mentions highlighted.
    watchers: usize,
    open: Vec<OrderedLine>,
    open_charge_bytes: usize,
    /// How many of the open lines were said by a person.
    open_said: usize,
    /// The open lines that mention each person, in order. Only filled while somebody watches.
    mentioned: FxHashMap<PersonId, Vec<u32>>,
    leavers: Vec<Leaver>,
}

/// A room as it is saved, without an open batch.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedRoom<'a> {
    /// The room's identity.
    pub id: RoomId,
    /// The room's name.
    pub name: Cow<'a, RoomName>,
    rules: Cow<'a, Rules>,
    last_seq: u64,
    past: Cow<'a, RecentLines>,
    /// The people in the room, each with the number of people who had joined before.
    people: Vec<(PersonId, u64)>,
    arrivals: u64,
    members: Vec<SavedMember>,
}

/// A member as it is saved.
#[derive(Debug, Serialize, Deserialize)]
struct SavedMember {
    client: ClientId,
    entered_at_seq: u64,
    is_announced: bool,
}

/// The result of handing out a batch.
#[derive(Debug, Default)]
pub struct HandedOut {
    /// The size of the batch in bytes.
    pub charge_bytes: usize,
    /// The messages in the batch, to be stored.
    pub said: Vec<StoredLine>,
}

impl Room {
    /// Creates a room without members.
    pub fn new(id: RoomId, name: Arc<str>, rules: Rules, history: RoomHistory) -> Self {
        let (last_seq, past) = (history.last_seq, RecentLines::of(history));
        Self { id, name, rules, last_seq, past, ..Self::default() }
    }

    /// The room, to be saved under its name.
    pub fn saved<'a>(
        &'a self,
        name: &'a RoomName,
        id_of: impl Fn(ClientIndex) -> ClientId,
    ) -> SavedRoom<'a> {
        let saved = |member: &Member| SavedMember {
            client: id_of(member.index),
            entered_at_seq: member.entered_at_seq,
            is_announced: member.is_announced,
        };
        let mut members: Vec<SavedMember> = self.members.iter().map(saved).collect();
        members.sort_unstable_by_key(|member| member.client);
        SavedRoom {
            id: self.id,
            name: Cow::Borrowed(name),
            rules: Cow::Borrowed(&self.rules),
            last_seq: self.last_seq,
            past: Cow::Borrowed(&self.past),
            people: self.people.iter().map(|(id, presence)| (*id, presence.since)).collect(),
            arrivals: self.arrivals,
            members,
        }
    }

    /// Restores a room that was saved. How each member is shown the lines is set afterwards.
    pub fn restored(
        saved: SavedRoom<'_>,
        find: impl Fn(ClientId) -> Option<(ClientIndex, PersonId)>,
    ) -> Self {
        let SavedRoom { id, name, rules, last_seq, past, people, arrivals, members } = saved;
        let presence = |(id, since)| (id, RoomPresence { clients: 0, since });
        let mut room = Self {
            id,
            name: name.as_str().clone(),
            rules: rules.into_owned(),
            last_seq,
            past: past.into_owned(),
            people: people.into_iter().map(presence).collect(),
            arrivals,
            ..Self::default()
        };
        for SavedMember { client, entered_at_seq, is_announced } in members {
            let Some((index, person)) = find(client) else { continue };
            if let Some(presence) = room.people.get_mut(&person).filter(|_| is_announced) {
                presence.clients += 1;
            }
            room.add(index, person, ViewSettings::default());
            if let Some(member) = room.members.last_mut() {
                (member.entered_at_seq, member.is_announced) = (entered_at_seq, is_announced);
            }
        }
        room
    }

    /// The room's identity.
    pub fn id(&self) -> RoomId {
        self.id
    }

    /// The room's name, with the `#`.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The people in the room, in an unspecified order that stays the same while nobody leaves.
    pub fn people(&self) -> impl ExactSizeIterator<Item = PersonId> {
        self.people.keys().copied()
    }

    /// The people in the room, those who have been there longest first.
    pub fn people_by_stay(&self) -> Vec<PersonId> {
        let mut people: Vec<(u64, PersonId)> =
            self.people.iter().map(|(&person, presence)| (presence.since, person)).collect();
        people.sort_unstable();
        people.into_iter().map(|(_, person)| person).collect()
    }

    /// Whether this person is in the room, with any client.
    pub fn has(&self, person: PersonId) -> bool {
        self.people.contains_key(&person)
    }

    /// How many lines have been said in the room.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// Gives a line its number, and adds it to the open batch. Returns by how many bytes the batch
    /// has grown.
    #[inline]
    pub fn append(&mut self, proposal: Proposal) -> usize {
        let charge_bytes = self.charge_bytes(&proposal);
        let is_said = proposal.event.is_said();
        self.open_charge_bytes += charge_bytes;
        self.open_said += usize::from(is_said);
        self.last_seq += u64::from(is_said);
        self.open.push(OrderedLine { seq: self.last_seq, proposal });
        charge_bytes
    }

    /// Whether somebody sees mentions highlighted.
    pub fn is_watched(&self) -> bool {
        self.watchers > 0
    }

    /// Notes who is mentioned in the line that was appended last: whose name it is now, not when
    /// the batch is handed out.
    pub fn note_mentions(&mut self, find: impl Fn(&str, &mut dyn FnMut(PersonId))) {
        let (Some(line), mentioned) = (self.open.last(), &mut self.mentioned) else { return };
        let at = self.open.len() as u32 - 1;
        if let Event::Said { text } | Event::Acted { text } = &line.proposal.event {
            find(text.as_str(), &mut |person| mentioned.entry(person).or_default().push(at));
        }
    }

    /// The number of lines in the open batch, which the limit on its bytes keeps small.
    fn open_len(&self) -> u32 {
        self.open.len() as u32
    }

    /// Adds a member, which sees everything that is applied from now on. It is in no list and no
    /// count until it is announced.
    pub fn add(&mut self, index: ClientIndex, person: PersonId, view: ViewSettings) {
        self.watchers += usize::from(view.watches());
        self.positions.insert(index, self.members.len());
        let enters_at = self.open_len();
        let entered_at_seq = self.last_seq;
        self.members.push(Member {
            index,
            person,
            view,
            enters_at,
            entered_at_seq,
            is_announced: false,
            own_arrival: 0,
        });
    }

    /// Counts a member as present from now on. If `is_told`, the line applied last announces the
    /// member, and the member is not shown that line.
    pub fn count_member(&mut self, index: ClientIndex, is_told: bool) {
        let Some(&position) = self.positions.get(&index) else { return };
        let own_arrival = if is_told { self.open_len() } else { 0 };
        let member = &mut self.members[position];
        if !std::mem::replace(&mut member.is_announced, true) {
            member.own_arrival = own_arrival;
            let person = member.person;
            self.count_in(person, self.arrivals);
        }
    }

    /// Removes a member, which still receives what has been applied so far. Returns whether its
    /// person has visibly left with it, which is never the case for a member that was not
    /// announced.
    pub fn remove(&mut self, index: ClientIndex) -> bool {
        let Some(position) = self.positions.remove(&index) else {
            return false;
        };
        let member = self.members.swap_remove(position);
        if let Some(moved) = self.members.get(position) {
            self.positions.insert(moved.index, position);
        }
        self.watchers -= usize::from(member.view.watches());
        let (person, is_announced) = (member.person, member.is_announced);
        self.leavers.push(Leaver { member, leaves_at: self.open.len() });
        is_announced && self.count_out(person)
    }

    /// Changes how a member is shown the lines. The open batch must have been handed out.
    pub fn set_view(&mut self, index: ClientIndex, view: ViewSettings) {
        let Some(&position) = self.positions.get(&index) else {
            return;
        };
        let member = &mut self.members[position];
        self.watchers -= usize::from(member.view.watches());
        self.watchers += usize::from(view.watches());
        member.view = view;
    }

    /// Changes the person of a member. Returns whether the old person has left the room with it,
    /// and whether the new one has joined with it.
    pub fn set_person(&mut self, index: ClientIndex, person: PersonId) -> (bool, bool) {
        let Some(&position) = self.positions.get(&index) else {
            return (false, false);
        };
        let member = &mut self.members[position];
        let before = std::mem::replace(&mut member.person, person);
        if !member.is_announced {
            return (false, false);
        }
        // A person with a new identity keeps the time they have been in the room.
        let since = self.people.get(&before).map_or(self.arrivals, |presence| presence.since);
        (self.count_out(before), self.count_in(person, since))
    }

    /// Hides the open batch so far from a member, because it is about the member itself.
    pub fn pass_over(&mut self, index: ClientIndex) {
        if let Some(&position) = self.positions.get(&index) {
            self.members[position].enters_at = self.open_len();
        }
    }

    /// The indexes of all members.
    pub fn indexes(&self) -> impl ExactSizeIterator<Item = ClientIndex> {
        self.members.iter().map(|member| member.index)
    }

    /// Whether the room stays without members: the lobby, and rooms whose owner can return.
    pub fn is_kept(&self) -> bool {
        self.rules.owner.map_or(self.id == LOBBY, |owner| owner.account().is_some())
    }

    /// Whether the room has to end: it has nobody in it and is not kept.
    pub fn is_abandoned(&self) -> bool {
        self.people.is_empty() && !self.is_kept()
    }

    /// Closes the open batch: each member is given the events that it is to see.
    pub fn hand_out(&mut self, recent_lines_max: usize, out: &mut dyn Outbox) -> HandedOut {
        let charge_bytes = std::mem::take(&mut self.open_charge_bytes);
        if !self.open.is_empty() {
            handout::hand_out(self, charge_bytes, out);
        }
        self.leavers.clear();
        let mut said = Vec::with_capacity(std::mem::take(&mut self.open_said));
        said.extend(self.open.drain(..).filter_map(OrderedLine::into_kept));
        self.past.remember(&said, recent_lines_max);
        HandedOut { charge_bytes, said }
    }

    fn count_in(&mut self, person: PersonId, since: u64) -> bool {
        self.arrivals += 1;
        let presence = self.people.entry(person).or_insert(RoomPresence { clients: 0, since });
        presence.clients += 1;
        presence.clients == 1
    }

    fn count_out(&mut self, person: PersonId) -> bool {
        let Some(presence) = self.people.get_mut(&person) else {
            return false;
        };
        presence.clients -= 1;
        let has_gone = presence.clients == 0;
        if has_gone {
            self.people.swap_remove(&person);
        }
        has_gone
    }

    /// The memory that a line will take in a frame, in bytes, rounded up if in doubt.
    fn charge_bytes(&self, proposal: &Proposal) -> usize {
        /// The words around the name in a notice, and the end of the line.
        const NOTICE_BYTES: usize = 96;
        let text = match &proposal.event {
            Event::Said { text } | Event::Acted { text } => text.as_str().len() + ": \r\n".len(),
            Event::Quit { text: Some(text) } | Event::Topic { topic: Some(text) } => {
                NOTICE_BYTES + text.as_str().len()
            }
            Event::Renamed { to } => NOTICE_BYTES + to.len(),
            Event::Removed { removal } => {
                NOTICE_BYTES + removal.by.len() + removal.reason.as_deref().map_or(0, str::len)
            }
            Event::Sanctioned { sanction: one } => {
                NOTICE_BYTES + one.by.len() + one.reason.as_deref().map_or(0, str::len)
            }
            Event::Deleted { deletion } => {
                NOTICE_BYTES + deletion.of.as_deref().map_or(0, str::len)
            }
            Event::Joined
            | Event::Left
            | Event::Quit { text: None }
            | Event::Topic { topic: None }
            | Event::Owner
            | Event::Setting(_) => NOTICE_BYTES,
        };
        frame::charge_bytes(proposal.from.name.len() + text, 1) - limits::PIECE_CHARGE_BYTES
    }
}

impl ViewSettings {
    fn watches(&self) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.notices_mentions)
    }
}

#[cfg(test)]
mod tests;
