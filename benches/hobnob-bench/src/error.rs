//! Why a run has failed, each as one line that says what to do.

use crate::target::Target;

/// A run that did not come to its end, or found a server that does not deliver what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The user pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// No connection could be made.
    #[error("cannot connect to {target}: {reason} (is the server running there?)")]
    Connect {
        /// Where to.
        target: Target,
        /// What the system says.
        reason: String,
    },
    /// The server does not do what its protocol says, or says that it will not.
    #[error("{target} refused to go on: {reason}")]
    Refused {
        /// Who.
        target: Target,
        /// What it said.
        reason: String,
    },
    /// The server closed a connection in the middle of a run.
    #[error("{target} closed connection {connection} of the generator's during {phase}: {reason}")]
    Closed {
        /// Who.
        target: Target,
        /// Which of the generator's connections, from 0.
        connection: usize,
        /// What was going on.
        phase: &'static str,
        /// How.
        reason: String,
    },
    /// Nothing has come for too long.
    #[error("{target} fell silent for {seconds} s during {phase}: {progress}")]
    Silent {
        /// Who.
        target: Target,
        /// How long.
        seconds: u64,
        /// What was going on.
        phase: &'static str,
        /// How far it had come.
        progress: String,
    },
    /// It takes connections, but too slowly.
    #[error(
        "{target} has set up {ready} of {connections} connections in {seconds} s; it may do \
         with fewer"
    )]
    Slow {
        /// Who.
        target: Target,
        /// How long it had.
        seconds: u64,
        /// How many are set up.
        ready: usize,
        /// How many there should be.
        connections: usize,
    },
    /// A line was lost, doubled, reordered or changed.
    #[error("{target} delivered wrongly: {what}")]
    Delivery {
        /// Who.
        target: Target,
        /// What was wrong, at which connection.
        what: String,
    },
    /// This machine does not allow it.
    #[error("{0}")]
    Machine(String),
}
