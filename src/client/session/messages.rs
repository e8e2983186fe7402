//! What follows from the server's messages.

use std::fmt::Display;
use std::time::Instant;

use super::Session;
use crate::client::session::catch_up::CatchUpStep;
use crate::client::session::identity::is_same;
use crate::client::session::reconnect::is_full;
use crate::client::session::sanitize::{SanitizedLine, cleaned};
use crate::client::terminal::logged::LogEntry;
use crate::client::texts;
use crate::limits::{COMPLETIONS_MAX, ROOMS_PER_CLIENT_MAX};
use crate::model::{Event, Heading, Refusal, Reply};
use crate::text::Manner;
use crate::wire::json::message::{EventMessage, ServerMessage};

impl Session {
    pub(super) fn hear_message(&mut self, message: ServerMessage, now: Instant) {
        match message {
            ServerMessage::Event(event) => self.hear_event(event, now),
            ServerMessage::Reply(Reply::NotSaid(message)) => self.hear_not_said(*message, now),
            ServerMessage::Reply(reply) => {
                self.unconfirmed.hear_reply(&reply);
                match reply {
                    // It is shown as one of the lines that the user has missed.
                    Reply::SaidBefore(_) if self.catch_up.is_none() => {}
                    Reply::SaidBefore(_) => self.catch_up_with(ServerMessage::Reply(reply), now),
                    reply => self.hear_reply(reply, now),
                }
            }
            ServerMessage::View { view } => self.words.set_view(view),
            ServerMessage::Ask { ask } => {
                self.tell_of_new_connection();
                self.ask(ask);
            }
            ServerMessage::Rooms { rooms } => {
                self.set_rooms(rooms.iter().map(|room| cleaned(room)));
                self.here = Some(self.place.clone());
                self.go_to_rooms(now);
                self.settle();
            }
            ServerMessage::Completions { completions } => {
                let words = completions.iter().take(COMPLETIONS_MAX);
                self.display.console.complete(words.map(|word| cleaned(word)).collect());
                self.display.touch();
            }
        }
    }

    /// Takes a line from a server that sends lines. What it means is not known.
    pub(super) fn hear_line(&mut self, line: &SanitizedLine, now: Instant) {
        // A server that has sent JSON before has no room for us, or will send JSON again.
        if !self.has_been_json {
            self.tell_of_new_connection();
            self.link.hear_others();
            self.link.be_admitted(now);
        }
        self.show(line, now);
    }

    fn hear_event(&mut self, message: EventMessage<'static>, now: Instant) {
        self.tell_of_new_connection();
        self.link.hear_others();
        let is_own = self.identity.name() == Some(&*message.name);
        match &*message.event {
            Event::Renamed { to } if is_own => self.is_renamed(to),
            Event::Said { text } if is_own => {
                self.unconfirmed.hear_in_room(&message.room, Manner::Said, text.as_str());
            }
            Event::Acted { text } if is_own => {
                self.unconfirmed.hear_in_room(&message.room, Manner::Acted, text.as_str());
            }
            event if event.is_said() && !is_own && self.is_elsewhere(&message.room) => {
                self.place.add_unread(&message.room, 1);
                self.display.console.mark_stale();
            }
            _ => {}
        }
        self.catch_up_with(ServerMessage::Event(message), now);
    }

    pub(super) fn hear_reply(&mut self, reply: Reply, now: Instant) {
        if !is_full(&reply) {
            self.tell_of_new_connection();
        }
        self.link.hear(&reply, now);
        let answer = self.identity.hear(&reply);
        if self.hear_of_name(&reply, now) || self.choices.takes_answer(&reply) {
            return;
        }
        self.follow_room(&reply);
        match answer {
            // We ask for the password ourselves, so the advice in this reply is not needed.
            Some(answer) => self.send_line(&answer),
            None => self.catch_up_with(ServerMessage::Reply(reply.clone()), now),
        }
        match reply {
            Reply::Renamed { to, .. } => self.is_renamed(&to),
            Reply::MadeRoom { room } => self.make_room(&cleaned(&room)),
            Reply::Refused(Refusal::LineTooLong { bytes_max, .. }) => {
                self.take_back(bytes_max as usize);
            }
            Reply::Welcome { name, .. } => {
                let name = cleaned(&name);
                if let Some(before) = self.identity.is_welcomed_as(&name) {
                    let values: [(&str, &dyn Display); 2] = [("name", &name), ("before", &before)];
                    self.tell_of_connection(&texts::NAME_CHANGED.fill(self.lang, &values));
                }
                self.be_admitted(now);
            }
            _ => {}
        }
    }

