//! How an archive's file is found, looked at and opened.
//!
//! Nothing is written to a database before it is known to be ours, whole, and not of a later
//! version: it is opened read-only first. A file of no length is a new one, as it is for SQLite.

mod privacy;
#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::ffi::{self, ErrorCode};
use rusqlite::{Connection, OpenFlags};

use super::error::ArchiveError;
use super::schema;

/// The oldest SQLite without the bug that can corrupt a database in WAL mode
/// (<https://sqlite.org/wal.html#walresetbug>).
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// What every SQLite file begins with (<https://sqlite.org/fileformat.html#the_database_header>).
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// The shortest that a SQLite file can be: its smallest page.
const SQLITE_BYTES_MIN: u64 = 512;

/// What the archive is called in its folder.
const FILE_NAME: &str = "hobnob.db";

/// How long another program (`sqlite3`, a backup) or thread may hold the database before a job
/// fails.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// To what size the write-ahead log is cut back once it has been written to the file, in bytes.
const LOG_BYTES_KEPT_MAX: i64 = 16 * 1024 * 1024;

/// Statements that stay compiled: all that there are.
const STATEMENTS_KEPT_MAX: usize = 128;

/// An archive's file, open, and the locks that keep other servers away.
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    pub(crate) file: PathBuf,
    pub(crate) locks: Locks,
}

/// What keeps other servers away: the lock of the folder, and that of the file itself, by which
/// also those find out whose folder is another one, or who have lost the first.
#[derive(Debug)]
pub(crate) struct Locks {
    _folder: File,
    /// `None` where such a lock would shut SQLite out, and while there is no file of ours.
    file: Option<File>,
}

/// Opens the archive in this folder, or makes one.
pub(crate) fn open(directory: &Path, steps: &[&str]) -> Result<Opened, ArchiveError> {
    assert_sqlite_is_new_enough();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|error| ArchiveError::from_io(directory, error))?;
    let folder = lock(directory)?;
    let file = directory.join(FILE_NAME);
    let sqlite = |error| ArchiveError::from_sqlite(&file, error);
    // Opened for writing, though nothing is written, so that the system says if that cannot be.
    // SQLite gives the files that it puts beside this one (-wal, -shm) the same permissions.
    let beginning = beginning(&file)?;
    let locks = Locks { _folder: folder, file: lock_database(&file)? };
    privacy::see_to(directory, &file);
    let looked = if beginning.is_empty() {
        Looked::NotWithoutWriting
    } else if beginning == SQLITE_MAGIC {
        look_at(&file, steps)?
    } else {
        return Err(ArchiveError::NotOurs { file });
    };
    let mut connection = connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
    if looked == Looked::NotWithoutWriting {
        check(&connection, &file, steps)?;
    }
    configure(&connection).map_err(sqlite)?;
    schema::migrate(&mut connection, steps).map_err(sqlite)?;
    Ok(Opened { connection, file, locks })
}

/// Opens an archive again whose lock is held. It does not make one.
pub(crate) fn reopen(file: &Path, steps: &[&str]) -> Result<Connection, ArchiveError> {
    let sqlite = |error| ArchiveError::from_sqlite(file, error);
    look_at(file, steps)?;
    let connection = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
    if schema::version(&connection).map_err(sqlite)? != schema::latest(steps) {
        return Err(ArchiveError::NotOurs { file: file.to_owned() });
    }
    configure(&connection).map_err(sqlite)?;
    Ok(connection)
}

/// Copies all of the write-ahead log into the file that it belongs to, though another one is in its
/// place. SQLite knows the log by its name alone: it would take it for the other one's.
pub(crate) fn empty_log(connection: &Connection, file: &Path) -> Result<(), ArchiveError> {
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    match connection.query_one(sql, [], |row| row.get::<_, bool>(0)) {
        Ok(is_busy) if !is_busy => Ok(()),
        _ => Err(ArchiveError::Gone { file: file.to_owned() }),
    }
}

/// An archive that is gone with the process.
pub(crate) fn in_memory(steps: &[&str]) -> rusqlite::Result<Connection> {
    assert_sqlite_is_new_enough();
    let mut connection = Connection::open_in_memory()?;
    configure(&connection)?;
    schema::migrate(&mut connection, steps)?;
    Ok(connection)
}

/// SQLite is built in, so this can only fail for whoever builds it in another way.
fn assert_sqlite_is_new_enough() {
    let (number, name) = (rusqlite::version_number(), rusqlite::version());
    assert!(number >= SQLITE_VERSION_MIN, "SQLite {name} can corrupt databases; 3.51.3 cannot");
}

/// The lock is held until the file is dropped, and by the kernel: a crash leaves none behind.
fn lock(directory: &Path) -> Result<File, ArchiveError> {
    let path = directory.join("hobnob.lock");
    let file = private_file(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(ArchiveError::InUse { directory: directory.to_owned() })
        }
        Err(TryLockError::Error(error)) => Err(ArchiveError::from_io(&path, error)),
    }
}

/// Locks the file of the archive, for as long as what this gives is there. It is closed only when
/// SQLite has the file no longer open: to close a file is to let go of SQLite's own locks of it
/// (fcntl(2)), which those are on Linux that do not know of this one (flock(2)).
fn lock_database(file: &Path) -> Result<Option<File>, ArchiveError> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let opened = File::open(file).map_err(|error| ArchiveError::from_io(file, error))?;
    match opened.try_lock() {
        Ok(()) => Ok(Some(opened)),
        Err(TryLockError::WouldBlock) => Err(ArchiveError::FileInUse { file: file.to_owned() }),
        Err(TryLockError::Error(error)) => Err(ArchiveError::from_io(file, error)),
    }
}

