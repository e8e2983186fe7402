//! Banning and muting.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use crate::base::address_block::AddressBlock;
use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::rules::ranks::{Scope, rank_text};
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::state::room::Owner;
use crate::chat::state::sanctions::ActiveSanction;
use crate::chat::turn::Done;
use crate::command::SanctionTarget;
use crate::lang::fill;
use crate::model::close_reason::CloseReason;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{AccountId, ClientId, PersonId, SanctionId};
use crate::model::moderation::{
    AuditEntry, ModAction, ModerationChange, Network, Rank, Sanction, SanctionKind, Subject,
};
use crate::text::{CleanText, nick};

/// A ban or mute as requested.
#[derive(Debug)]
pub(in crate::chat) struct SanctionRequest {
    pub(in crate::chat) kind: SanctionKind,
    pub(in crate::chat) scope: Scope,
    pub(in crate::chat) time: Option<Duration>,
    pub(in crate::chat) reason: Option<CleanText>,
}

/// The person to ban or mute: present, registered, or a guest who has left.
#[derive(Debug)]
struct Offender {
    name: Arc<str>,
    person: PersonId,
    account: Option<AccountId>,
    origins: Vec<AddressBlock>,
    clients: SmallVec<[ClientId; 1]>,
}

impl Chat {
    /// `/ban` and `/mute`.
    pub(in crate::chat) fn impose(
        &mut self,
        index: ClientIndex,
        whom: &SanctionTarget,
        wanted: SanctionRequest,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        self.forget_what_is_over(now, out);
        match whom {
            SanctionTarget::Network(network) => self.ban_network(index, *network, wanted, now, out),
            SanctionTarget::Name(name) => {
                let target = self.target(index, name)?;
                self.check_outranks(index, target.person)?;
                self.check_owns_not(&target, &wanted)?;
                self.impose_on_person(index, target, wanted, now, out)
            }
        }
    }

    fn ban_network(
        &mut self,
        index: ClientIndex,
        network: Network,
        wanted: SanctionRequest,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let texts = self.moderation_texts();
        if wanted.scope != Scope::Server {
            return Err(ErrorReply(texts.networks_are_of_server.to_owned()));
        }
        if network.is_enormous() || network.has_localhost() {
            return Err(ErrorReply(fill(texts.network_is_no_one, &[("network", &network)])));
        }
        let all = self.indexes.values().copied();
        let mut inside: Vec<ClientIndex> =
            all.filter(|index| network.contains(self.clients[index.0].address)).collect();
        inside.sort_unstable_by_key(|index| index.0);
        self.check_bans_no_peer(index, network, &inside)?;
        let name: Arc<str> = network.to_string().into();
        let sanction = self.sanction(index, &name, Subject::Network(network), &wanted, now);
        let imposed = ActiveSanction::new(sanction, SmallVec::new(), Some(now.instant));
        let sanction = self.put_down(index, imposed, now, out)?;
        for other in inside {
            let told = self.term_of(other, &sanction, texts.you_are_banned, now);
            let shown = self.clients[other.0].name.clone();
            let because = self.because(sanction.reason.as_deref());
            let values: [(&str, &dyn Display); 3] =
                [("by", &sanction.by), ("name", &shown), ("because", &because)];
            let event = Event::Notice(fill(texts.was_removed, &values).into());
            self.disconnect(other, &told, CloseReason::Banned, &event, now, out);
        }
        Ok(Done::reply(self.term_of(index, &sanction, texts.banned, now)))
    }

    /// Refuses a network ban that would include the moderator's own address or anyone of equal or
    /// higher rank.
    fn check_bans_no_peer(
        &self,
        index: ClientIndex,
        network: Network,
        inside: &[ClientIndex],
    ) -> Result<(), ErrorReply> {
        let texts = self.moderation_texts();
        let own = self.clients[index.0].person;
        if inside.iter().any(|other| self.clients[other.0].person == own) {
            return Err(ErrorReply(fill(texts.ban_of_own_address, &[("network", &network)])));
        }
        for other in inside {
            let person = self.clients[other.0].person;
            let rank = self.moderation.rank(person);
            if let Some(rank) = rank.filter(|rank| self.moderation.rank(own) <= Some(*rank)) {
                let (name, rank) = (self.name_of(person), rank_text(texts, rank));
                let values: [(&str, &dyn Display); 3] =
                    [("network", &network), ("name", &name), ("rank", &rank)];
                return Err(ErrorReply(fill(texts.ban_of_operator, &values)));
            }
        }
        Ok(())
    }

