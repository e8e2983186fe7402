//! The accounts worker: the thread that owns the archive and does the slow password work.
//!
//! Jobs arrive through a bounded channel and are done one at a time, in order of arrival. Their
//! outcomes go out through a second channel. The accounts worker does not know who is connected,
//! who owns which name, or the time (jobs carry it).
//!
//! Updates, which nobody waits for, are collected on the sending side ([`AccountsHandle`]), with
//! only the latest change to each thing. A collected set is written in one transaction, and the
//! next set is handed over only once it is on the disk. So frequent changes cannot fill the
//! channel, and a login waits for one such transaction at most. Updates that the disk rejects are
//! retried until it accepts them, while jobs go on.
//!
//! Every job has exactly one outcome, even if the disk fails, and outcomes come in the order of
//! their jobs. Passwords, hashes and messages are never logged.

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
    AccountWork, Busy, Cost, Job, JobOutcome, MailboxResult, PasswordHash, Refusal, Update, Work,
    WorkResult,
};
use crate::store::archive::Archive;
use crate::store::error::ArchiveError;
use crate::store::updates::Updates;

/// A request to the accounts worker.
#[derive(Debug)]
enum AccountsTask {
    Do(Job),
    Keep(Updates),
}

/// The handle for sending work to the accounts worker, which ends when this is dropped.
#[derive(Debug)]
pub struct AccountsHandle {
    tasks: Sender<AccountsTask>,
    /// Updates to hand over once the accounts worker has written the previous ones.
    updates: Updates,
    is_keeping: bool,
}

/// Capacity of the channel: the jobs, the updates being written, and the last ones.
const TASKS_MAX: usize = limits::REGISTRAR_JOBS_MAX + 2;

impl AccountsHandle {
    /// Submits a job, to be done after all earlier ones. Never waits. Some places are reserved for
    /// jobs with an awaited outcome, so that users who leave messages do not keep anyone from
    /// logging in.
    pub fn submit(&self, job: Job) -> Result<(), Busy> {
        let max = match job.work.is_awaited() {
            true => limits::REGISTRAR_JOBS_MAX,
            false => limits::REGISTRAR_JOBS_MAX - limits::REGISTRAR_JOBS_RESERVED,
        };
        if self.tasks.len() >= max {
            return Err(Busy);
        }
        self.tasks.try_send(AccountsTask::Do(job)).map_err(|_| Busy)
    }

    /// Stores an update, replacing an earlier one for the same thing. Never waits.
    ///
    /// # Errors
    /// If too many updates are pending already, which requires a disk that fails for a long time.
    pub fn keep(&mut self, update: Update) -> Result<(), Busy> {
        self.updates.add(update).map_err(|_| Busy)?;
        if !self.is_keeping {
            self.hand_over();
        }
        Ok(())
    }

    /// The accounts worker has written its updates ([`JobOutcome::Kept`]), so this hands over the
    /// next ones. Returns whether there were none.
    pub fn has_kept(&mut self) -> bool {
        self.is_keeping = false;
        let was_all = self.updates.is_empty();
        if !was_all {
            self.hand_over();
        }
        was_all
    }

    /// The channel always has a place for this. If the accounts worker is gone, it has failed,
    /// which ends the server.
    fn hand_over(&mut self) {
        let _ = self.tasks.try_send(AccountsTask::Keep(std::mem::take(&mut self.updates)));
        self.is_keeping = true;
    }
}

impl Drop for AccountsHandle {
    fn drop(&mut self) {
        if !self.updates.is_empty() {
            self.hand_over();
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
    unsaved: VecDeque<Updates>,
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
    /// An accounts worker for this archive, which hashes new passwords at this cost.
    pub fn new(
        archive: Archive,
        cost: Cost,
        outcomes: Sender<JobOutcome>,
    ) -> (AccountsWorker, AccountsHandle) {
        let (sender, tasks) = bounded(TASKS_MAX);
        let handle =
            AccountsHandle { tasks: sender, updates: Updates::default(), is_keeping: false };
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
                // The server is shutting down: a job that changes nothing is of no use to anyone,
                // and hashing would delay the shutdown.
                AccountsTask::Do(job) if !is_heard && job.work.is_question() => {}
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

    fn outcome_of(&mut self, job: Job) -> JobOutcome {
        let Job { asker, work } = job;
        let is_awaited = work.is_awaited();
        let result = self.done(work).unwrap_or_else(|problem| {
            tracing::error!(%problem, "a job of the accounts worker failed");
            WorkResult::Failed { problem: problem.to_string() }
        });
        JobOutcome::Done { asker, is_awaited, result }
    }

    fn done(&mut self, work: Work) -> Result<WorkResult, Problem> {
        let AccountsWorker { archive, hasher, .. } = self;
        Ok(match work {
            Work::Register { key, name, password, at } => {
                let hash = PasswordHash::new(&password, hasher)?;
                match archive.add_account(&key, &name, &hash, at)? {
                    Some(account) => WorkResult::Registered { account },
                    None => WorkResult::Refused(Refusal::NameRegistered { name: name.into() }),
                }
            }
            Work::OfAccount { account, hash, password, if_wrong, then } => {
                // An earlier job may have replaced the password after this one was submitted.
                let is_right = hash.verify(&password, hasher)
                    && !archive.has_other_password(account, &hash)?;
                match then {
                    _ if !is_right => WorkResult::WrongPassword(if_wrong),
                    AccountWork::Login { at } if archive.set_seen(account, at)? => {
                        let messages = archive.messages_for(account)?;
                        WorkResult::LoggedIn { account, messages }
                    }
                    AccountWork::Login { .. } => WorkResult::Refused(Refusal::AccountGone),
                    AccountWork::ChangePassword { new } => {
                        let hash = PasswordHash::new(&new, hasher)?;
                        match archive.set_password(account, &hash)? {
                            true => WorkResult::PasswordChanged { account, hash },
                            false => WorkResult::Refused(Refusal::AccountGone),
                        }
                    }
                    AccountWork::Unregister => {
                        archive.remove_account(account)?;
                        WorkResult::Unregistered { account }
                    }
                }
            }
            Work::CheckRoomPassword { room, hash, password } => {
                let is_right = hash.verify(&password, hasher);
                WorkResult::RoomPasswordChecked { room, matched: is_right.then_some(hash) }
            }
            Work::SetRoomPassword { room, password } => {
                let hash = PasswordHash::new(&password, hasher)?;
                WorkResult::RoomPasswordSet { room, hash }
            }
            Work::LeaveMessage { to, to_name, sender, from, text, at } => {
                match archive.leave_message(to, sender, &from, &text, at)? {
                    MailboxResult::Kept => WorkResult::MessageLeft { to_name },
                    MailboxResult::Full => {
                        WorkResult::Refused(Refusal::MailboxFull { name: to_name.into() })
                    }
                    MailboxResult::NoRecipient => {
                        WorkResult::Refused(Refusal::NoSuchPerson { name: to_name, nearest: None })
                    }
                }
            }
            Work::Measure => WorkResult::Measured { resident_bytes: memory::resident_bytes() },
        })
    }
}

/// The reason a job failed.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Hash(#[from] HashError),
}
