use super::*;
use proptest::prelude::*;

use crate::model::{Question, Reply};

const WILL_ECHO: &[u8] = b"\xff\xfb\x01";
const WONT_ECHO: &[u8] = b"\xff\xfc\x01";
const WILL_MESSAGES: &[u8] = b"\xff\xfb\xc9";
const WONT_MESSAGES: &[u8] = b"\xff\xfc\xc9";
const HELLO_1: &[u8] = b"\xff\xfa\xc9Hobnob.Hello {\"version\":1}\xff\xf0";
const HELLO_2: &[u8] = b"\xff\xfa\xc9Hobnob.Hello {\"version\":2}\xff\xf0";

fn hear(input: &[u8], chunk: usize) -> Vec<Received> {
    let (mut hearing, _) = Incoming::new();
    input.chunks(chunk).for_each(|chunk| hearing.take(chunk));
    let last = hearing.end();
    all(&mut hearing).into_iter().chain(last).collect()
}

fn all(hearing: &mut Incoming) -> Vec<Received> {
    std::iter::from_fn(|| hearing.pop()).collect()
}

fn check(input: &[&[u8]], expected: &[Received]) {
    let input = input.concat();
    for chunk in 1..=input.len() {
        let mut heard = hear(&input, chunk);
        heard.retain(|heard| !matches!(heard, Received::Answer(_)));
        assert_eq!(heard, expected, "{chunk}");
    }
}

fn line(text: &str) -> Received {
    Received::Line(SanitizedLine::read(text.as_bytes()))
}

fn lines() -> Received {
    Received::Decided(Speech::Lines)
}

fn message(message: ServerMessage) -> Received {
    Received::Message(Box::new(message))
}

#[test]
fn json_begins_behind_the_answer() {
    let messages = b"{\"reply\":\"goodbye\"}\n\n{\"reply\":\"new\"}\nnonsense\n{\"ask\":null}\r\n";
    let expected = [
        Received::Offer,
        Received::Decided(Speech::Json),
        message(ServerMessage::Reply(Reply::Goodbye)),
        message(ServerMessage::Ask { ask: None }),
    ];
    check(&[WILL_MESSAGES, HELLO_1, messages, b"{\"ask\":"], &expected);
    let asked = serde_json::to_vec(&ServerMessage::Ask { ask: Some(Question::SERVER) }).unwrap();
    let expected = [
        Received::Offer,
        Received::Decided(Speech::Json),
        message(ServerMessage::Ask { ask: Some(Question::SERVER) }),
    ];
    check(&[WILL_MESSAGES, HELLO_1, &asked, b"\n"], &expected);
}

#[test]
fn anything_else_means_lines() {
    check(&[WONT_MESSAGES], &[lines()]);
    check(&[b"hi\n"], &[lines(), line("hi")]);
    check(&[WILL_MESSAGES, b"hi\r\n"], &[Received::Offer, lines(), line("hi")]);
    check(&[WILL_MESSAGES, HELLO_2, b"a"], &[Received::Offer, lines(), line("a")]);
    // Nobody has asked for JSON.
    check(&[HELLO_1, b"a"], &[lines(), line("a")]);
    let (mut hearing, request) = Incoming::new();
    assert_eq!(request, b"\xff\xfd\xc9");
    hearing.wait_no_longer();
    hearing.wait_no_longer();
    assert_eq!(all(&mut hearing), [lines()]);
    // An answer that comes after that still begins JSON.
    hearing.take(&[WILL_MESSAGES, HELLO_1].concat());
    assert_eq!(all(&mut hearing), [Received::Offer, Received::Decided(Speech::Json)]);
}

#[test]
fn lines_and_concealed_input() {
    let input: [&[u8]; 5] =
        [b"one\r\ntwo\n\r\n", WILL_ECHO, b"Password: ", WONT_ECHO, b"\r\nthe e\xff\xf1nd"];
    let expected = [
        lines(),
        line("one"),
        line("two"),
        line(""),
        Received::Concealed(true),
        Received::Concealed(false),
        line("Password: "),
        line("the end"),
    ];
    check(&input, &expected);
    let (mut hearing, _) = Incoming::new();
    hearing.take(&[WILL_ECHO, b"Kennwort: \x1b[2J"].concat());
    assert_eq!(
        all(&mut hearing)[..2],
        [Received::Answer([255, 253, 1]), Received::Concealed(true)]
    );
    assert_eq!(hearing.unfinished(), "Kennwort: ");
    assert_eq!(hearing.end(), None);
}

#[test]
fn lines_and_messages_without_end_take_little_memory() {
    let (mut hearing, _) = Incoming::new();
    for _ in 0..100 {
        hearing.take(&[b'x'; 4096]);
    }
    assert!(hearing.line.capacity() <= 2 * LINE_BYTES_MAX);
    hearing.take(b"\r\nnext\r\n");
    assert_eq!(all(&mut hearing), [lines(), line(&"x".repeat(LINE_BYTES_MAX)), line("next")]);
    let (mut hearing, _) = Incoming::new();
    hearing.take(&[WILL_MESSAGES, HELLO_1].concat());
    for _ in 0..2 * MESSAGE_BYTES_MAX / 65_536 {
        hearing.take(&[b'x'; 65_536]);
        assert!(hearing.line.capacity() <= 2 * MESSAGE_BYTES_MAX);
    }
    all(&mut hearing);
    hearing.take(b"\n{\"ask\":null}\n");
    assert_eq!(all(&mut hearing), [message(ServerMessage::Ask { ask: None })]);
}

#[test]
fn what_the_client_sends() {
    let expected = b"\xff\xfa\xc9Hobnob.Hello {\"version\":1,\"lang\":\"zh\",\"first_line\":\"/nick ann\"}\xff\xf0";
    assert_eq!(hello(Lang::Zh, Some("/nick ann")).as_slice(), expected);
    let mut bytes = Vec::new();
    for speech in [Speech::Lines, Speech::Json] {
        append_line(&mut bytes, speech, "hi \"you\"", None);
    }
    assert_eq!(bytes, b"hi \"you\"\r\n{\"line\":\"hi \\\"you\\\"\"}\n");
    bytes.clear();
    for speech in [Speech::Lines, Speech::Json] {
        append_line(&mut bytes, speech, "hi", Some(ClientMessageId(0x2a)));
    }
    let json = b"{\"line\":\"hi\",\"id\":\"0000000000000000000000000000002a\"}\n";
    assert_eq!(bytes, [&b"hi\r\n"[..], json].concat());
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same(
        begins_json in any::<bool>(),
        input in proptest::collection::vec(
            prop_oneof![Just(255_u8), Just(251), Just(201), Just(b'\n'), Just(b'\r'), any::<u8>()],
            0..200,
        ),
        chunk in 1..20_usize,
    ) {
        let begin = if begins_json { [WILL_MESSAGES, HELLO_1].concat() } else { Vec::new() };
        let input = [begin, input].concat();
        prop_assert_eq!(hear(&input, chunk), hear(&input, 1000));
    }
}
