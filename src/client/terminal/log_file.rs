//! The file that keeps what was on the screen, with the time.
//!
//! Owned here: the file, and that a failure is told once, and marked in the file if it ends: what
//! was written up to then may end in the middle of a line. Not known here: what a line is.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::SystemTime;

use crate::base::zone::{self, Zone};

/// Stands where lines could not be written.
const GAP: &str = "… lines are missing here: they could not be written";

/// Of a file that there is, so much is looked at: thousands of lines, where a server replays 200 of
/// each room at most.
const READ_BACK_BYTES_MAX: u64 = 256 * 1024;

/// Before each line: `2026-11-22 14:02:03 `.
const TIME_BYTES: usize = 20;

/// An open file for lines.
#[derive(Debug)]
pub struct LogFile {
    file: File,
    zone: Zone,
    has_failed: bool,
    /// Something is missing behind what was written last.
    is_behind_gap: bool,
}

impl LogFile {
    /// Opens it, to append; makes it, for its owner's eyes alone, if there is none.
    ///
    /// # Errors
    /// As the system has them.
    pub fn open(path: &Path, zone: Zone) -> io::Result<Self> {
        let file = File::options().append(true).create(true).mode(0o600).open(path)?;
        Ok(Self { file, zone, has_failed: false, is_behind_gap: false })
    }

    /// The last lines of a file, without their times; none of what is no file.
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
        // Of what cannot be read, something is appended twice at worst.
        let bytes = read().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let without_time = |line: &str| line.get(TIME_BYTES..).map(str::to_owned);
        text.lines().filter_map(without_time).collect()
    }

    /// Appends lines that came at this time. Each in whole, so that two programs can share a file.
    ///
    /// # Errors
    /// The first one; those after it are silent.
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
    fn it_appends_for_its_owner_alone() {
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

    /// A pipe is full, and then not any more, as a disk can be.
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
    fn a_full_disk_is_told_once() {
        let mut log = LogFile::open(Path::new("/dev/full"), Zone::system()).unwrap();
        log.append(&["one".to_owned()], SystemTime::now()).unwrap_err();
        log.append(&["two".to_owned()], SystemTime::now()).unwrap();
    }
}
