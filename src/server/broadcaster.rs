//! The broadcaster: one thread that owns the hall, and hands out what is said in it.
//!
//! It is the only place where events of different clients are put in an order. It takes them from
//! three receivers with one `select!`, what the registrar has done from a fourth, what is told of
//! the past from a fifth, which settings are otherwise from a sixth, and the time from a seventh;
//! it gathers what is already queued into a batch, and never waits to fill one. It never blocks: it
//! sends only to inboxes without a limit of their own, and asks the registrar and the historian
//! only where there is room.
//!
//! # Why the order holds
//!
//! `select!` picks a random ready receiver, so three channels alone would let a line overtake its
//! author's arrival, or a departure its author's last line. The rules, in `Broadcaster::handle`:
//!
//! 1. Before a bundle of lines is applied, all arrivals queued at that moment are. A connection
//!    thread sends a client's arrival before its lines (of what it has gathered in one round,
//!    arrivals first), and each send is complete before the next begins; so when a line has been
//!    taken, its author's arrival has been taken or is queued.
//! 2. When a bundle of departures has been taken, exactly the bundles of lines queued at that
//!    moment are applied first (each by rule 1), then the arrivals queued then, then the
//!    departures. The thread sent the clients' lines before their departures (of one round,
//!    departures last), so all of them have been taken or are queued; a channel is first in, first
//!    out, so all are among the first `len()`.
//! 3. A channel keeps each sender's order, and what one thread applies everybody sees in that
//!    order.
//! 4. That somebody has joined is told when they are announced, which is later than their arrival:
//!    before the first line of theirs, since no line is proposed of anybody who has not been
//!    ([`Hall`] sees to that in one place), or when their time has come, at whatever moment that arm
//!    is chosen. Whoever counts as being in a room has been announced in it, and `left` is told of
//!    those alone: so of each client both are told, in this order, or neither.
//!
//! Nothing relies on an order between one client's departure and another's arrival; a
//! [`ClientId`](crate::model::id::ClientId) is never used twice. Outcomes and answers come in any order to
//! all of these: a client that waits for an outcome sends nothing meanwhile, an answer says of
//! which lines it is, and one that has gone is not told.
//!
//! When the connection threads have dropped their senders, there is nobody left to tell, and the
//! loop ends. What the registrar and the historian still have to write they write without being
//! listened to.

use std::sync::Arc;

use crossbeam_channel::{Receiver, after, never, select};

use crate::base::clock::{Clock, Moment};
use crate::chat::state::room::Seat;
use crate::chat::state::{Delivery, Hall, Outbox};
use crate::model::job::{Job, Outcome};
use crate::model::records::Entry;
use crate::model::traffic::Traffic;
use crate::net::connection::ConnectionOptions;
use crate::net::gate::{ClientSender, Content, Dismissal, Gate};
use crate::net::uplink::{Arrival, Departure, Message, Receivers, Said, Wish};
use crate::server::reload::{Change, LiveSettings};
use crate::server::steering::Steering;
use crate::store::threads::history::{Answer, Question, Recorder};
use crate::store::threads::jobs::{Busy, Jobs};
use crate::store::updates::Update;

/// What the broadcaster has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BroadcasterCounters {
    /// Clients that entered.
    pub entered_total: u64,
    /// Lines that were said.
    pub lines_total: u64,
    /// Batches handed out.
    pub batches_total: u64,
}

/// Something to handle, from one of the receivers.
#[derive(Debug)]
enum Event {
    Arrivals(Vec<Arrival>),
    Said(Said),
    Departures(Vec<Departure>),
    Outcome(Outcome),
    Answer(Answer),
    Change(Change),
    Deadline,
}

