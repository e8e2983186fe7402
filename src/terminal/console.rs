//! The console: keys, the line that they edit, and the bottom of the screen where it is drawn.
//!
//! The server has one for each telnet client whose line it edits, and the client has one for its
//! terminal. This module does not know what a line means, or when to draw.

use super::editor::{EditOutcome, Editor, Limits};
use super::keys::{Byte7f, Key, KeyDecoder};
use super::layout::EditorView;
use super::screen::Screen;
use super::sequences::BELL;
use super::size::Size;

/// A line editor on the bottom of a screen.
#[derive(Debug)]
pub struct Console {
    keys: KeyDecoder,
    editor: Editor,
    screen: Screen,
    /// The first drawing begins with this.
    begin: &'static [u8],
    /// Undoes `begin`.
    end: &'static [u8],
    has_begun: bool,
    /// Whether the screen is out of date.
    is_stale: bool,
    is_to_clear: bool,
    rings: bool,
    /// Whether part of the current paste did not fit.
    is_cut: bool,
}

impl Console {
    /// A console on a screen of this size, which `begin` prepares and `end` leaves as it was.
    pub fn new(limits: Limits, size: Size, begin: &'static [u8], end: &'static [u8]) -> Self {
        Self {
            keys: KeyDecoder::default(),
            editor: Editor::new(limits),
            screen: Screen::new(size),
            begin,
            end,
            has_begun: false,
            is_stale: true,
            is_to_clear: false,
            rings: false,
            is_cut: false,
        }
    }

    /// The line editor.
    pub fn editor(&mut self) -> &mut Editor {
        &mut self.editor
    }

    /// The text being typed.
    pub fn text(&self) -> &str {
        self.editor.text()
    }

    /// The decoder of the keys.
    pub fn keys(&mut self) -> &mut KeyDecoder {
        &mut self.keys
    }

    /// The size of the screen.
    pub fn size(&self) -> Size {
        self.screen.size()
    }

    /// The keys that this byte completes.
    pub fn step(&mut self, byte: u8) -> impl Iterator<Item = Key> + use<> {
        self.keys.step(byte)
    }

    /// Handles a key. `is_concealed`: it belongs to an answer that is not shown.
    pub fn press(&mut self, key: Key, is_concealed: bool) -> EditOutcome {
        self.is_stale = true;
        let key = self.meant_by(key);
        let outcome =
            if is_concealed { self.editor.press_concealed(key) } else { self.editor.press(key) };
        match &outcome {
            EditOutcome::Refused => {
                self.ring();
                self.is_cut |= self.keys.is_in_paste();
            }
            EditOutcome::ClearScreen => self.clear(),
            EditOutcome::Complete(wanted) => {
                if let Some(commands) = wanted.known() {
                    self.complete(commands);
                    return EditOutcome::Nothing;
                }
            }
            _ => {}
        }
        outcome
    }

    /// Translates a key: Delete at the end of the line, where there is nothing to delete, is the
    /// Backspace of a terminal whose type suggests otherwise.
    pub fn meant_by(&self, key: Key) -> Key {
        let is_at_end = self.editor.cursor() == self.editor.text().len();
        if key == Key::Delete && is_at_end && self.keys.was_7f() { Key::Backspace } else { key }
    }

    /// Whether a paste has ended of which a part did not fit. Returns true once for each.
    pub fn takes_cut(&mut self) -> bool {
        !self.keys.is_in_paste() && std::mem::take(&mut self.is_cut)
    }

    /// Takes the completions of a word, best first. Rings if there are none.
    pub fn complete(&mut self, words: Vec<String>) {
        self.rings |= words.is_empty();
        self.editor.complete(words);
        self.is_stale = true;
    }

    /// Rings the bell with the next drawing.
    pub fn ring(&mut self) {
        self.rings = true;
        self.is_stale = true;
    }

    /// Sets what the byte 7F means.
    pub fn set_byte_7f(&mut self, meaning: Byte7f) {
        self.keys.set_byte_7f(meaning);
    }

    /// Notes that something other than the line has changed.
    pub fn mark_stale(&mut self) {
        self.is_stale = true;
    }

    /// Whether the screen is out of date.
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Adapts the drawing to a screen of this size.
    pub fn resize(&mut self, size: Size, bytes: &mut Vec<u8>) {
        if self.screen.size() != size {
            self.screen.resize(size, bytes);
            self.is_stale = true;
        }
    }

    /// Clears the whole screen with the next drawing.
    pub fn clear(&mut self) {
        self.is_to_clear = true;
        self.is_stale = true;
    }

    /// Prepares the terminal, unless that has been done. Returns whether it has only now.
    pub fn begin(&mut self, bytes: &mut Vec<u8>) -> bool {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if is_first {
            bytes.extend_from_slice(self.begin);
        }
        is_first
    }

    /// Starts over on a screen of this size, which another program has used.
    pub fn begin_again(&mut self, size: Size) {
        self.screen = Screen::new(size);
        self.has_begun = false;
        self.is_stale = true;
    }

    /// Removes the drawing, so that lines can follow.
    pub fn erase(&mut self, bytes: &mut Vec<u8>) {
        match std::mem::take(&mut self.is_to_clear) {
            true => self.screen.clear(bytes),
            false => self.screen.erase(bytes),
        }
    }

    /// Draws the prompt and the line, or a question in their place: a question is text and takes as
    /// many rows as it needs.
    pub fn draw(&mut self, prompt: &str, question: Option<&str>, bytes: &mut Vec<u8>) {
        self.begin(bytes);
        if self.is_to_clear {
            self.erase(bytes);
        }
        if !self.is_stale {
            return self.screen.restore(bytes);
        }
        let view = match question {
            Some(text) => EditorView { prompt: "", text, cursor: text.len() },
            None => {
                let (text, cursor) = (self.editor.text(), self.editor.cursor());
                EditorView { prompt, text, cursor }
            }
        };
        self.screen.draw(view, bytes);
        if std::mem::take(&mut self.rings) {
            bytes.push(BELL);
        }
        self.is_stale = false;
    }

    /// Removes the drawing, and leaves the terminal as it was. Returns whether it was prepared.
    pub fn end(&mut self, bytes: &mut Vec<u8>) -> bool {
        self.screen.erase(bytes);
        let had_begun = std::mem::take(&mut self.has_begun);
        if had_begun {
            bytes.extend_from_slice(self.end);
        }
        self.is_stale = true;
        had_begun
    }
}
