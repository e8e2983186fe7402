//! What the chat hands out, and where it puts it.

use std::ops::Range;
use std::sync::Arc;

use crate::command::prompt::{Asking, Verdict};
use crate::model::close_reason::CloseReason;
use crate::model::event::Seat;
use crate::model::frame::Frame;
use crate::model::history::Question;
use crate::model::id::RoomId;
use crate::model::job::{Busy, Job};
use crate::model::records::Entry;
use crate::model::traffic::Traffic;
use crate::model::update::Update;

/// Something to send to a client.
#[derive(Debug)]
pub enum Delivery<'a> {
    /// Some lines of a frame of a room.
    Lines {
        /// The room.
        room: RoomId,
        /// The frame, shared by all recipients.
        frame: &'a Arc<Frame>,
        /// The range of its lines to send.
        lines: Range<u32>,
    },
    /// Bytes for this client alone.
    Answer(Box<[u8]>),
    /// The result of the slow command that the client waited for; reading its input resumes.
    Resume(Verdict),
    /// A command needs a password, so the client is asked for it; reading its input resumes.
    Ask(Box<Asking>),
    /// The rooms that the client is in. The last one is the current room.
    Rooms(Box<[Arc<str>]>),
    /// The completions of a word, best match first.
    Completions(Box<[Box<str>]>),
    /// Whether the server edits the line that the user types; `None` means as the connection
    /// prefers.
    Edit(Option<bool>),
    /// The client has left. Nothing more will be delivered, and its index is free.
    Released,
    /// The client is disconnected after these last words.
    Dismissed {
        /// The text to send before closing.
        last_words: Box<[u8]>,
        /// The reason for the disconnect.
        reason: CloseReason,
    },
}

/// The chat's way to the outside: deliveries, slow jobs and writes.
pub trait Outbox {
    /// Delivers something to a client.
    fn deliver(&mut self, to: Seat, delivery: Delivery<'_>);

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

    /// Called when the registrar has stored one set of updates: passes it the updates that have
    /// gathered since. Returns whether there were none.
    fn has_kept(&mut self) -> bool;

    /// Submits an entry to be written to the history. Called only if a history is kept.
    ///
    /// # Errors
    /// When too many entries are queued already.
    fn write(&mut self, entry: Entry) -> Result<(), Busy>;

    /// Submits a question to the history. Called only if a history is kept.
    ///
    /// # Errors
    /// When the history can no longer be queried.
    fn ask(&mut self, question: Question) -> Result<(), Busy>;

    /// The traffic counters of the server so far.
    fn traffic(&self) -> Traffic;
}
