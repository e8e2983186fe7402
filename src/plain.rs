//! The plain door: lines of UTF-8 over telnet or nothing at all.
//!
//! Owns what a line is here: it ends at CR LF, LF, CR NUL or a bare CR; it has at most
//! `line_bytes_max` bytes; one that is longer is discarded to its end and its sender told so. The
//! first line also tells a browser, a TLS or an SSH client from a person: whoever speaks at once enters
//! with that line, whoever is silent a moment later. Nothing is negotiated before the
//! client sends an IAC, so that `nc` sees no rubbish.

use crate::door::{Door, Input, Protocol};
use crate::lang::{Catalogue, fill};
use crate::presentation::Presentation;
use crate::telnet::{Heard, Telnet};
use crate::text::CleanText;

const CR: u8 = b'\r';
const LF: u8 = b'\n';
const NUL: u8 = 0;

/// How a TLS connection begins: a handshake record (RFC 8446 section 5.1) of any version 3.x.
const TLS_HELLO: [u8; 2] = [0x16, 0x03];

/// How an SSH client begins, which speaks without waiting (RFC 4253 section 4.2).
const SSH_IDENTIFICATION: &[u8] = b"SSH-2.0-";

/// The door for `telnet` and `nc`.
#[derive(Clone, Copy, Debug)]
pub struct PlainDoor {
    /// What the server says to people here.
    pub catalogue: &'static Catalogue,
    /// Longest line taken, in bytes without its end.
    pub line_bytes_max: usize,
}

impl Door for PlainDoor {
    fn open(&self) -> Box<dyn Protocol> {
        Box::new(Plain::new(*self))
    }
}

/// One connection through the plain door.
#[derive(Debug)]
pub struct Plain {
    door: PlainDoor,
    telnet: Telnet,
    /// The line so far.
    line: Vec<u8>,
    /// The line was too long; the rest of it is thrown away.
    discarding: bool,
    /// The last byte was a CR, so an LF or NUL now belongs to it.
    after_cr: bool,
    entered: bool,
    /// What made the client enter: it comes right after that.
    behind_entry: Option<Input>,
    first_line: bool,
    /// Nobody that this door can talk to: nothing more of it is taken for text.
    rejected: bool,
}

impl Plain {
    /// A connection from which nothing has come yet.
    pub fn new(door: PlainDoor) -> Self {
        Self {
            door,
            telnet: Telnet::default(),
            line: Vec::new(),
            discarding: false,
            after_cr: false,
            entered: false,
            behind_entry: None,
            first_line: true,
            rejected: false,
        }
    }

    /// Takes data in which only the last byte may end a line. Says how many bytes it took.
    fn take_data(&mut self, data: &[u8]) -> (usize, Option<Input>) {
        let after_cr = std::mem::take(&mut self.after_cr);
        if after_cr && matches!(data, [LF | NUL, ..]) {
            return (1, None);
        }
        let (text, end) = match data {
            [text @ .., end @ (CR | LF)] => (text, Some(*end)),
            text => (text, None),
        };
        if let Some(input) = self.extend_line(text) {
            return (text.len(), Some(input));
        }
        self.after_cr = end == Some(CR);
        (data.len(), end.and_then(|_| self.end_line()))
    }

    /// Appends to the line at hand, as far as it may grow.
    fn extend_line(&mut self, text: &[u8]) -> Option<Input> {
        if self.discarding || text.is_empty() {
            return None;
        }
        let room = self.door.line_bytes_max - self.line.len();
        let was_known = self.line.len() >= TLS_HELLO.len();
        self.line.extend_from_slice(&text[..text.len().min(room)]);
        if self.first_line && !was_known && self.line.starts_with(&TLS_HELLO) {
            return Some(self.reject(self.door.catalogue.not_tls.as_bytes(), "a TLS handshake"));
        }
        if text.len() > room {
            if self.first_line && begins_http_request(&self.line) {
                return Some(self.reject_http());
            }
            self.line = Vec::new();
            self.discarding = true;
            let limit = self.door.line_bytes_max;
            let notice = fill(self.door.catalogue.line_too_long, &[("limit", &limit)]);
            return Some(Input::Answer(self.presentation().notice(&notice)));
        }
        None
    }

