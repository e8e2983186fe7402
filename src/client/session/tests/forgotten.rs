//! State that a server loses with a connection, and lines that it rejects.

use super::*;
use crate::model::Setting;
use crate::text::CleanText;

/// Reconnects under this name; only what restores the session is sent.
fn comes_back_as(scene: &mut Scene, name: &str, rooms: &[&str]) {
    scene.comes_back();
    scene.arrives_as(name, rooms);
}

#[test]
fn a_guests_settings_are_restored_silently() {
    let mut scene = Scene::new();
    scene.types("/away tea\r/timestamps on\r/plain on\r/timestamps off\r");
    let away = Reply::NowAway { text: Some(CleanText::new("tea")) };
    scene.replies(away.clone());
    scene.take_sent();
    comes_back_as(&mut scene, "swift-fox", &["#lobby"]);
    scene.sends("/away tea\r\n/plain on\r\n/timestamps off\r\n");
    let before = scene.log.len();
    for told in
        [away, Reply::Setting(Setting::Plain(true)), Reply::Setting(Setting::Timestamps(None))]
    {
        scene.replies(told);
    }
    assert_eq!(scene.log[before..], [] as [String; 0]);
    // A command typed by the user is answered.
    scene.types("/plain off\r");
    scene.replies(Reply::Setting(Setting::Plain(false)));
    assert_eq!(scene.log[before..], ["Your display settings are back."]);
}

#[test]
fn an_account_keeps_its_settings_and_is_away_again() {
    let mut scene = Scene::new();
    scene.types("/login ann secret\r/away tea\r/quiet on\r");
    scene.is_logged_in_as("ann");
    scene.take_sent();
    comes_back_as(&mut scene, "tame-owl", &["#lobby"]);
    scene.sends("/login ann secret\r\n/away tea\r\n");
}

#[test]
fn a_guest_is_told_about_a_new_name() {
    let mut scene = Scene::with(|options| options.size = Size::new(120, 20));
    comes_back_as(&mut scene, "tame-owl", &["#lobby"]);
    let told =
        "Your name is now tame-owl; it was swift-fox. /nick NAME gives you a name that stays.";
    assert_eq!(scene.log.last().map(String::as_str), Some(told));
    // Not if the name is the same, nor if the user has chosen a name, which is restored.
    comes_back_as(&mut scene, "tame-owl", &["#lobby"]);
    scene.types("/nick ann\r");
    scene.sees_renamed("tame-owl", "ann");
    comes_back_as(&mut scene, "calm-bee", &["#lobby"]);
    assert_eq!(scene.log.iter().filter(|line| line.starts_with("Your name")).count(), 1);
}

#[test]
fn an_invalid_name_is_not_waited_for() {
    let named = |options: &mut SessionOptions| options.name = Some("silver-snail".to_owned());
    let resembles = |name: &str, other: Option<&str>| Refusal::NameResembles {
        name: name.into(),
        other: other.map(Into::into),
    };
    let mut scene = Scene::with(named);
    scene.replies(resembles("silver-snail", None));
    for _ in 0..2 {
        comes_back_as(&mut scene, "swift-fox", &["#lobby"]);
        scene.take_sent();
        scene.shows(&["#lobby>"]);
        scene.types("hello\r");
        scene.sends("hello\r\n");
    }
    // Also if the name is refused for the first time after reconnecting.
    let mut scene = Scene::new();
    scene.types("/nick bob\r");
    scene.sees_renamed("swift-fox", "bob");
    comes_back_as(&mut scene, "tame-owl", &["#lobby"]);
    scene.take_sent();
    scene.shows(&["#lobby (rejoining)>"]);
    scene.replies(resembles("bob", Some("b0b")));
    scene.shows(&["#lobby>"]);
}

#[test]
fn a_forgotten_room_is_restored() {
    let made = |room: &str| Reply::MadeRoom { room: room.into() };
    let mut scene = Scene::with(|options| options.size = Size::new(120, 20));
    scene.types("/join #den\r");
    scene.replies(made("#den"));
    scene.is_in(&["#lobby", "#den"]);
    scene.types("/room password xyzzy\r/room lock\r/room hide\r/room slow 5\r/room slow off\r");
    scene.types("/join #open\r");
    scene.replies(made("#open"));
    scene.is_in(&["#lobby", "#den", "#open"]);
    scene.take_sent();
    comes_back_as(&mut scene, "swift-fox", &["#lobby"]);
    scene.sends("/join #den xyzzy\r\n/join #open\r\n");
    scene.replies(made("#den"));
    scene.sends("#den\r\n/room lock\r\n/room hide\r\n#open\r\n");
    let restored =
        "#den no longer existed on the server, so you have created it again, with your settings.";
    assert_eq!(scene.log.last().map(String::as_str), Some(restored));
    // Nothing had been set for this room.
    scene.replies(made("#open"));
    scene.sends("");
    assert!(scene.log.last().unwrap().starts_with("You created #open"));
    // The rules of one room are not taken for those of another.
    scene.is_in(&["#lobby", "#den", "#open"]);
    comes_back_as(&mut scene, "swift-fox", &["#lobby"]);
    scene.take_sent();
    scene.replies(made("#open"));
    scene.sends("");
    scene.replies(made("#den"));
    scene.sends("#den\r\n/room lock\r\n/room hide\r\n#open\r\n");
    scene.replies(made("#lobby"));
    scene.sends("");
}

#[test]
fn recreating_someone_elses_room_warns_that_it_is_open() {
    let mut scene = Scene::with(|options| options.size = Size::new(120, 20));
    scene.types("/join #vault\r");
    scene.is_in(&["#lobby", "#vault"]);
    comes_back_as(&mut scene, "swift-fox", &["#lobby"]);
    scene.replies(Reply::MadeRoom { room: "#vault".into() });
    let open = "#vault no longer existed on the server, so you have created it again. It is open: \
                any lock or password is gone.";
    assert_eq!(scene.log.last().map(String::as_str), Some(open));
}

#[test]
fn a_line_that_is_too_long_can_be_shortened() {
    let mut scene = Scene::with(|options| options.size = Size::new(100, 20));
    scene.types(&format!("{}\r", "x".repeat(70)));
    scene.take_sent();
    let too_long = |bytes_max| Refusal::LineTooLong { bytes_max, is_typed: false };
    scene.replies(too_long(64));
    let told = "This line is 6 bytes too long; the server accepts 64.";
    let prompt = format!("#lobby> {}", "x".repeat(70));
    scene.shows(&["Not sent: the line is longer than 64 bytes.", told, &prompt]);
    // From then on the client knows the limit.
    scene.types("\x7f\r");
    scene.sends("");
    scene.types("\x7f\x7f\x7f\x7f\x7f\r");
    scene.sends(&format!("{}\r\n", "x".repeat(64)));
    // A line that is being typed is not replaced.
    scene.types("short");
    scene.replies(too_long(32));
    scene.shows(&["#lobby> short"]);
}
