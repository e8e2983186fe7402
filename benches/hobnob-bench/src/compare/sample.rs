//! Made-up runs and results for the tests of this folder.

use std::path::PathBuf;

use super::case::{Case, Measured, Plans};
use super::machine::Machine;
use super::report::Report;
use super::results::{Failure, Results};
use super::server::{Abilities, Server, ServerName};
use crate::measure::{
    Flood, GeneratorUse, HandshakeUse, Handshakes, Idle, IdleUse, Latency, Pace, Rush, ServerUse,
};
use crate::plan::PacePlan;

pub(crate) fn flood(cpu_us_per_delivery: f64) -> Measured {
    Measured::Flood(Flood {
        clients: 200,
        senders: 4,
        window: 1000,
        lines: 50_000,
        line_bytes: 64,
        seconds: 5.0,
        deliveries: 10_000_000,
        deliveries_per_second: 2_000_000.0,
        lines_per_second: 10_000.0,
        server: Some(server_use(cpu_us_per_delivery, 200.0)),
        generator: GeneratorUse { threads: 1, cores: 0.75 },
    })
}

pub(crate) fn pace(p50_us: u64) -> Measured {
    pace_at(p50_us, 9.0)
}

fn pace_at(p50_us: u64, cpu_us_per_delivery: f64) -> Measured {
    Measured::Pace(Pace {
        clients: 1000,
        stalled: 0,
        senders: 4,
        lines_per_second: 50.0,
        lines: 150,
        line_bytes: 64,
        seconds: 3.0,
        deliveries: 150_000,
        latency: Latency {
            p50_us,
            p90_us: 2 * p50_us,
            p99_us: 3 * p50_us,
            p999_us: 4 * p50_us,
            max_us: 5 * p50_us,
        },
        server: Some(server_use(cpu_us_per_delivery, 1000.0)),
        generator: GeneratorUse { threads: 1, cores: 0.25 },
    })
}

pub(crate) fn idle(resident_bytes_per_connection: f64) -> Measured {
    Measured::Idle(Idle {
        connections: 9000,
        seconds: 0.45,
        announced_seconds: None,
        connections_per_second: 20_000.0,
        server: Some(IdleUse {
            pid: 1,
            resident_bytes_per_connection,
            kernel_bytes_per_connection: 7_000.0,
            memory_bytes: 20_000_000,
            threads: 5,
            cpu_us_per_connection: 21.0,
        }),
        generator: GeneratorUse { threads: 1, cores: 0.9 },
    })
}

/// A paced run with these medians, without newcomers and with them.
pub(crate) fn rush(p50_us_without: u64, p50_us_with: u64) -> Measured {
    let pace = |p50_us| match pace(p50_us) {
        Measured::Pace(pace) => pace,
        other => unreachable!("{other:?}"),
    };
    let (without, with) = (pace(p50_us_without), pace(p50_us_with));
    Measured::Rush(Rush { handshakes: 1000, without, with })
}

pub(crate) fn handshakes(per_core_second: f64) -> Measured {
    Measured::Handshakes(Handshakes {
        handshakes: 3000,
        at_once: 32,
        seconds: 1.5,
        handshakes_per_second: 2_000.0,
        server: Some(HandshakeUse {
            pid: 1,
            cpu_us_per_handshake: 1e6 / per_core_second,
            handshakes_per_core_second: per_core_second,
            cores: 0.5,
            threads: 5,
        }),
        generator: GeneratorUse { threads: 1, cores: 0.75 },
    })
}

/// Servers in the flood case, each with its processor time per delivery in each round.
pub(crate) fn flood_report(rounds: &[(ServerName, &[f64])]) -> Report {
    let mut results = Results::default();
    for (server, values) in rounds {
        for (round, value) in values.iter().enumerate() {
            results.add(Case::Flood, *server, round, flood(*value));
        }
    }
    let count = rounds.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    report(rounds.iter().map(|(server, _)| *server), vec![Case::Flood], results, count)
}

/// hobnob with these figures in each round, and hobnob without history, with 0.5 µs per delivery in
/// flood and 5 ms for half of the paced deliveries: 100 µs per line, and 15 ms for 99 %.
pub(crate) fn history_report(cpu_us_per_delivery: &[f64; 9], p50_us: &[u64; 9]) -> Report {
    let mut results = Results::default();
    for round in 0..9 {
        results.add(Case::Flood, ServerName::Hobnob, round, flood(cpu_us_per_delivery[round]));
        results.add(Case::Flood, ServerName::Memory, round, flood(0.5));
        results.add(Case::Pace, ServerName::Hobnob, round, pace(p50_us[round]));
        results.add(Case::Pace, ServerName::Memory, round, pace(5_000));
    }
    let servers = [ServerName::Hobnob, ServerName::Memory];
    report(servers, vec![Case::Flood, Case::Pace], results, 9)
}

