//! Programs in a terminal: what is typed, and what is on the screen.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

use super::client::named_in;
use super::common::{PATIENCE, eventually};

/// A program in a terminal of its own.
pub(crate) struct Terminal {
    session: PtySession,
    keyboard: File,
}

impl Terminal {
    /// With the echo of a usual terminal, which rexpect switches off.
    pub(crate) fn start(program: &str, arguments: &[String]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "stty echo && exec \"$@\"", "sh", program]).args(arguments);
        command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
        let session = spawn_command(command, Some(PATIENCE.as_millis() as u64)).unwrap();
        let keyboard = session.process().get_file_handle().unwrap();
        Self { session, keyboard }
    }

    /// `telnet`, up to the welcome. Says what the server called it.
    pub(crate) fn telnet(address: SocketAddr) -> (Self, String) {
        let mut terminal = Self::telnet_to(address);
        let name = terminal.welcome();
        (terminal, name)
    }

    /// The same at a server that asks for a password first, which is seen: nothing tells yet that
    /// it is a telnet.
    pub(crate) fn telnet_with_password(address: SocketAddr, password: &str) -> (Self, String) {
        let mut terminal = Self::telnet_to(address);
        terminal.sees_beginning("Password: ");
        terminal.types(format!("{password}\n"));
        terminal.sees(password);
        let name = terminal.welcome();
        (terminal, name)
    }

    fn telnet_to(address: SocketAddr) -> Self {
        must_have("telnet", "--version", "inetutils", "inetutils-telnet");
        let arguments = [address.ip().to_string(), address.port().to_string()];
        let mut terminal = Self::start("telnet", &arguments);
        terminal.sees(&format!("Trying {}...", address.ip()));
        terminal.sees(&format!("Connected to {}.", address.ip()));
        terminal.sees("Escape character is '^]'.");
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

    /// The next line on the screen, with what was typed before it on the same line. rexpect makes a
    /// character of every byte; here they become text again.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let line = self.session.read_line().unwrap_or_else(|error| panic!("{error}"));
        let bytes: Vec<u8> = line.chars().map(|byte| byte as u8).collect();
        // A CR before the terminal's own shows nothing.
        String::from_utf8_lossy(&bytes).trim_end_matches('\r').to_owned()
    }

    #[track_caller]
    pub(crate) fn sees(&mut self, expected: &str) {
        assert_eq!(self.line(), expected, "on the screen of the terminal");
    }

    /// What is next on the screen, on a line that goes on.
    #[track_caller]
    pub(crate) fn sees_beginning(&mut self, expected: &str) {
        let before = self.session.exp_string(expected).unwrap_or_else(|error| panic!("{error}"));
        let shown: String = before.chars().filter(|c| !c.is_control()).collect();
        assert_eq!(shown, "", "before {expected:?} on the screen of the terminal");
    }

    /// Calls up telnet's own prompt, and gives it a command.
    pub(crate) fn tells_telnet(&mut self, command: &str) {
        self.types(b"\x1d");
        let before = self.session.exp_string("telnet> ").unwrap();
        assert_eq!(before, "^]\r\n");
        self.types(format!("{command}\n"));
        self.sees(command);
    }

    /// The program ends, with this exit code; nothing more is on the screen.
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
