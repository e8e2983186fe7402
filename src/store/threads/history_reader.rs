//! A thread that answers questions about the history. It delays only the clients that ask.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::turns::Turns;
use crate::base::clock::Clock;
use crate::limits;
use crate::model::{HistoryAnswer, HistoryQuery, HistoryRequest, HistoryResult, StoredLine};
use crate::store::error::ArchiveError;
use crate::store::read::Reader;

/// A reader of the history, to be run on its own thread.
pub struct HistoryReader {
    pub(super) questions: Receiver<HistoryQuery>,
    pub(super) reader: Reader,
    pub(super) answers: Sender<HistoryAnswer>,
    pub(super) clock: Arc<dyn Clock>,
}

impl HistoryReader {
    /// Answers questions until the history writer is gone or nobody receives the answers.
    pub fn run(self) {
        let mut turns = Turns::default();
        while let Some(question) = turns.next(&self.questions) {
            let HistoryQuery { asker, wanted, lines_max, .. } = question;
            let content = self.answer(wanted, lines_max).unwrap_or_else(|error| {
                tracing::error!(%error, "cannot read the history");
                HistoryResult::Failed
            });
            if self.answers.send(HistoryAnswer::Found { asker, content }).is_err() {
                break;
            }
        }
    }

    fn answer(
        &self,
        wanted: HistoryRequest,
        lines_max: usize,
    ) -> Result<HistoryResult, ArchiveError> {
        Ok(match wanted {
            HistoryRequest::Page(span) => HistoryResult::Page(self.reader.page(&span, lines_max)?),
            HistoryRequest::LinesOf { room, before, author } => {
                let is_meant = |line: &StoredLine| line.deleted_by.is_none() && line.is_by(&author);
                let page = self.reader.lines_before(room, before, lines_max, is_meant)?;
                HistoryResult::Page(page)
            }
            HistoryRequest::Search { rooms, query } => {
                let clock = self.clock.clone();
                let until = clock.now() + limits::SEARCH_TIME_MAX;
                let has_time = move || clock.now() < until;
                match self.reader.search(&rooms, &query, lines_max, has_time)? {
                    Some(finds) => HistoryResult::Finds(finds),
                    None => HistoryResult::TooMuch,
                }
            }
        })
    }
}
