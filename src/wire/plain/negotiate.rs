//! Negotiation with a telnet client: what it reports about its terminal, and whether it lets the
//! server edit its line.
//!
//! ECHO and SUPPRESS-GO-AHEAD make a telnet send each key. This module offers them and acts on the
//! replies. The input line decides what is then shown.
//!
//! ECHO is offered alone, and everything else once the client has agreed to it: C-Kermit ignores
//! everything after the first offer in the same segment, and waits for ever. ECHO is also the test
//! whether this is a telnet at all, which should put no more than three bytes on the screen of a
//! program that is not one.

use super::Plain;
use super::input_line::NotSent;
use crate::limits;
use crate::model::Refusal;
use crate::terminal::line::TYPED_BYTES_MAX;
use crate::terminal::{Byte7f, Size};
use crate::wire::door::{Awaited, Input, Successor};
use crate::wire::json::Json;
use crate::wire::json::message::{Hello, VERSION};
use crate::wire::telnet::messages::HELLO;
use crate::wire::telnet::{self, Subnegotiation, TelnetOption, terminal_type_request};

/// Terminal types (RFC 1091) that cannot move their cursor, in lower case.
const IMMOBILE: [&str; 2] = ["dumb", "unknown"];

/// The meaning of the byte 7F on a terminal of this type, in lower case. Only the telnet of Windows
/// is a VTNT. ANSI may be Windows telnet, SyncTERM, or a Unix terminal under `TERM=ansi`.
fn byte_7f(name: &str) -> Byte7f {
    match name {
        "vtnt" => Byte7f::Delete,
        "ansi" => Byte7f::DeleteBeside08,
        _ => Byte7f::Backspace,
    }
}

impl Plain {
    /// Offers to edit the line here. Returns the bytes to send.
    pub(in crate::wire) fn offer_editing(&mut self) -> Vec<u8> {
        let at = self.at_terminal.get_or_insert_default();
        if at.is_shown() || at.is_immobile || std::mem::replace(&mut at.is_edit_wanted, true) {
            return Vec::new();
        }
        at.has_asked_keys = false;
        // The client may speak first, before it is asked.
        self.telnet.set_welcoming(true);
        let mut bytes: Vec<u8> =
            self.telnet.offer(TelnetOption::Echo).into_iter().flatten().collect();
        // ECHO may be on already, for a password.
        bytes.extend(self.follow_options());
        bytes
    }

    /// Requests the other options after the client has agreed to ECHO. The terminal type comes
    /// first, because the client is waited for until it has reported it.
    fn ask_for_keys(&mut self) -> Vec<u8> {
        let is_new = !std::mem::replace(&mut self.has_asked_binary, true);
        let telnet = &mut self.telnet;
        let requests = [
            telnet.ask_for(TelnetOption::TerminalType),
            telnet.ask_for(TelnetOption::WindowSize),
            if is_new { telnet.ask_for(TelnetOption::Binary) } else { None },
            telnet.offer(TelnetOption::SuppressGoAhead),
        ];
        requests.into_iter().flatten().flatten().collect()
    }

    /// Lets the client edit its line itself, as before. Returns the bytes to send.
    pub(in crate::wire) fn stop_editing(&mut self) -> Vec<u8> {
        let Some(at) = &mut self.at_terminal else { return Vec::new() };
        let mut bytes = Vec::new();
        let was_wanted = std::mem::take(&mut at.is_edit_wanted);
        self.telnet.set_welcoming(false);
        if at.is_shown() {
            // An empty line would count as an answer if a question is open.
            self.after_cr = at.is_after_cr();
            self.line = at.end_editing(&mut bytes).into_bytes();
        }
        // An open question still needs the input hidden.
        if was_wanted && !at.is_asking() {
            bytes.extend(self.telnet.withdraw(TelnetOption::Echo).into_iter().flatten());
        }
        if was_wanted {
            bytes.extend(self.telnet.withdraw(TelnetOption::SuppressGoAhead).into_iter().flatten());
        }
        bytes
    }

    /// The request about editing that the client has not answered.
    pub(in crate::wire) fn awaited_answer(&self) -> Option<Awaited> {
        let at = self.at_terminal.as_ref().filter(|at| at.is_edit_wanted)?;
        let is_open = |option| self.telnet.is_offering(option);
        if is_open(TelnetOption::Echo) {
            Some(Awaited::Echo)
        } else if is_open(TelnetOption::SuppressGoAhead) {
            Some(Awaited::Keys)
        } else {
            at.awaits_type().then_some(Awaited::TerminalType)
        }
    }

    /// Stops waiting for the client: without a terminal type its line is edited anyway, without any
    /// other answer it is not edited.
    pub(in crate::wire) fn go_on_without_answer(&mut self) -> Vec<u8> {
        match (self.awaited_answer(), &mut self.at_terminal) {
            (Some(Awaited::TerminalType), Some(at)) => {
                at.has_told_type = true;
                self.follow_options()
            }
            _ => self.stop_editing(),
        }
    }

    /// Reacts to a change of the options. Returns the bytes to send.
    pub(in crate::wire) fn follow_options(&mut self) -> Vec<u8> {
        use TelnetOption::{Messages, TerminalType};
        let mut bytes = Vec::new();
        // Our own client edits its line itself.
        if self.telnet.performs(Messages) && !std::mem::replace(&mut self.is_own_client, true) {
            bytes.extend(self.stop_editing());
        }
        let Some(at) = &mut self.at_terminal else { return bytes };
        if self.telnet.peer_performs(TerminalType)
            && !std::mem::replace(&mut at.has_asked_type, true)
        {
            bytes.extend_from_slice(&terminal_type_request());
        }
        if at.is_shown() || at.is_edit_wanted {
            bytes.extend(self.follow_editing());
        }
        bytes
    }

