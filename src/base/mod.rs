//! What is true without any chat: time and its zones, rates, addresses, and what a process may use.
//!
//! Never imports another folder; of the crate's own files only `limits`.

pub mod address_block;
pub mod cli;
pub mod clock;
pub mod descriptors;
pub mod memory;
pub mod period;
pub mod rate_limit;
pub mod zone;
