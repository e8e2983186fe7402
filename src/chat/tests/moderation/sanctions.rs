//! Kicking, banning and muting people, and undoing it.

use super::*;
use crate::base::address_block::AddressBlock;
use crate::chat::state::sanctions::{ActiveSanction, SanctionKeys};
use crate::limits;
use smallvec::SmallVec;

const SHARED: &str = "2 other people here have the same address. If they reconnect as guests, this \
                      also applies to them.";

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_kicked_person_is_told_why_and_may_return() {
    let mut scene = Scene::ordered();
    scene.gets(
        "otto",
        "/kick bob please calm down",
        &["otto removed bob: please calm down", "bob was removed."],
    );
    scene.sees_now("bob", &["otto removed you from this server: please calm down"]);
    scene.sees_now("ann", &["otto removed bob: please calm down"]);
    assert_eq!(scene.screens.disconnected, ["bob"]);
    assert_eq!(scene.released, ["bob"]);
    // The connection reports its end later, when the client is gone already.
    scene.leaves("bob");
    scene.hand_out();
    scene.sees_now("ann", &[]);
    scene.enters("bob");
    scene.looked();
    scene.gets("otto", "/kick eve", &["There is no user named eve. /who lists who is here."]);
}

#[test]
fn a_mistyped_name_suggests_someone_in_the_same_room() {
    let mut scene = Scene::ordered();
    scene.enters("marianne");
    let meant = ["There is no user named maria. Did you mean marianne?"];
    for command in ["/ban maria", "/mute maria", "/kick maria"] {
        scene.gets("otto", command, &meant);
    }
    scene.gets("olga", "/op maria", &meant);
    scene.does("gus", "/join #den");
    scene.does("gus", "/leave #lobby");
    scene.gets("otto", "/ban gu", &["There is no user named gu. /who lists who is here."]);
}

#[test]
fn a_ban_reports_how_many_people_share_the_address() {
    let mut scene = Scene::ordered();
    scene.enters_from("fay", "192.0.2.7:4001");
    // Only operators see where a person comes from.
    for name in ["gus", "fay"] {
        scene.does(name, "/join #den");
    }
    scene.gets(
        "gus",
        "/mute fay",
        &["gus muted fay until further notice", "fay is muted in #den until further notice."],
    );
    let told = "gus is muted until further notice, and so are guests from 192.0.2.7.";
    let shared = "1 other person here has the same address. If they reconnect as a guest, this \
                  also applies to them.";
    scene.gets("otto", "/mute gus", &[told, shared]);
}

#[test]
fn a_kick_disconnects_all_clients_of_a_person() {
    let mut scene = Scene::ordered();
    scene.enters("bob too");
    scene.does("bob too", "/login bob secret1");
    scene.looked();
    scene.does("otto", "/kick bob");
    scene.sees_now("bob too", &["otto removed you from this server"]);
    scene.sees_now("bob", &["otto removed you from this server"]);
    scene.sees_now("ann", &["otto removed bob"]);
}

#[test]
pub(in crate::chat::tests) fn an_owner_moderates_their_room() {
    let mut scene = Scene::ordered();
    for (name, text) in [("ann", "/join #den"), ("bob", "/join #den"), ("gus", "/join #den")] {
        scene.does(name, text);
    }
    scene.gets("ann", "/kick bob loud", &["ann removed bob: loud", "bob was removed."]);
    scene.sees_now("gus", &["ann removed bob: loud"]);
    scene.sees_now(
        "bob",
        &["ann removed you from #den: loud", "You left #den. You are talking in #lobby now."],
    );
    scene.does("bob", "/join #den");
    scene.gets("ann", "/kick bob", &["ann removed bob", "bob was removed."]);
    scene.gets("ann", "/kick bob", &["bob is not in #den."]);
    let until = in_time(&scene, 2 * HOUR);
    let told = format!("bob is banned from #den until {until}.");
    scene.gets("ann", "/ban bob 2h spam", &[&told]);
    scene.sees_now("bob", &[&format!("ann banned you from #den until {until}: spam")]);
    let refused = format!("You are banned from #den until {until}: spam");
    scene.gets("bob", "/join #den", &[&refused]);
    scene.does("ann", "/invite bob");
    scene.gets("bob", "/join #den", &[&refused]);
    scene.gets("bob", "hi", &["bob: hi"]);
    scene.waits(2 * HOUR);
    scene.gets("ann", "/bans", &["Nobody is banned or muted."]);
    scene.does("bob", "/join #den");
    scene.gets("bob", "hi", &["bob: hi"]);
    // She moderates neither other rooms nor those of other people.
    scene.gets("ann", "/kick #lobby bob", &["Only operators can do that. /op lists them."]);
    scene.does("gus", "/join #gus");
    let elsewhere = "Only gus, the owner of #gus, and operators can do that.";
    scene.does("ann", "/join #gus");
    scene.gets("ann", "/mute gus", &[elsewhere]);
    scene.gets("bob", "/ban #gus ann", &["You are not in #gus. /join #gus takes you there."]);
}

