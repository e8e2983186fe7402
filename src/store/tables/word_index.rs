//! The word index. It may lag behind the lines: under heavy load lines are written first and
//! indexed when there is time. A search scans the lines that are not indexed yet one by one.

use rusqlite::{Connection, Result, Transaction, params};

use super::line_ids::{places, seq_at};
use super::statements::{change, row};
use crate::model::RoomId;
use crate::text::words;

/// Removes the words of the line at a place. Their segments keep them until they are merged.
pub(crate) const REMOVE: &str = "DELETE FROM word WHERE rowid = ?1";

/// Adds up to `lines_max` lines of one room that are not in the index yet. Returns 0 once the index
/// is complete. The lines and the room's index position change in one transaction; otherwise lines
/// would be indexed twice.
pub(crate) fn add(transaction: &Transaction<'_>, lines_max: usize) -> Result<usize> {
    let sql = "SELECT room, indexed_seq, last_seq FROM log WHERE indexed_seq < last_seq LIMIT 1";
    let behind = row(transaction, sql, [], |row| <(u32, i64, i64)>::try_from(row))?;
    let Some((room, indexed, last)) = behind else { return Ok(0) };
    let places = places(RoomId(room), &(indexed.cast_unsigned() + 1..=last.cast_unsigned()));
    let mut select = transaction.prepare_cached(
        "SELECT place, text FROM line WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3",
    )?;
    let mut insert =
        transaction.prepare_cached("INSERT INTO word (rowid, words) VALUES (?1, ?2)")?;
    let lines_max = i64::try_from(lines_max).unwrap_or(i64::MAX);
    let mut rows = select.query(params![places.start(), places.end(), lines_max])?;
    let (mut count, mut indexed) = (0, last);
    while let Some(row) = rows.next()? {
        let place: i64 = row.get(0)?;
        // Invalid text, from manual edits or a failing disk, must not hold up the rest.
        let text = String::from_utf8_lossy(row.get_ref(1)?.as_bytes()?);
        insert.execute(params![place, words::indexed(&text)])?;
        count += 1;
        indexed = seq_at(place).cast_signed();
    }
    // Fewer than `lines_max`: those were all, even if the last ones are missing.
    let indexed = if count < lines_max { last } else { indexed };
    let sql = "UPDATE log SET indexed_seq = ?2 WHERE room = ?1";
    change(transaction, sql, params![room, indexed])?;
    Ok(usize::try_from(count).unwrap_or(0).max(1))
}

/// The last line of a room that is indexed.
pub(crate) fn reaches(connection: &Connection, room: RoomId) -> Result<u64> {
    let sql = "SELECT indexed_seq FROM log WHERE room = ?1";
    let found: Option<i64> = row(connection, sql, [room.0], |row| row.get(0))?;
    Ok(found.unwrap_or(0).cast_unsigned())
}
