//! How far the user has read in each room: the number of the last line that was shown.
//!
//! This module decides whether a line is new. It does not know why it arrives.

use std::collections::VecDeque;
use std::time::SystemTime;

use crate::limits::ROOMS_PER_CLIENT_MAX;
use crate::model::{Heading, Past, PastEnd, Reply, Timestamp};
use crate::wire::json::message::ServerMessage;

/// Maximum number of rooms remembered: as many as a user may be in. Beyond that, the room that has
/// been silent for longest is forgotten.
const ROOMS_MAX: usize = ROOMS_PER_CLIENT_MAX;

/// Maximum length in bytes of the name of a room that is remembered: more than any server accepts.
pub(super) const ROOM_BYTES_MAX: usize = 256;

/// The lines shown last. The room that was active last is the last one.
#[derive(Debug, Default)]
pub struct ShownLines(VecDeque<LastShown>);

/// The last line shown in a room.
#[derive(Debug)]
struct LastShown {
    room: Box<str>,
    seq: u64,
    /// The latest time of a line. A server that has forgotten the room gives the same numbers to
    /// later lines.
    at: Timestamp,
}

impl ShownLines {
    /// The number of the last line shown in a room, if one was.
    pub fn last_seq(&self, room: &str) -> Option<u64> {
        self.0.iter().find(|last| *last.room == *room).map(|last| last.seq)
    }

    /// Notes that a line is shown. Returns whether it is new.
    pub fn take(&mut self, room: &str, seq: u64, at: Timestamp) -> bool {
        let position = self.0.iter().position(|last| *last.room == *room);
        if position.is_some_and(|last| seq <= self.0[last].seq && at <= self.0[last].at) {
            return false;
        }
        if room.len() > ROOM_BYTES_MAX {
            return true;
        }
        let known = position.and_then(|position| self.0.remove(position));
        let at = known.map_or(at, |last| last.at.max(at));
        if self.0.len() == ROOMS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(LastShown { room: room.into(), seq, at });
        true
    }

    /// Notes that the user has read up to this line of a room, but not the line itself, unless it
    /// is known how far they have read.
    pub fn begin_before(&mut self, room: &str, seq: u64) {
        if self.last_seq(room).is_none() {
            self.take(room, seq.saturating_sub(1), SystemTime::UNIX_EPOCH.into());
        }
    }

    /// Notes that a message is shown. Returns what is new in it, as everything is that nobody says.
    pub fn new_part(&mut self, message: ServerMessage) -> Option<ServerMessage> {
        match message {
            ServerMessage::Event(event) => {
                let is_new = event.seq.is_none_or(|seq| self.take(&event.room, seq, event.at));
                is_new.then_some(ServerMessage::Event(event))
            }
            ServerMessage::Reply(Reply::Past(mut past)) => {
                self.take_new(&mut past).then_some(ServerMessage::Reply(Reply::Past(past)))
            }
            other => Some(other),
        }
    }

    /// Notes that past lines are shown as they are. Only the last lines of a room say how far the
    /// user has read there.
    pub fn note_past(&mut self, past: &Past) {
        let is_last = matches!(past.heading, Some(Heading::Last { .. }));
        if let Some(room) = past.room.as_deref().filter(|_| is_last && past.end == PastEnd::Whole) {
            past.lines.iter().for_each(|line| _ = self.take(room, line.seq, line.at));
        }
    }

    /// Leaves only the new lines and gaps, which are shown then. Returns whether there are any.
    pub fn take_new(&mut self, past: &mut Past) -> bool {
        let room = past.room.as_deref().unwrap_or_default();
        let last = self.last_seq(room);
        let mut gaps = std::mem::take(&mut past.gaps).into_vec();
        gaps.retain(|(_, end)| last.is_none_or(|last| last < *end));
        let mut lines = std::mem::take(&mut past.lines).into_vec();
        lines.retain(|line| self.take(room, line.seq, line.at));
        (past.gaps, past.lines) = (gaps.into(), lines.into());
        !(past.gaps.is_empty() && past.lines.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64) -> Timestamp {
        Timestamp(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[test]
    fn a_line_is_new_once() {
        let mut shown = ShownLines::default();
        assert!(shown.take("#lobby", 5, at(50)) && !shown.take("#lobby", 5, at(50)));
        assert!(!shown.take("#lobby", 4, at(40)) && shown.take("#ops", 4, at(40)));
        assert!(shown.take("#lobby", 6, at(49)) && !shown.take("#lobby", 5, at(50)));
        // The server has forgotten the room and counts anew.
        assert!(shown.take("#lobby", 1, at(51)) && shown.take("#lobby", 2, at(51)));
        assert!(!shown.take("#lobby", 1, at(51)));
        assert_eq!(shown.last_seq("#lobby"), Some(2));
    }

    #[test]
    fn remembered_rooms_are_bounded() {
        let mut shown = ShownLines::default();
        for room in 0..2 * ROOMS_MAX {
            assert!(shown.take(&format!("#r{room}"), 1, at(0)));
            assert!(!shown.take(&format!("#r{room}"), 1, at(0)));
        }
        assert_eq!((shown.0.len(), shown.last_seq("#r0")), (ROOMS_MAX, None));
        let long = "x".repeat(1_000_000);
        assert!(shown.take(&long, 1, at(0)) && shown.take(&long, 1, at(0)));
    }
}
