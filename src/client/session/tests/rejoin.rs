//! Broken connections, and new ones on which the user gets their name and rooms back.

use super::*;

#[test]
fn a_broken_connection_is_reestablished() {
    let wide = |options: &mut SessionOptions| options.size = Size::new(100, 20);
    let mut scene = Scene::with(wide);
    scene.types("unsent");
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    let again = "Retrying; press Enter to retry now, ^D to quit.";
    let told = format!("The connection failed: connection reset. {again}");
    let counting = |seconds| format!("#lobby (next try in {seconds} s, Enter: now)> unsent");
    scene.shows(&[&told, &counting(2)]);
    scene.waits_for_an_attempt();
    scene.on(SessionEvent::NotConnected("connection refused; is the server running there?".into()));
    let told = "Still no connection: connection refused; is the server running there? Retrying; \
                press Enter to";
    scene.shows(&[told, "    retry now, ^D to quit.", &counting(3)]);
    scene.types("!");
    // Enter reconnects at once; the typed line stays.
    scene.types("\r");
    scene.orders(&[Action::Connect]);
    scene.on(SessionEvent::Connected);
    scene.sends(DO_MESSAGES);
    scene.agrees();
    scene.arrives(&["#lobby"]);
    scene.shows(&["Reconnected.", "Welcome swift-fox", "#lobby> unsent!"]);
    scene.types("\r");
    scene.sends("unsent!\r\n");
    scene.hears_say("swift-fox", "unsent!");
    // A server says goodbye; another one is killed.
    scene.now += Duration::from_secs(30);
    scene.replies(Reply::Goodbye);
    scene.on(SessionEvent::Ended(None));
    let told = "The server has shut down. Retrying; press Enter to retry now, ^D to quit.";
    scene.shows(&[told, "#lobby (next try in 2 s, Enter: now)>"]);
    scene.types("\x04");
    let gone = "not connected to localhost:8000".to_owned();
    scene.orders(&[Action::End(Ending::Broken(gone))]);
    let mut scene = Scene::new();
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[]);
    scene.waits_for_an_attempt();
    // Something accepts connections in place of a server that is down.
    scene.on(SessionEvent::Connected);
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[]);
    scene.waits_for_an_attempt();
}

#[test]
fn the_prompt_counts_down_to_each_attempt() {
    let mut scene = Scene::with(|options| options.size = Size::new(80, 20));
    scene.on(SessionEvent::Ended(Some("timed out".into())));
    let mut counted = Vec::new();
    for _ in 0..6 {
        let mut seconds = Vec::new();
        while scene.orders.is_empty() {
            let contents = scene.screen.screen().contents();
            let behind = contents.rsplit_once("#lobby (next try in ").unwrap().1;
            let (shown, rest) = behind.split_once(" s").unwrap();
            assert!(rest.starts_with(", Enter: now)>"), "{contents}");
            seconds.push(shown.parse::<u64>().unwrap());
            seconds.dedup();
            scene.waits();
        }
        scene.orders(&[Action::Connect]);
        scene.shows(&["#lobby (no connection)>"]);
        counted.push((seconds[0], seconds.len()));
        assert!(seconds.iter().rev().copied().eq(1..=seconds[0]), "{seconds:?}");
        scene.on(SessionEvent::NotConnected("timed out".into()));
    }
    // One second, two, four, eight, sixteen and thirty, plus jitter.
    for ((first, count), least) in counted.into_iter().zip([1, 2, 4, 8, 16, 30]) {
        assert!(first > least && first <= least + least / 5 + 1, "{first} for {least}");
        assert_eq!(count, first as usize);
    }
}

