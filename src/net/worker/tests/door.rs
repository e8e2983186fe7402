//! The server password.

use super::*;
use crate::limits;

fn locked() -> Scene {
    Scene::new(|options| options.password = Password::typed("open sesame"))
}

/// Reads what a client is sent, up to these characters.
#[track_caller]
fn up_to(mut stream: &TcpStream, end: &str) -> String {
    let mut seen = String::new();
    while !seen.ends_with(end) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap_or_else(|error| panic!("{seen:?}: {error}"));
        seen.push(char::from(byte[0]));
    }
    seen
}

/// Reads what a client is sent, up to the end.
fn everything(mut stream: &TcpStream) -> String {
    let mut seen = Vec::new();
    stream.read_to_end(&mut seen).unwrap();
    seen.into_iter().map(char::from).collect()
}

impl Scene {
    /// Checks that no client has connected to the chat, said anything, or left so far.
    #[track_caller]
    fn hears_nothing(&mut self) {
        assert!(self.receivers.entering.is_empty() && self.receivers.messages.is_empty());
        assert!(self.receivers.leaving.is_empty());
    }
}

#[test]
fn a_pipe_sends_the_server_password_as_its_first_line() {
    let mut scene = locked();
    let mut stream = scene.connect();
    stream.write_all(b"open sesame\nhello\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let guest = scene.meets(stream);
    scene.hears(guest.client, "hello");
    assert_eq!(scene.receivers.leaving.recv_timeout(PATIENCE).unwrap().len(), 1);
    assert_eq!(up_to(&guest.stream, ": "), "Password: ");
    assert_eq!(scene.end([guest]).lines_received, 1);
}

#[test]
fn an_empty_line_is_not_an_attempt() {
    let mut scene = locked();
    let mut stream = scene.connect();
    stream.write_all(b"wrong\r\n\r\n\r\n\r\n\r\nopen sesame\r\n").unwrap();
    let guest = scene.meets(stream);
    scene.end([guest]);
}

#[test]
fn a_pipe_may_end_without_a_line_end() {
    let mut scene = locked();
    let mut stream = scene.connect();
    stream.write_all(b"open sesame").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let guest = scene.meets(stream);
    assert_eq!(scene.receivers.leaving.recv_timeout(PATIENCE).unwrap().len(), 1);
    scene.end([guest]);
}

#[test]
fn a_silent_client_is_asked_and_may_be_wrong_twice() {
    let mut scene = locked();
    let mut stream = scene.connect();
    scene.advance(limits::PATIENCE_NEAR);
    assert_eq!(up_to(&stream, ": "), "Password: ");
    for wrong in ["open barley", "/quit"] {
        writeln!(stream, "{wrong}").unwrap();
        let again = "Wrong server password. Please try again.\r\nPassword: ";
        assert_eq!(up_to(&stream, ": "), again);
        scene.hears_nothing();
    }
    stream.write_all(b"open sesame\n").unwrap();
    let mut guest = scene.meets(stream);
    // It is held back for a while, and then is a line like any other.
    scene.advance(limits::DOUBT_TIME);
    guest.stream.write_all(b"open sesame\n").unwrap();
    scene.hears(guest.client, "open sesame");
    scene.end([guest]);
}

#[test]
fn three_wrong_passwords_disconnect() {
    let mut scene = locked();
    let mut stream = scene.connect();
    stream.write_all(b"open wheat\nopen barley\nopen rye\nopen sesame\nhello\n").unwrap();
    let wrong = "Wrong server password.";
    let again = format!("Password: {wrong} Please try again.\r\n");
    assert_eq!(everything(&stream), format!("{again}{again}Password: {wrong} Goodbye.\r\n"));
    scene.hears_nothing();
    drop(stream);
    let (entering, leaving) = (scene.receivers.entering.clone(), scene.receivers.leaving.clone());
    assert_eq!(scene.end([]).lines_received, 0);
    assert!(entering.is_empty() && leaving.is_empty());
}

#[test]
fn a_telnet_client_hides_the_password_once_it_is_recognized() {
    let mut scene = locked();
    let mut stream = scene.connect();
    scene.advance(limits::PATIENCE_NEAR);
    assert_eq!(up_to(&stream, ": "), "Password: ");
    stream.write_all(b"open barley\r\n").unwrap();
    up_to(&stream, "again.\r\n");
    assert_eq!(up_to(&stream, ": "), "\u{ff}\u{fb}\u{1}Password: ");
    // The invisible answer is ended on the screen. An empty line gets the question again.
    stream.write_all(b"\xff\xfd\x01\r\n").unwrap();
    assert_eq!(up_to(&stream, "\r\n"), "\r\n");
    up_to(&stream, "Password: ");
    stream.write_all(b"open sesame\r\nhello\r\n").unwrap();
    let arrivals = scene.receivers.entering.recv_timeout(PATIENCE).unwrap();
    assert_eq!(arrivals.len(), 1);
    assert_eq!(up_to(&stream, "\u{1}"), "\r\n\u{ff}\u{fc}\u{1}");
    let said = scene.receivers.messages.recv_timeout(PATIENCE).unwrap();
    assert!(
        matches!(said.messages[0].request, Request::HasTraits(traits) if traits.is_interactive)
    );
    assert_eq!(said.messages.len(), 2);
    drop((arrivals, said, stream));
    scene.end([]);
}

#[test]
fn other_protocols_are_recognized_first() {
    let mut scene = locked();
    let mut browser = scene.connect();
    browser.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(everything(&browser).starts_with("HTTP/1."));
    scene.advance(2 * limits::SPARE_WINDOW);
    // Too late for an answer in its own protocol, but it is still recognized.
    let mut scanner = scene.connect();
    scene.advance(limits::PATIENCE_NEAR);
    assert_eq!(up_to(&scanner, ": "), "Password: ");
    scanner.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").unwrap();
    assert_eq!(everything(&scanner), "\r\n");
    scene.hears_nothing();
    drop((browser, scanner));
    scene.end([]);
}

#[test]
fn there_is_a_minute_for_the_server_password() {
    let mut scene = locked();
    let stream = scene.connect();
    scene.advance(limits::PATIENCE_NEAR);
    assert_eq!(up_to(&stream, ": "), "Password: ");
    scene.advance(limits::DOOR_PASSWORD_TIMEOUT - Duration::from_millis(1));
    // A telnet client that asks whether the server is there gets an answer, so it has not been
    // disconnected.
    (&stream).write_all(b"\xff\xf6").unwrap();
    up_to(&stream, "]\r\n");
    scene.advance(Duration::from_millis(1));
    let told = "\r\nYou took too long to join. Please connect again.\r\n";
    assert_eq!(everything(&stream), told);
    scene.hears_nothing();
    drop(stream);
    scene.end([]);
}

#[test]
fn a_client_that_ends_before_the_password_never_joined() {
    let mut scene = locked();
    let stream = scene.connect();
    scene.advance(limits::PATIENCE_NEAR);
    assert_eq!(up_to(&stream, ": "), "Password: ");
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(everything(&stream), "");
    drop(stream);
    let entering = scene.receivers.entering.clone();
    scene.end([]);
    assert!(entering.is_empty());
}

#[test]
fn a_server_password_sent_again_is_not_said() {
    let mut scene = locked();
    let mut stream = scene.connect();
    stream.write_all(b"open sesame\nopen sesame\nhello\n").unwrap();
    let guest = scene.meets(stream);
    scene.hears(guest.client, "hello");
    scene.end([guest]);
}
