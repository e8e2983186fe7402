//! Admission: a full server, a machine without free descriptors, and many connections at once.

use std::io::Read;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use hobnob::base::descriptors;
use hobnob::limits;

use crate::harness::{
    Client, GOODBYE, Program, Server, TestClock, eventually, machine_to_myself, meet,
    server_is_full,
};

/// The promise is 100 ms; this allows ten times that on a busy machine.
const SOON: Duration = Duration::from_secs(1);

#[test]
fn a_client_of_a_full_server_is_told_at_once_and_let_in_after_another_has_left() {
    const PLACES: usize = 2;
    let server = Server::start_with(|config| config.clients_max = PLACES);
    let mut ann = server.client();
    let mut bob = server.client();
    ann.sees(&format!("{} joined", bob.name));
    for round in 0..100 {
        let start = Instant::now();
        let mut eve = Client::connect(server.plain_address);
        eve.sees(&server_is_full(PLACES));
        eve.sees_the_end();
        assert!(start.elapsed() < SOON, "{:?} in round {round}", start.elapsed());

        bob.ends_its_input();
        bob.sees_the_end();
        let start = Instant::now();
        let next = eventually("his place is free", || {
            Client::try_to_join_saying(server.address, "hello", PLACES)
        });
        assert!(start.elapsed() < SOON, "{:?} in round {round}", start.elapsed());
        ann.sees(&format!("{} left", bob.name));
        ann.sees(&format!("{} joined", next.name));
        ann.sees(&format!("{}: hello", next.name));
        bob = next;
    }
    drop((ann, bob));
    let totals = server.stop();
    assert_eq!(totals.connections.connections, 2 + 100 + totals.refused_total);
    assert!(totals.refused_total >= 100);
}

