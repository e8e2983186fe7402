//! Broken connections, and new ones on which the user gets their name and rooms back.

use super::*;

impl Scene {
    /// Breaks the connection, if there is one, and makes another.
    pub(super) fn comes_back(&mut self) {
        self.on(SessionEvent::Ended(Some("connection reset")));
        self.waits_for_an_attempt();
        self.on(SessionEvent::Connected);
        // The part after the telnet request introduces the user.
        let sent = self.take_sent();
        self.sent = sent.rsplit('\u{fffd}').next().unwrap().to_owned();
    }

    /// Returns how long the session waits before its next attempt.
    fn waits_for_an_attempt(&mut self) -> Duration {
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

    fn count_rows(&self, part: &str) -> usize {
        self.screen.screen().contents().matches(part).count()
    }
}

#[test]
fn a_broken_connection_is_reestablished() {
    let wide = |options: &mut SessionOptions| options.size = Size::new(100, 20);
    let mut scene = Scene::with(wide);
    scene.types("unsent");
    scene.on(SessionEvent::Ended(Some("connection reset")));
    let again = "Retrying; press Enter to retry now, ^D to quit.";
    let told = format!("The connection failed: connection reset. {again}");
    let counting = |seconds| format!("#lobby (next try in {seconds} s, Enter: now)> unsent");
    scene.shows(&[&told, &counting(2)]);
    scene.waits_for_an_attempt();
    scene.on(SessionEvent::NotConnected("connection refused; is the server running there?"));
    let told = "Still no connection: connection refused; is the server running there? Retrying; \
                press Enter to";
    scene.shows(&[told, "    retry now, ^D to quit.", &counting(3)]);
    scene.types("!");
    // Enter reconnects at once; the typed line stays.
    scene.types("\r");
    scene.orders(&[Action::Connect]);
    scene.on(SessionEvent::Connected);
    scene.sends("\u{fffd}\u{fffd}\u{fffd}");
    scene.arrives(&["#lobby"]);
    scene.shows(&["Reconnected.", "Welcome swift-fox", "#lobby> unsent!"]);
    scene.types("\r");
    scene.sends("unsent!\r\n");
    scene.hears("swift-fox: unsent!\r\n");
    // A server says goodbye in another language; another one is killed.
    scene.now += Duration::from_secs(30);
    scene.hears("服务器即将关闭，再见。\r\n");
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
    scene.on(SessionEvent::Ended(Some("timed out")));
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
        scene.on(SessionEvent::NotConnected("timed out"));
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
        options.texts = Texts::of(Lang::Zh);
        options.size = Size::new(100, 20);
    };
    let mut scene = Scene::with(chinese);
    scene.on(SessionEvent::Ended(Some("连接被重置")));
    scene.shows(&[
        "连接中断：连接被重置。正在重试；按 Enter 立即重试，按 ^D 退出。",
        "#lobby （未连接，2 秒后重试，按 Enter 立即重试）>",
    ]);
    scene.on(SessionEvent::NotConnected("无法连接；服务器是否正在运行？"));
    assert_eq!(scene.count_rows("仍未连接：无法连接；服务器是否正在运行？正在重试"), 1);
    scene.types("\r");
    scene.on(SessionEvent::Connected);
    scene.arrives(&["#lobby"]);
    scene.shows(&["已重新连接。", "Welcome swift-fox", "#lobby>"]);
}

#[test]
fn pauses_grow() {
    let mut scene = Scene::new();
    scene.on(SessionEvent::Ended(Some("timed out")));
    let mut pauses = Vec::new();
    for _ in 0..7 {
        pauses.push(scene.waits_for_an_attempt().as_secs());
        scene.on(SessionEvent::NotConnected("timed out"));
    }
    assert!(pauses.is_sorted() && pauses[0] <= 1 && (30..=36).contains(&pauses[6]), "{pauses:?}");
}

