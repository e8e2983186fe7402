//! People connect, talk, read what they have missed and leave, while the server stops or crashes.
//! The past lines that they are shown and the lines that they see live have to add up to every
//! line, once each, in order.

use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::{Scene, prepared, tempdir};
use crate::properties::cases;

const PEOPLE: [&str; 2] = ["ann", "bob"];

#[derive(Clone, Copy, Debug)]
enum Act {
    Comes(usize),
    Goes(usize),
    Joins(usize),
    Leaves(usize),
    Says(usize, bool),
    GuestSays,
    ReadsPage(usize),
    HandsOut,
    Restarts,
    Crashes,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let who = 0..PEOPLE.len();
    let act = prop_oneof![
        3 => who.clone().prop_map(Act::Comes),
        2 => who.clone().prop_map(Act::Goes),
        2 => who.clone().prop_map(Act::Joins),
        1 => who.clone().prop_map(Act::Leaves),
        8 => (who.clone(), any::<bool>()).prop_map(|(who, in_den)| Act::Says(who, in_den)),
        8 => Just(Act::GuestSays),
        2 => who.prop_map(Act::ReadsPage),
        2 => Just(Act::HandsOut),
        1 => Just(Act::Restarts),
        1 => Just(Act::Crashes),
    ];
    prop::collection::vec(act, 0..80)
}

const ROOMS: [&str; 2] = ["#lobby", "#den"];

/// A person's view of a room: what they have seen and what they have yet to see.
#[derive(Debug, Default)]
struct Knowledge {
    is_there: bool,
    /// The number of lines that were said up to when they were last there; `None` before they first
    /// join.
    read: Option<usize>,
    /// Lines that `/history` has yet to show them.
    to_catch_up: Vec<String>,
    /// Lines that they have yet to see live.
    to_see: Vec<String>,
}

struct Play {
    scene: Option<Scene>,
    /// By room.
    said: [Vec<String>; 2],
    known: [[Knowledge; 2]; 2],
    /// The room in which each person is reading missed lines and can go on with `/more`.
    pages: [Option<usize>; 2],
    lines: usize,
    guests: usize,
    /// Outlives the scene.
    folder: TempDir,
}

impl Play {
    fn new() -> Self {
        let folder = tempdir();
        let mut scene = prepared(folder.path());
        scene.does("bob", "/join #den");
        scene.does("bob", "/leave #den");
        scene.does("ann", "/leave #den");
        for name in PEOPLE {
            scene.leaves(name);
        }
        scene.hand_out();
        let known = Default::default();
        let mut play = Self {
            scene: Some(scene),
            said: Default::default(),
            known,
            pages: [None; 2],
            lines: 0,
            guests: 0,
            folder,
        };
        for who in 0..2 {
            for room in 0..2 {
                play.known[who][room].read = Some(0);
            }
        }
        play.guest_comes();
        play
    }

    fn scene(&mut self) -> &mut Scene {
        self.scene.as_mut().unwrap()
    }

    /// A guest who is always there, and is shown the last lines on connecting.
    fn guest_comes(&mut self) {
        self.scene().enters("cat");
        let from = self.said[0].len().saturating_sub(20);
        let mut expected = self.said[0][from..].to_vec();
        let mut shown = self.scene().news("cat").split_off(2);
        if !expected.is_empty() {
            assert!(shown.remove(0).starts_with("The last "));
        }
        for (shown, expected) in shown.iter().zip(expected.drain(..)) {
            assert!(shown.starts_with("  ") && shown.ends_with(&expected), "{shown} {expected}");
        }
        assert_eq!(shown.len(), self.said[0].len() - from);
        self.guests += 1;
    }

    fn act(&mut self, act: Act) {
        self.scene().waits(Duration::from_secs(7));
        match act {
            Act::Comes(who) if !self.known[who][0].is_there && !self.is_here(who) => {
                self.scene().hand_out();
                self.scene().enters(PEOPLE[who]);
                self.scene().news(PEOPLE[who]);
                let login = format!("/login {} secret1", PEOPLE[who]);
                self.scene().says(PEOPLE[who], &login);
                self.comes_into(who, 0);
            }
            Act::Goes(who) if self.is_here(who) => {
                self.scene().leaves(PEOPLE[who]);
                self.goes(who);
            }
            Act::Joins(who) if self.is_here(who) && !self.known[who][1].is_there => {
                self.scene().says(PEOPLE[who], "/join #den");
                self.comes_into(who, 1);
            }
            Act::Leaves(who) if self.known[who][1].is_there => {
                self.scene().says(PEOPLE[who], "/leave #den");
                self.looks(who);
                self.known[who][1].is_there = false;
                self.known[who][1].to_catch_up.clear();
                self.pages[who] = None;
            }
            Act::Says(who, in_den) if self.known[who][usize::from(in_den)].is_there => {
                self.says(PEOPLE[who], usize::from(in_den));
            }
            Act::GuestSays => self.says("cat", 0),
            Act::ReadsPage(who) if self.is_here(who) => self.reads_page(who),
            Act::HandsOut => self.scene().hand_out(),
            Act::Restarts => self.ends(|scene, _| scene.ends()),
            Act::Crashes => self.ends(Scene::crashes),
            _ => {}
        }
    }

