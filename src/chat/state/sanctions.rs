//! Who keeps order, who is banned or muted, and what was done: the tables, and what they say of
//! somebody. What follows from it is in `rules` and `commands::ban`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Instant, SystemTime};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::Client;
use crate::base::address_block::Origin;
use crate::limits;
use crate::model::id::{AccountId, ClientId, PersonId, RoomId, SanctionId};
use crate::model::moderation::{
    AuditEntry, KeptOrder, Network, OwnerToken, Rank, Sanction, SanctionKind, Subject,
};

/// Somebody, as far as a ban or a mute may concern them.
#[derive(Clone, Copy, Debug)]
pub(in crate::chat) struct Suspect {
    client: ClientId,
    person: PersonId,
    address: IpAddr,
    entered_at: Instant,
}

/// A ban or a mute that holds.
#[derive(Debug)]
pub(in crate::chat) struct Imposed {
    pub(in crate::chat) sanction: Sanction,
    /// The clients that it concerns, whoever they are from now on.
    pub(in crate::chat) clients: SmallVec<[ClientId; 1]>,
    /// Guests who have come later from where they were may be the same; who was here is not. After
    /// a restart everybody has come later.
    pub(in crate::chat) since: Option<Instant>,
    /// The same for addresses that have become known only later.
    pub(in crate::chat) known_later: SmallVec<[(Origin, Instant); 1]>,
}

/// By what somebody is found among those that are banned or muted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Trait {
    Account(AccountId),
    Client(ClientId),
    Guests(Origin),
}

/// What is looked up: whether somebody is kept from this, there.
type Key = (Trait, SanctionKind, Option<RoomId>);

type Ids = SmallVec<[SanctionId; 1]>;

/// All of it.
#[derive(Debug, Default)]
pub(in crate::chat) struct Moderation {
    ranks: FxHashMap<AccountId, Rank>,
    /// In the order in which they were imposed.
    sanctions: BTreeMap<SanctionId, Imposed>,
    /// Looked up before each line while there are any. Addresses can be chosen, so this hash cannot
    /// be a cheap one.
    by_key: HashMap<Key, Ids>,
    /// Bans of networks, by how many bits they have: there are few such numbers.
    networks: BTreeMap<u8, HashMap<Network, Ids>>,
    /// How many hold in each room; with `None` in the whole server.
    counts: FxHashMap<Option<RoomId>, usize>,
    last: SanctionId,
    audit: VecDeque<AuditEntry>,
    /// Only registered people may talk.
    pub(in crate::chat) lockdown: bool,
    /// By which an owner is known.
    pub(in crate::chat) token: Option<OwnerToken>,
    /// Accounts that are being given up, by who asked for that: at most as many as the registrar
    /// has jobs.
    pub(in crate::chat) leaving: FxHashMap<ClientId, AccountId>,
}

impl Suspect {
    pub(in crate::chat) fn of(client: &Client) -> Self {
        let Client { id, person, address, entered_at, .. } = *client;
        Self { client: id, person, address, entered_at }
    }

    /// The same as somebody else.
    pub(in crate::chat) fn as_person(self, person: PersonId) -> Self {
        Self { person, ..self }
    }

    /// By what they may be found.
    fn traits(&self) -> [Trait; 2] {
        let of_person = match self.person {
            PersonId::Registered(account) => Trait::Account(account),
            PersonId::Guest(_) => Trait::Guests(Origin::of(self.address)),
        };
        [Trait::Client(self.client), of_person]
    }
}

impl Imposed {
    /// One that concerns these clients as well, and guests from where they were who come after
    /// `since`.
    pub(in crate::chat) fn new(
        sanction: Sanction,
        clients: SmallVec<[ClientId; 1]>,
        since: Option<Instant>,
    ) -> Self {
        Self { sanction, clients, since, known_later: SmallVec::new() }
    }

    fn concerns(&self, suspect: &Suspect) -> bool {
        let Subject::Person { account, origins } = &self.sanction.subject else { return false };
        self.clients.contains(&suspect.client)
            || match suspect.person {
                PersonId::Registered(own) => *account == Some(own),
                PersonId::Guest(_) => {
                    let origin = Origin::of(suspect.address);
                    let known_later = self.known_later.iter().find(|(other, _)| *other == origin);
                    let since = known_later.map(|(_, since)| *since).or(self.since);
                    let came_later = since.is_none_or(|since| suspect.entered_at > since);
                    came_later && origins.contains(&origin)
                }
            }
    }

    /// Whoever is at this client has logged out: it concerns the client from now on, and guests
    /// who come from there. Says whether what is to be kept has changed. Clients that are gone are
    /// forgotten, so that there are never more of them than are here.
    fn follow(
        &mut self,
        guest: &Suspect,
        now: Instant,
        is_here: impl Fn(ClientId) -> bool,
    ) -> bool {
        self.clients.retain(|client| is_here(*client) && *client != guest.client);
        self.clients.push(guest.client);
        let Subject::Person { origins, .. } = &mut self.sanction.subject else { return false };
        let origin = Origin::of(guest.address);
        if origins.contains(&origin) || origins.len() >= limits::ORIGINS_OF_SANCTION_MAX {
            return false;
        }
        origins.push(origin);
        self.known_later.push((origin, now));
        true
    }

