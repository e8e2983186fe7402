//! A session with its clock, a server that a test plays, and a screen.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::client::session::*;
use crate::model::{
    ClientId, Event, LineId, Question, QuestionFault, QuestionKind, Refusal, Reply,
};
use crate::text::CleanText;
use crate::wire::json::message::{ClientMessage, EventMessage, Hello};

pub(super) const WILL_MESSAGES: &[u8] = b"\xff\xfb\xc9";
pub(super) const WILL_ECHO: &[u8] = b"\xff\xfb\x01";
pub(super) const WONT_ECHO: &[u8] = b"\xff\xfc\x01\r\n";

/// DO 201, as far as it is text.
pub(super) const DO_MESSAGES: &str = "\u{fffd}\u{fffd}\u{fffd}";

/// A session, its clock, the server, and everything it has sent and drawn.
pub(super) struct Scene {
    pub(super) session: Session,
    pub(super) now: Instant,
    /// What it has sent, with JSON lines as the lines in them.
    pub(super) sent: String,
    /// The lines that it has sent with an id, and these ids.
    pub(super) identified: Vec<(String, String)>,
    /// What the server calls its memory of messages, if it understands ids.
    pub(super) message_ids: Option<&'static str>,
    pub(super) wall: SystemTime,
    pub(super) screen: vt100::Parser<Title>,
    pub(super) log: Vec<String>,
    pub(super) kept: Vec<String>,
    pub(super) orders: Vec<Action>,
    /// The number of lines that were said in each room.
    pub(super) seqs: BTreeMap<String, u64>,
}

/// The window's title.
pub(super) struct Title(pub(super) String);

impl vt100::Callbacks for Title {
    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.0 = String::from_utf8_lossy(title).into_owned();
    }
}

