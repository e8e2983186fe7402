//! `hobnob` on a terminal: what is typed, what is on the screen, and the state of the terminal
//! afterwards.

mod bare;
mod coming_back;
mod sent_again;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use tempfile::TempDir;

use crate::harness::{Client, Screen, Server, eventually, named_in};

/// A home folder for a client's history of sent lines, removed at the end of the test.
fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn hobnob(target: impl ToString, home: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hobnob"));
    command.arg(target.to_string()).env("XDG_STATE_HOME", home.path()).env_remove("NO_COLOR");
    command
}

/// A client in the lobby, and its name.
fn start(command: Command, columns: u16, rows: u16) -> (Screen, String) {
    let screen = Screen::start(command, columns, rows);
    let name = named_in(&screen.row("Welcome, ")).unwrap().to_owned();
    screen.bottom("#lobby> |");
    (screen, name)
}

fn count(bytes: &[u8], part: &str) -> usize {
    bytes.windows(part.len()).filter(|window| *window == part.as_bytes()).count()
}

#[track_caller]
fn has_been_sent(screen: &Screen, part: &str) {
    eventually(part, || (count(&screen.bytes(), part) > 0).then_some(()));
}

#[test]
fn typed_text_stays_while_others_talk() {
    let (server, home) = (Server::start(), home());
    let mut bob = server.client();
    for (columns, rows) in [(80, 24), (40, 10)] {
        let (mut screen, ann) = start(hobnob(server.address, &home), columns, rows);
        bob.sees(&format!("{ann} joined"));
        screen.types("hello 你好 😀");
        screen.bottom("#lobby> hello 你好 😀|");
        for number in 0..30 {
            bob.asks(&format!("line {number}"), &[&format!("{}: line {number}", bob.name)]);
        }
        screen.row(&format!("{}: line 29", bob.name));
        screen.bottom("#lobby> hello 你好 😀|");
        screen.types("\x1b[D\x1b[D\x7f!");
        screen.bottom("#lobby> hello 你!| 😀");
        screen.resize(60, 12);
        bob.asks("after that", &[&format!("{}: after that", bob.name)]);
        screen.row(&format!("{}: after that", bob.name));
        screen.bottom("#lobby> hello 你!| 😀");
        screen.types("\r");
        bob.sees(&format!("{ann}: hello 你! 😀"));
        screen.row(&format!("{ann}: hello 你! 😀"));
        screen.bottom("#lobby> |");
        screen.types("\x04");
        screen.ends(0);
        bob.sees(&format!("{ann} left"));
    }
}

#[test]
fn others_see_only_one_name() {
    let (server, home) = (Server::start(), home());
    let mut bob = server.client();
    let mut olga = server.client();
    bob.sees(&format!("{} joined", olga.name));
    olga.asks("/nick olga", &[&format!("{} is now olga", olga.name)]);
    bob.sees(&format!("{} is now olga", olga.name));
    olga.asks(
        "/register secret123",
        &["olga is now registered to you. To log in from anywhere: /login olga"],
    );
    olga.says("/quit");
    olga.sees_the_end();
    bob.sees("olga left");
    let ann = Screen::start(hobnob(format!("ann@{}", server.address), &home), 80, 24);
    ann.row("Welcome, ann.");
    bob.sees("ann joined");
    // However long the password takes.
    let mut olga = Screen::start(hobnob(format!("olga@{}", server.address), &home), 80, 24);
    olga.bottom("Password for olga (Enter cancels): |");
    assert_eq!(olga.rows().len(), 1, "{:#?}", olga.rows());
    olga.types("secret123\r");
    olga.row("You are logged in as olga.");
    bob.sees("olga joined");
}

#[test]
fn words_are_completed() {
    let (server, home) = (Server::start(), home());
    let mut bob = server.client();
    bob.is_called("maria");
    let (mut screen, _) = start(hobnob(server.address, &home), 80, 24);
    screen.types("/regi\t");
    screen.bottom("#lobby> /register |");
    screen.types("\x03mar\t");
    screen.bottom("#lobby> maria: |");
    screen.types("\x03/join #lo\t");
    screen.bottom("#lobby> /join #lobby |");
}