    fn keys(&self) -> Vec<Key> {
        let Sanction { kind, room, subject, .. } = &self.sanction;
        let mut traits: Vec<Trait> = self.clients.iter().copied().map(Trait::Client).collect();
        if let Subject::Person { account, origins } = subject {
            traits.extend(account.map(Trait::Account));
            traits.extend(origins.iter().copied().map(Trait::Guests));
        }
        traits.into_iter().map(|one| (one, *kind, *room)).collect()
    }
}

impl Moderation {
    pub(in crate::chat) fn new(kept: KeptOrder) -> Self {
        let mut all = Self {
            ranks: kept.ranks.into_iter().collect(),
            last: kept.last_sanction,
            audit: kept.audit.into(),
            lockdown: kept.lockdown,
            ..Self::default()
        };
        for sanction in kept.sanctions {
            all.impose(Imposed::new(sanction, SmallVec::new(), None));
        }
        all
    }

    pub(in crate::chat) fn rank(&self, person: PersonId) -> Option<Rank> {
        self.ranks.get(&person.account()?).copied()
    }

    /// Whether somebody has this rank, or a higher one.
    pub(in crate::chat) fn is_at_least(&self, person: PersonId, rank: Rank) -> bool {
        self.rank(person) >= Some(rank)
    }

    pub(in crate::chat) fn set_rank(&mut self, account: AccountId, rank: Option<Rank>) {
        match rank {
            Some(rank) => self.ranks.insert(account, rank),
            None => self.ranks.remove(&account),
        };
    }

    /// Everybody who has a rank.
    pub(in crate::chat) fn ranked(&self) -> impl Iterator<Item = (AccountId, Rank)> {
        self.ranks.iter().map(|(&account, &rank)| (account, rank))
    }

    /// Whether somebody is giving up this account just now.
    pub(in crate::chat) fn is_leaving(&self, account: AccountId) -> bool {
        self.leaving.values().any(|leaving| *leaving == account)
    }

    /// Whether there would be no owner without this one.
    pub(in crate::chat) fn is_last_owner(&self, account: AccountId) -> bool {
        let is_owner = |owner: AccountId| self.ranks.get(&owner) == Some(&Rank::Owner);
        let stays = |owner: AccountId| is_owner(owner) && !self.is_leaving(owner);
        is_owner(account) && !self.ranks.keys().any(|&owner| owner != account && stays(owner))
    }

    pub(in crate::chat) fn has_owner(&self) -> bool {
        self.ranked().any(|(_, rank)| rank == Rank::Owner)
    }

    /// The number of the next one.
    pub(in crate::chat) fn next_id(&self) -> SanctionId {
        SanctionId(self.last.0 + 1)
    }

    /// Whether one more may hold in this room; with `None` in the whole server. Else the limit.
    /// What all rooms may have together is no limit for operators, or anybody could keep them
    /// from it.
    pub(in crate::chat) fn check_has_room(
        &self,
        room: Option<RoomId>,
        is_operator: bool,
    ) -> Result<(), usize> {
        let count = self.counts.get(&room).copied().unwrap_or_default();
        let max = if room.is_some() { limits::ROOM_SANCTIONS_MAX } else { limits::SANCTIONS_MAX };
        let of_server = self.counts.get(&None).copied().unwrap_or_default();
        let in_rooms = self.sanctions.len() - of_server;
        if count >= max || room.is_some() && !is_operator && in_rooms >= limits::ROOMS_SANCTIONS_MAX
        {
            return Err(max);
        }
        Ok(())
    }

