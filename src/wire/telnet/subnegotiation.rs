//! Sub-negotiations (RFC 855): data that a peer sends about an option that is on.
//!
//! This module collects one, up to a maximum length, and decodes those of known options. One that
//! is longer, malformed, or about another option is ignored. It does not know whether the option is
//! on.

use super::codes::{IAC, SB, SE, TelnetOption};

/// IS, the first byte of a terminal's type (RFC 1091).
const IS: u8 = 0;

/// SEND, which asks for the type.
const SEND: u8 = 1;

/// Maximum length in bytes: the longest asks for JSON and holds a login, with a name and a password
/// that may have to be escaped.
const BYTES_MAX: usize = 1024;

/// A decoded sub-negotiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subnegotiation<'a> {
    /// The size of the window in characters; 0 if unknown (RFC 1073).
    WindowSize {
        /// The width.
        columns: u16,
        /// The height.
        rows: u16,
    },
    /// The type of the terminal, in upper or lower case (RFC 1091).
    TerminalType(&'a str),
    /// A message: its name, and its data as JSON.
    Message(&'a str, &'a str),
}

/// The bytes of a sub-negotiation, starting with its option. Most peers send none at all.
#[derive(Debug, Default)]
pub(super) struct Collector(Option<Box<Collected>>);

#[derive(Debug, Default)]
struct Collected {
    bytes: Vec<u8>,
    is_whole: bool,
}

impl Collector {
    pub(super) fn begin(&mut self) {
        let collected = self.0.get_or_insert_default();
        collected.bytes.clear();
        collected.is_whole = false;
    }

    pub(super) fn take(&mut self, byte: u8) {
        if let Some(collected) = &mut self.0 {
            if collected.bytes.len() < BYTES_MAX {
                collected.bytes.push(byte);
            } else {
                self.0 = None;
            }
        }
    }

    /// Ends the sub-negotiation. Returns whether it has a meaning.
    pub(super) fn end(&mut self) -> bool {
        if let Some(collected) = &mut self.0 {
            collected.is_whole = true;
        }
        let is_something = self.read().is_some();
        if !is_something {
            self.0 = None;
        }
        is_something
    }

    pub(super) fn read(&self) -> Option<Subnegotiation<'_>> {
        let collected = self.0.as_ref().filter(|collected| collected.is_whole)?;
        let (&code, said) = collected.bytes.split_first()?;
        match (TelnetOption::of(code)?, said) {
            (TelnetOption::WindowSize, &[a, b, c, d]) => Some(Subnegotiation::WindowSize {
                columns: u16::from_be_bytes([a, b]),
                rows: u16::from_be_bytes([c, d]),
            }),
            (TelnetOption::TerminalType, [IS, name @ ..]) => {
                str::from_utf8(name).ok().map(Subnegotiation::TerminalType)
            }
            (TelnetOption::Messages, said) => {
                let said = str::from_utf8(said).ok()?;
                let (name, data) = said.split_once(' ').unwrap_or((said, ""));
                Some(Subnegotiation::Message(name, data.trim()))
            }
            _ => None,
        }
    }
}

/// Asks a terminal for its type.
pub(crate) fn terminal_type_request() -> [u8; 6] {
    [IAC, SB, TelnetOption::TerminalType.code(), SEND, IAC, SE]
}

/// Encodes a message: its name, and its data as JSON. Neither contains the byte 255, which does not
/// occur in UTF-8.
pub(crate) fn message(name: &str, data: &str) -> Vec<u8> {
    let mut bytes = vec![IAC, SB, TelnetOption::Messages.code()];
    for part in [name, " ", data] {
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.extend_from_slice(&[IAC, SE]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::{Telnet, TelnetEvent};
    use super::*;

    /// Checks the meaning of these bytes between IAC SB and IAC SE.
    fn check(said: &[u8], expected: Option<Subnegotiation<'_>>) {
        let mut telnet = Telnet::default();
        let bytes = [&[IAC, SB], said, &[IAC, SE]].concat();
        let heard: Vec<TelnetEvent> = bytes.iter().filter_map(|&byte| telnet.step(byte)).collect();
        assert_eq!(telnet.subnegotiation(), expected, "{said:?}");
        let times = usize::from(expected.is_some());
        assert_eq!(heard, vec![TelnetEvent::Subnegotiation; times], "{said:?}");
    }

    #[test]
    fn subnegotiations_are_decoded() {
        let size = |columns, rows| Some(Subnegotiation::WindowSize { columns, rows });
        check(&[31, 0, 80, 0, 24], size(80, 24));
        check(&[31, 0, 0, 0, 0], size(0, 0));
        // 255 is doubled.
        check(&[31, 0, IAC, IAC, 0, SE], size(255, 240));
        check(&[31, IAC, IAC, IAC, IAC, IAC, IAC, IAC, IAC], size(65535, 65535));
        check(&[31, 0, 80, 0], None);
        check(&[31, 0, 80, 0, 24, 0], None);
        check(&[31], None);
        check(&[], None);
        check(&[24, IS, b'X', b'T', b'E', b'R', b'M'], Some(Subnegotiation::TerminalType("XTERM")));
        check(&[24, IS, 0x80], None);
        check(&[24, SEND], None);
        check(&[24], None);
        check(&[39, 0, 1], None);
        let message = Subnegotiation::Message("Hobnob.Complete", "{\"prefix\": \"a\"}");
        check(b"\xc9Hobnob.Complete {\"prefix\": \"a\"}", Some(message));
        check(b"\xc9Core.Ping", Some(Subnegotiation::Message("Core.Ping", "")));
        let long = [&[201][..], &[b'x'; BYTES_MAX]].concat();
        check(&long, None);
        check(&long[..BYTES_MAX], Some(Subnegotiation::Message(&"x".repeat(1023), "")));
    }

    #[test]
    fn an_endless_subnegotiation_takes_no_memory() {
        let mut telnet = Telnet::default();
        for byte in [IAC, SB, 24, 0].into_iter().chain([b'x'; 100_000]) {
            assert_eq!(telnet.step(byte), None);
            let collected = telnet.options.as_ref().and_then(|it| it.collector.0.as_ref());
            let kept = collected.map_or(0, |collected| collected.bytes.capacity());
            assert!(kept <= 2 * BYTES_MAX, "{kept}");
        }
        assert_eq!(telnet.step(IAC), None);
        assert_eq!(telnet.step(SE), None);
        assert_eq!(telnet.step(b'y'), Some(TelnetEvent::Data(b'y')));
    }

    #[test]
    fn requests_and_messages_are_encoded() {
        assert_eq!(terminal_type_request(), [IAC, 250, 24, 1, IAC, 240]);
        assert_eq!(message("Hobnob.Rooms", "{}"), b"\xff\xfa\xc9Hobnob.Rooms {}\xff\xf0");
    }
}
