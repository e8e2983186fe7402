//! Every command in valid and invalid forms, and properties that hold for any text.

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::Command::*;
use super::*;
use crate::command::*;
use crate::model::Topic;
use crate::model::settings;

fn text(text: &str) -> CleanText {
    CleanText::from_bytes(text.as_bytes())
}

fn secret(typed: &str) -> Option<Secret> {
    Some(Secret::new(typed))
}

fn line(said: &str) -> Utterance {
    Utterance::Line(text(said))
}

fn usage(topic: Topic) -> Utterance {
    Utterance::Wrong(Box::new(Refusal::Usage { topic }))
}

fn unknown(typed: &str, nearest: Option<&'static str>) -> Utterance {
    Utterance::Wrong(Box::new(Refusal::UnknownCommand {
        typed: typed.into(),
        nearest: nearest.map(Box::from),
    }))
}

impl From<Command> for Utterance {
    fn from(command: Command) -> Self {
        Self::Command(Box::new(command))
    }
}

#[track_caller]
fn check(typed: &str, expected: impl Into<Utterance>) {
    assert_eq!(interpret(text(typed)), expected.into(), "{typed:?}");
}

/// None of these is a valid use of the command.
#[track_caller]
fn check_usage(topic: Topic, typed: &[&str]) {
    for typed in typed {
        check(typed, usage(topic));
    }
}

#[test]
fn lines_without_a_command_are_said_unchanged() {
    for said in [
        "hi",
        "",
        " ",
        "  hi ",
        "\u{3000}",
        "a /join",
        "1/2",
        "/",
        " / ",
        "/ or",
        "／",
        "／ x",
        "#",
        "# heading",
        "@",
        "@ noon",
        "@maria",
        "@maria hello",
        "  @maria: /hello",
        "@all hello",
        " #\u{3000}x",
        "「hi」",
        "（hi）",
        ": #x",
    ] {
        check(said, line(said));
    }
    check("//join #x", line("/join #x"));
    check(" //", line("/"));
    check("///x", line("//x"));
    check("／／x", line("／x"));
    check("/／x", line("／x"));
}

#[test]
fn lines_that_may_hold_a_password_are_not_said() {
    let login = || Login { name: "bob".into(), password: secret("s3cret") };
    check(" /login bob s3cret", login());
    check("\u{3000} ／LogIn\u{3000}bob   s3cret ", login());
    check("/ login bob s3cret", usage(Topic::Login));
    check("/lgoin bob s3cret", unknown("lgoin", Some("login")));
    check("／ｌｏｇｉｎ bob s3cret", unknown("ｌｏｇｉｎ", None));
}

#[test]
fn an_unknown_command_is_reported_without_its_arguments() {
    check("/xyz", unknown("xyz", None));
    check("/QUITT now", unknown("QUITT", Some("quit")));
    check("/xyz\u{3000}s3cret", unknown("xyz", None));
    check(&format!("/{} s3cret", "é".repeat(1000)), unknown(&"é".repeat(24), None));
}

#[test]
fn a_number_sign_refers_to_rooms() {
    check("#ops hello  all", ToRoom { room: "ops".into(), text: text("hello  all") });
    check(" #ops", Switch { room: "ops".into() });
    check("#ops \u{2800}", Switch { room: "ops".into() });
}

#[test]
fn commands_about_names() {
    check("/nick maria", Nick { name: "maria".into() });
    check(" /NICK  @maria ", Nick { name: "maria".into() });
    check_usage(Topic::Nick, &["/nick", "/nick @", "/nick a b"]);
    check("/register", Register { password: None });
    check("/register  two words ", Register { password: secret("two words") });
    check("/login bob", Login { name: "bob".into(), password: None });
    check("/login @bob a  b", Login { name: "bob".into(), password: secret("a  b") });
    check_usage(Topic::Login, &["/login", "/login @ x"]);
    check("/logout", Logout);
    check_usage(Topic::Logout, &["/logout now"]);
    check("/passwd", Passwd { change: None });
    let change = Some((Secret::new("old"), Secret::new("new")));
    check("/passwd old  new ", Passwd { change });
    check_usage(Topic::Passwd, &["/passwd old", "/passwd my old new"]);
    check("/unregister ", Unregister { password: None, erases: false });
    check("/unregister erase", Unregister { password: None, erases: true });
    check("/unregister a b", Unregister { password: secret("a b"), erases: false });
    check("/unregister erase a b", Unregister { password: secret("a b"), erases: true });
    check("/whois bob", Whois { name: "bob".into() });
    check("/seen bob", Whois { name: "bob".into() });
    check_usage(Topic::Whois, &["/whois", "/whois bob maria"]);
    for typed in ["/away", "/afk", "/brb"] {
        check(typed, Away { text: None });
    }
    check("/away at  lunch", Away { text: Some(text("at  lunch")) });
    check("/back", Back);
    check_usage(Topic::Back, &["/back soon"]);
}

