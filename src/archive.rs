//! Accounts, rooms and messages on disk: one SQLite file in a folder.
//!
//! Owned here: the tables, and what of them goes together. Not known here: threads, channels, the
//! clock, who is connected, and what makes two names the same (names and rooms come with a key).
//! Everything blocks: it is for the registrar's thread alone.
//!
//! What a method has returned from is on the disk, and survives a loss of power.

mod accounts;
mod columns;
mod error;
mod messages;
mod opening;
mod records;
mod rooms;
mod schema;
mod settings;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;

use crate::id::AccountId;
use crate::password::PasswordHash;
use crate::settings::Settings;

pub use error::ArchiveError;
pub use records::{Account, Kept, Left, PrivateMessage, RoomRecord};

/// What a method of the archive gives.
pub type Result<T> = std::result::Result<T, ArchiveError>;

/// The archive, open. No other server can open it before this is dropped.
#[derive(Debug)]
pub struct Archive {
    // Closed before the lock is let go, so that the next server finds it at rest.
    connection: Connection,
    /// For messages.
    file: PathBuf,
    _lock: Option<File>,
}

impl Archive {
    /// Opens the archive in this folder. Makes both if they are not there, for this user alone.
    ///
    /// A file of no length counts as none.
    pub fn open(directory: &Path) -> Result<Archive> {
        let opening::Opened { connection, file, lock } = opening::open(directory, schema::STEPS)?;
        Ok(Archive { connection, file, _lock: Some(lock) })
    }

    /// An archive without a file, which is gone when it is dropped.
    pub fn in_memory() -> Result<Archive> {
        let file = PathBuf::from("the archive in memory");
        match opening::in_memory(schema::STEPS) {
            Ok(connection) => Ok(Archive { connection, file, _lock: None }),
            Err(error) => Err(ArchiveError::from_sqlite(&file, error)),
        }
    }

    /// All accounts and rooms.
    pub fn load(&self) -> Result<Kept> {
        let accounts = self.told(accounts::load(&self.connection))?;
        let rooms = self.told(rooms::load(&self.connection))?;
        Ok(Kept { accounts, rooms })
    }

    /// Adds an account, seen now. `None` if the key is taken.
    pub fn add_account(
        &self,
        key: &str,
        name: &str,
        password: &PasswordHash,
        at: SystemTime,
    ) -> Result<Option<Account>> {
        let id = self.told(accounts::add(&self.connection, key, name, password, at))?;
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

    /// Removes an account and, in the same transaction, its settings, its rooms, invitations of it,
    /// and messages to it. Those from it stay. Nothing happens if it is gone.
    pub fn remove_account(&self, id: AccountId) -> Result<()> {
        self.told(accounts::remove(&self.connection, id))
    }

    /// Replaces an account's password. Whether there is such an account.
    pub fn set_password(&self, id: AccountId, password: &PasswordHash) -> Result<bool> {
        self.told(accounts::set_password(&self.connection, id, password))
    }

    /// Replaces how an account's name is spelled. Whether there is such an account.
    pub fn set_name(&self, id: AccountId, name: &str) -> Result<bool> {
        self.told(accounts::set_name(&self.connection, id, name))
    }

    /// Replaces when an account's owner was last here. Whether there is such an account.
    pub fn set_seen(&self, id: AccountId, at: SystemTime) -> Result<bool> {
        self.told(accounts::set_seen(&self.connection, id, at))
    }

    /// Replaces an account's settings. Accounts that are gone are passed over, also among those
    /// that it ignores.
    pub fn save_settings(&mut self, id: AccountId, settings: &Settings) -> Result<()> {
        let saved = settings::save(&mut self.connection, id, settings);
        self.told(saved)
    }

    /// Adds a room or replaces all that is kept of it. A room whose owner's account is gone is not
    /// kept, and nor are invitations of accounts that are gone.
    pub fn save_room(&mut self, key: &str, room: &RoomRecord) -> Result<()> {
        let saved = rooms::save(&mut self.connection, key, room);
        self.told(saved)
    }

    /// Removes a room. Nothing happens if it is gone.
    pub fn remove_room(&self, key: &str) -> Result<()> {
        self.told(rooms::remove(&self.connection, key))
    }

    /// Keeps a message for somebody who is away, within the limits of
    /// [`limits`](crate::limits::PRIVATE_MESSAGES_KEPT_MAX).
    pub fn leave_message(
        &mut self,
        to: AccountId,
        sender: AccountId,
        from: &str,
        text: &str,
        at: SystemTime,
    ) -> Result<Left> {
        let left = messages::leave(&mut self.connection, to, sender, from, text, at);
        self.told(left)
    }

    /// The messages that wait for somebody, in the order in which they were left.
    pub fn messages_for(&self, id: AccountId) -> Result<Vec<PrivateMessage>> {
        self.told(messages::waiting_for(&self.connection, id))
    }

    /// Removes the messages that wait for somebody, up to this one.
    pub fn forget_messages(&self, id: AccountId, up_to: i64) -> Result<()> {
        self.told(messages::forget(&self.connection, id, up_to))
    }

    /// The same, with the file's name in what is told of an error.
    fn told<T>(&self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|error| ArchiveError::from_sqlite(&self.file, error))
    }
}