/// What a broadcaster is made of.
pub struct Setup {
    /// Where what clients do comes from.
    pub receivers: Receivers,
    /// The hall, in which nobody is.
    pub hall: Hall,
    /// The way to the registrar.
    pub jobs: Jobs,
    /// And back.
    pub outcomes: Receiver<Outcome>,
    /// The way to the historian, if a history is kept.
    pub recorder: Option<Recorder>,
    /// What is told of it.
    pub answers: Receiver<Answer>,
    /// What is to be otherwise from now on.
    pub changes: Receiver<Change>,
    /// The way to the connection threads for that.
    pub steering: Steering,
    /// What their connections are told to begin with.
    pub options: ConnectionOptions,
    /// What holds connection threads back.
    pub gate: Gate,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The broadcaster's state. [`Broadcaster::run`] is its thread.
pub struct Broadcaster {
    receivers: Receivers,
    outcomes: Receiver<Outcome>,
    answers: Receiver<Answer>,
    changes: Receiver<Change>,
    steering: Steering,
    options: ConnectionOptions,
    /// How many of the three may still bring something. It outlives a call of `next_event`: one of
    /// them may be disconnected while the others still hold events.
    receivers_open: usize,
    hall: Hall,
    mail: Mail,
    clock: Arc<dyn Clock>,
    counters: BroadcasterCounters,
    /// The last field, so that the senders are gone when the threads are told to look; also when
    /// the broadcaster panics.
    _last_bell: LastBell,
}

/// What goes out: to clients, to the registrar, and to the historian.
struct Mail {
    /// By seat.
    senders: Vec<Option<ClientSender>>,
    gate: Gate,
    /// By thread: whether it has been sent something since its doorbell was last rung.
    has_mail: Vec<bool>,
    /// Whether a batch is among that.
    has_batch: bool,
    jobs: Jobs,
    recorder: Option<Recorder>,
}

impl Outbox for Mail {
    fn deliver(&mut self, Seat(index): Seat, delivery: Delivery<'_>) {
        let Some(Some(sender)) = self.senders.get(index) else {
            return;
        };
        self.has_mail[sender.thread()] = true;
        match delivery {
            Delivery::Lines { room, frame, lines } => {
                self.has_batch = true;
                sender.send(Content::Lines { room, frame: frame.clone(), lines });
            }
            Delivery::Answer(bytes) => sender.send(Content::Answer(bytes)),
            Delivery::Resume(verdict) => sender.send(Content::Resume(Box::new(verdict))),
            Delivery::Ask(asking) => sender.send(Content::Ask(asking)),
            Delivery::Rooms(rooms) => sender.send(Content::Rooms(rooms)),
            Delivery::Completions(words) => sender.send(Content::Completions(words)),
            Delivery::Edit(edit) => sender.send(Content::Edit(edit)),
            Delivery::Released => {
                sender.send(Content::Released);
                self.senders[index] = None;
            }
            Delivery::Dismissed { last_words, reason } => {
                sender.send(Content::Dismissed(Box::new(Dismissal { last_words, reason })));
            }
        }
    }

    fn submit(&mut self, job: Job) -> Result<(), Busy> {
        self.jobs.submit(job)
    }

    fn keep(&mut self, update: Update) -> Result<(), Busy> {
        self.jobs.keep(update)
    }

    fn has_kept(&mut self) -> bool {
        self.jobs.has_kept()
    }

    fn write(&mut self, entry: Entry) -> Result<(), Busy> {
        self.recorder.as_mut().map_or(Ok(()), |recorder| recorder.write(entry))
    }

    fn ask(&mut self, question: Question) -> Result<(), Busy> {
        self.recorder.as_mut().map_or(Err(Busy), |recorder| recorder.ask(question))
    }

    fn traffic(&self) -> Traffic {
        self.gate.traffic()
    }
}

impl Mail {
    /// A client has come, and is told this first.
    fn welcome(&mut self, Seat(index): Seat, sender: ClientSender, notice: Box<[u8]>) {
        // A client that begins with its name is welcomed once it has one.
        if !notice.is_empty() {
            sender.send(Content::Answer(notice));
            self.has_mail[sender.thread()] = true;
        }
        if index >= self.senders.len() {
            self.senders.resize_with(index + 1, || None);
        }
        self.senders[index] = Some(sender);
    }

