//! Catching up after a broken connection: rejoining the user's rooms, and showing each line that
//! was said in the meantime exactly once.
//!
//! This module decides what to ask the server for and which of its lines the user has already seen.
//! It does not know the user's identity or how a line is shown. It is pure: time is passed in.
//!
//! Every line has a number in its room. A user who joins a room is shown its last lines, or, if
//! logged in, told how many lines they have missed. Where lines between the last one shown and the
//! next one are missing, the client asks for them, one room at a time; later lines of that room wait
//! until then.

mod held;
mod shown;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::limits::{HISTORY_PAGE_LINES, ROOMS_PER_CLIENT_MAX};
use crate::model::{Heading, Past, PastEnd, Refusal, Reply};
use crate::terminal::Place;
use crate::wire::json::message::ServerMessage;

use self::held::HeldMessages;
use self::shown::ROOM_BYTES_MAX;
pub use self::shown::ShownLines;

/// The room that everyone joins on connecting.
const LOBBY: &str = "#lobby";

/// How long an answer may take. A login is slow to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// When the user is assumed to have arrived, at the latest. What the server sends from then on
/// answers the user's own commands.
const ARRIVAL_PATIENCE: Duration = Duration::from_secs(30);

/// Limit for the whole of catching up, no matter what the server goes on to say.
const CATCH_UP_PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait for the replay that directly follows an answer: long enough for a lost packet to
/// be sent again.
const GAP: Duration = Duration::from_secs(2);

/// The pause before asking a busy server again.
const BUSY_PAUSE: Duration = Duration::from_millis(500);

/// Maximum number of rooms whose missing lines are requested: as many as a user may be in.
const ROOMS_MAX: usize = ROOMS_PER_CLIENT_MAX;

/// The consequences of a message.
#[derive(Debug, Default, PartialEq)]
pub struct CatchUpStep {
    /// Messages to show, in this order.
    pub show: Vec<ServerMessage>,
    /// Lines to send.
    pub send: Vec<String>,
}

/// The handling of a message, or of the time.
struct CatchUpTurn<'a> {
    shown: &'a mut ShownLines,
    now: Instant,
    step: CatchUpStep,
}

/// A request for missing lines.
#[derive(Debug)]
struct PendingQuery {
    room: Box<str>,
    /// The number of lines asked for, up to the last one of the room.
    count: u64,
    /// It is the second request, because the first was for too few lines.
    is_second: bool,
    /// A page has arrived.
    has_page: bool,
    /// Something has been shown, below a heading.
    has_heading: bool,
    /// The server was busy: ask again at `until`.
    is_busy: bool,
    until: Instant,
}

/// The process of catching up on one server.
#[derive(Debug)]
pub struct CatchUp {
    /// The last known place, until the user has arrived.
    place: Option<Place>,
    place_until: Instant,
    /// The end of all waiting.
    ends_at: Instant,
    /// Number of joins that the server has not answered, and when to stop waiting for them.
    awaited: Option<(usize, Instant)>,
    /// Rooms that the user has joined and whose last lines may follow.
    joined: Vec<Box<str>>,
    /// Rooms that have missing lines, and how many lines back these begin.
    wanted: VecDeque<(Box<str>, u64)>,
    asked: Option<PendingQuery>,
    /// Rooms that were asked about.
    done: Vec<Box<str>>,
    /// Messages of rooms whose missing lines have not arrived.
    held: HeldMessages,
}

impl CatchUp {
    /// Begins returning to a place.
    pub fn new(place: Place, now: Instant) -> Self {
        Self {
            place: Some(place),
            place_until: now + ARRIVAL_PATIENCE,
            ends_at: now + CATCH_UP_PATIENCE,
            awaited: None,
            joined: Vec::new(),
            wanted: VecDeque::new(),
            asked: None,
            done: Vec::new(),
            held: HeldMessages::default(),
        }
    }

    /// Takes the place on the new connection. Returns the rooms to join, in this order, and the
    /// room to switch to afterwards if that is a different one.
    pub fn arrive(&mut self, here: &Place, now: Instant) -> (Vec<Box<str>>, Option<Box<str>>) {
        if here.rooms.is_empty() {
            return (Vec::new(), None);
        }
        let Some(before) = self.place.take() else { return (Vec::new(), None) };
        let missing: Vec<Box<str>> =
            before.rooms.iter().filter(|room| !here.rooms.contains(room)).cloned().collect();
        let last = missing.last().or(here.rooms.last());
        let wanted = before.rooms.last().filter(|room| Some(*room) != last);
        let awaited = missing.len() + usize::from(wanted.is_some());
        self.awaited = Some((awaited, now + if awaited > 0 { PATIENCE } else { GAP }));
        (missing, wanted.cloned())
    }

