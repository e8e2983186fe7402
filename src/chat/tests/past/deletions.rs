//! Messages that were deleted.

use super::*;

pub(super) const ERASED: &str = "Deleted. Nothing is left of the message on the server's disk.";

/// Whether a text is found anywhere in the files of a folder.
pub(super) fn is_found(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
pub(in crate::chat::tests) fn an_own_message_is_taken_back() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.does("bob", "hello");
    scene.does("bob", "my password is zyxwvut");
    scene.does("ann", "oh");
    scene.says("ann", "/search zyxwvut");
    assert!(is_found(folder.path(), "zyxwvut"));
    scene.looked();
    scene.does("bob", "/delete");
    sees_past(&mut scene, "ann", &["bob deleted a message"]);
    sees_past(&mut scene, "bob", &["bob deleted a message", ERASED]);
    assert!(!is_found(folder.path(), "zyxwvut"));
    scene.does("ann", "/history");
    let history = |before| {
        ["The last 3 messages in #lobby:", before, "  T bob: (deleted by bob)", "  T ann: oh"]
    };
    sees_past(&mut scene, "ann", &history("  T bob: hello"));
    scene.does("ann", "/search zyxwvut");
    sees_past(&mut scene, "ann", &["No message here contains all of these words."]);
    // The last one that is left.
    scene.does("bob", "/delete");
    scene.looked();
    scene.does("bob", "/delete");
    sees_past(&mut scene, "bob", &["You have no messages here to delete."]);
    scene.ends();
    let mut scene = Scene::with_history(folder.path());
    scene.enters("eve");
    let news: Vec<String> = scene.news("eve").iter().map(|line| without_time(line)).collect();
    assert_eq!(news[2..], history("  T bob: (deleted by bob)"));
}

#[test]
pub(in crate::chat::tests) fn a_moderator_deletes_what_somebody_said_long_ago() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.does("ann", "#den");
    scene.enters("spam");
    scene.does("spam", "/join #den");
    for number in 0..30 {
        scene.does("spam", &format!("buy number{number}"));
    }
    scene.leaves("spam");
    for number in 0..5 {
        scene.does("ann", &format!("we talk {number}"));
    }
    scene.looked();
    scene.does("ann", "/delete spam 12");
    assert_eq!(
        scene.news("ann"),
        [
            "ann deleted 12 messages from spam",
            "Deleted 12 messages. Nothing is left of them on the server's disk.",
        ]
    );
    scene.does("ann", "/delete #den 3");
    scene.looked();
    scene.does("ann", "/delete #den 3");
    assert_eq!(scene.news("ann"), ["Message 3 in #den is already deleted."]);
    scene.does("ann", "/search number2");
    sees_past(&mut scene, "ann", &["No message here contains all of these words."]);
    assert!(!is_found(folder.path(), "number29") && !is_found(folder.path(), "number18"));
    assert!(is_found(folder.path(), "number17"));
    scene.does("bob", "/join #den");
    scene.looked();
    scene.does("bob", "/delete spam");
    assert_eq!(scene.news("bob"), ["Only ann, the owner of #den, and operators can do that."]);
    scene.does("bob", "/delete #den 4");
    scene.does("ann", "/delete spam 1001");
    assert_eq!(scene.news("ann"), ["You can delete at most 1000 messages at a time."]);
    scene.does("ann", "/delete spam 1000");
    assert_eq!(scene.news("ann")[0], "ann deleted 17 messages from spam");
    scene.does("ann", "/delete spam");
    assert_eq!(scene.news("ann"), ["spam has said nothing here that could be deleted."]);
}

const NOTHING: &str = "No message here contains all of these words.";

/// Sends a line, and checks the complete answer, with each time of day replaced by `T`.
#[track_caller]
fn gets(scene: &mut Scene, name: &str, text: &str, expected: &[&str]) {
    scene.looked();
    scene.does(name, text);
    sees_past(scene, name, expected);
}

