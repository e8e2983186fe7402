//! Admission: how many clients may be connected, from where, and how fast they may connect.
//!
//! A [`Permit`] is taken by the listener, travels with the socket, and gives the place back when
//! dropped. A lock is held for the length of a table lookup when a connection is opened or closed;
//! the message path never comes here.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::base::address_block::AddressBlock;
use crate::base::rate_limit::{Bucket, Rate};
use crate::limits;
use crate::model::Refusal;

/// How fast one address may open connections.
const CONNECT_RATE: Rate = Rate::new(
    NonZeroU32::new(limits::CONNECT_BURST).expect("not zero"),
    Duration::from_millis(60_000 / limits::CONNECT_PER_MINUTE as u64),
);

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// All places are taken, or there are more addresses than can be counted.
    #[error("the server is full ({max} clients)")]
    Full {
        /// The limit, in clients.
        max: usize,
    },
    /// Its address has reached the limit for one address.
    #[error("its address already has {max} clients")]
    TooManyFromAddress {
        /// The limit, in clients.
        max: usize,
    },
    /// Its address connects too often.
    #[error("its address connects too often")]
    TooFast,
}

impl From<AdmissionError> for Refusal {
    fn from(error: AdmissionError) -> Self {
        match error {
            AdmissionError::Full { max } => Self::ServerFull { max: max as u64 },
            AdmissionError::TooManyFromAddress { max } => Self::AddressFull { max: max as u64 },
            AdmissionError::TooFast => Self::ConnectsTooOften,
        }
    }
}

#[derive(Debug, Default)]
struct Record {
    here: usize,
    connects: Bucket,
}

#[derive(Debug, Default)]
struct Table {
    here: usize,
    refusals_lingering: usize,
    origins: HashMap<AddressBlock, Record>,
    /// When addresses were last forgotten, which looks at all of them.
    forgot_at: Option<Instant>,
}

/// The places of the server.
#[derive(Debug)]
pub struct Admission {
    clients_max: usize,
    clients_per_address_max: usize,
    table: Mutex<Table>,
}

impl Admission {
    /// Creates an admission with limits in total and for one address.
    pub fn new(clients_max: usize, clients_per_address_max: usize) -> Arc<Self> {
        Arc::new(Self { clients_max, clients_per_address_max, table: Mutex::default() })
    }

    /// Takes a place.
    ///
    /// # Errors
    /// Why there is none for this address now.
    pub fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        now: Instant,
    ) -> Result<Permit, AdmissionError> {
        let mut table = self.table();
        // Loopback is exempt: it is this machine, and tests on it.
        let origin = Some(AddressBlock::of(address)).filter(|origin| !origin.is_loopback());
        if let Some(origin) = origin {
            self.check_origin(&mut table, origin, now)?;
        }
        if table.here >= self.clients_max {
            return Err(AdmissionError::Full { max: self.clients_max });
        }
        table.here += 1;
        if let Some(record) = origin.and_then(|origin| table.origins.get_mut(&origin)) {
            record.here += 1;
        }
        Ok(Permit { admission: self.clone(), place: AdmissionSlot::Client(origin) })
    }

    /// Takes one of the few places for refused clients that are told why.
    pub fn admit_refused(self: &Arc<Self>) -> Option<Permit> {
        let mut table = self.table();
        if table.refusals_lingering >= limits::REFUSALS_LINGERING_MAX {
            return None;
        }
        table.refusals_lingering += 1;
        Some(Permit { admission: self.clone(), place: AdmissionSlot::Refused })
    }

    /// Counts a connection of this origin, and checks the limits for one origin.
    fn check_origin(
        &self,
        table: &mut Table,
        origin: AddressBlock,
        now: Instant,
    ) -> Result<(), AdmissionError> {
        let origins_max = self.clients_max.saturating_add(limits::ADDRESSES_REMEMBERED_MAX);
        if !table.origins.contains_key(&origin) && !table.has_room_for_origin(origins_max, now) {
            return Err(AdmissionError::Full { max: self.clients_max });
        }
        let record = table.origins.entry(origin).or_default();
        if record.connects.wait_until(&CONNECT_RATE, now).is_some() {
            return Err(AdmissionError::TooFast);
        }
        record.connects.take(&CONNECT_RATE, now);
        if record.here >= self.clients_per_address_max {
            return Err(AdmissionError::TooManyFromAddress { max: self.clients_per_address_max });
        }
        Ok(())
    }

    /// A panic while the lock was held would still leave consistent counts.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Forgets origins without clients that have been quiet, if another one would not fit
    /// otherwise. At most once per second, since this looks at all of them.
    fn has_room_for_origin(&mut self, origins_max: usize, now: Instant) -> bool {
        let is_full = self.origins.len() >= origins_max;
        let may_forget = self.forgot_at.is_none_or(|at| now >= at + Duration::from_secs(1));
        if is_full && may_forget {
            self.forgot_at = Some(now);
            self.origins.retain(|_, record| record.here > 0 || !record.connects.is_full(now));
        }
        self.origins.len() < origins_max
    }
}

