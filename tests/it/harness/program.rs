//! The server as a separate process.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use super::client::Client;
use super::common::{self, Process};

/// The server program.
pub(crate) struct Program {
    child: Process,
    /// The text that it printed at startup.
    pub(crate) invitation: String,
    pub(crate) address: SocketAddr,
    log: tempfile::NamedTempFile,
}

impl Program {
    /// Starts it on a free port of 127.0.0.1, in English.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_here(Self::command(arguments))
    }

    /// The same with a limit on open descriptors, both soft and hard.
    pub(crate) fn start_with_descriptors(descriptors: usize, arguments: &[&str]) -> Self {
        let limit = format!("--nofile={descriptors}:{descriptors}");
        Self::start_here(Self::command_under(&["prlimit", &limit], arguments))
    }

    fn start_here(mut command: Command) -> Self {
        Self::start_command(command.args(["--listen", "127.0.0.1:0"]))
    }

    /// Starts a command that [`Program::command`] created and the test completed. If there are
    /// several addresses, keeps the last one.
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
        let address = address.trim_start_matches("plain://").parse().unwrap();
        Self { child, invitation, address, log }
    }

    /// The program with these arguments, and an environment without settings.
    pub(crate) fn command(arguments: &[&str]) -> Command {
        Self::command_under(&[], arguments)
    }

    /// The same, started by another program that replaces itself with it.
    pub(crate) fn command_under(wrapper: &[&str], arguments: &[&str]) -> Command {
        common::command_under(wrapper, env!("CARGO_BIN_EXE_hobnob-server"), arguments)
    }

    /// The token for claiming the server, if it printed one.
    pub(crate) fn token(&self) -> Option<String> {
        let (_, behind) = self.invitation.split_once("/claim ")?;
        behind.lines().next().map(str::to_owned)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn client(&self) -> Client {
        Client::join(self.address)
    }

    /// Sends a signal, named without SIG.
    pub(crate) fn signal(&self, name: &str) {
        self.child.signal(name);
    }

    /// The exit status, if it has exited.
    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits until it exits.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        common::wait(&mut self.child)
    }

    /// The log so far.
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

fn read(path: &std::path::Path) -> String {
    let mut text = String::new();
    File::open(path).unwrap().read_to_string(&mut text).unwrap();
    text
}
