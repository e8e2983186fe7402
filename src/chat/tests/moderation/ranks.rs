//! Claiming ownership, operators and owners.

use super::*;
use crate::limits;

#[test]
fn the_token_makes_an_owner_once() {
    let mut scene = Scene::registered(&["olga", "ann"]);
    scene.enters("gus");
    scene.chat.set_owner_token(token());
    let claim = format!("/claim {}", token());
    scene.gets("ann", "/op", &["This server has no owner yet. Whoever started it can /claim it."]);
    scene.gets("gus", &claim, &["Register your name first: /register"]);
    let wrong = "Wrong token. The server prints the token at startup if it has no owner.";
    scene.gets("ann", "/claim 0000-0000-0000-0000", &[wrong]);
    scene.gets(
        "ann",
        "/claim \u{7}",
        &["Usage: /claim TOKEN, for example: /claim 1A2B-3C4D-5E6F-7G8H"],
    );
    scene.gets(
        "olga",
        &claim.to_lowercase(),
        &["You now own this server. /help order lists what you can do."],
    );
    let has_owner = "This server already has an owner. /op lists owners and operators.";
    scene.gets("ann", &claim, &[has_owner]);
    scene.gets("olga", &claim, &[has_owner]);
    scene.gets("ann", "/op", &["Owners: olga"]);
}

#[test]
fn guesses_at_the_token_are_limited() {
    let mut scene = Scene::registered(&["ann"]);
    scene.chat.set_owner_token(token());
    for _ in 0..limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
        scene.does("ann", "/claim 0000-0000-0000-0000");
    }
    let wait = limits::WRONG_PASSWORD_FROM_ADDRESS_INTERVAL.as_secs();
    let claim = format!("/claim {}", token());
    let told = format!("Too many attempts. Please try again in {wait} s.");
    scene.gets("ann", &claim, &[&told]);
    scene.waits(limits::WRONG_PASSWORD_FROM_ADDRESS_INTERVAL);
    scene.gets("ann", &claim, &["You now own this server. /help order lists what you can do."]);
}

#[test]
fn owners_make_operators_and_owners_and_take_their_ranks() {
    let mut scene = Scene::ordered();
    let made = "olga made you an operator. /help order lists what you can do.";
    scene.gets("olga", "/op @ann", &["ann is now an operator."]);
    scene.sees_now("ann", &[made]);
    scene.gets("olga", "/op ann", &["ann is already an operator."]);
    scene.gets("bob", "/op", &["Owners: olga", "Operators: ann, otto"]);
    scene.gets("olga", "/op ann owner", &["ann is now an owner."]);
    scene.gets("bob", "/op", &["Owners: ann, olga", "Operators: otto"]);
    scene.looked();
    scene.gets("ann", "/deop olga", &["olga is no longer a moderator."]);
    scene.sees_now("olga", &["ann removed you as a moderator."]);
    scene.gets("olga", "/op bob", &["Only an owner of the server can do that. /op lists them."]);
    scene.gets("ann", "/deop olga", &["olga is not an operator. /op lists them."]);
    scene.gets("otto", "/deop otto", &["otto is no longer a moderator."]);
    scene.gets("otto", "/deop otto", &["Only an owner of the server can do that. /op lists them."]);
    let guest = "gus is a guest. Only registered users can moderate; they must /register first.";
    scene.gets("ann", "/op gus", &[guest]);
    let nobody = "There is no user named eve. /who lists who is here.";
    scene.gets("ann", "/op eve", &[nobody]);
    scene.gets("ann", "/deop eve", &[nobody]);
    // Also for a person who is not connected.
    scene.leaves("bob");
    scene.gets("ann", "/op bob", &["bob is now an operator."]);
}

#[test]
fn a_server_keeps_its_last_owner() {
    let mut scene = Scene::ordered();
    let last = "You are the only owner. Make someone else an owner first: /op NAME owner";
    for command in ["/deop olga", "/op olga", "/unregister secret1"] {
        scene.gets("olga", command, &[last]);
    }
    scene.gets("olga", "/op olga owner", &["olga is already an owner."]);
    scene.does("olga", "/op ann owner");
    scene.gets("olga", "/op olga", &["olga is now an operator."]);
    scene.gets("ann", "/deop ann", &[last]);
    scene.gets("olga", "/deop olga", &["olga is no longer a moderator."]);
}

#[test]
fn unregistering_gives_up_the_rank() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/unregister secret1");
    scene.gets("ann", "/op", &["Owners: olga"]);
    scene.does("otto", "/register secret2");
    scene.gets("otto", "/lockdown on", &["Only operators can do that. /op lists them."]);
}
