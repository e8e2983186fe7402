//! Decodes what a server sends into lines, questions whose answers are not shown, and out-of-band
//! messages.
//!
//! Pure, and independent of how the input is split into chunks. This module owns telnet, the ends
//! of lines, and the limits on everything that a server can make the client store. It does not know
//! what a line means or how it is shown.

use crate::command::completion::CompletionRequest;
use crate::terminal::Place;
use crate::text::CleanText;
use crate::wire::telnet::messages::{COMPLETE, COMPLETIONS, PLACE};
use crate::wire::telnet::{self, Subnegotiation, Telnet, TelnetOption};

use super::meaning::{self, ServerQuestion};
use super::sanitize::SanitizedLine;

/// Maximum length in bytes of a line that is shown; the rest is dropped. hobnob's own lines have up
/// to about 1,200 bytes with colours in the default configuration, and a line of this length fills
/// several screens.
pub const LINE_BYTES_MAX: usize = 16 * 1024;

/// Maximum length in bytes of a text that may be a question: a name and a few words.
const QUESTION_BYTES_MAX: usize = 256;

const LF: u8 = b'\n';

/// Something that the server has sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// A complete line.
    Line(SanitizedLine),
    /// The server waits for an answer that must not be shown: the question, and its text.
    Asked(ServerQuestion, String),
    /// Whether the user's input must be concealed from now on.
    Concealed(bool),
    /// The user's rooms and unread counts.
    Place(Place),
    /// Possible completions of a word.
    Completions(Vec<String>),
    /// A reply to send.
    Answer([u8; 3]),
}

/// The decoder of one connection.
#[derive(Debug)]
pub struct Incoming {
    telnet: Telnet,
    /// The beginning of an unfinished line.
    line: Vec<u8>,
    is_concealed: bool,
    /// The server has asked a question and will send a line end once it has the answer.
    owes_line_end: bool,
}

impl Incoming {
    /// Creates the decoder of a new connection and returns the bytes to send first, which request
    /// out-of-band messages.
    pub fn new() -> (Self, Vec<u8>) {
        let mut telnet = Telnet::client();
        let request = telnet.ask_for(TelnetOption::Messages);
        let hearing = Self { telnet, line: Vec::new(), is_concealed: false, owes_line_end: false };
        (hearing, request.into_iter().flatten().collect())
    }

    /// Whether the server sends out-of-band messages, which identifies it as hobnob.
    pub fn is_hobnob(&self) -> bool {
        self.telnet.peer_performs(TelnetOption::Messages)
    }

    /// The unfinished line: a question, if the server is concealing the user's input.
    pub fn unfinished(&self) -> String {
        SanitizedLine::read(&self.line).text().to_owned()
    }

    /// Decodes received bytes.
    pub fn take(&mut self, mut input: &[u8], heard: &mut Vec<Received>) {
        while let Some(&byte) = input.first() {
            // A question is recognised at its last byte, so concealed input is read one byte at a
            // time.
            let run = if self.is_concealed { 0 } else { self.telnet.data_run(input, [LF, LF]) };
            if run > 0 {
                let (data, rest) = input.split_at(run);
                input = rest;
                self.take_data(data, heard);
            } else {
                input = &input[1..];
                if let Some(said) = self.telnet.step(byte) {
                    self.take_telnet(said, heard);
                }
            }
        }
    }

    /// Handles the end of the connection: an unfinished line counts as a line.
    pub fn end(&mut self) -> Option<Received> {
        (!self.line.is_empty() && !self.is_concealed).then(|| self.end_line())
    }

    fn take_telnet(&mut self, said: telnet::TelnetEvent, heard: &mut Vec<Received>) {
        match said {
            telnet::TelnetEvent::Data(byte) => self.take_data(&[byte], heard),
            telnet::TelnetEvent::Answer(bytes) => {
                heard.push(Received::Answer(bytes));
                self.follow_echo(heard);
            }
            telnet::TelnetEvent::Changed => self.follow_echo(heard),
            telnet::TelnetEvent::Subnegotiation => heard.extend(self.take_message()),
            // Only a client sends these; from a server they are ignored.
            telnet::TelnetEvent::AreYouThere | telnet::TelnetEvent::Key(_) => {}
        }
    }

