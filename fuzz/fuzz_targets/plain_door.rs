//! Any bytes in any chunking through the telnet decoder and the plain door: the same inputs come
//! out, nothing panics, answers stay in proportion, and no line holds anything but text.

#![no_main]

use hobnob::door::{Input, Protocol};
use hobnob::lang::Lang;
use hobnob::plain::{Plain, PlainDoor};
use libfuzzer_sys::fuzz_target;

const LINE_BYTES_MAX: usize = 64;

/// The inputs of `bytes`, which come in pieces of these sizes, again and again.
fn decode(is_concealed: bool, bytes: &[u8], sizes: &[usize]) -> Vec<Input> {
    let catalogue = Lang::En.catalogue();
    let mut plain = Plain::new(PlainDoor { catalogue, line_bytes_max: LINE_BYTES_MAX , edits: false});
    if is_concealed {
        // A blank line says that this is telnet, which can be asked, and nothing else.
        assert_eq!(plain.decode(&mut &b"\r\n"[..]), None);
        assert!(plain.conceal("? ").is_some());
    }
    let mut inputs = Vec::new();
    let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
    while !rest.is_empty() {
        let (mut piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap_or(&1)));
        inputs.extend(std::iter::from_fn(|| plain.decode(&mut piece)));
        assert!(piece.is_empty());
        rest = after;
    }
    inputs.extend(std::iter::from_fn(|| plain.finish()));
    inputs
}

fuzz_target!(|data: (bool, Vec<u8>, Vec<u8>)| {
    let (is_concealed, sizes, bytes) = data;
    let sizes: Vec<usize> = sizes.iter().map(|&size| 1 + usize::from(size)).collect();
    let whole = decode(is_concealed, &bytes, &[usize::MAX]);
    assert_eq!(decode(is_concealed, &bytes, &sizes), whole);
    assert!(matches!(whole[0], Input::Enter { .. } | Input::Reject { .. }));
    let mut answered = 0;
    for input in &whole {
        match input {
            Input::Line(text) => {
                assert!(is_concealed || !text.is_blank());
                assert!(!text.as_str().chars().any(char::is_control));
            }
            Input::Answer(answer) => answered += answer.len(),
            Input::Enter { .. } | Input::Reject { .. } => {}
        }
    }
    // AYT, the dearest request, costs two bytes.
    assert!(answered <= bytes.len() * 40);
});
