//! The effective settings: flags first, then environment variables, then the configuration file,
//! then the defaults.
//!
//! The command line is parsed twice: once to find the file, and once with the file's values as
//! defaults. This module does not know what a setting means, or the format of the file.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use hobnob::base::cli;

use crate::config::file::{ConfigFile, Watched};
use crate::config::in_force::{InForce, SettingEntry, settings};
use crate::config::settings::WrongSetting;
use crate::options::CommandLine;
use crate::tasks::task::Task;

/// The parsed input. Each value is valid by itself.
pub(crate) struct ParsedOptions {
    pub(crate) options: CommandLine,
    matches: ArgMatches,
    file: Option<ConfigFile>,
}

/// Why the input cannot be used.
pub(crate) enum LoadError {
    /// Also used if only help was requested.
    CommandLine(clap::Error),
    File(String),
}

impl ParsedOptions {
    /// Reads the arguments, the first of which is the program's name, and the environment.
    ///
    /// Adds each file that it reads to `files`, in its state just before reading.
    pub(crate) fn read(
        arguments: &[OsString],
        files: &mut Vec<Watched>,
    ) -> Result<Self, LoadError> {
        let typed = CommandLine::command()
            .try_get_matches_from(arguments)
            .map_err(LoadError::CommandLine)?;
        let file = match typed.get_one::<PathBuf>("config") {
            Some(path) => {
                files.push(Watched::new(path));
                Some(ConfigFile::read(path, &settings()).map_err(LoadError::File)?)
            }
            None => None,
        };
        let command = match &file {
            Some(file) => file.as_defaults(CommandLine::command()),
            None => CommandLine::command(),
        };
        let matches = command.try_get_matches_from(arguments).map_err(LoadError::CommandLine)?;
        let options = CommandLine::from_arg_matches(&matches).map_err(LoadError::CommandLine)?;
        Ok(Self { options, matches, file })
    }

    /// The server's settings, even if they are only to be printed. Adds each file that it reads to
    /// `files`, in its state just before reading.
    pub(crate) fn in_force(&self, files: &mut Vec<Watched>) -> Result<InForce, String> {
        let (settings, matches) = match &self.options.task {
            Some(Task::Config(arguments)) => {
                let matches = self.matches.subcommand_matches("config");
                (&arguments.settings, matches.unwrap_or(&self.matches))
            }
            _ => (&self.options.settings, &self.matches),
        };
        files.extend(settings.motd.iter().map(|path| Watched::new(path)));
        let data = settings.storage.folder(matches)?;
        let config =
            settings.config(data.is_none()).map_err(|wrong| self.placed(wrong, matches))?;
        let mut in_force =
            InForce { settings: settings.clone(), config, data, entries: Vec::new() };
        let is_given = |name: &str, id: &str| {
            matches.value_source(id) > Some(ValueSource::DefaultValue) || self.place(name).is_some()
        };
        in_force.entries = SettingEntry::all(&in_force, matches, is_given);
        Ok(in_force)
    }

    /// The problem, if other users can read the password in the configuration file.
    pub(crate) fn exposed_password(&self) -> Option<String> {
        self.file.as_ref()?.exposed_password()
    }

    /// The problem, with its location if it is in the file.
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

/// The effective settings for the same arguments and environment, after a file has changed.
///
/// # Errors
/// The message with which the program would exit if it were started now.
pub(crate) fn reread(arguments: &[OsString], files: &mut Vec<Watched>) -> Result<InForce, String> {
    let given = ParsedOptions::read(arguments, files).map_err(|refusal| match refusal {
        LoadError::CommandLine(error) => cli::in_one_line(&error),
        LoadError::File(problem) => problem,
    })?;
    given.in_force(files)
}

#[cfg(test)]
mod tests;
