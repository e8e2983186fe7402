//! The pages of history that a client is looking at.

use std::ops::RangeInclusive;
use std::time::SystemTime;

use crate::model::{Heading, HistoryRequest, RoomId};

/// The past messages that a client is looking at.
#[derive(Clone, Debug, Default)]
pub(in crate::chat) struct Views {
    /// The request that has not been answered yet.
    pub(in crate::chat) asked: Option<HistoryView>,
    /// The next page, for `/more`.
    pub(in crate::chat) next: Option<HistoryView>,
    /// By room, the missed lines that the person has been told of but has not looked at.
    pub(in crate::chat) missed: Vec<UnreadLines>,
}

/// A part of the past that is shown page by page: lines of one room, oldest first, or what a search
/// finds, newest first.
#[derive(Clone, Debug)]
pub(in crate::chat) struct HistoryView {
    /// The lines of this page and the next ones.
    pub(in crate::chat) wanted: HistoryRequest,
    /// The heading of the first page; `None` on later pages. The count of the last lines is known
    /// only when they have been found.
    pub(in crate::chat) heading: Option<Heading>,
}

/// The lines that a person has missed in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::chat) struct UnreadLines {
    pub(in crate::chat) room: RoomId,
    /// The sequence numbers of the lines.
    pub(in crate::chat) seqs: RangeInclusive<u64>,
    /// When the person left.
    pub(in crate::chat) since: SystemTime,
}

impl UnreadLines {
    pub(in crate::chat) fn count(&self) -> u64 {
        self.seqs.end() + 1 - self.seqs.start()
    }
}
