//! Tests of the plain wire: bytes in, inputs out.

use super::*;
use std::time::SystemTime;

use crate::base::zone::Zone;
use crate::lang::Times;
use proptest::prelude::*;

const DOOR: PlainDoor = PlainDoor { lang: Lang::En, line_bytes_max: 16, edits: false, origin: 7 };

fn decode(chunks: &[&[u8]]) -> Vec<Input> {
    decode_by(Plain::new(DOOR), chunks).0
}

fn decode_by(mut plain: Plain, chunks: &[&[u8]]) -> (Vec<Input>, Plain) {
    let mut inputs = Vec::new();
    for &chunk in chunks {
        let mut rest = chunk;
        inputs.extend(std::iter::from_fn(|| plain.decode(&mut rest)));
        assert!(rest.is_empty());
    }
    inputs.extend(std::iter::from_fn(|| plain.finish()));
    (inputs, plain)
}

/// The visible part of the inputs: lines as they are, answers in brackets.
fn summary(inputs: &[Input]) -> Vec<String> {
    inputs
        .iter()
        .filter_map(|input| match input {
            Input::Enough | Input::Enter { .. } => None,
            Input::Becomes(_) => Some("becomes another".to_owned()),
            Input::Line(text) => Some(text.as_str().to_owned()),
            Input::IdentifiedLine(line) => Some(format!("{:?}", line.id)),
            Input::Answer(bytes) => Some(format!("<{}>", String::from_utf8_lossy(bytes).trim())),
            Input::Echo(line) => Some(format!("<{line}>")),
            Input::Told(reply) => {
                let times = Times { zone: Zone::of_server(), now: SystemTime::UNIX_EPOCH };
                Some(format!("<{}>", lang::reply(Lang::En, reply, &times)))
            }
            Input::Complete(wanted) => {
                Some(format!("complete {:?} {}", wanted.kind, wanted.prefix))
            }
            Input::Leave => Some("leaves".to_owned()),
            Input::Interrupt => Some("^C".to_owned()),
            Input::Reject { reason, .. } => Some(format!("rejected: {reason}")),
        })
        .collect()
}

fn check(input: &[u8], expected: &[&str]) {
    assert_eq!(summary(&decode(&[input])), expected, "{}", input.escape_ascii());
}

const TOO_LONG: &str = "<Not sent: the line is longer than 16 bytes.>";
const NOT_UTF8: &str = "<Not sent: the line is not valid UTF-8.>";
const DAMAGED: &str = "<Not sent: your telnet client damaged a character. Use nc or hobnob \
                       instead, or try /edit on.>";
const DO_BINARY: &str = "<\u{fffd}\u{fffd}\0>";
const HERE: &str = "<[Yes, the server is here.]>";

#[test]
fn clients_are_admitted_with_or_without_a_first_line() {
    let enter = || Input::Enter { name: None };
    let line = |text: &[u8]| Input::Line(CleanText::from_bytes(text));
    assert_eq!(decode(&[]), [], "whoever says nothing was never here");
    assert_eq!(decode(&[b"hi\nyou"]), [enter(), line(b"hi"), line(b"you")]);
    let mut plain = Plain::new(DOOR);
    assert_eq!(plain.decode(&mut &b"GET "[..]), None, "it could be a browser");
    assert_eq!(plain.wait_no_longer(), Some(enter()));
    assert_eq!(plain.wait_no_longer(), None);
    assert_eq!(plain.decode(&mut &b"ready\n"[..]), Some(line(b"GET ready")));
    assert_eq!(plain.finish(), None);
}

#[test]
fn other_protocols_are_never_admitted() {
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
    check(b"a\xff\xffb\r\n", &[NOT_UTF8]);
    // 的 and 元 as the usual telnet sends them, and ^C after a whole character.
    let mark = "<\u{fffd}\u{fffd}\u{6}>";
    check(b"\xe7\xff\xed\xff\xfd\x06\x84\r\n", &[DO_BINARY, mark, "的"]);
    check(b"\xe5\xff\xf4\xff\xfd\x06\x83\r\n", &[DO_BINARY, mark, "僃"]);
    check("hi\n你\u{0}".as_bytes(), &["hi", "你"]);
    check(b"\xe4\xbd\xa0\xff\xf4a\r\n", &["你a"]);
    // A request between CR and LF leaves the line end intact.
    check(b"a\r\xff\xf6\nb\n", &["a", HERE, "b"]);
}

