//! `hobnob --say`: a script's message is said once and only under its name, or the script learns
//! that it was not said.

use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use crate::harness::{Client, From, Relay, Server, check_complaint, input, run};
use hobnob::model::password::Password;

fn say(server: &Server, arguments: &[&str]) -> Command {
    say_to(server.address, arguments)
}

fn say_to(address: SocketAddr, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hobnob"));
    command.args(arguments).arg(address.to_string()).stdin(Stdio::null());
    command.env("LC_ALL", "C.UTF-8").env_remove("HOBNOB_NAME_PASSWORD");
    command.env_remove("HOBNOB_SERVER_PASSWORD");
    command
}

#[track_caller]
fn is_said(command: &mut Command) {
    let output = run(command);
    let printed = (&*output.stdout, &*String::from_utf8_lossy(&output.stderr));
    assert_eq!(printed.1, "");
    assert_eq!((printed.0, output.status.code()), (&b""[..], Some(0)));
}

#[track_caller]
fn is_not_said(command: &mut Command, why: &str) {
    check_complaint(&run(command), "hobnob", 1, &["not sent: ", why]);
}

/// The client has read everything before, and sees nothing else.
fn sees_nothing_else(bob: &mut Client) {
    let next = format!("{}: next", bob.name);
    bob.asks("next", &[&next]);
}

#[test]
fn the_others_see_the_line_and_nothing_else() {
    let server = Server::start();
    let mut bob = server.client();
    is_said(&mut say(&server, &["--say", "build ok", "--as", "backup"]));
    bob.sees("backup: build ok");
    sees_nothing_else(&mut bob);
    is_said(
        say(&server, &["--say", "-", "--as", "backup"]).stdin(input("one\n\n/me two\r\nthree")),
    );
    for said in ["one", "/me two", "three"] {
        bob.sees(&format!("backup: {said}"));
    }
    sees_nothing_else(&mut bob);
    // Without a name, as a guest.
    is_said(&mut say(&server, &["--say", "hello"]));
    assert!(bob.line().ends_with(": hello"));
    sees_nothing_else(&mut bob);
}

#[test]
fn unavailable_names_say_nothing() {
    let server = Server::start();
    let mut bob = server.client();
    bob.is_called("bob");
    bob.asks(
        "/register secret-1",
        &["bob is now registered to you. To log in from anywhere: /login bob"],
    );
    let as_bob = ["--say", "x", "--as", "bob"];
    is_not_said(&mut say(&server, &as_bob), "bob is a registered name: give its password with");
    let wrong = "Wrong password.";
    is_not_said(say(&server, &as_bob).env("HOBNOB_NAME_PASSWORD", "secret-2"), wrong);
    is_not_said(
        &mut say(&server, &["--say", "x", "--as", "silver-snail"]),
        "looks like a guest name",
    );
    sees_nothing_else(&mut bob);
    is_said(say(&server, &as_bob).env("HOBNOB_NAME_PASSWORD", "secret-1"));
    bob.sees("bob: x");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "secret-1\n").unwrap();
    is_said(say(&server, &as_bob).arg("--password-file").arg(&file));
    bob.sees("bob: x");
    sees_nothing_else(&mut bob);
}

#[test]
fn a_rejected_line_is_not_said() {
    let server = Server::start_with(|config| {
        config.line_bytes_max = 64;
        config.password = Some(Password::new("open sesame").unwrap());
    });
    let hello = ["--say", "hello", "--as", "backup"];
    is_not_said(&mut say(&server, &hello), "the server requires a password: give it with");
    let wrong = "Wrong server password.";
    is_not_said(say(&server, &hello).env("HOBNOB_SERVER_PASSWORD", "open"), wrong);
    is_said(say(&server, &hello).env("HOBNOB_SERVER_PASSWORD", "open sesame"));
    let long = "x".repeat(100);
    let mut command = say(&server, &["--say", &long]);
    is_not_said(
        command.env("HOBNOB_SERVER_PASSWORD", "open sesame"),
        "the line is longer than 64 bytes",
    );
    let full = Server::start_with(|config| config.clients_max = 1);
    let mut ann = full.client();
    is_not_said(&mut say(&full, &hello), "The server is full (1 clients).");
    sees_nothing_else(&mut ann);
    full.stop();
    is_gone(&hello);
}

fn is_gone(arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hobnob"));
    let output = run(command.args(arguments).arg("nowhere.invalid").env("LC_ALL", "C"));
    check_complaint(&output, "hobnob", 1, &["cannot connect to nowhere.invalid:8000: "]);
}

/// The connection breaks just before the line arrives, or just before its confirmation does.
#[test]
fn a_line_is_said_once_if_the_connection_breaks() {
    let server = Server::start();
    let mut bob = server.client();
    let relay = Relay::to(server.address);
    for (from, text) in [(From::Client, "/post two"), (From::Server, "\"posted\"")] {
        for name in ["backup", "nightly"] {
            relay.breaks_at(from, text);
            let mut command = say_to(relay.address, &["--say", "-", "--as", name]);
            is_said(command.stdin(input("two\nthree\n")));
            for said in ["two", "three"] {
                bob.sees(&format!("{name}: {said}"));
            }
            sees_nothing_else(&mut bob);
        }
    }
}

#[test]
fn a_user_who_is_connected_cannot_post() {
    let server = Server::start();
    let (mut ann, mut bob) = (server.client(), server.client());
    ann.sees(&format!("{} joined", bob.name));
    bob.says("/post hello");
    let told = bob.line();
    assert!(told.starts_with("There is no command /post."), "{told}");
    sees_nothing_else(&mut ann);
}
