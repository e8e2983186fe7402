//! Past lines: which client is shown which of them.

pub(super) mod deletions;
mod erasures;
mod play;

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::scene::{Scene, here};
use crate::chat::state::views::{HistoryView, Question};
use crate::model::{HistoryAnswer, HistoryRequest, HistoryResult, LOBBY};
use crate::text::words::Query;

/// A scene on disk with people in the lobby, of whom `ann` and `bob` have accounts. `ann` owns
/// `#den`.
fn prepared(folder: &Path) -> Scene {
    let mut scene = Scene::with_history(folder);
    for name in ["ann", "bob"] {
        scene.enters(name);
        scene.does(name, "/register secret1");
    }
    scene.does("ann", "/join #den");
    scene.does("ann", "#lobby");
    scene.looked();
    scene
}

fn tempdir() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Checks what has appeared on a screen, with each time of day replaced by `T`.
#[track_caller]
fn sees_past(scene: &mut Scene, name: &str, expected: &[&str]) {
    let news: Vec<String> = scene.news(name).iter().map(|line| without_time(line)).collect();
    assert_eq!(news, expected, "on the screen of {name}");
}

fn without_time(line: &str) -> String {
    let is_time = |word: &&str| word.len() == 5 && word.as_bytes()[2] == b':';
    let words = line.split(|c: char| c != ':' && !c.is_ascii_digit());
    let word = words.map(|word| word.trim_end_matches(':')).find(is_time);
    word.map_or_else(|| line.to_owned(), |time| line.replacen(time, "T", 1))
}

#[test]
fn a_new_client_sees_the_last_lines_and_then_new_ones() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.says("ann", "one");
    scene.says("bob", "/me waves");
    // Lines that have not been handed out are past lines, too.
    scene.enters("cat");
    scene.says("ann", "two");
    scene.hand_out();
    sees_past(
        &mut scene,
        "cat",
        &[
            "Welcome, cat.",
            &here("in #lobby with bob and ann"),
            "The last 2 messages in #lobby:",
            "  T ann: one",
            "  T * bob waves",
            "ann: two",
        ],
    );
    for number in 0..20 {
        scene.says("ann", &format!("line {number}"));
    }
    scene.enters("dan");
    scene.hand_out();
    let shown = scene.news("dan").split_off(2);
    assert_eq!(shown.len(), 21, "{shown:?}");
    assert_eq!(shown[0], "The last 20 messages in #lobby:");
    assert!(shown[1].ends_with("ann: line 0") && shown[20].ends_with("ann: line 19"));
    scene.ends();
    let mut scene = Scene::with_history(folder.path());
    scene.enters("eve");
    scene.hand_out();
    assert_eq!(scene.news("eve")[3..], shown[1..], "the same after a restart");
    scene.ends();
}

#[test]
pub(super) fn a_client_that_joins_a_room_sees_the_last_lines_of_that_room_only() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.does("ann", "#den in the den");
    scene.does("ann", "in the lobby");
    scene.looked();
    scene.does("bob", "/join #den");
    sees_past(
        &mut scene,
        "bob",
        &[
            "You joined #den (2 people). You are talking there now.",
            "The last message in #den:",
            "  T ann: in the den",
        ],
    );
    // With another client of the same person, nothing has been missed.
    scene.enters("bob2");
    scene.looked();
    scene.does("bob2", "/login bob secret1");
    sees_past(&mut scene, "bob2", &["You are logged in as bob, now from 2 clients."]);
    scene.does("bob2", "/join #den");
    sees_past(
        &mut scene,
        "bob2",
        &[
            "You joined #den (2 people). You are talking there now.",
            "The last message in #den:",
            "  T ann: in the den",
        ],
    );
    scene.ends();
}

