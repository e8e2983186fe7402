//! The hall: who is here, under which name, and what is said to whom.
//!
//! Plain data, driven by events: no sockets, channels or threads inside, and time and randomness
//! are passed in, so that every rule of the chat is a unit test. It says what is to be given to
//! which [`Seat`]; the loop around it does the sending. All of it could be handed to a new process.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use rustc_hash::FxHashMap;
use slab::Slab;

use crate::frame::Frame;
use crate::guest::GuestNames;
use crate::id::{ClientId, LOBBY, LineId, RoomId};
use crate::lang::fill;
use crate::limits;
use crate::presentation::Presentation;
use crate::room::{Line, Proposal, Room, Seat, Style, What};
use crate::text::CleanText;

/// How clients are named that ask for no name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// By a readable name, such as `amber-otter`: an address is nobody's business.
    #[default]
    Guest,
    /// By address and port, as in the original.
    Address,
}

/// What the hall has to know to be set up.
#[derive(Clone, Copy, Debug)]
pub struct HallOptions {
    /// How clients are named.
    pub naming: Naming,
    /// How lines are shown.
    pub style: Style,
    /// Drawn at random at each start: for guest names and for the identities of lines.
    pub seed: u64,
}

/// Somebody who wants to enter.
#[derive(Debug)]
pub struct Newcomer {
    /// Its identity.
    pub client: ClientId,
    /// Where it comes from.
    pub address: SocketAddr,
    /// The name it asks for.
    pub name: Option<CleanText>,
    /// How it wants lines rendered.
    pub presentation: Presentation,
}

/// The hall's answer to a newcomer.
#[derive(Debug)]
pub struct Welcome {
    /// Where it sits.
    pub seat: Seat,
    /// What it is called.
    pub name: Arc<str>,
    /// What it is told: the first thing it sees.
    pub notice: Box<[u8]>,
}

/// Something to be given to a seat.
#[derive(Debug)]
pub enum Delivery<'a> {
    /// These lines of a frame of a room.
    Lines {
        /// The room.
        room: RoomId,
        /// The frame, shared by all.
        frame: &'a Arc<Frame>,
        /// Which of its lines.
        lines: Range<u32>,
    },
    /// It has left; nothing more will come, and the seat is free.
    Released,
}

#[derive(Debug)]
struct Client {
    name: Arc<str>,
}

/// Everybody who is here.
#[derive(Debug)]
pub struct Hall {
    options: HallOptions,
    clients: Slab<Client>,
    /// Looked up for each line. Clients are numbered here, so nobody can choose keys that collide.
    seats: FxHashMap<ClientId, Seat>,
    names: HashSet<Arc<str>>,
    /// Departed, but the open batch still holds lines for them.
    departed: Vec<Seat>,
    lobby: Room,
    guest_names: GuestNames,
    lines_proposed: u64,
}

impl Hall {
    /// An empty hall.
    pub fn new(options: HallOptions) -> Self {
        Self {
            options,
            clients: Slab::new(),
            seats: FxHashMap::default(),
            names: HashSet::new(),
            departed: Vec::new(),
            lobby: Room::new(LOBBY),
            guest_names: GuestNames::with_seed(options.seed),
            lines_proposed: 0,
        }
    }

    /// Lets a newcomer in and tells the others. It does not see its own arrival.
    pub fn enter(&mut self, newcomer: Newcomer, now: SystemTime) -> Welcome {
        let name: Arc<str> = self.name_for(&newcomer).into();
        self.names.insert(name.clone());
        let seat = Seat(self.clients.insert(Client { name: name.clone() }));
        self.seats.insert(newcomer.client, seat);
        let arrival = self.proposal(newcomer.client, name.clone(), What::Joined, now);
        self.order_and_apply(arrival);
        self.lobby.add(seat, newcomer.presentation);
        let text = fill(self.options.style.catalogue.welcome, &[("name", &name)]);
        Welcome { seat, notice: newcomer.presentation.notice(&text), name }
    }

    /// What a client says, as a proposal; `None` if it is not here.
    pub fn propose(
        &mut self,
        client: ClientId,
        text: CleanText,
        now: SystemTime,
    ) -> Option<Proposal> {
        let seat = self.seats.get(&client)?;
        let name = self.clients[seat.0].name.clone();
        Some(self.proposal(client, name, What::Said(text), now))
    }

    /// Gives a proposal its place. On one server this follows the proposal at once.
    pub fn order(&mut self, proposal: Proposal) -> Line {
        self.lobby.order(proposal)
    }

    /// Adds an ordered line to the open batch of its room.
    pub fn apply(&mut self, line: Line) {
        self.lobby.apply(line);
    }

    /// A client goes; the others are told. It does not see its own departure, but all before it.
    pub fn leave(&mut self, client: ClientId, now: SystemTime) {
        let Some(seat) = self.seats.remove(&client) else {
            return;
        };
        let name = self.clients[seat.0].name.clone();
        self.names.remove(&name);
        self.lobby.remove(seat);
        self.departed.push(seat);
        let departure = self.proposal(client, name, What::Left, now);
        self.order_and_apply(departure);
    }

    /// Whether it is time to hand out what has gathered.
    pub fn is_batch_full(&self) -> bool {
        self.lobby.is_batch_full()
    }

    /// Hands out what has gathered, and releases those who have left.
    pub fn hand_out(&mut self, mut deliver: impl FnMut(Seat, Delivery<'_>)) {
        let room = self.lobby.id();
        self.lobby.hand_out(&self.options.style, |seat, frame, lines| {
            deliver(seat, Delivery::Lines { room, frame, lines });
        });
        for seat in self.departed.drain(..) {
            deliver(seat, Delivery::Released);
            self.clients.remove(seat.0);
        }
    }

    fn order_and_apply(&mut self, proposal: Proposal) {
        let line = self.order(proposal);
        self.apply(line);
    }

    fn proposal(&mut self, from: ClientId, name: Arc<str>, what: What, at: SystemTime) -> Proposal {
        self.lines_proposed += 1;
        let id = LineId { origin: self.options.seed, number: self.lines_proposed };
        Proposal { id, room: LOBBY, at, from, name, what }
    }

    /// A name that nobody here has: the one asked for, or one by the rule of the house.
    fn name_for(&mut self, newcomer: &Newcomer) -> String {
        let is_taken = |name: &str| self.names.contains(name);
        let asked = newcomer.name.as_ref().map(CleanText::as_str);
        let asked = asked.filter(|name| {
            !name.trim().is_empty() && name.len() <= limits::NAME_BYTES_MAX && !is_taken(name)
        });
        match (asked, self.options.naming) {
            (Some(name), _) => name.to_owned(),
            (None, Naming::Guest) => self.guest_names.pick(is_taken),
            (None, Naming::Address) => {
                // Two connections can share an address and port if they came to different ports.
                let address = newcomer.address.to_string();
                let numbered = (2u64..).map(|number| format!("{address}-{number}"));
                std::iter::once(address.clone())
                    .chain(numbered)
                    .find(|name| !is_taken(name))
                    .unwrap_or(address)
            }
        }
    }
}

#[cfg(test)]
mod tests;
