//! Remembers what the log file already contains, so that the server's replays are not logged twice.
//!
//! A server shows a user who joins a room its last lines. For a user who connects every day, these
//! are the lines logged last. This module decides which of them are new. It does not know the file.

use crate::client::session::catch_up::SeenLines;
use crate::client::session::meaning::{self, Meaning};

/// The indent of earlier lines.
const PAST_INDENT: &str = "  ";

/// The lines logged last.
#[derive(Debug, Default)]
pub struct LoggedLines {
    shown: SeenLines,
    replay: Option<Replay>,
}

/// A replay while it is being received.
#[derive(Debug)]
struct Replay {
    room: String,
    /// The heading, which is logged above the first new line.
    heading: Option<String>,
    lines_left: usize,
    /// The position after the logged lines that were replayed. Once a line is new, no later one has
    /// been logged.
    at: usize,
}

impl LoggedLines {
    /// Starts with the lines in the file, without their times.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut logged = Self::default();
        logged.shown.talk_in(meaning::LOBBY);
        lines.into_iter().for_each(|line| logged.shown.remember(line));
        logged
    }

    /// Takes a line that is shown. Returns the lines to append.
    pub fn take(&mut self, line: &str) -> Vec<String> {
        if let Some(replay) = self.replay.as_mut().filter(|replay| replay.lines_left > 0)
            && line.starts_with(PAST_INDENT)
        {
            replay.lines_left -= 1;
            if let Some(at) = self.shown.find(&replay.room, line, replay.at) {
                replay.at = at;
                return Vec::new();
            }
            replay.at = usize::MAX;
            let heading = replay.heading.take();
            self.shown.remember(line);
            return heading.into_iter().chain([line.to_owned()]).collect();
        }
        self.replay = None;
        self.shown.remember(line);
        if let Some(Meaning::Past { room, lines }) = meaning::read(line) {
            let (room, heading) = (room.to_owned(), Some(line.to_owned()));
            self.replay = Some(Replay { room, heading, lines_left: lines, at: 0 });
            return Vec::new();
        }
        vec![line.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appended(before: &[&str], lines: &[&str]) -> Vec<String> {
        let mut logged = LoggedLines::of(before.iter().copied());
        lines.iter().flat_map(|line| logged.take(line)).collect()
    }

    #[test]
    fn a_replay_is_not_logged_twice() {
        let before = [
            "Welcome swift-fox",
            "bob: one",
            "bob: ha",
            "[#ops] eve: two",
            "* ann waves",
            "bob: ha",
        ];
        let heading = "The last 4 messages in #lobby:";
        let replay = ["  14:00 bob: ha", "  14:01 * ann waves", "  14:02 bob: ha"];
        let again = ["Welcome tame-owl", heading, replay[0], replay[1], replay[2]];
        assert_eq!(appended(&before, &again), ["Welcome tame-owl"]);
        // Lines said in the meantime are logged once, also on the third day.
        let meanwhile = [&again[..], &["  2026-11-29 14:03 bob: new", "bob: live"]].concat();
        let second = appended(&before, &meanwhile);
        assert_eq!(
            second,
            ["Welcome tame-owl", heading, "  2026-11-29 14:03 bob: new", "bob: live"]
        );
        let all: Vec<&str> = before.into_iter().chain(second.iter().map(String::as_str)).collect();
        let third = [
            "Welcome x",
            "The last 2 messages in #lobby:",
            "  14:03 bob: new",
            "  14:04 bob: live",
        ];
        assert_eq!(appended(&all, &third), ["Welcome x"]);
        // Other rooms, and lines that no heading announced.
        let other = ["The last message in #ops:", "  14:00 bob: one", "  14:00 bob: one"];
        assert_eq!(appended(&before, &other), other);
        assert_eq!(appended(&before, &["The last message in #ops:", "  13:00 eve: two"]).len(), 0);
    }
}
