//! Time as a parameter, so that tests of the code that uses it do not have to sleep.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

/// A point in time on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Monotonic time, for deadlines and rates.
    pub instant: Instant,
    /// The time of day, for display.
    pub wall: SystemTime,
}

/// A point in time as the chat knows it. It comes with each command, so the same commands give the
/// same chat on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatTime {
    /// Monotonic time since the chat began, for deadlines and rates.
    pub elapsed: Duration,
    /// The time of day, for display and for what ends at a time of day.
    pub wall: SystemTime,
}

impl ChatTime {
    /// The beginning of a chat.
    pub fn beginning(wall: SystemTime) -> Self {
        Self { elapsed: Duration::ZERO, wall }
    }
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

/// The clock of a chat that has just begun.
pub struct ChatClock {
    clock: Arc<dyn Clock>,
    began: Instant,
}

impl ChatClock {
    /// The chat begins now.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { began: clock.now(), clock }
    }

    /// The time in the chat.
    pub fn now(&self) -> ChatTime {
        let Moment { instant, wall } = self.clock.moment();
        ChatTime { elapsed: instant.saturating_duration_since(self.began), wall }
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
