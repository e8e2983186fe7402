//! Settings that a server forgets: those of a guest, when the connection ends, and the rules of a
//! guest's rooms, when the server ends.
//!
//! This module remembers the last settings as they were typed. It does not know when they are
//! restored. A lock is restored only after its room has been created again, so someone may join in
//! between; a room's password is part of creating it ([`super::identity`]).

use std::mem::{Discriminant, discriminant};

use crate::command::{Command, RoomChange, command_in};
use crate::limits::ROOMS_PER_CLIENT_MAX;
use crate::model::{Refusal, Reply};

use super::identity::is_same;

/// Maximum number of rooms whose rules are remembered: as many as a user may be in.
const ROOMS_MAX: usize = ROOMS_PER_CLIENT_MAX;

/// A room that the user has created or changed.
#[derive(Debug)]
struct ChosenRoom {
    name: String,
    /// By the change that sets them.
    rules: Vec<(Discriminant<RoomChange>, String)>,
}

/// All remembered settings and rules.
#[derive(Debug, Default)]
pub struct ChosenSettings {
    /// By their command, of which only the last value counts.
    settings: Vec<(Discriminant<Command>, String)>,
    rooms: Vec<ChosenRoom>,
    /// Number of expected confirmations for restored settings, which the user did not ask for.
    answers_left: usize,
}

impl ChosenSettings {
    /// Takes a line that the user sends from this room.
    pub fn sends(&mut self, line: &str, room: Option<&str>) {
        use Command::{Away, Back, Bell, Colour, Plain, Quiet, Room, Timestamps, Tz};
        let Some(command) = command_in(line) else { return };
        match &command {
            Back => put(&mut self.settings, away(), None),
            Room(change) => self.change_room(change, line, room),
            Tz { zone } if zone.as_ref().is_none_or(|zone| zone.meaning().is_err()) => {}
            Away { .. } | Quiet(_) | Timestamps(_) | Tz { .. } | Bell(_) | Colour(_) | Plain(_) => {
                put(&mut self.settings, discriminant(&command), Some(line));
            }
            _ => {}
        }
    }

    fn change_room(&mut self, change: &RoomChange, line: &str, room: Option<&str>) {
        let (rule, line) = match change {
            RoomChange::Lock | RoomChange::Hide | RoomChange::Slow(Some(_)) => (change, Some(line)),
            RoomChange::Slow(None) => (change, None),
            RoomChange::Unlock => (&RoomChange::Lock, None),
            RoomChange::Show => (&RoomChange::Hide, None),
            RoomChange::Password(_) | RoomChange::End => return,
        };
        let Some(room) = room else { return };
        self.makes(room);
        if let Some(room) = self.rooms.iter_mut().find(|known| is_same(&known.name, room)) {
            put(&mut room.rules, discriminant(rule), line);
        }
    }

    /// Notes that the user has created this room, or owns it.
    pub fn makes(&mut self, room: &str) {
        if self.rooms.len() < ROOMS_MAX && self.rules_of(room).is_none() {
            self.rooms.push(ChosenRoom { name: room.to_owned(), rules: Vec::new() });
        }
    }

    /// The commands that restore a room's rules, or `None` if they are not known.
    pub fn rules_of(&self, room: &str) -> Option<Vec<String>> {
        let room = self.rooms.iter().find(|known| is_same(&known.name, room))?;
        Some(room.rules.iter().map(|(_, line)| line.clone()).collect())
    }

    /// The commands that restore the settings on a new connection. For a user with an account the
    /// server remembers all of them except away.
    pub fn come_back(&mut self, has_account: bool) -> Vec<String> {
        let due = self.settings.iter().filter(|(choice, _)| !has_account || *choice == away());
        let lines: Vec<String> = due.map(|(_, line)| line.clone()).collect();
        self.answers_left = lines.len();
        lines
    }

    /// Takes a reply of the server. Returns whether it answers a restored setting.
    pub fn takes_answer(&mut self, reply: &Reply) -> bool {
        let is_answer = matches!(
            reply,
            Reply::Setting(_) | Reply::NowAway { .. } | Reply::Refused(Refusal::PlainMode)
        );
        let is_awaited = is_answer && self.answers_left > 0;
        self.answers_left -= usize::from(is_awaited);
        is_awaited
    }
}

fn away() -> Discriminant<Command> {
    discriminant(&Command::Away { text: None })
}

/// Moves the key to the end, so that settings are restored in the order in which they were last
/// changed.
fn put<K: PartialEq>(all: &mut Vec<(K, String)>, key: K, line: Option<&str>) {
    all.retain(|(known, _)| *known != key);
    all.extend(line.map(|line| (key, line.to_owned())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_choices_are_restored() {
        let mut choices = ChosenSettings::default();
        let lines = [
            "/away tea",
            "/timestamps on",
            "/plain on",
            "/timestamps off",
            "/tz Nowhere/At-All",
            "/tz Asia/Tokyo",
            "hello",
            "/who",
        ];
        lines.iter().for_each(|line| choices.sends(line, Some("#lobby")));
        let expected = ["/away tea", "/plain on", "/timestamps off", "/tz Asia/Tokyo"];
        assert_eq!(choices.come_back(false), expected);
        assert_eq!(choices.come_back(true), ["/away tea"]);
        let answer = Reply::NowAway { text: None };
        assert!(!choices.takes_answer(&Reply::NowBack) && choices.takes_answer(&answer));
        assert!(!choices.takes_answer(&answer));
        choices.sends("/back", None);
        assert_eq!(choices.come_back(false), expected[1..]);
    }

    #[test]
    fn rooms_have_the_rules_that_were_set_last() {
        let mut choices = ChosenSettings::default();
        assert_eq!(choices.rules_of("#den"), None);
        choices.makes("#den");
        assert_eq!(choices.rules_of("#den"), Some(vec![]));
        for line in ["/room lock", "/room hide", "/room slow 5", "/room show"] {
            choices.sends(line, Some("#Den"));
        }
        choices.sends("/room lock", Some("#ops"));
        choices.sends("/room unlock", Some("#ops"));
        let expected = ["/room lock", "/room slow 5"].map(str::to_owned).to_vec();
        assert_eq!(choices.rules_of("#den"), Some(expected));
        assert_eq!(choices.rules_of("#ops"), Some(vec![]));
    }
}
