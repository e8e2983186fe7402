//! The archive's records and changes of them, as plain data. Times are in whole seconds since 1970, except in the
//! history, where they are in milliseconds.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::model::{
    AccountId, AuditEntry, ClientId, ERASED_NAME, ErasedPerson, Erasure, LineAuthor, LineId,
    MessageId, ModerationChange, PasswordHash, PersonId, RoomId, SanctionId, Settings,
    StoredModeration,
};
use crate::text::{CleanText, Manner, nick};

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateMessage {
    /// Increases with every message; never reused.
    pub id: MessageId,
    /// The sender's name when it was sent.
    pub from: Box<str>,
    /// The sender's account, which may be gone.
    pub sender: AccountId,
    /// The text.
    pub text: CleanText,
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
    /// The private messages that wait for their recipients, each with the recipient, oldest first.
    pub messages: Vec<(AccountId, PrivateMessage)>,
    /// The moderation state.
    pub moderation: StoredModeration,
    /// The highest ids ever assigned.
    pub last_ids: LastIds,
}

impl StoredState {
    /// The latest time in it at which something happened.
    pub fn latest_time(&self) -> Option<SystemTime> {
        let seen = self.accounts.iter().map(|(_, account)| account.seen_at);
        let imposed = self.moderation.sanctions.iter().map(|sanction| sanction.at);
        let done = self.moderation.audit.iter().map(|entry| entry.at.0);
        let said = self.histories.iter().filter_map(|(_, history)| history.recent.last());
        seen.chain(imposed).chain(done).chain(said.map(|line| line.at)).max()
    }
}

/// The highest id of each kind ever assigned, including to what is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastIds {
    /// The highest number of an account.
    pub account: AccountId,
    /// The highest number of a room.
    pub room: RoomId,
    /// The highest number of a private message.
    pub message: MessageId,
    /// The highest number of a ban or mute.
    pub sanction: SanctionId,
}

impl LastIds {
    /// The higher one of each kind.
    pub fn max(self, other: Self) -> Self {
        Self {
            account: self.account.max(other.account),
            room: self.room.max(other.room),
            message: self.message.max(other.message),
            sanction: self.sanction.max(other.sanction),
        }
    }
}

/// A line said in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The text. Empty if the line was deleted.
    pub text: CleanText,
    /// The name of the user who deleted the line, if it was deleted.
    pub deleted_by: Option<Arc<str>>,
}

impl StoredLine {
    /// Whether this author said the line.
    pub fn is_by(&self, author: &LineAuthor) -> bool {
        let LineAuthor { account, guest, guest_key, key } = author;
        let is_named = |key: &Option<Box<str>>| {
            key.is_some() && nick::key_of(&self.name).as_deref() == key.as_deref()
        };
        let is_own = match self.author {
            PersonId::Registered(own) => *account == Some(own),
            PersonId::Guest(own) => *guest == Some((own, self.id.origin)) || is_named(guest_key),
        };
        is_own || is_named(key)
    }

    /// Whether the person whose data is erased said the line, whose author is registered now or not.
    pub fn is_concerned(&self, erasure: &Erasure, is_registered: bool) -> bool {
        match erasure.whose {
            ErasedPerson::Account { account, .. } => self.author.account() == Some(account),
            ErasedPerson::Guest { .. } => !is_registered && erasure.was_named(&self.name, self.at),
        }
    }

    /// Removes the text, unless that has been done before.
    pub fn delete(&mut self, by: &Arc<str>) {
        self.text = CleanText::from_bytes(b"");
        self.deleted_by.get_or_insert_with(|| by.clone());
    }

    /// Removes what the line says about a person. Returns whether that has changed it.
    pub fn erase(&mut self, erasure: &Erasure, is_registered: bool) -> bool {
        let is_author = self.is_concerned(erasure, is_registered);
        let deleter = self.deleted_by.as_deref();
        // Nobody knows when that was.
        let key = deleter.and_then(nick::key_of);
        let has_deleted = key.is_some_and(|key| erasure.has_key(&key));
        if is_author {
            self.name = ERASED_NAME.into();
            self.author = PersonId::Guest(ClientId::NOBODY);
        }
        if is_author && !erasure.keeps_messages {
            self.delete(&ERASED_NAME.into());
        }
        if has_deleted {
            self.deleted_by = Some(ERASED_NAME.into());
        }
        is_author || has_deleted
    }
}

/// How far a registered user has read in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Lines of one room were deleted.
    Deleted {
        /// The room.
        room: RoomId,
        /// The numbers of the lines.
        seqs: Vec<u64>,
        /// The name of the user who did it.
        by: Arc<str>,
    },
    /// What a person has said is to be erased, once the accounts worker has noted that.
    Erased {
        /// The number of the erasure.
        number: i64,
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

impl HistoryEntry {
    /// Whether it removes what was said.
    pub fn is_deletion(&self) -> bool {
        matches!(self, Self::Deleted { .. } | Self::Erased { .. })
    }
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
    /// A new account.
    Registered {
        /// The key of the name; equal names have the same key.
        key: Box<str>,
        /// The account.
        account: Account,
    },
    /// The removal of an account with its settings, its rooms, its rank, invitations for it and
    /// messages to it. Messages from it stay, and bans and mutes of it still apply to the addresses
    /// that it came from.
    Unregistered {
        /// The account.
        account: AccountId,
    },
    /// The erasure of everything about a person but the account itself.
    Erased(Erasure),
    /// The password of an account.
    Password {
        /// The account.
        account: AccountId,
        /// The hash of the password.
        hash: PasswordHash,
    },
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
    /// A room was created. Its number is not used again, even if the room itself is not stored.
    RoomNumber(RoomId),
    /// A room. It is not stored if its owner's account no longer exists.
    Room {
        /// The key of the name; equal names have the same key.
        key: Box<str>,
        /// The whole room.
        room: RoomRecord,
    },
    /// The removal of a room with its bans and mutes.
    RoomRemoved {
        /// The room.
        room: RoomId,
    },
    /// A moderation action: the change and the entry are stored in one transaction.
    Moderation {
        /// The change of the moderation state, if there is one.
        change: Option<ModerationChange>,
        /// The entry in the audit log, if there is one.
        entry: Option<AuditEntry>,
    },
    /// A private message for a user who is away.
    Message {
        /// The recipient's account.
        to: AccountId,
        /// The message.
        message: PrivateMessage,
    },
    /// A user has seen private messages, which can now be removed.
    MessagesSeen {
        /// The user's account.
        account: AccountId,
        /// The id of the last message seen.
        up_to: MessageId,
    },
}
