//! Periods of the past as users type them.
//!
//! This module defines what users may type and which times it stands for. It is pure: the current
//! time and the time zone are passed in. It does not know what the periods are used for, or how a
//! zone's calendar works.

use std::time::{Duration, SystemTime};

use crate::base::zone::{Day, Zone};

/// The length of all years with four digits, in seconds. A longer period is a typing mistake.
const PERIOD_SECONDS_MAX: u64 = 10_000 * 365 * 24 * 60 * 60;

/// A period of the past, up to now or to the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// This much time before now.
    Last(Duration),
    /// From the beginning of today until now.
    Today,
    /// The whole of yesterday.
    Yesterday,
    /// This whole day, which may also be in the future.
    Day(Day),
}

/// The beginning and end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// The first moment of the period.
    pub from: SystemTime,
    /// The first moment after the period; `None` if it has no end.
    pub until: Option<SystemTime>,
}

impl Period {
    /// Parses a period: `90s`, `30m`, `2h`, `7d`, `2w`, or several of these from the largest to the
    /// smallest (`1h30m`); `today`, `yesterday`; `2026-11-24`. Case does not matter.
    pub fn parse(word: &str) -> Option<Period> {
        if word.eq_ignore_ascii_case("today") {
            Some(Period::Today)
        } else if word.eq_ignore_ascii_case("yesterday") {
            Some(Period::Yesterday)
        } else if let Some(day) = Day::parse(word) {
            Some(Period::Day(day))
        } else {
            parse_duration(word).map(Period::Last)
        }
    }

    /// The times of this period by the calendar of this zone.
    pub fn times(self, now: SystemTime, zone: &Zone) -> Times {
        let today = Day::at(now, zone);
        let whole = |day: Day| Times { from: day.beginning(zone), until: Some(day.end(zone)) };
        match self {
            Period::Last(duration) => {
                // If that is out of range for the system's clock, 1970 will do: nothing was said
                // before.
                let first = SystemTime::UNIX_EPOCH.min(now);
                Times { from: now.checked_sub(duration).unwrap_or(first), until: None }
            }
            Period::Today => Times { from: today.beginning(zone), until: None },
            Period::Yesterday => whole(today.before(zone)),
            Period::Day(day) => whole(day),
        }
    }
}

/// Parses a starting time: the beginning of a [`Period`], or a time in a format that [`Zone::time`]
/// accepts.
pub fn since(text: &str, now: SystemTime, zone: &Zone) -> Option<SystemTime> {
    match Period::parse(text) {
        Some(period) => Some(period.times(now, zone).from),
        None => zone.time(text),
    }
}

