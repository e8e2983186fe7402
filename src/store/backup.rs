//! Makes a consistent copy of the archive, even while a server writes to it.
//!
//! Copying the file itself would not work: the latest changes are in the write-ahead log beside it,
//! and the file changes in the meantime. Instead, SQLite writes a snapshot into a new file
//! (<https://sqlite.org/lang_vacuum.html#vacuuminto>), which needs no log.

use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{self, Path};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rusqlite::ffi::ErrorCode;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, InterruptHandle};
use tempfile::{NamedTempFile, TempDir};

use super::archive::Result;
use super::error::ArchiveError;
use super::read::Reader;
use super::{open, schema};

/// The contents of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupCounts {
    /// The number of accounts.
    pub accounts: u64,
    /// The number of stored rooms.
    pub rooms: u64,
    /// The number of lines in all rooms.
    pub lines: u64,
}

/// Cancels the making of a copy from another thread.
#[derive(Clone, Default)]
pub struct BackupStop(Arc<BackupStopState>);

#[derive(Default)]
struct BackupStopState {
    is_asked: AtomicBool,
    /// Interrupts SQLite's current work.
    work: Mutex<Option<InterruptHandle>>,
}

impl BackupStop {
    /// Cancels the copy as soon as possible. Does nothing once the copy is in place.
    pub fn ask(&self) {
        self.0.is_asked.store(true, Ordering::Release);
        if let Some(work) = &*self.0.work.lock() {
            work.interrupt();
        }
    }

    fn is_asked(&self) -> bool {
        self.0.is_asked.load(Ordering::Acquire)
    }

    /// Makes work on this connection interruptible from here on.
    fn watch(&self, connection: &Connection) {
        *self.0.work.lock() = Some(connection.get_interrupt_handle());
    }
}

/// A temporary folder beside the destination where the copy is made. Dropping it removes it, with
/// everything SQLite has left in it.
struct BackupFolder {
    // Declared first, so that the file is closed before the folder is removed.
    file: NamedTempFile,
    folder: TempDir,
}

/// The side of the copy that failed.
enum BackupFailure {
    /// Reading the source failed.
    Source(ArchiveError),
    /// Writing the copy failed, for this reason.
    Copy(String),
}

impl Reader {
    /// Makes a copy of the archive as it is at one moment. The finished copy is checked, is
    /// readable by this user only, and is moved into place only if it is intact and nothing is
    /// there already. Once this returns, the copy survives a power loss.
    ///
    /// # Errors
    /// If no copy could be made. Nothing of it is left then.
    pub fn backup(&self, copy: &Path, stop: &BackupStop) -> Result<BackupCounts> {
        let not_copied = |problem| ArchiveError::NotCopied { copy: copy.to_owned(), problem };
        let io = |error: io::Error| not_copied(error.to_string());
        let stopped = || ArchiveError::Stopped(copy.to_owned());
        let exists = || ArchiveError::CopyExists(copy.to_owned());
        // A dangling symbolic link counts as existing, too.
        if fs::symlink_metadata(copy).is_ok() {
            return Err(exists());
        }
        // An absolute path, because SQLite treats names that begin with `file:` as URIs.
        let place = Path::new(".").join(copy.parent().unwrap_or(copy));
        let place = path::absolute(place).map_err(io)?;
        fs::metadata(&place).map_err(io)?;
        let workshop =
            BackupFolder::open(&place).map_err(|problem| not_copied(problem.to_string()))?;
        let copied = self.make(workshop.file.path(), stop).map_err(|failure| match failure {
            // Cancelling explains any error that followed from it.
            _ if stop.is_asked() => stopped(),
            BackupFailure::Source(error) => error,
            BackupFailure::Copy(problem) => not_copied(problem),
        })?;
        workshop.file.as_file().sync_all().map_err(io)?;
        if stop.is_asked() {
            return Err(stopped());
        }
        let BackupFolder { file, folder } = workshop;
        file.persist_noclobber(copy).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => exists(),
            _ => io(error.error),
        })?;
        drop(folder);
        if let Err(error) = sync_folder(&place) {
            // The copy might disappear in a power loss.
            let _ = fs::remove_file(copy);
            return Err(io(error));
        }
        Ok(copied)
    }

    /// Writes a snapshot into this empty file and checks the result.
    fn make(
        &self,
        path: &Path,
        stop: &BackupStop,
    ) -> std::result::Result<BackupCounts, BackupFailure> {
        let source = |error| BackupFailure::Source(ArchiveError::from_sqlite(self.file(), error));
        let connection = open::connect_to_read(self.file()).map_err(source)?;
        stop.watch(&connection);
        if stop.is_asked() {
            return Err(BackupFailure::Copy("stopped".to_owned()));
        }
        let into = ToSqlOutput::Borrowed(ValueRef::Text(path.as_os_str().as_bytes()));
        connection.execute("VACUUM INTO ?1", [into]).map_err(|error| {
            match error.sqlite_error_code() {
                Some(
                    ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked,
                ) => source(error),
                // Reading has worked so far; it is the copy that fills a disk.
                _ => BackupFailure::Copy(error.to_string()),
            }
        })?;
        look_at(path, stop).map_err(BackupFailure::Copy)
    }
}

