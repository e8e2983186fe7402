//! The limits of this machine: descriptors and memory.

use std::fs;

use hobnob::limits;
use hobnob::server::config::Config;

/// Descriptors needed for these settings: a socket per client, a poll and a waker per thread, and a
/// reserve.
pub(crate) fn descriptors_needed(config: &Config) -> u64 {
    (config.clients_max + descriptors_kept(config)) as u64
}

/// Lowers the number of clients to what the descriptor limit allows, with a warning.
pub(crate) fn fit_to_descriptors(config: &mut Config, descriptors: u64) {
    let for_clients = descriptors.saturating_sub(descriptors_kept(config) as u64).max(1);
    if (config.clients_max as u64) > for_clients {
        tracing::warn!(
            asked = config.clients_max,
            lowered_to = for_clients,
            descriptors,
            "the limit on open descriptors allows fewer clients (ulimit -n raises it)"
        );
        config.clients_max = for_clients as usize;
    }
}

fn descriptors_kept(config: &Config) -> usize {
    limits::DESCRIPTORS_RESERVED + 2 * config.threads
}

/// The memory available to this process, in bytes: the machine's, or the control group's limit if
/// that is lower. `None` if the system does not report it.
pub(crate) fn memory_bytes() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kib * 1024)
    });
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok());
    [machine, group].into_iter().flatten().min()
}
