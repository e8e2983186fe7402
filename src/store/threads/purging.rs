//! The overwriting of what was deleted, between the writes of the history writer.

use std::time::{Duration, Instant, SystemTime};

use crate::limits;
use crate::model::HistoryEntry;
use crate::store::archive::Archive;
use crate::store::tables::remains::Purge;

/// The progress.
#[derive(Default)]
pub(super) struct Purging {
    purge: Purge,
    /// When to take the next step, if not at once.
    due: Option<Instant>,
    begun_at: Option<Instant>,
    /// The number of deletions that have been written.
    deletions: u64,
    /// The number of those that had been written when the purge began.
    begun_with: u64,
    /// The erasures behind whose lines the history is written, so that none can follow.
    erasures: Vec<i64>,
}

impl Purging {
    /// Continues what an earlier run of the server has not finished.
    pub(super) fn of(archive: &Archive) -> Self {
        let unfinished = archive.unfinished_erasures();
        let erasures = unfinished.unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot continue to erase people's data before the next start");
            Vec::new()
        });
        Self { erasures, ..Self::default() }
    }

    /// Takes note of deletions among entries that have been written.
    pub(super) fn follow(&mut self, written: &[HistoryEntry]) {
        for entry in written.iter().filter(|entry| entry.is_deletion()) {
            self.deletions += 1;
            if let HistoryEntry::Erased { number } = entry {
                self.erasures.push(*number);
            }
            if self.purge == Purge::IsDone {
                self.purge = Purge::Begins;
            }
        }
    }

    /// Whether the segments of the index are being merged. New ones would have to be merged, too.
    pub(super) fn is_merging(&self) -> bool {
        self.purge == Purge::Merges
    }

    /// When to take the next step, if there is one.
    pub(super) fn due(&self) -> Option<Instant> {
        (self.purge != Purge::IsDone).then(|| self.due.unwrap_or_else(Instant::now))
    }

    /// Whether there is something to do now.
    pub(super) fn is_due(&self) -> bool {
        self.due().is_some_and(|due| due <= Instant::now())
    }

    /// Takes the next step. Returns the number of deletions of which nothing is left, if that has
    /// changed.
    pub(super) fn step(
        &mut self,
        archive: &Archive,
        lines_max: usize,
        now: SystemTime,
    ) -> Option<u64> {
        if self.purge == Purge::Begins {
            self.begun_with = self.deletions;
            self.begun_at = Some(Instant::now());
        }
        let is_last = self.begun_with == self.deletions;
        let next = archive.purge(self.purge, &self.erasures, is_last, lines_max, now);
        let (next, pause) = match next {
            Ok(next) => {
                // A reader needs the log, or the accounts worker has not begun an erasure.
                let waits = next == Purge::Truncates && self.purge == next || next == Purge::Begins;
                (next, waits.then_some(limits::PURGE_RETRY))
            }
            Err(error) => {
                tracing::warn!(%error, "cannot overwrite deleted messages yet; trying again");
                (self.purge, Some(limits::DISK_RETRY_MAX))
            }
        };
        self.purge = next;
        self.due = pause.map(|pause| Instant::now() + pause);
        if next != Purge::IsDone {
            return None;
        }
        self.erasures.clear();
        if self.begun_with != self.deletions {
            self.purge = Purge::Begins;
        }
        // Those who delete again and again share a purge.
        let took = self.begun_at.take().map_or(Duration::ZERO, |begun_at| begun_at.elapsed());
        self.due = Some(Instant::now() + took * limits::PURGE_REST);
        (self.begun_with > 0).then_some(self.begun_with)
    }
}
