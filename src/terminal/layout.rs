//! The layout of a prompt and the text typed after it: its rows, and the cursor's place in them.
//! This module does not know what is on the screen already or how to write to it.

use super::size::Size;
use crate::text::width::{beginning, cluster_columns, cluster_columns_by_signs, clusters, columns};
use crate::text::wrap::NEVER_FIRST;

/// Ends a row in a text, and in [`Layout::rows`].
const ROW_END: &str = "\n";

/// Stands for the rest of a shortened prompt.
pub(crate) const ELLIPSIS: &str = "…";

/// A prompt takes at most one in this many columns: the rest is for the typed text.
pub(crate) const PROMPT_SHARE: usize = 2;

/// The content to show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EditorView<'a> {
    /// The prompt before the text. It is shortened if it takes more than half of a row.
    pub prompt: &'a str,
    /// The text being typed. A line feed in it begins a row; there are no other controls.
    pub text: &'a str,
    /// The cursor in the text: a byte offset, before a grapheme cluster or at the end.
    pub cursor: usize,
}

/// A position of the cursor, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) row: usize,
    pub(crate) column: usize,
}

/// A place in the current row where it can end: everything after it moves to the next row.
#[derive(Clone, Copy, Debug)]
struct RowBreak {
    /// Byte offset in [`Layout::rows`].
    byte: usize,
    column: usize,
}

/// The kind of the character before the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// None: the text begins here.
    Start,
    Space,
    Wide,
    Other,
}

/// A prompt and a text in rows, which end between words if possible, as in messages. Spaces stay
/// where they were typed.
///
/// There is a place for the cursor before each character and at the end, so a full row is followed
/// by another one even if that is empty. This makes rows independent of the cursor.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The rows, with a line feed between each two.
    pub(crate) rows: String,
    pub(crate) cursor: Position,
    /// The position of the next character.
    end: Position,
    /// The last place where the current row can end.
    gap: Option<RowBreak>,
    before: Before,
    columns_max: usize,
}

impl Layout {
    pub(crate) fn new(view: EditorView<'_>, size: Size) -> Self {
        let mut layout = Self {
            rows: String::with_capacity(view.prompt.len() + view.text.len() + ELLIPSIS.len()),
            cursor: Position::default(),
            end: Position::default(),
            gap: None,
            before: Before::Start,
            columns_max: size.writable_columns(),
        };
        layout.append_prompt(view.prompt, usize::from(size.columns) / PROMPT_SHARE);
        layout.append_text(view);
        layout
    }

    /// The number of rows.
    pub(crate) fn height(&self) -> usize {
        self.end.row + 1
    }

    /// Keeps only `height` rows from `top` on.
    pub(crate) fn cut(&mut self, top: usize, height: usize) {
        let start = row_end(&self.rows, top).map_or(0, |end| end + ROW_END.len());
        let rest = &self.rows[start..];
        // A copy, because what is drawn is kept while the user thinks about the next word.
        self.rows = rest[..row_end(rest, height).unwrap_or(rest.len())].to_owned();
        self.cursor.row -= top;
    }

    fn append_prompt(&mut self, prompt: &str, columns_max: usize) {
        let (shown, end) = if columns(prompt) <= columns_max {
            (prompt, "")
        } else {
            (beginning(prompt, columns_max.saturating_sub(columns(ELLIPSIS))), ELLIPSIS)
        };
        for cluster in clusters(shown).chain(clusters(end)) {
            self.append(cluster);
        }
        // The text begins directly after the prompt, however long its first word is.
        (self.gap, self.before) = (None, Before::Start);
    }

    fn append_text(&mut self, view: EditorView<'_>) {
        let mut is_placed = false;
        let mut offset = 0;
        for cluster in clusters(view.text) {
            let place = self.append(cluster);
            if offset >= view.cursor && !std::mem::replace(&mut is_placed, true) {
                self.cursor = place;
            }
            offset += cluster.len();
        }
        self.make_room(1);
        if !is_placed {
            self.cursor = self.end;
        }
    }

