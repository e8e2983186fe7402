mod property;

use std::collections::BTreeMap;

use super::*;
use crate::model::{ClientId, Event, LineId, PastLine, Timestamp};
use crate::text::{CleanText, Manner};
use crate::wire::json::message::EventMessage;

const OPS: &str = "#ops";

/// A client that is catching up, with everything it has shown and sent.
struct Scene {
    catch_up: CatchUp,
    shown: ShownLines,
    now: Instant,
    sent: Vec<String>,
    /// The numbers of the lines shown in each room.
    seen: BTreeMap<String, Vec<u64>>,
    /// How many other messages were shown, and how many headings.
    others: usize,
    headings: usize,
}

fn at(seconds: u64) -> Timestamp {
    Timestamp(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn live(room: &str, seq: u64, text: &str) -> ServerMessage {
    ServerMessage::Event(EventMessage {
        event: std::borrow::Cow::Owned(Event::Said { text: CleanText::new(text) }),
        room: room.to_owned().into(),
        seq: Some(seq),
        id: LineId { origin: 1, number: seq },
        at: at(seq),
        name: "eve".into(),
        client: ClientId(1),
        mention: false,
        rings: false,
    })
}

fn past_line(seq: u64, seconds: u64) -> PastLine {
    let text = CleanText::new("x");
    PastLine {
        seq,
        at: at(seconds),
        room: None,
        name: "eve".into(),
        manner: Manner::Said,
        text,
        deleted_by: None,
    }
}

fn past(room: &str, seqs: std::ops::RangeInclusive<u64>, heading: Option<Heading>) -> Past {
    let lines = seqs.map(|seq| past_line(seq, seq)).collect();
    let (gaps, end) = ([].into(), PastEnd::Whole);
    Past { room: Some(room.into()), heading, is_cut: false, has_numbers: false, lines, gaps, end }
}

fn last(count: u64) -> Option<Heading> {
    Some(Heading::Last { count })
}

fn unread(room: &str, count: u64) -> Reply {
    Reply::Unread { room: room.into(), is_current: true, count, since: at(0) }
}

fn joined(room: &str) -> Reply {
    Reply::JoinedRoom { room: room.into(), people: 2 }
}

fn welcome() -> Reply {
    Reply::Welcome { name: "bob".into(), is_address: false }
}

fn place(rooms: &[&str]) -> Place {
    let mut place = Place::default();
    place.set_rooms(rooms.iter().copied());
    place
}

impl Scene {
    /// Lines up to this one have been shown in the lobby and in #ops.
    fn new(shown_to: u64) -> Self {
        let now = Instant::now();
        let mut shown = ShownLines::default();
        for seq in 1..=shown_to {
            shown.take(LOBBY, seq, at(seq));
            shown.take(OPS, seq, at(seq));
        }
        let catch_up = CatchUp::new(place(&[LOBBY]), now);
        let (sent, seen) = (Vec::new(), BTreeMap::new());
        let mut scene = Self { catch_up, shown, now, sent, seen, others: 0, headings: 0 };
        scene.comes_back();
        scene
    }

    /// Reconnects, and is in the lobby.
    fn comes_back(&mut self) {
        self.catch_up = CatchUp::new(place(&[LOBBY]), self.now);
        assert_eq!(self.catch_up.arrive(&place(&[LOBBY]), self.now), (Vec::new(), None));
        self.sent.clear();
        self.replies(welcome());
    }

    fn hears(&mut self, message: ServerMessage) {
        let step = self.catch_up.hear(message, &mut self.shown, self.now);
        self.take(step);
    }

    fn replies(&mut self, reply: impl Into<Reply>) {
        self.hears(ServerMessage::Reply(reply.into()));
    }

    fn hears_past(&mut self, past: Past) {
        self.replies(Reply::Past(Box::new(past)));
    }

    fn waits(&mut self) {
        while let Some(deadline) = self.catch_up.deadline() {
            self.now = deadline;
            let step = self.catch_up.wait_no_longer(&mut self.shown, self.now);
            self.take(step);
        }
        self.now += ARRIVAL_PATIENCE;
        assert!(self.catch_up.is_over(self.now));
    }

    fn take(&mut self, step: CatchUpStep) {
        for message in step.show {
            match message {
                ServerMessage::Event(event) => {
                    let seqs = self.seen.entry(event.room.to_string()).or_default();
                    seqs.extend(event.seq);
                }
                ServerMessage::Reply(Reply::Past(past)) => {
                    let seqs = self.seen.entry(past.room.unwrap().to_string()).or_default();
                    seqs.extend(past.lines.iter().map(|line| line.seq));
                    self.headings += usize::from(past.heading.is_some());
                }
                _ => self.others += 1,
            }
        }
        self.sent.extend(step.send);
    }

    #[track_caller]
    fn sees(&mut self, room: &str, expected: impl IntoIterator<Item = u64>) {
        let seen = self.seen.remove(room).unwrap_or_default();
        assert_eq!(seen, Vec::from_iter(expected));
    }

    #[track_caller]
    fn sends(&mut self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut self.sent), expected);
    }
}

