//! Who keeps order, who is banned or muted, and what was done: the tables, and what they say of
//! somebody. What follows from it is in `ranks`, `sanctions` and `standing`.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Instant, SystemTime};

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use smallvec::{SmallVec, smallvec};

use super::Client;
use crate::id::{AccountId, ClientId, PersonId, RoomId, SanctionId};
use crate::limits;
use crate::moderation::{AuditEntry, KeptOrder, OwnerToken, Rank, Sanction, SanctionKind, Subject};
use crate::origin::Origin;

/// Somebody, as far as a ban or a mute may concern them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspect {
    person: PersonId,
    address: IpAddr,
    entered_at: Instant,
}

/// A ban or a mute that holds.
#[derive(Debug)]
struct Imposed {
    sanction: Sanction,
    /// The clients of whom it concerns: whatever their person is from now on.
    clients: SmallVec<[ClientId; 1]>,
    /// Guests who have come later from where they were may be the same; who was here is not. After a
    /// restart everybody has come later.
    since: Option<Instant>,
}

/// By what somebody is found among those that are banned or muted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Trait {
    Account(AccountId),
    Client(ClientId),
    Guests(Origin),
}

type ByTrait = HashMap<Trait, SmallVec<[SanctionId; 1]>>;

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Moderation {
    ranks: FxHashMap<AccountId, Rank>,
    sanctions: IndexMap<SanctionId, Imposed, FxBuildHasher>,
    /// Looked up before each line while there are any. Addresses can be chosen, so this hash cannot be
    /// a cheap one.
    by_trait: ByTrait,
    /// Bans of networks, which are looked at one by one when somebody comes.
    networks: Vec<SanctionId>,
    last: SanctionId,
    audit: VecDeque<AuditEntry>,
    /// Only registered people may talk.
    pub(super) lockdown: bool,
    /// By which the first owner is known, as long as there is none.
    pub(super) token: Option<OwnerToken>,
}

impl Suspect {
    pub(super) fn of(client: &Client) -> Self {
        let Client { person, address, entered_at, .. } = *client;
        Self { person, address, entered_at }
    }

    /// The same as somebody else.
    pub(super) fn as_person(self, person: PersonId) -> Self {
        Self { person, ..self }
    }

    /// By what they may be found.
    fn traits(&self) -> SmallVec<[Trait; 2]> {
        match self.person {
            PersonId::Registered(account) => smallvec![Trait::Account(account)],
            PersonId::Guest(client) => {
                smallvec![Trait::Client(client), Trait::Guests(Origin::of(self.address))]
            }
        }
    }
}

impl Imposed {
    fn concerns(&self, suspect: &Suspect) -> bool {
        let Subject::Person { account, origins } = &self.sanction.subject else { return false };
        match suspect.person {
            // Who logs in as somebody else is somebody else.
            PersonId::Registered(own) => *account == Some(own),
            PersonId::Guest(client) => {
                let came_later = self.since.is_none_or(|since| suspect.entered_at > since);
                self.clients.contains(&client)
                    || came_later && origins.contains(&Origin::of(suspect.address))
            }
        }
    }

    fn traits(&self) -> Vec<Trait> {
        let mut traits: Vec<Trait> = self.clients.iter().copied().map(Trait::Client).collect();
        if let Subject::Person { account, origins } = &self.sanction.subject {
            traits.extend(account.map(Trait::Account));
            traits.extend(origins.iter().copied().map(Trait::Guests));
        }
        traits
    }
}

impl Moderation {
    pub(super) fn new(kept: KeptOrder) -> Self {
        let mut all = Self {
            ranks: kept.ranks.into_iter().collect(),
            last: kept.last_sanction,
            audit: kept.audit.into(),
            lockdown: kept.lockdown,
            ..Self::default()
        };
        for sanction in kept.sanctions {
            all.add(Imposed { sanction, clients: SmallVec::new(), since: None });
        }
        all
    }

    pub(super) fn rank(&self, person: PersonId) -> Option<Rank> {
        self.ranks.get(&person.account()?).copied()
    }

    /// Whether somebody has this rank, or a higher one.
    pub(super) fn is_at_least(&self, person: PersonId, rank: Rank) -> bool {
        self.rank(person) >= Some(rank)
    }

    pub(super) fn set_rank(&mut self, account: AccountId, rank: Option<Rank>) {
        match rank {
            Some(rank) => self.ranks.insert(account, rank),
            None => self.ranks.remove(&account),
        };
    }

    /// Everybody who has a rank.
    pub(super) fn ranked(&self) -> impl Iterator<Item = (AccountId, Rank)> {
        self.ranks.iter().map(|(&account, &rank)| (account, rank))
    }

    /// Whether this is the only owner.
    pub(super) fn is_last_owner(&self, account: AccountId) -> bool {
        let mut owners = self.ranked().filter(|(_, rank)| *rank == Rank::Owner);
        owners.next().is_some_and(|(owner, _)| owner == account) && owners.next().is_none()
    }

    pub(super) fn has_owner(&self) -> bool {
        self.ranked().any(|(_, rank)| rank == Rank::Owner)
    }

    /// The number of the next one.
    pub(super) fn next_id(&self) -> SanctionId {
        SanctionId(self.last.0 + 1)
    }

    pub(super) fn count(&self) -> usize {
        self.sanctions.len()
    }

