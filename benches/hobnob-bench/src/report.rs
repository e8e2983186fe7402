//! The results of single runs, as text.

use std::fmt;

use crate::measure::{
    Flood, GeneratorUse, HandshakeUse, Handshakes, Idle, Pace, Rush, ServerUse, Stall,
};
use crate::quantity::thousands;

/// A generator thread that is busy for this share of the time limits the run.
const BUSY: f64 = 0.9;

impl fmt::Display for Flood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clients, senders, window, lines, line_bytes, .. } = self;
        writeln!(
            f,
            "flood: {} clients, {} senders, {} lines of {} bytes, {} in flight",
            grouped(*clients as f64),
            grouped(*senders as f64),
            grouped(*lines as f64),
            grouped(*line_bytes as f64),
            grouped(*window as f64),
        )?;
        row(f, "deliveries", &checked(self.deliveries, self.seconds))?;
        row(f, "deliveries/s", &grouped(self.deliveries_per_second))?;
        row(f, "lines/s", &grouped(self.lines_per_second))?;
        server(f, self.server.as_ref())?;
        generator(f, &self.generator)
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clients, stalled, senders, lines_per_second, line_bytes, .. } = self;
        write!(f, "pace: {} clients", grouped(*clients as f64))?;
        if *stalled > 0 {
            write!(f, " of which {} never read", grouped(*stalled as f64))?;
        }
        let senders = grouped(*senders as f64);
        writeln!(f, ", {senders} senders, {lines_per_second} lines/s of {line_bytes} bytes")?;
        row(f, "deliveries", &checked(self.deliveries, self.seconds))?;
        let latency = &self.latency;
        for (name, micros) in [
            ("latency p50", latency.p50_us),
            ("p90", latency.p90_us),
            ("p99", latency.p99_us),
            ("p99.9", latency.p999_us),
            ("max", latency.max_us),
        ] {
            row(f, name, &format!("{:.2} ms", micros as f64 / 1e3))?;
        }
        server(f, self.server.as_ref())?;
        generator(f, &self.generator)
    }
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "all clients read\n{}\nsome clients never read\n{}", self.without, self.with)
    }
}

impl fmt::Display for Rush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { handshakes, without, with } = self;
        let handshakes = grouped(*handshakes as f64);
        write!(f, "no handshakes\n{without}\n{handshakes} handshakes of others meanwhile\n{with}")
    }
}

impl fmt::Display for Handshakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { handshakes, at_once, .. } = self;
        let handshakes = grouped(*handshakes as f64);
        writeln!(f, "handshakes: {handshakes} clients, {} at once", grouped(*at_once as f64))?;
        row(f, "time", &format!("{:.2} s", self.seconds))?;
        row(f, "handshakes/s", &grouped(self.handshakes_per_second))?;
        match &self.server {
            None => row(f, "server", NOT_HERE)?,
            Some(used) => {
                let HandshakeUse { cpu_us_per_handshake, cores, .. } = used;
                let per_core = grouped(used.handshakes_per_core_second);
                row(f, "per core", &format!("{per_core} handshakes/s"))?;
                let cpu = format!("{cpu_us_per_handshake:.1} µs per handshake, {cores:.2} cores");
                row(f, "server CPU", &cpu)?;
                row(f, "server threads", &used.threads.to_string())?;
            }
        }
        generator(f, &self.generator)
    }
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "idle: {} connections", grouped(self.connections as f64))?;
        row(f, "time to open", &format!("{:.2} s", self.seconds))?;
        if let Some(seconds) = self.announced_seconds {
            row(f, "all announced", &format!("{seconds:.2} s"))?;
        }
        row(f, "connections/s", &grouped(self.connections_per_second))?;
        match &self.server {
            None => row(f, "server", NOT_HERE)?,
            Some(used) => {
                let each = |bytes: f64| format!("{:.2} KiB per connection", bytes / 1024.0);
                row(f, "server memory", &each(used.resident_bytes_per_connection))?;
                let kernel = each(used.kernel_bytes_per_connection);
                row(f, "kernel memory", &format!("{kernel}, both of its ends"))?;
                row(f, "server total", &mebibytes(used.memory_bytes))?;
                row(f, "server threads", &used.threads.to_string())?;
                let cpu = format!("{:.1} µs per connection", used.cpu_us_per_connection);
                row(f, "server CPU", &cpu)?;
            }
        }
        generator(f, &self.generator)
    }
}

const NOT_HERE: &str = "process unknown; if it runs on this machine, name it with --pid";

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    writeln!(f, "  {name:<16} {value}")
}

fn server(f: &mut fmt::Formatter<'_>, used: Option<&ServerUse>) -> fmt::Result {
    let Some(used) = used else { return row(f, "server", NOT_HERE) };
    row(
        f,
        "server CPU",
        &format!(
            "{:.3} µs per delivery (user {:.3}, system {:.3}), {:.1} µs per line, {:.2} cores",
            used.cpu_us_per_delivery,
            used.user_us_per_delivery,
            used.system_us_per_delivery,
            used.cpu_us_per_line,
            used.cores
        ),
    )?;
    let peak = mebibytes(used.memory_peak_bytes);
    row(f, "server memory", &format!("{peak} at most, {} threads", used.threads))
}

fn generator(f: &mut fmt::Formatter<'_>, used: &GeneratorUse) -> fmt::Result {
    let GeneratorUse { threads, cores } = used;
    let limits = if *cores > BUSY * *threads as f64 { ": it may be the bottleneck" } else { "" };
    let threads = if *threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
    row(f, "generator CPU", &format!("{cores:.2} cores, {threads}{limits}"))
}

fn checked(deliveries: u64, seconds: f64) -> String {
    format!("{} in {seconds:.2} s, each one checked", grouped(deliveries as f64))
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0)
}

/// Rounded to a whole number, with grouped thousands.
fn grouped(number: f64) -> String {
    thousands(number.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        let check = |number: f64, expected: &str| assert_eq!(grouped(number), expected);
        check(0.0, "0");
        check(999.4, "999");
        check(1000.0, "1,000");
        check(12_345_678.9, "12,345,679");
    }
}
