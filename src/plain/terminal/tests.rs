//! Whole keystrokes on a whole screen: what is negotiated, what is typed, what arrives meanwhile,
//! and what is to be seen then.

use std::num::NonZeroU16;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::PlainDoor;
use super::*;
use crate::door::{Footer, Protocol, Terminal};
use crate::lang::Lang;
use crate::telnet::{IAC, message};
use crate::terminal::{Kind, Wanted};
use crate::text::CleanText;

const DOOR: PlainDoor =
    PlainDoor { catalogue: Lang::En.catalogue(), line_bytes_max: 200, edits: true };

const OFFERS: &[u8] = b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x1f\xff\xfd\x18";
const DO_ECHO: &[u8] = b"\xff\xfd\x01";
const DO_GO_AHEAD: &[u8] = b"\xff\xfd\x03";
const DONT_ECHO: &[u8] = b"\xff\xfe\x01";
const WILL_SIZE: &[u8] = b"\xff\xfb\x1f";
const WILL_TYPE: &[u8] = b"\xff\xfb\x18";

/// Somebody at a terminal, behind a telnet that agrees to everything.
struct Person {
    plain: Plain,
    screen: vt100::Parser,
    said: Vec<String>,
    /// What words are completed to.
    words: Vec<&'static str>,
    has_left: bool,
}

impl Person {
    fn at(columns: u16, rows: u16) -> Self {
        let mut person = Self::before_editing(columns, rows);
        assert_eq!(&*person.plain.greeting(), OFFERS);
        person.receives(&[DO_ECHO, DO_GO_AHEAD, WILL_SIZE].concat());
        person.has_size(columns, rows);
        person.is_in(&["#lobby"]);
        person
    }

    fn before_editing(columns: u16, rows: u16) -> Self {
        let size = |value| NonZeroU16::new(value).unwrap();
        let mut plain = Plain::new(DOOR);
        plain.wait_no_longer();
        Self {
            plain,
            screen: vt100::Parser::new(size(rows), size(columns), 0),
            said: Vec::new(),
            words: vec!["ann", "andrew"],
            has_left: false,
        }
    }

    /// Its window has this size from now on.
    fn has_size(&mut self, columns: u16, rows: u16) {
        let [a, b] = columns.to_be_bytes();
        let [c, d] = rows.to_be_bytes();
        let escaped = |byte| if byte == IAC { vec![IAC, IAC] } else { vec![byte] };
        let size: Vec<u8> = [a, b, c, d].into_iter().flat_map(escaped).collect();
        self.receives(&[&[IAC, 250, 31][..], &size, &[IAC, 240]].concat());
    }

    fn is_in(&mut self, rooms: &[&str]) {
        let rooms: Vec<Arc<str>> = rooms.iter().map(|room| Arc::from(*room)).collect();
        self.footer(|footer, _| footer.set_rooms(&rooms));
        self.settles();
    }

    /// These bytes come from the client, in one packet.
    fn receives(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(input) = self.plain.decode(&mut rest) {
            match input {
                Input::Line(text) => self.said.push(text.as_str().to_owned()),
                Input::Answer(bytes) => self.screen.process(&without_telnet(&bytes)),
                Input::Told(text) => self.arrives(&text),
                Input::Complete(_) => {
                    let words = self.words.iter().map(|word| Box::from(*word)).collect();
                    self.footer(|footer, _| footer.complete(words));
                }
                Input::Leave => self.has_left = true,
                Input::Enough | Input::Enter { .. } | Input::Reject { .. } => {}
            }
        }
        self.settles();
    }

    fn types(&mut self, keys: &str) {
        self.receives(keys.as_bytes());
    }

    /// A line is shown.
    fn arrives(&mut self, line: &str) {
        self.footer(|footer, bytes| {
            footer.lift(bytes);
            bytes.extend_from_slice(format!("{line}\r\n").as_bytes());
        });
        self.settles();
    }

