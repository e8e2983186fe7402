//! Ten thousand clients join, speak and leave at full speed: nothing is lost or duplicated, each
//! client's story is in order, and everyone sees the same.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::harness::{Client, PATIENCE, Server, machine_to_myself};

const THREADS: usize = 4;
const ROUNDS_PER_THREAD: usize = 2_500;

#[test]
fn joined_before_lines_before_left_for_each_of_ten_thousand() {
    let _machine = machine_to_myself();
    let stories = stories(usize::MAX);
    let story = &stories[0];
    assert_eq!(story.len(), 3 * THREADS * ROUNDS_PER_THREAD);
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    // A name may be reused after its owner has left, so its stories follow each other.
    for (index, line) in story.iter().enumerate() {
        let name = line.split([' ', ':']).next().unwrap();
        let visits = places.entry(name).or_default();
        let expected = match visits.len() % 3 {
            0 => format!("{name} joined"),
            1 => {
                assert!(line.starts_with(&format!("{name}: round ")), "{index}: {line}");
                line.clone()
            }
            _ => format!("{name} left"),
        };
        assert_eq!(*line, expected, "{index}");
        visits.push(index);
    }
    assert!(places.values().all(|visits| visits.len() % 3 == 0), "somebody's end is missing");
    check_rounds(story);
}

#[test]
fn the_same_with_long_runs_of_notices_merged() {
    let _machine = machine_to_myself();
    let stories = stories(2);
    let (mut joined, mut left) = (0, 0);
    for line in &stories[0] {
        joined += people_in(line, " joined");
        left += people_in(line, " left");
        assert!(left <= joined, "{line}");
    }
    assert_eq!((joined, left), (THREADS * ROUNDS_PER_THREAD, THREADS * ROUNDS_PER_THREAD));
    check_rounds(&stories[0]);
}

/// The lines that two observers see, which must be the same.
fn stories(notice_run_max: usize) -> Vec<Vec<String>> {
    let server = Server::start_with(|config| config.notice_run_max = notice_run_max);
    let mut first = server.client();
    let second = server.client();
    let arrival = format!("{} joined", second.name);
    first.sees(&arrival);
    let told = std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let address = server.address;
            scope.spawn(move || {
                for round in 0..ROUNDS_PER_THREAD {
                    let mut stream = TcpStream::connect(address).unwrap();
                    stream.set_read_timeout(Some(PATIENCE)).unwrap();
                    writeln!(stream, "round {thread} {round}").unwrap();
                    stream.shutdown(Shutdown::Write).unwrap();
                    let mut seen = String::new();
                    stream.read_to_string(&mut seen).unwrap();
                    assert!(seen.contains(&format!(": round {thread} {round}\r\n")), "{seen}");
                }
            });
        }
        let readers = [first, second].map(|observer| scope.spawn(move || read_story(observer)));
        readers.map(|reader| reader.join().unwrap())
    });
    assert_eq!(told[0], told[1], "the observers were told different stories");
    let totals = server.stop();
    assert_eq!(totals.connections.lines_skipped, 0);
    told.into()
}

fn read_story(mut observer: Client) -> Vec<String> {
    let (mut story, mut left) = (Vec::new(), 0);
    while left < THREADS * ROUNDS_PER_THREAD {
        let line = observer.line();
        left += people_in(&line, " left");
        story.push(line);
    }
    story
}

/// How many people a line says have `joined` or `left`: one, or one and some others.
fn people_in(line: &str, verb: &str) -> usize {
    let Some(people) = line.strip_suffix(verb) else {
        return 0;
    };
    let others = people.split_once(" and ").map_or("0", |(_, rest)| rest);
    1 + others.trim_end_matches(" others").parse::<usize>().unwrap()
}

/// Checks that each round appears once, and each thread's rounds in order.
fn check_rounds(story: &[String]) {
    let mut next = [0; THREADS];
    for line in story {
        let Some((_, round)) = line.split_once(": round ") else {
            continue;
        };
        let (thread, round) = round.split_once(' ').unwrap();
        let thread: usize = thread.parse().unwrap();
        assert_eq!(round.parse::<usize>().unwrap(), next[thread], "{line}");
        next[thread] += 1;
    }
    assert_eq!(next, [ROUNDS_PER_THREAD; THREADS]);
}
