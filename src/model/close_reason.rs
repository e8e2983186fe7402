//! Why a connection ended, for the log and for the modules that end connections.
//!
//! Nothing here knows how a connection is closed.

use std::{fmt, io};

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
