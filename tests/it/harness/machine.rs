//! Exclusive use of the machine, for tests that need it.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) const MEBIBYTE: usize = 1024 * 1024;

/// Tests with a load that fills the machine run one at a time, so that they measure the server and
/// not each other.
pub(crate) fn machine_to_myself() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}
