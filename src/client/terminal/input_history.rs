//! The lines that the user has sent, kept in a file between runs.
//!
//! This module owns the location and format of the file, and how two clients share it. It does not
//! know which lines may be kept (no passwords) or how they are recalled.
//!
//! Each entry is a line, with `\n` for a line end in a block and `\\` for a backslash. An entry is
//! appended when it is sent, so nothing is lost however a client ends; the next client to start
//! removes the excess. A client holds a lock on the file while it changes it. It changes the file
//! in place, because the file may be a link to one that is kept elsewhere.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::terminal::recall::Recall;

/// Maximum number of lines kept.
pub const ENTRIES_MAX: usize = 1_000;

/// Maximum number of bytes kept in total.
pub const BYTES_MAX: usize = 256 * 1024;

/// Only this many bytes at the end of the file are read: twice what is kept, with every byte
/// escaped.
const FILE_BYTES_MAX: u64 = 4 * BYTES_MAX as u64;

/// The file of sent lines.
#[derive(Clone, Debug)]
pub struct InputHistory {
    path: PathBuf,
}

impl InputHistory {
    /// This user's file, or `None` if the directory for program state is unknown.
    pub fn of_user() -> Option<Self> {
        let folder = etcetera::choose_base_strategy().ok()?.state_dir()?;
        Some(Self { path: folder.join("hobnob").join("sent") })
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines in the file, oldest first. Lines beyond the limits are removed from it. A missing
    /// file counts as empty.
    ///
    /// # Errors
    /// Any error of reading the file.
    pub fn read(&self) -> io::Result<Vec<String>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        lock(&file);
        let skipped = file.metadata()?.len().saturating_sub(FILE_BYTES_MAX);
        file.seek(SeekFrom::Start(skipped))?;
        let mut bytes = Vec::new();
        (&file).take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
        let mut kept = Recall::new(ENTRIES_MAX, BYTES_MAX);
        // If the beginning is skipped, the first line is a partial one.
        let partial = usize::from(skipped > 0);
        for line in String::from_utf8_lossy(&bytes).lines().skip(partial) {
            kept.remember(&unescaped(line));
        }
        let text: String = kept.iter().map(|line| escaped(line) + "\n").collect();
        if text.as_bytes() != bytes {
            // A read-only file can still be read.
            let _ = self.replace_by(&text);
        }
        Ok(kept.iter().map(str::to_owned).collect())
    }

    /// Appends a line.
    ///
    /// # Errors
    /// Any error of writing the file, which is then left unchanged.
    pub fn append(&self, line: &str) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file = File::options().append(true).create(true).mode(0o600).open(&self.path)?;
        lock(&file);
        let length = file.metadata()?.len();
        file.write_all((escaped(line) + "\n").as_bytes()).inspect_err(|_| {
            // Otherwise the next line would continue this partial one.
            let _ = file.set_len(length);
        })
    }

    /// The file is never empty in between: a client killed here loses no line that should stay.
    fn replace_by(&self, text: &str) -> io::Result<()> {
        let file = File::options().write(true).open(&self.path)?;
        file.write_all_at(text.as_bytes(), 0)?;
        file.set_len(text.len() as u64)
    }
}

/// Locks the file against changes by other clients until it is closed.
fn lock(file: &File) {
    // Some file systems have no locks. There, two clients that start at the same moment can lose a
    // line, which is no reason to keep none.
    let _ = file.lock();
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
    use std::{fs, thread};

    fn owned(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn sent_lines_are_there_for_the_next_client() {
        let folder = tempfile::tempdir().unwrap();
        let file = InputHistory { path: folder.path().join("new").join("sent") };
        assert_eq!(file.read().unwrap(), owned(&[]));
        let lines = ["one", "two\nlines", "C:\\new", "three"];
        lines.iter().for_each(|line| file.append(line).unwrap());
        assert_eq!(file.read().unwrap(), owned(&lines));
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(mode(file.path().parent().unwrap()), 0o700);
        // No other file is left behind.
        assert_eq!(fs::read_dir(file.path().parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn concurrent_clients_lose_no_lines() {
        let folder = tempfile::tempdir().unwrap();
        let file = InputHistory { path: folder.path().join("sent") };
        // Enough lines that each client removes some when it starts.
        let before: String = (0..ENTRIES_MAX).map(|n| format!("old {n}\n")).collect();
        fs::write(file.path(), before).unwrap();
        thread::scope(|scope| {
            for client in 0..4 {
                let file = &file;
                scope.spawn(move || {
                    for n in 0..50 {
                        file.read().unwrap();
                        file.append(&format!("{client} {n}")).unwrap();
                    }
                });
            }
        });
        let read = file.read().unwrap();
        assert_eq!((read.len(), &*read[0]), (ENTRIES_MAX, "old 200"));
        for client in 0..4 {
            let own = read.iter().filter(|line| line.starts_with(&format!("{client} ")));
            assert!(own.eq(&(0..50).map(|n| format!("{client} {n}")).collect::<Vec<_>>()));
        }
    }

    #[test]
    fn the_oldest_lines_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = InputHistory { path: folder.path().join("sent") };
        for n in 0..ENTRIES_MAX + 5 {
            file.append(&format!("line {n}")).unwrap();
        }
        let read = file.read().unwrap();
        assert_eq!((read.len(), &*read[0]), (ENTRIES_MAX, "line 5"));
        assert_eq!(fs::read_to_string(file.path()).unwrap().lines().count(), ENTRIES_MAX);
        file.append(&"x".repeat(BYTES_MAX)).unwrap();
        assert_eq!(file.read().unwrap().len(), 1);
        // Only the end of a file that is much too long is read.
        let text = format!("{}\nlast\n", "y".repeat(2 * FILE_BYTES_MAX as usize));
        fs::write(file.path(), text).unwrap();
        assert_eq!(file.read().unwrap(), owned(&["last"]));
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "last\n");
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "one\n\n").unwrap();
        let file = InputHistory { path: folder.path().join("sent") };
        std::os::unix::fs::symlink(&elsewhere, file.path()).unwrap();
        file.read().unwrap();
        file.append("two").unwrap();
        assert!(file.path().is_symlink());
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn an_unreadable_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        // A directory cannot be read as a file.
        let file = InputHistory { path: folder.path().to_owned() };
        file.read().unwrap_err();
        file.append("one").unwrap_err();
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
