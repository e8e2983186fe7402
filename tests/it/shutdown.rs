//! Shutdown: every signal, every kind of client, in bounded time, whatever is going on.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hobnob::base::descriptors;
use hobnob::limits;

use crate::harness::{
    Client, GOODBYE, PATIENCE, Program, Server, eventually, machine_to_myself, meet,
    without_how_to_end,
};

/// From the signal to the end of the process: the promised time, and an allowance for a machine
/// that is busy with other tests.
const END_MAX: Duration = limits::SHUTDOWN_TIMEOUT.saturating_add(Duration::from_secs(5));

#[test]
fn each_signal_shuts_the_server_down_cleanly() {
    for signal in ["TERM", "INT", "HUP"] {
        let mut program = Program::start(&["--flood", "off"]);
        let (mut ann, mut bob) = (program.client(), program.client());
        meet(&mut ann, &mut bob);
        ann.says("before the end");
        let line = format!("{}: before the end", ann.name);
        ann.sees(&line);
        let asked = Instant::now();
        program.signal(signal);
        bob.sees(&line);
        for mut client in [ann, bob] {
            client.sees(GOODBYE);
            client.sees_the_end();
        }
        assert_eq!(program.wait().code(), Some(0), "{signal}");
        assert!(asked.elapsed() < END_MAX, "{signal}: {:?}", asked.elapsed());
        // Three lines to two users each, and to the first that the second has joined.
        let log = program.log();
        let stopped = log.lines().last().unwrap_or_default();
        for total in ["stopped", "connections=2 ", "lines=3 ", "deliveries=7 ", "skipped_lines=0 "]
        {
            assert!(stopped.contains(total), "{signal}: no {total:?} in the last line of {log}");
        }
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut program = Program::start(&["--flood", "off"]);
    let mut ann = program.client();
    let (_stalled, _) = stall(&program, &mut ann);
    let asked = Instant::now();
    program.signal("INT");
    ann.sees(GOODBYE);
    // Signals that arrive together with the first count as one.
    let status = eventually("a second signal ends the server", || {
        program.signal("INT");
        program.has_ended()
    });
    assert_eq!(status.code(), Some(130));
    assert!(asked.elapsed() < limits::SHUTDOWN_TIMEOUT, "{:?}", asked.elapsed());
}

/// When its terminal is closed, the shell and the kernel send a SIGHUP each.
#[test]
fn two_signals_at_once_are_one() {
    let mut program = Program::start(&[]);
    let mut ann = program.client();
    program.signal("HUP");
    program.signal("HUP");
    ann.sees(GOODBYE);
    ann.sees_the_end();
    drop(ann);
    assert_eq!(program.wait().code(), Some(0));
}

#[test]
fn a_stalled_reader_does_not_delay_the_shutdown() {
    let mut program = Program::start(&["--flood", "off"]);
    let (mut ann, mut bob) = (program.client(), program.client());
    meet(&mut ann, &mut bob);
    let (stalled, said) = stall(&program, &mut ann);
    let asked = Instant::now();
    program.signal("TERM");
    ann.sees(GOODBYE);
    ann.sees_the_end();
    bob.sees_in_the_end(GOODBYE);
    bob.sees_the_end();
    assert!(asked.elapsed() < limits::SHUTDOWN_TIMEOUT, "the others wait for the stalled reader");
    assert_eq!(program.wait().code(), Some(0));
    assert!(asked.elapsed() < END_MAX, "{:?}", asked.elapsed());
    // The data that the kernel had accepted is a prefix of what was said, cut anywhere.
    let mut rest = Vec::new();
    let _ = stalled.stream().read_to_end(&mut rest);
    let said = said.concat();
    assert!(said.as_bytes().starts_with(&rest), "{}", String::from_utf8_lossy(&rest));
}

#[test]
fn a_reader_that_resumes_at_the_end_learns_what_it_missed_and_sees_the_goodbye() {
    let mut program = Program::start(&["--flood", "off"]);
    let mut ann = program.client();
    let (mut slow, said) = stall(&program, &mut ann);
    program.signal("TERM");
    ann.sees(GOODBYE);
    drop(ann);
    let shown = slow.everything();
    drop(slow);
    assert_eq!(program.wait().code(), Some(0));
    let shown: Vec<&str> = shown.split_inclusive("\r\n").collect();
    let (last, rest) = shown.split_last().unwrap();
    let (missed, lines) = rest.split_last().unwrap();
    assert_eq!(*last, format!("{GOODBYE}\r\n"));
    assert_eq!(lines, &said[..lines.len()]);
    let count = said.len() - lines.len();
    assert_eq!(*missed, format!("… you missed {count} lines\r\n"));
    let log = program.log();
    assert!(log.contains(&format!("skipped_lines={count} ")), "{log}");
    assert!(log.contains(&format!("lines_missed={count}")), "{log}");
}

/// Even if the reader never reads again, which an administrator wants to know.
#[test]
fn a_slow_reader_is_logged_once() {
    let mut program = Program::start(&["--flood", "off"]);
    let mut ann = program.client();
    let (stalled, _) = stall(&program, &mut ann);
    let stalled_is = stalled.stream().local_addr().unwrap();
    let warning = eventually("the slow reader is logged", || {
        let log = program.log();
        log.lines().find(|line| line.contains("slow reader")).map(str::to_owned)
    });
    assert!(warning.contains("WARN") && warning.contains(&stalled_is.to_string()), "{warning}");
    // And not again at the end.
    drop((ann, stalled));
    program.signal("TERM");
    assert_eq!(program.wait().code(), Some(0));
    assert_eq!(program.log().matches("slow reader").count(), 1, "{}", program.log());
}

#[test]
fn two_hundred_clients_see_the_goodbye() {
    let mut program = Program::start(&["--flood", "off"]);
    // All connect before the first is welcomed.
    let streams: Vec<TcpStream> =
        (0..200).map(|_| TcpStream::connect(program.address).unwrap()).collect();
    let mut clients: Vec<Client> = streams.into_iter().map(Client::join_silently_through).collect();
    clients[0].says("last words");
    let line = format!("{}: last words", clients[0].name);
    for client in &mut clients {
        client.sees_in_the_end(&line);
    }
    let asked = Instant::now();
    program.signal("TERM");
    for client in &mut clients {
        client.sees_in_the_end(GOODBYE);
        client.sees_the_end();
    }
    drop(clients);
    assert_eq!(program.wait().code(), Some(0));
    assert!(asked.elapsed() < END_MAX, "{:?}", asked.elapsed());
    let log = program.log();
    assert!(log.contains("stopped connections=200 "), "{log}");
}

/// How many threads connect at the same time, and the maximum number of connections for each of
/// them.
const STORM_THREADS: usize = 4;
const STORM_CONNECTIONS_MAX: usize = 2000;

#[test]
fn a_connection_storm_does_not_delay_the_shutdown() {
    let _machine = machine_to_myself();
    descriptors::raise_limit();
    // Elsewhere nothing is said to a caller that is not recognised yet.
    let command = &mut Program::command(&["--listen", "plain://127.0.0.1:0"]);
    let mut program = Program::start_command(command);
    let address = program.address;
    let connected = AtomicUsize::new(0);
    let (streams, asked) = std::thread::scope(|scope| {
        let storm: Vec<_> =
            (0..STORM_THREADS).map(|_| scope.spawn(|| storm(address, &connected))).collect();
        eventually("the storm has begun", || {
            (connected.load(Ordering::Relaxed) >= 300).then_some(())
        });
        let asked = Instant::now();
        program.signal("TERM");
        let streams: Vec<TcpStream> =
            storm.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        (streams, asked)
    });
    assert_eq!(program.wait().code(), Some(0));
    assert!(asked.elapsed() < END_MAX, "{:?}", asked.elapsed());
    let greeted = streams.iter().filter(|stream| is_said_goodbye(stream)).count();
    println!("{} connected, {greeted} of them were accepted", streams.len());
    let log = program.log();
    assert!(log.contains(&format!("stopped connections={greeted} ")), "{greeted}: {log}");
}

/// Connects as fast as it can, until nobody listens any more.
fn storm(address: SocketAddr, connected: &AtomicUsize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    while streams.len() < STORM_CONNECTIONS_MAX {
        match TcpStream::connect(address) {
            Ok(stream) => streams.push(stream),
            Err(error) => {
                let gone = [ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset];
                assert!(gone.contains(&error.kind()), "{error}");
                break;
            }
        }
        connected.fetch_add(1, Ordering::Relaxed);
    }
    streams
}

/// Whether the server, which has exited, had accepted this connection. If so, the goodbye arrived
/// as a whole line, and as the last one. If not, the kernel resets the connection, and nothing has
/// arrived.
fn is_said_goodbye(stream: &TcpStream) -> bool {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // If the kernel had not even completed its half, only this makes it answer.
    let _ = stream.shutdown(Shutdown::Write);
    let mut seen = Vec::new();
    let end = (&*stream).read_to_end(&mut seen);
    let seen = without_how_to_end(String::from_utf8(seen).unwrap());
    if seen.is_empty() {
        assert_eq!(end.err().map(|error| error.kind()), Some(ErrorKind::ConnectionReset));
        return false;
    }
    assert!(end.is_ok(), "{end:?} after {seen}");
    let lines: Vec<&str> = seen.split_inclusive("\r\n").collect();
    assert_eq!(lines.last(), Some(&&*format!("{GOODBYE}\r\n")), "{seen}");
    assert_eq!(seen.matches(GOODBYE).count(), 1, "{seen}");
    true
}

#[test]
fn a_flood_is_delivered_up_to_some_line_and_then_the_goodbye() {
    const LINES: usize = 20_000;
    const ROUNDS: usize = 10;
    let mut rounds_cut = 0;
    for _ in 0..ROUNDS {
        let server = Server::start_patient();
        let (mut bob, mut ann) = (server.client(), server.client());
        meet(&mut bob, &mut ann);
        let expected: Vec<String> =
            (0..LINES).map(|line| format!("{}: line {line}", ann.name)).collect();
        let said: String = (0..LINES).map(|line| format!("line {line}\n")).collect();
        let (seen_by_ann, seen_by_bob) = std::thread::scope(|scope| {
            let mut pipe = ann.stream();
            // The server reads nothing more once it shuts down, so writing the rest may fail.
            scope.spawn(move || pipe.write_all(said.as_bytes()));
            let stream = ann.stream().try_clone().unwrap();
            let screen = scope.spawn(move || Client::connected(stream).everything());
            bob.sees(&expected[0]);
            server.request_stop();
            let seen_by_bob = bob.everything();
            // The server waits for our end no longer than it has to.
            bob.ends_its_input();
            let seen_by_ann = screen.join().unwrap();
            let _ = ann.stream().shutdown(Shutdown::Both);
            (seen_by_ann, seen_by_bob)
        });
        let lines: Vec<&str> = seen_by_bob.split_inclusive("\r\n").collect();
        let (last, lines) = lines.split_last().unwrap();
        assert_eq!(*last, format!("{GOODBYE}\r\n"));
        for (line, expected) in lines.iter().zip(&expected[1..]) {
            assert_eq!(*line, format!("{expected}\r\n"));
        }
        assert!(lines.len() < LINES, "{} lines", lines.len());
        rounds_cut += usize::from(lines.len() < LINES - 1);
        // She sees what he sees, to the last line.
        assert_eq!(seen_by_ann, format!("{}\r\n{seen_by_bob}", expected[0]));
    }
    println!("cut off in {rounds_cut} of {ROUNDS} rounds");
}

/// Enough lines of a thousand bytes to overflow a socket and a SendQ: the server's buffer of 128
/// KiB, which the kernel doubles, a small one here, and 256 KiB.
const STALLING_LINES: usize = 2048;
const LINES_PER_ROUND: usize = 32;

/// A client joins and reads nothing, and `talker` talks until the server skips lines for it.
/// Returns the client and all lines that it should see, including skipped ones.
fn stall(program: &Program, talker: &mut Client) -> (Client, Vec<String>) {
    let stalled = Client::join_with_small_window(program.address);
    talker.sees_in_the_end(&format!("{} joined", stalled.name));
    let text = "x".repeat(1000);
    let line = format!("{}: {text}", talker.name);
    for _ in 0..STALLING_LINES / LINES_PER_ROUND {
        for _ in 0..LINES_PER_ROUND {
            talker.says(&text);
        }
        for _ in 0..LINES_PER_ROUND {
            talker.sees(&line);
        }
    }
    (stalled, vec![format!("{line}\r\n"); STALLING_LINES])
}
