//! What was said before, for who asks: `/history`, `/search`, and `/more` of either.
//!
//! Lines that are at hand are shown at once. Others are asked for, and shown when the answer comes;
//! who asks goes on talking meanwhile, and asks one thing at a time. Only rooms that a client is in can
//! be read by it.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::SystemTime;

use super::catch_up::Missed;
use super::commands::Done;
use super::{Client, Delivery, Hall, Outbox, Refusal};
use crate::archive::{Finds, Found, KeptLine, Page, Span};
use crate::clock::Moment;
use crate::command::HistoryPart;
use crate::history::{Answer, AnswerContent, Question, Wanted};
use crate::id::{PersonId, RoomId};
use crate::lang::fill;
use crate::limits;
use crate::period::Times;
use crate::presentation::{PastLine, Presentation};
use crate::room::Seat;
use crate::text::CleanText;
use crate::words::Query;
use crate::zone;

/// What a client looks at of the past.
#[derive(Debug, Default)]
pub(super) struct Views {
    /// What it has asked for and not been answered.
    asked: Option<View>,
    /// What `/more` shows.
    next: Option<View>,
    /// What its person has been told of and not looked at: by room.
    pub(super) missed: Vec<Missed>,
}

/// A part of the past, of which a page is shown at a time.
#[derive(Clone, Debug)]
enum View {
    /// Lines of one room, from the first on.
    Span {
        span: Span,
        /// What stands above the first page; nothing above the others.
        heading: Option<String>,
    },
    /// Lines that hold something, from the last on.
    Search { rooms: Vec<(RoomId, RangeInclusive<u64>)>, query: Query, is_first: bool },
}

impl Client {
    pub(super) fn views(&mut self) -> &mut Views {
        self.views.get_or_insert_default()
    }
}

impl Hall {
    /// `/history`.
    pub(super) fn history(
        &mut self,
        seat: Seat,
        room: Option<&str>,
        part: Option<HistoryPart>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let room = self.own_room(seat, room)?;
        let last = self.rooms.at(room).last_seq();
        let name = self.rooms.at(room).name().clone();
        let answers = self.answers();
        if last == 0 {
            return Err(Refusal(fill(answers.history_of_nothing, &[("room", &name)])));
        }
        let mut span = Span { room, seqs: 1..=last, not_before: None, before: None };
        let missed = self.take_missed(seat, room, part);
        let heading = match part {
            _ if let Some(missed) = missed => {
                span.seqs = missed.seqs;
                fill(answers.history_missed, &[("room", &name)])
            }
            Some(HistoryPart::Period(period)) => {
                let zone = self.zone(seat);
                let Times { from, until } = period.times(now.wall, &zone);
                (span.not_before, span.before) = (Some(from), until);
                let from = zone::date_and_time(from, &zone);
                let until = until.map(|until| zone::date_and_time(until, &zone));
                match until {
                    Some(until) => {
                        let values: [(&str, &dyn Display); 3] =
                            [("room", &name), ("from", &from), ("until", &until)];
                        fill(answers.history_between, &values)
                    }
                    None => fill(answers.history_since, &[("room", &name), ("from", &from)]),
                }
            }
            Some(HistoryPart::Lines(_)) | None => {
                let wanted = match part {
                    Some(HistoryPart::Lines(lines)) => lines.get(),
                    _ => limits::HISTORY_PAGE_LINES as u64,
                };
                let count = wanted.min(last);
                span.seqs = last + 1 - count..=last;
                self.heading_of_last(count, &name)
            }
        };
        self.look(seat, View::Span { span, heading: Some(heading) }, now, out)
    }

    /// What is asked for may be what somebody has been told that they missed.
    fn take_missed(
        &mut self,
        seat: Seat,
        room: RoomId,
        part: Option<HistoryPart>,
    ) -> Option<Missed> {
        let views = self.clients[seat.0].views.as_mut()?;
        let is_meant = |missed: &Missed| {
            missed.room == room
                && match part {
                    None => true,
                    Some(HistoryPart::Lines(lines)) => lines.get() == missed.count(),
                    Some(HistoryPart::Period(_)) => false,
                }
        };
        let at = views.missed.iter().position(is_meant)?;
        Some(views.missed.swap_remove(at))
    }

    fn heading_of_last(&self, count: u64, room: &str) -> String {
        let answers = self.answers();
        match count {
            1 => fill(answers.last_line, &[("room", &room)]),
            _ => fill(answers.last_lines, &[("count", &count), ("room", &room)]),
        }
    }

    /// `/search`.
    pub(super) fn search(
        &mut self,
        seat: Seat,
        room: Option<&str>,
        text: &CleanText,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let rooms = match room {
            Some(room) => vec![self.own_room(seat, Some(room))?],
            None => self.clients[seat.0].rooms.to_vec(),
        };
        let answers = self.answers();
        if rooms.is_empty() {
            return Err(Refusal(answers.in_no_room.to_owned()));
        }
        let Some(query) = Query::parse(text.as_str()) else {
            return Err(Refusal(fill(answers.nothing_to_search, &[("text", &text.as_str())])));
        };
        let rooms =
            rooms.into_iter().map(|room| (room, 1..=self.rooms.at(room).last_seq())).collect();
        self.look(seat, View::Search { rooms, query, is_first: true }, now, out)
    }

