//! Everything the client writes to its terminal: lines, the console below them, the window's title,
//! bells and notifications.
//!
//! This module decides when the bottom is redrawn, counts unread lines, and switches terminal
//! features on and off. It is pure: time is passed in. It does not know what the lines mean or what
//! the prompt says.

use std::time::Instant;

use crate::limits::{REDRAW_HELD_BYTES_MAX, REDRAW_INTERVAL};
use crate::terminal::editor::Limits;
use crate::terminal::sequences::{DIM, ORDINARY};
use crate::terminal::{Console, Size};
use crate::text::wrap::{WRAPPED_INDENT, wrap};

use crate::client::session::sanitize::SanitizedLine;

/// Starts on a row of its own, sends arrow keys in their ANSI form, tells pasting apart from
/// typing, and reports whether the window has the focus.
const BEGIN: &[u8] = b"\r\x1b[K\x1b[?1l\x1b[?2004h\x1b[?1004h";

/// Undoes [`BEGIN`].
const END: &[u8] = b"\x1b[?1004l\x1b[?2004l";

/// Saves and restores the window's title (xterm).
const SAVE_TITLE: &[u8] = b"\x1b[22;2t";
const RESTORE_TITLE: &[u8] = b"\x1b[23;2t";

/// Number of characters of a line in a notification: as many as desktops show.
const NOTIFICATION_CHARS_MAX: usize = 200;

/// The display options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DisplayOptions {
    /// Show colours, and dim the client's own lines.
    pub colours: bool,
    /// Ring the bell for a line that asks for attention.
    pub bell: bool,
    /// Send a desktop notification for it.
    pub notifications: bool,
    /// Set the title of the terminal's window.
    pub title: bool,
}

/// The terminal and what has been drawn on it.
#[derive(Debug)]
pub struct Display {
    /// The keys, and the line that they edit.
    pub(in crate::client) console: Console,
    looks: DisplayOptions,
    /// Output waiting for the next redraw.
    pending: Vec<u8>,
    drawn_at: Option<Instant>,
    /// A key has changed the bottom, so it is redrawn at once.
    is_urgent: bool,
    unread: u32,
    /// Whether the window has the focus. `None` if the terminal does not say: the user was looking
    /// when they last pressed a key.
    has_focus: Option<bool>,
    title: String,
}

impl Display {
    /// A display for a terminal of this size, with a line editor of these limits.
    pub fn new(size: Size, looks: DisplayOptions, limits: Limits) -> Self {
        Self {
            console: Console::new(limits, size, BEGIN, END),
            looks,
            pending: Vec::new(),
            drawn_at: None,
            is_urgent: true,
            unread: 0,
            has_focus: None,
            title: String::new(),
        }
    }

    /// The width of the terminal, in columns.
    pub fn columns(&self) -> usize {
        usize::from(self.console.size().columns)
    }

    /// Shows a line from the server.
    pub fn show(&mut self, line: &SanitizedLine) {
        self.append(line.shown(self.looks.colours));
        if line.rings() {
            if self.looks.bell {
                self.console.ring();
            }
            if self.looks.notifications {
                self.notify(line.text());
            }
        }
    }

    /// Counts the last line as unread, unless the window has the focus.
    pub fn count_unread(&mut self) {
        if self.has_focus != Some(true) {
            self.unread = self.unread.saturating_add(1);
        }
    }

    /// Shows a line of the client itself, which never rings.
    pub fn tell(&mut self, text: &str) {
        let dim =
            if self.looks.colours { format!("{DIM}{text}{ORDINARY}") } else { text.to_owned() };
        self.append(&dim);
    }

    fn append(&mut self, text: &str) {
        let (start, columns) = (self.pending.len(), self.columns());
        self.pending.extend_from_slice(text.as_bytes());
        wrap(&mut self.pending, start, WRAPPED_INDENT, columns);
        self.pending.extend_from_slice(b"\r\n");
        self.console.mark_stale();
    }

    /// Sends a desktop notification in both sequences in use: iTerm2's (9) and urxvt's (777). A
    /// semicolon separates fields in either; in the first, some terminals take a text that begins
    /// with a number and a semicolon for a command.
    fn notify(&mut self, text: &str) {
        let text: String = text
            .chars()
            .filter(|c| !c.is_control())
            .map(|c| if c == ';' { ',' } else { c })
            .take(NOTIFICATION_CHARS_MAX)
            .collect();
        let both = format!("\x1b]9;{text}\x07\x1b]777;notify;hobnob;{text}\x07");
        self.pending.extend_from_slice(both.as_bytes());
    }

