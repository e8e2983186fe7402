//! The plain wire: lines of UTF-8, over telnet or directly over TCP.
//!
//! This module defines what a line is here: it ends at CR LF, LF, CR NUL or a bare CR, and has at
//! most `line_bytes_max` bytes; a longer one is discarded to its end, and its sender is told. A
//! client that sends at once is admitted with its first line, a silent one a moment later. If the
//! first line comes so late that nobody could recognise it before, and a program of another kind
//! wrote it (see [`recogniser`]), the connection ends and nothing of it is said.
//!
//! Nothing is negotiated before the client is known to speak telnet, so that `nc` shows no rubbish.
//! Any telnet command proves it, and so does a line that ends in CR NUL, as RFC 854 requires. A
//! line that ends in CR or CR LF proves nothing: `nc -C` and `ncat --crlf` send those. But the
//! telnets of Debian (inetutils) and of BusyBox send no command by themselves to a port other than
//! 23, and send CR LF for Enter, and others a CR alone, while `nc` passes on the terminal's LF. So
//! a client that ends lines with a CR may be a telnet. It is asked, with three bytes, once its user
//! wants something that only a telnet can do.

mod input_line;
mod line;
mod negotiate;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use self::input_line::{AtTerminal, Hiding};
use self::line::{ends_inside_character, is_editing_key, lacks_only_bytes};
use crate::model::{ClientTraits, Lang, Question, Refusal, Reply, Wire};
use crate::text::CleanText;
use crate::wire::door::{Awaited, Door, Input, InputLine, Protocol};
use crate::wire::recogniser::{self, Caller, HttpRequest};
use crate::wire::strangers;
use crate::wire::telnet::{Telnet, TelnetEvent, TelnetOption};
use crate::wire::text::reply::{self, Look};
use crate::{lang, limits};

const CR: u8 = b'\r';
const LF: u8 = b'\n';
const NUL: u8 = 0;

/// ^C, from a telnet that passes its keys on.
const INTERRUPT: u8 = 0x03;

/// ^C, from a telnet that handles it itself ([`TelnetEvent::Key`]).
const IP_KEY: u8 = 0x80 | INTERRUPT;

/// The door for `telnet` and `nc`: creates a [`Plain`] for each connection.
#[derive(Clone, Copy, Debug)]
pub struct PlainDoor {
    /// The language for users who have chosen none.
    pub lang: Lang,
    /// Maximum length of a line, in bytes without its end.
    pub line_bytes_max: usize,
    /// Whether to offer every client that the server edits its line; otherwise only on request.
    pub edits: bool,
    /// A number drawn at random each time the server starts: message ids from clients are valid
    /// until it changes.
    pub origin: u64,
}

impl Door for PlainDoor {
    fn open(&self) -> Box<dyn Protocol> {
        Box::new(Plain::new(*self))
    }
}

/// One connection through the plain wire.
#[derive(Debug)]
pub struct Plain {
    door: PlainDoor,
    telnet: Telnet,
    /// The line so far.
    line: Vec<u8>,
    /// Whether the line was too long and the rest of it is being discarded.
    discarding: bool,
    /// Whether the last byte was a CR, so that an LF or NUL now belongs to it.
    after_cr: bool,
    /// Whether a line has ended in CR, as telnets and others send it.
    sends_cr: bool,
    /// Whether a line has ended in LF alone, as `nc` sends it.
    sends_lf: bool,
    /// Whether a CR was followed by NUL, which only a telnet sends.
    sends_cr_nul: bool,
    /// Whether the client has been asked to send every byte as it was typed.
    has_asked_binary: bool,
    entered: bool,
    /// Inputs that were decoded already: the one that admitted the client follows its admission.
    waiting: VecDeque<Input>,
    /// The prompt and line below the messages, for a client at a terminal.
    at_terminal: Option<Box<AtTerminal>>,
    first_line: bool,
    /// Whether the client is our own, which edits its line itself.
    is_own_client: bool,
    /// Whether the client has been waited for longer than others.
    has_been_patient: bool,
    /// Whether the client speaks another protocol, which is rejected: nothing more from it counts
    /// as text.
    rejected: bool,
}

