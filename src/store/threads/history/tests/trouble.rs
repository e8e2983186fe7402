//! Failing disks: lines wait for them, and nothing that fits into the queue is lost.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rusqlite::Connection;

use super::*;
use crate::limits;
use crate::model::StoredLine;
use std::time::{Duration, Instant};

/// Says lines and asks questions while the disk rejects writes, and checks that everything is
/// written once it recovers.
fn outlast(scene: &mut Scene, begin: impl FnOnce(&Scene), end: impl FnOnce(&Scene)) {
    scene.say(LOBBY, 1..=10);
    assert_eq!(scene.asked(LOBBY).map(|page| seqs(&page)), Some(up_to(10)));
    begin(scene);
    scene.say(LOBBY, 11..=20);
    // Questions are answered from what is there, without waiting.
    for _ in 0..3 {
        if let Some(page) = scene.asked(LOBBY) {
            assert_eq!(seqs(&page), up_to(10));
        }
    }
    scene.say(LOBBY, 21..=30);
    end(scene);
    scene.say(LOBBY, 31..=35);
    let page = scene.becomes(LOBBY, &up_to(35));
    assert_eq!(page.gaps, []);
    let (_folder, copy) = scene.after_a_crash();
    assert_eq!(seqs(&all_of(&copy, LOBBY)), up_to(35));
    // The administrator is told of the failure once, and once of the recovery.
    assert_eq!(
        scene.news.take(),
        [HistoryAnswer::Trouble, HistoryAnswer::Recovered { lines_lost: 0 }]
    );
    assert!(scene.end());
    let page = all_of(&scene.archive, LOBBY);
    assert_eq!((seqs(&page), page.gaps), (up_to(35), vec![]));
}

#[test]
fn a_full_disk() {
    // The limit becomes the current number of pages, as it cannot be lower.
    let begin = |scene: &Scene| execute(&scene.archive, "PRAGMA max_page_count = 1");
    outlast(&mut Scene::running(), begin, |scene| {
        execute(&scene.archive, "PRAGMA max_page_count = 4294967294");
    });
}

#[test]
fn a_read_only_disk() {
    outlast(
        &mut Scene::running(),
        |scene| execute(&scene.archive, "PRAGMA query_only = 1"),
        |scene| execute(&scene.archive, "PRAGMA query_only = 0"),
    );
}

#[test]
fn a_disk_that_is_detached_for_a_while() {
    let away = |scene: &Scene| scene.folder.path().join("away.db");
    outlast(
        &mut Scene::running(),
        |scene| fs::rename(scene.file(), away(scene)).unwrap(),
        |scene| fs::rename(away(scene), scene.file()).unwrap(),
    );
}

#[test]
fn a_disk_that_does_not_respond() {
    let mut scene = Scene::running();
    let other = Connection::open(scene.file()).unwrap();
    let other = std::cell::RefCell::new(other);
    outlast(
        &mut scene,
        |_| other.borrow().execute_batch("BEGIN IMMEDIATE").unwrap(),
        |_| other.borrow().execute_batch("ROLLBACK").unwrap(),
    );
}

#[test]
fn another_file_in_its_place_is_used_if_it_is_ours() {
    let mut scene = Scene::running();
    scene.say(LOBBY, 1..=10);
    scene.asked(LOBBY).unwrap();
    execute(&scene.archive, "PRAGMA wal_checkpoint(TRUNCATE)");
    let copy = scene.folder.path().join("copy.db");
    fs::copy(scene.file(), &copy).unwrap();
    // Lines said after the copy was made are not in it, and are missing there.
    scene.say(LOBBY, 11..=15);
    scene.asked(LOBBY).unwrap();
    fs::rename(&copy, scene.file()).unwrap();
    let inode = fs::metadata(scene.file()).unwrap().ino();
    scene.say(LOBBY, 16..=20);
    let expected: Vec<u64> = (1..=10).chain(16..=20).collect();
    let page = scene.becomes(LOBBY, &expected);
    assert_eq!(page.gaps, [11..=15]);
    // Lines said from now on survive a crash, in the file where everyone looks for them.
    scene.say(LOBBY, 21..=25);
    let expected: Vec<u64> = expected.into_iter().chain(21..=25).collect();
    assert_eq!(seqs(&scene.becomes(LOBBY, &expected)), expected);
    let (_folder, crashed) = scene.after_a_crash();
    assert_eq!(seqs(&all_of(&crashed, LOBBY)), expected);
    assert!(scene.end());
    assert_eq!(fs::metadata(scene.file()).unwrap().ino(), inode);
    assert_eq!(seqs(&all_of(&scene.archive, LOBBY)), expected);
}