#[test]
fn a_password_is_asked_for_and_never_seen() {
    let (server, home) = (Server::start(), home());
    let mut ann = server.client();
    ann.is_called("ann");
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    ann.says("/quit");
    ann.sees_the_end();
    let mut screen = Screen::start(hobnob(format!("ann@{}", server.address), &home), 80, 24);
    screen.bottom("Password for ann (Enter cancels): |");
    screen.types("secret123\r");
    screen.row("You are logged in as ann.");
    screen.bottom("#lobby> |");
    assert_eq!(count(&screen.bytes(), "secret"), 0);
    screen.types("/quit\r");
    screen.ends(0);
    let sent = fs::read_to_string(home.path().join("hobnob").join("sent")).unwrap();
    assert_eq!(sent, "/quit\n");
}

#[test]
fn sent_lines_can_be_recalled_the_next_time() {
    let (server, home) = (Server::start(), home());
    let (mut screen, ann) = start(hobnob(server.address, &home), 80, 24);
    screen.types("first line\r");
    screen.row(&format!("{ann}: first line"));
    screen.types("\x04");
    screen.ends(0);
    let (mut screen, _) = start(hobnob(server.address, &home), 80, 24);
    screen.types("\x1b[A");
    screen.bottom("#lobby> first line|");
    screen.types("\x03");
    screen.bottom("#lobby> |");
    // Sent lines are kept, however the client exits.
    screen.types("second line\r");
    screen.row(&format!("{}: second line", named_in(&screen.row("Welcome, ")).unwrap().to_owned()));
    screen.signal("TERM");
    screen.dies_by("SIGTERM");
    let (mut screen, name) = start(hobnob(server.address, &home), 80, 24);
    screen.types("third line\r");
    screen.row(&format!("{name}: third line"));
    screen.signal("KILL");
    screen.dies_by("SIGKILL");
    let sent = fs::read_to_string(home.path().join("hobnob").join("sent")).unwrap();
    assert_eq!(sent, "first line\nsecond line\nthird line\n");
}

#[test]
fn a_pasted_block_keeps_its_blank_lines() {
    let (server, home) = (Server::start(), home());
    let mut bob = server.client();
    let (mut screen, ann) = start(hobnob(server.address, &home), 80, 24);
    bob.sees(&format!("{ann} joined"));
    screen.types("\x1b[200~one\n\nthree\n\n\x1b[201~\r");
    for line in ["one", "", "three"] {
        bob.sees(&format!("{ann}: {line}"));
    }
    screen.types("\r\rnext\r");
    bob.sees(&format!("{ann}: next"));
    screen.types("\x04");
    screen.ends(0);
}

#[test]
fn a_state_folder_that_cannot_be_read_is_one_warning() {
    let (server, home) = (Server::start(), home());
    fs::create_dir_all(home.path().join("hobnob").join("sent")).unwrap();
    let mut screen = Screen::start(hobnob(server.address, &home), 120, 24);
    screen.row("Your earlier lines cannot be read from ");
    screen.types("hello\r");
    screen.bottom("#lobby> |");
    screen.types("\x04");
    screen.ends(0);
}

#[test]
fn a_signal_restores_the_terminal() {
    let (server, home) = (Server::start(), home());
    for signal in ["TERM", "HUP", "INT", "QUIT"] {
        // The expected modes are those after a program that has changed nothing.
        let plain = Screen::start(Command::new("true"), 80, 24);
        plain.ends(0);
        let (mut screen, _) = start(hobnob(server.address, &home), 80, 24);
        assert_ne!(screen.modes(), plain.modes());
        screen.types("half a li");
        screen.bottom("#lobby> half a li|");
        screen.signal(signal);
        screen.dies_by(&format!("SIG{signal}"));
        assert_eq!(screen.modes(), plain.modes(), "{signal}");
        check_farewell(&screen);
    }
}

