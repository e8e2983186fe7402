//! A copy of the archive that is whole, made while a server may write to it.
//!
//! Its file cannot be copied as files are: the last changes are in the write-ahead log beside it,
//! and it changes meanwhile. SQLite writes all that is there at one moment into a new file
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

/// What is in a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Registered names.
    pub accounts: u64,
    /// Rooms that outlive those who are in them.
    pub rooms: u64,
    /// Lines that were said in any room.
    pub lines: u64,
}

/// Ends the making of a copy from another thread.
#[derive(Clone, Default)]
pub struct Stop(Arc<Stopping>);

#[derive(Default)]
struct Stopping {
    is_asked: AtomicBool,
    /// What SQLite does at the moment.
    work: Mutex<Option<InterruptHandle>>,
}

impl Stop {
    /// Has the copy given up as soon as can be. Once it is in its place, nothing happens.
    pub fn ask(&self) {
        self.0.is_asked.store(true, Ordering::Release);
        if let Some(work) = &*self.0.work.lock() {
            work.interrupt();
        }
    }

    fn is_asked(&self) -> bool {
        self.0.is_asked.load(Ordering::Acquire)
    }

    /// What is done on this connection from here on can be ended.
    fn watch(&self, connection: &Connection) {
        *self.0.work.lock() = Some(connection.get_interrupt_handle());
    }
}

/// Where a copy is made: a folder beside its place, which is gone when this is dropped, with
/// whatever SQLite has left in it.
struct Workshop {
    // Closed before the folder is removed.
    file: NamedTempFile,
    folder: TempDir,
}

/// What could not be done.
enum Failure {
    /// To read what was to be copied.
    Source(ArchiveError),
    /// To write the copy, for this reason.
    Copy(String),
}

impl Reader {
    /// Makes a copy of the archive as it is at one moment. It is looked through when it is made,
    /// and put in its place only when it is whole, for this user alone, and only if nothing is
    /// there. When this has returned, it survives a loss of power.
    ///
    /// # Errors
    /// When there is no copy. Nothing is left of it then.
    pub fn backup(&self, copy: &Path, stop: &Stop) -> Result<Copied> {
        let not_copied = |problem| ArchiveError::NotCopied { copy: copy.to_owned(), problem };
        let io = |error: io::Error| not_copied(error.to_string());
        let stopped = || ArchiveError::Stopped { copy: copy.to_owned() };
        let exists = || ArchiveError::CopyExists { copy: copy.to_owned() };
        // A link to nowhere is something, too.
        if fs::symlink_metadata(copy).is_ok() {
            return Err(exists());
        }
        // Absolute: what begins with `file:` has a meaning of its own for SQLite.
        let place = Path::new(".").join(copy.parent().unwrap_or(copy));
        let place = path::absolute(place).map_err(io)?;
        fs::metadata(&place).map_err(io)?;
        let workshop = Workshop::open(&place).map_err(|problem| not_copied(problem.to_string()))?;
        let copied = self.make(workshop.file.path(), stop).map_err(|failure| match failure {
            // That is the reason, whatever came of it.
            _ if stop.is_asked() => stopped(),
            Failure::Source(error) => error,
            Failure::Copy(problem) => not_copied(problem),
        })?;
        workshop.file.as_file().sync_all().map_err(io)?;
        if stop.is_asked() {
            return Err(stopped());
        }
        let Workshop { file, folder } = workshop;
        file.persist_noclobber(copy).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => exists(),
            _ => io(error.error),
        })?;
        drop(folder);
        if let Err(error) = sync_folder(&place) {
            // It might be gone after a loss of power.
            let _ = fs::remove_file(copy);
            return Err(io(error));
        }
        Ok(copied)
    }

    /// Writes all that there is into this file, which is empty, and looks at what has been written.
    fn make(&self, path: &Path, stop: &Stop) -> std::result::Result<Copied, Failure> {
        let source = |error| Failure::Source(ArchiveError::from_sqlite(self.file(), error));
        let connection = open::connect_to_read(self.file()).map_err(source)?;
        stop.watch(&connection);
        if stop.is_asked() {
            return Err(Failure::Copy("stopped".to_owned()));
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
                // It could be read so far; what fills a disk is the copy.
                _ => Failure::Copy(error.to_string()),
            }
        })?;
        look_at(path, stop).map_err(Failure::Copy)
    }
}

