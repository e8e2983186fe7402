//! Past messages on request: `/history`, `/search`, and `/more` after either.
//!
//! Lines in memory are shown at once. Other lines are requested from the history and shown when the
//! answer arrives. Meanwhile the user can go on talking, but can ask only one question at a time. A
//! client can read only rooms that it is in. [`super::history_page`] shows the result.

use crate::base::period::Times;
use crate::chat::state::Chat;
use crate::chat::state::views::{HistoryView, Question, UnreadLines};
use crate::chat::turn::{Done, Turn};
use crate::command::{ChatCommand, HistoryPart, TypedRoom};
use crate::limits;
use crate::model::{
    ClientId, ClientIndex, Finds, Found, Heading, HistoryAnswer, HistoryPage, HistoryQuery,
    HistoryRequest, HistoryResult, Refusal, Reply, RoomId, Span, StoredLine,
};
use crate::text::CleanText;
use crate::text::words::Query;

impl Turn<'_> {
    pub(in crate::chat) fn history(
        &mut self,
        index: ClientIndex,
        room: Option<&TypedRoom>,
        part: Option<HistoryPart>,
        has_numbers: bool,
    ) -> Result<Done, Refusal> {
        let room = self.chat.own_room(index, room)?;
        self.chat.check_may_ask(index)?;
        let last = self.chat.rooms.at(room).last_seq();
        if last == 0 {
            return Err(Refusal::HistoryIsEmpty { room: self.chat.rooms.at(room).name().clone() });
        }
        let mut span = Span { room, seqs: 1..=last, not_before: None, before: None };
        let missed = self.chat.take_missed(index, room, part);
        let heading = match part {
            _ if let Some(missed) = missed => {
                span.seqs = missed.seqs;
                Heading::Missed
            }
            Some(HistoryPart::Period(period)) => {
                let Times { from, until } = period.times(self.now.wall, &self.chat.zone(index));
                (span.not_before, span.before) = (Some(from), until);
                Heading::Period { from: from.into(), until: until.map(Into::into) }
            }
            Some(HistoryPart::Lines(_)) | None => {
                let wanted = match part {
                    Some(HistoryPart::Lines(lines)) => lines.get(),
                    _ => limits::HISTORY_PAGE_LINES as u64,
                };
                let count = wanted.min(last);
                span.seqs = last + 1 - count..=last;
                Heading::Last { count }
            }
        };
        let wanted = HistoryRequest::Page(span);
        self.look(index, HistoryView { wanted, heading: Some(heading), has_numbers })
    }

    pub(in crate::chat) fn search(
        &mut self,
        index: ClientIndex,
        room: Option<&TypedRoom>,
        text: &CleanText,
    ) -> Result<Done, Refusal> {
        let rooms = match room {
            Some(room) => vec![self.chat.own_room(index, Some(room))?],
            None => self.chat.clients[index.0].rooms.to_vec(),
        };
        if rooms.is_empty() {
            return Err(Refusal::InNoRoom);
        }
        let Some(query) = Query::parse(text.as_str()) else {
            return Err(Refusal::NothingToSearch { text: text.as_str().into() });
        };
        let rooms =
            rooms.into_iter().map(|room| (room, 1..=self.chat.rooms.at(room).last_seq())).collect();
        self.chat.check_may_ask(index)?;
        let heading = Some(Heading::Search { text: text.as_str().trim().into() });
        let wanted = HistoryRequest::Search { rooms, query };
        self.look(index, HistoryView { wanted, heading, has_numbers: false })
    }

    pub(in crate::chat) fn more(&mut self, index: ClientIndex) -> Result<Done, Refusal> {
        self.chat.check_may_ask(index)?;
        let next = self.chat.clients[index.0].views.as_mut().and_then(|views| views.next.take());
        match next {
            Some(view) => self.look(index, view),
            None => Err(Refusal::NothingMore),
        }
    }

    /// Shows a page or requests it. No other request of the client is pending.
    fn look(&mut self, index: ClientIndex, view: HistoryView) -> Result<Done, Refusal> {
        if let Some(content) = self.at_hand(&view.wanted) {
            self.show(index, view, content);
            return Ok(Done::silently());
        }
        let wanted = view.wanted.clone();
        let question = Question::View { view, deletions: self.chat.deletions };
        self.ask(index, wanted, limits::HISTORY_PAGE_LINES, question)?;
        Ok(Done::silently())
    }

    /// Asks the history, behind everything that has been said. No other request of the client is
    /// pending.
    pub(in crate::chat) fn ask(
        &mut self,
        index: ClientIndex,
        wanted: HistoryRequest,
        lines_max: usize,
        question: Question,
    ) -> Result<(), Refusal> {
        // What has not been handed out has not been passed to the history.
        self.close_batches_of(index);
        let (asker, origin) = (self.chat.clients[index.0].id, self.chat.clients[index.0].origin());
        let query = HistoryQuery { asker, origin, wanted, lines_max };
        self.out.ask(query).map_err(|_| Refusal::HistoryFailed)?;
        self.chat.clients[index.0].views().asked = Some(question);
        Ok(())
    }

    /// The page, if it can be built without the disk.
    fn at_hand(&self, wanted: &HistoryRequest) -> Option<HistoryResult> {
        let lines_max = limits::HISTORY_PAGE_LINES;
        match wanted {
            HistoryRequest::Page(span) => {
                let Some(room) = self.chat.rooms.find(span.room) else {
                    return Some(HistoryResult::Page(HistoryPage::default()));
                };
                let is_whole =
                    span.not_before.is_none() && room.recent_seqs().contains(span.seqs.start());
                if self.chat.options.keeps_history && !is_whole {
                    return None;
                }
                let is_wanted = |line: &StoredLine| {
                    span.seqs.contains(&line.seq)
                        && !self.chat.is_too_old(line, self.now)
                        && span.not_before.is_none_or(|from| line.at >= from)
                        && span.before.is_none_or(|until| line.at < until)
                };
                let mut lines = room.recent(usize::MAX);
                lines.retain(is_wanted);
                let has_more = lines.len() > lines_max;
                lines.truncate(lines_max);
                Some(HistoryResult::Page(HistoryPage { lines, gaps: Vec::new(), has_more }))
            }
            HistoryRequest::Search { rooms, query } if !self.chat.options.keeps_history => {
                let mut found = Vec::new();
                for (id, seqs) in rooms {
                    let Some(room) = self.chat.rooms.find(*id) else { continue };
                    let lines = room.recent(usize::MAX).into_iter();
                    let holds = |line: &StoredLine| {
                        seqs.contains(&line.seq) && query.is_in(line.text.as_str())
                    };
                    found.extend(lines.filter(holds).map(|line| Found { room: *id, line }));
                }
                found.sort_by_key(|found| (found.line.at, found.room, found.line.seq));
                let has_more = found.len() > lines_max;
                let found = found.split_off(found.len().saturating_sub(lines_max));
                Some(HistoryResult::Finds(Finds { found, has_more }))
            }
            HistoryRequest::Search { .. } | HistoryRequest::LinesOf { .. } => None,
        }
    }

    /// Handles an answer of the history. The client that asked may be gone or in different rooms.
    /// Returns the resulting command, if any.
    pub(in crate::chat) fn show_answer(&mut self, answer: HistoryAnswer) -> Option<ChatCommand> {
        match answer {
            HistoryAnswer::Found { asker, content } => return self.answered(asker, content),
            HistoryAnswer::Purged { deletions } => self.deletions_are_erased(deletions),
            HistoryAnswer::Trouble => self.tell_of_disk(),
            HistoryAnswer::Recovered { lines_lost } => {
                let told = Reply::DiskWorks { lines_lost, has_unsaved: self.chat.has_unsaved };
                self.tell_operators(&told);
            }
        }
        None
    }

    fn answered(&mut self, client: ClientId, content: HistoryResult) -> Option<ChatCommand> {
        let &index = self.chat.indexes.get(&client)?;
        match self.chat.clients[index.0].views.as_mut()?.asked.take()? {
            // The page may have a message in it that was deleted meanwhile.
            Question::View { view, deletions } if deletions != self.chat.deletions => {
                if let Err(refusal) = self.look(index, view) {
                    self.tell(index, refusal);
                }
            }
            Question::View { view, .. } => self.show_page(index, view, content),
            Question::Deletion { pending, lines } => {
                match self.older_lines_to_delete(&pending, lines, content) {
                    Ok(verdict) => {
                        return Some(ChatCommand::Decide { client, verdict: verdict.into() });
                    }
                    Err(refusal) => self.finish(index, Err(refusal), true),
                }
            }
        }
        None
    }

    fn show_page(&mut self, index: ClientIndex, view: HistoryView, mut content: HistoryResult) {
        if let (HistoryRequest::Page(span), HistoryResult::Page(page)) =
            (&view.wanted, &mut content)
        {
            self.chat.complete(span, page);
        }
        self.show(index, view, content);
    }
}

