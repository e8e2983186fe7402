//! The number of columns that text takes on a terminal.
//!
//! The unit is what a terminal draws into one place: a grapheme cluster (UAX #29), or, if a cluster
//! is several letters, each of them with its marks. The terminal is unknown here: terminals differ
//! about emoji, and code that moves a cursor by these numbers has to allow for that.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A terminal has narrow and wide places, and no others.
const CLUSTER_COLUMNS_MAX: usize = 2;

/// A family of four, drawn one after another. Nobody draws more than that as one picture.
const DISPUTED_COLUMNS_MAX: usize = 8;

/// The columns that a text takes in one row.
pub(crate) fn columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.bytes().filter(|byte| !byte.is_ascii_control()).count();
    }
    clusters(text).map(cluster_columns).sum()
}

/// The columns that one grapheme cluster takes. Controls take none: they are not text.
pub(crate) fn cluster_columns(cluster: &str) -> usize {
    match cluster.as_bytes() {
        [byte] => usize::from(!byte.is_ascii_control()),
        _ if cluster.starts_with(char::is_control) => 0,
        _ => cluster.width().min(CLUSTER_COLUMNS_MAX),
    }
}

/// The columns that a cluster takes if it is drawn sign by sign, as many terminals do with skin
/// tones, joined emoji, flags and keycaps.
pub(crate) fn cluster_columns_by_signs(cluster: &str) -> usize {
    // Most clusters are one ASCII character, which needs no table.
    if cluster.len() == 1 {
        return cluster_columns(cluster);
    }
    cluster.chars().map(|sign| if is_regional(sign) { 2 } else { sign.width().unwrap_or(0) }).sum()
}

/// The longest beginning of a text that takes at most this many columns.
pub(crate) fn beginning(text: &str, columns_max: usize) -> &str {
    let mut columns = 0;
    let fits = |cluster: &&str| {
        columns += cluster_columns(cluster);
        columns <= columns_max
    };
    &text[..clusters(text).take_while(fits).map(str::len).sum()]
}

/// The grapheme clusters of a text; a cluster of several letters (as in Hindi) is split into its
/// letters with their marks.
pub(crate) fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let mut letters_bytes = 0;
    std::iter::from_fn(move || {
        let length = match rest.as_bytes() {
            [] => return None,
            // There is always a boundary between two ASCII characters, except in CR LF. Only the
            // others need a table.
            [byte] | [byte, 0..=0x7f, ..] if byte.is_ascii() && *byte != b'\r' => 1,
            _ => cluster_length(rest, &mut letters_bytes)?,
        };
        let (cluster, behind) = rest.split_at(length);
        rest = behind;
        Some(cluster)
    })
}

/// The length in bytes of the first cluster. `letters_bytes` is that of the rest of a cluster of
/// several letters, at the beginning of the text.
fn cluster_length(text: &str, letters_bytes: &mut usize) -> Option<usize> {
    if *letters_bytes == 0 {
        let cluster = text.graphemes(true).next()?;
        if !is_several_letters(cluster) {
            return Some(cluster.len());
        }
        *letters_bytes = cluster.len();
    }
    let letters = &text[..*letters_bytes];
    let mut begun = letters.char_indices().filter(|(_, sign)| sign.width().unwrap_or(0) > 0);
    let length = begun.nth(1).map_or(letters.len(), |(at, _)| at);
    *letters_bytes -= length;
    Some(length)
}

/// Whether each sign of the cluster that takes columns has columns of its own on every terminal.
fn is_several_letters(cluster: &str) -> bool {
    if cluster.chars().nth(1).is_none() {
        return false;
    }
    let columns = cluster_columns_by_signs(cluster);
    let letters = cluster.chars().filter(|sign| sign.width().unwrap_or(0) > 0).count();
    letters > 1 && columns == cluster.width() || columns > DISPUTED_COLUMNS_MAX
}

/// Whether a sign is half of a flag, which takes one or two columns depending on the terminal.
fn is_regional(sign: char) -> bool {
    matches!(sign, '\u{1F1E6}'..='\u{1F1FF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn widths() {
        let check = |text: &str, expected: &[usize]| {
            let widths: Vec<usize> = clusters(text).map(cluster_columns).collect();
            assert_eq!(widths, expected, "{text:?}");
            assert_eq!(columns(text), expected.iter().sum::<usize>(), "{text:?}");
        };
        check("", &[]);
        check("a b", &[1, 1, 1]);
        check("é…", &[1, 1]);
        check("e\u{301}x", &[1, 1]);
        check("中文", &[2, 2]);
        check("한\u{1112}\u{1161}\u{11ab}", &[2, 2]);
        check("😀", &[2]);
        check("👍🏽", &[2]);
        check("👩‍👩‍👧‍👦", &[2]);
        check("🇩🇪🇪🇺", &[2, 2]);
        check("❤\u{fe0f}1\u{fe0f}\u{20e3}", &[2, 2]);
        // Letter by letter.
        check("क्ष्ष्ष", &[1, 1, 1, 1]);
        check("क्या", &[1, 1, 1]);
        // A mark without a letter.
        check("\u{301}", &[0]);
        check("\x07a\x1b\u{85}b", &[0, 1, 0, 0, 1]);
        check("a\r\nb", &[1, 0, 1]);
    }

    #[test]
    fn widths_by_signs() {
        let check = |cluster: &str, expected: usize| {
            assert_eq!(clusters(cluster).collect::<Vec<_>>(), [cluster]);
            assert_eq!(cluster_columns_by_signs(cluster), expected, "{cluster:?}");
        };
        check("a", 1);
        check("e\u{301}", 1);
        check("中", 2);
        check("😀", 2);
        check("👍🏽", 4);
        check("👩‍👩‍👧‍👦", 8);
        check("🇩🇪", 4);
        check("❤\u{fe0f}", 1);
        check("1\u{fe0f}\u{20e3}", 1);
        // No terminal draws a family of five as one picture.
        assert_eq!(clusters("👩‍👩‍👧‍👦‍👦").count(), 5);
    }

    #[test]
    fn beginnings() {
        let check = |text: &str, columns_max: usize, expected: &str| {
            assert_eq!(beginning(text, columns_max), expected, "{text:?} in {columns_max}");
        };
        check("", 0, "");
        check("abc", 0, "");
        check("abc", 2, "ab");
        check("abc", 3, "abc");
        check("abc", 9, "abc");
        check("a中文", 2, "a");
        check("a中文", 3, "a中");
        check("ae\u{301}x", 2, "ae\u{301}");
    }

    proptest! {
        /// Each boundary of the standard is one here, and between two of them each letter has its
        /// own columns.
        #[test]
        fn clusters_are_those_of_the_standard_or_letters(
            text in "[a\r\n \u{301}\u{200d}中😀🏽🇩🇪한ka্ষক्षया]{0,12}",
        ) {
            let mut ours = clusters(&text);
            for standard in text.graphemes(true) {
                let first = ours.next().unwrap();
                let mut length = first.len();
                let mut columns = cluster_columns(first);
                while length < standard.len() {
                    let letter = ours.next().unwrap();
                    length += letter.len();
                    columns += cluster_columns(letter);
                    prop_assert_eq!(cluster_columns_by_signs(letter), cluster_columns(letter));
                }
                prop_assert_eq!(length, standard.len());
                prop_assert!(first.len() == length || columns == cluster_columns_by_signs(standard));
            }
            prop_assert!(ours.next().is_none());
        }
    }
}
