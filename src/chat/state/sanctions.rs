//! The tables of moderation: ranks, bans and mutes, and the audit log, with the queries on them.
//! The rules built on them are in [`crate::chat::rules`].

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::base::address_block::AddressBlock;
use crate::base::clock::ChatTime;
use crate::chat::state::client::Client;
use crate::limits;
use crate::model::{
    AccountId, AuditEntry, ClientId, ERASED_NAME, Erasure, Network, OwnerToken, PersonId, Rank,
    Refusal, RoomId, Sanction, SanctionId, SanctionKind, StoredModeration, Subject,
};
use crate::text::nick::{self, Nick};

/// The client and person to check for bans and mutes.
#[derive(Clone, Copy, Debug)]
pub(in crate::chat) struct SanctionQuery {
    client: ClientId,
    person: PersonId,
    address: IpAddr,
    connected_at: Duration,
}

/// A ban or mute that is in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::chat) struct ActiveSanction {
    pub(in crate::chat) sanction: Sanction,
    /// The clients it applies to, whichever person they belong to later.
    pub(in crate::chat) clients: SmallVec<[ClientId; 1]>,
    /// Guests who connect from the same place after this time may be the same person; those who
    /// were connected before are not. `None` after a restart, when everyone has connected later.
    pub(in crate::chat) since: Option<Duration>,
    /// The same for addresses that were added to the sanction later.
    pub(in crate::chat) known_later: SmallVec<[(AddressBlock, Duration); 1]>,
    /// The keys of the names in it.
    pub(in crate::chat) keys: SanctionKeys,
    /// When it ends, if it was imposed since the chat began: setting the clock changes nothing
    /// then.
    pub(in crate::chat) ends: Option<Duration>,
}

/// The keys of the names in a sanction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::chat) struct SanctionKeys {
    /// The person whom it concerns.
    pub(in crate::chat) name: Option<Arc<str>>,
    /// The moderator who imposed it.
    pub(in crate::chat) by: Option<Arc<str>>,
}

/// The properties by which bans and mutes are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum MatchKey {
    Account(AccountId),
    Client(ClientId),
    Guests(AddressBlock),
}

/// The lookup key: the property, the kind of sanction, and the room, or `None` for the whole
/// server.
type SanctionKey = (MatchKey, SanctionKind, Option<RoomId>);

type Ids = SmallVec<[SanctionId; 1]>;

/// The tables of moderation as they are saved.
#[derive(Serialize, Deserialize)]
pub(in crate::chat) struct SavedModeration<'a> {
    ranks: Cow<'a, BTreeMap<AccountId, Rank>>,
    sanctions: Vec<Cow<'a, ActiveSanction>>,
    last: SanctionId,
    audit: Cow<'a, VecDeque<AuditEntry>>,
    lockdown: bool,
    token: Option<String>,
}

/// The tables of moderation.
#[derive(Debug, Default)]
pub(in crate::chat) struct Moderation {
    ranks: BTreeMap<AccountId, Rank>,
    /// In the order in which they were imposed.
    sanctions: BTreeMap<SanctionId, ActiveSanction>,
    /// Looked up before each line while it is not empty. Users can choose their addresses, so this
    /// hash has to resist collisions.
    by_key: HashMap<SanctionKey, Ids>,
    /// Network bans, by prefix length: only a few lengths occur.
    networks: BTreeMap<u8, HashMap<Network, Ids>>,
    /// Number of sanctions by room; `None` is the whole server.
    counts: FxHashMap<Option<RoomId>, usize>,
    last: SanctionId,
    audit: VecDeque<AuditEntry>,
    /// Only registered users may talk.
    pub(in crate::chat) lockdown: bool,
    /// The token with which to claim ownership of the server.
    pub(in crate::chat) token: Option<OwnerToken>,
}

impl SanctionQuery {
    pub(in crate::chat) fn of(client: &Client) -> Self {
        let Client { id, person, address, connected_at, .. } = *client;
        Self { client: id, person, address, connected_at }
    }

