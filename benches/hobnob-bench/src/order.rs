//! The order in which every client has to receive the lines of a run: each sender's lines as they
//! were sent ([`Due`]), and all lines in the same order as every other client ([`Order`]).
//!
//! The first client to receive a line defines its place. The line is checked against its sender's
//! count at that point, and all other clients' streams are compared with this one: byte by byte,
//! which is fast, and line by line where the bytes differ. Plain data without sockets; all that it
//! uses of a protocol is the text of a line.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::stamp::Stamp;

/// Bytes that every client has received are discarded once there are this many.
const TRIM_BYTES: usize = 1024 * 1024;

/// The next line that a client expects, as a number of lines since the order began.
pub(crate) type Position = u64;

/// The next expected line of each sender, and the last probe.
#[derive(Clone, Debug, Default)]
pub(crate) struct Due {
    lines: Vec<u64>,
    probe: u64,
}

impl Due {
    /// Expects the first line of each of these senders, after this probe.
    pub(crate) fn behind(probe: u64, senders: usize) -> Self {
        Self { lines: vec![0; senders], probe }
    }

    /// Checks the next line.
    ///
    /// # Errors
    /// A message if the line was lost, duplicated or out of order.
    pub(crate) fn tell(&mut self, stamp: Stamp) -> Result<(), String> {
        let (sender, number) = match stamp {
            Stamp::Line { sender, number } => (sender, number),
            // An extra one would hide a missing line.
            Stamp::Probe(number) if number <= self.probe => {
                return Err(format!("{stamp} came twice"));
            }
            Stamp::Probe(number) => {
                self.probe = number;
                return Ok(());
            }
        };
        let due = self
            .lines
            .get_mut(sender as usize)
            .ok_or_else(|| format!("{stamp} came, and there is no such sender"))?;
        if number < *due {
            return Err(format!("{stamp} came twice, or after line {} of it", *due - 1));
        }
        if number > *due {
            return Err(format!("{stamp} came where line {due} of it was due"));
        }
        *due += 1;
        Ok(())
    }
}

/// The order of one run: the part that some client has received, but not all of them.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// The lines as they arrived.
    bytes: Vec<u8>,
    /// The end of each line, counted from the beginning of the order, and its stamp.
    lines: VecDeque<(u64, Stamp)>,
    first: Position,
    first_byte: u64,
    due: Due,
    hasher: DefaultHasher,
}

impl Order {
    /// An order that begins after this probe, with these senders.
    pub(crate) fn behind(probe: u64, senders: usize) -> Self {
        Self { due: Due::behind(probe, senders), ..Self::default() }
    }

    /// The number of lines so far.
    pub(crate) fn end(&self) -> Position {
        self.first + self.lines.len() as u64
    }

    /// A number that identifies the order's lines; `None` if it has none.
    pub(crate) fn digest(&self) -> Option<u64> {
        (self.end() > 0).then(|| self.hasher.finish())
    }

    /// The line at a position, unless all clients have passed it.
    pub(crate) fn at(&self, position: Position) -> Option<Stamp> {
        let index = position.checked_sub(self.first)?;
        self.lines.get(index as usize).map(|(_, stamp)| *stamp)
    }

    /// Compares `told` with what a client at `position` should receive. Returns the position after
    /// the matching lines, the number of their bytes, and whether the rest matches as well, as the
    /// beginning of a line.
    pub(crate) fn follow(&self, position: Position, told: &[u8]) -> (Position, usize, bool) {
        let start = self.byte_of(position);
        let due = &self.bytes[(start - self.first_byte) as usize..];
        let common = common_length(due, told);
        let reached = start + common as u64;
        let lines = self.lines.partition_point(|(end, _)| *end <= reached);
        let after = (self.first + lines as u64).max(position);
        let consumed = (self.byte_of(after) - start) as usize;
        (after, consumed, common == told.len())
    }

    /// A client at `position` has received `stamp` as these bytes.
    ///
    /// # Errors
    /// A message if the line was lost, duplicated or out of order.
    pub(crate) fn tell(
        &mut self,
        position: Position,
        stamp: Stamp,
        wire: &[u8],
    ) -> Result<(), String> {
        if let Some(due) = self.at(position) {
            return match due == stamp {
                true => Ok(()),
                false => Err(format!("{stamp} came where others had received {due}")),
            };
        }
        self.due.tell(stamp)?;
        stamp.hash(&mut self.hasher);
        self.bytes.extend_from_slice(wire);
        self.lines.push_back((self.first_byte + self.bytes.len() as u64, stamp));
        Ok(())
    }

