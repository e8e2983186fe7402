//! The connections of one thread whose callers are not recognised yet, and what each of them waits
//! for: a turn or a deadline.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use mio::Token;
use slab::Slab;

use crate::net::unknown::Unknown;

/// Tells the tokens of unknown connections from those of clients.
const UNKNOWN_BIT: usize = 1 << (usize::BITS - 2);

/// The index of an unknown connection, if the token is that of one.
pub(super) fn index_of(token: Token) -> Option<usize> {
    let is_unknown = token.0 & UNKNOWN_BIT != 0 && token.0 != usize::MAX;
    is_unknown.then_some(token.0 & !UNKNOWN_BIT)
}

struct Entry {
    unknown: Unknown,
    is_ready: bool,
    armed: Instant,
}

/// All unknown connections of the thread.
#[derive(Default)]
pub(super) struct Unknowns {
    entries: Slab<Entry>,
    /// Those that may have more to read, in the order of their turns. An index may since have been
    /// used again, which costs a read that finds nothing.
    ready: VecDeque<usize>,
    /// One entry for each.
    deadlines: BTreeSet<(Instant, usize)>,
}

impl Unknowns {
    /// The token that the next connection will have.
    pub(super) fn next_token(&self) -> Token {
        Token(self.entries.vacant_key() | UNKNOWN_BIT)
    }

    /// Adds a connection, which gets a turn.
    pub(super) fn add(&mut self, unknown: Unknown) {
        let armed = unknown.deadline();
        let index = self.entries.insert(Entry { unknown, is_ready: false, armed });
        self.deadlines.insert((armed, index));
        self.give_turn(index);
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Unknown> {
        self.entries.get_mut(index).map(|entry| &mut entry.unknown)
    }

    /// Removes a connection, with everything that it waited for.
    pub(super) fn remove(&mut self, index: usize) -> Option<Unknown> {
        let entry = self.entries.try_remove(index)?;
        self.deadlines.remove(&(entry.armed, index));
        Some(entry.unknown)
    }

    /// Removes all of them.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Queues a connection for a turn.
    pub(super) fn give_turn(&mut self, index: usize) {
        if let Some(entry) = self.entries.get_mut(index)
            && !std::mem::replace(&mut entry.is_ready, true)
        {
            self.ready.push_back(index);
        }
    }

    /// How many wait for a turn.
    pub(super) fn turns_waiting(&self) -> usize {
        self.ready.len()
    }

    /// The next one to get a turn.
    pub(super) fn next_turn(&mut self) -> Option<usize> {
        let index = self.ready.pop_front()?;
        if let Some(entry) = self.entries.get_mut(index) {
            entry.is_ready = false;
        }
        Some(index)
    }

    /// Records the deadline of a connection as it is now.
    pub(super) fn arm(&mut self, index: usize) {
        let Some(entry) = self.entries.get_mut(index) else { return };
        let deadline = entry.unknown.deadline();
        if deadline != entry.armed {
            self.deadlines.remove(&(entry.armed, index));
            entry.armed = deadline;
            self.deadlines.insert((deadline, index));
        }
    }

    /// The next deadline of any of them.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(at, _)| at)
    }

    /// Those whose deadline has passed.
    pub(super) fn due(&self, now: Instant) -> Vec<usize> {
        self.deadlines.iter().take_while(|(at, _)| *at <= now).map(|&(_, index)| index).collect()
    }
}
