//! The client's own texts on a terminal, in each language of the server's words.
//!
//! There is one [`Texts`] per language, in a file of its own; templates name their values as
//! `{word}`. The locale decides the language, as on the server. `--help` and the errors of the
//! command line are in English.

mod en;
mod zh;

use std::fmt;
use std::io::{self, ErrorKind};

use crate::model::language::Lang;

/// The texts of one language. Each field's comment names the values of its template.
#[derive(Debug)]
pub struct Texts {
    /// In the prompt, while there is no connection.
    pub no_connection: &'static str,
    /// In the prompt, until the next attempt in `{seconds}`, on a wide terminal.
    pub next_attempt_long: &'static str,
    /// The same on a terminal of the usual width.
    pub next_attempt: &'static str,
    /// The same on a narrow terminal.
    pub next_attempt_short: &'static str,
    /// In the prompt, until the user has their name and rooms back.
    pub coming_back: &'static str,
    /// The prompt for an answer whose question no longer exists.
    pub dropped_prompt: &'static str,
    /// The answer typed there was discarded.
    pub answer_dropped: &'static str,
    /// A line that may have been lost with the connection: `{line}`.
    pub perhaps_not_said: &'static str,
    /// The server said goodbye.
    pub server_ended: &'static str,
    /// The connection ended without a goodbye.
    pub connection_lost: &'static str,
    /// The connection broke: `{reason}`.
    pub connection_broke: &'static str,
    /// The server closes every connection at once.
    pub closed_at_once: &'static str,
    /// An attempt failed: `{reason}`, which ends a sentence.
    pub still_no_connection: &'static str,
    /// The full stop after a reason.
    pub full_stop: &'static str,
    /// Follows each of those: the client will try again.
    pub trying_again: &'static str,
    /// The connection is restored.
    pub connected_again: &'static str,
    /// A guest has a new name `{name}` instead of `{before}`.
    pub name_changed: &'static str,
    /// A room was created again after reconnecting, without its owner's settings: `{room}`.
    pub room_is_open: &'static str,
    /// A room was created again and its settings restored: `{room}`.
    pub room_is_restored: &'static str,
    /// The pasted text exceeds `{lines}` or `{kib}`.
    pub paste_cut: &'static str,
    /// The typed line exceeds `{limit}` bytes by `{over}`.
    pub line_too_long: &'static str,
    /// How to quit.
    pub how_to_leave: &'static str,
    /// On exit: not connected to `{address}`.
    pub ended_without_connection: &'static str,
    /// On exit: the connection broke: `{reason}`.
    pub ended_broken: &'static str,
    /// The server at `{address}` closed the connection.
    pub closed_by_server: &'static str,
    /// The file of sent lines cannot be read: `{path}`, `{reason}`.
    pub sent_unreadable: &'static str,
    /// The file of sent lines cannot be written: `{path}`, `{reason}`.
    pub sent_unwritable: &'static str,
    /// The log cannot be written: `{path}`, `{reason}`.
    pub log_unwritable: &'static str,
    /// The client cannot be suspended, because nothing would resume it.
    pub cannot_suspend: &'static str,
    /// Connecting to `{address}` failed: `{reason}`.
    pub cannot_connect: &'static str,
    /// Follows that: the name may be misspelled.
    pub is_it_spelled_right: &'static str,
    /// Follows that: no server is listening.
    pub is_it_running: &'static str,
    /// Follows that: no server answers.
    pub is_it_right: &'static str,
    /// A thread could not be started: `{reason}`.
    pub cannot_start_thread: &'static str,
    /// Standard input cannot be read: `{reason}`.
    pub cannot_read_input: &'static str,
    /// Standard output cannot be written: `{reason}`.
    pub cannot_write_output: &'static str,
    /// The terminal does not work as expected: `{reason}`.
    pub cannot_use_terminal: &'static str,
    /// A file cannot be written: `{path}`, `{reason}`.
    pub cannot_write_file: &'static str,
    /// A file cannot be read: `{path}`, `{reason}`.
    pub cannot_read_file: &'static str,
    /// Signal handlers or threads are not available: `{reason}`.
    pub cannot_begin: &'static str,
    /// Precedes a line from `--say` that was not said: `{reason}`.
    pub not_said: &'static str,
    /// A reason: the connection ended first.
    pub not_said_ended: &'static str,
    /// A reason: the server did not confirm the line within `{seconds}`.
    pub not_said_silence: &'static str,
    /// A reason: the server cannot confirm lines.
    pub not_said_unknown: &'static str,
    /// A reason: the name `{name}` needs a password.
    pub not_said_needs_password: &'static str,
    /// A reason: the server needs a password.
    pub not_said_server_password: &'static str,
    /// Texts for the system's connection errors, by kind.
    pub reasons: &'static [(ErrorKind, &'static str)],
}

