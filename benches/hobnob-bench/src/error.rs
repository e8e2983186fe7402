//! Why a run failed. Each error is one line that says what to do.

use crate::target::Target;

/// The reason why a server refuses to continue, if it violates TLS.
pub(crate) fn tls_failed(error: &std::io::Error) -> String {
    format!("TLS failed: {error} (does it speak TLS there?)")
}

/// A run that could not be completed, or a server that does not deliver correctly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("interrupted")]
    Interrupted,
    #[error("cannot connect to {target}: {reason} (is the server running there?)")]
    Connect { target: Target, reason: String },
    /// The server violates its protocol, or reports an error.
    #[error("{target} refused to continue: {reason}")]
    Refused { target: Target, reason: String },
    /// The server closed a connection in the middle of a run.
    #[error("{target} closed connection {connection} of the generator during {phase}: {reason}")]
    Closed {
        target: Target,
        /// The number of the generator's connection, counting from 0.
        connection: usize,
        phase: &'static str,
        reason: String,
    },
    #[error("{target} fell silent for {seconds} s during {phase}: {progress}")]
    Silent { target: Target, seconds: u64, phase: &'static str, progress: String },
    #[error("{target} set up {ready} of {connections} connections in {seconds} s; try fewer")]
    Slow { target: Target, seconds: u64, ready: usize, connections: usize },
    /// A line was lost, duplicated, reordered or changed.
    #[error("{target} delivered wrongly: {what}")]
    Delivery {
        target: Target,
        /// The fault, and the connection.
        what: String,
    },
    /// The server cannot do this at all, which is no fault.
    #[error("{0}")]
    Unavailable(&'static str),
    /// This machine does not allow the run.
    #[error("{0}")]
    Machine(String),
}
