//! The effect of keys on the line and on the screen.

use proptest::prelude::*;

use super::*;
use crate::properties::cases;

#[track_caller]
fn check(keys: &str, expected: &[&str]) {
    check_at(80, 24, keys, expected);
}

/// Checks a screen of this size after these keys, sent in one packet and byte by byte.
#[track_caller]
fn check_at(columns: u16, rows: u16, keys: &str, expected: &[&str]) {
    let mut person = TelnetUser::at(columns, rows);
    person.types(keys);
    assert_eq!(person.rows(), expected, "{}", keys.escape_debug());
    let mut slow = TelnetUser::at(columns, rows);
    for byte in keys.bytes() {
        slow.receives(&[byte]);
    }
    assert_eq!(slow.rows(), expected, "byte by byte: {}", keys.escape_debug());
    assert_eq!(slow.said, person.said);
}

#[test]
fn keys_and_the_screen() {
    check("", &["#lobby> |"]);
    check("hello", &["#lobby> hello|"]);
    check("hello\x1b[D\x1b[Dx", &["#lobby> helx|lo"]);
    check("hello\x01x\x05y", &["#lobby> xhelloy|"]);
    check("你好\x02们\x7f\x7f", &["#lobby> |好"]);
    check("a👍b\x1b[D\x7f", &["#lobby> a|b"]);
    check("e\u{301}x\x7f\x7f", &["#lobby> |"]);
    check("one two\x17three", &["#lobby> one three|"]);
    check("one two\x15\x19\x19", &["#lobby> one twoone two|"]);
    check("one\x03two", &["#lobby> two|"]);
    check("one\rtwo", &["#lobby> two|"]);
    check("one\r\x1b[A", &["#lobby> one|"]);
    check("one\rtwo\x1b[A\x1b[B", &["#lobby> two|"]);
    check("/jo\t", &["#lobby> /join |"]);
    check("an\t", &["#lobby> ann: |"]);
    check("hi an\t\t", &["#lobby> hi andrew |"]);
    check("@an\t\t\t", &["#lobby> @an|"]);
    check("x\x0cy", &["#lobby> xy|"]);
    check("\x1b[200~one\ntwo\x1b[201~", &["#lobby> one", "two|"]);
    check("\x1b[200~one\ntwo\x1b[201~\r", &["#lobby> |"]);
    // Twenty columns, of which the last is never written to.
    check_at(20, 6, "0123456789a", &["#lobby> 0123456789a", "|"]);
    check_at(20, 6, "0123456789abc", &["#lobby> 0123456789a", "bc|"]);
    check_at(20, 6, "012345678中国", &["#lobby> 012345678中", "国|"]);
    check_at(20, 6, "0123456789中国", &["#lobby> 0123456789", "中国|"]);
    check_at(
        40,
        10,
        &format!("{}\x01", "x".repeat(60)),
        &[&format!("#lobby> |{}", "x".repeat(31)), &"x".repeat(29)],
    );
}

#[test]
fn submitted_lines() {
    let check = |keys: &str, expected: &[&str]| {
        let mut person = TelnetUser::at(80, 24);
        person.types(keys);
        assert_eq!(person.said, expected, "{}", keys.escape_debug());
    };
    check("hello\r\n", &["hello"]);
    check("hello\r\0world\n", &["hello", "world"]);
    check("\r\r \r", &[]);
    check("a\x1b[Db\r", &["ba"]);
    check("\x1b[200~one\r\n\n two\nthree\x1b[201~ four\r", &["one", "", " two", "three four"]);
    check("\x1b[200~\n\none\n \n\ntwo\n\n\x1b[201~\r", &["one", "", "", "two"]);
    check("\x1b[200~\n \n\x1b[201~\r", &[]);
    check("/who\r\x1b[A\r", &["/who", "/who"]);
    // A password cannot be recalled.
    check("hi\r/login ann secret\r\x1b[A\r", &["hi", "/login ann secret", "hi"]);
    check("/lgoin ann secret\r\x1b[A\r", &["/lgoin ann secret"]);
}

