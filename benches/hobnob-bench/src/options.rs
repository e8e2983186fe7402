//! The command line.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::compare::CompareArguments;
use crate::plan::{FloodPlan, HandshakePlan, IdlePlan, PacePlan, RushPlan};
use crate::stamp::LINE_BYTES_MIN;
use crate::target::Target;

const AFTER_HELP: &str = "\
TARGETS
    line://HOST:PORT    hobnob, or any other server that sends each line to everyone
    telnet://HOST:PORT  hobnob in character mode, at its telnet:// address
    irc://HOST:PORT     registers, joins one channel, answers PING
    redis://HOST:PORT   SUBSCRIBE and PUBLISH
    nats://HOST:PORT    core SUB and PUB

    +tls after the scheme speaks it over TLS, such as line+tls://HOST:PORT; any certificate will do.

    hobnob limits how fast a client may send: start it with --flood off.

EXIT CODES
    0 on success, 1 if a run failed or a line was lost, duplicated, reordered or changed, 2 for an
    invalid command line, 130 after Ctrl-C.

EXAMPLES
    hobnob-bench flood line://localhost:8000
    hobnob-bench pace redis://localhost:6379 --clients 1000 --rate 50
    hobnob-bench idle line://localhost:8000 --connections 9000 --json";

/// Measures chat and publish-subscribe servers: throughput, latency and cost.
#[derive(Clone, Debug, Parser)]
#[command(name = "hobnob-bench", version, after_long_help = AFTER_HELP, max_term_width = 100)]
// Without arguments, one line says what is missing, as for any other invalid command line.
#[command(arg_required_else_help = false)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Send as fast as the server and the window allow.
    ///
    /// Every delivery is checked: each client must receive every line exactly once, each sender's
    /// lines in the order sent, and all lines in the same order as every other client.
    Flood(FloodArguments),
    /// Send at a fixed rate and measure latency.
    ///
    /// Latency counts from the time when a line was due, even if it was sent later, so that a server
    /// that holds up the sender does not look faster.
    Pace(PaceArguments),
    /// Open connections as fast as the server accepts them, and leave them idle.
    Idle {
        #[command(flatten)]
        common: Common,
        /// Number of connections.
        #[arg(long, value_name = "N", default_value_t = IdlePlan::default().connections,
              value_parser = at_least_one)]
        connections: usize,
    },
    /// Run pace twice, the second time with clients that never read.
    Stall {
        #[command(flatten)]
        pace: PaceArguments,
        /// Number of clients that never read.
        #[arg(long, value_name = "M", default_value_t = 50, value_parser = at_least_one)]
        stalled: usize,
    },
    /// Run pace twice, the second time while other clients shake hands over TLS and leave.
    Rush {
        #[command(flatten)]
        pace: PaceArguments,
        /// Number of other clients.
        #[arg(long, value_name = "N", default_value_t = RushPlan::default().handshakes,
              value_parser = at_least_one)]
        handshakes: usize,
        /// Number of bursts in which they come, spread evenly over the load.
        #[arg(long, value_name = "B", default_value_t = RushPlan::default().bursts,
              value_parser = at_least_one)]
        bursts: usize,
    },
    /// Connect, shake hands over TLS and leave, as fast as the server accepts it.
    ///
    /// Each handshake is a full one, and counts once both ends have completed it.
    Handshakes {
        #[command(flatten)]
        common: Common,
        /// Number of handshakes.
        #[arg(long, value_name = "N", default_value_t = HandshakePlan::default().handshakes,
              value_parser = at_least_one)]
        handshakes: usize,
        /// Number of clients at any time.
        #[arg(long, value_name = "K", default_value_t = HandshakePlan::default().at_once,
              value_parser = at_least_one)]
        at_once: usize,
    },
    Compare(CompareArguments),
    /// Run a minimal server, to compare others with.
    ///
    /// It has one thread, no names and no rooms, and writes all that it has received in one turn of
    /// its event loop to every client at once. Measure it with line://, or with line+tls:// if it
    /// runs with --tls.
    Limit {
        /// Address to listen on; port 0 picks a free port. The address is printed.
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8100")]
        listen: SocketAddr,
        /// Speak TLS, with a new self-signed certificate.
        #[arg(long)]
        tls: bool,
    },
}

