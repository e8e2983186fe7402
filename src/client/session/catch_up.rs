//! Catching up after a broken connection: rejoining the user's rooms, and showing each line that
//! was said in the meantime exactly once.
//!
//! This module decides what to ask the server for and which of its lines the user has already seen.
//! It does not know the user's identity or how a line is shown. It is pure: time is passed in.
//!
//! The server tells a logged-in user how many lines they have missed; the client asks for these one
//! room at a time. Every user is shown the last lines of each room they join. The first of these
//! may have been on the screen already. They are recognised there: as many lines as can be found,
//! in the same order, among those shown last.

mod seen;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::limits::ROOMS_PER_CLIENT_MAX;
use crate::terminal::Place;

pub use self::seen::SeenLines;
use super::meaning::{LOBBY, Meaning};
use super::sanitize::SanitizedLine;

use self::seen::{PAST_INDENT, ROOM_LINES_MAX};

/// How long an answer may take. A login is slow to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// When the user is assumed to have arrived, at the latest. What the server sends from then on
/// answers the user's own commands.
const ARRIVAL_PATIENCE: Duration = Duration::from_secs(30);

/// Limit for the whole of catching up, no matter what the server goes on to say.
const CATCH_UP_PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait for a line that directly follows another: long enough for a lost packet to be
/// sent again.
const GAP: Duration = Duration::from_secs(2);

/// The pause before asking a busy server again.
const BUSY_PAUSE: Duration = Duration::from_millis(500);

/// Maximum number of rooms whose replays are held or requested: as many as a user may be in.
const ROOMS_MAX: usize = ROOMS_PER_CLIENT_MAX;

/// Maximum number of bytes held in total: 200 lines for every room, unless they are of maximum
/// length. Beyond this, lines are shown as they arrive.
const HELD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The consequences of a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CatchUpStep {
    /// Lines to show, in this order.
    pub show: Vec<SanitizedLine>,
    /// Lines to send.
    pub send: Vec<String>,
}

/// A replay while it is being received.
#[derive(Debug)]
struct Past {
    room: String,
    heading: SanitizedLine,
    lines: Vec<SanitizedLine>,
    bytes: usize,
    /// Number of lines to expect, limited so that a server announcing an absurd number is not
    /// waited for.
    lines_max: usize,
    until: Instant,
}

/// A request for missed lines.
#[derive(Debug)]
struct PendingQuery {
    room: String,
    lines: usize,
    lines_left: usize,
    /// The server was busy: ask again at `until`.
    is_busy: bool,
    until: Instant,
}

/// The process of catching up on one server.
#[derive(Debug)]
pub struct CatchUp {
    /// The last known place, until the user has arrived.
    place: Option<Place>,
    place_until: Instant,
    /// The end of all waiting.
    ends_at: Instant,
    /// Number of joins that the server has not answered, and when to stop waiting for them.
    awaited: Option<(usize, Instant)>,
    talking_in: String,
    past: Option<Past>,
    /// For a user who logs in: replays held back until the number of missed lines is known.
    held: Option<Vec<Past>>,
    held_until: Instant,
    wanted: VecDeque<(String, usize)>,
    asked: Option<PendingQuery>,
}

impl CatchUp {
    /// Begins returning to a place, with or without a login.
    pub fn new(place: Place, logs_in: bool, now: Instant) -> Self {
        Self {
            place: Some(place),
            place_until: now + ARRIVAL_PATIENCE,
            ends_at: now + CATCH_UP_PATIENCE,
            awaited: None,
            talking_in: LOBBY.to_owned(),
            past: None,
            held: logs_in.then(Vec::new),
            held_until: now + PATIENCE,
            wanted: VecDeque::new(),
            asked: None,
        }
    }

    /// Takes the place on the new connection. Returns the rooms to join, in this order, and the
    /// room to switch to afterwards if that is a different one.
    pub fn arrive(&mut self, here: &Place, now: Instant) -> (Vec<Box<str>>, Option<Box<str>>) {
        if here.rooms.is_empty() {
            return (Vec::new(), None);
        }
        let Some(before) = self.place.take() else { return (Vec::new(), None) };
        let missing: Vec<Box<str>> =
            before.rooms.iter().filter(|room| !here.rooms.contains(room)).cloned().collect();
        let last = missing.last().or(here.rooms.last());
        let wanted = before.rooms.last().filter(|room| Some(*room) != last);
        let awaited = missing.len() + usize::from(wanted.is_some());
        self.awaited = Some((awaited, now + if awaited > 0 { PATIENCE } else { GAP }));
        (missing, wanted.cloned())
    }

    /// Takes a line from the server.
    pub fn hear(
        &mut self,
        line: SanitizedLine,
        told: Option<&Meaning<'_>>,
        shown: &SeenLines,
        now: Instant,
    ) -> CatchUpStep {
        let mut out = CatchUpStep::default();
        let Some(line) = self.hold_past(line, told, shown, now, &mut out) else { return out };
        if self.takes_answer(&line, told, now, &mut out) {
            return out;
        }
        match told {
            Some(Meaning::TalkingIn(room)) => {
                (*room).clone_into(&mut self.talking_in);
                if let Some((awaited, until)) = &mut self.awaited {
                    *awaited = awaited.saturating_sub(1);
                    // The room's replay follows directly.
                    *until = now + if *awaited > 0 { PATIENCE } else { GAP };
                }
            }
            Some(Meaning::Missed { room, lines }) if self.wanted.len() < ROOMS_MAX => {
                let room = room.unwrap_or(&self.talking_in).to_owned();
                self.wanted.push_back((room, *lines));
            }
            Some(Meaning::LoggedIn(_)) => self.held_until = now + GAP,
            Some(Meaning::NotLoggedIn) => self.held_until = now,
            _ => {}
        }
        out.show.push(line);
        self.go_on(shown, now, &mut out);
        out
    }