    /// Wakes each thread that has been sent something, once. Says whether a batch was among it.
    fn ring(&mut self) -> bool {
        for (post, has_mail) in self.gate.posts().iter().zip(&mut self.has_mail) {
            if std::mem::take(has_mail) {
                post.hand_over_batch();
            }
        }
        std::mem::take(&mut self.has_batch)
    }
}

/// Opens the gate and rings every doorbell when dropped.
struct LastBell(Gate);

impl Drop for LastBell {
    fn drop(&mut self) {
        self.0.open_for_good();
        for post in self.0.posts() {
            post.doorbell.ring();
        }
    }
}

impl Broadcaster {
    /// A broadcaster.
    pub fn new(setup: Setup) -> Self {
        let Setup { receivers, hall, jobs, outcomes, recorder, answers, .. } = setup;
        let Setup { changes, steering, options, gate, clock, .. } = setup;
        let mail = Mail {
            senders: Vec::new(),
            has_mail: vec![false; gate.posts().len()],
            has_batch: false,
            gate: gate.clone(),
            jobs,
            recorder,
        };
        Self {
            receivers,
            outcomes,
            answers,
            changes,
            steering,
            options,
            receivers_open: 3,
            hall,
            mail,
            _last_bell: LastBell(gate),
            clock,
            counters: BroadcasterCounters::default(),
        }
    }

    /// Handles events until the last sender of each kind is gone and nothing is queued. Then the
    /// clients' senders are dropped, which tells their threads that nothing more will come.
    pub fn run(mut self) -> BroadcasterCounters {
        while let Some(event) = self.next_event() {
            // Until a batch has gone out: then `select!` is asked again, so that no kind of event
            // has to wait for another that never ends.
            let batches = self.counters.batches_total;
            self.handle(event);
            while self.counters.batches_total == batches
                && let Some(event) = self.queued_event()
            {
                self.handle(event);
            }
            self.hand_out();
        }
        let now = self.clock.moment();
        self.hall.close(now, &mut self.mail);
        self.counters
    }

    /// Waits for an event. `None` when there will be none.
    fn next_event(&mut self) -> Option<Event> {
        let deadline = self.hall.deadline().map_or_else(never, |at| {
            // Only while somebody is new or waits, and made anew each time: a receiver that tells the
            // time is a small allocation.
            after(at.saturating_duration_since(self.clock.now()))
        });
        let Self { receivers, receivers_open, outcomes, answers, changes, .. } = self;
        while *receivers_open > 0 {
            // A disconnected arm is always ready; `never` takes its place, or it would spin.
            select! {
                recv(receivers.entering) -> arrivals => match arrivals {
                    Ok(arrivals) => return Some(Event::Arrivals(arrivals)),
                    Err(_) => { receivers.entering = never(); *receivers_open -= 1 }
                },
                recv(receivers.messages) -> said => match said {
                    Ok(said) => return Some(Event::Said(said)),
                    Err(_) => { receivers.messages = never(); *receivers_open -= 1 }
                },
                recv(receivers.leaving) -> departures => match departures {
                    Ok(departures) => return Some(Event::Departures(departures)),
                    Err(_) => { receivers.leaving = never(); *receivers_open -= 1 }
                },
                recv(outcomes) -> outcome => match outcome {
                    Ok(outcome) => return Some(Event::Outcome(outcome)),
                    // Only by failing, which is the end of the server.
                    Err(_) => *outcomes = never(),
                },
                recv(answers) -> answer => match answer {
                    Ok(answer) => return Some(Event::Answer(answer)),
                    // No history is kept, or its reader has failed.
                    Err(_) => *answers = never(),
                },
                recv(changes) -> change => match change {
                    Ok(change) => return Some(Event::Change(change)),
                    // Nobody looks whether settings change.
                    Err(_) => *changes = never(),
                },
                recv(deadline) -> _ => return Some(Event::Deadline),
            }
        }
        None
    }

