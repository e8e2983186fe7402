//! Lists and help: the people in a room, and the rooms. The replies have a bounded size and reveal
//! nothing that the user may not know.

use unicode_width::UnicodeWidthStr;

use super::scene::Scene;
use crate::command::TOPICS;
use crate::limits;

/// The last line of the terminal is the one that the user types on.
const SCREEN_LINES: usize = 23;
const SCREEN_COLUMNS: usize = 80;

/// Checks the reply to a line.
#[track_caller]
fn check(scene: &mut Scene, name: &str, text: &str, expected: &[&str]) {
    scene.looked();
    scene.does(name, text);
    assert_eq!(scene.news(name), expected, "{name} typed {text}");
}

/// The reply to a line, which has to fit a screen.
#[track_caller]
fn page(scene: &mut Scene, name: &str, text: &str) -> Vec<String> {
    scene.looked();
    scene.does(name, text);
    let told = scene.news(name);
    assert!(told.len() <= SCREEN_LINES, "{text}: {} lines", told.len());
    for line in &told {
        assert!(line.width() <= SCREEN_COLUMNS, "{text}: {} columns: {line}", line.width());
    }
    told
}

fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

#[test]
pub(super) fn people_in_a_room_are_listed() {
    let mut scene = Scene::with(&["ann", "bob", "cat"]);
    check(&mut scene, "ann", "/who", &["3 people are in #lobby:", "  ann, bob, cat"]);
    scene.does("bob", "/away lunch");
    scene.does("cat", "/join #den");
    check(&mut scene, "ann", "/who", &["3 people are in #lobby:", "  ann, bob (away), cat"]);
    check(&mut scene, "cat", "/who", &["1 person is in #den:", "  cat"]);
    check(&mut scene, "ann", "/who #DEN", &["1 person is in #den:", "  cat"]);
    check(&mut scene, "ann", "/who den 7", &["1 person is in #den:", "  cat"]);
    check(&mut scene, "ann", "/who #zzz", &["There is no room #zzz. /rooms lists all rooms."]);
    check(
        &mut scene,
        "ann",
        "/who #den x",
        &["Usage: /who [#ROOM] [PAGE], for example: /who #garden"],
    );
    scene.does("bob", "/back");
    scene.does("ann", "/plain");
    check(&mut scene, "ann", "/who", &["3 people are in #lobby:", "  ann", "  bob", "  cat"]);
}

#[test]
pub(super) fn rooms_are_listed() {
    let mut scene = Scene::with(&["ann", "bob"]);
    let alone = ["There is 1 room; /join #NAME creates another:", "  #lobby (2) [current room]"];
    check(&mut scene, "ann", "/rooms", &alone);
    for text in ["/join #den secret", "/room lock", "/room hide", "/topic all and sundry"] {
        scene.does("bob", text);
    }
    check(&mut scene, "ann", "/rooms", &alone);
    let own = "  #den (1) [current room] [locked] [password] [hidden] all and sundry";
    let both = ["There are 2 rooms; /join one:", "  #lobby (2)", own];
    check(&mut scene, "bob", "/rooms", &both);
    check(&mut scene, "bob", "/rooms 9", &both);
    check(&mut scene, "bob", "/rooms x", &["Usage: /rooms [PAGE], for example: /rooms 2"]);
}

#[test]
pub(super) fn whois_describes_a_person() {
    let mut scene = Scene::with(&["ann", "bob"]);
    check(
        &mut scene,
        "ann",
        "/whois nobody",
        &["There is no user named nobody. /who lists who is here."],
    );
    scene.does("bob", "/join #den");
    scene.does("bob", "/away lunch");
    scene.waits(std::time::Duration::from_secs(3_725));
    check(
        &mut scene,
        "ann",
        "/whois Bob",
        &[
            "bob is a guest.",
            "  online for 1 h 2 min, idle for 1 h 2 min",
            "  in #den #lobby",
            "bob is away: lunch",
        ],
    );
    scene.does("bob", "/register secret123");
    scene.enters("bob2");
    scene.does("bob2", "/login bob secret123");
    check(
        &mut scene,
        "ann",
        "/whois @bob",
        &[
            "bob has been registered since 2004-01-10.",
            "  online for 1 h 2 min from 2 clients, idle for 0 s",
            "  in #den #lobby",
            "bob is away: lunch",
        ],
    );
    scene.leaves("bob");
    scene.leaves("bob2");
    scene.hand_out();
    scene.looked();
    scene.does("ann", "/whois bob");
    let told = scene.news("ann");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].starts_with("  last seen 2004-01-10"), "{told:?}");
}

