//! The prompt and the line being typed, below the messages on a user's terminal.
//!
//! They are drawn on the user's screen if its telnet lets the line be edited here. This module does
//! not decide that or when to draw, and does not know what a line means.

use std::collections::VecDeque;
use std::num::NonZeroU8;
use std::sync::Arc;

use crate::model::Terminal;
use crate::terminal::editor::Limits;
use crate::terminal::line::block_lines;
use crate::terminal::{Byte7f, Console, EditOutcome, Key, Place, Size};
use crate::text::CleanText;
use crate::wire::door::{Input, InputLine};
use crate::{command, limits};

/// Starts on a row of its own, has arrow keys sent in their ANSI form (DECCKM off), and has pasting
/// told apart from typing (bracketed paste).
const BEGIN: &[u8] = b"\r\x1b[K\x1b[?1l\x1b[?2004h";

/// Undoes [`BEGIN`].
const END: &[u8] = b"\x1b[?2004l";

/// The widths that lines are broken for differ by this many columns: each width in use costs a
/// rendering.
const COLUMNS_STEP: u16 = 4;

/// Below this width, every column counts.
const COLUMNS_NARROW: u16 = 24;

/// The state of a client that has, or may have, something below the messages.
#[derive(Debug, Default)]
pub(in crate::wire) struct AtTerminal {
    /// Whether the line is to be edited here if the client agrees.
    pub(in crate::wire) is_edit_wanted: bool,
    /// Whether the client has let its line be shown here and been asked for the other options.
    pub(in crate::wire) has_asked_keys: bool,
    /// Whether the client has been asked for its terminal type.
    pub(in crate::wire) has_asked_type: bool,
    /// Whether the client has reported the type, or is no longer waited for.
    pub(in crate::wire) has_told_type: bool,
    place: Place,
    size: Size,
    byte_7f: Byte7f,
    /// Whether the terminal is unable to move its cursor.
    pub(in crate::wire) is_immobile: bool,
    /// Whether the user pressed a key that suspends programs, but not this one.
    pub(in crate::wire) has_asked_to_suspend: bool,
    question: Option<HiddenQuestion>,
    /// The line that is edited here.
    shown: Option<Box<Editing>>,
    /// Further lines of a block that was submitted at once.
    sent: VecDeque<CleanText>,
    /// The lines of a block whose last line was left for the client to finish.
    left: Vec<CleanText>,
}

/// An open question: it replaces the prompt, and the answer is not shown if the line is edited
/// here.
#[derive(Debug)]
struct HiddenQuestion {
    text: Box<str>,
    hiding: Hiding,
}

/// Whether a client that shows its own input hides an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Hiding {
    /// The client has not been asked to.
    NotAsked,
    /// The client has been asked to, and does unless it refuses.
    Asked,
    /// The client has been asked to, but has not answered in time.
    Unanswered,
}

/// A line that is edited here.
#[derive(Debug)]
struct Editing {
    console: Console,
    /// Whether typed text did not fit, and nothing has been changed since.
    is_overfull: bool,
    /// Whether an invalid character has arrived.
    is_damaged: bool,
    not_sent: Option<NotSent>,
}

/// Why a typed line, or part of it, is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum NotSent {
    /// The rest of a paste did not fit.
    EndOfPaste,
    /// The line is too long. The part that fits can be recalled.
    TooLong,
    /// The line contains an invalid character.
    Damaged,
}

impl Editing {
    fn new(line_bytes_max: usize, size: Size) -> Self {
        let limits = Limits {
            line_bytes_max,
            recall_entries_max: limits::RECALL_ENTRIES_MAX,
            recall_bytes_max: limits::RECALL_BYTES_MAX,
        };
        let console = Console::new(limits, size, BEGIN, END);
        Self { console, is_overfull: false, is_damaged: false, not_sent: None }
    }
}

impl InputLine for AtTerminal {
    fn hide(&mut self, bytes: &mut Vec<u8>) -> bool {
        let Some(editing) = &mut self.shown else { return false };
        editing.console.resize(self.size, bytes);
        editing.console.erase(bytes);
        true
    }

    fn settle(&mut self, bytes: &mut Vec<u8>) {
        let Some(editing) = &mut self.shown else { return };
        editing.console.resize(self.size, bytes);
        let question = self.question.as_ref().map(|question| &*question.text);
        let prompt = self.place.prompt(usize::from(self.size.columns));
        editing.console.draw(&prompt, question, bytes);
    }

    fn is_stale(&self) -> bool {
        self.shown.as_ref().is_some_and(|editing| editing.console.is_stale())
    }

    fn complete(&mut self, words: Box<[Box<str>]>) {
        if let Some(editing) = &mut self.shown {
            editing.console.complete(words.into_iter().map(String::from).collect());
        }
    }
}

impl AtTerminal {
    pub(in crate::wire) fn set_rooms(&mut self, rooms: &[Arc<str>]) {
        if self.place.set_rooms(rooms.iter().map(|room| &**room)) {
            self.mark_stale();
        }
    }

    pub(in crate::wire) fn add_unread(&mut self, room: &Arc<str>, lines: u32) {
        self.place.add_unread(room, lines);
        self.mark_stale();
    }