impl Workshop {
    /// Its error says what the problem is, without the name of a folder that nobody has heard of.
    fn open(place: &Path) -> std::result::Result<Workshop, io::ErrorKind> {
        let folder = tempfile::Builder::new().prefix(".hobnob-backup-").tempdir_in(place);
        let folder = folder.map_err(|error| error.kind())?;
        let file = NamedTempFile::new_in(&folder).map_err(|error| error.kind())?;
        Ok(Workshop { file, folder })
    }
}

/// Whether it is a whole archive of this version, and what is in it.
fn look_at(file: &Path, stop: &Stop) -> std::result::Result<Copied, String> {
    let text = |error: rusqlite::Error| error.to_string();
    let connection = open::connect_to_read(file).map_err(text)?;
    stop.watch(&connection);
    open::check(&connection, file, schema::STEPS).map_err(|error| error.to_string())?;
    if schema::version(&connection).map_err(text)? != schema::latest(schema::STEPS) {
        return Err("what was written is no archive".to_owned());
    }
    let count = |table| {
        let sql = format!("SELECT count(*) FROM {table}");
        let count: rusqlite::Result<i64> = connection.query_one(&sql, [], |row| row.get(0));
        count.map(i64::cast_unsigned).map_err(text)
    };
    Ok(Copied { accounts: count("account")?, rooms: count("room")?, lines: count("line")? })
}

