//! What the programs share on their command lines: parsing, and one clear line for what is wrong.
//!
//! It knows nothing of what the arguments mean.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use clap::Parser;
use clap::error::{ContextKind, ErrorKind};

/// The arguments of the process.
///
/// # Errors
/// How to exit: with 0 when help or the version were asked for and have been printed, with 2 when
/// the command line is wrong and one line has said so.
pub fn parse<Arguments: Parser>(program: &str) -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| refuse(program, &error))
}

/// How to exit after the arguments could not be parsed: with 0 when help or the version were asked
/// for and have been printed, with 2 when the command line is wrong and one line has said so.
pub fn refuse(program: &str, error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        complain(program, in_one_line(error));
        return ExitCode::from(2);
    }
    // A reader that has gone needs no help.
    let _ = error.print();
    ExitCode::SUCCESS
}

/// One line on standard error. Should that be closed, there is nobody to tell; should it be full
/// and not read, the process that is about to end does not wait for it for more than a second.
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
        // That there are no threads may be what there is to say.
        Err(_) => write(line),
    }
}

/// What is wrong with a command line, in one line: clap goes on with tips and how the program is
/// used, after it has said that.
pub fn in_one_line(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let ends = ["\n\n  tip:", "\n\nUsage:", "\n\nFor more information"];
    let end = ends.iter().filter_map(|end| rendered.find(end)).min().unwrap_or(rendered.len());
    let words: Vec<&str> = rendered[..end].split_whitespace().collect();
    let what = words.join(" ");
    // The same setting may be one of the subcommand, behind it.
    let is_misplaced = error.kind() == ErrorKind::ArgumentConflict
        && error.get(ContextKind::InvalidSubcommand).is_some();
    let where_it_was = if is_misplaced { " before it" } else { "" };
    format!("{}{where_it_was} (see --help)", what.strip_prefix("error: ").unwrap_or(&what))
}
