//! The lines that somebody has sent, kept between runs in a file of their own.
//!
//! Owned here: where it is, what it looks like, and how two clients share it. Not known here: which
//! lines may be kept (no passwords), and how they are recalled.
//!
//! A line each, with `\n` for a line end in a block and `\\` for a backslash. It is written at the
//! end, to another file that takes its place, behind what others have added meanwhile: so it is
//! never half a file, and of two that end in the same moment the last one wins.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::terminal::recall::Recall;

/// Lines that are kept.
pub const ENTRIES_MAX: usize = 1_000;

/// The same in bytes, in all.
pub const BYTES_MAX: usize = 256 * 1024;

/// A file is read no further than this: twice what one of ours can hold with all of it escaped.
const FILE_BYTES_MAX: u64 = 4 * BYTES_MAX as u64;

/// The file.
#[derive(Clone, Debug)]
pub struct SentLines {
    path: PathBuf,
}

impl SentLines {
    /// The one of this user, if it is known where users' programs keep their state.
    pub fn of_user() -> Option<Self> {
        let folder = etcetera::choose_base_strategy().ok()?.state_dir()?;
        Some(Self { path: folder.join("hobnob").join("sent") })
    }

    /// A file of this name.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines in it, the oldest first. None if there is no file yet.
    ///
    /// # Errors
    /// As the system has them.
    pub fn read(&self) -> io::Result<Vec<String>> {
        let mut text = Vec::new();
        match fs::File::open(&self.path) {
            Ok(file) => file.take(FILE_BYTES_MAX).read_to_end(&mut text)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        Ok(String::from_utf8_lossy(&text).lines().map(unescaped).collect())
    }

    /// Adds lines, and drops the oldest of those that are too many.
    ///
    /// # Errors
    /// As the system has them; the file is as it was then.
    pub fn add(&self, lines: &[String]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut kept = Recall::new(ENTRIES_MAX, BYTES_MAX);
        for line in self.read()?.iter().chain(lines) {
            kept.remember(line);
        }
        let text: String = kept.iter().map(|line| escaped(line) + "\n").collect();
        // Its mode is 0600 from the beginning.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(&self.path)?;
        Ok(())
    }
}

fn escaped(line: &str) -> String {
    line.replace('\\', "\\\\").replace('\n', "\\n")
}

fn unescaped(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' if rest.as_str().starts_with('n') => {
                plain.push('\n');
                rest.next();
            }
            '\\' => plain.extend(rest.next()),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt;

    fn owned(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn what_one_has_sent_is_there_for_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let file = SentLines::at(folder.path().join("new").join("sent"));
        assert_eq!(file.read().unwrap(), owned(&[]));
        let other = file.clone();
        file.add(&owned(&["one", "two\nlines", "C:\\new"])).unwrap();
        // The other began before that.
        other.add(&owned(&["three"])).unwrap();
        assert_eq!(file.read().unwrap(), owned(&["one", "two\nlines", "C:\\new", "three"]));
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(mode(file.path().parent().unwrap()), 0o700);
        // Nothing else is left there.
        assert_eq!(fs::read_dir(file.path().parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let file = SentLines::at(folder.path().join("sent"));
        file.add(&(0..ENTRIES_MAX + 5).map(|n| format!("line {n}")).collect::<Vec<_>>()).unwrap();
        let read = file.read().unwrap();
        assert_eq!((read.len(), &*read[0]), (ENTRIES_MAX, "line 5"));
        file.add(&["x".repeat(BYTES_MAX)]).unwrap();
        assert_eq!(file.read().unwrap().len(), 1);
    }

    #[test]
    fn one_that_cannot_be_read_stays() {
        let folder = tempfile::tempdir().unwrap();
        // A folder is no file.
        let file = SentLines::at(folder.path().to_owned());
        file.read().unwrap_err();
        file.add(&owned(&["one"])).unwrap_err();
        file.add(&[]).unwrap();
    }

    proptest! {
        #[test]
        fn every_line_comes_back(line in "[a\\\\\nn中]{0,12}") {
            let escaped = escaped(&line);
            prop_assert!(!escaped.contains('\n'));
            prop_assert_eq!(unescaped(&escaped), line);
        }
    }
}
