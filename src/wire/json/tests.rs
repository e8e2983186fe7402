use super::message::EventMessage;
use super::*;
use crate::model::reply::samples;

const LINE_BYTES_MAX: usize = 16;

fn hello(first_line: Option<&str>) -> Hello {
    Hello { version: message::VERSION, lang: None, first_line: first_line.map(str::to_owned) }
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
