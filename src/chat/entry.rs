//! The entry points of the chat: clients that connect, speak and leave, answers from the outside,
//! deadlines, the end of a batch, and shutdown.

use std::time::Duration;

use crate::base::clock::ChatTime;
use crate::chat::actions::announce::is_part;
use crate::chat::outbox::Outbox;
use crate::chat::state::newcomers::ArrivalStage;
use crate::chat::state::{Chat, Welcome};
use crate::chat::turn::Turn;
use crate::command::completion::CompletionRequest;
use crate::command::{self, Utterance};
use crate::limits;
use crate::model::{
    ClientId, ClientIndex, ClientTraits, Delivery, Event, HistoryAnswer, HistoryEntry, JobOutcome,
    Motd, Newcomer, OwnerToken, Refusal, Reply, Update,
};

impl Chat {
    /// Adds a new client. It is announced later unless clients are named by address or it requested
    /// a name itself; it does not see its own arrival. A client from a banned network stays outside
    /// the rooms.
    pub fn connect(&mut self, newcomer: Newcomer, now: ChatTime) -> Welcome {
        self.add_client(newcomer, now)
    }

    /// A client that was expected to identify its user has done so or gives up: it joins under its
    /// current identity, unless it still has to log in.
    pub fn goes_on(&mut self, client: ClientId, now: ChatTime, out: &mut dyn Outbox) {
        if let Some(&index) = self.indexes.get(&client)
            && self.clients[index.0].stage != (ArrivalStage::Introducing { logs_in: true })
        {
            self.turn(now, out).end_introduction(index, None);
        }
    }

    /// Handles a message or command from a client. Returns whether it was a line that was said.
    pub fn hear(
        &mut self,
        client: ClientId,
        utterance: Utterance,
        now: ChatTime,
        out: &mut dyn Outbox,
    ) -> bool {
        let Some(&index) = self.indexes.get(&client) else { return false };
        self.turn(now, out).hear_client(index, utterance)
    }

    /// Takes note of what a connection has found out about its client.
    pub fn set_traits(&mut self, client: ClientId, traits: ClientTraits, out: &mut dyn Outbox) {
        if let Some(&index) = self.indexes.get(&client) {
            self.timeless_turn(out).take_traits(index, traits);
        }
    }

    /// Sends the completions of a client's word.
    pub fn complete_word(
        &mut self,
        client: ClientId,
        wanted: &CompletionRequest,
        out: &mut dyn Outbox,
    ) {
        if let Some(&index) = self.indexes.get(&client) {
            let words = self.completions(index, wanted);
            out.deliver(index, Delivery::Completions(words.into()));
        }
    }

    /// Handles an answer of the history. The client that asked may be gone or in different rooms.
    pub fn recall(&mut self, answer: HistoryAnswer, now: ChatTime, out: &mut dyn Outbox) {
        self.turn(now, out).show_answer(answer);
    }

    /// Applies the outcome of slow work. The client that asked may have disconnected.
    pub fn learn(&mut self, outcome: JobOutcome, now: ChatTime, out: &mut dyn Outbox) {
        self.turn(now, out).take_outcome(outcome);
    }

    /// Hands out the open batches and releases clients that have left.
    pub fn hand_out(&mut self, out: &mut dyn Outbox) {
        let mut turn = self.timeless_turn(out);
        while let Some(room) = turn.chat.rooms.take_news() {
            turn.close_batch(room);
        }
        turn.tell_rooms();
        for index in self.departed.drain(..) {
            out.deliver(index, Delivery::Released);
            self.clients.remove(index.0);
        }
    }

    /// When [`Chat::on_deadline`] should be called next.
    pub fn deadline(&self) -> Option<Duration> {
        let inside = self.waiting.first().map(|(since, _)| *since + limits::LOGIN_TIME);
        let outside = self.outside.first().map(|(since, _)| match self.outside.len() {
            0..=limits::OUTSIDE_MAX => *since + limits::OUTSIDE_LOGIN_TIME,
            // There are too many, so the oldest has to leave at once.
            _ => *since,
        });
        let newcomer = self.newcomers.deadline();
        [inside, outside, newcomer].into_iter().flatten().min()
    }