    /// A ban or a mute holds from now on.
    pub(in crate::chat) fn impose(&mut self, imposed: Imposed) {
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

    /// This holds no longer.
    pub(in crate::chat) fn lift(&mut self, id: SanctionId) -> Option<Imposed> {
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

    /// All that are so, the oldest first.
    pub(in crate::chat) fn all(
        &self,
        is_wanted: impl Fn(&Sanction) -> bool,
    ) -> impl Iterator<Item = &Imposed> {
        self.sanctions.values().filter(move |one| is_wanted(&one.sanction))
    }

    /// The numbers of those.
    pub(in crate::chat) fn ids(&self, is_wanted: impl Fn(&Sanction) -> bool) -> Vec<SanctionId> {
        self.all(is_wanted).map(|one| one.sanction.id).collect()
    }

    /// Whether nobody may be kept from anything as somebody: nothing has to be looked up.
    #[inline]
    pub(in crate::chat) fn is_quiet(&self) -> bool {
        self.by_key.is_empty() && !self.lockdown
    }

    /// A ban or a mute that concerns somebody in this room, or with `None` on the server.
    pub(in crate::chat) fn of(
        &self,
        suspect: &Suspect,
        kind: SanctionKind,
        room: Option<RoomId>,
        now: SystemTime,
    ) -> Option<&Sanction> {
        if self.by_key.is_empty() {
            return None;
        }
        let ids = suspect.traits().into_iter();
        let ids = ids.filter_map(|one| self.by_key.get(&(one, kind, room))).flatten();
        let concerning = ids
            .filter_map(|id| self.sanctions.get(id))
            .filter(|imposed| imposed.concerns(suspect) && !imposed.sanction.is_over(now));
        // The one that ends last is the one to tell of.
        let last = concerning.max_by_key(|one| (one.sanction.until.is_none(), one.sanction.until));
        last.map(|imposed| &imposed.sanction)
    }

    /// A ban of the network that this address is in.
    pub(in crate::chat) fn ban_of_network(
        &self,
        address: IpAddr,
        now: SystemTime,
    ) -> Option<&Sanction> {
        let around = |(&bits, alike)| {
            let alike: &HashMap<Network, Ids> = alike;
            alike.get(&Network::around(address, bits)?)
        };
        let ids = self.networks.iter().filter_map(around).flatten();
        let mut bans = ids.filter_map(|id| self.sanctions.get(id)).map(|one| &one.sanction);
        bans.find(|ban| !ban.is_over(now))
    }

    /// A guest is one no longer, but somebody with an account of this name: so is whoever was banned
    /// or muted as that guest. Gives what is to be kept otherwise.
    ///
    /// What concerns the very client becomes the account's. Others may come from the same address,
    /// so what concerns guests from there goes on doing so, and the account has one of its own.
    pub(in crate::chat) fn register(
        &mut self,
        guest: &Suspect,
        account: AccountId,
        name: &str,
    ) -> Vec<Sanction> {
        let mut changed = Vec::new();
        let mut of_origin = Vec::new();
        for imposed in self.sanctions.values_mut().filter(|imposed| imposed.concerns(guest)) {
            match &mut imposed.sanction.subject {
                Subject::Person { account: of @ None, .. }
                    if imposed.clients.contains(&guest.client) =>
                {
                    *of = Some(account);
                    list_as(&mut self.by_key, imposed, Trait::Account(account));
                    changed.push(imposed.sanction.clone());
                }
                _ => of_origin.push(imposed.sanction.clone()),
            }
        }
        for of_others in of_origin {
            if self.counts.get(&of_others.room) >= Some(&limits::SANCTIONS_FOLLOWED_MAX) {
                continue;
            }
            let subject = Subject::Person { account: Some(account), origins: Vec::new() };
            let sanction = Sanction { id: self.next_id(), subject, name: name.into(), ..of_others };
            changed.push(sanction.clone());
            self.impose(Imposed::new(sanction, SmallVec::from_elem(guest.client, 1), None));
        }
        changed
    }

    /// A client is nobody's but a guest's from now on: what concerned the account concerns it, too,
    /// and who comes as a guest from there. Gives what is to be kept otherwise.
    pub(in crate::chat) fn log_out(
        &mut self,
        account: AccountId,
        guest: &Suspect,
        now: Instant,
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

    /// An account is no more. What concerned it concerns its clients, who are guests again.
    pub(in crate::chat) fn forget_account(&mut self, account: AccountId, clients: &[ClientId]) {
        self.ranks.remove(&account);
        for imposed in self.sanctions.values_mut() {
            let Subject::Person { account: of, .. } = &imposed.sanction.subject else { continue };
            if *of != Some(account) {
                continue;
            }
            unlist(&mut self.by_key, imposed);
            if let Subject::Person { account, .. } = &mut imposed.sanction.subject {
                *account = None;
            }
            imposed.clients.extend_from_slice(clients);
            list(&mut self.by_key, imposed);
        }
    }

    /// Remembers what was done.
    pub(in crate::chat) fn remember(&mut self, entry: AuditEntry) {
        if self.audit.len() >= limits::AUDIT_ENTRIES_MAX {
            self.audit.pop_front();
        }
        self.audit.push_back(entry);
    }

    /// What was done, the oldest first.
    pub(in crate::chat) fn audit(&self) -> &VecDeque<AuditEntry> {
        &self.audit
    }
}

/// It is found by whom it concerns.
fn list(by_key: &mut HashMap<Key, Ids>, imposed: &Imposed) {
    for key in imposed.keys() {
        by_key.entry(key).or_default().push(imposed.sanction.id);
    }
}

/// It is found by this, too.
fn list_as(by_key: &mut HashMap<Key, Ids>, imposed: &Imposed, one: Trait) {
    let key = (one, imposed.sanction.kind, imposed.sanction.room);
    by_key.entry(key).or_default().push(imposed.sanction.id);
}

/// It is not found any more.
fn unlist(by_key: &mut HashMap<Key, Ids>, imposed: &Imposed) {
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
