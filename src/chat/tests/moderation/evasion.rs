//! Attempts to evade moderation or to abuse it, which have to fail.

use super::*;
use crate::chat::state::sanctions::{ActiveSanction, SanctionKeys};
use crate::limits;
use crate::store::archive::Archive;
use smallvec::SmallVec;

const HOUR: Duration = Duration::from_secs(3600);

fn later(scene: &mut Scene) {
    scene.waits(Duration::from_millis(1));
}

#[test]
fn a_guest_that_talks_after_waiting_too_long_does_not_crash_the_server() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/lockdown on");
    scene.enters("eve");
    scene.waits(limits::LOGIN_TIME);
    scene.does("eve", "hi");
}

#[test]
fn a_banned_guest_that_talks_after_waiting_does_not_crash_the_server() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/ban gus");
    later(&mut scene);
    scene.enters_from("gus2", "192.0.2.7:4001");
    scene.waits(limits::LOGIN_TIME);
    scene.does("gus2", "/who");
}

#[test]
fn a_muted_owner_cannot_talk_through_reasons_in_their_room() {
    let mut scene = Scene::ordered();
    scene.does("bob", "/join #den");
    for name in ["ann", "gus"] {
        scene.does(name, "/join #den");
    }
    scene.does("otto", "/mute bob");
    scene.looked();
    scene.does("bob", "/kick gus LISTEN ALL OF YOU");
    let news = scene.news("ann").join("\n");
    assert!(!news.contains("LISTEN"), "{news}");
}

#[test]
fn an_ignored_and_muted_guest_cannot_reach_anyone_through_bans_in_their_room() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #mine");
    scene.does("ann", "/ignore gus");
    scene.does("otto", "/mute gus");
    scene.looked();
    scene.does("gus", "/ban ann you are a fool");
    scene.does("gus", "/unmute ann");
    let news = scene.news("ann").join("\n");
    assert!(!news.contains("fool"), "{news}");
}

#[test]
fn a_guest_cannot_talk_through_kicks_in_a_lockdown() {
    let mut scene = Scene::ordered();
    for name in ["gus", "ann", "bob"] {
        scene.does(name, "/join #den");
    }
    scene.does("otto", "/lockdown on");
    scene.looked();
    scene.does("gus", "/kick ann spam spam spam");
    let news = scene.news("bob").join("\n");
    assert!(!news.contains("spam"), "{news}");
}

#[test]
fn the_ban_of_a_second_guest_of_the_same_name_does_not_end_that_of_the_first() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/ban gus");
    scene.leaves("gus");
    scene.hand_out();
    later(&mut scene);
    scene.enters_from("gus", "203.0.113.5:1");
    scene.does("otto", "/ban gus");
    scene.leaves("gus");
    scene.hand_out();
    later(&mut scene);
    scene.looked();
    scene.enters_from("again", "192.0.2.7:9");
    scene.does("again", "hi");
    scene.sees_now("ann", &[]);
}

#[test]
fn a_longer_ban_of_an_absent_person_still_applies_to_guests_from_their_address() {
    let mut scene = Scene::ordered();
    scene.enters_from("bobs", "203.0.113.9:1");
    scene.leaves("bob");
    scene.does("bobs", "/login bob secret1");
    scene.does("otto", "/ban bob 2h");
    scene.does("otto", "/ban bob 7d");
    later(&mut scene);
    scene.enters_from("x", "203.0.113.9:2");
    scene.looked();
    scene.does("x", "hi");
    scene.sees_now("ann", &[]);
}

#[test]
fn a_mute_in_a_room_covers_parting_words() {
    let mut scene = Scene::ordered();
    for name in ["ann", "bob"] {
        scene.does(name, "/join #den");
    }
    scene.does("ann", "/mute bob");
    scene.does("ann", "/leave #lobby");
    scene.looked();
    scene.says("bob", "/quit ann is a fool");
    scene.leaves("bob");
    scene.hand_out();
    scene.sees_now("ann", &["bob left"]);
}