#[test]
fn registered_people_are_told_what_they_missed() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.does("bob", "/join #den");
    scene.does("bob", "#lobby");
    scene.leaves("bob");
    scene.waits(Duration::from_secs(60));
    for number in 0..37 {
        scene.says("ann", &format!("line {number}"));
    }
    scene.does("ann", "#den only here");
    scene.enters("bob");
    scene.looked();
    scene.does("bob", "/login bob secret1");
    let told = scene.news("bob").split_off(1);
    assert_eq!(told[0], "You are logged in as bob.");
    assert_eq!(without_time(&told[1]), "37 messages since you left at T; /history 37");
    assert_eq!(told.len(), 2);
    scene.does("bob", "/join #den");
    sees_past(
        &mut scene,
        "bob",
        &[
            "You joined #den (2 people). You are talking there now.",
            "1 message since you left at T; /history 1",
        ],
    );
    // Lines said meanwhile do not displace the missed ones.
    scene.does("ann", "and one more");
    scene.looked();
    scene.does("bob", "/history #lobby 37");
    let mut shown = scene.news("bob");
    assert_eq!(shown.remove(0), "What you missed in #lobby:");
    assert_eq!(shown.pop().unwrap(), "There is more: /more");
    scene.does("ann", "and another");
    scene.does("bob", "/more");
    assert_eq!(scene.news("bob")[0], "[#lobby] ann: and another");
    scene.looked();
    scene.does("bob", "/more");
    sees_past(
        &mut scene,
        "bob",
        &["There is nothing more to show. /history shows the latest messages."],
    );
    assert_eq!(shown.len(), 20);
    assert!(shown[0].ends_with("ann: line 0") && shown[19].ends_with("ann: line 19"), "{shown:?}");
    // From now on, the 37 lines are the latest ones.
    scene.does("bob", "/history #lobby 37");
    let shown = scene.news("bob");
    assert_eq!(shown[0], "The last 37 messages in #lobby:");
    assert!(shown[1].ends_with("ann: line 2"), "{shown:?}");
    scene.does("bob", "/history");
    sees_past(&mut scene, "bob", &["What you missed in #den:", "  T ann: only here"]);
    scene.ends();
}

#[test]
pub(super) fn parts_of_the_past() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.does("bob", "/tz UTC");
    let day = Duration::from_secs(24 * 60 * 60);
    let check = |scene: &mut Scene, asked: &str, expected: &[&str]| {
        scene.looked();
        scene.does("bob", asked);
        sees_past(scene, "bob", expected);
    };
    check(&mut scene, "/history", &["Nothing has been said in #lobby yet."]);
    // The scene begins on 2004-01-10 at 13:37:04.
    scene.says("ann", "long ago");
    scene.waits(3 * day);
    scene.says("ann", "the day before");
    scene.waits(day);
    scene.says("ann", "today");
    scene.waits(day / 12);
    scene.says("ann", "just now");
    check(&mut scene, "/history 1", &["The last message in #lobby:", "  T ann: just now"]);
    check(
        &mut scene,
        "/history 2h",
        &["In #lobby since 2004-01-14 T:", "  T ann: today", "  T ann: just now"],
    );
    check(&mut scene, "/history 30m", &["In #lobby since 2004-01-14 T:", "  T ann: just now"]);
    check(
        &mut scene,
        "/history yesterday",
        &["In #lobby from 2004-01-13 T to 2004-01-14 00:00:", "  2004-01-13 T ann: the day before"],
    );
    check(&mut scene, "/history 2004-01-11", &["There are no messages in #lobby from that time."]);
    check(
        &mut scene,
        "/history 999",
        &[
            "The last 4 messages in #lobby:",
            "  2004-01-10 T ann: long ago",
            "  2004-01-13 T ann: the day before",
            "  T ann: today",
            "  T ann: just now",
        ],
    );
    check(&mut scene, "/history #den", &["You are not in #den. /join #den takes you there."]);
    check(
        &mut scene,
        "/history #nowhere 5",
        &["You are not in #nowhere. /join #nowhere takes you there."],
    );
    let usage = "Usage: /history [#ROOM] [N | 2h | today | yesterday | 2026-11-24] [numbers], for example: \
                 /history 2h";
    for wrong in
        ["0", "-1", "1.5", "99999999999999999999", "2 h", "soon", "0m", "2004-02-30", "x 3"]
    {
        check(&mut scene, &format!("/history {wrong}"), &[usage]);
    }
    scene.ends();
}