/// Options of every load.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// Server to measure, such as line://localhost:8000.
    #[arg(value_name = "URL")]
    pub(crate) target: Target,
    /// Process id of the server, if it runs on this machine [default: the processes that listen at
    /// the port]. Children count as well; separate a proxy and what is behind it with a comma.
    #[arg(long, value_name = "PID", value_delimiter = ',',
          value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) pid: Vec<i32>,
    /// Event-loop threads of the load generator.
    #[arg(long, value_name = "T", default_value_t = 1, value_parser = at_least_one)]
    pub(crate) threads: usize,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Debug, Args)]
struct Crowd {
    /// Number of receiving clients [default: 200 for flood, 1000 otherwise].
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    clients: Option<usize>,
    /// Number of sending clients; they also receive, where the protocol allows it.
    #[arg(long, value_name = "S", default_value_t = FloodPlan::default().senders,
          value_parser = at_least_one)]
    senders: usize,
    /// Length of each line.
    #[arg(long, value_name = "BYTES", default_value_t = FloodPlan::default().line_bytes,
          value_parser = line_bytes)]
    line_bytes: usize,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct FloodArguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    crowd: Crowd,
    /// Maximum number of lines in flight: sent, but not yet received by every client.
    #[arg(long, value_name = "W", default_value_t = FloodPlan::default().window,
          value_parser = at_least_one)]
    window: usize,
    /// Total number of lines.
    #[arg(long, value_name = "C", default_value_t = FloodPlan::default().lines,
          value_parser = clap::value_parser!(u64).range(1..=4_000_000_000))]
    lines: u64,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PaceArguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    crowd: Crowd,
    /// Lines per second, from all senders together.
    #[arg(long, value_name = "LINES", default_value_t = PacePlan::default().lines_per_second,
          value_parser = rate)]
    rate: f64,
    /// How long to send, in seconds.
    #[arg(long, value_name = "SECS", default_value_t = PacePlan::default().duration.as_secs_f64(),
          value_parser = seconds)]
    duration: f64,
}

impl FloodArguments {
    /// # Errors
    /// There are more senders than clients.
    pub(crate) fn plan(&self) -> Result<FloodPlan, String> {
        let Crowd { clients, senders, line_bytes } = self.crowd;
        let clients = clients.unwrap_or(FloodPlan::default().clients);
        check_crowd(clients, senders, 0)?;
        let &Self { window, lines, common: Common { threads, .. }, .. } = self;
        Ok(FloodPlan { clients, senders, window, lines, line_bytes, threads })
    }
}

impl PaceArguments {
    /// With this many clients that never read.
    ///
    /// # Errors
    /// There are more senders and stalled clients than clients.
    pub(crate) fn plan(&self, stalled: usize) -> Result<PacePlan, String> {
        let Crowd { clients, senders, line_bytes } = self.crowd;
        let clients = clients.unwrap_or(PacePlan::default().clients);
        check_crowd(clients, senders, stalled)?;
        Ok(PacePlan {
            clients,
            stalled,
            senders,
            lines_per_second: self.rate,
            duration: Duration::from_secs_f64(self.duration),
            line_bytes,
            threads: self.common.threads,
        })
    }
}

fn check_crowd(clients: usize, senders: usize, stalled: usize) -> Result<(), String> {
    if senders + stalled > clients {
        return Err(format!(
            "{clients} clients are too few for {senders} senders and {stalled} that never read; \
             raise --clients"
        ));
    }
    Ok(())
}

fn at_least_one(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|number| *number > 0).ok_or("write a whole number from 1")
}

fn line_bytes(text: &str) -> Result<usize, String> {
    let range = LINE_BYTES_MIN..=1024;
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        format!("write a whole number from {LINE_BYTES_MIN} (which the check needs) to 1024")
    })
}

fn rate(text: &str) -> Result<f64, &'static str> {
    let is_sound = |rate: &f64| (0.1..=1e6).contains(rate);
    text.parse().ok().filter(is_sound).ok_or("write a number from 0.1 to 1000000")
}

fn seconds(text: &str) -> Result<f64, &'static str> {
    let is_sound = |seconds: &f64| (0.1..=86400.0).contains(seconds);
    text.parse().ok().filter(is_sound).ok_or("write a number from 0.1 to 86400")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Options::command().debug_assert();
    }
}
