//! Searches made as hard as possible: they end, and hold up nobody.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::harness::{Client, Program, eventually, machine_to_myself};

/// As many lines as someone with 64 connections can say in half a minute.
const LINES: usize = 16_000;

/// All words begin alike.
const WORDS_IN_LINE: usize = 100;

/// A time limit for a page of history, on a machine that is searching and busy with other work.
const SOON: Duration = Duration::from_secs(5);

fn fill(talker: &mut Client) {
    const AT_ONCE: usize = 100;
    for first in (0..LINES).step_by(AT_ONCE) {
        let mut text = String::new();
        for line in first..first + AT_ONCE {
            for word in line * WORDS_IN_LINE..(line + 1) * WORDS_IN_LINE {
                // In no particular order.
                text += &format!("aaa{:06x} ", word * 7_654_321 % (1 << 24));
            }
            text += "\n";
        }
        talker.send(text.as_bytes());
        talker.says(&format!("said {first}"));
        talker.sees_in_the_end(&format!("{}: said {first}", talker.name));
    }
}

/// Waits until all lines are indexed.
fn is_indexed(folder: &Path) {
    let file = folder.join("hobnob.db");
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    eventually("all is indexed", || {
        let behind = "SELECT count(*) FROM log WHERE indexed_seq < last_seq";
        connection.query_row(behind, [], |row| row.get(0)).ok().filter(|count: &i64| *count == 0)
    });
}

#[test]
fn a_search_that_matches_every_line_ends_and_holds_up_nobody() {
    const SEARCHERS: usize = 4;
    let _machine = machine_to_myself();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let program = Program::start(&["--flood", "off", "--data", data]);
    let mut bob = program.client();
    fill(&mut bob);
    is_indexed(folder.path());
    // The same term sixteen times, and sixteen different ones.
    let same = "/search ".to_owned() + &"aaa ".repeat(16);
    let others = ('0'..='9').chain('a'..='f').map(|c| format!("aaa{c} ")).collect::<String>();
    let others = format!("/search {others}");
    let mut searchers: Vec<Client> = (0..SEARCHERS).map(|_| program.client()).collect();
    for (searcher, question) in searchers.iter().zip([&same, &others].into_iter().cycle()) {
        searcher.says(question);
    }
    for searcher in &searchers {
        bob.sees_in_the_end(&format!("{} joined", searcher.name));
    }
    for _ in 0..3 {
        let asked = Instant::now();
        bob.says("/history 5000");
        bob.sees_the_beginning_in_the_end("The last 5000 messages in #lobby");
        assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    }
    let answers = ["There are earlier messages: /more", "The search took too long."];
    for searcher in &mut searchers {
        loop {
            let line = searcher.line();
            if answers.iter().any(|answer| line.starts_with(answer)) {
                break;
            }
        }
    }
}
