//! Doors: the ways in. A door is an encoder and a decoder, and nothing else in the crate knows its
//! name.
//!
//! A protocol is pure: bytes in, [`Input`] out. It has no socket and no clock; who drives it
//! decides how fast it is fed and what becomes of its answers.

use crate::presentation::Wire;
use crate::text::CleanText;

/// A way in, as a listening socket has it. It opens a protocol for each connection.
pub trait Door: Send + Sync {
    /// The protocol of a new connection.
    fn open(&self) -> Box<dyn Protocol>;
}

/// One connection's protocol.
pub trait Protocol: Send {
    /// Takes bytes from the beginning of `input`, up to where they mean something. `None` means
    /// that all of them were taken. The same bytes give the same results in any chunking.
    fn decode(&mut self, input: &mut &[u8]) -> Option<Input>;

    /// The client has been here for [`FIRST_WORDS_PATIENCE`](crate::limits::FIRST_WORDS_PATIENCE):
    /// a door that lets people in who say nothing waits no longer to see who it is.
    fn wait_no_longer(&mut self) -> Option<Input>;

    /// The peer has ended its input: what it left unfinished. Called until it gives `None`.
    fn finish(&mut self) -> Option<Input>;

    /// What this door writes.
    fn wire(&self) -> Wire;

    /// Asks the client to show nothing of what is typed, until [`reveal`](Self::reveal): the bytes
    /// to send, which may be none if that was asked before. `None` means that this client cannot be
    /// asked, and that nothing has changed.
    ///
    /// Until then every line is an [`Input::Line`], also one without any text. The client may
    /// refuse; then what is typed is seen, and all else is the same.
    fn conceal(&mut self) -> Option<Box<[u8]>>;

    /// What is typed may be seen again: the bytes to send, which end the line on the screen if its
    /// Enter was not shown. There are none if the client has hidden nothing.
    fn reveal(&mut self) -> Box<[u8]>;

    /// Whether the client is known to speak telnet.
    fn is_telnet(&self) -> bool;
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
    /// Bytes to send back to it alone, such as the answer to a request of its protocol.
    Answer(Box<[u8]>),
    /// This is no client for this door: the last bytes for it, then the end.
    Reject {
        /// What it is told.
        answer: Box<[u8]>,
        /// What it is, for the log.
        reason: &'static str,
    },
}
