//! Questions about the history, and their answers.

use crate::base::address_block::AddressBlock;
use crate::model::id::ClientId;
use crate::model::records::HistoryPage;
use crate::text::words::Query;
use std::ops::RangeInclusive;
use std::time::SystemTime;

use crate::model::id::RoomId;
use crate::model::records::Found;

/// What is wanted of a room's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The room.
    pub room: RoomId,
    /// These lines of it.
    pub seqs: RangeInclusive<u64>,
    /// Of those, the ones that were said from this time on.
    pub not_before: Option<SystemTime>,
    /// And before this time.
    pub before: Option<SystemTime>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finds {
    /// The latest lines, in the order in which they were said.
    pub found: Vec<Found>,
    /// Whether there are earlier ones.
    pub has_more: bool,
}

/// Something that is wanted of the history.
#[derive(Debug)]
pub struct HistoryQuery {
    /// Who asks, and gets exactly one answer.
    pub asker: ClientId,
    /// Where they come from: whoever else asks has their turn in between.
    pub origin: AddressBlock,
    /// What.
    pub wanted: HistoryRequest,
    /// Lines that the answer may have.
    pub lines_max: usize,
}

/// What is wanted of the history.
#[derive(Debug)]
pub enum HistoryRequest {
    /// The first lines of a span.
    Page(Span),
    /// The latest lines that hold something, in any of these parts of rooms.
    Search {
        /// Where to look.
        rooms: Vec<(RoomId, RangeInclusive<u64>)>,
        /// What for.
        query: Query,
    },
}

/// What comes back.
#[derive(Debug, PartialEq, Eq)]
pub enum HistoryAnswer {
    /// To somebody who asked.
    Found {
        /// Who.
        asker: ClientId,
        /// What was found.
        content: HistoryResult,
    },
    /// The disk does not take what is said. Why is in the log.
    Trouble,
    /// It takes it again.
    Recovered {
        /// How many lines are lost.
        lines_lost: u64,
    },
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub enum HistoryResult {
    /// Lines of a span.
    Page(HistoryPage),
    /// Lines that were looked for.
    Finds(Finds),
    /// What was looked for stands in too many lines to be found in time.
    TooMuch,
    /// It cannot be read. Why is in the log.
    Failed,
}
