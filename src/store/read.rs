//! Reads the history while another thread writes it.
//!
//! Every query opens the file anew, read-only. That takes a fraction of a millisecond, does not
//! hold up the writer, and works again once a detached disk is back. Another file in its place is
//! not opened: SQLite would mistake the log of the writer's file for that file's log, and would
//! remove it if that file is empty.
//!
//! An archive in memory is read through the write connection, in turns with the writer.

use std::cmp::Reverse;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, params};

use super::archive::{Archive, Result};
use super::error::ArchiveError;
use super::open::{self, FileId};
use super::schema;
use super::tables::columns::milliseconds;
use super::tables::line_ids::{places, seq_at};
use super::tables::lines::{LINE_COLUMNS, line_of};
use super::tables::statements::rows;
use super::tables::word_index;
use crate::limits;
use crate::model::{Finds, Found, HistoryPage, RoomId, Span, StoredLine};
use crate::text::words::Query;

/// Reads what has been written so far.
#[derive(Clone, Debug)]
pub struct Reader(ReaderSource);

/// The location of the archive.
#[derive(Clone, Debug)]
enum ReaderSource {
    /// A file, and the identity of the file that the writer has open.
    File(PathBuf, Arc<Mutex<Option<FileId>>>),
    Memory(Archive),
}

impl Archive {
    /// Returns a reader of the history. Reading a file does not wait for the writer; reading an
    /// archive in memory takes turns with it.
    pub fn reader(&self) -> Reader {
        match self.is_in_memory() {
            true => Reader(ReaderSource::Memory(self.clone())),
            false => Reader(ReaderSource::File(self.0.file.clone(), self.0.identity.clone())),
        }
    }
}

impl Reader {
    /// Reads the archive in this folder, with or without a running server. Creates and changes
    /// nothing there, except the files that SQLite needs for reading (`-wal`, `-shm`).
    ///
    /// # Errors
    /// If there is no archive, or none that can be used as it is. The whole file is checked for
    /// damage.
    pub fn open(directory: &Path) -> Result<Self> {
        let file = open::find_to_read(directory, schema::STEPS)?;
        let identity =
            open::identity(&file).map_err(|error| ArchiveError::from_io(&file, error))?;
        Ok(Self(ReaderSource::File(file, Arc::new(Mutex::new(Some(identity))))))
    }

    /// The file's path, for messages.
    pub fn file(&self) -> &Path {
        match &self.0 {
            ReaderSource::File(file, _) => file,
            ReaderSource::Memory(archive) => &archive.0.file,
        }
    }

    /// The first lines of a span, at most `lines_max`.
    pub fn page(&self, span: &Span, lines_max: usize) -> Result<HistoryPage> {
        self.with(|connection| page(connection, span, lines_max))
    }

    /// The last lines of a room before this one that are meant, in order, at most `lines_max`.
    pub fn lines_before(
        &self,
        room: RoomId,
        before: u64,
        lines_max: usize,
        is_meant: impl Fn(&StoredLine) -> bool,
    ) -> Result<HistoryPage> {
        self.with(|connection| lines_before(connection, room, before, lines_max, is_meant))
    }

    /// The latest lines that match the query in any of these parts of rooms, at most `lines_max`.
    /// Calls `may_go_on` regularly, and returns `None` once it returns false.
    pub fn search(
        &self,
        rooms: &[(RoomId, RangeInclusive<u64>)],
        query: &Query,
        lines_max: usize,
        mut may_go_on: impl FnMut() -> bool + Send + 'static,
    ) -> Result<Option<Finds>> {
        self.with(|connection| {
            let must_stop = move || !may_go_on();
            connection.progress_handler(limits::SEARCH_STEPS_PER_LOOK, Some(must_stop))?;
            let finds = search(connection, rooms, query, lines_max);
            // In memory this is the writer's connection, and writing has no time limit.
            connection.progress_handler(0, None::<fn() -> bool>)?;
            match finds {
                Err(error) if is_interruption(&error) => Ok(None),
                finds => finds.map(Some),
            }
        })
    }

    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let (file, identity) = match &self.0 {
            ReaderSource::File(file, identity) => (file, identity),
            ReaderSource::Memory(archive) => return archive.with(work),
        };
        let open = *identity.lock();
        if open.is_none() || open != open::identity(file).ok() {
            return Err(ArchiveError::Gone(file.clone()));
        }
        open::connect_to_read(file)
            .and_then(|mut connection| work(&mut connection))
            .map_err(|error| ArchiveError::from_sqlite(file, error))
    }
}

fn is_interruption(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}

fn page(
    connection: &mut Connection,
    span: &Span,
    lines_max: usize,
) -> rusqlite::Result<HistoryPage> {
    // One snapshot for both queries.
    let transaction = connection.transaction()?;
    let Span { room, seqs, not_before, before } = span;
    let places = places(*room, seqs);
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM line
         WHERE place BETWEEN ?1 AND ?2 AND at_ms >= ?3 AND at_ms < ?4 ORDER BY place LIMIT ?5"
    );
    let from = not_before.map_or(i64::MIN, milliseconds);
    let until = before.map_or(i64::MAX, milliseconds);
    let values = params![places.start(), places.end(), from, until, limit(lines_max + 1)];
    let mut lines = rows(&transaction, &sql, values, line_of)?;
    let has_more = lines.len() > lines_max;
    lines.truncate(lines_max);
    // If the span is limited in time, nobody knows whether the lines lost before its first or after
    // its last line fall into it.
    let (first, last) = (lines.first().map(|line| line.seq), lines.last().map(|line| line.seq));
    let has_times = not_before.is_some() || before.is_some();
    let first = if has_times { first } else { Some(*seqs.start()) };
    let last = if has_times || has_more { last } else { Some(*seqs.end()) };
    let gaps = match first.zip(last) {
        Some((first, last)) => gaps(&transaction, *room, first..=last)?,
        None => Vec::new(),
    };
    Ok(HistoryPage { lines, gaps, has_more })
}

