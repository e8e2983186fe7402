//! Median and spread of a few measurements.
//!
//! It does not know what was measured.

use serde::Serialize;

/// The summary of the rounds. There is no mean and no deviation: measurements on a busy machine
/// have outliers on one side, which would distort both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) rounds: usize,
    /// The middle value; with an even number of rounds, the mean of the middle two.
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Summary {
    /// The summary of one value per round; `None` without values.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let rounds = sorted.len();
        let median = (sorted[(rounds - 1) / 2] + sorted[rounds / 2]) / 2.0;
        Some(Self { rounds, median, min, max })
    }

    /// The ratio of this median to another one; `None` if it is not a number.
    pub(crate) fn times(&self, other: &Self) -> Option<f64> {
        Some(self.median / other.median).filter(|ratio| ratio.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_ends() {
        let check = |values: &[f64], expected: Option<(f64, f64, f64)>| {
            let summary = Summary::of(values);
            let found = summary.map(|summary| (summary.min, summary.median, summary.max));
            assert_eq!(found, expected, "{values:?}");
            assert_eq!(summary.map_or(0, |summary| summary.rounds), values.len());
        };
        check(&[], None);
        check(&[7.0], Some((7.0, 7.0, 7.0)));
        check(&[3.0, 1.0], Some((1.0, 2.0, 3.0)));
        check(&[9.0, 1.0, 2.0], Some((1.0, 2.0, 9.0)));
        check(&[4.0, 100.0, 1.0, 2.0], Some((1.0, 3.0, 100.0)));
    }

    #[test]
    fn ratios_are_of_medians() {
        let of = |values: &[f64]| Summary::of(values).expect("there are values");
        assert_eq!(of(&[1.0, 3.0, 90.0]).times(&of(&[2.0])), Some(1.5));
        assert_eq!(of(&[1.0]).times(&of(&[0.0])), None);
        assert_eq!(of(&[0.0]).times(&of(&[0.0])), None);
    }
}
