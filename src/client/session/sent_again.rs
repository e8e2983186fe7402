//! Messages that the session sends again after a broken connection, and what the user is told of
//! those that it cannot send again.

use std::time::Instant;

use super::Session;
use super::incoming::Speech;
use super::unconfirmed::{GivenId, IdSpace};
use crate::client::texts;
use crate::command::interpret;
use crate::model::id::ClientMessageId;
use crate::model::{NotSaid, Reply};
use crate::text::CleanText;

impl Session {
    /// Remembers a line that is about to be sent, if it is a message. Returns its id, if the server
    /// understands ids.
    pub(super) fn expect_echo(&mut self, line: &str) -> Option<ClientMessageId> {
        let is_message = interpret(CleanText::from_bytes(line.as_bytes())).is_message();
        let given = self.id_space().filter(|_| is_message).map(|space| {
            let id = ClientMessageId(self.rng.u128(..));
            GivenId { id, space }
        });
        let id = given.as_ref().map(|given| given.id);
        // The user may be somebody else when the server reads the line.
        let is_certain = !self.identity.is_logging_in();
        let room = self.place.rooms.last().filter(|_| is_certain).map(|room| &**room);
        self.unconfirmed.send(line, given, room, self.now);
        id
    }

    /// Where the ids of messages count, if the server understands them.
    fn id_space(&self) -> Option<IdSpace> {
        let memory = self.hearing.message_ids()?.to_owned();
        Some(IdSpace { memory, account: self.identity.account_name().map(str::to_owned) })
    }

    /// Sends the messages of the last connection again, as soon as the user is back in their rooms,
    /// it is clear who they are, and the server is not asking for anything.
    pub(super) fn send_again(&mut self) {
        let is_back = self.hearing.speech() == Speech::Json
            && self.link.is_open()
            && self.link.is_in()
            && self.back_by.is_none()
            && !self.is_being_asked()
            && !self.identity.is_logging_in();
        if !is_back || !self.unconfirmed.has_waiting() {
            return;
        }
        // If the user is not logged in again, ids of the account do not count.
        let space = self.id_space().filter(|_| self.identity.is_restored());
        let sending = self.unconfirmed.send_again(space.as_ref(), &self.place, self.now);
        for (id, line) in sending.send {
            self.put_message(&line, Some(id));
        }
        self.tell_unconfirmed(&sending.told);
    }

    /// The server has refused a message. One that was typed on an earlier connection is shown
    /// again, because the reason alone says too little.
    pub(super) fn hear_not_said(&mut self, message: NotSaid, now: Instant) {
        let again = self.unconfirmed.refuse(message.id);
        self.hear_reply(Reply::Refused(message.refusal), now);
        self.tell_unconfirmed(again.as_slice());
    }

    /// Tells the user which messages may not have been said.
    pub(super) fn tell_unconfirmed(&mut self, lines: &[String]) {
        for line in lines {
            self.display.tell(&texts::PERHAPS_NOT_SAID.fill(self.lang, &[("line", line)]));
        }
    }
}
