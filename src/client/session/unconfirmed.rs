//! Messages that were sent and that the server has not echoed yet.
//!
//! hobnob sends each message to everyone, its author included, in the order in which messages
//! arrive. A connection may be dead for minutes before anyone notices, and accepts lines all that
//! time: these are the ones that are never echoed.
//!
//! Each message has an id, if the server understands ids. After a broken connection those messages
//! whose room is certain are sent again with the same ids, and the server says each of them once.
//! The others are reported: private ones as well, because somebody else may have the recipient's
//! name by then.
//!
//! A line that was said is never reported. The same words from another client of the same user count
//! as the echo, so a line may be lost without a report.

use std::collections::VecDeque;
use std::time::Duration;

use super::identity::is_same;
use crate::base::clock::Moment;
use crate::command::{self, Command, Utterance, command_in};
use crate::limits;
use crate::model::id::ClientMessageId;
use crate::model::{Refusal, Reply};
use crate::terminal::Place;
use crate::text::{CleanText, Manner, width};

/// Number of lines remembered: as many as the server recognizes.
const LINES_MAX: usize = limits::MESSAGE_IDS_PER_USER_MAX;

/// Number of lines reported: as many as a user would send again.
const LINES_TOLD_MAX: usize = 3;

/// Number of columns shown of each line; Up recalls the whole line.
const COLUMNS_TOLD_MAX: usize = 200;

/// For how long a line is sent again: not quite as long as the server remembers it, because it
/// still has to arrive.
const SEND_AGAIN_TIME: Duration = limits::MESSAGE_ID_TIME.saturating_sub(Duration::from_secs(60));

/// Where an id counts: a server remembers the ids of each account, and those of all guests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IdSpace {
    /// [`Hello::message_ids`](crate::wire::json::message::Hello::message_ids).
    pub(super) memory: String,
    /// The name of the account; `None` for a guest.
    pub(super) account: Option<String>,
}

/// The id of a message.
#[derive(Clone, Debug)]
pub(super) struct GivenId {
    pub(super) id: ClientMessageId,
    pub(super) space: IdSpace,
}

/// How a message comes back to its author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Echo {
    /// In its room.
    InRoom(Manner),
    /// As a private message.
    Private,
}

#[derive(Debug)]
struct UnconfirmedLine {
    id: Option<GivenId>,
    /// As it was typed.
    line: String,
    /// What was said.
    text: String,
    echo: Echo,
    /// The room in which it was or will be said, if that is certain.
    room: Option<Box<str>>,
    /// The line says in which room it is to be said.
    names_room: bool,
    sent_at: Moment,
    /// Its connection is broken, and it has not been sent on another one.
    is_waiting: bool,
    has_been_sent_again: bool,
}

/// Lines without their echo, oldest first.
#[derive(Debug, Default)]
pub(super) struct UnconfirmedLines {
    lines: VecDeque<UnconfirmedLine>,
    /// Number of commands that may change the current room and that the server has not answered.
    moves: usize,
}

/// What to do with the lines of a broken connection.
#[derive(Debug, Default)]
pub(super) struct SecondSending {
    /// Lines to send.
    pub(super) send: Vec<(ClientMessageId, String)>,
    /// Lines that may not have been said.
    pub(super) told: Vec<String>,
}