    fn settles(&mut self) {
        self.footer(|footer, bytes| footer.settle(bytes));
    }

    fn footer(&mut self, act: impl FnOnce(&mut dyn Footer, &mut Vec<u8>)) {
        let mut bytes = Vec::new();
        if let Some(footer) = self.plain.footer() {
            act(footer, &mut bytes);
        }
        self.screen.process(&bytes);
    }

    /// The rows on the screen down to the cursor's or the last that is not empty, with a bar where
    /// the cursor is.
    fn rows(&self) -> Vec<String> {
        let screen = self.screen.screen();
        let (cursor_row, cursor_column) = screen.cursor_position();
        let columns = screen.size().1.get();
        let mut rows: Vec<String> = (0..screen.size().0.get())
            .map(|row| {
                let part = |from: u16, to: u16| screen.contents_between(row, from, row, to);
                if row == cursor_row {
                    let behind = part(cursor_column, columns);
                    let before = part(0, cursor_column);
                    let gap = usize::from(cursor_column)
                        .saturating_sub(unicode_width::UnicodeWidthStr::width(before.as_str()));
                    format!("{before}{}|{}", " ".repeat(gap), behind.trim_end())
                } else {
                    part(0, columns).trim_end().to_owned()
                }
            })
            .collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }
}

/// What is shown of bytes that may hold telnet commands, of three bytes each.
fn without_telnet(mut bytes: &[u8]) -> Vec<u8> {
    let mut shown = Vec::new();
    while let Some((&byte, rest)) = bytes.split_first() {
        match byte {
            IAC if rest.first() == Some(&250) => return shown,
            IAC => bytes = &rest[2..],
            byte => {
                shown.push(byte);
                bytes = rest;
            }
        }
    }
    shown
}

#[track_caller]
fn check(keys: &str, expected: &[&str]) {
    check_at(80, 24, keys, expected);
}

