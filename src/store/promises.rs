//! Promises that wait for something to be on the disk.

use std::collections::VecDeque;
use std::time::Duration;

use crate::limits;
use crate::model::{ClientId, Held, Promise, PromiseKind};

/// Promises, each with the number of the write that it waits for. The numbers never go back.
#[derive(Debug, Default)]
pub(super) struct Promises(VecDeque<(u64, Promise)>);

impl Promises {
    /// Holds a promise until this write is on the disk, which is `is_failing` or not.
    pub(super) fn hold(&mut self, write: u64, promise: Promise, is_failing: bool) -> Held {
        let is_full = self.0.len() >= limits::PROMISES_HELD_MAX;
        let is_late = is_failing || is_full;
        if !is_full {
            self.0.push_back((write, Promise { is_late, ..promise }));
        }
        if is_late { Held::Late } else { Held::Waits }
    }

    /// The promises that hold once this write is on the disk.
    pub(super) fn kept(&mut self, write: u64) -> Vec<Promise> {
        let count = self.0.partition_point(|(waits_for, _)| *waits_for <= write);
        self.0.drain(..count).map(|(_, promise)| promise).collect()
    }

    /// Marks the promises made by this time as late. Returns the clients that have not been told,
    /// of what, and whether the input of each waits.
    pub(super) fn late(&mut self, made_by: Duration) -> Vec<(ClientId, PromiseKind, bool)> {
        let promises = self.0.iter_mut().map(|(_, promise)| promise);
        let late = promises.filter(|promise| !promise.is_late && promise.since <= made_by);
        late.map(|promise| {
            promise.is_late = true;
            (promise.to, promise.kind, promise.is_awaited)
        })
        .collect()
    }

    /// When the next promise is late.
    pub(super) fn late_at(&self) -> Option<Duration> {
        let (_, promise) = self.0.iter().find(|(_, promise)| !promise.is_late)?;
        Some(promise.since + limits::PROMISE_TIME)
    }
}
