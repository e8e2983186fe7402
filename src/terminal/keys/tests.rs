use proptest::prelude::*;

use super::*;

fn keys(decoder: &mut KeyDecoder, input: &[u8]) -> Vec<Key> {
    input.iter().flat_map(|&byte| decoder.step(byte)).collect()
}

fn check(input: &[u8], expected: &[Key]) {
    let mut decoder = KeyDecoder::default();
    assert_eq!(keys(&mut decoder, input), expected, "{}", input.escape_ascii());
}

/// The sequence gives these keys, and the next key is decoded normally again.
fn check_whole(input: &[u8], expected: &[Key]) {
    check(&[input, b"x"].concat(), &[expected, &[Key::Text('x')]].concat());
}

/// Each character of `text` as a key, `\n` as a line break.
fn typed(text: &str) -> Vec<Key> {
    text.chars().map(|c| if c == '\n' { Key::LineBreak } else { Key::Text(c) }).collect()
}

#[test]
fn text_is_characters() {
    check(b"ab c~", &typed("ab c~"));
    let text = "é的한ᄒ\u{1161}e\u{301}👩🏽\u{200D}🚀❤\u{FE0F}🇩🇪\u{200C}🏴\u{E0067}\u{E007F}";
    check(text.as_bytes(), &typed(text));
    // The same result as String::from_utf8_lossy, for Unicode's own example.
    check(b"\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64", &typed("a���b�c��d"));
    check(b"\xe7\x9a\r", &[Key::Text('\u{FFFD}'), Key::Enter]);
    check(b"\xe7\xff", &typed("��"));
    check(b"\xe7\x1b[D", &[Key::Text('\u{FFFD}'), Key::Left]);
}

#[test]
fn characters_that_cannot_be_typed() {
    let nothing =
        "\u{80}\u{9B}\u{9F}\u{202A}\u{202E}\u{2066}\u{2069}\u{200B}\u{200E}\u{200F}\u{FEFF}";
    for c in nothing.chars() {
        check(c.to_string().as_bytes(), &[]);
    }
    // Many keyboards have a no-break space.
    for c in "\u{A0}\u{202F}\u{2028}".chars() {
        check(c.to_string().as_bytes(), &[Key::Text(' ')]);
    }
    check("\u{E000}".as_bytes(), &[Key::Text('\u{FFFD}')]);
    for c in "\u{200C}\u{200D}\u{FE0F}\u{3000}\u{FFFD}\u{2027}".chars() {
        check(c.to_string().as_bytes(), &[Key::Text(c)]);
    }
}

#[test]
fn control_characters() {
    for (byte, key) in [
        (0x01, Key::Home),
        (0x02, Key::Left),
        (0x03, Key::Interrupt),
        (0x04, Key::EndOfInput),
        (0x05, Key::End),
        (0x06, Key::Right),
        (0x08, Key::Backspace),
        (0x09, Key::Tab),
        (0x0a, Key::Enter),
        (0x0b, Key::KillToEnd),
        (0x0c, Key::ClearScreen),
        (0x0d, Key::Enter),
        (0x0e, Key::Down),
        (0x10, Key::Up),
        (0x15, Key::KillToStart),
        (0x17, Key::KillWordLeft),
        (0x18, Key::NextRoom),
        (0x19, Key::Yank),
        (0x1a, Key::Suspend),
        (0x7f, Key::Backspace),
    ] {
        check_whole(&[byte], &[key]);
        // In the middle of a sequence they end it and keep their meaning.
        for sequence in [&b"\x1b["[..], b"\x1b[1;5", b"\x1bO", b"\x1b[["] {
            check_whole(&[sequence, &[byte]].concat(), &[key]);
        }
    }
    for byte in [0x00, 0x07, 0x0f, 0x11, 0x12, 0x13, 0x14, 0x16, 0x1c, 0x1d, 0x1e, 0x1f] {
        check_whole(&[byte], &[]);
        check_whole(&[0x1b, byte], &[]);
    }
}

