//! The text being typed, its cursor, and the text killed last.
//!
//! This module decides where the cursor may be, what a word is, and how much fits. It does not know
//! which key does what, which lines were typed before, or how the text is shown.
//!
//! The cursor is always between two grapheme clusters (UAX #29), which are what people see as
//! characters. The text contains no control character but `'\n'`, which separates the lines of a
//! pasted block. Every operation keeps both rules.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::limits;
use crate::text::CleanText;

/// Maximum length in bytes of a text before it is sent, in at most [`limits::BLOCK_LINES_MAX`]
/// lines.
///
/// On a server this is memory that anyone can take without saying a word, a few times over: the
/// killed text is kept as well, and so is the text being sent. Anything longer is a file, not talk.
pub const TYPED_BYTES_MAX: usize = 16 * 1024;

/// The lines of a text that was typed or pasted as one. Blank lines at the beginning and the end
/// are dropped; blank lines in between become empty ones, so that a poem or a program keeps its
/// shape.
pub fn block_lines(text: &str) -> impl Iterator<Item = &str> {
    let is_blank = |line: &str| CleanText::from_bytes(line.as_bytes()).is_blank();
    let mut blank = 0;
    text.split('\n').skip_while(move |line| is_blank(line)).flat_map(move |line| {
        let is_blank = is_blank(line);
        let before = if is_blank { 0 } else { std::mem::take(&mut blank) };
        blank += usize::from(is_blank);
        std::iter::repeat_n("", before).chain((!is_blank).then_some(line))
    })
}

/// The text being typed.
#[derive(Debug, Default)]
pub struct EditBuffer {
    text: String,
    /// The position of the next character, in bytes from the beginning.
    cursor: usize,
    killed: String,
    /// Whether the next kill is added to the killed text.
    gathers: bool,
    line_bytes_max: usize,
}