#[test]
pub(in crate::chat::tests) fn a_muted_person_can_read_and_is_told_why() {
    let mut scene = Scene::ordered();
    let until = in_time(&scene, HOUR / 6);
    let told = format!("bob is muted until {until}, and so are guests from ::1.");
    scene.gets("otto", "/mute bob 10m too loud", &[&told, SHARED]);
    scene.sees_now("bob", &[&format!("otto muted you until {until}: too loud")]);
    let refused = format!("Not sent: you are muted until {until}: too loud");
    for command in [
        "hi",
        "/me waves",
        "/say hi",
        "/msg ann hi",
        "/nick Bob",
        "/away gone",
        "/join #rude",
        "#lobby hi",
    ] {
        scene.gets("bob", command, &[&refused]);
    }
    scene.gets("bob", "/msg otto why?", &["you → otto (private): why?"]);
    scene.gets(
        "bob",
        "/unregister secret1",
        &["You cannot do that while muted or banned. Nothing has changed."],
    );
    scene.gets("ann", "still there?", &["ann: still there?"]);
    scene.sees_now("bob", &["ann: still there?"]);
    // Neither a logout nor returning as a guest evades the mute.
    scene.does("bob", "/logout");
    assert!(scene.news("bob").last().unwrap().starts_with("You are logged out"));
    scene.gets("bob", "hi", &[&refused]);
    scene.waits(Duration::from_millis(1));
    scene.enters("bob2");
    scene.gets("bob2", "hi", &[&refused]);
    // Everyone else at that address was connected before, or is registered.
    scene.gets("ann", "hi", &["ann: hi"]);
    scene.waits(HOUR / 6);
    scene.gets("bob2", "hi", &["bob2: hi"]);
}

#[test]
pub(in crate::chat::tests) fn a_mute_is_lifted_and_the_person_is_told() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/mute gus");
    let forever = "Not sent: you are muted until further notice";
    scene.gets("gus", "hi", &[forever]);
    scene.gets(
        "otto",
        "/bans",
        &[
            "Bans and mutes on this server: 1",
            &format!(
                "  gus  muted until further notice, by otto at {} [192.0.2.7]",
                in_time(&scene, Duration::ZERO)
            ),
        ]
        .map(|line| line.to_owned())
        .each_ref()
        .map(|line| &**line),
    );
    scene.gets("otto", "/unmute GUS", &["GUS is no longer muted."]);
    scene.sees_now("gus", &["otto unmuted you. You can talk again."]);
    scene.gets("gus", "hi", &["gus: hi"]);
    scene.gets("otto", "/unmute gus", &["gus is not muted. /bans lists who is."]);
    scene.gets("otto", "/unban gus", &["gus is not banned. /bans lists who is."]);
}

#[test]
fn a_mute_in_a_room_is_shown_there_and_applies_only_there() {
    let mut scene = Scene::ordered();
    for name in ["ann", "bob"] {
        scene.does(name, "/join #den");
    }
    scene.gets(
        "ann",
        "/mute bob",
        &["ann muted bob until further notice", "bob is muted in #den until further notice."],
    );
    scene.sees_now(
        "bob",
        &["ann muted bob until further notice", "ann muted you in #den until further notice"],
    );
    let refused = "Not sent: you are muted in #den until further notice";
    scene.gets("bob", "hi", &[refused]);
    scene.gets("bob", "#lobby hi", &["[#lobby] bob: hi"]);
    scene.gets("ann", "/unmute bob", &["bob is no longer muted in #den."]);
    scene.gets("bob", "hi", &["bob: hi"]);
    // The latest command counts, even if it is shorter.
    scene.does("ann", "/mute bob 2h");
    scene.does("ann", "/mute bob 1h");
    scene.waits(HOUR);
    scene.gets("bob", "hi", &["bob: hi"]);
}

