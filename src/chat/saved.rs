//! The state of the chat as bytes, from which the same chat is restored: for another process, or
//! another server.
//!
//! Equal states give equal bytes, which begin with the version of their format. They omit what only
//! concerns the server that a client is connected to: what its user looks up in the history, how
//! often the user has tried to guess a password, and whether a disk fails.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, SystemTime};

use crc::{CRC_32_ISCSI, Crc};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use slab::Slab;

use crate::base::clock::ChatTime;
use crate::base::rate_limit::Bucket;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::accounts::Accounts;
use crate::chat::state::client::{Client, GoneGuest};
use crate::chat::state::mailboxes::Mailboxes;
use crate::chat::state::newcomers::{ArrivalStage, Deadlines};
use crate::chat::state::options::ChatOptions;
use crate::chat::state::people::{People, SavedPerson};
use crate::chat::state::room::SavedRoom;
use crate::chat::state::rooms::Rooms;
use crate::chat::state::said_messages::SaidMessages;
use crate::chat::state::sanctions::{Moderation, SavedModeration};
use crate::model::{ClientId, ClientIndex, Motd, RoomId};
use crate::text::CleanText;

/// What the bytes begin with.
const MAGIC: &[u8] = b"hobnob chat ";

/// The version of the format: changed with every change of what follows it.
const VERSION: u32 = 2;

/// Notices bytes that are missing or have been changed.
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// Why a chat cannot be saved or restored.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The bytes are something else.
    #[error("this is not a saved chat: it does not begin with \"hobnob chat\"")]
    NoState,
    /// A build with another format has saved the chat.
    #[error(
        "the chat was saved in format {found}, but this build reads format {VERSION}: restore it \
         with the build that saved it"
    )]
    Version {
        /// The version of the format.
        found: u32,
    },
    /// A part is missing or has been changed, or a time is before 1970.
    #[error("the chat cannot be saved, or what was saved is damaged: {0}")]
    Damaged(#[from] postcard::Error),
}

/// The state as it is saved.
#[derive(Serialize, Deserialize)]
struct Saved<'a> {
    options: ChatOptions,
    /// In the order of their ids.
    clients: Vec<Cow<'a, Client>>,
    people: Vec<SavedPerson<'a>>,
    accounts: Cow<'a, Accounts>,
    mailboxes: Cow<'a, Mailboxes>,
    rooms: Vec<SavedRoom<'a>>,
    last_room: RoomId,
    moderation: SavedModeration<'a>,
    deadlines: Cow<'a, Deadlines>,
    outside: Cow<'a, BTreeSet<(Duration, ClientId)>>,
    motd: Motd,
    gone_guests: Cow<'a, VecDeque<GoneGuest>>,
    said_messages: Cow<'a, SaidMessages>,
    nick_throttle: BTreeMap<ClientId, Bucket<Duration>>,
    quit_messages: BTreeMap<ClientId, Cow<'a, CleanText>>,
    lines_proposed: u64,
    lines_said: u64,
    started: ChatTime,
    last_stored_at: SystemTime,
    last_turn_at: ChatTime,
    offsets_at: SystemTime,
}