#[test]
fn hidden_rooms_are_known_only_to_members_and_their_owner() {
    let mut scene = Scene::with(&["ann", "bob", "eve"]);
    for text in ["/join #lair", "/room hide", "/topic plans"] {
        scene.does("ann", text);
    }
    scene.does("bob", "/join #lair");
    check(&mut scene, "bob", "/who #lair", &["2 people are in #lair:", "  ann, bob"]);
    scene.does("ann", "/leave #lair");
    // She no longer owns it, since she was a guest.
    let none = ["There is no room #lair. /rooms lists all rooms."];
    check(&mut scene, "ann", "/who #lair", &none);
    scene.looked();
    for text in [
        "/rooms",
        "/who",
        "/whois bob",
        "/whois ann",
        "/join #1air",
        "/who #1air",
        "/invite bob",
        "/topic",
        "/help",
        "/whois lair",
        "/msg lair hi",
        "/who #other",
        "/join #LAIRS",
    ] {
        scene.does("eve", text);
        let told = scene.news("eve");
        assert!(
            !told.iter().any(|line| line.contains("#lair ")
                || line.ends_with("#lair")
                || line.contains("#lair,")),
            "{text}: {told:?}"
        );
    }
    check(&mut scene, "eve", "/who #lair", &none);
    // The same replies as for a room that does not exist.
    let not_in = "You are not in #lair. /join #lair takes you there.";
    for text in ["/leave #lair", "/invite bob #lair"] {
        check(&mut scene, "eve", text, &[not_in]);
    }
    let not_in = "You are not in #lair. /join #lair takes you there; to say a line that starts \
                  with #, use /say.";
    for text in ["#lair", "#lair hi"] {
        check(&mut scene, "eve", text, &[not_in]);
    }
}

#[test]
fn a_registered_owner_sees_into_a_hidden_room_from_outside() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/register secret123");
    scene.does("ann", "/join #lair");
    scene.does("ann", "/room hide");
    scene.does("bob", "/join #lair");
    scene.does("ann", "/leave");
    check(&mut scene, "ann", "/who #lair", &["1 person is in #lair:", "  bob"]);
}

#[test]
fn ten_thousand_people_in_pages() {
    let mut scene = Scene::with(&["ann"]);
    for number in 1..10_000 {
        // As wide as a name can be.
        let name = kept(format!("p{number:06}-abcdefghijklmnop"));
        assert_eq!(name.width(), limits::NICK_COLUMNS_MAX);
        scene.enters(name);
        if number < 200 {
            scene.says(name, "/away");
        }
    }
    for plain in ["/plain off", "/plain"] {
        scene.does("ann", plain);
        let first = page(&mut scene, "ann", "/who");
        assert_eq!(first[0], "10000 people are in #lobby:");
        let next = first.last().unwrap().clone();
        assert!(next.starts_with("Page 1 of ") && next.ends_with("/who #lobby 2"), "{next}");
        let pages: usize = next.split([' ', '.']).nth(3).unwrap().parse().unwrap();
        let mut seen = std::collections::HashSet::new();
        for number in 1..=pages {
            let told = page(&mut scene, "ann", &format!("/who {number}"));
            let names = told.iter().filter(|line| line.starts_with("  "));
            for name in names.flat_map(|line| line.trim().trim_end_matches(',').split(", ")) {
                assert!(seen.insert(name.to_owned()), "{name} twice");
            }
        }
        assert_eq!(seen.len(), 10_000);
        assert_eq!(
            page(&mut scene, "ann", "/who 99999"),
            page(&mut scene, "ann", &format!("/who {pages}"))
        );
    }
}

#[test]
fn ten_thousand_rooms_in_pages() {
    let mut scene = Scene::new(9);
    let topic = format!("/topic {}", "花".repeat(100));
    let mut made = 1;
    for owner in 0.. {
        if made == limits::ROOMS_MAX {
            break;
        }
        let name = kept(format!("p{owner}"));
        scene.enters(name);
        for _ in 0..limits::ROOMS_OWNED_MAX.min(limits::ROOMS_MAX - made) {
            scene.says(name, &format!("/join #room-{made:05}-abcdefghijkl"));
            made += 1;
            if made < 60 {
                scene.says(name, "/room lock");
                scene.says(name, &topic);
            }
        }
    }
    scene.enters("ann");
    check(
        &mut scene,
        "ann",
        "/join #more",
        &["The server cannot hold any more rooms. /rooms lists them."],
    );
    for number in [1, 2, 3, 400, 500] {
        let told = page(&mut scene, "ann", &format!("/rooms {number}"));
        assert_eq!(told[0], "There are 10000 rooms; /join one:");
        assert_eq!(told.len(), if number == 500 { 21 } else { 22 });
    }
    // Lines for the client's own rooms have another mark.
    let told = page(&mut scene, "p0", "/rooms");
    assert!(told.iter().any(|line| line.contains("[current room] [locked]")), "{told:?}");
}