#[test]
fn commands_about_talking() {
    check("/me waves ", Me { text: text("waves ") });
    check("/action waves", Me { text: text("waves") });
    check_usage(Topic::Me, &["/me", "/me  ", "/me \u{2800}"]);
    for name in ["msg", "query", "dm", "pm", "whisper", "w", "tell", "notice", "MSG"] {
        let typed = format!("/{name} @bob hi there");
        check(&typed, Msg { to: "bob".into(), text: text("hi there") });
    }
    let to = "127.0.0.1:4000".into();
    check("/msg @127.0.0.1:4000 hi", Msg { to, text: text("hi") });
    check_usage(Topic::Msg, &["/msg", "/msg bob", "/msg bob \u{2800}", "/msg @ hi"]);
    check("/reply hi", Reply { text: text("hi") });
    check("/r hi", Reply { text: text("hi") });
    check_usage(Topic::Reply, &["/reply"]);
    check("/say #1 is best", Say { text: text("#1 is best") });
    check("/say   @ /x ", Say { text: text("  @ /x ") });
    check_usage(Topic::Say, &["/say", "/say "]);
    check("/ignore", Ignore { name: None });
    check("/ignore bob", Ignore { name: Some("bob".into()) });
    check_usage(Topic::Ignore, &["/ignore @", "/ignore bob maria"]);
    check("/unignore @bob", Unignore { name: "bob".into() });
    check_usage(Topic::Unignore, &["/unignore", "/unignore bob maria"]);
}

#[test]
fn commands_about_rooms() {
    let join = |password, has_sign| Join { room: "ops".into(), password, has_sign };
    check("/join #ops", join(None, true));
    check("/j #ops ", join(None, true));
    check("/join ops", join(None, false));
    check("/join #ops a  b ", join(secret("a  b"), true));
    check("/join ops a", join(secret("a"), false));
    check_usage(Topic::Join, &["/join", "/join #", "/join # x"]);
    check("/leave", Leave { room: None });
    check("/part #ops", Leave { room: Some("ops".into()) });
    check_usage(Topic::Leave, &["/leave #", "/leave #ops bye"]);
    check("/rooms", Rooms { page: 1 });
    check("/list 3", Rooms { page: 3 });
    check("/channels", Rooms { page: 1 });
    let page = "/rooms 99999999999999999999";
    check_usage(Topic::Rooms, &["/rooms 0", "/rooms -1", "/rooms x", "/rooms 1 2", page]);
    let who = |word: Option<&str>, page| {
        let (room, name) = (word.map(Into::into), word.map(Into::into));
        Who { room, name, page }
    };
    check("/who", who(None, 1));
    check("/who 2", who(None, 2));
    check("/names #ops", who(Some("ops"), 1));
    for typed in ["/users", "/members"] {
        check(typed, who(None, 1));
    }
    check("/who ops 2", who(Some("ops"), 2));
    check("/who #2", who(Some("2"), 1));
    check_usage(Topic::Who, &["/who 0", "/who #", "/who 2 #ops", "/who #ops x", "/who #ops 1 2"]);
    check("/invite bob", Invite { name: "bob".into(), room: None });
    check("/invite @bob #ops", Invite { name: "bob".into(), room: Some("ops".into()) });
    check_usage(Topic::Invite, &["/invite", "/invite bob #", "/invite bob #ops x"]);
}

