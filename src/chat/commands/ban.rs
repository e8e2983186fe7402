//! Banning and muting.

use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use crate::base::address_block::AddressBlock;
use crate::chat::state::Chat;
use crate::chat::state::sanctions::{ActiveSanction, SanctionKeys};
use crate::chat::turn::{Done, Turn};
use crate::command::{SanctionTarget, TypedName};
use crate::model::{
    AuditEntry, ClientId, ClientIndex, CloseReason, Event, ModAction, ModerationChange, Network,
    PersonId, PromiseKind, Rank, Refusal, Removal, Reply, RoomId, Sanction, SanctionId,
    SanctionKind, SanctionView, Subject, Timestamp,
};
use crate::text::CleanText;

/// A ban or mute as requested.
#[derive(Debug)]
pub(in crate::chat) struct SanctionRequest {
    pub(in crate::chat) kind: SanctionKind,
    /// The room; `None` for the whole server.
    pub(in crate::chat) scope: Option<RoomId>,
    pub(in crate::chat) time: Option<Duration>,
    pub(in crate::chat) reason: Option<CleanText>,
}

/// The person to ban or mute: present, registered, or a guest who has left.
#[derive(Debug)]
struct Offender {
    name: Arc<str>,
    key: Option<Arc<str>>,
    person: PersonId,
    origins: Vec<AddressBlock>,
    clients: SmallVec<[ClientId; 1]>,
}

