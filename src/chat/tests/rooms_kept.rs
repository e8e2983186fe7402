//! The ownership and lifetime of rooms.

use super::scene::Scene;
use crate::limits;
use crate::store::archive::Archive;

/// Checks the reply to a line.
#[track_caller]
fn check(scene: &mut Scene, name: &str, text: &str, expected: &[&str]) {
    scene.looked();
    scene.does(name, text);
    assert_eq!(scene.news(name), expected, "{name} typed {text}");
}

fn open(folder: &tempfile::TempDir) -> Archive {
    Archive::open(folder.path()).unwrap()
}

#[test]
fn a_guests_room_passes_to_the_longest_member() {
    for way_out in ["/leave #garden", ""] {
        let mut scene = Scene::with(&["ann", "bob", "cat", "dan"]);
        for name in ["ann", "bob", "cat", "dan"] {
            scene.does(name, "/join #garden");
        }
        scene.looked();
        match way_out {
            "" => scene.leaves("ann"),
            command => scene.says("ann", command),
        }
        scene.hand_out();
        let news = scene.news("dan");
        let here = news.iter().filter(|line| !line.starts_with("[#lobby]"));
        let news: Vec<&str> = here.map(String::as_str).collect();
        assert_eq!(news.first(), Some(&"ann left"), "{way_out}");
        assert!(news.contains(&"bob now owns #garden"), "{way_out}: {news:?}");
        let not_owner = "Only bob, the owner of #garden, can do that.";
        check(&mut scene, "dan", "/room lock", &[not_owner]);
        check(&mut scene, "bob", "/topic mine", &["bob set the topic: mine"]);
        scene.does("bob", "/leave");
        scene.looked();
        check(&mut scene, "cat", "/topic ours", &["cat set the topic: ours"]);
    }
}

#[test]
fn a_registered_owners_room_is_kept_for_them() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/register secret123");
    for name in ["ann", "bob"] {
        scene.does(name, "/join #garden");
    }
    scene.does("ann", "/leave");
    check(&mut scene, "bob", "/room lock", &["Only ann, the owner of #garden, can do that."]);
    scene.does("bob", "/leave");
    let alone = "You joined #garden. Nobody else is there yet.";
    check(&mut scene, "bob", "/join #garden", &[alone]);
    scene.leaves("ann");
    scene.hand_out();
    check(&mut scene, "bob", "/room lock", &["Only ann, the owner of #garden, can do that."]);
    scene.enters("ann2");
    scene.does("ann2", "/login ann secret123");
    scene.does("ann2", "/join #garden");
    let locked = "ann locked this room: only invited people can join";
    check(&mut scene, "ann2", "/room lock", &[locked]);
}

#[test]
fn rooms_of_registered_people_are_kept_with_all_their_rules() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::with_archive(9, open(&folder));
    for name in ["ann", "bob", "cat", "dan"] {
        scene.enters(name);
    }
    scene.does("ann", "/register secret123");
    scene.does("bob", "/register secret123");
    for text in ["/join #Garden", "/topic flowers", "/room password tulips", "/room slow 30"] {
        scene.does("ann", text);
    }
    for text in ["/room hide", "/invite bob", "/invite cat", "/join #den", "/room lock"] {
        scene.does("ann", text);
    }
    scene.does("dan", "/join #guests");
    scene.ends();

    let mut scene = Scene::with_archive(9, open(&folder));
    for name in ["x", "cat", "dan"] {
        scene.enters(name);
    }
    scene.does("x", "/login bob secret123");
    scene.looked();
    let rooms = ["There are 2 rooms; /join one:", "  #lobby (3) [current room]"];
    check(&mut scene, "dan", "/rooms", &[rooms[0], rooms[1], "  #den (0) [locked]"]);
    let needs = "#Garden needs a password: /join #Garden PASSWORD";
    check(&mut scene, "cat", "/join #garden", &[needs]);
    let now_in = "You joined #Garden. Nobody else is there yet.";
    check(&mut scene, "x", "/join #garden", &[now_in, "Topic of #Garden: flowers"]);
    check(&mut scene, "x", "one", &["bob: one"]);
    let slow = "Not sent: #Garden is in slow mode. Please wait 30 s.";
    check(&mut scene, "x", "two", &[slow]);
    let now_in = "You joined #Garden (2 people). You are talking there now.";
    check(&mut scene, "cat", "/join #garden tulips", &[now_in, "Topic of #Garden: flowers"]);
    let locked = "#den is locked. Ask its owner to /invite you.";
    check(&mut scene, "dan", "/join #den", &[locked]);
    check(&mut scene, "x", "/room show", &["Only ann, the owner of #Garden, can do that."]);
    scene.ends();
}

#[test]
fn a_room_that_passes_to_a_registered_person_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::with_archive(9, open(&folder));
    for name in ["ann", "bob"] {
        scene.enters(name);
        scene.does(name, "/join #garden");
    }
    scene.does("bob", "/register secret123");
    scene.does("ann", "/topic flowers");
    scene.does("ann", "/leave");
    scene.ends();
    let mut scene = Scene::with_archive(9, open(&folder));
    scene.enters("cat");
    let now_in = "You joined #garden. Nobody else is there yet.";
    check(&mut scene, "cat", "/join #garden", &[now_in, "Topic of #garden: flowers"]);
    scene.ends();
}

