//! Opening files that are new, in use, foreign, from later versions, or damaged.

mod privacy;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::SystemTime;

use tempfile::TempDir;

use super::*;
use crate::model::PasswordHash;
use crate::store::archive::Archive;
use crate::store::read::Reader;

/// A step that a later version might add.
const LATER: &str =
    "ALTER TABLE account ADD COLUMN motto TEXT; CREATE TABLE motto (day INTEGER) STRICT";

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("hobnob.db")
}

/// A closed archive with this many accounts.
fn filled(accounts: usize) -> TempDir {
    let folder = folder();
    fill(&Archive::open(folder.path()).unwrap(), accounts);
    folder
}

fn fill(archive: &Archive, accounts: usize) {
    let hash = PasswordHash::kept("x".repeat(90).into());
    for _ in 0..accounts {
        let key = format!("person-{}", archive.last_ids().account.0);
        archive.add_account(&key, &key, &hash, SystemTime::UNIX_EPOCH);
    }
}

fn accounts_in(folder: &TempDir) -> usize {
    Archive::open(folder.path()).unwrap().load(0).unwrap().accounts.len()
}

/// Checks that the archive cannot be opened and that its file does not change. Returns the error.
fn refused(folder: &TempDir) -> ArchiveError {
    let before = fs::read(database(folder)).unwrap();
    let Err(error) = Archive::open(folder.path()) else {
        panic!("{} bytes were taken for an archive", before.len());
    };
    assert!(fs::read(database(folder)).unwrap() == before, "changed in spite of: {error}");
    assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
    error
}

