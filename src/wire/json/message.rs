//! The messages of the JSON wire, for both of its ends.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::zone::Zone;
use crate::command::completion::CompletionRequest;
use crate::model::{ClientId, Event, Lang, LineId, Question, Reply, Timestamp, View};

/// The version of this wire. A server that does not know a client's version stays a telnet server.
pub const VERSION: u32 = 1;

/// What a client says first, and the server's answer to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of the wire that begins after the answer.
    pub version: u32,
    /// The language of the client's user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
    /// The client's first line: one that identifies its user, such as `/nick ann`, is handled
    /// before anyone is told of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_line: Option<String>,
    /// In the server's answer: it understands ids of messages ([`ClientMessage::Line`]). The text
    /// changes when the server restarts, because it then forgets all ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_ids: Option<String>,
}

impl Hello {
    /// One that says nothing but the version of the wire.
    pub fn of_version() -> Self {
        Self { version: VERSION, ..Self::default() }
    }
}

/// A message of a client.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ClientMessage {
    /// A line as its user typed it: a message, a command, or the answer to a question.
    Line {
        /// The line.
        line: String,
        /// The text of a [`ClientMessageId`](crate::model::id::ClientMessageId). It counts if the
        /// line is a message. A client that may have lost its connection before the line arrived
        /// sends the line again with the same id, and it is said once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// A word to complete.
    Complete {
        /// The word.
        complete: CompletionRequest,
    },
}

/// A message of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ServerMessage {
    /// Something that happened in one of the client's rooms.
    Event(EventMessage<'static>),
    /// Something for this client alone.
    Reply(Reply),
    /// How the user wants things to be shown.
    View {
        /// The settings.
        view: ViewMessage,
    },
    /// A question whose answer must not be shown, or the end of one.
    Ask {
        /// The question; `None` once no question is open.
        // So that a message without this field is none of these.
        #[serde(deserialize_with = "Option::deserialize")]
        ask: Option<Question>,
    },
    /// The client's rooms. The last one is the current room.
    Rooms {
        /// The names.
        rooms: Box<[Arc<str>]>,
    },
    /// The completions of a word, best match first.
    Completions {
        /// The words.
        completions: Box<[Box<str>]>,
    },
}

/// An event of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventMessage<'a> {
    /// What happened.
    #[serde(flatten)]
    pub event: Cow<'a, Event>,
    /// The room.
    pub room: Cow<'a, str>,
    /// The number of the line among those said in its room, from 1, without gaps. Only lines that
    /// people say have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// An id that no other event has.
    pub id: LineId,
    /// When it happened.
    pub at: Timestamp,
    /// The name of the person whom it is about.
    pub name: Cow<'a, str>,
    /// The client of that person.
    pub client: ClientId,
    /// It mentions the client's user.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mention: bool,
    /// The user's bell rings.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rings: bool,
}

/// How the user wants things to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewMessage {
    /// The language.
    pub lang: Lang,
    /// Names are coloured.
    pub colour: bool,
    /// One event per line, without styling.
    pub plain: bool,
    /// Each line shows the time.
    pub timestamps: bool,
    /// The IANA name of the time zone; `None` for the user's own.
    pub zone: Option<Box<str>>,
}

impl ViewMessage {
    /// The message for a view.
    pub fn of(view: &View) -> Self {
        Self {
            lang: view.presentation.lang,
            colour: view.presentation.colour,
            plain: view.is_plain,
            timestamps: view.presentation.clock.is_some(),
            zone: view.zone.as_ref().map(Zone::name).map(Box::from),
        }
    }
}
