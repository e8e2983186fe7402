//! Wire protocols: how clients connect. Each of them is an encoder and a decoder, and nothing else
//! in the crate knows it by name.
//!
//! A protocol is pure: bytes in, [`Input`] out. It has no socket and no clock. Its driver decides
//! how fast to feed it and what to do with its answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::command::completion::CompletionRequest;
use crate::limits;
use crate::model::id::ClientMessageId;
use crate::model::{ClientTraits, Lang, Question, Reply, View, Wire};
use crate::text::CleanText;
use crate::wire::text::reply::Look;

/// An offer or request that the client has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// Whether it lets the server echo what is typed.
    Echo,
    /// Whether it sends each key.
    Keys,
    /// The type of its terminal, which it has agreed to tell.
    TerminalType,
}

impl Awaited {
    /// How long to wait for the answer.
    pub fn patience(self) -> Duration {
        match self {
            Self::Echo | Self::Keys => limits::OFFER_PATIENCE,
            Self::TerminalType => limits::TERMINAL_TYPE_PATIENCE,
        }
    }
}

/// The clients that a listening address serves, written as its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Everyone: callers are recognised by their first bytes.
    Any,
    /// Clients that send lines. They are greeted at once.
    Plain,
    /// The same, except that the server asks each client to let it edit the line. It recognises
    /// other callers, and tells them in their own protocol that it does not serve them.
    Telnet,
}

impl Scheme {
    /// All of them that are written out.
    pub const NAMED: [Self; 2] = [Self::Plain, Self::Telnet];

    /// The prefix of the address.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Plain => "plain://",
            Self::Telnet => "telnet://",
        }
    }
}

/// The protocol of a listening socket, which creates a [`Protocol`] for each connection.
pub trait Door: Send + Sync {
    /// Creates the protocol of a new connection.
    fn open(&self) -> Box<dyn Protocol>;
}

/// One connection's protocol.
pub trait Protocol: Send {
    /// The server's first bytes, before it has received anything.
    fn greeting(&mut self) -> Box<[u8]> {
        Box::default()
    }

    /// The offer or request that the client has yet to answer. It should not be waited for too long
    /// ([`Awaited::patience`]).
    fn awaited(&self) -> Option<Awaited> {
        None
    }

    /// Gives up waiting for the answer, which is ignored if it arrives later. Returns the bytes to
    /// send.
    fn give_up_offer(&mut self) -> Box<[u8]> {
        Box::default()
    }

    /// Turns editing of the typed line by the server on or off, where the client lets it; `None`
    /// means as this protocol prefers. Returns the bytes to send.
    fn edit(&mut self, _wanted: Option<bool>) -> Box<[u8]> {
        Box::default()
    }

    /// What is known about the client.
    fn traits(&self) -> ClientTraits {
        ClientTraits::default()
    }

    /// The language that the client has asked for.
    fn lang(&self) -> Option<Lang> {
        None
    }

    /// Takes note of what the client's user has chosen. Returns the bytes to send.
    fn set_view(&mut self, _view: &View) -> Box<[u8]> {
        Box::default()
    }

