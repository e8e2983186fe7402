//! Admission: how many connections of each kind there may be, from where, and how fast they may
//! come.
//!
//! A [`Permit`] is taken by the listener, travels with the socket, and gives its place back when
//! dropped. It begins as the place of an unknown connection and is exchanged once the caller is
//! recognised. A lock is held for the length of a table lookup when a connection is opened,
//! recognised or closed; the message path never comes here.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::base::address_block::AddressBlock;
use crate::base::rate_limit::{Bucket, Rate};
use crate::limits;
use crate::model::Refusal;
use crate::net::sparse_log::SparseLog;

/// How fast clients from one address may join.
const CONNECT_RATE: Rate = per_minute(limits::CONNECT_BURST, limits::CONNECT_PER_MINUTE);

/// How fast one address may make HTTP requests on connections of their own.
const VISIT_RATE: Rate = per_minute(limits::VISIT_BURST, limits::VISITS_PER_MINUTE);

const fn per_minute(burst: u32, per_minute: u32) -> Rate {
    let interval = Duration::from_millis(60_000 / per_minute as u64);
    Rate::new(NonZeroU32::new(burst).expect("not zero"), interval)
}

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
    /// Its address has too many connections that are not recognised yet.
    #[error("its address has {max} connections that have not begun to join")]
    TooManyUnknown {
        /// The limit, in connections.
        max: usize,
    },
}

impl From<AdmissionError> for Refusal {
    fn from(error: AdmissionError) -> Self {
        match error {
            AdmissionError::Full { max } => Self::ServerFull { max: max as u64 },
            AdmissionError::TooManyFromAddress { max } => Self::AddressFull { max: max as u64 },
            AdmissionError::TooFast | AdmissionError::TooManyUnknown { .. } => {
                Self::ConnectsTooOften
            }
        }
    }
}

/// The kinds of places, each with limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The caller is not recognised yet, or its handshake is going on.
    Unknown,
    /// A client of the chat.
    Client,
    /// An HTTP request, or the connection that a browser opens beside one.
    Visit,
    /// A caller that is told why it is not served, and closed in order.
    Refused,
}

impl Place {
    const COUNT: usize = 4;
}

/// The connections of each kind.
type Counts = [usize; Place::COUNT];

#[derive(Debug, Default)]
struct Record {
    here: Counts,
    connects: Bucket,
    visits: Bucket,
    /// When an HTTP request last came from there.
    http_at: Option<Instant>,
}

impl Record {
    fn is_quiet(&self, now: Instant) -> bool {
        let has_visited = self.http_at.is_some_and(|at| now < at + limits::SPARE_WINDOW);
        self.here == Counts::default()
            && self.connects.is_full(now)
            && self.visits.is_full(now)
            && !has_visited
    }
}

#[derive(Debug, Default)]
struct Table {
    here: Counts,
    origins: HashMap<AddressBlock, Record>,
    /// When addresses were last forgotten, which looks at all of them.
    forgot_at: Option<Instant>,
    refused_total: u64,
    refusal_log: SparseLog,
}

/// The places of the server.
#[derive(Debug)]
pub struct Admission {
    clients_max: usize,
    clients_per_address_max: usize,
    table: Mutex<Table>,
}

impl Admission {
    /// Creates an admission with limits for clients, in total and for one address.
    pub fn new(clients_max: usize, clients_per_address_max: usize) -> Arc<Self> {
        Arc::new(Self { clients_max, clients_per_address_max, table: Mutex::default() })
    }

    /// Whether one more unknown connection may be accepted. The others wait in the kernel.
    pub fn has_room(&self) -> bool {
        self.table().here[Place::Unknown as usize] < self.here_max(Place::Unknown)
    }

    /// Takes a place for a connection that has just been accepted. Without an address, it counts
    /// for none: a proxy has yet to say where it comes from.
    ///
    /// # Errors
    /// Why there is none for this address now.
    pub fn admit(
        self: &Arc<Self>,
        address: Option<IpAddr>,
        now: Instant,
    ) -> Result<Permit, AdmissionError> {
        let origin = address.map(AddressBlock::of);
        self.enter(&mut self.table(), Place::Unknown, origin, now)?;
        Ok(Permit { admission: self.clone(), place: Place::Unknown, origin })
    }

