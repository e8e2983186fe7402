//! The chat: which clients are connected, their names and rooms, and which lines each of them gets.
//!
//! The chat is plain data driven by events. It contains no sockets, channels or threads, and time
//! and randomness are passed in, so every rule of the chat can be unit-tested. It decides what to
//! send to which [`Seat`] and what to store; the event loop around it does the sending through an
//! [`Outbox`]. All of this state could be handed to a new process.
//!
//! Each part of the chat has a file:
//!
//! - Tables: `people`, `accounts`, `rooms`, `attempts`, `moderation`.
//! - Connecting, disconnecting and posting messages: `arrivals`, `newcomers`, `posting`, `saying`.
//! - Identity: `names`, `identity`.
//! - Commands, dispatched by `commands`: `account_commands` (with `outcomes` for the results of
//!   slow work), `room_commands`, `room_rules`, `private`, `choices`, `lists`, `house`.
//! - Interactive clients: `terminals`, `completion`.
//! - Past messages: `catch_up`, `history`, `pages`.
//! - Moderation: `ranks` checks permissions; `removal`, `sanctions` and `lifting` carry out the
//!   actions, with the wording in `terms`; `standing` applies bans and mutes to clients that
//!   connect, join or talk; `order_lists` shows them.

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

/// How clients that request no name are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// With a readable name such as `amber-otter`, so that addresses stay private.
    #[default]
    Guest,
    /// With the client's address and port, as in the original program.
    Address,
}

/// The options of the chat.
#[derive(Clone, Copy, Debug)]
pub struct HallOptions {
    /// How clients are named.
    pub naming: Naming,
    /// How lines are shown.
    pub style: Style,
    /// Drawn at random at each start; seeds guest names and the identities of lines.
    pub seed: u64,
    /// Number of recent lines shown to a user who joins a room.
    pub replay_lines: usize,
    /// Maximum age of those lines; `None` means any age.
    pub history_age: Option<Duration>,
    /// Whether messages are written to disk, so that users can ask for more than memory holds.
    pub keeps_history: bool,
}

/// A client that wants to connect.
#[derive(Debug)]
pub struct Newcomer {
    /// The client's identity.
    pub client: ClientId,
    /// The client's address.
    pub address: SocketAddr,
    /// The name that the client requests.
    pub name: Option<CleanText>,
    /// The client's first line identifies its user (`/nick`, `/login`) and follows immediately.
    pub introduces: bool,
    /// The protocol that the connection writes.
    pub wire: Wire,
}

/// The chat's answer to a new client.
#[derive(Debug)]
pub struct Welcome {
    /// The client's index in the chat.
    pub seat: Seat,
    /// The name it was given.
    pub name: Arc<str>,
    /// The first bytes to send: the welcome and the recent lines. Empty if the client identifies
    /// its user first.
    pub notice: Box<[u8]>,
}

/// Something to send to a client.
#[derive(Debug)]
pub enum Delivery<'a> {
    /// Some lines of a frame of a room.
    Lines {
        /// The room.
        room: RoomId,
        /// The frame, shared by all recipients.
        frame: &'a Arc<Frame>,
        /// The range of its lines to send.
        lines: Range<u32>,
    },
    /// Bytes for this client alone.
    Answer(Box<[u8]>),
    /// The result of the slow command that the client waited for; reading its input resumes.
    Resume(Verdict),
    /// A command needs a password, so the client is asked for it; reading its input resumes.
    Ask(Box<Asking>),
    /// The rooms that the client is in. The last one is the current room.
    Rooms(Box<[Arc<str>]>),
    /// The completions of a word, best match first.
    Completions(Box<[Box<str>]>),
    /// Whether the server edits the line that the user types; `None` means as the connection
    /// prefers.
    Edit(Option<bool>),
    /// The client has left. Nothing more will be delivered, and its index is free.
    Released,
    /// The client is disconnected after these last words.
    Dismissed {
        /// The text to send before closing.
        last_words: Box<[u8]>,
        /// The reason for the disconnect.
        reason: CloseReason,
    },
}

