//! Clients from a banned network: they are told of the ban and learn nothing else, and moderators
//! can still log in.

use super::*;
use crate::limits;

const HOUR: Duration = Duration::from_secs(3600);

const THERE: &str = "198.51.100.3:1";

const BANNED: &str = "You are banned from this server until further notice";

const BANNED_FOR: &str = "You are banned from this server until further notice: bots";

/// `olga`, who owns the server, has left, and `otto` has banned the network that she connects from.
fn with_owner_outside() -> Scene {
    let mut scene = Scene::ordered();
    scene.leaves("olga");
    scene.hand_out();
    scene.does("otto", "/ban 198.51.100.0/24 bots");
    scene.chat.set_motd(crate::model::motd::Motd::parse(b"be kind").unwrap());
    scene.enters_from("o", THERE);
    scene
}

#[test]
fn an_owner_logs_in_from_a_banned_network_and_undoes_it() {
    let mut scene = with_owner_outside();
    scene.sees_now("o", &[BANNED_FOR, "Owners and operators can still log in: /login NAME"]);
    scene.sees_now("ann", &["olga left"]);
    scene.gets("o", "/login olga wrong12", &["Wrong password. Nothing has changed."]);
    assert_eq!(scene.resumed("o"), 1);
    scene.does("o", "/login olga secret1");
    scene.sees_now("ann", &["olga joined"]);
    scene.gets("o", "hi", &["olga: hi"]);
    scene.gets("o", "/unban 198.51.100.0/24", &["198.51.100.0/24 is no longer banned."]);
    assert!(scene.chat.outside.is_empty());
}

#[test]
fn a_network_ban_applies_to_anyone_of_lower_rank_than_its_author() {
    for (by, passing, kept_out) in
        [("otto", ["olga", "otto"].as_slice(), ["ann"].as_slice()), ("olga", &["olga"], &["otto"])]
    {
        let mut scene = Scene::ordered();
        scene.does(by, "/ban 198.51.100.0/24");
        for name in kept_out {
            scene.enters_from("x", THERE);
            scene.gets("x", &format!("/login {name} secret1"), &[BANNED]);
            assert_eq!(scene.resumed("x"), 1);
            scene.gets("x", &format!("/login {name}"), &[BANNED]);
            scene.leaves("x");
            scene.hand_out();
        }
        for name in passing {
            scene.enters_from("x", THERE);
            scene.does("x", &format!("/login {name} secret1"));
            scene.gets("x", "hi", &[&format!("{name}: hi")]);
            scene.leaves("x");
            scene.hand_out();
        }
    }
}

#[test]
fn a_client_outside_sees_and_does_nothing_and_is_not_found() {
    let mut scene = with_owner_outside();
    let outside = scene.chat.clients[scene.index("o").0].name.clone();
    scene.looked();
    for typed in [
        "hi",
        "/who",
        "/rooms",
        "/join #lobby",
        "/join #den secret1",
        "/whois ann",
        "/msg ann hi",
        "@ann hi",
        "/help",
        "/motd",
        "/op",
        "/bans",
        "/history",
        "/search hi",
        "/stats",
        "/nick eve",
        "/register secret1",
        "/claim x",
        "/login ann secret1",
        "/login nobody secret1",
        "/nonsense",
    ] {
        scene.gets("o", typed, &[BANNED_FOR]);
    }
    let prefix = "".into();
    let kind = crate::command::completion::CompletionKind::Room;
    let wanted = crate::command::completion::CompletionRequest { kind, prefix, topic: None };
    scene.chat.complete_word(Scene::id("o"), &wanted, &mut scene.screens);
    scene.sees_now("o", &["<or >"]);
    // It does not see what anyone else does, and nobody finds it.
    scene.does("ann", "hello");
    scene.does("otto", "/lockdown on");
    scene.does("otto", "/lockdown off");
    let nobody = format!("There is no user named {outside}. /who lists who is here.");
    scene.gets("ann", &format!("/msg {outside} hi"), &[&nobody]);
    scene.gets("ann", &format!("/whois {outside}"), &[&nobody]);
    scene.sees_now("o", &[]);
    scene.leaves("o");
    scene.hand_out();
    scene.sees_now("ann", &[]);
    scene.gets("otto", &format!("/ban {outside}"), &[&nobody]);
}

#[test]
fn clients_outside_have_limited_time_to_log_in() {
    let mut scene = with_owner_outside();
    assert_eq!(scene.chat.deadline(), Some(scene.now.elapsed + limits::OUTSIDE_LOGIN_TIME));
    scene.looked();
    scene.waits(limits::OUTSIDE_LOGIN_TIME - Duration::from_millis(1));
    scene.comes_to_its_deadline();
    scene.sees_now("o", &[]);
    scene.waits(Duration::from_millis(1));
    scene.comes_to_its_deadline();
    scene.sees_now("o", &[BANNED_FOR]);
    assert_eq!(scene.screens.disconnected, ["o"]);
    assert_eq!((scene.chat.deadline(), scene.chat.outside.len()), (None, 0));
}

