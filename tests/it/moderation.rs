//! Moderation over real sockets and across restarts: the claim, bans, mutes, kicks and the
//! lockdown, as everyone sees them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hobnob::model::moderation::OwnerToken;
use hobnob::model::motd::Motd;

use crate::harness::{
    Client, Program, Server, TestClock, config_for_tests, connect_from, eventually, exchange,
    gather, named_in, plain_door,
};

const HOUR: Duration = Duration::from_secs(3600);

/// A server that `olga` owns, with her and other users in it.
fn owned<const COUNT: usize>(
    clock: &Arc<TestClock>,
    names: [&str; COUNT],
) -> (Server, [Client; COUNT]) {
    let (config, token) = (config_for_tests(), OwnerToken::of([3; 16]).unwrap());
    let door = Arc::new(plain_door(&config));
    let claim = format!("/claim {token}");
    let server = Server::start_owned(config, door, clock.clone(), Some(token));
    let mut people = gather(server.address, names);
    people[0].asks(
        "/register secret1",
        &["olga is now registered to you. To log in from anywhere: /login olga"],
    );
    people[0].asks(&claim, &["You now own this server. /help order lists what you can do."]);
    (server, people)
}

#[test]
fn a_kicked_user_is_told_and_gone_and_the_others_learn_why() {
    let (_server, [mut olga, mut bob, mut ann]) =
        owned(&TestClock::running(), ["olga", "bob", "ann"]);
    ann.says("hello bob");
    bob.sees("ann: hello bob");
    ann.sees("ann: hello bob");
    olga.sees("ann: hello bob");
    olga.asks(
        "/kick bob please calm down",
        &["olga removed bob: please calm down", "bob was removed."],
    );
    bob.sees("olga removed you from this server: please calm down");
    bob.sees_the_end();
    // Anything that he sends after that has no effect.
    let _ = bob.try_send(b"but I\r\n");
    ann.sees("olga removed bob: please calm down");
    exchange(&olga, &mut ann, "quiet again");
}

#[test]
fn a_mute_expires() {
    let clock = TestClock::running();
    let (_server, [mut olga, mut bob]) = owned(&clock, ["olga", "bob"]);
    olga.says("/mute bob 10m too loud");
    assert!(olga.line().starts_with("bob is muted until "));
    let told = bob.line();
    assert!(told.starts_with("olga muted you until ") && told.ends_with(": too loud"), "{told}");
    bob.says("hello?");
    assert!(bob.line().starts_with("Not sent: you are muted until "));
    exchange(&olga, &mut bob, "ten minutes");
    olga.sees("olga: ten minutes");
    clock.advance(HOUR / 6);
    exchange(&bob, &mut olga, "sorry");
}

#[test]
fn clients_of_a_banned_network_are_told_until_the_ban_expires() {
    let clock = TestClock::running();
    let (server, [mut olga]) = owned(&clock, ["olga"]);
    let mut bot = Client::join_from("127.0.0.66", server.address);
    olga.sees(&format!("{} joined", bot.name));
    olga.says("/ban 127.0.0.64/26 2h bots");
    olga.sees(&format!("olga removed {}: bots", bot.name));
    assert!(olga.line().starts_with("127.0.0.64/26 is banned until "));
    let last = bot.line();
    assert!(last.starts_with("olga banned you from this server until "), "{last}");
    bot.sees_the_end();
    let is_told = |client: &mut Client| {
        let told = client.line();
        assert!(told.starts_with("You are banned from this server until "), "{told}");
        assert!(told.ends_with(": bots"), "{told}");
    };
    for _ in 0..3 {
        let mut bot = Client::connected(connect_from("127.0.0.66", server.address).unwrap());
        is_told(&mut bot);
        bot.sees("Owners and operators can still log in: /login NAME");
        bot.says("let me in");
        is_told(&mut bot);
        clock.advance(hobnob::limits::OUTSIDE_LOGIN_TIME);
        // A thread that waits until a time on this clock checks it again when something happens.
        olga.asks("a minute later", &["olga: a minute later"]);
        is_told(&mut bot);
        bot.sees_the_end();
    }
    // The server's owner still gets in.
    let mut second = Client::connected(connect_from("127.0.0.66", server.address).unwrap());
    is_told(&mut second);
    second.sees("Owners and operators can still log in: /login NAME");
    second.says("/login olga secret1");
    second.sees("You are logged in as olga, now from 2 clients.");
    drop(second);
    let welcome = Client::join_from("127.0.0.1", server.address);
    // Nobody has seen the others.
    olga.sees(&format!("{} joined", welcome.name));
    clock.advance(2 * HOUR);
    // A client that is accepted at this very moment may see two hours pass before it is let in.
    let again = eventually("it comes in", || {
        let mut client = Client::connected(connect_from("127.0.0.66", server.address).unwrap());
        client.line().starts_with("Welcome, ").then_some(client)
    });
    assert!(olga.line().ends_with(" joined"));
    drop(again);
}

