//! Replies that wait until what they promise is on the disk.

use std::time::Duration;

use crate::model::{AccountId, ClientId, Reply};

/// Replies to a client which promise that something lasts.
#[derive(Debug)]
pub struct Promise {
    /// The client.
    pub to: ClientId,
    /// The replies; empty if the client has already seen the result.
    pub replies: Vec<Reply>,
    /// Whether the client's input waits for them.
    pub is_awaited: bool,
    /// The time in the chat when the promise was made.
    pub since: Duration,
    /// The client has been told that this takes longer, and no longer waits.
    pub is_late: bool,
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