impl Plain {
    /// A connection on which no bytes have arrived yet.
    pub fn new(door: PlainDoor) -> Self {
        Self {
            door,
            telnet: Telnet::default(),
            line: Vec::new(),
            discarding: false,
            after_cr: false,
            sends_cr: false,
            sends_lf: false,
            sends_cr_nul: false,
            has_asked_binary: false,
            entered: false,
            waiting: VecDeque::new(),
            at_terminal: None,
            first_line: true,
            is_own_client: false,
            has_been_patient: false,
            rejected: false,
        }
    }

    /// Takes data in which only the last byte may end a line. Returns the number of bytes it took.
    fn take_data(&mut self, data: &[u8]) -> (usize, Option<Input>) {
        if self.after_cr && self.take_second_of_line_end(data) {
            return (1, None);
        }
        if self.is_asking()
            && let Some(at) = memchr::memchr(INTERRUPT, data)
        {
            return match self.extend_line(&data[..at]) {
                None => (at + 1, Some(self.interrupt())),
                heard => (at, heard),
            };
        }
        let (text, end) = match data {
            [text @ .., end @ (CR | LF)] => (text, Some(*end)),
            text => (text, None),
        };
        if let Some(input) = self.extend_line(text) {
            return (text.len(), Some(input));
        }
        self.after_cr = end == Some(CR);
        self.sends_cr |= self.after_cr;
        self.sends_lf |= end == Some(LF);
        (data.len(), end.and_then(|_| self.end_line()))
    }

    /// After a CR: returns whether the next byte belongs to it, too.
    fn take_second_of_line_end(&mut self, data: &[u8]) -> bool {
        self.after_cr = false;
        let is_second = matches!(data, [LF | NUL, ..]);
        self.sends_cr_nul |= data.first() == Some(&NUL);
        is_second
    }

    /// Appends to the current line, as far as it may grow.
    fn extend_line(&mut self, text: &[u8]) -> Option<Input> {
        if self.discarding || text.is_empty() {
            return None;
        }
        if self.first_line
            && let Some(at) = memchr::memchr(NUL, text)
        {
            let heard = self.extend_line(&text[..at]);
            return heard.or_else(|| match self.first_line {
                // No person types it.
                true => Some(self.reject(Caller::Other("a binary protocol"))),
                false => self.extend_line(&text[at..]),
            });
        }
        let room = self.door.line_bytes_max - self.line.len();
        let (fits, rest) = text.split_at(text.len().min(room));
        self.line.extend_from_slice(fits);
        if self.first_line
            && let Some(caller) = recogniser::by_first_bytes(&self.line)
            // Its IAC was escaped, so it is none.
            && caller != Caller::Telnet
        {
            return Some(self.reject(caller));
        }
        if rest.is_empty() { None } else { self.overfill_line(rest) }
    }

    /// The current line is full and more of it has arrived: it is too long, unless keys in it make
    /// room.
    #[cold]
    fn overfill_line(&mut self, mut text: &[u8]) -> Option<Input> {
        let limit = self.door.line_bytes_max;
        while let [next, ..] = text {
            // Only an editing key may follow a full line.
            let taken = usize::from(is_editing_key(*next));
            self.line.extend_from_slice(&text[..taken]);
            line::edit(&mut self.line);
            if self.line.len() >= limit {
                return Some(self.refuse_long_line());
            }
            // A person has typed this.
            self.first_line = false;
            let fitting = text.len().min(taken + limit - self.line.len());
            self.line.extend_from_slice(&text[taken..fitting]);
            text = &text[fitting..];
        }
        None
    }

