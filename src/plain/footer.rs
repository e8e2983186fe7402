//! What stands below the lines of somebody at a terminal: a prompt, and the line that they type.
//!
//! Either it is drawn on their screen, and the line is edited here; or our own client is told the
//! same in messages beside the text, and does both by itself. Not known here: how it came to that,
//! when it is drawn, and what a line means.

use std::collections::VecDeque;
use std::num::NonZeroU8;
use std::sync::Arc;

use crate::command;
use crate::door::{Footer, Input, Terminal};
use crate::limits;
use crate::presentation::BELL;
use crate::telnet::message;
use crate::terminal::editor::Limits;
use crate::terminal::messages::{COMPLETIONS, PLACE};
use crate::terminal::{Editor, Key, KeyDecoder, Outcome, Place, Screen, Size, View};
use crate::text::CleanText;

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
pub(super) struct AtTerminal {
    /// The line is to be edited here, if the client agrees.
    pub(super) is_edit_wanted: bool,
    /// The client has been asked for the type of its terminal.
    pub(super) has_asked_type: bool,
    place: Place,
    size: Size,
    delete_is_7f: bool,
    /// The terminal cannot move its cursor.
    pub(super) is_immobile: bool,
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
pub(super) enum Hiding {
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
    pub(super) fn set_rooms(&mut self, rooms: &[Arc<str>]) {
        if self.place.set_rooms(rooms.iter().map(|room| &**room)) {
            self.mark_stale();
        }
    }

