//! What is wrong with a command that cannot be understood.

use super::{SLASHES, Topic};
use crate::limits::WORD_SHOWN_CHARS_MAX;

/// Why a command cannot be understood. It holds nothing of what stood where a password may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// There is no command of that name.
    Unknown {
        /// The name as it was typed, without the slash, and cut if it is very long.
        typed: Box<str>,
        /// The name that was probably meant.
        nearest: Option<&'static str>,
    },
    /// That command needs something else behind its name.
    Usage(Topic),
    /// A room has nothing of that name to change.
    RoomChange {
        /// What was probably meant.
        nearest: &'static str,
    },
    /// A room's password was to be set, and none stands there.
    RoomPassword,
    /// Somebody wants to edit what was said, which cannot be done.
    Edit,
    /// Somebody wants to clear a screen that is not the server's.
    ClearScreen,
    /// It was no line at all, as its door says.
    NoLine {
        /// All that is told of it.
        told: Box<str>,
    },
    /// Something stands where a length of time is due, and is none, or too long.
    Duration {
        /// As it was typed, and cut if it is very long.
        typed: Box<str>,
    },
    /// Something looks like an address, and is none.
    Network {
        /// As it was typed, and cut if it is very long.
        typed: Box<str>,
    },
}

impl Wrong {
    /// That there is no command called so.
    pub fn unknown(word: &str) -> Self {
        let word = word.strip_prefix(SLASHES).unwrap_or(word);
        if ["clear", "cls"].iter().any(|one| one.eq_ignore_ascii_case(word)) {
            return Self::ClearScreen;
        }
        Self::Unknown { typed: shown(word), nearest: Topic::nearest(word) }
    }
}

/// As much of a word as is told back to who typed it.
pub(super) fn shown(word: &str) -> Box<str> {
    word.chars().take(WORD_SHOWN_CHARS_MAX).collect()
}
