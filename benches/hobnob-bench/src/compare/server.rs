//! The servers to compare: their names, how to start them, and their protocols.
//!
//! It starts nothing; see `child`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;

use super::case::Case;
use super::configuration;
use crate::target::Scheme;

/// The servers to compare, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
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
    /// This build at an address without a scheme, where it waits for what a client says.
    Guess,
    /// This build over TLS.
    Tls,
    /// stunnel in front of this build.
    Stunnel,
    /// nginx in front of this build, as a proxy that ends TLS.
    Nginx,
    /// The minimal server of this program.
    Limit,
    /// The same over TLS.
    LimitTls,
    /// nginx alone: it shakes hands over TLS, and says one line.
    NginxBare,
    /// Redis, publish and subscribe.
    Redis,
    /// NATS, publish and subscribe without streams.
    Nats,
    /// ngIRCd, an IRC server.
    Ngircd,
}

impl ServerName {
    pub(crate) const ALL: [Self; 13] = [
        Self::Hobnob,
        Self::Memory,
        Self::Telnet,
        Self::Guess,
        Self::Tls,
        Self::Stunnel,
        Self::Nginx,
        Self::Limit,
        Self::LimitTls,
        Self::NginxBare,
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
            Self::Guess => "guess",
            Self::Tls => "tls",
            Self::Stunnel => "stunnel",
            Self::Nginx => "nginx",
            Self::Limit => "limit",
            Self::LimitTls => "limit-tls",
            Self::NginxBare => "nginx-bare",
            Self::Redis => "redis",
            Self::Nats => "nats",
            Self::Ngircd => "ngircd",
        }
    }

    pub(crate) fn scheme(self) -> Scheme {
        match self {
            Self::Telnet => Scheme::Telnet,
            Self::Redis => Scheme::Redis,
            Self::Nats => Scheme::Nats,
            Self::Ngircd => Scheme::Irc,
            _ => Scheme::Line,
        }
    }

    pub(crate) fn is_tls(self) -> bool {
        matches!(self, Self::Tls | Self::Stunnel | Self::Nginx | Self::LimitTls | Self::NginxBare)
    }

    /// Whether it is in front of hobnob.
    pub(crate) fn is_proxy(self) -> bool {
        matches!(self, Self::Stunnel | Self::Nginx)
    }

    pub(crate) fn takes_part_in(self, case: Case) -> bool {
        match self {
            Self::NginxBare => case == Case::Handshakes,
            _ => self.is_tls() || !case.is_over_tls(),
        }
    }

    /// The program of a peer, which is also the name of its Debian package.
    pub(crate) fn package(self) -> Option<&'static str> {
        match self {
            Self::Hobnob | Self::Baseline | Self::Memory | Self::Telnet | Self::Guess => None,
            Self::Tls | Self::Limit | Self::LimitTls => None,
            Self::Stunnel => Some("stunnel4"),
            Self::Nginx | Self::NginxBare => Some("nginx"),
            Self::Redis => Some("redis-server"),
            Self::Nats => Some("nats-server"),
            Self::Ngircd => Some("ngircd"),
        }
    }

    /// Whether the comparison is about this server, so that its failure is the comparison's.
    pub(crate) fn is_ours(self) -> bool {
        self.package().is_none()
    }

    /// Whether it is compared if no servers are named. Most kinds of hobnob matter only to
    /// developers of the server, and TLS is a comparison of its own.
    pub(crate) fn takes_part_unasked(self) -> bool {
        matches!(self, Self::Hobnob | Self::Limit | Self::Redis | Self::Nats | Self::Ngircd)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) name: ServerName,
    pub(crate) program: PathBuf,
    /// The version that the program reports.
    pub(crate) version: String,
    /// If it is a hobnob.
    pub(crate) abilities: Abilities,
    /// The hobnob behind it, if it is a proxy.
    pub(crate) behind: Option<Box<Server>>,
}

/// What some builds of hobnob-server can do and others cannot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Abilities {
    /// It has plain:// addresses, at which it greets at once. At one without a scheme it waits for
    /// the client's first words. Other builds greet at once everywhere.
    pub(crate) plain: bool,
    pub(crate) tls: bool,
}

impl Abilities {
    /// As the text of `--help` says.
    pub(crate) fn in_help(text: &str) -> Self {
        let tls = text.contains("--tls-") || text.contains("tls://");
        Self { plain: text.contains("plain://"), tls }
    }
}

/// Where a server runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) port: &'a str,
    /// The port of the server behind a proxy.
    pub(crate) behind: &'a str,
    pub(crate) folder: &'a Path,
}

impl Site<'static> {
    /// Names for what changes from run to run.
    pub(crate) fn anywhere() -> Self {
        Self { port: "PORT", behind: "PORT_BEHIND", folder: Path::new("FOLDER") }
    }
}

impl Site<'_> {
    /// The certificate and its key, for programs that cannot make one.
    pub(crate) fn certificate_file(&self) -> String {
        self.folder.join("certificate.pem").display().to_string()
    }
}

