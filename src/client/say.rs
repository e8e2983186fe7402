//! `hobnob --say`: says lines in the lobby, and reports for each whether it was said.
//!
//! Other users see only these lines, and no notice that anyone joined or left. Only a server that
//! replies with data can confirm them; the lines of another are read for the reason why it closes
//! the connection. Each line waits for the reply to the previous one: flood control delays the lines
//! of a client that waits, but refuses none.
//!
//! If the connection breaks before the reply, the line may have been said. A server that
//! understands ids of messages is sent the line again on a new connection, and says it once.
//!
//! This module owns the exchange. It does not know where lines and passwords come from.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use zeroize::Zeroizing;

use super::netcat::connect::ClientError;
use super::session::incoming::{Incoming, Received, Speech, append_line, hello};
use super::session::words::Words;
use super::texts;
use crate::base::zone::Zone;
use crate::model::id::ClientMessageId;
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

/// On how many further connections a line is sent again.
const SEND_AGAIN_TRIES_MAX: u32 = 3;

/// The pause before each of them: long enough for the server to notice the end of the last one,
/// which holds the name.
const SEND_AGAIN_PAUSE: Duration = Duration::from_secs(1);

/// How long to retry after a break: callers expect an exit status by then.
const SEND_AGAIN_TIME: Duration = Duration::from_secs(60);

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

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// For a reply of the server.
    answer: Duration,
    /// Before a new connection.
    pause: Duration,
}

/// Why a line may not have been said, in words.
enum SayError {
    /// The connection broke.
    Broken(String),
    /// For another reason.
    Refused(String),
}

impl SayError {
    fn into_reason(self) -> String {
        match self {
            Self::Broken(reason) | Self::Refused(reason) => reason,
        }
    }
}

/// Makes a connection to the server. Fails with a message for the user.
type Connect<'a> = &'a dyn Fn() -> Result<TcpStream, String>;

/// Says each line of the input that is not blank, in order.
///
/// # Errors
/// A message for the user, at the first line that was not said; the lines after it are not tried.
pub fn run(
    connect: Connect<'_>,
    author: &SayAuthor,
    input: impl BufRead,
    lang: Lang,
) -> Result<(), String> {
    let patience = Patience { answer: ANSWER_TIME, pause: SEND_AGAIN_PAUSE };
    run_within(patience, connect, author, input, lang)
}

