//! Identities: plain numbers that mean something only to who handed them out.

use std::fmt;

/// One connection, from being accepted to its end. Never used twice in the life of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A room on this server, also after a restart where it is kept. The default is the [`LOBBY`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub u32);

/// Somebody, whoever's name they go by at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonId {
    /// Without an account: their one client.
    Guest(ClientId),
    /// With an account, from however many clients.
    Registered(AccountId),
}

impl PersonId {
    /// The account, of somebody who has one.
    pub fn account(self) -> Option<AccountId> {
        match self {
            Self::Guest(_) => None,
            Self::Registered(account) => Some(account),
        }
    }
}

/// The room that everybody enters.
pub const LOBBY: RoomId = RoomId(0);

/// A line's identity, unique across servers and restarts: a number drawn at start, and a counter.
///
/// It is not derived from the room: a broker that removes duplicates does so per stream, and the
/// same number in two rooms would swallow one of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineId {
    /// Drawn at random by each server at each start.
    pub origin: u64,
    /// Counts the lines proposed by that origin, from 1.
    pub number: u64,
}

/// A registered name's account, as the archive numbers it. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub i64);

/// A ban or a mute. Never used twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SanctionId(pub i64);
