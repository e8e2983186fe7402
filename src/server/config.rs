//! Settings, and the relations between all limits.
//!
//! [`Config::check`] finds combinations that cannot work before anything is started. This module
//! knows nothing of command lines; its messages name the flags of the binary.

use std::time::Duration;

use ipnet::IpNet;

use crate::base::clock::whole_seconds;
use crate::base::rate_limit::Rate;
use crate::chat::state::options::ChatOptions;
use crate::model::frame;
use crate::model::{Cost, Lang, Motd, Naming, Password};
use crate::net::connection::ConnectionOptions;
use crate::server::reload::LiveSettings;
use crate::store::threads::recorder::RetentionPolicy;
use crate::terminal::line::TYPED_BYTES_MAX;
use crate::{limits, text};

/// Default number of clients: what a default kernel can carry. A stated figure is better than none.
pub const CLIENTS_MAX_DEFAULT: usize = 10_000;

/// Default number of clients from one address: a class or a LAN party behind one router, or in the
/// one /64 that its IPv6 addresses share.
pub const CLIENTS_PER_ADDRESS_MAX_DEFAULT: usize = 64;

/// Default maximum of bytes in a line: twice that of IRC, and the same as in its successors.
pub const LINE_BYTES_MAX_DEFAULT: usize = 1024;

/// Default SendQ in bytes: two full batches and as much again.
pub const SENDQ_BYTES_MAX_DEFAULT: usize = 256 * 1024;

/// Default time after which a reader that accepts no whole batch is disconnected.
pub const STALL_TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);

/// Default flood limit, in lines at once and lines per second: nobody types faster, and a short
/// paste passes.
pub const FLOOD_DEFAULT: (u32, u32) = (20, 5);

/// Default number of recent lines shown to a user who joins a room: most of a screen.
pub const REPLAY_LINES_DEFAULT: usize = 20;

/// Default number of lines that a room keeps: years of most rooms, and some tens of megabytes on
/// disk.
pub const HISTORY_LINES_DEFAULT: u64 = 100_000;

/// Default number of days for which lines are kept.
pub const HISTORY_DAYS_DEFAULT: u64 = 365;

/// The state of a connection outside the buffers counted below, in bytes: both parts of it, in the
/// connection and in the chat, and the allocator's overhead.
const CONNECTION_BYTES: usize = 2048;

/// The state of a line being edited by the server, in bytes: the typed text, the deleted text, the
/// text set aside while recalling earlier lines, and the part on the screen.
const EDITING_BYTES: usize = 4 * TYPED_BYTES_MAX + limits::RECALL_BYTES_MAX;

/// A read marker with the overhead of its table, in bytes.
const MARK_BYTES: usize = 64;

/// An account and everything that belongs to it, in bytes.
const ACCOUNT_BYTES: usize = 512;

/// A setting, or a pair of settings, that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} {problem}")]
pub struct ConfigError {
    setting: &'static str,
    problem: String,
}

impl ConfigError {
    /// The flag of the setting, as the message names it.
    pub fn setting(&self) -> &'static str {
        self.setting
    }
}

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Connection threads.
    pub threads: usize,
    /// Maximum number of clients.
    pub clients_max: usize,
    /// Maximum number of clients from one address; loopback is exempt.
    pub clients_per_address_max: usize,
    /// The networks of proxies, which have to announce the addresses of their clients.
    pub proxies: Vec<IpNet>,
    /// The longest line, in bytes without its end.
    pub line_bytes_max: usize,
    /// The SendQ of each client, in bytes.
    pub sendq_bytes_max: usize,
    /// How long the head of a SendQ may wait for its socket.
    pub stall_timeout: Duration,
    /// How fast a client may talk; `None` for no limit.
    pub flood: Option<Rate>,
    /// The language of the texts for users.
    pub lang: Lang,
    /// How clients that request no name are named.
    pub naming: Naming,
    /// The message of the day, shown to everyone on connecting.
    pub motd: Motd,
    /// The server password; `None` admits everyone.
    pub password: Option<Password>,
    /// Number of recent lines shown to a user who joins a room.
    pub replay_lines: usize,
    /// How much of what is said is kept, and for how long; zero lines for nothing.
    pub history: RetentionPolicy,
    /// The maximum number of consecutive arrivals or departures that are shown one by one.
    pub notice_run_max: usize,
    /// A random number, different at each start.
    pub seed: u64,
}