#[test]
fn every_form_of_enter_is_one_key() {
    check(b"\r", &[Key::Enter]);
    check(b"a\rb\nc\r\nd\r\0e", &{
        let mut keys = Vec::new();
        for c in "abcde".chars() {
            keys.extend([Key::Text(c), Key::Enter]);
        }
        keys.pop();
        keys
    });
    check(b"\r\r\n\n\0\r\0\0\n", &[Key::Enter; 5]);
    check(b"\r\x1b[D\n", &[Key::Enter, Key::Left, Key::Enter]);
    check(b"\x1b\r\nx", &[Key::Enter, Key::Text('x')]);
}

#[test]
fn keys_of_terminals() {
    for (sequence, key) in [
        // Arrows, Home and End: normal, Linux, rxvt, PuTTY, screen and SyncTERM.
        ("[A", Key::Up),
        ("[B", Key::Down),
        ("[C", Key::Right),
        ("[D", Key::Left),
        ("[H", Key::Home),
        ("[F", Key::End),
        ("OA", Key::Up),
        ("OB", Key::Down),
        ("OH", Key::Home),
        ("OF", Key::End),
        ("OM", Key::Enter),
        ("[K", Key::End),
        ("[1~", Key::Home),
        ("[7~", Key::Home),
        ("[4~", Key::End),
        ("[8~", Key::End),
        ("[3~", Key::Delete),
        ("[Z", Key::BackTab),
        ("[1;2Z", Key::BackTab),
        ("[I", Key::FocusIn),
        ("[O", Key::FocusOut),
        // With Ctrl or Alt.
        ("[1;5C", Key::WordRight),
        ("[1;5D", Key::WordLeft),
        ("[1;3C", Key::WordRight),
        ("[1;3D", Key::WordLeft),
        ("[1;9D", Key::WordLeft),
        ("[1;6C", Key::WordRight),
        ("[5C", Key::WordRight),
        ("[5D", Key::WordLeft),
        ("O5C", Key::WordRight),
        ("OC", Key::WordRight),
        ("OD", Key::WordLeft),
        ("Oc", Key::WordRight),
        ("Od", Key::WordLeft),
        ("Oa", Key::Up),
        ("Ob", Key::Down),
        ("[1;5A", Key::Up),
        ("[1;5B", Key::Down),
        ("[1;5H", Key::Home),
        ("[1;5F", Key::End),
        ("[7^", Key::Home),
        ("[8^", Key::End),
        ("[3;5~", Key::KillWordRight),
        ("[3;3~", Key::KillWordRight),
        ("[3^", Key::KillWordRight),
        ("[3@", Key::KillWordRight),
        ("\x1b[D", Key::WordLeft),
        ("\x1b[C", Key::WordRight),
        ("\x1bOD", Key::WordLeft),
        ("\x1b[3~", Key::KillWordRight),
        ("\x1b[A", Key::Up),
        ("b", Key::WordLeft),
        ("f", Key::WordRight),
        ("d", Key::KillWordRight),
        ("\x7f", Key::KillWordLeft),
        ("\x08", Key::KillWordLeft),
        // With Shift alone.
        ("[1;2C", Key::Right),
        ("[1;2D", Key::Left),
        ("[1C", Key::Right),
        ("[1;1;5C", Key::Right),
        ("[c", Key::Right),
        ("[d", Key::Left),
        ("[1;2H", Key::Home),
        ("[3;2~", Key::Delete),
        ("[3$", Key::Delete),
        ("[7$", Key::Home),
        ("[8$", Key::End),
    ] {
        check_whole(format!("\x1b{sequence}").as_bytes(), &[key]);
    }
}

