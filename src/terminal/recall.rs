//! The history of lines that were sent, and the way back to the line being typed.
//!
//! This module decides which lines are kept and which of them is shown. It does not know which
//! lines may be kept at all (no passwords) or how the line being typed is edited.

use std::collections::VecDeque;

/// The history of one user, bounded in number of lines and in bytes. An empty one allocates
/// nothing.
#[derive(Debug, Default)]
pub(crate) struct Recall {
    /// Oldest first.
    lines: VecDeque<Box<str>>,
    bytes: usize,
    entries_max: usize,
    bytes_max: usize,
    /// How many lines back the walk is; 0 is the line being typed.
    back: usize,
    /// The line being typed when the walk began.
    unsent: String,
    /// Edits to recalled lines during the walk, keyed by how many lines back they are. The latest
    /// are kept, up to `bytes_max`.
    edited: Vec<(usize, String)>,
}

impl Recall {
    /// An empty history with these limits on the number of lines and on their bytes.
    pub(crate) fn new(entries_max: usize, bytes_max: usize) -> Self {
        Self { entries_max, bytes_max, ..Self::default() }
    }

    /// Adds a line, unless it is blank, the same as the last one, or too long.
    pub(crate) fn remember(&mut self, line: &str) {
        let is_last = self.lines.back().is_some_and(|last| **last == *line);
        if is_last || line.trim().is_empty() || !self.may_hold(line) {
            return;
        }
        self.lines.push_back(line.into());
        self.bytes += line.len();
        if self.back > 0 {
            self.back += 1;
            self.edited.iter_mut().for_each(|(back, _)| *back += 1);
        }
        while self.lines.len() > self.entries_max || self.bytes > self.bytes_max {
            self.bytes -= self.lines.pop_front().map_or(0, |oldest| oldest.len());
        }
        // The recalled line may have been dropped. At the oldest line, nothing that was typed is
        // lost.
        self.back = self.back.min(self.lines.len());
        self.edited.retain(|(back, _)| *back <= self.lines.len());
    }

    /// Goes one line back, if there is one. The text typed at the current line is kept until the
    /// walk ends.
    pub(crate) fn up(&mut self, typed: &str) -> Option<&str> {
        if self.back == self.lines.len() {
            return None;
        }
        self.keep(typed);
        self.back += 1;
        Some(self.here())
    }

    /// Goes one line forward, past the last of them to the line being typed, unless the walk is
    /// there already.
    pub(crate) fn down(&mut self, typed: &str) -> Option<&str> {
        let back = self.back.checked_sub(1)?;
        self.keep(typed);
        self.back = back;
        Some(self.here())
    }

    /// Ends the walk where it is.
    pub(crate) fn stop(&mut self) {
        self.back = 0;
        self.unsent = String::new();
        self.edited = Vec::new();
    }

    /// Keeps the edited text of the current line.
    fn keep(&mut self, typed: &str) {
        if self.back == 0 {
            self.unsent = typed.to_owned();
            return;
        }
        self.edited.retain(|(back, _)| *back != self.back);
        if self.here() != typed {
            self.edited.push((self.back, typed.to_owned()));
        }
        let mut bytes: usize = self.edited.iter().map(|(_, text)| text.len()).sum();
        while bytes > self.bytes_max {
            bytes -= self.edited.remove(0).1.len();
        }
    }

    /// The current line with its edits.
    fn here(&self) -> &str {
        if self.back == 0 {
            return &self.unsent;
        }
        let edited = self.edited.iter().find(|(back, _)| *back == self.back);
        edited.map_or(&self.lines[self.lines.len() - self.back], |(_, text)| text)
    }

    /// The lines, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| &**line)
    }

    /// Whether the limits allow this line at all, even on its own.
    fn may_hold(&self, line: &str) -> bool {
        self.entries_max > 0 && line.len() <= self.bytes_max
    }
}

#[cfg(test)]
mod tests;