#[test]
fn a_mute_in_a_room_covers_names() {
    let mut scene = Scene::ordered();
    for name in ["ann", "gus"] {
        scene.does(name, "/join #den");
    }
    scene.does("ann", "/mute gus");
    scene.does("ann", "/leave #lobby");
    scene.looked();
    scene.does("gus", "/nick ann-is-a-fool");
    scene.sees_now("ann", &[]);
}

#[test]
fn a_guest_cannot_displace_operators_from_the_audit_log() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #mine");
    let before = scene.chat.moderation.audit().clone();
    for _ in 0..9 {
        scene.does("gus", "/mute ann");
        scene.does("gus", "/unmute ann");
    }
    assert_eq!(*scene.chat.moderation.audit(), before);
}

#[test]
fn a_guest_cannot_use_up_all_bans() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #mine");
    let one = |id: u64, scene: &Scene| crate::model::moderation::Sanction {
        id: crate::model::id::SanctionId(id as _),
        kind: crate::model::moderation::SanctionKind::Ban,
        room: scene.chat.clients[scene.index("gus").0].rooms.last().copied(),
        subject: crate::model::moderation::Subject::Person {
            account: Some(crate::model::id::AccountId(100 + id as i64)),
            origins: Vec::new(),
        },
        name: format!("name{id}").into(),
        by: "gus".into(),
        at: scene.now.wall,
        until: None,
        reason: None,
    };
    // As `/ban` does for registered names, connected or not.
    for id in 1..=limits::SANCTIONS_MAX as u64 {
        let sanction = one(id, &scene);
        let imposed = ActiveSanction::new(
            sanction,
            SanctionKeys { name: None, by: None },
            SmallVec::new(),
            None,
        );
        scene.chat.moderation.impose(imposed);
    }
    scene.looked();
    scene.does("otto", "/ban bob");
    let told = scene.news("otto").join("\n");
    assert!(told.contains("bob is banned"), "{told}");
}

#[test]
fn sanctions_of_a_room_that_has_ended_are_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::with_archive(9, Archive::open(folder.path()).unwrap());
    scene.enters("ann");
    scene.enters("gus");
    for _ in 0..20 {
        scene.does("gus", "/join #den");
        scene.does("gus", "/ban ann");
        scene.does("gus", "/leave");
    }
    scene.ends();
    let file = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.extension().is_some_and(|end| end != "lock" && end != "wal" && end != "shm")
        })
        .unwrap();
    let connection = rusqlite::Connection::open(&file).unwrap();
    let count: i64 =
        connection.query_row("SELECT count(*) FROM sanction", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0, "{}", file.display());
}

#[test]
fn a_shorter_mute_replaces_a_longer_one_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::with_archive(9, Archive::open(folder.path()).unwrap());
    for name in ["olga", "bob"] {
        scene.enters(name);
        scene.does(name, "/register secret1");
    }
    scene.chat.set_owner_token(token());
    scene.does("olga", &format!("/claim {}", token()));
    scene.does("olga", "/mute bob");
    scene.takes_jobs(1);
    scene.looked();
    scene.does("olga", "/mute bob 1h");
    let told = scene.news("olga").join("\n");
    assert!(told.contains("bob is muted until"), "{told}");
    scene.is_busy(false);
    let now = scene.now;
    scene.ends();
    let mut scene = Scene::with_archive(9, Archive::open(folder.path()).unwrap());
    scene.now = now;
    scene.enters("bob");
    scene.does("bob", "/login bob secret1");
    scene.waits(2 * HOUR);
    scene.looked();
    scene.gets("bob", "hi", &["bob: hi"]);
}

#[test]
fn a_refused_action_is_not_in_the_audit_log() {
    let mut scene = Scene::ordered();
    scene.does("ann", "/join #den");
    scene.does("otto", "/join #den");
    let before = scene.chat.moderation.audit().len();
    scene.looked();
    scene.does("otto", &format!("/room password {}", "x".repeat(500)));
    let told = scene.news("otto").join("\n");
    assert!(told.contains("password"), "{told}");
    assert_eq!(scene.chat.moderation.audit().len(), before);
}

