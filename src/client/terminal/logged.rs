//! What a file of lines holds already, so that the server's replays are not appended again.
//!
//! A server shows the last lines of a room to whoever comes in, which are those that were logged last
//! if it is the same person each day. Owned here: which of them are new. Not known here: the file.

use crate::client::session::catch_up::Shown;
use crate::client::session::meaning::{self, Told};

/// Lines of the past are indented by this.
const PAST_INDENT: &str = "  ";

/// What has been logged last.
#[derive(Debug, Default)]
pub struct Logged {
    shown: Shown,
    replay: Option<Replay>,
}

/// Lines of the past, as they come.
#[derive(Debug)]
struct Replay {
    room: String,
    /// Is logged above the first that is new.
    heading: Option<String>,
    lines_left: usize,
    /// Behind what was logged and has been replayed. Nothing that follows on a new line was logged.
    at: usize,
}

impl Logged {
    /// These lines are in the file, without their times.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut logged = Self::default();
        logged.shown.talk_in(meaning::LOBBY);
        lines.into_iter().for_each(|line| logged.shown.remember(line));
        logged
    }

    /// A line is shown: what is to be appended.
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
        if let Some(Told::Past { room, lines }) = meaning::read(line) {
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
        let mut logged = Logged::of(before.iter().copied());
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
        let heading = "The last 4 lines in #lobby:";
        let replay = ["  14:00 bob: ha", "  14:01 * ann waves", "  14:02 bob: ha"];
        let again = ["Welcome tame-owl", heading, replay[0], replay[1], replay[2]];
        assert_eq!(appended(&before, &again), ["Welcome tame-owl"]);
        // What was said meanwhile is logged once, also on the third day.
        let meanwhile = [&again[..], &["  2026-11-29 14:03 bob: new", "bob: live"]].concat();
        let second = appended(&before, &meanwhile);
        assert_eq!(
            second,
            ["Welcome tame-owl", heading, "  2026-11-29 14:03 bob: new", "bob: live"]
        );
        let all: Vec<&str> = before.into_iter().chain(second.iter().map(String::as_str)).collect();
        let third =
            ["Welcome x", "The last 2 lines in #lobby:", "  14:03 bob: new", "  14:04 bob: live"];
        assert_eq!(appended(&all, &third), ["Welcome x"]);
        // Other rooms, and what nobody has announced.
        let other = ["The last line in #ops:", "  14:00 bob: one", "  14:00 bob: one"];
        assert_eq!(appended(&before, &other), other);
        assert_eq!(appended(&before, &["The last line in #ops:", "  13:00 eve: two"]).len(), 0);
    }
}
