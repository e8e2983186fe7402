//! Coming back after a broken connection: the rooms one was in, and what was said meanwhile, each
//! line of it once.
//!
//! Owned here: what to ask the server for, and which of its answers has been seen before. Not known
//! here: who one is, and how a line is shown. Pure; time is passed in.
//!
//! A server tells those who are logged in how many lines they have missed; these are asked for, a
//! room at a time. Everybody is shown the last lines of each room they come into. Of these,
//! the beginning may have been on the screen already, and is recognised there: as many lines as
//! can be found in the same order among those that were shown last.

mod seen;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::limits::ROOMS_PER_CLIENT_MAX;
use crate::terminal::Place;

pub use self::seen::Shown;
use super::meaning::{LOBBY, Told};
use super::sanitize::Line;

use self::seen::{PAST_INDENT, ROOM_LINES_MAX};

/// How long an answer may take. Behind the answer to a login there are slow things.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long all of it may take until somebody is taken to be there: what they ask for from then on
/// is theirs.
const ARRIVAL_PATIENCE: Duration = Duration::from_secs(30);

/// How long it may take at all, whatever the server goes on to say.
const CATCH_UP_PATIENCE: Duration = Duration::from_secs(60);

/// How long what comes right behind something else may take: a packet that is lost is sent again
/// within that time.
const GAP: Duration = Duration::from_secs(2);

/// The pause before a busy server is asked again.
const BUSY_PAUSE: Duration = Duration::from_millis(500);

/// Rooms whose past is held, or asked for: as many as one may be in.
const ROOMS_MAX: usize = ROOMS_PER_CLIENT_MAX;

/// Bytes that are held, in all: 200 lines of every room, if they are not of the longest. What comes
/// when there are so many is shown as it comes.
const HELD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a line makes one do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// To be shown, in this order.
    pub show: Vec<Line>,
    /// To be sent.
    pub send: Vec<String>,
}

/// Lines of the past as they come in.
#[derive(Debug)]
struct Past {
    room: String,
    heading: Line,
    lines: Vec<Line>,
    bytes: usize,
    /// A server that announces more than any has is not waited for so long.
    lines_max: usize,
    until: Instant,
}

/// A question about what was missed.
#[derive(Debug)]
struct Asked {
    room: String,
    lines: usize,
    lines_left: usize,
    /// It is to be asked once more, when it is over.
    is_busy: bool,
    until: Instant,
}

/// The way back into one server.
#[derive(Debug)]
pub struct CatchUp {
    /// The last place, if we are not there yet.
    place: Option<Place>,
    place_until: Instant,
    /// The end of all waiting.
    ends_at: Instant,
    /// Rooms that have been asked for and not been answered, and how long that may take.
    awaited: Option<(usize, Instant)>,
    talking_in: String,
    past: Option<Past>,
    /// Of who is logged in: what is kept until it is known how much they have missed.
    held: Option<Vec<Past>>,
    held_until: Instant,
    wanted: VecDeque<(String, usize)>,
    asked: Option<Asked>,
}

impl CatchUp {
    /// Back to a place, by logging in or not.
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

    /// We are here: the rooms to go to, in this order, and the one to talk in, if that is another
    /// then.
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

    /// Takes a line.
    pub fn hear(
        &mut self,
        line: Line,
        told: Option<&Told<'_>>,
        shown: &Shown,
        now: Instant,
    ) -> Outcome {
        let mut out = Outcome::default();
        let Some(line) = self.hold_past(line, told, shown, now, &mut out) else { return out };
        if self.takes_answer(&line, told, now, &mut out) {
            return out;
        }
        match told {
            Some(Told::TalkingIn(room)) => {
                (*room).clone_into(&mut self.talking_in);
                if let Some((awaited, until)) = &mut self.awaited {
                    *awaited = awaited.saturating_sub(1);
                    // What was said there comes right behind this.
                    *until = now + if *awaited > 0 { PATIENCE } else { GAP };
                }
            }
            Some(Told::Missed { room, lines }) if self.wanted.len() < ROOMS_MAX => {
                let room = room.unwrap_or(&self.talking_in).to_owned();
                self.wanted.push_back((room, *lines));
            }
            Some(Told::LoggedIn(_)) => self.held_until = now + GAP,
            Some(Told::NotLoggedIn) => self.held_until = now,
            _ => {}
        }
        out.show.push(line);
        self.go_on(shown, now, &mut out);
        out
    }

