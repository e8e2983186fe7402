//! People: their names, who is here, who is away, and the commands that everyone meets first.

use crate::harness::{Client, Server, all_see, exchange, gather};

#[test]
fn a_chosen_name_is_announced_once_and_unique() {
    let server = Server::start();
    let (mut ann, mut bob) = (server.client(), server.client());
    ann.sees(&format!("{} joined", bob.name));
    let before = ann.name.clone();
    ann.is_called("ann");
    bob.sees(&format!("{before} is now ann"));
    exchange(&ann, &mut bob, "it is me");
    for (name, answer) in [
        ("ann", "ann is already in use. Please choose another name."),
        ("ANN", "ANN is already in use. Please choose another name."),
        ("аnn", "аnn mixes letters from different scripts. Please use only one."),
        ("a.n.n.", "A name must start with a letter or digit and must not end with a full stop."),
        ("server", "server could be mistaken for the server itself. Please choose another name."),
        ("brave-cat-3/4", "A name cannot contain /; only letters, digits, - _ and . are allowed."),
    ] {
        bob.asks(&format!("/nick {name}"), &[answer]);
    }
    for usage in ["/nick", "/nick  ", "/nick two words"] {
        bob.asks(usage, &["Usage: /nick NAME, for example: /nick maria"]);
    }
    // She saw none of that, and nothing has changed.
    ann.sees("ann: it is me");
    exchange(&bob, &mut ann, "still the same");
}

#[test]
fn names_in_any_script() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    let mut before = "bob".to_owned();
    for name in ["王小明", "José", "Ольга", "たなか", "모모", "x"] {
        bob.is_called(name);
        ann.sees(&format!("{before} is now {name}"));
        exchange(&bob, &mut ann, "hello");
        bob.sees(&format!("{name}: hello"));
        name.clone_into(&mut before);
    }
    // A name that was given up is free.
    ann.is_called("王小明");
    bob.sees("ann is now 王小明");
    bob.asks("/nick 王小明", &["王小明 is already in use. Please choose another name."]);
}

#[test]
fn look_alikes_are_refused() {
    let server = Server::start();
    let [_ann, mut bob] = gather(server.address, ["paypal", "bob"]);
    for name in ["раураl", "paypa1", "PAYPAL"] {
        bob.says(&format!("/nick {name}"));
        let answer = bob.line();
        assert!(answer.contains("Please"), "{name}: {answer}");
    }
    bob.asks("/nick amber-otter", &["amber-otter looks like a guest name. Please choose another."]);
}

#[test]
fn present_and_away_people_are_listed() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    bob.asks("/who", &["2 people are in #lobby:", "  ann, bob"]);
    bob.asks("/back", &["You were not away."]);
    ann.asks(
        "/away having lunch",
        &["You are marked as away: having lunch. /back when you return."],
    );
    bob.asks("/who", &["2 people are in #lobby:", "  ann (away), bob"]);
    bob.asks("/msg ann hungry?", &["you → ann (private): hungry?", "ann is away: having lunch"]);
    ann.sees("bob → you (private): hungry?");
    bob.says("/whois ann");
    bob.sees("ann is a guest.");
    let times = bob.line();
    assert!(times.starts_with("  online for ") && times.contains(", idle for "), "{times}");
    bob.sees("  in #lobby");
    bob.sees("ann is away: having lunch");
    ann.asks("/back", &["Welcome back."]);
    ann.asks("/away", &["You are marked as away. /back when you return."]);
    bob.asks("/msg ann and now?", &["you → ann (private): and now?", "ann is away."]);
    ann.sees("bob → you (private): and now?");
    bob.asks("/whois eve", &["There is no user named eve. /who lists who is here."]);
    bob.asks("/who #nowhere", &["There is no room #nowhere. /rooms lists all rooms."]);
    // Addresses are private.
    bob.says("/whois ann");
    for _ in 0..4 {
        assert!(!bob.line().contains("127.0.0.1"));
    }
}

