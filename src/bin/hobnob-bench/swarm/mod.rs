//! One event loop of the generator over its share of the connections.
//!
//! It connects them, finds out when all are in, and then drives a load while it checks every line
//! that each of them receives. What a run consists of is in `runs`; this knows no more of it than
//! one phase at a time.

mod loads;
mod peer;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token, Waker};

use self::loads::Sender;
pub(crate) use self::loads::{FloodLoad, PaceLoad};
use self::peer::{Peer, Stage};
use crate::dialect::{Dialect, Greeting, Heard, Identity, Role};
use crate::error::RunError;
use crate::order::{Due, Order, Position};
use crate::process::machine_failed;
use crate::stamp::{Stamp, Stamps};
use crate::stop::Stop;
use crate::target::Target;

/// After so long without anything from the server, in which something was due, a run is over.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How long the connections may take to be set up: some time, and more for each. Whoever needs much
/// longer is not made for so many.
const SETUP_TIMEOUT: Duration = Duration::from_secs(3);
const SETUP_TIMEOUT_EACH: Duration = Duration::from_millis(1);

/// Where a server may greet or not: how long it may take to.
const GREETING_PATIENCE: Duration = Duration::from_millis(300);

/// Every so many connections one asks whether it has been taken, where the server does not say.
const REQUEST_EVERY: usize = 128;

/// How often a loop looks whether it is to stop.
const TICK: Duration = Duration::from_millis(100);

/// Bytes read at once. More than a window, so that one read takes all that has come.
const READ_BYTES_MAX: usize = 256 * 1024;

const WAKER: Token = Token(usize::MAX);

/// What all event loops of a run share.
pub(crate) struct Run {
    pub(crate) target: Target,
    pub(crate) address: SocketAddr,
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) stamps: Stamps,
    pub(crate) number: u32,
    pub(crate) stop: Stop,
    /// One of the loops has failed.
    pub(crate) has_failed: AtomicBool,
    /// Lines of a flood that have been sent, or are about to be.
    pub(crate) sent: AtomicU64,
    /// For each loop, how many lines all its clients have received.
    pub(crate) floors: Vec<AtomicU64>,
}

/// A share of the connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Share {
    /// The number of each, its role, and whether it is to stop reading.
    pub(crate) connections: Vec<(usize, Role, bool)>,
    /// Which of them send: the sender's number and the connection's place in the share.
    pub(crate) senders: Vec<(u32, usize)>,
    /// Senders of the whole run.
    pub(crate) senders_in_all: usize,
}

/// What a phase does next.
enum Step {
    /// It is over.
    Done,
    /// It waits for the server.
    Wait,
    /// It waits for a time.
    WaitUntil(Instant),
}

/// One event loop and its connections.
pub(crate) struct Swarm {
    run: Arc<Run>,
    index: usize,
    poll: Poll,
    waker: Arc<Waker>,
    others: Vec<Arc<Waker>>,
    share: Share,
    peers: Vec<Peer>,
    senders: Vec<Sender>,
    /// Connections that have been set up.
    ready: usize,
    /// Connections that the server is known to have taken out of its backlog.
    taken: usize,
    /// Clients that have not received the probe at hand.
    astray: usize,
    probe: u64,
    order: Order,
    line_bytes: usize,
    pace: Option<PaceLoad>,
    buffer: Box<[u8]>,
    phase: &'static str,
    /// The last thing the server said that was no line of ours: it may explain what follows.
    last_words: String,
}