    /// Takes one of the few places for refused callers that are told why.
    pub fn admit_refused(self: &Arc<Self>, now: Instant) -> Option<Permit> {
        self.enter(&mut self.table(), Place::Refused, None, now).ok()?;
        Some(Permit { admission: self.clone(), place: Place::Refused, origin: None })
    }

    /// Counts a refused connection, and logs it unless there are very many.
    pub fn count_refusal(&self, address: SocketAddr, reason: AdmissionError, now: Instant) {
        let mut table = self.table();
        table.refused_total += 1;
        let Some(unlogged) = table.refusal_log.log_now(now) else { return };
        drop(table);
        tracing::warn!(%address, %reason, unlogged, "connection refused");
    }

    /// The number of connections refused so far.
    pub fn refused_total(&self) -> u64 {
        self.table().refused_total
    }

    /// Takes note of an HTTP request.
    pub fn note_http(&self, address: IpAddr, now: Instant) {
        if let Some(record) = self.table().origins.get_mut(&AddressBlock::of(address)) {
            record.http_at = Some(now);
        }
    }

    /// Whether a silent connection is one that a browser has opened beside that of its request: one
    /// from the same address, up to a moment before or after.
    pub fn is_beside_http(&self, address: IpAddr, accepted_at: Instant) -> bool {
        let table = self.table();
        let record = table.origins.get(&AddressBlock::of(address));
        let http_at = record.and_then(|record| record.http_at);
        http_at.is_some_and(|at| accepted_at <= at + limits::SPARE_WINDOW)
    }

    /// How many connections of a kind there may be.
    fn here_max(&self, place: Place) -> usize {
        match place {
            Place::Unknown => limits::callers_max(limits::UNKNOWN_MAX, self.clients_max),
            Place::Client => self.clients_max,
            Place::Visit => limits::callers_max(limits::VISITS_MAX, self.clients_max),
            Place::Refused => limits::REFUSED_MAX,
        }
    }

    /// Counts a connection, if the limits allow it.
    fn enter(
        &self,
        table: &mut Table,
        place: Place,
        origin: Option<AddressBlock>,
        now: Instant,
    ) -> Result<(), AdmissionError> {
        let kind = place as usize;
        let here_max = self.here_max(place);
        if let Some(origin) = origin {
            self.check_origin(table, place, origin, now)?;
        }
        if table.here[kind] >= here_max {
            return Err(AdmissionError::Full { max: here_max });
        }
        table.here[kind] += 1;
        if let Some(record) = origin.and_then(|origin| table.origins.get_mut(&origin)) {
            record.here[kind] += 1;
        }
        Ok(())
    }

    /// Counts a connection of this origin, and checks the limits for one origin.
    fn check_origin(
        &self,
        table: &mut Table,
        place: Place,
        origin: AddressBlock,
        now: Instant,
    ) -> Result<(), AdmissionError> {
        let origins_max = self.clients_max.saturating_add(limits::ADDRESSES_REMEMBERED_MAX);
        if !table.origins.contains_key(&origin) && !table.has_room_for_origin(origins_max, now) {
            return Err(AdmissionError::Full { max: self.clients_max });
        }
        let record = table.origins.entry(origin).or_default();
        // Loopback is exempt: it is this machine, and tests on it.
        if origin.is_loopback() {
            return Ok(());
        }
        let (bucket, rate, max) = match place {
            Place::Refused => return Ok(()),
            Place::Unknown => {
                let max = limits::UNKNOWN_PER_ADDRESS_MAX;
                let is_full = record.here[place as usize] >= max;
                return if is_full { Err(AdmissionError::TooManyUnknown { max }) } else { Ok(()) };
            }
            Place::Client => (&mut record.connects, &CONNECT_RATE, self.clients_per_address_max),
            Place::Visit => (&mut record.visits, &VISIT_RATE, limits::VISITS_PER_ADDRESS_MAX),
        };
        if bucket.wait_until(rate, now).is_some() {
            return Err(AdmissionError::TooFast);
        }
        bucket.take(rate, now);
        if record.here[place as usize] >= max {
            return Err(AdmissionError::TooManyFromAddress { max });
        }
        Ok(())
    }

