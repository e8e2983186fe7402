//! Recognises who calls by the first bytes of a connection: a person, a telnet, or a program that
//! speaks another protocol.
//!
//! This module knows how each protocol begins. It has no clock, does not know how long anyone is
//! waited for, and sends nothing; `strangers` has the answers.

/// Most bytes that can leave open who calls. An HTTP server should support request lines of at
/// least 8,000 octets (RFC 9112 section 3).
pub const FIRST_BYTES_MAX: usize = 8 * 1024;

/// The signature of a PROXY header, version 2 (HAProxy, The PROXY protocol, section 2.2).
pub(crate) const PROXY_V2: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// The first word of a PROXY header, version 1 (section 2.1).
pub(crate) const PROXY_V1: &[u8] = b"PROXY ";

/// The longest method of HTTP in use, VERSION-CONTROL (RFC 3253), has this many bytes.
const METHOD_BYTES_MAX: usize = 15;

/// The versions that end a request line, and the callers that send them.
const VERSIONS: [(&[u8], Caller); 6] = [
    (b"HTTP/1.0", Caller::Http(HttpRequest::Version1)),
    (b"HTTP/1.1", Caller::Http(HttpRequest::Version1)),
    (b"HTTP/2.0", Caller::Http(HttpRequest::Version2)),
    (b"RTSP/1.0", Caller::Other("an RTSP client")),
    (b"RTSP/2.0", Caller::Other("an RTSP client")),
    (b"SIP/2.0", Caller::Other("a SIP client")),
];

/// The program at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// It sends lines of text, or nothing.
    Text,
    /// A telnet, which negotiates (RFC 854).
    Telnet,
    /// It begins a TLS handshake (RFC 8446 section 5.1).
    Tls,
    /// It sends an HTTP request.
    Http(HttpRequest),
    /// It registers as an IRC client (RFC 2812 section 3.1).
    Irc,
    /// It sends its identification without waiting (RFC 4253 section 4.2).
    Ssh,
    /// A proxy that announces the address of its client.
    ProxyHeader,
    /// A protocol that is never spoken here; the text names it for the log.
    Other(&'static str),
}

/// An HTTP request, as far as its first line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpRequest {
    /// HTTP/1.0 or HTTP/1.1 (RFC 9112 section 3).
    Version1,
    /// HTTP/2 without asking (RFC 9113 section 3.4).
    Version2,
    /// The request line has no end within [`FIRST_BYTES_MAX`].
    TooLong,
}

impl Caller {
    /// What it is, for the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "a client",
            Self::Telnet => "a telnet client",
            Self::Tls => "a TLS handshake",
            Self::Http(_) => "an HTTP request",
            Self::Irc => "an IRC client",
            Self::Ssh => "an SSH client",
            Self::ProxyHeader => "a PROXY header",
            Self::Other(name) => name,
        }
    }
}

/// Who calls, judging by all bytes that have arrived; `None` while they leave it open.
///
/// More bytes never change the answer.
pub fn recognise(first: &[u8]) -> Option<Caller> {
    if let Some(caller) = by_first_bytes(first) {
        return Some(caller);
    }
    if is_begun(first) {
        return None;
    }
    let Some(end) = memchr::memchr2(b'\r', b'\n', first) else {
        return match may_be_request(first) {
            true if first.len() < FIRST_BYTES_MAX => None,
            true if begins_http_request(first) => Some(Caller::Http(HttpRequest::TooLong)),
            _ => Some(Caller::Text),
        };
    };
    Some(by_line(&first[..end]))
}

/// Who calls, judging by a whole first line without its end.
pub(crate) fn by_line(line: &[u8]) -> Caller {
    let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    match &words[..] {
        _ if line.starts_with(PROXY_V1) && is_proxy_header(line) => Caller::ProxyHeader,
        words if registers_with_irc(words) => Caller::Irc,
        [method, target, version] if is_method(method) && is_target(target) => {
            let known = VERSIONS.iter().find(|(known, _)| known == version);
            known.map_or(Caller::Text, |(_, caller)| *caller)
        }
        [b"EHLO" | b"HELO" | b"LHLO", name] if !name.is_empty() => Caller::Other("a mail client"),
        [b"STARTTLS" | b"STLS"] => Caller::Other("a client that asks for STARTTLS"),
        _ => Caller::Text,
    }
}

/// Who calls, if the first bytes alone tell: those of a binary protocol, which no person types.
pub(crate) fn by_first_bytes(first: &[u8]) -> Option<Caller> {
    Some(match first {
        [0x16, 0x03, ..] => Caller::Tls,
        // A hello in the format of SSL 2, with which old clients begin (RFC 5246 appendix E.2).
        [0x80, _, 0x01, ..] => Caller::Other("an SSL 2 handshake"),
        [0xff, ..] => Caller::Telnet,
        // Such as SMB and Kerberos over TCP, whose first four bytes are a length.
        [0x00..=0x02, ..] => Caller::Other("a binary protocol"),
        [0x03, 0x00, ..] => Caller::Other("a Remote Desktop client"),
        [0x04, 0x01 | 0x02, ..] | [0x05, 0x01..=0x08, ..] => Caller::Other("a SOCKS client"),
        _ if first.starts_with(PROXY_V2) => Caller::ProxyHeader,
        [b'S', b'S', b'H', b'-', b'1' | b'2', ..] => Caller::Ssh,
        _ => return None,
    })
}

