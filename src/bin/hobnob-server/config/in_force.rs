//! The settings in effect, and each of them with its value.
//!
//! This module does not know what a setting means, except for those with computed defaults.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command};
use hobnob::server::config::Config;

use crate::config::settings::ServerSettings;
use crate::log;

/// Settings that are valid together.
pub(crate) struct InForce {
    pub(crate) settings: ServerSettings,
    pub(crate) config: Config,
    /// The data folder; `None` for an archive in memory.
    pub(crate) data: Option<PathBuf>,
    /// All settings, in the order of the help.
    pub(crate) entries: Vec<SettingEntry>,
}

impl InForce {
    /// The value of a setting that is computed if nobody has set it.
    fn computed(&self, name: &str) -> Option<OsString> {
        match name {
            "threads" => Some(self.config.threads.to_string().into()),
            "lang" => Some(self.config.lang.to_string().into()),
            "log" => Some(log::default_level().to_string().into()),
            "history-replay" => Some(self.config.replay_lines.to_string().into()),
            _ => None,
        }
    }
}

/// A setting with its effective value.
#[derive(Clone)]
pub(crate) struct SettingEntry {
    pub(crate) argument: Arg,
    /// The values as they would be passed on the command line; empty if there is none.
    pub(crate) values: Vec<OsString>,
    /// Whether the user has set it.
    pub(crate) is_given: bool,
}

impl SettingEntry {
    /// All settings, in the order of the help. `is_given` tells, by name and argument id, whether
    /// the user has set it by flag, variable or file.
    pub(crate) fn all(
        in_force: &InForce,
        matches: &ArgMatches,
        is_given: impl Fn(&str, &str) -> bool,
    ) -> Vec<SettingEntry> {
        let entry = |argument: &Arg| {
            let (name, id) = (argument.get_long()?, argument.get_id().as_str());
            let given: Vec<OsString> = match argument.get_action() {
                ArgAction::SetTrue => vec![matches.get_flag(id).to_string().into()],
                _ => matches.get_raw(id).into_iter().flatten().map(Into::into).collect(),
            };
            let values = match name {
                // These two exclude each other.
                "data" => in_force.data.iter().map(Into::into).collect(),
                "memory" => vec![in_force.data.is_none().to_string().into()],
                _ if given.is_empty() => in_force.computed(name).into_iter().collect(),
                _ => given.clone(),
            };
            let is_given = is_given(name, id) && values == given;
            Some(SettingEntry { argument: argument.clone(), values, is_given })
        };
        settings().get_arguments().filter_map(entry).collect()
    }

    /// The name, as in the file.
    pub(crate) fn name(&self) -> &str {
        self.argument.get_long().unwrap_or_default()
    }

    /// Whether it has the same value as another entry for the same setting.
    pub(crate) fn is_like(&self, other: &SettingEntry) -> bool {
        self.values == other.values
    }
}

/// A command whose only arguments are the settings.
pub(crate) fn settings() -> Command {
    ServerSettings::augment_args(Command::new("settings"))
}
