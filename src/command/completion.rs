//! Completing words: what the user has typed, and of which kind the word is.

use serde::{Deserialize, Serialize};

use crate::model::Topic;

/// The kind of the word before the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompletionKind {
    /// `/` and what follows, at the very beginning of the line.
    Command,
    /// `#` and what follows, anywhere.
    Room,
    /// Anything else, and `@` with what follows.
    // Older clients use the alias for an `@` at the very beginning.
    #[serde(alias = "private_name")]
    Name,
}

/// The word that needs candidates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletionRequest {
    /// The kind of the word.
    pub kind: CompletionKind,
    /// The word so far, without the `/`, `#` or `@`. It may be empty.
    pub prefix: String,
    /// The command whose first argument the word is. It is not sent to the server.
    #[serde(skip)]
    pub topic: Option<Topic>,
}

impl CompletionRequest {
    /// The candidates for a command or a fixed argument of one: these are the same for everyone, so
    /// the server need not be asked.
    pub fn known(&self) -> Option<Vec<String>> {
        match (self.kind, self.topic) {
            (CompletionKind::Command, _) | (_, Some(Topic::Help)) => {
                Some(Topic::beginning(&self.prefix).map(String::from).collect())
            }
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
