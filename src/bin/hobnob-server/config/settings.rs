//! The server's settings: their declaration as arguments, and the configuration that they make.
//!
//! This module does not know where a value comes from.

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hobnob::command::Secret;
use hobnob::limits;
use hobnob::model::language::Lang;
use hobnob::model::motd::Motd;
use hobnob::model::newcomer::Naming;
use hobnob::model::password::Password;
use hobnob::server::config::{self, Config};
use hobnob::store::threads::recorder::RetentionPolicy;
use ipnet::IpNet;
use tracing_subscriber::filter::Targets;

use crate::config::file::{is_pipe, read_at_most};
use crate::config::storage::Storage;
use crate::config::values::{
    Entrance, FloodSetting, Limit, NamingSetting, log_filter, network, whole_number,
};

/// The settings, by flag, environment variable or configuration file.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerSettings {
    /// Addresses to listen on, as HOST:PORT, plain://HOST:PORT or telnet://HOST:PORT; repeat the
    /// flag or separate them with commas.
    ///
    /// `localhost` is 127.0.0.1 and ::1. `0.0.0.0` is every IPv4 address of this machine, `[::]`
    /// every address. Port 0 picks a free port and prints it. At HOST:PORT, the server waits up to
    /// a second for the first bytes of each connection, which show whether it is a client of the
    /// chat; at a plain:// address, it greets everyone at once. At a telnet:// address, it asks
    /// each telnet client to let it edit and show the input line, below the messages; elsewhere,
    /// people turn this on with /edit on.
    #[arg(
        long,
        env = "HOBNOB_LISTEN",
        value_name = "ADDR",
        default_value = "localhost:8000",
        value_delimiter = ','
    )]
    pub(crate) listen: Vec<Entrance>,

    /// Number of threads that serve connections [default: one per core, minus one].
    ///
    /// The right number depends on the cores, not on the clients: each thread serves thousands.
    #[arg(long, env = "HOBNOB_THREADS", value_name = "N", value_parser = whole_number::<usize>)]
    threads: Option<usize>,

    /// Maximum number of clients; further ones are told that the server is full.
    #[arg(
        long,
        env = "HOBNOB_MAX_CLIENTS",
        value_name = "N",
        default_value_t = config::CLIENTS_MAX_DEFAULT,
        value_parser = whole_number::<usize>
    )]
    max_clients: usize,

    /// Maximum number of clients from one address, or one IPv6 /64; loopback is exempt.
    ///
    /// An address that opens more than 64 connections at once, or 30 per minute after that, is also
    /// refused for a while.
    #[arg(
        long,
        env = "HOBNOB_MAX_PER_ADDRESS",
        value_name = "N",
        default_value_t = config::CLIENTS_PER_ADDRESS_MAX_DEFAULT,
        value_parser = whole_number::<usize>
    )]
    max_per_address: usize,

    /// Network of proxies in front of this server, as ADDRESS or ADDRESS/BITS; repeat the flag or
    /// separate networks with commas.
    ///
    /// Each connection from there has to begin with a PROXY header (version 1 or 2, such as
    /// send-proxy in HAProxy), and counts as one from the address in it: for limits, bans, /whois
    /// and the log. From other addresses, such a header is rejected.
    #[arg(
        long,
        env = "HOBNOB_PROXY_FROM",
        value_name = "NET",
        value_delimiter = ',',
        value_parser = network
    )]
    proxy_from: Vec<IpNet>,

    /// Maximum length of a line, in bytes of text (64 to 16384); longer lines are not sent, and
    /// their author is told.
    #[arg(
        long,
        env = "HOBNOB_LINE_MAX",
        value_name = "BYTES",
        default_value_t = config::LINE_BYTES_MAX_DEFAULT,
        value_parser = whole_number::<usize>
    )]
    line_max: usize,

    /// Maximum amount of output queued for a client that is slow to read, in bytes.
    ///
    /// Two full batches of lines must fit, about 135 KiB with lines of the default length. Beyond
    /// this limit, lines of the room are skipped and counted for that client; at twice as much
    /// output that cannot be skipped, the client is disconnected.
    #[arg(
        long,
        env = "HOBNOB_SENDQ",
        value_name = "BYTES",
        default_value_t = config::SENDQ_BYTES_MAX_DEFAULT,
        value_parser = whole_number::<usize>
    )]
    sendq: usize,

    /// Seconds (1 to 86400) after which a client that accepts no output is disconnected.
    ///
    /// A trickle of bytes does not count as progress. Clients that only read may stay silent.
    #[arg(
        long,
        env = "HOBNOB_STALL_TIMEOUT",
        value_name = "SECS",
        default_value_t = config::STALL_TIMEOUT_DEFAULT.as_secs(),
        value_parser = whole_number::<u64>
    )]
    stall_timeout: u64,

    /// Rate limit per client: BURST lines at once, then PER_SECOND lines per second; or `off`.
    ///
    /// A paste of up to 100 more lines passes as one block. Faster input is delayed: the client is
    /// told after 2 s, and after 10 s it is muted for 10 s, during which each line is rejected with
    /// a message. Nobody is banned for it.
    #[arg(long, env = "HOBNOB_FLOOD", value_name = "BURST:PER_SECOND", default_value_t)]
    flood: FloodSetting,

    /// Language of the chat [default: from LC_ALL, LC_MESSAGES or LANG].
    ///
    /// It applies to the chat and to the text printed at startup. Help, errors and the log are in
    /// English.
    #[arg(long, env = "HOBNOB_LANG", value_name = "en|zh")]
    lang: Option<Lang>,

    /// How users are named: by a guest name such as amber-otter, or by their address and port.
    #[arg(
        long,
        env = "HOBNOB_NAMES",
        value_name = "guest|address",
        hide_possible_values = true,
        default_value = "guest"
    )]
    names: NamingSetting,

    /// Text file shown to everyone on joining (the message of the day), at most 50 lines and 8 KiB.
    #[arg(long, env = "HOBNOB_MOTD", value_name = "FILE")]
    pub(crate) motd: Option<PathBuf>,

    /// Password that everyone must enter before joining, 6 characters or more.
    ///
    /// Other users of this machine can see the command line. To hide the password from them, use
    /// the environment variable, or a configuration file that only the server's user can read.
    #[arg(
        long,
        env = "HOBNOB_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD",
        value_parser = |text: &str| Ok::<_, Infallible>(Secret::new(text))
    )]
    password: Option<Secret>,

    #[command(flatten)]
    pub(crate) storage: Storage,

    /// Number of recent lines shown to a user who joins a room, 0 to 200 [default: 20; 0 with
    /// --names address].
    ///
    /// A registered user who has been in the room before is told how many lines they missed
    /// instead.
    #[arg(
        long,
        env = "HOBNOB_HISTORY_REPLAY",
        value_name = "N",
        value_parser = whole_number::<usize>
    )]
    history_replay: Option<usize>,

    /// Number of lines that each room keeps, or `off` for no limit. 0 saves no messages and deletes
    /// those saved before. With --memory, at most 10000.
    #[arg(
        long,
        env = "HOBNOB_HISTORY_LINES",
        value_name = "N",
        default_value_t = Limit(Some(config::HISTORY_LINES_DEFAULT))
    )]
    history_lines: Limit,

    /// Number of days for which lines are kept, or `off` for no limit.
    #[arg(
        long,
        env = "HOBNOB_HISTORY_DAYS",
        value_name = "DAYS",
        default_value_t = Limit(Some(config::HISTORY_DAYS_DEFAULT))
    )]
    history_days: Limit,

    /// Filter for the log on standard error: a level (off, error, warn, info, debug, trace), or
    /// target=level pairs separated by commas [default: info, or warn on a terminal].
    ///
    /// Messages are never logged.
    #[arg(long, env = "HOBNOB_LOG", value_name = "FILTER", value_parser = log_filter)]
    pub(crate) log: Option<Targets>,
}