#[test]
fn unknown_sequences_are_consumed_whole() {
    let endless = format!("\x1b[{}C", "1;".repeat(100_000));
    for sequence in [
        // Page keys, Insert, and function keys of xterm, Linux and rxvt.
        "\x1b[5~",
        "\x1b[6~",
        "\x1b[2~",
        "\x1b[5;5~",
        "\x1b[15~",
        "\x1b[24;2~",
        "\x1bOP",
        "\x1bO5P",
        "\x1b[1;5P",
        "\x1b[[A",
        "\x1b[[E",
        "\x1b[23$",
        "\x1b[V",
        // Replies of terminals.
        "\x1b[?1;2c",
        "\x1b[>41;354;0c",
        "\x1b[24;80R",
        "\x1b[?2026;2$y",
        "\x1b[<0;10;10M",
        "\x1b[1:2C",
        "\x1b[ C",
        "\x1b[99999999999999999999~",
        "\x1b[131080~",
        "\x1b[1[",
        // Alt with a key that has no meaning.
        "\x1bx",
        "\x1b]",
        "\x1bP",
        "\x1b ",
        "\x1b的",
        "\x1b\x1bq",
    ] {
        check_whole(sequence.as_bytes(), &[]);
    }
    check_whole(endless.as_bytes(), &[Key::Right]);
    check(b"\x1b", &[]);
    // The beginning of a new sequence ends the old one.
    check(b"\x1b[1;\x1b[D", &[Key::Left]);
    check(b"\x1b[[\x1b[D", &[Key::Left]);
    // So does a character of another script.
    check("\x1b[的".as_bytes(), &typed("的"));
    check("\x1bO的".as_bytes(), &typed("的"));
    check("\x1b[[的".as_bytes(), &typed("的"));
    // Nothing of a character typed with Alt is left behind.
    check(b"\x1b\xe7\x9aab", &typed("ab"));
    check(b"\x1b\xffab", &typed("ab"));
}

#[test]
fn paste_is_text() {
    let check = |pasted: &str, expected: &str| {
        let end = [Key::Enter, Key::Text('x')];
        let input = format!("\x1b[200~{pasted}\x1b[201~\rx");
        self::check(input.as_bytes(), &[&typed(expected)[..], &end].concat());
    };
    check("", "");
    check("one line", "one line");
    check("1\r2\n3\r\n4\r\r5\n\n6\r\n\r\n7\r\x008", "1\n2\n3\n4\n\n5\n\n6\n\n7\n8");
    check("a\tb", "a b");
    check("a\x01\x04\x08\x0b\x15\x1a\x7f\0b", "ab");
    check("a\x1b[Db\x1bOCc\x1bbd\x1b\x7fe\x1bOMf\x1b[Ig", "abcdefg");
    check("\x1b[31mred\x1b[0m", "red");
    check("\x1b[200~again", "again");
    // The end of the paste counts, whatever it cuts short.
    for broken in ["\x1b", "\x1b[1;5", "\x1bO", "\x1b[[", "\x1b\x1b"] {
        check(broken, "");
    }
    self::check(b"\x1b[200~\xe7\x1b[201~\r", &[Key::Text('\u{FFFD}'), Key::Enter]);
    // The way out of a paste.
    let out = [Key::Text('a'), Key::Interrupt, Key::Enter];
    self::check(b"\x1b[200~a\x03\r", &out);
    // An end without a beginning.
    self::check(b"\x1b[201~\r", &[Key::Enter]);
}

#[test]
fn delete_may_be_7f() {
    let mut decoder = KeyDecoder::default();
    decoder.set_byte_7f(Byte7f::Delete);
    assert_eq!(keys(&mut decoder, b"\x08\x7f"), [Key::Backspace, Key::Delete]);
    assert_eq!(keys(&mut decoder, b"\x1b\x08\x1b\x7f"), [Key::KillWordLeft, Key::KillWordRight]);
    decoder.set_byte_7f(Byte7f::DeleteBeside08);
    assert_eq!(keys(&mut decoder, b"\x7f"), [Key::Backspace]);
    assert!(decoder.was_7f());
    assert_eq!(keys(&mut decoder, b"\x08\x7f"), [Key::Backspace, Key::Delete]);
    assert_eq!(keys(&mut decoder, b"\x1b[3~"), [Key::Delete]);
    assert!(!decoder.was_7f());
    decoder.set_byte_7f(Byte7f::Backspace);
    assert_eq!(keys(&mut decoder, b"\x08\x7f"), [Key::Backspace, Key::Backspace]);
}