/// Telnets with this much memory per connection and processor time per delivery in each round, and
/// hobnob with 1 KiB and 2 µs.
pub(crate) fn telnet_report(bytes_per_connection: f64, cpu_us_per_delivery: f64) -> Report {
    let mut results = Results::default();
    for round in 0..9 {
        results.add(Case::Idle, ServerName::Hobnob, round, idle(1024.0));
        results.add(Case::Idle, ServerName::Telnet, round, idle(bytes_per_connection));
        results.add(Case::Pace, ServerName::Hobnob, round, pace_at(5_000, 2.0));
        results.add(Case::Pace, ServerName::Telnet, round, pace_at(25_000, cpu_us_per_delivery));
    }
    let servers = [ServerName::Hobnob, ServerName::Telnet];
    report(servers, vec![Case::Pace, Case::Idle], results, 9)
}

/// Over TLS, hobnob has these figures: memory per connection, processor time per delivery,
/// handshakes per second of a core, and half of its latency in a rush. Without TLS it has 1 KiB and
/// 1 µs, behind stunnel 2 µs, and without a rush 1 ms. nginx alone has 5,000 handshakes.
pub(crate) fn tls_report(memory: f64, cpu: f64, handshakes_per_core: f64, rush_us: u64) -> Report {
    let mut results = Results::default();
    let [hobnob, tls, stunnel, nginx] =
        [ServerName::Hobnob, ServerName::Tls, ServerName::Stunnel, ServerName::NginxBare];
    for round in 0..9 {
        results.add(Case::Idle, hobnob, round, idle(1024.0));
        results.add(Case::Idle, tls, round, idle(memory));
        results.add(Case::Pace, hobnob, round, pace_at(5_000, 1.0));
        results.add(Case::Pace, tls, round, pace_at(5_000, cpu));
        results.add(Case::Pace, stunnel, round, pace_at(5_000, 2.0));
        results.add(Case::Handshakes, tls, round, handshakes(handshakes_per_core));
        results.add(Case::Handshakes, nginx, round, handshakes(5_000.0));
        results.add(Case::Rush, tls, round, rush(1_000, rush_us));
    }
    report([hobnob, tls, stunnel, nginx], Case::ALL.to_vec(), results, 9)
}

/// hobnob, limit and ngIRCd in all cases without TLS; ngIRCd fails in pace.
pub(crate) fn full_report() -> Report {
    let mut results = Results::default();
    let servers = [ServerName::Hobnob, ServerName::Limit, ServerName::Ngircd];
    for (rank, server) in servers.into_iter().enumerate() {
        let times = 1 << rank;
        for round in 0..3 {
            let more = 1.0 + 0.1 * round as f64;
            results.add(Case::Flood, server, round, flood(0.05 * f64::from(times) * more));
            results.add(Case::Idle, server, round, idle(1024.0 * f64::from(times) * more));
            if server != ServerName::Ngircd {
                results.add(Case::Pace, server, round, pace(5_000 * times as u64));
                results.add(Case::Stall, server, round, pace(5_500 * times as u64));
            }
        }
    }
    for case in [Case::Pace, Case::Stall] {
        let failure = Failure {
            round: 1,
            brief: "refused to continue: the channel is full".to_owned(),
            line: "irc://127.0.0.1:1 refused to continue: the channel is full".to_owned(),
            is_unavailable: false,
        };
        results.fail(case, ServerName::Ngircd, failure);
    }
    let cases = Case::ALL.into_iter().filter(|case| !case.is_over_tls()).collect();
    report(servers, cases, results, 3)
}

fn report(
    servers: impl IntoIterator<Item = ServerName>,
    cases: Vec<Case>,
    results: Results,
    rounds: usize,
) -> Report {
    let server = |name: ServerName| Server {
        name,
        program: PathBuf::from(format!("/opt/{}", name.name())),
        version: "1.2.3".to_owned(),
        abilities: Abilities::default(),
        behind: None,
    };
    let plans = Plans::default();
    Report {
        machine: Machine {
            processor: "A Processor".to_owned(),
            cores: 2,
            memory_bytes: 8 << 30,
            kernel: "Linux 6.1".to_owned(),
        },
        rounds,
        cases,
        plans: Plans { stall: PacePlan { stalled: 10, ..plans.pace.clone() }, ..plans },
        servers: servers.into_iter().map(server).collect(),
        results,
    }
}

/// For lines with this many recipients each.
fn server_use(cpu_us_per_delivery: f64, clients: f64) -> ServerUse {
    ServerUse {
        pid: 1,
        cpu_us_per_delivery,
        user_us_per_delivery: 0.25 * cpu_us_per_delivery,
        system_us_per_delivery: 0.75 * cpu_us_per_delivery,
        cpu_us_per_line: clients * cpu_us_per_delivery,
        cores: 0.8,
        memory_peak_bytes: 8 << 20,
        threads: 5,
    }
}