impl Locks {
    /// Another file is in the place of the one that was locked, which nobody has open any more.
    pub(crate) fn move_to(&mut self, file: &Path) -> Result<(), ArchiveError> {
        self.file = None;
        self.file = lock_database(file)?;
        Ok(())
    }
}

/// Opens the file for writing, or makes one that is nobody else's business.
fn private_file(path: &Path) -> Result<File, ArchiveError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(|error| ArchiveError::from_io(path, error))
}

/// The first bytes of the file. SQLite itself takes a very short file for an empty one.
fn beginning(path: &Path) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    let read = private_file(path)?.take(SQLITE_MAGIC.len() as u64).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| ArchiveError::from_io(path, error))
}

/// Finds the archive in this folder for who only reads it, beside a server or without one: it takes
/// no lock, makes nothing, and brings nothing up to date.
pub(crate) fn find_to_read(directory: &Path, steps: &[&str]) -> Result<PathBuf, ArchiveError> {
    assert_sqlite_is_new_enough();
    let file = directory.join(FILE_NAME);
    let length = match fs::metadata(&file) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(problem) => return Err(ArchiveError::Io { path: file, problem }),
    };
    if length == 0 {
        return Err(ArchiveError::Missing { file });
    }
    // SQLite would take it for an empty one. A longer one is left to SQLite: should this process
    // have it open elsewhere, closing it here would let go of SQLite's locks (fcntl(2)).
    if length < SQLITE_BYTES_MIN
        && !fs::read(&file).is_ok_and(|bytes| bytes.starts_with(SQLITE_MAGIC))
    {
        return Err(ArchiveError::NotOurs { file });
    }
    let found = connect_to_read(&file).and_then(|connection| schema::version(&connection));
    if let Err(error) = &found {
        match error.sqlite_error_code() {
            _ if needs_rollback(error) => return Err(ArchiveError::Unfinished { file }),
            Some(ErrorCode::NotADatabase) => return Err(ArchiveError::NotOurs { file }),
            // The second is of what readers need beside the file.
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                return Err(ArchiveError::Unreadable { file });
            }
            // To look at all of it tells more.
            _ => {}
        }
    }
    look_at(&file, steps)?;
    let found = found.map_err(|error| ArchiveError::from_sqlite(&file, error))?;
    match schema::latest(steps) {
        // A crash came before anything was put into it.
        _ if found == 0 => Err(ArchiveError::Missing { file }),
        known if found < known => Err(ArchiveError::Older { file, found, known }),
        _ => Ok(file),
    }
}

/// A connection that writes nothing, beside the one that does.
pub(crate) fn connect_to_read(file: &Path) -> rusqlite::Result<Connection> {
    connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// Which file this is, on which device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

/// Which file is there.
pub(crate) fn identity(file: &Path) -> io::Result<Identity> {
    let metadata = fs::metadata(file)?;
    Ok(Identity { device: metadata.dev(), inode: metadata.ino() })
}

fn connect(file: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    // One thread at a time has a connection, so that SQLite need not lock it.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// What a look at a database has come to. A look at all of it takes a second for each 300 MB, so
/// that there are not two of them.
#[derive(PartialEq, Eq)]
enum Looked {
    ItIsWhole,
    NotWithoutWriting,
}

/// Looks at a database without writing to it.
fn look_at(file: &Path, steps: &[&str]) -> Result<Looked, ArchiveError> {
    let connection = connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| ArchiveError::from_sqlite(file, error))?;
    match schema::version(&connection) {
        // A crash left a journal that has to be rolled back before anything can be read, which a
        // reader cannot do. SQLite does it when the database is opened for writing.
        Err(error) if needs_rollback(&error) => Ok(Looked::NotWithoutWriting),
        _ if is_cut_off(&connection, file) => {
            let problem = "its last page is cut off".to_owned();
            Err(ArchiveError::Damaged { file: file.to_owned(), problem })
        }
        _ => check(&connection, file, steps).map(|()| Looked::ItIsWhole),
    }
}

/// Whether a part of a page is missing, which SQLite would take for zeros. Where there is a
/// write-ahead log, it may hold that page: a crash came while it was copied into the file.
fn is_cut_off(connection: &Connection, file: &Path) -> bool {
    let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let page = connection.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0));
    page.is_ok_and(|bytes| !length(file).is_multiple_of(bytes.into()))
        && length(&file.with_extension("db-wal")) == 0
}

fn needs_rollback(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(ffi::SQLITE_READONLY_ROLLBACK)
}

/// Whether the database is ours, known, and whole.
pub(crate) fn check(
    connection: &Connection,
    file: &Path,
    steps: &[&str],
) -> Result<(), ArchiveError> {
    let sqlite = |error| ArchiveError::from_sqlite(file, error);
    if schema::is_blank(connection).map_err(sqlite)? {
        return Ok(());
    }
    if schema::application_id(connection).map_err(sqlite)? != schema::APPLICATION_ID {
        return Err(ArchiveError::NotOurs { file: file.to_owned() });
    }
    let (found, known) = (schema::version(connection).map_err(sqlite)?, schema::latest(steps));
    if found > known {
        return Err(ArchiveError::Newer { file: file.to_owned(), found, known });
    }
    let verdict: String =
        connection.query_one("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sqlite)?;
    if verdict != "ok" {
        // SQLite says which database on a line of its own, and there is only one.
        let problem = verdict.lines().last().unwrap_or("no reason given").to_owned();
        return Err(ArchiveError::Damaged { file: file.to_owned(), problem });
    }
    Ok(())
}

/// What is not kept in the file but set each time, and the write-ahead log, which is.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // One fsync for each change rather than two or three.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // NORMAL could lose the last changes with the power, such as a new password.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A long reader keeps the log from being written back to the file, and it grows.
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT_MAX);
    Ok(())
}
