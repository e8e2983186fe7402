//! Real line servers as separate processes.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ChildStdout, Stdio};

use super::common::{Process, command_under};
use super::program::{BENCH, hobnob_server};

/// A server that runs until this is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    process: Process,
    /// Kept open although nobody reads it, so that the server may go on printing.
    _stdout: BufReader<ChildStdout>,
}

impl Served {
    /// `hobnob-server`, with two threads and no flood control.
    pub(crate) fn hobnob() -> Self {
        Self::hobnob_at("127.0.0.1:0", "line")
    }

    /// The same with telnet negotiation.
    pub(crate) fn hobnob_for_telnet() -> Self {
        Self::hobnob_at("telnet://127.0.0.1:0", "telnet")
    }

    fn hobnob_at(listen: &str, scheme: &'static str) -> Self {
        let settings = ["--threads", "2", "--flood", "off", "--listen", listen];
        Self::start(hobnob_server(), &settings, scheme)
    }

    /// The yardstick.
    pub(crate) fn limit() -> Self {
        Self::start(Path::new(BENCH), &["limit", "--listen", "127.0.0.1:0"], "line")
    }

    /// The yardstick over TLS.
    pub(crate) fn limit_over_tls() -> Self {
        let arguments = ["limit", "--tls", "--listen", "127.0.0.1:0"];
        Self::start(Path::new(BENCH), &arguments, "line+tls")
    }

    fn start(program: &Path, arguments: &[&str], scheme: &'static str) -> Self {
        let name = program.to_str().unwrap();
        let mut command = command_under(&[], name, arguments);
        let mut process = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let mut words = first.split(|letter: char| letter.is_whitespace() || letter == ';');
        let address = words.find_map(|word| {
            let address = word.strip_prefix("telnet://").unwrap_or(word);
            address.parse().ok()
        });
        let address = address.unwrap_or_else(|| panic!("{name} printed {first:?}"));
        Self { address, scheme, process, _stdout: stdout }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The URL for the benchmark.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Kills it, whatever it is doing.
    pub(crate) fn is_killed(&self) {
        self.process.signal("KILL");
    }
}
