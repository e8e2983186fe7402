//! Exports everything said in rooms of one name, from the first line to the last.
//!
//! The export reads in pieces. Each piece is a snapshot, and nothing is open between pieces, so the
//! whole log is never in memory and a slow reader does not hold up the writer.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::SystemTime;

use rusqlite::{Connection, params};

use super::archive::Result;
use super::read::Reader;
use super::tables::columns::milliseconds;
use super::tables::line_ids::{places, seq_at};
use super::tables::statements::{row, rows};
use crate::limits;
use crate::model::{HistoryPage, RoomId, Span, StoredLine};

/// Everything said in one room. Another room that later has the same name has a log of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The room's number.
    pub room: RoomId,
    /// The displayed name, such as `#garden`.
    pub name: Box<str>,
    /// The number of lines said there.
    pub last_seq: u64,
}

/// A piece of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportItem {
    /// A line that a user said.
    Line(StoredLine),
    /// The numbers of lines that were said here but not stored.
    Missing(RangeInclusive<u64>),
}

/// The lines of a log, in order. Ends with the last line at the time the log was found, or at the
/// first error.
#[derive(Debug)]
pub struct Export<'reader> {
    reader: &'reader Reader,
    room: RoomId,
    /// The lines still to be read.
    rest: RangeInclusive<u64>,
    /// The lines read but not returned yet.
    ready: VecDeque<ExportItem>,
}

impl Reader {
    /// The logs of all rooms with a matching name, ordered by room number.
    pub fn logs(&self, is_meant: impl Fn(&str) -> bool) -> Result<Vec<Log>> {
        self.with(|connection| logs(connection, is_meant))
    }

    /// Exports a room's lines, starting with the first line said at or after `since`. All later
    /// lines belong to the export, even where the clock was set back and gave them an earlier time.
    pub fn export(&self, log: &Log, since: Option<SystemTime>) -> Result<Export<'_>> {
        let all = 1..=log.last_seq;
        let rest = match since {
            None => all,
            Some(since) => {
                let first = self.with(|connection| first_since(connection, log, since))?;
                // No such line: export nothing.
                first.unwrap_or(log.last_seq + 1)..=log.last_seq
            }
        };
        Ok(Export { reader: self, room: log.room, rest, ready: VecDeque::new() })
    }
}

impl Export<'_> {
    /// Reads the next piece of the rest.
    fn read(&mut self) -> Result<()> {
        let (first, last) = self.rest.clone().into_inner();
        // If reading fails, the export ends.
        self.rest = last + 1..=last;
        let span = Span { room: self.room, seqs: first..=last, not_before: None, before: None };
        let page = self.reader.page(&span, limits::EXPORT_PIECE_LINES)?;
        if page.has_more
            && let Some(line) = page.lines.last()
        {
            self.rest = line.seq + 1..=last;
        }
        self.ready = in_order(page);
        Ok(())
    }
}

impl Iterator for Export<'_> {
    type Item = Result<ExportItem>;

    fn next(&mut self) -> Option<Result<ExportItem>> {
        while self.ready.is_empty() && !self.rest.is_empty() {
            if let Err(error) = self.read() {
                return Some(Err(error));
            }
        }
        self.ready.pop_front().map(Ok)
    }
}

/// A page's lines, with its gaps in between.
fn in_order(page: HistoryPage) -> VecDeque<ExportItem> {
    let mut gaps = page.gaps.into_iter().peekable();
    let mut ordered = VecDeque::with_capacity(page.lines.len() + gaps.len());
    for line in page.lines {
        while let Some(gap) = gaps.next_if(|gap| *gap.start() < line.seq) {
            ordered.push_back(ExportItem::Missing(gap));
        }
        ordered.push_back(ExportItem::Line(line));
    }
    ordered.extend(gaps.map(ExportItem::Missing));
    ordered
}

