//! The parameters of a run. The README quotes figures for the defaults.

use std::time::Duration;

use serde::{Serialize, Serializer};

/// Lines as fast as the server and the window allow.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FloodPlan {
    pub(crate) clients: usize,
    pub(crate) senders: usize,
    /// Maximum number of lines in flight. With the default, the data in flight to one client fits
    /// the 64 KiB that TCP lets a sender send without an answer, whatever a server adds to each
    /// line; otherwise the benchmark would measure that limit.
    pub(crate) window: usize,
    pub(crate) lines: u64,
    pub(crate) line_bytes: usize,
    /// Number of event-loop threads of the generator.
    #[serde(rename = "generator_threads")]
    pub(crate) threads: usize,
}

/// Lines at a fixed rate.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PacePlan {
    pub(crate) clients: usize,
    /// The number of clients that never read; none of them are senders.
    pub(crate) stalled: usize,
    pub(crate) senders: usize,
    pub(crate) lines_per_second: f64,
    #[serde(rename = "duration_seconds", serialize_with = "seconds")]
    pub(crate) duration: Duration,
    pub(crate) line_bytes: usize,
    /// Number of event-loop threads of the generator.
    #[serde(rename = "generator_threads")]
    pub(crate) threads: usize,
}

/// Idle connections.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct IdlePlan {
    pub(crate) connections: usize,
    /// Number of event-loop threads of the generator.
    #[serde(rename = "generator_threads")]
    pub(crate) threads: usize,
}

/// TLS handshakes as fast as the server accepts them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct HandshakePlan {
    pub(crate) handshakes: usize,
    /// Number of clients at any time.
    pub(crate) at_once: usize,
}

/// A paced load during which others come, shake hands over TLS, and leave.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RushPlan {
    #[serde(flatten)]
    pub(crate) pace: PacePlan,
    pub(crate) handshakes: usize,
    /// They come in so many bursts, spread evenly over the load.
    pub(crate) bursts: usize,
}

impl Default for HandshakePlan {
    fn default() -> Self {
        Self { handshakes: 3000, at_once: 32 }
    }
}

impl Default for RushPlan {
    fn default() -> Self {
        Self { pace: PacePlan::default(), handshakes: 1000, bursts: 10 }
    }
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

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
