//! Events in a room: lines, their authors, and the clients they concern.

use std::sync::Arc;
use std::time::SystemTime;

use rustc_hash::FxHashSet;

use crate::model::frame::LineKind;
use crate::model::id::{ClientId, LineId, PersonId, RoomId};
use crate::text::CleanText;

/// The index of a client of this server in the chat; a small number for use in tables. It is reused
/// after its client has been released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientIndex(pub usize);

/// Something that happens in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A person has joined.
    Joined,
    /// A person has left.
    Left,
    /// A person has left; the text includes their parting words.
    Parted(Box<str>),
    /// A message.
    Said(CleanText),
    /// An action (`/me`).
    Acted(CleanText),
    /// A person has a new name.
    Renamed(Box<Renamed>),
    /// Anything else, with this text.
    Notice(Box<str>),
}

impl Event {
    /// Whether this is something that a person says. Only that is numbered and stored.
    pub fn is_said(&self) -> bool {
        matches!(self, Self::Said(_) | Self::Acted(_))
    }

    /// The kind of line that shows it.
    pub fn kind(&self) -> LineKind {
        match self {
            Self::Said(_) | Self::Acted(_) => LineKind::Said,
            Self::Joined => LineKind::Joined,
            Self::Left => LineKind::Left,
            Self::Parted(_) => LineKind::Parted,
            Self::Renamed(_) => LineKind::Renamed,
            Self::Notice(_) => LineKind::Notice,
        }
    }
}

/// The new name of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The complete line to show.
    pub text: Box<str>,
    /// Members who see the line in another room.
    pub told: FxHashSet<ClientIndex>,
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