    /// Finds a person by name: someone present, someone registered, or a guest who left recently.
    fn target(&self, index: ClientIndex, name: &str) -> Result<Offender, ErrorReply> {
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
        let (name, account) = (self.name_of(person), person.account());
        Ok(Offender { name, person, account, origins, clients })
    }

    /// The guest with this name who left most recently.
    fn gone_guest(&self, name: &str) -> Option<Offender> {
        let key = nick::key_of(name)?;
        let last = self.gone_guests.iter().rev().find(|gone| **gone.nick.key() == *key)?;
        Some(Offender {
            name: last.nick.as_str().clone(),
            person: PersonId::Guest(last.client),
            account: None,
            origins: vec![last.origin],
            clients: SmallVec::new(),
        })
    }

    /// Refuses to ban or mute the owner of a room in that room.
    fn check_owns_not(
        &self,
        target: &Offender,
        wanted: &SanctionRequest,
    ) -> Result<(), ErrorReply> {
        let Scope::Room(room) = wanted.scope else { return Ok(()) };
        match self.rooms.find(room) {
            Some(room) if room.rules.owner == Owner::Person(target.person) => {
                let values: [(&str, &dyn Display); 2] =
                    [("name", &target.name), ("room", room.name())];
                Err(ErrorReply(fill(self.moderation_texts().owns_it, &values)))
            }
            _ => Ok(()),
        }
    }

    fn impose_on_person(
        &mut self,
        index: ClientIndex,
        target: Offender,
        wanted: SanctionRequest,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let texts = self.moderation_texts();
        let Offender { name, person, account, origins, clients } = target;
        let subject = Subject::Person { account, origins };
        let sanction = self.sanction(index, &name, subject, &wanted, now);
        let imposed = ActiveSanction::new(sanction, clients, Some(now.instant));
        let sanction = self.put_down(index, imposed, now, out)?;
        self.carry_out(index, person, &sanction, now, out);
        let origins: &[AddressBlock] = match &sanction.subject {
            Subject::Person { origins, .. } => origins,
            Subject::Network(_) => &[],
        };
        let networks: Vec<String> =
            origins.iter().map(|origin| Network::from(*origin).to_string()).collect();
        // Only operators see where a person comes from.
        let template = match (wanted.kind, wanted.scope) {
            (SanctionKind::Ban, Scope::Server) if networks.is_empty() => texts.banned,
            (SanctionKind::Ban, Scope::Server) => texts.banned_with_guests,
            (SanctionKind::Ban, Scope::Room(_)) => texts.banned_from,
            (SanctionKind::Mute, Scope::Server) if networks.is_empty() => texts.muted,
            (SanctionKind::Mute, Scope::Server) => texts.muted_with_guests,
            (SanctionKind::Mute, Scope::Room(_)) => texts.muted_in,
        };
        let networks = networks.join(", ");
        let more: [(&str, &dyn Display); 1] = [("networks", &networks)];
        let told = self.term_in(&self.zone(index), &sanction, template, &more, now);
        let is_of_server = wanted.scope == Scope::Server;
        let shared = self.shared_address(index, person, origins).filter(|_| is_of_server);
        Ok(Done::Reply([told].into_iter().chain(shared).collect()))
    }

    /// Tells the moderator how many other people share the person's address, if any: a school may
    /// be behind a single address.
    fn shared_address(
        &self,
        by: ClientIndex,
        person: PersonId,
        origins: &[AddressBlock],
    ) -> Option<String> {
        let texts = self.moderation_texts();
        let is_there = |index: &ClientIndex| {
            !self.is_outside(*index) && origins.contains(&self.clients[index.0].origin())
        };
        let both = [person, self.clients[by.0].person];
        let others = self.people.iter().filter(|(other, _)| !both.contains(other));
        match others.filter(|(_, other)| other.indexes.iter().any(is_there)).count() {
            0 => None,
            1 => Some(texts.shared_address_one.to_owned()),
            count => Some(fill(texts.shared_address, &[("count", &count)])),
        }
    }

