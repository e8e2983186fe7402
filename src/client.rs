//! The netcat-like client: standard input to the socket, the socket to standard output.
//!
//! Owns the copying in both directions and the verdict on how it ended. It must not know what a
//! chat line is: bytes pass as they are, so that it shows exactly what the server sends, as the
//! original's second program does.
//!
//! Two threads: the caller's receives, and ends with the server; the other one sends, and is left
//! behind when the server closes first, since a read of standard input cannot be interrupted.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv6Addr, Shutdown, TcpStream, ToSocketAddrs};
use std::str::FromStr;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// The port of a server that was given none, and of an address without one.
pub const PORT_DEFAULT: u16 = 8000;

/// How long one address of a host may take to answer: enough for three attempts of the kernel
/// (after 0, 1 and 3 s), where its own limit is two silent minutes.
const CONNECT_TIMEOUT_SECS: u64 = 10;

/// One read in either direction. A pipe holds as much by default on Linux.
const BUFFER_BYTES: usize = 64 * 1024;

/// After the end of the stream, how long the sender may take to say that its last write failed.
/// The kernel reports a reset once, to whichever thread asks first; see [`verdict`].
const VERDICT_WAIT_MILLIS: u64 = 50;

/// Where a server is: a host name or an IP address, and a port.
///
/// Written `HOST`, `HOST:PORT`, `[IPV6]`, `[IPV6]:PORT` or a bare `IPV6`, which cannot have a port,
/// for `::1:8000` is an IPv6 address of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    host: String,
    port: Option<u16>,
}

/// What is wrong with the text of an [`Address`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AddressError {
    /// There is no host, or it holds spaces or other characters that no host name has.
    #[error("an address is HOST or HOST:PORT, such as localhost:8000")]
    Host,
    /// What follows the host is not the number of a port.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// Several colons or brackets, and no IPv6 address.
    #[error("an IPv6 address with a port is written [::1]:8000")]
    Ipv6,
}

/// Who ended a session that ended in order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// The input ended, or nobody read the output any more.
    Input,
    /// The server closed the connection, while there might still have been input.
    Server,
}

