//! A user's rooms, and the number of unread lines in those other than the current one.
//!
//! The prompt shows both. This module does not know how the user is told, or how wide their screen
//! is.

use super::layout::{ELLIPSIS, PROMPT_SHARE};
use crate::text::width;

/// Maximum number of unread rooms that a prompt names; there may be more.
const UNREAD_NAMED_MAX: usize = 3;

/// A user's rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// All rooms. The last is the current one, which receives what the user says; the others are in
    /// the order in which they were last current.
    pub rooms: Vec<Box<str>>,
    /// Number of lines said in each other room since it was last current, in the order in which the
    /// rooms became unread.
    pub unread: Vec<(Box<str>, u32)>,
}

impl Place {
    /// Sets the rooms; the last one is the current room. Returns whether anything changed.
    pub fn set_rooms<'a>(&mut self, rooms: impl Iterator<Item = &'a str>) -> bool {
        let before = self.clone();
        self.rooms = rooms.map(Into::into).collect();
        let others = others(&self.rooms);
        self.unread.retain(|(room, _)| others.contains(room));
        *self != before
    }

    /// Adds to the unread lines of a room other than the current one.
    pub fn add_unread(&mut self, room: &str, lines: u32) {
        match self.unread.iter_mut().find(|(other, _)| **other == *room) {
            Some((_, count)) => *count = count.saturating_add(lines),
            // A line that was on its way when the user switched to the room, or left it, does not
            // count.
            None if others(&self.rooms).iter().any(|other| **other == *room) => {
                self.unread.push((room.into(), lines));
            }
            None => {}
        }
    }

    /// The number of unread lines in all rooms.
    pub fn unread_total(&self) -> u64 {
        self.unread.iter().map(|(_, lines)| u64::from(*lines)).sum()
    }

    /// The room to switch to next: the first unread one, otherwise the previously current one.
    pub fn next_room(&self) -> Option<&str> {
        let unread = self.unread.first().map(|(room, _)| &**room);
        unread.or_else(|| others(&self.rooms).last().map(|room| &**room))
    }

    /// The prompt before the typed text: `#lobby (+3 #ops)> `. It takes at most half of the
    /// columns. If that is too little, it names fewer unread rooms, `#lobby (+3)> `, and finally
    /// shortens the name of the current one.
    pub fn prompt(&self, columns: usize) -> String {
        let room = self.rooms.last().map(|room| &**room).unwrap_or_default();
        let columns_max = columns / PROMPT_SHARE;
        let named = (0..=self.unread.len().min(UNREAD_NAMED_MAX)).rev();
        let mut prompts = named.map(|count| format!("{room}{}> ", self.unread_naming(count)));
        prompts.find(|prompt| width::columns(prompt) <= columns_max).unwrap_or_else(|| {
            let end = format!("{ELLIPSIS}{}> ", self.unread_naming(0));
            let left = columns_max.saturating_sub(width::columns(&end));
            format!("{}{end}", width::beginning(room, left))
        })
    }

    /// The unread lines, naming this many rooms.
    fn unread_naming(&self, count: usize) -> String {
        if self.unread.is_empty() {
            return String::new();
        }
        if count == 0 {
            return format!(" (+{})", self.unread_total());
        }
        let named = self.unread.iter().take(count).map(|(room, lines)| format!("+{lines} {room}"));
        let more = (count < self.unread.len()).then(|| "…".to_owned());
        format!(" ({})", named.chain(more).collect::<Vec<_>>().join(" "))
    }
}

/// All rooms but the current one.
fn others(rooms: &[Box<str>]) -> &[Box<str>] {
    rooms.split_last().map_or(&[], |(_, others)| others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(rooms: &[&str]) -> Place {
        let mut place = Place::default();
        place.set_rooms(rooms.iter().copied());
        place
    }

    #[test]
    fn the_prompt_names_the_room_and_unread_rooms() {
        assert_eq!(at(&[]).prompt(80), "> ");
        let mut place = at(&["#ops", "#dev", "#lobby"]);
        assert_eq!(place.prompt(80), "#lobby> ");
        place.add_unread("#ops", 1);
        place.add_unread("#ops", 2);
        assert_eq!(place.prompt(80), "#lobby (+3 #ops)> ");
        place.add_unread("#dev", 1);
        assert_eq!(
            (place.prompt(80).as_str(), place.unread_total()),
            ("#lobby (+3 #ops +1 #dev)> ", 4)
        );
        let mut place = at(&["#a", "#b", "#c", "#d", "#e"]);
        for room in ["#a", "#b", "#c", "#d"] {
            place.add_unread(room, 9);
        }
        assert_eq!(place.prompt(80), "#e (+9 #a +9 #b +9 #c …)> ");
        assert_eq!(place.prompt(40), "#e (+9 #a +9 #b …)> ");
        assert_eq!(place.prompt(20), "#e (+36)> ");
        assert_eq!(at(&["#a-room-with-a-long-name"]).prompt(40), "#a-room-with-a-lo…> ");
        assert_eq!(at(&["#花园里的花园"]).prompt(20), "#花园里…> ");
    }

    #[test]
    fn the_current_room_has_nothing_unread() {
        let mut place = at(&["#ops", "#dev", "#lobby"]);
        place.add_unread("#ops", 3);
        place.add_unread("#dev", 1);
        assert_eq!(place.next_room(), Some("#ops"));
        assert!(place.set_rooms(["#dev", "#lobby", "#ops"].into_iter()));
        assert!(!place.set_rooms(["#dev", "#lobby", "#ops"].into_iter()));
        assert_eq!(place.prompt(80), "#ops (+1 #dev)> ");
        // A last line from a room that the user has left.
        place.set_rooms(["#lobby", "#ops"].into_iter());
        place.add_unread("#dev", 1);
        place.add_unread("#ops", 1);
        assert_eq!(place.prompt(80), "#ops> ");
        assert_eq!(place.next_room(), Some("#lobby"));
        assert_eq!(at(&["#lobby"]).next_room(), None);
    }
}
