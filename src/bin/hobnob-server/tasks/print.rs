//! `hobnob-server config`: the effective settings, as a file for `--config`.
//!
//! The output is generated from the declaration of the command line, so new settings appear
//! automatically. This module does not know what a setting means.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;

use clap::{ArgAction, Args};
use toml::Value;

use crate::config::in_force::SettingEntry;
use crate::config::settings::ServerSettings;

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

impl SettingEntry {
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