    /// A panic while the lock was held would still leave consistent counts.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Forgets origins without connections that have been quiet, if another one would not fit
    /// otherwise. At most once per second, since this looks at all of them.
    fn has_room_for_origin(&mut self, origins_max: usize, now: Instant) -> bool {
        let is_full = self.origins.len() >= origins_max;
        let may_forget = self.forgot_at.is_none_or(|at| now >= at + Duration::from_secs(1));
        if is_full && may_forget {
            self.forgot_at = Some(now);
            self.origins.retain(|_, record| !record.is_quiet(now));
        }
        self.origins.len() < origins_max
    }

    fn leave(&mut self, place: Place, origin: Option<AddressBlock>) {
        self.here[place as usize] -= 1;
        if let Some(record) = origin.and_then(|origin| self.origins.get_mut(&origin)) {
            record.here[place as usize] -= 1;
        }
    }
}

/// A place, given back when dropped.
#[derive(Debug)]
pub struct Permit {
    admission: Arc<Admission>,
    place: Place,
    /// Where it counts.
    origin: Option<AddressBlock>,
}

impl Permit {
    /// Whether it is for such a place.
    pub fn is_for(&self, place: Place) -> bool {
        self.place == place
    }

    /// The admission that gave it.
    pub fn admission(&self) -> &Arc<Admission> {
        &self.admission
    }

