//! Queries and texts in many scripts, and a check that the index finds the same.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use rusqlite::Connection;
use unicode_normalization::UnicodeNormalization;

use super::*;

#[track_caller]
fn check_indexed(text: &str, expected: &str) {
    assert_eq!(indexed(text), expected, "{}", text.escape_unicode());
}

/// An index like that of the archive.
struct Index(Connection);

impl Index {
    fn new() -> Index {
        let database = Connection::open_in_memory().unwrap();
        let table = "CREATE VIRTUAL TABLE line USING
            fts5(words, content='', contentless_delete=1, tokenize='ascii')";
        database.execute_batch(table).unwrap();
        Index(database)
    }

    fn of(texts: &[impl AsRef<str>]) -> Index {
        let index = Index::new();
        index.fill(texts);
        index
    }

    /// Replaces the content by these texts, numbered from 0.
    fn fill(&self, texts: &[impl AsRef<str>]) {
        self.0.execute("INSERT INTO line (line) VALUES ('delete-all')", []).unwrap();
        let mut insert =
            self.0.prepare_cached("INSERT INTO line (rowid, words) VALUES (?, ?)").unwrap();
        for (text, number) in texts.iter().zip(0i64..) {
            insert.execute((number, indexed(text.as_ref()))).unwrap();
        }
    }

