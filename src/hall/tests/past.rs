//! What was said before: who is shown which of it, and that what is shown and what is seen live is
//! together everything, once each, in order.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::scene::Scene;
use crate::id::LOBBY;

/// A scene on the disk with people in the lobby, of whom `ann` and `bob` have accounts, and `#den`,
/// which is ann's.
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

/// What is on a screen now, with each time of the day as `T`.
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
fn who_comes_is_shown_the_last_lines_and_then_what_comes() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.says("ann", "one");
    scene.says("bob", "/me waves");
    // What has not been handed out was said before, too.
    scene.enters("cat");
    scene.says("ann", "two");
    scene.hand_out();
    sees_past(
        &mut scene,
        "cat",
        &[
            "Welcome cat",
            "The last 2 lines in #lobby:",
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
    let shown = scene.news("dan").split_off(1);
    assert_eq!(shown.len(), 21, "{shown:?}");
    assert_eq!(shown[0], "The last 20 lines in #lobby:");
    assert!(shown[1].ends_with("ann: line 0") && shown[20].ends_with("ann: line 19"));
    scene.ends();
    let mut scene = Scene::with_history(folder.path());
    scene.enters("eve");
    scene.hand_out();
    assert_eq!(scene.news("eve")[2..], shown[1..], "the same after a restart");
    scene.ends();
}

#[test]
fn into_other_rooms_too_and_only_of_those() {
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
            "You are in #den now, 2 people. What you say goes there.",
            "The last line in #den:",
            "  T ann: in the den",
        ],
    );
    // From another client of the same person there is nothing that they have missed.
    scene.enters("bob2");
    scene.looked();
    scene.does("bob2", "/login bob secret1");
    sees_past(&mut scene, "bob2", &["You are logged in as bob, and here from 2 clients now."]);
    scene.does("bob2", "/join #den");
    sees_past(
        &mut scene,
        "bob2",
        &[
            "You are in #den now, 2 people. What you say goes there.",
            "The last line in #den:",
            "  T ann: in the den",
        ],
    );
    scene.ends();
}

#[test]
fn who_has_an_account_is_told_what_they_missed() {
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
    assert_eq!(without_time(&told[1]), "37 lines since you left at T; /history 37");
    assert_eq!(told.len(), 2);
    scene.does("bob", "/join #den");
    sees_past(
        &mut scene,
        "bob",
        &[
            "You are in #den now, 2 people. What you say goes there.",
            "1 line since you left at T; /history 1",
        ],
    );
    // What is said meanwhile does not push out what was missed.
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
    sees_past(&mut scene, "bob", &["There is nothing more. /history shows what was said last."]);
    assert_eq!(shown.len(), 20);
    assert!(shown[0].ends_with("ann: line 0") && shown[19].ends_with("ann: line 19"), "{shown:?}");
    // Now 37 lines are the last ones.
    scene.does("bob", "/history #lobby 37");
    let shown = scene.news("bob");
    assert_eq!(shown[0], "The last 37 lines in #lobby:");
    assert!(shown[1].ends_with("ann: line 2"), "{shown:?}");
    scene.does("bob", "/history");
    sees_past(&mut scene, "bob", &["What you missed in #den:", "  T ann: only here"]);
    scene.ends();
}

#[test]
fn parts_of_the_past() {
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
    check(&mut scene, "/history 1", &["The last line in #lobby:", "  T ann: just now"]);
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
    check(&mut scene, "/history 2004-01-11", &["There is nothing of that to show of #lobby."]);
    check(
        &mut scene,
        "/history 999",
        &[
            "The last 4 lines in #lobby:",
            "  2004-01-10 T ann: long ago",
            "  2004-01-13 T ann: the day before",
            "  T ann: today",
            "  T ann: just now",
        ],
    );
    check(
        &mut scene,
        "/history #den",
        &["You are not in #den. /join #den takes you there; /say says a line that begins with #."],
    );
    check(
        &mut scene,
        "/history #nowhere 5",
        &[
            "You are not in #nowhere. /join #nowhere takes you there; /say says a line that begins with #.",
        ],
    );
    let usage = "Usage: /history [#ROOM] [N | 30m | 2h | yesterday], for example: /history 2h";
    for wrong in
        ["0", "-1", "1.5", "99999999999999999999", "2 h", "soon", "0m", "2004-02-30", "x 3"]
    {
        check(&mut scene, &format!("/history {wrong}"), &[usage]);
    }
    scene.ends();
}

