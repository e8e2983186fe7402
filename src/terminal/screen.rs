//! The bottom of a terminal: a prompt, the text being typed, and the cursor in it. Everything else
//! on the screen is lines, which scroll up above it.
//!
//! It remembers what it has drawn, so that the next drawing costs only what has changed: a typed
//! character costs one character. It does not know what the text means, which keys changed it, or
//! who reads the bytes.
//!
//! It uses only features of the VT100, which xterm, screen, tmux, the Linux console, PuTTY and
//! Windows' telnet therefore have. It writes nothing into the last column, ends rows explicitly,
//! and enters each row at its beginning: if a terminal takes a character for wider or narrower than
//! we do, that one row is wrong and no other.

use std::cmp::Ordering;
use std::io::Write;

use super::layout::{Layout, Position, rows};
use super::size::Size;
use crate::text::width::{cluster_columns, cluster_columns_by_signs, clusters, columns};

pub(crate) use super::layout::EditorView;

/// Clears from the cursor to the end of the row.
const CLEAR_ROW: &[u8] = b"\x1b[K";

/// Clears from the cursor to the end of the screen.
const CLEAR_BELOW: &[u8] = b"\x1b[J";

/// Moves to the upper left corner and clears everything. VT100s do not move the cursor when
/// clearing.
const CLEAR_ALL: &[u8] = b"\x1b[H\x1b[2J";

const BACKSPACE: u8 = 0x08;

/// The typed text takes at most one in this many rows of the screen: the rest is for reading.
const HEIGHT_SHARE: usize = 2;

/// The bottom of a terminal.
#[derive(Debug)]
pub(crate) struct Screen {
    /// The rows that are drawn, or were before they were erased, with a line feed between each two.
    drawn: String,
    /// The position of the terminal's cursor within these rows.
    cursor: Position,
    size: Size,
    is_drawn: bool,
}

impl Screen {
    /// A screen with nothing drawn, whose cursor is at the beginning of a row.
    pub(crate) fn new(size: Size) -> Self {
        Self { drawn: String::new(), cursor: Position::default(), size, is_drawn: false }
    }

    /// The size of the terminal.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Appends the bytes that turn what is drawn now into this view: none, if it is the same.
    pub(crate) fn draw(&mut self, view: EditorView<'_>, out: &mut Vec<u8>) {
        let mut layout = Layout::new(view, self.size);
        let height = (usize::from(self.size.rows) / HEIGHT_SHARE).max(1);
        if layout.height() > height {
            layout.cut(window_top(&layout, height), height);
        }
        if !self.is_drawn {
            self.forget();
        }
        let mut pen = Pen { at: self.cursor, out };
        pen.replace(&self.drawn, &layout.rows);
        pen.go(layout.cursor);
        self.cursor = layout.cursor;
        self.drawn = layout.rows;
        self.is_drawn = true;
    }

    /// Appends the bytes that bring back what [`erase`](Self::erase) took away. This happens most
    /// often, for each line that arrives, and needs no layout.
    pub(crate) fn restore(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.is_drawn, true) {
            let mut pen = Pen { at: Position::default(), out };
            pen.replace("", &self.drawn);
            pen.go(self.cursor);
        }
    }

    /// Appends the bytes that erase everything drawn. The cursor is then where the drawing began,
    /// at the beginning of a row, and everything from there on is clear.
    pub(crate) fn erase(&mut self, out: &mut Vec<u8>) {
        if self.is_drawn && !self.drawn.is_empty() {
            let mut pen = Pen { at: self.cursor, out };
            // Goes to the first column in any case: a character that we consider to have no width
            // may have moved the cursor.
            pen.go_to_row(0);
            pen.out.push(b'\r');
            pen.out.extend_from_slice(CLEAR_BELOW);
        }
        self.is_drawn = false;
    }

    /// Sets a new size. Appends the bytes that erase what is drawn, as far as that is possible:
    /// some terminals break rows again, others do not, and moving up further than the rows drawn
    /// could erase other users' lines.
    pub(crate) fn resize(&mut self, size: Size, out: &mut Vec<u8>) {
        self.erase(out);
        self.forget();
        self.size = size;
    }

    /// Appends the bytes that clear the whole screen; nothing is drawn afterwards.
    pub(crate) fn clear(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(CLEAR_ALL);
        self.forget();
    }

    /// Assumes that nothing is drawn and that the cursor is at the beginning of a row.
    fn forget(&mut self) {
        self.drawn.clear();
        self.cursor = Position::default();
        self.is_drawn = false;
    }
}

/// The first row of the visible window of a layout, with the cursor in its middle if possible. It
/// does not depend on what was visible before: the same text always gives the same screen.
fn window_top(layout: &Layout, height: usize) -> usize {
    layout.cursor.row.saturating_sub(height / 2).min(layout.height() - height)
}