    /// Starts or stops editing, depending on the client's answers. Returns the bytes to send.
    fn follow_editing(&mut self) -> Vec<u8> {
        use TelnetOption::{Echo, SuppressGoAhead};
        let Some(at) = &mut self.at_terminal else { return Vec::new() };
        let mut bytes = Vec::new();
        if self.telnet.performs(Echo) && !std::mem::replace(&mut at.has_asked_keys, true) {
            bytes.extend(self.ask_for_keys());
        }
        let Some(at) = &self.at_terminal else { return bytes };
        let needed: &[TelnetOption] =
            if at.has_asked_keys { &[Echo, SuppressGoAhead] } else { &[Echo] };
        let is_on = |option: &TelnetOption| self.telnet.performs(*option);
        let is_refused =
            |option: &TelnetOption| !is_on(option) && !self.telnet.is_offering(*option);
        if needed.iter().any(is_refused) {
            bytes.extend(self.stop_editing());
        } else if needed.iter().all(is_on) && !at.is_shown() && !at.awaits_type() {
            self.start_editing();
        }
        bytes
    }

    /// Starts editing: the client sends each key from now on. The unfinished line it has sent
    /// becomes the beginning of the line.
    fn start_editing(&mut self) {
        let Some(at) = &mut self.at_terminal else { return };
        let (line, after_cr) = (std::mem::take(&mut self.line), std::mem::take(&mut self.after_cr));
        at.begin_editing(self.door.line_bytes_max, &line, after_cr);
        self.discarding = false;
        // No browser, TLS or SSH client lets its line be edited.
        self.first_line = false;
    }

    /// Handles a sub-negotiation about the terminal.
    pub(in crate::wire) fn take_subnegotiation(&mut self) -> Option<Input> {
        if let Subnegotiation::Message(HELLO, data) = self.telnet.subnegotiation()? {
            return self.take_hello(data);
        }
        let at = self.at_terminal.as_mut()?;
        match self.telnet.subnegotiation()? {
            Subnegotiation::WindowSize { columns, rows } => {
                at.set_size(Size::new(columns, rows));
                None
            }
            Subnegotiation::TerminalType(name) => {
                let name = name.to_ascii_lowercase();
                at.set_byte_7f(byte_7f(&name));
                at.has_told_type = true;
                at.is_immobile = IMMOBILE.contains(&&*name);
                let bytes =
                    if at.is_immobile { self.stop_editing() } else { self.follow_options() };
                (!bytes.is_empty()).then(|| Input::Answer(bytes.into()))
            }
            Subnegotiation::Message(..) => None,
        }
    }

    /// Goes on with the JSON wire if the client asks for it before anything else, and in a version
    /// that is known.
    fn take_hello(&self, data: &str) -> Option<Input> {
        let hello: Hello = serde_json::from_str(data).ok()?;
        if self.entered || hello.version != VERSION {
            return None;
        }
        let message_ids = Some(format!("{:x}", self.door.origin));
        let answer = Hello { message_ids, ..Hello::of_version() };
        // Numbers and texts can always be written as JSON.
        let answer = serde_json::to_string(&answer).unwrap_or_default();
        Some(Input::Becomes(Box::new(Successor {
            protocol: Box::new(Json::new(hello, self.door.line_bytes_max)),
            answer: telnet::message(HELLO, &answer).into(),
        })))
    }

    /// Handles a byte from a terminal whose line is edited here.
    pub(in crate::wire) fn take_key_byte(&mut self, byte: u8) -> Option<Input> {
        let at = self.at_terminal.as_mut()?;
        let input = at.take_key(byte);
        if std::mem::take(&mut at.has_asked_to_suspend) {
            return Some(Input::told(Refusal::CannotSuspend));
        }
        // A line that is not sent has no other effect, and the end of a paste is not a key.
        match at.take_not_sent() {
            Some(not_sent) => Some(Input::told(self.refusal_of(not_sent))),
            None => input,
        }
    }

    fn refusal_of(&self, not_sent: NotSent) -> Refusal {
        let line_bytes_max = self.door.line_bytes_max as u32;
        match not_sent {
            NotSent::EndOfPaste => Refusal::PasteCut {
                lines_max: limits::BLOCK_LINES_MAX as u32,
                bytes_max: TYPED_BYTES_MAX as u32,
                line_bytes_max,
            },
            NotSent::TooLong => Refusal::LineTooLong { bytes_max: line_bytes_max, is_typed: true },
            NotSent::Damaged if self.telnet.peer_performs(TelnetOption::Binary) => Refusal::NotUtf8,
            NotSent::Damaged => Refusal::DamagedByTelnet { way: "telnet -E".into() },
        }
    }

    /// Handles a key that the client's telnet interprets itself, with the byte that may have been
    /// typed.
    pub(in crate::wire) fn take_telnet_key(&mut self, typed: u8) -> Option<Input> {
        /// ^C.
        const INTERRUPT: u8 = 0x03;
        /// Set in a key that telnet has a command for.
        const TOP_BIT: u8 = 0x80;
        let at = self.at_terminal.as_mut()?;
        if at.is_inside_character() {
            at.take_key(typed)
        } else if typed == INTERRUPT | TOP_BIT {
            at.take_key(INTERRUPT)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
