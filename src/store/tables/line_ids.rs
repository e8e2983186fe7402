//! The ids of lines in their table: one number combines the room and the line's number in it.
//!
//! A table keyed by two numbers would need a second tree, and the word index identifies rows by a
//! single number. Lines whose numbers are too large for a place are not stored.

use std::ops::RangeInclusive;

use crate::model::RoomId;

/// Bits of a place for the line's number: enough for a thousand lines a second for two years, in
/// one room.
pub(crate) const SEQ_BITS: u32 = 36;

/// The highest line number.
const SEQ_MAX: u64 = (1 << SEQ_BITS) - 1;

/// The highest room number: enough to create one room per second for four years.
const ROOM_MAX: u32 = (1 << (63 - SEQ_BITS)) - 1;

/// The place of a line, if its numbers fit.
pub(crate) fn place(room: RoomId, seq: u64) -> Option<i64> {
    let is_possible = room.0 <= ROOM_MAX && (1..=SEQ_MAX).contains(&seq);
    is_possible.then(|| beginning(room) + seq as i64)
}

/// The places of these lines of a room.
pub(crate) fn places(room: RoomId, seqs: &RangeInclusive<u64>) -> RangeInclusive<i64> {
    if room.0 > ROOM_MAX {
        return RangeInclusive::new(1, 0);
    }
    let at = |seq: u64| beginning(room) + seq.min(SEQ_MAX) as i64;
    at((*seqs.start()).max(1))..=at(*seqs.end())
}

pub(crate) fn all_places(room: RoomId) -> RangeInclusive<i64> {
    places(room, &(1..=SEQ_MAX))
}

/// The number of the line at this place in its room.
pub(crate) fn seq_at(place: i64) -> u64 {
    place as u64 & SEQ_MAX
}

fn beginning(room: RoomId) -> i64 {
    i64::from(room.0) << SEQ_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_place_of_its_own_in_order() {
        let lines =
            [(0, 1), (0, 2), (0, SEQ_MAX), (1, 1), (7, 9), (ROOM_MAX, 1), (ROOM_MAX, SEQ_MAX)];
        let found = lines.map(|(room, seq)| place(RoomId(room), seq).unwrap());
        assert!(found.is_sorted() && found[0] > 0, "{found:?}");
        assert_eq!(found[6], i64::MAX);
        assert_eq!(found.map(seq_at), lines.map(|(_, seq)| seq));
        for (room, seq) in [(0, 0), (0, SEQ_MAX + 1), (ROOM_MAX + 1, 1), (u32::MAX, u64::MAX)] {
            assert_eq!(place(RoomId(room), seq), None, "{room} {seq}");
        }
    }

    #[test]
    fn ranges_stay_within_their_room() {
        let check = |room, seqs: RangeInclusive<u64>, expected: RangeInclusive<i64>| {
            assert_eq!(places(RoomId(room), &seqs), expected, "{seqs:?}");
        };
        check(0, 1..=5, 1..=5);
        check(0, 0..=u64::MAX, 1..=SEQ_MAX as i64);
        check(1, 0..=1, (1 << SEQ_BITS) + 1..=(1 << SEQ_BITS) + 1);
        assert!(places(RoomId(u32::MAX), &(1..=5)).is_empty());
    }
}
