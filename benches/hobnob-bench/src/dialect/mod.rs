//! The protocols of the servers that can be measured: bytes in, bytes out.
//!
//! Pure: no sockets, and no knowledge of what is measured. A new kind of server is a file here and
//! a [`Scheme`].

mod irc;
mod line;
mod nats;
mod redis;
mod telnet;

use std::borrow::Cow;
use std::time::Duration;

use hobnob::limits;

use crate::target::Scheme;

/// The channel, subject or room for all lines.
const CHANNEL: &str = "bench";

/// The role of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Receives, and also sends if the protocol lets one connection do both.
    Client,
    /// Only sends.
    Sender,
    /// Only stays connected.
    Idle,
}

/// Identifies a connection among those of all runs of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub(crate) run: u32,
    pub(crate) number: usize,
}

/// How long hobnob takes at most to announce a new client, unless it is very busy.
const HOBNOB_ANNOUNCES_AFTER: Duration =
    limits::ARRIVAL_TIME.saturating_add(Duration::from_millis(200));

/// How to tell that a connection has been set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// The server sends something ([`Heard::Ready`]).
    Always,
    /// The server may or may not send something: after a while, a connection without a greeting
    /// counts as set up.
    Perhaps,
    /// The server sends nothing by itself, but answers this with [`Heard::Ready`]. Because it
    /// accepts connections in order, the answer to one shows that the earlier ones have been
    /// accepted, too.
    OnRequest(&'static [u8]),
}

/// A message from a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    /// A line that a client said, with whatever the server put before it.
    Said(Cow<'a, [u8]>),
    Ready,
    /// The server expects this reply.
    Reply(Vec<u8>),
    Other,
    Refused(String),
}

/// A protocol as a client speaks it.
pub(crate) trait Dialect: Sync {
    /// Whether a connection that sends also receives, including its own lines.
    fn senders_receive(&self) -> bool;

    /// Whether all clients receive the lines of all senders in the same order. If not, only each
    /// sender's own lines are in order.
    fn has_one_order(&self) -> bool {
        true
    }

    /// The first bytes to send.
    fn opening(&self, role: Role, identity: Identity) -> Vec<u8>;

    /// How to tell that a connection in this role has been set up.
    fn greeting(&self, role: Role) -> Greeting;

    /// Maximum number of connections waiting to be accepted. It must not exceed the server's listen
    /// backlog: the kernel retries a connection beyond that only after a second.
    fn connects_waiting_max(&self) -> usize;

    /// How long after a client has joined a server of this kind may still announce it.
    fn announces_after(&self) -> Duration {
        Duration::ZERO
    }

    /// The first message, and its length; `None` if it is incomplete.
    fn decode<'a>(&self, role: Role, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)>;

    /// Appends the bytes that send this text to everyone.
    fn say(&self, text: &[u8], bytes: &mut Vec<u8>);
}

/// The protocol of a scheme.
pub(crate) fn of(scheme: Scheme) -> &'static dyn Dialect {
    match scheme {
        Scheme::Line => &line::Line,
        Scheme::Telnet => &telnet::Telnet,
        Scheme::Irc => &irc::Irc,
        Scheme::Redis => &redis::Redis,
        Scheme::Nats => &nats::Nats,
    }
}

/// The first line without its end, and its length including the end.
fn first_line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = memchr::memchr(b'\n', bytes)?;
    let line = &bytes[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1))
}

