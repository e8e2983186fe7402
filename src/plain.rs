//! The plain door: lines of UTF-8 over telnet or nothing at all.
//!
//! Owns what a line is here: it ends at CR LF, LF, CR NUL or a bare CR; it has at most
//! `line_bytes_max` bytes; one that is longer is discarded to its end and its sender told so. The
//! first line also tells a browser, a TLS or an SSH client from a person (`stranger`): whoever
//! speaks at once enters with that line, whoever is silent a moment later.
//!
//! Nothing is negotiated before the client is known to speak telnet, so that `nc` sees no rubbish.
//! It is known by any telnet command, or by a line that ends in CR LF or CR NUL, as RFC 854 wants
//! it: the telnets of Debian (inetutils) and of BusyBox send no command by themselves to a port
//! other than 23, but CR LF for Enter, while `nc` passes on the LF of the terminal.

mod footer;
mod stranger;
mod terminal;

use std::sync::Arc;

use crate::door::{Door, Footer, Input, Protocol, Terminal};
use crate::lang::{Catalogue, fill};
use crate::limits;
use crate::presentation::Wire;
use crate::telnet::{Heard, Telnet, TelnetOption};
use crate::text::CleanText;
use footer::AtTerminal;
use stranger::{SSH_IDENTIFICATION, TLS_HELLO, begins_http_request, http_answer, is_http_request};

const CR: u8 = b'\r';
const LF: u8 = b'\n';
const NUL: u8 = 0;

/// Backspace as most terminals send it.
const DELETE: u8 = 0x7f;

/// Backspace as the others send it.
const BACKSPACE: u8 = 0x08;

/// ^U, which takes back the whole line.
const KILL: u8 = 0x15;

/// The door for `telnet` and `nc`.
#[derive(Clone, Copy, Debug)]
pub struct PlainDoor {
    /// What the server says to people here.
    pub catalogue: &'static Catalogue,
    /// Longest line taken, in bytes without its end.
    pub line_bytes_max: usize,
    /// Whether it negotiates with whoever comes, to edit the line that they type; else it does so
    /// when asked to.
    pub edits: bool,
}

impl Door for PlainDoor {
    fn open(&self) -> Box<dyn Protocol> {
        Box::new(Plain::new(*self))
    }
}

/// One connection through the plain door.
#[derive(Debug)]
pub struct Plain {
    door: PlainDoor,
    telnet: Telnet,
    /// The line so far.
    line: Vec<u8>,
    /// The line was too long; the rest of it is thrown away.
    discarding: bool,
    /// The last byte was a CR, so an LF or NUL now belongs to it.
    after_cr: bool,
    /// A CR was followed by LF or NUL, as telnet ends its lines.
    ends_lines_like_telnet: bool,
    entered: bool,
    /// What made the client enter: it comes right after that.
    behind_entry: Option<Input>,
    /// What stands below the lines of somebody at a terminal.
    at_terminal: Option<Box<AtTerminal>>,
    first_line: bool,
    /// Nobody that this door can talk to: nothing more of it is taken for text.
    rejected: bool,
}

impl Plain {
    /// A connection from which nothing has come yet.
    pub fn new(door: PlainDoor) -> Self {
        Self {
            door,
            telnet: Telnet::default(),
            line: Vec::new(),
            discarding: false,
            after_cr: false,
            ends_lines_like_telnet: false,
            entered: false,
            behind_entry: None,
            at_terminal: None,
            first_line: true,
            rejected: false,
        }
    }

    /// Takes data in which only the last byte may end a line. Says how many bytes it took.
    fn take_data(&mut self, data: &[u8]) -> (usize, Option<Input>) {
        if self.after_cr && self.take_second_of_line_end(data) {
            return (1, None);
        }
        let (text, end) = match data {
            [text @ .., end @ (CR | LF)] => (text, Some(*end)),
            text => (text, None),
        };
        let heard = if self.is_hiding() { self.edit_line(text) } else { self.extend_line(text) };
        if let Some(input) = heard {
            return (text.len(), Some(input));
        }
        self.after_cr = end == Some(CR);
        (data.len(), end.and_then(|_| self.end_line()))
    }

