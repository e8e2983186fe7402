//! Completions of a word being typed: people and rooms, most recently active first.
//!
//! They reveal nothing that `/who` and `/rooms` would not show.

use std::cmp::Reverse;

use crate::chat::state::Chat;
use crate::command::completion::{CompletionKind, CompletionRequest};
use crate::limits;
use crate::model::{ClientIndex, PersonId};

impl Chat {
    /// The completions of a client's word.
    pub(in crate::chat) fn completions(
        &self,
        index: ClientIndex,
        wanted: &CompletionRequest,
    ) -> Vec<Box<str>> {
        match wanted.kind {
            _ if self.is_outside(index) => Vec::new(),
            CompletionKind::Room => self.rooms_beginning(index, &wanted.prefix),
            CompletionKind::Name => self.names_beginning(index, &wanted.prefix),
            // Commands are the same for everyone, so the connection completes them itself.
            CompletionKind::Command => Vec::new(),
        }
    }

    /// Rooms that the client may know of, its own first.
    fn rooms_beginning(&self, index: ClientIndex, prefix: &str) -> Vec<Box<str>> {
        let own = &self.clients[index.0].rooms;
        let own_place = |id| own.iter().rev().position(|&other| other == id);
        let mut found: Vec<_> = self
            .rooms
            .iter()
            .filter(|room| begins(bare(room.name()), prefix))
            .filter(|room| self.is_shown_to(index, room))
            .map(|room| {
                let place = own_place(room.id()).unwrap_or(usize::MAX);
                (place, Reverse(room.last_said_at()), room.name())
            })
            .collect();
        keep_first(&mut found);
        found.into_iter().map(|(_, _, name)| bare(name).into()).collect()
    }

    /// People who share a room with the client, its own person last.
    pub(in crate::chat) fn names_beginning(
        &self,
        index: ClientIndex,
        prefix: &str,
    ) -> Vec<Box<str>> {
        let client = &self.clients[index.0];
        let shares_room = |person: PersonId| {
            client.rooms.iter().any(|&room| self.rooms.find(room).is_some_and(|it| it.has(person)))
        };
        let mut found: Vec<_> = self
            .people
            .iter()
            .filter(|(_, person)| begins(person.nick.as_str(), prefix))
            .filter(|(id, _)| shares_room(*id))
            .map(|(id, person)| {
                let spoke_at =
                    person.indexes.iter().map(|index| self.clients[index.0].spoke_at).max();
                (id == client.person, Reverse(spoke_at), person.nick.as_str())
            })
            .collect();
        keep_first(&mut found);
        found.into_iter().map(|(_, _, name)| (&**name).into()).collect()
    }
}

/// Keeps the completions to offer, in order. There may be very many, so only those are sorted.
fn keep_first<T: Ord>(found: &mut Vec<T>) {
    if found.len() > limits::COMPLETIONS_MAX {
        found.select_nth_unstable(limits::COMPLETIONS_MAX);
        found.truncate(limits::COMPLETIONS_MAX);
    }
    found.sort_unstable();
}

/// The name of a room without its `#`.
fn bare(name: &str) -> &str {
    name.trim_start_matches('#')
}

/// Whether a name begins with the prefix, ignoring case. Runs for every connected person.
fn begins(name: &str, prefix: &str) -> bool {
    if name.is_ascii() && prefix.is_ascii() {
        let beginning = name.as_bytes().get(..prefix.len());
        return beginning.is_some_and(|it| it.eq_ignore_ascii_case(prefix.as_bytes()));
    }
    name.to_lowercase().starts_with(&prefix.to_lowercase())
}
