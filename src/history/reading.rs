//! The thread that answers questions about the history. It holds up nobody but who asks.

use crossbeam_channel::{Receiver, Sender};

use super::{Answer, AnswerContent, Question, Wanted};
use crate::archive::{ArchiveError, Reader};

/// The reader of the history, to be run on a thread of its own.
pub struct HistoryReader {
    questions: Receiver<Question>,
    reader: Reader,
    answers: Sender<Answer>,
}

impl HistoryReader {
    pub(super) fn new(
        questions: Receiver<Question>,
        reader: Reader,
        answers: Sender<Answer>,
    ) -> Self {
        Self { questions, reader, answers }
    }

    /// Answers until the historian is gone, or nobody hears the answers any more.
    pub fn run(self) {
        for Question { asker, wanted, lines_max } in &self.questions {
            let content = answer(&self.reader, wanted, lines_max).unwrap_or_else(|error| {
                tracing::error!(%error, "the history cannot be read");
                AnswerContent::Failed
            });
            if self.answers.send(Answer::Found { asker, content }).is_err() {
                break;
            }
        }
    }
}

fn answer(
    reader: &Reader,
    wanted: Wanted,
    lines_max: usize,
) -> Result<AnswerContent, ArchiveError> {
    Ok(match wanted {
        Wanted::Page(span) => AnswerContent::Page(reader.page(&span, lines_max)?),
        Wanted::Search { rooms, query } => {
            AnswerContent::Finds(reader.search(&rooms, &query, lines_max)?)
        }
    })
}