/// What is on a screen of that size after these keys, in one packet or byte by byte.
#[track_caller]
fn check_at(columns: u16, rows: u16, keys: &str, expected: &[&str]) {
    let mut person = Person::at(columns, rows);
    person.types(keys);
    assert_eq!(person.rows(), expected, "{}", keys.escape_debug());
    let mut slow = Person::at(columns, rows);
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
fn what_is_sent() {
    let check = |keys: &str, expected: &[&str]| {
        let mut person = Person::at(80, 24);
        person.types(keys);
        assert_eq!(person.said, expected, "{}", keys.escape_debug());
    };
    check("hello\r\n", &["hello"]);
    check("hello\r\0world\n", &["hello", "world"]);
    check("\r\r \r", &[]);
    check("a\x1b[Db\r", &["ba"]);
    check("\x1b[200~one\r\n\n two\nthree\x1b[201~ four\r", &["one", " two", "three four"]);
    check("/who\r\x1b[A\r", &["/who", "/who"]);
    // A password is not brought back.
    check("hi\r/login ann secret\r\x1b[A\r", &["hi", "/login ann secret", "hi"]);
    check("/lgoin ann secret\r\x1b[A\r", &["/lgoin ann secret"]);
}

#[test]
fn a_paste_that_does_not_fit_is_told() {
    let pasted = |text: &str| {
        let mut person = Person::at(80, 24);
        person.types(&format!("\x1b[200~{text}\x1b[201~"));
        let told = person.rows().iter().any(|row| row.starts_with("Not all of what you pasted"));
        person.types("\r");
        (told, person.said.len())
    };
    assert_eq!(pasted(&"line\n".repeat(99)), (false, 99));
    assert_eq!(pasted(&"line\n".repeat(101)), (true, 100));
    assert_eq!(pasted(&"x".repeat(201)), (true, 1));
    // It is told once, and what is typed too much just rings.
    let mut person = Person::at(80, 24);
    person.types(&format!("\x1b[200~{}\x1b[201~yyy", "x".repeat(300)));
    let told = person.rows().iter().filter(|row| row.starts_with("Not all")).count();
    assert_eq!(told, 1);
}

/// One client's keys do not keep the others from having theirs.
#[test]
fn so_many_keys_are_taken_at_a_time() {
    let mut person = Person::at(80, 24);
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
fn a_word_that_nothing_is_known_for_is_asked_about_once() {
    let mut person = Person::at(80, 24);
    person.words = Vec::new();
    let mut rest = &b"zz\t\t\tx\t"[..];
    let mut asked = 0;
    while let Some(input) = person.plain.decode(&mut rest) {
        assert!(matches!(input, Input::Complete(_)), "{input:?}");
        asked += 1;
        person.footer(|footer, _| footer.complete(Box::default()));
    }
    assert_eq!(asked, 2, "again when it is another");
}

#[test]
fn the_line_has_its_limit() {
    let mut person = Person::at(80, 24);
    person.types(&"x".repeat(250));
    person.types("\r");
    assert_eq!(person.said, ["x".repeat(200)]);
}

#[test]
fn leaving_and_going_to_another_room() {
    let mut person = Person::at(80, 24);
    person.types("x\x04");
    assert!(!person.has_left, "^D behind a text takes nothing away");
    person.types("\x7f\x04");
    assert!(person.has_left);
    let mut person = Person::at(80, 24);
    person.types("\x18");
    assert_eq!(person.said, [""; 0]);
    person.is_in(&["#ops", "#dev", "#lobby"]);
    person.types("unsent\x18");
    person.footer(|footer, _| footer.add_unread(&"#ops".into(), 3));
    person.settles();
    assert_eq!(person.rows(), ["#lobby (+3 #ops)> unsent|"]);
    person.types("\x18");
    assert_eq!(person.said, ["#dev", "#ops"]);
    person.is_in(&["#dev", "#lobby", "#ops"]);
    assert_eq!(person.rows(), ["#ops> unsent|"]);
}

#[test]
fn lines_stand_above() {
    let mut person = Person::at(40, 10);
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

#[test]
fn the_window_changes_its_size() {
    let mut person = Person::at(80, 24);
    person.arrives("ann: one");
    person.types(&"x".repeat(50));
    for (columns, rows) in [(40, 10), (80, 24), (20, 6)] {
        let size = |value| NonZeroU16::new(value).unwrap();
        person.screen.screen_mut().set_size(size(rows), size(columns));
        person.has_size(columns, rows);
        let shown = person.rows();
        assert_eq!(shown[0], "ann: one", "{columns}");
        // Of a line that is higher than half of the window, the part with the cursor is seen.
        let line = format!("#lobby> {}|", "x".repeat(50));
        assert!(line.ends_with(&shown[1..].concat()), "{columns}: {shown:#?}");
        assert!(shown.len() > usize::from(rows).min(3) / 2, "{columns}: {shown:#?}");
    }
}

#[test]
fn sizes_that_no_window_has_do_no_harm() {
    for (columns, rows) in [(0, 0), (65535, 65535), (1, 1), (0, 65535), (255, 255)] {
        let mut person = Person::at(80, 24);
        person.has_size(columns, rows);
        person.types(&"你x".repeat(40));
        person.arrives("ann: hi");
        person.types("\r");
        assert_eq!(person.said, ["你x".repeat(40)]);
        let terminal = person.plain.terminal().unwrap();
        assert!(terminal.columns.is_some_and(|columns| (10..=250).contains(&columns.get())));
    }
}

#[test]
fn a_client_that_declines_stays_as_it_is_and_loses_nothing() {
    let no_go_ahead: &[u8] = b"\xff\xfe\x03";
    for refusal in
        [&[DONT_ECHO, DO_GO_AHEAD].concat()[..], &[DO_ECHO, no_go_ahead].concat(), no_go_ahead]
    {
        let mut person = Person::before_editing(80, 24);
        person.plain.greeting();
        person.receives(b"before ");
        person.receives(refusal);
        person.receives(b"and behind\r\n");
        assert_eq!(person.said, ["before and behind"]);
        assert!(person.plain.footer().is_none() && person.plain.terminal().is_none());
        assert_eq!(person.plain.give_up_offer(), Box::default());
    }
}

#[test]
fn a_client_that_answers_too_late_stays_as_it_is() {
    let mut person = Person::before_editing(80, 24);
    person.plain.greeting();
    assert!(person.plain.is_offering());
    assert_eq!(
        person.plain.give_up_offer(),
        Box::default(),
        "of two answers nobody could say which"
    );
    assert!(!person.plain.is_offering());
    let mut rest = &[DO_ECHO, DO_GO_AHEAD, b"hi\r\n"].concat()[..];
    let answers: Vec<Input> = std::iter::from_fn(|| person.plain.decode(&mut rest)).collect();
    let taken_back = |option| Input::Answer([IAC, 252, option].into());
    assert!(answers.contains(&taken_back(1)) && answers.contains(&taken_back(3)), "{answers:?}");
    assert_eq!(answers.last(), Some(&Input::Line(CleanText::from_bytes(b"hi"))));
    assert!(person.plain.footer().is_none());
}

#[test]
fn what_a_client_had_typed_is_the_beginning_of_the_line() {
    let mut person = Person::before_editing(80, 24);
    person.plain.greeting();
    person.receives(b"hel");
    person.receives(&[DO_ECHO, DO_GO_AHEAD, b"lo"].concat());
    assert_eq!(person.rows(), ["> hello|"]);
    person.receives(b"\r\0");
    assert_eq!(person.said, ["hello"]);
}

#[test]
fn editing_ends_and_the_rest_of_the_line_is_the_clients() {
    let mut person = Person::at(80, 24);
    person.types("half");
    let bytes = person.plain.edit(Some(false));
    person.screen.process(&without_telnet(&bytes));
    assert!(bytes.ends_with(b"\xff\xfc\x01\xff\xfc\x03"), "{bytes:?}");
    assert_eq!(person.rows(), ["half|"]);
    person.receives(b" a line\r\n");
    assert_eq!(person.said, ["half a line"]);
    // And again.
    let offers = person.plain.edit(Some(true));
    assert_eq!(&*offers, b"\xff\xfb\x01\xff\xfb\x03");
    person.receives(&[b"\xff\xfe\x01\xff\xfe\x03", DO_ECHO, DO_GO_AHEAD].concat());
    assert!(person.plain.terminal().is_some());
}

#[test]
fn the_plain_door_negotiates_when_it_is_asked_to_and_only_with_a_telnet() {
    let mut plain = Plain::new(PlainDoor { edits: false, ..DOOR });
    assert_eq!(plain.greeting(), Box::default());
    assert_eq!(plain.edit(Some(true)), Box::default(), "it is not known to be a telnet");
    assert!(plain.decode(&mut &b"hi\r\n"[..]).is_some());
    assert_eq!(&*plain.edit(Some(true)), OFFERS);
    assert_eq!(plain.edit(Some(true)), Box::default(), "that has been offered");
    assert_eq!(plain.edit(None), Box::default(), "nothing stands to be taken back yet");
    assert!(!plain.is_offering());
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_stays_as_it_is() {
    let mut person = Person::at(80, 24);
    person.receives(WILL_TYPE);
    person.types("x");
    person.receives(b"\xff\xfa\x18\0DUMB\xff\xf0");
    assert!(person.plain.terminal().is_none());
    assert_eq!(person.plain.edit(Some(true)), Box::default(), "not even where it is asked for");
    let mut person = Person::at(80, 24);
    person.receives(WILL_TYPE);
    person.receives(b"\xff\xfa\x18\0ANSI\xff\xf0");
    person.types("abc\x1b[D\x7f");
    assert_eq!(person.rows(), ["#lobby> ab|"], "7F is Delete there");
}

#[test]
fn an_answer_that_is_not_to_be_seen_is_not_shown_or_kept() {
    let mut person = Person::at(80, 24);
    person.types("/login ann\r");
    assert_eq!(person.plain.conceal("Password: "), Some(Box::default()));
    person.settles();
    assert_eq!(person.rows(), ["Password: |"]);
    person.types("secrec\x15secrex\x7ft\t\x1b[A");
    person.arrives("bob: hi");
    assert_eq!(person.rows(), ["bob: hi", "Password: |"]);
    person.types("\r");
    assert_eq!(person.plain.end_answer(), Box::default());
    assert_eq!(person.plain.reveal(), Box::default());
    person.settles();
    assert_eq!(person.said, ["/login ann", "secret"]);
    person.types("\x1b[A\x19");
    assert_eq!(person.rows(), ["bob: hi", "#lobby> /login ann|"]);
    // ^C is an empty answer, which is none; so is ^D.
    for end in ["sec\x03", "\x04"] {
        person.plain.conceal("Password: ");
        person.types(end);
        assert_eq!(person.said.pop().as_deref(), Some(""));
        assert!(!person.has_left);
        person.plain.reveal();
    }
}

/// As when the same person changes that at another client.
#[test]
fn an_answer_is_not_shown_where_editing_ends_before_it() {
    let mut person = Person::at(80, 24);
    person.types("/login ann\r");
    person.plain.conceal("Password: ");
    person.types("secr");
    let bytes = person.plain.edit(Some(false));
    person.screen.process(&without_telnet(&bytes));
    assert_eq!(person.rows(), ["Password: |"]);
    assert!(!bytes.windows(3).any(|part| part == b"\xff\xfc\x01"), "it is still hidden");
    person.receives(b"et\r\n");
    assert_eq!(person.said, ["/login ann", "secret"]);
    assert_eq!(&*person.plain.reveal(), b"\xff\xfc\x01\r\n");
}

/// And where it begins before it.
#[test]
fn an_answer_is_not_shown_where_editing_begins_before_it() {
    let mut person = Person::before_editing(80, 24);
    person.plain = Plain::new(PlainDoor { edits: false, ..DOOR });
    person.receives(b"hi\r\n");
    let asked = person.plain.conceal("Password: ").unwrap();
    assert_eq!(&*asked, b"\xff\xfb\x01Password: ");
    person.screen.process(b"Password: ");
    person.receives(&[DO_ECHO, b"se"].concat());
    let offers = person.plain.edit(Some(true));
    assert!(offers.starts_with(b"\xff\xfb\x03"), "the other stands already: {offers:?}");
    person.receives(&[DO_GO_AHEAD, b"cret"].concat());
    assert_eq!(person.rows(), ["Password: |"]);
    person.receives(b"\r\0");
    assert_eq!(person.said, ["hi", "secret"]);
    assert_eq!(person.plain.reveal(), Box::default());
    person.settles();
    assert_eq!(person.rows(), ["> |"]);
}

#[test]
fn a_question_that_was_asked_before_the_editing_is_the_prompt() {
    let mut person = Person::before_editing(80, 24);
    person.plain.greeting();
    assert_eq!(&*person.plain.ask("Password: "), b"Password: ");
    person.screen.process(b"Password: ");
    person.receives(&[DO_ECHO, DO_GO_AHEAD].concat());
    assert_eq!(person.rows(), ["Password: |"]);
}

#[test]
fn telnets_own_keys_mean_what_they_say() {
    let mut person = Person::at(80, 24);
    person.receives(b"abc\xff\xf4\xff\xfd\x06x");
    assert_eq!(person.rows(), ["#lobby> x|"]);
    // Inside a character it was no key: 的.
    person.receives(b"\xe7\xff\xed\xff\xfd\x06\x84");
    assert_eq!(person.rows(), ["#lobby> x的|"]);
}

#[test]
fn our_own_client_is_told_in_messages() {
    let mut person = Person::before_editing(80, 24);
    person.plain.greeting();
    let mut rest = &b"\xff\xfd\xc9"[..];
    let answer = person.plain.decode(&mut rest);
    let will_and_no_offers = b"\xff\xfb\xc9";
    assert_eq!(answer, Some(Input::Answer(will_and_no_offers.as_slice().into())));
    assert_eq!(person.plain.terminal(), Some(Terminal { columns: None }));
    let told = |person: &mut Person| {
        let mut bytes = Vec::new();
        let footer = person.plain.footer().unwrap();
        assert!(footer.is_stale());
        footer.settle(&mut bytes);
        assert!(!footer.is_stale() && !footer.lift(&mut Vec::new()));
        String::from_utf8_lossy(&bytes[3..bytes.len() - 2]).into_owned()
    };
    assert_eq!(told(&mut person), r#"Hobnob.Place {"rooms":[],"unread":[]}"#);
    let rooms: [Arc<str>; 2] = ["#ops".into(), "#lobby".into()];
    person.plain.footer().unwrap().set_rooms(&rooms);
    person.plain.footer().unwrap().add_unread(&rooms[0], 2);
    let place = r##"Hobnob.Place {"rooms":["#ops","#lobby"],"unread":[["#ops",2]]}"##;
    assert_eq!(told(&mut person), place);
    let question = message("Hobnob.Complete", r#"{"kind":"name","prefix":"an"}"#);
    let wanted = person.plain.decode(&mut &question[..]);
    let expected = Wanted { kind: Kind::Name, prefix: "an".to_owned() };
    assert_eq!(wanted, Some(Input::Complete(expected)));
    person.plain.footer().unwrap().complete([Box::from("ann")].into());
    assert_eq!(told(&mut person), r#"Hobnob.Completions ["ann"]"#);
    for nothing in ["", "{", "{}", r#"{"kind":"x","prefix":""}"#, "[]", "null"] {
        let bytes = message("Hobnob.Complete", nothing);
        assert_eq!(person.plain.decode(&mut &bytes[..]), None, "{nothing}");
    }
    // Until it wants that no more.
    let mut silent = Person::before_editing(80, 24);
    silent.receives(b"\xff\xfd\xc9");
    assert!(silent.plain.footer().is_some());
    silent.receives(b"\xff\xfe\xc9");
    assert!(silent.plain.footer().is_none() && silent.plain.terminal().is_none());
    // It edits its line by itself, and what it was offered is taken back.
    assert_eq!(person.plain.edit(Some(true)), Box::default());
    let taken_back = Input::Answer([IAC, 252, 1].into());
    assert_eq!(person.plain.decode(&mut &DO_ECHO[..]), Some(taken_back));
    person.receives(b"hi\r\n");
    assert_eq!(person.said, ["hi"]);
}

#[test]
fn the_terminal_is_left_as_it_was() {
    let mut person = Person::at(80, 24);
    person.types("half");
    let bytes = person.plain.close();
    assert!(bytes.ends_with(b"\x1b[?2004l"), "{bytes:?}");
    person.screen.process(&bytes);
    assert_eq!(person.rows(), ["|"]);
    assert!(person.plain.footer().is_none());
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
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Messages between every two keystrokes never change the line that is being typed, and it is
    /// the same whether each byte comes alone or all in one packet.
    #[test]
    fn nothing_that_arrives_changes_the_line(
        keys in prop::collection::vec(key(), 0..40),
        (columns, rows) in prop::sample::select(&[(80, 24), (40, 10), (20, 6)][..]),
    ) {
        let mut at_once = Person::at(columns, rows);
        at_once.types(&keys.concat());
        let mut interrupted = Person::at(columns, rows);
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
