//! Clients that mean harm, or whose programs and networks do: nobody else notices, and the server
//! neither grows nor ends. Where time would decide, the test holds the clock.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use hobnob::bucket::Rate;
use hobnob::config::Config;
use hobnob::door::{Door, Input, Protocol};
use hobnob::limits;
use hobnob::presentation::Presentation;

use crate::harness::{Client, PATIENCE, Program, Server, TestClock, machine_to_myself, meet};

const MEBIBYTE: usize = 1024 * 1024;

const IAC: u8 = 255;
const WILL: u8 = 251;
const WONT: u8 = 252;
const DO: u8 = 253;
const ECHO: u8 = 1;
const TIMING_MARK: u8 = 6;

/// Nobody has to wait this long for somebody else's line, also on a machine that does other things.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Who has come and gone, as an observer is told.
#[derive(Default)]
struct Story {
    here: HashSet<String>,
    arrivals: usize,
}

impl Story {
    #[track_caller]
    fn take(&mut self, line: &str) {
        if let Some(name) = line.strip_suffix(" joined") {
            assert!(self.here.insert(name.to_owned()), "{name} came twice");
            self.arrivals += 1;
        } else if let Some(name) = line.strip_suffix(" left") {
            assert!(self.here.remove(name), "{name} left, but was not here");
        }
    }

    /// Reads up to this line.
    #[track_caller]
    fn read_to(&mut self, observer: &mut Client, expected: &str) {
        loop {
            let line = observer.line();
            self.take(&line);
            if line == expected {
                return;
            }
        }
    }
}

fn connect(server: &Server) -> Client {
    Client::connected(TcpStream::connect(server.address).unwrap())
}

/// `bob` says something and `ann` sees it as her next line, at once.
#[track_caller]
fn exchange(bob: &Client, ann: &mut Client, text: &str) {
    let start = Instant::now();
    bob.says(text);
    ann.sees(&format!("{}: {text}", bob.name));
    assert!(start.elapsed() < AT_ONCE, "{:?} for {text:?}", start.elapsed());
}

#[test]
fn an_endless_line_is_told_once_and_costs_no_memory() {
    let _machine = machine_to_myself();
    let program = Program::start(&[]);
    let (mut ann, mut bob) = (program.client(), program.client());
    meet(&mut ann, &mut bob);
    let notice = "Your line was not sent: it is longer than 1024 bytes.";
    // A first one, so that all code that the second needs is in memory.
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
fn half_a_line_and_then_silence_is_whole_when_the_rest_comes() {
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
        // What eve says now takes as long to come back as a packet of bob's takes to arrive.
        eve.says(&number.to_string());
        loop {
            let line = ann.line();
            if line == format!("{of_eve}{number}") {
                break;
            }
            heard.push(line);
        }
    }
    // His last line may come behind her last number.
    bob.says("the end");
    while heard.last() != Some(&format!("{}: the end", bob.name)) {
        heard.push(ann.line());
    }
    let expected = ["één 你", "two", "three", "four", "five", "the end"];
    assert_eq!(heard, expected.map(|line| format!("{}: {line}", bob.name)));
}

#[test]
fn resets_around_being_accepted_concern_nobody_else() {
    let _machine = machine_to_myself();
    const THREADS: usize = 4;
    const RESETS_EACH: usize = 126;
    let mut server = Server::start_with(|config| config.notice_run_max = usize::MAX);
    let (mut ann, mut bob) = (server.client(), server.client());
    meet(&mut ann, &mut bob);
    let mut story = Story::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for number in 0..RESETS_EACH {
                    match number % 3 {
                        0 => connect(&server).resets(),
                        1 => {
                            let client = connect(&server);
                            client.says("first words");
                            client.resets();
                        }
                        _ => server.client().resets(),
                    }
                }
            });
        }
        for number in 0..100 {
            bob.says(&number.to_string());
            story.read_to(&mut ann, &format!("{}: {number}", bob.name));
        }
    });
    let eve = server.client();
    story.read_to(&mut ann, &format!("{} joined", eve.name));
    eve.says("is all quiet now?");
    story.read_to(&mut ann, &format!("{}: is all quiet now?", eve.name));
    while story.here.len() > 1 {
        story.take(&ann.line());
    }
    assert!(story.here.contains(&eve.name));
    assert!(story.arrivals > THREADS * RESETS_EACH / 3, "some had entered: {}", story.arrivals);
    server.request_stop();
    story.read_to(&mut ann, "The server is shutting down. Goodbye.");
    ann.sees_the_end();
    drop((ann, bob, eve));
    let totals = server.wait().unwrap();
    assert_eq!(totals.broadcaster.entered_total as usize, 2 + story.arrivals);
}

