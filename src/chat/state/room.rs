//! One room: its members, the order of its lines, and the batch that is open.
//!
//! Plain data: no sockets, channels, threads or clock. A line is *proposed* by whoever wants it
//! said, *ordered* by the room, and *applied* to it: apart, so that something that orders the lines
//! of several servers can stand between the first two. Applied lines gather in the open batch until
//! [`Room::hand_out`] renders them once per presentation and says who is to be given which of them
//! (`handout`). Who may enter and change it is in `rules`; what was said before, in `past`.

mod handout;
mod recent;
mod rules;

use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use self::recent::Past;
pub use self::rules::{Entry, Owner, Rules};
use crate::lang::Catalogue;
use crate::limits;
use crate::model::id::{ClientId, LOBBY, LineId, PersonId, RoomId};
use crate::model::records::{KeptLine, RoomHistory};
use crate::text::CleanText;
use crate::wire::frame::{self, Frame};
use crate::wire::plain::render::Presentation;

/// Where a client of this server sits in the hall; a small number for tables. Used again after its
/// client has been released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat(pub usize);

/// What happens in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody came.
    Joined,
    /// Somebody went.
    Left,
    /// Somebody went, which is told in these words of theirs.
    Parted(Box<str>),
    /// Somebody said something.
    Said(CleanText),
    /// Somebody does something.
    Acted(CleanText),
    /// Somebody is called otherwise.
    Renamed(Box<Renamed>),
    /// Something else, told in these words.
    Notice(Box<str>),
}

impl What {
    /// Whether it is something that somebody says, which is numbered and kept.
    pub fn is_said(&self) -> bool {
        matches!(self, Self::Said(_) | Self::Acted(_))
    }
}

/// Somebody is called otherwise from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// All that is told of it.
    pub text: Box<str>,
    /// Members who are told of it in another room.
    pub told: FxHashSet<Seat>,
}

/// Whose a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The client that it came from.
    pub client: ClientId,
    /// The person.
    pub person: PersonId,
    /// Their name at that time.
    pub name: Arc<str>,
}

/// A line that somebody wants to be part of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its identity, unique across servers and restarts.
    pub id: LineId,
    /// The room it is for.
    pub room: RoomId,
    /// The server's time when it was proposed.
    pub at: SystemTime,
    /// Whose it is.
    pub from: Author,
    /// What it says.
    pub what: What,
}

/// A line in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The number of what was said in its room, from 1, without gaps. Notices have that of the line
    /// before them.
    pub seq: u64,
    /// What was proposed.
    pub proposal: Proposal,
}

/// How lines are shown on this server.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The language of notices.
    pub catalogue: &'static Catalogue,
    /// Arrivals or departures in a row that are told one by one.
    pub notice_run_max: usize,
    /// Lines of each room that are at hand for who wants to know what was said.
    pub recent_lines_max: usize,
}

/// How a member is given the lines of a room.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// How they look.
    pub presentation: Presentation,
    /// What is left out or looks different; `None` for most.
    pub choice: Option<Arc<Choice>>,
}

/// What a member is not given, and what it is to notice.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// No arrivals and departures.
    pub quiet: bool,
    /// Nothing that these say.
    pub ignored: FxHashSet<PersonId>,
    /// Lines with one's own name in them stand out.
    pub notices_mentions: bool,
    /// The bell rings for those.
    pub mentions_ring: bool,
}

/// Finds who is mentioned in what somebody says.
pub type FindMentions<'a> = &'a dyn Fn(&str, &mut dyn FnMut(PersonId));

/// Gives a member these lines of a frame.
pub type Deliver<'a> = &'a mut dyn FnMut(Seat, &Arc<Frame>, Range<u32>);

#[derive(Debug)]
struct Member {
    seat: Seat,
    person: PersonId,
    reading: Reading,
    /// The line of the open batch that it begins with; 0 once the batch it came in is handed out.
    enters_at: usize,
    /// How many lines had been said here when it came.
    entered_at_seq: u64,
    /// The others know of it, and it counts as somebody who is here.
    is_announced: bool,
    /// Where in the open batch it is told that it has come, counted from 1; 0 for nowhere. It is not
    /// shown that itself.
    own_arrival: usize,
}

/// Somebody who is in the room.
#[derive(Debug)]
struct Presence {
    clients: u32,
    /// How many came before them.
    since: u64,
}

#[derive(Debug)]
struct Leaver {
    member: Member,
    /// The line of the open batch that it no longer sees.
    leaves_at: usize,
}

