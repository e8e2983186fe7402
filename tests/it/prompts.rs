//! Password prompts: questions are repeated, and nothing that is typed there is said to others,
//! regardless of what arrives and in which order.

use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use hobnob::model::moderation::OwnerToken;
use proptest::prelude::*;

use crate::harness::{
    Client, PATIENCE, Server, TestClock, cases, config_for_tests, exchange, plain_door,
};

const SEEN: &str = "Your own screen will show the password; others cannot see it.";
const OF_ANN: &str = "Password for ann (Enter cancels): ";
const FIRST: &str = "Password for bob, 6 characters or more (Enter cancels): ";
const AGAIN: &str = "Repeat the password (Enter cancels): ";
const WRONG: &str = "Wrong password. Try again (Enter cancels): ";
const CANCELLED: &str = "Cancelled. Nothing has changed.";
const HELD: &str = "Not sent: this may be a password. Send it again to say it to everyone.";

/// Precedes the question of `/unregister`.
const UNREGISTERING: &str = "This deletes your account, your settings and rooms, and the private \
                             messages waiting for you. Your messages in rooms stay; /unregister \
                             erase deletes them, too.";

/// The question is the next output, on a line that is not finished.
#[track_caller]
fn is_asked(client: &mut Client, question: &str) {
    let seen = client.raw("Enter cancels): ");
    assert_eq!(seen, question, "on the screen of {}", client.name);
}

fn registered() -> (Server, Client, Client) {
    let server = Server::start_at(TestClock::stopped(), |_| {});
    let mut ann = Client::join_saying(server.address, "hello");
    ann.is_called("ann");
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    let mut bob = Client::join_saying(server.address, "hello");
    ann.sees(&format!("{} joined", bob.name));
    ann.sees(&format!("{}: hello", bob.name));
    let renamed = format!("{} is now bob", bob.name);
    bob.is_called("bob");
    ann.sees(&renamed);
    (server, ann, bob)
}

#[test]
fn an_nc_user_is_asked_too_and_told_of_problems_at_once() {
    let (_server, mut ann, mut bob) = registered();
    bob.says("/register");
    bob.sees(SEEN);
    is_asked(&mut bob, FIRST);
    bob.says("five5");
    is_asked(&mut bob, "Too short: 6 characters or more. Try again (Enter cancels): ");
    bob.says("/nick Ms Miller");
    is_asked(&mut bob, "That is a command, not a password. Try again (Enter cancels): ");
    bob.says("hunter22");
    is_asked(&mut bob, AGAIN);
    bob.says("hunter22");
    bob.sees("bob is now registered to you. To log in from anywhere: /login bob");
    bob.says("/passwd");
    bob.sees(SEEN);
    is_asked(&mut bob, "Password for bob (Enter cancels): ");
    bob.says("hunter23");
    is_asked(&mut bob, "New password for bob, 6 characters or more (Enter cancels): ");
    bob.says("hunter24");
    is_asked(&mut bob, AGAIN);
    bob.says("hunter24");
    is_asked(&mut bob, WRONG);
    bob.says("");
    bob.sees(CANCELLED);
    bob.says("/unregister");
    bob.sees(UNREGISTERING);
    bob.sees(SEEN);
    is_asked(&mut bob, "Password for bob (Enter cancels): ");
    bob.says("hunter22");
    bob.sees("bob is no longer registered. You keep the name while you are here.");
    exchange(&bob, &mut ann, "nothing else was seen");
}