    /// The same client as another person.
    pub(in crate::chat) fn as_person(self, person: PersonId) -> Self {
        Self { person, ..self }
    }

    /// The properties to look up.
    fn match_keys(&self) -> [MatchKey; 2] {
        let of_person = match self.person {
            PersonId::Registered(account) => MatchKey::Account(account),
            PersonId::Guest(_) => MatchKey::Guests(AddressBlock::of(self.address)),
        };
        [MatchKey::Client(self.client), of_person]
    }
}

impl ActiveSanction {
    /// Creates a sanction that also applies to these clients, and to guests who connect from its
    /// origins after `since`.
    pub(in crate::chat) fn new(
        sanction: Sanction,
        keys: SanctionKeys,
        clients: SmallVec<[ClientId; 1]>,
        since: Option<Duration>,
    ) -> Self {
        Self { sanction, clients, since, known_later: SmallVec::new(), keys, ends: None }
    }

    /// Whether the sanction has ended by this time. One that was loaded at start ends by the wall
    /// clock.
    pub(in crate::chat) fn is_over(&self, now: ChatTime) -> bool {
        match self.ends {
            Some(ends) => ends <= now.elapsed,
            None => self.sanction.is_over(now.wall),
        }
    }

    fn concerns(&self, query: &SanctionQuery) -> bool {
        let Subject::Person { account, origins } = &self.sanction.subject else { return false };
        self.clients.contains(&query.client)
            || match query.person {
                PersonId::Registered(own) => *account == Some(own),
                PersonId::Guest(_) => {
                    let origin = AddressBlock::of(query.address);
                    let known_later = self.known_later.iter().find(|(other, _)| *other == origin);
                    let since = known_later.map(|(_, since)| *since).or(self.since);
                    let came_later = since.is_none_or(|since| query.connected_at > since);
                    came_later && origins.contains(&origin)
                }
            }
    }

    /// Extends the sanction after a logout to the client, which is a guest now, and to guests from
    /// its address. Returns whether the stored sanction has to change. Clients that have
    /// disconnected are dropped, so that the list never holds more clients than are connected.
    fn follow(
        &mut self,
        guest: &SanctionQuery,
        now: Duration,
        is_here: impl Fn(ClientId) -> bool,
    ) -> bool {
        self.clients.retain(|client| is_here(*client) && *client != guest.client);
        self.clients.push(guest.client);
        let Subject::Person { origins, .. } = &mut self.sanction.subject else { return false };
        let origin = AddressBlock::of(guest.address);
        if origins.contains(&origin) || origins.len() >= limits::ORIGINS_OF_SANCTION_MAX {
            return false;
        }
        origins.push(origin);
        self.known_later.push((origin, now));
        true
    }

    fn keys(&self) -> Vec<SanctionKey> {
        let Sanction { kind, room, subject, .. } = &self.sanction;
        let mut match_keys: Vec<MatchKey> =
            self.clients.iter().copied().map(MatchKey::Client).collect();
        if let Subject::Person { account, origins } = subject {
            match_keys.extend(account.map(MatchKey::Account));
            match_keys.extend(origins.iter().copied().map(MatchKey::Guests));
        }
        match_keys.into_iter().map(|one| (one, *kind, *room)).collect()
    }
}

impl Moderation {
    pub(in crate::chat) fn new(kept: StoredModeration, last: SanctionId) -> Self {
        let mut all = Self {
            ranks: kept.ranks.into_iter().collect(),
            last,
            audit: kept.audit.into(),
            lockdown: kept.lockdown,
            ..Self::default()
        };
        for sanction in kept.sanctions {
            let key = |name| nick::key_of(name).map(Arc::from);
            let keys = SanctionKeys { name: key(&sanction.name), by: key(&sanction.by) };
            all.impose(ActiveSanction::new(sanction, keys, SmallVec::new(), None));
        }
        all
    }