impl Config {
    /// The settings that can change while the server runs.
    pub fn live(&self) -> LiveSettings {
        let Self { motd, password, flood, .. } = self.clone();
        LiveSettings { motd, password, flood }
    }

    /// The default settings with this random number.
    pub fn with_seed(seed: u64) -> Self {
        let (burst, per_second) = FLOOD_DEFAULT;
        Self {
            threads: threads_default(),
            clients_max: CLIENTS_MAX_DEFAULT,
            clients_per_address_max: CLIENTS_PER_ADDRESS_MAX_DEFAULT,
            proxies: Vec::new(),
            line_bytes_max: LINE_BYTES_MAX_DEFAULT,
            sendq_bytes_max: SENDQ_BYTES_MAX_DEFAULT,
            stall_timeout: STALL_TIMEOUT_DEFAULT,
            flood: burst
                .try_into()
                .ok()
                .zip(per_second.try_into().ok())
                .map(|(burst, per_second)| Rate::per_second(burst, per_second)),
            lang: Lang::default(),
            naming: Naming::default(),
            motd: Motd::default(),
            password: None,
            replay_lines: REPLAY_LINES_DEFAULT,
            history: RetentionPolicy {
                lines_per_room: Some(HISTORY_LINES_DEFAULT),
                age: Some(days(HISTORY_DAYS_DEFAULT)),
                bytes_max: None,
            },
            notice_run_max: limits::NOTICE_RUN_MAX,
            seed,
        }
    }

    /// Checks each setting and the relations between the limits.
    ///
    /// # Errors
    /// The first invalid setting and its valid range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let between = |setting, value: usize, least: usize, most: usize, unit: &str| {
            let problem = format!("must be between {least} and {most}{unit}");
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(ConfigError { setting, problem })
            }
        };
        between("--threads", self.threads, 1, 1024, "")?;
        between("--max-clients", self.clients_max, 1, 1_000_000, "")?;
        between("--max-per-address", self.clients_per_address_max, 1, 1_000_000, "")?;
        // The longest line, rendered, has to fit a batch. The lower limit still allows for a
        // greeting.
        between("--line-max", self.line_bytes_max, 64, 16 * 1024, " bytes")?;
        // A batch must find room behind another one that a socket has just refused.
        let two_batches = 2 * self.batch_charge_max();
        between("--sendq", self.sendq_bytes_max, two_batches, 1 << 30, " bytes")?;
        let stall_seconds = whole_seconds(self.stall_timeout) as usize;
        between("--stall-timeout", stall_seconds, 1, 24 * 60 * 60, " seconds")?;
        between("--history-replay", self.replay_lines, 0, limits::REPLAY_LINES_MAX, " lines")?;
        between("the run of notices", self.notice_run_max, 1, usize::MAX, "")
    }

    /// The memory that all clients and rooms together can take in the worst case, in bytes: each
    /// client is a reader that has stopped, at a moment of its own, each room is full of long
    /// lines, and the disk has stopped as well. Includes the accounts, and the memory for hashing
    /// one password.
    pub fn memory_worst_bytes(&self) -> MemoryWorst {
        // The buffers of a socket cost the kernel up to twice what they hold (socket(7)).
        let kernel = 2 * (limits::SOCKET_SEND_BUFFER_BYTES + limits::SOCKET_RECEIVE_BUFFER_BYTES);
        let sendq = self.sendq_worst_bytes();
        // Each client may have a presentation of its own, and share no frame.
        let on_its_way = limits::BATCHES_ON_THEIR_WAY_MAX * self.batch_charge_max();
        let input = limits::READ_TURN_BYTES_MAX + 2 * self.line_bytes_max + EDITING_BYTES;
        let client = sendq + on_its_way + input + CONNECTION_BYTES;
        let archive = self.history.bytes_max.map_or(0, |bytes| bytes as usize);
        let past = archive
            + limits::ROOMS_MAX * limits::RECENT_BYTES_MAX
            + limits::HISTORY_BACKLOG_BYTES_MAX
            + limits::MARKS_MAX * MARK_BYTES;
        let accounts = limits::ACCOUNTS_MAX * ACCOUNT_BYTES + Cost::STANDARD.memory_bytes();
        let server = client * self.clients_max + past + accounts;
        MemoryWorst { server, kernel: kernel * self.clients_max }
    }

    /// The maximum size of one SendQ, in bytes: answers up to twice its limit, and last words.
    pub(crate) fn sendq_worst_bytes(&self) -> usize {
        2 * self.sendq_bytes_max + self.batch_charge_max()
    }

    /// The settings that all connections share.
    pub fn connection_options(&self) -> ConnectionOptions {
        ConnectionOptions {
            lang: self.lang,
            sendq_bytes_max: self.sendq_bytes_max,
            stall_timeout: self.stall_timeout,
            flood: self.flood,
            password: self.password.clone(),
            says_how_to_end: self.naming == Naming::Guest,
        }
    }

    /// The options of the chat, with or without a history.
    pub fn chat_options(&self, keeps_history: bool) -> ChatOptions {
        ChatOptions {
            naming: self.naming,
            lang: self.lang,
            recent_lines_max: self.recent_lines_max(),
            origin: self.seed,
            replay_lines: self.replay_lines,
            history_age: self.history.age,
            keeps_history,
        }
    }

    /// Lines of each room that are kept in memory: as many as any user can choose to be shown on
    /// joining, which is more than a page for those who ask.
    pub fn recent_lines_max(&self) -> usize {
        let at_hand = limits::REPLAY_LINES_MAX;
        match self.history.lines_per_room {
            Some(lines @ 1..) => at_hand.min(usize::try_from(lines).unwrap_or(usize::MAX)),
            _ => at_hand,
        }
    }

    /// TCP_USER_TIMEOUT: longer than the stall timeout. It also ends peers whose window is shut,
    /// and the server's own rule must act first.
    pub fn user_timeout(&self) -> Duration {
        self.stall_timeout + limits::USER_TIMEOUT_MARGIN
    }

    /// The size of a full batch, which is full only when its last line has been added.
    fn batch_charge_max(&self) -> usize {
        let longest_line = self.line_bytes_max * text::GROWTH_MAX + limits::NAME_BYTES_MAX;
        limits::BATCH_BYTES_MAX + frame::charge_bytes(longest_line, 1)
    }
}

