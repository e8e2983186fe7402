//! What helps people who do not know the commands yet.

use super::*;

#[test]
fn who_says_a_command_without_its_slash_is_told_once() {
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
    let options = HallOptions { naming: Naming::Address, ..options(4) };
    let mut scene = Scene::of(options, crate::archive::Archive::in_memory().unwrap());
    scene.enters("ann");
    scene.does("ann", "help");
    scene.sees("ann", &["Welcome ann", "ann: help"]);
}

#[test]
fn who_may_not_be_heard_gets_no_hint() {
    let mut scene = Scene::with(&["ann"]);
    scene.does("ann", "/leave");
    scene.news("ann");
    let nowhere = "You are in no room. /join #lobby takes you to one, and /rooms lists others.";
    gets(&mut scene, "ann", "help", &[nowhere]);
}

#[track_caller]
fn gets(scene: &mut Scene, name: &str, text: &str, expected: &[&str]) {
    scene.does(name, text);
    scene.sees_now(name, expected);
}
