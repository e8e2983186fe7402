//! The history: one thread, the history writer, writes down what is said; other threads read it.
//!
//! This module owns the channels to these threads, the limits of what may wait in them, and the
//! timing of writes. It does not know who is connected, who may read what, or the tables.
//!
//! Writers never wait: entries are queued, up to a limit in bytes. The history writer commits the
//! entries collected over 20 ms in one transaction, together with everything else that is queued by
//! then. It commits 500 lines without waiting for more, unless the previous commit was less than 20
//! ms ago. (In a flood, commits of 500 lines each took twice the processor time per line, most of
//! it waiting for the disk.) If the disk rejects a write, the history writer retries until it
//! succeeds; meanwhile the queue fills up, and lines that do not fit are lost. Line numbers have no
//! gaps, so the archive notices what is missing and records it.
//!
//! A question takes the same path, behind all entries queued before it, so its answer includes
//! everything said by then. Readers answer it, so that no search holds up the writing: one reader
//! for pages and one for searches, which may take a while. Each reader gives every client's address
//! a turn (`turns`). While the disk fails, questions are answered from what is there; behind a slow
//! write, a question waits.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crossbeam_channel::{Sender, bounded, unbounded};

use crate::base::clock::Clock;
use crate::model::HistoryAnswer;
use crate::store::archive::Archive;
use crate::store::promises::Promises;
use crate::store::read::Reader;
use crate::store::threads::history_reader::HistoryReader;
use crate::store::threads::history_writer::{HistoryChannels, HistoryWriter};
use crate::store::threads::recorder::{Backlog, HistoryHandle, RetentionPolicy};

/// Creates the parts of a history: the handle, and the workers, each to be run on its own thread.
pub fn open(
    archive: &Archive,
    reader: Reader,
    retention: RetentionPolicy,
    answers: Sender<HistoryAnswer>,
    clock: Arc<dyn Clock>,
) -> (HistoryHandle, HistoryWriter, [HistoryReader; 2]) {
    // No channel has a capacity, because it would be allocated up front. The backlog bounds the
    // first channel; the others hold at most one question per client.
    let (tasks_sender, tasks) = unbounded();
    let (pages_sender, pages) = unbounded();
    let (searches_sender, searches) = unbounded();
    let (hurry_sender, hurry) = bounded(1);
    let backlog = Arc::new(Backlog::new(clock.now()));
    let history = HistoryHandle {
        tasks: tasks_sender,
        hurry: hurry_sender,
        backlog: backlog.clone(),
        postponed: BTreeMap::new(),
        clock: clock.clone(),
        loss_told_at: None,
        is_stalled: false,
        deletions: 0,
        erased: 0,
        promises: Promises::default(),
    };
    let ways = HistoryChannels { tasks, hurry, pages: pages_sender, searches: searches_sender };
    let readers = [pages, searches].map(|questions| HistoryReader {
        questions,
        reader: reader.clone(),
        answers: answers.clone(),
        clock: clock.clone(),
    });
    let history_writer =
        HistoryWriter::new(ways, archive.clone(), backlog, retention, answers, clock);
    (history, history_writer, readers)
}
