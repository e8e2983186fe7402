//! The lines shown last in each room, to recognise them when a server replays them.
//!
//! This module decides which room a line belongs to and which part of it stays the same whenever it
//! is shown. It does not know which lines are replays.

use std::collections::VecDeque;

use crate::client::session::meaning::{self, LOBBY, Meaning};
use crate::client::session::sanitize::SanitizedLine;
use crate::limits::ROOMS_PER_CLIENT_MAX;

/// Maximum number of rooms remembered: as many as a user may be in. Beyond that, the room that has
/// been silent for longest is forgotten.
const ROOMS_MAX: usize = ROOMS_PER_CLIENT_MAX;

/// Number of lines remembered per room: more than any server replays (200).
pub(super) const ROOM_LINES_MAX: usize = 256;

/// Number of bytes of each line that are compared.
const LINE_BYTES_MAX: usize = 512;

/// The indent of earlier lines.
pub(super) const PAST_INDENT: &str = "  ";

/// The messages shown last, without the parts that differ when they are shown again.
#[derive(Debug, Default)]
pub struct SeenLines {
    /// The most recently active room is the last.
    rooms: VecDeque<SeenRoom>,
    /// The room of lines that do not name one.
    talking_in: Box<str>,
    /// The room of earlier lines that do not name one.
    past_of: Box<str>,
}

#[derive(Debug)]
struct SeenRoom {
    name: Box<str>,
    lines: VecDeque<Box<str>>,
}

impl SeenLines {
    /// Sets the current room.
    pub fn talk_in(&mut self, room: &str) {
        self.talking_in = room.into();
    }

    /// Takes a line that has been shown.
    pub fn remember(&mut self, text: &str) {
        let parts = LineParts::of(text);
        if !parts.is_said() {
            match meaning::read(text) {
                Some(Meaning::Welcome(_)) => self.talk_in(LOBBY),
                Some(Meaning::TalkingIn(room)) => self.talk_in(room),
                Some(Meaning::Past { room, .. } | Meaning::PastOf(room)) => {
                    self.past_of = room.into()
                }
                // Notices are not replayed.
                _ => {}
            }
            return;
        }
        let room = match parts.room {
            Some(room) => room.into(),
            None if parts.is_past => self.past_of.clone(),
            None => self.talking_in.clone(),
        };
        let lines = self.lines_of(&room);
        if lines.len() == ROOM_LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(parts.essence.into());
    }

    fn lines_of(&mut self, name: &str) -> &mut VecDeque<Box<str>> {
        let at = self.rooms.iter().rposition(|room| *room.name == *name);
        let room = at.and_then(|at| self.rooms.remove(at)).unwrap_or_else(|| {
            if self.rooms.len() == ROOMS_MAX {
                self.rooms.pop_front();
            }
            SeenRoom { name: name.into(), lines: VecDeque::new() }
        });
        self.rooms.push_back(room);
        &mut self.rooms.back_mut().expect("it has just been added").lines
    }

    /// Finds a line among those shown in a room, from this position on. Returns the position after
    /// it.
    pub fn find(&self, room: &str, text: &str, from: usize) -> Option<usize> {
        let room = self.rooms.iter().find(|known| *known.name == *room)?;
        let essence = LineParts::of(text).essence;
        let found = room.lines.iter().skip(from).position(|known| **known == *essence)?;
        Some(from + found + 1)
    }

    /// How many of these lines, from the first on, have been shown in the room in this order.
    pub(super) fn seen_of(&self, room: &str, lines: &[SanitizedLine]) -> usize {
        let Some(room) = self.rooms.iter().find(|known| *known.name == *room) else { return 0 };
        let mut lines = lines.iter().map(|line| LineParts::of(line.text()).essence).peekable();
        // Matching each line as early as possible leaves the most for those after it.
        room.lines.iter().filter(|known| lines.next_if(|line| *line == &***known).is_some()).count()
    }
}

struct LineParts<'a> {
    is_past: bool,
    room: Option<&'a str>,
    /// The rest, as far as it is compared.
    essence: &'a str,
}

