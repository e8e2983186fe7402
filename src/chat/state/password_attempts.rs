//! How often a password may be tried: by an address, for an account or room, and for it by an
//! address.
//!
//! Each attempt is counted when it is made, since its outcome is known only later; one that was
//! right is given back to what it was made for. So whoever knows a password is not kept out by who
//! guesses at it from elsewhere, unless very many addresses do.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use crate::base::address_block::Origin;
use crate::base::rate_limit::{Bucket, Rate};
use crate::limits;
use crate::model::id::{AccountId, RoomId};

/// Passwords from one address, right or wrong: each takes the registrar some time.
const BY_ORIGIN: Rate =
    rate(limits::PASSWORDS_PER_ADDRESS_BURST, limits::PASSWORD_PER_ADDRESS_INTERVAL);

/// Wrong passwords for the same thing from one address.
const BY_BOTH: Rate =
    rate(limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST, limits::WRONG_PASSWORD_FROM_ADDRESS_INTERVAL);

/// Wrong passwords for the same thing from everywhere.
const BY_TARGET: Rate = rate(limits::WRONG_PASSWORDS_BURST, limits::WRONG_PASSWORD_INTERVAL);

/// Names registered from one address.
const REGISTRATIONS: Rate =
    rate(limits::REGISTRATIONS_PER_ADDRESS_BURST, limits::REGISTRATION_PER_ADDRESS_INTERVAL);

const fn rate(burst: u32, interval: Duration) -> Rate {
    Rate::new(NonZeroU32::new(burst).expect("not zero"), interval)
}

/// What a password is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::chat) enum Guarded {
    Account(AccountId),
    Room(RoomId),
    /// The server itself, which somebody wants to own.
    Server,
}

/// What has been tried lately.
#[derive(Debug, Default)]
pub(in crate::chat) struct Attempts {
    by_origin: HashMap<Origin, Bucket>,
    by_both: HashMap<(Guarded, Origin), Bucket>,
    by_target: HashMap<Guarded, Bucket>,
    registrations: HashMap<Origin, Bucket>,
}

impl Attempts {
    /// Counts an attempt.
    ///
    /// # Errors
    /// How long to wait before one may be made; this one is not counted.
    pub(in crate::chat) fn take(
        &mut self,
        target: Guarded,
        origin: Origin,
        now: Instant,
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

    /// An attempt was right.
    pub(in crate::chat) fn give_back(&mut self, target: Guarded, origin: Origin) {
        if let Some(bucket) = self.by_both.get_mut(&(target, origin)) {
            bucket.give_back(&BY_BOTH);
        }
        if let Some(bucket) = self.by_target.get_mut(&target) {
            bucket.give_back(&BY_TARGET);
        }
    }

    /// Somebody wants to register a name.
    ///
    /// # Errors
    /// How long to wait.
    pub(in crate::chat) fn register(
        &mut self,
        origin: Origin,
        now: Instant,
    ) -> Result<(), Duration> {
        if let Some(until) = until(&self.registrations, &origin, &REGISTRATIONS, now) {
            return Err(until - now);
        }
        take(&mut self.registrations, origin, &REGISTRATIONS, now);
        Ok(())
    }
}

fn until<K: Hash + Eq>(
    buckets: &HashMap<K, Bucket>,
    key: &K,
    rate: &Rate,
    now: Instant,
) -> Option<Instant> {
    buckets.get(key)?.wait_until(rate, now)
}

fn take<K: Hash + Eq>(buckets: &mut HashMap<K, Bucket>, key: K, rate: &Rate, now: Instant) {
    if buckets.len() >= limits::ADDRESSES_REMEMBERED_MAX && !buckets.contains_key(&key) {
        buckets.retain(|_, bucket| !bucket.is_full(now));
        // Whoever has so many addresses has as many guesses; what they are for has its own limit.
        if buckets.len() >= limits::ADDRESSES_REMEMBERED_MAX {
            return;
        }
    }
    buckets.entry(key).or_default().take(rate, now);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Guarded = Guarded::Account(AccountId(1));

    fn origin(number: u32) -> Origin {
        let [_, a, b, c] = number.to_be_bytes();
        Origin::of([10, a, b, c].into())
    }

    #[test]
    fn an_address_has_so_many_guesses_at_one_thing_and_others_still_have_theirs() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for _ in 0..limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
            assert_eq!(attempts.take(ANN, origin(1), start), Ok(()));
        }
        let interval = limits::WRONG_PASSWORD_FROM_ADDRESS_INTERVAL;
        assert_eq!(attempts.take(ANN, origin(1), start), Err(interval));
        assert_eq!(attempts.take(ANN, origin(2), start), Ok(()));
        assert_eq!(attempts.take(Guarded::Room(RoomId(1)), origin(1), start), Ok(()));
        assert_eq!(attempts.take(ANN, origin(1), start + interval), Ok(()));
    }

    #[test]
    fn who_knows_the_password_is_not_kept_out_by_it() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        let second = Duration::from_secs(1);
        for number in 0..1_000 {
            assert_eq!(attempts.take(ANN, origin(1), start + number * second), Ok(()));
            attempts.give_back(ANN, origin(1));
        }
    }

    #[test]
    fn an_address_has_so_many_attempts_in_all_and_a_thing_so_many_guesses() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for number in 0..limits::PASSWORDS_PER_ADDRESS_BURST {
            let target = Guarded::Account(AccountId(number.into()));
            assert_eq!(attempts.take(target, origin(1), start), Ok(()));
        }
        assert!(attempts.take(Guarded::Account(AccountId(-1)), origin(1), start).is_err());
        for number in 0..limits::WRONG_PASSWORDS_BURST {
            assert_eq!(attempts.take(Guarded::Room(RoomId(9)), origin(2 + number), start), Ok(()));
        }
        assert!(attempts.take(Guarded::Room(RoomId(9)), origin(1_000_000), start).is_err());
    }

    #[test]
    fn an_address_registers_so_many_names() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for _ in 0..limits::REGISTRATIONS_PER_ADDRESS_BURST {
            assert_eq!(attempts.register(origin(1), start), Ok(()));
        }
        let wait = attempts.register(origin(1), start);
        assert_eq!(wait, Err(limits::REGISTRATION_PER_ADDRESS_INTERVAL));
        assert_eq!(attempts.register(origin(2), start), Ok(()));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut buckets, start) = (HashMap::new(), Instant::now());
        for key in 0..2 * limits::ADDRESSES_REMEMBERED_MAX {
            take(&mut buckets, key, &BY_ORIGIN, start);
        }
        assert_eq!(buckets.len(), limits::ADDRESSES_REMEMBERED_MAX);
        take(&mut buckets, usize::MAX, &BY_ORIGIN, start + Duration::from_secs(3600));
        assert_eq!(buckets.len(), 1);
    }
}
