//! What the archive keeps, as plain data. Times are in whole seconds since 1970, but for those of
//! the history, which are in milliseconds.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::SystemTime;

use crate::model::id::{AccountId, LineId, PersonId, RoomId};
use crate::model::moderation::KeptOrder;
use crate::model::password::PasswordHash;
use crate::model::settings::Settings;
use crate::text::{CleanText, Manner};

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
    /// Its number, which no other room has.
    pub id: RoomId,
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
    /// What was said in the lobby and in those rooms, where anything was.
    pub histories: Vec<(RoomId, RoomHistory)>,
    /// The highest number that a room has or had.
    pub last_room: RoomId,
    /// What keeps order.
    pub order: KeptOrder,
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

/// Something that was said in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLine {
    /// Its number in its room, from 1, without gaps.
    pub seq: u64,
    /// Its identity, unique across servers and restarts.
    pub id: LineId,
    /// The server's time when it was said. On disk in milliseconds.
    pub at: SystemTime,
    /// Who said it. A guest is one of the server's start that the identity names.
    pub author: PersonId,
    /// What they were called.
    pub name: Arc<str>,
    /// How they said it.
    pub manner: Manner,
    /// What they said.
    pub text: CleanText,
}

/// How far somebody registered has read in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// All of it: they are there.
    Here,
    /// Up to a line, and until a time.
    Left {
        /// The last line that was said while they were there; 0 for none.
        seq: u64,
        /// When they went.
        at: SystemTime,
    },
}

/// What a server needs of a room's history when it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomHistory {
    /// How many lines have been said there.
    pub last_seq: u64,
    /// The last of them, as many as were asked for, in order.
    pub recent: Vec<KeptLine>,
    /// Who has read how far. Nobody is here.
    pub marks: Vec<(AccountId, Mark)>,
}

/// Something to be written into the history, after what came before it.
#[derive(Debug)]
pub enum Entry {
    /// The server has started: nobody is anywhere, and rooms that were not kept are no more.
    Started,
    /// Lines of one room, in order.
    Lines {
        /// The room.
        room: RoomId,
        /// What it is called.
        name: Arc<str>,
        /// At least one.
        lines: Vec<KeptLine>,
    },
    /// How far somebody has read.
    Mark {
        /// Who.
        account: AccountId,
        /// Where.
        room: RoomId,
        /// How far.
        mark: Mark,
    },
    /// So many lines have been said in a room: those that have not come by now are lost.
    Reached {
        /// The room.
        room: RoomId,
        /// What it is called.
        name: Arc<str>,
        /// The number of the last line.
        seq: u64,
    },
    /// A room is no more. What was said there is read by nobody who comes later.
    Ended {
        /// The room.
        room: RoomId,
    },
    /// The server ends in order, and with it everybody's stay.
    Stopped,
}

/// Some lines of one room, and what is missing among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The lines, in order.
    pub lines: Vec<KeptLine>,
    /// Lines that were said between the first and the last of what was asked for, and could not be
    /// kept: the numbers of each run of them, in order.
    pub gaps: Vec<RangeInclusive<u64>>,
    /// Whether there are more lines of what was asked for behind these.
    pub has_more: bool,
}

/// A line that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it was said.
    pub room: RoomId,
    /// The line.
    pub line: KeptLine,
}
