//! Registered names: registering, logging in, and unregistering. Each person has a single client;
//! `clients` tests several.

use super::scene::{Scene, options};
use crate::chat::state::options::ChatOptions;
use crate::chat::state::*;
use crate::limits;
use crate::model::{JobOutcome, Naming, StoredState, WorkResult};

const NOT_THE_PASSWORD: &str = "Wrong password. Nothing has changed.";
const BUSY: &str = "The server is busy. Please try again in a moment.";

/// Sends a line without waiting for slow work.
pub(super) fn asks(scene: &mut Scene, name: &str, text: &str) {
    scene.asks(name, text);
}

/// Ann is registered and connected, Rosa is registered and not connected, Bob and Cat are guests.
pub(super) fn stage() -> Scene {
    let mut scene = Scene::with(&["ann", "bob", "cat", "rosa"]);
    scene.does("ann", "/register secret1");
    scene.does("rosa", "/register secret2");
    scene.leaves("rosa");
    scene.looked();
    for name in ["ann", "rosa"] {
        assert_eq!(scene.resumed(name), 1);
    }
    scene
}

#[test]
pub(super) fn a_name_is_registered_kept_and_unregistered() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    scene.does("ann", "/register secret1");
    scene.sees_now("ann", &["ann is now registered to you. To log in from anywhere: /login ann"]);
    scene.does("ann", "/passwd secret1 secret2");
    scene.sees_now("ann", &["Your password has been changed."]);
    scene.does("ann", "/logout");
    let given = scene.chat.clients[scene.index("ann").0].name.clone();
    scene.sees_now(
        "ann",
        &[
            &format!("ann is now {given}"),
            &format!("You are logged out. Your name is now {given}."),
        ],
    );
    scene.sees_now("bob", &[&format!("ann is now {given}")]);
    scene.does("bob", "/nick ann");
    scene.sees_now("bob", &["ann is a registered name. If it is yours: /login ann"]);
    scene.does("ann", "/login ANN secret1");
    scene.sees_now("ann", &[NOT_THE_PASSWORD]);
    scene.does("ann", "/login ANN secret2");
    scene.sees_now("ann", &[&format!("{given} is now ann"), "You are logged in as ann."]);
    scene.sees_now("bob", &[&format!("{given} is now ann")]);
    scene.does("ann", "/unregister secret2");
    scene.sees_now("ann", &["ann is no longer registered. You keep the name while you are here."]);
    scene.sees_now("bob", &[]);
    assert_eq!(scene.resumed("ann"), 5, "each slow command, once");
    scene.does("bob", "/nick ann");
    scene.sees_now("bob", &["ann is already in use. Please choose another name."]);
    scene.leaves("ann");
    scene.looked();
    scene.does("bob", "/nick ann");
    scene.sees_now("cat", &["bob is now ann"]);
}

/// Checks that a command is refused: nobody else is told, all names keep their owners, and a client
/// that gave a password may go on.
#[track_caller]
fn check(name: &str, said: &str, expected: &str) {
    let mut scene = stage();
    scene.does(name, said);
    scene.sees_now(name, &[expected]);
    // Commands that take a password, or that prompt for one.
    assert_eq!(scene.resumed(name), usize::from(said != "/logout"), "{said}");
    for other in ["ann", "bob", "cat"].into_iter().filter(|other| *other != name) {
        scene.sees_now(other, &[]);
    }
    scene.does("cat", "/who");
    scene.sees_now("cat", &["3 people are in #lobby:", "  ann, bob, cat"]);
    for (name, kind) in [("ann", "registered"), ("rosa", "registered"), ("bob", "guest")] {
        scene.does("cat", &format!("/whois {name}"));
        let news = scene.news("cat");
        assert!(news[0].contains(kind), "{news:?}");
    }
    scene.does("bob", "/login rosa secret2");
    assert_eq!(scene.news("bob").last().unwrap(), "You are logged in as rosa.");
}

