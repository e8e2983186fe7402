//! The entry points of the chat: input from a client, news about its protocol, the end of a batch,
//! and shutdown.

use crate::base::clock::Moment;
use crate::chat::actions::announce::is_part;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::command::{self, Utterance};
use crate::limits;
use crate::model::delivery::Delivery;
use crate::model::event::Event;
use crate::model::id::ClientId;
use crate::model::records::HistoryEntry;
use crate::model::refusal::Refusal;
use crate::model::update::Update;

impl Chat {
    /// Handles a message or command from a client. Returns whether it was a line that was said.
    pub fn hear(
        &mut self,
        client: ClientId,
        utterance: Utterance,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> bool {
        let Some(&index) = self.indexes.get(&client) else {
            return false;
        };
        self.clients[index.0].spoke_at = now.instant;
        self.follow_zones(now, out);
        if self.clients[index.0].has_to_log_in
            && !self.is_heard_outside(index, &utterance, now, out)
        {
            return false;
        }
        self.hear_introduction(index, &utterance, now, out);
        if self.is_posting(index) && !is_part(&utterance) {
            let is_slow = matches!(&utterance, Utterance::Command(command) if command.is_slow());
            let verdict = self.finish(index, Err(Refusal::PostsOnly), out);
            if let Some(verdict) = verdict.filter(|_| is_slow) {
                out.deliver(index, Delivery::Resume(Box::new(verdict)));
            }
            return false;
        }
        let refusal = match utterance {
            Utterance::Line(text) => {
                let meant = command::meant_by(text.as_str());
                match self.say(index, Event::Said { text }, now) {
                    Ok(()) => {
                        self.hint_at(index, meant, out);
                        return true;
                    }
                    Err(refusal) => refusal,
                }
            }
            Utterance::Command(command) => {
                self.perform(index, *command, now, out);
                return false;
            }
            Utterance::Wrong(refusal) => *refusal,
        };
        self.tell(index, refusal, out);
        false
    }

    /// Whether the open batches hold enough to be handed out now.
    pub fn is_batch_full(&self) -> bool {
        self.rooms.open_bytes() >= limits::BATCH_BYTES_MAX
    }

    /// Hands out the open batches and releases clients that have left.
    pub fn hand_out(&mut self, out: &mut dyn Outbox) {
        while let Some(room) = self.rooms.take_news() {
            self.close_batch(room, out);
        }
        while let Some(room) = self.rooms.take_ended() {
            self.forget_sanctions_in(room, out);
        }
        self.keep_unsaved_rooms(out);
        self.keep_unsaved_marks(out);
        self.tell_rooms(out);
        for index in self.departed.drain(..) {
            out.deliver(index, Delivery::Released);
            self.clients.remove(index.0);
        }
    }

    /// Stores when registered users were last seen, because the server is stopping. No client is
    /// told.
    pub fn close(&mut self, now: Moment, out: &mut dyn Outbox) {
        for room in
            self.rooms.iter().filter(|room| self.options.keeps_history && room.last_seq() > 0)
        {
            let (id, name, seq) = (room.id(), room.name().clone(), room.last_seq());
            // If the queue is full, the next start assigns the same sequence numbers again.
            let _ = out.write(HistoryEntry::Reached { room: id, name, seq });
        }
        for account in self.people.iter().filter_map(|(person, _)| person.account()) {
            // If the queue is full, only a date in `/whois` is lost.
            let _ = out.keep(Update::Seen { account, at: now.wall });
        }
    }
}
