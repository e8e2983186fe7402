//! The memory use of the real program when someone tries to increase it.

use std::io::Read;

use crate::harness::{Client, MEBIBYTE, Program, machine_to_myself};

/// Allowance for freed memory that the allocator keeps, and for shared state.
const SLACK_BYTES: usize = 8 * MEBIBYTE;

/// A different offset from UTC for each reader, so that they share no frame.
const ZONES: [&str; 8] = [
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "America/New_York",
    "America/Denver",
    "Australia/Perth",
    "Pacific/Auckland",
];

/// The queued bytes according to `/stats`.
fn queued_bytes(operator: &mut Client) -> usize {
    operator.says("/stats");
    loop {
        let line = operator.line();
        if let Some(amount) = line.strip_prefix("Queued ") {
            let (number, unit) = amount.trim().split_once(' ').unwrap();
            let unit = match unit {
                "B" => 1,
                "KiB" => 1024,
                "MiB" => MEBIBYTE,
                _ => panic!("{line}"),
            };
            return number.parse::<usize>().unwrap() * unit;
        }
    }
}

/// Each of these clients sees this line in the end.
fn see_in_the_end<const COUNT: usize>(clients: [&mut Client; COUNT], line: &str) {
    for client in clients {
        client.sees_in_the_end(line);
    }
}

#[test]
fn slow_readers_take_only_the_memory_that_stats_reports() {
    const FILLING: usize = 600;
    const ROUNDS: usize = 300;
    const LONG_LINES: usize = 30;
    let _machine = machine_to_myself();
    // Without a history, which would be in memory as well.
    let program = Program::start(&["--flood", "off", "--sendq", "4194304", "--history-lines", "0"]);
    let mut olga = program.client();
    olga.is_called("olga");
    olga.asks(
        "/register secret1",
        &["olga is now registered to you. To log in from anywhere: /login olga"],
    );
    olga.says(&format!("/claim {}", program.token().unwrap()));
    let mut mallory = program.client();
    mallory.says("/nick mallory");
    let named = format!("{} is now mallory", mallory.name);
    see_in_the_end([&mut olga, &mut mallory], &named);
    // Each reader ignores the busiest talker, and gets lines that look different from everyone
    // else's.
    let mut sinks: Vec<Client> = ZONES
        .iter()
        .map(|zone| {
            let mut sink = Client::join_with_small_window(program.address);
            sink.says(&format!("/tz {zone}\n/timestamps on\n/ignore mallory\nready"));
            let ready = format!("{}: ready", sink.name);
            while !sink.line().ends_with(&ready) {}
            see_in_the_end([&mut olga, &mut mallory], &ready);
            sink
        })
        .collect();
    let before = program.resident_bytes();
    // From here on the readers do not read, and soon the kernel accepts no more for them.
    let long = "x".repeat(1_000);
    for number in 0..FILLING {
        olga.says(&format!("{long}{number}"));
        see_in_the_end([&mut olga, &mut mallory], &format!("olga: {long}{number}"));
    }
    assert!(queued_bytes(&mut olga) > ZONES.len() * 10_000, "they still read");
    for round in 0..ROUNDS {
        let lines = format!("{long}\n").repeat(LONG_LINES);
        mallory.send(lines.as_bytes());
        olga.says(&format!("a line of hers {round}"));
        mallory.send(format!("{lines}enough {round}\n").as_bytes());
        let (hers, last) =
            (format!("olga: a line of hers {round}"), format!("mallory: enough {round}"));
        for client in [&mut olga, &mut mallory] {
            let mut missing = vec![&hers, &last];
            while !missing.is_empty() {
                let line = client.line();
                missing.retain(|expected| **expected != line);
            }
        }
        // Half of them read a little now and then.
        if round % 10 == 0 {
            for sink in sinks.iter_mut().step_by(2) {
                sink.stream().read_exact(&mut [0; 4096]).unwrap();
            }
        }
    }
    let queued = queued_bytes(&mut olga);
    let grown = program.resident_bytes().saturating_sub(before);
    assert!(grown <= queued + SLACK_BYTES, "grown by {grown} bytes, of which {queued} are told");
}

/// A hash takes 19 MiB, and hashes are computed one at a time.
#[test]
fn two_hundred_wrong_passwords_take_the_memory_of_one() {
    const ADDRESSES: usize = 20;
    const TRIES_EACH: usize = 10;
    const MOST_BYTES: usize = 25 * MEBIBYTE;
    let _machine = machine_to_myself();
    let program = Program::start(&["--flood", "off"]);
    let before = program.resident_bytes();
    let names = ["ann", "bob"];
    // They stay, so that nobody is told that they leave.
    let mut owners = Vec::new();
    for name in names {
        let mut owner = program.client();
        owner.is_called(name);
        owner.says("/register secret1");
        owner.sees_in_the_end(&format!(
            "{name} is now registered to you. To log in from anywhere: /login {name}"
        ));
        owners.push(owner);
    }
    for address in 0..ADDRESSES {
        let own = format!("127.0.0.{}", address + 2);
        let mut guesser = Client::join_from(&own, program.address);
        let name = names[address % names.len()];
        guesser.says(&format!("/login {name} guess-{address}\n").repeat(TRIES_EACH));
        for _ in 0..TRIES_EACH {
            guesser.sees_the_beginning_in_the_end("Wrong password");
        }
    }
    let grown = program.resident_bytes().saturating_sub(before);
    assert!(grown <= MOST_BYTES, "grown by {grown} bytes");
}