    fn found(&self, query: &Query) -> Vec<i64> {
        let select = "SELECT rowid FROM line WHERE line MATCH ? ORDER BY rowid";
        let mut select = self.0.prepare_cached(select).unwrap();
        let rows = select.query_map([query.fts5()], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }
}

/// Checks whether the query `typed` finds `text`, with and without the index.
#[track_caller]
fn check(typed: &str, text: &str, expected: bool) {
    let query = Query::parse(typed).unwrap();
    assert_eq!(query.is_in(text), expected, "{typed:?} in {text:?}");
    assert_eq!(Index::of(&[text]).found(&query) == [0], expected, "{}", query.fts5());
}

#[track_caller]
fn finds(typed: &str, text: &str) {
    check(typed, text, true);
}

#[track_caller]
fn misses(typed: &str, text: &str) {
    check(typed, text, false);
}

#[test]
fn a_text_is_split_into_folded_words() {
    check_indexed("", "");
    check_indexed(" ?! ", "");
    check_indexed("Don't  e-mail Bob_2, OK?", "don t e mail bob 2 ok");
    check_indexed("Don’t “quote”…", "don t quote");
    check_indexed("CAFÉ cafe\u{301} Łódź Œuvre Straße GROẞ", "cafe cafe lodz oeuvre strasse gross");
    check_indexed("Αθήνα ΟΔΟΣ οδός ᾧ", "αθηνα οδοσ οδοσ ω");
    check_indexed("Ёлка ЙОД п'ять пʼять", "елка иод п ять п ять");
    check_indexed("Ｆｕｌｌ　ｗｉｄｔｈ！①ﬁ", "full width 1fi");
    check_indexed("İstanbul ISPARTA ısı", "istanbul isparta isi");
    check_indexed("去图书馆，OK吧", "去 图 书 馆 ok 吧");
    check_indexed("ラーメン 人々 ｶﾞ か\u{3099}", "ラ ー メ ン 人 々 ガ が");
    check_indexed("학교에서 \u{1112}\u{1161}\u{11A8}", "학 교 에 서 학");
    check_indexed("ปี๒๕๖๖นี้", "ป\u{e35} ๒๕๖๖ น\u{e35}\u{e49}");
    check_indexed("हिन्दी में", "हिन्दी में");
    check_indexed("می\u{200C}خواهم", "میخواهم");
    check_indexed("葛\u{E0100}城", "葛 城");
    check_indexed("so\u{AD}ft ze\u{200B}ro", "soft zero");
    check_indexed("a\u{0}b\nc\u{FFFD}d\u{E000}e\u{378}f", "a b c d e f");
    check_indexed("\u{301}\u{e49} \u{e49}a", "a");
}

#[test]
fn each_emoji_is_a_word() {
    check_indexed("hi😀😀!", "hi 😀 😀");
    check_indexed("👩🏽\u{200D}💻 ❤\u{FE0F} 1\u{FE0F}\u{20E3} 🇩🇪", "👩 💻 ❤ 1 🇩 🇪");
    finds("👍", "👍🏻👍🏿");
    finds("👍🏽 ❤\u{FE0F}", "I ❤ this 👍");
    finds("👩\u{200D}💻", "👩🏽\u{200D}💻");
    misses("🇩🇪", "🇯🇵 🇩🇰");
}

#[test]
fn only_the_beginning_of_a_long_word_counts() {
    let longest = "a".repeat(limits::SEARCH_WORD_CHARS_MAX);
    check_indexed(&format!("{longest}a b"), &format!("{longest} b"));
    check_indexed(&format!("{longest}á b"), &format!("{longest} b"));
    finds(&format!("{longest}bc"), &format!("{longest}bd"));
    let marks = "क".to_owned() + &"\u{93C}".repeat(limits::SEARCH_WORD_CHARS_MAX);
    assert_eq!(indexed(&marks).chars().count(), limits::SEARCH_WORD_CHARS_MAX);
}

#[test]
fn all_parts_are_found_in_any_order() {
    finds("garden Alice", "alice is in the GARDEN");
    finds("garden\u{3000}alice", "alice is in the garden");
    misses("garden bob", "alice is in the garden");
    finds("- garden !", "alice is in the garden");
    finds("garden garden", "one garden");
}

#[test]
fn a_part_is_found_as_a_row_of_words() {
    finds("don't", "I don’t know");
    finds("don't", "Don: T. is here");
    misses("don't", "t don");
    misses("don't", "don not t");
    misses("don't", "don thin");
    finds("e-mail", "E-Mails");
    finds("e-mail", "e mail");
    misses("e-mail", "email");
    finds("1.5", "version 1.5.2");
    misses("e", "email");
}

#[test]
fn the_last_word_of_a_part_may_go_on_from_three_characters() {
    finds("gard", "a garden");
    finds("Gär", "a garden");
    misses("ga", "a garden");
    misses("arden", "a garden");
    misses("gardens", "a garden");
    finds("alice gard", "Alice's garden");
    finds("ali garden", "Alice's garden");
    misses("ali-garden", "alice garden");
    finds("прив", "Привет!");
    finds("हिन्द", "हिन्दी");
    // One word of three characters, two of which are marks.
    misses("น\u{e35}\u{e49}", "น\u{e35}\u{e49}\u{e4c}");
}

#[test]
fn scripts_without_spaces_are_found_inside_sentences() {
    finds("图书", "我们去图书馆吧");
    finds("图书馆", "我们去图书馆吧");
    misses("书图", "我们去图书馆吧");
    finds("吧 图书", "我们去图书馆吧");
    finds("漢", "漢字");
    finds("天気", "今日は良い天気ですね。");
    finds("ラーメン", "味噌ラーメンが好き");
    finds("ﾗｰﾒﾝ", "味噌ラーメンが好き");
    misses("か", "味噌ラーメンが好き");
    finds("학교", "학교에서 만나요");
    finds("도서관", "우리는 도서관에 갔다");
    misses("하", "학교에서");
    finds("น้ำ", "ขอน้ำเย็นหน่อย");
    finds("ภาษาไทย", "ฉันเรียนภาษาไทยอยู่");
    misses("ไทยภาษา", "ฉันเรียนภาษาไทยอยู่");
    finds("ຄົນ", "ສາມຄົນ");
    finds("ខ្មែរ", "ភាសាខ្មែរ");
    finds("စာ", "မြန်မာစာ");
    finds("ནམ", "ནམ་མཁའ");
}

#[test]
fn capitals_and_marks_make_no_difference_in_latin_greek_and_cyrillic() {
    finds("cafe", "Café");
    finds("CAFÉ", "cafe");
    finds("Müller", "muller");
    finds("muller", "Mu\u{308}ller");
    finds("STRASSE", "Straße");
    finds("straße", "STRAẞE");
    finds("istanbul", "İSTANBUL");
    finds("ISPARTA", "ısparta");
    finds("Việt", "viet nam");
    finds("ΟΔΟΣ", "οδός");
    finds("елка", "ЁЛКА");
    misses("مد", "مُد");
}

#[test]
fn text_without_a_word_is_not_a_query() {
    for typed in
        ["", " ", "\u{3000}", "?!", "\"", "* - ^", "…", "\u{301}", "\u{FE0F}", "\0", "\u{FFFD}"]
    {
        assert_eq!(Query::parse(typed), None, "{typed:?}");
    }
}

#[test]
fn nothing_typed_is_syntax() {
    let fts5 = |typed| Query::parse(typed).unwrap().fts5();
    assert_eq!(fts5("a AND b"), r#""a" AND "and" * AND "b""#);
    assert_eq!(fts5(r#""a b" OR"#), r#""a" AND "b" AND "or""#);
    assert_eq!(fts5("NEAR(a b, 5)"), r#""near a" AND "b" AND "5""#);
    assert_eq!(fts5("words:^x* + -y"), r#""words x" AND "y""#);
    assert_eq!(fts5("图书馆 don't"), r#""图 书 馆" AND "don t""#);
    finds("NOT", "why not?");
    misses("cats NOT dogs", "cats");
    finds("line:words", "line: words");
}

#[test]
fn a_part_that_another_includes_is_not_looked_up() {
    let check = |typed: &str, expected: &str| {
        assert_eq!(Query::parse(typed).unwrap().fts5(), expected, "{typed:?}");
    };
    check("aaa aaa AAA aaa", r#""aaa" *"#);
    check("aaa aaab aa", r#""aaab" * AND "aa""#);
    check("aaab aaa", r#""aaab" *"#);
    check("rose red-roses red", r#""red roses" *"#);
    check("red-roses rose", r#""red roses" *"#);
    // Only a beginning or only an end is the same.
    check("ab abc bc", r#""ab" AND "abc" * AND "bc""#);
    check("图书馆 书 图书 馆书", r#""图 书 馆" AND "馆 书""#);
}

#[test]
fn a_query_has_a_bound() {
    let parts: String = ('a'..).take(limits::SEARCH_PARTS_MAX).map(|c| format!("x{c} ")).collect();
    assert_eq!(Query::parse(&(parts.clone() + "c")), Query::parse(&parts));
    // Parts that are left out take no room.
    assert_eq!(Query::parse(&("xa ".repeat(99) + "xb")), Query::parse("xa xb"));
    let words = "字".repeat(limits::SEARCH_WORDS_MAX);
    assert_eq!(Query::parse(&(words.clone() + "多 c")), Query::parse(&words));
    let ascii = "?a".repeat(limits::SEARCH_WORDS_MAX) + "bcd";
    let cut = "?a".repeat(limits::SEARCH_WORDS_MAX - 1) + "?abcd";
    assert_eq!(Query::parse(&(ascii + "?e f")), Query::parse(&cut));
    // The longest query is not an error for the index either.
    let part_words = limits::SEARCH_WORDS_MAX / limits::SEARCH_PARTS_MAX;
    let longest: String = ('一'..)
        .take(limits::SEARCH_PARTS_MAX)
        .map(|c| c.to_string().repeat(part_words) + " ")
        .collect();
    finds(&longest, &longest);
    finds(&words, &words);
}

/// Pieces of texts and queries that often match.
fn piece() -> impl Strategy<Value = &'static str> {
    select(vec![
        " ", " ", " ", "a", "A", "b", "abc", "abcd", "é", "e\u{301}", "e", "É", "ß", "ss", "ı",
        "İ", "I", "ς", "Σ", "й", "и", "ł", "\u{301}", "\u{308}", "1", "１", "²", "ａ", "Ｂ", "図",
        "书", "が", "か", "\u{3099}", "ｶﾞ", "ー", "한", "하", "\u{11AB}", "ㅎ", "น", "\u{e49}", "ำ",
        "ह", "ि", "😀", "👍", "🏽", "\u{200D}", "\u{FE0F}", "🇩", "❤", "\u{3000}", "，", "’", "'",
        "\"", "-", "*", "^", ":", "(", ")", "{", "+", ",", "_", "\0", " AND ", " OR ", " NOT ",
        "NEAR(", "words:", "\u{FFFD}", "\u{AD}", "م", "\u{64F}",
    ])
}

fn pieces(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    vec(piece(), length).prop_map(|pieces| pieces.concat())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => pieces(0..14), 1 => any::<String>()]
}

fn question() -> impl Strategy<Value = String> {
    prop_oneof![4 => pieces(1..5), 1 => any::<String>()]
}

#[test]
fn the_index_agrees_with_matching_without_it() {
    let index = Index::new();
    let (hits, misses) = (Cell::new(0), Cell::new(0));
    let cases = (vec(text(), 1..12), vec(question(), 1..12), 0..6usize, 1..6usize);
    TestRunner::default()
        .run(&cases, |(texts, questions, start, length)| {
            index.fill(&texts);
            // Each text is also searched for a piece of itself, which may end inside a word.
            let cut = |text: &String| text.chars().skip(start).take(length).collect();
            let cuts: Vec<String> = texts.iter().map(cut).collect();
            for typed in questions.iter().chain(&texts).chain(&cuts) {
                let Some(query) = Query::parse(typed) else { continue };
                let numbered = texts.iter().zip(0i64..);
                let expected: Vec<i64> = numbered
                    .filter(|(text, _)| query.is_in(text))
                    .map(|(_, number)| number)
                    .collect();
                prop_assert_eq!(index.found(&query), &expected[..], "{}", query.fts5());
                hits.set(hits.get() + expected.len());
                misses.set(misses.get() + texts.len() - expected.len());
            }
            Ok(())
        })
        .unwrap();
    // Otherwise the test would have shown nothing.
    assert!(hits.get() > 1000 && misses.get() > 1000, "{hits:?} {misses:?}");
}

#[test]
fn a_character_folded_alone_is_folded_as_in_any_text() {
    for c in '\0'..=char::MAX {
        if let Some(alone) = folded_alone(c) {
            let text = c.to_string();
            let mut long = folded(&text).map(|c| (c, role(c)));
            // All separators are equivalent, and several are the same as one.
            let same = match alone.1 {
                Role::Parts => long.all(|(_, role)| role == Role::Parts),
                _ => long.eq([alone]),
            };
            assert!(same, "{c:?} {alone:?}");
        }
    }
}

fn in_any_way(text: &str) -> String {
    words_of(text, folded(text).map(|c| (c, role(c))))
}

proptest! {
    #[test]
    fn the_fast_paths_equal_the_slow_path(
        ascii in "[\\x00-\\x7F]{0,200}",
        line in "[ -~À-ӿ‐-…　-。぀-ヿ一-丏가-각！-～😀-😏]{0,20}",
    ) {
        prop_assert_eq!(indexed(&ascii), in_any_way(&ascii));
        prop_assert_eq!(indexed(&line), in_any_way(&line));
    }

    #[test]
    fn the_spelling_of_the_same_text_makes_no_difference(text in text()) {
        let words = indexed(&text);
        prop_assert_eq!(indexed(&text.nfc().collect::<String>()), &words[..]);
        prop_assert_eq!(indexed(&text.nfd().collect::<String>()), &words[..]);
        prop_assert_eq!(indexed(&text.nfkc().collect::<String>()), &words[..]);
    }

    #[test]
    fn a_text_is_found_by_itself(text in text()) {
        prop_assert!(Query::parse(&text).is_none_or(|query| query.is_in(&text)));
    }

    #[test]
    fn omitted_parts_of_a_query_change_nothing(text in text(), typed in question()) {
        let all = typed.split_whitespace().filter_map(Query::parse).all(|part| part.is_in(&text));
        prop_assert_eq!(Query::parse(&typed).is_none_or(|query| query.is_in(&text)), all);
    }

    #[test]
    fn the_index_is_given_words_and_single_spaces(text in text()) {
        let words = indexed(&text);
        prop_assert!(words.is_empty() || words.split(' ').all(|word| !word.is_empty()));
        let fits = |c: char| {
            matches!(c, ' ' | 'a'..='z' | '0'..='9') || (!c.is_ascii() && role(c) != Role::Parts)
        };
        prop_assert!(words.chars().all(fits), "{words:?}");
    }
}
