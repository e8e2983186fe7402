//! How many columns text takes on a terminal.
//!
//! The unit is the grapheme cluster (UAX #29), since that is what a person takes for a character
//! and what a terminal draws into one place. Which terminal it is, nobody here knows: they differ
//! about emoji, and whoever moves a cursor by these numbers has to allow for that.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A terminal has narrow places and wide ones, and no others.
const CLUSTER_COLUMNS_MAX: usize = 2;

/// The columns that a text takes, all in one row.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.bytes().filter(|byte| !byte.is_ascii_control()).count();
    }
    clusters(text).map(cluster_columns).sum()
}

/// The columns that one grapheme cluster takes. Controls take none: they are no text.
pub fn cluster_columns(cluster: &str) -> usize {
    match cluster.as_bytes() {
        [byte] => usize::from(!byte.is_ascii_control()),
        _ if cluster.starts_with(char::is_control) => 0,
        _ => cluster.width().min(CLUSTER_COLUMNS_MAX),
    }
}

/// As much of a text, from its beginning, as takes no more columns than these.
pub fn beginning(text: &str, columns_max: usize) -> &str {
    let mut columns = 0;
    let fits = |cluster: &&str| {
        columns += cluster_columns(cluster);
        columns <= columns_max
    };
    &text[..clusters(text).take_while(fits).map(str::len).sum()]
}

/// The grapheme clusters of a text.
pub fn clusters(text: &str) -> Clusters<'_> {
    Clusters { rest: text }
}

/// Yields the grapheme clusters of a text.
#[derive(Clone, Debug)]
pub struct Clusters<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Clusters<'a> {
    type Item = &'a str;

    // It is called for each character of each row.
    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        let length = match self.rest.as_bytes() {
            [] => return None,
            // Between two ASCII characters there is always a border, but for CR LF. Tables need be
            // asked for the others alone.
            [byte] | [byte, 0..=0x7f, ..] if byte.is_ascii() && *byte != b'\r' => 1,
            _ => self.rest.graphemes(true).next()?.len(),
        };
        let (cluster, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(cluster)
    }
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
        check("❤\u{fe0f}", &[2]);
        // More columns than two, were they counted letter by letter.
        check("क्ष्ष्ष", &[2]);
        // A mark without a letter.
        check("\u{301}", &[0]);
        check("\x07a\x1b\u{85}b", &[0, 1, 0, 0, 1]);
        check("a\r\nb", &[1, 0, 1]);
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
        #[test]
        fn clusters_are_those_of_the_standard(text in "[a\r\n \u{301}\u{200d}中😀🏽🇩🇪한क्ष]{0,12}") {
            let ours: Vec<&str> = clusters(&text).collect();
            prop_assert_eq!(ours, text.graphemes(true).collect::<Vec<_>>());
        }
    }
}