    /// Exchanges the place for another one, which counts for this address.
    ///
    /// # Errors
    /// Why there is none now. The place stays as it was.
    pub fn exchange(
        &mut self,
        place: Place,
        address: IpAddr,
        now: Instant,
    ) -> Result<(), AdmissionError> {
        let mut table = self.admission.table();
        let origin = Some(AddressBlock::of(address));
        self.admission.enter(&mut table, place, origin, now)?;
        table.leave(self.place, self.origin);
        (self.place, self.origin) = (place, origin);
        Ok(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.admission.table().leave(self.place, self.origin);
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

    /// Takes the place of a client.
    fn admit(
        admission: &Arc<Admission>,
        address: IpAddr,
        now: Instant,
    ) -> Result<Permit, AdmissionError> {
        enter(admission, Place::Client, address, now)
    }

    fn enter(
        admission: &Arc<Admission>,
        place: Place,
        address: IpAddr,
        now: Instant,
    ) -> Result<Permit, AdmissionError> {
        let mut permit = admission.admit(Some(address), now)?;
        permit.exchange(place, address, now)?;
        Ok(permit)
    }

    #[test]
    fn a_place_is_given_back_when_its_permit_is_dropped() {
        let (admission, now) = (Admission::new(2, 9), start());
        let first = admit(&admission, at("127.0.0.1"), now).unwrap();
        let _second = admit(&admission, at("::1"), now).unwrap();
        let full = AdmissionError::Full { max: 2 };
        assert_eq!(admit(&admission, at("127.0.0.1"), now).unwrap_err(), full);
        drop(first);
        assert!(admit(&admission, at("127.0.0.1"), now).is_ok());
    }

    #[test]
    fn places_are_limited_by_address_and_an_ipv6_subscriber_is_one_address() {
        let now = start();
        let check = |first: &str, second: &str, is_same: bool| {
            let admission = Admission::new(9, 1);
            let _permit = admit(&admission, at(first), now).unwrap();
            let refused = admit(&admission, at(second), now).err();
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
            admit(&admission, address, now).unwrap();
        }
        assert_eq!(admit(&admission, address, now).unwrap_err(), AdmissionError::TooFast);
        assert!(admit(&admission, at("192.0.2.2"), now).is_ok(), "others are not concerned");
        assert!(admit(&admission, address, now + CONNECT_RATE.interval()).is_ok());
    }

    #[test]
    fn the_table_of_addresses_is_bounded_and_forgets_the_quiet_ones() {
        let (admission, now) = (Admission::new(7, 9), start());
        let most = limits::ADDRESSES_REMEMBERED_MAX as u32 + 7;
        for number in 0..most {
            admit(&admission, std::net::Ipv4Addr::from(0x0a00_0000 + number).into(), now).unwrap();
        }
        let full = AdmissionError::Full { max: 7 };
        assert_eq!(admit(&admission, at("192.0.2.1"), now).unwrap_err(), full);
        let later = now + CONNECT_RATE.interval();
        assert!(admit(&admission, at("192.0.2.1"), later).is_ok());
        assert_eq!(admission.table().origins.len(), 1);
    }

    #[test]
    fn few_refused_clients_are_told_at_a_time() {
        let (admission, now) = (Admission::new(0, 0), start());
        let told: Vec<Permit> = std::iter::from_fn(|| admission.admit_refused(now)).collect();
        assert_eq!(told.len(), limits::REFUSED_MAX);
        drop(told);
        assert!(admission.admit_refused(now).is_some());
    }

    #[test]
    fn unknown_connections_have_limits_of_their_own() {
        let (admission, now) = (Admission::new(10_000, 64), start());
        let (max, address) = (limits::UNKNOWN_PER_ADDRESS_MAX, at("192.0.2.1"));
        let mut unknown: Vec<Permit> =
            (0..max).map(|_| admission.admit(Some(address), now).unwrap()).collect();
        let refused = admission.admit(Some(address), now).unwrap_err();
        assert_eq!(refused, AdmissionError::TooManyUnknown { max });
        // One that is recognised makes room for another one.
        unknown[0].exchange(Place::Client, address, now).unwrap();
        unknown.push(admission.admit(Some(address), now).unwrap());
        // A proxy counts for no address.
        while admission.has_room() {
            unknown.push(admission.admit(None, now).unwrap());
        }
        assert_eq!(unknown.len(), 1 + limits::UNKNOWN_MAX);
        let full = AdmissionError::Full { max: limits::UNKNOWN_MAX };
        assert_eq!(admission.admit(None, now).unwrap_err(), full);
        assert_eq!(admission.admit(Some(at("192.0.2.2")), now).unwrap_err(), full);
        drop(unknown);
        let table = admission.table();
        assert_eq!((table.here, table.origins.len()), (Counts::default(), 2));
        assert!(table.origins.values().all(|record| record.here == Counts::default()));
    }

    /// Every visit of a browser needs several connections.
    #[test]
    fn visits_do_not_take_the_places_of_clients() {
        let (admission, now) = (Admission::new(10_000, 1), start());
        let address = at("192.0.2.1");
        let _client = admit(&admission, address, now).unwrap();
        let visit = || enter(&admission, Place::Visit, address, now);
        let visits: Vec<Permit> = std::iter::from_fn(|| visit().ok()).collect();
        assert_eq!(visits.len(), limits::VISITS_PER_ADDRESS_MAX);
        let max = limits::VISITS_PER_ADDRESS_MAX;
        assert_eq!(visit().unwrap_err(), AdmissionError::TooManyFromAddress { max });
        drop(visits);
        while visit().is_ok() {}
        assert_eq!(visit().unwrap_err(), AdmissionError::TooFast);
    }

    #[test]
    fn a_spare_connection_is_one_beside_a_request() {
        let (admission, now) = (Admission::new(9, 9), start());
        for address in ["192.0.2.1", "127.0.0.1"].map(at) {
            assert!(!admission.is_beside_http(address, now));
            drop(enter(&admission, Place::Visit, address, now).unwrap());
            admission.note_http(address, now);
            let is_beside = |accepted_at| admission.is_beside_http(address, accepted_at);
            assert!(is_beside(now) && is_beside(now + limits::SPARE_WINDOW));
            assert!(!is_beside(now + limits::SPARE_WINDOW + Duration::from_millis(1)));
        }
        assert!(!admission.is_beside_http(at("192.0.2.2"), now));
    }
}
