//! The settings that select where data is stored, of which at most one may be given; and the data
//! folder for subcommands.
//!
//! clap could enforce this, but treats a variable like a flag: a user with `HOBNOB_DATA` set could
//! not try `--memory`, and `HOBNOB_MEMORY=false` would forbid `--data`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use etcetera::BaseStrategy;

/// Where to store accounts and rooms.
#[derive(Args, Clone, Debug)]
pub(crate) struct Storage {
    /// Folder for accounts, rooms and history [default: hobnob in the user's state folder, which is
    /// XDG_STATE_HOME or ~/.local/state].
    ///
    /// The folder is created if it does not exist. Only one server at a time can use it.
    #[arg(long, env = "HOBNOB_DATA", value_name = "DIR")]
    data: Option<PathBuf>,

    /// Write nothing to disk: accounts, rooms and history last only as long as the server runs.
    ///
    /// Each room then keeps its last 10000 lines, as long as all rooms together take no more than
    /// 64 MiB; beyond that, the oldest lines are dropped first.
    #[arg(long, env = "HOBNOB_MEMORY", value_parser = FalseyValueParser::new())]
    memory: bool,
}

impl Storage {
    /// The folder, or `None` for an archive in memory.
    pub(crate) fn folder(&self, matches: &ArgMatches) -> Result<Option<PathBuf>, String> {
        const NOWHERE: &str =
            "cannot find a folder for the data: name one with --data, or use --memory";
        // Flags take precedence over variables, and variables over the file.
        let weight = |id| matches.value_source(id);
        match &self.data {
            Some(_) if self.memory && weight("data") == weight("memory") => Err(both(matches)),
            Some(data) if !self.memory || weight("data") > weight("memory") => {
                Ok(Some(data.clone()))
            }
            _ if self.memory => Ok(None),
            _ => user_state().map(Some).ok_or_else(|| NOWHERE.to_owned()),
        }
    }
}

/// The server's data folder, for subcommands.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerFolder {
    /// The server's folder [default: hobnob in the user's state folder, which is XDG_STATE_HOME or
    /// ~/.local/state].
    #[arg(long, env = "HOBNOB_DATA", value_name = "DIR")]
    data: Option<PathBuf>,

    /// Without its variable, which may be set for servers to come.
    #[arg(long, hide = true)]
    memory: bool,
}

impl ServerFolder {
    pub(crate) fn folder(&self) -> Result<PathBuf, String> {
        const NOTHING: &str = "a server with --memory writes nothing to disk, so there is nothing \
                               there; name another server's folder with --data";
        const NOWHERE: &str = "cannot find the server's folder: name it with --data";
        if self.memory {
            return Err(NOTHING.to_owned());
        }
        self.data.clone().or_else(user_state).ok_or_else(|| NOWHERE.to_owned())
    }
}

fn both(matches: &ArgMatches) -> String {
    let place = match matches.try_get_one::<PathBuf>("config") {
        // Neither setting has a built-in default, so this value comes from the file.
        Ok(Some(file)) if matches.value_source("data") == Some(ValueSource::DefaultValue) => {
            format!("{}: ", file.display())
        }
        _ => String::new(),
    };
    format!("{place}use --data or --memory, not both (see --help)")
}

fn user_state() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.state_dir()?.join("hobnob"))
}
