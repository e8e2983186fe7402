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
}

/// How much a feature may increase a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Allowance {
    /// At most this multiple of the figure without it, by the medians.
    Times(f64),
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

pub(crate) static FEATURES: [Feature; 2] = [HISTORY, CHARACTER_MODE];

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
};

impl Feature {
    /// The costs of all promised figures that both servers have.
    pub(crate) fn costs(&self, results: &Results) -> Vec<Cost> {
        let pair = [self.with, self.without];
        let cost = |&(case, key, allowance): &(Case, &str, Allowance)| {
            let judged = Judgement::of(results, case, case.metric(key)?, pair)?;
            Some(Cost { judged, allowance })
        };
        self.promises.iter().filter_map(cost).collect()
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