#[test]
fn more_clients_are_refused_at_once_than_can_be_told() {
    const REFUSED: usize = 3 * limits::REFUSED_MAX;
    // Time stands still, so that no lingering refusal is given up.
    let server = Server::start_at(TestClock::stopped(), |config| config.clients_max = 1);
    let ann = Client::join_saying(server.address, "hello");
    let refused: Vec<TcpStream> =
        (0..REFUSED).map(|_| TcpStream::connect(server.plain_address).unwrap()).collect();
    let everything = |mut stream: &TcpStream| {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    let texts: Vec<String> = refused.iter().map(everything).collect();
    let told = format!("{}\r\n", server_is_full(1));
    assert!(texts.iter().all(|text| *text == told || text.is_empty()), "{texts:?}");
    let told_count = texts.iter().filter(|text| **text == told).count();
    assert_eq!(told_count, limits::REFUSED_MAX);
    // Once they are gone, new clients are told again.
    drop(refused);
    let mut tried = 0;
    eventually("somebody is told again", || {
        tried += 1;
        let text = everything(&TcpStream::connect(server.plain_address).unwrap());
        (text == told).then_some(())
    });
    drop(ann);
    let totals = server.stop();
    assert_eq!(totals.refused_total as usize, REFUSED + tried);
    assert_eq!(totals.connections.connections, 1 + totals.refused_total);
}

#[test]
fn a_refused_client_that_keeps_sending_gets_the_whole_answer() {
    let server = Server::start_with(|config| config.clients_max = 1);
    let ann = server.client();
    let mut bob = Client::connect(server.address);
    for _ in 0..4096 {
        bob.send(b"let me in, I have so much to say that it fills buffers\r\n");
    }
    bob.sees(&server_is_full(1));
    bob.sees_the_end();
    drop(ann);
}

/// Leaves a running program this many descriptors to open.
fn leave_descriptors(program: &Program, count: usize) {
    let entries = std::fs::read_dir(format!("/proc/{}/fd", program.pid())).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let open: Vec<usize> = names.map(|name| name.parse().unwrap()).collect();
    // The limit is on descriptor numbers, and there may be gaps.
    let last = (0..).filter(|number| !open.contains(number)).nth(count - 1).unwrap();
    let limit = format!("--nofile={0}:{0}", last + 1);
    let pid = program.pid().to_string();
    let status = Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap();
    assert!(status.success());
}

#[test]
fn without_descriptors_the_server_neither_spins_nor_exits_and_recovers() {
    let _machine = machine_to_myself();
    const FIT: usize = 4;
    const COMPLAINT: &str = "cannot accept connections";
    let mut program = Program::start(&[]);
    let (mut ann, mut bob) = (program.client(), program.client());
    meet(&mut ann, &mut bob);
    leave_descriptors(&program, FIT);
    // The kernel completes all of these connections; the server can accept only some of them.
    let mut waiting: Vec<Client> =
        (0..2 * FIT + 1).map(|_| Client::connect(program.address)).collect();
    let mut inside: Vec<Client> = waiting.drain(..FIT).collect();
    inside.iter_mut().for_each(Client::sees_the_welcome);
    eventually("it complains", || program.log().contains(COMPLAINT).then_some(()));

    let (start, used) = (Instant::now(), program.cpu_time());
    let mut looks = 0;
    eventually("many looks at it", || {
        looks += 1;
        (looks > 500).then_some(())
    });
    let (window, used) = (start.elapsed(), program.cpu_time() - used);
    assert!(used < window / 10, "{used:?} of processor time in {window:?}");
    meet(&mut ann, &mut bob);

    drop(inside);
    let mut next: Vec<Client> = waiting.drain(..FIT).collect();
    next.iter_mut().for_each(Client::sees_the_welcome);
    let interval = limits::REFUSAL_LOG_INTERVAL.as_secs();
    let (complaints, most) =
        (program.log().matches(COMPLAINT).count(), 2 + start.elapsed().as_secs() / interval);
    assert!(complaints as u64 <= most, "{complaints} log lines:\n{}", program.log());
    program.signal("TERM");
    ann.sees_in_the_end(GOODBYE);
    ann.sees_the_end();
    drop((bob, next));
    assert_eq!(program.wait().code(), Some(0));
}

#[test]
fn the_limit_on_clients_is_lowered_to_what_the_descriptors_allow() {
    const DESCRIPTORS: usize = 404;
    let program =
        Program::start_with_descriptors(DESCRIPTORS, &["--threads", "1", "--max-clients", "1000"]);
    // As many unknown callers and HTTP requests as clients.
    let places = (DESCRIPTORS - limits::DESCRIPTORS_RESERVED - 2) / 3;
    eventually("the warning", || {
        let warning = format!("asked=1000 lowered_to={places} descriptors={DESCRIPTORS}");
        program.log().contains(&warning).then_some(())
    });
    let clients: Vec<Client> = (0..places).map(|_| program.client()).collect();
    // Refused clients need descriptors, too; there are enough for all that can be told.
    for _ in 0..limits::REFUSED_MAX {
        Client::connect(program.address).sees(&server_is_full(places));
    }
    drop(clients);
    assert!(!program.log().contains("cannot accept connections"), "{}", program.log());
}

/// A connection that does not fit into the kernel's backlog is retried after a second. A thousand
/// fit, even if the server gets no processor time until they are all there.
#[test]
fn two_bursts_of_a_thousand_join_without_reconnecting() {
    let _machine = machine_to_myself();
    const THREADS: usize = 8;
    const CLIENTS_EACH: usize = 125;
    descriptors::raise_limit();
    let program = Program::start(&[]);
    let connect_timed = || {
        let start = Instant::now();
        let stream = TcpStream::connect(program.address).unwrap();
        (stream, start.elapsed())
    };
    let mut clients = Vec::new();
    for _ in 0..2 {
        let connected: Vec<(TcpStream, Duration)> = std::thread::scope(|scope| {
            let connect_some = || (0..CLIENTS_EACH).map(|_| connect_timed()).collect::<Vec<_>>();
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(connect_some)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        for (stream, time) in connected {
            assert!(time < Duration::from_secs(1), "{time:?}");
            clients.push(Client::join_silently_through(stream));
        }
    }
    assert_eq!(clients.len(), 2 * THREADS * CLIENTS_EACH);
}
