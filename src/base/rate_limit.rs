//! A token bucket: a burst at once, then a steady rate.
//!
//! Kept as one instant (the generic cell rate algorithm, ITU-T I.371), so that it needs no timer
//! and 16 bytes a client. It knows no clock; `now` is passed in.

use std::fmt;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// What a bucket allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    burst: NonZeroU32,
    interval: Duration,
}

impl Rate {
    /// `burst` at once, then one every `interval`.
    pub const fn new(burst: NonZeroU32, interval: Duration) -> Self {
        Self { burst, interval }
    }

    /// `burst` at once, then `per_second` a second.
    pub fn per_second(burst: NonZeroU32, per_second: NonZeroU32) -> Self {
        Self::new(burst, Duration::from_secs(1) / per_second.get())
    }

    /// How many may come at once.
    pub fn burst(&self) -> u32 {
        self.burst.get()
    }

    /// Time from one token to the next.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// How far ahead of the steady rate a full burst gets: all but its last token's own interval.
    fn tolerance(&self) -> Duration {
        self.interval * (self.burst.get() - 1)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at once, then one every {:?}", self.burst, self.interval)
    }
}

/// The state of one bucket, for a [`Rate`] kept elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    /// When the steady rate will have caught up with what has been taken.
    caught_up_at: Option<Instant>,
}

impl Bucket {
    /// Takes one token, whether there is one or not.
    pub fn take(&mut self, rate: &Rate, now: Instant) {
        let from = self.caught_up_at.map_or(now, |at| at.max(now));
        self.caught_up_at = Some(from + rate.interval);
    }

    /// Puts back a token that was taken.
    pub fn give_back(&mut self, rate: &Rate) {
        self.caught_up_at = self.caught_up_at.and_then(|at| at.checked_sub(rate.interval));
    }

    /// When the next token is there, or `None` if it is there now.
    pub fn wait_until(&self, rate: &Rate, now: Instant) -> Option<Instant> {
        let at = self.caught_up_at?.checked_sub(rate.tolerance())?;
        (at > now).then_some(at)
    }

    /// When the bucket was or will be full, or `None` if nothing has been taken.
    pub fn full_at(&self) -> Option<Instant> {
        self.caught_up_at
    }

    /// Whether the bucket is full: as if nothing had ever been taken.
    pub fn is_full(&self, now: Instant) -> bool {
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
