//! Server addresses as people write them on a command line.
//!
//! This module owns hosts, ports, IPv6 addresses and the name in front of them. It does not know
//! how connections are made.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// The port that a server listens on, and that an address without a port refers to.
pub const PORT_DEFAULT: u16 = 8000;

/// The address of a server: a host name or an IP address, and a port.
///
/// Written `HOST`, `HOST:PORT`, `[IPV6]`, `[IPV6]:PORT` or a bare `IPV6`, which cannot have a port
/// because `::1:8000` is itself an IPv6 address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    host: String,
    port: Option<u16>,
}

/// A server and the name to use there: `HOST:PORT` as in [`Address`], or `NAME@HOST:PORT`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Destination {
    /// The name to use on the server.
    pub name: Option<String>,
    /// The server's address.
    pub address: Address,
}

/// Why the text of an [`Address`] or a [`Destination`] is invalid.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AddressError {
    /// The host is missing, or it contains spaces or other characters that no host name has.
    #[error("write an address as HOST or HOST:PORT, such as localhost:8000")]
    Host,
    /// The part before the @ is empty or cannot be a name.
    #[error("a name contains letters and digits but no spaces, such as ann@localhost:8000")]
    Name,
    /// The part after the host is not a port number.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// Several colons or brackets that do not form an IPv6 address.
    #[error("write an IPv6 address with a port as [::1]:8000")]
    Ipv6,
}

impl FromStr for Destination {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Destination, AddressError> {
        let Some((name, address)) = text.split_once('@') else {
            return Ok(Destination { name: None, address: text.parse()? });
        };
        // Only the server knows which names it accepts; this rejects only what can never be one.
        let is_alien = |c: char| c.is_whitespace() || c.is_control() || "/#".contains(c);
        if name.is_empty() || name.contains(is_alien) {
            return Err(AddressError::Name);
        }
        Ok(Destination { name: Some(name.to_owned()), address: address.parse()? })
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        let (host, port) = if let Some(bracketed) = text.strip_prefix('[') {
            let (host, rest) = bracketed.split_once(']').ok_or(AddressError::Ipv6)?;
            let port = rest.strip_prefix(':');
            if !is_ipv6(host) || port.is_none() && !rest.is_empty() {
                return Err(AddressError::Ipv6);
            }
            (host, port)
        } else if is_ipv6(text) {
            (text, None)
        } else {
            match text.split_once(':') {
                Some((_, port)) if port.contains(':') => return Err(AddressError::Ipv6),
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            }
        };
        let alien = |c: char| c.is_whitespace() || c.is_control() || "[]/@".contains(c);
        if host.is_empty() || host.contains(alien) {
            return Err(AddressError::Host);
        }
        let port = match port.map(str::parse) {
            None => None,
            Some(Ok(port)) if port != 0 => Some(port),
            Some(_) => return Err(AddressError::Port),
        };
        Ok(Address { host: host.to_owned(), port })
    }
}

impl Address {
    /// The same host with this port, or `None` if the address already has a port.
    pub fn with_port(self, port: u16) -> Option<Address> {
        self.port.is_none().then_some(Address { port: Some(port), ..self })
    }

    /// The host's name or address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, or [`PORT_DEFAULT`] if the address has none.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(PORT_DEFAULT)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (&self.host, self.port());
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Whether the text is an IPv6 address, with or without a zone (`fe80::1%eth0`, RFC 4007 §11).
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "none"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        fn check(input: &str, expected: Result<&str, AddressError>) {
            let address = input.parse::<Address>().map(|address| address.to_string());
            assert_eq!(address, expected.map(str::to_owned), "{input:?}");
        }

        check("localhost:8000", Ok("localhost:8000"));
        check("localhost", Ok("localhost:8000"));
        check("chat.example.org:23", Ok("chat.example.org:23"));
        check("192.0.2.7:65535", Ok("192.0.2.7:65535"));
        check("::1", Ok("[::1]:8000"));
        check("[::1]", Ok("[::1]:8000"));
        check("[::1]:23", Ok("[::1]:23"));
        check("::1:23", Ok("[::1:23]:8000"));
        check("fe80::1%eth0", Ok("[fe80::1%eth0]:8000"));
        check("[fe80::1%eth0]:23", Ok("[fe80::1%eth0]:23"));

        check("", Err(AddressError::Host));
        check(":8000", Err(AddressError::Host));
        check("local host", Err(AddressError::Host));
        check("telnet://localhost", Err(AddressError::Port));
        check("localhost/chat", Err(AddressError::Host));
        check("\u{1b}[2J", Err(AddressError::Host));
        check("localhost:", Err(AddressError::Port));
        check("localhost:0", Err(AddressError::Port));
        check("localhost:65536", Err(AddressError::Port));
        check("localhost:http", Err(AddressError::Port));
        check("localhost:80:80", Err(AddressError::Ipv6));
        check("[::1", Err(AddressError::Ipv6));
        check("[::1]8000", Err(AddressError::Ipv6));
        check("[localhost]:8000", Err(AddressError::Ipv6));
        check("fe80::1%", Err(AddressError::Ipv6));
    }

    #[test]
    fn names_stand_before_the_host() {
        let check = |input: &str, expected: Result<(Option<&str>, &str), AddressError>| {
            let target = input.parse::<Destination>();
            let target = target.map(|target| (target.name, target.address.to_string()));
            let expected =
                expected.map(|(name, address)| (name.map(str::to_owned), address.to_owned()));
            assert_eq!(target, expected, "{input:?}");
        };
        check("localhost", Ok((None, "localhost:8000")));
        check("ann@localhost:9", Ok((Some("ann"), "localhost:9")));
        check("安@[::1]:9", Ok((Some("安"), "[::1]:9")));
        check("@localhost", Err(AddressError::Name));
        check("ann lee@localhost", Err(AddressError::Name));
        check("/ann@localhost", Err(AddressError::Name));
        check("ann@", Err(AddressError::Host));
        check("ann@bob@localhost", Err(AddressError::Host));
    }
}