#[test]
fn in_a_lockdown_guests_read_and_registered_users_join() {
    let (server, [mut olga, mut ann, mut gus]) =
        owned(&TestClock::running(), ["olga", "ann", "gus"]);
    ann.asks(
        "/register secret1",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    ann.asks("/quit good night", &[]);
    ann.sees_the_end();
    for client in [&mut olga, &mut gus] {
        client.sees("ann left: good night");
    }
    let begun = "olga started a lockdown: only registered users can talk";
    olga.asks("/lockdown on", &[begun]);
    gus.sees(begun);
    let wait =
        "Only registered users can take part now. If you have a registered name: /login NAME";
    gus.asks("hello?", &[wait]);
    let mut ann = Client::join_kept_out(server.address, wait);
    ann.asks("/join #lobby", &[wait]);
    ann.says("/login ann secret1");
    olga.sees("ann joined");
    gus.sees("ann joined");
    while !ann.line().starts_with("You joined #lobby") {}
    ann.name = "ann".to_owned();
    exchange(&ann, &mut olga, "here I am");
    let ended = "olga ended the lockdown: guests can talk again";
    olga.asks("/lockdown off", &[ended]);
    gus.sees("ann: here I am");
    gus.sees(ended);
    exchange(&gus, &mut olga, "at last");
}

#[test]
fn the_message_of_the_day_is_shown_first_and_may_change() {
    let mut config = config_for_tests();
    config.motd = Motd::parse("Be kind.\n  No spam.\n".as_bytes()).unwrap();
    let live = config.live();
    let door = Arc::new(plain_door(&config));
    let server = Server::start_owned(config, door, TestClock::running(), None);
    let mut ann = server.client();
    ann.sees("Be kind.");
    ann.sees("  No spam.");
    ann.asks("/motd", &["Be kind.", "  No spam."]);
    let motd = Motd::parse(b"Be kinder.").unwrap();
    let change = hobnob::server::reload::ServerChange::Settings(Box::new(
        hobnob::server::reload::LiveSettings { motd, ..live },
    ));
    server.changes.send(change).unwrap();
    // The change takes a path of its own.
    loop {
        ann.says("/motd");
        if ann.line() == "Be kinder." {
            break;
        }
        ann.sees("  No spam.");
    }
    let mut bob = server.client();
    bob.sees("Be kinder.");
    bob.asks("/motd now", &["Usage: /motd, with nothing after it."]);
}

fn start_in(directory: &Path) -> Program {
    Program::start(&["--data", directory.to_str().unwrap(), "--lang", "en"])
}

fn stop(mut program: Program) {
    program.signal("TERM");
    assert_eq!(program.wait().code(), Some(0), "{}", program.log());
}

fn logged_in(program: &Program, name: &str) -> Client {
    let mut client = Client::connect(program.address);
    client.says(&format!("/login {name} secret1"));
    while client.line() != format!("You are logged in as {name}.") {}
    client.name = name.to_owned();
    client
}

#[test]
fn a_server_is_claimed_once_and_its_moderation_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    // A token is printed while there is no owner, a new one each time, and nowhere but on standard
    // output.
    let first = start_in(folder.path());
    let unused = first.token().unwrap();
    assert!(!first.log().contains(&unused));
    stop(first);
    let server = start_in(folder.path());
    let token_now = server.token().unwrap();
    assert_ne!(token_now, unused);

    let [mut olga, mut bob] = gather(server.address, ["olga", "bob"]);
    olga.asks(&format!("/claim {token_now}"), &["Register your name first: /register"]);
    olga.asks(
        "/register secret1",
        &["olga is now registered to you. To log in from anywhere: /login olga"],
    );
    let wrong = "Wrong token. The server prints the token at startup if it has no owner.";
    olga.asks(&format!("/claim {unused}"), &[wrong]);
    olga.asks(
        &format!("/claim {token_now}"),
        &["You now own this server. /help order lists what you can do."],
    );
    bob.asks(
        "/register secret1",
        &["bob is now registered to you. To log in from anywhere: /login bob"],
    );
    olga.says("/ban bob 7d spam");
    assert!(olga.line().starts_with("olga banned bob until "));
    let answer = olga.line();
    assert!(answer.ends_with(", and so are guests from 127.0.0.1."), "{answer}");
    assert!(bob.line().ends_with(": spam"));
    bob.sees_the_end();
    stop(server);

    let server = start_in(folder.path());
    assert_eq!(server.token(), None, "{}", server.invitation);
    let mut guest = Client::connect(server.address);
    named_in(&guest.line()).unwrap().clone_into(&mut guest.name);
    let kept_out = guest.line();
    assert!(kept_out.starts_with("Guests from your address cannot take part until "), "{kept_out}");
    guest.says("/login bob secret1");
    let refused = guest.line();
    assert!(refused.starts_with("You are banned from this server until "), "{refused}");
    assert!(refused.ends_with(": spam"), "{refused}");
    // A registered user can join, and lifts the ban.
    let mut olga = logged_in(&server, "olga");
    olga.says("/bans");
    olga.sees("Bans and mutes on this server: 1");
    assert!(olga.line().starts_with("  bob  banned until "));
    // The waiting guest may now take part.
    let joined = format!("{} joined", guest.name);
    olga.asks("/unban bob", &[&joined, "bob is no longer banned."]);
    olga.says("/audit");
    olga.sees("Moderation actions, 3 in total:");
    for deed in ["olga claimed the server", "olga banned bob until ", "olga unbanned bob"] {
        let line = olga.line();
        assert!(line.contains(deed), "{line}");
    }
    stop(server);

    // The administrator of the machine can always create an owner.
    let data = folder.path().to_str().unwrap();
    let server = Program::start(&["--data", data, "--lang", "en", "--new-owner"]);
    let token_now = server.token().unwrap();
    let mut bob = logged_in(&server, "bob");
    bob.asks("back", &["bob: back"]);
    bob.asks(
        &format!("/claim {token_now}"),
        &["You now own this server. /help order lists what you can do."],
    );
    bob.asks("/op", &["Owners: bob, olga"]);
    stop(server);
    assert_eq!(start_in(folder.path()).token(), None);
}
