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

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::terminal::Place;

use super::told::Told;
use super::untrusted::Line;

/// Lines that were shown and are remembered: more than any server replays (200).
const SHOWN_LINES_MAX: usize = 400;

/// Bytes of each that are compared.
const SHOWN_BYTES_MAX: usize = 512;

/// How long an answer may take. Behind the answer to a login there are slow things.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long all of it may take until somebody is taken to be there: what they ask for from then on
/// is theirs.
const ARRIVAL_PATIENCE: Duration = Duration::from_secs(30);

/// How long more of what has begun may take.
const GAP: Duration = Duration::from_millis(500);

/// Lines of the past are indented by this.
const PAST_INDENT: &str = "  ";

/// Where everybody comes in, if the server has not said otherwise.
const LOBBY: &str = "#lobby";

/// What was on the screen last, without what differs when it is shown again.
#[derive(Debug, Default)]
pub struct Shown(VecDeque<Box<str>>);

impl Shown {
    /// A line has been shown.
    pub fn remember(&mut self, text: &str) {
        if self.0.len() == SHOWN_LINES_MAX {
            self.0.pop_front();
        }
        self.0.push_back(essence(text).into());
    }

    /// How many of these lines, from the first on, have been shown.
    fn seen_of(&self, lines: &[Line]) -> usize {
        let essences: Vec<&str> = lines.iter().map(|line| essence(line.text())).collect();
        let are_seen = |count: &usize| {
            let mut shown = self.0.iter().rev();
            essences[..*count].iter().rev().all(|line| shown.any(|other| **other == **line))
        };
        (1..=lines.len()).rev().find(are_seen).unwrap_or(0)
    }
}

/// A line without its indentation, time and room.
fn essence(text: &str) -> &str {
    let mut rest = text.trim_start_matches(' ');
    let is_time = |word: &str| {
        word.len() >= 5 && word.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '-'))
    };
    while let Some((word, behind)) = rest.split_once(' ')
        && is_time(word)
    {
        rest = behind;
    }
    if let Some((room, behind)) = rest.strip_prefix("[#").and_then(|tag| tag.split_once("] "))
        && !room.contains(' ')
    {
        rest = behind;
    }
    let fits = |(at, c): &(usize, char)| at + c.len_utf8() <= SHOWN_BYTES_MAX;
    let end = rest.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
    &rest[..end]
}

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
    heading: Line,
    lines: Vec<Line>,
    lines_max: usize,
    until: Instant,
}

/// A question about what was missed.
#[derive(Debug)]
struct Asked {
    room: String,
    lines: usize,
    lines_left: usize,
    until: Instant,
}

/// The way back into one server.
#[derive(Debug)]
pub struct CatchUp {
    /// The last place, if we are not there yet.
    place: Option<Place>,
    place_until: Instant,
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
        let is_past = line.text().starts_with(PAST_INDENT);
        match (&mut self.past, told) {
            (_, Some(Told::Past { lines })) if self.asked.is_none() => {
                self.end_past(shown, &mut out);
                let past =
                    Past { heading: line, lines: Vec::new(), lines_max: *lines, until: now + GAP };
                self.past = Some(past);
                return out;
            }
            (Some(past), _) if is_past && past.lines.len() < past.lines_max => {
                past.lines.push(line);
                past.until = now + GAP;
                if past.lines.len() == past.lines_max {
                    self.end_past(shown, &mut out);
                }
                return out;
            }
            _ => self.end_past(shown, &mut out),
        }
        match (&mut self.asked, told) {
            (Some(asked), Some(Told::More)) => {
                asked.until = now + PATIENCE;
                out.send.push("/more".to_owned());
                return out;
            }
            (Some(asked), Some(Told::Busy)) => {
                let again = (std::mem::take(&mut asked.room), asked.lines);
                self.wanted.push_front(again);
                // It is asked for once more when this is over.
                asked.until = now + GAP;
                return out;
            }
            (Some(asked), _) if is_past => {
                asked.lines_left = asked.lines_left.saturating_sub(1);
                asked.until = now + PATIENCE;
                if asked.lines_left == 0 {
                    self.asked = None;
                }
            }
            _ => {}
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
            Some(Told::Missed { room, lines }) => {
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

    /// When to look again, if nothing comes.
    pub fn deadline(&self) -> Option<Instant> {
        let past = self.past.as_ref().map(|past| past.until);
        let asked = self.asked.as_ref().map(|asked| asked.until);
        let held = self.held.as_ref().map(|_| self.held_until);
        // What is held waits for what was asked for.
        let awaited = self.awaited.map(|(_, until)| until);
        asked.or(held).into_iter().chain(past).chain(awaited).min()
    }

    /// Time has passed.
    pub fn wait_no_longer(&mut self, shown: &Shown, now: Instant) -> Outcome {
        let mut out = Outcome::default();
        if self.past.as_ref().is_some_and(|past| past.until <= now) {
            self.end_past(shown, &mut out);
        }
        self.asked.take_if(|asked| asked.until <= now);
        self.awaited.take_if(|(_, until)| *until <= now);
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
            self.asked = Some(Asked { room, lines, lines_left: lines, until: now + PATIENCE });
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
}

/// Shows what is new of it, below its heading.
fn show(past: Past, shown: &Shown, out: &mut Outcome) {
    let seen = shown.seen_of(&past.lines);
    if seen < past.lines.len() {
        out.show.push(past.heading);
        out.show.extend(past.lines.into_iter().skip(seen));
    }
}

#[cfg(test)]
#[path = "catch_up/tests.rs"]
mod tests;
