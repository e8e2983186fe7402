//! The JSON wire: one JSON object per line (RFC 8259, UTF-8, ended by LF), in both directions.
//!
//! Our own client begins as a telnet client and asks for this wire in an option that no other
//! server answers ([`crate::wire::telnet::messages`]). From then on it is sent events and replies
//! as data, and words and draws them itself. [`message`] defines what either side sends;
//! `docs/events.md` lists all of it.

pub mod message;
pub mod render;

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;

use self::message::{ClientMessage, Hello, ServerMessage, ViewMessage};
use crate::model::id::{ClientMessageId, NoClientMessageId};
use crate::model::{ClientTraits, Lang, NotSaid, Question, Refusal, Reply, Terminal, View, Wire};
use crate::text::CleanText;
use crate::wire::door::{IdentifiedLine, Input, InputLine, Protocol};
use crate::wire::text::reply::Look;

/// The most bytes that a byte of a line takes in JSON: a control character is written as `\u0000`.
const ESCAPE_BYTES_MAX: usize = 6;

/// The most bytes of a message besides the line in it.
const ENVELOPE_BYTES_MAX: usize = 256;

/// One connection through the JSON wire.
#[derive(Debug)]
pub struct Json {
    lang: Option<Lang>,
    line_bytes_max: usize,
    /// The unfinished message.
    message: Vec<u8>,
    /// The message is too long, and the rest of it is being discarded.
    discarding: bool,
    /// Inputs that were decoded already.
    waiting: VecDeque<Input>,
    is_asking: bool,
    rooms: Box<[Arc<str>]>,
    /// The client has not been sent the rooms.
    is_stale: bool,
    completions: Option<Box<[Box<str>]>>,
}

impl Json {
    /// A connection whose client has said hello, and wants to connect to the chat.
    pub fn new(hello: Hello, line_bytes_max: usize) -> Self {
        let mut json = Self {
            lang: hello.lang,
            line_bytes_max,
            message: Vec::new(),
            discarding: false,
            waiting: [Input::Enter { name: None }].into(),
            is_asking: false,
            rooms: Box::default(),
            is_stale: false,
            completions: None,
        };
        json.waiting.extend(hello.first_line.map(|line| json.line(&line, None)));
        json
    }

    /// A line of the user, perhaps with an id.
    fn line(&self, line: &str, id: Option<String>) -> Input {
        let id = match id.map(ClientMessageId::try_from).transpose() {
            Ok(id) => id,
            Err(NoClientMessageId) => return Input::told(Refusal::BadMessageId),
        };
        let is_too_long = line.len() > self.line_bytes_max;
        match id {
            None if is_too_long => Input::told(self.too_long()),
            None => Input::Line(CleanText::new(line)),
            Some(id) if is_too_long => {
                let refusal = self.too_long();
                Input::told(Reply::NotSaid(Box::new(NotSaid { id, refusal })))
            }
            Some(id) => {
                let text = CleanText::new(line);
                Input::IdentifiedLine(Box::new(IdentifiedLine { id, text }))
            }
        }
    }

    /// Adds bytes to the current message. Returns whether that is too long now.
    fn extend(&mut self, bytes: &[u8]) -> bool {
        let max = self.line_bytes_max * ESCAPE_BYTES_MAX + ENVELOPE_BYTES_MAX;
        if !self.discarding && self.message.len() + bytes.len() > max {
            self.message = Vec::new();
            self.discarding = true;
            return true;
        }
        if !self.discarding {
            self.message.extend_from_slice(bytes);
        }
        false
    }

    /// The refusal of a line that is too long.
    fn too_long(&self) -> Refusal {
        let bytes_max = self.line_bytes_max as u32;
        Refusal::LineTooLong { bytes_max, is_typed: false }
    }

