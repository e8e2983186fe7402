//! `hobnob --say`: says lines in the lobby, and reports for each whether it was said.
//!
//! Other users see only these lines, and no notice that anyone joined or left. For this the server
//! replies with fixed words ([`POSTING`], [`POSTED`], [`NOT_POSTED`]) that are the same in every
//! language; the text after the last is for people. Each line waits for the reply to the previous
//! one: flood control delays the lines of a client that waits, but refuses none.
//!
//! This module owns the exchange. It does not know where lines and passwords come from.

use std::collections::VecDeque;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use zeroize::Zeroizing;

use super::session::incoming::{Incoming, Received};
use super::session::meaning::{self, Meaning, ServerQuestion};
use super::texts::{Texts, fill};
use crate::command::post_marks::{NOT_POSTED, POSTED, POSTING};
use crate::model::password::ClearPassword;

/// How long the server may take to reply: it delays the lines of a client that sends too fast by up
/// to 10 s, and a login takes time.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Buffer size of one read, in bytes.
const READ_BYTES: usize = 4 * 1024;

/// Maximum length of an input line, in bytes: more than servers accept; they report their own
/// limit.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// The author of a line.
#[derive(Debug, Default)]
pub struct SayAuthor {
    /// The name to use, or `None` for the name that the server gives a guest.
    pub name: Option<String>,
    /// The password of that name, if it is registered.
    pub password: Option<ClearPassword>,
    /// The password of the server, if it has one.
    pub server_password: Option<ClearPassword>,
}

/// Why a line was not said.
#[derive(Debug)]
pub enum NotSaid {
    /// The server or the connection gave this reason, worded for people.
    Because(String),
    /// The input could not be read.
    Input(io::Error),
}

/// How the server begins when it has not sent a line, in each language. The message says the same.
const NOT_SENT: [&str; 2] = ["Not sent: ", "未发送："];

impl NotSaid {
    /// The error message for the user, in these texts.
    pub fn told(&self, texts: &Texts) -> String {
        match self {
            Self::Because(reason) => {
                let stripped = NOT_SENT.iter().find_map(|words| reason.strip_prefix(words));
                let reason = stripped.unwrap_or(reason);
                fill(texts.not_said, &[("reason", &reason)])
            }
            Self::Input(error) => {
                fill(texts.cannot_read_input, &[("reason", &texts.reason(error))])
            }
        }
    }
}

/// Says each line of the input that is not blank, in order.
///
/// # Errors
/// At the first line that was not said; the lines after it are not tried.
pub fn run(
    socket: TcpStream,
    author: &SayAuthor,
    input: impl BufRead,
    texts: &Texts,
) -> Result<(), NotSaid> {
    let mut exchange = Exchange::new(socket, author, texts)?;
    exchange.introduce()?;
    let mut input = input;
    while let Some(line) = next_line(&mut input).map_err(NotSaid::Input)? {
        if !line.trim().is_empty() {
            exchange.say(&format!("/post {}", line.trim_start()))?;
        }
    }
    exchange.end();
    Ok(())
}

/// Reads the next line without its end; fails if it is longer than any server accepts.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if !bytes.ends_with(b"\n") && bytes.len() as u64 == LINE_BYTES_MAX {
        return Err(io::Error::new(ErrorKind::InvalidData, "a line is longer than 64 KiB"));
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The connection on which lines are sent and replies received.
struct Exchange<'a> {
    socket: TcpStream,
    hearing: Incoming,
    heard: VecDeque<Received>,
    author: &'a SayAuthor,
    has_tried_door: bool,
    /// The server's last line: the reason, if it then closes the connection.
    last_words: Option<String>,
    texts: &'a Texts,
}

impl<'a> Exchange<'a> {
    fn new(socket: TcpStream, author: &'a SayAuthor, texts: &'a Texts) -> Result<Self, NotSaid> {
        let (hearing, request) = Incoming::new();
        let mut exchange = Self {
            socket,
            hearing,
            heard: VecDeque::new(),
            author,
            has_tried_door: false,
            last_words: None,
            texts,
        };
        let set = [
            exchange.socket.set_read_timeout(Some(ANSWER_TIME)),
            exchange.socket.set_write_timeout(Some(ANSWER_TIME)),
        ];
        for result in set {
            result.map_err(|error| exchange.broken(&error))?;
        }
        // In one write: the server looks at the first line before it admits a client.
        exchange.send(&[&request[..], b"/post\r\n"].concat())?;
        Ok(exchange)
    }

