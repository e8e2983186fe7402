//! Messages with an id: each is said once, however often it is sent.
//!
//! A client that loses its connection does not know whether its last messages were said. If it has
//! given them ids, it sends them again when it is back, and is told of those that had been said.

use crate::chat::state::Chat;
use crate::chat::state::said_messages::{MessageAuthor, SaidAs};
use crate::chat::turn::{Done, Turn};
use crate::command::{self, Command, IdentifiedMessage, Utterance};
use crate::model::id::ClientMessageId;
use crate::model::{ClientIndex, Event, NotSaid, Refusal, Reply, RoomId, SaidBefore};

impl Turn<'_> {
    /// Says a message, unless it is known. A refused one is not remembered.
    pub(in crate::chat) fn say_once(&mut self, index: ClientIndex, message: IdentifiedMessage) {
        let IdentifiedMessage { id, utterance } = message;
        let author = self.chat.message_author(index);
        if let Some(said_as) = self.chat.said_messages.find(author, id, self.now.elapsed) {
            if said_as == SaidAs::Post {
                // The message may be the first line, which also says what kind of client this is.
                let _ = self.post(index, None);
            }
            return self.tell(index, self.chat.said_before(id, said_as));
        }
        let target = self.chat.target_of(index, &utterance);
        match self.say_message(index, utterance) {
            Ok(done) => {
                let said_as = self.chat.said_as(target);
                self.chat.said_messages.remember(author, id, said_as, self.now.elapsed);
                self.finish(index, Ok(done), false);
            }
            Err(refusal) => {
                let told = match self.chat.refused(index, refusal) {
                    Reply::Refused(refusal) => Reply::NotSaid(Box::new(NotSaid { id, refusal })),
                    told => told,
                };
                self.tell(index, told);
            }
        }
    }

    fn say_message(&mut self, index: ClientIndex, message: Utterance) -> Result<Done, Refusal> {
        match message {
            Utterance::Line(text) => {
                let meant = command::meant_by(text.as_str());
                self.say(index, Event::Said { text })?;
                self.hint_at(index, meant);
                Ok(Done::silently())
            }
            Utterance::Command(command) => {
                self.chat.check_may_do(index, &command, self.now)?;
                self.do_command(index, *command)
            }
            Utterance::Wrong(refusal) => Err(*refusal),
        }
    }
}

/// Where a message is to be said.
enum MessageTarget {
    Room(RoomId),
    Post,
    Private,
}

impl Chat {
    fn message_author(&self, index: ClientIndex) -> MessageAuthor {
        let client = &self.clients[index.0];
        match client.person.account() {
            Some(account) => MessageAuthor::Account(account),
            None => MessageAuthor::Guests(client.origin()),
        }
    }

    /// Where a message will be said, unless it is refused.
    fn target_of(&self, index: ClientIndex, message: &Utterance) -> MessageTarget {
        let current = || self.clients[index.0].rooms.last().copied();
        let room = match message {
            Utterance::Line(_) => current(),
            Utterance::Command(command) => match &**command {
                Command::Me { .. } | Command::Say { .. } => current(),
                Command::ToRoom { room, .. } => self.room_of_line(index, room).ok(),
                Command::Post { .. } => return MessageTarget::Post,
                _ => None,
            },
            Utterance::Wrong(_) => None,
        };
        room.map_or(MessageTarget::Private, MessageTarget::Room)
    }

    /// How the message just said there was said.
    fn said_as(&self, target: MessageTarget) -> SaidAs {
        match target {
            MessageTarget::Room(room) => {
                SaidAs::InRoom(room, self.rooms.find(room).map_or(0, |room| room.last_seq()))
            }
            MessageTarget::Post => SaidAs::Post,
            MessageTarget::Private => SaidAs::Private,
        }
    }

    /// The answer to a message that is known.
    fn said_before(&self, id: ClientMessageId, said_as: SaidAs) -> Reply {
        let (room, seq) = match said_as {
            SaidAs::Post => return Reply::Posted,
            SaidAs::InRoom(room, seq) => (self.rooms.find(room).map(|it| it.name().clone()), seq),
            SaidAs::Private => (None, 0),
        };
        let seq = room.is_some().then_some(seq);
        Reply::SaidBefore(Box::new(SaidBefore { id, room, seq }))
    }
}
