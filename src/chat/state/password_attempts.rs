//! Limits on password attempts: by address, by target, and by both together. A target is an
//! account, a room or the server.
//!
//! An attempt is counted when it is made, since its outcome is known only later. A right password
//! gives the attempt back to its target. So a user who knows the password is not locked out by
//! guesses from elsewhere, unless they come from very many addresses.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::base::address_block::AddressBlock;
use crate::base::rate_limit::{Bucket, Rate};
use crate::limits;
use crate::model::{AccountId, RoomId};

/// Attempts from one address, right or wrong: each of them takes the accounts worker some time.
const BY_ORIGIN: Rate =
    rate(limits::PASSWORDS_PER_ADDRESS_BURST, limits::PASSWORD_PER_ADDRESS_INTERVAL);

/// Wrong passwords for one target from one address.
const BY_BOTH: Rate =
    rate(limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST, limits::WRONG_PASSWORD_FROM_ADDRESS_INTERVAL);

/// Wrong passwords for one target from all addresses.
const BY_TARGET: Rate = rate(limits::WRONG_PASSWORDS_BURST, limits::WRONG_PASSWORD_INTERVAL);

/// Names registered from one address.
const REGISTRATIONS: Rate =
    rate(limits::REGISTRATIONS_PER_ADDRESS_BURST, limits::REGISTRATION_PER_ADDRESS_INTERVAL);

const fn rate(burst: u32, interval: Duration) -> Rate {
    Rate::new(NonZeroU32::new(burst).expect("not zero"), interval)
}

/// The target of a password attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::chat) enum AttemptTarget {
    Account(AccountId),
    Room(RoomId),
    /// The server itself, whose ownership is being claimed.
    Server,
}

/// The recent attempts.
#[derive(Clone, Debug, Default)]
pub(in crate::chat) struct Attempts {
    by_origin: HashMap<AddressBlock, Bucket<Duration>>,
    by_both: HashMap<(AttemptTarget, AddressBlock), Bucket<Duration>>,
    by_target: HashMap<AttemptTarget, Bucket<Duration>>,
    registrations: HashMap<AddressBlock, Bucket<Duration>>,
}

impl Attempts {
    /// Counts an attempt.
    ///
    /// # Errors
    /// How long to wait before the next attempt. A refused attempt is not counted.
    pub(in crate::chat) fn take(
        &mut self,
        target: AttemptTarget,
        origin: AddressBlock,
        now: Duration,
    ) -> Result<(), Duration> {
        let both = (target, origin);
        let until = until(&self.by_origin, &origin, &BY_ORIGIN, now)
            .max(until(&self.by_both, &both, &BY_BOTH, now))
            .max(until(&self.by_target, &target, &BY_TARGET, now));
        if let Some(until) = until {
            return Err(until - now);
        }
        take(&mut self.by_origin, origin, &BY_ORIGIN, now);
        take(&mut self.by_both, both, &BY_BOTH, now);
        take(&mut self.by_target, target, &BY_TARGET, now);
        Ok(())
    }

    /// Gives an attempt back because the password was right.
    pub(in crate::chat) fn give_back(&mut self, target: AttemptTarget, origin: AddressBlock) {
        if let Some(bucket) = self.by_both.get_mut(&(target, origin)) {
            bucket.give_back(&BY_BOTH);
        }
        if let Some(bucket) = self.by_target.get_mut(&target) {
            bucket.give_back(&BY_TARGET);
        }
    }

    /// Counts the registration of a name.
    ///
    /// # Errors
    /// How long to wait.
    pub(in crate::chat) fn register(
        &mut self,
        origin: AddressBlock,
        now: Duration,
    ) -> Result<(), Duration> {
        if let Some(until) = until(&self.registrations, &origin, &REGISTRATIONS, now) {
            return Err(until - now);
        }
        take(&mut self.registrations, origin, &REGISTRATIONS, now);
        Ok(())
    }
}

fn until<K: Hash + Eq>(
    buckets: &HashMap<K, Bucket<Duration>>,
    key: &K,
    rate: &Rate,
    now: Duration,
) -> Option<Duration> {
    buckets.get(key)?.wait_until(rate, now)
}

