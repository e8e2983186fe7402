//! Everything about a person is erased, step by step.

use super::*;
use crate::model::{Erasure, LOBBY};
use crate::store::tables::remains::Purge;
use crate::store::updates::Updates;

fn erase_all(archive: &Archive, erasures: &[i64]) {
    let mut purge = Purge::default();
    while purge != Purge::IsDone {
        purge = archive.purge(purge, erasures, true, 3, at(9)).unwrap();
    }
}

/// Amy, of whom the lobby has ten lines.
fn erasure() -> (Disk, Erasure) {
    let mut disk = Disk::new();
    let amy = disk.add("Amy");
    let said = |seq| StoredLine { author: PersonId::Registered(amy.id), ..line(seq, "roses") };
    let lines = (1..=10).map(said).collect();
    write(disk.archive(), &[HistoryEntry::Lines { room: LOBBY, name: "#lobby".into(), lines }]);
    let erasure = Erasure::of_account(amy.id, "Amy", at(0), false);
    let mut updates = Updates::after(LastIds::default());
    updates.add(Update::Unregistered { account: amy.id });
    updates.add(Update::Erased(erasure.clone()));
    assert_eq!(disk.archive().keep(&updates).unwrap(), 0);
    (disk, erasure)
}

/// Lines of the person may wait to be written until the history writer has the number.
#[test]
fn an_erasure_waits_for_the_history_writer() {
    let (mut disk, erasure) = erasure();
    let archive = disk.archive();
    erase_all(archive, &[]);
    assert!(all_of(archive, LOBBY).lines.iter().all(|line| line.text.as_str() == "roses"));
    assert_eq!(archive.reader().has_erased(erasure.number).unwrap(), Some(false));
    // A server that is started again has nothing to write.
    assert_eq!(archive.unfinished_erasures().unwrap(), [erasure.number]);
    erase_all(archive, &[erasure.number]);
    let lines = all_of(archive, LOBBY).lines;
    assert_eq!(lines.len(), 10);
    for line in lines {
        assert_eq!((&*line.name, line.text.as_str()), ("(erased)", ""));
        assert_eq!((line.deleted_by.as_deref(), line.author.account()), (Some("(erased)"), None));
    }
    assert_eq!(archive.reader().has_erased(erasure.number).unwrap(), Some(true));
    assert_eq!(archive.unfinished_erasures().unwrap(), [0; 0]);
}

/// The accounts worker may be slower than the history writer.
#[test]
fn the_history_writer_waits_for_an_erasure_to_begin() {
    let (mut disk, erasure) = erasure();
    let purge = disk.archive().purge(Purge::Truncates, &[7], true, 3, at(9)).unwrap();
    assert_eq!(purge, Purge::Begins);
    assert_eq!(disk.archive().reader().has_erased(erasure.number).unwrap(), Some(false));
    assert_eq!(disk.archive().reader().has_erased(7).unwrap(), None);
}

/// Each state of a purge, and one in which a line is deleted that the purge does not know of.
#[test]
fn words_deleted_during_a_purge_are_gone_after_the_next_one() {
    for delayed in 0..9 {
        let mut disk = Disk::new();
        let text = |seq| match seq {
            7 => "quokka".to_owned(),
            8 => "wombat".to_owned(),
            _ => format!("rose{seq}"),
        };
        write(disk.archive(), &[lines(LOBBY, (1..=40).map(|seq| line(seq, &text(seq))))]);
        while disk.archive().index(9).unwrap() {}
        let delete = |archive: &Archive, seq| {
            write(
                archive,
                &[HistoryEntry::Deleted { room: LOBBY, seqs: vec![seq], by: "Amy".into() }],
            );
        };
        let archive = disk.archive();
        delete(archive, 7);
        let (mut purge, mut step) = (Purge::default(), 0);
        while purge != Purge::IsDone {
            if step == delayed {
                delete(archive, 8);
            }
            purge = archive.purge(purge, &[], step < delayed, 3, at(9)).unwrap();
            step += 1;
        }
        if step <= delayed {
            delete(archive, 8);
        }
        erase_all(archive, &[]);
        let bytes = |name: &str| std::fs::read(disk.folder.path().join(name)).unwrap();
        for text in ["quokka", "wombat"] {
            for name in ["hobnob.db", "hobnob.db-wal"] {
                let is_found = memchr::memmem::find(&bytes(name), text.as_bytes()).is_some();
                assert!(!is_found, "{text} is in {name}, deleted at step {delayed}");
            }
        }
    }
}

/// A backup, for example, reads for a long time.
#[test]
fn a_purge_does_not_wait_for_a_reader() {
    let mut disk = Disk::new();
    write(disk.archive(), &[lines(LOBBY, [line(1, "roses")])]);
    let file = disk.folder.path().join("hobnob.db");
    let reader = rusqlite::Connection::open(file).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM line").unwrap();
    let archive = disk.archive();
    write(archive, &[HistoryEntry::Deleted { room: LOBBY, seqs: vec![1], by: "Amy".into() }]);
    let begun = std::time::Instant::now();
    let purge = archive.purge(Purge::Truncates, &[], true, 3, at(9)).unwrap();
    assert_eq!(purge, Purge::Truncates);
    assert!(begun.elapsed() < open::BUSY_TIMEOUT / 2, "{:?}", begun.elapsed());
    drop(reader);
    erase_all(archive, &[]);
}
