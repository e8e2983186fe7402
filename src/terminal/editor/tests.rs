mod completion;

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::terminal::keys::KeyDecoder;
use crate::terminal::line::TYPED_BYTES_MAX;

const LIMITS: Limits = Limits { line_bytes_max: 24, recall_entries_max: 3, recall_bytes_max: 100 };

fn editor() -> Editor {
    let mut editor = Editor::new(LIMITS);
    editor.remember("first");
    editor.remember("second");
    editor
}

/// Presses the keys that a terminal sends as these bytes. Returns all outcomes other than
/// `Nothing`.
fn press(editor: &mut Editor, input: &str) -> Vec<EditOutcome> {
    let mut decoder = KeyDecoder::default();
    let keys = input.bytes().flat_map(|byte| decoder.step(byte).collect::<Vec<_>>());
    keys.map(|key| editor.press(key)).filter(|outcome| *outcome != EditOutcome::Nothing).collect()
}

fn marked(editor: &Editor) -> String {
    let (before, behind) = editor.text().split_at(editor.cursor());
    format!("{before}|{behind}")
}

fn check(input: &str, expected: &str, outcomes: &[EditOutcome]) {
    let mut editor = editor();
    assert_eq!(press(&mut editor, input), outcomes, "{input:?}");
    assert_eq!(marked(&editor), expected, "{input:?}");
}

fn submitted(text: &str) -> EditOutcome {
    EditOutcome::Submitted(text.to_owned())
}

#[test]
fn keys_edit() {
    let check = |input: &str, expected: &str| check(input, expected, &[]);
    check("", "|");
    check("abc\x1b[D", "ab|c");
    check("的🇩🇪\x1b[D\x08x", "x|🇩🇪");
    check("ab\x01c", "c|ab");
    check("ab\x01c\x05d", "cabd|");
    check("abc\x02\x02\x04", "a|c");
    check("abc\x01\x04", "|bc");
    check("abc\x1b[D\x1b[3~", "ab|");
    check("abc\x02\x02\x06x", "abx|c");
    check("one two\x1b[1;5D\x1b[1;5Dx", "x|one two");
    check("one two\x01\x1bfx", "onex| two");
    check("one two\x17", "one |");
    check("one two\x17\x19\x19", "one twotwo|");
    // Text killed by several keys in a row is yanked as one.
    check("one two three\x17\x17\x19", "one two three|");
    check("one two three\x17\x17\x01\x19", "two three|one ");
    check("one two\x01\x1bd\x1bd\x19", "one two|");
    check("one two\x02\x0b\x15\x19", "one two|");
    check("one two\x17x\x17\x19", "one x|");
    check("one two\x17\x02\x17\x19", "one| ");
    check("one two\x17\x19\x17\x19", "one two|");
    check("one two\x1bb\x0b", "one |");
    check("one two\x1bb\x15", "|two");
    check("one two\x01\x1bd", "| two");
    check("abc\x03", "|");
    check("ab\x1b[200~c\rd\x1b[201~", "abc\nd|");
}

#[test]
fn keys_with_an_outcome() {
    check(
        "\x0c\x18\x1a\x1b[I\x1b[O",
        "|",
        &[
            EditOutcome::ClearScreen,
            EditOutcome::NextRoom,
            EditOutcome::Suspend,
            EditOutcome::Focus(true),
            EditOutcome::Focus(false),
        ],
    );
    check("\x04", "|", &[EditOutcome::Leave]);
    check("a\x04", "a|", &[EditOutcome::Refused]);
    check("hello\r", "|", &[submitted("hello")]);
    check(" hello \r", "|", &[submitted(" hello ")]);
    check("\r \r", "|", &[submitted(""), submitted("")]);
    check("hello\x02\r\n", "|", &[submitted("hello")]);
    check("\x1b[200~1\n\n2\n\n\x1b[201~\r", "|", &[submitted("1\n\n2")]);
    check("\x1b[200~\n\n\x1b[201~\r", "|", &[submitted("")]);
}

