//! Asking again for a name that somebody else has at the moment.
//!
//! That may be ourselves: of a connection that broke without a word the server learns late, and so
//! long the name is taken. Who is refused it once would stay a guest until the next break.

use std::time::{Duration, Instant};

use super::Session;
use crate::client::session::identity::is_same;
use crate::client::session::meaning::Told;

/// The first pause before the name is asked for again; each further one is twice as long.
const PAUSE_MIN: Duration = Duration::from_secs(5);

/// Longest such pause. By then the name is somebody's who is really here, and there is no hurry.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// A name that was refused.
#[derive(Debug)]
pub(super) struct NameAgain {
    /// When it is asked for; `None` if it has been, and there is no answer yet.
    until: Option<Instant>,
    pause: Duration,
}

impl NameAgain {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.until
    }
}

impl Session {
    /// Learns whether we have our name. Whether this only says again that we do not, which nobody
    /// has asked for.
    pub(super) fn hear_of_name(&mut self, told: &Told<'_>, now: Instant) -> bool {
        let (Told::NameInUse(name) | Told::RenamedTo(name)) = told else { return false };
        if !self.identity.guest_name().is_some_and(|own| is_same(own, name)) {
            return false;
        }
        let before = self.name_again.take();
        if matches!(told, Told::RenamedTo(_)) {
            return false;
        }
        let pause = before.as_ref().map_or(PAUSE_MIN, |again| PAUSE_MAX.min(2 * again.pause));
        self.name_again = Some(NameAgain { until: Some(now + pause), pause });
        before.is_some_and(|again| again.until.is_none())
    }

    /// Asks for our name, if it is time to.
    pub(super) fn ask_for_name_again(&mut self, now: Instant) {
        // It would be taken for the answer to what is asked.
        if self.typing.is_hidden() {
            if let Some(until) = self.name_again.as_mut().and_then(|again| again.until.as_mut()) {
                *until = (*until).max(now + PAUSE_MIN);
            }
            return;
        }
        let is_due = |until: &mut Instant| *until <= now;
        let again = self.name_again.as_mut();
        if again.and_then(|again| again.until.take_if(is_due)).is_some()
            && let Some(line) = self.identity.guest_name().map(|name| format!("/nick {name}"))
        {
            self.send_line(&line);
        }
    }
}
