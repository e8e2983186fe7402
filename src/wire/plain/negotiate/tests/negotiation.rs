//! Negotiating whether the line is edited here, and ending that.

use super::*;
use crate::model::Wire;
use crate::text::CleanText;
use crate::wire::door::{Awaited, Successor};
use crate::wire::telnet::message;

#[test]
fn a_client_that_declines_stays_as_it_is_and_loses_nothing() {
    let no_go_ahead: &[u8] = b"\xff\xfe\x03";
    for refusal in
        [&[DONT_ECHO, DO_GO_AHEAD].concat()[..], &[DO_ECHO, no_go_ahead].concat(), no_go_ahead]
    {
        let mut person = TelnetUser::before_editing(80, 24);
        person.plain.greeting();
        person.receives(b"before ");
        person.receives(refusal);
        person.receives(b"and behind\r\n");
        assert_eq!(person.said, ["before and behind"]);
        assert!(person.plain.input_line().is_none() && person.plain.traits().terminal.is_none());
        assert_eq!(person.plain.give_up_offer(), Box::default());
    }
}

#[test]
fn a_client_that_answers_too_late_stays_as_it_is() {
    let mut person = TelnetUser::before_editing(80, 24);
    person.plain.greeting();
    assert!(person.plain.awaited().is_some());
    assert_eq!(
        person.plain.give_up_offer(),
        Box::default(),
        "of two answers nobody could say which"
    );
    assert!(person.plain.awaited().is_none());
    let mut rest = &[DO_ECHO, DO_GO_AHEAD, b"hi\r\n"].concat()[..];
    let answers: Vec<Input> = std::iter::from_fn(|| person.plain.decode(&mut rest)).collect();
    let taken_back = |option| Input::Answer([IAC, 252, option].into());
    assert!(answers.contains(&taken_back(1)) && answers.contains(&taken_back(3)), "{answers:?}");
    assert_eq!(answers.last(), Some(&Input::Line(CleanText::from_bytes(b"hi"))));
    assert!(person.plain.input_line().is_none());
}

#[test]
fn text_typed_before_editing_begins_the_line() {
    let mut person = TelnetUser::before_editing(80, 24);
    person.plain.greeting();
    person.receives(b"hel");
    person.receives(&[DO_ECHO, DO_GO_AHEAD, b"lo"].concat());
    assert_eq!(person.rows(), ["> hello|"]);
    person.receives(b"\r\0");
    assert_eq!(person.said, ["hello"]);
}

#[test]
fn when_editing_ends_the_rest_of_the_line_belongs_to_the_client() {
    let mut person = TelnetUser::at(80, 24);
    person.types("half");
    let bytes = person.plain.edit(Some(false));
    person.screen.process(&without_telnet(&bytes));
    assert!(bytes.ends_with(b"\xff\xfc\x01\xff\xfc\x03"), "{bytes:?}");
    assert_eq!(person.rows(), ["half|"]);
    person.receives(b" a line\r\n");
    assert_eq!(person.said, ["half a line"]);
    // Again: the other options are still on.
    assert_eq!(&*person.plain.edit(Some(true)), OFFER);
    person.answers.clear();
    person.receives(&[b"\xff\xfe\x01\xff\xfe\x03", DO_ECHO, DO_GO_AHEAD].concat());
    assert_eq!(person.answers, b"\xff\xfb\x03");
    assert!(person.plain.traits().terminal.is_some());
}

#[test]
fn a_block_is_said_with_its_last_line_when_editing_ends_first() {
    let mut person = TelnetUser::at(80, 24);
    person.types("\x1b[200~one\n\ntwo\nthr\x1b[201~");
    let bytes = person.plain.edit(Some(false));
    person.screen.process(&without_telnet(&bytes));
    assert_eq!(person.rows(), ["one", "", "two", "thr|"]);
    person.receives(DONT_ECHO);
    assert_eq!(person.said, [""; 0]);
    person.receives(b"ee\r\nfour\r\n");
    assert_eq!(person.said, ["one", "", "two", "three", "four"]);
}

