//! Lines of text for telnet in character mode: with the client's permission the server sends each
//! batch of lines between erasing and redrawing its prompt, in colour, and in rows that fit the
//! window.
//!
//! The client agrees to be a terminal: the server may echo input (ECHO and SUPPRESS-GO-AHEAD), and
//! may ask for its window size (NAWS, RFC 1073) and its type (RFC 1091).

use std::borrow::Cow;
use std::time::Duration;

use memchr::memmem;

use super::{Dialect, Greeting, HOBNOB_ANNOUNCES_AFTER, Heard, Identity, Role};

const CR: u8 = b'\r';
const LF: u8 = b'\n';
const ESC: u8 = 0x1b;

/// RFC 854.
const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

const ECHO: u8 = 1;
const SUPPRESS_GO_AHEAD: u8 = 3;
const TERMINAL_TYPE: u8 = 24;
const WINDOW_SIZE: u8 = 31;

/// 80 columns and 24 rows.
const WINDOW: [u8; 9] = [IAC, SB, WINDOW_SIZE, 0, 80, 0, 24, IAC, SE];

/// The request for the type (SEND), and the answer (IS).
const WHICH_TYPE: &[u8] = &[IAC, SB, TERMINAL_TYPE, 1, IAC, SE];
const TYPE: &[u8] = b"\xff\xfa\x18\x00xterm\xff\xf0";

/// The commands with which a user restarts the negotiation. The first one is for a server where
/// editing is already on.
const ASK_AGAIN: &[u8] = b"/edit off\r\0/edit on\r\0";

/// Ends a prompt; the input follows. Two of these begin a line of history.
const BELOW: u8 = b' ';

/// Erases the prompt and the input.
const ERASURE: &[u8] = b"\r\x1b[J";

/// Begins the continuation rows of a line that is wider than the window.
const FURTHER_ROW: &[u8] = b"    ";

pub(super) struct Telnet;

impl Dialect for Telnet {
    fn senders_receive(&self) -> bool {
        true
    }

    fn opening(&self, _: Role, _: Identity) -> Vec<u8> {
        Vec::new()
    }

    fn greeting(&self, _: Role) -> Greeting {
        // Ready with the first prompt that names a room: before that, lines are not sent in this
        // form.
        Greeting::Always
    }

    fn connects_waiting_max(&self) -> usize {
        // hobnob's backlog is 4,096.
        2048
    }

    fn announces_after(&self) -> Duration {
        HOBNOB_ANNOUNCES_AFTER
    }

    fn decode<'a>(&self, _: Role, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)> {
        if bytes.first() == Some(&IAC) {
            return command(bytes);
        }
        if let Some(length) = prompt_length(bytes) {
            return Some((Heard::Ready, length));
        }
        match bytes {
            [] | [BELOW] => None,
            [BELOW, BELOW, ..] => line(bytes),
            [BELOW, IAC, ..] => command(&bytes[1..]).map(|(heard, length)| (heard, 1 + length)),
            // Echoed input is not a line, even if it takes several rows.
            [BELOW, ..] => Some((Heard::Other, memmem::find(bytes, ERASURE)? + ERASURE.len())),
            _ => line(bytes),
        }
    }

    fn say(&self, text: &[u8], bytes: &mut Vec<u8>) {
        // What a telnet in character mode sends for Enter.
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(b"\r\0");
    }
}

