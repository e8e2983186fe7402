//! The `hobnob` program: its input and output, and how it exits.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::harness::{
    GOODBYE, Process, Server, behind_the_welcome, check_complaint, input, printed,
    read_in_background, run, wait,
};

fn hobnob(address: impl ToString) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hobnob"));
    command.arg(address.to_string()).stdin(Stdio::null());
    command
}

/// The same with pipes. Also returns its output. Its input stays open, as if the user could still
/// type.
fn start(address: impl ToString) -> (Process, BufReader<ChildStdout>) {
    let mut command = hobnob(address);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut hobnob = Process::start(&mut command);
    let screen = BufReader::new(hobnob.stdout.take().unwrap());
    (hobnob, screen)
}

/// Waits for the end of one whose screen has been read.
fn end(mut hobnob: Process) -> Output {
    let stderr = read_in_background(hobnob.stderr.take().unwrap());
    let status = wait(&mut hobnob);
    Output { status, stdout: Vec::new(), stderr: stderr.join() }
}

#[track_caller]
fn check_quiet_end(output: &Output) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn piped_input_loses_nothing() {
    let server = Server::start();
    let mut bob = server.client();
    let output = run(hobnob(server.address).stdin(input("hi\n")));
    check_quiet_end(&output);
    let screen = printed(&output);
    let (ann, rest) = behind_the_welcome(&screen);
    assert_eq!(rest, format!("{ann}: hi\r\n"));
    bob.sees(&format!("{ann} joined"));
    bob.sees(&format!("{ann}: hi"));
    bob.sees(&format!("{ann} left"));
}

#[test]
fn ten_thousand_piped_lines_all_come_back() {
    let server = Server::start();
    let said: String = (0..10_000).map(|line| format!("line {line}\n")).collect();
    let output = run(hobnob(server.address).stdin(input(&said)));
    check_quiet_end(&output);
    let screen = printed(&output);
    let (ann, rest) = behind_the_welcome(&screen);
    let mut lines = rest.split_terminator("\r\n");
    for line in 0..10_000 {
        assert_eq!(lines.next(), Some(&*format!("{ann}: line {line}")));
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn it_exits_with_the_server() {
    let server = Server::start();
    let (hobnob, mut screen) = start(server.address);
    let mut line = String::new();
    screen.read_line(&mut line).unwrap();
    assert!(line.starts_with("Welcome, "), "{line}");
    screen.read_line(&mut line).unwrap();
    server.request_stop();
    let rest = read_in_background(screen).join();
    assert_eq!(String::from_utf8_lossy(&rest), format!("{GOODBYE}\r\n"));
    check_quiet_end(&end(hobnob));
}

#[test]
fn no_server() {
    // Bound, so that nobody else takes the port, but not listening.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let output = run(&mut hobnob(address));
    let expected =
        format!("cannot connect to {address}: connection refused; is the server running there?");
    check_complaint(&output, "hobnob", 1, &[&expected]);
    let output = run(&mut hobnob("nowhere.invalid:8000"));
    check_complaint(&output, "hobnob", 1, &["cannot connect to nowhere.invalid:8000: "]);
}

#[test]
fn the_connection_breaks() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (hobnob, mut screen) = start(listener.local_addr().unwrap());
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(b"Welcome\r\n").unwrap();
    let mut line = String::new();
    screen.read_line(&mut line).unwrap();
    assert_eq!(line, "Welcome\r\n");
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
    check_complaint(&end(hobnob), "hobnob", 1, &["the connection failed: connection reset"]);
}

#[test]
fn invalid_addresses() {
    let output = run(hobnob("localhost").arg("99999"));
    check_complaint(&output, "hobnob", 2, &["a port is a number from 1 to 65535"]);
    let check = |address: &str, expected: &str| {
        check_complaint(&run(&mut hobnob(address)), "hobnob", 2, &[expected]);
    };
    check("localhost:", "a port is a number from 1 to 65535");
    check("localhost:http", "a port is a number from 1 to 65535");
    check("localhost:0", "a port is a number from 1 to 65535");
    check("local host", "write an address as HOST or HOST:PORT");
    check("::1:8000:", "[::1]:8000");
    check("", "write an address as HOST or HOST:PORT");
    check("two\n\nlines", "write an address as HOST or HOST:PORT");
    let output = run(hobnob("localhost:8000").arg("more"));
    check_complaint(&output, "hobnob", 2, &["'more'"]);
    let output = run(&mut hobnob("--no-such-flag"));
    check_complaint(&output, "hobnob", 2, &["--no-such-flag"]);
}

#[test]
fn it_exits_quietly_when_its_reader_is_gone() {
    let server = Server::start();
    let mut bob = server.client();
    let (hobnob, mut screen) = start(server.address);
    let joined = bob.line();
    let ann = joined.strip_suffix(" joined").expect(&joined);
    screen.read_line(&mut String::new()).unwrap();
    drop(screen);
    // It exits at the first line that it cannot print. That need not be the first line sent: while
    // another test starts a program, that program briefly holds our end of the pipe, too.
    let left = format!("{ann} left");
    loop {
        bob.says("hi");
        if bob.line() == left {
            break;
        }
    }
    check_quiet_end(&end(hobnob));
}

#[test]
fn a_full_output_is_reported() {
    let server = Server::start();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = hobnob(server.address);
    command.stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped());
    let output = end(Process::start(&mut command));
    check_complaint(&output, "hobnob", 1, &["cannot write to standard output: "]);
}

#[test]
fn the_address_may_be_two_words() {
    let server = Server::start();
    let mut bob = server.client();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hobnob"));
    command.args([server.address.ip().to_string(), server.address.port().to_string()]);
    let output = run(command.stdin(input("hi\n")));
    assert_eq!(output.status.code(), Some(0));
    let joined = bob.line();
    let ann = joined.strip_suffix(" joined").expect(&joined);
    bob.sees(&format!("{ann}: hi"));
}