#[test]
fn name_and_rooms_are_restored() {
    let mut scene = Scene::new();
    scene.types("/login ann\r");
    scene.hears([WILL_ECHO, b"Password for ann (Enter cancels): "].concat());
    scene.types("secret\r");
    scene.hears([WONT_ECHO, b"You are logged in as ann.\r\n"].concat());
    scene.types("/join #vault sesame\r");
    scene.is_in(&["#vault", "#dev", "#lobby"]);
    scene.hears("bob: one\r\n");
    scene.on(SessionEvent::Ended(Some("connection reset")));
    scene.waits();
    scene.take_sent();
    scene.on(SessionEvent::Connected);
    scene.sends("\u{fffd}\u{fffd}\u{fffd}/login ann secret\r\n");
    scene.hears(
        [WILL_MESSAGES, b"Welcome swift-fox\r\nThe last 2 messages in #lobby:\r\n"].concat(),
    );
    scene.hears("  14:00 bob: one\r\n  14:02 bob: two\r\n");
    scene.is_in(&["#lobby"]);
    scene.sends("/join #vault sesame\r\n/join #dev\r\n#lobby\r\n");
    scene.hears("You are logged in as ann.\r\n1 message since you left at 14:01; /history 1\r\n");
    scene.sends("/history #lobby 1\r\n");
    scene.hears("What you missed in #lobby:\r\n  14:02 bob: two\r\n");
    scene.is_in(&["#vault", "#dev", "#lobby"]);
    while scene.session.deadline(scene.now).is_some() {
        scene.waits();
    }
    let two = scene.log.iter().filter(|line| line.ends_with("bob: two")).count();
    assert_eq!((two, scene.log.iter().filter(|line| line.ends_with("bob: one")).count()), (1, 1));
}

#[test]
fn nothing_is_said_before_name_and_rooms_are_restored() {
    let mut scene = Scene::new();
    scene.types("/login ann secret\r");
    scene.hears("You are logged in as ann.\r\n");
    scene.is_in(&["#lobby", "#ops"]);
    scene.comes_back();
    scene.sends("/login ann secret\r\n");
    scene.types("for ops\r");
    scene.sends("");
    scene.shows(&["#ops (rejoining)> for ops"]);
    scene.hears([WILL_MESSAGES, b"Welcome swift-fox\r\n"].concat());
    scene.sends("");
    scene.types("\r");
    scene.is_in(&["#lobby"]);
    scene.sends("/join #ops\r\n");
    scene.types("\r\x18");
    scene.hears("You are logged in as ann.\r\n");
    scene.types("\r");
    scene.sends("");
    scene.shows(&["#lobby (rejoining)> for ops"]);
    scene.is_in(&["#lobby", "#ops"]);
    scene.shows(&["#ops> for ops"]);
    scene.types("\r");
    scene.sends("for ops\r\n");
    // Having rejoined the rooms is not enough.
    scene.comes_back();
    scene.arrives(&["#lobby", "#ops"]);
    scene.sends("/login ann secret\r\n");
    scene.types("/topic ops\r");
    scene.sends("");
    scene.hears("Wrong password. Nothing has changed.\r\n");
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
    scene.hears("#ops is locked. Ask its owner to /invite you.\r\n");
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
    while scene.now - began < Duration::from_secs(10) {
        scene.waits();
    }
    scene.types("\r");
    scene.sends("hello\r\n");
    // A server that is not hobnob.
    let mut scene = Scene::at_server(|_| {});
    scene.hears("hello\r\n");
    scene.comes_back();
    scene.types("hi\r");
    scene.sends("hi\r\n");
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
    let asks = [WILL_ECHO, b"Password for ann (Enter cancels): "].concat();
    // Before the welcome, and at the question.
    for _ in 0..2 {
        scene.comes_back();
        scene.arrives(&["#lobby"]);
        scene.sends("/nick ann\r\n");
        scene.types("hello\r\x03");
        scene.sends("");
        scene.hears("ann is a registered name. If it is yours: /login ann\r\n");
        scene.sends("/login ann\r\n");
        scene.hears(&asks);
        scene.take_sent();
    }
    scene.types("secret\r");
    scene.hears([WONT_ECHO, b"You are logged in as ann.\r\n"].concat());
    scene.comes_back();
    scene.arrives(&["#lobby"]);
    scene.sends("/login ann secret\r\n");
    // A user who has chosen another name keeps that.
    let mut scene = Scene::with(|options| options.name = Some("ann".to_owned()));
    scene.types("/nick bob\r");
    scene.hears("swift-fox is now bob\r\n");
    scene.comes_back();
    scene.arrives(&["#lobby"]);
    scene.sends("/nick bob\r\n");
}

