//! The benchmark program: parses the command line, runs the measurements, and prints the results.
//!
//! ```text
//!  options ─▶ plan ─▶ runs ─▶ crew ─▶ swarm: one event loop, its connections ─▶ measure ─▶ report
//!                     meter            │ stream    sockets, with or without TLS      └──▶ compare
//!                                      │ dialect   what is said and heard
//!                                      │ stamp     which line it is
//!                                      └ order     whether it is the expected one
//! ```
//!
//! `newcomers` are clients that only shake hands over TLS.
//!
//! `process` reads the resource usage of a server and of this program; `limit` is a server itself;
//! `compare` starts servers, runs `runs` with each of them in turn, and draws conclusions.

mod compare;
mod crew;
mod dialect;
mod error;
mod limit;
mod measure;
mod meter;
mod newcomers;
mod options;
mod order;
mod plan;
mod process;
mod quantity;
mod report;
mod runs;
mod stamp;
mod stop;
mod stream;
mod swarm;
mod target;
mod tls;

use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context;
use hobnob::base::cli::{self, complain};
use hobnob::base::descriptors;
use serde::Serialize;

use crate::error::RunError;
use crate::options::{Command, Common, Options};
use crate::plan::{HandshakePlan, IdlePlan, RushPlan};
use crate::process::ServerProcess;
use crate::stop::Stop;
use crate::target::Target;
use crate::tls::Certificate;

/// The program's name in its messages.
const PROGRAM: &str = "hobnob-bench";

/// The exit code that a shell reports for a process ended by SIGINT.
const EXIT_INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let options: Options = match cli::parse(PROGRAM) {
        Ok(options) => options,
        Err(code) => return code,
    };
    let stop = Stop::default();
    let asked = stop.clone();
    let result = ctrlc::set_handler(move || asked.set())
        .context("cannot handle signals")
        .and_then(|()| run(options.command, &stop));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(PROGRAM, format!("{error:#}"));
            match error.downcast_ref() {
                Some(RunError::Interrupted) => ExitCode::from(EXIT_INTERRUPTED),
                _ if error.is::<Misuse>() => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// Arguments that contradict each other.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misuse(String);

fn run(command: Command, stop: &Stop) -> anyhow::Result<()> {
    match command {
        Command::Flood(flood) => {
            let plan = flood.plan().map_err(Misuse)?;
            measure(&flood.common, &plan, runs::flood, stop)
        }
        Command::Pace(pace) => {
            let plan = pace.plan(0).map_err(Misuse)?;
            measure(&pace.common, &plan, runs::pace, stop)
        }
        Command::Stall { pace, stalled } => {
            let plan = pace.plan(stalled).map_err(Misuse)?;
            measure(&pace.common, &plan, runs::stall, stop)
        }
        Command::Rush { pace, handshakes, bursts } => {
            let plan = RushPlan { pace: pace.plan(0).map_err(Misuse)?, handshakes, bursts };
            must_be_tls(&pace.common.target)?;
            measure(&pace.common, &plan, runs::rush, stop)
        }
        Command::Handshakes { common, handshakes, at_once } => {
            must_be_tls(&common.target)?;
            if common.threads > 1 {
                let one = "handshakes uses one thread; leave out --threads";
                return Err(Misuse(one.to_owned()).into());
            }
            measure(&common, &HandshakePlan { handshakes, at_once }, runs::handshakes, stop)
        }
        Command::Idle { common, connections } => {
            let plan = IdlePlan { connections, threads: common.threads };
            measure(&common, &plan, runs::idle, stop)
        }
        Command::Compare(arguments) => {
            arguments.check().map_err(Misuse)?;
            // The servers inherit the limit.
            descriptors::raise_limit();
            match compare::run(&arguments, stop)? {
                compare::Outcome::Sound => Ok(()),
                compare::Outcome::Unsound(what) => Err(anyhow::anyhow!(what)),
            }
        }
        Command::Limit { listen, tls } => serve_limit(listen, tls, stop),
    }
}

fn must_be_tls(target: &Target) -> Result<(), Misuse> {
    match target.is_tls {
        true => Ok(()),
        false => {
            let over_tls = Target { is_tls: true, ..target.clone() };
            Err(Misuse(format!("{target} has no handshakes; write {over_tls}")))
        }
    }
}

/// One of the [`runs`].
type RunOf<Plan, T> = fn(&Target, &Plan, Option<&ServerProcess>, &Stop) -> Result<T, RunError>;

fn measure<Plan, T: Display + Serialize>(
    common: &Common,
    plan: &Plan,
    run: RunOf<Plan, T>,
    stop: &Stop,
) -> anyhow::Result<()> {
    let server = match ServerProcess::of_all(&common.pid)? {
        Some(named) => Some(named),
        None => ServerProcess::listening_at(&common.target),
    };
    let result = run(&common.target, plan, server.as_ref(), stop)?;
    match common.json {
        true => print(&format!("{}\n", serde_json::to_string_pretty(&result)?)),
        false => print(&result.to_string()),
    }
}

fn serve_limit(listen: SocketAddr, is_tls: bool, stop: &Stop) -> anyhow::Result<()> {
    let cannot_listen = || format!("cannot listen on {listen}");
    let listener = limit::bind(listen).with_context(cannot_listen)?;
    let address = listener.local_addr().with_context(cannot_listen)?;
    let tls = is_tls.then(|| Certificate::new()?.server()).transpose()?;
    print(&format!("the limit server is listening on {address}; press Ctrl-C to stop it\n"))?;
    limit::serve(listener, tls, stop).context("the limit server failed")
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    let printed = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    printed.context("cannot write to standard output")
}
