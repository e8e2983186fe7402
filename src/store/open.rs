//! Finds, checks and opens an archive's file.
//!
//! The file is opened read-only first. Nothing is written to a database before it is known to be
//! ours, intact, and not from a later version. An empty file is a new database, as it is for
//! SQLite.

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

/// The first bytes of every SQLite file (<https://sqlite.org/fileformat.html#the_database_header>).
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// The smallest possible SQLite file: one page of the smallest size.
const SQLITE_BYTES_MIN: u64 = 512;

/// The archive's file name in its folder.
const FILE_NAME: &str = "hobnob.db";

/// How long another program (`sqlite3`, a backup) or thread may hold the database before a job
/// fails.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The size to which the write-ahead log is truncated after a checkpoint, in bytes.
const LOG_BYTES_KEPT_MAX: i64 = 16 * 1024 * 1024;

/// The size of the cache of prepared statements, large enough for all of them.
const STATEMENTS_KEPT_MAX: usize = 128;

/// An open archive file, and the locks that keep other servers away.
pub(crate) struct OpenArchive {
    pub(crate) connection: Connection,
    pub(crate) file: PathBuf,
    pub(crate) locks: Locks,
}

/// Keeps other servers away. The lock on the file itself also stops a server that uses another path
/// to the folder, or one that has lost the lock on the folder.
#[derive(Debug)]
pub(crate) struct Locks {
    _folder: File,
    /// `None` where such a lock would lock SQLite out, and while our file is missing.
    file: Option<File>,
}

/// Opens the archive in this folder, or creates one.
pub(crate) fn open(directory: &Path, steps: &[&str]) -> Result<OpenArchive, ArchiveError> {
    assert_sqlite_is_new_enough();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|error| ArchiveError::from_io(directory, error))?;
    let folder = lock(directory)?;
    let file = directory.join(FILE_NAME);
    let sqlite = |error| ArchiveError::from_sqlite(&file, error);
    // Opened for writing although nothing is written, so that the system reports now if that is not
    // possible. SQLite gives the files beside this one (-wal, -shm) the same permissions.
    let beginning = beginning(&file)?;
    let locks = Locks { _folder: folder, file: lock_database(&file)? };
    privacy::see_to(directory, &file);
    let looked = if beginning.is_empty() {
        Inspection::NotWithoutWriting
    } else if beginning == SQLITE_MAGIC {
        look_at(&file, steps)?
    } else {
        return Err(ArchiveError::NotOurs(file));
    };
    let mut connection = connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
    if looked == Inspection::NotWithoutWriting {
        check(&connection, &file, steps)?;
    }
    configure(&connection).map_err(sqlite)?;
    schema::migrate(&mut connection, steps).map_err(sqlite)?;
    Ok(OpenArchive { connection, file, locks })
}

/// Reopens an archive whose lock is held. Never creates one.
pub(crate) fn reopen(file: &Path, steps: &[&str]) -> Result<Connection, ArchiveError> {
    let sqlite = |error| ArchiveError::from_sqlite(file, error);
    look_at(file, steps)?;
    let connection = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
    if schema::version(&connection).map_err(sqlite)? != schema::latest(steps) {
        return Err(ArchiveError::NotOurs(file.to_owned()));
    }
    configure(&connection).map_err(sqlite)?;
    Ok(connection)
}

/// Copies the whole write-ahead log into the file it belongs to, although another file is in its
/// place. SQLite finds the log by its name alone and would apply it to the other file.
pub(crate) fn empty_log(connection: &Connection, file: &Path) -> Result<(), ArchiveError> {
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    match connection.query_one(sql, [], |row| row.get::<_, bool>(0)) {
        Ok(is_busy) if !is_busy => Ok(()),
        _ => Err(ArchiveError::Gone(file.to_owned())),
    }
}

/// An archive that lives as long as the process.
pub(crate) fn in_memory(steps: &[&str]) -> rusqlite::Result<Connection> {
    assert_sqlite_is_new_enough();
    let mut connection = Connection::open_in_memory()?;
    configure(&connection)?;
    schema::migrate(&mut connection, steps)?;
    Ok(connection)
}

/// SQLite is built in, so this can fail only in a build that links another SQLite.
fn assert_sqlite_is_new_enough() {
    let (number, name) = (rusqlite::version_number(), rusqlite::version());
    assert!(number >= SQLITE_VERSION_MIN, "SQLite {name} can corrupt databases; 3.51.3 cannot");
}

/// The kernel holds the lock until the file is dropped, so a crash leaves no lock behind.
fn lock(directory: &Path) -> Result<File, ArchiveError> {
    let path = directory.join("hobnob.lock");
    let file = private_file(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ArchiveError::InUse(directory.to_owned())),
        Err(TryLockError::Error(error)) => Err(ArchiveError::from_io(&path, error)),
    }
}

/// Locks the archive's file until the returned file is dropped. Drop it only after SQLite has
/// closed its own file: closing any descriptor of a file releases SQLite's locks on it (fcntl(2)).
/// On Linux those locks are independent of this one (flock(2)).
fn lock_database(file: &Path) -> Result<Option<File>, ArchiveError> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let opened = File::open(file).map_err(|error| ArchiveError::from_io(file, error))?;
    match opened.try_lock() {
        Ok(()) => Ok(Some(opened)),
        Err(TryLockError::WouldBlock) => Err(ArchiveError::FileInUse(file.to_owned())),
        Err(TryLockError::Error(error)) => Err(ArchiveError::from_io(file, error)),
    }
}

