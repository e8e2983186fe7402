//! The state of a session's connection: whether it is up, whether its end was intended, and when to
//! reconnect.

use std::fmt::Display;
use std::time::{Duration, Instant};

use super::{Action, Ending, Session};
use crate::base::clock::whole_seconds;
use crate::client::session::catch_up::CatchUp;
use crate::client::session::incoming::{Received, Speech};
use crate::client::texts;
use crate::model::{Refusal, Reply, SanctionKind};

/// The pause before the first attempt; each further pause is twice as long.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// The longest pause: short enough that a user who sees the server return need not check again.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// How long the user must have been admitted for a later break to count as the first failure.
/// Otherwise everyone would reconnect every second to a server that admits users and crashes; a
/// server that was up for this long has started properly.
const STEADY_TIME: Duration = Duration::from_secs(10);

/// How long after the welcome the lines still belong to it and do not count as unread.
const WELCOME_TIME: Duration = Duration::from_secs(1);

/// Each pause is extended at random by up to one part in this many, so that a whole classroom does
/// not reconnect at the same moment.
const JITTER_SHARE: u64 = 5;

/// The connection of a session: by default the first one, which has been made already.
#[derive(Debug, Default)]
pub(super) struct Reconnect {
    state: LinkState,
    /// Number of failed or short-lived attempts since the user was last admitted for long enough.
    failures: u32,
    /// Whether this is a new connection after an earlier one.
    is_again: bool,
    /// Whether the server has yet to say something on a new connection.
    is_silent: bool,
    /// When the server admitted the user, if it has.
    in_since: Option<Instant>,
    /// When the lines that greet a new user have all arrived.
    settles_at: Option<Instant>,
    /// Whether the user has asked to quit.
    is_leaving: bool,
    /// Whether the known server password has been tried on this connection.
    has_tried_door: bool,
    /// The last thing the server said.
    last_words: LastWords,
    /// The reason of the last failed attempt, if the user has been told.
    last_failure: Option<ConnectFailure>,
}

#[derive(Debug, Default)]
enum LinkState {
    #[default]
    Up,
    /// Waits until then before the next attempt.
    Down(Instant),
    /// An attempt is in progress.
    Trying,
}

/// Why there is still no connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ConnectFailure {
    NoConnection(String),
    Broken(String),
    /// The connection was closed at once, perhaps by a tunnel whose other end is down.
    Closed,
    /// The server says that it is full.
    Full,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LastWords {
    /// Anything else.
    #[default]
    Others,
    Goodbye,
    /// The server is full.
    Full,
    /// The server has removed or refused us.
    Removed,
}

impl Reconnect {
    pub(super) fn is_up(&self) -> bool {
        matches!(self.state, LinkState::Up)
    }

    /// Whether the server would accept a line.
    pub(super) fn is_open(&self) -> bool {
        self.is_up() && !self.is_leaving
    }

    pub(super) fn is_in(&self) -> bool {
        self.in_since.is_some()
    }

    /// Whether there was an earlier connection.
    pub(super) fn is_again(&self) -> bool {
        self.is_again
    }

    /// Notes that the server has said something. Returns whether that is the first thing on a new
    /// connection.
    pub(super) fn breaks_silence(&mut self) -> bool {
        std::mem::take(&mut self.is_silent)
    }

    /// Starts over on a new connection.
    pub(super) fn begin_again(&mut self) {
        self.state = LinkState::Up;
        (self.is_again, self.is_silent) = (true, true);
        self.has_tried_door = false;
        self.last_words = LastWords::Others;
    }

    /// Notes that the server has admitted the user. Returns whether that is the first time on this
    /// connection.
    pub(super) fn be_admitted(&mut self, now: Instant) -> bool {
        let is_first = self.in_since.is_none();
        self.in_since.get_or_insert(now);
        is_first
    }

    /// Whether a line that arrives now counts as unread.
    pub(super) fn brings_news(&self, now: Instant) -> bool {
        self.settles_at.is_none_or(|at| at <= now)
    }

    /// Whether to try the known server password, which is done once per connection.
    pub(super) fn tries_door(&mut self) -> bool {
        !std::mem::replace(&mut self.has_tried_door, true)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        if let LinkState::Down(until) = self.state { Some(until) } else { None }
    }