/// Whether these are the beginning of what [`by_first_bytes`] recognises.
fn is_begun(first: &[u8]) -> bool {
    matches!(first, [] | [0x16] | [0x80] | [0x80, _] | [0x03..=0x05])
        || PROXY_V2.starts_with(first)
        || b"SSH-".starts_with(first)
}

/// Whether an unfinished line may still become one that [`by_line`] recognises.
fn may_be_request(line: &[u8]) -> bool {
    let mut words = line.split(|&byte| byte == b' ');
    let first = words.next().unwrap_or_default();
    let (second, third) = (words.next(), words.next());
    if second.is_none() {
        return first.len() <= METHOD_BYTES_MAX && first.iter().all(is_method_byte);
    }
    if let b"PROXY" | b"CAP" | b"NICK" | b"USER" | b"PASS" | b"WEBIRC" = first {
        return true;
    }
    is_method(first)
        && second.is_none_or(|target| third.is_none() || is_target(target))
        && third.is_none_or(|begun| VERSIONS.iter().any(|(version, _)| version.starts_with(begun)))
        && words.next().is_none()
}

/// Whether a line begins like a request whose target is too long to see its end: what follows it,
/// cookies included, must not be taken for messages.
pub(crate) fn begins_http_request(line: &[u8]) -> bool {
    let mut words = line.split(|&byte| byte == b' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    is_method(method)
        && (target.starts_with(b"/") || target.starts_with(b"http"))
        && may_be_request(line)
}

/// Whether a line is one of those with which a client registers, in its exact form: a person who
/// types `NICK` in the middle of a sentence is not an IRC client.
fn registers_with_irc(words: &[&[u8]]) -> bool {
    let is_one = |word: &[u8]| !word.is_empty() && word != b":";
    match words {
        [b"CAP", b"LS" | b"LIST" | b"END"] | [b"CAP", b"LS", b"302"] => true,
        [b"CAP", b"REQ", first, ..] => first.starts_with(b":") || words.len() == 3,
        [b"NICK" | b"PASS", word] => is_one(word),
        [b"PASS", first, _, ..] => first.starts_with(b":"),
        [b"USER", user, mode, host, name, ..] => {
            [user, mode, host].into_iter().all(|word| is_one(word))
                && (name.starts_with(b":") || words.len() == 5 && is_one(name))
        }
        [b"WEBIRC", password, gateway, host, address, ..] => {
            [password, gateway, host, address].into_iter().all(|word| is_one(word))
        }
        _ => false,
    }
}

fn is_proxy_header(line: &[u8]) -> bool {
    let rest = &line[PROXY_V1.len()..];
    [&b"TCP4 "[..], b"TCP6 ", b"UNKNOWN"].into_iter().any(|kind| rest.starts_with(kind))
}

fn is_method_byte(byte: &u8) -> bool {
    byte.is_ascii_uppercase() || *byte == b'-'
}

fn is_method(word: &[u8]) -> bool {
    (1..=METHOD_BYTES_MAX).contains(&word.len()) && word.iter().all(is_method_byte)
}

fn is_target(word: &[u8]) -> bool {
    !word.is_empty() && !word.iter().any(u8::is_ascii_whitespace)
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use super::HttpRequest::TooLong;
    use super::samples::CALLERS;
    use super::*;

    #[test]
    fn callers_are_recognised_in_any_chunking() {
        for (bytes, expected) in CALLERS {
            let shown = bytes.escape_ascii();
            assert_eq!(recognise(bytes), Some(*expected), "{shown}");
            // At the first byte that decides, and never differently after it.
            for end in 0..bytes.len() {
                let earlier = recognise(&bytes[..end]);
                assert!(earlier.is_none_or(|caller| caller == *expected), "{shown} {end}");
            }
        }
    }

    #[test]
    fn people_are_recognised_at_the_first_byte_that_only_they_send() {
        let check = |bytes: &[u8], length: usize| {
            let needed = (0..=bytes.len()).find(|end| recognise(&bytes[..*end]).is_some());
            assert_eq!(needed, Some(length), "{}", bytes.escape_ascii());
        };
        check(b"hello\n", 1);
        check(b"/who\n", 1);
        check(b"Hello\n", 2);
        check(b"GET ready for it\n", 11);
        check(b"\xff\xfb\x1f", 1);
        check(b"\x16\x03\x01", 2);
        check(b"SSH-2.0", 5);
    }

    #[test]
    fn a_request_line_without_an_end_is_recognised() {
        let long = [b"GET /", &vec![b'a'; FIRST_BYTES_MAX][..]].concat();
        assert_eq!(recognise(&long[..FIRST_BYTES_MAX - 1]), None);
        assert_eq!(recognise(&long[..FIRST_BYTES_MAX]), Some(Caller::Http(TooLong)));
        let long = [b"PASS ", &vec![b'a'; FIRST_BYTES_MAX][..]].concat();
        assert_eq!(recognise(&long), Some(Caller::Text));
    }

    proptest::proptest! {
        #[test]
        fn more_bytes_change_nothing(
            bytes in proptest::collection::vec(
                proptest::prop_oneof![
                    proptest::prelude::any::<u8>(),
                    proptest::sample::select(&b"GETPASNICKUSRHO /:*\r\n\0\x16\x03\xff.1"[..]),
                ],
                0..40,
            ),
        ) {
            let all = recognise(&bytes);
            for end in 0..bytes.len() {
                let earlier = recognise(&bytes[..end]);
                proptest::prop_assert!(earlier.is_none() || earlier == all);
            }
        }
    }
}
