//! The event loops of a run: how connections are distributed among them, and the phases that they
//! go through together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use hobnob::base::descriptors;

use crate::dialect::{self, Role};
use crate::error::RunError;
use crate::stamp::Stamps;
use crate::stop::Stop;
use crate::swarm::{FloodLoad, Run, Share, Swarm};
use crate::target::Target;
use crate::tls::Dialer;

/// How long a probe may take to reach every client before the next one is sent. Each probe waits
/// longer than the previous one.
const PROBE_PATIENCE: Duration = Duration::from_millis(200);

/// After this many probes, a client that has not received one counts as not joined.
const PROBES_MAX: u64 = 9;

/// Bytes of lines that fill the path from hobnob to a client that does not read: the kernel's
/// buffers, which hobnob bounds, and its own queue. With a server that leaves the buffers to the
/// kernel, all of this may fit there, which is in its favour.
const STALL_FILL_BYTES: usize = 768 * 1024;

/// Length of those lines: the maximum that every server accepts (RFC 2812, 2.3: 512 bytes in all).
const STALL_FILL_LINE_BYTES: usize = 400;

/// Maximum number of those lines in flight.
const STALL_FILL_WINDOW: u64 = 100;

/// Descriptors that the generator needs in addition to its connections.
const DESCRIPTORS_RESERVED: usize = 64;

#[derive(Clone, Debug, Default)]
pub(crate) struct Roles {
    pub(crate) clients: usize,
    pub(crate) senders: usize,
    pub(crate) stalled: usize,
}

impl Roles {
    /// Idle connections are clients without a sender.
    pub(crate) fn idle(connections: usize) -> Self {
        Self { clients: connections, ..Self::default() }
    }
}

/// The event loops of a run, one per thread.
pub(crate) struct Crew {
    run: Arc<Run>,
    swarms: Vec<Swarm>,
    probes: u64,
}

impl Crew {
    /// All event loops, with every client connected.
    pub(crate) fn gather(
        target: &Target,
        roles: &Roles,
        threads: usize,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        let mut crew = Self::prepare(target, roles, threads, stop)?;
        crew.all(Swarm::connect)?;
        crew.all(Swarm::settle)?;
        Ok(crew)
    }

    /// How long after a client has joined the server may still announce it.
    pub(crate) fn announces_after(&self) -> Duration {
        self.run.dialect.announces_after()
    }

    /// All event loops, without connections.
    pub(crate) fn prepare(
        target: &Target,
        roles: &Roles,
        threads: usize,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        let dialect = dialect::of(target.scheme);
        let connection_count =
            roles.clients + if dialect.senders_receive() { 0 } else { roles.senders };
        let allowed = (descriptors::raise_limit() as usize).saturating_sub(DESCRIPTORS_RESERVED);
        if connection_count > allowed {
            return Err(RunError::Machine(format!(
                "{connection_count} connections are too many: this machine allows {allowed} \
                 (see ulimit -n)"
            )));
        }
        let failed = |reason: String| RunError::Connect { target: target.clone(), reason };
        let dialer = target.is_tls.then(|| Dialer::to(&target.host)).transpose();
        let dialer = dialer.map_err(|error| failed(error.to_string()))?;
        let address = target.address().map_err(failed)?;
        let number = next_run();
        let run = Arc::new(Run {
            target: target.clone(),
            address,
            dialer,
            dialect,
            stamps: Stamps::of_run(number),
            number,
            stop: stop.clone(),
            has_failed: AtomicBool::new(false),
            floors: (0..threads).map(|_| AtomicU64::new(0)).collect(),
        });
        let shares = shares(roles, threads, dialect.senders_receive());
        let mut swarms: Vec<Swarm> = shares
            .into_iter()
            .enumerate()
            .map(|(index, share)| Swarm::new(run.clone(), index, share))
            .collect::<Result<_, _>>()?;
        let wakers: Vec<_> = swarms.iter().map(Swarm::waker).collect();
        for (index, swarm) in swarms.iter_mut().enumerate() {
            let others = wakers.iter().enumerate().filter(|(other, _)| *other != index);
            swarm.set_others(others.map(|(_, waker)| waker.clone()).collect());
        }
        Ok(Self { run, swarms, probes: 0 })
    }

    /// Runs a phase on all loops in parallel. If one fails, the others stop, and its error is
    /// returned.
    pub(crate) fn all<T: Send>(
        &mut self,
        phase: impl Fn(&mut Swarm) -> Result<T, RunError> + Sync,
    ) -> Result<Vec<T>, RunError> {
        let run = &self.run;
        let watched = |swarm: &mut Swarm| {
            phase(swarm).inspect_err(|_| run.has_failed.store(true, Ordering::Relaxed))
        };
        let results: Vec<Result<T, RunError>> = std::thread::scope(|scope| {
            let watched = &watched;
            let threads: Vec<_> =
                self.swarms.iter_mut().map(|swarm| scope.spawn(move || watched(swarm))).collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect()
        });
        let mut interrupted = false;
        let mut done = Vec::with_capacity(results.len());
        for result in results {
            match result {
                Ok(value) => done.push(value),
                Err(RunError::Interrupted) => interrupted = true,
                Err(error) => return Err(error),
            }
        }
        if interrupted { Err(RunError::Interrupted) } else { Ok(done) }
    }