impl UnconfirmedLines {
    /// Takes a line that is sent from this room, if that is certain, and holds no secret. Commands
    /// that say nothing are ignored. Without an id only plain messages count: the server does not
    /// tell which of the others it has refused.
    pub(super) fn send(
        &mut self,
        line: &str,
        id: Option<GivenId>,
        room: Option<&str>,
        now: Moment,
    ) {
        let in_room = Echo::InRoom(Manner::Said);
        let (text, echo, named) = match command::interpret(CleanText::from_bytes(line.as_bytes())) {
            Utterance::Line(text) => (text, in_room, None),
            Utterance::Command(command) if id.is_some() => match *command {
                Command::Say { text } => (text, in_room, None),
                Command::Me { text } => (text, Echo::InRoom(Manner::Acted), None),
                Command::ToRoom { room, text } => (text, in_room, Some(room)),
                Command::Msg { text, .. } | Command::Reply { text } => (text, Echo::Private, None),
                _ => return,
            },
            Utterance::Command(_) | Utterance::Wrong(_) => return,
        };
        if text.is_blank() {
            return;
        }
        let names_room = named.is_some();
        let room = match named {
            Some(name) => Some(format!("#{}", name.as_str()).into()),
            None if echo == Echo::Private || self.moves > 0 => None,
            None => room.map(Box::from),
        };
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(UnconfirmedLine {
            id,
            line: line.to_owned(),
            text: text.as_str().trim().to_owned(),
            echo,
            room,
            names_room,
            sent_at: now,
            is_waiting: false,
            has_been_sent_again: false,
        });
    }

    /// Takes note of a command that may change the current room.
    pub(super) fn follow_command(&mut self, line: &str) {
        use Command::{Join, Leave, Switch};
        if matches!(command_in(line), Some(Join { .. } | Leave { .. } | Switch { .. })) {
            self.moves += 1;
        }
    }

    /// Takes note of the answer to such a command.
    pub(super) fn end_move(&mut self) {
        self.moves = self.moves.saturating_sub(1);
    }

    /// Takes a message of the user in a room.
    pub(super) fn hear_in_room(&mut self, room: &str, manner: Manner, text: &str) {
        let is_there = |line: &UnconfirmedLine| {
            line.room.as_deref().is_none_or(|expected| is_same(expected, room))
        };
        self.confirm_first(|line| {
            line.echo == Echo::InRoom(manner) && line.text == text.trim() && is_there(line)
        });
    }

    /// Takes a reply that may be about one of the lines.
    pub(super) fn hear_reply(&mut self, reply: &Reply) {
        match reply {
            Reply::Private(own) if own.is_own => {
                let text = own.text.as_str().trim();
                self.confirm_first(|line| line.echo == Echo::Private && line.text == text);
            }
            Reply::MessageLeft { .. } => self.confirm_first(|line| line.echo == Echo::Private),
            Reply::SaidBefore(message) => self.confirm_first(|line| line.has_id(message.id)),
            Reply::Refused(Refusal::LineTooLong { bytes_max, .. }) => {
                self.lines.retain(|line| line.line.len() <= *bytes_max as usize);
            }
            // One of them would be said aloud if it were sent again.
            Reply::Refused(Refusal::MayBePassword) => self.lines.clear(),
            // It is not known which ones the server means.
            Reply::Refused(Refusal::FloodLine { .. } | Refusal::FloodCommand { .. }) => {
                self.lines.iter_mut().for_each(|line| line.room = None);
            }
            Reply::Refused(_) => self.end_move(),
            _ => {}
        }
    }

    /// The server has refused a message. Returns the line if the user typed it on an earlier
    /// connection.
    pub(super) fn refuse(&mut self, id: ClientMessageId) -> Option<String> {
        let at = self.lines.iter().position(|line| line.has_id(id))?;
        let line = self.lines.remove(at)?;
        line.has_been_sent_again.then(|| line.told())
    }

    /// Confirms the first of these lines. Every line sent before it on the same connection has been
    /// read, too.
    fn confirm_first(&mut self, is_it: impl Fn(&UnconfirmedLine) -> bool) {
        let is_here = |line: &UnconfirmedLine| !line.is_waiting;
        let position = self.lines.iter().position(|line| is_here(line) && is_it(line));
        if let Some(at) = position {
            let later = self.lines.split_off(at + 1);
            self.lines.retain(|line| !is_here(line));
            self.lines.extend(later);
        }
    }

