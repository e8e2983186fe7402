//! Arrivals over real connections: which of them are announced, to whom, and when. The rules for
//! what counts as noticeable are tested in `src/chat`.

use hobnob::limits;
use hobnob::model::newcomer::Naming;
use hobnob::model::password::Password;

use crate::harness::{Client, Program, Server, TestClock, eventually, gather};

#[test]
fn silent_connections_are_mentioned_nowhere() {
    let program = Program::start(&["--lang", "en", "--flood", "off"]);
    let [mut ann] = gather(program.address, ["ann"]);
    for _ in 0..100 {
        // Disconnects at once, or right after the welcome, like scanners and health checks.
        drop(Client::connect(program.address));
        let mut ended = Client::connect(program.address);
        ended.ends_its_input();
        // On a busy machine it has been welcomed by then.
        ended.everything();
    }
    for _ in 0..10 {
        let client = Client::join_silently(program.address);
        client.ends_its_input();
    }
    // After all of them, one that is announced.
    let mut bob = Client::join_as(program.address, "bob");
    ann.sees("bob joined");
    bob.asks("hi", &["bob: hi"]);
    ann.sees("bob: hi");
    bob.ends_its_input();
    bob.sees_the_end();
    ann.sees("bob left");
    // The log line is written a little later.
    let log = eventually("bob's departure is in the log", || {
        Some(program.log()).filter(|log| log.contains("reason=end of input"))
    });
    let of_clients: Vec<&str> = log.lines().filter(|line| line.contains("client=")).collect();
    let expected =
        [("client joined", "name=ann"), ("client joined", "name=bob"), ("client left", "")];
    assert_eq!(of_clients.len(), expected.len(), "{of_clients:?}");
    for (line, (what, whose)) in of_clients.iter().zip(expected) {
        assert!(line.contains(what) && line.contains(whose), "{line}");
    }
}

#[test]
fn a_silent_user_is_announced_after_a_while() {
    let clock = TestClock::running();
    let server = Server::start_at(clock.clone(), |_| {});
    let [mut ann] = gather(server.address, ["ann"]);
    let eve = Client::join_silently(server.address);
    clock.advance(limits::ARRIVAL_TIME);
    // Wakes the server, which then checks the time, if nothing has woken it since.
    ann.says("/version");
    let shown = [ann.line(), ann.line()];
    assert!(shown.contains(&format!("hobnob {}", env!("CARGO_PKG_VERSION"))), "{shown:?}");
    assert!(shown.contains(&format!("{} joined", eve.name)), "{shown:?}");
    eve.ends_its_input();
    ann.sees(&format!("{} left", eve.name));
}

#[test]
fn a_name_or_login_in_the_first_line_comes_first() {
    let server = Server::start_at(TestClock::stopped(), |_| {});
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    bob.asks(
        "/register secret1",
        &["bob is now registered to you. To log in from anywhere: /login bob"],
    );
    bob.ends_its_input();
    bob.sees_the_end();
    ann.sees("bob left");
    let mut bob = Client::connect(server.address);
    bob.says("/login bob secret1");
    bob.sees_the_welcome();
    assert_eq!(bob.name, "bob");
    ann.sees("bob joined");
    // The client is told of the refusal first, and then it is a guest like any other.
    let mut eve = Client::connect(server.address);
    eve.says("/nick ann\nhello");
    eve.sees("ann is already in use. Please choose another name.");
    eve.sees_the_welcome();
    eve.sees(&format!("{}: hello", eve.name));
    ann.sees(&format!("{} joined", eve.name));
    ann.sees(&format!("{}: hello", eve.name));
    let mut eve = Client::connect(server.address);
    eve.says("/login bob secret2\nhello");
    eve.sees("Wrong password. Nothing has changed.");
    eve.sees_the_welcome();
    eve.sees(&format!("{}: hello", eve.name));
    ann.sees(&format!("{} joined", eve.name));
}

#[test]
fn at_a_private_server_the_first_line_waits_for_its_password() {
    let server = Server::start_at(TestClock::stopped(), |config| {
        config.password = Some(Password::new("open sesame").unwrap());
    });
    let mut ann = Client::connect(server.address);
    ann.says("/nick ann\nopen sesame");
    assert_eq!(ann.raw("Password: "), "Password: ");
    ann.sees_the_welcome();
    assert_eq!(ann.name, "ann");
}

#[test]
fn with_names_by_address_a_first_line_is_ordinary() {
    let server = Server::start_at(TestClock::stopped(), |config| config.naming = Naming::Address);
    let mut ann = Client::connect(server.address);
    ann.says("/nick ann");
    let address = ann.stream().local_addr().unwrap();
    ann.sees(&format!("Welcome {address}"));
    ann.sees(&format!("{address} is now ann"));
}

#[test]
fn nothing_is_shown_while_a_first_login_asks_for_its_password() {
    let server = Server::start_at(TestClock::stopped(), |_| {});
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    bob.asks(
        "/register secret1",
        &["bob is now registered to you. To log in from anywhere: /login bob"],
    );
    bob.ends_its_input();
    bob.sees_the_end();
    ann.sees("bob left");
    let ask = || {
        let mut client = Client::connect(server.address);
        client.send(b"/login bob\r\n");
        let question = client.raw(": ");
        assert!(question.contains("bob") && !question.contains("Welcome"), "{question:?}");
        client
    };
    let (mut bob, mut eve) = (ask(), ask());
    ann.asks("hi", &["ann: hi"]);
    bob.send(b"secret1\r\n");
    let shown = bob.raw("Welcome, bob.");
    assert!(!shown.contains("hi"), "{shown:?}");
    ann.sees("bob joined");
    // A user who changes their mind becomes a guest without having to say anything.
    eve.send(b"\r\n");
    let shown = eve.raw("You are in #lobby with ");
    assert!(shown.contains("Welcome, ") && !shown.contains("Welcome, bob"), "{shown:?}");
}