impl BackupFolder {
    /// The error omits the folder's name, which means nothing to the user.
    fn open(place: &Path) -> std::result::Result<BackupFolder, io::ErrorKind> {
        let folder = tempfile::Builder::new().prefix(".hobnob-backup-").tempdir_in(place);
        let folder = folder.map_err(|error| error.kind())?;
        let file = NamedTempFile::new_in(&folder).map_err(|error| error.kind())?;
        Ok(BackupFolder { file, folder })
    }
}

/// Checks that the file is an intact archive of this version, and counts its contents.
fn look_at(file: &Path, stop: &BackupStop) -> std::result::Result<BackupCounts, String> {
    let text = |error: rusqlite::Error| error.to_string();
    let connection = open::connect_to_read(file).map_err(text)?;
    stop.watch(&connection);
    open::check(&connection, file, schema::STEPS).map_err(|error| error.to_string())?;
    if schema::version(&connection).map_err(text)? != schema::latest(schema::STEPS) {
        return Err("the copy is not a valid database".to_owned());
    }
    let count = |table| {
        let sql = format!("SELECT count(*) FROM {table}");
        let count: rusqlite::Result<i64> = connection.query_one(&sql, [], |row| row.get(0));
        count.map(i64::cast_unsigned).map_err(text)
    };
    Ok(BackupCounts { accounts: count("account")?, rooms: count("room")?, lines: count("line")? })
}

