use std::cell::Cell;
use std::net::TcpListener;

use super::*;
use crate::model::{Question, SanctionTerm};

const DO_MESSAGES: &[u8] = b"\xff\xfd\xc9";
const WILL_MESSAGES: &[u8] = b"\xff\xfb\xc9";
const AGREED: &[u8] = b"\xff\xfa\xc9Hobnob.Hello {\"version\":1}\xff\xf0";

/// What the client sends, and what the server sends then.
type Exchanged<'a> = (&'a [u8], Vec<u8>);

/// Stands for the id of a message.
const ID: &str = "ID";

/// Number of bytes of an id.
const ID_BYTES: usize = 32;

const PATIENCE: Patience = Patience { answer: Duration::from_millis(300), pause: Duration::ZERO };

/// Reads as many bytes as these are, checks them, and returns the ids in them.
fn hear(server: &mut TcpStream, expected: &[u8]) -> Vec<String> {
    let expected = String::from_utf8_lossy(expected);
    let ids = expected.matches(ID).count();
    let bytes = expected.replace('\u{fffd}', "?").len() + ids * (ID_BYTES - ID.len());
    let mut heard = vec![0; bytes];
    server.read_exact(&mut heard).unwrap();
    let mut heard = String::from_utf8_lossy(&heard).into_owned();
    let mut found = Vec::new();
    for (at, _) in expected.match_indices(ID) {
        found.push(heard[at..at + ID_BYTES].to_owned());
        heard.replace_range(at..at + ID_BYTES, ID);
    }
    assert_eq!(heard, expected);
    found
}

/// Says `hello` to a server that expects this and sends that, and checks the result.
#[track_caller]
fn check(author: SayAuthor, script: Vec<Exchanged<'_>>, expected: Result<(), &str>) {
    check_again(author, vec![script], expected);
}

/// Says `hello` as ann to a server that closes all of its connections.
#[track_caller]
fn check_closed(scripts: Vec<Vec<Exchanged<'_>>>, expected: Result<(), &str>) {
    serve(ann(), scripts, true, expected);
}

/// The same for a server that closes each connection but the last one. Returns the ids of all
/// messages.
#[track_caller]
fn check_again(
    author: SayAuthor,
    scripts: Vec<Vec<Exchanged<'_>>>,
    expected: Result<(), &str>,
) -> Vec<String> {
    serve(author, scripts, false, expected)
}

#[track_caller]
fn serve(
    author: SayAuthor,
    scripts: Vec<Vec<Exchanged<'_>>>,
    closes_last: bool,
    expected: Result<(), &str>,
) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tried, connections) = (Cell::new(0), scripts.len());
    let connect = || {
        tried.set(tried.get() + 1);
        match tried.get() <= connections {
            true => TcpStream::connect(address).map_err(|error| error.to_string()),
            false => Err("no more connections".to_owned()),
        }
    };
    thread::scope(|scope| {
        let server = scope.spawn(move || {
            let (mut ids, mut last) = (Vec::new(), None);
            for script in scripts {
                drop(last.take());
                let (mut server, _) = listener.accept().unwrap();
                for (hears, says) in [(DO_MESSAGES, Vec::new())].into_iter().chain(script) {
                    ids.extend(hear(&mut server, hears));
                    server.write_all(&says).unwrap();
                }
                last = Some(server);
            }
            last.take_if(|_| closes_last);
            (ids, last)
        });
        let result = run_within(PATIENCE, &connect, &author, &b"hello\n\n"[..], Lang::En);
        // So that the server does not wait for a connection that is never made.
        (tried.get()..connections).for_each(|_| drop(TcpStream::connect(address)));
        assert_eq!(result.as_ref().map_err(String::as_str).copied(), expected);
        assert!(tried.get() <= 1 + SEND_AGAIN_TRIES_MAX as usize);
        server.join().unwrap().0
    })
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
        let server = Cell::new(None);
        let connect = || {
            let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut accepted, _) = listener.accept().unwrap();
            accepted.write_all(said).unwrap();
            accepted.shutdown(Shutdown::Write).unwrap();
            server.set(Some(accepted));
            Ok(socket)
        };
        run(&connect, &ann(), &b"hello\n"[..], Lang::En).unwrap_err()
    };
    let full = "The server is full (9 clients). Please try again later.";
    assert_eq!(closes_after(full.as_bytes()), format!("not sent: {full}"));
    assert_eq!(closes_after(b""), "not sent: the server closed the connection");
}

