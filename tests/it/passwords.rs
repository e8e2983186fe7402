//! Passwords: how a telnet client is asked for them, and that they are on no screen, in no log and
//! in no file.

use std::fs;

use crate::harness::{Client, Program, Server, Terminal, exchange, gather};

const SECRET: &str = "xyzzy-Zauberwort";
const OTHER_SECRET: &str = "plugh-hocus-pocus";

/// IAC WILL ECHO and IAC WONT ECHO (RFC 854, RFC 857).
const HIDE: &str = "\u{ff}\u{fb}\u{1}";
const SHOW: &str = "\u{ff}\u{fc}\u{1}";

const SEEN: &str = "Your own screen will show the password; others cannot see it.";

/// Precedes the question of `/unregister`.
const UNREGISTERING: &str = "This deletes your account, your settings and rooms, and the private \
                             messages waiting for you. Your messages in rooms stay; /unregister \
                             erase deletes them, too.";

const NOT_LOGGED_IN: &str =
    "You are not logged in. Log in with /login NAME, or register this name with /register.";

/// A telnet user with this name. Also returns the name that the server had assigned.
fn telnet_of(server: &Program, name: &str) -> (Terminal, String) {
    let (mut telnet, guest) = Terminal::telnet(server.address);
    telnet.types(format!("/nick {name}\n"));
    telnet.sees(&format!("/nick {name}"));
    telnet.sees(&format!("{guest} is now {name}"));
    (telnet, guest)
}

/// Types a command and sees it, then answers its questions. The questions are on the screen, the
/// answers are not.
fn answers(telnet: &mut Terminal, command: &str, pairs: &[(&str, &str)]) {
    telnet.types(format!("{command}\n"));
    telnet.sees(command);
    for (question, answer) in pairs {
        telnet.sees_beginning(question);
        telnet.types(format!("{answer}\n"));
    }
    // The line end of the last question; the earlier ones were read together with the next
    // question.
    telnet.sees("");
}

#[test]
fn a_telnet_asks_for_passwords_and_shows_none() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let server = Program::start(&["--data", folder, "--lang", "en", "--log", "trace"]);
    let mut bob = server.client();
    let (mut telnet, guest) = telnet_of(&server, "ann");
    // On a busy machine there are two lines, because the client is announced after a while in any
    // case.
    if bob.line() != "ann joined" {
        bob.sees(&format!("{guest} is now ann"));
    }
    let first = "Password for ann, 6 characters or more (Enter cancels): ";
    let again = "Repeat the password (Enter cancels): ";
    let new = [(first, SECRET), (again, SECRET)];
    answers(&mut telnet, "/register", &new);
    telnet.sees("ann is now registered to you. To log in from anywhere: /login ann");
    // Typed text is on the screen again.
    let says = |telnet: &mut Terminal, bob: &mut Client, text: &str| {
        telnet.types(format!("{text}\n"));
        telnet.sees(text);
        telnet.sees(&format!("ann: {text}"));
        bob.sees(&format!("ann: {text}"));
    };
    says(&mut telnet, &mut bob, "it is mine");
    let question = "Password for ann (Enter cancels): ";
    let change = [
        (question, SECRET),
        ("New password for ann, 6 characters or more (Enter cancels): ", OTHER_SECRET),
        (again, OTHER_SECRET),
    ];
    answers(&mut telnet, "/passwd", &change);
    telnet.sees("Your password has been changed.");
    says(&mut telnet, &mut bob, "and changed");
    telnet.types("/logout\n");
    telnet.sees("/logout");
    let renamed = telnet.line();
    let guest = renamed.strip_prefix("ann is now ").expect(&renamed).to_owned();
    telnet.sees(&format!("You are logged out. Your name is now {guest}."));
    bob.sees(&renamed);

    answers(&mut telnet, "/login ann", &[(question, "")]);
    telnet.sees("Cancelled. Nothing has changed.");
    // ^C cancels, and the next line is not taken for a password.
    telnet.types("/login ann\n");
    telnet.sees("/login ann");
    telnet.sees_beginning(question);
    telnet.types("half of\x03");
    telnet.sees("");
    telnet.sees("Cancelled. Nothing has changed.");
    telnet.types("hello\n");
    telnet.sees("hello");
    telnet.sees(&format!("{guest}: hello"));
    bob.sees(&format!("{guest}: hello"));
    let wrong = "Wrong password. Try again (Enter cancels): ";
    answers(&mut telnet, "/login ann", &[(question, SECRET), (wrong, OTHER_SECRET)]);
    telnet.sees(&format!("{guest} is now ann"));
    telnet.sees("You are logged in as ann.");
    bob.sees(&format!("{guest} is now ann"));
    says(&mut telnet, &mut bob, "here again");
    telnet.types("/unregister\n");
    telnet.sees("/unregister");
    telnet.sees(UNREGISTERING);
    telnet.sees_beginning(question);
    telnet.types(format!("{OTHER_SECRET}\n"));
    telnet.sees("");
    telnet.sees("ann is no longer registered. You keep the name while you are here.");
    let differ = "The passwords do not match. Try again (Enter cancels): ";
    let erring = [(first, SECRET), (again, "other"), (differ, SECRET), (again, SECRET)];
    answers(&mut telnet, "/register", &erring);
    telnet.sees("ann is now registered to you. To log in from anywhere: /login ann");
    // Passwords typed after the command are not logged, either.
    bob.asks(&format!("/login ann {OTHER_SECRET}"), &["Wrong password. Nothing has changed."]);
    bob.asks(&format!("/logn ann {SECRET}"), &["There is no command /logn. Did you mean /login?"]);
    let name = bob.name.clone();
    let registered =
        format!("{name} is now registered to you. To log in from anywhere: /login {name}");
    bob.asks(&format!("/register {SECRET}"), &[&registered]);
    is_nowhere(&server, data.path());
}

