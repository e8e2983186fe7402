//! Keeps other users of the machine from reading or changing the archive.

use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::process::geteuid;

/// The permission bits of group and others.
const OF_OTHERS: u32 = 0o077;

/// In a folder with this bit, such as /tmp, anyone may create files but nobody may remove other
/// users' files.
const STICKY: u32 = 0o1000;

/// Makes files private that other users can read or write, if they are ours, and logs a warning
/// either way. A folder that contains anything else is left as it is.
pub(super) fn see_to(directory: &Path, file: &Path) {
    for ending in ["db", "db-wal", "db-shm", "lock"] {
        let path = file.with_extension(ending);
        if let Some(metadata) = open_to_others(&path).filter(Metadata::is_file) {
            make_private(&path, &metadata, 0o600);
        }
    }
    let Some(metadata) = open_to_others(directory) else { return };
    let is_own = metadata.mode() & STICKY == 0 && holds_nothing_else(directory, file);
    if is_own {
        make_private(directory, &metadata, 0o700);
    } else {
        tell(directory, "use another folder, or `chmod 700` this one, to keep them out");
    }
}

fn open_to_others(path: &Path) -> Option<Metadata> {
    fs::metadata(path).ok().filter(|metadata| metadata.mode() & OF_OTHERS != 0)
}

/// Whether everything in the folder is named like the archive's files.
fn holds_nothing_else(directory: &Path, file: &Path) -> bool {
    let stem = file.file_stem();
    fs::read_dir(directory).is_ok_and(|mut entries| {
        entries.all(|entry| entry.is_ok_and(|entry| entry.path().file_stem() == stem))
    })
}

fn make_private(path: &Path, metadata: &Metadata, mode: u32) {
    let is_ours = metadata.uid() == geteuid().as_raw();
    if is_ours && fs::set_permissions(path, Permissions::from_mode(mode)).is_ok() {
        tell(path, "it is now private");
    } else {
        tell(path, &format!("its owner can keep them out with chmod {mode:o} {}", path.display()));
    }
}

fn tell(path: &Path, what_now: &str) {
    let path = path.display();
    tracing::warn!(%path, what_now, "other users of this machine could read or change this");
}