#[test]
fn commands_stay_on_the_screen() {
    check("/who\r", &["#lobby> /who", "#lobby> |"]);
    check("/whoo\r/uptime\r", &["#lobby> /whoo", "#lobby> /uptime", "#lobby> |"]);
    // Lines that are shown again anyway, and lines that nobody may see.
    for keys in ["hello\r", "/me waves\r", "/msg ann hi\r", "#ops hi\r", "/login ann secret\r"] {
        check(keys, &["#lobby> |"]);
    }
    for keys in ["/register secret\r", "/lgoin\r", "/login ann\r"] {
        check(keys, &["#lobby> |"]);
    }
    check("\x1b[200~/who\nhello\x1b[201~\r", &["#lobby> |"]);
}

#[test]
fn a_key_that_stops_programs_is_explained() {
    let told = "Ctrl-Z does nothing here. To suspend telnet: Ctrl-], then z and Enter.";
    check("half\x1a", &[told, "#lobby> half|"]);
}

#[test]
fn a_paste_that_does_not_fit_is_reported() {
    let pasted = |text: &str| {
        let mut person = TelnetUser::at(80, 24);
        person.types(&format!("\x1b[200~{text}\x1b[201~"));
        let told = person.rows().iter().any(|row| row.starts_with("Part of your paste was cut"));
        person.types("\r");
        (told, person.said.len())
    };
    assert_eq!(pasted(&"line\n".repeat(99)), (false, 99));
    assert_eq!(pasted(&"line\n".repeat(101)), (true, 100));
    assert_eq!(pasted(&"x".repeat(201)), (true, 1));
    // It is reported once; further typing only rings the bell.
    let mut person = TelnetUser::at(80, 24);
    person.types(&format!("\x1b[200~{}\x1b[201~yyy", "x".repeat(300)));
    let told = person.rows().iter().filter(|row| row.starts_with("Part of your paste")).count();
    assert_eq!(told, 1);
}

/// One client's keys do not delay those of the others.
#[test]
fn keys_per_turn_are_bounded() {
    let mut person = TelnetUser::at(80, 24);
    let keys = [b'x'; 1000];
    let mut rest = &keys[..];
    let mut turns = 0;
    while let Some(input) = person.plain.decode(&mut rest) {
        assert_eq!(input, Input::Enough);
        turns += 1;
        assert_eq!(1000 - rest.len(), turns * crate::limits::KEYS_PER_TURN_BYTES_MAX);
    }
    assert!(turns > 10 && rest.is_empty());
}

#[test]
fn a_word_without_candidates_is_asked_about_once() {
    let mut person = TelnetUser::at(80, 24);
    person.words = Vec::new();
    let mut rest = &b"zz\t\t\tx\t"[..];
    let mut asked = 0;
    while let Some(input) = person.plain.decode(&mut rest) {
        assert!(matches!(input, Input::Complete(_)), "{input:?}");
        asked += 1;
        person.input_line(|input_line, _| input_line.complete(Box::default()));
    }
    assert_eq!(asked, 2, "again when it is another");
}

#[test]
fn the_line_has_its_limit() {
    let told = "Not sent: the line is longer than 200 bytes. The up arrow";
    // From a script, and from a paste that the terminal does not mark as one.
    for size in [1, 500] {
        let mut person = TelnetUser::at(80, 24);
        for part in [&[b'x'; 250][..], b"\rhi\r"].concat().chunks(size) {
            person.receives(part);
        }
        assert_eq!(person.said, ["hi"]);
        assert!(person.rows()[0].starts_with(told), "{:#?}", person.rows());
        assert_eq!(person.rows().iter().filter(|row| row.contains("longer than")).count(), 1);
        person.types("\x1b[A\x1b[A\r");
        assert_eq!(person.said, ["hi".to_owned(), "x".repeat(200)], "what fits is not lost");
    }
    // A user who has changed the line since then knows that it is full.
    for change in ["\x7f", "\x1b[H\x1b[3~"] {
        let mut person = TelnetUser::at(80, 24);
        person.types(&"x".repeat(250));
        person.types(change);
        person.types("\r");
        assert_eq!(person.said, ["x".repeat(199)]);
    }
}

