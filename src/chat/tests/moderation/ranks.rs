//! Claiming ownership, operators and owners.

use super::*;
use crate::limits;

#[test]
fn the_token_makes_an_owner_once() {
    let mut scene = Scene::registered(&["olga", "ann"]);
    scene.enters("gus");
    scene.hall.set_owner_token(token());
    let claim = format!("/claim {}", token());
    scene.gets("ann", "/op", &["This server has no owner yet. Who started it can /claim it."]);
    scene.gets("gus", &claim, &["Register your name first, so that it stays yours: /register"]);
    let wrong =
        "That is not the token. The server prints it when it starts, as long as it has no owner.";
    scene.gets("ann", "/claim 0000-0000-0000-0000", &[wrong]);
    scene.gets(
        "ann",
        "/claim \u{7}",
        &["Usage: /claim TOKEN, for example: /claim 1A2B-3C4D-5E6F-7G8H"],
    );
    scene.gets(
        "olga",
        &claim.to_lowercase(),
        &["You own this server now. /help order lists what you can do."],
    );
    let has_owner = "This server has an owner already. /op lists who keeps order.";
    scene.gets("ann", &claim, &[has_owner]);
    scene.gets("olga", &claim, &[has_owner]);
    scene.gets("ann", "/op", &["Owners: olga"]);
}

#[test]
fn guesses_at_the_token_are_limited() {
    let mut scene = Scene::registered(&["ann"]);
    scene.hall.set_owner_token(token());
    for _ in 0..limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
        scene.does("ann", "/claim 0000-0000-0000-0000");
    }
    let wait = limits::WRONG_PASSWORD_FROM_ADDRESS_INTERVAL.as_secs();
    let claim = format!("/claim {}", token());
    let told = format!("That was tried too often. Please try again in {wait} s.");
    scene.gets("ann", &claim, &[&told]);
    scene.waits(limits::WRONG_PASSWORD_FROM_ADDRESS_INTERVAL);
    scene.gets("ann", &claim, &["You own this server now. /help order lists what you can do."]);
}

#[test]
fn owners_make_operators_and_owners_and_take_their_ranks() {
    let mut scene = Scene::ordered();
    let made = "olga has made you an operator. /help order lists what you can do.";
    scene.gets("olga", "/op @ann", &["ann is an operator now."]);
    scene.sees_now("ann", &[made]);
    scene.gets("olga", "/op ann", &["ann is an operator already."]);
    scene.gets("bob", "/op", &["Owners: olga", "Operators: ann, otto"]);
    scene.gets("olga", "/op ann owner", &["ann is an owner now."]);
    scene.gets("bob", "/op", &["Owners: ann, olga", "Operators: otto"]);
    scene.looked();
    scene.gets("ann", "/deop olga", &["olga keeps order no more."]);
    scene.sees_now("olga", &["ann has ended that you keep order here."]);
    scene.gets("olga", "/op bob", &["Only an owner of the server can do that. /op lists them."]);
    scene.gets("ann", "/deop olga", &["olga is no operator. /op lists them."]);
    scene.gets("otto", "/deop otto", &["otto keeps order no more."]);
    scene.gets("otto", "/deop otto", &["Only an owner of the server can do that. /op lists them."]);
    let guest = "gus is a guest. Only registered people can keep order: they /register first.";
    scene.gets("ann", "/op gus", &[guest]);
    let nobody = "Nobody is called eve. /who lists who is here.";
    scene.gets("ann", "/op eve", &[nobody]);
    scene.gets("ann", "/deop eve", &[nobody]);
    // Also for a person who is not connected.
    scene.leaves("bob");
    scene.gets("ann", "/op bob", &["bob is an operator now."]);
}

#[test]
fn a_server_keeps_its_last_owner() {
    let mut scene = Scene::ordered();
    let last = "You are the only owner. Make another one first: /op NAME owner";
    for command in ["/deop olga", "/op olga", "/unregister secret1"] {
        scene.gets("olga", command, &[last]);
    }
    scene.gets("olga", "/op olga owner", &["olga is an owner already."]);
    scene.does("olga", "/op ann owner");
    scene.gets("olga", "/op olga", &["olga is an operator now."]);
    scene.gets("ann", "/deop ann", &[last]);
    scene.gets("olga", "/deop olga", &["olga keeps order no more."]);
}

#[test]
fn unregistering_gives_up_the_rank() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/unregister secret1");
    scene.gets("ann", "/op", &["Owners: olga"]);
    scene.does("otto", "/register secret2");
    scene.gets("otto", "/lockdown on", &["Only operators can do that. /op lists them."]);
}

#[test]
fn a_rank_that_cannot_be_stored_is_refused() {
    let mut scene = Scene::ordered();
    scene.is_busy(true);
    let busy = "The server is busy. Please try again in a moment.";
    for command in ["/op ann", "/deop otto", "/lockdown on", "/ban bob", "/mute gus", "/kick gus"] {
        scene.gets("olga", command, &[busy]);
    }
    scene.is_busy(false);
    scene.gets("ann", "/op", &["Owners: olga", "Operators: otto"]);
    scene.gets("olga", "/bans", &["Nobody is banned or muted."]);
    scene.gets("gus", "hi", &["gus: hi"]);
    scene.gets(
        "olga",
        "/audit",
        &[
            "What was done to keep order, 2 in all:",
            &format!("  {}  olga claimed the server", in_time(&scene, Duration::ZERO)),
            &format!("  {}  olga made otto an operator", in_time(&scene, Duration::ZERO)),
        ]
        .iter()
        .map(|line| &**line)
        .collect::<Vec<&str>>(),
    );
}
