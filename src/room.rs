//! One room: its members, the order of its lines, and the batch that is open.
//!
//! Plain data: no sockets, channels, threads or clock. A line is *proposed* by whoever wants it
//! said, *ordered* by the room, and *applied* to it: apart, so that something that orders the lines
//! of several servers can stand between the first two. Applied lines gather in the open batch until
//! [`Room::hand_out`] renders them once per presentation and says who is to be given which of them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use crate::frame::{self, Frame, FrameBuilder};
use crate::id::{ClientId, LineId, RoomId};
use crate::lang::Catalogue;
use crate::limits;
use crate::presentation::{self, Presentation, Shown};
use crate::text::CleanText;

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
    /// Somebody said something.
    Said(CleanText),
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
    pub from: ClientId,
    /// Their name at that time.
    pub name: Arc<str>,
    /// What it says.
    pub what: What,
}

/// A line in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in its room, from 1, without gaps.
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
}

#[derive(Debug)]
struct Member {
    seat: Seat,
    presentation: Presentation,
    /// The line of the open batch that it begins with; 0 once the batch it came in is handed out.
    enters_at: usize,
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
    last_seq: u64,
    members: Vec<Member>,
    positions: HashMap<Seat, usize>,
    open: Vec<Line>,
    open_charge_bytes: usize,
    leavers: Vec<Leaver>,
}

impl Room {
    /// An empty room.
    pub fn new(id: RoomId) -> Self {
        Self {
            id,
            last_seq: 0,
            members: Vec::new(),
            positions: HashMap::new(),
            open: Vec::new(),
            open_charge_bytes: 0,
            leavers: Vec::new(),
        }
    }

    /// Gives a proposed line its place.
    pub fn order(&mut self, proposal: Proposal) -> Line {
        self.last_seq += 1;
        Line { seq: self.last_seq, proposal }
    }

    /// Adds an ordered line to the open batch.
    pub fn apply(&mut self, line: Line) {
        self.open_charge_bytes += charge_bytes(&line.proposal);
        self.open.push(line);
    }

    /// Adds a member, who sees what is applied from now on.
    pub fn add(&mut self, seat: Seat, presentation: Presentation) {
        self.positions.insert(seat, self.members.len());
        self.members.push(Member { seat, presentation, enters_at: self.open.len() });
    }

    /// Removes a member, who is still given what has been applied so far.
    pub fn remove(&mut self, seat: Seat) {
        let Some(position) = self.positions.remove(&seat) else {
            return;
        };
        let member = self.members.swap_remove(position);
        if let Some(moved) = self.members.get(position) {
            self.positions.insert(moved.seat, position);
        }
        self.leavers.push(Leaver { member, leaves_at: self.open.len() });
    }

    /// Whether the open batch has reached its limit.
    pub fn is_batch_full(&self) -> bool {
        self.open_charge_bytes >= limits::BATCH_BYTES_MAX
    }

    /// Closes the open batch: renders it once for each presentation in use, and calls `deliver` for
    /// everybody who is to be given lines of it.
    pub fn hand_out(
        &mut self,
        style: &Style,
        mut deliver: impl FnMut(Seat, &Arc<Frame>, Range<u32>),
    ) {
        if self.open.is_empty() {
            self.leavers.clear();
            return;
        }
        let layout = Layout::of(&self.open, style.notice_run_max);
        let whole = 0..layout.shown.len() as u32;
        let mut frames = [const { None }; Presentation::COUNT];
        let mut give = |member: &Member, lines: Range<u32>| {
            if !lines.is_empty() {
                let frame = frames[member.presentation.index()].get_or_insert_with(|| {
                    let capacity = self.open_charge_bytes;
                    Arc::new(layout.render(member.presentation, style.catalogue, capacity))
                });
                deliver(member.seat, frame, lines);
            }
        };
        for member in &mut self.members {
            let first = match std::mem::take(&mut member.enters_at) {
                0 => 0,
                enters_at => layout.boundaries[enters_at],
            };
            give(member, first..whole.end);
        }
        for Leaver { member, leaves_at } in &self.leavers {
            give(member, layout.boundaries[member.enters_at]..layout.boundaries[*leaves_at]);
        }
        self.leavers.clear();
        self.open.clear();
        self.open_charge_bytes = 0;
    }

    /// The room's identity.
    pub fn id(&self) -> RoomId {
        self.id
    }
}

/// Memory that a line will take in a frame, in bytes; a little more than less.
fn charge_bytes(proposal: &Proposal) -> usize {
    /// The words around the name in a notice, and the line's end.
    const NOTICE_BYTES: usize = 64;
    let text = match &proposal.what {
        What::Said(text) => text.as_str().len() + ": \r\n".len(),
        What::Joined | What::Left => NOTICE_BYTES,
    };
    frame::charge_bytes(proposal.name.len() + text, 1) - limits::PIECE_CHARGE_BYTES
}

/// Which lines are shown for the lines of a batch: each one, but for long runs of arrivals or of
/// departures, which become one.
struct Layout<'a> {
    shown: Vec<(ClientId, Shown<'a>)>,
    /// For each line of the batch and for its end: how many shown lines come before it. Who enters
    /// inside a run that became one line begins after that line; who leaves inside one ends
    /// before.
    boundaries: Vec<u32>,
}

impl<'a> Layout<'a> {
    fn of(lines: &'a [Line], notice_run_max: usize) -> Self {
        let mut layout = Self {
            shown: Vec::with_capacity(lines.len()),
            boundaries: Vec::with_capacity(lines.len() + 1),
        };
        let mut rest = lines;
        while let Some(first) = rest.first() {
            let what = &first.proposal.what;
            let run = match what {
                What::Said(_) => 1,
                notice => rest.iter().take_while(|line| line.proposal.what == *notice).count(),
            };
            let told_as_one = if run > notice_run_max { run } else { 1 };
            let before = layout.shown.len() as u32;
            layout.boundaries.push(before);
            let inside = if *what == What::Joined { before + 1 } else { before };
            layout.boundaries.extend(std::iter::repeat_n(inside, told_as_one - 1));
            let (name, others) = (&*first.proposal.name, told_as_one - 1);
            let shown = match what {
                What::Said(text) => Shown::Said { name, text: text.as_str() },
                What::Joined => Shown::Joined { name, others },
                What::Left => Shown::Left { name, others },
            };
            layout.shown.push((first.proposal.from, shown));
            rest = &rest[told_as_one..];
        }
        layout.boundaries.push(layout.shown.len() as u32);
        layout
    }

    fn render(
        &self,
        presentation: Presentation,
        catalogue: &Catalogue,
        capacity_bytes: usize,
    ) -> Frame {
        let mut frame = FrameBuilder::with_capacity(capacity_bytes, self.shown.len());
        for (from, shown) in &self.shown {
            presentation::render(&mut frame, presentation, catalogue, *from, *shown);
        }
        frame.freeze()
    }
}
