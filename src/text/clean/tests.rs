//! Real sentences that must pass, hostile lines that must not, and properties that hold for any
//! bytes.

use proptest::prelude::*;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc, is_nfc_quick};

use super::*;
use crate::properties::cases;

fn clean(raw: impl AsRef<[u8]>) -> String {
    CleanText::from_bytes(raw.as_ref()).as_str().to_owned()
}

#[track_caller]
fn check(raw: impl AsRef<[u8]>, expected: &str) {
    let cleaned = clean(raw);
    assert_eq!(cleaned, expected, "{} for {}", cleaned.escape_unicode(), expected.escape_unicode());
}

#[track_caller]
fn unchanged(lines: &[&str]) {
    for line in lines {
        check(line, line);
    }
}

#[test]
fn sentences_in_many_scripts_are_unchanged() {
    unchanged(&[
        "Plain ASCII: ~!@#$%^&*()_+`-=[]{}|;':\",./<>? 0123456789",
        "Zażółć gęślą jaźń – „cytat” … 10 € ½ ©",
        "你好，世界！今天\u{3000}天气不错。",
        "今日は良い天気ですね。ガギグ ﾊﾝｶｸ",
        "안녕하세요, 반갑습니다!",
        "مرحبًا بكم، كيف الحال؟ ١٢٣",
        "می\u{200C}خواهم کتاب\u{200C}ها را ببینم",
        "हिन्दी में क्षत्रिय, क्\u{200D}ष और क्\u{200C}ष",
        "র\u{200D}্যাব, ශ්\u{200D}රී ලංකා, ന\u{200D}മ",
        "தமிழ் எழுத்துக்கள் கொண்டு வா",
        "ภาษาไทยน้ำใจที่ดี",
        "בְּרֵאשִׁית בָּרָא אֱלֹהִים",
        "Съешь ещё этих мягких французских булок",
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, ᾧ",
        "Tiếng Việt rất đẹp",
        "မြို့ထဲမှာ ནམ་མཁའ ខ្ញុំ ᠮᠣᠩᠭᠣᠯ",
        "葛\u{E0100}城市 ∩\u{FE00} ᠠ\u{180B}",
        "\u{600}١٢ \u{6DD}٧ \u{8E2}ا \u{110BD}𑂃",
    ]);
}

#[test]
fn emoji_sequences_are_unchanged() {
    unchanged(&[
        "😀 ok 🎉",
        "👨\u{200D}👩\u{200D}👧\u{200D}👦 family",
        "👩🏽\u{200D}💻 🏃🏿\u{200D}♀\u{FE0F} 👍🏻",
        "❤\u{FE0F}\u{200D}🔥 🏳\u{FE0F}\u{200D}🌈 👁\u{FE0F}\u{200D}🗨\u{FE0F}",
        "🇩🇪🇯🇵",
        "1\u{FE0F}\u{20E3} #\u{FE0F}\u{20E3} *\u{20E3}",
        "☺\u{FE0F} ☺\u{FE0E} ©\u{FE0F}",
        "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} England",
    ]);
}

#[test]
fn different_spellings_of_a_word_become_one() {
    check("Tie\u{302}\u{301}ng Vie\u{323}\u{302}t", "Tiếng Việt");
    check("\u{1112}\u{1161}\u{11AB}", "한");
    check("\u{212B} \u{2126}", "Å Ω");
    check("\u{1112}\u{200D}\u{1161}\u{E0041}\u{11AB}", "한");
}

#[test]
fn spaces_become_one_kind() {
    check("a\tb\u{A0}c\u{2009}d\u{202F}e\u{2028}f\u{2029}g\u{3000}h", "a b c d e f g\u{3000}h");
}

