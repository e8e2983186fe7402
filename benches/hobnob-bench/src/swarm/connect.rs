//! Opening a swarm's connections: as fast as the server accepts them, but not so fast that its
//! backlog overflows.

use std::time::{Duration, Instant};

use mio::{Interest, Token};

use super::peer::{Peer, Stage};
use super::{Step, Swarm};
use crate::dialect::{Greeting, Identity};
use crate::error::RunError;
use crate::process::machine_failed;

/// Time limit for setting up the connections: a fixed time, plus some for each connection. A server
/// that needs much longer is not made for this many.
const SETUP_TIMEOUT: Duration = Duration::from_secs(3);
const SETUP_TIMEOUT_EACH: Duration = Duration::from_millis(10);

/// How long to wait for a greeting from a server that may not send one. At an address where hobnob
/// expects several protocols, it waits for up to 300 ms before it greets a client.
const GREETING_PATIENCE: Duration = Duration::from_millis(600);

/// If the server sends nothing by itself, one of this many connections asks whether it has been
/// accepted.
const REQUEST_EVERY: usize = 128;

impl Swarm {
    /// Opens all connections, as fast as the server accepts them.
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
            // They have received nothing, and perhaps never will.
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

    fn connect_more(&mut self) -> Result<(), RunError> {
        let waiting_max = self.run.dialect.connects_waiting_max();
        while let Some(&(_, role, will_stall)) = self.share.connections.get(self.peers.len())
            && self.peers.len() - self.taken < waiting_max
        {
            let index = self.peers.len();
            let dialer = self.run.dialer.as_ref();
            let mut peer = Peer::connect(self.run.address, dialer, role, will_stall)
                .map_err(|error| self.cannot_connect(&error))?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registered =
                self.poll.registry().register(peer.stream.socket_mut(), Token(index), interest);
            registered.map_err(machine_failed("cannot poll"))?;
            self.peers.push(peer);
        }
        Ok(())
    }

    /// Whether all connections so far are established, to a server that need not greet.
    fn may_be_all_that_is_said(&self) -> bool {
        let dialect = self.run.dialect;
        self.peers.iter().all(|peer| {
            let is_set_up = peer.stage != Stage::Connecting && peer.stream.is_set_up();
            is_set_up && dialect.greeting(peer.role) == Greeting::Perhaps
        })
    }

    /// Whether the connection is established. If so, sends its opening.
    pub(super) fn has_connected(&mut self, index: usize) -> Result<bool, RunError> {
        let peer = &mut self.peers[index];
        match peer.stream.is_connected() {
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

    pub(super) fn is_ready(&mut self, index: usize) {
        let peer = &mut self.peers[index];
        if std::mem::replace(&mut peer.stage, Stage::Ready) == Stage::Ready {
            return;
        }
        match self.run.dialect.greeting(peer.role) {
            Greeting::OnRequest(_) => self.ready = self.ready.max(index + 1),
            Greeting::Always | Greeting::Perhaps => self.ready += 1,
        }
    }

    /// Writes what had to wait for a TLS handshake, which shows that the server has accepted the
    /// connection, too.
    pub(super) fn is_secured(&mut self, index: usize) -> Result<(), RunError> {
        self.is_taken(index);
        self.flush(index)
    }

    /// Records that the server has sent something to a connection.
    pub(super) fn is_taken(&mut self, index: usize) {
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
}