    /// The tables, to be saved.
    pub(in crate::chat) fn saved(&self) -> SavedModeration<'_> {
        SavedModeration {
            ranks: Cow::Borrowed(&self.ranks),
            sanctions: self.sanctions.values().map(Cow::Borrowed).collect(),
            last: self.last,
            audit: Cow::Borrowed(&self.audit),
            lockdown: self.lockdown,
            token: self.token.as_ref().map(OwnerToken::to_string),
        }
    }

    /// Restores the tables that were saved.
    pub(in crate::chat) fn restored(saved: SavedModeration<'_>) -> Self {
        let SavedModeration { ranks, sanctions, last, audit, lockdown, token } = saved;
        let (ranks, audit) = (ranks.into_owned(), audit.into_owned());
        let token = token.and_then(OwnerToken::restored);
        let mut all = Self { ranks, last, audit, lockdown, token, ..Self::default() };
        for imposed in sanctions {
            all.impose(imposed.into_owned());
        }
        all
    }

    pub(in crate::chat) fn rank(&self, person: PersonId) -> Option<Rank> {
        self.ranks.get(&person.account()?).copied()
    }

    pub(in crate::chat) fn is_at_least(&self, person: PersonId, rank: Rank) -> bool {
        self.rank(person) >= Some(rank)
    }

    pub(in crate::chat) fn set_rank(&mut self, account: AccountId, rank: Option<Rank>) {
        match rank {
            Some(rank) => self.ranks.insert(account, rank),
            None => self.ranks.remove(&account),
        };
    }

    /// All accounts that have a rank.
    pub(in crate::chat) fn ranked(&self) -> impl Iterator<Item = (AccountId, Rank)> {
        self.ranks.iter().map(|(&account, &rank)| (account, rank))
    }

    /// Whether the server would have no owner without this account.
    pub(in crate::chat) fn is_last_owner(&self, account: AccountId) -> bool {
        let is_owner = |owner: &AccountId| self.ranks.get(owner) == Some(&Rank::Owner);
        is_owner(&account) && !self.ranks.keys().any(|owner| *owner != account && is_owner(owner))
    }

    pub(in crate::chat) fn has_owner(&self) -> bool {
        self.ranked().any(|(_, rank)| rank == Rank::Owner)
    }

    pub(in crate::chat) fn next_id(&self) -> SanctionId {
        SanctionId(self.last.0 + 1)
    }

    /// Checks whether another sanction fits in a room, or with `None` on the whole server. The
    /// limit over all rooms does not apply to operators. Otherwise room owners could use it up and
    /// keep operators from acting.
    pub(in crate::chat) fn check_has_room(
        &self,
        room: Option<RoomId>,
        is_operator: bool,
    ) -> Result<(), Refusal> {
        let count = self.counts.get(&room).copied().unwrap_or_default();
        let max = if room.is_some() { limits::ROOM_SANCTIONS_MAX } else { limits::SANCTIONS_MAX };
        let of_server = self.counts.get(&None).copied().unwrap_or_default();
        let in_rooms = self.sanctions.len() - of_server;
        if count >= max || room.is_some() && !is_operator && in_rooms >= limits::ROOMS_SANCTIONS_MAX
        {
            return Err(Refusal::TooManySanctions { max: max as u64 });
        }
        Ok(())
    }

    /// Puts a ban or mute in force.
    pub(in crate::chat) fn impose(&mut self, imposed: ActiveSanction) {
        let Sanction { id, room, ref subject, .. } = imposed.sanction;
        self.last = self.last.max(id);
        *self.counts.entry(room).or_default() += 1;
        if let Subject::Network(network) = subject {
            let alike = self.networks.entry(network.prefix_bits()).or_default();
            alike.entry(*network).or_default().push(id);
        }
        list(&mut self.by_key, &imposed);
        self.sanctions.insert(id, imposed);
    }

    /// Ends a ban or mute.
    pub(in crate::chat) fn remove(&mut self, id: SanctionId) -> Option<ActiveSanction> {
        let imposed = self.sanctions.remove(&id)?;
        unlist(&mut self.by_key, &imposed);
        let Sanction { room, ref subject, .. } = imposed.sanction;
        if let Some(count) = self.counts.get_mut(&room) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&room);
            }
        }
        if let Subject::Network(network) = subject
            && let Some(alike) = self.networks.get_mut(&network.prefix_bits())
        {
            forget(alike, network, id);
            if alike.is_empty() {
                self.networks.remove(&network.prefix_bits());
            }
        }
        Some(imposed)
    }

    /// All sanctions that match, oldest first.
    pub(in crate::chat) fn all(
        &self,
        is_wanted: impl Fn(&ActiveSanction) -> bool,
    ) -> impl Iterator<Item = &ActiveSanction> {
        self.sanctions.values().filter(move |one| is_wanted(one))
    }

    /// The ids of all sanctions that match.
    pub(in crate::chat) fn ids(
        &self,
        is_wanted: impl Fn(&ActiveSanction) -> bool,
    ) -> Vec<SanctionId> {
        self.all(is_wanted).map(|one| one.sanction.id).collect()
    }

    /// Whether nothing is in force that depends on the person, so that lookups can be skipped.
    #[inline]
    pub(in crate::chat) fn is_quiet(&self) -> bool {
        self.by_key.is_empty() && !self.lockdown
    }

    /// A sanction in force against the suspect in this room, or with `None` on the whole server.
    pub(in crate::chat) fn of(
        &self,
        query: &SanctionQuery,
        kind: SanctionKind,
        room: Option<RoomId>,
        now: ChatTime,
    ) -> Option<&Sanction> {
        if self.by_key.is_empty() {
            return None;
        }
        let ids = query.match_keys().into_iter();
        let ids = ids.filter_map(|one| self.by_key.get(&(one, kind, room))).flatten();
        let concerning = ids
            .filter_map(|id| self.sanctions.get(id))
            .filter(|imposed| imposed.concerns(query) && !imposed.is_over(now));
        // Report the one that ends last.
        let sanctions = concerning.map(|one| &one.sanction);
        sanctions.max_by_key(|one| (one.until.is_none(), one.until, one.id))
    }

    /// A ban of a network that includes this address.
    pub(in crate::chat) fn ban_of_network(
        &self,
        address: IpAddr,
        now: ChatTime,
    ) -> Option<&ActiveSanction> {
        let around = |(&bits, alike)| {
            let alike: &HashMap<Network, Ids> = alike;
            alike.get(&Network::around(address, bits)?)
        };
        let ids = self.networks.iter().filter_map(around).flatten();
        let mut bans = ids.filter_map(|id| self.sanctions.get(id));
        bans.find(|ban| !ban.is_over(now))
    }

    /// Handles a guest registering an account: bans and mutes of the guest now apply to the
    /// account. Returns the sanctions that have to be stored.
    ///
    /// A sanction against this very client becomes one of the account. Other people may share the
    /// address, so a sanction against guests from there stays as it is, and the account gets a
    /// copy.
    pub(in crate::chat) fn register(
        &mut self,
        guest: &SanctionQuery,
        account: AccountId,
        nick: &Nick,
    ) -> Vec<Sanction> {
        let mut changed = Vec::new();
        let mut of_origin = Vec::new();
        for imposed in self.sanctions.values_mut().filter(|imposed| imposed.concerns(guest)) {
            match &mut imposed.sanction.subject {
                Subject::Person { account: of @ None, .. }
                    if imposed.clients.contains(&guest.client) =>
                {
                    *of = Some(account);
                    list_as(&mut self.by_key, imposed, MatchKey::Account(account));
                    changed.push(imposed.sanction.clone());
                }
                _ => of_origin.push(imposed.clone()),
            }
        }
        for ActiveSanction { sanction, keys, ends, .. } in of_origin {
            if self.counts.get(&sanction.room) >= Some(&limits::SANCTIONS_FOLLOWED_MAX) {
                continue;
            }
            let subject = Subject::Person { account: Some(account), origins: Vec::new() };
            let name = (&**nick.as_str()).into();
            let sanction = Sanction { id: self.next_id(), subject, name, ..sanction };
            let keys = SanctionKeys { name: Some(nick.key().clone()), ..keys };
            let clients = SmallVec::from_elem(guest.client, 1);
            changed.push(sanction.clone());
            self.impose(ActiveSanction {
                ends,
                ..ActiveSanction::new(sanction, keys, clients, None)
            });
        }
        changed
    }

    /// Handles a logout: sanctions against the account now also apply to the client, and to guests
    /// from its address. Returns the sanctions that have to be stored.
    pub(in crate::chat) fn log_out(
        &mut self,
        account: AccountId,
        guest: &SanctionQuery,
        now: Duration,
        is_here: impl Fn(ClientId) -> bool,
    ) -> Vec<Sanction> {
        let mut changed = Vec::new();
        for imposed in self.sanctions.values_mut().filter(|one| one.sanction.is_of(account)) {
            unlist(&mut self.by_key, imposed);
            if imposed.follow(guest, now, &is_here) {
                changed.push(imposed.sanction.clone());
            }
            list(&mut self.by_key, imposed);
        }
        changed
    }

    /// Handles the removal of an account: its sanctions now apply to its clients, which are guests
    /// again.
    pub(in crate::chat) fn forget_account(&mut self, account: AccountId, clients: &[ClientId]) {
        self.ranks.remove(&account);
        for imposed in self.sanctions.values_mut().filter(|one| one.sanction.is_of(account)) {
            unlist(&mut self.by_key, imposed);
            if let Subject::Person { account, .. } = &mut imposed.sanction.subject {
                *account = None;
            }
            imposed.clients.extend_from_slice(clients);
            list(&mut self.by_key, imposed);
        }
    }

    /// Adds an entry to the audit log.
    pub(in crate::chat) fn remember(&mut self, entry: AuditEntry) {
        if self.audit.len() >= limits::AUDIT_ENTRIES_MAX {
            self.audit.pop_front();
        }
        self.audit.push_back(entry);
    }

    /// Replaces a person's name.
    pub(in crate::chat) fn erase(&mut self, erasure: &Erasure) {
        for ActiveSanction { sanction, keys, .. } in self.sanctions.values_mut() {
            let names = [(&mut sanction.name, &mut keys.name), (&mut sanction.by, &mut keys.by)];
            for (name, key) in names {
                if erasure.had_key(key.as_deref(), sanction.at) {
                    (*name, *key) = (ERASED_NAME.into(), None);
                }
            }
        }
        for entry in &mut self.audit {
            for name in std::iter::once(&mut entry.by).chain(&mut entry.whom) {
                if erasure.was_named(name, entry.at.0) {
                    *name = ERASED_NAME.into();
                }
            }
        }
    }

    /// The audit log, oldest entry first.
    pub(in crate::chat) fn audit(&self) -> &VecDeque<AuditEntry> {
        &self.audit
    }
}

/// Indexes a sanction by everything it applies to.
fn list(by_key: &mut HashMap<SanctionKey, Ids>, imposed: &ActiveSanction) {
    for key in imposed.keys() {
        by_key.entry(key).or_default().push(imposed.sanction.id);
    }
}

/// Indexes a sanction by one more property.
fn list_as(by_key: &mut HashMap<SanctionKey, Ids>, imposed: &ActiveSanction, one: MatchKey) {
    let key = (one, imposed.sanction.kind, imposed.sanction.room);
    by_key.entry(key).or_default().push(imposed.sanction.id);
}

/// Removes a sanction from the index.
fn unlist(by_key: &mut HashMap<SanctionKey, Ids>, imposed: &ActiveSanction) {
    for key in imposed.keys() {
        forget(by_key, &key, imposed.sanction.id);
    }
}

fn forget<K: std::hash::Hash + Eq>(found: &mut HashMap<K, Ids>, key: &K, id: SanctionId) {
    if let Some(ids) = found.get_mut(key) {
        ids.retain(|other| *other != id);
        if ids.is_empty() {
            found.remove(key);
        }
    }
}
