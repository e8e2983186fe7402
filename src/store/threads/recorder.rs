//! The handle to the history writer, and its queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::base::clock::Clock;
use crate::limits;
use crate::model::{
    AccountId, Busy, ClientId, Held, HistoryEntry, HistoryQuery, Promise, PromiseKind, ReadMarker,
    RoomId, StoredLine,
};
use crate::store::promises::Promises;

/// The retention settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Maximum number of lines per room; `None` keeps all.
    pub lines_per_room: Option<u64>,
    /// Maximum age of a line; `None` keeps lines of any age.
    pub age: Option<Duration>,
    /// Maximum size of the whole archive in bytes; `None` for no limit but the disk.
    pub bytes_max: Option<u64>,
}

impl RetentionPolicy {
    /// The same settings with the limits for an archive in memory.
    pub fn in_memory(self) -> Self {
        let most = limits::MEMORY_LINES_PER_ROOM_MAX;
        let lines_per_room = Some(self.lines_per_room.map_or(most, |lines| lines.min(most)));
        Self { lines_per_room, bytes_max: Some(limits::MEMORY_ARCHIVE_BYTES_MAX), ..self }
    }

    /// How often to look for expired lines.
    pub(super) fn prune_interval(&self) -> Duration {
        match self.bytes_max {
            Some(_) => limits::MEMORY_PRUNE_INTERVAL,
            None => limits::HISTORY_PRUNE_INTERVAL,
        }
    }
}

/// A task for the history writer.
#[derive(Debug)]
pub(super) enum HistoryTask {
    Write(HistoryEntry),
    Ask(HistoryQuery),
}

/// The handle for sending tasks to the history writer, which ends when this is dropped.
pub struct HistoryHandle {
    pub(super) tasks: Sender<HistoryTask>,
    /// Wakes the history writer while it waits for more lines.
    pub(super) hurry: Sender<()>,
    pub(super) backlog: Arc<Backlog>,
    /// Read markers that found the queue full. Their number is limited by that of all markers.
    pub(super) postponed: BTreeMap<(RoomId, AccountId), ReadMarker>,
    pub(super) clock: Arc<dyn Clock>,
    /// When the log last reported that lines are lost.
    pub(super) loss_told_at: Option<Instant>,
    /// Whether the log has reported that the disk does not respond.
    pub(super) is_stalled: bool,
    /// The number of deletions so far.
    pub(super) deletions: u64,
    /// The number of those of which nothing is left on the disk.
    pub(super) erased: u64,
    /// Each waits for this number of deletions.
    pub(super) promises: Promises,
}

/// The size of the history writer's queue, counted by both sides.
#[derive(Debug)]
pub(super) struct Backlog {
    /// In bytes, including entries that are being written.
    pub(super) bytes: AtomicUsize,
    /// Lines, excluding those that the history writer has taken.
    pub(super) lines: AtomicUsize,
    /// Lines lost since the history writer last checked.
    pub(super) lines_lost: AtomicU64,
    /// When the current write began, in milliseconds since the epoch below; 0 if there is none.
    pub(super) writing_since: AtomicU64,
    pub(super) epoch: Instant,
}

impl HistoryHandle {
    /// Queues an entry. Never waits. If too much is waiting already, lines are lost, and so is the
    /// end of a room, which the next start of the server finds; read markers are queued later.
    /// Deletions are always queued: together they are no larger than the history.
    pub fn write(&mut self, entry: HistoryEntry) {
        self.deletions += u64::from(entry.is_deletion());
        if let HistoryEntry::Mark { account, room, .. } = entry {
            self.postponed.remove(&(room, account));
        }
        let mut is_queued = self.queue(entry);
        while is_queued && let Some(((room, account), mark)) = self.postponed.pop_first() {
            is_queued = self.queue(HistoryEntry::Mark { account, room, mark });
        }
    }

