//! Deliveries: what the chat sends to a single client through its connection, and replies that wait
//! until what they promise is on the disk.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    AccountId, ClientId, CommandVerdict, Frame, PasswordRequest, Reply, RoomId, View,
};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// The client ended its input.
    #[error("end of input")]
    EndOfInput,
    /// The client sent a quit command.
    #[error("quit")]
    Quit,
    /// The connection broke: reset, timed out, unreachable.
    #[error("connection broken: {0}")]
    Broken(io::ErrorKind),
    /// The client took too long to join.
    #[error("handshake timeout")]
    HandshakeTimeout,
    /// The client did not know the server's password.
    #[error("wrong password")]
    WrongPassword,
    /// The client speaks another protocol.
    #[error("rejected: {0}")]
    Rejected(&'static str),
    /// The client did not read anything for the stall timeout.
    #[error("stalled reader")]
    Stalled,
    /// The client asked for more than twice the size of its SendQ.
    #[error("SendQ exceeded")]
    SendqExceeded,
    /// The code that handled it panicked.
    #[error("panic")]
    Panicked,
    /// The client was refused: the server had no space for it.
    #[error("refused")]
    Refused,
    /// A moderator removed the client.
    #[error("kicked")]
    Kicked,
    /// A moderator removed the client, which may not come back yet.
    #[error("banned")]
    Banned,
    /// The password of the client's account was changed by another client.
    #[error("password changed elsewhere")]
    PasswordChanged,
    /// The server's rules did not admit the client.
    #[error("not admitted")]
    NotAdmitted,
    /// The server is shutting down.
    #[error("shutdown")]
    Shutdown,
}

/// Replies to a client which promise that something lasts.
#[derive(Debug)]
pub struct Promise {
    /// The client.
    pub to: ClientId,
    /// What is promised.
    pub kind: PromiseKind,
    /// The replies; empty if the client has already seen the result.
    pub replies: Vec<Reply>,
    /// Whether the client's input waits for them.
    pub is_awaited: bool,
    /// The time in the chat when the promise was made.
    pub since: Duration,
    /// The client has been told that this takes longer, and no longer waits.
    pub is_late: bool,
}

/// What a promise says of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromiseKind {
    /// A change is stored.
    Saved,
    /// Nothing is left of what was deleted.
    Erased,
}

/// What becomes of a promise.
#[derive(Debug)]
pub enum Held {
    /// Everything is stored, so the replies can be sent.
    Stored(Promise),
    /// The replies wait.
    Waits,
    /// This takes longer. The disk refuses updates, and the replies wait; or too many wait already,
    /// and these are dropped.
    Late,
}

/// The result of storing one set of updates.
#[derive(Debug)]
pub struct Kept {
    /// The promises that hold now.
    pub promises: Vec<Promise>,
    /// The accounts that are stored for the first time.
    pub registered: Vec<AccountId>,
    /// Whether nothing is left to be stored.
    pub is_all: bool,
}
