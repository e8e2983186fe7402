//! The connection of a session: whether there is one, whether its end was meant, and when to try
//! again.

use std::time::{Duration, Instant};

use super::{Ending, Order, Session};
use crate::client::session::incoming::Heard;
use crate::client::session::meaning::Told;
use crate::lang::fill;

/// The first pause before another attempt; each further one is twice as long.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// Longest such pause: a person who sees it come back need not look again.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// How long one has to be in for the next break to be the first. A server that lets everybody in and
/// dies would have them come back every second; one that was there for so long has started well.
const STEADY_TIME: Duration = Duration::from_secs(10);

/// For how long what comes belongs to the welcome, which is not something that one has missed.
const WELCOME_TIME: Duration = Duration::from_secs(1);

/// A pause is longer by up to one part in so many, at random: so not all of a class come back in
/// the same moment.
const JITTER_SHARE: u64 = 5;

/// The connection of a session.
#[derive(Debug)]
pub(super) struct Link {
    state: State,
    /// Attempts that have failed, or led to nothing that lasted, since one was in for long.
    failures: u32,
    /// There was another one before.
    is_again: bool,
    /// There is another one, and the server has said nothing on it so far.
    is_silent: bool,
    /// When the server has let us in, if it has.
    in_since: Option<Instant>,
    /// What the server says to who comes has been said by then.
    settles_at: Option<Instant>,
    /// We have said that we go.
    is_leaving: bool,
    /// We have said who we are on this connection.
    has_introduced: bool,
    /// What opens the server has been asked for, and not been answered yet.
    is_asked_at_door: bool,
    /// What opens the server has been tried on this connection.
    has_tried_door: bool,
    /// What the server has said last.
    last_words: LastWords,
    /// Why the last attempt failed, as far as that has been told.
    last_failure: Option<Failure>,
}

#[derive(Debug)]
enum State {
    Up,
    /// Nothing to do but to wait until then.
    Down {
        until: Instant,
    },
    /// An attempt is being made.
    Trying,
}

/// Why there is still nobody to talk to.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    NoConnection(String),
    Broken(String),
    /// A connection that was closed at once: by a tunnel perhaps, whose other end is down.
    Closed,
    /// There is no place, says the server.
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastWords {
    /// Whatever.
    Others,
    Goodbye,
    /// There is no place.
    Full,
    /// We are not wanted.
    Removed,
}

impl Link {
    /// The first one is there already.
    pub(super) fn first() -> Self {
        Self {
            state: State::Up,
            failures: 0,
            is_again: false,
            is_silent: false,
            in_since: None,
            settles_at: None,
            is_leaving: false,
            has_introduced: false,
            is_asked_at_door: false,
            has_tried_door: false,
            last_words: LastWords::Others,
            last_failure: None,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.state, State::Up)
    }

    /// Whether the server would take something.
    pub(super) fn is_open(&self) -> bool {
        self.is_up() && !self.is_leaving
    }

    pub(super) fn is_in(&self) -> bool {
        self.in_since.is_some()
    }

    /// Whether there was another connection before.
    pub(super) fn is_again(&self) -> bool {
        self.is_again
    }

    /// The server has said something. Whether that is the first of a new connection.
    pub(super) fn breaks_silence(&mut self) -> bool {
        std::mem::take(&mut self.is_silent)
    }

    /// There is another one.
    pub(super) fn begin_again(&mut self) {
        self.state = State::Up;
        (self.is_again, self.is_silent) = (true, true);
        (self.has_introduced, self.is_asked_at_door) = (false, false);
        self.has_tried_door = false;
        self.last_words = LastWords::Others;
    }

    /// The server has let us in. Whether it is for the first time on this connection.
    pub(super) fn come_in(&mut self, now: Instant) -> bool {
        let is_first = self.in_since.is_none();
        self.in_since.get_or_insert(now);
        is_first
    }

    pub(super) fn introduces(&mut self) {
        self.has_introduced = true;
    }

    pub(super) fn has_introduced(&self) -> bool {
        self.has_introduced
    }

    /// What opens the server is asked for. An older one that asks again without an answer has taken
    /// for one what says who we are.
    pub(super) fn is_asked_at_door(&mut self) {
        self.has_introduced &= !std::mem::replace(&mut self.is_asked_at_door, true);
    }

    pub(super) fn answers_at_door(&mut self) {
        self.is_asked_at_door = false;
    }

    /// Whether what comes at this time is news.
    pub(super) fn brings_news(&self, now: Instant) -> bool {
        self.settles_at.is_none_or(|at| at <= now)
    }

