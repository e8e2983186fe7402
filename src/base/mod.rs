//! What does not depend on chat at all: clock and time zones, rates, addresses, and the limits of a
//! process.
//!
//! Never imports another folder; of the crate's own files only `limits`.

pub(crate) mod address_block;
pub mod cli;
pub mod clock;
pub mod descriptors;
pub(crate) mod in_order;
pub(crate) mod memory;
pub mod period;
pub mod rate_limit;
pub mod zone;
