//! Lines that were said while the connection was broken.

use super::scene::{at, said};
use super::*;
use crate::model::{Heading, Past, PastEnd, PastLine};
use crate::text::{CleanText, Manner};

/// The replay of these lines of the lobby, all from bob.
fn replay(seqs: std::ops::RangeInclusive<u64>) -> Reply {
    let line = |seq: u64| PastLine {
        seq,
        at: at(seq),
        room: None,
        name: "bob".into(),
        manner: Manner::Said,
        text: CleanText::new(&format!("line {seq}")),
        deleted_by: None,
    };
    Reply::Past(Box::new(Past {
        room: Some("#lobby".into()),
        heading: Some(Heading::Last { count: seqs.end() + 1 - seqs.start() }),
        is_cut: false,
        has_numbers: false,
        lines: seqs.map(line).collect(),
        gaps: [].into(),
        end: PastEnd::Whole,
    }))
}

fn live(seq: u64) -> ServerMessage {
    said("#lobby", seq, "bob", &format!("line {seq}"))
}

impl Scene {
    fn times_logged(&self, seq: u64) -> usize {
        let end = format!("bob: line {seq}");
        self.log.iter().filter(|line| line.ends_with(&end)).count()
    }
}

#[test]
fn each_line_is_shown_once() {
    let mut scene = Scene::new();
    scene.replies(replay(1..=3));
    scene.tells(&live(4));
    scene.comes_back();
    scene.replies(Reply::Welcome { name: "swift-fox".into(), is_address: false });
    scene.replies(replay(3..=6));
    scene.is_in(&["#lobby"]);
    scene.tells(&live(7));
    scene.sends("");
    // More than the server replays.
    scene.comes_back();
    scene.replies(Reply::Welcome { name: "swift-fox".into(), is_address: false });
    scene.replies(replay(10..=12));
    scene.is_in(&["#lobby"]);
    scene.sends("/history #lobby 5\r\n");
    scene.tells(&live(13));
    scene.replies(replay(8..=12));
    scene.shows(&[
        "What you missed in #lobby:",
        "  00:00 bob: line 8",
        "  00:00 bob: line 9",
        "  00:00 bob: line 10",
        "  00:00 bob: line 11",
        "  00:00 bob: line 12",
        "bob: line 13",
        "#lobby>",
    ]);
    scene.waits_for_nothing();
    assert!((1..=13).all(|seq| scene.times_logged(seq) == 1), "{:#?}", scene.log);
}

#[test]
fn a_break_while_catching_up_loses_nothing() {
    let mut scene = Scene::new();
    scene.tells(&live(1));
    for _ in 0..2 {
        scene.comes_back();
        scene.arrives(&["#lobby"]);
        scene.comes_back();
        scene.replies(Reply::Welcome { name: "swift-fox".into(), is_address: false });
        scene.replies(replay(5..=6));
        scene.is_in(&["#lobby"]);
        scene.sends("/history #lobby 5\r\n");
    }
    assert_eq!(scene.times_logged(6), 0);
    scene.replies(replay(2..=6));
    assert!((1..=6).all(|seq| scene.times_logged(seq) == 1), "{:#?}", scene.log);
    // If there is no other connection, what has arrived is shown.
    scene.comes_back();
    scene.replies(Reply::Welcome { name: "swift-fox".into(), is_address: false });
    scene.replies(replay(9..=9));
    assert_eq!(scene.times_logged(9), 0);
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    assert_eq!(scene.times_logged(9), 0);
    scene.types("\x04");
    assert_eq!(scene.times_logged(9), 1);
    let mut scene = Scene::new();
    scene.tells(&live(1));
    scene.comes_back();
    scene.replies(Reply::Welcome { name: "swift-fox".into(), is_address: false });
    scene.replies(replay(9..=9));
    scene.types("/quit\r");
    scene.on(SessionEvent::Ended(None));
    assert_eq!(scene.times_logged(9), 1);
}

#[test]
fn the_users_own_questions_are_answered_as_they_are() {
    let mut scene = Scene::new();
    scene.tells(&live(1));
    scene.tells(&live(2));
    scene.types("/history\r");
    scene.replies(replay(1..=2));
    assert!((1..=2).all(|seq| scene.times_logged(seq) == 2), "{:#?}", scene.log);
}