#[test]
pub(super) fn refused() {
    let not_logged_in =
        "You are not logged in. Log in with /login NAME, or register this name with /register.";
    let own = "That is not your current password. Nothing has changed.";
    let short = "A password needs at least 6 characters. Please choose a longer one.";
    let long = "A password can have at most 128 bytes. Please choose a shorter one.";
    let too_long = "x".repeat(500);

    check("ann", "/register", "You are already logged in as ann, so the name is yours.");
    check("ann", "/register secret1", "You are already logged in as ann, so the name is yours.");
    check("bob", "/register", "<Password for bob, 6 characters or more (Enter cancels): >");
    check("bob", "/register five5", short);
    check("bob", &format!("/register {too_long}"), long);

    check("ann", "/login rosa", "You are already logged in as ann. /logout first.");
    check("ann", "/login rosa secret2", "You are already logged in as ann. /logout first.");
    check("bob", "/login rosa", "<Password for rosa (Enter cancels): >");
    check("bob", "/login ROSA", "<Password for rosa (Enter cancels): >");
    check("bob", "/login rosa secret1", NOT_THE_PASSWORD);
    check("bob", &format!("/login rosa {too_long}"), NOT_THE_PASSWORD);
    for asked in ["/login nobody", "/login nobody secret2"] {
        let told = "nobody is not registered. To make it yours: /nick nobody, then /register";
        check("bob", asked, told);
    }

    check("bob", "/logout", not_logged_in);
    check("bob", "/passwd", not_logged_in);
    check("bob", "/passwd secret1 secret2", not_logged_in);
    check("ann", "/passwd", "<Password for ann (Enter cancels): >");
    check("ann", "/passwd wrong12 secret3", own);
    check("ann", &format!("/passwd {too_long} secret3"), own);
    check("ann", "/passwd secret1 five5", short);
    check("ann", &format!("/passwd secret1 {too_long}"), long);

    check("bob", "/unregister", not_logged_in);
    check("bob", "/unregister secret1", not_logged_in);
    check("ann", "/unregister wrong12", own);
    check("ann", &format!("/unregister {too_long}"), own);
}

#[test]
fn a_client_named_by_address_chooses_a_name_before_registering() {
    let mut scene = Scene::new(4);
    let options = ChatOptions { naming: Naming::Address, ..options() };
    scene.chat = Chat::new(options, StoredState::default(), scene.now);
    scene.enters("no name");
    scene.looked();
    scene.does("no name", "/register secret1");
    scene.sees_now("no name", &["Choose a name first: /nick NAME"]);
    assert_eq!(scene.resumed("no name"), 1);
}

#[test]
fn a_busy_accounts_worker_changes_nothing_and_blocks_nobody() {
    for (name, said) in [
        ("bob", "/register secret1"),
        ("bob", "/login rosa secret2"),
        ("ann", "/passwd secret1 secret2"),
        ("ann", "/unregister secret1"),
    ] {
        let mut scene = stage();
        scene.is_busy(true);
        scene.does(name, said);
        scene.sees_now(name, &[BUSY]);
        assert_eq!(scene.resumed(name), 1, "{said}");
        scene.is_busy(false);
        scene.does(name, said);
        assert_ne!(scene.news(name), [BUSY]);
        assert_eq!(scene.resumed(name), 1, "{said}");
    }
}

