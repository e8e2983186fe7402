//! The history: what was said is written down by one thread, the historian, and read by another.
//!
//! Owned here: the way to both, how much may wait there, and when it is written. Not known here:
//! who is connected, who may read what, and the tables.
//!
//! Whoever has something to write never waits: it is queued, up to a limit in bytes. The historian
//! commits what has gathered in 20 ms at once, and with it whatever else is queued by then; 500
//! lines are not waited with, unless the commit before was less than 20 ms ago. (In a flood,
//! commits of 500 lines each took twice the processor time for each line, most of it for waiting
//! for the disk.) Where the disk does not take it, it tries again and again; the queue fills, and
//! what does not fit is lost. The numbers of lines have no gaps, so the archive sees what is
//! missing and marks it.
//!
//! A question goes the same way, after all that was written before it: whoever asks finds what has
//! been said by then. It is answered by a reader, so that no search holds up the writing: there is
//! one for pages and one for searches, which may take a while. Each gives everybody who asks a turn
//! (`turns`). While the disk fails they find what is there; behind a write that takes long a
//! question waits.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded, unbounded};

use crate::base::clock::Clock;
use crate::limits;
use crate::model::history::{Answer, Question};
use crate::model::job::Busy;
use crate::model::records::{Entry, KeptLine};
use crate::store::archive::Archive;
use crate::store::read::Reader;
use crate::store::threads::history_reader::HistoryReader;
use crate::store::threads::history_writer::{Historian, Ways};

/// How long what was said is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// Lines of each room; `None` for all.
    pub lines_per_room: Option<u64>,
    /// The age of a line; `None` for any.
    pub age: Option<Duration>,
    /// All that the archive holds, in bytes; `None` for what the disk takes.
    pub bytes_max: Option<u64>,
}

impl Keeping {
    /// The same for what is kept in memory.
    pub fn in_memory(self) -> Self {
        let most = limits::MEMORY_LINES_PER_ROOM_MAX;
        let lines_per_room = Some(self.lines_per_room.map_or(most, |lines| lines.min(most)));
        Self { lines_per_room, bytes_max: Some(limits::MEMORY_ARCHIVE_BYTES_MAX), ..self }
    }

    /// How often what is too old or too much is looked for.
    pub(super) fn prune_interval(&self) -> Duration {
        match self.bytes_max {
            Some(_) => limits::MEMORY_PRUNE_INTERVAL,
            None => limits::HISTORY_PRUNE_INTERVAL,
        }
    }
}

/// Something for the historian.
#[derive(Debug)]
pub(super) enum Task {
    Write(Entry),
    Ask(Question),
}

/// The way to the historian. It ends when this is dropped.
pub struct Recorder {
    tasks: Sender<Task>,
    /// Wakes the historian that waits for more lines to be written at once.
    hurry: Sender<()>,
    backlog: Arc<Backlog>,
    clock: Arc<dyn Clock>,
    /// When it was last told that there is no room for more lines.
    loss_told_at: Option<Instant>,
    /// Whether it has been told that the disk takes very long.
    is_stalled: bool,
}

/// What waits for the historian, counted by both sides.
#[derive(Debug)]
pub(super) struct Backlog {
    /// In bytes, with what is being written.
    pub(super) bytes: AtomicUsize,
    /// Lines, without those that the historian has taken.
    pub(super) lines: AtomicUsize,
    /// Lines that were lost since the historian last looked.
    pub(super) lines_lost: AtomicU64,
    /// Since when the disk is being waited for, in milliseconds since the epoch below; 0 while it
    /// is not.
    pub(super) writing_since: AtomicU64,
    epoch: Instant,
}

/// All that keeps a history: the way in, and what is to be run on a thread each.
pub fn open(
    archive: &Archive,
    reader: Reader,
    keeping: Keeping,
    answers: Sender<Answer>,
    clock: Arc<dyn Clock>,
) -> (Recorder, Historian, [HistoryReader; 2]) {
    // None has a capacity, which would be allocated up front. The backlog bounds the first; in the
    // others is at most one question of each client.
    let (tasks_sender, tasks) = unbounded();
    let (pages_sender, pages) = unbounded();
    let (searches_sender, searches) = unbounded();
    let (hurry_sender, hurry) = bounded(1);
    let backlog = Arc::new(Backlog::new(clock.now()));
    let recorder = Recorder {
        tasks: tasks_sender,
        hurry: hurry_sender,
        backlog: backlog.clone(),
        clock: clock.clone(),
        loss_told_at: None,
        is_stalled: false,
    };
    let ways = Ways { tasks, hurry, pages: pages_sender, searches: searches_sender };
    let readers = [pages, searches].map(|questions| {
        HistoryReader::new(questions, reader.clone(), answers.clone(), clock.clone())
    });
    let historian = Historian::new(ways, archive.clone(), backlog, keeping, answers, clock);
    (recorder, historian, readers)
}