#[test]
fn refused_keys() {
    for input in ["\x19", "\x08", "\x1b[3~", "\x15", "\x0b", "\x17", "\x1bd", "\x1b[B", "\x1b[Z"] {
        check(input, "|", &[EditOutcome::Refused]);
    }
    // Moving the cursor is never refused.
    check("\x02\x06\x01\x05\x1bb\x1bf", "|", &[]);
    let full = "x".repeat(LIMITS.line_bytes_max);
    check(&format!("{full}y"), &format!("{full}|"), &[EditOutcome::Refused]);
    let mut editor = editor();
    assert_eq!(editor.press(Key::Text('\n')), EditOutcome::Refused);
    assert_eq!(editor.press(Key::Text('\x1b')), EditOutcome::Refused);
}

#[test]
fn up_and_down() {
    let check = |input: &str, expected: &str| check(input, expected, &[]);
    check("\x1b[A", "second|");
    check("typed\x1b[A\x1b[A", "first|");
    check("typed\x1b[A\x1b[A\x1b[B", "second|");
    check("typed\x1b[A\x1b[A\x1b[B\x1b[B", "typed|");
    // Edits to a recalled line do not change the kept line.
    check("typed\x1b[A!\x1b[A", "first|");
    check("typed\x1b[A!\x1b[A\x1b[B", "second!|");
    check("typed\x1b[A!\x1b[B\x1b[A", "second!|");
    check("typed\x1b[A!\x03\x1b[A", "second|");
    check("\x10\x10\x0e", "second|");
    check("typed\x1b[A\x03\x1b[A", "second|");
    self::check("a\x1b[A\x1b[A\x1b[A", "first|", &[EditOutcome::Refused]);
    // Sending or discarding the line ends the walk.
    self::check("a\x1b[A\x03\x1b[B", "|", &[EditOutcome::Refused]);
    self::check("a\x1b[A\r\x1b[B", "|", &[submitted("second"), EditOutcome::Refused]);
    // The editor itself keeps nothing on Enter.
    self::check("third\r\x1b[A", "second|", &[submitted("third")]);
}

#[test]
fn calls_by_the_program() {
    let mut editor = editor();
    editor.remember("third");
    editor.remember("third");
    editor.remember("fourth");
    assert_eq!(editor.recall.iter().collect::<Vec<_>>(), ["second", "third", "fourth"]);
    editor.set_text("draft");
    assert_eq!(marked(&editor), "draft|");
    press(&mut editor, "\x1b[A");
    assert_eq!(editor.take(), "fourth");
    assert_eq!(marked(&editor), "|");
    assert_eq!(editor.press(Key::Down), EditOutcome::Refused);
    editor.set_text(&"x".repeat(99));
    assert_eq!(editor.text().len(), LIMITS.line_bytes_max);
    press(&mut editor, "\x15");
    editor.forget_killed();
    assert_eq!(editor.press(Key::Yank), EditOutcome::Refused);
    editor.set_text("a");
    editor.clear();
    assert_eq!(marked(&editor), "|");
}

/// Text killed in a line with a password can be yanked into that line only.
#[test]
fn passwords_are_not_yanked_into_another_line() {
    let check = |input: &str, expected: &str| {
        let mut editor = Editor::new(Limits { line_bytes_max: 99, ..LIMITS });
        press(&mut editor, input);
        assert_eq!(marked(&editor), expected, "{input:?}");
    };
    check("/login ann secret\x15\x19", "/login ann secret|");
    check("/login ann secret\x17\x19", "/login ann secret|");
    check("/login ann secret\x15hi\r\x19", "|");
    check("/login ann secret\x17\r\x19", "|");
    check("/login ann secret\x17\x03\x19", "|");
    check("one two\x17\r\x19", "two|");
    check("/login ann secret\x17\x17\x03\x19", "|");
    check("/login ann secret\x15one two\x17\r\x19", "two|");
}

