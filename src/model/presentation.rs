//! How lines look to a client: the key under which rendered lines are shared, and what its
//! terminal can do.

use std::num::NonZeroU8;

/// The client's terminal, if it can do more than show lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// The width at which lines are to be wrapped, if the server has to do that.
    pub columns: Option<NonZeroU8>,
}

/// The format that a connection writes to its client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Wire {
    /// UTF-8 text, each line ended by CR LF, as the telnet NVT has it (RFC 854).
    #[default]
    Plain,
}

/// How lines are rendered for a client.
///
/// The number of presentations is the number of time zone offsets in use, times the number of
/// screen widths in use, times eight. That limits what a batch can cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Presentation {
    /// The format that the connection writes.
    pub wire: Wire,
    /// Whether each line carries the name of its room.
    pub tag: bool,
    /// Whether names have colours.
    pub colour: bool,
    /// Whether the bell rings with each line that a person says.
    pub bell: bool,
    /// The local time's offset from UTC in minutes, if each line carries the time.
    pub clock: Option<i16>,
    /// The width of the screen at which lines are wrapped, in columns.
    pub columns: Option<NonZeroU8>,
}
