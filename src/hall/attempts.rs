//! How often a password may be guessed wrong: by an address, and for an account.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use crate::bucket::{Bucket, Rate};
use crate::id::AccountId;
use crate::limits;
use crate::origin::Origin;

/// Wrong passwords from one address.
const BY_ORIGIN: Rate = Rate::new(
    NonZeroU32::new(limits::WRONG_PASSWORDS_PER_ADDRESS_BURST).expect("not zero"),
    limits::WRONG_PASSWORD_PER_ADDRESS_INTERVAL,
);

/// Wrong passwords for one account.
const BY_ACCOUNT: Rate = Rate::new(
    NonZeroU32::new(limits::WRONG_PASSWORDS_PER_ACCOUNT_BURST).expect("not zero"),
    limits::WRONG_PASSWORD_PER_ACCOUNT_INTERVAL,
);

/// Names registered from one address.
const REGISTRATIONS: Rate = Rate::new(
    NonZeroU32::new(limits::REGISTRATIONS_PER_ADDRESS_BURST).expect("not zero"),
    limits::REGISTRATION_PER_ADDRESS_INTERVAL,
);

/// What has been tried lately.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    by_origin: HashMap<Origin, Bucket>,
    by_account: HashMap<AccountId, Bucket>,
    registrations: HashMap<Origin, Bucket>,
}

impl Attempts {
    /// Whether another attempt may be made now.
    ///
    /// # Errors
    /// How long to wait.
    pub(super) fn check(
        &self,
        origin: Origin,
        account: Option<AccountId>,
        now: Instant,
    ) -> Result<(), Duration> {
        let by_origin =
            self.by_origin.get(&origin).and_then(|tried| tried.wait_until(&BY_ORIGIN, now));
        let by_account = account
            .and_then(|account| self.by_account.get(&account))
            .and_then(|tried| tried.wait_until(&BY_ACCOUNT, now));
        by_origin.max(by_account).map_or(Ok(()), |until| Err(until - now))
    }

    /// An attempt has failed.
    pub(super) fn count(&mut self, origin: Origin, account: Option<AccountId>, now: Instant) {
        take(&mut self.by_origin, origin, &BY_ORIGIN, now);
        if let Some(account) = account {
            take(&mut self.by_account, account, &BY_ACCOUNT, now);
        }
    }

    /// Somebody wants to register a name.
    ///
    /// # Errors
    /// How long to wait.
    pub(super) fn register(&mut self, origin: Origin, now: Instant) -> Result<(), Duration> {
        if let Some(made) = self.registrations.get(&origin)
            && let Some(until) = made.wait_until(&REGISTRATIONS, now)
        {
            return Err(until - now);
        }
        take(&mut self.registrations, origin, &REGISTRATIONS, now);
        Ok(())
    }
}

fn take<K: std::hash::Hash + Eq>(
    buckets: &mut HashMap<K, Bucket>,
    key: K,
    rate: &Rate,
    now: Instant,
) {
    if buckets.len() >= limits::ADDRESSES_REMEMBERED_MAX && !buckets.contains_key(&key) {
        buckets.retain(|_, bucket| !bucket.is_full(now));
        // Whoever has so many addresses has as many guesses; the account's own limit still holds.
        if buckets.len() >= limits::ADDRESSES_REMEMBERED_MAX {
            return;
        }
    }
    buckets.entry(key).or_default().take(rate, now);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(last: u8) -> Origin {
        Origin::of([192, 0, 2, last].into())
    }

    #[test]
    fn an_address_and_an_account_have_so_many_guesses() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        let account = AccountId(1);
        for last in 0..limits::WRONG_PASSWORDS_PER_ACCOUNT_BURST {
            let origin = origin(last as u8);
            assert_eq!(attempts.check(origin, Some(account), start), Ok(()));
            attempts.count(origin, Some(account), start);
        }
        let wait = attempts.check(origin(99), Some(account), start);
        assert_eq!(wait, Err(limits::WRONG_PASSWORD_PER_ACCOUNT_INTERVAL));
        assert_eq!(attempts.check(origin(99), Some(AccountId(2)), start), Ok(()));
        let later = start + limits::WRONG_PASSWORD_PER_ACCOUNT_INTERVAL;
        assert_eq!(attempts.check(origin(99), Some(account), later), Ok(()));

        for _ in 0..limits::WRONG_PASSWORDS_PER_ADDRESS_BURST {
            assert_eq!(attempts.check(origin(7), None, later), Ok(()));
            attempts.count(origin(7), None, later);
        }
        assert!(attempts.check(origin(7), None, later).is_err());
        assert_eq!(attempts.check(origin(8), None, later), Ok(()));
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
