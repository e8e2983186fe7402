//! Everything known at the end, and the conclusions.
//!
//! It does not know how the report is shown or written.

use super::case::{Case, Plans};
use super::cost::{Allowance, Cost, FEATURES, Feature};
use super::machine::Machine;
use super::metric::Metric;
use super::results::Results;
use super::server::{Server, ServerName};
use super::statistics::Summary;
use super::verdict::{Judgement, Verdict, invalidity, judge_all};
use crate::quantity::ratio;

/// A finished comparison.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) rounds: usize,
    pub(crate) cases: Vec<Case>,
    pub(crate) plans: Plans,
    /// The servers, in the order in which they are shown.
    pub(crate) servers: Vec<Server>,
    pub(crate) results: Results,
}

impl Report {
    pub(crate) fn has(&self, name: ServerName) -> bool {
        self.servers.iter().any(|server| server.name == name)
    }

    /// The servers that take part in a case, in order.
    pub(crate) fn servers_in(&self, case: Case) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(move |server| server.name.takes_part_in(case))
    }

    /// A figure of each server in the case, in order; `None` for servers that have failed.
    pub(crate) fn column(&self, case: Case, metric: &Metric) -> Vec<Option<Summary>> {
        let summary = |server: &Server| self.results.summary(case, server.name, metric);
        self.servers_in(case).map(summary).collect()
    }

    /// The verdicts for this build against the baseline; `None` without a baseline.
    pub(crate) fn judgements(&self) -> Option<Vec<Judgement>> {
        self.has(ServerName::Baseline).then(|| judge_all(&self.results, &self.cases))
    }

    /// The costs of features whose servers with and without them both took part.
    pub(crate) fn costs(&self) -> impl Iterator<Item = (&'static Feature, Vec<Cost>)> {
        let takes_part = |feature: &&Feature| self.has(feature.with) && self.has(feature.without);
        FEATURES.iter().filter(takes_part).map(|feature| (feature, feature.costs(&self.results)))
    }

    /// Why the comparison as a whole is invalid, if it is.
    pub(crate) fn invalidity(&self) -> Option<String> {
        invalidity(&self.results)
    }

    /// Why the program should fail, in a few words each; empty if all is well.
    pub(crate) fn problems(&self) -> Vec<String> {
        let ours = self.servers.iter().filter(|server| server.name.is_ours());
        let failed = ours.filter_map(|server| self.failure_of(server.name));
        let invalid =
            self.invalidity().map(|reason| format!("the comparison is invalid: {reason}"));
        let judgements = self.judgements().unwrap_or_default();
        let worse = judgements.iter().filter(|judged| judged.verdict == Verdict::Worse).map(
            |Judgement { case, metric, change, .. }| {
                let (case, percent) = (case.name(), percent(*change));
                format!("worse than the baseline: {case}, {} ({percent})", metric.name)
            },
        );
        let dear = self.costs().flat_map(|(feature, costs)| {
            let is_dear = |cost: &Cost| cost.is_too_much().then(|| too_much(feature, cost));
            costs.iter().filter_map(is_dear).collect::<Vec<_>>()
        });
        failed.chain(invalid).chain(worse).chain(dear).collect()
    }

    /// The cases in which a server has failed, and the reason in the first of them.
    fn failure_of(&self, name: ServerName) -> Option<String> {
        let failed = |case: &Case| {
            let failure = self.results.failure(*case, name)?;
            (!failure.is_unavailable).then_some((case.name(), failure))
        };
        let failures: Vec<_> = self.cases.iter().filter_map(failed).collect();
        let (_, first) = failures.first()?;
        let cases: Vec<&str> = failures.iter().map(|(case, _)| *case).collect();
        Some(format!("{} failed in {}: {}", name.name(), cases.join(", "), first.brief))
    }
}

fn too_much(feature: &Feature, cost: &Cost) -> String {
    let without = match feature.than {
        Some(_) => "the figure without".to_owned(),
        None => format!("{}'s", feature.without.name()),
    };
    let Judgement { case, metric, this, reference, change, .. } = &cost.judged;
    let times = || this.times(reference).map_or("many".to_owned(), ratio);
    let more = match cost.allowance {
        Allowance::Times(times_max) => {
            format!("{} × {without}, {times_max} × at most", times())
        }
        Allowance::TimesMin(times_min) => {
            format!("{} × {without}, {times_min} × at least", times())
        }
        Allowance::More(more_max) => {
            let [more, more_max] =
                [this.median - reference.median, more_max].map(|by| difference(metric, by));
            format!("{more} over {without}, {more_max} at most")
        }
        Allowance::Spread => percent(*change),
    };
    format!("{} costs too much: {}, {} ({more})", feature.name, case.name(), metric.name)
}

