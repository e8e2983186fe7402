//! What stands below the lines of somebody at a terminal: a prompt, and the line that they type.
//!
//! Either it is drawn on their screen, and the line is edited here; or our own client is told the
//! same in messages beside the text, and does both by itself. Not known here: how it came to that,
//! when it is drawn, and what a line means.

use std::collections::VecDeque;
use std::num::NonZeroU8;
use std::sync::Arc;

use crate::terminal::editor::Limits;
use crate::terminal::line::block_lines;
use crate::terminal::{Byte7f, Editor, Key, KeyDecoder, Outcome, Place, Screen, Size, View};
use crate::text::CleanText;
use crate::wire::door::{Footer, Input, Terminal};
use crate::wire::plain::render::BELL;
use crate::wire::telnet::message;
use crate::wire::telnet::messages::{BLANK_LINE, COMPLETIONS, PLACE};
use crate::{command, limits};

/// What is typed begins on a row of its own, arrows are sent as ANSI has them (DECCKM off), and a
/// paste is told from typing (bracketed paste).
const BEGIN: &[u8] = b"\r\x1b[K\x1b[?1l\x1b[?2004h";

/// And no more.
const END: &[u8] = b"\x1b[?2004l";

/// Widths that lines are broken for differ by so many columns: each width in use is a rendering.
const COLUMNS_STEP: u16 = 4;

/// Below this each column counts.
const COLUMNS_NARROW: u16 = 24;

/// A client that has, or may have, something below the lines.
#[derive(Debug, Default)]
pub(in crate::wire) struct AtTerminal {
    /// The line is to be edited here, if the client agrees.
    pub(in crate::wire) is_edit_wanted: bool,
    /// The client lets its line be shown here, and has been asked for the rest.
    pub(in crate::wire) has_asked_keys: bool,
    /// The client has been asked for the type of its terminal.
    pub(in crate::wire) has_asked_type: bool,
    /// It has told that, or is waited for no longer.
    pub(in crate::wire) has_told_type: bool,
    place: Place,
    size: Size,
    byte_7f: Byte7f,
    /// The terminal cannot move its cursor.
    pub(in crate::wire) is_immobile: bool,
    /// A key was pressed that stops programs, and not this one.
    pub(in crate::wire) has_asked_to_suspend: bool,
    question: Option<Question>,
    shown: Shown,
    /// Further lines of a block that was sent at once.
    sent: VecDeque<CleanText>,
    /// The lines of a block whose last one the client has been left to finish.
    left: Vec<CleanText>,
}

/// What has been asked: it takes the place of the prompt, and what is typed is not shown where the
/// line is edited here.
#[derive(Debug)]
struct Question {
    text: Box<str>,
    hiding: Hiding,
}

/// Whether a client that shows what is typed by itself hides an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Hiding {
    /// It has not been asked to.
    NotAsked,
    /// It has been asked to, and does unless it refuses.
    Asked,
    /// It has been, and has not answered that in time.
    Unanswered,
}

/// How it is shown.
#[derive(Debug, Default)]
enum Shown {
    #[default]
    Not,
    /// On the screen.
    Drawn(Box<Editing>),
    /// In messages.
    Told(Telling),
}

/// A line that is edited here.
#[derive(Debug)]
struct Editing {
    keys: KeyDecoder,
    editor: Editor,
    screen: Screen,
    /// The screen does not show it as it is.
    is_stale: bool,
    has_begun: bool,
    is_to_clear: bool,
    rings: bool,
    /// Not all of what is being pasted fits.
    is_cut: bool,
    /// Nor of what has been typed, and nothing has been changed since.
    is_overfull: bool,
    /// A character has come that is none.
    is_damaged: bool,
    not_sent: Option<NotSent>,
}

/// What was typed and is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum NotSent {
    /// What did not fit of a paste.
    EndOfPaste,
    /// A line that is longer than what fits. What does can be recalled.
    TooLong,
    /// One that holds something that is no character.
    Damaged,
}

