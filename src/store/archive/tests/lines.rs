//! The history is read back as it was written, with exact gaps.

use std::ops::RangeInclusive;

use super::*;
use crate::model::ClientId;
use crate::properties::cases;

const GARDEN: RoomId = RoomId(5);

#[track_caller]
fn check(
    disk: &mut Disk,
    wanted: &Span,
    lines_max: usize,
    expected: (&[u64], &[RangeInclusive<u64>], bool),
) {
    let page = disk.archive().reader().page(wanted, lines_max).unwrap();
    let found = (&*seqs(&page.lines), &*page.gaps, page.has_more);
    assert_eq!(found, expected, "{wanted:?}, at most {lines_max}");
}

#[test]
fn gaps_are_recorded_exactly() {
    let mut disk = Disk::new();
    write(disk.archive(), &[numbered(LOBBY, [3, 4]), numbered(LOBBY, [8])]);
    write(disk.archive(), &[numbered(LOBBY, [9, 11])]);
    let all = span(LOBBY, 1..=20);
    check(&mut disk, &all, 9, (&[3, 4, 8, 9, 11], &[1..=2, 5..=7, 10..=10], false));
    // Lines that were given up are not written later: a reader may already have reported them
    // missing.
    write(disk.archive(), &[numbered(LOBBY, [2, 6, 11])]);
    disk.reopened();
    check(&mut disk, &all, 9, (&[3, 4, 8, 9, 11], &[1..=2, 5..=7, 10..=10], false));
    // Gaps are reported within the requested span only.
    check(&mut disk, &span(LOBBY, 2..=6), 9, (&[3, 4], &[2..=2, 5..=6], false));
    check(&mut disk, &span(LOBBY, 6..=6), 9, (&[], &[6..=6], false));
    check(&mut disk, &span(LOBBY, 8..=9), 9, (&[8, 9], &[], false));
    check(&mut disk, &span(LOBBY, 12..=99), 9, (&[], &[], false));
    // And only as far as there was space for lines.
    check(&mut disk, &all, 3, (&[3, 4, 8], &[1..=2, 5..=7], true));
    check(&mut disk, &all, 2, (&[3, 4], &[1..=2], true));
    check(&mut disk, &all, 0, (&[], &[], true));
    check(&mut disk, &all, 5, (&[3, 4, 8, 9, 11], &[1..=2, 5..=7, 10..=10], false));
    check(&mut disk, &span(GARDEN, 1..=20), 9, (&[], &[], false));
}

#[test]
fn an_empty_span_has_no_lines() {
    let mut disk = Disk::new();
    write(disk.archive(), &[numbered(LOBBY, [1, 9])]);
    let none = RangeInclusive::new(5, 4);
    check(&mut disk, &span(LOBBY, none), 9, (&[], &[], false));
    check(&mut disk, &span(LOBBY, 0..=0), 9, (&[], &[], false));
}

#[test]
fn a_time_span_leaves_out_gaps_at_its_ends() {
    let mut disk = Disk::new();
    write(disk.archive(), &[numbered(LOBBY, [1, 3, 5, 9])]);
    let between = |not_before: Option<u64>, before: Option<u64>| Span {
        not_before: not_before.map(at),
        before: before.map(at),
        ..span(LOBBY, 1..=20)
    };
    check(&mut disk, &between(Some(3), Some(9)), 9, (&[3, 5], &[4..=4], false));
    check(&mut disk, &between(Some(2), None), 9, (&[3, 5, 9], &[4..=4, 6..=8], false));
    check(&mut disk, &between(None, Some(5)), 9, (&[1, 3], &[2..=2], false));
    check(&mut disk, &between(Some(6), Some(8)), 9, (&[], &[], false));
    check(&mut disk, &between(None, Some(9)), 2, (&[1, 3], &[2..=2], true));
}

#[test]
fn a_line_without_a_place_is_only_missing() {
    let mut disk = Disk::new();
    write(disk.archive(), &[numbered(LOBBY, [1, 1 << 36]), numbered(RoomId(u32::MAX), [1])]);
    check(&mut disk, &span(LOBBY, 1..=u64::MAX), 9, (&[1], &[], false));
    check(&mut disk, &span(RoomId(u32::MAX), 1..=9), 9, (&[], &[], false));
}

#[test]
fn rooms_do_not_see_each_others_lines() {
    let mut disk = Disk::new();
    for room in [LOBBY, GARDEN, RoomId(6)] {
        write(disk.archive(), &[numbered(room, 1..=3)]);
    }
    check(&mut disk, &span(GARDEN, 0..=u64::MAX), 9, (&[1, 2, 3], &[], false));
}

#[test]
fn a_server_starts_with_the_last_lines_of_its_rooms() {
    let mut disk = Disk::new();
    let amy = disk.add("amy").id;
    let room = RoomRecord { id: GARDEN, ..garden(amy) };
    disk.archive().save_room("garden", &room).unwrap();
    // The third room is not stored, so nobody can come back to it.
    for (room, count) in [(LOBBY, 2), (GARDEN, 7), (RoomId(9), 4)] {
        write(disk.archive(), &[numbered(room, 1..=count)]);
    }
    let kept = disk.reopened().load(3).unwrap();
    let found: Vec<_> = kept.histories.iter().map(|(room, h)| (*room, seqs(&h.recent))).collect();
    assert_eq!(found, [(LOBBY, vec![1, 2]), (GARDEN, vec![5, 6, 7])]);
    assert_eq!(kept.histories[1].1.last_seq, 7);
    assert_eq!(kept.last_ids.room, RoomId(9));
    disk.archive().save_room("shed", &RoomRecord { id: RoomId(20), ..room }).unwrap();
    assert_eq!(disk.reopened().load(3).unwrap().last_ids.room, RoomId(20));
}