#[test]
pub(in crate::chat::tests) fn a_ban_disconnects_and_makes_guests_from_the_address_log_in() {
    let mut scene = Scene::ordered();
    scene.enters_from("fay", "192.0.2.7:4001");
    scene.enters_from("fran", "192.0.2.7:4002");
    scene.does("fran", "/register secret1");
    scene.looked();
    scene.gets(
        "otto",
        "/ban gus spam",
        &[
            "otto banned gus until further notice: spam",
            "gus is banned until further notice, and so are guests from 192.0.2.7.",
            SHARED,
        ],
    );
    scene.sees_now("gus", &["otto banned you from this server until further notice: spam"]);
    scene.sees_now("ann", &["otto banned gus until further notice: spam"]);
    // A guest who was connected before is another person.
    scene.gets("fay", "hi", &["fay: hi"]);
    scene.waits(Duration::from_millis(1));
    scene.looked();
    scene.enters_from("gus2", "192.0.2.7:4003");
    let why = "Guests from your address cannot take part until further notice: spam. If you have a \
               registered name: /login NAME";
    scene.hand_out();
    scene.sees_now("ann", &[]);
    scene.sees("gus2", &["Welcome, gus2.", why]);
    for command in ["/join #lobby", "/nick eve", "/register secret1", "/msg otto hi"] {
        scene.gets("gus2", command, &[why]);
    }
    scene.gets("gus2", "hi", &[why]);
    scene.looked();
    scene.does("gus2", "/login fran secret1");
    let news = scene.news("gus2");
    assert_eq!(news[0], "You are logged in as fran, now from 2 clients.");
    assert!(news[1].starts_with("You joined #lobby"), "{news:?}");
    scene.gets("otto", "/unban gus", &["gus is no longer banned."]);
    scene.enters_from("gus3", "192.0.2.7:4004");
    scene.gets("gus3", "hi", &["gus3: hi"]);
}

#[test]
fn a_guest_who_says_something_and_leaves_can_still_be_banned() {
    let mut scene = Scene::ordered();
    scene.does("gus", "spam spam spam");
    scene.leaves("gus");
    scene.gets("otto", "/kick gus", &["There is no user named gus. /who lists who is here."]);
    scene.gets(
        "otto",
        "/ban GUS 2h spam",
        &[&format!(
            "gus is banned until {}, and so are guests from 192.0.2.7.",
            in_time(&scene, 2 * HOUR)
        )],
    );
    scene.waits(Duration::from_millis(1));
    scene.enters_from("guy", "192.0.2.7:2");
    scene.hand_out();
    scene.sees_now("ann", &[]);
    // The same in a room by its owner, who does not learn the address.
    scene.does("otto", "/unban gus");
    scene.does("ann", "/join #den");
    scene.gets("ann", "/ban gus", &["gus is banned from #den until further notice."]);
    scene.waits(Duration::from_millis(1));
    scene.enters_from("gil", "192.0.2.7:3");
    scene.does("gil", "/join #den");
    assert!(scene.news("gil").last().unwrap().starts_with("You are banned from #den"));
    let names: Vec<&'static str> = (0..limits::GONE_GUESTS_MAX)
        .map(|number| &*Box::leak(format!("guest{number}").into_boxed_str()))
        .collect();
    for name in names {
        scene.enters_from(name, "203.0.113.1:1");
        scene.leaves(name);
        scene.hand_out();
    }
    assert_eq!(scene.chat.gone_guests.len(), limits::GONE_GUESTS_MAX);
    scene.gets("otto", "/ban gus", &["There is no user named gus. /who lists who is here."]);
}

#[test]
fn a_banned_account_cannot_be_logged_in_to() {
    let mut scene = Scene::ordered();
    scene.leaves("bob");
    scene.gets(
        "otto",
        "/ban bob 7d",
        &[&format!("bob is banned until {}.", in_time(&scene, 7 * 24 * HOUR))],
    );
    scene.enters("eve");
    scene.looked();
    let until = in_time(&scene, 7 * 24 * HOUR);
    scene.gets(
        "eve",
        "/login bob secret1",
        &[&format!("You are banned from this server until {until}")],
    );
    assert_eq!(scene.resumed("eve"), 1);
    scene.gets("eve", "hi", &["eve: hi"]);
    scene.gets("otto", "/unban bob", &["bob is no longer banned."]);
    scene.does("eve", "/login bob secret1");
    scene.gets("eve", "hi", &["bob: hi"]);
}