#[test]
fn the_texts_are_in_the_chosen_language() {
    let chinese = |options: &mut SessionOptions| {
        options.lang = Lang::Zh;
        options.size = Size::new(100, 20);
    };
    let mut scene = Scene::with(chinese);
    scene.on(SessionEvent::Ended(Some("连接被重置".into())));
    scene.shows(&[
        "连接中断：连接被重置。正在重试；按 Enter 立即重试，按 ^D 退出。",
        "#lobby （未连接，2 秒后重试，按 Enter 立即重试）>",
    ]);
    scene.on(SessionEvent::NotConnected("无法连接；服务器是否正在运行？".into()));
    assert_eq!(scene.count_rows("仍未连接：无法连接；服务器是否正在运行？正在重试"), 1);
    scene.types("\r");
    scene.on(SessionEvent::Connected);
    scene.agrees();
    scene.arrives(&["#lobby"]);
    scene.shows(&["已重新连接。", "欢迎 swift-fox", "#lobby>"]);
}

#[test]
fn pauses_grow() {
    let mut scene = Scene::new();
    scene.on(SessionEvent::Ended(Some("timed out".into())));
    let mut pauses = Vec::new();
    for _ in 0..7 {
        pauses.push(scene.waits_for_an_attempt().as_secs());
        scene.on(SessionEvent::NotConnected("timed out".into()));
    }
    assert!(pauses.is_sorted() && pauses[0] <= 1 && (30..=36).contains(&pauses[6]), "{pauses:?}");
}

#[test]
fn name_and_rooms_are_restored() {
    let mut scene = Scene::new();
    scene.types("/login ann\r");
    scene.asks_password("ann");
    scene.types("secret\r");
    scene.stops_asking();
    scene.is_logged_in_as("ann");
    scene.types("/join #vault sesame\r");
    scene.is_in(&["#vault", "#dev", "#lobby"]);
    scene.comes_back();
    scene.sends("/login ann secret\r\n");
    scene.arrives_as("ann", &["#lobby"]);
    scene.is_logged_in_as("ann");
    scene.sends("/join #vault sesame\r\n/join #dev\r\n#lobby\r\n");
    scene.is_in(&["#vault", "#dev", "#lobby"]);
    scene.shows(&["#lobby>"]);
}

#[test]
fn nothing_is_said_before_name_and_rooms_are_restored() {
    let mut scene = Scene::new();
    scene.types("/login ann secret\r");
    scene.is_logged_in_as("ann");
    scene.is_in(&["#lobby", "#ops"]);
    scene.comes_back();
    scene.sends("/login ann secret\r\n");
    scene.types("for ops\r");
    scene.sends("");
    scene.shows(&["#ops (rejoining)> for ops"]);
    scene.replies(Reply::Welcome { name: "swift-fox".into(), is_address: true });
    scene.sends("");
    scene.types("\r");
    scene.is_in(&["#lobby"]);
    scene.sends("/join #ops\r\n");
    scene.types("\r\x18");
    scene.is_logged_in_as("ann");
    scene.types("\r");
    scene.sends("");
    scene.shows(&["#lobby (rejoining)> for ops"]);
    scene.is_in(&["#lobby", "#ops"]);
    scene.shows(&["#ops> for ops"]);
    scene.types("\r");
    scene.sends("for ops\r\n");
    // Having rejoined the rooms is not enough.
    scene.comes_back();
    scene.sends("/login ann secret\r\n");
    scene.arrives(&["#lobby", "#ops"]);
    scene.types("/topic ops\r");
    scene.sends("");
    scene.replies(Refusal::WrongPassword);
    scene.types("\r");
    scene.sends("/topic ops\r\n");
}

