//! A line sent by a server, made harmless: only text, colours and the bell get through.
//!
//! The server's operator, or someone who has taken the server over, may be hostile: an escape
//! sequence could move the cursor, answer in the user's name or change the clipboard. This module
//! decides what passes. It does not know where a line ends or what it says.

use crate::terminal::sequences::{BELL, ORDINARY};
use crate::text::CleanText;
use crate::text::wrap::SEQUENCE_START;

/// Maximum length in bytes of a line that is shown; the rest is dropped. hobnob's own lines have up
/// to about 1,200 bytes with colours in the default configuration, and a line of this length fills
/// several screens.
pub const LINE_BYTES_MAX: usize = 16 * 1024;

/// Maximum length of the parameters of a sequence that passes: two 24-bit colours and some
/// attributes.
const PARAMETERS_BYTES_MAX: usize = 64;

/// A line that is safe to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SanitizedLine {
    /// With colours, which are reset at the end of the line.
    styled: String,
    /// Without colours.
    text: String,
    /// Whether the line began with a bell.
    rings: bool,
}

impl SanitizedLine {
    /// Reads a line from bytes without a line end.
    pub fn read(raw: &[u8]) -> Self {
        let decoded = String::from_utf8_lossy(&raw[..raw.len().min(LINE_BYTES_MAX)]);
        let mut line = Self::default();
        let mut is_coloured = false;
        let mut rest = &*decoded;
        // The bell must come before any visible text: elsewhere it may end an escape sequence.
        let is_bell =
            |line: &Self, rest: &str| line.text.is_empty() && rest.starts_with(char::from(BELL));
        line.rings = is_bell(&line, rest);
        while let Some((plain, sequence, behind)) = split_at_colour(rest) {
            line.append(plain);
            line.styled.push_str(sequence);
            is_coloured = sequence != ORDINARY;
            rest = behind;
            line.rings |= is_bell(&line, rest);
        }
        line.append(rest);
        if is_coloured {
            line.styled.push_str(ORDINARY);
        }
        line
    }

    /// The text to show, with colours or without.
    pub fn shown(&self, with_colours: bool) -> &str {
        if with_colours { &self.styled } else { &self.text }
    }

    /// The text without colours.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the line asks for attention with a bell.
    pub fn rings(&self) -> bool {
        self.rings
    }

    fn append(&mut self, raw: &str) {
        let clean = CleanText::laid_out(raw.as_bytes());
        self.styled.push_str(clean.as_str());
        self.text.push_str(clean.as_str());
    }
}

/// A word from a server, made safe to show.
pub fn cleaned(word: &str) -> String {
    SanitizedLine::read(word.as_bytes()).text
}

/// Splits the text around the first colour sequence: what precedes it, the sequence, and the rest.
fn split_at_colour(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices(SEQUENCE_START).find_map(|(start, _)| {
        let parameters = &text[start + SEQUENCE_START.len()..];
        let is_parameter = |c: char| matches!(c, '0'..='9' | ';' | ':');
        let length = parameters.find(|c| !is_parameter(c))?;
        if length > PARAMETERS_BYTES_MAX || !parameters[length..].starts_with('m') {
            return None;
        }
        let end = start + SEQUENCE_START.len() + length + 1;
        Some((&text[..start], &text[start..end], &text[end..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_text_colours_and_the_bell_pass() {
        let check = |raw: &str, styled: &str, text: &str, rings: bool| {
            let line = SanitizedLine::read(raw.as_bytes());
            assert_eq!((line.shown(true), line.text(), line.rings()), (styled, text, rings));
            assert_eq!(line.shown(false), text);
        };
        check("ann: hello 你好 😀", "ann: hello 你好 😀", "ann: hello 你好 😀", false);
        check("\x1b[31mann\x1b[0m: hi", "\x1b[31mann\x1b[0m: hi", "ann: hi", false);
        check("\x07\x1b[1;7mann: bob!\x1b[0m", "\x1b[1;7mann: bob!\x1b[0m", "ann: bob!", true);
        check("\x1b[1;7m\x07ann: bob!\x1b[0m", "\x1b[1;7mann: bob!\x1b[0m", "ann: bob!", true);
        check("\x1b[32mann", "\x1b[32mann\x1b[0m", "ann", false);
        check("a\x07b\rc\0d", "abcd", "abcd", false);
        check("\x1b[2Ja\x1b[10;10Hb", "ab", "ab", false);
        check("\x1b]0;title\x07a\x1bPq\x1b\\b", "ab", "ab", false);
        check("\x1b]52;c;\x1b[31mx\x07", "]52;c;\x1b[31mx\x1b[0m", "]52;c;x", false);
        check("\u{9b}31ma\u{202e}b", "31mab", "31mab", false);
        check("\x1b[31", "[31", "[31", false);
        check("a\tb", "a b", "a b", false);
        let long = format!("\x1b[{}mx", "1;".repeat(40));
        check(&long, "x", "x", false);
        assert_eq!(SanitizedLine::read(b"a\xffb").text(), "a\u{fffd}b");
    }

    proptest! {
        #[test]
        fn nothing_else_passes(raw in proptest::collection::vec(
            prop_oneof![Just(0x1b_u8), Just(b'['), Just(b'm'), Just(b'3'), Just(7), any::<u8>()],
            0..60,
        )) {
            let line = SanitizedLine::read(&raw);
            let mut rest = line.shown(true);
            let mut without_colours = String::new();
            while let Some((before, _, behind)) = split_at_colour(rest) {
                without_colours.push_str(before);
                rest = behind;
            }
            without_colours.push_str(rest);
            prop_assert!(!without_colours.contains(char::is_control), "{:?}", without_colours);
            prop_assert_eq!(without_colours, line.text());
        }
    }
}
