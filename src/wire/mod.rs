//! Protocols: pure functions from bytes to inputs, and from events to bytes.
//!
//! A protocol has no socket, thread or clock. Never imports `chat`, `net`, `store` or `server`.

pub(crate) mod detect;
pub mod door;
pub mod json;
pub mod plain;
pub(crate) mod telnet;
pub mod text;