/// Numbers with units, each unit at most once, from the largest to the smallest.
fn parse_duration(word: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    let mut larger_unit = u64::MAX;
    let mut rest = word;
    while !rest.is_empty() {
        // Only digits, because parsing the number would also accept a sign.
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at(digits);
        let mut letters = behind.chars();
        let unit = unit_seconds(letters.next()?)?;
        if unit >= larger_unit {
            return None;
        }
        let number: u64 = number.parse().ok()?;
        seconds = number.checked_mul(unit)?.checked_add(seconds)?;
        larger_unit = unit;
        rest = letters.as_str();
    }
    (1..=PERIOD_SECONDS_MAX).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// A day has 24 hours here, even when the clock is put forward. Users who want calendar days can
/// name one.
fn unit_seconds(letter: char) -> Option<u64> {
    match letter.to_ascii_lowercase() {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(60 * 60),
        'd' => Some(24 * 60 * 60),
        'w' => Some(7 * 24 * 60 * 60),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::zone::rfc3339_millis;
    use proptest::prelude::*;

    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;

    fn utc(text: &str) -> SystemTime {
        Zone::find("UTC").unwrap().time(text).unwrap()
    }

    #[test]
    fn lengths_of_time_are_numbers_with_units() {
        let check = |word: &str, seconds: u64| {
            let expected = Period::Last(Duration::from_secs(seconds));
            assert_eq!(Period::parse(word), Some(expected), "{word}");
        };
        check("1s", 1);
        check("90s", 90);
        check("30m", 30 * MINUTE);
        check("2h", 2 * HOUR);
        check("7d", 7 * DAY);
        check("2w", 14 * DAY);
        check("007D", 7 * DAY);
        check("1h30m", 90 * MINUTE);
        check("1W2d3H4m5S", 9 * DAY + 3 * HOUR + 4 * MINUTE + 5);
        check("1h0m", HOUR);
        check("0h5m", 5 * MINUTE);
        check("3650000d", PERIOD_SECONDS_MAX);
    }

    #[test]
    fn days_have_names_and_dates() {
        let check = |word: &str, expected: Period| {
            assert_eq!(Period::parse(word), Some(expected), "{word}");
        };
        check("today", Period::Today);
        check("TODAY", Period::Today);
        check("Yesterday", Period::Yesterday);
        check("2026-11-24", Period::Day(Day::parse("2026-11-24").unwrap()));
    }

    #[test]
    fn anything_else_is_not_a_period() {
        for word in [
            "",
            " ",
            "5",
            "h",
            "0m",
            "0h0m",
            "-1h",
            "+1h",
            "1.5h",
            "1h30",
            "1h 30m",
            " 1h",
            "1h ",
            "30m1h",
            "1h1h",
            "1y",
            "1mo",
            "1ms",
            "1 h",
            "１h",
            "5é",
            "é",
            "m5",
            "1h-30m",
            "tomorrow",
            "to day",
            "2026-02-30",
            "2026-11",
            "2026-11-24T14:02",
            "3650001d",
            "521429w",
            "99999999999999d",
            "18446744073709551615s",
            "18446744073709551616s",
            // These would be a minute if the multiplication wrapped around.
            "4611686018427387905m",
            "1h18446744073709548076s",
        ] {
            assert_eq!(Period::parse(word), None, "{word}");
        }
    }

    #[test]
    fn periods_are_by_the_clock_of_the_zone() {
        let check = |zone: &str, now: &str, word: &str, from: &str, until: Option<&str>| {
            let zone = Zone::find(zone).unwrap();
            let times = Period::parse(word).unwrap().times(utc(now), &zone);
            let expected = Times { from: utc(from), until: until.map(utc) };
            assert_eq!(times, expected, "{zone:?} {now} {word}");
        };
        let (tokyo, berlin, now) = ("Asia/Tokyo", "Europe/Berlin", "2026-11-24T16:02:03Z");
        check(tokyo, now, "90s", "2026-11-24T16:00:33Z", None);
        check(tokyo, now, "2d", "2026-11-22T16:02:03Z", None);
        check(tokyo, now, "today", "2026-11-24T15:00Z", None);
        check(tokyo, now, "yesterday", "2026-11-23T15:00Z", Some("2026-11-24T15:00Z"));
        check(tokyo, now, "2026-11-24", "2026-11-23T15:00Z", Some("2026-11-24T15:00Z"));
        check(tokyo, now, "2030-01-01", "2029-12-31T15:00Z", Some("2030-01-01T15:00Z"));
        check(berlin, now, "today", "2026-11-23T23:00Z", None);
        check(berlin, now, "yesterday", "2026-11-22T23:00Z", Some("2026-11-23T23:00Z"));
        // The clock is put forward and back, so a calendar day has 23 or 25 hours.
        let (spring, autumn) = ("2026-03-29T12:00:00Z", "2026-10-26T12:00:00Z");
        check(berlin, spring, "1d", "2026-03-28T12:00Z", None);
        check(berlin, spring, "today", "2026-03-28T23:00Z", None);
        check(berlin, spring, "yesterday", "2026-03-27T23:00Z", Some("2026-03-28T23:00Z"));
        check(berlin, autumn, "today", "2026-10-25T23:00Z", None);
        check(berlin, autumn, "yesterday", "2026-10-24T22:00Z", Some("2026-10-25T23:00Z"));
        // A midnight that is skipped, and a day that is skipped.
        let (sao_paulo, apia) = ("America/Sao_Paulo", "Pacific/Apia");
        check(sao_paulo, "2018-11-04T12:00:00Z", "today", "2018-11-04T03:00Z", None);
        check(apia, "2011-12-31T00:00:00Z", "today", "2011-12-30T10:00Z", None);
        let two_days_ago = "2011-12-29T10:00Z";
        check(apia, "2011-12-31T00:00:00Z", "yesterday", two_days_ago, Some("2011-12-30T10:00Z"));
    }

    #[test]
    fn since_takes_a_period_or_a_point_in_time() {
        let check = |text: &str, expected: Option<&str>| {
            let zone = Zone::find("Europe/Berlin").unwrap();
            let found = since(text, utc("2026-11-24T16:02:03Z"), &zone).map(rfc3339_millis);
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("1h30m", Some("2026-11-24T14:32:03.000Z"));
        check("today", Some("2026-11-23T23:00:00.000Z"));
        check("yesterday", Some("2026-11-22T23:00:00.000Z"));
        check("2026-11-01", Some("2026-10-31T23:00:00.000Z"));
        check("2026-11-01 14:02", Some("2026-11-01T13:02:00.000Z"));
        check("2026-11-01T14:02", Some("2026-11-01T13:02:00.000Z"));
        check("2026-11-01T14:02:00.5Z", Some("2026-11-01T14:02:00.500Z"));
        check("2026-11-01T14:02:00+09:00", Some("2026-11-01T05:02:00.000Z"));
        check("", None);
        check("14:02", None);
        check("2026-02-30", None);
        check("2026-11-01 25:00", None);
        check("last week", None);
    }

    proptest! {
        #[test]
        fn any_word_can_be_typed(
            word in prop_oneof![any::<String>(), "([0-9]{0,22}[a-zA-Z+é-]?){0,4}"]
        ) {
            if let Some(Period::Last(duration)) = Period::parse(&word) {
                prop_assert!((1..=PERIOD_SECONDS_MAX).contains(&duration.as_secs()));
            }
        }

        /// Any time is accepted, and no period ends before it begins.
        #[test]
        fn periods_begin_before_they_end(
            seconds in prop_oneof![any::<i64>(), -400_000_000_000..400_000_000_000i64],
            length in prop_oneof![any::<u64>(), 0..=PERIOD_SECONDS_MAX],
            year in 0..=9999, month in 1..=12, day in 1..=28,
            name in proptest::sample::select(
                &["UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Etc/GMT+12"][..]
            )
        ) {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            let now = if seconds < 0 {
                SystemTime::UNIX_EPOCH.checked_sub(distance).unwrap()
            } else {
                SystemTime::UNIX_EPOCH.checked_add(distance).unwrap()
            };
            let zone = Zone::find(name).unwrap();
            let Times { from, until } = Period::Last(Duration::from_secs(length)).times(now, &zone);
            prop_assert!(from <= now && until.is_none());
            let today = Period::Today.times(now, &zone);
            let yesterday = Period::Yesterday.times(now, &zone);
            prop_assert!(yesterday.from <= today.from);
            // The calendar covers no other years.
            if seconds > -377_704_000_000 {
                prop_assert!(today.from <= now);
                prop_assert_eq!(yesterday.until, Some(today.from));
            }
            let day = Day::parse(&format!("{year:04}-{month:02}-{day:02}")).unwrap();
            let times = Period::Day(day).times(now, &zone);
            prop_assert!(times.until.is_some_and(|until| times.from <= until));
        }

        /// The units add up to the expected length.
        #[test]
        fn lengths_add_up(weeks in 0..99u64, hours in 0..99u64, seconds in 1..99u64) {
            let expected = Duration::from_secs(weeks * 7 * DAY + hours * HOUR + seconds);
            let typed = format!("{weeks}w{hours}h{seconds}s");
            prop_assert_eq!(Period::parse(&typed), Some(Period::Last(expected)));
        }
    }
}