/// The prompt is gone, and all terminal modes are switched off.
#[track_caller]
fn check_farewell(screen: &Screen) {
    eventually("the terminal is left", || {
        let bytes = screen.bytes();
        let are_off = ["\x1b[?2004l", "\x1b[?1004l", "\x1b[23;2t"];
        are_off.iter().all(|off| count(&bytes, off) == 1).then_some(())
    });
    eventually("the prompt is gone", || {
        (!screen.rows().iter().any(|row| row.starts_with("#lobby>"))).then_some(())
    });
}

#[test]
fn it_stops_and_continues() {
    let (server, home) = (Server::start(), home());
    let mut bob = server.client();
    let plain = Screen::start(Command::new("true"), 80, 24);
    plain.ends(0);
    // A shell with job control, as users have it.
    let script = "set -m; \"$@\"; while echo stopped; read line; do fg >/dev/null; done";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_hobnob"), &server.address.to_string()]);
    command.env("XDG_STATE_HOME", home.path());
    let (mut screen, ann) = start(command, 80, 24);
    bob.sees(&format!("{ann} joined"));
    let raw = screen.modes();
    screen.types("unsent");
    screen.bottom("#lobby> unsent|");
    // By key, by signal, and by a signal that cannot be caught.
    for (times, stop) in (1..).zip(["^Z", "TSTP", "STOP"]) {
        match stop {
            "^Z" => screen.types("\x1a"),
            signal => screen.signal(signal),
        }
        screen.shows("the shell is back", |screen| {
            (screen.contents().matches("stopped").count() == times).then_some(())
        });
        if stop != "STOP" {
            assert_eq!(screen.modes(), plain.modes(), "{stop}");
            assert!(!screen.rows().iter().any(|row| row.starts_with("#lobby>")), "{stop}");
        }
        bob.asks(stop, &[&format!("{}: {stop}", bob.name)]);
        screen.resize(70, 22);
        screen.types("\n");
        screen.row(&format!("{}: {stop}", bob.name));
        screen.bottom("#lobby> unsent|");
        assert_eq!(screen.modes(), raw, "{stop}");
    }
    screen.types("!\r");
    bob.sees(&format!("{ann}: unsent!"));
}

#[test]
fn it_does_not_stop_where_nobody_could_continue_it() {
    let (server, home) = (Server::start(), home());
    let mut bob = server.client();
    let (mut screen, ann) = start(hobnob(server.address, &home), 80, 24);
    // By now nothing is left to draw that would also show the message.
    bob.sees(&format!("{ann} joined"));
    screen.types("\x1a");
    screen.row("hobnob cannot be suspended, because no shell would resume it.");
    screen.types("hello\r");
    screen.row(&format!("{ann}: hello"));
}

#[test]
fn lines_are_logged_to_a_file() {
    let (server, home) = (Server::start(), home());
    let mut bob = server.client();
    let log = home.path().join("log");
    let mut command = hobnob(server.address, &home);
    command.arg("--log").arg(&log);
    let (mut screen, ann) = start(command, 80, 24);
    bob.sees(&format!("{ann} joined"));
    bob.asks("hello", &[&format!("{}: hello", bob.name)]);
    screen.row(&format!("{}: hello", bob.name));
    screen.types("\x04");
    screen.ends(0);
    let kept = fs::read_to_string(&log).unwrap();
    let mut lines: Vec<&str> =
        kept.lines().map(|line| &line["2026-11-22 14:02:03 ".len()..]).collect();
    let place = format!("You are in #lobby with {}. ", bob.name);
    assert!(lines.remove(1).starts_with(&place));
    assert_eq!(lines, [format!("Welcome, {ann}."), format!("{}: hello", bob.name)]);
    assert!(kept.starts_with("20"), "{kept}");
    // A full disk is reported once; a log that cannot be opened, at once.
    let mut command = hobnob(server.address, &home);
    command.args(["--log", "/dev/full"]);
    let screen = Screen::start(command, 120, 24);
    screen.row("The log is no longer complete: cannot write to /dev/full: ");
    let mut command = hobnob(server.address, &home);
    command.arg("--log").arg(home.path());
    let screen = Screen::start(command, 120, 24);
    screen.ends(1);
    let folder = home.path().display();
    screen.row_at_the_end(&format!("hobnob: cannot write to {folder}: is a directory"));
    assert!(!screen.rows().concat().contains("os error"));
}

