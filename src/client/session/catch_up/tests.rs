use super::*;
use crate::client::session::meaning;

/// A client that is catching up, with everything it has shown and sent.
struct Scene {
    catch_up: CatchUp,
    shown: SeenLines,
    now: Instant,
    sent: Vec<String>,
    seen: Vec<String>,
}

impl Scene {
    fn new(before: &[&str], logs_in: bool) -> Self {
        let now = Instant::now();
        let mut shown = SeenLines::default();
        shown.talk_in("#lobby");
        before.iter().for_each(|line| shown.remember(line));
        let mut place = Place::default();
        place.set_rooms(["#lobby"].into_iter());
        let mut catch_up = CatchUp::new(place.clone(), logs_in, now);
        assert_eq!(catch_up.arrive(&place, now), (Vec::new(), None));
        Self { catch_up, shown, now, sent: Vec::new(), seen: Vec::new() }
    }

    fn hears(&mut self, lines: &[&str]) {
        for text in lines {
            let line = SanitizedLine::read(text.as_bytes());
            let told = meaning::read(text);
            let outcome = self.catch_up.hear(line, told.as_ref(), &self.shown, self.now);
            self.take(outcome);
        }
    }

    fn waits(&mut self) {
        while let Some(deadline) = self.catch_up.deadline() {
            self.now = deadline;
            let outcome = self.catch_up.wait_no_longer(&self.shown, self.now);
            self.take(outcome);
        }
        assert!(self.catch_up.is_over(self.now));
    }

    /// Advances the clock by this much without any line arriving.
    fn waits_for(&mut self, time: Duration) {
        self.now += time;
        if self.catch_up.deadline().is_some_and(|deadline| deadline <= self.now) {
            let outcome = self.catch_up.wait_no_longer(&self.shown, self.now);
            self.take(outcome);
        }
    }

    fn take(&mut self, outcome: CatchUpStep) {
        for line in outcome.show {
            self.shown.remember(line.text());
            self.seen.push(line.text().to_owned());
        }
        self.sent.extend(outcome.send);
    }

    #[track_caller]
    fn sees(&mut self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut self.seen), expected);
    }

    #[track_caller]
    fn sends(&mut self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut self.sent), expected);
    }
}

#[test]
fn a_guest_sees_each_line_once() {
    let mut scene = Scene::new(&["ann: one", "ann: two"], false);
    let past = ["  14:00 ann: one", "  14:00 ann: two", "  14:05 ann: three"];
    scene.hears(&["Welcome swift-fox", "The last 3 messages in #lobby:"]);
    scene.hears(&past);
    scene.hears(&["ann: four"]);
    let new = "  14:05 ann: three";
    scene.sees(&["Welcome swift-fox", "The last 3 messages in #lobby:", new, "ann: four"]);
    scene.waits();
    // Nothing new, so no heading either. Then requested lines are shown as they are.
    let mut scene = Scene::new(&["ann: one", "ann: two"], false);
    scene.hears(&["The last 2 messages in #lobby:"]);
    scene.hears(&past[..2]);
    scene.sees(&[]);
    scene.sends(&[]);
}

#[test]
fn a_room_that_is_joined_again_is_waited_for() {
    let mut scene = Scene::new(&["[#ops] ann: one"], false);
    let mut place = Place::default();
    place.set_rooms(["#ops", "#lobby"].into_iter());
    scene.catch_up = CatchUp::new(place.clone(), false, scene.now);
    place.set_rooms(["#lobby"].into_iter());
    let (rooms, last) = scene.catch_up.arrive(&place, scene.now);
    assert_eq!((rooms.len(), last.as_deref()), (1, Some("#lobby")));
    assert!(!scene.catch_up.is_over(scene.now));
    scene.hears(&["You joined #ops (2 people). You are talking there now."]);
    scene.hears(&["You are talking in #lobby now.", "The last message in #ops:"]);
    scene.hears(&["  14:00 ann: one"]);
    scene.waits();
    assert_eq!(scene.seen.len(), 2);
}

#[test]
fn less_than_was_announced_is_not_waited_for() {
    let mut scene = Scene::new(&[], false);
    scene.hears(&["The last 3 messages in #lobby:", "  14:00 ann: one"]);
    scene.sees(&[]);
    scene.waits();
    scene.sees(&["The last 3 messages in #lobby:", "  14:00 ann: one"]);
}

