//! Permissions in a room, in every state that the room can be in: each command is allowed, or
//! refused with the right code and without any change.

use super::scene::Scene;

/// In this order: the room's owner, a member, someone invited who is not in the room, someone in
/// the lobby alone, someone in a room of her own, and someone in no room.
const WHO: [&str; 6] = ["olga", "max", "ivan", "sam", "ada", "nora"];

const STATES: [&str; 5] = ["open", "lock", "password secret", "hide", "slow 9"];

const COMMANDS: [&str; 19] = [
    "/join #den",
    "/join #den wrong",
    "/join #den secret",
    "#den",
    "#den hi",
    "/leave #den",
    "/invite bob #den",
    "/who #den",
    "/topic",
    "/topic x",
    "/topic off",
    "/room lock",
    "/room unlock",
    "/room password other",
    "/room password off",
    "/room slow 5",
    "/room hide",
    "/room show",
    "/room end",
];

/// The code of the expected refusal, if any.
fn refusal(who: &str, state: &str, command: &str) -> Option<&'static str> {
    let is_in = matches!(who, "olga" | "max");
    match command {
        "/join #den" | "/join #den wrong" | "/join #den secret" if is_in || who == "ivan" => None,
        "/join #den" | "/join #den wrong" | "/join #den secret" => match (state, command) {
            ("lock", _) => Some("room-locked"),
            ("password secret", "/join #den") => Some("room-needs-password"),
            ("password secret", "/join #den wrong") => Some("wrong-room-password"),
            _ => None,
        },
        "#den" | "#den hi" | "/leave #den" => (!is_in).then_some("not-in-room"),
        "/invite bob #den" => match (who, state) {
            ("max", "lock" | "password secret") => Some("not-owner"),
            _ => (!is_in).then_some("not-in-room"),
        },
        "/who #den" => (!is_in && state == "hide").then_some("no-such-room"),
        "/topic" => (who == "nora").then_some("in-no-room"),
        _ => match who {
            "max" => Some("not-owner"),
            "ivan" | "sam" => Some("room-has-no-owner"),
            "nora" => Some("in-no-room"),
            _ => None,
        },
    }
}

/// A scene with all of them in their places.
fn scene_in(state: &str) -> Scene {
    let mut scene = Scene::with(&["olga", "max", "ivan", "sam", "ada", "nora", "bob"]);
    for (name, text) in [
        ("olga", "/join #den"),
        ("max", "/join #den"),
        ("olga", "/invite ivan"),
        ("ada", "/join #else"),
        ("nora", "/leave"),
    ] {
        scene.does(name, text);
    }
    if state != "open" {
        scene.does("olga", &format!("/room {state}"));
    }
    scene.looked();
    scene
}

#[test]
fn permissions_in_every_state_of_a_room() {
    for state in STATES {
        for who in WHO {
            for command in COMMANDS {
                let mut scene = scene_in(state);
                let before = format!("{:?}", scene.chat.rooms);
                scene.does(who, command);
                let after = format!("{:?}", scene.chat.rooms);
                let (codes, told) = (scene.codes(who), scene.news(who));
                let case = format!("{who}: {command} ({state}): {codes:?} {told:?}");
                match refusal(who, state, command) {
                    Some(code) => {
                        assert!(codes == [code] && told.len() == 1, "{case}");
                        assert_eq!(before, after, "{case}");
                        for other in WHO.into_iter().chain(["bob"]) {
                            assert!(scene.news(other).is_empty(), "{case}: seen by {other}");
                        }
                    }
                    None => {
                        assert!(!told.is_empty(), "{case}");
                        let refusals =
                            ["not-in-room", "not-owner", "room-has-no-owner", "in-no-room"];
                        let is_refused = codes.iter().any(|code| refusals.contains(&&**code));
                        assert!(!is_refused, "{case}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_line_that_begins_like_a_room_may_have_been_meant_as_a_line() {
    let mut scene = scene_in("open");
    let told = "You are not in #den. /join #den takes you there.";
    scene.does("sam", "/leave #den");
    scene.sees_now("sam", &[told]);
    let told = "You are not in #den. /join #den takes you there; to say a line that starts with \
                #, use /say.";
    for text in ["#den", "#den hi"] {
        scene.does("sam", text);
        scene.sees_now("sam", &[told]);
    }
}

#[test]
fn members_of_a_room_that_is_closed_later_stay_and_may_switch_back() {
    for state in ["lock", "password secret"] {
        let mut scene = scene_in(state);
        scene.does("max", "still here");
        scene.sees_now("max", &["max: still here"]);
        scene.does("max", "#lobby");
        scene.does("max", "/join #den");
        scene.sees_now("max", &["You are talking in #lobby now.", "You are talking in #den now."]);
    }
}

#[test]
fn a_member_of_a_closed_room_can_join_it_with_another_client() {
    let mut scene = scene_in("open");
    scene.does("max", "/register secret123");
    scene.does("olga", "/room lock");
    scene.looked();
    scene.enters("max2");
    scene.does("max2", "/login max secret123");
    scene.looked();
    scene.does("max2", "/join #den");
    scene.sees_now("max2", &["You joined #den (2 people). You are talking there now."]);
    scene.sees_now("olga", &[]);
    scene.does("max", "/leave");
    scene.sees_now("olga", &[]);
    scene.does("max2", "/leave");
    scene.sees_now("olga", &["max left"]);
    scene.looked();
    scene.does("max2", "/join #den");
    scene.sees_now("max2", &["#den is locked. Ask its owner to /invite you."]);
}
