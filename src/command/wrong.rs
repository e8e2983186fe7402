//! The errors of commands that cannot be understood.

use super::{SLASHES, Topic};
use crate::limits::WORD_SHOWN_CHARS_MAX;

/// Why a command cannot be understood. It contains nothing that may have been typed as a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// There is no command with this name.
    Unknown {
        /// The name as it was typed, without the slash and shortened if it is very long.
        typed: Box<str>,
        /// The name that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The command needs other arguments.
    Usage(Topic),
    /// `/room` knows no such change.
    RoomChange {
        /// The change that was probably meant.
        nearest: &'static str,
    },
    /// A room's password was to be set, but none was given.
    RoomPassword,
    /// The user wants to edit a message, which is not possible.
    Edit,
    /// The user wants to clear a screen that does not belong to the server.
    ClearScreen,
    /// The protocol rejected the input: it was not a line.
    NoLine {
        /// The message for the user.
        told: Box<str>,
    },
    /// A duration was expected, but the word is not one, or is too long a duration.
    Duration {
        /// The word as it was typed, shortened if it is very long.
        typed: Box<str>,
    },
    /// The word looks like an address, but is not one.
    Network {
        /// The word as it was typed, shortened if it is very long.
        typed: Box<str>,
    },
}

impl Wrong {
    /// The error for an unknown command.
    pub fn unknown(word: &str) -> Self {
        let word = word.strip_prefix(SLASHES).unwrap_or(word);
        if ["clear", "cls"].iter().any(|one| one.eq_ignore_ascii_case(word)) {
            return Self::ClearScreen;
        }
        Self::Unknown { typed: shown(word), nearest: Topic::nearest(word) }
    }
}

/// The part of a word that is shown to its author.
pub(super) fn shown(word: &str) -> Box<str> {
    word.chars().take(WORD_SHOWN_CHARS_MAX).collect()
}