    /// The line at hand is complete.
    fn end_line(&mut self) -> Option<Input> {
        let first_line = std::mem::take(&mut self.first_line);
        if std::mem::take(&mut self.discarding) {
            return None;
        }
        if first_line && is_http_request(&self.line) {
            return Some(self.reject_http());
        }
        if first_line && self.line.starts_with(SSH_IDENTIFICATION) {
            return Some(self.reject(self.door.catalogue.not_ssh.as_bytes(), "an SSH client"));
        }
        let text = CleanText::from_bytes(&self.line);
        self.line.clear();
        (!text.is_blank()).then_some(Input::Line(text))
    }

    /// Lets the client in before the first thing that it is heard to say, unless it is a stranger.
    fn enter_before(&mut self, input: Input) -> Input {
        if matches!(input, Input::Reject { .. }) || std::mem::replace(&mut self.entered, true) {
            return input;
        }
        self.behind_entry = Some(input);
        Input::Enter { name: None }
    }

    fn reject_http(&mut self) -> Input {
        let answer = http_answer(self.door.catalogue.not_http);
        self.reject(&answer, "an HTTP request")
    }

    fn reject(&mut self, answer: &[u8], reason: &'static str) -> Input {
        self.line = Vec::new();
        self.rejected = true;
        let mut answer = answer.to_vec();
        answer.extend_from_slice(b"\r\n");
        Input::Reject { answer: answer.into_boxed_slice(), reason }
    }
}

impl Protocol for Plain {
    fn decode(&mut self, input: &mut &[u8]) -> Option<Input> {
        if let Some(input) = self.behind_entry.take() {
            return Some(input);
        }
        if self.rejected {
            *input = &[];
        }
        while !input.is_empty() {
            let run = self.telnet.data_run(input, [CR, LF]);
            let heard = if run > 0 {
                let (taken, heard) = self.take_data(&input[..run]);
                *input = &input[taken..];
                heard
            } else {
                let byte = input[0];
                *input = &input[1..];
                match self.telnet.step(byte) {
                    Some(Heard::Data(byte)) => self.take_data(&[byte]).1,
                    // There is nothing running here that a key could interrupt; inside a character
                    // it was no key.
                    Some(Heard::Key(typed)) if ends_inside_character(&self.line) => {
                        self.take_data(&[typed]).1
                    }
                    Some(Heard::Key(_)) => None,
                    Some(Heard::Answer(bytes)) => Some(Input::Answer(bytes.into())),
                    Some(Heard::AreYouThere) => {
                        let text = self.door.catalogue.are_you_there;
                        Some(Input::Answer(self.presentation().notice(text)))
                    }
                    None => None,
                }
            };
            if let Some(input) = heard {
                return Some(self.enter_before(input));
            }
        }
        None
    }

    fn wait_no_longer(&mut self) -> Option<Input> {
        let was_in = std::mem::replace(&mut self.entered, true) || self.rejected;
        (!was_in).then_some(Input::Enter { name: None })
    }

    fn finish(&mut self) -> Option<Input> {
        if let Some(input) = self.behind_entry.take() {
            return Some(input);
        }
        let last = if self.line.is_empty() { None } else { self.end_line() };
        match last {
            Some(input) => Some(self.enter_before(input)),
            None => self.wait_no_longer(),
        }
    }

    fn presentation(&self) -> Presentation {
        Presentation::Plain
    }
}

/// Whether the bytes end in the beginning of a UTF-8 character that can still be completed.
fn ends_inside_character(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    (0..tail.len()).any(|at| {
        std::str::from_utf8(&tail[at..])
            .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    })
}

/// `^[A-Z]+ \S+ HTTP/(1\.[01]|2\.0)$`: a request line (RFC 9112 section 3). Somebody who says `GET
/// ready` is a person.
fn is_http_request(line: &[u8]) -> bool {
    let mut words = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return false;
    };
    !method.is_empty()
        && method.iter().all(u8::is_ascii_uppercase)
        && !target.is_empty()
        && !target.iter().any(u8::is_ascii_whitespace)
        // The last one is the preface of HTTP/2 (RFC 9113 section 3.4).
        && matches!(version, b"HTTP/1.0" | b"HTTP/1.1" | b"HTTP/2.0")
}

