//! Flood control: a client that sends too fast is slowed down, told, and muted for a while. Nobody
//! else is delayed, and nobody is disconnected. A paste passes. Where timing would decide, the test
//! holds the clock.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hobnob::base::rate_limit::Rate;
use hobnob::limits;
use hobnob::server::config::Config;

use crate::harness::{Client, Server, TestClock, all_see, exchange};

fn flood_limit(burst: u32, per_second: u32) -> impl FnOnce(&mut Config) {
    let rate = Rate::per_second(burst.try_into().unwrap(), per_second.try_into().unwrap());
    move |config| config.flood = Some(rate)
}

fn lines(count: usize) -> String {
    (0..count).map(|number| format!("line {number}\n")).collect()
}

/// `ann` sees these lines of `bob`, one after the other.
#[track_caller]
fn hears(ann: &mut Client, bob: &Client, numbers: Range<usize>) {
    for number in numbers {
        ann.sees(&format!("{}: line {number}", bob.name));
    }
}

/// Lines that pass at once in addition to the bucket's burst.
const PASTE: usize = limits::PASTE_LINES_MAX as usize;

#[test]
fn a_fast_client_is_heard_in_full_but_slowed_down() {
    let server = Server::start_with(flood_limit(5, 20));
    let (mut ann, eve) = (server.client(), server.client());
    ann.sees(&format!("{} joined", eve.name));
    let bob = server.client();
    ann.sees(&format!("{} joined", bob.name));
    let start = Instant::now();
    bob.send(lines(PASTE + 40).as_bytes());
    let mut of_eve = 0;
    for number in 0..PASTE + 40 {
        if number == PASTE + 5 {
            eve.says("and I?");
        }
        let mut line = ann.line();
        if line == format!("{}: and I?", eve.name) {
            of_eve += 1;
            line = ann.line();
        }
        assert_eq!(line, format!("{}: line {number}", bob.name));
    }
    assert_eq!(of_eve, 1, "she was held up by him");
    // A paste and five lines at once, and 35 at twenty per second.
    assert!(start.elapsed() >= Duration::from_millis(1750), "{:?}", start.elapsed());
}

/// The number of lines that the rate of [`somebody_held_back`] accepts at first.
const PASSES: usize = 4 + PASTE;

/// `ann`, and `bob`, who has said this many lines at once. All but the first [`PASSES`] of them
/// have to wait; his first words were one more. Time stands still; there is a token every 50 ms.
fn somebody_held_back(clock: Arc<TestClock>, count: usize) -> (Server, Client, Client) {
    let server = Server::start_at(clock, flood_limit(5, 20));
    let mut ann = Client::join_saying(server.address, "hello");
    let mut bob = Client::join_saying(server.address, "hello");
    ann.sees(&format!("{} joined", bob.name));
    ann.sees(&format!("{}: hello", bob.name));
    bob.send(lines(count).as_bytes());
    for number in 0..PASSES {
        let line = format!("{}: line {number}", bob.name);
        all_see(&mut [&mut ann, &mut bob], &line);
    }
    (server, ann, bob)
}

#[test]
fn one_line_per_interval_and_no_more() {
    let clock = TestClock::stopped();
    let (server, mut ann, bob) = somebody_held_back(clock.clone(), PASSES + 16);
    let eve = Client::join_saying(server.address, "hello");
    ann.sees(&format!("{} joined", eve.name));
    ann.sees(&format!("{}: hello", eve.name));
    let mut next = PASSES;
    for intervals in [1, 1, 2, 5, 1] {
        exchange(&eve, &mut ann, "meanwhile");
        clock.advance(Duration::from_millis(50) * intervals);
        hears(&mut ann, &bob, next..next + intervals as usize);
        next += intervals as usize;
    }
}

#[test]
fn a_paste_at_a_terminal_is_said_at_once() {
    let clock = TestClock::stopped();
    let server = Server::start_at(clock, |config| config.flood = Config::with_seed(1).flood);
    let mut ann = Client::join_saying(server.address, "hello");
    let bob = Client::join_saying(server.address, "hello");
    ann.sees(&format!("{} joined", bob.name));
    ann.sees(&format!("{}: hello", bob.name));
    // Line by line, as a terminal sends it. Time stands still, so that there are no new tokens.
    for number in 0..PASTE {
        bob.send(format!("line {number}\r\n").as_bytes());
    }
    hears(&mut ann, &bob, 0..PASTE);
}

#[test]
fn a_large_pipe_that_ends_is_heard_in_full() {
    let clock = TestClock::stopped();
    let server = Server::start_at(clock, |config| config.flood = Config::with_seed(1).flood);
    let mut ann = Client::join_saying(server.address, "hello");
    let mut pipe = Client::connect(server.address);
    pipe.send(lines(60).as_bytes());
    pipe.ends_its_input();
    pipe.sees_the_welcome();
    ann.sees(&format!("{} joined", pipe.name));
    hears(&mut ann, &pipe, 0..60);
    ann.sees(&format!("{} left", pipe.name));
    hears_itself(&mut pipe, 60);
    pipe.sees_the_end();
}

