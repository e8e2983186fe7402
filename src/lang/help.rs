//! The help on commands in each language: a sentence on what each command does, and the surrounding
//! texts. The commands themselves and their arguments are the same in all languages.

use crate::model::{Group, Topic};

/// The texts about commands in one language.
#[derive(Debug)]
pub(super) struct HelpTexts {
    /// The first lines of the list of commands: the signs that a line may begin with.
    pub(super) introduction: &'static [&'static str],
    /// The keys that work in a line that the server edits.
    pub(super) keys: &'static [&'static str],
    /// The title of a group of commands.
    pub(super) group: fn(Group) -> &'static str,
    /// In the list of commands: refers to the page with moderation commands.
    pub(super) order: &'static str,
    /// What a command does, in a sentence of at most 60 columns.
    pub(super) description: fn(Topic) -> &'static str,
    /// More details of a command, in lines of at most 80 columns.
    pub(super) details: fn(Topic) -> &'static [&'static str],
    /// The name of a placeholder in this language: a word in capitals in the usage of a command,
    /// such as `NAME`. `None` if it stays as it is.
    pub(super) placeholder: fn(&str) -> Option<&'static str>,
    /// An example of a command: a line that a user could type.
    pub(super) example_of: fn(Topic) -> &'static str,
    /// Follows that: an example.
    pub(super) example: fn(example: &str) -> String,
    /// Follows that: the other names of the command.
    pub(super) other_names: fn(names: &str) -> String,
}

impl HelpTexts {
    /// How a command is typed.
    pub(super) fn usage(&self, topic: Topic) -> String {
        self.with_placeholders(&topic.usage())
    }

    /// The text with its placeholders, the words in capitals, named in this language.
    pub(super) fn with_placeholders(&self, text: &str) -> String {
        let is_other = |c: char| !c.is_ascii_uppercase();
        let mut named = String::with_capacity(text.len());
        for piece in text.split_inclusive(is_other) {
            let word = piece.trim_end_matches(is_other);
            named.push_str((self.placeholder)(word).unwrap_or(word));
            named.push_str(&piece[word.len()..]);
        }
        named
    }
}