/// Checks that a foreign file in the archive's place is left alone, and that the archive continues
/// once it is back.
fn check_foreign(bytes: &[u8]) {
    let away = |scene: &Scene| scene.folder.path().join("away.db");
    let begin = |scene: &Scene| {
        fs::rename(scene.file(), away(scene)).unwrap();
        fs::write(scene.file(), bytes).unwrap();
    };
    let end = |scene: &Scene| {
        // The history writer has tried to write by now, because questions have been answered since.
        assert!(fs::read(scene.file()).unwrap() == bytes, "it was written to");
        fs::rename(away(scene), scene.file()).unwrap();
    };
    outlast(&mut Scene::running(), begin, end);
}

/// The bytes of a foreign database.
fn theirs(journal_mode: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("theirs.db");
    let theirs = Connection::open(&file).unwrap();
    theirs.pragma_update(None, "journal_mode", journal_mode).unwrap();
    theirs.execute_batch("CREATE TABLE diary (day); INSERT INTO diary VALUES (1)").unwrap();
    drop(theirs);
    fs::read(file).unwrap()
}

#[test]
fn a_text_in_its_place_is_left_alone() {
    check_foreign(b"Dear diary, today nobody said anything.\n");
}

#[test]
fn an_empty_file_in_its_place_is_left_alone() {
    check_foreign(b"");
}

#[test]
fn a_foreign_database_in_its_place_is_left_alone() {
    check_foreign(&theirs("delete"));
    check_foreign(&theirs("wal"));
}

#[test]
fn a_damaged_file_is_not_written_to_and_talk_goes_on() {
    let mut scene = Scene::running();
    scene.say(LOBBY, 1..=10);
    scene.asked(LOBBY).unwrap();
    execute(&scene.archive, "PRAGMA wal_checkpoint(TRUNCATE)");
    let other = Connection::open(scene.file()).unwrap();
    // Make the root page invalid for the next connection that reads the schema.
    other
        .execute_batch(
            "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = 1
        WHERE name = 'line'; PRAGMA schema_version = 999",
        )
        .unwrap();
    scene.say(LOBBY, 11..=5_000);
    scene.asked(LOBBY);
    // Nothing waits for the file to be repaired.
    assert_eq!(scene.history().backlog.bytes.load(Ordering::Acquire), 0);
    assert!(!scene.end());
}

#[test]
fn a_disk_that_fails_for_good_is_given_up_at_the_end() {
    let mut scene = Scene::running();
    scene.say(LOBBY, 1..=10);
    scene.asked(LOBBY).unwrap();
    execute(&scene.archive, "PRAGMA query_only = 1");
    let start = Instant::now();
    scene.say(LOBBY, 11..=20);
    assert!(!scene.end());
    // Two seconds, a last pause, and an allowance for a busy machine.
    let most = limits::DISK_LAST_TRIES + Duration::from_secs(20);
    assert!(start.elapsed() < most, "it took {:?}", start.elapsed());
    assert_eq!(seqs(&all_of(&scene.archive, LOBBY)), up_to(10));
}

#[test]
fn a_disk_that_comes_back_at_the_end_gets_everything() {
    let mut scene = Scene::running();
    scene.asked(LOBBY).unwrap();
    execute(&scene.archive, "PRAGMA query_only = 1");
    scene.say(LOBBY, 1..=10);
    scene.asked(LOBBY).unwrap();
    // The history writer is between two attempts, and notices the shutdown there.
    scene.history = None;
    execute(&scene.archive, "PRAGMA query_only = 0");
    assert!(scene.end());
    assert_eq!(seqs(&all_of(&scene.archive, LOBBY)), up_to(10));
}

#[test]
fn an_unresponsive_disk_is_not_retried_for_each_piece_at_the_end() {
    let mut scene = Scene::running();
    scene.asked(LOBBY).unwrap();
    let other = Connection::open(scene.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let long = CleanText::from_bytes(&[b'x'; 256 * 1024]);
    for seq in 1..=40 {
        scene.history().write(lines(LOBBY, [StoredLine { text: long.clone(), ..line(seq) }]));
    }
    let start = Instant::now();
    assert!(!scene.end());
    // Ten pieces, each of which would wait for five seconds.
    assert!(start.elapsed() < Duration::from_secs(30), "it took {:?}", start.elapsed());
}
