//! Decodes what a server sends: JSON messages from a hobnob server, lines of text from any other.
//!
//! Pure, and independent of how the input is split into chunks. This module owns telnet, the
//! agreement on JSON, the ends of lines, and the limits on everything that a server can make the
//! client store. It does not know what a message means or how it is shown.
//!
//! The client asks for out-of-band messages at once and for nothing else. A server that agrees is
//! sent a [`Hello`], and JSON begins behind its answer. Any text before that means lines.

use std::collections::VecDeque;

use zeroize::Zeroizing;

use crate::model::Lang;
use crate::model::id::ClientMessageId;
use crate::wire::json;
use crate::wire::json::message::{ClientMessage, Hello, ServerMessage, VERSION};
use crate::wire::telnet::messages::HELLO;
use crate::wire::telnet::{self, Subnegotiation, Telnet, TelnetEvent, TelnetOption};

use super::sanitize::{LINE_BYTES_MAX, SanitizedLine};

/// Maximum length in bytes of a message. The longest is a replay of 200 lines; a longer one is
/// dropped.
const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

const LF: u8 = b'\n';

/// What travels on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// That is not decided yet.
    Undecided,
    /// Lines of text, in both directions.
    Lines,
    /// JSON messages, in both directions.
    Json,
}

/// Something that the server has sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// The server knows out-of-band messages, so it has to be sent a [`Hello`].
    Offer,
    /// It is decided what travels from now on.
    Decided(Speech),
    /// A message.
    Message(Box<ServerMessage>),
    /// A complete line of text.
    Line(SanitizedLine),
    /// Whether the user's input must be concealed from now on, on a connection with lines.
    Concealed(bool),
    /// A reply to send.
    Answer([u8; 3]),
}

/// The decoder of one connection.
#[derive(Debug)]
pub struct Incoming {
    telnet: Telnet,
    speech: Speech,
    has_offered: bool,
    /// See [`Hello::message_ids`].
    message_ids: Option<String>,
    /// The beginning of an unfinished line or message.
    line: Vec<u8>,
    /// The message is too long, and the rest of it is discarded.
    is_discarding: bool,
    is_concealed: bool,
    /// What has been decoded and not been taken.
    heard: VecDeque<Received>,
}

impl Incoming {
    /// Creates the decoder of a new connection and returns the bytes to send first, which request
    /// out-of-band messages.
    pub fn new() -> (Self, Vec<u8>) {
        let mut telnet = Telnet::client();
        let request = telnet.ask_for(TelnetOption::Messages);
        let hearing = Self {
            telnet,
            speech: Speech::Undecided,
            has_offered: false,
            message_ids: None,
            line: Vec::new(),
            is_discarding: false,
            is_concealed: false,
            heard: VecDeque::new(),
        };
        (hearing, request.into_iter().flatten().collect())
    }

    /// What travels on this connection.
    pub fn speech(&self) -> Speech {
        self.speech
    }

    /// What the server calls its memory of messages, if it understands their ids.
    pub fn message_ids(&self) -> Option<&str> {
        self.message_ids.as_deref()
    }

    /// The unfinished line: a question, if the server is concealing the user's input.
    pub fn unfinished(&self) -> String {
        let line = if self.speech == Speech::Lines { &*self.line } else { b"" };
        SanitizedLine::read(line).text().to_owned()
    }

    /// Decodes received bytes.
    pub fn take(&mut self, mut input: &[u8]) {
        while let Some(&byte) = input.first() {
            if self.speech == Speech::Json {
                let end = memchr::memchr(LF, input);
                let (data, rest) = input.split_at(end.map_or(input.len(), |end| end + 1));
                input = rest;
                self.take_json(data);
                continue;
            }
            let run = self.telnet.data_run(input, [LF, LF]);
            if run > 0 {
                let (data, rest) = input.split_at(run);
                input = rest;
                self.take_text(data);
            } else {
                input = &input[1..];
                if let Some(event) = self.telnet.step(byte) {
                    self.take_telnet(event);
                }
            }
        }
    }

    /// What was decoded next.
    pub fn pop(&mut self) -> Option<Received> {
        self.heard.pop_front()
    }

    /// Stops waiting for an agreement on JSON.
    pub fn wait_no_longer(&mut self) {
        if self.speech == Speech::Undecided {
            self.decide(Speech::Lines);
        }
    }