/// Some 2 MiB: half of it is more than the kernel's buffers hold, so that some of it waits in the
/// server.
const FLOOD_LINES: usize = 20_000;

fn flood_line(number: usize) -> String {
    format!("{number:0100}")
}

/// `bob` says the lines; both see them all in order, and nothing else but departures. Each line that
/// `ann` sees is shown to `look`, with how many of the flood she has seen.
fn flood(ann: &mut Client, bob: &mut Client, look: impl FnMut(usize, String)) {
    let name = bob.name.clone();
    let stream = bob.stream().try_clone().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..FLOOD_LINES {
                (&stream).write_all(format!("{}\n", flood_line(number)).as_bytes()).unwrap();
            }
        });
        scope.spawn(|| read_flood(bob, &name, |_, _| {}));
        read_flood(ann, &name, look);
    });
}

fn read_flood(reader: &mut Client, name: &str, mut look: impl FnMut(usize, String)) {
    let mut number = 0;
    while number < FLOOD_LINES {
        let line = reader.line();
        if line == format!("{name}: {}", flood_line(number)) {
            number += 1;
        } else {
            assert!(line.ends_with(" left"), "{line} instead of {number}");
        }
        look(number, line);
    }
}

/// What is queued for a slow reader is all kept, so that nobody misses anything, however busy the
/// machine is.
fn start_patient_server() -> Server {
    Server::start_with(|config| config.sendq_bytes_max = 16 * MEBIBYTE)
}

#[test]
fn a_reset_in_the_middle_of_a_write_is_one_departure_and_nothing_else() {
    let _machine = machine_to_myself();
    let server = start_patient_server();
    let (mut ann, mut bob) = (server.client(), server.client());
    meet(&mut ann, &mut bob);
    let eve = Client::join_with_small_window(server.address);
    for client in [&mut ann, &mut bob] {
        client.sees(&format!("{} joined", eve.name));
    }
    let left = format!("{} left", eve.name);
    let (mut eve, mut departures) = (Some(eve), 0);
    flood(&mut ann, &mut bob, |number, line| {
        // By now her socket has refused what the server had for her.
        if number == FLOOD_LINES / 2
            && let Some(eve) = eve.take()
        {
            eve.resets();
        }
        departures += usize::from(line == left);
    });
    exchange(&bob, &mut ann, "she has gone");
    assert_eq!(departures, 1);
    drop((ann, bob));
    assert_eq!(server.stop().connections.lines_skipped_total, 0);
}

#[test]
fn who_ends_its_input_with_half_a_line_is_heard_and_still_gets_all_that_was_queued() {
    let _machine = machine_to_myself();
    let server = start_patient_server();
    let (mut ann, mut bob) = (server.client(), server.client());
    meet(&mut ann, &mut bob);
    let mut eve = Client::join_with_small_window(server.address);
    for client in [&mut ann, &mut bob] {
        client.sees(&format!("{} joined", eve.name));
    }
    flood(&mut ann, &mut bob, |_, _| {});
    eve.send(b"last words");
    eve.ends_its_input();
    ann.sees(&format!("{}: last words", eve.name));
    ann.sees(&format!("{} left", eve.name));
    read_flood(&mut eve, &bob.name, |_, _| {});
    eve.sees(&format!("{}: last words", eve.name));
    eve.sees_the_end();
}

#[test]
fn a_hundred_thousand_telnet_requests_are_answered_at_a_steady_pace() {
    let _machine = machine_to_myself();
    let program = Program::start(&["--flood", "off"]);
    let (mut ann, mut bob) = (program.client(), program.client());
    meet(&mut ann, &mut bob);
    let eve = program.client();
    ann.sees(&format!("{} joined", eve.name));
    let before = program.resident_bytes();
    let requests = [IAC, DO, ECHO].repeat(100_000);
    let start = Instant::now();
    std::thread::scope(|scope| {
        // The server does not read all of them; the shutdown below ends this.
        scope.spawn(|| eve.stream().write_all(&requests));
        for number in 0..100 {
            exchange(&bob, &mut ann, &number.to_string());
        }
        // A few more than come at once, so that some have come at the steady rate.
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        let answers = |seen: &[u8]| seen.windows(3).filter(|at| *at == [IAC, WONT, ECHO]).count();
        while answers(&seen) < limits::ANSWER_BURST as usize + 6 {
            let count = eve.stream().read(&mut buffer).unwrap();
            assert!(count > 0);
            seen.extend_from_slice(&buffer[..count]);
        }
        let allowed = limits::ANSWER_BURST
            + (start.elapsed().as_secs_f64() * f64::from(limits::ANSWERS_PER_SECOND)) as u32;
        assert!(answers(&seen) <= allowed as usize, "{} of {allowed}", answers(&seen));
        let grown = program.resident_bytes().saturating_sub(before);
        assert!(grown < MEBIBYTE, "grown by {grown} bytes");
        eve.stream().shutdown(Shutdown::Both).unwrap();
    });
    // Somebody who asks little is answered.
    let dan = program.client();
    dan.send(&[IAC, DO, TIMING_MARK]);
    let (mut stream, mut seen) = (dan.stream(), Vec::new());
    // There may be a line before it, of eve's departure.
    while !seen.ends_with(&[IAC, WILL, TIMING_MARK]) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        seen.extend(byte);
    }
}