#[test]
fn a_guests_room_is_stored_once_they_register() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::with_archive(9, open(&folder));
    scene.enters("ann");
    scene.does("ann", "/join #garden");
    scene.does("ann", "/topic flowers");
    scene.does("ann", "/register secret123");
    scene.leaves("ann");
    scene.ends();
    let mut scene = Scene::with_archive(9, open(&folder));
    scene.enters("ann2");
    scene.does("ann2", "/login ann secret123");
    scene.does("ann2", "/join #garden");
    check(&mut scene, "ann2", "/topic", &["Topic of #garden: flowers"]);
    check(&mut scene, "ann2", "/topic more", &["ann set the topic: more"]);
    scene.ends();
}

#[test]
fn rooms_of_a_removed_account_pass_on_or_end() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    scene.does("ann", "/register secret123");
    for room in ["#both", "#hers", "#empty"] {
        scene.does("ann", &format!("/join {room}"));
    }
    for room in ["#both", "#hers"] {
        scene.does("bob", &format!("/join {room}"));
    }
    scene.does("ann", "/leave #empty");
    scene.does("ann", "/leave #hers");
    scene.does("ann", "/unregister secret123");
    // She is in one of the rooms as a guest; in the other, bob has been there longest.
    check(&mut scene, "ann", "/topic mine", &["ann set the topic: mine"]);
    check(&mut scene, "bob", "/topic his", &["bob set the topic: his"]);
    for name in ["ann", "bob"] {
        scene.leaves(name);
        scene.hand_out();
    }
    let rooms = ["There is 1 room; /join #NAME creates another:", "  #lobby (1) [current room]"];
    check(&mut scene, "cat", "/rooms", &rooms);
}

#[test]
fn the_lobby_has_no_owner_and_never_ends() {
    let mut scene = Scene::with(&["ann"]);
    let nobodys = "#lobby has no owner, so its settings cannot be changed. /join #NAME creates a \
                   room of your own.";
    for text in ["/topic x", "/topic off", "/room lock", "/room password x", "/room slow 3"] {
        check(&mut scene, "ann", text, &[nobodys]);
    }
    scene.does("ann", "/leave");
    check(
        &mut scene,
        "ann",
        "/room hide",
        &["You are not in any room. /join #lobby takes you to the lobby; /rooms lists all rooms."],
    );
    let back = "You joined #lobby. Nobody else is there yet.";
    check(&mut scene, "ann", "/join #lobby", &[back]);
    scene.leaves("ann");
    scene.hand_out();
    scene.enters("bob");
    check(&mut scene, "bob", "/who", &["1 person is in #lobby:", "  bob"]);
}

#[test]
fn a_room_that_is_given_up_is_no_longer_stored_and_ends_with_its_last_member() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::with_archive(9, open(&folder));
    for name in ["ann", "bob"] {
        scene.enters(name);
    }
    scene.does("ann", "/register secret123");
    for room in ["#garden", "#shed"] {
        scene.does("ann", &format!("/join {room}"));
        scene.does("bob", &format!("/join {room}"));
    }
    scene.does("ann", "/room lock");
    let given_up = "ann gave up this room: it closes when the last person leaves";
    check(&mut scene, "ann", "/room end", &[given_up]);
    let nobodys = "#shed has no owner, so its settings cannot be changed. /join #NAME creates a \
                   room of your own.";
    check(&mut scene, "ann", "/room lock", &[nobodys]);
    scene.does("ann", "/leave #shed");
    let back = "You joined #shed (2 people). You are talking there now.";
    check(&mut scene, "ann", "/join #shed", &[back]);
    scene.does("ann", "/leave #shed");
    scene.does("bob", "/leave #shed");
    scene.looked();
    scene.does("bob", "/rooms");
    assert!(!scene.news("bob").iter().any(|line| line.contains("#shed")));
    scene.ends();
    let kept = open(&folder).load(0).unwrap().rooms;
    assert_eq!(kept.iter().map(|(key, _)| &**key).collect::<Vec<_>>(), ["#garden"]);
}

#[test]
fn room_changes_made_while_the_queue_is_full_are_stored_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::with_archive(9, open(&folder));
    scene.enters("ann");
    scene.does("ann", "/register secret123");
    scene.does("ann", "/join #garden");
    scene.is_busy(true);
    let locked = "ann locked this room: only invited people can join";
    check(&mut scene, "ann", "/room lock", &[locked]);
    scene.is_busy(false);
    scene.does("ann", "hello");
    scene.ends();
    assert!(open(&folder).load(0).unwrap().rooms[0].1.locked);
}

#[test]
fn a_busy_server_says_so_and_admits_nobody() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/join #garden secret");
    assert_eq!(scene.resumed("ann"), 1);
    scene.is_busy(true);
    let busy = ["The server is busy. Please try again in a moment."];
    check(&mut scene, "bob", "/join #garden secret", &busy);
    assert_eq!(scene.resumed("bob"), 1);
    check(&mut scene, "ann", "/room password other", &busy);
    assert_eq!(scene.resumed("ann"), 1);
    scene.is_busy(false);
    check(&mut scene, "bob", "/join #garden other", &["Wrong password for #garden."]);
    let now_in = "You joined #garden (2 people). You are talking there now.";
    check(&mut scene, "bob", "/join #garden secret", &[now_in]);
}

#[test]
fn departed_guests_do_not_fill_the_invitation_list() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/join #garden");
    for number in 0..=limits::INVITED_MAX {
        let name = Box::leak(format!("g{number}").into_boxed_str());
        scene.enters(name);
        scene.does("ann", &format!("/invite {name}"));
        scene.leaves(name);
        scene.hand_out();
    }
    check(&mut scene, "ann", "/invite bob", &["bob is now invited to #garden."]);
}