fn logs(connection: &Connection, is_meant: impl Fn(&str) -> bool) -> rusqlite::Result<Vec<Log>> {
    let mut logs =
        rows(connection, "SELECT room, name, last_seq FROM log ORDER BY room", [], |row| {
            let (room, name, last_seq) = <(u32, Box<str>, i64)>::try_from(row)?;
            Ok(Log { room: RoomId(room), name, last_seq: last_seq.cast_unsigned() })
        })?;
    logs.retain(|log| is_meant(&log.name));
    Ok(logs)
}

/// The first line said at or after this time.
fn first_since(
    connection: &Connection,
    log: &Log,
    since: SystemTime,
) -> rusqlite::Result<Option<u64>> {
    let places = places(log.room, &(1..=log.last_seq));
    let sql = "SELECT place FROM line WHERE place BETWEEN ?1 AND ?2 AND at_ms >= ?3
         ORDER BY place LIMIT 1";
    let values = params![places.start(), places.end(), milliseconds(since)];
    Ok(row(connection, sql, values, |row| row.get(0))?.map(seq_at))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;
    use crate::model::{ClientId, HistoryEntry, LOBBY, LineId, PersonId};
    use crate::store::archive::Archive;
    use crate::store::tables::retention::Retention;
    use crate::text::{CleanText, Manner};

    fn at(secs: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(secs)
    }

    fn line(seq: u64, secs: u64) -> StoredLine {
        StoredLine {
            seq,
            id: LineId { origin: u64::MAX - 1, number: seq },
            at: at(secs),
            author: PersonId::Guest(ClientId(seq)),
            name: "ann".into(),
            manner: if seq.is_multiple_of(3) { Manner::Acted } else { Manner::Said },
            text: CleanText::from_bytes(format!("line {seq}").as_bytes()),
            deleted_by: None,
        }
    }

    /// Each line's number is also its time, in seconds since 1970.
    fn says(archive: &Archive, room: u32, name: &str, seqs: impl IntoIterator<Item = u64>) {
        let lines = seqs.into_iter().map(|seq| line(seq, seq)).collect();
        let entry = HistoryEntry::Lines { room: RoomId(room), name: name.into(), lines };
        archive.write(&[entry], at(0), 0).unwrap();
    }

    fn archive() -> (TempDir, Archive, Reader) {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let reader = Reader::open(folder.path()).unwrap();
        (folder, archive, reader)
    }

    /// The exported runs of the only log: line numbers, and numbers of missing lines.
    fn exported(reader: &Reader, since: Option<SystemTime>) -> Vec<RangeInclusive<u64>> {
        let logs = reader.logs(|_| true).unwrap();
        let [log] = &logs[..] else { panic!("{logs:?}") };
        let mut runs: Vec<(bool, RangeInclusive<u64>)> = Vec::new();
        for said in reader.export(log, since).unwrap() {
            let (is_line, seqs) = match said.unwrap() {
                ExportItem::Line(line) => (true, line.seq..=line.seq),
                ExportItem::Missing(seqs) => (false, seqs),
            };
            match runs.last_mut() {
                Some((true, run)) if is_line => *run = *run.start()..=*seqs.end(),
                _ => runs.push((is_line, seqs)),
            }
        }
        // Where there are gaps between two runs of lines, they have odd indexes.
        runs.into_iter().map(|(_, run)| run).collect()
    }

    #[test]
    fn a_log_is_exported_piece_by_piece() {
        let piece = limits::EXPORT_PIECE_LINES as u64;
        for count in [1, piece - 1, piece, piece + 1, 3 * piece] {
            let (_folder, archive, reader) = archive();
            says(&archive, 0, "#lobby", 1..=count);
            let log = &reader.logs(|name| name == "#lobby").unwrap()[0];
            assert_eq!(*log, Log { room: LOBBY, name: "#lobby".into(), last_seq: count });
            // Later lines do not belong to it; otherwise it might never end.
            says(&archive, 0, "#lobby", [count + 1]);
            let found: Result<Vec<ExportItem>> = reader.export(log, None).unwrap().collect();
            let expected = (1..=count).map(|seq| ExportItem::Line(line(seq, seq)));
            assert!(found.unwrap() == expected.collect::<Vec<_>>(), "{count} lines");
        }
    }

    #[test]
    fn gaps_are_exported_where_the_lines_were_said() {
        let piece = limits::EXPORT_PIECE_LINES as u64;
        let (_folder, archive, reader) = archive();
        says(&archive, 0, "#lobby", (3..=piece).chain([piece + 9]));
        says(&archive, 0, "#lobby", piece + 10..=2 * piece);
        let second_part = [piece + 1..=piece + 8, piece + 9..=2 * piece];
        let all = [&[1..=2, 3..=piece][..], &second_part].concat();
        assert_eq!(exported(&reader, None), all);
        let check = |since: u64, expected: &[RangeInclusive<u64>]| {
            assert_eq!(exported(&reader, Some(at(since))), expected, "since {since}");
        };
        check(0, &all[1..]);
        check(7, &[&[7..=piece][..], &second_part].concat());
        check(piece, &[&[piece..=piece][..], &second_part].concat());
        // Nobody knows when the lost lines were said.
        check(piece + 1, &second_part[1..]);
        check(2 * piece, &[2 * piece..=2 * piece]);
        check(2 * piece + 1, &[]);
    }

    #[test]
    fn a_clock_that_was_put_back_hides_nothing() {
        let (_folder, archive, reader) = archive();
        let lines = vec![line(1, 50), line(2, 100), line(3, 60), line(4, 110)];
        let entry = HistoryEntry::Lines { room: LOBBY, name: "#lobby".into(), lines };
        archive.write(&[entry], at(0), 0).unwrap();
        assert_eq!(exported(&reader, Some(at(90))), [2..=4]);
        assert_eq!(exported(&reader, Some(at(101))), [4..=4]);
    }

    #[test]
    fn rooms_of_one_name_are_logs_of_their_own() {
        let (_folder, archive, reader) = archive();
        for (room, name) in [(7, "#Garden"), (0, "#lobby"), (3, "#garden"), (5, "#gardens")] {
            says(&archive, room, name, 1..=u64::from(room) + 1);
            archive.write(&[HistoryEntry::Ended { room: RoomId(room) }], at(0), 0).unwrap();
        }
        let logs = reader.logs(|name| name.to_lowercase() == "#garden").unwrap();
        let found: Vec<_> = logs.iter().map(|log| (log.room.0, &*log.name, log.last_seq)).collect();
        assert_eq!(found, [(3, "#garden", 4), (7, "#Garden", 8)]);
        for log in &logs {
            let lines = reader.export(log, None).unwrap().count() as u64;
            assert_eq!(lines, log.last_seq);
        }
        assert_eq!(reader.logs(|name| name == "#nowhere").unwrap(), []);
    }

    #[test]
    fn lines_that_are_no_longer_kept_are_not_missing() {
        let (_folder, archive, reader) = archive();
        says(&archive, 0, "#lobby", (1..=4).chain(7..=9));
        let retention = Retention { lines_per_room: Some(2), not_before: None };
        while archive.prune(retention, LOBBY, 100).unwrap() == Some(LOBBY) {}
        assert_eq!(exported(&reader, None), [8..=9]);
        let retention = Retention { lines_per_room: Some(0), not_before: None };
        while archive.prune(retention, LOBBY, 100).unwrap() == Some(LOBBY) {}
        assert_eq!(exported(&reader, None), []);
    }

    #[test]
    fn an_error_is_the_end() {
        let (folder, archive, reader) = archive();
        says(&archive, 0, "#lobby", 1..=3 * limits::EXPORT_PIECE_LINES as u64);
        let log = &reader.logs(|_| true).unwrap()[0];
        let mut export = reader.export(log, None).unwrap();
        assert!(export.next().unwrap().is_ok());
        drop(archive);
        std::fs::remove_file(folder.path().join("hobnob.db")).unwrap();
        let rest: Vec<_> = export.collect();
        assert_eq!(rest.len(), limits::EXPORT_PIECE_LINES);
        assert_eq!(rest.iter().filter(|said| said.is_err()).count(), 1);
        assert!(rest.last().unwrap().is_err());
    }
}
