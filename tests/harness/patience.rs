//! Waiting for events rather than for a fixed time.

use std::time::{Duration, Instant};

/// A limit for operations that should be immediate, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A limit for programs that do many things in sequence, such as a comparison, which waits in every
/// round until all clients have been announced.
pub(crate) const RUN_PATIENCE: Duration = Duration::from_secs(300);

/// Polls until `look` finds something. For conditions that send no notification.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, look)
}

/// The same with a longer limit.
#[track_caller]
pub(crate) fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < patience, "waited too long: {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}
