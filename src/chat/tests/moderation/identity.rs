//! A ban or mute applies to a person whatever name they take, also after they register, and as the
//! guest that remains after a logout.

use super::*;
use crate::limits;
use crate::store::archive::Archive;

const THERE: &str = "192.0.2.7:4001";

/// A client disconnects, and later a guest connects from its address.
fn comes_after(scene: &mut Scene, gone: &str, name: &'static str) {
    scene.leaves(gone);
    comes_later(scene, name);
}

fn comes_later(scene: &mut Scene, name: &'static str) {
    scene.hand_out();
    scene.waits(Duration::from_millis(1));
    scene.enters_from(name, THERE);
    scene.looked();
}

/// `ann` has a room, and gives a command about the guest `gus`.
fn ordered_in_den(command: &str) -> Scene {
    let mut scene = Scene::ordered();
    scene.does("ann", "/join #den");
    scene.does("gus", "/join #den");
    scene.does("ann", command);
    scene
}

#[test]
fn a_guest_who_returns_and_registers_is_still_muted_in_a_room() {
    let mut scene = ordered_in_den("/mute #den gus");
    comes_after(&mut scene, "gus", "gus2");
    scene.does("gus2", "/register secret1");
    scene.does("gus2", "/join #den");
    scene.gets("gus2", "hi", &["Not sent: you are muted in #den until further notice"]);
    scene.gets("ann", "/unmute #den gus2", &["gus2 is no longer muted in #den."]);
    scene.gets("gus2", "hi", &["gus2: hi"]);
}

#[test]
fn a_guest_who_returns_and_registers_is_still_banned_from_a_room() {
    let mut scene = ordered_in_den("/ban #den gus");
    comes_after(&mut scene, "gus", "gus2");
    scene.does("gus2", "/register secret1");
    let refused = ["You are banned from #den until further notice"];
    scene.gets("gus2", "/join #den", &refused);
    scene.leaves("gus2");
    scene.enters_from("gus3", "203.0.113.8:1");
    scene.does("gus3", "/login gus2 secret1");
    scene.gets("gus3", "/join #den", &refused);
}

#[test]
fn a_second_account_does_not_evade_a_ban_even_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::with_archive(9, Archive::open(folder.path()).unwrap());
    scene.enters("ann");
    scene.enters_from("gus", THERE);
    for name in ["ann", "gus"] {
        scene.does(name, "/register secret1");
        scene.does(name, "/join #den");
    }
    scene.does("ann", "/ban #den gus");
    comes_after(&mut scene, "gus", "gus2");
    scene.does("gus2", "/register secret1");
    let refused = ["You are banned from #den until further notice"];
    scene.gets("gus2", "/join #den", &refused);
    scene.ends();
    let mut scene = Scene::with_archive(9, Archive::open(folder.path()).unwrap());
    for (name, login) in [("x", "/login gus secret1"), ("y", "/login gus2 secret1")] {
        scene.enters_from(name, "203.0.113.8:1");
        scene.does(name, login);
        scene.gets(name, "/join #den", &refused);
    }
    // Each of them is lifted by its name.
    scene.enters("ann");
    scene.does("ann", "/login ann secret1");
    scene.does("ann", "/unban #den gus2");
    scene.gets("x", "/join #den", &refused);
    scene.does("y", "/join #den");
    scene.gets("y", "hi", &["gus2: hi"]);
}

#[test]
fn a_guest_connected_earlier_from_the_same_address_is_another_person() {
    let mut scene = Scene::ordered();
    scene.enters_from("eve", THERE);
    scene.does("ann", "/join #den");
    scene.does("ann", "/ban #den gus");
    scene.does("eve", "/register secret1");
    scene.does("eve", "/join #den");
    scene.gets("eve", "hi", &["eve: hi"]);
}

/// `bob` was away when `otto` gave the command, and now logs in.
fn returns_to(command: &str) -> Scene {
    let mut scene = Scene::ordered();
    scene.leaves("bob");
    scene.enters_from("eve", THERE);
    scene.does("otto", command);
    comes_later(&mut scene, "b");
    scene.does("b", "/login bob secret1");
    scene
}