    /// Discards lines before `position`, which no client expects any more.
    pub(crate) fn trim(&mut self, position: Position) {
        let byte = self.byte_of(position);
        let unneeded = (byte - self.first_byte) as usize;
        if unneeded < TRIM_BYTES {
            return;
        }
        self.bytes.drain(..unneeded);
        self.lines.drain(..(position - self.first) as usize);
        (self.first, self.first_byte) = (position, byte);
    }

    /// The offset at which the line at a position begins.
    fn byte_of(&self, position: Position) -> u64 {
        match (position - self.first) as usize {
            0 => self.first_byte,
            index => self.lines[index - 1].0,
        }
    }
}

fn common_length(one: &[u8], other: &[u8]) -> usize {
    let length = one.len().min(other.len());
    // This is almost always the case, and processors are best at comparing whole slices.
    if one[..length] == other[..length] {
        return length;
    }
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(sender: u32, number: u64) -> Stamp {
        Stamp::Line { sender, number }
    }

    fn order() -> Order {
        let mut order = Order::behind(1, 2);
        for (position, (sender, number)) in [(0, 0), (1, 0), (0, 1)].into_iter().enumerate() {
            let wire = format!("{sender}:{number}\n");
            order.tell(position as u64, line(sender, number), wire.as_bytes()).unwrap();
        }
        order
    }

    #[test]
    fn equal_streams_are_compared_byte_by_byte() {
        let order = order();
        let check = |position, told: &str, expected| {
            assert_eq!(order.follow(position, told.as_bytes()), expected, "{position} {told:?}");
        };
        check(0, "", (0, 0, true));
        check(0, "0:0\n1:0\n0:1\n", (3, 12, true));
        check(0, "0:0\n1:0\n0:1\nmore", (3, 12, false));
        check(1, "1:0\n0", (2, 4, true));
        check(1, "1:0\n1:", (2, 4, false));
        check(1, "PING\n", (1, 0, false));
        check(3, "", (3, 0, true));
        check(3, "new", (3, 0, false));
    }

    #[test]
    fn different_streams_are_detected() {
        let check = |position, stamp, expected: &str| {
            let error = order().tell(position, stamp, b"").unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(1, line(0, 1), "came where others had received line 0 of sender 1");
        check(3, line(0, 1), "came twice");
        check(3, line(0, 3), "came where line 2 of it was due");
        check(3, line(2, 0), "no such sender");
        check(3, Stamp::Probe(1), "came twice");
        assert_eq!(order().tell(2, line(0, 1), b"with another prefix"), Ok(()));
        assert_eq!(order().tell(3, line(1, 1), b"1:1\n"), Ok(()));
        assert_eq!(order().tell(3, Stamp::Probe(2), b"probe\n"), Ok(()));
    }

    #[test]
    fn digests_distinguish_orders() {
        let order = |lines: &[(u32, u64)]| {
            let mut order = Order::behind(1, 2);
            for (position, (sender, number)) in lines.iter().enumerate() {
                order.tell(position as u64, line(*sender, *number), b"any\n").unwrap();
            }
            order.digest()
        };
        assert_eq!(order(&[]), None);
        assert_eq!(order(&[(0, 0), (1, 0)]), order(&[(0, 0), (1, 0)]));
        assert_ne!(order(&[(0, 0), (1, 0)]), order(&[(1, 0), (0, 0)]));
    }

    #[test]
    fn lines_that_all_clients_have_are_discarded() {
        let mut order = Order::behind(1, 1);
        let wire = vec![b'x'; TRIM_BYTES / 4];
        for number in 0..8 {
            order.tell(number, line(0, number), &wire).unwrap();
        }
        order.trim(3);
        assert_eq!((order.first, order.end()), (0, 8), "too little to bother");
        order.trim(6);
        assert_eq!((order.first, order.end(), order.lines.len()), (6, 8, 2));
        assert_eq!(order.follow(6, &wire), (7, wire.len(), true));
        assert_eq!(order.at(7), Some(line(0, 7)));
        order.tell(8, line(0, 8), &wire).unwrap();
        assert_eq!(order.follow(7, &[wire.clone(), wire].concat()).0, 9);
    }
}
