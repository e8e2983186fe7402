//! The entry points of the chat: commands and requests, answers from the outside, the end of a batch,
//! and shutdown.
//!
//! Only a command changes the chat ([`ChatCommand`]). Everything else looks at it for one client, or
//! is about the machine that the chat runs on.

use std::time::Duration;

use crate::base::clock::ChatTime;
use crate::chat::actions::announce::is_part;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::newcomers::ArrivalStage;
use crate::chat::turn::{Done, Turn};
use crate::command::completion::CompletionRequest;
use crate::command::{self, ChatCommand, Command, IdentifiedMessage, Utterance};
use crate::limits;
use crate::model::{
    ClientId, ClientIndex, Delivery, Event, HistoryAnswer, HistoryEntry, JobOutcome, Motd,
    OwnerToken, Refusal, Reply, Update, WorkResult,
};
use crate::text::CleanText;

impl Chat {
    /// Applies a command at its time, after everything that was due before. The monotonic times of
    /// commands never go back.
    pub fn apply(&mut self, command: ChatCommand, at: ChatTime, out: &mut dyn Outbox) {
        self.last_turn_at = at;
        let mut turn = Turn { now: at, chat: self, out };
        if turn.chat.deadlines.are_due(at.elapsed) {
            turn.apply_due();
        }
        match command {
            ChatCommand::Hear { client, utterance } => {
                if let Some(&index) = turn.chat.indexes.get(&client) {
                    turn.hear(index, utterance);
                }
            }
            other => turn.apply_other(other),
        }
    }

    /// The command that has to be applied before a request of a client, if there is one.
    pub fn comes_first(
        &self,
        client: ClientId,
        request: &Command,
        now: ChatTime,
    ) -> Option<ChatCommand> {
        let &index = self.indexes.get(&client)?;
        let is_login = matches!(request, Command::Login { .. });
        if self.is_introducing(index) && is_login {
            return Some(ChatCommand::TriesLogin { client });
        }
        let is_free = self.is_outside(index) && self.kept_out_as_guest(index, now).is_none();
        let proceeds = !is_login && (self.is_introducing(index) || is_free);
        proceeds.then_some(ChatCommand::Proceeds { client })
    }

    /// Handles a [request](Command::is_request) of a client. Returns the resulting command, if no
    /// slow work is needed.
    pub fn request(
        &mut self,
        client: ClientId,
        request: Command,
        now: ChatTime,
        out: &mut dyn Outbox,
    ) -> Option<ChatCommand> {
        let &index = self.indexes.get(&client)?;
        self.turn(now, out).request(index, request)
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
    pub fn recall(
        &mut self,
        answer: HistoryAnswer,
        now: ChatTime,
        out: &mut dyn Outbox,
    ) -> Option<ChatCommand> {
        self.turn(now, out).show_answer(answer)
    }

    /// Handles a report of the accounts worker. Returns the resulting command, if any. The client
    /// that asked may have disconnected.
    pub fn learn(
        &mut self,
        outcome: JobOutcome,
        now: ChatTime,
        out: &mut dyn Outbox,
    ) -> Option<ChatCommand> {
        let mut turn = self.turn(now, out);
        match outcome {
            JobOutcome::Kept => turn.changes_are_kept(),
            JobOutcome::NotKept { .. } => turn.changes_are_not_kept(),
            JobOutcome::Done { asker: client, result: WorkResult::Right(verdict) } => {
                return Some(ChatCommand::Decide { client, verdict: verdict.into() });
            }
            JobOutcome::Done { asker, result } => {
                let &index = turn.chat.indexes.get(&asker)?;
                turn.answer(index, result);
            }
        }
        None
    }

    /// Hands out the open batches and releases clients that have left.
    pub fn hand_out(&mut self, out: &mut dyn Outbox) {
        self.timeless_turn(out).close_batches();
    }

    /// When the next command is due: a [`ChatCommand::Tick`] if there is no other.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadlines.first()
    }

    /// The time of a tick that handles what is due: now, or earlier if that is more than
    /// [`limits::DUE_AT_ONCE_MAX`], so that the server can hand out before the next one.
    pub fn tick_time(&self, now: ChatTime) -> ChatTime {
        let last = self.deadlines.after(limits::DUE_AT_ONCE_MAX - 1);
        let last = last.map(|last| last.max(self.last_turn_at.elapsed));
        let elapsed = last.map_or(now.elapsed, |last| last.min(now.elapsed));
        let wall = now.wall.checked_sub(now.elapsed - elapsed).unwrap_or(now.wall);
        ChatTime { elapsed, wall }
    }

    /// Tells the clients that wait too long for something to be stored.
    pub fn tell_of_late_promises(&mut self, now: ChatTime, out: &mut dyn Outbox) {
        self.turn(now, out).tell_who_waits();
    }

    /// Whether the client is known to others, or unknown to the chat: it has been removed already,
    /// by a kick for example.
    pub fn is_noted(&self, client: ClientId) -> bool {
        self.indexes.get(&client).is_none_or(|&index| self.is_announced(index))
    }

