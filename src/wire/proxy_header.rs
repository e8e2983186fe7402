//! The PROXY header, in which a proxy announces the address of its client (HAProxy, The PROXY
//! protocol, versions 1 and 2).
//!
//! This module finds where the header ends, so that the same bytes mean the same in any chunking.
//! It does not know which peers are proxies.

use std::net::{IpAddr, SocketAddr};

use ppp::{HeaderResult, v1, v2};

use super::recogniser::{PROXY_V1, PROXY_V2};

/// The longest header of version 1, in bytes with its CR LF (section 2.1).
const V1_BYTES_MAX: usize = 107;

/// The longest header of version 2 that is accepted, in bytes. Addresses take up to 216; the rest
/// may be certificates' names and the like, which are not used here.
const V2_BYTES_MAX: usize = 4 * 1024;

/// The bytes of version 2 before the addresses, the last two of which are the length of the rest.
const V2_FIXED_BYTES: usize = 16;

/// What the first bytes from a proxy contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// The beginning of a header.
    Incomplete,
    /// No header, or an invalid one.
    Invalid,
    /// A header.
    Complete {
        /// Its length in bytes.
        length: usize,
        /// The address of the client; `None` if the proxy connects for itself, as in a health
        /// check, or does not say.
        source: Option<SocketAddr>,
    },
}

impl ProxyHeader {
    /// Reads the header at the beginning of these bytes.
    pub fn parse(first: &[u8]) -> Self {
        let length = match first {
            [first_byte, ..] if *first_byte == PROXY_V1[0] => length_of_v1(first),
            _ => length_of_v2(first),
        };
        let Some(length) = length else { return Self::Invalid };
        let Some(header) = length.and_then(|length| first.get(..length)) else {
            return Self::Incomplete;
        };
        let length = header.len();
        match HeaderResult::parse(header) {
            HeaderResult::V1(Ok(header)) => {
                Self::Complete { length, source: source_in_v1(&header.addresses) }
            }
            HeaderResult::V2(Ok(header)) => {
                let is_proxied = header.command == v2::Command::Proxy;
                let source = source_in_v2(&header.addresses).filter(|_| is_proxied);
                Self::Complete { length, source }
            }
            HeaderResult::V1(Err(_)) | HeaderResult::V2(Err(_)) => Self::Invalid,
        }
    }
}

/// The length of a header of version 1, if its end has arrived; `None` if it cannot be one.
fn length_of_v1(first: &[u8]) -> Option<Option<usize>> {
    let begun = first.len().min(PROXY_V1.len());
    if first[..begun] != PROXY_V1[..begun] {
        return None;
    }
    let within = &first[..first.len().min(V1_BYTES_MAX)];
    match memchr::memchr(b'\n', within) {
        Some(end) => Some(Some(end + 1)),
        None if first.len() < V1_BYTES_MAX => Some(None),
        None => None,
    }
}

/// The length of a header of version 2, if its length has arrived; `None` if it cannot be one.
fn length_of_v2(first: &[u8]) -> Option<Option<usize>> {
    let begun = first.len().min(PROXY_V2.len());
    if first[..begun] != PROXY_V2[..begun] {
        return None;
    }
    let &[.., high, low] = first.get(..V2_FIXED_BYTES).unwrap_or_default() else {
        return Some(None);
    };
    let length = V2_FIXED_BYTES + usize::from(u16::from_be_bytes([high, low]));
    (length <= V2_BYTES_MAX).then_some(Some(length))
}

fn source_in_v1(addresses: &v1::Addresses) -> Option<SocketAddr> {
    match addresses {
        v1::Addresses::Unknown => None,
        v1::Addresses::Tcp4(it) => Some(canonical(it.source_address, it.source_port)),
        v1::Addresses::Tcp6(it) => Some(canonical(it.source_address, it.source_port)),
    }
}

fn source_in_v2(addresses: &v2::Addresses) -> Option<SocketAddr> {
    match addresses {
        v2::Addresses::IPv4(it) => Some(canonical(it.source_address, it.source_port)),
        v2::Addresses::IPv6(it) => Some(canonical(it.source_address, it.source_port)),
        v2::Addresses::Unspecified | v2::Addresses::Unix(_) => None,
    }
}

fn canonical(address: impl Into<IpAddr>, port: u16) -> SocketAddr {
    SocketAddr::new(address.into().to_canonical(), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(header: &[u8], source: Option<&str>) -> ProxyHeader {
        let source = source.map(|source| source.parse().unwrap());
        ProxyHeader::Complete { length: header.len(), source }
    }

    #[test]
    fn headers_are_read_in_any_chunking() {
        let check = |header: &[u8], source: Option<&str>| {
            let bytes = [header, b"hello\r\n"].concat();
            for end in 0..=bytes.len() {
                let expected = match end < header.len() {
                    true => ProxyHeader::Incomplete,
                    false => complete(header, source),
                };
                let shown = bytes[..end].escape_ascii();
                assert_eq!(ProxyHeader::parse(&bytes[..end]), expected, "{shown}");
            }
        };
        check(b"PROXY TCP4 192.0.2.1 192.0.2.2 51234 8000\r\n", Some("192.0.2.1:51234"));
        check(b"PROXY TCP6 2001:db8::1 2001:db8::2 51234 8000\r\n", Some("[2001:db8::1]:51234"));
        check(b"PROXY UNKNOWN\r\n", None);
        let v2 = |rest: &[u8]| [&PROXY_V2[..], rest].concat();
        let addresses = b"\xc0\0\x02\x01\xc0\0\x02\x02\xc8\x22\x1f\x40";
        check(&v2(&[b"\x21\x11\0\x0c", &addresses[..]].concat()), Some("192.0.2.1:51234"));
        // With a value that is of no interest here.
        let with_value = [b"\x21\x11\0\x10", &addresses[..], b"\x04\0\x01x"].concat();
        check(&v2(&with_value), Some("192.0.2.1:51234"));
        let v6 = [&[0; 10][..], b"\xff\xff\xc0\0\x02\x01", &[0; 16], b"\xc8\x22\x1f\x40"].concat();
        check(&v2(&[b"\x21\x21\0\x24", &v6[..]].concat()), Some("192.0.2.1:51234"));
        // A health check of the proxy itself.
        check(&v2(b"\x20\0\0\0"), None);
        check(&v2(&[b"\x20\x11\0\x0c", &addresses[..]].concat()), None);
    }

    #[test]
    fn anything_else_is_invalid() {
        let check = |bytes: &[u8]| {
            assert_eq!(ProxyHeader::parse(bytes), ProxyHeader::Invalid, "{}", bytes.escape_ascii());
        };
        check(b"hello\r\n");
        check(b"PRX");
        check(b"\r\nhello");
        check(b"\x16\x03\x01");
        check(b"PROXY TCP4 192.0.2.1\r\n");
        check(b"PROXY TCP4 192.0.2.1 192.0.2.2 51234 8000\n");
        check(b"PROXY TCP4 2001:db8::1 192.0.2.2 51234 8000\r\n");
        check(&[b"PROXY TCP4 ", &vec![b'1'; V1_BYTES_MAX][..]].concat());
        // Version 3, an unknown command, and a header that is too long.
        check(&[&PROXY_V2[..], b"\x31\x11\0\0"].concat());
        check(&[&PROXY_V2[..], b"\x2f\x11\0\0"].concat());
        check(&[&PROXY_V2[..], b"\x21\x11\xff\xff"].concat());
    }
}
