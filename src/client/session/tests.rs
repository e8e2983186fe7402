mod forgotten;
mod hidden;
mod keys;
mod lines;
mod missed;
mod rejoin;
mod scene;
mod sent_again;

use std::time::Duration;

use self::scene::{DO_MESSAGES, Scene};
use super::*;
use crate::model::{QuestionFault, QuestionKind, Refusal, Removal, Reply};
use crate::wire::json::message::ViewMessage;

#[test]
fn typed_text_stays_below_new_lines() {
    let mut scene = Scene::new();
    scene.shows(&["Welcome swift-fox", "#lobby>"]);
    scene.types("hello");
    scene.hears_say("bob", "in between");
    scene.shows(&["bob: in between", "#lobby> hello"]);
    scene.on(SessionEvent::Resized(Size::new(40, 10)));
    scene.shows(&["#lobby> hello"]);
    scene.types("\r");
    scene.sends("hello\r\n");
    scene.shows(&["#lobby>"]);
    assert_eq!(scene.log, ["Welcome swift-fox", "bob: in between"]);
    // A block is sent as several lines.
    scene.types("\x1b[200~one\n\ntwo\x1b[201~\r");
    scene.sends("one\r\n\r\ntwo\r\n");
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
    scene.sends("{\"complete\":{\"kind\":\"name\",\"prefix\":\"an\"}}\n");
    let completions = ["ann", "anton"].map(Into::into).into();
    scene.tells(&ServerMessage::Completions { completions });
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
    scene.asks_password("ann");
    scene.sends("");
    scene.shows(&["Password for ann (Enter cancels):"]);
    scene.types("secrex\x7ft");
    scene.hears_say("bob", "hi");
    scene.shows(&["bob: hi", "Password for ann (Enter cancels):"]);
    scene.types("\r");
    scene.sends("secret\r\n");
    // The outcome is not known yet, and another question may follow.
    scene.types("sec\r");
    scene.sends("");
    scene.asks(QuestionKind::Password, "ann", Some(QuestionFault::Wrong));
    scene.shows(&["bob: hi", "Wrong password. Try again (Enter cancels):"]);
    scene.types("ret\r");
    scene.sends("secret\r\n");
    scene.shows(&["bob: hi"]);
    scene.is_logged_in_as("ann");
    scene.stops_asking();
    scene.shows(&["bob: hi", "You are logged in as ann.", "#lobby> what I was going to say"]);
    scene.types("\x03\x1b[A");
    scene.shows(&["#lobby> /login ann"]);
    scene.types("\x03/register secret\r");
    scene.types("/nick bob\r");
    assert_eq!(scene.kept, ["/login ann", "/nick bob"]);
    assert!(!scene.log.iter().any(|line| line.contains("secret")));
}

#[test]
fn a_name_is_asked_for_and_logged_in_if_it_is_registered() {
    let named = |options: &mut SessionOptions| options.name = Some("ann".to_owned());
    let mut scene = Scene::with(named);
    scene.sends("/nick ann\r\n");
    scene.is_registered("ann");
    scene.sends("/login ann\r\n");
    // The client logs in only once.
    scene.is_registered("ann");
    scene.sends("");
    // The server itself asks again after a wrong password.
    scene.replies(Refusal::PromptFailed { tries: 3, is_login: true });
    scene.sends("");
}

#[test]
fn the_name_is_sent_first() {
    let named = |options: &mut SessionOptions| options.name = Some("ann".to_owned());
    let mut scene = Scene::at_server(named);
    scene.sends(DO_MESSAGES);
    scene.agrees();
    scene.sends("/nick ann\r\n");
    scene.arrives_as("ann", &["#lobby"]);
    scene.sends("");
    // The same after reconnecting.
    scene.comes_back();
    scene.sends("/nick ann\r\n");
    scene.arrives_as("ann", &["#lobby"]);
    scene.sends("");
    scene.shows(&["Welcome ann", "#lobby>"]);
    // A registered name needs a password, so the client can only log in.
    let mut scene = Scene::at_server(named);
    scene.take_sent();
    scene.agrees();
    scene.sends("/nick ann\r\n");
    scene.is_registered("ann");
    scene.sends("/login ann\r\n");
    scene.asks_password("ann");
    scene.shows(&["Password for ann (Enter cancels):"]);
    assert_eq!(scene.log, [] as [String; 0]);
}

