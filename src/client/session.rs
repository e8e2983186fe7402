//! A chat session on a terminal: how it reacts to keys, the server and time.
//!
//! Plain data: events in, effects out, without a terminal, a socket or a clock. This module owns
//! the line being typed, the state of the connection, and when to reconnect. The modules beside it
//! know what the server's bytes mean, who the user is there, what they missed, and how all of it is
//! worded.
//!
//! With a hobnob server the session knows everything from its data. Any other server is sent and
//! sends lines of text, and nothing is read in them.

mod answer;
pub mod catch_up;
pub mod choices;
mod effects;
pub mod identity;
pub mod incoming;
mod keys;
mod messages;
mod prompt;
mod reclaim_name;
mod reconnect;
mod rejoin;
pub mod sanitize;
mod sent_again;
mod unconfirmed;
pub mod words;

use std::time::Instant;

use zeroize::Zeroizing;

use crate::base::clock::Moment;
use crate::base::zone::Zone;
use crate::model::Lang;
use crate::model::id::ClientMessageId;
use crate::terminal::editor::Limits;
use crate::terminal::{Key, Place, Size};
use crate::wire::json::message::ServerMessage;

use self::catch_up::{CatchUp, ShownLines};
use self::choices::ChosenSettings;
pub use self::effects::{Action, Effects, Ending};
use self::identity::Identity;
use self::incoming::{Incoming, Received, Speech};
use super::terminal::display::{self, DisplayOptions};
use super::terminal::input_history;
use super::terminal::logged::LogEntry;

use self::answer::Typing;
use self::reclaim_name::NameReclaim;
use self::reconnect::{ConnectFailure, Reconnect};
use self::unconfirmed::UnconfirmedLines;
use self::words::Words;

/// Maximum length of a line that is sent, in bytes: more than servers accept; they report their own
/// limit.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// Maximum number of lines of the client itself that wait for the end of a question: a few for each
/// room.
const HELD_LINES_MAX: usize = 256;

/// The parameters of a session.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// The server's address as the user wrote it.
    pub address: String,
    /// The name to use on the server.
    pub name: Option<String>,
    /// The display options.
    pub looks: DisplayOptions,
    /// The client's language.
    pub lang: Lang,
    /// The client's time zone.
    pub zone: Zone,
    /// The size of the terminal.
    pub size: Size,
    /// Lines sent in earlier runs, oldest first.
    pub recalled: Vec<String>,
    /// The seed for the random part of the pauses between attempts.
    pub seed: u64,
}

/// An event that the session reacts to.
#[derive(Clone, Debug)]
pub enum SessionEvent {
    /// Bytes from the keyboard.
    Typed(Vec<u8>),
    /// The keyboard has ended: the terminal has gone.
    KeyboardEnded,
    /// Bytes from the server.
    Received(Vec<u8>),
    /// The server has closed the connection, or it broke for this reason. There is one connection
    /// at a time, and this is its last event.
    Ended(Option<String>),
    /// A new connection has been made.
    Connected,
    /// Connecting has failed for this reason.
    NotConnected(String),
    /// The terminal has a new size.
    Resized(Size),
    /// The client is back in the foreground, on a terminal of this size.
    Resumed(Size),
    /// A message of the client itself for the user.
    Trouble(String),
    /// A deadline may have passed.
    TimePassed,
}

/// A chat session.
pub struct Session {
    /// The server's address as the user wrote it.
    address: String,
    lang: Lang,
    words: Words,
    /// The time of the current event.
    now: Moment,
    typing: Typing,
    hearing: Incoming,
    /// The current place, or the last one while there is no connection.
    place: Place,
    /// The place to return to: the last one at which there was nothing left to catch up on.
    home: Place,
    /// The place on this connection, if known.
    here: Option<Place>,
    display: display::Display,
    identity: Identity,
    choices: ChosenSettings,
    /// The last line sent, in case it was too long.
    sent_last: String,
    /// The maximum length of a line in bytes, once the server has said it.
    line_limit: Option<usize>,
    link: Reconnect,
    rng: fastrand::Rng,
    catch_up: Option<CatchUp>,
    /// While the user's name and rooms are being restored: the latest end of that.
    back_by: Option<Instant>,
    /// Seconds until the next attempt, as shown in the prompt.
    seconds_left: Option<u64>,
    /// When to stop waiting for the server to agree on JSON.
    agreed_by: Option<Instant>,
    /// Whether the server has agreed on JSON on any connection.
    has_been_json: bool,
    shown: ShownLines,
    /// Messages that waited for missing lines when the last connection ended.
    unshown: Vec<ServerMessage>,
    unconfirmed: UnconfirmedLines,
    /// Lines that the client sends by itself, held until the server asks nothing.
    held_lines: Vec<Zeroizing<String>>,
    /// Set while someone else is using our name.
    name_reclaim: Option<NameReclaim>,
    /// Keys from an Enter on that came before it was clear what travels on the connection.
    ahead: Vec<Key>,
    /// Number of consecutive ^C on an empty line.
    interrupts: u32,
    effects: Effects,
}

