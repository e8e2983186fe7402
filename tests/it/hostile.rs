//! Odd bytes and odd lines: endless, split, in single bytes, at random. Nobody else notices, and
//! the server neither grows nor exits.

use std::io::Write;
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::harness::{Client, MEBIBYTE, Program, Server, exchange, machine_to_myself, meet};

#[test]
fn an_endless_line_is_reported_once_and_costs_no_memory() {
    let _machine = machine_to_myself();
    let program = Program::start(&[]);
    let (mut ann, mut bob) = (program.client(), program.client());
    meet(&mut ann, &mut bob);
    let notice = "Not sent: the line is longer than 1024 bytes.";
    // A first line, so that all code that the second one needs is in memory.
    bob.send(&[b'x'; 64 * 1024]);
    bob.says("");
    bob.sees(notice);
    let before = program.resident_bytes();
    let chunk = vec![b'x'; MEBIBYTE];
    for mebibytes in 1..=64 {
        bob.send(&chunk);
        let grown = program.resident_bytes().saturating_sub(before);
        assert!(grown < MEBIBYTE, "grown by {grown} bytes after {mebibytes} MiB");
    }
    bob.says("");
    bob.says("next");
    bob.sees(notice);
    let line = format!("{}: next", bob.name);
    bob.sees(&line);
    ann.sees(&line);
}

#[test]
fn a_first_line_that_is_too_long_is_answered_after_the_welcome() {
    let server = Server::start();
    let mut ann = Client::connect(server.address);
    ann.says(&"x".repeat(2000));
    ann.sees_the_welcome();
    ann.sees("Not sent: the line is longer than 1024 bytes.");
    ann.asks("hello", &[&format!("{}: hello", ann.name.clone())]);
}

#[test]
fn half_a_line_waits_for_the_rest() {
    let server = Server::start();
    let (mut ann, mut bob, mut eve) = (server.client(), server.client(), server.client());
    meet(&mut ann, &mut bob);
    meet(&mut ann, &mut eve);
    bob.send(b"half a line");
    for number in 0..100 {
        exchange(&eve, &mut ann, &number.to_string());
    }
    bob.send(b" and the rest\n");
    ann.sees(&format!("{}: half a line and the rest", bob.name));
}

#[test]
fn a_line_in_single_bytes_arrives_whole() {
    let server = Server::start();
    let (mut ann, mut bob, mut eve) = (server.client(), server.client(), server.client());
    meet(&mut ann, &mut bob);
    meet(&mut ann, &mut eve);
    let of_eve = format!("{}: ", eve.name);
    let mut heard = Vec::new();
    for (number, byte) in "één 你\r\ntwo\r\0three\nfour\rfive\n".bytes().enumerate() {
        bob.send(&[byte]);
        // Eve's line takes as long to come back as a packet of bob's takes to arrive.
        eve.says(&number.to_string());
        loop {
            let line = ann.line();
            if line == format!("{of_eve}{number}") {
                break;
            }
            heard.push(line);
        }
    }
    // His last line may arrive after her last number.
    bob.says("the end");
    while heard.last() != Some(&format!("{}: the end", bob.name)) {
        heard.push(ann.line());
    }
    let expected = ["één 你", "two", "three", "four", "five", "the end"];
    assert_eq!(heard, expected.map(|line| format!("{}: {line}", bob.name)));
}

/// Characters of all kinds, including those that must not reach a screen, and now and then an
/// invalid byte. Few of these, because every line with one is answered, at a limited rate.
fn random_text(seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = Vec::with_capacity(MEBIBYTE);
    while bytes.len() < MEBIBYTE {
        match random.u16(..) {
            0..16 => bytes.push(random.u8(..)),
            16..0xC000 => bytes.push(random.u8(..0x80)),
            _ => {
                let character = random.char('\u{80}'..=char::MAX);
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    bytes
}

#[test]
fn random_text_reaches_nobody_as_control_characters() {
    let _machine = machine_to_myself();
    const CLIENTS: usize = 3;
    let server = Server::start_patient();
    let mut ann = server.client();
    let clients: Vec<Client> = (0..CLIENTS).map(|_| server.client()).collect();
    std::thread::scope(|scope| {
        for (seed, client) in clients.into_iter().enumerate() {
            let writer = client.stream().try_clone().unwrap();
            scope.spawn(move || {
                (&writer).write_all(&random_text(seed as u64)).unwrap();
                writer.shutdown(Shutdown::Write).unwrap();
            });
            // The client reads everything, so that it is not a slow reader.
            scope.spawn(move || std::io::copy(&mut client.stream(), &mut std::io::sink()).unwrap());
        }
        let (mut left, mut lines) = (0, 0);
        while left < CLIENTS {
            let line = ann.line();
            assert!(!line.contains(char::is_control), "{line:?}");
            left += usize::from(line.ends_with(" left"));
            lines += 1;
        }
        assert!(lines > 10_000, "{lines}");
    });
    let bob = server.client();
    ann.sees(&format!("{} joined", bob.name));
    exchange(&bob, &mut ann, "it lives");
    drop((ann, bob));
    let totals = server.stop();
    assert_eq!((totals.connections.panics, totals.connections.lines_skipped), (0, 0));
}

/// The last byte of a telnet Synch arrives as urgent data (RFC 854). It belongs to the sequence
/// that it ends, and the data after it is read without another packet, even from a client that was
/// held back.
#[test]
fn urgent_data_stays_where_it_belongs() {
    let server = Server::start();
    let (mut ann, mut bob) = (server.client(), server.client());
    meet(&mut ann, &mut bob);
    for round in 0..20 {
        bob.says(&format!("before {round}"));
        bob.send(&[255]);
        assert_eq!(SockRef::from(bob.stream()).send_out_of_band(&[242]).unwrap(), 1);
        bob.send(format!("after {round}\n").as_bytes());
        ann.sees(&format!("{}: before {round}", bob.name));
        ann.sees(&format!("{}: after {round}", bob.name));
    }
}

/// Bytes without text are free for the sender, but cost time of the thread that serves it. The
/// sender gets its share of that time and no more.
#[test]
fn an_endless_sender_of_nothing_delays_nobody() {
    const ROUNDS: usize = 21;
    let _machine = machine_to_myself();
    let server = Server::start_with(|config| config.threads = 1);
    let mut ann = server.client();
    let hostile = server.client();
    let said = format!("{} joined", hostile.name);
    ann.sees(&said);
    // Only combining marks, without a base character: every such line is empty.
    let marks = format!("{}\n", "\u{301}".repeat(500)).repeat(64);
    let is_over = AtomicBool::new(false);
    let mut delays: Vec<Duration> = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                hostile.send(marks.as_bytes());
            }
        });
        let delays = (0..ROUNDS).map(|round| {
            let started_at = Instant::now();
            let text = format!("round {round}");
            ann.says(&text);
            let line = format!("{}: {text}", ann.name);
            ann.sees(&line);
            started_at.elapsed()
        });
        let delays = delays.collect();
        is_over.store(true, Ordering::Relaxed);
        delays
    });
    delays.sort_unstable();
    let half = delays[ROUNDS / 2];
    assert!(half < Duration::from_millis(50), "half of the lines took {half:?} or more");
}