/// Each of these was once said to everyone, or led to that.
#[test]
fn after_three_wrong_passwords_the_next_try_is_not_said() {
    let (_server, mut ann, mut bob) = registered();
    bob.says("/login ann");
    bob.sees(SEEN);
    is_asked(&mut bob, OF_ANN);
    for try_again in ["secret12", "secret124"] {
        bob.says(try_again);
        is_asked(&mut bob, WRONG);
    }
    bob.says("secret125");
    bob.sees("Login failed after 3 wrong passwords. You are talking in the room again.");
    bob.asks("secret123", &[HELD]);
    bob.says("/register");
    bob.sees(SEEN);
    is_asked(&mut bob, FIRST);
    for _ in 0..2 {
        bob.says("hunter22");
        is_asked(&mut bob, AGAIN);
        bob.says("hunter23");
        is_asked(&mut bob, "The passwords do not match. Try again (Enter cancels): ");
    }
    bob.send(b"hunter22\nhunter23\nhunter22\nhunter22\n");
    is_asked(&mut bob, AGAIN);
    bob.sees("Failed after 3 attempts; nothing has changed. You are talking in the room again.");
    bob.sees(HELD);
    bob.sees(HELD);
    bob.asks("/who", &["2 people are in #lobby:", "  ann, bob"]);
    exchange(&bob, &mut ann, "nothing else was seen");
}

#[test]
fn a_refused_command_asks_nothing_and_answers_sent_ahead_are_not_said() {
    let (_server, mut ann, mut bob) = registered();
    bob.send(b"/login eve\nsecret123\nsecret123\n");
    bob.sees("eve is not registered. To make it yours: /nick eve, then /register");
    bob.sees(HELD);
    bob.sees(HELD);
    ann.send(b"/register\nsecret123\nsecret123\n");
    ann.sees("You are already logged in as ann, so the name is yours.");
    ann.sees(HELD);
    ann.sees(HELD);
    // In one piece, and right in the end.
    bob.send(b"/login ann\nsecret124\nsecret123\nsecret123\nhello\n");
    bob.sees(SEEN);
    is_asked(&mut bob, OF_ANN);
    is_asked(&mut bob, WRONG);
    bob.sees("You are logged in as ann, now from 2 clients.");
    bob.sees(HELD);
    bob.sees("ann: hello");
    ann.sees("bob left");
    ann.sees("ann: hello");
}

/// The kind of bob's client.
#[derive(Clone, Copy, Debug)]
enum Program {
    Nc,
    Telnet,
    /// A telnet that sends each key.
    Keys,
}

/// An event while he is asked for a password.
#[derive(Clone, Debug)]
enum Event {
    /// He sends this many lines, and the beginning of another.
    Answers(usize),
    /// Another user does this.
    Does(&'static str, &'static str),
    /// He reads the output so far.
    Reads,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let others = prop::sample::select(vec![
        ("ann", "/logout"),
        ("ann", "/login ann secret123"),
        ("ann", "/unregister secret123"),
        ("ann", "/passwd secret123 secret321"),
        ("ann", "/edit on"),
        ("ann", "/edit off"),
        ("ann", "hello"),
        ("olga", "/mute bob"),
        ("olga", "/unmute bob"),
        ("olga", "/kick bob"),
        ("olga", "/kick ann"),
        ("olga", "/lockdown on"),
        ("olga", "/lockdown off"),
        ("olga", "hello"),
    ]);
    let event = prop_oneof![
        4 => (0..4_usize).prop_map(Event::Answers),
        3 => others.prop_map(|(who, what)| Event::Does(who, what)),
        1 => Just(Event::Reads),
    ];
    prop::collection::vec(event, 1..16)
}

