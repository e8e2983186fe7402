//! What a session wants to be done.

use zeroize::Zeroizing;

use crate::client::terminal::logged::LogEntry;

/// An effect other than writing and sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Close our half of the connection.
    CloseOurHalf,
    /// Make a new connection.
    Connect,
    /// Suspend the process until the shell resumes it.
    Suspend,
    /// End the session.
    End(Ending),
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The user quit.
    Left,
    /// The server closed the connection.
    Closed,
    /// The connection is lost for this reason.
    Broken(String),
}

/// The effects of an event, to be carried out in this order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Bytes for the server. They may hold a password.
    pub send: Zeroizing<Vec<u8>>,
    /// Bytes for the terminal.
    pub write: Vec<u8>,
    /// What was shown, for the log.
    pub log: Vec<LogEntry>,
    /// Lines that were sent and may be kept for the next run.
    pub sent: Vec<String>,
    /// Everything else to be done.
    pub actions: Vec<Action>,
}
