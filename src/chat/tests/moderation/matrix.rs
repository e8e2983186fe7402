//! The complete matrix of permissions: each action is done, or refused with an exact reply and
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

const ONESELF: &str = "You cannot do that to yourself. Nothing has changed.";

fn outranked(whom: &str) -> String {
    let rank = if height(whom) == 2 { "an owner" } else { "an operator" };
    format!("You cannot do that to {whom}, who is {rank}.")
}

/// The expected refusal, if any, of an action against a person, on the whole server or in the room.
fn refusal(who: &str, command: &str, whom: &str) -> Option<String> {
    if height(who) == 0 && who != "rita" {
        return Some("Only rita, the owner of #den, and operators can do that.".to_owned());
    }
    if who == whom {
        return Some(ONESELF.to_owned());
    }
    if height(whom) > 0 && height(whom) >= height(who) {
        return Some(outranked(whom));
    }
    if whom == "rita" && matches!(command, "/ban #den" | "/mute #den") {
        return Some("rita owns #den. Nothing has changed.".to_owned());
    }
    None
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
                    Some(expected) => {
                        scene.gets(who, &format!("{command} {whom}"), &[&expected]);
                    }
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
                let told = scene.news(who);
                let begins = ["is", "was"].map(|verb| format!("{whom} {verb} "));
                let is_done =
                    told.iter().any(|line| begins.iter().any(|begin| line.starts_with(begin)));
                assert!(is_done, "{who} {command} {whom}: {told:?}");
                let news = scene.news(whom).join("\n");
                let done = ["removed", "banned", "muted"].map(|did| format!("{who} {did} "));
                assert!(
                    done.iter().any(|did| news.contains(did)),
                    "{who} {command} {whom}: {news}"
                );
            }
        }
    }
}

#[test]
fn permissions_to_undo_sanctions() {
    for (command, undo, not, there) in [
        ("/ban", "/unban", "banned", "banned from #den"),
        ("/mute", "/unmute", "muted", "muted in #den"),
    ] {
        for who in EVERYBODY {
            let mut scene = scene();
            scene.does("olga", &format!("{command} #den bob"));
            scene.does("olga", &format!("{command} bob"));
            let expected = match who {
                "bob" if command == "/ban" => continue,
                _ if height(who) > 0 || who == "rita" => format!("bob is no longer {there}."),
                _ => "Only rita, the owner of #den, and operators can do that.".to_owned(),
            };
            scene.gets(who, &format!("{undo} #den bob"), &[&expected]);
            let expected = match who {
                _ if height(who) > 0 => format!("bob is no longer {not}."),
                // She can only lift the sanction of the room, and that is gone.
                "rita" => format!("bob is not {there}. /bans #den lists who is."),
                _ => "Only rita, the owner of #den, and operators can do that.".to_owned(),
            };
            scene.gets(who, &format!("{undo} bob"), &[&expected]);
        }
    }
}

#[test]
fn permissions_to_list_and_to_lock_down() {
    let only_operators = "Only operators can do that. /op lists them.";
    for who in EVERYBODY {
        let mut scene = scene();
        for command in ["/audit", "/lockdown on"] {
            scene.looked();
            scene.does(who, command);
            let news = scene.news(who);
            let is_refused = news == [only_operators];
            assert_eq!(is_refused, height(who) == 0, "{who} {command}: {news:?}");
        }
        let expected = match who {
            _ if height(who) > 0 || who == "rita" => "Nobody is banned or muted.",
            _ => "Only rita, the owner of #den, and operators can do that.",
        };
        scene.gets(who, "/bans", &[expected]);
        scene.gets(who, "/bans #den", &[expected]);
    }
}

#[test]
fn permissions_to_change_ranks() {
    let only_owners = "Only an owner of the server can do that. /op lists them.";
    for who in EVERYBODY {
        for whom in EVERYBODY {
            let mut scene = scene();
            let may = height(who) == 2;
            scene.looked();
            scene.does(who, &format!("/deop {whom}"));
            let news = scene.news(who);
            let expected = match (may, height(whom)) {
                _ if who == whom && height(who) > 0 => format!("{whom} is no longer a moderator."),
                (false, _) => only_owners.to_owned(),
                (true, 0) => format!("{whom} is not an operator. /op lists them."),
                (true, _) => format!("{whom} is no longer a moderator."),
            };
            assert_eq!(news, [expected], "{who} takes the rank of {whom}");
            if who == whom {
                continue;
            }
            scene.looked();
            scene.does(who, &format!("/op {whom}"));
            let news = scene.news(who);
            let expected = match (may, whom) {
                (false, _) => only_owners.to_owned(),
                (true, "gus" | "guy") => format!(
                    "{whom} is a guest. Only registered users can moderate; they must /register \
                     first."
                ),
                (true, _) => format!("{whom} is now an operator."),
            };
            assert_eq!(news, [expected], "{who} gives {whom} a rank");
        }
    }
}

#[test]
fn permissions_to_ban_a_network() {
    for who in EVERYBODY {
        let mut scene = scene();
        let expected = match who {
            _ if RANKED.contains(&who) => "192.0.2.0/24 is banned until further notice.",
            "rita" => "Only operators can ban addresses, and only from the whole server.",
            _ => "Only rita, the owner of #den, and operators can do that.",
        };
        scene.gets(who, "/ban 192.0.2.0/24", &[expected]);
    }
}
