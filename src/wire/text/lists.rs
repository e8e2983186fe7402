//! The parts of lists: words that are packed into lines, shortened texts and amounts.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Width of the smallest usual terminal.
pub(super) const SCREEN_COLUMNS: usize = 80;

/// Columns into which names are packed.
pub(super) const PACKED_COLUMNS: usize = 76;

/// Maximum lines of rooms in `/whois`. The rooms of a single client fill at most two lines; those
/// of a person with very many clients could fill thousands.
pub(super) const WHOIS_ROOM_LINES_MAX: usize = 12;

/// Joins the words with commas and wraps them at `columns`; a wider word gets a line of its own.
pub(super) fn packed(words: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let comma = if at + 1 < words.len() && columns > 0 { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.width() + word.width() + 2 <= columns => {
                line.push_str(&format!(" {word}{comma}"));
            }
            _ => lines.push(format!("  {word}{comma}")),
        }
    }
    lines
}

/// Joins the words with spaces and wraps them at `columns`.
pub(super) fn joined(words: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.clone()),
        }
    }
    lines
}

/// Shortens the text to `columns`.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    // The cut-off part is replaced by an ellipsis, which takes one column.
    let mut short = String::new();
    let mut room = columns.saturating_sub(1);
    for c in text.chars() {
        let Some(rest) = room.checked_sub(c.width().unwrap_or(0)) else { break };
        room = rest;
        short.push(c);
    }
    if columns > 0 {
        short.push('…');
    }
    short
}

/// Formats a number of bytes in the unit that keeps it short.
pub(super) fn amount(bytes: u64) -> String {
    const KIB: u64 = 1024;
    match bytes {
        0..KIB => format!("{bytes} B"),
        _ if bytes < KIB * KIB => format!("{} KiB", bytes.div_ceil(KIB)),
        _ => format!("{} MiB", bytes.div_ceil(KIB * KIB)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_packed() {
        let words: Vec<String> = ["ann", "bob", "王小明", "eve"].map(str::to_owned).to_vec();
        assert_eq!(packed(&words, 76), ["  ann, bob, 王小明, eve"]);
        assert_eq!(packed(&words, 12), ["  ann, bob,", "  王小明,", "  eve"]);
        assert_eq!(packed(&words, 0), ["  ann", "  bob", "  王小明", "  eve"]);
        assert!(packed(&[], 76).is_empty());
    }

    #[test]
    fn amounts() {
        let check = |bytes, expected: &str| assert_eq!(amount(bytes), expected);
        check(0, "0 B");
        check(1_023, "1023 B");
        check(1_025, "2 KiB");
        check(5 << 20, "5 MiB");
    }
}
