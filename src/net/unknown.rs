//! A connection whose caller is not recognised yet: its socket, first bytes, place and deadlines.
//!
//! Nothing is sent from here, refusals included: whatever it was, it would be wrong in most
//! protocols. This module decides how long to wait for the first bytes, takes the PROXY header of a
//! proxy, and keeps the connections that browsers open ahead. It does not know what becomes of a
//! caller once it is recognised.

use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use crate::limits;
use crate::model::{ClientId, CloseReason};
use crate::net::admission::{AdmissionError, Permit, Place};
use crate::net::gate::Load;
use crate::wire::door::{Door, Scheme};
use crate::wire::proxy_header::ProxyHeader;
use crate::wire::recogniser::{self, Caller};

/// A socket on its way from the listener.
pub struct HandOver {
    /// The client's identity.
    pub client: ClientId,
    /// The socket.
    pub stream: TcpStream,
    /// The peer's address, because `peer_addr` fails after an early reset.
    pub address: SocketAddr,
    /// The clients that its listening address serves.
    pub scheme: Scheme,
    /// The protocol for clients that send text.
    pub door: Arc<dyn Door>,
    /// Whether the peer is a proxy, which has to announce its client's address.
    pub is_proxy: bool,
    /// Its place among all connections, given back when dropped.
    pub permit: Permit,
    /// Its share of a thread's load.
    pub load: Load,
    /// Why the connection is refused, if it is. It is told so once it is recognised.
    pub refusal: Option<AdmissionError>,
}

/// What is known so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing until an event or [`Unknown::deadline`].
    Wait,
    /// There may be more to read: take another turn.
    Turn,
    /// The caller is recognised.
    Recognised(Caller),
}

/// The progress, or why the connection is over and has to be dropped without a word.
pub(crate) type Step = Result<Progress, CloseReason>;

/// How long a caller that is silent is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// Until then, it may speak first.
    Until(Instant),
    /// No longer, once all that has arrived is read.
    Over,
    /// As long as the connection may stay.
    Endless,
}

/// A connection whose caller is not recognised yet.
pub(crate) struct Unknown {
    /// Everything about it that was known when it was accepted. The address and the place become
    /// those of the client that a proxy announces.
    pub(crate) accepted: HandOver,
    /// The bytes that have arrived.
    pub(crate) first: Vec<u8>,
    awaits_header: bool,
    accepted_at: Instant,
    patience: Patience,
    deadline: Instant,
    /// The kernel may have more input. With edge triggering, no event will say so.
    readable: bool,
}

impl Unknown {
    /// A connection that has just been accepted.
    pub(crate) fn new(accepted: HandOver, now: Instant) -> Self {
        let awaits_header = accepted.is_proxy;
        let mut unknown = Self {
            accepted,
            first: Vec::new(),
            awaits_header,
            accepted_at: now,
            patience: Patience::Endless,
            deadline: now + limits::HANDSHAKE_TIMEOUT,
            readable: true,
        };
        if !awaits_header {
            unknown.begin_to_wait(now);
        }
        unknown
    }

    /// Whether the caller need not be recognised: only one kind is served here.
    pub(crate) fn is_known(&self) -> bool {
        self.accepted.scheme == Scheme::Plain && !self.awaits_header
    }

    /// Whether the caller has sent anything.
    pub(crate) fn has_spoken(&self) -> bool {
        !self.first.is_empty()
    }

    /// Until when the rest of an unfinished first line is waited for.
    pub(crate) fn patient_until(&self, now: Instant) -> Instant {
        match self.patience {
            Patience::Until(until) if !self.is_known() => until,
            _ => now,
        }
    }

    /// The kernel reports input, or the end of it.
    pub(crate) fn on_readable(&mut self) {
        self.readable = true;
    }

    /// When [`Unknown::on_deadline`] should be called next.
    pub(crate) fn deadline(&self) -> Instant {
        match self.patience {
            Patience::Until(until) => until.min(self.deadline),
            Patience::Over | Patience::Endless => self.deadline,
        }
    }

    /// Handles everything that is due.
    pub(crate) fn on_deadline(&mut self, now: Instant) -> Step {
        if self.deadline <= now {
            return Err(CloseReason::HandshakeTimeout);
        }
        if matches!(self.patience, Patience::Until(until) if until <= now) {
            // When very many connect at once, the first bytes may have arrived long ago without
            // having been read.
            self.patience = Patience::Over;
            self.readable = true;
            return Ok(Progress::Turn);
        }
        Ok(Progress::Wait)
    }

