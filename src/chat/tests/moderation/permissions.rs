//! The lockdown, and guests who wait to log in.

use super::*;
use crate::limits;

#[test]
fn in_a_lockdown_only_registered_people_talk() {
    let mut scene = Scene::ordered();
    scene.is_told("otto", "/lockdown on", &["lockdown"]);
    for name in ["ann", "gus"] {
        scene.sees_now(name, &["otto started a lockdown: only registered users can talk"]);
    }
    for command in ["hi", "/nick eve", "/register secret1", "/msg otto hi", "/join #den", "/me x"] {
        // The refusal, which has the code of the reply about the lockdown.
        scene.is_told("gus", command, &["lockdown"]);
    }
    scene.gets("ann", "hi", &["ann: hi"]);
    scene.sees_now("gus", &["ann: hi"]);
    // A new client is told of the lockdown, and is announced only after it has logged in.
    scene.looked();
    scene.enters("eve");
    scene.hand_out();
    assert_eq!(scene.codes("eve"), ["welcome", "lockdown"]);
    scene.sees_now("ann", &[]);
    scene.leaves("bob");
    scene.looked();
    scene.does("eve", "/login bob secret1");
    scene.sees_now("ann", &["bob joined"]);
    scene.gets("eve", "hi", &["bob: hi"]);
    scene.is_told("otto", "/lockdown on", &["lockdown-already"]);
    scene.enters("fay");
    let ended = "otto ended the lockdown: guests can talk again";
    scene.gets("otto", "/lockdown off", &["fay joined", ended]);
    assert_eq!(scene.news("fay")[0], ended);
    let codes = scene.codes("fay");
    assert_eq!(codes[codes.len() - 2..], ["lockdown", "joined-room"]);
    scene.gets("fay", "hi", &["fay: hi"]);
    scene.gets("gus", "hi", &["gus: hi"]);
    scene.is_told("otto", "/lockdown off", &["lockdown-already"]);
}

#[test]
fn a_guest_that_does_not_log_in_in_time_is_disconnected() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/lockdown on");
    scene.enters("eve");
    scene.enters("fay");
    scene.does("fay", "/login bob secret1");
    scene.looked();
    scene.waits(limits::LOGIN_TIME - Duration::from_millis(1));
    scene.comes_to_its_deadline();
    scene.sees_now("eve", &[]);
    scene.waits(Duration::from_millis(1));
    assert_eq!(scene.chat.deadline(), Some(scene.now.elapsed));
    scene.comes_to_its_deadline();
    assert_eq!(scene.chat.deadline(), None);
    assert_eq!(scene.codes("eve"), ["lockdown"]);
    assert_eq!(scene.screens.disconnected, ["eve"]);
    scene.gets("fay", "hi", &["bob: hi"]);
}

#[test]
fn parting_words_are_shown_unless_muted() {
    let mut scene = Scene::ordered();
    scene.says("gus", "/quit good night");
    scene.leaves("gus");
    scene.hand_out();
    scene.sees_now("ann", &["gus left: good night"]);
    scene.does("otto", "/mute bob");
    scene.says("bob", "/quit you will hear of me");
    scene.leaves("bob");
    scene.hand_out();
    scene.sees_now("ann", &["bob left"]);
    assert!(scene.chat.quit_messages.is_empty());
}
