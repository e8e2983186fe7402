//! The overwriting of what was deleted, between the writes of the history writer.

use std::time::{Instant, SystemTime};

use crate::limits;
use crate::model::HistoryEntry;
use crate::store::archive::Archive;
use crate::store::tables::remains::Purge;

/// The progress.
#[derive(Default)]
pub(super) struct Purging {
    purge: Purge,
    /// When to take the next step, if not at once.
    pub(super) due: Option<Instant>,
    /// The number of deletions that have been written.
    deletions: u64,
    /// The number of those that had been written when the purge began.
    begun_with: u64,
    /// The numbers of erasures that may not be done.
    erasures: Vec<i64>,
}

impl Purging {
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

    /// Whether there is something to do now.
    pub(super) fn is_due(&self) -> bool {
        self.purge != Purge::IsDone && self.due.is_none_or(|due| due <= Instant::now())
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
        }
        let next = match archive.purge(self.purge, lines_max, now) {
            Ok(Purge::IsDone) => archive.has_erased(&self.erasures).map(|has_erased| {
                // The accounts worker has not begun the erasure.
                if has_erased { Purge::IsDone } else { Purge::Begins }
            }),
            next => next,
        };
        let (next, pause) = match next {
            Ok(next) => {
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
        (self.begun_with > 0).then_some(self.begun_with)
    }
}