#[test]
fn blanks_do_not_fill_a_row() {
    let (between, before) = (" ".repeat(BLANK_COLUMNS_MAX), " ".repeat(LEADING_BLANK_COLUMNS_MAX));
    for count in [9, 17, 70, 1_000] {
        let blanks = " ".repeat(count);
        check(
            format!("what weather{blanks}bob: I quit"),
            &format!("what weather{between}bob: I quit"),
        );
        check(format!("é{blanks}x{blanks}y"), &format!("é{between}x{between}y"));
    }
    for count in [21, 80] {
        let blanks = " ".repeat(count);
        check(format!("{blanks}bob: I quit"), &format!("{before}bob: I quit"));
        check(format!("\u{1F600}{blanks}"), &format!("\u{1F600}{between}"));
    }
    check("a\t\t\t\t\t\t\t\t\t\tb", &format!("a{between}b"));
    for (blank, columns) in [
        ("\u{3000}", 2),
        ("\u{2800}", 1),
        ("\u{1D159}", 1),
        ("\u{13441}", 1),
        ("\u{2003}\u{3000}", 3),
    ] {
        let cleaned = clean(format!("a{}b", blank.repeat(40)));
        let blanks = cleaned.chars().count() - 2;
        assert!(blanks * columns <= 2 * BLANK_COLUMNS_MAX, "{cleaned:?}");
    }
    // Code keeps its shape, and so do columns.
    unchanged(&[
        "                    return None",
        "USER       PID %CPU",
        "a        b        c",
        "一\u{3000}\u{3000}\u{3000}\u{3000}二",
    ]);
    // Text laid out by the server's operator stays.
    let centred = format!("{}Welcome", " ".repeat(30));
    assert_eq!(CleanText::laid_out(centred.as_bytes()).as_str(), centred);
}

proptest! {
    #[test]
    fn no_run_of_blanks_is_too_long(line in "[ ax\u{3000}\u{2800}é]{0,80}| {0,30}[a ]{0,60}") {
        let cleaned = clean(&line);
        let is_shown = |c: &char| !is_blank(*c);
        let shown = |text: &str| text.chars().filter(is_shown).collect::<String>();
        prop_assert_eq!(shown(&cleaned), shown(&line));
        let mut max = LEADING_BLANK_COLUMNS_MAX;
        for run in cleaned.split(|c| !is_blank(c)) {
            let columns: usize = run.chars().filter_map(|c| c.width()).sum();
            prop_assert!(columns <= max, "{:?}", cleaned);
            max = BLANK_COLUMNS_MAX;
        }
        let is_short = line.split(|c| !is_blank(c)).all(|run| run.len() <= BLANK_COLUMNS_MAX);
        prop_assert!(!is_short || cleaned == line);
    }
}

#[test]
fn escape_sequences_are_made_harmless() {
    check("a\x1b[Ab\x1b[1;5Dc\x1bOPd", "abcd");
    check("\x1b]52;c;cm0gLXJm\x07", "");
    check("\x1b[2J\x1b[31mred\x1b[0m", "red");
    check("x\x1bP$q\"p\x1b\\y\x1b_z\x1b\\", "xy");
    check("\u{9B}31m \u{9D}0;title\u{9C} \u{90}+q\u{9C} \u{85}", "31m 0;title +q ");
    check("a \u{c3}\u{9f} b \u{c3}\u{9c} d", "a \u{c3} b \u{c3} d");
    check("\x1bOK then", "OK then");
    // An incomplete sequence loses only its control characters.
    check("a\x1b]0;title", "a]0;title");
    check("\x1b[1;\u{e9} \x1bO \x1b7 \x1b", "[1;\u{e9} O 7 ");
    check("\x1b]0;a\x1b[Ab\x07c", "]0;abc");
    check("\x1b\x1b[A[Ax", "[Ax");
    check(b"\x9b31m", "\u{FFFD}31m");
    check("ding\x07\x08\x7f\0\r\x0e\x05", "ding");
}

#[test]
fn invalid_utf8_is_replaced_for_each_maximal_subpart() {
    check(b"a\x80b", "a\u{FFFD}b");
    check(b"\xC0\xAF \xE0\x80\xAF", "\u{FFFD}\u{FFFD} \u{FFFD}\u{FFFD}\u{FFFD}");
    check(b"\xED\xA0\xBD\xED\xB8\x80", &"\u{FFFD}".repeat(6));
    check(b"\xF0\x9F\x98", "\u{FFFD}");
    check(b"\xF4\x90\x80\x80 \xFF", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD} \u{FFFD}");
}

#[test]
fn meaningless_characters_are_replaced() {
    check("\u{E000}\u{F0000}\u{FDD0}\u{1FFFE}\u{378}\u{E0080}", &"\u{FFFD}".repeat(6));
}