fn lines_before(
    connection: &Connection,
    room: RoomId,
    before: u64,
    lines_max: usize,
    is_meant: impl Fn(&StoredLine) -> bool,
) -> rusqlite::Result<HistoryPage> {
    let places = places(room, &(1..=before.saturating_sub(1)));
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM line WHERE place BETWEEN ?1 AND ?2
         ORDER BY place DESC LIMIT ?3"
    );
    let look_back = limit(limits::DELETE_LOOK_BACK_LINES_MAX);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(params![places.start(), places.end(), look_back])?;
    let mut lines = Vec::new();
    while lines.len() < lines_max
        && let Some(row) = rows.next()?
    {
        lines.extend(Some(line_of(row)?).filter(|line| is_meant(line)));
    }
    lines.reverse();
    Ok(HistoryPage { lines, ..HistoryPage::default() })
}

/// The gaps among these lines.
fn gaps(
    connection: &Connection,
    room: RoomId,
    among: RangeInclusive<u64>,
) -> rusqlite::Result<Vec<RangeInclusive<u64>>> {
    let signed = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    let sql = "SELECT max(first_seq, ?2), min(last_seq, ?3) FROM gap
         WHERE room = ?1 AND last_seq >= ?2 AND first_seq <= ?3 AND ?2 <= ?3
         ORDER BY first_seq";
    rows(connection, sql, params![room.0, signed(*among.start()), signed(*among.end())], |row| {
        let (first, last) = <(i64, i64)>::try_from(row)?;
        Ok(first.cast_unsigned()..=last.cast_unsigned())
    })
}

fn search(
    connection: &mut Connection,
    rooms: &[(RoomId, RangeInclusive<u64>)],
    query: &Query,
    lines_max: usize,
) -> rusqlite::Result<Finds> {
    let transaction = connection.transaction()?;
    let mut found = Vec::new();
    for (room, seqs) in rooms {
        let mut lines = not_indexed(&transaction, *room, seqs, query, lines_max + 1)?;
        if lines.len() <= lines_max {
            let missing = lines_max + 1 - lines.len();
            lines.extend(indexed(&transaction, *room, seqs, query, missing)?);
        }
        // Within a room the line numbers count: a user who pages back from a line has to find all
        // earlier ones, even where the clock was set back in between.
        let mut at = None;
        for line in lines {
            at = Some(at.map_or(line.at, |at| line.at.min(at)));
            found.push((Reverse((at, *room, line.seq)), Found { room: *room, line }));
        }
    }
    found.sort_by_key(|(order, _)| *order);
    let has_more = found.len() > lines_max;
    found.truncate(lines_max);
    let found = found.into_iter().rev().map(|(_, found)| found).collect();
    Ok(Finds { found, has_more })
}

/// The latest matching lines in the index, newest first.
fn indexed(
    connection: &Connection,
    room: RoomId,
    seqs: &RangeInclusive<u64>,
    query: &Query,
    lines_max: usize,
) -> rusqlite::Result<Vec<StoredLine>> {
    let places = places(room, seqs);
    // The room is not part of the match expression: whatever the user typed, it cannot reach other
    // rooms.
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM word JOIN line ON line.place = word.rowid
         WHERE word MATCH ?1 AND word.rowid BETWEEN ?2 AND ?3 ORDER BY word.rowid DESC LIMIT ?4"
    );
    let values = params![query.fts5(), places.start(), places.end(), limit(lines_max)];
    rows(connection, &sql, values, line_of)
}

/// The same for lines that are not in the index yet.
fn not_indexed(
    connection: &Connection,
    room: RoomId,
    seqs: &RangeInclusive<u64>,
    query: &Query,
    lines_max: usize,
) -> rusqlite::Result<Vec<StoredLine>> {
    let first = word_index::reaches(connection, room)?.saturating_add(1).max(*seqs.start());
    let places = places(room, &(first..=*seqs.end()));
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM line WHERE place BETWEEN ?1 AND ?2
         ORDER BY place DESC LIMIT ?3"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(params![
        places.start(),
        places.end(),
        limit(limits::SEARCH_NOT_INDEXED_LINES_MAX)
    ])?;
    let mut lines = Vec::new();
    while lines.len() < lines_max
        && let Some(row) = rows.next()?
    {
        debug_assert!(seq_at(row.get(0)?) >= first);
        if query.is_in(&String::from_utf8_lossy(row.get_ref(7)?.as_bytes()?)) {
            lines.push(line_of(row)?);
        }
    }
    Ok(lines)
}

fn limit(lines_max: usize) -> i64 {
    i64::try_from(lines_max).unwrap_or(i64::MAX)
}
