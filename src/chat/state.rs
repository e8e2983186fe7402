//! The chat: which clients are connected, their names and rooms, and which lines each of them gets.
//!
//! The chat is plain data driven by events. It contains no sockets, channels or threads, and time
//! and randomness are passed in, so every rule of the chat can be unit-tested. It decides what to
//! send to which [`ClientIndex`] and what to store; the event loop around it does the sending
//! through an [`Outbox`](super::outbox::Outbox). All of this state could be handed to a new
//! process.
//!
//! Each table has a file here. The methods of [`Chat`] are in the folders beside this one: see
//! [`crate::chat`].

pub(super) mod accounts;
pub(super) mod client;
pub(super) mod mailboxes;
pub(super) mod mentions;
pub(super) mod name_table;
pub(super) mod newcomers;
pub mod options;
pub(super) mod password_attempts;
pub(super) mod people;
pub mod room;
pub(super) mod rooms;
pub(super) mod said_messages;
pub(super) mod sanctions;
pub(super) mod views;

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, SystemTime};

use rustc_hash::FxHashMap;
use slab::Slab;

use self::accounts::Accounts;
use self::people::People;
use self::rooms::Rooms;
use self::sanctions::Moderation;
use crate::base::clock::ChatTime;
use crate::base::rate_limit::Bucket;
use crate::chat::state::client::{Client, GoneGuest};
use crate::chat::state::mailboxes::Mailboxes;
use crate::chat::state::newcomers::Deadlines;
use crate::chat::state::options::ChatOptions;
use crate::chat::state::said_messages::SaidMessages;
use crate::limits;
use crate::model::{ClientId, ClientIndex, Motd, StoredState};
use crate::text::CleanText;

/// The whole state of the chat.
#[derive(Debug)]
pub struct Chat {
    pub(super) options: ChatOptions,
    pub(super) clients: Slab<Client>,
    /// Looked up for each line. The server assigns client ids, so nobody can choose keys that
    /// collide.
    pub(super) indexes: FxHashMap<ClientId, ClientIndex>,
    pub(super) people: People,
    pub(super) accounts: Accounts,
    pub(super) mailboxes: Mailboxes,
    pub(super) rooms: Rooms,
    pub(super) moderation: Moderation,
    pub(super) deadlines: Deadlines,
    /// Clients from banned networks, in the order in which they connected: they see nothing until
    /// they log in.
    pub(super) outside: BTreeSet<(Duration, ClientId)>,
    /// Number of clients not yet announced, including those that never will be.
    pub(super) unannounced: usize,
    pub(super) motd: Motd,
    /// Guests who left recently, with the addresses they came from.
    pub(super) gone_guests: VecDeque<GoneGuest>,
    /// Messages with an id that were said.
    pub(super) said_messages: SaidMessages,
    /// When operators were last told that writing to the disk fails.
    pub(super) disk_told_at: Option<Duration>,
    /// Some changes are not stored yet because the disk failed.
    pub(super) has_unsaved: bool,
    /// How often messages were deleted while this server ran.
    pub(super) deletions: u64,
    /// Clients at terminals that have yet to be sent their changed list of rooms.
    pub(super) in_other_rooms: Vec<ClientIndex>,
    /// Clients that have left, but for which an open batch may still hold lines.
    pub(super) departed: Vec<ClientIndex>,
    /// Rate limits for name changes, by client.
    pub(super) nick_throttle: FxHashMap<ClientId, Bucket<Duration>>,
    /// The parting words of clients that are quitting.
    pub(super) quit_messages: FxHashMap<ClientId, CleanText>,
    pub(super) lines_proposed: u64,
    /// Number of proposed lines that were said in a room.
    pub(super) lines_said: u64,
    pub(super) started: ChatTime,
    /// The latest time in the stored state: the clock was right then, or that far ahead already.
    pub(super) last_stored_at: SystemTime,
    /// The time of the latest turn. The end of a batch, for example, comes without a time.
    pub(super) last_turn_at: ChatTime,
    /// The time for which the offsets were last looked at.
    pub(super) offsets_at: SystemTime,
}

impl Chat {
    /// Creates a chat without clients from the stored accounts and rooms.
    pub fn new(options: ChatOptions, kept: StoredState, now: ChatTime) -> Self {
        let (last, last_stored_at) = (kept.last_ids, kept.latest_time().unwrap_or(now.wall));
        let mut rooms = Rooms::new(kept.rooms, kept.histories, last.room);
        rooms.set_lobby(&kept.moderation.lobby);
        Self {
            options,
            clients: Slab::new(),
            indexes: FxHashMap::default(),
            people: People::default(),
            accounts: Accounts::new(kept.accounts, last.account),
            mailboxes: Mailboxes::new(kept.messages, last.message),
            rooms,
            moderation: Moderation::new(kept.moderation, last.sanction),
            deadlines: Deadlines::default(),
            outside: BTreeSet::new(),
            unannounced: 0,
            motd: Motd::default(),
            gone_guests: VecDeque::new(),
            said_messages: SaidMessages::default(),
            disk_told_at: None,
            has_unsaved: false,
            deletions: 0,
            in_other_rooms: Vec::new(),
            departed: Vec::new(),
            nick_throttle: FxHashMap::default(),
            quit_messages: FxHashMap::default(),
            lines_proposed: 0,
            lines_said: 0,
            started: now,
            last_stored_at,
            last_turn_at: now,
            offsets_at: SystemTime::UNIX_EPOCH,
        }
    }

    /// Whether the open batches hold enough to be handed out now.
    pub fn is_batch_full(&self) -> bool {
        self.rooms.open_bytes() >= limits::BATCH_BYTES_MAX
    }
}
