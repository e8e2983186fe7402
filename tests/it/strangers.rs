//! Connections that are not users: they break at once, send telnet requests without end, are
//! browsers or TLS clients, or never finish joining. Nobody else notices. Where timing would
//! decide, the test holds the clock.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use hobnob::limits;
use hobnob::model::language::Lang;
use hobnob::model::presentation::Wire;
use hobnob::model::prompt::Question;
use hobnob::model::reply::Reply;
use hobnob::server::config::Config;
use hobnob::wire::door::{Door, Input, Protocol};
use hobnob::wire::text::reply;
use hobnob::wire::text::reply::Look;

use crate::harness::{
    Client, GOODBYE, MEBIBYTE, PATIENCE, Program, Server, TestClock, exchange, machine_to_myself,
    meet,
};

const IAC: u8 = 255;
const WILL: u8 = 251;
const WONT: u8 = 252;
const DO: u8 = 253;
const ECHO: u8 = 1;
const TIMING_MARK: u8 = 6;

/// The joins and leaves that an observer has seen.
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

#[test]
fn resets_around_accept_affect_nobody_else() {
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
                        0 => Client::connect(server.address).resets(),
                        1 => {
                            let client = Client::connect(server.address);
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
    story.read_to(&mut ann, GOODBYE);
    ann.sees_the_end();
    drop((ann, bob, eve));
    let totals = server.wait().unwrap();
    assert_eq!(totals.broadcaster.entered_total as usize, 2 + story.arrivals);
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
        // A few more than the burst, so that some have arrived at the steady rate.
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
    // A client with few requests is answered.
    let dan = program.client();
    dan.send(&[IAC, DO, TIMING_MARK]);
    let (mut stream, mut seen) = (dan.stream(), Vec::new());
    // Eve's departure may be a line before it.
    while !seen.ends_with(&[IAC, WILL, TIMING_MARK]) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        seen.extend(byte);
    }
}

#[test]
fn programs_that_speak_other_protocols_get_one_answer_and_are_not_announced() {
    // Time stands still: nobody can be late with its first words and be taken for a person.
    let server = Server::start_at(TestClock::stopped(), |_| {});
    let mut ann = Client::join_saying(server.address, "hello");
    let body = "This is a chat server, not a web server. Join it with telnet, nc or hobnob.\r\n";
    let http = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let irc = "ERROR :This is a chat server without IRC. Join it with telnet, nc or hobnob.\r\n";
    let alert = "\u{15}\u{3}\u{1}\0\u{2}\u{2}F";
    let hello: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let password: &[u8] = b"PASS topsecret\r\nNICK eve\r\n";
    let strangers = [(&b"GET / HTTP/1.1\r\n"[..], &*http), (hello, alert), (password, irc)];
    for (first_words, answer) in strangers {
        let mut stranger = Client::connect(server.address);
        stranger.send(first_words);
        for _ in 0..4096 {
            stranger.send(b"X-Padding: this is not said by a person, padding\r\n");
        }
        assert_eq!(stranger.everything(), answer);
    }
    let bob = Client::join_saying(server.address, "GET ready");
    ann.sees(&format!("{} joined", bob.name));
    ann.sees(&format!("{}: GET ready", bob.name));
    // The shutdown would wait for connected clients until time has passed.
    drop((ann, bob));
    let totals = server.stop();
    assert_eq!((totals.broadcaster.entered_total, totals.broadcaster.lines_total), (2, 2));
}

/// A wire that lets nobody in. It answers every byte, and tells the test when it is waiting.
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

    fn wire(&self) -> Wire {
        Wire::Plain
    }

    fn render(&self, reply: &Reply, look: &Look<'_>, bytes: &mut Vec<u8>) {
        reply::append(bytes, reply, look);
    }

    fn ask(&mut self, _question: &Question, _lang: Lang) -> Box<[u8]> {
        Box::default()
    }

    fn shows_answer(&self) -> Option<bool> {
        Some(true)
    }

    fn end_answer(&mut self) -> Box<[u8]> {
        Box::default()
    }

    fn reveal(&mut self) -> Box<[u8]> {
        Box::default()
    }
}

#[test]
fn a_client_that_takes_too_long_to_join_is_told_and_disconnected() {
    let clock = TestClock::running();
    let (waits, wait) = channel();
    let mut config = Config::with_seed(1);
    config.threads = 1;
    let server = Server::start_all(config, Arc::new(ShutDoor { waits }), clock.clone());
    let mut early = Client::connect(server.address);
    wait.recv_timeout(PATIENCE).unwrap();
    clock.advance(limits::HANDSHAKE_TIMEOUT / 2);
    let mut late = Client::connect(server.address);
    wait.recv_timeout(PATIENCE).unwrap();
    early.send(b"?");
    early.sees("not yet");
    clock.advance(limits::HANDSHAKE_TIMEOUT / 2);
    // Wakes the thread, which would sleep by the real clock.
    late.send(b"?");
    late.sees("not yet");
    early.sees("You took too long to join. Please connect again.");
    early.sees_the_end();
    late.send(b"?");
    late.sees("not yet");
    drop((early, late));
    assert_eq!(server.stop().broadcaster.entered_total, 0);
}
