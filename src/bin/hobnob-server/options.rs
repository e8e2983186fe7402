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
use hobnob::store::threads::history::Keeping;
use tracing_subscriber::filter::Targets;

use crate::config::file::{is_pipe, read_at_most};
use crate::config::storage::Storage;
use crate::config::values::{
    Entrance, Flood, Limit, Names, Secret, log_filter, port_alone, whole_number,
};
use crate::tasks::task::Task;

const AFTER_HELP: &str = "\
JOINING
    telnet localhost 8000, nc localhost 8000, or hobnob localhost:8000. Everybody enters the lobby;
    what you type is shown to all there when you press Enter. /help lists the commands; /quit
    leaves.

ACCOUNTS, ROOMS AND HISTORY
    Registered names, with Argon2id hashes of their passwords, what their owners have chosen, their
    rooms and messages that wait for them are in hobnob.db in --data, and what is said in rooms. A
    damaged file or one of a newer version is left as it is, and the server says what to do.

    What is said is on the disk within a moment, and talking never waits for that: a full or silent
    disk is told in the log, what is said waits for it (up to 32 MiB), and what does not fit is
    marked as missing. Private messages are kept only until they are read.

SLOW READERS
    A client that does not read holds up nobody. Once its SendQ is full it is shown no more of the
    room; when it reads again it is told how many lines it missed. If it takes nothing for the stall
    timeout, it is disconnected.

SIGNALS
    SIGINT (Ctrl-C), SIGTERM and SIGHUP each shut the server down: what has been said is delivered,
    everybody is told, and the exit code is 0. This takes 5 seconds at most, and 2 where a client
    does not close its end. A second signal ends it at once, with exit code 130. (SIGHUP does so
    even where nohup had it ignored; use setsid to keep a server running after its terminal is
    closed.)

EXIT CODES
    0 after a shutdown, 1 if the server could not start or failed, 2 for a wrong setting.

EXAMPLES
    hobnob-server                               for this machine alone, on port 8000
    hobnob-server --listen '[::]:8000'          for the whole network, IPv6 and IPv4
    hobnob-server --listen localhost:8000,telnet://localhost:8023     two ways into the same rooms
    HOBNOB_LANG=zh hobnob-server --names address
    hobnob-server config > hobnob.toml          the settings as a file, for --config hobnob.toml
    hobnob-server export --room lobby           what was said in #lobby, also while the server runs
    hobnob-server backup copy.db                a copy of what is kept, also while the server runs";

