//! The accounts worker: the thread that does the slow password work, and stores what the chat has
//! decided about accounts, rooms and moderation.
//!
//! Jobs arrive through a bounded channel and are done one at a time, in order of arrival. Their
//! outcomes go out through a second channel. The accounts worker does not know who is connected,
//! who owns which name, or the time.
//!
//! Updates are collected on the sending side ([`AccountsHandle`]), with only the latest change to
//! each thing. A collected set is written in one transaction, and the next set is handed over only
//! once it is on the disk. So frequent changes cannot fill the channel, and a login waits for one
//! such transaction at most. Sets are handed over between commands, never within one, so a crash
//! leaves no command half stored. Updates that the disk rejects are retried until it accepts them,
//! while jobs go on.
//!
//! Every job has exactly one outcome, and outcomes come in the order of their jobs. Passwords,
//! hashes and messages are never logged.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::base::memory;
use crate::limits;
use crate::model::password::{HashError, Hasher};
use crate::model::{
    AccountId, AccountWork, Busy, ClientId, Cost, Held, Job, JobOutcome, Kept, LastIds, Password,
    PasswordHash, Promise, PromiseKind, Update, Verdict, Work, WorkResult,
};
use crate::store::archive::Archive;
use crate::store::error::ArchiveError;
use crate::store::promises::Promises;
use crate::store::updates::Updates;

/// A request to the accounts worker.
#[derive(Debug)]
enum AccountsTask {
    Do(Job),
    Keep(Box<Updates>),
}

/// The handle for sending work to the accounts worker, which ends when this is dropped.
#[derive(Debug)]
pub struct AccountsHandle {
    tasks: Sender<AccountsTask>,
    /// Updates to hand over once the accounts worker has written the previous ones.
    updates: Updates,
    /// The accounts that are registered with the set that was handed over last.
    registering: Vec<AccountId>,
    /// Number of sets that were handed over.
    handed_over: u64,
    /// Number of sets that have been written.
    kept: u64,
    /// The disk has refused the current set.
    is_failing: bool,
    /// Each waits for this number of sets.
    promises: Promises,
}

/// Capacity of the channel: the jobs, the updates being written, and the last ones.
const TASKS_MAX: usize = limits::REGISTRAR_JOBS_MAX + 2;

impl AccountsHandle {
    /// Submits a job, to be done after all earlier ones. Never waits.
    ///
    /// # Errors
    /// If [`limits::REGISTRAR_JOBS_MAX`] tasks are waiting already.
    pub fn submit(&self, job: Job) -> Result<(), Busy> {
        if self.tasks.len() >= limits::REGISTRAR_JOBS_MAX {
            return Err(Busy);
        }
        self.tasks.try_send(AccountsTask::Do(job)).map_err(|_| Busy)
    }

    /// Collects an update, replacing an earlier one for the same thing.
    pub fn keep(&mut self, update: Update) {
        self.updates.add(update);
    }

    /// Has the collected updates stored, together, unless an earlier set is still being written:
    /// [`AccountsHandle::has_kept`] continues with them. To be called between commands, because one
    /// command may have several updates. Never waits.
    pub fn hand_over(&mut self) {
        if self.handed_over == self.kept && !self.updates.is_empty() {
            self.send();
        }
    }

    /// Holds a promise until all updates so far are on the disk.
    pub fn hold(&mut self, promise: Promise) -> Held {
        let sets = self.handed_over + u64::from(!self.updates.is_empty());
        if sets == self.kept {
            return Held::Stored(promise);
        }
        self.promises.hold(sets, promise, self.is_failing)
    }

    /// The accounts worker has written a set of updates ([`JobOutcome::Kept`]), so this hands over
    /// the next one.
    pub fn has_kept(&mut self) -> Kept {
        self.kept += 1;
        self.is_failing = false;
        let registered = std::mem::take(&mut self.registering);
        let is_all = self.updates.is_empty();
        self.hand_over();
        let promises = self.promises.kept(self.kept);
        Kept { promises, registered, is_all: is_all && self.handed_over == self.kept }
    }

