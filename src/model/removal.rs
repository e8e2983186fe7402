//! What is removed: single messages, or everything about a person.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::model::{AccountId, ClientId};
use crate::text::nick;

/// What stands for the name of a person whose data was erased. Nobody can have this name.
pub const ERASED_NAME: &str = "(erased)";

/// Messages of one author that were deleted in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// The author's name, if somebody else deleted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Arc<str>>,
    /// Their numbers in the room, in order.
    pub numbers: Box<[u64]>,
}

/// Whose lines are meant: those of any of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineAuthor {
    /// A registered user.
    pub account: Option<AccountId>,
    /// A client while its user was a guest, and the number that the server drew at its start.
    pub guest: Option<(ClientId, u64)>,
    /// Guests who had the name with this key.
    pub guest_key: Option<Box<str>>,
    /// Anyone who had the name with this key.
    pub key: Option<Box<str>>,
}

/// Everything that is known about a person is to be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The number under which the progress is stored; no other erasure has it.
    pub number: i64,
    /// The key of the person's name.
    pub key: Box<str>,
    /// Whose data it is.
    pub whose: ErasedPerson,
    /// Whether the person's messages stay, without the name.
    pub keeps_messages: bool,
}

/// Whose data is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErasedPerson {
    /// A registered user's.
    Account {
        /// The account.
        account: AccountId,
        /// When it was registered, in whole seconds: before, the name was somebody else's.
        since: SystemTime,
    },
    /// Anyone's who had the name then and is not registered now.
    Guest {
        /// From this time on.
        from: SystemTime,
        /// Before this time.
        until: SystemTime,
    },
}

impl Erasure {
    /// The erasure of an account.
    pub fn of_account(
        account: AccountId,
        name: &str,
        registered_at: SystemTime,
        keeps_messages: bool,
    ) -> Self {
        // Account numbers are never used again.
        let (number, key) = (account.0, nick::key_of(name).unwrap_or_default().into());
        let since = registered_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let since = SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs());
        Self { number, key, whose: ErasedPerson::Account { account, since }, keeps_messages }
    }

    /// Whether this is the key of the person's name.
    pub fn has_key(&self, key: &str) -> bool {
        *key == *self.key
    }

    /// Whether the person had the name with this key at that time.
    pub fn had_key(&self, key: Option<&str>, at: SystemTime) -> bool {
        let is_then = match self.whose {
            ErasedPerson::Account { since, .. } => at >= since,
            ErasedPerson::Guest { from, until } => (from..until).contains(&at),
        };
        is_then && key.is_some_and(|key| self.has_key(key))
    }

    /// Whether the person had this name at that time.
    pub fn was_named(&self, name: &str, at: SystemTime) -> bool {
        self.had_key(nick::key_of(name).as_deref(), at)
    }
}
