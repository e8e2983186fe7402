//! The effect of each key on the line being typed, and what it asks of the surrounding program.
//!
//! This module owns the meaning of keys, the line, the history of lines, and completion. It does
//! not know which bytes a key sends, how the line is shown, which candidates a word has, or what
//! happens to a line that was sent.

mod completion;

use self::completion::Cycle;

use crate::command::completion::CompletionRequest;

use super::keys::Key;
use super::line::EditBuffer;
use super::recall::Recall;
use crate::command;

/// The limits of an editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum length of a line in bytes, without its end.
    pub line_bytes_max: usize,
    /// Maximum number of earlier lines that can be recalled.
    pub recall_entries_max: usize,
    /// Maximum number of bytes in all of these lines together.
    pub recall_bytes_max: usize,
}

/// What a key asks of the surrounding program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditOutcome {
    /// Nothing more: the line or the cursor may have changed.
    Nothing,
    /// The key does not fit or has no meaning here: ring the bell.
    Refused,
    /// Send this text. It may contain `'\n'` between lines but not at its end, and is empty if the
    /// line was blank. The line is empty now.
    Submitted(String),
    /// Provide candidates for this word with [`Editor::complete`].
    Complete(CompletionRequest),
    /// Redraw everything.
    ClearScreen,
    /// Quit: the line was empty.
    Leave,
    /// Switch to the next room.
    NextRoom,
    /// Give the terminal back to the shell for a while.
    Suspend,
    /// Note whether the terminal has the focus.
    Focus(bool),
}

/// A line editor for one user.
#[derive(Debug)]
pub struct Editor {
    line: EditBuffer,
    recall: Recall,
    completion: Completion,
    /// Whether the text killed last may be a password: it can be yanked into the line it came from,
    /// but into no other.
    has_killed_secret: bool,
}

/// The state of completion.
#[derive(Debug)]
enum Completion {
    None,
    /// The last key asked for candidates for a word with this prefix.
    Asked(String),
    /// There are no candidates, so another Tab does not ask again.
    Nothing,
    /// The last key showed a candidate. Boxed, because few users are completing a word at any
    /// moment.
    Shown(Box<Cycle>),
}

impl Editor {
    /// An editor with an empty line and no history.
    pub fn new(limits: Limits) -> Self {
        Self {
            line: EditBuffer::new(limits.line_bytes_max),
            recall: Recall::new(limits.recall_entries_max, limits.recall_bytes_max),
            completion: Completion::None,
            has_killed_secret: false,
        }
    }

    /// The text of the line.
    pub fn text(&self) -> &str {
        self.line.text()
    }

    /// The position of the cursor, in bytes from the beginning.
    pub fn cursor(&self) -> usize {
        self.line.cursor()
    }

    /// Replaces the line with as much of this text as fits, and puts the cursor at its end.
    pub fn set_text(&mut self, text: &str) {
        self.start_anew();
        self.line.set_text(text);
    }

    /// Clears the line.
    pub fn clear(&mut self) {
        self.take();
    }

    /// Takes the text out of the line, which is empty afterwards.
    pub fn take(&mut self) -> String {
        self.start_anew();
        self.line.take()
    }

    /// Adds a line to the history. The editor adds none by itself, because only the caller knows
    /// which lines are passwords.
    pub fn remember(&mut self, line: &str) {
        self.recall.remember(line);
    }

    /// Forgets the text that ^Y would yank, to be called after a password.
    pub fn forget_killed(&mut self) {
        self.line.forget_killed();
    }

    /// Handles a key.
    pub fn press(&mut self, key: Key) -> EditOutcome {
        match key {
            // These are reports, not key presses, so they end nothing.
            Key::FocusIn => return EditOutcome::Focus(true),
            Key::FocusOut => return EditOutcome::Focus(false),
            Key::Tab | Key::BackTab => {
                self.line.end_kill();
                return if key == Key::Tab { self.tab() } else { self.back_tab() };
            }
            _ => self.completion = Completion::None,
        }
        if !is_kill(key) {
            self.line.end_kill();
        }
        match key {
            Key::Enter => return self.submit(),
            Key::Interrupt => self.clear(),
            Key::EndOfInput if self.text().is_empty() => return EditOutcome::Leave,
            Key::ClearScreen => return EditOutcome::ClearScreen,
            Key::NextRoom => return EditOutcome::NextRoom,
            Key::Suspend => return EditOutcome::Suspend,
            Key::Left => self.line.left(),
            Key::Right => self.line.right(),
            Key::Home => self.line.home(),
            Key::End => self.line.end(),
            Key::WordLeft => self.line.word_left(),
            Key::WordRight => self.line.word_right(),
            _ => return unless_refused(self.edit(key)),
        }
        EditOutcome::Nothing
    }