    fn follow_echo(&mut self, heard: &mut Vec<Received>) {
        let is_concealed = self.telnet.peer_performs(TelnetOption::Echo);
        if std::mem::replace(&mut self.is_concealed, is_concealed) != is_concealed {
            heard.push(Received::Concealed(is_concealed));
        }
    }

    fn take_data(&mut self, data: &[u8], heard: &mut Vec<Received>) {
        let (text, is_end) = match data {
            [text @ .., LF] => (text, true),
            text => (text, false),
        };
        let room = LINE_BYTES_MAX.saturating_sub(self.line.len());
        self.line.extend_from_slice(&text[..text.len().min(room)]);
        if is_end {
            let is_owed = matches!(&*self.line, b"" | b"\r") && self.owes_line_end;
            let line = self.end_line();
            if is_owed {
                self.owes_line_end = false;
            } else {
                heard.push(line);
            }
        } else if self.is_concealed && self.line.len() <= QUESTION_BYTES_MAX {
            let text = SanitizedLine::read(&self.line).text().to_owned();
            if let Some(question) = meaning::read_question(&text) {
                self.line.clear();
                self.owes_line_end = true;
                heard.push(Received::Asked(question, text));
            }
        }
    }

    fn end_line(&mut self) -> Received {
        let line = std::mem::take(&mut self.line);
        Received::Line(SanitizedLine::read(line.strip_suffix(b"\r").unwrap_or(&line)))
    }

    /// Decodes an out-of-band message. Its texts reach the screen, so they are cleaned.
    fn take_message(&self) -> Option<Received> {
        match self.telnet.subnegotiation()? {
            Subnegotiation::Message(PLACE, data) => {
                let place: Place = serde_json::from_str(data).ok()?;
                let unread =
                    place.unread.iter().map(|(room, lines)| (cleaned(room).into(), *lines));
                Some(Received::Place(Place {
                    rooms: place.rooms.iter().map(|room| cleaned(room).into()).collect(),
                    unread: unread.collect(),
                }))
            }
            Subnegotiation::Message(COMPLETIONS, data) => {
                let words: Vec<String> = serde_json::from_str(data).ok()?;
                Some(Received::Completions(words.iter().map(|word| cleaned(word)).collect()))
            }
            _ => None,
        }
    }
}

/// The request that asks the server for completions of a word.
pub fn completion_request(wanted: &CompletionRequest) -> Vec<u8> {
    // A kind and a text can always be written as JSON.
    serde_json::to_string(wanted).map(|data| telnet::message(COMPLETE, &data)).unwrap_or_default()
}

