//! Figures for people: three digits, and one unit for a whole column.
//!
//! Files have plain numbers in the unit that [`Unit::name`] states.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Time, in microseconds.
    Micros,
    Bytes,
    PerSecond,
    /// Processor time per second.
    Cores,
    Count,
}

/// A unit whose size suits the figures of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    /// The symbol after the figure or above the column.
    pub(crate) symbol: &'static str,
    /// The number of plain units in one of these.
    factor: f64,
}

/// How small a figure may be, in its unit, before a smaller unit is chosen: 0.812 ms is easier to
/// compare with 13.1 ms than 812 µs with 13,100 µs.
const SCALED_MIN: f64 = 0.1;

impl Unit {
    /// The unit's name in files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Micros => "us",
            Self::Bytes => "bytes",
            Self::PerSecond => "per_second",
            Self::Cores => "cores",
            Self::Count => "count",
        }
    }

    /// The scale for all of these figures. They share one, because they are to be compared.
    pub(crate) fn scale(self, figures: impl IntoIterator<Item = f64>) -> Scale {
        let scales: &[Scale] = match self {
            Self::Micros => &[scale("µs", 1.0), scale("ms", 1e3), scale("s", 1e6)],
            Self::Bytes => &[
                scale("B", 1.0),
                scale("KiB", 1024.0),
                scale("MiB", 1024.0 * 1024.0),
                scale("GiB", 1024.0 * 1024.0 * 1024.0),
            ],
            Self::PerSecond => &[scale("/s", 1.0), scale("k/s", 1e3), scale("M/s", 1e6)],
            Self::Cores => &[scale("cores", 1.0)],
            Self::Count => &[scale("", 1.0)],
        };
        let smallest = figures.into_iter().filter(|figure| *figure > 0.0).fold(f64::MAX, f64::min);
        let smallest = if smallest == f64::MAX { 1.0 } else { smallest };
        let fits = |scale: &&Scale| smallest / scale.factor >= SCALED_MIN;
        scales.iter().rev().find(fits).copied().unwrap_or(scales[0])
    }
}

impl Scale {
    pub(crate) fn figure(self, value: f64) -> String {
        digits(value / self.factor)
    }

    pub(crate) fn range(self, min: f64, max: f64) -> String {
        format!("{}–{}", self.figure(min), self.figure(max))
    }

    pub(crate) fn with_unit(self, value: f64) -> String {
        format!("{} {}", self.figure(value), self.symbol).trim_end().to_owned()
    }
}

const fn scale(symbol: &'static str, factor: f64) -> Scale {
    Scale { symbol, factor }
}

/// Three digits, at most three of them after the point, with grouped thousands.
pub(crate) fn digits(value: f64) -> String {
    match value.abs() {
        size if size >= 99.95 => thousands(value.round() as i64),
        size if size >= 9.995 => format!("{value:.1}"),
        size if size >= 0.9995 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// A ratio; whole numbers above a hundred.
pub(crate) fn ratio(value: f64) -> String {
    match value {
        value if value >= 99.95 => thousands(value.round() as i64),
        value if value >= 9.995 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// A whole number with grouped thousands.
pub(crate) fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = if value < 0 { "-".to_owned() } else { String::new() };
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits() {
        let check = |value: f64, expected: &str| assert_eq!(digits(value), expected);
        check(0.0, "0.000");
        check(0.0312, "0.031");
        check(0.312, "0.312");
        check(0.9996, "1.00");
        check(8.123, "8.12");
        check(9.996, "10.0");
        check(81.23, "81.2");
        check(99.97, "100");
        check(812.3, "812");
        check(13_104.0, "13,104");
        check(-1_234_567.0, "-1,234,567");
    }

    #[test]
    fn ratios_have_two_places_at_most() {
        let check = |value: f64, expected: &str| assert_eq!(ratio(value), expected);
        check(0.7432, "0.74");
        check(1.0, "1.00");
        check(10.12, "10.1");
        check(1234.0, "1,234");
    }

    #[test]
    fn one_unit_for_a_column() {
        let check = |unit: Unit, figures: &[f64], expected: &[&str]| {
            let scale = unit.scale(figures.iter().copied());
            let found: Vec<_> = figures.iter().map(|figure| scale.with_unit(*figure)).collect();
            assert_eq!(found, expected);
        };
        check(Unit::Micros, &[0.031, 0.745], &["0.031 µs", "0.745 µs"]);
        check(Unit::Micros, &[812.0, 13_100.0], &["0.812 ms", "13.1 ms"]);
        check(Unit::Micros, &[12.0, 13_100.0], &["12.0 µs", "13,100 µs"]);
        check(Unit::Micros, &[3_100_000.0], &["3.10 s"]);
        check(Unit::Bytes, &[1075.0, 700.0], &["1.05 KiB", "0.684 KiB"]);
        check(Unit::Bytes, &[0.0, 6_291_456.0], &["0.000 MiB", "6.00 MiB"]);
        check(Unit::PerSecond, &[9_100_000.0], &["9.10 M/s"]);
        check(Unit::Count, &[5.0], &["5.00"]);
        check(Unit::Bytes, &[], &[]);
    }

    #[test]
    fn a_range_shares_its_unit() {
        let scale = Unit::Micros.scale([8_120.0]);
        assert_eq!(scale.range(7_900.0, 1_204_000.0), "7.90–1,204");
    }
}
