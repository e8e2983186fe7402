//! The runs: the phases of each, and what is measured around them.

use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::process::setpriority_process;

use crate::crew::{Crew, Roles};
use crate::error::RunError;
use crate::measure::{Flood, Handshakes, Idle, IdleUse, Latency, Pace, Rush, Stall, per_second};
use crate::meter::Meter;
use crate::newcomers::{Arrival, Newcomers};
use crate::plan::{FloodPlan, HandshakePlan, IdlePlan, PacePlan, RushPlan};
use crate::process::{self, ServerProcess};
use crate::stop::Stop;
use crate::swarm::{FloodLoad, PaceLoad, Swarm};
use crate::target::Target;

/// How long to leave the connections alone before measuring their memory.
const IDLE_REST: Duration = Duration::from_millis(500);

/// The lowest priority, as an offset (setpriority(2)); there, it applies to the calling thread.
const PRIORITY_LOWEST: i32 = 19;

/// Lines as fast as the server and the window allow.
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
        server: used.by_server(server, plan.lines, deliveries)?,
        generator: used.by_generator(plan.threads),
    })
}

/// Lines at a fixed rate; with clients that do not read, if the plan has any.
pub(crate) fn pace(
    target: &Target,
    plan: &PacePlan,
    server: Option<&ServerProcess>,
    stop: &Stop,
) -> Result<Pace, RunError> {
    pace_beside(target, plan, None, server, stop)
}

fn pace_beside(
    target: &Target,
    plan: &PacePlan,
    rush: Option<&RushPlan>,
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
    let mut run_load = || crew.all(|swarm| swarm.pace(load.clone()));
    let histograms = match rush {
        Some(rush) => beside_newcomers(target, rush, stop, run_load)?,
        None => run_load()?,
    };
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
        server: used.by_server(server, lines, deliveries)?,
        generator: used.by_generator(plan.threads),
    })
}

/// Two paced runs: one in which all clients read, and one in which some do not.
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

/// Two paced runs: one without newcomers, and one with.
pub(crate) fn rush(
    target: &Target,
    plan: &RushPlan,
    server: Option<&ServerProcess>,
    stop: &Stop,
) -> Result<Rush, RunError> {
    Ok(Rush {
        handshakes: plan.handshakes,
        without: pace(target, &plan.pace, server, stop)?,
        with: pace_beside(target, &plan.pace, Some(plan), server, stop)?,
    })
}

/// Handshakes as fast as the server accepts them.
pub(crate) fn handshakes(
    target: &Target,
    plan: &HandshakePlan,
    server: Option<&ServerProcess>,
    stop: &Stop,
) -> Result<Handshakes, RunError> {
    let mut newcomers = Newcomers::new(target, stop)?;
    let meter = Meter::start(server)?;
    newcomers.come_and_leave(plan.handshakes, Arrival::InTurn(plan.at_once))?;
    let used = meter.stop()?;
    Ok(Handshakes {
        handshakes: plan.handshakes,
        at_once: plan.at_once,
        seconds: used.time.as_secs_f64(),
        handshakes_per_second: per_second(plan.handshakes as u64, used.time),
        server: used.by_server_for_handshakes(server, plan.handshakes)?,
        generator: used.by_generator(1),
    })
}

/// Opens connections as fast as the server accepts them.
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
    let begun = Instant::now();
    crew.all(Swarm::connect)?;
    let used = meter.stop()?;
    let rest = IDLE_REST.max(crew.announces_after());
    let heard_at = crew.all(|swarm| swarm.rest(rest))?.into_iter().flatten().max();
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
        announced_seconds: heard_at.map(|at| at.duration_since(begun).as_secs_f64()),
        connections_per_second: per_second(plan.connections as u64, used.time),
        server: idle_use,
        generator: used.by_generator(plan.threads),
    })
}

/// Runs a load while newcomers come and leave, in a thread of their own.
fn beside_newcomers<T>(
    target: &Target,
    rush: &RushPlan,
    stop: &Stop,
    run_load: impl FnOnce() -> Result<T, RunError>,
) -> Result<T, RunError> {
    let in_a_burst = rush.handshakes.div_ceil(rush.bursts);
    let arrival = Arrival::InBursts(in_a_burst, rush.pace.duration / rush.bursts as u32);
    let mut newcomers = Newcomers::new(target, stop)?;
    thread::scope(|scope| {
        let newcomers = scope.spawn(move || {
            // In real life they have processors of their own. Here they must not take the time of
            // the server, nor that of those who measure latency. If it cannot be, the figures are
            // worse.
            let _ = setpriority_process(None, PRIORITY_LOWEST);
            newcomers.come_and_leave(rush.handshakes, arrival)
        });
        let result = run_load();
        let come = newcomers.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match (result, come) {
            // A server that fails fails both, and the load says more about it.
            (Ok(found), Ok(())) => Ok(found),
            (Err(RunError::Interrupted) | Ok(_), Err(error)) | (Err(error), _) => Err(error),
        }
    })
}

fn sum(histograms: Vec<Histogram<u64>>) -> Histogram<u64> {
    let mut all = PaceLoad::no_latencies();
    for histogram in histograms {
        all += histogram;
    }
    all
}