#[test]
fn invalid_bytes_are_told_apart_from_a_typed_replacement_character() {
    let check = |bytes: &[u8], expected: bool| {
        let mut decoder = KeyDecoder::default();
        keys(&mut decoder, bytes);
        assert_eq!(decoder.take_broken(), expected, "{}", bytes.escape_ascii());
        assert!(!decoder.take_broken());
    };
    check("a\u{fffd}来".as_bytes(), false);
    check(b"\xe6", false);
    check(b"\xe6a", true);
    check(b"\xe5\xac\xe5", true);
    check(b"\xff", true);
    check(b"\x80", true);
}

#[test]
fn unfinished_characters_are_reported() {
    let mut decoder = KeyDecoder::default();
    for (byte, is_inside) in [(0xe7, true), (0x9a, true), (0x84, false), (b'a', false)] {
        assert_eq!(decoder.step(byte).count(), usize::from(!is_inside));
        assert_eq!(decoder.is_inside_character(), is_inside);
    }
    assert!(size_of::<KeyDecoder>() <= 24, "{}", size_of::<KeyDecoder>());
}

/// Bytes roughly as terminals and people send them.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        any::<char>().prop_map(|c| c.to_string().into_bytes()),
        "[ -~]{1,4}".prop_map(String::into_bytes),
        "\x1b{1,2}[\\[O\\]P][0-9;]{0,6}[A-Da-dHFZ~$^]?".prop_map(String::into_bytes),
        prop_oneof![Just("\x1b[200~"), Just("\x1b[201~"), Just("\r\n"), Just("\x1b\\")]
            .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn bytes_without_controls_decode_like_from_utf8_lossy(
        bytes in prop::collection::vec(
            prop_oneof![0x20..0x7fu8, 0x80..=0xffu8, 0xe0..=0xf4u8], 0..99
        )
    ) {
        // An unfinished character at the end is cut short.
        let bytes = [&bytes[..], b"."].concat();
        let lossy = String::from_utf8_lossy(&bytes).into_owned();
        let lossy: String = lossy.chars().filter_map(crate::text::alone).collect();
        let expected = typed(&lossy);
        prop_assert_eq!(keys(&mut KeyDecoder::default(), &bytes), expected);
    }

    #[test]
    fn no_key_holds_a_control_and_all_end_with_two_interrupts(bytes in input()) {
        let mut decoder = KeyDecoder::default();
        for key in keys(&mut decoder, &bytes) {
            prop_assert!(!matches!(key, Key::Text(c) if crate::text::alone(c) != Some(c)));
        }
        // After any input, ^C is ^C and the text after it is text.
        let last = keys(&mut decoder, b"\x03ab");
        let expected = [vec![Key::Interrupt], typed("ab")].concat();
        prop_assert!(last.ends_with(&expected), "{last:?}");
    }

    #[test]
    fn a_paste_gives_nothing_but_text(bytes in input()) {
        let mut bytes: Vec<u8> = bytes.into_iter().filter(|&byte| byte != 0x03).collect();
        // Nothing that ends the paste.
        while let Some(at) = bytes.windows(4).position(|part| part == b"201~") {
            bytes.remove(at + 3);
        }
        let mut decoder = KeyDecoder::default();
        keys(&mut decoder, b"\x1b[200~");
        for key in keys(&mut decoder, &bytes) {
            prop_assert!(matches!(key, Key::Text(_) | Key::LineBreak), "{key:?}");
        }
        prop_assert_eq!(keys(&mut decoder, b"\x1b[201~\x01").pop(), Some(Key::Home));
    }
}
