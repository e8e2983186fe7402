//! The complete matrix of permissions: each action is done, or refused with the right code and
//! without any change.

use super::*;

/// Everyone is in a room of `rita`, who is registered: the server has two owners, two operators,
/// two more registered people and two guests.
const EVERYBODY: [&str; 9] = ["olga", "oona", "otto", "ole", "rita", "ann", "bob", "gus", "guy"];

const RANKED: [&str; 4] = ["olga", "oona", "otto", "ole"];

/// How high a person ranks on the server.
fn height(name: &str) -> u8 {
    match name {
        "olga" | "oona" => 2,
        "otto" | "ole" => 1,
        _ => 0,
    }
}

fn scene() -> Scene {
    let mut scene = Scene::registered(&["olga", "oona", "otto", "ole", "rita", "ann", "bob"]);
    scene.chat.set_owner_token(token());
    scene.does("olga", &format!("/claim {}", token()));
    scene.does("olga", "/op oona owner");
    scene.does("olga", "/op otto");
    scene.does("olga", "/op ole");
    scene.enters("gus");
    scene.enters("guy");
    scene.does("rita", "/join #den");
    for name in EVERYBODY {
        scene.does(name, "/join #den");
    }
    scene.looked();
    scene
}

/// The code of the expected refusal, if any, of an action against a person, on the whole server or
/// in the room.
fn refusal(who: &str, command: &str, whom: &str) -> Option<&'static str> {
    if height(who) == 0 && who != "rita" {
        return Some("not-moderator");
    }
    if who == whom {
        return Some("oneself");
    }
    if height(whom) > 0 && height(whom) >= height(who) {
        return Some("outranked");
    }
    let owns = whom == "rita" && matches!(command, "/ban #den" | "/mute #den");
    owns.then_some("owns-room")
}

#[test]
fn permissions_to_kick_ban_and_mute() {
    for command in ["/kick", "/kick #den", "/ban", "/ban #den", "/mute", "/mute #den"] {
        for who in EVERYBODY {
            let mut scene = scene();
            // The refused ones first, since they change nothing.
            let mut done = Vec::new();
            for whom in EVERYBODY {
                match refusal(who, command, whom) {
                    Some(code) => scene.is_told(who, &format!("{command} {whom}"), &[code]),
                    None => done.push(whom),
                }
            }
            scene.looked();
            for name in EVERYBODY {
                scene.sees_now(name, &[]);
            }
            for whom in done {
                scene.looked();
                scene.does(who, &format!("{command} {whom} 2h"));
                let told = scene.codes(who);
                let is_done = told.iter().any(|code| ["removed", "imposed"].contains(&&**code));
                assert!(is_done, "{who} {command} {whom}: {told:?}");
                let told = scene.codes(whom);
                let expected = ["you-were-removed", "you-are-sanctioned"];
                let is_told = told.iter().any(|code| expected.contains(&&**code));
                let news = scene.news(whom).join("\n");
                assert!(
                    is_told && news.contains(&format!("{who} ")),
                    "{who} {command} {whom}: {told:?} {news}"
                );
            }
        }
    }
}

#[test]
fn permissions_to_undo_sanctions() {
    for (command, undo) in [("/ban", "/unban"), ("/mute", "/unmute")] {
        for who in EVERYBODY {
            let mut scene = scene();
            scene.does("olga", &format!("{command} #den bob"));
            scene.does("olga", &format!("{command} bob"));
            let expected = match who {
                "bob" if command == "/ban" => continue,
                _ if height(who) > 0 || who == "rita" => "lifted",
                _ => "not-moderator",
            };
            scene.is_told(who, &format!("{undo} #den bob"), &[expected]);
            let expected = match who {
                _ if height(who) > 0 => "lifted",
                // She can only lift the sanction of the room, and that is gone.
                "rita" => "not-sanctioned",
                _ => "not-moderator",
            };
            scene.is_told(who, &format!("{undo} bob"), &[expected]);
        }
    }
}

#[test]
fn permissions_to_list_and_to_lock_down() {
    for who in EVERYBODY {
        let mut scene = scene();
        for (command, done) in [("/audit", "audit"), ("/lockdown on", "lockdown")] {
            scene.looked();
            scene.does(who, command);
            let expected = if height(who) > 0 { done } else { "needs-rank" };
            assert_eq!(scene.codes(who), [expected], "{who} {command}");
        }
        let expected = match who {
            _ if height(who) > 0 || who == "rita" => "bans",
            _ => "not-moderator",
        };
        scene.is_told(who, "/bans", &[expected]);
        scene.is_told(who, "/bans #den", &[expected]);
    }
}

