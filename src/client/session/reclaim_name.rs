//! Requesting a name again while someone else is using it.
//!
//! The name may be held by our own previous connection: the server notices late that a connection
//! broke silently, and until then the name is taken. Without another attempt, the user would remain
//! an unnamed guest until the next reconnect.

use std::time::{Duration, Instant};

use super::Session;
use crate::client::session::identity::is_same;
use crate::model::{Refusal, Reply};

/// The pause before the first new attempt; each further pause is twice as long.
const PAUSE_MIN: Duration = Duration::from_secs(5);

/// The longest pause. By then the name is held by someone who is really there, so there is no
/// hurry.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// A name that was refused because it is in use.
#[derive(Debug)]
pub(super) struct NameReclaim {
    /// When to request it again; `None` while an answer is pending.
    until: Option<Instant>,
    pause: Duration,
}

impl NameReclaim {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.until
    }
}

impl Session {
    /// Takes the server's answer about our name. Returns whether it only repeats that the name is
    /// in use, which the user did not ask for.
    pub(super) fn hear_of_name(&mut self, reply: &Reply, now: Instant) -> bool {
        let Reply::Refused(Refusal::NameInUse { name }) = reply else { return false };
        if !self.identity.guest_name().is_some_and(|own| is_same(own, name)) {
            return false;
        }
        let before = self.name_reclaim.take();
        let pause = before.as_ref().map_or(PAUSE_MIN, |again| PAUSE_MAX.min(2 * again.pause));
        self.name_reclaim = Some(NameReclaim { until: Some(now + pause), pause });
        before.is_some_and(|again| again.until.is_none())
    }

    /// Requests our name if it is time to.
    pub(super) fn reclaim_name(&mut self, now: Instant) {
        // It would be taken for the answer to the open question.
        if self.typing.is_hidden() {
            if let Some(until) = self.name_reclaim.as_mut().and_then(|again| again.until.as_mut()) {
                *until = (*until).max(now + PAUSE_MIN);
            }
            return;
        }
        let is_due = |until: &mut Instant| *until <= now;
        let again = self.name_reclaim.as_mut();
        if again.and_then(|again| again.until.take_if(is_due)).is_some()
            && let Some(line) = self.identity.guest_name().map(|name| format!("/nick {name}"))
        {
            self.send_line(&line);
        }
    }
}
