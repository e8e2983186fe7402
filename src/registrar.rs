//! The registrar: the thread that owns the archive and does the slow work with passwords.
//!
//! Jobs come in through a bounded channel, are done one after the other in the order in which they
//! came, and what became of them goes out through another. Not known here: who is connected, which
//! names are whose, and the time (jobs carry it).
//!
//! Every job that somebody asked for (that has an `asker`) has exactly one outcome with that asker,
//! also where the disk fails. The others have none, unless the disk fails. Outcomes come in the
//! order of their jobs. Neither passwords nor hashes nor what people say is ever logged.

mod job;
mod measure;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::archive::{Archive, ArchiveError, Left};
use crate::id::{AccountId, ClientId};
use crate::limits;
use crate::password::{Cost, HashError, Hasher, Password, PasswordHash};

pub use job::{Job, Outcome, Purpose};

/// The registrar has too much to do already, or has ended. The job is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much waits to be written already")]
pub struct Busy;

/// The way to the registrar. It ends when all clones of this are gone.
#[derive(Clone, Debug)]
pub struct Jobs(Sender<Job>);

impl Jobs {
    /// Has a job done after all that were submitted before. Never waits. Some places are kept for
    /// what nobody waits for, however many passwords are to be compared.
    pub fn submit(&self, job: Job) -> Result<(), Busy> {
        let is_for_somebody = job.asker().is_some();
        if is_for_somebody
            && self.0.len() >= limits::REGISTRAR_JOBS_MAX - limits::REGISTRAR_JOBS_RESERVED
        {
            return Err(Busy);
        }
        self.0.try_send(job).map_err(|_| Busy)
    }
}

/// The registrar, to be run on a thread of its own.
#[derive(Debug)]
pub struct Registrar {
    jobs: Receiver<Job>,
    outcomes: Sender<Outcome>,
    archive: Archive,
    hasher: Hasher,
}

impl Registrar {
    /// A registrar over this archive, which hashes new passwords at this cost.
    pub fn new(archive: Archive, cost: Cost, outcomes: Sender<Outcome>) -> (Registrar, Jobs) {
        let (sender, jobs) = bounded(limits::REGISTRAR_JOBS_MAX);
        (Registrar { jobs, outcomes, archive, hasher: Hasher::new(cost) }, Jobs(sender))
    }

    /// Does jobs until all [`Jobs`] are gone and none is left. Then the sender of outcomes is
    /// dropped, and the archive closed.
    ///
    /// It waits for room in the channel of outcomes, so whoever receives them must never wait for
    /// room here, and go on receiving until the end. If they are gone, what is to be kept still is.
    pub fn run(mut self) {
        let mut is_heard = true;
        while let Ok(job) = self.jobs.recv() {
            // The server is shutting down: what changes nothing is of no use to anybody, and hashes
            // would hold it up.
            if !is_heard && job.is_question() {
                continue;
            }
            if let Some(outcome) = self.outcome_of(job) {
                is_heard = self.outcomes.send(outcome).is_ok();
            }
        }
    }

    fn outcome_of(&mut self, job: Job) -> Option<Outcome> {
        let (asker, is_awaited) = (job.asker(), job.is_awaited());
        match self.done(job) {
            Ok(outcome) => outcome,
            Err(problem) => {
                tracing::error!(%problem, "the registrar could not do a job");
                Some(Outcome::Failed { asker, is_awaited, problem: problem.to_string() })
            }
        }
    }