/// What our own client has not been told yet.
#[derive(Debug, Default)]
struct Telling {
    is_place_stale: bool,
    completions: Option<Box<[Box<str>]>>,
}

impl Editing {
    fn new(line_bytes_max: usize, size: Size) -> Self {
        let editor = Editor::new(Limits {
            line_bytes_max,
            recall_entries_max: limits::RECALL_ENTRIES_MAX,
            recall_bytes_max: limits::RECALL_BYTES_MAX,
        });
        Self {
            keys: KeyDecoder::default(),
            editor,
            screen: Screen::new(size),
            is_stale: true,
            has_begun: false,
            is_to_clear: false,
            rings: false,
            is_cut: false,
            is_overfull: false,
            is_damaged: false,
            not_sent: None,
        }
    }
}

impl Footer for AtTerminal {
    fn lift(&mut self, bytes: &mut Vec<u8>) -> bool {
        let Shown::Drawn(editing) = &mut self.shown else { return false };
        editing.fit(self.size, bytes);
        editing.screen.erase(bytes);
        true
    }

    fn settle(&mut self, bytes: &mut Vec<u8>) {
        match &mut self.shown {
            Shown::Not => {}
            Shown::Drawn(editing) => {
                editing.fit(self.size, bytes);
                let question = self.question.as_ref().map(|question| &*question.text);
                editing.draw(&self.place, question, bytes);
            }
            Shown::Told(telling) => telling.tell(&self.place, bytes),
        }
    }

    fn is_stale(&self) -> bool {
        match &self.shown {
            Shown::Not => false,
            Shown::Drawn(editing) => editing.is_stale,
            Shown::Told(telling) => telling.is_place_stale || telling.completions.is_some(),
        }
    }