#[derive(Debug)]
enum AdmissionSlot {
    Client(Option<AddressBlock>),
    Refused,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub struct Permit {
    admission: Arc<Admission>,
    place: AdmissionSlot,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut table = self.admission.table();
        match self.place {
            AdmissionSlot::Client(origin) => {
                table.here -= 1;
                if let Some(record) = origin.and_then(|origin| table.origins.get_mut(&origin)) {
                    record.here -= 1;
                }
            }
            AdmissionSlot::Refused => table.refusals_lingering -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    fn start() -> Instant {
        Instant::now() + Duration::from_secs(3600)
    }

    #[test]
    fn a_place_is_given_back_when_its_permit_is_dropped() {
        let (admission, now) = (Admission::new(2, 9), start());
        let first = admission.admit(at("127.0.0.1"), now).unwrap();
        let _second = admission.admit(at("::1"), now).unwrap();
        let full = AdmissionError::Full { max: 2 };
        assert_eq!(admission.admit(at("127.0.0.1"), now).unwrap_err(), full);
        drop(first);
        assert!(admission.admit(at("127.0.0.1"), now).is_ok());
    }

    #[test]
    fn places_are_limited_by_address_and_an_ipv6_subscriber_is_one_address() {
        let now = start();
        let check = |first: &str, second: &str, is_same: bool| {
            let admission = Admission::new(9, 1);
            let _permit = admission.admit(at(first), now).unwrap();
            let refused = admission.admit(at(second), now).err();
            let expected = is_same.then_some(AdmissionError::TooManyFromAddress { max: 1 });
            assert_eq!(refused, expected, "{first} {second}");
        };
        check("192.0.2.1", "192.0.2.1", true);
        check("192.0.2.1", "192.0.2.2", false);
        check("192.0.2.1", "::ffff:192.0.2.1", true);
        check("2001:db8::1", "2001:db8::ffff:1", true);
        check("2001:db8::1", "2001:db8:0:1::1", false);
        check("fe80::1", "fe80::2", false);
        check("fe80::1", "fe80::1", true);
        check("127.0.0.1", "127.0.0.1", false);
        check("::1", "::1", false);
        check("::ffff:127.0.0.1", "127.0.0.1", false);
    }

    #[test]
    fn an_address_that_connects_too_fast_is_refused_for_a_while() {
        let (admission, now) = (Admission::new(999, 999), start());
        let address = at("192.0.2.1");
        for _ in 0..limits::CONNECT_BURST {
            admission.admit(address, now).unwrap();
        }
        assert_eq!(admission.admit(address, now).unwrap_err(), AdmissionError::TooFast);
        assert!(admission.admit(at("192.0.2.2"), now).is_ok(), "others are not concerned");
        assert!(admission.admit(address, now + CONNECT_RATE.interval()).is_ok());
    }

    #[test]
    fn the_table_of_addresses_is_bounded_and_forgets_the_quiet_ones() {
        let (admission, now) = (Admission::new(7, 9), start());
        let most = limits::ADDRESSES_REMEMBERED_MAX as u32 + 7;
        for number in 0..most {
            admission.admit(std::net::Ipv4Addr::from(0x0a00_0000 + number).into(), now).unwrap();
        }
        let full = AdmissionError::Full { max: 7 };
        assert_eq!(admission.admit(at("192.0.2.1"), now).unwrap_err(), full);
        let later = now + CONNECT_RATE.interval();
        assert!(admission.admit(at("192.0.2.1"), later).is_ok());
        assert_eq!(admission.table().origins.len(), 1);
    }

    #[test]
    fn few_refused_clients_are_told_at_a_time() {
        let admission = Admission::new(0, 0);
        let told: Vec<Permit> = std::iter::from_fn(|| admission.admit_refused()).collect();
        assert_eq!(told.len(), limits::REFUSALS_LINGERING_MAX);
        drop(told);
        assert!(admission.admit_refused().is_some());
    }
}
