//! Time zones: what a user's clock shows.
//!
//! A thin wrapper around the jiff crate with built-in IANA data, so that all servers know the same
//! zones. This module finds zones by name, suggests the zone that was probably meant, and formats
//! and parses times. It does not know whose zone it is, or the current time.

mod calendar;

use std::sync::LazyLock;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

pub use self::calendar::Day;

/// The number of letters that may be wrong, missing or extra in a name for a suggestion.
const WRONG_LETTERS_MAX: usize = 3;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// A time zone. Cloning it increments a reference count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// No zone has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such time zone")]
pub struct UnknownZone {
    /// The zone that was probably meant.
    pub nearest: Option<String>,
}

impl Zone {
    /// Finds a zone by its name in the IANA database. Case does not matter.
    pub fn find(name: &str) -> Result<Zone, UnknownZone> {
        match TimeZoneDatabase::bundled().get(name) {
            // Etc/Unknown is a valid name, but not a zone.
            Ok(zone) if !zone.is_unknown() => Ok(Zone(zone)),
            _ => Err(UnknownZone { nearest: nearest(name) }),
        }
    }

    /// A zone whose clock is always this many minutes ahead of UTC.
    pub fn of_offset(minutes: i32) -> Zone {
        let offset = Offset::from_seconds(minutes * 60).unwrap_or(Offset::UTC);
        Zone(TimeZone::fixed(offset))
    }

    /// The machine's zone, or UTC if it has none. Looked up once.
    pub fn of_server() -> &'static Zone {
        static SERVER: LazyLock<Zone> = LazyLock::new(Zone::system);
        &SERVER
    }

    /// The machine's zone, or UTC if it has none.
    pub fn system() -> Zone {
        let zone = TimeZone::try_system().ok().filter(|zone| !zone.is_unknown());
        Zone(zone.unwrap_or(TimeZone::UTC))
    }

    /// The zone's name in the IANA database, such as `Asia/Tokyo`. Only a machine's zone may have
    /// no name, if it is defined by rules; its name is `local`.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("local")
    }

    /// How many seconds the zone's clock is ahead of UTC at this time.
    pub fn offset_seconds_at(&self, at: SystemTime) -> i32 {
        self.0.to_offset(timestamp(at)).seconds()
    }
}

/// Formats `HH:MM` for a clock that is this many seconds ahead of UTC.
pub fn clock(at: SystemTime, offset_seconds: i32) -> [u8; 5] {
    let at = timestamp(at);
    // Rounded down: the clock does not show a minute before it has begun.
    let seconds =
        at.as_second() - i64::from(at.subsec_nanosecond() < 0) + i64::from(offset_seconds);
    // Less than a day, so hours and minutes fit.
    let minutes = seconds.rem_euclid(SECONDS_PER_DAY) / 60;
    let digit = |number: i64| b'0' + (number % 10) as u8;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    [digit(hours / 10), digit(hours), b':', digit(minutes / 10), digit(minutes)]
}