fn hears_itself(client: &mut Client, count: usize) {
    let name = client.name.clone();
    for number in 0..count {
        client.sees(&format!("{name}: line {number}"));
    }
}

#[test]
fn a_pipe_that_has_to_wait_ends_cleanly() {
    let server = Server::start_with(flood_limit(20, 1_000));
    let mut ann = server.client();
    let mut pipe = Client::connect(server.address);
    pipe.send(lines(1_000).as_bytes());
    pipe.ends_its_input();
    pipe.sees_the_welcome();
    ann.sees(&format!("{} joined", pipe.name));
    hears(&mut ann, &pipe, 0..1_000);
    ann.sees(&format!("{} left", pipe.name));
    hears_itself(&mut pipe, 1_000);
    pipe.sees_the_end();
}

const HELD: &str = "Delayed by 2 s: you are sending too fast.";
const SILENCED: &str = "You are sending too fast, so you are muted for 10 s.";

fn not_said(seconds: u32) -> String {
    format!("Not sent: you are muted for another {seconds} s.")
}

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// `bob` goes on for 9.9 s: held back, then told, and still heard. Twelve of his lines have waited.
fn goes_on(clock: &TestClock, ann: &mut Client, bob: &mut Client) {
    let mut waited = PASSES..;
    for (time, count, told) in
        [(1_950, 5, None), (50, 1, Some(HELD)), (50, 1, None), (7_850, 5, None)]
    {
        clock.advance(ms(time));
        if let Some(told) = told {
            bob.sees(told);
        }
        for number in waited.by_ref().take(count) {
            let line = format!("{}: line {number}", bob.name);
            all_see(&mut [ann, bob], &line);
        }
    }
}

/// The number of lines said by then.
const HEARD: usize = PASSES + 12;

/// `ann`, and `bob`, who has just been muted and told so for each line that he has sent.
fn somebody_silenced(clock: &Arc<TestClock>) -> (Server, Client, Client) {
    let (server, mut ann, mut bob) = somebody_held_back(clock.clone(), HEARD + 3);
    goes_on(clock, &mut ann, &mut bob);
    clock.advance(ms(100));
    bob.sees(SILENCED);
    for _ in 0..3 {
        bob.sees(&not_said(10));
        clock.advance(ms(50));
    }
    (server, ann, bob)
}

#[test]
fn a_client_that_does_not_stop_is_told_then_muted_then_heard_again() {
    let clock = TestClock::stopped();
    let (_server, mut ann, mut bob) = somebody_silenced(&clock);
    clock.advance(Duration::from_secs(1));
    bob.asks("and now?", &[&not_said(9)]);
    let not_done = "Command not run: you are muted for another 9 s.";
    bob.asks("/who", &[not_done]);
    bob.asks("/whoo", &[not_done]);
    exchange(&ann, &mut bob, "he hears");
    ann.sees(&format!("{}: he hears", ann.name));
    clock.advance(Duration::from_secs(9));
    exchange(&bob, &mut ann, "heard again, and nothing in between");
}

#[test]
fn a_muted_client_can_leave() {
    let clock = TestClock::stopped();
    let (_server, mut ann, mut bob) = somebody_silenced(&clock);
    bob.says("/quit and nothing is said by that");
    ann.sees(&format!("{} left", bob.name));
    bob.sees_the_end();
}

#[test]
fn a_muted_client_that_ends_its_input_is_told_and_gone() {
    let clock = TestClock::stopped();
    let (_server, mut ann, mut bob) = somebody_silenced(&clock);
    bob.send(b"half a li");
    bob.ends_its_input();
    ann.sees(&format!("{} left", bob.name));
    bob.sees(&not_said(10));
    bob.sees_the_end();
}

#[test]
fn a_muted_client_can_still_answer_a_password_prompt() {
    let clock = TestClock::stopped();
    let (_server, mut ann, mut bob) = somebody_held_back(clock.clone(), HEARD);
    bob.send(b"/register\r\nsecret123\r\nsecret123\r\n/who\r\n");
    goes_on(&clock, &mut ann, &mut bob);
    clock.advance(ms(50));
    bob.raw("(Enter cancels): ");
    clock.advance(ms(50));
    bob.sees(SILENCED);
    bob.sees("Your own screen will show the password; others cannot see it.");
    assert_eq!(bob.raw(": "), "Repeat the password (Enter cancels): ");
    clock.advance(ms(50));
    bob.sees(&format!(
        "{0} is now registered to you. To log in from anywhere: /login {0}",
        bob.name
    ));
    clock.advance(ms(50));
    bob.sees("Command not run: you are muted for another 10 s.");
}

#[test]
fn a_held_back_client_that_resets_leaves_at_once() {
    let (_server, mut ann, bob) = somebody_held_back(TestClock::stopped(), PASSES + 16);
    let left = format!("{} left", bob.name);
    bob.resets();
    ann.sees(&left);
}