    /// An event that is already queued, for the batch at hand.
    fn queued_event(&self) -> Option<Event> {
        let Receivers { entering, messages, leaving } = &self.receivers;
        let said = || messages.try_recv().ok().map(Event::Said);
        let arrivals = || entering.try_recv().ok().map(Event::Arrivals);
        let departures = || leaving.try_recv().ok().map(Event::Departures);
        let outcome = || self.outcomes.try_recv().ok().map(Event::Outcome);
        let answer = || self.answers.try_recv().ok().map(Event::Answer);
        // Changes have time: they are taken by `next_event`.
        said().or_else(arrivals).or_else(departures).or_else(outcome).or_else(answer)
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Arrivals(arrivals) => self.enter_all(arrivals),
            Event::Outcome(outcome) => {
                let now = self.clock.moment();
                self.hall.learn(outcome, now, &mut self.mail);
                self.hand_out_if_full();
            }
            Event::Answer(answer) => {
                let now = self.clock.moment();
                self.hall.recall(answer, now, &mut self.mail);
                self.hand_out_if_full();
            }
            Event::Change(change) => self.change(change),
            Event::Deadline => {
                let now = self.clock.moment();
                self.hall.on_deadline(now, &mut self.mail);
                self.hand_out_if_full();
            }
            Event::Said(said) => {
                self.enter_queued();
                self.say_all(said);
            }
            Event::Departures(departures) => {
                for _ in 0..self.receivers.messages.len() {
                    let Ok(said) = self.receivers.messages.try_recv() else {
                        break;
                    };
                    self.enter_queued();
                    self.say_all(said);
                }
                self.enter_queued();
                self.leave_all(departures);
            }
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Settings(settings) => {
                let LiveSettings { motd, password, flood } = *settings;
                self.hall.set_motd(motd);
                (self.options.password, self.options.flood) = (password, flood);
                self.steering.set_options(self.options.clone());
            }
            Change::Refused(problem) => self.hall.alert(&problem, &mut self.mail),
        }
        self.hand_out_if_full();
    }

    /// Lets in all whose arrival is queued at this moment, and no others: this ends.
    fn enter_queued(&mut self) {
        for _ in 0..self.receivers.entering.len() {
            let Ok(arrivals) = self.receivers.entering.try_recv() else {
                break;
            };
            self.enter_all(arrivals);
        }
    }

    fn enter_all(&mut self, arrivals: Vec<Arrival>) {
        let now = self.clock.moment();
        for arrival in arrivals {
            self.enter(arrival, now);
            self.hand_out_if_full();
        }
    }

    fn enter(&mut self, Arrival { newcomer, sender }: Arrival, now: Moment) {
        let welcome = self.hall.enter(newcomer, now);
        self.counters.entered_total += 1;
        // Its first lines are in the batch that is open now, so the welcome comes before them.
        self.mail.welcome(welcome.seat, sender, welcome.notice);
    }

    fn say_all(&mut self, Said { messages, waiting }: Said) {
        let now = self.clock.moment();
        for Message { client, wish } in messages {
            match wish {
                Wish::Utter(utterance) => {
                    let was_said = self.hall.hear(client, utterance, now, &mut self.mail);
                    self.counters.lines_total += u64::from(was_said);
                }
                Wish::MayBeTelnet => self.hall.may_be_telnet(client, &mut self.mail),
                Wish::SpeaksTelnet => self.hall.knows_telnet(client, &mut self.mail),
                Wish::IsAt(terminal) => self.hall.is_at(client, terminal, &mut self.mail),
                Wish::GoesOn => self.hall.goes_on(client, now, &mut self.mail),
                Wish::Complete(wanted) => self.hall.complete_word(client, &wanted, &mut self.mail),
            }
            self.hand_out_if_full();
        }
        // Until here they have waited; from now on what has been handed out holds the gate.
        drop(waiting);
    }

    fn leave_all(&mut self, departures: Vec<Departure>) {
        let now = self.clock.moment();
        for Departure { client, address, reason, lines_missed } in departures {
            // Here, since it has been logged here that the client entered.
            if self.hall.leave(client, now, &mut self.mail) {
                tracing::info!(%client, %address, %reason, lines_missed, "client left");
            } else {
                tracing::debug!(%client, %address, %reason, "client left unannounced");
            }
            self.hand_out_if_full();
        }
    }

    /// Hands out if it is time to. What one client alone was told may have closed a batch already:
    /// that counts, too.
    fn hand_out_if_full(&mut self) {
        if self.hall.is_batch_full() {
            self.hand_out();
        } else if self.mail.has_batch {
            self.ring();
        }
    }

    /// Hands out what has gathered: one parcel for each recipient, one wake for each thread.
    fn hand_out(&mut self) {
        self.hall.hand_out(&mut self.mail);
        self.ring();
    }

    fn ring(&mut self) {
        let has_batch = self.mail.ring();
        self.counters.batches_total += u64::from(has_batch);
    }
}

#[cfg(test)]
mod tests;
