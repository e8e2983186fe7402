//! The hall: who is here, under which name, in which rooms, and what is said to whom.
//!
//! Plain data, driven by events: no sockets, channels or threads inside, and time and randomness
//! are passed in, so that every rule of the chat is a unit test. It says what is to be given to
//! which [`Seat`] and what is to be kept; the loop around it does the sending ([`Outbox`]). All of
//! it could be handed to a new process.
//!
//! Each part of the chat is a file. Tables: `people`, `accounts`, `rooms`, `attempts`,
//! `moderation`. What follows from who one is: `names`, `identity`. Commands, told apart in
//! `commands`: `account_commands` and the `outcomes` of their slow work, `room_commands` and
//! `room_rules`, `private`, `choices`, `lists`, `house`. What was said before: `catch_up`,
//! `history` and `pages`. Keeping order: `ranks` says who may do it, `sanctions` does it,
//! `standing` is where it meets who comes and talks, `order_lists` shows it.

mod account_commands;
mod accounts;
mod attempts;
mod catch_up;
mod choices;
mod commands;
mod history;
mod house;
mod identity;
mod lists;
mod mentions;
mod moderation;
mod names;
mod order_lists;
mod outcomes;
mod pages;
mod people;
mod private;
mod ranks;
mod room_commands;
mod room_rules;
mod rooms;
mod sanctions;
mod standing;
mod terms;

use std::collections::VecDeque;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rustc_hash::FxHashMap;
use slab::Slab;
use smallvec::SmallVec;

use self::accounts::Accounts;
use self::history::Views;
use self::moderation::Moderation;
use self::people::People;
use self::rooms::Rooms;
use self::standing::Waiting;
use crate::archive::{Entry, Kept};
use crate::bucket::Bucket;
use crate::clock::Moment;
use crate::close_reason::CloseReason;
use crate::command::Utterance;
use crate::frame::Frame;
use crate::guest::GuestNames;
use crate::help;
use crate::history::Question;
use crate::id::{ClientId, LOBBY, LineId, PersonId, RoomId};
use crate::lang::{Answers, Catalogue, fill};
use crate::limits;
use crate::moderation::{OwnerToken, Rank};
use crate::motd::Motd;
use crate::nick::Nick;
use crate::origin::Origin;
use crate::post::Traffic;
use crate::presentation::{Presentation, Wire};
use crate::registrar::{Busy, Job};
use crate::room::{Author, Line, Proposal, Seat, Style, What};
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
    /// Lines of the past that who comes into a room is shown.
    pub replay_lines: usize,
    /// How old those may be; `None` for any age.
    pub history_age: Option<Duration>,
    /// Whether what is said is written down, and more can be asked for than is at hand.
    pub keeps_history: bool,
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
    /// What its door writes.
    pub wire: Wire,
}

/// The hall's answer to a newcomer.
#[derive(Debug)]
pub struct Welcome {
    /// Where it sits.
    pub seat: Seat,
    /// What it is called.
    pub name: Arc<str>,
    /// What it is told: the first thing it sees, and what was said before.
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
    /// Something for this client alone.
    Answer(Box<[u8]>),
    /// What it waited for has been answered: its input is taken again.
    Resume,
    /// It has left; nothing more will come, and the seat is free.
    Released,
    /// It has to go, after these last words.
    Dismissed {
        /// What it is told.
        last_words: Box<[u8]>,
        /// Why.
        reason: CloseReason,
    },
}

