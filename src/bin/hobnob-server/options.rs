//! The command line.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::Parser;

use crate::config::settings::ServerSettings;
use crate::config::values::port_alone;
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

    Users take back messages with /delete and remove their accounts with /unregister. The server
    overwrites deleted messages on the disk. hobnob-server person exports or erases everything that
    is stored about a person.

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
    hobnob-server backup copy.db                copy the data, even while the server runs
    hobnob-server person maria export           print what is stored about maria";

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

    /// What to do instead of serving.
    #[command(subcommand)]
    pub(crate) task: Option<Task>,
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
