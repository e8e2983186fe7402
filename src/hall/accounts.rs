//! Registered names, and whose they are. All of them are known here, so that no name has to be
//! looked up on a disk.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use rustc_hash::FxHashMap;

use super::attempts::Attempts;
use super::moderation::Suspect;
use crate::archive::Account;
use crate::id::{AccountId, ClientId, PersonId};
use crate::nick::Nick;
use crate::password::PasswordHash;
use crate::settings::Settings;

#[derive(Debug)]
pub(super) struct Known {
    pub(super) nick: Nick,
    pub(super) password: PasswordHash,
    pub(super) registered_at: SystemTime,
    pub(super) seen_at: SystemTime,
    pub(super) settings: Settings,
}

/// A guest who is registering a name.
#[derive(Debug)]
pub(super) struct Registering {
    pub(super) nick: Nick,
    /// Who they were when they asked, by which a ban or a mute of theirs is found.
    pub(super) guest: Suspect,
}

/// All registered names.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    pub(super) by_id: FxHashMap<AccountId, Known>,
    /// Names can be chosen, so this hash cannot be a cheap one.
    by_key: HashMap<Arc<str>, AccountId>,
    by_look: HashMap<Arc<str>, AccountId>,
    /// Names that the registrar has still to write down, by who asked: at most as many as it has
    /// jobs. Who asked may leave meanwhile, and the name is nobody else's all the same.
    pub(super) being_registered: FxHashMap<ClientId, Registering>,
    pub(super) attempts: Attempts,
}

impl Accounts {
    /// The accounts that have been kept.
    pub(super) fn new(kept: Vec<(Box<str>, Account)>) -> Self {
        let mut accounts = Self::default();
        for (_, account) in kept {
            accounts.add(account);
        }
        accounts
    }

    pub(super) fn add(&mut self, account: Account) -> Nick {
        let Account { id, name, password, registered_at, seen_at, settings } = account;
        // A name that is none any more, by stricter rules, is still its owner's.
        let nick = Nick::parse(&name).unwrap_or_else(|_| Nick::of_guest(&name));
        self.by_key.insert(nick.key().clone(), id);
        for look in nick.looks() {
            self.by_look.insert(look.clone(), id);
        }
        let known = Known { nick: nick.clone(), password, registered_at, seen_at, settings };
        self.by_id.insert(id, known);
        nick
    }

    pub(super) fn remove(&mut self, id: AccountId) -> Option<Known> {
        let known = self.by_id.remove(&id)?;
        self.by_key.remove(known.nick.key());
        for look in known.nick.looks() {
            self.by_look.remove(look);
        }
        Some(known)
    }

    /// Whose name this is.
    pub(super) fn named(&self, key: &str) -> Option<AccountId> {
        self.by_key.get(key).copied()
    }

    pub(super) fn has_name(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
            || self.being_registered.values().any(|one| **one.nick.key() == *key)
    }

    /// The name that somebody else is registering just now, if it is this one or looks like it.
    pub(super) fn being_registered_like(&self, nick: &Nick, person: PersonId) -> Option<&Nick> {
        let is_alike = |other: &&Nick| {
            let shares = |look: &Arc<str>| nick.looks().any(|own| own == look);
            other.key() == nick.key() || other.looks().any(shares)
        };
        let others = self.being_registered.iter();
        let others = others.filter(|(client, _)| PersonId::Guest(**client) != person);
        others.map(|(_, other)| &other.nick).find(is_alike)
    }

    /// Whose name looks like this.
    pub(super) fn looking_like(&self, nick: &Nick) -> Option<AccountId> {
        nick.looks().find_map(|look| self.by_look.get(look).copied())
    }

    pub(super) fn name(&self, id: AccountId) -> Option<Arc<str>> {
        self.by_id.get(&id).map(|known| known.nick.as_str().clone())
    }

    /// When it was registered, and when its owner was last here.
    pub(super) fn dates(&self, id: AccountId) -> Option<(SystemTime, SystemTime)> {
        self.by_id.get(&id).map(|known| (known.registered_at, known.seen_at))
    }

    pub(super) fn seen(&mut self, id: AccountId, at: SystemTime) {
        if let Some(known) = self.by_id.get_mut(&id) {
            known.seen_at = at;
        }
    }

    /// Its owner spells the name otherwise.
    pub(super) fn respell(&mut self, id: AccountId, nick: Nick) {
        if let Some(mut known) = self.remove(id) {
            self.by_key.insert(nick.key().clone(), id);
            for look in nick.looks() {
                self.by_look.insert(look.clone(), id);
            }
            known.nick = nick;
            self.by_id.insert(id, known);
        }
    }

    pub(super) fn set_settings(&mut self, id: AccountId, settings: Settings) {
        if let Some(known) = self.by_id.get_mut(&id) {
            known.settings = settings;
        }
    }
}
