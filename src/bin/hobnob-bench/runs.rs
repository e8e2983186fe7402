//! The runs: which phases each consists of, and what is measured around them.

use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::dialect::{self, Role};
use crate::error::RunError;
use crate::measure::{
    Flood, GeneratorUse, Idle, IdleUse, Latency, Pace, ServerUse, Stall, per_second,
};
use crate::plan::{FloodPlan, IdlePlan, PacePlan};
use crate::process::{self, CpuTime, ServerProcess};
use crate::stamp::Stamps;
use crate::stop::Stop;
use crate::swarm::{FloodLoad, PaceLoad, Run, Share, Swarm};
use crate::target::Target;

/// How long a probe may take to reach everybody before the next one is sent. Each waits longer than
/// the one before it.
const PROBE_PATIENCE: Duration = Duration::from_millis(200);

/// After so many probes, whoever has not received one is not in.
const PROBES_MAX: u64 = 9;

/// Bytes of lines that fill up everything between a server and a client that does not read: its
/// kernel's buffers and the server's own queue.
const STALL_FILL_BYTES: usize = 768 * 1024;

/// Length of those lines: the longest that every server takes (RFC 2812, 2.3: 512 bytes in all).
const STALL_FILL_LINE_BYTES: usize = 400;

/// How many of those lines may be on their way at one time.
const STALL_FILL_WINDOW: u64 = 100;

/// With all connections open, how long they are left alone before their memory is measured.
const IDLE_REST: Duration = Duration::from_millis(500);

/// Descriptors that the generator needs beside its connections.
const DESCRIPTORS_RESERVED: usize = 64;

/// As fast as the server and the window allow.
pub(crate) fn flood(
    target: &Target,
    plan: &FloodPlan,
    server: Option<&ServerProcess>,
    stop: &Stop,
) -> Result<Flood, RunError> {
    let roles = Roles { clients: plan.clients, senders: plan.senders, ..Roles::default() };
    let mut crew = Crew::gather(target, &roles, plan.threads, stop)?;
    crew.meet(plan.line_bytes)?;
    let meter = Meter::start(server)?;
    let load = FloodLoad { lines: plan.lines, window: plan.window as u64 };
    crew.all(|swarm| swarm.flood(load))?;
    let used = meter.stop()?;
    crew.end(plan.lines)?;
    let deliveries = plan.lines * plan.clients as u64;
    Ok(Flood {
        clients: plan.clients,
        senders: plan.senders,
        window: plan.window,
        lines: plan.lines,
        line_bytes: plan.line_bytes,
        seconds: used.time.as_secs_f64(),
        deliveries,
        deliveries_per_second: per_second(deliveries, used.time),
        lines_per_second: per_second(plan.lines, used.time),
        server: used.by_server(server, deliveries)?,
        generator: used.by_generator(plan.threads),
    })
}

/// At a fixed rate; with clients that do not read, if the plan has any.
pub(crate) fn pace(
    target: &Target,
    plan: &PacePlan,
    server: Option<&ServerProcess>,
    stop: &Stop,
) -> Result<Pace, RunError> {
    let roles = Roles { clients: plan.clients, senders: plan.senders, stalled: plan.stalled };
    let mut crew = Crew::gather(target, &roles, plan.threads, stop)?;
    crew.meet(plan.line_bytes)?;
    if plan.stalled > 0 {
        crew.fill_up_the_stalled(plan.line_bytes)?;
    }
    let lines = ((plan.duration.as_secs_f64() * plan.lines_per_second) as u64).max(1);
    let interval = Duration::from_secs_f64(1.0 / plan.lines_per_second);
    let meter = Meter::start(server)?;
    let load = PaceLoad::new(lines, interval, plan.senders, Instant::now());
    let histograms = crew.all(|swarm| swarm.pace(load.clone()))?;
    let used = meter.stop()?;
    crew.end(lines)?;
    let deliveries = lines * (plan.clients - plan.stalled) as u64;
    Ok(Pace {
        clients: plan.clients,
        stalled: plan.stalled,
        senders: plan.senders,
        lines_per_second: plan.lines_per_second,
        lines,
        line_bytes: plan.line_bytes,
        seconds: used.time.as_secs_f64(),
        deliveries,
        latency: Latency::of(&sum(histograms)),
        server: used.by_server(server, deliveries)?,
        generator: used.by_generator(plan.threads),
    })
}

