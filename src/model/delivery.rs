//! Deliveries: what the chat sends to a single client through its connection.

use std::ops::Range;
use std::sync::Arc;

use crate::model::close_reason::CloseReason;
use crate::model::frame::Frame;
use crate::model::id::RoomId;
use crate::model::presentation::View;
use crate::model::prompt::{CommandVerdict, PasswordRequest};
use crate::model::reply::Reply;

/// Something for a single client.
#[derive(Debug)]
pub enum Delivery {
    /// Lines of a room. A reader that is too slow misses them.
    Lines {
        /// The room.
        room: RoomId,
        /// The frame that holds them, shared by all recipients.
        frame: Arc<Frame>,
        /// The range of its lines.
        lines: Range<u32>,
    },
    /// Replies to this client alone, never skipped.
    Replies(Box<[Reply]>),
    /// How replies to this client are shown from now on. Sent only if its user has chosen anything.
    View(Box<View>),
    /// The result of the slow command that the client waited for; reading its input resumes.
    Resume(Box<CommandVerdict>),
    /// A command needs a password, so the client is asked for it; reading its input resumes.
    Ask(Box<PasswordRequest>),
    /// The rooms that the client is in. The last one is the current room.
    Rooms(Box<[Arc<str>]>),
    /// The completions of a word, best match first.
    Completions(Box<[Box<str>]>),
    /// Whether the line that the user types is edited; `None` means as the wire prefers.
    Edit(Option<bool>),
    /// The client has left. Nothing more will come, and its index in the chat is free.
    Released,
    /// The client has to be disconnected and has left the chat. Nothing more will come. This is
    /// rare, and boxed so that it does not enlarge all other parcels.
    Disconnected(Box<Disconnection>),
}

const _: () = assert!(size_of::<Delivery>() == 24);

/// A disconnect that the client did not ask for.
#[derive(Debug)]
pub struct Disconnection {
    /// The last words for the client, after everything else that it is to see.
    pub last_words: Reply,
    /// The reason.
    pub reason: CloseReason,
}
