//! Information about the server, for everyone and for operators.

use super::*;
use crate::model::{HistoryAnswer, JobOutcome};
use crate::store::archive::tests::execute;

#[test]
fn the_server_describes_itself() {
    let mut scene = Scene::ordered();
    scene.does("ann", "/join #den");
    scene.does("ann", "hi");
    scene.waits(Duration::from_secs(3_720));
    let version = format!("hobnob {}", env!("CARGO_PKG_VERSION"));
    scene.gets("gus", "/version", &[&version]);
    scene.looked();
    scene.does("gus", "/uptime");
    assert!(scene.news("gus")[0].starts_with("This server has been up for 1 h 2 min, since "));
    scene.does("gus", "/stats");
    let news = scene.news("gus");
    assert_eq!(
        news[..3],
        [
            "People      5  (clients: 5, rooms: 2)",
            "Lines       1 sent, 7 delivered, 3 skipped for slow readers",
            "Queued      2 KiB",
        ]
    );
    assert!(news[3].starts_with("Memory      "), "{news:?}");
    assert_eq!(news[4], "Up for      1 h 2 min");
    assert_eq!(scene.resumed("gus"), 1);
}

#[test]
fn only_operators_see_addresses() {
    let mut scene = Scene::ordered();
    let told = |scene: &mut Scene, name: &'static str, text: &str| {
        scene.looked();
        scene.does(name, text);
        scene.news(name).join("\n")
    };
    assert!(told(&mut scene, "otto", "/whois gus").contains("  from 192.0.2.7"));
    assert!(!told(&mut scene, "ann", "/whois gus").contains("192.0.2.7"));
    assert!(told(&mut scene, "gus", "/whois otto").contains("  an operator of this server"));
    assert!(told(&mut scene, "gus", "/whois olga").contains("  an owner of this server"));
    scene.does("ann", "/join #den");
    scene.does("ann", "/room hide");
    assert!(told(&mut scene, "otto", "/rooms").contains("#den"));
    assert!(!told(&mut scene, "bob", "/rooms").contains("#den"));
}

#[test]
fn operators_can_change_any_room_and_it_is_audited() {
    let mut scene = Scene::ordered();
    scene.gets("otto", "/topic be kind", &["otto set the topic: be kind"]);
    scene.gets(
        "ann",
        "/topic be rude",
        &["#lobby has no owner, so its settings cannot be changed. /join #NAME creates a room of \
           your own."],
    );
    scene.gets(
        "otto",
        "/room slow 30",
        &["otto turned on slow mode: one message per person every 30 s"],
    );
    scene.does("ann", "one");
    scene.gets("ann", "two", &["Not sent: #lobby is in slow mode. Please wait 30 s."]);
    scene.does("otto", "one");
    scene.gets("otto", "two", &["otto: two"]);
    for change in ["lock", "hide", "end", "password secret"] {
        scene.gets(
            "otto",
            &format!("/room {change}"),
            &["#lobby has no owner, so its settings cannot be changed. /join #NAME creates a room \
               of your own."],
        );
    }
    scene.does("ann", "/join #den");
    scene.does("otto", "/join #den");
    scene.gets("otto", "/room lock", &["otto locked this room: only invited people can join"]);
    scene.looked();
    scene.does("otto", "/audit");
    let at = in_time(&scene, Duration::ZERO);
    assert_eq!(
        scene.news("otto")[3..],
        [
            format!("  {at}  otto changed the room in #lobby: topic be kind"),
            format!("  {at}  otto changed the room in #lobby: slow 30"),
            format!("  {at}  otto changed the room in #den: lock"),
        ]
    );
    scene.gets("ann", "/audit", &["Only operators can do that. /op lists them."]);
}

#[test]
fn the_first_page_of_the_audit_log_is_the_latest() {
    let mut scene = Scene::ordered();
    for number in 0..30 {
        scene.does("otto", &format!("/topic {number}"));
    }
    scene.looked();
    scene.does("otto", "/audit");
    let news = scene.news("otto");
    assert_eq!(news.len(), 22);
    assert!(news[20].ends_with("topic 29"), "{news:?}");
    assert_eq!(news[21], "Page 1 of 2. Next: /audit 2");
    scene.does("otto", "/audit 2");
    let news = scene.news("otto");
    assert_eq!(news.len(), 13);
    assert!(news[1].ends_with("olga claimed the server"), "{news:?}");
    assert!(news[12].ends_with("topic 9"), "{news:?}");
}

#[test]
fn operators_are_told_when_the_disk_fails() {
    let mut scene = Scene::ordered();
    let failed = JobOutcome::NotKept { problem: "disk full".to_owned() };
    scene.learns_of(failed);
    let told = "The server cannot write to its disk and keeps trying. Until it succeeds, new \
                messages and changes are not saved. See the log for details.";
    scene.sees_now("otto", &[told]);
    scene.sees_now("olga", &[told]);
    scene.sees_now("ann", &[]);
}

#[test]
fn operators_are_told_once_everything_is_saved_again() {
    let archive = Archive::in_memory().unwrap();
    let mut scene = Scene::ordered_in(archive.clone());
    scene.saves();
    let recovered = |scene: &mut Scene| {
        scene.chat.recall(
            HistoryAnswer::Recovered { lines_lost: 2 },
            scene.now,
            &mut scene.screens,
        );
    };
    recovered(&mut scene);
    let works = "The server can write to its disk again. Lines lost: 2.";
    scene.sees_now("otto", &[works]);
    execute(&archive, "PRAGMA query_only = 1");
    scene.asks("otto", "/ban bob");
    scene.looked();
    scene.learns();
    let news = scene.news("otto");
    assert!(news[0].starts_with("The server cannot write to its disk"), "{news:?}");
    // The messages are saved again, but not everything else.
    recovered(&mut scene);
    let not_all = "Messages are being saved again. Lines lost: 2. Some changes are not saved yet.";
    scene.sees_now("otto", &[not_all]);
    scene.asks("otto", "/lockdown on");
    scene.looked();
    execute(&archive, "PRAGMA query_only = 0");
    scene.learns();
    scene.sees_now("otto", &[]);
    scene.learns();
    let banned = "bob is banned until further notice, and so are guests from ::1.";
    let shared = "2 other people here have the same address. If they reconnect as guests, this \
                  also applies to them.";
    let locked = "otto started a lockdown: only registered users can talk";
    scene.sees_now("otto", &[banned, shared, locked, "All changes are saved now."]);
    let kept = archive.load(0).unwrap().moderation;
    assert!(kept.lockdown && kept.sanctions.len() == 1, "{kept:?}");
    recovered(&mut scene);
    scene.sees_now("otto", &[works]);
}
