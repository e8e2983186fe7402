//! How many past lines a client that joins a room is shown.

use super::*;
use crate::chat::state::options::ChatOptions;
use crate::store::archive::Archive;

/// A chat that shows the last three messages, and a room with five.
fn scene() -> Scene {
    let mut scene =
        Scene::of(ChatOptions { replay_lines: 3, ..options() }, Archive::in_memory().unwrap());
    scene.enters("ann");
    scene.does("ann", "/join #den");
    for text in ["one", "two", "three", "four", "five"] {
        scene.does("ann", text);
    }
    scene.enters("bob");
    scene.looked();
    scene
}

/// The last word of each past line that `bob` is shown when he joins.
fn sees_of_the_past(scene: &mut Scene) -> Vec<String> {
    scene.does("bob", "/join #den");
    let news = scene.news("bob");
    assert!(news[0].starts_with("You joined #den"), "{news:?}");
    scene.does("bob", "/leave #den");
    scene.looked();
    let is_past = |line: &&String| line.starts_with("  ");
    let last_word = |line: &String| line.rsplit(' ').next().unwrap().to_owned();
    news.iter().filter(is_past).map(last_word).collect()
}

#[track_caller]
fn answers(scene: &mut Scene, text: &str, expected: &str) {
    scene.does("bob", text);
    scene.sees_now("bob", &[expected]);
}

#[test]
fn a_user_who_joins_a_room_sees_as_many_past_lines_as_they_have_chosen() {
    let mut scene = scene();
    let shows = |lines: u8| {
        format!(
            "When you join a room, you see up to {lines} of its latest messages. /replay 0 turns \
             that off."
        )
    };
    let none = "When you join a room, you see no earlier messages. /replay 20 shows some.";
    answers(&mut scene, "/replay", &shows(3));
    assert_eq!(sees_of_the_past(&mut scene), ["three", "four", "five"]);
    answers(&mut scene, "/replay 1", &shows(1));
    assert_eq!(sees_of_the_past(&mut scene), ["five"]);
    answers(&mut scene, "/replay 200", &shows(200));
    assert_eq!(sees_of_the_past(&mut scene), ["one", "two", "three", "four", "five"]);
    answers(&mut scene, "/replay 0", none);
    answers(&mut scene, "/replay", none);
    assert!(sees_of_the_past(&mut scene).is_empty());
}

#[test]
fn the_choice_belongs_to_the_account() {
    let mut scene = scene();
    scene.does("bob", "/register secret123");
    scene.does("bob", "/replay 2");
    scene.does("bob", "/logout");
    scene.looked();
    assert_eq!(sees_of_the_past(&mut scene), ["three", "four", "five"], "as a guest");
    scene.does("bob", "/login bob secret123");
    scene.looked();
    assert_eq!(sees_of_the_past(&mut scene), ["four", "five"]);
}

#[test]
fn a_user_can_ask_for_past_lines_on_a_server_that_shows_none() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/join #den");
    scene.does("ann", "hello");
    scene.looked();
    assert!(sees_of_the_past(&mut scene).is_empty());
    scene.does("bob", "/replay 20");
    scene.looked();
    assert_eq!(sees_of_the_past(&mut scene), ["hello"]);
}
