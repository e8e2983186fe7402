//! The pages of history that a client is looking at.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::SystemTime;

use crate::model::{Heading, HistoryRequest, LineAuthor, RoomId, StoredLine};

/// The past messages that a client is looking at.
#[derive(Clone, Debug, Default)]
pub(in crate::chat) struct Views {
    /// The request that has not been answered yet.
    pub(in crate::chat) asked: Option<Question>,
    /// The next page, for `/more`.
    pub(in crate::chat) next: Option<HistoryView>,
    /// By room, the missed lines that the person has been told of but has not looked at.
    pub(in crate::chat) missed: Vec<UnreadLines>,
}

impl Views {
    /// What is left when the client becomes another person: its input waits for a deletion.
    pub(in crate::chat) fn of_somebody_else(self) -> Option<Box<Self>> {
        let asked = self.asked.filter(|asked| matches!(asked, Question::Deletion { .. }))?;
        Some(Box::new(Self { asked: Some(asked), ..Self::default() }))
    }
}

/// A question to the history.
#[derive(Clone, Debug)]
pub(in crate::chat) enum Question {
    /// A page to show.
    View {
        /// The page.
        view: HistoryView,
        /// How often messages had been deleted before.
        deletions: u64,
    },
    /// Lines to delete that are not in memory.
    Deletion {
        /// What is to be deleted.
        pending: PendingDeletion,
        /// The lines that have been found in memory.
        lines: Vec<StoredLine>,
    },
}

/// What a user wants to delete.
#[derive(Clone, Debug)]
pub(in crate::chat) enum PendingDeletion {
    /// The last lines of an author.
    LastOf {
        /// The room.
        room: RoomId,
        /// The author.
        author: LineAuthor,
        /// The name that was typed; `None` for the user's own lines.
        name: Option<Arc<str>>,
        /// How many.
        count: usize,
    },
    /// The line with this number.
    Number {
        /// The room.
        room: RoomId,
        /// Its number.
        seq: u64,
    },
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
    /// Whether to show the numbers of the lines.
    pub(in crate::chat) has_numbers: bool,
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
