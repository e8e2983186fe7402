//! The state of moderation survives a restart.

use super::*;
use crate::store::archive::Archive;
use tempfile::TempDir;

fn open(folder: &TempDir) -> Scene {
    Scene::with_archive(9, Archive::open(folder.path()).unwrap())
}

/// These people connect and log in.
fn come_back(scene: &mut Scene, names: &[&'static str]) {
    for name in names {
        scene.enters(name);
        scene.does(name, &format!("/login {name} secret1"));
    }
    scene.looked();
}

#[test]
fn ranks_sanctions_and_the_audit_log_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = open(&folder);
    for name in ["olga", "otto", "ann", "bob"] {
        scene.enters(name);
        scene.does(name, "/register secret1");
    }
    scene.enters_from("gus", "192.0.2.7:1");
    scene.chat.set_owner_token(token());
    let deeds = [
        ("olga", format!("/claim {}", token())),
        ("olga", "/op otto".to_owned()),
        ("ann", "/join #den".to_owned()),
        ("ann", "/ban bob 2h spam".to_owned()),
        ("otto", "/mute bob 1h".to_owned()),
        ("otto", "/ban gus".to_owned()),
        ("otto", "/ban 198.51.100.0/24 7d bots".to_owned()),
        ("otto", "/topic be kind".to_owned()),
        ("otto", "/room slow 9".to_owned()),
        ("otto", "/lockdown on".to_owned()),
    ];
    for (name, text) in &deeds {
        scene.does(name, text);
    }
    scene.looked();
    scene.does("otto", "/audit");
    let audit = scene.news("otto");
    scene.does("otto", "/bans");
    let bans = scene.news("otto");
    let now = scene.now;
    scene.ends();

    let mut scene = open(&folder);
    scene.now = now;
    scene.waits(Duration::from_secs(60));
    come_back(&mut scene, &["otto", "ann", "bob"]);
    let strings = |lines: &[String]| lines.to_vec();
    scene.does("otto", "/audit");
    assert_eq!(scene.news("otto"), strings(&audit));
    scene.does("otto", "/bans");
    assert_eq!(scene.news("otto"), strings(&bans));
    scene.gets("otto", "/op", &["Owners: olga", "Operators: otto"]);
    scene.enters_from("bot", "198.51.100.9:1");
    let news = scene.news("bot");
    assert!(news[0].ends_with(": bots"), "{news:?}");
    scene.gets("otto", "/topic", &["Topic of #lobby: be kind"]);
    scene.does("bob", "hi");
    assert!(scene.news("bob")[0].starts_with("Not sent: you are muted until"));
    scene.does("bob", "/join #den");
    assert!(scene.news("bob")[0].starts_with("You are banned from #den until"));
    // The lockdown is still on, and so is the ban of guests, which shows when the lockdown ends.
    scene.enters_from("gus", "192.0.2.7:2");
    scene.hand_out();
    assert!(scene.news("gus")[1].starts_with("Only registered users can take part"));
    scene.looked();
    scene.does("otto", "/lockdown off");
    scene.gets("gus", "/join #lobby", &[
        "Guests from your address cannot take part until further notice. If you have a registered \
         name: /login NAME",
    ]);
    scene.waits(Duration::from_secs(3600));
    scene.does("ann", "hi");
    scene.gets("bob", "hi", &["bob: hi"]);
    scene.gets("bob", "again", &["Not sent: #lobby is in slow mode. Please wait 9 s."]);
    scene.does("otto", "/unban gus");
    scene.does("otto", "/deop otto");
    scene.ends();

    let mut scene = open(&folder);
    scene.now = now;
    scene.enters_from("gus", "192.0.2.7:2");
    scene.gets("gus", "hi", &["gus: hi"]);
    scene.gets("gus", "/op", &["Owners: olga"]);
}

#[test]
fn sanctions_that_expired_before_a_restart_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = open(&folder);
    for name in ["olga", "bob"] {
        scene.enters(name);
        scene.does(name, "/register secret1");
    }
    scene.chat.set_owner_token(token());
    scene.does("olga", &format!("/claim {}", token()));
    scene.does("olga", "/ban bob 1h");
    scene.does("olga", "/ban 192.0.2.0/24 1h");
    let now = scene.now;
    scene.ends();

    let mut scene = open(&folder);
    scene.now = now;
    scene.waits(Duration::from_secs(3600));
    come_back(&mut scene, &["olga", "bob"]);
    scene.enters_from("gus", "192.0.2.7:1");
    scene.gets("olga", "/bans", &["Nobody is banned or muted."]);
    scene.gets("bob", "hi", &["bob: hi"]);
    scene.does("olga", "/mute bob");
    scene.ends();
    let kept = Archive::open(folder.path()).unwrap().load(0).unwrap().moderation;
    assert_eq!(kept.sanctions.len(), 1, "what was over is not kept any longer: {kept:?}");
}