#[test]
fn mentions_ring_the_bell() {
    let (server, home) = (Server::start(), home());
    let mut bob = server.client();
    let check = |bob: &mut Client, flags: &[&str], bells: usize, notifications: usize| {
        let mut command = hobnob(server.address, &home);
        command.args(flags);
        let (mut screen, ann) = start(command, 80, 24);
        bob.sees(&format!("{ann} joined"));
        let before = count(&screen.bytes(), "\x07") - count(&screen.bytes(), "\x1b]2;");
        let text = format!("{ann}; look");
        bob.asks(&text, &[&format!("{}: {text}", bob.name)]);
        screen.row(&format!("{}: {text}", bob.name));
        screen.types("x");
        screen.bottom("#lobby> x|");
        let bytes = screen.bytes();
        let notification = format!("\x1b]9;{}: {ann}, look\x07", bob.name);
        assert_eq!(count(&bytes, &notification), notifications, "{flags:?}");
        assert_eq!(count(&bytes, "\x1b]777;notify;hobnob;"), notifications, "{flags:?}");
        let rung = count(&bytes, "\x07") - count(&bytes, "\x1b]") - before;
        assert_eq!(rung, bells, "{flags:?}");
        screen.types("\x03\x04");
        screen.ends(0);
        bob.sees(&format!("{ann} left"));
    };
    check(&mut bob, &[], 0, 0);
    check(&mut bob, &["--bell"], 1, 0);
    check(&mut bob, &["--notify"], 0, 1);
}

#[test]
fn the_title_and_colours() {
    let (server, home) = (Server::start(), home());
    let mut bob = server.client();
    let (mut screen, ann) = start(hobnob(server.address, &home), 80, 24);
    bob.sees(&format!("{ann} joined"));
    has_been_sent(&screen, "\x1b[22;2t");
    has_been_sent(&screen, "\x1b]2;hobnob: #lobby\x07");
    screen.types("\x1b[O");
    // Lines that come with the welcome are not counted.
    eventually("what is said is counted", || {
        bob.asks("hello", &[&format!("{}: hello", bob.name)]);
        (count(&screen.bytes(), "\x1b]2;hobnob: #lobby (") > 0).then_some(())
    });
    let before = count(&screen.bytes(), "\x1b]2;hobnob: #lobby\x07");
    screen.types("\x1b[I");
    eventually("what is seen is not counted", || {
        let now = count(&screen.bytes(), "\x1b]2;hobnob: #lobby\x07");
        (now > before).then_some(())
    });
    assert!(count(&screen.bytes(), &format!("m{}\x1b[0m: hello", bob.name)) > 0);
    let mut command = hobnob(server.address, &home);
    command.env("NO_COLOR", "1");
    let (screen, cat) = start(command, 80, 24);
    bob.sees(&format!("{cat} joined"));
    bob.asks("hello", &[&format!("{}: hello", bob.name)]);
    screen.row(&format!("{}: hello", bob.name));
    let text = String::from_utf8_lossy(&screen.bytes()).into_owned();
    let is_colour =
        |part: &str| part.trim_start_matches(|c| ('0'..=';').contains(&c)).starts_with('m');
    assert!(!text.split("\x1b[").skip(1).any(is_colour), "{text:?}");
}

/// Any line server will do, and may give the reason why the shell's prompt is back.
#[test]
fn a_foreign_server_that_closes_the_connection_is_not_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut screen = Screen::start(hobnob(address, &home()), 80, 24);
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(b"hello\r\n").unwrap();
    screen.row("hello");
    screen.bottom("> |");
    screen.types("hi\r");
    screen.row("> hi");
    // Unread data would turn the close into a reset.
    let mut heard = [0; 7];
    stream.read_exact(&mut heard).unwrap();
    assert_eq!(heard, *b"\xff\xfd\xc9hi\r\n");
    drop(stream);
    screen.ends(0);
    screen.row_at_the_end(&format!("hobnob: {address} closed the connection"));
}
