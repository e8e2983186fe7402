//! Clients about which more is known than that they show lines: what they are sent in addition, and
//! whether the server edits the line that the user types.

use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::model::delivery::Delivery;
use crate::model::event::ClientIndex;
use crate::model::id::ClientId;
use crate::model::presentation::{ClientTraits, View};

impl Chat {
    /// Takes note of what a connection has found out about its client.
    pub fn set_traits(&mut self, client: ClientId, traits: ClientTraits, out: &mut dyn Outbox) {
        let Some(&index) = self.indexes.get(&client) else { return };
        let before = std::mem::replace(&mut self.clients[index.0].traits, traits);
        if before == traits {
            return;
        }
        self.read_anew(index, out);
        self.follow_edit(index, out);
        if before.terminal.is_none() {
            self.rooms_changed(index);
        }
    }

    /// Notes that the client is in different rooms or has switched rooms. Its connection is told
    /// once all earlier lines have been handed out.
    pub(in crate::chat) fn rooms_changed(&mut self, index: ClientIndex) {
        let client = &mut self.clients[index.0];
        if client.traits.terminal.is_some() && !std::mem::replace(&mut client.rooms_changed, true) {
            self.in_other_rooms.push(index);
        }
    }

    /// Sends the changed lists of rooms.
    pub(in crate::chat) fn tell_rooms(&mut self, out: &mut dyn Outbox) {
        for index in std::mem::take(&mut self.in_other_rooms) {
            let client = &mut self.clients[index.0];
            client.rooms_changed = false;
            let rooms = client.rooms.iter().filter_map(|&room| self.rooms.find(room));
            let names = rooms.map(|room| room.name().clone()).collect();
            out.deliver(index, Delivery::Rooms(names));
        }
    }

    /// Tells the connection how replies are shown, unless the user has never chosen anything.
    pub(in crate::chat) fn follow_view(&mut self, index: ClientIndex, out: &mut dyn Outbox) {
        let settings = self.settings(index);
        let view = View {
            presentation: self.presentation(index),
            zone: self.person(index).more.as_ref().and_then(|more| more.zone.clone()),
            is_plain: settings.is_some_and(|settings| settings.plain),
        };
        let client = &mut self.clients[index.0];
        client.has_view |= view != View::usual(client.wire, client.lang, client.traits.terminal);
        if client.has_view {
            out.deliver(index, Delivery::View(Box::new(view)));
        }
    }

    /// Turns line editing on or off as the person has chosen, once the client can be asked.
    pub(in crate::chat) fn follow_edit(&mut self, index: ClientIndex, out: &mut dyn Outbox) {
        let chosen = match self.settings(index) {
            Some(settings) if settings.plain => Some(false),
            Some(settings) => settings.edit,
            None => None,
        };
        let client = &mut self.clients[index.0];
        // If the person has not chosen, the current state stays: a logout does not turn editing
        // off.
        let wanted = chosen.or(client.edit.filter(|is_edited| *is_edited));
        if client.traits.may_be_asked && client.edit != wanted {
            client.edit = wanted;
            out.deliver(index, Delivery::Edit(wanted));
        }
    }
}
