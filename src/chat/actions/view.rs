//! Keeping a client's view up to date: how its lines and replies are shown, which rooms it is in,
//! and whether the server edits the line that the user types.

use std::time::Duration;

use crate::chat::state::Chat;
use crate::chat::state::people::Person;
use crate::chat::state::room::ViewSettings;
use crate::chat::turn::Turn;
use crate::model::{
    ClientIndex, ClientTraits, Delivery, PersonId, RoomId, Settings, Update, View, Wire,
};

/// How often to check the offsets of time zones: they change on a quarter of an hour.
const ZONES_INTERVAL: Duration = Duration::from_secs(60);

impl Turn<'_> {
    /// Takes note of what a connection has found out about its client.
    pub(in crate::chat) fn take_traits(&mut self, index: ClientIndex, traits: ClientTraits) {
        let before = std::mem::replace(&mut self.chat.clients[index.0].traits, traits);
        if before == traits {
            return;
        }
        self.read_anew(index);
        self.follow_edit(index);
        if before.terminal.is_none() {
            self.chat.rooms_changed(index);
        }
    }

    /// Tells the connection how replies are shown, unless the user has never chosen anything.
    fn follow_view(&mut self, index: ClientIndex) {
        let settings = self.chat.settings(index);
        let view = View {
            presentation: self.chat.presentation(index),
            zone: self.chat.person(index).more.as_ref().and_then(|more| more.zone.clone()),
            is_plain: settings.is_some_and(|settings| settings.plain),
        };
        let client = &mut self.chat.clients[index.0];
        client.has_view |= view != View::usual(client.wire, client.lang, client.traits.terminal);
        if client.has_view {
            self.out.deliver(index, Delivery::View(Box::new(view)));
        }
    }

    /// Turns line editing on or off as the person has chosen, once the client can be asked.
    pub(in crate::chat) fn follow_edit(&mut self, index: ClientIndex) {
        let chosen = match self.chat.settings(index) {
            Some(settings) if settings.plain => Some(false),
            Some(settings) => settings.edit,
            None => None,
        };
        let client = &mut self.chat.clients[index.0];
        // If the person has not chosen, the current state stays: a logout does not turn editing
        // off.
        let wanted = chosen.or(client.edit.filter(|is_edited| *is_edited));
        if client.traits.may_be_asked && client.edit != wanted {
            client.edit = wanted;
            self.out.deliver(index, Delivery::Edit(wanted));
        }
    }

    /// Updates how a client sees all of its rooms.
    pub(in crate::chat) fn read_anew(&mut self, index: ClientIndex) {
        self.close_batches_of(index);
        let view = self.chat.view(index);
        for room in self.chat.clients[index.0].rooms.clone() {
            self.chat.set_view(index, room, view.clone());
        }
        self.follow_view(index);
    }

    /// Updates how a client sees one of its rooms, from the next batch on.
    pub(in crate::chat) fn read_anew_in(&mut self, index: ClientIndex, room: Option<RoomId>) {
        let Some(room) = room else { return };
        if self.chat.rooms.waits_since(room).is_some() {
            self.close_batch(room);
        }
        let view = self.chat.view(index);
        self.chat.set_view(index, room, view);
    }

    /// Replaces a person's settings. They apply to all of the person's clients from now on, and are
    /// stored if the person is registered.
    pub(in crate::chat) fn change_settings(&mut self, index: ClientIndex, settings: Settings) {
        let person = self.chat.clients[index.0].person;
        if let PersonId::Registered(account) = person {
            let update = Update::Settings { account, settings: settings.clone() };
            self.out.keep(update);
            self.chat.accounts.set_settings(account, settings.clone());
        }
        let more = self.chat.person_mut(index).more();
        let is_elsewhere = more.settings.zone != settings.zone;
        more.settings = settings;
        if is_elsewhere {
            more.find_zone();
        }
        self.follow_settings(person);
    }

    /// Applies a person's settings to all of their clients.
    pub(in crate::chat) fn follow_settings(&mut self, person: PersonId) {
        let more = self.chat.people.find(person).and_then(|person| person.more.as_ref());
        if more.is_some_and(|more| more.settings.timestamps) {
            self.watch_zones();
        }
        for index in self.chat.indexes_of(person) {
            self.read_anew(index);
            self.follow_edit(index);
        }
    }

    /// Applies an account's stored settings to the person who has just logged in to it.
    pub(in crate::chat) fn take_over_settings(&mut self, person: PersonId, mut settings: Settings) {
        // Some of the ignored people may have unregistered.
        settings.ignored.retain(|account| self.chat.accounts.name(*account).is_some());
        let Some(found) = self.chat.people.find_mut(person) else { return };
        if settings == Settings::default() && found.more.is_none() {
            return;
        }
        let more = found.more();
        more.ignored.extend(settings.ignored.iter().map(|account| PersonId::Registered(*account)));
        more.settings = settings;
        more.find_zone();
        self.follow_settings(person);
    }

    /// Updates the presentation of clients with timestamps when the offset of their time zone may
    /// have changed.
    pub(in crate::chat) fn follow_zones(&mut self) {
        if self.chat.deadlines.zones().is_some_and(|due| due <= self.now.elapsed) {
            self.update_offsets();
        }
    }

    fn update_offsets(&mut self) {
        let before = std::mem::replace(&mut self.chat.offsets_at, self.now.wall);
        let has_clock =
            |person: &Person| person.more.as_ref().is_some_and(|more| more.settings.timestamps);
        let people = self.chat.people.iter().filter(|(_, person)| has_clock(person));
        let mut shown: Vec<ClientIndex> =
            people.flat_map(|(_, person)| person.indexes.iter().copied()).collect();
        shown.sort_unstable_by_key(|index| self.chat.clients[index.0].id);
        let due = (!shown.is_empty()).then_some(self.now.elapsed + ZONES_INTERVAL);
        self.chat.deadlines.set_zones(due);
        for index in shown {
            let zone = self.chat.zone(index);
            if zone.offset_seconds_at(before) != zone.offset_seconds_at(self.now.wall) {
                self.read_anew(index);
            }
        }
    }

    /// Keeps the offsets of time zones up to date from now on, because somebody has timestamps.
    fn watch_zones(&mut self) {
        if self.chat.deadlines.zones().is_none() {
            self.chat.offsets_at = self.now.wall;
            self.chat.deadlines.set_zones(Some(self.now.elapsed + ZONES_INTERVAL));
        }
    }
}

impl Chat {
    /// Notes that the client is in different rooms or has switched rooms. Its connection is told
    /// once all earlier lines have been handed out.
    pub(in crate::chat) fn rooms_changed(&mut self, index: ClientIndex) {
        let client = &mut self.clients[index.0];
        if client.traits.terminal.is_some() && !std::mem::replace(&mut client.rooms_changed, true) {
            self.in_other_rooms.push(index);
        }
    }

    /// Changes how a client sees one of its rooms.
    pub(in crate::chat) fn set_view(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        mut view: ViewSettings,
    ) {
        view.presentation.tag = view.presentation.wire == Wire::Plain
            && self.clients[index.0].rooms.last() != Some(&room);
        self.rooms.at(room).set_view(index, view);
    }
}
