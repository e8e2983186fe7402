//! A line that the server edits, with the real telnet: keys, and the screen as the user sees it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use hobnob::model::password::Password;

use crate::harness::{Client, PATIENCE, Process, Screen, Server, eventually, must_have, named_in};

/// A telnet user whose line the server edits, their name, and another user.
fn meet(columns: u16, rows: u16) -> (Server, Screen, String, Client) {
    let server = Server::start();
    let mut bob = server.client();
    let telnet = Screen::telnet(server.telnet_address, columns, rows);
    let name = called(&telnet);
    bob.sees(&format!("{name} joined"));
    telnet.bottom("#lobby> |");
    (server, telnet, name, bob)
}

fn called(telnet: &Screen) -> String {
    named_in(&telnet.row("Welcome, ")).unwrap().to_owned()
}

#[test]
fn arriving_lines_are_above_the_input() {
    let (_server, mut telnet, ann, mut bob) = meet(80, 24);
    telnet.types("hello 你");
    telnet.bottom("#lobby> hello 你|");
    bob.says("in between");
    telnet.row(&format!("{}: in between", bob.name));
    telnet.bottom("#lobby> hello 你|");
    telnet.types("\x1b[D\x1b[D!");
    telnet.bottom("#lobby> hello!| 你");
    telnet.types("\r");
    telnet.bottom("#lobby> |");
    telnet.row(&format!("{ann}: hello! 你"));
    bob.sees(&format!("{}: in between", bob.name));
    bob.sees(&format!("{ann}: hello! 你"));
}

/// Keys as xterm sends them, and the row with the input after each of them.
#[test]
fn keystrokes_on_a_wide_and_on_a_narrow_screen() {
    let steps = [
        ("one two", "#lobby> one two|"),
        ("\x1b[1;5D", "#lobby> one |two"),
        ("你好 ", "#lobby> one 你好 |two"),
        ("\x7f\x7f", "#lobby> one 你|two"),
        ("\x1b[3~", "#lobby> one 你|wo"),
        ("\x1b[H👍", "#lobby> 👍|one 你wo"),
        ("\x0b", "#lobby> 👍|"),
        ("\x19", "#lobby> 👍one 你wo|"),
        ("\x17\x17", "#lobby> |"),
        ("\x19", "#lobby> 👍one 你wo|"),
        ("\x03", "#lobby> |"),
        ("sent\r", "#lobby> |"),
        ("half\x1b[A", "#lobby> sent|"),
        ("\x1b[B", "#lobby> half|"),
        ("\x15/hi\t", "#lobby> /history |"),
    ];
    for (columns, rows) in [(80, 24), (40, 10)] {
        let (_server, mut telnet, _, bob) = meet(columns, rows);
        for (keys, expected) in steps {
            telnet.types(keys);
            telnet.bottom(expected);
            // Arriving lines do not change the input.
            bob.says("meanwhile");
            telnet.bottom(expected);
        }
    }
}

#[test]
fn long_lines_are_broken_at_words_and_long_typing_goes_on_below() {
    let (_server, mut telnet, _, bob) = meet(40, 10);
    bob.says("a line that is longer than forty columns, of which the last stays free");
    telnet.shows("a line broken for forty columns", |screen| {
        let mut rows = screen.rows(0, 40);
        rows.any(|row| row.starts_with("    than forty") || row.starts_with("    forty"))
            .then_some(())
    });
    let typed = "0123456789".repeat(5);
    telnet.types(&typed);
    telnet.bottom(&format!("{}|", &typed[31..]));
    telnet.row(&format!("#lobby> {}", &typed[..31]));
    telnet.types("\x01");
    telnet.shows("the cursor at the beginning", |screen| {
        (screen.cursor_position().1 == 8).then_some(())
    });
}

#[test]
fn the_window_may_be_resized_while_typing() {
    let (_server, mut telnet, _, bob) = meet(80, 24);
    let typed = "0123456789".repeat(5);
    telnet.types(&typed);
    telnet.bottom(&format!("#lobby> {typed}|"));
    telnet.resize(40, 10);
    telnet.bottom(&format!("{}|", &typed[31..]));
    // The chat learns of the new size a moment later.
    eventually("a line broken for forty columns", || {
        bob.says("a line that is longer than forty columns, of which the last stays free");
        let is_broken =
            |row: &String| row.starts_with("    than forty") || row.starts_with("    forty");
        telnet.rows().iter().any(is_broken).then_some(())
    });
    telnet.bottom(&format!("{}|", &typed[31..]));
    telnet.resize(100, 30);
    telnet.bottom(&format!("#lobby> {typed}|"));
}