fn kept_line() -> impl Strategy<Value = StoredLine> {
    let guest = (0..1u64 << 63).prop_map(|client| PersonId::Guest(ClientId(client)));
    let registered = (1..=i64::MAX).prop_map(|account| PersonId::Registered(AccountId(account)));
    let manner = prop_oneof![Just(Manner::Said), Just(Manner::Acted)];
    // The clock may be set to any time, and back.
    let time = prop_oneof![0..10u64, 1_700_000_000_000..1_700_000_100_000u64];
    (any::<[u64; 2]>(), time, prop_oneof![guest, registered], "\\PC{0,12}", manner, "\\PC{0,30}")
        .prop_map(|([origin, number], time, author, name, manner, text)| StoredLine {
            seq: 0,
            id: LineId { origin, number },
            at: at_ms(time),
            author,
            name: CleanText::from_bytes(name.as_bytes()).as_str().into(),
            manner,
            text: CleanText::from_bytes(text.as_bytes()),
            deleted_by: None,
        })
}

/// Lines with increasing numbers, some with gaps.
fn kept_lines() -> impl Strategy<Value = Vec<StoredLine>> {
    let step = prop_oneof![4 => Just(1u64), 1 => 2..5u64];
    proptest::collection::vec((step, kept_line()), 0..30).prop_map(|lines| {
        let mut seq = 0;
        let numbered = lines.into_iter().map(|(step, line)| {
            seq += step;
            StoredLine { seq, ..line }
        });
        numbered.collect()
    })
}

/// The expected page, found by checking each number and each line.
fn naive_page(lines: &[StoredLine], wanted: &Span, lines_max: usize) -> HistoryPage {
    let is_wanted = |line: &&StoredLine| {
        wanted.seqs.contains(&line.seq)
            && wanted.not_before.is_none_or(|from| line.at >= from)
            && wanted.before.is_none_or(|until| line.at < until)
    };
    let all: Vec<StoredLine> = lines.iter().filter(is_wanted).cloned().collect();
    let has_more = all.len() > lines_max;
    let shown = &all[..all.len().min(lines_max)];
    let has_times = wanted.not_before.is_some() || wanted.before.is_some();
    let mut among = wanted.seqs.clone();
    if has_times || has_more {
        let first = if has_times { shown.first().map(|l| l.seq) } else { Some(*among.start()) };
        let last = shown.last().map(|line| line.seq);
        among = first.zip(last).map_or(RangeInclusive::new(1, 0), |(first, last)| first..=last);
    }
    let last = lines.last().map_or(0, |line| line.seq);
    let is_missing = |seq: u64| among.contains(&seq) && lines.iter().all(|line| line.seq != seq);
    let mut gaps: Vec<RangeInclusive<u64>> = Vec::new();
    for seq in (1..=last).filter(|&seq| is_missing(seq)) {
        match gaps.last_mut() {
            Some(gap) if *gap.end() + 1 == seq => *gap = *gap.start()..=seq,
            _ => gaps.push(seq..=seq),
        }
    }
    HistoryPage { lines: shown.to_vec(), gaps, has_more }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn lines_are_read_back_as_written(
        lobby in kept_lines(),
        garden in kept_lines(),
        cut in 1..10usize,
        wanted in (0..60u64, 0..60u64),
        times in proptest::option::of((0..10u64, 0..10u64)),
        lines_max in 0..20usize,
    ) {
        let mut disk = Disk::new();
        // Written in pieces of any size, each of them twice, as after a write with an unknown
        // result.
        for (room, said) in [(LOBBY, &lobby), (GARDEN, &garden)] {
            let entries: Vec<HistoryEntry> =
                said.chunks(cut).map(|piece| lines(room, piece.to_vec())).collect();
            write(disk.archive(), &entries);
            write(disk.archive(), &entries);
        }
        for reopen in [false, true] {
            if reopen {
                disk.reopened();
            }
            for (room, said) in [(LOBBY, &lobby), (GARDEN, &garden)] {
                let wanted = Span {
                    not_before: times.map(|(from, _)| at_ms(from)),
                    before: times.map(|(_, until)| at_ms(until)),
                    ..span(room, wanted.0..=wanted.1)
                };
                for (wanted, lines_max) in [(span(room, 1..=u64::MAX), 99), (wanted, lines_max)] {
                    let page = disk.archive().reader().page(&wanted, lines_max).unwrap();
                    prop_assert_eq!(page, naive_page(said, &wanted, lines_max));
                }
                let mut all = disk.archive().load(lines_max).unwrap().histories;
                all.retain(|(id, _)| *id == room);
                let recent = all.pop().map(|(_, history)| history.recent).unwrap_or_default();
                let expected = &said[said.len().saturating_sub(lines_max)..];
                prop_assert!(room != LOBBY || recent == expected);
            }
        }
    }
}
