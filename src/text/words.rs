//! The words of a text for searching.
//!
//! This module decides what a word is, when two are the same, and when a query matches a text. It
//! does not know where texts are stored, who searches, or what else decides about the results. A
//! query is translated to the language of SQLite's FTS5, but nothing here talks to a database.
//!
//! The index is an FTS5 table with `tokenize='ascii'`: there, every non-ASCII character is part of
//! a word, and so are ASCII letters and digits. Given texts whose words are already folded and
//! separated by spaces ([`indexed`]), it finds the same words as this module, whatever version of
//! Unicode SQLite knows. If you change the definition of a word here, texts indexed before must be
//! indexed again, or they are no longer found.
//!
//! Consecutive letters and digits form a word. In scripts written without spaces, nobody can tell
//! words apart without a dictionary, so each character is a word there, and a word of several
//! characters is found as that many in a row: `图书馆` in `去图书馆吧`. Korean has spaces, but its
//! particles are attached to the words, so it is treated like those scripts. A symbol or emoji is a
//! word, too. Everything else only separates words.

use std::fmt::Write as _;

use crate::limits;

use self::fold::{Role, folded, folded_alone, role};

mod fold;

#[cfg(test)]
mod tests;

/// The words of `text`, folded and separated by single spaces, as given to the index.
///
/// Empty if there is nothing to search for. Its only ASCII characters are small letters, digits and
/// the spaces. Only the beginning of a long word is used ([`limits::SEARCH_WORD_CHARS_MAX`]).
pub fn indexed(text: &str) -> String {
    // Most lines are plain ASCII, and a flood of them has to be indexed in time. Most others
    // contain nothing whose neighbours matter.
    if text.is_ascii() {
        words_of_ascii(text)
    } else if text.chars().all(|c| folded_alone(c).is_some()) {
        words_of(text, text.chars().filter_map(folded_alone))
    } else {
        words_of(text, folded(text).map(|c| (c, role(c))))
    }
}

/// A search query: all of its parts have to match, in any order, each as consecutive words.
///
/// There is at least one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    parts: Vec<QueryPart>,
}

/// The text typed between two spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
struct QueryPart {
    /// Its words as [`indexed`] returns them; they are adjacent in a match.
    words: String,
    /// Whether the last word may continue in a match.
    is_open: bool,
}

impl Query {
    /// The query for a typed `text`: the text between two spaces, of whatever width, is one part.
    /// Parts without any word are skipped.
    ///
    /// `None` if no part has one. A part that another one includes is left out: the index would
    /// look it up again. Anything beyond [`limits::SEARCH_PARTS_MAX`] or
    /// [`limits::SEARCH_WORDS_MAX`] is ignored.
    pub fn parse(text: &str) -> Option<Query> {
        let mut parts: Vec<QueryPart> = Vec::new();
        for typed in text.split_whitespace() {
            let words_taken: usize = parts.iter().map(|part| part.words.split(' ').count()).sum();
            let words_left = limits::SEARCH_WORDS_MAX - words_taken;
            if parts.len() == limits::SEARCH_PARTS_MAX || words_left == 0 {
                break;
            }
            let words = indexed(typed);
            let taken: Vec<&str> = words.split_terminator(' ').take(words_left).collect();
            let Some(last) = taken.last() else { continue };
            let part = QueryPart { words: taken.join(" "), is_open: is_open(last) };
            if parts.iter().all(|other| !other.includes(&part)) {
                parts.retain(|other| !part.includes(other));
                parts.push(part);
            }
        }
        (!parts.is_empty()).then_some(Query { parts })
    }

    /// The query as an FTS5 expression, to be bound as the right side of `MATCH`.
    ///
    /// No typed text is syntax in it: words are in quotation marks and contain none.
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

    /// Whether `text` matches: the same query without an index, for texts that are not in it yet.
    pub fn is_in(&self, text: &str) -> bool {
        // With a space on either side of every word, consecutive words can be found as a substring.
        let line = format!(" {} ", indexed(text));
        self.parts.iter().all(|part| line.contains(&part.spaced()))
    }
}

impl QueryPart {
    /// The substring to find in words that have a space on either side.
    fn spaced(&self) -> String {
        let end = if self.is_open { "" } else { " " };
        format!(" {}{end}", self.words)
    }

    /// Whether every match of this part also matches the other.
    fn includes(&self, other: &QueryPart) -> bool {
        self.spaced().contains(&other.spaced())
    }
}

/// Whether the word is also searched for as a prefix of longer ones. Where each character is a
/// word, none is longer.
fn is_open(word: &str) -> bool {
    word.chars().count() >= limits::SEARCH_PREFIX_CHARS_MIN
        && word.chars().next().is_some_and(|first| role(first) == Role::Joins)
}

/// [`indexed`] for ASCII text, at a fraction of the cost.
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

/// [`indexed`] for any text, also given as its folded characters with their roles.
fn words_of(text: &str, folded: impl Iterator<Item = (char, Role)>) -> String {
    // Words of one character need a space each.
    let mut words = String::with_capacity(text.len() + text.len() / 2);
    // The role of the first character of the word that may continue.
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