/// Syncs the folder's entries to disk. Some filesystems do not support this and say so.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, SystemTime};

    use tempfile::TempDir;

    use super::*;
    use crate::model::{
        AccountId, AuditEntry, ClientId, HistoryEntry, LOBBY, LineId, ModAction, ModerationChange,
        PasswordHash, PersonId, Rank, RoomId, RoomRecord, Sanction, SanctionId, SanctionKind,
        StoredLine, StoredState, Subject,
    };
    use crate::store::archive::Archive;
    use crate::store::export::ExportItem;
    use crate::text::{CleanText, Manner};

    const TIME: SystemTime = SystemTime::UNIX_EPOCH;

    /// An archive with a little of everything.
    fn filled(lines: u64) -> (TempDir, Archive) {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let hash = PasswordHash::kept("hash".into());
        for name in ["gone", "amy", "bob"] {
            archive.add_account(name, name, &hash, TIME);
        }
        let [amy, bob] = [2, 3].map(AccountId);
        archive.remove_account(AccountId(1)).unwrap();
        let room = RoomRecord {
            id: RoomId(9),
            name: "#garden".into(),
            owner: amy,
            topic: None,
            locked: false,
            password: None,
            slow: None,
            hidden: false,
            invited: vec![bob, amy],
        };
        archive.save_room("#garden", &room).unwrap();
        archive.leave_message(amy, bob, "bob", "hi", TIME);
        keeps_order(&archive, amy);
        says(&archive, 1..=lines);
        (folder, archive)
    }

    fn keeps_order(archive: &Archive, owner: AccountId) {
        let ban = |number| {
            ModerationChange::impose(Sanction {
                id: SanctionId(number),
                kind: SanctionKind::Ban,
                room: None,
                subject: Subject::Person { account: Some(owner), origins: Vec::new() },
                name: "amy".into(),
                by: "bob".into(),
                at: TIME,
                until: None,
                reason: None,
            })
        };
        let rank = ModerationChange::Rank { account: owner, rank: Some(Rank::Owner) };
        let lift = ModerationChange::Remove(vec![SanctionId(7)]);
        let (by, action, whom) = ("bob".into(), ModAction::Ban, Some("amy".into()));
        let entry =
            AuditEntry { at: TIME.into(), by, action, whom, room: None, until: None, reason: None };
        for change in [rank, ban(2), ban(7), lift, ModerationChange::Lockdown(true)] {
            archive.moderate(Some(&change), Some(&entry)).unwrap();
        }
    }

    fn says(archive: &Archive, seqs: std::ops::RangeInclusive<u64>) {
        let line = |seq| StoredLine {
            seq,
            id: LineId { origin: 1, number: seq },
            at: TIME + Duration::from_secs(seq),
            author: PersonId::Guest(ClientId(1)),
            name: "cat".into(),
            manner: Manner::Said,
            text: CleanText::from_bytes(format!("word{seq}").as_bytes()),
            deleted_by: None,
        };
        let lines = seqs.map(line).collect();
        let entry = HistoryEntry::Lines { room: LOBBY, name: "#lobby".into(), lines };
        archive.write(&[entry], TIME, 500).unwrap();
    }

    fn names_in(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn everything(archive: &Archive) -> (StoredState, Vec<ExportItem>) {
        let reader = archive.reader();
        let logs = reader.logs(|_| true).unwrap();
        let said = reader.export(&logs[0], None).unwrap().map(|said| said.unwrap());
        (archive.load(10).unwrap(), said.collect())
    }

    #[test]
    fn a_copy_has_everything() {
        let (folder, archive) = filled(700);
        let restored = tempfile::tempdir().unwrap();
        let copy = restored.path().join("hobnob.db");
        let reader = Reader::open(folder.path()).unwrap();
        let copied = reader.backup(&copy, &BackupStop::default()).unwrap();
        assert_eq!(copied, BackupCounts { accounts: 2, rooms: 1, lines: 700 });
        assert_eq!(names_in(restored.path()), ["hobnob.db"]);
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);

        let again = Archive::open(restored.path()).unwrap();
        assert_eq!(everything(&again), everything(&archive));
        let kept = again.load(0).unwrap();
        let last_sanction = kept.last_ids.sanction;
        assert_eq!((kept.moderation.sanctions.len(), last_sanction), (1, SanctionId(7)));
        // Ids are not reused, and the index finds words.
        let hash = PasswordHash::kept("hash".into());
        let cat = again.add_account("cat", "cat", &hash, TIME);
        assert_eq!(cat.id.0, 4);
        let query = crate::text::words::Query::parse("word77").unwrap();
        let everywhere = [(LOBBY, 1..=u64::MAX)];
        let finds = again.reader().search(&everywhere, &query, 5, || true).unwrap();
        assert_eq!(finds.map(|finds| finds.found.len()), Some(1));
    }

    /// Copies while the archive is open and being written to, with the newest lines only in its
    /// log.
    #[test]
    fn a_copy_is_of_one_moment() {
        let (folder, archive) = filled(100);
        let reader = Reader::open(folder.path()).unwrap();
        let copies = tempfile::tempdir().unwrap();
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut seq = 100;
                while !is_done.load(Ordering::Relaxed) && seq < 100_000 {
                    says(&archive, seq + 1..=seq + 10);
                    seq += 10;
                }
            });
            for number in 0..5 {
                let copy = copies.path().join(format!("{number}.db"));
                let before = reader.logs(|_| true).unwrap()[0].last_seq;
                let copied = reader.backup(&copy, &BackupStop::default()).unwrap();
                let after = reader.logs(|_| true).unwrap()[0].last_seq;
                assert!((before..=after).contains(&copied.lines), "{before} {copied:?} {after}");
                assert_eq!(copied.lines % 10, 0, "half of what was written together");
            }
            is_done.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn an_existing_file_is_left_alone() {
        let (folder, _archive) = filled(1);
        let reader = Reader::open(folder.path()).unwrap();
        let place = tempfile::tempdir().unwrap();
        let exists = |copy: &Path| {
            let before = names_in(place.path());
            let error = reader.backup(copy, &BackupStop::default()).unwrap_err();
            assert!(matches!(error, ArchiveError::CopyExists { .. }), "{error}");
            assert!(error.to_string().contains(copy.to_str().unwrap()), "{error}");
            assert_eq!(names_in(place.path()), before);
        };
        let (file, link) = (place.path().join("file"), place.path().join("link"));
        fs::write(&file, "mine").unwrap();
        symlink("nowhere", &link).unwrap();
        exists(&file);
        exists(&link);
        exists(place.path());
        exists(reader.file());
        assert_eq!(names_in(place.path()), ["file", "link"]);
        assert_eq!(fs::read(&file).unwrap(), b"mine");
    }

    #[test]
    fn a_copy_that_cannot_be_made_leaves_nothing() {
        let (folder, archive) = filled(10);
        let reader = Reader::open(folder.path()).unwrap();
        let place = tempfile::tempdir().unwrap();
        let copy = place.path().join("none/copy.db");
        let error = reader.backup(&copy, &BackupStop::default()).unwrap_err().to_string();
        let expected = format!("cannot write {}: No such file or directory", copy.display());
        assert!(error.starts_with(&expected), "{error}");
        let copy = place.path().join("copy.db");
        let stop = BackupStop::default();
        stop.ask();
        let error = reader.backup(&copy, &stop).unwrap_err();
        assert!(matches!(error, ArchiveError::Stopped { .. }), "{error}");
        assert_eq!(names_in(place.path()), [""; 0]);

        // A file that was damaged after it was checked.
        drop(archive);
        let mut bytes = fs::read(reader.file()).unwrap();
        bytes[4096..].fill(0xAA);
        fs::write(reader.file(), bytes).unwrap();
        let error = reader.backup(&copy, &BackupStop::default()).unwrap_err();
        assert!(matches!(error, ArchiveError::Damaged { .. }), "{error}");
        assert!(error.to_string().starts_with(reader.file().to_str().unwrap()), "{error}");
        assert_eq!(names_in(place.path()), [""; 0]);
    }
}
