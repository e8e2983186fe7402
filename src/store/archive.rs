//! Accounts, rooms and messages on disk: one SQLite file in a folder.
//!
//! This module owns the tables and decides which changes belong in one transaction. It knows
//! nothing about threads, channels, the clock, connected clients, or which names count as equal
//! (names and rooms come with a key). Every call blocks, so the archive belongs on threads that
//! nobody waits for.
//!
//! Once a method has returned, its changes are on the disk and survive a power loss.
//!
//! There is a single write connection, however many threads write: they take turns, first come,
//! first served. (SQLite would let several connections take turns, too, but not in order: a thread
//! with little to write would find the file locked by a thread with a lot to write.)

#[cfg(test)]
pub(crate) mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use parking_lot::{FairMutex, FairMutexGuard, Mutex};
use rusqlite::{Connection, TransactionBehavior};

use crate::limits;
use crate::model::{ErasedPerson, Erasure, HistoryEntry, LOBBY, RoomHistory, RoomId, StoredState};
use crate::store::open::{self, FileId, Locks, OpenArchive};
use crate::store::schema;
use crate::store::tables::erasures::Progress;
use crate::store::tables::remains::{self, Purge};
use crate::store::tables::{
    accounts, erasures, last_ids, lines, messages, moderation, retention, rooms, word_index,
};

use crate::store::error::ArchiveError;
use crate::store::tables::retention::Retention;
use crate::store::updates::Updates;

/// The result of an archive operation.
pub type Result<T> = std::result::Result<T, ArchiveError>;

/// An open archive, shared by any number of threads. No other server can open it until all clones
/// of this handle have been dropped.
#[derive(Clone, Debug)]
pub struct Archive(pub(super) Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    // Declared before the locks and therefore closed before they are released, so that the next
    // server finds the file at rest. `None` while the file at our path is not usable.
    connection: FairMutex<Option<Connection>>,
    /// The path for messages. An archive in memory has no file.
    pub(super) file: PathBuf,
    /// The identity of the open file, if one is open.
    pub(super) identity: Arc<Mutex<Option<FileId>>>,
    /// `None` in memory.
    locks: Option<Mutex<Locks>>,
}

impl Archive {
    /// Opens the archive in this folder, creating both if necessary, readable by this user only.
    ///
    /// An empty file counts as a new archive.
    pub fn open(directory: &Path) -> Result<Archive> {
        let OpenArchive { connection, file, locks } = open::open(directory, schema::STEPS)?;
        remains::rewrite_old_file(&connection)
            .map_err(|error| ArchiveError::from_sqlite(&file, error))?;
        let identity =
            open::identity(&file).map_err(|error| ArchiveError::from_io(&file, error))?;
        Ok(Self::over(connection, file, Some((identity, locks))))
    }

    /// Creates an archive without a file. It is lost when it is dropped.
    pub fn in_memory() -> Result<Archive> {
        let file = PathBuf::from("the archive in memory");
        match open::in_memory(schema::STEPS) {
            Ok(connection) => Ok(Self::over(connection, file, None)),
            Err(error) => Err(ArchiveError::from_sqlite(&file, error)),
        }
    }

    fn over(connection: Connection, file: PathBuf, on_disk: Option<(FileId, Locks)>) -> Archive {
        let (identity, locks) = on_disk.unzip();
        let connection = FairMutex::new(Some(connection));
        let identity = Arc::new(Mutex::new(identity));
        Archive(Arc::new(Shared { connection, file, identity, locks: locks.map(Mutex::new) }))
    }

    /// Loads all accounts, rooms and private messages, up to `recent_max` of the latest lines of
    /// each room, and the moderation state. Removes bans and mutes of rooms that no longer exist.
    pub fn load(&self, recent_max: usize) -> Result<StoredState> {
        self.with(|connection| {
            let (accounts, rooms) = (accounts::load(connection)?, rooms::load(connection)?);
            let mut histories = Vec::new();
            for room in std::iter::once(LOBBY).chain(rooms.iter().map(|(_, room)| room.id)) {
                histories.push((room, lines::load(connection, room, recent_max)?));
            }
            // Most of many rooms have no history.
            histories.retain(|(_, history)| *history != RoomHistory::default());
            let (moderation, messages) =
                (moderation::load(connection)?, messages::load(connection)?);
            let last_ids = last_ids::load(connection)?;
            Ok(StoredState { accounts, rooms, histories, messages, moderation, last_ids })
        })
    }

    /// Writes all updates in one transaction. Leaves out those that the tables refuse, and returns
    /// how many there were.
    pub fn keep(&self, updates: &Updates) -> Result<usize> {
        self.with_our_file(|connection| {
            let mut transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let refused = updates.write(&mut transaction)?;
            transaction.commit()?;
            Ok(refused)
        })
    }

    /// Returns whether the server has an owner.
    pub fn has_owner(&self) -> Result<bool> {
        self.with(|connection| moderation::has_owner(connection))
    }

    /// Writes all entries to the history, or none of them. Writing the same entries again changes
    /// nothing. If the word index is at most `index_lines_max` lines behind, this also brings it up
    /// to date.
    pub fn write(
        &self,
        entries: &[HistoryEntry],
        now: SystemTime,
        index_lines_max: usize,
    ) -> Result<()> {
        let index_lines_max = if self.is_in_memory() { 0 } else { index_lines_max };
        self.with_our_file(|connection| lines::write(connection, entries, now, index_lines_max))
    }

