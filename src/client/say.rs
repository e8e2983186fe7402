//! `hobnob --say`: says lines in the lobby, and reports for each whether it was said.
//!
//! Other users see only these lines, and no notice that anyone joined or left. Only a server that
//! replies with data can confirm them; the lines of another are read for the reason why it closes
//! the connection. Each line waits for the reply to the previous one: flood control delays the lines
//! of a client that waits, but refuses none.
//!
//! This module owns the exchange. It does not know where lines and passwords come from.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::netcat::connect::ClientError;
use super::session::incoming::{Incoming, Received, Speech, append_line, hello};
use super::session::words::Words;
use super::texts;
use crate::base::zone::Zone;
use crate::model::password::ClearPassword;
use crate::model::{Lang, QuestionKind, Refusal, Reply};
use crate::wire::json::message::ServerMessage;

/// Tells the server that the client only posts lines.
const POST: &str = "/post";

/// How long the server may take for each step of the agreement on JSON.
const AGREEMENT_TIME: Duration = Duration::from_secs(2);

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

/// How the server begins when it has not sent a line, in each language. The message says the same.
const NOT_SENT: [&str; 2] = ["Not sent: ", "未发送："];

/// Says each line of the input that is not blank, in order.
///
/// # Errors
/// A message for the user, at the first line that was not said; the lines after it are not tried.
pub fn run(
    socket: TcpStream,
    author: &SayAuthor,
    input: impl BufRead,
    lang: Lang,
) -> Result<(), String> {
    run_within(ANSWER_TIME, socket, author, input, lang)
}

fn run_within(
    answer_time: Duration,
    socket: TcpStream,
    author: &SayAuthor,
    mut input: impl BufRead,
    lang: Lang,
) -> Result<(), String> {
    let not_said = |reason: String| {
        let stripped = NOT_SENT.iter().find_map(|words| reason.strip_prefix(words));
        texts::NOT_SAID.fill(lang, &[("reason", &stripped.unwrap_or(&reason))])
    };
    let mut exchange = Exchange {
        socket,
        hearing: Incoming::new().0,
        author,
        has_tried_door: false,
        last_words: None,
        lang,
        words: Words::new(lang, Zone::system()),
        answer_time,
    };
    exchange.agree().and_then(|()| exchange.introduce()).map_err(not_said)?;
    let unreadable = |error| ClientError::Input(error).told(lang);
    while let Some(line) = next_line(&mut input).map_err(unreadable)? {
        if !line.trim().is_empty() {
            exchange.say(&format!("{POST} {}", line.trim_start())).map_err(not_said)?;
        }
    }
    // Everything has been said and confirmed, so it does not matter how the connection ends.
    let _ = exchange.socket.shutdown(Shutdown::Both);
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

/// The connection on which lines are sent and replies received. Errors are reasons for people.
struct Exchange<'a> {
    socket: TcpStream,
    hearing: Incoming,
    author: &'a SayAuthor,
    has_tried_door: bool,
    /// The server's last words: the reason, if it then closes the connection.
    last_words: Option<String>,
    lang: Lang,
    words: Words,
    /// How long the server may take to reply.
    answer_time: Duration,
}

