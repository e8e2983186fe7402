//! Results that cannot be printed: the program reports this in one line, unless the reader has
//! left.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::harness::{Served, bench, check_complaint, compare_into, run_into};

/// An output without space.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// An output whose reader has left.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[track_caller]
fn check(command: &mut Command, stdout: Stdio, expected: &str) {
    let expected = ["cannot write to standard output: ", expected];
    check_complaint(&run_into(command, stdout), "hobnob-bench", 1, &expected);
}

#[test]
fn of_a_run() {
    let limit = Served::limit();
    for load in ["flood --clients 4 --lines 10", "flood --clients 4 --lines 10 --json"] {
        let arguments = load.replacen(' ', &format!(" {} ", limit.url()), 1);
        check(&mut bench(&arguments), full(), "No space left on device");
        check(&mut bench(&arguments), closed(), "Broken pipe");
    }
}

#[test]
fn of_the_limit() {
    let arguments = "limit --listen 127.0.0.1:0";
    check(&mut bench(arguments), full(), "No space left on device");
    check(&mut bench(arguments), closed(), "Broken pipe");
}

/// Its files are written all the same. A reader that has left has seen enough.
#[test]
fn of_a_comparison() {
    let check = |stdout: Stdio, exit_code: i32, expected: &str| {
        let comparison = compare_into("--rounds 1 --cases flood --servers limit", stdout);
        assert_eq!(comparison.exit_code(), Some(exit_code), "{}", comparison.said());
        let said = comparison.said();
        assert!(said.starts_with(expected) && said.lines().count() == 1, "{said}");
        assert_eq!(comparison.files(), ["results.json", "results.svg"]);
    };
    check(full(), 1, "hobnob-bench: cannot print the results: No space left on device");
    check(closed(), 0, "results.json and results.svg are in ");
}
