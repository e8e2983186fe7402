//! Time, passed in, so that nothing above has to sleep to be tested.

use std::time::{Instant, SystemTime};

/// One moment, by both of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Monotonic time, for deadlines and rates.
    pub instant: Instant,
    /// The time of day, for what people read.
    pub wall: SystemTime,
}

/// A source of time.
pub trait Clock: Send + Sync {
    /// Monotonic time, for deadlines and rates.
    fn now(&self) -> Instant;

    /// The time of day, for what people read.
    fn wall(&self) -> SystemTime;

    /// Both at once.
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