    fn is_renamed(&mut self, to: &str) {
        let to = cleaned(to);
        self.identity.is_renamed(&to);
        if self.identity.guest_name().is_some_and(|name| is_same(name, &to)) {
            self.name_reclaim = None;
        }
    }

    /// Follows a change of the current room, before the server sends the list of rooms: what is said
    /// in the meantime is from there.
    fn follow_room(&mut self, reply: &Reply) {
        let current = match reply {
            Reply::Here { room, .. }
            | Reply::MadeRoom { room }
            | Reply::JoinedRoom { room, .. }
            | Reply::TalkingIn { room }
            | Reply::LeftRoom { current: Some(room), .. } => cleaned(room),
            _ => return,
        };
        self.unconfirmed.end_move();
        let others = self.place.rooms.iter().filter(|room| ***room != *current);
        let rooms: Vec<String> = others.map(ToString::to_string).chain([current.clone()]).collect();
        self.set_rooms(rooms.into_iter());
    }

    /// Sets the user's rooms, the current one last. Keeps at most as many as a user may be in.
    fn set_rooms(&mut self, rooms: impl Iterator<Item = String>) {
        let rooms: Vec<String> = rooms.collect();
        let known = &rooms[rooms.len().saturating_sub(ROOMS_PER_CLIENT_MAX)..];
        if self.place.set_rooms(known.iter().map(String::as_str)) {
            self.display.console.mark_stale();
        }
    }

    fn is_elsewhere(&self, room: &str) -> bool {
        self.place.rooms.last().is_some_and(|current| **current != *room)
    }

    /// Shows a message, or what follows from it while the user catches up.
    fn catch_up_with(&mut self, message: ServerMessage, now: Instant) {
        if let Some(catch_up) = &mut self.catch_up {
            let step = catch_up.hear(message, &mut self.shown, now);
            return self.follow(step, now);
        }
        let message = match message {
            ServerMessage::Reply(Reply::Past(past)) => {
                self.shown.note_past(&past);
                Some(ServerMessage::Reply(Reply::Past(past)))
            }
            other => self.shown.new_part(other),
        };
        message.iter().for_each(|message| self.show_message(message, now));
    }

    pub(super) fn follow(&mut self, step: CatchUpStep, now: Instant) {
        step.show.iter().for_each(|message| self.show_message(message, now));
        step.send.into_iter().for_each(|line| self.send_unasked(line.into()));
    }

    /// Shows what waited for missing lines when the connection ended: there is no other that would
    /// bring them again.
    pub(super) fn show_unshown(&mut self) {
        for message in std::mem::take(&mut self.unshown) {
            if let Some(message) = self.shown.new_part(message) {
                self.show_message(&message, self.now.instant);
            }
        }
    }

    fn show_message(&mut self, message: &ServerMessage, now: Instant) {
        match message {
            ServerMessage::Event(event) => {
                let line = self.words.event(event, self.is_elsewhere(&event.room));
                self.show(&line, now);
            }
            ServerMessage::Reply(reply) => {
                let lines = self.words.reply(reply, self.now.wall);
                let logged = match replayed(reply, &lines) {
                    Some(replay) => vec![replay],
                    None => lines.iter().map(|line| LogEntry::Line(line.text().into())).collect(),
                };
                lines.iter().for_each(|line| self.display_line(line, now));
                self.effects.log.extend(logged);
            }
            _ => {}
        }
    }

    fn show(&mut self, line: &SanitizedLine, now: Instant) {
        self.display_line(line, now);
        self.effects.log.push(LogEntry::Line(line.text().to_owned()));
    }

    fn display_line(&mut self, line: &SanitizedLine, now: Instant) {
        self.display.show(line);
        if self.link.brings_news(now) {
            self.display.count_unread();
        }
    }
}

/// The last lines of a room for the log, which may have them already: each as it is shown below the
/// heading, and as it was shown when it was said.
fn replayed(reply: &Reply, lines: &[SanitizedLine]) -> Option<LogEntry> {
    let Reply::Past(past) = reply else { return None };
    let is_replay = matches!(past.heading, Some(Heading::Last { .. }));
    let (heading, shown) = lines.split_first()?;
    if !is_replay || shown.len() != past.lines.len() {
        return None;
    }
    let said = past.lines.iter().map(|line| match line.manner {
        Manner::Said => format!("{}: {}", line.name, line.text.as_str()),
        Manner::Acted => format!("* {} {}", line.name, line.text.as_str()),
    });
    let lines = shown.iter().map(|line| line.text().to_owned()).zip(said).collect();
    Some(LogEntry::Replay { heading: heading.text().to_owned(), lines })
}
