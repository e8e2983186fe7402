//! Abuse of other users or of the server, which has to fail.

use super::scene::Scene;
use crate::limits;

#[test]
fn an_ignored_person_who_registers_stays_ignored_after_the_other_returns() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/register secret1");
    scene.does("ann", "/ignore bob");
    scene.does("bob", "/register secret1");
    scene.leaves("ann");
    scene.hand_out();
    scene.enters("anna");
    scene.does("anna", "/login ann secret1");
    scene.looked();
    scene.does("bob", "can you hear me?");
    scene.sees_now("anna", &[]);
}

#[test]
fn owned_rooms_are_limited() {
    let mut scene = Scene::with(&["ann"]);
    scene.does("ann", "/register secret1");
    for round in 0..4 {
        scene.does("ann", "/logout");
        for room in 0..limits::ROOMS_OWNED_MAX {
            scene.does("ann", &format!("/join #r{round}-{room}"));
        }
        scene.does("ann", "/login ann secret1");
        for room in 0..limits::ROOMS_OWNED_MAX {
            scene.does("ann", &format!("/leave #r{round}-{room}"));
        }
    }
    let count = scene.chat.rooms.count();
    assert!(count <= 1 + limits::ROOMS_OWNED_MAX, "{count} rooms");
}

#[test]
fn nobody_is_told_of_their_own_arrival_or_departure() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    scene.does("ann", "/register secret1");
    scene.looked();
    scene.does("cat", "/login ann secret1");
    let seen = scene.news("cat");
    assert!(!seen.iter().any(|line| line == "cat left"), "{seen:?}");
    scene.does("cat", "/logout");
    let seen = scene.news("cat");
    assert!(!seen.iter().any(|line| line.ends_with(" joined")), "{seen:?}");
}

#[test]
fn an_invitation_that_cannot_arrive_is_not_reported_as_given() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/register secret1");
    scene.leaves("ann");
    scene.hand_out();
    scene.looked();
    scene.does("bob", "/invite ann #lobby");
    let seen = scene.news("bob");
    assert!(!seen.iter().any(|line| line.contains("is invited")), "{seen:?}");
}

#[test]
fn simultaneous_guesses_are_limited() {
    let mut scene = Scene::with(&["ann"]);
    scene.does("ann", "/register secret1");
    let names: Vec<&'static str> =
        (0..120).map(|n| &*Box::leak(format!("c{n}").into_boxed_str())).collect();
    for (at, name) in names.iter().enumerate() {
        scene.enters_from(name, &format!("[2001:db8:{at}::1]:4000"));
    }
    scene.looked();
    for name in &names {
        scene.asks(name, "/login ann guess123");
    }
    scene.settle();
    let mut guessed = 0;
    for name in &names {
        guessed += scene.news(name).iter().filter(|line| line.contains("Wrong password")).count();
    }
    assert_eq!(guessed, limits::WRONG_PASSWORDS_BURST as usize);
}

#[test]
fn the_owner_of_a_name_can_log_in_while_someone_else_guesses() {
    let mut scene = Scene::with(&["ann"]);
    scene.does("ann", "/register secret1");
    scene.does("ann", "/logout");
    scene.enters_from("eve", "[2001:db8:1::1]:4000");
    for _ in 0..limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
        scene.does("eve", "/login ann guess123");
    }
    scene.looked();
    scene.does("ann", "/login ann secret1");
    let seen = scene.news("ann");
    assert!(seen.iter().any(|line| line.contains("logged in as ann")), "{seen:?}");
}

#[test]
fn a_new_room_has_its_password_from_the_beginning() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/join #den secret");
    scene.does("bob", "/join #den");
    scene.sees_now("bob", &["#den needs a password: /join #den PASSWORD"]);
    // Whoever is faster creates the room.
    scene.asks("ann", "/join #shed secret");
    scene.asks("bob", "/join #shed");
    scene.looked();
    scene.settle();
    scene.sees_now("ann", &["You joined #shed (2 people). You are talking there now."]);
    scene.is_busy(true);
    scene.looked();
    scene.does("ann", "/join #other secret");
    scene.sees_now("ann", &["The server is busy. Please try again in a moment."]);
    scene.is_busy(false);
    scene.does("bob", "/rooms");
    assert!(!scene.news("bob").iter().any(|line| line.contains("#other")));
}

#[test]
fn clients_per_account_are_limited() {
    let mut scene = Scene::with(&["ann"]);
    scene.does("ann", "/register secret1");
    let names: Vec<&'static str> = (0..limits::CLIENTS_PER_ACCOUNT_MAX)
        .map(|n| &*Box::leak(format!("c{n}").into_boxed_str()))
        .collect();
    for name in &names {
        scene.enters(name);
        scene.does(name, "/login ann secret1");
    }
    let last = names[names.len() - 1];
    assert_eq!(
        scene.news(last).last().unwrap(),
        "ann is already connected from 16 clients, the maximum. /quit one of them first."
    );
    scene.leaves("ann");
    scene.does(last, "/login ann secret1");
    assert_eq!(scene.news(last).last().unwrap(), "You are logged in as ann, now from 16 clients.");
}