    /// `/more`.
    pub(super) fn more(
        &mut self,
        seat: Seat,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let next = self.clients[seat.0].views.as_mut().and_then(|views| views.next.take());
        match next {
            Some(view) => self.look(seat, view, now, out),
            None => Err(Refusal(self.answers().nothing_more.to_owned())),
        }
    }

    /// Shows a page, or asks for it.
    fn look(
        &mut self,
        seat: Seat,
        view: View,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let answers = self.answers();
        if self.clients[seat.0].views.as_ref().is_some_and(|views| views.asked.is_some()) {
            return Err(Refusal(answers.history_is_slow.to_owned()));
        }
        if let Some(content) = self.at_hand(&view) {
            self.show(seat, view, content, now, out);
            return Ok(Done::Told(Vec::new()));
        }
        let wanted = match &view {
            View::Span { span, .. } => Wanted::Page(span.clone()),
            View::Search { rooms, query, .. } => {
                Wanted::Search { rooms: rooms.clone(), query: query.clone() }
            }
        };
        // Lines are asked for after all that has been said, so that has to be on its way.
        self.close_batches_of(seat, out);
        let asker = self.clients[seat.0].id;
        let question = Question { asker, wanted, lines_max: limits::HISTORY_PAGE_LINES };
        out.ask(question).map_err(|_| Refusal(answers.history_failed.to_owned()))?;
        self.clients[seat.0].views().asked = Some(view);
        Ok(Done::Told(Vec::new()))
    }

    /// The page, if no disk is needed for it.
    fn at_hand(&self, view: &View) -> Option<AnswerContent> {
        let lines_max = limits::HISTORY_PAGE_LINES;
        match view {
            View::Span { span, .. } => {
                let room = self.rooms.find(span.room)?;
                let is_whole =
                    span.not_before.is_none() && room.recent_seqs().contains(span.seqs.start());
                if self.options.keeps_history && !is_whole {
                    return None;
                }
                let is_wanted = |line: &KeptLine| {
                    span.seqs.contains(&line.seq)
                        && span.not_before.is_none_or(|from| line.at >= from)
                        && span.before.is_none_or(|until| line.at < until)
                };
                let mut lines = room.recent(usize::MAX);
                lines.retain(is_wanted);
                let has_more = lines.len() > lines_max;
                lines.truncate(lines_max);
                Some(AnswerContent::Page(Page { lines, gaps: Vec::new(), has_more }))
            }
            View::Search { rooms, query, .. } if !self.options.keeps_history => {
                let mut found = Vec::new();
                for (id, seqs) in rooms {
                    let lines = self.rooms.find(*id)?.recent(usize::MAX).into_iter();
                    let holds = |line: &KeptLine| {
                        seqs.contains(&line.seq) && query.is_in(line.text.as_str())
                    };
                    found.extend(lines.filter(holds).map(|line| Found { room: *id, line }));
                }
                found.sort_by_key(|found| (found.line.at, found.room, found.line.seq));
                let has_more = found.len() > lines_max;
                let found = found.split_off(found.len().saturating_sub(lines_max));
                Some(AnswerContent::Finds(Finds { found, has_more }))
            }
            View::Search { .. } => None,
        }
    }

    /// What the history says to who has asked. They may be gone, or in other rooms.
    pub fn recall(&mut self, answer: Answer, now: Moment, out: &mut dyn Outbox) {
        let Some(&seat) = self.seats.get(&answer.asker) else { return };
        let Some(view) = self.clients[seat.0].views().asked.take() else { return };
        self.show(seat, view, answer.content, now, out);
    }

    fn show(
        &mut self,
        seat: Seat,
        view: View,
        content: AnswerContent,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let (bytes, next) = match (view, content) {
            (View::Span { span, heading }, AnswerContent::Page(page)) => {
                self.show_page(seat, span, heading, page, now)
            }
            (View::Search { rooms, query, is_first }, AnswerContent::Finds(finds)) => {
                self.show_finds(seat, rooms, query, is_first, finds, now)
            }
            _ => {
                let text = self.answers().history_failed;
                (self.presentation(seat).notice(text).into_vec(), None)
            }
        };
        self.tell_bytes(seat, bytes, out);
        self.clients[seat.0].views().next = next;
    }