/// A damaged line that is edited here is not said or kept either.
#[test]
fn a_line_with_half_a_character_is_refused() {
    let told = "Not sent: your telnet client damaged a character. Use nc or hobnob instead, or try";
    let mut person = TelnetUser::at(100, 24);
    person.receives(b"waves \xe6");
    person.receives(b"@ann secret\r");
    assert_eq!(person.said, [""; 0]);
    assert!(person.rows()[0].starts_with(told), "{:#?}", person.rows());
    person.types("\x1b[A");
    assert_eq!(person.rows().last().map(String::as_str), Some("#lobby> |"));
    person.receives(b"\xd9 each time\r");
    assert_eq!(person.said, [""; 0]);
    // A user who has deleted the damaged character has seen it.
    person.receives(b"hi\xd9!\x7f\x7f there\r");
    assert_eq!(person.said, ["hi there"]);
    // Nor is it an answer.
    person.plain.ask(&Question::SERVER, Lang::En);
    person.receives(b"se\xe6cret\r");
    assert_eq!(person.said, ["hi there"]);
    person.receives(b"secret\r");
    assert_eq!(person.said, ["hi there", "secret"]);
}

#[test]
fn leaving_and_switching_rooms() {
    let mut person = TelnetUser::at(80, 24);
    person.types("x\x04");
    assert!(!person.has_left, "^D behind a text takes nothing away");
    person.types("\x7f\x04");
    assert!(person.has_left);
    let mut person = TelnetUser::at(80, 24);
    person.types("\x18");
    assert_eq!(person.said, [""; 0]);
    person.is_in(&["#ops", "#dev", "#lobby"]);
    person.types("unsent\x18");
    person.plain.add_unread(&"#ops".into(), 3);
    person.settles();
    assert_eq!(person.rows(), ["#lobby (+3 #ops)> unsent|"]);
    person.types("\x18");
    assert_eq!(person.said, ["#dev", "#ops"]);
    person.is_in(&["#dev", "#lobby", "#ops"]);
    assert_eq!(person.rows(), ["#ops> unsent|"]);
}

#[test]
fn lines_are_shown_above_the_prompt() {
    let mut person = TelnetUser::at(40, 10);
    person.types("typing 你\x1b[D");
    person.arrives("ann: one");
    person.arrives("bob: two");
    assert_eq!(person.rows(), ["ann: one", "bob: two", "#lobby> typing |你"]);
    for at in 0..9 {
        person.arrives(&format!("line {at}"));
    }
    assert_eq!(person.rows().len(), 10);
    assert_eq!(person.rows()[8..], ["line 8", "#lobby> typing |你"]);
}

/// This terminal draws the signs of an emoji one by one, so the emoji needs more columns.
#[test]
fn characters_drawn_wider_stay_on_their_row() {
    for emoji in ["👍🏽", "👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦‍👦", "🇩🇪", "❤\u{fe0f}", "क्ष्ष्ष"]
    {
        for before in 58..72 {
            let mut person = TelnetUser::at(80, 24);
            person.types(&format!("{}{emoji}", "x".repeat(before)));
            person.arrives("ann: one");
            person.arrives("bob: two");
            let rows = person.rows();
            assert_eq!(rows[..2], ["ann: one", "bob: two"], "{emoji} behind {before}: {rows:#?}");
            person.types("\x15");
            assert_eq!(person.rows(), ["ann: one", "bob: two", "#lobby> |"], "{emoji}, {before}");
        }
    }
}

#[test]
fn letters_that_are_one_character_have_their_columns() {
    check("क्या राष्ट्र क्या abc\x1b[D\x1b[DX", &["#lobby> क्या राष्ट्र क्या aX|bc"]);
    check("স্ত্রী abc\x1b[D\x1b[DX", &["#lobby> স্ত্রী aX|bc"]);
    check("क्या\x7fx", &["#lobby> x|"]);
}