#[test]
fn wrong_passwords_are_limited_by_address_and_the_owner_still_logs_in() {
    let mut scene = stage();
    scene.enters_from("eve", "192.0.2.1:1");
    scene.enters_from("fay", "192.0.2.2:1");
    scene.looked();
    for _ in 0..limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
        scene.does("eve", "/login rosa wrong12");
        scene.sees_now("eve", &[NOT_THE_PASSWORD]);
    }
    let interval = limits::WRONG_PASSWORD_FROM_ADDRESS_INTERVAL;
    let wait = format!("Too many attempts. Please try again in {} s.", interval.as_secs());
    scene.does("eve", "/login rosa secret2");
    scene.sees_now("eve", &[&wait]);
    // Neither another name nor another address has to wait.
    scene.does("eve", "/login ann secret1");
    assert!(scene.news("eve").last().unwrap().starts_with("You are logged in as ann"));
    scene.does("eve", "/logout");
    scene.does("fay", "/login rosa secret2");
    assert_eq!(scene.news("fay").last().unwrap(), "You are logged in as rosa.");
    scene.waits(interval - std::time::Duration::from_millis(1));
    scene.looked();
    scene.does("eve", "/login rosa secret2");
    scene.sees_now("eve", &["Too many attempts. Please try again in 1 s."]);
    scene.waits(std::time::Duration::from_millis(1));
    scene.does("eve", "/login rosa secret2");
    assert!(scene.news("eve").last().unwrap().starts_with("You are logged in as rosa"));
}

/// Attempts count even while their answers are pending.
#[test]
fn guesses_are_counted_when_they_are_made() {
    let mut scene = stage();
    scene.enters_from("eve", "192.0.2.1:1");
    scene.looked();
    for _ in 0..limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
        scene.asks("eve", "/login rosa wrong12");
    }
    scene.asks("eve", "/login rosa wrong12");
    scene.sees_now("eve", &["Too many attempts. Please try again in 30 s."]);
    scene.settle();
}

#[test]
fn the_own_password_cannot_be_guessed_at_an_unattended_screen() {
    for wrong in ["/passwd wrong12 secret3", "/unregister wrong12"] {
        let mut scene = stage();
        for _ in 0..limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
            scene.does("ann", wrong);
            scene.sees_now("ann", &["That is not your current password. Nothing has changed."]);
        }
        scene.does("ann", wrong);
        scene.sees_now("ann", &["Too many attempts. Please try again in 30 s."]);
    }
}

#[test]
fn registrations_are_limited_by_address() {
    let mut scene = Scene::with(&["ann"]);
    // Each logout assigns a new guest name, which can be registered as well.
    for _ in 0..limits::REGISTRATIONS_PER_ADDRESS_BURST {
        scene.does("ann", "/register secret1");
        assert!(scene.news("ann")[0].contains(" is now registered to you."));
        scene.does("ann", "/logout");
        scene.looked();
    }
    scene.does("ann", "/nick last");
    scene.looked();
    scene.does("ann", "/register secret1");
    scene.sees_now("ann", &["Too many attempts. Please try again in 60 s."]);
    scene.waits(limits::REGISTRATION_PER_ADDRESS_INTERVAL);
    scene.does("ann", "/register secret1");
    scene.sees_now("ann", &["last is now registered to you. To log in from anywhere: /login last"]);
}

/// Their name is free at once, so nothing of it may remain.
#[test]
fn a_guest_who_leaves_while_registering_registers_nothing() {
    let mut scene = Scene::with(&["rosa", "bob", "cat"]);
    asks(&mut scene, "rosa", "/register secret1");
    scene.leaves("rosa");
    scene.looked();
    scene.does("bob", "/nick rosa");
    scene.sees_now("bob", &["bob is now rosa"]);
    scene.does("cat", "/login rosa secret1");
    let told = "rosa is not registered. To make it yours: /nick rosa, then /register";
    assert_eq!(scene.news("cat").last().unwrap(), told);
}

/// The password was right when it was compared.
#[test]
fn a_password_that_was_replaced_meanwhile_is_wrong() {
    for said in ["/login rosa secret2", "/passwd secret2 secret4", "/unregister secret2"] {
        let mut scene = stage();
        scene.does("bob", "/login rosa secret2");
        let asker = if said.starts_with("/login") { "cat" } else { "bob" };
        asks(&mut scene, "bob", "/passwd secret2 secret3");
        asks(&mut scene, asker, said);
        scene.settle();
        scene.looked();
        scene.leaves("bob");
        scene.does("ann", "/logout");
        scene.does("ann", "/login rosa secret3");
        assert_eq!(scene.news("ann").last().unwrap(), "You are logged in as rosa.", "{said}");
    }
}