    /// Sets the author's name.
    fn introduce(&mut self) -> Result<(), NotSaid> {
        self.wait()?;
        let Some(name) = &self.author.name else { return Ok(()) };
        match &self.author.password {
            Some(password) => {
                self.say(&Zeroizing::new(format!("/login {name} {}", password.as_str())))
            }
            None => self.say(&format!("/nick {name}")),
        }
    }

    /// Sends a line and waits for its result.
    fn say(&mut self, line: &str) -> Result<(), NotSaid> {
        let bytes = Zeroizing::new(format!("{line}\r\n"));
        self.send(bytes.as_bytes())?;
        self.wait()
    }

    /// Waits for the result of the last line.
    fn wait(&mut self) -> Result<(), NotSaid> {
        loop {
            match self.next()? {
                Received::Answer(bytes) => self.send(&bytes)?,
                Received::Asked(ServerQuestion::Password, _) => self.open_door()?,
                Received::Asked(_, _) => return Err(self.needs_password()),
                Received::Line(line) => match answer(line.text()) {
                    Some(SayReply::Done) => return Ok(()),
                    Some(SayReply::Refused(reason)) => return Err(self.refused(reason)),
                    Some(SayReply::Unknown) => return Err(because(self.texts.not_said_unknown)),
                    None => self.last_words = Some(line.text().to_owned()),
                },
                _ => {}
            }
        }
    }

    /// Answers the server's question for its password, which it may repeat.
    fn open_door(&mut self) -> Result<(), NotSaid> {
        let password = self.author.server_password.as_ref();
        match password.filter(|_| !std::mem::replace(&mut self.has_tried_door, true)) {
            Some(password) => {
                let bytes = Zeroizing::new(format!("{}\r\n", password.as_str()));
                self.send(bytes.as_bytes())
            }
            None => {
                let told = self.last_words.take().filter(|_| self.has_tried_door);
                let reason = told.unwrap_or_else(|| self.texts.not_said_server_password.to_owned());
                Err(NotSaid::Because(reason))
            }
        }
    }

    fn refused(&self, reason: &str) -> NotSaid {
        match meaning::read(reason) {
            Some(Meaning::NameRegistered(_)) => self.needs_password(),
            _ => because(reason),
        }
    }

    fn needs_password(&self) -> NotSaid {
        let name = self.author.name.as_deref().unwrap_or_default();
        because(&fill(self.texts.not_said_needs_password, &[("name", &name)]))
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), NotSaid> {
        match (&self.socket).write_all(bytes) {
            // The server may already have said why it accepts nothing.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(self.broken(&error)),
            _ => Ok(()),
        }
    }

    fn next(&mut self) -> Result<Received, NotSaid> {
        let mut buffer = [0; READ_BYTES];
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return Ok(heard);
            }
            match self.socket.read(&mut buffer) {
                Ok(0) => match self.hearing.end() {
                    Some(last) => self.heard.push_back(last),
                    None => return Err(self.ended()),
                },
                Ok(count) => {
                    let mut heard = Vec::new();
                    self.hearing.take(&buffer[..count], &mut heard);
                    self.heard.extend(heard);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(&error)),
            }
        }
    }

    /// The error for a closed connection: the server's last line says why it closed it.
    fn ended(&mut self) -> NotSaid {
        let told = self.last_words.take();
        NotSaid::Because(told.unwrap_or_else(|| self.texts.not_said_ended.to_owned()))
    }

    fn broken(&mut self, error: &io::Error) -> NotSaid {
        if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
            let seconds = ANSWER_TIME.as_secs();
            return because(&fill(self.texts.not_said_silence, &[("seconds", &seconds)]));
        }
        // A server that refuses a client may close the connection before it has read anything. The
        // reset does not overtake what was read here before.
        let told = self.last_words.take();
        NotSaid::Because(told.unwrap_or_else(|| {
            fill(self.texts.ended_broken, &[("reason", &self.texts.reason(error))])
        }))
    }

    /// Everything has been said and confirmed, so it does not matter how the connection ends.
    fn end(&self) {
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

/// The server's reply to a line.
enum SayReply<'a> {
    Done,
    Refused(&'a str),
    /// The server does not know the command, or has already announced us to the other users.
    Unknown,
}

fn answer(text: &str) -> Option<SayReply<'_>> {
    if text == POSTED || text.starts_with(POSTING) {
        return Some(SayReply::Done);
    }
    if let Some(reason) = text.strip_prefix(NOT_POSTED) {
        return Some(SayReply::Refused(reason));
    }
    if meaning::is_refusal(text) {
        return Some(SayReply::Refused(text));
    }
    meaning::knows_no_command(text, "post").then_some(SayReply::Unknown)
}