    /// Takes a message from the server.
    pub fn hear(
        &mut self,
        message: ServerMessage,
        shown: &mut ShownLines,
        now: Instant,
    ) -> CatchUpStep {
        let mut turn = CatchUpTurn { shown, now, step: CatchUpStep::default() };
        match message {
            ServerMessage::Reply(Reply::Past(past)) => self.hear_past(*past, &mut turn),
            ServerMessage::Reply(Reply::SaidBefore(own)) => {
                if let (Some(room), Some(seq)) = (own.room, own.seq) {
                    self.hear_said_before(&room, seq, &mut turn);
                }
            }
            ServerMessage::Reply(reply) => {
                if !self.takes_refusal(&reply, &mut turn) {
                    self.follow(&reply, now);
                    turn.step.show.push(ServerMessage::Reply(reply));
                }
            }
            ServerMessage::Event(event) => {
                let room: Box<str> = (*event.room).into();
                let has_to_wait = event.seq.filter(|_| event.event.is_said()).is_some_and(|seq| {
                    self.joined.retain(|joined| *joined != room);
                    self.has_to_wait(&room, seq, seq, &turn)
                });
                self.show_or_hold(has_to_wait, room, ServerMessage::Event(event), &mut turn);
            }
            other => turn.step.show.push(other),
        }
        self.go_on(&mut turn);
        turn.step
    }

    /// A message of the user was said before the connection broke, with this number. If its echo
    /// has been lost, it is one of the missing lines.
    fn hear_said_before(&mut self, room: &str, seq: u64, turn: &mut CatchUpTurn<'_>) {
        turn.shown.begin_before(room, seq);
        let last = turn.shown.last_seq(room).unwrap_or(seq);
        if last < seq {
            self.want(room, seq - last);
        }
    }

    /// Notes where the user is, and what they have missed.
    fn follow(&mut self, reply: &Reply, now: Instant) {
        let joined = match reply {
            Reply::Welcome { .. } => Some(LOBBY),
            Reply::JoinedRoom { room, .. } | Reply::MadeRoom { room } => Some(&**room),
            _ => None,
        };
        let has_room = |room: &&str| self.joined.len() < ROOMS_MAX && room.len() <= ROOM_BYTES_MAX;
        if let Some(room) = joined.filter(has_room) {
            self.joined.push(room.into());
        }
        match reply {
            Reply::JoinedRoom { .. } | Reply::MadeRoom { .. } | Reply::TalkingIn { .. } => {
                if let Some((awaited, until)) = &mut self.awaited {
                    *awaited = awaited.saturating_sub(1);
                    // The room's replay follows directly.
                    *until = now + if *awaited > 0 { PATIENCE } else { GAP };
                }
            }
            Reply::Unread { room, count, .. } => {
                self.joined.retain(|joined| **joined != **room);
                self.want(room, *count);
            }
            _ => {}
        }
    }

    /// Requests the lines of a room from this many lines back, once.
    fn want(&mut self, room: &str, count: u64) {
        let rooms = self.wanted.len() + self.done.len() + usize::from(self.asked.is_some());
        let is_done = self.done.iter().any(|done| **done == *room);
        if rooms < ROOMS_MAX && room.len() <= ROOM_BYTES_MAX && !is_done && !self.is_wanted(room) {
            self.wanted.push_back((room.into(), count));
        }
    }

    fn is_wanted(&self, room: &str) -> bool {
        self.asked.as_ref().is_some_and(|asked| *asked.room == *room)
            || self.wanted.iter().any(|(wanted, _)| **wanted == *room)
    }

    /// Whether lines of a room, given by the first and the last number, have to wait for others that
    /// were said before them.
    fn has_to_wait(&mut self, room: &str, first: u64, last: u64, turn: &CatchUpTurn<'_>) -> bool {
        if let Some(before) = turn.shown.last_seq(room)
            && first > before.saturating_add(1)
        {
            self.want(room, last.saturating_sub(before));
        }
        self.is_wanted(room)
    }

    /// Shows what is new in a message, unless it has to be held back. If that is too much, catching
    /// up ends.
    fn show_or_hold(
        &mut self,
        has_to_wait: bool,
        room: Box<str>,
        message: ServerMessage,
        turn: &mut CatchUpTurn<'_>,
    ) {
        if !has_to_wait {
            turn.step.show.extend(turn.shown.new_part(message));
        } else if !self.held.push(room, message) {
            self.done.extend(self.wanted.drain(..).map(|(room, _)| room));
            self.finish(turn);
        }
    }

    /// Shows what is held for rooms whose missing lines have arrived, or will not.
    fn release(&mut self, turn: &mut CatchUpTurn<'_>) {
        let mut held = std::mem::take(&mut self.held);
        let released = held.take(|room| self.is_wanted(room));
        self.held = held;
        turn.step.show.extend(released.into_iter().filter_map(|held| turn.shown.new_part(held)));
    }

    /// What is held when the connection ends, in order.
    pub fn into_held(self) -> Vec<ServerMessage> {
        self.held.into_messages()
    }

