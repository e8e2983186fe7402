//! How lines look on the wire. They are rendered once per presentation and never once per
//! recipient.
//!
//! A [`Presentation`] is a key with a limited set of values: all clients with the same one receive
//! the same bytes. Others decide what is rendered and who receives it.

use std::hash::Hasher;
use std::time::SystemTime;

use rustc_hash::FxHasher;

use crate::base::zone::{self, Zone};
use crate::lang::{self, Times};
use crate::model::{ClientId, Event, FrameBuilder, LineKind, PastLine, Presentation, PrivateLine};
use crate::terminal::sequences::{BELL, DIM, ORDINARY};
use crate::text::Manner;
use crate::text::wrap::{WRAPPED_INDENT, wrap};

/// Highlights a mention.
const STANDS_OUT: &str = "\x1b[1;7m";

/// The colours of names, readable on dark and light backgrounds. They are among the sixteen that
/// each terminal adapts to its own background; plain blue is too dark on black in most.
const NAME_COLOURS: [&str; 6] =
    ["\x1b[31m", "\x1b[32m", "\x1b[35m", "\x1b[36m", "\x1b[1;34m", "\x1b[1;35m"];

/// Ends a line (RFC 854).
const LINE_END: &str = "\r\n";

/// Between the author and the text of a message, in every language.
const SAID_SEPARATOR: &str = ": ";

impl Presentation {
    /// Appends a notice of the server to a single client.
    pub fn append_notice(self, bytes: &mut Vec<u8>, text: &str) {
        let start = bytes.len();
        self.append_dimmed(bytes, text);
        self.end_line(bytes, start, LINE_END);
    }

    /// Ends the line that begins at `start`, which is wrapped if it is longer than the screen is
    /// wide.
    fn end_line(self, bytes: &mut Vec<u8>, start: usize, line_end: &str) {
        if let Some(columns) = self.columns {
            wrap(bytes, start, WRAPPED_INDENT, usize::from(columns.get()));
        }
        bytes.extend_from_slice(line_end.as_bytes());
    }

    /// Appends a private message with its time; `heading` names the sender and the recipient.
    pub fn append_private(self, bytes: &mut Vec<u8>, heading: &str, line: &PrivateLine) {
        let start = bytes.len();
        if line.rings {
            bytes.push(BELL);
        }
        self.append_clock(bytes, line.at.0);
        self.append_in(STANDS_OUT, bytes, heading);
        bytes.extend_from_slice(line.text.as_str().as_bytes());
        self.end_line(bytes, start, LINE_END);
    }

    /// A past line with its text, or what stands for it. It is indented, so that nobody mistakes it
    /// for a new one, and never rings the bell.
    pub fn append_past(self, bytes: &mut Vec<u8>, time: &str, line: &PastLine, text: &str) {
        let start = bytes.len();
        bytes.extend_from_slice(b"  ");
        self.append_dimmed(bytes, time);
        bytes.push(b' ');
        if let Some(room) = &line.room {
            append_tag(bytes, room);
        }
        match line.manner {
            Manner::Said => self.append_said(bytes, &line.name, text),
            Manner::Acted => self.append_acted(bytes, &line.name, text),
        }
        self.end_line(bytes, start, LINE_END);
    }

