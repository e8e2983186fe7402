//! Why a connection ended: what the log says of it, and what those who end one say to each other.
//!
//! Nothing here knows how a connection is ended.

use std::{fmt, io};

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The client ended its input.
    EndOfInput,
    /// It said that it goes.
    Quit,
    /// The connection broke: reset, timed out, unreachable.
    Broken(io::ErrorKind),
    /// It took too long to enter.
    HandshakeTimeout,
    /// It did not know the server's password.
    WrongPassword,
    /// It is no client for this door.
    Rejected(&'static str),
    /// It has not read for the stall timeout.
    Stalled,
    /// It asked for more than twice its SendQ holds.
    SendqExceeded,
    /// The code that handled it panicked.
    Panicked,
    /// It never entered: there was no room for it.
    Refused,
    /// Somebody who may do so has shown it out.
    Kicked,
    /// The same, and it may not come back yet.
    Banned,
    /// Its account's password was changed from elsewhere.
    PasswordChanged,
    /// The rules of the server do not let it in.
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