/// Whether terminals disagree about the width of a character: many add up the widths of its parts
/// (skin tones, joined emoji, flags), and some ignore the variation selector that widens it (❤️).
fn is_disputed(cluster: &str) -> bool {
    cluster_columns_by_signs(cluster) != cluster_columns(cluster)
}

/// Writes to the terminal and tracks its cursor.
struct Pen<'a> {
    at: Position,
    out: &'a mut Vec<u8>,
}

impl Pen<'_> {
    /// Replaces the rows that are drawn.
    fn replace(&mut self, old: &str, new: &str) {
        let mut old_rows = rows(old);
        let mut last = (0, "");
        for (row, new_row) in rows(new).enumerate() {
            match old_rows.next() {
                Some(old_row) if old_row == new_row => {}
                Some(old_row) => self.rewrite(row, old_row, new_row),
                None => self.append_row(row, new_row),
            }
            last = (row, new_row);
        }
        if old_rows.next().is_some() {
            let (row, text) = last;
            self.go(Position { row, column: columns(text) });
            self.out.extend_from_slice(CLEAR_BELOW);
        }
    }

    /// Rewrites a row from the first character that differs. Characters are compared as whole
    /// clusters: what is typed after one may change it, as a combining mark does.
    fn rewrite(&mut self, row: usize, old: &str, new: &str) {
        let same = clusters(old).zip(clusters(new)).take_while(|(old, new)| old == new);
        let (same_bytes, column) = same.fold((0, 0), |(bytes, columns), (cluster, _)| {
            (bytes + cluster.len(), columns + cluster_columns(cluster))
        });
        let (old, new) = (&old[same_bytes..], &new[same_bytes..]);
        self.go(Position { row, column });
        self.write(new);
        if columns(old) > columns(new) {
            self.out.extend_from_slice(CLEAR_ROW);
        }
    }

    /// Adds a row below all others. A line feed makes the terminal scroll if it has to, which
    /// moving the cursor down does not.
    fn append_row(&mut self, row: usize, text: &str) {
        self.go_to_row(row - 1);
        self.out.extend_from_slice(b"\r\n");
        self.at = Position { row, column: 0 };
        self.write(text);
    }

    fn write(&mut self, text: &str) {
        if text.is_ascii() {
            self.out.extend_from_slice(text.as_bytes());
            self.at.column += text.len();
            return;
        }
        for cluster in clusters(text) {
            if is_disputed(cluster) {
                self.write_disputed(cluster);
            } else {
                self.out.extend_from_slice(cluster.as_bytes());
                self.at.column += cluster_columns(cluster);
            }
        }
    }

    /// Writes a character whose width is disputed, so that everything else stays in its column:
    /// over spaces, because it may be narrower, and with the cursor moved behind it explicitly.
    fn write_disputed(&mut self, cluster: &str) {
        let (begin, width) = (self.at.column, cluster_columns(cluster));
        self.out.extend(std::iter::repeat_n(b' ', width));
        self.out.push(b'\r');
        self.escape(begin, 'C');
        self.out.extend_from_slice(cluster.as_bytes());
        self.out.push(b'\r');
        self.escape(begin + width, 'C');
        self.at.column = begin + width;
    }

    /// Moves the cursor within the drawn rows.
    fn go(&mut self, to: Position) {
        let from = self.at;
        self.go_to_row(to.row);
        if to == from {
            return;
        }
        let is_same_row = to.row == from.row;
        if is_same_row && to.column == from.column + 1 {
            self.escape(1, 'C');
        } else if is_same_row && to.column + 1 == from.column && to.column > 0 {
            // This passes one narrow character, about which terminals hardly ever disagree. A
            // disputed character may stand further left, and would falsify a position counted from
            // there.
            self.out.push(BACKSPACE);
        } else {
            self.out.push(b'\r');
            self.escape(to.column, 'C');
        }
        self.at.column = to.column;
    }

    /// Moves the cursor up or down.
    fn go_to_row(&mut self, row: usize) {
        match row.cmp(&self.at.row) {
            Ordering::Less => self.escape(self.at.row - row, 'A'),
            Ordering::Greater => self.escape(row - self.at.row, 'B'),
            Ordering::Equal => {}
        }
        self.at.row = row;
    }

    /// Moves the cursor by this many places. A count of 0 writes nothing, because terminals take 0
    /// for 1.
    fn escape(&mut self, count: usize, direction: char) {
        match count {
            0 => Ok(()),
            1 => write!(self.out, "\x1b[{direction}"),
            _ => write!(self.out, "\x1b[{count}{direction}"),
        }
        .expect("a Vec takes all that is written to it");
    }
}

#[cfg(test)]
mod tests;
