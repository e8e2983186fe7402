//! `hobnob-server config`: the effective settings, as a file for `--config`.
//!
//! The output is generated from the declaration of the command line, so new settings appear
//! automatically. This module does not know what a setting means, except for those with computed
//! defaults.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Args};
use toml::Value;

use crate::config::load::{InForce, settings};
use crate::config::storage::Storage;
use crate::log;
use crate::options::ServerSettings;

/// Maximum width of the output, in columns: that of any terminal.
const COLUMNS_MAX: usize = 80;

const HEAD: &str = concat!(
    "# The settings of hobnob-server ",
    env!("CARGO_PKG_VERSION"),
    " in effect here, as a file for --config. Settings that are commented out with # have their \
     default values, which depend on the program and the machine. A word in capitals stands for a \
     missing value."
);

const AFTER_HELP: &str = "\
EXIT CODES
    0 if the settings were printed, 2 for an invalid setting.

EXAMPLES
    hobnob-server config > hobnob.toml
    hobnob-server config --flood off --config hobnob.toml";

/// Print the settings in effect, as a file for --config.
///
/// These are the settings that a server would use if it were started with the same flags,
/// environment and file. The output contains the password, if one is set.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct ConfigArguments {
    #[command(flatten)]
    pub(crate) settings: ServerSettings,
}

/// A setting with its effective value.
#[derive(Clone)]
pub(crate) struct SettingEntry {
    argument: Arg,
    /// The values as they would be passed on the command line; empty if there is none.
    values: Vec<OsString>,
    /// Whether the user has set it.
    is_given: bool,
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
                "memory" => {
                    vec![matches!(in_force.settings.storage, Storage::Nowhere).to_string().into()]
                }
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

    /// The line for the file.
    fn as_toml(&self) -> Result<String, String> {
        let value = |value: &OsString| match value.to_str() {
            Some(text) => Ok(self.one_as_toml(text)),
            None => {
                Err(format!("--{} is not valid UTF-8 and cannot be written to a file", self.name()))
            }
        };
        let values: Vec<Value> = self.values.iter().map(value).collect::<Result<_, _>>()?;
        let all = match (self.argument.get_action(), values.into_iter()) {
            (ArgAction::Append, values) => Value::Array(values.collect()),
            (_, mut values) => values.next().unwrap_or_else(|| self.placeholder()),
        };
        Ok(format!("{} = {all}", self.name()))
    }

    fn one_as_toml(&self, text: &str) -> Value {
        match (self.argument.get_action(), text.parse::<i64>()) {
            (ArgAction::SetTrue, _) => Value::Boolean(text == "true"),
            // Only if it is read back as the same text: 007 and +7 stay in quotes.
            (_, Ok(number)) if number.to_string() == text => Value::Integer(number),
            _ => Value::String(text.to_owned()),
        }
    }

    fn placeholder(&self) -> Value {
        let names = self.argument.get_value_names().unwrap_or_default();
        Value::String(names.first().map(ToString::to_string).unwrap_or_default())
    }
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

/// Prints the entries.
pub(crate) fn run(entries: &[SettingEntry]) -> Result<(), String> {
    let text = text(entries)?;
    // A closed standard output does not matter.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

/// The contents of the file.
pub(crate) fn text(entries: &[SettingEntry]) -> Result<String, String> {
    let mut text = commented(HEAD);
    for entry in entries {
        let help = entry.argument.get_help().map(ToString::to_string).unwrap_or_default();
        let variable = entry.argument.get_env().unwrap_or_default().to_string_lossy();
        text.push('\n');
        text.push_str(&commented(&format!("{help} ({variable})")));
        // A string with line breaks may take several lines.
        for line in entry.as_toml()?.split('\n') {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}{line}", if entry.is_given { "" } else { "# " });
        }
    }
    Ok(text)
}

/// The text as a comment, wrapped.
fn commented(text: &str) -> String {
    let mut lines = String::new();
    let mut columns = 0;
    for word in text.trim_start_matches("# ").split_whitespace() {
        let width = word.chars().count() + 1;
        if columns == 0 || columns + width > COLUMNS_MAX {
            lines.push_str(if columns == 0 { "#" } else { "\n#" });
            columns = 1;
        }
        lines.push(' ');
        lines.push_str(word);
        columns += width;
    }
    lines.push('\n');
    lines
}
