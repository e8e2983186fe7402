//! Rooms: creating, joining and leaving them, talking in one and reading the others.

use std::time::Duration;

use super::scene::Scene;
use crate::command::ChatCommand;
use crate::limits;
use crate::model::{RoomId, Verdict};

const MADE_GARDEN: &str =
    "You created #garden and own it. /topic TEXT sets its topic; /help room lists its settings.";

/// Sends a line, and hands out if each line is to be a batch of its own.
fn act(scene: &mut Scene, is_batch: bool, name: &str, text: &str) {
    scene.says(name, text);
    if is_batch {
        scene.hand_out();
    }
}

/// Checks the reply to a line.
#[track_caller]
fn check(scene: &mut Scene, name: &str, text: &str, expected: &[&str]) {
    scene.looked();
    scene.does(name, text);
    assert_eq!(scene.news(name), expected, "{name} typed {text}");
}

#[test]
fn lines_of_other_rooms_are_tagged_from_the_right_line_on_in_one_batch_or_in_many() {
    for is_batch in [false, true] {
        let mut scene = Scene::with(&["ann", "bob"]);
        for (name, text) in [
            ("bob", "zero"),
            ("ann", "/join #garden"),
            ("bob", "one"),
            ("bob", "/join #garden"),
            ("bob", "two"),
            ("bob", "#lobby three"),
            ("ann", "#lobby"),
            ("bob", "four"),
            ("ann", "five"),
            ("ann", "/join #garden"),
            ("ann", "six"),
            ("ann", "/me waves"),
        ] {
            act(&mut scene, is_batch, name, text);
        }
        scene.hand_out();
        let anns = [
            "bob: zero",
            MADE_GARDEN,
            "[#lobby] bob: one",
            "bob joined",
            "bob: two",
            "[#lobby] bob: three",
            "You are talking in #lobby now.",
            "[#garden] bob: four",
            "ann: five",
            "You are talking in #garden now.",
            "ann: six",
            "* ann waves",
        ];
        scene.sees_now("ann", &anns);
        let bobs = [
            "bob: zero",
            "bob: one",
            "You joined #garden (2 people). You are talking there now.",
            "bob: two",
            "[#lobby] bob: three",
            "bob: four",
            "[#lobby] ann: five",
            "ann: six",
            "* ann waves",
        ];
        scene.sees_now("bob", &bobs);
    }
}

#[test]
pub(super) fn rooms_are_handed_out_in_the_order_in_which_something_happened_in_them() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for name in ["ann", "bob"] {
        scene.does(name, "/join #a");
        scene.does(name, "/join #b");
    }
    scene.looked();
    for text in ["#lobby one", "#a two", "three"] {
        scene.says("bob", text);
    }
    scene.hand_out();
    scene.sees_now("ann", &["[#lobby] bob: one", "[#a] bob: two", "bob: three"]);
}

#[test]
fn a_reply_follows_all_earlier_lines_of_every_room() {
    let commands = [
        "/topic",
        "/who",
        "/who #a",
        "/rooms",
        "/whois bob",
        "/nope",
        "/help",
        "/help join",
        "/leave #zzz",
        "#lobby",
        "#b",
        "/join #a",
        "/join #new",
        "/leave",
        "/leave #a",
        "/away",
        "/ignore bob",
        "/quiet",
        "/tz",
        "/timestamps off",
        "/bell off",
        "/colour off",
        "/plain",
        "/msg bob psst",
        "/invite bob #zzz",
        "/room lock x",
        "/room password secret",
        "/login x y",
        "/register secret123",
        "/nick bob",
        "//",
        "/msg bob psst",
        "/join #shut wrong",
        "/join #shut secret",
    ];
    for command in commands {
        let mut scene = Scene::with(&["ann", "bob", "eve"]);
        scene.does("eve", "/join #shut secret");
        for name in ["ann", "bob"] {
            scene.does(name, "/join #a");
            scene.does(name, "/join #b");
        }
        scene.looked();
        for text in ["#lobby one", "#a two", "#b three", "#lobby four"] {
            scene.says("bob", text);
        }
        scene.says("ann", command);
        scene.hand_out();
        let news = scene.news("ann");
        let are_lines = news.iter().map(|line| line.contains("bob: ") && !line.contains("psst"));
        let answered = are_lines.clone().position(|is_line| !is_line);
        let lines = are_lines.filter(|is_line| *is_line).count();
        assert_eq!(lines, 4, "{command}: {news:?}");
        assert!(answered.is_none_or(|answered| answered == 4), "{command}: {news:?}");
    }
}

