use super::*;
use crate::client::told;

/// A client that comes back: what it hears, and what comes of it.
struct Scene {
    catch_up: CatchUp,
    shown: Shown,
    now: Instant,
    sent: Vec<String>,
    seen: Vec<String>,
}

impl Scene {
    fn new(before: &[&str], logs_in: bool) -> Self {
        let now = Instant::now();
        let mut shown = Shown::default();
        before.iter().for_each(|line| shown.remember(line));
        let mut place = Place::default();
        place.set_rooms(["#lobby"].into_iter());
        let mut catch_up = CatchUp::new(place.clone(), logs_in, now);
        assert_eq!(catch_up.arrive(&place, now), (Vec::new(), None));
        Self { catch_up, shown, now, sent: Vec::new(), seen: Vec::new() }
    }

    fn hears(&mut self, lines: &[&str]) {
        for text in lines {
            let line = Line::read(text.as_bytes());
            let told = told::read(text);
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

    fn take(&mut self, outcome: Outcome) {
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
fn what_was_shown_is_not_shown_again() {
    let check = |before: &[&str], past: &[&str], expected: usize| {
        let mut shown = Shown::default();
        before.iter().for_each(|line| shown.remember(line));
        let past: Vec<Line> = past.iter().map(|line| Line::read(line.as_bytes())).collect();
        assert_eq!(shown.seen_of(&past), expected, "{before:?}");
    };
    check(&[], &["  14:00 ann: hi"], 0);
    check(&["ann: hi"], &["  14:00 ann: hi", "  14:01 bob: hi"], 1);
    check(&["ann: hi", "ann joined"], &["  14:00 ann: hi"], 1);
    check(&["14:00 [#ops] ann: hi"], &["  2026-11-22 14:00 ann: hi"], 1);
    check(&["\u{1f600} ann: hi"], &["  14:00 ann: hi"], 0);
    // Said before and again.
    check(&["a: x", "b: hi"], &["  14:00 a: x", "  14:00 b: hi", "  14:01 b: hi"], 2);
    check(&["b: hi"], &["  14:00 a: new", "  14:01 b: hi"], 0);
    // The beginning is out of memory, the rest is not: nothing is lost.
    check(&["b: two"], &["  14:00 b: one", "  14:01 b: two"], 0);
}

#[test]
fn a_guest_sees_each_line_once() {
    let mut scene = Scene::new(&["ann: one", "ann: two"], false);
    let past = ["  14:00 ann: one", "  14:00 ann: two", "  14:05 ann: three"];
    scene.hears(&["Welcome swift-fox", "The last 3 lines in #lobby:"]);
    scene.hears(&past);
    scene.hears(&["ann: four"]);
    let new = "  14:05 ann: three";
    scene.sees(&["Welcome swift-fox", "The last 3 lines in #lobby:", new, "ann: four"]);
    scene.waits();
    // Nothing new: no heading either. Then what somebody asks for is shown as it is.
    let mut scene = Scene::new(&["ann: one", "ann: two"], false);
    scene.hears(&["The last 2 lines in #lobby:"]);
    scene.hears(&past[..2]);
    scene.sees(&[]);
    scene.sends(&[]);
}

#[test]
fn a_room_that_is_joined_again_is_waited_for() {
    let mut scene = Scene::new(&["ann: one"], false);
    let mut place = Place::default();
    place.set_rooms(["#ops", "#lobby"].into_iter());
    scene.catch_up = CatchUp::new(place.clone(), false, scene.now);
    place.set_rooms(["#lobby"].into_iter());
    let (rooms, last) = scene.catch_up.arrive(&place, scene.now);
    assert_eq!((rooms.len(), last.as_deref()), (1, Some("#lobby")));
    assert!(!scene.catch_up.is_over(scene.now));
    scene.hears(&["You are in #ops now, 2 people. What you say goes there."]);
    scene.hears(&["What you say goes to #lobby now.", "The last line in #ops:"]);
    scene.hears(&["  14:00 ann: one"]);
    scene.waits();
    assert_eq!(scene.seen.len(), 2);
}

#[test]
fn less_than_was_announced_is_not_waited_for() {
    let mut scene = Scene::new(&[], false);
    scene.hears(&["The last 3 lines in #lobby:", "  14:00 ann: one"]);
    scene.sees(&[]);
    scene.waits();
    scene.sees(&["The last 3 lines in #lobby:", "  14:00 ann: one"]);
}

#[test]
fn who_is_logged_in_asks_for_what_was_missed() {
    let mut scene = Scene::new(&["ann: one"], true);
    scene.hears(&["Welcome swift-fox", "The last 2 lines in #lobby:"]);
    scene.hears(&["  14:00 ann: one", "  14:05 ann: two", "You are logged in as bob."]);
    let missed = "1 line since you left at 14:02; /history 1";
    scene.hears(&[missed]);
    scene.sends(&["/history #lobby 1"]);
    let ops = "21 lines since you left at 14:02; /history 21";
    scene.hears(&["You are in #ops now, 2 people. What you say goes there.", ops]);
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
fn nothing_is_lost_if_nothing_was_missed_by_the_servers_account() {
    // The server has not noticed that we were gone.
    let mut scene = Scene::new(&["ann: one"], true);
    scene.hears(&["The last 2 lines in #lobby:", "  14:00 ann: one", "  14:05 ann: two"]);
    scene.hears(&["You are logged in as bob."]);
    scene.sees(&["You are logged in as bob."]);
    scene.waits();
    scene.sees(&["The last 2 lines in #lobby:", "  14:05 ann: two"]);
    // And where the password is another now.
    let mut scene = Scene::new(&[], true);
    scene.hears(&["The last line in #lobby:", "  14:00 ann: one"]);
    scene.hears(&["That is not the password. Nothing has changed."]);
    scene.sees(&[
        "That is not the password. Nothing has changed.",
        "The last line in #lobby:",
        "  14:00 ann: one",
    ]);
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let mut scene = Scene::new(&[], true);
    scene.hears(&["You are logged in as bob.", "2 lines since you left at 14:02; /history 2"]);
    scene.sends(&["/history #lobby 2"]);
    scene.hears(&["What you asked for last is still being looked up. Please wait for it."]);
    scene.sends(&[]);
    scene.now = scene.catch_up.deadline().unwrap();
    let outcome = scene.catch_up.wait_no_longer(&scene.shown, scene.now);
    scene.take(outcome);
    scene.sends(&["/history #lobby 2"]);
    // It never answers.
    scene.waits();
}

#[test]
fn rooms_in_their_order() {
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
    // Not in yet: asked for later.
    check(&["#lobby"], &[], &[], None);
}
