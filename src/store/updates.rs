//! Pending updates: the latest change to each thing, written together in one transaction.
//!
//! A set never refuses an update, however long the disk accepts nothing, and its size is limited by
//! what the chat itself limits: it holds at most one change of each kind for everything that exists,
//! and one removal for everything that existed when the set began. What is created and removed again
//! within one set leaves nothing but its number.

use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

use rusqlite::ffi::ErrorCode;
use rusqlite::{Connection, Result, Transaction};

use super::tables::{
    accounts, audit, erasures, last_ids, messages, moderation, rooms, sanctions, settings,
};
use crate::limits;
use crate::model::{
    Account, AccountId, AuditEntry, Erasure, LastIds, LobbyRules, MessageId, ModerationChange,
    PasswordHash, PrivateMessage, Rank, RoomId, RoomRecord, Sanction, SanctionId, Settings, Update,
};

/// A set of pending updates, the latest of each thing.
#[derive(Debug, Default)]
pub struct Updates {
    changes: Changes,
    /// The highest ids that may be on the disk or in an earlier set. What has a higher one is in
    /// this set alone.
    earlier: LastIds,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    last_ids: LastIds,
    /// `None` for those that have been removed.
    accounts: BTreeMap<AccountId, Option<(Box<str>, Account)>>,
    passwords: BTreeMap<AccountId, PasswordHash>,
    settings: BTreeMap<AccountId, Settings>,
    seen: BTreeMap<AccountId, SystemTime>,
    names: BTreeMap<AccountId, Box<str>>,
    /// `None` for those that have been removed.
    rooms: BTreeMap<RoomId, Option<(Box<str>, RoomRecord)>>,
    ranks: BTreeMap<AccountId, Option<Rank>>,
    /// `None` for those that have been lifted.
    sanctions: BTreeMap<SanctionId, Option<Sanction>>,
    lockdown: Option<bool>,
    lobby: Option<LobbyRules>,
    audit: VecDeque<AuditEntry>,
    messages: BTreeMap<MessageId, (AccountId, PrivateMessage)>,
    messages_seen: BTreeMap<AccountId, MessageId>,
    erasures: Vec<Erasure>,
}

impl Updates {
    /// An empty set. The ids given so far may be on the disk.
    pub fn after(earlier: LastIds) -> Self {
        Self { changes: Changes::default(), earlier }
    }

    /// The set, leaving an empty one for later updates.
    pub fn take(&mut self) -> Self {
        let next = Self::after(self.earlier.max(self.changes.last_ids));
        std::mem::replace(self, next)
    }

    /// The accounts that are registered with it.
    pub fn registered(&self) -> Vec<AccountId> {
        let registered = self.changes.accounts.iter().filter(|(_, account)| account.is_some());
        registered.map(|(id, _)| *id).collect()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.changes == Changes::default()
    }

    /// Adds an update, replacing an earlier one for the same thing.
    pub fn add(&mut self, update: Update) {
        let changes = &mut self.changes;
        let ids = &mut changes.last_ids;
        match update {
            Update::Registered { key, account } => {
                ids.account = ids.account.max(account.id);
                changes.accounts.insert(account.id, Some((key, account)));
            }
            Update::Unregistered { account } => self.unregister(account),
            Update::Erased(erasure) => changes.erasures.push(erasure),
            Update::Password { account, hash } => _ = changes.passwords.insert(account, hash),
            Update::Settings { account, settings } => {
                changes.settings.insert(account, settings);
            }
            Update::Seen { account, at } => _ = changes.seen.insert(account, at),
            Update::Name { account, name } => _ = changes.names.insert(account, name),
            Update::RoomNumber(room) => ids.room = ids.room.max(room),
            Update::Room { key, room } => {
                ids.room = ids.room.max(room.id);
                changes.rooms.insert(room.id, Some((key, room)));
            }
            Update::RoomRemoved { room } => {
                remove(&mut changes.rooms, room, room > self.earlier.room);
            }
            Update::Moderation { change, entry } => {
                if let Some(change) = change {
                    self.add_change(change);
                }
                if let Some(entry) = entry {
                    self.add_entry(entry);
                }
            }
            Update::Message { to, message } => {
                ids.message = ids.message.max(message.id);
                changes.messages.insert(message.id, (to, message));
            }
            Update::MessagesSeen { account, up_to } => {
                changes.messages.retain(|id, (to, _)| *to != account || *id > up_to);
                changes.messages_seen.insert(account, up_to);
            }
        }
    }

    /// Forgets what is pending for an account, and removes it from the tables if it may be there.
    fn unregister(&mut self, account: AccountId) {
        let Changes { accounts, passwords, settings, seen, names, ranks, .. } = &mut self.changes;
        remove(accounts, account, account > self.earlier.account);
        passwords.remove(&account);
        settings.remove(&account);
        seen.remove(&account);
        names.remove(&account);
        ranks.remove(&account);
        self.changes.messages.retain(|_, (to, _)| *to != account);
        self.changes.messages_seen.remove(&account);
    }