    /// Behind a CR: whether what follows belongs to it, too.
    fn take_second_of_line_end(&mut self, data: &[u8]) -> bool {
        self.after_cr = false;
        let is_second = matches!(data, [LF | NUL, ..]);
        self.ends_lines_like_telnet |= is_second;
        is_second
    }

    /// Appends to the line at hand and edits it.
    ///
    /// The usual telnet stays in its line mode when it hides what is typed, and so its terminal
    /// edits the line. That of BusyBox goes over to its character mode: each key comes alone, and
    /// the keys that edit come, too. None of them has a place in what is concealed, so nothing has
    /// to tell one mode from the other.
    // Rare, and to be kept out of the way of all other lines: inlined, it costs each of them more.
    #[cold]
    fn edit_line(&mut self, typed: &[u8]) -> Option<Input> {
        for piece in typed.split_inclusive(|&byte| is_editing_key(byte)) {
            let (text, key) = match piece {
                [text @ .., key] if is_editing_key(*key) => (text, Some(*key)),
                text => (text, None),
            };
            if let Some(input) = self.extend_line(text) {
                // What comes behind that is thrown away.
                return Some(input);
            }
            match key {
                Some(KILL) => self.line.clear(),
                Some(_) => drop_last_character(&mut self.line),
                None => {}
            }
        }
        None
    }

    /// Appends to the line at hand, as far as it may grow.
    fn extend_line(&mut self, text: &[u8]) -> Option<Input> {
        if self.discarding || text.is_empty() {
            return None;
        }
        let room = self.door.line_bytes_max - self.line.len();
        let was_known = self.line.len() >= TLS_HELLO.len();
        self.line.extend_from_slice(&text[..text.len().min(room)]);
        if self.first_line && !was_known && self.line.starts_with(&TLS_HELLO) {
            return Some(self.reject(self.door.catalogue.not_tls.as_bytes(), "a TLS handshake"));
        }
        if text.len() > room {
            if self.first_line && begins_http_request(&self.line) {
                return Some(self.reject_http());
            }
            self.line = Vec::new();
            self.discarding = true;
            let limit = self.door.line_bytes_max;
            let notice = fill(self.door.catalogue.line_too_long, &[("limit", &limit)]);
            return Some(Input::Told(notice));
        }
        None
    }

    /// The line at hand is complete.
    fn end_line(&mut self) -> Option<Input> {
        let first_line = std::mem::take(&mut self.first_line);
        if std::mem::take(&mut self.discarding) {
            return None;
        }
        if first_line && is_http_request(&self.line) {
            return Some(self.reject_http());
        }
        if first_line && self.line.starts_with(SSH_IDENTIFICATION) {
            return Some(self.reject(self.door.catalogue.not_ssh.as_bytes(), "an SSH client"));
        }
        let text = CleanText::from_bytes(&self.line);
        self.line.clear();
        match &mut self.at_terminal {
            Some(at) => at.end_line(text).map(Input::Line),
            None => Some(text).filter(|text| !text.is_blank()).map(Input::Line),
        }
    }

    /// What a byte means that is not in a run of data, or is a key.
    // Out of the way of the lines, which come in runs.
    #[inline(never)]
    fn take_heard(&mut self, heard: Heard) -> Option<Input> {
        match heard {
            Heard::Data(byte) if self.is_edited() => self.take_key_byte(byte),
            Heard::Data(byte) => self.take_data(&[byte]).1,
            Heard::Key(typed) if self.is_edited() => self.take_telnet_key(typed),
            // There is nothing running here that a key could interrupt; inside a character it was
            // no key.
            Heard::Key(typed) if ends_inside_character(&self.line) => self.take_data(&[typed]).1,
            Heard::Key(_) => None,
            Heard::Answer(bytes) => {
                Some(Input::Answer([&bytes[..], &self.follow_options()].concat().into()))
            }
            Heard::Changed => {
                let bytes = self.follow_options();
                (!bytes.is_empty()).then(|| Input::Answer(bytes.into()))
            }
            Heard::Subnegotiation => self.take_subnegotiation(),
            Heard::AreYouThere => Some(Input::Told(self.door.catalogue.are_you_there.to_owned())),
        }
    }

