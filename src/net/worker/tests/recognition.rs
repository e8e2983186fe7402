//! Callers that are not recognised yet: how long they are waited for, what they are sent, and what
//! the chat hears of them.

use std::net::SocketAddr;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::limits;
use crate::net::admission::AdmissionError;
use crate::properties::cases;
use crate::wire::recogniser::Caller;
use crate::wire::recogniser::samples::CALLERS;

const MILLISECOND: Duration = Duration::from_millis(1);

/// The beginning of what a caller that is recognised in time is sent, if it is sent anything.
fn answer_in_time(caller: Caller) -> &'static [u8] {
    match caller {
        Caller::Http(_) => b"HTTP/1.1 ",
        Caller::Irc => b"ERROR :This is a chat server without IRC. ",
        Caller::Ssh => b"This is a chat server, not an SSH server. ",
        Caller::Tls => b"\x15\x03\x01\x00\x02\x02",
        Caller::Text | Caller::Telnet | Caller::ProxyHeader | Caller::Other(_) => b"",
    }
}

/// The same for one that was taken for a person before.
fn answer_too_late(caller: Caller) -> &'static [u8] {
    match caller {
        Caller::Irc | Caller::Tls => answer_in_time(caller),
        _ => b"",
    }
}

impl Scene {
    /// Checks that this is everything that the client is sent, if it is anything, and the end.
    #[track_caller]
    fn ends(&self, mut stream: &TcpStream, beginning: &[u8]) {
        let mut sent = Vec::new();
        stream.read_to_end(&mut sent).unwrap();
        assert!(sent.starts_with(beginning), "{}", sent.escape_ascii());
        assert_eq!(sent.is_empty(), beginning.is_empty(), "{}", sent.escape_ascii());
    }