impl Chat {
    /// The missed lines that the person has been told of, if the request means them.
    fn take_missed(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        part: Option<HistoryPart>,
    ) -> Option<UnreadLines> {
        let views = self.clients[index.0].views.as_mut()?;
        let is_meant = |missed: &UnreadLines| {
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

    /// Allows only one question at a time. A refused client keeps its place.
    pub(in crate::chat) fn check_may_ask(&self, index: ClientIndex) -> Result<(), Refusal> {
        match self.clients[index.0].views.as_ref().and_then(|views| views.asked.as_ref()) {
            Some(_) => Err(Refusal::HistoryIsBusy),
            None => Ok(()),
        }
    }

    /// Adds the latest lines, which may be in memory and not on disk, or on neither.
    fn complete(&self, span: &Span, page: &mut HistoryPage) {
        let Some(room) = self.rooms.find(span.room) else { return };
        if page.has_more || span.not_before.is_some() || span.before.is_some() {
            return;
        }
        let last_line = page.lines.last().map(|line| line.seq);
        let last = page.gaps.last().map(|gap| *gap.end()).max(last_line);
        let missing = last.map_or(*span.seqs.start(), |last| last + 1)..=*span.seqs.end();
        let mut at_hand = room.recent(usize::MAX);
        at_hand.retain(|line| missing.contains(&line.seq));
        let end = at_hand.first().map_or(*missing.end() + 1, |line| line.seq);
        // If the page is empty, the lines before may have been removed for their age and are no
        // gap.
        if last.is_some() && *missing.start() < end {
            page.gaps.push(*missing.start()..=end - 1);
        }
        page.lines.append(&mut at_hand);
    }
}
