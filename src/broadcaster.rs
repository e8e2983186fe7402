//! The broadcaster: one thread that owns the hall, and hands out what is said in it.
//!
//! It is the only place where events of different clients are put in an order. It takes them from
//! three receivers with one `select!`, gathers what is already queued into a batch, and never waits
//! to fill one. It never blocks: it sends only to inboxes without a limit of their own.
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
//!
//! Nothing relies on an order between one client's departure and another's arrival; a
//! [`ClientId`](crate::id::ClientId) is never used twice.

use std::sync::Arc;
use std::time::SystemTime;

use crossbeam_channel::{never, select};

use crate::clock::Clock;
use crate::hall::{Delivery, Hall, HallOptions};
use crate::post::{ClientSender, Content, Gate};
use crate::room::Seat;
use crate::uplink::{Arrival, Departure, Message, Receivers, Said};

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

/// Something to handle, from one of the three receivers.
#[derive(Debug)]
enum Event {
    Arrivals(Vec<Arrival>),
    Said(Said),
    Departures(Vec<Departure>),
}

/// The broadcaster's state. [`Broadcaster::run`] is its thread.
pub struct Broadcaster {
    receivers: Receivers,
    /// How many of them may still bring something. It outlives a call of `next_event`: one of them
    /// may be disconnected while the others still hold events.
    receivers_open: usize,
    hall: Hall,
    /// By seat.
    senders: Vec<Option<ClientSender>>,
    gate: Gate,
    /// By thread: whether it has been sent something since its doorbell was last rung.
    has_mail: Vec<bool>,
    clock: Arc<dyn Clock>,
    counters: BroadcasterCounters,
    /// The last field, so that the senders are gone when the threads are told to look; also when
    /// the broadcaster panics.
    _last_bell: LastBell,
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
    /// A broadcaster over an empty hall.
    pub fn new(
        receivers: Receivers,
        options: HallOptions,
        gate: Gate,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            receivers,
            receivers_open: 3,
            hall: Hall::new(options),
            senders: Vec::new(),
            has_mail: vec![false; gate.posts().len()],
            _last_bell: LastBell(gate.clone()),
            gate,
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
        self.counters
    }

    /// Waits for an event. `None` when there will be none.
    fn next_event(&mut self) -> Option<Event> {
        let Self { receivers, receivers_open, .. } = self;
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
        said().or_else(arrivals).or_else(departures)
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Arrivals(arrivals) => self.enter_all(arrivals),
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
        let now = self.clock.wall();
        for arrival in arrivals {
            self.enter(arrival, now);
            self.hand_out_if_full();
        }
    }

    fn enter(&mut self, Arrival { newcomer, sender }: Arrival, now: SystemTime) {
        self.counters.entered_total += 1;
        let (client, address) = (newcomer.client, newcomer.address);
        let welcome = self.hall.enter(newcomer, now);
        tracing::info!(%client, %address, name = %welcome.name, "client entered");
        // Its first lines are in the batch that is open now, so the welcome comes before them.
        sender.send(Content::Answer(welcome.notice));
        self.has_mail[sender.thread()] = true;
        let Seat(index) = welcome.seat;
        if index >= self.senders.len() {
            self.senders.resize_with(index + 1, || None);
        }
        self.senders[index] = Some(sender);
    }

    fn say_all(&mut self, Said { messages, waiting }: Said) {
        let now = self.clock.wall();
        for Message { client, text } in messages {
            if let Some(proposal) = self.hall.propose(client, text, now) {
                self.counters.lines_total += 1;
                let line = self.hall.order(proposal);
                self.hall.apply(line);
                self.hand_out_if_full();
            }
        }
        // Until here they have waited; from now on what has been handed out holds the gate.
        drop(waiting);
    }

    fn leave_all(&mut self, departures: Vec<Departure>) {
        let now = self.clock.wall();
        for Departure { client } in departures {
            self.hall.leave(client, now);
            self.hand_out_if_full();
        }
    }

    fn hand_out_if_full(&mut self) {
        if self.hall.is_batch_full() {
            self.hand_out();
        }
    }

    /// Hands out what has gathered: one parcel for each recipient, one wake for each thread.
    fn hand_out(&mut self) {
        let Self { hall, senders, has_mail, .. } = self;
        let mut has_recipients = false;
        hall.hand_out(|Seat(index), delivery| {
            let Some(Some(sender)) = senders.get(index) else {
                return;
            };
            has_mail[sender.thread()] = true;
            has_recipients = true;
            match delivery {
                Delivery::Lines { room, frame, lines } => {
                    sender.send(Content::Lines { room, frame: frame.clone(), lines });
                }
                Delivery::Released => {
                    sender.send(Content::Released);
                    senders[index] = None;
                }
            }
        });
        self.counters.batches_total += u64::from(has_recipients);
        for (post, has_mail) in self.gate.posts().iter().zip(&mut self.has_mail) {
            if std::mem::take(has_mail) {
                post.hand_over_batch();
            }
        }
    }
}

#[cfg(test)]
mod tests;
