//! Accounts, rooms and messages on disk: one SQLite file in a folder.
//!
//! Owned here: the tables, and what of them goes together. Not known here: threads, channels, the
//! clock, who is connected, and what makes two names the same (names and rooms come with a key).
//! Everything blocks: it is for threads that nobody waits for.
//!
//! What a method has returned from is on the disk, and survives a loss of power.
//!
//! There is one connection that writes, however many threads have something to write: they take
//! turns, each in the order in which it came. (SQLite would let several connections take turns,
//! too, but not in order, and who has little to write would find the file locked by who has much.)

#[cfg(test)]
pub(crate) mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::{FairMutex, FairMutexGuard, Mutex};
use rusqlite::{Connection, TransactionBehavior};

use crate::model::id::{AccountId, LOBBY, RoomId};
use crate::model::password::PasswordHash;
use crate::model::settings::Settings;
use crate::store::open;
use crate::store::open::{Identity, Locks, Opened};
use crate::store::schema;
use crate::store::tables::accounts;
use crate::store::tables::columns;
use crate::store::tables::lines;
use crate::store::tables::messages;
use crate::store::tables::moderation;
use crate::store::tables::retention;
use crate::store::tables::rooms;
use crate::store::tables::word_index;

use crate::model::records::{Account, Entry, Kept, Left, PrivateMessage, RoomHistory};
use crate::store::error::ArchiveError;
use crate::store::read::Reader;
use crate::store::tables::retention::Retention;
use crate::store::updates::Updates;

/// What a method of the archive gives.
pub type Result<T> = std::result::Result<T, ArchiveError>;

/// The archive, open, for any number of threads. No other server can open it before all clones of
/// this are dropped.
#[derive(Clone, Debug)]
pub struct Archive(pub(super) Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    // Closed before the locks are let go, so that the next server finds it at rest.
    // `None` while there is a file in the place of ours that cannot be used.
    connection: FairMutex<Option<Connection>>,
    /// For messages, where there is none.
    pub(super) file: PathBuf,
    /// Which file is open; `None` for none.
    identity: Arc<Mutex<Option<Identity>>>,
    /// `None` in memory.
    locks: Option<Mutex<Locks>>,
}

impl Archive {
    /// Opens the archive in this folder. Makes both if they are not there, for this user alone.
    ///
    /// A file of no length counts as none.
    pub fn open(directory: &Path) -> Result<Archive> {
        let Opened { connection, file, locks } = open::open(directory, schema::STEPS)?;
        let identity =
            open::identity(&file).map_err(|error| ArchiveError::from_io(&file, error))?;
        Ok(Self::over(connection, file, Some((identity, locks))))
    }

    /// An archive without a file, which is gone when it is dropped.
    pub fn in_memory() -> Result<Archive> {
        let file = PathBuf::from("the archive in memory");
        match open::in_memory(schema::STEPS) {
            Ok(connection) => Ok(Self::over(connection, file, None)),
            Err(error) => Err(ArchiveError::from_sqlite(&file, error)),
        }
    }

    fn over(connection: Connection, file: PathBuf, on_disk: Option<(Identity, Locks)>) -> Archive {
        let (identity, locks) = on_disk.unzip();
        let connection = FairMutex::new(Some(connection));
        let identity = Arc::new(Mutex::new(identity));
        Archive(Arc::new(Shared { connection, file, identity, locks: locks.map(Mutex::new) }))
    }

    /// All accounts and rooms, with the last lines of each room, so many at most, and what keeps
    /// order. Bans and mutes of rooms that are no more are removed.
    pub fn load(&self, recent_max: usize) -> Result<Kept> {
        self.with(|connection| {
            let (accounts, rooms) = (accounts::load(connection)?, rooms::load(connection)?);
            let mut histories = Vec::new();
            for room in std::iter::once(LOBBY).chain(rooms.iter().map(|(_, room)| room.id)) {
                histories.push((room, lines::load(connection, room, recent_max)?));
            }
            // Most rooms of many have none.
            histories.retain(|(_, history)| *history != RoomHistory::default());
            let last_room = lines::last_room(connection)?;
            let order = moderation::load(connection)?;
            Ok(Kept { accounts, rooms, histories, last_room, order })
        })
    }

    /// Adds an account, seen now. `None` if the key is taken.
    pub fn add_account(
        &self,
        key: &str,
        name: &str,
        password: &PasswordHash,
        at: SystemTime,
    ) -> Result<Option<Account>> {
        let id = self.with(|connection| accounts::add(connection, key, name, password, at))?;
        let at = columns::whole_seconds(at);
        Ok(id.map(|id| Account {
            id,
            name: name.into(),
            password: password.clone(),
            registered_at: at,
            seen_at: at,
            settings: Settings::default(),
        }))
    }

    /// Removes an account and, in the same transaction, its settings, its rooms with their bans and
    /// mutes, its rank, invitations of it, and messages to it. Messages from it stay, and so do
    /// bans and mutes of it, by where it came from. Nothing happens if it is gone.
    pub fn remove_account(&self, id: AccountId) -> Result<()> {
        self.with(|connection| accounts::remove(connection, id))
    }