#[test]
fn browsers_and_tls_clients_get_one_answer_and_nobody_is_told_of_them() {
    // Time stands still: nobody can be late with its first words and be taken for a person.
    let server = Server::start_at(TestClock::stopped(), |_| {});
    let mut ann = Client::join_saying(server.address, "hello");
    let http = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
                Content-Length: 78\r\nConnection: close\r\n\r\n\
                This is a chat server, not a web server. Join it with telnet, nc or hobnob.\r\n";
    let tls = "This is a chat server without TLS. Join it with telnet, nc or hobnob.\r\n";
    let hello: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    for (first_words, answer) in [
        (
            b"GET / HTTP/1.1\r\n".as_slice(),
            http.replace("78", &(http.len() - http.find("This").unwrap()).to_string()),
        ),
        (hello, tls.to_owned()),
    ] {
        let mut stranger = connect(&server);
        stranger.send(first_words);
        for _ in 0..4096 {
            stranger.send(b"X-Padding: this is not said by a person, padding\r\n");
        }
        assert_eq!(stranger.everything(), answer);
    }
    let bob = Client::join_saying(server.address, "GET ready");
    ann.sees(&format!("{} joined", bob.name));
    ann.sees(&format!("{}: GET ready", bob.name));
    // Who stays would be waited for until time has passed.
    drop((ann, bob));
    let totals = server.stop();
    assert_eq!((totals.broadcaster.entered_total, totals.broadcaster.lines_total), (2, 2));
}

#[test]
fn who_is_refused_gets_the_whole_answer_though_it_keeps_sending() {
    let server = Server::start_with(|config| config.clients_max = 1);
    let ann = server.client();
    let mut bob = connect(&server);
    for _ in 0..4096 {
        bob.send(b"let me in, I have so much to say that it fills buffers\r\n");
    }
    bob.sees("The server is full (1 are here). Please try again later.");
    bob.sees_the_end();
    drop(ann);
}

#[test]
fn random_bytes_from_all_sides_reach_nobody_as_control_characters() {
    let _machine = machine_to_myself();
    const CLIENTS: usize = 3;
    let server = start_patient_server();
    let mut ann = server.client();
    let clients: Vec<Client> = (0..CLIENTS).map(|_| server.client()).collect();
    std::thread::scope(|scope| {
        for (seed, client) in clients.into_iter().enumerate() {
            let writer = client.stream().try_clone().unwrap();
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed as u64);
                let mut bytes = vec![0; MEBIBYTE];
                random.fill(&mut bytes);
                (&writer).write_all(&bytes).unwrap();
                writer.shutdown(Shutdown::Write).unwrap();
            });
            // It reads all that comes, so that it is no slow reader.
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
    assert_eq!((totals.connections.panics_total, totals.connections.lines_skipped_total), (0, 0));
}

fn flood_limit(burst: u32, per_second: u32) -> impl FnOnce(&mut Config) {
    let rate = Rate::per_second(burst.try_into().unwrap(), per_second.try_into().unwrap());
    move |config| config.flood = Some(rate)
}

fn lines(count: usize) -> String {
    (0..count).map(|number| format!("line {number}\n")).collect()
}

#[test]
fn who_talks_too_fast_is_heard_in_full_but_paced() {
    let server = Server::start_with(flood_limit(5, 20));
    let (mut ann, eve) = (server.client(), server.client());
    ann.sees(&format!("{} joined", eve.name));
    let bob = server.client();
    ann.sees(&format!("{} joined", bob.name));
    let start = Instant::now();
    bob.send(lines(40).as_bytes());
    let mut of_eve = 0;
    for number in 0..40 {
        if number == 5 {
            eve.says("and I?");
        }
        let mut line = ann.line();
        if line == format!("{}: and I?", eve.name) {
            of_eve += 1;
            line = ann.line();
        }
        assert_eq!(line, format!("{}: line {number}", bob.name));
    }
    assert_eq!(of_eve, 1, "she was held up by him");
    // Five at once, and 35 at twenty a second.
    assert!(start.elapsed() >= Duration::from_millis(1750), "{:?}", start.elapsed());
}

