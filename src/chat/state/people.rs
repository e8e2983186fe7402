//! The people who are connected: their identities, names and clients.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::Chat;
use super::mentions::Mentions;
use super::name_table::NameTable;
use crate::base::in_order;
use crate::base::zone::Zone;
use crate::model::{ClientId, ClientIndex, PersonId, Settings, WhoisAway};
use crate::text::nick::Nick;

/// A person who is connected.
#[derive(Debug)]
pub(in crate::chat) struct Person {
    pub(in crate::chat) nick: Nick,
    pub(in crate::chat) indexes: SmallVec<[ClientIndex; 1]>,
    /// State that only some people have.
    pub(in crate::chat) more: Option<Box<PersonState>>,
}

/// A person's settings and conversation state.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::chat) struct PersonState {
    pub(in crate::chat) settings: Settings,
    /// The zone that is named in the settings.
    #[serde(skip)]
    pub(in crate::chat) zone: Option<Zone>,
    #[serde(serialize_with = "in_order::set")]
    pub(in crate::chat) ignored: FxHashSet<PersonId>,
    pub(in crate::chat) away: Option<WhoisAway>,
    /// The sender of the last private message to this person.
    pub(in crate::chat) reply_to: Option<PersonId>,
}

/// A person as they are saved.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::chat) struct SavedPerson<'a> {
    id: PersonId,
    nick: Cow<'a, Nick>,
    clients: Vec<ClientId>,
    more: Option<Cow<'a, PersonState>>,
}

/// All people who are connected, by identity and by name.
#[derive(Debug, Default)]
pub(in crate::chat) struct People {
    by_id: FxHashMap<PersonId, Box<Person>>,
    names: NameTable<PersonId>,
    mentions: Mentions,
}

impl Person {
    pub(in crate::chat) fn more(&mut self) -> &mut PersonState {
        self.more.get_or_insert_default()
    }

    pub(in crate::chat) fn is_away(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.away.is_some())
    }
}

impl PersonState {
    /// Finds the zone that is named in the settings.
    pub(in crate::chat) fn find_zone(&mut self) {
        self.zone = self.settings.zone.as_deref().and_then(|name| Zone::find(name).ok());
    }
}

impl People {
    /// The people in the order of their ids, to be saved.
    pub(in crate::chat) fn saved(
        &self,
        id_of: impl Fn(ClientIndex) -> ClientId,
    ) -> Vec<SavedPerson<'_>> {
        let mut saved: Vec<SavedPerson<'_>> = self
            .iter()
            .map(|(id, person)| SavedPerson {
                id,
                nick: Cow::Borrowed(&person.nick),
                clients: person.indexes.iter().copied().map(&id_of).collect(),
                more: person.more.as_deref().map(Cow::Borrowed),
            })
            .collect();
        saved.sort_unstable_by_key(|person| person.id);
        saved
    }

    /// Restores the people that were saved.
    pub(in crate::chat) fn restored(
        saved: Vec<SavedPerson<'_>>,
        indexes: &FxHashMap<ClientId, ClientIndex>,
    ) -> Self {
        let mut people = Self::default();
        for SavedPerson { id, nick, clients, more } in saved {
            people.add_name(id, &nick);
            let indexes =
                clients.iter().filter_map(|client| indexes.get(client).copied()).collect();
            let more = more.map(|more| {
                let mut more = more.into_owned();
                more.find_zone();
                Box::new(more)
            });
            let person = Person { nick: nick.into_owned(), indexes, more };
            people.by_id.insert(id, Box::new(person));
        }
        people
    }

    /// Adds a person with their first client.
    pub(in crate::chat) fn add(&mut self, id: PersonId, nick: Nick, index: ClientIndex) {
        self.add_name(id, &nick);
        let person = Person { nick, indexes: SmallVec::from_elem(index, 1), more: None };
        self.by_id.insert(id, Box::new(person));
    }

    /// Removes a person whose last client has left.
    pub(in crate::chat) fn remove(&mut self, id: PersonId) -> Option<Box<Person>> {
        let person = self.by_id.remove(&id)?;
        self.remove_name(&person.nick);
        Some(person)
    }

    pub(in crate::chat) fn find(&self, id: PersonId) -> Option<&Person> {
        self.by_id.get(&id).map(|person| &**person)
    }

    pub(in crate::chat) fn find_mut(&mut self, id: PersonId) -> Option<&mut Person> {
        self.by_id.get_mut(&id).map(|person| &mut **person)
    }

    /// The person with this name.
    pub(in crate::chat) fn named(&self, key: &str) -> Option<PersonId> {
        self.names.named(key)
    }

    /// The person whose name resembles this one.
    pub(in crate::chat) fn looking_like(&self, nick: &Nick) -> Option<PersonId> {
        self.names.looking_like(nick)
    }

    pub(in crate::chat) fn rename(&mut self, id: PersonId, nick: Nick) {
        if let Some(person) = self.by_id.get_mut(&id) {
            let before = std::mem::replace(&mut person.nick, nick.clone());
            self.remove_name(&before);
            self.add_name(id, &nick);
        }
    }

    /// Makes ignore lists and reply targets that refer to `before` refer to `after`. Returns the
    /// people who ignored `before`.
    pub(in crate::chat) fn change_meant(
        &mut self,
        before: PersonId,
        after: PersonId,
    ) -> Vec<PersonId> {
        let mut ignoring = Vec::new();
        for (&id, person) in &mut self.by_id {
            let Some(more) = person.more.as_mut() else { continue };
            if more.reply_to == Some(before) {
                more.reply_to = Some(after);
            }
            if more.ignored.remove(&before) {
                // They may have become the very person who ignored them.
                if id != after {
                    more.ignored.insert(after);
                }
                ignoring.push(id);
            }
        }
        ignoring.sort_unstable();
        ignoring
    }

    /// All people who are connected.
    pub(in crate::chat) fn iter(&self) -> impl Iterator<Item = (PersonId, &Person)> {
        self.by_id.iter().map(|(&id, person)| (id, &**person))
    }

    /// Calls `found` for each person whose name is in the text.
    pub(in crate::chat) fn mentioned(&self, text: &str, found: &mut dyn FnMut(PersonId)) {
        self.mentions.find(text, &self.names, found);
    }

    fn add_name(&mut self, id: PersonId, nick: &Nick) {
        self.names.insert(nick, id);
        self.mentions.add(nick.key());
    }

    fn remove_name(&mut self, nick: &Nick) {
        self.names.remove(nick);
        self.mentions.remove(nick.key());
    }
}