    /// Seconds until the next attempt, rounded up.
    pub(super) fn seconds_left(&self, now: Instant) -> Option<u64> {
        Some(whole_seconds(self.deadline()?.saturating_duration_since(now)))
    }

    /// When [`Self::seconds_left`] next changes; the last time is that of the attempt.
    pub(super) fn next_second(&self, now: Instant) -> Option<Instant> {
        let until = self.deadline()?;
        Some(until - Duration::from_secs(self.seconds_left(now)?.saturating_sub(1)))
    }

    /// Begins an attempt if it is time for one, and returns whether it is.
    pub(super) fn takes_deadline(&mut self, now: Instant) -> bool {
        let is_due = self.deadline().is_some_and(|until| until <= now);
        if is_due {
            self.state = LinkState::Trying;
        }
        is_due
    }

    /// Begins an attempt at once, unless one is in progress.
    pub(super) fn hurry(&mut self) -> bool {
        let is_down = matches!(self.state, LinkState::Down(_));
        if is_down {
            self.state = LinkState::Trying;
            // A user who asks for an attempt wants to know its result.
            self.last_failure = None;
        }
        is_down
    }

    fn has_been_steady(&self, now: Instant) -> bool {
        self.in_since.is_some_and(|since| since + STEADY_TIME <= now)
    }

    /// Begins the pause before the next attempt, because a connection failed or ended.
    fn pause(&mut self, rng: &mut fastrand::Rng, now: Instant) {
        if self.has_been_steady(now) {
            self.failures = 0;
        }
        self.in_since = None;
        let pause = PAUSE_MAX.min(PAUSE_MIN * 2_u32.saturating_pow(self.failures.min(10)));
        let jitter = rng.u64(0..=pause.as_millis() as u64 / JITTER_SHARE);
        self.failures += 1;
        self.state = LinkState::Down(now + pause + Duration::from_millis(jitter));
    }

    /// Takes a reply of the server. Whatever it says last decides about the next connection.
    pub(super) fn hear(&mut self, reply: &Reply, now: Instant) {
        if let Reply::Welcome { .. } = reply {
            self.settles_at = Some(now + WELCOME_TIME);
        }
        let words = match reply {
            Reply::Goodbye => LastWords::Goodbye,
            Reply::ModeratorsMayLogIn => self.last_words,
            _ if is_full(reply) => LastWords::Full,
            _ if is_removal(reply) => LastWords::Removed,
            _ => LastWords::Others,
        };
        self.hear_words(words);
    }

    /// Takes an event, or a line whose meaning is not known.
    pub(super) fn hear_others(&mut self) {
        self.hear_words(LastWords::Others);
    }

    fn hear_words(&mut self, words: LastWords) {
        self.last_words = words;
        // A connection that delivers a line was a success.
        self.last_failure.take_if(|_| words != LastWords::Full);
    }
}

/// Whether the server has no room for us at the moment.
pub(super) fn is_full(reply: &Reply) -> bool {
    use Refusal::{AddressFull, ConnectsTooOften, ServerFull};
    matches!(reply, Reply::Refused(ServerFull { .. } | AddressFull { .. } | ConnectsTooOften))
}

/// Whether the server has removed or refused us, so that reconnecting is of no use.
fn is_removal(reply: &Reply) -> bool {
    match reply {
        Reply::YouWereRemoved(removal) => removal.room.is_none(),
        Reply::YouAreSanctioned(sanction) => {
            sanction.kind == SanctionKind::Ban && sanction.room.is_none()
        }
        Reply::Refused(Refusal::Banned(ban)) => ban.room.is_none(),
        Reply::Refused(
            Refusal::GuestsBanned(_)
            | Refusal::Lockdown
            | Refusal::ServerPasswordNotGiven
            | Refusal::JoinedTooSlowly
            | Refusal::PasswordChangedElsewhere,
        ) => true,
        _ => false,
    }
}