    /// Queues an entry if there is room for it.
    fn queue(&mut self, entry: HistoryEntry) -> bool {
        let lines = match &entry {
            HistoryEntry::Lines { lines, .. } => lines.len(),
            _ => 0,
        };
        let charge_bytes = charge_bytes(&entry);
        // Only this thread adds to it, so the check cannot race.
        let is_full = self.backlog.bytes.load(Ordering::Acquire) + charge_bytes
            > limits::HISTORY_BACKLOG_BYTES_MAX;
        if is_full && !entry.is_deletion() {
            if let HistoryEntry::Mark { account, room, mark } = entry {
                self.postponed.insert((room, account), mark);
            }
            if lines > 0 {
                self.tell_of_loss();
            }
            self.backlog.lines_lost.fetch_add(lines as u64, Ordering::Relaxed);
            return false;
        }
        self.tell_of_stall();
        let before = self.backlog.lines.fetch_add(lines, Ordering::AcqRel);
        // Fails only if the history writer has ended, which ends the server.
        let _ = self.send(HistoryTask::Write(entry), charge_bytes);
        // Once is enough: the lines that follow are committed along with these.
        let is_enough = |lines| lines >= limits::HISTORY_COMMIT_LINES;
        if is_enough(before + lines) && !is_enough(before) {
            self.hurry();
        }
        true
    }

    /// Asks a question. Never waits. Each client has at most one question at a time.
    ///
    /// # Errors
    /// If the history writer has ended, which happens only when it fails.
    pub fn ask(&mut self, question: HistoryQuery) -> Result<(), Busy> {
        self.send(HistoryTask::Ask(question), 0)?;
        self.hurry();
        Ok(())
    }

    /// Holds a promise until nothing is left on the disk of the lines deleted so far.
    pub fn hold(&mut self, promise: Promise) -> Held {
        if self.erased == self.deletions {
            return Held::Stored(promise);
        }
        self.hurry();
        self.promises.hold(self.deletions, promise, false)
    }

    /// Nothing is left on the disk of the lines that this many deletions removed. Returns the
    /// promises that hold now.
    pub fn has_erased(&mut self, deletions: u64) -> Vec<Promise> {
        self.erased = deletions;
        self.promises.kept(deletions)
    }

    /// Marks the promises made by this time as late. Returns the clients that have not been told,
    /// of what, and whether the input of each waits.
    pub fn late(&mut self, made_by: Duration) -> Vec<(ClientId, PromiseKind, bool)> {
        self.promises.late(made_by)
    }

    /// When the next promise is late.
    pub fn late_at(&self) -> Option<Duration> {
        self.promises.late_at()
    }

    fn hurry(&self) {
        // If the channel is full, the history writer has been woken already.
        let _ = self.hurry.try_send(());
    }

    fn send(&self, task: HistoryTask, charge_bytes: usize) -> Result<(), Busy> {
        self.backlog.bytes.fetch_add(charge_bytes, Ordering::AcqRel);
        self.tasks.send(task).map_err(|_| Busy)
    }

    fn tell_of_loss(&mut self) {
        let now = self.clock.now();
        if self.loss_told_at.is_none_or(|at| now - at >= limits::REFUSAL_LOG_INTERVAL) {
            tracing::error!("the disk cannot keep up with the chat; some messages are not saved");
            self.loss_told_at = Some(now);
        }
    }

    /// The history writer cannot log this itself, because it is waiting for the disk.
    fn tell_of_stall(&mut self) {
        let now = self.backlog.milliseconds(self.clock.now());
        let since = self.backlog.writing_since.load(Ordering::Acquire);
        let is_stalled = since > 0
            && Duration::from_millis(now.saturating_sub(since)) > limits::HISTORY_STALL_TOLD_AFTER;
        if is_stalled && !self.is_stalled {
            tracing::error!(
                "the disk does not respond; messages wait in memory, and the chat goes on"
            );
        }
        self.is_stalled = is_stalled;
    }
}

impl Backlog {
    pub(super) fn new(epoch: Instant) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            lines: AtomicUsize::new(0),
            lines_lost: AtomicU64::new(0),
            writing_since: AtomicU64::new(0),
            epoch,
        }
    }

    /// Never returns 0.
    pub(super) fn milliseconds(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.epoch);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

/// The memory that an entry takes while it waits, in bytes, rounded up.
pub(super) fn charge_bytes(entry: &HistoryEntry) -> usize {
    /// The entry itself, its slot in the channel, and the allocator's overhead.
    const ENTRY_BYTES: usize = 192;
    let of_line =
        |line: &StoredLine| size_of::<StoredLine>() + line.text.as_str().len() + line.name.len();
    match entry {
        HistoryEntry::Lines { lines, .. } => ENTRY_BYTES + lines.iter().map(of_line).sum::<usize>(),
        HistoryEntry::Deleted { seqs, .. } => ENTRY_BYTES + size_of_val(&**seqs),
        _ => ENTRY_BYTES,
    }
}
