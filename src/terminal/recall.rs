//! The lines that were sent before, and the way back to what was being typed.
//!
//! Owned here: which are kept, and which of them is looked at. Not known here: which lines may be
//! kept at all (no passwords), and where the line that is being typed is edited.

use std::collections::VecDeque;

/// The lines of one person, bounded in number and in bytes. Nothing is allocated while it is empty.
#[derive(Debug)]
pub struct Recall {
    /// The oldest first.
    lines: VecDeque<Box<str>>,
    bytes: usize,
    entries_max: usize,
    bytes_max: usize,
    /// How many lines back we are; 0 is at what is being typed.
    back: usize,
    /// What was being typed when the walk began.
    unsent: String,
    /// What has been made of lines during the walk, by how many lines back they are: as much of it
    /// as may be kept of lines, the latest.
    edited: Vec<(usize, String)>,
}

impl Recall {
    /// An empty one, that keeps at most so many lines and so many bytes in them.
    pub fn new(entries_max: usize, bytes_max: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            bytes: 0,
            entries_max,
            bytes_max,
            back: 0,
            unsent: String::new(),
            edited: Vec::new(),
        }
    }

    /// Keeps a line, unless it is blank, the same as the last one, or too long to be kept.
    pub fn remember(&mut self, line: &str) {
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
        // The line that was looked at may be gone. At the oldest, nothing that was typed is lost.
        self.back = self.back.min(self.lines.len());
        self.edited.retain(|(back, _)| *back <= self.lines.len());
    }

    /// The line before, if there is one. What is being typed where we are is kept until the end of
    /// the walk.
    pub fn up(&mut self, typed: &str) -> Option<&str> {
        if self.back == self.lines.len() {
            return None;
        }
        self.keep(typed);
        self.back += 1;
        Some(self.here())
    }

    /// The line after, or behind the last of them what was being typed, unless we are there.
    pub fn down(&mut self, typed: &str) -> Option<&str> {
        let back = self.back.checked_sub(1)?;
        self.keep(typed);
        self.back = back;
        Some(self.here())
    }

    /// Ends the walk where it is.
    pub fn stop(&mut self) {
        self.back = 0;
        self.unsent = String::new();
        self.edited = Vec::new();
    }

    /// Keeps what the line that is looked at has become.
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

    /// The line that is looked at, with what has been made of it.
    fn here(&self) -> &str {
        if self.back == 0 {
            return &self.unsent;
        }
        let edited = self.edited.iter().find(|(back, _)| *back == self.back);
        edited.map_or(&self.lines[self.lines.len() - self.back], |(_, text)| text)
    }

    /// The lines, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| &**line)
    }

    /// Whether it fits at all, be it alone.
    fn may_hold(&self, line: &str) -> bool {
        self.entries_max > 0 && line.len() <= self.bytes_max
    }
}

#[cfg(test)]
mod tests;