#[test]
fn changes_of_a_room() {
    check("/topic", Command::Topic(TopicChange::Show));
    check("/topic OFF ", Command::Topic(TopicChange::Clear));
    check("/topic off we go", Command::Topic(TopicChange::Set(text("off we go"))));
    check("/room lock", Room(RoomChange::Lock));
    check("/ROOM Unlock", Room(RoomChange::Unlock));
    check("/room hide", Room(RoomChange::Hide));
    check("/room end", Room(RoomChange::End));
    check("/room show", Room(RoomChange::Show));
    check("/room password a  b ", Room(RoomChange::Password(secret("a  b"))));
    check("/room password off", Room(RoomChange::Password(None)));
    check("/room password off beat", Room(RoomChange::Password(secret("off beat"))));
    check("/room slow 3600", Room(RoomChange::Slow(NonZeroU32::new(3600))));
    check("/room slow 0", Room(RoomChange::Slow(None)));
    check("/room slow off", Room(RoomChange::Slow(None)));
    check_usage(Topic::Room, &["/room", "/room xyz", "/room lock it", "/room \u{20000}"]);
    check("/room password", Utterance::Wrong(Box::new(Refusal::RoomPasswordMissing)));
    let meant = |nearest: &str| {
        let nearest = nearest.into();
        Utterance::Wrong(Box::new(Refusal::UnknownRoomSetting { nearest }))
    };
    check("/room private", meant("lock"));
    check("/room Open", meant("unlock"));
    check("/room lokc", meant("lock"));
    check("/room pasword s3cret", meant("password"));
    check("/room key s3cret", meant("password"));
    check_usage(Topic::Room, &["/room slow", "/room slow 3601", "/room slow x", "/room slow 1 2"]);
}

#[test]
fn commands_about_display() {
    let switches = [
        (Topic::Quiet, Quiet as fn(bool) -> Command),
        (Topic::Timestamps, Timestamps),
        (Topic::Colour, Colour),
        (Topic::Plain, Plain),
    ];
    for (topic, command) in switches {
        let name = topic.name();
        check(&format!("/{name}"), command(true));
        check(&format!("/{name} On "), command(true));
        check(&format!("/{name} off"), command(false));
        check_usage(topic, &[&format!("/{name} please"), &format!("/{name} off now")]);
    }
    check("/color off", Colour(false));
    for typed in ["/tz", "/time", "/date"] {
        check(typed, Tz { zone: None });
    }
    check("/tz Europe/Berlin", Tz { zone: Some("Europe/Berlin".into()) });
    check_usage(Topic::Tz, &["/tz Europe Berlin"]);
    check("/replay", Replay { lines: None });
    check("/replay 0", Replay { lines: Some(0) });
    check("/replay Off", Replay { lines: Some(0) });
    check("/replay 200", Replay { lines: Some(200) });
    check_usage(Topic::Replay, &["/replay 201", "/replay -1", "/replay on", "/replay 5 6"]);
    check("/bell off", Bell(settings::Bell::Off));
    check("/bell Mentions", Bell(settings::Bell::Mentions));
    check("/bell all", Bell(settings::Bell::All));
    check_usage(Topic::Bell, &["/bell", "/bell on", "/bell all day"]);
}

#[test]
fn other_commands() {
    for typed in ["/help", "/h", "/?", "/？", "／commands"] {
        check(typed, Help { topic: None });
    }
    check("/help /join", Help { topic: Some("/join".into()) });
    check("/help me please", Help { topic: Some("me".into()) });
    for typed in ["/quit", "/EXIT", "/bye "] {
        check(typed, Quit { text: None });
    }
    check("/quit smoking", Quit { text: Some(text("smoking")) });
    check("/motd", Motd);
    check("/stats", Stats);
    check("/uptime", Uptime);
    check("/ping", Uptime);
    check("/version", Version);
}

#[test]
fn impossible_requests_are_explained() {
    for typed in ["/edit hello", "/edit off now"] {
        check(typed, Utterance::Wrong(Box::new(Refusal::CannotEdit)));
    }
    check("/edit", Edit(true));
    check("/edit off", Edit(false));
    for typed in ["/clear", "/CLS now"] {
        check(typed, Utterance::Wrong(Box::new(Refusal::CannotClear)));
    }
}

#[test]
fn every_example_is_understood() {
    for topic in Topic::ALL {
        let meant = interpret(text(topic.example()));
        assert!(matches!(meant, Utterance::Command(_)), "{} gives {meant:?}", topic.example());
    }
}