fn command(bytes: &[u8]) -> Option<(Heard<'_>, usize)> {
    match *bytes {
        [IAC, WILL, option @ (ECHO | SUPPRESS_GO_AHEAD), ..] => reply(&[IAC, DO, option], 3),
        [IAC, WILL, option, ..] => reply(&[IAC, DONT, option], 3),
        [IAC, DO, TERMINAL_TYPE, ..] => reply(&[IAC, WILL, TERMINAL_TYPE], 3),
        [IAC, DO, WINDOW_SIZE, ..] => reply(&[&[IAC, WILL, WINDOW_SIZE], &WINDOW[..]].concat(), 3),
        [IAC, DO, option, ..] => reply(&[IAC, WONT, option], 3),
        // hobnob waits a second for the answers to its offer. While thousands of clients connect at
        // once, the answers may have arrived but not been read by then, and hobnob withdraws the
        // offer.
        [IAC, WONT, ECHO, ..] => reply(ASK_AGAIN, 3),
        [IAC, WONT | DONT, _, ..] => Some((Heard::Other, 3)),
        [IAC, SB, ..] => {
            let length = memmem::find(bytes, &[IAC, SE])? + 2;
            match &bytes[..length] {
                WHICH_TYPE => reply(TYPE, length),
                _ => Some((Heard::Other, length)),
            }
        }
        [IAC] | [IAC, WILL | WONT | DO | DONT] => None,
        _ => Some((Heard::Other, 2)),
    }
}

fn reply(bytes: &[u8], length: usize) -> Option<(Heard<'static>, usize)> {
    Some((Heard::Reply(bytes.to_vec()), length))
}

/// The length of a prompt that names a room, such as `#lobby> `, without its space. The space is
/// left in place to mark what is below the lines. No user's name begins like this.
fn prompt_length(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'#') {
        return None;
    }
    let end = bytes.iter().position(|&byte| byte <= b' ' || byte == IAC)?;
    (bytes[..end].ends_with(b">") && bytes[end] == BELOW).then_some(end)
}

/// Bytes that are not text.
enum Sequence {
    /// CR LF.
    RowEnd,
    /// A colour or other style, with its length in bytes (SGR of ECMA-48).
    Style(usize),
    /// A cursor movement or an erasure, with its length in bytes.
    Movement(usize),
}

/// A line with all its rows, without colours. Text that does not end with CR LF is not a line, but
/// part of the prompt or its erasure.
fn line(bytes: &[u8]) -> Option<(Heard<'_>, usize)> {
    let mut text = Cow::Borrowed(&bytes[..0]);
    let mut at = 0;
    loop {
        let length = memchr::memchr3(CR, ESC, IAC, &bytes[at..])?;
        append(&mut text, &bytes[at..at + length]);
        at += length;
        match sequence(&bytes[at..])? {
            Sequence::Style(length) => at += length,
            Sequence::Movement(_) if at > 0 => return Some((Heard::Other, at)),
            Sequence::Movement(length) => return Some((Heard::Other, length)),
            Sequence::RowEnd => {
                at += 2;
                // Something always follows, at least the prompt.
                let next = bytes[at..].get(..FURTHER_ROW.len());
                match next.unwrap_or(&bytes[at..]) {
                    FURTHER_ROW => at += FURTHER_ROW.len(),
                    next if FURTHER_ROW.starts_with(next) => return None,
                    _ => return Some((Heard::Said(text), at)),
                }
            }
        }
    }
}

/// The sequence after CR, ESC or IAC; `None` if it is incomplete.
fn sequence(bytes: &[u8]) -> Option<Sequence> {
    match bytes {
        [CR] | [ESC] => None,
        [CR, LF, ..] => Some(Sequence::RowEnd),
        [ESC, b'[', rest @ ..] => {
            let end = rest.iter().position(|byte| (0x40..=0x7e).contains(byte))?;
            let length = 2 + end + 1;
            Some(match rest[end] {
                b'm' => Sequence::Style(length),
                _ => Sequence::Movement(length),
            })
        }
        [ESC, ..] => Some(Sequence::Movement(2)),
        // A bare CR, or a command between lines.
        _ => Some(Sequence::Movement(1)),
    }
}

fn append<'a>(text: &mut Cow<'a, [u8]>, more: &'a [u8]) {
    match text.is_empty() {
        true => *text = Cow::Borrowed(more),
        false if more.is_empty() => {}
        false => text.to_mut().extend_from_slice(more),
    }
}
