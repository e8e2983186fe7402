//! Time as a parameter, so that tests of the code that uses it do not have to sleep.

use std::time::{Duration, Instant, SystemTime};

/// A point in time on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Monotonic time, for deadlines and rates.
    pub instant: Instant,
    /// The time of day, for display.
    pub wall: SystemTime,
}

/// Rounds up to whole seconds, so that waiting for the result is always long enough.
pub fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// A source of time.
pub trait Clock: Send + Sync {
    /// Monotonic time, for deadlines and rates.
    fn now(&self) -> Instant;

    /// The time of day, for display.
    fn wall(&self) -> SystemTime;

    /// Both times at once.
    fn moment(&self) -> Moment {
        Moment { instant: self.now(), wall: self.wall() }
    }
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}
