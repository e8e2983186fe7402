//! A search finds what a scan of all lines would find, whatever is in the index.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::properties::cases;
use crate::text::words::Query;

type Part = (RoomId, RangeInclusive<u64>);

const ROOMS: [RoomId; 3] = [LOBBY, RoomId(5), RoomId(6)];

fn query(text: &str) -> Query {
    Query::parse(text).unwrap()
}

fn search(archive: &Archive, parts: &[Part], text: &str, lines_max: usize) -> Finds {
    archive.reader().search(parts, &query(text), lines_max, || true).unwrap().unwrap()
}

/// An archive with these lines in the lobby: first the indexed ones, then the others.
fn told(indexed: &[&str], not_indexed: &[&str]) -> Disk {
    let mut disk = Disk::new();
    let mut said = (1..).zip(indexed.iter().chain(not_indexed)).map(|(seq, text)| line(seq, text));
    if !indexed.is_empty() {
        write(disk.archive(), &[lines(LOBBY, said.by_ref().take(indexed.len()))]);
        while disk.archive().index(100).unwrap() {}
    }
    write(disk.archive(), &[lines(LOBBY, said)]);
    disk
}

/// Checks which lines of the lobby are found, with all of them indexed and with none.
#[track_caller]
fn check(said: &[&str], typed: &str, expected: &[u64]) {
    for mut disk in [told(said, &[]), told(&[], said)] {
        let finds = search(disk.archive(), &[(LOBBY, 1..=99)], typed, 99);
        let found: Vec<u64> = finds.found.iter().map(|found| found.line.seq).collect();
        assert_eq!(found, expected, "{typed:?} in {said:?}");
    }
}

#[test]
fn words_are_found_in_any_script() {
    check(&["the green garden", "Gardening", "green"], "garden", &[1, 2]);
    check(&["the green garden", "garden", "gardens, green"], "green garden", &[1, 3]);
    check(&["去图书馆吧", "书", "图 书馆", "書館"], "图书馆", &[1, 3]);
    check(&["去图书馆吧", "书", "图 书馆"], "书", &[1, 2, 3]);
    check(&["カメラ", "がか", "かが"], "がか", &[2]);
    check(&["Größe", "grosse", "größer"], "grösse", &[1, 2, 3]);
    check(&["👍 good", "good"], "👍", &[1]);
    check(&[], "anything", &[]);
}

#[test]
fn many_lines_are_indexed_in_one_transaction() {
    let mut disk = Disk::new();
    write(disk.archive(), &[numbered(LOBBY, 1..=10), numbered(ROOMS[1], 1..=3)]);
    // All or nothing: after a crash, half a piece would be indexed twice.
    for (expected, is_behind) in [(1, true), (1, true), (1, true), (0, false)] {
        let before = transactions(disk.folder.path());
        assert_eq!(disk.archive().index(6).unwrap(), is_behind);
        assert_eq!(transactions(disk.folder.path()) - before, expected);
    }
    assert_eq!(disk.rows("word"), 13);
    assert_eq!(disk.rows("log WHERE indexed_seq = last_seq"), 2);
}

#[test]
fn query_syntax_is_plain_text() {
    let said =
        ["say \"hi\" AND run", "NEAR(a b) OR not", "words:hi", "a* ^b", "'; DROP TABLE line"];
    let mut disk = told(&said, &said);
    let typed = [
        "\"",
        "\"hi",
        "hi\"\"",
        "AND",
        "OR OR",
        "NOT x",
        "NEAR(a b)",
        "a*",
        "^b",
        "-x",
        "words:hi",
        "words : hi",
        "(",
        ")",
        "{words} : hi",
        "a + b",
        "'; DROP TABLE line; --",
        "hi\0",
        "%",
        "_",
        "\u{202E}hi",
        "ﷺ",
        "𝔥𝔦",
        "\u{301}",
        "*",
        "a\"b OR \"c",
        "\\",
        "?1",
        ":a",
        "rank:x",
    ];
    for typed in typed {
        let Some(query) = Query::parse(typed) else { continue };
        let reader = disk.archive().reader();
        let finds = reader.search(&[(LOBBY, 1..=99)], &query, 99, || true).unwrap().unwrap();
        let found: Vec<u64> = finds.found.iter().map(|found| found.line.seq).collect();
        let all = (1..).zip(said.iter().chain(&said));
        let expected: Vec<u64> =
            all.filter(|(_, text)| query.is_in(text)).map(|(seq, _)| seq).collect();
        assert_eq!(found, expected, "{typed:?}");
    }
}

