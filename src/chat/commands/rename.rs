//! `/nick`.

use std::num::NonZeroU32;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::base::clock::{Moment, whole_seconds};
use crate::base::rate_limit::Rate;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::limits;
use crate::model::event::{Author, ClientIndex, Event, Renamed};
use crate::model::id::PersonId;
use crate::model::refusal::Refusal;
use crate::model::reply::Reply;
use crate::model::update::Update;
use crate::text::nick::Nick;

/// How often one client may change its name.
const RENAMES: Rate =
    Rate::new(NonZeroU32::new(limits::RENAMES_BURST).expect("not zero"), limits::RENAME_INTERVAL);

impl Chat {
    pub(in crate::chat) fn change_nick(
        &mut self,
        index: ClientIndex,
        name: &str,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<(), Refusal> {
        let nick = Nick::parse(name).map_err(|why| Refusal::BadName { name: name.into(), why })?;
        let person = self.clients[index.0].person;
        let before = self.person(index).nick.clone();
        if nick.as_str() == before.as_str() {
            return Err(Refusal::NameIsYours { name: nick.as_str().clone() });
        }
        self.is_free(&nick, person)?;
        // A program that only posts lines may be the client of a person who is present.
        let is_alone = self.person(index).indexes.len() == 1;
        let is_newcomer = !self.is_announced(index) && is_alone;
        if self.is_noticed(index) || !is_alone {
            self.take_rename(index, now)?;
        }
        if let PersonId::Registered(account) = person {
            if nick.key() != before.key() {
                return Err(Refusal::NameIsFixed { name: before.as_str().clone() });
            }
            let update = Update::Name { account, name: (&**nick.as_str()).into() };
            out.keep(update).map_err(|_| Refusal::Busy)?;
            self.accounts.respell(account, nick.clone());
        }
        self.people.rename(person, nick.clone());
        if is_newcomer {
            self.announce_by_name(index, &before, &nick, now, out);
        } else {
            self.announce_rename(index, &before, &nick, now, out);
        }
        if self.is_posting(index) {
            let told = self.posting_as(index);
            self.finish(index, Ok(told), out);
        }
        Ok(())
    }

    /// Renames a client that has not been announced, so that nobody else learns its earlier name.
    fn announce_by_name(
        &mut self,
        index: ClientIndex,
        before: &Nick,
        after: &Nick,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        self.clients[index.0].name = after.as_str().clone();
        if self.is_posting(index) {
            return;
        }
        if self.is_introducing(index) {
            self.end_introduction(index, None, now, out);
        } else {
            self.tell(index, renamed(before, after), out);
        }
        self.announce_arrival(index, now);
    }

    /// Limits renames, since each of them is shown to many people.
    fn take_rename(&mut self, index: ClientIndex, now: Moment) -> Result<(), Refusal> {
        let nick_throttle = self.nick_throttle.entry(self.clients[index.0].id).or_default();
        if let Some(until) = nick_throttle.wait_until(&RENAMES, now.instant) {
            return Err(Refusal::TooOften { seconds: whole_seconds(until - now.instant) });
        }
        nick_throttle.take(&RENAMES, now.instant);
        Ok(())
    }

    /// Tells everyone who shares a room with a person about the new name, once each and in the
    /// first shared room. Clients of the person that are in no room are told directly.
    fn announce_rename(
        &mut self,
        index: ClientIndex,
        before: &Nick,
        after: &Nick,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let indexes = self.person(index).indexes.clone();
        let (mut rooms, mut seen_by) = (Vec::new(), Arc::<FxHashSet<ClientIndex>>::default());
        for &of_person in &indexes {
            self.clients[of_person.0].name = after.as_str().clone();
            // The current room first: there the line has no tag.
            for room in self.clients[of_person.0].rooms.clone().into_iter().rev() {
                if rooms.contains(&room) {
                    continue;
                }
                rooms.push(room);
                self.announce_arrival(of_person, now);
                let from = Author { name: before.as_str().clone(), ..self.author(of_person) };
                let renamed = Renamed { to: after.as_str().clone(), seen_by: seen_by.clone() };
                let event = Event::Renamed(Box::new(renamed));
                let proposal = self.propose_as(from, room, event, now);
                let line = self.order(proposal);
                self.apply(line);
                Arc::make_mut(&mut seen_by).extend(self.rooms.at(room).indexes());
            }
        }
        for of_person in indexes {
            if self.clients[of_person.0].rooms.is_empty() && !self.is_posting(of_person) {
                self.tell(of_person, renamed(before, after), out);
            }
        }
    }
}

fn renamed(before: &Nick, after: &Nick) -> Reply {
    Reply::Renamed { from: before.as_str().clone(), to: after.as_str().clone() }
}