    fn refuse_long_line(&mut self) -> Input {
        if self.first_line && recogniser::begins_http_request(&self.line) {
            return self.reject(Caller::Http(HttpRequest::TooLong));
        }
        self.line = Vec::new();
        self.discarding = true;
        self.first_line = false;
        let bytes_max = self.door.line_bytes_max as u32;
        Input::told(Refusal::LineTooLong { bytes_max, is_typed: false })
    }

    /// Handles the end of the current line.
    fn end_line(&mut self) -> Option<Input> {
        if std::mem::take(&mut self.discarding) {
            return None;
        }
        // Empty lines may precede a PROXY header.
        if self.first_line && !self.line.is_empty() {
            self.first_line = false;
            let caller = recogniser::by_line(&self.line);
            if caller != Caller::Text {
                return Some(self.reject(caller));
            }
        }
        line::edit(&mut self.line);
        let Ok(text) = str::from_utf8(&self.line).map(CleanText::new) else {
            return Some(self.refuse_damaged_line());
        };
        self.line.clear();
        match &mut self.at_terminal {
            Some(at) => at.end_line(text).map(Input::Line),
            None => Some(text).filter(|text| !text.is_blank()).map(Input::Line),
        }
    }

    /// Handles a line that is not UTF-8: none of it is said, and its author is told.
    #[cold]
    fn refuse_damaged_line(&mut self) -> Input {
        let line = std::mem::take(&mut self.line);
        let is_whole = self.telnet.peer_performs(TelnetOption::Binary);
        if is_whole || !self.may_be_telnet() || !lacks_only_bytes(&line) {
            return Input::told(Refusal::NotUtf8);
        }
        let told = Input::told(Refusal::DamagedByTelnet { way: "/edit on".into() });
        match self.ask_binary() {
            Some(asked) => {
                self.waiting.push_back(told);
                asked
            }
            None => told,
        }
    }

    /// Asks a telnet to send every byte as it was typed, once.
    fn ask_binary(&mut self) -> Option<Input> {
        if !self.is_telnet() || std::mem::replace(&mut self.has_asked_binary, true) {
            return None;
        }
        let asked = self.telnet.ask_for(TelnetOption::Binary);
        asked.map(|bytes| Input::Answer(bytes.into()))
    }

    /// Handles a byte that is not in a run of data, or is a key.
    // Kept out of the path of lines, which arrive in runs.
    #[inline(never)]
    fn take_heard(&mut self, heard: TelnetEvent) -> Option<Input> {
        match heard {
            TelnetEvent::Data(byte) if self.is_edited() => self.take_key_byte(byte),
            TelnetEvent::Data(byte) => self.take_data(&[byte]).1,
            TelnetEvent::Key(typed) if self.is_edited() => self.take_telnet_key(typed),
            // Nothing runs here that a key could interrupt. Inside a character it was not a key,
            // and a telnet that takes it for one damages other characters, too.
            TelnetEvent::Key(typed) if ends_inside_character(&self.line) => {
                self.take_data(&[typed]).1.or_else(|| self.ask_binary())
            }
            TelnetEvent::Key(IP_KEY) if self.is_asking() => Some(self.interrupt()),
            TelnetEvent::Key(_) => None,
            TelnetEvent::Answer(bytes) => {
                Some(Input::Answer([&bytes[..], &self.follow_options()].concat().into()))
            }
            TelnetEvent::Changed => {
                let bytes = self.follow_options();
                (!bytes.is_empty()).then(|| Input::Answer(bytes.into()))
            }
            TelnetEvent::Subnegotiation => self.take_subnegotiation(),
            TelnetEvent::AreYouThere => Some(Input::told(Reply::ServerIsHere)),
        }
    }

    /// Whether the client is known to speak telnet.
    fn is_telnet(&self) -> bool {
        self.sends_cr_nul || self.telnet.has_heard_command()
    }

