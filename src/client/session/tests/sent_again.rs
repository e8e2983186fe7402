//! Messages that are sent again after a broken connection.

use super::scene::event;
use super::*;
use crate::limits;
use crate::model::id::ClientMessageId;
use crate::model::{Event, Heading, NotSaid, Past, PastEnd, PastLine, PrivateLine, SaidBefore};
use crate::text::{CleanText, Manner};

const AWAY_TIME: Duration = Duration::from_secs(60);

impl Scene {
    /// A session in the lobby of a server that understands ids.
    fn with_ids() -> Self {
        Self::with_ids_as(None)
    }

    /// The same for a user who would like this name.
    fn with_ids_as(name: Option<&str>) -> Self {
        let mut scene = Self::at_server(|options| {
            options.size = Size::new(100, 20);
            options.name = name.map(str::to_owned);
        });
        scene.message_ids = Some("a");
        scene.take_sent();
        scene.agrees();
        scene.take_sent();
        scene.arrives(&["#lobby"]);
        scene
    }

    fn breaks(&mut self) {
        self.on(SessionEvent::Ended(Some("connection reset".into())));
    }

    /// Comes back to these rooms.
    fn returns(&mut self, rooms: &[&str]) {
        self.comes_back();
        self.take_sent();
        self.arrives(rooms);
    }

    /// The id with which a line was sent last.
    #[track_caller]
    fn id_of(&self, line: &str) -> ClientMessageId {
        let sent = self.identified.iter().rev().find(|(sent, _)| sent == line);
        sent.expect(line).1.clone().try_into().unwrap()
    }

    fn was_said_before(&mut self, line: &str) {
        let (id, room, seq) = (self.id_of(line), Some("#lobby".into()), Some(1));
        self.replies(Reply::SaidBefore(Box::new(SaidBefore { id, room, seq })));
    }

    fn is_refused(&mut self, line: &str, refusal: Refusal) {
        let id = self.id_of(line);
        self.replies(Reply::NotSaid(Box::new(NotSaid { id, refusal })));
    }

    #[track_caller]
    fn has_told(&self, expected: &[&str]) {
        let contents = self.screen.screen().contents();
        let told: Vec<&str> =
            contents.lines().filter_map(|row| row.strip_prefix("Possibly not sent: ")).collect();
        let expected: Vec<String> = expected.iter().map(|line| format!("\"{line}\"")).collect();
        assert_eq!(told, expected, "{contents}");
    }
}

#[test]
fn a_message_without_an_echo_is_sent_again_with_its_id() {
    for was_said in [false, true] {
        let mut scene = Scene::with_ids();
        scene.types("one\rtwo\r/me three\r");
        scene.hears_say("swift-fox", "one");
        let ids = ["two", "/me three"].map(|line| scene.id_of(line));
        assert_ne!(ids[0], ids[1]);
        // The connection may break more than once.
        for _ in 0..2 {
            scene.identified.clear();
            scene.breaks();
            scene.returns(&["#lobby"]);
            scene.sends("two\r\n/me three\r\n");
            assert_eq!(["two", "/me three"].map(|line| scene.id_of(line)), ids);
        }
        if was_said {
            scene.was_said_before("two");
            scene.was_said_before("/me three");
        } else {
            scene.hears_say("swift-fox", "two");
            let waves = Event::Acted { text: CleanText::new("three") };
            scene.tells(&event("#lobby", Some(9), "swift-fox", waves));
        }
        assert_eq!(scene.count_rows("swift-fox: two"), usize::from(!was_said));
        assert_eq!(scene.count_rows("sent this message before"), 0);
        scene.breaks();
        scene.returns(&["#lobby"]);
        scene.sends("");
        scene.has_told(&[]);
    }
}

