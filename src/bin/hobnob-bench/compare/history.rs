//! What keeping history costs: hobnob beside itself where it keeps nothing, and how much dearer it
//! may be.
//!
//! It does not know how that is shown.

use super::case::Case;
use super::results::Results;
use super::server::ServerName;
use super::verdict::{Judgement, Verdict};

/// The rule, for people.
pub(crate) const RULE: &str = "missed: hobnob's median is more than so many times memory's; or, \
    where the spread is allowed, lies beyond every round of memory's, and memory's before every \
    round of hobnob's";

/// How much dearer keeping may make a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Allowance {
    /// So many times what it is without, by the medians.
    Times(f64),
    /// No more than can be told from noise.
    Spread,
}

/// What keeping history costs in one figure.
#[derive(Debug)]
pub(crate) struct Cost {
    /// hobnob against memory.
    pub(crate) judged: Judgement,
    /// How much dearer it may be.
    pub(crate) allowance: Allowance,
}

/// What is promised. Keeping a line is work for the processor, which a flood of lines may show. It
/// is no work for whoever delivers lines, and so must not be seen in how long they take.
const PROMISES: [(Case, &str, Allowance); 2] = [
    (Case::Flood, "cpu_us_per_line", Allowance::Times(1.3)),
    (Case::Pace, "p99_us", Allowance::Spread),
];

impl Cost {
    /// Whether it is more than may be.
    pub(crate) fn is_too_much(&self) -> bool {
        match self.allowance {
            Allowance::Times(times_max) => {
                self.judged.this.median > times_max * self.judged.reference.median
            }
            Allowance::Spread => self.judged.verdict == Verdict::Worse,
        }
    }
}

/// All that something is promised of, as far as both have it.
pub(crate) fn costs(results: &Results) -> Vec<Cost> {
    let cost = |(case, key, allowance): (Case, &str, Allowance)| {
        let judged = Judgement::of(results, case, case.metric(key)?, ServerName::Memory)?;
        Some(Cost { judged, allowance })
    };
    PROMISES.into_iter().filter_map(cost).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// The costs where memory takes 100 µs for a line and 15 ms for 99 % of deliveries.
    fn found(flood: &[f64; 9], pace: &[u64; 9]) -> Vec<(&'static str, bool)> {
        let report = sample::history_report(flood, pace);
        let costs = costs(&report.results);
        costs.iter().map(|cost| (cost.judged.metric.key, cost.is_too_much())).collect()
    }

    #[test]
    fn a_flood_may_take_less_than_a_third_more() {
        let check = |cpu_us_per_delivery: f64, expected: bool| {
            let costs = found(&[cpu_us_per_delivery; 9], &[5_000; 9]);
            assert_eq!(costs, [("cpu_us_per_line", expected), ("p99_us", false)]);
        };
        check(0.4, false);
        check(0.5, false);
        check(0.649, false);
        check(0.651, true);
        // Whatever the rounds say that are not the median.
        let mut rounds = [0.6; 9];
        rounds[..4].fill(9.0);
        assert_eq!(found(&rounds, &[5_000; 9])[0], ("cpu_us_per_line", false));
    }

    #[test]
    fn a_paced_line_may_take_no_longer_beyond_the_spread() {
        let check = |pace: [u64; 9], expected: bool| {
            let costs = found(&[0.5; 9], &pace);
            assert_eq!(costs, [("cpu_us_per_line", false), ("p99_us", expected)]);
        };
        check([5_000; 9], false);
        check([4_000; 9], false);
        check([5_200; 9], true);
        // Some of its rounds are no slower than those without.
        check([4_900, 5_000, 5_200, 5_200, 5_200, 5_200, 5_200, 5_200, 5_200], false);
    }

    #[test]
    fn who_has_failed_costs_nothing() {
        let without = sample::flood_report(&[(ServerName::Hobnob, &[9.0; 9])]);
        assert!(costs(&without.results).is_empty());
        let both = sample::flood_report(&[
            (ServerName::Hobnob, &[9.0; 9]),
            (ServerName::Memory, &[0.5; 9]),
        ]);
        assert_eq!(costs(&both.results).len(), 1, "nobody has run pace");
    }
}