/// Looking up the prefix of very many words is a single step for the caller, but not for SQLite.
#[test]
fn a_search_that_takes_long_can_be_stopped() {
    const LINES: u64 = 500;
    let words = |seq: u64| (0..50).map(|word| format!("aaa{seq}x{word} ")).collect::<String>();
    let mut disk = Disk::new();
    write(disk.archive(), &[lines(LOBBY, (1..=LINES).map(|seq| line(seq, &words(seq))))]);
    let reader = disk.archive().reader();
    // With this many checks allowed: how often it checked, and how many lines it found.
    let found_within = |looks: usize| {
        let asked = Arc::new(AtomicUsize::new(0));
        let may_go_on = {
            let asked = asked.clone();
            move || asked.fetch_add(1, Ordering::Relaxed) < looks
        };
        let parts = [(LOBBY, 1..=LINES)];
        let finds = reader.search(&parts, &query("aaa nowhere"), 9, may_go_on).unwrap();
        (asked.load(Ordering::Relaxed), finds.map(|finds| finds.found.len()))
    };
    // First with a scan, then with the index.
    for is_indexed in [false, true] {
        if is_indexed {
            while disk.archive().index(1_000).unwrap() {}
        }
        let (looks, found) = found_within(usize::MAX);
        assert!(looks > 5, "asked {looks} times");
        assert_eq!(found, Some(0));
        assert_eq!(found_within(2), (3, None));
    }
    assert_eq!(search(disk.archive(), &[(LOBBY, 1..=LINES)], "aaa7x", 9).found.len(), 1);
}

#[test]
fn the_longest_query_works() {
    let long = (0..100).map(|n| format!("word{n} ")).collect::<String>();
    check(&[&long], &long, &[1]);
    check(&["图".repeat(200).as_str()], &"图".repeat(150), &[1]);
    check(&["x".repeat(200).as_str()], &"x".repeat(150), &[1]);
}

#[test]
fn nothing_else_is_found() {
    let mut disk = told(&["hello", "hello"], &["hello"]);
    write(disk.archive(), &[lines(ROOMS[1], [line(1, "hello")])]);
    let mut check = |parts: &[Part], expected: &[(u32, u64)]| {
        let found = search(disk.archive(), parts, "hello", 99).found;
        let found: Vec<_> = found.iter().map(|found| (found.room.0, found.line.seq)).collect();
        assert_eq!(found, expected, "{parts:?}");
    };
    check(&[], &[]);
    check(&[(LOBBY, 2..=2)], &[(0, 2)]);
    check(&[(LOBBY, 3..=3)], &[(0, 3)]);
    check(&[(LOBBY, 0..=u64::MAX)], &[(0, 1), (0, 2), (0, 3)]);
    check(&[(LOBBY, RangeInclusive::new(3, 2))], &[]);
    check(&[(LOBBY, 0..=0)], &[]);
    check(&[(ROOMS[1], 1..=9)], &[(5, 1)]);
    check(&[(ROOMS[2], 1..=9), (RoomId(u32::MAX), 1..=9)], &[]);
    check(&[(LOBBY, 2..=9), (ROOMS[1], 1..=9)], &[(5, 1), (0, 2), (0, 3)]);
}