/// A message that was said, but whose echo was lost, is shown with what the user has missed.
#[test]
fn a_message_whose_echo_was_lost_is_shown() {
    let past = |seqs: std::ops::RangeInclusive<u64>| {
        let line = |seq: u64| PastLine {
            seq,
            at: scene::at(seq),
            room: None,
            name: "swift-fox".into(),
            manner: Manner::Said,
            text: CleanText::new(&format!("line {seq}")),
            deleted_by: None,
        };
        let (heading, end) = (Some(Heading::Last { count: 1 }), PastEnd::Whole);
        let (lines, gaps, room) = (seqs.map(line).collect(), [].into(), Some("#lobby".into()));
        Reply::Past(Box::new(Past {
            room,
            heading,
            is_cut: false,
            has_numbers: false,
            lines,
            gaps,
            end,
        }))
    };
    let mut scene = Scene::with_ids();
    for first in [1, 3] {
        for seq in [first, first + 1] {
            scene.types(&format!("line {seq}\r"));
        }
        scene.breaks();
        scene.returns(&["#lobby"]);
        scene.take_sent();
        for seq in [first, first + 1] {
            let (id, room) = (scene.id_of(&format!("line {seq}")), Some("#lobby".into()));
            let said = SaidBefore { id, room, seq: Some(seq) };
            scene.replies(Reply::SaidBefore(Box::new(said)));
        }
        scene.sends("/history #lobby 1\r\n");
        // The server counts from the last line.
        scene.replies(past(first + 1..=first + 1));
        assert!(scene.take_sent().starts_with("/history #lobby "));
        scene.replies(past(1..=first + 1));
        for seq in 1..=first + 1 {
            assert_eq!(scene.count_rows(&format!("swift-fox: line {seq}")), 1);
        }
        scene.waits_for_nothing();
    }
    scene.sends("");
    // One that has been shown is not asked for.
    scene.types("line 5\r");
    scene.breaks();
    scene.returns(&["#lobby"]);
    scene.replies(past(4..=5));
    scene.take_sent();
    let (id, room) = (scene.id_of("line 5"), Some("#lobby".into()));
    scene.replies(Reply::SaidBefore(Box::new(SaidBefore { id, room, seq: Some(5) })));
    scene.sends("");
}

#[test]
fn messages_are_sent_again_in_order_to_the_rooms_where_they_were_said() {
    let mut scene = Scene::with_ids();
    scene.is_in(&["#lobby", "#ops"]);
    scene.types("one\r/me two\r//three\r");
    scene.types("#lobby\r");
    scene.replies(Reply::TalkingIn { room: "#lobby".into() });
    scene.is_in(&["#ops", "#lobby"]);
    scene.types("four\r#ops five\r/me six\r/say /seven\r");
    scene.take_sent();
    let ids = ["one", "four"].map(|line| scene.id_of(line));
    scene.breaks();
    scene.returns(&["#lobby"]);
    scene.sends("/join #ops\r\n#lobby\r\n");
    scene.types("new\r");
    scene.sends("");
    scene.is_in(&["#ops", "#lobby"]);
    // There is no command for an action in another room.
    scene.sends("#ops one\r\n#ops /three\r\nfour\r\n#ops five\r\n/me six\r\n/say /seven\r\n");
    assert_eq!([scene.id_of("#ops one"), scene.id_of("four")], ids);
    scene.has_told(&["/me two"]);
    scene.types("\r");
    scene.sends("new\r\n");
    // An echo counts in its own room only.
    scene.hears_in("#lobby", "swift-fox", "one");
    scene.breaks();
    scene.returns(&["#ops", "#lobby"]);
    assert!(scene.take_sent().starts_with("#ops one\r\n#ops /three\r\n"));
    scene.hears_in("#ops", "swift-fox", "/three");
    scene.breaks();
    scene.returns(&["#ops", "#lobby"]);
    assert!(scene.take_sent().starts_with("four\r\n"));
}

#[test]
fn messages_to_a_room_that_is_gone_are_reported() {
    let mut scene = Scene::with_ids();
    scene.is_in(&["#lobby", "#ops"]);
    scene.types("for ops\r#lobby for all\r");
    scene.breaks();
    scene.returns(&["#lobby"]);
    scene.sends("/join #ops\r\n");
    scene.replies(Refusal::RoomLocked { room: "#ops".into() });
    scene.has_told(&[]);
    scene.waits_for_nothing();
    scene.sends("#lobby for all\r\n");
    scene.has_told(&["for ops"]);
}

