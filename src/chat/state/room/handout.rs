//! Handing out a batch: which lines are shown, and which member gets which of them.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Deliver, FindMentions, Leaver, LineFilter, Member, Room, RoomStyle};
use crate::model::event::{Event, OrderedLine};
use crate::model::frame::{Frame, FrameBuilder};
use crate::model::id::PersonId;
use crate::model::presentation::Presentation;
use crate::wire::plain::render::{self, Context, Rendered};

/// Renders the room's open batch of `charge_bytes`, and delivers its lines to the members.
pub(super) fn hand_out(
    room: &mut Room,
    style: &RoomStyle,
    mentions: FindMentions<'_>,
    charge_bytes: usize,
    deliver: Deliver<'_>,
) {
    let layout = BatchLayout::of(&room.open, style.notice_run_max);
    let context = Context { catalogue: style.catalogue, room: &room.name };
    let watches = |leaver: &Leaver| leaver.member.view.watches();
    let is_watched = room.watchers > 0 || room.leavers.iter().any(watches);
    let mentioned = if is_watched { layout.mentioned(mentions) } else { FxHashMap::default() };
    let mut batch = Batch { layout, context, charge_bytes, mentioned, frames: Vec::new(), last: 0 };
    let end = batch.layout.shown.len() as u32;
    // Before the members: a client that left may have joined again, and has to get the earlier
    // lines first.
    for Leaver { member, leaves_at } in &room.leavers {
        let boundaries = &batch.layout.boundaries;
        let lines = boundaries[member.enters_at as usize]..boundaries[*leaves_at];
        batch.give(member, member.own_arrival as usize, lines, deliver);
    }
    for member in &mut room.members {
        let first = match std::mem::take(&mut member.enters_at) as usize {
            0 => 0,
            enters_at => batch.layout.boundaries[enters_at],
        };
        let own_arrival = std::mem::take(&mut member.own_arrival) as usize;
        batch.give(member, own_arrival, first..end, deliver);
    }
}

/// A batch being handed out.
struct Batch<'a> {
    layout: BatchLayout<'a>,
    context: Context<'a>,
    charge_bytes: usize,
    /// The lines that each person is mentioned in, in order.
    mentioned: FxHashMap<PersonId, Vec<u32>>,
    /// The frames rendered so far. They are few, since most members share a presentation.
    frames: Vec<(Presentation, Arc<Frame>)>,
    /// The index of the frame delivered last.
    last: usize,
}

/// How a line is shown to a member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Hidden,
    Ordinary,
    /// The member's own line, for which its bell does not ring.
    Silent,
    /// The line mentions the member.
    Mention,
}

