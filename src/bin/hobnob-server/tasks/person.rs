//! `hobnob-server person`: gives people what is stored about them, or erases it.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use hobnob::model::removal::{ErasedPerson, Erasure};
use hobnob::store::archive::Archive;
use hobnob::store::error::ArchiveError;
use hobnob::store::read::Reader;
use hobnob::text::nick;

use crate::config::storage::ServerFolder;
use crate::control;
use crate::tasks::export::{NOT_PRINTED, finish_printing, time};

const AFTER_HELP: &str = "\
EXPORT
    One JSON object: the account (without the hash of the password), its settings, rooms and
    invitations, how far the person has read, the messages, unread private messages, and the
    moderation that the person was subject to or did. It works while the server runs.

ERASE
    The account is removed with everything that belongs to it. Messages become (deleted), under the
    name (erased); with --keep-messages they keep their text, under that name. The audit log and
    bans name (erased), too. Whatever is removed is overwritten on the disk. If a server runs, it
    does all this, and the person stays connected as a guest.

    Backups made before, logs of clients and messages that quote the person are not changed.

GUESTS
    Several people may have had a guest's name, so --since and --until select those who had it at
    that time and have no account now.

EXIT CODES
    0 if it is done, or if a running server has removed everything and will finish overwriting it;
    1 if nobody has that name, or the data cannot be read or changed; 2 for an invalid command line.

EXAMPLES
    hobnob-server person maria export > maria.json
    hobnob-server person maria erase
    hobnob-server person amber-otter erase --since 2026-11-24 --until 2026-11-25";

/// How long to wait for a running server.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// How often to look whether a running server is done.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// Print everything that is stored about a person, or erase it, even while the server runs.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct PersonArguments {
    /// The person's name.
    #[arg(value_name = "NAME")]
    name: String,

    /// The action: export or erase.
    #[arg(value_name = "export|erase", hide_possible_values = true)]
    action: PersonAction,

    /// With erase: keep what the person has said in rooms, without the name.
    #[arg(long)]
    keep_messages: bool,

    /// A guest who had the name from this time on: how long ago (30m, 2h, 7d, 2w, 1h30m), today,
    /// yesterday, 2026-11-24, '2026-11-24 14:02', or 2026-11-24T14:02:03Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<SystemTime>,

    /// A guest who had the name before this time [default: now].
    #[arg(long, value_name = "TIME", value_parser = time, requires = "since")]
    until: Option<SystemTime>,

    #[command(flatten)]
    pub(crate) server: ServerFolder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PersonAction {
    Export,
    Erase,
}

/// Prints or erases everything about the person.
pub(crate) fn run(arguments: &PersonArguments, folder: &Path) -> anyhow::Result<()> {
    if arguments.keep_messages && arguments.action == PersonAction::Export {
        bail!("--keep-messages is for erase");
    }
    let reader = Reader::open(folder)?;
    let person = arguments.find(&reader)?;
    match arguments.action {
        PersonAction::Export => {
            let mut out = BufWriter::new(io::stdout().lock());
            let printed = serde_json::to_writer_pretty(&mut out, &reader.person(&person)?)
                .map_err(io::Error::from)
                .and_then(|()| writeln!(out))
                .and_then(|()| out.flush());
            finish_printing(printed.context(NOT_PRINTED))
        }
        PersonAction::Erase => erase(&person, &reader, folder),
    }
}

impl PersonArguments {
    fn find(&self, reader: &Reader) -> anyhow::Result<Erasure> {
        let name = &*self.name;
        let Some(key) = nick::key_of(name) else { bail!("{name} cannot be anybody's name") };
        let keeps_messages = self.keep_messages;
        if let Some(from) = self.since {
            let until = self.until.unwrap_or_else(SystemTime::now);
            // Accounts have the positive numbers.
            let number = -fastrand::i64(1..);
            let whose = ErasedPerson::Guest { from, until };
            let guest = Erasure { number, key: key.into(), whose, keeps_messages };
            if reader.person(&guest)?.is_empty() {
                bail!("nothing is stored about a guest named {name} at that time");
            }
            return Ok(guest);
        }
        match reader.account_named(&key, keeps_messages)? {
            Some(account) => Ok(account),
            None => bail!(
                "nobody is registered as {name}; for a guest, say when: --since TIME --until TIME"
            ),
        }
    }
}

fn erase(person: &Erasure, reader: &Reader, folder: &Path) -> anyhow::Result<()> {
    let mut is_done = true;
    match Archive::open(folder) {
        Ok(archive) => archive.erase(person, SystemTime::now())?,
        Err(ArchiveError::InUse(_) | ArchiveError::FileInUse(_)) => {
            control::erase(folder, person).with_context(|| {
                format!("cannot reach the server that uses {}", folder.display())
            })?;
            is_done = waits_for(person, reader)?;
        }
        Err(error) => return Err(error.into()),
    }
    let told = match is_done {
        true => "erased; backups made before still have it\n",
        false => {
            "erased, but the server has not finished overwriting the data; it will continue, even after \
             a restart; backups made before still have it\n"
        }
    };
    // A closed standard output does not matter: the data is gone.
    let _ = io::stdout().write_all(told.as_bytes());
    Ok(())
}

/// Whether a running server has done it within the time.
fn waits_for(person: &Erasure, reader: &Reader) -> anyhow::Result<bool> {
    let begun = Instant::now();
    loop {
        match reader.has_erased(person.number)? {
            Some(true) => return Ok(true),
            Some(false) if begun.elapsed() > WAIT_MAX => return Ok(false),
            None if begun.elapsed() > WAIT_MAX => {
                bail!("the server has not begun: its disk fails, or it has ended; try again")
            }
            _ => std::thread::sleep(LOOK_INTERVAL),
        }
    }
}
