//! Listening sockets: from the address that an administrator writes to bound sockets.
//!
//! `localhost` means both loopback addresses with the same port. This module knows no protocols.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::str::FromStr;

use socket2::{Domain, Protocol, Socket, Type};

use crate::limits;

/// The number of attempts to find one free port for both loopback addresses.
const PORT_ATTEMPTS_MAX: usize = 16;

/// An address to listen on, written as `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    host: String,
    port: u16,
}

/// Why a text is not a valid `HOST:PORT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListenAddressError {
    /// The port is missing.
    #[error("the port is missing: write HOST:PORT, such as localhost:8000 or [::]:8000")]
    NoPort,
    /// The port is invalid.
    #[error("the port must be a number from 0 to 65535 (0 chooses a free one)")]
    BadPort,
    /// The host is missing.
    #[error(
        "the host is missing: use 0.0.0.0 for every IPv4 address of this machine, or [::] for \
         every address"
    )]
    NoHost,
    /// An IPv6 address without brackets, which cannot be told from its port.
    #[error("write an IPv6 address in brackets, such as [::1]:8000")]
    Brackets,
}

impl FromStr for ListenAddress {
    type Err = ListenAddressError;

    fn from_str(text: &str) -> Result<Self, ListenAddressError> {
        if text.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6()) {
            return Err(ListenAddressError::Brackets);
        }
        let (host, port) = text.rsplit_once(':').ok_or(ListenAddressError::NoPort)?;
        let port = port.parse().map_err(|_| ListenAddressError::BadPort)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        match bare.unwrap_or(host) {
            "" => Err(ListenAddressError::NoHost),
            bare_host if bare.is_none() && bare_host.contains(':') => {
                Err(ListenAddressError::Brackets)
            }
            host => Ok(Self { host: host.to_owned(), port }),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// An address that could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {}", explain(.cause))]
pub struct BindError {
    /// The address.
    pub address: String,
    /// The cause.
    pub cause: io::Error,
}

/// The sockets for one address, and its parts that could not be bound.
#[derive(Debug)]
pub struct Bound {
    /// At least one socket.
    pub sockets: Vec<TcpListener>,
    /// `localhost` has two addresses, of which one may not exist.
    pub missing: Vec<BindError>,
}

/// Binds all addresses that `listen` means, and listens on them.
///
/// # Errors
/// When none of them can be bound; for hosts other than `localhost`, when any of them cannot.
pub fn bind(listen: &ListenAddress) -> Result<Bound, BindError> {
    if listen.host.eq_ignore_ascii_case("localhost") {
        return bind_localhost(listen.port);
    }
    let fail = |cause| BindError { address: listen.to_string(), cause };
    let addresses = (listen.host.as_str(), listen.port)
        .to_socket_addrs()
        .map_err(|error| fail(io::Error::new(io::ErrorKind::NotFound, error)))?;
    let mut sockets = Vec::new();
    for address in addresses {
        // A resolver may return an address twice, once for each socket type.
        let is_known = sockets.iter().any(|socket: &TcpListener| {
            listen.port != 0 && socket.local_addr().is_ok_and(|known| known == address)
        });
        if !is_known {
            sockets.push(listen_on(address)?);
        }
    }
    if sockets.is_empty() {
        return Err(fail(io::ErrorKind::NotFound.into()));
    }
    Ok(Bound { sockets, missing: Vec::new() })
}

/// Binds both loopback addresses with one port. If any port will do, the one chosen for the first
/// address may be taken on the second, so this tries again.
fn bind_localhost(port: u16) -> Result<Bound, BindError> {
    let mut attempts = if port == 0 { PORT_ATTEMPTS_MAX } else { 1 };
    loop {
        attempts -= 1;
        let v4 = listen_on((Ipv4Addr::LOCALHOST, port).into());
        let chosen = match &v4 {
            Ok(socket) => socket.local_addr().map_or(port, |address| address.port()),
            Err(_) => port,
        };
        let v6 = listen_on((Ipv6Addr::LOCALHOST, chosen).into());
        return match (v4, v6) {
            (Ok(v4), Ok(v6)) => Ok(Bound { sockets: vec![v4, v6], missing: Vec::new() }),
            (Ok(_), Err(error)) if attempts > 0 && is_in_use(&error) => continue,
            // If another program has the port on one of the two, clients would reach either server
            // by chance.
            (Ok(_), Err(error)) | (Err(error), Ok(_)) if is_in_use(&error) => Err(error),
            (Ok(socket), Err(error)) | (Err(error), Ok(socket)) => {
                Ok(Bound { sockets: vec![socket], missing: vec![error] })
            }
            (Err(error), Err(_)) => Err(error),
        };
    }
}

fn is_in_use(error: &BindError) -> bool {
    error.cause.kind() == io::ErrorKind::AddrInUse
}

fn listen_on(address: SocketAddr) -> Result<TcpListener, BindError> {
    listen(address).map_err(|cause| BindError { address: address.to_string(), cause })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // So that a restart can reuse the port while old connections are in TIME_WAIT.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // `[::]` means all addresses of this machine, whatever the system's default: IPv4 is
        // mapped.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // Before listening, because the window scale is negotiated with the first packet.
    socket.set_recv_buffer_size(limits::SOCKET_RECEIVE_BUFFER_BYTES)?;
    socket.bind(&address.into())?;
    socket.listen(limits::LISTEN_BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// The error in words, with advice on what to do about it.
fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "address already in use; is another server running? (choose another address with \
             --listen)"
                .to_owned()
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine does not have that address (use 0.0.0.0 or [::] for all addresses)"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "permission denied; ports below 1024 need root privileges".to_owned()
        }
        io::ErrorKind::NotFound => {
            "that name has no address; is it spelled correctly? (--listen takes a name or an \
             address)"
                .to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_parsed() {
        let check = |text: &str, expected: Result<&str, ListenAddressError>| {
            let address = text.parse::<ListenAddress>().map(|address| address.to_string());
            assert_eq!(address, expected.map(str::to_owned), "{text}");
        };
        check("localhost:8000", Ok("localhost:8000"));
        check("0.0.0.0:0", Ok("0.0.0.0:0"));
        check("[::1]:8000", Ok("[::1]:8000"));
        check("chat.example.org:23", Ok("chat.example.org:23"));
        check("localhost", Err(ListenAddressError::NoPort));
        check("8000", Err(ListenAddressError::NoPort));
        check(":8000", Err(ListenAddressError::NoHost));
        check("localhost:", Err(ListenAddressError::BadPort));
        check("localhost:70000", Err(ListenAddressError::BadPort));
        check("::1", Err(ListenAddressError::Brackets));
        check("::1:8000", Err(ListenAddressError::Brackets));
        check("fe80::1%2:8000", Err(ListenAddressError::Brackets));
    }

    #[test]
    fn localhost_is_both_loopback_addresses_with_one_port() {
        let bound = bind(&"localhost:0".parse().unwrap()).unwrap();
        assert!(bound.missing.is_empty(), "{:?}", bound.missing);
        let addresses: Vec<SocketAddr> =
            bound.sockets.iter().map(|socket| socket.local_addr().unwrap()).collect();
        let port = addresses[0].port();
        assert_ne!(port, 0);
        let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
        assert_eq!(addresses, [SocketAddr::new(v4, port), SocketAddr::new(v6, port)]);
    }

    #[test]
    fn bind_errors_say_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let check = |listen: String, expected: &str| {
            let error = bind(&listen.parse().unwrap()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(format!("127.0.0.1:{port}"), "address already in use; is another server running?");
        check(format!("localhost:{port}"), "address already in use");
        check("192.0.2.1:0".to_owned(), "this machine does not have that address");
        check("nowhere.invalid:0".to_owned(), "cannot listen on nowhere.invalid:0");
    }
}