    /// Appends a character and returns its position.
    fn append(&mut self, cluster: &str) -> Position {
        if cluster == ROW_END {
            self.make_room(1);
            let place = self.end;
            self.begin_row();
            return place;
        }
        let columns = cluster_columns(cluster);
        // The character also has to fit if it is drawn sign by sign: a terminal that moved to the
        // next row by itself would misplace all other rows.
        let taken = columns.max(cluster_columns_by_signs(cluster));
        let kind = match cluster {
            " " => Before::Space,
            _ if columns > 1 => Before::Wide,
            _ => Before::Other,
        };
        if self.may_end_before(cluster, kind) {
            self.gap = Some(RowBreak { byte: self.rows.len(), column: self.end.column });
        }
        if kind != Before::Space && self.end.column + taken > self.columns_max {
            self.end_row_at_gap();
        }
        self.make_room(taken);
        let place = self.end;
        self.rows.push_str(cluster);
        self.end.column += columns;
        self.before = kind;
        place
    }

    /// Whether a row can end before this character: before a word, and on both sides of a wide
    /// character, but not before one that belongs to the previous character.
    fn may_end_before(&self, cluster: &str, kind: Before) -> bool {
        match (self.before, kind) {
            (Before::Start, _) | (_, Before::Space) => false,
            (Before::Space, _) => true,
            (Before::Wide, _) | (_, Before::Wide) => !NEVER_FIRST.contains(cluster),
            (Before::Other, Before::Other | Before::Start) => false,
        }
    }

    /// Moves everything after the last gap of the row to the next one, together with the cursor if
    /// it is in it.
    fn end_row_at_gap(&mut self) {
        let Some(RowBreak { byte, column }) = self.gap.take() else { return };
        if self.cursor.row == self.end.row && self.cursor.column >= column {
            self.cursor = Position { row: self.end.row + 1, column: self.cursor.column - column };
        }
        self.rows.insert_str(byte, ROW_END);
        self.end = Position { row: self.end.row + 1, column: self.end.column - column };
    }

    /// Begins a row if the current one has too little room for this many columns.
    fn make_room(&mut self, columns: usize) {
        if self.end.column + columns > self.columns_max && self.end.column > 0 {
            self.begin_row();
        }
    }

    fn begin_row(&mut self) {
        self.rows.push_str(ROW_END);
        self.end = Position { row: self.end.row + 1, column: 0 };
        (self.gap, self.before) = (None, Before::Start);
    }
}

/// The rows of a layout.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = &str> {
    text.split(ROW_END)
}