#[test]
fn a_person_who_is_still_muted_is_not_told_that_they_can_talk() {
    let mut scene = Scene::ordered();
    scene.does("ann", "/join #den");
    scene.does("bob", "/join #den");
    scene.does("ann", "/mute bob");
    scene.does("otto", "/mute bob");
    scene.looked();
    scene.does("ann", "/unmute bob");
    let news = scene.news("bob").join("\n");
    assert!(!news.contains("You can talk again"), "{news}");
}

#[test]
fn a_room_is_not_shown_times_in_one_persons_zone() {
    let mut scene = Scene::ordered();
    scene.does("bob", "/tz Asia/Kolkata");
    scene.does("ann", "/join #den");
    scene.does("bob", "/join #den");
    scene.looked();
    scene.does("ann", "/mute bob 2h");
    let until = in_time(&scene, 2 * HOUR);
    let news = scene.news("ann");
    assert!(news.iter().all(|line| line.contains(&until)), "{until}: {news:?}");
}

#[test]
fn a_reason_is_shown_as_given() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/mute bob see {date}");
    scene.looked();
    scene.does("otto", "/bans");
    let news = scene.news("otto").join("\n");
    assert!(news.contains("see {date}"), "{news}");
}

#[test]
fn a_waiting_guest_who_is_unbanned_is_admitted() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/ban gus");
    later(&mut scene);
    scene.enters_from("gus2", "192.0.2.7:4001");
    scene.does("otto", "/unban gus");
    scene.looked();
    scene.does("ann", "hi");
    scene.sees_now("gus2", &["ann: hi"]);
}

#[test]
fn a_pending_room_password_does_not_admit_a_guest_in_a_lockdown() {
    let mut scene = Scene::ordered();
    scene.does("ann", "/join #den pw12345");
    scene.looked();
    scene.asks("gus", "/join #den pw12345");
    scene.asks("otto", "/lockdown on");
    scene.settle();
    scene.looked();
    assert_eq!(scene.chat.clients[scene.index("gus").0].rooms.len(), 1);
}

#[test]
fn a_new_operator_may_lift_their_own_ban_from_a_room() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #mine");
    scene.does("gus", "/ban ann");
    scene.does("olga", "/op ann");
    scene.looked();
    scene.does("ann", "/unban #mine ann");
    let news = scene.news("ann").join("\n");
    assert!(news.contains("is no longer banned from #mine"), "{news}");
}

#[test]
fn words_set_before_a_mute_are_not_shown_during_it() {
    let mut scene = Scene::ordered();
    scene.does("bob", "/away ann is a fool");
    scene.does("otto", "/mute bob");
    scene.looked();
    scene.does("ann", "/msg bob hi");
    let news = scene.news("ann").join("\n");
    assert!(!news.contains("fool"), "{news}");
}

#[test]
fn a_person_who_is_not_muted_is_not_told_that_they_are_unmuted() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/mute gus");
    scene.leaves("gus");
    scene.hand_out();
    scene.enters_from("guy", "203.0.113.8:1");
    scene.does("guy", "/nick gus");
    scene.looked();
    scene.does("otto", "/unmute gus");
    scene.sees_now("guy", &[]);
}

#[test]
fn a_client_that_has_left_waits_no_longer() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/lockdown on");
    for _ in 0..100 {
        scene.enters("eve");
        scene.leaves("eve");
        scene.hand_out();
    }
    assert!(scene.chat.deadlines.logins.deadlines.is_empty());
}

#[test]
fn a_mute_in_a_room_covers_its_topic_and_invitations() {
    let mut scene = Scene::ordered();
    scene.does("bob", "/join #den");
    scene.does("otto", "/join #den");
    scene.does("olga", "/mute #den otto");
    let refused = "Not sent: you are muted in #den until further notice";
    for command in ["/topic LISTEN", "/invite ann", "/room slow 9"] {
        scene.gets("otto", command, &[refused]);
    }
}
