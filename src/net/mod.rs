//! The server's sockets: listener, admission, the threads that serve connections, and each
//! connection's output queue.
//!
//! Never imports `chat`, `store` or `lang`: a connection knows only bytes, limits and its protocol.

pub(crate) mod admission;
pub mod bind;
pub(crate) mod connection;
pub mod gate;
pub mod listener;
pub(crate) mod sendq;
pub(crate) mod sparse_log;
pub(crate) mod unknown;
pub(crate) mod uplink;
pub(crate) mod worker;
