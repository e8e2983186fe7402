//! The history writer: the thread that writes the history.
//!
//! It decides when to write and what to do if a write fails. It does not know what the entries mean
//! or how they are stored.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Select, Sender, TryRecvError};

use crate::base::clock::{Clock, Moment};
use crate::limits;
use crate::model::{HistoryAnswer, HistoryEntry, HistoryQuery, HistoryRequest, LOBBY, RoomId};
use crate::store::archive::Archive;
use crate::store::error::ArchiveError;
use crate::store::tables::retention::Retention;
use crate::store::threads::purging::Purging;
use crate::store::threads::recorder::{Backlog, HistoryTask, RetentionPolicy, charge_bytes};

/// The history writer, to be run on its own thread.
pub struct HistoryWriter {
    ways: HistoryChannels,
    /// Tasks that arrived while the disk rejected earlier ones, in order.
    postponed: VecDeque<HistoryTask>,
    archive: Archive,
    backlog: Arc<Backlog>,
    retention: RetentionPolicy,
    /// For reports about the disk, if the channel has space: the log has them as well.
    answers: Sender<HistoryAnswer>,
    clock: Arc<dyn Clock>,
    /// Set while the disk rejects writes.
    trouble: Option<HistoryRetry>,
    /// The file is damaged, or the last attempt has failed: nothing more is written to it.
    has_given_up: bool,
    /// When to give up a failing disk during shutdown.
    last_try: Option<Instant>,
    is_index_behind: bool,
    pruning: Pruning,
    purging: Purging,
    /// The base from which line ages are limited: see [`HistoryWriter::retention`].
    age_counts_from: Moment,
    is_clock_ahead: bool,
    /// Number of lines in the next piece of background work.
    chore_lines: usize,
    last_commit: Instant,
    loss_told_at: Option<Instant>,
}

/// The history writer's channels: tasks in, questions out to the readers.
pub(super) struct HistoryChannels {
    pub(super) tasks: Receiver<HistoryTask>,
    /// Signals that the queue has a task that should not wait for more.
    pub(super) hurry: Receiver<()>,
    pub(super) pages: Sender<HistoryQuery>,
    pub(super) searches: Sender<HistoryQuery>,
}

/// The entries of one transaction, with the questions behind them.
#[derive(Default)]
struct WriteBatch {
    entries: Vec<HistoryEntry>,
    questions: Vec<HistoryQuery>,
    lines: usize,
    charge_bytes: usize,
}

struct HistoryRetry {
    since: Instant,
    told: String,
    pause: Duration,
}

/// The progress of pruning.
enum Pruning {
    From(RoomId),
    Due(Instant),
}

impl WriteBatch {
    fn add(&mut self, task: HistoryTask) {
        match task {
            HistoryTask::Write(entry) => {
                self.charge_bytes += charge_bytes(&entry);
                if let HistoryEntry::Lines { lines, .. } = &entry {
                    self.lines += lines.len();
                }
                self.entries.push(entry);
            }
            HistoryTask::Ask(question) => self.questions.push(question),
        }
    }

    /// A batch of one entry of the server's own, which did not wait in the queue.
    fn of(entry: HistoryEntry) -> Self {
        Self { entries: vec![entry], ..Self::default() }
    }

    /// Whether to write the batch without waiting for more.
    fn is_full(&self) -> bool {
        self.charge_bytes >= limits::HISTORY_COMMIT_BYTES_MAX || !self.questions.is_empty()
    }
}

impl HistoryWriter {
    pub(super) fn new(
        ways: HistoryChannels,
        archive: Archive,
        backlog: Arc<Backlog>,
        retention: RetentionPolicy,
        answers: Sender<HistoryAnswer>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let age_counts_from = clock.moment();
        let purging = Purging::of(&archive);
        Self {
            ways,
            postponed: VecDeque::new(),
            archive,
            backlog,
            retention,
            answers,
            clock,
            trouble: None,
            has_given_up: false,
            last_try: None,
            is_index_behind: true,
            pruning: Pruning::From(LOBBY),
            purging,
            age_counts_from,
            is_clock_ahead: false,
            chore_lines: limits::HISTORY_CHORE_LINES_MIN,
            last_commit: Instant::now(),
            loss_told_at: None,
        }
    }

