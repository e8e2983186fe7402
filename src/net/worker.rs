//! A connection thread: an event loop over its share of the clients.
//!
//! The thread owns their sockets, decoders, SendQs and deadlines, from the moment when the listener
//! has accepted them: it also recognises who they are. In each round it first writes
//! what the broadcaster has put into its inbox, then takes input as far as the gate allows. It
//! blocks in two places: in its poll, and on the three senders to the broadcaster, which never
//! waits for it. The requests of its clients to the chat go there once per round. The thread does
//! not know what a line means or who else is in the room.

mod clients;
mod inbound;
mod newcomers;
mod outbound;
mod unknowns;

use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use mio::{Events, Poll, Token};

use self::clients::Connections;
use self::unknowns::Unknowns;
use crate::base::clock::Clock;
use crate::limits;
use crate::model::{ClientId, CloseReason, Reply, Traffic};
use crate::net::connection::{Connection, ConnectionOptions, Effect, Next, Step};
use crate::net::gate::{Gate, Parcel, WorkerHandle, WorkerSlot};
use crate::net::unknown::HandOver;
use crate::net::uplink::{BroadcasterHandle, Presence, RoundBuffer};

/// The token of the waker; clients have their index.
pub(crate) const WAKER: Token = Token(usize::MAX);

/// How far a shutdown has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ShutdownStage {
    /// No shutdown has begun.
    Serving,
    /// Nothing is read any more; the thread waits for what the broadcaster still has.
    Draining,
    /// Goodbye has been said.
    Closing,
}

/// The ends of a connection thread's channels, and its poll.
pub(crate) struct Ends {
    /// The poll, with the thread's waker registered as [`WAKER`].
    pub poll: Poll,
    /// The sockets sent by the listener. Disconnection of this channel begins the shutdown.
    pub hand_over: Receiver<HandOver>,
    /// The parcels sent by the broadcaster.
    pub inbox: Receiver<Parcel>,
    /// The other end of the inbox, for the senders of its clients.
    pub inbox_sender: Sender<Parcel>,
    /// The changed settings ([`crate::server::reload`]).
    pub new_options: Receiver<Arc<ConnectionOptions>>,
}

/// The thread's state. [`Worker::run`] is the thread.
pub(crate) struct Worker {
    index: usize,
    poll: Poll,
    worker: Arc<WorkerHandle>,
    gate: Gate,
    hand_over: Receiver<HandOver>,
    inbox: Receiver<Parcel>,
    /// `None` once the shutdown has begun.
    senders: Option<(BroadcasterHandle, Sender<Parcel>)>,
    round: RoundBuffer,
    options: Arc<ConnectionOptions>,
    new_options: Receiver<Arc<ConnectionOptions>>,
    clock: Arc<dyn Clock>,
    connections: Connections,
    unknowns: Unknowns,
    /// The inbox was not drained to its end.
    has_more_mail: bool,
    stage: ShutdownStage,
    closes_at: Option<Instant>,
    counters: Traffic,
    effects: Vec<Effect>,
    /// Clients whose turn came while the gate was closed.
    held: Vec<WorkerSlot>,
    buffer: Box<[u8]>,
}

impl Worker {
    /// Creates a thread without clients. `index` is its number among the connection threads.
    pub(crate) fn new(
        index: usize,
        ends: Ends,
        uplink: BroadcasterHandle,
        gate: Gate,
        options: Arc<ConnectionOptions>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let Ends { poll, hand_over, inbox, inbox_sender, new_options } = ends;
        Self {
            index,
            poll,
            worker: gate.workers()[index].clone(),
            round: RoundBuffer::new(gate.clone()),
            gate,
            hand_over,
            inbox,
            senders: Some((uplink, inbox_sender)),
            options,
            new_options,
            clock,
            connections: Connections::default(),
            unknowns: Unknowns::default(),
            has_more_mail: false,
            stage: ShutdownStage::Serving,
            closes_at: None,
            counters: Traffic::default(),
            effects: Vec::new(),
            held: Vec::new(),
            buffer: vec![0; limits::READ_TURN_BYTES_MAX].into_boxed_slice(),
        }
    }