fn take<K: Hash + Eq>(
    buckets: &mut HashMap<K, Bucket<Duration>>,
    key: K,
    rate: &Rate,
    now: Duration,
) {
    if buckets.len() >= limits::ADDRESSES_REMEMBERED_MAX && !buckets.contains_key(&key) {
        buckets.retain(|_, bucket| !bucket.is_full(now));
        // Someone with so many addresses has as many guesses anyway; the target has its own limit.
        if buckets.len() >= limits::ADDRESSES_REMEMBERED_MAX {
            return;
        }
    }
    buckets.entry(key).or_default().take(rate, now);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: AttemptTarget = AttemptTarget::Account(AccountId(1));

    fn origin(number: u32) -> AddressBlock {
        let [_, a, b, c] = number.to_be_bytes();
        AddressBlock::of([10, a, b, c].into())
    }

    #[test]
    fn guesses_at_one_target_are_limited_by_address() {
        let (mut attempts, start) = (Attempts::default(), Duration::from_secs(3600));
        for _ in 0..limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
            assert_eq!(attempts.take(ANN, origin(1), start), Ok(()));
        }
        let interval = limits::WRONG_PASSWORD_FROM_ADDRESS_INTERVAL;
        assert_eq!(attempts.take(ANN, origin(1), start), Err(interval));
        assert_eq!(attempts.take(ANN, origin(2), start), Ok(()));
        assert_eq!(attempts.take(AttemptTarget::Room(RoomId(1)), origin(1), start), Ok(()));
        assert_eq!(attempts.take(ANN, origin(1), start + interval), Ok(()));
    }

    #[test]
    fn right_passwords_do_not_use_up_attempts() {
        let (mut attempts, start) = (Attempts::default(), Duration::from_secs(3600));
        let second = Duration::from_secs(1);
        for number in 0..1_000 {
            assert_eq!(attempts.take(ANN, origin(1), start + number * second), Ok(()));
            attempts.give_back(ANN, origin(1));
        }
    }

    #[test]
    fn attempts_are_limited_by_address_and_by_target() {
        let (mut attempts, start) = (Attempts::default(), Duration::from_secs(3600));
        for number in 0..limits::PASSWORDS_PER_ADDRESS_BURST {
            let target = AttemptTarget::Account(AccountId(number.into()));
            assert_eq!(attempts.take(target, origin(1), start), Ok(()));
        }
        assert!(attempts.take(AttemptTarget::Account(AccountId(-1)), origin(1), start).is_err());
        for number in 0..limits::WRONG_PASSWORDS_BURST {
            assert_eq!(
                attempts.take(AttemptTarget::Room(RoomId(9)), origin(2 + number), start),
                Ok(())
            );
        }
        assert!(attempts.take(AttemptTarget::Room(RoomId(9)), origin(1_000_000), start).is_err());
    }

    #[test]
    fn registrations_are_limited_by_address() {
        let (mut attempts, start) = (Attempts::default(), Duration::from_secs(3600));
        for _ in 0..limits::REGISTRATIONS_PER_ADDRESS_BURST {
            assert_eq!(attempts.register(origin(1), start), Ok(()));
        }
        let wait = attempts.register(origin(1), start);
        assert_eq!(wait, Err(limits::REGISTRATION_PER_ADDRESS_INTERVAL));
        assert_eq!(attempts.register(origin(2), start), Ok(()));
    }

    #[test]
    fn remembered_addresses_are_bounded() {
        let (mut buckets, start) = (HashMap::new(), Duration::from_secs(3600));
        for key in 0..2 * limits::ADDRESSES_REMEMBERED_MAX {
            take(&mut buckets, key, &BY_ORIGIN, start);
        }
        assert_eq!(buckets.len(), limits::ADDRESSES_REMEMBERED_MAX);
        take(&mut buckets, usize::MAX, &BY_ORIGIN, start + Duration::from_secs(3600));
        assert_eq!(buckets.len(), 1);
    }
}