    /// The disk refuses the current set ([`JobOutcome::NotKept`]).
    pub fn has_not_kept(&mut self) {
        self.is_failing = true;
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

    /// The channel always has a place for this. If the accounts worker is gone, it has failed,
    /// which ends the server.
    fn send(&mut self) {
        let updates = Box::new(self.updates.take());
        self.registering = updates.registered();
        let _ = self.tasks.try_send(AccountsTask::Keep(updates));
        self.handed_over += 1;
    }
}

impl Drop for AccountsHandle {
    fn drop(&mut self) {
        if !self.updates.is_empty() {
            self.send();
        }
    }
}

/// The accounts worker, to be run on its own thread.
#[derive(Debug)]
pub struct AccountsWorker {
    tasks: Receiver<AccountsTask>,
    outcomes: Sender<JobOutcome>,
    archive: Archive,
    hasher: Hasher,
    /// Updates that are not on the disk yet, in order: at most two, during shutdown.
    unsaved: VecDeque<Box<Updates>>,
    /// Set while the disk rejects writes.
    trouble: Option<AccountsRetry>,
    /// Whether every update so far was stored, apart from those in `unsaved`.
    is_whole: bool,
}

#[derive(Debug)]
struct AccountsRetry {
    told: String,
    pause: Duration,
    next_try: Instant,
}

impl AccountsWorker {
    /// An accounts worker for this archive, which may have things with ids up to `last_ids`. It
    /// hashes new passwords at this cost.
    pub fn new(
        archive: Archive,
        last_ids: LastIds,
        cost: Cost,
        outcomes: Sender<JobOutcome>,
    ) -> (AccountsWorker, AccountsHandle) {
        let (sender, tasks) = bounded(TASKS_MAX);
        let updates = Updates::after(last_ids);
        let handle = AccountsHandle {
            tasks: sender,
            updates,
            registering: Vec::new(),
            handed_over: 0,
            kept: 0,
            is_failing: false,
            promises: Promises::default(),
        };
        let (hasher, unsaved, trouble) = (Hasher::new(cost), VecDeque::new(), None);
        (Self { tasks, outcomes, archive, hasher, unsaved, trouble, is_whole: true }, handle)
    }

    /// Works until [`AccountsHandle`] has been dropped and the queue is empty, then drops the
    /// sender of outcomes and closes the archive. Returns whether all updates are on the disk.
    ///
    /// This waits for space in the outcome channel, so the receiver must never wait for space here,
    /// and must keep receiving until the end. If the receiver is gone, updates are still stored.
    pub fn run(mut self) -> bool {
        let mut is_heard = true;
        while let Some(task) = self.next_task() {
            match task {
                // The server is shutting down: hashing would delay that and be of no use to anyone.
                AccountsTask::Do(_) if !is_heard => {}
                AccountsTask::Do(job) => {
                    let outcome = self.outcome_of(job);
                    is_heard = self.outcomes.send(outcome).is_ok();
                }
                AccountsTask::Keep(updates) => {
                    self.unsaved.push_back(updates);
                    self.save();
                }
            }
        }
        self.save_at_last();
        self.is_whole && self.unsaved.is_empty()
    }

    /// The next task. Retries unsaved updates when the retry is due, whether or not tasks are
    /// waiting.
    fn next_task(&mut self) -> Option<AccountsTask> {
        loop {
            let Some(trouble) = &self.trouble else { return self.tasks.recv().ok() };
            let next_try = trouble.next_try;
            if Instant::now() < next_try {
                match self.tasks.recv_deadline(next_try) {
                    Ok(task) => return Some(task),
                    Err(RecvTimeoutError::Disconnected) => return None,
                    Err(RecvTimeoutError::Timeout) => {}
                }
            }
            self.save();
        }
    }