impl<'a> LineParts<'a> {
    fn of(text: &'a str) -> Self {
        let is_past = text.starts_with(PAST_INDENT);
        let mut rest = text.trim_start_matches(' ');
        while let Some((word, behind)) = rest.split_once(' ')
            && is_time(word)
        {
            rest = behind;
        }
        let tag = rest.strip_prefix('[').and_then(|tag| tag.split_once("] "));
        let tag = tag.filter(|(room, _)| room.starts_with('#') && !room.contains(' '));
        let (room, rest) = tag.map_or((None, rest), |(room, behind)| (Some(room), behind));
        let most = LINE_BYTES_MAX.min(rest.len());
        let end = (0..=most).rfind(|&at| rest.is_char_boundary(at)).unwrap_or(0);
        Self { is_past, room, essence: &rest[..end] }
    }

    /// Whether the line is a message or an action of a user. Private messages have an arrow
    /// instead.
    fn is_said(&self) -> bool {
        let name = self.essence.split_once(": ").map(|(name, _)| name);
        self.essence.starts_with("* ") || name.is_some_and(|name| !name.contains(' '))
    }
}

/// Whether a word is a time: `14:02` or `2026-11-22`. No name looks like the first, and the name of
/// a message's author is followed by a colon.
fn is_time(word: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let is = |known: &str| word.len() == known.len() && word.chars().map(shape).eq(known.chars());
    is("00:00") || is("0000-00-00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_shown_before_are_recognised() {
        let check = |before: &[&str], past: &[&str], expected: usize| {
            let mut shown = SeenLines::default();
            shown.talk_in("#lobby");
            before.iter().for_each(|line| shown.remember(line));
            let past: Vec<SanitizedLine> =
                past.iter().map(|line| SanitizedLine::read(line.as_bytes())).collect();
            assert_eq!(shown.seen_of("#lobby", &past), expected, "{before:?}");
        };
        check(&[], &["  14:00 ann: hi"], 0);
        check(&["ann: hi"], &["  14:00 ann: hi", "  14:01 bob: hi"], 1);
        check(&["ann: hi", "ann joined"], &["  14:00 ann: hi"], 1);
        check(&["14:00 [#lobby] ann: hi"], &["  2026-11-22 14:00 ann: hi"], 1);
        check(&["* ann waves"], &["  14:00 * ann waves"], 1);
        check(&["\u{1f600} ann: hi"], &["  14:00 ann: hi"], 0);
        // Said before and again.
        check(&["a: x", "b: hi"], &["  14:00 a: x", "  14:00 b: hi", "  14:01 b: hi"], 2);
        check(&["b: hi"], &["  14:00 a: new", "  14:01 b: hi"], 0);
        // The first line is no longer remembered, the second one is: nothing is lost.
        check(&["b: two"], &["  14:00 b: one", "  14:01 b: two"], 0);
        // A name may look like a number, but not like a time.
        check(&["12345: hi"], &["  14:00 12345: hi"], 1);
        check(&["12345: hi"], &["  14:00 54321: hi"], 0);
        // In another room, and in private.
        check(&["[#ops] ann: hi"], &["  14:00 ann: hi"], 0);
        check(&["You are talking in #ops now.", "ann: hi"], &["  14:00 ann: hi"], 0);
        check(&["The last message in #ops:", "  14:00 ann: hi"], &["  14:00 ann: hi"], 0);
        check(&["The last message in #lobby:", "  14:00 ann: hi"], &["  14:00 ann: hi"], 1);
        check(&["ann → you (private): hi"], &["  14:00 ann → you (private): hi"], 0);
        // Only the beginning of a long line is compared.
        let (long, longer) = ("你".repeat(200), "你".repeat(300));
        check(&[&format!("ann: {long}")], &[&format!("  14:00 ann: {longer}")], 1);
    }

    #[test]
    fn remembered_lines_are_bounded() {
        let mut shown = SeenLines::default();
        for room in 0..2 * ROOMS_MAX {
            (0..2 * ROOM_LINES_MAX).for_each(|n| shown.remember(&format!("[#r{room}] eve: {n}")));
        }
        assert_eq!(shown.rooms.len(), ROOMS_MAX);
        assert!(shown.rooms.iter().all(|room| room.lines.len() == ROOM_LINES_MAX));
        let last =
            [SanitizedLine::read(format!("  14:00 eve: {}", 2 * ROOM_LINES_MAX - 1).as_bytes())];
        assert_eq!(shown.seen_of("#r0", &last), 0);
        assert_eq!(shown.seen_of(&format!("#r{}", 2 * ROOMS_MAX - 1), &last), 1);
    }
}
