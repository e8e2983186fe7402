//! Registered names and their accounts. All of them are in memory, so that no lookup needs the
//! disk.

use std::sync::Arc;
use std::time::SystemTime;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::name_table::NameTable;
use super::password_attempts::Attempts;
use crate::base::in_order;
use crate::model::{Account, AccountId, PasswordHash, Settings};
use crate::text::nick::Nick;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::chat) struct RegisteredName {
    pub(in crate::chat) nick: Nick,
    pub(in crate::chat) password: PasswordHash,
    pub(in crate::chat) registered_at: SystemTime,
    pub(in crate::chat) seen_at: SystemTime,
    pub(in crate::chat) settings: Settings,
}

/// All registered names.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::chat) struct Accounts {
    #[serde(serialize_with = "in_order::map")]
    pub(in crate::chat) by_id: FxHashMap<AccountId, RegisteredName>,
    #[serde(skip)]
    names: NameTable<AccountId>,
    /// The highest id ever assigned.
    last: AccountId,
    /// Counted by the client's own server, before an attempt becomes a command.
    #[serde(skip)]
    pub(in crate::chat) attempts: Attempts,
}

impl Accounts {
    /// Creates the table from the stored accounts.
    pub(in crate::chat) fn new(kept: Vec<(Box<str>, Account)>, last: AccountId) -> Self {
        let mut accounts = Self { last, ..Self::default() };
        for (_, account) in kept {
            // A name that has become invalid under stricter rules still belongs to its owner.
            let name = &account.name;
            let nick = Nick::parse(name).unwrap_or_else(|_| Nick::of_guest(&**name));
            accounts.insert(account, nick);
        }
        accounts
    }

    /// Fills in the names, which are not saved.
    pub(in crate::chat) fn find_names(&mut self) {
        for (id, known) in &self.by_id {
            self.names.insert(&known.nick, *id);
        }
    }

    /// Registers a name.
    pub(in crate::chat) fn add(
        &mut self,
        nick: Nick,
        password: PasswordHash,
        at: SystemTime,
    ) -> Account {
        self.last.0 += 1;
        let account = Account {
            id: self.last,
            name: (&**nick.as_str()).into(),
            password,
            registered_at: at,
            seen_at: at,
            settings: Settings::default(),
        };
        self.insert(account.clone(), nick);
        account
    }

    fn insert(&mut self, account: Account, nick: Nick) {
        let Account { id, password, registered_at, seen_at, settings, .. } = account;
        self.names.insert(&nick, id);
        self.by_id.insert(id, RegisteredName { nick, password, registered_at, seen_at, settings });
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
