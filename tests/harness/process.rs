//! Programs as processes: starting, signalling and waiting for them, and reading their output.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use super::joined::Joined;
use super::patience::{RUN_PATIENCE, eventually_within};

/// A program with these arguments and no input. Its environment has no settings except the one that
/// keeps everything in memory, so that a server leaves this user's files alone. If there is a
/// wrapper, the wrapper starts the program and replaces itself with it.
pub(crate) fn command_under(wrapper: &[&str], program: &str, arguments: &[&str]) -> Command {
    let words = [wrapper, &[program], arguments].concat();
    let mut command = Command::new(words[0]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HOBNOB_")) {
        command.env_remove(name);
    }
    if !arguments.contains(&"--data") {
        command.env("HOBNOB_MEMORY", "true");
    }
    command.env("HOBNOB_HISTORY_REPLAY", "0");
    command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).args(&words[1..]);
    command
}

/// A process that does not outlive its test.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// Sends a signal, named without SIG.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }
}

impl Deref for Process {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Process {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
        let _ = self.wait();
    }
}

/// Runs a command to its end, and reads its output.
pub(crate) fn run(command: &mut Command) -> Output {
    let mut process = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let (stdout, stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
    let (stdout, stderr) = (read_in_background(stdout), read_in_background(stderr));
    let status = wait(&mut process);
    Output { status, stdout: stdout.join(), stderr: stderr.join() }
}

/// Reads to the end in a thread, so that the writer never blocks.
pub(crate) fn read_in_background(mut from: impl Read + Send + 'static) -> Joined<Vec<u8>> {
    Joined::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Waits until a process ends.
pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    eventually_within(RUN_PATIENCE, "the process ends", || child.try_wait().unwrap())
}

/// A standard input with this text, then end of file.
pub(crate) fn input(text: &str) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.rewind().unwrap();
    file
}

/// The text on standard output.
pub(crate) fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Checks that the program of this name exited with this code, after one line on standard error
/// that begins with the name and contains each of these texts, and that standard output is empty.
#[track_caller]
pub(crate) fn check_complaint(
    output: &Output,
    program: &str,
    exit_code: i32,
    expected: &[&str],
) -> String {
    let complaint = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(exit_code), "{complaint}");
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(complaint.starts_with(&format!("{program}: ")), "{complaint}");
    assert!(complaint.ends_with('\n'), "{complaint}");
    for text in expected {
        assert!(complaint.contains(text), "no {text:?} in: {complaint}");
    }
    assert_eq!(printed(output), "");
    complaint
}
