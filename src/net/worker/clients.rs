//! The clients of one thread, and what each of them waits for: a turn, a write, a deadline.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use slab::Slab;

use crate::net::admission::Permit;
use crate::net::connection::Connection;
use crate::net::gate::{Load, Slot};
use crate::net::uplink::Presence;

/// A client. The order of the fields is the order of dropping: the departure is told, and the
/// socket closed, before the place is free.
pub(super) struct Served {
    /// `None` before it has entered and after it has left.
    pub(super) presence: Option<Presence>,
    pub(super) connection: Connection,
    pub(super) has_entered: bool,
    is_ready: bool,
    has_output: bool,
    armed: Option<Instant>,
    /// Its part of the crowd's.
    queued_bytes: u64,
    _load: Load,
    _permit: Permit,
}

/// All clients of the thread.
#[derive(Default)]
pub(super) struct Crowd {
    served: Slab<Served>,
    /// Those that may have more to read, in the order of their turns.
    ready: VecDeque<Slot>,
    /// Those with something to write.
    with_output: Vec<Slot>,
    /// One entry for each that has a deadline.
    deadlines: BTreeSet<(Instant, Slot)>,
    /// What waits in the SendQs of all of them.
    queued_bytes: u64,
}

impl Crowd {
    /// Adds a client that has not entered.
    pub(super) fn add(&mut self, connection: Connection, load: Load, permit: Permit) -> Slot {
        let client = connection.client();
        let index = self.served.insert(Served {
            presence: None,
            connection,
            has_entered: false,
            is_ready: false,
            has_output: false,
            armed: None,
            queued_bytes: 0,
            _load: load,
            _permit: permit,
        });
        Slot { index: index as u32, client }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.served.is_empty()
    }

    /// The client at a slot, if it is still the same one.
    pub(super) fn at(&mut self, slot: Slot) -> Option<&mut Served> {
        let served = self.served.get_mut(slot.index as usize)?;
        (served.connection.client() == slot.client).then_some(served)
    }

    /// The slot with this index, if somebody has it.
    pub(super) fn slot(&self, index: usize) -> Option<Slot> {
        let client = self.served.get(index)?.connection.client();
        Some(Slot { index: index as u32, client })
    }

    /// Everybody's slot.
    pub(super) fn slots(&self) -> Vec<Slot> {
        self.served.iter().filter_map(|(index, _)| self.slot(index)).collect()
    }

    /// Removes a client, with all that it waited for.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<Served> {
        let armed = self.at(slot)?.armed;
        if let Some(at) = armed {
            self.deadlines.remove(&(at, slot));
        }
        // What is left of it in the other two queues finds nobody.
        let served = self.served.remove(slot.index as usize);
        self.queued_bytes -= served.queued_bytes;
        Some(served)
    }

    /// It gets a turn.
    pub(super) fn give_turn(&mut self, slot: Slot) {
        if let Some(served) = self.at(slot)
            && !std::mem::replace(&mut served.is_ready, true)
        {
            self.ready.push_back(slot);
        }
    }

    /// How many wait for a turn.
    pub(super) fn turns_waiting(&self) -> usize {
        self.ready.len()
    }

    /// The next one whose turn it is.
    pub(super) fn next_turn(&mut self) -> Option<Slot> {
        let slot = self.ready.pop_front()?;
        if let Some(served) = self.at(slot) {
            served.is_ready = false;
        }
        Some(slot)
    }

    /// It is written to, if it has something to write; else what it has waits: its socket refused
    /// it, or it is held for a moment to go out with more.
    pub(super) fn mark_output(&mut self, slot: Slot) {
        // Not by `at`: the two counts are changed together.
        let Some(served) = self.served.get_mut(slot.index as usize) else { return };
        if served.connection.client() != slot.client {
            return;
        }
        if served.connection.wants_flush() {
            if !std::mem::replace(&mut served.has_output, true) {
                self.with_output.push(slot);
            }
            return;
        }
        let queued_bytes = served.connection.keep_waiting() as u64;
        self.queued_bytes -= std::mem::replace(&mut served.queued_bytes, queued_bytes);
        self.queued_bytes += queued_bytes;
    }

    /// What waits, as it is charged to the SendQs, in bytes.
    pub(super) fn queued_bytes(&self) -> u64 {
        self.queued_bytes
    }

    /// Whether anybody has something to write.
    pub(super) fn has_output(&self) -> bool {
        !self.with_output.is_empty()
    }

    /// Those that have something to write. What comes up meanwhile waits for the next time.
    pub(super) fn take_output(&mut self) -> Vec<Slot> {
        for index in 0..self.with_output.len() {
            let slot = self.with_output[index];
            if let Some(served) = self.at(slot) {
                served.has_output = false;
            }
        }
        std::mem::take(&mut self.with_output)
    }

    /// Gives back the memory of [`Crowd::take_output`], for the next time.
    pub(super) fn return_output(&mut self, mut done: Vec<Slot>) {
        done.clear();
        done.append(&mut self.with_output);
        self.with_output = done;
    }

    /// Keeps the client's deadline as its connection has it now.
    pub(super) fn arm(&mut self, slot: Slot) {
        let Some(served) = self.at(slot) else { return };
        let deadline = served.connection.deadline();
        if deadline == served.armed {
            return;
        }
        if let Some(at) = std::mem::replace(&mut served.armed, deadline) {
            self.deadlines.remove(&(at, slot));
        }
        if let Some(at) = deadline {
            self.deadlines.insert((at, slot));
        }
    }

    /// The next deadline of anybody.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(at, _)| at)
    }

    /// Those whose deadline has come, each once: what is due again at once comes up the next time.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Slot> {
        let mut due = Vec::new();
        while let Some(&(at, slot)) = self.deadlines.first()
            && at <= now
        {
            self.deadlines.pop_first();
            if let Some(served) = self.at(slot) {
                served.armed = None;
            }
            due.push(slot);
        }
        due
    }
}
