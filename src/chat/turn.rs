//! One turn of the chat, its replies to a client, and the result of a command.

use smallvec::SmallVec;

use crate::base::clock::ChatTime;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::model::{
    ClientIndex, CommandVerdict, Delivery, Job, PasswordRequest, PromiseKind, Refusal, Reply,
    RoomId, Verdict, Work,
};

/// One turn of the chat: its state, the time, and the outside. The layers above act through it.
///
/// What only looks at the state, or changes it without anything going out, is a method of [`Chat`].
pub(in crate::chat) struct Turn<'a> {
    pub(in crate::chat) chat: &'a mut Chat,
    pub(in crate::chat) now: ChatTime,
    pub(in crate::chat) out: &'a mut dyn Outbox,
}

/// The result of a command.
#[derive(Debug)]
pub(in crate::chat) enum Done {
    /// The command is done; these are its replies.
    Replies(Vec<Reply>),
    /// The command is done; these are its replies, once the disk has done its part.
    Promised(PromiseKind, Vec<Reply>),
    /// Slow work has been submitted, and its outcome follows.
    Later,
    /// The client has to be asked for a password first.
    Asks(PasswordRequest),
    /// The password was wrong. Holds the refusal for a client that was not prompted for it.
    Wrong(Refusal),
    /// No password has to be checked, so it can be decided.
    Decided(Verdict),
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

    /// The command is done; this is its reply, once the change is stored.
    pub(in crate::chat) fn promise(reply: Reply) -> Self {
        Self::Promised(PromiseKind::Saved, vec![reply])
    }
}

impl Turn<'_> {
    /// Hands out all open batches, and releases clients that have left.
    pub(in crate::chat) fn close_batches(&mut self) {
        while let Some(room) = self.chat.rooms.take_news() {
            self.close_batch(room);
        }
        self.tell_rooms();
        for index in self.chat.departed.drain(..) {
            self.out.deliver(index, Delivery::Released);
            self.chat.clients.remove(index.0);
        }
    }

    /// Sends the changed lists of rooms.
    fn tell_rooms(&mut self) {
        for index in std::mem::take(&mut self.chat.in_other_rooms) {
            let client = &mut self.chat.clients[index.0];
            client.rooms_changed = false;
            let rooms = client.rooms.iter().filter_map(|&room| self.chat.rooms.find(room));
            let names = rooms.map(|room| room.name().clone()).collect();
            self.out.deliver(index, Delivery::Rooms(names));
        }
    }

    /// Hands out the open batch of a room.
    pub(in crate::chat) fn close_batch(&mut self, room: RoomId) {
        let Chat { rooms, options, .. } = &mut *self.chat;
        rooms.hand_out(room, options, self.out);
    }

    /// Hands out the open batches of the client's rooms, so that nothing overtakes the next reply
    /// to it.
    pub(in crate::chat) fn close_batches_of(&mut self, index: ClientIndex) {
        let rooms = self.chat.clients[index.0].rooms.iter();
        let turn = |&room| self.chat.rooms.waits_since(room).map(|since| (since, room));
        let mut waiting: SmallVec<[(u64, RoomId); 2]> = rooms.filter_map(turn).collect();
        waiting.sort_unstable();
        for (_, room) in waiting {
            self.close_batch(room);
        }
    }

    /// Sends one reply to a single client.
    pub(in crate::chat) fn tell(&mut self, index: ClientIndex, reply: impl Into<Reply>) {
        self.tell_all(index, vec![reply.into()]);
    }

    /// Sends several replies to a single client.
    pub(in crate::chat) fn tell_all(&mut self, index: ClientIndex, replies: Vec<Reply>) {
        if !replies.is_empty() {
            self.close_batches_of(index);
            self.out.deliver(index, Delivery::Replies(replies.into()));
        }
    }

    /// Lets the client's input go on after a slow command.
    pub(in crate::chat) fn resume(&mut self, index: ClientIndex, verdict: CommandVerdict) {
        self.out.deliver(index, Delivery::Resume(Box::new(verdict)));
    }

    /// Submits slow work; the client's input waits until it is done.
    pub(in crate::chat) fn submit_slow(
        &mut self,
        index: ClientIndex,
        work: Work,
    ) -> Result<Done, Refusal> {
        let asker = self.chat.clients[index.0].id;
        self.out.submit(Job { asker, work }).map(|()| Done::Later).map_err(|_| Refusal::Busy)
    }
}
