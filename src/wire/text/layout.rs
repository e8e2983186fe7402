//! Which lines of text a batch of events becomes: one for each event, except that long runs of
//! arrivals or departures are combined into one.

use super::render::Rendered;
use crate::model::event::{Event, OrderedLine};

/// The lines of a batch.
pub struct Layout<'a> {
    events: &'a [OrderedLine],
    lines: Vec<Rendered<'a>>,
    /// For each event of the batch and for its end, the number of lines before it. For a member
    /// that joins inside a combined run, its lines begin after the combined line; for one that
    /// leaves inside, they end before it.
    boundaries: Vec<u32>,
}

impl<'a> Layout<'a> {
    /// Lays out the events. At most `run_max` consecutive arrivals or departures are shown one by
    /// one.
    pub fn of(events: &'a [OrderedLine], run_max: usize) -> Self {
        let mut layout = Self {
            events,
            lines: Vec::with_capacity(events.len()),
            boundaries: Vec::with_capacity(events.len() + 1),
        };
        let mut rest = events;
        while let Some(first) = rest.first() {
            let event = &first.proposal.event;
            let run = match event {
                Event::Joined | Event::Left { text: None } => {
                    rest.iter().take_while(|line| line.proposal.event == *event).count()
                }
                _ => 1,
            };
            let told_as_one = if run > run_max { run } else { 1 };
            let before = layout.lines.len() as u32;
            layout.boundaries.push(before);
            let inside = if *event == Event::Joined { before + 1 } else { before };
            layout.boundaries.extend(std::iter::repeat_n(inside, told_as_one - 1));
            let author = &first.proposal.from;
            layout.lines.push(Rendered {
                from: author.client,
                name: &author.name,
                others: (told_as_one - 1) as u64,
                at: first.proposal.at,
                event,
            });
            rest = &rest[told_as_one..];
        }
        layout.boundaries.push(layout.lines.len() as u32);
        layout
    }

    /// The lines.
    pub fn lines(&self) -> &[Rendered<'a>] {
        &self.lines
    }

    /// The number of lines before this event of the batch, or before its end.
    #[inline]
    pub fn boundary(&self, event: u32) -> u32 {
        self.boundaries[event as usize]
    }

    /// The line that has this event, an arrival.
    pub fn line_of(&self, event: u32) -> u32 {
        self.boundaries[event as usize + 1] - 1
    }

    /// What is left of the line without this arrival: nothing, unless others are combined with it.
    pub fn without(&self, arrival: u32) -> Option<Rendered<'a>> {
        let line = self.line_of(arrival);
        let rendered = &self.lines[line as usize];
        let others = rendered.others.checked_sub(1)?;
        let is_first = self.boundary(arrival) == line;
        let next = arrival as usize + 1;
        let name = if is_first { &*self.events[next].proposal.from.name } else { rendered.name };
        Some(Rendered { name, others, ..*rendered })
    }
}
