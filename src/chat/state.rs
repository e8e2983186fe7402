//! The hall: who is here, under which name, in which rooms, and what is said to whom.
//!
//! Plain data, driven by events: no sockets, channels or threads inside, and time and randomness
//! are passed in, so that every rule of the chat is a unit test. It says what is to be given to
//! which [`Seat`] and what is to be kept; the loop around it does the sending ([`Outbox`]). All of
//! it could be handed to a new process.
//!
//! The tables are the files beside this one; what is done with them is in `chat::rules`,
//! `chat::actions` and `chat::commands`.

pub(super) mod accounts;
pub mod guest_names;
pub(super) mod mentions;
pub(super) mod password_attempts;
pub(super) mod people;
pub mod room;
pub(super) mod rooms;
pub(super) mod sanctions;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rustc_hash::FxHashMap;
use slab::Slab;
use smallvec::SmallVec;

use self::accounts::Accounts;
use self::people::People;
use self::rooms::Rooms;
use self::sanctions::Moderation;
use crate::base::address_block::Origin;
use crate::base::clock::Moment;
use crate::base::rate_limit::Bucket;
use crate::chat::actions::announce::{Newcomers, Stage};
use crate::chat::commands::history::Views;
use crate::chat::commands::post;
use crate::chat::rules::permissions::Waiting;
use crate::chat::state::guest_names::GuestNames;
use crate::chat::state::room::{Seat, Style, What};
use crate::command::prompt::{Asking, Verdict};
use crate::command::{self, Utterance};
use crate::lang::{Answers, Catalogue, help_page};
use crate::limits;
use crate::model::close_reason::CloseReason;
use crate::model::id::{ClientId, PersonId, RoomId};
use crate::model::job::Job;
use crate::model::moderation::OwnerToken;
use crate::model::motd::Motd;
use crate::model::records::{Entry, Kept};
use crate::model::traffic::Traffic;
use crate::store::threads::history::Question;
use crate::store::threads::jobs::Busy;
use crate::store::updates::Update;
use crate::text::CleanText;
use crate::text::nick::Nick;
use crate::wire::door::Terminal;
use crate::wire::frame::Frame;
use crate::wire::plain::render::Wire;

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
    /// Its first line says who it is, and comes right behind this.
    pub introduces: bool,
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
    /// What it is told: the first thing it sees, and what was said before. Nothing yet if it says
    /// first who it is.
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
    Resume(Verdict),
    /// What it wanted takes a password, which it is to be asked for: its input is taken again.
    Ask(Box<Asking>),
    /// The rooms that it is in; it talks in the last.
    Rooms(Box<[Arc<str>]>),
    /// What a word could be completed to, the best first.
    Completions(Box<[Box<str>]>),
    /// Whether the line that is typed there is to be edited; `None` for as its door has it.
    Edit(Option<bool>),
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

    /// Has something kept.
    ///
    /// # Errors
    /// When too much waits to be kept already.
    fn keep(&mut self, update: Update) -> Result<(), Busy>;

    /// The registrar has kept what it was given, and gets what has gathered since. Says whether
    /// there was nothing.
    fn has_kept(&mut self) -> bool;

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
pub(super) struct Refusal(pub(super) String);

/// A client, as the hall knows it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: ClientId,
    pub(super) person: PersonId,
    /// The person's name, kept here too: it is needed for each line.
    pub(super) name: Arc<str>,
    pub(super) address: IpAddr,
    pub(super) port: u16,
    /// How far it has come in.
    pub(super) stage: Stage,
    pub(super) wire: Wire,
    /// Somebody sits there and reads it as it comes: it speaks telnet.
    pub(super) is_telnet: bool,
    /// It has been told how a command is typed.
    pub(super) is_hinted: bool,
    /// It could, so that it may be asked for what its person wants.
    pub(super) may_be_telnet: bool,
    /// Its looks have been chosen here, so that there is somebody to see them.
    pub(super) has_chosen_looks: bool,
    /// What shows what it is told, where that is more than lines.
    pub(super) terminal: Option<Terminal>,
    /// What its door was last told of whether to edit its line.
    pub(super) edit: Option<bool>,
    /// Its rooms are to be told to its door.
    pub(super) rooms_changed: bool,
    /// It came where guests may not take part, and is in no room before it has logged in.
    pub(super) has_to_log_in: bool,
    /// The rooms it is in; what it says goes to the last of them.
    pub(super) rooms: SmallVec<[RoomId; 2]>,
    pub(super) entered_at: Instant,
    pub(super) spoke_at: Instant,
    /// What it looks at of the past, if it has done so.
    pub(super) views: Option<Box<Views>>,
}

impl Client {
    /// Where it comes from, as far as that counts as one.
    pub(super) fn origin(&self) -> Origin {
        Origin::of(self.address)
    }
}

/// A guest who has left.
#[derive(Debug)]
pub(super) struct GoneGuest {
    pub(super) client: ClientId,
    pub(super) nick: Nick,
    pub(super) origin: Origin,
}