/// Where the hall puts what is to be done outside of it.
pub trait Outbox {
    /// Gives something to a seat.
    fn deliver(&mut self, to: Seat, delivery: Delivery<'_>);

    /// Asks for slow work.
    ///
    /// # Errors
    /// When too much of it waits already.
    fn submit(&mut self, job: Job) -> Result<(), Busy>;

    /// Has something written into the history. Is called only where one is kept.
    ///
    /// # Errors
    /// When too much of it waits already.
    fn write(&mut self, entry: Entry) -> Result<(), Busy>;

    /// Asks something of the history. Is called only where one is kept.
    ///
    /// # Errors
    /// When it cannot be asked any more.
    fn ask(&mut self, question: Question) -> Result<(), Busy>;

    /// What has gone through the server so far.
    fn traffic(&self) -> Traffic;
}

/// Why something was not done: the one line that says what to do instead.
#[derive(Debug, PartialEq, Eq)]
struct Refusal(String);

/// A client, as the hall knows it.
#[derive(Debug)]
struct Client {
    id: ClientId,
    person: PersonId,
    /// The person's name, kept here too: it is needed for each line.
    name: Arc<str>,
    address: IpAddr,
    wire: Wire,
    /// Somebody sits there and reads it as it comes: it speaks telnet.
    is_telnet: bool,
    /// Its looks have been chosen here, so that there is somebody to see them.
    has_chosen_looks: bool,
    /// It came where guests may not take part, and is in no room before it has logged in.
    has_to_log_in: bool,
    /// The rooms it is in; what it says goes to the last of them.
    rooms: SmallVec<[RoomId; 2]>,
    entered_at: Instant,
    spoke_at: Instant,
    /// What it looks at of the past, if it has done so.
    views: Option<Box<Views>>,
}

impl Client {
    /// Where it comes from, as far as that counts as one.
    fn origin(&self) -> Origin {
        Origin::of(self.address)
    }
}

/// Everybody who is here.
#[derive(Debug)]
pub struct Hall {
    options: HallOptions,
    clients: Slab<Client>,
    /// Looked up for each line. Clients are numbered here, so nobody can choose keys that collide.
    seats: FxHashMap<ClientId, Seat>,
    people: People,
    accounts: Accounts,
    rooms: Rooms,
    moderation: Moderation,
    waiting: Waiting,
    motd: Motd,
    /// Who has gone lately of those who were guests, with where they came from.
    gone_guests: VecDeque<(ClientId, Arc<str>, Origin)>,
    /// When operators were last told that the disk does not keep what it should.
    disk_told_at: Option<Instant>,
    /// Departed, but an open batch may still hold lines for them.
    departed: Vec<Seat>,
    guest_names: GuestNames,
    /// Of those who have changed their names.
    renames: FxHashMap<ClientId, Bucket>,
    /// Of those who are going: what they want to be told of that.
    partings: FxHashMap<ClientId, CleanText>,
    lines_proposed: u64,
    /// Of those, the ones that were said.
    lines_said: u64,
    started: Moment,
    /// When the offsets of time zones are looked at again.
    zones_due: Option<Instant>,
    /// The time that they were last looked at for.
    offsets_at: SystemTime,
}

impl Hall {
    /// A hall in which nobody is, with the accounts and rooms that have been kept, from now on.
    pub fn new(options: HallOptions, kept: Kept, now: Moment) -> Self {
        let mut rooms = Rooms::new(kept.rooms, kept.histories, kept.last_room);
        rooms.set_lobby(&kept.order.lobby);
        Self {
            options,
            clients: Slab::new(),
            seats: FxHashMap::default(),
            people: People::default(),
            accounts: Accounts::new(kept.accounts),
            rooms,
            moderation: Moderation::new(kept.order),
            waiting: Waiting::new(),
            motd: Motd::default(),
            gone_guests: VecDeque::new(),
            disk_told_at: None,
            departed: Vec::new(),
            guest_names: GuestNames::with_seed(options.seed),
            renames: FxHashMap::default(),
            partings: FxHashMap::default(),
            lines_proposed: 0,
            lines_said: 0,
            started: now,
            zones_due: None,
            offsets_at: SystemTime::UNIX_EPOCH,
        }
    }

    /// The server has no owner: whoever knows this becomes it.
    pub fn set_owner_token(&mut self, token: OwnerToken) {
        self.moderation.token = Some(token);
    }

