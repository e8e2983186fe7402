//! Ways around what keeps order, ways to abuse it, and ways to be locked out: none of them is one.

use super::*;
use crate::archive::Archive;

const HOUR: Duration = Duration::from_secs(3600);

fn later(scene: &mut Scene) {
    scene.waits(Duration::from_millis(1));
}

#[test]
fn who_waited_too_long_and_says_something_does_not_end_the_server() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/lockdown on");
    scene.enters("eve");
    scene.waits(limits::LOGIN_TIME);
    scene.does("eve", "hi");
}

#[test]
fn a_banned_guest_who_waited_and_says_something_does_not_end_the_server() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/ban gus");
    later(&mut scene);
    scene.enters_from("gus2", "192.0.2.7:4001");
    scene.waits(limits::LOGIN_TIME);
    scene.does("gus2", "/who");
}

#[test]
fn who_is_muted_is_not_heard_by_the_reasons_of_what_they_do_in_their_room() {
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
fn a_guest_who_is_ignored_and_muted_does_not_write_to_anybody_by_bans_of_their_own_room() {
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
fn a_guest_does_not_talk_in_a_lockdown_by_kicking() {
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
fn a_longer_ban_of_who_is_not_here_still_concerns_guests_from_where_they_were() {
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
fn registering_is_no_way_around_a_mute_in_a_room() {
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
fn registering_is_no_way_around_a_ban_from_a_room() {
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
fn a_mute_holds_for_who_was_registering_meanwhile() {
    let mut scene = Scene::ordered();
    scene.asks("gus", "/register secret1");
    scene.asks("otto", "/mute gus");
    scene.settle();
    scene.looked();
    scene.does("gus", "hi");
    scene.sees_now("ann", &[]);
}

#[test]
fn a_ban_holds_for_who_was_registering_meanwhile() {
    let mut scene = Scene::ordered();
    scene.asks("gus", "/register secret1");
    scene.asks("otto", "/ban gus");
    scene.settle();
    scene.leaves("gus");
    scene.hand_out();
    later(&mut scene);
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

#[test]
fn who_is_muted_in_a_room_does_not_talk_there_by_going() {
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
fn who_is_muted_in_a_room_does_not_talk_there_by_names() {
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
fn a_room_does_not_pass_to_who_is_muted_in_it() {
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
    assert!(scene.hall.moderation.has_owner());
}

#[test]
fn an_owner_who_steps_down_while_the_other_unregisters_is_the_last() {
    let mut scene = Scene::ordered();
    scene.does("olga", "/op ann owner");
    scene.asks("olga", "/unregister secret1");
    scene.asks("ann", "/deop ann");
    scene.settle();
    assert!(scene.hall.moderation.has_owner());
}

#[test]
fn who_claims_while_they_unregister_does_not_take_the_token_along() {
    let mut scene = Scene::registered(&["olga"]);
    scene.hall.set_owner_token(token());
    scene.enters("more");
    scene.does("more", "/login olga secret1");
    scene.asks("olga", "/unregister secret1");
    scene.asks("more", &format!("/claim {}", token()));
    scene.settle();
    let moderation = &scene.hall.moderation;
    assert!(moderation.has_owner() || moderation.token.is_some());
}

#[test]
fn an_operator_does_not_lock_the_owner_out() {
    let mut scene = Scene::ordered();
    scene.leaves("olga");
    scene.hand_out();
    scene.does("otto", "/ban 0.0.0.0/0");
    let newcomer = Newcomer {
        address: "203.0.113.1:1".parse().unwrap(),
        ..super::super::scene::newcomer(Scene::id("home"), None)
    };
    assert!(scene.hall.enter(newcomer, scene.now).is_ok());
}

#[test]
fn the_last_owner_is_not_one_who_is_banned() {
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
fn a_ban_of_a_room_from_its_owner_is_refused_or_holds() {
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
fn a_guest_does_not_keep_anybody_from_giving_up_their_account() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #mine");
    scene.does("gus", "/ban ann");
    scene.looked();
    scene.does("ann", "/unregister secret1");
    let news = scene.news("ann").join("\n");
    assert!(!news.contains("Not while you are muted"), "{news}");
}

#[test]
fn a_guest_does_not_make_the_audit_forget_what_operators_did() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #mine");
    let before = scene.hall.moderation.audit().clone();
    for _ in 0..9 {
        scene.does("gus", "/mute ann");
        scene.does("gus", "/unmute ann");
    }
    assert_eq!(*scene.hall.moderation.audit(), before);
}

#[test]
fn a_guest_does_not_use_up_all_bans() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #mine");
    let one = |id: u64, scene: &Scene| crate::moderation::Sanction {
        id: crate::id::SanctionId(id as _),
        kind: crate::moderation::SanctionKind::Ban,
        room: scene.hall.clients[scene.seat("gus").0].rooms.last().copied(),
        subject: crate::moderation::Subject::Person {
            account: Some(crate::id::AccountId(100 + id as i64)),
            origins: Vec::new(),
        },
        name: format!("name{id}").into(),
        by: "gus".into(),
        at: scene.now.wall,
        until: None,
        reason: None,
    };
    // As /ban does for each registered name, whether they are here or not.
    for id in 1..=limits::SANCTIONS_MAX as u64 {
        let sanction = one(id, &scene);
        scene.hall.moderation.impose(crate::hall::moderation::Imposed {
            sanction,
            clients: SmallVec::new(),
            since: None,
        });
    }
    scene.looked();
    scene.does("otto", "/ban bob");
    let told = scene.news("otto").join("\n");
    assert!(told.contains("bob is banned"), "{told}");
}

#[test]
fn what_ends_with_a_room_is_not_kept() {
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
    scene.hall.set_owner_token(token());
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
fn what_is_not_done_is_not_in_the_audit() {
    let mut scene = Scene::ordered();
    scene.does("ann", "/join #den");
    scene.does("otto", "/join #den");
    let before = scene.hall.moderation.audit().len();
    scene.takes_jobs(0);
    scene.looked();
    scene.does("otto", "/room end");
    let told = scene.news("otto").join("\n");
    assert!(told.contains("busy"), "{told}");
    assert_eq!(scene.hall.moderation.audit().len(), before);
}

#[test]
fn who_is_still_muted_is_not_told_that_they_can_talk() {
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
fn others_are_not_told_the_time_of_somebody_elses_zone() {
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
fn a_reason_is_told_as_it_was_given() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/mute bob see {date}");
    scene.looked();
    scene.does("otto", "/bans");
    let news = scene.news("otto").join("\n");
    assert!(news.contains("see {date}"), "{news}");
}

#[test]
fn who_is_unbanned_while_they_wait_comes_in() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/ban gus");
    later(&mut scene);
    scene.enters_from("gus2", "192.0.2.7:4001");
    scene.does("otto", "/unban gus");
    scene.looked();
    scene.does("ann", "hi");
    scene.sees_now("gus2", &["ann: hi"]);
}

// Random plays: nothing panics, nothing is given to a seat that was released or dismissed.
#[test]
fn random_plays() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let names = ["olga", "otto", "ann", "bob", "gus", "eve"];
    let commands = [
        "hi",
        "/join #a",
        "/join #b",
        "/join #c",
        "/leave",
        "/leave #lobby",
        "/kick @",
        "/kick #a @",
        "/kick #b @ x",
        "/ban @",
        "/ban #a @ 10m x",
        "/ban #b @",
        "/mute @ 5m",
        "/mute #a @",
        "/mute @",
        "/unban @",
        "/unmute @",
        "/unban #a @",
        "/unmute #a @",
        "/lockdown on",
        "/lockdown off",
        "/op @",
        "/deop @",
        "/op @ owner",
        "/logout",
        "/login @ secret1",
        "/register secret1",
        "/unregister secret1",
        "/room end",
        "/room lock",
        "/room unlock",
        "/topic x",
        "/invite @",
        "/msg @ hi",
        "/who",
        "/whois @",
        "/bans",
        "/audit",
        "/away x",
        "/quit bye",
        "/nick n1",
        "/nick n2",
        "/stats",
        "#a hi",
        "/room slow 3",
        "/history",
        "/join #a pw12345",
        "/room password pw12345",
        "/unban #b @",
        "/bans #a",
    ];
    let mut bad = Vec::new();
    for seed in 0..400u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize % below
        };
        let mut scene = Scene::ordered();
        let mut said = Vec::new();
        let result = catch_unwind(AssertUnwindSafe(|| {
            for _ in 0..300 {
                let name = names[random(names.len())];
                scene.waits(Duration::from_millis(1 + random(300) as u64));
                let is_here = scene.hall.seats.contains_key(&Scene::id(name));
                match random(12) {
                    0 => scene.hand_out(),
                    1 => scene.settle(),
                    2 if is_here => {
                        scene.leaves(name);
                        said.push(format!("{name} leaves"));
                    }
                    _ if !is_here => {
                        scene.hand_out();
                        scene.enters_from(
                            name,
                            ["192.0.2.7:1", "[::1]:1", "203.0.113.1:1"][random(3)],
                        );
                        said.push(format!("{name} enters"));
                    }
                    _ => {
                        let command = commands[random(commands.len())]
                            .replace('@', names[random(names.len())]);
                        said.push(format!("{name}: {command}"));
                        scene.asks(name, &command);
                    }
                }
            }
            scene.settle();
            scene.hand_out();
        }));
        if result.is_err() {
            bad.push((seed, said));
        }
    }
    for (seed, said) in bad.iter().take(3) {
        eprintln!("seed {seed}: {:?}", &said[said.len().saturating_sub(12)..]);
    }
    assert!(bad.is_empty(), "{} plays", bad.len());
}

#[test]
fn who_may_not_take_part_does_not_come_in_by_a_password_that_was_being_checked() {
    let mut scene = Scene::ordered();
    scene.does("ann", "/join #den pw12345");
    scene.looked();
    scene.asks("gus", "/join #den pw12345");
    scene.asks("otto", "/lockdown on");
    scene.settle();
    scene.looked();
    assert_eq!(scene.hall.clients[scene.seat("gus").0].rooms.len(), 1);
}

#[test]
fn who_was_banned_from_a_room_before_may_lift_it_as_an_operator() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #mine");
    scene.does("gus", "/ban ann");
    scene.does("olga", "/op ann");
    scene.looked();
    scene.does("ann", "/unban #mine ann");
    let news = scene.news("ann").join("\n");
    assert!(news.contains("is not banned from #mine any more"), "{news}");
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
fn an_operator_does_not_end_the_room_of_an_owner() {
    let mut scene = Scene::ordered();
    scene.does("olga", "/join #hq");
    scene.does("otto", "/join #hq");
    scene.looked();
    scene.does("otto", "/room end");
    let news = scene.news("otto").join("\n");
    assert!(news.contains("cannot") || news.contains("Only"), "{news}");
}

#[test]
fn who_is_not_muted_is_not_told_that_they_are_unmuted() {
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

/// `eve` is banned from #den, and then this happens: she still is after a restart.
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
fn bans_of_a_room_outlive_its_passing_to_an_heir() {
    is_still_banned_after(&[("ann", "/unregister secret1"), ("ann", "LEAVE")]);
}

#[test]
fn bans_of_a_room_outlive_its_owner_registering_anew() {
    is_still_banned_after(&[("ann", "/unregister secret1"), ("ann", "/register secret1")]);
}

#[test]
fn who_is_giving_up_their_name_takes_nobodys_rank() {
    let mut scene = Scene::ordered();
    scene.does("olga", "/op ann owner");
    scene.enters("more");
    scene.does("more", "/login olga secret1");
    scene.asks("olga", "/unregister secret1");
    scene.asks("more", "/deop ann");
    scene.settle();
    assert!(scene.hall.moderation.has_owner());
}

#[test]
fn who_has_left_waits_no_longer() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/lockdown on");
    for _ in 0..100 {
        scene.enters("eve");
        scene.leaves("eve");
        scene.hand_out();
    }
    assert!(scene.hall.waiting.is_empty());
}

#[test]
fn who_owns_a_room_no_more_gives_it_no_password() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #den");
    scene.does("bob", "/join #den");
    scene.asks("gus", "/room password opensesame");
    scene.does("otto", "/kick #den gus");
    let room = scene.hall.clients[scene.seat("bob").0].rooms.last().copied().unwrap();
    let rules = &scene.hall.rooms.find(room).unwrap().rules;
    assert!(rules.password.is_none(), "owner {:?}", rules.owner);
}

#[test]
fn who_is_muted_in_a_room_does_not_talk_there_by_its_topic_or_invitations() {
    let mut scene = Scene::ordered();
    scene.does("bob", "/join #den");
    scene.does("otto", "/join #den");
    scene.does("olga", "/mute #den otto");
    let refused = "That was not said: you are muted in #den until further notice";
    for command in ["/topic LISTEN", "/invite ann", "/room slow 9"] {
        scene.gets("otto", command, &[refused]);
    }
}
