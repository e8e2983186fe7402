//! Deliveries: what the chat sends to a single client through its connection.

use std::ops::Range;
use std::sync::Arc;
use std::{fmt, io};

use crate::model::{CommandVerdict, Frame, PasswordRequest, Reply, RoomId, View};

/// Something for a single client.
#[derive(Debug)]
pub enum Delivery {
    /// Lines of a room. A reader that is too slow misses them.
    Lines {
        /// The room.
        room: RoomId,
        /// The frame that holds them, shared by all recipients.
        frame: Arc<Frame>,
        /// The range of its lines.
        lines: Range<u32>,
    },
    /// Replies to this client alone, never skipped.
    Replies(Box<[Reply]>),
    /// How replies to this client are shown from now on. Sent only if its user has chosen anything.
    View(Box<View>),
    /// The result of the slow command that the client waited for; reading its input resumes.
    Resume(Box<CommandVerdict>),
    /// A command needs a password, so the client is asked for it; reading its input resumes.
    Ask(Box<PasswordRequest>),
    /// The rooms that the client is in. The last one is the current room.
    Rooms(Box<[Arc<str>]>),
    /// The completions of a word, best match first.
    Completions(Box<[Box<str>]>),
    /// Whether the line that the user types is edited; `None` means as the wire prefers.
    Edit(Option<bool>),
    /// The client has left. Nothing more will come, and its index in the chat is free.
    Released,
    /// The client has to be disconnected and has left the chat. Nothing more will come. This is
    /// rare, and boxed so that it does not enlarge all other parcels.
    Disconnected(Box<Disconnection>),
}

const _: () = assert!(size_of::<Delivery>() == 24);

/// A disconnect that the client did not ask for.
#[derive(Debug)]
pub struct Disconnection {
    /// The last words for the client, after everything else that it is to see.
    pub last_words: Reply,
    /// The reason.
    pub reason: CloseReason,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The client ended its input.
    EndOfInput,
    /// The client sent a quit command.
    Quit,
    /// The connection broke: reset, timed out, unreachable.
    Broken(io::ErrorKind),
    /// The client took too long to join.
    HandshakeTimeout,
    /// The client did not know the server's password.
    WrongPassword,
    /// The client speaks another protocol.
    Rejected(&'static str),
    /// The client did not read anything for the stall timeout.
    Stalled,
    /// The client asked for more than twice the size of its SendQ.
    SendqExceeded,
    /// The code that handled it panicked.
    Panicked,
    /// The client was refused: the server had no space for it.
    Refused,
    /// A moderator removed the client.
    Kicked,
    /// A moderator removed the client, which may not come back yet.
    Banned,
    /// The password of the client's account was changed by another client.
    PasswordChanged,
    /// The server's rules did not admit the client.
    NotAdmitted,
    /// The server is shutting down.
    Shutdown,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndOfInput => write!(f, "end of input"),
            Self::Quit => write!(f, "quit"),
            Self::Broken(kind) => write!(f, "connection broken: {kind}"),
            Self::HandshakeTimeout => write!(f, "handshake timeout"),
            Self::WrongPassword => write!(f, "wrong password"),
            Self::Rejected(what) => write!(f, "rejected: {what}"),
            Self::Stalled => write!(f, "stalled reader"),
            Self::SendqExceeded => write!(f, "SendQ exceeded"),
            Self::Panicked => write!(f, "panic"),
            Self::Refused => write!(f, "refused"),
            Self::Kicked => write!(f, "kicked"),
            Self::Banned => write!(f, "banned"),
            Self::PasswordChanged => write!(f, "password changed elsewhere"),
            Self::NotAdmitted => write!(f, "not admitted"),
            Self::Shutdown => write!(f, "shutdown"),
        }
    }
}