    /// Lets a newcomer in and tells the others. It does not see its own arrival.
    ///
    /// # Errors
    /// What it is told who may not come in.
    pub fn enter(&mut self, newcomer: Newcomer, now: Moment) -> Result<Welcome, Box<[u8]>> {
        let presentation = Presentation { wire: newcomer.wire, ..Presentation::PLAIN };
        if let Some(told) = self.ban_at_the_door(newcomer.address.ip(), now) {
            return Err(presentation.notice(&told));
        }
        let nick = self.name_for(&newcomer);
        let (name, person) = (nick.as_str().clone(), PersonId::Guest(newcomer.client));
        let seat = Seat(self.clients.insert(Client {
            id: newcomer.client,
            person,
            name: name.clone(),
            address: newcomer.address.ip(),
            wire: newcomer.wire,
            is_telnet: false,
            has_chosen_looks: false,
            has_to_log_in: false,
            rooms: SmallVec::new(),
            entered_at: now.instant,
            spoke_at: now.instant,
            views: None,
        }));
        self.seats.insert(newcomer.client, seat);
        self.people.add(person, nick, seat);
        let text = fill(self.catalogue().welcome, &[("name", &name)]);
        let mut notice = presentation.notice(&text).into_vec();
        for line in self.motd.lines() {
            notice.extend_from_slice(&presentation.notice(line.as_str()));
        }
        match self.kept_out_as_guest(seat, now).or_else(|| self.kept_out_of(seat, LOBBY, now)) {
            Some(told) => {
                notice.extend_from_slice(&presentation.notice(&told));
                self.make_wait(seat, now);
            }
            None => {
                // What it is shown of the past ends where it sees what comes.
                notice.extend_from_slice(&self.replay(seat, LOBBY, now));
                self.enter_room(seat, LOBBY, now);
            }
        }
        Ok(Welcome { seat, notice: notice.into(), name })
    }

