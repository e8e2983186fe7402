//! One event loop of the generator, with its share of the connections.
//!
//! It opens the connections, finds out when all have joined, and then generates a load while
//! checking every line that each connection receives. `runs` defines what a run consists of; this
//! module only knows one phase at a time.

mod connect;
mod loads;
mod peer;
mod receive;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};

use self::loads::Sender;
pub(crate) use self::loads::{FloodLoad, PaceLoad};
use self::peer::{Peer, Stage};
use crate::dialect::{Dialect, Role};
use crate::error::RunError;
use crate::order::{Order, Position};
use crate::process::machine_failed;
use crate::stamp::{Stamp, Stamps};
use crate::stop::Stop;
use crate::target::Target;
use crate::tls::Dialer;

/// A run is over if the server sends nothing for this long while something is due.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing may arrive before the connections count as quiet.
const QUIET: Duration = Duration::from_millis(200);

/// How often a loop checks whether to stop.
const TICK: Duration = Duration::from_millis(100);

/// Maximum number of bytes per read. More than a window, so that one read takes everything that has
/// arrived.
const READ_BYTES_MAX: usize = 256 * 1024;

const WAKER: Token = Token(usize::MAX);

/// State shared by all event loops of a run.
pub(crate) struct Run {
    pub(crate) target: Target,
    pub(crate) address: SocketAddr,
    /// If the target speaks TLS.
    pub(crate) dialer: Option<Dialer>,
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) stamps: Stamps,
    pub(crate) number: u32,
    pub(crate) stop: Stop,
    pub(crate) has_failed: AtomicBool,
    /// For each loop, the number of lines that all its clients have received.
    pub(crate) floors: Vec<AtomicU64>,
}

/// One loop's share of the connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Share {
    /// For each connection its number, its role, and whether it will stop reading.
    pub(crate) connections: Vec<(usize, Role, bool)>,
    /// The sending connections: the sender's number and the connection's index in the share.
    pub(crate) senders: Vec<(u32, usize)>,
    /// The number of senders in the whole run.
    pub(crate) senders_in_all: usize,
}

/// The next step of a phase.
enum Step {
    Done,
    Wait,
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
    /// Number of connections that have been set up.
    ready: usize,
    /// Number of connections that the server is known to have accepted.
    taken: usize,
    /// Number of clients that have not received the current probe.
    astray: usize,
    probe: u64,
    order: Order,
    line_bytes: usize,
    pace: Option<PaceLoad>,
    buffer: Box<[u8]>,
    phase: &'static str,
    /// When anything was last received.
    heard_at: Option<Instant>,
    /// The last text from the server that was not one of our lines: it may explain a failure.
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
            heard_at: None,
            last_words: String::new(),
        })
    }

    pub(crate) fn waker(&self) -> Arc<Waker> {
        self.waker.clone()
    }

    /// Sets the other loops of the run, which wait for what this one receives.
    pub(crate) fn set_others(&mut self, others: Vec<Arc<Waker>>) {
        self.others = others;
    }

    /// Begins a new order after this probe; clients that receive the probe have joined.
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

    /// Sends the probe, if this loop has the first sender.
    pub(crate) fn send_probe(&mut self, probe: u64) -> Result<(), RunError> {
        let Some(sender) = self.senders.iter().find(|sender| sender.number == 0) else {
            return Ok(());
        };
        let peer = sender.peer;
        self.say(Stamp::Probe(probe), peer);
        self.flush(peer)
    }

    /// Waits until every client has received the probe or the time is over. Returns whether all
    /// have.
    pub(crate) fn await_probe(&mut self, patience: Duration) -> Result<bool, RunError> {
        let deadline = Instant::now() + patience;
        self.drive("joining", |swarm| {
            let is_over = swarm.astray == 0 || Instant::now() >= deadline;
            Ok(if is_over { Step::Done } else { Step::WaitUntil(deadline) })
        })?;
        Ok(self.astray == 0)
    }

    /// Makes the stalling clients stop reading.
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

    /// The digest of the order of its clients; `None` if there is no common order.
    pub(crate) fn order_digest(&self) -> Option<u64> {
        self.order.digest()
    }

    /// Reads and drops everything, for this time and until nothing arrives any more. Returns when
    /// the last data arrived.
    pub(crate) fn rest(&mut self, time: Duration) -> Result<Option<Instant>, RunError> {
        let (begun, until) = (Instant::now(), Instant::now() + time);
        self.drive("resting", |swarm| {
            let quiet_at = swarm.heard_at.map_or(until, |at| at + QUIET).min(begun + PATIENCE);
            let until = until.max(quiet_at);
            Ok(if Instant::now() >= until { Step::Done } else { Step::WaitUntil(until) })
        })?;
        Ok(self.heard_at)
    }

    /// Waits until the server has announced all clients, if it does that with a delay.
    pub(crate) fn settle(&mut self) -> Result<(), RunError> {
        let time = self.run.dialect.announces_after();
        if time.is_zero() { Ok(()) } else { self.rest(time).map(drop) }
    }

    /// Runs the loop until `step` is done, or something fails.
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
                    // The kernel counts in milliseconds and rounds up, so the last one is spent
                    // spinning.
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

    fn say(&mut self, stamp: Stamp, peer: usize) {
        let mut text = Vec::with_capacity(self.line_bytes.max(64));
        self.run.stamps.write(stamp, self.line_bytes, &mut text);
        self.run.dialect.say(&text, self.peers[peer].outbox());
    }

    fn flush(&mut self, index: usize) -> Result<(), RunError> {
        match self.peers[index].flush() {
            // The next read shows why it broke.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => self.has_closed(index, &error.to_string()),
            Ok(()) => Ok(()),
        }
    }

    /// The number of lines that all clients have received.
    fn floor(&self) -> Position {
        self.peers.iter().filter_map(|peer| peer.position).min().unwrap_or(Position::MAX)
    }

    fn has_closed(&mut self, index: usize, reason: &str) -> Result<(), RunError> {
        if self.peers[index].is_stalled {
            // A server may disconnect this client for being slow.
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

    /// The connection that has received the fewest lines, and whether others have more.
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
