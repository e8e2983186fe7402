//! Removing, banning and muting people, and undoing it.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use super::commands::Done;
use super::ranks::{Domain, rank_text};
use super::{Delivery, Hall, Outbox, Refusal};
use crate::clock::Moment;
use crate::close_reason::CloseReason;
use crate::command::Whom;
use crate::id::{ClientId, PersonId, RoomId, SanctionId};
use crate::lang::fill;
use crate::limits;
use crate::moderation::{AuditEntry, Deed, Network, OrderChange, Sanction, SanctionKind, Subject};
use crate::nick;
use crate::origin::Origin;
use crate::registrar::Job;
use crate::room::{Seat, What};
use crate::text::CleanText;
use crate::zone;

/// A ban or a mute that somebody wants to impose.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) kind: SanctionKind,
    pub(super) domain: Domain,
    pub(super) time: Option<Duration>,
    pub(super) reason: Option<CleanText>,
}

impl Hall {
    /// `/kick`.
    pub(super) fn kick(
        &mut self,
        seat: Seat,
        room: Option<&str>,
        name: &str,
        reason: Option<&CleanText>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let domain = self.domain(seat, room)?;
        let texts = self.order_texts();
        let whom = self.whoever(name)?;
        self.check_outranks(seat, whom)?;
        let name = self.name_of(whom);
        match domain {
            Domain::Server if self.people.find(whom).is_none() => {
                let none = fill(self.answers().no_such_person, &[("name", &name)]);
                return Err(Refusal(none));
            }
            Domain::Room(room) if !self.rooms.at(room).has(whom) => {
                let room = self.rooms.at(room).name();
                return Err(Refusal(fill(texts.not_in_it, &[("name", &name), ("room", room)])));
            }
            _ => {}
        }
        let entry = AuditEntry {
            whom: Some((&*name).into()),
            room: self.shown_domain(domain),
            reason: reason.map(|reason| reason.as_str().into()),
            ..self.entry(seat, Deed::Kick, now)
        };
        self.keep_order(None, entry, out)?;
        let by = self.clients[seat.0].name.clone();
        let because = self.because(reason.map(CleanText::as_str));
        let values: [(&str, &dyn Display); 3] =
            [("by", &by), ("name", &name), ("because", &because)];
        let notice = fill(texts.was_removed, &values);
        match domain {
            Domain::Server => {
                let told = fill(texts.kicked, &values);
                self.dismiss_person(whom, &told, CloseReason::Kicked, &notice, now, out);
            }
            Domain::Room(room) => {
                let shown = self.rooms.at(room).name().clone();
                let values: [(&str, &dyn Display); 3] =
                    [("by", &by), ("room", &shown), ("because", &because)];
                let told = fill(texts.kicked_from, &values);
                self.remove_from_room(whom, room, &told, &notice, now, out);
            }
        }
        Ok(Done::told(fill(texts.removed, &[("name", &name)])))
    }

    /// `/ban` and `/mute`.
    pub(super) fn impose(
        &mut self,
        seat: Seat,
        whom: &Whom,
        wanted: Wanted,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        self.forget_what_is_over(now, out);
        if self.moderation.count() >= limits::SANCTIONS_MAX {
            let max = limits::SANCTIONS_MAX;
            return Err(Refusal(fill(self.order_texts().too_many_sanctions, &[("max", &max)])));
        }
        match whom {
            Whom::Network(network) => self.ban_network(seat, *network, wanted, now, out),
            Whom::Name(name) => {
                let person = self.whoever(name)?;
                self.check_outranks(seat, person)?;
                self.impose_on_person(seat, person, wanted, now, out)
            }
        }
    }

