//! What a run is to do. The defaults are what the README quotes.

use std::time::Duration;

/// As fast as the server and the window allow.
#[derive(Clone, Debug)]
pub(crate) struct FloodPlan {
    /// Receiving clients.
    pub(crate) clients: usize,
    /// Sending clients.
    pub(crate) senders: usize,
    /// Lines in flight at most. By default what is in flight to one client fits the 64 KiB that TCP
    /// lets a sender send without an answer, whatever a server puts around each line: else it would
    /// be this edge that is measured.
    pub(crate) window: usize,
    /// Lines in all.
    pub(crate) lines: u64,
    /// Length of each.
    pub(crate) line_bytes: usize,
    /// Event-loop threads of the generator.
    pub(crate) threads: usize,
}

/// At a fixed rate.
#[derive(Clone, Debug)]
pub(crate) struct PacePlan {
    /// Receiving clients.
    pub(crate) clients: usize,
    /// Clients among them, none of them senders, that never read.
    pub(crate) stalled: usize,
    /// Sending clients.
    pub(crate) senders: usize,
    /// Lines a second, by all senders together.
    pub(crate) lines_per_second: f64,
    /// How long lines are sent.
    pub(crate) duration: Duration,
    /// Length of each.
    pub(crate) line_bytes: usize,
    /// Event-loop threads of the generator.
    pub(crate) threads: usize,
}

/// Connections that do nothing.
#[derive(Clone, Debug)]
pub(crate) struct IdlePlan {
    /// How many.
    pub(crate) connections: usize,
    /// Event-loop threads of the generator.
    pub(crate) threads: usize,
}

impl Default for FloodPlan {
    fn default() -> Self {
        Self { clients: 200, senders: 4, window: 500, lines: 50_000, line_bytes: 64, threads: 1 }
    }
}

impl Default for PacePlan {
    fn default() -> Self {
        Self {
            clients: 1000,
            stalled: 0,
            senders: 4,
            lines_per_second: 50.0,
            duration: Duration::from_secs(3),
            line_bytes: 64,
            threads: 1,
        }
    }
}

impl Default for IdlePlan {
    fn default() -> Self {
        Self { connections: 9000, threads: 1 }
    }
}
