//! Everything about a person is erased.

use std::time::SystemTime;

use super::deletions::is_found;
use super::*;
use crate::chat::tests::moderation::token;
use crate::command::ChatCommand;
use crate::model::{AccountId, ErasedPerson, Erasure};

/// Ann, Bob and a guest have talked; Bob has also left Ann a private message, and has deleted a
/// message of the guest in his room.
fn talked(folder: &Path) -> Scene {
    let mut scene = prepared(folder);
    scene.does("bob", "the first zyxwvut");
    scene.does("ann", "hello bob");
    scene.does("bob", "/me the second zyxwvut");
    scene.enters("gus");
    scene.does("gus", "a guest speaks");
    scene.does("bob", "/join #pub");
    scene.does("gus", "/join #pub");
    scene.does("gus", "rude words");
    scene.does("bob", "/delete gus");
    scene.does("gus", "#lobby");
    scene.leaves("ann");
    scene.does("bob", "/msg ann the private zyxwvut");
    scene.looked();
    scene
}

fn apply(scene: &mut Scene, erasure: Erasure) {
    scene.applies(ChatCommand::Erase(erasure.into()));
    scene.settle();
    scene.hand_out();
}

const ERASED: [&str; 5] = [
    "The last 4 messages in #lobby:",
    "  T (erased): (deleted)",
    "  T ann: hello bob",
    "  T * (erased) (deleted)",
    "  T gus: a guest speaks",
];

#[test]
fn an_account_goes_with_everything_said() {
    let folder = tempdir();
    let mut scene = talked(folder.path());
    assert!(is_found(folder.path(), "zyxwvut"));
    scene.does("bob", "/unregister erase secret1");
    let told = [
        "bob is no longer registered. You keep the name while you are here.",
        "Nothing is left of your messages on the server's disk.",
    ];
    assert_eq!(scene.news("bob"), told);
    assert!(!is_found(folder.path(), "zyxwvut"));
    scene.does("gus", "/history");
    sees_past(&mut scene, "gus", &ERASED);
    scene.does("gus", "/history #pub");
    scene.does("gus", "/search zyxwvut");
    let expected = [
        "The last message in #pub:",
        "  T gus: (deleted)",
        "No message here contains all of these words.",
    ];
    sees_past(&mut scene, "gus", &expected);
    scene.enters("ann2");
    scene.looked();
    scene.does("ann2", "/login ann secret1");
    let news = scene.news("ann2").join("\n");
    assert!(!news.contains("private"), "{news}");
    scene.leaves("bob");
    scene.ends();
    // A name that is gone from everywhere.
    assert!(!is_found(folder.path(), "bob deleted") && !is_found(folder.path(), "\0bob\0"));
    let mut scene = Scene::with_history(folder.path());
    scene.enters("eve");
    let news: Vec<String> = scene.news("eve").iter().map(|line| without_time(line)).collect();
    assert_eq!(news[2..], ERASED);
}

#[test]
fn messages_may_stay_without_the_name() {
    let folder = tempdir();
    let mut scene = talked(folder.path());
    apply(&mut scene, Erasure::of_account(AccountId(2), "bob", SystemTime::UNIX_EPOCH, true));
    let gone = "bob is no longer registered. You keep the name while you are here.";
    scene.sees_now("bob", &[gone]);
    scene.does("gus", "/history");
    let expected = [
        "The last 4 messages in #lobby:",
        "  T (erased): the first zyxwvut",
        "  T ann: hello bob",
        "  T * (erased) the second zyxwvut",
        "  T gus: a guest speaks",
    ];
    sees_past(&mut scene, "gus", &expected);
    scene.does("gus", "/search zyxwvut");
    assert_eq!(scene.news("gus").len(), 3);
    scene.enters("ann");
    scene.does("ann", "/login ann secret1");
    let news = scene.news("ann").join("\n");
    assert!(news.contains("(erased) → you (private): the private zyxwvut"), "{news}");
}

#[test]
fn a_guest_is_erased_by_name_and_time() {
    let folder = tempdir();
    let mut scene = talked(folder.path());
    let wall = scene.now.wall;
    let guest = |from: SystemTime, until: SystemTime| Erasure {
        number: -5,
        key: "gus".into(),
        whose: ErasedPerson::Guest { from, until },
        keeps_messages: false,
    };
    let hour = Duration::from_secs(3_600);
    apply(&mut scene, guest(wall - 2 * hour, wall - hour));
    scene.does("bob", "/history #lobby 1");
    let last = |line| ["The last message in #lobby:", line];
    sees_past(&mut scene, "bob", &last("  T gus: a guest speaks"));
    apply(&mut scene, Erasure { number: -6, ..guest(wall - hour, wall + hour) });
    scene.does("bob", "/history #lobby 1");
    sees_past(&mut scene, "bob", &last("  T (erased): (deleted)"));
    // Registered people with other names keep theirs.
    assert!(is_found(folder.path(), "zyxwvut") && !is_found(folder.path(), "a guest speaks"));
    scene.does("gus", "still here");
    scene.does("bob", "/history #lobby 1");
    let news = scene.news("bob").join("\n");
    assert!(news.contains("gus: still here"), "{news}");
}

/// Somebody else may register a name that a banned guest had.
#[test]
fn bans_and_actions_from_before_the_registration_keep_the_name() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.chat.set_owner_token(token());
    scene.does("ann", &format!("/claim {}", token()));
    scene.enters("mal");
    scene.does("ann", "/mute mal");
    scene.leaves("mal");
    scene.waits(Duration::from_secs(2));
    scene.enters("eve");
    scene.does("eve", "/nick mal");
    scene.does("eve", "/register secret1");
    scene.does("eve", "/unregister erase secret1");
    scene.looked();
    scene.does("ann", "/audit");
    let news = scene.news("ann").join("\n");
    assert!(news.contains("ann muted mal") && !news.contains("(erased)"), "{news}");
}

/// A ban stays, and can be lifted by the address.
#[test]
fn a_ban_of_an_erased_person_can_be_lifted() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.chat.set_owner_token(token());
    scene.does("ann", &format!("/claim {}", token()));
    scene.does("ann", "/ban bob");
    let long_ago = SystemTime::UNIX_EPOCH;
    apply(&mut scene, Erasure::of_account(AccountId(2), "bob", long_ago, false));
    scene.looked();
    scene.does("ann", "/bans");
    let news = scene.news("ann").join("\n");
    assert!(news.contains("(erased)") && !news.contains("bob"), "{news}");
    scene.does("ann", "/unban ::1");
    scene.sees_now("ann", &["::1 is no longer banned."]);
    scene.does("ann", "/bans");
    let news = scene.news("ann").join("\n");
    assert!(!news.contains("(erased)"), "{news}");
}