    /// Renders a reply to this client.
    fn render(&self, reply: &Reply, look: &Look<'_>, bytes: &mut Vec<u8>);

    /// Sets the client's rooms, of which the last one is the current room. This counts even while
    /// none of it is shown.
    fn set_rooms(&mut self, _rooms: &[Arc<str>]) {}

    /// Counts lines that were said in a room other than the current one.
    fn add_unread(&mut self, _room: &Arc<str>, _lines: u32) {}

    /// The input line at the bottom of the client's screen, if there is one.
    fn input_line(&mut self) -> Option<&mut dyn InputLine> {
        None
    }

    /// Ends the connection. Returns the bytes that leave the client's terminal as it was.
    fn close(&mut self) -> Box<[u8]> {
        Box::default()
    }

    /// Takes bytes from the beginning of `input`, up to where they mean something. `None` means
    /// that all of them were taken. The same bytes give the same results in any chunking.
    fn decode(&mut self, input: &mut &[u8]) -> Option<Input>;

    /// How much longer to wait for the first line of a client that has announced more. Called once
    /// the patience with it is over.
    fn more_patience(&mut self) -> Option<Duration> {
        None
    }

    /// Called when the first line has been waited for long enough. A protocol that admits silent
    /// clients lets this one in.
    fn wait_no_longer(&mut self) -> Option<Input> {
        None
    }

    /// The peer has ended its input. Returns what it left unfinished. Called until it returns
    /// `None`.
    fn finish(&mut self) -> Option<Input>;

    /// The line that made the client connect to the chat, if one did and has not been taken yet.
    fn first_line(&self) -> Option<&CleanText> {
        None
    }

    /// The format that this protocol writes.
    fn wire(&self) -> Wire;

    /// Asks a question. Where the client can hide what is typed, the answer is not shown, nor
    /// anything else that is typed until [`reveal`](Self::reveal). Returns the bytes to send.
    ///
    /// Until then every line is an [`Input::Line`], even an empty one.
    fn ask(&mut self, question: &Question, lang: Lang) -> Box<[u8]>;

    /// The open question once more, for a client whose screen shows it as text.
    fn repeat_question(&self) -> Box<[u8]> {
        Box::default()
    }

    /// Whether the client's own screen shows what is answered; `None` if the client has not said
    /// yet whether it hides that ([`awaited`](Self::awaited)).
    fn shows_answer(&self) -> Option<bool>;

    /// An answer has arrived. Returns the bytes that end it on the screen, if its Enter was not
    /// shown.
    fn end_answer(&mut self) -> Box<[u8]> {
        Box::default()
    }

    /// No question is open any more, and what is typed may be shown again. Returns the bytes to
    /// send, which are empty if the client has hidden nothing.
    fn reveal(&mut self) -> Box<[u8]>;

    /// Whether this looks like a program that only passes lines between its user and the server: it
    /// has ended a line, and not as telnet could.
    fn passes_lines_on(&self) -> bool {
        false
    }
}

/// The input line: a prompt and the line being typed, which a protocol keeps below the lines on its
/// client's screen. A protocol for a client that draws its own sends it the state besides the
/// lines.
pub trait InputLine {
    /// Hides it, so that lines can be shown. Returns whether it has to be redrawn after them.
    fn hide(&mut self, bytes: &mut Vec<u8>) -> bool;

    /// Redraws it, or shows it as it is now.
    fn settle(&mut self, bytes: &mut Vec<u8>);

    /// Whether the screen does not show its current state.
    fn is_stale(&self) -> bool;

    /// Passes on the completions of the word that was asked about ([`Input::Complete`]).
    fn complete(&mut self, words: Box<[Box<str>]>);
}

/// The protocol with which a connection goes on.
pub struct Successor {
    /// The protocol. It has taken no bytes.
    pub protocol: Box<dyn Protocol>,
    /// The last bytes to send in the protocol before.
    pub answer: Box<[u8]>,
}

impl fmt::Debug for Successor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Successor({:?})", self.protocol.wire())
    }
}

impl PartialEq for Successor {
    fn eq(&self, other: &Self) -> bool {
        (self.protocol.wire(), &self.answer) == (other.protocol.wire(), &other.answer)
    }
}

impl Eq for Successor {}

/// A line to which its client has given an id, which counts if the line is a message.
#[derive(Debug, PartialEq, Eq)]
pub struct IdentifiedLine {
    /// The id.
    pub id: ClientMessageId,
    /// The line.
    pub text: CleanText,
}

/// The meaning of a client's bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// The client wants to connect to the chat.
    Enter {
        /// The requested name; without one, the client is assigned a name.
        name: Option<CleanText>,
    },
    /// A line for the room.
    Line(CleanText),
    /// The same with an id.
    IdentifiedLine(Box<IdentifiedLine>),
    /// Bytes to send back to this client that show nothing: the answer to a request of its
    /// protocol.
    Answer(Box<[u8]>),
    /// A reply to this client.
    Told(Box<Reply>),
    /// A line that the user typed, to be shown above the reply to it.
    Echo(String),
    /// The client asks for the completions of a word, and sends nothing more until it has them.
    Complete(CompletionRequest),
    /// The client leaves, or will not answer an open question.
    Leave,
    /// The client will not answer an open question. It is told so after the answers to what follows
    /// immediately: telnet shows nothing until the mark that it requests with its ^C (RFC 860).
    Interrupt,
    /// The client goes on with another protocol, which takes the rest of the input.
    Becomes(Box<Successor>),
    /// There is more, but the client has had its turn: the rest is taken in its next one.
    Enough,
    /// This is no client for this protocol: the last bytes for it, and then the end.
    Reject {
        /// The bytes to send.
        answer: Box<[u8]>,
        /// The kind of client, for the log.
        reason: &'static str,
    },
}

impl Input {
    /// A reply to send to this client.
    pub fn told(reply: impl Into<Reply>) -> Self {
        Self::Told(Box::new(reply.into()))
    }
}

// It is moved for each line, so what is rare is boxed.
const _: () = assert!(size_of::<Input>() <= 40);
