//! Logging to standard error, which nothing ever waits for.
//!
//! Lines that a slow or closed standard error does not accept are dropped and counted. A panic is
//! logged with its location but without its message, which may quote what a user said.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::Path;

use hobnob::limits;
use hobnob::server::config::Config;
use hobnob::server::serve::Totals;
use hobnob::wire::door::Scheme;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

/// The log writer.
pub(crate) struct Logging {
    guard: WorkerGuard,
    writer: NonBlocking,
}

impl Logging {
    /// Writes the queued lines that standard error accepts within a second.
    pub(crate) fn finish(mut self) {
        let counter = self.writer.error_counter();
        let dropped = counter.dropped_lines();
        if dropped > 0 {
            tracing::warn!(dropped, "log lines lost because standard error was blocked");
        }
        // If the queue is full, nobody is reading it. The guard would report that with println!,
        // which panics if standard output is closed as well.
        let _ = self.writer.write(b"");
        if counter.dropped_lines() > dropped {
            std::mem::forget(self.guard);
        }
    }
}

/// The default level. On a terminal only warnings and errors are logged, so that the instructions
/// for joining stay together.
pub(crate) fn default_level() -> LevelFilter {
    if std::io::stderr().is_terminal() { LevelFilter::WARN } else { LevelFilter::INFO }
}

/// The default level as a filter.
pub(crate) fn default_filter() -> Targets {
    Targets::new().with_default(default_level())
}

pub(crate) fn start(filter: Targets) -> Logging {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(limits::LOG_LINES_QUEUED_MAX)
        .thread_name("log")
        .finish(std::io::stderr());
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(writer.clone())
        .with_ansi(std::io::stderr().is_terminal())
        // Otherwise it would print to the very standard error that has just failed, and panic.
        .log_internal_errors(false)
        .with_filter(filter);
    let subscriber = tracing_subscriber::registry().with(layer);
    // Fails only if there is a default already, and nothing else sets one.
    let _ = tracing::subscriber::set_global_default(subscriber);
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(thread = thread.name().unwrap_or_default(), location, "panic");
    }));
    Logging { guard, writer }
}

/// Logs that the server is listening, with its limits.
pub(crate) fn started(config: &Config, data: Option<&Path>, entrances: &[(Scheme, SocketAddr)]) {
    for (scheme, address) in entrances {
        tracing::info!(address = %format_args!("{}{address}", scheme.prefix()), "listening");
    }
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        threads = config.threads,
        max_clients = config.clients_max,
        max_per_address = config.clients_per_address_max,
        line_max = config.line_bytes_max,
        sendq = config.sendq_bytes_max,
        stall_timeout = ?config.stall_timeout,
        flood = config.flood.map_or_else(|| "off".to_owned(), |rate| rate.to_string()),
        lang = %config.lang,
        data = %data.map_or_else(|| "none".into(), |data| data.display().to_string()),
        "started"
    );
}

/// Logs that the server has shut down cleanly.
pub(crate) fn stopped(totals: &Totals) {
    tracing::info!(
        connections = totals.connections.connections,
        refused = totals.refused_total,
        accept_errors = totals.listener.accept_errors_total,
        lines = totals.broadcaster.lines_total,
        batches = totals.broadcaster.batches_total,
        deliveries = totals.connections.deliveries,
        skipped_lines = totals.connections.lines_skipped,
        panics = totals.connections.panics,
        "stopped"
    );
}
