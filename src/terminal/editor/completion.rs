//! A word that is completed: what kind it is of, and the candidates for it, one after the other.
//!
//! Not known here: which key asks for the next one, and where candidates come from, but for
//! commands.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::command::Topic;
use crate::terminal::line::Line;

/// What the word before the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `/` and what follows, at the very beginning.
    Command,
    /// `#` and what follows, wherever it stands.
    Room,
    /// Anything else, and `@` with what follows.
    // Older clients use the other name for an `@` at the very beginning.
    #[serde(alias = "private_name")]
    Name,
}

/// The word that candidates are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// What it is.
    pub kind: Kind,
    /// What there is of it, without the `/`, `#` or `@`. It may be empty.
    pub prefix: String,
    /// The command whose first argument it is. Nobody else need know.
    #[serde(skip)]
    pub topic: Option<Topic>,
}

impl Wanted {
    /// The word before the cursor.
    pub(super) fn before_cursor(line: &Line) -> Self {
        let word = Word::before_cursor(line);
        Self { kind: word.kind, prefix: word.prefix.to_owned(), topic: word.topic }
    }

    /// What it could become if it is a command, or a word that stands as it is behind one: these
    /// are the same for everybody, and need not be asked for.
    pub fn known(&self) -> Option<Vec<String>> {
        let commands = || Topic::beginning(&self.prefix).map(String::from);
        match (self.kind, self.topic) {
            (Kind::Command, _) => Some(commands().collect()),
            (_, Some(Topic::Help)) => Some(commands().collect()),
            (_, Some(topic)) if !self.prefix.is_empty() || topic.takes_choices_only() => {
                let prefix = self.prefix.to_ascii_lowercase();
                let choices = topic.choices().filter(|choice| choice.starts_with(&prefix));
                let found: Vec<String> = choices.map(String::from).collect();
                (!found.is_empty()).then_some(found)
            }
            _ => None,
        }
    }
}

/// A word in a line.
struct Word<'a> {
    start: usize,
    kind: Kind,
    sigil: &'a str,
    prefix: &'a str,
    topic: Option<Topic>,
}

impl<'a> Word<'a> {
    fn before_cursor(line: &'a Line) -> Self {
        let (before, _) = line.parts();
        let start = before.trim_end_matches(|c: char| !c.is_whitespace()).len();
        let word = &before[start..];
        let (kind, sigil_bytes) = match word.chars().next() {
            Some('/') if start == 0 => (Kind::Command, 1),
            Some('@') => (Kind::Name, 1),
            Some('#') => (Kind::Room, 1),
            _ => (Kind::Name, 0),
        };
        let (sigil, prefix) = word.split_at(sigil_bytes);
        let topic = match (kind, before[..start].trim_end()) {
            (Kind::Name, command) if sigil.is_empty() && command.starts_with(['/', '／']) => {
                Topic::find(command)
            }
            _ => None,
        };
        Self { start, kind, sigil, prefix, topic }
    }

    /// What follows a whole word, if `behind` stands behind it already.
    fn ending(&self, behind: &str) -> &'static str {
        let is_spoken_to = self.start == 0 && self.kind == Kind::Name && self.sigil.is_empty();
        match (is_spoken_to, behind.chars().next()) {
            (true, Some(':')) => "",
            (true, Some(c)) if c.is_whitespace() => ":",
            (true, _) => ": ",
            (false, Some(c)) if c.is_whitespace() => "",
            (false, _) => " ",
        }
    }
}

/// All that a word may become, round and round: the candidates, and what had been typed.
#[derive(Debug)]
pub(super) struct Cycle {
    /// Where in the line the one that is shown stands.
    shown: Range<usize>,
    /// What had been typed is the first of them.
    choices: Vec<String>,
    at: usize,
}

impl Cycle {
    /// For the word before the cursor, which is still as it was typed.
    pub(super) fn new(line: &Line, candidates: Vec<String>) -> Self {
        let word = Word::before_cursor(line);
        let (sigil, ending) = (word.sigil, word.ending(line.parts().1));
        let typed = format!("{sigil}{}", word.prefix);
        let whole = candidates.into_iter().map(|name| format!("{sigil}{name}{ending}"));
        let choices = std::iter::once(typed).chain(whole).collect();
        Self { shown: word.start..line.cursor(), choices, at: 0 }
    }

    /// Shows the next one. Whether it fits; if not, what is shown stays.
    pub(super) fn next(&mut self, line: &mut Line) -> bool {
        self.show((self.at + 1) % self.choices.len(), line)
    }

    /// Shows the one before.
    pub(super) fn previous(&mut self, line: &mut Line) -> bool {
        self.show(self.at.checked_sub(1).unwrap_or(self.choices.len() - 1), line)
    }

    fn show(&mut self, at: usize, line: &mut Line) -> bool {
        self.at = at;
        let choice = &self.choices[at];
        let fits = line.replace(self.shown.clone(), choice);
        if fits {
            self.shown.end = self.shown.start + choice.len();
        }
        fits
    }
}