/// Neither password is in the log, or in any file of the folder.
fn is_nowhere(server: &Program, folder: &std::path::Path) {
    let log = server.log();
    assert!(log.contains("client joined"), "there is nothing to look at: {log}");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file()).map(|path| {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        (path.display().to_string(), text)
    });
    let mut looked_at = 0;
    for (name, text) in files.chain([("the log".to_owned(), log)]) {
        for secret in [SECRET, OTHER_SECRET] {
            assert!(!text.contains(secret), "a password is in {name}");
        }
        looked_at += usize::from(text.contains("argon2"));
    }
    assert!(looked_at > 0, "its hash is in none of the files");
}

#[test]
fn nothing_is_hidden_before_the_client_is_known() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    // With nc nothing can be hidden, and the client is told so.
    bob.asks("/login ann", &[SEEN]);
    assert_eq!(bob.raw("): "), "Password for ann (Enter cancels): ");
    bob.asks("", &["Cancelled. Nothing has changed."]);
    bob.asks("/unregister", &[NOT_LOGGED_IN]);
    // The end of its line identifies it as telnet.
    bob.send(b"/login ann\r\n");
    assert_eq!(bob.raw("): "), format!("{HIDE}Password for ann (Enter cancels): "));
    bob.send(b"\xff\xfd\x01secret123\r\nhello\r\n");
    bob.sees("");
    bob.sees("You are logged in as ann, now from 2 clients.");
    assert_eq!(bob.raw("\u{1}"), SHOW);
    // The acknowledgement has no effect.
    bob.send(b"\xff\xfe\x01");
    bob.sees("ann: hello");
    ann.sees("bob left");
    ann.sees("ann: hello");
    exchange(&ann, &mut bob, "nothing else was seen");
}

/// A client that refuses to hide the password is asked all the same, and told once.
#[test]
fn a_telnet_that_refuses_is_asked_too() {
    let server = Server::start();
    let [mut ann] = gather(server.address, ["ann"]);
    ann.send(b"/register\r\n");
    let question = "Password for ann, 6 characters or more (Enter cancels): ";
    assert_eq!(ann.raw("): "), format!("{HIDE}{question}"));
    ann.send(b"\xff\xfe\x01");
    assert_eq!(ann.raw("): "), format!("\r\n{SEEN}\r\n{question}"));
    ann.send(b"secret123\r\n");
    assert_eq!(ann.raw("): "), "Repeat the password (Enter cancels): ");
    ann.send(b"secret123\r\n");
    ann.sees("ann is now registered to you. To log in from anywhere: /login ann");
    ann.send(b"hi\r\n");
    ann.sees("ann: hi");
}

#[test]
fn a_private_server_asks_before_letting_anyone_in() {
    let mut command = Program::command(&["--lang", "en", "--memory", "--listen", "127.0.0.1:0"]);
    let server = Program::start_command(command.env("HOBNOB_PASSWORD", SECRET));
    // A script sends the password as its first line, and nobody on the server sees it.
    let mut ann = Client::connect(server.address);
    ann.send(format!("{SECRET}\nhello\n").as_bytes());
    assert_eq!(ann.raw(" "), "Password: ");
    ann.sees_the_welcome();
    let said = format!("{}: hello", ann.name);
    ann.sees(&said);
    // A client without the password is never announced.
    let mut eve = Client::connect(server.address);
    for guess in ["let me in", "/help", "12345"] {
        assert_eq!(eve.raw("Password: ").matches('\n').count(), usize::from(guess != "let me in"));
        eve.says(guess);
    }
    let last = eve.everything();
    assert!(last.ends_with("\r\n"), "{last}");
    // A telnet user, whose screen is normal afterwards.
    let (mut telnet, name) = Terminal::telnet_with_password(server.address, SECRET);
    ann.sees(&format!("{name} joined"));
    telnet.types("here I am\n");
    telnet.sees("here I am");
    telnet.sees(&format!("{name}: here I am"));
    ann.sees(&format!("{name}: here I am"));
    assert!(!server.log().contains(SECRET), "{}", server.log());
}
