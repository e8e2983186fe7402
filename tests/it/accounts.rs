//! Accounts on one server: who owns a name, and how to prove it.

use crate::harness::{Client, Server, all_see, exchange, gather};

const NOT_LOGGED_IN: &str =
    "You are not logged in. Log in with /login NAME, or register this name with /register.";

#[test]
fn a_name_is_registered_released_and_reclaimed() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks(
        "/register short",
        &["A password needs at least 6 characters. Please choose a longer one."],
    );
    ann.asks(
        "/register secret 123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    ann.asks("/register secret123", &["You are already logged in as ann, so the name is yours."]);
    ann.asks("/login bob secret123", &["You are already logged in as ann. /logout first."]);
    ann.says("/logout");
    let renamed = ann.line();
    let guest = renamed.strip_prefix("ann is now ").expect(&renamed).to_owned();
    bob.sees(&renamed);
    ann.sees(&format!("You are logged out. Your name is now {guest}."));
    ann.asks("/logout", &[NOT_LOGGED_IN]);
    let registered = "ann is a registered name. If it is yours: /login ann";
    bob.asks("/nick ann", &[registered]);
    bob.asks("/nick ANN", &["ANN is a registered name. If it is yours: /login ANN"]);
    bob.asks("/login ann hunter22", &["Wrong password. Nothing has changed."]);
    bob.asks(
        "/login eve hunter22",
        &["eve is not registered. To make it yours: /nick eve, then /register"],
    );
    let back = format!("{guest} is now ann");
    ann.asks("/login ANN secret 123", &[&back, "You are logged in as ann."]);
    bob.sees(&back);
    bob.says("/whois ann");
    let line = bob.line();
    assert!(line.starts_with("ann has been registered since 20"), "{line}");
}

#[test]
fn a_password_is_changed_and_an_account_deleted() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    ann.asks(
        "/passwd secret124 hunter22",
        &["That is not your current password. Nothing has changed."],
    );
    ann.asks("/passwd secret123 hunter22", &["Your password has been changed."]);
    bob.asks("/login ann secret123", &["Wrong password. Nothing has changed."]);
    ann.asks("/unregister secret123", &["That is not your current password. Nothing has changed."]);
    ann.asks(
        "/unregister hunter22",
        &["ann is no longer registered. You keep the name while you are here."],
    );
    exchange(&ann, &mut bob, "I am still here");
    bob.asks(
        "/login ann hunter22",
        &["ann is not registered. To make it yours: /nick ann, then /register"],
    );
    ann.asks("and can register again", &["ann: I am still here", "ann: and can register again"]);
    ann.asks(
        "/register again123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
}

/// When a user deletes their account, their room stays theirs while they are in it.
#[test]
fn a_room_outlives_its_owners_account_while_people_are_in_it() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    ann.says("/join #garden");
    ann.line();
    bob.says("/join #garden");
    bob.line();
    ann.sees("bob joined");
    ann.asks(
        "/unregister secret123",
        &["ann is no longer registered. You keep the name while you are here."],
    );
    bob.asks("/topic weeds", &["Only ann, the owner of #garden, can do that."]);
    ann.asks("/topic roses", &["ann set the topic: roses"]);
    bob.sees("ann set the topic: roses");
    for client in [&mut ann, &mut bob] {
        client.says("/leave");
        while client.line() != "You left #garden. You are talking in #lobby now." {}
    }
    ann.asks(
        "/rooms",
        &["There is 1 room; /join #NAME creates another:", "  #lobby (2) [current room]"],
    );
}

#[test]
fn one_person_from_several_clients() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    let mut phone = server.client();
    all_see(&mut [&mut ann, &mut bob], &format!("{} joined", phone.name));
    let guest_left = format!("{} left", phone.name);
    phone.says("/login ann secret123");
    // The guest name has left; ann has been here all the time.
    all_see(&mut [&mut ann, &mut bob], &guest_left);
    phone.sees("You are logged in as ann, now from 2 clients.");
    "ann".clone_into(&mut phone.name);
    phone.says("from the phone");
    all_see(&mut [&mut phone, &mut ann, &mut bob], "ann: from the phone");
    bob.asks("/who", &["2 people are in #lobby:", "  ann, bob"]);
    bob.asks("/msg ann psst", &["you → ann (private): psst"]);
    all_see(&mut [&mut ann, &mut phone], "bob → you (private): psst");
    ann.says("/reply yes");
    all_see(&mut [&mut ann, &mut phone], "you → bob (private): yes");
    bob.sees("ann → you (private): yes");
    // One client disconnects, and ann is still here.
    ann.ends_its_input();
    ann.sees_the_end();
    exchange(&phone, &mut bob, "still here");
    phone.sees("ann: still here");
    phone.ends_its_input();
    phone.sees_the_end();
    bob.sees("ann left");
}

#[test]
fn input_after_a_login_waits_for_its_outcome() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.send(b"/register secret123\nhello\n/nick zoe\n/logout\n/login ann wrong-one\nwho am I?\n");
    ann.sees("ann is now registered to you. To log in from anywhere: /login ann");
    ann.sees("ann: hello");
    ann.sees(
        "You are logged in as ann, so you can only change its capitalization. To use another name, \
         /logout first.",
    );
    let renamed = ann.line();
    let guest = renamed.strip_prefix("ann is now ").expect(&renamed).to_owned();
    ann.sees(&format!("You are logged out. Your name is now {guest}."));
    ann.sees("Wrong password. Nothing has changed.");
    ann.sees(&format!("{guest}: who am I?"));
    for line in ["ann: hello", &renamed, &format!("{guest}: who am I?")] {
        bob.sees(line);
    }
}

#[test]
fn the_end_of_the_input_waits_for_the_outcome_too() {
    let server = Server::start();
    let [mut bob] = gather(server.address, ["bob"]);
    for (commands, lines) in [
        ("/nick ann\n/register secret123\nhello\n", &["ann: hello"][..]),
        ("/login ann secret123\nhello again", &["ann: hello again"]),
        ("/login ann secret123", &[]),
        ("/login ann secret123\n/me waves\n/quit\nunheard", &["* ann waves"]),
    ] {
        let mut pipe = Client::connect(server.address);
        pipe.send(commands.as_bytes());
        pipe.ends_its_input();
        let screen = pipe.everything();
        assert!(screen.starts_with("Welcome, ann.\r\n"), "{screen}");
        bob.sees("ann joined");
        for line in lines {
            bob.sees(line);
        }
        bob.sees("ann left");
        assert!(
            screen.ends_with(&format!(
                "{}\r\n",
                lines.last().unwrap_or(&"You are logged in as ann.")
            )),
            "{screen}"
        );
    }
}

#[test]
fn guessing_is_slowed_down() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    for _ in 0..hobnob::limits::WRONG_PASSWORDS_FROM_ADDRESS_BURST {
        bob.asks("/login ann guess-it", &["Wrong password. Nothing has changed."]);
    }
    bob.says("/login ann secret123");
    let line = bob.line();
    assert!(line.starts_with("Too many attempts. Please try again in "), "{line}");
    exchange(&bob, &mut ann, "others notice nothing");
}