    /// Handles the end of the connection. Returns the last lines that may not have been said and
    /// cannot be sent again.
    pub(super) fn end_connection(&mut self) -> Vec<String> {
        self.moves = 0;
        let told = self.take_if(|line| line.id.is_none() || line.room.is_none());
        self.lines.iter_mut().for_each(|line| line.is_waiting = true);
        told
    }

    /// Forgets all lines. Returns the last ones, which may not have been said.
    pub(super) fn give_up(&mut self) -> Vec<String> {
        self.take_if(|_| true)
    }

    /// The same for the lines of a broken connection that have not been sent again.
    pub(super) fn give_up_waiting(&mut self) -> Vec<String> {
        self.take_if(|line| line.is_waiting)
    }

    fn take_if(&mut self, is_it: impl Fn(&UnconfirmedLine) -> bool) -> Vec<String> {
        let (taken, kept): (Vec<_>, Vec<_>) = self.lines.drain(..).partition(is_it);
        self.lines = kept.into();
        last_told(&taken)
    }

    /// Whether there are lines of a broken connection.
    pub(super) fn has_waiting(&self) -> bool {
        self.lines.iter().any(|line| line.is_waiting)
    }

    /// Sends the lines of the broken connection again, now that the user is back at this place and
    /// ids count there.
    pub(super) fn send_again(
        &mut self,
        space: Option<&IdSpace>,
        place: &Place,
        now: Moment,
    ) -> SecondSending {
        let mut sending = SecondSending::default();
        let mut given_up = Vec::new();
        for mut line in std::mem::take(&mut self.lines) {
            if line.is_waiting {
                let Some(again) = line.again(space, place, now) else {
                    given_up.push(line);
                    continue;
                };
                (line.is_waiting, line.has_been_sent_again) = (false, true);
                sending.send.push(again);
            }
            self.lines.push_back(line);
        }
        sending.told = last_told(&given_up);
        sending
    }
}

impl UnconfirmedLine {
    /// How the line is reported.
    fn told(&self) -> String {
        let is_message = self.echo == Echo::InRoom(Manner::Said) && !self.names_room;
        let line = if is_message { &self.text } else { &self.line };
        let beginning = width::beginning(line, COLUMNS_TOLD_MAX);
        if beginning.len() == line.len() { line.clone() } else { format!("{beginning}…") }
    }

    fn has_id(&self, id: ClientMessageId) -> bool {
        self.id.as_ref().is_some_and(|given| given.id == id)
    }

    /// The line that says the same in the same room, unless that is no longer possible or the
    /// server may have forgotten whether it has been said.
    fn again(
        &self,
        space: Option<&IdSpace>,
        place: &Place,
        now: Moment,
    ) -> Option<(ClientMessageId, String)> {
        let given = self.id.as_ref().filter(|given| space == Some(&given.space))?;
        let room = self.room.as_deref()?;
        let room = place.rooms.iter().find(|known| is_same(known, room))?;
        // Only the wall clock counts the time in which the machine sleeps, and only the other clock
        // cannot be set.
        let is_new = now.instant.saturating_duration_since(self.sent_at.instant) < SEND_AGAIN_TIME
            && now.wall.duration_since(self.sent_at.wall).is_ok_and(|age| age < SEND_AGAIN_TIME);
        if !is_new {
            return None;
        }
        let line = match self.echo {
            _ if self.names_room || place.rooms.last() == Some(room) => self.line.clone(),
            Echo::InRoom(Manner::Said) => format!("{room} {}", self.text),
            Echo::InRoom(Manner::Acted) | Echo::Private => return None,
        };
        Some((given.id, line))
    }
}

/// How the last of these lines are reported.
fn last_told(lines: &[UnconfirmedLine]) -> Vec<String> {
    let told = lines.len().saturating_sub(LINES_TOLD_MAX);
    lines.iter().skip(told).map(UnconfirmedLine::told).collect()
}