#[test]
fn searching() {
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
    let nothing = "Nothing that was said here holds all of these words.";
    check(&mut scene, "/search roses", &["  T ann: Red roses are red"]);
    check(&mut scene, "/search ROSE", &["  T ann: Red roses are red", "  T * ann smells a rose"]);
    check(&mut scene, "/search 图书馆", &["  T ann: 有人知道图书馆星期天晚上开不开门吗？"]);
    check(&mut scene, "/search 晚上 有人", &["  T ann: 有人知道图书馆星期天晚上开不开门吗？"]);
    check(&mut scene, "/search secret", &[nothing]);
    check(&mut scene, "/search text:secret OR roses", &[nothing]);
    check(
        &mut scene,
        "/search #den roses",
        &["You are not in #den. /join #den takes you there; /say says a line that begins with #."],
    );
    check(
        &mut scene,
        "/search !?…",
        &["There is nothing in !?… to look for. Write words, for example: /search red roses"],
    );
    check(&mut scene, "/search", &["Usage: /search [#ROOM] WORDS, for example: /search red roses"]);
    scene.does("bob", "/join #den");
    check(
        &mut scene,
        "/search roses",
        &["  T [#lobby] ann: Red roses are red", "  T ann: a secret about roses"],
    );
    check(&mut scene, "/search #lobby roses", &["  T [#lobby] ann: Red roses are red"]);
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
    let more = "There are earlier ones: /more";
    let (found, last): (Vec<i32>, _) = page(&mut scene, "/search needle");
    assert!(found == (25..45).collect::<Vec<_>>() && last == more, "{found:?} {last}");
    scene.looked();
    let (found, last): (Vec<i32>, _) = page(&mut scene, "/more");
    assert!(found == (5..25).collect::<Vec<_>>() && last == more, "{found:?} {last}");
    let (found, _): (Vec<i32>, _) = page(&mut scene, "/more");
    assert_eq!(found, (0..5).collect::<Vec<_>>());
    scene.ends();
}

