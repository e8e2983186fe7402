//! The stages of joining, and their deadlines; clients that have to log in first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::chat::state::Chat;
use crate::model::{ClientId, ClientIndex, PersonId};

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
    queue: BTreeSet<(Duration, ClientId)>,
    pub(in crate::chat) deadlines: BTreeMap<ClientId, Duration>,
}

impl Newcomers {
    /// The earliest deadline.
    pub(in crate::chat) fn deadline(&self) -> Option<Duration> {
        self.queue.first().map(|(deadline, _)| *deadline)
    }

    /// Sets or removes the deadline of a client.
    pub(in crate::chat) fn set(&mut self, client: ClientId, deadline: Option<Duration>) {
        if let Some(before) = self.deadlines.remove(&client) {
            self.queue.remove(&(before, client));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert(client, deadline);
            self.queue.insert((deadline, client));
        }
    }

    /// Removes the client whose deadline passed first, if any has passed.
    pub(in crate::chat) fn pop_due(&mut self, now: Duration) -> Option<ClientId> {
        let &(_, client) = self.queue.first().filter(|(deadline, _)| *deadline <= now)?;
        self.set(client, None);
        Some(client)
    }
}

/// Guests that have to log in before they may take part, ordered by when they connected.
pub(in crate::chat) type LoginQueue = BTreeSet<(Duration, ClientId)>;

impl Chat {
    pub(in crate::chat) fn is_introducing(&self, index: ClientIndex) -> bool {
        matches!(self.clients[index.0].stage, ArrivalStage::Introducing { .. })
    }

    pub(in crate::chat) fn is_announced(&self, index: ClientIndex) -> bool {
        self.clients[index.0].stage == ArrivalStage::Announced
    }

    /// Whether the client's name has been shown to someone else.
    pub(in crate::chat) fn is_noticed(&self, index: ClientIndex) -> bool {
        let stage = self.clients[index.0].stage;
        matches!(stage, ArrivalStage::Announced | ArrivalStage::Posting { has_posted: true })
    }

    /// Whether a person's presence is known to everyone else, if they are present.
    pub(in crate::chat) fn is_known(&self, person: PersonId) -> bool {
        let is_noticed = |index: &ClientIndex| self.is_noticed(*index);
        person.account().is_some()
            || self.people.find(person).is_none_or(|person| person.indexes.iter().any(is_noticed))
    }

    pub(in crate::chat) fn is_posting(&self, index: ClientIndex) -> bool {
        matches!(self.clients[index.0].stage, ArrivalStage::Posting { .. })
    }

    /// Sets the stage of a client and the deadline for its next one.
    pub(in crate::chat) fn set_stage(
        &mut self,
        index: ClientIndex,
        stage: ArrivalStage,
        deadline: Option<Duration>,
    ) {
        let client = &mut self.clients[index.0];
        let before = std::mem::replace(&mut client.stage, stage);
        self.unannounced -= usize::from(before != ArrivalStage::Announced);
        self.unannounced += usize::from(stage != ArrivalStage::Announced);
        self.newcomers.set(client.id, deadline);
    }

    /// Whether a client is from a banned network and has not logged in: it is in no room, nobody
    /// finds it by its name, and every reply to it is about the ban.
    pub(in crate::chat) fn is_outside(&self, index: ClientIndex) -> bool {
        let client = &self.clients[index.0];
        client.has_to_log_in && self.outside.contains(&(client.connected_at, client.id))
    }

    /// Requires a new client to log in before it may take part.
    pub(in crate::chat) fn make_wait(&mut self, index: ClientIndex) {
        let client = &mut self.clients[index.0];
        client.has_to_log_in = true;
        self.waiting.insert((client.connected_at, client.id));
    }

    /// Requires the same of a client from a banned network.
    pub(in crate::chat) fn make_wait_outside(&mut self, index: ClientIndex) {
        let client = &mut self.clients[index.0];
        client.has_to_log_in = true;
        self.outside.insert((client.connected_at, client.id));
    }

    /// Ends the wait for a login. Returns whether the client was waiting.
    pub(in crate::chat) fn end_wait(&mut self, index: ClientIndex) -> bool {
        let client = &mut self.clients[index.0];
        let waited = std::mem::take(&mut client.has_to_log_in);
        if waited {
            let key = (client.connected_at, client.id);
            self.waiting.remove(&key);
            self.outside.remove(&key);
        }
        waited
    }
}
