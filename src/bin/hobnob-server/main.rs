//! The server program: reads the settings, binds the sockets, installs signal handlers, and serves;
//! or runs a subcommand on a server's data or settings.

mod config;
mod invitation;
mod logging;
mod machine;
mod options;
mod tasks;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, bounded};
use hobnob::base::cli::{self, complain};
use hobnob::base::clock::SystemClock;
use hobnob::base::descriptors;
use hobnob::model::moderation::OwnerToken;
use hobnob::net::bind::bind;
use hobnob::net::listener::Listening;
use hobnob::server::reload::Change;
use hobnob::server::serve::{Setup, Shutdown, serve};
use hobnob::store::archive::Archive;
use hobnob::wire::plain::PlainDoor;

use crate::config::load::{Given, InForce, Refusal};
use crate::config::values::{Entrance, Scheme};
use crate::config::watch::{self, Watched, Watcher};
use crate::tasks::task::Task;
use crate::tasks::{backup, check, export, print};

/// The program's name in its messages.
const PROGRAM: &str = "hobnob-server";

/// Signals within this time count as one: when a terminal is closed, both the shell and the kernel
/// send SIGHUP.
const ONE_SIGNAL: Duration = Duration::from_millis(50);

/// The exit code that a shell reports for a process ended by SIGINT.
const EXIT_INTERRUPTED: i32 = 130;

/// Settings that [`change_of`] can pass to a running server.
const LIVE: &[&str] = &["flood", "motd", "password"];

/// Capacity of the channel for changes of settings: files are checked once a second, and the server
/// takes changes at once.
const CHANGES_QUEUED_MAX: usize = 4;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let mut files = Vec::new();
    let given = match Given::read(&arguments, &mut files) {
        Ok(given) => given,
        Err(Refusal::CommandLine(error)) => return cli::refuse(PROGRAM, &error),
        Err(Refusal::File(problem)) => return refuse(problem),
    };
    match &given.options.task {
        Some(Task::Export(task)) => with(task.server.folder(), |folder| export::run(task, &folder)),
        Some(Task::Backup(task)) => with(task.server.folder(), |folder| backup::run(task, &folder)),
        Some(Task::Config(_)) => {
            let printed = given.in_force(&mut files).and_then(|it| print::run(&it.entries));
            with(printed, Ok)
        }
        None => match given.in_force(&mut files) {
            Ok(in_force) => start(&given, in_force, arguments, files),
            Err(problem) => refuse(problem),
        },
    }
}

fn start(
    given: &Given,
    in_force: InForce,
    arguments: Vec<OsString>,
    files: Vec<Watched>,
) -> ExitCode {
    let descriptors = descriptors::raise_limit();
    if given.options.check {
        return check::report(&in_force.config, descriptors);
    }
    let logging =
        logging::start(in_force.settings.log.clone().unwrap_or_else(logging::default_filter));
    if let Some(problem) = given.exposed_password() {
        tracing::warn!("{problem}");
    }
    let (sender, changes) = bounded(CHANGES_QUEUED_MAX);
    let take_over = move |change| {
        // Fails only if the server has ended.
        let _ = sender.send(change_of(change));
    };
    let result = Watcher::start(arguments, files, &in_force, LIVE, take_over)
        .context("cannot watch the configuration file")
        .and_then(|_watcher| run(in_force, given.options.new_owner, descriptors, changes));
    logging.finish();
    finish(result)
}

/// Translates a change of the files for the running server.
fn change_of(change: watch::Change) -> Change {
    match change {
        watch::Change::Settings(settings) => Change::Settings(Box::new(settings.config.live())),
        watch::Change::Failed(problem) => Change::Refused(problem),
    }
}

/// Runs a task with its input, or reports why there is none.
fn with<T>(found: Result<T, String>, task: impl FnOnce(T) -> anyhow::Result<()>) -> ExitCode {
    match found {
        Ok(found) => finish(task(found)),
        Err(problem) => refuse(problem),
    }
}

/// Reports wrong settings.
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
    in_force: InForce,
    wants_owner: bool,
    descriptors: u64,
    changes: Receiver<Change>,
) -> anyhow::Result<()> {
    let InForce { settings, mut config, data, .. } = in_force;
    machine::fit_to_descriptors(&mut config, descriptors);
    let door = PlainDoor {
        catalogue: config.lang.catalogue(),
        line_bytes_max: config.line_bytes_max,
        edits: false,
    };
    let (mut listening, mut entrances) = (Vec::new(), Vec::new());
    for Entrance { scheme, address } in &settings.listen {
        let bound = bind(address)?;
        for missing in &bound.missing {
            tracing::warn!(problem = %missing, "listening on the other loopback address only");
        }
        let door = Arc::new(PlainDoor { edits: *scheme == Scheme::Telnet, ..door });
        let addresses = bound.sockets.iter().filter_map(|socket| socket.local_addr().ok());
        entrances.extend(addresses.map(|address| (*scheme, address)));
        listening.extend(
            bound.sockets.into_iter().map(|socket| Listening { socket, door: door.clone() }),
        );
    }
    let archive = match &data {
        Some(directory) => Archive::open(directory)?,
        None => Archive::in_memory()?,
    };
    let owner_token = match wants_owner || !archive.has_owner()? {
        true => OwnerToken::random()?,
        false => None,
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

    invitation::print(&entrances, config.lang.catalogue(), owner_token.as_ref());
    logging::started(&config, data.as_deref(), &entrances);
    let clock = Arc::new(SystemClock);
    let setup = Setup { listening, archive, owner_token, clock, shutdown, changes };
    let totals = serve(setup, &config)?;
    logging::stopped(&totals);
    Ok(())
}
