//! The server program: reads the command line and the settings, and serves or runs a subcommand.

mod config;
mod control;
mod invitation;
mod log;
mod machine;
mod options;
mod serve;
mod tasks;

use std::ffi::OsString;
use std::process::ExitCode;

use hobnob::base::cli::{self, complain};
use hobnob::base::descriptors;

use crate::config::load::{LoadError, ParsedOptions};
use crate::tasks::task::Task;
use crate::tasks::{backup, check, export, person, print};

/// The program's name in its messages.
const PROGRAM: &str = "hobnob-server";

/// The exit code that a shell reports for a process ended by SIGINT.
const EXIT_INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let mut files = Vec::new();
    let given = match ParsedOptions::read(&arguments, &mut files) {
        Ok(given) => given,
        Err(LoadError::CommandLine(error)) => return cli::refuse(PROGRAM, &error),
        Err(LoadError::File(problem)) => return refuse(problem),
    };
    match &given.options.task {
        Some(Task::Export(task)) => with(task.server.folder(), |folder| export::run(task, &folder)),
        Some(Task::Person(task)) => with(task.server.folder(), |folder| person::run(task, &folder)),
        Some(Task::Backup(task)) => with(task.server.folder(), |folder| backup::run(task, &folder)),
        Some(Task::Config(_)) => {
            let printed = given.in_force(&mut files).and_then(|it| print::run(&it.entries));
            with(printed, Ok)
        }
        None => match given.in_force(&mut files) {
            Ok(in_force) if given.options.check => {
                check::report(&in_force.config, descriptors::raise_limit())
            }
            Ok(in_force) => finish(serve::run(&given, in_force, arguments, files)),
            Err(problem) => refuse(problem),
        },
    }
}

/// Runs a task with its input, or reports why there is none.
fn with<T>(found: Result<T, String>, task: impl FnOnce(T) -> anyhow::Result<()>) -> ExitCode {
    match found {
        Ok(found) => finish(task(found)),
        Err(problem) => refuse(problem),
    }
}

/// Reports wrong settings.
fn refuse(problem: String) -> ExitCode {
    complain(PROGRAM, problem);
    ExitCode::from(2)
}

fn finish(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(PROGRAM, format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