#[test]
fn effects_of_other_users_follow_all_earlier_lines() {
    for command in ["/msg ann psst", "/invite ann #c"] {
        let mut scene = Scene::with(&["ann", "bob"]);
        for name in ["ann", "bob"] {
            scene.does(name, "/join #a");
        }
        scene.does("bob", "/join #c");
        scene.looked();
        for text in ["#lobby one", "#a two", command, "#lobby three"] {
            scene.says("bob", text);
        }
        scene.hand_out();
        let news = scene.news("ann");
        assert_eq!(news.len(), 4, "{news:?}");
        assert!(news[2].starts_with("bob → you") || news[2].starts_with("bob invited"), "{news:?}");
        assert_eq!(news[3], "[#lobby] bob: three");
    }
}

#[test]
pub(super) fn joining_rooms() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    let usage = "Usage: /join #ROOM [PASSWORD], for example: /join #garden";
    let beginning =
        "After its #, a room name must start with a letter or digit, for example: #garden";
    let now_in = "You joined #garden (2 people). You are talking there now.";
    let locked = "#garden is locked. Ask its owner to /invite you.";
    let needs = "#garden needs a password: /join #garden PASSWORD";
    let mut check = |name, text, expected: &[&str]| check(&mut scene, name, text, expected);
    check("ann", "/join", &[usage]);
    check("ann", "/join #", &[usage]);
    check("ann", "/join #-", &[beginning]);
    check(
        "ann",
        "/join #a/b",
        &["A name cannot contain /; only letters, digits, - _ and . are allowed."],
    );
    check(
        "ann",
        "/join #лobby",
        &["лobby mixes letters from different scripts. Please use only one."],
    );
    check(
        "ann",
        "/join #1obby",
        &["#1obby looks too similar to the existing room #lobby. /join #lobby, or choose another \
           name."],
    );
    check("ann", "/join garden", &[MADE_GARDEN]);
    check("ann", "/join #GARDEN", &["You are talking in #garden now."]);
    check("ann", "/topic flowers", &["ann set the topic: flowers"]);
    check("bob", "/join ＃Garden", &[now_in, "Topic of #garden: flowers"]);
    check("bob", "/leave", &["You left #garden. You are talking in #lobby now."]);
    check("ann", "/room lock", &["ann locked this room: only invited people can join"]);
    check("bob", "/join #garden", &[locked]);
    check("bob", "/join #garden secret", &[locked]);
    check("ann", "/room password secret", &["#garden now has a password: /join #garden PASSWORD"]);
    check("bob", "/join #garden secret", &[locked]);
    check("ann", "/room unlock", &["ann unlocked this room"]);
    check("bob", "/join #garden", &[needs]);
    check("bob", "/join #garden Secret", &["Wrong password for #garden."]);
    check("bob", "/join #garden \u{e000}", &["Wrong password for #garden."]);
    check("bob", "/join #garden secret", &[now_in, "Topic of #garden: flowers"]);
    check("bob", "/leave #garden", &["You left #garden. You are talking in #lobby now."]);
    check("ann", "/topic off", &["ann removed the topic"]);
    check("ann", "/invite bob", &["bob is now invited to #garden."]);
    check("bob", "/join #garden", &[now_in]);
    check("ann", "/invite bob", &["bob is already in #garden."]);
    check("ann", "/invite nobody", &["There is no user named nobody. /who lists who is here."]);
    check("ann", "/room password off", &["#garden no longer needs a password."]);
    check(
        "cat",
        "/join #garden anything",
        &["You joined #garden (3 people). You are talking there now."],
    );
    check(
        "cat",
        "/join #den secret phrase",
        &[
            "You created #den and own it. /topic TEXT sets its topic; /help room lists its \
             settings.",
            "#den now has a password: /join #den PASSWORD",
        ],
    );
    check(
        "ann",
        "/join #den secret phrase",
        &["You joined #den (2 people). You are talking there now."],
    );
}

#[test]
fn each_answer_about_a_password_lets_the_client_go_on_once() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/join #den secret");
    assert_eq!(scene.resumed("ann"), 1);
    for text in ["/join #den wrong", "/join #den secret", "/join #den secret", "/join #lobby x"] {
        scene.does("bob", text);
        assert_eq!(scene.resumed("bob"), 1, "{text}");
    }
    scene.does("bob", "/room password mine");
    assert_eq!(scene.resumed("bob"), 1);
    scene.does("bob", "/join #den");
    assert_eq!(scene.resumed("bob"), 0, "nothing was waited for");
}