    /// Waits until every client has joined: until a line that one client says has reached all.
    /// After that, only lines of the load are sent.
    pub(crate) fn meet(&mut self, line_bytes: usize) -> Result<(), RunError> {
        for attempt in 1..=PROBES_MAX {
            self.probes += 1;
            let probe = self.probes;
            for swarm in &mut self.swarms {
                swarm.expect_probe(probe, line_bytes);
            }
            for floor in &self.run.floors {
                floor.store(0, Ordering::Relaxed);
            }
            let patience = PROBE_PATIENCE * attempt as u32;
            let met = self.all(|swarm| {
                swarm.send_probe(probe)?;
                swarm.await_probe(patience)
            })?;
            if met.iter().all(|met| *met) {
                return Ok(());
            }
        }
        Err(RunError::Refused {
            target: self.run.target.clone(),
            reason: "a line that one client says does not reach all others".to_owned(),
        })
    }

    /// Makes the stalling clients stop reading, and sends lines until nothing on the way to them
    /// accepts any more.
    pub(crate) fn fill_up_the_stalled(&mut self, line_bytes: usize) -> Result<(), RunError> {
        for swarm in &mut self.swarms {
            swarm.stall();
        }
        self.meet(STALL_FILL_LINE_BYTES)?;
        let lines = (STALL_FILL_BYTES / STALL_FILL_LINE_BYTES) as u64;
        let load = FloodLoad { lines, window: STALL_FILL_WINDOW };
        self.all(|swarm| swarm.flood(load))?;
        self.end(lines)?;
        self.meet(line_bytes)
    }

    /// Waits for one more line after the load, to check that nothing else has arrived. By now the
    /// order is the same for all clients of a loop; this compares it with the order of the other
    /// loops.
    pub(crate) fn end(&mut self, lines: u64) -> Result<(), RunError> {
        self.probes += 1;
        let probe = self.probes;
        self.all(|swarm| {
            swarm.send_probe(probe)?;
            swarm.await_end(lines)
        })?;
        let mut digests: Vec<u64> = self.swarms.iter().filter_map(Swarm::order_digest).collect();
        digests.dedup();
        match digests.len() {
            0 | 1 => Ok(()),
            _ => Err(RunError::Delivery {
                target: self.run.target.clone(),
                what: "the connections of one of the generator's threads received the lines in \
                       another order than those of a different thread"
                    .to_owned(),
            }),
        }
    }
}

/// Distributes the clients among the threads.
fn shares(roles: &Roles, threads: usize, senders_receive: bool) -> Vec<Share> {
    let mut shares = vec![Share { senders_in_all: roles.senders, ..Share::default() }; threads];
    let role = if roles.senders == 0 { Role::Idle } else { Role::Client };
    for number in 0..roles.clients {
        // The last clients, which do not send.
        let will_stall = number >= roles.clients - roles.stalled;
        let share = &mut shares[number % threads];
        if senders_receive && number < roles.senders {
            share.senders.push((number as u32, share.connections.len()));
        }
        share.connections.push((number, role, will_stall));
    }
    if !senders_receive {
        for sender in 0..roles.senders {
            let share = &mut shares[sender % threads];
            share.senders.push((sender as u32, share.connections.len()));
            share.connections.push((roles.clients + sender, Role::Sender, false));
        }
    }
    shares
}

/// A number that differs from that of any other run in this process or in one that runs at the same
/// time.
fn next_run() -> u32 {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed) as u32;
    (std::process::id() << 12).wrapping_add(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(senders_receive: bool, threads: usize, connections: &[usize], senders: &[u32]) {
        let roles = Roles { clients: 5, senders: 2, stalled: 1 };
        let shares = shares(&roles, threads, senders_receive);
        let counts: Vec<usize> = shares.iter().map(|share| share.connections.len()).collect();
        assert_eq!(counts, connections);
        let stalled = shares.iter().flat_map(|share| &share.connections);
        let stalled: Vec<usize> =
            stalled.filter(|(.., will_stall)| *will_stall).map(|(number, ..)| *number).collect();
        assert_eq!(stalled, [4], "the last client");
        let mut numbers = Vec::new();
        for share in &shares {
            for &(number, peer) in &share.senders {
                numbers.push(number);
                let (connection, role, _) = share.connections[peer];
                let expected = match senders_receive {
                    true => (number as usize, Role::Client),
                    false => (5 + number as usize, Role::Sender),
                };
                assert_eq!((connection, role), expected);
            }
        }
        assert_eq!(numbers, senders);
    }

    #[test]
    fn every_client_has_a_thread() {
        check(true, 1, &[5], &[0, 1]);
        check(true, 2, &[3, 2], &[0, 1]);
        check(false, 1, &[7], &[0, 1]);
        check(false, 3, &[3, 3, 1], &[0, 1]);
    }
}
