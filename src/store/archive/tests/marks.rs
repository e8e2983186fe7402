//! Read markers, including those after a crash.

use super::*;

const GARDEN: RoomId = RoomId(5);
const UNKEPT: RoomId = RoomId(6);

/// An archive with two accounts and a stored room, with three lines each in the room and in the
/// lobby.
fn peopled() -> (Disk, AccountId, AccountId) {
    let mut disk = Disk::new();
    let [amy, bob] = ["amy", "bob"].map(|name| disk.add(name).id);
    disk.archive().save_room("garden", &RoomRecord { id: GARDEN, ..garden(amy) }).unwrap();
    write(disk.archive(), &[numbered(LOBBY, 1..=3), numbered(GARDEN, 1..=3)]);
    (disk, amy, bob)
}

fn mark(account: AccountId, room: RoomId, mark: ReadMarker) -> HistoryEntry {
    HistoryEntry::Mark { account, room, mark }
}

fn left(seq: u64, at: SystemTime) -> ReadMarker {
    ReadMarker::Left { seq, at }
}

fn marks(archive: &Archive, room: RoomId) -> Vec<(AccountId, ReadMarker)> {
    let mut histories = archive.load(0).unwrap().histories;
    histories.retain(|(id, _)| *id == room);
    histories.pop().map(|(_, history)| history.marks).unwrap_or_default()
}

#[test]
fn the_last_mark_counts_to_the_millisecond() {
    let (mut disk, amy, bob) = peopled();
    let time = at_ms(1_700_000_000_123);
    write(
        disk.archive(),
        &[
            mark(amy, LOBBY, left(1, at(1))),
            mark(bob, LOBBY, ReadMarker::Here),
            mark(amy, LOBBY, ReadMarker::Here),
            mark(amy, LOBBY, left(2, time)),
            mark(bob, LOBBY, left(0, time)),
            mark(bob, GARDEN, left(3, at(3))),
        ],
    );
    let archive = disk.reopened();
    assert_eq!(marks(archive, LOBBY), [(amy, left(2, time)), (bob, left(0, time))]);
    assert_eq!(marks(archive, GARDEN), [(bob, left(3, at(3)))]);
}

#[test]
fn no_markers_are_stored_without_an_account() {
    let (mut disk, amy, bob) = peopled();
    write(disk.archive(), &[mark(amy, LOBBY, left(1, at(1))), mark(bob, LOBBY, left(2, at(2)))]);
    disk.archive().remove_account(amy).unwrap();
    assert_eq!(marks(disk.reopened(), LOBBY), [(bob, left(2, at(2)))]);
    // A change that was decided before the account was removed may be written after.
    write(disk.archive(), &[mark(amy, LOBBY, ReadMarker::Here)]);
    assert_eq!(disk.rows("mark"), 1);
}

#[test]
fn users_present_at_a_crash_have_read_everything() {
    let (mut disk, amy, bob) = peopled();
    let (came, said) = (at_ms(5_000), at_ms(9_007));
    disk.archive()
        .write(&[mark(amy, LOBBY, ReadMarker::Here), mark(bob, GARDEN, ReadMarker::Here)], came, 9)
        .unwrap();
    write(disk.archive(), &[lines(LOBBY, [StoredLine { at: said, ..line(4, "last") }])]);
    // Nothing was said in the garden after bob joined, so he was there until then at least.
    let expected = |archive: &Archive| {
        assert_eq!(marks(archive, LOBBY), [(amy, left(4, said))]);
        assert_eq!(marks(archive, GARDEN), [(bob, left(3, came))]);
    };
    expected(disk.reopened());
    let started = [HistoryEntry::Started];
    disk.archive().write(&started, at(77), 9).unwrap();
    expected(disk.archive());
    write(disk.archive(), &[numbered(LOBBY, [5]), numbered(GARDEN, [4])]);
    expected(disk.reopened());
    disk.archive().write(&started, at(99), 9).unwrap();
    expected(disk.reopened());
}

#[test]
fn users_present_at_a_shutdown_leave_then() {
    let (mut disk, amy, bob) = peopled();
    write(disk.archive(), &[mark(amy, LOBBY, ReadMarker::Here), mark(bob, LOBBY, left(1, at(1)))]);
    let end = at_ms(5_000_001);
    for time in [end, at(6_000)] {
        disk.archive().write(&[HistoryEntry::Stopped], time, 9).unwrap();
        assert_eq!(marks(disk.reopened(), LOBBY), [(amy, left(3, end)), (bob, left(1, at(1)))]);
    }
}

#[test]
fn lines_that_were_lost_last_may_have_been_read() {
    let (mut disk, amy, _) = peopled();
    write(disk.archive(), &[mark(amy, LOBBY, left(8, at(8)))]);
    let (_, lobby) = disk.reopened().load(9).unwrap().histories.remove(0);
    assert_eq!((lobby.last_seq, seqs(&lobby.recent)), (8, vec![1, 2, 3]));
    write(disk.archive(), &[numbered(LOBBY, [9])]);
    assert_eq!(all_of(disk.archive(), LOBBY).gaps, [4..=8]);
}

#[test]
fn a_room_that_is_not_kept_ends_with_the_server() {
    let (mut disk, amy, _) = peopled();
    write(
        disk.archive(),
        &[
            numbered(UNKEPT, 1..=2),
            mark(amy, UNKEPT, ReadMarker::Here),
            mark(amy, GARDEN, ReadMarker::Here),
            mark(amy, LOBBY, ReadMarker::Here),
        ],
    );
    let ended = |disk: &mut Disk| disk.rows("log WHERE ended_at_ms IS NOT NULL");
    assert_eq!((ended(&mut disk), disk.rows("mark")), (0, 3));
    disk.reopened().write(&[HistoryEntry::Started], at(50), 9).unwrap();
    assert_eq!(disk.rows("log WHERE room = 6 AND ended_at_ms = 50000"), 1);
    assert_eq!((ended(&mut disk), disk.rows("mark")), (1, 2));
    // Its end keeps its time, and its number is not reused while anything is left of it.
    disk.reopened().write(&[HistoryEntry::Started], at(60), 9).unwrap();
    assert_eq!(disk.rows("log WHERE ended_at_ms = 50000"), 1);
    assert_eq!(disk.archive().load(0).unwrap().last_ids.room, UNKEPT);
}

#[test]
fn a_room_that_ends_takes_its_marks_with_it() {
    let (mut disk, amy, bob) = peopled();
    write(
        disk.archive(),
        &[
            mark(amy, GARDEN, ReadMarker::Here),
            mark(bob, GARDEN, left(1, at(1))),
            mark(bob, LOBBY, left(1, at(1))),
        ],
    );
    disk.archive().write(&[HistoryEntry::Ended { room: GARDEN }], at(50), 9).unwrap();
    assert_eq!(disk.rows("log WHERE room = 5 AND ended_at_ms = 50000"), 1);
    assert_eq!(disk.rows("mark"), 1);
}