/// A setting with an invalid value.
#[derive(Debug)]
pub(crate) struct WrongSetting {
    /// The flag.
    pub(crate) flag: &'static str,
    /// The problem, including the flag's name.
    pub(crate) problem: String,
}

impl ServerSettings {
    /// Converts the settings to the server's configuration.
    pub(crate) fn config(&self, is_in_memory: bool) -> Result<Config, WrongSetting> {
        let defaults = Config::with_seed(fastrand::u64(..));
        let (naming, replay_lines) = match self.names {
            NamingSetting::Guest => (Naming::Guest, defaults.replay_lines),
            NamingSetting::Address => (Naming::Address, 0),
        };
        let config = Config {
            threads: self.threads.unwrap_or(defaults.threads),
            clients_max: self.max_clients,
            clients_per_address_max: self.max_per_address,
            proxies: self.proxy_from.clone(),
            line_bytes_max: self.line_max,
            sendq_bytes_max: self.sendq,
            stall_timeout: Duration::from_secs(self.stall_timeout),
            flood: self.flood.0,
            lang: self.lang.unwrap_or_else(Lang::of_environment),
            motd: self.motd()?,
            password: self.password()?,
            replay_lines: self.history_replay.unwrap_or(replay_lines),
            history: self.retention(is_in_memory),
            naming,
            ..defaults
        };
        config
            .check()
            .map_err(|error| WrongSetting { flag: error.setting(), problem: error.to_string() })?;
        Ok(config)
    }

    fn retention(&self, is_in_memory: bool) -> RetentionPolicy {
        let retention = RetentionPolicy {
            lines_per_room: self.history_lines.0,
            age: self.history_days.0.map(config::days),
            bytes_max: None,
        };
        if is_in_memory { retention.in_memory() } else { retention }
    }

    fn motd(&self) -> Result<Motd, WrongSetting> {
        let Some(path) = &self.motd else { return Ok(Motd::default()) };
        let wrong =
            |problem| WrongSetting { flag: "--motd", problem: format!("--motd: {problem}") };
        // The file is read again while the server runs, and reading a pipe would block.
        if is_pipe(path) {
            return Err(wrong(format!("{} is a pipe; name a file", path.display())));
        }
        let bytes = read_at_most(limits::MOTD_BYTES_MAX, path).map_err(wrong)?;
        Motd::parse(&bytes).map_err(|error| wrong(format!("{}: {error}", path.display())))
    }

    fn password(&self) -> Result<Option<Password>, WrongSetting> {
        let password = self.password.as_ref().map(|password| Password::new(password.expose()));
        // The message omits the password: standard error may be stored where others can read it.
        let wrong =
            |error| WrongSetting { flag: "--password", problem: format!("--password: {error}") };
        password.transpose().map_err(wrong)
    }
}
