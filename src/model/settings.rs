//! What people choose for themselves: what they are shown, and how.
//!
//! Plain data, the same whether somebody has an account, where it is kept, or not. What follows
//! from it for a client is decided elsewhere.

/// When the terminal's bell rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bell {
    /// Never.
    Off,
    /// When somebody says one's name.
    Mentions,
    /// When anybody else says anything.
    All,
}

/// One person's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// No notices of who comes and goes.
    pub quiet: bool,
    /// How many of a room's last messages are shown at joining it, at most
    /// [`crate::limits::REPLAY_LINES_MAX`]; `None` where nothing was chosen.
    pub replay: Option<u8>,
    /// The time before each line.
    pub timestamps: bool,
    /// The IANA name of the time zone for that; `None` for the server's own.
    pub zone: Option<Box<str>>,
    /// When the bell rings; `None` where nothing was chosen.
    pub bell: Option<Bell>,
    /// Coloured names, and mentions that stand out; `None` where nothing was chosen.
    pub colour: Option<bool>,
    /// Whether this server edits the line that is being typed; `None` for as the door has it.
    pub edit: Option<bool>,
    /// One event a line, and nothing that stands elsewhere or looks otherwise: for screen readers.
    pub plain: bool,
    /// The registered people who are ignored, by their account.
    pub ignored: Vec<crate::model::id::AccountId>,
}
