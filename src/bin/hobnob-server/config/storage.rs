//! The settings that say where accounts and rooms are kept, of which one rules out the other; and
//! where they are read by who does not serve.
//!
//! clap could say so, but takes a variable for as good as a flag: who has set `HOBNOB_DATA` could
//! not try `--memory`, and `HOBNOB_MEMORY=false` would forbid `--data`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use etcetera::BaseStrategy;

/// As they are typed or set.
#[derive(Debug, Args)]
pub(crate) struct Given {
    /// Where accounts and rooms are kept [default: hobnob in the user's state folder, by
    /// XDG_STATE_HOME or ~/.local/state].
    ///
    /// The folder is made if there is none. Only one server at a time can use it.
    #[arg(long, env = "HOBNOB_DATA", value_name = "DIR")]
    data: Option<PathBuf>,

    /// Write nothing to disk: accounts, rooms and what was said last as long as the server runs.
    ///
    /// Of what was said each room then keeps its last 10,000 lines, as long as everything together
    /// takes no more than 64 MiB; beyond that the oldest lines go first.
    #[arg(long, env = "HOBNOB_MEMORY", value_parser = FalseyValueParser::new())]
    memory: bool,
}

/// Where accounts and rooms are to be kept.
#[derive(Clone, Debug)]
pub(crate) enum Storage {
    Folder(PathBuf),
    UserState,
    Nowhere,
}

impl Storage {
    /// The folder; `None` for nowhere.
    pub(crate) fn data(&self) -> Result<Option<PathBuf>, String> {
        match self {
            Self::Folder(folder) => Ok(Some(folder.clone())),
            Self::Nowhere => Ok(None),
            Self::UserState => user_state().map(Some).ok_or_else(|| {
                "nobody knows where to keep accounts: --data says where, --memory needs no folder"
                    .to_owned()
            }),
        }
    }
}

/// Where a server keeps things, for what only reads them.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerFolder {
    /// The server's folder [default: hobnob in the user's state folder, by XDG_STATE_HOME or
    /// ~/.local/state].
    #[arg(long, env = "HOBNOB_DATA", value_name = "DIR")]
    data: Option<PathBuf>,

    /// Without its variable, which may be set for servers to come.
    #[arg(long, hide = true)]
    memory: bool,
}

impl ServerFolder {
    /// The folder.
    pub(crate) fn folder(&self) -> Result<PathBuf, String> {
        const NOTHING: &str = "a server with --memory writes nothing to disk, so there is nothing to read; --data names \
             the folder of another";
        const NOWHERE: &str = "nobody knows where the server keeps things: --data says where";
        if self.memory {
            return Err(NOTHING.to_owned());
        }
        self.data.clone().or_else(user_state).ok_or_else(|| NOWHERE.to_owned())
    }
}

fn both(matches: &ArgMatches) -> String {
    let place = match matches.try_get_one::<PathBuf>("config") {
        // Neither has a default of the program's own.
        Ok(Some(file)) if matches.value_source("data") == Some(ValueSource::DefaultValue) => {
            format!("{}: ", file.display())
        }
        _ => String::new(),
    };
    format!("{place}use --data or --memory, not both")
}

fn user_state() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.state_dir()?.join("hobnob"))
}

impl FromArgMatches for Storage {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let Given { data, memory } = Given::from_arg_matches(matches)?;
        // What is done instead of serving has a folder of its own.
        let is_server = matches.subcommand_name().is_none();
        // What is typed counts for more than what is set, and that for more than what is in a file.
        let weight = |id| matches.value_source(id);
        match (data, memory) {
            (Some(_), true) if is_server && weight("data") == weight("memory") => {
                Err(clap::Error::raw(ErrorKind::ArgumentConflict, both(matches)))
            }
            (Some(data), true) if weight("data") > weight("memory") => Ok(Self::Folder(data)),
            (_, true) => Ok(Self::Nowhere),
            (Some(data), false) => Ok(Self::Folder(data)),
            (None, false) => Ok(Self::UserState),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Storage {
    fn augment_args(command: Command) -> Command {
        Given::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Given::augment_args_for_update(command)
    }
}
