//! Running the benchmark and other programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use procfs::process::all_processes;
use serde_json::Value;

use super::common::{
    Process, check_complaint, command_under, input, printed, read_in_background, run, wait,
};

/// The benchmark program.
pub(crate) const BENCH: &str = env!("CARGO_BIN_EXE_hobnob-bench");

/// `hobnob-server`, next to the benchmark program.
///
/// Cargo builds only the programs of the package under test, so the server could be missing or out
/// of date. This builds it with the same command as `cargo test --workspace`, after which nothing
/// is left to compile.
pub(crate) fn hobnob_server() -> &'static Path {
    static SERVER: LazyLock<PathBuf> = LazyLock::new(|| {
        let server = Path::new(BENCH).with_file_name("hobnob-server");
        let target = server.ancestors().nth(2).expect("it is in TARGET/PROFILE");
        let mut build = Command::new(env!("CARGO"));
        build.args(["test", "--no-run", "--quiet", "--locked", "--workspace", "--test", "it"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        build.arg("--target-dir").arg(target);
        assert!(build.status().unwrap().success(), "{build:?}");
        server
    });
    &SERVER
}

/// The program with these arguments, separated by spaces.
pub(crate) fn bench(arguments: &str) -> Command {
    bench_under(&[], arguments)
}

/// The same, started by another program that replaces itself with it.
pub(crate) fn bench_under(wrapper: &[&str], arguments: &str) -> Command {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    command_under(wrapper, BENCH, &arguments)
}

/// Runs a command to its end, with this standard output.
pub(crate) fn run_into(command: &mut Command, stdout: Stdio) -> Output {
    let mut process = Process::start(command.stdout(stdout).stderr(Stdio::piped()));
    let stderr = read_in_background(process.stderr.take().unwrap());
    let status = wait(&mut process);
    Output { status, stdout: Vec::new(), stderr: stderr.join() }
}

/// The results for these arguments.
#[track_caller]
pub(crate) fn measures(arguments: &str) -> Value {
    let output = run(&mut bench(&format!("{arguments} --json")));
    check_good_end(&output);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Checks that it succeeded without complaints.
#[track_caller]
fn check_good_end(output: &Output) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", printed(output));
    assert_eq!(output.status.code(), Some(0));
}

/// Checks that with these arguments it exits with this code, after one line that contains each of
/// these texts.
#[track_caller]
pub(crate) fn complains(arguments: &str, exit_code: i32, expected: &[&str]) -> String {
    check_complaint(&run(&mut bench(arguments)), "hobnob-bench", exit_code, expected)
}

/// Creates a program in this folder. Another process writes the file: it cannot be executed while
/// this process has it open for writing, even if only between a fork and an exec.
pub(crate) fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    let mut install = Command::new("install");
    install
        .args(["-m", "755", "/dev/stdin"])
        .arg(&file)
        .stdin(input(&format!("#!/bin/sh\n{text}\n")));
    assert!(install.status().unwrap().success(), "{}", file.display());
    file
}

/// The living children of this process, with their command lines.
pub(crate) fn children_of(pid: u32) -> Vec<(u32, Vec<String>)> {
    let processes = all_processes().unwrap().flatten();
    let is_child = |process: &procfs::process::Process| {
        process.stat().is_ok_and(|stat| stat.ppid == pid.cast_signed())
    };
    let described = |process: procfs::process::Process| {
        Some((process.pid.cast_unsigned(), process.cmdline().ok()?))
    };
    processes.filter(is_child).filter_map(described).collect()
}

/// The number of descriptors that a process has open; 0 if it has gone.
pub(crate) fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}
