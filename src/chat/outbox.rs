//! The chat's interface to the outside.

use std::ops::Range;
use std::time::Duration;

use crate::model::{
    Batch, Busy, ClientId, ClientIndex, Delivery, Held, HistoryEntry, HistoryQuery, Job, Kept,
    Presentation, Promise, PromiseKind, Traffic, Update,
};

/// What the chat asks of the outside: deliveries, slow jobs, writes and queries.
pub trait Outbox {
    /// Hands out the events of a room. Calls `members` once, which gives each of them its events.
    fn hand_out(&mut self, batch: &Batch<'_>, members: &mut dyn FnMut(&mut dyn Recipients));

    /// A client that connects has this index in the chat from now on.
    fn enters(&mut self, client: ClientId, index: ClientIndex);

    /// Delivers something to a client.
    fn deliver(&mut self, to: ClientIndex, delivery: Delivery);

    /// Submits slow work.
    ///
    /// # Errors
    /// When too much work is queued already.
    fn submit(&mut self, job: Job) -> Result<(), Busy>;

    /// Stores an update. That may take a while, but is never refused.
    fn keep(&mut self, update: Update);

    /// Keeps replies back until what they promise is on the disk, as far as it was decided by now.
    fn hold(&mut self, promise: Promise) -> Held;

    /// Called when the accounts worker has stored one set of updates: passes it the updates that
    /// have gathered since.
    fn has_kept(&mut self) -> Kept;

    /// Called when the disk refuses a set of updates: promises are late until it accepts one.
    fn has_not_kept(&mut self);

    /// Marks the promises made by this time as late. Returns the clients that have not been told, of
    /// what, and whether the input of each waits.
    fn late(&mut self, made_by: Duration) -> Vec<(ClientId, PromiseKind, bool)>;

    /// Called when nothing is left on the disk of what this many deletions removed. Returns the
    /// promises that hold now.
    fn has_erased(&mut self, deletions: u64) -> Vec<Promise>;

    /// Writes an entry to the history. If none is kept, only erasures are written.
    fn write(&mut self, entry: HistoryEntry);

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
