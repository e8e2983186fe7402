//! Queries of the history, and their answers.

use crate::base::address_block::AddressBlock;
use crate::model::{ClientId, Found, HistoryPage, LineAuthor, RoomId};
use crate::text::words::Query;
use std::ops::RangeInclusive;
use std::time::SystemTime;

/// A part of a room's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The room.
    pub room: RoomId,
    /// The sequence numbers of the lines.
    pub seqs: RangeInclusive<u64>,
    /// Only lines said at this time or later.
    pub not_before: Option<SystemTime>,
    /// Only lines said before this time.
    pub before: Option<SystemTime>,
}

/// The result of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finds {
    /// The latest matching lines, in the order in which they were said.
    pub found: Vec<Found>,
    /// Whether there are earlier matches.
    pub has_more: bool,
}

/// A query of the history.
#[derive(Debug)]
pub struct HistoryQuery {
    /// The client that asks, which gets exactly one answer.
    pub asker: ClientId,
    /// The client's origin. Queries from different origins take turns.
    pub origin: AddressBlock,
    /// The requested lines.
    pub wanted: HistoryRequest,
    /// The maximum number of lines in the answer.
    pub lines_max: usize,
}

/// The lines that a query asks for.
#[derive(Clone, Debug)]
pub enum HistoryRequest {
    /// The first lines of a span.
    Page(Span),
    /// The latest lines that match a search.
    Search {
        /// The rooms to search, and which lines of each.
        rooms: Vec<(RoomId, RangeInclusive<u64>)>,
        /// The words to search for.
        query: Query,
    },
    /// The last lines of an author that have not been deleted, in order.
    LinesOf {
        /// The room.
        room: RoomId,
        /// Only lines before this one.
        before: u64,
        /// The author.
        author: LineAuthor,
    },
}

/// A message from the history to the chat.
#[derive(Debug, PartialEq, Eq)]
pub enum HistoryAnswer {
    /// The answer to a query.
    Found {
        /// The client that asked.
        asker: ClientId,
        /// The result.
        content: HistoryResult,
    },
    /// Nothing remains on the disk of the lines that these deletions removed.
    Purged {
        /// How many deletions that are, of all since the start.
        deletions: u64,
    },
    /// Writing to the disk fails. The log has the reason.
    Trouble,
    /// Writing works again.
    Recovered {
        /// The number of lines lost in the meantime.
        lines_lost: u64,
    },
}

/// The result of a query.
#[derive(Debug, PartialEq, Eq)]
pub enum HistoryResult {
    /// The lines of a span.
    Page(HistoryPage),
    /// The lines that match a search.
    Finds(Finds),
    /// The search matches too many lines to be finished in time.
    TooMuch,
    /// The history cannot be read. The log has the reason.
    Failed,
}
