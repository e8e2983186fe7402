//! The output of the server program: what is in its log and what never is, and that the chat goes
//! on if nobody reads its log or its standard output.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, PipeReader, PipeWriter, Write};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use hobnob::limits;

use crate::harness::{Client, GOODBYE, Process, Program, eventually, meet, server_is_full, wait};

// The log.

#[test]
fn the_log_shows_what_happened() {
    let mut program = Program::start(&["--max-clients", "2", "--flood", "off"]);
    let (mut ann, mut bob) = (program.client(), program.client());
    let bob_is = bob.stream().local_addr().unwrap();
    meet(&mut ann, &mut bob);
    let mut carol = Client::connect(program.address);
    let carol_is = carol.stream().local_addr().unwrap();
    carol.sees(&server_is_full(2));
    carol.sees_the_end();
    drop(carol);
    let name = bob.name.clone();
    bob.says("goodbye");
    let goodbye = format!("{}: goodbye", bob.name);
    ann.sees(&goodbye);
    bob.sees(&goodbye);
    bob.ends_its_input();
    bob.sees_the_end();
    ann.sees(&format!("{} left", bob.name));
    drop(bob);
    program.signal("TERM");
    ann.sees(GOODBYE);
    drop(ann);
    assert_eq!(program.wait().code(), Some(0));

    let log = program.log();
    let mut lines = log.lines();
    // In this order, with other lines between them.
    let mut check = |texts: &[&str]| {
        let found = lines.any(|line| texts.iter().all(|text| line.contains(text)));
        assert!(found, "no further line with {texts:?} in {log}");
    };
    check(&["INFO", "listening", &format!("address={}", program.address)]);
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    check(&["INFO", "started", &version, "max_clients=2 ", "line_max=1024 ", "sendq=262144 "]);
    check(&["INFO", "client joined", &format!("address={bob_is}"), &format!("name={name}")]);
    check(&["WARN", "connection refused", &format!("address={carol_is}"), "reason="]);
    check(&["INFO", "client left", &format!("address={bob_is}"), "reason=end of input"]);
    check(&["INFO", "shutting down"]);
    check(&["INFO", "client left", "reason=shutdown"]);
    // Three lines to two users, and to one of them that the other joined and left.
    let totals = ["connections=3 ", "refused=1 ", "lines=3 ", "deliveries=8 ", "skipped_lines=0 "];
    check(&[&["INFO", "stopped"][..], &totals].concat());
    assert_eq!(lines.next(), None, "{log}");
}

/// A conversation whose words appear nowhere else.
#[test]
fn messages_are_never_logged() {
    let mut program = Program::start(&["--log", "trace", "--flood", "off", "--line-max", "100"]);
    let (mut ann, mut bob) = (program.client(), program.client());
    meet(&mut ann, &mut bob);
    ann.says("my word is quetzalcoatlus");
    ann.says(&"archaeopteryx".repeat(100));
    ann.send(b"\xff\xf6microraptor \xbd\n");
    ann.send(b"\x1b]0;gallimimus\n");
    bob.sees(&format!("{}: my word is quetzalcoatlus", ann.name));
    ann.sees_in_the_end("Not sent: the line is longer than 100 bytes.");
    ann.sees_in_the_end("Not sent: the line is not valid UTF-8.");
    bob.sees(&format!("{}: ]0;gallimimus", ann.name));
    for request in
        ["GET /compsognathus?name=velociraptor HTTP/1.1\r\n", "POST /oviraptor HTTP/1.0\r\n"]
    {
        let mut browser = Client::connect(program.address);
        browser.send(request.as_bytes());
        browser.send(b"Host: deinonychus\r\nCookie: spinosaurus\r\n\r\n");
        browser.sees("HTTP/1.1 400 Bad Request");
        browser.ends_its_input();
        browser.everything();
    }
    let mut scanner = Client::connect(program.address);
    scanner.send(b"\x16\x03\x01\x02\x00carnotaurus");
    scanner.ends_its_input();
    assert_eq!(scanner.everything(), "\u{15}\u{3}\u{1}\0\u{2}\u{2}F");
    ann.send(b"half of a megalosaurus");
    ann.ends_its_input();
    bob.sees(&format!("{}: half of a megalosaurus", ann.name));
    bob.sees(&format!("{} left", ann.name));
    drop((scanner, ann));
    program.signal("TERM");
    bob.sees(GOODBYE);
    drop(bob);
    assert_eq!(program.wait().code(), Some(0));
    let log = program.log().to_lowercase();
    for word in [
        "greet",
        "quetzalcoatlus",
        "archaeopteryx",
        "microraptor",
        "gallimimus",
        "compsognathus",
        "velociraptor",
        "oviraptor",
        "deinonychus",
        "spinosaurus",
        "carnotaurus",
        "megalosaurus",
    ] {
        assert!(!log.contains(word), "{word} in {log}");
    }
    // The log was detailed all the same.
    for reason in ["an http request", "a tls handshake", "end of input", "shutdown"] {
        assert!(log.contains(reason), "no {reason} in {log}");
    }
}

// Standard output and standard error that nobody reads.

/// A full pipe; writers block until it is read.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    fill(&writer);
    (reader, writer)
}

