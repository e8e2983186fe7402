//! The erasure of everything about a person: at once in the small tables, and step by step in the
//! history.

use std::time::SystemTime;

use rusqlite::{Connection, Result, Row, Transaction, TransactionBehavior, params};

use super::columns::{self, from_milliseconds, milliseconds};
use super::lines::{HAS_REGISTERED_AUTHOR, LINE_COLUMNS, author, line_of};
use super::statements::{change, row, rows};
use super::{remains, word_index};
use crate::model::{AccountId, ERASED_NAME, ErasedPerson, Erasure, StoredLine};

/// Begins an erasure, in the transaction that removes the account, if there is one.
pub(crate) fn begin(connection: &Connection, erasure: &Erasure) -> Result<()> {
    let Erasure { number, key, whose, keeps_messages } = erasure;
    let (account, from, until) = match whose {
        ErasedPerson::Account { account, since } => {
            (Some(account.0), milliseconds(*since), i64::MAX)
        }
        ErasedPerson::Guest { from, until } => (None, milliseconds(*from), milliseconds(*until)),
    };
    let sql = "INSERT OR IGNORE INTO erasure
         (number, key, account, from_ms, until_ms, keeps_messages, place)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)";
    change(connection, sql, params![number, key, account, from, until, keeps_messages])?;
    if *keeps_messages {
        let sql = "UPDATE message SET sender_name = ?2, sender = ?3 WHERE sender = ?1";
        change(connection, sql, params![account, ERASED_NAME, AccountId::NOBODY.0])?;
    } else {
        change(connection, "DELETE FROM message WHERE sender = ?1", [account])?;
    }
    for (table, name, at) in [
        ("audit", "done_by", "done_at"),
        ("audit", "whom", "done_at"),
        ("sanction", "name", "imposed_at"),
        ("sanction", "imposed_by", "imposed_at"),
    ] {
        rename(connection, erasure, table, name, at)?;
    }
    remains::note(connection)
}

/// Replaces the name in a column.
fn rename(
    connection: &Connection,
    erasure: &Erasure,
    table: &str,
    name: &str,
    at: &str,
) -> Result<()> {
    let sql = format!("SELECT id, {name}, {at} FROM {table} WHERE {name} IS NOT NULL");
    let found = rows(connection, &sql, [], |row| {
        let at = columns::time(row, 2)?;
        let is_meant = erasure.was_named(row.get_ref(1)?.as_str()?, at);
        Ok(is_meant.then_some(row.get::<_, i64>(0)?))
    })?;
    let sql = format!("UPDATE {table} SET {name} = ?2 WHERE id = ?1");
    for id in found.into_iter().flatten() {
        change(connection, &sql, params![id, ERASED_NAME])?;
    }
    Ok(())
}

/// How far an erasure has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It has not begun.
    None,
    /// Lines have been looked at, and there may be more.
    Lines,
    /// All lines have been looked at.
    AllLines,
}

/// The numbers of the erasures that have begun and are not done.
pub(crate) fn unfinished(connection: &Connection) -> Result<Vec<i64>> {
    rows(connection, "SELECT number FROM erasure WHERE done_at_ms IS NULL", [], |row| row.get(0))
}

/// Looks at the next lines.
pub(crate) fn step(connection: &mut Connection, number: i64, lines_max: usize) -> Result<Progress> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "SELECT * FROM erasure WHERE number = ?1";
    let found = row(&transaction, sql, [number], |row| Ok((erasure_of(row)?, row.get("place")?)));
    let Some((erasure, after)) = found? else { return Ok(Progress::None) };
    if after == i64::MAX {
        return Ok(Progress::AllLines);
    }
    let place = erase_lines(&transaction, &erasure, after, lines_max)?;
    remains::note(&transaction)?;
    let sql = "UPDATE erasure SET place = ?2 WHERE number = ?1";
    change(&transaction, sql, params![number, place.unwrap_or(i64::MAX)])?;
    transaction.commit()?;
    Ok(Progress::Lines)
}

/// Erases lines after this place. Returns the place of the last one, or `None` at the end.
fn erase_lines(
    transaction: &Transaction<'_>,
    erasure: &Erasure,
    after: i64,
    lines_max: usize,
) -> Result<Option<i64>> {
    let sql = format!(
        "SELECT {LINE_COLUMNS}, {HAS_REGISTERED_AUTHOR} AS is_registered FROM line
         WHERE place > ?1 ORDER BY place LIMIT ?2"
    );
    let limit = i64::try_from(lines_max).unwrap_or(i64::MAX);
    let lines = rows(transaction, &sql, params![after, limit], |row| {
        Ok((row.get::<_, i64>("place")?, line_of(row)?, row.get("is_registered")?))
    })?;
    let last = lines.last().filter(|_| lines.len() == lines_max).map(|(place, ..)| *place);
    for (place, mut line, is_registered) in lines {
        if line.erase(erasure, is_registered) {
            let sql = "UPDATE line SET author = ?2, name = ?3, text = ?4, deleted_by = ?5
                 WHERE place = ?1";
            let StoredLine { author: person, name, text, deleted_by, .. } = &line;
            let values = params![place, author(*person), name, text.as_str(), deleted_by];
            change(transaction, sql, values)?;
            if line.deleted_by.is_some() {
                change(transaction, word_index::REMOVE, [place])?;
            }
        }
    }
    Ok(last)
}

/// Forgets whose data it was, after all lines have been looked at.
pub(crate) fn forget_name(connection: &Connection, number: i64) -> Result<()> {
    let sql = "UPDATE erasure SET key = '', from_ms = 0, until_ms = 0
         WHERE number = ?1 AND key <> ''";
    change(connection, sql, [number])?;
    Ok(())
}

/// Notes that nothing is left on the disk of what an erasure has removed.
pub(crate) fn finish(connection: &Connection, number: i64, now: SystemTime) -> Result<()> {
    let sql = "UPDATE erasure SET done_at_ms = ?2 WHERE number = ?1";
    change(connection, sql, params![number, milliseconds(now)])?;
    Ok(())
}

/// Whether an erasure is done; `None` if it has not begun.
pub(crate) fn is_done(connection: &Connection, number: i64) -> Result<Option<bool>> {
    let sql = "SELECT done_at_ms IS NOT NULL FROM erasure WHERE number = ?1";
    row(connection, sql, [number], |row| row.get(0))
}

fn erasure_of(row: &Row<'_>) -> Result<Erasure> {
    let account: Option<i64> = row.get("account")?;
    let whose = match account {
        Some(account) => ErasedPerson::Account {
            account: AccountId(account),
            since: from_milliseconds(row.get("from_ms")?),
        },
        None => ErasedPerson::Guest {
            from: from_milliseconds(row.get("from_ms")?),
            until: from_milliseconds(row.get("until_ms")?),
        },
    };
    Ok(Erasure {
        number: row.get("number")?,
        key: row.get("key")?,
        whose,
        keeps_messages: row.get("keeps_messages")?,
    })
}
