//! Phrases of lists and pages. A wire decides their order, and how they are laid out.

use std::net::IpAddr;
use std::time::Duration;

use crate::model::{AuditEntry, Rank, SanctionView, Stats, Timestamp, WhoisHere};
use crate::text::CleanText;

/// A phrase, with its values.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "a field is what its name says, in the words of docs/glossary.md")]
pub enum Phrase<'a> {
    /// This is not the last page; `command` shows the next one if its number follows.
    NextPage { command: &'a str, page: u32, pages: u32 },
    /// Something about an entry of a list.
    Mark(Mark),

    /// Precedes a private message.
    Private { with: &'a str, is_own: bool },
    /// Stands for the text of a deleted message.
    Deleted { by: &'a str },
    /// Earlier lines have been removed for their age.
    OlderIsGone,
    /// The history has no lines of that time.
    NothingThen { room: &'a str },
    /// A search has found nothing.
    NothingFound,
    /// The next page has later lines.
    MoreFollows,
    /// The next page has earlier lines.
    EarlierOnes,

    /// The person is a guest.
    WhoisGuest { name: &'a str },
    /// The person has registered.
    WhoisRegistered { name: &'a str, at: Timestamp },
    /// When the person was last here.
    WhoisSeen { at: Timestamp },
    /// The rank of the person.
    WhoisRank { rank: Rank },
    /// Where the person is connected from.
    WhoisAddress { address: IpAddr },
    /// How long the person has been here.
    WhoisHere(&'a WhoisHere),
    /// The rooms of the person.
    WhoisRooms { rooms: &'a str },
    /// The person is away.
    Away { name: &'a str, text: Option<&'a CleanText> },

    /// The owners of the server.
    Owners { names: &'a str },
    /// The operators.
    Operators { names: &'a str },
    /// A ban or mute in a list.
    Sanction(&'a SanctionView),
    /// What a moderator did.
    Action(&'a AuditEntry),

    /// How many people, clients and rooms there are.
    StatsPeople(&'a Stats),
    /// How many clients have not been announced yet.
    StatsArriving { count: u64 },
    /// How many lines were said, delivered and skipped.
    StatsLines(&'a Stats),
    /// How much waits for sockets.
    StatsQueued { bytes: &'a str },
    /// How much memory is in use, if that is known.
    StatsMemory { bytes: Option<&'a str> },
    /// How long the server has been up.
    StatsUptime { time: Duration },
}

/// Something about an entry of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The person is away.
    Away,
    /// The client talks in this room.
    Current,
    /// Only invited people may join the room.
    Locked,
    /// Joining the room needs a password.
    Password,
    /// Others do not see the room in their lists.
    Hidden,
}
