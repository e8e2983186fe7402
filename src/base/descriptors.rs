//! Open descriptors: how many the system lets a process have. Shared by the programs, each of which
//! needs one for every connection.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for any setting, where the machine has no limit of its own.
const UNLIMITED: u64 = 1 << 20;

/// Raises the soft limit on open descriptors to the hard one. The limit from then on.
pub fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let hard = limit.maximum.unwrap_or(UNLIMITED);
    let soft = limit.current.unwrap_or(hard);
    if soft >= hard {
        return soft;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(hard), maximum: limit.maximum }) {
        Ok(()) => hard,
        Err(_) => soft,
    }
}