#[test]
fn a_mute_survives_a_logout() {
    let mut scene = returns_to("/mute bob");
    let refused = ["Not sent: you are muted until further notice"];
    scene.gets("b", "hi", &refused);
    scene.does("b", "/logout");
    scene.gets("b", "hi", &refused);
    // They cannot return as another guest either. A guest who was connected before is another
    // person.
    comes_after(&mut scene, "b", "c");
    scene.gets("c", "hi", &refused);
    scene.gets("eve", "hi", &["eve: hi"]);
    scene.does("otto", "/unmute bob");
    scene.gets("c", "hi", &["c: hi"]);
}

#[test]
fn a_ban_from_a_room_survives_a_logout_and_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::with_archive(9, Archive::open(folder.path()).unwrap());
    for name in ["ann", "bob"] {
        scene.enters(name);
        scene.does(name, "/register secret1");
    }
    scene.leaves("bob");
    scene.does("ann", "/join #den");
    scene.does("ann", "/ban #den bob");
    comes_later(&mut scene, "b");
    scene.does("b", "/login bob secret1");
    scene.does("b", "/logout");
    let refused = ["You are banned from #den until further notice"];
    scene.gets("b", "/join #den", &refused);
    scene.ends();
    let mut scene = Scene::with_archive(9, Archive::open(folder.path()).unwrap());
    comes_later(&mut scene, "c");
    scene.gets("c", "/join #den", &refused);
}

#[test]
fn logouts_leave_nothing_that_grows() {
    let mut scene = returns_to("/mute bob");
    for number in 0..3 * limits::ORIGINS_OF_SANCTION_MAX {
        scene.enters_from("x", &format!("198.51.100.{number}:1"));
        scene.waits(limits::PASSWORD_PER_ADDRESS_INTERVAL);
        scene.does("x", "/login bob secret1");
        scene.does("x", "/logout");
        scene.gets("x", "hi", &["Not sent: you are muted until further notice"]);
        scene.leaves("x");
        scene.hand_out();
    }
    let mute = scene.chat.moderation.all(|_| true).next().unwrap();
    let crate::model::moderation::Subject::Person { origins, .. } = &mute.sanction.subject else {
        panic!("{mute:?}");
    };
    assert_eq!(origins.len(), limits::ORIGINS_OF_SANCTION_MAX);
    assert!(mute.clients.len() <= 2, "{:?}", mute.clients);
}

#[test]
fn registering_does_not_evade_a_mute_in_a_room() {
    let mut scene = Scene::ordered();
    scene.does("ann", "/join #den");
    scene.does("gus", "/join #den");
    scene.does("ann", "/mute gus");
    scene.does("gus", "/register secret1");
    scene.looked();
    scene.does("gus", "hi");
    scene.sees_now("ann", &[]);
}

#[test]
fn registering_does_not_evade_a_ban_from_a_room() {
    let mut scene = Scene::ordered();
    scene.does("ann", "/join #den");
    scene.does("gus", "/join #den");
    scene.does("ann", "/ban gus");
    scene.does("gus", "/register secret1");
    scene.looked();
    scene.does("gus", "/join #den");
    scene.sees_now("ann", &[]);
}

#[test]
fn a_mute_applies_to_a_guest_who_is_registering() {
    let mut scene = Scene::ordered();
    scene.asks("gus", "/register secret1");
    scene.asks("otto", "/mute gus");
    scene.settle();
    scene.looked();
    scene.does("gus", "hi");
    scene.sees_now("ann", &[]);
}

#[test]
fn a_ban_applies_to_a_guest_who_is_registering() {
    let mut scene = Scene::ordered();
    scene.asks("gus", "/register secret1");
    scene.asks("otto", "/ban gus");
    scene.settle();
    scene.leaves("gus");
    scene.hand_out();
    scene.waits(Duration::from_millis(1));
    scene.enters_from("back", "192.0.2.7:2");
    scene.does("back", "/login gus secret1");
    scene.looked();
    scene.does("back", "hi");
    scene.sees_now("ann", &[]);
}

#[test]
fn a_muted_client_is_muted_whoever_it_logs_in_as() {
    let mut scene = Scene::ordered();
    scene.leaves("bob");
    scene.does("otto", "/mute gus");
    scene.does("gus", "/login bob secret1");
    scene.looked();
    scene.does("gus", "hi");
    scene.sees_now("ann", &[]);
}
