//! Retention: removes the oldest lines when they are too old, or when a room has too many.

use std::time::SystemTime;

use rusqlite::{Connection, Result, TransactionBehavior, params};

use super::columns::{from_milliseconds, milliseconds};
use super::line_ids::{all_places, seq_at};
use super::statements::{change, row};
use super::word_index;
use crate::limits;
use crate::model::RoomId;

/// Which lines to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Maximum number of lines per room; `None` keeps all.
    pub lines_per_room: Option<u64>,
    /// Lines from before this time have expired; `None` keeps lines of any age.
    pub not_before: Option<SystemTime>,
}

/// The latest time among the last lines of all rooms.
pub(crate) fn newest(connection: &Connection) -> Result<Option<SystemTime>> {
    let sql = "SELECT max(line.at_ms) FROM log JOIN line
         ON line.place = (log.room << 36) + log.last_seq";
    let at: Option<i64> = connection.query_one(sql, [], |row| row.get(0))?;
    Ok(at.map(from_milliseconds))
}

/// Removes the oldest lines of all rooms until the whole archive takes at most `bytes_max` bytes.
/// Removes them in pieces, each from the room whose first line is the oldest.
pub(crate) fn shrink(connection: &mut Connection, bytes_max: u64) -> Result<()> {
    let sql = "SELECT log.room, log.last_seq, line.place FROM log JOIN line ON line.place =
             (SELECT min(place) FROM line
              WHERE place BETWEEN log.room << 36 AND (log.room << 36) + log.last_seq)
         ORDER BY line.at_ms LIMIT 1";
    while bytes_in_use(connection)? > bytes_max {
        let oldest = row(connection, sql, [], |row| <(u32, i64, i64)>::try_from(row))?;
        let Some((room, last_seq, first)) = oldest else { break };
        let last_seq = last_seq.cast_unsigned();
        let lines_max = limits::MEMORY_PIECE_LINES;
        let first_kept = seq_at(first) + lines_max as u64;
        let lines_per_room = Some((last_seq + 1).saturating_sub(first_kept));
        let retention = Retention { lines_per_room, not_before: None };
        remove_some(connection, retention, RoomId(room), last_seq, lines_max)?;
    }
    Ok(())
}

fn bytes_in_use(connection: &Connection) -> Result<u64> {
    let value = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = value("page_count")? - value("freelist_count")?;
    Ok((pages * value("page_size")?).cast_unsigned())
}

/// Removes up to `lines_max` expired lines from the first room at or after `from`. Once a room that
/// has ended has no lines left, removes the rest of it. Returns the room to continue with, or
/// `None` at the end.
pub(crate) fn prune(
    connection: &mut Connection,
    retention: Retention,
    from: RoomId,
    lines_max: usize,
) -> Result<Option<RoomId>> {
    let sql = "SELECT room, last_seq, ended_at_ms IS NOT NULL FROM log WHERE room >= ?1
         ORDER BY room LIMIT 1";
    let next = row(connection, sql, [from.0], |row| <(u32, i64, bool)>::try_from(row))?;
    let Some((room, last_seq, is_over)) = next else { return Ok(None) };
    let room = RoomId(room);
    if remove_some(connection, retention, room, last_seq.cast_unsigned(), lines_max)? {
        return Ok(Some(room));
    }
    if is_over {
        remove_log_without_lines(connection, room)?;
    }
    Ok(room.0.checked_add(1).map(RoomId))
}

/// Removes up to `lines_max` lines from the beginning of a room's log, in a transaction of its own.
/// Returns whether there may be more.
fn remove_some(
    connection: &mut Connection,
    retention: Retention,
    room: RoomId,
    last_seq: u64,
    lines_max: usize,
) -> Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let places = all_places(room);
    let first_kept =
        retention.lines_per_room.map_or(0, |lines| (last_seq + 1).saturating_sub(lines));
    let not_before = retention.not_before.map_or(i64::MIN, milliseconds);
    let limit = i64::try_from(lines_max).unwrap_or(i64::MAX);
    let oldest: Vec<i64> = transaction
        .prepare_cached(
            "SELECT place, at_ms FROM line WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3",
        )?
        .query_map(params![places.start(), places.end(), limit], |row| <(i64, i64)>::try_from(row))?
        .take_while(|row| {
            let is_kept =
                |&(place, at): &(i64, i64)| seq_at(place) >= first_kept && at >= not_before;
            !row.as_ref().is_ok_and(is_kept)
        })
        .map(|row| row.map(|(place, _)| place))
        .collect::<Result<_>>()?;
    let Some(&last) = oldest.last() else { return Ok(false) };
    {
        let mut word = transaction.prepare_cached(word_index::REMOVE)?;
        let mut line = transaction.prepare_cached("DELETE FROM line WHERE place = ?1")?;
        for place in &oldest {
            word.execute([place])?;
            line.execute([place])?;
        }
    }
    let sql = "DELETE FROM gap WHERE room = ?1 AND last_seq <= ?2";
    change(&transaction, sql, params![room.0, seq_at(last).cast_signed()])?;
    transaction.commit()?;
    Ok(oldest.len() == lines_max)
}

fn remove_log_without_lines(connection: &Connection, room: RoomId) -> Result<()> {
    let places = all_places(room);
    let sql = "DELETE FROM log WHERE room = ?1
         AND NOT EXISTS (SELECT 1 FROM line WHERE place BETWEEN ?2 AND ?3)";
    if change(connection, sql, params![room.0, places.start(), places.end()])? > 0 {
        change(connection, "DELETE FROM gap WHERE room = ?1", [room.0])?;
    }
    Ok(())
}
