//! Who is who: people, their names, and the clients that they are here from.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::mentions::Mentions;
use super::{Hall, Outbox, Refusal};
use crate::clock::Moment;
use crate::guest;
use crate::id::PersonId;
use crate::lang::fill;
use crate::nick::{Nick, NickError};
use crate::registrar::Job;
use crate::room::{Choice, Seat, What};
use crate::settings::Settings;
use crate::text::CleanText;
use crate::zone::Zone;

/// Somebody who is here.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) nick: Nick,
    pub(super) seats: SmallVec<[Seat; 1]>,
    /// What only some people have.
    pub(super) more: Option<Box<More>>,
}

/// What somebody has chosen, or has come to.
#[derive(Debug, Default)]
pub(super) struct More {
    pub(super) settings: Settings,
    pub(super) zone: Option<Zone>,
    pub(super) ignored: FxHashSet<PersonId>,
    /// What follows from both for reading a room.
    pub(super) choice: Option<Arc<Choice>>,
    pub(super) away: Option<Away>,
    /// Who has last said something to them alone.
    pub(super) reply_to: Option<PersonId>,
}

/// Somebody is here, but not at the keyboard.
#[derive(Debug)]
pub(super) struct Away {
    pub(super) text: Option<CleanText>,
}

/// Everybody who is here, by who they are and by name.
#[derive(Debug, Default)]
pub(super) struct People {
    by_id: FxHashMap<PersonId, Box<Person>>,
    /// Names can be chosen, so this hash cannot be a cheap one.
    by_key: HashMap<Arc<str>, PersonId>,
    /// What chosen names look like. Given names need none: no chosen one may look like any of them.
    by_look: HashMap<Arc<str>, PersonId>,
    mentions: Mentions,
}

impl Person {
    pub(super) fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    pub(super) fn is_away(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.away.is_some())
    }
}

impl People {
    /// Somebody comes, with their first client.
    pub(super) fn add(&mut self, id: PersonId, nick: Nick, seat: Seat) {
        self.add_name(id, &nick);
        let person = Person { nick, seats: SmallVec::from_elem(seat, 1), more: None };
        self.by_id.insert(id, Box::new(person));
    }

    /// Somebody goes, with their last client.
    pub(super) fn remove(&mut self, id: PersonId) -> Option<Box<Person>> {
        let person = self.by_id.remove(&id)?;
        self.remove_name(&person.nick);
        Some(person)
    }

    pub(super) fn find(&self, id: PersonId) -> Option<&Person> {
        self.by_id.get(&id).map(|person| &**person)
    }

    pub(super) fn find_mut(&mut self, id: PersonId) -> Option<&mut Person> {
        self.by_id.get_mut(&id).map(|person| &mut **person)
    }

    /// Who has this name.
    pub(super) fn named(&self, key: &str) -> Option<PersonId> {
        self.by_key.get(key).copied()
    }

    pub(super) fn has_name(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    /// Whose name looks like this.
    fn looking_like(&self, nick: &Nick) -> Option<PersonId> {
        nick.looks().find_map(|look| self.by_look.get(look).copied())
    }

    pub(super) fn rename(&mut self, id: PersonId, nick: Nick) {
        if let Some(person) = self.by_id.get_mut(&id) {
            let before = std::mem::replace(&mut person.nick, nick.clone());
            self.remove_name(&before);
            self.add_name(id, &nick);
        }
    }

    /// Nobody ignores `before` any more: they have become `after`, who is ignored in their place.
    pub(super) fn change_ignored(&mut self, before: PersonId, after: PersonId) {
        for more in self.by_id.values_mut().filter_map(|person| person.more.as_mut()) {
            if more.ignored.remove(&before) {
                more.ignored.insert(after);
                more.choice = more.choice.as_deref().map(|choice| {
                    Arc::new(Choice { ignored: more.ignored.clone(), ..choice.clone() })
                });
            }
        }
    }

    /// Everybody.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PersonId, &Person)> {
        self.by_id.iter().map(|(&id, person)| (id, &**person))
    }

    /// Calls `found` for everybody whose name is in the text.
    pub(super) fn mentioned(&self, text: &str, found: &mut dyn FnMut(PersonId)) {
        self.mentions.find(text, &self.by_key, found);
    }