    /// Opens the file that is there now, if it is ours: a disk that was detached for a while has
    /// lost the open file's state. Nothing changes until the file is back. While a foreign file is
    /// in its place, every other operation fails.
    pub fn reopen(&self) -> Result<()> {
        let Shared { file, identity, locks, .. } = &*self.0;
        let Some(locks) = locks else { return Ok(()) };
        let at_file = |error| ArchiveError::from_io(file, error);
        let mut turn = self.turn()?;
        let found = open::identity(file).map_err(at_file)?;
        let is_another = *identity.lock() != Some(found);
        if let Some(connection) = &*turn
            && is_another
        {
            open::empty_log(connection, file)?;
        }
        // Closed first: otherwise two connections would use the same log without knowing of each
        // other.
        *identity.lock() = None;
        *turn = None;
        if is_another {
            locks.lock().move_to(file)?;
        }
        *turn = Some(open::reopen(file, schema::STEPS)?);
        *identity.lock() = Some(open::identity(file).map_err(at_file)?);
        Ok(())
    }

    /// Adds up to `lines_max` lines to the word index in one transaction. Returns whether there may
    /// be more to add.
    pub fn index(&self, lines_max: usize) -> Result<bool> {
        self.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let count = word_index::add(&transaction, lines_max)?;
            transaction.commit()?;
            Ok(count > 0)
        })
    }

    /// The numbers of the erasures that have begun and are not done.
    pub(crate) fn unfinished_erasures(&self) -> Result<Vec<i64>> {
        self.with(|connection| erasures::unfinished(connection))
    }

    /// Takes the next step of these erasures, or of overwriting what was removed from the file.
    /// Begins again if one of the erasures has not begun. `is_last` if nothing has been removed
    /// since the first step.
    pub(crate) fn purge(
        &self,
        purge: Purge,
        erasures: &[i64],
        is_last: bool,
        lines_max: usize,
        now: SystemTime,
    ) -> Result<Purge> {
        let is_in_memory = self.is_in_memory();
        self.with(|connection| {
            let mut has_begun = true;
            for &number in erasures {
                match erasures::step(connection, number, lines_max)? {
                    Progress::Lines => return Ok(Purge::Erases),
                    Progress::None => has_begun = false,
                    // Before the log is truncated, which has the name in it.
                    Progress::AllLines => erasures::forget_name(connection, number)?,
                }
            }
            let next = remains::step(connection, purge, is_last, is_in_memory)?;
            if next == Purge::IsDone {
                for &number in erasures {
                    erasures::finish(connection, number, now)?;
                }
            }
            Ok(if next == Purge::IsDone && !has_begun { Purge::Begins } else { next })
        })
    }

    /// Erases everything about a person, while no server runs.
    pub fn erase(&self, erasure: &Erasure, now: SystemTime) -> Result<()> {
        self.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if let ErasedPerson::Account { account, .. } = erasure.whose {
                accounts::remove(&transaction, account)?;
            }
            erasures::begin(&transaction, erasure)?;
            transaction.commit()
        })?;
        let mut purge = Purge::default();
        while purge != Purge::IsDone {
            let lines_max = limits::HISTORY_CHORE_LINES_MAX;
            let next = self.purge(purge, &[erasure.number], true, lines_max, now)?;
            if purge == Purge::Truncates && next == purge {
                // A reader needs the log.
                thread::sleep(limits::PURGE_RETRY);
            }
            purge = next;
        }
        Ok(())
    }

    /// Removes up to `lines_max` lines that have expired, starting with room `from`. Returns the
    /// room to continue with, or `None` at the end.
    pub fn prune(
        &self,
        retention: Retention,
        from: RoomId,
        lines_max: usize,
    ) -> Result<Option<RoomId>> {
        self.with(|connection| retention::prune(connection, retention, from, lines_max))
    }

    /// The time of the newest line, as far as that can be told without reading every line.
    pub fn newest_line(&self) -> Result<Option<SystemTime>> {
        self.with(|connection| retention::newest(connection))
    }

    /// Removes the oldest lines of all rooms until the whole archive takes at most `bytes_max`
    /// bytes.
    pub fn shrink(&self, bytes_max: u64) -> Result<()> {
        self.with(|connection| retention::shrink(connection, bytes_max))
    }

    /// Returns whether the archive exists in memory only.
    pub fn is_in_memory(&self) -> bool {
        self.0.locks.is_none()
    }

    /// Waits for its turn and does the work. Errors name the file.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let file = &self.0.file;
        let mut turn = self.turn()?;
        let connection = turn.as_mut().ok_or_else(|| ArchiveError::Gone(file.clone()))?;
        work(connection).map_err(|error| ArchiveError::from_sqlite(file, error))
    }

    /// Like [`Archive::with`], but only if our file is still in place: anything written to a file
    /// that has been removed is lost.
    fn with_our_file<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let Shared { file, identity, .. } = &*self.0;
        self.with(|connection| {
            let is_ours = self.is_in_memory() || *identity.lock() == open::identity(file).ok();
            is_ours.then(|| work(connection)).transpose()
        })?
        .ok_or_else(|| ArchiveError::Gone(file.clone()))
    }

    fn turn(&self) -> Result<FairMutexGuard<'_, Option<Connection>>> {
        let slow = || ArchiveError::Slow(self.0.file.clone());
        self.0.connection.try_lock_for(open::BUSY_TIMEOUT).ok_or_else(slow)
    }
}
