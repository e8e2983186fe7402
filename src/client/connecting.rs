//! Making a connection, and what to say when there is none.
//!
//! Not known here: what is done with the connection.

use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::Address;

/// How long one address of a host may take to answer: enough for three attempts of the kernel
/// (after 0, 1 and 3 s), where its own limit is two silent minutes.
const CONNECT_TIMEOUT_SECS: u64 = 10;

/// Why a session could not begin, or how it ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The host's addresses could not be found out.
    #[error("cannot connect to {address}: {}; is the name spelled right?", reason(.source))]
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

impl ClientError {
    /// What is told of it where the same has worked before: the name is spelled right then.
    pub(super) fn told_again(&self) -> String {
        match self {
            Self::Lookup { address, source } => {
                format!("cannot connect to {address}: {}", reason(source))
            }
            other => other.to_string(),
        }
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
    let candidates = (address.host(), address.port())
        .to_socket_addrs()
        .map_err(|source| ClientError::Lookup { address: address.clone(), source })?;
    for candidate in candidates {
        match TcpStream::connect_timeout(&candidate, timeout) {
            Ok(socket) => {
                // A person's line should leave at once. Without it, all still works, a little later.
                let _ = socket.set_nodelay(true);
                return Ok(socket);
            }
            Err(error) => last_error = error,
        }
    }
    Err(failed(last_error))
}

/// What an error says, in lower case and without the system's number; its kind, where that says it
/// all.
pub(super) fn reason(error: &io::Error) -> String {
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
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error ").next().unwrap_or_default();
            let (first, rest) = text.split_at_checked(1).unwrap_or((text, ""));
            // Not where a word is all in capitals.
            match rest.starts_with(char::is_lowercase) {
                true => first.to_ascii_lowercase() + rest,
                false => text.to_owned(),
            }
        }
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
    fn reasons_are_for_people() {
        let check = |error: io::Error, expected: &str| assert_eq!(reason(&error), expected);
        let of = |error: rustix::io::Errno| io::Error::from(error);
        check(of(rustix::io::Errno::ISDIR), "is a directory");
        check(of(rustix::io::Errno::NOENT), "no such file or directory");
        check(of(rustix::io::Errno::IO), "input/output error");
        check(of(rustix::io::Errno::LOOP), "too many levels of symbolic links");
        check(io::Error::other("TLS is not spoken"), "TLS is not spoken");
        check(io::Error::other(""), "");
    }

    #[test]
    fn the_spelling_is_asked_for_once() {
        let address: Address = "chat.example.org".parse().unwrap();
        let source = io::Error::other("Temporary failure in name resolution");
        let error = ClientError::Lookup { address, source };
        let told = "cannot connect to chat.example.org:8000: temporary failure in name resolution";
        assert_eq!(error.to_string(), format!("{told}; is the name spelled right?"));
        assert_eq!(error.told_again(), told);
    }

    #[test]
    fn nobody_listening_is_told_with_what_to_look_at() {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error = connect(&format!("127.0.0.1:{port}").parse().unwrap()).unwrap_err();
        let expected = format!(
            "cannot connect to 127.0.0.1:{port}: connection refused; is the server running there?"
        );
        assert_eq!(error.to_string(), expected);
    }
}
