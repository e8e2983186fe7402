//! What something costs that hobnob does: a server that does it beside the same that does not, and
//! how much dearer that may be.
//!
//! It does not know how that is shown.

use super::case::Case;
use super::results::Results;
use super::server::ServerName;
use super::verdict::{Judgement, Verdict};

/// Something that has a price.
#[derive(Debug)]
pub(crate) struct Feature {
    pub(crate) name: &'static str,
    /// As it is called in files.
    pub(crate) key: &'static str,
    /// What its figures tell, for the line above them.
    pub(crate) heading: &'static str,
    pub(crate) with: ServerName,
    pub(crate) without: ServerName,
    /// When a promise is missed, for people.
    pub(crate) rule: &'static str,
    promises: &'static [(Case, &'static str, Allowance)],
}

/// How much dearer it may make a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Allowance {
    /// So many times what it is without, by the medians.
    Times(f64),
    /// So much more than it is without, by the medians, in the figure's unit.
    More(f64),
    /// No more than can be told from noise.
    Spread,
}

/// What it costs in one figure.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) judged: Judgement,
    pub(crate) allowance: Allowance,
}

pub(crate) static FEATURES: [Feature; 2] = [HISTORY, CHARACTER_MODE];

/// Keeping a line is work for the processor, which a flood of lines may show. It is no work for
/// whoever delivers lines, and so must not be seen in how long they take.
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

/// A line that is edited here is kept here, with what has been drawn of it, and is drawn anew below
/// each batch of lines. How late lines come is no cost: they wait for each other, so that it is
/// drawn less often.
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
    /// What it costs in all that something is promised of, as far as both have it.
    pub(crate) fn costs(&self, results: &Results) -> Vec<Cost> {
        let pair = [self.with, self.without];
        let cost = |&(case, key, allowance): &(Case, &str, Allowance)| {
            let judged = Judgement::of(results, case, case.metric(key)?, pair)?;
            Some(Cost { judged, allowance })
        };
        self.promises.iter().filter_map(cost).collect()
    }

    /// The cases that it is measured in.
    pub(crate) fn cases(&self) -> impl Iterator<Item = Case> {
        self.promises.iter().map(|(case, ..)| *case)
    }
}

impl Cost {
    /// Whether it is more than may be.
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

    /// The costs where memory takes 100 µs for a line and 15 ms for 99 % of deliveries.
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
        // Whatever the rounds say that are not the median.
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

    /// Where hobnob takes 1 KiB for a connection and 2 µs for a delivery.
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
    fn who_has_failed_costs_nothing() {
        let without = sample::flood_report(&[(ServerName::Hobnob, &[9.0; 9])]);
        assert!(HISTORY.costs(&without.results).is_empty());
        let both = sample::flood_report(&[
            (ServerName::Hobnob, &[9.0; 9]),
            (ServerName::Memory, &[0.5; 9]),
        ]);
        assert_eq!(HISTORY.costs(&both.results).len(), 1, "nobody has run pace");
    }
}
