//! Commands that do not exist, and what of them is shown to their author.

use super::SLASHES;
use crate::limits::WORD_SHOWN_CHARS_MAX;
use crate::model::{Refusal, Topic};

/// The refusal of a command that does not exist.
pub fn unknown_command(word: &str) -> Refusal {
    let word = word.strip_prefix(SLASHES).unwrap_or(word);
    if ["clear", "cls"].iter().any(|one| one.eq_ignore_ascii_case(word)) {
        return Refusal::CannotClear;
    }
    Refusal::UnknownCommand { typed: shown(word), nearest: Topic::nearest(word).map(Box::from) }
}

/// The part of a word that is shown to its author. It contains nothing that may have been typed as
/// a password.
pub(super) fn shown(word: &str) -> Box<str> {
    word.chars().take(WORD_SHOWN_CHARS_MAX).collect()
}