const HELLO_AGAIN: &[u8] = b"{\"line\":\"/post hello\",\"id\":\"ID\"}\n";

/// A server with this memory of messages that takes our name, and expects this and sends that.
fn with_ids<'a>(memory: &str, lines: Vec<Exchanged<'a>>) -> Vec<Exchanged<'a>> {
    let mut script = json([named()].into_iter().chain(lines).collect());
    let agreed = &mut script[1].1;
    let version = b"\"version\":1";
    let at = agreed.windows(version.len()).position(|part| part == version).unwrap();
    let ids = format!(",\"message_ids\":\"{memory}\"");
    agreed.splice(at + version.len()..at + version.len(), ids.into_bytes());
    script
}

#[test]
fn a_line_is_sent_again_after_a_broken_connection() {
    let posted = || (HELLO_AGAIN, replies(Reply::Posted));
    let lost = || (HELLO_AGAIN, Vec::new());
    let ids = check_again(ann(), vec![with_ids("a", vec![posted()])], Ok(()));
    assert_eq!(ids.len(), 1);
    let broken = || with_ids("a", vec![lost()]);
    let mut scripts = vec![with_ids("a", vec![posted()])];
    for _ in 0..SEND_AGAIN_TRIES_MAX {
        scripts.insert(0, broken());
        let count = scripts.len();
        let ids = check_again(ann(), scripts.clone(), Ok(()));
        assert_eq!(ids, vec![ids[0].clone(); count]);
    }
    // The server has no room for us, and says so in lines.
    let full = vec![(&b""[..], b"The server is full.\r\n".to_vec())];
    let last = with_ids("a", vec![posted()]);
    check_again(ann(), vec![broken(), full, last], Ok(()));
    // The server may have noticed the end of the last connection later, or have answered with a
    // delay before the break.
    let mut taken = with_ids("a", vec![]);
    let name = || Reply::NotPosted(Refusal::NameInUse { name: "ann".into() });
    taken.last_mut().unwrap().1 = replies(name());
    let delayed = with_ids("a", vec![(HELLO_AGAIN, replies(Reply::Delayed { seconds: 2 }))]);
    check_again(ann(), vec![delayed, taken.clone(), with_ids("a", vec![posted()])], Ok(()));
    // On the first connection somebody else has the name.
    let in_use = Err("not sent: ann is already in use. Please choose another name.");
    check_again(ann(), vec![taken], in_use);
}

#[test]
fn a_line_is_sent_again_a_few_times_and_only_where_it_is_recognized() {
    let lost = || (HELLO_AGAIN, Vec::new());
    let ended = || Err("not sent: the server closed the connection");
    let broken = with_ids("a", vec![lost()]);
    let tries = 1 + SEND_AGAIN_TRIES_MAX as usize;
    // After the first two, there is no further connection to make.
    for connections in [tries, 2] {
        check_closed(vec![broken.clone(); connections], ended());
    }
    // The server has started again, or is an older one.
    let mut restarted = with_ids("b", vec![]);
    restarted.pop();
    let mut older = json(vec![]);
    older.truncate(2);
    for other in [restarted, older] {
        check_again(ann(), vec![broken.clone(), other], ended());
    }
    check_closed(vec![json(vec![named(), (HELLO, Vec::new())])], ended());
    // The server says why it closes the connection.
    let goodbye = with_ids("a", vec![(HELLO_AGAIN, replies(Reply::Goodbye))]);
    check_closed(vec![goodbye], Err("not sent: The server is shutting down. Goodbye."));
    // It refuses the line the second time.
    let muted = Reply::NotPosted(Refusal::Busy);
    let refused = with_ids("a", vec![(HELLO_AGAIN, replies(muted))]);
    let busy = Err("not sent: The server is busy. Please try again in a moment.");
    check_again(ann(), vec![broken, refused], busy);
}