impl Server {
    /// Why it cannot be measured although it is there.
    pub(crate) fn unavailable(&self) -> Option<&'static str> {
        match self.name {
            ServerName::Tls if !self.abilities.tls => {
                Some("not available: this hobnob-server has no TLS (see its --help)")
            }
            ServerName::Guess if !self.abilities.plain => {
                Some("not available: this hobnob-server greets at once everywhere")
            }
            _ => None,
        }
    }

    /// The command-line arguments.
    pub(crate) fn arguments(&self, site: &Site<'_>) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let port = site.port;
        let address = format!("127.0.0.1:{port}");
        let plain = format!("{}{address}", if self.abilities.plain { "plain://" } else { "" });
        // The defaults, except that a client may send as fast as it likes: no generator could
        // measure a server that holds back its input, as hobnob does by default.
        let hobnob_at = |address: &str| words(&["--listen", address, "--flood", "off"]);
        match self.name {
            ServerName::Hobnob | ServerName::Baseline => hobnob_at(&plain),
            // Lines are neither written nor indexed; everything else is the same.
            ServerName::Memory => {
                words(&["--listen", &plain, "--flood", "off", "--history-lines", "0"])
            }
            ServerName::Telnet => hobnob_at(&format!("telnet://{address}")),
            ServerName::Guess | ServerName::Tls => hobnob_at(&address),
            ServerName::Stunnel => words(&[&self.configuration_file(site)]),
            ServerName::Nginx | ServerName::NginxBare => {
                let folder = site.folder.to_string_lossy();
                words(&["-p", &folder, "-c", &self.configuration_file(site), "-e", "stderr"])
            }
            ServerName::Limit => words(&["limit", "--listen", &address]),
            ServerName::LimitTls => words(&["limit", "--tls", "--listen", &address]),
            ServerName::Redis => words(&["--port", port, "--bind", "127.0.0.1", "--save", ""]),
            ServerName::Nats => words(&["-a", "127.0.0.1", "-p", port]),
            ServerName::Ngircd => words(&["-n", "-f", &self.configuration_file(site)]),
        }
    }

    /// The whole command line as a user would type it, with placeholders for what changes.
    pub(crate) fn command_line(&self) -> String {
        let program = self.program.to_string_lossy().into_owned();
        let words = [program].into_iter().chain(self.arguments(&Site::anywhere()));
        let quoted = words.map(|word| if word.is_empty() { "''".to_owned() } else { word });
        quoted.collect::<Vec<_>>().join(" ")
    }

    /// The server's configuration file and its contents.
    pub(crate) fn configuration(&self, site: &Site<'_>) -> Option<(PathBuf, String)> {
        let (name, text) = configuration::of(self.name, site)?;
        Some((site.folder.join(name), text))
    }

    fn configuration_file(&self, site: &Site<'_>) -> String {
        let file = self.configuration(site).map(|(file, _)| file).unwrap_or_default();
        file.to_string_lossy().into_owned()
    }
}

/// The version in a program's output: the first word that begins with a digit, possibly after `v`,
/// `v=` or its name and a slash.
pub(crate) fn version_in(text: &str) -> String {
    let number = |word: &str| {
        let word = word.rsplit_once('/').map_or(word, |(_, version)| version);
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

    fn server(name: ServerName, program: &str) -> Server {
        Server {
            name,
            program: program.into(),
            version: String::new(),
            abilities: Abilities::default(),
            behind: None,
        }
    }

    #[test]
    fn commands_as_a_user_would_type_them() {
        let check = |name: ServerName, program: &str, expected: &str| {
            assert_eq!(server(name, program).command_line(), expected);
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
        check(ServerName::Stunnel, "stunnel4", "stunnel4 FOLDER/stunnel.conf");
        check(ServerName::NginxBare, "nginx", "nginx -p FOLDER -c FOLDER/nginx.conf -e stderr");
        check(
            ServerName::Redis,
            "redis-server",
            "redis-server --port PORT --bind 127.0.0.1 --save ''",
        );
        check(ServerName::Nats, "nats-server", "nats-server -a 127.0.0.1 -p PORT");
        check(ServerName::Ngircd, "ngircd", "ngircd -n -f FOLDER/ngircd.conf");
    }

    /// At an address without a scheme, a build that guesses would wait for the client.
    #[test]
    fn addresses_that_a_build_understands() {
        let help = "HOST:PORT, plain://HOST:PORT or telnet://HOST:PORT\n--tls-cert <FILE>";
        let check = |name: ServerName, help: &str, address: &str, is_available: bool| {
            let abilities = Abilities::in_help(help);
            let server = Server { abilities, ..server(name, "hobnob-server") };
            assert_eq!(server.arguments(&Site::anywhere())[1], address, "{name:?}");
            assert_eq!(server.unavailable().is_none(), is_available, "{name:?}");
        };
        for name in [ServerName::Hobnob, ServerName::Baseline, ServerName::Memory] {
            check(name, help, "plain://127.0.0.1:PORT", true);
            check(name, "HOST:PORT or telnet://HOST:PORT", "127.0.0.1:PORT", true);
        }
        for name in [ServerName::Guess, ServerName::Tls] {
            check(name, help, "127.0.0.1:PORT", true);
            check(name, "HOST:PORT or telnet://HOST:PORT", "127.0.0.1:PORT", false);
        }
    }

    #[test]
    fn who_takes_part_in_what() {
        let of = |case: Case| {
            let all = ServerName::ALL.into_iter().filter(|name| name.takes_part_in(case));
            all.map(ServerName::name).collect::<Vec<_>>()
        };
        let over_tls = ["tls", "stunnel", "nginx", "limit-tls"];
        assert_eq!(of(Case::Rush), over_tls);
        assert_eq!(of(Case::Handshakes), [&over_tls[..], &["nginx-bare"]].concat());
        assert_eq!(of(Case::Flood).len(), ServerName::ALL.len() - 1);
    }

    #[test]
    fn versions_are_parsed() {
        let check = |text: &str, expected: &str| assert_eq!(version_in(text), expected);
        check("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0", "7.0.15");
        check("nats-server: v2.9.10", "2.9.10");
        check("nginx version: nginx/1.22.1", "1.22.1");
        check("stunnel 5.68 on x86_64-pc-linux-gnu platform", "5.68");
        check("ngIRCd 26.1-IDENT+IPv6+IRCPLUS", "26.1");
        check("hobnob-server 0.1.0", "0.1.0");
        check("a program", "of unknown version");
        check("", "of unknown version");
    }
}
