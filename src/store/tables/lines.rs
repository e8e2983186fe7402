//! The history in the tables: writing it as it happens, and loading what a server needs of it at
//! startup.

use std::time::SystemTime;

use rusqlite::types::ValueRef;
use rusqlite::{
    CachedStatement, Connection, Result, Row, Transaction, TransactionBehavior, params,
};

use super::columns::{from_milliseconds, milliseconds};
use super::line_ids::{place, places, seq_at};
use super::statements::{change, row, rows};
use super::{remains, word_index};
use crate::model::{
    AccountId, ClientId, HistoryEntry, LOBBY, LineId, PersonId, ReadMarker, RoomHistory, RoomId,
    StoredLine,
};
use crate::text::{CleanText, Manner};

/// The columns that [`line_of`] reads.
pub(crate) const LINE_COLUMNS: &str = "line.place, line.at_ms, line.origin, line.number, line.author, line.name, line.manner, line.text, line.deleted_by";

/// Whether the author of a line has an account now.
pub(crate) const HAS_REGISTERED_AUTHOR: &str =
    "EXISTS (SELECT 1 FROM account WHERE account.id = line.author)";

/// Writes entries in one transaction, and brings the index up to date if it is at most
/// `index_lines_max` lines behind. Writing the same entries again changes nothing, so a caller that
/// does not know whether a write succeeded may repeat it.
pub(crate) fn write(
    connection: &mut Connection,
    entries: &[HistoryEntry],
    now: SystemTime,
    index_lines_max: usize,
) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for entry in entries {
        match entry {
            HistoryEntry::Lines { room, name, lines } => append(&transaction, *room, name, lines)?,
            HistoryEntry::Deleted { room, seqs, by } => delete(&transaction, *room, seqs, by)?,
            HistoryEntry::Mark { account, room, mark } => {
                set_mark(&transaction, *account, *room, *mark, now)?
            }
            HistoryEntry::Reached { room, name, seq } => reach(&transaction, *room, name, *seq)?,
            HistoryEntry::Ended { room } => end_log(&transaction, *room, now)?,
            // Lines are erased step by step.
            HistoryEntry::Erased { .. } => {}
            HistoryEntry::Started => start(&transaction, now)?,
            HistoryEntry::Stopped => stop(&transaction, now)?,
        }
    }
    if index_lines_max > 0 {
        word_index::add(&transaction, index_lines_max)?;
    }
    transaction.commit()
}

/// Appends lines to a room's log. Lines missing before them were lost, and are recorded as a gap.
fn append(
    transaction: &Transaction<'_>,
    room: RoomId,
    name: &str,
    lines: &[StoredLine],
) -> Result<()> {
    let before = last_seq(transaction, room)?;
    let is_new = |line: &&StoredLine| line.seq > before && place(room, line.seq).is_some();
    let mut after = before;
    // Held for all lines, of which a transaction may have thousands.
    let mut insert = transaction.prepare_cached(INSERT_LINE)?;
    for line in lines.iter().filter(is_new) {
        if line.seq > after + 1 {
            add_gap(transaction, room, after + 1, line.seq - 1)?;
        }
        insert_line(&mut insert, room, line)?;
        after = line.seq;
    }
    if after > before {
        set_last_seq(transaction, room, name, after)?;
    }
    Ok(())
}

/// Removes the text of lines. Those that are not stored stay as they are.
fn delete(transaction: &Transaction<'_>, room: RoomId, seqs: &[u64], by: &str) -> Result<()> {
    let mut line = transaction.prepare_cached(
        "UPDATE line SET text = '', deleted_by = ?2 WHERE place = ?1 AND deleted_by IS NULL",
    )?;
    let mut word = transaction.prepare_cached(word_index::REMOVE)?;
    for place in seqs.iter().filter_map(|&seq| place(room, seq)) {
        line.execute(params![place, by])?;
        word.execute([place])?;
    }
    remains::note(transaction)
}

/// Records the lines up to `seq` that have not arrived by now as lost.
fn reach(transaction: &Transaction<'_>, room: RoomId, name: &str, seq: u64) -> Result<()> {
    let before = last_seq(transaction, room)?;
    if seq > before && place(room, seq).is_some() {
        add_gap(transaction, room, before + 1, seq)?;
        set_last_seq(transaction, room, name, seq)?;
    }
    Ok(())
}

