//! Latency counts from the time at which a line was to be sent. Whatever holds a line up is in it:
//! a benchmark that waits with its server (coordinated omission) would find both of these fast.

use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{FakeServer, PATIENCE, Process, bench, measures, read_in_background, wait};

/// A hundred lines, ten milliseconds apart.
const LOAD: &str = "--clients 4 --senders 2 --rate 100 --duration 1";

const PAUSE: Duration = Duration::from_millis(300);

/// So many of the hundred lines fall into the pause, the first of which waits for all of it: a
/// tenth of all wait for two thirds of it and more.
fn check_latency(pace: &Value) {
    assert_eq!(pace["lines"], 100);
    assert_eq!(pace["deliveries"], 400);
    let latency = |quantile: &str| pace["latency"][quantile].as_u64().unwrap() / 1000;
    assert!(latency("max_us") >= 250, "{pace}");
    assert!(latency("p99_us") >= 250, "{pace}");
    assert!(latency("p90_us") >= 100, "{pace}");
}

/// Lets time pass, which is what is measured here: there is nothing to wait for.
fn pause() {
    let end = Instant::now() + PAUSE;
    while let Some(rest) = end.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(rest);
    }
}

#[test]
fn a_server_that_holds_up_everybody() {
    let mut is_over = false;
    let server = FakeServer::start(4, move |said, to| {
        if said.is(0, 15) && !is_over {
            pause();
            is_over = true;
        }
        to.sees(said);
    });
    check_latency(&measures(&format!("pace {} {LOAD}", server.url())));
}

/// The lines are sent late, and answered at once.
#[test]
fn a_generator_that_is_held_up_itself() {
    let (has_come, come) = mpsc::channel();
    let server = FakeServer::start(4, move |said, to| {
        if said.is(0, 15) {
            // Once for each client; the first one counts.
            let _ = has_come.send(());
        }
        to.sees(said);
    });
    let mut command = bench(&format!("pace {} {LOAD} --json", server.url()));
    let mut process = Process::start(command.stdout(Stdio::piped()));
    let stdout = read_in_background(process.stdout.take().unwrap());
    come.recv_timeout(PATIENCE).unwrap();
    process.signal("STOP");
    pause();
    process.signal("CONT");
    let status = wait(&mut process);
    let stdout = String::from_utf8(stdout.join()).unwrap();
    assert!(status.success(), "{stdout}");
    check_latency(&serde_json::from_str(&stdout).unwrap());
}
