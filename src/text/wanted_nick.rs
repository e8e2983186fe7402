//! Names that users want to have.

use crate::text::guest_names::resembles_guest_name;
use crate::text::nick::{Nick, NickError};

/// A name that a user wants to have.
#[derive(Clone, Debug)]
pub struct WantedNick {
    /// The name.
    pub nick: Nick,
    /// It could be mistaken for one that the server gives.
    pub resembles_guest_name: bool,
}

impl WantedNick {
    /// A name that a user requests, without anything around it.
    ///
    /// # Errors
    ///
    /// As for [`Nick::parse`].
    pub fn parse(text: &str) -> Result<Self, NickError> {
        let nick = Nick::parse(text)?;
        let resembles_guest_name = resembles_guest_name(&nick);
        Ok(Self { nick, resembles_guest_name })
    }
}
