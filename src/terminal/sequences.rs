//! Control sequences that are written to terminals.

/// Ends what one of the other sequences began (ECMA-48, SGR).
pub(crate) const ORDINARY: &str = "\x1b[0m";

/// Makes notices visible but unobtrusive.
pub(crate) const DIM: &str = "\x1b[2m";

/// Rings the terminal's bell.
pub(crate) const BELL: u8 = 7;