#[test]
fn the_message_deleted_is_the_last_one_although_it_has_not_been_handed_out() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.does("bob", "hello");
    scene.looked();
    scene.says("bob", "secret hello");
    scene.says("bob", "/delete");
    scene.hand_out();
    sees_past(&mut scene, "ann", &["bob: secret hello", "bob deleted a message"]);
    let history = ["The last 2 messages in #lobby:", "  T bob: hello", "  T bob: (deleted by bob)"];
    gets(&mut scene, "ann", "/history", &history);
    gets(&mut scene, "ann", "/search secret", &[NOTHING]);
    let found = ["Messages containing hello, newest last:", "  T bob: hello"];
    gets(&mut scene, "ann", "/search hello", &found);
    assert!(!is_found(folder.path(), "secret hello"));
    scene.ends();
}

#[test]
pub(in crate::chat::tests) fn the_history_shows_numbers_on_request() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    for text in ["one", "two", "/me waves"] {
        scene.does("bob", text);
    }
    scene.does("bob", "/delete");
    let last_two =
        ["The last 2 messages in #lobby:", "  2 T bob: two", "  3 T * bob (deleted by bob)"];
    let all = ["The last 3 messages in #lobby:", "  1 T bob: one", last_two[1], last_two[2]];
    for asked in ["/history numbers", "/history #lobby numbers", "/history 3 NUMBERS"] {
        gets(&mut scene, "ann", asked, &all);
    }
    for asked in ["/history numbers 2", "/history 2 numbers", "/history #lobby 2 numbers"] {
        gets(&mut scene, "ann", asked, &last_two);
    }
    gets(
        &mut scene,
        "ann",
        "/history 1",
        &["The last message in #lobby:", "  T * bob (deleted by bob)"],
    );
    for number in 4..26 {
        scene.does("bob", &format!("line {number}"));
    }
    scene.looked();
    scene.does("ann", "/history numbers 22");
    let shown = scene.news("ann");
    assert_eq!(without_time(&shown[1]), "  4 T bob: line 4");
    assert_eq!(without_time(&shown[20]), "  23 T bob: line 23");
    assert_eq!(shown[21], "There is more: /more");
    gets(&mut scene, "ann", "/more", &["  24 T bob: line 24", "  25 T bob: line 25"]);
    scene.ends();
}

#[test]
fn deletions_are_told_in_chinese() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.does("bob", "/join #den");
    scene.does("ann", "#den");
    scene.does("ann", "/lang zh");
    for text in ["one", "two", "three"] {
        scene.does("bob", text);
    }
    scene.looked();
    scene.does("bob", "/delete");
    sees_past(&mut scene, "ann", &["bob 删除了 1 条消息"]);
    gets(
        &mut scene,
        "ann",
        "/delete bob 2",
        &["ann 删除了 bob 的 2 条消息", "已删除 2 条消息，服务器的磁盘上也不再保留。"],
    );
    sees_past(&mut scene, "bob", &["ann deleted 2 messages from bob"]);
    scene.looked();
    scene.does("ann", "/history 2 numbers");
    let shown: Vec<String> = scene.news("ann").iter().map(|line| without_time(line)).collect();
    assert_eq!(shown[1..], ["  2 T bob: （已被 ann 删除）", "  3 T bob: （已被 bob 删除）"]);
    for (asked, told) in [
        ("/delete", "您在这里没有可以删除的消息。"),
        ("/delete bob", "bob 在这里没有可以删除的消息。"),
        ("/delete #den 3", "#den 中的第 3 条消息已被删除。"),
        ("/delete bob 1001", "一次最多删除 1000 条消息。"),
    ] {
        gets(&mut scene, "ann", asked, &[told]);
    }
    scene.ends();
}

