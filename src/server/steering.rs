//! Changing the settings that all connections share, while they are served.

use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::net::connection::ConnectionOptions;
use crate::net::gate::Post;

/// The way to each connection thread for new settings. A thread that has ended needs none, and
/// whoever keeps this keeps no thread from ending.
#[derive(Clone, Debug)]
pub struct Steering {
    threads: Vec<(Sender<Arc<ConnectionOptions>>, Arc<Post>)>,
}

impl Steering {
    /// The way to these threads.
    pub fn new(threads: Vec<(Sender<Arc<ConnectionOptions>>, Arc<Post>)>) -> Self {
        Self { threads }
    }

    /// From here on these settings hold, for those who are here and for those who come. Does not
    /// wait for the threads.
    pub fn set_options(&self, options: ConnectionOptions) {
        let options = Arc::new(options);
        for (sender, post) in &self.threads {
            // Fails only when the thread has ended.
            let _ = sender.send(options.clone());
            post.doorbell.ring();
        }
    }
}