    /// Whether the line is edited here.
    fn is_edited(&self) -> bool {
        self.at_terminal.as_ref().is_some_and(|at| at.is_edited())
    }

    /// Whether something has been asked, the answer to which is not to be seen.
    fn is_hiding(&self) -> bool {
        self.at_terminal.as_ref().is_some_and(|at| at.is_hiding())
    }

    /// Lets the client in before the first thing that it is heard to say, unless it is a stranger.
    /// What its program negotiates before that says nothing of who it is.
    fn enter_before(&mut self, input: Input) -> Input {
        let is_of_program = matches!(input, Input::Reject { .. } | Input::Answer(_));
        if is_of_program || std::mem::replace(&mut self.entered, true) {
            return input;
        }
        self.behind_entry = Some(input);
        Input::Enter { name: None }
    }

    /// What has been heard already, and waits for its turn.
    fn next_waiting(&mut self) -> Option<Input> {
        let entered_with = self.behind_entry.take();
        entered_with.or_else(|| self.at_terminal.as_mut()?.next_sent().map(Input::Line))
    }

    /// Asks something: what is to be shown by it.
    fn put_question(&mut self, question: &str, is_hidden: bool) -> Box<[u8]> {
        let at = self.at_terminal.get_or_insert_default();
        // Even if the line is not edited yet: it may be before the answer comes.
        at.ask(question, is_hidden);
        if at.is_edited() { Box::default() } else { question.as_bytes().into() }
    }

    fn reject_http(&mut self) -> Input {
        let answer = http_answer(self.door.catalogue.not_http);
        self.reject(&answer, "an HTTP request")
    }

    fn reject(&mut self, answer: &[u8], reason: &'static str) -> Input {
        self.line = Vec::new();
        self.rejected = true;
        let mut answer = answer.to_vec();
        answer.extend_from_slice(b"\r\n");
        Input::Reject { answer: answer.into_boxed_slice(), reason }
    }
}

impl Protocol for Plain {
    fn greeting(&mut self) -> Box<[u8]> {
        if self.door.edits { self.offer_editing().into() } else { Box::default() }
    }

    fn is_offering(&self) -> bool {
        self.is_editing_offered()
    }

    fn give_up_offer(&mut self) -> Box<[u8]> {
        self.stop_editing().into()
    }

    fn edit(&mut self, wanted: Option<bool>) -> Box<[u8]> {
        match wanted.unwrap_or(self.door.edits) {
            true if self.is_telnet() => self.offer_editing().into(),
            // What it is not known to understand it would show.
            true => Box::default(),
            false => self.stop_editing().into(),
        }
    }

    fn terminal(&self) -> Option<Terminal> {
        self.at_terminal.as_ref()?.terminal()
    }

    fn set_rooms(&mut self, rooms: &[Arc<str>]) {
        if let Some(at) = &mut self.at_terminal {
            at.set_rooms(rooms);
        }
    }

    fn add_unread(&mut self, room: &Arc<str>, lines: u32) {
        if let Some(at) = &mut self.at_terminal {
            at.add_unread(room, lines);
        }
    }

    fn footer(&mut self) -> Option<&mut dyn Footer> {
        let at = self.at_terminal.as_deref_mut().filter(|at| at.is_shown())?;
        Some(at)
    }

    fn close(&mut self) -> Box<[u8]> {
        match &mut self.at_terminal {
            Some(at) => at.close(),
            None => Box::default(),
        }
    }