    fn add_change(&mut self, change: ModerationChange) {
        let changes = &mut self.changes;
        match change {
            ModerationChange::Rank { account, rank } => _ = changes.ranks.insert(account, rank),
            ModerationChange::Impose { sanction, replaced } => {
                self.remove_sanctions(replaced);
                let ids = &mut self.changes.last_ids;
                ids.sanction = ids.sanction.max(sanction.id);
                self.changes.sanctions.insert(sanction.id, Some(sanction));
            }
            ModerationChange::Remove(ids) => self.remove_sanctions(ids),
            ModerationChange::Lockdown(is_locked) => changes.lockdown = Some(is_locked),
            ModerationChange::Lobby(rules) => changes.lobby = Some(rules),
        }
    }

    fn remove_sanctions(&mut self, ids: Vec<SanctionId>) {
        for id in ids {
            remove(&mut self.changes.sanctions, id, id > self.earlier.sanction);
        }
    }

    fn add_entry(&mut self, entry: AuditEntry) {
        let audit = &mut self.changes.audit;
        // The table keeps no more entries than this.
        if audit.len() >= limits::AUDIT_ENTRIES_MAX {
            audit.pop_front();
        }
        audit.push_back(entry);
    }

    /// Writes all updates. If the tables refuse one because of a bug in the caller, logs it and
    /// leaves it out; otherwise everything after it would be stuck. Returns the number of refused
    /// updates.
    pub(crate) fn write(&self, transaction: &mut Transaction<'_>) -> Result<usize> {
        let changes = &self.changes;
        let mut writing = Writing { transaction, refused: 0 };
        // In the order of their numbers: a name can be registered again only after the account that
        // had it is gone, and likewise for rooms.
        writing.each(&changes.accounts, |tables, id, account| match account {
            Some((key, account)) => accounts::add(tables, key, account),
            None => accounts::remove(tables, *id).map(drop),
        })?;
        writing.each(&changes.passwords, |tables, id, hash| {
            accounts::set_password(tables, *id, hash)
        })?;
        writing.each(&changes.settings, |tables, id, settings| {
            settings::save(tables, *id, settings)
        })?;
        writing.each(&changes.seen, |tables, id, at| accounts::set_seen(tables, *id, *at))?;
        writing.each(&changes.names, |tables, id, name| accounts::set_name(tables, *id, name))?;
        writing.each(&changes.rooms, |tables, id, room| match room {
            Some((key, room)) => rooms::save(tables, key, room),
            None => rooms::remove(tables, *id),
        })?;
        writing
            .each(&changes.ranks, |tables, id, rank| moderation::set_rank(tables, *id, *rank))?;
        writing.each(&changes.sanctions, |tables, id, sanction| match sanction {
            Some(sanction) => sanctions::add(tables, sanction),
            None => sanctions::remove(tables, *id),
        })?;
        if let Some(is_locked) = changes.lockdown {
            writing.one(|tables| moderation::set_lockdown(tables, is_locked))?;
        }
        if let Some(rules) = &changes.lobby {
            writing.one(|tables| moderation::set_lobby(tables, rules))?;
        }
        for entry in &changes.audit {
            writing.one(|tables| audit::add(tables, entry))?;
        }
        writing.each(&changes.messages, |tables, _, (to, message)| {
            messages::add(tables, *to, message)
        })?;
        writing.each(&changes.messages_seen, |tables, id, up_to| {
            messages::forget(tables, *id, *up_to)
        })?;
        for erasure in &changes.erasures {
            writing.one(|tables| erasures::begin(tables, erasure))?;
        }
        if changes.last_ids != LastIds::default() {
            // The last, since the tables themselves remember the ids of what has been stored.
            writing.one(|tables| last_ids::save(tables, changes.last_ids))?;
        }
        Ok(writing.refused)
    }
}

/// Removes something. If nothing of it can be on the disk, nothing has to be done there.
fn remove<Id: Ord, T>(changes: &mut BTreeMap<Id, Option<T>>, id: Id, is_here_alone: bool) {
    if is_here_alone {
        changes.remove(&id);
    } else {
        changes.insert(id, None);
    }
}

struct Writing<'a, 'c> {
    transaction: &'a mut Transaction<'c>,
    refused: usize,
}

impl Writing<'_, '_> {
    /// Writes the latest update of each thing.
    fn each<K, V, T>(
        &mut self,
        updates: &BTreeMap<K, V>,
        write: impl Fn(&Connection, &K, &V) -> Result<T>,
    ) -> Result<()> {
        updates.iter().try_for_each(|(key, update)| self.one(|tables| write(tables, key, update)))
    }

    /// Writes one update completely or not at all.
    fn one<T>(&mut self, write: impl FnOnce(&Connection) -> Result<T>) -> Result<()> {
        let savepoint = self.transaction.savepoint()?;
        match write(&savepoint) {
            Ok(_) => savepoint.commit(),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                tracing::error!(%error, "the database rejected a change, which is lost");
                self.refused += 1;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