fn set_last_seq(transaction: &Transaction<'_>, room: RoomId, name: &str, seq: u64) -> Result<()> {
    let sql = "INSERT INTO log (room, name, last_seq, indexed_seq) VALUES (?1, ?2, ?3, 0)
         ON CONFLICT (room) DO UPDATE SET last_seq = ?3, name = ?2";
    change(transaction, sql, params![room.0, name, seq.cast_signed()])?;
    Ok(())
}

const INSERT_LINE: &str =
    "INSERT INTO line (place, at_ms, origin, number, author, name, manner, text)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

fn insert_line(insert: &mut CachedStatement<'_>, room: RoomId, line: &StoredLine) -> Result<()> {
    let (place, at, text) = (place(room, line.seq), milliseconds(line.at), line.text.as_str());
    let (origin, number) = (line.id.origin.cast_signed(), line.id.number.cast_signed());
    let (author, manner) = (author(line.author), manner(line.manner));
    insert.execute(params![place, at, origin, number, author, line.name, manner, text])?;
    Ok(())
}

fn add_gap(transaction: &Transaction<'_>, room: RoomId, first: u64, last: u64) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO gap (room, first_seq, last_seq) VALUES (?1, ?2, ?3)";
    change(transaction, sql, params![room.0, first.cast_signed(), last.cast_signed()])?;
    Ok(())
}

/// The number of a room's lines that have been written or given up.
fn last_seq(connection: &Connection, room: RoomId) -> Result<u64> {
    let sql = "SELECT last_seq FROM log WHERE room = ?1";
    let found: Option<i64> = row(connection, sql, [room.0], |row| row.get(0))?;
    Ok(found.unwrap_or(0).cast_unsigned())
}

/// Replaces a user's read marker. Stores nothing for an account that is not stored: it may have
/// been removed after this change was decided, or the chat stores the marker again once the account
/// is stored.
fn set_mark(
    transaction: &Transaction<'_>,
    account: AccountId,
    room: RoomId,
    mark: ReadMarker,
    now: SystemTime,
) -> Result<()> {
    let (seq, at) = match mark {
        ReadMarker::Here => (None, now),
        ReadMarker::Left { seq, at } => (Some(seq.cast_signed()), at),
    };
    let sql = "INSERT OR REPLACE INTO mark (account, room, seq, at_ms)
         SELECT id, ?2, ?3, ?4 FROM account WHERE id = ?1";
    change(transaction, sql, params![account.0, room.0, seq, milliseconds(at)])?;
    Ok(())
}

/// Records that a room has ended: nobody returns to it, and nobody is banned from it.
fn end_log(transaction: &Transaction<'_>, room: RoomId, now: SystemTime) -> Result<()> {
    let sql = "UPDATE log SET ended_at_ms = ?2 WHERE room = ?1";
    change(transaction, sql, params![room.0, milliseconds(now)])?;
    change(transaction, "DELETE FROM mark WHERE room = ?1", [room.0])?;
    change(transaction, "DELETE FROM sanction WHERE room = ?1", [room.0])?;
    Ok(())
}

/// Sets the markers of users who were in a room when the last server crashed: they have read
/// everything, and left when the last line was said. Rooms that existed only in that server have
/// ended.
fn start(transaction: &Transaction<'_>, now: SystemTime) -> Result<()> {
    transaction.execute(
        &format!("UPDATE mark SET (seq, at_ms) = (SELECT {LEFT_AT_A_CRASH}) WHERE seq IS NULL"),
        [],
    )?;
    transaction.execute(
        "UPDATE log SET ended_at_ms = ?1
         WHERE ended_at_ms IS NULL AND room <> ?2 AND room NOT IN (SELECT id FROM room)",
        params![milliseconds(now), LOBBY.0],
    )?;
    transaction.execute(
        "DELETE FROM mark WHERE room <> ?1 AND room NOT IN (SELECT id FROM room)",
        [LOBBY.0],
    )?;
    Ok(())
}