    pub(super) fn add_unread(&mut self, room: &Arc<str>, lines: u32) {
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

    pub(super) fn is_shown(&self) -> bool {
        !matches!(self.shown, Shown::Not)
    }

    /// Whether there is nothing to remember.
    pub(super) fn is_nothing_known(&self) -> bool {
        !self.is_shown()
            && !self.has_asked_type
            && self.size == Size::default()
            && self.sent.is_empty()
            && self.left.is_empty()
    }

    /// What is known of the terminal.
    pub(super) fn terminal(&self) -> Option<Terminal> {
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
    pub(super) fn close(&mut self) -> Box<[u8]> {
        let mut bytes = Vec::new();
        if let Shown::Drawn(editing) = &mut self.shown {
            editing.end(&mut bytes);
        }
        self.shown = Shown::Not;
        bytes.into()
    }

    /// The next line of what was sent at once.
    pub(super) fn next_sent(&mut self) -> Option<CleanText> {
        self.sent.pop_front()
    }

    /// Whether the line is edited here.
    pub(super) fn is_edited(&self) -> bool {
        matches!(self.shown, Shown::Drawn(_))
    }

    /// Whether it is our own client, which is told everything in messages.
    pub(super) fn is_told(&self) -> bool {
        matches!(self.shown, Shown::Told(_))
    }

    /// The line is edited here from now on; this of it has been typed already, or the CR of the
    /// Enter before it alone.
    pub(super) fn begin_editing(&mut self, line_bytes_max: usize, begun: &[u8], after_cr: bool) {
        let mut editing = Box::new(Editing::new(line_bytes_max, self.size));
        editing.keys.set_delete_is_7f(self.delete_is_7f);
        editing.keys.set_after_cr(after_cr);
        editing.editor.set_text(CleanText::from_bytes(begun).as_str());
        self.shown = Shown::Drawn(editing);
    }

    /// The client edits the line by itself again. Gives what has been typed of it, which stays on
    /// the screen, unless it is an answer that is not to be seen: then the question does. The lines
    /// of a block before it are said with it.
    pub(super) fn end_editing(&mut self, bytes: &mut Vec<u8>) -> String {
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
        self.left.extend(block_lines(block));
        line.to_owned()
    }

    /// The client has ended its line: what is said first, which is a line of a block that was left
    /// before it, if there are any. Nothing is an answer where something was asked.
    // Out of the way of all other lines: inlined, it costs each of them more.
    #[cold]
    pub(super) fn end_line(&mut self, line: CleanText) -> Option<CleanText> {
        let line = Some(line).filter(|line| self.is_asking() || !line.is_blank());
        if self.left.is_empty() {
            return line;
        }
        self.sent.extend(self.left.drain(..).chain(line));
        self.next_sent()
    }

    /// Our own client is told everything in messages from now on.
    pub(super) fn begin_telling(&mut self) {
        self.shown = Shown::Told(Telling { is_place_stale: true, completions: None });
    }

    /// And no more.
    pub(super) fn end_telling(&mut self) {
        self.shown = Shown::Not;
    }

    /// The window has this size now.
    pub(super) fn set_size(&mut self, size: Size) {
        self.size = size;
        self.mark_stale();
    }

    /// Whether the terminal's Delete sends 7F, which is Backspace elsewhere.
    pub(super) fn set_delete_is_7f(&mut self, delete_is_7f: bool) {
        self.delete_is_7f = delete_is_7f;
        if let Shown::Drawn(editing) = &mut self.shown {
            editing.keys.set_delete_is_7f(delete_is_7f);
        }
    }

    /// Whether the bytes of keys up to now end inside a character.
    pub(super) fn is_inside_character(&self) -> bool {
        matches!(&self.shown, Shown::Drawn(editing) if editing.keys.is_inside_character())
    }

    /// Whether the last key was the CR of an Enter, whose LF may follow.
    pub(super) fn is_after_cr(&self) -> bool {
        matches!(&self.shown, Shown::Drawn(editing) if editing.keys.is_after_cr())
    }

    /// Whether something has been asked and not been answered.
    pub(super) fn is_asking(&self) -> bool {
        self.question.is_some()
    }

    /// Whether the client hides the answer, if something has been asked.
    pub(super) fn hiding(&self) -> Option<Hiding> {
        self.question.as_ref().map(|question| question.hiding)
    }

    /// The client has been asked to hide the answer and has not agreed, though it is time.
    pub(super) fn wait_no_longer(&mut self) {
        if let Some(Question { hiding: hiding @ Hiding::Asked, .. }) = &mut self.question {
            *hiding = Hiding::Unanswered;
        }
    }

    /// This is asked.
    pub(super) fn ask(&mut self, text: &str, hiding: Hiding) {
        self.set_question(Some(Question { text: text.into(), hiding }));
    }

    /// Nothing is asked any more.
    pub(super) fn end_question(&mut self) {
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
    pub(super) fn take_key(&mut self, byte: u8) -> Option<Input> {
        let Shown::Drawn(editing) = &mut self.shown else { return None };
        let keys = editing.keys.step(byte);
        let mut input = None;
        for key in keys {
            // A byte that completes two keys begins with a character that was cut short.
            input = input.or(self.press(key));
        }
        input
    }

    /// Whether a paste has ended of which not all fitted; true once for each.
    pub(super) fn has_cut_paste(&mut self) -> bool {
        let Shown::Drawn(editing) = &mut self.shown else { return false };
        !editing.keys.is_in_paste() && std::mem::take(&mut editing.is_cut)
    }

    /// What a key means.
    pub(super) fn press(&mut self, key: Key) -> Option<Input> {
        let Shown::Drawn(editing) = &mut self.shown else { return None };
        editing.is_stale = true;
        if self.question.is_some() {
            let is_leaving = key == Key::EndOfInput && editing.editor.text().is_empty();
            return if is_leaving { Some(Input::Leave) } else { editing.press_concealed(key) };
        }
        match editing.editor.press(key) {
            Outcome::Nothing | Outcome::Focus(_) => {}
            Outcome::Refused => {
                editing.rings = true;
                editing.is_cut |= editing.keys.is_in_paste();
            }
            Outcome::Suspend => editing.rings = true,
            Outcome::ClearScreen => editing.is_to_clear = true,
            Outcome::Leave => return Some(Input::Leave),
            Outcome::NextRoom => match self.place.next_room() {
                Some(room) => return Some(Input::Line(CleanText::from_bytes(room.as_bytes()))),
                None => editing.rings = true,
            },
            Outcome::Complete(wanted) => match wanted.commands() {
                Some(commands) => editing.complete(commands),
                None => return Some(Input::Complete(wanted)),
            },
            Outcome::Submitted(text) => return self.send(&text),
        }
        None
    }

    /// A line, or a block of several, each of which is one; those without anything to see are none.
    fn send(&mut self, text: &str) -> Option<Input> {
        let Shown::Drawn(editing) = &mut self.shown else { return None };
        self.sent.extend(block_lines(text));
        if !command::holds_secret(text) {
            editing.editor.remember(text);
        }
        self.sent.pop_front().map(Input::Line)
    }
}

impl Editing {
    fn press_concealed(&mut self, key: Key) -> Option<Input> {
        match self.editor.press_concealed(key) {
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

/// The lines of a block, but for those without anything to see.
fn block_lines(text: &str) -> impl Iterator<Item = CleanText> {
    let lines = text.split('\n').map(|line| CleanText::from_bytes(line.as_bytes()));
    lines.filter(|line| !line.is_blank())
}

/// Appends a message whose data is this. Names and rooms are always JSON.
fn append_message(name: &str, data: &impl serde::Serialize, bytes: &mut Vec<u8>) {
    if let Ok(data) = serde_json::to_string(data) {
        bytes.extend_from_slice(&message(name, &data));
    }
}
