//! The conclusions: whether this build is worse than another, and whether the comparison means
//! anything at all.
//!
//! It does not know how the conclusion is shown.
//!
//! # When a build is worse
//!
//! A figure is worse if its median lies beyond all of the baseline's rounds, on the bad side, *and*
//! the baseline's median lies beyond all of this build's rounds, on the good side. Anyone can check
//! that in the table.
//!
//! The first half alone raises false alarms: with nine rounds each of two equal builds, it calls
//! 1.5 % of the figures worse, which with six figures is every twelfth comparison. Both halves
//! together do so in 70 of the 48,620 orders in which nine and nine rounds can be ranked: one
//! figure in 695, or one comparison in 116. With normally distributed noise, a change as large as
//! the spread of nine rounds is detected 19 times in 20, and one half as large every third time.
//! The report shows what a noisy machine hides: beside each figure it gives the smallest change
//! that lies beyond the baseline's rounds. More rounds widen the spread and make the rule stricter;
//! a quieter machine makes it sharper.
//!
//! If a figure hardly varies, as memory does, the smallest change is beyond the spread. The
//! linker's layout decides on a page more or less, so changes under [`CHANGE_MIN`] do not count.

use serde::Serialize;

use super::case::Case;
use super::metric::{Better, Metric, main_metrics};
use super::results::Results;
use super::server::ServerName;
use super::statistics::Summary;

/// With fewer rounds, the spread means too little.
pub(crate) const ROUNDS_MIN: usize = 9;

/// Smaller changes of a median do not count, as a share of the reference's median.
pub(crate) const CHANGE_MIN: f64 = 0.01;

/// The rule, for people.
pub(crate) const RULE: &str = "worse: this build's median lies beyond every round of the \
    baseline's, and the baseline's median before every round of this build's";

/// Maximum processor time of the yardstick per delivery, as a share of Redis's.
pub(crate) const LIMIT_TO_REDIS_MAX: f64 = 0.2;

/// How this build compares with the reference in one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Worse,
    Better,
    WithinTheSpread,
}

/// A verdict with its reasons. This build is compared with a reference: the baseline, or itself
/// with other settings.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) case: Case,
    pub(crate) metric: &'static Metric,
    pub(crate) this: Summary,
    pub(crate) reference: Summary,
    /// The change of the median, as a share of the reference's median.
    pub(crate) change: f64,
    /// The smallest change for the worse that lies beyond the reference's rounds, as a share of its
    /// median.
    pub(crate) seen_from: f64,
    pub(crate) verdict: Verdict,
}

impl Judgement {
    /// Judges the first server against the second one, its reference, in one figure; `None` unless
    /// both have it.
    pub(crate) fn of(
        results: &Results,
        case: Case,
        metric: &'static Metric,
        servers: [ServerName; 2],
    ) -> Option<Self> {
        Self::between(results, case, [metric, metric], servers)
    }

