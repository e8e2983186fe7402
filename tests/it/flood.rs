//! Flood control: who talks too fast is paced, is heard in full, and holds up nobody else. Where
//! time would decide, the test holds the clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hobnob::bucket::Rate;
use hobnob::config::Config;

use crate::harness::{Client, Server, TestClock, exchange};

fn flood_limit(burst: u32, per_second: u32) -> impl FnOnce(&mut Config) {
    let rate = Rate::per_second(burst.try_into().unwrap(), per_second.try_into().unwrap());
    move |config| config.flood = Some(rate)
}

fn lines(count: usize) -> String {
    (0..count).map(|number| format!("line {number}\n")).collect()
}

#[test]
fn who_talks_too_fast_is_heard_in_full_but_paced() {
    let server = Server::start_with(flood_limit(5, 20));
    let (mut ann, eve) = (server.client(), server.client());
    ann.sees(&format!("{} joined", eve.name));
    let bob = server.client();
    ann.sees(&format!("{} joined", bob.name));
    let start = Instant::now();
    bob.send(lines(40).as_bytes());
    let mut of_eve = 0;
    for number in 0..40 {
        if number == 5 {
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
    // Five at once, and 35 at twenty a second.
    assert!(start.elapsed() >= Duration::from_millis(1750), "{:?}", start.elapsed());
}

/// `ann`, and `bob` who has said so many lines at once that all but the first four have to wait:
/// his first words were one of five. Time stands still.
fn somebody_held_back(clock: Arc<TestClock>) -> (Server, Client, Client) {
    let server = Server::start_at(clock, flood_limit(5, 20));
    let mut ann = Client::join_saying(server.address, "hello");
    let bob = Client::join_saying(server.address, "hello");
    ann.sees(&format!("{} joined", bob.name));
    ann.sees(&format!("{}: hello", bob.name));
    bob.send(lines(20).as_bytes());
    for number in 0..4 {
        ann.sees(&format!("{}: line {number}", bob.name));
    }
    (server, ann, bob)
}

#[test]
fn one_line_for_each_interval_and_not_one_more() {
    let clock = TestClock::stopped();
    let (server, mut ann, bob) = somebody_held_back(clock.clone());
    let eve = Client::join_saying(server.address, "hello");
    ann.sees(&format!("{} joined", eve.name));
    ann.sees(&format!("{}: hello", eve.name));
    let mut next = 4;
    for intervals in [1, 1, 2, 5, 1] {
        exchange(&eve, &mut ann, "meanwhile");
        clock.advance(Duration::from_millis(50) * intervals);
        for _ in 0..intervals {
            ann.sees(&format!("{}: line {next}", bob.name));
            next += 1;
        }
    }
}

#[test]
fn who_is_held_back_and_resets_is_seen_to_leave_at_once() {
    let (_server, mut ann, bob) = somebody_held_back(TestClock::stopped());
    let left = format!("{} left", bob.name);
    bob.resets();
    ann.sees(&left);
}
