//! Ownership of the server and of rooms under concurrent changes: there is always an owner, nobody
//! is locked out, and nobody owns what someone else gave up.

use super::*;
use crate::store::archive::Archive;

#[test]
fn a_room_does_not_pass_to_a_muted_member() {
    let mut scene = Scene::ordered();
    for name in ["gus", "bob", "ann"] {
        scene.does(name, "/join #den");
    }
    scene.does("gus", "/mute bob");
    scene.leaves("gus");
    scene.looked();
    scene.does("bob", "hi");
    scene.sees_now("ann", &[]);
}

#[test]
fn two_owners_who_give_up_at_once_leave_an_owner() {
    let mut scene = Scene::ordered();
    scene.does("olga", "/op ann owner");
    scene.asks("olga", "/unregister secret1");
    scene.asks("ann", "/unregister secret1");
    scene.settle();
    assert!(scene.chat.moderation.has_owner());
}

#[test]
fn an_owner_who_steps_down_while_the_other_unregisters_is_the_last() {
    let mut scene = Scene::ordered();
    scene.does("olga", "/op ann owner");
    scene.asks("olga", "/unregister secret1");
    scene.asks("ann", "/deop ann");
    scene.settle();
    assert!(scene.chat.moderation.has_owner());
}

#[test]
fn claiming_while_unregistering_does_not_use_up_the_token() {
    let mut scene = Scene::registered(&["olga"]);
    scene.chat.set_owner_token(token());
    scene.enters("more");
    scene.does("more", "/login olga secret1");
    scene.asks("olga", "/unregister secret1");
    scene.asks("more", &format!("/claim {}", token()));
    scene.settle();
    let moderation = &scene.chat.moderation;
    assert!(moderation.has_owner() || moderation.token.is_some());
}

#[test]
fn an_operator_does_not_lock_the_owner_out() {
    let mut scene = Scene::ordered();
    scene.leaves("olga");
    scene.hand_out();
    scene.does("otto", "/ban 0.0.0.0/0");
    scene.enters_from("home", "203.0.113.1:1");
    scene.gets("home", "hi", &["home: hi"]);
}

#[test]
fn the_last_owner_is_never_a_banned_person() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/ban bob");
    scene.does("olga", "/op bob owner");
    scene.does("olga", "/deop olga");
    scene.enters_from("b", "203.0.113.1:1");
    scene.does("b", "/login bob secret1");
    scene.looked();
    scene.does("b", "/lockdown on");
    scene.gets("ann", "/op", &["Owners: olga", "Operators: otto"]);
}

#[test]
fn a_ban_of_an_owner_from_their_room_is_refused_or_holds() {
    let mut scene = Scene::ordered();
    scene.does("bob", "/join #den");
    scene.looked();
    scene.does("otto", "/ban #den bob");
    let told = scene.news("otto").join("\n");
    let is_refused = !told.contains("bob is banned from #den");
    scene.looked();
    scene.does("bob", "/join #den");
    let news = scene.news("bob").join("\n");
    assert!(is_refused || news.contains("banned"), "{told}\n{news}");
}

#[test]
fn a_guest_cannot_keep_anyone_from_unregistering() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #mine");
    scene.does("gus", "/ban ann");
    scene.looked();
    scene.does("ann", "/unregister secret1");
    let news = scene.news("ann").join("\n");
    assert!(!news.contains("You cannot do that while muted"), "{news}");
}

#[test]
fn an_operator_does_not_end_the_room_of_an_owner() {
    let mut scene = Scene::ordered();
    scene.does("olga", "/join #hq");
    scene.does("otto", "/join #hq");
    scene.looked();
    scene.does("otto", "/room end");
    let news = scene.news("otto").join("\n");
    assert!(news.contains("cannot") || news.contains("Only"), "{news}");
}

/// `eve` is banned from #den, then this happens; she is still banned after a restart.
fn is_still_banned_after(first: &[(&'static str, &'static str)]) {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::with_archive(9, Archive::open(folder.path()).unwrap());
    for name in ["ann", "bob", "eve"] {
        scene.enters(name);
        scene.does(name, "/register secret1");
    }
    scene.does("ann", "/join #den");
    scene.does("bob", "/join #den");
    scene.does("ann", "/ban #den eve");
    for (who, what) in first {
        if *what == "LEAVE" {
            scene.leaves(who);
            scene.hand_out();
        } else {
            scene.does(who, what);
        }
    }
    scene.looked();
    scene.does("eve", "/join #den");
    let now = scene.now;
    scene.ends();
    let mut scene = Scene::with_archive(9, Archive::open(folder.path()).unwrap());
    scene.now = now;
    scene.enters("eve");
    scene.does("eve", "/login eve secret1");
    scene.looked();
    scene.does("eve", "/join #den");
    let news = scene.news("eve").join("\n");
    assert!(news.contains("banned"), "{news}");
}

#[test]
fn room_bans_survive_a_change_of_owner() {
    is_still_banned_after(&[("ann", "/unregister secret1"), ("ann", "LEAVE")]);
}

#[test]
fn room_bans_survive_the_owner_registering_again() {
    is_still_banned_after(&[("ann", "/unregister secret1"), ("ann", "/register secret1")]);
}

#[test]
fn a_person_who_is_unregistering_cannot_take_away_a_rank() {
    let mut scene = Scene::ordered();
    scene.does("olga", "/op ann owner");
    scene.enters("more");
    scene.does("more", "/login olga secret1");
    scene.asks("olga", "/unregister secret1");
    scene.asks("more", "/deop ann");
    scene.settle();
    assert!(scene.chat.moderation.has_owner());
}

#[test]
fn a_former_owner_cannot_set_the_room_password() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #den");
    scene.does("bob", "/join #den");
    scene.asks("gus", "/room password opensesame");
    scene.does("otto", "/kick #den gus");
    let room = scene.chat.clients[scene.index("bob").0].rooms.last().copied().unwrap();
    let rules = &scene.chat.rooms.find(room).unwrap().rules;
    assert!(rules.password.is_none(), "owner {:?}", rules.owner);
}