    fn ban_network(
        &mut self,
        seat: Seat,
        network: Network,
        wanted: Wanted,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let texts = self.order_texts();
        if wanted.domain != Domain::Server {
            return Err(Refusal(texts.networks_are_of_server.to_owned()));
        }
        let inside: Vec<Seat> = self
            .seats
            .values()
            .copied()
            .filter(|seat| network.contains(self.clients[seat.0].address))
            .collect();
        let own = self.clients[seat.0].person;
        if inside.iter().any(|other| self.clients[other.0].person == own) {
            return Err(Refusal(fill(texts.ban_of_own_address, &[("network", &network)])));
        }
        for other in &inside {
            let person = self.clients[other.0].person;
            let rank = self.moderation.rank(person);
            if let Some(rank) = rank.filter(|rank| self.moderation.rank(own) <= Some(*rank)) {
                let (name, rank) = (self.name_of(person), rank_text(texts, rank));
                let values: [(&str, &dyn Display); 3] =
                    [("network", &network), ("name", &name), ("rank", &rank)];
                return Err(Refusal(fill(texts.ban_of_operator, &values)));
            }
        }
        let name: Arc<str> = network.to_string().into();
        let subject = Subject::Network(network);
        let sanction = self.sanction(seat, &name, subject, &wanted, now);
        let replaced = self.replaced(&sanction);
        self.put_down(seat, sanction.clone(), SmallVec::new(), &replaced, now, out)?;
        let by = sanction.by.clone();
        for other in inside {
            let told = self.term_of(other, &sanction, texts.you_are_banned, now);
            let person = self.clients[other.0].person;
            let shown = self.name_of(person);
            let because = self.because(sanction.reason.as_deref());
            let values: [(&str, &dyn Display); 3] =
                [("by", &by), ("name", &shown), ("because", &because)];
            let notice = fill(texts.was_removed, &values);
            self.dismiss(other, &told, CloseReason::Banned, What::Notice(notice.into()), now, out);
        }
        Ok(Done::told(self.term_of(seat, &sanction, texts.banned, now)))
    }