    /// Does the job. Gives an outcome where somebody asked, and nowhere else.
    fn done(&mut self, job: Job) -> Result<Option<Outcome>, Problem> {
        let Registrar { archive, hasher, .. } = self;
        let outcome = match job {
            Job::Register { asker, key, name, password, at } => {
                let hash = PasswordHash::new(&password, hasher)?;
                match archive.add_account(&key, &name, &hash, at)? {
                    Some(account) => Outcome::Registered { asker, account },
                    None => Outcome::NameTaken { asker },
                }
            }
            Job::Login { asker, account, hash, password, at } => {
                if is_right(archive, account, &hash, &password, hasher)? {
                    logged_in(archive, asker, account, at)?
                } else {
                    Outcome::WrongPassword { asker, account, purpose: Purpose::Login }
                }
            }
            Job::ChangePassword { asker, account, hash, old, new } => {
                if is_right(archive, account, &hash, &old, hasher)? {
                    password_changed(archive, asker, account, PasswordHash::new(&new, hasher)?)?
                } else {
                    Outcome::WrongPassword { asker, account, purpose: Purpose::ChangePassword }
                }
            }
            Job::Unregister { asker, account, hash, password } => {
                if is_right(archive, account, &hash, &password, hasher)? {
                    archive.remove_account(account)?;
                    Outcome::Unregistered { asker, account }
                } else {
                    Outcome::WrongPassword { asker, account, purpose: Purpose::Unregister }
                }
            }
            Job::CheckRoomPassword { asker, room, hash, password } => {
                if hash.verify(&password, hasher) {
                    Outcome::RoomPasswordRight { asker, room }
                } else {
                    Outcome::RoomPasswordWrong { asker, room }
                }
            }
            Job::SetRoomPassword { asker, room, password } => {
                let hash = PasswordHash::new(&password, hasher)?;
                Outcome::RoomPasswordSet { asker, room, hash }
            }
            Job::LeaveMessage { asker, to, to_name, sender, from, text, at } => {
                match archive.leave_message(to, sender, &from, &text, at)? {
                    Left::Kept => Outcome::MessageLeft { asker, to_name },
                    Left::Full => Outcome::MailboxFull { asker, to_name },
                    Left::NoRecipient => Outcome::RecipientGone { asker, to_name },
                }
            }
            Job::SaveSettings { account, settings } => {
                return Ok(archive.save_settings(account, &settings).map(|()| None)?);
            }
            Job::SaveSeen { account, at } => {
                return Ok(archive.set_seen(account, at).map(|_| None)?);
            }
            Job::SetName { account, name } => {
                return Ok(archive.set_name(account, &name).map(|_| None)?);
            }
            Job::SaveRoom { key, room } => {
                return Ok(archive.save_room(&key, &room).map(|()| None)?);
            }
            Job::RemoveRoom { key } => return Ok(archive.remove_room(&key).map(|()| None)?),
            Job::KeepOrder { change, entry } => {
                return Ok(archive.keep_order(change.as_ref(), entry.as_ref()).map(|()| None)?);
            }
            Job::Measure { asker } => {
                Outcome::Measured { asker, resident_bytes: measure::resident_bytes() }
            }
            Job::ForgetMessages { account, up_to } => {
                return Ok(archive.forget_messages(account, up_to).map(|()| None)?);
            }
        };
        Ok(Some(outcome))
    }
}

/// Whether this is the password of the account. It may have been replaced by a job before this one,
/// after the hash was looked up: then what was right is so no more.
fn is_right(
    archive: &Archive,
    account: AccountId,
    hash: &PasswordHash,
    typed: &Password,
    hasher: &mut Hasher,
) -> Result<bool, ArchiveError> {
    Ok(hash.verify(typed, hasher) && !archive.has_other_password(account, hash)?)
}

fn logged_in(
    archive: &Archive,
    asker: ClientId,
    account: AccountId,
    at: SystemTime,
) -> Result<Outcome, ArchiveError> {
    if !archive.set_seen(account, at)? {
        return Ok(Outcome::AccountGone { asker, account });
    }
    let messages = archive.messages_for(account)?;
    Ok(Outcome::LoggedIn { asker, account, messages })
}

fn password_changed(
    archive: &Archive,
    asker: ClientId,
    account: AccountId,
    hash: PasswordHash,
) -> Result<Outcome, ArchiveError> {
    Ok(match archive.set_password(account, &hash)? {
        true => Outcome::PasswordChanged { asker, account, hash },
        false => Outcome::AccountGone { asker, account },
    })
}

/// Why a job could not be done.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Hash(#[from] HashError),
}