    /// Handles everything that is due. Guests that had to log in and ran out of time are
    /// disconnected.
    pub fn on_deadline(&mut self, now: ChatTime, out: &mut dyn Outbox) {
        let mut turn = self.turn(now, out);
        turn.end_overdue();
        turn.tell_of_late_promises();
    }

    /// Removes a client and tells its rooms. The client receives everything before its departure,
    /// but not the departure itself. Does nothing for a client that has been removed before, by a
    /// kick for example. Returns whether the client had been announced.
    pub fn remove_client(&mut self, client: ClientId, now: ChatTime, out: &mut dyn Outbox) -> bool {
        let is_known = self.indexes.get(&client).is_none_or(|&index| self.is_announced(index));
        let event = Event::Quit { text: self.quit_messages.remove(&client) };
        self.turn(now, out).remove_client_with(client, &event);
        is_known
    }

    /// Stores when registered users were last seen, because the server is stopping. No client is
    /// told.
    pub fn close(&mut self, now: ChatTime, out: &mut dyn Outbox) {
        for room in
            self.rooms.iter().filter(|room| self.options.keeps_history && room.last_seq() > 0)
        {
            let (id, name, seq) = (room.id(), room.name().clone(), room.last_seq());
            out.write(HistoryEntry::Reached { room: id, name, seq });
        }
        for account in self.people.iter().filter_map(|(person, _)| person.account()) {
            out.keep(Update::Seen { account, at: now.wall });
        }
    }

    /// Tells the operators that changed settings were not accepted.
    pub fn alert(&mut self, problem: &str, out: &mut dyn Outbox) {
        self.timeless_turn(out).tell_operators(&Reply::SettingsRefused { problem: problem.into() });
    }

    /// Replaces the message of the day.
    pub fn set_motd(&mut self, motd: Motd) {
        self.motd = motd;
    }

    /// Sets the token for a server without an owner: the user who knows it can become the owner.
    pub fn set_owner_token(&mut self, token: OwnerToken) {
        self.moderation.token = Some(token);
    }

    /// Begins a turn.
    fn turn<'a>(&'a mut self, now: ChatTime, out: &'a mut dyn Outbox) -> Turn<'a> {
        self.last_turn_at = now;
        Turn { chat: self, now, out }
    }

    /// A turn that needs no time. It has the time of the one before.
    fn timeless_turn<'a>(&'a mut self, out: &'a mut dyn Outbox) -> Turn<'a> {
        Turn { now: self.last_turn_at, chat: self, out }
    }
}

impl Turn<'_> {
    /// Handles a message or command. Returns whether it was a line that was said.
    fn hear_client(&mut self, index: ClientIndex, utterance: Utterance) -> bool {
        self.chat.clients[index.0].spoke_at = self.now.elapsed;
        self.follow_zones();
        if self.chat.clients[index.0].has_to_log_in && !self.is_heard_outside(index, &utterance) {
            return false;
        }
        self.hear_introduction(index, &utterance);
        if self.chat.is_posting(index) && !is_part(&utterance) {
            let is_slow = matches!(&utterance, Utterance::Command(command) if command.is_slow());
            self.finish(index, Err(Refusal::PostsOnly), is_slow);
            return false;
        }
        let refusal = match utterance {
            Utterance::Line(text) => {
                let meant = command::meant_by(text.as_str());
                match self.say(index, Event::Said { text }) {
                    Ok(()) => {
                        self.hint_at(index, meant);
                        return true;
                    }
                    Err(refusal) => refusal,
                }
            }
            Utterance::Command(command) => {
                self.perform(index, *command);
                return false;
            }
            Utterance::Wrong(refusal) => *refusal,
        };
        self.tell(index, refusal);
        false
    }
}
