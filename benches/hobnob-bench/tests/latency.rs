//! Latency counts from the time when a line was due. It includes everything that delays a line: a
//! benchmark that waits with its server (coordinated omission) would report both of these as fast.

use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{FakeServer, PATIENCE, Process, bench, measures, read_in_background, wait};

/// A hundred lines, ten milliseconds apart.
const LOAD: &str = "--clients 4 --senders 2 --rate 100 --duration 1";

const PAUSE: Duration = Duration::from_millis(300);

/// The pause covers this many of the hundred lines. The first of them waits for all of it; a tenth
/// of all lines wait for at least two thirds of it.
fn check_latency(pace: &Value) {
    assert_eq!(pace["lines"], 100);
    assert_eq!(pace["deliveries"], 400);
    let latency = |quantile: &str| pace["latency"][quantile].as_u64().unwrap() / 1000;
    assert!(latency("max_us") >= 250, "{pace}");
    assert!(latency("p99_us") >= 250, "{pace}");
    assert!(latency("p90_us") >= 100, "{pace}");
}

/// Lets time pass. There is nothing to wait for, because the time itself is measured.
fn pause() {
    let end = Instant::now() + PAUSE;
    while let Some(rest) = end.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(rest);
    }
}

#[test]
fn a_server_that_delays_everyone() {
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
fn a_generator_that_is_delayed_itself() {
    let (has_come, come) = mpsc::channel();
    let server = FakeServer::start(4, move |said, to| {
        if said.is(0, 15) {
            // Sent once for each client; only the first counts.
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
