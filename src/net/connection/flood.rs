//! Flood control: how fast a client may talk, and what happens if it talks faster.
//!
//! A token bucket comes first. A paste passes it as one block. Beyond that the input has to wait:
//! silently at first, then the author is told, then muted for a while, but never disconnected. This
//! module knows no socket and no text, and `now` is passed in.
//!
//! The state beyond the bucket is boxed and rare: a client whose user types by hand never needs it.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use crate::base::rate_limit::{Bucket, Rate};
use crate::limits;

/// The state of one client, for a [`Rate`] kept elsewhere.
#[derive(Debug, Default)]
pub(super) struct FloodControl {
    talk: Bucket,
    excess: Option<Box<Excess>>,
}

/// The treatment of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FloodVerdict {
    /// It is said.
    Said,
    /// It is said, and its author is told why that took so long.
    SaidLate,
    /// From here on, nothing is said for this long.
    Silenced(Duration),
    /// This line is not said either, and nothing will be for this long.
    NotSaid(Duration),
}

/// The state of a client whose bucket has run empty.
#[derive(Debug, Default)]
struct Excess {
    /// When the last line arrived, unless it had to wait: a line taken right after one that waited
    /// has waited as well, and did not arrive together with it.
    last_line_at: Option<Instant>,
    /// The client was held back and has not caught up since.
    is_behind: bool,
    blocks: Bucket,
    /// The number of lines that the current block has let pass.
    block_lines: Option<u32>,
    /// Since when there has always been input waiting.
    waiting_since: Option<Instant>,
    is_told: bool,
    silenced_until: Option<Instant>,
}

/// One block at once, and the next when the steady rate would have allowed as many lines. In the
/// long run, a client that does nothing but paste can say twice as much as the rate allows.
fn block_rate(rate: &Rate) -> Rate {
    Rate::new(NonZeroU32::MIN, rate.interval() * limits::PASTE_LINES_MAX)
}

impl FloodControl {
    /// Until when the client's input has to stay unread, if it has to.
    pub(super) fn hold(&mut self, rate: &Rate, now: Instant) -> Option<Instant> {
        let until = self.talk.wait_until(rate, now)?;
        if self.excess.as_ref().is_some_and(|excess| excess.may_paste(rate, now)) {
            return None;
        }
        let excess = self.excess.get_or_insert_default();
        excess.is_behind = true;
        if excess.silence_left(now).is_none() {
            excess.waiting_since.get_or_insert(now);
        }
        Some(until)
    }

    /// Takes a line. If the client has been held back since it last [caught up](Self::caught_up),
    /// the line has waited.
    pub(super) fn take(&mut self, rate: &Rate, now: Instant) -> FloodVerdict {
        let is_empty = self.talk.wait_until(rate, now).is_some();
        match &mut self.excess {
            Some(excess) if is_empty && excess.may_paste(rate, now) => excess.paste(rate, now),
            _ => self.talk.take(rate, now),
        }
        if self.excess.is_none() && self.talk.wait_until(rate, now).is_none() {
            return FloodVerdict::Said;
        }
        let excess = self.excess.get_or_insert_default();
        if !excess.is_in_block(now) {
            excess.block_lines = None;
        }
        excess.last_line_at = (!excess.is_behind).then_some(now);
        excess.judge(now)
    }

    /// Notes that all input so far has been taken. If the client may go on at once, it has caught
    /// up.
    pub(super) fn caught_up(&mut self, rate: &Rate, now: Instant) {
        if let Some(excess) = &mut self.excess
            && self.talk.wait_until(rate, now).is_none()
        {
            excess.waiting_since = None;
            excess.is_told = false;
            excess.is_behind = false;
        }
        self.forget(now);
    }

    /// When the state beyond the bucket will be back to its initial value if nothing more arrives.
    pub(super) fn forgets_at(&self) -> Option<Instant> {
        let excess = self.excess.as_ref()?;
        // Waiting ends by catching up, not by time.
        if excess.waiting_since.is_some() { None } else { excess.busy_until() }
    }