fn read_some(mut stream: &TcpStream, bytes: &mut Vec<u8>) {
    let mut buffer = [0; 4096];
    if let Ok(count) = stream.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..count]);
    }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn nothing_that_is_typed_at_a_prompt_is_ever_said(
        command in prop::sample::select(vec!["/login ann", "/register", "/passwd", "/unregister"]),
        program in prop::sample::select(vec![Program::Nc, Program::Telnet, Program::Keys]),
        is_logged_in in any::<bool>(),
        events in events(),
    ) {
        // Time stands still: held-back lines stay held back for as long as there is doubt.
        let token = OwnerToken::of([3; 16]).unwrap();
        let claim = format!("/claim {token}");
        let (config, clock) = (config_for_tests(), TestClock::stopped());
        let door = Arc::new(plain_door(&config));
        let server = Server::start_owned(config, door, clock, Some(token));
        let mut olga = Client::join_saying(server.address, "hello");
        olga.is_called("olga");
        olga.asks("/register secret1", &["olga is now registered to you. To log in from anywhere: \
                                          /login olga"]);
        olga.asks(&claim, &["You now own this server. /help order lists what you can do."]);
        let mut ann = Client::join_saying(server.address, "hello");
        ann.is_called("ann");
        ann.asks("/register secret123", &["ann is now registered to you. To log in from anywhere: \
                                           /login ann"]);

        let (address, end, agreed): (_, &str, &[u8]) = match program {
            Program::Nc => (server.address, "\n", b""),
            Program::Telnet => (server.address, "\r\n", b"\xff\xfd\x01"),
            Program::Keys => (server.telnet_address, "\r", b"\xff\xfd\x01\xff\xfd\x03"),
        };
        let bob = Client::connect(address);
        bob.send(&[agreed, format!("/nick bob{end}").as_bytes()].concat());
        if is_logged_in {
            bob.send(format!("/login ann secret123{end}").as_bytes());
        }
        bob.send(format!("I am here{end}").as_bytes());
        let here = if is_logged_in { "ann: I am here" } else { "bob: I am here" };
        olga.sees_in_the_end(here);
        bob.send(format!("{command}{end}").as_bytes());

        let (mut answers, mut seen, mut unfinished) = (0, Vec::new(), false);
        for event in &events {
            match event {
                Event::Answers(lines) => {
                    let mut text = if unfinished { end.to_owned() } else { String::new() };
                    for _ in 0..*lines {
                        answers += 1;
                        text += &format!("xyzzy-{answers}{end}");
                    }
                    answers += 1;
                    text += &format!("xyzzy-{answers}");
                    unfinished = true;
                    // He may have been disconnected.
                    let _ = bob.try_send(text.as_bytes());
                }
                Event::Does("olga", what) => olga.says(what),
                // She may have been disconnected, too.
                Event::Does(_, what) => drop(ann.try_send(format!("{what}\n").as_bytes())),
                Event::Reads => {
                    bob.stream().set_nonblocking(true).unwrap();
                    read_some(bob.stream(), &mut seen);
                    bob.stream().set_nonblocking(false).unwrap();
                }
            }
        }
        let _ = bob.stream().shutdown(Shutdown::Write);
        bob.stream().set_read_timeout(Some(PATIENCE)).unwrap();
        let mut stream = bob.stream();
        // A reset is an end, too.
        let _ = stream.read_to_end(&mut seen);
        olga.says("/lockdown off");
        olga.says("that is all");
        let mut line = String::new();
        while line != "olga: that is all" {
            line = olga.line();
            prop_assert!(!line.contains("xyzzy"), "{line}");
        }
        // A client that sends keys shows them on its own screen once no question is open.
        let is_shown = String::from_utf8_lossy(&seen).contains("xyzzy");
        prop_assert!(!is_shown || matches!(program, Program::Keys));
    }
}

#[test]
fn an_open_question_stays_open_whatever_happens_to_the_account() {
    let (_server, mut ann, mut bob) = registered();
    bob.asks("/login ann secret123", &["You are logged in as ann, now from 2 clients."]);
    ann.sees("bob left");
    bob.says("/passwd");
    bob.sees(SEEN);
    is_asked(&mut bob, OF_ANN);
    ann.says("/unregister secret123");
    let joined = ann.line();
    assert!(joined.ends_with(" joined"), "{joined}");
    ann.sees("ann is no longer registered. You keep the name while you are here.");
    // All of these are answers, or could be.
    bob.send(b"secret123\nsecret124\nsecret124\nsecret125\n");
    bob.sees_in_the_end(HELD);
    ann.asks("nothing was said", &["ann: nothing was said"]);
}
