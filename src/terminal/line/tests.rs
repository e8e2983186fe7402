use proptest::prelude::*;

use super::*;

#[test]
fn the_lines_of_a_block() {
    let check = |text: &str, expected: &[&str]| {
        assert_eq!(block_lines(text).collect::<Vec<_>>(), expected, "{text:?}");
    };
    check("", &[]);
    check(" \n\n\u{2800}", &[]);
    check("one", &["one"]);
    check("\n\none\n\n", &["one"]);
    check("one\n\nthree", &["one", "", "three"]);
    check("\n one\n \n\t\n  two \n", &[" one", "", "", "  two "]);
}

/// `ab|c` as a line: the cursor is at the `|`.
fn line(marked: &str) -> EditBuffer {
    let (before, behind) = marked.split_once('|').expect("a cursor");
    let mut line = EditBuffer::new(1000);
    line.set_text(&format!("{before}{behind}"));
    line.cursor = before.len();
    line
}

fn marked(line: &EditBuffer) -> String {
    let (before, behind) = line.parts();
    format!("{before}|{behind}")
}

/// Applies a change to a line and checks the result, which must differ.
fn check(before: &str, change: impl Fn(&mut EditBuffer), expected: &str) {
    let mut line = line(before);
    change(&mut line);
    assert_eq!(marked(&line), expected, "from {before}");
}

/// Like `check`, for an edit that returns whether it could: it could unless the line stays the
/// same.
fn check_edit(before: &str, change: impl Fn(&mut EditBuffer) -> bool, expected: &str) {
    let mut line = line(before);
    let could = change(&mut line);
    assert_eq!(marked(&line), expected, "from {before}");
    assert_eq!(could, before != expected, "from {before}");
}

#[test]
fn a_character_is_a_grapheme_cluster() {
    // CJK, combining marks, Hangul in letters, VS16, skin tone, ZWJ, flags, a flag of tags, Indic.
    for cluster in [
        "a",
        "的",
        "e\u{301}",
        "ᄒ\u{1161}\u{11AB}",
        "❤\u{FE0F}",
        "👍🏽",
        "👩🏽\u{200D}🚀",
        "🇩🇪",
        "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        "क\u{94D}षि",
    ] {
        let text = |form: &str| form.replace('_', cluster);
        check_edit(&text("x_|y"), EditBuffer::backspace, "x|y");
        check_edit(&text("x|_y"), EditBuffer::delete, "x|y");
        check(&text("x_|y"), EditBuffer::left, &text("x|_y"));
        check(&text("x|_y"), EditBuffer::right, &text("x_|y"));
        check_edit(&text("_|_"), EditBuffer::backspace, &text("|_"));
        check_edit(&text("_|_"), EditBuffer::delete, &text("_|"));
    }
    check_edit("|a", EditBuffer::backspace, "|a");
    check_edit("a|", EditBuffer::delete, "a|");
    check("|a", EditBuffer::left, "|a");
    check("a|", EditBuffer::right, "a|");
}

#[test]
fn merging_characters_are_passed() {
    let check = |before: &str, c: char, expected: &str| {
        check_edit(before, |line| line.insert(c), expected);
    };
    check("a|c", 'b', "ab|c");
    check("e|x", '\u{301}', "e\u{301}|x");
    check("|🇪🇫", '🇩', "🇩🇪|🇫");
    check("|\u{1161}x", 'ᄒ', "ᄒ\u{1161}|x");
    check("👩|🚀x", '\u{200D}', "👩\u{200D}🚀|x");
    // The same for characters that merge because something between them was removed.
    check_edit("🇩 |🇪x", EditBuffer::backspace, "🇩🇪|x");
    check_edit("ᄒ| \u{1161}x", EditBuffer::delete, "ᄒ\u{1161}|x");
}

#[test]
fn lines_of_a_block() {
    check("ab c|d", EditBuffer::home, "|ab cd");
    check("ab| cd", EditBuffer::end, "ab cd|");
    check("1\n2|3\n4", EditBuffer::home, "1\n|23\n4");
    check("1\n2|3\n4", EditBuffer::end, "1\n23|\n4");
    check_edit("1\n2|3\n4", EditBuffer::kill_to_start, "1\n|3\n4");
    check_edit("1\n2|3\n4", EditBuffer::kill_to_end, "1\n2|\n4");
    check_edit("1\n|2", EditBuffer::kill_to_start, "1\n|2");
    check_edit("1|\n2", EditBuffer::kill_to_end, "1|\n2");
    check_edit("1\n|2", EditBuffer::backspace, "1|2");
    check_edit("1|\n2", EditBuffer::delete, "1|2");
    check_edit("1|2", |line| line.insert('\n'), "1\n|2");
}

