//! Clients whose terminal the server knows: what they are sent in addition to lines, and whether the
//! server edits the line that the user types.

use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::model::delivery::Delivery;
use crate::model::event::ClientIndex;
use crate::model::id::ClientId;
use crate::model::presentation::Terminal;

impl Chat {
    /// Sets the client's terminal; `None` if it is unknown.
    pub fn is_at(&mut self, client: ClientId, terminal: Option<Terminal>, out: &mut dyn Outbox) {
        let Some(&index) = self.indexes.get(&client) else { return };
        let client = &mut self.clients[index.0];
        if client.terminal == terminal {
            return;
        }
        client.is_telnet |= terminal.is_some();
        client.may_be_telnet |= client.is_telnet;
        let is_new = client.terminal.is_none();
        client.terminal = terminal;
        self.read_anew(index, out);
        self.follow_edit(index, out);
        if is_new {
            self.rooms_changed(index);
        }
    }

    /// Notes that the client is in different rooms or has switched rooms. Its connection is told
    /// once all earlier lines have been handed out.
    pub(in crate::chat) fn rooms_changed(&mut self, index: ClientIndex) {
        let client = &mut self.clients[index.0];
        if client.terminal.is_some() && !std::mem::replace(&mut client.rooms_changed, true) {
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
        if client.may_be_telnet && client.edit != wanted {
            client.edit = wanted;
            out.deliver(index, Delivery::Edit(wanted));
        }
    }
}
