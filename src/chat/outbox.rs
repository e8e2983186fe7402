//! The chat's interface to the outside.

use std::ops::Range;

use crate::model::{
    Batch, Busy, ClientIndex, Delivery, HistoryEntry, HistoryQuery, Job, Presentation, Traffic,
    Update,
};

/// What the chat asks of the outside: deliveries, slow jobs, writes and queries.
pub trait Outbox {
    /// Hands out the events of a room. Calls `members` once, which gives each of them its events.
    fn hand_out(&mut self, batch: &Batch<'_>, members: &mut dyn FnMut(&mut dyn Recipients));

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

/// The members of a room, each of whom is given events of the batch that is being handed out.
///
/// This is called for each member and batch, so its arguments fit into registers: as a structure
/// passed by value they cost 17 more instructions for each member.
pub trait Recipients {
    /// Gives a member these events. With `mention`, it is a single event that mentions the member,
    /// and the value says whether the member's bell rings.
    fn give(
        &mut self,
        to: ClientIndex,
        presentation: &Presentation,
        events: Range<u32>,
        mention: Option<bool>,
    );

    /// Gives a member these events without one of them, which is about the member itself.
    fn give_without(
        &mut self,
        own: u32,
        to: ClientIndex,
        presentation: &Presentation,
        events: Range<u32>,
    );
}
