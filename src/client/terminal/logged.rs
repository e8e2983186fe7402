//! Remembers what the log file already contains, so that the server's replays are not logged twice.
//!
//! A server shows a user who joins a room its last lines. For a user who connects every day, these
//! are the lines logged last. This module decides which of them are new. It does not know the file.

use std::collections::VecDeque;

/// Number of lines remembered: more than any server replays, for several rooms.
const LINES_MAX: usize = 4_096;

/// Number of bytes of each line that are compared, from its end.
const LINE_BYTES_MAX: usize = 512;

/// Something that was shown, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEntry {
    /// A line.
    Line(String),
    /// The last lines of a room.
    Replay {
        /// The line above them.
        heading: String,
        /// Each as it is shown, and as it was shown when it was said.
        lines: Vec<(String, String)>,
    },
}

/// The lines logged last.
#[derive(Debug, Default)]
pub struct LoggedLines(VecDeque<Box<str>>);

impl LoggedLines {
    /// Starts with the lines in the file, without their times.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut logged = Self::default();
        lines.into_iter().for_each(|line| logged.remember(line));
        logged
    }

    /// Takes what is shown. Returns the lines to append.
    pub fn take(&mut self, entry: &LogEntry) -> Vec<String> {
        let new = match entry {
            LogEntry::Line(line) => vec![line.clone()],
            LogEntry::Replay { heading, lines } => {
                // Once a line is new, no later one has been logged.
                let mut at = 0;
                let is_old = |(_, said): &&(String, String)| match self.find(said, at) {
                    Some(found) => {
                        at = found + 1;
                        true
                    }
                    None => false,
                };
                let new: Vec<_> = lines.iter().skip_while(is_old).collect();
                let heading = (!new.is_empty()).then(|| heading.clone());
                heading.into_iter().chain(new.into_iter().map(|(shown, _)| shown.clone())).collect()
            }
        };
        new.iter().for_each(|line| self.remember(line));
        new
    }

    fn remember(&mut self, line: &str) {
        if self.0.len() == LINES_MAX {
            self.0.pop_front();
        }
        self.0.push_back(end_of(line).into());
    }

    /// The first line from this position on that shows the same: it may have a time or the name of a
    /// room before it.
    fn find(&self, said: &str, from: usize) -> Option<usize> {
        let said = end_of(said);
        let is_mark = |word: &str| {
            word.is_empty()
                || word.starts_with("[#")
                || word.starts_with(|c: char| c.is_ascii_digit())
        };
        let is_same = |line: &str| {
            line.strip_suffix(said).is_some_and(|before| before.split(' ').all(is_mark))
        };
        self.0.iter().skip(from).position(|line| is_same(line)).map(|found| from + found)
    }
}

fn end_of(line: &str) -> &str {
    let from = line.len().saturating_sub(LINE_BYTES_MAX);
    let start = (from..=line.len()).find(|&at| line.is_char_boundary(at)).unwrap_or(0);
    &line[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "The last messages in #lobby:";

    fn line(text: &str) -> LogEntry {
        LogEntry::Line(text.to_owned())
    }

    /// A replay of these lines, given with their times.
    fn replay(lines: &[&str]) -> LogEntry {
        let said = |line: &str| line.rsplit_once(" 14:0").map(|(_, said)| said[2..].to_owned());
        let lines = lines.iter().map(|line| ((*line).to_owned(), said(line).unwrap())).collect();
        LogEntry::Replay { heading: HEADING.to_owned(), lines }
    }

    fn appended(before: &[&str], entries: &[LogEntry]) -> Vec<String> {
        let mut logged = LoggedLines::of(before.iter().copied());
        entries.iter().flat_map(|entry| logged.take(entry)).collect()
    }

    #[test]
    fn a_replay_is_not_logged_twice() {
        let before = [
            "Welcome, swift-fox.",
            "bob: one",
            "bob: ha",
            "[#ops] eve: two",
            "* ann waves",
            "14:02 bob: ha",
        ];
        let old = ["  14:00 bob: ha", "  14:01 * ann waves", "  14:02 bob: ha"];
        let welcome = line("Welcome, tame-owl.");
        assert_eq!(appended(&before, &[welcome.clone(), replay(&old)]), ["Welcome, tame-owl."]);
        // Lines said in the meantime are logged once, also on the third day.
        let new = [&old[..], &["  2026-11-29 14:03 bob: new"]].concat();
        let second = appended(&before, &[replay(&new), line("bob: live")]);
        assert_eq!(second, [HEADING, "  2026-11-29 14:03 bob: new", "bob: live"]);
        let all: Vec<&str> = before.into_iter().chain(second.iter().map(String::as_str)).collect();
        let third = replay(&["  14:03 bob: new", "  14:04 bob: live"]);
        assert_eq!(appended(&all, &[third.clone(), third]), [] as [&str; 0]);
        // Somebody quotes somebody else, and lines in another order are new.
        assert_eq!(appended(&["eve: bob: hi"], &[replay(&["  14:00 bob: hi"])]).len(), 2);
        assert_eq!(
            appended(&before, &[replay(&["  14:01 * ann waves", "  14:02 bob: one"])]).len(),
            2
        );
    }

    #[test]
    fn remembered_lines_are_bounded() {
        let mut logged = LoggedLines::default();
        for number in 0..2 * LINES_MAX {
            logged.take(&line(&format!("{} {number}", "你".repeat(1_000))));
        }
        assert_eq!(logged.0.len(), LINES_MAX);
        assert!(logged.0.iter().all(|line| line.len() <= LINE_BYTES_MAX));
    }
}
