//! The text of the lines that are sent: who sent it, which of that sender's it is, and in which
//! run, so that every delivery can be checked by what is in it.
//!
//! It knows nothing of what a protocol puts around a line.

use std::io::Write;
use std::ops::Range;

use memchr::memmem::Finder;

/// The shortest line that holds a stamp, in bytes.
pub(crate) const LINE_BYTES_MIN: usize = MARK_BYTES + 18;

/// Fills a line up to its length. No server has a reason to change it.
const FILLER: u8 = b'x';

/// The mark of a run: a tilde and eight digits.
const MARK_BYTES: usize = 9;

/// Where the sender's number, its kind and the line's number stand behind the mark.
const KIND: usize = 0;
const SENDER: Range<usize> = 1..6;
const NUMBER: Range<usize> = 7..17;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stamp {
    /// A line of the load: its sender, and its number among that sender's lines, from 0.
    Line { sender: u32, number: u64 },
    /// Sent to see who receives it, with its number.
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

/// Writes and reads the stamps of one run, and takes no other run's for its own.
#[derive(Clone, Debug)]
pub(crate) struct Stamps {
    mark: Vec<u8>,
    finder: Finder<'static>,
}

impl Stamps {
    /// Those of the run with this number.
    pub(crate) fn of_run(run: u32) -> Self {
        let mark = format!("~{run:08x}").into_bytes();
        let finder = Finder::new(&mark).into_owned();
        Self { mark, finder }
    }

    /// A line of this length, or a little longer if the stamp needs it.
    pub(crate) fn write(&self, stamp: Stamp, line_bytes: usize, text: &mut Vec<u8>) {
        let start = text.len();
        text.extend_from_slice(&self.mark);
        let (kind, sender, number) = match stamp {
            Stamp::Line { sender, number } => ('-', sender, number),
            Stamp::Probe(number) => ('?', 0, number),
        };
        // Writing to a vector does not fail.
        let _ = write!(text, "{kind}{sender:05}-{number:010}~");
        let filled = text.len().max(start + line_bytes);
        text.resize(filled, FILLER);
    }

    /// The stamp in what a client was told, if this run has put one there and all behind it is as
    /// it was sent.
    ///
    /// # Errors
    /// What has become of it otherwise.
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
    fn what_is_written_is_read_back_whatever_stands_before_it() {
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
    fn a_changed_line_is_found_out() {
        let whole = line(Stamp::Line { sender: 3, number: 4 }, 64);
        let check = |told: &[u8]| assert!(Stamps::of_run(7).read(told).is_err(), "{told:?}");
        check(&whole[..LINE_BYTES_MIN - 1]);
        check(&[&whole[..], b" and more"].concat());
        let mut changed = whole.clone();
        changed[MARK_BYTES + SENDER.start] = b'z';
        check(&changed);
    }
}
