mod forgotten;
mod hidden;
mod keys;
mod rejoin;

use std::time::{Duration, SystemTime};

use super::*;
use crate::model::language::Lang;
use crate::wire::telnet::message;

const WILL_MESSAGES: &[u8] = b"\xff\xfb\xc9";
const WILL_ECHO: &[u8] = b"\xff\xfb\x01";
const WONT_ECHO: &[u8] = b"\xff\xfc\x01\r\n";

/// A session, its clock and everything it has sent and drawn.
struct Scene {
    session: Session,
    now: Instant,
    sent: String,
    screen: vt100::Parser<Title>,
    log: Vec<String>,
    kept: Vec<String>,
    orders: Vec<Action>,
}

/// The window's title.
struct Title(String);

impl vt100::Callbacks for Title {
    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.0 = String::from_utf8_lossy(title).into_owned();
    }
}

impl Scene {
    /// A session on hobnob, in the lobby.
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut SessionOptions)) -> Self {
        let mut scene = Self::at_server(change);
        let sent = scene.take_sent();
        scene.sent = sent.strip_prefix("\u{fffd}\u{fffd}\u{fffd}").unwrap().to_owned();
        scene.arrives(&["#lobby"]);
        scene
    }

    /// A session on a server that has not sent anything yet.
    fn at_server(change: impl FnOnce(&mut SessionOptions)) -> Self {
        let mut options = SessionOptions {
            address: "localhost:8000".to_owned(),
            name: None,
            looks: DisplayOptions::default(),
            texts: Texts::of(Lang::En),
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
        let mut scene = Self {
            session: Session::new(options),
            now: Instant::now(),
            sent: String::new(),
            screen,
            log: Vec::new(),
            kept: Vec::new(),
            orders: Vec::new(),
        };
        scene.on(SessionEvent::TimePassed);
        scene
    }

    fn on(&mut self, event: SessionEvent<'_>) {
        self.now += Duration::from_millis(60);
        let wall = SystemTime::UNIX_EPOCH;
        self.session.on(event, Moment { instant: self.now, wall });
        let mut effects = self.session.take_effects().unwrap_or_default();
        self.sent.push_str(&String::from_utf8_lossy(&effects.send));
        self.screen.process(&effects.write);
        self.log.append(&mut effects.log);
        self.kept.append(&mut effects.sent);
        self.orders.append(&mut effects.actions);
    }

    fn hears(&mut self, bytes: impl AsRef<[u8]>) {
        self.on(SessionEvent::Received(bytes.as_ref()));
    }

    fn types(&mut self, keys: &str) {
        self.on(SessionEvent::Typed(keys.as_bytes()));
    }

    /// The server admits the user and sends their place.
    fn arrives(&mut self, rooms: &[&str]) {
        self.hears([WILL_MESSAGES, b"Welcome swift-fox\r\n"].concat());
        self.is_in(rooms);
    }

    fn is_in(&mut self, rooms: &[&str]) {
        self.hears(place_message(rooms));
    }

    /// Advances the clock to the session's next deadline.
    fn waits(&mut self) {
        self.now = self.session.deadline(self.now).unwrap();
        self.on(SessionEvent::TimePassed);
    }

    fn take_sent(&mut self) -> String {
        std::mem::take(&mut self.sent)
    }

    #[track_caller]
    fn sends(&mut self, expected: &str) {
        assert_eq!(self.take_sent(), expected);
    }

    #[track_caller]
    fn orders(&mut self, expected: &[Action]) {
        assert_eq!(std::mem::take(&mut self.orders), expected);
    }

    /// Checks the last rows of the screen.
    #[track_caller]
    fn shows(&self, expected: &[&str]) {
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

/// Tells the client which rooms its user is in.
fn place_message(rooms: &[&str]) -> Vec<u8> {
    let mut place = Place::default();
    place.set_rooms(rooms.iter().copied());
    message("Hobnob.Place", &serde_json::to_string(&place).unwrap())
}

#[test]
fn typed_text_stays_below_new_lines() {
    let mut scene = Scene::new();
    scene.shows(&["Welcome swift-fox", "#lobby>"]);
    scene.types("hello");
    scene.hears("bob: in between\r\n");
    scene.shows(&["bob: in between", "#lobby> hello"]);
    scene.on(SessionEvent::Resized(Size::new(40, 10)));
    scene.shows(&["#lobby> hello"]);
    scene.types("\r");
    scene.sends("hello\r\n");
    scene.shows(&["#lobby>"]);
    assert_eq!(scene.log, ["Welcome swift-fox", "bob: in between"]);
    // A block is sent as several lines.
    scene.types("\x1b[200~one\n\ntwo\x1b[201~\r");
    scene.sends("one\r\n \r\ntwo\r\n");
    scene.types("\x1b[A");
    scene.shows(&["#lobby> one", "", "two"]);
    scene.types("\x03\x1b[A\x1b[A\x1b[A\x1b[A\r");
    scene.sends("first\r\n");
    assert_eq!(scene.kept, ["hello", "one\n\ntwo", "first"]);
}

#[test]
fn words_are_completed() {
    let mut scene = Scene::new();
    scene.types("/regi\t");
    scene.shows(&["#lobby> /register"]);
    scene.sends("");
    scene.types("\x03an\t");
    let request = message("Hobnob.Complete", "{\"kind\":\"name\",\"prefix\":\"an\"}");
    scene.sends(&String::from_utf8_lossy(&request));
    scene.hears(message("Hobnob.Completions", "[\"ann\",\"anton\"]"));
    scene.shows(&["#lobby> ann:"]);
    scene.types("\t");
    scene.shows(&["#lobby> anton:"]);
}

#[test]
fn ctrl_x_switches_rooms() {
    let mut scene = Scene::new();
    scene.types("\x18");
    scene.sends("");
    scene.is_in(&["#ops", "#lobby"]);
    scene.types("\x18");
    scene.sends("#ops\r\n");
}

#[test]
fn passwords_are_not_shown_and_not_kept() {
    let mut scene = Scene::new();
    scene.types("/login ann\r");
    scene.sends("/login ann\r\n");
    scene.types("what I was going to say");
    scene.hears([WILL_ECHO, b"Password for ann (Enter cancels): "].concat());
    scene.sends("\u{fffd}\u{fffd}\u{1}");
    scene.shows(&["Password for ann (Enter cancels):"]);
    scene.types("secrex\x7ft");
    scene.hears("bob: hi\r\n");
    scene.shows(&["bob: hi", "Password for ann (Enter cancels):"]);
    scene.types("\r");
    scene.sends("secret\r\n");
    // The outcome is not known yet, and another question may follow.
    scene.hears("\r\n");
    scene.types("sec\r");
    scene.sends("");
    scene.hears("Wrong password. Try again (Enter cancels): ");
    scene.shows(&["bob: hi", "Wrong password. Try again (Enter cancels):"]);
    scene.types("ret\r");
    scene.sends("secret\r\n");
    scene.shows(&["bob: hi"]);
    scene.hears(b"\r\nYou are logged in as ann.\r\n\xff\xfc\x01");
    scene.shows(&["bob: hi", "You are logged in as ann.", "#lobby> what I was going to say"]);
    scene.types("\x03\x1b[A");
    scene.shows(&["#lobby> /login ann"]);
    scene.types("\x03/register secret\r");
    scene.types("/nick bob\r");
    assert_eq!(scene.kept, ["/login ann", "/nick bob"]);
    assert!(!scene.log.iter().any(|line| line.contains("secret")));
}

#[test]
fn another_server_asks_in_its_own_words() {
    let mut scene = Scene::at_server(|_| {});
    scene.take_sent();
    scene.hears("login: \r\n");
    scene.types("ann\r");
    scene.sends("ann\r\n");
    scene.shows(&["login:", "> ann", ">"]);
    scene.hears([WILL_ECHO, b"Kennwort: "].concat());
    scene.shows(&["Kennwort:"]);
    scene.types("geheim\r");
    scene.hears([WONT_ECHO, b"hello ann\r\n"].concat());
    scene.shows(&["> ann", "Kennwort:", "hello ann", ">"]);
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[Action::End(Ending::Closed)]);
}

#[test]
fn a_name_is_asked_for_and_logged_in_if_it_is_registered() {
    let named = |options: &mut SessionOptions| options.name = Some("ann".to_owned());
    let mut scene = Scene::with(named);
    scene.sends("/nick ann\r\n");
    scene.hears("ann is a registered name. If it is yours: /login ann\r\n");
    scene.sends("/login ann\r\n");
    // The client logs in only once.
    scene.hears("ann is a registered name. If it is yours: /login ann\r\n");
    scene.sends("");
    // The server itself asks again after a wrong password.
    scene.hears("Login failed after 3 wrong passwords. You are talking in the room again.\r\n");
    scene.sends("");
    let mut scene = Scene::with(named);
    scene.sends("/nick ann\r\n");
    scene.hears("ann 是已注册的名字。如果是您的，请用 /login ann 登录。\r\n");
    scene.sends("/login ann\r\n");
}

#[test]
fn the_name_is_sent_first() {
    let named = |options: &mut SessionOptions| options.name = Some("ann".to_owned());
    let mut scene = Scene::at_server(named);
    scene.sends("\u{fffd}\u{fffd}\u{fffd}/nick ann\r\n");
    scene.hears([WILL_MESSAGES, b"Welcome, ann.\r\n"].concat());
    scene.is_in(&["#lobby"]);
    scene.sends("");
    // The same after reconnecting.
    scene.comes_back();
    scene.sends("/nick ann\r\n");
    scene.hears([WILL_MESSAGES, b"Welcome, ann.\r\n"].concat());
    scene.is_in(&["#lobby"]);
    scene.sends("");
    scene.shows(&["Welcome, ann.", "#lobby>"]);
    // A registered name needs a password, so the client can only log in.
    let mut scene = Scene::at_server(named);
    scene.take_sent();
    scene.hears(
        [WILL_MESSAGES, b"ann is a registered name. If it is yours: /login ann\r\n"].concat(),
    );
    scene.sends("/login ann\r\n");
    scene.hears([WILL_ECHO, b"Password for ann (Enter cancels): "].concat());
    scene.shows(&["Password for ann (Enter cancels):"]);
    assert_eq!(scene.log, [] as [String; 0]);
    // An older server takes the name for the answer to its first question.
    let mut scene = Scene::at_server(named);
    scene.take_sent();
    scene.hears([WILL_MESSAGES, WILL_ECHO, b"Password: "].concat());
    scene.hears("\r\nWrong server password. Please try again.\r\nPassword: ");
    scene.take_sent();
    scene.types("open\r");
    scene.sends("open\r\n");
    scene.hears(WONT_ECHO);
    scene.arrives(&["#lobby"]);
    let sent = scene.take_sent();
    assert!(sent.ends_with("/nick ann\r\n"), "{sent:?}");
}

#[test]
fn quitting_closing_and_suspending() {
    let mut scene = Scene::new();
    scene.types("\x04");
    scene.orders(&[Action::CloseOurHalf]);
    scene.types("too late\r");
    scene.sends("");
    scene.hears("bob: bye\r\n");
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[Action::End(Ending::Left)]);
    assert_eq!(scene.log.last().map(String::as_str), Some("bob: bye"));
    // An impatient user presses the key twice.
    let mut scene = Scene::new();
    scene.types("\x04\x04");
    scene.orders(&[Action::CloseOurHalf, Action::End(Ending::Left)]);
    let mut scene = Scene::new();
    scene.types("/quit\r");
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[Action::End(Ending::Left)]);
    let mut scene = Scene::new();
    scene.hears("an operator removed you from this server: calm down\r\n");
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[Action::End(Ending::Closed)]);
    let mut scene = Scene::new();
    scene.types("\x1a");
    scene.orders(&[Action::Suspend]);
}

