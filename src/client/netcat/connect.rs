//! Connecting to a server, and the error messages when that fails.
//!
//! This module does not know what the connection is used for.

use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use super::address::Address;
use crate::client::texts::{self, Text};
use crate::model::Lang;

/// How long each address of a host may take to answer: enough for three attempts by the kernel
/// (after 0, 1 and 3 s), whose own limit is two silent minutes.
const CONNECT_TIMEOUT_SECS: u64 = 10;

/// Why the client could not start, or why it ended early.
#[derive(Debug)]
pub enum ClientError {
    /// The host name could not be resolved.
    Lookup {
        /// The server's address.
        address: Address,
        /// The resolver's error.
        source: io::Error,
    },
    /// None of the host's addresses accepted a connection, or the host has none.
    Connect {
        /// The server's address.
        address: Address,
        /// The error from the last address tried.
        source: io::Error,
    },
    /// The sending thread could not be started.
    Thread(io::Error),
    /// The connection broke before the server closed it.
    Broken(io::Error),
    /// Reading the input failed; everything that the server sent was still written.
    Input(io::Error),
    /// Writing the output failed for a reason other than its reader having gone.
    Output(io::Error),
    /// The terminal does not work as expected.
    Terminal(io::Error),
    /// The log file cannot be opened.
    Log {
        /// The path of the file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Threads or signal handlers for a terminal are not available.
    Start(io::Error),
}

impl ClientError {
    /// The error message for the user.
    pub fn told(&self, lang: Lang) -> String {
        let with_reason =
            |text: Text, error| text.fill(lang, &[("reason", &texts::reason(lang, error))]);
        match self {
            Self::Lookup { .. } => self.told_again(lang) + texts::IS_IT_SPELLED_RIGHT.of(lang),
            Self::Connect { address, source } => {
                cannot_connect(address, source, lang)
                    + hint(source).map_or("", |text| text.of(lang))
            }
            Self::Log { path, source } => {
                texts::CANNOT_WRITE_FILE.of_file(lang, path.display(), source)
            }
            Self::Thread(error) => with_reason(texts::CANNOT_START_THREAD, error),
            Self::Broken(error) => with_reason(texts::ENDED_BROKEN, error),
            Self::Input(error) => with_reason(texts::CANNOT_READ_INPUT, error),
            Self::Output(error) => with_reason(texts::CANNOT_WRITE_OUTPUT, error),
            Self::Terminal(error) => with_reason(texts::CANNOT_USE_TERMINAL, error),
            Self::Start(error) => with_reason(texts::CANNOT_BEGIN, error),
        }
    }

    /// The message for an address that has worked before, so its name is known to be spelled right.
    pub(in crate::client) fn told_again(&self, lang: Lang) -> String {
        match self {
            Self::Lookup { address, source } => cannot_connect(address, source, lang),
            other => other.told(lang),
        }
    }
}

fn cannot_connect(address: &Address, error: &io::Error, lang: Lang) -> String {
    texts::CANNOT_CONNECT
        .fill(lang, &[("address", address), ("reason", &texts::reason(lang, error))])
}

/// Connects to the first address of the host that answers.
///
/// # Errors
///
/// [`ClientError::Lookup`] if the name cannot be resolved, [`ClientError::Connect`] if no address
/// answers.
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
                // A user's line should leave at once. If this fails, lines only arrive a little
                // later.
                let _ = socket.set_nodelay(true);
                return Ok(socket);
            }
            Err(error) => last_error = error,
        }
    }
    Err(failed(last_error))
}

/// Advice on a failed connection, for the errors that have any.
fn hint(error: &io::Error) -> Option<Text> {
    match error.kind() {
        ErrorKind::ConnectionRefused => Some(texts::IS_IT_RUNNING),
        ErrorKind::TimedOut => Some(texts::IS_IT_RIGHT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{SocketAddr, TcpListener};

    #[test]
    fn the_spelling_is_asked_for_once() {
        let address: Address = "chat.example.org".parse().unwrap();
        let source = io::Error::other("Temporary failure in name resolution");
        let error = ClientError::Lookup { address, source };
        let told = "cannot connect to chat.example.org:8000: temporary failure in name resolution";
        assert_eq!(error.told(Lang::En), format!("{told}; is the name spelled correctly?"));
        assert_eq!(error.told_again(Lang::En), told);
    }

    #[test]
    fn a_refused_connection_comes_with_a_hint() {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error = connect(&format!("127.0.0.1:{port}").parse().unwrap()).unwrap_err();
        let expected = format!(
            "cannot connect to 127.0.0.1:{port}: connection refused; is the server running there?"
        );
        assert_eq!(error.told(Lang::En), expected);
    }
}