/// `ann`, and `bob` who has said so many lines at once that all but the first four have to wait: his
/// first words were one of five. Time stands still.
fn somebody_held_back(clock: Arc<TestClock>) -> (Server, Client, Client) {
    let server = Server::start_at(clock, flood_limit(5, 20));
    let mut ann = Client::join_saying(server.address, "hello");
    let bob = Client::join_saying(server.address, "hello");
    ann.sees(&format!("{} joined", bob.name));
    ann.sees(&format!("{}: hello", bob.name));
    bob.send(lines(20).as_bytes());
    for number in 0..4 {
        ann.sees(&format!("{}: line {number}", bob.name));
    }
    (server, ann, bob)
}

#[test]
fn one_line_for_each_interval_and_not_one_more() {
    let clock = TestClock::stopped();
    let (server, mut ann, bob) = somebody_held_back(clock.clone());
    let eve = Client::join_saying(server.address, "hello");
    ann.sees(&format!("{} joined", eve.name));
    ann.sees(&format!("{}: hello", eve.name));
    let mut next = 4;
    for intervals in [1, 1, 2, 5, 1] {
        exchange(&eve, &mut ann, "meanwhile");
        clock.advance(Duration::from_millis(50) * intervals);
        for _ in 0..intervals {
            ann.sees(&format!("{}: line {next}", bob.name));
            next += 1;
        }
    }
}

#[test]
fn who_is_held_back_and_resets_is_seen_to_leave_at_once() {
    let (_server, mut ann, bob) = somebody_held_back(TestClock::stopped());
    let left = format!("{} left", bob.name);
    bob.resets();
    ann.sees(&left);
}

#[test]
fn who_only_is_there_stays() {
    let clock = TestClock::running();
    let server = Server::start_at(clock.clone(), |_| {});
    let (mut ann, mut bob) = (server.client(), server.client());
    meet(&mut ann, &mut bob);
    let mut eve = server.client();
    ann.sees(&format!("{} joined", eve.name));
    for day in 1..=3 {
        clock.advance(Duration::from_secs(24 * 60 * 60));
        exchange(&bob, &mut ann, &format!("day {day}"));
    }
    eve.says("I am still here");
    ann.sees(&format!("{}: I am still here", eve.name));
    for day in 1..=3 {
        eve.sees(&format!("{}: day {day}", bob.name));
    }
}

/// A door that lets nobody in. It answers each byte, and tells the test when it has been seen to
/// wait.
struct ShutDoor {
    waits: Sender<()>,
}

impl Door for ShutDoor {
    fn open(&self) -> Box<dyn Protocol> {
        Box::new(NeverIn { waits: self.waits.clone() })
    }
}

struct NeverIn {
    waits: Sender<()>,
}

impl Protocol for NeverIn {
    fn decode(&mut self, input: &mut &[u8]) -> Option<Input> {
        let (_, rest) = input.split_first()?;
        *input = rest;
        Some(Input::Answer(b"not yet\r\n".as_slice().into()))
    }

    fn wait_no_longer(&mut self) -> Option<Input> {
        let _ = self.waits.send(());
        None
    }

    fn finish(&mut self) -> Option<Input> {
        None
    }

    fn presentation(&self) -> Presentation {
        Presentation::Plain
    }
}

#[test]
fn who_takes_too_long_to_enter_is_told_so_and_has_to_go() {
    let clock = TestClock::running();
    let (waits, wait) = channel();
    let mut config = Config::with_seed(1);
    config.threads = 1;
    let server = Server::start_all(config, Arc::new(ShutDoor { waits }), clock.clone());
    let mut early = connect(&server);
    wait.recv_timeout(PATIENCE).unwrap();
    clock.advance(limits::HANDSHAKE_TIMEOUT / 2);
    let mut late = connect(&server);
    wait.recv_timeout(PATIENCE).unwrap();
    early.send(b"?");
    early.sees("not yet");
    clock.advance(limits::HANDSHAKE_TIMEOUT / 2);
    // It wakes the thread, which would sleep by the real clock.
    late.send(b"?");
    late.sees("not yet");
    early.sees("You took too long to enter. Please connect again.");
    early.sees_the_end();
    late.send(b"?");
    late.sees("not yet");
    drop((early, late));
    assert_eq!(server.stop().broadcaster.entered_total, 0);
}
