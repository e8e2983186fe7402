//! What tests want of the machine they run on: all of it at times, and descriptors.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub(crate) const MEBIBYTE: usize = 1024 * 1024;

/// Loads that fill the machine come one at a time, so that they measure the server and not each
/// other.
pub(crate) fn machine_to_myself() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Raises the limit on open descriptors of this process, for tests with thousands of clients.
pub(crate) fn raise_descriptor_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}