#[test]
fn whois_of_a_person_in_very_many_rooms_fits_one_screen() {
    let mut scene = Scene::with(&["ann"]);
    for client in 0..8 {
        let name = kept(format!("b{client}"));
        scene.enters(name);
        let login = if client == 0 { "/register secret123" } else { "/login b0 secret123" };
        for room in 0..limits::ROOMS_OWNED_MAX {
            // As a guest, each of them can own that many.
            scene.does(name, &format!("/join #room-{client}-{room:02}-abcdefghijk"));
        }
        scene.does(name, login);
    }
    let told = page(&mut scene, "ann", "/whois b0");
    assert!(told[2].starts_with("  in #lobby"), "{told:?}");
}

#[test]
fn an_address_is_in_no_answer_and_no_line() {
    let mut scene = Scene::new(9);
    let addresses = [("ann", "192.0.2.17:4711"), ("bob", "[2001:db8::77]:4712")];
    for (name, address) in addresses {
        scene.enters_from(name, address);
    }
    let texts = [
        "hi",
        "/who",
        "/who #lobby",
        "/rooms",
        "/whois ann",
        "/whois bob",
        "/help",
        "/nick carl",
        "/away x",
        "/whois bob",
        "/join #den secret",
        "/topic t",
        "/invite ann",
        "/invite bob",
        "/room lock",
        "/me waves",
        "/msg ann hi",
        "/msg bob hi",
        "/reply hi",
        "/ignore ann",
        "/ignore",
        "/register secret123",
        "/whois carl",
        "/logout",
        "/login carl wrong",
        "/login carl secret123",
        "/timestamps",
        "/tz",
        "/bell all",
        "/colour",
        "/plain",
        "/quiet",
        "/unignore ann",
        "/nope",
        "/msg ann hi",
        "#lobby hi",
        "#den",
        "/leave",
        "/leave",
        "hi",
        "/who",
        "/unregister secret123",
        "/away y",
        "/back",
    ];
    for text in texts {
        for (name, _) in addresses {
            scene.does(name, text);
        }
    }
    scene.leaves("bob");
    scene.hand_out();
    for (name, _) in addresses {
        // Checks everything since the start: nothing has been marked as seen yet.
        let all = scene.news(name).join("\n");
        for part in ["192.0.2", "2001:db8", "4711", "4712"] {
            assert!(!all.contains(part), "{part} on the screen of {name}: {all}");
        }
    }
}

#[test]
fn help_for_everything_fits_the_screen() {
    let mut scene = Scene::with(&["ann"]);
    assert!(page(&mut scene, "ann", "/help").len() > 5);
    for topic in &TOPICS {
        for word in std::iter::once(&topic.name).chain(topic.aliases) {
            for text in [format!("/help {word}"), format!("/help /{word}")] {
                let told = page(&mut scene, "ann", &text);
                let usage = format!("/{}", topic.name);
                assert!(told[0].starts_with(&usage), "{text}: {told:?}");
                assert!(told.len() <= 9, "{text}: {told:?}");
            }
        }
    }
}

#[test]
fn a_mistyped_command_says_nothing_and_suggests_the_nearest() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for topic in TOPICS.iter().filter(|topic| topic.name.len() > 3) {
        let (first, rest) = topic.name.split_at(1);
        let mut letters: Vec<char> = rest.chars().collect();
        letters.swap(0, 1);
        let swapped: String = letters.iter().collect();
        let typed = format!("{first}{swapped}");
        if TOPICS.iter().any(|other| other.name == typed || other.aliases.contains(&&*typed)) {
            continue;
        }
        let answer = format!("There is no command /{typed}. ");
        for text in [format!("/{typed} secret words"), format!("/help {typed}")] {
            scene.does("ann", &text);
            let told = scene.news("ann");
            assert_eq!(told.len(), 1, "{text}: {told:?}");
            assert!(told[0].starts_with(&answer) && told[0].contains("Did you mean /"), "{told:?}");
            assert!(!told[0].contains("secret"), "{told:?}");
        }
    }
    check(
        &mut scene,
        "ann",
        "/xyzzyxyzzy",
        &["There is no command /xyzzyxyzzy. /help lists them; to say such a line, start it with \
           //."],
    );
    scene.sees_now("bob", &[]);
}