    fn mark_stale(&mut self) {
        if let Some(editing) = &mut self.shown {
            editing.console.mark_stale();
        }
    }

    pub(in crate::wire) fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// Whether there is no state worth keeping.
    pub(in crate::wire) fn is_nothing_known(&self) -> bool {
        !self.is_shown()
            && !self.has_asked_type
            && self.size == Size::default()
            && self.sent.is_empty()
            && self.left.is_empty()
    }

    /// The terminal's properties.
    pub(in crate::wire) fn terminal(&self) -> Option<Terminal> {
        self.shown.as_ref()?;
        // In steps, so that fewer different widths are in use; the text is slightly narrower than
        // it could be.
        let columns = match self.size.columns {
            narrow @ ..COLUMNS_NARROW => narrow,
            wide => wide / COLUMNS_STEP * COLUMNS_STEP,
        };
        let columns = u8::try_from(columns).ok();
        Some(Terminal { columns: columns.and_then(NonZeroU8::new) })
    }

    /// Handles the end of the connection. Returns the bytes that leave the terminal as it was.
    pub(in crate::wire) fn close(&mut self) -> Box<[u8]> {
        let mut bytes = Vec::new();
        if let Some(mut editing) = self.shown.take() {
            editing.console.end(&mut bytes);
        }
        bytes.into()
    }

    /// The next line of a block that was submitted at once.
    pub(in crate::wire) fn next_sent(&mut self) -> Option<CleanText> {
        self.sent.pop_front()
    }

    /// Starts editing the line here. `begun` is the part of it that has been typed already;
    /// `after_cr` says whether only the CR of the previous Enter has arrived.
    pub(in crate::wire) fn begin_editing(
        &mut self,
        line_bytes_max: usize,
        begun: &[u8],
        after_cr: bool,
    ) {
        let mut editing = Box::new(Editing::new(line_bytes_max, self.size));
        editing.console.set_byte_7f(self.byte_7f);
        editing.console.keys().set_after_cr(after_cr);
        editing.console.editor().set_text(CleanText::from_bytes(begun).as_str());
        self.shown = Some(editing);
    }

    /// Hands editing back to the client. Returns the text typed so far, which stays on the screen,
    /// or is replaced there by the question if it is a hidden answer. The lines of a block before
    /// it will be said together with it.
    pub(in crate::wire) fn end_editing(&mut self, bytes: &mut Vec<u8>) -> String {
        let Some(mut editing) = self.shown.take() else { return String::new() };
        editing.console.end(bytes);
        let text = editing.console.editor().take();
        if let Some(question) = &self.question {
            bytes.extend_from_slice(question.text.as_bytes());
            return text;
        }
        bytes.extend_from_slice(text.replace('\n', "\r\n").as_bytes());
        let (block, line) = text.rsplit_once('\n').unwrap_or(("", &text));
        self.left.extend(clean_lines(block));
        line.to_owned()
    }

    /// Handles the end of the client's line. Returns the line to say first, which is an earlier
    /// line of an unfinished block if there is one. A blank line is an answer if a question is
    /// open.
    // Kept out of the path of all other lines: inlined, it costs each of them more.
    #[cold]
    pub(in crate::wire) fn end_line(&mut self, line: CleanText) -> Option<CleanText> {
        let line = Some(line).filter(|line| self.is_asking() || !line.is_blank());
        if self.left.is_empty() {
            return line;
        }
        self.sent.extend(self.left.drain(..).chain(line));
        self.next_sent()
    }

    /// Sets the size of the window.
    pub(in crate::wire) fn set_size(&mut self, size: Size) {
        self.size = size;
        self.mark_stale();
    }

    /// Sets the meaning of the byte 7F on this terminal.
    pub(in crate::wire) fn set_byte_7f(&mut self, meaning: Byte7f) {
        self.byte_7f = meaning;
        if let Some(editing) = &mut self.shown {
            editing.console.set_byte_7f(meaning);
        }
    }

    /// Whether the client has agreed to report its terminal type and has not done so.
    pub(in crate::wire) fn awaits_type(&self) -> bool {
        self.has_asked_type && !self.has_told_type
    }

    /// Whether the key bytes so far end inside a character.
    pub(in crate::wire) fn is_inside_character(&mut self) -> bool {
        self.shown.as_mut().is_some_and(|editing| editing.console.keys().is_inside_character())
    }

    /// Whether the last key was the CR of an Enter, whose LF may follow.
    pub(in crate::wire) fn is_after_cr(&mut self) -> bool {
        self.shown.as_mut().is_some_and(|editing| editing.console.keys().is_after_cr())
    }

    /// The text of the open question.
    pub(in crate::wire) fn question(&self) -> Option<&str> {
        self.question.as_ref().map(|question| &*question.text)
    }

    /// Whether a question is open.
    pub(in crate::wire) fn is_asking(&self) -> bool {
        self.question.is_some()
    }

    /// Whether the client hides the answer, if a question is open.
    pub(in crate::wire) fn hiding(&self) -> Option<Hiding> {
        self.question.as_ref().map(|question| question.hiding)
    }

