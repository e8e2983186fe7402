//! Pages of past lines, formatted for one client.
//!
//! [`super::history`] handles the requests, and [`crate::chat::actions::unread`] chooses what a
//! client that joins is shown.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::SystemTime;

use crate::base::clock::Moment;
use crate::base::zone;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::views::{Heading, HistoryView};
use crate::lang::fill;
use crate::model::delivery::Delivery;
use crate::model::event::ClientIndex;
use crate::model::history::{Finds, HistoryResult, Span};
use crate::model::id::{PersonId, RoomId};
use crate::model::presentation::Presentation;
use crate::model::records::{Found, HistoryPage, StoredLine};
use crate::text::words::Query;
use crate::wire::plain::render::PastLine;

impl Chat {
    /// Shows the answer to a request, and remembers where the next page begins.
    pub(in crate::chat) fn show(
        &mut self,
        index: ClientIndex,
        view: HistoryView,
        content: HistoryResult,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let (bytes, next) = match (view, content) {
            (HistoryView::Span { span, heading }, HistoryResult::Page(page)) => {
                self.show_page(index, span, heading, page, now)
            }
            (HistoryView::Search { rooms, query, heading }, HistoryResult::Finds(finds)) => {
                self.show_finds(index, rooms, query, heading, finds, now)
            }
            (HistoryView::Search { .. }, HistoryResult::TooMuch) => {
                let text = self.answers().search_is_too_much;
                (self.presentation(index).notice(text).into_vec(), None)
            }
            // `/more` tries again from here.
            (view, _) => {
                let text = self.answers().history_failed;
                (self.presentation(index).notice(text).into_vec(), Some(view))
            }
        };
        self.tell_bytes(index, bytes, out);
        self.clients[index.0].views().next = next;
    }

    /// Formats a page of one room; also returns the view of the next page.
    fn show_page(
        &mut self,
        index: ClientIndex,
        span: Span,
        heading: Option<Heading>,
        page: HistoryPage,
        now: Moment,
    ) -> (Vec<u8>, Option<HistoryView>) {
        let answers = self.answers();
        let Some(room) = self.readable(index, span.room) else {
            return (self.presentation(index).notice(answers.room_is_left).into_vec(), None);
        };
        if page.lines.is_empty() && page.gaps.is_empty() {
            let text = fill(answers.history_is_empty, &[("room", &room)]);
            return (self.presentation(index).notice(&text).into_vec(), None);
        }
        let mut sheet = self.sheet(index, now);
        let first = page.lines.first().map_or(*span.seqs.end(), |line| line.seq);
        let first = page.gaps.first().map_or(first, |gap| first.min(*gap.start()));
        match &heading {
            Some(Heading::Words(words)) => sheet.notice(words),
            Some(Heading::LastLines) => {
                sheet.notice(&self.heading_of_last(*span.seqs.end() + 1 - first, &room));
            }
            None => {}
        }
        if heading.is_some() && first > *span.seqs.start() && span.not_before.is_none() {
            sheet.notice(answers.older_is_gone);
        }
        let mut gaps = page.gaps.iter().peekable();
        for line in &page.lines {
            while let Some(gap) = gaps.next_if(|gap| *gap.end() < line.seq) {
                sheet.notice(&self.missing(gap));
            }
            if !self.is_ignored(index, line) {
                sheet.line(line, None);
            }
        }
        for gap in gaps {
            sheet.notice(&self.missing(gap));
        }
        if sheet.lines == 0 && page.gaps.is_empty() {
            sheet.notice(&fill(answers.history_is_empty, &[("room", &room)]));
        }
        let last = page.lines.last().map_or(*span.seqs.end(), |line| line.seq);
        let next = page.has_more.then(|| {
            let seqs = last + 1..=*span.seqs.end();
            HistoryView::Span { span: Span { seqs, ..span }, heading: None }
        });
        if next.is_some() {
            sheet.notice(answers.more_follows);
        }
        (sheet.bytes, next)
    }

    fn missing(&self, gap: &RangeInclusive<u64>) -> String {
        let answers = self.answers();
        match gap.end() + 1 - gap.start() {
            1 => answers.one_line_lost.to_owned(),
            count => fill(answers.lines_lost, &[("count", &count)]),
        }
    }

