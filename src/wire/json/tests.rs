use super::message::EventMessage;
use super::*;
use crate::model::reply::samples;

const LINE_BYTES_MAX: usize = 16;

fn hello(first_line: Option<&str>) -> Hello {
    Hello { first_line: first_line.map(str::to_owned), ..Hello::of_version() }
}

/// What a client means that has said hello and sends this in chunks of this size.
fn decode(first_line: Option<&str>, input: &[u8], chunk: usize) -> Vec<Input> {
    let mut json = Json::new(hello(first_line), LINE_BYTES_MAX);
    let mut inputs = Vec::new();
    for mut chunk in input.chunks(chunk).chain([&b""[..]]) {
        inputs.extend(std::iter::from_fn(|| json.decode(&mut chunk)));
    }
    inputs.extend(std::iter::from_fn(|| json.finish()));
    inputs
}

fn line(text: &str) -> Input {
    Input::Line(CleanText::new(text))
}

#[test]
fn messages_mean_the_same_in_any_chunking() {
    let too_long = || Input::told(Refusal::LineTooLong { bytes_max: 16, is_typed: false });
    let input = [
        &b"{\"line\":\"hi \\u001b[2Jthere\"}\n\r\n"[..],
        b"{\"line\":\"12345678901234567\"}\n",
        b"{\"complete\":{\"kind\":\"name\",\"prefix\":\"an\"}}\r\n",
        b"hello\n{\"line\":3}\n{\"lines\":\"x\"}\n\xff\n",
        b"{\"line\":\"",
        &[b'x'; 1000],
        b"\"}\n{\"line\":\"\"}\n{\"line\":\"unfinished",
    ]
    .concat();
    for chunk in 1..input.len() {
        let inputs = decode(Some("/nick ann"), &input, chunk);
        let bad = || Input::told(Refusal::BadMessage);
        let [enter, first, hi, long, Input::Complete(wanted), rest @ ..] = &inputs[..] else {
            panic!("{inputs:?}")
        };
        assert_eq!([enter, first], [&Input::Enter { name: None }, &line("/nick ann")]);
        assert_eq!([hi, long], [&line("hi there"), &too_long()]);
        assert_eq!(wanted.prefix, "an");
        assert_eq!(rest, [bad(), bad(), bad(), bad(), too_long(), line("")], "{chunk}");
    }
}

#[test]
fn a_line_may_have_an_id() {
    let digits = "0123456789abcdef0123456789ABCDEF";
    let id = ClientMessageId(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    let sent = |id: &str, line: &str| {
        let input = format!("{{\"line\":\"{line}\",\"id\":{id}}}\n");
        let [Input::Enter { .. }, input] = &mut decode(None, input.as_bytes(), 99)[..] else {
            panic!("{input}")
        };
        std::mem::replace(input, Input::Leave)
    };
    let hi = IdentifiedLine { id, text: CleanText::new("hi") };
    assert_eq!(sent(&format!("\"{digits}\""), "hi"), Input::IdentifiedLine(Box::new(hi)));
    assert_eq!(sent("null", "hi"), line("hi"));
    let refusal = Refusal::LineTooLong { bytes_max: 16, is_typed: false };
    let too_long = sent(&format!("\"{digits}\""), "12345678901234567");
    assert_eq!(too_long, Input::told(Reply::NotSaid(Box::new(NotSaid { id, refusal }))));
    for bad in ["", "1", &digits[1..], &format!("+{}", &digits[1..]), &digits.replace('f', "g")] {
        let input = sent(&format!("\"{bad}\""), "hi");
        assert_eq!(input, Input::told(Refusal::BadMessageId), "{bad}");
    }
    for bad in ["7", "[]", "{}", "true"] {
        assert_eq!(sent(bad, "hi"), Input::told(Refusal::BadMessage), "{bad}");
    }
}

#[test]
fn a_first_line_may_be_too_long() {
    let too_long = Input::told(Refusal::LineTooLong { bytes_max: 16, is_typed: false });
    let inputs = decode(Some("12345678901234567"), b"{\"line\":\"hi\"}\n", 99);
    assert_eq!(inputs, [Input::Enter { name: None }, too_long, line("hi")]);
}

#[test]
fn what_is_sent_besides_lines_is_sent_once() {
    let mut json = Json::new(hello(None), LINE_BYTES_MAX);
    let mut bytes = Vec::new();
    json.settle(&mut bytes);
    assert!(bytes.is_empty() && !InputLine::is_stale(&json));
    json.set_rooms(&["#lobby".into(), "#den".into()]);
    json.complete(["ann".into()].into());
    assert!(InputLine::is_stale(&json));
    json.settle(&mut bytes);
    let expected = "{\"rooms\":[\"#lobby\",\"#den\"]}\n{\"completions\":[\"ann\"]}\n";
    assert_eq!(String::from_utf8_lossy(&bytes), expected);
    assert!(!InputLine::is_stale(&json));
    let asked = json.ask(&Question::SERVER, Lang::En);
    assert_eq!(&*asked, b"{\"ask\":{\"ask\":\"server-password\",\"name\":null,\"fault\":null}}\n");
    assert_eq!((&*json.reveal(), &*json.reveal()), (&b"{\"ask\":null}\n"[..], &b""[..]));
}

/// Every message that the server can send is read as the same message by a client.
#[test]
fn a_client_reads_what_the_server_means() {
    let check = |message: ServerMessage| {
        let text = serde_json::to_string(&message).unwrap();
        assert!(!text.contains('\n'));
        assert_eq!(serde_json::from_str::<ServerMessage>(&text).unwrap(), message, "{text}");
    };
    samples::replies().into_iter().map(ServerMessage::Reply).for_each(check);
    for event in samples::events() {
        let is_said = event.is_said();
        check(ServerMessage::Event(EventMessage {
            event: std::borrow::Cow::Owned(event),
            room: "#lobby".into(),
            seq: is_said.then_some(7),
            id: crate::model::id::LineId { origin: u64::MAX, number: 12 },
            at: std::time::SystemTime::UNIX_EPOCH.into(),
            name: "ann".into(),
            client: crate::model::id::ClientId(3),
            mention: is_said,
            rings: false,
        }));
    }
    check(ServerMessage::Ask { ask: Some(Question::SERVER) });
    check(ServerMessage::Ask { ask: None });
    check(ServerMessage::View { view: ViewMessage::default() });
}
