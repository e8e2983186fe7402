//! Completion of a word: the kind of the word, and its candidates, one after another.
//!
//! This module does not know which key asks for the next candidate or where candidates come from,
//! except for commands.

use std::ops::Range;

use crate::command::completion::{CompletionKind, CompletionRequest};
use crate::model::Topic;
use crate::terminal::line::EditBuffer;

/// The word before the cursor, which needs candidates.
pub(super) fn wanted(line: &EditBuffer) -> CompletionRequest {
    CompletedWord::before_cursor(line).wanted
}

/// A word in a line.
struct CompletedWord<'a> {
    start: usize,
    sigil: &'a str,
    wanted: CompletionRequest,
}

impl<'a> CompletedWord<'a> {
    fn before_cursor(line: &'a EditBuffer) -> Self {
        let (before, _) = line.parts();
        let start = before.trim_end_matches(|c: char| !c.is_whitespace()).len();
        let word = &before[start..];
        let (kind, sigil_bytes) = match word.chars().next() {
            Some('/') if start == 0 => (CompletionKind::Command, 1),
            Some('@') => (CompletionKind::Name, 1),
            Some('#') => (CompletionKind::Room, 1),
            _ => (CompletionKind::Name, 0),
        };
        let (sigil, prefix) = word.split_at(sigil_bytes);
        let topic = match (kind, before[..start].trim_end()) {
            (CompletionKind::Name, command)
                if sigil.is_empty() && command.starts_with(['/', '／']) =>
            {
                Topic::find(command)
            }
            _ => None,
        };
        Self { start, sigil, wanted: CompletionRequest { kind, prefix: prefix.to_owned(), topic } }
    }

    /// The text to add after a completed word, given what already follows it.
    fn ending(&self, behind: &str) -> &'static str {
        let is_spoken_to =
            self.start == 0 && self.wanted.kind == CompletionKind::Name && self.sigil.is_empty();
        match (is_spoken_to, behind.chars().next()) {
            (true, Some(':')) => "",
            (true, Some(c)) if c.is_whitespace() => ":",
            (true, _) => ": ",
            (false, Some(c)) if c.is_whitespace() => "",
            (false, _) => " ",
        }
    }
}

/// Everything that a word may become, in a cycle: the candidates and the text as typed.
#[derive(Debug)]
pub(super) struct Cycle {
    /// The range in the line of the choice that is shown.
    shown: Range<usize>,
    /// The first is the text as typed.
    choices: Vec<String>,
    at: usize,
}

impl Cycle {
    /// A cycle for the word before the cursor, which is still as it was typed.
    pub(super) fn new(line: &EditBuffer, candidates: Vec<String>) -> Self {
        let word = CompletedWord::before_cursor(line);
        let (sigil, ending) = (word.sigil, word.ending(line.parts().1));
        let typed = format!("{sigil}{}", word.wanted.prefix);
        let whole = candidates.into_iter().map(|name| format!("{sigil}{name}{ending}"));
        let choices = std::iter::once(typed).chain(whole).collect();
        Self { shown: word.start..line.cursor(), choices, at: 0 }
    }

    /// Shows the next choice. Returns whether it fits; if not, the one shown stays.
    pub(super) fn next(&mut self, line: &mut EditBuffer) -> bool {
        self.show((self.at + 1) % self.choices.len(), line)
    }

    /// Shows the previous choice.
    pub(super) fn previous(&mut self, line: &mut EditBuffer) -> bool {
        self.show(self.at.checked_sub(1).unwrap_or(self.choices.len() - 1), line)
    }

    fn show(&mut self, at: usize, line: &mut EditBuffer) -> bool {
        self.at = at;
        let choice = &self.choices[at];
        let fits = line.replace(self.shown.clone(), choice);
        if fits {
            self.shown.end = self.shown.start + choice.len();
        }
        fits
    }
}
