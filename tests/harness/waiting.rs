//! Waiting for something, and not for a time.

use std::time::{Duration, Instant};

/// How long anything may take that should happen at once, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a program may run that does many things one after the other, such as a comparison: in
/// each of its rounds it waits until everybody has been announced.
pub(crate) const RUN_PATIENCE: Duration = Duration::from_secs(300);

/// Looks again and again until there is something to see. For what tells nobody when it happens.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, look)
}

/// The same for what may take longer.
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
