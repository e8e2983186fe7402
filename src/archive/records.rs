//! What the archive keeps, as plain data. Times are in whole seconds since 1970.

use std::num::NonZeroU32;
use std::time::SystemTime;

use crate::id::AccountId;
use crate::password::PasswordHash;
use crate::settings::Settings;

/// A registered name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Never used twice, also not after the account is gone.
    pub id: AccountId,
    /// As its owner spells it.
    pub name: Box<str>,
    /// What shows that somebody is its owner.
    pub password: PasswordHash,
    /// When it was registered.
    pub registered_at: SystemTime,
    /// When its owner was last here.
    pub seen_at: SystemTime,
    /// What its owner has chosen.
    pub settings: Settings,
}

/// A room that outlives those who are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRecord {
    /// As it is shown: `#garden`.
    pub name: Box<str>,
    /// Whose it is. It is removed with that account.
    pub owner: AccountId,
    /// What it is about.
    pub topic: Option<Box<str>>,
    /// Whether only those who are invited may enter.
    pub locked: bool,
    /// What those who are not invited need to enter.
    pub password: Option<PasswordHash>,
    /// Seconds between two lines of one person.
    pub slow: Option<NonZeroU32>,
    /// Whether it is left out of lists.
    pub hidden: bool,
    /// Who may enter.
    pub invited: Vec<AccountId>,
}

/// What somebody said to a person who was away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateMessage {
    /// Later messages have greater ones; never used twice.
    pub id: i64,
    /// The sender's name when it was sent.
    pub from: Box<str>,
    /// The sender's account, which may be gone.
    pub sender: AccountId,
    /// What was said.
    pub text: Box<str>,
    /// When.
    pub at: SystemTime,
}

/// What a server needs of the archive when it starts. Each has the key that it was added with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The registered names, in the order in which they were registered.
    pub accounts: Vec<(Box<str>, Account)>,
    /// The rooms, by their key.
    pub rooms: Vec<(Box<str>, RoomRecord)>,
}

/// What became of a private message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It waits for its recipient.
    Kept,
    /// Too many wait already: in all, or from this sender. It is not kept.
    Full,
    /// The recipient's account is gone. It is not kept.
    NoRecipient,
}
