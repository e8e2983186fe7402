//! Clients that connect, shake hands over TLS, and leave.
//!
//! A handshake counts once the client has the server's part of it and has written its own. The
//! client then announces the end of its output and waits until the server hangs up, so that the
//! server cannot leave any of its work undone. What it says in between does not matter.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use crate::error::{RunError, tls_failed};
use crate::process::machine_failed;
use crate::stop::Stop;
use crate::stream::{Stream, Taken};
use crate::swarm::PATIENCE;
use crate::target::Target;
use crate::tls::Dialer;

/// How often the loop checks whether to stop.
const TICK: Duration = Duration::from_millis(100);

/// What a server says at most to someone who leaves, per read.
const READ_BYTES_MAX: usize = 64 * 1024;

/// When they come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrival {
    /// As soon as one leaves, the next one comes: so many are there at any time.
    InTurn(usize),
    /// So many at once, and as many again after each interval.
    InBursts(usize, Duration),
}

struct Newcomer {
    stream: Stream,
    is_connected: bool,
    has_shaken_hands: bool,
}

/// One event loop with all that are there.
pub(crate) struct Newcomers<'a> {
    target: &'a Target,
    address: SocketAddr,
    dialer: Dialer,
    stop: &'a Stop,
    poll: Poll,
    here: Slab<Newcomer>,
    buffer: Box<[u8]>,
    come: usize,
    gone: usize,
}

impl<'a> Newcomers<'a> {
    /// The target must speak TLS.
    pub(crate) fn new(target: &'a Target, stop: &'a Stop) -> Result<Self, RunError> {
        let cannot = |reason: String| RunError::Connect { target: target.clone(), reason };
        Ok(Self {
            target,
            address: target.address().map_err(cannot)?,
            dialer: Dialer::to(&target.host).map_err(|error| cannot(error.to_string()))?,
            stop,
            poll: Poll::new().map_err(machine_failed("cannot poll"))?,
            here: Slab::new(),
            buffer: vec![0; READ_BYTES_MAX].into_boxed_slice(),
            come: 0,
            gone: 0,
        })
    }

    /// Lets so many come and leave.
    pub(crate) fn come_and_leave(
        &mut self,
        newcomers: usize,
        arrival: Arrival,
    ) -> Result<(), RunError> {
        let begun = Instant::now();
        let mut events = Events::with_capacity(1024);
        let mut quiet_since = begun;
        while self.gone < newcomers {
            let (may_have_come, next_at) = match arrival {
                Arrival::InTurn(count) => (self.gone + count, None),
                Arrival::InBursts(count, interval) => {
                    let bursts = (begun.elapsed().as_nanos() / interval.as_nanos()) as u32 + 1;
                    (bursts as usize * count, Some(begun + interval * bursts))
                }
            };
            self.let_in(may_have_come.min(newcomers))?;
            if self.here.is_empty() {
                quiet_since = Instant::now();
            }
            if self.stop.is_set() {
                return Err(RunError::Interrupted);
            }
            if quiet_since.elapsed() > PATIENCE {
                return Err(self.is_silent(newcomers));
            }
            let timeout = next_at.map_or(TICK, |at| at.saturating_duration_since(Instant::now()));
            match self.poll.poll(&mut events, Some(timeout.min(TICK))) {
                Err(error) if error.kind() != ErrorKind::Interrupted => {
                    return Err(machine_failed("cannot poll")(error));
                }
                _ => {}
            }
            for event in &events {
                quiet_since = Instant::now();
                self.take_event(event)?;
            }
        }
        Ok(())
    }

    fn let_in(&mut self, may_have_come: usize) -> Result<(), RunError> {
        while self.come < may_have_come {
            let stream = Stream::connect(self.address, Some(&self.dialer), None);
            let mut stream = stream.map_err(|error| self.cannot_connect(&error))?;
            let entry = self.here.vacant_entry();
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registry = self.poll.registry();
            registry
                .register(stream.socket_mut(), Token(entry.key()), interest)
                .map_err(machine_failed("cannot poll"))?;
            entry.insert(Newcomer { stream, is_connected: false, has_shaken_hands: false });
            self.come += 1;
        }
        Ok(())
    }

    fn take_event(&mut self, event: &Event) -> Result<(), RunError> {
        let index = event.token().0;
        let Some(newcomer) = self.here.get_mut(index) else { return Ok(()) };
        if !newcomer.is_connected {
            match newcomer.stream.is_connected() {
                Ok(true) => newcomer.is_connected = true,
                Ok(false) => return Ok(()),
                Err(error) => return Err(self.cannot_connect(&error)),
            }
        }
        let progress = newcomer.go_on(&mut self.buffer);
        let has_shaken_hands = newcomer.has_shaken_hands;
        match progress {
            Ok(()) => return Ok(()),
            // However a server hangs up, it has done its part.
            Err(_) if has_shaken_hands => {}
            Err(error) => return Err(self.has_failed(index, &error)),
        }
        self.here.remove(index);
        self.gone += 1;
        Ok(())
    }

    fn cannot_connect(&self, error: &io::Error) -> RunError {
        RunError::Connect { target: self.target.clone(), reason: error.to_string() }
    }

    fn has_failed(&self, index: usize, error: &io::Error) -> RunError {
        let target = self.target.clone();
        match error.kind() {
            ErrorKind::InvalidData => RunError::Refused { target, reason: tls_failed(error) },
            _ => RunError::Closed {
                target,
                connection: index,
                phase: "a handshake",
                reason: error.to_string(),
            },
        }
    }

    fn is_silent(&self, newcomers: usize) -> RunError {
        RunError::Silent {
            target: self.target.clone(),
            seconds: PATIENCE.as_secs(),
            phase: "handshakes",
            progress: format!("{} of {newcomers} clients have come and gone", self.gone),
        }
    }
}

impl Newcomer {
    /// Reads and writes what can be; an error if the connection is over.
    fn go_on(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.stream.flush()?;
        loop {
            let read = self.stream.read(buffer);
            if !self.has_shaken_hands && self.stream.is_set_up() {
                self.has_shaken_hands = true;
                self.stream.close();
            }
            match read {
                Ok(Taken { count: 0, .. }) => {
                    return Err(io::Error::new(ErrorKind::UnexpectedEof, "end of its output"));
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