#[test]
pub(super) fn searching() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    let check = |scene: &mut Scene, asked: &str, expected: &[&str]| {
        scene.looked();
        scene.does("bob", asked);
        sees_past(scene, "bob", expected);
    };
    scene.says("ann", "Red roses are red");
    scene.says("ann", "有人知道图书馆星期天晚上开不开门吗？");
    scene.says("ann", "/me smells a rose");
    scene.does("ann", "#den a secret about roses");
    let nothing = "No message here contains all of these words.";
    check(
        &mut scene,
        "/search roses",
        &["Messages containing roses, newest last:", "  T ann: Red roses are red"],
    );
    check(
        &mut scene,
        "/search ROSE",
        &[
            "Messages containing ROSE, newest last:",
            "  T ann: Red roses are red",
            "  T * ann smells a rose",
        ],
    );
    check(
        &mut scene,
        "/search 图书馆",
        &[
            "Messages containing 图书馆, newest last:",
            "  T ann: 有人知道图书馆星期天晚上开不开门吗？",
        ],
    );
    check(
        &mut scene,
        "/search 晚上 有人",
        &[
            "Messages containing 晚上 有人, newest last:",
            "  T ann: 有人知道图书馆星期天晚上开不开门吗？",
        ],
    );
    check(&mut scene, "/search secret", &[nothing]);
    check(&mut scene, "/search text:secret OR roses", &[nothing]);
    check(&mut scene, "/search #den roses", &["You are not in #den. /join #den takes you there."]);
    check(
        &mut scene,
        "/search !?…",
        &["There is no word to search for in !?…. For example: /search red roses"],
    );
    check(&mut scene, "/search", &["Usage: /search [#ROOM] WORDS, for example: /search red roses"]);
    scene.does("bob", "/join #den");
    check(
        &mut scene,
        "/search roses",
        &[
            "Messages containing roses, newest last:",
            "  T [#lobby] ann: Red roses are red",
            "  T ann: a secret about roses",
        ],
    );
    check(
        &mut scene,
        "/search #lobby roses",
        &["Messages containing roses, newest last:", "  T [#lobby] ann: Red roses are red"],
    );
    for number in 0..45 {
        scene.says("ann", &format!("needle {number}"));
    }
    scene.looked();
    let page = |scene: &mut Scene, asked: &str| {
        scene.does("bob", asked);
        let news = scene.news("bob");
        let found = news.iter().filter_map(|line| line.split("needle ").nth(1));
        (found.map(|number| number.parse().unwrap()).collect(), news.last().unwrap().clone())
    };
    let more = "There are earlier messages: /more";
    let (found, last): (Vec<i32>, _) = page(&mut scene, "/search needle");
    assert!(found == (25..45).collect::<Vec<_>>() && last == more, "{found:?} {last}");
    scene.looked();
    let (found, last): (Vec<i32>, _) = page(&mut scene, "/more");
    assert!(found == (5..25).collect::<Vec<_>>() && last == more, "{found:?} {last}");
    let (found, _): (Vec<i32>, _) = page(&mut scene, "/more");
    assert_eq!(found, (0..5).collect::<Vec<_>>());
    scene.ends();
}

#[test]
fn a_search_that_is_too_broad_is_explained() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    let index = scene.chat.indexes[&Scene::id("bob")];
    let answers = |scene: &mut Scene, content: HistoryResult| {
        let rooms = vec![(LOBBY, 1..=1)];
        let query = Query::parse("the").unwrap();
        let wanted = HistoryRequest::Search { rooms, query };
        let view = HistoryView { wanted, heading: None, has_numbers: false };
        scene.chat.clients[index.0].views().asked = Some(Question::View { view, deletions: 0 });
        let answer = HistoryAnswer::Found { asker: Scene::id("bob"), content };
        scene.chat.recall(answer, scene.now, &mut scene.screens);
    };
    scene.looked();
    answers(&mut scene, HistoryResult::TooMuch);
    scene.does("bob", "/more");
    let told = "The search took too long. Please use longer or rarer words.";
    let nothing_more = "There is nothing more to show. /history shows the latest messages.";
    sees_past(&mut scene, "bob", &[told, nothing_more]);
    scene.ends();
}

