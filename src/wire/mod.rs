//! Protocols: pure functions from bytes to inputs, and from events to bytes.
//!
//! A protocol has no socket, thread or clock. Never imports `chat`, `net`, `store` or `server`.

pub mod door;
pub mod json;
pub mod plain;
pub mod proxy_header;
pub mod recogniser;
pub(crate) mod strangers;
pub(crate) mod telnet;
pub mod text;
