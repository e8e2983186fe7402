//! Names: who may have which, and which one a new client gets.

use std::sync::Arc;

use crate::chat::state::Chat;
use crate::model::{Naming, Newcomer, PersonId, Refusal};
use crate::text::nick::Nick;
use crate::text::wanted_nick::WantedNick;

impl Chat {
    /// Checks that a person may have a name: no other person has it or one that resembles it,
    /// connected or registered.
    pub(in crate::chat) fn is_free(
        &self,
        wanted: &WantedNick,
        person: PersonId,
    ) -> Result<(), Refusal> {
        let WantedNick { nick, resembles_guest_name } = wanted;
        let name = nick.as_str().clone();
        let is_other = |other: &PersonId| *other != person;
        // Checked first: the name's owner may be connected already, and only this answer tells a
        // second client of theirs what to do.
        if let Some(account) = self.accounts.named(nick.key())
            && is_other(&PersonId::Registered(account))
        {
            return Err(Refusal::NameRegistered { name });
        }
        if self.people.named(nick.key()).as_ref().is_some_and(is_other) {
            return Err(Refusal::NameInUse { name });
        }
        let resembled = self.people.looking_like(nick).filter(is_other).or_else(|| {
            self.accounts.looking_like(nick).map(PersonId::Registered).filter(is_other)
        });
        if let Some(other) = resembled {
            return Err(Refusal::NameResembles { name, other: Some(self.name_of(other)) });
        }
        let has_it = self.people.find(person).is_some_and(|own| own.nick.key() == nick.key());
        if !has_it && *resembles_guest_name {
            return Err(Refusal::NameResembles { name, other: None });
        }
        Ok(())
    }

    /// Chooses the name of a new client: the requested one if it is free, or one by the configured
    /// scheme. Returns whether it is the requested one.
    pub(in crate::chat) fn name_for(
        &self,
        newcomer: &Newcomer,
        guest_name: &Arc<str>,
    ) -> (Nick, bool) {
        let person = PersonId::Guest(newcomer.client);
        match (&newcomer.name, self.options.naming) {
            (Some(wanted), _) if self.is_free(wanted, person).is_ok() => {
                (wanted.nick.clone(), true)
            }
            (_, Naming::Guest) => (self.given_name(guest_name), false),
            // Two connections can share an address and port if they connected to different server
            // ports.
            (_, Naming::Address) => (self.given_name(&newcomer.address.to_string().into()), false),
        }
    }

    /// A name that the server gives: with a number behind it if somebody has it.
    pub(in crate::chat) fn given_name(&self, drawn: &Arc<str>) -> Nick {
        if !self.is_taken(drawn) {
            return Nick::of_guest(drawn.clone());
        }
        let numbered = (2u64..).map(|number| format!("{drawn}-{number}"));
        let free = numbered.into_iter().find(|name| !self.is_taken(name));
        Nick::of_guest(free.unwrap_or_else(|| drawn.to_string()))
    }

    /// Whether somebody has this name, which is its own key, or has registered it.
    pub fn is_taken(&self, name: &str) -> bool {
        self.people.named(name).is_some() || self.accounts.named(name).is_some()
    }
}
