//! What can be otherwise while the server runs: the few settings for which nobody has to go.
//!
//! Plain data, on its way from whoever reads settings to the broadcaster. Not known here: where
//! settings come from, and what becomes of them.

use crate::base::rate_limit::Rate;
use crate::model::motd::Motd;
use crate::model::password::Password;

/// What is otherwise from now on, while the server runs.
#[derive(Clone, Debug)]
pub enum Change {
    /// These settings are so. All others take a new start.
    Settings(Box<LiveSettings>),
    /// Settings could not be read again, and are as they were: why, for who runs the server.
    Refused(String),
}

/// The settings that can change while the server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSettings {
    /// What everybody who comes in is shown.
    pub motd: Motd,
    /// What everybody types before they come in; `None` lets everybody in.
    pub password: Option<Password>,
    /// How fast a client may talk; `None` for as fast as it can.
    pub flood: Option<Rate>,
}