#[test]
fn an_old_room_password_admits_nobody_once_it_is_changed() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/join #den secret");
    scene.asks("ann", "/room password changed");
    scene.asks("bob", "/join #den secret");
    scene.settle();
    scene.looked();
    check(&mut scene, "bob", "/who #den", &["1 person is in #den:", "  ann"]);
    check(
        &mut scene,
        "bob",
        "/join #den changed",
        &["You joined #den (2 people). You are talking there now."],
    );
}

#[test]
fn guesses_at_a_room_password_are_limited() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/join #den secret");
    for _ in 0..limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
        check(&mut scene, "bob", "/join #den wrong", &["Wrong password for #den."]);
    }
    let too_often = "Too many attempts. Please try again in 30 s.";
    check(&mut scene, "bob", "/join #den wrong", &[too_often]);
    check(&mut scene, "bob", "/join #den secret", &[too_often]);
    scene.waits(limits::WRONG_PASSWORD_FROM_ADDRESS_INTERVAL);
    let now_in = "You joined #den (2 people). You are talking there now.";
    check(&mut scene, "bob", "/join #den secret", &[now_in]);
}

#[test]
fn limits_of_rooms() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    for number in 0..limits::ROOMS_OWNED_MAX {
        scene.does("bob", &format!("/join #b{number}"));
        scene.does("cat", &format!("/join #c{number}"));
    }
    check(&mut scene, "bob", "/join #more", &["You already own 16 rooms, the maximum."]);
    let rooms = (0..limits::ROOMS_OWNED_MAX).flat_map(|n| [format!("#b{n}"), format!("#c{n}")]);
    for room in rooms.take(limits::ROOMS_PER_CLIENT_MAX - 1) {
        scene.does("ann", &format!("/join {room}"));
    }
    let full = ["You are already in 32 rooms, the maximum. /leave one first."];
    check(&mut scene, "ann", "/join #c15", &full);
    check(&mut scene, "ann", "/join #new", &full);
    check(&mut scene, "ann", "/join #b3", &["You are talking in #b3 now."]);
    check(&mut scene, "ann", "/leave #b3", &["You left #b3. You are talking in #b15 now."]);
    let now_in = "You joined #c15 (2 people). You are talking there now.";
    check(&mut scene, "ann", "/join #c15", &[now_in]);
}

#[test]
pub(super) fn leaving() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for name in ["ann", "bob"] {
        scene.does(name, "/join #garden");
    }
    let left_garden = "You left #garden. You are talking in #lobby now.";
    let left_all =
        "You left #lobby and are no longer in any room. /join #lobby takes you to the lobby.";
    let nobody_hears =
        "You are not in any room. /join #lobby takes you to the lobby; /rooms lists all rooms.";
    let not_in = "You are not in #garden. /join #garden takes you there.";
    check(&mut scene, "bob", "/leave #den", &[&not_in.replace("garden", "den")]);
    check(&mut scene, "bob", "/leave", &[left_garden]);
    scene.sees_now("ann", &["bob left"]);
    check(&mut scene, "bob", "/leave #garden", &[not_in]);
    let not_in = "You are not in #garden. /join #garden takes you there; to say a line that starts \
                  with #, use /say.";
    check(&mut scene, "bob", "#garden hi", &[not_in]);
    check(&mut scene, "bob", "hi", &["bob: hi"]);
    scene.sees_now("ann", &["[#lobby] bob: hi"]);
    check(&mut scene, "bob", "/leave", &[left_all]);
    scene.sees_now("ann", &["[#lobby] bob left"]);
    for text in ["hi", "/me waves", "//hi", "/say #hi", "/topic", "/leave", "/room lock"] {
        check(&mut scene, "bob", text, &[nobody_hears]);
    }
    scene.sees_now("ann", &[]);
    check(&mut scene, "bob", "/who", &["1 person is in #lobby:", "  ann"]);
    let back = "You joined #lobby (2 people). You are talking there now.";
    check(&mut scene, "bob", "/join #lobby", &[back]);
    scene.sees_now("ann", &["[#lobby] bob joined"]);
}