    /// Writes until the [`HistoryHandle`](super::recorder::HistoryHandle) has been dropped and the
    /// queue is empty. Returns whether everything is on the disk.
    pub fn run(mut self) -> bool {
        if let Ok(Some(newest)) = self.archive.newest_line() {
            self.age_counts_from.wall = newest;
        }
        let mut is_whole = self.keep(WriteBatch::of(HistoryEntry::Started));
        while let Some(batch) = self.next_batch() {
            is_whole &= self.keep(batch);
            // In a flood there is always another batch.
            self.has_purged_step();
        }
        is_whole &= self.keep(WriteBatch::of(HistoryEntry::Stopped));
        let ended_at = Instant::now();
        while ended_at.elapsed() < limits::PURGE_AT_END_MAX && self.has_purged_step() {}
        let lines_lost = self.backlog.lines_lost.swap(0, Ordering::Relaxed);
        if lines_lost > 0 {
            tracing::error!(lines_lost, "some of the latest messages were not saved");
        }
        is_whole && lines_lost == 0
    }

    /// The next batch to write, or `None` if there will be no more.
    fn next_batch(&mut self) -> Option<WriteBatch> {
        let mut batch = WriteBatch::default();
        batch.add(self.first_task()?);
        let mut due = Instant::now() + limits::HISTORY_COMMIT_INTERVAL;
        self.take_waiting(&mut batch);
        while !batch.is_full() && Instant::now() < due {
            if batch.lines >= limits::HISTORY_COMMIT_LINES {
                due = due.min(self.last_commit + limits::HISTORY_COMMIT_INTERVAL);
            }
            // Ordinary entries do not wake the history writer; only urgent ones do.
            if wait_for(&self.ways.hurry, Some(due)) == Err(RecvTimeoutError::Disconnected) {
                due = Instant::now();
            }
            self.take_waiting(&mut batch);
        }
        self.last_commit = Instant::now();
        self.backlog.lines.fetch_sub(batch.lines, Ordering::AcqRel);
        Some(batch)
    }

    /// Takes the tasks that are queued already.
    fn take_waiting(&mut self, batch: &mut WriteBatch) {
        while batch.charge_bytes < limits::HISTORY_COMMIT_BYTES_MAX
            && let Some(task) =
                self.postponed.pop_front().or_else(|| self.ways.tasks.try_recv().ok())
        {
            batch.add(task);
        }
    }

