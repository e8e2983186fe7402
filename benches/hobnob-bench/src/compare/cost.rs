//! The cost of a feature of hobnob: a server with it is measured beside the same server without it,
//! and a limit says how much more expensive it may be.
//!
//! It does not know how costs are shown.

use super::case::Case;
use super::results::Results;
use super::server::ServerName;
use super::verdict::{Judgement, Verdict};

/// A feature with a cost.
#[derive(Debug)]
pub(crate) struct Feature {
    pub(crate) name: &'static str,
    /// The name in files.
    pub(crate) key: &'static str,
    /// The meaning of its figures, for the line above them.
    pub(crate) heading: &'static str,
    pub(crate) with: ServerName,
    pub(crate) without: ServerName,
    /// The rule for a missed promise, for people.
    pub(crate) rule: &'static str,
    promises: &'static [(Case, &'static str, Allowance)],
    /// The figure without it, if that is another one of the same run.
    pub(crate) than: Option<&'static str>,
}

/// How much a feature may increase a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Allowance {
    /// At most this multiple of the figure without it, by the medians.
    Times(f64),
    /// At least this multiple of it, if more is better.
    TimesMin(f64),
    /// At most this much above the figure without it, by the medians, in the figure's unit.
    More(f64),
    /// No increase that can be distinguished from noise.
    Spread,
}

/// The cost in one figure.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) judged: Judgement,
    pub(crate) allowance: Allowance,
}

pub(crate) static FEATURES: [Feature; 7] =
    [HISTORY, CHARACTER_MODE, TLS, TLS_BESIDE_STUNNEL, TLS_BESIDE_NGINX, TLS_HANDSHAKES, TLS_RUSH];

/// Storing a line takes processor time, which a flood of lines may show. It does not concern the
/// threads that deliver lines, so it must not affect their latency.
const HISTORY: Feature = Feature {
    name: "history",
    key: "history",
    heading: "what keeping it costs",
    with: ServerName::Hobnob,
    without: ServerName::Memory,
    rule: "missed: hobnob's median is more than memory's by a larger factor than allowed; or, where \
           the spread is allowed, lies beyond every round of memory's, and memory's median before \
           every round of hobnob's",
    promises: &[
        (Case::Flood, "cpu_us_per_line", Allowance::Times(1.3)),
        (Case::Pace, "p99_us", Allowance::Spread),
    ],
    than: None,
};

/// The server keeps a line that it edits, together with what it has drawn of it, and redraws it
/// below each batch of lines. Higher latency is not a cost: lines wait for each other, so that the
/// line is redrawn less often.
const CHARACTER_MODE: Feature = Feature {
    name: "character mode",
    key: "character_mode",
    heading: "what it costs",
    with: ServerName::Telnet,
    without: ServerName::Hobnob,
    rule: "missed: telnet's median is more than hobnob's by a larger factor or difference than \
           allowed",
    promises: &[
        (Case::Idle, "resident_bytes_per_connection", Allowance::More(4096.0)),
        (Case::Pace, "cpu_us_per_delivery", Allowance::Times(1.5)),
    ],
    than: None,
};

/// What is encrypted is written in one record, whose cost is small beside that of the system call.
/// An idle connection keeps a session and a buffer of 4 KiB.
const TLS: Feature = Feature {
    name: "TLS",
    key: "tls",
    heading: "what it costs",
    with: ServerName::Tls,
    without: ServerName::Hobnob,
    rule: "missed: tls's median is more than hobnob's by a larger factor or difference than \
           allowed",
    promises: &[
        (Case::Idle, "resident_bytes_per_connection", Allowance::More(8192.0)),
        (Case::Pace, "cpu_us_per_delivery", Allowance::Times(1.25)),
    ],
    than: None,
};

/// A proxy reads and writes everything once more. The server behind it counts as well.
const TLS_BESIDE_STUNNEL: Feature = Feature {
    key: "tls_beside_stunnel",
    heading: "beside hobnob behind stunnel",
    without: ServerName::Stunnel,
    rule: "missed: tls's median is a larger share of stunnel's and hobnob's together than allowed",
    promises: &[(Case::Pace, "cpu_us_per_delivery", Allowance::Times(0.6))],
    ..TLS
};

const TLS_BESIDE_NGINX: Feature = Feature {
    key: "tls_beside_nginx",
    heading: "beside hobnob behind nginx",
    without: ServerName::Nginx,
    rule: "missed: tls's median is a larger share of nginx's and hobnob's together than allowed",
    promises: &[(Case::Pace, "cpu_us_per_delivery", Allowance::Times(0.6))],
    ..TLS
};

const TLS_HANDSHAKES: Feature = Feature {
    key: "tls_handshakes",
    heading: "its handshakes",
    without: ServerName::NginxBare,
    rule: "missed: tls's median is a smaller share of nginx-bare's than allowed",
    promises: &[(Case::Handshakes, "handshakes_per_core_second", Allowance::TimesMin(0.8))],
    ..TLS
};

/// A handshake takes as long as dozens of deliveries, and must not be done in their place.
const TLS_RUSH: Feature = Feature {
    key: "tls_rush",
    heading: "what the handshakes of others cost those who chat",
    without: ServerName::Tls,
    rule: "missed: the median with others' handshakes is more than without them by a larger factor \
           than allowed",
    promises: &[(Case::Rush, "p99_us", Allowance::Times(1.3))],
    than: Some("p99_without_us"),
    ..TLS
};