#[test]
fn permissions_to_change_ranks() {
    for who in EVERYBODY {
        for whom in EVERYBODY {
            let mut scene = scene();
            let may = height(who) == 2;
            let expected = match (may, height(whom)) {
                _ if who == whom && height(who) > 0 => "rank-taken",
                (false, _) => "needs-rank",
                (true, 0) => "has-no-rank",
                (true, _) => "rank-taken",
            };
            scene.is_told(who, &format!("/deop {whom}"), &[expected]);
            if who == whom {
                continue;
            }
            let expected = match (may, whom) {
                (false, _) => "needs-rank",
                (true, "gus" | "guy") => "rank-needs-account",
                (true, _) => "rank-given",
            };
            scene.is_told(who, &format!("/op {whom}"), &[expected]);
        }
    }
}

#[test]
fn permissions_to_ban_a_network() {
    for who in EVERYBODY {
        let mut scene = scene();
        let expected = match who {
            _ if RANKED.contains(&who) => "imposed",
            "rita" => "network-in-room",
            _ => "not-moderator",
        };
        scene.is_told(who, "/ban 192.0.2.0/24", &[expected]);
    }
}

/// The code of the expected refusal, if any, of deleting a message in the room.
fn refusal_to_delete(who: &str, whom: &str) -> Option<&'static str> {
    if who == whom { None } else { refusal(who, "/delete", whom) }
}

/// Everybody has said one line in the room.
fn scene_of_lines() -> Scene {
    let mut scene = scene();
    for name in EVERYBODY {
        scene.does(name, &format!("from {name}"));
    }
    scene
}

/// The people whose line is deleted.
#[track_caller]
fn are_deleted(scene: &Scene, expected: &[&str]) {
    let den = scene.chat.rooms.iter().find(|room| &**room.name() == "#den").unwrap();
    let mut lines = den.recent(usize::MAX);
    assert_eq!(lines.len(), EVERYBODY.len());
    lines.retain(|line| line.deleted_by.is_some());
    assert!(lines.iter().all(|line| line.text.as_str().is_empty()));
    let deleted: Vec<&str> = lines.iter().map(|line| &*line.name).collect();
    assert_eq!(deleted, expected);
}

fn by_name(whom: &str) -> String {
    format!("/delete {whom}")
}

fn by_number(whom: &str) -> String {
    let at = EVERYBODY.iter().position(|name| *name == whom).unwrap();
    format!("/delete #den {}", at + 1)
}

#[test]
fn permissions_to_delete_messages() {
    for command in [by_name, by_number] {
        for who in EVERYBODY {
            let mut scene = scene_of_lines();
            // The refused ones first, since they change nothing.
            let mut done = Vec::new();
            for whom in EVERYBODY {
                match refusal_to_delete(who, whom) {
                    Some(code) => scene.is_told(who, &command(whom), &[code]),
                    None => done.push(whom),
                }
            }
            are_deleted(&scene, &[]);
            for (count, whom) in (1..).zip(&done) {
                scene.looked();
                scene.does(who, &command(whom));
                assert_eq!(scene.codes(who), ["deleted"], "{who} {}", command(whom));
                are_deleted(&scene, &done[..count]);
                let of = if who == *whom { String::new() } else { format!(" from {whom}") };
                let notice = format!("{who} deleted a message{of}");
                assert_eq!(scene.news(who)[0], notice);
                for name in EVERYBODY.into_iter().filter(|name| *name != who) {
                    scene.sees_now(name, &[&notice]);
                }
            }
        }
    }
}

#[test]
fn permissions_to_delete_an_own_message() {
    for who in EVERYBODY {
        let mut scene = scene_of_lines();
        scene.looked();
        scene.does(who, "/delete");
        assert_eq!(scene.codes(who), ["deleted"], "{who}");
        are_deleted(&scene, &[who]);
        scene.is_told(who, "/delete", &["nothing-to-delete"]);
        are_deleted(&scene, &[who]);
    }
}

/// Only operators can delete messages in a room that they are not in. They have to say which.
#[test]
fn permissions_to_delete_messages_from_outside_the_room() {
    for who in EVERYBODY {
        let mut scene = scene_of_lines();
        scene.does(who, "/leave #den");
        for whom in EVERYBODY {
            let expected = match refusal_to_delete(who, whom) {
                _ if height(who) == 0 => "not-in-room",
                refusal => refusal.unwrap_or("deleted"),
            };
            scene.is_told(who, &by_number(whom), &[expected]);
            // In the lobby, where nobody has said anything, and which has no owner.
            let expected = match refusal_to_delete(who, whom) {
                _ if who != whom && height(who) == 0 => "needs-rank",
                refusal => refusal.unwrap_or("nothing-to-delete"),
            };
            scene.is_told(who, &by_name(whom), &[expected]);
        }
        scene.is_told(who, "/delete", &["nothing-to-delete"]);
        scene.does(who, "/leave #lobby");
        for command in ["/delete".to_owned(), by_name(who)] {
            scene.is_told(who, &command, &["in-no-room"]);
        }
        let expected = |whom: &&str| height(who) > 0 && refusal_to_delete(who, whom).is_none();
        let deleted: Vec<&str> = EVERYBODY.into_iter().filter(expected).collect();
        are_deleted(&scene, &deleted);
    }
}
