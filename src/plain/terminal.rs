//! Who comes by a telnet that says more of its terminal: what stands below the lines on it.
//!
//! Where the client lets this end show what is typed (ECHO and SUPPRESS-GO-AHEAD, which make a
//! telnet send each key), the line is edited here and drawn below the lines. Our own client edits
//! it by itself, and is told the same in messages beside the text. Owned here: which of both it is,
//! and what that takes. Not known here: when it is drawn, and what a line means.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Plain;
use crate::command::{self, Topic};
use crate::door::{Footer, Input, Terminal};
use crate::limits;
use crate::telnet::{Subnegotiation, TelnetOption, message, terminal_type_request};
use crate::terminal::editor::Limits;
use crate::terminal::{Editor, Key, KeyDecoder, Kind, Outcome, Place, Screen, Size, View, Wanted};
use crate::text::CleanText;

/// What is typed begins on a row of its own, and a paste is told from typing: bracketed paste.
const BEGIN: &[u8] = b"\r\x1b[K\x1b[?2004h";

/// And no more.
const END: &[u8] = b"\x1b[?2004l";

/// Rings the terminal's bell.
const BELL: u8 = 7;

/// Types of terminals (RFC 1091) that cannot move their cursor, in small letters.
const IMMOBILE: [&str; 2] = ["dumb", "unknown"];

/// Those whose Delete sends 7F, which is Backspace elsewhere: telnet of Windows, and SyncTERM.
const DELETE_IS_7F: [&str; 2] = ["ansi", "vtnt"];

/// Messages to our own client, and from it.
const PLACE: &str = "Hobnob.Place";
const COMPLETE: &str = "Hobnob.Complete";
const COMPLETIONS: &str = "Hobnob.Completions";

/// A client that has, or may have, something below the lines.
#[derive(Debug, Default)]
pub(super) struct AtTerminal {
    place: Place,
    size: Size,
    /// What has been asked: it takes the place of the prompt.
    question: Option<Box<str>>,
    /// The line is to be edited here, if the client agrees.
    is_edit_wanted: bool,
    has_asked_type: bool,
    is_delete_7f: bool,
    shown: Shown,
    /// Further lines of a block that was sent at once.
    sent: VecDeque<CleanText>,
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
                editing.draw(&self.place, self.question.as_deref(), bytes);
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

    fn set_rooms(&mut self, rooms: &[Arc<str>]) {
        if self.place.set_rooms(rooms.iter().map(|room| &**room)) {
            self.mark_stale();
        }
    }

    fn add_unread(&mut self, room: &Arc<str>, lines: u32) {
        self.place.add_unread(room, lines);
        self.mark_stale();
    }

    fn complete(&mut self, words: Box<[Box<str>]>) {
        match &mut self.shown {
            Shown::Not => {}
            Shown::Drawn(editing) => {
                editing.rings |= words.is_empty();
                editing.editor.complete(words.into_iter().map(String::from).collect());
                editing.is_stale = true;
            }
            Shown::Told(telling) => telling.completions = Some(words),
        }
    }
}

impl AtTerminal {
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