#[test]
fn messages_whose_room_is_uncertain_are_reported() {
    let mut scene = Scene::with_ids();
    scene.types("one\r/join #ops\rtwo\r");
    scene.breaks();
    scene.has_told(&["two"]);
    scene.returns(&["#lobby"]);
    scene.sends("one\r\n");
    // Nor is it certain who the user is.
    scene.types("/login ann secret\rthree\r");
    scene.breaks();
    scene.has_told(&["two", "three"]);
    scene.returns(&["#lobby"]);
    scene.sends("one\r\n");
    // As soon as the server has answered, the room is certain again.
    scene.waits_for_nothing();
    scene.types("/join #ops\r");
    scene.replies(Reply::JoinedRoom { room: "#ops".into(), people: 1 });
    scene.is_in(&["#lobby", "#ops"]);
    scene.types("/leave #nowhere\r");
    scene.replies(Refusal::NotInRoom { room: "#nowhere".into(), is_line: false });
    scene.types("four\r");
    scene.take_sent();
    scene.breaks();
    scene.returns(&["#lobby", "#ops"]);
    scene.sends("#lobby one\r\nfour\r\n");
}

#[test]
fn nothing_is_sent_again_before_the_user_is_back() {
    let mut scene = Scene::with_ids();
    scene.types("/login ann secret\r");
    scene.is_logged_in_as("ann");
    scene.is_in(&["#lobby", "#ops"]);
    scene.types("hello\r");
    scene.breaks();
    scene.comes_back();
    scene.sends("/login ann secret\r\n");
    scene.arrives_as("ann", &["#lobby"]);
    scene.sends("/join #ops\r\n");
    scene.is_in(&["#lobby", "#ops"]);
    scene.sends("");
    scene.is_logged_in_as("ann");
    scene.sends("hello\r\n");
    // As a guest, the user would say it for the second time.
    scene.breaks();
    scene.comes_back();
    scene.take_sent();
    scene.arrives_as("tame-owl", &["#lobby", "#ops"]);
    scene.has_told(&[]);
    scene.replies(Refusal::WrongPassword);
    scene.sends("");
    scene.has_told(&["hello"]);
}

/// What another client of the user says is no echo of a message that is still to be sent again.
#[test]
fn the_echo_comes_on_the_same_connection() {
    let mut scene = Scene::with_ids();
    scene.is_in(&["#lobby", "#ops"]);
    scene.types("yes\r");
    scene.breaks();
    scene.returns(&["#lobby"]);
    scene.take_sent();
    scene.hears_in("#ops", "swift-fox", "yes");
    scene.is_in(&["#lobby", "#ops"]);
    scene.sends("yes\r\n");
}

#[test]
fn questions_are_answered_first() {
    let mut scene = Scene::with_ids();
    scene.types("hello\r");
    scene.breaks();
    scene.comes_back();
    scene.take_sent();
    // However long the server takes to ask, and the user to answer.
    scene.waits_for_nothing();
    scene.sends("");
    scene.asks(QuestionKind::ServerPassword, "", None);
    scene.waits_for_nothing();
    scene.sends("");
    scene.types("open\r");
    scene.sends("open\r\n");
    scene.stops_asking();
    scene.arrives(&["#lobby"]);
    scene.sends("hello\r\n");
    // A guest who logs in is somebody else.
    for logs_in in [false, true] {
        let mut scene = Scene::with_ids_as(Some("ann"));
        scene.replies(Refusal::NameInUse { name: "ann".into() });
        scene.types("hello\r");
        scene.breaks();
        scene.returns(&["#lobby"]);
        scene.is_registered("ann");
        scene.sends("/login ann\r\n");
        scene.asks_password("ann");
        scene.waits_for_nothing();
        scene.sends("");
        scene.types(if logs_in { "secret\r" } else { "\r" });
        scene.take_sent();
        scene.stops_asking();
        if logs_in {
            scene.is_logged_in_as("ann");
        } else {
            scene.replies(Reply::Cancelled);
        }
        scene.sends(if logs_in { "" } else { "hello\r\n" });
        scene.has_told(if logs_in { &["hello"] } else { &[] });
    }
}

