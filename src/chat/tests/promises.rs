//! Replies that promise that something lasts are sent when it is on the disk.

use super::scene::Scene;
use crate::limits;
use crate::model::OwnerToken;
use crate::store::archive::Archive;
use crate::store::archive::tests::execute;

const NOT_YET: &str = "not-saved-yet";

/// Every command that promises something: who gives it, and the code of the reply. Those without a
/// reply are shown in the room.
const COMMANDS: &[(&str, &str, Option<&str>)] = &[
    ("gus", "/register secret1", Some("registered")),
    ("ann", "/passwd secret1 secret2", Some("password-changed")),
    ("ann", "/unregister secret1", Some("unregistered")),
    ("olga", "/op ann", Some("rank-given")),
    ("olga", "/deop otto", Some("rank-taken")),
    ("otto", "/deop otto", Some("rank-taken")),
    ("otto", "/ban bob", Some("imposed")),
    ("otto", "/mute bob", Some("imposed")),
    ("otto", "/ban 192.0.2.0/24", Some("imposed")),
    ("otto", "/unmute gus", Some("lifted")),
    ("otto", "/lockdown on", Some("lockdown")),
    ("ann", "/topic roses", None),
    ("ann", "/room lock", None),
    ("ann", "/room slow 10", None),
    ("ann", "/room end", None),
    ("ann", "/room password secret1", Some("room-password")),
    ("ann", "/room password off", Some("room-password")),
    ("ann", "/invite bob", Some("invited")),
    ("ann", "/msg rosa hello", Some("message-left")),
];

/// Olga owns the server, Otto is an operator, Ann has a room, Gus is a muted guest, and Rosa is
/// away.
fn stage(archive: &Archive) -> Scene {
    let mut scene = Scene::ordered_in(archive.clone());
    scene.enters("rosa");
    scene.does("rosa", "/register secret1");
    scene.leaves("rosa");
    scene.does("otto", "/mute gus");
    scene.does("ann", "/join #den");
    scene
}

/// Gus has to talk in order to register.
fn ready(scene: &mut Scene, name: &str) {
    if name == "gus" {
        scene.does("otto", "/unmute gus");
    }
    scene.looked();
    for name in ["olga", "otto", "ann", "gus"] {
        scene.resumed(name);
    }
}

/// The codes of the replies to the command's author, without the notices to operators.
fn codes(scene: &mut Scene, name: &str) -> Vec<String> {
    let mut codes = scene.codes(name);
    codes.retain(|code| code != "disk-fails" && code != "all-saved" && code != "shared-address");
    codes
}

fn is_awaited(said: &str) -> bool {
    !said.starts_with("/msg")
}

#[test]
fn a_promise_is_sent_when_it_is_stored() {
    for &(name, said, reply) in COMMANDS {
        let archive = Archive::in_memory().unwrap();
        let mut scene = stage(&archive);
        ready(&mut scene, name);
        scene.asks(name, said);
        scene.outcomes_of_jobs();
        assert_eq!(codes(&mut scene, name), [""; 0], "{said}");
        assert_eq!(scene.resumed(name), 0, "{said}");
        scene.saves();
        assert_eq!(codes(&mut scene, name), Vec::from_iter(reply), "{said}");
        assert_eq!(scene.resumed(name), usize::from(is_awaited(said)), "{said}");
    }
}

#[test]
fn clients_are_told_of_a_failing_disk_and_its_recovery() {
    for &(name, said, reply) in COMMANDS {
        let archive = Archive::in_memory().unwrap();
        let mut scene = stage(&archive);
        ready(&mut scene, name);
        execute(&archive, "PRAGMA query_only = 1");
        scene.asks(name, said);
        scene.outcomes_of_jobs();
        scene.learns();
        assert_eq!(codes(&mut scene, name), [NOT_YET], "{said}");
        assert_eq!(scene.resumed(name), usize::from(is_awaited(said)), "{said}");
        // Whoever comes while the disk fails does not wait at all.
        scene.looked();
        scene.asks("olga", "/topic tulips");
        assert_eq!(codes(&mut scene, "olga"), [NOT_YET], "{said}");
        assert_eq!(scene.resumed("olga"), 1, "{said}");
        execute(&archive, "PRAGMA query_only = 0");
        scene.saves();
        let told = Vec::from_iter([reply.unwrap_or("saved-now")]);
        assert_eq!(codes(&mut scene, name)[..told.len()], told, "{said}");
        assert_eq!(scene.resumed(name), 0, "{said}");
        assert!(codes(&mut scene, "olga").ends_with(&["saved-now".to_owned()]) || name == "olga");
    }
}

