//! Text from users, cleaned once on arrival, so that it is safe for every terminal, log and reader
//! from then on.
//!
//! This module decides which characters pass, what the others become, and the normal form. It does
//! not know who says the text, where a line ends, how long it may be, or who reads it.
//!
//! Most lines contain only harmless characters (`stays`) and are taken as they are. Every other
//! line goes through four steps. Whole control sequences are removed (`without_sequences`). Each
//! character is examined on its own (`alone`): kept, replaced or removed. Then the line is
//! converted to Normalization Form C (UAX #15). Finally, characters that attach to another one
//! (marks, joiners, variation selectors, tags) are kept where they belong (`fitting`). Letters that
//! only look alike (UTS #39) pass: they matter for names, not for messages.
//!
//! In text from users, blanks that would fill a row are then cut (`narrowed`).

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use memchr::memmem::Finder;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{
    GeneralCategory, GeneralCategoryGroup, UnicodeEmoji, UnicodeGeneralCategory,
};
use unicode_width::UnicodeWidthChar;

use crate::limits::{BLANK_COLUMNS_MAX, LEADING_BLANK_COLUMNS_MAX};

/// The largest ratio of the cleaned line's bytes to those of the raw line.
///
/// A byte that is not UTF-8 becomes the three bytes of U+FFFD. Valid text does not grow more: the
/// worst characters in NFC are musical symbols such as U+1D160, from 4 bytes to 12.
pub const GROWTH_MAX: usize = 3;

/// Number of combining marks that stay on one character; further ones are dropped.
///
/// Stacks of marks reach into other people's lines and have crashed terminals (CVE-2021-26937). In
/// NFC, pointed Hebrew and Devanagari need three, the fullest Burmese syllables five, and
/// Vietnamese none.
pub const MARKS_IN_A_ROW_MAX: usize = 6;

const ZWNJ: char = '\u{200C}';
const ZWJ: char = '\u{200D}';
const VS15: char = '\u{FE0E}';
const VS16: char = '\u{FE0F}';
const BLACK_FLAG: char = '\u{1F3F4}';
const CANCEL_TAG: char = '\u{E007F}';

/// The first bytes of blanks other than spaces ([`is_blank`]).
static OTHER_BLANKS: LazyLock<[Finder<'static>; 4]> = LazyLock::new(|| {
    let beginnings: [&[u8]; 4] =
        ["\u{3000}".as_bytes(), "\u{2800}".as_bytes(), "\u{1D159}".as_bytes(), b"\xf0\x93\x91"];
    beginnings.map(Finder::new)
});

/// The manner in which something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// As a message.
    Said,
    /// As an action.
    Acted,
}

/// A line without control characters, characters that reorder text, and invisible characters.
///
/// It is in NFC, and cleaning it again changes nothing. It may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct CleanText(Box<str>);

impl From<String> for CleanText {
    /// Cleans the text like [`CleanText::laid_out`], which changes nothing in what was clean.
    fn from(text: String) -> Self {
        Self::cleaned(&text)
    }
}

impl CleanText {
    /// Cleans one whole line from a user, given without its line end, and narrows the blanks in it.
    pub fn from_bytes(raw: &[u8]) -> CleanText {
        match str::from_utf8(raw) {
            Ok(line) => Self::new(line),
            Err(_) => Self::new(&String::from_utf8_lossy(raw)),
        }
    }

    /// The same for a line that is UTF-8.
    pub fn new(line: &str) -> CleanText {
        let CleanText(line) = Self::cleaned(line);
        CleanText(narrowed(&line).map_or(line, Box::from))
    }

    /// Cleans one whole line whose layout comes from the server or its operator.
    ///
    /// Invalid UTF-8 becomes U+FFFD, one for each maximal subpart (Unicode chapter 3.9). This needs
    /// the whole line, because a character may arrive in two reads.
    pub fn laid_out(raw: &[u8]) -> CleanText {
        Self::cleaned(&String::from_utf8_lossy(raw))
    }