    fn impose_on_person(
        &mut self,
        seat: Seat,
        whom: PersonId,
        wanted: Wanted,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let texts = self.order_texts();
        let name = self.name_of(whom);
        let seats = self.seats_of(whom);
        let clients: SmallVec<[ClientId; 1]> =
            seats.iter().map(|seat| self.clients[seat.0].id).collect();
        let mut origins: Vec<Origin> = Vec::new();
        for of_person in &seats {
            let origin = Origin::of(self.clients[of_person.0].address);
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        let networks: Vec<String> =
            origins.iter().map(|origin| Network::from(*origin).to_string()).collect();
        let subject = Subject::Person { account: whom.account(), origins };
        let sanction = self.sanction(seat, &name, subject, &wanted, now);
        let replaced = self.replaced(&sanction);
        self.put_down(seat, sanction.clone(), clients, &replaced, now, out)?;
        self.carry_out(whom, &sanction, now, out);
        let (kind, domain) = (wanted.kind, wanted.domain);
        let template = match (kind, domain) {
            (SanctionKind::Ban, Domain::Server) if !networks.is_empty() => texts.banned_with_guests,
            (SanctionKind::Ban, Domain::Server) => texts.banned,
            (SanctionKind::Ban, Domain::Room(_)) => texts.banned_from,
            (SanctionKind::Mute, Domain::Server) => texts.muted,
            (SanctionKind::Mute, Domain::Room(_)) => texts.muted_in,
        };
        let told = self.term_of(seat, &sanction, template, now);
        Ok(Done::told(fill(&told, &[("networks", &networks.join(", "))])))
    }

    /// What follows at once from a ban or a mute for who is here.
    fn carry_out(
        &mut self,
        whom: PersonId,
        sanction: &Sanction,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let texts = self.order_texts();
        let Some(&first) = self.seats_of(whom).first() else { return };
        let (told, notice) = match (sanction.kind, sanction.room) {
            (SanctionKind::Ban, None) => (texts.you_are_banned, texts.was_banned),
            (SanctionKind::Ban, Some(_)) => (texts.you_are_banned_from, texts.was_banned),
            (SanctionKind::Mute, None) => (texts.you_are_muted, texts.was_muted),
            (SanctionKind::Mute, Some(_)) => (texts.you_are_muted_in, texts.was_muted),
        };
        let told = self.term_of(first, sanction, told, now);
        let notice = self.term_of(first, sanction, notice, now);
        match (sanction.kind, sanction.room) {
            (SanctionKind::Ban, None) => {
                self.dismiss_person(whom, &told, CloseReason::Banned, &notice, now, out);
            }
            (SanctionKind::Ban, Some(room)) if self.rooms.at(room).has(whom) => {
                self.remove_from_room(whom, room, &told, &notice, now, out);
            }
            (SanctionKind::Mute, Some(room)) if self.rooms.at(room).has(whom) => {
                // In its place among the lines, also for the person.
                self.announce(first, room, What::Notice(notice.into()), now);
                self.tell_person(whom, &told, out);
            }
            _ => self.tell_person(whom, &told, out),
        }
    }

    /// `/unban` and `/unmute`.
    pub(super) fn lift(
        &mut self,
        seat: Seat,
        kind: SanctionKind,
        domain: Domain,
        whom: &Whom,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        self.forget_what_is_over(now, out);
        let texts = self.order_texts();
        let own = self.clients[seat.0].person;
        let shown = match whom {
            Whom::Name(name) => name.to_string(),
            Whom::Network(network) => network.to_string(),
        };
        let key = nick::key_of(&shown);
        let account = key.as_ref().and_then(|key| self.accounts.named(key));
        let is_meant = |one: &Sanction| match (&one.subject, whom) {
            (Subject::Network(network), Whom::Network(wanted)) => network == wanted,
            (Subject::Person { account: of, .. }, Whom::Name(_)) => {
                account.is_some() && *of == account
                    || key.is_some() && nick::key_of(&one.name) == key
            }
            _ => false,
        };
        let is_wanted =
            |one: &Sanction| one.kind == kind && one.room == domain.room() && is_meant(one);
        let found: Vec<SanctionId> = self.moderation.all(is_wanted).map(|one| one.id).collect();
        if found.is_empty() {
            let template = match kind {
                SanctionKind::Ban => texts.not_banned,
                SanctionKind::Mute => texts.not_muted,
            };
            return Err(Refusal(fill(template, &[("name", &shown)])));
        }
        // Whoever imposed it outranks them.
        if own.account().is_some() && account == own.account() {
            return Err(Refusal(texts.oneself.to_owned()));
        }
        let deed = match kind {
            SanctionKind::Ban => Deed::Unban,
            SanctionKind::Mute => Deed::Unmute,
        };
        let entry = AuditEntry {
            whom: Some(shown.as_str().into()),
            room: self.shown_domain(domain),
            ..self.entry(seat, deed, now)
        };
        self.keep_order(Some(OrderChange::Lift(found.clone())), entry, out)?;
        self.moderation.lift(&found);
        let by = self.clients[seat.0].name.clone();
        if let (SanctionKind::Mute, Ok(person)) = (kind, self.whoever(&shown)) {
            self.tell_person(person, &fill(texts.you_are_unmuted, &[("by", &by)]), out);
        }
        let template = match kind {
            SanctionKind::Ban => texts.unbanned,
            SanctionKind::Mute => texts.unmuted,
        };
        Ok(Done::told(fill(template, &[("name", &shown)])))
    }

    fn sanction(
        &self,
        seat: Seat,
        name: &str,
        subject: Subject,
        wanted: &Wanted,
        now: Moment,
    ) -> Sanction {
        Sanction {
            id: self.moderation.next_id(),
            kind: wanted.kind,
            room: wanted.domain.room(),
            subject,
            name: name.into(),
            by: (&*self.clients[seat.0].name).into(),
            at: now.wall,
            until: wanted.time.map(|time| now.wall + time),
            reason: wanted.reason.as_ref().map(|reason| reason.as_str().into()),
        }
    }

    /// What holds of the same already: the later word counts.
    fn replaced(&self, by: &Sanction) -> Vec<SanctionId> {
        let is_same = |one: &Sanction| match (&one.subject, &by.subject) {
            (Subject::Network(one), Subject::Network(other)) => one == other,
            (Subject::Person { account, .. }, Subject::Person { account: other, .. }) => {
                account == other && (account.is_some() || one.name == by.name)
            }
            _ => false,
        };
        let is_replaced =
            |one: &Sanction| one.kind == by.kind && one.room == by.room && is_same(one);
        self.moderation.all(is_replaced).map(|one| one.id).collect()
    }

    /// Has it kept, and it holds from now on.
    fn put_down(
        &mut self,
        seat: Seat,
        sanction: Sanction,
        clients: SmallVec<[ClientId; 1]>,
        replaced: &[SanctionId],
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<(), Refusal> {
        let deed = match sanction.kind {
            SanctionKind::Ban => Deed::Ban,
            SanctionKind::Mute => Deed::Mute,
        };
        let room = sanction.room.and_then(|room| self.rooms.find(room));
        let entry = AuditEntry {
            whom: Some(sanction.name.clone()),
            room: room.map(|room| (&**room.name()).into()),
            until: sanction.until,
            reason: sanction.reason.clone(),
            ..self.entry(seat, deed, now)
        };
        self.keep_order(Some(OrderChange::Impose(sanction.clone())), entry, out)?;
        self.lift_silently(replaced, out);
        self.moderation.impose(sanction, clients, now.instant);
        Ok(())
    }

    /// What is over is not kept any more.
    pub(super) fn forget_what_is_over(&mut self, now: Moment, out: &mut dyn Outbox) {
        let over = self.moderation.over(now.wall);
        self.lift_silently(&over, out);
    }

    fn lift_silently(&mut self, ids: &[SanctionId], out: &mut dyn Outbox) {
        if ids.is_empty() {
            return;
        }
        self.moderation.lift(ids);
        let change = Some(OrderChange::Lift(ids.to_vec()));
        // If there is no room for that, it is found again at the next start, and is over then, too.
        let _ = out.submit(Job::KeepOrder { change, entry: None });
    }

    /// Ends all connections of somebody.
    fn dismiss_person(
        &mut self,
        whom: PersonId,
        told: &str,
        reason: CloseReason,
        notice: &str,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        for seat in self.seats_of(whom) {
            self.dismiss(seat, told, reason, What::Notice(notice.into()), now, out);
        }
    }

    /// Ends a connection, with last words for it and others for who is in its rooms.
    pub(super) fn dismiss(
        &mut self,
        seat: Seat,
        told: &str,
        reason: CloseReason,
        parting: What,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        self.close_batches_of(seat, out);
        let last_words = self.presentation(seat).notice(told);
        out.deliver(seat, Delivery::Dismissed { last_words, reason });
        self.depart(self.clients[seat.0].id, &parting, now, out);
    }

    /// Takes somebody out of a room.
    pub(super) fn remove_from_room(
        &mut self,
        whom: PersonId,
        room: RoomId,
        told: &str,
        notice: &str,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        for seat in self.seats_of(whom) {
            if !self.clients[seat.0].rooms.contains(&room) {
                continue;
            }
            let parting = What::Notice(notice.into());
            let where_now = self.go_from_room(seat, room, &parting, now, out);
            self.tell_lines(seat, &[told, &where_now], out);
        }
    }

    /// Until when a sanction holds, why and by whom, in one of the texts about that.
    pub(super) fn term_of(
        &self,
        seat: Seat,
        sanction: &Sanction,
        template: &str,
        now: Moment,
    ) -> String {
        let until = self.until(seat, sanction.until, now);
        let because = self.because(sanction.reason.as_deref());
        let room = sanction.room.and_then(|room| self.rooms.find(room));
        let room: &str = room.map_or("", |room| room.name());
        let values: [(&str, &dyn Display); 5] = [
            ("name", &sanction.name),
            ("by", &sanction.by),
            ("until", &until),
            ("because", &because),
            ("room", &room),
        ];
        fill(template, &values)
    }

    /// When something ends, in words.
    pub(super) fn until(
        &self,
        seat: Seat,
        until: Option<std::time::SystemTime>,
        now: Moment,
    ) -> String {
        let texts = self.order_texts();
        match until {
            Some(until) => {
                let time = zone::time_of_day_or_date(until, now.wall, &self.zone(seat));
                fill(texts.until, &[("time", &time)])
            }
            None => texts.without_end.to_owned(),
        }
    }

    /// Why something was done, to stand behind it.
    pub(super) fn because(&self, reason: Option<&str>) -> String {
        reason.map_or_else(String::new, |reason| {
            fill(self.order_texts().because, &[("reason", &reason)])
        })
    }

    /// The room of a domain, as it is called.
    pub(super) fn shown_domain(&self, domain: Domain) -> Option<Box<str>> {
        let room = domain.room().and_then(|room| self.rooms.find(room));
        room.map(|room| (&**room.name()).into())
    }
}