#[test]
fn words() {
    check("one two|", EditBuffer::word_left, "one |two");
    check("one tw|o", EditBuffer::word_left, "one |two");
    check("one |two", EditBuffer::word_left, "|one two");
    check("one... |", EditBuffer::word_left, "|one... ");
    check("|one two", EditBuffer::word_right, "one| two");
    check("one| two ", EditBuffer::word_right, "one two| ");
    check("one| ...", EditBuffer::word_right, "one ...|");
    check("|can't", EditBuffer::word_right, "can't|");
    check("我爱你|", EditBuffer::word_left, "我爱|你");
    check("🎉 🎉|", EditBuffer::word_left, "|🎉 🎉");
    check("한국|어", EditBuffer::word_right, "한국어|");
    check("1\n2|", EditBuffer::word_left, "1\n|2");
    check("1 2\n\n|3", EditBuffer::word_left, "1 |2\n\n3");
    check("1\n...|", EditBuffer::word_left, "1\n|...");
    check("1|\n\n2 3", EditBuffer::word_right, "1\n\n2| 3");
    check("1|...\n2", EditBuffer::word_right, "1...|\n2");
    // A number sign belongs to the character after it, whatever that is.
    check("\u{600}的|", EditBuffer::word_left, "|\u{600}的");
    check("|\u{600}的", EditBuffer::word_right, "\u{600}的|");
    check_edit("/join #the-room|x", EditBuffer::kill_word_left, "/join |x");
    check_edit("one two  |", EditBuffer::kill_word_left, "one |");
    check_edit("one\u{3000}two|", EditBuffer::kill_word_left, "one\u{3000}|");
    check_edit("one \u{301}two|", EditBuffer::kill_word_left, "one|");
    check_edit("|one", EditBuffer::kill_word_left, "|one");
    check_edit("a|b, c", EditBuffer::kill_word_right, "a|, c");
    check_edit("ab|, c", EditBuffer::kill_word_right, "ab|");
    check_edit("ab|", EditBuffer::kill_word_right, "ab|");
}

#[test]
fn killed_text_is_yanked() {
    let check = |before: &str, kill: fn(&mut EditBuffer) -> bool, expected: &str| {
        check_edit(before, |line| kill(line) && line.yank() && line.yank(), expected);
    };
    check("ab|c", EditBuffer::kill_to_start, "abab|c");
    check("a|bc", EditBuffer::kill_to_end, "abcbc|");
    check("a 的|c", EditBuffer::kill_word_left, "a 的的|c");
    check("|ab c", EditBuffer::kill_word_right, "abab| c");
    check("1\n|2", |line| line.kill_word_left(), "1\n1\n|2");
    check_edit("a|", EditBuffer::yank, "a|");
    // A kill that fails does not discard the killed text.
    let mut line = line("a|");
    assert!(line.kill_to_start() && !line.kill_to_start() && !line.kill_to_end());
    assert!(line.yank());
    line.forget_killed();
    assert!(!line.yank());
    assert_eq!(marked(&line), "a|");
}

/// A line with room for 4 bytes in each of its lines.
fn short(text: &str, cursor: usize) -> EditBuffer {
    let mut line = EditBuffer::new(4);
    line.set_text(text);
    line.cursor = cursor;
    line
}

#[test]
fn a_line_is_bounded() {
    assert!(short("abc", 3).insert('d'));
    assert!(!short("abcd", 4).insert('e'));
    assert!(!short("abcd", 0).insert('e'));
    assert!(!short("ab", 2).insert('的'));
    assert!(short("a", 1).insert('的'));
    assert!(short("abcd", 2).insert('\n'));
    assert!(short("abcd\ne", 6).insert('f'));
    assert!(!short("abcd\ne", 3).insert('f'));
    // The line break stays if the two lines do not fit into one.
    assert!(!short("abc\nde", 4).backspace());
    assert!(!short("abc\nde", 3).delete());
    assert!(!short("abc\nd-ef", 3).kill_word_right());
    assert!(short("a\nd-ef", 1).kill_word_right());
    assert!(short("abc\nd", 4).backspace());
    let mut line = short("abc", 3);
    assert!(line.kill_to_start() && line.yank() && !line.yank());
    assert_eq!((line.text(), line.cursor()), ("abc", 3));
    assert!(
        !line.replace(0..1, "xyz")
            && !line.replace(3..3, "\nabcde\n")
            && !line.replace(0..0, "ab\nxy")
    );
    assert!(line.replace(1..1, "xyz\nab"));
    assert_eq!((line.text(), line.cursor()), ("axyz\nabbc", 7));
    // A text that is set is cut.
    assert_eq!(short("abc的d\n1234\n56789", 0).text(), "abc\n1234\n5678");
}