/// The line as text for messages.
fn readable(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages in `bytes`, one after the other, and the length of the incomplete rest.
    fn transcript(scheme: Scheme, role: Role, mut bytes: &[u8]) -> Vec<String> {
        let mut heard = Vec::new();
        while let Some((what, length)) = of(scheme).decode(role, bytes) {
            heard.push(match what {
                Heard::Said(text) => format!("said {}", readable(&text)),
                Heard::Reply(reply) => format!("reply {}", readable(&reply)),
                Heard::Refused(why) => format!("refused {why}"),
                Heard::Ready => "ready".to_owned(),
                Heard::Other => "other".to_owned(),
            });
            bytes = &bytes[length..];
        }
        heard.push(format!("rest {}", bytes.len()));
        heard
    }

    fn check(scheme: Scheme, role: Role, bytes: impl AsRef<[u8]>, expected: &[&str]) {
        let bytes = bytes.as_ref();
        assert_eq!(transcript(scheme, role, bytes), expected, "{}", bytes.escape_ascii());
        // Truncated input gives fewer messages, but no other ones.
        for end in 0..bytes.len() {
            let heard = transcript(scheme, role, &bytes[..end]);
            assert_eq!(heard[..heard.len() - 1], expected[..heard.len() - 1], "{end}");
        }
    }

    #[test]
    fn lines() {
        let told = "Welcome amber-otter\r\namber-otter: hi\r\n\nrest";
        check(
            Scheme::Line,
            Role::Client,
            told,
            &["said Welcome amber-otter", "said amber-otter: hi", "said ", "rest 4"],
        );
        check(Scheme::Line, Role::Idle, "Welcome amber-otter\r\nx", &["ready", "rest 1"]);
    }

    #[test]
    fn telnet_negotiates() {
        let check = |bytes: &[u8], expected: &[u8]| {
            let heard = of(Scheme::Telnet).decode(Role::Client, bytes);
            assert_eq!(heard, Some((Heard::Reply(expected.to_vec()), bytes.len())));
        };
        check(b"\xff\xfb\x01", b"\xff\xfd\x01");
        check(b"\xff\xfb\x03", b"\xff\xfd\x03");
        check(b"\xff\xfb\x56", b"\xff\xfe\x56");
        check(b"\xff\xfd\x18", b"\xff\xfb\x18");
        check(b"\xff\xfd\x1f", b"\xff\xfb\x1f\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0");
        check(b"\xff\xfd\x22", b"\xff\xfc\x22");
        check(b"\xff\xfa\x18\x01\xff\xf0", b"\xff\xfa\x18\x00xterm\xff\xf0");
        check(b"\xff\xfc\x01", b"/edit off\r\0/edit on\r\0");
        let others = b"\xff\xf9\xff\xfc\x03\xff\xfe\x1f\xff\xfa\x18\x00\xff\xf0\xff\xf0\xff\xfd";
        let expected = ["other", "other", "other", "other", "other", "rest 2"];
        self::check(Scheme::Telnet, Role::Client, others, &expected);
    }

    #[test]
    fn telnet() {
        let check = |bytes: &[u8], expected: &[&str]| {
            check(Scheme::Telnet, Role::Client, bytes, expected);
        };
        // Everything that hobnob sends to a new client once it has negotiated with it.
        let begin = b"\r\x1b[K\x1b[?1l\x1b[?2004h> \r\x1b[JWelcome amber-otter\r\n#lobby> ";
        let other = ["other"; 7];
        let told = ["said Welcome amber-otter", "ready", "rest 1"];
        check(begin, &[&other[..], &told].concat());
        let batch = b" \r\x1b[J\x1b[2mbob joined\x1b[0m\r\n\x1b[1;34mbob\x1b[0m: hi\r\n#lobby> ";
        check(batch, &["other", "said bob joined", "said bob: hi", "ready", "rest 1"]);
        check(b" \xff\xfa\x18\x00\xff\xf0\r\x1b[J", &["other", "other", "other", "rest 0"]);
        // Echoed input is not a message, even if it takes two rows.
        let typed = b" ~xx\r\nxx\r\n\x1b[A\r\x1b[8C\x1b[K\x1b[J~x\x1b[2A\r\x1b[J#1 no\r\n#lobby";
        check(typed, &["other", "said #1 no", "rest 6"]);
        check(b" ~xx\r\nxx\r\n", &["rest 10"]);
        check(b"\x1b7#\x1b[", &["other", "rest 3"]);
    }

    #[test]
    fn telnet_in_rows() {
        let check = |bytes: &str, expected: &[&str]| {
            check(Scheme::Telnet, Role::Client, bytes, expected);
        };
        let rows = "bob:\r\n    ~1xxx\r\n    xx\r\nann: x\r\n#";
        check(rows, &["said bob:~1xxxxx", "said ann: x", "rest 1"]);
        // The next bytes could be another row.
        check("bob: hi\r\n", &["rest 9"]);
        check("bob: hi\r\n ", &["rest 10"]);
        check("  12:00 bob: hi\r\n\r\n#", &["said 12:00 bob: hi", "said ", "rest 1"]);
    }

    #[test]
    fn irc() {
        check(
            Scheme::Irc,
            Role::Client,
            ":s 001 c :Welcome\r\n:s 372 c :motd\r\n:c!~u@h JOIN :#bench\r\n\
             :s 366 c #bench :End of NAMES list\r\nPING :123\r\n\
             :d!~u@h PRIVMSG #bench :hello all\r\n:d!~u@h NOTICE x :y\r\nPIN",
            &[
                "reply JOIN #bench",
                "other",
                "other",
                "ready",
                "reply PONG :123",
                "said hello all",
                "other",
                "rest 3",
            ],
        );
        for role in [Role::Sender, Role::Idle] {
            check(Scheme::Irc, role, ":s 001 c :Welcome\r\n", &["ready", "rest 0"]);
        }
        check(
            Scheme::Irc,
            Role::Client,
            "ERROR :Too many connections\r\n:s 471 c #bench :Cannot join\r\n",
            &["refused Too many connections", "refused :s 471 c #bench :Cannot join", "rest 0"],
        );
    }

    #[test]
    fn redis() {
        check(
            Scheme::Redis,
            Role::Client,
            "*3\r\n$9\r\nsubscribe\r\n$5\r\nbench\r\n:1\r\n\
             *3\r\n$7\r\nmessage\r\n$5\r\nbench\r\n$5\r\nhi\r\n!\r\n\
             -ERR max number of clients reached\r\n*3\r\n$7",
            &["ready", "said hi\r\n!", "refused ERR max number of clients reached", "rest 6"],
        );
        check(Scheme::Redis, Role::Sender, "+PONG\r\n:200\r\n", &["ready", "other", "rest 0"]);
    }

    #[test]
    fn nats() {
        check(
            Scheme::Nats,
            Role::Client,
            "INFO {\"max_payload\":1048576}\r\nPONG\r\nPING\r\nMSG bench 1 4\r\nh\r\ni\r\n+OK\r\n\
             -ERR 'maximum connections exceeded'\r\nMSG bench 1 9\r\nhal",
            &[
                "other",
                "ready",
                "reply PONG",
                "said h\r\ni",
                "other",
                "refused -ERR 'maximum connections exceeded'",
                "rest 18",
            ],
        );
        check(Scheme::Nats, Role::Idle, "INFO {}\r\n", &["ready", "rest 0"]);
    }
}