impl Feature {
    /// The costs of all promised figures that both servers have.
    pub(crate) fn costs(&self, results: &Results) -> Vec<Cost> {
        let pair = [self.with, self.without];
        let cost = |&(case, key, allowance): &(Case, &str, Allowance)| {
            let metrics = [key, self.than.unwrap_or(key)].map(|key| case.metric(key));
            let [Some(metric), Some(than)] = metrics else { return None };
            let judged = Judgement::between(results, case, [metric, than], pair)?;
            Some(Cost { judged, allowance })
        };
        self.promises.iter().filter_map(cost).collect()
    }

    /// The names of its figures, with it and without it.
    pub(crate) fn labels(&self) -> [&'static str; 2] {
        match self.than {
            Some(_) => ["with", "without"],
            None => [self.with, self.without].map(ServerName::name),
        }
    }

    /// The cases in which it is measured.
    pub(crate) fn cases(&self) -> impl Iterator<Item = Case> {
        self.promises.iter().map(|(case, ..)| *case)
    }
}

impl Cost {
    /// Whether it exceeds the allowance.
    pub(crate) fn is_too_much(&self) -> bool {
        let Judgement { this, reference, verdict, .. } = &self.judged;
        match self.allowance {
            Allowance::Times(times_max) => this.median > times_max * reference.median,
            Allowance::TimesMin(times_min) => this.median < times_min * reference.median,
            Allowance::More(more_max) => this.median > reference.median + more_max,
            Allowance::Spread => *verdict == Verdict::Worse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn found(feature: &Feature, results: &Results) -> Vec<(&'static str, bool)> {
        let costs = feature.costs(results);
        costs.iter().map(|cost| (cost.judged.metric.key, cost.is_too_much())).collect()
    }

    /// The costs, where memory takes 100 µs per line and 15 ms for 99 % of deliveries.
    fn of_history(flood: &[f64; 9], pace: &[u64; 9]) -> Vec<(&'static str, bool)> {
        found(&HISTORY, &sample::history_report(flood, pace).results)
    }

    #[test]
    fn a_flood_may_take_less_than_a_third_more() {
        let check = |cpu_us_per_delivery: f64, expected: bool| {
            let costs = of_history(&[cpu_us_per_delivery; 9], &[5_000; 9]);
            assert_eq!(costs, [("cpu_us_per_line", expected), ("p99_us", false)]);
        };
        check(0.4, false);
        check(0.5, false);
        check(0.649, false);
        check(0.651, true);
        // Rounds other than the median do not matter.
        let mut rounds = [0.6; 9];
        rounds[..4].fill(9.0);
        assert_eq!(of_history(&rounds, &[5_000; 9])[0], ("cpu_us_per_line", false));
    }

    #[test]
    fn a_paced_line_may_take_no_longer_beyond_the_spread() {
        let check = |pace: [u64; 9], expected: bool| {
            let costs = of_history(&[0.5; 9], &pace);
            assert_eq!(costs, [("cpu_us_per_line", false), ("p99_us", expected)]);
        };
        check([5_000; 9], false);
        check([4_000; 9], false);
        check([5_200; 9], true);
        // Some of its rounds are no slower than those without.
        check([4_900, 5_000, 5_200, 5_200, 5_200, 5_200, 5_200, 5_200, 5_200], false);
    }

    /// The case where hobnob takes 1 KiB per connection and 2 µs per delivery.
    #[test]
    fn a_telnet_may_take_4_kib_and_half_of_a_delivery_more() {
        let check = |memory: f64, cpu: f64, expected: [bool; 2]| {
            let results = sample::telnet_report(memory, cpu).results;
            let [memory, cpu] = expected;
            let expected =
                [("resident_bytes_per_connection", memory), ("cpu_us_per_delivery", cpu)];
            assert_eq!(found(&CHARACTER_MODE, &results), expected);
        };
        check(1024.0, 2.0, [false, false]);
        check(5120.0, 3.0, [false, false]);
        check(5121.0, 2.99, [true, false]);
        check(500.0, 3.01, [false, true]);
    }

    /// The case where hobnob takes 1 KiB per connection and 1 µs per delivery, behind stunnel 2 µs,
    /// without a rush 1 ms, and nginx alone does 5,000 handshakes.
    #[test]
    fn tls_within_its_limits() {
        let check = |(memory, cpu, handshakes, rush), expected: [bool; 5]| {
            let results = sample::tls_report(memory, cpu, handshakes, rush).results;
            let [idle, pace, stunnel, per_core, latency] = expected;
            let of = |feature| found(feature, &results);
            let costs = [("resident_bytes_per_connection", idle), ("cpu_us_per_delivery", pace)];
            assert_eq!(of(&TLS), costs);
            assert_eq!(of(&TLS_BESIDE_STUNNEL), [("cpu_us_per_delivery", stunnel)]);
            assert_eq!(of(&TLS_BESIDE_NGINX), []);
            assert_eq!(of(&TLS_HANDSHAKES), [("handshakes_per_core_second", per_core)]);
            assert_eq!(of(&TLS_RUSH), [("p99_us", latency)]);
        };
        check((9_216.0, 1.2, 4_000.0, 1_300), [false; 5]);
        check((9_217.0, 1.2, 3_999.0, 1_301), [true, false, false, true, true]);
        check((1_024.0, 1.24, 9_000.0, 900), [false, false, true, false, false]);
        check((1_024.0, 1.26, 9_000.0, 900), [false, true, true, false, false]);
    }

    #[test]
    fn a_failed_server_has_no_costs() {
        let without = sample::flood_report(&[(ServerName::Hobnob, &[9.0; 9])]);
        assert!(HISTORY.costs(&without.results).is_empty());
        let both = sample::flood_report(&[
            (ServerName::Hobnob, &[9.0; 9]),
            (ServerName::Memory, &[0.5; 9]),
        ]);
        assert_eq!(HISTORY.costs(&both.results).len(), 1, "nobody has run pace");
    }
}