fn cleaned(text: &str) -> String {
    CleanText::from_bytes(text.as_bytes()).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WILL_ECHO: &[u8] = b"\xff\xfb\x01";
    const WONT_ECHO: &[u8] = b"\xff\xfc\x01";

    fn hear(input: &[u8], chunk: usize) -> Vec<Received> {
        let (mut hearing, _) = Incoming::new();
        let mut heard = Vec::new();
        input.chunks(chunk).for_each(|chunk| hearing.take(chunk, &mut heard));
        heard.extend(hearing.end());
        heard
    }

    fn line(text: &str) -> Received {
        Received::Line(SanitizedLine::read(text.as_bytes()))
    }

    fn asked(question: ServerQuestion, text: &str) -> Received {
        Received::Asked(question, text.to_owned())
    }

    #[test]
    fn lines_questions_and_messages() {
        let place =
            b"\xff\xfa\xc9Hobnob.Place {\"rooms\":[\"#a\\u001b[2J\"],\"unread\":[]}\xff\xf0";
        let words = b"\xff\xfa\xc9Hobnob.Completions [\"ann\",\"\\u0007bob\"]\xff\xf0";
        let input = [
            &b"one\r\ntwo\n\r\n"[..],
            b"\xff\xfb\xc9",
            WILL_ECHO,
            b"Password for ann (Enter cancels): bob: hi\r\n\r\nPassword: ",
            place,
            WONT_ECHO,
            b"\r\nYou are logged in as ann.\r\n",
            words,
            b"the e\xff\xf1nd",
        ]
        .concat();
        let expected = vec![
            line("one"),
            line("two"),
            line(""),
            Received::Concealed(true),
            asked(
                ServerQuestion::PasswordOf("ann".to_owned()),
                "Password for ann (Enter cancels): ",
            ),
            line("bob: hi"),
            asked(ServerQuestion::Password, "Password: "),
            Received::Place(Place { rooms: vec!["#a".into()], unread: Vec::new() }),
            Received::Concealed(false),
            line("You are logged in as ann."),
            Received::Completions(vec!["ann".to_owned(), "bob".to_owned()]),
            line("the end"),
        ];
        for chunk in 1..input.len() {
            let mut heard = hear(&input, chunk);
            heard.retain(|heard| !matches!(heard, Received::Answer(_)));
            assert_eq!(heard, expected, "{chunk}");
        }
    }

    #[test]
    fn a_question_that_is_asked_again() {
        let again = "Wrong password. Try again (Enter cancels): ";
        let input = [WILL_ECHO, again.as_bytes(), b"\r\nYou are logged in as ann.\r\n", WONT_ECHO];
        let mut heard = hear(&input.concat(), 7);
        heard.retain(|heard| !matches!(heard, Received::Answer(_)));
        let expected = [
            Received::Concealed(true),
            asked(ServerQuestion::AfterWrong, again),
            line("You are logged in as ann."),
            Received::Concealed(false),
        ];
        assert_eq!(heard, expected);
    }

    #[test]
    fn a_question_in_other_words_is_the_unfinished_line() {
        let (mut hearing, request) = Incoming::new();
        assert_eq!(request, b"\xff\xfd\xc9");
        let mut heard = Vec::new();
        hearing.take(&[WILL_ECHO, b"Kennwort: \x1b[2J"].concat(), &mut heard);
        assert_eq!(heard, [Received::Answer([255, 253, 1]), Received::Concealed(true)]);
        assert_eq!(hearing.unfinished(), "Kennwort: ");
        assert!(!hearing.is_hobnob());
        assert_eq!(hearing.end(), None);
    }

    #[test]
    fn a_line_without_end_takes_no_memory() {
        let (mut hearing, _) = Incoming::new();
        let mut heard = Vec::new();
        for _ in 0..100 {
            hearing.take(&[b'x'; 4096], &mut heard);
        }
        assert!(hearing.line.capacity() <= 2 * LINE_BYTES_MAX);
        hearing.take(b"\r\nnext\r\n", &mut heard);
        assert_eq!(heard, [line(&"x".repeat(LINE_BYTES_MAX)), line("next")]);
    }

    #[test]
    fn completion_requests_are_messages() {
        let wanted = CompletionRequest {
            kind: crate::command::completion::CompletionKind::Name,
            prefix: "an".to_owned(),
            topic: None,
        };
        let expected = b"\xff\xfa\xc9Hobnob.Complete {\"kind\":\"name\",\"prefix\":\"an\"}\xff\xf0";
        assert_eq!(completion_request(&wanted), expected);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same(
            input in proptest::collection::vec(
                prop_oneof![Just(255_u8), Just(251), Just(201), Just(b'\n'), Just(b'\r'), any::<u8>()],
                0..200,
            ),
            chunk in 1..20_usize,
        ) {
            prop_assert_eq!(hear(&input, chunk), hear(&input, 1000));
        }
    }
}
