//! Events in a room: lines, their authors, and the clients they concern.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::SystemTime;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::model::{ClientId, Deletion, LineId, LineKind, PersonId, Removal, RoomId, SanctionView};
use crate::text::CleanText;

/// The index of a client of this server in the chat; a small number for use in tables. It is reused
/// after its client has been released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientIndex(pub usize);

/// Something that happens in a room, to the person who is its [`Author`] or done by them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The person joined.
    Joined,
    /// The person left the room.
    Left,
    /// The person left the server, and so every room, perhaps with parting words.
    Quit {
        /// The words.
        text: Option<CleanText>,
    },
    /// The person said something.
    Said {
        /// The message.
        text: CleanText,
    },
    /// The person did something (`/me`).
    Acted {
        /// The action, without the name.
        text: CleanText,
    },
    /// The person, who is still named by the old name here, has a new one.
    Renamed {
        /// The new name.
        to: Arc<str>,
    },
    /// The person set the room's topic, or removed it.
    Topic {
        /// The topic.
        topic: Option<CleanText>,
    },
    /// A moderator removed the person.
    Removed {
        /// By whom and why.
        removal: Box<Removal>,
    },
    /// A moderator banned the person, who has left with that, or muted them.
    Sanctioned {
        /// The ban or mute.
        sanction: Box<SanctionView>,
    },
    /// The person owns the room now.
    Owner,
    /// The person changed a setting of the room.
    Setting(RoomSetting),
    /// The person deleted messages.
    Deleted {
        /// Which ones.
        deletion: Box<Deletion>,
    },
}

const _: () = assert!(size_of::<Event>() <= 24);

/// A setting of a room that everyone in it is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "setting", content = "value", rename_all = "kebab-case")]
pub enum RoomSetting {
    /// Only invited people may join.
    Locked(bool),
    /// Lists leave the room out.
    Hidden(bool),
    /// Minimum number of seconds between two lines of one person.
    Slow(Option<NonZeroU32>),
    /// The owner gave the room up: it ends with its last member.
    GivenUp,
}

impl Event {
    /// Whether this is something that a person says. Only that is numbered and stored.
    pub fn is_said(&self) -> bool {
        matches!(self, Self::Said { .. } | Self::Acted { .. })
    }

    /// The kind of line that shows it.
    pub fn kind(&self) -> LineKind {
        match self {
            Self::Said { .. } | Self::Acted { .. } => LineKind::Said,
            Self::Joined => LineKind::Joined,
            Self::Left | Self::Quit { text: None } => LineKind::Left,
            Self::Quit { text: Some(_) } => LineKind::Parted,
            Self::Renamed { .. } => LineKind::Renamed,
            Self::Topic { .. }
            | Self::Removed { .. }
            | Self::Sanctioned { .. }
            | Self::Owner
            | Self::Setting(_)
            | Self::Deleted { .. } => LineKind::Notice,
        }
    }
}

/// The author of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The client that the line came from.
    pub client: ClientId,
    /// The person behind the client.
    pub person: PersonId,
    /// The person's name at that time.
    pub name: Arc<str>,
}

/// A line that is to become part of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its identity, unique across servers and restarts.
    pub id: LineId,
    /// The room it is for.
    pub room: RoomId,
    /// The server's time when it was proposed.
    pub at: SystemTime,
    /// Its author.
    pub from: Author,
    /// Its content.
    pub event: Event,
    /// Members who see it in another room.
    pub seen_by: Option<Arc<FxHashSet<ClientIndex>>>,
}

/// A line that has a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderedLine {
    /// The number of the line among those said in its room, from 1, without gaps. Notices have the
    /// number of the line before them.
    pub seq: u64,
    /// The proposal.
    pub proposal: Proposal,
}

/// The events of a room that are handed out together.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The room.
    pub room: RoomId,
    /// The room's name.
    pub name: &'a Arc<str>,
    /// The events, in order.
    pub lines: &'a [OrderedLine],
    /// The memory that they will take in a frame, in bytes, rounded up if in doubt.
    pub charge_bytes: usize,
}