    fn complete(&mut self, words: Box<[Box<str>]>) {
        match &mut self.shown {
            Shown::Not => {}
            Shown::Drawn(editing) => {
                editing.complete(words.into_iter().map(String::from).collect());
                editing.is_stale = true;
            }
            Shown::Told(telling) => telling.completions = Some(words),
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
        match &mut self.shown {
            Shown::Not => {}
            Shown::Drawn(editing) => editing.is_stale = true,
            Shown::Told(telling) => telling.is_place_stale = true,
        }
    }

    pub(in crate::wire) fn is_shown(&self) -> bool {
        !matches!(self.shown, Shown::Not)
    }

    /// Whether there is nothing to remember.
    pub(in crate::wire) fn is_nothing_known(&self) -> bool {
        !self.is_shown()
            && !self.has_asked_type
            && self.size == Size::default()
            && self.sent.is_empty()
            && self.left.is_empty()
    }

    /// What is known of the terminal.
    pub(in crate::wire) fn terminal(&self) -> Option<Terminal> {
        match &self.shown {
            Shown::Not => None,
            Shown::Drawn(_) => {
                // In steps, so that fewer different ones are in use; the text is a little narrower
                // than it could be.
                let columns = match self.size.columns {
                    narrow @ ..COLUMNS_NARROW => narrow,
                    wide => wide / COLUMNS_STEP * COLUMNS_STEP,
                };
                let columns = u8::try_from(columns).ok();
                Some(Terminal { columns: columns.and_then(NonZeroU8::new) })
            }
            Shown::Told(_) => Some(Terminal { columns: None }),
        }
    }

    /// The connection ends: what leaves the terminal as it was.
    pub(in crate::wire) fn close(&mut self) -> Box<[u8]> {
        let mut bytes = Vec::new();
        if let Shown::Drawn(editing) = &mut self.shown {
            editing.end(&mut bytes);
        }
        self.shown = Shown::Not;
        bytes.into()
    }

    /// The next line of what was sent at once.
    pub(in crate::wire) fn next_sent(&mut self) -> Option<CleanText> {
        self.sent.pop_front()
    }

    /// Whether the line is edited here.
    pub(in crate::wire) fn is_edited(&self) -> bool {
        matches!(self.shown, Shown::Drawn(_))
    }

    /// Whether it is our own client, which is told everything in messages.
    pub(in crate::wire) fn is_told(&self) -> bool {
        matches!(self.shown, Shown::Told(_))
    }

    /// The line is edited here from now on; this of it has been typed already, or the CR of the
    /// Enter before it alone.
    pub(in crate::wire) fn begin_editing(
        &mut self,
        line_bytes_max: usize,
        begun: &[u8],
        after_cr: bool,
    ) {
        let mut editing = Box::new(Editing::new(line_bytes_max, self.size));
        editing.keys.set_byte_7f(self.byte_7f);
        editing.keys.set_after_cr(after_cr);
        editing.editor.set_text(CleanText::from_bytes(begun).as_str());
        self.shown = Shown::Drawn(editing);
    }

    /// The client edits the line by itself again. Gives what has been typed of it, which stays on
    /// the screen, unless it is an answer that is not to be seen: then the question does. The lines
    /// of a block before it are said with it.
    pub(in crate::wire) fn end_editing(&mut self, bytes: &mut Vec<u8>) -> String {
        let Shown::Drawn(mut editing) = std::mem::take(&mut self.shown) else {
            return String::new();
        };
        editing.end(bytes);
        let text = editing.editor.take();
        if let Some(question) = &self.question {
            bytes.extend_from_slice(question.text.as_bytes());
            return text;
        }
        bytes.extend_from_slice(text.replace('\n', "\r\n").as_bytes());
        let (block, line) = text.rsplit_once('\n').unwrap_or(("", &text));
        self.left.extend(clean_lines(block));
        line.to_owned()
    }

    /// The client has ended its line: what is said first, which is a line of a block that was left
    /// before it, if there are any. Nothing is an answer where something was asked.
    // Out of the way of all other lines: inlined, it costs each of them more.
    #[cold]
    pub(in crate::wire) fn end_line(&mut self, line: CleanText) -> Option<CleanText> {
        let line = match self.is_told() && !self.is_asking() && line.as_str() == BLANK_LINE {
            true => Some(CleanText::from_bytes(b"")),
            false => Some(line).filter(|line| self.is_asking() || !line.is_blank()),
        };
        if self.left.is_empty() {
            return line;
        }
        self.sent.extend(self.left.drain(..).chain(line));
        self.next_sent()
    }

    /// Our own client is told everything in messages from now on.
    pub(in crate::wire) fn begin_telling(&mut self) {
        self.shown = Shown::Told(Telling { is_place_stale: true, completions: None });
    }

    /// And no more.
    pub(in crate::wire) fn end_telling(&mut self) {
        self.shown = Shown::Not;
    }

    /// The window has this size now.
    pub(in crate::wire) fn set_size(&mut self, size: Size) {
        self.size = size;
        self.mark_stale();
    }

    /// What the byte 7F is on this terminal.
    pub(in crate::wire) fn set_byte_7f(&mut self, meaning: Byte7f) {
        self.byte_7f = meaning;
        if let Shown::Drawn(editing) = &mut self.shown {
            editing.keys.set_byte_7f(meaning);
        }
    }

    /// Whether the client has agreed to tell the type of its terminal, and has not.
    pub(in crate::wire) fn awaits_type(&self) -> bool {
        self.has_asked_type && !self.has_told_type
    }

    /// Whether the bytes of keys up to now end inside a character.
    pub(in crate::wire) fn is_inside_character(&self) -> bool {
        matches!(&self.shown, Shown::Drawn(editing) if editing.keys.is_inside_character())
    }

    /// Whether the last key was the CR of an Enter, whose LF may follow.
    pub(in crate::wire) fn is_after_cr(&self) -> bool {
        matches!(&self.shown, Shown::Drawn(editing) if editing.keys.is_after_cr())
    }

    /// Whether something has been asked and not been answered.
    pub(in crate::wire) fn is_asking(&self) -> bool {
        self.question.is_some()
    }

    /// Whether the client hides the answer, if something has been asked.
    pub(in crate::wire) fn hiding(&self) -> Option<Hiding> {
        self.question.as_ref().map(|question| question.hiding)
    }

    /// The client has been asked to hide the answer and has not agreed, though it is time.
    pub(in crate::wire) fn wait_no_longer(&mut self) {
        if let Some(Question { hiding: hiding @ Hiding::Asked, .. }) = &mut self.question {
            *hiding = Hiding::Unanswered;
        }
    }

    /// This is asked.
    pub(in crate::wire) fn ask(&mut self, text: &str, hiding: Hiding) {
        self.set_question(Some(Question { text: text.into(), hiding }));
    }

    /// Nothing is asked any more.
    pub(in crate::wire) fn end_question(&mut self) {
        self.set_question(None);
    }

    fn set_question(&mut self, question: Option<Question>) {
        self.question = question;
        if let Shown::Drawn(editing) = &mut self.shown {
            // What was taken away of an answer is not to be brought back, nor into one.
            editing.editor.forget_killed();
        }
        self.mark_stale();
    }

    /// What the keys mean that this byte completes.
    pub(in crate::wire) fn take_key(&mut self, byte: u8) -> Option<Input> {
        let Shown::Drawn(editing) = &mut self.shown else { return None };
        let keys = editing.keys.step(byte);
        editing.is_damaged |= editing.keys.take_broken();
        let mut input = None;
        for key in keys {
            // A byte that completes two keys begins with a character that was cut short.
            input = input.or(self.press(key));
        }
        if let Shown::Drawn(editing) = &mut self.shown
            && !editing.keys.is_in_paste()
            && std::mem::take(&mut editing.is_cut)
        {
            editing.not_sent = Some(NotSent::EndOfPaste);
        }
        input
    }

    /// What was typed and has not been sent; once for each time.
    pub(in crate::wire) fn take_not_sent(&mut self) -> Option<NotSent> {
        let Shown::Drawn(editing) = &mut self.shown else { return None };
        editing.not_sent.take()
    }

    /// What a key means.
    pub(in crate::wire) fn press(&mut self, key: Key) -> Option<Input> {
        let Shown::Drawn(editing) = &mut self.shown else { return None };
        editing.is_stale = true;
        let key = editing.meant_by(key);
        // Whoever does anything else than to type on has seen that the line is full.
        let types_on = matches!(key, Key::Text(_) | Key::LineBreak | Key::Enter);
        editing.is_overfull &= types_on || matches!(key, Key::FocusIn | Key::FocusOut);
        if self.question.is_some() {
            let is_leaving = key == Key::EndOfInput && editing.editor.text().is_empty();
            return if is_leaving { Some(Input::Leave) } else { editing.press_concealed(key) };
        }
        match editing.editor.press(key) {
            Outcome::Nothing | Outcome::Focus(_) => {}
            Outcome::Refused => {
                editing.rings = true;
                editing.is_cut |= editing.keys.is_in_paste();
                editing.is_overfull |= types_on && !editing.keys.is_in_paste();
            }
            Outcome::Suspend => self.has_asked_to_suspend = true,
            Outcome::ClearScreen => editing.is_to_clear = true,
            Outcome::Leave => return Some(Input::Leave),
            Outcome::NextRoom => match self.place.next_room() {
                Some(room) => return Some(Input::Line(CleanText::from_bytes(room.as_bytes()))),
                None => editing.rings = true,
            },
            Outcome::Complete(wanted) => match wanted.known() {
                Some(commands) => editing.complete(commands),
                None => return Some(Input::Complete(wanted)),
            },
            Outcome::Submitted(text) => return self.send(&text),
        }
        None
    }

    /// A line, or a block of several, each of which is one. A command is shown before what is
    /// answered to it, since it is gone from the screen then; what may hold a password is not.
    fn send(&mut self, text: &str) -> Option<Input> {
        let Shown::Drawn(editing) = &mut self.shown else { return None };
        if editing.refuses(text) {
            return None;
        }
        self.sent.extend(clean_lines(text));
        if command::holds_secret(text) {
            return self.sent.pop_front().map(Input::Line);
        }
        editing.editor.remember(text);
        if let [line] = self.sent.make_contiguous()
            && command::is_shown_nowhere(line.clone())
        {
            let prompt = self.place.prompt(usize::from(editing.screen.size().columns));
            return Some(Input::Told(prompt + line.as_str()));
        }
        self.sent.pop_front().map(Input::Line)
    }
}

impl Editing {
    /// What a key means here: Delete at the end of the line, where there is nothing to delete, is
    /// a Backspace of a terminal whose type says otherwise.
    fn meant_by(&self, key: Key) -> Key {
        let is_at_end = self.editor.cursor() == self.editor.text().len();
        if key == Key::Delete && is_at_end && self.keys.was_7f() { Key::Backspace } else { key }
    }