#[test]
fn concealed_input() {
    let check = |input: &str, left: &str, expected: &[EditOutcome]| {
        let (mut editor, mut decoder) = (editor(), KeyDecoder::default());
        let keys = input.bytes().flat_map(|byte| decoder.step(byte).collect::<Vec<_>>());
        let outcomes: Vec<EditOutcome> = keys.map(|key| editor.press_concealed(key)).collect();
        let outcomes: Vec<_> =
            outcomes.into_iter().filter(|outcome| *outcome != EditOutcome::Nothing).collect();
        assert_eq!((editor.text(), &outcomes[..]), (left, expected), "{input:?}");
    };
    check("secret", "secret", &[]);
    check(" secret \r", "", &[submitted(" secret ")]);
    check("secrex\x08t\r", "", &[submitted("secret")]);
    check("x\x15secret\r", "", &[submitted("secret")]);
    check("  \r", "", &[submitted("  ")]);
    // Ctrl-C and Ctrl-D on an empty answer answer nothing.
    check("secret\x03", "", &[submitted("")]);
    check("\x04", "", &[submitted("")]);
    check("s\x04", "s", &[EditOutcome::Refused]);
    // Nothing is recalled, completed or navigated.
    for key in ["\x1b[A", "\x19", "\t", "\x18", "\x1b[D", "\x01", "\x0c", "\x1a"] {
        check(&format!("s{key}"), "s", &[EditOutcome::Refused]);
    }
    // The bell must not reveal whether there is text, or whether more fits.
    check("\x08\x15", "", &[]);
    let full = "x".repeat(LIMITS.line_bytes_max);
    check(&format!("{full}y"), &full, &[]);
}

/// Bytes that terminals send, and others that they do not.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let keys = [
        "\t",
        "\t\t",
        "\x1b[Z",
        "\x1b[A",
        "\x1b[B",
        "\x1b[C",
        "\x1b[D",
        "\x01",
        "\x05",
        "\x08",
        "\x1b[3~",
        "\x17",
        "\x0b",
        "\x15",
        "\x19",
        "\x1bb",
        "\x1bf",
        "\x1bd",
        "\r",
        "\x03",
        " ",
        "\x1b[200~",
        "\x1b[201~",
        "的",
        "e\u{301}",
        "👩🏽\u{200D}🚀",
        "🇩",
        "🇪",
        "ᄒ",
        "\u{1161}",
        "/",
        "@",
        "#",
    ];
    let part = prop_oneof![
        6 => prop::sample::select(keys.to_vec()).prop_map(|key| key.as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
        1 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
        2 => "[ -~]{1,4}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_input_leaves_the_line_valid(bytes in input()) {
        let (mut editor, mut decoder) = (editor(), KeyDecoder::default());
        for key in bytes.iter().flat_map(|&byte| decoder.step(byte).collect::<Vec<_>>()) {
            match editor.press(key) {
                EditOutcome::Complete(wanted) => {
                    let names = ["的", "🇩"].map(|end| format!("{}{end}", wanted.prefix));
                    editor.complete(names.to_vec());
                }
                EditOutcome::Submitted(text) => {
                    prop_assert!(!text.ends_with('\n') && editor.text().is_empty());
                    editor.remember(&text);
                }
                _ => {}
            }
            let text = editor.text();
            let mut ends = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]);
            prop_assert!(ends.any(|at| at == editor.cursor()), "{:?}", editor);
            prop_assert!(text.len() <= TYPED_BYTES_MAX);
            prop_assert!(text.split('\n').all(|line| line.len() <= LIMITS.line_bytes_max));
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        }
    }

    #[test]
    fn up_and_down_return_to_the_typed_text(
        typed in "[a-z的🇩🇪]{0,4}", keys in prop::collection::vec(any::<bool>(), 0..20)
    ) {
        let mut editor = editor();
        press(&mut editor, &typed);
        for is_up in keys {
            editor.press(if is_up { Key::Up } else { Key::Down });
        }
        while editor.press(Key::Down) == EditOutcome::Nothing {}
        prop_assert_eq!(editor.text(), typed);
    }

    #[test]
    fn tab_cycles_back_to_the_typed_text(
        typed in "[/#@]?[a-z ]{0,9}", ends in prop::collection::vec("[a-z的]{0,5}", 1..5)
    ) {
        let mut editor = editor();
        press(&mut editor, &typed);
        let EditOutcome::Complete(wanted) = editor.press(Key::Tab) else { panic!("not asked") };
        editor.complete(ends.iter().map(|end| format!("{}{end}", wanted.prefix)).collect());
        for _ in &ends {
            editor.press(Key::Tab);
        }
        prop_assert_eq!(marked(&editor), format!("{typed}|"));
    }
}