#[test]
fn names_are_completed_and_rooms_are_counted() {
    let (_server, mut telnet, ann, bob) = meet(80, 24);
    bob.says("/nick robert");
    telnet.row(&format!("{} is now robert", bob.name));
    telnet.types("rob\t");
    telnet.bottom("#lobby> robert: |");
    telnet.types("hi\r");
    telnet.row(&format!("{ann}: robert: hi"));
    telnet.types("/join #ops\r");
    telnet.bottom("#ops> |");
    bob.says("one");
    bob.says("two");
    telnet.bottom("#ops (+2 #lobby)> |");
    telnet.types("unsent\x18");
    telnet.bottom("#lobby> unsent|");
}

#[test]
fn a_password_is_asked_in_the_place_of_the_prompt_and_never_shown() {
    let (_server, mut telnet, ann, bob) = meet(80, 24);
    telnet.types("/register\r");
    let question = format!("Password for {ann}, 6 characters or more (Enter cancels): |");
    telnet.bottom(&question);
    telnet.types("secret12");
    bob.says("who goes there?");
    telnet.row(&format!("{}: who goes there?", bob.name));
    telnet.bottom(&question);
    telnet.types("\r");
    telnet.bottom("Repeat the password (Enter cancels): |");
    telnet.types("secret13\r");
    telnet.bottom("The passwords do not match. Try again (Enter cancels): |");
    telnet.types("sec\x03");
    telnet.row("Cancelled. Nothing has changed.");
    telnet.bottom("#lobby> |");
    telnet.types("/register\r");
    telnet.bottom(&question);
    telnet.types("secret12\rsecret12\r");
    telnet.row(&format!("{ann} is now registered to you."));
    telnet.types("\x1b[A");
    telnet.bottom("#lobby> /register|");
    assert!(!String::from_utf8_lossy(&telnet.bytes()).contains("secret1"));
}

#[test]
fn a_private_server_asks_in_the_place_of_the_prompt_too() {
    let server = Server::start_with(|config| config.password = Password::typed("open sesame"));
    let mut telnet = Screen::telnet(server.telnet_address, 80, 24);
    telnet.bottom("Password: |");
    telnet.types("open barley\r");
    telnet.row("Wrong server password. Please try again.");
    telnet.bottom("Password: |");
    telnet.types("open sesame\r");
    called(&telnet);
    telnet.bottom("#lobby> |");
    telnet.types("\x1b[A\x19x");
    telnet.bottom("#lobby> x|");
    assert!(!String::from_utf8_lossy(&telnet.bytes()).contains("sesame"));
}

#[test]
fn an_empty_line_is_left_by_its_end() {
    let (_server, mut telnet, ann, mut bob) = meet(80, 24);
    telnet.types("x\x04");
    telnet.types("\x7f\x04");
    bob.sees(&format!("{ann} left"));
    telnet.ends(0);
}

#[test]
fn at_the_plain_door_it_is_optional_and_can_be_ended() {
    let server = Server::start();
    let bob = server.client();
    let mut telnet = Screen::telnet(server.address, 80, 24);
    let ann = called(&telnet);
    telnet.types("/edit on\r");
    telnet.bottom("#lobby> |");
    telnet.types("half a li");
    bob.says("in between");
    telnet.bottom("#lobby> half a li|");
    telnet.types("\x03/edit off\r");
    telnet.row("Your own program shows and edits your input line.");
    telnet.types("by myself\r");
    telnet.row(&format!("{ann}: by myself"));
    telnet.row("by myself");
}

#[test]
fn it_is_remembered_for_registered_users() {
    let (server, mut telnet, ann, _bob) = meet(80, 24);
    telnet.types("/register secret12\r");
    telnet.row(&format!("{ann} is now registered to you."));
    telnet.types("/edit on\r");
    telnet.row("Your input line stays below");
    let mut other = Screen::telnet(server.address, 80, 24);
    called(&other);
    other.types(format!("/login {ann} secret12\r"));
    other.bottom("#lobby> |");
    // Logging out takes nothing away.
    other.types("/logout\r");
    other.row("You are logged out");
    other.types("typed");
    other.bottom("#lobby> typed|");
}

/// `nc` displays every byte, so it must not be sent any that mean nothing to it.
#[test]
fn nc_sees_no_negotiation_at_the_plain_door() {
    must_have("nc", "-h", "OpenBSD netcat", "netcat-openbsd");
    let server = Server::start();
    let mut command = Command::new("nc");
    command.args(["-N", &server.address.ip().to_string(), &server.address.port().to_string()]);
    let mut nc = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let mut stdin = nc.stdin.take().unwrap();
    stdin.write_all(b"/edit on\n/register secret12\n/edit on\n/edit off\nhi\n").unwrap();
    drop(stdin);
    let mut shown = Vec::new();
    nc.stdout.take().unwrap().read_to_end(&mut shown).unwrap();
    let shown = String::from_utf8(shown).expect("text, and nothing else");
    assert!(!shown.contains(|c: char| c.is_control() && !"\r\n".contains(c)), "{shown:?}");
    assert_eq!(shown.matches("/edit is for telnet").count(), 2, "{shown}");
    assert!(shown.ends_with(": hi\r\n"), "{shown}");
}

