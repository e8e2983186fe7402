//! Answers that are not to be seen are not, whenever editing begins or ends.

use super::*;

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
