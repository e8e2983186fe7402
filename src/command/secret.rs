//! A password as it was typed, until it is prepared and checked.
//!
//! This type makes sure that a password is never shown. It does not know what may be a password or
//! how one is stored.

use std::fmt;

/// A typed password. `Debug` does not show it, so no log does.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps a password as it was typed.
    pub fn new(typed: &str) -> Self {
        Self(typed.into())
    }

    /// The password, only for checking or hashing it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