    /// Handles the end of the connection: an unfinished line counts as a line.
    pub fn end(&mut self) -> Option<Received> {
        let is_line = self.speech == Speech::Lines && !self.line.is_empty() && !self.is_concealed;
        is_line.then(|| self.end_line())
    }

    fn decide(&mut self, speech: Speech) {
        self.speech = speech;
        self.line.clear();
        self.heard.push_back(Received::Decided(speech));
    }

    fn take_telnet(&mut self, event: TelnetEvent) {
        match event {
            TelnetEvent::Data(byte) => self.take_text(&[byte]),
            TelnetEvent::Answer(bytes) => {
                self.heard.push_back(Received::Answer(bytes));
                self.follow_options();
            }
            TelnetEvent::Changed => self.follow_options(),
            TelnetEvent::Subnegotiation => self.take_hello(),
            // Only a client sends these; from a server they are ignored.
            TelnetEvent::AreYouThere | TelnetEvent::Key(_) => {}
        }
    }

    fn follow_options(&mut self) {
        let is_concealed = self.telnet.peer_performs(TelnetOption::Echo);
        if std::mem::replace(&mut self.is_concealed, is_concealed) != is_concealed {
            self.heard.push_back(Received::Concealed(is_concealed));
        }
        if self.telnet.peer_performs(TelnetOption::Messages) {
            if !std::mem::replace(&mut self.has_offered, true) {
                self.heard.push_back(Received::Offer);
            }
        } else if !self.telnet.is_asking(TelnetOption::Messages) {
            self.wait_no_longer();
        }
    }

    /// JSON begins behind the answer to our own [`Hello`]. An answer that comes late counts, too,
    /// because what follows it is JSON in any case.
    fn take_hello(&mut self) {
        let Some(Subnegotiation::Message(HELLO, data)) = self.telnet.subnegotiation() else {
            return;
        };
        let hello: Option<Hello> = serde_json::from_str(data).ok();
        match hello.filter(|hello| self.has_offered && hello.version == VERSION) {
            Some(hello) => {
                self.message_ids = hello.message_ids;
                self.decide(Speech::Json);
            }
            None => self.wait_no_longer(),
        }
    }

    fn take_json(&mut self, data: &[u8]) {
        let (text, is_end) = split_end(data);
        if self.line.len() + text.len() > MESSAGE_BYTES_MAX {
            self.line = Vec::new();
            self.is_discarding = true;
        } else if !self.is_discarding {
            self.line.extend_from_slice(text);
        }
        if is_end && !std::mem::take(&mut self.is_discarding) {
            let message = std::mem::take(&mut self.line);
            // A newer server may send messages that this client does not know.
            self.heard.extend(serde_json::from_slice(&message).ok().map(Received::Message));
        }
    }

    fn take_text(&mut self, data: &[u8]) {
        self.wait_no_longer();
        let (text, is_end) = split_end(data);
        let room = LINE_BYTES_MAX.saturating_sub(self.line.len());
        self.line.extend_from_slice(&text[..text.len().min(room)]);
        if is_end {
            let line = self.end_line();
            self.heard.push_back(line);
        }
    }

    fn end_line(&mut self) -> Received {
        let line = std::mem::take(&mut self.line);
        Received::Line(SanitizedLine::read(line.strip_suffix(b"\r").unwrap_or(&line)))
    }
}

/// The data without the end of a line, and whether it has one.
fn split_end(data: &[u8]) -> (&[u8], bool) {
    match data {
        [text @ .., LF] => (text, true),
        text => (text, false),
    }
}

/// The message that asks for JSON. Its first line may hold a password.
pub fn hello(lang: Lang, first_line: Option<&str>) -> Zeroizing<Vec<u8>> {
    let first_line = first_line.map(str::to_owned);
    let hello = Hello { lang: Some(lang), first_line, ..Hello::of_version() };
    // Numbers and texts can always be written as JSON.
    let data = Zeroizing::new(serde_json::to_string(&hello).unwrap_or_default());
    let _clears = hello.first_line.map(Zeroizing::new);
    Zeroizing::new(telnet::message(HELLO, &data))
}

/// Appends a line that is sent, which may be a password. Only JSON has ids.
pub fn append_line(bytes: &mut Vec<u8>, speech: Speech, line: &str, id: Option<ClientMessageId>) {
    if speech == Speech::Json {
        let message = ClientMessage::Line { line: line.to_owned(), id: id.map(String::from) };
        json::append(bytes, &message);
        if let ClientMessage::Line { line, .. } = message {
            drop(Zeroizing::new(line));
        }
    } else {
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests;
