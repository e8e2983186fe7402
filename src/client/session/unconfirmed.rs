//! Lines that were sent and that the server has not echoed yet.
//!
//! hobnob sends each message to everyone, its author included, in the order in which messages
//! arrive. A connection may be dead for minutes before anyone notices, and accepts lines all that
//! time: these are the ones that are never echoed.
//!
//! A line that was said is never reported. The same words from another client of the same user count
//! as the echo, so a line may be lost without a report.

use std::collections::VecDeque;

use crate::command::{self, Utterance};
use crate::text::{CleanText, width};

/// Number of lines remembered: more than anyone sends before wondering why nobody answers.
const LINES_MAX: usize = 16;

/// Number of lines reported: as many as a user would send again.
const LINES_TOLD_MAX: usize = 3;

/// Number of columns shown of each line; Up recalls the whole line.
const COLUMNS_TOLD_MAX: usize = 200;

/// Lines without their echo, oldest first.
#[derive(Debug, Default)]
pub(super) struct UnconfirmedLines(VecDeque<String>);

impl UnconfirmedLines {
    /// Takes a line that is sent and holds no secret. Only messages are echoed; commands are
    /// ignored.
    pub(super) fn send(&mut self, line: &str) {
        let Utterance::Line(text) = command::interpret(CleanText::from_bytes(line.as_bytes()))
        else {
            return;
        };
        if self.0.len() == LINES_MAX {
            self.0.pop_front();
        }
        self.0.push_back(text.as_str().trim().to_owned());
    }

    /// Takes a message of the user from the server. Every line sent before it has been read, too.
    pub(super) fn hear(&mut self, text: &str) {
        if let Some(at) = self.0.iter().position(|line| line == text.trim()) {
            self.0.drain(..=at);
        }
    }

    /// Handles the end of the connection. Returns the last lines that may not have been said.
    pub(super) fn take(&mut self) -> Vec<String> {
        let told = self.0.len().saturating_sub(LINES_TOLD_MAX);
        self.0.drain(..).skip(told).map(shortened).collect()
    }
}

fn shortened(line: String) -> String {
    let beginning = width::beginning(&line, COLUMNS_TOLD_MAX);
    if beginning.len() == line.len() { line } else { format!("{beginning}…") }
}
