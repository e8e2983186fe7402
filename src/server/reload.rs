//! Changes while the server runs: the few settings that can change without disconnecting anyone.
//!
//! Plain data, on its way from the code that reads settings to the broadcaster. This module does
//! not know where settings come from or how they are applied.

use crate::base::rate_limit::Rate;
use crate::model::motd::Motd;
use crate::model::password::Password;

/// A change while the server runs.
#[derive(Clone, Debug)]
pub enum Change {
    /// The new values of these settings. All other settings take effect only after a restart.
    Settings(Box<LiveSettings>),
    /// The settings could not be read again and remain as they were. Holds the reason, for
    /// operators.
    Refused(String),
}

/// The settings that can change while the server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSettings {
    /// The message of the day, shown to everyone on connecting.
    pub motd: Motd,
    /// The server password; `None` admits everyone.
    pub password: Option<Password>,
    /// How fast a client may talk; `None` for no limit.
    pub flood: Option<Rate>,
}