/// A duration in days.
pub fn days(days: u64) -> Duration {
    Duration::from_secs(days.saturating_mul(24 * 60 * 60))
}

/// One connection thread for each core but one. The broadcaster needs part of a core. A batch that
/// is handed to more threads than can run at a time is written in smaller pieces by all of them: on
/// two cores, one thread takes 0.7 of the processor time of two in a flood, and admits new clients
/// faster.
fn threads_default() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (cores - 1).max(1)
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryWorst {
    /// In the server's own process.
    pub server: usize,
    /// In the kernel, for the buffers of the sockets.
    pub kernel: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_work_and_invalid_settings_are_explained() {
        let check = |change: fn(&mut Config), expected: Option<&str>| {
            let mut config = Config::with_seed(1);
            change(&mut config);
            let error = config.check().err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), expected);
        };
        check(|_| {}, None);
        check(|config| config.threads = 0, Some("--threads must be between 1 and 1024"));
        check(|config| config.clients_max = 0, Some("--max-clients must be between 1 and 1000000"));
        let line_max = Some("--line-max must be between 64 and 16384 bytes");
        check(|config| config.line_bytes_max = 1, line_max);
        check(|config| config.line_bytes_max = 1 << 20, line_max);
        check(|config| config.line_bytes_max = 8192, None);
        let stall_timeout = Some("--stall-timeout must be between 1 and 86400 seconds");
        check(|config| config.stall_timeout = Duration::ZERO, stall_timeout);
        check(|config| config.stall_timeout = Duration::from_secs(86_401), stall_timeout);
        check(|config| config.stall_timeout = Duration::from_millis(1), None);
    }

    #[test]
    fn a_sendq_holds_two_batches() {
        let mut config = Config::with_seed(1);
        config.sendq_bytes_max = 2 * limits::BATCH_BYTES_MAX;
        assert!(config.check().is_err(), "a batch is full when its last line has been added");
        config.sendq_bytes_max = 2 * config.batch_charge_max();
        assert_eq!(config.check(), Ok(()));
    }
}
