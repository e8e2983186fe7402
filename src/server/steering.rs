//! Changing the settings that all connections share while the server runs.

use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::net::connection::ConnectionOptions;
use crate::net::gate::Post;

/// The channels for new settings to all connection threads. A thread that has ended needs none, and
/// holding these channels keeps no thread from ending.
#[derive(Clone, Debug)]
pub struct Steering {
    threads: Vec<(Sender<Arc<ConnectionOptions>>, Arc<Post>)>,
}

impl Steering {
    /// The channels to these threads.
    pub fn new(threads: Vec<(Sender<Arc<ConnectionOptions>>, Arc<Post>)>) -> Self {
        Self { threads }
    }

    /// Applies these settings to all present and future connections. Does not wait for the threads.
    pub fn set_options(&self, options: ConnectionOptions) {
        let options = Arc::new(options);
        for (sender, post) in &self.threads {
            // Fails only when the thread has ended.
            let _ = sender.send(options.clone());
            post.doorbell.ring();
        }
    }
}