    /// Reads once and looks at what has arrived. `buffer` belongs to the thread.
    pub(crate) fn turn(&mut self, now: Instant, buffer: &mut [u8]) -> Step {
        if !self.readable {
            return Ok(self.nothing_to_read(now));
        }
        match self.accepted.stream.read(buffer) {
            Ok(0) => self.take_end(),
            Ok(count) => self.take(&buffer[..count], now),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Ok(self.nothing_to_read(now))
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Progress::Turn),
            Err(error) => Err(CloseReason::Broken(error.kind())),
        }
    }

    fn take(&mut self, bytes: &[u8], now: Instant) -> Step {
        let is_first = self.first.is_empty() && !self.awaits_header;
        if is_first && self.patience == Patience::Endless {
            // The connection that a browser had opened ahead is used by a caller of any kind.
            self.begin_to_wait(now);
        }
        self.first.extend_from_slice(bytes);
        if self.first.len() > limits::UNKNOWN_BYTES_MAX {
            return Err(CloseReason::Rejected("too many bytes before it was recognised"));
        }
        if self.awaits_header && !self.take_header(now)? {
            return Ok(Progress::Turn);
        }
        if self.is_known() {
            return Ok(Progress::Recognised(Caller::Text));
        }
        Ok(match recogniser::recognise(&self.first) {
            Some(Caller::ProxyHeader) => {
                return Err(CloseReason::Rejected("a PROXY header, without --proxy-from"));
            }
            Some(caller) => Progress::Recognised(caller),
            None => Progress::Turn,
        })
    }

    /// Takes the header of a proxy, and the address that it announces. Returns whether all of it
    /// has arrived.
    fn take_header(&mut self, now: Instant) -> Result<bool, CloseReason> {
        let (length, source) = match ProxyHeader::parse(&self.first) {
            ProxyHeader::Incomplete => return Ok(false),
            ProxyHeader::Invalid => {
                return Err(CloseReason::Rejected("no PROXY header from a proxy"));
            }
            ProxyHeader::Complete { length, source } => (length, source),
        };
        self.first.drain(..length);
        self.awaits_header = false;
        let accepted = &mut self.accepted;
        accepted.address = source.unwrap_or(accepted.address);
        let ip = accepted.address.ip();
        if accepted.refusal.is_none()
            && let Err(refusal) = accepted.permit.exchange(Place::Unknown, ip, now)
        {
            accepted.permit.admission().count_refusal(accepted.address, refusal, now);
            accepted.refusal = Some(refusal);
        }
        self.begin_to_wait(now);
        Ok(true)
    }

    /// The caller has ended its input.
    fn take_end(&self) -> Step {
        if self.awaits_header || self.first.is_empty() {
            return Err(CloseReason::EndOfInput);
        }
        // The end also ends a line.
        let all = [&self.first, &b"\n"[..]].concat();
        Ok(Progress::Recognised(recogniser::recognise(&all).unwrap_or(Caller::Text)))
    }

    /// Everything has been read. A caller that was silent for long enough is a person.
    fn nothing_to_read(&mut self, now: Instant) -> Progress {
        if self.patience != Patience::Over {
            return Progress::Wait;
        }
        let accepted = &mut self.accepted;
        let ip = accepted.address.ip();
        let is_spare = self.first.is_empty()
            && accepted.refusal.is_none()
            && accepted.permit.admission().is_beside_http(ip, self.accepted_at)
            && accepted.permit.exchange(Place::Visit, ip, now).is_ok();
        if !is_spare {
            return Progress::Recognised(Caller::Text);
        }
        self.patience = Patience::Endless;
        self.deadline = self.accepted_at + limits::SPARE_TIMEOUT;
        Progress::Wait
    }

    fn begin_to_wait(&mut self, now: Instant) {
        self.patience = Patience::Until(now + patience_with(self.accepted.address.ip()));
    }
}

/// How long to wait for the first bytes from this address.
fn patience_with(address: IpAddr) -> Duration {
    let is_near = match address {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    };
    if is_near { limits::PATIENCE_NEAR } else { limits::PATIENCE_FAR }
}
