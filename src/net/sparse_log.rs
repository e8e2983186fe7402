//! Lets a log line pass now and then, so that a flood of the same event does not flood the log.

use std::time::Instant;

use crate::limits;

/// Lets a log line pass at most once in [`limits::REFUSAL_LOG_INTERVAL`], and counts the rest.
#[derive(Debug, Default)]
pub(crate) struct SparseLog {
    logged_at: Option<Instant>,
    unlogged: u64,
}

impl SparseLog {
    /// If a line may be logged now, returns how many were not logged since the last one.
    pub(crate) fn log_now(&mut self, now: Instant) -> Option<u64> {
        if self.logged_at.is_some_and(|at| now < at + limits::REFUSAL_LOG_INTERVAL) {
            self.unlogged += 1;
            return None;
        }
        self.logged_at = Some(now);
        Some(std::mem::take(&mut self.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn one_log_line_in_five_seconds_counts_the_others() {
        let (mut log, start) = (SparseLog::default(), Instant::now());
        assert_eq!(log.log_now(start), Some(0));
        for second in 1..5 {
            assert_eq!(log.log_now(start + Duration::from_secs(second)), None);
        }
        assert_eq!(log.log_now(start + Duration::from_secs(5)), Some(4));
    }
}
