//! The log of lines shown on the screen, with their times.
//!
//! This module owns the file. It reports a failure once, and marks in the file where lines are
//! missing if writing succeeds again: what was written before may end in the middle of a line. It
//! does not know what a line is.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::SystemTime;

use crate::base::zone::{self, Zone};

/// Marks the place where lines could not be written.
const GAP: &str = "… lines are missing here because they could not be written";

/// Number of bytes at the end of an existing file that are read: thousands of lines, while a server
/// replays at most 200 of each room.
const READ_BACK_BYTES_MAX: u64 = 256 * 1024;

/// Length of the time before each line: `2026-11-22 14:02:03 `.
const TIME_BYTES: usize = 20;

/// An open log file.
#[derive(Debug)]
pub struct LogFile {
    file: File,
    zone: Zone,
    has_failed: bool,
    /// Whether lines are missing after the last one written.
    is_behind_gap: bool,
}

impl LogFile {
    /// Opens a file to append to, or creates it with access for its owner only.
    ///
    /// # Errors
    /// Any error of opening the file.
    pub fn open(path: &Path, zone: Zone) -> io::Result<Self> {
        let file = File::options().append(true).create(true).mode(0o600).open(path)?;
        Ok(Self { file, zone, has_failed: false, is_behind_gap: false })
    }

    /// The last lines of a file, without their times; empty if it is not a regular file.
    pub fn last_lines(path: &Path) -> Vec<String> {
        let read = || {
            let mut file = File::open(path)?;
            let metadata = file.metadata()?;
            let mut bytes = Vec::new();
            if metadata.is_file() {
                let skipped = metadata.len().saturating_sub(READ_BACK_BYTES_MAX);
                file.seek(SeekFrom::Start(skipped))?;
                file.take(READ_BACK_BYTES_MAX).read_to_end(&mut bytes)?;
            }
            io::Result::Ok(bytes)
        };
        // If the file cannot be read, some lines may be logged twice.
        let bytes = read().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let without_time = |line: &str| line.get(TIME_BYTES..).map(str::to_owned);
        text.lines().filter_map(without_time).collect()
    }

    /// Appends lines that arrived at this time. They are written in one piece, so that two programs
    /// can share a file.
    ///
    /// # Errors
    /// Only the first error is returned; later ones are ignored.
    pub fn append(&mut self, lines: &[String], at: SystemTime) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let time = zone::date_and_time_to_the_second(at, &self.zone);
        let mut text = if self.is_behind_gap { format!("\n{time} {GAP}\n") } else { String::new() };
        text.extend(lines.iter().map(|line| format!("{time} {line}\n")));
        let written = self.file.write_all(text.as_bytes());
        self.is_behind_gap = written.is_err();
        match written {
            Err(_) if std::mem::replace(&mut self.has_failed, true) => Ok(()),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    #[test]
    fn only_the_owner_can_read_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(61);
        for line in ["one", "two"] {
            let mut log = LogFile::open(&path, Zone::find("UTC").unwrap()).unwrap();
            log.append(&[line.to_owned()], at).unwrap();
        }
        let expected = "1970-01-01 00:01:01 one\n1970-01-01 00:01:01 two\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    /// A pipe that is full and then has room again, like a disk.
    #[test]
    fn a_gap_is_marked() {
        let (mut reader, writer) = io::pipe().unwrap();
        rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::NONBLOCK).unwrap();
        let file = File::from(std::os::fd::OwnedFd::from(writer));
        let zone = Zone::find("UTC").unwrap();
        let mut log = LogFile { file, zone, has_failed: false, is_behind_gap: false };
        let at = SystemTime::UNIX_EPOCH;
        log.append(&["x".repeat(1_000_000)], at).unwrap_err();
        log.append(&["lost".to_owned()], at).unwrap();
        let mut part = vec![0; 1_000_000];
        let length = io::Read::read(&mut reader, &mut part).unwrap();
        assert!(part[..length].ends_with(b"xxx"));
        log.append(&["after".to_owned()], at).unwrap();
        log.append(&["later".to_owned()], at).unwrap();
        drop(log);
        let time = "1970-01-01 00:00:00";
        let expected = format!("\n{time} {GAP}\n{time} after\n{time} later\n");
        assert_eq!(io::read_to_string(reader).unwrap(), expected);
    }

    #[test]
    fn a_full_disk_is_reported_once() {
        let mut log = LogFile::open(Path::new("/dev/full"), Zone::system()).unwrap();
        log.append(&["one".to_owned()], SystemTime::now()).unwrap_err();
        log.append(&["two".to_owned()], SystemTime::now()).unwrap();
    }
}