    fn add_name(&mut self, id: PersonId, nick: &Nick) {
        self.by_key.insert(nick.key().clone(), id);
        for look in nick.looks() {
            self.by_look.insert(look.clone(), id);
        }
        self.mentions.add(nick.key());
    }

    fn remove_name(&mut self, nick: &Nick) {
        self.by_key.remove(nick.key());
        for look in nick.looks() {
            self.by_look.remove(look);
        }
        self.mentions.remove(nick.key());
    }
}

impl Hall {
    /// The person of a client.
    pub(super) fn person(&self, seat: Seat) -> &Person {
        let id = self.clients[seat.0].person;
        self.people.find(id).expect("a client is somebody's until it leaves")
    }

    pub(super) fn person_mut(&mut self, seat: Seat) -> &mut Person {
        let id = self.clients[seat.0].person;
        self.people.find_mut(id).expect("a client is somebody's until it leaves")
    }

    /// Whether this person may have this name: nobody else has it, here or registered, nor one that
    /// looks like it.
    pub(super) fn is_free(&self, nick: &Nick, person: PersonId) -> Result<(), Refusal> {
        let (answers, name) = (self.answers(), nick.as_str());
        let is_other = |other: &PersonId| *other != person;
        if self.people.named(nick.key()).as_ref().is_some_and(is_other) {
            return Err(Refusal(fill(answers.name_in_use, &[("name", name)])));
        }
        if let Some(account) = self.accounts.named(nick.key())
            && is_other(&PersonId::Registered(account))
        {
            return Err(Refusal(fill(answers.name_registered, &[("name", name)])));
        }
        let resembled = self.people.looking_like(nick).filter(is_other).or_else(|| {
            self.accounts.looking_like(nick).map(PersonId::Registered).filter(is_other)
        });
        if let Some(other) = resembled {
            let other = self.name_of(other);
            return Err(Refusal(fill(
                answers.name_resembles,
                &[("name", name), ("other", &other)],
            )));
        }
        let has_it = self.people.find(person).is_some_and(|own| own.nick.key() == nick.key());
        if !has_it && guest::resembles_guest_name(nick) {
            return Err(Refusal(fill(answers.name_resembles_guest, &[("name", name)])));
        }
        Ok(())
    }

    /// What somebody is called, here or not.
    pub(super) fn name_of(&self, person: PersonId) -> Arc<str> {
        let here = self.people.find(person).map(|person| person.nick.as_str().clone());
        let registered = || person.account().and_then(|account| self.accounts.name(account));
        here.or_else(registered).unwrap_or_else(|| "?".into())
    }

