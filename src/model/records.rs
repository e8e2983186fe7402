//! The archive's records and changes of them, as plain data. Times are in whole seconds since 1970, except in the
//! history, where they are in milliseconds.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::SystemTime;

use crate::model::{
    AccountId, AuditEntry, LineId, ModerationChange, PasswordHash, PersonId, RoomId, Settings,
    StoredModeration,
};
use crate::text::{CleanText, Manner};

/// A registered account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Never reused, even after the account is gone.
    pub id: AccountId,
    /// The name as its owner spells it.
    pub name: Box<str>,
    /// The hash of the password that proves ownership.
    pub password: PasswordHash,
    /// When the account was registered.
    pub registered_at: SystemTime,
    /// When its owner was last here.
    pub seen_at: SystemTime,
    /// The owner's settings.
    pub settings: Settings,
}

/// A room that exists independently of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRecord {
    /// The room's unique number.
    pub id: RoomId,
    /// The displayed name, such as `#garden`.
    pub name: Box<str>,
    /// The owner. The room is removed with that account.
    pub owner: AccountId,
    /// The topic.
    pub topic: Option<Box<str>>,
    /// Whether only invited users may join.
    pub locked: bool,
    /// The password that users without an invitation need to join.
    pub password: Option<PasswordHash>,
    /// Minimum number of seconds between two lines of one person.
    pub slow: Option<NonZeroU32>,
    /// Whether lists leave the room out.
    pub hidden: bool,
    /// The invited accounts.
    pub invited: Vec<AccountId>,
}

/// A message to a user who was away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateMessage {
    /// Increases with every message; never reused.
    pub id: i64,
    /// The sender's name when it was sent.
    pub from: Box<str>,
    /// The sender's account, which may be gone.
    pub sender: AccountId,
    /// The text.
    pub text: Box<str>,
    /// When it was sent.
    pub at: SystemTime,
}

/// Everything a server loads from the archive when it starts. Accounts and rooms come with the keys
/// they were added with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredState {
    /// The accounts, in order of registration.
    pub accounts: Vec<(Box<str>, Account)>,
    /// The rooms, ordered by key.
    pub rooms: Vec<(Box<str>, RoomRecord)>,
    /// The histories of the lobby and of those rooms, except empty ones.
    pub histories: Vec<(RoomId, RoomHistory)>,
    /// The highest number that any room has or had.
    pub last_room: RoomId,
    /// The moderation state.
    pub moderation: StoredModeration,
}

/// The result of leaving a private message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailboxResult {
    /// The message waits for its recipient.
    Kept,
    /// The message was not stored: too many are waiting already, in total or from this sender.
    Full,
    /// The message was not stored: the recipient's account is gone.
    NoRecipient,
}

/// A line said in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLine {
    /// The line's number in its room, counting from 1 without gaps.
    pub seq: u64,
    /// The line's identity, unique across servers and restarts.
    pub id: LineId,
    /// The server's time when the line was said. On disk in milliseconds.
    pub at: SystemTime,
    /// The author. A guest's id belongs to the server run that the line's identity names.
    pub author: PersonId,
    /// The author's name at the time.
    pub name: Arc<str>,
    /// How the line was said.
    pub manner: Manner,
    /// The text.
    pub text: CleanText,
}

/// How far a registered user has read in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadMarker {
    /// The user is there and has read everything.
    Here,
    /// The user left.
    Left {
        /// The last line said while the user was there; 0 for none.
        seq: u64,
        /// When the user left.
        at: SystemTime,
    },
}

/// Everything a server loads from a room's history when it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomHistory {
    /// The number of lines said there.
    pub last_seq: u64,
    /// The latest lines, up to the requested number, in order.
    pub recent: Vec<StoredLine>,
    /// How far each user has read. None of them is in the room.
    pub marks: Vec<(AccountId, ReadMarker)>,
}

/// An entry to append to the history.
#[derive(Debug)]
pub enum HistoryEntry {
    /// The server has started: nobody is in any room, and rooms that were not stored no longer
    /// exist.
    Started,
    /// Lines of one room, in order.
    Lines {
        /// The room.
        room: RoomId,
        /// The room's name.
        name: Arc<str>,
        /// At least one.
        lines: Vec<StoredLine>,
    },
    /// How far a user has read.
    Mark {
        /// The user.
        account: AccountId,
        /// The room.
        room: RoomId,
        /// The position.
        mark: ReadMarker,
    },
    /// Lines up to this number have been said in a room. Lines that have not arrived by now are
    /// lost.
    Reached {
        /// The room.
        room: RoomId,
        /// The room's name.
        name: Arc<str>,
        /// The number of the last line.
        seq: u64,
    },
    /// A room no longer exists. Users who join later cannot read what was said there.
    Ended {
        /// The room.
        room: RoomId,
    },
    /// The server shuts down cleanly, and everybody leaves.
    Stopped,
}

/// Lines of one room, with the gaps between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryPage {
    /// The lines, in order.
    pub lines: Vec<StoredLine>,
    /// The gaps between the first and the last line requested: runs of lines that were said but not
    /// stored, in order.
    pub gaps: Vec<RangeInclusive<u64>>,
    /// Whether there are more of the requested lines after these.
    pub has_more: bool,
}

/// A search result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The room where it was said.
    pub room: RoomId,
    /// The line.
    pub line: StoredLine,
}

/// A change to be stored. Changes to accounts that no longer exist are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// The settings of a user.
    Settings {
        /// The user's account.
        account: AccountId,
        /// The new settings.
        settings: Settings,
    },
    /// When a user was last here.
    Seen {
        /// The user's account.
        account: AccountId,
        /// The time.
        at: SystemTime,
    },
    /// The spelling of a user's name.
    Name {
        /// The user's account.
        account: AccountId,
        /// The name as it is spelled now.
        name: Box<str>,
    },
    /// A room. It is not stored if its owner's account no longer exists.
    Room {
        /// The key of the name; equal names have the same key.
        key: Box<str>,
        /// The whole room; `None` removes it together with its bans and mutes.
        room: Option<RoomRecord>,
    },
    /// A moderation action: the change and the entry are stored in one transaction.
    Moderation {
        /// The change of the moderation state, if there is one.
        change: Option<ModerationChange>,
        /// The entry in the audit log, if there is one.
        entry: Option<AuditEntry>,
    },
    /// A user has seen private messages, which can now be removed.
    MessagesSeen {
        /// The user's account.
        account: AccountId,
        /// The id of the last message seen.
        up_to: i64,
    },
}
