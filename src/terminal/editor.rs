//! What each key does to the line that is being typed, and what it asks of the program around it.
//!
//! Owned here: the meaning of keys, the line, the lines before it, and the completion of a word.
//! Not known here: how a key looks in bytes, how the line is shown, who could be meant by a word,
//! and what becomes of a line that was sent.

mod completion;

use self::completion::Cycle;

pub use self::completion::{Kind, Wanted};

use super::keys::Key;
use super::line::Line;
use super::recall::Recall;
use crate::command;

/// How much an editor takes and keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one line, without its end.
    pub line_bytes_max: usize,
    /// Lines sent before that can be recalled.
    pub recall_entries_max: usize,
    /// Bytes in all of them together.
    pub recall_bytes_max: usize,
}

/// What a key asks of the program around the editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing more: the line or the cursor may have changed.
    Nothing,
    /// It does not fit, or means nothing here: the bell is due.
    Refused,
    /// To send this, which may hold `'\n'` between lines but not at its end, and is empty if there
    /// was nothing to see in it. The line is empty now.
    Submitted(String),
    /// To say how this word could go on, by [`Editor::complete`].
    Complete(Wanted),
    /// To show everything anew.
    ClearScreen,
    /// To end: there was nothing in the line.
    Leave,
    /// To look at the next room.
    NextRoom,
    /// To let the shell have the terminal for a while.
    Suspend,
    /// To note whether the terminal is looked at.
    Focus(bool),
}

/// The line editor of one person.
#[derive(Debug)]
pub struct Editor {
    line: Line,
    recall: Recall,
    completion: Completion,
    /// What was cut out last may have been a password: it can be put back into the line that it was
    /// in, and not into others.
    has_killed_secret: bool,
}

/// Where the completion of a word is.
#[derive(Debug)]
enum Completion {
    None,
    /// The last key asked for candidates for a word that begins like this.
    Asked(String),
    /// There are none, so that there is nothing to ask before another key.
    Nothing,
    /// The last key showed one. Boxed, because hardly anybody is at it at any moment.
    Shown(Box<Cycle>),
}

impl Editor {
    /// One with an empty line and nothing to recall.
    pub fn new(limits: Limits) -> Self {
        Self {
            line: Line::new(limits.line_bytes_max),
            recall: Recall::new(limits.recall_entries_max, limits.recall_bytes_max),
            completion: Completion::None,
            has_killed_secret: false,
        }
    }

    /// What is being typed.
    pub fn text(&self) -> &str {
        self.line.text()
    }

    /// Where the cursor stands in it, in bytes from its beginning.
    pub fn cursor(&self) -> usize {
        self.line.cursor()
    }

    /// Puts this in the place of what is being typed, as far as it fits, and the cursor at its end.
    pub fn set_text(&mut self, text: &str) {
        self.start_anew();
        self.line.set_text(text);
    }

    /// Drops what is being typed.
    pub fn clear(&mut self) {
        self.take();
    }

    /// What is being typed. The line is empty from then on.
    pub fn take(&mut self) -> String {
        self.start_anew();
        self.line.take()
    }

    /// Keeps a line for Up. Nothing is kept but what is given here, because the caller knows what
    /// was a password.
    pub fn remember(&mut self, line: &str) {
        self.recall.remember(line);
    }

    /// The lines that are kept, the oldest first.
    pub fn recalled(&self) -> impl Iterator<Item = &str> {
        self.recall.iter()
    }