    /// The same, where each of them has a figure of its own.
    pub(crate) fn between(
        results: &Results,
        case: Case,
        [metric, than]: [&'static Metric; 2],
        [this, reference]: [ServerName; 2],
    ) -> Option<Self> {
        let this = results.summary(case, this, metric)?;
        let reference = results.summary(case, reference, than)?;
        Some(Self {
            case,
            metric,
            this,
            reference,
            change: this.median / reference.median - 1.0,
            seen_from: seen_from(metric.better, &reference),
            verdict: judge(metric.better, &this, &reference),
        })
    }
}

/// Judges all main figures of the cases against the baseline, as far as both builds have them.
pub(crate) fn judge_all(results: &Results, cases: &[Case]) -> Vec<Judgement> {
    let builds = [ServerName::Hobnob, ServerName::Baseline];
    main_metrics(cases)
        .filter_map(|(case, metric)| Judgement::of(results, case, metric, builds))
        .collect()
}

/// Why the comparison as a whole is meaningless, if it is.
///
/// The yardstick is a practical limit only if it needs far less than other servers. If it does not,
/// something else held it up, and everything else as well.
pub(crate) fn invalidity(results: &Results) -> Option<String> {
    let metric = Case::Flood.metric("cpu_us_per_delivery")?;
    let limit = results.summary(Case::Flood, ServerName::Limit, metric)?;
    let redis = results.summary(Case::Flood, ServerName::Redis, metric)?;
    let ratio = limit.times(&redis)?;
    (ratio > LIMIT_TO_REDIS_MAX).then(|| {
        let scale = metric.unit.scale([limit.median, redis.median]);
        format!(
            "in flood, limit takes {} of CPU per delivery, which is {ratio:.2} × Redis's {} and \
             may be {LIMIT_TO_REDIS_MAX} × at most: this machine was busy, or limit is no \
             yardstick here",
            scale.with_unit(limit.median),
            scale.with_unit(redis.median),
        )
    })
}

fn judge(better: Better, this: &Summary, reference: &Summary) -> Verdict {
    if (this.median - reference.median).abs() < CHANGE_MIN * reference.median.abs() {
        return Verdict::WithinTheSpread;
    }
    match better {
        Better::Lower if is_above(this, reference) => Verdict::Worse,
        Better::Lower if is_above(reference, this) => Verdict::Better,
        Better::Higher if is_above(this, reference) => Verdict::Better,
        Better::Higher if is_above(reference, this) => Verdict::Worse,
        Better::Lower | Better::Higher => Verdict::WithinTheSpread,
    }
}

fn is_above(one: &Summary, other: &Summary) -> bool {
    one.median > other.max && other.median < one.min
}

fn seen_from(better: Better, reference: &Summary) -> f64 {
    let worst = match better {
        Better::Lower => reference.max,
        Better::Higher => reference.min,
    };
    (worst / reference.median - 1.0).abs().max(CHANGE_MIN)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn summary((min, median, max): (f64, f64, f64)) -> Summary {
        Summary { rounds: 9, median, min, max }
    }

    #[test]
    fn worse_only_beyond_the_spread_of_both() {
        let check = |this, baseline, expected| {
            let (this, baseline) = (summary(this), summary(baseline));
            assert_eq!(judge(Better::Lower, &this, &baseline), expected, "{this:?}");
            let mirrored = match expected {
                Verdict::Worse => Verdict::Better,
                Verdict::Better => Verdict::Worse,
                Verdict::WithinTheSpread => Verdict::WithinTheSpread,
            };
            assert_eq!(judge(Better::Higher, &this, &baseline), mirrored, "{this:?}");
            assert_eq!(judge(Better::Lower, &baseline, &this), mirrored, "{this:?}");
        };
        let baseline = (9.0, 10.0, 11.0);
        check((10.5, 12.0, 14.0), baseline, Verdict::Worse);
        check((6.0, 8.0, 9.5), baseline, Verdict::Better);
        // Beyond the baseline's rounds, but its own rounds reach back over the baseline's median.
        check((9.5, 12.0, 14.0), baseline, Verdict::WithinTheSpread);
        // All its rounds are above the baseline's median, but its median is not above all of the
        // baseline's rounds.
        check((10.2, 10.9, 11.5), baseline, Verdict::WithinTheSpread);
        // On the edge is not beyond.
        check((10.5, 11.0, 14.0), baseline, Verdict::WithinTheSpread);
        check(baseline, baseline, Verdict::WithinTheSpread);
        // Without any spread, a change still has to be large enough.
        check((100.5, 100.5, 100.5), (100.0, 100.0, 100.0), Verdict::WithinTheSpread);
        check((102.0, 102.0, 102.0), (100.0, 100.0, 100.0), Verdict::Worse);
        check((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Verdict::WithinTheSpread);
    }

    /// All orders in which nine and nine rounds of equal builds can be ranked.
    #[test]
    fn how_often_the_rule_raises_a_false_alarm() {
        let (mut orders, mut wolves) = (0, 0);
        for bits in 0_u32..1 << 18 {
            if bits.count_ones() != 9 {
                continue;
            }
            let of = |is_this: bool| {
                let ranks: Vec<f64> = (0..18)
                    .filter(|rank| (bits >> rank & 1 == 1) == is_this)
                    .map(|rank| f64::from(rank) + 100.0)
                    .collect();
                Summary::of(&ranks).expect("nine of each")
            };
            orders += 1;
            wolves += usize::from(is_above(&of(true), &of(false)));
        }
        assert_eq!((wolves, orders), (70, 48_620));
    }

    #[test]
    fn the_smallest_change_that_is_seen() {
        let check = |better, baseline, expected: f64| {
            let found = seen_from(better, &summary(baseline));
            assert!((found - expected).abs() < 1e-9, "{found}");
        };
        check(Better::Lower, (9.0, 10.0, 12.0), 0.2);
        check(Better::Higher, (9.0, 10.0, 12.0), 0.1);
        check(Better::Lower, (10.0, 10.0, 10.0), CHANGE_MIN);
    }

    #[test]
    fn only_main_figures_are_judged() {
        let report = sample::flood_report(&[
            (ServerName::Hobnob, &[0.06; 9]),
            (ServerName::Baseline, &[0.04; 9]),
        ]);
        let judgements = judge_all(&report.results, &report.cases);
        let found: Vec<_> =
            judgements.iter().map(|judged| (judged.metric.key, judged.verdict)).collect();
        assert_eq!(found, [("cpu_us_per_delivery", Verdict::Worse)]);
        assert!((judgements[0].change - 0.5).abs() < 1e-9);
    }

    #[test]
    fn an_implausible_yardstick() {
        let check = |limit: f64, redis: f64, expected: bool| {
            let report = sample::flood_report(&[
                (ServerName::Limit, &[limit]),
                (ServerName::Redis, &[redis]),
            ]);
            assert_eq!(invalidity(&report.results).is_some(), expected, "{limit} of {redis}");
        };
        check(0.05, 0.3, false);
        check(0.06, 0.3, false);
        check(0.061, 0.3, true);
        check(0.3, 0.3, true);
        let alone = sample::flood_report(&[(ServerName::Limit, &[9.0])]);
        assert_eq!(invalidity(&alone.results), None);
    }
}
