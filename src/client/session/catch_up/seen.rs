//! What was on the screen last, room by room, to recognise it when a server replays it.
//!
//! Owned here: which room a line is of, and what of it is the same whenever it is shown. Not known
//! here: which lines are replays.

use std::collections::VecDeque;

use crate::client::session::meaning::{self, LOBBY, Told};
use crate::client::session::sanitize::Line;
use crate::limits::ROOMS_PER_CLIENT_MAX;

/// Rooms that are remembered: as many as one may be in. Who goes through more forgets the one that
/// was silent for longest.
const ROOMS_MAX: usize = ROOMS_PER_CLIENT_MAX;

/// Lines of each: more than any server replays (200).
pub(super) const ROOM_LINES_MAX: usize = 256;

/// Bytes of each line that are compared.
const LINE_BYTES_MAX: usize = 512;

/// Lines of the past are indented by this.
pub(super) const PAST_INDENT: &str = "  ";

/// What people have said that was on the screen last, without what differs when it is shown again.
#[derive(Debug, Default)]
pub struct Shown {
    /// The one that was talked in last is the last.
    rooms: VecDeque<Room>,
    /// A line without a room before it is of this one.
    talking_in: Box<str>,
    /// And one of the past, of this one.
    past_of: Box<str>,
}

#[derive(Debug)]
struct Room {
    name: Box<str>,
    lines: VecDeque<Box<str>>,
}

impl Shown {
    /// From now on this is where one talks.
    pub fn talk_in(&mut self, room: &str) {
        self.talking_in = room.into();
    }

    /// A line has been shown.
    pub fn remember(&mut self, text: &str) {
        let parts = Parts::of(text);
        if !parts.is_said() {
            match meaning::read(text) {
                Some(Told::Welcome(_)) => self.talk_in(LOBBY),
                Some(Told::TalkingIn(room)) => self.talk_in(room),
                Some(Told::Past { room, .. } | Told::PastOf(room)) => self.past_of = room.into(),
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
            Room { name: name.into(), lines: VecDeque::new() }
        });
        self.rooms.push_back(room);
        &mut self.rooms.back_mut().expect("it has just been added").lines
    }

    /// Where a line of a room is among those that have been shown there, from this place on: the place
    /// behind it.
    pub fn find(&self, room: &str, text: &str, from: usize) -> Option<usize> {
        let room = self.rooms.iter().find(|known| *known.name == *room)?;
        let essence = Parts::of(text).essence;
        let found = room.lines.iter().skip(from).position(|known| **known == *essence)?;
        Some(from + found + 1)
    }

    /// How many of these lines of a room, from the first on, have been shown there in this order.
    pub(super) fn seen_of(&self, room: &str, lines: &[Line]) -> usize {
        let Some(room) = self.rooms.iter().find(|known| *known.name == *room) else { return 0 };
        let mut lines = lines.iter().map(|line| Parts::of(line.text()).essence).peekable();
        // Taking each as early as it is found leaves the most for those behind it.
        room.lines.iter().filter(|known| lines.next_if(|line| *line == &***known).is_some()).count()
    }
}

/// A line, taken apart.
struct Parts<'a> {
    is_past: bool,
    room: Option<&'a str>,
    /// What is left, as far as it is compared.
    essence: &'a str,
}

impl<'a> Parts<'a> {
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

    /// Whether somebody has said or done it. What is said to one person alone has an arrow.
    fn is_said(&self) -> bool {
        let name = self.essence.split_once(": ").map(|(name, _)| name);
        self.essence.starts_with("* ") || name.is_some_and(|name| !name.contains(' '))
    }
}

/// `14:02` or `2026-11-22`: no name is like the one, and behind the name of who says something
/// there is a colon.
fn is_time(word: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let is = |known: &str| word.len() == known.len() && word.chars().map(shape).eq(known.chars());
    is("00:00") || is("0000-00-00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_is_not_shown_again() {
        let check = |before: &[&str], past: &[&str], expected: usize| {
            let mut shown = Shown::default();
            shown.talk_in("#lobby");
            before.iter().for_each(|line| shown.remember(line));
            let past: Vec<Line> = past.iter().map(|line| Line::read(line.as_bytes())).collect();
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
        // The beginning is out of memory, the rest is not: nothing is lost.
        check(&["b: two"], &["  14:00 b: one", "  14:01 b: two"], 0);
        // A name may look like a number, but not like a time.
        check(&["12345: hi"], &["  14:00 12345: hi"], 1);
        check(&["12345: hi"], &["  14:00 54321: hi"], 0);
        // Elsewhere, and to one alone.
        check(&["[#ops] ann: hi"], &["  14:00 ann: hi"], 0);
        check(&["What you say goes to #ops now.", "ann: hi"], &["  14:00 ann: hi"], 0);
        check(&["The last line in #ops:", "  14:00 ann: hi"], &["  14:00 ann: hi"], 0);
        check(&["The last line in #lobby:", "  14:00 ann: hi"], &["  14:00 ann: hi"], 1);
        check(&["ann → you (private): hi"], &["  14:00 ann → you (private): hi"], 0);
        // Only the beginning of long ones.
        let (long, longer) = ("你".repeat(200), "你".repeat(300));
        check(&[&format!("ann: {long}")], &[&format!("  14:00 ann: {longer}")], 1);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut shown = Shown::default();
        for room in 0..2 * ROOMS_MAX {
            (0..2 * ROOM_LINES_MAX).for_each(|n| shown.remember(&format!("[#r{room}] eve: {n}")));
        }
        assert_eq!(shown.rooms.len(), ROOMS_MAX);
        assert!(shown.rooms.iter().all(|room| room.lines.len() == ROOM_LINES_MAX));
        let last = [Line::read(format!("  14:00 eve: {}", 2 * ROOM_LINES_MAX - 1).as_bytes())];
        assert_eq!(shown.seen_of("#r0", &last), 0);
        assert_eq!(shown.seen_of(&format!("#r{}", 2 * ROOMS_MAX - 1), &last), 1);
    }
}
