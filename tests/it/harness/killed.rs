//! Servers that are killed again and again, and what they leave behind.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

/// How often the server is killed. `KILL_ROUNDS` overrides it.
pub(crate) fn kill_rounds() -> usize {
    std::env::var("KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(100)
}

/// A folder in memory, independent of a disk that other programs keep busy: data written by a
/// killed process is there all the same. (This proves nothing about power losses.)
pub(crate) fn folder_in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The database that a killed server has left, intact. A copy, so that the next server finds what
/// the crash has left.
pub(crate) struct Left {
    pub(crate) connection: Connection,
    _copy: TempDir,
}

impl Left {
    pub(crate) fn of(data: &Path) -> Self {
        let copy = folder_in_memory();
        for name in ["hobnob.db", "hobnob.db-wal"] {
            if data.join(name).exists() {
                fs::copy(data.join(name), copy.path().join(name)).unwrap();
            }
        }
        let connection = Connection::open(copy.path().join("hobnob.db")).unwrap();
        let verdict: String =
            connection.query_one("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
        Self { connection, _copy: copy }
    }
}