#[test]
pub(super) fn changes_of_a_room_are_shown_to_its_members() {
    let mut scene = Scene::with(&["ann", "bob", "eve"]);
    for name in ["ann", "bob"] {
        scene.does(name, "/join #garden");
    }
    let mut check = |text, expected| {
        scene.looked();
        scene.does("ann", text);
        scene.sees_now("ann", &[expected]);
        scene.sees_now("bob", &[expected]);
        scene.sees_now("eve", &[]);
    };
    check("/topic flowers", "ann set the topic: flowers");
    check("/topic off", "ann removed the topic");
    check("/room lock", "ann locked this room: only invited people can join");
    check("/room unlock", "ann unlocked this room");
    check("/room hide", "ann hid this room: it is no longer listed");
    check("/room show", "ann made this room visible: it is listed again");
    check("/room slow 10", "ann turned on slow mode: one message per person every 10 s");
    check("/room slow off", "ann turned off slow mode");
}

#[test]
pub(super) fn a_slow_room_says_how_long_to_wait() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for name in ["ann", "bob"] {
        scene.does(name, "/join #garden");
    }
    scene.does("ann", "/room slow 10");
    let slow = |s| format!("Not sent: #garden is in slow mode. Please wait {s} s.");
    check(&mut scene, "bob", "one", &["bob: one"]);
    for text in ["two", "/me waves", "#garden two", "/say two", "//two"] {
        check(&mut scene, "bob", text, &[&slow(10)]);
    }
    scene.waits(Duration::from_millis(8_500));
    check(&mut scene, "bob", "two", &[&slow(2)]);
    scene.waits(Duration::from_millis(1_500));
    check(&mut scene, "bob", "two", &["bob: two"]);
    check(&mut scene, "bob", "#lobby elsewhere", &["[#lobby] bob: elsewhere"]);
    check(&mut scene, "bob", "/msg ann psst", &["you → ann (private): psst"]);
    for text in ["one", "two"] {
        check(&mut scene, "ann", text, &[&format!("ann: {text}")]);
    }
    scene.does("ann", "/room slow off");
    check(&mut scene, "bob", "three", &["bob: three"]);
}

#[test]
fn a_room_that_has_ended_has_no_owner_in_one_batch_or_in_many() {
    for is_batch in [false, true] {
        for way_out in ["/leave", ""] {
            let mut scene = Scene::with(&["ann", "bob"]);
            act(&mut scene, is_batch, "ann", "/join #garden");
            act(&mut scene, is_batch, "ann", "/room lock");
            act(&mut scene, is_batch, "ann", "/topic mine");
            match way_out {
                "" => scene.leaves("ann"),
                command => act(&mut scene, is_batch, "ann", command),
            }
            scene.news("bob");
            act(&mut scene, is_batch, "bob", "/join #garden");
            act(&mut scene, is_batch, "bob", "/topic");
            scene.hand_out();
            let news: Vec<String> = scene.news("bob");
            let news: Vec<&String> = news.iter().filter(|line| !line.contains("ann")).collect();
            let none = "#garden has no topic. Its owner can set one with /topic TEXT";
            assert_eq!(news, [MADE_GARDEN, none], "{is_batch} {way_out}");
        }
    }
}

#[test]
fn a_line_mentions_who_has_the_name_when_it_is_said_in_one_batch_or_in_many() {
    for is_batch in [false, true] {
        let mut scene = Scene::with(&["ann", "bob"]);
        scene.does("bob", "/bell mentions");
        scene.looked();
        act(&mut scene, is_batch, "ann", "hi bob");
        scene.leaves("bob");
        scene.hand_out();
        scene.sees_now("bob", &["\x07ann: hi bob"]);
    }
}

#[test]
fn a_client_that_has_shown_the_password_twice_joins_once() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/join #garden secret");
    let (client, room) = (Scene::id("bob"), RoomId(1));
    let hash = scene.chat.rooms.at(room).rules.password.clone();
    scene.looked();
    for reply in [
        "You joined #garden (2 people). You are talking there now.",
        "You are talking in #garden now.",
    ] {
        let verdict = Verdict::Join { room, hash: hash.clone() };
        scene.applies(ChatCommand::Decide { client, verdict: verdict.into() });
        scene.hand_out();
        scene.sees_now("bob", &[reply]);
    }
    scene.leaves("bob");
    scene.hand_out();
    scene.sees_now("ann", &["bob joined", "bob left"]);
}