/// The chat's way to the outside: deliveries, slow jobs and writes.
pub trait Outbox {
    /// Delivers something to a client.
    fn deliver(&mut self, to: Seat, delivery: Delivery<'_>);

    /// Submits slow work.
    ///
    /// # Errors
    /// When too much work is queued already.
    fn submit(&mut self, job: Job) -> Result<(), Busy>;

    /// Submits an update to be stored.
    ///
    /// # Errors
    /// When too many updates are queued already.
    fn keep(&mut self, update: Update) -> Result<(), Busy>;

    /// Called when the registrar has stored one set of updates: passes it the updates that have
    /// gathered since. Returns whether there were none.
    fn has_kept(&mut self) -> bool;

    /// Submits an entry to be written to the history. Called only if a history is kept.
    ///
    /// # Errors
    /// When too many entries are queued already.
    fn write(&mut self, entry: Entry) -> Result<(), Busy>;

    /// Submits a question to the history. Called only if a history is kept.
    ///
    /// # Errors
    /// When the history can no longer be queried.
    fn ask(&mut self, question: Question) -> Result<(), Busy>;

    /// The traffic counters of the server so far.
    fn traffic(&self) -> Traffic;
}

/// Why a command failed: one line that tells the user what to do instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) String);

/// The chat's record of a client.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: ClientId,
    pub(super) person: PersonId,
    /// The person's name, duplicated here because every line needs it.
    pub(super) name: Arc<str>,
    pub(super) address: IpAddr,
    pub(super) port: u16,
    /// How far the client has got in joining.
    pub(super) stage: Stage,
    pub(super) wire: Wire,
    /// The client speaks telnet, so a user is reading the lines as they arrive.
    pub(super) is_telnet: bool,
    /// The client has been told how to type a command.
    pub(super) is_hinted: bool,
    /// The client might speak telnet, so it may be asked for what its user has chosen.
    pub(super) may_be_telnet: bool,
    /// A display setting was chosen from this client, so a user is there to see it.
    pub(super) has_chosen_looks: bool,
    /// The client's terminal, if it can show more than lines.
    pub(super) terminal: Option<Terminal>,
    /// The edit mode last sent to the connection.
    pub(super) edit: Option<bool>,
    /// The connection has not yet been sent the client's changed list of rooms.
    pub(super) rooms_changed: bool,
    /// The client connected while guests may not take part, and joins no room until it has logged
    /// in.
    pub(super) has_to_log_in: bool,
    /// The rooms that the client is in; what it says goes to the last of them.
    pub(super) rooms: SmallVec<[RoomId; 2]>,
    pub(super) entered_at: Instant,
    pub(super) spoke_at: Instant,
    /// The past messages that the client is looking at, if any.
    pub(super) views: Option<Box<Views>>,
}

impl Client {
    /// The address block that counts as one origin.
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

/// The whole state of the chat.
#[derive(Debug)]
pub struct Hall {
    pub(super) options: HallOptions,
    pub(super) clients: Slab<Client>,
    /// Looked up for each line. The server assigns client ids, so nobody can choose keys that
    /// collide.
    pub(super) seats: FxHashMap<ClientId, Seat>,
    pub(super) people: People,
    pub(super) accounts: Accounts,
    pub(super) rooms: Rooms,
    pub(super) moderation: Moderation,
    pub(super) waiting: Waiting,
    /// The login queue of clients from banned networks: they see nothing until they log in.
    pub(super) outside: Waiting,
    pub(super) newcomers: Newcomers,
    /// Number of clients not yet announced, including those that never will be.
    pub(super) unannounced: usize,
    pub(super) motd: Motd,
    /// Guests who left recently, with the addresses they came from.
    pub(super) gone_guests: VecDeque<GoneGuest>,
    /// When operators were last told that writing to the disk fails.
    pub(super) disk_told_at: Option<Instant>,
    /// Some changes are not stored yet because the disk failed.
    pub(super) has_unsaved: bool,
    /// Clients at terminals that have yet to be sent their changed list of rooms.
    pub(super) in_other_rooms: Vec<Seat>,
    /// Clients that have left, but for which an open batch may still hold lines.
    pub(super) departed: Vec<Seat>,
    pub(super) guest_names: GuestNames,
    /// Rate limits for name changes, by client.
    pub(super) renames: FxHashMap<ClientId, Bucket>,
    /// The parting words of clients that are quitting.
    pub(super) partings: FxHashMap<ClientId, CleanText>,
    pub(super) lines_proposed: u64,
    /// Number of proposed lines that were said in a room.
    pub(super) lines_said: u64,
    pub(super) started: Moment,
    /// When to look at the offsets of time zones again.
    pub(super) zones_due: Option<Instant>,
    /// The time for which the offsets were last looked at.
    pub(super) offsets_at: SystemTime,
}

impl Hall {
    /// Creates a chat without clients from the stored accounts and rooms.
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

