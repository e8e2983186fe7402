//! A terminal emulator reads the bytes, and its screen is compared.

use std::num::NonZeroU16;

use proptest::prelude::*;

use super::*;
use crate::properties::cases;
use crate::text::wrap::wrap;

const ORDINARY: Size = Size { columns: 80, rows: 24 };
const SMALL: Size = Size { columns: 40, rows: 10 };
const SMALLEST: Size = Size { columns: 10, rows: 2 };

/// Number of scrolled-off lines that are kept, to see that none was lost.
const SCROLLBACK_ROWS: usize = 10_000;

/// A terminal, and the server's view of it.
struct ScreenSession {
    terminal: vt100::Parser,
    screen: Screen,
}

impl ScreenSession {
    fn new(size: Size) -> Self {
        let places = |count| NonZeroU16::new(count).unwrap();
        let (rows, columns) = (places(size.rows), places(size.columns));
        Self {
            terminal: vt100::Parser::new(rows, columns, SCROLLBACK_ROWS),
            screen: Screen::new(size),
        }
    }

    /// Draws, and returns the bytes written for that.
    fn draw(&mut self, prompt: &str, text: &str, cursor: usize) -> Vec<u8> {
        self.write(|screen, out| screen.draw(EditorView { prompt, text, cursor }, out))
    }

    /// The same with a `|` in the text for the cursor.
    fn show(&mut self, prompt: &str, text: &str) -> Vec<u8> {
        let cursor = text.find('|').expect("the text has a cursor");
        self.draw(prompt, &text.replace('|', ""), cursor)
    }

    /// A line of chat arrives.
    fn print(&mut self, line: &str) {
        let columns = usize::from(self.screen.size().columns);
        self.write(|screen, out| {
            screen.erase(out);
            let start = out.len();
            out.extend_from_slice(line.as_bytes());
            wrap(out, start, 2, columns);
            out.extend_from_slice(b"\r\n");
        });
    }