fn run_within(
    patience: Patience,
    connect: Connect<'_>,
    author: &SayAuthor,
    mut input: impl BufRead,
    lang: Lang,
) -> Result<(), String> {
    let not_said = |reason: String| {
        let stripped = NOT_SENT.iter().find_map(|words| reason.strip_prefix(words));
        texts::NOT_SAID.fill(lang, &[("reason", &stripped.unwrap_or(&reason))])
    };
    let mut exchange = Exchange {
        connect,
        socket: connect()?,
        hearing: Incoming::new().0,
        author,
        is_again: false,
        has_tried_door: false,
        last_words: None,
        lang,
        words: Words::new(lang, Zone::system()),
        patience,
    };
    let is_in = exchange.agree().and_then(|()| exchange.introduce());
    is_in.map_err(|error| not_said(error.into_reason()))?;
    let unreadable = |error| ClientError::Input(error).told(lang);
    while let Some(line) = next_line(&mut input).map_err(unreadable)? {
        if !line.trim().is_empty() {
            exchange.post(&format!("{POST} {}", line.trim_start())).map_err(not_said)?;
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

/// The connection on which lines are sent and replies received.
struct Exchange<'a> {
    connect: Connect<'a>,
    socket: TcpStream,
    hearing: Incoming,
    author: &'a SayAuthor,
    /// It is not the first connection.
    is_again: bool,
    has_tried_door: bool,
    /// The server's last words: the reason, if it then closes the connection.
    last_words: Option<String>,
    lang: Lang,
    words: Words,
    patience: Patience,
}

impl Exchange<'_> {
    /// Says a line, on a new connection if this one breaks before the reply.
    fn post(&mut self, line: &str) -> Result<(), String> {
        let memory = self.hearing.message_ids().map(str::to_owned);
        let id = memory.is_some().then(|| ClientMessageId(fastrand::u128(..)));
        let reason = match (self.say(line, id), id) {
            (Ok(()), _) => return Ok(()),
            (Err(SayError::Broken(reason)), Some(_)) => reason,
            (Err(error), _) => return Err(error.into_reason()),
        };
        let ends_at = Instant::now() + SEND_AGAIN_TIME;
        for _ in 0..SEND_AGAIN_TRIES_MAX {
            thread::sleep(self.patience.pause);
            let again = self.begin_again(memory.as_deref(), &reason);
            match again.and_then(|()| self.say(line, id)) {
                Ok(()) => return Ok(()),
                Err(SayError::Refused(reason)) => return Err(reason),
                Err(SayError::Broken(_)) if Instant::now() < ends_at => {}
                Err(SayError::Broken(_)) => break,
            }
        }
        Err(reason)
    }

    /// Makes a new connection to the server with this memory of messages, because the last one
    /// broke for this reason.
    fn begin_again(&mut self, memory: Option<&str>, reason: &str) -> Result<(), SayError> {
        self.socket = (self.connect)().map_err(SayError::Broken)?;
        (self.is_again, self.has_tried_door, self.last_words) = (true, false, None);
        self.agree()?;
        match self.hearing.speech() {
            // A server with JSON sends lines as well if it has no room for us.
            Speech::Undecided | Speech::Lines => Err(SayError::Broken(reason.to_owned())),
            Speech::Json if self.hearing.message_ids() == memory => self.introduce(),
            // One that has started again does not know whether it has said the line.
            Speech::Json => Err(SayError::Refused(reason.to_owned())),
        }
    }

    /// Agrees with the server on JSON, and tells it what kind of client this is.
    fn agree(&mut self) -> Result<(), SayError> {
        self.set_timeout(AGREEMENT_TIME)?;
        let (hearing, request) = Incoming::new();
        self.hearing = hearing;
        self.send(&request)?;
        loop {
            match self.next()? {
                Some(Received::Answer(bytes)) => self.send(&bytes)?,
                Some(Received::Offer) => self.send(&hello(self.lang, Some(POST)))?,
                Some(Received::Decided(_)) => return self.set_timeout(self.patience.answer),
                Some(_) => {}
                None => self.hearing.wait_no_longer(),
            }
        }
    }

    fn set_timeout(&mut self, timeout: Duration) -> Result<(), SayError> {
        let set = self.socket.set_read_timeout(Some(timeout));
        set.and_then(|()| self.socket.set_write_timeout(Some(self.patience.answer)))
            .map_err(|error| self.broken(&error))
    }

    /// Sets the author's name.
    fn introduce(&mut self) -> Result<(), SayError> {
        self.wait()?;
        let Some(name) = &self.author.name else { return Ok(()) };
        match &self.author.password {
            Some(password) => {
                let line = Zeroizing::new(format!("/login {name} {}", password.as_str()));
                self.say(&line, None)
            }
            None => self.say(&format!("/nick {name}"), None),
        }
    }

    /// Sends a line and waits for its result.
    fn say(&mut self, line: &str, id: Option<ClientMessageId>) -> Result<(), SayError> {
        self.send_line(line, id)?;
        self.wait()
    }

    fn send_line(&mut self, line: &str, id: Option<ClientMessageId>) -> Result<(), SayError> {
        let mut bytes = Zeroizing::new(Vec::new());
        append_line(&mut bytes, self.hearing.speech(), line, id);
        self.send(&bytes)
    }

    /// Waits for the result of the last line.
    fn wait(&mut self) -> Result<(), SayError> {
        loop {
            let is_done = match self.next()? {
                Some(Received::Answer(bytes)) => self.send(&bytes).map(|()| false)?,
                Some(Received::Message(message)) => self.confirms(*message)?,
                Some(Received::Line(line)) => {
                    self.last_words = Some(line.text().to_owned());
                    false
                }
                Some(_) => false,
                None => return Err(SayError::Refused(self.silence())),
            };
            if is_done {
                return Ok(());
            }
        }
    }

    /// Whether a message confirms the last line. Answers the server's question for its password.
    fn confirms(&mut self, message: ServerMessage) -> Result<bool, SayError> {
        match message {
            ServerMessage::Ask { ask: Some(question) } => match question.ask {
                QuestionKind::ServerPassword => self.open_door().map(|()| false),
                _ => Err(SayError::Refused(self.needs_password())),
            },
            ServerMessage::Reply(Reply::Posting { .. } | Reply::Posted) => Ok(true),
            ServerMessage::Reply(Reply::NotPosted(why) | Reply::Refused(why)) => {
                Err(self.refused(why))
            }
            ServerMessage::Reply(Reply::NotSaid(message)) => Err(self.refused(message.refusal)),
            // A delay is no reason to close a connection.
            ServerMessage::Reply(Reply::Delayed { .. }) => Ok(false),
            ServerMessage::Reply(reply) => {
                self.last_words = Some(self.words_of(&reply));
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    fn refused(&self, why: Refusal) -> SayError {
        match why {
            Refusal::NameRegistered { .. } => SayError::Refused(self.needs_password()),
            // The server may not have noticed yet that our last connection has ended.
            why @ Refusal::NameInUse { .. } if self.is_again => {
                SayError::Broken(self.words_of(&why.into()))
            }
            why => SayError::Refused(self.words_of(&why.into())),
        }
    }

    fn words_of(&self, reply: &Reply) -> String {
        let lines = self.words.reply(reply, SystemTime::now());
        lines.last().map(|line| line.text().to_owned()).unwrap_or_default()
    }

    /// Answers the server's question for its password.
    fn open_door(&mut self) -> Result<(), SayError> {
        let password = self.author.server_password.clone();
        match password.filter(|_| !std::mem::replace(&mut self.has_tried_door, true)) {
            Some(password) => self.send_line(&password, None),
            None => {
                let reason = texts::NOT_SAID_SERVER_PASSWORD.of(self.lang);
                Err(SayError::Refused(reason.to_owned()))
            }
        }
    }

    /// The error for a server that does not reply. One that has said something else cannot confirm
    /// anything.
    fn silence(&self) -> String {
        if self.hearing.speech() == Speech::Lines && self.last_words.is_some() {
            return texts::NOT_SAID_UNKNOWN.of(self.lang).to_owned();
        }
        let seconds = self.patience.answer.as_secs();
        texts::NOT_SAID_SILENCE.fill(self.lang, &[("seconds", &seconds)])
    }

    fn needs_password(&self) -> String {
        let name = self.author.name.as_deref().unwrap_or_default();
        texts::NOT_SAID_NEEDS_PASSWORD.fill(self.lang, &[("name", &name)])
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SayError> {
        match (&self.socket).write_all(bytes) {
            // The server may already have said why it accepts nothing.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(self.broken(&error)),
            _ => Ok(()),
        }
    }

    /// What the server sends next, unless that takes too long.
    fn next(&mut self) -> Result<Option<Received>, SayError> {
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

    /// The error for a closed connection.
    fn ended(&mut self) -> SayError {
        self.has_lost_connection(texts::NOT_SAID_ENDED.of(self.lang).to_owned())
    }

    fn broken(&mut self, error: &io::Error) -> SayError {
        if is_timeout(error) {
            return SayError::Refused(self.silence());
        }
        let reason = texts::reason(self.lang, error);
        self.has_lost_connection(texts::ENDED_BROKEN.fill(self.lang, &[("reason", &reason)]))
    }

    /// The error for a lost connection. The server's last line says why the server closed it, even
    /// if that broke it: a server that refuses a client may close the connection before it has read
    /// anything, and the reset does not overtake what was read here before.
    fn has_lost_connection(&mut self, reason: String) -> SayError {
        match self.last_words.take() {
            Some(told) => SayError::Refused(told),
            None => SayError::Broken(reason),
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests;
