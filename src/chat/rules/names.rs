//! Names: who may have which, and how a change is announced.

use std::fmt::Display;
use std::num::NonZeroU32;

use rustc_hash::FxHashSet;

use crate::base::clock::Moment;
use crate::base::rate_limit::Rate;
use crate::chat::outbox::Outbox;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::state::{Chat, guest_names};
use crate::lang::fill;
use crate::limits;
use crate::model::event::{ClientIndex, Event, Renamed};
use crate::model::id::PersonId;
use crate::model::update::Update;
use crate::text::CleanText;
use crate::text::nick::{Nick, NickError};

/// How often one client may change its name.
const RENAMES: Rate =
    Rate::new(NonZeroU32::new(limits::RENAMES_BURST).expect("not zero"), limits::RENAME_INTERVAL);

impl Chat {
    /// Checks that a person may have a name: no other person has it or one that resembles it,
    /// connected or registered.
    pub(in crate::chat) fn is_free(&self, nick: &Nick, person: PersonId) -> Result<(), ErrorReply> {
        let (answers, name) = (self.answers(), nick.as_str());
        let is_other = |other: &PersonId| *other != person;
        // Checked first: the name's owner may be connected already, and only this answer tells a
        // second client of theirs what to do.
        if let Some(account) = self.accounts.named(nick.key())
            && is_other(&PersonId::Registered(account))
        {
            return Err(ErrorReply(fill(answers.name_registered, &[("name", name)])));
        }
        if self.people.named(nick.key()).as_ref().is_some_and(is_other) {
            return Err(ErrorReply(fill(answers.name_in_use, &[("name", name)])));
        }
        if let Some(other) = self.accounts.being_registered_like(nick, person) {
            let values: [(&str, &dyn std::fmt::Display); 2] = [("name", name), ("other", other)];
            let is_same = other.key() == nick.key();
            let text = if is_same { answers.name_registered } else { answers.name_resembles };
            return Err(ErrorReply(fill(text, &values)));
        }
        let resembled = self.people.looking_like(nick).filter(is_other).or_else(|| {
            self.accounts.looking_like(nick).map(PersonId::Registered).filter(is_other)
        });
        if let Some(other) = resembled {
            let other = self.name_of(other);
            return Err(ErrorReply(fill(
                answers.name_resembles,
                &[("name", name), ("other", &other)],
            )));
        }
        let has_it = self.people.find(person).is_some_and(|own| own.nick.key() == nick.key());
        if !has_it && guest_names::resembles_guest_name(nick) {
            return Err(ErrorReply(fill(answers.name_resembles_guest, &[("name", name)])));
        }
        Ok(())
    }

    pub(in crate::chat) fn change_nick(
        &mut self,
        index: ClientIndex,
        name: &str,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<(), ErrorReply> {
        let nick = Nick::parse(name).map_err(|error| self.bad_name(name, error))?;
        let person = self.clients[index.0].person;
        let before = self.person(index).nick.clone();
        if nick.as_str() == before.as_str() {
            return Err(ErrorReply(fill(self.answers().name_is_yours, &[("name", nick.as_str())])));
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
                let values: [(&str, &dyn std::fmt::Display); 1] = [("name", before.as_str())];
                return Err(ErrorReply(fill(self.answers().name_is_registered, &values)));
            }
            let update = Update::Name { account, name: (&**nick.as_str()).into() };
            out.keep(update).map_err(|_| self.too_busy())?;
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
            let values: [(&str, &dyn Display); 2] =
                [("name", before.as_str()), ("to", after.as_str())];
            self.tell(index, &fill(self.answers().renamed, &values), out);
        }
        self.announce_arrival(index, now);
    }

    /// Limits renames, since each of them is shown to many people.
    fn take_rename(&mut self, index: ClientIndex, now: Moment) -> Result<(), ErrorReply> {
        let nick_throttle = self.nick_throttle.entry(self.clients[index.0].id).or_default();
        if let Some(until) = nick_throttle.wait_until(&RENAMES, now.instant) {
            return Err(self.too_often(until - now.instant));
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
        let text =
            fill(self.answers().renamed, &[("name", before.as_str()), ("to", after.as_str())]);
        let indexes = self.person(index).indexes.clone();
        let (mut rooms, mut told) = (Vec::new(), FxHashSet::default());
        for &of_person in &indexes {
            self.clients[of_person.0].name = after.as_str().clone();
            // The current room first: there the line has no tag.
            for room in self.clients[of_person.0].rooms.clone().into_iter().rev() {
                if rooms.contains(&room) {
                    continue;
                }
                rooms.push(room);
                let renamed = Renamed { text: text.clone().into(), told: told.clone() };
                self.announce(of_person, room, Event::Renamed(Box::new(renamed)), now);
                told.extend(self.rooms.at(room).indexes());
            }
        }
        for of_person in indexes {
            if self.clients[of_person.0].rooms.is_empty() && !self.is_posting(of_person) {
                self.tell(of_person, &text, out);
            }
        }
    }

    /// Why a name is invalid.
    pub(in crate::chat) fn bad_name(&self, name: &str, error: NickError) -> ErrorReply {
        let answers = self.answers();
        let text = match error {
            NickError::Empty => answers.name_empty.to_owned(),
            NickError::TooLong => {
                fill(answers.name_too_long, &[("max", &limits::NICK_COLUMNS_MAX)])
            }
            NickError::Character(c) => {
                // The character may be unsafe for a terminal, or a combining mark, which shows
                // nothing on its own.
                let clean = CleanText::from_bytes(c.encode_utf8(&mut [0; 4]).as_bytes());
                let code = format!("U+{:04X}", u32::from(c));
                let shown = if clean.as_str().trim().is_empty() { &code } else { clean.as_str() };
                fill(answers.name_character, &[("character", &shown)])
            }
            NickError::MixedScripts => fill(answers.name_mixes_scripts, &[("name", &name)]),
            NickError::TooManyMarks => fill(answers.name_has_marks, &[("name", &name)]),
            NickError::Beginning | NickError::Ending => answers.name_beginning.to_owned(),
            NickError::Direction => fill(answers.name_direction, &[("name", &name)]),
            NickError::Reserved => fill(answers.name_reserved, &[("name", &name)]),
        };
        ErrorReply(text)
    }
}