/// The beginning of such a line whose target is too long to see its end: what follows it, cookies
/// included, must not be taken for what somebody says.
fn begins_http_request(line: &[u8]) -> bool {
    let Some(space) = memchr::memchr(b' ', line) else { return false };
    let (method, rest) = (&line[..space], &line[space + 1..]);
    let (target, version) = match memchr::memchr(b' ', rest) {
        Some(space) => (&rest[..space], &rest[space + 1..]),
        None => (rest, &[][..]),
    };
    !method.is_empty()
        && method.iter().all(u8::is_ascii_uppercase)
        && (target.starts_with(b"/") || target.starts_with(b"http"))
        && !target.iter().any(u8::is_ascii_whitespace)
        && (b"HTTP/1.1".starts_with(version) || b"HTTP/1.0".starts_with(version))
}

/// A whole answer (RFC 9112 section 4), less its last CR LF, so that a browser shows the text.
fn http_answer(text: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len() + 2
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use proptest::prelude::*;

    const DOOR: PlainDoor = PlainDoor { catalogue: Lang::En.catalogue(), line_bytes_max: 16 };

    fn decode(chunks: &[&[u8]]) -> Vec<Input> {
        let mut plain = Plain::new(DOOR);
        let mut inputs = Vec::new();
        for &chunk in chunks {
            let mut rest = chunk;
            inputs.extend(std::iter::from_fn(|| plain.decode(&mut rest)));
            assert!(rest.is_empty());
        }
        inputs.extend(std::iter::from_fn(|| plain.finish()));
        inputs
    }

    /// What people see of the inputs: lines as they are, answers in brackets.
    fn summary(inputs: &[Input]) -> Vec<String> {
        inputs
            .iter()
            .filter_map(|input| match input {
                Input::Enter { .. } => None,
                Input::Line(text) => Some(text.as_str().to_owned()),
                Input::Answer(bytes) => {
                    Some(format!("<{}>", String::from_utf8_lossy(bytes).trim()))
                }
                Input::Reject { reason, .. } => Some(format!("rejected: {reason}")),
            })
            .collect()
    }

    fn check(input: &[u8], expected: &[&str]) {
        assert_eq!(summary(&decode(&[input])), expected, "{}", input.escape_ascii());
    }

    const TOO_LONG: &str = "<Your line was not sent: it is longer than 16 bytes.>";
    const HERE: &str = "<[Yes, this server is here.]>";

    #[test]
    fn people_enter_with_their_first_words_or_without_any() {
        let enter = || Input::Enter { name: None };
        let line = |text: &[u8]| Input::Line(CleanText::from_bytes(text));
        assert_eq!(decode(&[]), [enter()]);
        assert_eq!(decode(&[b"hi\nyou"]), [enter(), line(b"hi"), line(b"you")]);
        let mut plain = Plain::new(DOOR);
        assert_eq!(plain.decode(&mut &b"GET "[..]), None, "it could be a browser");
        assert_eq!(plain.wait_no_longer(), Some(enter()));
        assert_eq!(plain.wait_no_longer(), None);
        assert_eq!(plain.decode(&mut &b"ready\n"[..]), Some(line(b"GET ready")));
        assert_eq!(plain.finish(), None);
    }

    #[test]
    fn strangers_never_enter() {
        let inputs = decode(&[b"GET / HTTP/1.1\r\n\r\n"]);
        assert!(matches!(inputs[..], [Input::Reject { .. }]), "{inputs:?}");
    }

    #[test]
    fn every_kind_of_line_end() {
        check(b"a\r\nb\nc\r\0d\re\r\n", &["a", "b", "c", "d", "e"]);
        check(b"\r\n\r\n\n \t \r\0", &[]);
        check(b"last one has no end", &[TOO_LONG]);
        check(b"no end", &["no end"]);
        check("\u{4f60}\u{597d}\n".as_bytes(), &["\u{4f60}\u{597d}"]);
    }

    #[test]
    fn telnet_among_the_text() {
        check(b"he\xff\xf4\xff\xfd\x06llo\r\n", &["<\u{fffd}\u{fffd}\u{6}>", "hello"]);
        check(b"he\xff\xf6llo\r\n", &[HERE, "hello"]);
        check(b"a\xff\xffb\r\n", &["a\u{fffd}b"]);
        // 的 and 元 as the usual telnet sends them, and ^C after a whole character.
        check(b"\xe7\xff\xed\xff\xfd\x06\x84\r\n", &["<\u{fffd}\u{fffd}\u{6}>", "的"]);
        check(b"\xe5\xff\xf4\xff\xfd\x06\x83\r\n", &["<\u{fffd}\u{fffd}\u{6}>", "僃"]);
        check("你\u{0}".as_bytes(), &["你"]);
        check(b"\xe4\xbd\xa0\xff\xf4a\r\n", &["你a"]);
        // A request between CR and LF takes nothing from the line end.
        check(b"a\r\xff\xf6\nb\n", &["a", HERE, "b"]);
    }

    #[test]
    fn a_line_of_the_limit_passes_and_one_more_byte_does_not() {
        check(b"0123456789abcdef\nx\n", &["0123456789abcdef", "x"]);
        check(b"0123456789abcdefg\nx\n", &[TOO_LONG, "x"]);
        let endless = [b'x'; 5000];
        check(&endless, &[TOO_LONG]);
    }

    #[test]
    fn memory_stays_flat_under_an_endless_line() {
        let mut plain = Plain::new(DOOR);
        for _ in 0..1000 {
            let mut input = &[b'x'; 100][..];
            while plain.decode(&mut input).is_some() {}
            assert!(plain.line.capacity() <= 64);
        }
    }

    #[test]
    fn strangers_are_told_from_people_by_their_first_line_alone() {
        let http = "rejected: an HTTP request";
        check(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", &[http]);
        check(b"POST /a HTTP/1.0", &[http]);
        check(b"GET /0123456789abcdef HTTP/1.1\r\nCookie: c\r\n\r\n", &[http]);
        for length in 1..16 {
            let target = &"/0123456789abcde"[..length];
            let request = format!("GET {target} HTTP/1.1\r\nCookie: c\r\n\r\n");
            check(request.as_bytes(), &[http]);
        }
        check(b"I /0123456789 think\n", &[TOO_LONG]);
        check(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0", &[http]);
        check(b"SSH-2.0-Open\r\n\0\0", &["rejected: an SSH client"]);
        check(b"GET ready\r\n", &["GET ready"]);
        check(b"get / HTTP/1.1\r\n", &["get / HTTP/1.1"]);
        check(b"hi\r\nGET / HTTP/1.1\r\n", &["hi", "GET / HTTP/1.1"]);
        check(b"\x16\x03\x01\x02\x00\x01\x00", &["rejected: a TLS handshake"]);
        check(b"\x16x\n", &["x"]);
        check(b"hi\n\x16\x03x\n", &["hi", "x"]);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same(
            input in proptest::collection::vec(
                prop_oneof![
                    any::<u8>(),
                    proptest::sample::select(
                        &b"\r\n\0\xff\xfd\xfb\xfa\xf0\xf6\x06\x16\x03 GETHP/1."[..]
                    ),
                ],
                0..120
            ),
            cuts in proptest::collection::vec(0..120usize, 0..12)
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).collect();
            cuts.sort_unstable();
            let bounds: Vec<usize> =
                std::iter::once(0).chain(cuts).chain([input.len()]).collect();
            let chunks: Vec<&[u8]> = bounds.windows(2).map(|w| &input[w[0]..w[1]]).collect();
            let whole = decode(&[&input]);
            prop_assert_eq!(&decode(&chunks), &whole);
            let single: Vec<&[u8]> = input.chunks(1).collect();
            prop_assert_eq!(&decode(&single), &whole);
        }
    }
}