impl Recorder {
    /// Has something written after all that came before. Never waits.
    ///
    /// # Errors
    /// When too much waits already. Lines are lost then; whatever else it was can be tried again.
    pub fn write(&mut self, entry: Entry) -> Result<(), Busy> {
        let lines = match &entry {
            Entry::Lines { lines, .. } => lines.len(),
            _ => 0,
        };
        let charge_bytes = charge_bytes(&entry);
        // Only this side adds, so nothing comes in between.
        if self.backlog.bytes.load(Ordering::Acquire) + charge_bytes
            > limits::HISTORY_BACKLOG_BYTES_MAX
        {
            if lines > 0 {
                self.tell_of_loss();
            }
            self.backlog.lines_lost.fetch_add(lines as u64, Ordering::Relaxed);
            return Err(Busy);
        }
        self.tell_of_stall();
        let before = self.backlog.lines.fetch_add(lines, Ordering::AcqRel);
        self.send(Task::Write(entry), charge_bytes)?;
        // Once: those that follow it go along anyway.
        let is_enough = |lines| lines >= limits::HISTORY_COMMIT_LINES;
        if is_enough(before + lines) && !is_enough(before) {
            self.hurry();
        }
        Ok(())
    }

    /// Asks something. Never waits. There is at most one question of each client at a time.
    ///
    /// # Errors
    /// When the historian has ended, as it does only by failing.
    pub fn ask(&mut self, question: Question) -> Result<(), Busy> {
        self.send(Task::Ask(question), 0)?;
        self.hurry();
        Ok(())
    }

    fn hurry(&self) {
        // Full: it has been called already.
        let _ = self.hurry.try_send(());
    }

    fn send(&self, task: Task, charge_bytes: usize) -> Result<(), Busy> {
        self.backlog.bytes.fetch_add(charge_bytes, Ordering::AcqRel);
        self.tasks.send(task).map_err(|_| Busy)
    }

    fn tell_of_loss(&mut self) {
        let now = self.clock.now();
        if self.loss_told_at.is_none_or(|at| now - at >= limits::REFUSAL_LOG_INTERVAL) {
            tracing::error!("the disk does not keep up with what is said; not all of it is kept");
            self.loss_told_at = Some(now);
        }
    }

    /// Who waits for a disk that does not answer cannot say so.
    fn tell_of_stall(&mut self) {
        let now = self.backlog.milliseconds(self.clock.now());
        let since = self.backlog.writing_since.load(Ordering::Acquire);
        let is_stalled = since > 0
            && Duration::from_millis(now.saturating_sub(since)) > limits::HISTORY_STALL_TOLD_AFTER;
        if is_stalled && !self.is_stalled {
            tracing::error!(
                "the disk does not answer; what is said waits for it, and talking goes on"
            );
        }
        self.is_stalled = is_stalled;
    }
}

impl Backlog {
    fn new(epoch: Instant) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            lines: AtomicUsize::new(0),
            lines_lost: AtomicU64::new(0),
            writing_since: AtomicU64::new(0),
            epoch,
        }
    }

    /// Never 0.
    pub(super) fn milliseconds(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.epoch);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

/// Memory of what waits, in bytes; a little more than less.
pub(super) fn charge_bytes(entry: &Entry) -> usize {
    /// The entry itself, its place in the channel, and what the allocator adds.
    const ENTRY_BYTES: usize = 192;
    let of_line =
        |line: &KeptLine| size_of::<KeptLine>() + line.text.as_str().len() + line.name.len();
    match entry {
        Entry::Lines { lines, .. } => ENTRY_BYTES + lines.iter().map(of_line).sum::<usize>(),
        _ => ENTRY_BYTES,
    }
}
