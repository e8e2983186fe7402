//! What a server sends, as what it means: lines, questions whose answers are not shown, and
//! messages beside the text.
//!
//! Pure, and the same for any chunking. Owned here: telnet, the ends of lines, and the bounds of
//! all that a server can make us keep. Not known here: what a line tells, and how it is shown.

use crate::terminal::{Place, Wanted};
use crate::text::CleanText;
use crate::wire::telnet::messages::{COMPLETE, COMPLETIONS, PLACE};
use crate::wire::telnet::{self, Subnegotiation, Telnet, TelnetOption};

use super::meaning::{self, Question};
use super::sanitize::Line;

/// Longest line that is shown, in bytes; the rest is dropped. hobnob's have some 1,200 bytes with
/// their colours unless it is told otherwise, and one of this length fills several screens.
pub const LINE_BYTES_MAX: usize = 16 * 1024;

/// Longest text that may be a question, in bytes: a name, and some words.
const QUESTION_BYTES_MAX: usize = 256;

const LF: u8 = b'\n';

/// Something that the server has said.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// A line.
    Line(Line),
    /// It waits for an answer that is not to be shown: what it asks, in its words.
    Asked(Question, String),
    /// What is typed is to be seen, or not.
    Concealed(bool),
    /// Where we are.
    Place(Place),
    /// What a word could go on to.
    Completions(Vec<String>),
    /// To be sent.
    Answer([u8; 3]),
}

/// The reader of one connection.
#[derive(Debug)]
pub struct Hearing {
    telnet: Telnet,
    /// The line so far.
    line: Vec<u8>,
    is_concealed: bool,
    /// A question was asked, which the server ends by a line end when it has the answer.
    owes_line_end: bool,
}

impl Hearing {
    /// That of a connection that has just been made, and what to send first: what asks for messages
    /// beside the text.
    pub fn new() -> (Self, Vec<u8>) {
        let mut telnet = Telnet::client();
        let request = telnet.ask_for(TelnetOption::Messages);
        let hearing = Self { telnet, line: Vec::new(), is_concealed: false, owes_line_end: false };
        (hearing, request.into_iter().flatten().collect())
    }

    /// Whether the server is one that sends messages: hobnob.
    pub fn is_hobnob(&self) -> bool {
        self.telnet.peer_performs(TelnetOption::Messages)
    }

    /// The line that has not ended: a question, where the server hides what is typed.
    pub fn unfinished(&self) -> String {
        Line::read(&self.line).text().to_owned()
    }