#[test]
fn quitting_closing_and_suspending() {
    let mut scene = Scene::new();
    scene.types("\x04");
    scene.orders(&[Action::CloseOurHalf]);
    scene.types("too late\r");
    scene.sends("");
    scene.hears_say("bob", "bye");
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
    let removal = |room: Option<&str>| {
        let room = room.map(Into::into);
        Reply::YouWereRemoved(Box::new(Removal { by: "eve".into(), room, reason: None }))
    };
    scene.replies(removal(None));
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[Action::End(Ending::Closed)]);
    let mut scene = Scene::new();
    scene.replies(removal(Some("#lobby")));
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[]);
    let mut scene = Scene::new();
    scene.types("\x1a");
    scene.orders(&[Action::Suspend]);
}

#[test]
fn the_server_password_is_asked_for_once() {
    let mut scene = Scene::at_server(|_| {});
    scene.agrees();
    scene.asks(QuestionKind::ServerPassword, "", None);
    scene.types("open\r");
    scene.stops_asking();
    scene.arrives(&["#lobby"]);
    scene.comes_back();
    scene.asks(QuestionKind::ServerPassword, "", None);
    scene.sends("open\r\n");
    // The password has changed.
    scene.replies(Refusal::WrongServerPassword);
    scene.asks(QuestionKind::ServerPassword, "", None);
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
    scene.hears_say("bob", "hi");
    assert_eq!(title(&scene), "hobnob: #lobby (1)");
}

#[test]
fn other_rooms_have_tags_and_are_unread() {
    let mut scene = Scene::new();
    scene.is_in(&["#lobby", "#ops"]);
    scene.hears_say("bob", "hi");
    scene.hears_say("swift-fox", "from elsewhere");
    scene.hears_in("#ops", "bob", "here");
    scene.shows(&[
        "[#lobby] bob: hi",
        "[#lobby] swift-fox: from elsewhere",
        "bob: here",
        "#ops (+1 #lobby)>",
    ]);
    // The current room changes with the reply, before the list of rooms.
    scene.replies(Reply::TalkingIn { room: "#lobby".into() });
    scene.hears_say("bob", "there");
    scene.shows(&["You are talking in #lobby now.", "bob: there", "#lobby>"]);
}

#[test]
fn the_users_view_counts() {
    let mut scene = Scene::with(|options| options.zone = Zone::of_offset(60));
    let view = |lang, zone: Option<&str>| ServerMessage::View {
        view: ViewMessage {
            lang,
            timestamps: true,
            zone: zone.map(Into::into),
            ..Default::default()
        },
    };
    scene.tells(&view(Lang::Zh, None));
    scene.hears_say("bob", "hi");
    scene.replies(Reply::NowBack);
    scene.tells(&view(Lang::En, Some("Asia/Tokyo")));
    scene.hears_say("bob", "hi");
    scene.shows(&["01:00 bob: hi", "欢迎回来。", "09:00 bob: hi", "#lobby>"]);
    // Another connection begins with the client's own language again.
    scene.comes_back();
    scene.arrives(&["#lobby"]);
    scene.hears_say("bob", "hi");
    scene.shows(&["bob: hi", "#lobby>"]);
}

#[test]
fn untrusted_bytes_do_nothing() {
    let mut scene = Scene::new();
    scene.hears_say("\x1b]0;owned\x07\x1b[2J\x1b[5;5Hbob", "\x1b[31mhi\x1b[0m");
    scene.is_in(&["#a\u{1b}[2J"]);
    scene.shows(&["Welcome swift-fox", "bob: hi", "#a>"]);
    scene.asks_password("ann\x1b[2J\r\nbob");
    scene.shows(&["Password for annbob (Enter cancels):"]);
    let many = (0..10_000).map(|number| format!("#{number}").into()).collect();
    scene.tells(&ServerMessage::Rooms { rooms: many });
    assert_eq!(scene.session.place.rooms.len(), crate::limits::ROOMS_PER_CLIENT_MAX);
    for number in 0..100 {
        scene.replies(Reply::TalkingIn { room: format!("#r{number}").into() });
    }
    assert_eq!(scene.session.place.rooms.len(), crate::limits::ROOMS_PER_CLIENT_MAX);
}
