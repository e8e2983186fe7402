//! Users' personal settings: what they see, and how.
//!
//! Plain data, the same for registered users, whose settings are stored, and for guests. Other
//! modules decide what follows from it for a client.

use serde::{Deserialize, Serialize};

use crate::model::Lang;

/// When the terminal bell rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bell {
    /// Never.
    Off,
    /// When someone mentions the user's name.
    Mentions,
    /// When anyone else says anything.
    All,
}

/// The settings of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Hides notices of people joining and leaving.
    pub quiet: bool,
    /// How many of a room's last messages to show on joining it, at most
    /// [`crate::limits::REPLAY_LINES_MAX`]; `None` for the server's default.
    pub replay: Option<u8>,
    /// Shows the time before each message.
    pub timestamps: bool,
    /// The IANA name of the time zone for timestamps; `None` for the server's own.
    pub zone: Option<Box<str>>,
    /// When the bell rings; `None` for the default.
    pub bell: Option<Bell>,
    /// Shows coloured names and highlights mentions; `None` for the default.
    pub colour: Option<bool>,
    /// Whether the server edits the line being typed; `None` for the default of the address that
    /// the client connected to.
    pub edit: Option<bool>,
    /// The language of the server's words; `None` for the server's default.
    pub lang: Option<Lang>,
    /// One event per line, without cursor movement or styling: for screen readers.
    pub plain: bool,
    /// The accounts of the registered users whom this person ignores.
    pub ignored: Vec<crate::model::id::AccountId>,
}
