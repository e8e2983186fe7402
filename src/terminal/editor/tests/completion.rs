//! Tab completion.

use super::*;
use crate::command::completion::CompletionKind;

#[test]
fn the_word_before_the_cursor() {
    let check = |input: &str, kind: CompletionKind, prefix: &str| {
        let outcomes = press(&mut editor(), &format!("{input}\t"));
        let [EditOutcome::Complete(wanted)] = &outcomes[..] else {
            panic!("{input:?}: {outcomes:?}")
        };
        assert_eq!((wanted.kind, &*wanted.prefix), (kind, prefix), "{input:?}");
    };
    check("", CompletionKind::Name, "");
    check("al", CompletionKind::Name, "al");
    check("hello al", CompletionKind::Name, "al");
    check("hello ", CompletionKind::Name, "");
    check("alice\x02\x02", CompletionKind::Name, "ali");
    check("@al", CompletionKind::Name, "al");
    check("hello @al", CompletionKind::Name, "al");
    check("/jo", CompletionKind::Command, "jo");
    check("/", CompletionKind::Command, "");
    check("/join #lo", CompletionKind::Room, "lo");
    check("#lo", CompletionKind::Room, "lo");
    check("/join al", CompletionKind::Name, "al");
    check(" /jo", CompletionKind::Name, "/jo");
    check("hello\u{3000}的", CompletionKind::Name, "的");
    check("\x1b[200~1\n/jo\x1b[201~", CompletionKind::Name, "/jo");
}

#[test]
fn commands_are_completed_locally() {
    let check = |kind: CompletionKind, prefix: &str, expected: Option<&[&str]>| {
        let found = CompletionRequest { kind, prefix: prefix.to_owned(), topic: None }.known();
        let expected = expected.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(found, expected, "{kind:?} {prefix}");
    };
    check(CompletionKind::Command, "jo", Some(&["join"]));
    check(CompletionKind::Command, "UNB", Some(&["unban"]));
    check(CompletionKind::Command, "xyz", Some(&[]));
    for kind in [CompletionKind::Room, CompletionKind::Name] {
        check(kind, "jo", None);
    }
}

#[test]
fn fixed_arguments_are_completed_locally() {
    let check = |input: &str, expected: &str| {
        let mut editor = editor();
        press(&mut editor, input);
        let EditOutcome::Complete(wanted) = editor.press(Key::Tab) else { panic!("{input:?}") };
        assert_eq!(wanted.known().unwrap_or_default().join(" "), expected, "{input:?}");
        if let Some(known) = wanted.known().filter(|known| !known.is_empty()) {
            editor.complete(known);
            let first = expected.split(' ').next().unwrap();
            assert!(editor.text().ends_with(&format!("{first} ")), "{input:?}: {}", editor.text());
        }
    };
    check("/help top", "topic");
    check("/help x", "");
    check("/room lo", "lock");
    check("/room s", "show slow");
    check("/ROOM ", "lock unlock hide show end password slow");
    check("/timestamps o", "on off");
    check("／plain  of", "off");
    check("/bell ", "off mentions all");
    check("/topic o", "off");
    check("/history y", "yesterday");
    // Other arguments, and text that is not a fixed argument.
    for asked in ["/topic ", "/topic an", "/msg o", "/room lock o", "a /room lo", " /room lo", "/"]
    {
        let mut editor = editor();
        press(&mut editor, asked);
        let EditOutcome::Complete(wanted) = editor.press(Key::Tab) else { panic!("{asked:?}") };
        assert_eq!(wanted.known().is_some(), asked == "/", "{asked:?}");
    }
}

/// Presses keys, a Tab with these candidates, and more keys.
fn check_completion(before: &str, names: &[&str], after: &str, expected: &str) {
    let mut editor = editor();
    press(&mut editor, before);
    assert!(matches!(editor.press(Key::Tab), EditOutcome::Complete(_)));
    editor.complete(names.iter().map(|&name| name.to_owned()).collect());
    assert_eq!(press(&mut editor, after), [], "{before:?} {after:?}");
    assert_eq!(marked(&editor), expected, "{before:?} {after:?}");
}

