//! What can still be found in the file although it was removed, and how it is overwritten.
//!
//! SQLite overwrites what it removes with zeros (`PRAGMA secure_delete`). The words of a deleted
//! line are still in the segments of the index, and in the write-ahead log. The segments are merged
//! into one, which leaves out what was removed
//! (<https://sqlite.org/fts5.html#the_merge_command>): step by step, because the whole index of a
//! million lines takes a second. Then the log is copied into the file and truncated.

use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Result, params};

use super::statements::{change, row};
use crate::store::open::BUSY_TIMEOUT;

const FILE: &str = "file";
const WORDS: &str = "words";

/// Pages of the index that one step writes.
const STEP_PAGES: i64 = 64;

/// How far what was removed has been overwritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Purge {
    /// Not at all.
    #[default]
    Begins,
    /// Lines are being erased.
    Erases,
    /// Segments are being merged.
    Merges,
    /// The index is clean. The log has to be truncated.
    Truncates,
    /// Nothing remains.
    IsDone,
}

/// Notes that something that was removed remains in the file.
pub(crate) fn note(connection: &Connection) -> Result<()> {
    change(connection, "INSERT OR IGNORE INTO remains (what) VALUES (?1)", [WORDS])?;
    Ok(())
}

/// Takes the next step. `Truncates` again if a reader still needs the log. The last step notes that
/// nothing remains, if `is_last`: if nothing has been removed since the first one.
pub(crate) fn step(
    connection: &Connection,
    purge: Purge,
    is_last: bool,
    is_in_memory: bool,
) -> Result<Purge> {
    match purge {
        Purge::Begins | Purge::Erases if !remains(connection, WORDS)? => Ok(Purge::IsDone),
        // A negative number also merges segments that would not be merged otherwise.
        Purge::Begins | Purge::Erases => merge(connection, -STEP_PAGES),
        Purge::Merges => merge(connection, STEP_PAGES),
        Purge::Truncates if !is_in_memory && !has_truncated_log(connection)? => {
            Ok(Purge::Truncates)
        }
        Purge::Truncates => {
            if is_last {
                forget(connection, WORDS)?;
            }
            Ok(Purge::IsDone)
        }
        Purge::IsDone => Ok(Purge::IsDone),
    }
}

/// Rewrites a file that an earlier version has written, so that nothing that it removed remains.
pub(crate) fn rewrite_old_file(connection: &Connection) -> Result<()> {
    if remains(connection, FILE)? {
        tracing::info!("rewriting the database once, without what was removed from it");
        if let Err(error) = connection.execute_batch("VACUUM") {
            tracing::warn!(%error, "cannot rewrite the database now; trying again at the next start");
            return Ok(());
        }
        forget(connection, FILE)?;
        // A reader keeps it from being truncated; the next checkpoint overwrites it.
        has_truncated_log(connection)?;
    }
    Ok(())
}

fn merge(connection: &Connection, pages: i64) -> Result<Purge> {
    let before = connection.total_changes();
    change(connection, "INSERT INTO word (word, rank) VALUES ('merge', ?1)", params![pages])?;
    // The statement itself counts as one change.
    let has_merged = connection.total_changes() - before >= 2;
    Ok(if has_merged { Purge::Merges } else { Purge::Truncates })
}

/// Does not wait for readers.
fn has_truncated_log(connection: &Connection) -> Result<bool> {
    connection.busy_timeout(Duration::ZERO)?;
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let is_busy = connection.query_one(sql, [], |row| row.get::<_, bool>(0));
    connection.busy_timeout(BUSY_TIMEOUT)?;
    match is_busy {
        Ok(is_busy) => Ok(!is_busy),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
        Err(error) => Err(error),
    }
}

fn remains(connection: &Connection, what: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM remains WHERE what = ?1";
    Ok(row(connection, sql, [what], |_| Ok(()))?.is_some())
}

fn forget(connection: &Connection, what: &str) -> Result<()> {
    change(connection, "DELETE FROM remains WHERE what = ?1", [what])?;
    Ok(())
}