#[test]
fn old_messages_are_reported() {
    let young = limits::MESSAGE_ID_TIME - 2 * AWAY_TIME;
    let old = limits::MESSAGE_ID_TIME - AWAY_TIME;
    // A machine that was asleep counts the time on one clock only.
    for (awake, passed, is_sent) in [
        (young, young, true),
        (old, old, false),
        (Duration::ZERO, old, false),
        (old, Duration::ZERO, false),
    ] {
        let mut scene = Scene::with_ids();
        scene.types("hello\r");
        scene.take_sent();
        scene.breaks();
        scene.now += awake;
        scene.wall += passed;
        scene.returns(&["#lobby"]);
        scene.sends(if is_sent { "hello\r\n" } else { "" });
        scene.has_told(if is_sent { &[] } else { &["hello"] });
    }
    // A clock that was set back says nothing about the age.
    let mut scene = Scene::with_ids();
    scene.wall += AWAY_TIME;
    scene.types("hello\r");
    scene.breaks();
    scene.wall -= AWAY_TIME;
    scene.returns(&["#lobby"]);
    scene.has_told(&["hello"]);
}

#[test]
fn a_server_that_may_have_forgotten_is_sent_nothing_again() {
    // One that has started again, and an older one.
    for message_ids in [Some("b"), None] {
        let mut scene = Scene::with_ids();
        scene.types("hello\r");
        scene.breaks();
        scene.has_told(&[]);
        scene.message_ids = message_ids;
        scene.returns(&["#lobby"]);
        scene.sends("");
        scene.has_told(&["hello"]);
    }
    // One that sends lines may be full, and then close the connection.
    let mut scene = Scene::with_ids();
    scene.types("hello\r");
    scene.breaks();
    scene.waits_for_an_attempt();
    scene.on(SessionEvent::Connected);
    scene.take_sent();
    scene.hears("The server is full (9 clients). Please try again later.\r\n");
    scene.on(SessionEvent::Ended(None));
    scene.sends("");
    scene.has_told(&[]);
    scene.returns(&["#lobby"]);
    scene.sends("hello\r\n");
    // If the user talks with it, it is an older one.
    scene.breaks();
    scene.waits_for_an_attempt();
    scene.on(SessionEvent::Connected);
    scene.take_sent();
    scene.hears("Welcome, swift-fox.\r\n");
    scene.sends("");
    scene.types("hi\r");
    scene.sends("hi\r\n");
    scene.has_told(&["hello"]);
    // An older one is sent no ids, and what it may have lost is reported at once.
    let mut scene = Scene::new();
    scene.types("hello\r/me waves\r/msg bob hi\r");
    assert_eq!(scene.identified, []);
    scene.take_sent();
    scene.breaks();
    scene.has_told(&["hello"]);
    scene.returns(&["#lobby"]);
    scene.sends("");
}