    fn cleaned(line: &str) -> CleanText {
        // Most lines are plain ASCII. Without an early exit the loop tests many bytes at a time.
        let is_ascii = line.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
        if is_ascii || line.chars().all(stays) {
            return CleanText(line.into());
        }
        let normal: Vec<char> = without_sequences(line).filter_map(alone).nfc().collect();
        // Hangul and Kirat Rai letters compose with the letter before them, which may only be
        // adjacent now that something between them has been removed.
        CleanText(fitting(&normal).nfc().collect::<String>().into())
    }

    /// The line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text from byte `at` on, which must be the beginning of a character; empty otherwise.
    ///
    /// Marks and joiners that are separated from their base are left out, so that the part is as
    /// clean as the whole: the same as cleaning it again, at less cost.
    pub fn part_from(&self, at: usize) -> CleanText {
        let part = self.0.get(at..).unwrap_or_default();
        CleanText(part.trim_start_matches(hangs).into())
    }

    /// Whether the text shows nothing.
    pub fn is_blank(&self) -> bool {
        self.0.chars().all(is_blank)
    }
}

/// Whether the character takes space but shows nothing. Some of these are symbols or letters by
/// category: the empty Braille cell, a musical symbol without a head, and Egyptian blanks.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{3000}' | '\u{2800}' | '\u{1D159}' | '\u{13441}' | '\u{13442}')
}

/// Cuts runs of blanks that could fill a row of a terminal, so that the text after them would look
/// like a row of its own, said by someone else. Returns `None` if there are none.
fn narrowed(line: &str) -> Option<String> {
    if !may_have_wide_blank(line.as_bytes()) {
        return None;
    }
    let mut kept = String::with_capacity(line.len());
    let (mut columns, mut columns_max) = (0, LEADING_BLANK_COLUMNS_MAX);
    for c in line.chars() {
        if !is_blank(c) {
            (columns, columns_max) = (0, BLANK_COLUMNS_MAX);
            kept.push(c);
            continue;
        }
        columns += c.width().unwrap_or_default().max(1);
        if columns <= columns_max {
            kept.push(c);
        }
    }
    (kept.len() < line.len()).then_some(kept)
}

/// Whether the line may contain too long a run of blanks: nearly no line has four spaces at a
/// position that is a multiple of four, as each run of seven has, or a blank that is not a space.
/// Every line is checked, so this tests many bytes at a time.
fn may_have_wide_blank(line: &[u8]) -> bool {
    let (fours, _) = line.as_chunks::<4>();
    let has_spaces = fours.iter().fold(false, |has, four| has | (four == b"    "));
    has_spaces || !line.is_ascii() && OTHER_BLANKS.iter().any(|it| it.find(line).is_some())
}

/// Whether the character stays unchanged wherever it stands between others of these: it passes on
/// its own, attaches to nothing, and is in NFC with any neighbours. This is not true of these
/// characters only, but they cover nearly everything that many people write, so that one look at
/// each character is enough for their lines.
fn stays(c: char) -> bool {
    matches!(c,
        ' '..='~'
        | '\u{C0}'..='\u{17F}' // Latin with accents
        | '\u{410}'..='\u{44F}' // Cyrillic
        | '\u{2010}'..='\u{2027}' // dashes and quotation marks
        | '\u{3000}'..='\u{3029}' | '\u{FF01}'..='\u{FF5E}' // Chinese and Japanese punctuation
        | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FE}' // Kana
        | '\u{4E00}'..='\u{9FFF}' // ideographs
        | '\u{AC00}'..='\u{D7A3}' // Hangul
        | '\u{1F300}'..='\u{1F64F}' // emoji
    )
}

/// The characters of a line without its control sequences (ECMA-48): a user who presses an arrow
/// key in `nc` does not mean to say `[A`. Only whole sequences are removed; of others, only the
/// control characters are, later on.
fn without_sequences(line: &str) -> impl Iterator<Item = char> {
    let mut rest = line;
    std::iter::from_fn(move || {
        while let Some(length) = sequence_length(rest) {
            rest = &rest[length..];
        }
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        Some(c)
    })
}

