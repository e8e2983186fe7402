//! Archive errors. Each message tells the administrator what to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ffi::ErrorCode;

/// Why the archive cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Another server uses the folder.
    #[error(
        "another hobnob-server is using {}; choose another folder with --data, or use --memory",
        .0.display()
    )]
    InUse(PathBuf),
    /// Another server uses the file through another path.
    #[error(
        "another hobnob-server is using {}; choose another folder with --data, or use --memory",
        .0.display()
    )]
    FileInUse(PathBuf),
    /// A later version of this program has changed the file. It is left untouched.
    #[error(
        "{} was written by a newer hobnob-server (format {found}; this version knows {known}) and \
         was not changed; use the newer version, or choose another folder with --data",
        file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// The file's version.
        found: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// An earlier version of this program wrote the file, and readers do not migrate it.
    #[error(
        "{} was written by an older hobnob-server (format {found}; this version knows {known}); \
         start hobnob-server with this folder once to upgrade it",
        file.display()
    )]
    Older {
        /// The file.
        file: PathBuf,
        /// The file's version.
        found: i64,
        /// The version that this program needs.
        known: i64,
    },
    /// A crash interrupted a change, and readers cannot roll it back.
    #[error(
        "{} was left in the middle of a change; start hobnob-server with this folder once to \
         repair it",
        .0.display()
    )]
    Unfinished(PathBuf),
    /// Nothing has been stored there, so there is nothing to read.
    #[error(
        "there is no {}, so no server has stored anything there; name the server's folder with \
         --data",
        .0.display()
    )]
    Missing(PathBuf),
    /// The file cannot be opened for reading, most likely because of its permissions.
    #[error(
        "cannot open {}: it belongs to another user, or its folder is not writable, which reading \
         requires; run this as the server's user",
        .0.display()
    )]
    Unreadable(PathBuf),
    /// The destination exists, and a copy never replaces a file.
    #[error("{} already exists and was not changed; choose another name", .0.display())]
    CopyExists(PathBuf),
    /// The copy could not be made, and nothing of it is left.
    #[error("cannot write {}: {problem}; no copy was made", copy.display())]
    NotCopied {
        /// The intended destination.
        copy: PathBuf,
        /// The message of the system or of SQLite.
        problem: String,
    },
    /// Making the copy was cancelled, and nothing of it is left.
    #[error("stopped; {} was not made", .0.display())]
    Stopped(PathBuf),
    /// The file was not written by this program. It is left untouched.
    #[error(
        "{} is not a hobnob database and was not changed; move it away, or choose another folder \
         with --data",
        .0.display()
    )]
    NotOurs(PathBuf),
    /// The file is corrupt.
    #[error(
        "{} is damaged ({problem}) and was not changed; move it away, together with its -wal and \
         -shm files, to start afresh or to restore a backup",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// SQLite's message.
        problem: String,
    },
    /// The file cannot be written: permissions are missing, or the filesystem is read-only.
    #[error(
        "cannot write {}: {problem}; give this user write permission, or choose another folder \
         with --data",
        path.display()
    )]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// The message of the system or of SQLite.
        problem: String,
    },
    /// The file is no longer where it was opened.
    #[error("{} was removed or replaced by another file; put it back", .0.display())]
    Gone(PathBuf),
    /// The disk has spent a long time on another thread's write.
    #[error("the disk that holds {} does not respond", .0.display())]
    Slow(PathBuf),
    /// Another system error.
    #[error("cannot use {}: {problem}; choose another folder with --data", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's message. Not marked as the source, or it would be printed twice.
        problem: io::Error,
    },
    /// Another SQLite error, such as a full disk.
    #[error("cannot use {}: {problem}", file.display())]
    Sqlite {
        /// The file.
        file: PathBuf,
        /// SQLite's message.
        problem: rusqlite::Error,
    },
}

impl ArchiveError {
    /// Whether the error is permanent, so that nothing more may be written.
    pub fn is_for_good(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::NotOurs { .. } | Self::Newer { .. })
    }

    /// Whether the file may have to be reopened because it, or its disk, was not there.
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

    /// Translates a system error for this file or folder.
    pub(crate) fn from_io(path: &Path, source: io::Error) -> ArchiveError {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                ArchiveError::ReadOnly { path, problem: source.to_string() }
            }
            _ => ArchiveError::Io { path, problem: source },
        }
    }

    /// Translates an SQLite error for this file.
    pub(crate) fn from_sqlite(file: &Path, source: rusqlite::Error) -> ArchiveError {
        let path = file.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => ArchiveError::NotOurs(path),
            Some(ErrorCode::DatabaseCorrupt) => {
                ArchiveError::Damaged { file: path, problem: source.to_string() }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                ArchiveError::ReadOnly { path, problem: source.to_string() }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                // Not a server, because its lock would have been noticed; perhaps someone's
                // sqlite3.
                let problem = io::Error::other("another program has locked it");
                ArchiveError::Io { path, problem }
            }
            _ => ArchiveError::Sqlite { file: path, problem: source },
        }
    }
}