    /// `/nick`.
    pub(super) fn change_nick(
        &mut self,
        seat: Seat,
        name: &str,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<(), Refusal> {
        let nick = Nick::parse(name).map_err(|error| self.bad_name(name, error))?;
        let person = self.clients[seat.0].person;
        let before = self.person(seat).nick.clone();
        if nick.as_str() == before.as_str() {
            return Err(Refusal(fill(self.answers().name_is_yours, &[("name", nick.as_str())])));
        }
        self.is_free(&nick, person)?;
        if let PersonId::Registered(account) = person {
            if nick.key() != before.key() {
                let values: [(&str, &dyn std::fmt::Display); 1] = [("name", before.as_str())];
                return Err(Refusal(fill(self.answers().name_is_registered, &values)));
            }
            self.accounts.respell(account, nick.clone());
            let job = Job::SetName { account, name: (&**nick.as_str()).into() };
            out.submit(job).map_err(|_| self.too_busy())?;
        }
        self.people.rename(person, nick.clone());
        self.announce_rename(seat, &before, &nick, now, out);
        Ok(())
    }

    /// Tells everybody who is with a person in any room that they are called otherwise, each once
    /// and in each room once; and the person, wherever they are in no room.
    fn announce_rename(
        &mut self,
        seat: Seat,
        before: &Nick,
        after: &Nick,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let text =
            fill(self.answers().renamed, &[("name", before.as_str()), ("to", after.as_str())]);
        let seats = self.person(seat).seats.clone();
        let mut told = Vec::new();
        for &of_person in &seats {
            self.clients[of_person.0].name = after.as_str().clone();
            for room in self.clients[of_person.0].rooms.clone() {
                if !told.contains(&room) {
                    told.push(room);
                    self.announce(of_person, room, What::Notice(text.clone().into()), now);
                }
            }
        }
        for of_person in seats {
            if self.clients[of_person.0].rooms.is_empty() {
                self.tell(of_person, &text, out);
            }
        }
    }

    /// Why a name cannot be one.
    pub(super) fn bad_name(&self, name: &str, error: NickError) -> Refusal {
        let answers = self.answers();
        let text = match error {
            NickError::Empty => answers.name_empty.to_owned(),
            NickError::TooLong => {
                fill(answers.name_too_long, &[("max", &crate::limits::NICK_COLUMNS_MAX)])
            }
            NickError::Character(c) => {
                // It may be one that must not reach a terminal.
                let shown = CleanText::from_bytes(c.encode_utf8(&mut [0; 4]).as_bytes());
                fill(answers.name_character, &[("character", &shown.as_str())])
            }
            NickError::MixedScripts => fill(answers.name_mixes_scripts, &[("name", &name)]),
            NickError::TooManyMarks => fill(answers.name_has_marks, &[("name", &name)]),
            NickError::Beginning | NickError::Ending => answers.name_beginning.to_owned(),
            NickError::Direction => fill(answers.name_direction, &[("name", &name)]),
            NickError::Reserved => fill(answers.name_reserved, &[("name", &name)]),
        };
        Refusal(text)
    }

    /// `/away` and `/back`.
    pub(super) fn set_away(&mut self, seat: Seat, away: Option<Away>) -> Result<String, Refusal> {
        let answers = self.answers();
        let was_away = self.person(seat).is_away();
        let text = match &away {
            Some(Away { text: Some(text) }) => {
                fill(answers.now_away_with, &[("text", &text.as_str())])
            }
            Some(Away { text: None }) => answers.now_away.to_owned(),
            None if was_away => answers.now_back.to_owned(),
            None => return Err(Refusal(answers.was_not_away.to_owned())),
        };
        self.person_mut(seat).more().away = away;
        Ok(text)
    }

    /// A client becomes another person's: the others are told what that means for each room.
    pub(super) fn change_person(
        &mut self,
        seat: Seat,
        after: PersonId,
        nick: &Nick,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        self.close_batches_of(seat, out);
        let before = self.clients[seat.0].person;
        let name_before = self.clients[seat.0].name.clone();
        let has_gone = self.part_from_person(seat, now, out);
        match self.people.find_mut(after) {
            Some(person) => person.seats.push(seat),
            None => self.people.add(after, nick.clone(), seat),
        }
        let client = &mut self.clients[seat.0];
        client.person = after;
        client.name = nick.as_str().clone();
        let rooms = client.rooms.clone();
        if has_gone && before.account().is_none() {
            self.people.change_ignored(before, after);
            self.change_rooms_person(before, after, out);
        }
        for room in rooms {
            let (gone, came) = self.rooms.at(room).set_person(seat, after);
            let text = (gone && came && *name_before != **nick.as_str()).then(|| {
                fill(self.answers().renamed, &[("name", &name_before), ("to", nick.as_str())])
            });
            let what = match (gone, came, text) {
                (true, true, Some(text)) => What::Notice(text.into()),
                (true, false, _) => What::Left,
                (false, true, _) => What::Joined,
                _ => continue,
            };
            let named =
                if what == What::Left { name_before.clone() } else { nick.as_str().clone() };
            let from = crate::room::Author {
                client: self.clients[seat.0].id,
                person: if what == What::Left { before } else { after },
                name: named,
            };
            let proposal = self.propose_as(from, room, what, now);
            let line = self.order(proposal);
            self.apply(line);
        }
        self.read_anew(seat, out);
    }

    /// A client is its person's no more. Says whether that was the person's last.
    pub(super) fn part_from_person(
        &mut self,
        seat: Seat,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> bool {
        let id = self.clients[seat.0].person;
        let Some(person) = self.people.find_mut(id) else { return false };
        person.seats.retain(|other| *other != seat);
        let has_gone = person.seats.is_empty();
        if has_gone {
            self.people.remove(id);
            if let PersonId::Registered(account) = id {
                self.accounts.seen(account, now.wall);
                // What is lost if there is no room for this is a date in /whois.
                let _ = out.submit(Job::SaveSeen { account, at: now.wall });
            }
        }
        has_gone
    }
}
