//! Breaks a rendered line into rows at word boundaries, which no terminal does by itself.
//!
//! This module knows columns and colour sequences, but not what the line says. Rows have a hanging
//! indent, so that the first row of a line stands out by its beginning.

use std::ops::Range;

use super::width::{cluster_columns, clusters};

/// Indent of the further rows of a line that is longer than the screen is wide. No line begins with
/// it: new messages have no indent, and earlier ones and lists have two columns. So nobody can
/// break a line in a way that makes a part of it look like someone else's message.
pub(crate) const WRAPPED_INDENT: usize = 4;

/// Begins each colour sequence (ECMA-48, CSI).
pub(crate) const SEQUENCE_START: &str = "\x1b[";

/// The indent if a deeper one would leave too little of the row. No line begins with this one
/// either.
const INDENT_NARROW_COLUMNS: usize = 1;

/// An indent takes at most one in this many columns.
const INDENT_SHARE: usize = 3;

/// Characters that never begin a row in Chinese or Japanese: they belong to what precedes them.
/// (The other rules for breaking lines, JIS X 4051, matter in print.)
pub(crate) const NEVER_FIRST: &str = "、。，．！？：；）」』】》〉〕・ー々";

/// Breaks the line `bytes[start..]` in place if it takes more than `columns - 1` columns.
///
/// The line must have no line end, be UTF-8, and contain no controls but BEL and SGR sequences.
/// Each further row begins with CR LF and `indent` spaces, or one space if that is more than a
/// third of the row. Spaces at a break are dropped; nothing else is.
pub(crate) fn wrap(bytes: &mut Vec<u8>, start: usize, indent: usize, columns: usize) {
    // No character takes more columns than bytes: most lines end here.
    if bytes.len() - start < columns {
        return;
    }
    let Ok(line) = str::from_utf8(&bytes[start..]) else { return };
    let indent = if indent > columns / INDENT_SHARE { INDENT_NARROW_COLUMNS } else { indent };
    let columns_max = columns.saturating_sub(1);
    let (mut rows, mut rest, mut first_column) = (String::new(), line, 0);
    while let Some(gap) = row_end(rest, first_column, columns_max) {
        rows.push_str(&rest[..gap.start]);
        if gap.end < rest.len() {
            rows.push_str("\r\n");
            rows.extend(std::iter::repeat_n(' ', indent));
        }
        rows.extend(rest[gap.clone()].split(' '));
        (rest, first_column) = (&rest[gap.end..], indent);
    }
    if rest.len() < line.len() {
        rows.push_str(rest);
        bytes.truncate(start);
        bytes.extend_from_slice(rows.as_bytes());
    }
}

/// The cluster or sequence at some place in a line.
#[derive(Clone, Copy, Debug)]
struct Piece<'a> {
    text: &'a str,
    columns: usize,
}

/// Where the row that begins with this text ends, unless all of the text fits into it: before this
/// part of the text, from which everything but spaces moves to the next row. Between two wide
/// characters it is empty.
///
/// Since there is no such place between it and the edge, no byte is read more than twice.
fn row_end(text: &str, first_column: usize, columns_max: usize) -> Option<Range<usize>> {
    // Spaces may go beyond the edge, since they will be dropped.
    let (mut at, mut column) = (0, first_column);
    let (mut has_words, mut is_after_wide) = (false, false);
    let mut gap: Option<Range<usize>> = None;
    while let Some(piece) = piece_at(text, at) {
        let end = at + piece.text.len();
        let (is_space, is_wide) = (piece.text == " ", piece.columns > 1);
        let may_end_here = match is_space {
            // Spaces before the first word are the line's own indent, as far as it fits.
            true => has_words || column >= columns_max,
            false => {
                let is_between_wide = has_words && (is_wide || is_after_wide && piece.columns > 0);
                is_between_wide && !NEVER_FIRST.contains(piece.text)
            }
        };
        if may_end_here && gap.as_ref().is_none_or(|gap| gap.end < at) {
            gap = Some(at..at);
        }
        if is_space || piece.columns == 0 {
            // A colour change between two words belongs to the second one.
            if let Some(gap) = gap.as_mut().filter(|gap| gap.end == at) {
                gap.end = end;
            }
        } else {
            // A row takes at least one character, or the rows would never end.
            if column + piece.columns > columns_max && column > first_column {
                return Some(gap.unwrap_or(at..at));
            }
            (has_words, is_after_wide) = (true, is_wide);
        }
        column += piece.columns;
        at = end;
    }
    // The last word fits, but the spaces behind it may not.
    gap.filter(|_| column > columns_max)
}

