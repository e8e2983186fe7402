//! An archive in memory works like any other, and stays within its size.

use super::*;
use crate::text::words::Query;

const GARDEN: RoomId = RoomId(5);

#[test]
fn an_archive_in_memory_is_read_and_searched() {
    let archive = Archive::in_memory().unwrap();
    let said = ["roses are red", "violets are blue", "roses again"];
    let said = said.iter().zip(1..).map(|(text, seq)| line(seq, text));
    archive.write(&[lines(LOBBY, said)], at(9), 1_000).unwrap();
    while archive.index(1_000).unwrap() {}
    let page = all_of(&archive, LOBBY);
    assert_eq!((seqs(&page.lines), page.has_more), (vec![1, 2, 3], false));
    let query = Query::parse("roses").unwrap();
    let finds = archive.reader().search(&[(LOBBY, 1..=3)], &query, 10, || true).unwrap().unwrap();
    assert_eq!(finds.found.iter().map(|found| found.line.seq).collect::<Vec<_>>(), [1, 3]);
    let page = archive.reader().page(&span(LOBBY, 2..=3), 1).unwrap();
    assert_eq!((seqs(&page.lines), page.has_more), (vec![2], true));
}

#[test]
fn the_oldest_lines_of_all_rooms_go_first() {
    let archive = Archive::in_memory().unwrap();
    let long = "x".repeat(1_000);
    // The lobby has the older half, and some new lines.
    let seqs_of = |room: RoomId, seqs: std::ops::RangeInclusive<u64>, later: u64| {
        lines(room, seqs.map(|seq| StoredLine { at: at(seq + later), ..line(seq, &long) }))
    };
    write(&archive, &[seqs_of(LOBBY, 1..=1_000, 0), seqs_of(GARDEN, 1..=1_000, 2_000)]);
    write(&archive, &[seqs_of(LOBBY, 1_001..=1_050, 9_000)]);
    let left = |room| seqs(&all_of(&archive, room).lines);
    archive.shrink(1 << 30).unwrap();
    assert_eq!((left(LOBBY).len(), left(GARDEN).len()), (1_050, 1_000));
    archive.shrink(1_200_000).unwrap();
    let (lobby, garden) = (left(LOBBY), left(GARDEN));
    assert_eq!(lobby.last(), Some(&1_050));
    assert!((50..150).contains(&lobby.len()), "{} lines", lobby.len());
    assert!((500..1_000).contains(&garden.len()), "{} lines", garden.len());
    // A room keeps its last lines, and removed lines do not count as missing.
    let count = garden.len() as u64;
    assert!(garden.iter().copied().eq(1_001 - count..=1_000));
    // The tables alone take more than 0 bytes; shrinking still ends.
    archive.shrink(0).unwrap();
    assert_eq!((left(LOBBY), left(GARDEN)), (vec![], vec![]));
    assert_eq!(archive.load(0).unwrap().histories[0].1.last_seq, 1_050);
}
