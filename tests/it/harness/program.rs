//! The programs as processes: how they are started, signalled and waited for, and what they print.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use super::client::Client;
use super::machine::eventually;

/// The server program.
pub(crate) struct Program {
    child: Process,
    /// What it printed when it started.
    pub(crate) invitation: String,
    pub(crate) address: SocketAddr,
    log: tempfile::NamedTempFile,
}

impl Program {
    /// Starts it on a free port of 127.0.0.1, in English.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_here(Self::command(arguments))
    }

    /// The same under a limit on open descriptors, soft and hard.
    pub(crate) fn start_with_descriptors(descriptors: usize, arguments: &[&str]) -> Self {
        let limit = format!("--nofile={descriptors}:{descriptors}");
        Self::start_here(Self::command_under(&["prlimit", &limit], arguments))
    }

    fn start_here(mut command: Command) -> Self {
        Self::start_command(command.args(["--listen", "127.0.0.1:0"]))
    }

    /// Starts what [`Program::command`] began and the test completed. Of several addresses it keeps
    /// the last.
    pub(crate) fn start_command(command: &mut Command) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let stderr = log.reopen().unwrap();
        let mut child = Process::start(command.stdout(Stdio::piped()).stderr(stderr));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut invitation = String::new();
        while !invitation.contains("Ctrl-C") {
            let count = stdout.read_line(&mut invitation).unwrap();
            assert!(count > 0, "it did not start: {invitation}{}", read(log.path()));
        }
        let address = invitation.lines().next().unwrap().rsplit(' ').next().unwrap();
        let address = address.parse().unwrap();
        Self { child, invitation, address, log }
    }

    /// The program with these arguments, and an environment without settings.
    pub(crate) fn command(arguments: &[&str]) -> Command {
        Self::command_under(&[], arguments)
    }

    /// The same, started by another program that replaces itself by this one.
    pub(crate) fn command_under(wrapper: &[&str], arguments: &[&str]) -> Command {
        let mut words = wrapper.iter().chain(&[env!("CARGO_BIN_EXE_hobnob-server")]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HOBNOB_")) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).args(arguments);
        command
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn client(&self) -> Client {
        Client::join(self.address)
    }

    /// Sends a signal, by its name without SIG.
    pub(crate) fn signal(&self, name: &str) {
        self.child.signal(name);
    }

    /// How it ended, if it has.
    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait(&mut self.child)
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        read(self.log.path())
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident_bytes(&self) -> usize {
        let status = read(format!("/proc/{}/status", self.pid()).as_ref());
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<usize>().unwrap() * 1024
    }

    /// Processor time used so far, user and system.
    pub(crate) fn cpu_time(&self) -> Duration {
        let stat = read(format!("/proc/{}/stat", self.pid()).as_ref());
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }
}

/// A process that does not outlive its test.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// Sends a signal, by its name without SIG.
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

/// Runs a command to its end, and reads what it prints.
pub(crate) fn run(command: &mut Command) -> Output {
    let mut process = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let (stdout, stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
    let (stdout, stderr) = (read_in_background(stdout), read_in_background(stderr));
    let status = wait(&mut process);
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// Reads to the end, so that the other side never waits.
pub(crate) fn read_in_background(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Waits for the end of a process.
pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    eventually("the process ends", || child.try_wait().unwrap())
}

/// A standard input that is this text, and ends.
pub(crate) fn input(text: &str) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.rewind().unwrap();
    file
}

/// What is on standard output.
pub(crate) fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The program of this name ended with this code, after one line on standard error that begins with
/// the name and holds each of these texts. Nothing is on standard output.
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

fn read(path: &std::path::Path) -> String {
    let mut text = String::new();
    File::open(path).unwrap().read_to_string(&mut text).unwrap();
    text
}
