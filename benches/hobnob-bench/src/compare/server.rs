//! The servers to compare: their names, how to start them, and their protocols.
//!
//! It starts nothing; see `child`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;

use crate::target::Scheme;

/// The servers to compare, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ServerName {
    /// This build of hobnob-server.
    Hobnob,
    /// Another build of it.
    #[value(skip)]
    Baseline,
    /// This build without history, to measure the cost of history.
    Memory,
    /// This build at a telnet:// address, to measure the cost of character mode.
    Telnet,
    /// The minimal server of this program.
    Limit,
    /// Redis, publish and subscribe.
    Redis,
    /// NATS, publish and subscribe without streams.
    Nats,
    /// ngIRCd, an IRC server.
    Ngircd,
}

impl ServerName {
    pub(crate) const ALL: [Self; 7] = [
        Self::Hobnob,
        Self::Memory,
        Self::Telnet,
        Self::Limit,
        Self::Redis,
        Self::Nats,
        Self::Ngircd,
    ];

    /// The name on the command line and in files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hobnob => "hobnob",
            Self::Baseline => "baseline",
            Self::Memory => "memory",
            Self::Telnet => "telnet",
            Self::Limit => "limit",
            Self::Redis => "redis",
            Self::Nats => "nats",
            Self::Ngircd => "ngircd",
        }
    }

    pub(crate) fn scheme(self) -> Scheme {
        match self {
            Self::Hobnob | Self::Baseline | Self::Memory | Self::Limit => Scheme::Line,
            Self::Telnet => Scheme::Telnet,
            Self::Redis => Scheme::Redis,
            Self::Nats => Scheme::Nats,
            Self::Ngircd => Scheme::Irc,
        }
    }

    /// The program of a peer, which is also the name of its Debian package.
    pub(crate) fn package(self) -> Option<&'static str> {
        match self {
            Self::Hobnob | Self::Baseline | Self::Memory | Self::Telnet | Self::Limit => None,
            Self::Redis => Some("redis-server"),
            Self::Nats => Some("nats-server"),
            Self::Ngircd => Some("ngircd"),
        }
    }

    /// Whether the comparison is about this server, so that its failure is the comparison's.
    pub(crate) fn is_ours(self) -> bool {
        self.package().is_none()
    }

    /// Whether it is compared if no servers are named. Memory and telnet matter only to developers
    /// of the server.
    pub(crate) fn takes_part_unasked(self) -> bool {
        !matches!(self, Self::Baseline | Self::Memory | Self::Telnet)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) name: ServerName,
    pub(crate) program: PathBuf,
    /// The version that the program reports.
    pub(crate) version: String,
}

impl Server {
    /// The command-line arguments, for this port and folder.
    pub(crate) fn arguments(&self, port: &str, folder: &Path) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let address = format!("127.0.0.1:{port}");
        match self.name {
            // The defaults, except that a client may send as fast as it likes: no generator could
            // measure a server that holds back its input, as hobnob does by default.
            ServerName::Hobnob | ServerName::Baseline => {
                words(&["--listen", &address, "--flood", "off"])
            }
            // Lines are neither written nor indexed; everything else is the same.
            ServerName::Memory => {
                words(&["--listen", &address, "--flood", "off", "--history-lines", "0"])
            }
            ServerName::Telnet => {
                words(&["--listen", &format!("telnet://{address}"), "--flood", "off"])
            }
            ServerName::Limit => words(&["limit", "--listen", &address]),
            ServerName::Redis => words(&["--port", port, "--bind", "127.0.0.1", "--save", ""]),
            ServerName::Nats => words(&["-a", "127.0.0.1", "-p", port]),
            ServerName::Ngircd => {
                let file = configuration_file(folder);
                words(&["-n", "-f", &file.to_string_lossy()])
            }
        }
    }

    /// The whole command line as a user would type it, with placeholders for what changes.
    pub(crate) fn command_line(&self) -> String {
        let program = self.program.to_string_lossy().into_owned();
        let words = [program].into_iter().chain(self.arguments("PORT", Path::new("FOLDER")));
        let quoted = words.map(|word| if word.is_empty() { "''".to_owned() } else { word });
        quoted.collect::<Vec<_>>().join(" ")
    }

    /// The server's configuration file and its contents.
    pub(crate) fn configuration(&self, port: &str, folder: &Path) -> Option<(PathBuf, String)> {
        (self.name == ServerName::Ngircd)
            .then(|| (configuration_file(folder), ngircd_configuration(port)))
    }
}

