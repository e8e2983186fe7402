//! Hidden answers stay hidden, whenever editing begins or ends.

use super::*;

#[test]
fn a_hidden_answer_is_neither_shown_nor_kept() {
    let mut person = TelnetUser::at(80, 24);
    person.types("/login ann\r");
    assert_eq!(person.plain.ask(&Question::SERVER, Lang::En), Box::default());
    assert_eq!(person.plain.shows_answer(), Some(false));
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
    // ^C is an empty answer, which counts as none; ^D leaves, or declines to answer.
    person.plain.ask(&Question::SERVER, Lang::En);
    person.types("sec\x03");
    assert_eq!(person.said.pop().as_deref(), Some(""));
    assert!(!person.has_left);
    person.types("\x04");
    assert!(person.has_left);
}

/// The client was asked before it was known to be a telnet; its ECHO then stays on.
#[test]
fn an_answer_is_not_shown_if_only_echo_is_agreed_to() {
    let start = || {
        let mut person = TelnetUser::before_editing(80, 24);
        person.plain.greeting();
        assert_eq!(&*person.plain.ask(&Question::SERVER, Lang::En), b"Password: ");
        person
    };
    let no_go_ahead: &[u8] = b"\xff\xfe\x03";
    for answers in [
        &[DO_ECHO, no_go_ahead][..],
        &[DO_ECHO, b""],
        &[b"", DO_ECHO],
        &[b"", DO_ECHO, DO_GO_AHEAD],
        &[b"", DO_GO_AHEAD, DO_ECHO],
    ] {
        let mut person = start();
        let mut sent = Vec::new();
        for answer in answers {
            let mut rest = *answer;
            while let Some(input) = person.plain.decode(&mut rest) {
                let Input::Answer(bytes) = input else { panic!("{input:?}") };
                sent.extend(bytes);
            }
            if answer.is_empty() {
                sent.extend(person.plain.give_up_offer());
            }
        }
        assert!(!sent.windows(3).any(|part| part == b"\xff\xfc\x01"), "{answers:?}: {sent:?}");
        assert!(person.plain.awaited().is_none() && person.plain.input_line().is_none());
        person.receives(b"\r\n");
        person.receives(b"secret\r\n");
        assert_eq!(person.said, ["", "secret"], "{answers:?}");
        assert_eq!(&*person.plain.end_answer(), b"\r\n");
        assert_eq!(&*person.plain.reveal(), b"\xff\xfc\x01");
    }
}

/// As when the same user switches editing off from another client.
#[test]
fn an_answer_is_not_shown_when_editing_ends_first() {
    let mut person = TelnetUser::at(80, 24);
    person.types("/login ann\r");
    person.plain.ask(&Question::SERVER, Lang::En);
    person.types("secr");
    let bytes = person.plain.edit(Some(false));
    person.screen.process(&without_telnet(&bytes));
    assert_eq!(person.rows(), ["Password: |"]);
    assert!(!bytes.windows(3).any(|part| part == b"\xff\xfc\x01"), "it is still hidden");
    person.receives(b"et\r\n");
    assert_eq!(person.said, ["/login ann", "secret"]);
    assert_eq!(&*person.plain.reveal(), b"\xff\xfc\x01");
}

/// The same when editing begins before the answer.
#[test]
fn an_answer_is_not_shown_when_editing_begins_first() {
    let mut person = TelnetUser::before_editing(80, 24);
    person.plain = Plain::new(PlainDoor { edits: false, ..DOOR });
    person.receives(b"hi\r\n");
    let asked = person.plain.ask(&Question::SERVER, Lang::En);
    assert_eq!(&*asked, b"\xff\xfb\x01Password: ");
    person.screen.process(b"Password: ");
    person.receives(&[DO_ECHO, b"se"].concat());
    assert_eq!(&*person.plain.edit(Some(true)), OFFERS, "the other stands already");
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
    let mut person = TelnetUser::before_editing(80, 24);
    person.plain.greeting();
    assert_eq!(&*person.plain.ask(&Question::SERVER, Lang::En), b"Password: ");
    person.screen.process(b"Password: ");
    person.receives(&[DO_ECHO, DO_GO_AHEAD].concat());
    assert_eq!(person.rows(), ["Password: |"]);
}

/// In a window that is narrower than the question.
#[test]
fn a_question_is_shown_in_full() {
    let mut person = TelnetUser::at(24, 24);
    let first = QuestionKind::FirstPassword;
    let question = Question { ask: first, name: Some("ann".into()), fault: None };
    person.plain.ask(&question, Lang::En);
    person.settles();
    let rows = ["Password for ann, 6", "characters or more", "(Enter cancels): |"];
    assert_eq!(person.rows(), rows);
    person.types("secret\r");
    assert_eq!(person.said, ["secret"]);
    person.plain.reveal();
    person.settles();
    assert_eq!(person.rows(), ["#lobby> |"]);
}

/// The LF of an Enter is not an answer.
#[test]
fn an_enter_counts_once_when_editing_begins_or_ends_inside_it() {
    let mut person = TelnetUser::at(80, 24);
    person.receives(b"/login ann\r");
    person.plain.edit(Some(false));
    person.plain.ask(&Question::SERVER, Lang::En);
    person.receives(b"\nsecret\r\n");
    assert_eq!(person.said, ["/login ann", "secret"]);

    let mut person = TelnetUser::before_editing(80, 24);
    person.plain = Plain::new(PlainDoor { edits: false, ..DOOR });
    person.receives(b"hi\r\n/login ann\r");
    person.plain.ask(&Question::SERVER, Lang::En);
    person.plain.edit(Some(true));
    person.receives(&[DO_ECHO, DO_GO_AHEAD, b"\nsecret\r\n"].concat());
    assert_eq!(person.said, ["hi", "/login ann", "secret"]);
}
