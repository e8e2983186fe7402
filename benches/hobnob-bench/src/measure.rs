//! What a run has measured: plain figures, in SI units, as they go into tables and files.
//!
//! Nothing here measures, and nothing here knows how a figure is shown.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Deliveries as fast as the server and the window allow.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Flood {
    pub(crate) clients: usize,
    pub(crate) senders: usize,
    /// Lines in flight at most: sent, and not yet received by everybody.
    pub(crate) window: usize,
    /// Lines sent, all of which everybody has received.
    pub(crate) lines: u64,
    /// Length of each, without its end and what the server puts around it.
    pub(crate) line_bytes: usize,
    /// From the first line's sending to the last one's receipt.
    pub(crate) seconds: f64,
    pub(crate) deliveries: u64,
    pub(crate) deliveries_per_second: f64,
    pub(crate) lines_per_second: f64,
    /// What the server used, if it runs on this machine.
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
    /// Lines sent, all of which every client that reads has received.
    pub(crate) lines: u64,
    /// Length of each, without its end and what the server puts around it.
    pub(crate) line_bytes: usize,
    /// From the first line's intended sending to the last one's receipt.
    pub(crate) seconds: f64,
    pub(crate) deliveries: u64,
    /// From the intended sending of a line to its receipt.
    pub(crate) latency: Latency,
    /// What the server used, if it runs on this machine.
    pub(crate) server: Option<ServerUse>,
    pub(crate) generator: GeneratorUse,
}

/// Connections opened as fast as the server takes them, which then do nothing.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Idle {
    pub(crate) connections: usize,
    /// From the first connect until nothing more was told of anybody who had come; `None` if
    /// nothing was told at all.
    pub(crate) announced_seconds: Option<f64>,
    /// From the first connect until the last connection had received its first line.
    pub(crate) seconds: f64,
    pub(crate) connections_per_second: f64,
    /// What they cost the server, if it runs on this machine.
    pub(crate) server: Option<IdleUse>,
    pub(crate) generator: GeneratorUse,
}

/// A paced run in which some clients never read, beside the same run in which all do.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Stall {
    pub(crate) without: Pace,
    pub(crate) with: Pace,
}

/// What the server's process used during a run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ServerUse {
    pub(crate) pid: i32,
    /// Processor time for each delivery, in microseconds: all of it.
    pub(crate) cpu_us_per_delivery: f64,
    /// Of that, outside the kernel: by the system's ticks of some 10 ms, so that it is rough where
    /// little was used.
    pub(crate) user_us_per_delivery: f64,
    pub(crate) system_us_per_delivery: f64,
    /// Processor time for each line said, in microseconds: what is done once for all who hear it is
    /// seen here.
    pub(crate) cpu_us_per_line: f64,
    /// Processor time a second: 1 is one core.
    pub(crate) cores: f64,
    pub(crate) memory_peak_bytes: u64,
    pub(crate) threads: u64,
}

/// What idle connections cost the server.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct IdleUse {
    pub(crate) pid: i32,
    /// Resident memory of the process, for each connection.
    pub(crate) resident_bytes_per_connection: f64,
    /// Memory of the kernel for each connection, both of its ends together: slabs and socket
    /// buffers of the whole machine, so that it is rough where other things go on.
    pub(crate) kernel_bytes_per_connection: f64,
    /// Resident memory with all connections open.
    pub(crate) memory_bytes: u64,
    pub(crate) threads: u64,
    pub(crate) cpu_us_per_connection: f64,
}

/// What the generator used during a run: near `threads` cores, it was the bottleneck.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct GeneratorUse {
    pub(crate) threads: usize,
    /// Processor time a second: 1 is one core.
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
    /// Of a histogram of microseconds.
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

/// So many of something in this time, a second.
pub(crate) fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
