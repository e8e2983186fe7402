//! Programs in a terminal: what is typed, and what is on the screen.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

use super::client::named_in;
use super::common::{PATIENCE, eventually};

/// A program in its own terminal.
pub(crate) struct Terminal {
    session: PtySession,
    keyboard: File,
}

impl Terminal {
    /// Starts a program with the usual echo, which rexpect switches off.
    pub(crate) fn start(program: &str, arguments: &[String]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "stty echo && exec \"$@\"", "sh", program]).args(arguments);
        command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
        let session = spawn_command(command, Some(PATIENCE.as_millis() as u64)).unwrap();
        let keyboard = session.process().get_file_handle().unwrap();
        Self { session, keyboard }
    }

    /// `telnet`, up to the welcome. Also returns the name that the server assigned.
    pub(crate) fn telnet(address: SocketAddr) -> (Self, String) {
        let mut terminal = Self::telnet_to(address);
        let name = terminal.welcome();
        (terminal, name)
    }

    /// The same for a server with a password, which is visible: nothing has identified the client
    /// as telnet yet.
    pub(crate) fn telnet_with_password(address: SocketAddr, password: &str) -> (Self, String) {
        let mut terminal = Self::telnet_to(address);
        terminal.sees_beginning("Password: ");
        terminal.types(format!("{password}\n"));
        terminal.sees(password);
        let name = terminal.welcome();
        (terminal, name)
    }

    /// `telnet -E`, which has no prompt of its own.
    pub(crate) fn telnet_without_escape(address: SocketAddr) -> (Self, String) {
        let mut terminal = Self::start_telnet(&["-E"], address);
        terminal.sees("Escape character is 'off'.");
        let name = terminal.welcome();
        (terminal, name)
    }

    fn telnet_to(address: SocketAddr) -> Self {
        let mut terminal = Self::start_telnet(&[], address);
        terminal.sees("Escape character is '^]'.");
        terminal
    }

    fn start_telnet(flags: &[&str], address: SocketAddr) -> Self {
        must_have("telnet", "--version", "inetutils", "inetutils-telnet");
        let mut arguments: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        arguments.extend([address.ip().to_string(), address.port().to_string()]);
        let mut terminal = Self::start("telnet", &arguments);
        terminal.sees(&format!("Trying {}...", address.ip()));
        terminal.sees(&format!("Connected to {}.", address.ip()));
        terminal
    }

    fn welcome(&mut self) -> String {
        let welcome = self.line();
        let name = named_in(&welcome).expect(&welcome).to_owned();
        let place = self.line();
        assert!(place.starts_with("You are "), "{place}");
        name
    }

    /// Presses these keys.
    pub(crate) fn types(&mut self, keys: impl AsRef<[u8]>) {
        self.keyboard.write_all(keys.as_ref()).unwrap();
    }

    /// The next line on the screen, including text typed before it on the same line. rexpect turns
    /// every byte into a character; here they become text again.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let line = self.session.read_line().unwrap_or_else(|error| panic!("{error}"));
        let bytes: Vec<u8> = line.chars().map(|byte| byte as u8).collect();
        // A CR before the terminal's own has no visible effect.
        String::from_utf8_lossy(&bytes).trim_end_matches('\r').to_owned()
    }

    #[track_caller]
    pub(crate) fn sees(&mut self, expected: &str) {
        assert_eq!(self.line(), expected, "on the screen of the terminal");
    }

    /// Reads up to a line that ends like this.
    #[track_caller]
    pub(crate) fn sees_in_the_end(&mut self, expected: &str) {
        while !self.line().ends_with(expected) {}
    }

    /// The next text on the screen, on a line that is not finished.
    #[track_caller]
    pub(crate) fn sees_beginning(&mut self, expected: &str) {
        let before = self.session.exp_string(expected).unwrap_or_else(|error| panic!("{error}"));
        let shown: String = before.chars().filter(|c| !c.is_control()).collect();
        assert_eq!(shown, "", "before {expected:?} on the screen of the terminal");
    }

    /// Opens telnet's own prompt, and enters a command.
    pub(crate) fn tells_telnet(&mut self, command: &str) {
        self.types(b"\x1d");
        let before = self.session.exp_string("telnet> ").unwrap();
        assert_eq!(before, "^]\r\n");
        self.types(format!("{command}\n"));
        self.sees(command);
    }

    /// A character has opened telnet's own prompt, and the rest of it was not a command: leaves the
    /// prompt.
    pub(crate) fn leaves_telnets_prompt(&mut self) {
        self.session.exp_string("?Invalid command\r\ntelnet> ").unwrap();
        self.types("\n");
    }

    /// The program exits with this code, and nothing more is on the screen.
    #[track_caller]
    pub(crate) fn sees_the_end(mut self, exit_code: i32) {
        assert_eq!(self.session.exp_eof().unwrap(), "");
        let status = eventually("the program in the terminal ends", || {
            self.session.process().status().filter(|status| *status != WaitStatus::StillAlive)
        });
        assert!(matches!(status, WaitStatus::Exited(_, code) if code == exit_code), "{status:?}");
    }
}

/// A missing program is an error, and never a reason to skip a test.
pub(crate) fn must_have(program: &str, flag: &str, kind: &str, package: &str) {
    let needed = format!("this test needs Debian's {program}: apt-get install {package}");
    let mut command = Command::new(program);
    let output = command.arg(flag).stdin(Stdio::null()).output().unwrap_or_else(|error| {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{program}: {error}");
        panic!("{needed}");
    });
    let says = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(says.contains(kind), "{needed}; the one here says {says}");
}