/// Puts on the disk which files there are. Some filesystems cannot, and say so.
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
    use crate::model::id::{AccountId, ClientId, LOBBY, LineId, PersonId, RoomId, SanctionId};
    use crate::model::moderation::{
        AuditEntry, Deed, OrderChange, Rank, Sanction, SanctionKind, Subject,
    };
    use crate::model::password::PasswordHash;
    use crate::model::records::{Entry, Kept, KeptLine, RoomRecord};
    use crate::store::archive::Archive;
    use crate::store::export::Said;
    use crate::text::{CleanText, Manner};

    const TIME: SystemTime = SystemTime::UNIX_EPOCH;

    /// An archive with a bit of everything.
    fn filled(lines: u64) -> (TempDir, Archive) {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let hash = PasswordHash::kept("hash".into());
        for name in ["gone", "amy", "bob"] {
            archive.add_account(name, name, &hash, TIME).unwrap();
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
        archive.leave_message(amy, bob, "bob", "hi", TIME).unwrap();
        keeps_order(&archive, amy);
        says(&archive, 1..=lines);
        (folder, archive)
    }

    fn keeps_order(archive: &Archive, owner: AccountId) {
        let ban = |number| {
            OrderChange::impose(Sanction {
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
        let rank = OrderChange::Rank { account: owner, rank: Some(Rank::Owner) };
        let lift = OrderChange::Lift(vec![SanctionId(7)]);
        let (by, deed, whom) = ("bob".into(), Deed::Ban, Some("amy".into()));
        let entry = AuditEntry { at: TIME, by, deed, whom, room: None, until: None, reason: None };
        for change in [rank, ban(2), ban(7), lift, OrderChange::Lockdown(true)] {
            archive.keep_order(Some(&change), Some(&entry)).unwrap();
        }
    }

    fn says(archive: &Archive, seqs: std::ops::RangeInclusive<u64>) {
        let line = |seq| KeptLine {
            seq,
            id: LineId { origin: 1, number: seq },
            at: TIME + Duration::from_secs(seq),
            author: PersonId::Guest(ClientId(1)),
            name: "cat".into(),
            manner: Manner::Said,
            text: CleanText::from_bytes(format!("word{seq}").as_bytes()),
        };
        let lines = seqs.map(line).collect();
        let entry = Entry::Lines { room: LOBBY, name: "#lobby".into(), lines };
        archive.write(&[entry], TIME, 500).unwrap();
    }

    fn names_in(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn everything(archive: &Archive) -> (Kept, Vec<Said>) {
        let reader = archive.reader();
        let logs = reader.logs(|_| true).unwrap();
        let said = reader.export(&logs[0], None).unwrap().map(|said| said.unwrap());
        (archive.load(10).unwrap(), said.collect())
    }

    #[test]
    fn a_copy_has_all_that_was_there() {
        let (folder, archive) = filled(700);
        let restored = tempfile::tempdir().unwrap();
        let copy = restored.path().join("hobnob.db");
        let reader = Reader::open(folder.path()).unwrap();
        let copied = reader.backup(&copy, &Stop::default()).unwrap();
        assert_eq!(copied, Copied { accounts: 2, rooms: 1, lines: 700 });
        assert_eq!(names_in(restored.path()), ["hobnob.db"]);
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);

        let again = Archive::open(restored.path()).unwrap();
        assert_eq!(everything(&again), everything(&archive));
        let order = again.load(0).unwrap().order;
        assert_eq!((order.sanctions.len(), order.last_sanction), (1, SanctionId(7)));
        // Numbers that were given are not given again, and words are found.
        let hash = PasswordHash::kept("hash".into());
        let cat = again.add_account("cat", "cat", &hash, TIME).unwrap().unwrap();
        assert_eq!(cat.id.0, 4);
        let query = crate::text::words::Query::parse("word77").unwrap();
        let everywhere = [(LOBBY, 1..=u64::MAX)];
        let finds = again.reader().search(&everywhere, &query, 5, || true).unwrap();
        assert_eq!(finds.map(|finds| finds.found.len()), Some(1));
    }

    /// While the archive is open and being written to, and what is new is in its log alone.
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
                let copied = reader.backup(&copy, &Stop::default()).unwrap();
                let after = reader.logs(|_| true).unwrap()[0].last_seq;
                assert!((before..=after).contains(&copied.lines), "{before} {copied:?} {after}");
                assert_eq!(copied.lines % 10, 0, "half of what was written together");
            }
            is_done.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn what_exists_is_left_as_it_is() {
        let (folder, _archive) = filled(1);
        let reader = Reader::open(folder.path()).unwrap();
        let place = tempfile::tempdir().unwrap();
        let exists = |copy: &Path| {
            let before = names_in(place.path());
            let error = reader.backup(copy, &Stop::default()).unwrap_err();
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
        let error = reader.backup(&copy, &Stop::default()).unwrap_err().to_string();
        let expected = format!("cannot write {}: No such file or directory", copy.display());
        assert!(error.starts_with(&expected), "{error}");
        let copy = place.path().join("copy.db");
        let stop = Stop::default();
        stop.ask();
        let error = reader.backup(&copy, &stop).unwrap_err();
        assert!(matches!(error, ArchiveError::Stopped { .. }), "{error}");
        assert_eq!(names_in(place.path()), [""; 0]);

        // What is damaged after it has been looked through.
        drop(archive);
        let mut bytes = fs::read(reader.file()).unwrap();
        bytes[4096..].fill(0xAA);
        fs::write(reader.file(), bytes).unwrap();
        let error = reader.backup(&copy, &Stop::default()).unwrap_err();
        assert!(matches!(error, ArchiveError::Damaged { .. }), "{error}");
        assert!(error.to_string().starts_with(reader.file().to_str().unwrap()), "{error}");
        assert_eq!(names_in(place.path()), [""; 0]);
    }
}