#[test]
fn without_a_disk_messages_in_memory_are_deleted() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for text in ["red roses", "red tulips"] {
        scene.does("bob", text);
    }
    gets(&mut scene, "bob", "/delete", &["bob deleted a message", ERASED]);
    let found = ["Messages containing red, newest last:", "  T bob: red roses"];
    gets(&mut scene, "ann", "/search red", &found);
    let history =
        ["The last 2 messages in #lobby:", "  T bob: red roses", "  T bob: (deleted by bob)"];
    gets(&mut scene, "ann", "/history", &history);
    // After a page of other lines, nothing that he said is in memory.
    for number in 0..20 {
        scene.does("ann", &format!("line {number}"));
    }
    let nothing = "You have no messages here to delete.";
    gets(&mut scene, "bob", "/delete", &[nothing]);
}

#[test]
fn the_audit_log_says_whose_messages_were_deleted_and_not_what_they_said() {
    let mut scene = Scene::ordered();
    for name in ["bob", "gus", "otto"] {
        scene.does(name, "a secret");
        scene.does(name, "another secret");
    }
    scene.does("otto", "/delete");
    scene.does("bob", "/delete");
    scene.does("otto", "/delete gus 2");
    scene.does("otto", "/delete #lobby 1");
    scene.looked();
    scene.does("otto", "/audit");
    let told: Vec<String> = scene.news("otto").iter().map(|line| without_time(line)).collect();
    assert_eq!(
        told[told.len() - 3..],
        [
            "  T  olga made otto an operator",
            "  T  otto deleted 2 messages from gus in #lobby",
            "  T  otto deleted a message from bob in #lobby",
        ]
    );
}

#[test]
fn messages_are_those_of_whoever_has_the_name_or_had_it() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.does("ann", "#den");
    for name in ["spam", "eve"] {
        scene.enters(name);
        scene.does(name, "/join #den");
    }
    for number in 0..5 {
        scene.does("spam", &format!("buy {number}"));
    }
    let done = ["ann deleted a message from spam", ERASED];
    let nothing = ["spam has said nothing here that could be deleted."];
    scene.does("ann", "/ignore spam");
    gets(&mut scene, "ann", "/delete spam", &done);
    scene.leaves("spam");
    gets(&mut scene, "ann", "/delete SPAM", &done);
    // Another guest has the name now, and may have had it before.
    scene.does("eve", "/nick spam");
    gets(&mut scene, "ann", "/delete spam", &done);
    scene.does("eve", "/nick eve");
    gets(&mut scene, "ann", "/delete spam", &done);
    scene.ends();
    // After a restart, a guest's client number means a different person.
    let mut scene = Scene::with_history(folder.path());
    scene.chat.options.origin += 1;
    for name in ["ann", "spam"] {
        scene.enters(name);
    }
    scene.does("ann", "/login ann secret1");
    for name in ["ann", "spam"] {
        scene.does(name, "/join #den");
    }
    gets(&mut scene, "spam", "/delete", &["You have no messages here to delete."]);
    gets(&mut scene, "ann", "/delete spam", &done);
    scene.leaves("spam");
    gets(&mut scene, "ann", "/delete spam", &nothing);
    scene.ends();
}

/// `cat` has said a line in a room of `dan`, and it is on disk only.
fn told_of_long_ago(folder: &Path) -> Scene {
    let mut scene = prepared(folder);
    for name in ["dan", "cat"] {
        scene.enters(name);
        scene.does(name, "/join #hut");
    }
    scene.does("cat", "mine");
    for number in 0..25 {
        scene.does("dan", &format!("line {number}"));
    }
    scene.looked();
    scene
}

#[test]
fn a_room_may_end_while_the_history_looks_for_what_to_delete() {
    let folder = tempdir();
    let mut scene = told_of_long_ago(folder.path());
    scene.asks("cat", "/delete");
    scene.asks("dan", "/kick #hut cat");
    scene.asks("dan", "/leave");
    scene.looked();
    scene.settle();
    scene.hand_out();
    assert_eq!(scene.news("cat"), ["You are no longer in that room."]);
    assert_eq!(scene.resumed("cat"), 1);
    scene.ends();
}