#[test]
fn places_outside_are_limited_and_go_to_the_newest() {
    let mut scene = with_owner_outside();
    let names: Vec<&'static str> =
        (0..limits::OUTSIDE_MAX).map(|number| &*format!("bot{number}").leak()).collect();
    for name in &names {
        scene.waits(Duration::from_millis(1));
        scene.enters_from(name, "198.51.100.4:1");
        scene.comes_to_its_deadline();
    }
    assert_eq!(scene.screens.disconnected, ["o"]);
    assert_eq!(scene.chat.outside.len(), limits::OUTSIDE_MAX);
    scene.enters_from("o", THERE);
    assert!(scene.chat.deadline() <= Some(scene.now.elapsed), "it is time");
    scene.comes_to_its_deadline();
    assert_eq!(scene.screens.disconnected, ["o", "bot0"]);
    scene.does("o", "/login olga secret1");
    scene.gets("o", "hi", &["olga: hi"]);
    // A client that was never admitted displaces no guest from the list of those who have left.
    assert!(scene.chat.gone_guests.is_empty());
}

#[test]
fn a_client_outside_is_admitted_when_the_ban_ends() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/ban 198.51.100.0/24 1m");
    for name in ["eve", "eva"] {
        scene.enters_from(name, THERE);
    }
    scene.waits(Duration::from_secs(60));
    scene.looked();
    scene.does("eve", "hi");
    assert_eq!(scene.news("eve")[0], "You joined #lobby (7 people). You are talking there now.");
    scene.comes_to_its_deadline();
    scene.does("ann", "hi");
    assert_eq!(scene.news("eva").last().map(String::as_str), Some("ann: hi"));
    assert!(scene.screens.disconnected.is_empty());
    scene.does("otto", "/ban 198.51.100.0/25");
    scene.enters_from("mia", THERE);
    scene.does("otto", "/unban 198.51.100.0/25");
    scene.looked();
    scene.does("ann", "hi");
    scene.sees_now("mia", &["ann: hi"]);
}

#[test]
fn a_client_admitted_by_rank_is_disconnected_without_it() {
    let mut scene = Scene::ordered();
    scene.leaves("otto");
    scene.does("olga", "/op ann");
    scene.does("ann", "/ban 198.51.100.0/24");
    for name in ["o", "o2"] {
        scene.enters_from(name, THERE);
        scene.does(name, "/login otto secret1");
    }
    scene.looked();
    scene.does("o", "/logout");
    assert_eq!(scene.news("o").last().map(String::as_str), Some(BANNED));
    scene.does("olga", "/deop otto");
    assert_eq!(scene.news("o2"), ["olga removed you as a moderator.", BANNED]);
    assert_eq!(scene.screens.disconnected, ["o", "o2"]);
}

#[test]
fn passwords_are_tried_from_outside_no_more_often_than_from_inside() {
    let mut scene = with_owner_outside();
    for _ in 0..limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
        scene.gets("o", "/login olga wrong12", &["Wrong password. Nothing has changed."]);
    }
    let told = "Too many attempts. Please try again in 30 s.";
    scene.gets("o", "/login olga wrong12", &[told]);
    // For an account that is not exempt from the ban, no password is compared.
    scene.takes_jobs(0);
    scene.gets("o", "/login ann secret1", &[BANNED_FOR]);
}

#[test]
fn a_banned_network_is_refused_on_connecting() {
    let mut scene = Scene::ordered();
    scene.enters_from("eve", "198.51.100.3:1");
    scene.looked();
    let until = in_time(&scene, HOUR);
    let told = format!("198.51.100.0/24 is banned until {until}.");
    scene.gets("otto", "/ban 198.51.100.9/24 1h bots", &["otto removed eve: bots", &told]);
    let words = format!("otto banned you from this server until {until}: bots");
    scene.sees_now("eve", &[&words]);
    let refused = format!("You are banned from this server until {until}: bots");
    scene.enters_from("refused", "198.51.100.200:9");
    scene.sees_now("refused", &[&refused, "Owners and operators can still log in: /login NAME"]);
    scene.leaves("refused");
    scene.enters_from("other", "198.51.101.1:9");
    scene.gets(
        "otto",
        "/ban #lobby 192.0.2.0/24",
        &["Only operators can ban addresses, and only from the whole server."],
    );
    scene.gets("otto", "/unban 198.51.100.0/24", &["198.51.100.0/24 is no longer banned."]);
    scene.enters_from("bot", "198.51.100.200:9");
    scene.does("otto", "/ban 198.51.100.0/24 1h");
    scene.waits(HOUR);
    scene.enters_from("bot2", "198.51.100.201:9");
}