/// Why a session could not begin, or how it ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The host's addresses could not be found out.
    #[error("cannot connect to {address}: {source}; is the name spelled right?")]
    Lookup {
        /// Where the server should have been.
        address: Address,
        /// What the resolver said.
        source: io::Error,
    },
    /// No address of the host could be connected to, or the host has none.
    #[error("cannot connect to {address}: {}{}", reason(.source), hint(.source))]
    Connect {
        /// Where the server should have been.
        address: Address,
        /// What the last of its addresses answered.
        source: io::Error,
    },
    /// The thread that sends could not be started.
    #[error("cannot start a thread: {}", reason(.0))]
    Thread(#[source] io::Error),
    /// The connection ended without the server having closed it.
    #[error("the connection broke: {}", reason(.0))]
    Broken(#[source] io::Error),
    /// The input ended in an error; all that the server had to say was still written.
    #[error("cannot read standard input: {}", reason(.0))]
    Input(#[source] io::Error),
    /// The output took no more, for another reason than that its reader has gone.
    #[error("cannot write to standard output: {}", reason(.0))]
    Output(#[source] io::Error),
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
    /// The same host with this port; `None` if it has one.
    pub fn with_port(self, port: u16) -> Option<Address> {
        self.port.is_none().then_some(Address { port: Some(port), ..self })
    }

    fn port(&self) -> u16 {
        self.port.unwrap_or(PORT_DEFAULT)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (&self.host, self.port());
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Connects to the first address of the host that answers.
///
/// # Errors
///
/// [`ClientError::Connect`] when none does.
pub fn connect(address: &Address) -> Result<TcpStream, ClientError> {
    let failed = |source| ClientError::Connect { address: address.clone(), source };
    let timeout = Duration::from_secs(CONNECT_TIMEOUT_SECS);
    let mut last_error = io::Error::new(ErrorKind::NotFound, "the host has no address");
    let candidates = (address.host.as_str(), address.port())
        .to_socket_addrs()
        .map_err(|source| ClientError::Lookup { address: address.clone(), source })?;
    for candidate in candidates {
        match TcpStream::connect_timeout(&candidate, timeout) {
            Ok(socket) => return Ok(socket),
            Err(error) => last_error = error,
        }
    }
    Err(failed(last_error))
}

/// Copies `input` to the socket and the socket to `output`, byte for byte, until the server closes.
///
/// The end of the input closes only our half of the connection: what the server still has to say
/// is written to the last byte. An output whose reader has gone ends the session quietly, as
/// `hobnob | head -1` wants it.
///
/// Where the server closes before the input has ended, the sending thread stays behind in its read;
/// the caller is expected to end the process.
///
/// # Errors
///
/// Every [`ClientError`] but [`ClientError::Connect`].
pub fn run(
    socket: TcpStream,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> Result<End, ClientError> {
    // A person's line should leave at once. Without it, all still works, a little later.
    let _ = socket.set_nodelay(true);
    let socket = Arc::new(socket);
    let (outcome, sent) = mpsc::sync_channel(1);
    let sender = {
        let socket = Arc::clone(&socket);
        move || outcome.send(send(input, &socket))
    };
    thread::Builder::new().name("sender".to_owned()).spawn(sender).map_err(ClientError::Thread)?;
    let ended = match receive(&socket, output) {
        Err(ClientError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(End::Input),
        Err(error) => Err(error),
        Ok(()) => match sent.recv_timeout(Duration::from_millis(VERDICT_WAIT_MILLIS)) {
            Ok(sent) => verdict(sent).map(|()| End::Input),
            Err(_) => Ok(End::Server),
        },
    };
    // A sender that stays behind keeps the socket open; the server should not wait for it.
    let _ = socket.shutdown(Shutdown::Both);
    ended
}

/// Judges a stream that the server has ended by how the sender fared.
///
/// A reset that the sender met looks like an orderly end to the receiver. A broken *pipe* that the
/// sender met does not matter: it follows the server's orderly end, when more is typed.
fn verdict(sent: Result<(), ClientError>) -> Result<(), ClientError> {
    match sent {
        Err(ClientError::Broken(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Copies the input to the socket, and closes our half of the connection when the input ends.
fn send(mut input: impl Read, mut socket: &TcpStream) -> Result<(), ClientError> {
    let copied = copy(&mut input, &mut socket, ClientError::Input, ClientError::Broken);
    // It fails where the connection is gone already, which the receiver sees for itself.
    let _ = socket.shutdown(Shutdown::Write);
    copied
}

/// Copies the socket to the output, until the server closes.
fn receive(mut socket: &TcpStream, mut output: impl Write) -> Result<(), ClientError> {
    copy(&mut socket, &mut output, ClientError::Broken, ClientError::Output)
}

/// Copies to the end of `from`. [`io::copy`] neither flushes after each read nor says which side
/// has failed.
fn copy(
    from: &mut impl Read,
    to: &mut impl Write,
    read_failed: fn(io::Error) -> ClientError,
    write_failed: fn(io::Error) -> ClientError,
) -> Result<(), ClientError> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let filled = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => &buffer[..length],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(read_failed(error)),
        };
        to.write_all(filled).and_then(|()| to.flush()).map_err(write_failed)?;
    }
}

/// Whether the text is an IPv6 address, with or without a zone (`fe80::1%eth0`, RFC 4007 §11).
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "none"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty()
}

/// The kind of an error where that says it all, in lower case and without the system's number.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        kind @ (ErrorKind::BrokenPipe
        | ErrorKind::ConnectionAborted
        | ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::HostUnreachable
        | ErrorKind::IsADirectory
        | ErrorKind::NetworkUnreachable
        | ErrorKind::PermissionDenied
        | ErrorKind::StorageFull
        | ErrorKind::TimedOut) => kind.to_string(),
        _ => error.to_string(),
    }
}

/// What to do about a connection that could not be made, where that can be told.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ConnectionRefused => "; is the server running there?",
        ErrorKind::TimedOut => "; is the address right, and does a firewall let it through?",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{SocketAddr, TcpListener};

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

    /// A server that does with its one client what it is told to, and the client's connection to
    /// it.
    fn server(
        serve: impl FnOnce(TcpStream) + Send + 'static,
    ) -> (TcpStream, thread::JoinHandle<()>) {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = thread::spawn(move || serve(listener.accept().unwrap().0));
        (socket, server)
    }

    /// An input that nobody writes to: its end comes with the end of the test.
    fn silent_person() -> (io::PipeReader, io::PipeWriter) {
        io::pipe().unwrap()
    }

    #[test]
    fn what_the_server_says_after_the_end_of_the_input_is_not_lost() {
        let (socket, server) = server(|mut socket| {
            let mut heard = Vec::new();
            socket.read_to_end(&mut heard).unwrap();
            assert_eq!(heard, b"hi\n");
            socket.write_all(&[b'x'; 3 * BUFFER_BYTES + 1]).unwrap();
        });
        let mut output = Vec::new();
        run(socket, &b"hi\n"[..], &mut output).unwrap();
        assert_eq!(output.len(), 3 * BUFFER_BYTES + 1);
        server.join().unwrap();
    }

    #[test]
    fn it_ends_when_the_server_closes_though_the_input_goes_on() {
        let (socket, server) = server(|mut socket| socket.write_all(b"Goodbye.\r\n").unwrap());
        let (input, _person) = silent_person();
        let mut output = Vec::new();
        run(socket, input, &mut output).unwrap();
        assert_eq!(output, b"Goodbye.\r\n");
        server.join().unwrap();
    }

    #[test]
    fn a_reset_is_an_error() {
        let (socket, server) = server(|socket| {
            // Closing resets a connection whose input has not been read.
            socket.peek(&mut [0]).unwrap();
        });
        let ended = run(socket, &b"hi\n"[..], io::sink());
        assert!(matches!(ended, Err(ClientError::Broken(_))), "{ended:?}");
        server.join().unwrap();
    }

    #[test]
    fn a_server_that_has_closed_in_order_may_refuse_further_input() {
        verdict(Err(ClientError::Broken(ErrorKind::BrokenPipe.into()))).unwrap();
        verdict(Err(ClientError::Broken(ErrorKind::ConnectionReset.into()))).unwrap_err();
    }

    #[test]
    fn an_output_whose_reader_has_gone_ends_it_quietly() {
        let (socket, server) = server(|mut socket| {
            socket.write_all(b"Welcome\r\n").unwrap();
            // Reads until the client has gone, in whichever way.
            let _ = io::copy(&mut socket, &mut io::sink());
        });
        let (input, _person) = silent_person();
        let (reader, output) = io::pipe().unwrap();
        drop(reader);
        run(socket, input, output).unwrap();
        server.join().unwrap();
    }

    #[test]
    fn an_input_that_fails_is_told_after_the_rest_was_printed() {
        struct Unreadable;
        impl Read for Unreadable {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(ErrorKind::IsADirectory.into())
            }
        }
        let (socket, server) = server(|mut socket| {
            socket.read_to_end(&mut Vec::new()).unwrap();
            socket.write_all(b"amber-otter left\r\n").unwrap();
        });
        let mut output = Vec::new();
        let error = run(socket, Unreadable, &mut output).unwrap_err();
        assert_eq!(error.to_string(), "cannot read standard input: is a directory");
        assert_eq!(output, b"amber-otter left\r\n");
        server.join().unwrap();
    }

    #[test]
    fn nobody_listening_is_told_with_what_to_look_at() {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error =
            connect(&Address { host: "127.0.0.1".to_owned(), port: Some(port) }).unwrap_err();
        let expected = format!(
            "cannot connect to 127.0.0.1:{port}: connection refused; is the server running there?"
        );
        assert_eq!(error.to_string(), expected);
    }
}
