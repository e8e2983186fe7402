//! The broadcaster: the thread that owns the chat and hands out its lines.
//!
//! Only here are the events of different clients put in an order. The thread takes them from three
//! receivers with one `select!`. Four more receivers bring the outcomes of the accounts worker, the
//! answers of the history, changed settings, and the deadline. It gathers what is already queued
//! into a batch, and never waits to fill one. It never blocks: it sends only to inboxes without a
//! limit of their own, and asks the accounts worker and the history writer only where there is
//! room.
//!
//! # Why the order holds
//!
//! `select!` picks a random ready receiver. With three channels and nothing else, a line could
//! overtake its author's arrival, or a departure its author's last line. The rules, in
//! `Broadcaster::handle`:
//!
//! 1. Before a bundle of lines is applied, all arrivals queued at that moment are. A connection
//!    thread sends a client's arrival before its lines (within a round, arrivals first), and each
//!    send is complete before the next begins. So when a line has been taken, its author's arrival
//!    has been taken or is queued.
//! 2. When a bundle of departures has been taken, exactly the bundles of lines queued at that
//!    moment are applied first (each by rule 1), then the arrivals queued then, then the
//!    departures. The thread sent the clients' lines before their departures (within a round,
//!    departures last), so all of them have been taken or are queued. A channel is first in, first
//!    out, so all are among the first `len()`.
//! 3. A channel keeps the order of each sender. A single thread applies everything, and everyone
//!    sees it in the order in which it was applied.
//! 4. A client is announced later than its arrival is handled: before its first line, since no line
//!    of an unannounced client is proposed ([`Chat`] ensures that in one place), or when its time
//!    has come, at whatever moment that arm is chosen. Only announced clients count as being in a
//!    room, and `left` is shown for them alone. So for each client both lines are shown, in this
//!    order, or neither.
//!
//! Nothing relies on an order between one client's departure and another's arrival, because a
//! [`ClientId`] is never reused. Outcomes and answers may come in any order relative to all of
//! these: a client that waits for an outcome sends nothing meanwhile, an answer says which lines it is
//! about, and a client that has left receives none.
//!
//! When the connection threads have dropped their senders, no client is left, and the loop ends.
//! The accounts worker and the history writer then finish writing without anyone listening for
//! their outcomes.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, after, never, select};
use rustc_hash::FxHashMap;

use crate::base::clock::{ChatClock, ChatTime, Clock};
use crate::chat::outbox::{Outbox, Recipients};
use crate::chat::state::Chat;
use crate::command::{ChatCommand, Utterance};
use crate::limits;
use crate::model::{
    Batch, Busy, ClientId, ClientIndex, Delivery, Held, HistoryAnswer, HistoryEntry, HistoryQuery,
    Job, JobOutcome, Kept, Promise, PromiseKind, Traffic, Update,
};
use crate::net::connection::ConnectionOptions;
use crate::net::gate::{ClientSender, Gate};
use crate::net::uplink::{Arrival, Departure, Message, MessageBatch, Receivers, Request};
use crate::server::frames::Frames;
use crate::server::reload::{LiveSettings, OptionsSender, ServerChange};
use crate::server::sequencer::{self, Local, Sequencer};
use crate::store::threads::jobs::AccountsHandle;
use crate::store::threads::recorder::HistoryHandle;
use crate::text::guest_names::GuestNames;

/// Counters of the broadcaster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BroadcasterCounters {
    /// Clients that connected.
    pub entered_total: u64,
    /// Lines that were said.
    pub lines_total: u64,
    /// Batches that were handed out.
    pub batches_total: u64,
}

/// Something to handle, from one of the receivers.
#[derive(Debug)]
enum BroadcasterEvent {
    Arrivals(Vec<Arrival>),
    Said(MessageBatch),
    Departures(Vec<Departure>),
    Outcome(JobOutcome),
    Answer(HistoryAnswer),
    Change(ServerChange),
    Deadline,
}

/// The sources of the broadcaster's events.
pub(crate) struct Sources {
    /// Events from clients.
    pub receivers: Receivers,
    /// The outcomes of jobs.
    pub outcomes: Receiver<JobOutcome>,
    /// The answers of the history.
    pub answers: Receiver<HistoryAnswer>,
    /// Changes of the settings.
    pub changes: Receiver<ServerChange>,
}