#[test]
fn reordering_and_hidden_characters_are_removed() {
    check("evil\u{202E}txt.exe\u{202C} \u{2066}a\u{2069}\u{61C}\u{200E}\u{200F}", "eviltxt.exe a");
    check("a\u{200B}b\u{2060}c\u{FEFF}d\u{AD}e\u{180E}f\u{2064}g\u{FFF9}h", "abcdefgh");
    check("a\u{34F}\u{115F}\u{1160}\u{3164}\u{FFA0}\u{17B4}\u{17B5}b", "ab");
    check("a\u{1D173}\u{13430}\u{1BCA0}\u{E0001}b", "ab");
}

#[test]
fn joiners_stay_only_where_they_join() {
    check("pass\u{200D}word\u{200C}", "password");
    check("می\u{200C}\u{200C}\u{200D}خواهم\u{200C}", "می\u{200C}خواهم");
    check("👩\u{200D} 👩\u{200D}x 👩\u{200D}\u{200D}💻 x\u{200D}💻", "👩 👩x 👩💻 x💻");
    check("🇩\u{200D}🇪 1\u{200D}💻 👩\u{200D}🏽", "🇩🇪 1💻 👩🏽");
}

#[test]
fn selectors_and_tags_stay_only_where_they_select() {
    check("a\u{FE0F}b\u{FE0E}\u{E0100} ☺\u{FE0F}\u{FE0F}", "ab ☺\u{FE0F}");
    check("葛\u{E0100}\u{E0101}. .\u{FE00}", "葛\u{E0100}. .");
    check("hi\u{E0068}\u{E0069}\u{E007F}", "hi");
    check("🏴\u{E0067}\u{E0062}\u{E0065}", "🏴");
    check(format!("🏴{}\u{E007F}", "\u{E0061}".repeat(7)), "🏴");
    check("🏳\u{E0067}\u{E0062}\u{E0065}\u{E007F}", "🏳");
}

#[test]
fn stacks_of_marks_are_cut() {
    check(format!("Z{}a", "\u{35B}".repeat(40)), &format!("Z{}a", "\u{35B}".repeat(6)));
    check(format!("e{}", "\u{301}".repeat(9)), &format!("é{}", "\u{301}".repeat(6)));
    check(
        format!("क{0}\u{200D}{0}क", "\u{94D}".repeat(4)),
        &format!("क{0}\u{200D}{1}क", "\u{94D}".repeat(4), "\u{94D}".repeat(2)),
    );
    check("\u{301}\x07\u{20DD}\u{200D}abc", "abc");
}

#[test]
fn blank_text_shows_nothing() {
    let is_blank = |raw: &str| CleanText::from_bytes(raw.as_bytes()).is_blank();
    for raw in ["", " \t", "\u{3000}\u{A0}", "\u{200B}\u{202E}", "\u{2800}", "\x07"] {
        assert!(is_blank(raw), "{raw:?}");
    }
    assert!(!is_blank(" ."));
}

#[test]
fn a_part_begins_with_nothing_that_hangs() {
    let check = |raw: &str, at: usize, expected: &str| {
        let part = CleanText::from_bytes(raw.as_bytes()).part_from(at);
        assert_eq!(part.as_str(), expected, "{} from {at}", raw.escape_unicode());
    };
    check("/me waves", 4, "waves");
    check("/me waves", 0, "/me waves");
    check("/me waves", 9, "");
    check("/me waves", 10, "");
    check("/\u{338}\u{20DD}x", 1, "x");
    check("/ \u{301}x", 2, "x");
    check("é", 1, "");
}

/// Written by code points, not by category, so that it does not repeat the code.
fn is_forbidden(c: char) -> bool {
    let hidden = "\u{AD}\u{34F}\u{61C}\u{115F}\u{1160}\u{17B4}\u{17B5}\u{180E}\u{200B}\u{200E}\
        \u{200F}\u{3164}\u{FEFF}\u{FFA0}\u{FFFE}\u{FFFF}";
    c.is_control()
        || c.is_whitespace() && !matches!(c, ' ' | '\u{3000}')
        || hidden.contains(c)
        || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FFF0}'..='\u{FFFB}')
        || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}')
        || matches!(c, '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}')
        || matches!(c, '\u{1D173}'..='\u{1D17A}')
        || matches!(c, '\u{E0000}'..='\u{E001F}' | '\u{E0080}'..='\u{E00FF}' | '\u{E01F0}'..)
}