    /// Drops the state beyond the bucket if it is back to its initial value.
    pub(super) fn forget(&mut self, now: Instant) {
        let is_as_new = |excess: &Excess| {
            excess.waiting_since.is_none() && excess.busy_until().is_none_or(|until| until <= now)
        };
        if self.excess.as_deref().is_some_and(is_as_new) {
            self.excess = None;
        }
    }
}

impl Excess {
    /// Whether a line arriving now would count as arriving together with the last one.
    fn is_in_block(&self, now: Instant) -> bool {
        self.last_line_at.is_some_and(|at| now.duration_since(at) <= limits::PASTE_GAP)
    }

    /// Whether a line arriving now would pass as part of a block.
    fn may_paste(&self, rate: &Rate, now: Instant) -> bool {
        let has_room = match self.block_lines {
            Some(lines) => lines < limits::PASTE_LINES_MAX,
            None => self.blocks.wait_until(&block_rate(rate), now).is_none(),
        };
        has_room && self.is_in_block(now) && self.silence_left(now).is_none()
    }

    fn paste(&mut self, rate: &Rate, now: Instant) {
        if self.block_lines.is_none() {
            self.blocks.take(&block_rate(rate), now);
        }
        *self.block_lines.get_or_insert_default() += 1;
    }

    fn silence_left(&self, now: Instant) -> Option<Duration> {
        let left = self.silenced_until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    fn judge(&mut self, now: Instant) -> FloodVerdict {
        if let Some(left) = self.silence_left(now) {
            return FloodVerdict::NotSaid(left);
        }
        let Some(since) = self.waiting_since else { return FloodVerdict::Said };
        let waiting = now.duration_since(since);
        if waiting >= limits::FLOOD_SILENCED_AFTER {
            // The count begins anew when the mute is over.
            self.waiting_since = None;
            self.is_told = false;
            self.silenced_until = Some(now + limits::FLOOD_SILENCE);
            return FloodVerdict::Silenced(limits::FLOOD_SILENCE);
        }
        if waiting >= limits::FLOOD_TOLD_AFTER && !std::mem::replace(&mut self.is_told, true) {
            return FloodVerdict::SaidLate;
        }
        FloodVerdict::Said
    }

    /// Until when anything differs from the initial state.
    fn busy_until(&self) -> Option<Instant> {
        // The first moment at which a line would no longer belong to the block.
        let block_ends_at =
            self.last_line_at.map(|at| at + limits::PASTE_GAP + Duration::from_nanos(1));
        block_ends_at.max(self.blocks.full_at()).max(self.silenced_until)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The default of `--flood`.
    fn rate() -> Rate {
        Rate::per_second(NonZeroU32::new(20).unwrap(), NonZeroU32::new(5).unwrap())
    }

    fn ms(time: u64) -> Duration {
        Duration::from_millis(time)
    }

    /// A client, and the time since it began in ms.
    struct Talker {
        flood: FloodControl,
        start: Instant,
        now: u64,
    }

    impl Talker {
        fn new() -> Self {
            // Well after the machine was started, because the bucket looks back.
            let start = Instant::now() + Duration::from_secs(3600);
            Self { flood: FloodControl::default(), start, now: 0 }
        }

        fn at(&self, time: u64) -> Instant {
            self.start + ms(time)
        }

        /// Sends lines at these times. Returns when each was taken and what happened to it. As in a
        /// connection, each line is taken as soon as it has arrived and is not held back.
        fn sends(&mut self, lines: impl IntoIterator<Item = u64>) -> Vec<(u64, FloodVerdict)> {
            let mut taken = Vec::new();
            for line in lines {
                while self.now < line {
                    // All earlier lines have been taken, which counts once nothing is held back.
                    match self.flood.hold(&rate(), self.at(self.now)) {
                        Some(until) => self.waits(until.min(self.at(line))),
                        None => {
                            self.flood.caught_up(&rate(), self.at(self.now));
                            self.now = line;
                        }
                    }
                }
                while let Some(until) = self.flood.hold(&rate(), self.at(self.now)) {
                    self.waits(until);
                }
                taken.push((self.now, self.flood.take(&rate(), self.at(self.now))));
            }
            taken
        }

        fn waits(&mut self, until: Instant) {
            self.now = until.duration_since(self.start).as_millis() as u64;
        }
    }

    /// The lines with another verdict than `Said`, and when.
    fn unlike_others(taken: &[(u64, FloodVerdict)]) -> Vec<(u64, FloodVerdict)> {
        taken.iter().copied().filter(|(_, verdict)| *verdict != FloodVerdict::Said).collect()
    }

    #[test]
    fn delays_of_lines_at_various_times() {
        let check = |lines: Vec<u64>, expected: &[(usize, u64)]| {
            let taken = Talker::new().sends(lines.clone());
            let late: Vec<(usize, u64)> = (0..lines.len())
                .filter(|&index| taken[index].0 > lines[index])
                .map(|index| (index, taken[index].0 - lines[index]))
                .collect();
            assert_eq!(late[..late.len().min(expected.len().max(1))], *expected, "{lines:?}");
        };
        let every = |interval: u64, count: u64| (0..count).map(|line| line * interval).collect();
        // As people type, and as fast as the bucket allows.
        check(every(1000, 100), &[]);
        check(every(200, 100), &[]);
        check(vec![0; 20], &[]);
        // A paste that arrives at once, from a terminal line by line, or over a slow link.
        check(vec![0; 120], &[]);
        check(every(3, 120), &[]);
        check(every(100, 120), &[]);
        // Lines beyond the block wait for the bucket.
        check(vec![0; 122], &[(120, 200), (121, 400)]);
        // Lines that do not arrive together are no paste. Four per second, after the burst is used
        // up.
        check(every(101, 50), &[(39, 61)]);
        check(every(150, 90), &[(77, 50)]);
        // Lines typed after a paste, however soon, and another paste after 20 seconds.
        let again = |pause: u64, count: usize| {
            [vec![0; 120], vec![1000, 2000], vec![pause; count]].concat()
        };
        check(again(20_000, 120), &[]);
        check(again(19_999, 21), &[(142, 200)]);
    }

    #[test]
    fn nearly_twice_the_rate_passes_in_the_long_run() {
        // Slightly slower than the bucket: a line at the very moment of its token would have
        // waited.
        let steady = (0..2980).map(|line| line * 201);
        let blocks = (0..30).flat_map(|block| vec![block * 20_100; 100]);
        let mut lines: Vec<u64> = steady.chain(blocks).collect();
        lines.sort_unstable();
        let taken = Talker::new().sends(lines.clone());
        assert!(taken.iter().zip(lines).all(|(taken, line)| *taken == (line, FloodVerdict::Said)));
    }

    proptest! {
        #[test]
        fn no_more_than_twice_the_rate_passes(
            pauses in prop::collection::vec((0..3_000u64, 1..60usize), 1..100)
        ) {
            let mut at = 0;
            let mut lines = Vec::new();
            for (pause, count) in pauses {
                at += pause;
                lines.extend(vec![at; count]);
            }
            let taken = Talker::new().sends(lines);
            for (index, (at, _)) in taken.iter().enumerate() {
                prop_assert!(index as u64 <= 20 + 100 + at / 100, "{index} at {at}");
            }
        }
    }

    #[test]
    fn a_flooder_is_held_back_then_told_then_muted_then_heard_again() {
        let second = Duration::from_secs(1);
        let mut talker = Talker::new();
        let taken = talker.sends(vec![0; 320]);
        let unlike = unlike_others(&taken);
        assert_eq!(unlike[0], (2_000, FloodVerdict::SaidLate));
        assert_eq!(unlike[1], (10_000, FloodVerdict::Silenced(10 * second)));
        assert_eq!(unlike[2], (10_200, FloodVerdict::NotSaid(second * 98 / 10)));
        assert_eq!(unlike[50], (19_800, FloodVerdict::NotSaid(second / 5)));
        // The mute has ended, and the count begins anew.
        assert_eq!(unlike[51], (22_000, FloodVerdict::SaidLate));
        assert_eq!(unlike[52], (30_000, FloodVerdict::Silenced(10 * second)));
        assert_eq!(unlike.len(), 102);
        // No line is faster than the bucket.
        assert!(taken[120..].windows(2).all(|pair| pair[1].0 - pair[0].0 == 200), "{taken:?}");
    }

    #[test]
    fn a_client_that_catches_up_briefly_is_not_told() {
        let check = |lines: Vec<u64>, expected: &[(u64, FloodVerdict)]| {
            assert_eq!(unlike_others(&Talker::new().sends(lines.clone())), expected, "{lines:?}");
        };
        // Ten too many, once and repeatedly.
        check(vec![0; 129], &[]);
        check([vec![0; 129], vec![2_001; 9], vec![4_002; 9]].concat(), &[]);
        check(vec![0; 130], &[(2_000, FloodVerdict::SaidLate)]);
        // Once in each spell of waiting.
        let late = |at: u64| (at, FloodVerdict::SaidLate);
        check([vec![0; 131], vec![10_000; 60]].concat(), &[late(2_000), late(12_000)]);
        // Six per second where five are allowed: always slightly behind.
        let taken = Talker::new().sends((0..300).map(|line| line * 1000 / 6));
        let unlike = unlike_others(&taken);
        assert!(matches!(
            unlike[..2],
            [(_, FloodVerdict::SaidLate), (_, FloodVerdict::Silenced(_))]
        ));
    }

    #[test]
    fn a_mute_lets_no_paste_pass_and_ends_by_itself() {
        let mut talker = Talker::new();
        // Muted at ten seconds, with nothing waiting any more.
        let taken = talker.sends(vec![0; 170]);
        assert!(matches!(taken[169], (10_000, FloodVerdict::Silenced(_))));
        // A block would be available again by then, but during a mute only the rate applies.
        talker.now = 19_000;
        let taken = talker.sends(vec![19_000; 20]);
        assert!(taken[..5].iter().all(|(at, _)| *at == 19_000), "{taken:?}");
        assert!(
            taken
                .iter()
                .all(|(at, verdict)| { (*verdict == FloodVerdict::Said) == (*at >= 20_000) })
        );
    }

    #[test]
    fn state_back_to_its_initial_value_is_dropped() {
        assert_eq!(size_of::<FloodControl>(), size_of::<Bucket>() + 8);
        let forgets = |lines: Vec<u64>| {
            let mut talker = Talker::new();
            talker.sends(lines);
            while talker.flood.hold(&rate(), talker.at(talker.now)).is_some() {
                talker.now += 1;
            }
            talker.flood.caught_up(&rate(), talker.at(talker.now));
            let at = talker.flood.forgets_at()?;
            talker.flood.forget(at - Duration::from_nanos(1));
            assert_eq!(talker.flood.forgets_at(), Some(at));
            talker.flood.forget(at);
            assert!(talker.flood.excess.is_none());
            Some(at.duration_since(talker.start).as_millis())
        };
        assert_eq!(forgets(vec![0; 19]), None);
        assert_eq!(forgets(vec![0; 20]), Some(100));
        assert_eq!(forgets(vec![0; 50]), Some(20_000));
        assert_eq!(forgets(vec![0; 170]), Some(20_000));
        assert_eq!(forgets(vec![0; 220]), None, "the silence is over, and so is all else");
    }
}