    /// Whether what opens the server is to be tried; once for each connection.
    pub(super) fn tries_door(&mut self) -> bool {
        !std::mem::replace(&mut self.has_tried_door, true)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Down { until } => Some(until),
            State::Up | State::Trying => None,
        }
    }

    /// Seconds until the next attempt, begun ones included.
    pub(super) fn seconds_left(&self, now: Instant) -> Option<u64> {
        let left = self.deadline()?.saturating_duration_since(now);
        Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }

    /// When they are fewer: at last, the attempt.
    pub(super) fn next_second(&self, now: Instant) -> Option<Instant> {
        let until = self.deadline()?;
        Some(until - Duration::from_secs(self.seconds_left(now)?.saturating_sub(1)))
    }

    /// Whether it is time for an attempt, which is being made from now on.
    pub(super) fn takes_deadline(&mut self, now: Instant) -> bool {
        let is_due = self.deadline().is_some_and(|until| until <= now);
        if is_due {
            self.state = State::Trying;
        }
        is_due
    }

    /// Makes an attempt at once, unless one is being made.
    pub(super) fn hurry(&mut self) -> bool {
        let is_down = matches!(self.state, State::Down { .. });
        if is_down {
            self.state = State::Trying;
            // Who asks for it wants to know what comes of it.
            self.last_failure = None;
        }
        is_down
    }

    /// There is no connection, or none any more: nothing is done for so long, and a bit more.
    fn pause(&mut self, rng: &mut fastrand::Rng, now: Instant) {
        let in_since = self.in_since.take();
        if in_since.is_some_and(|since| since + STEADY_TIME <= now) {
            self.failures = 0;
        }
        let pause = PAUSE_MAX.min(PAUSE_MIN * 2_u32.saturating_pow(self.failures.min(10)));
        let jitter = rng.u64(0..=pause.as_millis() as u64 / JITTER_SHARE);
        self.failures += 1;
        self.state = State::Down { until: now + pause + Duration::from_millis(jitter) };
    }

    pub(super) fn hear(&mut self, told: Option<&Told<'_>>, now: Instant) {
        if let Some(Told::Welcome(_)) = told {
            self.settles_at = Some(now + WELCOME_TIME);
        }
        // A connection that brings a line has led to something.
        self.last_failure.take_if(|_| !matches!(told, Some(Told::Full)));
        self.last_words = match told {
            Some(Told::Goodbye) => LastWords::Goodbye,
            Some(Told::Full) => LastWords::Full,
            Some(Told::Removed) => LastWords::Removed,
            _ => LastWords::Others,
        };
    }
}

impl Session {
    /// The keyboard has come to its end, or somebody has said so.
    pub(super) fn leave(&mut self) {
        if self.link.is_open() {
            self.link.is_leaving = true;
            self.effects.orders.push(Order::CloseOurHalf);
        } else {
            // Once more: there is no patience for what the server may still say.
            let ending = match self.link.is_up() {
                true => Ending::Left,
                false => {
                    let text = self.texts.ended_without_connection;
                    Ending::Broken(fill(text, &[("address", &self.address)]))
                }
            };
            self.effects.orders.push(Order::End(ending));
        }
    }

    pub(super) fn end_connection(&mut self, reason: Option<&str>, now: Instant) {
        if let Some(Heard::Line(line)) = self.hearing.end() {
            self.hear_line(line, now);
        }
        self.release_catch_up(now);
        self.line_limit = None;
        self.typing.end_answer();
        self.back_by = None;
        self.name_again = None;
        self.held_lines.clear();
        let is_meant = self.link.is_leaving || self.identity.has_quit();
        match (reason, self.link.last_words) {
            (None, _) if is_meant => self.effects.orders.push(Order::End(Ending::Left)),
            (Some(reason), _) if is_meant => {
                let why = fill(self.texts.ended_broken, &[("reason", &reason)]);
                self.effects.orders.push(Order::End(Ending::Broken(why)));
            }
            (_, LastWords::Removed) => self.effects.orders.push(Order::End(Ending::Closed)),
            (_, LastWords::Goodbye) => self.try_later(self.texts.server_ended, now),
            (_, LastWords::Full) if self.link.is_again => self.fail(Failure::Full, now),
            (Some(reason), _) => self.fail(Failure::Broken(reason.to_owned()), now),
            // hobnob says why it ends a connection, so that this one was killed.
            (None, LastWords::Others) if self.hearing.is_hobnob() => {
                self.try_later(self.texts.connection_lost, now);
            }
            (None, _) if self.link.is_again && !self.link.is_in() => {
                self.fail(Failure::Closed, now);
            }
            (None, _) => self.effects.orders.push(Order::End(Ending::Closed)),
        }
        let unsaid = self.unsaid.take();
        for line in unsaid.iter().filter(|_| !is_meant) {
            self.display.tell(&fill(self.texts.perhaps_not_said, &[("line", line)]));
        }
    }

    pub(super) fn fail_to_connect(&mut self, reason: &str, now: Instant) {
        self.fail(Failure::NoConnection(reason.to_owned()), now);
    }

    /// There is nobody to talk to, or still nobody. In the hours of an outage only what is new is
    /// told: every attempt would have a line, and what was said would be far above.
    fn fail(&mut self, failure: Failure, now: Instant) {
        if self.link.last_failure.as_ref() == Some(&failure) {
            self.link.pause(&mut self.rng, now);
            return;
        }
        let texts = self.texts;
        let what = match &failure {
            Failure::NoConnection(reason) => {
                // Some reasons end in a question about what to look at.
                let end = if reason.ends_with(['?', '？']) { "" } else { texts.full_stop };
                fill(texts.still_no_connection, &[("reason", reason)]) + end
            }
            Failure::Broken(reason) => fill(texts.connection_broke, &[("reason", reason)]),
            Failure::Closed => texts.closed_at_once.to_owned(),
            Failure::Full => String::new(),
        };
        self.link.last_failure = Some(failure);
        self.try_later(&what, now);
    }

    /// The prompt tells when.
    fn try_later(&mut self, what: &str, now: Instant) {
        self.link.pause(&mut self.rng, now);
        let text = format!("{what}{}", self.texts.trying_again);
        self.tell_of_connection(text.trim_start());
    }
}
