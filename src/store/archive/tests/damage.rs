//! History that was edited by hand or damaged by a failing disk.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;

use super::*;
use crate::text::words::Query;

/// The page size of the file, in bytes.
const PAGE_BYTES: usize = 4096;

/// An archive with many long lines, all of them in the file itself.
fn filled() -> Disk {
    let mut disk = Disk::new();
    disk.add("amy");
    for piece in 0..10 {
        let seqs = piece * 50 + 1..=piece * 50 + 50;
        let texts = seqs.map(|seq| line(seq, &format!("line {seq} {}", "x".repeat(150))));
        disk.archive().write(&[lines(LOBBY, texts)], at(1), 500).unwrap();
    }
    execute(disk.archive(), "PRAGMA wal_checkpoint(TRUNCATE)");
    disk
}

/// The leaf pages of a table, counting from 0.
fn leaves_of(archive: &Archive, table: &str) -> Vec<u32> {
    archive
        .with(|connection| {
            connection
                .prepare("SELECT pageno - 1 FROM dbstat WHERE name = ?1 AND pagetype = 'leaf'")?
                .query_map([table], |row| row.get(0))?
                .collect()
        })
        .unwrap()
}

#[test]
fn manual_edits_are_clean_when_they_are_read() {
    let mut disk = Disk::new();
    write(disk.archive(), &[numbered(LOBBY, 1..=2)]);
    let odd = "UPDATE line SET name = 'a' || char(27) || '[2Jmy' || char(10),
            text = char(7) || 'hel' || char(8238) || 'lo' || char(27) || ']0;x' || char(7),
            manner = 99, author = -9223372036854775808, at_ms = -5, origin = -1 WHERE place = 1;
        UPDATE line SET at_ms = 9223372036854775806, author = 0 WHERE place = 2";
    execute(disk.archive(), odd);
    let finds = |archive: &Archive| {
        let query = Query::parse("hello").unwrap();
        let reader = archive.reader();
        reader.search(&[(LOBBY, 1..=9)], &query, 9, || true).unwrap().unwrap().found.len()
    };
    let archive = disk.reopened();
    finds(archive);
    while archive.index(100).unwrap() {}
    finds(archive);
    let page = all_of(archive, LOBBY);
    let (name, text) = (&*page.lines[0].name, page.lines[0].text.as_str());
    assert_eq!((name, text), ("amy", "hello"));
    assert_eq!(archive.load(9).unwrap().histories[0].1.recent, page.lines);
    assert_eq!(page.lines[0].at, at(0));
}

#[test]
fn invalid_text_holds_nothing_up() {
    let mut disk = Disk::new();
    write(disk.archive(), &[numbered(LOBBY, 1..=3)]);
    let odd = "UPDATE line SET text = CAST(x'68656C6C6FFF' AS TEXT), name = CAST(x'FF' AS TEXT)
        WHERE place = 2";
    execute(disk.archive(), odd);
    let query = Query::parse("hello").unwrap();
    for _ in 0..2 {
        let reader = disk.archive().reader();
        let finds = reader.search(&[(LOBBY, 1..=9)], &query, 9, || true).unwrap().unwrap();
        assert_eq!(finds.found.len(), 1);
        assert_eq!(finds.found[0].line.text.as_str(), "hello\u{FFFD}");
        // Here the bad line is indexed, together with the next one.
        disk.archive().write(&[numbered(LOBBY, [4])], at(9), 500).unwrap();
    }
    assert_eq!(disk.rows("log WHERE indexed_seq = last_seq"), 1);
}

#[test]
fn damage_among_the_lines_is_found_before_anything_is_written() {
    let mut disk = filled();
    let pages = leaves_of(disk.archive(), "line");
    assert!(pages.len() > 20, "{pages:?}");
    disk.archive = None;
    let file = disk.folder.path().join("hobnob.db");
    let whole = fs::read(&file).unwrap();
    for page in pages.into_iter().step_by(7) {
        for garbage in [0x00, 0xAA, 0xFF] {
            let mut bytes = whole.clone();
            bytes[page as usize * PAGE_BYTES..][..PAGE_BYTES].fill(garbage);
            fs::write(&file, &bytes).unwrap();
            let error = Archive::open(disk.folder.path()).unwrap_err();
            assert!(matches!(error, ArchiveError::Damaged { .. }), "{error}");
            assert!(error.is_for_good());
            assert!(fs::read(&file).unwrap() == bytes, "changed in spite of: {error}");
        }
    }
    fs::write(&file, &whole).unwrap();
    assert_eq!(all_of(disk.reopened(), LOBBY).lines.len(), 500);
}

#[test]
fn damage_to_an_open_file_is_a_permanent_error() {
    let mut disk = filled();
    let file = disk.folder.path().join("hobnob.db");
    disk.archive = None;
    let whole = fs::read(&file).unwrap();
    let mut has_failed = 0;
    for page in 0..whole.len() / PAGE_BYTES {
        fs::write(&file, &whole).unwrap();
        let archive = disk.reopened();
        let damaged = OpenOptions::new().write(true).open(&file).unwrap();
        damaged.write_all_at(&[0xAA; PAGE_BYTES], (page * PAGE_BYTES) as u64).unwrap();
        let retention = Retention { lines_per_room: Some(400), not_before: None };
        let query = Query::parse("line").unwrap();
        let results = [
            archive.write(&[numbered(LOBBY, 501..=600), HistoryEntry::Stopped], at(9), 500),
            archive.index(500).map(drop),
            archive.prune(retention, LOBBY, 500).map(drop),
            archive.load(100).map(drop),
            archive.moderate(Some(&ModerationChange::Lockdown(true)), None),
            archive.reader().page(&span(LOBBY, 1..=999), 999).map(drop),
            archive.reader().search(&[(LOBBY, 1..=999)], &query, 999, || true).map(drop),
        ];
        for error in results.iter().filter_map(|result| result.as_ref().err()) {
            assert!(error.is_for_good(), "page {page}: {error:?}");
            has_failed += 1;
        }
        disk.archive = None;
        for log in ["hobnob.db-wal", "hobnob.db-shm"] {
            let _ = fs::remove_file(disk.folder.path().join(log));
        }
    }
    assert!(has_failed > 10, "{has_failed}");
}
