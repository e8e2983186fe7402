//! What goes through the server, as numbers.

/// What goes through connection threads: all but the last are totals since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Connections taken over.
    pub connections: u64,
    /// Lines received.
    pub lines_received: u64,
    /// Lines offered to clients and not skipped.
    pub deliveries: u64,
    /// Lines skipped because a reader was too slow.
    pub lines_skipped: u64,
    /// What is in the SendQs now, as it is charged to them, in bytes. What no socket has been
    /// offered yet is not in it.
    pub queued_bytes: u64,
}

impl Traffic {
    /// That of two threads together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            connections: self.connections + other.connections,
            lines_received: self.lines_received + other.lines_received,
            deliveries: self.deliveries + other.deliveries,
            lines_skipped: self.lines_skipped + other.lines_skipped,
            queued_bytes: self.queued_bytes + other.queued_bytes,
        }
    }
}