#[test]
fn a_logged_in_user_requests_missed_lines() {
    let mut scene = Scene::new(&["ann: one"], true);
    scene.hears(&["Welcome swift-fox", "The last 2 messages in #lobby:"]);
    scene.hears(&["  14:00 ann: one", "  14:05 ann: two", "You are logged in as bob."]);
    let missed = "1 message since you left at 14:02; /history 1";
    scene.hears(&[missed]);
    scene.sends(&["/history #lobby 1"]);
    let ops = "21 messages since you left at 14:02; /history 21";
    scene.hears(&["You joined #ops (2 people). You are talking there now.", ops]);
    scene.sends(&[]);
    scene.hears(&["What you missed in #lobby:", "  14:05 ann: two"]);
    scene.sends(&["/history #ops 21"]);
    scene.hears(&["What you missed in #ops:"]);
    (0..20).for_each(|n| scene.hears(&[&format!("  14:03 cat: {n}")]));
    scene.hears(&["There is more: /more"]);
    scene.sends(&["/more"]);
    scene.hears(&["  14:03 cat: 20"]);
    scene.waits();
    let lines = std::mem::take(&mut scene.seen);
    assert_eq!(lines.iter().filter(|line| line.contains("ann: ")).count(), 1, "{lines:?}");
    assert_eq!(lines.iter().filter(|line| line.contains("cat: ")).count(), 21, "{lines:?}");
    scene.sends(&[]);
}

#[test]
fn nothing_is_lost_if_the_server_counts_no_missed_lines() {
    // The server has not noticed that we were gone.
    let mut scene = Scene::new(&["ann: one"], true);
    scene.hears(&["The last 2 messages in #lobby:", "  14:00 ann: one", "  14:05 ann: two"]);
    scene.hears(&["You are logged in as bob."]);
    scene.sees(&["You are logged in as bob."]);
    scene.waits();
    scene.sees(&["The last 2 messages in #lobby:", "  14:05 ann: two"]);
    // The same when the password has changed in the meantime.
    let mut scene = Scene::new(&[], true);
    scene.hears(&["The last message in #lobby:", "  14:00 ann: one"]);
    scene.hears(&["Wrong password. Nothing has changed."]);
    scene.sees(&[
        "Wrong password. Nothing has changed.",
        "The last message in #lobby:",
        "  14:00 ann: one",
    ]);
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let mut scene = Scene::new(&[], true);
    scene.hears(&["You are logged in as bob.", "2 messages since you left at 14:02; /history 2"]);
    scene.sends(&["/history #lobby 2"]);
    scene.hears(&["The server is still working on your last request. Please wait."]);
    scene.sends(&[]);
    scene.now = scene.catch_up.deadline().unwrap();
    let outcome = scene.catch_up.wait_no_longer(&scene.shown, scene.now);
    scene.take(outcome);
    scene.sends(&["/history #lobby 2"]);
    // The server never answers.
    scene.waits();
}

#[test]
fn rooms_are_rejoined_in_order() {
    let check = |before: &[&str], here: &[&str], missing: &[&str], last: Option<&str>| {
        let at = |rooms: &[&str]| {
            let mut place = Place::default();
            place.set_rooms(rooms.iter().copied());
            place
        };
        let now = Instant::now();
        let mut catch_up = CatchUp::new(at(before), false, now);
        let (rooms, then) = catch_up.arrive(&at(here), now);
        assert_eq!(rooms.iter().map(|room| &**room).collect::<Vec<_>>(), missing);
        assert_eq!(then.as_deref(), last);
        assert_eq!(catch_up.arrive(&at(&["#other"]), now).0.len(), usize::from(here.is_empty()));
    };
    check(&["#lobby"], &["#lobby"], &[], None);
    check(&["#lobby", "#ops"], &["#lobby"], &["#ops"], None);
    check(&["#ops", "#dev", "#lobby"], &["#lobby"], &["#ops", "#dev"], Some("#lobby"));
    // The user has not been admitted yet, so the rooms are joined later.
    check(&["#lobby"], &[], &[], None);
}

/// An absurd announcement must not make the client store everything, or compare lines for minutes.
#[test]
fn more_than_any_server_replays_is_shown_at_once() {
    let line = |n: usize| format!("  14:00 eve: {n} {}", "x".repeat(480));
    let before: Vec<String> = (0..400).map(|n| line(n + 1)).collect();
    let mut scene = Scene::new(&before.iter().map(String::as_str).collect::<Vec<_>>(), false);
    scene.hears(&["The last 999999999 messages in #lobby:"]);
    for n in 0..20_000 {
        scene.hears(&[&line(n)]);
    }
    assert!(scene.seen.len() > 19_000, "{}", scene.seen.len());
    scene.hears(&["bob: hi"]);
    assert_eq!(scene.seen.last().map(String::as_str), Some("bob: hi"));
}