    /// A flood consists of these, so there is no template and no formatting.
    fn append_said(self, bytes: &mut Vec<u8>, name: &str, text: &str) {
        self.append_name(bytes, name);
        bytes.extend_from_slice(SAID_SEPARATOR.as_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }

    fn append_acted(self, bytes: &mut Vec<u8>, name: &str, text: &str) {
        bytes.extend_from_slice(b"* ");
        self.append_name(bytes, name);
        bytes.push(b' ');
        bytes.extend_from_slice(text.as_bytes());
    }

    fn append_name(self, bytes: &mut Vec<u8>, name: &str) {
        if self.colour {
            self.append_in(colour_of(name), bytes, name);
        } else {
            bytes.extend_from_slice(name.as_bytes());
        }
    }

    fn append_clock(self, bytes: &mut Vec<u8>, at: SystemTime) {
        if let Some(offset) = self.clock {
            bytes.extend_from_slice(&zone::clock(at, offset.minutes() * 60));
            bytes.push(b' ');
        }
    }

    fn append_dimmed(self, bytes: &mut Vec<u8>, text: &str) {
        self.append_in(DIM, bytes, text);
    }

    fn append_in(self, style: &str, bytes: &mut Vec<u8>, text: &str) {
        if self.colour {
            for part in [style, text, ORDINARY] {
                bytes.extend_from_slice(part.as_bytes());
            }
        } else {
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}

/// A line to be rendered.
#[derive(Clone, Copy, Debug)]
pub struct Rendered<'a> {
    /// The author, or the first person that a notice is about.
    pub from: ClientId,
    /// That person's name.
    pub name: &'a str,
    /// How many more people joined or left with that person.
    pub others: u64,
    /// The time.
    pub at: SystemTime,
    /// What happened.
    pub event: &'a Event,
}

/// Appends one line to a frame.
pub fn render(
    frame: &mut FrameBuilder,
    presentation: Presentation,
    room: &str,
    line: &Rendered<'_>,
) {
    render_with(frame, presentation, room, line, presentation.bell, LINE_END);
}

/// Appends one line for a client that is mentioned in it: with colours it is highlighted, and it
/// may ring the bell.
pub fn render_mention(
    frame: &mut FrameBuilder,
    presentation: Presentation,
    room: &str,
    line: &Rendered<'_>,
    rings: bool,
) {
    if presentation.colour {
        frame.bytes_mut().extend_from_slice(STANDS_OUT.as_bytes());
        // The colour of a name would end the highlighting, so names have none. The next line begins
        // with ordinary text.
        let uncoloured = Presentation { colour: false, ..presentation };
        render_with(frame, uncoloured, room, line, rings, "\x1b[0m\r\n");
    } else {
        render_with(frame, presentation, room, line, rings, LINE_END);
    }
}

fn render_with(
    frame: &mut FrameBuilder,
    presentation: Presentation,
    room: &str,
    line: &Rendered<'_>,
    rings: bool,
    line_end: &str,
) {
    let bytes = frame.bytes_mut();
    let start = bytes.len();
    let (kind, name, others) = (line.event.kind(), line.name, line.others);
    if rings && kind == LineKind::Said {
        bytes.push(BELL);
    }
    presentation.append_clock(bytes, line.at);
    if presentation.tag {
        append_tag(bytes, room);
    }
    match line.event {
        Event::Said { text } => presentation.append_said(bytes, name, text.as_str()),
        Event::Acted { text } => presentation.append_acted(bytes, name, text.as_str()),
        event => {
            let fixed = presentation.clock.map(|offset| Zone::of_offset(offset.minutes()));
            let zone = fixed.as_ref().unwrap_or_else(|| Zone::of_server());
            let times = Times { zone, now: line.at };
            let text = lang::event(presentation.lang, event, name, others, room, &times);
            presentation.append_dimmed(bytes, &text);
        }
    }
    presentation.end_line(bytes, start, line_end);
    frame.end_line(line.from, kind);
}

/// Appends the name of a room that precedes its lines.
fn append_tag(bytes: &mut Vec<u8>, room: &str) {
    for part in ["[", room, "] "] {
        bytes.extend_from_slice(part.as_bytes());
    }
}

/// The colour of a name, which is the same wherever the name is shown.
fn colour_of(name: &str) -> &'static str {
    let mut hasher = FxHasher::default();
    hasher.write(name.as_bytes());
    NAME_COLOURS[(hasher.finish() % NAME_COLOURS.len() as u64) as usize]
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU8;

    use super::*;
    use crate::model::{ClockOffset, Lang, RoomSetting};
    use crate::text::CleanText;

    const AT: SystemTime = SystemTime::UNIX_EPOCH;

    fn line<'a>(name: &'a str, others: u64, event: &'a Event) -> Rendered<'a> {
        Rendered { from: ClientId(1), name, others, at: AT, event }
    }

    fn said(text: &str) -> Event {
        Event::Said { text: CleanText::from_bytes(text.as_bytes()) }
    }

    fn rendered(lang: Lang, presentation: Presentation, line: Rendered<'_>) -> String {
        let mut frame = FrameBuilder::default();
        let presentation = Presentation { lang, ..presentation };
        render(&mut frame, presentation, "#garden", &line);
        String::from_utf8(frame.freeze().bytes().to_vec()).unwrap()
    }

    #[test]
    fn lines_on_the_plain_wire() {
        let check = |lang: Lang, event: &Event, others: u64, expected: &str| {
            let line = line("amber-otter", others, event);
            assert_eq!(rendered(lang, Presentation::default(), line), expected);
        };
        check(Lang::En, &said("hi {name}"), 0, "amber-otter: hi {name}\r\n");
        check(Lang::Zh, &said("hi {name}"), 0, "amber-otter: hi {name}\r\n");
        check(Lang::En, &Event::Joined, 0, "amber-otter joined\r\n");
        check(Lang::Zh, &Event::Joined, 0, "amber-otter 上线\r\n");
        check(Lang::En, &Event::Joined, 212, "amber-otter and 212 others joined\r\n");
        check(Lang::Zh, &Event::Left, 0, "amber-otter 下线\r\n");
        check(Lang::En, &Event::Left, 7, "amber-otter and 7 others left\r\n");
        let waves = Event::Acted { text: CleanText::from_bytes(b"waves") };
        check(Lang::En, &waves, 0, "* amber-otter waves\r\n");
        check(
            Lang::En,
            &Event::Setting(RoomSetting::Slow(None)),
            0,
            "amber-otter turned off slow mode\r\n",
        );
    }

    #[test]
    fn no_row_of_a_line_begins_as_another_line_does() {
        let gap = " ".repeat(70);
        let text = format!("nice weather, is it not{gap}14:02 bob: I quit. {gap}").repeat(3);
        let text = CleanText::from_bytes(text.as_bytes());
        let presentation = Presentation { columns: NonZeroU8::new(80), ..Presentation::default() };
        let event = Event::Said { text: text.clone() };
        let new = line("mallory", 0, &event);
        let past = PastLine {
            seq: 1,
            at: SystemTime::UNIX_EPOCH.into(),
            room: None,
            name: "mallory".into(),
            manner: Manner::Said,
            text: text.clone(),
            deleted_by: None,
        };
        let mut of_past = Vec::new();
        presentation.append_past(&mut of_past, "14:02", &past, text.as_str());
        let lines = [rendered(Lang::En, presentation, new), String::from_utf8(of_past).unwrap()];
        for line in lines {
            let rows: Vec<&str> = line.lines().collect();
            assert!(rows.len() > 1, "{line}");
            for row in &rows[1..] {
                let indent = row.len() - row.trim_start().len();
                // New lines have no indent; past lines and lists have two columns.
                assert!(!matches!(indent, 0 | 2), "{line}");
            }
        }
    }

    #[test]
    fn optional_parts_of_a_line() {
        let check = |presentation: Presentation, event: &Event, expected: &str| {
            assert_eq!(rendered(Lang::En, presentation, line("ann", 0, event)), expected);
        };
        let plain = Presentation::default();
        let (joined, said) = (&Event::Joined, &said("hi"));
        check(Presentation { tag: true, ..plain }, said, "[#garden] ann: hi\r\n");
        check(
            Presentation { clock: Some(ClockOffset::of_minutes(90)), ..plain },
            said,
            "01:30 ann: hi\r\n",
        );
        check(Presentation { bell: true, ..plain }, said, "\x07ann: hi\r\n");
        check(Presentation { bell: true, ..plain }, joined, "ann joined\r\n");
        check(
            Presentation { clock: Some(ClockOffset::of_minutes(-60)), tag: true, ..plain },
            joined,
            "23:00 [#garden] ann joined\r\n",
        );
        let colour = Presentation { colour: true, ..plain };
        let coloured = format!("{}ann\x1b[0m: hi\r\n", colour_of("ann"));
        check(colour, said, &coloured);
        check(colour, joined, "\x1b[2mann joined\x1b[0m\r\n");
        let mut bytes = Vec::new();
        colour.append_notice(&mut bytes, "x");
        plain.append_notice(&mut bytes, "x");
        let (with, at, text) = ("ann".into(), AT.into(), CleanText::from_bytes(b"hi"));
        let line = PrivateLine { with, is_own: false, is_kept: false, rings: true, at, text };
        plain.append_private(&mut bytes, "ann: ", &line);
        assert_eq!(bytes, b"\x1b[2mx\x1b[0m\r\nx\r\n\x07ann: hi\r\n");
    }

    #[test]
    fn a_mention_rings_and_stands_out() {
        let check = |presentation: Presentation, rings: bool, expected: &str| {
            let mut frame = FrameBuilder::default();
            let event = said("hi bob");
            let line = line("ann", 0, &event);
            render_mention(&mut frame, presentation, "#garden", &line, rings);
            let frame = frame.freeze();
            assert_eq!(String::from_utf8_lossy(frame.bytes()), expected);
            assert_eq!(frame.byte_range(&(0..1)).end as usize, frame.bytes().len());
        };
        check(Presentation::default(), true, "\x07ann: hi bob\r\n");
        check(Presentation::default(), false, "ann: hi bob\r\n");
        let colour = Presentation { colour: true, ..Presentation::default() };
        check(colour, true, "\x1b[1;7m\x07ann: hi bob\x1b[0m\r\n");
    }
}