/// Everybody who is here.
#[derive(Debug)]
pub struct Hall {
    pub(super) options: HallOptions,
    pub(super) clients: Slab<Client>,
    /// Looked up for each line. Clients are numbered here, so nobody can choose keys that collide.
    pub(super) seats: FxHashMap<ClientId, Seat>,
    pub(super) people: People,
    pub(super) accounts: Accounts,
    pub(super) rooms: Rooms,
    pub(super) moderation: Moderation,
    pub(super) waiting: Waiting,
    /// The same from banned networks: until then they see nothing.
    pub(super) outside: Waiting,
    pub(super) newcomers: Newcomers,
    /// How many clients the others do not know of, whether they will or not.
    pub(super) unannounced: usize,
    pub(super) motd: Motd,
    /// Who has gone lately of those who were guests, with where they came from.
    pub(super) gone_guests: VecDeque<GoneGuest>,
    /// When operators were last told that the disk does not keep what it should.
    pub(super) disk_told_at: Option<Instant>,
    /// Some of what was changed is not kept yet, because the disk failed.
    pub(super) has_unsaved: bool,
    /// Those at terminals whose rooms are others than they have been told.
    pub(super) in_other_rooms: Vec<Seat>,
    /// Departed, but an open batch may still hold lines for them.
    pub(super) departed: Vec<Seat>,
    pub(super) guest_names: GuestNames,
    /// Of those who have changed their names.
    pub(super) renames: FxHashMap<ClientId, Bucket>,
    /// Of those who are going: what they want to be told of that.
    pub(super) partings: FxHashMap<ClientId, CleanText>,
    pub(super) lines_proposed: u64,
    /// Of those, the ones that were said.
    pub(super) lines_said: u64,
    pub(super) started: Moment,
    /// When the offsets of time zones are looked at again.
    pub(super) zones_due: Option<Instant>,
    /// The time that they were last looked at for.
    pub(super) offsets_at: SystemTime,
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
            outside: Waiting::new(),
            newcomers: Newcomers::new(),
            unannounced: 0,
            motd: Motd::default(),
            gone_guests: VecDeque::new(),
            disk_told_at: None,
            has_unsaved: false,
            in_other_rooms: Vec::new(),
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
        if self.clients[seat.0].has_to_log_in && !self.is_heard_outside(seat, &utterance, now, out)
        {
            return false;
        }
        self.hear_introduction(seat, &utterance, now, out);
        if self.is_posting(seat) && !post::is_part(&utterance) {
            let is_slow = matches!(&utterance, Utterance::Command(command) if command.is_slow());
            let only = self.answers().posts_only.to_owned();
            let verdict = self.finish(seat, Err(Refusal(only)), out);
            if let Some(verdict) = verdict.filter(|_| is_slow) {
                out.deliver(seat, Delivery::Resume(verdict));
            }
            return false;
        }
        let refusal = match utterance {
            Utterance::Line(text) => {
                let meant = command::meant_by(text.as_str());
                match self.say(seat, What::Said(text), now) {
                    Ok(()) => {
                        self.hint_at(seat, meant, out);
                        return true;
                    }
                    Err(Refusal(line)) => line,
                }
            }
            Utterance::Command(command) => {
                self.perform(seat, *command, now, out);
                return false;
            }
            Utterance::Wrong(wrong) => help_page::wrong(self.catalogue(), &wrong),
        };
        self.tell(seat, &refusal, out);
        false
    }

    /// A client turns out to end its lines as telnets do: it may be asked for what its person has
    /// chosen, and is sent nothing else beside text.
    pub fn may_be_telnet(&mut self, client: ClientId, out: &mut dyn Outbox) {
        if let Some(&seat) = self.seats.get(&client) {
            self.clients[seat.0].may_be_telnet = true;
            self.read_anew(seat, out);
            self.follow_edit(seat, out);
        }
    }

    /// A client turns out to speak telnet: somebody sits there who may be called by a bell.
    pub fn knows_telnet(&mut self, client: ClientId, out: &mut dyn Outbox) {
        if let Some(&seat) = self.seats.get(&client) {
            self.clients[seat.0].is_telnet = true;
            self.clients[seat.0].may_be_telnet = true;
            self.read_anew(seat, out);
            self.follow_edit(seat, out);
        }
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
        self.tell_rooms(out);
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
            let _ = out.keep(Update::Seen { account, at: now.wall });
        }
    }

    /// Hands out what a room has gathered.
    pub(super) fn close_batch(&mut self, room: RoomId, out: &mut dyn Outbox) {
        let Self { rooms, people, options, .. } = self;
        let mentions = |text: &str, found: &mut dyn FnMut(PersonId)| people.mentioned(text, found);
        rooms.hand_out(room, options, &mentions, out);
    }

    /// Hands out what the client's rooms have gathered, so that nothing overtakes what it is told
    /// next.
    pub(super) fn close_batches_of(&mut self, seat: Seat, out: &mut dyn Outbox) {
        let rooms = self.clients[seat.0].rooms.iter();
        let turn = |&room| self.rooms.waits_since(room).map(|since| (since, room));
        let mut waiting: SmallVec<[(u64, RoomId); 2]> = rooms.filter_map(turn).collect();
        waiting.sort_unstable();
        for (_, room) in waiting {
            self.close_batch(room, out);
        }
    }

    /// Tells a client something, alone.
    pub(super) fn tell(&mut self, seat: Seat, text: &str, out: &mut dyn Outbox) {
        self.tell_lines(seat, &[text], out);
    }

    /// The same, in several lines.
    pub(super) fn tell_lines(
        &mut self,
        seat: Seat,
        lines: &[impl AsRef<str>],
        out: &mut dyn Outbox,
    ) {
        if lines.is_empty() {
            return;
        }
        self.close_batches_of(seat, out);
        let presentation = self.presentation(seat);
        let notices: Vec<Box<[u8]>> =
            lines.iter().map(|line| presentation.notice(line.as_ref())).collect();
        out.deliver(seat, Delivery::Answer(notices.concat().into()));
    }

    pub(super) fn catalogue(&self) -> &'static Catalogue {
        self.options.style.catalogue
    }

    pub(super) fn answers(&self) -> &'static Answers {
        &self.catalogue().answers
    }
}

/// So many seconds as are certainly enough.
pub(super) fn seconds_to_wait(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
