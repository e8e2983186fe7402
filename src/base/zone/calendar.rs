//! Days and points in time as users write them, and the moments they stand for in a zone.
//!
//! This module decides how to treat days and hours that a clock skips or shows twice. It does not
//! know what a day is wanted for, or the current day.
//!
//! A day, or a time as written, stands for the first moment when the zone's clock shows it or
//! anything later. So nothing is missed when a clock is put back and shows an hour twice, or when
//! it is put forward over midnight (São Paulo, until 2018) or over a whole day (Samoa, in 2011).

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::AmbiguousOffset;

use super::{Zone, timestamp};

/// The length of `2026-11-24`, in bytes.
const DATE_BYTES: usize = 10;

/// A calendar day in any zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// Parses `2026-11-24` with all its digits, if there is such a day.
    pub fn parse(text: &str) -> Option<Day> {
        // jiff would also accept `20261124`, and a time after the date.
        if has_shape(text, "0000-00-00") { text.parse().ok().map(Day) } else { None }
    }

    /// The day that the calendar shows in this zone.
    pub fn at(at: SystemTime, zone: &Zone) -> Day {
        Day(zone.0.to_datetime(timestamp(at)).date())
    }

    /// When the day begins in this zone, which is not always at midnight.
    pub fn beginning(self, zone: &Zone) -> SystemTime {
        zone.first_showing(self.0.to_datetime(Time::midnight()))
    }

    /// When the next day begins in this zone. A day that the zone skipped ends when it begins.
    pub fn end(self, zone: &Zone) -> SystemTime {
        // The calendar has no day after the last one of the year 9999.
        Day(self.0.tomorrow().unwrap_or(self.0)).beginning(zone)
    }

    /// The previous day in this zone, not counting days that the zone skipped.
    pub fn before(self, zone: &Zone) -> Day {
        let beginning = self.beginning(zone);
        Day::at(beginning.checked_sub(Duration::from_nanos(1)).unwrap_or(beginning), zone)
    }
}

impl Zone {
    /// Parses a point in time: `2026-11-24T14:02:03Z` or with another offset (RFC 3339), or local
    /// time in this zone, `2026-11-24 14:02` or `2026-11-24T14:02:03`.
    pub fn time(&self, text: &str) -> Option<SystemTime> {
        if let Ok(time) = text.parse::<Timestamp>() {
            return Some(time.into());
        }
        let (date, rest) = text.split_at_checked(DATE_BYTES)?;
        let time = rest.strip_prefix([' ', 'T', 't'])?;
        if !has_shape(time, "00:00") && !has_shape(time, "00:00:00") {
            return None;
        }
        let Day(date) = Day::parse(date)?;
        Some(self.first_showing(date.to_datetime(time.parse().ok()?)))
    }

    /// The first moment when the zone's clock shows this or anything later. Clamps times outside
    /// the years -9999 to 9999 to the first or last moment of that range.
    fn first_showing(&self, shown: DateTime) -> SystemTime {
        let (early, late) = match self.0.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => (offset, offset),
            // The clock is put back: it shows this for the first time before that.
            AmbiguousOffset::Fold { before, .. } => (before, before),
            // The clock is put forward over this time, somewhere between these two moments.
            AmbiguousOffset::Gap { before, after } => (after, before),
        };
        let farthest = if shown.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let time = late.to_timestamp(shown).unwrap_or(farthest);
        let put_forward = match early.to_timestamp(shown) {
            Ok(before) if before < time => self.0.following(before).next(),
            _ => None,
        };
        put_forward.map_or(time, |transition| transition.timestamp()).min(time).into()
    }
}