    /// A page of one room, as bytes, and what follows it.
    fn show_page(
        &mut self,
        seat: Seat,
        span: Span,
        heading: Option<String>,
        page: Page,
        now: Moment,
    ) -> (Vec<u8>, Option<View>) {
        let answers = self.answers();
        let Some(room) = self.readable(seat, span.room) else {
            return (self.presentation(seat).notice(answers.room_is_left).into_vec(), None);
        };
        if page.lines.is_empty() && page.gaps.is_empty() {
            let text = fill(answers.history_is_empty, &[("room", &room)]);
            return (self.presentation(seat).notice(&text).into_vec(), None);
        }
        let mut sheet = self.sheet(seat, now);
        if let Some(heading) = &heading {
            sheet.notice(heading);
        }
        let first = page.lines.first().map_or(*span.seqs.end(), |line| line.seq);
        let first = page.gaps.first().map_or(first, |gap| first.min(*gap.start()));
        if heading.is_some() && first > *span.seqs.start() && span.not_before.is_none() {
            sheet.notice(answers.older_is_gone);
        }
        let mut gaps = page.gaps.iter().peekable();
        for line in &page.lines {
            while let Some(gap) = gaps.next_if(|gap| *gap.end() < line.seq) {
                sheet.notice(&self.missing(gap));
            }
            if !self.is_ignored(seat, line) {
                sheet.line(line, None);
            }
        }
        for gap in gaps {
            sheet.notice(&self.missing(gap));
        }
        let last = page.lines.last().map_or(*span.seqs.end(), |line| line.seq);
        let next = page.has_more.then(|| {
            let seqs = last + 1..=*span.seqs.end();
            View::Span { span: Span { seqs, ..span }, heading: None }
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

    /// Lines that were found, as bytes, and where to look for earlier ones.
    fn show_finds(
        &mut self,
        seat: Seat,
        rooms: Vec<(RoomId, RangeInclusive<u64>)>,
        query: Query,
        is_first: bool,
        finds: Finds,
        now: Moment,
    ) -> (Vec<u8>, Option<View>) {
        let answers = self.answers();
        let current = self.clients[seat.0].rooms.last().copied();
        let mut sheet = self.sheet(seat, now);
        if finds.found.is_empty() {
            sheet.notice(if is_first { answers.found_nothing } else { answers.nothing_more });
        }
        let mut earlier = rooms;
        for Found { room, line } in &finds.found {
            for (_, seqs) in earlier.iter_mut().filter(|(other, _)| other == room) {
                *seqs = *seqs.start()..=(*seqs.end()).min(line.seq - 1);
            }
            let Some(name) = self.readable(seat, *room) else { continue };
            if !self.is_ignored(seat, line) {
                sheet.line(line, (current != Some(*room)).then_some(&*name));
            }
        }
        let next =
            finds.has_more.then_some(View::Search { rooms: earlier, query, is_first: false });
        if next.is_some() {
            sheet.notice(answers.earlier_ones);
        }
        (sheet.bytes, next)
    }

    /// The name of a room, if the client may read there.
    fn readable(&self, seat: Seat, room: RoomId) -> Option<std::sync::Arc<str>> {
        let is_in = self.clients[seat.0].rooms.contains(&room);
        self.rooms.find(room).filter(|_| is_in).map(|room| room.name().clone())
    }

    /// Whether somebody who said this is not listened to. A guest's number means somebody else's
    /// client where another start of the server gave it.
    fn is_ignored(&self, seat: Seat, line: &KeptLine) -> bool {
        let is_known = match line.author {
            PersonId::Registered(_) => true,
            PersonId::Guest(_) => line.id.origin == self.options.seed,
        };
        is_known && self.is_ignored_by(line.author, self.clients[seat.0].person)
    }

    /// The last lines of a room, as bytes, for who comes into it.
    pub(super) fn replay(&mut self, seat: Seat, room: RoomId, now: Moment) -> Vec<u8> {
        let mut lines = self.rooms.at(room).recent(self.options.replay_lines);
        let is_too_old = |line: &KeptLine| {
            let age = now.wall.duration_since(line.at).unwrap_or_default();
            self.options.history_age.is_some_and(|most| age > most)
        };
        lines.retain(|line| !is_too_old(line) && !self.is_ignored(seat, line));
        if lines.is_empty() {
            return Vec::new();
        }
        let name = self.rooms.at(room).name().clone();
        let mut sheet = self.sheet(seat, now);
        sheet.notice(&self.heading_of_last(lines.len() as u64, &name));
        for line in &lines {
            sheet.line(line, None);
        }
        sheet.bytes
    }

    fn sheet(&self, seat: Seat, now: Moment) -> Sheet {
        Sheet {
            presentation: self.presentation(seat),
            separator: self.catalogue().said_separator,
            zone: self.zone(seat),
            now: now.wall,
            bytes: Vec::new(),
        }
    }

    /// The same as [`Hall::tell`], for what is rendered already.
    pub(super) fn tell_bytes(&mut self, seat: Seat, bytes: Vec<u8>, out: &mut dyn Outbox) {
        if !bytes.is_empty() {
            self.close_batches_of(seat, out);
            out.deliver(seat, Delivery::Answer(bytes.into()));
        }
    }
}

/// Lines about the past on their way to one client.
struct Sheet {
    presentation: Presentation,
    separator: &'static str,
    zone: zone::Zone,
    now: SystemTime,
    bytes: Vec<u8>,
}

impl Sheet {
    fn notice(&mut self, text: &str) {
        self.bytes.extend_from_slice(&self.presentation.notice(text));
    }

    /// A line of the past, with the name of its room if it is another one.
    fn line(&mut self, line: &KeptLine, room: Option<&str>) {
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
