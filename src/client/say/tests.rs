use std::net::TcpListener;
use std::thread;

use super::*;
use crate::model::{Question, SanctionTerm};

const DO_MESSAGES: &[u8] = b"\xff\xfd\xc9";
const WILL_MESSAGES: &[u8] = b"\xff\xfb\xc9";
const AGREED: &[u8] = b"\xff\xfa\xc9Hobnob.Hello {\"version\":1}\xff\xf0";

/// What the client sends, and what the server sends then.
type Exchanged<'a> = (&'a [u8], Vec<u8>);

/// Says `hello` to a server that expects this and sends that, and checks the result.
#[track_caller]
fn check(author: SayAuthor, script: Vec<Exchanged<'_>>, expected: Result<(), &str>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    thread::scope(|scope| {
        let server = scope.spawn(move || {
            for (hears, says) in [(DO_MESSAGES, Vec::new())].into_iter().chain(script) {
                let mut heard = vec![0; hears.len()];
                server.read_exact(&mut heard).unwrap();
                assert_eq!(String::from_utf8_lossy(&heard), String::from_utf8_lossy(hears));
                server.write_all(&says).unwrap();
            }
            server
        });
        let patience = Duration::from_millis(300);
        let result = run_within(patience, socket, &author, &b"hello\n\n"[..], Lang::En);
        assert_eq!(result.as_ref().map_err(String::as_str).copied(), expected);
        server.join().unwrap();
    });
}

fn ann() -> SayAuthor {
    SayAuthor { name: Some("ann".to_owned()), ..SayAuthor::default() }
}

fn with_password(password: &str) -> SayAuthor {
    SayAuthor { password: Some(Zeroizing::new(password.to_owned())), ..ann() }
}

fn tells(message: &ServerMessage) -> Vec<u8> {
    serde_json::to_vec(message).unwrap().into_iter().chain(*b"\n").collect()
}

fn replies(reply: impl Into<Reply>) -> Vec<u8> {
    tells(&ServerMessage::Reply(reply.into()))
}

/// A server that agrees on JSON, admits the client, and expects this and sends that.
fn json(lines: Vec<Exchanged<'_>>) -> Vec<Exchanged<'_>> {
    let hello = b"\xff\xfa\xc9Hobnob.Hello {\"version\":1,\"lang\":\"en\",\"first_line\":\"/post\"}\xff\xf0";
    let admitted = [AGREED, &replies(Reply::Posting { name: "swift-fox".into() })].concat();
    let first: [Exchanged<'_>; 2] = [(b"", WILL_MESSAGES.to_vec()), (hello, admitted)];
    first.into_iter().chain(lines).collect()
}

const NICK: &[u8] = b"{\"line\":\"/nick ann\"}\n";
const HELLO: &[u8] = b"{\"line\":\"/post hello\"}\n";

fn named() -> Exchanged<'static> {
    (NICK, replies(Reply::Posting { name: "ann".into() }))
}

#[test]
fn confirmed_lines_were_said() {
    check(ann(), json(vec![named(), (HELLO, replies(Reply::Posted))]), Ok(()));
    check(SayAuthor::default(), json(vec![(HELLO, replies(Reply::Posted))]), Ok(()));
    let login = (&b"{\"line\":\"/login ann secret\"}\n"[..], named().1);
    // A delay is no answer.
    let delayed = [replies(Reply::Delayed { seconds: 2 }), replies(Reply::Posted)].concat();
    check(with_password("secret"), json(vec![login, (HELLO, delayed)]), Ok(()));
}

#[test]
fn unconfirmed_lines_were_not_said() {
    let mute = SanctionTerm { room: None, until: None, reason: Some("noise".into()) };
    let muted = Reply::NotPosted(Refusal::Muted(Box::new(mute)));
    let expected = Err("not sent: you are muted until further notice: noise");
    check(ann(), json(vec![named(), (HELLO, replies(muted))]), expected);
    let needs_password = Err("not sent: ann is a registered name: give its password with \
                              --password-file or HOBNOB_NAME_PASSWORD");
    let registered = Reply::NotPosted(Refusal::NameRegistered { name: "ann".into() });
    check(ann(), json(vec![(NICK, replies(registered))]), needs_password);
    // A password of blanks is none.
    let question = Question { ask: QuestionKind::Password, name: None, fault: None };
    let asks = tells(&ServerMessage::Ask { ask: Some(question) });
    let login = &b"{\"line\":\"/login ann  \"}\n"[..];
    check(with_password(" "), json(vec![(login, asks)]), needs_password);
    let long = Refusal::LineTooLong { bytes_max: 64, is_typed: false };
    let expected = Err("not sent: the line is longer than 64 bytes.");
    check(ann(), json(vec![named(), (HELLO, replies(long))]), expected);
    let silence = Err("not sent: the server did not answer within 0 s");
    check(ann(), json(vec![named(), (HELLO, Vec::new())]), silence);
}

#[test]
fn the_servers_password_is_tried_once() {
    let question = || tells(&ServerMessage::Ask { ask: Some(Question::SERVER) });
    let mut script = json(vec![]);
    script[1].1 = [AGREED, &question()].concat();
    let expected = Err("not sent: the server requires a password: give it with \
                        --server-password-file or HOBNOB_SERVER_PASSWORD");
    check(ann(), script.clone(), expected);
    let author = SayAuthor { server_password: Some(Zeroizing::new("open".to_owned())), ..ann() };
    let wrong = [replies(Refusal::WrongServerPassword), question()].concat();
    script.push((b"{\"line\":\"open\"}\n", wrong));
    check(author, script, Err("not sent: Wrong server password. Please try again."));
}

#[test]
fn a_server_that_sends_lines_confirms_nothing() {
    let hello = b"\xff\xfa\xc9Hobnob.Hello {\"version\":1,\"lang\":\"en\",\"first_line\":\"/post\"}\xff\xf0";
    let lines = b"Welcome, swift-fox.\r\neve: [posted]\r\n[posted]\r\n";
    let unknown =
        "not sent: this server cannot confirm it; it is not hobnob, or is an older version";
    check(ann(), vec![(b"", WILL_MESSAGES.to_vec()), (hello, lines.to_vec())], Err(unknown));
    check(ann(), vec![(b"", lines.to_vec())], Err(unknown));
}

#[test]
fn a_server_that_closes_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closes_after = |said: &[u8]| {
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        server.write_all(said).unwrap();
        server.shutdown(Shutdown::Write).unwrap();
        let said = run(socket, &ann(), &b"hello\n"[..], Lang::En);
        said.unwrap_err()
    };
    let full = "The server is full (9 clients). Please try again later.";
    assert_eq!(closes_after(full.as_bytes()), format!("not sent: {full}"));
    assert_eq!(closes_after(b""), "not sent: the server closed the connection");
}