/// Simulates a crash: copies the files to another folder while the archive is open.
fn crashed(folder: &TempDir) -> TempDir {
    let copy = self::folder();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn new_files_are_private() {
    let outer = folder();
    let inner = outer.path().join("state/hobnob");
    let archive = Archive::open(&inner).unwrap();
    fill(&archive, 1);
    assert_eq!(mode(&inner), 0o700);
    let files = fs::read_dir(&inner).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files.collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn one_server_at_a_time() {
    let folder = folder();
    let archive = Archive::open(folder.path()).unwrap();
    let error = refused(&folder);
    assert!(matches!(error, ArchiveError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("--data"), "{error}");
    drop(archive);
    Archive::open(folder.path()).unwrap();
}

#[test]
fn the_file_itself_is_locked_too() {
    let folder = filled(1);
    let archive = Archive::open(folder.path()).unwrap();
    fs::remove_file(folder.path().join("hobnob.lock")).unwrap();
    let error = refused(&folder);
    assert!(matches!(error, ArchiveError::FileInUse { .. }), "{error}");
    // Under another name as well; readers are not locked out.
    let other = self::folder();
    fs::hard_link(database(&folder), database(&other)).unwrap();
    assert!(matches!(refused(&other), ArchiveError::FileInUse { .. }));
    Reader::open(folder.path()).unwrap();
    // We still hold the lock; nothing has released it.
    fill(&archive, 1);
    assert!(matches!(refused(&folder), ArchiveError::FileInUse { .. }));
    drop(archive);
    assert_eq!(accounts_in(&folder), 2);
}

#[test]
fn a_file_that_replaces_the_locked_one_is_locked() {
    let (folder, copy) = (filled(1), filled(2));
    let archive = Archive::open(folder.path()).unwrap();
    fs::rename(database(&copy), database(&folder)).unwrap();
    archive.reopen().unwrap();
    fs::remove_file(folder.path().join("hobnob.lock")).unwrap();
    assert!(matches!(refused(&folder), ArchiveError::FileInUse { .. }));
    drop(archive);
    assert_eq!(accounts_in(&folder), 2);
}

#[test]
fn an_empty_file_is_a_new_archive() {
    let folder = folder();
    fs::write(database(&folder), "").unwrap();
    assert_eq!(accounts_in(&folder), 0);
}

#[test]
fn a_crash_before_the_first_step_leaves_a_new_archive() {
    let folder = folder();
    let connection = Connection::open(database(&folder)).unwrap();
    configure(&connection).unwrap();
    drop(connection);
    assert!(fs::metadata(database(&folder)).unwrap().len() > 0);
    assert_eq!(accounts_in(&folder), 0);
}

#[test]
fn the_safe_settings_are_in_force() {
    let OpenArchive { connection, .. } = open(folder().path(), schema::STEPS).unwrap();
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    assert_eq!(number("synchronous"), Ok(2));
    assert_eq!(number("foreign_keys"), Ok(1));
    assert_eq!(number("busy_timeout"), Ok(5_000));
    assert_eq!(number("user_version"), Ok(schema::latest(schema::STEPS)));
    let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    assert_eq!(mode.as_deref(), Ok("wal"));
}

#[test]
fn a_crash_loses_nothing_that_was_stored() {
    let folder = folder();
    let archive = Archive::open(folder.path()).unwrap();
    fill(&archive, 300);
    let after = crashed(&folder);
    assert!(fs::metadata(after.path().join("hobnob.db-wal")).unwrap().len() > 0);
    assert_eq!(accounts_in(&after), 300);
}

#[test]
fn a_change_that_a_crash_cut_short_is_rolled_back() {
    let folder = filled(300);
    let connection = Connection::open(database(&folder)).unwrap();
    // Without a write-ahead log and with almost no cache, changes reach the file before the commit.
    connection.pragma_update(None, "journal_mode", "delete").unwrap();
    connection.pragma_update(None, "cache_size", 1).unwrap();
    connection.execute_batch("BEGIN; UPDATE account SET name = 'somebody else'").unwrap();
    let after = crashed(&folder);
    assert!(after.path().join("hobnob.db-journal").exists());
    let found = fs::read(database(&after)).unwrap();
    assert!(found.windows(13).any(|bytes| bytes == b"somebody else"));
    let archive = Archive::open(after.path()).unwrap();
    let accounts = archive.load(0).unwrap().accounts;
    assert_eq!(accounts.len(), 300);
    assert!(accounts.iter().all(|(key, account)| *key == account.name));
}

#[test]
fn an_earlier_version_goes_through_the_steps_it_lacks() {
    let folder = filled(3);
    let steps = [schema::STEPS, &[LATER]].concat();
    for _ in 0..2 {
        let OpenArchive { connection, .. } = open(folder.path(), &steps).unwrap();
        assert_eq!(schema::version(&connection), Ok(schema::latest(&steps)));
        let count = connection.query_one("SELECT count(motto) FROM account", [], |row| row.get(0));
        assert_eq!(count, Ok(0));
    }
}

#[test]
fn a_step_that_fails_leaves_nothing_behind() {
    let folder = filled(3);
    let broken = format!("{LATER}; INSERT INTO nowhere VALUES (1)");
    let error = open(folder.path(), &[schema::STEPS, &[&broken]].concat()).err().unwrap();
    assert!(matches!(error, ArchiveError::Sqlite { .. }), "{error}");
    assert_eq!(accounts_in(&folder), 3);
    open(folder.path(), &[schema::STEPS, &[LATER]].concat()).unwrap();
}

#[test]
fn a_later_version_is_left_as_it_is() {
    let folder = filled(3);
    let opened = open(folder.path(), &[schema::STEPS, &[LATER]].concat()).unwrap();
    // Once while the later version's changes may be only in the write-ahead log, and once after.
    let in_the_log = crashed(&folder);
    let log = in_the_log.path().join("hobnob.db-wal");
    let before = fs::read(&log).unwrap();
    assert!(!before.is_empty());
    drop(opened);
    for folder in [&folder, &in_the_log] {
        let error = refused(folder);
        let ArchiveError::Newer { found, known, .. } = error else { panic!("{error}") };
        assert_eq!(
            (found, known),
            (schema::latest(schema::STEPS) + 1, schema::latest(schema::STEPS))
        );
    }
    assert!(fs::read(&log).unwrap() == before);
}

#[test]
fn a_foreign_file_is_left_as_it_is() {
    let texts: [&[u8]; 3] = [b"x", b"Dear diary, today nobody said anything.\n", &[0; 8192]];
    for text in texts {
        let folder = folder();
        fs::write(database(&folder), text).unwrap();
        let error = refused(&folder);
        assert!(matches!(error, ArchiveError::NotOurs { .. }), "{error}");
    }
    for sql in ["CREATE TABLE diary (day)", "PRAGMA user_version = 7", "PRAGMA application_id = 7"]
    {
        for mode in ["delete", "wal"] {
            let folder = folder();
            let theirs = Connection::open(database(&folder)).unwrap();
            theirs.pragma_update(None, "journal_mode", mode).unwrap();
            theirs.execute_batch(sql).unwrap();
            drop(theirs);
            let error = refused(&folder);
            assert!(matches!(error, ArchiveError::NotOurs { .. }), "{sql}: {error}");
        }
    }
}

#[test]
fn a_file_overwritten_in_the_middle_is_damaged() {
    let folder = filled(500);
    let mut bytes = fs::read(database(&folder)).unwrap();
    let pages = bytes.len() / 4096;
    assert!(pages > 20);
    bytes[4096 * (pages / 2)..4096 * (pages / 2 + 4)].fill(0xAA);
    fs::write(database(&folder), bytes).unwrap();
    let error = refused(&folder);
    assert!(matches!(error, ArchiveError::Damaged { .. }), "{error}");
    assert!(
        error.to_string().contains("move it away, together with its -wal and -shm files,"),
        "{error}"
    );
}

#[test]
fn a_truncated_file_is_damaged() {
    let folder = filled(100);
    let bytes = fs::read(database(&folder)).unwrap();
    // In the middle of a page, at the end of a page, and by a single byte.
    let pages = (4096..bytes.len()).step_by(4096);
    for length in (16..bytes.len()).step_by(1531).chain(pages).chain([bytes.len() - 1]) {
        fs::write(database(&folder), &bytes[..length]).unwrap();
        let error = refused(&folder);
        assert!(matches!(error, ArchiveError::Damaged { .. }), "{length} bytes: {error}");
    }
}

#[test]
fn an_unwritable_folder_is_reported() {
    // Nobody can create a folder there, not even root, who is exempt from permissions.
    let error = Archive::open(Path::new("/sys/hobnob")).unwrap_err();
    assert!(matches!(error, ArchiveError::ReadOnly { .. }), "{error}");
    assert!(error.to_string().starts_with("cannot write /sys/hobnob: "), "{error}");

    let folder = folder();
    fs::write(folder.path().join("file"), "").unwrap();
    let error = Archive::open(&folder.path().join("file")).unwrap_err();
    assert!(matches!(error, ArchiveError::Io { .. }), "{error}");
    assert!(std::error::Error::source(&error).is_none(), "what the system says is told twice");
}

/// Checks that the archive cannot be read and that nothing in its folder changes. Returns the
/// error.
fn not_read(folder: &TempDir) -> ArchiveError {
    let before = everything_in(folder);
    let Err(error) = Reader::open(folder.path()) else {
        panic!("{:?} was taken for an archive", before.keys());
    };
    let after = everything_in(folder);
    let is_changed = |(name, bytes): (&String, &Vec<u8>)| after.get(name) != Some(bytes);
    assert!(!before.iter().any(is_changed), "changed in spite of: {error}");
    // SQLite's readers leave these behind, without new content.
    let is_new = |name: &&String| !before.contains_key(*name);
    for name in after.keys().filter(is_new) {
        assert!(["hobnob.db-shm", "hobnob.db-wal"].contains(&name.as_str()), "{name}: {error}");
    }
    let path = folder.path().join("hobnob.db");
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    error
}

fn everything_in(folder: &TempDir) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
    let bytes = |path: &Path| {
        // An index of the log, which any reader may rebuild.
        if path.extension() == Some("db-shm".as_ref()) {
            Vec::new()
        } else {
            fs::read(path).unwrap()
        }
    };
    entries.map(|entry| (entry.file_name().into_string().unwrap(), bytes(&entry.path()))).collect()
}

#[test]
fn an_archive_can_be_read_with_and_without_a_server() {
    let folder = folder();
    let archive = Archive::open(folder.path()).unwrap();
    let accounts = || {
        let count = "SELECT count(*) FROM account";
        let reader = Reader::open(folder.path()).unwrap();
        reader.with(|connection| connection.query_one(count, [], |row| row.get::<_, i64>(0)))
    };
    fill(&archive, 3);
    assert_eq!(accounts().unwrap(), 3);
    let after_a_crash = crashed(&folder);
    Reader::open(after_a_crash.path()).unwrap();
    drop(archive);
    assert_eq!(accounts().unwrap(), 3);
    // A reader neither locks a server out nor takes anything from it.
    assert_eq!(accounts_in(&folder), 3);
}

#[test]
fn files_that_readers_cannot_use() {
    let check = |folder: &TempDir, expected: &str| {
        let error = not_read(folder);
        assert!(error.to_string().contains(expected), "{expected:?}: {error}");
    };
    check(&folder(), "there is no ");
    let no_length = folder();
    fs::write(database(&no_length), "").unwrap();
    check(&no_length, "there is no ");
    let before_the_first_step = folder();
    configure(&Connection::open(database(&before_the_first_step)).unwrap()).unwrap();
    check(&before_the_first_step, "there is no ");
    let error = Reader::open(&folder().path().join("nowhere")).unwrap_err();
    assert!(matches!(error, ArchiveError::Missing { .. }), "{error}");

    for text in [&b"x"[..], b"Dear diary, today nobody said anything.\n", &[0; 8192]] {
        let foreign = folder();
        fs::write(database(&foreign), text).unwrap();
        check(&foreign, "is not a hobnob database");
    }
    let damaged = filled(100);
    let bytes = fs::read(database(&damaged)).unwrap();
    fs::write(database(&damaged), &bytes[..bytes.len() - 5000]).unwrap();
    check(&damaged, "is damaged (");

    let newer = folder();
    drop(open(newer.path(), &[schema::STEPS, &[LATER]].concat()).unwrap());
    check(&newer, "was written by a newer hobnob-server");
    let older = folder();
    drop(open(older.path(), &schema::STEPS[..1]).unwrap());
    check(&older, "an older hobnob-server (format 1; this version knows ");
    drop(Archive::open(older.path()).unwrap());
    Reader::open(older.path()).unwrap();
}

#[test]
fn only_a_server_rolls_back_an_interrupted_change() {
    let folder = filled(300);
    let connection = Connection::open(database(&folder)).unwrap();
    connection.pragma_update(None, "journal_mode", "delete").unwrap();
    connection.pragma_update(None, "cache_size", 1).unwrap();
    connection.execute_batch("BEGIN; UPDATE account SET name = 'somebody else'").unwrap();
    let after = crashed(&folder);
    let error = not_read(&after);
    assert!(matches!(error, ArchiveError::Unfinished { .. }), "{error}");
    assert_eq!(accounts_in(&after), 300);
    Reader::open(after.path()).unwrap();
}
