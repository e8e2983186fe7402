//! Any bytes in any chunking as keys: no key is a control character, the line stays valid, Up and
//! Down lose nothing, and ^C is a way out of everything.

#![no_main]

use hobnob::terminal::editor::{EditOutcome, Editor, Limits};
use hobnob::terminal::keys::{Byte7f, Key, KeyDecoder};
use hobnob::terminal::line::TYPED_BYTES_MAX;
use libfuzzer_sys::fuzz_target;
use unicode_segmentation::UnicodeSegmentation;

const LIMITS: Limits = Limits { line_bytes_max: 64, recall_entries_max: 4, recall_bytes_max: 200 };

fn check(editor: &Editor) {
    let text = editor.text();
    let mut ends = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]);
    assert!(ends.any(|at| at == editor.cursor()), "inside a character: {editor:?}");
    assert!(text.len() <= TYPED_BYTES_MAX, "too much: {editor:?}");
    assert!(text.split('\n').all(|line| line.len() <= LIMITS.line_bytes_max), "long: {editor:?}");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "a control: {editor:?}");
}

// The typed bytes, candidates for completion, and whether Delete sends 7F.
fuzz_target!(|data: (bool, Vec<String>, Vec<u8>)| {
    let (delete_is_7f, names, bytes) = data;
    let mut decoder = KeyDecoder::default();
    decoder.set_byte_7f(if delete_is_7f { Byte7f::Delete } else { Byte7f::Backspace });
    let mut editor = Editor::new(LIMITS);
    for byte in bytes {
        for key in decoder.step(byte) {
            assert!(!matches!(key, Key::Text(c) if c.is_control()), "{key:?}");
            let before = editor.text().to_owned();
            match editor.press(key) {
                EditOutcome::Nothing | EditOutcome::Focus(_) => {}
                EditOutcome::Complete(_) => editor.complete(names.clone()),
                EditOutcome::Submitted(text) => {
                    assert!(!text.ends_with('\n') && before.starts_with(&text));
                    assert_eq!(editor.text(), "");
                    editor.remember(&text);
                }
                _ => assert_eq!(editor.text(), before, "changed by {key:?}"),
            }
            check(&editor);
        }
    }
    let last = decoder.step(0x03).last();
    assert_eq!(last, Some(Key::Interrupt));
    assert_eq!(editor.press(Key::Interrupt), EditOutcome::Nothing);
    assert_eq!((editor.text(), editor.cursor()), ("", 0));
    editor.set_text("typed");
    while editor.press(Key::Up) == EditOutcome::Nothing {}
    while editor.press(Key::Down) == EditOutcome::Nothing {}
    assert_eq!(editor.text(), "typed");
    assert_eq!(
        [b'a', b'b'].map(|byte| decoder.step(byte).last()),
        ['a', 'b'].map(|c| Some(Key::Text(c)))
    );
});