    /// Keeps a line that is of a replay. Gives any other back.
    fn hold_past(
        &mut self,
        line: Line,
        told: Option<&Told<'_>>,
        shown: &Shown,
        now: Instant,
        out: &mut Outcome,
    ) -> Option<Line> {
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
            Some(Told::Past { room, lines }) if !self.is_full() => (*room, *lines),
            _ => return Some(line),
        };
        // What one has asked for is shown as it is.
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

    /// Follows the answer to what was asked. Gives whether the line was for us alone.
    fn takes_answer(
        &mut self,
        line: &Line,
        told: Option<&Told<'_>>,
        now: Instant,
        out: &mut Outcome,
    ) -> bool {
        let Some(asked) = &mut self.asked else { return false };
        match told {
            Some(Told::More) => {
                asked.until = now + PATIENCE;
                out.send.push("/more".to_owned());
                true
            }
            Some(Told::Busy) => {
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

    /// When to look again, if nothing comes.
    pub fn deadline(&self) -> Option<Instant> {
        let past = self.past.as_ref().map(|past| past.until);
        let asked = self.asked.as_ref().map(|asked| asked.until);
        let held = self.held.as_ref().map(|_| self.held_until);
        // What is held waits for what was asked for.
        let awaited = self.awaited.map(|(_, until)| until);
        let first = asked.or(held).into_iter().chain(past).chain(awaited).min();
        first.map(|deadline| deadline.min(self.ends_at))
    }

    /// Time has passed.
    pub fn wait_no_longer(&mut self, shown: &Shown, now: Instant) -> Outcome {
        let mut out = Outcome::default();
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

    /// Whether there is nothing more to wait for.
    pub fn is_over(&self, now: Instant) -> bool {
        (self.place.is_none() || self.place_until <= now) && self.deadline().is_none()
    }

    /// Asks for what was missed next; once there is no more, what was held is shown.
    fn go_on(&mut self, shown: &Shown, now: Instant, out: &mut Outcome) {
        if self.asked.is_some() {
            return;
        }
        if let Some((room, lines)) = self.wanted.pop_front() {
            out.send.push(format!("/history {room} {lines}"));
            let until = now + PATIENCE;
            self.asked = Some(Asked { room, lines, lines_left: lines, is_busy: false, until });
            self.held_until = now + GAP;
        } else if self.held_until <= now {
            for past in self.held.take().into_iter().flatten() {
                show(past, shown, out);
            }
        }
    }

    fn end_past(&mut self, shown: &Shown, out: &mut Outcome) {
        let Some(past) = self.past.take() else { return };
        match &mut self.held {
            Some(held) => held.push(past),
            None => show(past, shown, out),
        }
    }

    /// Whether no more can be kept.
    fn is_full(&self) -> bool {
        let held = || self.held.iter().flatten();
        let bytes: usize = held().chain(&self.past).map(|past| past.bytes).sum();
        bytes >= HELD_BYTES_MAX || held().count() >= ROOMS_MAX
    }
}

fn size_of(line: &Line) -> usize {
    line.shown(true).len() + line.text().len()
}

/// Shows what is new of it, below its heading.
fn show(past: Past, shown: &Shown, out: &mut Outcome) {
    let seen = shown.seen_of(&past.room, &past.lines);
    if seen < past.lines.len() {
        out.show.push(past.heading);
        out.show.extend(past.lines.into_iter().skip(seen));
    }
}

#[cfg(test)]
mod tests;
