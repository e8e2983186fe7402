//! A password as it stood in the line, until somebody prepares and checks it.
//!
//! Owned here: that it is never shown. Not known here: what may be a password, and how one is kept.

use std::fmt;

/// What was typed where a password is due. `Debug` does not show it, so that no log does.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Takes it as it was typed.
    pub fn new(typed: &str) -> Self {
        Self(typed.into())
    }

    /// What was typed; for whoever checks it or hashes it alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