#[test]
fn removed_lines_are_not_found() {
    let mut disk = told(&["hello", "hello", "hello"], &["hello", "hello"]);
    for (kept, expected) in [(3, &[3u64, 4, 5][..]), (1, &[5]), (0, &[])] {
        let retention = Retention { lines_per_room: Some(kept), not_before: None };
        disk.archive().prune(retention, LOBBY, 99).unwrap();
        let finds = search(disk.archive(), &[(LOBBY, 1..=99)], "hello", 99);
        let found: Vec<u64> = finds.found.iter().map(|found| found.line.seq).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_clock_that_was_set_back_hides_nothing() {
    // The second line seems older than the first. Paging back by narrowing the range of numbers
    // must not skip any line.
    let said = [(1, 50), (2, 10), (3, 60)]
        .map(|(seq, secs)| StoredLine { at: at(secs), ..line(seq, "hello") });
    let mut disk = Disk::new();
    write(disk.archive(), &[lines(LOBBY, said), lines(ROOMS[1], [line(20, "hello")])]);
    let found = page_by_page(disk.archive(), &[(LOBBY, 1..=9), (ROOMS[1], 1..=99)], "hello", 1);
    let found: Vec<_> = found.iter().map(|found| (found.room.0, found.line.seq)).collect();
    assert_eq!(found, [(0, 1), (0, 2), (5, 20), (0, 3)]);
}

/// All lines found by asking for the latest, then for those before them, and so on, in the order in
/// which they were said.
fn page_by_page(archive: &Archive, parts: &[Part], text: &str, lines_max: usize) -> Vec<Found> {
    let mut parts = parts.to_vec();
    let mut all = Vec::new();
    loop {
        let Finds { found, has_more } = search(archive, &parts, text, lines_max);
        assert!(found.len() == lines_max || !has_more, "{} lines, and more", found.len());
        for found in &found {
            let (_, seqs) = parts.iter_mut().find(|(room, _)| *room == found.room).unwrap();
            *seqs = *seqs.start()..=(*seqs.end()).min(found.line.seq - 1);
        }
        all.splice(0..0, found);
        if !has_more {
            return all;
        }
    }
}

const WORDS: &[&str] =
    &["green", "Greens", "garden", "gar", "图", "书馆", "图书", "é", "E", "👍", "a-b"];

/// A line in one of the rooms, and how many seconds it came after the previous one.
fn said() -> impl Strategy<Value = (RoomId, u64, String)> {
    let text = proptest::collection::vec(proptest::sample::select(WORDS), 0..4);
    let room = proptest::sample::select(&ROOMS[..]);
    (room, 0..3u64, text.prop_map(|words| words.join(" ")))
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_index_finds_what_a_scan_finds(
        said in proptest::collection::vec(said(), 0..60),
        indexed_max in 0..70usize,
        at_once in 1..5usize,
        kept in proptest::option::of(1..30u64),
        parts in proptest::sample::subsequence(ROOMS.to_vec(), 0..=3),
        seqs in (0..10u64, 0..40u64),
        typed in proptest::sample::select(
            &["green", "gar", "图", "图书", "e", "👍", "a b", "green 图", "ga e"][..]
        ),
        lines_max in 1..8usize,
    ) {
        let mut disk = Disk::new();
        let mut told: Vec<(RoomId, StoredLine)> = Vec::new();
        let mut time = 1_000;
        for (room, after, text) in said {
            time += after;
            let seq = told.iter().filter(|(other, _)| *other == room).count() as u64 + 1;
            told.push((room, StoredLine { at: at(time), ..line(seq, &text) }));
        }
        let entries: Vec<HistoryEntry> =
            told.iter().map(|(room, said)| lines(*room, [said.clone()])).collect();
        write(disk.archive(), &entries);
        let mut indexed = 0;
        while indexed < indexed_max && disk.archive().index(at_once).unwrap() {
            indexed += at_once;
        }
        if let Some(kept) = kept {
            let retention = Retention { lines_per_room: Some(kept), not_before: None };
            let mut next = Some(LOBBY);
            while let Some(room) = next {
                next = disk.archive().prune(retention, room, 2).unwrap();
            }
            for room in ROOMS {
                let last = told.iter().filter(|(other, _)| *other == room).count() as u64;
                told.retain(|(other, line)| *other != room || line.seq + kept > last);
            }
        }
        let parts: Vec<Part> = parts.into_iter().map(|room| (room, seqs.0..=seqs.1)).collect();
        let mut expected: Vec<Found> = told
            .into_iter()
            .filter(|(room, line)| {
                parts.iter().any(|(other, seqs)| other == room && seqs.contains(&line.seq))
                    && query(typed).is_in(line.text.as_str())
            })
            .map(|(room, line)| Found { room, line })
            .collect();
        expected.sort_by_key(|found| (found.line.at, found.room, found.line.seq));
        prop_assert_eq!(&page_by_page(disk.archive(), &parts, typed, lines_max), &expected);
        let first = search(disk.archive(), &parts, typed, lines_max);
        prop_assert_eq!(first.has_more, expected.len() > lines_max);
        let latest = expected.split_off(expected.len().saturating_sub(lines_max));
        prop_assert_eq!(first.found, latest);
    }
}
