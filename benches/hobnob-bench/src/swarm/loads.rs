//! The loads that a swarm can generate: as fast as a window allows, or at a fixed rate.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::{Step, Swarm};
use crate::error::RunError;
use crate::stamp::Stamp;

/// Maximum recorded latency; anything longer counts as this.
const LATENCY_MAX: Duration = Duration::from_secs(60);

/// Significant digits of recorded latencies.
const LATENCY_DIGITS: u8 = 3;

pub(super) struct Sender {
    /// The sender's number in the run.
    pub(super) number: u32,
    /// The index of its connection in the swarm.
    pub(super) peer: usize,
    /// The number of its next line.
    pub(super) next: u64,
}

/// As many lines as fit into the window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FloodLoad {
    pub(crate) lines: u64,
    /// Maximum number of them in flight.
    pub(crate) window: u64,
}

/// Lines at fixed times.
#[derive(Clone, Debug)]
pub(crate) struct PaceLoad {
    lines: u64,
    started_at: Instant,
    interval: Duration,
    senders: u64,
    latency: Histogram<u64>,
}

impl PaceLoad {
    /// `lines` lines at intervals, with the senders taking turns.
    pub(crate) fn new(lines: u64, interval: Duration, senders: usize, started_at: Instant) -> Self {
        let latency = Self::no_latencies();
        Self { lines, started_at, interval, senders: senders as u64, latency }
    }

    /// An empty histogram for latencies.
    pub(crate) fn no_latencies() -> Histogram<u64> {
        Histogram::new_with_max(LATENCY_MAX.as_micros() as u64, LATENCY_DIGITS)
            .expect("hdrhistogram has this range at this precision")
    }

    /// The time when a line was due, whether or not it could be sent then.
    fn intended_at(&self, sender: u32, number: u64) -> Instant {
        let nanos = self.interval.as_nanos() as u64 * place(sender, number, self.senders);
        self.started_at + Duration::from_nanos(nanos)
    }

    pub(super) fn record(&mut self, sender: u32, number: u64, now: Instant) {
        let latency = now.saturating_duration_since(self.intended_at(sender, number));
        self.latency.saturating_record(latency.as_micros() as u64);
    }
}

impl Swarm {
    /// Sends its share of the lines and waits until all of its clients have received all lines.
    pub(crate) fn flood(&mut self, load: FloodLoad) -> Result<(), RunError> {
        self.drive("the flood", |swarm| {
            let floor = swarm.floor();
            swarm.publish(floor);
            swarm.order.trim(floor.min(swarm.order.end()));
            swarm.fill_window(load)?;
            let has_sent =
                (0..swarm.senders.len()).all(|index| swarm.place_of_next(index) >= load.lines);
            Ok(if has_sent && floor >= load.lines { Step::Done } else { Step::Wait })
        })
    }

    /// The same at a fixed rate. Returns the latencies.
    pub(crate) fn pace(&mut self, load: PaceLoad) -> Result<Histogram<u64>, RunError> {
        let lines = load.lines;
        self.pace = Some(load);
        self.drive("the paced load", |swarm| {
            let floor = swarm.floor();
            swarm.order.trim(floor.min(swarm.order.end()));
            let next = swarm.send_what_is_due()?;
            Ok(match next {
                Some(at) => Step::WaitUntil(at),
                None if floor >= lines => Step::Done,
                None => Step::Wait,
            })
        })?;
        Ok(self.pace.take().map_or_else(PaceLoad::no_latencies, |pace| pace.latency))
    }

    fn publish(&self, floor: u64) {
        let before = self.run.floors[self.index].swap(floor, Ordering::Relaxed);
        if before != floor {
            for other in &self.others {
                // Fails only if that loop is gone.
                let _ = other.wake();
            }
        }
    }

    /// Sends the lines that fit into the window. Each line has a fixed place among those of all
    /// senders, who take turns, so that no loop needs to know how far the other loops' senders are.
    fn fill_window(&mut self, load: FloodLoad) -> Result<(), RunError> {
        let floors = self.run.floors.iter().map(|floor| floor.load(Ordering::Relaxed));
        let end = floors.min().unwrap_or(0).saturating_add(load.window).min(load.lines);
        for index in 0..self.senders.len() {
            let (peer, before) = (self.senders[index].peer, self.senders[index].next);
            while self.place_of_next(index) < end {
                self.say_next(index);
            }
            if self.senders[index].next > before {
                self.flush(peer)?;
            }
        }
        Ok(())
    }

    /// The place of a sender's next line among those of all senders.
    fn place_of_next(&self, index: usize) -> u64 {
        let Sender { number, next, .. } = self.senders[index];
        place(number, next, self.share.senders_in_all as u64)
    }

    /// Sends the lines that are due; returns when the next one is.
    fn send_what_is_due(&mut self) -> Result<Option<Instant>, RunError> {
        let Some(pace) = &self.pace else { return Ok(None) };
        let now = Instant::now();
        let mut next: Option<Instant> = None;
        let mut due = Vec::new();
        for (index, sender) in self.senders.iter().enumerate() {
            let mut number = sender.next;
            while place(sender.number, number, pace.senders) < pace.lines {
                let at = pace.intended_at(sender.number, number);
                if at > now {
                    next = Some(next.map_or(at, |next| next.min(at)));
                    break;
                }
                due.push((at, index));
                number += 1;
            }
        }
        // After a delay of this loop, lines must still be sent in order.
        due.sort_unstable();
        for (_, index) in due {
            self.say_next(index);
            self.flush(self.senders[index].peer)?;
        }
        Ok(next)
    }

    fn say_next(&mut self, index: usize) {
        let sender = &mut self.senders[index];
        let (number, peer) = (sender.next, sender.peer);
        sender.next += 1;
        let sender = sender.number;
        self.say(Stamp::Line { sender, number }, peer);
    }
}

/// The place of a sender's line among those of all senders, who take turns.
fn place(sender: u32, number: u64, senders: u64) -> u64 {
    number * senders + u64::from(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_counts_from_the_intended_time() {
        let start = Instant::now();
        let mut load = PaceLoad::new(100, Duration::from_millis(20), 4, start);
        // Line 2 of sender 3 is the twelfth: 11 intervals after the start.
        load.record(3, 2, start + Duration::from_millis(220 + 7));
        assert_eq!(load.latency.max() / 10, 700);
        load.record(0, 0, start + Duration::from_secs(600));
        assert!(load.latency.max() >= 59_000_000, "{}", load.latency.max());
        assert_eq!(load.latency.len(), 2);
    }
}