    fn is_here(&self, who: usize) -> bool {
        self.known[who].iter().any(|known| known.is_there)
    }

    fn says(&mut self, name: &str, room: usize) {
        self.lines += 1;
        let text = format!("line-{}.", self.lines);
        self.scene().says(name, &format!("{} {text}", ROOMS[room]));
        self.said[room].push(text.clone());
        for known in self.known.iter_mut().map(|known| &mut known[room]) {
            if known.is_there {
                known.to_see.push(text.clone());
                known.read = known.read.map(|read| read + 1);
            }
        }
    }

    /// They are told exactly how many lines they have missed.
    fn comes_into(&mut self, who: usize, room: usize) {
        self.known[who][room].is_there = true;
        let all = self.said[room].len();
        let read = self.known[who][room].read.replace(all).unwrap();
        self.known[who][room].to_catch_up = self.said[room][read..].to_vec();
        let told = self.looks(who);
        let count = all - read;
        let promise = told.iter().find(|line| line.contains("since you left"));
        let promise = promise.map_or("0 ", |promise| promise.as_str());
        assert!(promise.starts_with(&format!("{count} ")), "{count} in {}: {told:?}", ROOMS[room]);
    }

    /// They ask for the missed lines, or for the next page.
    fn reads_page(&mut self, who: usize) {
        let wanted = |known: &Knowledge| known.is_there && !known.to_catch_up.is_empty();
        let (room, asked) = match self.pages[who] {
            Some(room) => (room, "/more".to_owned()),
            None => match (0..2).find(|room| wanted(&self.known[who][*room])) {
                Some(room) => {
                    let count = self.known[who][room].to_catch_up.len();
                    (room, format!("/history {} {count}", ROOMS[room]))
                }
                None => return,
            },
        };
        self.looks(who);
        self.scene().asks(PEOPLE[who], &asked);
        // Another line is said before the answer arrives.
        self.lines += 1;
        let text = format!("line-{}.", self.lines);
        self.scene().asks("cat", &text);
        self.said[0].push(text.clone());
        for known in self.known.iter_mut().map(|known| &mut known[0]).filter(|known| known.is_there)
        {
            known.to_see.push(text.clone());
            known.read = known.read.map(|read| read + 1);
        }
        self.scene().settle();
        let told = self.looks(who);
        let shown: Vec<&String> = told.iter().filter(|line| line.starts_with("  ")).collect();
        let expected: Vec<String> =
            self.known[who][room].to_catch_up.drain(..shown.len()).collect();
        assert!(!shown.is_empty(), "{told:?}");
        for (shown, expected) in shown.iter().zip(&expected) {
            assert!(shown.ends_with(expected.as_str()), "{shown} {expected}");
        }
        let has_more = !self.known[who][room].to_catch_up.is_empty();
        assert_eq!(told.last().is_some_and(|last| last.contains("/more")), has_more, "{told:?}");
        self.pages[who] = has_more.then_some(room);
    }

    fn goes(&mut self, who: usize) {
        self.looks(who);
        for known in &mut self.known[who] {
            known.is_there = false;
            known.to_catch_up.clear();
        }
        self.pages[who] = None;
    }

    /// Reads a screen, and checks that its live lines are all that were said, once each and in
    /// order.
    fn looks(&mut self, who: usize) -> Vec<String> {
        self.scene().hand_out();
        let news = self.scene().news(PEOPLE[who]);
        for (room, name) in ROOMS.iter().enumerate() {
            let expected = std::mem::take(&mut self.known[who][room].to_see);
            let live = news.iter().filter(|line| !line.starts_with("  ")).filter_map(|line| {
                let text = line.rsplit(": ").next()?;
                self.said[room].iter().find(|said| said.as_str() == text).cloned()
            });
            assert_eq!(live.collect::<Vec<_>>(), expected, "{name} on {news:?}");
        }
        news
    }

    fn ends(&mut self, end: impl FnOnce(Scene, &mut TempDir)) {
        for who in 0..2 {
            if self.is_here(who) {
                self.goes(who);
            }
        }
        self.scene().hand_out();
        end(self.scene.take().unwrap(), &mut self.folder);
        self.scene = Some(Scene::with_history(self.folder.path()));
        self.guest_comes();
    }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn missed_lines_and_live_lines_add_up_to_everything_said(acts in acts()) {
        let mut play = Play::new();
        for act in acts {
            play.act(act);
        }
        for who in 0..2 {
            while play.is_here(who)
                && play.known[who].iter().any(|known| known.is_there && !known.to_catch_up.is_empty())
            {
                play.reads_page(who);
            }
        }
        play.ends(|scene, _| scene.ends());
    }
}