#[test]
fn text_behind_a_completed_word() {
    let check = |before: &str, name: &str, expected: &str| {
        check_completion(before, &[name], "", expected);
        check_completion(before, &[name, &format!("{name}x")], "", expected);
    };
    check("al", "Alice", "Alice: |");
    check("", "Alice", "Alice: |");
    check("hi al", "Alice", "hi Alice |");
    check("hi @al", "Alice", "hi @Alice |");
    check("@al", "Alice", "@Alice |");
    check("/jo", "join", "/join |");
    check("/join #l", "lobby", "/join #lobby |");
    check("#l", "lobby", "#lobby |");
    // Characters that are already there are not added again.
    check("al hi\x1bb\x02", "Alice", "Alice:| hi");
    check("al: hi\x1bb\x02\x02", "Alice", "Alice|: hi");
    check("/jo #l\x01\x1bf", "join", "/join| #l");
    check("hi al!\x02", "Alice", "hi Alice |!");
    check("的", "的的", "的的: |");
    // A combining mark behind the cursor is passed over.
    check("x a\u{300}\x02\x1b[C\x02", "Alice", "x Alice |a\u{300}");
}

#[test]
fn round_and_round() {
    let check = |after: &str, expected: &str| {
        check_completion("hi b", &["bob", "barbara"], after, expected);
    };
    check("", "hi bob |");
    check("\t", "hi barbara |");
    check("\t\t", "hi b|");
    check("\t\t\t", "hi bob |");
    check("\x1b[Z", "hi b|");
    check("\x1b[Z\x1b[Z", "hi barbara |");
    check("\t\x1b[Z", "hi bob |");
    // A focus report is not a key press.
    let mut editor = editor();
    press(&mut editor, "b\t");
    editor.complete(vec!["bob".to_owned(), "barbara".to_owned()]);
    press(&mut editor, "\x1b[O\x1b[I\t");
    assert_eq!(marked(&editor), "barbara: |");
    // Any other key ends the cycle, and the next Tab asks again.
    for key in ["\x02\x06", "x\x08", "\x0c", "\x18", "\x1b[A\x1b[B"] {
        press(&mut editor, key);
        assert_eq!(marked(&editor), "barbara: |");
        let outcomes = press(&mut editor, "\x1b[Z\t");
        assert!(
            matches!(outcomes[..], [EditOutcome::Refused, EditOutcome::Complete(_)]),
            "{outcomes:?}"
        );
        editor.complete(vec!["bob".to_owned()]);
        assert_eq!(marked(&editor), "barbara: bob |");
        press(&mut editor, "\t");
    }
}

#[test]
fn unexpected_candidates_are_ignored() {
    let names = || vec!["Bob".to_owned()];
    let check = |input: &str, names: Vec<String>, expected: &str| {
        let mut editor = editor();
        press(&mut editor, input);
        editor.complete(names);
        assert_eq!(marked(&editor), expected, "{input:?}");
    };
    check("b\t", names(), "Bob: |");
    check("b\t\t", names(), "Bob: |");
    check("b\t\x1b[I", names(), "Bob: |");
    check("b", names(), "b|");
    check("b\tx", names(), "bx|");
    check("b\t\r", names(), "|");
    check("b\t", vec![], "b|");
    // Candidates for another word; those for this one are still to come.
    let mut asking = editor();
    press(&mut asking, "an\t\x15b\t");
    asking.complete(vec!["ann".to_owned()]);
    assert_eq!(marked(&asking), "b|");
    asking.complete(names());
    assert_eq!(marked(&asking), "Bob: |");
    // There were none, so Tab does not ask again before another key.
    let mut asking = editor();
    press(&mut asking, "b\t");
    asking.complete(vec![]);
    assert_eq!(asking.press(Key::Tab), EditOutcome::Refused);
    asking.press(Key::Text('o'));
    assert!(matches!(asking.press(Key::Tab), EditOutcome::Complete(_)));
    // Candidates that do not fit or could do harm.
    check("b\t", vec!["b".repeat(25)], "b|");
    check("b\t", vec!["b\x1b[2J".to_owned()], "b|");
    let mut editor = editor();
    press(&mut editor, "b\t");
    editor.complete(vec!["bob".to_owned(), "b".repeat(25), "bo".to_owned()]);
    assert_eq!(press(&mut editor, "\t"), [EditOutcome::Refused]);
    assert_eq!(press(&mut editor, "\t"), []);
    assert_eq!(marked(&editor), "bo: |");
    press(&mut editor, "x");
    editor.set_text("b");
    editor.press(Key::Tab);
    editor.set_text("c");
    editor.complete(names());
    assert_eq!(marked(&editor), "c|");
}
