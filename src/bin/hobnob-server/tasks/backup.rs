//! `hobnob-server backup`: a copy of the server's file, while it runs or not.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use hobnob::store::backup::{BackupCounts, BackupStop};
use hobnob::store::error::ArchiveError;
use hobnob::store::read::Reader;

use crate::EXIT_INTERRUPTED;
use crate::config::storage::ServerFolder;

const AFTER_HELP: &str = "\
RESTORING
    Stop the server. Put the copy into an empty folder as hobnob.db, without any -wal or -shm file
    beside it, and start hobnob-server with --data and that folder.

EXIT CODES
    0 if the copy is complete, 1 if none was made, 2 for an invalid command line, 130 if it was
    stopped by SIGINT (Ctrl-C), SIGTERM or SIGHUP, which leave nothing behind.

EXAMPLES
    hobnob-server backup copy.db
    hobnob-server backup --data /srv/hobnob /backups/hobnob-$(date +%F).db";

/// Copy the server's file, even while the server runs: accounts, rooms, messages and history.
///
/// The copy is a snapshot of one moment. It is checked, and appears under its name only when it is
/// complete. The server is not held up. Messages from the last 20 ms may be missing.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct BackupArguments {
    /// The file to create. An existing file is never overwritten.
    ///
    /// The copy contains password hashes (Argon2id) and messages, so only this user can read it.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    pub(crate) server: ServerFolder,
}

/// Makes the copy, then prints its contents and how to use it.
pub(crate) fn run(arguments: &BackupArguments, folder: &Path) -> anyhow::Result<()> {
    let reader = Reader::open(folder)?;
    let stop = BackupStop::default();
    // A cancelled backup leaves no useless file behind.
    let asked = stop.clone();
    ctrlc::set_handler(move || asked.ask()).context("cannot handle signals")?;
    let copied = match reader.backup(&arguments.file, &stop) {
        // The exit code that shells expect, without a message.
        Err(ArchiveError::Stopped { .. }) => std::process::exit(EXIT_INTERRUPTED),
        copied => copied?,
    };
    // A closed standard output does not matter: the copy has been made.
    let _ = std::io::stdout().write_all(describe(copied, &arguments.file).as_bytes());
    Ok(())
}

fn describe(copied: BackupCounts, copy: &Path) -> String {
    let count = |number: u64, what: &str| match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    };
    format!(
        "copied {}, {} and {} to {}; to use it, put it into an empty folder as hobnob.db, without a \
         -wal or -shm beside it, and start hobnob-server with --data and that folder\n",
        count(copied.accounts, "account"),
        count(copied.rooms, "room"),
        count(copied.lines, "line"),
        copy.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copied_things_are_counted() {
        let check = |accounts, rooms, lines, expected: &str| {
            let text = describe(BackupCounts { accounts, rooms, lines }, Path::new("copy.db"));
            assert!(text.starts_with(expected), "{text}");
            assert!(text.contains(" to copy.db; ") && text.lines().count() == 1, "{text}");
        };
        check(0, 1, 2, "copied 0 accounts, 1 room and 2 lines to ");
        check(1, 0, 1, "copied 1 account, 0 rooms and 1 line to ");
    }
}