    /// A client has said something, or wants something done. Says whether that was a line.
    pub fn hear(
        &mut self,
        client: ClientId,
        utterance: Utterance,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> bool {
        let Some(&seat) = self.seats.get(&client) else {
            return false;
        };
        self.clients[seat.0].spoke_at = now.instant;
        self.follow_zones(now, out);
        let refusal = match utterance {
            Utterance::Line(text) => match self.say(seat, What::Said(text), now) {
                Ok(()) => return true,
                Err(Refusal(line)) => line,
            },
            Utterance::Command(command) => {
                self.perform(seat, *command, now, out);
                return false;
            }
            Utterance::Wrong(wrong) => help::wrong(self.catalogue(), &wrong),
        };
        self.tell(seat, &refusal, out);
        false
    }

    /// A client turns out to speak telnet: somebody sits there who may be called by a bell.
    pub fn knows_telnet(&mut self, client: ClientId, out: &mut dyn Outbox) {
        if let Some(&seat) = self.seats.get(&client) {
            self.clients[seat.0].is_telnet = true;
            self.read_anew(seat, out);
        }
    }

    /// A client goes; the others are told. It does not see its own departure, but all before it.
    /// One that has had to go is gone already.
    pub fn leave(&mut self, client: ClientId, now: Moment, out: &mut dyn Outbox) {
        let parting = self.parting_of(client);
        self.depart(client, &parting, now, out);
    }

    /// A client goes, of which this is told.
    fn depart(&mut self, client: ClientId, parting: &What, now: Moment, out: &mut dyn Outbox) {
        let Some(seat) = self.seats.remove(&client) else {
            return;
        };
        let gone = &mut self.clients[seat.0];
        if gone.person.account().is_none() {
            self.gone_guests.push_back((gone.id, gone.name.clone(), gone.origin()));
            if self.gone_guests.len() > limits::GONE_GUESTS_MAX {
                self.gone_guests.pop_front();
            }
        }
        let rooms = std::mem::take(&mut gone.rooms);
        for &room in &rooms {
            self.leave_room(seat, room, parting, now, out);
        }
        self.part_from_person(seat, now, out);
        self.renames.remove(&client);
        self.partings.remove(&client);
        self.departed.push(seat);
    }

    /// What is told of a client's departure.
    fn parting_of(&mut self, client: ClientId) -> What {
        let Some(text) = self.partings.remove(&client) else { return What::Left };
        let Some(&seat) = self.seats.get(&client) else { return What::Left };
        let values: [(&str, &dyn Display); 2] =
            [("name", &self.clients[seat.0].name), ("text", &text.as_str())];
        What::Parted(fill(self.catalogue().left_with, &values).into())
    }

    /// Whether it is time to hand out what has gathered.
    pub fn is_batch_full(&self) -> bool {
        self.rooms.open_bytes() >= limits::BATCH_BYTES_MAX
    }

    /// Hands out what has gathered, and releases those who have left.
    pub fn hand_out(&mut self, out: &mut dyn Outbox) {
        while let Some(room) = self.rooms.take_news() {
            self.close_batch(room, out);
        }
        while let Some(room) = self.rooms.take_ended() {
            self.forget_sanctions_in(room, out);
        }
        self.keep_unsaved_rooms(out);
        self.keep_unsaved_marks(out);
        for seat in self.departed.drain(..) {
            out.deliver(seat, Delivery::Released);
            self.clients.remove(seat.0);
        }
    }

    /// The server ends: when those who have an account were here is kept. There is nobody to tell
    /// any more.
    pub fn close(&mut self, now: Moment, out: &mut dyn Outbox) {
        for room in
            self.rooms.iter().filter(|room| self.options.keeps_history && room.last_seq() > 0)
        {
            let (id, name, seq) = (room.id(), room.name().clone(), room.last_seq());
            // If there is no place for this, the same numbers are given again.
            let _ = out.write(Entry::Reached { room: id, name, seq });
        }
        for account in self.people.iter().filter_map(|(person, _)| person.account()) {
            // What is lost if there is no room for this is a date in /whois.
            let _ = out.submit(Job::SaveSeen { account, at: now.wall });
        }
    }

    /// Says something in the client's room.
    fn say(&mut self, seat: Seat, what: What, now: Moment) -> Result<(), Refusal> {
        let Some(&room) = self.clients[seat.0].rooms.last() else {
            return Err(Refusal(self.answers().in_no_room.to_owned()));
        };
        self.say_in(seat, room, what, now)
    }

    /// Says something in one of the client's rooms.
    fn say_in(&mut self, seat: Seat, room: RoomId, what: What, now: Moment) -> Result<(), Refusal> {
        self.check_may_be_heard(seat, Some(room), now)?;
        let room_now = self.rooms.at(room);
        // Few are, and this is asked for each line of a flood.
        if room_now.rules.slow.is_some()
            && !self.moderation.is_at_least(self.clients[seat.0].person, Rank::Operator)
            && let Err(pause) = room_now.rules.take_word(self.clients[seat.0].person, now.instant)
        {
            let seconds = seconds_to_wait(pause);
            let name = room_now.name().clone();
            let values: [(&str, &dyn Display); 2] = [("room", &name), ("seconds", &seconds)];
            return Err(Refusal(fill(self.answers().room_is_slow, &values)));
        }
        self.lines_said += 1;
        let proposal = self.propose(seat, room, what, now);
        let line = self.order(proposal);
        self.apply(line);
        Ok(())
    }

    /// A line as somebody wants it to be.
    fn propose(&mut self, seat: Seat, room: RoomId, what: What, now: Moment) -> Proposal {
        let client = &self.clients[seat.0];
        let from = Author { client: client.id, person: client.person, name: client.name.clone() };
        self.propose_as(from, room, what, now)
    }

    fn propose_as(&mut self, from: Author, room: RoomId, what: What, now: Moment) -> Proposal {
        self.lines_proposed += 1;
        let id = LineId { origin: self.options.seed, number: self.lines_proposed };
        Proposal { id, room, at: now.wall, from, what }
    }

    /// Gives a proposal its place. On one server this follows the proposal at once.
    fn order(&mut self, proposal: Proposal) -> Line {
        self.rooms.at(proposal.room).order(proposal)
    }

    /// Adds an ordered line to the open batch of its room.
    fn apply(&mut self, line: Line) {
        self.rooms.apply(line);
    }

    /// A line about somebody, in a room: told by the server, in its place among the others.
    fn announce(&mut self, seat: Seat, room: RoomId, what: What, now: Moment) {
        let proposal = self.propose(seat, room, what, now);
        let line = self.order(proposal);
        self.apply(line);
    }

    /// Hands out what a room has gathered.
    fn close_batch(&mut self, room: RoomId, out: &mut dyn Outbox) {
        let Self { rooms, people, options, .. } = self;
        let mentions = |text: &str, found: &mut dyn FnMut(PersonId)| people.mentioned(text, found);
        rooms.hand_out(room, options, &mentions, out);
    }

    /// Hands out what the client's rooms have gathered, so that nothing overtakes what it is told
    /// next.
    fn close_batches_of(&mut self, seat: Seat, out: &mut dyn Outbox) {
        let rooms = self.clients[seat.0].rooms.iter();
        let turn = |&room| self.rooms.waits_since(room).map(|since| (since, room));
        let mut waiting: SmallVec<[(u64, RoomId); 2]> = rooms.filter_map(turn).collect();
        waiting.sort_unstable();
        for (_, room) in waiting {
            self.close_batch(room, out);
        }
    }

    /// Tells a client something, alone.
    fn tell(&mut self, seat: Seat, text: &str, out: &mut dyn Outbox) {
        self.tell_lines(seat, &[text], out);
    }

    /// The same, in several lines.
    fn tell_lines(&mut self, seat: Seat, lines: &[impl AsRef<str>], out: &mut dyn Outbox) {
        if lines.is_empty() {
            return;
        }
        self.close_batches_of(seat, out);
        let presentation = self.presentation(seat);
        let notices: Vec<Box<[u8]>> =
            lines.iter().map(|line| presentation.notice(line.as_ref())).collect();
        out.deliver(seat, Delivery::Answer(notices.concat().into()));
    }

    /// A name for somebody who has just come: the one asked for, or one by the rule of the house.
    fn name_for(&mut self, newcomer: &Newcomer) -> Nick {
        let person = PersonId::Guest(newcomer.client);
        let asked = newcomer.name.as_ref().and_then(|name| Nick::parse(name.as_str()).ok());
        match (asked, self.options.naming) {
            (Some(nick), _) if self.is_free(&nick, person).is_ok() => nick,
            (_, Naming::Guest) => self.guest_name(),
            (_, Naming::Address) => {
                // Two connections can share an address and port if they came to different ports.
                let address = newcomer.address.to_string();
                let numbered = (2u64..).map(|number| format!("{address}-{number}"));
                let free = std::iter::once(address.clone())
                    .chain(numbered)
                    .find(|name| !self.people.has_name(name))
                    .unwrap_or(address);
                Nick::of_guest(&free)
            }
        }
    }

    fn guest_name(&mut self) -> Nick {
        let Self { guest_names, people, accounts, .. } = self;
        let name = guest_names.pick(|name| people.has_name(name) || accounts.has_name(name));
        Nick::of_guest(&name)
    }

    fn catalogue(&self) -> &'static Catalogue {
        self.options.style.catalogue
    }

    fn answers(&self) -> &'static Answers {
        &self.catalogue().answers
    }
}

/// So many seconds as are certainly enough.
fn seconds_to_wait(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests;