    /// Applies a new ban or mute to a person who is present.
    fn carry_out(
        &mut self,
        by: ClientIndex,
        whom: PersonId,
        sanction: &Sanction,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let texts = self.moderation_texts();
        let Some(&first) = self.indexes_of(whom).first() else { return };
        let (told, notice) = match (sanction.kind, sanction.room) {
            (SanctionKind::Ban, None) => (texts.you_are_banned, texts.was_banned),
            (SanctionKind::Ban, Some(_)) => (texts.you_are_banned_from, texts.was_banned),
            (SanctionKind::Mute, None) => (texts.you_are_muted, texts.was_muted),
            (SanctionKind::Mute, Some(_)) => (texts.you_are_muted_in, texts.was_muted),
        };
        let told = self.term_of(first, sanction, told, now);
        let notice = self.term(sanction, notice, now);
        let in_room = sanction.room.filter(|room| self.rooms.at(*room).has(whom));
        match (sanction.kind, sanction.room, in_room) {
            (SanctionKind::Ban, None, _) => {
                self.disconnect_person(whom, &told, CloseReason::Banned, &notice, now, out);
            }
            (SanctionKind::Mute, None, _) => self.tell_person(whom, &told, out),
            (SanctionKind::Ban, _, Some(room)) => {
                self.remove_from_room(whom, room, &told, &notice, now, out);
            }
            (SanctionKind::Mute, _, Some(room)) => {
                // Shown among the room's lines in order, also to the person.
                self.announce(first, room, Event::Notice(notice.into()), now);
                self.tell_person(whom, &told, out);
            }
            // Like anything else that is sent to a single person.
            (_, Some(_), None) if self.is_ignored_by(self.clients[by.0].person, whom) => {}
            (_, Some(_), None) => self.tell_person(whom, &told, out),
        }
    }

    fn sanction(
        &self,
        index: ClientIndex,
        name: &str,
        subject: Subject,
        wanted: &SanctionRequest,
        now: Moment,
    ) -> Sanction {
        Sanction {
            id: self.moderation.next_id(),
            kind: wanted.kind,
            room: wanted.scope.room(),
            subject,
            name: name.into(),
            by: (&*self.clients[index.0].name).into(),
            at: now.wall,
            until: wanted.time.map(|time| now.wall + time),
            reason: wanted.reason.as_ref().map(|reason| reason.as_str().into()),
        }
    }

    /// Stores a ban or mute and puts it in force. It replaces earlier ones against the same
    /// subject: the latest one counts, and also covers the clients and addresses of those it
    /// replaces.
    fn put_down(
        &mut self,
        index: ClientIndex,
        mut imposed: ActiveSanction,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Sanction, ErrorReply> {
        let replaced = self.replaced_by(&imposed.sanction);
        if replaced.is_empty() {
            let has_room = self
                .moderation
                .check_has_room(imposed.sanction.room, self.has_rank(index, Rank::Operator));
            has_room.map_err(|max| {
                ErrorReply(fill(self.moderation_texts().too_many_sanctions, &[("max", &max)]))
            })?;
        }
        for before in self.moderation.all(|one| replaced.contains(&one.id)) {
            imposed.take_over(before);
        }
        let sanction = imposed.sanction.clone();
        let action = match sanction.kind {
            SanctionKind::Ban => ModAction::Ban,
            SanctionKind::Mute => ModAction::Mute,
        };
        let room = sanction.room.and_then(|room| self.rooms.find(room));
        let entry = AuditEntry {
            whom: Some(sanction.name.clone()),
            room: room.map(|room| (&**room.name()).into()),
            until: sanction.until,
            reason: sanction.reason.clone(),
            ..self.entry(index, action, now)
        };
        let change =
            ModerationChange::Impose { sanction: sanction.clone(), replaced: replaced.clone() };
        self.moderate(index, Some(change), entry, out)?;
        for id in replaced {
            self.moderation.remove(id);
        }
        self.moderation.impose(imposed);
        Ok(sanction)
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
        self.moderation.ids(|one| one.kind == later.kind && one.room == later.room && is_same(one))
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