#[test]
fn an_edited_client_is_not_taken_for_another_protocol() {
    let mut person = TelnetUser::at(80, 24);
    person.types("hi\r");
    person.plain.edit(Some(false));
    person.receives(b"SSH-2.0- is a protocol\r\nGET / HTTP/1.1\r\n");
    assert_eq!(person.said, ["hi", "SSH-2.0- is a protocol", "GET / HTTP/1.1"]);
}

#[test]
fn editing_on_request_is_offered_only_to_a_possible_telnet() {
    let mut plain = Plain::new(PlainDoor { edits: false, ..DOOR });
    assert_eq!(plain.greeting(), Box::default());
    assert_eq!(plain.edit(Some(true)), Box::default(), "nothing has come");
    while plain.decode(&mut &b"hi\n"[..]) == Some(Input::Enter { name: None }) {}
    assert_eq!(plain.edit(Some(true)), Box::default(), "it is nc");
    assert!(plain.decode(&mut &b"hi\r"[..]).is_some());
    assert_eq!(&*plain.edit(Some(true)), OFFER);
    assert_eq!(plain.edit(Some(true)), Box::default(), "that has been offered");
    assert_eq!(plain.edit(None), Box::default(), "nothing stands to be taken back yet");
    assert!(plain.awaited().is_none());
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_stays_as_it_is() {
    let mut person = TelnetUser::at(80, 24);
    person.receives(WILL_TYPE);
    person.types("x");
    person.receives(b"\xff\xfa\x18\0DUMB\xff\xf0");
    assert!(person.plain.traits().terminal.is_none());
    assert_eq!(person.plain.edit(Some(true)), Box::default(), "not even where it is asked for");
    let mut person = TelnetUser::at(80, 24);
    person.receives(WILL_TYPE);
    person.receives(b"\xff\xfa\x18\0VTNT\xff\xf0");
    person.types("abc\x1b[D\x7f");
    assert_eq!(person.rows(), ["#lobby> ab|"], "7F is Delete there");
    person.types("d\x7fe");
    assert_eq!(person.rows(), ["#lobby> abe|"], "but not at the end, where it could only be this");
    person.types("\x1b[3~");
    assert_eq!(person.rows(), ["#lobby> abe|"], "unlike what can be nothing else");
}

/// The telnet of Windows and SyncTERM, whose Backspace sends 08, report this type, and so does any
/// telnet under `TERM=ansi`.
#[test]
fn the_backspace_of_an_ansi_terminal_shows_the_meaning_of_7f() {
    let ansi = || {
        let mut person = TelnetUser::at(80, 24);
        person.receives(WILL_TYPE);
        person.receives(b"\xff\xfa\x18\0ANSI\xff\xf0");
        person
    };
    let mut unix = ansi();
    unix.types("abcd\x7fe\x1b[D\x1b[D\x7f");
    assert_eq!(unix.rows(), ["#lobby> a|ce"]);
    let mut windows = ansi();
    windows.types("abcd\x08e\x1b[D\x1b[D\x7f");
    assert_eq!(windows.rows(), ["#lobby> ab|e"]);
}

/// C-Kermit ignores everything after the first offer.
#[test]
fn further_options_are_offered_once_the_first_is_accepted() {
    let mut person = TelnetUser::before_editing(80, 24);
    assert_eq!(&*person.plain.greeting(), OFFER);
    assert_eq!(person.plain.awaited(), Some(Awaited::Echo));
    person.receives(DO_ECHO);
    assert_eq!(person.answers, OFFERS);
    assert_eq!(person.plain.awaited(), Some(Awaited::Keys));
    // A client that speaks first, like PuTTY, is not refused what it would be asked for a moment
    // later.
    let mut first = TelnetUser::before_editing(80, 24);
    first.plain.greeting();
    first.receives(&[WILL_SIZE, WILL_TYPE, DO_GO_AHEAD].concat());
    let agreed = b"\xff\xfd\x1f\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\xff\xfb\x03";
    assert_eq!(first.answers, agreed);
    first.answers.clear();
    first.receives(&[DO_ECHO, b"\xff\xfa\x18\0xterm\xff\xf0"].concat());
    assert_eq!(first.answers, b"\xff\xfd\x00");
    assert!(first.plain.input_line().is_some());
}

/// A terminal that cannot move its cursor would show the prompt as rubbish.
#[test]
fn nothing_is_drawn_before_the_terminal_type_is_known() {
    let start = || {
        let mut person = TelnetUser::before_editing(80, 24);
        person.plain.greeting();
        person.receives(&[DO_ECHO, WILL_TYPE, WILL_SIZE, DO_GO_AHEAD].concat());
        assert!(person.plain.input_line().is_none() && person.plain.traits().terminal.is_none());
        assert_eq!(person.plain.awaited(), Some(Awaited::TerminalType));
        person
    };
    let mut dumb = start();
    dumb.receives(b"hi\xff\xfa\x18\0DUMB\xff\xf0");
    assert!(dumb.plain.input_line().is_none() && dumb.plain.awaited().is_none());
    assert!(dumb.answers.ends_with(b"\xff\xfc\x01\xff\xfc\x03"), "{:?}", dumb.answers);
    assert!(!dumb.answers.contains(&0x1b));
    dumb.receives(b" there\r\n");
    assert_eq!(dumb.said, ["hi there"]);
    let mut xterm = start();
    xterm.receives(b"hi\xff\xfa\x18\0XTERM\xff\xf0");
    assert_eq!(xterm.rows(), ["> hi|"]);
    // A terminal that never reports its type.
    let mut silent = start();
    assert_eq!(silent.plain.give_up_offer(), Box::default());
    silent.types("hi");
    assert_eq!(silent.rows(), ["> hi|"]);
    assert_eq!(silent.plain.awaited(), None);
}

#[test]
fn our_own_client_goes_on_in_json() {
    let mut plain = Plain::new(DOOR);
    plain.greeting();
    let mut rest = &b"\xff\xfd\xc9"[..];
    let answer = plain.decode(&mut rest);
    let will_and_no_offers = b"\xff\xfb\xc9";
    assert_eq!(answer, Some(Input::Answer(will_and_no_offers.as_slice().into())));
    // It is waited for longer than others, but once.
    assert_eq!(plain.more_patience(), Some(limits::OFFER_PATIENCE));
    assert_eq!(plain.more_patience(), None);
    for unknown in ["", "{", "{}", r#"{"version":2}"#, "[]", "null"] {
        let bytes = message("Hobnob.Hello", unknown);
        assert_eq!(plain.decode(&mut &bytes[..]), None, "{unknown}");
    }
    let hello = r#"{"version":1,"lang":"zh","first_line":"/nick ann"}"#;
    let bytes = [&message("Hobnob.Hello", hello)[..], b"{\"line\":\"hi\"}\n"].concat();
    let mut rest = &bytes[..];
    let Some(Input::Becomes(successor)) = plain.decode(&mut rest) else {
        panic!("it goes on in JSON")
    };
    let Successor { mut protocol, answer } = *successor;
    assert_eq!(*answer, *message("Hobnob.Hello", r#"{"version":1,"message_ids":"2a"}"#));
    assert_eq!((protocol.wire(), protocol.lang()), (Wire::Json, Some(Lang::Zh)));
    assert_eq!(protocol.decode(&mut rest), Some(Input::Enter { name: None }));
    for line in ["/nick ann", "hi"] {
        assert_eq!(protocol.decode(&mut rest), Some(Input::Line(CleanText::new(line))));
    }
    // An older one goes on as it is, and edits its own line.
    let mut person = TelnetUser::before_editing(80, 24);
    person.receives(b"\xff\xfd\xc9");
    person.receives(b"hi\r\n");
    assert_eq!(person.said, ["hi"]);
    assert_eq!(person.plain.edit(Some(true)), Box::default());
    let late = message("Hobnob.Hello", hello);
    assert_eq!(person.plain.decode(&mut &late[..]), None);
}

#[test]
fn the_terminal_is_left_as_it_was() {
    let mut person = TelnetUser::at(80, 24);
    person.types("half");
    let bytes = person.plain.close();
    assert!(bytes.ends_with(b"\x1b[?2004l"), "{bytes:?}");
    person.screen.process(&bytes);
    assert_eq!(person.rows(), ["|"]);
    assert!(person.plain.input_line().is_none());
}
