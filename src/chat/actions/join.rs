//! Connecting and disconnecting: which clients are admitted, under which name, and the lines that
//! this causes in their rooms.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::chat::state::Chat;
use crate::chat::state::client::{Client, GoneGuest};
use crate::chat::state::newcomers::ArrivalStage;
use crate::chat::turn::Turn;
use crate::limits;
use crate::model::{
    ClientId, ClientIndex, ClientTraits, Delivery, Event, LOBBY, Naming, Newcomer, PersonId, Reply,
};

impl Turn<'_> {
    /// Adds a new client. It is announced later unless clients are named by address or it requested
    /// a name itself; it does not see its own arrival. A client from a banned network stays outside
    /// the rooms.
    pub(in crate::chat) fn add_client(&mut self, newcomer: Newcomer, guest_name: Arc<str>) {
        let now = self.now;
        let ban = self.chat.ban_outside(newcomer.address.ip(), now);
        let (nick, is_wanted) = match ban {
            Some(_) => (self.chat.given_name(&guest_name), false),
            None => self.chat.name_for(&newcomer, &guest_name),
        };
        let is_guest = self.chat.options.naming == Naming::Guest;
        let (stage, deadline) = match (is_guest, newcomer.introduces) {
            _ if ban.is_some() => (ArrivalStage::Unannounced, None),
            (false, _) => (ArrivalStage::Announced, None),
            (true, false) => (ArrivalStage::Unannounced, None),
            (true, true) => {
                let deadline = now.elapsed + limits::INTRODUCTION_TIME;
                (ArrivalStage::Introducing { logs_in: false }, Some(deadline))
            }
        };
        let person = PersonId::Guest(newcomer.client);
        let index = ClientIndex(self.chat.clients.insert(Client {
            id: newcomer.client,
            person,
            name: nick.as_str().clone(),
            guest_name,
            address: newcomer.address.ip(),
            port: newcomer.address.port(),
            stage: ArrivalStage::Announced,
            wire: newcomer.wire,
            lang: newcomer.lang.unwrap_or(self.chat.options.lang),
            traits: ClientTraits::default(),
            is_hinted: false,
            has_chosen_looks: false,
            has_view: false,
            edit: None,
            rooms_changed: false,
            has_to_log_in: false,
            rooms: SmallVec::new(),
            connected_at: now.elapsed,
            spoke_at: now.elapsed,
            views: None,
        }));
        self.chat.indexes.insert(newcomer.client, index);
        self.out.enters(newcomer.client, index);
        self.chat.people.add(person, nick, index);
        self.chat.set_stage(index, stage, deadline);
        if let Some(refusal) = ban {
            self.chat.make_wait_outside(index);
            return self.tell_all(index, vec![refusal.into(), Reply::ModeratorsMayLogIn]);
        }
        // A client that begins with its name is welcomed once it has one.
        if self.chat.is_introducing(index) {
            return;
        }
        if self.chat.is_announced(index) {
            self.chat.log_arrival(index);
        }
        let (replies, is_let_in) = self.chat.first_words(index, None, now);
        // The client is in no room yet, so this overtakes no lines.
        self.out.deliver(index, Delivery::Replies(replies));
        match (is_let_in, is_guest) {
            (false, _) => self.chat.make_wait(index),
            (true, false) => self.chat.add_to_room(index, LOBBY, now),
            (true, true) => {
                self.chat.join_unannounced(index, now);
                if is_wanted {
                    self.chat.announce_arrival(index, now);
                }
            }
        }
    }
}

impl Chat {
    /// Remembers for a while where a departing guest came from.
    fn remember_guest(&mut self, index: ClientIndex) {
        let client = &self.clients[index.0];
        if client.person.account().is_none() {
            let (client, origin) = (client.id, client.origin());
            let nick = self.person(index).nick.clone();
            self.gone_guests.push_back(GoneGuest { client, nick, origin });
            if self.gone_guests.len() > limits::GONE_GUESTS_MAX {
                self.gone_guests.pop_front();
            }
        }
    }
}

impl Turn<'_> {
    /// Removes a client and shows `event` in its rooms.
    pub(in crate::chat) fn remove_client_with(&mut self, client: ClientId, event: &Event) {
        let Some(index) = self.chat.indexes.remove(&client) else {
            return;
        };
        // A client that was never announced needs no ban, and would displace guests that might.
        if self.chat.is_noticed(index) {
            self.chat.remember_guest(index);
        }
        self.chat.set_stage(index, ArrivalStage::Announced, None);
        self.chat.end_wait(index);
        let rooms = std::mem::take(&mut self.chat.clients[index.0].rooms);
        self.leave_rooms(index, &rooms, event);
        self.detach_from_person(index);
        self.chat.nick_throttle.remove(&client);
        self.chat.quit_messages.remove(&client);
        self.chat.departed.push(index);
    }
}
