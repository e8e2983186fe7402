//! How lines look to a client: the key under which rendered lines are shared, what its user has
//! chosen, and what its terminal can do.

use std::num::{NonZeroU8, NonZeroU16};

use serde::{Deserialize, Serialize};

use crate::base::zone::Zone;
use crate::model::Lang;

/// The client's terminal, if it can do more than show lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminal {
    /// The width at which lines are to be wrapped, if the server has to do that.
    pub columns: Option<NonZeroU8>,
}

/// What a connection has found out about its client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientTraits {
    /// A user reads the lines as they arrive, so a bell is heard.
    pub is_interactive: bool,
    /// The client may be asked for what its user's settings need, such as editing the typed line.
    pub may_be_asked: bool,
    /// The client's terminal; `None` if it is unknown.
    pub terminal: Option<Terminal>,
}

/// The format that a connection writes to its client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wire {
    /// UTF-8 text, each line ended by CR LF, as the telnet NVT has it (RFC 854).
    #[default]
    Plain,
    /// JSON objects, one per line.
    Json,
}

/// The local time's offset from UTC in minutes. Stored so that `None` needs no space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClockOffset(NonZeroU16);

impl ClockOffset {
    /// Larger than any offset, so that the sum is positive. Offsets are less than a day.
    const BIAS_MINUTES: i32 = 2 * 24 * 60;

    /// An offset in minutes. Offsets of a day or more do not exist, and are shortened.
    pub fn of_minutes(minutes: i32) -> Self {
        let day = 24 * 60;
        let biased = minutes.clamp(-day, day) + Self::BIAS_MINUTES;
        Self(NonZeroU16::new(biased as u16).unwrap_or(NonZeroU16::MIN))
    }

    /// The offset in minutes.
    pub fn minutes(self) -> i32 {
        i32::from(self.0.get()) - Self::BIAS_MINUTES
    }
}

/// How lines are rendered for a client.
///
/// The number of presentations is the number of time zone offsets in use, times the number of
/// screen widths in use, times sixteen. That limits what a batch can cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Presentation {
    /// The format that the connection writes.
    pub wire: Wire,
    /// The language of the server's words.
    pub lang: Lang,
    /// Whether each line carries the name of its room.
    pub tag: bool,
    /// Whether names have colours.
    pub colour: bool,
    /// Whether the bell rings with each line that a person says.
    pub bell: bool,
    /// The width of the screen at which lines are wrapped, in columns.
    pub columns: Option<NonZeroU8>,
    /// The local time's offset from UTC, if each line carries the time.
    pub clock: Option<ClockOffset>,
}

impl Presentation {
    /// The part that makes a difference to the lines of a room on this wire.
    pub fn of_lines(self) -> Self {
        match self.wire {
            Wire::Plain => self,
            Wire::Json => Self { wire: self.wire, bell: self.bell, ..Self::default() },
        }
    }
}

// The call that gives a member its lines passes this in a register.
const _: () = assert!(size_of::<Presentation>() == 8);

/// How a client's replies are shown, as far as its user has chosen. A client whose user has chosen
/// nothing has no view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// How lines look.
    pub presentation: Presentation,
    /// The zone of times; `None` for the server's own.
    pub zone: Option<Zone>,
    /// Lists have one entry per line.
    pub is_plain: bool,
}

impl View {
    /// The view of a user who has chosen nothing.
    pub fn usual(wire: Wire, lang: Lang, terminal: Option<Terminal>) -> Self {
        let columns = terminal.and_then(|terminal| terminal.columns);
        let colour = terminal.is_some();
        let presentation = Presentation { wire, lang, colour, columns, ..Presentation::default() };
        Self { presentation, zone: None, is_plain: false }
    }
}
