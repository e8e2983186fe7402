//! The audit log in its table: the latest moderation actions.

use rusqlite::{Connection, Result, Row, params};

use super::columns;
use super::statements::{change, rows};
use crate::limits;
use crate::model::{AuditEntry, ModAction, Timestamp};

/// Loads the latest entries, oldest first. Skips actions that this version does not know.
pub(crate) fn load(connection: &Connection) -> Result<Vec<AuditEntry>> {
    let sql = "SELECT done_at, done_by, deed, whom, room, until, reason FROM audit
         ORDER BY id DESC LIMIT ?1";
    let entries = rows(connection, sql, [entries_max()], entry_of)?;
    Ok(entries.into_iter().rev().flatten().collect())
}

/// Adds an entry, and removes the oldest ones if there are too many.
pub(crate) fn add(connection: &Connection, entry: &AuditEntry) -> Result<()> {
    let sql = "INSERT INTO audit (done_at, done_by, deed, whom, room, until, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let AuditEntry { by, action, whom, room, reason, .. } = entry;
    let (at, until) = (columns::seconds(entry.at.0), entry.until.map(|at| columns::seconds(at.0)));
    change(connection, sql, params![at, by, action.word(), whom, room, until, reason])?;
    // Row numbers are consecutive, so nothing has to be counted.
    let last_removed = connection.last_insert_rowid().saturating_sub(entries_max());
    change(connection, "DELETE FROM audit WHERE id <= ?1", [last_removed])?;
    Ok(())
}

fn entry_of(row: &Row<'_>) -> Result<Option<AuditEntry>> {
    let word = columns::clean_text(row, "deed")?;
    let Some(action) = ModAction::of_word(&word) else { return Ok(None) };
    Ok(Some(AuditEntry {
        at: columns::time(row, "done_at")?.into(),
        by: columns::clean_text(row, "done_by")?,
        action,
        whom: columns::clean_text_if_any(row, "whom")?,
        room: columns::clean_text_if_any(row, "room")?,
        until: columns::time_if_any(row, "until")?.map(Timestamp),
        reason: columns::clean_text_if_any(row, "reason")?,
    }))
}

fn entries_max() -> i64 {
    i64::try_from(limits::AUDIT_ENTRIES_MAX).unwrap_or(i64::MAX)
}