/// The broadcaster's state. [`Broadcaster::run`] is its thread.
pub(crate) struct Broadcaster<S = Local> {
    sources: Sources,
    options_sender: OptionsSender,
    /// The settings that the connections have.
    options: ConnectionOptions,
    /// How many of the three receivers may still bring something. This has to outlive a call of
    /// `next_event`: one receiver may be disconnected while the others still hold events.
    receivers_open: usize,
    chat: Chat,
    sequencer: S,
    guest_names: GuestNames,
    mail: Mail,
    clock: ChatClock,
    counters: BroadcasterCounters,
    /// The last field, so that the senders are dropped before the threads are woken, also when the
    /// broadcaster panics.
    _last_bell: LastBell,
}

/// Everything that goes out: to clients, to the accounts worker, and to the history writer.
pub(crate) struct Mail {
    senders: Senders,
    gate: Gate,
    /// The maximum number of consecutive arrivals or departures that are shown one by one.
    notice_run_max: usize,
    jobs: AccountsHandle,
    history: Option<HistoryHandle>,
}

/// The clients' senders, and which threads have to be woken.
struct Senders {
    /// By client index.
    senders: Vec<Option<ClientSender>>,
    /// Those of clients that are not in the chat yet.
    arriving: FxHashMap<ClientId, ClientSender>,
    /// By thread: whether it has been sent something since it was last woken.
    has_mail: Vec<bool>,
    /// Whether this includes a batch.
    has_batch: bool,
}

impl Senders {
    /// Delivers something to a client.
    #[inline]
    fn deliver(&mut self, ClientIndex(index): ClientIndex, delivery: Delivery) {
        let Some(Some(sender)) = self.senders.get(index) else {
            return;
        };
        self.has_mail[sender.thread()] = true;
        self.has_batch |= matches!(delivery, Delivery::Lines { .. });
        let is_released = matches!(delivery, Delivery::Released);
        sender.send(delivery);
        if is_released {
            self.senders[index] = None;
        }
    }

    /// A client has this index now.
    fn enters(&mut self, client: ClientId, ClientIndex(index): ClientIndex) {
        if index >= self.senders.len() {
            self.senders.resize_with(index + 1, || None);
        }
        self.senders[index] = self.arriving.remove(&client);
    }
}

impl Outbox for Mail {
    fn hand_out(&mut self, batch: &Batch<'_>, members: &mut dyn FnMut(&mut dyn Recipients)) {
        let senders = &mut self.senders;
        let deliver = |to, delivery| senders.deliver(to, delivery);
        members(&mut Frames::of(batch, self.notice_run_max, deliver));
    }

    fn enters(&mut self, client: ClientId, index: ClientIndex) {
        self.senders.enters(client, index);
    }

    fn deliver(&mut self, to: ClientIndex, delivery: Delivery) {
        self.senders.deliver(to, delivery);
    }

    fn submit(&mut self, job: Job) -> Result<(), Busy> {
        self.jobs.submit(job)
    }

    fn keep(&mut self, update: Update) {
        self.jobs.keep(update);
    }

    fn hold(&mut self, promise: Promise) -> Held {
        match (promise.kind, &mut self.history) {
            (PromiseKind::Saved, _) => self.jobs.hold(promise),
            (PromiseKind::Erased, Some(history)) => history.hold(promise),
            (PromiseKind::Erased, None) => Held::Stored(promise),
        }
    }

    fn has_kept(&mut self) -> Kept {
        self.jobs.has_kept()
    }

    fn has_not_kept(&mut self) {
        self.jobs.has_not_kept();
    }

    fn late(&mut self, made_by: Duration) -> Vec<(ClientId, PromiseKind, bool)> {
        let mut late = self.jobs.late(made_by);
        late.extend(self.history.iter_mut().flat_map(|history| history.late(made_by)));
        late
    }

    fn has_erased(&mut self, deletions: u64) -> Vec<Promise> {
        self.history.as_mut().map_or_else(Vec::new, |history| history.has_erased(deletions))
    }