/// The end of the last of this many rows, if others follow.
fn row_end(text: &str, count: usize) -> Option<usize> {
    text.match_indices(ROW_END).nth(count.checked_sub(1)?).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Size = Size { columns: 10, rows: 24 };

    /// The `|` in `text` is the cursor, which is expected at the one in `expected`.
    fn check(prompt: &str, text: &str, expected: &[&str]) {
        let cursor = text.find('|').expect("the text has a cursor");
        let layout = Layout::new(EditorView { prompt, text: &text.replace('|', ""), cursor }, TEN);
        let shown: Vec<String> = rows(&layout.rows)
            .enumerate()
            .map(|(number, row)| {
                if number != layout.cursor.row {
                    return row.to_owned();
                }
                let before: String = clusters(row)
                    .scan(0, |column, cluster| {
                        let is_before = *column < layout.cursor.column;
                        *column += cluster_columns(cluster);
                        is_before.then_some(cluster)
                    })
                    .collect();
                format!("{before}|{}", &row[before.len()..])
            })
            .collect();
        assert_eq!(shown, expected, "{prompt:?} {text:?}");
        assert_eq!(layout.height(), expected.len());
    }

    #[test]
    fn places() {
        check("", "|", &["|"]);
        check("> ", "|", &["> |"]);
        check("> ", "abc|", &["> abc|"]);
        check("> ", "a|bc", &["> a|bc"]);
        check("> ", "123456|", &["> 123456|"]);
        check("> ", "1234567|", &["> 1234567", "|"]);
        check("> ", "12345|67", &["> 12345|67", ""]);
        check("> ", "1234567|8", &["> 1234567", "|8"]);
        check("> ", "123456712345678|", &["> 1234567", "12345678|"]);
        check("> ", "1234567123456789|", &["> 1234567", "123456789", "|"]);
    }

    #[test]
    fn wide_places() {
        check("> ", "中文中|", &["> 中文中|"]);
        check("> ", "中文中文|", &["> 中文中", "文|"]);
        check("> ", "中文中|文", &["> 中文中", "|文"]);
        check("> ", "a中文中|", &["> a中文中", "|"]);
        check("> ", "123456e\u{301}|", &["> 123456e\u{301}", "|"]);
        // There is no place for the cursor within a character.
        check("> ", "ae|\u{301}b", &["> ae\u{301}|b"]);
    }

    #[test]
    fn rows_end_between_words() {
        check("> ", "one twos|", &["> one ", "twos|"]);
        check("> ", "one two|s", &["> one ", "two|s"]);
        check("> ", "one |twos", &["> one ", "|twos"]);
        check("> ", "one| twos", &["> one| ", "twos"]);
        check("> ", "o|ne twos", &["> o|ne ", "twos"]);
        // A word stays whole as long as it fits into a row of its own.
        check("> ", "one two|", &["> one two", "|"]);
        check("> ", "one two |", &["> one two", " |"]);
        check("> ", "one two three fo|ur", &["> one two", " three ", "fo|ur"]);
        check("> ", "12 4567 9|", &["> 12 4567", " 9|"]);
        check("> ", "1 345678901234567|", &["> 1 ", "345678901", "234567|"]);
        check("> ", "12345678|", &["> 1234567", "8|"]);
        check("> ", "one  twos|", &["> one  ", "twos|"]);
        check("> ", "a\nb one two three|", &["> a", "b one two", " three|"]);
        // Chinese has no spaces between words, and no row begins with a mark that ends a sentence.
        check("> ", "中文 abcd|", &["> 中文 ", "abcd|"]);
        check("> ", "中文中abc|", &["> 中文中", "abc|"]);
        check(">", "中文中文，|", &[">中文中", "文，|"]);
        check(">", "中文中文|，", &[">中文中", "文|，"]);
        check(">", "中文中|文，", &[">中文中", "|文，"]);
    }

    #[test]
    fn blocks() {
        check("> ", "a\nb|", &["> a", "b|"]);
        check("> ", "a|\nb", &["> a|", "b"]);
        check("> ", "a\n|b", &["> a", "|b"]);
        check("> ", "a\n|", &["> a", "|"]);
        check("> ", "\n|\n", &["> ", "|", ""]);
        // After a full row, the places before and behind the line feed differ.
        check("> ", "1234567|\nb", &["> 1234567", "|", "b"]);
        check("> ", "1234567\n|b", &["> 1234567", "", "|b"]);
    }

    #[test]
    fn prompts() {
        check("1234:", "a|", &["1234:a|"]);
        check("12345:", "a|", &["1234…a|"]);
        check("中文:", "a|", &["中文:a|"]);
        check("中文文", "a|", &["中文…a|"]);
        check("a中文文", "a|", &["a中…a|"]);
    }

    #[test]
    fn windows() {
        let check = |top: usize, height: usize, expected: &str, row: usize| {
            let view = EditorView { prompt: "> ", text: "a\nb\nc\nd\n", cursor: 5 };
            let mut layout = Layout::new(view, TEN);
            layout.cut(top, height);
            assert_eq!((layout.rows.as_str(), layout.cursor.row), (expected, row), "{top}");
        };
        check(0, 5, "> a\nb\nc\nd\n", 2);
        check(0, 3, "> a\nb\nc", 2);
        check(1, 3, "b\nc\nd", 1);
        check(2, 3, "c\nd\n", 0);
        check(2, 1, "c", 0);
    }
}
