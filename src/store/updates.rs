//! Pending updates: the latest change to each thing, written together in one transaction.
//!
//! However often users change their minds, and however long the disk accepts nothing, there is at
//! most one pending change per account of each kind. Rooms, bans and mutes can be created and
//! removed at will, so they have limits.

use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

use rusqlite::ffi::ErrorCode;
use rusqlite::{Connection, Result, Transaction};

use super::tables::{accounts, audit, messages, moderation, rooms, sanctions, settings};
use crate::limits;
use crate::model::{
    AccountId, AuditEntry, LobbyRules, ModerationChange, Rank, RoomRecord, Sanction, SanctionId,
    Settings, Update,
};

/// Too many updates are pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

/// All pending updates, the latest of each thing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Updates {
    settings: BTreeMap<AccountId, Settings>,
    seen: BTreeMap<AccountId, SystemTime>,
    names: BTreeMap<AccountId, Box<str>>,
    rooms: BTreeMap<Box<str>, Option<RoomRecord>>,
    ranks: BTreeMap<AccountId, Option<Rank>>,
    /// `None` for those that have been lifted.
    sanctions: BTreeMap<SanctionId, Option<Sanction>>,
    lockdown: Option<bool>,
    lobby: Option<LobbyRules>,
    audit: VecDeque<AuditEntry>,
    messages_seen: BTreeMap<AccountId, i64>,
}

impl Updates {
    /// Adds an update, replacing an earlier one for the same thing.
    ///
    /// # Errors
    /// If [`limits::UNSAVED_ROOMS_MAX`] rooms are pending and this is another one, or if too many
    /// bans and mutes are pending.
    pub fn add(&mut self, update: Update) -> std::result::Result<(), TooMuch> {
        if self.has_no_room_for(&update) {
            return Err(TooMuch);
        }
        match update {
            Update::Settings { account, settings } => {
                self.settings.insert(account, settings);
            }
            Update::Seen { account, at } => {
                self.seen.insert(account, at);
            }
            Update::Name { account, name } => {
                self.names.insert(account, name);
            }
            Update::Room { key, room } => {
                self.rooms.insert(key, room);
            }
            Update::Moderation { change, entry } => {
                if let Some(change) = change {
                    self.add_change(change);
                }
                if let Some(entry) = entry {
                    // The table keeps no more entries than this.
                    if self.audit.len() >= limits::AUDIT_ENTRIES_MAX {
                        self.audit.pop_front();
                    }
                    self.audit.push_back(entry);
                }
            }
            Update::MessagesSeen { account, up_to } => {
                self.messages_seen.insert(account, up_to);
            }
        }
        Ok(())
    }

    /// Lifting a ban or mute is always possible: only a limited number of them can be lifted.
    fn has_no_room_for(&self, update: &Update) -> bool {
        match update {
            Update::Room { key, .. } => {
                self.rooms.len() >= limits::UNSAVED_ROOMS_MAX && !self.rooms.contains_key(key)
            }
            Update::Moderation {
                change: Some(ModerationChange::Impose { sanction, .. }), ..
            } => {
                let max = limits::UNSAVED_SANCTIONS_MAX;
                // Anyone can own a room, and must not use up the moderators' share.
                let max = if sanction.room.is_some() { max / 2 } else { max };
                self.sanctions.len() >= max && !self.sanctions.contains_key(&sanction.id)
            }
            _ => false,
        }
    }

    fn add_change(&mut self, change: ModerationChange) {
        match change {
            ModerationChange::Rank { account, rank } => {
                self.ranks.insert(account, rank);
            }
            ModerationChange::Impose { sanction, replaced } => {
                self.remove_sanctions(replaced);
                self.sanctions.insert(sanction.id, Some(sanction));
            }
            ModerationChange::Remove(ids) => self.remove_sanctions(ids),
            ModerationChange::Lockdown(is_locked) => self.lockdown = Some(is_locked),
            ModerationChange::Lobby(rules) => self.lobby = Some(rules),
        }
    }

    fn remove_sanctions(&mut self, ids: Vec<SanctionId>) {
        self.sanctions.extend(ids.into_iter().map(|id| (id, None)));
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Writes all updates. If the tables refuse one because of a bug in the caller, logs it and
    /// leaves it out; otherwise everything after it would be stuck. Returns the number of refused
    /// updates.
    pub(crate) fn write(&self, transaction: &mut Transaction<'_>) -> Result<usize> {
        let mut writing = Writing { transaction, refused: 0 };
        writing
            .each(&self.settings, |tables, id, settings| settings::save(tables, *id, settings))?;
        writing.each(&self.seen, |tables, id, at| accounts::set_seen(tables, *id, *at))?;
        writing.each(&self.names, |tables, id, name| accounts::set_name(tables, *id, name))?;
        writing.each(&self.rooms, |tables, key, room| match room {
            Some(room) => rooms::save(tables, key, room),
            None => rooms::remove(tables, key),
        })?;
        writing.each(&self.ranks, |tables, id, rank| moderation::set_rank(tables, *id, *rank))?;
        writing.each(&self.sanctions, |tables, id, sanction| match sanction {
            Some(sanction) => sanctions::add(tables, sanction),
            None => sanctions::remove(tables, *id),
        })?;
        if let Some(is_locked) = self.lockdown {
            writing.one(|tables| moderation::set_lockdown(tables, is_locked))?;
        }
        if let Some(rules) = &self.lobby {
            writing.one(|tables| moderation::set_lobby(tables, rules))?;
        }
        for entry in &self.audit {
            writing.one(|tables| audit::add(tables, entry))?;
        }
        writing
            .each(&self.messages_seen, |tables, id, up_to| messages::forget(tables, *id, *up_to))?;
        Ok(writing.refused)
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