#[test]
fn a_replay_is_shown_from_the_first_new_line() {
    let mut scene = Scene::new(2);
    scene.hears_past(past(LOBBY, 1..=3, last(3)));
    scene.hears(live(LOBBY, 4, "x"));
    scene.sees(LOBBY, [3, 4]);
    assert_eq!(scene.headings, 1);
    scene.waits();
    // Nothing new, so no heading either. A live line is not shown again.
    let mut scene = Scene::new(2);
    scene.hears_past(past(LOBBY, 1..=2, last(2)));
    scene.hears(live(LOBBY, 2, "x"));
    scene.sees(LOBBY, []);
    assert_eq!((scene.headings, scene.sent.len()), (0, 0));
    // Lines that the user asks for are shown as they are, as are those of a room that is new.
    scene.hears_past(past(LOBBY, 1..=2, last(2)));
    scene.sees(LOBBY, [1, 2]);
    scene.replies(joined("#new"));
    scene.hears_past(past("#new", 70..=72, last(3)));
    scene.sees("#new", [70, 71, 72]);
    scene.sends(&[]);
}

#[test]
fn numbers_that_begin_anew_are_new_lines() {
    let mut scene = Scene::new(5);
    let mut replay = past(LOBBY, 1..=3, last(3));
    replay.lines = (1..=7).map(|seq| past_line(seq, seq + 10)).collect();
    scene.hears_past(replay);
    scene.sees(LOBBY, 1..=7);
    scene.sends(&[]);
    // Nothing has been said there yet.
    let mut scene = Scene::new(50);
    let mut first = live(LOBBY, 1, "x");
    if let ServerMessage::Event(event) = &mut first {
        event.at = at(60);
    }
    scene.hears(first);
    scene.sees(LOBBY, [1]);
}

#[test]
fn lines_before_a_replay_are_asked_for() {
    let mut scene = Scene::new(2);
    scene.hears_past(past(LOBBY, 31..=50, last(20)));
    scene.sends(&["/history #lobby 48"]);
    // What is said meanwhile waits, but not in another room.
    scene.hears(live(LOBBY, 51, "x"));
    scene.hears(live(OPS, 3, "x"));
    scene.sees(OPS, [3]);
    scene.sees(LOBBY, []);
    // One line more was said before the server read the request.
    scene.hears_past(Past { end: PastEnd::More, ..past(LOBBY, 4..=23, last(48)) });
    scene.sends(&["/history #lobby 69"]);
    scene.hears_past(Past { end: PastEnd::More, ..past(LOBBY, 1..=20, last(51)) });
    scene.sends(&["/more"]);
    scene.hears_past(Past { end: PastEnd::More, ..past(LOBBY, 21..=40, None) });
    scene.sends(&["/more"]);
    scene.sees(LOBBY, 3..=40);
    scene.hears_past(past(LOBBY, 41..=51, None));
    scene.hears(live(LOBBY, 52, "x"));
    scene.sees(LOBBY, 41..=52);
    assert_eq!(scene.headings, 1);
    scene.waits();
    scene.sends(&[]);
}

#[test]
fn missed_lines_are_asked_for_one_room_at_a_time() {
    let mut scene = Scene::new(2);
    scene.replies(unread(LOBBY, 1));
    scene.sends(&["/history #lobby 1"]);
    scene.replies(joined(OPS));
    scene.replies(unread(OPS, 21));
    assert_eq!(scene.others, 4);
    scene.sends(&[]);
    scene.hears_past(past(LOBBY, 3..=3, Some(Heading::Missed)));
    scene.sends(&["/history #ops 21"]);
    scene.hears_past(Past { end: PastEnd::More, ..past(OPS, 3..=22, Some(Heading::Missed)) });
    scene.sends(&["/more"]);
    scene.hears_past(past(OPS, 23..=23, None));
    scene.sees(LOBBY, [3]);
    scene.sees(OPS, 3..=23);
    scene.waits();
    scene.sends(&[]);
}