/// The length in bytes of the control sequence at the beginning of the text, if there is one.
///
/// Only ESC introduces one. The C1 controls could as well, but in text from users they result from
/// encoding twice; only they themselves are dropped.
fn sequence_length(text: &str) -> Option<usize> {
    let mut chars = text.strip_prefix('\u{1b}')?.chars();
    let kind = chars.next()?;
    let rest = chars.as_str();
    let rest = match kind {
        // CSI: parameters and intermediates, then one final byte.
        '[' => {
            let rest = rest.trim_start_matches(|c| matches!(c, ' '..='?'));
            rest.strip_prefix(|c| matches!(c, '@'..='~'))?
        }
        // SS3, as sent by function keys and the keypad.
        'O' => {
            rest.strip_prefix(|c| matches!(c, 'A'..='D' | 'F' | 'H' | 'M' | 'P'..='S' | 'j'..='y'))?
        }
        // OSC, DCS, SOS, PM and APC: a string up to ST or BEL. It contains no other controls.
        ']' | 'P' | 'X' | '^' | '_' => {
            let (_, ending) = rest.split_at(rest.find(char::is_control)?);
            ["\u{7}", "\u{9c}", "\u{1b}\\"].iter().find_map(|end| ending.strip_prefix(*end))?
        }
        _ => return None,
    };
    Some(text.len() - rest.len())
}

/// What a character becomes in a line, if anything, regardless of its neighbours. While it is being
/// typed, its author can be shown nothing else.
pub fn alone(c: char) -> Option<char> {
    match c {
        '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        ' ' | '\u{3000}' => Some(c),
        // These depend on their neighbours.
        ZWNJ | ZWJ | '\u{E0020}'..=CANCEL_TAG => Some(c),
        // Visible format characters: prepended concatenation marks, as in Arabic numbers.
        '\u{600}'..='\u{605}' | '\u{6DD}' | '\u{70F}' | '\u{890}' | '\u{891}' => Some(c),
        '\u{8E2}' | '\u{110BD}' | '\u{110CD}' => Some(c),
        // Letters and marks by category that show nothing: the combining grapheme joiner, Hangul
        // fillers, and the inherent vowels of Khmer.
        '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' => None,
        '\u{3164}' | '\u{FFA0}' => None,
        _ => match c.general_category() {
            // The rest of an escape sequence without its ESC is harmless text. `Format` contains
            // the bidi controls (UAX #9) and everything without a width.
            GeneralCategory::Control | GeneralCategory::Format => None,
            GeneralCategory::SpaceSeparator => Some(' '),
            // Private use characters and non-characters mean nothing to other users, and a
            // character that is unassigned today may be a control tomorrow.
            GeneralCategory::PrivateUse | GeneralCategory::Unassigned => {
                Some(char::REPLACEMENT_CHARACTER)
            }
            _ => Some(c),
        },
    }
}

/// The characters of `normal`, each with the characters attached to it that fit.
///
/// Only a beginning of a tail is kept, never a part after something dropped: so nothing moves next
/// to a mark that it would reorder or compose with, and cleaning twice equals cleaning once. A tail
/// at the beginning of the line has no base and is dropped.
fn fitting(normal: &[char]) -> impl Iterator<Item = char> {
    let mut rest = &normal[tail_len(normal)..];
    std::iter::from_fn(move || {
        let (&base, after) = rest.split_first()?;
        let (tail, next) = after.split_at(tail_len(after));
        rest = next;
        let fitting = fitting_len(base, tail, next.first().copied());
        Some(std::iter::once(base).chain(tail[..fitting].iter().copied()))
    })
    .flatten()
}

/// The number of characters at the beginning that attach to the one before them.
fn tail_len(chars: &[char]) -> usize {
    chars.iter().position(|&c| !hangs(c)).unwrap_or(chars.len())
}

