//! Restores the user's name and rooms on a new connection.
//!
//! A line typed in the meantime would be said under another name or in another room, so it is held
//! back until every request has been answered or given up, but never for long.

use std::time::{Duration, Instant};

use super::Session;
use crate::client::session::catch_up::CatchUp;
use crate::client::session::incoming::{self, Incoming, Speech};
use crate::client::texts;
use crate::terminal::Place;

/// How long a server may take to answer each step of the agreement on JSON.
pub(super) const AGREEMENT_PATIENCE: Duration = Duration::from_secs(2);

/// How long lines are held back at most, whatever the server does: first until it admits the user,
/// then again until the user is back in their rooms.
const WAY_TIME_MAX: Duration = Duration::from_secs(10);

impl Session {
    pub(super) fn begin_connection(&mut self, now: Instant) {
        self.set_out(now);
        let (hearing, request) = Incoming::new();
        self.hearing = hearing;
        self.effects.send.extend_from_slice(&request);
        self.agreed_by = Some(now + AGREEMENT_PATIENCE);
        self.link.begin_again();
        self.identity.begin_again();
        self.words.begin_again();
        self.here = None;
        self.catch_up = Some(CatchUp::new(self.home.clone(), now));
        self.display.console.mark_stale();
    }

    /// Asks a server that may know JSON for it. Its first line identifies the user, so that others
    /// see that name and no other.
    pub(super) fn ask_for_json(&mut self, now: Instant) {
        let first_line = self.identity.comes_back();
        if let Some(line) = &first_line {
            self.learn(line);
        }
        let hello = incoming::hello(self.lang, first_line.as_ref().map(|line| &***line));
        self.effects.send.extend_from_slice(&hello);
        self.agreed_by = Some(now + AGREEMENT_PATIENCE);
    }

    /// It is decided what travels on this connection. Only hobnob with JSON restores users.
    pub(super) fn follow_speech(&mut self, speech: Speech) {
        self.agreed_by = None;
        self.display.console.mark_stale();
        if speech == Speech::Json {
            self.has_been_json = true;
            self.unshown.clear();
            return self.press_ahead();
        }
        self.show_unshown();
        self.place = Place::default();
        (self.back_by, self.catch_up) = (None, None);
        if let Some(name) = self.identity.guest_name().map(str::to_owned) {
            self.send_line(&format!("/nick {name}"));
        }
        self.press_ahead();
    }

    /// Stops waiting for an agreement on JSON if it is time to.
    pub(super) fn follow_agreement(&mut self, now: Instant) {
        if self.agreed_by.take_if(|by| *by <= now).is_some() {
            self.hearing.wait_no_longer();
            self.hear_all(now);
        }
    }

    /// Announces a new connection once the server says something on it. Something else may accept
    /// connections in place of a server that is down, and close them.
    pub(super) fn tell_of_new_connection(&mut self) {
        if self.link.breaks_silence() {
            self.tell_of_connection(texts::CONNECTED_AGAIN.of(self.lang));
        }
    }

    /// Handles being admitted by the server: requests the user's previous settings and rooms.
    pub(super) fn be_admitted(&mut self, now: Instant) {
        if !self.link.be_admitted(now) {
            return;
        }
        if self.link.is_again() {
            self.set_out(now);
            for line in self.choices.come_back(self.identity.has_account()) {
                self.send_unasked(line.into());
            }
        }
        self.go_to_rooms(now);
    }

    /// Handles having created a room. A room that the server had forgotten gets its settings back.
    pub(super) fn make_room(&mut self, room: &str) {
        if self.catch_up.is_none() || !self.link.is_again() {
            return self.choices.makes(room);
        }
        let rules = self.choices.rules_of(room);
        let has_password = self.identity.knows_password_of(room);
        let text = match &rules {
            None if !has_password => texts::ROOM_IS_OPEN,
            Some(rules) if rules.is_empty() && !has_password => return,
            _ => texts::ROOM_IS_RESTORED,
        };
        self.tell_of_connection(&text.fill(self.lang, &[("room", &room)]));
        let rules = rules.unwrap_or_default();
        // The other rooms have been joined already, and a room's settings are changed from within
        // it.
        let home = self.home.rooms.last().filter(|home| ***home != *room).cloned();
        if let Some(home) = home.filter(|_| !rules.is_empty()) {
            self.send_unasked(room.to_owned().into());
            rules.into_iter().for_each(|line| self.send_unasked(line.into()));
            self.send_unasked(home.into_string().into());
        } else {
            rules.into_iter().for_each(|line| self.send_unasked(line.into()));
        }
    }

    /// Rejoins the previous rooms once the current ones are known.
    pub(super) fn go_to_rooms(&mut self, now: Instant) {
        let Some(catch_up) = self.catch_up.as_mut().filter(|_| self.link.is_in()) else { return };
        let Some(here) = &self.here else { return };
        let (rooms, last) = catch_up.arrive(here, now);
        for room in rooms {
            let line = self.identity.joins(&room);
            self.send_unasked(line);
        }
        if let Some(room) = last {
            self.send_unasked(room.into_string().into());
        }
    }

    /// Begins holding lines back. Other servers do not restore users, so there is nothing to wait
    /// for.
    fn set_out(&mut self, now: Instant) {
        self.back_by = self.has_been_json.then_some(now + WAY_TIME_MAX);
    }

    /// Whether a line can be sent.
    pub(super) fn takes_lines(&self) -> bool {
        self.link.is_open() && self.back_by.is_none() && self.hearing.speech() != Speech::Undecided
    }

    /// Accepts lines again once the user is back, or after the limit.
    pub(super) fn end_rejoin(&mut self, now: Instant) {
        let is_there = self.link.is_in() && !self.identity.awaits_answer() && self.is_at_home();
        if self.back_by.take_if(|by| is_there || *by <= now).is_some() {
            self.display.console.mark_stale();
        }
    }

    /// Whether the user is back in their rooms, or known not to get there.
    fn is_at_home(&self) -> bool {
        let Some(here) = &self.here else { return false };
        let (here, home) = (&here.rooms, &self.home.rooms);
        let is_back = home.iter().all(|room| here.contains(room)) && here.last() == home.last();
        is_back || home.is_empty() || self.catch_up.is_none()
    }
}
