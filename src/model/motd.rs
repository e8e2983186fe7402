//! The message of the day, which everyone sees first on connecting.
//!
//! This module decides which texts are valid. It does not know where they come from or how they are
//! displayed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::text::CleanText;

/// Why a text is not a valid message of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MotdError {
    /// The text has more bytes than [`limits::MOTD_BYTES_MAX`].
    #[error("it has more than {} bytes; shorten it", limits::MOTD_BYTES_MAX)]
    TooLong,
    /// The text is not UTF-8, so it could not be displayed.
    #[error("it is not valid UTF-8; save it as UTF-8")]
    NotUtf8,
    /// The text has more lines than [`limits::MOTD_LINES_MAX`].
    #[error(
        "it has {0} lines, but only {most} are shown; shorten it",
        most = limits::MOTD_LINES_MAX
    )]
    TooManyLines(usize),
}

/// The message as lines that are safe for every terminal. Without lines there is no message.
///
/// Clones are cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Motd(Arc<[CleanText]>);

impl Motd {
    /// Parses the contents of a file. Removes blank lines at the end, which editors add.
    ///
    /// # Errors
    /// If the text is not UTF-8, or is too long to show to everyone.
    pub fn parse(bytes: &[u8]) -> Result<Motd, MotdError> {
        if bytes.len() > limits::MOTD_BYTES_MAX {
            return Err(MotdError::TooLong);
        }
        if std::str::from_utf8(bytes).is_err() {
            return Err(MotdError::NotUtf8);
        }
        // Cleaning removes the `\r` of a file from Windows.
        let lines = bytes.split(|&byte| byte == b'\n').map(CleanText::laid_out);
        let mut lines: Vec<CleanText> = lines.collect();
        while lines.pop_if(|line| line.is_blank()).is_some() {}
        if lines.len() > limits::MOTD_LINES_MAX {
            return Err(MotdError::TooManyLines(lines.len()));
        }
        Ok(Motd(lines.into()))
    }

    /// The lines of the message.
    pub fn lines(&self) -> &[CleanText] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: impl AsRef<[u8]>, expected: Result<&[&str], MotdError>) {
        let found = Motd::parse(text.as_ref());
        let found = found.as_ref().map(|motd| motd.lines().iter().map(CleanText::as_str).collect());
        assert_eq!(found, expected.as_ref().map(|lines| lines.to_vec()));
    }

    #[test]
    fn lines_are_as_in_the_file() {
        check("Welcome!\n  Be kind.\n", Ok(&["Welcome!", "  Be kind."]));
        check("no end", Ok(&["no end"]));
        check("from\r\nWindows\r\n", Ok(&["from", "Windows"]));
        check("\u{FEFF}marked\n", Ok(&["marked"]));
        check("\n\na gap\n\nstays\n \n\u{3000}\n\n", Ok(&["", "", "a gap", "", "stays"]));
        check("", Ok(&[]));
        check("\n \n", Ok(&[]));
        assert_eq!(Motd::default().lines(), []);
    }

    #[test]
    fn control_characters_do_not_reach_terminals() {
        check("\x1b[31mred\x07\t\u{202E}end\n", Ok(&["red end"]));
        check(b"caf\xe9\n", Err(MotdError::NotUtf8));
    }

    #[test]
    fn a_text_that_is_too_long_is_rejected() {
        let lines = |count: usize| "x\n".repeat(count);
        assert_eq!(Motd::parse(lines(50).as_ref()).unwrap().lines().len(), 50);
        check(lines(51), Err(MotdError::TooManyLines(51)));
        // Blank lines at the end are not shown, so they do not count.
        check(lines(50) + &"\n".repeat(50), Ok(&["x"; 50]));
        check("x".repeat(8192), Ok(&[&"x".repeat(8192)]));
        check("x".repeat(8193), Err(MotdError::TooLong));
        let told = MotdError::TooManyLines(51).to_string();
        assert_eq!(told, "it has 51 lines, but only 50 are shown; shorten it");
        assert_eq!(MotdError::TooLong.to_string(), "it has more than 8192 bytes; shorten it");
    }
}
