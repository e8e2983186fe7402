//! The server program: reads the settings, binds, hooks the signals, and serves. Or it does something
//! else with what a server keeps.

mod backup;
mod check;
mod export;
mod invitation;
mod logging;
mod machine;
mod options;
mod storage;
mod task;

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::Context;
use hobnob::archive::Archive;
use hobnob::bind::bind;
use hobnob::clock::SystemClock;
use hobnob::config::Config;
use hobnob::descriptors;
use hobnob::listener::Listening;
use hobnob::moderation::OwnerToken;
use hobnob::plain::PlainDoor;
use hobnob::server::{Setup, Shutdown, serve};
use hobnob::usage::{self, complain};

use crate::options::Options;

/// How the program calls itself in what it says.
const PROGRAM: &str = "hobnob-server";

/// Signals that come within this time are one: when a terminal is closed, both the shell and the
/// kernel send a SIGHUP.
const ONE_SIGNAL: Duration = Duration::from_millis(50);

/// As a shell reports a process that SIGINT has ended.
const EXIT_INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    let options: Options = match usage::parse(PROGRAM) {
        Ok(options) => options,
        Err(code) => return code,
    };
    if let Some(task) = &options.task {
        return match task.folder() {
            Ok(folder) => finish(task.run(&folder)),
            Err(error) => refuse(error),
        };
    }
    let (config, data) =
        match options.config().and_then(|config| Ok((config, options.storage.data()?))) {
            Ok(settings) => settings,
            Err(error) => return refuse(error),
        };
    let descriptors = descriptors::raise_limit();
    if options.check {
        return check::report(&config, descriptors);
    }
    let logging = logging::start(options.log.clone());
    let result = run(&options, config, data.as_deref(), descriptors);
    logging.finish();
    finish(result)
}

/// The settings are wrong.
fn refuse(problem: String) -> ExitCode {
    complain(PROGRAM, problem);
    ExitCode::from(2)
}

fn finish(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(PROGRAM, format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(
    options: &Options,
    mut config: Config,
    data: Option<&Path>,
    descriptors: u64,
) -> anyhow::Result<()> {
    machine::fit_to_descriptors(&mut config, descriptors);
    let door =
        PlainDoor { catalogue: config.lang.catalogue(), line_bytes_max: config.line_bytes_max };
    let mut listening = Vec::new();
    for address in &options.listen {
        let bound = bind(address)?;
        for missing in &bound.missing {
            tracing::warn!(problem = %missing, "listening on the other loopback address only");
        }
        let door = Arc::new(door);
        listening.extend(
            bound.sockets.into_iter().map(|socket| Listening { socket, door: door.clone() }),
        );
    }
    let archive = match data {
        Some(directory) => Archive::open(directory)?,
        None => Archive::in_memory()?,
    };
    let owner_token = match archive.has_owner()? {
        true => None,
        false => OwnerToken::random()?,
    };
    let shutdown = Shutdown::default();
    let requester = shutdown.requester();
    let asked_at = OnceLock::new();
    ctrlc::set_handler(move || {
        requester.request();
        let now = Instant::now();
        if now.duration_since(*asked_at.get_or_init(|| now)) > ONE_SIGNAL {
            std::process::exit(EXIT_INTERRUPTED);
        }
    })
    .context("cannot handle signals")?;

    invitation::print(&listening, config.lang.catalogue(), owner_token.as_ref());
    logging::started(&config, data, &listening);
    let (clock, changes) = (Arc::new(SystemClock), crossbeam_channel::never());
    let setup = Setup { listening, archive, owner_token, clock, shutdown, changes };
    let totals = serve(setup, &config)?;
    logging::stopped(&totals);
    Ok(())
}
