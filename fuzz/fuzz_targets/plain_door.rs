//! Any bytes in any chunking through the telnet decoder and the plain wire: the inputs are the
//! same, nothing panics, answers stay in proportion, and no line contains anything but text.

#![no_main]

use hobnob::base::zone::Zone;
use hobnob::model::language::Lang;
use hobnob::model::presentation::Presentation;
use hobnob::model::prompt::Question;
use hobnob::model::reply::Reply;
use hobnob::wire::door::{Input, Protocol};
use hobnob::wire::plain::{Plain, PlainDoor};
use hobnob::wire::text::reply::{Look, append};
use libfuzzer_sys::fuzz_target;
use std::time::SystemTime;

const LINE_BYTES_MAX: usize = 64;

/// The answers of a telnet that lets its line be edited: DO ECHO, DO SUPPRESS-GO-AHEAD, WILL NAWS,
/// WILL TERMINAL-TYPE.
const AGREED: &[u8] = b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x1f\xff\xfb\x18";

/// The kind of client.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// It sends lines.
    Lines,
    /// It sends lines that are hidden answers.
    Concealed,
    /// It sends keys, and its line is edited here.
    Keys,
}

/// The inputs decoded from `bytes`, which arrive in pieces of these sizes in rotation.
fn decode(mode: Mode, bytes: &[u8], sizes: &[usize]) -> Vec<Input> {
    let edits = mode == Mode::Keys;
    let mut plain =
        Plain::new(PlainDoor { lang: Lang::En, line_bytes_max: LINE_BYTES_MAX, edits, origin: 1 });
    match mode {
        Mode::Lines => {}
        Mode::Concealed => {
            // A blank line only shows that this may be a telnet, which can be asked.
            assert_eq!(plain.decode(&mut &b"\r\n"[..]), None);
            assert!(plain.ask(&Question::SERVER, Lang::En).starts_with(b"\xff\xfb\x01"));
        }
        Mode::Keys => {
            assert!(!plain.greeting().is_empty());
            let mut agreed = AGREED;
            while plain.decode(&mut agreed).is_some() {}
            assert!(plain.input_line().is_some());
        }
    }
    let mut inputs = Vec::new();
    let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
    while !rest.is_empty() {
        let (mut piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap_or(&1)));
        while let Some(input) = plain.decode(&mut piece) {
            if let (Input::Complete(_), Some(input_line)) = (&input, plain.input_line()) {
                input_line.complete([Box::from("ann"), Box::from("王小明")].into());
            }
            if input != Input::Enough {
                inputs.push(input);
            }
        }
        assert!(piece.is_empty());
        rest = after;
        if let Some(input_line) = plain.input_line() {
            let mut shown = Vec::new();
            input_line.settle(&mut shown);
            input_line.hide(&mut shown);
            assert!(!input_line.is_stale());
        }
    }
    inputs.extend(std::iter::from_fn(|| plain.finish()));
    inputs
}

/// The length of a reply's text.
fn text_bytes(reply: &Reply) -> usize {
    let mut bytes = Vec::new();
    let look = Look {
        presentation: Presentation::default(),
        zone: Zone::of_server(),
        now: SystemTime::UNIX_EPOCH,
        is_plain: false,
    };
    append(&mut bytes, reply, &look);
    bytes.len()
}

fuzz_target!(|data: (u8, Vec<u8>, Vec<u8>)| {
    let (mode, sizes, bytes) = data;
    let mode = [Mode::Lines, Mode::Concealed, Mode::Keys][usize::from(mode) % 3];
    let sizes: Vec<usize> = sizes.iter().map(|&size| 1 + usize::from(size)).collect();
    let mut whole = decode(mode, &bytes, &[usize::MAX]);
    let mut pieces = decode(mode, &bytes, &sizes);
    if mode == Mode::Keys {
        // The bytes that erase a line depend on what had been drawn by then.
        let is_drawn =
            |input: &Input| matches!(input, Input::Answer(bytes) if bytes.contains(&0x1b));
        whole.retain(|input| !is_drawn(input));
        pieces.retain(|input| !is_drawn(input));
    }
    assert_eq!(pieces, whole);
    // A client that agreed to editing has been admitted already.
    let is_first = matches!(whole.first(), Some(Input::Enter { .. } | Input::Reject { .. }));
    // A client that sends nothing up to the end is never admitted.
    assert!(is_first || whole.is_empty() || mode == Mode::Keys);
    let mut answered = 0;
    for input in &whole {
        match input {
            Input::Line(text) => {
                assert!(mode == Mode::Concealed || !text.is_blank());
                assert!(!text.as_str().chars().any(char::is_control));
            }
            Input::Answer(answer) => answered += answer.len(),
            Input::Echo(text) => answered += text.len(),
            Input::Told(reply) => answered += text_bytes(reply),
            // A client that goes on in JSON takes the rest with another protocol.
            Input::IdentifiedLine(_)
            | Input::Complete(_)
            | Input::Becomes(_)
            | Input::Enough
            | Input::Enter { .. }
            | Input::Interrupt
            | Input::Leave
            | Input::Reject { .. } => {}
        }
    }
    // A line that is not UTF-8 costs two bytes and a message to its author. The end of editing puts
    // the text typed before it on the screen.
    assert!(answered <= bytes.len() * 48 + LINE_BYTES_MAX);
});