/// A client that does not answer, or answers with garbage, loses nothing that it says.
#[test]
fn a_client_that_does_not_negotiate_can_talk_line_by_line() {
    let server = Server::start();
    let mut bob = server.client();
    for rubbish in [
        &b""[..],
        b"\xff\xfe\x01\xff\xfe\x03\xff\xfc\x1f\xff\xfc\x18",
        b"\xff\xfd\x01\xff\xfe\x03",
        // Sub-negotiations without an end, and with impossible sizes and types.
        b"\xff\xfb\x1f\xff\xfa\x1f\x00\x00\x00\x00\xff\xf0\xff\xfa\x1f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf0",
        b"\xff\xfb\x18\xff\xfa\x18\x00\x1b[2J\xff\xf0\xff\xfa\x18\xff\xf0\xff\xfa\xff\xf0",
    ] {
        let mut stream = TcpStream::connect(server.telnet_address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(rubbish).unwrap();
        stream.write_all(b"hello\r\n").unwrap();
        let joined = bob.line();
        let name = joined.strip_suffix(" joined").expect(&joined).to_owned();
        bob.sees(&format!("{name}: hello"));
        drop(stream);
        bob.sees(&format!("{name} left"));
    }
}

#[test]
fn impossible_or_endless_window_sizes_harm_nobody() {
    let (server, telnet, _, mut bob) = meet(80, 24);
    let mut stream = TcpStream::connect(server.telnet_address).unwrap();
    stream.write_all(b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x1f\xff\xfb\x18").unwrap();
    let joined = bob.line();
    for [a, b] in [[0, 0], [255, 255], [0, 1]] {
        let size = [255, 250, 31, a, b, a, b, 255, 240];
        let doubled: Vec<u8> = size
            .iter()
            .enumerate()
            .flat_map(|(at, &byte)| {
                let times = if byte == 255 && (3..7).contains(&at) { 2 } else { 1 };
                std::iter::repeat_n(byte, times)
            })
            .collect();
        for _ in 0..500 {
            stream.write_all(&doubled).unwrap();
        }
        stream.write_all(b"x").unwrap();
    }
    // One without an end. If the server waited for it, everything after it would be lost.
    stream.write_all(&[&b"\xff\xfa\x1f"[..], &[b'y'; 100_000], b"\xff\xf0\r\0"].concat()).unwrap();
    let name = joined.strip_suffix(" joined").expect(&joined);
    bob.sees(&format!("{name}: xxx"));
    bob.says("still here");
    telnet.row(&format!("{}: still here", bob.name));
    telnet.bottom("#lobby> |");
}

#[test]
fn a_pasted_block_keeps_its_blank_lines() {
    let (_server, mut telnet, ann, mut bob) = meet(80, 24);
    telnet.types("\x1b[200~\ndef f():\n\n    return 1\n\n\x1b[201~\r");
    for line in ["def f():", "", "    return 1"] {
        bob.sees(&format!("{ann}: {line}"));
    }
    bob.says("/history 3");
    bob.sees("The last 3 messages in #lobby:");
    for line in ["def f():", "", "    return 1"] {
        let past = bob.line();
        assert!(past.ends_with(&format!(" {ann}: {line}")), "{past:?}");
    }
    // A lone Enter does nothing.
    telnet.types("\r\rnext\r");
    bob.sees(&format!("{ann}: next"));
}

#[test]
fn a_command_stays_on_the_screen_above_its_answer() {
    let (_server, mut telnet, ann, mut bob) = meet(80, 24);
    telnet.types("/who bob9\r");
    telnet.row("There is no room #bob9. /rooms lists all rooms.");
    let rows = telnet.rows();
    let at = |row: &str| rows.iter().position(|other| other.trim_end() == row);
    assert!(
        at("#lobby> /who bob9").unwrap()
            < at("There is no room #bob9. /rooms lists all rooms.").unwrap()
    );
    telnet.types("\x1a");
    telnet.row("Ctrl-Z does nothing here. To suspend telnet: Ctrl-], then z and Enter.");
    telnet.types("hello\r");
    bob.sees(&format!("{ann}: hello"));
}

/// The server says goodbye above the prompt, and removes it.
#[test]
fn the_goodbye_is_shown_above_the_prompt() {
    let (server, mut telnet, ..) = meet(80, 24);
    telnet.types("unsent");
    telnet.bottom("#lobby> unsent|");
    server.request_stop();
    telnet.row("The server is shutting down. Goodbye.");
    telnet.row("Connection closed by foreign host.");
    assert!(telnet.bytes().windows(8).any(|bytes| bytes == b"\x1b[?2004l"));
    telnet.ends(0);
}