impl Locks {
    /// Moves the lock to the file that has replaced the locked one, which nobody has open any more.
    pub(crate) fn move_to(&mut self, file: &Path) -> Result<(), ArchiveError> {
        self.file = None;
        self.file = lock_database(file)?;
        Ok(())
    }
}

/// Opens the file for writing, or creates one that only this user can access.
fn private_file(path: &Path) -> Result<File, ArchiveError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(|error| ArchiveError::from_io(path, error))
}

/// The first bytes of the file. SQLite itself treats a very short file as an empty one.
fn beginning(path: &Path) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    let read = private_file(path)?.take(SQLITE_MAGIC.len() as u64).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| ArchiveError::from_io(path, error))
}

/// Finds the archive in this folder for read-only access, with or without a running server. Takes
/// no lock, creates nothing and migrates nothing.
pub(crate) fn find_to_read(directory: &Path, steps: &[&str]) -> Result<PathBuf, ArchiveError> {
    assert_sqlite_is_new_enough();
    let file = directory.join(FILE_NAME);
    let length = match fs::metadata(&file) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(problem) => return Err(ArchiveError::Io { path: file, problem }),
    };
    if length == 0 {
        return Err(ArchiveError::Missing(file));
    }
    // SQLite would treat such a short file as empty. Longer files are left to SQLite: if this
    // process has the file open elsewhere, closing it here would release SQLite's locks (fcntl(2)).
    if length < SQLITE_BYTES_MIN
        && !fs::read(&file).is_ok_and(|bytes| bytes.starts_with(SQLITE_MAGIC))
    {
        return Err(ArchiveError::NotOurs(file));
    }
    let found = connect_to_read(&file).and_then(|connection| schema::version(&connection));
    if let Err(error) = &found {
        match error.sqlite_error_code() {
            _ if needs_rollback(error) => return Err(ArchiveError::Unfinished(file)),
            Some(ErrorCode::NotADatabase) => return Err(ArchiveError::NotOurs(file)),
            // `ReadOnly` is about the files that readers need beside this one.
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                return Err(ArchiveError::Unreadable(file));
            }
            // The full check below reports more.
            _ => {}
        }
    }
    look_at(&file, steps)?;
    let found = found.map_err(|error| ArchiveError::from_sqlite(&file, error))?;
    match schema::latest(steps) {
        // A crash came before anything was written to it.
        _ if found == 0 => Err(ArchiveError::Missing(file)),
        known if found < known => Err(ArchiveError::Older { file, found, known }),
        _ => Ok(file),
    }
}

/// A read-only connection, beside the one that writes.
pub(crate) fn connect_to_read(file: &Path) -> rusqlite::Result<Connection> {
    connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// Identifies a file: its device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

/// The identity of the file at this path.
pub(crate) fn identity(file: &Path) -> io::Result<FileId> {
    let metadata = fs::metadata(file)?;
    Ok(FileId { device: metadata.dev(), inode: metadata.ino() })
}

fn connect(file: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    // Only one thread at a time uses a connection, so SQLite need not lock it.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// The result of checking a database. A full check takes a second per 300 MB, so it should run only
/// once.
#[derive(PartialEq, Eq)]
enum Inspection {
    ItIsWhole,
    NotWithoutWriting,
}

/// Checks a database without writing to it.
fn look_at(file: &Path, steps: &[&str]) -> Result<Inspection, ArchiveError> {
    let connection = connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| ArchiveError::from_sqlite(file, error))?;
    match schema::version(&connection) {
        // A crash left a journal that has to be rolled back before anything can be read. A reader
        // cannot do that; SQLite does it when the database is opened for writing.
        Err(error) if needs_rollback(&error) => Ok(Inspection::NotWithoutWriting),
        _ if is_cut_off(&connection, file) => {
            let problem = "its last page is cut off".to_owned();
            Err(ArchiveError::Damaged { file: file.to_owned(), problem })
        }
        _ => check(&connection, file, steps).map(|()| Inspection::ItIsWhole),
    }
}

/// Whether the file ends in the middle of a page, which SQLite would read as zeros. If there is a
/// write-ahead log, it may hold that page: a crash interrupted the checkpoint.
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

/// Checks that the database is ours, of a known version, and intact.
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
        return Err(ArchiveError::NotOurs(file.to_owned()));
    }
    let (found, known) = (schema::version(connection).map_err(sqlite)?, schema::latest(steps));
    if found > known {
        return Err(ArchiveError::Newer { file: file.to_owned(), found, known });
    }
    let verdict: String =
        connection.query_one("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sqlite)?;
    if verdict != "ok" {
        // SQLite names the database on a line of its own, and there is only one.
        let problem = verdict.lines().last().unwrap_or("no reason given").to_owned();
        return Err(ArchiveError::Damaged { file: file.to_owned(), problem });
    }
    Ok(())
}

/// Applies the settings that are not stored in the file, and turns on the write-ahead log, which
/// is.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // One fsync per change rather than two or three.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // With NORMAL, a power loss could undo the last changes, such as a new password.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is removed is overwritten.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    // A long reader keeps the log from being copied into the file, so the log grows.
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT_MAX);
    Ok(())
}