/// A difference in a figure, with its sign.
pub(crate) fn difference(metric: &Metric, by: f64) -> String {
    let sign = if by < 0.0 { '-' } else { '+' };
    let size = by.abs();
    format!("{sign}{}", metric.unit.scale([size]).with_unit(size))
}

/// A relative change as a percentage, with its sign.
pub(crate) fn percent(share: f64) -> String {
    format!("{:+.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::super::results::Failure;
    use super::super::sample;
    use super::*;
    use crate::error::RunError;

    #[test]
    fn a_peer_may_fail_and_ours_may_not() {
        let mut report = sample::full_report();
        assert!(report.problems().is_empty());
        for case in [Case::Idle, Case::Pace] {
            let error = RunError::Machine(format!("it ended in {}", case.name()));
            report.results.fail(case, ServerName::Limit, Failure::new(0, &error, None));
        }
        assert_eq!(report.problems(), ["limit failed in pace, idle: it ended in pace"]);
    }

    #[test]
    fn worse_is_a_problem_and_better_is_not() {
        let check = |this: f64, expected: &[&str]| {
            let report = sample::flood_report(&[
                (ServerName::Hobnob, &[this; 9]),
                (ServerName::Baseline, &[0.05; 9]),
            ]);
            assert_eq!(report.problems(), expected);
        };
        check(0.05, &[]);
        check(0.04, &[]);
        check(0.06, &["worse than the baseline: flood, CPU/delivery (+20.0 %)"]);
    }

    #[test]
    fn history_that_costs_too_much_is_a_problem() {
        let check = |flood: f64, pace: u64, expected: &[&str]| {
            let report = sample::history_report(&[flood; 9], &[pace; 9]);
            assert_eq!(report.problems(), expected);
        };
        check(0.6, 5_000, &[]);
        let flood = "history costs too much: flood, CPU/line (1.40 × memory's, 1.3 × at most)";
        check(0.7, 5_000, &[flood]);
        check(0.7, 5_500, &[flood, "history costs too much: pace, p99 latency (+10.0 %)"]);
    }

    #[test]
    fn character_mode_that_costs_too_much_is_a_problem() {
        let check = |memory: f64, cpu: f64, expected: &[&str]| {
            assert_eq!(sample::telnet_report(memory, cpu).problems(), expected);
        };
        check(5_000.0, 2.9, &[]);
        let idle = "character mode costs too much: idle, memory/connection (+5.00 KiB over \
                    hobnob's, +4.00 KiB at most)";
        let pace = "character mode costs too much: pace, CPU/delivery (1.55 × hobnob's, 1.5 × at \
                    most)";
        check(6_144.0, 3.1, &[idle, pace]);
    }

    #[test]
    fn tls_that_costs_too_much_is_a_problem() {
        let check = |report: Report, expected: &[&str]| assert_eq!(report.problems(), expected);
        check(sample::tls_report(9_000.0, 1.0, 5_000.0, 1_300), &[]);
        let idle = "TLS costs too much: idle, memory/connection (+9.00 KiB over hobnob's, +8.00 \
                    KiB at most)";
        let pace = "TLS costs too much: pace, CPU/delivery (1.30 × hobnob's, 1.25 × at most)";
        let stunnel = "TLS costs too much: pace, CPU/delivery (0.65 × stunnel's, 0.6 × at most)";
        check(sample::tls_report(10_240.0, 1.3, 5_000.0, 1_300), &[idle, pace, stunnel]);
        let handshakes =
            "TLS costs too much: handshakes, per core (0.70 × nginx-bare's, 0.8 × at least)";
        let rush =
            "TLS costs too much: rush, p99 latency (1.40 × the figure without, 1.3 × at most)";
        check(sample::tls_report(9_000.0, 1.0, 3_500.0, 1_400), &[handshakes, rush]);
    }

    /// A build without TLS is no worse for it.
    #[test]
    fn what_is_not_available_is_no_problem() {
        let mut report = sample::tls_report(10_240.0, 9.9, 5_000.0, 9_000);
        for case in Case::ALL {
            let error = RunError::Unavailable("not available: it has no TLS");
            report.results.fail(case, ServerName::Tls, Failure::new(0, &error, None));
        }
        assert!(report.problems().is_empty());
    }

    #[test]
    fn an_implausible_yardstick_is_a_problem() {
        let report =
            sample::flood_report(&[(ServerName::Limit, &[0.1]), (ServerName::Redis, &[0.3])]);
        let problems = report.problems();
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].starts_with("the comparison is invalid: in flood, limit takes 0.100 µs")
        );
    }
}
