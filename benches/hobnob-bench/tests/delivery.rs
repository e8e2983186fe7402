//! Every delivery is checked: if a server garbles, loses or adds a single line for a single client,
//! the run ends with a one-line message that says what happened, and where.

use std::collections::VecDeque;

use crate::harness::{FakeServer, Receiver, Said, complains, measures};

const CLIENTS: usize = 4;

/// The client with the faulty delivery.
const VICTIM: usize = 2;

/// The total number of lines, and the number in flight.
const LOAD: &str = "--lines 100 --window 10 --line-bytes 64";

fn flood(server: &FakeServer, arguments: &str) -> String {
    format!("flood {} --clients {CLIENTS} {LOAD} {arguments}", server.url())
}

/// Checks that a flood by one sender fails because of the victim's deliveries.
#[track_caller]
fn check(tell: impl FnMut(&Said, &mut Receiver) + Send + 'static, expected: &[&str]) {
    let server = FakeServer::start(CLIENTS, tell);
    let complaint = complains(&flood(&server, "--senders 1"), 1, expected);
    let beginning = format!("hobnob-bench: {} delivered wrongly: at connection 2, ", server.url());
    assert!(complaint.starts_with(&beginning), "{complaint}");
}

/// Checks a server that does this to line 5 of the first sender for the victim.
#[track_caller]
fn check_fifth(does: fn(&Said, &mut Receiver), expected: &[&str]) {
    let tell = move |said: &Said, to: &mut Receiver| match said.is(0, 5) && to.number == VICTIM {
        true => does(said, to),
        false => to.sees(said),
    };
    check(tell, expected);
}

#[test]
fn a_lost_line() {
    check_fifth(|_, _| {}, &["line 6 of sender 0 came where", "line 5 of"]);
}

#[test]
fn a_doubled_line() {
    let twice = |said: &Said, to: &mut Receiver| {
        to.sees(said);
        to.sees(said);
    };
    check_fifth(twice, &["line 5 of sender 0 came"]);
}

#[test]
fn a_changed_line() {
    let check = |from: &'static str, to: &'static str, expected: &[&str]| {
        let tell = move |said: &Said, receiver: &mut Receiver| match receiver.number {
            VICTIM if said.is(0, 5) => receiver.sees_text(&said.line.replacen(from, to, 1)),
            _ => receiver.sees(said),
        };
        check(tell, expected);
    };
    check("0005~", "0007~", &["line 7 of sender 0 came where", "line 5 of"]);
    check("0005~", "000x~", &["a line was changed on its way"]);
    check("-00000-", "-00001-", &["line 5 of sender 1 came"]);
    check("xx", "xy", &["a line was changed on its way"]);
    check("xx", "xxx", &["line 5 of sender 0 came with 65 bytes in place of 64"]);
    // Without our mark the line counts as someone else's, but ours is missing.
    check("~", "-", &["line 6 of sender 0 came where", "line 5 of"]);
}

#[test]
fn a_truncated_line() {
    let cut = |said: &Said, to: &mut Receiver| to.sees_text(&said.line[..40]);
    check_fifth(cut, &["line 5 of sender 0 came with 40 bytes in place of 64"]);
    let cut = |said: &Said, to: &mut Receiver| to.sees_text(&said.line[..20]);
    check_fifth(cut, &["a line was cut off"]);
}

#[test]
fn a_repeated_last_line() {
    let tell = |said: &Said, to: &mut Receiver| {
        to.sees(said);
        if to.number == VICTIM && said.is(0, 99) {
            to.sees(said);
        }
    };
    check(tell, &["line 99 of sender 0 came"]);
}

/// A fault that affects everyone is reported at the first client that notices.
#[test]
fn faults_that_affect_everyone() {
    let check = |does: fn(&Said, &mut Receiver, &mut VecDeque<Said>), expected: &str| {
        let mut held: Vec<VecDeque<Said>> = vec![VecDeque::new(); CLIENTS];
        let server = FakeServer::start(CLIENTS, move |said, to| {
            does(said, to, &mut held[to.number]);
        });
        let expected = ["delivered wrongly: at connection ", expected];
        complains(&flood(&server, "--senders 1"), 1, &expected);
    };
    let swaps_two = |said: &Said, to: &mut Receiver, held: &mut VecDeque<Said>| {
        if said.is(0, 5) {
            return held.push_back(said.clone());
        }
        to.sees(said);
        held.drain(..).for_each(|earlier| to.sees(&earlier));
    };
    check(swaps_two, "line 6 of sender 0 came where line 5 of it was due");
    let loses_one = |said: &Said, to: &mut Receiver, _: &mut VecDeque<Said>| {
        if !said.is(0, 5) {
            to.sees(said);
        }
    };
    check(loses_one, "line 6 of sender 0 came where line 5 of it was due");
    // The lines that check that everyone is there count, too: an extra one among them would hide a
    // missing one at the end.
    let doubles_the_first_and_loses_the_last =
        |said: &Said, to: &mut Receiver, held: &mut VecDeque<Said>| {
            if said.is(0, 99) {
                return;
            }
            to.sees(said);
            if held.is_empty() {
                to.sees(said);
                held.push_back(said.clone());
            }
        };
    check(doubles_the_first_and_loses_the_last, "came twice");
}

