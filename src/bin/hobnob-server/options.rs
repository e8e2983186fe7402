//! The command line and the environment.

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser};
use hobnob::lang::Lang;
use hobnob::limits;
use hobnob::model::motd::Motd;
use hobnob::model::newcomer::Naming;
use hobnob::model::password::Password;
use hobnob::server::config::{self, Config};
use hobnob::store::threads::recorder::RetentionPolicy;
use tracing_subscriber::filter::Targets;

use crate::config::file::{is_pipe, read_at_most};
use crate::config::storage::Storage;
use crate::config::values::{
    Entrance, FloodSetting, Limit, NamingSetting, SecretSetting, log_filter, port_alone,
    whole_number,
};
use crate::tasks::task::Task;

const AFTER_HELP: &str = "\
JOINING
    Use telnet localhost 8000, nc localhost 8000, or hobnob localhost:8000. Everyone starts in the
    lobby: type a line and press Enter, and everyone there sees it. /help lists the commands; /quit
    leaves.

ACCOUNTS, ROOMS AND HISTORY
    The file hobnob.db in the --data folder holds registered names, with Argon2id hashes of their
    passwords, the settings of their owners, their rooms, unread private messages, and the history
    of the rooms. The server does not touch a damaged file or one from a newer version, and says
    what to do.

    Messages reach the disk within moments, and the chat never waits for it. If the disk is full or
    does not respond, the log says so, messages wait in memory (up to 32 MiB), and those that do not
    fit are marked as missing. Private messages are kept only until they are read.

SLOW READERS
    A client that stops reading does not hold up anyone. Once its SendQ is full, lines of the room
    are skipped; when it reads again, it is told how many it missed. If it accepts nothing for the
    stall timeout, it is disconnected.

SIGNALS
    SIGINT (Ctrl-C), SIGTERM and SIGHUP shut the server down: messages already sent are delivered,
    everyone is told, and the exit code is 0. This takes at most 5 seconds (2 if only clients that
    do not close their end remain). A second signal stops the server at once, with exit code 130.
    SIGHUP does so even under nohup; to keep a server running after its terminal is closed, use
    setsid.

EXIT CODES
    0 after a shutdown, 1 if the server could not start or failed, 2 for an invalid setting.

EXAMPLES
    hobnob-server                               for this machine only, on port 8000
    hobnob-server --listen '[::]:8000'          for the whole network, IPv6 and IPv4
    hobnob-server --listen localhost:8000,telnet://localhost:8023     two ways into the same rooms
    HOBNOB_LANG=zh hobnob-server --names address
    hobnob-server config > hobnob.toml          the settings as a file, for --config hobnob.toml
    hobnob-server export --room lobby           print the history of #lobby, even while it runs
    hobnob-server backup copy.db                copy the data, even while the server runs";

/// A chat server that anyone on the network joins with telnet, nc or hobnob.
///
/// It needs no configuration. Each setting can also be given as the environment variable shown
/// beside it, or in a file (--config). The command line overrides environment variables, which
/// override the file.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "hobnob-server",
    version,
    after_long_help = AFTER_HELP,
    max_term_width = 100,
    allow_negative_numbers = true,
    // The subcommands do not use the server's settings; --data before a subcommand would have no
    // effect.
    args_conflicts_with_subcommands = true
)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) settings: ServerSettings,

    /// A TOML file with settings; `hobnob-server config` prints one.
    ///
    /// Its keys are the names of the flags: max-clients = 100. The server reloads the file when it
    /// changes; the log says which changes took effect.
    #[arg(long, env = "HOBNOB_CONFIG", value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,

    /// Print the limits, how much memory they can take at most, and whether this machine allows
    /// them; then exit, with code 1 if it does not.
    #[arg(long)]
    pub(crate) check: bool,

    /// Print a token for /claim even though the server has an owner, for example when an owner has
    /// lost the password. A server without an owner always prints one.
    #[arg(long)]
    pub(crate) new_owner: bool,

    /// What other servers call it. It is not taken, since it says nothing of the address.
    #[arg(long, short = 'p', hide = true, value_parser = port_alone)]
    port: Option<Infallible>,

    // Must come after `storage`, which checks for a subcommand: clap fills the fields in this order
    // and removes this one from the matches.
    /// What to do instead of serving.
    #[command(subcommand)]
    pub(crate) task: Option<Task>,
}

/// The settings, by flag, environment variable or configuration file.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerSettings {
    /// Addresses to listen on, as HOST:PORT or telnet://HOST:PORT; repeat the flag or separate them
    /// with commas.
    ///
    /// `localhost` is 127.0.0.1 and ::1. `0.0.0.0` is every IPv4 address of this machine, `[::]`
    /// every address. Port 0 picks a free port and prints it. At a telnet:// address, the server
    /// asks each telnet client to let it edit and show the input line, below the messages;
    /// elsewhere, people turn this on with /edit on.
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
    #[arg(long, env = "HOBNOB_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    password: Option<SecretSetting>,

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
    pub(crate) fn config(&self) -> Result<Config, WrongSetting> {
        let defaults = Config::with_seed(fastrand::u64(..));
        let config = Config {
            threads: self.threads.unwrap_or(defaults.threads),
            clients_max: self.max_clients,
            clients_per_address_max: self.max_per_address,
            line_bytes_max: self.line_max,
            sendq_bytes_max: self.sendq,
            stall_timeout: Duration::from_secs(self.stall_timeout),
            flood: self.flood.0,
            lang: self.lang.unwrap_or_else(Lang::of_environment),
            motd: self.motd()?,
            password: self.password()?,
            replay_lines: self.history_replay.unwrap_or(match self.names {
                NamingSetting::Guest => defaults.replay_lines,
                NamingSetting::Address => 0,
            }),
            history: self.retention(),
            naming: match self.names {
                NamingSetting::Guest => Naming::Guest,
                NamingSetting::Address => Naming::Address,
            },
            ..defaults
        };
        config
            .check()
            .map_err(|error| WrongSetting { flag: error.setting(), problem: error.to_string() })?;
        Ok(config)
    }

    fn retention(&self) -> RetentionPolicy {
        let retention = RetentionPolicy {
            lines_per_room: self.history_lines.0,
            age: self.history_days.0.map(config::days),
            bytes_max: None,
        };
        match self.storage {
            Storage::Nowhere => retention.in_memory(),
            Storage::Folder(_) | Storage::UserState => retention,
        }
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
        // The message omits the password: standard error may be stored where others can read it.
        let wrong =
            |error| WrongSetting { flag: "--password", problem: format!("--password: {error}") };
        self.password
            .as_ref()
            .map(|SecretSetting(text)| Password::new(text).map_err(wrong))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }
}