/// The grapheme cluster or sequence at this place in the line.
fn piece_at(line: &str, at: usize) -> Option<Piece<'_>> {
    let rest = &line[at..];
    if let Some(parameters) = rest.strip_prefix(SEQUENCE_START) {
        let is_final = |character| matches!(character, '\x40'..='\x7e');
        let end = parameters.find(is_final).map_or(rest.len(), |at| SEQUENCE_START.len() + at + 1);
        return Some(Piece { text: &rest[..end], columns: 0 });
    }
    let text = clusters(rest).next()?;
    Some(Piece { text, columns: cluster_columns(text) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::width;
    use proptest::prelude::*;

    fn wrapped(line: &str, indent: usize, columns: usize) -> String {
        let mut bytes = b"before".to_vec();
        bytes.extend_from_slice(line.as_bytes());
        wrap(&mut bytes, "before".len(), indent, columns);
        let text = String::from_utf8(bytes).unwrap();
        text.strip_prefix("before").unwrap().to_owned()
    }

    /// The line without everything that takes no columns.
    fn shown(text: &str) -> String {
        let mut shown = String::new();
        let mut at = 0;
        while let Some(piece) = piece_at(text, at) {
            at += piece.text.len();
            if piece.columns > 0 {
                shown.push_str(piece.text);
            }
        }
        shown
    }

    fn check(line: &str, indent: usize, columns: usize, expected: &[&str]) {
        let rows = wrapped(line, indent, columns);
        assert_eq!(rows.split("\r\n").collect::<Vec<_>>(), expected, "{line:?}");
    }

    #[test]
    fn words() {
        check("", 2, 10, &[""]);
        check("123456789", 2, 10, &["123456789"]);
        check("1234567890", 2, 10, &["123456789", "  0"]);
        check("bob: hello there all", 2, 12, &["bob: hello", "  there all"]);
        check("hello you and me", 0, 10, &["hello you", "and me"]);
        // A word that fits exactly, and the space behind it.
        check("123456789 x", 2, 10, &["123456789", "  x"]);
        check("1234567 9 x", 2, 10, &["1234567 9", "  x"]);
        // A word that fits into no row fills the one that it is in.
        check("a 1234567890abcdef", 2, 10, &["a", "  1234567", "  890abcd", "  ef"]);
        // A word that would only fit into the first row, but is not in it.
        check("ab 123456789 c", 3, 10, &["ab", "   123456", "   789 c"]);
        check("https://a.example/b/c", 1, 10, &["https://a", " .example", " /b/c"]);
        check("it is\u{a0}about time", 0, 10, &["it", "is\u{a0}about", "time"]);
    }

    #[test]
    fn spaces() {
        check("12345678   90", 2, 10, &["12345678", "  90"]);
        check("123456789    ", 2, 10, &["123456789"]);
        check("12345         ", 2, 10, &["12345"]);
        check("a  b  c  d  e", 2, 10, &["a  b  c", "  d  e"]);
        check("  12:00 hello", 2, 10, &["  12:00", "  hello"]);
        check("         hello", 2, 10, &["         ", "  hello"]);
        check("              hello", 2, 10, &["         ", "  hello"]);
        check("              ", 2, 10, &["         "]);
        check("hello you and  \x1b[0m ", 2, 10, &["hello you", "  and  \x1b[0m "]);
        check("hello you and9   \x1b[0m   \x07", 2, 10, &["hello you", "  and9\x1b[0m\x07"]);
    }

    #[test]
    fn indents() {
        check("123456789 1", 3, 10, &["123456789", "   1"]);
        check("123456789 1", 4, 10, &["123456789", " 1"]);
        check("12345678901 1", 4, 12, &["12345678901", "    1"]);
        check("123456789 1", 99, 10, &["123456789", " 1"]);
    }

    #[test]
    fn wide_characters() {
        check("中文中文", 2, 10, &["中文中文"]);
        check("中文中文中", 2, 10, &["中文中文", "  中"]);
        check("a中文中文中", 2, 10, &["a中文中文", "  中"]);
        check("bob: 中文中文", 2, 10, &["bob: 中文", "  中文"]);
        check("中文 bob: 中文", 2, 10, &["中文 bob:", "  中文"]);
        check("中文bobby中文", 2, 10, &["中文bobby", "  中文"]);
        check("中文中bobby", 2, 10, &["中文中", "  bobby"]);
        check("中文中文。中", 2, 10, &["中文中", "  文。中"]);
        check("中文中文 。", 2, 10, &["中文中文", "  。"]);
        // There is no other place to break.
        check("中。。。。。", 2, 10, &["中。。。", "  。。"]);
        check("123456789 中。。。。", 2, 10, &["123456789", "  中。。", "  。。"]);
        check("😀😀😀😀😀", 0, 10, &["😀😀😀😀", "😀"]);
    }

    #[test]
    fn clusters_stay_whole() {
        check("12345678e\u{301}\u{302}e\u{301}", 2, 10, &["12345678e\u{301}\u{302}", "  e\u{301}"]);
        check("1234567890👩‍👩‍👧‍👦", 0, 11, &["1234567890", "👩‍👩‍👧‍👦"]);
        check("ééééééééé", 0, 10, &["ééééééééé"]);
    }

    #[test]
    fn sequences_take_no_columns() {
        check("\x07\x1b[31mbob\x1b[0m: hello", 2, 12, &["\x07\x1b[31mbob\x1b[0m: hello"]);
        check("\x1b[1;7mhello you\x1b[0m all", 2, 10, &["\x1b[1;7mhello you\x1b[0m", "  all"]);
        check("hello you \x1b[31mall\x1b[0m", 2, 10, &["hello you", "  \x1b[31mall\x1b[0m"]);
        check("hello you\x1b[0m", 2, 10, &["hello you\x1b[0m"]);
        check("123456789\x1b[0m0", 2, 10, &["123456789\x1b[0m", "  0"]);
        // A sequence without an end is no reason to stop.
        check("hello \x1b[31", 2, 10, &["hello \x1b[31"]);
    }

    #[test]
    fn absurd_widths() {
        check("ab 中", 0, 0, &["a", "b", "中"]);
        check("ab 中", 5, 1, &["a", " b", " 中"]);
        check("ab", 0, 2, &["a", "b"]);
    }

    fn line() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => "[a-z]{1,5}",
            4 => " {1,3}",
            1 => "[a-z]{12,30}",
            2 => "[中文。「é😀]{1,3}",
            1 => "\u{301}",
            1 => Just("👩‍👧".to_owned()),
            1 => Just("\x1b[1;31m".to_owned()),
            1 => Just("\x1b[0m".to_owned()),
            1 => Just("\x07".to_owned()),
        ];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn rows_fit_and_nothing_is_lost(
            line in line(), indent in 0..20_usize, columns in 10..60_usize,
        ) {
            let all = wrapped(&line, indent, columns);
            let indent = if indent > columns / 3 { 1 } else { indent };
            let rows: Vec<&str> = all.split("\r\n").collect();
            for (number, row) in rows.iter().enumerate() {
                prop_assert!(width::columns(&shown(row)) < columns, "{:?}", row);
                if number > 0 {
                    prop_assert!(row.starts_with(&" ".repeat(indent)));
                    let first = clusters(&shown(row)[indent..]).next().map(str::to_owned);
                    prop_assert!(first.is_some_and(|first| first != " "), "{:?}", row);
                }
            }
            // The same characters in the same order, except for spaces.
            let solid = |text: &str| text.replace([' ', '\r', '\n'], "");
            prop_assert_eq!(solid(&all), solid(&line));
            // The same words, except for those that were cut.
            if rows.len() == 1 && width::columns(&shown(&line)) < columns {
                prop_assert_eq!(&all, &line);
            }
        }

        #[test]
        fn words_are_cut_only_if_they_must_be(
            words in proptest::collection::vec("[a-z]{1,7}", 1..40), columns in 10..60_usize,
        ) {
            let line = words.join(" ");
            let all = wrapped(&line, 2, columns);
            prop_assert_eq!(&all.replace("\r\n  ", " "), &line);
            // No row could have taken the first word of the next one.
            let rows: Vec<&str> = all.split("\r\n").collect();
            for pair in rows.windows(2) {
                let word = pair[1].trim_start().split(' ').next().unwrap();
                prop_assert!(pair[0].len() + 1 + word.len() >= columns);
            }
        }
    }
}
