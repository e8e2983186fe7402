//! Answers that are not shown while they are typed.

use super::*;

const GONE: &str = "The prompt has expired; what you typed was discarded.";

/// A session in which the user has typed half the password of an account.
fn half_an_answer() -> Scene {
    let mut scene = Scene::new();
    scene.types("/login ann\r");
    scene.types("hello");
    scene.asks_password("ann");
    scene.types("hunter2");
    scene.take_sent();
    scene
}

#[test]
fn the_rest_of_an_answer_is_not_shown_when_the_connection_breaks() {
    let mut scene = half_an_answer();
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    scene.types("sec");
    scene.shows(&["(prompt expired; press Enter)"]);
    scene.comes_back();
    scene.arrives(&["#lobby"]);
    scene.types("ret\r");
    scene.sends("");
    scene.shows(&[GONE, "#lobby> hello"]);
    scene.types("\x03\x1b[A");
    scene.shows(&["#lobby> /login ann"]);
    assert_eq!(scene.kept, ["/login ann"]);
}

#[test]
fn the_rest_of_an_answer_is_not_shown_when_the_question_ends() {
    for end in ["\r", "\x03"] {
        let mut scene = half_an_answer();
        scene.stops_asking();
        scene.hears_say("bob", "hi");
        scene.take_sent();
        scene.types("secret\t\x04\x18");
        scene.shows(&["bob: hi", "(prompt expired; press Enter)"]);
        scene.types(end);
        scene.sends("");
        scene.orders(&[]);
        scene.shows(&["bob: hi", GONE, "#lobby> hello"]);
        // It is discarded only once.
        scene.types("!\r");
        scene.sends("hello!\r\n");
    }
}

#[test]
fn another_question_waits_for_the_end_of_a_discarded_answer() {
    let mut scene = half_an_answer();
    scene.stops_asking();
    scene.asks_password("bob");
    scene.take_sent();
    scene.types("secret");
    scene.shows(&["(prompt expired; press Enter)"]);
    scene.types("\r");
    scene.shows(&[GONE, "Password for bob (Enter cancels):"]);
    scene.types("right\r");
    scene.sends("right\r\n");
    // Without Enter, the rest is still discarded.
    let mut scene = half_an_answer();
    scene.stops_asking();
    scene.asks_password("bob");
    scene.stops_asking();
    scene.types("secret");
    scene.shows(&["(prompt expired; press Enter)"]);
}

#[test]
fn an_empty_or_finished_answer_discards_nothing() {
    let mut scene = half_an_answer();
    scene.types("\x15");
    scene.stops_asking();
    scene.types("!");
    scene.shows(&["#lobby> hello!"]);
    let mut scene = half_an_answer();
    scene.types("\r");
    scene.on(SessionEvent::Ended(None));
    scene.types("!");
    scene.shows(&["#lobby (no connection, 2 s)> hello!"]);
}

/// A user called ann, whose name is registered, is asked for its password.
fn asked_for_a_name() -> Scene {
    let mut scene = Scene::with(|options| options.name = Some("ann".to_owned()));
    scene.types("/timestamps on\r/join #ops\r");
    scene.is_in(&["#lobby", "#ops"]);
    scene.take_sent();
    scene.is_registered("ann");
    scene.sends("/login ann\r\n");
    scene.asks_password("ann");
    scene.take_sent();
    scene
}

#[test]
fn unasked_lines_are_not_sent_as_answers() {
    let mut scene = asked_for_a_name();
    scene.comes_back();
    scene.sends("/nick ann\r\n");
    scene.is_registered("ann");
    scene.sends("/login ann\r\n");
    // The question may still be on its way.
    scene.arrives(&["#lobby"]);
    scene.sends("");
    scene.asks_password("ann");
    scene.take_sent();
    while scene.session.deadline(scene.now).is_some() {
        scene.waits();
        scene.sends("");
    }
    scene.types("\r");
    scene.sends("\r\n");
    scene.stops_asking();
    assert!(scene.take_sent().ends_with("/timestamps on\r\n/join #ops\r\n"));
    // A question that does not come is not waited for either.
    let mut scene = asked_for_a_name();
    scene.comes_back();
    scene.is_registered("ann");
    scene.arrives(&["#lobby"]);
    scene.take_sent();
    scene.replies(Reply::NoMotd);
    let waited = scene.waits_until_it_sends("/timestamps on\r\n/join #ops\r\n");
    assert!(waited <= Duration::from_secs(10), "{waited:?}");
}

#[test]
fn a_held_line_is_not_overtaken_by_the_next_one() {
    let mut scene = asked_for_a_name();
    scene.comes_back();
    scene.is_registered("ann");
    scene.replies(Reply::Welcome { name: "swift-fox".into(), is_address: true });
    scene.asks_password("ann");
    scene.types("\r");
    scene.take_sent();
    scene.stops_asking();
    scene.is_in(&["#lobby"]);
    let sent = scene.take_sent();
    assert!(sent.ends_with("/timestamps on\r\n/join #ops\r\n"), "{sent:?}");
}

#[test]
fn a_name_whose_login_was_cancelled_is_not_asked_for_again() {
    let mut scene = asked_for_a_name();
    scene.types("\r");
    scene.stops_asking();
    scene.replies(Reply::Cancelled);
    scene.take_sent();
    scene.comes_back();
    scene.sends("");
    // Nor is a name whose password is unknown.
    let mut scene = asked_for_a_name();
    scene.types("wrong\r");
    scene.replies(Refusal::PromptFailed { tries: 3, is_login: true });
    scene.take_sent();
    scene.comes_back();
    scene.sends("");
}
