//! Lines that were sent, and that the server has not said back yet.
//!
//! hobnob says to everybody, also to whoever said it, what somebody says, in the order of its
//! coming. A connection may be dead for minutes before anybody knows, and takes lines all the while:
//! they are those that do not come back.
//!
//! Nothing is told that was said. What somebody else says in the same words is taken for the answer,
//! so that a line may be lost without being told.

use std::collections::VecDeque;

use crate::command::{self, Utterance};
use crate::text::{CleanText, width};

/// Lines that are remembered: more than anybody says before wondering why nobody answers.
const LINES_MAX: usize = 16;

/// How many of them are told: what one would say again.
const LINES_TOLD_MAX: usize = 3;

/// Columns of each that are told; Up brings all of it back.
const COLUMNS_TOLD_MAX: usize = 200;

/// Stands between who says something and what they say, in each of the server's languages.
const SAID_SEPARATOR: &str = ": ";

/// Lines without their echo, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Unsaid(VecDeque<String>);

impl Unsaid {
    /// A line is sent, which is no secret. What is none to be said in the room has other answers.
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

    /// The server says something. What was sent before what it says has been read by it, too.
    pub(super) fn hear(&mut self, text: &str) {
        // No name holds a space, so that nothing before this one is a separator.
        let said = text.split_once(SAID_SEPARATOR).map(|(_, said)| said.trim());
        if let Some(at) = self.0.iter().position(|line| Some(line.as_str()) == said) {
            self.0.drain(..=at);
        }
    }

    /// The connection has ended: the last of those that may not have been said.
    pub(super) fn take(&mut self) -> Vec<String> {
        let told = self.0.len().saturating_sub(LINES_TOLD_MAX);
        self.0.drain(..).skip(told).map(shortened).collect()
    }
}

fn shortened(line: String) -> String {
    let beginning = width::beginning(&line, COLUMNS_TOLD_MAX);
    if beginning.len() == line.len() { line } else { format!("{beginning}…") }
}