#[test]
fn a_name_whose_registration_failed_is_free_again() {
    let mut scene = stage();
    scene.is_busy(true);
    scene.does("bob", "/register secret1");
    scene.is_busy(false);
    scene.leaves("bob");
    scene.looked();
    scene.does("cat", "/nick bob");
    scene.sees_now("ann", &["cat is now bob"]);
}

#[test]
fn leaving_while_slow_work_is_pending_does_no_harm() {
    for (name, said) in [
        ("bob", "/register secret1"),
        ("bob", "/login rosa secret2"),
        ("bob", "/login rosa wrong12"),
        ("ann", "/passwd secret1 secret3"),
        ("ann", "/passwd wrong12 secret3"),
        ("ann", "/unregister secret1"),
        ("ann", "/unregister wrong12"),
    ] {
        let mut scene = stage();
        asks(&mut scene, name, said);
        scene.leaves(name);
        scene.hand_out();
        scene.settle();
        scene.hand_out();
        assert_eq!(scene.resumed(name), 0, "{said}");
        scene.sees_now("cat", &[&format!("{name} left")]);
        // Whoever has shown the password of an account need not wait for the result.
        let registered = scene.chat.accounts.named(name).is_some();
        assert_eq!(
            registered,
            said.starts_with("/passwd") || said == "/unregister wrong12",
            "{said}"
        );
        if said == "/passwd secret1 secret3" {
            scene.does("cat", "/login ann secret3");
            assert_eq!(scene.news("cat").last().unwrap(), "You are logged in as ann.");
        }
    }
}

#[test]
pub(super) fn messages_are_kept_for_the_next_login() {
    let mut scene = stage();
    scene.does("ann", "/msg rosa one");
    scene.does("ann", "/msg rosa two");
    scene.sees_now("ann", &["rosa is not here and will get your message at the next login."; 2]);
    assert_eq!(scene.resumed("ann"), 0, "nobody waits for that");
    scene.does("bob", "/login rosa secret2");
    let news = scene.news("bob");
    assert_eq!(news.len(), 5, "{news:?}");
    assert_eq!(
        news[..3],
        ["bob is now rosa", "You are logged in as rosa.", "2 messages were left for you:"]
    );
    assert!(
        news[3].ends_with("ann → you (private): one")
            && news[4].ends_with("ann → you (private): two"),
        "{news:?}"
    );
    scene.looked();
    // The messages are delivered once, and can be replied to.
    scene.does("bob", "/reply three");
    assert_eq!(scene.news("ann"), ["rosa → you (private): three"]);
    scene.does("bob", "/logout");
    scene.looked();
    scene.does("bob", "/login rosa secret2");
    assert_eq!(scene.news("bob").last().unwrap(), "You are logged in as rosa.");
}

#[test]
fn a_job_that_fails_can_be_tried_again() {
    let mut scene = stage();
    let outcome = JobOutcome::Done { asker: Scene::id("ann"), result: WorkResult::Failed };
    scene.learns_of(outcome);
    scene.sees_now("ann", &[BUSY]);
    assert_eq!(scene.resumed("ann"), 1);
}

#[test]
fn unregistering_says_what_it_deletes() {
    let mut scene = stage();
    for (typed, expected) in [
        (
            "/unregister",
            "This deletes your account, your settings and rooms, and the private messages waiting \
             for you. Your messages in rooms stay; /unregister erase deletes them, too.",
        ),
        (
            "/unregister erase",
            "This deletes your account, your settings and rooms, your private messages, and all \
             your messages in rooms. /unregister keeps the messages in rooms.",
        ),
    ] {
        scene.does("ann", typed);
        scene.sees_now("ann", &[expected, "<Password for ann (Enter cancels): >"]);
    }
}