fn assert_promises(raw: &[u8]) {
    let cleaned = clean(raw);
    let shown = cleaned.escape_unicode();
    assert!(!cleaned.contains(is_forbidden), "forbidden: {shown}");
    assert!(is_nfc(&cleaned), "not NFC: {shown}");
    assert!(cleaned.len() <= GROWTH_MAX * raw.len(), "grown: {shown}");
    let again = clean(&cleaned);
    assert_eq!(again, cleaned, "{} after {shown}", again.escape_unicode());
    let mut marks = 0;
    for c in cleaned.chars() {
        marks = match c {
            ZWNJ | ZWJ => marks,
            _ if is_combining_mark(c) => marks + 1,
            _ => 0,
        };
        assert!(marks <= MARKS_IN_A_ROW_MAX, "too many marks: {shown}");
    }
}

#[test]
fn the_promises_hold_for_every_character() {
    for c in '\0'..=char::MAX {
        assert_promises(format!("{c}a{c}").as_bytes());
    }
}

#[test]
fn characters_that_stay_pass_all_steps_unchanged() {
    for c in ('\0'..=char::MAX).filter(|&c| stays(c)) {
        let is_starter = canonical_combining_class(c) == 0;
        let is_normal = is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes;
        let is_kept = alone(c) == Some(c) && !hangs(c);
        assert!(is_starter && is_normal && is_kept, "{}", c.escape_unicode());
    }
}

#[test]
fn the_growth_bound_is_reached() {
    assert_eq!(clean(b"\xFF").len(), GROWTH_MAX);
    assert_eq!(clean("\u{1D160}").len(), GROWTH_MAX * 4);
}

/// Composition never makes text longer, so the growth of a line is that of its worst character.
#[test]
fn composed_characters_are_no_longer_than_their_parts() {
    for c in '\0'..=char::MAX {
        let parts: String = c.nfd().collect();
        let composed: String = c.nfc().collect();
        assert!(composed.len() <= parts.len(), "{c:?}");
        assert!(parts.len() <= GROWTH_MAX * c.len_utf8(), "{c:?}");
    }
}

/// Characters that change their meaning beside others, where cleaning twice could differ.
const TOUCHY: &str = "ae 1#\x07\u{A0}\u{A9}\u{301}\u{302}\u{323}\u{327}\u{338}\u{345}\u{34F}\
    \u{5E9}\u{5B0}\u{5C1}\u{600}\u{627}\u{64B}\u{653}\u{6CC}\u{915}\u{958}\u{93C}\u{94D}\
    \u{9B0}\u{9C7}\u{9BE}\u{BC6}\u{BBE}\u{DD9}\u{DCF}\u{DCA}\u{F71}\u{F73}\u{1100}\u{1161}\u{11A8}\
    \u{AC00}\u{1820}\u{180B}\u{200B}\u{200C}\u{200D}\u{202E}\u{20E3}\u{2194}\u{2ADC}\u{2764}\
    \u{FE00}\u{FE0E}\u{FE0F}\u{4E00}\u{F900}\u{E0100}\u{16D63}\u{16D67}\u{1D157}\u{1D165}\u{1D16E}\
    \u{1D160}\u{1F1E9}\u{1F3FD}\u{1F469}\u{1F525}\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}\u{E000}";

fn touchy() -> impl Strategy<Value = char> {
    prop::sample::select(TOUCHY.chars().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn the_promises_hold_for_any_bytes(raw in prop::collection::vec(any::<u8>(), 0..200)) {
        assert_promises(&raw);
    }

    #[test]
    fn the_promises_hold_for_any_text(raw in prop::collection::vec(any::<char>(), 0..50)) {
        assert_promises(raw.into_iter().collect::<String>().as_bytes());
    }

    #[test]
    fn the_promises_hold_for_touchy_neighbours(raw in prop::collection::vec(touchy(), 0..12)) {
        assert_promises(raw.into_iter().collect::<String>().as_bytes());
    }

    #[test]
    fn a_part_is_as_clean_as_the_whole(raw in prop::collection::vec(touchy(), 0..12)) {
        let whole = CleanText::from_bytes(raw.into_iter().collect::<String>().as_bytes());
        for (at, _) in whole.as_str().char_indices() {
            let part = whole.part_from(at);
            prop_assert_eq!(clean(part.as_str()), part.as_str());
        }
    }

    #[test]
    fn printable_ascii_is_unchanged(raw in "[ -~]{0,200}") {
        prop_assert_eq!(clean(&raw), raw.as_str());
        let accented = format!("{raw}é");
        prop_assert_eq!(clean(&accented), accented);
    }
}