#[test]
fn saying_and_acting() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    for (typed, shown) in [
        ("/me waves", "* ann waves"),
        ("//join is how one enters", "ann: /join is how one enters"),
        ("/say #1 is the best", "ann: #1 is the best"),
        ("/say /x", "ann: /x"),
        ("1/2", "ann: 1/2"),
        ("# a heading", "ann: # a heading"),
        ("／／text", "ann: ／text"),
    ] {
        ann.says(typed);
        all_see(&mut [&mut ann, &mut bob], shown);
    }
    for (typed, answer) in [
        ("/nik maria", "There is no command /nik. Did you mean /nick?"),
        ("/jion #x", "There is no command /jion. Did you mean /join?"),
        (
            "/xyzzy",
            "There is no command /xyzzy. /help lists them; to say such a line, start it with //.",
        ),
        ("/logn bob secret123", "There is no command /logn. Did you mean /login?"),
        ("/me", "Usage: /me TEXT, for example: /me waves"),
        ("/back now", "Usage: /back, with nothing after it."),
        ("/msg bob", "Usage: /msg NAME TEXT, for example: /msg maria hello"),
        ("/bell loud", "Usage: /bell off | mentions | all, for example: /bell mentions"),
        ("/help nik", "There is no command /nik. Did you mean /nick?"),
    ] {
        ann.asks(typed, &[answer]);
    }
    // Nobody else has seen any of it, least of all the password.
    exchange(&ann, &mut bob, "the next line");
}

#[test]
fn the_help_fits_a_screen_and_explains_each_command() {
    let server = Server::start();
    let mut ann = server.client();
    ann.says("/help\nand then");
    let mut lines = 0;
    loop {
        let line = ann.line();
        if line == format!("{}: and then", ann.name) {
            break;
        }
        assert!(line.chars().count() <= 80, "{line}");
        lines += 1;
    }
    assert!((10..24).contains(&lines), "{lines} lines");
    ann.asks("/help nick", &["/nick NAME  Changes your name.", "For example: /nick maria"]);
    ann.asks("/help /NICK", &["/nick NAME  Changes your name.", "For example: /nick maria"]);
}

#[test]
fn quitting_is_leaving() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    bob.says("goodbye\n/quit\nthis is not said any more");
    bob.sees("bob: goodbye");
    bob.sees_the_end();
    ann.sees("bob: goodbye");
    ann.sees("bob left");
    let mut eve = server.client();
    ann.sees(&format!("{} joined", eve.name));
    exchange(&eve, &mut ann, "hello");
    eve.sees(&format!("{}: hello", eve.name));
    // The text after the command is shown to the others, cleaned like everything that is said.
    eve.says("/quit good\tnight \x1b[31mall\x07");
    eve.sees_the_end();
    ann.sees(&format!("{} left: good night all", eve.name));
}

/// `nc` users get only text that any program can display, whatever they type.
#[test]
fn no_control_byte_reaches_a_client_that_has_not_asked_for_any() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    let dirty = "\x07\x1b[31mred\x08\x00\t\x7f\u{9b}1m\u{202e}\u{200b}";
    let templates = [
        "X",
        "/me X",
        "/msg bob X",
        "/msg ann X",
        "/away X",
        "/topic X",
        "/nick X",
        "/join #X",
        "/whois X",
        "/login X",
        "/login X X",
        "/register X",
        "/register",
        "/passwd X X",
        "/tz X",
        "/ignore X",
        "/help X",
        "/X",
        "/join #den X",
        "#den X",
        "/topic X",
        "/room password X",
        "/room X",
        "/leave",
        "/reply X",
        "/invite X",
        "/who",
        "/rooms",
        "/help",
        "/plain on",
        "/timestamps on",
        "X bob X",
        "/quiet on",
        "/unignore X",
        "/logout",
        "/passwd",
    ];
    for template in templates {
        let line = template.replace('X', dirty);
        ann.send(line.as_bytes());
        ann.send(b"\n");
    }
    ann.send(b"\xff\n/nick a\xffb\n/join #a\xc3\n");
    ann.says("/join #lobby\nbob, that is all of it");
    let check = |client: &mut Client, end: &str| {
        loop {
            // `line` also checks that it is UTF-8, and so contains no IAC.
            let line = client.line();
            let is_clean = line.chars().all(|c| !c.is_control() && c != '\u{202e}');
            assert!(is_clean, "{line:?}");
            if line.ends_with(end) {
                return;
            }
        }
    };
    check(&mut ann, "bob, that is all of it");
    check(&mut bob, "bob, that is all of it");
}
