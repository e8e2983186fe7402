//! The results of a run: plain figures in SI units, as in tables and files.
//!
//! Nothing here measures, and nothing here knows how figures are shown.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Deliveries as fast as the server and the window allow.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Flood {
    pub(crate) clients: usize,
    pub(crate) senders: usize,
    /// Maximum number of lines in flight: sent, but not yet received by every client.
    pub(crate) window: usize,
    /// Lines sent, all of which every client has received.
    pub(crate) lines: u64,
    /// Length of each line, without its end and the server's additions.
    pub(crate) line_bytes: usize,
    /// From sending the first line to receiving the last one.
    pub(crate) seconds: f64,
    pub(crate) deliveries: u64,
    pub(crate) deliveries_per_second: f64,
    pub(crate) lines_per_second: f64,
    /// The server's resource usage, if it runs on this machine.
    pub(crate) server: Option<ServerUse>,
    pub(crate) generator: GeneratorUse,
}

/// Deliveries at a fixed rate.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Pace {
    pub(crate) clients: usize,
    pub(crate) stalled: usize,
    pub(crate) senders: usize,
    pub(crate) lines_per_second: f64,
    /// Lines sent, all of which every reading client has received.
    pub(crate) lines: u64,
    /// Length of each line, without its end and the server's additions.
    pub(crate) line_bytes: usize,
    /// From the time when the first line was due to receiving the last one.
    pub(crate) seconds: f64,
    pub(crate) deliveries: u64,
    /// From the time when a line was due to its receipt.
    pub(crate) latency: Latency,
    /// The server's resource usage, if it runs on this machine.
    pub(crate) server: Option<ServerUse>,
    pub(crate) generator: GeneratorUse,
}

/// Connections opened as fast as the server accepts them, which then do nothing.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Idle {
    pub(crate) connections: usize,
    /// From the first connect until nothing more was announced about any client; `None` if there
    /// were no announcements.
    pub(crate) announced_seconds: Option<f64>,
    /// From the first connect until the last connection had received its first line.
    pub(crate) seconds: f64,
    pub(crate) connections_per_second: f64,
    /// The cost to the server, if it runs on this machine.
    pub(crate) server: Option<IdleUse>,
    pub(crate) generator: GeneratorUse,
}

/// A paced run in which some clients never read, and the same run in which all of them read.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Stall {
    pub(crate) without: Pace,
    pub(crate) with: Pace,
}

/// A paced run during which others come, shake hands over TLS, and leave, and the same run without
/// them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Rush {
    pub(crate) handshakes: usize,
    pub(crate) without: Pace,
    pub(crate) with: Pace,
}

/// Clients that connect, shake hands over TLS, and leave, as fast as the server accepts them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Handshakes {
    /// All of them complete.
    pub(crate) handshakes: usize,
    /// Number of clients at any time.
    pub(crate) at_once: usize,
    /// From the first connect until the last one has left.
    pub(crate) seconds: f64,
    pub(crate) handshakes_per_second: f64,
    /// The cost to the server, if it runs on this machine.
    pub(crate) server: Option<HandshakeUse>,
    pub(crate) generator: GeneratorUse,
}

/// The cost of handshakes to the server, connecting and leaving included.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct HandshakeUse {
    pub(crate) pid: i32,
    pub(crate) cpu_us_per_handshake: f64,
    /// Per second of processor time: what one core can do.
    pub(crate) handshakes_per_core_second: f64,
    /// Processor time per second: 1 is one core.
    pub(crate) cores: f64,
    pub(crate) threads: u64,
}

/// Resource usage of the server's process during a run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ServerUse {
    pub(crate) pid: i32,
    /// Total processor time per delivery, in microseconds.
    pub(crate) cpu_us_per_delivery: f64,
    /// The part of it outside the kernel. Measured in the system's ticks of about 10 ms, so it is
    /// rough if little time was used.
    pub(crate) user_us_per_delivery: f64,
    pub(crate) system_us_per_delivery: f64,
    /// Processor time per line, in microseconds. This shows work that is done once for all
    /// recipients.
    pub(crate) cpu_us_per_line: f64,
    /// Processor time per second: 1 is one core.
    pub(crate) cores: f64,
    pub(crate) memory_peak_bytes: u64,
    pub(crate) threads: u64,
}

/// The cost of idle connections to the server.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct IdleUse {
    pub(crate) pid: i32,
    /// Resident memory of the process per connection.
    pub(crate) resident_bytes_per_connection: f64,
    /// Kernel memory per connection, for both ends together: slabs and socket buffers of the whole
    /// machine, so it is rough if other programs are active.
    pub(crate) kernel_bytes_per_connection: f64,
    /// Resident memory with all connections open.
    pub(crate) memory_bytes: u64,
    pub(crate) threads: u64,
    pub(crate) cpu_us_per_connection: f64,
}

/// Resource usage of the generator during a run: close to `threads` cores, it was the bottleneck.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct GeneratorUse {
    pub(crate) threads: usize,
    /// Processor time per second: 1 is one core.
    pub(crate) cores: f64,
}

/// Quantiles of latency, in microseconds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50_us: u64,
    pub(crate) p90_us: u64,
    pub(crate) p99_us: u64,
    pub(crate) p999_us: u64,
    pub(crate) max_us: u64,
}

impl Latency {
    /// The quantiles of a histogram in microseconds.
    pub(crate) fn of(histogram: &Histogram<u64>) -> Self {
        Self {
            p50_us: histogram.value_at_quantile(0.5),
            p90_us: histogram.value_at_quantile(0.9),
            p99_us: histogram.value_at_quantile(0.99),
            p999_us: histogram.value_at_quantile(0.999),
            max_us: histogram.max(),
        }
    }
}

/// The rate per second.
pub(crate) fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
