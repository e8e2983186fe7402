//! The server: its threads and how they are joined, the broadcaster, and its settings.
//!
//! The only place that knows all the others, but never imports `client`.

pub mod broadcaster;
pub mod config;
pub mod reload;
pub mod serve;
