//! Passwords: what may be one, and how it is kept.
//!
//! A [`Password`] is what somebody typed; it is never shown, also not by `Debug`, and never kept. A
//! [`PasswordHash`] is what is kept of it.

use std::fmt;

/// A password as it was typed, prepared by the OpaqueString profile (RFC 8265 section 4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Box<str>);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}