/// Two paced runs: one in which everybody reads, one in which some do not.
pub(crate) fn stall(
    target: &Target,
    plan: &PacePlan,
    server: Option<&ServerProcess>,
    stop: &Stop,
) -> Result<Stall, RunError> {
    let all_read = PacePlan { stalled: 0, ..plan.clone() };
    Ok(Stall {
        without: pace(target, &all_read, server, stop)?,
        with: pace(target, plan, server, stop)?,
    })
}

/// Opens connections as fast as they are taken.
pub(crate) fn idle(
    target: &Target,
    plan: &IdlePlan,
    server: Option<&ServerProcess>,
    stop: &Stop,
) -> Result<Idle, RunError> {
    let before = server.map(ServerProcess::footprint).transpose()?;
    let mut crew = Crew::prepare(target, &Roles::idle(plan.connections), plan.threads, stop)?;
    let kernel_before = process::kernel_bytes()?;
    let meter = Meter::start(server)?;
    crew.all(Swarm::connect)?;
    let used = meter.stop()?;
    crew.all(|swarm| swarm.rest(IDLE_REST))?;
    let kernel = process::kernel_bytes()?.saturating_sub(kernel_before);
    let connections = plan.connections as f64;
    let idle_use = match (server, before) {
        (Some(server), Some(before)) => {
            let footprint = server.footprint()?;
            let grown = footprint.resident_bytes.saturating_sub(before.resident_bytes);
            Some(IdleUse {
                pid: server.pid(),
                resident_bytes_per_connection: grown as f64 / connections,
                kernel_bytes_per_connection: kernel as f64 / connections,
                memory_bytes: footprint.resident_bytes,
                threads: footprint.threads,
                cpu_us_per_connection: used.server.0.as_secs_f64() * 1e6 / connections,
            })
        }
        _ => None,
    };
    Ok(Idle {
        connections: plan.connections,
        seconds: used.time.as_secs_f64(),
        connections_per_second: per_second(plan.connections as u64, used.time),
        server: idle_use,
        generator: used.by_generator(plan.threads),
    })
}

/// Who is needed.
#[derive(Clone, Debug, Default)]
struct Roles {
    clients: usize,
    senders: usize,
    stalled: usize,
}

impl Roles {
    /// Connections that do nothing are clients without a sender.
    fn idle(connections: usize) -> Self {
        Self { clients: connections, ..Self::default() }
    }
}

/// The event loops of a run, one for each thread.
struct Crew {
    target: Target,
    run: Arc<Run>,
    swarms: Vec<Swarm>,
    probes: u64,
}

impl Crew {
    /// All event loops, with everybody connected.
    fn gather(
        target: &Target,
        roles: &Roles,
        threads: usize,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        let mut crew = Self::prepare(target, roles, threads, stop)?;
        crew.all(Swarm::connect)?;
        Ok(crew)
    }

    /// All event loops, with nobody connected.
    fn prepare(
        target: &Target,
        roles: &Roles,
        threads: usize,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        let dialect = dialect::of(target.scheme);
        let connection_count =
            roles.clients + if dialect.senders_receive() { 0 } else { roles.senders };
        let allowed = process::raise_descriptor_limit().saturating_sub(DESCRIPTORS_RESERVED);
        if connection_count > allowed {
            return Err(RunError::Machine(format!(
                "{connection_count} connections are too many: this machine allows {allowed} \
                 (see ulimit -n)"
            )));
        }
        let failed = |reason: String| RunError::Connect { target: target.clone(), reason };
        let address = (target.host.as_str(), target.port)
            .to_socket_addrs()
            .map_err(|error| failed(error.to_string()))?
            // What `localhost` means to most servers, if it means both.
            .min_by_key(|address| !address.is_ipv4())
            .ok_or_else(|| failed("the name has no address".to_owned()))?;
        let number = next_run();
        let run = Arc::new(Run {
            target: target.clone(),
            address,
            dialect,
            stamps: Stamps::of_run(number),
            number,
            stop: stop.clone(),
            has_failed: AtomicBool::new(false),
            sent: AtomicU64::new(0),
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
        Ok(Self { target: target.clone(), run, swarms, probes: 0 })
    }

    /// Does the same on all loops at a time. If one fails the others stop, and its error counts.
    fn all<T: Send>(
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

    /// Waits until everybody is in: until a line that one says has reached all. What comes behind
    /// it is the load, and nothing else.
    fn meet(&mut self, line_bytes: usize) -> Result<(), RunError> {
        for attempt in 1..=PROBES_MAX {
            self.probes += 1;
            let probe = self.probes;
            for swarm in &mut self.swarms {
                swarm.expect_probe(probe, line_bytes);
            }
            self.run.sent.store(0, Ordering::Relaxed);
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
            target: self.target.clone(),
            reason: "a line that one client says does not reach all others".to_owned(),
        })
    }

    /// Those who are to stop reading do, and are sent lines until nothing on the way to them takes
    /// any more.
    fn fill_up_the_stalled(&mut self, line_bytes: usize) -> Result<(), RunError> {
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

    /// Waits for one more line behind the load, to see that nothing else came. The order is the same
    /// for all clients of a loop by then; here it is compared with those of the other loops.
    fn end(&mut self, lines: u64) -> Result<(), RunError> {
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
                target: self.target.clone(),
                what: "the connections of one of the generator's threads received the lines in \
                       another order than those of another thread"
                    .to_owned(),
            }),
        }
    }
}

