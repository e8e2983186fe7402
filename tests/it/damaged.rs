//! Characters that Debian's telnet damages: they arrive whole, or not at all.
//!
//! In its line mode it drops the byte 85, with or without `-E`, and 9D opens its prompt unless it
//! was started with `-E`. The rest of the line that it then sends has half a character.

use crate::harness::{Client, Screen, Server, Terminal, meet, named_in};

/// Five characters with the byte 85, one with 9D, and one with 85 in two of its bytes.
const TEXT: &str = "公共关其内来م";

const DAMAGED: &str =
    "Not sent: your telnet client damaged a character. Use nc or hobnob instead, or try /edit on.";

#[test]
fn an_unidentified_telnet_is_told_each_time() {
    for has_escape in [true, false] {
        let server = Server::start();
        let mut bob = server.client();
        let start = if has_escape { Terminal::telnet } else { Terminal::telnet_without_escape };
        let (mut telnet, ann) = start(server.address);
        bob.sees(&format!("{ann} joined"));
        for text in ["公共关其内", "م", "@bob 公", "公", "/me 公"] {
            telnet.types(format!("{text}\n"));
            telnet.sees_in_the_end(DAMAGED);
        }
        telnet.types("来\n");
        if has_escape {
            // The rest of that line has gone to the prompt, and the next line follows what came
            // before.
            telnet.leaves_telnets_prompt();
            telnet.types("@bob this is between us\n");
            telnet.sees_in_the_end(DAMAGED);
        } else {
            bob.sees(&format!("{ann}: 来"));
        }
        telnet.types("whole\n");
        bob.sees(&format!("{ann}: whole"));
    }
}

/// The byte 9A of 的 makes telnet send a command, which identifies it; the server then asks it to
/// send the keys as typed.
#[test]
fn an_identified_telnet_damages_nothing_more() {
    for has_escape in [true, false] {
        let server = Server::start();
        let mut bob = server.client();
        let start = if has_escape { Terminal::telnet } else { Terminal::telnet_without_escape };
        let (mut telnet, ann) = start(server.address);
        bob.sees(&format!("{ann} joined"));
        telnet.types("的\n");
        bob.sees(&format!("{ann}: 的"));
        telnet.sees_in_the_end(&format!("{ann}: 的"));
        telnet.types(format!("{TEXT}\n"));
        bob.sees(&format!("{ann}: {TEXT}"));
        telnet.sees_in_the_end(&format!("{ann}: {TEXT}"));
        // Its terminal still edits the line, and its keys work as before.
        telnet.types("helo\x7flo\x03");
        telnet.types("hello\n");
        bob.sees(&format!("{ann}: hello"));
    }
}

#[test]
fn nothing_is_damaged_where_the_server_edits_the_line() {
    for flags in [&[][..], &["-E"]] {
        let server = Server::start();
        let mut bob = server.client();
        for (address, command) in [(server.telnet_address, ""), (server.address, "/edit on\r")] {
            let mut telnet = Screen::telnet_with(flags, address, 80, 24);
            let welcome = telnet.row("Welcome, ");
            let ann = named_in(&welcome).unwrap();
            bob.sees(&format!("{ann} joined"));
            telnet.types(command);
            telnet.bottom("#lobby> |");
            telnet.types(TEXT);
            telnet.bottom(&format!("#lobby> {TEXT}|"));
            telnet.types("\r");
            bob.sees(&format!("{ann}: {TEXT}"));
            telnet.types("\x15\x04");
            bob.sees(&format!("{ann} left"));
        }
    }
}

/// Text in another encoding, from a program other than telnet.
#[test]
fn text_in_another_encoding_is_not_said_either() {
    let server = Server::start();
    let (mut ann, mut bob) = (server.client(), server.client());
    meet(&mut ann, &mut bob);
    let check = |ann: &mut Client, line: &[u8]| {
        ann.send(&[line, b"\n"].concat());
        ann.sees("Not sent: the line is not valid UTF-8.");
    };
    check(&mut ann, b"caf\xe9");
    check(&mut ann, b"\xb9\xab\xb9\xb2");
    check(&mut ann, b"/nick caf\xe9");
    ann.says("café");
    bob.sees(&format!("{}: café", ann.name));
}
