//! The words of a text as they are looked for, so that what was said is found again.
//!
//! Owned here: what a word is, when two are the same, and when a question fits a text. Not known
//! here: where texts are kept, who asks, and what else decides about what is found. A question is
//! put in the language of SQLite's FTS5, but nothing here speaks to a database.
//!
//! The index is a table of FTS5 with `tokenize='ascii'`: there, every character outside ASCII is
//! part of a word, and in ASCII the letters and digits are. So given texts whose words are folded
//! and parted by spaces already ([`indexed`]), it finds the same words as this module, whatever
//! version of Unicode SQLite knows. Whoever changes here what a word is has to see that what was
//! indexed before is indexed again, or it is no longer found.
//!
//! Letters and digits in a row are a word. In scripts written without spaces nobody can tell words
//! apart without a dictionary, so each character is a word there, and a word of several is found as
//! that many in a row: `图书馆` in `去图书馆吧`. Korean has spaces, but its particles hang on the
//! words; it is treated like those scripts. A symbol or emoji is a word, too. Everything else only
//! parts words.

use std::fmt::Write as _;

use crate::limits;

use self::fold::{Role, folded, folded_alone, role};

mod fold;

#[cfg(test)]
mod tests;

/// The words of `text`, folded, parted by single spaces: what the index is given.
///
/// Empty where there is nothing that could be looked for. Nothing in it is ASCII but small letters,
/// digits and the spaces. Of a long word only a beginning is taken
/// ([`limits::SEARCH_WORD_CHARS_MAX`]).
pub fn indexed(text: &str) -> String {
    // Most lines are plain ASCII, and a flood of them has to be indexed in time. Most others hold
    // nothing whose neighbours matter.
    if text.is_ascii() {
        words_of_ascii(text)
    } else if text.chars().all(|c| folded_alone(c).is_some()) {
        words_of(text, text.chars().filter_map(folded_alone))
    } else {
        words_of(text, folded(text).map(|c| (c, role(c))))
    }
}

/// What somebody looks for: all of its parts, in any order, each as a row of words.
///
/// There is at least one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    parts: Vec<Part>,
}

/// What was typed between two spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    /// Its words, which stand next to each other in what is found, as [`indexed`] gives them.
    words: String,
    /// Whether the last word may go on in what is found.
    is_open: bool,
}

impl Query {
    /// What is looked for by typing `text`: what stands between two spaces, of whatever width, is
    /// one part. Those without any word are passed over.
    ///
    /// None where no part has one. A part that another one includes is left out: the index would
    /// look it up again. What exceeds [`limits::SEARCH_PARTS_MAX`] or [`limits::SEARCH_WORDS_MAX`]
    /// is ignored.
    pub fn parse(text: &str) -> Option<Query> {
        let mut parts: Vec<Part> = Vec::new();
        for typed in text.split_whitespace() {
            let words_taken: usize = parts.iter().map(|part| part.words.split(' ').count()).sum();
            let words_left = limits::SEARCH_WORDS_MAX - words_taken;
            if parts.len() == limits::SEARCH_PARTS_MAX || words_left == 0 {
                break;
            }
            let words = indexed(typed);
            let taken: Vec<&str> = words.split_terminator(' ').take(words_left).collect();
            let Some(last) = taken.last() else { continue };
            let part = Part { words: taken.join(" "), is_open: is_open(last) };
            if parts.iter().all(|other| !other.includes(&part)) {
                parts.retain(|other| !part.includes(other));
                parts.push(part);
            }
        }
        (!parts.is_empty()).then_some(Query { parts })
    }

    /// The question as an expression of FTS5, to be bound as the right side of `MATCH`.
    ///
    /// Nothing of what was typed is syntax in it: words stand in quotation marks, and hold none.
    pub fn fts5(&self) -> String {
        let mut expression = String::new();
        for part in &self.parts {
            let and = if expression.is_empty() { "" } else { " AND " };
            let star = if part.is_open { " *" } else { "" };
            // Writing to a string does not fail.
            let _ = write!(expression, "{and}\"{}\"{star}", part.words);
        }
        expression
    }

    /// Whether `text` would be found: the same question without an index, for what is not in it
    /// yet.
    pub fn is_in(&self, text: &str) -> bool {
        // With a space on either side of every word, a row of words is found as a piece of text.
        let line = format!(" {} ", indexed(text));
        self.parts.iter().all(|part| line.contains(&part.spaced()))
    }
}

impl Part {
    /// What is to be in the words of a text that have a space on either side.
    fn spaced(&self) -> String {
        let end = if self.is_open { "" } else { " " };
        format!(" {}{end}", self.words)
    }

    /// Whether all that holds this one holds the other.
    fn includes(&self, other: &Part) -> bool {
        self.spaced().contains(&other.spaced())
    }
}

/// Whether the word is also looked for as the beginning of longer ones. Where each character is a
/// word, none is longer.
fn is_open(word: &str) -> bool {
    word.chars().count() >= limits::SEARCH_PREFIX_CHARS_MIN
        && word.chars().next().is_some_and(|first| role(first) == Role::Joins)
}

/// [`indexed`] for a text in ASCII, at a fraction of the cost.
fn words_of_ascii(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&word[..word.len().min(limits::SEARCH_WORD_CHARS_MAX)]);
    }
    words.make_ascii_lowercase();
    words
}

/// [`indexed`] for any text, given also as its characters, folded, with their roles.
fn words_of(text: &str, folded: impl Iterator<Item = (char, Role)>) -> String {
    // Words of one character need a space for each.
    let mut words = String::with_capacity(text.len() + text.len() / 2);
    // The role of the character that began the word to which more may come.
    let mut open: Option<Role> = None;
    let mut length_chars = 0;
    for (c, role) in folded {
        let goes_on = match role {
            Role::Parts => {
                open = None;
                continue;
            }
            // A mark without anything before it belongs to no word.
            Role::Hangs if open.is_none() => continue,
            Role::Hangs => true,
            Role::Joins => open == Some(Role::Joins),
            Role::Alone => false,
        };
        if !goes_on {
            if !words.is_empty() {
                words.push(' ');
            }
            open = Some(role);
            length_chars = 0;
        }
        if length_chars < limits::SEARCH_WORD_CHARS_MAX {
            words.push(c);
            length_chars += 1;
        }
    }
    words
}
