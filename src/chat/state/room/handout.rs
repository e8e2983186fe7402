//! Handing out a batch: which member is given which events.
//!
//! The events are rendered outside the chat, which is not called back for that.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Leaver, LineFilter, Member, Room};
use crate::chat::outbox::{Outbox, Recipients};
use crate::model::{Batch, Event, OrderedLine, PersonId, Presentation};

/// Hands out the room's open batch of `charge_bytes`.
pub(super) fn hand_out(room: &mut Room, charge_bytes: usize, out: &mut dyn Outbox) {
    let mentioned = std::mem::take(&mut room.mentioned);
    let lines = &room.open;
    let has_seen = lines.iter().any(|line| line.proposal.seen_by.is_some());
    let mut handout = HandOut { lines, mentioned, has_seen };
    let batch = Batch { room: room.id, name: &room.name, lines, charge_bytes };
    let (leavers, members) = (&room.leavers, &mut room.members);
    out.hand_out(&batch, &mut |to| {
        // Before the members: a client that left may have joined again, and has to get the earlier
        // events first.
        for Leaver { member, leaves_at } in leavers {
            handout.give(member, member.own_arrival, member.enters_at..*leaves_at as u32, to);
        }
        let end = lines.len() as u32;
        for member in members.iter_mut() {
            let first = std::mem::take(&mut member.enters_at);
            let own_arrival = std::mem::take(&mut member.own_arrival);
            handout.give(member, own_arrival, first..end, to);
        }
    });
}

/// A batch being handed out.
struct HandOut<'a> {
    lines: &'a [OrderedLine],
    /// The events that each person is mentioned in, in order.
    mentioned: FxHashMap<PersonId, Vec<u32>>,
    /// Whether some members see any of the events in another room.
    has_seen: bool,
}

/// How an event is shown to a member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Hidden,
    Ordinary,
    /// The member's own line, for which its bell does not ring.
    Silent,
    /// The line mentions the member.
    Mention,
}

impl HandOut<'_> {
    /// Gives these events to a member. `own_arrival` is the position, from 1, of the event that
    /// announces the member itself, which it is not given; 0 if there is none.
    #[inline(always)]
    fn give(
        &mut self,
        member: &Member,
        own_arrival: u32,
        events: Range<u32>,
        to: &mut dyn Recipients,
    ) {
        if events.is_empty() {
            return;
        }
        let presentation = &member.view.presentation;
        match &member.view.filter {
            None if own_arrival == 0 && !presentation.bell && !self.has_seen => {
                to.give(member.index, presentation, events, None);
            }
            filter => self.give_filtered(member, own_arrival, filter.as_deref(), events, to),
        }
    }

    /// Gives runs of events that are shown in the same way.
    #[inline(never)]
    fn give_filtered(
        &mut self,
        member: &Member,
        own_arrival: u32,
        filter: Option<&LineFilter>,
        events: Range<u32>,
        to: &mut dyn Recipients,
    ) {
        let (index, presentation) = (member.index, &member.view.presentation);
        let watches = filter.is_some_and(|filter| filter.notices_mentions);
        let mentions = watches.then(|| self.mentioned.remove(&member.person)).flatten();
        let visibility = |event| self.visibility(member, filter, mentions.as_deref(), event);
        let mut next = events.start;
        while next < events.end {
            let first = visibility(next);
            let mut end = next + 1;
            // Each mention is given on its own.
            while end < events.end && first != Visibility::Mention && visibility(end) == first {
                end += 1;
            }
            let own = own_arrival.checked_sub(1).filter(|own| (next..end).contains(own));
            match (first, own) {
                (Visibility::Hidden, _) => {}
                (_, Some(own)) => to.give_without(own, index, presentation, next..end),
                (Visibility::Ordinary, _) => to.give(index, presentation, next..end, None),
                (Visibility::Silent, _) => {
                    let silent = Presentation { bell: false, ..*presentation };
                    to.give(index, &silent, next..end, None);
                }
                (Visibility::Mention, _) => {
                    let rings = filter.is_some_and(|filter| filter.mentions_ring);
                    to.give(index, presentation, next..end, Some(rings));
                }
            }
            next = end;
        }
        // For the person's other clients.
        if let Some(mentions) = mentions {
            self.mentioned.insert(member.person, mentions);
        }
    }

    /// How an event is shown to a member that is mentioned in these events.
    fn visibility(
        &self,
        member: &Member,
        filter: Option<&LineFilter>,
        mentions: Option<&[u32]>,
        at: u32,
    ) -> Visibility {
        let proposal = &self.lines[at as usize].proposal;
        let author = proposal.from.person;
        let is_ignored = || filter.is_some_and(|filter| filter.ignored.contains(&author));
        let is_quiet = || filter.is_some_and(|filter| filter.quiet);
        let is_hidden = match &proposal.event {
            Event::Joined | Event::Left | Event::Quit { text: None } => is_quiet(),
            Event::Quit { text: Some(_) } => is_ignored() || is_quiet(),
            Event::Said { .. } | Event::Acted { .. } | Event::Renamed { .. } => is_ignored(),
            Event::Topic { .. }
            | Event::Removed { .. }
            | Event::Sanctioned { .. }
            | Event::Owner
            | Event::Setting(_)
            | Event::Deleted { .. } => false,
        };
        let has_seen = |seen: &Arc<FxHashSet<_>>| seen.contains(&member.index);
        if is_hidden || proposal.seen_by.as_ref().is_some_and(has_seen) {
            return Visibility::Hidden;
        }
        if !proposal.event.is_said() {
            return Visibility::Ordinary;
        }
        if author == member.person {
            let rings = member.view.presentation.bell;
            return if rings { Visibility::Silent } else { Visibility::Ordinary };
        }
        let is_mention = mentions.is_some_and(|events| events.binary_search(&at).is_ok());
        if is_mention { Visibility::Mention } else { Visibility::Ordinary }
    }
}