#[test]
fn commands_that_hash_a_password_or_promise_something_are_slow() {
    let check = |typed: &str, expected: bool| match interpret(text(typed)) {
        Utterance::Command(command) => assert_eq!(command.is_slow(), expected, "{typed}"),
        other => panic!("{typed} gives {other:?}"),
    };
    for name in ["register", "login bob", "unregister", "join #ops", "room password"] {
        check(&format!("/{name} s3cret"), true);
    }
    check("/passwd old new", true);
    // A missing password has to be asked for.
    for asks in ["/register", "/login bob", "/unregister", "/passwd"] {
        check(asks, true);
    }
    for stored in [
        "/room password off",
        "/room lock",
        "/topic x",
        "/invite bob",
        "/op bob",
        "/deop bob",
        "/ban bob",
        "/mute bob",
        "/unban bob",
        "/unmute bob",
        "/lockdown on",
        "/claim x",
    ] {
        check(stored, true);
    }
    for quick in
        ["/join #ops", "/nick bob", "/msg bob s3cret", "#ops x", "/topic", "/op", "/kick bob"]
    {
        check(quick, false);
    }
}

#[test]
fn a_line_keeps_its_text_and_is_small() {
    let said = text("hello");
    let at = said.as_str().as_ptr();
    let Utterance::Line(kept) = interpret(said) else { panic!("not a line") };
    assert_eq!(kept.as_str().as_ptr(), at);
    assert!(size_of::<Utterance>() <= 24);
}

/// Lines that are nearly commands.
fn nearly_commands() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec!["", " ", "/", "／", "#", "@", "/ ", "\u{3000}/", "//"]);
    let names = Topic::ALL.map(Topic::name).to_vec();
    let word = prop_oneof![prop::sample::select(names).prop_map(String::from), "\\PC{0,6}"];
    let rest = prop::collection::vec(
        prop_oneof![Just("off".to_owned()), Just("#".to_owned()), "[0-9@#]{0,4}", "\\PC{0,8}"],
        0..4,
    );
    (sign, word, rest).prop_map(|(sign, word, rest)| format!("{sign}{word} {}", rest.join(" ")))
}

proptest! {
    #[test]
    fn any_text_means_something(typed in prop_oneof![nearly_commands(), any::<String>()]) {
        let typed = text(&typed);
        let said = interpret(typed.clone());
        let is_signed = typed.as_str().trim_start().starts_with(['/', '／', '#']);
        if !is_signed {
            prop_assert_eq!(said, Utterance::Line(typed));
        }
    }

    #[test]
    fn texts_are_as_clean_as_the_line(typed in nearly_commands()) {
        let said = match interpret(text(&typed)) {
            Utterance::Line(text) => text,
            Utterance::Command(command) => match *command {
                Me { text } | Msg { text, .. } | Say { text } | ToRoom { text, .. } => text,
                _ => return Ok(()),
            },
            Utterance::Wrong(_) => return Ok(()),
        };
        prop_assert_eq!(text(said.as_str()), said);
    }

    #[test]
    fn no_password_is_shown(
        name in "[a-zA-Z]{1,12}",
        gap in prop::sample::select(vec![" ", "  ", "\u{3000}"]),
        before in prop::sample::select(vec!["/", " /", "／", "/ "]),
    ) {
        let typed = text(&format!("{before}{name}{gap}s3cret!"));
        if let Utterance::Wrong(wrong) = interpret(typed) {
            let shown = format!("{wrong:?}");
            prop_assert!(!shown.contains("s3cret"));
        }
    }

    #[test]
    fn no_debug_shows_a_password(password in "[!-~]{6,20}", at in 0..7usize) {
        let password = format!("s3cret{password}");
        let typed = [
            "/register *", "/login bob *", "/passwd * *", "/unregister *", "/join #ops *",
            "/room password *", "/login bob a *",
        ][at];
        let meant = interpret(text(&typed.replace('*', &password)));
        prop_assert!(matches!(&meant, Utterance::Command(command) if command.is_slow()));
        let shown = format!("{meant:?}");
        prop_assert!(!shown.contains("s3cret"));
    }
}