fn configuration_file(folder: &Path) -> PathBuf {
    folder.join("ngircd.conf")
}

/// In the peer's favour: no limits, no penalties, and no lookups about clients. The server's name
/// must contain a dot. If root starts it, it drops its privileges, which does no harm: by then it
/// has read this file and bound its port.
fn ngircd_configuration(port: &str) -> String {
    format!(
        "[Global]\n\
         Name = bench.invalid\n\
         Info = hobnob-bench\n\
         Listen = 127.0.0.1\n\
         Ports = {port}\n\
         [Limits]\n\
         MaxConnections = 0\n\
         MaxConnectionsIP = 0\n\
         MaxJoins = 0\n\
         MaxNickLength = 31\n\
         MaxPenaltyTime = 0\n\
         PingTimeout = 3600\n\
         PongTimeout = 3600\n\
         [Options]\n\
         DNS = no\n\
         Ident = no\n\
         PAM = no\n\
         RequireAuthPing = no\n\
         SyslogFacility = local7\n"
    )
}

/// The version in a program's output: the first word that begins with a digit, possibly after `v`
/// or `v=`.
pub(crate) fn version_in(text: &str) -> String {
    let number = |word: &str| {
        let word = word.strip_prefix("v=").or(word.strip_prefix('v')).unwrap_or(word);
        let end = word.find(|letter: char| letter != '.' && !letter.is_ascii_digit());
        word[..end.unwrap_or(word.len())].trim_matches('.').to_owned()
    };
    let mut numbers = text.split_whitespace().map(number);
    numbers.find(|number| !number.is_empty()).unwrap_or_else(|| "of unknown version".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_the_same_name_everywhere() {
        for server in ServerName::ALL {
            let value = server.to_possible_value().expect("all of these can be asked for");
            assert_eq!(value.get_name(), server.name());
            assert_eq!(serde_json::json!(server), serde_json::json!(server.name()));
        }
    }

    #[test]
    fn commands_as_a_user_would_type_them() {
        let check = |name: ServerName, program: &str, expected: &str| {
            let server = Server { name, program: program.into(), version: String::new() };
            assert_eq!(server.command_line(), expected);
        };
        check(
            ServerName::Hobnob,
            "hobnob-server",
            "hobnob-server --listen 127.0.0.1:PORT --flood off",
        );
        check(
            ServerName::Memory,
            "hobnob-server",
            "hobnob-server --listen 127.0.0.1:PORT --flood off --history-lines 0",
        );
        check(
            ServerName::Telnet,
            "hobnob-server",
            "hobnob-server --listen telnet://127.0.0.1:PORT --flood off",
        );
        check(ServerName::Limit, "hobnob-bench", "hobnob-bench limit --listen 127.0.0.1:PORT");
        check(
            ServerName::Redis,
            "redis-server",
            "redis-server --port PORT --bind 127.0.0.1 --save ''",
        );
        check(ServerName::Nats, "nats-server", "nats-server -a 127.0.0.1 -p PORT");
        check(ServerName::Ngircd, "ngircd", "ngircd -n -f FOLDER/ngircd.conf");
    }

    #[test]
    fn only_ngircd_needs_a_file() {
        for name in ServerName::ALL {
            let server = Server { name, program: name.name().into(), version: String::new() };
            let configuration = server.configuration("6667", Path::new("/tmp/x"));
            assert_eq!(configuration.is_some(), name == ServerName::Ngircd);
            if let Some((file, text)) = configuration {
                assert_eq!(file, Path::new("/tmp/x/ngircd.conf"));
                assert!(text.contains("\nPorts = 6667\n") && text.contains("\nDNS = no\n"));
            }
        }
    }

    #[test]
    fn versions_are_parsed() {
        let check = |text: &str, expected: &str| assert_eq!(version_in(text), expected);
        check("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0", "7.0.15");
        check("nats-server: v2.9.10", "2.9.10");
        check("ngIRCd 26.1-IDENT+IPv6+IRCPLUS", "26.1");
        check("hobnob-server 0.1.0", "0.1.0");
        check("a program", "of unknown version");
        check("", "of unknown version");
    }
}