#[test]
fn lines_are_not_held_back_for_ever() {
    let mut scene = Scene::new();
    scene.is_in(&["#lobby", "#ops"]);
    scene.comes_back();
    scene.arrives(&["#lobby"]);
    let began = scene.now;
    // The room is locked now.
    scene.sends("/join #ops\r\n");
    scene.replies(Refusal::RoomLocked { room: "#ops".into() });
    scene.types("hello\r");
    scene.sends("");
    while scene.session.deadline(scene.now).is_some() {
        scene.waits();
    }
    assert!(scene.now - began < Duration::from_secs(7));
    scene.shows(&["#lobby> hello"]);
    scene.types("\r");
    scene.sends("hello\r\n");
    // A server that says nothing.
    scene.comes_back();
    let began = scene.now;
    scene.types("hello\r");
    scene.sends("");
    while scene.session.deadline(scene.now).is_some() {
        scene.waits();
    }
    assert!(scene.now - began <= Duration::from_secs(10));
    scene.types("\r");
    scene.sends("hello\r\n");
}

#[test]
fn quitting_works_before_the_user_is_back() {
    let mut scene = Scene::new();
    scene.comes_back();
    scene.orders.clear();
    scene.types("/quit\r");
    scene.sends("/quit\r\n");
    scene.on(SessionEvent::Ended(None));
    scene.orders(&[Action::End(Ending::Left)]);
    let mut scene = Scene::new();
    scene.comes_back();
    scene.orders.clear();
    scene.types("\x04");
    scene.orders(&[Action::CloseOurHalf]);
}

#[test]
fn a_name_is_asked_for_until_it_is_granted() {
    let mut scene = Scene::at_server(|options| options.name = Some("ann".to_owned()));
    scene.agrees();
    // Before the welcome, and at the question.
    for _ in 0..2 {
        scene.comes_back();
        scene.sends("/nick ann\r\n");
        scene.arrives(&["#lobby"]);
        scene.types("hello\r\x03");
        scene.sends("");
        scene.is_registered("ann");
        scene.sends("/login ann\r\n");
        scene.asks_password("ann");
    }
    scene.types("secret\r");
    scene.stops_asking();
    scene.is_logged_in_as("ann");
    scene.comes_back();
    scene.sends("/login ann secret\r\n");
    // A user who has chosen another name keeps that.
    let mut scene = Scene::with(|options| options.name = Some("ann".to_owned()));
    scene.types("/nick bob\r");
    scene.sees_renamed("swift-fox", "bob");
    scene.comes_back();
    scene.sends("/nick bob\r\n");
}

#[test]
fn a_name_still_in_use_is_asked_for_again() {
    let taken = "ann is already in use. Please choose another name.";
    let refused = || Refusal::NameInUse { name: "ann".into() };
    let mut scene = Scene::new();
    scene.types("/nick ann\r");
    scene.sees_renamed("swift-fox", "ann");
    scene.comes_back();
    scene.sends("/nick ann\r\n");
    scene.arrives_as("tame-owl", &["#lobby"]);
    let mut pauses = Vec::new();
    for _ in 0..6 {
        scene.replies(refused());
        pauses.push(scene.waits_until_it_sends("/nick ann\r\n").as_secs());
    }
    assert_eq!(pauses, [5, 10, 20, 40, 60, 60]);
    assert_eq!(scene.log.iter().filter(|line| *line == taken).count(), 1);
    scene.sees_renamed("tame-owl", "ann");
    assert_eq!(scene.session.deadline(scene.now), None);
    // The pauses start over on the next connection, and end when the user requests another name.
    scene.comes_back();
    scene.sends("/nick ann\r\n");
    scene.arrives_as("calm-bee", &["#lobby"]);
    scene.replies(refused());
    assert_eq!(scene.waits_until_it_sends("/nick ann\r\n").as_secs(), 5);
    scene.replies(refused());
    assert_eq!(scene.waits_until_it_sends("/nick ann\r\n").as_secs(), 10);
    scene.replies(refused());
    scene.types("/nick bob\r");
    scene.sends("/nick bob\r\n");
    assert_eq!(scene.session.deadline(scene.now), None);
    scene.types("/nick ann\r");
    scene.replies(refused());
    assert_eq!(scene.log.last().map(String::as_str), Some(taken));
}