#[test]
fn a_line_at_the_limit_passes_and_one_more_byte_does_not() {
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
fn only_the_first_line_identifies_other_protocols() {
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
    check(b"CAP LS 302\r\nNICK ann\r\n", &["rejected: an IRC client"]);
    check(b"PROXY UNKNOWN\r\nhi\r\n", &["rejected: a PROXY header"]);
    check(b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", &["rejected: a binary protocol"]);
    check(b"\x03\0\0\x0b", &["rejected: a binary protocol"]);
    check(b"\x05\x01\0", &["rejected: a SOCKS client"]);
    check(b"l\0\x0b\0\0\0", &["rejected: a binary protocol"]);
    check(b"EHLO me\r\n", &["rejected: a mail client"]);
    check(b"\r\nEHLO me\r\n", &["rejected: a mail client"]);
    check(b"EHLO me", &["rejected: a mail client"]);
    check(b"\x16x\n", &["x"]);
    check(b"hi\n\x16\x03x\n", &["hi", "x"]);
}

#[test]
fn telnet_is_recognised_by_commands_and_line_ends() {
    /// Whether the client is known to speak telnet: no, perhaps, certainly.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum KnownTelnet {
        No,
        Perhaps,
        Yes,
    }
    use KnownTelnet::{No, Perhaps, Yes};
    let check = |input: &[u8], expected: KnownTelnet| {
        let mut plain = Plain::new(DOOR);
        let mut rest = input;
        while plain.decode(&mut rest).is_some() {}
        assert_eq!(plain.is_telnet(), expected == Yes, "{}", input.escape_ascii());
        assert_eq!(plain.may_be_telnet(), expected != No, "{}", input.escape_ascii());
        // No other client is sent a byte of telnet.
        let offer: &[u8] = if expected == No { b"" } else { b"\xff\xfb\x01" };
        assert_eq!(
            *plain.ask(&Question::SERVER, Lang::En),
            [offer, b"Password: "].concat(),
            "{}",
            input.escape_ascii()
        );
        assert_eq!(plain.shows_answer(), (expected == No).then_some(true));
        assert_eq!(plain.reveal(), Box::default(), "{}", input.escape_ascii());
    };
    check(b"hi\n", No);
    check(b"hi", No);
    // `nc -C`, `ncat --crlf` and the usual telnet all end their lines like this.
    check(b"hi\r\n", Perhaps);
    check(b"hi\r", Perhaps);
    check(b"hi\nyou\rthere\r\rx\n\r", Perhaps);
    check(b"hi\r\0", Yes);
    check(b"a\r\xff\xf1\n", Yes);
    // Anybody can type bytes that telnet escapes, followed by a letter.
    check(b"\xff\xffa\n\xffa\n\xff\xfd", No);
    for command in [&b"\xff\xf6"[..], b"\xff\xf1", b"\xff\xf4", b"\xff\xec", b"\xff\xfc\x01"] {
        check(command, Yes);
    }
    check(b"\xff\xfa\x1f\0\x50", No);
    check(b"\xff\xfa\x1f\0\x50\xff\xf0", Yes);
}

/// No part of such a line is said, and nothing is sent to a client that has not shown that it
/// speaks telnet.
#[test]
fn a_line_that_is_not_utf_8_is_always_refused() {
    // 公共 and 来 as the usual telnet sends them, without any sign that it is one.
    check(b"\xe5\xac\xe5\xb1\r\nhi\r\n\xd9\r\n", &[DAMAGED, "hi", DAMAGED]);
    check(b"* \xe6@ann secret\r\n", &[DAMAGED]);
    // The same after such a sign: the client is then asked to damage no further characters.
    check(b"\xff\xf1\xe5\xac\r\n\xe5\xac\r\n", &[DO_BINARY, DAMAGED, DAMAGED]);
    check(b"\xff\xf1\xe5\xac\r\n\xff\xfb\0\xe5\xac\n", &[DO_BINARY, DAMAGED, NOT_UTF8]);
    // If it refuses, it is not asked again.
    let refuses = b"\xff\xf1\xe5\xac\r\n\xff\xfc\0\xe5\xac\r\n";
    check(refuses, &[DO_BINARY, DAMAGED, DAMAGED]);
    // Latin-1 and GBK, from a program that could be a telnet and from one that is not.
    check(b"caf\xe9\n", &[NOT_UTF8]);
    check(b"\xb9\xab\xb9\xb2\r\n", &[NOT_UTF8]);
    check(b"\xe5\xac", &[NOT_UTF8]);
    check("\u{fffd} is one\n".as_bytes(), &["\u{fffd} is one"]);
}

/// From programs that send each key as it is pressed.
#[test]
fn deleted_text_is_not_said() {
    let check = |input: &str, expected: &[&str]| {
        check(input.as_bytes(), expected);
        let bytes: Vec<&[u8]> = input.as_bytes().chunks(1).collect();
        assert_eq!(summary(&decode(&bytes)), expected, "{}", input.escape_debug());
    };
    check("abcd\u{7f}e\r", &["abce"]);
    check("zap me\u{15}ok\n", &["ok"]);
    check("漢字x\u{8}\u{8}k\r\n", &["漢k"]);
    check("oops\u{15}\r\nhi\u{7f}\u{7f}\n", &[]);
    check("SSH-2.0-\u{7f}\n", &["rejected: an SSH client"]);
    // Deleted text makes room again, and only that.
    check("0123456789abcdef\u{7f}g\n", &["0123456789abcdeg"]);
    check("01234\u{7f}56789abcdefg\n", &["012356789abcdefg"]);
    check("0123456789abcdefg\u{7f}\u{15}x\ny\n", &[TOO_LONG, "y"]);
    check("01234\u{7f}56789abcdefgh\ny\n", &[TOO_LONG, "y"]);
    // The same for a last line without an end.
    check("secret\u{15}no", &["no"]);
}

/// The first line also tells whether the client speaks telnet, even while its own end is being
/// taken.
#[test]
fn the_end_of_a_line_is_taken_with_the_line() {
    let mut plain = Plain::new(DOOR);
    let mut input = &b"a\r\0b\r\nc\r"[..];
    for rest in [&b"b\r\nc\r"[..], b"b\r\nc\r", b"c\r", b""] {
        assert!(plain.decode(&mut input).is_some());
        assert_eq!(input, rest);
        assert!(plain.is_telnet());
    }
}

/// A client that is known to speak telnet and has been asked to hide its input.
fn concealed() -> Plain {
    let mut plain = Plain::new(DOOR);
    let mut input = &b"hi\r\n"[..];
    while plain.decode(&mut input).is_some() {}
    assert_eq!(*plain.ask(&Question::SERVER, Lang::En), *b"\xff\xfb\x01Password: ");
    assert!(plain.awaited().is_some() && plain.shows_answer().is_none());
    plain
}

#[test]
fn input_is_hidden_and_shown_again() {
    let check = |input: &[u8], expected: &[&str], is_hidden: bool| {
        let mut plain = concealed();
        let mut rest = input;
        let inputs: Vec<Input> = std::iter::from_fn(|| plain.decode(&mut rest)).collect();
        assert_eq!(summary(&inputs), expected, "{}", input.escape_ascii());
        // A client that did not show the Enter is sent a line end.
        let (ended, revealed): (&[u8], &[u8]) =
            if is_hidden { (b"\r\n", b"\xff\xfc\x01") } else { (b"", b"") };
        assert_eq!(*plain.end_answer(), *ended, "{}", input.escape_ascii());
        assert_eq!(*plain.ask(&Question::SERVER, Lang::En), *b"Password: ", "it was asked already");
        assert_eq!(plain.shows_answer(), Some(!is_hidden), "{}", input.escape_ascii());
        assert_eq!(*plain.reveal(), *revealed, "{}", input.escape_ascii());
        assert_eq!(plain.reveal(), Box::default());
        assert_eq!(plain.decode(&mut &b"a\n\r\n \n"[..]), Some(Input::Line(line("a"))));
        assert_eq!(plain.decode(&mut &b"\r\n \n"[..]), None, "blank lines are nothing again");
    };
    check(b"\xff\xfd\x01pw\r\n", &["pw"], true);
    check(b"\xff\xfd\x01\r\n \r\n", &["", " "], true);
    check(b"p\xff\xfd\x01w\r\n", &["pw"], true);
    // Refused, or not answered so far: the client showed the Enter.
    check(b"\xff\xfe\x01pw\r\n\r\n", &["pw", ""], false);
    check(b"pw\r\n", &["pw"], false);
    // ^C as Debian's telnet sends it, which hides the input and stays in line mode.
    let mark = "<\u{fffd}\u{fffd}\u{6}>";
    check(b"\xff\xfd\x01x\xff\xf4\xff\xfd\x06y\r\n", &["^C", mark, "y"], true);
    // ^C as a client sends it that sends each key.
    check(b"\xff\xfd\x01x\x03y\r\n", &["^C", "y"], true);
    check(b"0123456789abcdefg\x03y\r\n", &[TOO_LONG, "^C", "y"], false);
}

/// `nc -C` ends its lines like a telnet, and answers nothing.
#[test]
fn a_client_that_does_not_answer_in_time_shows_its_input() {
    let mut plain = concealed();
    assert_eq!(plain.give_up_offer(), Box::default());
    assert_eq!((plain.awaited().is_some(), plain.shows_answer()), (false, Some(true)));
    assert_eq!(plain.reveal(), Box::default());
    // From then on the client is known not to hide input.
    assert_eq!(*plain.ask(&Question::SERVER, Lang::En), *b"Password: ");
    assert_eq!((plain.awaited().is_some(), plain.shows_answer()), (false, Some(true)));
    // Unless it was only slow.
    plain.decode(&mut &b"\xff\xfd\x01"[..]);
    assert_eq!(plain.shows_answer(), Some(false));
}

/// If the input cannot be hidden, a blank line is still an answer.
#[test]
fn a_client_that_cannot_hide_its_input_is_asked_too() {
    let mut plain = Plain::new(DOOR);
    assert_eq!(plain.decode(&mut &b"hi\n"[..]), Some(Input::Enter { name: None }));
    assert_eq!(plain.decode(&mut &b""[..]), Some(Input::Line(line("hi"))));
    assert_eq!(*plain.ask(&Question::SERVER, Lang::En), *b"Password: ");
    assert_eq!((plain.awaited().is_some(), plain.shows_answer()), (false, Some(true)));
    let mut rest = &b"\nse\x7fecret\n"[..];
    assert_eq!(plain.decode(&mut rest), Some(Input::Line(line(""))));
    assert_eq!(plain.decode(&mut rest), Some(Input::Line(line("secret"))));
    assert_eq!(plain.end_answer(), Box::default());
    assert_eq!(plain.reveal(), Box::default());
}

fn line(text: &str) -> CleanText {
    CleanText::from_bytes(text.as_bytes())
}

#[test]
fn a_late_agreement_to_a_withdrawn_offer_is_declined() {
    let mut plain = concealed();
    assert_eq!(plain.reveal(), Box::default());
    let answer = plain.decode(&mut &b"\xff\xfd\x01"[..]);
    assert_eq!(answer, Some(Input::Answer(b"\xff\xfc\x01".as_slice().into())));
}

/// Keys as BusyBox's telnet sends them, and bytes that only look like part of a character.
#[test]
fn keys_that_edit_take_effect_while_nothing_is_shown() {
    let check = |input: &[u8], expected: &[&str]| {
        for size in [1, input.len()] {
            let mut plain = concealed();
            let inputs: Vec<Input> = input
                .chunks(size)
                .flat_map(|mut piece| {
                    std::iter::from_fn(|| plain.decode(&mut piece)).collect::<Vec<_>>()
                })
                .collect();
            assert_eq!(summary(&inputs), expected, "{}", input.escape_ascii());
        }
    };
    check(b"sex\x7fc\r\n", &["sec"]);
    check(b"no\x08\x08y\r\0", &["y"]);
    check(b"no\x15yes\r\n\x15\r\n", &["yes", ""]);
    check(b"\x7f\x7fa\x7f\x7f\x7fb\n", &["b"]);
    check("aé\u{7f}b我\u{7f}😀\u{7f}\n".as_bytes(), &["ab"]);
    check(b"a\x80\x7f\x7fb\n", &["b"]);
    check(b"a\xe6\x88\x7fb\n", &[DAMAGED]);
    check(b"a\xe6\x88\x7f\x7fb\n", &["ab"]);
    check(b"0123456789abcdef\x7fg\n", &["0123456789abcdeg"]);
    check(b"0123456789abcdefg\x7f\x15x\ny\n", &[TOO_LONG, "y"]);
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same(
        is_concealed in any::<bool>(),
        input in proptest::collection::vec(
            prop_oneof![
                any::<u8>(),
                proptest::sample::select(
                    &b"\r\n\0\xff\xfd\xfe\xfb\xfa\xf0\xf6\x01\x06\x16\x03\x7f\x08\x15\xe6\x88\x91 \
                       GETHP/1."[..]
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
        let start = || {
            let mut plain = Plain::new(DOOR);
            // As if input were concealed: the client has sent nothing, so its first line counts.
            if is_concealed {
                plain.ask(&Question::SERVER, Lang::En);
            }
            plain
        };
        let (whole, of_whole) = decode_by(start(), &[&input]);
        let single: Vec<&[u8]> = input.chunks(1).collect();
        for chunks in [chunks, single] {
            let (inputs, plain) = decode_by(start(), &chunks);
            prop_assert_eq!(&inputs, &whole);
            prop_assert_eq!(plain.is_telnet(), of_whole.is_telnet());
        }
    }
}