/// Whether the text has the same length as `shape`, with a digit for each `0` and the same
/// characters elsewhere.
fn has_shape(text: &str, shape: &str) -> bool {
    let is_like = |(byte, like): (u8, u8)| match like {
        b'0' => byte.is_ascii_digit(),
        sign => byte == sign,
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(is_like)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> SystemTime {
        text.parse::<Timestamp>().unwrap().into()
    }

    #[test]
    fn days_are_written_with_all_their_digits() {
        let check = |text: &str, expected: Option<(i16, i8, i8)>| {
            let expected = expected.map(|(year, month, day)| Day(Date::constant(year, month, day)));
            assert_eq!(Day::parse(text), expected, "{text}");
        };
        check("2026-11-24", Some((2026, 11, 24)));
        check("2024-02-29", Some((2024, 2, 29)));
        check("0000-01-01", Some((0, 1, 1)));
        check("9999-12-31", Some((9999, 12, 31)));
        check("2026-02-29", None);
        check("2026-02-30", None);
        check("2026-00-10", None);
        check("2026-13-10", None);
        check("2026-11-00", None);
        check("", None);
        check("2026-11", None);
        check("2026-1-24", None);
        check("20261124", None);
        check("26-11-24", None);
        check("2026/11/24", None);
        check("24.11.2026", None);
        check("-02026-11-24", None);
        check("2026-11-24 ", None);
        check("2026-11-24T14:02", None);
        check("２026-11-24", None);
        check("2026-11-2é", None);
    }

    #[test]
    fn days_begin_and_end_by_the_clock_of_the_zone() {
        let check = |zone: &str, day: &str, from: &str, until: &str, before: &str| {
            let zone = Zone::find(zone).unwrap();
            let parsed = Day::parse(day).unwrap();
            assert_eq!(parsed.beginning(&zone), utc(from), "{zone:?} {day}");
            assert_eq!(parsed.end(&zone), utc(until), "{zone:?} {day}");
            assert_eq!(parsed.before(&zone), Day::parse(before).unwrap(), "{zone:?} {day}");
        };
        let usual = ["2026-11-24", "2026-11-24T00:00Z", "2026-11-25T00:00Z", "2026-11-23"];
        check("UTC", usual[0], usual[1], usual[2], usual[3]);
        check("Asia/Tokyo", "2027-01-01", "2026-12-31T15:00Z", "2027-01-01T15:00Z", "2026-12-31");
        // Days of 23 and 25 hours.
        let berlin = "Europe/Berlin";
        check(berlin, "2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z", "2026-03-28");
        check(berlin, "2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z", "2026-10-24");
        // No midnight: the clock goes from 24:00 to 01:00, and from 23:30 to 00:30.
        let sao_paulo = "America/Sao_Paulo";
        check(sao_paulo, "2018-11-03", "2018-11-03T03:00Z", "2018-11-04T03:00Z", "2018-11-02");
        check(sao_paulo, "2018-11-04", "2018-11-04T03:00Z", "2018-11-05T02:00Z", "2018-11-03");
        let toronto = "America/Toronto";
        check(toronto, "1919-03-30", "1919-03-30T05:00Z", "1919-03-31T04:30Z", "1919-03-29");
        check(toronto, "1919-03-31", "1919-03-31T04:30Z", "1919-04-01T04:00Z", "1919-03-30");
        // The clock repeats the hour before midnight, the hour after it, and part of the hour
        // around it.
        check(sao_paulo, "2018-02-17", "2018-02-17T02:00Z", "2018-02-18T03:00Z", "2018-02-16");
        check(
            "America/Havana",
            "2025-11-02",
            "2025-11-02T04:00Z",
            "2025-11-03T05:00Z",
            "2025-11-01",
        );
        let st_johns = "America/St_Johns";
        check(st_johns, "2010-11-07", "2010-11-07T02:30Z", "2010-11-08T03:30Z", "2010-11-06");
        // Samoa crossed the date line and skipped a day.
        let apia = "Pacific/Apia";
        check(apia, "2011-12-29", "2011-12-29T10:00Z", "2011-12-30T10:00Z", "2011-12-28");
        check(apia, "2011-12-30", "2011-12-30T10:00Z", "2011-12-30T10:00Z", "2011-12-29");
        check(apia, "2011-12-31", "2011-12-30T10:00Z", "2011-12-31T10:00Z", "2011-12-29");
    }

    #[test]
    fn times_are_in_the_zone_or_have_an_offset() {
        let check = |zone: &str, text: &str, expected: Option<&str>| {
            let found = Zone::find(zone).unwrap().time(text);
            assert_eq!(found, expected.map(utc), "{zone} {text}");
        };
        let berlin = "Europe/Berlin";
        check(berlin, "2026-11-24T14:02:00Z", Some("2026-11-24T14:02:00Z"));
        check(berlin, "2026-11-24t14:02:03z", Some("2026-11-24T14:02:03Z"));
        check(berlin, "2026-11-24T14:02:03.123Z", Some("2026-11-24T14:02:03.123Z"));
        check(berlin, "2026-11-24T14:02:00-05:30", Some("2026-11-24T19:32:00Z"));
        check(berlin, "2026-11-24 14:02", Some("2026-11-24T13:02:00Z"));
        check(berlin, "2026-11-24T14:02", Some("2026-11-24T13:02:00Z"));
        check(berlin, "2026-11-24T14:02:03", Some("2026-11-24T13:02:03Z"));
        check("Asia/Kathmandu", "2026-11-24 14:02", Some("2026-11-24T08:17:00Z"));
        // An hour that the clock skips, and one that it shows twice.
        check(berlin, "2026-03-29 02:00", Some("2026-03-29T01:00:00Z"));
        check(berlin, "2026-03-29 02:30", Some("2026-03-29T01:00:00Z"));
        check(berlin, "2026-03-29 03:00", Some("2026-03-29T01:00:00Z"));
        check(berlin, "2026-10-25 02:30", Some("2026-10-25T00:30:00Z"));
        check(berlin, "2026-10-25 03:00", Some("2026-10-25T02:00:00Z"));
        for wrong in [
            "",
            "2026-11-24",
            "2026-11-24 ",
            "2026-11-24T",
            "2026-11-24 14",
            "2026-11-24 14:2",
            "2026-11-24 24:00",
            "2026-11-24 14:60",
            "2026-11-24  14:02",
            "2026-11-24 14:02 ",
            "2026-11-24é14:02",
            "2026-02-30 14:02",
            "2026-02-30T14:02:00Z",
            "2026-11-24T14:02:00+99:00",
            "14:02",
            "1795528920",
        ] {
            check(berlin, wrong, None);
        }
    }

    #[test]
    fn the_last_day_ends_where_the_calendar_does() {
        let last = Day::parse("9999-12-31").unwrap();
        for name in ["UTC", "Etc/GMT+12", "Pacific/Kiritimati"] {
            let zone = Zone::find(name).unwrap();
            assert_eq!(last.end(&zone), last.beginning(&zone), "{name}");
            assert!(last.before(&zone) < last, "{name}");
        }
    }

    /// Checks every time that the clock of any zone was put forward or back.
    #[test]
    fn skipped_and_repeated_times_map_to_the_transition() {
        let second = jiff::SignedDuration::from_secs(1);
        for name in zone_names() {
            let zone = Zone::find(&name).unwrap();
            let end = "2040-01-01T00:00Z".parse().unwrap();
            for transition in zone.0.preceding(end) {
                let put = transition.timestamp();
                // Some transitions change only a name, and where jiff switches from a table to a
                // rule, it also reports some that never happened.
                let (before, after) = (zone.0.to_offset(put - second), zone.0.to_offset(put));
                if before < after {
                    let skipped = after.to_datetime(put) - second;
                    assert_eq!(zone.first_showing(skipped), put.into(), "{name} {put}");
                } else if before > after {
                    let repeated = after.to_datetime(put);
                    let first = before.to_timestamp(repeated).unwrap();
                    assert_eq!(zone.first_showing(repeated), first.into(), "{name} {put}");
                }
            }
        }
    }

    proptest! {
        /// A day lies between its neighbours, however the clock is put.
        #[test]
        fn days_follow_each_other(
            year in -9999..=9999i16, month in 1..=12i8, day in 1..=28i8, name in any_zone()
        ) {
            let zone = Zone::find(&name).unwrap();
            let day = Day(Date::new(year, month, day).unwrap());
            prop_assert!(day.beginning(&zone) <= day.end(&zone));
            prop_assert!(day.before(&zone) <= day);
            if year > -9999 {
                let before = Day(day.0.yesterday().unwrap());
                prop_assert_eq!(before.end(&zone), day.beginning(&zone));
            }
        }

        /// The calendar shows a day from the moment it begins, and not a moment before.
        #[test]
        fn days_begin_when_the_calendar_first_shows_them(
            seconds in 0..8_000_000_000u64, name in any_zone()
        ) {
            let zone = Zone::find(&name).unwrap();
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let day = Day::at(now, &zone);
            let beginning = day.beginning(&zone);
            prop_assert!(beginning <= now);
            prop_assert_eq!(Day::at(beginning, &zone), day);
            prop_assert!(Day::at(beginning - Duration::from_nanos(1), &zone) < day);
            prop_assert_eq!(day.before(&zone).end(&zone).max(beginning), beginning);
        }

        #[test]
        fn any_text_can_be_parsed_as_a_time(
            text in prop_oneof![any::<String>(), "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.Z+é-]{0,9}"]
        ) {
            let zone = Zone::find("America/Sao_Paulo").unwrap();
            let _ = (Day::parse(&text), zone.time(&text));
        }
    }

    /// The name of any existing zone.
    fn any_zone() -> impl Strategy<Value = String> {
        proptest::sample::select(zone_names())
    }

    fn zone_names() -> Vec<String> {
        let known = jiff::tz::TimeZoneDatabase::bundled();
        let names = known.available().map(|name| name.to_string());
        names.filter(|name| Zone::find(name).is_ok()).collect()
    }
}