    /// Replaces an account's password. Whether there is such an account.
    pub fn set_password(&self, id: AccountId, password: &PasswordHash) -> Result<bool> {
        self.with(|connection| accounts::set_password(connection, id, password))
    }

    /// Whether an account's password is not this one any more.
    pub fn has_other_password(&self, id: AccountId, password: &PasswordHash) -> Result<bool> {
        self.with(|connection| accounts::has_other_password(connection, id, password))
    }

    /// Replaces when an account's owner was last here. Whether there is such an account.
    pub fn set_seen(&self, id: AccountId, at: SystemTime) -> Result<bool> {
        self.with(|connection| accounts::set_seen(connection, id, at))
    }

    /// Keeps all of that as it is from now on, in one transaction. Gives how many things the tables
    /// refuse, which are left out.
    pub fn keep(&self, updates: &Updates) -> Result<usize> {
        self.with_our_file(|connection| {
            let mut transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let refused = updates.write(&mut transaction)?;
            transaction.commit()?;
            Ok(refused)
        })
    }

    /// Whether the server has an owner.
    pub fn has_owner(&self) -> Result<bool> {
        self.with(|connection| moderation::has_owner(connection))
    }

    /// Keeps a message for somebody who is away, within the limits of
    /// [`limits`](crate::limits::PRIVATE_MESSAGES_KEPT_MAX).
    pub fn leave_message(
        &self,
        to: AccountId,
        sender: AccountId,
        from: &str,
        text: &str,
        at: SystemTime,
    ) -> Result<Left> {
        self.with(|connection| messages::leave(connection, to, sender, from, text, at))
    }

    /// The messages that wait for somebody, in the order in which they were left.
    pub fn messages_for(&self, id: AccountId) -> Result<Vec<PrivateMessage>> {
        self.with(|connection| messages::waiting_for(connection, id))
    }

    /// Writes into the history, all of it or nothing. To write the same once more changes nothing.
    /// If the index of words is no more than so many lines behind, it is brought up to date.
    pub fn write(&self, entries: &[Entry], now: SystemTime, index_lines_max: usize) -> Result<()> {
        let index_lines_max = if self.is_in_memory() { 0 } else { index_lines_max };
        self.with_our_file(|connection| lines::write(connection, entries, now, index_lines_max))
    }

    /// Opens the file that is there now, if it is ours: a disk that was away for a while knows
    /// nothing of what was open on it. Until it is there nothing changes; while another one is in
    /// its place that is not ours, all else fails.
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
        // Closed first, or two connections would have the same log without knowing of each other.
        *identity.lock() = None;
        *turn = None;
        if is_another {
            locks.lock().move_to(file)?;
        }
        *turn = Some(open::reopen(file, schema::STEPS)?);
        *identity.lock() = Some(open::identity(file).map_err(at_file)?);
        Ok(())
    }

    /// Adds up to so many lines to the index of words, all of them or none. Says whether there may
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

    /// Removes up to so many lines that are no longer kept, of the rooms from this one on. Gives
    /// the room from which to go on; `None` at the end.
    pub fn prune(
        &self,
        retention: Retention,
        from: RoomId,
        lines_max: usize,
    ) -> Result<Option<RoomId>> {
        self.with(|connection| retention::prune(connection, retention, from, lines_max))
    }

    /// When the newest line was said, as far as that can be told without looking at all of them.
    pub fn newest_line(&self) -> Result<Option<SystemTime>> {
        self.with(|connection| retention::newest(connection))
    }

    /// Removes the oldest lines of all rooms, until everything together takes no more than so many
    /// bytes.
    pub fn shrink(&self, bytes_max: u64) -> Result<()> {
        self.with(|connection| retention::shrink(connection, bytes_max))
    }

    /// Whether it is gone when it is dropped.
    pub fn is_in_memory(&self) -> bool {
        self.0.locks.is_none()
    }

    /// Reads the history: of a file without waiting for who writes, in memory in turns with them.
    pub fn reader(&self) -> Reader {
        match self.is_in_memory() {
            true => Reader::in_memory(self.clone()),
            false => Reader::of(&self.0.file, &self.0.identity),
        }
    }

    /// Waits for its turn and does the work, with the file's name in what is told of an error.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let file = &self.0.file;
        let mut turn = self.turn()?;
        let connection = turn.as_mut().ok_or_else(|| ArchiveError::Gone { file: file.clone() })?;
        work(connection).map_err(|error| ArchiveError::from_sqlite(file, error))
    }

    /// The same, if the file is still where it was: what is written into one that has been removed
    /// is lost.
    fn with_our_file<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let Shared { file, identity, .. } = &*self.0;
        self.with(|connection| {
            let is_ours = self.is_in_memory() || *identity.lock() == open::identity(file).ok();
            is_ours.then(|| work(connection)).transpose()
        })?
        .ok_or_else(|| ArchiveError::Gone { file: file.clone() })
    }

    fn turn(&self) -> Result<FairMutexGuard<'_, Option<Connection>>> {
        let slow = || ArchiveError::Slow { file: self.0.file.clone() };
        self.0.connection.try_lock_for(open::BUSY_TIMEOUT).ok_or_else(slow)
    }
}
