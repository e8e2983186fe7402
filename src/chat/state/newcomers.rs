//! The stages of joining, and their deadlines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::model::id::ClientId;

/// The stage of joining that a client has reached. Its deadline, if it has one, is in
/// [`Newcomers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chat) enum ArrivalStage {
    /// The client identifies its user first and is in no room. At the deadline it joins as a guest.
    Introducing {
        /// The requested name is registered, so the client is expected to log in.
        logs_in: bool,
    },
    /// The client only posts lines. It is in no room and receives no lines.
    Posting {
        /// Its name has been shown to someone else.
        has_posted: bool,
    },
    /// Nobody else knows of the client. It is announced at the deadline, which it does not have
    /// before it is admitted to the lobby.
    Unannounced,
    /// Everyone else has been told of the client.
    Announced,
}

/// The clients that have a deadline for their next stage. Kept apart from the clients' records,
/// since most clients joined long ago.
#[derive(Debug, Default)]
pub(in crate::chat) struct Newcomers {
    queue: BTreeSet<(Instant, ClientId)>,
    pub(in crate::chat) deadlines: BTreeMap<ClientId, Instant>,
}

impl Newcomers {
    /// The earliest deadline.
    pub(in crate::chat) fn deadline(&self) -> Option<Instant> {
        self.queue.first().map(|(deadline, _)| *deadline)
    }

    /// Sets or removes the deadline of a client.
    pub(in crate::chat) fn set(&mut self, client: ClientId, deadline: Option<Instant>) {
        if let Some(before) = self.deadlines.remove(&client) {
            self.queue.remove(&(before, client));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert(client, deadline);
            self.queue.insert((deadline, client));
        }
    }

    /// Removes the client whose deadline passed first, if any has passed.
    pub(in crate::chat) fn pop_due(&mut self, now: Instant) -> Option<ClientId> {
        let &(_, client) = self.queue.first().filter(|(deadline, _)| *deadline <= now)?;
        self.set(client, None);
        Some(client)
    }
}

/// Guests that have to log in before they may take part, ordered by when they connected.
pub(in crate::chat) type LoginQueue = BTreeSet<(Instant, ClientId)>;
