//! The settings in force: what is typed, then what is set in the environment, then what the
//! configuration file says, then the defaults.
//!
//! The command line is read twice: first to find the file, then with what it says as the defaults.
//! Not known here: what a setting means, and how the file is written.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, CommandFactory, FromArgMatches};
use hobnob::base::cli;
use hobnob::server::config::Config;

use crate::config::file::ConfigFile;
use crate::config::watch::Watched;
use crate::options::{Options, Settings, WrongSetting};
use crate::tasks::print::Entry;
use crate::tasks::task::Task;

/// What was given, each value looked at alone.
pub(crate) struct Given {
    pub(crate) options: Options,
    matches: ArgMatches,
    file: Option<ConfigFile>,
}

/// Why nothing can be done with it.
pub(crate) enum Refusal {
    /// Also when only help was asked for.
    CommandLine(clap::Error),
    File(String),
}

/// Settings that work together.
pub(crate) struct InForce {
    pub(crate) settings: Settings,
    pub(crate) config: Config,
    /// Where things are kept; `None` for nowhere.
    pub(crate) data: Option<PathBuf>,
    /// Each setting, in the order of the help.
    pub(crate) entries: Vec<Entry>,
}

impl Given {
    /// By these arguments, the first of which is the program's name, and the environment.
    ///
    /// To `files` it adds each one that it reads, as it was just before.
    pub(crate) fn read(arguments: &[OsString], files: &mut Vec<Watched>) -> Result<Self, Refusal> {
        let typed =
            Options::command().try_get_matches_from(arguments).map_err(Refusal::CommandLine)?;
        let file = match typed.get_one::<PathBuf>("config") {
            Some(path) => {
                files.push(Watched::new(path));
                Some(ConfigFile::read(path, &settings()).map_err(Refusal::File)?)
            }
            None => None,
        };
        let command = match &file {
            Some(file) => file.as_defaults(Options::command()),
            None => Options::command(),
        };
        let matches = command.try_get_matches_from(arguments).map_err(Refusal::CommandLine)?;
        let options = Options::from_arg_matches(&matches).map_err(Refusal::CommandLine)?;
        Ok(Self { options, matches, file })
    }

    /// The settings of the server, also if they are only to be printed. To `files` it adds each one
    /// that it reads, as it was just before.
    pub(crate) fn in_force(&self, files: &mut Vec<Watched>) -> Result<InForce, String> {
        let (settings, matches) = match &self.options.task {
            Some(Task::Config(arguments)) => {
                let matches = self.matches.subcommand_matches("config");
                (&arguments.settings, matches.unwrap_or(&self.matches))
            }
            _ => (&self.options.settings, &self.matches),
        };
        files.extend(settings.motd.iter().map(|path| Watched::new(path)));
        let config = settings.config().map_err(|wrong| self.placed(wrong, matches))?;
        let data = settings.storage.data()?;
        let mut in_force =
            InForce { settings: settings.clone(), config, data, entries: Vec::new() };
        let is_given = |name: &str, id: &str| {
            matches.value_source(id) > Some(ValueSource::DefaultValue) || self.place(name).is_some()
        };
        in_force.entries = Entry::all(&in_force, matches, is_given);
        Ok(in_force)
    }

    /// What is wrong, if other users can read the password in the configuration file.
    pub(crate) fn exposed_password(&self) -> Option<String> {
        self.file.as_ref()?.exposed_password()
    }

    /// What is wrong, and where if it is in the file.
    fn placed(&self, wrong: WrongSetting, matches: &ArgMatches) -> String {
        let name = wrong.flag.trim_start_matches("--");
        let is_default =
            matches.value_source(&name.replace('-', "_")) == Some(ValueSource::DefaultValue);
        match self.place(name) {
            Some(place) if is_default => format!("{place}: {}", wrong.problem),
            _ => wrong.problem,
        }
    }

    fn place(&self, name: &str) -> Option<String> {
        self.file.as_ref()?.place(name)
    }
}

/// The settings in force by the same arguments and environment, after a file has changed.
///
/// # Errors
/// The line that the program would end with if it were started now.
pub(crate) fn reread(arguments: &[OsString], files: &mut Vec<Watched>) -> Result<InForce, String> {
    let given = Given::read(arguments, files).map_err(|refusal| match refusal {
        Refusal::CommandLine(error) => cli::in_one_line(&error),
        Refusal::File(problem) => problem,
    })?;
    given.in_force(files)
}

/// A command whose arguments are the settings, and nothing else.
pub(crate) fn settings() -> Command {
    Settings::augment_args(Command::new("settings"))
}

#[cfg(test)]
mod tests;
