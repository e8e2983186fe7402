//! Frames: the events of a batch, rendered once for each presentation in use.
//!
//! The chat says who is given which events. This module renders them, in the broadcaster's thread
//! and from the closed batch, and maps each range of events to the lines of a frame.

use std::ops::Range;
use std::sync::Arc;

use crate::chat::outbox::Recipients;
use crate::model::{Batch, ClientIndex, Delivery, Frame, FrameBuilder, Presentation, Wire};
use crate::wire::json;
use crate::wire::json::render::Concern;
use crate::wire::text::layout::Layout;
use crate::wire::text::render;

/// A batch that is being handed out.
pub struct Frames<'a, D> {
    batch: &'a Batch<'a>,
    layout: Layout<'a>,
    /// The frames rendered so far. They are few, since most members share a presentation.
    frames: Vec<(Presentation, Arc<Frame>)>,
    /// The index of the frame delivered last.
    last: usize,
    deliver: D,
}

impl<'a, D: FnMut(ClientIndex, Delivery)> Frames<'a, D> {
    /// Nothing is rendered yet. More than `run_max` consecutive arrivals or departures are combined
    /// into one line. `deliver` sends lines to a member.
    pub fn of(batch: &'a Batch<'a>, run_max: usize, deliver: D) -> Self {
        let layout = Layout::of(batch.lines, run_max);
        Self { batch, layout, frames: Vec::new(), last: 0, deliver }
    }

    /// Delivers these lines of the batch.
    #[inline(always)]
    fn deliver_lines(&mut self, to: ClientIndex, presentation: &Presentation, lines: Range<u32>) {
        if lines.is_empty() {
            return;
        }
        if self.frames.get(self.last).is_none_or(|(rendered, _)| rendered != presentation) {
            self.last = self.find_or_render(presentation);
        }
        let frame = self.frames[self.last].1.clone();
        (self.deliver)(to, Delivery::Lines { room: self.batch.room, frame, lines });
    }

    #[cold]
    fn find_or_render(&mut self, presentation: &Presentation) -> usize {
        let found = self.frames.iter().position(|(rendered, _)| rendered == presentation);
        found.unwrap_or_else(|| {
            let count = self.batch.lines.len();
            let mut frame = self.builder(presentation, self.batch.charge_bytes, count);
            match presentation.wire {
                Wire::Plain => {
                    for number in 0..self.layout.len() as u32 {
                        let line = self.layout.line(number);
                        render::render(&mut frame, *presentation, self.batch.name, &line);
                    }
                }
                Wire::Json => {
                    let concern = Concern { mention: false, rings: presentation.bell };
                    for line in self.batch.lines {
                        json::render::render(&mut frame, self.batch.name, line, concern);
                    }
                }
            }
            self.frames.push((*presentation, Arc::new(frame.freeze())));
            self.frames.len() - 1
        })
    }

    /// Delivers an event that mentions the member.
    #[cold]
    fn give_mention(
        &mut self,
        to: ClientIndex,
        presentation: &Presentation,
        event: u32,
        rings: bool,
    ) {
        let room = self.batch.name;
        match presentation.wire {
            Wire::Plain => {
                let line = self.layout.line(self.layout.boundary(event));
                self.deliver_alone(to, presentation, |frame| {
                    render::render_mention(frame, *presentation, room, &line, rings);
                });
            }
            Wire::Json => {
                let line = &self.batch.lines[event as usize];
                self.deliver_alone(to, presentation, |frame| {
                    json::render::render(frame, room, line, Concern { mention: true, rings });
                });
            }
        }
    }

    /// Delivers a line that no other member is given in this form.
    fn deliver_alone(
        &mut self,
        to: ClientIndex,
        presentation: &Presentation,
        render: impl FnOnce(&mut FrameBuilder),
    ) {
        let mut frame = self.builder(presentation, 0, 1);
        render(&mut frame);
        let frame = Arc::new(frame.freeze());
        (self.deliver)(to, Delivery::Lines { room: self.batch.room, frame, lines: 0..1 });
    }

    fn builder(&self, presentation: &Presentation, bytes: usize, lines: usize) -> FrameBuilder {
        let mut frame = FrameBuilder::with_capacity(bytes, lines);
        // In JSON each line has the name of its room.
        if presentation.tag || presentation.wire == Wire::Json {
            frame.set_tag(self.batch.name);
        }
        frame
    }

    /// The lines that these events are.
    #[inline]
    fn lines_of(&self, presentation: &Presentation, events: Range<u32>) -> Range<u32> {
        match presentation.wire {
            Wire::Plain => self.layout.boundary(events.start)..self.layout.boundary(events.end),
            Wire::Json => events,
        }
    }
}

impl<D: FnMut(ClientIndex, Delivery)> Recipients for Frames<'_, D> {
    #[inline]
    fn give(
        &mut self,
        to: ClientIndex,
        presentation: &Presentation,
        events: Range<u32>,
        mention: Option<bool>,
    ) {
        match mention {
            None => {
                let lines = self.lines_of(presentation, events);
                self.deliver_lines(to, presentation, lines);
            }
            Some(rings) => self.give_mention(to, presentation, events.start, rings),
        }
    }

    #[cold]
    fn give_without(
        &mut self,
        own: u32,
        to: ClientIndex,
        presentation: &Presentation,
        events: Range<u32>,
    ) {
        let lines = self.lines_of(presentation, events);
        let line = match presentation.wire {
            Wire::Plain => self.layout.line_of(own),
            Wire::Json => own,
        };
        if !lines.contains(&line) {
            return self.deliver_lines(to, presentation, lines);
        }
        self.deliver_lines(to, presentation, lines.start..line);
        if presentation.wire == Wire::Plain
            && let Some(rest) = self.layout.without(own)
        {
            let room = self.batch.name;
            self.deliver_alone(to, presentation, |frame| {
                render::render(frame, *presentation, room, &rest);
            });
        }
        self.deliver_lines(to, presentation, line + 1..lines.end);
    }
}
