//! Changes while the server runs: the few settings that can change without disconnecting anyone.
//!
//! They come as plain data from the code that reads settings to the broadcaster, which passes those
//! that all connections share on to the connection threads. This module does not know where
//! settings come from.

use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::base::rate_limit::Rate;
use crate::model::{Erasure, Motd, Password};
use crate::net::connection::ConnectionOptions;
use crate::net::gate::WorkerHandle;

/// A change from outside the chat while the server runs.
#[derive(Clone, Debug)]
pub enum ServerChange {
    /// The new values of these settings. All other settings take effect only after a restart.
    Settings(Box<LiveSettings>),
    /// Everything about a person is to be erased.
    Erase(Box<Erasure>),
    /// The settings could not be read again and remain as they were. Holds the reason, for
    /// operators.
    Refused(String),
}

/// The settings that can change while the server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSettings {
    /// The message of the day, shown to everyone on connecting.
    pub motd: Motd,
    /// The server password; `None` admits everyone.
    pub password: Option<Password>,
    /// How fast a client may talk; `None` for no limit.
    pub flood: Option<Rate>,
}

/// The channels for new settings to all connection threads. A thread that has ended needs none, and
/// holding these channels keeps no thread from ending.
#[derive(Clone, Debug)]
pub struct OptionsSender {
    threads: Vec<(Sender<Arc<ConnectionOptions>>, Arc<WorkerHandle>)>,
}

impl OptionsSender {
    /// The channels to these threads.
    pub fn new(threads: Vec<(Sender<Arc<ConnectionOptions>>, Arc<WorkerHandle>)>) -> Self {
        Self { threads }
    }

    /// Applies these settings to all present and future connections. Does not wait for the threads.
    pub fn set_options(&self, options: ConnectionOptions) {
        let options = Arc::new(options);
        for (sender, worker) in &self.threads {
            // Fails only when the thread has ended.
            let _ = sender.send(options.clone());
            worker.waker.wake();
        }
    }
}
