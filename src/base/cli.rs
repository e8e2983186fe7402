//! Command-line handling shared by the programs: parsing, and reporting problems in one clear line.
//!
//! It does not know what the arguments mean.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use clap::Parser;
use clap::error::{ContextKind, ErrorKind};

/// Parses the arguments of the process.
///
/// # Errors
/// The exit code: 0 if help or the version was requested and has been printed, 2 if the command
/// line is wrong and the problem has been reported in one line.
pub fn parse<Arguments: Parser>(program: &str) -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| refuse(program, &error))
}

/// The exit code after a parse error: 0 if help or the version was requested and has been printed,
/// 2 if the command line is wrong and the problem has been reported in one line.
pub fn refuse(program: &str, error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        complain(program, in_one_line(error));
        return ExitCode::from(2);
    }
    // A reader that is gone needs no help.
    let _ = error.print();
    ExitCode::SUCCESS
}

/// Writes one line to standard error. If standard error is closed, nobody can be told. If it is
/// full and nobody reads it, the exiting process waits for at most a second.
pub fn complain(program: &str, problem: impl Display) {
    let line: Arc<str> = format!("{program}: {problem}\n").into();
    let (done, is_done) = mpsc::channel();
    let write = |line: Arc<str>| {
        let _ = std::io::stderr().write_all(line.as_bytes());
    };
    let copy = line.clone();
    let write_apart = move || {
        write(copy);
        let _ = done.send(());
    };
    match thread::Builder::new().spawn(write_apart) {
        Ok(_) => {
            let _ = is_done.recv_timeout(Duration::from_secs(1));
        }
        // Running out of threads may be the very problem to report.
        Err(_) => write(line),
    }
}

/// The problem with a command line, in one line: clap's message also has tips and a usage summary,
/// which are cut off.
pub fn in_one_line(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let ends = ["\n\n  tip:", "\n\nUsage:", "\n\nFor more information"];
    let end = ends.iter().filter_map(|end| rendered.find(end)).min().unwrap_or(rendered.len());
    let words: Vec<&str> = rendered[..end].split_whitespace().collect();
    let what = words.join(" ");
    // The same setting may be valid after the subcommand.
    let is_misplaced = error.kind() == ErrorKind::ArgumentConflict
        && error.get(ContextKind::InvalidSubcommand).is_some();
    let where_it_was = if is_misplaced { " before it" } else { "" };
    format!("{}{where_it_was} (see --help)", what.strip_prefix("error: ").unwrap_or(&what))
}
