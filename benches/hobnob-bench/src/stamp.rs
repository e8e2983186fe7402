//! The text of the lines that are sent. It states the sender, the line's number among that
//! sender's, and the run, so that every delivery can be checked by its contents.
//!
//! It knows nothing about what a protocol adds to a line.

use std::io::Write;
use std::ops::Range;

use memchr::memmem::Finder;

/// The shortest line that fits a stamp, in bytes.
pub(crate) const LINE_BYTES_MIN: usize = MARK_BYTES + 18;

/// Fills a line up to its length. No server has a reason to change this character.
const FILLER: u8 = b'x';

/// The length of a run's mark: a tilde and eight digits.
const MARK_BYTES: usize = 9;

/// The offsets of the stamp's kind, the sender's number and the line's number after the mark.
const KIND: usize = 0;
const SENDER: Range<usize> = 1..6;
const NUMBER: Range<usize> = 7..17;

/// The meaning of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stamp {
    /// A line of the load: its sender, and its number among that sender's lines, counting from 0.
    Line { sender: u32, number: u64 },
    /// A numbered probe, sent to find out who receives it.
    Probe(u64),
}

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line { sender, number } => write!(f, "line {number} of sender {sender}"),
            Self::Probe(_) => write!(f, "the line that ends a phase"),
        }
    }
}

/// Writes and reads the stamps of one run, and ignores those of other runs.
#[derive(Clone, Debug)]
pub(crate) struct Stamps {
    mark: Vec<u8>,
    finder: Finder<'static>,
}

impl Stamps {
    /// The stamps of the run with this number.
    pub(crate) fn of_run(run: u32) -> Self {
        let mark = format!("~{run:08x}").into_bytes();
        let finder = Finder::new(&mark).into_owned();
        Self { mark, finder }
    }

    /// Writes a line of this length, or slightly longer if the stamp needs it.
    pub(crate) fn write(&self, stamp: Stamp, line_bytes: usize, text: &mut Vec<u8>) {
        let start = text.len();
        text.extend_from_slice(&self.mark);
        let (kind, sender, number) = match stamp {
            Stamp::Line { sender, number } => ('-', sender, number),
            Stamp::Probe(number) => ('?', 0, number),
        };
        // Writing to a vector cannot fail.
        let _ = write!(text, "{kind}{sender:05}-{number:010}~");
        let filled = text.len().max(start + line_bytes);
        text.resize(filled, FILLER);
    }

    /// The stamp in a received text, if there is one of this run, with its length.
    ///
    /// # Errors
    /// A message if the line was truncated or changed.
    pub(crate) fn read(&self, told: &[u8]) -> Result<Option<(Stamp, usize)>, &'static str> {
        const CHANGED: &str = "a line was changed on its way";
        let Some(at) = self.finder.find(told) else { return Ok(None) };
        let line = &told[at..];
        let stamp = line.get(MARK_BYTES..LINE_BYTES_MIN).ok_or("a line was cut off")?;
        let number = |range: Range<usize>| -> Option<u64> {
            std::str::from_utf8(&stamp[range]).ok()?.parse().ok()
        };
        if line[LINE_BYTES_MIN..].iter().any(|byte| *byte != FILLER) {
            return Err(CHANGED);
        }
        let (sender, count) = (number(SENDER).ok_or(CHANGED)?, number(NUMBER).ok_or(CHANGED)?);
        match stamp[KIND] {
            b'-' => {
                let sender = u32::try_from(sender).map_err(|_| CHANGED)?;
                Ok(Some((Stamp::Line { sender, number: count }, line.len())))
            }
            b'?' => Ok(Some((Stamp::Probe(count), line.len()))),
            _ => Err(CHANGED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stamp: Stamp, bytes: usize) -> Vec<u8> {
        let mut text = Vec::new();
        Stamps::of_run(7).write(stamp, bytes, &mut text);
        text
    }

    #[test]
    fn stamps_are_read_back_whatever_precedes_them() {
        let check = |stamp: Stamp, bytes: usize, expected_bytes: usize| {
            let told = [b"amber-otter: ".to_vec(), line(stamp, bytes)].concat();
            assert_eq!(Stamps::of_run(7).read(&told), Ok(Some((stamp, expected_bytes))));
            assert_eq!(Stamps::of_run(8).read(&told), Ok(None), "another run's");
        };
        check(Stamp::Line { sender: 3, number: 1_234_567 }, 64, 64);
        check(Stamp::Line { sender: 99_999, number: 9_999_999_999 }, 64, 64);
        check(Stamp::Probe(2), 0, LINE_BYTES_MIN);
    }

    #[test]
    fn a_changed_line_is_detected() {
        let whole = line(Stamp::Line { sender: 3, number: 4 }, 64);
        let check = |told: &[u8]| assert!(Stamps::of_run(7).read(told).is_err(), "{told:?}");
        check(&whole[..LINE_BYTES_MIN - 1]);
        check(&[&whole[..], b" and more"].concat());
        let mut changed = whole.clone();
        changed[MARK_BYTES + SENDER.start] = b'z';
        check(&changed);
    }
}