/// A room.
#[derive(Debug)]
pub struct Room {
    id: RoomId,
    name: Arc<str>,
    /// Who may enter it and change it.
    pub rules: Rules,
    /// Since when whoever hands it out is to come here; kept for them.
    pub waits_since: Option<u64>,
    last_seq: u64,
    past: Past,
    members: Vec<Member>,
    positions: FxHashMap<Seat, usize>,
    /// Who is here, and from how many clients.
    people: IndexMap<PersonId, Presence, FxBuildHasher>,
    /// How many people have come, ever.
    arrivals: u64,
    /// Members that are to notice when they are mentioned.
    watchers: usize,
    open: Vec<Line>,
    open_charge_bytes: usize,
    /// How many of the open lines are something that was said.
    open_said: usize,
    leavers: Vec<Leaver>,
}

/// What has become of an open batch.
#[derive(Debug, Default)]
pub struct HandedOut {
    /// How many bytes it held.
    pub charge_bytes: usize,
    /// What was said in it, to be kept.
    pub said: Vec<KeptLine>,
}

impl Room {
    /// A room in which nobody is.
    pub fn new(id: RoomId, name: Arc<str>, rules: Rules, history: RoomHistory) -> Self {
        Self {
            id,
            name,
            rules,
            waits_since: None,
            last_seq: history.last_seq,
            past: Past::of(history),
            members: Vec::new(),
            positions: FxHashMap::default(),
            people: IndexMap::default(),
            arrivals: 0,
            watchers: 0,
            open: Vec::new(),
            open_charge_bytes: 0,
            open_said: 0,
            leavers: Vec::new(),
        }
    }

    /// The room's identity.
    pub fn id(&self) -> RoomId {
        self.id
    }

    /// Its name, with the `#`.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Who is here, in the order of no particular thing, which stays the same while nobody leaves.
    pub fn people(&self) -> impl ExactSizeIterator<Item = PersonId> {
        self.people.keys().copied()
    }

    /// Who is here, those first who have been so for longest.
    pub fn people_by_stay(&self) -> Vec<PersonId> {
        let mut people: Vec<(u64, PersonId)> =
            self.people.iter().map(|(&person, presence)| (presence.since, person)).collect();
        people.sort_unstable();
        people.into_iter().map(|(_, person)| person).collect()
    }

    /// Whether this person is here, from any client.
    pub fn has(&self, person: PersonId) -> bool {
        self.people.contains_key(&person)
    }

    /// How many lines have been said here.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// Gives a proposed line its place.
    pub fn order(&mut self, proposal: Proposal) -> Line {
        self.last_seq += u64::from(proposal.what.is_said());
        Line { seq: self.last_seq, proposal }
    }

    /// Adds an ordered line to the open batch. Says by how many bytes that has grown.
    pub fn apply(&mut self, line: Line) -> usize {
        let charge_bytes = self.charge_bytes(&line.proposal);
        self.open_charge_bytes += charge_bytes;
        self.open_said += usize::from(line.proposal.what.is_said());
        self.open.push(line);
        charge_bytes
    }

    /// Adds a member, who sees what is applied from now on. It is in no list and no count before it
    /// is announced.
    pub fn add(&mut self, seat: Seat, person: PersonId, reading: Reading) {
        self.watchers += usize::from(reading.watches());
        self.positions.insert(seat, self.members.len());
        let enters_at = self.open.len();
        let entered_at_seq = self.last_seq;
        self.members.push(Member {
            seat,
            person,
            reading,
            enters_at,
            entered_at_seq,
            is_announced: false,
            own_arrival: 0,
        });
    }

    /// A member counts as somebody who is here from now on. If `is_told`, the line that was applied
    /// last says so, and is not shown to the member.
    pub fn count_member(&mut self, seat: Seat, is_told: bool) {
        let Some(&position) = self.positions.get(&seat) else { return };
        let own_arrival = if is_told { self.open.len() } else { 0 };
        let member = &mut self.members[position];
        if !std::mem::replace(&mut member.is_announced, true) {
            member.own_arrival = own_arrival;
            let person = member.person;
            self.count_in(person, self.arrivals);
        }
    }

