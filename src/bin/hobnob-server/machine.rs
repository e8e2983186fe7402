//! The limits of this machine: descriptors and memory.

use std::fs;

use hobnob::limits;
use hobnob::server::config::Config;

/// Descriptors needed for these settings: a socket per client and per caller that is none, a poll
/// and a waker per thread, and a reserve.
pub(crate) fn descriptors_needed(config: &Config) -> u64 {
    descriptors_needed_for(config.clients_max, config)
}

fn descriptors_needed_for(clients: usize, config: &Config) -> u64 {
    let unknown = limits::callers_max(limits::UNKNOWN_MAX, clients);
    let visits = limits::callers_max(limits::VISITS_MAX, clients);
    (clients + unknown + visits + limits::DESCRIPTORS_RESERVED + 2 * config.threads) as u64
}

/// Lowers the number of clients to what the descriptor limit allows, with a warning.
pub(crate) fn fit_to_descriptors(config: &mut Config, descriptors: u64) {
    let fit = |clients: &usize| descriptors_needed_for(*clients, config) <= descriptors;
    let for_clients = (1..=config.clients_max).rev().find(fit).unwrap_or(1);
    if config.clients_max > for_clients {
        tracing::warn!(
            asked = config.clients_max,
            lowered_to = for_clients,
            descriptors,
            "the limit on open descriptors allows fewer clients (ulimit -n raises it)"
        );
        config.clients_max = for_clients;
    }
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