/// The place of a client in the table of clients depends on when batches were handed out.
#[test]
fn a_network_ban_removes_clients_in_the_order_of_their_ids() {
    let mut scene = Scene::ordered();
    scene.enters_from("fay", "198.51.100.9:1");
    scene.enters_from("eve", "198.51.100.9:2");
    assert!(Scene::id("eve") < Scene::id("fay") && scene.index("fay") < scene.index("eve"));
    scene.looked();
    scene.does("otto", "/ban 198.51.100.0/24");
    let news = scene.news("otto");
    assert_eq!(news[..2], ["otto removed eve", "otto removed fay"]);
}

#[test]
fn network_bans_of_peers_and_sanctions_of_oneself_are_refused() {
    let mut scene = Scene::ordered();
    for network in ["::1", "::/0", "127.0.0.1", "127.0.0.0/8", "0.0.0.0/7", "2000::/15"] {
        let shown: crate::model::moderation::Network = network.parse().unwrap();
        let told = format!(
            "Banning {shown} would ban this machine or nearly everyone. Nobody was banned."
        );
        scene.gets("otto", &format!("/ban {network}"), &[&told]);
    }
    scene.enters_from("otto too", "198.51.100.9:1");
    scene.does("otto too", "/login otto secret1");
    scene.gets(
        "otto",
        "/ban 198.51.100.0/24",
        &["You are connected from 198.51.100.0/24 yourself. Nobody was banned."],
    );
    scene.enters_from("more", "203.0.113.1:1");
    scene.does("more", "/login olga secret1");
    scene.gets(
        "otto",
        "/ban 203.0.113.0/24",
        &["olga, who is an owner, is connected from 203.0.113.0/24. Nobody was banned."],
    );
    for command in ["/ban otto", "/kick otto", "/mute otto 1h"] {
        scene.gets("otto", command, &["You cannot do that to yourself. Nothing has changed."]);
    }
    scene.gets("olga", "/bans", &["Nobody is banned or muted."]);
    // An operator cannot undo what the owner has done to them.
    scene.does("olga", "/mute otto");
    scene.gets("otto", "/unmute otto", &["You cannot do that to yourself. Nothing has changed."]);
}

#[test]
fn a_room_that_ends_takes_its_bans_along() {
    let mut scene = Scene::ordered();
    scene.does("gus", "/join #den");
    scene.does("gus", "/ban bob");
    scene.does("gus", "/leave");
    scene.does("ann", "/join #den");
    scene.gets("ann", "/bans", &["Nobody is banned or muted."]);
    scene.does("bob", "/join #den");
    scene.gets("bob", "hi", &["bob: hi"]);
}

#[test]
fn logging_in_as_a_person_banned_from_the_room_removes_the_client() {
    let mut scene = Scene::ordered();
    scene.leaves("bob");
    scene.does("ann", "/join #den");
    scene.does("ann", "/ban bob");
    scene.does("gus", "/join #den");
    scene.looked();
    scene.does("gus", "/login bob secret1");
    let news = scene.news("gus");
    assert!(news.contains(&"You are banned from #den until further notice".to_owned()), "{news:?}");
    scene.gets("ann", "/who", &["1 person is in #den:", "  ann"]);
}

#[test]
pub(in crate::chat::tests) fn sanctions_are_limited() {
    let mut scene = Scene::ordered();
    for number in 0..limits::SANCTIONS_MAX {
        let address = std::net::Ipv4Addr::from(0x0A00_0000 + number as u32);
        let network = crate::model::moderation::Network::from(AddressBlock::of(address.into()));
        let sanction = crate::model::moderation::Sanction {
            id: scene.chat.moderation.next_id(),
            kind: crate::model::moderation::SanctionKind::Ban,
            room: None,
            subject: crate::model::moderation::Subject::Network(network),
            name: network.to_string().into(),
            by: "otto".into(),
            at: scene.now.wall,
            until: None,
            reason: None,
        };
        let imposed = ActiveSanction::new(
            sanction,
            SanctionKeys { name: None, by: None },
            SmallVec::new(),
            None,
        );
        scene.chat.moderation.impose(imposed);
    }
    scene.gets(
        "otto",
        "/ban bob",
        &["There are already 10000 bans and mutes, the maximum. /unban someone first."],
    );
    scene.gets("otto", "/unban 10.0.0.9", &["10.0.0.9 is no longer banned."]);
    scene.does("otto", "/ban bob");
    let list = {
        scene.looked();
        scene.does("otto", "/bans 500");
        scene.news("otto")
    };
    assert!(list.last().unwrap().contains("bob  banned"), "{list:?}");
}