impl Session {
    /// A session on a connection that has just been made.
    pub fn new(options: SessionOptions, now: Moment) -> Self {
        let limits = Limits {
            line_bytes_max: LINE_BYTES_MAX,
            recall_entries_max: input_history::ENTRIES_MAX,
            recall_bytes_max: input_history::BYTES_MAX,
        };
        let mut display = display::Display::new(options.size, options.looks, limits);
        let editor = display.console.editor();
        options.recalled.iter().for_each(|line| editor.remember(line));
        let (hearing, request) = Incoming::new();
        let effects = Effects { send: Zeroizing::new(request), ..Effects::default() };
        Self {
            lang: options.lang,
            words: Words::new(options.lang, options.zone),
            now,
            typing: Typing::Line,
            hearing,
            place: Place::default(),
            home: Place::default(),
            here: None,
            display,
            identity: Identity::new(options.name),
            choices: ChosenSettings::default(),
            sent_last: String::new(),
            line_limit: None,
            link: Reconnect::default(),
            rng: fastrand::Rng::with_seed(options.seed),
            catch_up: None,
            back_by: None,
            seconds_left: None,
            agreed_by: Some(now.instant + rejoin::AGREEMENT_PATIENCE),
            has_been_json: false,
            shown: ShownLines::default(),
            unshown: Vec::new(),
            unconfirmed: UnconfirmedLines::default(),
            held_lines: Vec::new(),
            name_reclaim: None,
            ahead: Vec::new(),
            interrupts: 0,
            effects,
            address: options.address,
        }
    }

    /// Handles an event.
    pub fn on(&mut self, event: SessionEvent, now: Moment) {
        self.now = now;
        match event {
            SessionEvent::Typed(bytes) => self.type_bytes(&bytes),
            SessionEvent::KeyboardEnded => self.leave(),
            SessionEvent::Received(bytes) => self.receive(&bytes, now.instant),
            SessionEvent::Ended(reason) => self.end_connection(reason, now.instant),
            SessionEvent::Connected => self.begin_connection(now.instant),
            SessionEvent::NotConnected(reason) => {
                self.fail(ConnectFailure::NoConnection(reason), now.instant);
            }
            SessionEvent::Resized(size) => self.display.resize(size, &mut self.effects.write),
            SessionEvent::Resumed(size) => self.display.begin_again(size),
            SessionEvent::Trouble(text) => self.display.tell(&text),
            SessionEvent::TimePassed => {}
        }
        self.follow_time(now.instant);
        if !self
            .effects
            .actions
            .iter()
            .any(|order| matches!(order, Action::End(_) | Action::Suspend))
        {
            self.draw(now.instant);
        }
    }

    /// The effects since the last call, if there are any.
    pub fn take_effects(&mut self) -> Option<Effects> {
        let effects = std::mem::take(&mut self.effects);
        (effects != Effects::default()).then_some(effects)
    }

