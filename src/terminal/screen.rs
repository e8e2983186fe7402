//! What stands at the bottom of a terminal: a prompt, what is being typed, and the cursor in it.
//! Everything else on the screen is lines, which scroll up above it.
//!
//! It remembers what it has drawn, so that the next drawing costs only what has changed: a typed
//! character is that character. It does not know what the text means, which keys changed it, or
//! who reads the bytes.
//!
//! Only what a VT100 has is used, and xterm, screen, tmux, the Linux console, PuTTY and Windows'
//! telnet therefore have. Nothing is written into the last column, rows are ended explicitly, and
//! a row is entered at its beginning: a terminal that takes a character for wider or narrower
//! than we do has that one row wrong, and no other.

use std::cmp::Ordering;
use std::io::Write;

use super::layout::{Layout, Position, rows};
use super::size::Size;
use crate::text::width::{cluster_columns, cluster_columns_by_signs, clusters, columns};

pub use super::layout::View;

/// Clears from the cursor to the end of the row.
const CLEAR_ROW: &[u8] = b"\x1b[K";

/// Clears from the cursor to the end of the screen.
const CLEAR_BELOW: &[u8] = b"\x1b[J";

/// Goes to the upper left corner, and clears all. VT100s do not go there by themselves.
const CLEAR_ALL: &[u8] = b"\x1b[H\x1b[2J";

const BACKSPACE: u8 = 0x08;

/// Of the screen, no more than one row in so many is for what is typed: the rest is to be read.
const HEIGHT_SHARE: usize = 2;

/// The bottom of a terminal.
#[derive(Debug)]
pub struct Screen {
    /// The rows that are drawn, or were before they were erased, with a line feed between each two.
    drawn: String,
    /// Where in them the terminal's cursor is, or was.
    cursor: Position,
    size: Size,
    is_drawn: bool,
}

impl Screen {
    /// A terminal with nothing drawn, whose cursor is at the beginning of a row.
    pub fn new(size: Size) -> Self {
        Self { drawn: String::new(), cursor: Position::default(), size, is_drawn: false }
    }

    /// How large the terminal is.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Appends what brings the bottom of the screen from what is drawn now to this view: nothing,
    /// if that is it.
    pub fn draw(&mut self, view: View<'_>, out: &mut Vec<u8>) {
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

    /// Appends what brings back what was taken away by [`erase`](Self::erase), as it was. This is
    /// what happens most, for each line that arrives, and takes no laying out.
    pub fn restore(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.is_drawn, true) {
            let mut pen = Pen { at: Position::default(), out };
            pen.replace("", &self.drawn);
            pen.go(self.cursor);
        }
    }

    /// Appends what takes away all that is drawn. The cursor is where it began then, at the
    /// beginning of a row, and everything from there on is clear.
    pub fn erase(&mut self, out: &mut Vec<u8>) {
        if self.is_drawn && !self.drawn.is_empty() {
            let mut pen = Pen { at: self.cursor, out };
            // To its first column in any case: a character that we take for none may have moved
            // the cursor there.
            pen.go_to_row(0);
            pen.out.push(b'\r');
            pen.out.extend_from_slice(CLEAR_BELOW);
        }
        self.is_drawn = false;
    }

    /// The terminal has another size now. Appends what takes away what is drawn, as well as can be
    /// known: some terminals break rows anew, others do not, and going up further than the rows
    /// that were drawn could take away what others said.
    pub fn resize(&mut self, size: Size, out: &mut Vec<u8>) {
        self.erase(out);
        self.forget();
        self.size = size;
    }

    /// Appends what clears the whole screen; nothing is drawn then.
    pub fn clear(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(CLEAR_ALL);
        self.forget();
    }

    /// Nothing is known to be drawn, and the cursor is taken to be at the beginning of a row.
    fn forget(&mut self) {
        self.drawn.clear();
        self.cursor = Position::default();
        self.is_drawn = false;
    }
}

/// The first row of the window in which a layout is seen, in whose middle the cursor is if it can
/// be. It depends on nothing that was seen before: the same text is always the same screen.
fn window_top(layout: &Layout, height: usize) -> usize {
    layout.cursor.row.saturating_sub(height / 2).min(layout.height() - height)
}

/// Whether terminals take different widths for a character: many add up those of its parts (skin
/// tones, joined emoji, flags), and some know nothing of the variation that makes it one (❤️).
fn is_disputed(cluster: &str) -> bool {
    cluster_columns_by_signs(cluster) != cluster_columns(cluster)
}

/// Writes on the terminal, and knows where its cursor is.
struct Pen<'a> {
    at: Position,
    out: &'a mut Vec<u8>,
}

impl Pen<'_> {
    /// Replaces rows that are drawn by others.
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

    /// Rewrites a row from the first character on in which it differs. Characters are compared
    /// whole: what is typed behind one may change it, as a combining mark does.
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

    /// Adds a row below all the others. A line feed makes the terminal scroll where it has to,
    /// which a movement downwards does not.
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

    /// Writes a character that terminals do not agree about, so that all others stand where they
    /// should: over spaces, since it may be narrower, and with the cursor set behind it.
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

    /// Moves the cursor, within the rows that are drawn.
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
            // Over a narrow character, hence one that hardly any terminal takes for another;
            // whereas one may stand further to the left, where counting from there would tell.
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

    /// A movement by so many places, of which none is no movement: terminals take 0 for 1.
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
