//! `hobnob` in a terminal that is read only when the test does so.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::tcgetattr;

use super::{hobnob, home};
use crate::harness::{Process, Server, eventually, wait};

/// A terminal: the user's end, and the program's end.
struct Bare {
    person: File,
    program: File,
}

impl Bare {
    fn open(flags: OFlags) -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        let flags = (flags | OFlags::NOCTTY).bits() as i32;
        let mut options = File::options();
        let program = options.read(true).write(true).custom_flags(flags);
        Self { program: program.open(name.to_str().unwrap()).unwrap(), person: person.into() }
    }

    fn start(&self, mut command: Command) -> Process {
        let copy = || self.program.try_clone().unwrap();
        command.stdin(copy()).stdout(copy()).stderr(copy()).env("TERM", "xterm-256color");
        Process::start(&mut command)
    }

    fn modes(&self) -> String {
        format!("{:?}", tcgetattr(&self.program).unwrap())
    }
}

/// A terminal that has hung up in all but name, and a server that does not stop talking.
#[test]
fn a_signal_ends_it_although_the_terminal_accepts_nothing() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let home = home();
    let mut started = ["TERM", "HUP", "INT", "QUIT"].map(|signal| {
        let terminal = Bare::open(OFlags::empty());
        let modes = terminal.modes();
        let hobnob = terminal.start(hobnob(listener.local_addr().unwrap(), &home));
        let (mut stream, _) = listener.accept().unwrap();
        eventually("the terminal is raw", || (terminal.modes() != modes).then_some(()));
        stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        // Until the client accepts no more, because its terminal does not.
        let line = format!("{}\r\n", "x".repeat(1_000));
        let end =
            std::iter::repeat_with(|| stream.write_all(line.as_bytes())).find_map(Result::err);
        assert!(matches!(end.unwrap().kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
        (signal, terminal, modes, hobnob, stream)
    });
    for (signal, _, _, hobnob, _) in &started {
        let pid = hobnob.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }
    for (signal, terminal, modes, hobnob, _) in &mut started {
        let number = wait(hobnob).signal();
        let expected = match *signal {
            "HUP" => 1,
            "INT" => 2,
            "QUIT" => 3,
            _ => 15,
        };
        assert_eq!(number, Some(expected), "{signal}");
        assert_eq!(terminal.modes(), *modes, "{signal}");
    }
}

/// The state in which a killed program leaves the terminal that it shares with others.
#[test]
fn output_to_a_nonblocking_terminal_waits() {
    let (server, home) = (Server::start(), home());
    let mut bob = server.client();
    let mut terminal = Bare::open(OFlags::NONBLOCK);
    let mut hobnob = terminal.start(hobnob(server.address, &home));
    let name = bob.line().replace(" joined", "");
    terminal.person.write_all(b"hello\r").unwrap();
    bob.sees(&format!("{name}: hello"));
    // More than the terminal holds, before anybody reads it.
    for number in 0..200 {
        bob.asks(
            &format!("{number} {}", "x".repeat(400)),
            &[&format!("{}: {number} {}", bob.name, "x".repeat(400))],
        );
    }
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
    while !seen.windows(5).any(|part| part == b": 199") {
        let count = terminal.person.read(&mut buffer).unwrap();
        seen.extend_from_slice(&buffer[..count]);
    }
    terminal.person.write_all(b"\x04").unwrap();
    bob.sees(&format!("{name} left"));
    assert_eq!(wait(&mut hobnob).code(), Some(0));
}