    fn hear_past(&mut self, past: Past, turn: &mut CatchUpTurn<'_>) {
        let room: Box<str> = past.room.as_deref().unwrap_or_default().into();
        if self.asked.as_ref().is_some_and(|asked| asked.room == room) {
            return self.hear_page(past, turn);
        }
        let joined = self.joined.iter().position(|joined| *joined == room);
        let is_last = matches!(past.heading, Some(Heading::Last { .. }));
        if let Some(joined) = joined.filter(|_| is_last)
            && let (Some(first), Some(last)) = (past.lines.first(), past.lines.last())
        {
            self.joined.swap_remove(joined);
            let has_to_wait = self.has_to_wait(&room, first.seq, last.seq, turn);
            let message = ServerMessage::Reply(Reply::Past(past.into()));
            self.show_or_hold(has_to_wait, room, message, turn);
        } else {
            turn.shown.note_past(&past);
            turn.step.show.push(ServerMessage::Reply(Reply::Past(past.into())));
        }
    }

    /// Takes a page of missing lines.
    fn hear_page(&mut self, mut past: Past, turn: &mut CatchUpTurn<'_>) {
        let Some(asked) = &mut self.asked else { return };
        let gap = past.gaps.first().map(|(first, _)| *first);
        let first = past.lines.first().map(|line| line.seq).into_iter().chain(gap).min();
        if let (Some(first), Some(last)) = (first, turn.shown.last_seq(&asked.room))
            && first > last.saturating_add(1)
            && !(asked.has_page || asked.is_second || past.is_cut)
        {
            // The server has counted from somewhere else, or lines were said in the meantime.
            let more = first - last - 1 + HISTORY_PAGE_LINES as u64;
            let asked = (asked.room.clone(), asked.count.saturating_add(more));
            return self.ask(asked, true, turn);
        }
        asked.has_page = true;
        asked.until = turn.now + PATIENCE;
        let has_more = std::mem::replace(&mut past.end, PastEnd::Whole) == PastEnd::More;
        if turn.shown.take_new(&mut past) {
            let is_first = !std::mem::replace(&mut asked.has_heading, true);
            past.heading = is_first.then_some(Heading::Missed);
            past.is_cut &= is_first;
            turn.step.show.push(ServerMessage::Reply(Reply::Past(past.into())));
        }
        if has_more {
            turn.step.send.push("/more".to_owned());
        } else {
            self.finish(turn);
        }
    }

    /// Ends the request.
    fn finish(&mut self, turn: &mut CatchUpTurn<'_>) {
        self.done.extend(self.asked.take().map(|asked| asked.room));
        self.release(turn);
    }

    /// Follows a refusal of the request. Returns whether it was meant for the client alone.
    fn takes_refusal(&mut self, reply: &Reply, turn: &mut CatchUpTurn<'_>) -> bool {
        use Refusal::{
            HistoryFailed, HistoryIsBusy, HistoryIsEmpty, NotInRoom, NothingMore, RoomLeft,
        };
        let (Some(asked), Reply::Refused(why)) = (&mut self.asked, reply) else { return false };
        match why {
            HistoryIsBusy => {
                asked.is_busy = true;
                asked.until = turn.now + BUSY_PAUSE;
            }
            HistoryFailed | HistoryIsEmpty { .. } | NotInRoom { .. } | NothingMore | RoomLeft => {
                self.finish(turn);
            }
            _ => return false,
        }
        true
    }

    /// When to call [`Self::wait_no_longer`] if no message arrives.
    pub fn deadline(&self) -> Option<Instant> {
        let asked = self.asked.as_ref().map(|asked| asked.until);
        let awaited = self.awaited.map(|(_, until)| until);
        asked.into_iter().chain(awaited).min().map(|deadline| deadline.min(self.ends_at))
    }

    /// Handles the deadlines that have passed.
    pub fn wait_no_longer(&mut self, shown: &mut ShownLines, now: Instant) -> CatchUpStep {
        let mut turn = CatchUpTurn { shown, now, step: CatchUpStep::default() };
        let has_ended = self.ends_at <= now;
        let is_due = |until: Instant| has_ended || until <= now;
        self.awaited.take_if(|(_, until)| is_due(*until));
        if has_ended {
            self.done.extend(self.wanted.drain(..).map(|(room, _)| room));
        }
        if let Some(asked) = self.asked.take_if(|asked| is_due(asked.until)) {
            if asked.is_busy && !has_ended {
                self.ask((asked.room, asked.count), asked.is_second, &mut turn);
            } else {
                self.done.push(asked.room);
            }
        }
        self.release(&mut turn);
        self.go_on(&mut turn);
        turn.step
    }

    /// Whether there is nothing left to wait for.
    pub fn is_over(&self, now: Instant) -> bool {
        (self.place.is_none() || self.place_until <= now) && self.deadline().is_none()
    }

    /// Requests the next missing lines.
    fn go_on(&mut self, turn: &mut CatchUpTurn<'_>) {
        if self.asked.is_none()
            && let Some(wanted) = self.wanted.pop_front()
        {
            self.ask(wanted, false, turn);
        }
    }

    fn ask(&mut self, (room, count): (Box<str>, u64), is_second: bool, turn: &mut CatchUpTurn<'_>) {
        turn.step.send.push(format!("/history {room} {count}"));
        self.asked = Some(PendingQuery {
            room,
            count,
            is_second,
            has_page: false,
            has_heading: false,
            is_busy: false,
            until: turn.now + PATIENCE,
        });
    }
}

#[cfg(test)]
mod tests;
