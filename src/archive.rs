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

mod accounts;
mod audit;
mod columns;
mod copying;
mod error;
mod exporting;
mod history;
mod index;
mod messages;
mod opening;
mod order;
mod places;
mod reader;
mod records;
mod retention;
mod rooms;
mod sanctions;
mod schema;
mod settings;
#[cfg(test)]
pub(crate) mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::{FairMutex, FairMutexGuard, Mutex};
use rusqlite::{Connection, TransactionBehavior};

use self::opening::{Identity, Opened};
use crate::id::{AccountId, LOBBY, RoomId};
use crate::moderation::{AuditEntry, OrderChange};
use crate::password::PasswordHash;
use crate::settings::Settings;

pub use copying::{Copied, Stop};
pub use error::ArchiveError;
pub use exporting::{Export, Log, Said};
pub use reader::{Finds, Reader, Span};
pub use records::{
    Account, Entry, Found, Kept, KeptLine, Left, Mark, Page, PrivateMessage, RoomHistory,
    RoomRecord,
};
pub use retention::Retention;

/// What a method of the archive gives.
pub type Result<T> = std::result::Result<T, ArchiveError>;

/// The archive, open, for any number of threads. No other server can open it before all clones of
/// this are dropped.
#[derive(Clone, Debug)]
pub struct Archive(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    // Closed before the lock is let go, so that the next server finds it at rest.
    // `None` while there is a file in the place of ours that cannot be used.
    connection: FairMutex<Option<Connection>>,
    /// For messages, where there is none.
    file: PathBuf,
    /// Which file is open; `None` for none.
    identity: Arc<Mutex<Option<Identity>>>,
    lock: Option<File>,
}

impl Archive {
    /// Opens the archive in this folder. Makes both if they are not there, for this user alone.
    ///
    /// A file of no length counts as none.
    pub fn open(directory: &Path) -> Result<Archive> {
        let Opened { connection, file, lock } = opening::open(directory, schema::STEPS)?;
        let identity =
            opening::identity(&file).map_err(|error| ArchiveError::from_io(&file, error))?;
        Ok(Self::over(connection, file, Some((identity, lock))))
    }

    /// An archive without a file, which is gone when it is dropped.
    pub fn in_memory() -> Result<Archive> {
        let file = PathBuf::from("the archive in memory");
        match opening::in_memory(schema::STEPS) {
            Ok(connection) => Ok(Self::over(connection, file, None)),
            Err(error) => Err(ArchiveError::from_sqlite(&file, error)),
        }
    }

    fn over(connection: Connection, file: PathBuf, on_disk: Option<(Identity, File)>) -> Archive {
        let (identity, lock) = on_disk.unzip();
        let connection = FairMutex::new(Some(connection));
        let identity = Arc::new(Mutex::new(identity));
        Archive(Arc::new(Shared { connection, file, identity, lock }))
    }