/// A later room with the same name has no past.
#[test]
fn the_past_of_a_room_ends_with_it() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.enters("cat");
    scene.does("cat", "/join #hut");
    scene.does("cat", "our secret");
    scene.does("cat", "/leave");
    scene.does("bob", "/join #hut");
    scene.looked();
    for asked in ["/history", "/search secret"] {
        scene.does("bob", asked);
    }
    sees_past(
        &mut scene,
        "bob",
        &["Nothing has been said in #hut yet.", "No message here contains all of these words."],
    );
    scene.does("bob", "/leave");
    scene.ends();
    let mut scene = Scene::with_history(folder.path());
    scene.enters("dan");
    scene.does("dan", "/join #hut");
    scene.looked();
    scene.does("dan", "/history");
    sees_past(&mut scene, "dan", &["Nothing has been said in #hut yet."]);
    scene.ends();
}

#[test]
fn past_lines_of_an_ignored_person_are_hidden() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.enters("cat");
    scene.says("ann", "from ann");
    scene.says("cat", "from cat");
    scene.says("bob", "from bob");
    scene.does("bob", "/ignore ann");
    scene.does("bob", "/ignore cat");
    scene.looked();
    scene.does("bob", "/history");
    sees_past(&mut scene, "bob", &["The last 3 messages in #lobby:", "  T bob: from bob"]);
    scene.does("bob", "/search from");
    sees_past(&mut scene, "bob", &["Messages containing from, newest last:", "  T bob: from bob"]);
    scene.does("bob", "/search ann");
    sees_past(&mut scene, "bob", &["No message here contains all of these words."]);
    scene.ends();
    // After a restart, a guest's client number means a different person.
    let mut scene = Scene::with_history(folder.path());
    scene.chat.options.origin += 1;
    scene.enters("bob");
    scene.does("bob", "/login bob secret1");
    scene.enters("cat");
    scene.does("bob", "/ignore cat");
    scene.looked();
    scene.does("bob", "/history");
    sees_past(
        &mut scene,
        "bob",
        &["The last 3 messages in #lobby:", "  T cat: from cat", "  T bob: from bob"],
    );
    scene.ends();
}

#[test]
fn one_question_at_a_time_and_talking_goes_on() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    for number in 0..30 {
        scene.says("ann", &format!("line {number}"));
    }
    scene.looked();
    scene.asks("bob", "/history 30");
    scene.asks("bob", "/search line");
    scene.asks("bob", "hello");
    scene.hand_out();
    scene.sees_now(
        "bob",
        &["The server is still working on your last request. Please wait.", "bob: hello"],
    );
    scene.settle();
    scene.hand_out();
    let shown = scene.news("bob");
    assert!(shown[1].ends_with("ann: line 0") && shown.len() == 22, "{shown:?}");
    // A client that has left the room meanwhile can no longer read it.
    scene.asks("bob", "/history 30");
    scene.asks("bob", "/leave");
    scene.looked();
    scene.settle();
    scene.sees_now("bob", &["You are no longer in that room."]);
    scene.leaves("bob");
    scene.ends();
}

/// The accounts worker and the history writer accept nothing for a while. Users can go on talking,
/// and everything that has to be stored is stored once they accept it again.
#[test]
fn lines_that_could_not_be_stored_are_marked() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    let say = |scene: &mut Scene, from: u32, until: u32| {
        for number in from..until {
            scene.does("ann", &format!("line {number}"));
        }
    };
    say(&mut scene, 0, 30);
    scene.is_busy(true);
    say(&mut scene, 30, 60);
    scene.leaves("bob");
    scene.hand_out();
    scene.is_busy(false);
    say(&mut scene, 60, 90);
    scene.enters("bob");
    scene.says("bob", "/login bob secret1");
    scene.looked();
    let mut shown = Vec::new();
    scene.does("bob", "/history 90");
    shown.extend(scene.news("bob"));
    while shown.last().is_some_and(|last| last == "There is more: /more") {
        shown.pop();
        scene.does("bob", "/more");
        shown.extend(scene.news("bob"));
    }
    assert_eq!(shown.len(), 1 + 30 + 1 + 30, "{shown:#?}");
    assert_eq!(shown[31], "… 30 messages here could not be saved");
    assert!(shown[30].ends_with("line 29") && shown[32].ends_with("line 60"));
    scene.leaves("bob");
    scene.ends();
    // The marker that could not be written at first has been written.
    let mut scene = Scene::with_history(folder.path());
    scene.enters("bob");
    scene.looked();
    scene.does("bob", "/login bob secret1");
    assert_eq!(scene.news("bob")[1..], ["You are logged in as bob."]);
    scene.ends();
}