impl Exchange<'_> {
    /// Agrees with the server on JSON, and tells it what kind of client this is.
    fn agree(&mut self) -> Result<(), String> {
        self.set_timeout(AGREEMENT_TIME)?;
        let (hearing, request) = Incoming::new();
        self.hearing = hearing;
        self.send(&request)?;
        loop {
            match self.next()? {
                Some(Received::Answer(bytes)) => self.send(&bytes)?,
                Some(Received::Offer) => self.send(&hello(self.lang, Some(POST)))?,
                Some(Received::Decided(_)) => return self.set_timeout(self.answer_time),
                Some(_) => {}
                None => self.hearing.wait_no_longer(),
            }
        }
    }

    fn set_timeout(&mut self, timeout: Duration) -> Result<(), String> {
        let set = self.socket.set_read_timeout(Some(timeout));
        set.and_then(|()| self.socket.set_write_timeout(Some(self.answer_time)))
            .map_err(|error| self.broken(&error))
    }

    /// Sets the author's name.
    fn introduce(&mut self) -> Result<(), String> {
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
    fn say(&mut self, line: &str) -> Result<(), String> {
        self.send_line(line)?;
        self.wait()
    }

    fn send_line(&mut self, line: &str) -> Result<(), String> {
        let mut bytes = Zeroizing::new(Vec::new());
        append_line(&mut bytes, self.hearing.speech(), line, None);
        self.send(&bytes)
    }

    /// Waits for the result of the last line.
    fn wait(&mut self) -> Result<(), String> {
        loop {
            let is_done = match self.next()? {
                Some(Received::Answer(bytes)) => self.send(&bytes).map(|()| false)?,
                Some(Received::Message(message)) => self.confirms(*message)?,
                Some(Received::Line(line)) => {
                    self.last_words = Some(line.text().to_owned());
                    false
                }
                Some(_) => false,
                None => return Err(self.silence()),
            };
            if is_done {
                return Ok(());
            }
        }
    }

    /// Whether a message confirms the last line. Answers the server's question for its password.
    fn confirms(&mut self, message: ServerMessage) -> Result<bool, String> {
        match message {
            ServerMessage::Ask { ask: Some(question) } => match question.ask {
                QuestionKind::ServerPassword => self.open_door().map(|()| false),
                _ => Err(self.needs_password()),
            },
            ServerMessage::Reply(Reply::Posting { .. } | Reply::Posted) => Ok(true),
            ServerMessage::Reply(Reply::NotPosted(why) | Reply::Refused(why)) => Err(match why {
                Refusal::NameRegistered { .. } => self.needs_password(),
                why => self.words_of(&Reply::Refused(why)),
            }),
            ServerMessage::Reply(reply) => {
                self.last_words = Some(self.words_of(&reply));
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    fn words_of(&self, reply: &Reply) -> String {
        let lines = self.words.reply(reply, SystemTime::now());
        lines.last().map(|line| line.text().to_owned()).unwrap_or_default()
    }

    /// Answers the server's question for its password.
    fn open_door(&mut self) -> Result<(), String> {
        let password = self.author.server_password.clone();
        match password.filter(|_| !std::mem::replace(&mut self.has_tried_door, true)) {
            Some(password) => self.send_line(&password),
            None => Err(texts::NOT_SAID_SERVER_PASSWORD.of(self.lang).to_owned()),
        }
    }

    /// The error for a server that does not reply. One that has said something else cannot confirm
    /// anything.
    fn silence(&self) -> String {
        if self.hearing.speech() == Speech::Lines && self.last_words.is_some() {
            return texts::NOT_SAID_UNKNOWN.of(self.lang).to_owned();
        }
        let seconds = self.answer_time.as_secs();
        texts::NOT_SAID_SILENCE.fill(self.lang, &[("seconds", &seconds)])
    }

    fn needs_password(&self) -> String {
        let name = self.author.name.as_deref().unwrap_or_default();
        texts::NOT_SAID_NEEDS_PASSWORD.fill(self.lang, &[("name", &name)])
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        match (&self.socket).write_all(bytes) {
            // The server may already have said why it accepts nothing.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(self.broken(&error)),
            _ => Ok(()),
        }
    }

    /// What the server sends next, unless that takes too long.
    fn next(&mut self) -> Result<Option<Received>, String> {
        let mut buffer = [0; READ_BYTES];
        loop {
            if let Some(heard) = self.hearing.pop() {
                return Ok(Some(heard));
            }
            match self.socket.read(&mut buffer) {
                Ok(0) => return self.hearing.end().map(Some).ok_or_else(|| self.ended()),
                Ok(count) => self.hearing.take(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Ok(None),
                Err(error) => return Err(self.broken(&error)),
            }
        }
    }

    /// The error for a closed connection: the server's last line says why it closed it.
    fn ended(&mut self) -> String {
        let told = self.last_words.take();
        told.unwrap_or_else(|| texts::NOT_SAID_ENDED.of(self.lang).to_owned())
    }

    fn broken(&mut self, error: &io::Error) -> String {
        if is_timeout(error) {
            return self.silence();
        }
        // A server that refuses a client may close the connection before it has read anything. The
        // reset does not overtake what was read here before.
        let told = self.last_words.take();
        told.unwrap_or_else(|| {
            texts::ENDED_BROKEN.fill(self.lang, &[("reason", &texts::reason(self.lang, error))])
        })
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests;
