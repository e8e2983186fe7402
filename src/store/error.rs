//! What can go wrong with the archive, told so that whoever runs the server knows what to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ffi::ErrorCode;

/// Why the archive cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Another server has it.
    #[error(
        "another hobnob-server uses {}; --data picks another folder, --memory needs none",
        directory.display()
    )]
    InUse {
        /// The folder.
        directory: PathBuf,
    },
    /// Another server has the file, by another way.
    #[error(
        "another hobnob-server uses {}; --data picks another folder, --memory needs none",
        file.display()
    )]
    FileInUse {
        /// The file.
        file: PathBuf,
    },
    /// A later version of this program has changed it. It is left untouched.
    #[error(
        "{} was written by a newer hobnob-server (its format is {found}, this one knows {known}); \
         it is left as it is: use that version, or --data for another folder",
        file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The latest that is known here.
        known: i64,
    },
    /// An earlier version of this program has written it, and who reads does not bring it up to
    /// date.
    #[error(
        "{} was written by an older hobnob-server (its format is {found}, this one knows {known}): \
         start hobnob-server with this folder once, which brings it up to date",
        file.display()
    )]
    Older {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The one that is known here.
        known: i64,
    },
    /// A crash has left it in the middle of a change, which who reads cannot take back.
    #[error(
        "{} was left in the middle of a change: start hobnob-server with this folder once, which \
         puts it right",
        file.display()
    )]
    Unfinished {
        /// The file.
        file: PathBuf,
    },
    /// Nothing has been kept there, so there is nothing to read.
    #[error(
        "there is no {}, so no server has kept anything there; --data names the server's folder",
        file.display()
    )]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// It cannot be opened for reading, for want of permission most likely.
    #[error(
        "cannot open {}: it is another user's, or its folder cannot be written, as reading needs; \
         use the user who runs the server",
        file.display()
    )]
    Unreadable {
        /// The file.
        file: PathBuf,
    },
    /// Nothing is ever put in the place of a file.
    #[error("{} exists already; it is left as it is: name a file that does not", copy.display())]
    CopyExists {
        /// The file that was to be a copy.
        copy: PathBuf,
    },
    /// A copy could not be made, and nothing is left of it.
    #[error("cannot write {}: {problem}; there is no copy", copy.display())]
    NotCopied {
        /// The file that was to be a copy.
        copy: PathBuf,
        /// What the system or SQLite says.
        problem: String,
    },
    /// A copy was given up because somebody asked for that, and nothing is left of it.
    #[error("stopped; there is no {}", copy.display())]
    Stopped {
        /// The file that was to be a copy.
        copy: PathBuf,
    },
    /// It was not written by this program. It is left untouched.
    #[error(
        "{} is not a hobnob database; it is left as it is: move it away, or use --data for another \
         folder",
        file.display()
    )]
    NotOurs {
        /// The file.
        file: PathBuf,
    },
    /// It does not hold together any more.
    #[error(
        "{} is damaged ({problem}); it is left as it is: move it away, together with \
         its -wal and -shm, to begin afresh or to put back a copy",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        problem: String,
    },
    /// It cannot be written, for want of permission or because nothing there can.
    #[error(
        "cannot write {}: {problem}; give this user the right to, or use --data for another folder",
        path.display()
    )]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// What the system or SQLite says.
        problem: String,
    },
    /// It is no longer where it was when it was opened.
    #[error("{} is gone, or another file is in its place; put it back", file.display())]
    Gone {
        /// The file.
        file: PathBuf,
    },
    /// The disk has not finished for a long time with what somebody else has written.
    #[error("the disk of {} takes too long", file.display())]
    Slow {
        /// The file.
        file: PathBuf,
    },
    /// Another error of the system.
    #[error("cannot use {}: {problem}; --data picks another folder", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says. Not a source, or it would be told twice.
        problem: io::Error,
    },
    /// Another error of SQLite, such as a full disk.
    #[error("cannot use {}: {problem}", file.display())]
    Sqlite {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        problem: rusqlite::Error,
    },
}

impl ArchiveError {
    /// Whether it stays so whatever the disk does, so that nothing more may be written.
    pub fn is_for_good(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::NotOurs { .. } | Self::Newer { .. })
    }

    /// Whether the file may have to be opened again: it is not there, or its disk was not.
    pub fn is_about_the_file(&self) -> bool {
        let is_io = |error: &rusqlite::Error| {
            matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen)
            )
        };
        match self {
            Self::Gone { .. } => true,
            Self::Sqlite { problem, .. } => is_io(problem),
            _ => false,
        }
    }

    /// What an error of the system means for this file or folder.
    pub(crate) fn from_io(path: &Path, source: io::Error) -> ArchiveError {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                ArchiveError::ReadOnly { path, problem: source.to_string() }
            }
            _ => ArchiveError::Io { path, problem: source },
        }
    }

    /// What an error of SQLite means for this file.
    pub(crate) fn from_sqlite(file: &Path, source: rusqlite::Error) -> ArchiveError {
        let path = file.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => ArchiveError::NotOurs { file: path },
            Some(ErrorCode::DatabaseCorrupt) => {
                ArchiveError::Damaged { file: path, problem: source.to_string() }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                ArchiveError::ReadOnly { path, problem: source.to_string() }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                // Not a server, whose lock would have been seen; somebody's sqlite3 perhaps.
                let problem = io::Error::other("another program has locked it");
                ArchiveError::Io { path, problem }
            }
            _ => ArchiveError::Sqlite { file: path, problem: source },
        }
    }
}
