//! What a telnet says of its terminal, and whether it lets its line be edited here.
//!
//! ECHO and SUPPRESS-GO-AHEAD make a telnet send each key. Owned here: offering them, and what
//! follows from the answers. What is shown then is the footer's.

use std::fmt::Display;

use super::Plain;
use crate::door::Input;
use crate::lang::fill;
use crate::limits;
use crate::telnet::{Subnegotiation, TelnetOption, terminal_type_request};
use crate::terminal::Size;
use crate::terminal::line::TYPED_BYTES_MAX;
use crate::terminal::messages::COMPLETE;

/// Types of terminals (RFC 1091) that cannot move their cursor, in small letters.
const IMMOBILE: [&str; 2] = ["dumb", "unknown"];

/// Those whose Delete sends 7F, which is Backspace elsewhere: telnet of Windows, and SyncTERM.
const DELETE_IS_7F: [&str; 2] = ["ansi", "vtnt"];

impl Plain {
    /// Offers to edit the line here: what to send.
    pub(super) fn offer_editing(&mut self) -> Vec<u8> {
        let at = self.at_terminal.get_or_insert_default();
        if at.is_shown() || at.is_immobile || std::mem::replace(&mut at.is_edit_wanted, true) {
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
        if at.is_edited() {
            // An empty line would be an answer, where something is asked.
            self.after_cr = at.is_after_cr();
            self.line = at.end_editing(&mut bytes).into_bytes();
        }
        // What a password needs hidden stays so, or becomes so yet.
        if was_wanted && !at.is_asking() {
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
        let was_told = self.at_terminal.as_ref().is_some_and(|at| at.is_told());
        match (was_told, self.telnet.performs(Messages)) {
            (false, true) => {
                bytes.extend(self.stop_editing());
                self.at_terminal.get_or_insert_default().begin_telling();
            }
            (true, false) => self.at_terminal.get_or_insert_default().end_telling(),
            _ => {}
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
        let (line, after_cr) = (std::mem::take(&mut self.line), std::mem::take(&mut self.after_cr));
        at.begin_editing(self.door.line_bytes_max, &line, after_cr);
        self.discarding = false;
        // No stranger lets its line be edited.
        self.first_line = false;
    }

    /// What the client says of its terminal.
    pub(super) fn take_subnegotiation(&mut self) -> Option<Input> {
        let at = self.at_terminal.as_mut()?;
        match self.telnet.subnegotiation()? {
            Subnegotiation::WindowSize { columns, rows } => {
                at.set_size(Size::new(columns, rows));
                None
            }
            Subnegotiation::TerminalType(name) => {
                let name = name.to_ascii_lowercase();
                at.set_delete_is_7f(DELETE_IS_7F.contains(&&*name));
                at.is_immobile = IMMOBILE.contains(&&*name);
                at.is_immobile.then(|| Input::Answer(self.stop_editing().into()))
            }
            Subnegotiation::Message(COMPLETE, data) if at.is_told() => {
                serde_json::from_str(data).ok().map(Input::Complete)
            }
            Subnegotiation::Message(..) => None,
        }
    }

    /// A byte that a terminal sends which leaves its line to this end.
    pub(super) fn take_key_byte(&mut self, byte: u8) -> Option<Input> {
        let at = self.at_terminal.as_mut()?;
        let input = at.take_key(byte);
        // The end of a paste is no key, and means nothing else.
        if at.has_cut_paste() {
            let limits: [(&str, &dyn Display); 3] = [
                ("lines", &limits::BLOCK_LINES_MAX),
                ("bytes", &TYPED_BYTES_MAX),
                ("limit", &self.door.line_bytes_max),
            ];
            return Some(Input::Told(fill(self.door.catalogue.paste_cut, &limits)));
        }
        input
    }

    /// A key that the client's telnet understands itself, and the byte that may have been typed.
    pub(super) fn take_telnet_key(&mut self, typed: u8) -> Option<Input> {
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
