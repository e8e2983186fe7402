//! The configuration file: TOML, with the names of the flags as keys.
//!
//! Its values become the defaults of the arguments with the same names, so precedence and
//! validation are defined in one place: the declaration of the command line. This module does not
//! know what the settings mean.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Maximum file size. A file with every setting, each explained at length, takes a tenth of it.
const CONFIG_BYTES_MAX: usize = 64 * 1024;

/// Maximum number of characters shown of an unknown setting: twice the longest name.
const SETTING_SHOWN_CHARS_MAX: usize = 40;

/// The permission bits that let other users read or write a file.
const OF_OTHERS: u32 = 0o066;

/// The settings in a configuration file.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    settings: Vec<Setting>,
}

/// A setting, as it would be passed on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Setting {
    name: String,
    line: usize,
    values: Vec<String>,
}

impl ConfigFile {
    /// Reads the file. The arguments of the command `settings` are the known settings.
    ///
    /// # Errors
    /// A one-line message: the problem, its location, and what to do.
    pub(crate) fn read(path: &Path, settings: &Command) -> Result<Self, String> {
        let bytes =
            read_at_most(CONFIG_BYTES_MAX, path).map_err(|error| format!("--config: {error}"))?;
        if bytes.len() > CONFIG_BYTES_MAX {
            let problem = format!("a configuration file can have at most {CONFIG_BYTES_MAX} bytes");
            return Err(format!("{}: {problem}", path.display()));
        }
        let settings = parse(&bytes, settings)
            .map_err(|(line, problem)| format!("{}:{line}: {problem}", path.display()))?;
        Ok(Self { path: path.to_owned(), settings })
    }

    /// Returns the command with the file's values as the defaults of its arguments and of its
    /// subcommands' arguments.
    pub(crate) fn as_defaults(&self, command: Command) -> Command {
        let command = self.settings.iter().fold(command, |command, setting| {
            // An argument that a subcommand hides is not one of its settings.
            let is_it = |argument: &&Arg| {
                argument.get_long() == Some(&setting.name) && !argument.is_hide_set()
            };
            let id = command.get_arguments().find(is_it).map(|argument| argument.get_id().clone());
            match id {
                Some(id) => command.mut_arg(id, |arg| arg.default_values(&setting.values)),
                None => command,
            }
        });
        command.mut_subcommands(|subcommand| self.as_defaults(subcommand))
    }

    /// The problem, if the file sets the password and other users can read or change it.
    pub(crate) fn exposed_password(&self) -> Option<String> {
        self.place("password")?;
        let mode = fs::metadata(&self.path).ok()?.permissions().mode();
        let path = self.path.display();
        let problem =
            format!("{path} contains the password, and other users can read or change it");
        (mode & OF_OTHERS != 0).then(|| format!("{problem}: chmod 600 {path}"))
    }

    /// The file and line of this setting, if the file sets it.
    pub(crate) fn place(&self, name: &str) -> Option<String> {
        let setting = self.settings.iter().find(|setting| setting.name == name)?;
        Some(format!("{}:{}", self.path.display(), setting.line))
    }
}

/// A file and its state at the last check.
#[derive(Debug)]
pub(crate) struct Watched {
    path: PathBuf,
    seen: Stamp,
}

/// Identifies the state of a file.
#[derive(Debug, PartialEq, Eq)]
enum Stamp {
    Missing,
    /// A pipe or a device: it cannot be read twice, and reading it might block forever.
    Special,
    /// The inode changes if an editor replaces the file with a new one.
    File {
        modified: Option<SystemTime>,
        length: u64,
        inode: u64,
    },
}

impl Watched {
    /// Records the file's current state. If the file is read after this, no change can be missed.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), seen: Stamp::of(path) }
    }

    /// Whether it is a pipe or a device now.
    pub(crate) fn is_special(&self) -> bool {
        Stamp::of(&self.path) == Stamp::Special
    }

    /// Whether it is a pipe now.
    pub(crate) fn is_pipe(&self) -> bool {
        is_pipe(&self.path)
    }

    /// Whether it has changed since the last check.
    pub(crate) fn has_changed(&mut self) -> bool {
        let stamp = Stamp::of(&self.path);
        if stamp == Stamp::Special || stamp == self.seen {
            return false;
        }
        self.seen = stamp;
        true
    }
}

impl Stamp {
    fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => Self::File {
                modified: metadata.modified().ok(),
                length: metadata.len(),
                inode: metadata.ino(),
            },
            Ok(_) => Self::Special,
            Err(_) => Self::Missing,
        }
    }
}