    fn write(&mut self, entry: HistoryEntry) {
        if let Some(history) = &mut self.history {
            history.write(entry);
        }
    }

    fn ask(&mut self, question: HistoryQuery) -> Result<(), Busy> {
        self.history.as_mut().map_or(Err(Busy), |history| history.ask(question))
    }

    fn traffic(&self) -> Traffic {
        self.gate.traffic()
    }
}

impl Mail {
    /// An outgoing side with this gate and these handles; `None` if no history is kept.
    pub(crate) fn new(
        gate: Gate,
        notice_run_max: usize,
        jobs: AccountsHandle,
        history: Option<HistoryHandle>,
    ) -> Self {
        let has_mail = vec![false; gate.workers().len()];
        let arriving = FxHashMap::default();
        let senders = Senders { senders: Vec::new(), arriving, has_mail, has_batch: false };
        Self { senders, gate, notice_run_max, jobs, history }
    }

    /// Wakes each thread that has been sent something, once. Returns whether this included a batch.
    fn ring(&mut self) -> bool {
        for (worker, has_mail) in self.gate.workers().iter().zip(&mut self.senders.has_mail) {
            if std::mem::take(has_mail) {
                worker.hand_over_batch();
            }
        }
        std::mem::take(&mut self.senders.has_batch)
    }
}

/// Opens the gate and wakes all threads when dropped.
struct LastBell(Gate);

impl Drop for LastBell {
    fn drop(&mut self) {
        self.0.open_for_good();
        for worker in self.0.workers() {
            worker.waker.wake();
        }
    }
}