impl Turn<'_> {
    /// `/ban` and `/mute`.
    pub(in crate::chat) fn impose(
        &mut self,
        index: ClientIndex,
        whom: &SanctionTarget,
        wanted: SanctionRequest,
    ) -> Result<Done, Refusal> {
        self.forget_what_is_over();
        match whom {
            SanctionTarget::Network(network) => self.ban_network(index, *network, wanted),
            SanctionTarget::Name(name) => {
                let target = self.chat.target(index, name)?;
                self.chat.check_outranks(index, target.person)?;
                self.chat.check_owns_not(&target, &wanted)?;
                self.impose_on_person(index, target, wanted)
            }
        }
    }

    fn ban_network(
        &mut self,
        index: ClientIndex,
        network: Network,
        wanted: SanctionRequest,
    ) -> Result<Done, Refusal> {
        if wanted.scope.is_some() {
            return Err(Refusal::NetworkInRoom);
        }
        if network.is_enormous() || network.has_localhost() {
            return Err(Refusal::NetworkTooLarge { network });
        }
        let all = self.chat.indexes.values().copied();
        let mut inside: Vec<ClientIndex> =
            all.filter(|index| network.contains(self.chat.clients[index.0].address)).collect();
        inside.sort_unstable_by_key(|index| self.chat.clients[index.0].id);
        self.chat.check_bans_no_peer(index, network, &inside)?;
        let name: Arc<str> = network.to_string().into();
        let sanction = self.sanction(index, &name, Subject::Network(network), &wanted);
        let imposed = self.imposed(index, sanction, None, SmallVec::new(), &wanted);
        let sanction = self.put_down(index, imposed)?;
        let view = self.chat.sanction_view(&sanction);
        let removal = Removal {
            by: self.chat.clients[index.0].name.clone(),
            room: None,
            reason: view.reason.clone(),
        };
        let event = Event::Removed { removal: Box::new(removal) };
        for other in inside {
            let told = Reply::YouAreSanctioned(view.clone());
            self.disconnect(other, told, CloseReason::Banned, &event);
        }
        Ok(Done::promise(Reply::Imposed { sanction: view, networks: Box::default() }))
    }

    fn impose_on_person(
        &mut self,
        index: ClientIndex,
        target: Offender,
        wanted: SanctionRequest,
    ) -> Result<Done, Refusal> {
        let Offender { name, key, person, origins, clients } = target;
        let subject = Subject::Person { account: person.account(), origins };
        let sanction = self.sanction(index, &name, subject, &wanted);
        let imposed = self.imposed(index, sanction, key, clients, &wanted);
        let sanction = self.put_down(index, imposed)?;
        let view = self.chat.sanction_view(&sanction);
        self.carry_out(index, person, &sanction, view.clone());
        let origins: &[AddressBlock] = match (&sanction.subject, wanted.scope) {
            // Only operators see where a person comes from.
            (Subject::Person { origins, .. }, None) => origins,
            _ => &[],
        };
        let networks = origins.iter().copied().map(Network::from).collect();
        let imposed = Reply::Imposed { sanction: view, networks };
        let shared = self.chat.shared_address(index, person, origins);
        let replies = [imposed].into_iter().chain(shared).collect();
        Ok(Done::Promised(PromiseKind::Saved, replies))
    }

    /// Applies a new ban or mute to a person who is present.
    fn carry_out(
        &mut self,
        by: ClientIndex,
        whom: PersonId,
        sanction: &Sanction,
        view: Box<SanctionView>,
    ) {
        let Some(&first) = self.chat.indexes_of(whom).first() else { return };
        let told = Reply::YouAreSanctioned(view.clone());
        let event = Event::Sanctioned { sanction: view };
        let in_room = sanction.room.filter(|room| self.chat.rooms.at(*room).has(whom));
        let is_ignored = self.chat.is_ignored_by(self.chat.clients[by.0].person, whom);
        match (sanction.kind, sanction.room, in_room) {
            (SanctionKind::Ban, None, _) => {
                self.disconnect_person(whom, &told, CloseReason::Banned, &event);
            }
            (SanctionKind::Mute, None, _) => self.tell_person(whom, &told),
            (SanctionKind::Ban, _, Some(room)) => self.remove_from_room(whom, room, &told, &event),
            (SanctionKind::Mute, _, Some(room)) => {
                // Shown among the room's lines in order, also to the person.
                self.chat.announce(first, room, event, self.now);
                self.tell_person(whom, &told);
            }
            // Like anything else that is sent to a single person.
            (_, Some(_), None) if is_ignored => {}
            (_, Some(_), None) => self.tell_person(whom, &told),
        }
    }

    fn sanction(
        &self,
        index: ClientIndex,
        name: &str,
        subject: Subject,
        wanted: &SanctionRequest,
    ) -> Sanction {
        Sanction {
            id: self.chat.moderation.next_id(),
            kind: wanted.kind,
            room: wanted.scope,
            subject,
            name: name.into(),
            by: (&*self.chat.clients[index.0].name).into(),
            at: self.now.wall,
            until: wanted.time.map(|time| self.now.wall + time),
            reason: wanted.reason.as_ref().map(|reason| reason.as_str().into()),
        }
    }

    /// A new sanction of the person whose name has this key.
    fn imposed(
        &self,
        index: ClientIndex,
        sanction: Sanction,
        name: Option<Arc<str>>,
        clients: SmallVec<[ClientId; 1]>,
        wanted: &SanctionRequest,
    ) -> ActiveSanction {
        let keys = SanctionKeys { name, by: Some(self.chat.person(index).nick.key().clone()) };
        let ends = wanted.time.map(|time| self.now.elapsed + time);
        let since = Some(self.now.elapsed);
        ActiveSanction { ends, ..ActiveSanction::new(sanction, keys, clients, since) }
    }

    /// Stores a ban or mute and puts it in force. It replaces earlier ones against the same
    /// subject: the latest one counts, and also covers the clients and addresses of those it
    /// replaces.
    fn put_down(
        &mut self,
        index: ClientIndex,
        mut imposed: ActiveSanction,
    ) -> Result<Sanction, Refusal> {
        let replaced = self.chat.replaced_by(&imposed.sanction);
        if replaced.is_empty() {
            let is_operator = self.chat.has_rank(index, Rank::Operator);
            self.chat.moderation.check_has_room(imposed.sanction.room, is_operator)?;
        }
        for before in self.chat.moderation.all(|one| replaced.contains(&one.sanction.id)) {
            imposed.take_over(before);
        }
        let sanction = imposed.sanction.clone();
        let action = match sanction.kind {
            SanctionKind::Ban => ModAction::Ban,
            SanctionKind::Mute => ModAction::Mute,
        };
        let entry = AuditEntry {
            room: self.chat.shown_room(sanction.room).as_deref().map(Box::from),
            until: sanction.until.map(Timestamp),
            reason: sanction.reason.clone(),
            ..self.entry(index, action, Some(&sanction.name))
        };
        let change =
            ModerationChange::Impose { sanction: sanction.clone(), replaced: replaced.clone() };
        self.moderate(index, Some(change), entry);
        for id in replaced {
            self.chat.moderation.remove(id);
        }
        self.chat.moderation.impose(imposed);
        Ok(sanction)
    }
}

