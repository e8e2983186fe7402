//! Exclusive use of the machine and of its time, for tests that need it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) const MEBIBYTE: usize = 1024 * 1024;

/// Tests with a load that fills the machine run one at a time, so that they measure the server and
/// not each other.
pub(crate) fn machine_to_myself() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets time pass while others do something.
pub(crate) fn lets_pass(time: Duration) {
    let nothing_comes = crossbeam_channel::never::<()>().recv_timeout(time);
    assert!(nothing_comes.is_err());
}