/// Another room that is later called the same has nothing of it.
#[test]
fn a_room_takes_its_past_along() {
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
        &[
            "Nothing has been said in #hut yet.",
            "Nothing that was said here holds all of these words.",
        ],
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
fn who_is_ignored_is_not_heard_of_the_past_either() {
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
    sees_past(&mut scene, "bob", &["The last 3 lines in #lobby:", "  T bob: from bob"]);
    scene.does("bob", "/search from");
    sees_past(&mut scene, "bob", &["  T bob: from bob"]);
    scene.does("bob", "/search ann");
    sees_past(&mut scene, "bob", &["Nothing that was said here holds all of these words."]);
    scene.ends();
    // The number of a guest's client means somebody else after a restart.
    let mut scene = Scene::with_history(folder.path());
    scene.hall.options.seed += 1;
    scene.enters("bob");
    scene.does("bob", "/login bob secret1");
    scene.enters("cat");
    scene.does("bob", "/ignore cat");
    scene.looked();
    scene.does("bob", "/history");
    sees_past(
        &mut scene,
        "bob",
        &["The last 3 lines in #lobby:", "  T cat: from cat", "  T bob: from bob"],
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
        &["What you asked for last is still being looked up. Please wait for it.", "bob: hello"],
    );
    scene.settle();
    scene.hand_out();
    let shown = scene.news("bob");
    assert!(shown[1].ends_with("ann: line 0") && shown.len() == 22, "{shown:?}");
    // Who has gone from the room meanwhile reads nothing of it.
    scene.asks("bob", "/history 30");
    scene.asks("bob", "/leave");
    scene.looked();
    scene.settle();
    scene.sees_now("bob", &["You are not in that room any more."]);
    scene.leaves("bob");
    scene.ends();
}

/// A registrar and a historian that take nothing: talking goes on, and what has to be kept is when
/// they take it again.
#[test]
fn what_could_not_be_kept_is_marked() {
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
    assert_eq!(shown[31], "… 30 lines here could not be kept");
    assert!(shown[30].ends_with("line 29") && shown[32].ends_with("line 60"));
    scene.leaves("bob");
    scene.ends();
    // The mark that could not be written at once has been since.
    let mut scene = Scene::with_history(folder.path());
    scene.enters("bob");
    scene.looked();
    scene.does("bob", "/login bob secret1");
    assert_eq!(scene.news("bob")[1..], ["You are logged in as bob."]);
    scene.ends();
}

/// Also where nothing is said after them, and the server ends.
#[test]
fn what_was_lost_last_is_marked_and_its_numbers_are_used_up() {
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
    // Of the lines on the disk the last five, what is on neither, and what is at hand.
    assert_eq!(shown.len(), 1 + 5 + 1 + 20, "{shown:#?}");
    assert_eq!(shown[6], "… 25 lines here could not be kept");
    assert!(shown[5].ends_with("line 14") && shown[7].ends_with("line 40"), "{shown:#?}");
    scene.ends();

    let mut scene = Scene::with_history(folder.path());
    assert_eq!(scene.hall.rooms.find(LOBBY).unwrap().last_seq(), 60);
    scene.enters("cat");
    scene.does("cat", "again");
    scene.looked();
    scene.does("cat", "/history 50");
    let shown = scene.news("cat");
    assert_eq!(shown.len(), 1 + 4 + 1 + 1, "{shown:#?}");
    assert_eq!(shown[5], "… 45 lines here could not be kept");
    scene.ends();
}

#[test]
fn what_a_guest_has_seen_is_not_missed_by_who_it_is() {
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
    assert!(told[2].starts_with("1 line since you left at "), "{told:?}");
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
fn who_is_refused_keeps_their_place() {
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
fn without_a_disk_there_is_what_is_at_hand() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for number in 0..30 {
        scene.says("ann", &format!("line {number}"));
    }
    scene.looked();
    scene.does("bob", "/history 30");
    let shown = scene.news("bob");
    assert_eq!(shown[..2], ["The last 30 lines in #lobby:", "… older lines are no longer kept"]);
    assert!(shown.len() == 22 && shown[2].ends_with("line 10"), "{shown:?}");
    scene.does("bob", "/search line 17");
    sees_past(&mut scene, "bob", &["  T ann: line 17"]);
}

const PEOPLE: [&str; 2] = ["ann", "bob"];

#[derive(Clone, Copy, Debug)]
enum Act {
    Comes(usize),
    Goes(usize),
    Joins(usize),
    Leaves(usize),
    Says(usize, bool),
    GuestSays,
    ReadsPage(usize),
    HandsOut,
    Restarts,
    Crashes,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let who = 0..PEOPLE.len();
    let act = prop_oneof![
        3 => who.clone().prop_map(Act::Comes),
        2 => who.clone().prop_map(Act::Goes),
        2 => who.clone().prop_map(Act::Joins),
        1 => who.clone().prop_map(Act::Leaves),
        8 => (who.clone(), any::<bool>()).prop_map(|(who, in_den)| Act::Says(who, in_den)),
        8 => Just(Act::GuestSays),
        2 => who.prop_map(Act::ReadsPage),
        2 => Just(Act::HandsOut),
        1 => Just(Act::Restarts),
        1 => Just(Act::Crashes),
    ];
    prop::collection::vec(act, 0..80)
}

const ROOMS: [&str; 2] = ["#lobby", "#den"];

/// What somebody ought to know of a room, and does.
#[derive(Debug, Default)]
struct Knowledge {
    is_there: bool,
    /// Up to where they have been there, of what was said; `None` before they first come.
    read: Option<usize>,
    /// Lines that they are still to be shown by `/history`.
    to_catch_up: Vec<String>,
    /// Lines that they are still to see as they come.
    to_see: Vec<String>,
}

struct Play {
    folder: TempDir,
    scene: Option<Scene>,
    /// By room.
    said: [Vec<String>; 2],
    known: [[Knowledge; 2]; 2],
    /// Who is in the middle of catching up, and where: there is more by `/more`.
    pages: [Option<usize>; 2],
    lines: usize,
    guests: usize,
}

impl Play {
    fn new() -> Self {
        let folder = tempdir();
        let mut scene = prepared(folder.path());
        scene.does("bob", "/join #den");
        scene.does("bob", "/leave #den");
        scene.does("ann", "/leave #den");
        for name in PEOPLE {
            scene.leaves(name);
        }
        scene.hand_out();
        let known = Default::default();
        let mut play = Self {
            folder,
            scene: Some(scene),
            said: Default::default(),
            known,
            pages: [None; 2],
            lines: 0,
            guests: 0,
        };
        for who in 0..2 {
            for room in 0..2 {
                play.known[who][room].read = Some(0);
            }
        }
        play.guest_comes();
        play
    }

    fn scene(&mut self) -> &mut Scene {
        self.scene.as_mut().unwrap()
    }

    /// A guest who is always there, and is shown the last lines first.
    fn guest_comes(&mut self) {
        self.scene().enters("cat");
        let from = self.said[0].len().saturating_sub(20);
        let mut expected = self.said[0][from..].to_vec();
        let mut shown = self.scene().news("cat").split_off(1);
        if !expected.is_empty() {
            assert!(shown.remove(0).starts_with("The last "));
        }
        for (shown, expected) in shown.iter().zip(expected.drain(..)) {
            assert!(shown.starts_with("  ") && shown.ends_with(&expected), "{shown} {expected}");
        }
        assert_eq!(shown.len(), self.said[0].len() - from);
        self.guests += 1;
    }

    fn act(&mut self, act: Act) {
        self.scene().waits(Duration::from_secs(7));
        match act {
            Act::Comes(who) if !self.known[who][0].is_there && !self.is_here(who) => {
                self.scene().hand_out();
                self.scene().enters(PEOPLE[who]);
                self.scene().news(PEOPLE[who]);
                let login = format!("/login {} secret1", PEOPLE[who]);
                self.scene().says(PEOPLE[who], &login);
                self.comes_into(who, 0);
            }
            Act::Goes(who) if self.is_here(who) => {
                self.scene().leaves(PEOPLE[who]);
                self.goes(who);
            }
            Act::Joins(who) if self.is_here(who) && !self.known[who][1].is_there => {
                self.scene().says(PEOPLE[who], "/join #den");
                self.comes_into(who, 1);
            }
            Act::Leaves(who) if self.known[who][1].is_there => {
                self.scene().says(PEOPLE[who], "/leave #den");
                self.looks(who);
                self.known[who][1].is_there = false;
                self.known[who][1].to_catch_up.clear();
                self.pages[who] = None;
            }
            Act::Says(who, in_den) if self.known[who][usize::from(in_den)].is_there => {
                self.says(PEOPLE[who], usize::from(in_den));
            }
            Act::GuestSays => self.says("cat", 0),
            Act::ReadsPage(who) if self.is_here(who) => self.reads_page(who),
            Act::HandsOut => self.scene().hand_out(),
            Act::Restarts => self.ends(|scene, _| scene.ends()),
            Act::Crashes => self.ends(Scene::crashes),
            _ => {}
        }
    }

    fn is_here(&self, who: usize) -> bool {
        self.known[who].iter().any(|known| known.is_there)
    }

    fn says(&mut self, name: &str, room: usize) {
        self.lines += 1;
        let text = format!("line-{}.", self.lines);
        self.scene().says(name, &format!("{} {text}", ROOMS[room]));
        self.said[room].push(text.clone());
        for known in self.known.iter_mut().map(|known| &mut known[room]) {
            if known.is_there {
                known.to_see.push(text.clone());
                known.read = known.read.map(|read| read + 1);
            }
        }
    }

    /// They are told how much they have missed, exactly.
    fn comes_into(&mut self, who: usize, room: usize) {
        self.known[who][room].is_there = true;
        let all = self.said[room].len();
        let read = self.known[who][room].read.replace(all).unwrap();
        self.known[who][room].to_catch_up = self.said[room][read..].to_vec();
        let told = self.looks(who);
        let count = all - read;
        let promise = told.iter().find(|line| line.contains("since you left"));
        let promise = promise.map_or("0 ", |promise| promise.as_str());
        assert!(promise.starts_with(&format!("{count} ")), "{count} in {}: {told:?}", ROOMS[room]);
    }

    /// They ask for what they have missed, or for the next page of it.
    fn reads_page(&mut self, who: usize) {
        let wanted = |known: &Knowledge| known.is_there && !known.to_catch_up.is_empty();
        let (room, asked) = match self.pages[who] {
            Some(room) => (room, "/more".to_owned()),
            None => match (0..2).find(|room| wanted(&self.known[who][*room])) {
                Some(room) => {
                    let count = self.known[who][room].to_catch_up.len();
                    (room, format!("/history {} {count}", ROOMS[room]))
                }
                None => return,
            },
        };
        self.looks(who);
        self.scene().asks(PEOPLE[who], &asked);
        // Somebody says something before the answer comes.
        self.lines += 1;
        let text = format!("line-{}.", self.lines);
        self.scene().asks("cat", &text);
        self.said[0].push(text.clone());
        for known in self.known.iter_mut().map(|known| &mut known[0]).filter(|known| known.is_there)
        {
            known.to_see.push(text.clone());
            known.read = known.read.map(|read| read + 1);
        }
        self.scene().settle();
        let told = self.looks(who);
        let shown: Vec<&String> = told.iter().filter(|line| line.starts_with("  ")).collect();
        let expected: Vec<String> =
            self.known[who][room].to_catch_up.drain(..shown.len()).collect();
        assert!(!shown.is_empty(), "{told:?}");
        for (shown, expected) in shown.iter().zip(&expected) {
            assert!(shown.ends_with(expected.as_str()), "{shown} {expected}");
        }
        let has_more = !self.known[who][room].to_catch_up.is_empty();
        assert_eq!(told.last().is_some_and(|last| last.contains("/more")), has_more, "{told:?}");
        self.pages[who] = has_more.then_some(room);
    }

    fn goes(&mut self, who: usize) {
        self.looks(who);
        for known in &mut self.known[who] {
            known.is_there = false;
            known.to_catch_up.clear();
        }
        self.pages[who] = None;
    }

    /// What is on somebody's screen, of which live lines are all that were said, once each and in
    /// order.
    fn looks(&mut self, who: usize) -> Vec<String> {
        self.scene().hand_out();
        let news = self.scene().news(PEOPLE[who]);
        for (room, name) in ROOMS.iter().enumerate() {
            let expected = std::mem::take(&mut self.known[who][room].to_see);
            let live = news.iter().filter(|line| !line.starts_with("  ")).filter_map(|line| {
                let text = line.rsplit(": ").next()?;
                self.said[room].iter().find(|said| said.as_str() == text).cloned()
            });
            assert_eq!(live.collect::<Vec<_>>(), expected, "{name} on {news:?}");
        }
        news
    }

    fn ends(&mut self, end: impl FnOnce(Scene, &mut TempDir)) {
        for who in 0..2 {
            if self.is_here(who) {
                self.goes(who);
            }
        }
        self.scene().hand_out();
        end(self.scene.take().unwrap(), &mut self.folder);
        self.scene = Some(Scene::with_history(self.folder.path()));
        self.guest_comes();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn history_and_what_comes_are_all_that_was_said(acts in acts()) {
        let mut play = Play::new();
        for act in acts {
            play.act(act);
        }
        for who in 0..2 {
            while play.is_here(who)
                && play.known[who].iter().any(|known| known.is_there && !known.to_catch_up.is_empty())
            {
                play.reads_page(who);
            }
        }
        play.ends(|scene, _| scene.ends());
    }
}