impl Swarm {
    /// A loop without connections.
    pub(crate) fn new(run: Arc<Run>, index: usize, share: Share) -> Result<Self, RunError> {
        let failed = machine_failed("cannot poll");
        let poll = Poll::new().map_err(&failed)?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER).map_err(&failed)?);
        let senders =
            share.senders.iter().map(|&(number, peer)| Sender { number, peer, next: 0 }).collect();
        Ok(Self {
            run,
            index,
            poll,
            waker,
            others: Vec::new(),
            senders,
            peers: Vec::with_capacity(share.connections.len()),
            share,
            ready: 0,
            taken: 0,
            astray: 0,
            probe: 0,
            order: Order::default(),
            line_bytes: 0,
            pace: None,
            buffer: vec![0; READ_BYTES_MAX].into_boxed_slice(),
            phase: "start-up",
            last_words: String::new(),
        })
    }

    /// What wakes it.
    pub(crate) fn waker(&self) -> Arc<Waker> {
        self.waker.clone()
    }

    /// The other loops of the run, which wait for what this one receives.
    pub(crate) fn set_others(&mut self, others: Vec<Arc<Waker>>) {
        self.others = others;
    }

    /// Opens its connections, as fast as they are taken.
    pub(crate) fn connect(&mut self) -> Result<(), RunError> {
        let connections = self.share.connections.len();
        let patience = SETUP_TIMEOUT + SETUP_TIMEOUT_EACH * connections as u32;
        let deadline = Instant::now() + patience;
        let mut ungreeted = (0, Instant::now());
        self.drive("connecting", |swarm| {
            if swarm.ready == connections {
                return Ok(Step::Done);
            }
            let now = Instant::now();
            if now >= deadline {
                return Err(RunError::Slow {
                    target: swarm.run.target.clone(),
                    seconds: patience.as_secs(),
                    ready: swarm.ready,
                    connections,
                });
            }
            swarm.connect_more()?;
            if !swarm.may_be_all_that_is_said() {
                return Ok(Step::Wait);
            }
            // Nothing has been said to them: perhaps nothing will be.
            if ungreeted.0 != swarm.taken + swarm.peers.len() {
                ungreeted = (swarm.taken + swarm.peers.len(), now);
            }
            let patient_until = ungreeted.1 + GREETING_PATIENCE;
            if now < patient_until {
                return Ok(Step::WaitUntil(patient_until));
            }
            swarm.taken = swarm.peers.len();
            let is_over = swarm.taken == connections;
            Ok(if is_over { Step::Done } else { Step::WaitUntil(now) })
        })
    }

    /// A new order begins, behind this probe; whoever receives it is in.
    pub(crate) fn expect_probe(&mut self, probe: u64, line_bytes: usize) {
        self.probe = probe;
        self.line_bytes = line_bytes;
        self.order = Order::behind(probe, self.share.senders_in_all);
        self.astray = 0;
        for sender in &mut self.senders {
            sender.next = 0;
        }
        for peer in &mut self.peers {
            peer.position = None;
            self.astray += usize::from(peer.role == Role::Client && !peer.is_stalled);
        }
    }

    /// Sends the probe, if the first sender is here.
    pub(crate) fn send_probe(&mut self, probe: u64) -> Result<(), RunError> {
        let Some(sender) = self.senders.iter().find(|sender| sender.number == 0) else {
            return Ok(());
        };
        let peer = sender.peer;
        self.say(Stamp::Probe(probe), peer);
        self.flush(peer)
    }

    /// Waits until every client has received the probe, or the time is over; says which.
    pub(crate) fn await_probe(&mut self, patience: Duration) -> Result<bool, RunError> {
        let deadline = Instant::now() + patience;
        self.drive("joining", |swarm| {
            let is_over = swarm.astray == 0 || Instant::now() >= deadline;
            Ok(if is_over { Step::Done } else { Step::WaitUntil(deadline) })
        })?;
        Ok(self.astray == 0)
    }

    /// From now on the clients that are to stop reading do.
    pub(crate) fn stall(&mut self) {
        for peer in &mut self.peers {
            peer.is_stalled = peer.will_stall;
        }
    }

    /// Waits until every client has received all lines and then the probe, and nothing else.
    pub(crate) fn await_end(&mut self, lines: u64) -> Result<(), RunError> {
        let end = lines + 1;
        self.drive("the end", |swarm| {
            let is_over = swarm.floor() >= end;
            Ok(if is_over { Step::Done } else { Step::Wait })
        })
    }

    /// What tells the order of its clients from another one; `None` if there is no such order.
    pub(crate) fn order_digest(&self) -> Option<u64> {
        self.order.digest()
    }

    /// Reads and drops whatever comes, for so long.
    pub(crate) fn rest(&mut self, time: Duration) -> Result<(), RunError> {
        let until = Instant::now() + time;
        self.drive("resting", |_| {
            Ok(if Instant::now() >= until { Step::Done } else { Step::WaitUntil(until) })
        })
    }

    /// Runs the loop until `step` says that it is over, or something fails.
    fn drive(
        &mut self,
        phase: &'static str,
        mut step: impl FnMut(&mut Self) -> Result<Step, RunError>,
    ) -> Result<(), RunError> {
        self.phase = phase;
        let mut events = Events::with_capacity(1024);
        let mut quiet_since = Instant::now();
        loop {
            let timeout = match step(self)? {
                Step::Done => return Ok(()),
                Step::Wait if quiet_since.elapsed() > PATIENCE => {
                    return Err(self.is_silent(PATIENCE));
                }
                Step::Wait => TICK,
                Step::WaitUntil(at) => {
                    quiet_since = Instant::now();
                    // The kernel counts in milliseconds and rounds up: the last one is spun.
                    let rest = at.saturating_duration_since(quiet_since);
                    Duration::from_millis(rest.as_millis() as u64).min(TICK)
                }
            };
            if self.run.stop.is_set() || self.run.has_failed.load(Ordering::Relaxed) {
                return Err(RunError::Interrupted);
            }
            match self.poll.poll(&mut events, Some(timeout)) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    return Err(machine_failed("cannot poll")(error));
                }
                _ => {}
            }
            for event in &events {
                quiet_since = Instant::now();
                if event.token() != WAKER {
                    self.take_event(event)?;
                }
            }
        }
    }

    fn connect_more(&mut self) -> Result<(), RunError> {
        let waiting_max = self.run.dialect.connects_waiting_max();
        while let Some(&(_, role, will_stall)) = self.share.connections.get(self.peers.len())
            && self.peers.len() - self.taken < waiting_max
        {
            let index = self.peers.len();
            let mut peer = Peer::connect(self.run.address, role, will_stall)
                .map_err(|error| self.cannot_connect(&error))?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registered =
                self.poll.registry().register(&mut peer.stream, Token(index), interest);
            registered.map_err(machine_failed("cannot poll"))?;
            self.peers.push(peer);
        }
        Ok(())
    }

    /// Whether all connections that have been begun are made, by a server that need not greet.
    fn may_be_all_that_is_said(&self) -> bool {
        let dialect = self.run.dialect;
        self.peers.iter().all(|peer| {
            peer.stage != Stage::Connecting && dialect.greeting(peer.role) == Greeting::Perhaps
        })
    }

    fn take_event(&mut self, event: &mio::event::Event) -> Result<(), RunError> {
        let index = event.token().0;
        if self.peers[index].stage == Stage::Connecting && !self.has_connected(index)? {
            return Ok(());
        }
        if event.is_writable() {
            self.flush(index)?;
        }
        let is_ending = event.is_read_closed() || event.is_error();
        self.peers[index].is_ending |= is_ending;
        if event.is_readable() || is_ending {
            self.read(index)?;
        }
        Ok(())
    }

    /// Whether the connection has been made, in which case it is opened.
    fn has_connected(&mut self, index: usize) -> Result<bool, RunError> {
        let peer = &mut self.peers[index];
        match peer.is_connected() {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(error) => return Err(self.cannot_connect(&error)),
        }
        peer.stage = Stage::Opening;
        let role = peer.role;
        let (number, ..) = self.share.connections[index];
        let identity = Identity { run: self.run.number, number };
        let mut opening = self.run.dialect.opening(role, identity);
        if let Greeting::OnRequest(request) = self.run.dialect.greeting(role) {
            let is_last = index + 1 == self.share.connections.len();
            if is_last || index % REQUEST_EVERY == REQUEST_EVERY - 1 {
                opening.extend_from_slice(request);
            }
        }
        self.peers[index].outbox().extend_from_slice(&opening);
        self.flush(index)?;
        Ok(true)
    }

    fn say(&mut self, stamp: Stamp, peer: usize) {
        let mut text = Vec::with_capacity(self.line_bytes.max(64));
        self.run.stamps.write(stamp, self.line_bytes, &mut text);
        self.run.dialect.say(&text, self.peers[peer].outbox());
    }

    fn flush(&mut self, index: usize) -> Result<(), RunError> {
        match self.peers[index].flush() {
            // Why it broke is what is read next.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => self.has_closed(index, &error.to_string()),
            Ok(()) => Ok(()),
        }
    }

    /// Reads all that has come.
    fn read(&mut self, index: usize) -> Result<(), RunError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.read_into(index, &mut buffer);
        self.buffer = buffer;
        result
    }

    fn read_into(&mut self, index: usize, buffer: &mut [u8]) -> Result<(), RunError> {
        loop {
            let peer = &mut self.peers[index];
            if peer.is_stalled {
                return Ok(());
            }
            let pending = peer.pending.len();
            let count = match peer.read(buffer) {
                Ok(None) => return Ok(()),
                Ok(Some(0)) => return self.has_closed(index, "end of its output"),
                Ok(Some(count)) => count,
                Err(error) => return self.has_closed(index, &error.to_string()),
            };
            self.is_taken(index);
            let told = &buffer[..pending + count];
            let taken = self.take_in(index, told)?;
            let pending = &mut self.peers[index].pending;
            pending.clear();
            pending.extend_from_slice(&told[taken..]);
            if pending.len() >= buffer.len() / 2 {
                return Err(self.refused("it sends something that does not end".to_owned()));
            }
            // A short read has taken all there is, and what comes later makes an event of its own.
            if told.len() < buffer.len() && !self.peers[index].is_ending {
                return Ok(());
            }
        }
    }

    /// Checks what a connection was told; says how much of it was complete.
    fn take_in(&mut self, index: usize, told: &[u8]) -> Result<usize, RunError> {
        let mut rest = told;
        loop {
            if let Some(position) = self.peers[index].position
                && self.peers[index].due.is_none()
            {
                let (after, length, is_as_due) = self.order.follow(position, rest);
                self.reach(index, position, after);
                rest = &rest[length..];
                if is_as_due {
                    break;
                }
            }
            let Some((heard, length)) = self.run.dialect.decode(self.peers[index].role, rest)
            else {
                break;
            };
            self.hear(index, heard, &rest[..length])?;
            rest = &rest[length..];
        }
        Ok(told.len() - rest.len())
    }

    fn hear(&mut self, index: usize, heard: Heard<'_>, wire: &[u8]) -> Result<(), RunError> {
        match heard {
            Heard::Said(text) => self.hear_line(index, text, wire)?,
            Heard::Ready => self.is_ready(index),
            Heard::Reply(reply) => {
                self.peers[index].outbox().extend_from_slice(&reply);
                self.flush(index)?;
            }
            Heard::Other => {}
            Heard::Refused(reason) => return Err(self.refused(reason)),
        }
        Ok(())
    }

    fn hear_line(&mut self, index: usize, text: &[u8], wire: &[u8]) -> Result<(), RunError> {
        // Being told anything is being greeted.
        self.is_ready(index);
        let stamp = match self.run.stamps.read(text) {
            Ok(Some((stamp @ Stamp::Line { .. }, length))) if length != self.line_bytes => {
                Err(format!("{stamp} came with {length} bytes in place of {}", self.line_bytes))
            }
            Ok(Some((stamp, _))) => Ok(stamp),
            Ok(None) => {
                self.last_words = String::from_utf8_lossy(text).trim().to_owned();
                return Ok(());
            }
            Err(what) => Err(what.to_owned()),
        };
        let Some(position) = self.peers[index].position else {
            if stamp == Ok(Stamp::Probe(self.probe)) {
                let peer = &mut self.peers[index];
                peer.position = Some(0);
                if !self.run.dialect.has_one_order() {
                    peer.due = Some(Due::behind(self.probe, self.share.senders_in_all));
                }
                self.astray -= 1;
            }
            return Ok(());
        };
        let told = stamp.and_then(|stamp| match &mut self.peers[index].due {
            None => self.order.tell(position, stamp, wire).map(|()| stamp),
            Some(due) => due.tell(stamp).map(|()| stamp),
        });
        match told {
            Ok(stamp) => {
                self.peers[index].position = Some(position + 1);
                self.record(stamp, Instant::now());
                Ok(())
            }
            Err(what) => Err(self.delivered_wrongly(index, &what)),
        }
    }

    fn is_ready(&mut self, index: usize) {
        let peer = &mut self.peers[index];
        if std::mem::replace(&mut peer.stage, Stage::Ready) == Stage::Ready {
            return;
        }
        match self.run.dialect.greeting(peer.role) {
            Greeting::OnRequest(_) => self.ready = self.ready.max(index + 1),
            Greeting::Always | Greeting::Perhaps => self.ready += 1,
        }
    }

    /// The server has said something to a connection.
    fn is_taken(&mut self, index: usize) {
        let peer = &mut self.peers[index];
        if std::mem::replace(&mut peer.is_taken, true) {
            return;
        }
        match self.run.dialect.greeting(peer.role) {
            Greeting::OnRequest(_) => self.taken = self.taken.max(index + 1),
            Greeting::Always | Greeting::Perhaps => {
                self.taken = (self.taken + 1).min(self.peers.len());
            }
        }
    }

    /// A client has received the lines up to a place.
    fn reach(&mut self, index: usize, from: Position, to: Position) {
        self.peers[index].position = Some(to);
        if self.pace.is_some() {
            let now = Instant::now();
            for position in from..to {
                if let Some(stamp) = self.order.at(position) {
                    self.record(stamp, now);
                }
            }
        }
    }

    /// How long a line took, where that is what is measured.
    fn record(&mut self, stamp: Stamp, now: Instant) {
        if let (Some(pace), Stamp::Line { sender, number }) = (&mut self.pace, stamp) {
            pace.record(sender, number, now);
        }
    }

    /// How many lines all clients have received.
    fn floor(&self) -> Position {
        self.peers.iter().filter_map(|peer| peer.position).min().unwrap_or(Position::MAX)
    }

    fn has_closed(&mut self, index: usize, reason: &str) -> Result<(), RunError> {
        if self.peers[index].is_stalled {
            // A server may well lose patience with it.
            return Ok(());
        }
        let (connection, ..) = self.share.connections[index];
        let reason = self.with_last_words(reason);
        Err(RunError::Closed {
            target: self.run.target.clone(),
            connection,
            phase: self.phase,
            reason,
        })
    }

    fn cannot_connect(&self, error: &io::Error) -> RunError {
        RunError::Connect { target: self.run.target.clone(), reason: error.to_string() }
    }

    fn refused(&self, reason: String) -> RunError {
        RunError::Refused { target: self.run.target.clone(), reason }
    }

    fn delivered_wrongly(&self, index: usize, what: &str) -> RunError {
        let (connection, ..) = self.share.connections[index];
        let what = self.with_last_words(&format!("at connection {connection}, {what}"));
        RunError::Delivery { target: self.run.target.clone(), what }
    }

    fn is_silent(&self, time: Duration) -> RunError {
        let progress = match self.phase {
            "connecting" => {
                format!("{} of {} connections are set up", self.ready, self.share.connections.len())
            }
            _ => self.progress(),
        };
        RunError::Silent {
            target: self.run.target.clone(),
            seconds: time.as_secs(),
            phase: self.phase,
            progress: self.with_last_words(&progress),
        }
    }

    /// Who has received the fewest lines, and whether others have more.
    fn progress(&self) -> String {
        let received = self.peers.iter().zip(&self.share.connections);
        let received = received.filter_map(|(peer, (number, ..))| Some((peer.position?, *number)));
        match (received.clone().min(), received.max()) {
            (Some((least, connection)), Some((most, _))) if least < most => {
                format!("connection {connection} has received {least} lines, and others {most}")
            }
            (Some((lines, _)), _) => format!("every connection has received {lines} lines"),
            (None, _) => "no connection has received a line".to_owned(),
        }
    }

    fn with_last_words(&self, what: &str) -> String {
        match self.last_words.as_str() {
            "" => what.to_owned(),
            words => format!("{what} (the last other thing it said: {words:?})"),
        }
    }
}