    /// Checks that the client has been sent nothing so far.
    #[track_caller]
    fn has_sent_nothing(&mut self, stream: &TcpStream) {
        // The thread serves this client after it.
        drop(self.enter());
        self.receivers.leaving.recv_timeout(PATIENCE).unwrap();
        stream.set_nonblocking(true).unwrap();
        let peeked = stream.peek(&mut [0; 99]);
        stream.set_nonblocking(false).unwrap();
        assert_eq!(peeked.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    /// Checks that the chat has heard of nobody.
    #[track_caller]
    fn has_heard_of_nobody(&self) {
        assert!(self.receivers.entering.is_empty() && self.receivers.messages.is_empty());
        assert!(self.receivers.leaving.is_empty());
    }

    /// Sends bytes in pieces of these lengths in rotation, moving the clock before each.
    fn sends_in_pieces(&self, mut stream: &TcpStream, bytes: &[u8], pieces: &[(usize, u64)]) {
        let mut left = limits::PATIENCE_NEAR - MILLISECOND;
        let (mut rest, mut pieces) = (bytes, pieces.iter().cycle());
        while !rest.is_empty() {
            let (length, pause) = *pieces.next().unwrap();
            let pause = Duration::from_millis(pause).min(left);
            left -= pause;
            self.advance(pause);
            let (piece, after) = rest.split_at(length.min(rest.len()));
            // The connection may have ended already, with bytes of it still to come.
            if stream.write_all(piece).is_err() {
                return;
            }
            rest = after;
        }
    }
}

fn pieces() -> impl Strategy<Value = Vec<(usize, u64)>> {
    proptest::collection::vec((1..20usize, 0..150u64), 1..6)
}

proptest! {
    #![proptest_config(cases(96))]

    /// The same bytes decide the same way, whatever their pieces and pauses.
    #[test]
    fn callers_are_recognised_while_they_are_waited_for(
        (bytes, caller) in select(CALLERS),
        pieces in pieces(),
        is_at_telnet in any::<bool>(),
    ) {
        let mut scene = Scene::new(|_| {});
        let scheme = if is_at_telnet { Scheme::Telnet } else { Scheme::Any };
        let stream = scene.connect_to(scheme, |_| {});
        scene.sends_in_pieces(&stream, bytes, &pieces);
        if matches!(caller, Caller::Text | Caller::Telnet) {
            // The thread waits for the rest of a first line, and at a telnet:// address a little
            // longer, from when it notices.
            scene.advance(limits::PATIENCE_NEAR);
            let arrivals = loop {
                match scene.receivers.entering.recv_timeout(20 * MILLISECOND) {
                    Ok(arrivals) => break arrivals,
                    Err(_) => scene.advance(limits::GREETING_PATIENCE),
                }
            };
            prop_assert_eq!(arrivals.len(), 1);
            drop((arrivals, stream));
            scene.end([]);
            return Ok(());
        }
        // It may be closed already.
        let _ = stream.shutdown(Shutdown::Write);
        let mut sent = Vec::new();
        // A reset, if more came than was read before the end.
        let _ = (&stream).read_to_end(&mut sent);
        let expected = answer_in_time(caller);
        prop_assert!(sent.is_empty() || sent.starts_with(expected), "{}", sent.escape_ascii());
        scene.has_heard_of_nobody();
        drop(stream);
        scene.end([]);
    }

    /// After that, such a caller is a person's client, but nothing of what it sends is said.
    #[test]
    fn nothing_that_a_late_caller_sends_is_said(
        (bytes, caller) in select(CALLERS),
        pieces in pieces(),
        scheme in select(&[Scheme::Any, Scheme::Plain][..]),
    ) {
        let is_person = matches!(caller, Caller::Text | Caller::Telnet);
        let mut scene = Scene::new(|_| {});
        let stream = scene.connect_to(scheme, |_| {});
        scene.advance(limits::PATIENCE_NEAR);
        let guest = scene.meets(stream);
        scene.sends_in_pieces(&guest.stream, bytes, &pieces);
        // It may be closed already.
        let _ = guest.stream.shutdown(Shutdown::Write);
        let departures = scene.receivers.leaving.recv_timeout(PATIENCE).unwrap();
        prop_assert_eq!(departures.len(), 1);
        if !is_person {
            prop_assert!(scene.receivers.messages.is_empty());
            let mut sent = Vec::new();
            let _ = (&guest.stream).read_to_end(&mut sent);
            prop_assert!(sent.starts_with(answer_too_late(caller)) || sent.is_empty());
        } else if caller == Caller::Text && bytes.iter().any(u8::is_ascii_alphabetic) {
            prop_assert!(!scene.receivers.messages.is_empty());
        }
        drop((departures, guest));
        scene.end([]);
    }
}

/// What was written in one piece is answered whole.
#[test]
fn strangers_are_answered_in_their_own_protocol() {
    for (bytes, caller) in CALLERS {
        if matches!(caller, Caller::Text | Caller::Telnet) {
            continue;
        }
        for scheme in [Scheme::Any, Scheme::Telnet] {
            let mut scene = Scene::new(|_| {});
            let mut stream = scene.connect_to(scheme, |_| {});
            stream.write_all(bytes).unwrap();
            scene.ends(&stream, answer_in_time(*caller));
            scene.has_heard_of_nobody();
            drop(stream);
            scene.end([]);
        }
    }
}

#[test]
fn a_silent_caller_is_sent_nothing_until_it_may_be_a_person() {
    let check = |address: &str, patience: Duration| {
        let address: SocketAddr = address.parse().unwrap();
        let mut scene = Scene::new(|options| options.password = Password::typed("open sesame"));
        let stream = scene.connect_to(Scheme::Any, |accepted| accepted.address = address);
        scene.advance(patience - MILLISECOND);
        let witness = scene.connect();
        (&witness).write_all(b"x\n").unwrap();
        (&witness).read_exact(&mut [0; 8]).unwrap();
        stream.set_nonblocking(true).unwrap();
        assert!(stream.peek(&mut [0]).is_err(), "{address}");
        stream.set_nonblocking(false).unwrap();
        scene.advance(MILLISECOND);
        let mut asked = [0; 10];
        (&stream).read_exact(&mut asked).unwrap();
        assert_eq!(&asked, b"Password: ");
        drop((stream, witness));
        scene.end([]);
    };
    check("127.0.0.1:9", limits::PATIENCE_NEAR);
    check("10.1.2.3:9", limits::PATIENCE_NEAR);
    check("192.168.1.2:9", limits::PATIENCE_NEAR);
    check("[fd00::1]:9", limits::PATIENCE_NEAR);
    check("[fe80::1]:9", limits::PATIENCE_NEAR);
    check("203.0.113.7:9", limits::PATIENCE_FAR);
    check("[2001:db8::1]:9", limits::PATIENCE_FAR);
}

#[test]
fn nobody_waits_at_a_plain_address() {
    let mut scene = Scene::new(|_| {});
    let stream = scene.connect_to(Scheme::Plain, |_| {});
    let guest = scene.meets(stream);
    scene.end([guest]);
}

#[test]
fn a_caller_that_ends_without_a_byte_is_never_heard_of() {
    let mut scene = Scene::new(|_| {});
    for scheme in [Scheme::Any, Scheme::Telnet] {
        let stream = scene.connect_to(scheme, |_| {});
        stream.shutdown(Shutdown::Write).unwrap();
        scene.ends(&stream, b"");
    }
    scene.has_heard_of_nobody();
    scene.end([]);
}

/// Chromium opens a second connection together with the one of its request, and may use it later.
#[test]
fn the_spare_connection_of_a_browser_is_not_greeted_until_it_speaks() {
    let mut scene = Scene::new(|_| {});
    let [enter, silent, later] = [(); 3].map(|()| scene.connect());
    let mut page = scene.connect();
    page.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    scene.ends(&page, b"HTTP/1.1 ");
    scene.advance(limits::PATIENCE_NEAR);
    scene.has_sent_nothing(&enter);
    scene.has_sent_nothing(&silent);
    // For a person, Enter is enough.
    (&enter).write_all(b"\r\n").unwrap();
    scene.has_sent_nothing(&enter);
    scene.advance(limits::PATIENCE_NEAR);
    let enter = scene.meets(enter);
    (&later).write_all(b"GET /favicon.ico HTTP/1.1\r\n\r\n").unwrap();
    scene.ends(&later, b"HTTP/1.1 ");
    scene.advance(limits::SPARE_TIMEOUT);
    scene.ends(&silent, b"");
    scene.has_heard_of_nobody();
    drop((page, silent, later));
    scene.end([enter]);
}

#[test]
fn a_silent_caller_some_time_after_a_browser_is_a_person() {
    let mut scene = Scene::new(|_| {});
    let mut page = scene.connect();
    page.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    scene.ends(&page, b"HTTP/1.1 ");
    scene.advance(limits::SPARE_WINDOW + MILLISECOND);
    let person = scene.connect();
    scene.advance(limits::PATIENCE_NEAR);
    let person = scene.meets(person);
    scene.end([person]);
}

const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\xc0\0\x02\x02\xc8\x22\x1f\x40";

#[test]
fn the_address_that_a_proxy_announces_is_that_of_the_client() {
    let v1 = b"PROXY TCP4 203.0.113.7 192.0.2.2 51234 8000\r\n";
    for (header, scheme) in [(&v1[..], Scheme::Any), (V2, Scheme::Any), (V2, Scheme::Plain)] {
        let mut scene = Scene::new(|_| {});
        let mut stream = scene.connect_to(scheme, |accepted| accepted.is_proxy = true);
        stream.write_all(&[header, b"hello\n"].concat()).unwrap();
        let mut arrivals = scene.receivers.entering.recv_timeout(PATIENCE).unwrap();
        let Arrival { newcomer, sender } = arrivals.remove(0);
        assert_eq!(newcomer.address, "203.0.113.7:51234".parse().unwrap());
        scene.hears(newcomer.client, "hello");
        scene.end([Guest { client: newcomer.client, sender, stream }]);
    }
}

/// The patience with a client begins when the proxy has announced it, and depends on its address.
#[test]
fn a_silent_client_of_a_proxy_is_greeted() {
    let mut scene = Scene::new(|_| {});
    let mut stream = scene.connect_to(Scheme::Any, |accepted| accepted.is_proxy = true);
    scene.advance(limits::PATIENCE_FAR);
    stream.write_all(V2).unwrap();
    let witness = scene.enter();
    scene.advance(limits::PATIENCE_FAR - MILLISECOND);
    scene.has_sent_nothing(&stream);
    assert!(scene.receivers.entering.is_empty());
    scene.advance(MILLISECOND);
    let arrivals = scene.receivers.entering.recv_timeout(PATIENCE).unwrap();
    assert_eq!(arrivals[0].newcomer.address, "203.0.113.7:51234".parse().unwrap());
    drop((arrivals, stream));
    scene.end([witness]);
}

#[test]
fn a_proxy_has_to_announce_its_client() {
    let mut scene = Scene::new(|_| {});
    for first in [&b"hello\n"[..], b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"PROXY TCP4 x\r\n"]
    {
        let mut stream = scene.connect_to(Scheme::Any, |accepted| accepted.is_proxy = true);
        stream.write_all(first).unwrap();
        scene.ends(&stream, b"");
    }
    // As in a health check that only connects.
    let silent = scene.connect_to(Scheme::Any, |accepted| accepted.is_proxy = true);
    silent.shutdown(Shutdown::Write).unwrap();
    scene.ends(&silent, b"");
    let slow = scene.connect_to(Scheme::Any, |accepted| accepted.is_proxy = true);
    scene.advance(limits::HANDSHAKE_TIMEOUT);
    scene.ends(&slow, b"");
    scene.has_heard_of_nobody();
    scene.end([]);
}

#[test]
fn refusals_wait_until_the_caller_is_recognised() {
    let full = "The server is full (9 clients). Please try again later.\r\n";
    let expected: [(&[u8], &[u8], String); 5] = [
        (b"", b"", full.to_owned()),
        (b"hello\n", b"", full.to_owned()),
        (b"NICK ann\r\n", b"", format!("ERROR :{full}")),
        (b"GET / HTTP/1.1\r\n", b"", "HTTP/1.1 503 Service Unavailable\r\n".to_owned()),
        (b"\x16\x03\x01", b"", "\u{15}\u{3}\u{1}\0\u{2}\u{2}1".to_owned()),
    ];
    for (first, _, told) in expected {
        let mut scene = Scene::new(|_| {});
        let mut stream = scene.connect_to(Scheme::Any, |accepted| {
            accepted.refusal = Some(AdmissionError::Full { max: 9 });
        });
        scene.has_sent_nothing(&stream);
        stream.write_all(first).unwrap();
        if first.is_empty() {
            scene.advance(limits::PATIENCE_NEAR);
        }
        scene.ends(&stream, told.as_bytes());
        scene.has_heard_of_nobody();
        drop(stream);
        scene.end([]);
    }
}

/// The place of a client is taken only by one.
#[test]
fn a_full_server_says_so_in_the_protocol_of_each_caller() {
    let mut scene = Scene::new(|_| {});
    scene.admission = Admission::new(1, 1);
    let ann = scene.enter();
    let mut person = scene.connect();
    person.write_all(b"hello\n").unwrap();
    scene.ends(&person, b"The server is full (1 clients). ");
    // A request is no client.
    let mut page = scene.connect();
    page.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    scene.ends(&page, b"HTTP/1.1 400 ");
    scene.has_heard_of_nobody();
    assert_eq!(scene.admission.refused_total(), 1);
    drop((person, page));
    scene.end([ann]);
}

#[test]
fn a_caller_that_never_says_who_it_is_does_not_stay() {
    let mut scene = Scene::new(|_| {});
    let mut endless = scene.connect_to(Scheme::Any, |accepted| accepted.is_proxy = true);
    let mut header = V2.to_vec();
    // A header that is longer than any.
    header[14..16].copy_from_slice(b"\xff\xff");
    endless.write_all(&header).unwrap();
    scene.ends(&endless, b"");
    scene.has_heard_of_nobody();
    drop(endless);
    scene.end([]);
}