#[test]
fn the_window_changes_its_size() {
    let mut person = TelnetUser::at(80, 24);
    person.arrives("ann: one");
    person.types(&"x".repeat(50));
    for (columns, rows) in [(40, 10), (80, 24), (20, 6)] {
        let size = |value| NonZeroU16::new(value).unwrap();
        person.screen.screen_mut().set_size(size(rows), size(columns));
        person.has_size(columns, rows);
        let shown = person.rows();
        assert_eq!(shown[0], "ann: one", "{columns}");
        // If a line is higher than half of the window, the part with the cursor is shown.
        let line = format!("#lobby> {}|", "x".repeat(50));
        assert!(line.ends_with(&shown[1..].concat()), "{columns}: {shown:#?}");
        assert!(shown.len() > usize::from(rows).min(3) / 2, "{columns}: {shown:#?}");
    }
}

#[test]
fn absurd_window_sizes_do_no_harm() {
    for (columns, rows) in [(0, 0), (65535, 65535), (1, 1), (0, 65535), (255, 255)] {
        let mut person = TelnetUser::at(80, 24);
        person.has_size(columns, rows);
        person.types(&"你x".repeat(40));
        person.arrives("ann: hi");
        person.types("\r");
        assert_eq!(person.said, ["你x".repeat(40)]);
        let terminal = person.plain.traits().terminal.unwrap();
        assert!(terminal.columns.is_some_and(|columns| (10..=250).contains(&columns.get())));
    }
}

#[test]
fn telnets_own_keys_mean_what_they_say() {
    let mut person = TelnetUser::at(80, 24);
    person.receives(b"abc\xff\xf4\xff\xfd\x06x");
    assert_eq!(person.rows(), ["#lobby> x|"]);
    // ^C is the way out of a paste that has no end.
    person.receives(b"\x1b[200~abc\xff\xf4\xff\xfd\x06hello\r\0");
    assert_eq!(person.said, ["hello"]);
    person.types("x");
    // Inside a character it was not a key: 的.
    person.receives(b"\xe7\xff\xed\xff\xfd\x06\x84");
    assert_eq!(person.rows(), ["#lobby> x的|"]);
}

/// Keys as people press them, each whole.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z ]",
        1 => Just("你".to_owned()),
        1 => Just("👍".to_owned()),
        1 => Just("e\u{301}".to_owned()),
        2 => Just("\x7f".to_owned()),
        2 => prop::sample::select(&["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[1;5D"][..])
            .prop_map(str::to_owned),
        1 => prop::sample::select(&["\x01", "\x05", "\x0b", "\x15", "\x17", "\x19", "\x03"][..])
            .prop_map(str::to_owned),
        1 => prop::sample::select(&["\t", "\x1b[Z", "\x1b[3~", "\x1bb", "\x1bf"][..])
            .prop_map(str::to_owned),
        1 => Just("\r\0".to_owned()),
        1 => Just("\x1b[200~one\ntwo three\x1b[201~".to_owned()),
        1 => Just("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".to_owned()),
    ]
}

proptest! {
    #![proptest_config(cases(64))]

    /// Messages between any two keystrokes never change the line being typed, which is the same
    /// whether the bytes arrive one by one or in one packet.
    #[test]
    fn nothing_that_arrives_changes_the_line(
        keys in prop::collection::vec(key(), 0..40),
        (columns, rows) in prop::sample::select(&[(80, 24), (40, 10), (20, 6)][..]),
    ) {
        // Large enough that every paste fits, so that nothing is reported about one.
        let door = PlainDoor { line_bytes_max: 2000, ..DOOR };
        let person = || TelnetUser::at_door(door, columns, rows).agreeing(columns, rows);
        let (mut at_once, mut interrupted) = (person(), person());
        at_once.types(&keys.concat());
        for key in &keys {
            for byte in key.bytes() {
                interrupted.receives(&[byte]);
            }
            interrupted.arrives("bob: in between");
        }
        prop_assert_eq!(&at_once.said, &interrupted.said);
        let (expected, shown) = (at_once.rows(), interrupted.rows());
        let bottom = &shown[shown.len().saturating_sub(expected.len())..];
        prop_assert_eq!(bottom, &expected[..]);
        let above = &shown[..shown.len() - bottom.len()];
        prop_assert!(above.iter().all(|row| row == "bob: in between"), "{:?}", shown);
        prop_assert!(above.len() <= keys.len() && above.is_empty() == keys.is_empty());
    }
}