#[test]
fn a_message_that_is_deleted_while_the_history_is_asked_is_deleted_once() {
    let folder = tempdir();
    let mut scene = told_of_long_ago(folder.path());
    let erased = "Deleted 2 messages. Nothing is left of them on the server's disk.";
    let done = ["cat deleted a message", "dan deleted 2 messages from cat", erased];
    scene.does("cat", "mine, too");
    for expected in
        [&done[..], &["cat deleted a message", "cat has said nothing here that could be deleted."]]
    {
        scene.does("cat", "and mine");
        scene.looked();
        scene.asks("dan", "/delete cat 3");
        scene.asks("cat", "/delete");
        scene.settle();
        scene.hand_out();
        assert_eq!(scene.news("dan"), expected);
        let history = ["The last message in #hut:", "  T cat: (deleted by cat)"];
        gets(&mut scene, "dan", "/history 1", &history);
    }
    scene.ends();
}

#[test]
fn numbers_that_no_message_has_are_refused() {
    let folder = tempdir();
    let mut scene = told_of_long_ago(folder.path());
    for number in [27, 1 << 36, u64::MAX] {
        let told =
            format!("There is no message {number} in #hut. /history numbers shows the numbers.");
        gets(&mut scene, "dan", &format!("/delete #hut {number}"), &[&told]);
    }
    let usage = "Usage: /delete [NAME [N] | #ROOM NUMBER], for example: /delete";
    for wrong in ["#hut 0", "#hut -1", "#hut", "cat 0", "cat x", "cat 1 2"] {
        gets(&mut scene, "dan", &format!("/delete {wrong}"), &[usage]);
    }
    scene.ends();
}

#[test]
fn a_client_that_is_logged_out_while_the_history_is_asked_can_go_on() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.enters("bob2");
    scene.does("bob2", "/login bob secret1");
    scene.does("bob", "mine");
    for number in 0..25 {
        scene.does("ann", &format!("line {number}"));
    }
    scene.looked();
    scene.resumed("bob");
    scene.asks("bob", "/delete");
    scene.asks("bob2", "/unregister secret1");
    scene.settle();
    assert_eq!(scene.resumed("bob"), 1); // 0: `change_person` drops the question with the views.
    scene.ends();
}

#[test]
fn a_message_on_disk_that_two_people_delete_at_once_is_deleted_once() {
    let folder = tempdir();
    let mut scene = told_of_long_ago(folder.path());
    scene.asks("cat", "/delete");
    scene.asks("dan", "/delete cat");
    scene.settle();
    scene.looked();
    scene.does("dan", "/history 26 numbers");
    assert_eq!(without_time(&scene.news("dan")[1]), "  1 T cat: (deleted by cat)"); // by dan
    scene.ends();
}

#[test]
fn a_guest_who_registers_takes_back_what_the_guest_said() {
    let folder = tempdir();
    let mut scene = prepared(folder.path());
    scene.enters("gus");
    scene.does("gus", "my password is zyxwvut");
    scene.does("gus", "/register secret1");
    scene.looked();
    scene.does("gus", "/delete");
    assert_eq!(scene.news("gus"), ["gus deleted a message", ERASED]);
    // Others delete it by the name, too.
    scene.does("ann", "#den");
    scene.enters("hal");
    scene.does("hal", "/join #den");
    scene.does("hal", "spam");
    scene.does("hal", "/register secret1");
    scene.looked();
    scene.does("ann", "/delete hal");
    assert_eq!(scene.news("ann")[0], "ann deleted a message from hal");
    scene.ends();
}

#[test]
fn a_page_that_was_asked_for_before_a_deletion_does_not_show_the_message() {
    let folder = tempdir();
    let mut scene = told_of_long_ago(folder.path());
    for (request, answer) in
        [("/history 30", "The last 27 messages in #hut:"), ("/search too", "No message here")]
    {
        scene.does("cat", "mine, too");
        scene.looked();
        scene.asks("dan", request);
        scene.has_answer();
        scene.asks("cat", "/delete");
        scene.settle();
        let news = scene.news("dan").join("\n");
        assert!(!news.contains("mine, too") && news.contains(answer), "{news}");
    }
    scene.ends();
}