    /// All accounts and rooms, with the last lines of each room, so many at most, and what keeps
    /// order. Bans and mutes of rooms that are no more are removed.
    pub fn load(&self, recent_max: usize) -> Result<Kept> {
        self.with(|connection| {
            let (accounts, rooms) = (accounts::load(connection)?, rooms::load(connection)?);
            let mut histories = Vec::new();
            for room in std::iter::once(LOBBY).chain(rooms.iter().map(|(_, room)| room.id)) {
                histories.push((room, history::load(connection, room, recent_max)?));
            }
            // Most rooms of many have none.
            histories.retain(|(_, history)| *history != RoomHistory::default());
            let last_room = history::last_room(connection)?;
            let order = order::load(connection)?;
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

    /// Replaces how an account's name is spelled. Whether there is such an account.
    pub fn set_name(&self, id: AccountId, name: &str) -> Result<bool> {
        self.with(|connection| accounts::set_name(connection, id, name))
    }

    /// Replaces when an account's owner was last here. Whether there is such an account.
    pub fn set_seen(&self, id: AccountId, at: SystemTime) -> Result<bool> {
        self.with(|connection| accounts::set_seen(connection, id, at))
    }

    /// Replaces an account's settings. Accounts that are gone are passed over, also among those
    /// that it ignores.
    pub fn save_settings(&self, id: AccountId, settings: &Settings) -> Result<()> {
        self.with(|connection| settings::save(connection, id, settings))
    }

    /// Adds a room or replaces all that is kept of it. A room whose owner's account is gone is not
    /// kept, and nor are invitations of accounts that are gone.
    pub fn save_room(&self, key: &str, room: &RoomRecord) -> Result<()> {
        self.with(|connection| rooms::save(connection, key, room))
    }

    /// Removes a room, and its bans and mutes with it. Nothing happens if it is gone.
    pub fn remove_room(&self, key: &str) -> Result<()> {
        self.with(|connection| rooms::remove(connection, key))
    }

    /// Keeps what keeps order as it is from now on, and remembers what was done, both or neither.
    /// An account that is gone has no rank, and no ban or mute is of one.
    pub fn keep_order(
        &self,
        change: Option<&OrderChange>,
        entry: Option<&AuditEntry>,
    ) -> Result<()> {
        self.with(|connection| order::keep(connection, change, entry))
    }

    /// Whether the server has an owner.
    pub fn has_owner(&self) -> Result<bool> {
        self.with(|connection| order::has_owner(connection))
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

    /// Removes the messages that wait for somebody, up to this one.
    pub fn forget_messages(&self, id: AccountId, up_to: i64) -> Result<()> {
        self.with(|connection| messages::forget(connection, id, up_to))
    }

    /// Writes into the history, all of it or nothing. To write the same once more changes nothing.
    /// If the index of words is no more than so many lines behind, it is brought up to date.
    pub fn write(&self, entries: &[Entry], now: SystemTime, index_lines_max: usize) -> Result<()> {
        let Shared { file, identity, lock, .. } = &*self.0;
        self.with(|connection| {
            // What is written into a file that has been removed is lost.
            if lock.is_some() && *identity.lock() != opening::identity(file).ok() {
                return Ok(false);
            }
            history::write(connection, entries, now, index_lines_max)?;
            Ok(true)
        })?
        .then_some(())
        .ok_or_else(|| ArchiveError::Gone { file: file.clone() })
    }

    /// Opens the file that is there now, if it is ours: a disk that was away for a while knows
    /// nothing of what was open on it. Until it is there nothing changes; while another one is in
    /// its place that is not ours, all else fails.
    pub fn reopen(&self) -> Result<()> {
        let Shared { file, identity, lock, .. } = &*self.0;
        if lock.is_none() {
            return Ok(());
        }
        let at_file = |error| ArchiveError::from_io(file, error);
        let mut turn = self.turn()?;
        let found = opening::identity(file).map_err(at_file)?;
        if let Some(connection) = &*turn
            && *identity.lock() != Some(found)
        {
            opening::empty_log(connection, file)?;
        }
        // Closed first, or two connections would have the same log without knowing of each other.
        *identity.lock() = None;
        *turn = None;
        *turn = Some(opening::reopen(file, schema::STEPS)?);
        *identity.lock() = Some(opening::identity(file).map_err(at_file)?);
        Ok(())
    }

    /// Adds up to so many lines to the index of words, all of them or none. Says whether there may
    /// be more to add.
    pub fn index(&self, lines_max: usize) -> Result<bool> {
        self.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let count = index::add(&transaction, lines_max)?;
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

    /// Reads the history without waiting for who writes; `None` if there is no file.
    pub fn reader(&self) -> Option<Reader> {
        self.0.lock.as_ref().map(|_| Reader::of(&self.0.file, &self.0.identity))
    }

    /// Waits for its turn and does the work, with the file's name in what is told of an error.
    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        let file = &self.0.file;
        let mut turn = self.turn()?;
        let connection = turn.as_mut().ok_or_else(|| ArchiveError::Gone { file: file.clone() })?;
        work(connection).map_err(|error| ArchiveError::from_sqlite(file, error))
    }

    fn turn(&self) -> Result<FairMutexGuard<'_, Option<Connection>>> {
        let slow = || ArchiveError::Slow { file: self.0.file.clone() };
        self.0.connection.try_lock_for(opening::BUSY_TIMEOUT).ok_or_else(slow)
    }
}