/// Everybody's place on one of the threads.
fn shares(roles: &Roles, threads: usize, senders_receive: bool) -> Vec<Share> {
    let mut shares = vec![Share { senders_in_all: roles.senders, ..Share::default() }; threads];
    let role = if roles.senders == 0 { Role::Idle } else { Role::Client };
    for number in 0..roles.clients {
        // The last ones, which do not send.
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

/// A number that no other run has, of this process or of another one at this time.
fn next_run() -> u32 {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed) as u32;
    (std::process::id() << 12).wrapping_add(run)
}

fn sum(histograms: Vec<Histogram<u64>>) -> Histogram<u64> {
    let mut all = PaceLoad::no_latencies();
    for histogram in histograms {
        all += histogram;
    }
    all
}

/// Measures what a phase takes.
struct Meter<'a> {
    server: Option<&'a ServerProcess>,
    ourselves: ServerProcess,
    server_before: CpuTime,
    own_before: CpuTime,
    started_at: Instant,
}

/// What a phase took.
struct Used {
    time: Duration,
    /// In all, and outside the kernel.
    server: (Duration, Duration),
    own: Duration,
}

impl<'a> Meter<'a> {
    fn start(server: Option<&'a ServerProcess>) -> Result<Self, RunError> {
        let ourselves = ServerProcess::ourselves()?;
        Ok(Self {
            server,
            server_before: cpu_time(server)?,
            own_before: ourselves.cpu_time()?,
            ourselves,
            started_at: Instant::now(),
        })
    }

    fn stop(self) -> Result<Used, RunError> {
        Ok(Used {
            time: self.started_at.elapsed(),
            server: cpu_time(self.server)?.since(self.server_before),
            own: self.ourselves.cpu_time()?.since(self.own_before).0,
        })
    }
}

impl Used {
    fn by_server(
        &self,
        server: Option<&ServerProcess>,
        deliveries: u64,
    ) -> Result<Option<ServerUse>, RunError> {
        let Some(server) = server else { return Ok(None) };
        let footprint = server.footprint()?;
        let (total, user) = self.server;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / deliveries as f64;
        Ok(Some(ServerUse {
            pid: server.pid(),
            cpu_us_per_delivery: each(total),
            user_us_per_delivery: each(user),
            system_us_per_delivery: each(total.saturating_sub(user)),
            cores: total.as_secs_f64() / self.time.as_secs_f64(),
            memory_peak_bytes: footprint.peak_bytes,
            threads: footprint.threads,
        }))
    }

    fn by_generator(&self, threads: usize) -> GeneratorUse {
        GeneratorUse { threads, cores: self.own.as_secs_f64() / self.time.as_secs_f64() }
    }
}

fn cpu_time(server: Option<&ServerProcess>) -> Result<CpuTime, RunError> {
    server.map_or(Ok(CpuTime::default()), ServerProcess::cpu_time)
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
    fn everybody_has_a_place() {
        check(true, 1, &[5], &[0, 1]);
        check(true, 2, &[3, 2], &[0, 1]);
        check(false, 1, &[7], &[0, 1]);
        check(false, 3, &[3, 3, 1], &[0, 1]);
    }
}
