//! Hints for users who do not know the commands yet.

use super::*;
use crate::chat::state::options::ChatOptions;
use crate::model::Naming;

#[test]
fn a_command_without_its_slash_gets_a_hint_once() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    let hint = "Your message was sent. Did you mean /help?";
    gets(&mut scene, "ann", "help", &["ann: help", hint]);
    gets(&mut scene, "ann", "?", &["ann: ?"]);
    gets(&mut scene, "ann", "quit", &["ann: quit"]);
    scene.sees_now("bob", &["ann: help", "ann: ?", "ann: quit"]);
    let hint = "Your message was sent. Did you mean /quit?";
    gets(&mut scene, "bob", "Bye ", &["bob: Bye ", hint]);
    scene.sees_now("cat", &["ann: help", "ann: ?", "ann: quit", "bob: Bye "]);
    gets(&mut scene, "cat", "help me", &["cat: help me"]);
}

#[test]
fn the_original_gives_no_hints() {
    let options = ChatOptions { naming: Naming::Address, ..options() };
    let mut scene = Scene::of(options, crate::store::archive::Archive::in_memory().unwrap());
    scene.enters("ann");
    scene.does("ann", "help");
    scene.sees("ann", &["Welcome ann", "ann: help"]);
}

#[test]
fn a_muted_client_gets_no_hint() {
    let mut scene = Scene::with(&["ann"]);
    scene.does("ann", "/leave");
    scene.news("ann");
    let nowhere =
        "You are not in any room. /join #lobby takes you to the lobby; /rooms lists all rooms.";
    gets(&mut scene, "ann", "help", &[nowhere]);
}

#[track_caller]
fn gets(scene: &mut Scene, name: &str, text: &str, expected: &[&str]) {
    scene.does(name, text);
    scene.sees_now(name, expected);
}

#[test]
fn a_person_is_found_where_a_room_was_asked_for() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/who bob");
    assert_eq!(scene.news("ann")[0], "bob is a guest.");
    gets(&mut scene, "ann", "/who eve", &["There is no room #eve. /rooms lists all rooms."]);
    scene.does("ann", "/join #bob");
    scene.looked();
    scene.does("bob", "/who bob");
    assert_eq!(scene.news("bob")[0], "1 person is in #bob:");
}

#[test]
fn a_room_name_with_a_space_creates_no_room_with_a_password() {
    let mut scene = Scene::with(&["ann", "bob"]);
    let told = "There is no room #garden. Room names are one word, as in /join #garden-party. To \
                create #garden with a password: /join #garden PASSWORD";
    gets(&mut scene, "ann", "/join garden party", &[told]);
    gets(
        &mut scene,
        "ann",
        "/rooms",
        &["There is 1 room; /join #NAME creates another:", "  #lobby (2) [current room]"],
    );
    // With `#`, the second word is taken as a password. Without, it is as well if the room has a
    // password.
    scene.does("ann", "/join #garden party");
    scene.looked();
    gets(
        &mut scene,
        "bob",
        "/join garden party",
        &["You joined #garden (2 people). You are talking there now."],
    );
}

#[test]
fn plausible_but_invalid_commands_are_explained() {
    let mut scene = Scene::with(&["ann"]);
    for (typed, told) in [
        ("/room private", "Did you mean /room lock? /help room lists the settings."),
        (
            "/room password",
            "Usage: /room password WORD, on one line. /room password off removes it.",
        ),
        (
            "/edit hello",
            "Sent messages cannot be edited. /edit on and /edit off choose whether the server or \
             your own program edits the line you are typing.",
        ),
        (
            "/clear",
            "Ctrl-L clears the screen in hobnob and after /edit on; otherwise only your own \
             terminal can clear it.",
        ),
        (
            "/mode",
            "There is no command /mode. /help lists them; to say such a line, start it with //.",
        ),
    ] {
        gets(&mut scene, "ann", typed, &[told]);
    }
}

#[test]
fn a_blank_line_of_a_block_is_a_message() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for text in ["one", "", "three"] {
        scene.says("ann", text);
    }
    scene.hand_out();
    scene.sees_now("bob", &["ann: one", "ann: ", "ann: three"]);
    scene.does("bob", "/history 3");
    let past = scene.news("bob");
    assert!(past[2].ends_with(" ann: ") && past[3].ends_with(" ann: three"), "{past:?}");
}
