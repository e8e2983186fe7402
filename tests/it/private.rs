//! Private messages, now or at the next login, and ignoring people.

use crate::harness::{Server, all_see, exchange, gather};

#[test]
fn private_messages() {
    let server = Server::start();
    let [mut ann, mut bob, mut cat] = gather(server.address, ["ann", "bob", "cat"]);
    // A line that begins with `@` is an ordinary line.
    ann.says("@bob are you there?");
    all_see(&mut [&mut ann, &mut bob, &mut cat], "ann: @bob are you there?");
    bob.asks(
        "/reply hello?",
        &["Nobody has sent you a private message yet. To send one: /msg NAME TEXT"],
    );
    ann.asks("/msg bob psst", &["you → bob (private): psst"]);
    bob.sees("ann → you (private): psst");
    bob.asks("/reply yes?", &["you → ann (private): yes?"]);
    ann.sees("bob → you (private): yes?");
    ann.asks("/msg BOB  two  words", &["you → bob (private): two  words"]);
    bob.sees("ann → you (private): two  words");
    ann.asks("/msg bob hello", &["you → bob (private): hello"]);
    bob.sees("ann → you (private): hello");
    ann.asks("/msg ann hello", &["That is you. To message someone else: /msg NAME TEXT"]);
    ann.asks("/msg eve hello", &["There is no user named eve. /who lists who is here."]);
    ann.asks("/msg bob", &["Usage: /msg NAME TEXT, for example: /msg maria hello"]);
    // A reply goes to the last person who wrote, whatever their current name is.
    cat.asks("/msg bob me too", &["you → bob (private): me too"]);
    bob.sees("cat → you (private): me too");
    cat.is_called("tiger");
    all_see(&mut [&mut ann, &mut bob], "cat is now tiger");
    bob.asks("/r hello tiger", &["you → tiger (private): hello tiger"]);
    cat.sees("bob → you (private): hello tiger");
    cat.ends_its_input();
    cat.sees_the_end();
    all_see(&mut [&mut ann, &mut bob], "tiger left");
    bob.asks("/reply still there?", &["They have left. /who lists who is here."]);
    exchange(&bob, &mut ann, "nobody else has seen anything");
}

#[test]
fn an_ignored_user_is_not_heard_and_not_told() {
    let server = Server::start();
    let [mut ann, mut bob, mut cat] = gather(server.address, ["ann", "bob", "cat"]);
    ann.asks("/ignore", &["You are not ignoring anyone."]);
    ann.asks(
        "/ignore bob",
        &["Messages from bob are now hidden. To see them again: /unignore bob"],
    );
    ann.asks("/ignore bob", &["You are already ignoring bob."]);
    ann.asks("/ignore ann", &["You cannot ignore yourself."]);
    ann.asks("/ignore eve", &["There is no user named eve. /who lists who is here."]);
    ann.asks("/ignore", &["You are ignoring bob."]);
    bob.asks("hello", &["bob: hello"]);
    bob.asks("/me waves", &["* bob waves"]);
    bob.asks("/msg ann hello", &["you → ann (private): hello"]);
    cat.sees("bob: hello");
    cat.sees("* bob waves");
    cat.asks("and I?", &["cat: and I?"]);
    ann.sees("cat: and I?");
    bob.sees("cat: and I?");
    // Under another name, which she is not told of, he is still ignored.
    bob.is_called("rob");
    cat.sees("bob is now rob");
    bob.asks("now?", &["rob: now?"]);
    cat.sees("rob: now?");
    ann.asks("/ignore", &["You are ignoring rob."]);
    ann.asks("/unignore rob", &["Messages from rob are shown again."]);
    ann.asks("/unignore rob", &["You were not ignoring rob."]);
    exchange(&bob, &mut ann, "and now?");
}

#[test]
fn messages_wait_for_the_next_login() {
    let server = Server::start();
    let [mut ann, mut bob, mut cat] = gather(server.address, ["ann", "bob", "cat"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    bob.asks(
        "/register hunter22",
        &["bob is now registered to you. To log in from anywhere: /login bob"],
    );
    bob.asks("/quit", &[]);
    bob.sees_the_end();
    all_see(&mut [&mut ann, &mut cat], "bob left");
    let left = "bob is not here and will get your message at the next login.";
    ann.asks("/msg bob lunch?", &[left]);
    ann.asks("/msg bob at noon", &[left]);
    cat.asks(
        "/msg bob me too",
        &["bob is not here. Registered users can leave each other messages: /register"],
    );
    let mut bob = server.client();
    let guest = bob.name.clone();
    all_see(&mut [&mut ann, &mut cat], &format!("{guest} joined"));
    bob.asks(
        "/login bob hunter22",
        &[
            &format!("{guest} is now bob"),
            "You are logged in as bob.",
            "2 messages were left for you:",
        ],
    );
    for text in ["lunch?", "at noon"] {
        let line = bob.line();
        assert!(line.ends_with(&format!(" ann → you (private): {text}")), "{line}");
    }
    all_see(&mut [&mut ann, &mut cat], &format!("{guest} is now bob"));
    bob.asks("/reply gladly", &["you → ann (private): gladly"]);
    ann.sees("bob → you (private): gladly");
    // Messages are delivered once.
    bob.says("/logout");
    let renamed = bob.line();
    assert!(renamed.starts_with("bob is now "), "{renamed}");
    bob.says("/login bob hunter22");
    bob.line();
    bob.line();
    bob.sees("You are logged in as bob.");
    bob.asks("that is all", &["bob: that is all"]);
}