    fn write(&mut self, act: impl FnOnce(&mut Screen, &mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        act(&mut self.screen, &mut out);
        self.terminal.process(&out);
        out
    }

    /// Everything that was ever shown and not cleared, and the cursor's position in it.
    fn shown(&mut self) -> (Vec<String>, Position) {
        let columns = self.columns();
        let screen = self.terminal.screen_mut();
        screen.set_scrollback(usize::MAX);
        let above = screen.scrollback();
        let mut shown = Vec::new();
        for left in (1..=above).rev() {
            screen.set_scrollback(left);
            shown.extend(screen.rows(0, columns).next());
        }
        screen.set_scrollback(0);
        shown.extend(screen.rows(0, columns));
        let (row, column) = screen.cursor_position();
        let cursor = Position { row: above + usize::from(row), column: usize::from(column) };
        for row in &mut shown {
            row.truncate(row.trim_end().len());
        }
        // Rows below the cursor count only if they are not empty.
        while shown.len() > cursor.row + 1 && shown.last().is_some_and(String::is_empty) {
            shown.pop();
        }
        (shown, cursor)
    }

    /// Whether the last column is empty.
    fn has_free_edge(&self) -> bool {
        let screen = self.terminal.screen();
        let edge = self.columns() - 1;
        (0..screen.size().0.get())
            .all(|row| screen.cell(row, edge).is_none_or(|cell| cell.contents().trim().is_empty()))
    }

    fn columns(&self) -> u16 {
        self.terminal.screen().size().1.get()
    }
}

/// The view on a fresh terminal.
fn fresh(size: Size, prompt: &str, text: &str, cursor: usize) -> (Vec<String>, Position) {
    let mut session = ScreenSession::new(size);
    session.draw(prompt, text, cursor);
    session.shown()
}

fn at(row: usize, column: usize) -> Position {
    Position { row, column }
}

#[test]
fn views() {
    let check = |size: Size, text: &str, rows: &[&str], cursor: Position| {
        let mut session = ScreenSession::new(size);
        session.show("> ", text);
        let expected: Vec<String> = rows.iter().map(|&row| row.to_owned()).collect();
        assert_eq!(session.shown(), (expected, cursor), "{text:?}");
        assert!(session.has_free_edge());
    };
    check(ORDINARY, "|", &[">"], at(0, 2));
    check(ORDINARY, "hello|", &["> hello"], at(0, 7));
    check(ORDINARY, "he|llo", &["> hello"], at(0, 4));
    check(ORDINARY, "中文|字", &["> 中文字"], at(0, 6));
    check(ORDINARY, "😀|e\u{301}", &["> 😀e\u{301}"], at(0, 4));
    check(ORDINARY, "fn a() {\n  b\n}|", &["> fn a() {", "  b", "}"], at(2, 1));
    check(ORDINARY, "fn a() {\n|  b\n}", &["> fn a() {", "  b", "}"], at(1, 0));
    let long = "abcdefghij".repeat(8);
    check(ORDINARY, &format!("{long}|"), &[&format!("> {}", &long[..77]), "hij"], at(1, 3));
    check(ORDINARY, &format!("|{long}"), &[&format!("> {}", &long[..77]), "hij"], at(0, 2));
    check(SMALL, &format!("{}|", &long[..37]), &[&format!("> {}", &long[..37]), ""], at(1, 0));
    // Half of the rows are for the typed text: five of ten, one of two.
    check(SMALL, "1\n2\n3\n4\n5|", &["> 1", "2", "3", "4", "5"], at(4, 1));
    check(SMALL, "1\n2\n3\n4\n5\n6|", &["2", "3", "4", "5", "6"], at(4, 1));
    check(SMALL, "1|\n2\n3\n4\n5\n6", &["> 1", "2", "3", "4", "5"], at(0, 3));
    check(SMALLEST, "123456|", &["> 123456"], at(0, 8));
    check(SMALLEST, "1234567|", &[""], at(0, 0));
    check(SMALLEST, "12345678|", &["8"], at(0, 1));
    check(SMALLEST, "|12345678", &["> 1234567"], at(0, 2));
    check(SMALLEST, "中文中文|", &["文"], at(0, 2));
    check(Size { columns: 10, rows: 1 }, "12345678|", &["8"], at(0, 1));
    // Sizes that `new` would not return are useless but do no harm.
    Screen::new(Size { columns: 0, rows: 0 })
        .draw(EditorView { prompt: "> ", text: "中", cursor: 3 }, &mut Vec::new());
}

#[test]
fn costs() {
    let check = |before: &str, after: &str, expected: &str| {
        let mut session = ScreenSession::new(SMALL);
        session.show("> ", before);
        let written = String::from_utf8(session.show("> ", after)).unwrap();
        assert_eq!(written, expected, "{before:?} {after:?}");
        assert_eq!(session.show("> ", after), b"", "{after:?}");
    };
    // Nothing has changed.
    check("hello|", "hello|", "");
    // A character is typed at the end.
    check("|", "h|", "h");
    check("hello|", "hellox|", "x");
    check("hello|", "hello中|", "中");
    check("hello\nyou|", "hello\nyou!|", "!");
    // The row is full.
    check("1234567890123456789012345678901234567|", "12345678901234567890123456789012345678|", "8");
    check(
        "123456789012345678901234567890123456|",
        "1234567890123456789012345678901234567|",
        "7\r\n",
    );
    // A mark changes the character that it follows.
    check("hell|", "hell\u{301}|", "\x08l\u{301}");
    check("hell\u{301}|", "hell|", "\x08l");
    let disputed = "\r\x1b[4C  \r\x1b[4C👩\u{200d}👧\r\x1b[6C";
    check("he👩|", "he👩\u{200d}👧|", disputed);
    // The cursor moves.
    check("hello|", "hell|o", "\x08");
    check("hell|o", "hello|", "\x1b[C");
    check("hello|", "hel|lo", "\r\x1b[5C");
    check("hello|", "|hello", "\r\x1b[2C");
    check("中|", "|中", "\r\x1b[2C");
    check("a\nb\nc|", "a|\nb\nc", "\x1b[2A\r\x1b[3C");
    check("a\n|b\nc", "a\nb\n|c", "\x1b[B\r");
    check("a\nb|", "a\n|b", "\r");
    // Another row is entered at its beginning, however near the target is.
    check("a\nbbbb|", "a|\nbbbb", "\x1b[A\r\x1b[3C");
    check("a\nbb|", "a|\nbb", "\x1b[A\r\x1b[3C");
    check("a\nbbb|", "a|\nbbb", "\x1b[A\r\x1b[3C");
    check("a\nb\n|c", "a\n|b\nc", "\x1b[A\r");
    // Characters are removed, at the end and before it.
    check("hello|", "hell|", "\x08\x1b[K");
    check("abc|de", "ab|de", "\x08de\x1b[K\r\x1b[4C");
    check("hello|", "|", "\r\x1b[2C\x1b[K");
    check("中中|", "中|", "\r\x1b[4C\x1b[K");
    // A character is inserted.
    check("ab|de", "abx|de", "xde\r\x1b[5C");
    check("a|\nb\nc", "ax|\nb\nc", "x");
    check("|中", "a|中", "a中\r\x1b[3C");
    // Rows appear and disappear.
    check("a|\nb\nc", "a\n|b\nc", "\x1b[B\r");
    check("a\nb|", "a\nb\nc|", "\r\nc");
    check("a|\nb", "a|\nb\nc", "\x1b[B\r\nc\x1b[2A\r\x1b[3C");
    check("a\nb\nc|", "a\nb|", "\x1b[A\r\x1b[C\x1b[J");
    check("a\nb\nc|", "|", "\x1b[2A\r\x1b[2C\x1b[K\x1b[J");
}

#[test]
fn erasing() {
    let check = |text: &str, expected: &str| {
        let mut session = ScreenSession::new(SMALL);
        session.show("> ", text);
        assert!(session.screen.is_drawn);
        let written = session.write(Screen::erase);
        assert_eq!(String::from_utf8(written).unwrap(), expected, "{text:?}");
        assert!(!session.screen.is_drawn);
        assert_eq!(session.shown(), (vec![String::new()], at(0, 0)), "{text:?}");
        assert_eq!(session.write(Screen::erase), b"");
    };
    check("|", "\r\x1b[J");
    check("hello|", "\r\x1b[J");
    check("a\nb\nc|", "\x1b[2A\r\x1b[J");
    check("a\n|b\nc", "\x1b[A\r\x1b[J");
    check("\na\n|", "\x1b[2A\r\x1b[J");
    // An empty view is still drawn.
    let mut session = ScreenSession::new(SMALL);
    session.show("", "|");
    assert!(session.screen.is_drawn);
    assert_eq!(session.write(Screen::erase), b"");
    assert!(!session.screen.is_drawn);
}

#[test]
fn clearing_and_forgetting() {
    let mut session = ScreenSession::new(SMALL);
    session.print("bob: hello");
    session.show("> ", "a\nb|");
    assert_eq!(session.write(Screen::clear), b"\x1b[H\x1b[2J");
    assert!(!session.screen.is_drawn);
    session.show("> ", "a\nb|");
    assert_eq!(session.shown(), (vec!["> a".into(), "b".into()], at(1, 1)));

    session.screen.forget();
    assert!(!session.screen.is_drawn);
    session.terminal.process(b"\r\n$ fg\r\n");
    assert_eq!(session.show("> ", "a\nb|"), b"> a\r\nb");
    let rows: Vec<String> = ["> a", "b", "$ fg", "> a", "b"].map(str::to_owned).into();
    assert_eq!(session.shown(), (rows, at(4, 1)));
}

#[test]
fn another_size() {
    let mut session = ScreenSession::new(SMALL);
    session.print("bob: hello");
    session.show("> ", "123456789\n|12");
    let places = |count| NonZeroU16::new(count).unwrap();
    session.terminal.screen_mut().set_size(places(24), places(20));
    let written = session.write(|screen, out| screen.resize(Size::new(20, 24), out));
    assert_eq!(written, b"\x1b[A\r\x1b[J");
    assert!(!session.screen.is_drawn);
    assert_eq!(session.screen.size(), Size::new(20, 24));
    session.show("> ", "12345678901234567|");
    let rows: Vec<String> = ["bob: hello", "> 12345678901234567", ""].map(str::to_owned).into();
    assert_eq!(session.shown(), (rows, at(2, 0)));
}

/// This terminal takes 1 column for the heart and 4 for the hand; we assume 2 for each.
#[test]
fn disputed_characters_move_nothing_else() {
    let mut session = ScreenSession::new(ORDINARY);
    let mut check = |text: &str, column: u16, expected: &str| {
        session.show("> ", text);
        let screen = session.terminal.screen();
        let cell = screen.cell(0, column).unwrap().contents();
        assert_eq!(cell, expected, "{text:?}");
        let before = text.split_once('|').unwrap().0;
        let cursor = screen.cursor_position().1;
        assert_eq!(usize::from(cursor), 2 + columns(before), "{text:?}");
    };
    check("I ❤️ tea|", 7, "t");
    check("I ❤️ t|ea", 7, "t");
    check("I ❤️| ea", 7, "e");
    check("a👍🏽b|", 5, "b");
    check("a👍🏽b|c", 6, "c");
    check("a👍🏽|c", 5, "c");
    // Nothing is left in the columns that the narrower character does not cover.
    check("xxxx|", 3, "x");
    check("❤️xx|", 3, "");
}

/// The cursor is in the middle of the window, unless that would show fewer rows than possible.
#[test]
fn windows_follow_the_cursor() {
    let mut session = ScreenSession::new(SMALL);
    let mut check = |text: &str, first: &str, row: usize| {
        session.show("> ", text);
        let (shown, cursor) = session.shown();
        assert_eq!((shown[0].as_str(), cursor.row), (first, row), "{text:?}");
        // Not even an arriving line moves it.
        session.write(Screen::erase);
        session.show("> ", text);
        assert_eq!(session.shown(), (shown, cursor), "{text:?}");
    };
    check("1\n2\n3\n4\n5\n6\n7|", "3", 4);
    check("1\n2\n3\n4|\n5\n6\n7", "2", 2);
    check("1\n2\n3|\n4\n5\n6\n7", "> 1", 2);
    check("1\n2|\n3\n4\n5\n6\n7", "> 1", 1);
    check("1\n2\n3\n4\n5\n6|\n7", "3", 3);
    // With fewer rows, the window shows as many as it can.
    check("1\n2\n3\n4\n5\n6|", "2", 4);
    check("1\n2\n3|", "> 1", 2);
}

/// An action of the typist, or of someone else.
#[derive(Clone, Debug)]
enum ScreenEvent {
    Typed(&'static str),
    Deleted,
    Moved(usize),
    Replaced(String),
    Asked(&'static str),
    Printed(String),
}

/// A user who types.
#[derive(Debug, Default)]
struct Typist {
    prompt: &'static str,
    text: String,
    cursor: usize,
}

impl Typist {
    fn act(&mut self, event: &ScreenEvent) {
        match event {
            ScreenEvent::Typed(text) => {
                self.text.insert_str(self.cursor, text);
                self.cursor = self.place_from(self.cursor + text.len());
            }
            ScreenEvent::Deleted => {
                let before = self.places().into_iter().rfind(|&place| place < self.cursor);
                let start = before.unwrap_or(self.cursor);
                self.text.replace_range(start..self.cursor, "");
                // Adjacent characters may have merged into one.
                self.cursor = self.place_from(start);
            }
            ScreenEvent::Moved(to) => self.cursor = self.place_from(to % (self.text.len() + 1)),
            ScreenEvent::Replaced(text) => {
                self.text.clone_from(text);
                self.cursor = text.len();
            }
            ScreenEvent::Asked(prompt) => self.prompt = prompt,
            ScreenEvent::Printed(_) => {}
        }
    }

    fn place_from(&self, offset: usize) -> usize {
        self.places().into_iter().find(|&place| place >= offset).unwrap_or(self.text.len())
    }

    fn places(&self) -> Vec<usize> {
        let lengths = clusters(&self.text).map(str::len);
        std::iter::once(0)
            .chain(lengths.scan(0, |end, length| {
                *end += length;
                Some(*end)
            }))
            .collect()
    }
}

const TYPED: [&str; 9] = ["a", "b", " ", "中", "😀", "\u{301}", "\n", "hello", "1234567890"];

fn event() -> impl Strategy<Value = ScreenEvent> {
    prop_oneof![
        8 => proptest::sample::select(&TYPED[..]).prop_map(ScreenEvent::Typed),
        4 => Just(ScreenEvent::Deleted),
        4 => any::<usize>().prop_map(ScreenEvent::Moved),
        1 => "[ab 中😀\u{301}\n]{0,60}".prop_map(ScreenEvent::Replaced),
        1 => proptest::sample::select(&["", "> ", "[中文] ", "[a long name] "][..])
            .prop_map(ScreenEvent::Asked),
        3 => "[a-z 中😀]{1,50}".prop_map(ScreenEvent::Printed),
    ]
}

fn size() -> impl Strategy<Value = Size> {
    let any = (10..=30_u16, 2..=12_u16).prop_map(|(columns, rows)| Size::new(columns, rows));
    prop_oneof![1 => Just(ORDINARY), 1 => Just(SMALL), 1 => Just(SMALLEST), 3 => any]
}

proptest! {
    #![proptest_config(cases(200))]

    /// However the bottom of the screen came about, it shows the view, and all lines are above it.
    #[test]
    fn the_bottom_is_the_view_and_the_lines_are_above(
        size in size(), events in proptest::collection::vec(event(), 1..60),
    ) {
        let mut session = ScreenSession::new(size);
        let mut said = ScreenSession::new(size);
        let mut typist = Typist { prompt: "> ", ..Typist::default() };
        for event in &events {
            typist.act(event);
            if let ScreenEvent::Printed(line) = event {
                session.print(line);
                said.print(line);
            }
            session.draw(typist.prompt, &typist.text, typist.cursor);
            prop_assert!(session.has_free_edge());
            let again = session.draw(typist.prompt, &typist.text, typist.cursor);
            prop_assert_eq!(again, b"");
            // Restoring gives the same as drawing afresh.
            session.write(Screen::erase);
            let mut other = Screen::new(size);
            let view =
                EditorView { prompt: typist.prompt, text: &typist.text, cursor: typist.cursor };
            let mut drawn = Vec::new();
            other.draw(view, &mut drawn);
            prop_assert_eq!(session.write(Screen::restore), drawn);
            prop_assert_eq!(session.write(Screen::restore), b"");
        }
        let (shown, cursor) = session.shown();
        let (lines, _) = said.shown();
        let lines = &lines[..lines.len() - 1];
        prop_assert_eq!(&shown[..lines.len()], lines);

        // All rows of the view, of which a window may be shown.
        let all = Size { rows: 400, ..size };
        let (rows, whole) = fresh(all, typist.prompt, &typist.text, typist.cursor);
        prop_assert_eq!(cursor.column, whole.column);
        let window = &shown[lines.len()..];
        let above = whole.row - (cursor.row - lines.len());
        for (number, row) in window.iter().enumerate() {
            // Empty rows at the end were not counted.
            prop_assert_eq!(row, rows.get(above + number).map_or("", String::as_str));
        }
        // Rows are left out only for lack of space.
        let view = EditorView { prompt: typist.prompt, text: &typist.text, cursor: typist.cursor };
        let all = Layout::new(view, size).height();
        let seen = all.min(usize::from(size.rows / 2).max(1));
        prop_assert!(window.len() <= seen && above + seen <= all);
        let mut rest = rows.iter().take(above + seen).skip(above + window.len());
        prop_assert!(rest.all(String::is_empty));
    }

    /// The screen does not depend on what it looked like before.
    #[test]
    fn only_the_last_view_matters(
        size in size(), events in proptest::collection::vec(event(), 1..60),
    ) {
        let mut each = ScreenSession::new(size);
        let mut last = ScreenSession::new(size);
        let mut typist = Typist { prompt: "> ", ..Typist::default() };
        for event in &events {
            typist.act(event);
            if let ScreenEvent::Printed(line) = event {
                each.print(line);
                last.print(line);
            }
            each.draw(typist.prompt, &typist.text, typist.cursor);
        }
        last.draw(typist.prompt, &typist.text, typist.cursor);
        prop_assert_eq!(each.shown(), last.shown());
    }

    /// Everything typed can be read on the screen, in order.
    #[test]
    fn nothing_typed_is_hidden(size in size(), text in "[a-z中文😀]{0,100}") {
        let (rows, _) = fresh(Size { rows: 200, ..size }, ">", &text, 0);
        prop_assert_eq!(rows.concat(), format!(">{text}"));
    }

    /// A VT100 understands every sequence.
    #[test]
    fn sequences_are_those_of_a_vt100(events in proptest::collection::vec(event(), 1..40)) {
        let mut session = ScreenSession::new(SMALL);
        let mut typist = Typist { prompt: "> ", ..Typist::default() };
        for event in &events {
            typist.act(event);
            let written = session.draw(typist.prompt, &typist.text, typist.cursor);
            let written = String::from_utf8(written).unwrap();
            for sequence in written.split('\x1b').skip(1) {
                let body = sequence.strip_prefix('[').unwrap();
                let digits = body.bytes().take_while(u8::is_ascii_digit).count();
                prop_assert!(!body.starts_with('0') && digits <= 3, "{:?}", written);
                prop_assert!(matches!(body.as_bytes()[digits], b'A'..=b'C' | b'J' | b'K'));
            }
            let controls = written.chars().filter(|character| character.is_control());
            for control in controls {
                prop_assert!(matches!(control, '\r' | '\n' | '\x08' | '\x1b'));
            }
        }
    }
}