    /// Handles a key of an answer that is not shown. Nothing can be completed or recalled in it.
    /// ^C, or ^D on an empty answer, answers nothing.
    pub fn press_concealed(&mut self, key: Key) -> EditOutcome {
        match key {
            Key::Text(_) | Key::Backspace | Key::KillToStart => {
                // Not even the bell may reveal how much has been typed.
                self.press(key);
                return EditOutcome::Nothing;
            }
            Key::Interrupt => self.clear(),
            Key::Enter => {}
            Key::EndOfInput if self.text().is_empty() => {}
            _ => return EditOutcome::Refused,
        }
        EditOutcome::Submitted(self.take())
    }

    /// Takes the answer to [`EditOutcome::Complete`]: names without their sigil, best first. Does
    /// nothing if there are none, or if another key was pressed in the meantime.
    pub fn complete(&mut self, mut candidates: Vec<String>) {
        let Completion::Asked(prefix) = &self.completion else { return };
        let prefix = prefix.to_lowercase();
        let was_none = candidates.is_empty();
        candidates.retain(|candidate| candidate.to_lowercase().starts_with(&prefix));
        if candidates.is_empty() && !was_none {
            // These are candidates for another word, which has been deleted since.
            return;
        }
        self.completion = Completion::Nothing;
        if candidates.is_empty() {
            return;
        }
        let mut cycle = Cycle::new(&self.line, candidates);
        if cycle.next(&mut self.line) {
            self.completion = Completion::Shown(Box::new(cycle));
        }
    }

    /// Handles a key that changes the text. Returns whether it could.
    fn edit(&mut self, key: Key) -> bool {
        match key {
            Key::Text(c) => !c.is_control() && self.line.insert(c),
            Key::LineBreak => self.line.insert('\n'),
            Key::Backspace => self.line.backspace(),
            Key::Delete | Key::EndOfInput => self.line.delete(),
            Key::KillToEnd => self.kill(EditBuffer::kill_to_end),
            Key::KillToStart => self.kill(EditBuffer::kill_to_start),
            Key::KillWordLeft => self.kill(EditBuffer::kill_word_left),
            Key::KillWordRight => self.kill(EditBuffer::kill_word_right),
            Key::Yank => self.line.yank(),
            Key::Up | Key::Down => {
                let walk = if key == Key::Up { Recall::up } else { Recall::down };
                let recalled = walk(&mut self.recall, self.line.text());
                recalled.map(|line| self.line.set_text(line)).is_some()
            }
            _ => false,
        }
    }

    fn kill(&mut self, kill: impl FnOnce(&mut EditBuffer) -> bool) -> bool {
        // Text killed directly before this is yanked together with it.
        let is_part_secret = self.has_killed_secret && self.line.gathers();
        let holds_secret = is_part_secret || command::holds_secret(self.line.text());
        let could = kill(&mut self.line);
        if could {
            self.has_killed_secret = holds_secret;
        }
        could
    }

    fn submit(&mut self) -> EditOutcome {
        let mut text = self.take();
        let is_blank = text.trim().is_empty();
        text.truncate(if is_blank { 0 } else { text.trim_end_matches('\n').len() });
        EditOutcome::Submitted(text)
    }

    fn tab(&mut self) -> EditOutcome {
        if let Completion::Shown(cycle) = &mut self.completion {
            return unless_refused(cycle.next(&mut self.line));
        }
        if matches!(self.completion, Completion::Nothing) {
            return EditOutcome::Refused;
        }
        let wanted = completion::wanted(&self.line);
        self.completion = Completion::Asked(wanted.prefix.clone());
        EditOutcome::Complete(wanted)
    }

    fn back_tab(&mut self) -> EditOutcome {
        match &mut self.completion {
            Completion::Shown(cycle) => unless_refused(cycle.previous(&mut self.line)),
            Completion::None | Completion::Asked(_) | Completion::Nothing => EditOutcome::Refused,
        }
    }

    /// Ends everything that refers to the previous content of the line.
    fn start_anew(&mut self) {
        self.completion = Completion::None;
        self.recall.stop();
        if std::mem::take(&mut self.has_killed_secret) {
            self.line.forget_killed();
        }
    }
}

/// Whether a key kills text. The text killed by several such keys in a row is yanked as one.
fn is_kill(key: Key) -> bool {
    use Key::{KillToEnd, KillToStart, KillWordLeft, KillWordRight};
    matches!(key, KillToEnd | KillToStart | KillWordLeft | KillWordRight)
}

fn unless_refused(could: bool) -> EditOutcome {
    if could { EditOutcome::Nothing } else { EditOutcome::Refused }
}

#[cfg(test)]
mod tests;
