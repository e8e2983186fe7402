//! The chat's interface to the outside.

use crate::model::delivery::Delivery;
use crate::model::event::ClientIndex;
use crate::model::history::HistoryQuery;
use crate::model::job::{Busy, Job};
use crate::model::records::HistoryEntry;
use crate::model::traffic::Traffic;
use crate::model::update::Update;

/// What the chat asks of the outside: deliveries, slow jobs, writes and queries.
pub trait Outbox {
    /// Delivers something to a client.
    fn deliver(&mut self, to: ClientIndex, delivery: Delivery);

    /// Submits slow work.
    ///
    /// # Errors
    /// When too much work is queued already.
    fn submit(&mut self, job: Job) -> Result<(), Busy>;

    /// Submits an update to be stored.
    ///
    /// # Errors
    /// When too many updates are queued already.
    fn keep(&mut self, update: Update) -> Result<(), Busy>;

    /// Called when the accounts worker has stored one set of updates: passes it the updates that
    /// have gathered since. Returns whether there were none.
    fn has_kept(&mut self) -> bool;

    /// Submits an entry to be written to the history. Called only if a history is kept.
    ///
    /// # Errors
    /// When too many entries are queued already.
    fn write(&mut self, entry: HistoryEntry) -> Result<(), Busy>;

    /// Submits a query of the history. Called only if a history is kept.
    ///
    /// # Errors
    /// When the history can no longer be queried.
    fn ask(&mut self, question: HistoryQuery) -> Result<(), Busy>;

    /// The traffic counters of the server so far.
    fn traffic(&self) -> Traffic;
}
