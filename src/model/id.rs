//! Ids: plain numbers that mean something only to the code that assigns them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A connection, from accept to close, numbered from 1. Never reused during the life of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientId(pub u64);

impl ClientId {
    /// A number that no client has.
    pub const NOBODY: Self = Self(0);
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A room on this server. A stored room keeps its id across restarts. The default is the [`LOBBY`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct RoomId(pub u32);

/// A person, independent of their current name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PersonId {
    /// A guest, who has exactly one client.
    Guest(ClientId),
    /// A registered user, with any number of clients.
    Registered(AccountId),
}

impl PersonId {
    /// The person's account, if they have one.
    pub fn account(self) -> Option<AccountId> {
        match self {
            Self::Guest(_) => None,
            Self::Registered(account) => Some(account),
        }
    }
}

/// The room that everyone joins first.
pub const LOBBY: RoomId = RoomId(0);

/// A line's identity, unique across servers and restarts: a random number drawn at startup, and a
/// counter.
///
/// It is not derived from the room: a broker that removes duplicates does so per stream, and two
/// lines with the same number in different rooms would lose one of them.
///
/// Serialised as text, `origin-number` in hexadecimal: not every reader of JSON knows numbers that
/// large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LineId {
    /// Drawn at random each time a server starts.
    pub origin: u64,
    /// The number of the line among those proposed by this origin, counting from 1.
    pub number: u64,
}

impl From<LineId> for String {
    fn from(LineId { origin, number }: LineId) -> Self {
        format!("{origin:x}-{number:x}")
    }
}

impl TryFrom<String> for LineId {
    type Error = NoLineId;

    fn try_from(text: String) -> Result<Self, NoLineId> {
        let (origin, number) = text.split_once('-').ok_or(NoLineId)?;
        let parse = |part| u64::from_str_radix(part, 16).map_err(|_| NoLineId);
        Ok(Self { origin: parse(origin)?, number: parse(number)? })
    }
}

/// The text is no [`LineId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write the id of a line as two hexadecimal numbers with a hyphen between them")]
pub struct NoLineId;

/// An id that a client has given to one of its messages, so that the server recognizes the message
/// if it is sent again: 128 bits, drawn at random, so that no two clients choose the same.
///
/// Serialised as text of 32 hexadecimal digits: not every reader of JSON knows numbers that large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ClientMessageId(pub u128);

impl ClientMessageId {
    /// The number of hexadecimal digits in its text.
    const DIGITS: usize = 32;
}

impl From<ClientMessageId> for String {
    fn from(ClientMessageId(number): ClientMessageId) -> Self {
        format!("{number:032x}")
    }
}

impl TryFrom<String> for ClientMessageId {
    type Error = NoClientMessageId;

    fn try_from(text: String) -> Result<Self, NoClientMessageId> {
        // `from_str_radix` accepts a plus sign.
        let is_text_of_id = text.len() == Self::DIGITS && !text.starts_with('+');
        let number = u128::from_str_radix(&text, 16).ok().filter(|_| is_text_of_id);
        number.map(Self).ok_or(NoClientMessageId)
    }
}

/// The text is not a [`ClientMessageId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write the id of a message as 32 hexadecimal digits")]
pub struct NoClientMessageId;

/// The account of a registered name, numbered from 1. Never reused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct AccountId(pub i64);

impl AccountId {
    /// A number that no account has.
    pub const NOBODY: Self = Self(0);
}

/// A private message to a user who is away, numbered from 1. Never reused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct MessageId(pub i64);

/// A ban or a mute. Never reused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SanctionId(pub i64);
