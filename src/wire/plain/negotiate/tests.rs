//! Whole keystrokes on a whole screen: negotiation, typing, lines that arrive in between, and the
//! resulting screen.

mod keys;
mod negotiation;
mod questions;

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::SystemTime;

use super::super::PlainDoor;
use super::*;
use crate::base::zone::Zone;
use crate::lang::{self, Times};
use crate::model::{Lang, Question, QuestionKind};
use crate::wire::door::{InputLine, Protocol};
use crate::wire::telnet::IAC;
const DOOR: PlainDoor =
    PlainDoor { lang: Lang::En, line_bytes_max: 200, edits: true, origin: 0x2a };

const OFFER: &[u8] = b"\xff\xfb\x01";
/// The requests that follow once the first offer is accepted: TERMINAL-TYPE, NAWS, BINARY,
/// SUPPRESS-GO-AHEAD.
const OFFERS: &[u8] = b"\xff\xfd\x18\xff\xfd\x1f\xff\xfd\x00\xff\xfb\x03";
const DO_ECHO: &[u8] = b"\xff\xfd\x01";
const DO_GO_AHEAD: &[u8] = b"\xff\xfd\x03";
const DONT_ECHO: &[u8] = b"\xff\xfe\x01";
const WILL_SIZE: &[u8] = b"\xff\xfb\x1f";
const WILL_TYPE: &[u8] = b"\xff\xfb\x18";

/// A user at a terminal, behind a telnet that agrees to everything.
struct TelnetUser {
    plain: Plain,
    screen: vt100::Parser,
    said: Vec<String>,
    /// The bytes sent to the telnet as answers.
    answers: Vec<u8>,
    /// The candidates for completions.
    words: Vec<&'static str>,
    has_left: bool,
}

impl TelnetUser {
    fn at(columns: u16, rows: u16) -> Self {
        Self::before_editing(columns, rows).agreeing(columns, rows)
    }

    /// Agrees to everything.
    fn agreeing(mut self, columns: u16, rows: u16) -> Self {
        assert_eq!(&*self.plain.greeting(), OFFER);
        self.receives(&[DO_ECHO, DO_GO_AHEAD, WILL_SIZE].concat());
        self.has_size(columns, rows);
        self.is_in(&["#lobby"]);
        self
    }

    fn before_editing(columns: u16, rows: u16) -> Self {
        Self::at_door(DOOR, columns, rows)
    }

    fn at_door(door: PlainDoor, columns: u16, rows: u16) -> Self {
        let size = |value| NonZeroU16::new(value).unwrap();
        let mut plain = Plain::new(door);
        plain.wait_no_longer();
        Self {
            plain,
            screen: vt100::Parser::new(size(rows), size(columns), 0),
            said: Vec::new(),
            answers: Vec::new(),
            words: vec!["ann", "andrew"],
            has_left: false,
        }
    }

    /// The window reports this size.
    fn has_size(&mut self, columns: u16, rows: u16) {
        let [a, b] = columns.to_be_bytes();
        let [c, d] = rows.to_be_bytes();
        let escaped = |byte| if byte == IAC { vec![IAC, IAC] } else { vec![byte] };
        let size: Vec<u8> = [a, b, c, d].into_iter().flat_map(escaped).collect();
        self.receives(&[&[IAC, 250, 31][..], &size, &[IAC, 240]].concat());
    }

    fn is_in(&mut self, rooms: &[&str]) {
        let rooms: Vec<Arc<str>> = rooms.iter().map(|room| Arc::from(*room)).collect();
        self.plain.set_rooms(&rooms);
        self.settles();
    }

    /// The client sends these bytes in one packet.
    fn receives(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(input) = self.plain.decode(&mut rest) {
            match input {
                Input::Line(text) => self.said.push(text.as_str().to_owned()),
                Input::Answer(bytes) => {
                    self.answers.extend_from_slice(&bytes);
                    self.screen.process(&without_telnet(&bytes));
                }
                Input::Echo(line) => self.arrives(&line),
                Input::Told(reply) => {
                    let times = Times { zone: Zone::of_server(), now: SystemTime::UNIX_EPOCH };
                    self.arrives(&lang::reply(Lang::En, &reply, &times));
                }
                Input::Complete(_) => {
                    let words = self.words.iter().map(|word| Box::from(*word)).collect();
                    self.input_line(|input_line, _| input_line.complete(words));
                }
                Input::Leave => self.has_left = true,
                Input::Enough
                | Input::IdentifiedLine(_)
                | Input::Interrupt
                | Input::Enter { .. }
                | Input::Becomes(_)
                | Input::Reject { .. } => {}
            }
        }
        self.settles();
    }

    fn types(&mut self, keys: &str) {
        self.receives(keys.as_bytes());
    }

    /// A line is shown.
    fn arrives(&mut self, line: &str) {
        self.input_line(|input_line, bytes| {
            input_line.hide(bytes);
            bytes.extend_from_slice(format!("{line}\r\n").as_bytes());
        });
        self.settles();
    }

    fn settles(&mut self) {
        self.input_line(|input_line, bytes| input_line.settle(bytes));
    }

    fn input_line(&mut self, act: impl FnOnce(&mut dyn InputLine, &mut Vec<u8>)) {
        let mut bytes = Vec::new();
        if let Some(input_line) = self.plain.input_line() {
            act(input_line, &mut bytes);
        }
        self.screen.process(&bytes);
    }

    /// The rows on the screen down to the cursor's, or to the last that is not empty, with a bar at
    /// the cursor.
    fn rows(&self) -> Vec<String> {
        let screen = self.screen.screen();
        let (cursor_row, cursor_column) = screen.cursor_position();
        let columns = screen.size().1.get();
        let mut rows: Vec<String> = (0..screen.size().0.get())
            .map(|row| {
                let part = |from: u16, to: u16| screen.contents_between(row, from, row, to);
                if row == cursor_row {
                    let behind = part(cursor_column, columns);
                    let before = part(0, cursor_column);
                    let gap = usize::from(cursor_column)
                        .saturating_sub(unicode_width::UnicodeWidthStr::width(before.as_str()));
                    format!("{before}{}|{}", " ".repeat(gap), behind.trim_end())
                } else {
                    part(0, columns).trim_end().to_owned()
                }
            })
            .collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }
}

/// The visible part of bytes that may contain telnet commands of three bytes each.
fn without_telnet(mut bytes: &[u8]) -> Vec<u8> {
    let mut shown = Vec::new();
    while let Some((&byte, rest)) = bytes.split_first() {
        match byte {
            IAC if rest.first() == Some(&250) => return shown,
            IAC => bytes = &rest[2..],
            byte => {
                shown.push(byte);
                bytes = rest;
            }
        }
    }
    shown
}
