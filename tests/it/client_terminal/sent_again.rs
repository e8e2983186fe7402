//! Messages that are sent again after a broken connection: each is said once, and in order.

use std::fs;

use super::{hobnob, home, start};
use crate::harness::{From, Program, Relay};

const IN_LOBBY: &str = "[#lobby] ann: three";

/// ann, a guest or with an account, says something, and the connection breaks in the worst moment:
/// just before the first message arrives, or just before its echo does.
fn says_everything_once(has_account: bool, from: From) {
    let home = home();
    let data = home.path().join("data");
    let data = ["--data", data.to_str().unwrap(), "--flood", "off"];
    let server = Program::start(&[&data[..], &["--history-replay", "20"]].concat());
    let relay = Relay::to(server.address);
    let mut bob = server.client();
    let mut command = hobnob(relay.address, &home);
    command.arg("--log").arg(home.path().join("log"));
    let (mut screen, _) = start(command, 100, 120);
    screen.types("/nick ann\r");
    bob.sees("ann joined");
    if has_account {
        screen.types("/register secret123\r");
        screen.row("ann is now registered to you.");
    }
    screen.types("/join #ops\r");
    screen.bottom("#ops> |");
    bob.says("/join #ops");
    bob.sees_in_the_end("You joined #ops (2 people). You are talking there now.");
    screen.row(&format!("{} joined", bob.name));
    relay.breaks_at(from, "\"one\"");
    screen.types("one\r/me two\r#lobby three\rfour\r");
    screen.row("The connection was lost.");
    screen.types("\r");
    screen.row("Reconnected.");
    screen.bottom("#ops> |");
    screen.types("five\r");
    let mut said = Vec::new();
    // The order counts within each room.
    while ["ann: five", IN_LOBBY].iter().any(|line| !said.contains(&(*line).to_owned())) {
        let line = bob.line();
        said.extend(Some(line).filter(|line| line.contains("ann: ") || line.contains("* ann ")));
    }
    let (in_lobby, in_ops): (Vec<_>, Vec<_>) = said.into_iter().partition(|line| line == IN_LOBBY);
    assert_eq!(in_lobby.len(), 1);
    assert_eq!(in_ops, ["ann: one", "* ann two", "ann: four", "ann: five"]);
    screen.shows("everything that was said", |screen| {
        let contents = screen.contents();
        (contents.contains("ann: three") && contents.contains("ann: five")).then_some(())
    });
    screen.types("/quit\r");
    screen.ends(0);
    let log = fs::read_to_string(home.path().join("log")).unwrap();
    for line in ["ann: one", "* ann two", "ann: three", "ann: four", "ann: five"] {
        assert_eq!(log.lines().filter(|seen| seen.ends_with(line)).count(), 1, "{line}: {log}");
    }
    assert!(!log.contains("Possibly not sent") && !log.contains("sent again"), "{log}");
}

#[test]
fn a_guests_messages_that_did_not_arrive_are_said_once() {
    says_everything_once(false, From::Client);
}

#[test]
fn a_guests_messages_that_were_said_are_said_once() {
    says_everything_once(false, From::Server);
}

#[test]
fn a_users_messages_that_did_not_arrive_are_said_once() {
    says_everything_once(true, From::Client);
}

#[test]
fn a_users_messages_that_were_said_are_said_once() {
    says_everything_once(true, From::Server);
}
