//! Which texts may be names: characters, length and scripts.
//!
//! The basis is RFC 8265 (UsernameCasePreserved), which excludes spaces, symbols and emoji, and UTS
//! #39, which leaves the letters that living languages are written with. This module does not know
//! what a name means or who has it.

use precis_profiles::UsernameCasePreserved;
use precis_profiles::precis_core::profile::{PrecisFastInvocation, Rules};
use precis_profiles::precis_core::{DerivedPropertyValue, Error, IdentifierClass, StringClass};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::general_security_profile::IdentifierType;
use unicode_security::mixed_script::AugmentedScriptSet;
use unicode_security::{GeneralSecurityProfile, MixedScript};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::NickError;
use crate::limits;
use crate::text::MARKS_IN_A_ROW_MAX;

/// Maximum length of a typed text in bytes: a longer one is not examined. No name that is short
/// enough takes more than four times its bytes in any normal form or width (`ǖ` takes 2, and 7 as a
/// wide `u` with two marks), and some of the rules take time quadratic in the length.
pub(super) const TYPED_BYTES_MAX: usize = 4 * limits::NAME_BYTES_MAX;

/// Maximum number of consecutive marks without a width of their own, after NFC: as many as any
/// language stacks in a name. Burmese has more marks in a row, but most of them take a column.
const STACKED_MARKS_MAX: usize = 3;

/// Checks a name that a user requests, and returns it in its normal form.
pub(super) fn checked(text: &str) -> Result<String, NickError> {
    if text.is_empty() {
        return Err(NickError::Empty);
    }
    if text.len() > TYPED_BYTES_MAX {
        return Err(NickError::TooLong);
    }
    let name = spelled(text).map_err(NickError::Character)?;
    if let Some(c) = name.chars().find(|&c| !is_of_living_language(c)) {
        return Err(NickError::Character(c));
    }
    if !name.starts_with(is_letter_or_digit) {
        return Err(NickError::Beginning);
    }
    if name.ends_with('.') {
        return Err(NickError::Ending);
    }
    if has_too_many_marks(&name) {
        return Err(NickError::TooManyMarks);
    }
    if name.width() > limits::NICK_COLUMNS_MAX || name.len() > limits::NAME_BYTES_MAX {
        return Err(NickError::TooLong);
    }
    if let Some(c) = mark_on_a_sign(&name) {
        return Err(NickError::Character(c));
    }
    if !has_scripts_of_one_language(&name) {
        return Err(NickError::MixedScripts);
    }
    if !keeps_its_order(&name) {
        return Err(NickError::Direction);
    }
    Ok(name)
}

/// The typed text in its normal form and width, or the first character in it that no name may
/// contain in any language.
pub(super) fn spelled(text: &str) -> Result<String, char> {
    // Before PRECIS as well: it refuses Hangul in single jamo, as macOS produces it.
    let typed: String = text.nfc().map(known_case).collect();
    let prepared = match UsernameCasePreserved::prepare(typed.as_str()) {
        Ok(prepared) => prepared,
        Err(error) => return Err(refused(&typed, &error)),
    };
    // PRECIS accepts every visible ASCII character; most signs mean something to a command.
    match prepared.chars().find(|&c| c.is_ascii() && !c.is_ascii_alphanumeric() && !is_sign(c)) {
        Some(c) => Err(c),
        None => Ok(prepared.nfc().collect()),
    }
}

/// The letter, in its other case if PRECIS only knows that one: its tables are those of Unicode
/// 6.3, when Georgian had no capitals and Cherokee no small letters.
fn known_case(c: char) -> char {
    let class_of = |c| IdentifierClass::default().get_value_from_char(c);
    if c.is_ascii() || class_of(c) != DerivedPropertyValue::Unassigned {
        return c;
    }
    let mut cases = c.to_lowercase().chain(c.to_uppercase());
    cases.find(|&other| class_of(other) == DerivedPropertyValue::PValid).unwrap_or(c)
}

/// The character for which PRECIS refused the text. Not every error names it; then it is one that
/// needs certain neighbours, and is also refused alone.
fn refused(typed: &str, error: &Error) -> char {
    let named = match error {
        Error::BadCodepoint(bad) => char::from_u32(bad.cp),
        Error::Invalid | Error::Unexpected(_) => None,
    };
    let is_refused = |c: &char| UsernameCasePreserved::prepare(c.to_string()).is_err();
    named.or_else(|| typed.chars().find(is_refused)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Characters that UTS #39 recommends for identifiers, and those that it leaves to users who need
/// them: people have names with letters in limited use, too (`Ţ` in Romanian, the points of Hebrew,
/// rare characters of Chinese names). They exclude phonetic and historic letters, and joiners,
/// which would be invisible.
fn is_of_living_language(c: char) -> bool {
    use IdentifierType::{Limited_Use, Uncommon_Use};
    c.identifier_allowed() || matches!(c.identifier_type(), Some(Limited_Use | Uncommon_Use))
}

/// The signs that may be in a name.
pub(super) fn is_sign(c: char) -> bool {
    matches!(c, '-' | '_' | '.')
}

fn is_letter_or_digit(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Letter
        || c.general_category() == GeneralCategory::DecimalNumber
}

fn has_too_many_marks(name: &str) -> bool {
    let (mut marks, mut stacked) = (0, 0);
    name.chars().any(|c| {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        stacked = if c.width() == Some(0) { stacked + 1 } else { 0 };
        marks > MARKS_IN_A_ROW_MAX || stacked > STACKED_MARKS_MAX
    })
}

/// The first mark on a sign: it would make another sign of it, which no rule here knows.
fn mark_on_a_sign(name: &str) -> Option<char> {
    let mut pairs = name.chars().zip(name.chars().skip(1));
    pairs.find_map(|(base, c)| (is_sign(base) && is_combining_mark(c)).then_some(c))
}

/// Whether all letters are of one script, or of those that Chinese, Japanese and Korean mix, with
/// or without Latin (highly restrictive in UTS #39 section 5.2): `小王Jack` is a name, but Latin with
/// Cyrillic or Greek is a disguise.
fn has_scripts_of_one_language(name: &str) -> bool {
    let latin = AugmentedScriptSet::for_char('a');
    let is_latin = |c: &char| AugmentedScriptSet::for_char(*c) == latin;
    let rest: String = name.chars().filter(|c| !is_latin(c)).collect();
    let scripts = rest.resolve_script_set();
    name.is_single_script() || scripts.hanb || scripts.jpan || scripts.kore
}

/// Checks the bidi rule (RFC 5893 section 2). The rule allows marks anywhere, but precis-profiles
/// allows nothing after one, which would refuse `محمّد`; so it is given none.
fn keeps_its_order(name: &str) -> bool {
    let letters: String = name.chars().filter(|&c| !is_combining_mark(c)).collect();
    UsernameCasePreserved::new().directionality_rule(letters).is_ok()
}