    /// Whether a line is not to be sent, of which its author is told then.
    fn refuses(&mut self, text: &str) -> bool {
        let is_damaged = std::mem::take(&mut self.is_damaged);
        let is_overfull = std::mem::take(&mut self.is_overfull);
        if is_damaged && text.contains(char::REPLACEMENT_CHARACTER) {
            self.not_sent = Some(NotSent::Damaged);
        } else if is_overfull {
            self.not_sent = Some(NotSent::TooLong);
            if !command::holds_secret(text) {
                self.editor.remember(text);
            }
        }
        self.not_sent.is_some()
    }

    fn press_concealed(&mut self, key: Key) -> Option<Input> {
        match self.editor.press_concealed(key) {
            Outcome::Submitted(text) if self.refuses(&text) => None,
            Outcome::Submitted(text) => Some(Input::Line(CleanText::from_bytes(text.as_bytes()))),
            outcome => {
                self.rings |= outcome == Outcome::Refused;
                None
            }
        }
    }

    fn complete(&mut self, words: Vec<String>) {
        self.rings |= words.is_empty();
        self.editor.complete(words);
    }

    /// Fits what is drawn to the window, if it has another size now.
    fn fit(&mut self, size: Size, bytes: &mut Vec<u8>) {
        if self.screen.size() != size {
            self.screen.resize(size, bytes);
            self.is_stale = true;
        }
    }