impl Batch<'_> {
    /// Delivers these lines to a member, except for the one that announces the member itself.
    #[inline]
    fn give(
        &mut self,
        member: &Member,
        own_arrival: usize,
        lines: Range<u32>,
        deliver: Deliver<'_>,
    ) {
        match own_arrival {
            0 => self.give_lines(member, lines, deliver),
            _ => self.give_around_arrival(member, own_arrival, lines, deliver),
        }
    }

    #[cold]
    fn give_around_arrival(
        &mut self,
        member: &Member,
        own_arrival: usize,
        lines: Range<u32>,
        deliver: Deliver<'_>,
    ) {
        let own = self.layout.boundaries[own_arrival] - 1;
        if !lines.contains(&own) {
            return self.give_lines(member, lines, deliver);
        }
        self.give_lines(member, lines.start..own, deliver);
        let is_quiet = member.view.filter.as_ref().is_some_and(|filter| filter.quiet);
        if !is_quiet && let Some(rendered) = self.layout.arrivals_without(own_arrival, own) {
            let presentation = member.view.presentation;
            deliver(member.index, &self.alone(presentation, &rendered), 0..1);
        }
        self.give_lines(member, own + 1..lines.end, deliver);
    }

    #[inline]
    fn give_lines(&mut self, member: &Member, lines: Range<u32>, deliver: Deliver<'_>) {
        if lines.is_empty() {
            return;
        }
        let presentation = member.view.presentation;
        match &member.view.filter {
            None if !presentation.bell && !self.layout.has_told => {
                deliver(member.index, self.frame(presentation), lines);
            }
            filter => self.give_filtered(member, filter.as_deref(), lines, deliver),
        }
    }

    /// Delivers runs of lines that are shown in the same way.
    fn give_filtered(
        &mut self,
        member: &Member,
        filter: Option<&LineFilter>,
        lines: Range<u32>,
        deliver: Deliver<'_>,
    ) {
        let presentation = member.view.presentation;
        let watches = filter.is_some_and(|filter| filter.notices_mentions);
        let mentions = watches.then(|| self.mentioned.remove(&member.person)).flatten();
        let visibility = |batch: &Self, line| {
            batch.layout.shown[line as usize].visibility(member, filter, &mentions, line)
        };
        let mut next = lines.start;
        while next < lines.end {
            let first = visibility(self, next);
            let mut end = next + 1;
            // Each mention is rendered on its own.
            while end < lines.end && first != Visibility::Mention && visibility(self, end) == first
            {
                end += 1;
            }
            match first {
                Visibility::Hidden => {}
                Visibility::Ordinary => deliver(member.index, self.frame(presentation), next..end),
                Visibility::Silent => {
                    let silent = Presentation { bell: false, ..presentation };
                    deliver(member.index, self.frame(silent), next..end);
                }
                Visibility::Mention => {
                    let rings = filter.is_some_and(|filter| filter.mentions_ring);
                    deliver(member.index, &self.mention(presentation, next, rings), 0..1);
                }
            }
            next = end;
        }
        // For the person's other clients.
        if let Some(mentions) = mentions {
            self.mentioned.insert(member.person, mentions);
        }
    }

    /// The whole batch, rendered once for all members with this presentation.
    #[inline]
    fn frame(&mut self, presentation: Presentation) -> &Arc<Frame> {
        if self.frames.get(self.last).is_none_or(|(rendered, _)| *rendered != presentation) {
            self.last = self.find_or_render(presentation);
        }
        &self.frames[self.last].1
    }

    #[cold]
    fn find_or_render(&mut self, presentation: Presentation) -> usize {
        let found = self.frames.iter().position(|(rendered, _)| *rendered == presentation);
        found.unwrap_or_else(|| {
            let lines = self.layout.shown.len();
            let mut frame = FrameBuilder::with_capacity(self.charge_bytes, lines);
            if presentation.tag {
                frame.set_tag(self.context.room);
            }
            for line in &self.layout.shown {
                render::render(&mut frame, presentation, self.context, &line.rendered);
            }
            self.frames.push((presentation, Arc::new(frame.freeze())));
            self.frames.len() - 1
        })
    }

    /// A single line for one member only.
    fn alone(&self, presentation: Presentation, line: &Rendered<'_>) -> Arc<Frame> {
        let mut frame = FrameBuilder::default();
        if presentation.tag {
            frame.set_tag(self.context.room);
        }
        render::render(&mut frame, presentation, self.context, line);
        Arc::new(frame.freeze())
    }

    /// A single line for a member that it mentions.
    fn mention(&self, presentation: Presentation, line: u32, rings: bool) -> Arc<Frame> {
        let mut frame = FrameBuilder::default();
        if presentation.tag {
            frame.set_tag(self.context.room);
        }
        let line = &self.layout.shown[line as usize].rendered;
        render::render_mention(&mut frame, presentation, self.context, line, rings);
        Arc::new(frame.freeze())
    }
}

struct ShownLine<'a> {
    author: PersonId,
    rendered: Rendered<'a>,
}

