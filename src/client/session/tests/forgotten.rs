//! What a server forgets with a connection, and what it does not take.

use super::*;

/// What brought one back is sent, and nothing else.
fn comes_back_as(scene: &mut Scene, name: &str, rooms: &[&str]) {
    scene.comes_back();
    scene.hears([WILL_MESSAGES, format!("Welcome {name}\r\n").as_bytes()].concat());
    scene.is_in(rooms);
}

#[test]
fn a_guests_settings_are_set_again_without_a_word() {
    let mut scene = Scene::new();
    scene.types("/away tea\r/timestamps on\r/plain on\r/timestamps off\r");
    scene.hears("You are away: tea. /back ends that.\r\n");
    scene.take_sent();
    comes_back_as(&mut scene, "swift-fox", &["#lobby"]);
    scene.sends("/away tea\r\n/plain on\r\n/timestamps off\r\n");
    let before = scene.log.len();
    scene.hears(
        "You are away: tea. /back ends that.\r\nEverything is plain: one event a line, no \
                 colours, and no bell unless you choose one with /bell. /plain off ends that.\r\nLines carry no time.\r\n",
    );
    assert_eq!(scene.log[before..], [] as [String; 0]);
    // What somebody asks for is answered.
    scene.types("/plain off\r");
    scene.hears("Your display settings are back.\r\n");
    assert_eq!(scene.log[before..], ["Your display settings are back."]);
}

#[test]
fn an_account_keeps_its_settings_and_is_away_again() {
    let mut scene = Scene::new();
    scene.types("/login ann secret\r/away tea\r/quiet on\r");
    scene.hears("You are logged in as ann.\r\n");
    scene.take_sent();
    comes_back_as(&mut scene, "tame-owl", &["#lobby"]);
    scene.sends("/login ann secret\r\n/away tea\r\n");
}

#[test]
fn a_guest_is_told_of_another_name() {
    let mut scene = Scene::with(|options| options.size = Size::new(120, 20));
    comes_back_as(&mut scene, "tame-owl", &["#lobby"]);
    let told = "Your name has changed: you are tame-owl now and were swift-fox. /nick NAME gives you \
                a name that stays.";
    assert_eq!(scene.log.last().map(String::as_str), Some(told));
    // Not if it is the same, nor who has a name that comes back.
    comes_back_as(&mut scene, "tame-owl", &["#lobby"]);
    scene.types("/nick ann\r");
    scene.hears("tame-owl is now ann\r\n");
    comes_back_as(&mut scene, "calm-bee", &["#lobby"]);
    assert_eq!(scene.log.iter().filter(|line| line.starts_with("Your name")).count(), 1);
}

#[test]
fn a_name_that_can_be_none_is_not_waited_for() {
    let named = |options: &mut Options| options.name = Some("silver-snail".to_owned());
    let refused = "silver-snail looks like a guest's name. Please choose another.\r\n";
    let mut scene = Scene::at_server(named);
    scene.arrives(&["#lobby"]);
    scene.hears(refused);
    for _ in 0..2 {
        comes_back_as(&mut scene, "swift-fox", &["#lobby"]);
        scene.take_sent();
        scene.shows(&["#lobby>"]);
        scene.types("hello\r");
        scene.sends("hello\r\n");
    }
    // Also if it is refused on the way back for the first time.
    let mut scene = Scene::new();
    scene.types("/nick bob\r");
    scene.hears("swift-fox is now bob\r\n");
    comes_back_as(&mut scene, "tame-owl", &["#lobby"]);
    scene.take_sent();
    scene.shows(&["#lobby (coming back)>"]);
    scene.hears("bob looks like b0b. Please choose another name.\r\n");
    scene.shows(&["#lobby>"]);
}

#[test]
fn a_room_that_the_server_forgot_is_as_it_was() {
    let made = |room: &str| {
        format!(
            "You have made {room}, and it is yours. /topic TEXT says what it is about; /help room \
             has more.\r\n"
        )
    };
    let mut scene = Scene::with(|options| options.size = Size::new(120, 20));
    scene.types("/join #den\r");
    scene.hears(made("#den"));
    scene.is_in(&["#lobby", "#den"]);
    scene.types("/room password xyzzy\r/room lock\r/room hide\r/room slow 5\r/room slow off\r");
    scene.types("/join #open\r");
    scene.hears(made("#open"));
    scene.is_in(&["#lobby", "#den", "#open"]);
    scene.take_sent();
    comes_back_as(&mut scene, "swift-fox", &["#lobby"]);
    scene.sends("/join #den xyzzy\r\n/join #open\r\n");
    scene.hears(made("#den"));
    scene.sends("#den\r\n/room lock\r\n/room hide\r\n#open\r\n");
    let restored = "The server had forgotten #den, and you have made it again. What you had set is \
                    set again.";
    assert_eq!(scene.log.last().map(String::as_str), Some(restored));
    // Nothing had been set there.
    scene.hears(made("#open"));
    scene.sends("");
    assert!(scene.log.last().unwrap().starts_with("You have made #open"));
}

#[test]
fn somebody_elses_room_that_is_made_again_is_told_to_be_open() {
    let mut scene = Scene::with(|options| options.size = Size::new(120, 20));
    scene.types("/join #vault\r");
    scene.is_in(&["#lobby", "#vault"]);
    comes_back_as(&mut scene, "swift-fox", &["#lobby"]);
    scene.hears(
        "You have made #vault, and it is yours. /topic TEXT says what it is about; /help room has \
         more.\r\n",
    );
    let open = "The server had forgotten #vault, and you have made it again. It is open: if it had \
                a lock or a password, that is gone.";
    assert_eq!(scene.log.last().map(String::as_str), Some(open));
}

#[test]
fn a_line_that_is_too_long_can_be_shortened() {
    let mut scene = Scene::with(|options| options.size = Size::new(100, 20));
    scene.types(&format!("{}\r", "x".repeat(70)));
    scene.take_sent();
    scene.hears("Your line was not sent: it is longer than 64 bytes.\r\n");
    let told = "This line is 6 bytes too long: the server takes 64.";
    let prompt = format!("#lobby> {}", "x".repeat(70));
    scene.shows(&["Your line was not sent: it is longer than 64 bytes.", told, &prompt]);
    // From then on it is known before.
    scene.types("\x7f\r");
    scene.sends("");
    scene.types("\x7f\x7f\x7f\x7f\x7f\r");
    scene.sends(&format!("{}\r\n", "x".repeat(64)));
    // What is being typed already is not taken away.
    scene.types("short");
    scene.hears("Your line was not sent: it is longer than 32 bytes.\r\n");
    scene.shows(&["#lobby> short"]);
}
