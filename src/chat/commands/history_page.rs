//! Pages of past lines for one client.
//!
//! [`super::history`] handles the requests, and [`crate::chat::actions::unread`] chooses what a
//! client that joins is shown.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::chat::actions::replay::past_line;
use crate::chat::state::Chat;
use crate::chat::state::views::HistoryView;
use crate::chat::turn::Turn;
use crate::model::{
    ClientIndex, Finds, Found, Heading, HistoryPage, HistoryRequest, HistoryResult, Past, PastEnd,
    Refusal, Reply, RoomId, Span,
};
use crate::text::words::Query;

impl Turn<'_> {
    /// Shows the answer to a request, and remembers where the next page begins.
    pub(in crate::chat) fn show(
        &mut self,
        index: ClientIndex,
        view: HistoryView,
        content: HistoryResult,
    ) {
        let HistoryView { wanted, heading, has_numbers } = view;
        let (reply, next) = match (wanted, content) {
            (HistoryRequest::Page(span), HistoryResult::Page(page)) => {
                self.chat.page(index, span, heading, has_numbers, page)
            }
            (HistoryRequest::Search { rooms, query }, HistoryResult::Finds(finds)) => {
                self.chat.finds(index, rooms, query, heading, finds)
            }
            (HistoryRequest::Search { .. }, HistoryResult::TooMuch) => {
                (Refusal::SearchTooLarge.into(), None)
            }
            // `/more` tries again from here.
            (wanted, _) => {
                let next = HistoryView { wanted, heading, has_numbers };
                (Refusal::HistoryFailed.into(), Some(next))
            }
        };
        self.tell(index, reply);
        self.chat.clients[index.0].views().next = next;
    }
}

impl Chat {
    /// A page of one room, and the view of the next page.
    fn page(
        &self,
        index: ClientIndex,
        span: Span,
        heading: Option<Heading>,
        has_numbers: bool,
        page: HistoryPage,
    ) -> (Reply, Option<HistoryView>) {
        let Some(room) = self.readable(index, span.room) else {
            return (Refusal::RoomLeft.into(), None);
        };
        let is_empty = page.lines.is_empty() && page.gaps.is_empty();
        let first = page.lines.first().map_or(*span.seqs.end(), |line| line.seq);
        let first = page.gaps.first().map_or(first, |gap| first.min(*gap.start()));
        let heading = heading.filter(|_| !is_empty).map(|heading| match heading {
            Heading::Last { .. } => Heading::Last { count: *span.seqs.end() + 1 - first },
            heading => heading,
        });
        let is_cut = heading.is_some() && first > *span.seqs.start() && span.not_before.is_none();
        let last = page.lines.last().map_or(*span.seqs.end(), |line| line.seq);
        let heard = page.lines.iter().filter(|line| !self.is_ignored(index, line));
        let past = Past {
            room: Some(room),
            heading,
            is_cut,
            has_numbers,
            lines: heard.map(|line| past_line(line, None)).collect(),
            gaps: page.gaps.into_iter().map(RangeInclusive::into_inner).collect(),
            end: if page.has_more { PastEnd::More } else { PastEnd::Whole },
        };
        let next = page.has_more.then(|| {
            let seqs = last + 1..=*span.seqs.end();
            let wanted = HistoryRequest::Page(Span { seqs, ..span });
            HistoryView { wanted, heading: None, has_numbers }
        });
        (Reply::Past(Box::new(past)), next)
    }

    /// The results of a search, and the view of the earlier ones.
    fn finds(
        &self,
        index: ClientIndex,
        rooms: Vec<(RoomId, RangeInclusive<u64>)>,
        query: Query,
        heading: Option<Heading>,
        finds: Finds,
    ) -> (Reply, Option<HistoryView>) {
        let current = self.clients[index.0].rooms.last().copied();
        let (mut lines, mut earlier) = (Vec::new(), rooms);
        for Found { room, line } in &finds.found {
            for (_, seqs) in earlier.iter_mut().filter(|(other, _)| other == room) {
                *seqs = *seqs.start()..=(*seqs.end()).min(line.seq - 1);
            }
            let Some(name) = self.readable(index, *room) else { continue };
            if !self.is_ignored(index, line) {
                lines.push(past_line(line, (current != Some(*room)).then_some(name)));
            }
        }
        if lines.is_empty() && heading.is_none() && !finds.has_more {
            return (Refusal::NothingMore.into(), None);
        }
        let past = Past {
            room: None,
            heading,
            is_cut: false,
            has_numbers: false,
            lines: lines.into(),
            gaps: [].into(),
            end: if finds.has_more { PastEnd::Earlier } else { PastEnd::Whole },
        };
        let wanted = HistoryRequest::Search { rooms: earlier, query };
        let next =
            finds.has_more.then_some(HistoryView { wanted, heading: None, has_numbers: false });
        (Reply::Past(Box::new(past)), next)
    }

    /// The name of a room, if the client may read there.
    fn readable(&self, index: ClientIndex, room: RoomId) -> Option<Arc<str>> {
        let is_in = self.clients[index.0].rooms.contains(&room);
        self.rooms.find(room).filter(|_| is_in).map(|room| room.name().clone())
    }
}
