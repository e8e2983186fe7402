//! Lines that are too old or too many are removed, and nothing else.

use super::*;

const GARDEN: RoomId = RoomId(5);
const SHED: RoomId = RoomId(6);

fn keep(lines_per_room: Option<u64>, not_before: Option<u64>) -> Retention {
    Retention { lines_per_room, not_before: not_before.map(at) }
}

/// Removes everything that has expired, `lines_max` lines at a time. Returns how many calls that
/// took.
fn prune(archive: &Archive, retention: Retention, lines_max: usize) -> usize {
    let mut next = Some(LOBBY);
    let mut count = 0;
    while let Some(room) = next {
        next = archive.prune(retention, room, lines_max).unwrap();
        count += 1;
    }
    count
}

/// Ten lines in the lobby without the sixth, four in the garden, half of them indexed.
fn filled() -> Disk {
    let mut disk = Disk::new();
    let amy = disk.add("amy").id;
    disk.archive().save_room("garden", &RoomRecord { id: GARDEN, ..garden(amy) }).unwrap();
    write(disk.archive(), &[numbered(LOBBY, 1..=5), numbered(GARDEN, 1..=4)]);
    while disk.archive().index(3).unwrap() {}
    write(disk.archive(), &[numbered(LOBBY, 7..=10)]);
    disk
}

/// Checks the lines left in the lobby and the garden, after pruning in small pieces and at once.
#[track_caller]
fn check(retention: Retention, lobby: &[u64], garden: &[u64]) {
    for lines_max in [1, 2, 1_000] {
        let mut disk = filled();
        prune(disk.archive(), retention, lines_max);
        let found = [LOBBY, GARDEN].map(|room| seqs(&all_of(disk.reopened(), room).lines));
        assert_eq!(found, [lobby, garden], "{retention:?}, {lines_max} at a time");
        // The next number is still known, and the index has no removed lines.
        let histories = disk.archive().load(0).unwrap().histories;
        let last: Vec<_> = histories.iter().map(|(room, h)| (*room, h.last_seq)).collect();
        assert_eq!(last, [(LOBBY, 10), (GARDEN, 4)]);
        while disk.archive().index(2).unwrap() {}
        assert_eq!(disk.rows("word"), (lobby.len() + garden.len()) as i64);
        // A second run has nothing to do: it looks at each room once and then reports the end.
        assert_eq!(prune(disk.archive(), retention, lines_max), 3);
    }
}

#[test]
fn lines_are_removed_by_their_number_in_their_room() {
    let lobby = [1, 2, 3, 4, 5, 7, 8, 9, 10];
    check(keep(None, None), &lobby, &[1, 2, 3, 4]);
    check(keep(Some(u64::MAX), None), &lobby, &[1, 2, 3, 4]);
    check(keep(Some(10), None), &lobby, &[1, 2, 3, 4]);
    check(keep(Some(4), None), &[7, 8, 9, 10], &[1, 2, 3, 4]);
    check(keep(Some(3), None), &[8, 9, 10], &[2, 3, 4]);
    check(keep(Some(0), None), &[], &[]);
}

#[test]
fn lines_are_removed_by_their_age() {
    check(keep(None, Some(0)), &[1, 2, 3, 4, 5, 7, 8, 9, 10], &[1, 2, 3, 4]);
    check(keep(None, Some(3)), &[3, 4, 5, 7, 8, 9, 10], &[3, 4]);
    check(keep(None, Some(6)), &[7, 8, 9, 10], &[]);
    check(keep(None, Some(99)), &[], &[]);
    check(keep(Some(2), Some(8)), &[9, 10], &[]);
    check(keep(Some(9), Some(8)), &[8, 9, 10], &[]);
}

#[test]
fn the_newest_line_is_known() {
    let mut disk = Disk::new();
    assert_eq!(disk.archive().newest_line().unwrap(), None);
    write(disk.archive(), &[numbered(LOBBY, 1..=5), numbered(GARDEN, 1..=9)]);
    assert_eq!(disk.archive().newest_line().unwrap(), Some(at(9)));
    write(disk.archive(), &[numbered(SHED, [12]), HistoryEntry::Ended { room: SHED }]);
    assert_eq!(disk.archive().newest_line().unwrap(), Some(at(12)));
}

#[test]
fn gaps_are_removed_with_the_lines_around_them() {
    let mut disk = filled();
    prune(disk.archive(), keep(Some(4), None), 9);
    assert_eq!(disk.rows("gap"), 1);
    prune(disk.archive(), keep(Some(3), None), 9);
    assert_eq!(disk.rows("gap"), 0);
}

#[test]
fn a_room_that_has_ended_is_removed_with_its_last_line() {
    let mut disk = filled();
    write(disk.archive(), &[numbered(SHED, [2, 5]), HistoryEntry::Ended { room: SHED }]);
    let left = |disk: &mut Disk| ["log", "gap"].map(|t| disk.rows(&format!("{t} WHERE room = 6")));
    prune(disk.archive(), keep(Some(1), None), 1);
    assert_eq!(left(&mut disk)[0], 1);
    assert_eq!(seqs(&all_of(disk.archive(), SHED).lines), [5]);
    prune(disk.archive(), keep(None, Some(6)), 1);
    assert_eq!(left(&mut disk), [0, 0]);
    assert_eq!(all_of(disk.archive(), SHED), HistoryPage::default());
    // A room that still exists keeps its count.
    assert_eq!(disk.rows("log"), 2);
}

#[test]
fn marks_stay() {
    let mut disk = filled();
    let account = disk.add("bob").id;
    let mark = ReadMarker::Left { seq: 2, at: at(2) };
    write(
        disk.archive(),
        &[
            HistoryEntry::Mark { account, room: LOBBY, mark },
            HistoryEntry::Mark { account, room: GARDEN, mark },
        ],
    );
    prune(disk.archive(), keep(Some(0), None), 1_000);
    let histories = disk.reopened().load(9).unwrap().histories;
    let expected =
        |last_seq| RoomHistory { last_seq, recent: vec![], marks: vec![(account, mark)] };
    assert_eq!(histories, [(LOBBY, expected(10)), (GARDEN, expected(4))]);
    write(disk.archive(), &[numbered(LOBBY, [11])]);
    assert_eq!(all_of(disk.archive(), LOBBY).gaps, []);
}
