//! Clients that send commands as fast as they can, and clients that never read the replies.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::harness::{Client, MEBIBYTE, Program, eventually, exchange, machine_to_myself};

const LISTENERS: usize = 200;
const ATTACKERS: usize = 4;
const COMMANDS: usize = 2_000;

#[test]
fn a_flood_of_commands_hurts_nobody_else() {
    let _machine = machine_to_myself();
    let server = Program::start(&["--flood", "off", "--memory", "--lang", "en"]);
    let listeners: Vec<TcpStream> = (0..LISTENERS)
        .map(|_| {
            let stream = TcpStream::connect(server.address).unwrap();
            let mut reading = stream.try_clone().unwrap();
            std::thread::spawn(move || std::io::copy(&mut reading, &mut std::io::sink()));
            stream
        })
        .collect();
    let (mut ann, bob) = (server.client(), server.client());
    bob.says("/quiet on");
    ann.says("/quiet on\nquiet");
    ann.sees_in_the_end(&format!("{}: quiet", ann.name));
    let before = server.resident_bytes();
    let attackers: Vec<_> = (0..ATTACKERS)
        .map(|_| {
            let address = server.address;
            std::thread::spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                let mut reading = stream.try_clone().unwrap();
                let reader = std::thread::spawn(move || {
                    let mut all = String::new();
                    reading.read_to_string(&mut all).unwrap();
                    all.matches(" people are in #lobby:").count()
                });
                stream.write_all("/who\n".repeat(COMMANDS).as_bytes()).unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
                reader.join().unwrap()
            })
        })
        .collect();
    let mut most = before;
    let mut lines = 0;
    while !attackers.iter().all(|attacker| attacker.is_finished()) || lines < 20 {
        exchange(&bob, &mut ann, &format!("line {lines}"));
        lines += 1;
        most = most.max(server.resident_bytes());
    }
    for attacker in attackers {
        assert_eq!(attacker.join().unwrap(), COMMANDS);
    }
    assert!(most - before < 64 * MEBIBYTE, "{} KiB more", (most - before) / 1024);
    drop(listeners);
}

#[test]
fn a_client_that_never_reads_its_replies_is_disconnected_alone() {
    let server = Program::start(&[
        "--flood", "off", "--memory", "--lang", "en", "--log", "debug", "--sendq", "140000",
    ]);
    let (mut ann, bob) = (server.client(), server.client());
    ann.sees(&format!("{} joined", bob.name));
    let eve = Client::join_with_small_window(server.address);
    ann.sees(&format!("{} joined", eve.name));
    let left = format!("{} left", eve.name);
    let stream = eve.stream().try_clone().unwrap();
    // Ends with the connection.
    let asking = std::thread::spawn(move || {
        let many = "/help\n".repeat(100);
        while (&stream).write_all(many.as_bytes()).is_ok() {}
    });
    let before = server.resident_bytes();
    assert_eq!(ann.line(), left);
    assert!(server.resident_bytes() < before + 32 * MEBIBYTE);
    exchange(&bob, &mut ann, "we are still here");
    asking.join().unwrap();
    eventually("the log says why", || server.log().contains("SendQ exceeded").then_some(()));
}
