//! Connecting and disconnecting: which clients are admitted, under which name, and the lines that
//! this causes in their rooms.

use smallvec::SmallVec;

use crate::base::clock::ChatTime;
use crate::chat::state::client::{Client, GoneGuest};
use crate::chat::state::newcomers::ArrivalStage;
use crate::chat::state::{Chat, Welcome};
use crate::chat::turn::Turn;
use crate::limits;
use crate::model::{
    ClientId, ClientIndex, ClientTraits, Event, LOBBY, Naming, Newcomer, PersonId, Reply,
};

impl Chat {
    /// Adds a new client. It is announced later unless clients are named by address or it requested
    /// a name itself; it does not see its own arrival. A client from a banned network stays outside
    /// the rooms.
    pub(in crate::chat) fn add_client(&mut self, newcomer: Newcomer, now: ChatTime) -> Welcome {
        let ban = self.ban_outside(newcomer.address.ip(), now);
        let (nick, is_wanted) =
            if ban.is_some() { (self.guest_name(), false) } else { self.name_for(&newcomer) };
        let is_guest = self.options.naming == Naming::Guest;
        let (stage, deadline) = match (is_guest, newcomer.introduces) {
            _ if ban.is_some() => (ArrivalStage::Unannounced, None),
            (false, _) => (ArrivalStage::Announced, None),
            (true, false) => (ArrivalStage::Unannounced, None),
            (true, true) => {
                let deadline = now.elapsed + limits::INTRODUCTION_TIME;
                (ArrivalStage::Introducing { logs_in: false }, Some(deadline))
            }
        };
        let (name, person) = (nick.as_str().clone(), PersonId::Guest(newcomer.client));
        let index = ClientIndex(self.clients.insert(Client {
            id: newcomer.client,
            person,
            name: name.clone(),
            address: newcomer.address.ip(),
            port: newcomer.address.port(),
            stage: ArrivalStage::Announced,
            wire: newcomer.wire,
            lang: newcomer.lang.unwrap_or(self.options.lang),
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
        self.indexes.insert(newcomer.client, index);
        self.people.add(person, nick, index);
        self.set_stage(index, stage, deadline);
        if let Some(refusal) = ban {
            self.make_wait_outside(index);
            let replies = Box::new([refusal.into(), Reply::ModeratorsMayLogIn]);
            return Welcome { index, name, replies };
        }
        if self.is_introducing(index) {
            return Welcome { index, replies: Box::default(), name };
        }
        if self.is_announced(index) {
            self.log_arrival(index);
        }
        let (replies, is_let_in) = self.first_words(index, None, now);
        match (is_let_in, is_guest) {
            (false, _) => self.make_wait(index),
            (true, false) => self.add_to_room(index, LOBBY, now),
            (true, true) => {
                self.join_unannounced(index, now);
                if is_wanted {
                    self.announce_arrival(index, now);
                }
            }
        }
        Welcome { index, replies, name }
    }

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
