//! Chinese, simplified characters: words that occur in many sentences.

use std::time::Duration;

use crate::lang::times::Times;
use crate::model::{Rank, Timestamp};

pub(super) fn rank_name(rank: Rank) -> &'static str {
    match rank {
        Rank::Operator => "管理员",
        Rank::Owner => "所有者",
    }
}

/// Until when something lasts.
pub(super) fn until(until: Option<Timestamp>, times: &Times<'_>) -> String {
    match until.map(|until| times.short(until)) {
        Some(time) => format!("直到 {time}"),
        None => "直到另行解除".into(),
    }
}

/// Follows a sentence: the reason, if there is one.
pub(super) fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!("：{reason}"))
}

/// The duration in its two largest units.
pub(super) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} 秒"),
        (0, 0, _) => format!("{minutes} 分钟"),
        (0, ..) => format!("{hours} 小时 {minutes} 分钟"),
        _ => format!("{days} 天 {hours} 小时"),
    }
}