    /// Whether the client might speak telnet, so that it may be asked when its user wants something
    /// that needs it: it is known to, or it ends its lines as telnet and some other programs do.
    fn may_be_telnet(&self) -> bool {
        self.sends_cr || self.is_telnet()
    }

    /// Whether the line is edited here.
    fn is_edited(&self) -> bool {
        self.at_terminal.as_ref().is_some_and(|at| at.is_shown())
    }

    /// Whether a question is open.
    fn is_asking(&self) -> bool {
        self.hiding().is_some()
    }

    /// Whether the client hides the answer, if a question is open.
    fn hiding(&self) -> Option<Hiding> {
        self.at_terminal.as_ref().and_then(|at| at.hiding())
    }

    /// Handles ^C in a question: the part of the answer typed so far does not count.
    fn interrupt(&mut self) -> Input {
        self.line.clear();
        self.discarding = false;
        Input::Interrupt
    }

    /// Asks the client to hide an answer, unless it is known to refuse. Returns what to send, and
    /// whether the client hides it.
    fn hide(&mut self) -> (Option<[u8; 3]>, Hiding) {
        match self.hiding() {
            // A client that refused once would only refuse again.
            Some(hiding @ (Hiding::Asked | Hiding::Unanswered)) => return (None, hiding),
            _ if !self.may_be_telnet() => return (None, Hiding::NotAsked),
            _ => {}
        }
        let is_known = self.telnet.performs(TelnetOption::Echo) || self.awaited_answer().is_some();
        match self.telnet.offer(TelnetOption::Echo) {
            // The client was asked once before.
            None if !is_known => (None, Hiding::Unanswered),
            offer => (offer, Hiding::Asked),
        }
    }

    /// Admits the client before its first input, unless it is rejected. Negotiation by its program
    /// does not count as input.
    fn enter_before(&mut self, input: Input) -> Input {
        let is_of_program =
            matches!(input, Input::Reject { .. } | Input::Answer(_) | Input::Becomes(_));
        if is_of_program || std::mem::replace(&mut self.entered, true) {
            return input;
        }
        self.waiting.push_front(input);
        Input::Enter { name: None }
    }

    /// The next input that was decoded already.
    fn next_waiting(&mut self) -> Option<Input> {
        let waiting = self.waiting.pop_front();
        waiting.or_else(|| self.at_terminal.as_mut()?.next_sent().map(Input::Line))
    }

    /// Ends the connection of a program that began so late that it was greeted as a person's. If
    /// it can still understand an answer in its own protocol, it gets one.
    fn reject(&mut self, caller: Caller) -> Input {
        self.line = Vec::new();
        self.rejected = true;
        let answer = match caller {
            Caller::Irc | Caller::Tls => strangers::answer(caller, self.door.lang),
            _ => Vec::new(),
        };
        Input::Reject { answer: answer.into(), reason: caller.name() }
    }
}

impl Protocol for Plain {
    fn greeting(&mut self) -> Box<[u8]> {
        if self.door.edits { self.offer_editing().into() } else { Box::default() }
    }

    fn awaited(&self) -> Option<Awaited> {
        let waits_to_hide = self.is_asking() && self.shows_answer().is_none();
        self.awaited_answer().or(waits_to_hide.then_some(Awaited::Echo))
    }

    fn give_up_offer(&mut self) -> Box<[u8]> {
        if let Some(at) = &mut self.at_terminal {
            at.wait_no_longer();
        }
        self.go_on_without_answer().into()
    }

    fn edit(&mut self, wanted: Option<bool>) -> Box<[u8]> {
        match wanted.unwrap_or(self.door.edits) {
            true if self.may_be_telnet() && !self.is_own_client => self.offer_editing().into(),
            // A client that does not understand it would show it.
            true => Box::default(),
            false => self.stop_editing().into(),
        }
    }