/// Fills a pipe to the last byte, without blocking and without changing the writer itself.
fn fill(writer: &PipeWriter) {
    let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
    let mut own = File::options().write(true).open(path).unwrap();
    rustix::io::ioctl_fionbio(&own, true).unwrap();
    for chunk in [&[b'.'; 4096][..], b"."] {
        loop {
            match own.write(chunk) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn gone_pipe() -> PipeWriter {
    std::io::pipe().unwrap().1
}

const AT_FULL_LOG_LEVEL: [&str; 6] =
    ["--log", "trace", "--flood", "off", "--listen", "127.0.0.1:0"];

fn at_full_log_level() -> Command {
    Program::command(&AT_FULL_LOG_LEVEL)
}

/// The first address in the output.
fn address_from(screen: &mut impl BufRead) -> SocketAddr {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(screen.read_line(&mut line).unwrap() > 0, "it ended without telling its address");
        if line.contains("listening") {
            return line.trim_end().rsplit([' ', '=']).next().unwrap().parse().unwrap();
        }
    }
}

/// The address in a log file, which can be read at any time.
fn address_from_log(log: &Path) -> SocketAddr {
    eventually("the log tells the address", || {
        let log = fs::read_to_string(log).unwrap();
        let (lines, _) = log.rsplit_once('\n')?;
        lines.contains("listening").then(|| address_from(&mut log.as_bytes()))
    })
}

/// Two users talk, the server is told to shut down, and it does.
fn chat_goes_on(server: &mut Process, address: SocketAddr) {
    const LINES: usize = 10_000;
    const LINES_PER_ROUND: usize = 100;
    let (mut ann, mut bob) = (Client::join(address), Client::join(address));
    meet(&mut ann, &mut bob);
    for round in 0..LINES / LINES_PER_ROUND {
        let said = |line: usize| format!("round {round}, line {line}");
        ann.says(&(0..LINES_PER_ROUND).map(said).collect::<Vec<_>>().join("\n"));
        for client in [&mut ann, &mut bob] {
            for line in 0..LINES_PER_ROUND {
                assert!(client.line().ends_with(&said(line)));
            }
        }
        if round % 10 != 0 {
            continue;
        }
        // A client joins and leaves, which is logged.
        drop(Client::join(address));
        for client in [&mut ann, &mut bob] {
            assert!(client.line().ends_with(" joined"));
            assert!(client.line().ends_with(" left"));
        }
    }
    let asked = Instant::now();
    server.signal("TERM");
    for mut client in [ann, bob] {
        client.sees(GOODBYE);
        client.sees_the_end();
    }
    assert_eq!(wait(server).code(), Some(0));
    assert!(asked.elapsed() < limits::SHUTDOWN_TIMEOUT, "{:?}", asked.elapsed());
}

#[test]
fn the_reader_of_its_output_may_leave_after_the_first_line() {
    let mut command = at_full_log_level();
    let mut server = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
    let mut screen = BufReader::with_capacity(1, server.stdout.take().unwrap());
    let address = address_from(&mut screen);
    drop(screen);
    chat_goes_on(&mut server, address);
}

#[test]
fn the_reader_of_its_output_may_be_gone_from_the_start() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let stderr = log.reopen().unwrap();
    let mut server = Process::start(at_full_log_level().stdout(gone_pipe()).stderr(stderr));
    chat_goes_on(&mut server, address_from_log(log.path()));
    let log = fs::read_to_string(log.path()).unwrap();
    assert!(log.contains("stopped") && !log.contains("ERROR"), "{log}");
}

#[test]
fn nobody_may_read_its_output() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let stderr = log.reopen().unwrap();
    let (_reader, stdout) = full_pipe();
    let mut server = Process::start(at_full_log_level().stdout(stdout).stderr(stderr));
    chat_goes_on(&mut server, address_from_log(log.path()));
}

#[test]
fn the_reader_of_its_log_may_be_gone() {
    let mut server = Process::start(at_full_log_level().stdout(Stdio::piped()).stderr(gone_pipe()));
    let address = address_from(&mut BufReader::new(server.stdout.take().unwrap()));
    chat_goes_on(&mut server, address);
}

#[test]
fn nobody_may_read_its_log() {
    let (_reader, stderr) = full_pipe();
    let mut server = Process::start(at_full_log_level().stdout(Stdio::piped()).stderr(stderr));
    let address = address_from(&mut BufReader::new(server.stdout.take().unwrap()));
    chat_goes_on(&mut server, address);
}

/// Nor does the program wait to report why it cannot start: someone may be waiting for it to exit.
#[test]
fn nobody_may_read_its_complaint() {
    let (_reader, stderr) = full_pipe();
    let mut command = Program::command(&["--listen", "192.0.2.1:0"]);
    let mut server = Process::start(command.stderr(stderr));
    assert_eq!(wait(&mut server).code(), Some(1));
}

#[test]
fn both_may_go_to_a_reader_that_leaves_or_stops() {
    for is_gone in [true, false] {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut command = at_full_log_level();
        command.stdout(writer.try_clone().unwrap()).stderr(writer.try_clone().unwrap());
        let mut server = Process::start(&mut command);
        drop(command);
        let mut screen = BufReader::with_capacity(1, reader);
        let address = address_from(&mut screen);
        // Either way, the reader stays like this until the server has exited.
        let _reader = if is_gone {
            drop(screen);
            None
        } else {
            fill(&writer);
            Some(screen)
        };
        chat_goes_on(&mut server, address);
    }
}

#[test]
fn both_may_be_closed() {
    let log = tempfile::NamedTempFile::new().unwrap();
    // Closes descriptor 1, then 2; the log would be on either.
    for closing in ["exec \"$@\" >&-", "exec \"$@\" 2>&-"] {
        let mut command = Program::command_under(&["sh", "-c", closing, "sh"], &AT_FULL_LOG_LEVEL);
        command.stdout(Stdio::piped()).stderr(log.reopen().unwrap());
        let mut server = Process::start(&mut command);
        let address = if closing.contains("2>") {
            address_from(&mut BufReader::new(server.stdout.take().unwrap()))
        } else {
            address_from_log(log.path())
        };
        chat_goes_on(&mut server, address);
    }
}
