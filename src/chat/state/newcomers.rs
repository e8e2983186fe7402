//! The stages of joining, and their deadlines.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::model::id::ClientId;

/// The stage of joining that a client has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chat) enum ArrivalStage {
    /// The client identifies its user first and is in no room.
    Introducing {
        /// When the introduction ends and the client joins as a guest.
        until: Instant,
        /// The requested name is registered, so the client is expected to log in.
        logs_in: bool,
    },
    /// The client only posts lines. It is in no room and receives no lines.
    Posting {
        /// Its name has been shown to someone else.
        has_posted: bool,
    },
    /// Nobody else knows of the client.
    Unannounced {
        /// When to announce it; `None` while it has yet to be admitted to the lobby.
        until: Option<Instant>,
    },
    /// Everyone else has been told of the client.
    Announced,
}

/// The clients with a timer for their next stage, ordered by its deadline.
pub(in crate::chat) type Newcomers = BTreeSet<(Instant, ClientId)>;

impl ArrivalStage {
    pub(in crate::chat) fn until(self) -> Option<Instant> {
        match self {
            Self::Introducing { until, .. } => Some(until),
            Self::Unannounced { until } => until,
            Self::Posting { .. } | Self::Announced => None,
        }
    }
}

/// Guests that have to log in before they may take part, ordered by when they connected.
pub(in crate::chat) type LoginQueue = BTreeSet<(Instant, ClientId)>;