    fn traits(&self) -> ClientTraits {
        let terminal = self.at_terminal.as_ref().and_then(|at| at.terminal());
        ClientTraits {
            is_interactive: self.is_telnet() || terminal.is_some(),
            may_be_asked: self.may_be_telnet(),
            terminal,
        }
    }

    fn render(&self, reply: &Reply, look: &Look<'_>, bytes: &mut Vec<u8>) {
        reply::append(bytes, reply, look);
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

    fn input_line(&mut self) -> Option<&mut dyn InputLine> {
        let at = self.at_terminal.as_deref_mut().filter(|at| at.is_shown())?;
        Some(at)
    }

    fn close(&mut self) -> Box<[u8]> {
        self.at_terminal.as_mut().map(|at| at.close()).unwrap_or_default()
    }

    fn decode(&mut self, input: &mut &[u8]) -> Option<Input> {
        if let Some(input) = self.next_waiting() {
            return Some(input);
        }
        if self.rejected {
            *input = &[];
        }
        // Limits the bytes that are keys, each of which may cost more than one of a line.
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
                // Together with the line and not after it: how the line is handled may depend on
                // whether the client speaks telnet.
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

    fn more_patience(&mut self) -> Option<Duration> {
        let more = match self.awaited_answer() {
            _ if self.is_own_client => limits::OFFER_PATIENCE,
            Some(_) => limits::GREETING_PATIENCE,
            None => return None,
        };
        (!std::mem::replace(&mut self.has_been_patient, true)).then_some(more)
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
        // A client that has sent nothing by now is never admitted.
        last.map(|input| self.enter_before(input))
    }

    fn first_line(&self) -> Option<&CleanText> {
        match self.waiting.front() {
            Some(Input::Line(text)) => Some(text),
            _ => None,
        }
    }

    fn wire(&self) -> Wire {
        Wire::Plain
    }

    fn ask(&mut self, question: &Question, lang: Lang) -> Box<[u8]> {
        let question = lang::question(lang, question);
        let (offer, hiding) = self.hide();
        let at = self.at_terminal.get_or_insert_default();
        // Even if the line is not edited yet: it may be before the answer arrives.
        at.ask(&question, hiding);
        let shown = if at.is_shown() { "" } else { &*question };
        offer.into_iter().flatten().chain(shown.bytes()).collect()
    }

    fn repeat_question(&self) -> Box<[u8]> {
        let question = self.at_terminal.as_ref().and_then(|at| at.question());
        question.unwrap_or_default().as_bytes().into()
    }

    fn shows_answer(&self) -> Option<bool> {
        if self.is_edited() || self.telnet.performs(TelnetOption::Echo) {
            return Some(false);
        }
        let is_open = self.telnet.is_offering(TelnetOption::Echo);
        if is_open && self.hiding() == Some(Hiding::Asked) { None } else { Some(true) }
    }

    fn end_answer(&mut self) -> Box<[u8]> {
        let Some(at) = &mut self.at_terminal else { return Box::default() };
        // A client that answers before it agrees has shown the answer.
        at.wait_no_longer();
        let has_hidden_enter = !at.is_shown() && self.telnet.performs(TelnetOption::Echo);
        if has_hidden_enter { [CR, LF].into() } else { Box::default() }
    }

    fn reveal(&mut self) -> Box<[u8]> {
        if let Some(at) = &mut self.at_terminal {
            at.end_question();
            // A client whose line is edited here, or is about to be, shows nothing by itself.
            if at.is_shown() || at.is_edit_wanted {
                return Box::default();
            }
            // Few clients that are asked something need this state for anything else.
            if at.is_nothing_known() {
                self.at_terminal = None;
            }
        }
        self.telnet.withdraw(TelnetOption::Echo).into_iter().flatten().collect()
    }

    fn passes_lines_on(&self) -> bool {
        self.sends_lf && !self.may_be_telnet()
    }
}

#[cfg(test)]
mod tests;