    /// Handles the end of the current message.
    fn end_message(&mut self) -> Option<Input> {
        let message = std::mem::take(&mut self.message);
        if std::mem::take(&mut self.discarding) || message.trim_ascii().is_empty() {
            return None;
        }
        match serde_json::from_slice(&message) {
            Ok(ClientMessage::Line { line, id }) => Some(self.line(&line, id)),
            Ok(ClientMessage::Complete { complete }) => Some(Input::Complete(complete)),
            Err(_) => Some(Input::told(Refusal::BadMessage)),
        }
    }
}

/// Appends a message, from either side, and the end of its line.
pub(crate) fn append(bytes: &mut Vec<u8>, message: &impl Serialize) {
    let before = bytes.len();
    if serde_json::to_writer(&mut *bytes, message).is_err() {
        // Data without maps and without values of our own cannot fail to be written.
        bytes.truncate(before);
        return;
    }
    bytes.push(b'\n');
}

fn line_of(message: &ServerMessage) -> Box<[u8]> {
    let mut bytes = Vec::new();
    append(&mut bytes, message);
    bytes.into()
}

impl Protocol for Json {
    fn traits(&self) -> ClientTraits {
        let terminal = Some(Terminal { columns: None });
        ClientTraits { is_interactive: true, may_be_asked: false, terminal }
    }

    fn lang(&self) -> Option<Lang> {
        self.lang
    }

    fn render(&self, reply: &Reply, _look: &Look<'_>, bytes: &mut Vec<u8>) {
        append(bytes, reply);
    }

    fn set_view(&mut self, view: &View) -> Box<[u8]> {
        line_of(&ServerMessage::View { view: ViewMessage::of(view) })
    }

    fn set_rooms(&mut self, rooms: &[Arc<str>]) {
        self.rooms = rooms.into();
        self.is_stale = true;
    }

    fn input_line(&mut self) -> Option<&mut dyn InputLine> {
        Some(self)
    }

    fn decode(&mut self, input: &mut &[u8]) -> Option<Input> {
        if let Some(input) = self.waiting.pop_front() {
            return Some(input);
        }
        while !input.is_empty() {
            let end = memchr::memchr(b'\n', input);
            let (bytes, rest) = input.split_at(end.unwrap_or(input.len()));
            *input = rest.get(1..).unwrap_or_default();
            if self.extend(bytes) {
                self.discarding = end.is_none();
                return Some(Input::told(self.too_long()));
            }
            if end.is_some()
                && let Some(input) = self.end_message()
            {
                return Some(input);
            }
        }
        None
    }

    fn finish(&mut self) -> Option<Input> {
        self.waiting.pop_front()
    }

    fn first_line(&self) -> Option<&CleanText> {
        match self.waiting.front() {
            Some(Input::Line(text)) => Some(text),
            _ => None,
        }
    }

    fn wire(&self) -> Wire {
        Wire::Json
    }

    fn ask(&mut self, question: &Question, _lang: Lang) -> Box<[u8]> {
        self.is_asking = true;
        line_of(&ServerMessage::Ask { ask: Some(question.clone()) })
    }

    fn shows_answer(&self) -> Option<bool> {
        Some(false)
    }

    fn reveal(&mut self) -> Box<[u8]> {
        match std::mem::take(&mut self.is_asking) {
            true => line_of(&ServerMessage::Ask { ask: None }),
            false => Box::default(),
        }
    }
}

/// What the client draws besides lines.
impl InputLine for Json {
    fn hide(&mut self, _bytes: &mut Vec<u8>) -> bool {
        false
    }

    fn settle(&mut self, bytes: &mut Vec<u8>) {
        if std::mem::take(&mut self.is_stale) {
            append(bytes, &ServerMessage::Rooms { rooms: self.rooms.clone() });
        }
        if let Some(completions) = self.completions.take() {
            append(bytes, &ServerMessage::Completions { completions });
        }
    }

    fn is_stale(&self) -> bool {
        self.is_stale || self.completions.is_some()
    }

    fn complete(&mut self, words: Box<[Box<str>]>) {
        self.completions = Some(words);
    }
}

#[cfg(test)]
mod tests;