impl Chat {
    /// Saves the state, after handing out all open batches.
    ///
    /// # Errors
    /// If a time in the state is before 1970.
    pub fn save(&mut self, out: &mut dyn Outbox) -> Result<Vec<u8>, StateError> {
        self.hand_out(out);
        let id_of = |ClientIndex(index)| self.clients[index].id;
        let mut clients: Vec<Cow<'_, Client>> =
            self.clients.iter().map(|(_, client)| Cow::Borrowed(client)).collect();
        clients.sort_unstable_by_key(|client| client.id);
        let saved = Saved {
            options: self.options,
            clients,
            people: self.people.saved(id_of),
            accounts: Cow::Borrowed(&self.accounts),
            mailboxes: Cow::Borrowed(&self.mailboxes),
            rooms: self.rooms.saved(id_of),
            last_room: self.rooms.last_id(),
            moderation: self.moderation.saved(),
            deadlines: Cow::Borrowed(&self.deadlines),
            outside: Cow::Borrowed(&self.outside),
            motd: self.motd.clone(),
            gone_guests: Cow::Borrowed(&self.gone_guests),
            said_messages: Cow::Borrowed(&self.said_messages),
            nick_throttle: self.nick_throttle.iter().map(|(id, bucket)| (*id, *bucket)).collect(),
            quit_messages: self
                .quit_messages
                .iter()
                .map(|(id, text)| (*id, Cow::Borrowed(text)))
                .collect(),
            lines_proposed: self.lines_proposed,
            lines_said: self.lines_said,
            started: self.started,
            last_stored_at: self.last_stored_at,
            last_turn_at: self.last_turn_at,
            offsets_at: self.offsets_at,
        };
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend(postcard::to_stdvec_crc32(&saved, CRC.digest())?);
        Ok(bytes)
    }

    /// Restores a chat. Its clients get new indexes.
    ///
    /// # Errors
    /// If these are not bytes from [`Chat::save`], or those of a build with another format.
    pub fn restore(bytes: &[u8], out: &mut dyn Outbox) -> Result<Self, StateError> {
        let versioned = bytes.strip_prefix(MAGIC).ok_or(StateError::NoState)?;
        let (version, saved) = versioned.split_first_chunk().ok_or(StateError::NoState)?;
        let found = u32::from_le_bytes(*version);
        if found != VERSION {
            return Err(StateError::Version { found });
        }
        let saved: Saved<'_> = postcard::from_bytes_crc32(saved, CRC.digest())?;
        let mut clients = Slab::with_capacity(saved.clients.len());
        let mut indexes = FxHashMap::default();
        for client in saved.clients {
            let (id, index) = (client.id, ClientIndex(clients.insert(client.into_owned())));
            indexes.insert(id, index);
            out.enters(id, index);
        }
        let find = |id| {
            let index = indexes.get(&id).copied()?;
            Some((index, clients.get(index.0)?.person))
        };
        let rooms = Rooms::restored(saved.rooms, saved.last_room, find);
        let people = People::restored(saved.people, &indexes);
        let is_unannounced =
            |(_, client): &(usize, &Client)| client.stage != ArrivalStage::Announced;
        let mut chat = Self {
            options: saved.options,
            unannounced: clients.iter().filter(is_unannounced).count(),
            clients,
            indexes,
            people,
            accounts: saved.accounts.into_owned(),
            mailboxes: saved.mailboxes.into_owned(),
            rooms,
            moderation: Moderation::restored(saved.moderation),
            deadlines: saved.deadlines.into_owned(),
            outside: saved.outside.into_owned(),
            motd: saved.motd,
            gone_guests: saved.gone_guests.into_owned(),
            said_messages: saved.said_messages.into_owned(),
            disk_told_at: None,
            has_unsaved: false,
            deletions: 0,
            in_other_rooms: Vec::new(),
            departed: Vec::new(),
            nick_throttle: saved.nick_throttle.into_iter().collect(),
            quit_messages: saved
                .quit_messages
                .into_iter()
                .map(|(id, text)| (id, text.into_owned()))
                .collect(),
            lines_proposed: saved.lines_proposed,
            lines_said: saved.lines_said,
            started: saved.started,
            last_stored_at: saved.last_stored_at,
            last_turn_at: saved.last_turn_at,
            offsets_at: saved.offsets_at,
        };
        chat.accounts.find_names();
        chat.said_messages.find_numbers();
        let indexes: Vec<ClientIndex> = chat.indexes.values().copied().collect();
        for index in indexes {
            let view = chat.view(index);
            for room in chat.clients[index.0].rooms.clone() {
                chat.set_view(index, room, view.clone());
            }
        }
        Ok(chat)
    }
}