#[test]
fn what_is_lost_or_removed_is_not_waited_for() {
    let mut scene = Scene::new(2);
    scene.replies(unread(LOBBY, 10));
    let cut = Past { is_cut: true, gaps: [(9, 10)].into(), ..past(LOBBY, 11..=12, last(4)) };
    scene.hears_past(cut);
    scene.sees(LOBBY, [11, 12]);
    for refusal in [Refusal::HistoryFailed, Refusal::HistoryIsEmpty { room: LOBBY.into() }] {
        let mut scene = Scene::new(2);
        scene.hears_past(past(LOBBY, 31..=50, last(20)));
        scene.replies(refusal);
        scene.sees(LOBBY, 31..=50);
        assert_eq!(scene.others, 1);
    }
    // Nor is a server that never answers.
    let mut scene = Scene::new(2);
    scene.hears_past(past(LOBBY, 31..=50, last(20)));
    scene.hears(live(LOBBY, 51, "x"));
    scene.waits();
    scene.sees(LOBBY, 31..=51);
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let mut scene = Scene::new(2);
    scene.replies(unread(LOBBY, 2));
    scene.sends(&["/history #lobby 2"]);
    scene.replies(Refusal::HistoryIsBusy);
    scene.sends(&[]);
    scene.now = scene.catch_up.deadline().unwrap();
    let step = scene.catch_up.wait_no_longer(&mut scene.shown, scene.now);
    scene.take(step);
    scene.sends(&["/history #lobby 2"]);
    // Other refusals are for the user.
    scene.replies(Refusal::NotAway);
    assert_eq!(scene.others, 3);
    scene.waits();
}

#[test]
fn rooms_are_rejoined_in_order() {
    let check = |before: &[&str], here: &[&str], missing: &[&str], last: Option<&str>| {
        let now = Instant::now();
        let mut catch_up = CatchUp::new(place(before), now);
        let (rooms, then) = catch_up.arrive(&place(here), now);
        assert_eq!(rooms.iter().map(|room| &**room).collect::<Vec<_>>(), missing);
        assert_eq!(then.as_deref(), last);
        assert_eq!(catch_up.arrive(&place(&["#other"]), now).0.len(), usize::from(here.is_empty()));
    };
    check(&["#lobby"], &["#lobby"], &[], None);
    check(&["#lobby", "#ops"], &["#lobby"], &["#ops"], None);
    check(&["#ops", "#dev", "#lobby"], &["#lobby"], &["#ops", "#dev"], Some("#lobby"));
    // The user has not been admitted yet, so the rooms are joined later.
    check(&["#lobby"], &[], &[], None);
}

#[test]
fn a_room_that_is_joined_again_is_waited_for() {
    let mut scene = Scene::new(2);
    scene.catch_up = CatchUp::new(place(&[OPS, LOBBY]), scene.now);
    let (rooms, last) = scene.catch_up.arrive(&place(&[LOBBY]), scene.now);
    assert_eq!((rooms.len(), last.as_deref()), (1, Some(LOBBY)));
    assert!(!scene.catch_up.is_over(scene.now));
    scene.replies(joined(OPS));
    scene.replies(Reply::TalkingIn { room: LOBBY.into() });
    scene.hears_past(past(OPS, 1..=2, self::last(2)));
    scene.waits();
    scene.sees(OPS, []);
}

#[test]
fn what_a_server_makes_the_client_hold_is_bounded() {
    let mut scene = Scene::new(2);
    scene.hears_past(past(LOBBY, 31..=50, last(20)));
    let text = "x".repeat(16_000);
    for seq in 51..1_000 {
        scene.hears(live(LOBBY, seq, &text));
    }
    let seen = scene.seen[LOBBY].len();
    assert!(seen > 900, "{seen}");
    scene.waits();
    // Nor does it ask for endless rooms, or without end.
    let mut scene = Scene::new(2);
    for room in 0..10_000 {
        scene.replies(unread(&format!("#r{room}"), 3));
        scene.replies(joined(&format!("#r{room}")));
    }
    for _ in 0..10_000 {
        scene.replies(Refusal::HistoryIsBusy);
    }
    scene.waits();
    assert!(scene.sent.len() < 200, "{}", scene.sent.len());
    assert!(scene.catch_up.joined.len() <= ROOMS_MAX && scene.catch_up.done.len() <= ROOMS_MAX);
}

/// A server that never finishes cannot make the client hold its lines for ever.
#[test]
fn catching_up_ends_though_every_message_begins_another_wait() {
    let more = |seq| Past { end: PastEnd::More, ..past(LOBBY, seq..=seq, None) };
    for is_busy in [true, false] {
        let mut scene = Scene::new(2);
        let begun = scene.now;
        scene.hears_past(past(LOBBY, 500..=501, last(2)));
        let mut seq = 3;
        while !scene.seen.get(LOBBY).is_some_and(|seen| seen.contains(&501)) {
            scene.now += Duration::from_millis(400);
            if scene.catch_up.deadline().is_some_and(|deadline| deadline <= scene.now) {
                let step = scene.catch_up.wait_no_longer(&mut scene.shown, scene.now);
                scene.take(step);
            }
            match is_busy {
                true => scene.replies(Refusal::HistoryIsBusy),
                false => scene.hears_past(more(seq)),
            }
            seq += 1;
            assert!(scene.now - begun < Duration::from_secs(120));
        }
        scene.waits();
    }
}
