//! The command line of `compare`: names and numbers. `programs` looks for the servers.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::case::{Case, Plans};
use super::server::ServerName;
use super::verdict::ROUNDS_MIN;
use crate::plan::{FloodPlan, HandshakePlan, IdlePlan, PacePlan, RushPlan};

/// Number of clients that never read, in the stall case.
const STALLED_DEFAULT: usize = 50;

/// Compare hobnob with a minimal server and with other servers.
///
/// Each server runs in a fresh process for each case and round, on a port of its own. The servers
/// take turns, so that other activity on this machine affects all of them alike. The tables show
/// the median of all rounds, with the minimum and the maximum.
#[derive(Clone, Debug, Args)]
pub(crate) struct CompareArguments {
    /// How often each server runs each case; at least 9 times with --baseline, memory, telnet or
    /// tls.
    #[arg(long, value_name = "R", default_value_t = ROUNDS_MIN)]
    pub(crate) rounds: usize,

    /// Cases to run, separated by commas [default: all; rush and handshakes only over TLS].
    #[arg(long, value_name = "CASES", value_delimiter = ',')]
    cases: Vec<Case>,

    /// Servers to compare, separated by commas [default: hobnob, limit, and those of redis, nats
    /// and ngircd that are installed].
    ///
    /// hobnob,memory measures the cost of history: memory is hobnob without it. With history, a line
    /// in flood may take 1.3 times the processor time, and the p99 latency of pace must not be worse
    /// by the rule of --baseline. hobnob,telnet measures the cost of character mode: telnet is hobnob
    /// at a telnet:// address, where it edits the line of each client. A connection in idle may take
    /// 4 KiB more memory, and a delivery in pace 1.5 times the processor time; lines arrive later on
    /// purpose, together with the prompt.
    ///
    /// hobnob,guess,tls,stunnel,nginx,limit,limit-tls,nginx-bare measures TLS: tls is hobnob over
    /// TLS, stunnel and nginx are in front of hobnob, limit-tls is the minimal server over TLS, and
    /// nginx-bare is nginx alone, for handshakes. guess is hobnob at an address where it waits to
    /// see which protocol a client speaks. Over TLS, a connection in idle may take 8 KiB more memory, a
    /// delivery in pace 1.25 times the processor time of hobnob and 0.6 times that behind a proxy;
    /// a core must do 0.8 times the handshakes of nginx, and p99 in rush may be 1.3 times that
    /// without handshakes. The exit code is 1 if a limit is exceeded.
    #[arg(long, value_name = "SERVERS", value_delimiter = ',')]
    servers: Vec<ServerName>,

    /// hobnob-server binary to compare [default: the one next to this program].
    #[arg(long, value_name = "BINARY")]
    pub(crate) server: Option<PathBuf>,

    /// Another build of hobnob-server to compare with this one.
    ///
    /// This build is worse in a figure if its median lies beyond every round of the baseline, and
    /// the baseline's median lies before every round of this build. The exit code is 1 if any figure
    /// is worse.
    #[arg(long, value_name = "BINARY")]
    pub(crate) baseline: Option<PathBuf>,

    /// Directory for results.json and results.svg; existing files are replaced.
    #[arg(long, value_name = "DIR", default_value = "bench-results")]
    pub(crate) out: PathBuf,

    /// Lines in each run of flood.
    #[arg(long, value_name = "N", default_value_t = FloodPlan::default().lines)]
    flood_lines: u64,

    /// Receiving clients in flood.
    #[arg(long, value_name = "N", default_value_t = FloodPlan::default().clients)]
    flood_clients: usize,

    /// Receiving clients in pace and stall.
    #[arg(long, value_name = "N", default_value_t = PacePlan::default().clients)]
    pace_clients: usize,

    /// How long to send in pace and stall, in seconds.
    #[arg(long, value_name = "SECS", default_value_t = PacePlan::default().duration.as_secs())]
    pace_duration: u64,

    /// Clients that never read in stall, out of --pace-clients.
    #[arg(long, value_name = "N", default_value_t = STALLED_DEFAULT)]
    stalled: usize,

    /// Number of connections in idle.
    #[arg(long, value_name = "N", default_value_t = IdlePlan::default().connections)]
    connections: usize,