#[test]
fn a_disk_that_does_not_respond_lets_the_client_go_on() {
    let mut scene = Scene::ordered();
    scene.resumed("otto");
    scene.asks("otto", "/ban bob");
    scene.waits(limits::PROMISE_TIME / 2);
    scene.comes_to_its_deadline();
    assert_eq!(codes(&mut scene, "otto"), [""; 0]);
    scene.waits(limits::PROMISE_TIME / 2);
    scene.comes_to_its_deadline();
    assert_eq!(codes(&mut scene, "otto"), [NOT_YET]);
    assert_eq!(scene.resumed("otto"), 1);
    scene.comes_to_its_deadline();
    scene.saves();
    assert_eq!(codes(&mut scene, "otto"), ["imposed"]);
    assert_eq!(scene.resumed("otto"), 0);
}

/// What a guest changes in their room is not stored, and so waits for no disk.
#[test]
fn what_is_not_stored_is_told_at_once() {
    let archive = Archive::in_memory().unwrap();
    let mut scene = Scene::with_archive(9, archive.clone());
    scene.enters("gus");
    scene.does("gus", "/join #den");
    scene.looked();
    execute(&archive, "PRAGMA query_only = 1");
    for (said, reply) in [("/room password off", Some("room-password")), ("/topic roses", None)] {
        scene.asks("gus", said);
        assert_eq!(codes(&mut scene, "gus"), Vec::from_iter(reply), "{said}");
        assert_eq!(scene.resumed("gus"), 1, "{said}");
    }
}

#[test]
fn a_promise_to_a_client_that_has_left_is_forgotten() {
    let mut scene = Scene::ordered();
    scene.asks("otto", "/ban bob");
    scene.leaves("otto");
    scene.hand_out();
    scene.saves();
    scene.asks("olga", "/unban bob");
    scene.saves();
    assert_eq!(codes(&mut scene, "olga"), ["lifted"]);
}

/// While the disk fails, clients go on, and may give any number of commands.
#[test]
fn the_number_of_promises_is_limited() {
    let archive = Archive::in_memory().unwrap();
    let mut scene = Scene::ordered_in(archive.clone());
    execute(&archive, "PRAGMA query_only = 1");
    scene.asks("olga", "/topic roses");
    scene.learns();
    for number in 0..limits::PROMISES_HELD_MAX {
        scene.asks("olga", &format!("/topic {number}"));
    }
    let told = codes(&mut scene, "olga");
    assert!(told.iter().all(|code| code == NOT_YET), "{told:?}");
    assert_eq!(told.len(), limits::PROMISES_HELD_MAX + 1);
    execute(&archive, "PRAGMA query_only = 0");
    scene.saves();
    assert_eq!(codes(&mut scene, "olga").len(), limits::PROMISES_HELD_MAX);
}

#[test]
fn claiming_the_server_is_a_promise() {
    let archive = Archive::in_memory().unwrap();
    let mut scene = Scene::with_archive(9, archive.clone());
    let token = OwnerToken::of([7; 16]).unwrap();
    scene.enters("olga");
    scene.does("olga", "/register secret1");
    scene.chat.set_owner_token(token.clone());
    scene.looked();
    execute(&archive, "PRAGMA query_only = 1");
    scene.asks("olga", &format!("/claim {token}"));
    scene.learns();
    assert_eq!(codes(&mut scene, "olga"), [NOT_YET]);
    execute(&archive, "PRAGMA query_only = 0");
    scene.saves();
    assert_eq!(codes(&mut scene, "olga"), ["claimed"]);
    assert!(archive.has_owner().unwrap());
}
