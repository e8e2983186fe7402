//! The result of a command, and sending replies to a client.

use smallvec::SmallVec;

use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::model::delivery::Delivery;
use crate::model::event::ClientIndex;
use crate::model::id::{PersonId, RoomId};
use crate::model::job::{Job, Work};
use crate::model::prompt::PasswordRequest;
use crate::model::refusal::Refusal;
use crate::model::reply::Reply;

/// The result of a command.
#[derive(Debug)]
pub(in crate::chat) enum Done {
    /// The command is done; these are its replies.
    Replies(Vec<Reply>),
    /// Slow work has been submitted, and its outcome follows.
    Later,
    /// The client has to be asked for a password first.
    Asks(PasswordRequest),
    /// The password was wrong. Holds the refusal for a client that was not prompted for it.
    Wrong(Refusal),
}

impl Done {
    /// The command is done, without a reply.
    pub(in crate::chat) fn silently() -> Self {
        Self::Replies(Vec::new())
    }

    /// The command is done; this is its reply.
    pub(in crate::chat) fn reply(reply: Reply) -> Self {
        Self::Replies(vec![reply])
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

    /// Sends one reply to a single client.
    pub(in crate::chat) fn tell(
        &mut self,
        index: ClientIndex,
        reply: impl Into<Reply>,
        out: &mut dyn Outbox,
    ) {
        self.tell_all(index, vec![reply.into()], out);
    }

    /// Sends several replies to a single client.
    pub(in crate::chat) fn tell_all(
        &mut self,
        index: ClientIndex,
        replies: Vec<Reply>,
        out: &mut dyn Outbox,
    ) {
        if !replies.is_empty() {
            self.close_batches_of(index, out);
            out.deliver(index, Delivery::Replies(replies.into()));
        }
    }

    /// Submits slow work; the client's input waits until it is done.
    pub(in crate::chat) fn submit_slow(
        &self,
        index: ClientIndex,
        work: Work,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let asker = self.clients[index.0].id;
        out.submit(Job { asker, work }).map(|()| Done::Later).map_err(|_| Refusal::Busy)
    }
}