#[test]
fn held_replays_are_bounded() {
    let mut scene = Scene::new(&[], true);
    for room in 0..1_000 {
        scene.hears(&[&format!("The last 200 messages in #room{room}:")]);
        (0..3).for_each(|_| scene.hears(&[&format!("  14:00 eve: {}", "x".repeat(16_000))]));
    }
    let bytes: usize = scene.seen.iter().map(String::len).sum();
    assert!(bytes > 40_000_000, "{bytes}");
    scene.waits();
    assert_eq!(scene.seen.len(), 4 * 1_000);
}

#[test]
fn requests_for_missed_lines_are_bounded() {
    let mut scene = Scene::new(&[], true);
    scene.hears(&["You are logged in as bob."]);
    for room in 0..10_000 {
        let lines = format!("3 messages in #r{room} since you left at 14:02; /history #r{room} 3");
        scene.hears(&[&lines]);
    }
    for _ in 0..10_000 {
        scene.hears(&["The server is still working on your last request. Please wait."]);
    }
    scene.waits();
    assert!(scene.sent.len() < 100, "{}", scene.sent.len());
}

/// A server that never finishes cannot make the client hold its lines for ever.
#[test]
fn catching_up_ends_though_every_line_begins_another_wait() {
    let missed = "999 messages since you left at 14:02; /history 999";
    let busy = "The server is still working on your last request. Please wait.";
    for again in ["  14:00 eve: x", "There is more: /more", busy, "You are talking in #a now."] {
        let mut scene = Scene::new(&[], true);
        let begun = scene.now;
        scene.hears(&["The last 2 messages in #lobby:", "  14:00 eve: held"]);
        scene.hears(&["You are logged in as bob.", missed]);
        while !scene.seen.iter().any(|line| line.contains("held")) {
            scene.waits_for(Duration::from_millis(400));
            scene.hears(&[again]);
            assert!(scene.now - begun < Duration::from_secs(120), "{again}");
        }
        scene.waits();
    }
}

#[test]
fn a_pause_in_a_replay_is_waited_for() {
    let mut scene = Scene::new(&["ann: one", "ann: two"], false);
    scene.hears(&["The last 3 messages in #lobby:", "  14:00 ann: one"]);
    scene.waits_for(Duration::from_millis(800));
    scene.hears(&["  14:00 ann: two"]);
    scene.waits_for(Duration::from_millis(800));
    scene.hears(&["  14:05 ann: three"]);
    scene.sees(&["The last 3 messages in #lobby:", "  14:05 ann: three"]);
}

#[test]
fn the_same_words_in_another_room_are_news() {
    let before = ["[#ops] bob: deploy?", "bob: yes"];
    let mut scene = Scene::new(&before, false);
    scene.hears(&["You joined #ops (2 people). You are talking there now."]);
    scene.hears(&["The last 2 messages in #ops:", "  14:00 bob: deploy?", "  14:05 bob: yes"]);
    scene.waits();
    let joined = "You joined #ops (2 people). You are talking there now.";
    scene.sees(&[joined, "The last 2 messages in #ops:", "  14:05 bob: yes"]);
}

#[test]
fn a_busy_room_does_not_displace_another() {
    let busy: Vec<String> = (0..1_000).map(|n| format!("[#busy] eve: {n}")).collect();
    let arrivals: Vec<String> = (0..1_000).map(|n| format!("guest{n} joined")).collect();
    let before: Vec<&str> = ["ann: one", "ann: two"]
        .into_iter()
        .chain(busy.iter().map(String::as_str))
        .chain(arrivals.iter().map(String::as_str))
        .collect();
    let mut scene = Scene::new(&before, false);
    scene.hears(&["The last 2 messages in #lobby:", "  14:00 ann: one", "  14:00 ann: two"]);
    scene.waits();
    scene.sees(&[]);
}

#[test]
fn a_replay_belongs_to_its_own_room() {
    let before = ["ann: one", "What you missed in #ops:", "  14:00 bob: hi", "bob: here"];
    let mut scene = Scene::new(&before, false);
    scene.hears(&["The last 2 messages in #ops:", "  14:00 bob: hi", "  14:00 bob: here"]);
    scene.waits();
    scene.sees(&["The last 2 messages in #ops:", "  14:00 bob: here"]);
}
