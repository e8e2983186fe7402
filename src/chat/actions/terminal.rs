//! Those who sit at a terminal that this server knows more of than that it takes lines: what it is
//! told beside them, and whether the line that is typed there is edited here.

use crate::chat::state::room::Seat;
use crate::chat::state::{Delivery, Hall, Outbox};
use crate::model::id::ClientId;
use crate::wire::door::Terminal;

impl Hall {
    /// A client is at this terminal from now on, or at none that is known.
    pub fn is_at(&mut self, client: ClientId, terminal: Option<Terminal>, out: &mut dyn Outbox) {
        let Some(&seat) = self.seats.get(&client) else { return };
        let client = &mut self.clients[seat.0];
        if client.terminal == terminal {
            return;
        }
        client.is_telnet |= terminal.is_some();
        client.may_be_telnet |= client.is_telnet;
        let is_new = client.terminal.is_none();
        client.terminal = terminal;
        self.read_anew(seat, out);
        self.follow_edit(seat, out);
        if is_new {
            self.rooms_changed(seat);
        }
    }

    /// A client is in other rooms, or talks in another: its door is told when what has been said up
    /// to then has been handed out.
    pub(in crate::chat) fn rooms_changed(&mut self, seat: Seat) {
        let client = &mut self.clients[seat.0];
        if client.terminal.is_some() && !std::mem::replace(&mut client.rooms_changed, true) {
            self.in_other_rooms.push(seat);
        }
    }

    /// Tells those whose rooms have changed.
    pub(in crate::chat) fn tell_rooms(&mut self, out: &mut dyn Outbox) {
        for seat in std::mem::take(&mut self.in_other_rooms) {
            let client = &mut self.clients[seat.0];
            client.rooms_changed = false;
            let rooms = client.rooms.iter().filter_map(|&room| self.rooms.find(room));
            let names = rooms.map(|room| room.name().clone()).collect();
            out.deliver(seat, Delivery::Rooms(names));
        }
    }

    /// Has the line of a client edited if its person wants that, once it can be asked for.
    pub(in crate::chat) fn follow_edit(&mut self, seat: Seat, out: &mut dyn Outbox) {
        let chosen = match self.settings(seat) {
            Some(settings) if settings.plain => Some(false),
            Some(settings) => settings.edit,
            None => None,
        };
        let client = &mut self.clients[seat.0];
        // Who has chosen nothing goes on as it is here: nothing is taken away by a logout.
        let wanted = chosen.or(client.edit.filter(|is_edited| *is_edited));
        if client.may_be_telnet && client.edit != wanted {
            client.edit = wanted;
            out.deliver(seat, Delivery::Edit(wanted));
        }
    }
}