    /// Formats search results; also returns the view of the earlier ones.
    fn show_finds(
        &mut self,
        index: ClientIndex,
        rooms: Vec<(RoomId, RangeInclusive<u64>)>,
        query: Query,
        heading: Option<String>,
        finds: Finds,
        now: Moment,
    ) -> (Vec<u8>, Option<HistoryView>) {
        let answers = self.answers();
        let current = self.clients[index.0].rooms.last().copied();
        let mut sheet = self.sheet(index, now);
        let mut earlier = rooms;
        for Found { room, line } in &finds.found {
            for (_, seqs) in earlier.iter_mut().filter(|(other, _)| other == room) {
                *seqs = *seqs.start()..=(*seqs.end()).min(line.seq - 1);
            }
            let Some(name) = self.readable(index, *room) else { continue };
            if !self.is_ignored(index, line) {
                if sheet.lines == 0
                    && let Some(heading) = &heading
                {
                    sheet.notice(heading);
                }
                sheet.line(line, (current != Some(*room)).then_some(&*name));
            }
        }
        if sheet.lines == 0 {
            let is_first = heading.is_some();
            sheet.notice(if is_first { answers.found_nothing } else { answers.nothing_more });
        }
        let next =
            finds.has_more.then_some(HistoryView::Search { rooms: earlier, query, heading: None });
        if next.is_some() {
            sheet.notice(answers.earlier_ones);
        }
        (sheet.bytes, next)
    }

    /// The name of a room, if the client may read there.
    fn readable(&self, index: ClientIndex, room: RoomId) -> Option<Arc<str>> {
        let is_in = self.clients[index.0].rooms.contains(&room);
        self.rooms.find(room).filter(|_| is_in).map(|room| room.name().clone())
    }

    /// Whether the author of the line is ignored. The same guest id from an earlier run of the
    /// server means a different client.
    fn is_ignored(&self, index: ClientIndex, line: &StoredLine) -> bool {
        let is_known = match line.author {
            PersonId::Registered(_) => true,
            PersonId::Guest(_) => line.id.origin == self.options.seed,
        };
        is_known && self.is_ignored_by(line.author, self.clients[index.0].person)
    }

    /// Whether a line has expired and is merely not removed yet.
    pub(in crate::chat) fn is_too_old(&self, line: &StoredLine, now: Moment) -> bool {
        let age = now.wall.duration_since(line.at).unwrap_or_default();
        self.options.history_age.is_some_and(|most| age > most)
    }

    /// The last lines of a room, formatted for a client that joins it.
    pub(in crate::chat) fn replay(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        now: Moment,
    ) -> Vec<u8> {
        let lines_max = self.replay_lines(index);
        let mut lines = self.rooms.at(room).recent(lines_max);
        lines.retain(|line| !self.is_too_old(line, now) && !self.is_ignored(index, line));
        if lines.is_empty() {
            return Vec::new();
        }
        let name = self.rooms.at(room).name().clone();
        let mut sheet = self.sheet(index, now);
        sheet.notice(&self.heading_of_last(lines.len() as u64, &name));
        for line in &lines {
            sheet.line(line, None);
        }
        sheet.bytes
    }

    fn sheet(&self, index: ClientIndex, now: Moment) -> Sheet {
        Sheet {
            presentation: self.presentation(index),
            separator: self.catalogue().said_separator,
            zone: self.zone(index),
            now: now.wall,
            bytes: Vec::new(),
            lines: 0,
        }
    }

    /// Like [`Chat::tell`], for bytes that are formatted already.
    pub(in crate::chat) fn tell_bytes(
        &mut self,
        index: ClientIndex,
        bytes: Vec<u8>,
        out: &mut dyn Outbox,
    ) {
        if !bytes.is_empty() {
            self.close_batches_of(index, out);
            out.deliver(index, Delivery::Answer(bytes.into()));
        }
    }
}

/// Past lines being formatted for one client.
struct Sheet {
    presentation: Presentation,
    separator: &'static str,
    zone: zone::Zone,
    now: SystemTime,
    bytes: Vec<u8>,
    /// Number of lines, not counting notices.
    lines: usize,
}

impl Sheet {
    fn notice(&mut self, text: &str) {
        self.bytes.extend_from_slice(&self.presentation.notice(text));
    }

    /// Adds a past line, with the name of its room unless that is the current one.
    fn line(&mut self, line: &StoredLine, room: Option<&str>) {
        self.lines += 1;
        let time = zone::time_of_day_or_date(line.at, self.now, &self.zone);
        let line = PastLine {
            time: &time,
            room,
            name: &line.name,
            manner: line.manner,
            text: line.text.as_str(),
        };
        self.presentation.append_past(&mut self.bytes, self.separator, &line);
    }
}
