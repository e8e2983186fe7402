//! Names: which ones can be taken, who is told of a change, and which ones are free afterwards.

use super::scene::Scene;
use crate::limits;
use crate::model::ClientId;

/// How the reply to a refused `/nick` ends, for names that resemble others and for reserved ones.
const ANOTHER: &str = "Please choose another name.";

/// Ann wants another name. Bob is connected, and Rosa is registered but has left.
fn stage() -> Scene {
    let mut scene = Scene::with(&["ann", "bob", "rosa"]);
    scene.does("rosa", "/register secret1");
    scene.leaves("rosa");
    scene.looked();
    scene
}

#[track_caller]
fn check(asked: &str, expected: &str) {
    let mut scene = stage();
    scene.does("ann", &format!("/nick {asked}"));
    scene.sees_now("ann", &[expected]);
    scene.sees_now("bob", &[]);
    // Nothing has changed: she keeps her name, nobody has the requested one, and she can still take
    // another.
    scene.does("bob", "/who");
    scene.sees_now("bob", &["2 people are in #lobby:", "  ann, bob"]);
    scene.does("ann", "hello");
    scene.sees_now("bob", &["ann: hello"]);
    scene.looked();
    scene.does("ann", "/nick olga");
    scene.sees_now("bob", &["ann is now olga"]);
}

#[test]
pub(super) fn refused_names() {
    check("ann", "Your name is already ann.");
    check("bob", &format!("bob is already in use. {ANOTHER}"));
    check("BOB", &format!("BOB is already in use. {ANOTHER}"));
    check("ｂｏｂ", &format!("bob is already in use. {ANOTHER}"));
    check("b0b", &format!("b0b looks too similar to bob. {ANOTHER}"));
    check("Rosa", "Rosa is a registered name. If it is yours: /login Rosa");
    check("r0sa", &format!("r0sa looks too similar to rosa. {ANOTHER}"));
    check("amber-otter", "amber-otter looks like a guest name. Please choose another.");
    check("Arnber-Otter-7", "Arnber-Otter-7 looks like a guest name. Please choose another.");
    check("server", &format!("server could be mistaken for the server itself. {ANOTHER}"));
    check("Adrnin", &format!("Adrnin could be mistaken for the server itself. {ANOTHER}"));
    check("管理员", &format!("管理员 could be mistaken for the server itself. {ANOTHER}"));
}

#[test]
fn invalid_names() {
    const LONG: &str =
        "That name is too long: the limit is 24 columns, and a Chinese character takes two.";
    const USAGE: &str = "Usage: /nick NAME, for example: /nick maria";
    const BEGINNING: &str =
        "A name must start with a letter or digit and must not end with a full stop.";
    let character = |shown: &str| {
        format!("A name cannot contain {shown}; only letters, digits, - _ and . are allowed.")
    };
    check("abcdefghijklmnopqrstuvwxy", LONG);
    check("王小明王小明王小明王小明王", LONG);
    check(&"x".repeat(2000), LONG);
    check("ann!", &character("!"));
    check("#lobby", &character("#"));
    check("bob@home", &character("@"));
    check("🦀", &character("🦀"));
    check("-ann", BEGINNING);
    check("ann.", BEGINNING);
    check("pаul", "pаul mixes letters from different scripts. Please use only one.");
    // A character that shows nothing on its own is given by its number.
    check("e\u{317}", &character("U+0317"));
    let marks = "é\u{301}\u{301}\u{301}\u{301}";
    check(marks, &format!("{marks} has too many marks on one letter. Please use fewer."));
    check(
        "1محمد",
        &format!(
            "1محمد mixes right-to-left letters with digits or punctuation, which would be shown \
             out of order. {ANOTHER}"
        ),
    );
    check("", USAGE);
    check("ann bob", USAGE);
}

#[test]
fn names_in_many_scripts_are_allowed() {
    for name in ["王小明", "José", "Ольга", "محمد", "小王Jack", "x", "abcdefghijklmnopqrstuvwx"]
    {
        let mut scene = stage();
        scene.does("ann", &format!("/nick {name}"));
        scene.sees_now("ann", &[&format!("ann is now {name}")]);
    }
}

#[test]
pub(super) fn a_rename_is_shown_once_to_everyone_who_shares_a_room() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    scene.does("ann", "/join #garden");
    scene.does("bob", "/join #garden");
    scene.looked();
    scene.does("ann", "/nick olga");
    for name in ["ann", "bob", "cat"] {
        scene.sees_now(name, &["ann is now olga"]);
    }
}

#[test]
pub(super) fn a_departure_is_shown_once_to_everyone_who_shares_a_room() {
    let mut scene = Scene::with(&["ann", "bob", "cat", "dan"]);
    scene.does("bob", "/join #garden");
    scene.does("ann", "/join #garden");
    scene.does("dan", "/join #garden");
    scene.does("dan", "/leave #lobby");
    scene.looked();
    scene.leaves("ann");
    scene.hand_out();
    for name in ["bob", "cat", "dan"] {
        scene.sees_now(name, &["ann left"]);
    }
    scene.does("cat", "/who #garden");
    scene.sees_now("cat", &["2 people are in #garden:", "  bob, dan"]);
}

#[test]
fn a_rename_of_an_ignored_person_is_not_shown() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    scene.does("bob", "/ignore ann");
    scene.looked();
    scene.does("ann", "/nick olga");
    scene.sees_now("bob", &[]);
    scene.sees_now("cat", &["ann is now olga"]);
}

