//! Finds the programs to compare, and asks each for its version.
//!
//! It does not know how to run them.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{self, Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::options::CompareArguments;
use super::results::shortened;
use super::server::{Abilities, Server, ServerName, version_in};

/// Debian's folders for servers, which are not in every user's path.
const FOLDERS_OF_SERVERS: [&str; 2] = ["/usr/local/sbin", "/usr/sbin"];

/// Maximum length of a program's message in an error.
const QUOTE_CHARS_MAX: usize = 160;

/// The servers that the arguments ask for: the named ones, or all installed ones.
///
/// # Errors
/// If a named server is missing or cannot be run.
pub(crate) fn servers(arguments: &CompareArguments) -> anyhow::Result<Vec<Server>> {
    let mut servers = Vec::new();
    for name in arguments.names() {
        match (name.package(), find(name, arguments)?) {
            (_, Some(program)) => {
                servers.push(server(name, program, arguments)?);
            }
            (Some(program), None) if arguments.names_servers() => bail!(
                "{program} is not installed, so there is no comparison with {}: install Debian's \
                 package {program}",
                name.name()
            ),
            (_, None) => {}
        }
    }
    Ok(servers)
}

/// The servers that could have been compared but are missing.
pub(crate) fn missing(servers: &[Server], arguments: &CompareArguments) -> Vec<ServerName> {
    let is_here = |name: &ServerName| servers.iter().any(|server| server.name == *name);
    arguments.names().into_iter().filter(|name| !is_here(name)).collect()
}

fn find(name: ServerName, arguments: &CompareArguments) -> anyhow::Result<Option<PathBuf>> {
    let this_program = || env::current_exe().context("cannot determine where this program is");
    Ok(match name {
        ServerName::Hobnob
        | ServerName::Memory
        | ServerName::Telnet
        | ServerName::Guess
        | ServerName::Tls => {
            let program = match &arguments.server {
                Some(program) => program.clone(),
                None => this_program()?.with_file_name("hobnob-server"),
            };
            Some(hobnob_at(program, "--server")?)
        }
        ServerName::Baseline => {
            let program = arguments.baseline.clone();
            program.map(|program| hobnob_at(program, "--baseline")).transpose()?
        }
        ServerName::Limit | ServerName::LimitTls => Some(this_program()?),
        ServerName::Stunnel
        | ServerName::Nginx
        | ServerName::NginxBare
        | ServerName::Redis
        | ServerName::Nats
        | ServerName::Ngircd => {
            let path = env::var_os("PATH").unwrap_or_default();
            name.package().and_then(|program| find_in(program, &path, &FOLDERS_OF_SERVERS))
        }
    })
}

/// The program, or an error that names the option for choosing another one.
fn hobnob_at(program: PathBuf, option: &str) -> anyhow::Result<PathBuf> {
    if !is_program(&program) {
        bail!(
            "there is no hobnob-server at {}: build it with cargo build --release, or name \
             one with {option}",
            program.display()
        );
    }
    Ok(program)
}

/// Searches the folders of the path, and then these.
fn find_in(program: &str, path: &OsStr, more_folders: &[&str]) -> Option<PathBuf> {
    env::split_paths(path)
        .chain(more_folders.iter().map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|program| is_program(program))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Asks the program for its version, which also shows whether it can be run at all. Ours must; a
/// peer's failure shows up again when it is started, as a row of the tables.
fn server(
    name: ServerName,
    program: PathBuf,
    arguments: &CompareArguments,
) -> anyhow::Result<Server> {
    // Each server runs in its own folder, where a relative path would be wrong.
    let program = path::absolute(&program)
        .with_context(|| format!("cannot determine where {} is", program.display()))?;
    let flag = match name {
        ServerName::Stunnel => "-version",
        ServerName::Nginx | ServerName::NginxBare => "-v",
        _ => "--version",
    };
    let told = match told(&program, flag) {
        Err(error) if name.is_ours() => return Err(error),
        told => told.unwrap_or_default(),
    };
    // A build that does not explain itself has none of these abilities.
    let abilities = match name.is_ours() {
        true => Abilities::in_help(&self::told(&program, "--help").unwrap_or_default()),
        false => Abilities::default(),
    };
    let behind = match name.is_proxy() {
        true => {
            let hobnob = find(ServerName::Hobnob, arguments)?;
            let hobnob = hobnob.map(|program| server(ServerName::Hobnob, program, arguments));
            hobnob.transpose()?.map(Box::new)
        }
        false => None,
    };
    Ok(Server { name, program, version: version_in(&told), abilities, behind })
}

/// The text that a program prints for a flag.
fn told(program: &Path, flag: &str) -> anyhow::Result<String> {
    let output = Command::new(program)
        .arg(flag)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", program.display()))?;
    if !output.status.success() {
        let said = last_line(&output.stderr);
        bail!("{} does not know {flag}: {said}", program.display());
    }
    // Some print it as an error.
    Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// The last line of a program's output, shortened to fit into a message.
pub(crate) fn last_line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    let printable: String = last.chars().filter(|letter| !letter.is_control()).collect();
    shortened(&printable, QUOTE_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let put = |name: &str, mode: u32| {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().expect("a folder above")).expect("it can be made");
            fs::write(&file, "").expect("it can be written");
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("it is ours");
        };
        put("first/plain", 0o644);
        put("second/plain", 0o755);
        put("second/both", 0o755);
        put("more/both", 0o755);
        put("more/only", 0o755);
        let at = |name: &str| folder.path().join(name);
        let path = env::join_paths([at("first"), at("second")]).expect("no colons");
        let more = at("more");
        let more = [more.to_str().expect("plain names")];
        let check = |program: &str, expected: Option<&str>| {
            assert_eq!(find_in(program, &path, &more), expected.map(at), "{program}");
        };
        check("plain", Some("second/plain"));
        check("both", Some("second/both"));
        check("only", Some("more/only"));
        check("none", None);
        assert_eq!(hobnob_at(at("first/plain"), "--server").ok(), None);
        assert_eq!(hobnob_at(at("second/plain"), "--server").ok(), Some(at("second/plain")));
    }

    #[test]
    fn last_words() {
        let check = |said: &str, expected: &str| assert_eq!(last_line(said.as_bytes()), expected);
        check("one\ntwo\n\n", "two");
        check("\u{1b}[31mred", "[31mred");
        check("", "it said nothing");
    }
}
