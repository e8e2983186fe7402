//! The server's sockets: listener, admission, the threads that serve connections, and each
//! connection's output queue.
//!
//! Never imports `chat`, `store` or `lang`: a connection knows only bytes, limits and its protocol.

pub mod admission;
pub mod bind;
pub mod connection;
pub mod gate;
pub mod listener;
pub mod sendq;
pub mod uplink;
pub mod worker;