    /// Removes a member, who is still given what has been applied so far. Says whether the person
    /// has gone with it, which the others notice: of one who was not announced they do not.
    pub fn remove(&mut self, seat: Seat) -> bool {
        let Some(position) = self.positions.remove(&seat) else {
            return false;
        };
        let member = self.members.swap_remove(position);
        if let Some(moved) = self.members.get(position) {
            self.positions.insert(moved.seat, position);
        }
        self.watchers -= usize::from(member.reading.watches());
        let (person, is_announced) = (member.person, member.is_announced);
        self.leavers.push(Leaver { member, leaves_at: self.open.len() });
        is_announced && self.count_out(person)
    }

    /// A member reads differently from now on. What has been applied must have been handed out.
    pub fn set_reading(&mut self, seat: Seat, reading: Reading) {
        let Some(&position) = self.positions.get(&seat) else {
            return;
        };
        let member = &mut self.members[position];
        self.watchers -= usize::from(member.reading.watches());
        self.watchers += usize::from(reading.watches());
        member.reading = reading;
    }

    /// A member's client is somebody else's from now on. Says whether the one has gone with it, and
    /// whether the other has only now come.
    pub fn set_person(&mut self, seat: Seat, person: PersonId) -> (bool, bool) {
        let Some(&position) = self.positions.get(&seat) else {
            return (false, false);
        };
        let member = &mut self.members[position];
        let before = std::mem::replace(&mut member.person, person);
        if !member.is_announced {
            return (false, false);
        }
        // Who is called otherwise has been here for as long as before.
        let since = self.people.get(&before).map_or(self.arrivals, |presence| presence.since);
        (self.count_out(before), self.count_in(person, since))
    }

    /// A member does not see what the open batch holds by now: it is about itself.
    pub fn pass_over(&mut self, seat: Seat) {
        if let Some(&position) = self.positions.get(&seat) {
            self.members[position].enters_at = self.open.len();
        }
    }

    /// The seats of all members.
    pub fn seats(&self) -> impl Iterator<Item = Seat> {
        self.members.iter().map(|member| member.seat)
    }

    /// Whether nobody is here, and nothing is left to be handed out.
    pub fn is_over(&self) -> bool {
        self.members.is_empty() && self.leavers.is_empty() && self.open.is_empty()
    }

    /// Whether it stays when nobody is here: the lobby, and what somebody could come back to.
    pub fn is_kept(&self) -> bool {
        match self.rules.owner {
            Owner::Nobody => self.id == LOBBY,
            Owner::Person(owner) => owner.account().is_some(),
        }
    }

    /// Whether it ends once it is handed out: nobody is here, and nobody keeps it.
    pub fn is_abandoned(&self) -> bool {
        self.people.is_empty() && !self.is_kept()
    }

    /// Closes the open batch: renders it once for each presentation in use, and calls `deliver` for
    /// everybody who is to be given lines of it.
    pub fn hand_out(
        &mut self,
        style: &Style,
        mentions: FindMentions<'_>,
        deliver: Deliver<'_>,
    ) -> HandedOut {
        let charge_bytes = std::mem::take(&mut self.open_charge_bytes);
        if !self.open.is_empty() {
            handout::hand_out(self, style, mentions, charge_bytes, deliver);
        }
        self.leavers.clear();
        let mut said = Vec::with_capacity(std::mem::take(&mut self.open_said));
        said.extend(self.open.drain(..).filter_map(Line::into_kept));
        self.past.remember(&said, style.recent_lines_max);
        HandedOut { charge_bytes, said }
    }

    fn count_in(&mut self, person: PersonId, since: u64) -> bool {
        self.arrivals += 1;
        let presence = self.people.entry(person).or_insert(Presence { clients: 0, since });
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

    /// Memory that a line will take in a frame, in bytes; a little more than less.
    fn charge_bytes(&self, proposal: &Proposal) -> usize {
        /// The words around the name in a notice, and the line's end.
        const NOTICE_BYTES: usize = 64;
        let text = match &proposal.what {
            What::Said(text) | What::Acted(text) => text.as_str().len() + ": \r\n".len(),
            What::Joined | What::Left => NOTICE_BYTES,
            What::Parted(text) => text.len() + "\r\n".len(),
            What::Renamed(renamed) => renamed.text.len() + "\r\n".len(),
            What::Notice(text) => text.len() + "\r\n".len(),
        };
        frame::charge_bytes(proposal.from.name.len() + text, 1) - limits::PIECE_CHARGE_BYTES
    }
}

impl Reading {
    fn watches(&self) -> bool {
        self.choice.as_ref().is_some_and(|choice| choice.notices_mentions)
    }
}

#[cfg(test)]
mod tests;
