//! A token bucket: a burst at once, then a steady rate.
//!
//! Its state is a single point in time (the generic cell rate algorithm, ITU-T I.371), so it needs
//! no timer and takes 16 bytes per client. It has no clock; callers pass `now`: an [`Instant`], or a
//! [`Duration`] since some beginning.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Add;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// The limits of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    burst: NonZeroU32,
    interval: Duration,
}

impl Rate {
    /// Allows `burst` at once, then one every `interval`.
    pub const fn new(burst: NonZeroU32, interval: Duration) -> Self {
        Self { burst, interval }
    }

    /// Allows `burst` at once, then `per_second` per second.
    pub fn per_second(burst: NonZeroU32, per_second: NonZeroU32) -> Self {
        Self::new(burst, Duration::from_secs(1) / per_second.get())
    }

    /// How many are allowed at once.
    pub fn burst(&self) -> u32 {
        self.burst.get()
    }

    /// The time from one token to the next.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// How far a full burst gets ahead of the steady rate: the intervals of all its tokens but one.
    fn tolerance(&self) -> Duration {
        self.interval * (self.burst.get() - 1)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at once, then one every {:?}", self.burst, self.interval)
    }
}

/// A monotonic time.
pub trait Monotonic: Copy + Ord + Add<Duration, Output = Self> {
    /// The time that much earlier, if there is one.
    fn earlier_by(self, time: Duration) -> Option<Self>;
}

impl Monotonic for Instant {
    fn earlier_by(self, time: Duration) -> Option<Self> {
        self.checked_sub(time)
    }
}

impl Monotonic for Duration {
    fn earlier_by(self, time: Duration) -> Option<Self> {
        self.checked_sub(time)
    }
}

/// The state of one bucket. Its [`Rate`] is stored elsewhere.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Bucket<T = Instant> {
    /// When the steady rate will have caught up with the tokens taken.
    caught_up_at: Option<T>,
}

impl<T> Default for Bucket<T> {
    fn default() -> Self {
        Self { caught_up_at: None }
    }
}

impl<T: Monotonic> Bucket<T> {
    /// Takes one token, even if the bucket is empty.
    pub fn take(&mut self, rate: &Rate, now: T) {
        let from = self.caught_up_at.map_or(now, |at| at.max(now));
        self.caught_up_at = Some(from + rate.interval);
    }

    /// Returns a token that was taken.
    pub fn give_back(&mut self, rate: &Rate) {
        self.caught_up_at = self.caught_up_at.and_then(|at| at.earlier_by(rate.interval));
    }

    /// When the next token will be available, or `None` if there is one now.
    pub fn wait_until(&self, rate: &Rate, now: T) -> Option<T> {
        let at = self.caught_up_at?.earlier_by(rate.tolerance())?;
        (at > now).then_some(at)
    }

    /// When the bucket was or will be full, or `None` if no token was ever taken.
    pub fn full_at(&self) -> Option<T> {
        self.caught_up_at
    }

    /// Whether the bucket is full, as if no token had ever been taken.
    pub fn is_full(&self, now: T) -> bool {
        self.caught_up_at.is_none_or(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(burst: u32, per_second: u32) -> Rate {
        Rate::per_second(burst.try_into().unwrap(), per_second.try_into().unwrap())
    }

    #[test]
    fn a_burst_at_once_then_the_steady_rate() {
        let (rate, start) = (rate(3, 5), Instant::now() + Duration::from_secs(60));
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            assert_eq!(bucket.wait_until(&rate, start), None);
            bucket.take(&rate, start);
        }
        let next = start + Duration::from_millis(200);
        assert_eq!(bucket.wait_until(&rate, start), Some(next));
        assert_eq!(bucket.wait_until(&rate, next), None);
        bucket.take(&rate, next);
        assert_eq!(bucket.wait_until(&rate, next), Some(next + Duration::from_millis(200)));
    }

    #[test]
    fn silence_refills_up_to_the_burst_and_no_further() {
        let (rate, start) = (rate(2, 1), Instant::now() + Duration::from_secs(60));
        let mut bucket = Bucket::default();
        bucket.take(&rate, start);
        bucket.take(&rate, start);
        let later = start + Duration::from_secs(3600);
        assert!(bucket.is_full(later));
        bucket.take(&rate, later);
        bucket.take(&rate, later);
        assert_eq!(bucket.wait_until(&rate, later), Some(later + Duration::from_secs(1)));
    }
}