/// For a marker without a line: the last line of its room, and when it was said.
const LEFT_AT_A_CRASH: &str = "
    coalesce((SELECT last_seq FROM log WHERE log.room = mark.room), 0),
    max(mark.at_ms, coalesce((SELECT line.at_ms FROM log JOIN line
        ON line.place = (log.room << 36) + log.last_seq WHERE log.room = mark.room), 0))";

/// All users leave.
fn stop(transaction: &Transaction<'_>, now: SystemTime) -> Result<()> {
    transaction.execute(
        "UPDATE mark SET at_ms = ?1,
             seq = coalesce((SELECT last_seq FROM log WHERE log.room = mark.room), 0)
         WHERE seq IS NULL",
        [milliseconds(now)],
    )?;
    Ok(())
}

/// Loads the history of a room that exists when a server starts.
pub(crate) fn load(
    connection: &Connection,
    room: RoomId,
    recent_max: usize,
) -> Result<RoomHistory> {
    let places = places(room, &(1..=u64::MAX));
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM line WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT ?3"
    );
    let count = i64::try_from(recent_max).unwrap_or(i64::MAX);
    let values = params![places.start(), places.end(), count];
    let mut recent = rows(connection, &sql, values, line_of)?;
    recent.reverse();
    let marks = marks(connection, room)?;
    // The log's count omits lines lost at the end, but users may have read them.
    let marked = marks.iter().filter_map(|(_, mark)| match mark {
        ReadMarker::Here => None,
        ReadMarker::Left { seq, .. } => Some(*seq),
    });
    let last_seq = marked.chain([last_seq(connection, room)?]).max().unwrap_or(0);
    Ok(RoomHistory { last_seq, recent, marks })
}

/// How far each user has read in a room, assuming that nobody is there.
fn marks(connection: &Connection, room: RoomId) -> Result<Vec<(AccountId, ReadMarker)>> {
    let sql = format!(
        "SELECT account, seq, at_ms, {LEFT_AT_A_CRASH} FROM mark WHERE room = ?1 ORDER BY account"
    );
    rows(connection, &sql, [room.0], |row| {
        let left: Option<i64> = row.get(1)?;
        let (seq, at) = match left {
            Some(seq) => (seq, row.get(2)?),
            None => (row.get(3)?, row.get(4)?),
        };
        let mark = ReadMarker::Left { seq: seq.cast_unsigned(), at: from_milliseconds(at) };
        Ok((AccountId(row.get(0)?), mark))
    })
}

/// The line in a row of [`LINE_COLUMNS`].
pub(crate) fn line_of(row: &Row<'_>) -> Result<StoredLine> {
    // The text may have been edited by hand, and it is sent to terminals.
    let clean = |column| -> Result<CleanText> {
        Ok(CleanText::from_bytes(row.get_ref(column)?.as_bytes()?))
    };
    Ok(StoredLine {
        seq: seq_at(row.get(0)?),
        at: from_milliseconds(row.get(1)?),
        id: LineId {
            origin: row.get::<_, i64>(2)?.cast_unsigned(),
            number: row.get::<_, i64>(3)?.cast_unsigned(),
        },
        author: person(row.get(4)?),
        name: clean(5)?.as_str().into(),
        manner: if row.get::<_, i64>(6)? == ACTED { Manner::Acted } else { Manner::Said },
        text: clean(7)?,
        deleted_by: match row.get_ref(8)? {
            ValueRef::Null => None,
            _ => Some(clean(8)?.as_str().into()),
        },
    })
}

const SAID: i64 = 0;
const ACTED: i64 = 1;

fn manner(manner: Manner) -> i64 {
    match manner {
        Manner::Said => SAID,
        Manner::Acted => ACTED,
    }
}

/// A positive number is an account, because accounts are numbered from 1. The bits of a client's
/// number are inverted to make it negative.
pub(crate) fn author(person: PersonId) -> i64 {
    match person {
        PersonId::Registered(AccountId(account)) => account,
        PersonId::Guest(ClientId(client)) => !client.cast_signed(),
    }
}

fn person(author: i64) -> PersonId {
    if author > 0 {
        PersonId::Registered(AccountId(author))
    } else {
        PersonId::Guest(ClientId((!author).cast_unsigned()))
    }
}
