//! Login and logout change the person behind a client; the person is released when the last client
//! disconnects.

use crate::chat::state::views::UnreadLines;
use crate::chat::turn::Turn;
use crate::model::{Author, ClientIndex, Event, PersonId, Update};
use crate::text::nick::Nick;

impl Turn<'_> {
    /// Carries ignore lists over when a person's identity changes, for example by a login.
    pub(in crate::chat) fn follow_person(&mut self, before: PersonId, after: PersonId) {
        for person in self.chat.people.change_meant(before, after) {
            let Some(&index) = self.chat.indexes_of(person).first() else { continue };
            let settings = self.chat.with_ignored(index);
            self.change_settings(index, settings);
        }
    }

    /// Moves a client to another person, and tells its rooms what that means for each of them.
    /// Returns the lines that the person has missed there, starting with the current room.
    pub(in crate::chat) fn change_person(
        &mut self,
        index: ClientIndex,
        after: PersonId,
        nick: &Nick,
    ) -> Vec<UnreadLines> {
        self.close_batches_of(index);
        let before = self.chat.clients[index.0].person;
        let name_before = self.chat.clients[index.0].name.clone();
        let has_gone = self.detach_from_person(index);
        match self.chat.people.find_mut(after) {
            Some(person) => person.indexes.push(index),
            None => self.chat.people.add(after, nick.clone(), index),
        }
        let client = &mut self.chat.clients[index.0];
        client.person = after;
        // Past lines that another person has missed or looked at do not belong to this one.
        client.views = client.views.take().and_then(|views| views.of_somebody_else());
        client.name = nick.as_str().clone();
        let mut rooms = client.rooms.clone();
        if has_gone && before.account().is_none() {
            self.follow_person(before, after);
            self.change_rooms_person(before, after);
        }
        let (mut renamed_in, mut changed) = (Vec::new(), Vec::new());
        let mut all_missed = Vec::new();
        if !self.chat.is_announced(index) && !rooms.is_empty() {
            all_missed = self.announce_as(index, before, after);
            rooms.clear();
        }
        for room in rooms.into_iter().rev() {
            let (gone, came) = self.chat.rooms.at(room).set_person(index, after);
            if gone {
                self.mark_left(room, before);
            }
            if came && let Some(missed) = self.mark_joined(index, room, after) {
                all_missed.push(missed);
            }
            match (gone, came) {
                (true, true) => renamed_in.push(room),
                (true, false) => changed.push((room, Event::Left)),
                (false, true) => changed.push((room, Event::Joined)),
                (false, false) => {}
            }
        }
        let joined = self.chat.author(index);
        let left = Author { person: before, name: name_before, ..joined.clone() };
        if left.name != joined.name {
            let from = Author { name: left.name.clone(), ..joined.clone() };
            let event = Event::Renamed { to: joined.name.clone() };
            self.chat.announce_once(&from, &renamed_in, &event, self.now);
        }
        for (room, event) in changed {
            let from = if event == Event::Joined { joined.clone() } else { left.clone() };
            self.chat.announce_by(from, room, event, self.now);
            // From the client's own point of view, it has neither joined nor left.
            self.chat.rooms.at(room).pass_over(index);
        }
        self.read_anew(index);
        self.follow_edit(index);
        all_missed
    }

    /// Announces an unannounced client as the person that it has become. Returns the lines that the
    /// person has missed.
    fn announce_as(
        &mut self,
        index: ClientIndex,
        before: PersonId,
        person: PersonId,
    ) -> Vec<UnreadLines> {
        let mut rooms = self.chat.clients[index.0].rooms.clone();
        for &room in &rooms {
            self.chat.rooms.at(room).set_person(index, person);
        }
        self.mark_unannounced_left(&rooms, before);
        rooms.retain(|room| !self.chat.rooms.at(*room).has(person));
        self.chat.announce_arrival(index, self.now);
        rooms.iter().filter_map(|&room| self.mark_joined(index, room, person)).collect()
    }

    /// Detaches a client from its person. Returns whether it was the person's last client.
    pub(in crate::chat) fn detach_from_person(&mut self, index: ClientIndex) -> bool {
        let id = self.chat.clients[index.0].person;
        let Some(person) = self.chat.people.find_mut(id) else { return false };
        person.indexes.retain(|other| *other != index);
        let has_gone = person.indexes.is_empty();
        if has_gone {
            self.chat.people.remove(id);
            if let PersonId::Registered(account) = id {
                self.chat.accounts.seen(account, self.now.wall);
                self.out.keep(Update::Seen { account, at: self.now.wall });
            }
        }
        has_gone
    }
}
