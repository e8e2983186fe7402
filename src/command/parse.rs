//! The meaning of a typed line: a message, or a command.
//!
//! This module owns the signs that make a line more than a message, the commands with their
//! arguments, and the errors of commands that cannot be understood. Pure: text in, meaning out. It
//! does not know who typed the line, whether the names in it exist, or what a command does.
//!
//! A line is said as it is unless it begins, after spaces, with one of these:
//!
//! | typed | meaning |
//! |---|---|
//! | `/name arguments` | a command; `／` (U+FF0F), as Chinese keyboards send it, counts as `/` |
//! | `//text` | says `/text` |
//! | `#room text`, `#room` | says the text in another room; switches to that room |
//!
//! `@name text` is a line like any other: it mentions someone, as everywhere else. A line that may
//! hold a password is never said: a command after spaces is a command, and an unknown command is
//! not a message.

use crate::command::arguments::ArgumentReader;
use crate::command::kinds::{Command, Utterance};
use crate::command::topic::SLASHES;
use crate::command::unknown_command;
use crate::model::{Refusal, Topic};
use crate::text::CleanText;

/// Interprets a line.
pub fn interpret(text: CleanText) -> Utterance {
    match text.as_str().as_bytes().first() {
        // In UTF-8 the last two begin the full-width space and the full-width slash, and many other
        // characters.
        Some(b' ' | b'/' | b'#' | 0xE3 | 0xEF) => interpret_signed(text),
        _ => Utterance::Line(text),
    }
}

/// The command in a typed line, if it is one that can be understood.
pub fn command_in(line: &str) -> Option<Command> {
    match interpret(CleanText::from_bytes(line.as_bytes())) {
        Utterance::Command(command) => Some(*command),
        Utterance::Line(_) | Utterance::Wrong(_) => None,
    }
}

/// The command of programs that only say lines, without its slash.
const POST: &str = "post";

/// Whether a line says who its author is. Only the first line is checked.
pub fn introduces(text: &CleanText) -> bool {
    matches!(interpret(text.clone()), Utterance::Command(command)
        if matches!(*command, Command::Nick { .. } | Command::Login { .. } | Command::Post { .. }))
}

/// Interprets a line that may begin with a sign.
fn interpret_signed(text: CleanText) -> Utterance {
    let line = text.as_str();
    let signed = line.trim_start();
    let Some(sign) = signed.chars().next() else { return Utterance::Line(text) };
    let behind = line.len() - signed.len() + sign.len_utf8();
    let meant = match sign {
        '/' | '／' if line[behind..].starts_with(SLASHES) => {
            return Utterance::Line(text.part_from(behind));
        }
        '/' | '／' => command(ArgumentReader::new(&text, behind)),
        '#' => to_room(ArgumentReader::new(&text, behind)).map(Ok),
        _ => None,
    };
    match meant {
        Some(Ok(command)) => Utterance::Command(Box::new(command)),
        Some(Err(wrong)) => Utterance::Wrong(Box::new(wrong)),
        None => Utterance::Line(text),
    }
}

/// The command after a slash, if the line is one.
///
/// With a space after the slash it is a message, unless the name of a command follows: `/ login bob
/// secret` was not meant to be said.
fn command(mut arguments: ArgumentReader<'_>) -> Option<Result<Command, Refusal>> {
    let is_apart = arguments.begins_with_space();
    let word = arguments.word()?;
    if word.eq_ignore_ascii_case(POST) && !is_apart {
        return Some(Ok(Command::Post { text: arguments.text_as_it_is() }));
    }
    Some(match (Topic::find(word), is_apart) {
        (Some(topic), false) => arguments.read(topic),
        (Some(topic), true) => Err(Refusal::Usage { topic }),
        (None, false) => Err(unknown_command(word)),
        (None, true) => return None,
    })
}

/// The command after `#`, if a word follows.
fn to_room(mut arguments: ArgumentReader<'_>) -> Option<Command> {
    if arguments.begins_with_space() {
        return None;
    }
    let room = arguments.word()?.into();
    Some(match arguments.text() {
        Some(text) => Command::ToRoom { room, text },
        None => Command::Switch { room },
    })
}

#[cfg(test)]
mod tests;
