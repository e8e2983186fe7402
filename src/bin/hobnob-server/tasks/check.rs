//! `--check`: the limits, their memory cost, and whether the machine allows them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use hobnob::limits;
use hobnob::server::config::Config;
use hobnob::store::threads::recorder::RetentionPolicy;

use crate::machine;

/// Prints the report. The exit code is 1 if the machine does not allow the limits.
pub(crate) fn report(config: &Config, descriptors: u64) -> ExitCode {
    let (text, is_allowed) = describe(config, descriptors, machine::memory_bytes());
    // A closed standard output does not matter: the exit code still has the result.
    let _ = std::io::stdout().write_all(text.as_bytes());
    if is_allowed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn describe(config: &Config, descriptors: u64, memory: Option<u64>) -> (String, bool) {
    let flood = config.flood.map_or_else(|| "off".to_owned(), |rate| format!("lines: {rate}"));
    let worst = config.memory_worst_bytes();
    let needed = worst.server as u64 + worst.kernel as u64;
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<32}{value}");
    };
    row("connection threads", config.threads.to_string());
    row("clients", config.clients_max.to_string());
    row("  from one address", format!("{} (loopback exempt)", config.clients_per_address_max));
    let callers = |most| limits::callers_max(most, config.clients_max).to_string();
    row("unknown callers", callers(limits::UNKNOWN_MAX));
    row("  from one address", format!("{} (loopback exempt)", limits::UNKNOWN_PER_ADDRESS_MAX));
    row("  from each", format!("{} bytes", limits::UNKNOWN_BYTES_MAX));
    row("HTTP requests", callers(limits::VISITS_MAX));
    row("  from one address", format!("{} (loopback exempt)", limits::VISITS_PER_ADDRESS_MAX));
    row("line", format!("{} bytes", config.line_bytes_max));
    row("flood", flood);
    row("SendQ", format!("{} bytes", config.sendq_bytes_max));
    row("stall timeout", format!("{:?}", config.stall_timeout));
    row("time to join", format!("{:?}", limits::HANDSHAKE_TIMEOUT));
    row("shutdown", format!("{:?} at most", limits::SHUTDOWN_TIMEOUT));
    let password = if config.password.is_some() { "required" } else { "none" };
    row("password", password.to_owned());
    let motd = match config.motd.lines().len() {
        0 => "none".to_owned(),
        lines => format!("lines: {lines}"),
    };
    row("message of the day", motd);
    row("lines shown on joining a room", format!("{} lines", config.replay_lines));
    row("history kept for each room", kept(&config.history));
    row("memory, if all clients stall", mebibytes(needed));
    row("  in the server", mebibytes(worst.server as u64));
    row("  in the kernel, for sockets", mebibytes(worst.kernel as u64));

    let memory_allows = memory.is_none_or(|memory| needed <= memory);
    let memory = memory.map_or_else(|| "unknown".to_owned(), mebibytes);
    row("  this machine has", verdict(&memory, memory_allows, "lower --max-clients or --sendq"));
    let descriptors_needed = machine::descriptors_needed(config);
    let descriptors_allow = descriptors_needed <= descriptors;
    row("open descriptors", descriptors_needed.to_string());
    let advice = "raise the limit (ulimit -n) or lower --max-clients";
    row("  this machine allows", verdict(&descriptors.to_string(), descriptors_allow, advice));
    (text, memory_allows && descriptors_allow)
}

/// How long messages are kept.
fn kept(history: &RetentionPolicy) -> String {
    let lines = match history.lines_per_room {
        Some(0) => return "nothing".to_owned(),
        Some(lines) => format!("{lines} lines"),
        None => "all lines".to_owned(),
    };
    let age = history
        .age
        .map_or_else(String::new, |age| format!(", for {} days", age.as_secs() / (24 * 60 * 60)));
    let all = history.bytes_max.map_or_else(String::new, |bytes| {
        format!(", in memory: {} for all rooms", mebibytes(bytes))
    });
    lines + &age + &all
}

fn verdict(what: &str, is_enough: bool, advice: &str) -> String {
    if is_enough { format!("{what}: enough") } else { format!("{what}: NOT ENOUGH; {advice}") }
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_follows_the_machine() {
        let config = Config::with_seed(1);
        let needed = machine::descriptors_needed(&config);
        let check = |descriptors: u64, memory: u64, expected: bool| {
            let (text, is_allowed) = describe(&config, descriptors, Some(memory));
            assert_eq!(is_allowed, expected, "{text}");
            assert_eq!(text.contains("NOT ENOUGH"), !expected, "{text}");
        };
        check(needed, 1 << 40, true);
        check(needed - 1, 1 << 40, false);
        check(needed, 1 << 20, false);
    }
}
