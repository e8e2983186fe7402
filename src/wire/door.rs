//! Doors: the ways in. A door is an encoder and a decoder, and nothing else in the crate knows its
//! name.
//!
//! A protocol is pure: bytes in, [`Input`] out. It has no socket and no clock; who drives it
//! decides how fast it is fed and what becomes of its answers.

use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use crate::limits;
use crate::terminal::Wanted;
use crate::text::CleanText;
use crate::wire::plain::render::Wire;

/// What is at the other end, where that is more than something that takes lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// How wide it is, where lines are to be broken for it.
    pub columns: Option<NonZeroU8>,
}

/// What a client has been offered or asked for, and has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// Whether it lets this end show what is typed.
    Echo,
    /// Whether it sends each key.
    Keys,
    /// What type of terminal it is at: it has agreed to tell.
    TerminalType,
}

impl Awaited {
    /// How long that is waited for.
    pub fn patience(self) -> Duration {
        match self {
            Self::Echo | Self::Keys => limits::OFFER_PATIENCE,
            Self::TerminalType => limits::TERMINAL_TYPE_PATIENCE,
        }
    }
}

/// A way in, as a listening socket has it. It opens a protocol for each connection.
pub trait Door: Send + Sync {
    /// The protocol of a new connection.
    fn open(&self) -> Box<dyn Protocol>;
}

/// One connection's protocol.
pub trait Protocol: Send {
    /// What the server says first, before it has heard anything.
    fn greeting(&mut self) -> Box<[u8]> {
        Box::default()
    }

    /// What the client has not answered so far, and should not be waited for too long
    /// ([`Awaited::patience`]).
    fn awaited(&self) -> Option<Awaited> {
        None
    }

    /// It has not answered in time: whatever it says from now on, it goes on without. The bytes to
    /// send.
    fn give_up_offer(&mut self) -> Box<[u8]> {
        Box::default()
    }

    /// Whether what is typed is to be edited and shown by this end, where the client lets it;
    /// `None` for as this door has it. The bytes to send.
    fn edit(&mut self, _wanted: Option<bool>) -> Box<[u8]> {
        Box::default()
    }

    /// What is known of the client's terminal.
    fn terminal(&self) -> Option<Terminal> {
        None
    }

    /// The client is in these rooms from now on, and talks in the last. It counts also while nothing
    /// of it is shown.
    fn set_rooms(&mut self, _rooms: &[Arc<str>]) {}

    /// So many lines were said in a room that it does not talk in.
    fn add_unread(&mut self, _room: &Arc<str>, _lines: u32) {}

    /// What stands below the lines on the client's screen, if anything does.
    fn footer(&mut self) -> Option<&mut dyn Footer> {
        None
    }

    /// The connection ends: what leaves the client's terminal as it was.
    fn close(&mut self) -> Box<[u8]> {
        Box::default()
    }

    /// Takes bytes from the beginning of `input`, up to where they mean something. `None` means
    /// that all of them were taken. The same bytes give the same results in any chunking.
    fn decode(&mut self, input: &mut &[u8]) -> Option<Input>;

    /// The client has been here for [`FIRST_WORDS_PATIENCE`](crate::limits::FIRST_WORDS_PATIENCE):
    /// a door that lets people in who say nothing waits no longer to see who it is.
    fn wait_no_longer(&mut self) -> Option<Input>;

    /// The peer has ended its input: what it left unfinished. Called until it gives `None`.
    fn finish(&mut self) -> Option<Input>;

    /// The line that made the client enter, if one did and has not been taken yet.
    fn first_line(&self) -> Option<&CleanText> {
        None
    }

    /// What this door writes.
    fn wire(&self) -> Wire;

    /// Asks something, the answer to which is not to be seen, nor anything that is typed until
    /// [`reveal`](Self::reveal), where the client can hide it: the bytes to send.
    ///
    /// Until then every line is an [`Input::Line`], also one without any text.
    fn ask(&mut self, question: &str) -> Box<[u8]>;

    /// Whether the client's own screen shows what is answered; `None` if it has not said so far
    /// whether it hides that ([`awaited`](Self::awaited)).
    fn shows_answer(&self) -> Option<bool>;

    /// An answer has come: the bytes that end it on the screen, if its Enter was not shown.
    fn end_answer(&mut self) -> Box<[u8]>;

    /// Nothing is asked any more, and what is typed may be seen again: the bytes to send. There are
    /// none if the client has hidden nothing.
    fn reveal(&mut self) -> Box<[u8]>;

    /// Whether the client is known to speak telnet.
    fn is_telnet(&self) -> bool;

    /// Whether it could, so that it may be asked to once its user wants what that is for: it does,
    /// or it ends its lines as telnets do, and others.
    fn may_be_telnet(&self) -> bool {
        self.is_telnet()
    }

    /// Whether it looks like a program that passes lines on between its user and this end, and
    /// knows nothing else: it has ended a line, and not as a telnet could.
    fn passes_lines_on(&self) -> bool {
        false
    }
}

/// What a door keeps below the lines on its client's screen: a prompt, and what is being typed; or
/// tells it aside of the lines.
pub trait Footer {
    /// Takes it away, so that lines can be shown. Says whether it has to be put back behind them.
    fn lift(&mut self, bytes: &mut Vec<u8>) -> bool;

    /// Puts it back, or has it shown as it is now.
    fn settle(&mut self, bytes: &mut Vec<u8>);

    /// Whether it is not shown as it is now.
    fn is_stale(&self) -> bool;

    /// What the word that was asked about ([`Input::Complete`]) could be completed to.
    fn complete(&mut self, words: Box<[Box<str>]>);
}

/// What a client's bytes mean.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// The client is through the door and wants to enter the hall.
    Enter {
        /// The name it asks for; without one it is given a name.
        name: Option<CleanText>,
    },
    /// A line for the room.
    Line(CleanText),
    /// Bytes to send back to it alone that show nothing: the answer to a request of its protocol.
    Answer(Box<[u8]>),
    /// A line to tell it alone.
    Told(String),
    /// It wants to know what a word could be completed to, and says nothing more before it is told.
    Complete(Wanted),
    /// It leaves, or will not answer what it was asked.
    Leave,
    /// It will not answer what it was asked, and is told so behind the answers to what stands right
    /// behind this: a telnet shows nothing before the mark that it asks for with its ^C (RFC 860).
    Interrupt,
    /// There is more, and it has had its turn: the rest is taken in its next one.
    Enough,
    /// This is no client for this door: the last bytes for it, then the end.
    Reject {
        /// What it is told.
        answer: Box<[u8]>,
        /// What it is, for the log.
        reason: &'static str,
    },
}
