//! A file that is removed while it is open, and what may take its place.

use std::fs;

use super::*;

const FILES: [&str; 3] = ["hobnob.db", "hobnob.db-wal", "hobnob.db-shm"];

/// An archive with this many lines in the lobby, all of them still only in the log.
fn filled(last: u64) -> Disk {
    let mut disk = Disk::new();
    write(disk.archive(), &[numbered(LOBBY, 1..=last)]);
    disk
}

fn file(disk: &Disk) -> PathBuf {
    disk.folder.path().join(FILES[0])
}

/// The number of lines that a server finds in these files after a crash.
fn lines_after_a_crash(folder: &Path) -> usize {
    let copy = tempfile::tempdir().unwrap();
    for name in &FILES[..2] {
        let _ = fs::copy(folder.join(name), copy.path().join(name));
    }
    all_of(&Archive::open(copy.path()).unwrap(), LOBBY).lines.len()
}

#[track_caller]
fn check_gone<T: std::fmt::Debug>(result: Result<T>) {
    assert!(matches!(result, Err(ArchiveError::Gone { .. })), "{result:?}");
}

#[test]
fn nothing_is_written_into_a_file_that_is_gone() {
    let mut disk = filled(3);
    let (file, away) = (file(&disk), disk.folder.path().join("away"));
    fs::rename(&file, &away).unwrap();
    for _ in 0..2 {
        check_gone(disk.archive().write(&[numbered(LOBBY, [4])], at(1), 0));
        check_gone(disk.archive().reader().page(&span(LOBBY, 1..=9), 9));
        assert!(disk.archive().reopen().is_err());
    }
    fs::rename(&away, &file).unwrap();
    write(disk.archive(), &[numbered(LOBBY, [4])]);
    assert_eq!(all_of(disk.archive(), LOBBY).lines.len(), 4);
    assert_eq!(lines_after_a_crash(disk.folder.path()), 4);
}

#[test]
fn everything_fails_while_another_file_is_in_its_place() {
    let mut disk = filled(3);
    let (file, away) = (file(&disk), disk.folder.path().join("away"));
    for theirs in ["", "Dear diary"] {
        fs::rename(&file, &away).unwrap();
        fs::write(&file, theirs).unwrap();
        check_gone(disk.archive().reader().page(&span(LOBBY, 1..=9), 9));
        assert!(disk.archive().reopen().is_err());
        check_gone(disk.archive().write(&[numbered(LOBBY, [4])], at(1), 0));
        check_gone(disk.archive().load(9));
        check_gone(disk.archive().reader().page(&span(LOBBY, 1..=9), 9));
        assert_eq!(fs::read(&file).unwrap(), theirs.as_bytes());
        fs::rename(&away, &file).unwrap();
        disk.archive().reopen().unwrap();
        assert_eq!(all_of(disk.archive(), LOBBY).lines.len(), 3);
        assert_eq!(lines_after_a_crash(disk.folder.path()), 3);
    }
}

#[test]
fn a_file_that_comes_with_a_log_keeps_it() {
    let mut disk = filled(3);
    let other = filled(5);
    let away = tempfile::tempdir().unwrap();
    for name in FILES {
        fs::rename(disk.folder.path().join(name), away.path().join(name)).unwrap();
    }
    for name in &FILES[..2] {
        fs::copy(other.folder.path().join(name), disk.folder.path().join(name)).unwrap();
    }
    check_gone(disk.archive().write(&[numbered(LOBBY, [6])], at(1), 0));
    disk.archive().reopen().unwrap();
    assert_eq!(all_of(disk.archive(), LOBBY).lines.len(), 5);
    write(disk.archive(), &[numbered(LOBBY, [6])]);
    assert_eq!(lines_after_a_crash(disk.folder.path()), 6);
    assert_eq!(lines_after_a_crash(away.path()), 3);
}

#[test]
fn a_file_that_comes_without_a_log_does_not_get_the_old_one() {
    let mut disk = filled(3);
    execute(disk.archive(), "PRAGMA wal_checkpoint(TRUNCATE)");
    let copy = disk.folder.path().join("copy");
    fs::copy(file(&disk), &copy).unwrap();
    write(disk.archive(), &[numbered(LOBBY, [4])]);
    fs::rename(&copy, file(&disk)).unwrap();
    disk.archive().reopen().unwrap();
    assert_eq!(all_of(disk.archive(), LOBBY).lines.len(), 3);
    write(disk.archive(), &[numbered(LOBBY, [7])]);
    assert_eq!(all_of(disk.archive(), LOBBY).gaps, [4..=6]);
    assert_eq!(lines_after_a_crash(disk.folder.path()), 4);
}