    fn decode(&mut self, input: &mut &[u8]) -> Option<Input> {
        if let Some(input) = self.next_waiting() {
            return Some(input);
        }
        if self.rejected {
            *input = &[];
        }
        // Of those bytes that are keys, each of which may cost more than one of a line.
        let mut keys_left = limits::KEYS_PER_TURN_BYTES_MAX;
        while !input.is_empty() {
            if keys_left == 0 {
                return Some(Input::Enough);
            }
            keys_left -= usize::from(self.is_edited());
            let run = if self.is_edited() { 0 } else { self.telnet.data_run(input, [CR, LF]) };
            let heard = if run > 0 {
                let (taken, heard) = self.take_data(&input[..run]);
                *input = &input[taken..];
                // With the line, and not after it: what becomes of it may depend on whether the
                // client speaks telnet.
                if self.after_cr && matches!(input, [LF | NUL, ..]) {
                    self.take_second_of_line_end(input);
                    *input = &input[1..];
                }
                heard
            } else {
                let byte = input[0];
                *input = &input[1..];
                let heard = self.telnet.step(byte);
                heard.and_then(|heard| self.take_heard(heard))
            };
            if let Some(input) = heard {
                return Some(self.enter_before(input));
            }
        }
        None
    }

    fn wait_no_longer(&mut self) -> Option<Input> {
        let was_in = std::mem::replace(&mut self.entered, true) || self.rejected;
        (!was_in).then_some(Input::Enter { name: None })
    }

    fn finish(&mut self) -> Option<Input> {
        if let Some(input) = self.next_waiting() {
            return Some(input);
        }
        let last = if self.line.is_empty() { None } else { self.end_line() };
        // Who has said nothing by then was never here.
        last.map(|input| self.enter_before(input))
    }

    fn first_line(&self) -> Option<&CleanText> {
        match &self.behind_entry {
            Some(Input::Line(text)) => Some(text),
            _ => None,
        }
    }

    fn wire(&self) -> Wire {
        Wire::Plain
    }

    fn conceal(&mut self, question: &str) -> Option<Box<[u8]>> {
        if !self.is_telnet() {
            return None;
        }
        // If it was asked before: who refused then would only refuse again.
        let is_offered = self.is_hiding() || self.is_edited();
        let offer = if is_offered { None } else { self.telnet.offer(TelnetOption::Echo) };
        let shown = self.put_question(question, true);
        Some(offer.into_iter().flatten().chain(shown).collect())
    }

    fn ask(&mut self, question: &str) -> Box<[u8]> {
        self.put_question(question, false)
    }

    fn end_answer(&mut self) -> Box<[u8]> {
        let has_hidden_enter = self.is_hiding() && !self.is_edited();
        if has_hidden_enter { [CR, LF].into() } else { Box::default() }
    }

    fn reveal(&mut self) -> Box<[u8]> {
        if let Some(at) = &mut self.at_terminal {
            at.end_question();
            // Who lets its line be edited, or is to, shows nothing by itself.
            if at.is_edited() || at.is_edit_wanted {
                return Box::default();
            }
            // Nearly nobody who was asked something is at more than a telnet.
            if at.is_nothing_known() {
                self.at_terminal = None;
            }
        }
        match self.telnet.withdraw(TelnetOption::Echo) {
            Some([iac, verb, option]) => [iac, verb, option, CR, LF].into(),
            None => Box::default(),
        }
    }

    fn is_telnet(&self) -> bool {
        self.ends_lines_like_telnet || self.telnet.has_heard_command()
    }
}

fn is_editing_key(byte: u8) -> bool {
    matches!(byte, DELETE | BACKSPACE | KILL)
}

/// Takes the last UTF-8 character from the line, or the last byte of what is none.
fn drop_last_character(line: &mut Vec<u8>) {
    let length = line.len();
    let width = (1..=length.min(4))
        .find(|width| str::from_utf8(&line[length - width..]).is_ok())
        .unwrap_or(1);
    line.truncate(length.saturating_sub(width));
}

/// Whether the bytes end in the beginning of a UTF-8 character that can still be completed.
fn ends_inside_character(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    (0..tail.len()).any(|at| {
        std::str::from_utf8(&tail[at..])
            .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    })
}

#[cfg(test)]
mod tests;