#[test]
fn the_server_password_is_asked_for_once() {
    let mut scene = Scene::at_server(|_| {});
    let asks = [WILL_MESSAGES, WILL_ECHO, b"Password: "].concat();
    scene.hears(&asks);
    scene.types("open\r");
    scene.hears(WONT_ECHO);
    scene.arrives(&["#lobby"]);
    scene.on(SessionEvent::Ended(Some("connection reset")));
    scene.waits();
    scene.on(SessionEvent::Connected);
    scene.take_sent();
    scene.hears(&asks);
    assert!(scene.take_sent().ends_with("open\r\n"));
    // The password has changed.
    scene.hears("\r\nWrong server password. Please try again.\r\nPassword: ");
    scene.sends("");
    scene.shows(&["Password:"]);
}

#[test]
fn a_welcome_is_not_unread() {
    let titled = |options: &mut SessionOptions| options.looks.title = true;
    let mut scene = Scene::with(titled);
    let title = |scene: &Scene| scene.screen.callbacks().0.clone();
    assert_eq!(title(&scene), "hobnob: #lobby");
    scene.now += Duration::from_secs(1);
    scene.hears("bob: hi\r\n");
    assert_eq!(title(&scene), "hobnob: #lobby (1)");
}

#[test]
fn untrusted_bytes_do_nothing() {
    let mut scene = Scene::new();
    scene.hears("\x1b]0;owned\x07\x1b[2J\x1b[5;5Hbob: \x1b[31mhi\x1b[0m\r\n");
    scene.is_in(&["#a\u{1b}[2J"]);
    scene.shows(&["Welcome swift-fox", "bob: hi", "#a>"]);
    assert_eq!(scene.log.last().map(String::as_str), Some("bob: hi"));
}