impl Scene {
    /// A session on hobnob, in the lobby.
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut SessionOptions)) -> Self {
        let mut scene = Self::at_server(change);
        scene.sends(DO_MESSAGES);
        scene.agrees();
        scene.arrives(&["#lobby"]);
        scene
    }

    /// A session on a server that has not sent anything yet.
    pub(super) fn at_server(change: impl FnOnce(&mut SessionOptions)) -> Self {
        let mut options = SessionOptions {
            address: "localhost:8000".to_owned(),
            name: None,
            looks: DisplayOptions::default(),
            lang: Lang::En,
            zone: Zone::of_offset(0),
            size: Size::new(60, 20),
            recalled: vec!["first".to_owned()],
            seed: 7,
        };
        change(&mut options);
        let size = |value: u16| std::num::NonZeroU16::new(value).unwrap();
        let screen = vt100::Parser::new_with_callbacks(
            size(options.size.rows),
            size(options.size.columns),
            0,
            Title(String::new()),
        );
        let now = Instant::now();
        let mut scene = Self {
            session: Session::new(options, Moment { instant: now, wall: SystemTime::UNIX_EPOCH }),
            now,
            sent: String::new(),
            identified: Vec::new(),
            message_ids: None,
            wall: SystemTime::UNIX_EPOCH,
            screen,
            log: Vec::new(),
            kept: Vec::new(),
            orders: Vec::new(),
            seqs: BTreeMap::new(),
        };
        scene.on(SessionEvent::TimePassed);
        scene
    }

    pub(super) fn on(&mut self, event: SessionEvent) {
        self.now += Duration::from_millis(60);
        self.session.on(event, Moment { instant: self.now, wall: self.wall });
        let mut effects = self.session.take_effects().unwrap_or_default();
        for part in effects.send.split_inclusive(|byte| *byte == b'\n') {
            match serde_json::from_slice(part) {
                Ok(ClientMessage::Line { line, id }) => {
                    self.sent.push_str(&format!("{line}\r\n"));
                    self.identified.extend(id.map(|id| (line, id)));
                }
                _ => self.sent.push_str(&String::from_utf8_lossy(part)),
            }
        }
        self.screen.process(&effects.write);
        for entry in effects.log {
            match entry {
                LogEntry::Line(line) => self.log.push(line),
                LogEntry::Replay { heading, lines } => {
                    self.log.push(heading);
                    self.log.extend(lines.into_iter().map(|(shown, _)| shown));
                }
            }
        }
        self.kept.append(&mut effects.sent);
        self.orders.append(&mut effects.actions);
    }

    pub(super) fn hears(&mut self, bytes: impl AsRef<[u8]>) {
        self.on(SessionEvent::Received(bytes.as_ref().to_vec()));
    }

    /// The server agrees on JSON. What is left of what was sent is the first line in the Hello.
    pub(super) fn agrees(&mut self) {
        self.hears(WILL_MESSAGES);
        let sent = self.take_sent();
        let data = sent.split_once("Hobnob.Hello ").expect(&sent).1.trim_end_matches('\u{fffd}');
        let hello: Hello = serde_json::from_str(data).unwrap();
        self.sent = hello.first_line.map(|line| line + "\r\n").unwrap_or_default();
        let message_ids = self.message_ids.map(str::to_owned);
        let hello = serde_json::to_vec(&Hello { message_ids, ..Hello::of_version() }).unwrap();
        self.hears([b"\xff\xfa\xc9Hobnob.Hello ", &hello[..], b"\xff\xf0"].concat());
    }

    pub(super) fn tells(&mut self, message: &ServerMessage) {
        self.hears(serde_json::to_string(message).unwrap() + "\n");
    }

    pub(super) fn replies(&mut self, reply: impl Into<Reply>) {
        self.tells(&ServerMessage::Reply(reply.into()));
    }

    /// Somebody says something in a room.
    pub(super) fn hears_in(&mut self, room: &str, name: &str, text: &str) {
        let seq = self.seqs.entry(room.to_owned()).or_default();
        *seq += 1;
        let message = said(room, *seq, name, text);
        self.tells(&message);
    }

    /// The same in the lobby.
    pub(super) fn hears_say(&mut self, name: &str, text: &str) {
        self.hears_in("#lobby", name, text);
    }

    /// The server tells everybody in the lobby about a new name.
    pub(super) fn sees_renamed(&mut self, from: &str, to: &str) {
        self.tells(&event("#lobby", None, from, Event::Renamed { to: to.into() }));
    }

    pub(super) fn asks(&mut self, ask: QuestionKind, name: &str, fault: Option<QuestionFault>) {
        let name = Some(name).filter(|name| !name.is_empty()).map(Into::into);
        self.tells(&ServerMessage::Ask { ask: Some(Question { ask, name, fault }) });
    }

    /// The server asks for the password of this account.
    pub(super) fn asks_password(&mut self, name: &str) {
        self.asks(QuestionKind::Password, name, None);
    }

    pub(super) fn stops_asking(&mut self) {
        self.tells(&ServerMessage::Ask { ask: None });
    }

    pub(super) fn is_logged_in_as(&mut self, name: &str) {
        self.replies(Reply::LoggedIn { name: name.into(), clients: 1 });
    }

    pub(super) fn is_registered(&mut self, name: &str) {
        self.replies(Refusal::NameRegistered { name: name.into() });
    }

    pub(super) fn types(&mut self, keys: &str) {
        self.on(SessionEvent::Typed(keys.into()));
    }

    /// The server admits the user and sends their place.
    pub(super) fn arrives(&mut self, rooms: &[&str]) {
        self.arrives_as("swift-fox", rooms);
    }

    pub(super) fn arrives_as(&mut self, name: &str, rooms: &[&str]) {
        self.replies(Reply::Welcome { name: name.into(), is_address: true });
        self.is_in(rooms);
    }

    pub(super) fn is_in(&mut self, rooms: &[&str]) {
        let rooms = rooms.iter().map(|room| (*room).into()).collect();
        self.tells(&ServerMessage::Rooms { rooms });
    }

    /// Advances the clock to the session's next deadline.
    pub(super) fn waits(&mut self) {
        self.now = self.session.deadline(self.now).unwrap();
        self.on(SessionEvent::TimePassed);
    }

    /// Advances the clock until the session has no deadline.
    pub(super) fn waits_for_nothing(&mut self) {
        while self.session.deadline(self.now).is_some() {
            self.waits();
        }
    }

    pub(super) fn take_sent(&mut self) -> String {
        std::mem::take(&mut self.sent)
    }

    #[track_caller]
    pub(super) fn sends(&mut self, expected: &str) {
        assert_eq!(self.take_sent(), expected);
    }

    #[track_caller]
    pub(super) fn orders(&mut self, expected: &[Action]) {
        assert_eq!(std::mem::take(&mut self.orders), expected);
    }

    /// Breaks the connection, if there is one, and makes another with JSON. What is left of what was
    /// sent identifies the user.
    pub(super) fn comes_back(&mut self) {
        self.on(SessionEvent::Ended(Some("connection reset".into())));
        self.waits_for_an_attempt();
        self.take_sent();
        self.on(SessionEvent::Connected);
        self.sends(DO_MESSAGES);
        self.agrees();
    }

    /// Returns how long the session waits before its next attempt.
    pub(super) fn waits_for_an_attempt(&mut self) -> Duration {
        let before = self.now;
        self.orders.clear();
        while self.orders.is_empty() {
            self.waits();
        }
        self.orders(&[Action::Connect]);
        self.now - before
    }

    /// Returns how long the session waits before it sends something.
    pub(super) fn waits_until_it_sends(&mut self, expected: &str) -> Duration {
        let before = self.now;
        while self.sent.is_empty() {
            self.waits();
        }
        self.sends(expected);
        self.now - before
    }

    pub(super) fn count_rows(&self, part: &str) -> usize {
        self.screen.screen().contents().matches(part).count()
    }

    /// Checks the last rows of the screen.
    #[track_caller]
    pub(super) fn shows(&self, expected: &[&str]) {
        let columns = self.screen.screen().size().1.get();
        let mut rows: Vec<String> =
            self.screen.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        let start = rows.len().saturating_sub(expected.len());
        assert_eq!(rows[start..], *expected, "{rows:#?}");
    }
}

pub(super) fn event(room: &str, seq: Option<u64>, name: &str, event: Event) -> ServerMessage {
    let number = seq.unwrap_or_default();
    ServerMessage::Event(EventMessage {
        event: std::borrow::Cow::Owned(event),
        room: room.to_owned().into(),
        seq,
        id: LineId { origin: 1, number },
        at: at(number),
        name: name.to_owned().into(),
        client: ClientId(1),
        mention: false,
        rings: false,
    })
}

pub(super) fn at(seconds: u64) -> crate::model::time::Timestamp {
    (SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).into()
}

pub(super) fn said(room: &str, seq: u64, name: &str, text: &str) -> ServerMessage {
    event(room, Some(seq), name, Event::Said { text: CleanText::new(text) })
}