#[test]
fn refused_messages_are_not_sent_again() {
    let mut scene = Scene::with_ids();
    let slow = || Refusal::SlowMode { room: "#lobby".into(), seconds: 5 };
    scene.types("one\rtwo\r");
    scene.is_refused("one", slow());
    scene.has_told(&[]);
    assert_eq!(scene.count_rows("Not sent: #lobby is in slow mode."), 1);
    scene.take_sent();
    scene.breaks();
    scene.returns(&["#lobby"]);
    scene.sends("two\r\n");
    // The user no longer sees what it was.
    scene.is_refused("two", slow());
    scene.has_told(&["two"]);
    scene.take_sent();
    scene.breaks();
    scene.returns(&["#lobby"]);
    scene.sends("");
    // Those that are too long are known by that.
    scene.types(&format!("short\r{}\r", "x".repeat(70)));
    scene.replies(Refusal::LineTooLong { bytes_max: 64, is_typed: false });
    scene.take_sent();
    scene.breaks();
    scene.returns(&["#lobby"]);
    scene.sends("short\r\n");
    // With too many, it is not clear which ones are meant.
    scene.types("\x03three\r");
    scene.replies(Refusal::FloodLine { seconds: 7 });
    scene.take_sent();
    scene.breaks();
    scene.has_told(&["two", "short", "three"]);
    scene.returns(&["#lobby"]);
    scene.sends("");
    scene.types("a secret\r");
    scene.replies(Refusal::MayBePassword);
    scene.take_sent();
    scene.breaks();
    scene.returns(&["#lobby"]);
    scene.sends("");
    scene.has_told(&["two", "short", "three"]);
}

#[test]
fn private_messages_are_reported() {
    let mut scene = Scene::with_ids();
    let own = |text: &str| {
        let (at, text) = (scene::at(1), CleanText::new(text));
        let (with, is_own, is_kept, rings) = ("bob".into(), true, false, false);
        Reply::Private(Box::new(PrivateLine { with, is_own, is_kept, rings, at, text }))
    };
    scene.types("/msg bob one\r/reply two\r/msg eve three\r/msg bob four\r/msg bob five\r");
    assert_eq!(scene.identified.len(), 5);
    scene.replies(own("one"));
    scene.replies(own("two"));
    scene.replies(Reply::MessageLeft { name: "eve".into() });
    scene.is_refused("/msg bob four", Refusal::NotHere { name: "bob".into() });
    scene.take_sent();
    scene.breaks();
    // By then somebody else may be called bob.
    scene.has_told(&["/msg bob five"]);
    scene.returns(&["#lobby"]);
    scene.sends("");
}

#[test]
fn messages_that_are_never_sent_again_are_reported_at_the_end() {
    let ends: [&dyn Fn(&mut Scene); 3] = [
        &|scene| scene.types("\x04"),
        &|scene| {
            scene.waits_for_an_attempt();
            scene.on(SessionEvent::Connected);
            scene.types("\x04");
            scene.on(SessionEvent::Ended(None));
        },
        &|scene| {
            scene.waits_for_an_attempt();
            scene.on(SessionEvent::Connected);
            scene.agrees();
            let removal = Removal { by: "eve".into(), room: None, reason: None };
            scene.replies(Reply::YouWereRemoved(Box::new(removal)));
            scene.on(SessionEvent::Ended(None));
        },
    ];
    for end in ends {
        let mut scene = Scene::with_ids();
        scene.types("hello\r");
        scene.breaks();
        scene.has_told(&[]);
        end(&mut scene);
        assert!(matches!(scene.orders.last(), Some(Action::End(_))), "{:?}", scene.orders);
        let rest = scene.session.leave_terminal();
        scene.screen.process(&rest);
        scene.has_told(&["hello"]);
    }
    // A user who leaves has seen the echo of everything that was said, or does not wait for it.
    let mut scene = Scene::with_ids();
    scene.types("hello\r/quit\r");
    scene.on(SessionEvent::Ended(None));
    let rest = scene.session.leave_terminal();
    scene.screen.process(&rest);
    scene.has_told(&[]);
}

#[test]
fn as_many_messages_are_sent_again_as_the_server_recognizes() {
    let mut scene = Scene::with_ids();
    for number in 0..=limits::MESSAGE_IDS_PER_USER_MAX {
        scene.types(&format!("line {number}\r"));
    }
    scene.take_sent();
    scene.breaks();
    scene.returns(&["#lobby"]);
    let sent = scene.take_sent();
    assert!(sent.starts_with("line 1\r\nline 2\r\n"), "{sent}");
    assert_eq!(sent.lines().count(), limits::MESSAGE_IDS_PER_USER_MAX);
}