    /// What is known of the terminal.
    pub(super) fn terminal(&self) -> Option<Terminal> {
        match &self.shown {
            Shown::Not => None,
            Shown::Drawn(_) => {
                let columns = u8::try_from(self.size.columns).ok();
                Some(Terminal { columns: columns.and_then(std::num::NonZeroU8::new) })
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

    /// Something is asked, or nothing any more.
    pub(super) fn set_question(&mut self, question: Option<&str>) {
        self.question = question.map(Box::from);
        if let Shown::Drawn(editing) = &mut self.shown {
            // What was taken away of an answer is not to be brought back, nor into one.
            editing.editor.forget_killed();
        }
        self.mark_stale();
    }

    /// What the keys mean that this byte completes.
    fn take_key(&mut self, byte: u8, is_concealed: bool) -> Option<Input> {
        let Shown::Drawn(editing) = &mut self.shown else { return None };
        let keys = editing.keys.step(byte);
        let mut input = None;
        for key in keys {
            // A byte that completes two keys begins with a character that was cut short.
            input = input.or(self.press(key, is_concealed));
        }
        input
    }

    fn press(&mut self, key: Key, is_concealed: bool) -> Option<Input> {
        let Shown::Drawn(editing) = &mut self.shown else { return None };
        editing.is_stale = true;
        if is_concealed {
            return editing.press_concealed(key);
        }
        match editing.editor.press(key) {
            Outcome::Nothing | Outcome::Focus(_) => {}
            Outcome::Refused | Outcome::Suspend => editing.rings = true,
            Outcome::ClearScreen => editing.is_to_clear = true,
            Outcome::Leave => return Some(Input::Leave),
            Outcome::NextRoom => match self.place.next_room() {
                Some(room) => return Some(Input::Line(CleanText::from_bytes(room.as_bytes()))),
                None => editing.rings = true,
            },
            Outcome::Complete(Wanted { kind: Kind::Command, prefix }) => {
                let words: Vec<String> = Topic::beginning(&prefix).map(String::from).collect();
                editing.rings |= words.is_empty();
                editing.editor.complete(words);
            }
            Outcome::Complete(wanted) => return Some(Input::Complete(wanted)),
            Outcome::Submitted(text) => return self.send(&text),
        }
        None
    }

    /// A line, or a block of several, each of which is one; those without anything to see are none.
    fn send(&mut self, text: &str) -> Option<Input> {
        let Shown::Drawn(editing) = &mut self.shown else { return None };
        let lines = text.split('\n').map(|line| CleanText::from_bytes(line.as_bytes()));
        self.sent.extend(lines.filter(|line| !line.is_blank()));
        if !text.split('\n').any(command::holds_secret) {
            editing.editor.remember(text);
        }
        self.sent.pop_front().map(Input::Line)
    }
}

impl Editing {
    /// A key of an answer that is not to be seen: there is nothing to complete or to recall, and
    /// it is not kept.
    fn press_concealed(&mut self, key: Key) -> Option<Input> {
        let is_enter = matches!(key, Key::Enter | Key::Interrupt);
        match key {
            Key::Enter => {}
            Key::Text(_) | Key::Backspace | Key::KillToStart | Key::Interrupt => {
                self.editor.press(key);
            }
            Key::EndOfInput if self.editor.text().is_empty() => return Some(Input::Leave),
            _ => self.rings = true,
        }
        is_enter.then(|| Input::Line(CleanText::from_bytes(self.editor.take().as_bytes())))
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
            Some(prompt) => self.screen.draw(View { prompt, text: "", cursor: 0 }, bytes),
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

/// Appends a message whose data is this. Names and rooms are always JSON.
fn append_message(name: &str, data: &impl serde::Serialize, bytes: &mut Vec<u8>) {
    if let Ok(data) = serde_json::to_string(data) {
        bytes.extend_from_slice(&message(name, &data));
    }
}

impl Plain {
    /// Offers to edit the line here: what to send.
    pub(super) fn offer_editing(&mut self) -> Vec<u8> {
        let at = self.at_terminal.get_or_insert_default();
        if at.is_shown() || std::mem::replace(&mut at.is_edit_wanted, true) {
            return Vec::new();
        }
        let telnet = &mut self.telnet;
        let requests = [
            telnet.offer(TelnetOption::Echo),
            telnet.offer(TelnetOption::SuppressGoAhead),
            telnet.ask_for(TelnetOption::WindowSize),
            telnet.ask_for(TelnetOption::TerminalType),
        ];
        requests.into_iter().flatten().flatten().collect()
    }

    /// Has the client edit its line by itself, as it did: what to send.
    pub(super) fn stop_editing(&mut self) -> Vec<u8> {
        let Some(at) = &mut self.at_terminal else { return Vec::new() };
        let mut bytes = Vec::new();
        let was_wanted = std::mem::take(&mut at.is_edit_wanted);
        if let Shown::Drawn(editing) = &mut at.shown {
            editing.end(&mut bytes);
            let text = editing.editor.take();
            bytes.extend_from_slice(text.replace('\n', " ").as_bytes());
            self.line = text.into_bytes();
            self.line.truncate(self.door.line_bytes_max);
            at.shown = Shown::Not;
        }
        // What a password needs hidden stays so.
        if was_wanted && !self.concealed {
            bytes.extend(self.telnet.withdraw(TelnetOption::Echo).into_iter().flatten());
        }
        if was_wanted {
            bytes.extend(self.telnet.withdraw(TelnetOption::SuppressGoAhead).into_iter().flatten());
        }
        bytes
    }

    /// Whether the client has been asked to let its line be edited, and has not answered.
    pub(super) fn is_editing_offered(&self) -> bool {
        let is_wanted = self.at_terminal.as_ref().is_some_and(|at| at.is_edit_wanted);
        let is_open = |option| self.telnet.is_offering(option);
        is_wanted && (is_open(TelnetOption::Echo) || is_open(TelnetOption::SuppressGoAhead))
    }

    /// Options may be on or off that were not: what follows from that, and is to be sent.
    pub(super) fn follow_options(&mut self) -> Vec<u8> {
        use TelnetOption::{Echo, Messages, SuppressGoAhead, TerminalType};
        let mut bytes = Vec::new();
        let is_told = self.telnet.performs(Messages);
        if is_told
            && !self.at_terminal.as_ref().is_some_and(|at| matches!(at.shown, Shown::Told(_)))
        {
            bytes.extend(self.stop_editing());
            let telling = Telling { is_place_stale: true, completions: None };
            self.at_terminal.get_or_insert_default().shown = Shown::Told(telling);
            return bytes;
        }
        let Some(at) = &mut self.at_terminal else { return bytes };
        if self.telnet.peer_performs(TerminalType)
            && !std::mem::replace(&mut at.has_asked_type, true)
        {
            bytes.extend_from_slice(&terminal_type_request());
        }
        let sends_keys = [Echo, SuppressGoAhead].map(|option| self.telnet.performs(option));
        let is_refused =
            |option: TelnetOption, is_on: bool| !is_on && !self.telnet.is_offering(option);
        if at.is_edited() || at.is_edit_wanted {
            let [echo, go_ahead] = sends_keys;
            if is_refused(Echo, echo) || is_refused(SuppressGoAhead, go_ahead) {
                bytes.extend(self.stop_editing());
            } else if echo && go_ahead && !at.is_edited() {
                self.start_editing();
            }
        }
        bytes
    }

    /// The client sends each key from now on. What it has sent of a line is the beginning of it.
    fn start_editing(&mut self) {
        let Some(at) = &mut self.at_terminal else { return };
        let mut editing = Box::new(Editing::new(self.door.line_bytes_max, at.size));
        editing.keys.set_delete_is_7f(at.is_delete_7f);
        let begun = CleanText::from_bytes(&std::mem::take(&mut self.line));
        editing.editor.set_text(begun.as_str());
        self.discarding = false;
        at.shown = Shown::Drawn(editing);
    }

    /// What the client says of its terminal.
    pub(super) fn take_subnegotiation(&mut self) -> Option<Input> {
        let at = self.at_terminal.as_mut()?;
        match self.telnet.subnegotiation()? {
            Subnegotiation::WindowSize { columns, rows } => {
                at.size = Size::new(columns, rows);
                at.mark_stale();
                None
            }
            Subnegotiation::TerminalType(name) => {
                let name = name.to_ascii_lowercase();
                at.is_delete_7f = DELETE_IS_7F.contains(&&*name);
                if let Shown::Drawn(editing) = &mut at.shown {
                    editing.keys.set_delete_is_7f(at.is_delete_7f);
                }
                if IMMOBILE.contains(&&*name) {
                    return Some(Input::Answer(self.stop_editing().into()));
                }
                None
            }
            Subnegotiation::Message(COMPLETE, data) if matches!(at.shown, Shown::Told(_)) => {
                serde_json::from_str(data).ok().map(Input::Complete)
            }
            Subnegotiation::Message(..) => None,
        }
    }

    /// A byte that a terminal sends which leaves its line to this end.
    pub(super) fn take_key_byte(&mut self, byte: u8) -> Option<Input> {
        self.at_terminal.as_mut()?.take_key(byte, self.concealed)
    }

    /// A key that the client's telnet understands itself, and the byte that may have been typed.
    pub(super) fn take_telnet_key(&mut self, typed: u8) -> Option<Input> {
        /// ^C, with the top bit.
        const INTERRUPT: u8 = 0x83;
        let at = self.at_terminal.as_mut()?;
        let Shown::Drawn(editing) = &at.shown else { return None };
        if editing.keys.is_inside_character() {
            at.take_key(typed, self.concealed)
        } else if typed == INTERRUPT {
            at.press(Key::Interrupt, self.concealed)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
