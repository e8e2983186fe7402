//! The conversation itself: what the original did, and who sees what.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use hobnob::model::language::Lang;
use hobnob::model::newcomer::Naming;

use crate::harness::{Client, GOODBYE, Server, TestClock, behind_the_welcome, exchange, meet};

#[test]
fn the_original_scene() {
    let mut server = Server::start();
    let mut ann = server.client();
    let mut bob = server.client();
    ann.sees(&format!("{} joined", bob.name));
    ann.says("hi");
    let line = format!("{}: hi", ann.name);
    ann.sees(&line);
    bob.sees(&line);
    bob.says("你好");
    let line = format!("{}: 你好", bob.name);
    ann.sees(&line);
    bob.sees(&line);
    bob.ends_its_input();
    bob.sees_the_end();
    ann.sees(&format!("{} left", bob.name));
    server.request_stop();
    ann.sees(GOODBYE);
    ann.sees_the_end();
    drop((ann, bob));
    let totals = server.wait().unwrap();
    assert_eq!((totals.connections.connections, totals.broadcaster.lines_total), (2, 2));
    // Two lines to two users, and the join and leave notices to one.
    assert_eq!(totals.connections.deliveries, 6);
}

#[test]
fn the_original_scene_word_for_word() {
    let server = Server::start_with(|config| {
        config.lang = Lang::Zh;
        config.naming = Naming::Address;
    });
    let join = || {
        let client = Client::connect(server.address);
        (client.stream().local_addr().unwrap(), client)
    };
    let (ann_is, mut ann) = join();
    ann.sees(&format!("欢迎 {ann_is}"));
    let (bob_is, mut bob) = join();
    bob.sees(&format!("欢迎 {bob_is}"));
    ann.sees(&format!("{bob_is} 上线"));
    bob.says("hi");
    ann.sees(&format!("{bob_is}: hi"));
    bob.sees(&format!("{bob_is}: hi"));
    drop(bob);
    ann.sees(&format!("{bob_is} 下线"));
    server.request_stop();
    ann.sees("服务器即将关闭，再见。");
    ann.sees_the_end();
}

#[test]
fn guest_names_reveal_nothing_about_the_address() {
    let server = Server::start();
    let join = || Client::join_silently(server.address);
    let (mut ann, mut bob) = (join(), join());
    assert_ne!(ann.name, bob.name);
    for name in [&ann.name, &bob.name] {
        let words: Vec<&str> = name.split('-').collect();
        assert_eq!(words.len(), 2, "{name}");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
    }
    meet(&mut ann, &mut bob);
}

#[test]
fn a_pipe_that_ends_at_once_is_seen_as_joined_said_left() {
    let server = Server::start();
    let mut ann = server.client();
    let mut pipe = Client::connect(server.address);
    pipe.stream().write_all(b"hi\nlast words without an end").unwrap();
    pipe.ends_its_input();
    let everything = pipe.everything();
    let (name, rest) = behind_the_welcome(&everything);
    assert_eq!(rest, format!("{name}: hi\r\n{name}: last words without an end\r\n"));
    ann.sees(&format!("{name} joined"));
    ann.sees(&format!("{name}: hi"));
    ann.sees(&format!("{name}: last words without an end"));
    ann.sees(&format!("{name} left"));
}

#[test]
fn typed_control_sequences_do_not_reach_other_terminals() {
    let server = Server::start();
    let (mut ann, mut bob) = (server.client(), server.client());
    meet(&mut ann, &mut bob);
    bob.says(
        "\x1b]52;c;eA==\x07\x1b[2Jred\u{9b}31m \u{202e}back\u{200b}wards\tendless\x7f\x08\x08\x7f",
    );
    ann.sees(&format!("{}: red31m backwards end", bob.name));
    bob.sees(&format!("{}: red31m backwards end", bob.name));
    for _ in 0..2 {
        bob.send(b"\xe4\xbd broken \xff\xff\xfe utf-8\n");
        bob.sees("Not sent: the line is not valid UTF-8.");
    }
    bob.send(b"\n \t\r\n\x1b\x07\nafter nothing\n");
    ann.sees(&format!("{}: after nothing", bob.name));
}

/// A client's data arrives although the client is gone before it could receive anything: its kernel
/// answers the welcome with a reset.
#[test]
fn a_client_that_says_much_and_hangs_up_is_heard_to_the_end() {
    const LINES: usize = 3_000;
    let server = Server::start();
    let mut ann = server.client();
    for round in 0..20 {
        let lines: String = (0..LINES).map(|line| format!("{round} {line}\n")).collect();
        TcpStream::connect(server.address).unwrap().write_all(lines.as_bytes()).unwrap();
        let arrival = ann.line();
        let name = arrival.strip_suffix(" joined").expect(&arrival);
        for line in 0..LINES {
            ann.sees(&format!("{name}: {round} {line}"));
        }
        ann.sees(&format!("{name} left"));
    }
}

#[test]
fn a_silent_client_may_stay() {
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
