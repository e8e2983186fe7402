//! Registered names and their accounts. All of them are in memory, so that no lookup needs the
//! disk.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use rustc_hash::FxHashMap;

use super::password_attempts::Attempts;
use super::sanctions::SanctionQuery;
use crate::model::id::{AccountId, ClientId, PersonId};
use crate::model::password::PasswordHash;
use crate::model::records::Account;
use crate::model::settings::Settings;
use crate::text::nick::Nick;

#[derive(Debug)]
pub(in crate::chat) struct RegisteredName {
    pub(in crate::chat) nick: Nick,
    pub(in crate::chat) password: PasswordHash,
    pub(in crate::chat) registered_at: SystemTime,
    pub(in crate::chat) seen_at: SystemTime,
    pub(in crate::chat) settings: Settings,
}

/// A guest who is registering a name.
#[derive(Debug)]
pub(in crate::chat) struct Registering {
    pub(in crate::chat) nick: Nick,
    /// The guest at the time of the request, to find their bans and mutes.
    pub(in crate::chat) guest: SanctionQuery,
}

/// All registered names.
#[derive(Debug, Default)]
pub(in crate::chat) struct Accounts {
    pub(in crate::chat) by_id: FxHashMap<AccountId, RegisteredName>,
    /// Users choose names, so this hash has to resist collisions.
    by_key: HashMap<Arc<str>, AccountId>,
    by_look: HashMap<Arc<str>, AccountId>,
    /// Names that the accounts worker has yet to store, by the client that asked: at most as many
    /// as it has jobs. The name stays reserved even if the client disconnects meanwhile.
    pub(in crate::chat) being_registered: FxHashMap<ClientId, Registering>,
    pub(in crate::chat) attempts: Attempts,
}

impl Accounts {
    /// Creates the table from the stored accounts.
    pub(in crate::chat) fn new(kept: Vec<(Box<str>, Account)>) -> Self {
        let mut accounts = Self::default();
        for (_, account) in kept {
            accounts.add(account);
        }
        accounts
    }

    pub(in crate::chat) fn add(&mut self, account: Account) -> Nick {
        let Account { id, name, password, registered_at, seen_at, settings } = account;
        // A name that has become invalid under stricter rules still belongs to its owner.
        let nick = Nick::parse(&name).unwrap_or_else(|_| Nick::of_guest(&name));
        self.by_key.insert(nick.key().clone(), id);
        for look in nick.looks() {
            self.by_look.insert(look.clone(), id);
        }
        let known =
            RegisteredName { nick: nick.clone(), password, registered_at, seen_at, settings };
        self.by_id.insert(id, known);
        nick
    }

    pub(in crate::chat) fn remove(&mut self, id: AccountId) -> Option<RegisteredName> {
        let known = self.by_id.remove(&id)?;
        self.by_key.remove(known.nick.key());
        for look in known.nick.looks() {
            self.by_look.remove(look);
        }
        Some(known)
    }

    /// The account with this name.
    pub(in crate::chat) fn named(&self, key: &str) -> Option<AccountId> {
        self.by_key.get(key).copied()
    }

    pub(in crate::chat) fn has_name(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
            || self.being_registered.values().any(|one| **one.nick.key() == *key)
    }

    /// The name that someone else is registering at the moment, if it equals or resembles this one.
    pub(in crate::chat) fn being_registered_like(
        &self,
        nick: &Nick,
        person: PersonId,
    ) -> Option<&Nick> {
        let is_alike = |other: &&Nick| {
            let shares = |look: &Arc<str>| nick.looks().any(|own| own == look);
            other.key() == nick.key() || other.looks().any(shares)
        };
        let others = self.being_registered.iter();
        let others = others.filter(|(client, _)| PersonId::Guest(**client) != person);
        others.map(|(_, other)| &other.nick).find(is_alike)
    }

    /// The account whose name resembles this one.
    pub(in crate::chat) fn looking_like(&self, nick: &Nick) -> Option<AccountId> {
        nick.looks().find_map(|look| self.by_look.get(look).copied())
    }

    pub(in crate::chat) fn name(&self, id: AccountId) -> Option<Arc<str>> {
        self.by_id.get(&id).map(|known| known.nick.as_str().clone())
    }

    /// When the account was registered, and when its owner was last seen.
    pub(in crate::chat) fn dates(&self, id: AccountId) -> Option<(SystemTime, SystemTime)> {
        self.by_id.get(&id).map(|known| (known.registered_at, known.seen_at))
    }

    pub(in crate::chat) fn seen(&mut self, id: AccountId, at: SystemTime) {
        if let Some(known) = self.by_id.get_mut(&id) {
            known.seen_at = at;
        }
    }

    /// Changes the spelling of an account's name.
    pub(in crate::chat) fn respell(&mut self, id: AccountId, nick: Nick) {
        if let Some(mut known) = self.remove(id) {
            self.by_key.insert(nick.key().clone(), id);
            for look in nick.looks() {
                self.by_look.insert(look.clone(), id);
            }
            known.nick = nick;
            self.by_id.insert(id, known);
        }
    }

    pub(in crate::chat) fn set_settings(&mut self, id: AccountId, settings: Settings) {
        if let Some(known) = self.by_id.get_mut(&id) {
            known.settings = settings;
        }
    }
}
