//! When two names are the same (their keys) and when one looks like another (their looks).
//!
//! This module owns the mappings. It does not know what may be a name; any text has a key and
//! looks.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// How often a text is folded until its look no longer changes: a skeleton may contain capitals
/// whose small letters have another skeleton (Cyrillic `М` is like `M`, which as `m` is like `rn`).
/// A test tries every character.
const LOOK_ROUNDS: usize = 3;

const DOT_ABOVE: char = '\u{307}';

/// The key of a name in NFC: the same for all of its spellings.
///
/// RFC 8265 section 3.3 maps to small letters. By mapping to capitals and back, names are also the
/// same if their small letters differ but their capitals do not (`Strauß` and `STRAUSS`, the two
/// sigmas), so that nobody becomes someone else by writing in capitals.
pub(super) fn key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.to_lowercase().to_uppercase().to_lowercase().nfc().collect()
}

/// The looks of a name with this spelling and key: one to three, which differ.
///
/// One skeleton (UTS #39 section 4) is not enough where capitals and small letters are the same
/// name: Cyrillic `Мг` looks like `Mr` as it is written, `мама` like `MAMA` in capitals. So there
/// is one look for the spelling, one for the name in small letters, and one for it in capitals.
pub(super) fn looks(shown: &str, key: &str) -> Vec<String> {
    if let Some(look) = plain_look(shown) {
        return vec![look];
    }
    let mut looks = Vec::new();
    for look in [shown, key, &key.to_uppercase()].map(look) {
        if !looks.contains(&look) {
            looks.push(look);
        }
    }
    looks
}

/// The fast path for a name in plain ASCII. Its look is the same in any case, so it is the only
/// one.
fn plain_look(name: &str) -> Option<String> {
    let mut look = String::with_capacity(name.len() + 4);
    for byte in name.bytes() {
        match byte.to_ascii_lowercase() {
            b'm' => look.push_str("rn"),
            b'0' => look.push('o'),
            b'1' | b'i' => look.push('l'),
            letter @ b'a'..=b'z' => look.push(char::from(letter)),
            b'2'..=b'9' | b'-' | b'_' | b'.' | b':' | b'[' | b']' | b'#' => {
                look.push(char::from(byte));
            }
            _ => return None,
        }
    }
    Some(look)
}

/// The slow path: the look of one spelling.
fn look(spelling: &str) -> String {
    (0..LOOK_ROUNDS).fold(spelling.to_owned(), |look, _| folded(&look))
}

/// The skeleton in small letters, with `i` as `l`: UTS #39 treats `I` like `l`, and people who see
/// `ALlCE` read the capitals of `alice`.
fn folded(text: &str) -> String {
    let small = skeleton(text).flat_map(char::to_lowercase);
    let mut has_dot = false;
    small
        .map(|c| if c == 'i' { 'l' } else { c })
        .filter(|&c| {
            // A dot above a letter that already has one is invisible; İ in small letters has it.
            if is_combining_mark(c) {
                return !(has_dot && c == DOT_ABOVE);
            }
            has_dot = matches!(c, 'l' | 'j');
            true
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Checks both paths, which must agree wherever the fast one applies.
    fn check(name: &str, expected: &str) {
        assert_eq!(looks(name, &key(name)), [expected], "of {name}");
        assert_eq!(look(name), expected, "of {name}, the long way");
    }

    #[test]
    fn ascii_has_one_look_whatever_its_case() {
        for name in ["amber", "arnber", "AMBER", "Arnber"] {
            check(name, "arnber");
        }
        for name in ["B0B", "BOB", "bob", "b0b"] {
            check(name, "bob");
        }
        for name in ["BILL", "bill", "bi11", "BlLL", "BIll", "Bi1I"] {
            check(name, "blll");
        }
        check("[2001:db8::1]:8000", "[2ool:db8::l]:8ooo");
        check("#Garden_2.x", "#garden_2.x");
        check("paypaI", "paypal");
    }

    #[test]
    fn looks_of_other_scripts_follow_each_case() {
        let check = |name: &str, expected: &[&str]| {
            assert_eq!(looks(name, &key(name)), expected, "of {name}");
        };
        check("Мг", &["rnr", "ʍr", "rny"]);
        check("мама", &["ʍaʍa", "rnarna"]);
        check("王小明", &["王小明"]);
        check("İsrnail", &["lsrnall"]);
    }

    #[test]
    fn every_character_settles_and_every_key_is_its_own() {
        for c in '\0'..=char::MAX {
            let text: String = c.nfc().collect();
            let looks_like = look(&text);
            assert_eq!(folded(&looks_like), looks_like, "{c:?}");
            let its_key = key(&text);
            assert_eq!(key(&its_key), its_key, "{c:?}");
            assert_eq!(key(&text.to_uppercase()), its_key, "{c:?}");
            assert_eq!(key(&text.to_lowercase()), its_key, "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn the_fast_path_equals_the_slow_path(name in "[a-zA-Z0-9_.:\\[\\]#-]{0,30}") {
            for spelling in [name.to_uppercase(), key(&name), name] {
                prop_assert_eq!(plain_look(&spelling), Some(look(&spelling)));
                prop_assert_eq!(plain_look(&spelling), plain_look(&key(&spelling)));
            }
        }

        #[test]
        fn the_key_in_ascii_is_the_key_of_any_text(name in "[ -~]{0,30}") {
            let long: String = name.to_lowercase().to_uppercase().to_lowercase().nfc().collect();
            prop_assert_eq!(key(&name), long);
        }
    }
}