    /// Clients that shake hands and leave, in rush.
    #[arg(long, value_name = "N", default_value_t = RushPlan::default().handshakes)]
    newcomers: usize,

    /// Handshakes in each run of handshakes.
    #[arg(long, value_name = "N", default_value_t = HandshakePlan::default().handshakes)]
    handshakes: usize,
}

impl CompareArguments {
    /// # Errors
    /// One line that says which arguments contradict each other, and what would work.
    pub(crate) fn check(&self) -> Result<(), String> {
        let plans = self.plans();
        let counts = [
            ("--rounds", self.rounds as u64),
            ("--flood-lines", self.flood_lines),
            ("--flood-clients", self.flood_clients as u64),
            ("--pace-clients", self.pace_clients as u64),
            ("--pace-duration", self.pace_duration),
            ("--stalled", self.stalled as u64),
            ("--connections", self.connections as u64),
            ("--newcomers", self.newcomers as u64),
            ("--handshakes", self.handshakes as u64),
        ];
        if let Some((option, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return Err(format!("{option} must be at least 1"));
        }
        if self.flood_clients < plans.flood.senders {
            return Err(format!("--flood-clients must be at least {}", plans.flood.senders));
        }
        let pace_clients_min = plans.stall.senders + self.stalled;
        if self.pace_clients < pace_clients_min {
            return Err(format!(
                "--pace-clients must be at least {pace_clients_min}: {} senders and --stalled {}",
                plans.stall.senders, self.stalled
            ));
        }
        if self.baseline.is_some() {
            self.check_beside_hobnob("--baseline")?;
        }
        for name in [ServerName::Memory, ServerName::Telnet] {
            if self.servers.contains(&name) {
                self.check_beside_hobnob(name.name())?;
            }
        }
        if self.servers.contains(&ServerName::Tls) {
            self.check_rounds(ServerName::Tls.name())?;
        }
        let has_nobody = |case: &&Case| !self.names().iter().any(|name| name.takes_part_in(**case));
        match self.cases().iter().find(has_nobody) {
            Some(case) => Err(format!(
                "{} needs another of the --servers, such as {}",
                case.name(),
                if case.is_over_tls() { "tls" } else { "hobnob" }
            )),
            None => Ok(()),
        }
    }

    /// Whether there are enough rounds for a verdict on `name`.
    fn check_rounds(&self, name: &str) -> Result<(), String> {
        if self.rounds < ROUNDS_MIN {
            return Err(format!(
                "{name} needs at least --rounds {ROUNDS_MIN}: {} would not show the spread",
                self.rounds
            ));
        }
        Ok(())
    }

    /// Whether there can be a verdict on hobnob and `other`.
    fn check_beside_hobnob(&self, other: &str) -> Result<(), String> {
        self.check_rounds(other)?;
        if !self.names().contains(&ServerName::Hobnob) {
            return Err(format!("{other} needs hobnob among the --servers"));
        }
        Ok(())
    }

    pub(crate) fn cases(&self) -> Vec<Case> {
        let is_wanted = |case: &Case| match self.cases.is_empty() {
            true => self.names().iter().any(|name| name.takes_part_in(*case)),
            false => self.cases.contains(case),
        };
        Case::ALL.into_iter().filter(is_wanted).collect()
    }

    /// The servers asked for, installed or not, in the order in which they are shown.
    pub(crate) fn names(&self) -> Vec<ServerName> {
        let is_wanted = |name: &ServerName| match self.names_servers() {
            true => self.servers.contains(name),
            false => name.takes_part_unasked(),
        };
        let mut names: Vec<ServerName> = ServerName::ALL.into_iter().filter(is_wanted).collect();
        names.extend(self.baseline.as_ref().map(|_| ServerName::Baseline));
        names.sort_unstable();
        names
    }

    /// Whether the servers were named, so that none of them may be missing.
    pub(crate) fn names_servers(&self) -> bool {
        !self.servers.is_empty()
    }

    pub(crate) fn plans(&self) -> Plans {
        let pace = PacePlan {
            clients: self.pace_clients,
            duration: Duration::from_secs(self.pace_duration),
            ..PacePlan::default()
        };
        Plans {
            flood: FloodPlan {
                clients: self.flood_clients,
                lines: self.flood_lines,
                ..FloodPlan::default()
            },
            stall: PacePlan { stalled: self.stalled, ..pace.clone() },
            rush: RushPlan {
                pace: pace.clone(),
                handshakes: self.newcomers,
                ..RushPlan::default()
            },
            handshakes: HandshakePlan { handshakes: self.handshakes, ..HandshakePlan::default() },
            pace,
            idle: IdlePlan { connections: self.connections, ..IdlePlan::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        arguments: CompareArguments,
    }

    fn parsed(words: &str) -> Option<CompareArguments> {
        let words = ["compare"].into_iter().chain(words.split_whitespace());
        Program::try_parse_from(words).ok().map(|program| program.arguments)
    }

    #[test]
    fn the_command_line_is_sound() {
        Program::command().debug_assert();
    }

    #[test]
    fn impossible_arguments_are_rejected() {
        let check = |words: &str, expected: Option<&str>| {
            let problem = parsed(words).expect("it can be read").check().err();
            let is_as_expected = match (&problem, expected) {
                (Some(problem), Some(expected)) => problem.contains(expected),
                (None, None) => true,
                _ => false,
            };
            assert!(is_as_expected, "{words}: {problem:?}");
        };
        check("", None);
        check("--rounds 1 --cases flood --servers limit,hobnob", None);
        check("--rounds 0", Some("--rounds must be at least 1"));
        check("--stalled 0", Some("--stalled must be at least 1"));
        check("--flood-clients 3", Some("--flood-clients must be at least 4"));
        check("--pace-clients 53", Some("--pace-clients must be at least 54"));
        check("--baseline old --rounds 9", None);
        check("--baseline old --rounds 8", Some("--baseline needs at least --rounds 9"));
        check("--baseline old --servers limit", Some("hobnob among"));
        check("--servers hobnob,memory", None);
        check("--servers hobnob,memory --rounds 8", Some("memory needs at least --rounds 9"));
        check("--servers limit,memory", Some("memory needs hobnob among"));
        check("--servers hobnob,telnet", None);
        check("--servers hobnob,telnet --rounds 8", Some("telnet needs at least --rounds 9"));
        check("--servers telnet", Some("telnet needs hobnob among"));
        check("--servers tls", None);
        check("--servers tls --rounds 8", Some("tls needs at least --rounds 9"));
        check("--handshakes 0", Some("--handshakes must be at least 1"));
        check(
            "--servers hobnob --cases rush",
            Some("rush needs another of the --servers, such as"),
        );
        check("--servers nginx-bare --cases handshakes", None);
        check("--servers nginx-bare --cases flood", Some("flood needs another of the --servers"));
        check("--servers memory --baseline old", Some("--baseline needs hobnob among"));
        assert!(parsed("--cases float").is_none());
        assert!(parsed("--servers baseline").is_none());
    }

    #[test]
    fn servers_and_cases_have_a_fixed_order() {
        let names = |words: &str| -> Vec<&str> {
            let arguments = parsed(words).expect("it can be read");
            arguments.names().into_iter().map(ServerName::name).collect()
        };
        assert_eq!(names(""), ["hobnob", "limit", "redis", "nats", "ngircd"]);
        assert_eq!(names("--servers redis,hobnob"), ["hobnob", "redis"]);
        assert_eq!(names("--servers limit,hobnob --baseline old"), ["hobnob", "baseline", "limit"]);
        let words = "--servers limit,telnet,memory,hobnob --baseline old";
        assert_eq!(names(words), ["hobnob", "baseline", "memory", "telnet", "limit"]);
        assert_eq!(names("--baseline old").len(), 6, "memory and telnet are none of them");
        let cases = |words| parsed(words).expect("it can be read").cases();
        assert_eq!(cases("--servers limit-tls"), Case::ALL);
        assert_eq!(cases(""), [Case::Flood, Case::Pace, Case::Stall, Case::Idle]);
        assert_eq!(cases("--servers nginx-bare"), [Case::Handshakes]);
        assert_eq!(cases("--cases stall,flood,stall"), [Case::Flood, Case::Stall]);
    }

    #[test]
    fn stall_is_pace_with_some_clients_that_never_read() {
        let plans = parsed("--pace-clients 50 --stalled 7").expect("it can be read").plans();
        assert_eq!((plans.pace.clients, plans.pace.stalled), (50, 0));
        assert_eq!((plans.stall.clients, plans.stall.stalled), (50, 7));
    }
}
