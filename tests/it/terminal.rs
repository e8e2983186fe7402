//! The screens of users of the usual programs: Debian's `telnet` in a terminal, and `nc`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use crate::harness::{
    Client, GOODBYE, Process, Server, Terminal, behind_the_welcome, eventually, input, must_have,
    printed, run, wait,
};

#[test]
fn a_conversation_with_telnet() {
    let server = Server::start();
    let mut bob = server.client();
    let (mut telnet, ann) = Terminal::telnet(server.address);
    bob.sees(&format!("{ann} joined"));
    let check = |telnet: &mut Terminal, bob: &mut Client, keys: &str, echo: &str, said: &str| {
        telnet.types(keys);
        telnet.sees(echo);
        telnet.sees(&format!("{ann}: {said}"));
        bob.sees(&format!("{ann}: {said}"));
    };
    check(&mut telnet, &mut bob, "hello\n", "hello", "hello");
    let polyglot = "你好 é ñ 국어 😀";
    check(&mut telnet, &mut bob, &format!("{polyglot}\n"), polyglot, polyglot);
    // Lines are edited in the terminal: Backspace, and ^U.
    check(&mut telnet, &mut bob, "helo\x7flo\n", "helo\x08 \x08lo", "hello");
    check(&mut telnet, &mut bob, "no\x15yes\n", "no\x08 \x08\x08 \x08yes", "yes");
    bob.says("你好，再见");
    telnet.sees(&format!("{}: 你好，再见", bob.name));
    telnet.tells_telnet("quit");
    telnet.sees("Connection closed.");
    telnet.sees_the_end(0);
    bob.sees(&format!("{}: 你好，再见", bob.name));
    bob.sees(&format!("{ann} left"));
}

/// telnet looks at only seven bits of a byte to detect keys such as ^C, and so turns a byte in the
/// middle of a character into a command: 83 becomes IAC IP, 8F IAC AO, 9A IAC SUSP and 9C IAC BRK,
/// each followed by IAC DO TIMING-MARK. One of these bytes is in the most frequent Chinese
/// character.
#[test]
fn characters_that_telnet_takes_for_keys_arrive_whole() {
    let server = Server::start();
    let mut bob = server.client();
    let (mut telnet, ann) = Terminal::telnet(server.address);
    bob.sees(&format!("{ann} joined"));
    for text in ["我的", "한국어", "新鲜", "瀃", "瀏", "胃的", "à Ú Ü"] {
        telnet.types(format!("{text}\n"));
        telnet.sees(text);
        bob.sees(&format!("{ann}: {text}"));
        telnet.sees(&format!("{ann}: {text}"));
    }
}

/// telnet shows nothing after ^C and ^Z until the server has answered its timing mark (RFC 860).
#[test]
fn the_screen_goes_on_after_keys_that_interrupt() {
    let server = Server::start();
    let mut bob = server.client();
    let (mut telnet, ann) = Terminal::telnet(server.address);
    bob.sees(&format!("{ann} joined"));
    for (key, echo) in [(b"\x03", "^C"), (b"\x1a", "^Z"), (b"\x03", "^C")] {
        telnet.types(key);
        // Her own line comes after the answer to the timing mark, and his line after hers.
        telnet.types("still here\n");
        telnet.sees(&format!("{echo}still here"));
        telnet.sees(&format!("{ann}: still here"));
        bob.sees(&format!("{ann}: still here"));
        bob.says("so am I");
        bob.sees(&format!("{}: so am I", bob.name));
        telnet.sees(&format!("{}: so am I", bob.name));
    }
}

#[test]
fn telnet_asks_whether_anybody_is_there() {
    let server = Server::start();
    let (mut telnet, ann) = Terminal::telnet(server.address);
    telnet.tells_telnet("send ayt");
    telnet.sees("[Yes, the server is here.]");
    // Requests without a meaning here do not affect the next line.
    for request in ["brk", "nop", "ao", "ec", "el", "ga", "do echo", "will naws", "abort"] {
        telnet.tells_telnet(&format!("send {request}"));
        // Only when this line has come back has telnet left its prompt and recognises its escape
        // key.
        telnet.types(format!("after {request}\n"));
        // (Whether the terminal has echoed it depends on when telnet has changed its modes.)
        let said = format!("{ann}: after {request}");
        while telnet.line() != said {}
    }
}

#[test]
fn an_escaped_byte_is_a_single_byte_and_not_text() {
    let server = Server::start();
    let mut bob = server.client();
    let (mut telnet, ann) = Terminal::telnet(server.address);
    bob.sees(&format!("{ann} joined"));
    // 0xFF, which is IAC, doubled on the wire. Neither it nor what telnet leaves of it is valid
    // UTF-8.
    telnet.types(b"a\xffb\n");
    telnet.sees("a\u{fffd}b");
    telnet.sees("Not sent: the line is not valid UTF-8.");
    telnet.types("y with two dots: ÿ\n");
    bob.sees(&format!("{ann}: y with two dots: ÿ"));
}