impl Session {
    /// Handles the end of the keyboard input, or a request to quit.
    pub(super) fn leave(&mut self) {
        if self.link.is_open() {
            self.link.is_leaving = true;
            self.effects.actions.push(Action::CloseOurHalf);
        } else {
            // The user asks a second time: do not wait for what the server may still say.
            let ending = match self.link.is_up() {
                true => Ending::Left,
                false => {
                    let unconfirmed = self.unconfirmed.give_up();
                    self.tell_unconfirmed(&unconfirmed);
                    self.show_unshown();
                    let values: [(&str, &dyn Display); 1] = [("address", &self.address)];
                    Ending::Broken(texts::ENDED_WITHOUT_CONNECTION.fill(self.lang, &values))
                }
            };
            self.effects.actions.push(Action::End(ending));
        }
    }

    pub(super) fn end_connection(&mut self, reason: Option<String>, now: Instant) {
        if let Some(Received::Line(line)) = self.hearing.end() {
            self.hear_line(&line, now);
        }
        self.unshown = self.catch_up.take().map(CatchUp::into_held).unwrap_or_default();
        self.line_limit = None;
        self.ahead.clear();
        self.typing.end_answer();
        (self.back_by, self.agreed_by) = (None, None);
        self.name_reclaim = None;
        self.held_lines.clear();
        let is_meant = self.link.is_leaving || self.identity.has_quit();
        match (reason, self.link.last_words) {
            (None, _) if is_meant => self.effects.actions.push(Action::End(Ending::Left)),
            (Some(reason), _) if is_meant => {
                let why = texts::ENDED_BROKEN.fill(self.lang, &[("reason", &reason)]);
                self.effects.actions.push(Action::End(Ending::Broken(why)));
            }
            (_, LastWords::Removed) => self.effects.actions.push(Action::End(Ending::Closed)),
            (_, LastWords::Goodbye) => self.try_later(texts::SERVER_ENDED.of(self.lang), now),
            (_, LastWords::Full) if self.link.is_again => {
                self.fail(ConnectFailure::Full, now);
            }
            (Some(reason), _) => self.fail(ConnectFailure::Broken(reason), now),
            // hobnob says why it closes a connection, so this server was killed.
            (None, LastWords::Others) if self.hearing.speech() == Speech::Json => {
                self.try_later(texts::CONNECTION_LOST.of(self.lang), now);
            }
            (None, _) if self.link.is_again && !self.link.is_in() => {
                self.fail(ConnectFailure::Closed, now);
            }
            (None, _) => self.effects.actions.push(Action::End(Ending::Closed)),
        }
        let is_end = self.effects.actions.iter().any(|action| matches!(action, Action::End(_)));
        let unconfirmed = match is_end {
            true if is_meant => self.unconfirmed.give_up_waiting(),
            true => self.unconfirmed.give_up(),
            false => self.unconfirmed.end_connection(),
        };
        self.tell_unconfirmed(&unconfirmed);
        if is_end {
            self.show_unshown();
        }
    }

    /// Reports a failure if its reason is new. Reporting every attempt of a long outage would push
    /// the conversation far up the screen.
    pub(super) fn fail(&mut self, failure: ConnectFailure, now: Instant) {
        if self.link.last_failure.as_ref() == Some(&failure) {
            self.link.pause(&mut self.rng, now);
            return;
        }
        let lang = self.lang;
        let what = match &failure {
            ConnectFailure::NoConnection(reason) => {
                // Some reasons end in a question with advice.
                let end =
                    if reason.ends_with(['?', '？']) { "" } else { texts::FULL_STOP.of(lang) };
                texts::STILL_NO_CONNECTION.fill(lang, &[("reason", reason)]) + end
            }
            ConnectFailure::Broken(reason) => {
                texts::CONNECTION_BROKE.fill(lang, &[("reason", reason)])
            }
            ConnectFailure::Closed => texts::CLOSED_AT_ONCE.of(lang).to_owned(),
            ConnectFailure::Full => String::new(),
        };
        self.link.last_failure = Some(failure);
        self.try_later(&what, now);
    }

    /// Begins the pause; the prompt shows when it ends.
    fn try_later(&mut self, what: &str, now: Instant) {
        self.link.pause(&mut self.rng, now);
        let text = format!("{what}{}", texts::TRYING_AGAIN.of(self.lang));
        self.tell_of_connection(text.trim_start());
    }
}
