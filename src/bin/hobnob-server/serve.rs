//! Runs the server: binds the sockets, opens the archive, installs signal handlers, and calls the
//! library.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, bounded};
use hobnob::base::clock::SystemClock;
use hobnob::base::descriptors;
use hobnob::lang;
use hobnob::model::moderation::OwnerToken;
use hobnob::model::newcomer::Naming;
use hobnob::net::bind::bind;
use hobnob::net::listener::Listening;
use hobnob::server::config::Config;
use hobnob::server::reload::ServerChange;
use hobnob::server::serve::{Shutdown, serve};
use hobnob::store::archive::Archive;
use hobnob::wire::door::Scheme;
use hobnob::wire::plain::PlainDoor;

use crate::config::file::Watched;
use crate::config::in_force::InForce;
use crate::config::load::ParsedOptions;
use crate::config::values::Entrance;
use crate::config::watch::Watcher;
use crate::control::ControlSocket;
use crate::{EXIT_INTERRUPTED, invitation, log, machine};

/// Signals within this time count as one: when a terminal is closed, both the shell and the kernel
/// send SIGHUP.
const ONE_SIGNAL: Duration = Duration::from_millis(50);

/// Settings that can be passed to a running server ([`Config::live`]).
const LIVE: &[&str] = &["flood", "motd", "password"];

/// Capacity of the channel for changes of settings: files are checked once a second, and the server
/// takes changes at once.
const CHANGES_QUEUED_MAX: usize = 4;

/// The addresses that the server listens on, each with its protocol.
type Entrances = Vec<(Scheme, SocketAddr)>;

/// Serves until a signal asks for the shutdown.
pub(crate) fn run(
    given: &ParsedOptions,
    in_force: InForce,
    arguments: Vec<OsString>,
    files: Vec<Watched>,
) -> anyhow::Result<()> {
    let descriptors = descriptors::raise_limit();
    let logging = log::start(in_force.settings.log.clone().unwrap_or_else(log::default_filter));
    if let Some(problem) = given.exposed_password() {
        tracing::warn!("{problem}");
    }
    let (sender, changes) = bounded(CHANGES_QUEUED_MAX);
    let control = sender.clone();
    let take_over = move |read: Result<InForce, String>| {
        let change = read.map_or_else(ServerChange::Refused, |settings| {
            ServerChange::Settings(Box::new(settings.config.live()))
        });
        // Fails only if the server has ended.
        let _ = sender.send(change);
    };
    let result = Watcher::start(arguments, files, &in_force, LIVE, take_over)
        .context("cannot watch the configuration file")
        .and_then(|_watcher| {
            serve_with(in_force, given.options.new_owner, descriptors, control, changes)
        });
    logging.finish();
    result
}

fn serve_with(
    in_force: InForce,
    wants_owner: bool,
    descriptors: u64,
    control: Sender<ServerChange>,
    changes: Receiver<ServerChange>,
) -> anyhow::Result<()> {
    let InForce { settings, mut config, data, .. } = in_force;
    machine::fit_to_descriptors(&mut config, descriptors);
    let (listening, entrances) = listen(&settings.listen, &config)?;
    let archive = match &data {
        Some(directory) => Archive::open(directory)?,
        None => Archive::in_memory()?,
    };
    let _control = data.as_deref().and_then(|folder| {
        let socket = ControlSocket::listen(folder, control);
        let refused = |error: &std::io::Error| {
            tracing::warn!(%error, "no control socket: hobnob-server person cannot erase anything");
        };
        socket.inspect_err(refused).ok()
    });
    let owner_token = match wants_owner || !archive.has_owner()? {
        true => OwnerToken::random()?,
        false => None,
    };
    let shutdown = Shutdown::default();
    hook_signals(&shutdown)?;
    invitation::print(&entrances, lang::startup(config.lang), owner_token.as_ref());
    log::started(&config, data.as_deref(), &entrances);
    let clock = Arc::new(SystemClock);
    let totals = serve(listening, archive, owner_token, clock, shutdown, changes, &config)?;
    log::stopped(&totals);
    Ok(())
}

/// Binds the sockets, and returns them with their addresses.
fn listen(at: &[Entrance], config: &Config) -> anyhow::Result<(Vec<Listening>, Entrances)> {
    let door = PlainDoor {
        lang: config.lang,
        line_bytes_max: config.line_bytes_max,
        edits: false,
        origin: config.seed,
    };
    let (mut listening, mut entrances) = (Vec::new(), Vec::new());
    for Entrance { scheme, address } in at {
        let bound = bind(address)?;
        for missing in &bound.missing {
            tracing::warn!(problem = %missing, "listening on the other loopback address only");
        }
        let door = Arc::new(PlainDoor { edits: *scheme == Scheme::Telnet, ..door });
        let addresses = bound.sockets.iter().filter_map(|socket| socket.local_addr().ok());
        entrances.extend(addresses.map(|address| (*scheme, address)));
        let scheme = served_at(*scheme, config.naming);
        listening.extend(bound.sockets.into_iter().map(|socket| Listening {
            socket,
            scheme,
            door: door.clone(),
        }));
    }
    Ok((listening, entrances))
}

/// The scheme that applies at an address. If users are named by their addresses, as in the original
/// of this server, a bare address greets everyone at once, as the original did.
fn served_at(given: Scheme, naming: Naming) -> Scheme {
    match (given, naming) {
        (Scheme::Any, Naming::Address) => Scheme::Plain,
        _ => given,
    }
}

/// Handles signals: the first one requests the shutdown, a second one ends the process at once.
fn hook_signals(shutdown: &Shutdown) -> anyhow::Result<()> {
    let requester = shutdown.requester();
    let asked_at = OnceLock::new();
    ctrlc::set_handler(move || {
        requester.request();
        let now = Instant::now();
        if now.duration_since(*asked_at.get_or_init(|| now)) > ONE_SIGNAL {
            std::process::exit(EXIT_INTERRUPTED);
        }
    })
    .context("cannot handle signals")
}