    /// Keeps a line that belongs to a replay. Returns any other line.
    fn hold_past(
        &mut self,
        line: SanitizedLine,
        told: Option<&Meaning<'_>>,
        shown: &SeenLines,
        now: Instant,
        out: &mut CatchUpStep,
    ) -> Option<SanitizedLine> {
        if let Some(past) = &mut self.past
            && past.lines.len() < past.lines_max
            && line.text().starts_with(PAST_INDENT)
        {
            past.bytes += size_of(&line);
            past.lines.push(line);
            if past.lines.len() == past.lines_max || self.is_full() {
                self.end_past(shown, out);
            }
            return None;
        }
        self.end_past(shown, out);
        let (room, lines) = match told {
            Some(Meaning::Past { room, lines }) if !self.is_full() => (*room, *lines),
            _ => return Some(line),
        };
        // Lines that were requested are shown as they are.
        if self.asked.as_ref().is_some_and(|asked| asked.room == room) {
            return Some(line);
        }
        self.past = Some(Past {
            room: room.to_owned(),
            bytes: size_of(&line),
            heading: line,
            lines: Vec::new(),
            lines_max: lines.min(ROOM_LINES_MAX),
            until: now + PATIENCE,
        });
        None
    }

    /// Follows the answer to a request. Returns whether the line was meant for the client alone.
    fn takes_answer(
        &mut self,
        line: &SanitizedLine,
        told: Option<&Meaning<'_>>,
        now: Instant,
        out: &mut CatchUpStep,
    ) -> bool {
        let Some(asked) = &mut self.asked else { return false };
        match told {
            Some(Meaning::More) => {
                asked.until = now + PATIENCE;
                out.send.push("/more".to_owned());
                true
            }
            Some(Meaning::Busy) => {
                asked.is_busy = true;
                asked.until = now + BUSY_PAUSE;
                true
            }
            _ if line.text().starts_with(PAST_INDENT) => {
                asked.lines_left = asked.lines_left.saturating_sub(1);
                asked.until = now + PATIENCE;
                self.asked.take_if(|asked| asked.lines_left == 0);
                false
            }
            _ => false,
        }
    }

    /// When to call [`Self::wait_no_longer`] if no line arrives.
    pub fn deadline(&self) -> Option<Instant> {
        let past = self.past.as_ref().map(|past| past.until);
        let asked = self.asked.as_ref().map(|asked| asked.until);
        let held = self.held.as_ref().map(|_| self.held_until);
        // Held replays wait for the pending request.
        let awaited = self.awaited.map(|(_, until)| until);
        let first = asked.or(held).into_iter().chain(past).chain(awaited).min();
        first.map(|deadline| deadline.min(self.ends_at))
    }

    /// Handles the deadlines that have passed.
    pub fn wait_no_longer(&mut self, shown: &SeenLines, now: Instant) -> CatchUpStep {
        let mut out = CatchUpStep::default();
        let has_ended = self.ends_at <= now;
        let is_due = |until: Instant| has_ended || until <= now;
        if self.past.as_ref().is_some_and(|past| is_due(past.until)) {
            self.end_past(shown, &mut out);
        }
        self.awaited.take_if(|(_, until)| is_due(*until));
        if let Some(asked) = self.asked.take_if(|asked| is_due(asked.until))
            && asked.is_busy
        {
            self.wanted.push_front((asked.room, asked.lines));
        }
        if has_ended {
            self.wanted.clear();
            self.held_until = now;
        }
        self.go_on(shown, now, &mut out);
        out
    }

    /// Whether there is nothing left to wait for.
    pub fn is_over(&self, now: Instant) -> bool {
        (self.place.is_none() || self.place_until <= now) && self.deadline().is_none()
    }

    /// Requests the next missed lines; once there are none left, shows the held replays.
    fn go_on(&mut self, shown: &SeenLines, now: Instant, out: &mut CatchUpStep) {
        if self.asked.is_some() {
            return;
        }
        if let Some((room, lines)) = self.wanted.pop_front() {
            out.send.push(format!("/history {room} {lines}"));
            let until = now + PATIENCE;
            self.asked =
                Some(PendingQuery { room, lines, lines_left: lines, is_busy: false, until });
            self.held_until = now + GAP;
        } else if self.held_until <= now {
            for past in self.held.take().into_iter().flatten() {
                show(past, shown, out);
            }
        }
    }

    fn end_past(&mut self, shown: &SeenLines, out: &mut CatchUpStep) {
        let Some(past) = self.past.take() else { return };
        match &mut self.held {
            Some(held) => held.push(past),
            None => show(past, shown, out),
        }
    }

    /// Whether no more replays can be held.
    fn is_full(&self) -> bool {
        let held = || self.held.iter().flatten();
        let bytes: usize = held().chain(&self.past).map(|past| past.bytes).sum();
        bytes >= HELD_BYTES_MAX || held().count() >= ROOMS_MAX
    }
}

fn size_of(line: &SanitizedLine) -> usize {
    line.shown(true).len() + line.text().len()
}

/// Shows the new lines of a replay below its heading.
fn show(past: Past, shown: &SeenLines, out: &mut CatchUpStep) {
    let seen = shown.seen_of(&past.room, &past.lines);
    if seen < past.lines.len() {
        out.show.push(past.heading);
        out.show.extend(past.lines.into_iter().skip(seen));
    }
}

#[cfg(test)]
mod tests;