impl Texts {
    /// The texts of this language.
    pub const fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &en::TEXTS,
            Lang::Zh => &zh::TEXTS,
        }
    }

    /// The text of an error: our own for its kind if there is one, otherwise the system's, in lower
    /// case and without its number.
    pub fn reason(&self, error: &io::Error) -> String {
        if let Some((_, text)) = self.reasons.iter().find(|(kind, _)| *kind == error.kind()) {
            return (*text).to_owned();
        }
        let text = error.to_string();
        let text = text.split(" (os error ").next().unwrap_or_default();
        let (first, rest) = text.split_at_checked(1).unwrap_or((text, ""));
        // A word in capitals keeps them.
        match rest.starts_with(char::is_lowercase) {
            true => first.to_ascii_lowercase() + rest,
            false => text.to_owned(),
        }
    }

    /// The message for an error with a file.
    pub fn of_file(&self, template: &str, path: impl fmt::Display, error: &io::Error) -> String {
        fill(template, &[("path", &path), ("reason", &self.reason(error))])
    }
}

/// Replaces each `{key}` in `template` by its value, in one pass: the content of a value is never
/// taken for a key.
pub fn fill(template: &str, values: &[(&str, &dyn fmt::Display)]) -> String {
    use fmt::Write as _;
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from_open) = rest.split_at(open);
        filled.push_str(before);
        let found = from_open.find('}').and_then(|close| {
            let value = values.iter().find(|(key, _)| *key == &from_open[1..close])?;
            Some((close, value.1))
        });
        match found {
            Some((close, value)) => {
                // Writing to a String cannot fail.
                let _ = write!(filled, "{value}");
                rest = &from_open[close + 1..];
            }
            None => {
                filled.push('{');
                rest = &from_open[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fill_replaces_each_key_once() {
        let check = |template: &str, expected: &str| {
            assert_eq!(fill(template, &[("name", &"{count}"), ("count", &3)]), expected);
        };
        check("Welcome {name}", "Welcome {count}");
        check("{count} of {count}", "3 of 3");
        check("{unknown} {", "{unknown} {");
        check("", "");
    }

    #[test]
    fn reasons_are_for_people() {
        let texts = Texts::of(Lang::En);
        let check = |error: io::Error, expected: &str| assert_eq!(texts.reason(&error), expected);
        let of = |error: rustix::io::Errno| io::Error::from(error);
        check(of(rustix::io::Errno::ISDIR), "is a directory");
        check(of(rustix::io::Errno::NOENT), "no such file or directory");
        check(of(rustix::io::Errno::IO), "input/output error");
        check(of(rustix::io::Errno::LOOP), "too many levels of symbolic links");
        check(io::Error::other("TLS is not spoken"), "TLS is not spoken");
        check(io::Error::other(""), "");
        check(of(rustix::io::Errno::CONNREFUSED), "connection refused");
        let texts = Texts::of(Lang::Zh);
        assert_eq!(texts.reason(&of(rustix::io::Errno::CONNREFUSED)), "连接被拒绝");
    }

    #[test]
    fn each_kind_has_a_reason_in_each_language() {
        let kinds =
            |lang| Texts::of(lang).reasons.iter().map(|(kind, _)| *kind).collect::<Vec<_>>();
        assert_eq!(kinds(Lang::En), kinds(Lang::Zh));
    }
}