impl<S: Sequencer> Broadcaster<S> {
    /// Creates a broadcaster of a chat without clients. `options` are the settings that the
    /// connections begin with.
    pub(crate) fn new(
        sources: Sources,
        (chat, sequencer, guest_names): (Chat, S, GuestNames),
        mail: Mail,
        options_sender: OptionsSender,
        options: ConnectionOptions,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            sources,
            options_sender,
            options,
            receivers_open: 3,
            chat,
            sequencer,
            guest_names,
            _last_bell: LastBell(mail.gate.clone()),
            mail,
            clock: ChatClock::new(clock),
            counters: BroadcasterCounters::default(),
        }
    }

    /// Handles events until the last sender of each kind is gone and nothing is queued. The
    /// clients' senders are dropped then, which tells their threads that nothing more will come.
    pub(crate) fn run(mut self) -> BroadcasterCounters {
        while let Some(event) = self.next_event() {
            // Only until a batch has gone out. Then `select!` is asked again, so that no kind of
            // event has to wait for another that never ends.
            let batches = self.counters.batches_total;
            self.handle(event);
            while self.counters.batches_total == batches
                && let Some(event) = self.queued_event()
            {
                self.handle(event);
            }
            self.hand_out();
        }
        let now = self.clock.now();
        self.chat.close(now, &mut self.mail);
        self.counters.lines_total = self.chat.lines_said();
        self.counters
    }

    /// Waits for an event. `None` if there will be no more.
    fn next_event(&mut self) -> Option<BroadcasterEvent> {
        // Only while a client is new or waits, and made anew each time: a timer receiver is a small
        // allocation.
        let deadline = self.deadline_wait().map_or_else(never, after);
        let Self { sources, receivers_open, .. } = self;
        let Sources { receivers, outcomes, answers, changes } = sources;
        while *receivers_open > 0 {
            // A disconnected arm is always ready. It is replaced by `never`, or the loop would
            // spin.
            select! {
                recv(receivers.entering) -> arrivals => match arrivals {
                    Ok(arrivals) => return Some(BroadcasterEvent::Arrivals(arrivals)),
                    Err(_) => { receivers.entering = never(); *receivers_open -= 1 }
                },
                recv(receivers.messages) -> said => match said {
                    Ok(said) => return Some(BroadcasterEvent::Said(said)),
                    Err(_) => { receivers.messages = never(); *receivers_open -= 1 }
                },
                recv(receivers.leaving) -> departures => match departures {
                    Ok(departures) => return Some(BroadcasterEvent::Departures(departures)),
                    Err(_) => { receivers.leaving = never(); *receivers_open -= 1 }
                },
                recv(outcomes) -> outcome => match outcome {
                    Ok(outcome) => return Some(BroadcasterEvent::Outcome(outcome)),
                    // Happens only if the accounts worker has failed, which ends the server.
                    Err(_) => *outcomes = never(),
                },
                recv(answers) -> answer => match answer {
                    Ok(answer) => return Some(BroadcasterEvent::Answer(answer)),
                    // No history is kept, or its reader has failed.
                    Err(_) => *answers = never(),
                },
                recv(changes) -> change => match change {
                    Ok(change) => return Some(BroadcasterEvent::Change(change)),
                    // Nobody watches for changed settings.
                    Err(_) => *changes = never(),
                },
                recv(deadline) -> _ => return Some(BroadcasterEvent::Deadline),
            }
        }
        None
    }

    /// How long to wait for the next deadline.
    fn deadline_wait(&self) -> Option<Duration> {
        let erased = self.mail.history.as_ref().and_then(HistoryHandle::late_at);
        let deadlines = [self.chat.deadline(), self.mail.jobs.late_at(), erased];
        let (at, now) = (deadlines.into_iter().flatten().min()?, self.clock.now().elapsed);
        let is_held = self.is_deadline_held(now);
        Some(if is_held { limits::GATE_POLL } else { at.saturating_sub(now) })
    }

    /// Whether what is due waits for the gate, as input does. Otherwise thousands of clients that
    /// came at once would be announced in as many batches, faster than these can be written.
    fn is_deadline_held(&self, now: Duration) -> bool {
        let is_due = |at| at <= now && now < at + limits::DEADLINE_HOLD_MAX;
        self.chat.deadline().is_some_and(is_due) && !self.mail.gate.is_open()
    }

    /// An event that is already queued, for the current batch.
    fn queued_event(&self) -> Option<BroadcasterEvent> {
        let Receivers { entering, messages, leaving } = &self.sources.receivers;
        let said = || messages.try_recv().ok().map(BroadcasterEvent::Said);
        let arrivals = || entering.try_recv().ok().map(BroadcasterEvent::Arrivals);
        let departures = || leaving.try_recv().ok().map(BroadcasterEvent::Departures);
        let outcome = || self.sources.outcomes.try_recv().ok().map(BroadcasterEvent::Outcome);
        let answer = || self.sources.answers.try_recv().ok().map(BroadcasterEvent::Answer);
        // Changes are not urgent, so only `next_event` takes them.
        said().or_else(arrivals).or_else(departures).or_else(outcome).or_else(answer)
    }

    fn handle(&mut self, event: BroadcasterEvent) {
        match event {
            BroadcasterEvent::Arrivals(arrivals) => self.connect_all(arrivals),
            BroadcasterEvent::Outcome(outcome) => {
                let now = self.clock.now();
                if let Some(command) = self.chat.learn(outcome, now, &mut self.mail) {
                    self.propose(command, now);
                }
            }
            BroadcasterEvent::Answer(answer) => {
                let now = self.clock.now();
                if let Some(command) = self.chat.recall(answer, now, &mut self.mail) {
                    self.propose(command, now);
                }
            }
            BroadcasterEvent::Change(change) => self.change(change),
            BroadcasterEvent::Deadline => {
                let now = self.clock.now();
                if !self.is_deadline_held(now.elapsed) {
                    self.propose(ChatCommand::Tick, self.chat.tick_time(now));
                    self.chat.tell_of_late_promises(now, &mut self.mail);
                }
            }
            BroadcasterEvent::Said(said) => {
                self.connect_queued();
                self.say_all(said);
            }
            BroadcasterEvent::Departures(departures) => {
                for _ in 0..self.sources.receivers.messages.len() {
                    let Ok(said) = self.sources.receivers.messages.try_recv() else {
                        break;
                    };
                    self.connect_queued();
                    self.say_all(said);
                }
                self.connect_queued();
                self.disconnect_all(departures);
            }
        }
        // Whole commands, so that a crash leaves none half stored.
        self.mail.jobs.hand_over();
        self.hand_out_if_full();
    }

    fn change(&mut self, change: ServerChange) {
        match change {
            ServerChange::Settings(settings) => {
                let LiveSettings { motd, password, flood } = *settings;
                self.propose(ChatCommand::SetMotd(motd), self.clock.now());
                (self.options.password, self.options.flood) = (password, flood);
                self.options_sender.set_options(self.options.clone());
            }
            ServerChange::Erase(erasure) => {
                tracing::info!(number = erasure.number, "erasing a person's data");
                self.propose(ChatCommand::Erase(erasure), self.clock.now());
            }
            ServerChange::Refused(problem) => self.chat.alert(&problem, &mut self.mail),
        }
    }

    /// Handles the arrivals queued at this moment and no later ones, so that this ends.
    fn connect_queued(&mut self) {
        for _ in 0..self.sources.receivers.entering.len() {
            let Ok(arrivals) = self.sources.receivers.entering.try_recv() else {
                break;
            };
            self.connect_all(arrivals);
        }
    }

    fn connect_all(&mut self, arrivals: Vec<Arrival>) {
        let now = self.clock.now();
        for arrival in arrivals {
            self.connect(arrival, now);
            self.hand_out_if_full();
        }
    }

    fn connect(&mut self, Arrival { newcomer, sender }: Arrival, now: ChatTime) {
        self.counters.entered_total += 1;
        self.mail.senders.arriving.insert(newcomer.client, sender);
        let guest_name = self.guest_names.pick(|name| self.chat.is_taken(name)).into();
        let newcomer = newcomer.into();
        self.propose(ChatCommand::Enter { newcomer, guest_name }, now);
    }

    fn say_all(&mut self, MessageBatch { messages, waiting }: MessageBatch) {
        let now = self.clock.now();
        for Message { client, request } in messages {
            match request {
                Request::Utter(Utterance::Command(request)) if request.is_request() => {
                    let Self { sequencer, chat, mail, .. } = self;
                    sequencer::request(client, request, now, sequencer, chat, mail);
                }
                Request::Utter(utterance) => {
                    self.propose(ChatCommand::Hear { client, utterance }, now);
                }
                Request::UtterOnce(message) => {
                    self.propose(ChatCommand::HearOnce { client, message }, now);
                }
                Request::HasTraits(traits) => {
                    let traits = traits.into();
                    self.propose(ChatCommand::HasTraits { client, traits }, now);
                }
                Request::GoesOn => self.propose(ChatCommand::GoesOn { client }, now),
                Request::Complete(wanted) => {
                    self.chat.complete_word(client, &wanted, &mut self.mail)
                }
            }
            self.hand_out_if_full();
        }
        // The lines no longer count as waiting. From now on, what has been handed out holds the
        // gate.
        drop(waiting);
    }

    /// Proposes a command, and applies everything that is ordered by then.
    #[inline(always)]
    fn propose(&mut self, command: ChatCommand, now: ChatTime) {
        let Self { sequencer, chat, mail, .. } = self;
        sequencer::propose(command, now, sequencer, chat, mail);
    }

    fn disconnect_all(&mut self, departures: Vec<Departure>) {
        let now = self.clock.now();
        for Departure { client, address, reason, lines_missed } in departures {
            let address = address.map(tracing::field::display);
            if self.chat.is_noted(client) {
                tracing::info!(%client, address, %reason, lines_missed, "client left");
            } else {
                tracing::debug!(%client, address, %reason, "client left unannounced");
            }
            self.propose(ChatCommand::Leave { client }, now);
            self.hand_out_if_full();
        }
    }

    /// Hands out if the batch is full. A reply to a single client may have closed a batch already,
    /// which counts, too.
    fn hand_out_if_full(&mut self) {
        if self.chat.is_batch_full() {
            self.hand_out();
        } else if self.mail.senders.has_batch {
            self.ring();
        }
    }

    /// Hands out what has gathered: one parcel for each recipient, one wake for each thread.
    fn hand_out(&mut self) {
        self.chat.hand_out(&mut self.mail);
        self.ring();
    }

    fn ring(&mut self) {
        let has_batch = self.mail.ring();
        self.counters.batches_total += u64::from(has_batch);
    }
}

#[cfg(test)]
mod tests;