#[test]
fn a_server_that_admits_and_crashes_is_tried_less_and_less_often() {
    let mut scene = Scene::new();
    let mut pauses = Vec::new();
    for _ in 0..5 {
        scene.on(SessionEvent::Ended(Some("connection reset".into())));
        pauses.push(scene.waits_for_an_attempt().as_secs());
        scene.on(SessionEvent::Connected);
        scene.agrees();
        scene.arrives(&["#lobby"]);
    }
    assert!(pauses.is_sorted() && pauses[0] <= 1 && pauses[4] >= 16, "{pauses:?}");
    scene.now += Duration::from_secs(10);
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    assert_eq!(scene.waits_for_an_attempt().as_secs(), 1);
}

#[test]
fn a_long_outage_is_reported_once_per_reason() {
    let mut scene = Scene::with(|options| options.size = Size::new(100, 20));
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    for _ in 0..5 {
        assert!(scene.count_rows("#lobby (next try in ") == 1);
        scene.waits_for_an_attempt();
        scene.on(SessionEvent::NotConnected("connection refused".into()));
    }
    assert_eq!(scene.count_rows("Still no connection: connection refused."), 1);
    scene.waits_for_an_attempt();
    scene.on(SessionEvent::NotConnected("no route to host".into()));
    assert_eq!(scene.count_rows("Still no connection: "), 2);
    // A user who asks for an attempt is told its result.
    scene.types("\r");
    scene.on(SessionEvent::NotConnected("no route to host".into()));
    assert_eq!(scene.count_rows("Still no connection: "), 3);
    // The next outage is announced again.
    scene.on(SessionEvent::Connected);
    scene.agrees();
    scene.arrives(&["#lobby"]);
    scene.shows(&["#lobby>"]);
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    scene.on(SessionEvent::NotConnected("no route to host".into()));
    assert_eq!(scene.count_rows("Still no connection: "), 4);
    // As with a tunnel whose other end is down.
    for _ in 0..3 {
        scene.on(SessionEvent::Connected);
        scene.on(SessionEvent::Ended(None));
        scene.waits_for_an_attempt();
    }
    assert_eq!(scene.count_rows("The server closed the connection immediately."), 1);
    for _ in 0..3 {
        scene.on(SessionEvent::Connected);
        scene.on(SessionEvent::Ended(Some("broken pipe".into())));
        scene.waits_for_an_attempt();
    }
    assert_eq!(scene.count_rows("The connection failed: broken pipe."), 1);
    // That was for the first connection: no server answered on the others.
    assert_eq!(scene.count_rows("Reconnected."), 1);
    // Half of the row is left for typing.
    scene.on(SessionEvent::NotConnected("broken pipe".into()));
    scene.on(SessionEvent::Resized(Size::new(120, 20)));
    assert_eq!(scene.count_rows("#lobby (no connection, next try in "), 1);
    scene.on(SessionEvent::Resized(Size::new(40, 20)));
    scene.shows(&["#… (no connection)>"]);
}

#[test]
fn unconfirmed_lines_are_reported() {
    let mut scene = Scene::new();
    scene.types("one\rtwo\r/me waves\r");
    scene.hears_say("swift-fox", "one");
    scene.hears_say("bob", "two");
    scene.hears_say("swift-fox", "two");
    scene.types("/login ann secret\rthree\r");
    scene.types("//four\rfive\rsix\r");
    scene.hears_say("bob", "three");
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    assert_eq!(scene.count_rows("Possibly not sent: "), 3);
    let perhaps = |line: &str| format!("Possibly not sent: \"{line}\"");
    scene.shows(&[
        &perhaps("/four"),
        &perhaps("five"),
        &perhaps("six"),
        "#lobby (no connection, 2 s)>",
    ]);
    // Each line is mentioned only once.
    scene.comes_back();
    scene.arrives(&["#lobby"]);
    scene.types("seven\r");
    scene.hears_say("swift-fox", "seven");
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    assert_eq!(scene.count_rows("Possibly not sent: "), 3);
}