#[test]
fn the_whole_is_bounded() {
    let full = "x\n".repeat(TYPED_BYTES_MAX / 2);
    let mut line = short(&full, 0);
    assert_eq!(line.text(), full);
    assert!(!line.insert('a') && !line.insert('\n') && !line.replace(0..1, "ab"));
    assert!(line.replace(0..1, "a") && line.delete() && line.insert('b') && !line.insert('c'));
    assert_eq!(short(&format!("{full}y"), 0).text(), full);
}

#[test]
fn control_characters_are_rejected() {
    let mut line = line("a|");
    for c in "\r\0\x1b\x7f\u{9B}".chars() {
        assert!(!line.insert(c));
        line.set_text(&format!("a{c}b\nc"));
        assert_eq!(line.text(), "ab\nc");
    }
    line.set_text("的");
    assert!(!line.replace(1..2, "") && !line.replace(0..4, "") && !line.replace(3..4, ""));
    let backwards = Range { start: 3, end: 0 };
    assert!(!line.replace(backwards, ""));
}

/// Applies any kind of change, chosen by number.
fn change(line: &mut EditBuffer, number: usize) -> bool {
    let edits = [
        EditBuffer::backspace,
        EditBuffer::delete,
        EditBuffer::kill_to_start,
        EditBuffer::kill_to_end,
        EditBuffer::kill_word_left,
        EditBuffer::kill_word_right,
        EditBuffer::yank,
        EditBuffer::yank,
    ];
    let moves = [
        EditBuffer::left,
        EditBuffer::right,
        EditBuffer::home,
        EditBuffer::end,
        EditBuffer::word_left,
        EditBuffer::word_right,
    ];
    match edits.get(number) {
        Some(edit) => edit(line),
        None => {
            let text = line.text().to_owned();
            moves[number % moves.len()](line);
            text == line.text()
        }
    }
}

/// Characters that merge with others, or end words or lines.
fn character() -> impl Strategy<Value = char> {
    let chars: Vec<char> =
        "ab .\n的\u{301}ᄒ\u{1161}\u{11AB}❤\u{FE0F}👍🏽\u{200D}🚀🇩🇪क\u{94D}ष\u{600}\u{E0067}"
            .chars()
            .collect();
    prop_oneof![9 => prop::sample::select(chars), 1 => any::<char>()]
}

proptest! {
    #[test]
    fn the_cursor_stands_between_characters_and_the_text_fits(
        steps in prop::collection::vec(prop_oneof![
            character().prop_map(Ok), (0..16usize).prop_map(Err)
        ], 0..80)
    ) {
        let mut line = EditBuffer::new(24);
        for step in steps {
            let before = (line.text().to_owned(), line.cursor());
            let could = match step {
                Ok(c) => line.insert(c),
                Err(number) => change(&mut line, number),
            };
            if !could {
                prop_assert_eq!(before, (line.text().to_owned(), line.cursor()));
            }
            let text = line.text();
            let mut ends = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]);
            prop_assert!(ends.any(|at| at == line.cursor()), "{:?}", line);
            prop_assert!(text.split('\n').all(|part| part.len() <= 24), "{:?}", line);
            prop_assert!(text.chars().all(may_be_held));
        }
    }

    #[test]
    fn typed_characters_are_all_kept(chars in prop::collection::vec(character(), 0..80)) {
        let text: String = chars.iter().filter(|&&c| may_be_held(c)).collect();
        let mut line = EditBuffer::new(1000);
        for c in text.chars() {
            prop_assert!(line.insert(c));
        }
        prop_assert_eq!((line.text(), line.cursor()), (&*text, text.len()));
        prop_assert_eq!(line.take(), text);
        prop_assert_eq!((line.text(), line.cursor()), ("", 0));
    }
}