/// Formats `2026-11-22 14:02` in this zone.
pub fn date_and_time(at: SystemTime, zone: &Zone) -> String {
    zone.0.to_datetime(timestamp(at)).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Formats `2026-11-22 14:02:03` in this zone.
pub fn date_and_time_to_the_second(at: SystemTime, zone: &Zone) -> String {
    zone.0.to_datetime(timestamp(at)).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Formats `2026-11-22` in this zone.
pub fn date(at: SystemTime, zone: &Zone) -> String {
    zone.0.to_datetime(timestamp(at)).strftime("%Y-%m-%d").to_string()
}

/// Formats `14:02` if the time is today in this zone, and `2026-11-22 14:02` if it is not.
pub fn time_of_day_or_date(at: SystemTime, now: SystemTime, zone: &Zone) -> String {
    if Day::at(at, zone) == Day::at(now, zone) {
        zone.0.to_datetime(timestamp(at)).strftime("%H:%M").to_string()
    } else {
        date_and_time(at, zone)
    }
}

/// Formats `2026-11-22T14:02:03.123Z` (RFC 3339), rounded down, for programs. A year before 0 has a
/// sign and six digits.
pub fn rfc3339_millis(at: SystemTime) -> String {
    format!("{:.3}", timestamp(at))
}

/// Clamps times outside the years -9999 to 9999 to the first or last moment of that range.
fn timestamp(at: SystemTime) -> Timestamp {
    let farthest = if at < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::try_from(at).unwrap_or(farthest)
}

/// The zone that was probably meant: of all names and last components of names (`Tokyo`), the one
/// with the fewest wrong letters.
fn nearest(name: &str) -> Option<String> {
    let wanted = name.trim().to_lowercase().replace(' ', "_");
    // At most a third of the letters; otherwise the two would have little in common.
    let wrong_max = WRONG_LETTERS_MAX.min(wanted.chars().count() / 3);
    // A comparison costs the product of both lengths, so a long name is compared with nothing.
    // (UTF-8 has at most four bytes per letter.)
    let distance = |known: &str| {
        let is_like = known.len().abs_diff(wanted.len()) <= WRONG_LETTERS_MAX * 4;
        is_like.then(|| strsim::osa_distance(&wanted, &known.to_lowercase()))
    };
    TimeZoneDatabase::bundled()
        .available()
        .filter_map(|known| {
            let known = known.as_str();
            let last_part = known.rsplit('/').next().unwrap_or(known);
            let wrong = distance(known).into_iter().chain(distance(last_part)).min()?;
            // Among several, the shortest is the least specific.
            (wrong <= wrong_max).then(|| (wrong, known.len(), known.to_owned()))
        })
        .min()
        .map(|(_, _, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn at(unix_seconds: i64) -> SystemTime {
        let distance = Duration::from_secs(unix_seconds.unsigned_abs());
        if unix_seconds < 0 {
            SystemTime::UNIX_EPOCH - distance
        } else {
            SystemTime::UNIX_EPOCH + distance
        }
    }

    /// The time at which the clock shows this text in UTC.
    fn utc(text: &str) -> SystemTime {
        at(text.parse::<Timestamp>().unwrap().as_second())
    }

    #[test]
    fn zones_are_found_by_their_names() {
        let check = |name: &str, expected: Result<&str, Option<&str>>| {
            let found = Zone::find(name);
            let found = match &found {
                Ok(zone) => Ok(zone.name()),
                Err(unknown) => Err(unknown.nearest.as_deref()),
            };
            assert_eq!(found, expected, "{name}");
        };
        check("Asia/Tokyo", Ok("Asia/Tokyo"));
        check("europe/BERLIN", Ok("Europe/Berlin"));
        check("utc", Ok("UTC"));
        check("gmt", Ok("GMT"));
        check("tokyo", Err(Some("Asia/Tokyo")));
        check("Asia/Tokio", Err(Some("Asia/Tokyo")));
        check("tokio", Err(Some("Asia/Tokyo")));
        check(" new york", Err(Some("America/New_York")));
        check("Bearlin", Err(Some("Europe/Berlin")));
        check("São_Paulo", Err(Some("America/Sao_Paulo")));
        check("louisville", Err(Some("America/Louisville")));
        check("Etc/Unknown", Err(None));
        check("", Err(None));
        check("x", Err(None));
        check("../../etc/passwd", Err(None));
        check("the middle of nowhere", Err(None));
        check(&"Tokyo".repeat(1000), Err(None));
    }

    #[test]
    fn summer_time_begins_and_ends() {
        let check = |time: &str, hours: i32, shown: &str| {
            let berlin = Zone::find("Europe/Berlin").unwrap();
            let offset = berlin.offset_seconds_at(utc(time));
            assert_eq!(offset, hours * 60 * 60, "{time}");
            assert_eq!(date_and_time(utc(time), &berlin), shown, "{time}");
            assert_eq!(clock(utc(time), offset), shown.as_bytes()[11..], "{time}");
        };
        check("2026-03-29T00:59:59Z", 1, "2026-03-29 01:59");
        check("2026-03-29T01:00:00Z", 2, "2026-03-29 03:00");
        check("2026-10-25T00:59:59Z", 2, "2026-10-25 02:59");
        check("2026-10-25T01:00:00Z", 1, "2026-10-25 02:00");
        check("2026-12-31T23:00:00Z", 1, "2027-01-01 00:00");
        // Long after the last year with explicit data.
        check("2525-07-01T12:00:00Z", 2, "2525-07-01 14:00");
    }

    #[test]
    fn clocks_show_hours_and_minutes() {
        let check = |time: SystemTime, offset_seconds: i32, expected: &str| {
            let shown = clock(time, offset_seconds);
            assert_eq!(str::from_utf8(&shown), Ok(expected), "{time:?} {offset_seconds}");
        };
        check(at(0), 0, "00:00");
        check(at(59), 0, "00:00");
        check(at(60), 0, "00:01");
        check(at(24 * 60 * 60 - 1), 0, "23:59");
        check(at(0), 20_700, "05:45");
        check(at(0), -1, "23:59");
        check(at(-1), 0, "23:59");
        check(SystemTime::UNIX_EPOCH - Duration::from_nanos(1), 0, "23:59");
        check(utc("2026-11-22T13:02:59Z"), 3600, "14:02");
    }

    #[test]
    fn times_of_another_day_have_their_date() {
        let check = |zone: &str, time: &str, now: &str, expected: &str| {
            let zone = Zone::find(zone).unwrap();
            assert_eq!(time_of_day_or_date(utc(time), utc(now), &zone), expected, "{time} {now}");
        };
        check("UTC", "2026-11-24T14:02:59Z", "2026-11-24T23:59:59Z", "14:02");
        check("UTC", "2026-11-24T14:02:59Z", "2026-11-25T00:00:00Z", "2026-11-24 14:02");
        check("UTC", "2026-11-24T14:02:59Z", "2025-11-24T14:03:00Z", "2026-11-24 14:02");
        // The same day in one zone, but not in another.
        check("Asia/Tokyo", "2026-11-24T14:02:00Z", "2026-11-24T15:00:00Z", "2026-11-24 23:02");
        check("Europe/Berlin", "2026-11-24T14:02:00Z", "2026-11-24T15:00:00Z", "15:02");
        // A day of 25 hours.
        check("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "00:00");
    }

    #[test]
    fn times_for_programs_have_milliseconds() {
        let check = |time: SystemTime, expected: &str| {
            assert_eq!(rfc3339_millis(time), expected, "{time:?}");
        };
        let time = utc("2026-11-24T14:02:03Z");
        check(time, "2026-11-24T14:02:03.000Z");
        check(time + Duration::from_nanos(123_999_999), "2026-11-24T14:02:03.123Z");
        check(time - Duration::from_nanos(1), "2026-11-24T14:02:02.999Z");
        check(at(0), "1970-01-01T00:00:00.000Z");
        check(at(0) - Duration::from_nanos(1), "1969-12-31T23:59:59.999Z");
        check(at(0) - Duration::from_millis(1_250), "1969-12-31T23:59:58.750Z");
        check(at(-1), "1969-12-31T23:59:59.000Z");
    }

    #[test]
    fn the_zone_of_this_machine_has_a_name() {
        assert!(!Zone::system().name().is_empty());
    }

    proptest! {
        /// Any time can be formatted, and all functions agree.
        #[test]
        fn no_time_is_too_far_away(
            seconds in prop_oneof![any::<i64>(), -400_000_000_000..400_000_000_000i64],
            nanoseconds in 0..1_000_000_000u32,
            offset_seconds in any::<i32>(),
            name in proptest::sample::select(
                &["UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati"][..]
            )
        ) {
            let whole = Duration::from_secs(seconds.unsigned_abs());
            let time = if seconds < 0 {
                SystemTime::UNIX_EPOCH.checked_sub(whole)
            } else {
                SystemTime::UNIX_EPOCH.checked_add(whole)
            };
            let time = time
                .and_then(|time| time.checked_add(Duration::from_nanos(nanoseconds.into())))
                .unwrap_or(SystemTime::UNIX_EPOCH);
            let shown = clock(time, offset_seconds);
            prop_assert!(shown[2] == b':' && &shown[..2] < b"24" && &shown[3..] < b"60");
            let zone = Zone::find(name).unwrap();
            let offset_seconds = zone.offset_seconds_at(time);
            let date = date_and_time(time, &zone);
            prop_assert!(date.ends_with(&time_of_day_or_date(time, time, &zone)), "{}", date);
            // A formatted time is parsed back, to the millisecond.
            let read = rfc3339_millis(time).parse::<Timestamp>().unwrap();
            let lost = timestamp(time).as_nanosecond() - read.as_nanosecond();
            prop_assert!((0..1_000_000).contains(&lost), "{} {}", read, lost);
            // jiff supports no other years.
            if (-377_705_000_000..253_402_000_000).contains(&timestamp(time).as_second()) {
                prop_assert!(date.as_bytes().ends_with(&clock(time, offset_seconds)), "{}", date);
            }
        }

        #[test]
        fn any_name_can_be_looked_for(name in any::<String>()) {
            if let Err(UnknownZone { nearest: Some(nearest) }) = Zone::find(&name) {
                prop_assert!(Zone::find(&nearest).is_ok());
            }
        }
    }
}