    /// Handles a key press, which may change the bottom.
    pub fn touch(&mut self) {
        self.console.mark_stale();
        self.is_urgent = true;
        if self.has_focus.is_none() {
            self.unread = 0;
        }
    }

    /// Handles the terminal's report about the focus.
    pub fn set_focus(&mut self, is_here: bool) {
        self.has_focus = Some(is_here);
        if is_here {
            self.unread = 0;
        }
        self.console.mark_stale();
    }

    /// Rings the bell because a key could not be obeyed.
    pub fn refuse(&mut self) {
        self.console.ring();
        self.touch();
    }

    /// Requests a redraw of everything.
    pub fn clear(&mut self) {
        self.console.clear();
        self.touch();
    }

    /// Handles a new size of the window.
    pub fn resize(&mut self, size: Size, out: &mut Vec<u8>) {
        self.console.resize(size, out);
        self.touch();
    }

    /// When to draw next, if there is anything to draw.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let next = self.drawn_at.map_or(now, |at| at + REDRAW_INTERVAL);
        let is_full = self.pending.len() > REDRAW_HELD_BYTES_MAX;
        self.console.is_stale().then_some(if self.is_urgent || is_full { now } else { next })
    }

    /// Draws if it is time to: the prompt and the line, or the question in their place. The title
    /// names the place.
    pub fn draw(
        &mut self,
        (prompt, question): (&str, Option<&str>),
        place: &str,
        now: Instant,
        out: &mut Vec<u8>,
    ) {
        if self.due(now).is_none_or(|due| due > now) {
            return;
        }
        if self.console.begin(out) {
            if self.looks.title {
                out.extend_from_slice(SAVE_TITLE);
            }
            // The title is set again.
            self.title.clear();
        }
        if !self.pending.is_empty() {
            self.console.erase(out);
            out.append(&mut self.pending);
        }
        self.console.draw(prompt, question, out);
        self.draw_title(place, out);
        (self.drawn_at, self.is_urgent) = (Some(now), false);
    }

    fn draw_title(&mut self, place: &str, out: &mut Vec<u8>) {
        let title = match self.unread {
            0 => format!("hobnob: {place}"),
            unread => format!("hobnob: {place} ({unread})"),
        };
        if self.looks.title && self.title != title {
            // BEL ends the title, because not every terminal accepts the other terminator (ST).
            out.extend_from_slice(format!("\x1b]2;{title}\x07").as_bytes());
            self.title = title;
        }
    }

    /// Leaves the terminal as it was, below all lines, temporarily or for good.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        self.console.erase(out);
        out.append(&mut self.pending);
        if self.console.end(out) && self.looks.title {
            out.extend_from_slice(RESTORE_TITLE);
        }
        self.touch();
        // It may be another terminal when we return.
        self.has_focus = None;
    }

    /// Starts over after another program has used the terminal.
    pub fn begin_again(&mut self, size: Size) {
        self.console.begin_again(size);
        self.touch();
    }
}

