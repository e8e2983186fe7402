//! The result of a command, and sending replies to a client.

use smallvec::SmallVec;

use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::command::prompt::Asking;
use crate::lang::{Answers, Catalogue};
use crate::model::delivery::Delivery;
use crate::model::event::ClientIndex;
use crate::model::id::{PersonId, RoomId};

/// The result of a command.
#[derive(Debug)]
pub(in crate::chat) enum Done {
    /// The command is done; these lines are its reply.
    Reply(Vec<String>),
    /// Slow work has been submitted, and its outcome follows.
    Later,
    /// The client has to be asked for a password first.
    Asks(Asking),
    /// The password was wrong. Holds the reply for a client that was not prompted for it.
    Wrong(&'static str),
}

impl Done {
    /// The command is done; this line is its reply.
    pub(in crate::chat) fn reply(line: String) -> Self {
        Self::Reply(vec![line])
    }
}

impl Chat {
    /// Hands out the open batch of a room.
    pub(in crate::chat) fn close_batch(&mut self, room: RoomId, out: &mut dyn Outbox) {
        let Self { rooms, people, options, .. } = self;
        let mentions = |text: &str, found: &mut dyn FnMut(PersonId)| people.mentioned(text, found);
        rooms.hand_out(room, options, &mentions, out);
    }

    /// Hands out the open batches of the client's rooms, so that nothing overtakes the next reply
    /// to it.
    pub(in crate::chat) fn close_batches_of(&mut self, index: ClientIndex, out: &mut dyn Outbox) {
        let rooms = self.clients[index.0].rooms.iter();
        let turn = |&room| self.rooms.waits_since(room).map(|since| (since, room));
        let mut waiting: SmallVec<[(u64, RoomId); 2]> = rooms.filter_map(turn).collect();
        waiting.sort_unstable();
        for (_, room) in waiting {
            self.close_batch(room, out);
        }
    }

    /// Sends one line to a single client.
    pub(in crate::chat) fn tell(&mut self, index: ClientIndex, text: &str, out: &mut dyn Outbox) {
        self.tell_lines(index, &[text], out);
    }

    /// Sends several lines to a single client.
    pub(in crate::chat) fn tell_lines(
        &mut self,
        index: ClientIndex,
        lines: &[impl AsRef<str>],
        out: &mut dyn Outbox,
    ) {
        if lines.is_empty() {
            return;
        }
        self.close_batches_of(index, out);
        let presentation = self.presentation(index);
        let notices: Vec<Box<[u8]>> =
            lines.iter().map(|line| presentation.notice(line.as_ref())).collect();
        out.deliver(index, Delivery::Answer(notices.concat().into()));
    }

    pub(in crate::chat) fn catalogue(&self) -> &'static Catalogue {
        self.options.style.catalogue
    }

    pub(in crate::chat) fn answers(&self) -> &'static Answers {
        &self.catalogue().answers
    }
}
