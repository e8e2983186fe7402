//! The connection of a session: whether there is one, whether its end was meant, and when to try
//! again.

use std::time::{Duration, Instant};

use super::{Ending, Order, Session};
use crate::client::catch_up::CatchUp;
use crate::client::hearing::{Heard, Hearing};
use crate::client::told::Told;

/// The first pause before another attempt; each further one is twice as long.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// Longest such pause: a person who sees it come back need not look again.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// For how long what comes belongs to the welcome, which is not something that one has missed.
const WELCOME_TIME: Duration = Duration::from_secs(1);

/// A pause is longer by up to one part in so many, at random: so not all of a class come back in
/// the same moment.
const JITTER_SHARE: u64 = 5;

/// The connection of a session.
#[derive(Debug)]
pub(super) struct Link {
    state: State,
    /// Attempts that have failed since it broke.
    failures: u32,
    /// There was another one before.
    is_again: bool,
    /// The server has let us in.
    is_in: bool,
    /// What the server says to who comes has been said by then.
    settles_at: Option<Instant>,
    /// We have said that we go.
    is_leaving: bool,
    /// What opens the server has been tried on this connection.
    has_tried_door: bool,
    /// What the server has said last.
    last_words: LastWords,
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
            is_in: false,
            settles_at: None,
            is_leaving: false,
            has_tried_door: false,
            last_words: LastWords::Others,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.state, State::Up)
    }

    /// Whether something can be said.
    pub(super) fn takes_lines(&self) -> bool {
        self.is_up() && !self.is_leaving
    }

    pub(super) fn is_in(&self) -> bool {
        self.is_in
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
        }
        is_down
    }

    pub(super) fn hear(&mut self, told: Option<&Told<'_>>, now: Instant) {
        if let Some(Told::Welcome) = told {
            self.settles_at = Some(now + WELCOME_TIME);
        }
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
        if self.link.takes_lines() {
            self.link.is_leaving = true;
            self.effects.orders.push(Order::CloseOurHalf);
        } else {
            // Once more: there is no patience for what the server may still say.
            let ending = match self.link.is_up() {
                true => Ending::Left,
                false => Ending::Broken(format!("there is no connection to {}", self.address)),
            };
            self.effects.orders.push(Order::End(ending));
        }
    }

    pub(super) fn end_connection(&mut self, reason: Option<&str>, now: Instant) {
        if let Some(Heard::Line(line)) = self.hearing.end() {
            self.hear_line(line, now);
        }
        self.release_catch_up(now);
        self.answer = None;
        self.question = None;
        let is_meant = self.link.is_leaving || self.identity.has_quit();
        match (reason, self.link.last_words) {
            (None, _) if is_meant => self.effects.orders.push(Order::End(Ending::Left)),
            (Some(reason), _) if is_meant => {
                let why = format!("the connection broke: {reason}");
                self.effects.orders.push(Order::End(Ending::Broken(why)));
            }
            (_, LastWords::Removed) => self.effects.orders.push(Order::End(Ending::Closed)),
            (_, LastWords::Goodbye) => self.try_later("The server has ended.", now),
            (_, LastWords::Full) if self.link.is_again => self.try_later("", now),
            (Some(reason), _) => {
                self.try_later(&format!("The connection broke: {reason}."), now);
            }
            // hobnob says why it ends a connection, so that this one was killed.
            (None, LastWords::Others) if self.hearing.is_hobnob() => {
                self.try_later("The server has gone without a word.", now);
            }
            // A tunnel perhaps, whose other end is down.
            (None, _) if self.link.is_again && !self.link.is_in => {
                self.try_later("The server has closed the connection at once.", now);
            }
            (None, _) => self.effects.orders.push(Order::End(Ending::Closed)),
        }
    }

    pub(super) fn fail_to_connect(&mut self, reason: &str, now: Instant) {
        // Some reasons end in a question about what to look at.
        let end = if reason.ends_with('?') { "" } else { "." };
        self.try_later(&format!("Still no connection: {reason}{end}"), now);
    }

    fn try_later(&mut self, what: &str, now: Instant) {
        let pause = PAUSE_MIN * 2_u32.saturating_pow(self.link.failures.min(10));
        let pause = pause.min(PAUSE_MAX);
        let jitter = self.rng.u64(0..=pause.as_millis() as u64 / JITTER_SHARE);
        self.link.failures += 1;
        self.link.is_in = false;
        self.link.state = State::Down { until: now + pause + Duration::from_millis(jitter) };
        let seconds = pause.as_secs();
        let text = format!("{what} Trying again in {seconds} s; Enter tries at once, ^D ends.");
        self.tell_of_connection(text.trim_start());
    }

    pub(super) fn begin_connection(&mut self, now: Instant) {
        let (hearing, request) = Hearing::new();
        self.hearing = hearing;
        self.effects.send.extend_from_slice(&request);
        self.link.state = State::Up;
        self.link.is_again = true;
        self.link.has_tried_door = false;
        self.here = None;
        self.link.last_words = LastWords::Others;
        self.catch_up = Some(CatchUp::new(self.home.clone(), self.identity.has_account(), now));
        self.tell_of_connection("Connected again.");
    }

    /// The server has let us in: we are the same as before.
    pub(super) fn come_in(&mut self, now: Instant) {
        self.link.failures = 0;
        let is_first = !std::mem::replace(&mut self.link.is_in, true);
        if self.link.is_again {
            if let Some(line) = self.identity.comes_back().filter(|_| is_first) {
                self.send_line(&line);
            }
            self.go_to_rooms(now);
        } else if let Some(name) = self.wanted_name.clone().filter(|_| is_first) {
            self.send_line(&format!("/nick {name}"));
        }
    }

    /// Goes to the rooms where one was, once it is known where one is.
    pub(super) fn go_to_rooms(&mut self, now: Instant) {
        let Some(catch_up) = self.catch_up.as_mut().filter(|_| self.link.is_in) else { return };
        let Some(here) = &self.here else { return };
        let (rooms, last) = catch_up.arrive(here, now);
        for room in rooms {
            let line = self.identity.joins(&room);
            self.send_line(&line);
        }
        if let Some(room) = last {
            self.send_line(&room);
        }
    }

    /// What was being caught up on comes no more.
    fn release_catch_up(&mut self, now: Instant) {
        while let Some(catch_up) = &mut self.catch_up
            && let Some(deadline) = catch_up.deadline()
        {
            let mut outcome = catch_up.wait_no_longer(&self.shown, deadline.max(now));
            outcome.send.clear();
            self.follow(outcome, now);
        }
        self.catch_up = None;
    }
}