    /// Writes the unsaved updates until the disk rejects one.
    fn save(&mut self) {
        while let Some(updates) = self.unsaved.front() {
            match self.archive.keep(updates) {
                Ok(refused) => {
                    self.is_whole &= refused == 0;
                    self.unsaved.pop_front();
                    if self.trouble.take().is_some() {
                        tracing::warn!("changes are being saved again");
                    }
                    let _ = self.outcomes.send(JobOutcome::Kept);
                }
                Err(error) => {
                    self.has_failed(&error);
                    return;
                }
            }
        }
    }

    /// Handles a failed write.
    fn has_failed(&mut self, error: &ArchiveError) {
        let problem = error.to_string();
        let is_new = self.trouble.is_none();
        let trouble = self.trouble.get_or_insert_with(|| AccountsRetry {
            told: String::new(),
            pause: limits::DISK_RETRY_MIN / 2,
            next_try: Instant::now(),
        });
        if trouble.told != problem {
            tracing::error!(%problem, "cannot save changes; retrying");
            trouble.told.clone_from(&problem);
        }
        trouble.pause = (trouble.pause * 2).min(limits::DISK_RETRY_MAX);
        trouble.next_try = Instant::now() + trouble.pause;
        if error.is_about_the_file() {
            // If reopening fails as well, the next attempt reports why.
            let _ = self.archive.reopen();
        }
        if is_new {
            let _ = self.outcomes.send(JobOutcome::NotKept { problem });
        }
    }

    /// Final attempts to save during shutdown, for a limited time.
    fn save_at_last(&mut self) {
        let last_try = Instant::now() + limits::DISK_LAST_TRIES;
        while let Some(trouble) = &self.trouble {
            if Instant::now() >= last_try {
                tracing::error!("some of the latest changes were not saved");
                return;
            }
            thread::sleep(trouble.next_try.saturating_duration_since(Instant::now()));
            self.save();
        }
    }

    fn outcome_of(&self, job: Job) -> JobOutcome {
        let Job { asker, work } = job;
        let result = self.done(work).unwrap_or_else(|problem| {
            tracing::error!(%problem, "a job of the accounts worker failed");
            WorkResult::Failed
        });
        JobOutcome::Done { asker, result }
    }

    fn done(&self, work: Work) -> Result<WorkResult, HashError> {
        let hasher = &self.hasher;
        let hashed = |password: &Password| PasswordHash::new(password, hasher);
        let verdict = match work {
            Work::OfAccount { hash, password, if_wrong, .. }
            | Work::CheckRoomPassword { hash, password, if_wrong, .. }
                if !hash.verify(&password, hasher) =>
            {
                return Ok(WorkResult::WrongPassword(if_wrong));
            }
            Work::OfAccount { account, hash, then: AccountWork::Login, .. } => {
                Verdict::LogIn { account, hash }
            }
            Work::OfAccount {
                account, hash, then: AccountWork::ChangePassword { new }, ..
            } => Verdict::ChangePassword { account, before: hash, after: hashed(&new)? },
            Work::OfAccount { account, hash, then: AccountWork::Unregister { erases }, .. } => {
                Verdict::Unregister { account, hash, erases }
            }
            Work::CheckRoomPassword { room, hash, .. } => Verdict::Join { room, hash: Some(hash) },
            Work::Register { password } => Verdict::Register { hash: hashed(&password)? },
            Work::MakeRoom { name, password } => {
                Verdict::MakeRoom { name, hash: hashed(&password)? }
            }
            Work::SetRoomPassword { room, password } => {
                Verdict::SetRoomPassword { room, hash: hashed(&password)? }
            }
            Work::Measure => {
                let resident_bytes = memory::resident_bytes();
                return Ok(WorkResult::Measured { resident_bytes });
            }
        };
        Ok(WorkResult::Right(verdict))
    }
}