/// A chat server that anyone on the network joins with telnet, nc or hobnob.
///
/// It needs no configuration. Each setting can also be given as the environment variable named
/// beside it, or in a file (--config). The command line comes first, then the variables, then the
/// file.
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
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) settings: Settings,

    /// A file with settings, in TOML; `hobnob-server config` prints one.
    ///
    /// Its keys are the names of the flags: max-clients = 100. While the server runs it is read
    /// again when it changes, and the log says what becomes of that.
    #[arg(long, env = "HOBNOB_CONFIG", value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,

    /// Print the limits, what they cost in memory at worst, and whether this machine allows them;
    /// then exit, with 1 if it does not.
    #[arg(long)]
    pub(crate) check: bool,

    /// Print a token by which somebody can become an owner although there is one, such as an owner
    /// who has lost the password. Without an owner there always is one.
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
pub(crate) struct Settings {
    /// Where to listen, as HOST:PORT or telnet://HOST:PORT; may be given several times, or with
    /// commas between.
    ///
    /// `localhost` is 127.0.0.1 and ::1. `0.0.0.0` is every IPv4 address of this machine, `[::]`
    /// every address. Port 0 takes a free port and prints it. Behind telnet:// each telnet is asked
    /// to let the server edit and show what is typed, below what others say; elsewhere people ask
    /// for that by /edit on.
    #[arg(
        long,
        env = "HOBNOB_LISTEN",
        value_name = "ADDR",
        default_value = "localhost:8000",
        value_delimiter = ','
    )]
    pub(crate) listen: Vec<Entrance>,

    /// Threads that serve connections [default: one for each core but one].
    ///
    /// They follow the cores, not the clients: each serves thousands.
    #[arg(long, env = "HOBNOB_THREADS", value_name = "N", value_parser = whole_number::<usize>)]
    threads: Option<usize>,

    /// Clients that may be here at one time; the next one is told that the server is full.
    #[arg(
        long,
        env = "HOBNOB_MAX_CLIENTS",
        value_name = "N",
        default_value_t = config::CLIENTS_MAX_DEFAULT,
        value_parser = whole_number::<usize>
    )]
    max_clients: usize,

    /// Clients that may be here from one address, or one IPv6 /64; loopback is exempt.
    ///
    /// An address that opens more than 64 connections at once, or 30 a minute after that, is
    /// refused for a while too.
    #[arg(
        long,
        env = "HOBNOB_MAX_PER_ADDRESS",
        value_name = "N",
        default_value_t = config::CLIENTS_PER_ADDRESS_MAX_DEFAULT,
        value_parser = whole_number::<usize>
    )]
    max_per_address: usize,

    /// Longest line, in bytes of text (64 to 16384); a longer one is not sent, and its author told
    /// so.
    #[arg(
        long,
        env = "HOBNOB_LINE_MAX",
        value_name = "BYTES",
        default_value_t = config::LINE_BYTES_MAX_DEFAULT,
        value_parser = whole_number::<usize>
    )]
    line_max: usize,

    /// How much may wait for a client whose connection takes no more, in bytes.
    ///
    /// Two full batches of lines must fit, which is some 135 KiB with lines of the default length.
    /// Beyond it lines of the room are skipped and counted for that client; at twice as much of
    /// what cannot be skipped it is disconnected.
    #[arg(
        long,
        env = "HOBNOB_SENDQ",
        value_name = "BYTES",
        default_value_t = config::SENDQ_BYTES_MAX_DEFAULT,
        value_parser = whole_number::<usize>
    )]
    sendq: usize,

    /// After how many seconds (1 to 86400) a client that takes nothing is disconnected.
    ///
    /// A byte now and then is nothing. Silence is no fault: who only reads may stay.
    #[arg(
        long,
        env = "HOBNOB_STALL_TIMEOUT",
        value_name = "SECS",
        default_value_t = config::STALL_TIMEOUT_DEFAULT.as_secs(),
        value_parser = whole_number::<u64>
    )]
    stall_timeout: u64,

    /// How fast a client may talk: so many lines at once, then so many a second; or `off`.
    ///
    /// A paste of up to 100 more lines passes as one block. Who goes on faster is held back, told
    /// so after 2 s, and after 10 s not heard for 10 s: each line is answered then. Nobody is
    /// banned for it.
    #[arg(long, env = "HOBNOB_FLOOD", value_name = "BURST:PER_SECOND", default_value_t)]
    flood: Flood,

    /// The language that people are spoken to in [default: by LC_ALL, LC_MESSAGES or LANG].
    ///
    /// The chat and what is printed at start. Help, errors and the log are in English.
    #[arg(long, env = "HOBNOB_LANG", value_name = "en|zh")]
    lang: Option<Lang>,

    /// How people are named: by a name such as amber-otter, or by their address and port.
    #[arg(
        long,
        env = "HOBNOB_NAMES",
        value_name = "guest|address",
        hide_possible_values = true,
        default_value = "guest"
    )]
    names: Names,

    /// A text file that everybody who comes in is shown, with 50 lines and 8 KiB at most.
    #[arg(long, env = "HOBNOB_MOTD", value_name = "FILE")]
    pub(crate) motd: Option<PathBuf>,

    /// What everybody has to type before they come in, 6 characters or more.
    ///
    /// Other users of this machine can see a command line: the variable, or a configuration file
    /// that only the server's user can read, keeps it from them.
    #[arg(long, env = "HOBNOB_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    password: Option<Secret>,

    #[command(flatten)]
    pub(crate) storage: Storage,

    /// Lines of what was said before that who comes into a room is shown, 0 to 200 [default: 20; 0
    /// with --names address, where everything is as in the original].
    ///
    /// Somebody registered who has been there is told what they have missed instead.
    #[arg(
        long,
        env = "HOBNOB_HISTORY_REPLAY",
        value_name = "N",
        value_parser = whole_number::<usize>
    )]
    history_replay: Option<usize>,

    /// How many lines each room keeps, the last ones; `off` for all. 0 keeps nothing that is said,
    /// and removes what was kept before. With --memory 10,000 at most.
    #[arg(
        long,
        env = "HOBNOB_HISTORY_LINES",
        value_name = "N",
        default_value_t = Limit(Some(config::HISTORY_LINES_DEFAULT))
    )]
    history_lines: Limit,

    /// For how many days lines are kept; `off` for as long as the server's file is.
    #[arg(
        long,
        env = "HOBNOB_HISTORY_DAYS",
        value_name = "DAYS",
        default_value_t = Limit(Some(config::HISTORY_DAYS_DEFAULT))
    )]
    history_days: Limit,

    /// What is logged to standard error: a level (off, error, warn, info, debug, trace), or
    /// target=level pairs with commas between them [default: info, or warn on a terminal].
    ///
    /// Nothing that anybody says is ever logged.
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

impl Settings {
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
                Names::Guest => defaults.replay_lines,
                Names::Address => 0,
            }),
            history: self.keeping(),
            naming: match self.names {
                Names::Guest => Naming::Guest,
                Names::Address => Naming::Address,
            },
            ..defaults
        };
        config
            .check()
            .map_err(|error| WrongSetting { flag: error.setting(), problem: error.to_string() })?;
        Ok(config)
    }

    fn keeping(&self) -> Keeping {
        let keeping = Keeping {
            lines_per_room: self.history_lines.0,
            age: self.history_days.0.map(config::days),
            bytes_max: None,
        };
        match self.storage {
            Storage::Nowhere => keeping.in_memory(),
            Storage::Folder(_) | Storage::UserState => keeping,
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
        self.password.as_ref().map(|Secret(text)| Password::new(text).map_err(wrong)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Options::command().debug_assert();
    }
}