    /// Stops waiting for the client to agree to hide the answer.
    pub(in crate::wire) fn wait_no_longer(&mut self) {
        if let Some(HiddenQuestion { hiding: hiding @ Hiding::Asked, .. }) = &mut self.question {
            *hiding = Hiding::Unanswered;
        }
    }

    /// Opens a question.
    pub(in crate::wire) fn ask(&mut self, text: &str, hiding: Hiding) {
        self.set_question(Some(HiddenQuestion { text: text.into(), hiding }));
    }

    /// Closes the question.
    pub(in crate::wire) fn end_question(&mut self) {
        self.set_question(None);
    }

    fn set_question(&mut self, question: Option<HiddenQuestion>) {
        self.question = question;
        if let Some(editing) = &mut self.shown {
            // Text killed in an answer must not be yanked elsewhere, nor other text into an answer.
            editing.console.editor().forget_killed();
        }
        self.mark_stale();
    }

    /// Handles the keys that this byte completes.
    pub(in crate::wire) fn take_key(&mut self, byte: u8) -> Option<Input> {
        let editing = self.shown.as_mut()?;
        let keys = editing.console.step(byte);
        editing.is_damaged |= editing.console.keys().take_broken();
        let mut input = None;
        for key in keys {
            // If a byte completes two keys, the first is a character that was cut short.
            input = input.or(self.press(key));
        }
        if let Some(editing) = &mut self.shown
            && editing.console.takes_cut()
        {
            editing.not_sent = Some(NotSent::EndOfPaste);
        }
        input
    }

    /// Takes the reason why typed text was not sent, once for each time.
    pub(in crate::wire) fn take_not_sent(&mut self) -> Option<NotSent> {
        self.shown.as_mut()?.not_sent.take()
    }

    /// Handles a key.
    pub(in crate::wire) fn press(&mut self, key: Key) -> Option<Input> {
        let editing = self.shown.as_mut()?;
        let key = editing.console.meant_by(key);
        // A user who does anything but type on has seen that the line is full.
        let types_on = matches!(key, Key::Text(_) | Key::LineBreak | Key::Enter);
        editing.is_overfull &= types_on || matches!(key, Key::FocusIn | Key::FocusOut);
        if self.question.is_some() {
            return editing.press_concealed(key);
        }
        let is_in_paste = editing.console.keys().is_in_paste();
        match editing.console.press(key, false) {
            EditOutcome::Refused => editing.is_overfull |= types_on && !is_in_paste,
            EditOutcome::Suspend => self.has_asked_to_suspend = true,
            EditOutcome::Leave => return Some(Input::Leave),
            EditOutcome::NextRoom => match self.place.next_room() {
                Some(room) => return Some(Input::Line(CleanText::from_bytes(room.as_bytes()))),
                None => editing.console.ring(),
            },
            EditOutcome::Complete(wanted) => return Some(Input::Complete(wanted)),
            EditOutcome::Submitted(text) => return self.send(&text),
            EditOutcome::Nothing | EditOutcome::Focus(_) | EditOutcome::ClearScreen => {}
        }
        None
    }

    /// Sends a line, or each line of a block. A command is shown before its reply, because it
    /// disappears from the screen when sent; one that may hold a password is not shown.
    fn send(&mut self, text: &str) -> Option<Input> {
        let editing = self.shown.as_mut()?;
        if editing.refuses(text) {
            return None;
        }
        self.sent.extend(clean_lines(text));
        if command::holds_secret(text) {
            return self.sent.pop_front().map(Input::Line);
        }
        editing.console.editor().remember(text);
        if let [line] = self.sent.make_contiguous()
            && command::is_shown_nowhere(line.clone())
        {
            let prompt = self.place.prompt(usize::from(editing.console.size().columns));
            return Some(Input::Echo(prompt + line.as_str()));
        }
        self.sent.pop_front().map(Input::Line)
    }
}

impl Editing {
    /// Whether a line must not be sent; its author is then told.
    fn refuses(&mut self, text: &str) -> bool {
        let is_damaged = std::mem::take(&mut self.is_damaged);
        let is_overfull = std::mem::take(&mut self.is_overfull);
        if is_damaged && text.contains(char::REPLACEMENT_CHARACTER) {
            self.not_sent = Some(NotSent::Damaged);
        } else if is_overfull {
            self.not_sent = Some(NotSent::TooLong);
            if !command::holds_secret(text) {
                self.console.editor().remember(text);
            }
        }
        self.not_sent.is_some()
    }

    fn press_concealed(&mut self, key: Key) -> Option<Input> {
        if key == Key::EndOfInput && self.console.text().is_empty() {
            return Some(Input::Leave);
        }
        match self.console.press(key, true) {
            EditOutcome::Submitted(text) if !self.refuses(&text) => {
                Some(Input::Line(CleanText::from_bytes(text.as_bytes())))
            }
            _ => None,
        }
    }
}

/// The lines of a block.
fn clean_lines(text: &str) -> impl Iterator<Item = CleanText> {
    block_lines(text).map(|line| CleanText::from_bytes(line.as_bytes()))
}