fn hangs(c: char) -> bool {
    matches!(c, ZWNJ | ZWJ | '\u{E0020}'..=CANCEL_TAG) || is_combining_mark(c)
}

/// How much of `tail` may stay between `base` and `next`.
fn fitting_len(base: char, tail: &[char], next: Option<char>) -> usize {
    let mut marks = 0;
    let mut joined = false;
    let flag_len = flag_tags_len(base, tail);
    for (at, &c) in tail.iter().enumerate().skip(flag_len) {
        let fits = match c {
            ZWJ if joins_emoji(base, &tail[..at], &tail[at + 1..], next) => true,
            ZWNJ | ZWJ => !joined && joins_letters(base, next),
            VS15 | VS16 => at == 0 && has_emoji_variant(base),
            '\u{FE00}'..='\u{FE0D}' | '\u{180B}'..='\u{180D}' | '\u{180F}' => {
                at == 0 && is_letter_or_symbol(base)
            }
            '\u{E0100}'..='\u{E01EF}' => at == 0 && is_ideograph(base),
            _ => is_combining_mark(c),
        };
        joined |= matches!(c, ZWNJ | ZWJ);
        marks += usize::from(is_combining_mark(c));
        if !fits || marks > MARKS_IN_A_ROW_MAX {
            return at;
        }
    }
    tail.len()
}

/// The number of tags that make `base` the flag of England, Texas or another region (UTS #51,
/// ED-14a): a black flag, the region's code (CLDR: a country and up to four letters or digits) and
/// U+E007F. All other tags could carry invisible text.
fn flag_tags_len(base: char, tail: &[char]) -> usize {
    let is_code = |c: &char| matches!(c, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}');
    let code_len = tail.iter().take_while(|c| is_code(c)).count();
    let ends = tail.get(code_len) == Some(&CANCEL_TAG);
    if base == BLACK_FLAG && (3..=6).contains(&code_len) && ends { code_len + 1 } else { 0 }
}

/// Whether a ZWJ makes one emoji of `base` and `next` (UTS #51, ED-16): nothing is between the two
/// except possibly an emoji presentation selector before the joiner.
fn joins_emoji(base: char, before: &[char], behind: &[char], next: Option<char>) -> bool {
    let is_modifier = matches!(base, '\u{1F3FB}'..='\u{1F3FF}');
    (is_pictograph(base) && matches!(before, [] | [VS16]) || is_modifier && before.is_empty())
        && behind.is_empty()
        && next.is_some_and(is_pictograph)
}

/// Whether a joiner between `base` and `next` is part of the spelling.
///
/// Persian separates prefixes and suffixes from a word with ZWNJ; in the scripts of India and Sri
/// Lanka ZWJ and ZWNJ decide whether two consonants merge. Without them words are misspelt, or are
/// other words (UAX #31, section 2.3). Elsewhere a joiner is only a way to hide something in a
/// word.
fn joins_letters(base: char, next: Option<char>) -> bool {
    let needs_joiners = |c| {
        matches!(c, '\u{600}'..='\u{8FF}' | '\u{900}'..='\u{DFF}')
            && c.general_category_group() == GeneralCategoryGroup::Letter
    };
    needs_joiners(base) && next.is_some_and(needs_joiners)
}

/// Approximates Extended_Pictographic (UTS #51), which no crate here offers: it lacks symbols that
/// are not emoji, or not yet, and those occur in no sequence.
fn is_pictograph(c: char) -> bool {
    c.is_emoji_char() && !c.is_emoji_component()
}

/// Whether VS15 and VS16 choose between text and emoji: for pictographs, and for the keys of
/// keycaps.
fn has_emoji_variant(c: char) -> bool {
    is_pictograph(c) || matches!(c, '#' | '*' | '0'..='9')
}

fn is_letter_or_symbol(c: char) -> bool {
    let group = c.general_category_group();
    matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Symbol)
}

/// Unified ideographs, the bases of ideographic variation sequences (UTS #37).
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{33479}')
}

#[cfg(test)]
mod tests;
