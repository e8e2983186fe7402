//! A clock that is wrong, or is set while the server runs, neither freezes the chat nor ages it.

use std::time::Duration;

use super::scene::Scene;
use crate::limits;
use crate::model::SanctionKind;
use crate::store::archive::Archive;

const HOUR: Duration = Duration::from_secs(60 * 60);
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Sets the clock. Time itself goes on.
fn sets(scene: &mut Scene, is_ahead: bool, by: Duration) {
    match is_ahead {
        true => scene.now.wall += by,
        false => scene.now.wall -= by,
    }
}

#[test]
fn a_mute_lasts_its_full_time_however_the_clock_is_set() {
    for is_ahead in [false, true] {
        let mut scene = Scene::ordered();
        scene.does("otto", "/mute gus 1h");
        sets(&mut scene, is_ahead, YEAR);
        scene.waits(HOUR - Duration::from_secs(1));
        scene.looked();
        scene.does("gus", "hi");
        assert_eq!(scene.codes("gus"), ["muted"], "{is_ahead}");
        scene.does("otto", "/bans");
        assert_eq!(scene.news("otto").len(), 2, "{is_ahead}");
        scene.waits(Duration::from_secs(1));
        scene.looked();
        scene.does("gus", "hi");
        assert_eq!(scene.news("gus"), ["gus: hi"], "{is_ahead}");
    }
}

#[test]
fn deadlines_hold_however_the_clock_is_set() {
    for is_ahead in [false, true] {
        let mut scene = Scene::with(&["ann", "bob"]);
        scene.arrives("cat");
        scene.does("ann", "/join #den");
        scene.does("bob", "/join #den");
        scene.does("ann", "/room slow 10");
        scene.does("bob", "one");
        sets(&mut scene, is_ahead, YEAR);
        scene.looked();
        scene.does("bob", "two");
        assert_eq!(scene.codes("bob"), ["slow-mode"]);
        scene.waits(limits::ARRIVAL_TIME);
        scene.comes_to_its_deadline();
        assert!(scene.news("ann").iter().any(|line| line.contains(" joined")), "{is_ahead}");
        scene.waits(Duration::from_secs(10));
        scene.does("bob", "two");
        assert_eq!(scene.codes("bob"), [""; 0]);
    }
}

/// A machine without a battery for its clock begins in the past, and learns the time later.
#[test]
fn a_stored_ban_ends_at_the_time_that_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Archive::open(folder.path()).unwrap();
    let mut scene = Scene::ordered_in(open());
    scene.does("otto", "/mute bob 2h");
    scene.ends();
    let is_muted = |scene: &Scene| {
        let of_bob = |one: &crate::chat::state::sanctions::ActiveSanction| {
            one.sanction.kind == SanctionKind::Mute && !one.is_over(scene.now)
        };
        scene.chat.moderation.all(of_bob).count() == 1
    };
    let mut scene = Scene::with_archive(9, open());
    sets(&mut scene, false, YEAR);
    assert!(is_muted(&scene));
    sets(&mut scene, true, YEAR);
    scene.waits(HOUR);
    assert!(is_muted(&scene));
    scene.waits(HOUR);
    assert!(!is_muted(&scene));
}

#[test]
fn a_clock_that_is_ahead_at_the_start_removes_no_ban_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Archive::open(folder.path()).unwrap();
    let mut scene = Scene::ordered_in(open());
    scene.does("otto", "/mute bob 2h");
    scene.ends();
    let mut scene = Scene::with_archive(9, open());
    sets(&mut scene, true, YEAR);
    scene.enters("otto");
    scene.does("otto", "/login otto secret1");
    scene.looked();
    scene.does("otto", "/bans");
    scene.sees_now("otto", &["Nobody is banned or muted."]);
    // This forgets what is over.
    scene.does("otto", "/mute ann 1h");
    sets(&mut scene, false, YEAR);
    scene.looked();
    scene.does("otto", "/bans");
    let news = scene.news("otto");
    assert!(news.len() == 3 && news[1].contains("bob"), "{news:?}");
    // Once it is over by any measure, it is removed.
    scene.waits(3 * HOUR);
    scene.does("otto", "/mute ann 1h");
    scene.ends();
    let kept = open().load(0).unwrap().moderation.sanctions;
    assert_eq!(kept.iter().map(|one| &*one.name).collect::<Vec<_>>(), ["ann"]);
}
