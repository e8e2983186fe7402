//! Registered names and their accounts. All of them are in memory, so that no lookup needs the
//! disk.

use std::sync::Arc;
use std::time::SystemTime;

use rustc_hash::FxHashMap;

use super::name_table::NameTable;
use super::password_attempts::Attempts;
use super::sanctions::SanctionQuery;
use crate::model::{Account, AccountId, ClientId, PasswordHash, PersonId, Settings};
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
    names: NameTable<AccountId>,
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
        self.names.insert(&nick, id);
        let known =
            RegisteredName { nick: nick.clone(), password, registered_at, seen_at, settings };
        self.by_id.insert(id, known);
        nick
    }

    pub(in crate::chat) fn remove(&mut self, id: AccountId) -> Option<RegisteredName> {
        let known = self.by_id.remove(&id)?;
        self.names.remove(&known.nick);
        Some(known)
    }

    /// The account with this name.
    pub(in crate::chat) fn named(&self, key: &str) -> Option<AccountId> {
        self.names.named(key)
    }

    pub(in crate::chat) fn has_name(&self, key: &str) -> bool {
        self.names.named(key).is_some()
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
        self.names.looking_like(nick)
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
        if let Some(known) = self.by_id.get_mut(&id) {
            self.names.remove(&known.nick);
            self.names.insert(&nick, id);
            known.nick = nick;
        }
    }

    pub(in crate::chat) fn set_settings(&mut self, id: AccountId, settings: Settings) {
        if let Some(known) = self.by_id.get_mut(&id) {
            known.settings = settings;
        }
    }
}
