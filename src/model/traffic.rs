//! Traffic counters of the server.

/// The traffic of connection threads. All values but the last are totals since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Connections taken over, refused ones included.
    pub connections: u64,
    /// Lines received.
    pub lines_received: u64,
    /// Lines offered to clients and not skipped.
    pub deliveries: u64,
    /// Lines skipped because a reader was too slow.
    pub lines_skipped: u64,
    /// Connections whose handling panicked.
    pub panics: u64,
    /// The current size of the SendQs as charged to them, in bytes. Output that has not been
    /// offered to a socket yet is not included.
    pub queued_bytes: u64,
}

impl Traffic {
    /// The sum of both threads' traffic.
    pub fn plus(self, other: Self) -> Self {
        Self {
            connections: self.connections + other.connections,
            lines_received: self.lines_received + other.lines_received,
            deliveries: self.deliveries + other.deliveries,
            lines_skipped: self.lines_skipped + other.lines_skipped,
            panics: self.panics + other.panics,
            queued_bytes: self.queued_bytes + other.queued_bytes,
        }
    }
}
