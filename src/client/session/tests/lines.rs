//! Servers that send lines: hobnobs of other versions, others, and silent ones.

use super::scene::{WILL_ECHO, WILL_MESSAGES, WONT_ECHO};
use super::*;

fn named(options: &mut SessionOptions) {
    options.name = Some("ann".to_owned());
}

/// Connects again, without an agreement.
fn connects_again(scene: &mut Scene) {
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    scene.waits_for_an_attempt();
    scene.take_sent();
    scene.on(SessionEvent::Connected);
    scene.sends(DO_MESSAGES);
}

#[test]
fn another_server_asks_in_its_own_words() {
    let mut scene = Scene::at_server(|_| {});
    scene.take_sent();
    scene.hears("login: \r\n\r\n");
    scene.types("ann\r");
    scene.sends("ann\r\n");
    scene.shows(&["login:", "", "> ann", ">"]);
    scene.hears([WILL_ECHO, b"Kennwort: "].concat());
    scene.shows(&["Kennwort:"]);
    scene.types("geheim\r");
    scene.hears([WONT_ECHO, b"hello ann\r\n"].concat());
    scene.shows(&["> ann", "Kennwort:", "hello ann", ">"]);
    // A paste, of which other servers might take a blank line for an Enter with a meaning.
    scene.take_sent();
    scene.types("\x1b[200~one\n\ntwo\x1b[201~\r");
    scene.sends("one\r\ntwo\r\n");
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[Action::End(Ending::Closed)]);
}

#[test]
fn a_hobnob_of_another_version_is_sent_lines() {
    let mut scene = Scene::at_server(named);
    scene.sends(DO_MESSAGES);
    scene.hears(WILL_MESSAGES);
    assert!(scene.take_sent().contains("\"first_line\":\"/nick ann\""));
    // Nothing is sent before it is clear how.
    scene.types("hi\rho");
    scene.sends("");
    scene.shows(&["> hi"]);
    scene.hears("Welcome, swift-fox.\r\n");
    scene.sends("/nick ann\r\nhi\r\n");
    scene.shows(&["> hi", "Welcome, swift-fox.", "> ho"]);
    scene.types("\x03");
    scene.hears("\x1b[31mann\x1b[0m: hi\r\n\x1b[2J\r\n");
    scene.shows(&["> hi", "Welcome, swift-fox.", "ann: hi", "", "> "].map(str::trim_end));
    // Nothing is read in its lines.
    scene.hears("bob removed you from this server\r\n");
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    scene.orders(&[]);
    assert_eq!(scene.count_rows("Possibly not sent"), 0);
    // The name is asked for again.
    scene.waits_for_an_attempt();
    scene.on(SessionEvent::Connected);
    scene.hears([WILL_MESSAGES, b"Welcome, tame-owl.\r\n"].concat());
    assert!(scene.take_sent().ends_with("/nick ann\r\n"));
    scene.shows(&["Reconnected.", "Welcome, tame-owl.", ">"]);
}

#[test]
fn a_silent_server_is_sent_lines_after_a_while() {
    for offer in [&b""[..], WILL_MESSAGES] {
        let mut scene = Scene::at_server(named);
        scene.hears(offer);
        scene.take_sent();
        let waited = scene.waits_until_it_sends("/nick ann\r\n");
        assert!((1_900..2_100).contains(&waited.as_millis()), "{waited:?}");
        assert_eq!(scene.session.deadline(scene.now), None);
    }
    // One that refuses is not waited for.
    let mut scene = Scene::at_server(named);
    scene.hears(b"\xff\xfc\xc9");
    scene.sends("\u{fffd}\u{fffd}\u{fffd}/nick ann\r\n");
}

#[test]
fn quitting_works_before_it_is_clear_what_is_sent() {
    let mut scene = Scene::at_server(|_| {});
    scene.take_sent();
    scene.types("/quit\r");
    scene.sends("");
    scene.orders(&[Action::CloseOurHalf]);
}

#[test]
fn a_server_that_closes_at_once_is_not_fought_with() {
    let mut scene = Scene::at_server(|_| {});
    scene.hears([WILL_MESSAGES, b"You are banned.\r\n"].concat());
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[Action::End(Ending::Closed)]);
    // A broken connection to any server is made again, with growing pauses.
    let mut scene = Scene::at_server(|_| {});
    scene.hears("hello\r\n");
    let mut pauses = Vec::new();
    for _ in 0..5 {
        scene.on(SessionEvent::Ended(Some("connection reset".into())));
        pauses.push(scene.waits_for_an_attempt().as_secs());
        scene.on(SessionEvent::Connected);
        scene.hears("hello\r\n");
    }
    assert!(pauses.is_sorted() && pauses[0] <= 1 && pauses[4] >= 16, "{pauses:?}");
}

/// A server that is full says so in text, before it knows how the client speaks.
#[test]
fn a_hobnob_without_room_is_tried_again() {
    let mut scene = Scene::with(|options| options.size = Size::new(100, 20));
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    for _ in 0..3 {
        scene.waits_for_an_attempt();
        scene.on(SessionEvent::Connected);
        scene.hears("The server is full (9 clients). Please try again later.\r\n");
        scene.on(SessionEvent::Ended(None));
        scene.orders(&[]);
    }
    scene.waits_for_an_attempt();
    scene.on(SessionEvent::Connected);
    assert_eq!(scene.count_rows("The server closed the connection immediately."), 1);
    assert_eq!(scene.count_rows("Reconnected."), 0);
    scene.take_sent();
    scene.agrees();
    scene.arrives(&["#lobby"]);
    assert_eq!(scene.count_rows("Reconnected."), 1);
    // With JSON it says that in data.
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    scene.waits_for_an_attempt();
    scene.on(SessionEvent::Connected);
    scene.agrees();
    scene.replies(Refusal::ServerFull { max: 9 });
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[]);
}

#[test]
fn a_server_may_learn_json_in_the_meantime() {
    let mut scene = Scene::at_server(|_| {});
    scene.hears([WILL_MESSAGES, b"Welcome, swift-fox.\r\n"].concat());
    scene.comes_back();
    scene.arrives(&["#lobby"]);
    scene.shows(&["Reconnected.", "Welcome swift-fox", "#lobby>"]);
    // And forget it, but not the client its rooms.
    while scene.session.deadline(scene.now).is_some() {
        scene.waits();
    }
    scene.is_in(&["#lobby", "#ops"]);
    connects_again(&mut scene);
    scene.hears("hello\r\n");
    scene.shows(&["hello", ">"]);
    scene.comes_back();
    scene.arrives(&["#lobby"]);
    scene.sends("/join #ops\r\n");
}

#[test]
fn secrets_are_not_echoed_to_the_screen() {
    let mut scene = Scene::at_server(|_| {});
    scene.hears("hello\r\n");
    scene.take_sent();
    scene.types("/login ann hunter2\r");
    scene.sends("/login ann hunter2\r\n");
    scene.shows(&["hello", ">"]);
}