/// Swaps a line of the first sender with the next one of the second, for this client.
fn swapping_two_senders(victim: usize) -> impl FnMut(&Said, &mut Receiver) + Send {
    let (mut held, mut is_done) = (None, false);
    move |said, to| {
        if to.number != victim || is_done {
            return to.sees(said);
        }
        match (held.take(), said.place()) {
            (None, Some((0, 5..))) => held = Some(said.clone()),
            (None, _) => to.sees(said),
            (Some(earlier), Some((0, _))) => {
                to.sees(&earlier);
                held = Some(said.clone());
            }
            (Some(earlier), _) => {
                to.sees(said);
                to.sees(&earlier);
                is_done = true;
            }
        }
    }
}

/// Each sender's lines are in order, but the clients see different orders overall.
#[test]
fn two_senders_lines_in_another_order() {
    let server = FakeServer::start(CLIENTS, swapping_two_senders(VICTIM));
    let expected = ["delivered wrongly: at connection ", "came where others had received"];
    complains(&flood(&server, "--senders 2"), 1, &expected);
}

/// The same with the clients served by different threads of the generator.
#[test]
fn two_senders_lines_in_another_order_on_another_thread() {
    let server = FakeServer::start(2, swapping_two_senders(1));
    let load = "--clients 2 --senders 2 --lines 100 --window 10 --threads 2";
    let expected = ["delivered wrongly: ", "in another order"];
    complains(&format!("flood {} {load}", server.url()), 1, &expected);
}

#[test]
fn a_paced_load_is_checked_as_well() {
    let server = FakeServer::start(CLIENTS, |said, to| {
        if to.number != VICTIM || !said.is(0, 5) {
            to.sees(said);
        }
    });
    let arguments = format!("--clients {CLIENTS} --senders 1 --rate 200 --duration 0.1");
    let expected = ["delivered wrongly: at connection 2, line 6 of sender 0 came where"];
    complains(&format!("pace {} {arguments}", server.url()), 1, &expected);
}

/// Colours, prompts and rows are not part of a line.
#[test]
fn telnets_are_checked_as_well() {
    let check = |from: &'static str, to: &'static str, expected: &[&str]| {
        let server =
            FakeServer::start_telnet(CLIENTS, move |said, receiver| match receiver.number {
                VICTIM if said.is(0, 5) => receiver.sees_text(&said.line.replacen(from, to, 1)),
                _ => receiver.sees(said),
            });
        complains(&flood(&server, "--senders 1"), 1, expected);
    };
    check("0005~", "0007~", &["at connection 2, line 7 of sender 0 came where", "line 5 of"]);
    check("xx", "x\r\n    y", &["at connection 2, a line was changed on its way"]);
    check("xx", "x\r\n    xx", &["line 5 of sender 0 came with 65 bytes in place of 64"]);
    check("xx", "\r\x1b[J", &["line 6 of sender 0 came where", "line 5 of"]);

    let server = FakeServer::start_telnet(CLIENTS, |said, to| match to.number {
        0 => to.sees(said),
        _ => to.sees_text(&format!("\r\n    {}", said.line.replacen("xx", "x\r\n    \x1b[0mx", 1))),
    });
    let figures = measures(&flood(&server, "--senders 4"));
    assert_eq!(figures["deliveries"], 100 * CLIENTS as u64);
}

#[test]
fn a_connection_that_ends() {
    let server = FakeServer::start(CLIENTS, |said, to| match said.is(0, 50) {
        true if to.number == VICTIM => to.is_cut_off(),
        _ => to.sees(said),
    });
    let closed = format!("{} closed connection 2 of the generator", server.url());
    let expected = [&closed, "during the flood"];
    complains(&flood(&server, "--senders 1"), 1, &expected);
}

/// Missing deliveries are reported after ten seconds, here in parallel for two servers: one that
/// falls silent, and one that loses the last line of one client.
#[test]
fn silence() {
    let silent = FakeServer::start(CLIENTS, |said, to| {
        if !matches!(said.place(), Some((_, 50..))) {
            to.sees(said);
        }
    });
    let forgetful = FakeServer::start(CLIENTS, |said, to| {
        if to.number != VICTIM || !said.is(0, 99) {
            to.sees(said);
        }
    });
    let fell_silent = "fell silent for 10 s during the flood: ";
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let expected = [fell_silent, "every connection has received 50 lines"];
            complains(&flood(&silent, "--senders 1"), 1, &expected);
        });
        let expected = [fell_silent, "connection 2 has received 99 lines, and others 100"];
        complains(&flood(&forgetful, "--senders 1"), 1, &expected);
    });
}

/// A server may greet or not, name users as it likes, differently for each of them, and say other
/// things.
#[test]
fn allowed_differences() {
    let check = |greeting: &'static str, arguments: &str| {
        let mut count = 0;
        let server = FakeServer::start_greeting(greeting, CLIENTS, move |said, to| {
            count += 1;
            match count % 7 {
                0 => to.sees_bytes("* ~0000000-00000-00000 joined \u{1b}[2J\r\n".as_bytes()),
                1 => to.sees_bytes(b"\n\r\n\xff\xfe~\n"),
                _ => {}
            }
            match to.number {
                0 => to.sees(said),
                number => to.sees_bytes(format!("{number}> {}\n", said.line).as_bytes()),
            }
        });
        let figures = measures(&flood(&server, arguments));
        assert_eq!(figures["lines"], 100);
        assert_eq!(figures["deliveries"], 100 * CLIENTS as u64);
    };
    check("", "--senders 1");
    check("", "--senders 4 --threads 2");
    check("Welcome\r\nThere are rules here.\r\n\r\nBe kind.\r\n", "--senders 3");
    check("Welcome\r\n", "--senders 2 --threads 3");
}
