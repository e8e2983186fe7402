//! What is removed: single messages, or everything about a person.

use std::sync::Arc;
use std::time::SystemTime;

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
    /// Whoever had the name with this key.
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
    /// Whether what the person has said in rooms stays, without the name.
    pub keeps_messages: bool,
}

/// Whose data is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErasedPerson {
    /// A registered user's.
    Account(AccountId),
    /// That of everybody with this name who is not registered now.
    Guest {
        /// From this time on.
        from: SystemTime,
        /// Before this time.
        until: SystemTime,
    },
}

impl Erasure {
    /// The erasure of an account.
    pub fn of_account(account: AccountId, name: &str, keeps_messages: bool) -> Self {
        // Account numbers are never used again.
        let (number, key) = (account.0, nick::key_of(name).unwrap_or_default().into());
        Self { number, key, whose: ErasedPerson::Account(account), keeps_messages }
    }

    /// Whether the person had this name at that time, or at any time if that is not known.
    pub fn is_named(&self, name: &str, at: Option<SystemTime>) -> bool {
        let is_then = match self.whose {
            ErasedPerson::Account(_) => true,
            ErasedPerson::Guest { from, until } => at.is_none_or(|at| (from..until).contains(&at)),
        };
        is_then && nick::key_of(name).is_some_and(|key| *key == *self.key)
    }
}
