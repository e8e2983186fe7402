//! When two characters are the same for a search, and the role of each in a word.
//!
//! This module owns the folding and the roles of characters. It does not know how words are used.

use std::iter;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

/// The role of a character in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It forms a word together with adjacent characters of the same role.
    Joins,
    /// It is a word of its own.
    Alone,
    /// It belongs to the character before it.
    Hangs,
    /// It separates words.
    Parts,
}

/// The role of a folded character.
pub(super) fn role(c: char) -> Role {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Role::Joins,
        '\0'..='\u{7F}' => Role::Parts,
        // Ideographs and Hangul, without a table lookup.
        '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => Role::Alone,
        // Letters by category that are used as apostrophes, for example in Ukrainian.
        '\u{2BB}' | '\u{2BC}' => Role::Parts,
        // Symbols by category: the Braille blank, and stand-ins for something lost.
        '\u{2800}' | '\u{FFFC}' | '\u{FFFD}' => Role::Parts,
        // Repetition and length marks in Chinese and Japanese, some without a particular script.
        '\u{3005}'..='\u{3007}' | '\u{3031}'..='\u{3035}' | '\u{303C}' | '\u{30FC}' => Role::Alone,
        _ => match c.general_category() {
            GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter
            | GeneralCategory::LetterNumber => {
                if is_written_without_spaces(c.script()) {
                    Role::Alone
                } else {
                    Role::Joins
                }
            }
            GeneralCategory::DecimalNumber | GeneralCategory::OtherNumber => Role::Joins,
            GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark => Role::Hangs,
            GeneralCategory::OtherSymbol => Role::Alone,
            _ => Role::Parts,
        },
    }
}

/// The characters of `text`, with those made equal that are the same for a search.
///
/// Compatibility forms (UAX #15) become the usual ones, capitals become small letters, and marks on
/// Latin, Greek and Cyrillic letters are removed: people often omit them when they type in a hurry
/// or on a foreign keyboard. Elsewhere marks make another letter (`か` and `が`), or are all the
/// vowels. Invisible characters are removed, too. The result is in Normalization Form C.
pub(super) fn folded(text: &str) -> impl Iterator<Item = char> {
    let mut base_loses_marks = true;
    text.nfkd()
        .filter(move |&c| {
            if c.is_ascii() {
                base_loses_marks = true;
                return true;
            }
            if is_left_out(c) {
                return false;
            }
            match c.general_category() {
                GeneralCategory::Format | GeneralCategory::EnclosingMark => false,
                GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark => !base_loses_marks,
                _ => {
                    base_loses_marks = loses_marks(c);
                    true
                }
            }
        })
        .flat_map(char::to_lowercase)
        .flat_map(respelt)
        .nfc()
}

/// The end of the blocks of Latin, Greek and Cyrillic.
const EUROPEAN_END: usize = 0x530;

/// The results of [`folded_alone`] for each character before that, computed once.
static EUROPEAN: LazyLock<[Option<(char, Role)>; EUROPEAN_END]> = LazyLock::new(|| {
    std::array::from_fn(|number| {
        let c = char::from_u32(u32::try_from(number).ok()?)?;
        let mut utf8 = [0; 4];
        let mut whole = folded(c.encode_utf8(&mut utf8));
        let first = whole.next()?;
        whole.next().is_none().then_some((first, role(first)))
    })
});

/// The one character that this one is folded to, with its role, if that does not depend on its
/// neighbours, as long as these are such characters, too.
///
/// Not all such characters are known here, but nearly all that many people write: folding a line in
/// this way costs a tenth.
pub(super) fn folded_alone(c: char) -> Option<(char, Role)> {
    if let Some(known) = EUROPEAN.get(c as usize) {
        return *known;
    }
    match c {
        // Dashes and quotation marks; Chinese and Japanese punctuation.
        '\u{2010}'..='\u{2027}' | '\u{3000}'..='\u{3002}' | '\u{3008}'..='\u{3011}' => {
            Some((' ', Role::Parts))
        }
        // Full-width ASCII.
        '\u{FF01}'..='\u{FF5E}' => EUROPEAN[c as usize - 0xFF01 + 0x21],
        // Kana, ideographs and Hangul, all composed; emoji except skin tones.
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}' => Some((c, Role::Alone)),
        '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => Some((c, Role::Alone)),
        '\u{1F300}'..='\u{1F3FA}' | '\u{1F400}'..='\u{1F64F}' => Some((c, Role::Alone)),
        _ => None,
    }
}

/// Whether the character is invisible, or only changes the look of another, although its category
/// does not say so: the combining grapheme joiner, Hangul fillers, the inherent vowels of Khmer,
/// variation selectors, and skin tones.
fn is_left_out(c: char) -> bool {
    matches!(c,
        '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}'
        | '\u{1F3FB}'..='\u{1F3FF}'
    )
}

/// Whether a mark on the character makes no difference. Digits and symbols are common to all
/// scripts.
fn loses_marks(c: char) -> bool {
    matches!(c.script(), Script::Latin | Script::Greek | Script::Cyrillic | Script::Common)
}

/// The letter, or what is often typed instead of it: Unicode has no decomposition for these,
/// although their strokes are marks like any other, and ligatures and `ß` are often spelt out. The
/// Greek final sigma and the Turkish dotless i become what their capitals are.
fn respelt(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'ı' => ('i', None),
        'ø' => ('o', None),
        'đ' => ('d', None),
        'ħ' => ('h', None),
        'ł' => ('l', None),
        'ŧ' => ('t', None),
        'ς' => ('σ', None),
        _ => (c, None),
    };
    iter::once(first).chain(second)
}

/// Whether a text in the script cannot be split into words at its spaces: scripts of Unicode's line
/// breaking class SA (UAX #14), those of East Asia, and Tibetan.
fn is_written_without_spaces(script: Script) -> bool {
    matches!(
        script,
        Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Bopomofo
            | Script::Hangul
            | Script::Yi
            | Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
            | Script::Tai_Le
            | Script::New_Tai_Lue
            | Script::Tai_Tham
            | Script::Tai_Viet
            | Script::Tibetan
    )
}
