//! The stages of joining, and clients that have to log in first, with their deadlines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chat::state::Chat;
use crate::limits;
use crate::model::{ClientId, ClientIndex, PersonId};

/// The stage of joining that a client has reached. Its deadline, if it has one, is in
/// [`Deadlines`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// What happens to a client at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::chat) enum Due {
    /// Its next stage.
    Stage,
    /// The end of the time in which it has to log in.
    Login,
}

/// The deadlines of one kind. There may be one for each client.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::chat) struct DueClients {
    queue: BTreeSet<(Duration, ClientId)>,
    pub(in crate::chat) deadlines: BTreeMap<ClientId, Duration>,
}

impl DueClients {
    fn set(&mut self, client: ClientId, deadline: Option<Duration>) {
        if let Some(before) = self.deadlines.remove(&client) {
            self.queue.remove(&(before, client));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert(client, deadline);
            self.queue.insert((deadline, client));
        }
    }

    fn after(&self, count: usize) -> Option<Duration> {
        self.queue.iter().nth(count).map(|(deadline, _)| *deadline)
    }
}

/// The deadlines of clients. Kept apart from the clients' records, since most clients have none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::chat) struct Deadlines {
    pub(in crate::chat) stages: DueClients,
    pub(in crate::chat) logins: DueClients,
    /// When to look at the offsets of time zones again. This is no reason for a tick.
    zones: Option<Duration>,
    /// The earliest of all of these, since it is compared for each command.
    next: Option<Duration>,
}

impl Deadlines {
    /// Whether anything is due.
    #[inline(always)]
    pub(in crate::chat) fn are_due(&self, now: Duration) -> bool {
        self.next.is_some_and(|next| next <= now)
    }

    /// The earliest deadline of a client.
    pub(in crate::chat) fn first(&self) -> Option<Duration> {
        self.after(0)
    }

    /// The deadline of a client that comes after this many others of its kind.
    pub(in crate::chat) fn after(&self, count: usize) -> Option<Duration> {
        [&self.stages, &self.logins].into_iter().filter_map(|due| due.after(count)).min()
    }

    /// When to look at the offsets of time zones again.
    pub(in crate::chat) fn zones(&self) -> Option<Duration> {
        self.zones
    }

    /// Sets when to look at the offsets of time zones again.
    pub(in crate::chat) fn set_zones(&mut self, due: Option<Duration>) {
        self.zones = due;
        self.find_next();
    }

    fn find_next(&mut self) {
        self.next = [self.first(), self.zones].into_iter().flatten().min();
    }

    /// Sets or removes a deadline of a client.
    pub(in crate::chat) fn set(&mut self, client: ClientId, due: Due, deadline: Option<Duration>) {
        match due {
            Due::Stage => self.stages.set(client, deadline),
            Due::Login => self.logins.set(client, deadline),
        }
        self.find_next();
    }

    /// Removes the earliest deadline, if it has passed.
    pub(in crate::chat) fn pop(&mut self, now: Duration) -> Option<(ClientId, Due)> {
        let stage = self.stages.queue.first().map(|(at, client)| (*at, *client, Due::Stage));
        let login = self.logins.queue.first().map(|(at, client)| (*at, *client, Due::Login));
        let (at, client, due) = [stage, login].into_iter().flatten().min()?;
        if at > now {
            return None;
        }
        self.set(client, due, None);
        Some((client, due))
    }
}

impl Chat {
    pub(in crate::chat) fn is_introducing(&self, index: ClientIndex) -> bool {
        matches!(self.clients[index.0].stage, ArrivalStage::Introducing { .. })
    }

    /// Whether a client that identifies its user is expected to log in.
    pub(in crate::chat) fn expects_login(&self, index: ClientIndex) -> bool {
        self.clients[index.0].stage == ArrivalStage::Introducing { logs_in: true }
    }

    /// Expects a client that identifies its user to log in, or no longer.
    pub(in crate::chat) fn expect_login(&mut self, index: ClientIndex, is_expected: bool) {
        if let ArrivalStage::Introducing { logs_in } = &mut self.clients[index.0].stage {
            *logs_in = is_expected;
        }
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
        self.deadlines.set(client.id, Due::Stage, deadline);
    }

    /// Whether a client is from a banned network and has not logged in: it is in no room, nobody
    /// finds it by its name, and every reply to it is about the ban.
    pub(in crate::chat) fn is_outside(&self, index: ClientIndex) -> bool {
        let client = &self.clients[index.0];
        client.has_to_log_in && self.outside.contains(&(client.connected_at, client.id))
    }

    /// Requires a new client to log in before it may take part.
    pub(in crate::chat) fn make_wait(&mut self, index: ClientIndex) {
        self.require_login(index, limits::LOGIN_TIME);
    }

    /// Requires the same of a client from a banned network. If there are too many of them, the
    /// oldest one's time runs out. The newest keep their places: otherwise someone could occupy all
    /// of them and so keep a moderator in the banned network from logging in.
    pub(in crate::chat) fn make_wait_outside(&mut self, index: ClientIndex) {
        self.require_login(index, limits::OUTSIDE_LOGIN_TIME);
        let client = &self.clients[index.0];
        self.outside.insert((client.connected_at, client.id));
        if self.outside.len() > limits::OUTSIDE_MAX
            && let Some((_, oldest)) = self.outside.first()
        {
            self.deadlines.set(*oldest, Due::Login, Some(client.connected_at));
        }
    }

    fn require_login(&mut self, index: ClientIndex, time: Duration) {
        let client = &mut self.clients[index.0];
        client.has_to_log_in = true;
        self.deadlines.set(client.id, Due::Login, Some(client.connected_at + time));
    }

    /// Ends the wait for a login. Returns whether the client was waiting.
    pub(in crate::chat) fn end_wait(&mut self, index: ClientIndex) -> bool {
        let client = &mut self.clients[index.0];
        let waited = std::mem::take(&mut client.has_to_log_in);
        if waited {
            self.deadlines.set(client.id, Due::Login, None);
            self.outside.remove(&(client.connected_at, client.id));
        }
        waited
    }
}
