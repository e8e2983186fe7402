//! Rooms: creating, joining and leaving them, talking in them, and the rights of their owners.

use std::time::Duration;

use crate::harness::{Client, Server, TestClock, all_see, exchange, gather};

const MADE: &str =
    "You created #garden and own it. /topic TEXT sets its topic; /help room lists its settings.";

const NOT_IN_IT: &str = "You are not in #garden. /join #garden takes you there.";

const NOT_TO_BE_SAID_IN_IT: &str = "You are not in #garden. /join #garden takes you there; to say \
                                    a line that starts with #, use /say.";

const IN_WITH_ONE: &str = "You joined #garden (2 people). You are talking there now.";

/// `ann` creates #garden and `bob` joins. He sees nothing else of it.
fn meet_in_garden(ann: &mut Client, bob: &mut Client) {
    ann.asks("/join #garden", &[MADE]);
    bob.asks("/join #garden", &[IN_WITH_ONE]);
    ann.sees("bob joined");
}

#[test]
fn lines_of_other_rooms_carry_their_name() {
    let server = Server::start();
    let [mut ann, mut bob, mut cat] = gather(server.address, ["ann", "bob", "cat"]);
    meet_in_garden(&mut ann, &mut bob);
    ann.asks("among the flowers", &["ann: among the flowers"]);
    bob.sees("ann: among the flowers");
    cat.asks("in the lobby", &["cat: in the lobby"]);
    all_see(&mut [&mut ann, &mut bob], "[#lobby] cat: in the lobby");
    // Without switching rooms.
    ann.asks("#lobby I am in #garden", &["[#lobby] ann: I am in #garden"]);
    bob.sees("[#lobby] ann: I am in #garden");
    cat.sees("ann: I am in #garden");
    ann.asks("still here", &["ann: still here"]);
    bob.sees("ann: still here");
    // And with switching.
    ann.asks("#lobby", &["You are talking in #lobby now."]);
    ann.asks("hello", &["ann: hello"]);
    bob.sees("[#lobby] ann: hello");
    cat.sees("ann: hello");
    bob.asks("/me digs", &["* bob digs"]);
    ann.sees("[#garden] * bob digs");
    cat.asks("#garden let me in", &[NOT_TO_BE_SAID_IN_IT]);
    cat.asks("/leave #garden", &[NOT_IN_IT]);
    bob.asks("/leave", &["You left #garden. You are talking in #lobby now."]);
    ann.sees("[#garden] bob left");
    bob.asks("back in the lobby", &["bob: back in the lobby"]);
    all_see(&mut [&mut ann, &mut cat], "bob: back in the lobby");
    bob.asks(
        "/leave",
        &["You left #lobby and are no longer in any room. /join #lobby takes you to the lobby."],
    );
    all_see(&mut [&mut ann, &mut cat], "bob left");
    bob.asks(
        "anybody?",
        &["You are not in any room. /join #lobby takes you to the lobby; /rooms lists all rooms."],
    );
    bob.asks("/join lobby", &["You joined #lobby (3 people). You are talking there now."]);
    all_see(&mut [&mut ann, &mut cat], "bob joined");
    // A user who disconnects leaves every room.
    ann.ends_its_input();
    ann.sees_the_end();
    all_see(&mut [&mut bob, &mut cat], "ann left");
    exchange(&bob, &mut cat, "nothing was missed");
}

#[test]
fn a_topic_is_shown_on_joining() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks("/join #garden", &[MADE]);
    ann.asks("/topic", &["#garden has no topic. Its owner can set one with /topic TEXT"]);
    ann.asks("/topic roses & 牡丹", &["ann set the topic: roses & 牡丹"]);
    bob.asks("/join #GARDEN", &[IN_WITH_ONE, "Topic of #garden: roses & 牡丹"]);
    ann.sees("bob joined");
    bob.asks("/topic weeds", &["Only ann, the owner of #garden, can do that."]);
    ann.asks("/topic off", &["ann removed the topic"]);
    bob.sees("ann removed the topic");
    ann.asks("#lobby", &["You are talking in #lobby now."]);
    ann.asks(
        "/topic mine",
        &["#lobby has no owner, so its settings cannot be changed. /join #NAME creates a room of \
           your own."],
    );
}

#[test]
fn a_locked_room_is_for_invited_users() {
    let server = Server::start();
    let [mut ann, mut bob, mut cat] = gather(server.address, ["ann", "bob", "cat"]);
    ann.asks("/join #garden", &[MADE]);
    ann.asks("/room lock", &["ann locked this room: only invited people can join"]);
    bob.asks("/join #garden", &["#garden is locked. Ask its owner to /invite you."]);
    ann.asks("/invite bob", &["bob is now invited to #garden."]);
    bob.sees("ann invited you to #garden: /join #garden");
    cat.asks("/join #garden", &["#garden is locked. Ask its owner to /invite you."]);
    bob.asks("/join #garden", &[IN_WITH_ONE]);
    ann.sees("bob joined");
    ann.asks("/invite bob", &["bob is already in #garden."]);
    bob.asks("/invite cat", &["Only ann, the owner of #garden, can do that."]);
    bob.asks("/room unlock", &["Only ann, the owner of #garden, can do that."]);
    ann.asks("/room unlock", &["ann unlocked this room"]);
    bob.sees("ann unlocked this room");
    bob.asks("/invite cat", &["cat is now invited to #garden."]);
    cat.sees("bob invited you to #garden: /join #garden");
    cat.asks("/join #garden", &["You joined #garden (3 people). You are talking there now."]);
    all_see(&mut [&mut ann, &mut bob], "cat joined");
    ann.asks("/invite eve", &["There is no user named eve. /who lists who is here."]);
}