    /// Serves until the shutdown is over.
    ///
    /// # Errors
    /// When the poll itself fails, which no client can cause.
    pub(crate) fn run(mut self) -> io::Result<Traffic> {
        let mut events = Events::with_capacity(limits::EVENTS_PER_POLL_MAX);
        while !self.is_over() {
            match self.poll.poll(&mut events, self.poll_timeout()) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                // A signal has interrupted the poll. There may be no events, which does no harm.
                _ => {}
            }
            let now = self.clock.now();
            for event in &events {
                if !self.take_unknown_event(event.token()) {
                    self.take_event(event);
                }
            }
            // After `take_mail`, which begins by clearing the waker.
            self.take_mail(now);
            self.take_options();
            self.take_newcomers(now);
            self.take_unknown_deadlines(now);
            self.take_unknown_turns(now);
            self.take_deadlines(now);
            self.take_turns(now);
            self.publish_traffic();
            self.send_gathered();
        }
        for slot in self.connections.slots() {
            self.drop_client(slot, CloseReason::Shutdown);
        }
        self.publish_traffic();
        Ok(self.counters)
    }

    fn is_over(&self) -> bool {
        let is_late = self.closes_at.is_some_and(|at| at <= self.clock.now());
        is_late || self.stage == ShutdownStage::Closing && self.connections.is_empty()
    }

    /// Publishes the counters for those who ask for the traffic of the server.
    fn publish_traffic(&self) {
        let queued_bytes = self.connections.queued_bytes();
        self.worker.publish_traffic(Traffic { queued_bytes, ..self.counters });
    }

    fn poll_timeout(&self) -> Option<Duration> {
        if self.has_more_mail || self.connections.has_output() {
            return Some(Duration::ZERO);
        }
        let turns_waiting = self.connections.turns_waiting() + self.unknowns.turns_waiting();
        if turns_waiting > 0 || !self.hand_over.is_empty() {
            let is_open = self.gate.is_open();
            return Some(if is_open { Duration::ZERO } else { limits::GATE_RECHECK });
        }
        let deadlines =
            [self.connections.next_deadline(), self.unknowns.next_deadline(), self.closes_at];
        let next = deadlines.into_iter().flatten().min()?;
        Some(next.saturating_duration_since(self.clock.now()))
    }

    fn take_event(&mut self, event: &mio::event::Event) {
        let Some(slot) = self.connections.slot(event.token().0) else { return };
        let Some(served) = self.connections.at(slot) else { return };
        let connection = &mut served.connection;
        let mut step = Ok(Next::Wait);
        if event.is_error() {
            step = connection.on_error();
        }
        if event.is_readable() || event.is_read_closed() {
            connection.on_readable();
            step = step.map(|_| Next::Turn);
        }
        if event.is_writable() {
            connection.on_writable();
        }
        self.follow(slot, step);
    }

    /// Applies the newest settings to all clients, if there are any.
    fn take_options(&mut self) {
        let Some(options) = self.new_options.try_iter().last() else { return };
        self.options = options;
        for slot in self.connections.slots() {
            if let Some(served) = self.connections.at(slot) {
                served.connection.set_options(self.options.clone());
            }
            self.connections.arm(slot);
        }
    }

    fn take_deadlines(&mut self, now: Instant) {
        for slot in self.connections.take_due(now) {
            let Some(served) = self.connections.at(slot) else { continue };
            let next = guarded(&mut self.counters, |_| served.connection.on_deadline(now));
            self.follow(slot, next);
        }
    }

    /// Does what a connection needs next, and records what it waits for.
    fn follow(&mut self, slot: WorkerSlot, step: Step) {
        match step {
            Err(reason) => return self.drop_client(slot, reason),
            Ok(Next::Turn) => self.connections.give_turn(slot),
            Ok(Next::Wait) => {}
        }
        self.connections.mark_output(slot);
        self.connections.arm(slot);
    }

    fn drop_client(&mut self, slot: WorkerSlot, reason: CloseReason) {
        let Some(mut served) = self.connections.remove(slot) else { return };
        if matches!(reason, CloseReason::Stalled | CloseReason::SendqExceeded) {
            served.connection.abandon_output();
        }
        if served.presence.is_some() {
            take_leave(&mut served.presence, &served.connection, reason);
        } else if !served.is_connected && reason != CloseReason::Refused {
            // The admission has logged refused connections.
            let has_spoken = served.connection.has_spoken();
            log_not_joined(slot.client, served.connection.address(), reason, has_spoken);
        }
    }

    /// Stops reading and lets the broadcaster finish: without this thread's senders it ends when it
    /// has handled what is queued. Departures are not reported, since all clients leave.
    fn begin_shutdown(&mut self, now: Instant) {
        if self.stage != ShutdownStage::Serving {
            return;
        }
        self.stage = ShutdownStage::Draining;
        // No word of goodbye would be in the protocol of every one of them.
        self.unknowns.clear();
        self.closes_at = Some(now + limits::SHUTDOWN_TIMEOUT);
        for slot in self.connections.slots() {
            if let Some(presence) =
                self.connections.at(slot).and_then(|served| served.presence.as_mut())
            {
                presence.disarm();
            }
        }
        self.senders = None;
        // If the broadcaster has already ended, no wake will come.
        self.has_more_mail = true;
    }

    /// The broadcaster has ended and the inbox is empty: sends all clients their last line.
    fn say_goodbye(&mut self) {
        let now = self.clock.moment();
        self.stage = ShutdownStage::Closing;
        for slot in self.connections.slots() {
            let Some(served) = self.connections.at(slot) else { continue };
            let next = served.connection.disconnect(Reply::Goodbye, CloseReason::Shutdown, now);
            self.follow(slot, next);
        }
    }
}

/// Logs the end of a connection that has not joined.
fn log_not_joined(client: ClientId, address: SocketAddr, reason: CloseReason, has_spoken: bool) {
    if has_spoken {
        tracing::info!(%client, %address, %reason, "client did not join");
    } else {
        // Scanners and health checks connect like this all the time.
        tracing::debug!(%client, %address, %reason, "client did not join");
    }
}

/// Does something with a single client. A panic in it ends only that client: nothing else has
/// changed, and the client is not used again.
fn guarded<T>(
    counters: &mut Traffic,
    act: impl FnOnce(&mut Traffic) -> Result<T, CloseReason>,
) -> Result<T, CloseReason> {
    catch_unwind(AssertUnwindSafe(|| act(counters))).unwrap_or_else(|_| {
        counters.panics += 1;
        Err(CloseReason::Panicked)
    })
}

/// Reports that a client leaves, unless that has been reported. The broadcaster logs it; this
/// function does so during a shutdown, of which the broadcaster is not told.
fn take_leave(presence: &mut Option<Presence>, connection: &Connection, reason: CloseReason) {
    let Some(presence) = presence.take() else { return };
    let (client, address) = (connection.client(), connection.address());
    let lines_missed = connection.tally().missed;
    if !presence.leave(address, reason, lines_missed) {
        tracing::info!(%client, %address, %reason, lines_missed, "client left");
    }
}

#[cfg(test)]
mod tests;