fn because(reason: &str) -> NotSaid {
    NotSaid::Because(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    use crate::model::language::Lang;

    /// The bytes of characters up to U+00FF, which include those of telnet commands.
    fn bytes(text: &str) -> Vec<u8> {
        text.chars().map(|c| u8::try_from(c).unwrap()).collect()
    }

    /// Says `hello` as ann to a server that expects these lines and sends these replies in turn,
    /// and checks the result.
    #[track_caller]
    fn check(author: SayAuthor, script: &[(&str, &str)], expected: Result<(), &str>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        let script: Vec<(Vec<u8>, Vec<u8>)> =
            script.iter().map(|(hears, says)| (bytes(hears), bytes(says))).collect();
        let server = thread::spawn(move || {
            let mut request = [0; 3];
            server.read_exact(&mut request).unwrap();
            for (hears, says) in script {
                let mut heard = vec![0; hears.len()];
                server.read_exact(&mut heard).unwrap();
                assert_eq!(String::from_utf8_lossy(&heard), String::from_utf8_lossy(&hears));
                server.write_all(&says).unwrap();
            }
        });
        let texts = Texts::of(Lang::En);
        let said = run(socket, &author, &b"hello\n\n"[..], texts);
        let told = said.map_err(|why| why.told(texts));
        assert_eq!(told.as_ref().map_err(String::as_str).copied(), expected);
        server.join().unwrap();
    }

    fn ann() -> SayAuthor {
        SayAuthor { name: Some("ann".to_owned()), ..SayAuthor::default() }
    }

    const BEGINS: (&str, &str) = ("/post\r\n", "[posting as swift-fox]\r\n");
    const NAMED: (&str, &str) = ("/nick ann\r\n", "[posting as ann]\r\n");

    #[test]
    fn confirmed_lines_were_said() {
        check(ann(), &[BEGINS, NAMED, ("/post hello\r\n", "[posted]\r\n")], Ok(()));
        check(SayAuthor::default(), &[BEGINS, ("/post hello\r\n", "[posted]\r\n")], Ok(()));
        let password = Some(Zeroizing::new("secret".to_owned()));
        check(
            SayAuthor { password, ..ann() },
            &[
                BEGINS,
                ("/login ann secret\r\n", "[posting as ann]\r\n"),
                ("/post hello\r\n", "[posted]\r\n"),
            ],
            Ok(()),
        );
    }

    #[test]
    fn unconfirmed_lines_were_not_said() {
        let muted = "[not posted] Not sent: you are muted until 14:02\r\n";
        let expected = Err("not sent: you are muted until 14:02");
        check(ann(), &[BEGINS, NAMED, ("/post hello\r\n", muted)], expected);
        let registered = "[not posted] ann is a registered name. If it is yours: /login ann\r\n";
        check(
            ann(),
            &[BEGINS, ("/nick ann\r\n", registered)],
            Err("not sent: ann is a registered name: give its password with --password-file or \
                 HOBNOB_NAME_PASSWORD"),
        );
        // A password of blanks is none.
        let blank = SayAuthor { password: Some(Zeroizing::new(" ".to_owned())), ..ann() };
        check(
            blank,
            &[BEGINS, ("/login ann  \r\n", "\u{ff}\u{fb}\u{1}Password for ann (Enter cancels): ")],
            Err("not sent: ann is a registered name: give its password with --password-file or \
                 HOBNOB_NAME_PASSWORD"),
        );
        let full = "The server is full (9 clients). Please try again later.";
        let expected = format!("not sent: {full}");
        check(ann(), &[("/post\r\n", &format!("{full}\r\n"))], Err(&expected));
        check(
            ann(),
            &[BEGINS, NAMED, ("/post hello\r\n", "")],
            Err("not sent: the server closed the connection"),
        );
        let long = "Not sent: the line is longer than 64 bytes.";
        let expected = Err("not sent: the line is longer than 64 bytes.");
        check(ann(), &[BEGINS, NAMED, ("/post hello\r\n", &format!("{long}\r\n"))], expected);
        // An older server takes the client for a person.
        check(
            ann(),
            &[(
                "/post\r\n",
                "Welcome swift-fox\r\nThere is no command /post. /help lists them; to say such a \
                 line, start it with //.\r\n",
            )],
            Err(
                "not sent: this server cannot confirm it; it is not hobnob, or is an older version",
            ),
        );
    }

    #[test]
    fn users_cannot_forge_a_confirmation() {
        for forged in ["eve: [posted]", "* eve [posted]", "  14:02 eve: [posted]"] {
            assert!(answer(forged).is_none(), "{forged}");
        }
    }
}