#[test]
fn a_room_with_a_password() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks("/join #garden", &[MADE]);
    let on = "#garden now has a password: /join #garden PASSWORD";
    ann.asks("/room password open sesame", &[on]);
    bob.asks("/join #garden", &["#garden needs a password: /join #garden PASSWORD"]);
    bob.asks("/join #garden sesame", &["Wrong password for #garden."]);
    // A line typed after the command is said in the room that the command led to.
    bob.says("/join #garden open sesame\nhello");
    bob.sees(IN_WITH_ONE);
    bob.sees("bob: hello");
    ann.sees("bob joined");
    ann.sees("bob: hello");
    // Users who know the password need no invitation, and a member is not asked again.
    bob.asks("/leave", &["You left #garden. You are talking in #lobby now."]);
    ann.sees("bob left");
    ann.asks("/room password off", &["#garden no longer needs a password."]);
    bob.asks("/join #garden", &[IN_WITH_ONE]);
    ann.sees("bob joined");
}

#[test]
fn a_slow_room_limits_the_rate_of_lines() {
    let clock = TestClock::running();
    let server = Server::start_at(clock.clone(), |_| {});
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    meet_in_garden(&mut ann, &mut bob);
    ann.asks("/room slow 600", &["ann turned on slow mode: one message per person every 600 s"]);
    bob.sees("ann turned on slow mode: one message per person every 600 s");
    bob.asks("first", &["bob: first"]);
    ann.sees("bob: first");
    bob.says("second");
    let refusal = bob.line();
    assert!(refusal.starts_with("Not sent: #garden is in slow mode. Please wait "), "{refusal}");
    bob.says("/me insists");
    assert_eq!(bob.line(), refusal);
    bob.asks("#lobby not here", &["[#lobby] bob: not here"]);
    ann.sees("[#lobby] bob: not here");
    ann.asks("the owner\nmay", &["ann: the owner", "ann: may"]);
    all_see(&mut [&mut bob], "ann: the owner");
    bob.sees("ann: may");
    clock.advance(Duration::from_secs(600));
    bob.asks("second", &["bob: second"]);
    ann.sees("bob: second");
    ann.asks("/room slow off", &["ann turned off slow mode"]);
    bob.sees("ann turned off slow mode");
    bob.asks("one\ntwo", &["bob: one", "bob: two"]);
}

#[test]
fn a_hidden_room_is_not_listed() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    let lobby_alone = "There is 1 room; /join #NAME creates another:";
    bob.asks("/rooms", &[lobby_alone, "  #lobby (2) [current room]"]);
    ann.asks("/join #garden", &[MADE]);
    ann.asks("/topic roses", &["ann set the topic: roses"]);
    let two = "There are 2 rooms; /join one:";
    bob.asks("/rooms", &[two, "  #lobby (2) [current room]", "  #garden (1) roses"]);
    ann.asks("/room hide", &["ann hid this room: it is no longer listed"]);
    bob.asks("/rooms", &[lobby_alone, "  #lobby (2) [current room]"]);
    bob.asks("/who #garden", &["There is no room #garden. /rooms lists all rooms."]);
    bob.says("/whois ann");
    for expected in ["ann is a guest.", "  online for", "  in #lobby"] {
        let line = bob.line();
        assert!(line.starts_with(expected) && !line.contains("garden"), "{line}");
    }
    ann.asks("/rooms", &[two, "  #lobby (2)", "  #garden (1) [current room] [hidden] roses"]);
    // A user who knows the room can join it. When it ends, everything that was decided about it
    // ends, too.
    bob.asks("/join #garden", &[IN_WITH_ONE, "Topic of #garden: roses"]);
    ann.sees("bob joined");
    ann.asks("/leave", &["You left #garden. You are talking in #lobby now."]);
    bob.sees("ann left");
    bob.sees("bob now owns #garden");
    bob.asks("/leave", &["You left #garden. You are talking in #lobby now."]);
    ann.asks("/join #garden", &[MADE]);
    ann.asks("/topic", &["#garden has no topic. Its owner can set one with /topic TEXT"]);
}

#[test]
fn invalid_room_names() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    meet_in_garden(&mut ann, &mut bob);
    for (typed, answer) in [
        ("/join #", "Usage: /join #ROOM [PASSWORD], for example: /join #garden"),
        ("/join", "Usage: /join #ROOM [PASSWORD], for example: /join #garden"),
        (
            "/join #...",
            "After its #, a room name must start with a letter or digit, for example: #garden",
        ),
        ("/join #gаrden", "gаrden mixes letters from different scripts. Please use only one."),
        (
            "/room",
            "Usage: /room lock | unlock | hide | show | end | password WORD | slow SECONDS, \
             for example: /room slow 10",
        ),
    ] {
        bob.asks(typed, &[answer]);
    }
}