#[test]
fn telnet_sees_the_goodbye_and_ends() {
    let server = Server::start();
    let (mut telnet, _) = Terminal::telnet(server.address);
    telnet.types("half a li");
    server.request_stop();
    let last = telnet.line();
    // The input is on the screen already, and stays in the terminal.
    assert_eq!(last, format!("half a li{GOODBYE}"));
    telnet.sees("Connection closed by foreign host.");
    telnet.sees_the_end(0);
}

/// Character mode, which the server does not ask for, ends lines with CR NUL.
#[test]
fn every_kind_of_line_end_works() {
    let server = Server::start();
    let (mut ann, mut bob) = (server.client(), server.client());
    ann.sees(&format!("{} joined", bob.name));
    bob.send(b"one\r\0two\r\0\r\0three\r\nfour\nfive\rsix\r\r\nseven\r");
    bob.send(b"\0eight\r");
    bob.send(b"\nnine\n");
    for line in ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"] {
        ann.sees(&format!("{}: {line}", bob.name));
        bob.sees(&format!("{}: {line}", bob.name));
    }
}

fn nc(flags: &[&str], address: SocketAddr) -> Command {
    must_have("nc", "-h", "OpenBSD netcat", "netcat-openbsd");
    let mut command = Command::new("nc");
    command.args(flags).args([address.ip().to_string(), address.port().to_string()]);
    command
}

/// The end of the first screen.
const HOW_TO: &str = "Type to talk; /help lists commands, /quit leaves.";

/// nc does not tell the server that its input has ended, and goes on showing what is said.
#[test]
fn a_pipe_into_nc_is_said_and_nc_stays() {
    let server = Server::start();
    let mut bob = server.client();
    let mut command = nc(&[], server.address);
    let mut nc = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let mut stdin = nc.stdin.take().unwrap();
    stdin.write_all("one\n二\n".as_bytes()).unwrap();
    drop(stdin);
    let joined = bob.line();
    let ann = joined.strip_suffix(" joined").expect(&joined);
    bob.sees(&format!("{ann}: one"));
    bob.sees(&format!("{ann}: 二"));
    bob.says("are you still there?");
    let mut screen = BufReader::new(nc.stdout.take().unwrap());
    let question = format!("{}: are you still there?", bob.name);
    let welcome = format!("Welcome, {ann}.");
    let place = format!("You are in #lobby with {}. {HOW_TO}", bob.name);
    for expected in [welcome, place, format!("{ann}: one"), format!("{ann}: 二"), question.clone()]
    {
        let mut line = String::new();
        screen.read_line(&mut line).unwrap();
        assert_eq!(line, format!("{expected}\r\n"));
    }
    bob.sees(&question);
    server.request_stop();
    let mut rest = String::new();
    screen.read_to_string(&mut rest).unwrap();
    // nc does not exit by itself while its input could go on, and would not explain how to.
    assert_eq!(rest, format!("{GOODBYE}\r\n(In nc, press Enter to exit.)\r\n"));
    bob.sees(GOODBYE);
    assert_eq!(wait(&mut nc).code(), Some(0));
}

/// With -N nc does tell the server, so it sees its own last line and exits. With -C its lines end
/// in CR LF, which makes no difference.
#[test]
fn a_pipe_into_nc_that_ends_loses_nothing() {
    let server = Server::start();
    let mut bob = server.client();
    for flags in [&["-N"][..], &["-N", "-C"]] {
        let output = run(nc(flags, server.address).stdin(input("one\n\ntwo\nthe end")));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let screen = printed(&output);
        let (ann, lines) = behind_the_welcome(&screen);
        assert_eq!(lines, format!("{ann}: one\r\n{ann}: two\r\n{ann}: the end\r\n"), "{flags:?}");
        for expected in [" joined", ": one", ": two", ": the end", " left"] {
            bob.sees(&format!("{ann}{expected}"));
        }
    }
}

/// nc shows nothing of its own when the connection ends, and waits for the next line.
#[test]
fn nc_users_are_told_how_to_exit() {
    let server = Server::start();
    let mut bob = server.client();
    for (way, last) in [
        ("/quit", "You have left. (In nc, press Enter to exit.)"),
        ("/quit bye", "You have left. (In nc, press Enter to exit.)"),
    ] {
        let mut command = nc(&[], server.address);
        let mut nc = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let mut stdin = nc.stdin.take().unwrap();
        writeln!(stdin, "hi\n{way}").unwrap();
        let joined = bob.line();
        let ann = joined.strip_suffix(" joined").expect(&joined);
        bob.sees(&format!("{ann}: hi"));
        assert!(bob.line().starts_with(&format!("{ann} left")));
        let mut screen = BufReader::new(nc.stdout.take().unwrap());
        let mut line = String::new();
        while line != format!("{last}\r\n") {
            line.clear();
            assert!(screen.read_line(&mut line).unwrap() > 0, "{last}");
        }
        // Enter makes it exit, once the server has waited for the end of its input in vain.
        let status = eventually("nc ends", || {
            let _ = writeln!(stdin);
            nc.try_wait().unwrap()
        });
        assert!(status.code().is_some(), "{status}");
        let mut rest = String::new();
        screen.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
    // A client that could be telnet reports by itself that the connection is closed.
    let output = run(nc(&["-N", "-C"], server.address).stdin(input("hi\n/quit\n")));
    assert!(!printed(&output).contains("press Enter"), "{output:?}");
}
