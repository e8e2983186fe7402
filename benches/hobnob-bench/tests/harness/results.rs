//! A comparison and its output files.

use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::common::{printed, run};
use super::program::{bench, hobnob_server, run_into};

/// Small cases that are over soon.
const SMALL: &str = "--flood-lines 10000 --flood-clients 10 --pace-clients 10 \
    --pace-duration 1 --stalled 2 --connections 300 --newcomers 30 --handshakes 40";

/// A finished comparison, successful or not.
pub(crate) struct Comparison {
    output: Output,
    folder: TempDir,
}

/// Runs a comparison with these arguments and small cases; `prepare` completes the command.
pub(crate) fn compare(
    arguments: &str,
    prepare: impl FnOnce(&mut Command) -> &mut Command,
) -> Comparison {
    compare_by(arguments, |command| run(prepare(command)))
}

/// The same with this standard output.
pub(crate) fn compare_into(arguments: &str, stdout: Stdio) -> Comparison {
    compare_by(arguments, |command| run_into(command, stdout))
}

fn compare_by(arguments: &str, run: impl FnOnce(&mut Command) -> Output) -> Comparison {
    // `compare` looks for the server beside the program.
    hobnob_server();
    let folder = tempfile::tempdir().unwrap();
    let mut command = bench(&format!("compare {SMALL} {arguments}"));
    let output = run(command.arg("--out").arg(folder.path()));
    Comparison { output, folder }
}

impl Comparison {
    pub(crate) fn exit_code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// The text on standard output.
    pub(crate) fn printed(&self) -> String {
        printed(&self.output)
    }

    /// The text on standard error.
    pub(crate) fn said(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    /// The names of its output files.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort_unstable();
        names
    }

    /// The contents of one file.
    #[track_caller]
    pub(crate) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_else(|error| {
            panic!("no {name}: {error}; {}{}", self.printed(), self.said());
        })
    }

    /// The contents of `results.json`.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.file("results.json")).unwrap()
    }
}
