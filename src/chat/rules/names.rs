//! Names: who may have which, and which one a new client gets.

use crate::chat::state::{Chat, guest_names};
use crate::model::{Naming, Newcomer, PersonId, Refusal};
use crate::text::nick::Nick;

impl Chat {
    /// Checks that a person may have a name: no other person has it or one that resembles it,
    /// connected or registered.
    pub(in crate::chat) fn is_free(&self, nick: &Nick, person: PersonId) -> Result<(), Refusal> {
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
        if !has_it && guest_names::resembles_guest_name(nick) {
            return Err(Refusal::NameResembles { name, other: None });
        }
        Ok(())
    }

    /// Chooses the name of a new client: the requested one if it is free, or one by the configured
    /// scheme. Returns whether it is the requested one.
    pub(in crate::chat) fn name_for(&mut self, newcomer: &Newcomer) -> (Nick, bool) {
        let person = PersonId::Guest(newcomer.client);
        let asked = newcomer.name.as_ref().and_then(|name| Nick::parse(name.as_str()).ok());
        match (asked, self.options.naming) {
            (Some(nick), _) if self.is_free(&nick, person).is_ok() => (nick, true),
            (_, Naming::Guest) => (self.guest_name(), false),
            (_, Naming::Address) => {
                // Two connections can share an address and port if they connected to different
                // server ports.
                let address = newcomer.address.to_string();
                let numbered = (2u64..).map(|number| format!("{address}-{number}"));
                let free = std::iter::once(address.clone())
                    .chain(numbered)
                    .find(|name| self.people.named(name).is_none())
                    .unwrap_or(address);
                (Nick::of_guest(&free), false)
            }
        }
    }

    pub(in crate::chat) fn guest_name(&mut self) -> Nick {
        let Self { guest_names, people, accounts, .. } = self;
        let name =
            guest_names.pick(|name| people.named(name).is_some() || accounts.named(name).is_some());
        Nick::of_guest(&name)
    }
}
