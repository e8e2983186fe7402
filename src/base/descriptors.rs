//! The limit on open file descriptors. All programs use this, because each needs a descriptor for
//! every connection.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Used if the system has no hard limit; enough for any setting.
const UNLIMITED: u64 = 1 << 20;

/// Raises the soft limit on open descriptors to the hard one, and returns the limit that now
/// applies.
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