#[test]
fn a_name_still_in_use_is_asked_for_again() {
    let taken = "ann is already in use. Please choose another name.";
    let refused = format!("{taken}\r\n");
    let mut scene = Scene::new();
    scene.types("/nick ann\r");
    scene.hears("swift-fox is now ann\r\n");
    scene.comes_back();
    scene.arrives(&["#lobby"]);
    scene.sends("/nick ann\r\n");
    let mut pauses = Vec::new();
    for _ in 0..6 {
        scene.hears(&refused);
        pauses.push(scene.waits_until_it_sends("/nick ann\r\n").as_secs());
    }
    assert_eq!(pauses, [5, 10, 20, 40, 60, 60]);
    assert_eq!(scene.log.iter().filter(|line| *line == taken).count(), 1);
    scene.hears("tame-owl is now ann\r\n");
    assert_eq!(scene.session.deadline(scene.now), None);
    // The pauses start over on the next connection, and end when the user requests another name.
    scene.comes_back();
    scene.arrives(&["#lobby"]);
    scene.sends("/nick ann\r\n");
    scene.hears(&refused);
    assert_eq!(scene.waits_until_it_sends("/nick ann\r\n").as_secs(), 5);
    scene.hears("ann 已被占用，请换一个名字。\r\n");
    assert_eq!(scene.waits_until_it_sends("/nick ann\r\n").as_secs(), 10);
    scene.hears(&refused);
    scene.types("/nick bob\r");
    scene.sends("/nick bob\r\n");
    assert_eq!(scene.session.deadline(scene.now), None);
    scene.types("/nick ann\r");
    scene.hears(&refused);
    assert_eq!(scene.log.last().map(String::as_str), Some(taken));
}

#[test]
fn a_server_that_admits_and_crashes_is_tried_less_and_less_often() {
    let mut scene = Scene::new();
    let mut pauses = Vec::new();
    for _ in 0..5 {
        scene.on(SessionEvent::Ended(Some("connection reset")));
        pauses.push(scene.waits_for_an_attempt().as_secs());
        scene.on(SessionEvent::Connected);
        scene.arrives(&["#lobby"]);
    }
    assert!(pauses.is_sorted() && pauses[0] <= 1 && pauses[4] >= 16, "{pauses:?}");
    scene.now += Duration::from_secs(10);
    scene.on(SessionEvent::Ended(Some("connection reset")));
    assert_eq!(scene.waits_for_an_attempt().as_secs(), 1);
}

#[test]
fn a_long_outage_is_reported_once_per_reason() {
    let mut scene = Scene::with(|options| options.size = Size::new(100, 20));
    scene.on(SessionEvent::Ended(Some("connection reset")));
    for _ in 0..5 {
        assert!(scene.count_rows("#lobby (next try in ") == 1);
        scene.waits_for_an_attempt();
        scene.on(SessionEvent::NotConnected("connection refused"));
    }
    assert_eq!(scene.count_rows("Still no connection: connection refused."), 1);
    scene.waits_for_an_attempt();
    scene.on(SessionEvent::NotConnected("no route to host"));
    assert_eq!(scene.count_rows("Still no connection: "), 2);
    // A user who asks for an attempt is told its result.
    scene.types("\r");
    scene.on(SessionEvent::NotConnected("no route to host"));
    assert_eq!(scene.count_rows("Still no connection: "), 3);
    // The next outage is announced again.
    scene.on(SessionEvent::Connected);
    scene.arrives(&["#lobby"]);
    scene.shows(&["#lobby>"]);
    scene.on(SessionEvent::Ended(Some("connection reset")));
    scene.on(SessionEvent::NotConnected("no route to host"));
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
        scene.on(SessionEvent::Ended(Some("broken pipe")));
        scene.waits_for_an_attempt();
    }
    assert_eq!(scene.count_rows("The connection failed: broken pipe."), 1);
    // That was for the first connection: no server answered on the others.
    assert_eq!(scene.count_rows("Reconnected."), 1);
    // Half of the row is left for typing.
    scene.on(SessionEvent::NotConnected("broken pipe"));
    scene.on(SessionEvent::Resized(Size::new(120, 20)));
    assert_eq!(scene.count_rows("#lobby (no connection, next try in "), 1);
    scene.on(SessionEvent::Resized(Size::new(40, 20)));
    scene.shows(&["#… (no connection)>"]);
}

#[test]
fn unconfirmed_lines_are_reported() {
    let mut scene = Scene::new();
    scene.types("one\rtwo\r/me waves\r");
    scene.hears("swift-fox: one\r\n14:02 [#lobby] swift-fox: two\r\n");
    scene.types("/login ann secret\rthree\r");
    scene.types("//four\rfive\rsix\r");
    scene.hears("bob: three, not ann\r\n");
    scene.on(SessionEvent::Ended(Some("connection reset")));
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
    scene.hears("swift-fox: seven\r\n");
    scene.on(SessionEvent::Ended(Some("connection reset")));
    assert_eq!(scene.count_rows("Possibly not sent: "), 3);
}
