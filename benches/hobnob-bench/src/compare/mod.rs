//! `compare`: hobnob, a minimal server and other servers, measured in one run.
//!
//! It starts and stops the servers, and `runs` measures each; the rest works on plain data:
//!
//! ```text
//! options ─▶ programs ─▶ turns ──▶ results ─▶ report ─▶ table, json, plot
//!                        (child)  (metric)    (statistics, verdict, cost)
//! ```
//!
//! It does not know the protocols.

mod case;
mod child;
mod configuration;
mod cost;
mod json;
mod machine;
mod metric;
mod options;
mod plot;
mod programs;
mod report;
mod results;
#[cfg(test)]
mod sample;
mod server;
mod statistics;
mod table;
mod turns;
mod verdict;

use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use self::machine::Machine;
pub(crate) use self::options::CompareArguments;
use self::report::Report;
use self::turns::Turns;
use crate::stop::Stop;

/// How a comparison ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing of ours failed. A peer may have failed in a case.
    Sound,
    /// Something of ours failed, is worse than the baseline, costs too much, or the comparison is
    /// invalid: in one line. The results have been printed and written all the same.
    Unsound(String),
}

/// Compares, prints the tables and writes the files. The arguments must have been checked.
///
/// # Errors
/// If the comparison was not possible or was interrupted
/// ([`RunError::Interrupted`](crate::error::RunError::Interrupted)). Nothing has been printed or
/// written in that case.
pub(crate) fn run(arguments: &CompareArguments, stop: &Stop) -> anyhow::Result<Outcome> {
    let servers = programs::servers(arguments)?;
    for name in programs::missing(&servers, arguments) {
        note(format_args!("{} is not installed and is left out", name.name()));
    }
    // Checked before the runs, which take minutes.
    prepare(&arguments.out)?;
    let folder =
        tempfile::tempdir().context("cannot create a folder for the output of the servers")?;

    let (cases, plans) = (arguments.cases(), arguments.plans());
    let turns = Turns {
        servers: &servers,
        cases: &cases,
        plans: &plans,
        rounds: arguments.rounds,
        folder: folder.path(),
    };
    let results = turns.take(stop)?;

    let machine = Machine::this();
    let report = Report { machine, rounds: arguments.rounds, cases, plans, servers, results };
    // Both are attempted even if one fails: the runs have taken minutes.
    let written = write_files(&report, &arguments.out);
    match print(&table::render(&report)) {
        // A reader that has left has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        printed => printed.context("cannot print the results")?,
    }
    written?;
    note(format_args!("results.json and results.svg are in {}", arguments.out.display()));
    Ok(match report.problems() {
        problems if problems.is_empty() => Outcome::Sound,
        problems => Outcome::Unsound(problems.join("; ")),
    })
}

/// A line on standard error, which is not a result. If it cannot be written, nobody reads it.
fn note(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn prepare(folder: &Path) -> anyhow::Result<()> {
    let cannot = || format!("cannot write to {} (--out picks another folder)", folder.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    tempfile::tempfile_in(folder).with_context(cannot)?;
    Ok(())
}

fn write_files(report: &Report, folder: &Path) -> anyhow::Result<()> {
    let cannot = |name: &str| format!("cannot write {}", folder.join(name).display());
    let json = format!("{:#}\n", json::render(report));
    fs::write(folder.join("results.json"), json).with_context(|| cannot("results.json"))?;
    let picture = plot::svg(report)?;
    fs::write(folder.join("results.svg"), picture).with_context(|| cannot("results.svg"))
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
