//! Which lines of text a batch of events becomes: one for each event, except that long runs of
//! arrivals or departures are combined into one.

use super::render::Rendered;
use crate::model::{Event, OrderedLine};

/// The lines of a batch.
pub struct Layout<'a> {
    events: &'a [OrderedLine],
    /// What is combined; `None` if each event is a line.
    runs: Option<Runs<'a>>,
}

struct Runs<'a> {
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
        let mut rest = events;
        while let [first, ..] = rest {
            let run = run_of(rest, first);
            if run > run_max {
                return Self { events, runs: Some(Runs::of(events, run_max)) };
            }
            rest = &rest[run..];
        }
        Self { events, runs: None }
    }

    /// The number of lines.
    pub fn len(&self) -> usize {
        self.runs.as_ref().map_or(self.events.len(), |runs| runs.lines.len())
    }

    /// Whether there are no lines.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The line with this number.
    pub fn line(&self, number: u32) -> Rendered<'a> {
        match &self.runs {
            None => rendered(&self.events[number as usize], 0),
            Some(runs) => runs.lines[number as usize],
        }
    }

    /// The number of lines before this event of the batch, or before its end.
    #[inline]
    pub fn boundary(&self, event: u32) -> u32 {
        match &self.runs {
            None => event,
            Some(runs) => runs.boundaries[event as usize],
        }
    }

    /// The line that has this event, an arrival.
    pub fn line_of(&self, event: u32) -> u32 {
        self.boundary(event + 1) - 1
    }

    /// What is left of the line without this arrival: nothing, unless others are combined with it.
    pub fn without(&self, arrival: u32) -> Option<Rendered<'a>> {
        let line = self.line_of(arrival);
        let rendered = self.line(line);
        let others = rendered.others.checked_sub(1)?;
        let is_first = self.boundary(arrival) == line;
        let next = arrival as usize + 1;
        let name = if is_first { &*self.events[next].proposal.from.name } else { rendered.name };
        Some(Rendered { name, others, ..rendered })
    }
}

impl<'a> Runs<'a> {
    fn of(events: &'a [OrderedLine], run_max: usize) -> Self {
        let mut runs = Self { lines: Vec::new(), boundaries: Vec::with_capacity(events.len() + 1) };
        let mut rest = events;
        while let [first, ..] = rest {
            let run = run_of(rest, first);
            let told_as_one = if run > run_max { run } else { 1 };
            let before = runs.lines.len() as u32;
            runs.boundaries.push(before);
            let inside = if first.proposal.event == Event::Joined { before + 1 } else { before };
            runs.boundaries.extend(std::iter::repeat_n(inside, told_as_one - 1));
            runs.lines.push(rendered(first, (told_as_one - 1) as u64));
            rest = &rest[told_as_one..];
        }
        runs.boundaries.push(runs.lines.len() as u32);
        runs
    }
}

/// How many arrivals, or departures without words, these events begin with; 1 for another event.
#[inline]
fn run_of(events: &[OrderedLine], first: &OrderedLine) -> usize {
    match &first.proposal.event {
        event @ (Event::Joined | Event::Left | Event::Quit { text: None }) => {
            events.iter().take_while(|line| line.proposal.event == *event).count()
        }
        _ => 1,
    }
}

fn rendered(line: &OrderedLine, others: u64) -> Rendered<'_> {
    let (proposal, from) = (&line.proposal, &line.proposal.from);
    let (name, at, event) = (&*from.name, proposal.at, &proposal.event);
    Rendered { from: from.client, name, others, at, event }
}
