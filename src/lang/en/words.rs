//! English: words that occur in many sentences.

use std::time::Duration;

use crate::lang::times::Times;
use crate::model::{Rank, Timestamp};

pub(super) fn rank_name(rank: Rank) -> &'static str {
    match rank {
        Rank::Operator => "an operator",
        Rank::Owner => "an owner",
    }
}

/// Until when something lasts.
pub(super) fn until(until: Option<Timestamp>, times: &Times<'_>) -> String {
    match until.map(|until| times.short(until)) {
        Some(time) => format!("until {time}"),
        None => "until further notice".into(),
    }
}

/// Follows a sentence: the reason, if there is one.
pub(super) fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}

/// The duration in its two largest units.
pub(super) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