impl EditBuffer {
    /// An empty text. Each line in it may have at most `line_bytes_max` bytes.
    pub fn new(line_bytes_max: usize) -> Self {
        Self { line_bytes_max, ..Self::default() }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The position of the cursor, in bytes from the beginning.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The text before the cursor, and the text behind it.
    pub fn parts(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    /// Replaces the text with as much of `text` as fits, and puts the cursor at its end.
    pub fn set_text(&mut self, text: &str) {
        let mut line_bytes = 0;
        self.text.clear();
        for c in text.chars().filter(|&c| may_be_held(c)) {
            line_bytes = if c == '\n' { 0 } else { line_bytes + c.len_utf8() };
            if self.text.len() + c.len_utf8() > TYPED_BYTES_MAX {
                break;
            }
            if line_bytes <= self.line_bytes_max {
                self.text.push(c);
            }
        }
        self.cursor = self.text.len();
    }

    /// Takes the text, leaving it empty.
    pub fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Forgets the killed text, which may have been a password.
    pub fn forget_killed(&mut self) {
        self.killed = String::new();
    }

    /// Whether the next kill is added to the previous one.
    pub fn gathers(&self) -> bool {
        self.gathers
    }

    /// Ends a series of kills: the next one replaces the killed text.
    pub fn end_kill(&mut self) {
        self.gathers = false;
    }

    /// Inserts a character at the cursor, or `'\n'` to end a line there. Returns whether it fits.
    pub fn insert(&mut self, c: char) -> bool {
        self.replace(self.cursor..self.cursor, c.encode_utf8(&mut [0; 4]))
    }

    /// Removes the character before the cursor. Returns whether it could: there has to be a
    /// character, and if it separates two lines, they have to fit into one. Every removal returns
    /// the same.
    pub fn backspace(&mut self) -> bool {
        self.remove(self.before(self.cursor)..self.cursor)
    }

    /// Removes the character behind the cursor.
    pub fn delete(&mut self) -> bool {
        self.remove(self.cursor..self.after(self.cursor))
    }

    /// Moves left by one character.
    pub fn left(&mut self) {
        self.cursor = self.before(self.cursor);
    }

    /// Moves right by one character.
    pub fn right(&mut self) {
        self.cursor = self.after(self.cursor);
    }

    /// Moves to the beginning of the line, in a block to that of the current line.
    pub fn home(&mut self) {
        self.cursor = self.line_at_cursor().start;
    }

    /// Moves to the end of the line, in a block to that of the current line.
    pub fn end(&mut self) {
        self.cursor = self.line_at_cursor().end;
    }

    /// Moves to the beginning of the current word, or of the previous one.
    pub fn word_left(&mut self) {
        let (before, _) = self.parts();
        let line_start = before.trim_end_matches('\n').rfind('\n').map_or(0, |at| at + 1);
        // Searches forwards, because a step back over a flag looks at all the flags before it: in a
        // line of nothing but flags, that made one key cost 26 ms.
        let words = before[line_start..].unicode_word_indices();
        let start = words.fold(line_start, |_, (at, _)| line_start + at);
        self.cursor = self.boundary_from(start, Self::before);
    }

    /// Moves to the end of the current word, or of the next one.
    pub fn word_right(&mut self) {
        self.cursor = self.word_end();
    }

    /// Kills the text before the cursor, in a block as far as the line goes.
    pub fn kill_to_start(&mut self) -> bool {
        self.kill(self.line_at_cursor().start..self.cursor)
    }

    /// Kills the text behind the cursor, in a block as far as the line goes.
    pub fn kill_to_end(&mut self) -> bool {
        self.kill(self.cursor..self.line_at_cursor().end)
    }

    /// Kills everything since the last space, and the spaces after it.
    pub fn kill_word_left(&mut self) -> bool {
        let (before, _) = self.parts();
        let word = before.trim_end_matches(char::is_whitespace);
        let start = word.trim_end_matches(|c: char| !c.is_whitespace()).len();
        self.kill(self.boundary_from(start, Self::before)..self.cursor)
    }

    /// Kills up to the end of the current word, or of the next one.
    pub fn kill_word_right(&mut self) -> bool {
        self.kill(self.cursor..self.word_end())
    }

    /// Inserts the text killed last, by one key or by several in a row. Returns whether there is
    /// any and it fits.
    pub fn yank(&mut self) -> bool {
        let killed = std::mem::take(&mut self.killed);
        let fits = !killed.is_empty() && self.replace(self.cursor..self.cursor, &killed);
        self.killed = killed;
        fits
    }

    /// Replaces a part of the text with `new`, with the cursor behind it. Returns whether it could:
    /// the result has to fit, `new` may contain only allowed characters, and the part has to be
    /// valid.
    pub fn replace(&mut self, part: Range<usize>, new: &str) -> bool {
        if self.text.get(part.clone()).is_none() || !new.chars().all(may_be_held) {
            return false;
        }
        let line = self.line_at(&part);
        let has_too_many_lines = new.contains('\n')
            && line_breaks(&self.text) - line_breaks(&self.text[part.clone()]) + line_breaks(new)
                >= limits::BLOCK_LINES_MAX;
        if !self.lines_fit(part.start - line.start, new, line.end - part.end)
            || self.text.len() - part.len() + new.len() > TYPED_BYTES_MAX
            || has_too_many_lines
        {
            return false;
        }
        self.cursor = part.start + new.len();
        self.text.replace_range(part, new);
        // The inserted text may have merged with what follows.
        self.cursor = self.boundary_from(self.cursor, Self::after);
        true
    }

    /// Whether no line gets too long, with this many bytes before and behind `new` in its lines.
    fn lines_fit(&self, before: usize, new: &str, behind: usize) -> bool {
        match (new.split_once('\n'), new.rsplit_once('\n')) {
            (Some((first, _)), Some((_, last))) => {
                before + first.len() <= self.line_bytes_max
                    && last.len() + behind <= self.line_bytes_max
                    && new.split('\n').all(|line| line.len() <= self.line_bytes_max)
            }
            _ => before + new.len() + behind <= self.line_bytes_max,
        }
    }

    fn remove(&mut self, part: Range<usize>) -> bool {
        !part.is_empty() && self.replace(part, "")
    }

    fn kill(&mut self, part: Range<usize>) -> bool {
        let killed = self.text.get(part.clone()).unwrap_or_default().to_owned();
        let is_before_cursor = part.start < self.cursor;
        if !self.remove(part) {
            return false;
        }
        match (std::mem::replace(&mut self.gathers, true), is_before_cursor) {
            (false, _) => self.killed = killed,
            (true, true) => self.killed.insert_str(0, &killed),
            (true, false) => self.killed.push_str(&killed),
        }
        true
    }

    /// The range of the line that the cursor is in.
    fn line_at_cursor(&self) -> Range<usize> {
        self.line_at(&(self.cursor..self.cursor))
    }

    /// From the beginning of the line that `part` begins in to the end of the one that it ends in.
    fn line_at(&self, part: &Range<usize>) -> Range<usize> {
        let start = self.text[..part.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[part.end..].find('\n').map_or(self.text.len(), |at| part.end + at);
        start..end
    }

    /// The boundary before `at`.
    fn before(&self, at: usize) -> usize {
        let mut graphemes = GraphemeCursor::new(at, self.text.len(), true);
        graphemes.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    /// The boundary behind `at`.
    fn after(&self, at: usize) -> usize {
        let mut graphemes = GraphemeCursor::new(at, self.text.len(), true);
        graphemes.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }

    /// `at` if it is a boundary, otherwise the next boundary on one side.
    fn boundary_from(&self, at: usize, side: fn(&Self, usize) -> usize) -> usize {
        let mut graphemes = GraphemeCursor::new(at, self.text.len(), true);
        if graphemes.is_boundary(&self.text, 0) == Ok(true) { at } else { side(self, at) }
    }

    /// A word is defined by UAX #29: this passes Chinese character by character, and `can't` at
    /// once.
    fn word_end(&self) -> usize {
        let (_, behind) = self.parts();
        let line_start = behind.len() - behind.trim_start_matches('\n').len();
        let line_end = behind[line_start..].find('\n').map_or(behind.len(), |at| line_start + at);
        let word = behind[..line_end].unicode_word_indices().next();
        let end = word.map_or(line_end, |(at, word)| at + word.len());
        self.boundary_from(self.cursor + end, Self::after)
    }
}

fn line_breaks(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
}

fn may_be_held(c: char) -> bool {
    c == '\n' || !c.is_control()
}

#[cfg(test)]
mod tests;
