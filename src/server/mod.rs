//! The server: its threads and the channels between them, the broadcaster, and its settings.
//!
//! It connects all other folders of the server, and never imports `client`.

pub(crate) mod broadcaster;
pub mod config;
pub mod frames;
pub mod reload;
pub mod sequencer;
pub mod serve;