    /// Takes what has come.
    pub fn take(&mut self, mut input: &[u8], heard: &mut Vec<Heard>) {
        while let Some(&byte) = input.first() {
            // A question is recognised at its last byte.
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

    /// The connection has ended: what it was saying is a line, too.
    pub fn end(&mut self) -> Option<Heard> {
        (!self.line.is_empty() && !self.is_concealed).then(|| self.end_line())
    }

    fn take_telnet(&mut self, said: telnet::Heard, heard: &mut Vec<Heard>) {
        match said {
            telnet::Heard::Data(byte) => self.take_data(&[byte], heard),
            telnet::Heard::Answer(bytes) => {
                heard.push(Heard::Answer(bytes));
                self.follow_echo(heard);
            }
            telnet::Heard::Changed => self.follow_echo(heard),
            telnet::Heard::Subnegotiation => heard.extend(self.take_message()),
            // What a client can ask of a server, and nothing else.
            telnet::Heard::AreYouThere | telnet::Heard::Key(_) => {}
        }
    }

    fn follow_echo(&mut self, heard: &mut Vec<Heard>) {
        let is_concealed = self.telnet.peer_performs(TelnetOption::Echo);
        if std::mem::replace(&mut self.is_concealed, is_concealed) != is_concealed {
            heard.push(Heard::Concealed(is_concealed));
        }
    }

    fn take_data(&mut self, data: &[u8], heard: &mut Vec<Heard>) {
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
            let text = Line::read(&self.line).text().to_owned();
            if let Some(question) = meaning::read_question(&text) {
                self.line.clear();
                self.owes_line_end = true;
                heard.push(Heard::Asked(question, text));
            }
        }
    }

    fn end_line(&mut self) -> Heard {
        let line = std::mem::take(&mut self.line);
        Heard::Line(Line::read(line.strip_suffix(b"\r").unwrap_or(&line)))
    }

    /// A message beside the text. What is in it goes to the screen, too, so that it is cleaned.
    fn take_message(&self) -> Option<Heard> {
        match self.telnet.subnegotiation()? {
            Subnegotiation::Message(PLACE, data) => {
                let place: Place = serde_json::from_str(data).ok()?;
                let unread =
                    place.unread.iter().map(|(room, lines)| (cleaned(room).into(), *lines));
                Some(Heard::Place(Place {
                    rooms: place.rooms.iter().map(|room| cleaned(room).into()).collect(),
                    unread: unread.collect(),
                }))
            }
            Subnegotiation::Message(COMPLETIONS, data) => {
                let words: Vec<String> = serde_json::from_str(data).ok()?;
                Some(Heard::Completions(words.iter().map(|word| cleaned(word)).collect()))
            }
            _ => None,
        }
    }
}

/// Asks the server what a word could go on to.
pub fn completion_request(wanted: &Wanted) -> Vec<u8> {
    // A kind and a text are always JSON.
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

    fn hear(input: &[u8], chunk: usize) -> Vec<Heard> {
        let (mut hearing, _) = Hearing::new();
        let mut heard = Vec::new();
        input.chunks(chunk).for_each(|chunk| hearing.take(chunk, &mut heard));
        heard.extend(hearing.end());
        heard
    }

    fn line(text: &str) -> Heard {
        Heard::Line(Line::read(text.as_bytes()))
    }

    fn asked(question: Question, text: &str) -> Heard {
        Heard::Asked(question, text.to_owned())
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
            Heard::Concealed(true),
            asked(Question::PasswordOf("ann".to_owned()), "Password for ann (Enter cancels): "),
            line("bob: hi"),
            asked(Question::Password, "Password: "),
            Heard::Place(Place { rooms: vec!["#a".into()], unread: Vec::new() }),
            Heard::Concealed(false),
            line("You are logged in as ann."),
            Heard::Completions(vec!["ann".to_owned(), "bob".to_owned()]),
            line("the end"),
        ];
        for chunk in 1..input.len() {
            let mut heard = hear(&input, chunk);
            heard.retain(|heard| !matches!(heard, Heard::Answer(_)));
            assert_eq!(heard, expected, "{chunk}");
        }
    }

    #[test]
    fn a_question_that_is_asked_again() {
        let again = "That is not the password. Try again (Enter cancels): ";
        let input = [WILL_ECHO, again.as_bytes(), b"\r\nYou are logged in as ann.\r\n", WONT_ECHO];
        let mut heard = hear(&input.concat(), 7);
        heard.retain(|heard| !matches!(heard, Heard::Answer(_)));
        let expected = [
            Heard::Concealed(true),
            asked(Question::AfterWrong, again),
            line("You are logged in as ann."),
            Heard::Concealed(false),
        ];
        assert_eq!(heard, expected);
    }

    #[test]
    fn a_question_in_other_words_is_the_unfinished_line() {
        let (mut hearing, request) = Hearing::new();
        assert_eq!(request, b"\xff\xfd\xc9");
        let mut heard = Vec::new();
        hearing.take(&[WILL_ECHO, b"Kennwort: \x1b[2J"].concat(), &mut heard);
        assert_eq!(heard, [Heard::Answer([255, 253, 1]), Heard::Concealed(true)]);
        assert_eq!(hearing.unfinished(), "Kennwort: ");
        assert!(!hearing.is_hobnob());
        assert_eq!(hearing.end(), None);
    }

    #[test]
    fn a_line_without_end_takes_no_memory() {
        let (mut hearing, _) = Hearing::new();
        let mut heard = Vec::new();
        for _ in 0..100 {
            hearing.take(&[b'x'; 4096], &mut heard);
        }
        assert!(hearing.line.capacity() <= 2 * LINE_BYTES_MAX);
        hearing.take(b"\r\nnext\r\n", &mut heard);
        assert_eq!(heard, [line(&"x".repeat(LINE_BYTES_MAX)), line("next")]);
    }

    #[test]
    fn what_is_asked_for() {
        let wanted =
            Wanted { kind: crate::terminal::Kind::Name, prefix: "an".to_owned(), topic: None };
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