    /// A ban or a mute holds from now on, of whoever has these clients.
    pub(super) fn impose(
        &mut self,
        sanction: Sanction,
        clients: SmallVec<[ClientId; 1]>,
        now: Instant,
    ) {
        self.last = self.last.max(sanction.id);
        self.add(Imposed { sanction, clients, since: Some(now) });
    }

    fn add(&mut self, imposed: Imposed) {
        let id = imposed.sanction.id;
        list(&mut self.by_trait, &imposed);
        if matches!(imposed.sanction.subject, Subject::Network(_)) {
            self.networks.push(id);
        }
        self.sanctions.insert(id, imposed);
    }

    /// These hold no longer.
    pub(super) fn lift(&mut self, ids: &[SanctionId]) {
        for id in ids {
            let Some(imposed) = self.sanctions.shift_remove(id) else { continue };
            unlist(&mut self.by_trait, &imposed);
            self.networks.retain(|other| other != id);
        }
    }

    /// All that are so, the oldest first.
    pub(super) fn all(
        &self,
        is_wanted: impl Fn(&Sanction) -> bool,
    ) -> impl Iterator<Item = &Sanction> {
        self.sanctions.values().map(|imposed| &imposed.sanction).filter(move |one| is_wanted(one))
    }

    /// Whose time has passed, and which are to be removed.
    pub(super) fn over(&self, now: SystemTime) -> Vec<SanctionId> {
        self.all(|sanction| sanction.is_over(now)).map(|sanction| sanction.id).collect()
    }

    /// Whether nobody may be kept from talking: nothing has to be looked up.
    #[inline]
    pub(super) fn is_quiet(&self) -> bool {
        self.by_trait.is_empty() && !self.lockdown
    }

    /// A ban or a mute that concerns somebody in this room, or with `None` on the server.
    pub(super) fn of(
        &self,
        suspect: &Suspect,
        kind: SanctionKind,
        room: Option<RoomId>,
        now: SystemTime,
    ) -> Option<&Sanction> {
        if self.by_trait.is_empty() {
            return None;
        }
        // The one that ends last is the one to tell of.
        let holds = |one: &&Sanction| one.kind == kind && one.room == room && !one.is_over(now);
        self.concerning(suspect).filter(holds).max_by_key(|one| (one.until.is_none(), one.until))
    }

    /// Whether any ban or mute concerns somebody, wherever.
    pub(super) fn has_any(&self, suspect: &Suspect, now: SystemTime) -> bool {
        self.concerning(suspect).any(|one| !one.is_over(now))
    }

    fn concerning(&self, suspect: &Suspect) -> impl Iterator<Item = &Sanction> {
        let ids = suspect.traits().into_iter().filter_map(|one| self.by_trait.get(&one));
        ids.flatten()
            .filter_map(|id| self.sanctions.get(id))
            .filter(|imposed| imposed.concerns(suspect))
            .map(|imposed| &imposed.sanction)
    }

    /// A ban of the network that this address is in.
    pub(super) fn ban_of_network(&self, address: IpAddr, now: SystemTime) -> Option<&Sanction> {
        let bans = self.networks.iter().filter_map(|id| self.sanctions.get(id));
        bans.map(|imposed| &imposed.sanction).find(|ban| {
            let is_inside = match &ban.subject {
                Subject::Network(network) => network.contains(address),
                Subject::Person { .. } => false,
            };
            is_inside && !ban.is_over(now)
        })
    }

    /// An account is no more. What concerned it concerns its clients, who are guests again.
    pub(super) fn forget_account(&mut self, account: AccountId, clients: &[ClientId]) {
        self.ranks.remove(&account);
        let ids = self.by_trait.get(&Trait::Account(account)).cloned().unwrap_or_default();
        for id in ids {
            let Some(imposed) = self.sanctions.get_mut(&id) else { continue };
            unlist(&mut self.by_trait, imposed);
            if let Subject::Person { account, .. } = &mut imposed.sanction.subject {
                *account = None;
            }
            imposed.clients.extend_from_slice(clients);
            list(&mut self.by_trait, imposed);
        }
    }

    /// A room is no more, and nobody is banned from it or muted in it.
    pub(super) fn forget_room(&mut self, room: RoomId) {
        let of_room: Vec<SanctionId> =
            self.all(|one| one.room == Some(room)).map(|one| one.id).collect();
        self.lift(&of_room);
    }

    /// Remembers what was done.
    pub(super) fn remember(&mut self, entry: AuditEntry) {
        if self.audit.len() >= limits::AUDIT_ENTRIES_MAX {
            self.audit.pop_front();
        }
        self.audit.push_back(entry);
    }

    /// What was done, the oldest first.
    pub(super) fn audit(&self) -> &VecDeque<AuditEntry> {
        &self.audit
    }
}

/// It is found by whom it concerns.
fn list(by_trait: &mut ByTrait, imposed: &Imposed) {
    for found in imposed.traits() {
        by_trait.entry(found).or_default().push(imposed.sanction.id);
    }
}

/// It is not found any more.
fn unlist(by_trait: &mut ByTrait, imposed: &Imposed) {
    for found in imposed.traits() {
        if let Some(others) = by_trait.get_mut(&found) {
            others.retain(|other| *other != imposed.sanction.id);
            if others.is_empty() {
                by_trait.remove(&found);
            }
        }
    }
}
