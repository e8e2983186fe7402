//! What the client itself says on a terminal, in each language that servers speak.
//!
//! One [`Texts`] a language, one file each; templates name what is put in by `{word}`. Which
//! language somebody reads is told by the locale, as for the server. `--help` and the messages of a
//! wrong command line are English.

mod en;
mod zh;

use std::io::{self, ErrorKind};

use crate::lang::{Lang, fill};

/// The texts of one language. Each field says what may stand in it.
#[derive(Debug)]
pub struct Texts {
    /// In the prompt, while there is no connection.
    pub no_connection: &'static str,
    /// In the prompt, until the next attempt in `{seconds}`, where there is much room.
    pub next_attempt_long: &'static str,
    /// The same on a usual terminal,
    pub next_attempt: &'static str,
    /// and where there is little room.
    pub next_attempt_short: &'static str,
    /// In the prompt, until one is who and where one was.
    pub coming_back: &'static str,
    /// The prompt of an answer whose question has gone.
    pub dropped_prompt: &'static str,
    /// What was typed there is gone.
    pub answer_dropped: &'static str,
    /// A line that the connection may have swallowed: `{line}`.
    pub perhaps_not_said: &'static str,
    /// The server has said goodbye.
    pub server_ended: &'static str,
    /// The connection ended without a goodbye.
    pub connection_lost: &'static str,
    /// It broke: `{reason}`.
    pub connection_broke: &'static str,
    /// As often as it is made it is closed.
    pub closed_at_once: &'static str,
    /// An attempt failed: `{reason}`, which ends a sentence.
    pub still_no_connection: &'static str,
    /// Ends the sentence of a reason.
    pub full_stop: &'static str,
    /// Behind each of those, what happens next.
    pub trying_again: &'static str,
    /// There is a connection again.
    pub connected_again: &'static str,
    /// A guest has another name than before: `{name}`, and `{before}`.
    pub name_changed: &'static str,
    /// A room was made anew on the way back, without what its owner had set: `{room}`.
    pub room_is_open: &'static str,
    /// A room was made anew, and what one had set is set again: `{room}`.
    pub room_is_restored: &'static str,
    /// More was pasted than `{lines}`, `{kib}`.
    pub paste_cut: &'static str,
    /// What is typed is longer than `{limit}` bytes, by `{over}`.
    pub line_too_long: &'static str,
    /// How to leave.
    pub how_to_leave: &'static str,
    /// There is no connection to `{address}`, as one ends.
    pub ended_without_connection: &'static str,
    /// The connection broke, as one ends: `{reason}`.
    pub ended_broken: &'static str,
    /// The server at `{address}` ended it.
    pub closed_by_server: &'static str,
    /// The file of sent lines is not readable: `{path}`, `{reason}`.
    pub sent_unreadable: &'static str,
    /// The file of sent lines is not writable: `{path}`, `{reason}`.
    pub sent_unwritable: &'static str,
    /// The log is not writable: `{path}`, `{reason}`.
    pub log_unwritable: &'static str,
    /// Nobody would continue us after a stop.
    pub cannot_suspend: &'static str,
    /// `{address}` cannot be connected to: `{reason}`.
    pub cannot_connect: &'static str,
    /// Behind that: the name may be mistyped.
    pub is_it_spelled_right: &'static str,
    /// Behind that: nobody listens.
    pub is_it_running: &'static str,
    /// Behind that: nobody answers.
    pub is_it_right: &'static str,
    /// No thread could be started: `{reason}`.
    pub cannot_start_thread: &'static str,
    /// Standard input is not readable: `{reason}`.
    pub cannot_read_input: &'static str,
    /// Standard output is not writable: `{reason}`.
    pub cannot_write_output: &'static str,
    /// The terminal does not do what it should: `{reason}`.
    pub cannot_use_terminal: &'static str,
    /// A file is not writable: `{path}`, `{reason}`.
    pub cannot_write_file: &'static str,
    /// A file is not readable: `{path}`, `{reason}`.
    pub cannot_read_file: &'static str,
    /// There are no signals or threads: `{reason}`.
    pub cannot_begin: &'static str,
    /// Above a line said by `--say` that was not said: `{reason}`.
    pub not_said: &'static str,
    /// Why: the connection ended first.
    pub not_said_ended: &'static str,
    /// Why: the server said nothing about it for `{seconds}`.
    pub not_said_silence: &'static str,
    /// Why: it is a server that cannot confirm it.
    pub not_said_unknown: &'static str,
    /// Why: the name `{name}` needs a password.
    pub not_said_needs_password: &'static str,
    /// Why: the server needs a password.
    pub not_said_server_password: &'static str,
    /// What the system says of a connection, by kind.
    pub reasons: &'static [(ErrorKind, &'static str)],
}

impl Texts {
    /// Those of a language.
    pub const fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &en::TEXTS,
            Lang::Zh => &zh::TEXTS,
        }
    }

    /// What an error says, in lower case and without the system's number; its kind, where that says
    /// it all.
    pub fn reason(&self, error: &io::Error) -> String {
        if let Some((_, text)) = self.reasons.iter().find(|(kind, _)| *kind == error.kind()) {
            return (*text).to_owned();
        }
        let text = error.to_string();
        let text = text.split(" (os error ").next().unwrap_or_default();
        let (first, rest) = text.split_at_checked(1).unwrap_or((text, ""));
        // Not where a word is all in capitals.
        match rest.starts_with(char::is_lowercase) {
            true => first.to_ascii_lowercase() + rest,
            false => text.to_owned(),
        }
    }

    /// That something is wrong with a file.
    pub fn of_file(
        &self,
        template: &str,
        path: impl std::fmt::Display,
        error: &io::Error,
    ) -> String {
        fill(template, &[("path", &path), ("reason", &self.reason(error))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