#[test]
fn renames_are_limited() {
    let mut scene = Scene::with(&["ann"]);
    for number in 0..limits::RENAMES_BURST {
        scene.does("ann", &format!("/nick olga{number}"));
    }
    scene.looked();
    scene.does("ann", "/nick ann");
    let seconds = limits::RENAME_INTERVAL.as_secs();
    let wait = format!("Too many attempts. Please try again in {seconds} s.");
    scene.sees_now("ann", &[&wait]);
    scene.waits(limits::RENAME_INTERVAL);
    scene.does("ann", "/nick ann");
    scene.sees_now("ann", &["olga9 is now ann"]);
}

#[test]
fn a_client_in_no_room_is_told_of_its_rename_alone() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/leave");
    scene.looked();
    scene.does("ann", "/nick olga");
    scene.sees_now("ann", &["ann is now olga"]);
    scene.sees_now("bob", &[]);
}

#[test]
pub(super) fn lines_before_and_after_a_rename_carry_the_name_of_their_time() {
    for batch_by_batch in [false, true] {
        let mut scene = Scene::with(&["ann", "bob"]);
        for text in ["one", "/nick olga", "two", "/nick ann", "three"] {
            scene.says("ann", text);
            if batch_by_batch {
                scene.hand_out();
            }
        }
        scene.hand_out();
        scene.sees_now(
            "bob",
            &["ann: one", "ann is now olga", "olga: two", "olga is now ann", "ann: three"],
        );
    }
}

#[test]
fn the_old_name_is_free_with_its_looks() {
    for name in ["ann", "ANN", "b0b"] {
        let mut scene = Scene::with(&["ann", "bob", "cat"]);
        scene.does("ann", "/nick olga");
        scene.does("bob", "/nick paul");
        scene.looked();
        scene.does("cat", &format!("/nick {name}"));
        scene.sees_now("bob", &[&format!("cat is now {name}")]);
    }
}

#[test]
fn leaving_frees_a_name_at_once() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.leaves("ann");
    scene.says("bob", "/nick Ann");
    scene.hand_out();
    scene.sees_now("bob", &["ann left", "bob is now Ann"]);
}

#[test]
fn a_name_can_be_respelled_by_its_owner() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for (before, after) in [("ann", "ANN"), ("ANN", "aNN"), ("aNN", "Ann")] {
        scene.does("ann", &format!("/nick {after}"));
        scene.sees_now("bob", &[&format!("{before} is now {after}")]);
    }
    // She still owns it in every spelling.
    scene.looked();
    scene.does("bob", "/nick aNn");
    scene.sees_now("bob", &["aNn is already in use. Please choose another name."]);
}

#[test]
fn an_assigned_guest_name_can_be_respelled() {
    let mut scene = Scene::with(&["bob"]);
    // The requested name is taken, so one is assigned.
    scene.enters("BOB");
    let given = scene.chat.person(scene.index("BOB")).nick.as_str().to_string();
    scene.looked();
    let shown = given.to_uppercase();
    scene.does("BOB", &format!("/nick {given}"));
    scene.sees_now("BOB", &[&format!("Your name is already {given}.")]);
    scene.does("BOB", &format!("/nick {shown}"));
    scene.sees_now("BOB", &[&format!("{given} is now {shown}")]);
    scene.does("BOB", "/nick paul");
    scene.looked();
    scene.does("BOB", &format!("/nick {given}"));
    scene.sees_now("BOB", &[&format!("{given} looks like a guest name. Please choose another.")]);
}

#[test]
fn a_client_that_requests_an_unavailable_name_is_assigned_one() {
    for asked in ["bob", "B0B", "rosa", "admin", "amber-otter", "-", "no way", "p\u{430}ul"] {
        let mut scene = stage();
        let newcomer = super::newcomer(ClientId(1), Some(asked));
        let index = scene.connects("someone", newcomer);
        let name = scene.chat.clients[index.0].name.clone();
        assert_ne!(&*name, asked);
        assert!(scene.chat.people.named(&name).is_some(), "{asked}");
    }
}

#[test]
fn an_owner_changes_only_the_spelling() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/register secret1");
    scene.looked();
    scene.does("ann", "/nick olga");
    scene.sees_now(
        "ann",
        &["You are logged in as ann, so you can only change its capitalization. To use another \
           name, /logout first."],
    );
    scene.does("ann", "/nick Ann");
    scene.sees_now("bob", &["ann is now Ann"]);
    // The account has the new spelling from now on.
    scene.leaves("ann");
    scene.enters("eve");
    scene.looked();
    scene.does("eve", "/login ANN secret1");
    scene.sees_now("bob", &["eve is now Ann"]);
}

#[test]
fn the_new_spelling_is_on_all_clients() {
    let mut scene = Scene::with(&["ann", "bob", "eve"]);
    scene.does("ann", "/register secret1");
    scene.does("eve", "/login ann secret1");
    scene.does("eve", "/leave");
    scene.looked();
    scene.does("ann", "/nick Ann");
    for name in ["ann", "bob", "eve"] {
        scene.sees_now(name, &["ann is now Ann"]);
    }
    scene.does("eve", "/join #lobby");
    scene.looked();
    scene.does("eve", "hello");
    scene.sees_now("bob", &["Ann: hello"]);
}
