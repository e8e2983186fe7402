//! Connecting and disconnecting: which clients are admitted, under which name, and the lines that
//! this causes in their rooms.

use smallvec::SmallVec;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::client::{Client, GoneGuest};
use crate::chat::state::newcomers::ArrivalStage;
use crate::chat::state::{Chat, Welcome};
use crate::limits;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{ClientId, LOBBY, PersonId};
use crate::model::newcomer::{Naming, Newcomer};
use crate::model::presentation::ClientTraits;
use crate::model::reply::Reply;
use crate::text::nick::Nick;

impl Chat {
    /// Adds a new client. It is announced later unless clients are named by address or it requested
    /// a name itself; it does not see its own arrival. A client from a banned network stays outside
    /// the rooms.
    pub fn connect(&mut self, newcomer: Newcomer, now: Moment) -> Welcome {
        let ban = self.ban_outside(newcomer.address.ip(), now);
        let (nick, is_wanted) =
            if ban.is_some() { (self.guest_name(), false) } else { self.name_for(&newcomer) };
        let is_guest = self.options.naming == Naming::Guest;
        let (stage, deadline) = match (is_guest, newcomer.introduces) {
            _ if ban.is_some() => (ArrivalStage::Unannounced, None),
            (false, _) => (ArrivalStage::Announced, None),
            (true, false) => (ArrivalStage::Unannounced, None),
            (true, true) => {
                let deadline = now.instant + limits::INTRODUCTION_TIME;
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
            connected_at: now.instant,
            spoke_at: now.instant,
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
        let (mut replies, is_let_in) = self.first_words(index, now);
        if is_let_in {
            // The replay ends exactly where the new lines begin.
            replies.extend(self.replay(index, LOBBY, now));
        }
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
        Welcome { index, replies: replies.into(), name }
    }

    /// Removes a client and tells its rooms. The client receives everything before its departure,
    /// but not the departure itself. Does nothing for a client that has been removed before, by a
    /// kick for example. Returns whether the client had been announced.
    pub fn remove_client(&mut self, client: ClientId, now: Moment, out: &mut dyn Outbox) -> bool {
        let is_known = self.indexes.get(&client).is_none_or(|&index| self.is_announced(index));
        let event = self.quit_event(client);
        self.remove_client_with(client, &event, now, out);
        is_known
    }

    /// Removes a client and shows `parting` in its rooms.
    pub(in crate::chat) fn remove_client_with(
        &mut self,
        client: ClientId,
        event: &Event,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let Some(index) = self.indexes.remove(&client) else {
            return;
        };
        // A client that was never announced needs no ban, and would displace guests that might.
        if self.is_noticed(index) {
            self.remember_guest(index);
        }
        self.set_stage(index, ArrivalStage::Announced, None);
        self.end_wait(index);
        let rooms = std::mem::take(&mut self.clients[index.0].rooms);
        for &room in &rooms {
            self.leave_room(index, room, event, now, out);
        }
        self.detach_from_person(index, now, out);
        self.nick_throttle.remove(&client);
        self.quit_messages.remove(&client);
        self.departed.push(index);
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

    /// The line that announces a client's departure.
    fn quit_event(&mut self, client: ClientId) -> Event {
        Event::Left { text: self.quit_messages.remove(&client) }
    }

    /// Chooses the name of a new client: the requested one if it is free, or one by the configured
    /// scheme. Returns whether it is the requested one.
    fn name_for(&mut self, newcomer: &Newcomer) -> (Nick, bool) {
        let person = PersonId::Guest(newcomer.client);
        let asked = newcomer.name.as_ref().and_then(|name| Nick::parse(name.as_str()).ok());
        match (asked, self.options.naming) {
            (Some(nick), _) if self.is_free(&nick, person).is_ok() => (nick, true),
            (_, Naming::Guest) => (self.guest_name(), false),
            (_, Naming::Address) => {
                // Two connections can share an address and port if they connected to different
                // server ports.
                let address = newcomer.address.to_string();
                let numbered = (2u64..).map(|number| format!("{address}-{number}"));
                let free = std::iter::once(address.clone())
                    .chain(numbered)
                    .find(|name| !self.people.has_name(name))
                    .unwrap_or(address);
                (Nick::of_guest(&free), false)
            }
        }
    }

    pub(in crate::chat) fn guest_name(&mut self) -> Nick {
        let Self { guest_names, people, accounts, .. } = self;
        let name = guest_names.pick(|name| people.has_name(name) || accounts.has_name(name));
        Nick::of_guest(&name)
    }
}