    /// Number of lines that were said.
    pub fn lines_said(&self) -> u64 {
        self.lines_said
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

    /// Replaces the message of the day.
    pub fn set_motd(&mut self, motd: Motd) {
        self.motd = motd;
    }

    /// Sets the token for a server without an owner: the user who knows it can become the owner.
    pub fn set_owner_token(&mut self, token: OwnerToken) {
        self.moderation.token = Some(token);
    }

    /// Tells the operators that changed settings were not accepted.
    pub fn alert(&mut self, problem: &str, out: &mut dyn Outbox) {
        self.timeless_turn(out).tell_operators(&Reply::SettingsRefused { problem: problem.into() });
    }

    /// A turn that applies no command.
    fn turn<'a>(&'a mut self, now: ChatTime, out: &'a mut dyn Outbox) -> Turn<'a> {
        Turn { chat: self, now, out }
    }

    /// A turn that needs no time. It has that of the last command.
    fn timeless_turn<'a>(&'a mut self, out: &'a mut dyn Outbox) -> Turn<'a> {
        Turn { now: self.last_turn_at, chat: self, out }
    }
}

impl Turn<'_> {
    /// Applies a command that is none of the frequent ones.
    #[inline(never)]
    fn apply_other(&mut self, command: ChatCommand) {
        let client = match command {
            ChatCommand::Enter { newcomer, guest_name } => {
                return self.add_client(*newcomer, guest_name);
            }
            ChatCommand::Leave { client } => {
                let event = Event::Quit { text: self.chat.quit_messages.remove(&client) };
                return self.remove_client_with(client, &event);
            }
            ChatCommand::Decide { client, verdict } => return self.decide(client, *verdict),
            ChatCommand::Erase(erasure) => return self.erase(&erasure, None),
            ChatCommand::SetMotd(motd) => return self.chat.set_motd(motd),
            ChatCommand::GoesOn { client }
            | ChatCommand::TriesLogin { client }
            | ChatCommand::Proceeds { client }
            | ChatCommand::HearOnce { client, .. }
            | ChatCommand::HasTraits { client, .. } => client,
            ChatCommand::Tick | ChatCommand::Hear { .. } => return,
        };
        let Some(&index) = self.chat.indexes.get(&client) else { return };
        match command {
            ChatCommand::HearOnce { message, .. } => self.hear_once(index, *message),
            ChatCommand::HasTraits { traits, .. } => self.take_traits(index, *traits),
            ChatCommand::Proceeds { .. } => self.proceed(index),
            ChatCommand::TriesLogin { .. } => self.chat.expect_login(index, false),
            _ if self.chat.expects_login(index) => {}
            _ => self.end_introduction(index, None),
        }
    }

    /// Handles a message or a command.
    #[inline(always)]
    fn hear(&mut self, index: ClientIndex, utterance: Utterance) {
        let client = &mut self.chat.clients[index.0];
        client.spoke_at = self.now.elapsed;
        let is_usual = client.stage == ArrivalStage::Announced && !client.has_to_log_in;
        match utterance {
            Utterance::Line(text) if is_usual => self.hear_line(index, text),
            utterance => self.hear_other(index, utterance),
        }
    }

    #[inline(always)]
    fn hear_line(&mut self, index: ClientIndex, text: CleanText) {
        let meant = command::meant_by(text.as_str());
        match self.say(index, Event::Said { text }) {
            Ok(()) => self.hint_at(index, meant),
            Err(refusal) => self.tell(index, refusal),
        }
    }

    #[inline(never)]
    fn hear_other(&mut self, index: ClientIndex, utterance: Utterance) {
        if !self.lets_through(index, &utterance) {
            return;
        }
        match utterance {
            Utterance::Line(text) => self.hear_line(index, text),
            Utterance::Command(command) => self.perform(index, *command),
            Utterance::Wrong(refusal) => self.tell(index, *refusal),
        }
    }

    fn hear_once(&mut self, index: ClientIndex, message: IdentifiedMessage) {
        self.chat.clients[index.0].spoke_at = self.now.elapsed;
        if self.lets_through(index, &message.utterance) {
            self.say_once(index, message);
        }
    }

    /// Whether the client may say or do anything yet. Answers what it may not.
    fn lets_through(&mut self, index: ClientIndex, utterance: &Utterance) -> bool {
        if self.chat.clients[index.0].has_to_log_in && !self.lets_in(index, utterance) {
            return false;
        }
        self.hear_introduction(index, utterance);
        let is_heard = !self.chat.is_posting(index) || is_part(utterance);
        if !is_heard {
            self.finish(index, Err(Refusal::PostsOnly), is_slow(utterance));
        }
        is_heard
    }

    /// Lets a client from a banned network take part if the ban has ended. Returns whether it is
    /// heard.
    fn lets_in(&mut self, index: ClientIndex, utterance: &Utterance) -> bool {
        let refusal = self.chat.unheard_outside(index, None, self.now);
        let is_heard = refusal.is_none();
        if let Some(refusal) = refusal {
            self.finish(index, Err(refusal), is_slow(utterance));
        } else if self.chat.is_outside(index) {
            self.admit(index);
        }
        is_heard
    }

    /// Handles a request. Returns the resulting command, if no slow work is needed.
    fn request(&mut self, index: ClientIndex, request: Command) -> Option<ChatCommand> {
        let (client, is_slow) = (self.chat.clients[index.0].id, request.is_slow());
        let login = match &request {
            Command::Login { name, .. } => Some(name),
            _ => None,
        };
        let result = if let Some(refusal) = self.chat.unheard_outside(index, login, self.now) {
            Err(refusal)
        } else if self.chat.is_posting(index) && login.is_none() {
            Err(Refusal::PostsOnly)
        } else {
            let checked = self.chat.check_may_do(index, &request, self.now);
            checked.and_then(|()| self.do_request(index, request))
        };
        match result {
            Ok(Done::Decided(verdict)) => {
                return Some(ChatCommand::Decide { client, verdict: verdict.into() });
            }
            result => self.finish(index, result, is_slow),
        }
        None
    }
}

fn is_slow(utterance: &Utterance) -> bool {
    matches!(utterance, Utterance::Command(command) if command.is_slow())
}
