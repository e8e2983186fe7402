//! Display settings: times, colours, the bell, and hidden notices.

use crate::harness::{Client, Server, all_see, exchange, gather};

#[test]
fn times_in_the_users_zone() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks("/tz Asia/Tokio", &["There is no time zone Asia/Tokio. Did you mean Asia/Tokyo?"]);
    ann.asks(
        "/tz asia/tokyo",
        &["Your time zone is now Asia/Tokyo. /timestamps on shows the time."],
    );
    ann.says("/tz");
    let told = ann.line();
    let end = " in Asia/Tokyo, your time zone. To change it, for example: /tz Asia/Tokyo";
    assert!(told.starts_with("It is 20") && told.ends_with(end), "{told}");
    let on = "Messages now show the time in Asia/Tokyo. /tz changes the time zone; /timestamps off \
              hides the time.";
    ann.asks("/timestamps", &[on]);
    let minutes_of = |line: &str, rest: &str| {
        let (time, said) = line.split_once(' ').unwrap();
        assert_eq!(said, rest);
        let (hours, minutes) = time.split_once(':').unwrap();
        assert_eq!((hours.len(), minutes.len()), (2, 2), "{line}");
        hours.parse::<i32>().unwrap() * 60 + minutes.parse::<i32>().unwrap()
    };
    bob.says("what time is it?");
    let tokyo = minutes_of(&ann.line(), "bob: what time is it?");
    bob.sees("bob: what time is it?");
    ann.asks(
        "/tz Asia/Kathmandu",
        &["Your time zone is now Asia/Kathmandu. /timestamps on shows the time."],
    );
    bob.says("and there?");
    let kathmandu = minutes_of(&ann.line(), "bob: and there?");
    // A minute or two may have passed.
    let apart = (tokyo - kathmandu).rem_euclid(24 * 60);
    assert!((190..=195).contains(&apart), "{apart} minutes");
    bob.asks("/msg ann hi", &["bob: and there?", "you → ann (private): hi"]);
    minutes_of(&ann.line(), "bob → you (private): hi");
    ann.asks("/timestamps off", &["Messages no longer show the time."]);
    exchange(&bob, &mut ann, "late");
}

const PLAIN: &str = "Plain mode is on: one event per line, no colours, and no bell unless you \
                     choose one with /bell. /plain off turns it off.";

#[test]
fn the_bell_rings_if_it_was_asked_for() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    let says_to_ann = |bob: &mut Client, ann: &mut Client, text: &str, rings: bool| {
        bob.says(text);
        bob.sees(&format!("bob: {text}"));
        let bell = if rings { "\x07" } else { "" };
        ann.sees(&format!("{bell}bob: {text}"));
    };
    says_to_ann(&mut bob, &mut ann, "hi ann", false);
    let mentions = "The bell rings when someone mentions you or sends you a private message.";
    ann.asks("/bell mentions", &[mentions]);
    says_to_ann(&mut bob, &mut ann, "hi ann", true);
    says_to_ann(&mut bob, &mut ann, "hi ANN!", true);
    says_to_ann(&mut bob, &mut ann, "@ann: lunch?", true);
    says_to_ann(&mut bob, &mut ann, "hi anna", false);
    bob.asks("/msg ann psst", &["you → ann (private): psst"]);
    ann.sees("\x07bob → you (private): psst");
    ann.asks("I am ann", &["ann: I am ann"]);
    bob.sees("ann: I am ann");
    ann.asks("/bell all", &["The bell rings for every message from others."]);
    says_to_ann(&mut bob, &mut ann, "hi", true);
    says_to_ann(&mut bob, &mut ann, "hi ann", true);
    ann.asks("to myself", &["ann: to myself"]);
    bob.sees("ann: to myself");
    // The user asked for the bell, and blind people need it most.
    ann.asks("/plain on", &[PLAIN]);
    says_to_ann(&mut bob, &mut ann, "hi", true);
    ann.asks("/bell mentions", &[mentions]);
    says_to_ann(&mut bob, &mut ann, "hi", false);
    says_to_ann(&mut bob, &mut ann, "hi ann", true);
    ann.asks("/plain off", &["Your display settings are back."]);
    says_to_ann(&mut bob, &mut ann, "hi ann", true);
    ann.asks("/bell off", &["The bell is off."]);
    says_to_ann(&mut bob, &mut ann, "hi ann", false);
    bob.asks("/msg ann psst", &["you → ann (private): psst"]);
    ann.sees("bob → you (private): psst");
}

#[test]
fn colours_are_optional() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.says("/colour on");
    ann.sees("\x1b[2mNames are coloured, and messages that mention you stand out.\x1b[0m");
    bob.says("hi");
    let line = ann.line();
    assert!(line.starts_with("\x1b[") && line.ends_with("mbob\x1b[0m: hi"), "{line:?}");
    bob.says("hi ann");
    let line = ann.line();
    assert!(line.contains("bob: hi ann") && line.ends_with("\x1b[0m"), "{line:?}");
    assert!(!line.contains('\x07'), "{line:?}");
    for line in ["bob: hi", "bob: hi ann"] {
        bob.sees(line);
    }
    ann.asks("/color off", &["Colours are off."]);
    exchange(&bob, &mut ann, "hi ann");
}

#[test]
fn join_and_leave_notices_can_be_hidden() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    let quiet = "Joins and departures are now hidden. /quiet off shows them again.";
    ann.asks("/quiet", &[quiet]);
    let eve = server.client();
    bob.sees(&format!("{} joined", eve.name));
    eve.ends_its_input();
    bob.sees(&format!("{} left", eve.name));
    exchange(&bob, &mut ann, "did you see them?");
    bob.sees("bob: did you see them?");
    ann.asks("/quiet off", &["Joins and departures are now shown."]);
    let dan = server.client();
    all_see(&mut [&mut ann, &mut bob], &format!("{} joined", dan.name));
}

/// Once it has shown that it is telnet: CR LF at the end of a line, which is what Enter sends
/// there, is not enough, because `nc -C` sends it, too.
#[test]
fn the_bell_of_a_telnet_rings_for_a_mention() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    bob.says("before, ann");
    all_see(&mut [&mut ann, &mut bob], "bob: before, ann");
    ann.send(b"hello\r\n");
    all_see(&mut [&mut ann, &mut bob], "ann: hello");
    bob.says("still before, ann");
    all_see(&mut [&mut ann, &mut bob], "bob: still before, ann");
    ann.send(b"\xff\xf1hello\r\n");
    all_see(&mut [&mut ann, &mut bob], "ann: hello");
    bob.says("hello, ann\nhello");
    ann.sees("\x07bob: hello, ann");
    ann.sees("bob: hello");
    bob.asks("/me waves to ann", &["bob: hello, ann", "bob: hello", "* bob waves to ann"]);
    ann.sees("\x07* bob waves to ann");
    ann.send(b"/bell off\r\n");
    ann.sees("The bell is off.");
    bob.says("hello, ann");
    all_see(&mut [&mut ann, &mut bob], "bob: hello, ann");
}
