//! Commands to the chat: everything that changes it, with all that this needs.
//!
//! The same commands in the same order give the same chat, on every machine. So a command holds no
//! password and leaves nothing to chance: names are drawn, spellings compared and passwords checked
//! before it is proposed.

use std::sync::Arc;

use crate::command::Utterance;
use crate::model::id::ClientMessageId;
use crate::model::{ClientId, ClientTraits, Erasure, Motd, Newcomer, Verdict};

/// A message to which its client has given an id.
#[derive(Clone, Debug)]
pub struct IdentifiedMessage {
    /// The id.
    pub id: ClientMessageId,
    /// A line or command that [says something](Utterance::is_message).
    pub utterance: Utterance,
}

/// A command to the chat. Small, because nearly all are lines.
#[derive(Clone, Debug)]
pub enum ChatCommand {
    /// A client says something, or gives a command that is not a
    /// [request](super::Command::is_request).
    Hear {
        /// The client.
        client: ClientId,
        /// What it says.
        utterance: Utterance,
    },
    /// A client says something, once however often it is sent.
    HearOnce {
        /// The client.
        client: ClientId,
        /// What it says.
        message: Box<IdentifiedMessage>,
    },
    /// A client connects.
    Enter {
        /// The client.
        newcomer: Box<Newcomer>,
        /// The name that was drawn for it. The client has it whenever it has no other.
        guest_name: Arc<str>,
    },
    /// A client leaves.
    Leave {
        /// The client.
        client: ClientId,
    },
    /// A client that was expected to identify its user has done so or gives up.
    GoesOn {
        /// The client.
        client: ClientId,
    },
    /// A client that was expected to log in tries to.
    TriesLogin {
        /// The client.
        client: ClientId,
    },
    /// A client asks for something before its user is identified, or before it was admitted.
    Proceeds {
        /// The client.
        client: ClientId,
    },
    /// A connection has found out something about its client.
    HasTraits {
        /// The client.
        client: ClientId,
        /// What it has found out.
        traits: Box<ClientTraits>,
    },
    /// What a client has asked for with a password is decided.
    Decide {
        /// The client, which may have left.
        client: ClientId,
        /// The decision.
        verdict: Box<Verdict>,
    },
    /// Everything about a person is to be erased.
    Erase(Box<Erasure>),
    /// The message of the day has changed.
    SetMotd(Motd),
    /// Only time passes.
    Tick,
}

const _: () = assert!(size_of::<ChatCommand>() <= 40);
