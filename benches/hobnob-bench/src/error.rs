//! Why a run has failed, each as one line that says what to do.

use crate::target::Target;

/// A run that did not come to its end, or found a server that does not deliver what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("interrupted")]
    Interrupted,
    #[error("cannot connect to {target}: {reason} (is the server running there?)")]
    Connect { target: Target, reason: String },
    /// The server does not do what its protocol says, or says that it will not.
    #[error("{target} refused to go on: {reason}")]
    Refused { target: Target, reason: String },
    /// The server closed a connection in the middle of a run.
    #[error("{target} closed connection {connection} of the generator during {phase}: {reason}")]
    Closed {
        target: Target,
        /// Which of the generator's connections, from 0.
        connection: usize,
        phase: &'static str,
        reason: String,
    },
    #[error("{target} fell silent for {seconds} s during {phase}: {progress}")]
    Silent { target: Target, seconds: u64, phase: &'static str, progress: String },
    #[error("{target} set up {ready} of {connections} connections in {seconds} s; try fewer")]
    Slow { target: Target, seconds: u64, ready: usize, connections: usize },
    /// A line was lost, doubled, reordered or changed.
    #[error("{target} delivered wrongly: {what}")]
    Delivery {
        target: Target,
        /// What was wrong, at which connection.
        what: String,
    },
    /// This machine does not allow it.
    #[error("{0}")]
    Machine(String),
}
