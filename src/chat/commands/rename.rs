//! `/nick`.

use std::num::NonZeroU32;

use crate::base::clock::whole_seconds;
use crate::base::rate_limit::Rate;
use crate::chat::turn::Turn;
use crate::command::TypedNick;
use crate::limits;
use crate::model::{Author, ClientIndex, Event, PersonId, Refusal, Reply, Update};
use crate::text::nick::Nick;

/// How often one client may change its name.
const RENAMES: Rate =
    Rate::new(NonZeroU32::new(limits::RENAMES_BURST).expect("not zero"), limits::RENAME_INTERVAL);

impl Turn<'_> {
    pub(in crate::chat) fn change_nick(
        &mut self,
        index: ClientIndex,
        name: &TypedNick,
    ) -> Result<(), Refusal> {
        let bad = |why| Refusal::BadName { name: name.as_str().into(), why };
        let wanted = name.meaning().as_ref().map_err(|why| bad(*why))?;
        let nick = &wanted.nick;
        let person = self.chat.clients[index.0].person;
        let before = self.chat.person(index).nick.clone();
        if nick.as_str() == before.as_str() {
            return Err(Refusal::NameIsYours { name: nick.as_str().clone() });
        }
        self.chat.is_free(wanted, person)?;
        // A program that only posts lines may be the client of a person who is present.
        let is_alone = self.chat.person(index).indexes.len() == 1;
        let is_newcomer = !self.chat.is_announced(index) && is_alone;
        if self.chat.is_noticed(index) || !is_alone {
            self.take_rename(index)?;
        }
        if let PersonId::Registered(account) = person {
            if nick.key() != before.key() {
                return Err(Refusal::NameIsFixed { name: before.as_str().clone() });
            }
            let update = Update::Name { account, name: (&**nick.as_str()).into() };
            self.out.keep(update);
            self.chat.accounts.respell(account, nick.clone());
        }
        self.chat.people.rename(person, nick.clone());
        if is_newcomer {
            self.announce_by_name(index, &before, nick);
        } else {
            self.announce_rename(index, &before, nick);
        }
        if self.chat.is_posting(index) {
            let told = self.chat.posting_as(index);
            self.finish(index, Ok(told), false);
        }
        Ok(())
    }

    /// Renames a client that has not been announced, so that nobody else learns its earlier name.
    fn announce_by_name(&mut self, index: ClientIndex, before: &Nick, after: &Nick) {
        self.chat.clients[index.0].name = after.as_str().clone();
        if self.chat.is_posting(index) {
            return;
        }
        if self.chat.is_introducing(index) {
            self.end_introduction(index, None);
        } else {
            self.tell(index, renamed(before, after));
        }
        self.chat.announce_arrival(index, self.now);
    }

    /// Limits renames, since each of them is shown to many people.
    fn take_rename(&mut self, index: ClientIndex) -> Result<(), Refusal> {
        let nick_throttle =
            self.chat.nick_throttle.entry(self.chat.clients[index.0].id).or_default();
        if let Some(until) = nick_throttle.wait_until(&RENAMES, self.now.elapsed) {
            return Err(Refusal::TooOften { seconds: whole_seconds(until - self.now.elapsed) });
        }
        nick_throttle.take(&RENAMES, self.now.elapsed);
        Ok(())
    }

    /// Tells everyone who shares a room with a person about the new name, once each and in the
    /// first shared room. Clients of the person that are in no room are told directly.
    fn announce_rename(&mut self, index: ClientIndex, before: &Nick, after: &Nick) {
        let indexes = self.chat.person(index).indexes.clone();
        let from = Author { name: before.as_str().clone(), ..self.chat.author(index) };
        let mut rooms = Vec::new();
        for &of_person in &indexes {
            self.chat.clients[of_person.0].name = after.as_str().clone();
            // The current room first: there the line has no tag.
            for room in self.chat.clients[of_person.0].rooms.clone().into_iter().rev() {
                if rooms.contains(&room) {
                    continue;
                }
                rooms.push(room);
                self.chat.announce_arrival(of_person, self.now);
            }
        }
        let event = Event::Renamed { to: after.as_str().clone() };
        self.chat.announce_once(&from, &rooms, &event, self.now);
        for of_person in indexes {
            if self.chat.clients[of_person.0].rooms.is_empty() && !self.chat.is_posting(of_person) {
                self.tell(of_person, renamed(before, after));
            }
        }
    }
}

fn renamed(before: &Nick, after: &Nick) -> Reply {
    Reply::Renamed { from: before.as_str().clone(), to: after.as_str().clone() }
}
