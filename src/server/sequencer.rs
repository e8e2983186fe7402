//! The sequencer, which orders the commands to the chat.
//!
//! Whoever wants to change the chat proposes a command, and applies it when the sequencer gives it
//! back. A server alone has [`Local`], which gives everything back at once. Where several servers
//! run one chat, a sequencer gives all of them the same commands in the same order.

use crate::base::clock::ChatTime;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::command::{ChatCommand, Command};
use crate::model::ClientId;

/// Something that has its place in the order.
#[derive(Debug)]
pub enum Item {
    /// A command to the chat, and its time.
    Command(ChatCommand, ChatTime),
    /// A request of a client of this server. It is handled behind the commands that the client gave
    /// before, and never leaves this server.
    Request {
        /// The client.
        client: ClientId,
        /// The request.
        request: Box<Command>,
        /// The time at which it was made.
        at: ChatTime,
        /// Whether the command that [comes first](crate::chat::state::Chat::comes_first) has been
        /// proposed, if there is one.
        is_ready: bool,
    },
}

/// Puts commands in an order.
pub trait Sequencer {
    /// Whether each item is next as soon as it is proposed.
    fn is_immediate(&self) -> bool;

    /// Takes something to be put in order. What one server proposes keeps its order.
    fn propose(&mut self, item: Item);

    /// The next item, if there is one. The times of commands never go back.
    fn next(&mut self) -> Option<Item>;
}

/// The order of a server alone: that in which things are proposed.
#[derive(Debug, Default)]
pub struct Local;

impl Sequencer for Local {
    #[inline(always)]
    fn is_immediate(&self) -> bool {
        true
    }

    fn propose(&mut self, _: Item) {}

    #[inline(always)]
    fn next(&mut self) -> Option<Item> {
        None
    }
}

/// Proposes a command, and applies everything that is ordered by then.
#[inline(always)]
pub fn propose(
    command: ChatCommand,
    at: ChatTime,
    sequencer: &mut impl Sequencer,
    chat: &mut Chat,
    out: &mut dyn Outbox,
) {
    if sequencer.is_immediate() {
        return chat.apply(command, at, out);
    }
    sequencer.propose(Item::Command(command, at));
    apply_ordered(sequencer, chat, out);
}

/// Proposes a request, and applies everything that is ordered by then.
pub fn request(
    client: ClientId,
    request: Box<Command>,
    at: ChatTime,
    sequencer: &mut impl Sequencer,
    chat: &mut Chat,
    out: &mut dyn Outbox,
) {
    if !sequencer.is_immediate() {
        sequencer.propose(Item::Request { client, request, at, is_ready: false });
        return apply_ordered(sequencer, chat, out);
    }
    if let Some(first) = chat.comes_first(client, &request, at) {
        chat.apply(first, at, out);
    }
    if let Some(command) = chat.request(client, *request, at, out) {
        chat.apply(command, at, out);
    }
}

/// Applies everything that is ordered by now.
pub fn apply_ordered(sequencer: &mut impl Sequencer, chat: &mut Chat, out: &mut dyn Outbox) {
    while let Some(item) = sequencer.next() {
        match item {
            Item::Command(command, at) => chat.apply(command, at, out),
            Item::Request { client, request, at, is_ready } => {
                let first = chat.comes_first(client, &request, at).filter(|_| !is_ready);
                if let Some(first) = first {
                    sequencer.propose(Item::Command(first, at));
                    sequencer.propose(Item::Request { client, request, at, is_ready: true });
                } else if let Some(command) = chat.request(client, *request, at, out) {
                    sequencer.propose(Item::Command(command, at));
                }
            }
        }
    }
}
