//! Finds the owner of a name, by the name itself or by one that it could be mistaken for.

use std::collections::HashMap;
use std::sync::Arc;

use crate::text::nick::Name;

/// Names, each with the id of what it names. Users choose names, so the hash has to resist
/// collisions.
#[derive(Clone, Debug)]
pub(in crate::chat) struct NameTable<Id> {
    by_key: HashMap<Arc<str>, Id>,
    /// Assigned names have no looks, since no chosen name may resemble any of them.
    by_look: HashMap<Arc<str>, Id>,
}

impl<Id> Default for NameTable<Id> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), by_look: HashMap::new() }
    }
}

impl<Id: Copy> NameTable<Id> {
    pub(in crate::chat) fn insert(&mut self, name: &impl AsRef<Name>, id: Id) {
        let name = name.as_ref();
        self.by_key.insert(name.key().clone(), id);
        for look in name.looks() {
            self.by_look.insert(look.clone(), id);
        }
    }

    pub(in crate::chat) fn remove(&mut self, name: &impl AsRef<Name>) {
        let name = name.as_ref();
        self.by_key.remove(name.key());
        for look in name.looks() {
            self.by_look.remove(look);
        }
    }

    /// The id with this name's key.
    pub(in crate::chat) fn named(&self, key: &str) -> Option<Id> {
        self.by_key.get(key).copied()
    }

    /// The id whose name resembles this one.
    pub(in crate::chat) fn looking_like(&self, name: &impl AsRef<Name>) -> Option<Id> {
        name.as_ref().looks().find_map(|look| self.by_look.get(look).copied())
    }
}