    /// Forgets what ^Y would bring back, for after a password.
    pub fn forget_killed(&mut self) {
        self.line.forget_killed();
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Outcome {
        match key {
            // These are not pressed, and so they end nothing.
            Key::FocusIn => return Outcome::Focus(true),
            Key::FocusOut => return Outcome::Focus(false),
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
            Key::EndOfInput if self.text().is_empty() => return Outcome::Leave,
            Key::ClearScreen => return Outcome::ClearScreen,
            Key::NextRoom => return Outcome::NextRoom,
            Key::Suspend => return Outcome::Suspend,
            Key::Left => self.line.left(),
            Key::Right => self.line.right(),
            Key::Home => self.line.home(),
            Key::End => self.line.end(),
            Key::WordLeft => self.line.word_left(),
            Key::WordRight => self.line.word_right(),
            _ => return unless_refused(self.edit(key)),
        }
        Outcome::Nothing
    }

    /// Takes a key of an answer that is not to be seen, in which there is nothing to complete or to
    /// recall. Whoever wants to have done with it by ^C, or by ^D on an empty one, answers nothing.
    pub fn press_concealed(&mut self, key: Key) -> Outcome {
        match key {
            Key::Text(_) | Key::Backspace | Key::KillToStart => {
                // Not even the bell tells how much there is.
                self.press(key);
                return Outcome::Nothing;
            }
            Key::Interrupt => self.clear(),
            Key::Enter => {}
            Key::EndOfInput if self.text().is_empty() => {}
            _ => return Outcome::Refused,
        }
        Outcome::Submitted(self.take())
    }

    /// Takes the answer to [`Outcome::Complete`]: names without what marks their kind, the best
    /// first. If there are none, or if another key came meanwhile, nothing happens.
    pub fn complete(&mut self, mut candidates: Vec<String>) {
        let Completion::Asked(prefix) = &self.completion else { return };
        let prefix = prefix.to_lowercase();
        let was_none = candidates.is_empty();
        candidates.retain(|candidate| candidate.to_lowercase().starts_with(&prefix));
        if candidates.is_empty() && !was_none {
            // That is the answer about another word, which has been taken away since.
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

    /// A key that changes the text. Whether it could.
    fn edit(&mut self, key: Key) -> bool {
        match key {
            Key::Text(c) => !c.is_control() && self.line.insert(c),
            Key::LineBreak => self.line.insert('\n'),
            Key::Backspace => self.line.backspace(),
            Key::Delete | Key::EndOfInput => self.line.delete(),
            Key::KillToEnd => self.kill(Line::kill_to_end),
            Key::KillToStart => self.kill(Line::kill_to_start),
            Key::KillWordLeft => self.kill(Line::kill_word_left),
            Key::KillWordRight => self.kill(Line::kill_word_right),
            Key::Yank => self.line.yank(),
            Key::Up => {
                let line = self.recall.up(self.line.text());
                line.map(|line| self.line.set_text(line)).is_some()
            }
            Key::Down => {
                let line = self.recall.down(self.line.text());
                line.map(|line| self.line.set_text(line)).is_some()
            }
            _ => false,
        }
    }

    fn kill(&mut self, kill: impl FnOnce(&mut Line) -> bool) -> bool {
        // What was cut out right before is part of what is put back.
        let is_part_secret = self.has_killed_secret && self.line.gathers();
        let holds_secret = is_part_secret || command::holds_secret(self.line.text());
        let could = kill(&mut self.line);
        if could {
            self.has_killed_secret = holds_secret;
        }
        could
    }

    fn submit(&mut self) -> Outcome {
        let mut text = self.take();
        let is_blank = text.trim().is_empty();
        text.truncate(if is_blank { 0 } else { text.trim_end_matches('\n').len() });
        Outcome::Submitted(text)
    }

    fn tab(&mut self) -> Outcome {
        if let Completion::Shown(cycle) = &mut self.completion {
            return unless_refused(cycle.next(&mut self.line));
        }
        if matches!(self.completion, Completion::Nothing) {
            return Outcome::Refused;
        }
        let wanted = Wanted::before_cursor(&self.line);
        self.completion = Completion::Asked(wanted.prefix.clone());
        Outcome::Complete(wanted)
    }

    fn back_tab(&mut self) -> Outcome {
        match &mut self.completion {
            Completion::Shown(cycle) => unless_refused(cycle.previous(&mut self.line)),
            Completion::None | Completion::Asked(_) | Completion::Nothing => Outcome::Refused,
        }
    }

    /// What is in the line will have no more to do with what was there.
    fn start_anew(&mut self) {
        self.completion = Completion::None;
        self.recall.stop();
        if std::mem::take(&mut self.has_killed_secret) {
            self.line.forget_killed();
        }
    }
}

/// Whether it cuts something out. What several of these in a row cut out is put back as one.
fn is_kill(key: Key) -> bool {
    use Key::{KillToEnd, KillToStart, KillWordLeft, KillWordRight};
    matches!(key, KillToEnd | KillToStart | KillWordLeft | KillWordRight)
}

fn unless_refused(could: bool) -> Outcome {
    if could { Outcome::Nothing } else { Outcome::Refused }
}

#[cfg(test)]
mod tests;