impl Chat {
    /// Refuses a network ban that would include the moderator's own address or anyone of equal or
    /// higher rank.
    fn check_bans_no_peer(
        &self,
        index: ClientIndex,
        network: Network,
        inside: &[ClientIndex],
    ) -> Result<(), Refusal> {
        let own = self.clients[index.0].person;
        if inside.iter().any(|other| self.clients[other.0].person == own) {
            return Err(Refusal::OwnNetwork { network });
        }
        for other in inside {
            let person = self.clients[other.0].person;
            let rank = self.moderation.rank(person);
            if let Some(rank) = rank.filter(|rank| self.moderation.rank(own) <= Some(*rank)) {
                return Err(Refusal::NetworkOfPeer { network, name: self.name_of(person), rank });
            }
        }
        Ok(())
    }

    /// Finds a person by name: someone present, someone registered, or a guest who left recently.
    fn target(&self, index: ClientIndex, name: &TypedName) -> Result<Offender, Refusal> {
        let person = match self.whoever_or_nearest(index, name) {
            Ok(person) => person,
            Err(refusal) => return self.gone_guest(name).ok_or(refusal),
        };
        let indexes = self.indexes_of(person);
        let clients = indexes.iter().map(|index| self.clients[index.0].id).collect();
        let mut origins: Vec<AddressBlock> = Vec::new();
        for index in &indexes {
            let origin = self.clients[index.0].origin();
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        let (name, key) = (self.name_of(person), self.key_of(person));
        Ok(Offender { name, key, person, origins, clients })
    }

    /// The guest with this name who left most recently.
    fn gone_guest(&self, name: &TypedName) -> Option<Offender> {
        let key = name.key()?;
        let last = self.gone_guests.iter().rev().find(|gone| **gone.nick.key() == *key)?;
        Some(Offender {
            name: last.nick.as_str().clone(),
            key: Some(last.nick.key().clone()),
            person: PersonId::Guest(last.client),
            origins: vec![last.origin],
            clients: SmallVec::new(),
        })
    }

    /// Refuses to ban or mute the owner of a room in that room.
    fn check_owns_not(&self, target: &Offender, wanted: &SanctionRequest) -> Result<(), Refusal> {
        match wanted.scope.and_then(|room| self.rooms.find(room)) {
            Some(room) if room.rules.is_owner(target.person) => {
                let (name, room) = (target.name.clone(), room.name().clone());
                Err(Refusal::OwnsRoom { name, room })
            }
            _ => Ok(()),
        }
    }

    /// Tells the moderator how many other people share the person's address, if any: a school may
    /// be behind a single address.
    fn shared_address(
        &self,
        by: ClientIndex,
        person: PersonId,
        origins: &[AddressBlock],
    ) -> Option<Reply> {
        let is_there = |index: &ClientIndex| {
            !self.is_outside(*index) && origins.contains(&self.clients[index.0].origin())
        };
        let both = [person, self.clients[by.0].person];
        let others = self.people.iter().filter(|(other, _)| !both.contains(other));
        let count = others.filter(|(_, other)| other.indexes.iter().any(is_there)).count();
        (count > 0).then_some(Reply::SharedAddress { count: count as u32 })
    }

    /// Existing sanctions against the same subject. For guests the name alone is not enough: two
    /// guests may use the same name in turn.
    fn replaced_by(&self, later: &Sanction) -> Vec<SanctionId> {
        let is_same = |one: &Sanction| match (&one.subject, &later.subject) {
            (Subject::Person { account: Some(one), .. }, Subject::Person { account, .. }) => {
                Some(*one) == *account
            }
            (before, after) => before == after && one.name == later.name,
        };
        self.moderation.ids(|ActiveSanction { sanction: one, .. }| {
            one.kind == later.kind && one.room == later.room && is_same(one)
        })
    }
}

impl ActiveSanction {
    /// Adds the clients and origins of the sanction that this one replaces.
    fn take_over(&mut self, before: &ActiveSanction) {
        for client in &before.clients {
            if !self.clients.contains(client) {
                self.clients.push(*client);
            }
        }
        if let (Subject::Person { origins, .. }, Subject::Person { origins: more, .. }) =
            (&mut self.sanction.subject, &before.sanction.subject)
        {
            for origin in more {
                if !origins.contains(origin) {
                    origins.push(*origin);
                }
            }
        }
        self.since = self.since.zip(before.since).map(|(one, other)| one.min(other));
        self.known_later.extend_from_slice(&before.known_later);
    }
}