/// Also if nothing is said after the lost lines before the server stops.
#[test]
fn lines_lost_at_the_end_are_marked_and_their_numbers_used_up() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    for number in 0..15 {
        scene.does("ann", &format!("line {number}"));
    }
    scene.does("bob", "/search line");
    scene.is_busy(true);
    for number in 15..60 {
        scene.does("ann", &format!("line {number}"));
    }
    scene.is_busy(false);
    scene.looked();
    scene.does("bob", "/history 50");
    let shown = scene.news("bob");
    // The last five lines on disk, those in neither place, and those in memory.
    assert_eq!(shown.len(), 1 + 5 + 1 + 20, "{shown:#?}");
    assert_eq!(shown[6], "… 25 messages here could not be saved");
    assert!(shown[5].ends_with("line 14") && shown[7].ends_with("line 40"), "{shown:#?}");
    scene.ends();

    let mut scene = Scene::with_history(folder.path());
    assert_eq!(scene.chat.rooms.find(LOBBY).unwrap().last_seq(), 60);
    scene.enters("cat");
    scene.does("cat", "again");
    scene.looked();
    scene.does("cat", "/history 50");
    let shown = scene.news("cat");
    assert_eq!(shown.len(), 1 + 4 + 1 + 1, "{shown:#?}");
    assert_eq!(shown[5], "… 45 messages here could not be saved");
    scene.ends();
}

#[test]
fn lines_seen_as_a_guest_are_not_missed_after_a_login() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.leaves("bob");
    scene.hand_out();
    scene.says("ann", "missed");
    scene.enters("bob");
    scene.says("ann", "seen");
    scene.looked();
    scene.does("bob", "/login bob secret1");
    let told = scene.news("bob");
    assert!(told[2].starts_with("1 message since you left at "), "{told:?}");
    scene.does("bob", "/history 1");
    sees_past(&mut scene, "bob", &["What you missed in #lobby:", "  T ann: missed"]);
    scene.does("bob", "/logout");
    scene.says("ann", "seen, too");
    scene.looked();
    scene.does("bob", "/login bob secret1");
    assert_eq!(scene.news("bob").len(), 2, "nothing is missed by who stays");
    scene.ends();
}

#[test]
fn a_refused_request_keeps_the_position() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.leaves("bob");
    scene.hand_out();
    for number in 0..30 {
        scene.says("ann", &format!("line {number}"));
    }
    scene.enters("bob");
    scene.says("bob", "/login bob secret1");
    scene.looked();
    scene.asks("bob", "/search nothing");
    scene.asks("bob", "/history 30");
    scene.settle();
    scene.says("ann", "one more");
    scene.looked();
    scene.does("bob", "/history 30");
    assert!(scene.news("bob")[1].ends_with("line 0"));
    scene.ends();
}

#[test]
fn without_a_disk_only_lines_in_memory_are_shown() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for number in 0..30 {
        scene.says("ann", &format!("line {number}"));
    }
    scene.looked();
    scene.does("bob", "/history 30");
    let shown = scene.news("bob");
    assert_eq!(
        shown[..2],
        ["The last 20 messages in #lobby:", "… older messages are no longer kept"]
    );
    assert!(shown.len() == 22 && shown[2].ends_with("line 10"), "{shown:?}");
    scene.does("bob", "/search line 17");
    sees_past(
        &mut scene,
        "bob",
        &["Messages containing line 17, newest last:", "  T ann: line 17"],
    );
}