/// Whether the path is a pipe. Opening a pipe waits for a writer.
pub(crate) fn is_pipe(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Reads a file, up to one byte more than the maximum.
///
/// # Errors
/// A one-line message that names the file.
pub(crate) fn read_at_most(bytes_max: usize, path: &Path) -> Result<Vec<u8>, String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| {
        // Users cannot do anything with the error number.
        let error = error.to_string();
        let reason = error.split(" (os error").next().unwrap_or_default();
        format!("cannot read {}: {reason}", path.display())
    })
}

/// The settings in the text, in order; or the first line with a problem, and the problem.
fn parse(bytes: &[u8], settings: &Command) -> Result<Vec<Setting>, (usize, String)> {
    let line_at = |at: usize| 1 + bytes[..at].iter().filter(|&&byte| byte == b'\n').count();
    let text = std::str::from_utf8(bytes)
        .map_err(|error| (line_at(error.valid_up_to()), "this is not valid UTF-8".to_owned()))?;
    let table = DeTable::parse(text).map_err(|error| {
        let words: Vec<&str> = error.message().split_whitespace().collect();
        (line_at(error.span().map_or(0, |span| span.start.min(bytes.len()))), words.join(" "))
    })?;
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let setting = |(name, value): (&Spanned<DeString<'_>>, &Spanned<DeValue<'_>>)| {
        let line = line_at(name.span().start);
        let name: &str = name.get_ref();
        let argument = settings.get_arguments().find(|argument| argument.get_long() == Some(name));
        let argument = argument.ok_or_else(|| (line, unknown(name, settings)))?;
        let values = values(value.get_ref(), argument)
            .map_err(|expected| (line_at(value.span().start), format!("{name}: {expected}")))?;
        Ok(Setting { name: name.to_owned(), line, values })
    };
    entries.into_iter().map(setting).collect()
}

/// The value as it would be passed to the argument, or a message that says what is expected.
fn values(value: &DeValue<'_>, argument: &Arg) -> Result<Vec<String>, String> {
    const ONE: &str = "write a number, or text in quotes";
    const SEVERAL: &str = "write text in quotes, or a list in brackets, separated by commas";
    if matches!(argument.get_action(), ArgAction::SetTrue) {
        let expected = || "write true or false".to_owned();
        return value.as_bool().map(|is_set| vec![is_set.to_string()]).ok_or_else(expected);
    }
    let values: Option<Vec<String>> = match (value, argument.get_action()) {
        (DeValue::Array(several), ArgAction::Append) if !several.is_empty() => {
            several.iter().map(|one| scalar(one.get_ref())).collect()
        }
        _ => scalar(value).map(|one| vec![one]),
    };
    let expected = match argument.get_action() {
        ArgAction::Append => SEVERAL,
        _ => ONE,
    };
    let values = values.ok_or(expected)?;
    check(&values, argument)?;
    Ok(values)
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Some(number.as_str().to_owned()), |number| Some(number.to_string())),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// Validates the values with the argument's own parser, even if something else takes precedence: a
/// problem in the file should be reported now, not on the day when a flag is left out.
fn check(values: &[String], argument: &Arg) -> Result<(), String> {
    let alone = argument.clone().env(None::<&str>);
    let name = argument.get_long().unwrap_or_default();
    let typed = values.iter().map(|value| format!("--{name}={value}"));
    let command = Command::new("check").no_binary_name(true).disable_help_flag(true).arg(alone);
    command.try_get_matches_from(typed).map(drop).map_err(|error| {
        if let Some(reason) = std::error::Error::source(&error) {
            return reason.to_string();
        }
        match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(valid)) if !valid.is_empty() => {
                format!("write {}", valid.join(" or "))
            }
            _ => "write something between the quotes".to_owned(),
        }
    })
}

fn unknown(name: &str, settings: &Command) -> String {
    let shown: String = name.chars().take(SETTING_SHOWN_CHARS_MAX).collect();
    let advice = match nearest(&shown, settings) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "hobnob-server config lists all settings".to_owned(),
    };
    format!("there is no setting {shown:?}; {advice}")
}

/// The setting that was probably meant. The name may be written like its environment variable or
/// its flag, and may have one typing mistake per three letters.
fn nearest<'a>(name: &str, settings: &'a Command) -> Option<&'a str> {
    let wanted = name.to_lowercase().replace('_', "-");
    let wanted = wanted.trim_start_matches('-').trim_start_matches("hobnob-");
    let known = settings.get_arguments().filter_map(Arg::get_long);
    let slips = known.map(|known| (strsim::damerau_levenshtein(wanted, known), known));
    Some(slips.filter(|(slips, known)| slips * 3 <= known.len()).min()?.1)
}

#[cfg(test)]
mod tests;