    /// The next task. Does background work in small pieces while there is none.
    fn first_task(&mut self) -> Option<HistoryTask> {
        if let Some(task) = self.postponed.pop_front() {
            return Some(task);
        }
        loop {
            match self.ways.tasks.try_recv() {
                Ok(task) => return Some(task),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            if self.has_done_chore() {
                continue;
            }
            let pruning = match self.pruning {
                Pruning::Due(due) if !self.has_given_up => Some(due),
                _ => None,
            };
            let purging = self.purging.due().filter(|_| !self.has_given_up);
            let until = pruning.into_iter().chain(purging).min();
            match wait_for(&self.ways.tasks, until) {
                Ok(task) => return Some(task),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Does a piece of background work, if there is any. After an error, waits until a write has
    /// succeeded. The time this piece took determines the size of the next one: disks and
    /// processors differ, and writers wait in the meantime.
    fn has_done_chore(&mut self) -> bool {
        let begun = Instant::now();
        let is_done = self.has_done_piece(self.chore_lines);
        if is_done {
            let is_quick = begun.elapsed() < limits::HISTORY_CHORE_TIME;
            let lines = if is_quick { self.chore_lines * 2 } else { self.chore_lines / 2 };
            self.chore_lines =
                lines.clamp(limits::HISTORY_CHORE_LINES_MIN, limits::HISTORY_CHORE_LINES_MAX);
        }
        is_done
    }

    fn has_done_piece(&mut self, lines_max: usize) -> bool {
        if self.has_purged_step() {
            return true;
        }
        if self.has_given_up || self.trouble.is_some() {
            return false;
        }
        if self.is_index_behind {
            match self.archive.index(lines_max) {
                Ok(is_behind) => self.is_index_behind = is_behind,
                Err(error) => {
                    self.is_index_behind = false;
                    tracing::warn!(%error, "cannot index words; searches still find them");
                }
            }
            return true;
        }
        let from = match self.pruning {
            Pruning::From(room) => room,
            Pruning::Due(due) if Instant::now() >= due => LOBBY,
            Pruning::Due(_) => return false,
        };
        let retention = self.retention();
        let next = self.archive.prune(retention, from, lines_max);
        let next = next.unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot remove old lines from the history");
            None
        });
        self.pruning = match next {
            Some(room) => Pruning::From(room),
            None => Pruning::Due(Instant::now() + self.retention.prune_interval()),
        };
        true
    }

    /// Takes the next step of overwriting what was deleted, if there is one now.
    fn has_purged_step(&mut self) -> bool {
        if self.has_given_up || self.trouble.is_some() || !self.purging.is_due() {
            return false;
        }
        let wall = self.clock.wall();
        let erased = self.purging.step(&self.archive, self.chore_lines, wall);
        if let Some(deletions) = erased {
            let _ = self.answers.send(HistoryAnswer::Purged { deletions });
        }
        true
    }

    /// Decides which lines to keep. A wrong clock must not delete lines for good, so time is
    /// counted from the newest line at startup (or from startup itself, if there is none), plus the
    /// time the server has run since, with some [slack](limits::HISTORY_CLOCK_AHEAD_MAX). After a
    /// long downtime, or if the machine was asleep, lines are kept for longer, but only until the
    /// next start after someone has said something.
    fn retention(&mut self) -> Retention {
        let Moment { instant, wall } = self.clock.moment();
        let since = instant.saturating_duration_since(self.age_counts_from.instant);
        let most = self.age_counts_from.wall + since + limits::HISTORY_CLOCK_AHEAD_MAX;
        if wall > most && self.retention.age.is_some() && !self.is_clock_ahead {
            tracing::warn!(
                "the clock is far ahead of the newest line; in case this is a mistake, lines are \
                 kept longer than configured"
            );
            self.is_clock_ahead = true;
        }
        let not_before = self.retention.age.and_then(|age| wall.min(most).checked_sub(age));
        Retention { lines_per_room: self.retention.lines_per_room, not_before }
    }

    /// Writes a batch, however long that takes, and passes its questions on. Returns whether it is
    /// on the disk.
    fn keep(&mut self, mut batch: WriteBatch) -> bool {
        let is_kept = loop {
            if self.has_given_up {
                break false;
            }
            let Err(error) = self.write(&batch) else {
                self.has_written();
                break true;
            };
            if error.is_for_good() {
                tracing::error!(%error, "the history is no longer saved; the chat goes on");
                let _ = self.answers.try_send(HistoryAnswer::Trouble);
                self.has_given_up = true;
                break false;
            }
            // Questions need not wait for a failing disk.
            self.pass_on(batch.questions.drain(..));
            let pause = self.has_failed(&error);
            if self.last_try.is_some_and(|last_try| Instant::now() >= last_try) {
                // This also gives up everything that follows: each batch would take as long to
                // fail.
                self.has_given_up = true;
                break false;
            }
            self.wait(pause);
            if error.is_about_the_file() {
                // If reopening fails as well, the next attempt reports why.
                let _ = self.archive.reopen();
            }
        };
        if !is_kept {
            self.backlog.lines_lost.fetch_add(batch.lines as u64, Ordering::Relaxed);
        }
        self.is_index_behind |= batch.lines > 0;
        self.purging.follow(&batch.entries);
        self.backlog.bytes.fetch_sub(batch.charge_bytes, Ordering::AcqRel);
        self.pass_on(batch.questions);
        is_kept
    }

    fn write(&self, batch: &WriteBatch) -> Result<(), ArchiveError> {
        if batch.entries.is_empty() {
            return Ok(());
        }
        let started = self.backlog.milliseconds(self.clock.now());
        self.backlog.writing_since.store(started, Ordering::Release);
        // A few lines are indexed in the same transaction, which saves one; many are indexed later.
        let is_small = batch.lines < limits::HISTORY_COMMIT_LINES && !self.purging.is_merging();
        let index_lines_max = if is_small { limits::HISTORY_INDEXED_AT_ONCE_LINES } else { 0 };
        let mut written = self.archive.write(&batch.entries, self.clock.wall(), index_lines_max);
        if let Some(bytes_max) = self.retention.bytes_max {
            written = written.and_then(|()| self.archive.shrink(bytes_max));
        }
        self.backlog.writing_since.store(0, Ordering::Release);
        written
    }

    /// Waits before the next attempt.
    fn wait(&mut self, pause: Duration) {
        let until = Instant::now() + pause;
        loop {
            match wait_for(&self.ways.tasks, Some(until)) {
                Ok(HistoryTask::Ask(question)) => self.pass_on([question]),
                Ok(task) => self.postponed.push_back(task),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => {
                    let now = Instant::now();
                    self.last_try.get_or_insert(now + limits::DISK_LAST_TRIES);
                    thread::sleep(until.saturating_duration_since(now));
                    return;
                }
            }
        }
    }

    fn pass_on(&self, questions: impl IntoIterator<Item = HistoryQuery>) {
        for question in questions {
            let way = match question.wanted {
                HistoryRequest::Page(_) | HistoryRequest::LinesOf { .. } => &self.ways.pages,
                HistoryRequest::Search { .. } => &self.ways.searches,
            };
            // A failed reader ends the server.
            let _ = way.send(question);
        }
    }

    /// Handles a failed write. Returns how long to leave the disk alone.
    fn has_failed(&mut self, error: &ArchiveError) -> Duration {
        let text = error.to_string();
        let trouble = self.trouble.get_or_insert_with(|| HistoryRetry {
            since: Instant::now(),
            told: String::new(),
            pause: limits::DISK_RETRY_MIN / 2,
        });
        if trouble.told.is_empty() {
            let _ = self.answers.try_send(HistoryAnswer::Trouble);
        }
        if trouble.told != text {
            tracing::error!(
                %error,
                "cannot write the history; messages wait in memory, and the chat goes on"
            );
            trouble.told = text;
        }
        trouble.pause = (trouble.pause * 2).min(limits::DISK_RETRY_MAX);
        trouble.pause
    }

    /// Handles a successful write. Reports the recovery after a failure and, in a flood, now and
    /// then how many lines were lost.
    fn has_written(&mut self) {
        let now = Instant::now();
        let is_due = self.loss_told_at.is_none_or(|at| now - at >= limits::REFUSAL_LOG_INTERVAL);
        let lines_lost = match (&self.trouble, is_due) {
            (None, false) => 0,
            _ => self.backlog.lines_lost.swap(0, Ordering::Relaxed),
        };
        if lines_lost == 0 && self.trouble.is_none() {
            return;
        }
        let seconds = self.trouble.take().map_or(0, |trouble| (now - trouble.since).as_secs());
        tracing::warn!(lines_lost, seconds, "the history is being written again");
        let _ = self.answers.try_send(HistoryAnswer::Recovered { lines_lost });
        self.loss_told_at = Some(now);
    }
}

/// Receives the next message from a channel. The channel's own `recv` yields the processor a few
/// times before it sleeps, and Linux 6.18 puts a yielding thread behind all others: on a busy
/// machine the history writer did not run for more than a second. `Select` sleeps at once.
fn wait_for<T>(receiver: &Receiver<T>, until: Option<Instant>) -> Result<T, RecvTimeoutError> {
    let mut select = Select::new();
    select.recv(receiver);
    let operation = match until {
        Some(until) => select.select_deadline(until).map_err(|_| RecvTimeoutError::Timeout)?,
        None => select.select(),
    };
    operation.recv(receiver).map_err(|_| RecvTimeoutError::Disconnected)
}
