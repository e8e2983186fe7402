//! The clients of one thread, and what each of them waits for: a turn, a write, or a deadline.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use slab::Slab;

use crate::net::admission::Permit;
use crate::net::connection::Connection;
use crate::net::gate::{Load, WorkerSlot};
use crate::net::uplink::Presence;

/// A client. The order of the fields is the order of dropping: the departure is reported, and the
/// socket closed, before the place is free.
pub(super) struct ConnectionEntry {
    /// `None` before it has connected to the chat and after it has left.
    pub(super) presence: Option<Presence>,
    pub(super) connection: Connection,
    pub(super) is_connected: bool,
    is_ready: bool,
    has_output: bool,
    armed: Option<Instant>,
    /// Its part of the total.
    queued_bytes: u64,
    _load: Load,
    _permit: Permit,
}

/// All clients of the thread.
#[derive(Default)]
pub(super) struct Connections {
    served: Slab<ConnectionEntry>,
    /// Clients that may have more to read, in the order of their turns.
    ready: VecDeque<WorkerSlot>,
    /// Clients with something to write.
    with_output: Vec<WorkerSlot>,
    /// One entry for each client that has a deadline.
    deadlines: BTreeSet<(Instant, WorkerSlot)>,
    /// The bytes that wait in all of their SendQs.
    queued_bytes: u64,
}

impl Connections {
    /// Adds a client that has not connected to the chat yet.
    pub(super) fn add(&mut self, connection: Connection, load: Load, permit: Permit) -> WorkerSlot {
        let client = connection.client();
        let index = self.served.insert(ConnectionEntry {
            presence: None,
            connection,
            is_connected: false,
            is_ready: false,
            has_output: false,
            armed: None,
            queued_bytes: 0,
            _load: load,
            _permit: permit,
        });
        WorkerSlot { index: index as u32, client }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.served.is_empty()
    }

    /// The client at a slot, if it is still the same one.
    pub(super) fn at(&mut self, slot: WorkerSlot) -> Option<&mut ConnectionEntry> {
        let served = self.served.get_mut(slot.index as usize)?;
        (served.connection.client() == slot.client).then_some(served)
    }

    /// The slot with this index, if it is in use.
    pub(super) fn slot(&self, index: usize) -> Option<WorkerSlot> {
        let client = self.served.get(index)?.connection.client();
        Some(WorkerSlot { index: index as u32, client })
    }

    pub(super) fn slots(&self) -> Vec<WorkerSlot> {
        self.served.iter().filter_map(|(index, _)| self.slot(index)).collect()
    }

    /// Removes a client, with everything that it waited for.
    pub(super) fn remove(&mut self, slot: WorkerSlot) -> Option<ConnectionEntry> {
        let armed = self.at(slot)?.armed;
        if let Some(at) = armed {
            self.deadlines.remove(&(at, slot));
        }
        // Entries left in the other two queues no longer match a client.
        let served = self.served.remove(slot.index as usize);
        self.queued_bytes -= served.queued_bytes;
        Some(served)
    }

    /// Queues the client for a turn.
    pub(super) fn give_turn(&mut self, slot: WorkerSlot) {
        if let Some(served) = self.at(slot)
            && !std::mem::replace(&mut served.is_ready, true)
        {
            self.ready.push_back(slot);
        }
    }

    /// How many clients wait for a turn.
    pub(super) fn turns_waiting(&self) -> usize {
        self.ready.len()
    }

    /// The next client to get a turn.
    pub(super) fn next_turn(&mut self) -> Option<WorkerSlot> {
        let slot = self.ready.pop_front()?;
        if let Some(served) = self.at(slot) {
            served.is_ready = false;
        }
        Some(slot)
    }

    /// Queues a client to be written to if it has something to write. Otherwise its output waits:
    /// the socket has refused it, or it is held for a moment to go out with more.
    pub(super) fn mark_output(&mut self, slot: WorkerSlot) {
        // Not with `at`, because both totals change together.
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

    /// The bytes that wait, as charged to the SendQs.
    pub(super) fn queued_bytes(&self) -> u64 {
        self.queued_bytes
    }

    /// Whether any client has something to write.
    pub(super) fn has_output(&self) -> bool {
        !self.with_output.is_empty()
    }

    /// Takes the clients that have something to write. Those added meanwhile wait for the next
    /// call.
    pub(super) fn take_output(&mut self) -> Vec<WorkerSlot> {
        for index in 0..self.with_output.len() {
            let slot = self.with_output[index];
            if let Some(served) = self.at(slot) {
                served.has_output = false;
            }
        }
        std::mem::take(&mut self.with_output)
    }

    /// Returns the memory of [`Connections::take_output`] for the next call.
    pub(super) fn return_output(&mut self, mut done: Vec<WorkerSlot>) {
        done.clear();
        done.append(&mut self.with_output);
        self.with_output = done;
    }

    /// Records the client's deadline as its connection has it now.
    pub(super) fn arm(&mut self, slot: WorkerSlot) {
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

    /// The next deadline of any client.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(at, _)| at)
    }

    /// Takes the clients whose deadline has passed, each once. One that is due again at once comes
    /// up in the next call.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<WorkerSlot> {
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