impl ShownLine<'_> {
    /// How the line is shown to a member that is mentioned in these lines.
    fn visibility(
        &self,
        member: &Member,
        filter: Option<&LineFilter>,
        mentions: &Option<Vec<u32>>,
        line: u32,
    ) -> Visibility {
        let event = self.rendered.event;
        let is_ignored = || filter.is_some_and(|filter| filter.ignored.contains(&self.author));
        let is_hidden = match event {
            Event::Joined | Event::Left => filter.is_some_and(|filter| filter.quiet),
            Event::Parted(_) => is_ignored() || filter.is_some_and(|filter| filter.quiet),
            Event::Said(_) | Event::Acted(_) => is_ignored(),
            Event::Renamed(renamed) => is_ignored() || renamed.told.contains(&member.index),
            Event::Notice(_) => false,
        };
        if is_hidden {
            return Visibility::Hidden;
        }
        if !event.is_said() {
            return Visibility::Ordinary;
        }
        if self.author == member.person {
            return if member.view.presentation.bell {
                Visibility::Silent
            } else {
                Visibility::Ordinary
            };
        }
        let is_mention = mentions.as_ref().is_some_and(|lines| lines.binary_search(&line).is_ok());
        if is_mention { Visibility::Mention } else { Visibility::Ordinary }
    }
}

/// The lines to show for a batch: one for each of its lines, except that long runs of arrivals or
/// departures are combined into one.
struct BatchLayout<'a> {
    lines: &'a [OrderedLine],
    shown: Vec<ShownLine<'a>>,
    /// Whether some members see any of the lines in another room.
    has_told: bool,
    /// For each line of the batch and for its end, the number of shown lines before it. For a
    /// member that joins inside a combined run, its lines begin after the combined line; for one
    /// that leaves inside, they end before it.
    boundaries: Vec<u32>,
}

impl<'a> BatchLayout<'a> {
    fn of(lines: &'a [OrderedLine], notice_run_max: usize) -> Self {
        let mut layout = Self {
            lines,
            shown: Vec::with_capacity(lines.len()),
            has_told: false,
            boundaries: Vec::with_capacity(lines.len() + 1),
        };
        let mut rest = lines;
        while let Some(first) = rest.first() {
            let event = &first.proposal.event;
            let run = match event {
                Event::Joined | Event::Left => {
                    rest.iter().take_while(|line| line.proposal.event == *event).count()
                }
                _ => 1,
            };
            let told_as_one = if run > notice_run_max { run } else { 1 };
            let before = layout.shown.len() as u32;
            layout.boundaries.push(before);
            let inside = if *event == Event::Joined { before + 1 } else { before };
            layout.boundaries.extend(std::iter::repeat_n(inside, told_as_one - 1));
            let author = &first.proposal.from;
            layout.has_told |= matches!(event, Event::Renamed(renamed) if !renamed.told.is_empty());
            let rendered = Rendered {
                from: author.client,
                name: &author.name,
                others: told_as_one - 1,
                at: first.proposal.at,
                event,
            };
            layout.shown.push(ShownLine { author: author.person, rendered });
            rest = &rest[told_as_one..];
        }
        layout.boundaries.push(layout.shown.len() as u32);
        layout
    }

    /// The replacement for the line that announces a member, for that member itself: nothing,
    /// unless other arrivals are combined with its own. Lines of the batch are counted from 1,
    /// shown lines from 0.
    fn arrivals_without(&self, own_arrival: usize, own: u32) -> Option<Rendered<'a>> {
        let rendered = &self.shown[own as usize].rendered;
        if *rendered.event != Event::Joined {
            return None;
        }
        let others = rendered.others.checked_sub(1)?;
        let is_first = self.boundaries[own_arrival - 1] == own;
        let name =
            if is_first { &*self.lines[own_arrival].proposal.from.name } else { rendered.name };
        Some(Rendered { name, others, ..*rendered })
    }

    /// The lines that each person is mentioned in.
    fn mentioned(&self, find: FindMentions<'_>) -> FxHashMap<PersonId, Vec<u32>> {
        let mut mentioned: FxHashMap<PersonId, Vec<u32>> = FxHashMap::default();
        for (line, shown) in (0..).zip(&self.shown) {
            if let Event::Said(text) | Event::Acted(text) = shown.rendered.event {
                find(text.as_str(), &mut |person| mentioned.entry(person).or_default().push(line));
            }
        }
        mentioned
    }
}