impl Chat {
    pub(in crate::chat) fn person(&self, index: ClientIndex) -> &Person {
        let id = self.clients[index.0].person;
        self.people.find(id).expect("a client is somebody's until it leaves")
    }

    pub(in crate::chat) fn person_mut(&mut self, index: ClientIndex) -> &mut Person {
        let id = self.clients[index.0].person;
        self.people.find_mut(id).expect("a client is somebody's until it leaves")
    }

    /// Whether this person exists, connected or registered.
    pub(in crate::chat) fn is_anybody(&self, person: PersonId) -> bool {
        let is_registered = |account| self.accounts.name(account).is_some();
        self.people.find(person).is_some() || person.account().is_some_and(is_registered)
    }

    fn nick_of(&self, person: PersonId) -> Option<&Nick> {
        let registered = || Some(&self.accounts.by_id.get(&person.account()?)?.nick);
        self.people.find(person).map(|person| &person.nick).or_else(registered)
    }

    /// The name of a person, connected or registered.
    pub(in crate::chat) fn name_of(&self, person: PersonId) -> Arc<str> {
        self.nick_of(person).map_or_else(|| "?".into(), |nick| nick.as_str().clone())
    }

    /// The key of that name.
    pub(in crate::chat) fn key_of(&self, person: PersonId) -> Option<Arc<str>> {
        self.nick_of(person).map(|nick| nick.key().clone())
    }

    /// The clients of a person.
    pub(in crate::chat) fn indexes_of(&self, person: PersonId) -> SmallVec<[ClientIndex; 1]> {
        self.people.find(person).map(|person| person.indexes.clone()).unwrap_or_default()
    }

    /// The person's settings, if they have chosen any.
    pub(in crate::chat) fn settings(&self, index: ClientIndex) -> Option<&Settings> {
        self.person(index).more.as_ref().map(|more| &more.settings)
    }

    /// The time zone in which times are shown to a client.
    pub(in crate::chat) fn zone(&self, index: ClientIndex) -> Zone {
        let chosen = self.person(index).more.as_ref().and_then(|more| more.zone.clone());
        chosen.unwrap_or_else(|| Zone::of_server().clone())
    }

    /// The people that a client's person ignores.
    pub(in crate::chat) fn ignored(&self, index: ClientIndex) -> FxHashSet<PersonId> {
        self.person(index).more.as_ref().map(|more| more.ignored.clone()).unwrap_or_default()
    }

    /// The person's settings with their current ignore list, as far as it can be stored: an ignored
    /// guest is ignored until one of the two leaves.
    pub(in crate::chat) fn with_ignored(&self, index: ClientIndex) -> Settings {
        let mut settings = self.settings(index).cloned().unwrap_or_default();
        settings.ignored = self.ignored(index).into_iter().filter_map(PersonId::account).collect();
        settings.ignored.sort_unstable();
        settings
    }

    /// Whether `to` ignores `from`.
    pub(in crate::chat) fn is_ignored_by(&self, from: PersonId, to: PersonId) -> bool {
        let more = self.people.find(to).and_then(|person| person.more.as_ref());
        more.is_some_and(|more| more.ignored.contains(&from))
    }
}