    fn draw(&mut self, place: &Place, question: Option<&str>, bytes: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.has_begun, true) {
            bytes.extend_from_slice(BEGIN);
        }
        if std::mem::take(&mut self.is_to_clear) {
            self.screen.clear(bytes);
            self.is_stale = true;
        }
        if !self.is_stale {
            return self.screen.restore(bytes);
        }
        match question {
            // As a text, which takes as many rows as it needs.
            Some(text) => self.screen.draw(View { prompt: "", text, cursor: text.len() }, bytes),
            None => {
                let prompt = &place.prompt(usize::from(self.screen.size().columns));
                let (text, cursor) = (self.editor.text(), self.editor.cursor());
                self.screen.draw(View { prompt, text, cursor }, bytes);
            }
        }
        if std::mem::take(&mut self.rings) {
            bytes.push(BELL);
        }
        self.is_stale = false;
    }

    /// What takes it from the screen for good. What was being typed stays there, and is the
    /// client's from now on.
    fn end(&mut self, bytes: &mut Vec<u8>) {
        self.screen.erase(bytes);
        bytes.extend_from_slice(END);
    }
}

impl Telling {
    fn tell(&mut self, place: &Place, bytes: &mut Vec<u8>) {
        if std::mem::take(&mut self.is_place_stale) {
            append_message(PLACE, place, bytes);
        }
        if let Some(words) = self.completions.take() {
            append_message(COMPLETIONS, &words, bytes);
        }
    }
}

/// The lines of a block.
fn clean_lines(text: &str) -> impl Iterator<Item = CleanText> {
    block_lines(text).map(|line| CleanText::from_bytes(line.as_bytes()))
}

/// Appends a message whose data is this. Names and rooms are always JSON.
fn append_message(name: &str, data: &impl serde::Serialize, bytes: &mut Vec<u8>) {
    if let Ok(data) = serde_json::to_string(data) {
        bytes.extend_from_slice(&message(name, &data));
    }
}