    /// When to send [`SessionEvent::TimePassed`] if nothing else happens.
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        let caught_up = self.catch_up.as_ref().and_then(CatchUp::deadline);
        let name_reclaim = self.name_reclaim.as_ref().and_then(NameReclaim::deadline);
        let due = self.display.due(now);
        let own = [self.back_by, self.agreed_by];
        let all = [self.link.next_second(now), due, caught_up, name_reclaim];
        all.into_iter().chain(own).flatten().min()
    }

    /// Returns the bytes that leave the terminal as it was.
    pub fn leave_terminal(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.display.end(&mut bytes);
        bytes
    }

    fn follow_time(&mut self, now: Instant) {
        if self.link.takes_deadline(now) {
            self.effects.actions.push(Action::Connect);
        }
        let seconds_left = self.link.seconds_left(now);
        if std::mem::replace(&mut self.seconds_left, seconds_left) != seconds_left {
            self.display.console.mark_stale();
        }
        self.follow_agreement(now);
        if let Some(catch_up) = &mut self.catch_up {
            if catch_up.deadline().is_some_and(|deadline| deadline <= now) {
                let step = catch_up.wait_no_longer(&mut self.shown, now);
                self.follow(step, now);
            }
            self.catch_up.take_if(|catch_up| catch_up.is_over(now));
            self.settle();
        }
        self.end_rejoin(now);
        self.reclaim_name(now);
        if !self.is_being_asked() {
            for line in std::mem::take(&mut self.held_lines) {
                self.put_line(&line);
            }
        }
        self.send_again();
    }

    /// Makes the current place the one to return to, unless the client is still catching up.
    fn settle(&mut self) {
        if self.catch_up.is_none() && self.hearing.speech() == Speech::Json {
            self.home.clone_from(&self.place);
        }
    }

    fn receive(&mut self, bytes: &[u8], now: Instant) {
        self.hearing.take(bytes);
        self.hear_all(now);
        // A question in lines is an unfinished one.
        if self.typing.is_hidden() {
            self.display.console.mark_stale();
        }
    }

    fn hear_all(&mut self, now: Instant) {
        while let Some(heard) = self.hearing.pop() {
            self.hear(heard, now);
        }
    }

    fn hear(&mut self, heard: Received, now: Instant) {
        match heard {
            Received::Answer(bytes) => self.effects.send.extend_from_slice(&bytes),
            Received::Offer => self.ask_for_json(now),
            Received::Decided(speech) => self.follow_speech(speech),
            Received::Message(message) => self.hear_message(*message, now),
            Received::Line(line) => self.hear_line(&line, now),
            Received::Concealed(is_concealed) => self.conceal(is_concealed),
        }
    }

    /// Reports a change of the connection, in the log as well: there may be a gap.
    fn tell_of_connection(&mut self, text: &str) {
        self.display.tell(text);
        self.effects.log.push(LogEntry::Line(text.to_owned()));
    }

    /// Whether the server takes a line for an answer to a question, or is about to ask one.
    fn is_being_asked(&self) -> bool {
        // A server that answers a login in other words is waited for no longer than this.
        let is_asked_soon = self.identity.is_own_login_open() && self.back_by.is_some();
        self.typing.is_hidden() || is_asked_soon
    }

    /// Sends a line that the user has not typed. During a question it would count as a wrong
    /// password, so it is held. Nothing is learned from it: what it says is known already, and a
    /// rule may be for another room than the current one.
    fn send_unasked(&mut self, line: Zeroizing<String>) {
        // A question that has just ended leaves lines that go first.
        if self.is_being_asked() || !self.held_lines.is_empty() {
            self.held_lines.push(line);
            self.held_lines.truncate(HELD_LINES_MAX);
        } else {
            self.put_line(&line);
        }
    }

    /// Sends a line, and learns from it.
    fn send_line(&mut self, line: &str) {
        self.learn(line);
        self.put_line(line);
    }

    /// Learns from a line that is sent.
    fn learn(&mut self, line: &str) {
        let room = self.place.rooms.last().map(|room| &**room);
        self.identity.sends(line, room);
        self.choices.sends(line, room);
        self.unconfirmed.follow_command(line);
    }

    /// Sends a line, which may be a password.
    fn put_line(&mut self, line: &str) {
        self.put_message(line, None);
    }

    /// Sends a line that may have an id.
    fn put_message(&mut self, line: &str, id: Option<ClientMessageId>) {
        incoming::append_line(&mut self.effects.send, self.hearing.speech(), line, id);
    }

    fn draw(&mut self, now: Instant) {
        let prompt = self.prompt();
        let bottom = match self.typing {
            Typing::Line => (&*prompt, None),
            Typing::Hidden(_) | Typing::Dropped(_) => ("", Some(&*prompt)),
        };
        let place = self.place.rooms.last().map_or(&*self.address, |room| room);
        self.display.draw(bottom, place, now, &mut self.effects.write);
    }
}

#[cfg(test)]
mod tests;