    /// Sets the token for a server without an owner: the user who knows it can become the owner.
    pub fn set_owner_token(&mut self, token: OwnerToken) {
        self.moderation.token = Some(token);
    }

    /// Handles a message or command from a client. Returns whether it was a line that was said.
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

    /// The client has turned out to end its lines as telnet clients do. It may now be asked for
    /// what its user has chosen, but is still sent nothing except text.
    pub fn may_be_telnet(&mut self, client: ClientId, out: &mut dyn Outbox) {
        if let Some(&seat) = self.seats.get(&client) {
            self.clients[seat.0].may_be_telnet = true;
            self.read_anew(seat, out);
            self.follow_edit(seat, out);
        }
    }

    /// The client has turned out to speak telnet, so a user is there who can be alerted with a
    /// bell.
    pub fn knows_telnet(&mut self, client: ClientId, out: &mut dyn Outbox) {
        if let Some(&seat) = self.seats.get(&client) {
            self.clients[seat.0].is_telnet = true;
            self.clients[seat.0].may_be_telnet = true;
            self.read_anew(seat, out);
            self.follow_edit(seat, out);
        }
    }

    /// Whether the open batches hold enough to be handed out now.
    pub fn is_batch_full(&self) -> bool {
        self.rooms.open_bytes() >= limits::BATCH_BYTES_MAX
    }

    /// Hands out the open batches and releases clients that have left.
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

    /// Stores when registered users were last seen, because the server is stopping. No client is
    /// told.
    pub fn close(&mut self, now: Moment, out: &mut dyn Outbox) {
        for room in
            self.rooms.iter().filter(|room| self.options.keeps_history && room.last_seq() > 0)
        {
            let (id, name, seq) = (room.id(), room.name().clone(), room.last_seq());
            // If the queue is full, the next start assigns the same sequence numbers again.
            let _ = out.write(Entry::Reached { room: id, name, seq });
        }
        for account in self.people.iter().filter_map(|(person, _)| person.account()) {
            // If the queue is full, only a date in `/whois` is lost.
            let _ = out.keep(Update::Seen { account, at: now.wall });
        }
    }

    /// Hands out the open batch of a room.
    pub(super) fn close_batch(&mut self, room: RoomId, out: &mut dyn Outbox) {
        let Self { rooms, people, options, .. } = self;
        let mentions = |text: &str, found: &mut dyn FnMut(PersonId)| people.mentioned(text, found);
        rooms.hand_out(room, options, &mentions, out);
    }

    /// Hands out the open batches of the client's rooms, so that nothing overtakes the next reply
    /// to it.
    pub(super) fn close_batches_of(&mut self, seat: Seat, out: &mut dyn Outbox) {
        let rooms = self.clients[seat.0].rooms.iter();
        let turn = |&room| self.rooms.waits_since(room).map(|since| (since, room));
        let mut waiting: SmallVec<[(u64, RoomId); 2]> = rooms.filter_map(turn).collect();
        waiting.sort_unstable();
        for (_, room) in waiting {
            self.close_batch(room, out);
        }
    }

    /// Sends one line to a single client.
    pub(super) fn tell(&mut self, seat: Seat, text: &str, out: &mut dyn Outbox) {
        self.tell_lines(seat, &[text], out);
    }

    /// Sends several lines to a single client.
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

/// Rounds up to whole seconds, so that waiting for the result is always long enough.
pub(super) fn seconds_to_wait(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