/// The sequence that switches off everything that [`Display::draw`] has switched on.
pub fn end_sequence(has_title: bool) -> Vec<u8> {
    [END, if has_title { RESTORE_TITLE } else { b"" }].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: DisplayOptions =
        DisplayOptions { colours: true, bell: true, notifications: true, title: true };
    const SIZE: Size = Size { columns: 40, rows: 10 };

    fn display_of(looks: DisplayOptions) -> Display {
        let limits =
            Limits { line_bytes_max: 64, recall_entries_max: 0, recall_bytes_max: usize::MAX };
        let mut display = Display::new(SIZE, looks, limits);
        display.console.editor().set_text("hi");
        display
    }

    fn draw(display: &mut Display, now: Instant) -> String {
        let mut out = Vec::new();
        display.draw(("#lobby> ", None), "#lobby", now, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn line(text: &str) -> SanitizedLine {
        SanitizedLine::read(text.as_bytes())
    }

    #[test]
    fn lines_are_drawn_twenty_times_a_second_and_keys_at_once() {
        let now = Instant::now();
        let mut display = display_of(DisplayOptions::default());
        assert_eq!(draw(&mut display, now), "\r\x1b[K\x1b[?1l\x1b[?2004h\x1b[?1004h#lobby> hi");
        assert_eq!(display.due(now), None);
        display.show(&line("bob: one"));
        display.show(&line("bob: two"));
        let next = now + REDRAW_INTERVAL;
        assert_eq!((draw(&mut display, now).as_str(), display.due(now)), ("", Some(next)));
        assert_eq!(draw(&mut display, next), "\r\x1b[Jbob: one\r\nbob: two\r\n#lobby> hi");
        display.show(&line("bob: three"));
        display.touch();
        assert_eq!(draw(&mut display, next), "\r\x1b[Jbob: three\r\n#lobby> hi");
        // Too many lines to keep waiting.
        (0..2000).for_each(|_| display.show(&line("bob: a flood of lines")));
        assert_eq!(display.due(next), Some(next));
    }

    #[test]
    fn the_title_counts_unread_lines() {
        let mut now = Instant::now();
        let mut display = display_of(DisplayOptions { title: true, ..DisplayOptions::default() });
        let says = |display: &mut Display| {
            display.show(&line("bob: hi"));
            display.count_unread();
        };
        let mut check = |act: &dyn Fn(&mut Display), expected: &str| {
            act(&mut display);
            now += REDRAW_INTERVAL;
            let drawn = draw(&mut display, now);
            assert!(drawn.contains(&format!("\x1b]2;{expected}\x07")), "{drawn:?}");
        };
        check(&|_| (), "hobnob: #lobby");
        check(&says, "hobnob: #lobby (1)");
        check(&Display::touch, "hobnob: #lobby");
        check(
            &|display| {
                display.set_focus(false);
                says(display);
                display.touch();
            },
            "hobnob: #lobby (1)",
        );
        check(&|display| display.set_focus(true), "hobnob: #lobby");
        says(&mut display);
        assert!(!draw(&mut display, now + REDRAW_INTERVAL).contains("\x1b]"));
    }

    #[test]
    fn bells_and_notifications() {
        let now = Instant::now();
        let check = |looks: DisplayOptions, expected: &str| {
            let mut display = display_of(looks);
            draw(&mut display, now);
            display.show(&line("\x07bob: 4;3;you"));
            display.touch();
            assert_eq!(draw(&mut display, now), format!("\r\x1b[J{expected}"));
        };
        let shown = "bob: 4;3;you\r\n";
        let none = DisplayOptions::default();
        check(none, &format!("{shown}#lobby> hi"));
        check(DisplayOptions { bell: true, ..none }, &format!("{shown}#lobby> hi\x07"));
        let told = "\x1b]9;bob: 4,3,you\x07\x1b]777;notify;hobnob;bob: 4,3,you\x07";
        check(DisplayOptions { notifications: true, ..none }, &format!("{shown}{told}#lobby> hi"));
    }

    #[test]
    fn colours_and_widths() {
        let now = Instant::now();
        for (colours, expected) in [
            (true, "\x1b[31mann\x1b[0m: hi\r\n\x1b[2mGone.\x1b[0m\r\n"),
            (false, "ann: hi\r\nGone.\r\n"),
        ] {
            let mut display = display_of(DisplayOptions { colours, ..DisplayOptions::default() });
            display.show(&line("\x1b[31mann\x1b[0m: hi"));
            display.tell("Gone.");
            assert!(draw(&mut display, now).contains(expected));
        }
        let mut display = display_of(ALL);
        display.show(&line(&format!("bob: {}", "word ".repeat(10))));
        display.show(&line(&format!("  14:00 bob: {}", "word ".repeat(10))));
        let drawn = draw(&mut display, now);
        assert!(drawn.contains("bob: word word word word word word word\r\n    word"), "{drawn:?}");
        assert!(drawn.contains("  14:00 bob: word word word word word\r\n    word"), "{drawn:?}");
    }

    #[test]
    fn ending_restores_the_terminal() {
        let now = Instant::now();
        let mut display = display_of(ALL);
        draw(&mut display, now);
        display.show(&line("bob: hi"));
        let mut out = Vec::new();
        display.end(&mut out);
        let expected = "\r\x1b[Jbob: hi\r\n\x1b[?1004l\x1b[?2004l\x1b[23;2t";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        display.begin_again(SIZE);
        let begin = "\r\x1b[K\x1b[?1l\x1b[?2004h\x1b[?1004h\x1b[22;2t";
        assert!(draw(&mut display, now).starts_with(begin));
        // Nothing has been drawn, so there is nothing to undo.
        let mut out = Vec::new();
        display_of(ALL).end(&mut out);
        assert_eq!(out, b"");
    }
}
