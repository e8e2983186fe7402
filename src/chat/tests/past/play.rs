//! People connect, talk, delete messages, read what they have missed and leave, while the server
//! stops or crashes. The past lines that they are shown and the lines that they see live have to
//! add up to every line, once each, in order. A deleted line keeps its place, but not its text.

use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::deletions::ERASED;
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
    /// Deletes their own last message.
    Deletes(usize, bool),
    GuestDeletes,
    /// `ann`, who owns `#den`, deletes the last messages of `bob` there.
    Moderates(usize),
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
        4 => (who.clone(), any::<bool>()).prop_map(|(who, in_den)| Act::Deletes(who, in_den)),
        1 => Just(Act::GuestDeletes),
        2 => (1_usize..4).prop_map(Act::Moderates),
        2 => who.prop_map(Act::ReadsPage),
        2 => Just(Act::HandsOut),
        1 => Just(Act::Restarts),
        1 => Just(Act::Crashes),
    ];
    prop::collection::vec(act, 0..80)
}

const ROOMS: [&str; 2] = ["#lobby", "#den"];

/// A line that was said.
#[derive(Debug)]
struct Line {
    name: &'static str,
    text: String,
    deleted_by: Option<&'static str>,
    /// Whether it is of a guest of an earlier run, who is nobody now.
    is_of_nobody: bool,
}

impl Line {
    /// The line as the past shows it, after the time.
    fn past(&self) -> String {
        match self.deleted_by {
            None => format!("{}: {}", self.name, self.text),
            Some(by) => format!("{}: (deleted by {by})", self.name),
        }
    }
}

/// A person's view of a room: what they have seen and what they have yet to see.
#[derive(Debug, Default)]
struct Knowledge {
    is_there: bool,
    /// The number of lines that were said up to when they were last there; `None` before they first
    /// join.
    read: Option<usize>,
    /// Lines that `/history` has yet to show them, by their position in the room.
    to_catch_up: Vec<usize>,
    /// Lines that they have yet to see live.
    to_see: Vec<String>,
}

struct Play {
    scene: Option<Scene>,
    /// By room.
    said: [Vec<Line>; 2],
    known: [[Knowledge; 2]; 2],
    /// The notices of deletions that each person has yet to see, in any room.
    notices: [Vec<String>; 2],
    /// The room in which each person is reading missed lines and can go on with `/more`.
    pages: [Option<usize>; 2],
    lines: usize,
    runs: u64,
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
            notices: Default::default(),
            pages: [None; 2],
            lines: 0,
            runs: 0,
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
        let expected: Vec<String> = self.said[0][from..].iter().map(Line::past).collect();
        let mut shown = self.scene().news("cat").split_off(2);
        if !expected.is_empty() {
            assert!(shown.remove(0).starts_with("The last "));
        }
        assert_eq!(shown.len(), expected.len());
        for (shown, expected) in shown.iter().zip(&expected) {
            assert!(shown.starts_with("  ") && shown.ends_with(expected), "{shown} {expected}");
        }
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
            Act::Deletes(who, in_den) if self.known[who][usize::from(in_den)].is_there => {
                self.deletes(PEOPLE[who], PEOPLE[who], usize::from(in_den), 1);
            }
            Act::GuestDeletes => self.deletes("cat", "cat", 0, 1),
            Act::Moderates(count) if self.known[0][1].is_there => {
                self.deletes("ann", "bob", 1, count);
            }
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

    fn says(&mut self, name: &'static str, room: usize) {
        let text = self.will_say(name, room);
        self.scene().says(name, &format!("{} {text}", ROOMS[room]));
    }

    /// The text of the next line, which everyone there expects.
    fn will_say(&mut self, name: &'static str, room: usize) -> String {
        self.lines += 1;
        let text = format!("line-{}.", self.lines);
        let line = Line { name, text: text.clone(), deleted_by: None, is_of_nobody: false };
        self.said[room].push(line);
        for known in self.known.iter_mut().map(|known| &mut known[room]) {
            if known.is_there {
                known.to_see.push(text.clone());
                known.read = known.read.map(|read| read + 1);
            }
        }
        text
    }

    /// Somebody deletes the last `count` lines of an author, or as many as there are. It may take
    /// the history to find them.
    fn deletes(&mut self, by: &'static str, of: &'static str, room: usize, count: usize) {
        let is_meant =
            |line: &&mut Line| line.name == of && line.deleted_by.is_none() && !line.is_of_nobody;
        let meant = self.said[room].iter_mut().rev().filter(is_meant).take(count);
        let deleted = meant.map(|line| line.deleted_by = Some(by)).count();
        let (asked, from, nobody) = match by == of {
            true => (
                "/delete".to_owned(),
                String::new(),
                "You have no messages here to delete.".to_owned(),
            ),
            false => {
                let nobody = format!("{of} has said nothing here that could be deleted.");
                (format!("/delete {of} {count}"), format!(" from {of}"), nobody)
            }
        };
        let (what, told) = match deleted {
            0 => (None, nobody),
            1 => (Some("a message".to_owned()), ERASED.to_owned()),
            n => {
                let told = "Nothing is left of them on the server's disk.";
                (Some(format!("{n} messages")), format!("Deleted {n} messages. {told}"))
            }
        };
        if let Some(what) = what {
            for (known, notices) in self.known.iter().zip(&mut self.notices) {
                if known[room].is_there {
                    notices.push(format!("{by} deleted {what}{from}"));
                }
            }
        }
        self.scene().says(by, ROOMS[room]);
        self.scene().says(by, &asked);
        let news = match PEOPLE.iter().position(|name| *name == by) {
            Some(who) => self.looks(who),
            None => {
                self.scene().hand_out();
                self.scene().news(by)
            }
        };
        assert_eq!(news.last(), Some(&told), "{by} {asked}: {news:?}");
    }

    /// They are told exactly how many lines they have missed.
    fn comes_into(&mut self, who: usize, room: usize) {
        self.known[who][room].is_there = true;
        let all = self.said[room].len();
        let read = self.known[who][room].read.replace(all).unwrap();
        self.known[who][room].to_catch_up = (read..all).collect();
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
                    (room, format!("/history {} {count} numbers", ROOMS[room]))
                }
                None => return,
            },
        };
        self.looks(who);
        self.scene().asks(PEOPLE[who], &asked);
        // Another line is said before the answer arrives.
        let text = self.will_say("cat", 0);
        self.scene().asks("cat", &text);
        self.scene().settle();
        let told = self.looks(who);
        let shown: Vec<&String> = told.iter().filter(|line| line.starts_with("  ")).collect();
        assert!(!shown.is_empty(), "{told:?}");
        let expected: Vec<usize> = self.known[who][room].to_catch_up.drain(..shown.len()).collect();
        self.are_shown(room, &expected, &shown);
        let has_more = !self.known[who][room].to_catch_up.is_empty();
        assert_eq!(told.last().is_some_and(|last| last.contains("/more")), has_more, "{told:?}");
        self.pages[who] = has_more.then_some(room);
    }

    /// Checks past lines and their numbers.
    fn are_shown(&self, room: usize, expected: &[usize], shown: &[&String]) {
        assert_eq!(shown.len(), expected.len(), "{shown:?}");
        for (shown, &at) in shown.iter().zip(expected) {
            let (number, past) = (format!("  {} ", at + 1), self.said[room][at].past());
            assert!(shown.starts_with(&number) && shown.ends_with(&past), "{shown} {past}");
        }
    }

    /// `ann` reads everything that was said, page by page.
    fn reads_everything(&mut self) {
        self.act(Act::Comes(0));
        self.act(Act::Joins(0));
        for room in (0..2).filter(|room| !self.said[*room].is_empty()).collect::<Vec<_>>() {
            let mut told = Vec::new();
            let mut asked = format!("/history {} 9999 numbers", ROOMS[room]);
            while !asked.is_empty() {
                self.looks(0);
                self.scene().says("ann", &asked);
                told.extend(self.looks(0));
                asked.clear();
                if told.last().is_some_and(|last| last.contains("/more")) {
                    asked.push_str("/more");
                }
            }
            let shown: Vec<&String> = told.iter().filter(|line| line.starts_with("  ")).collect();
            let all: Vec<usize> = (0..self.said[room].len()).collect();
            self.are_shown(room, &all, &shown);
        }
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
    /// order, and that its notices are those of all deletions.
    fn looks(&mut self, who: usize) -> Vec<String> {
        self.scene().hand_out();
        let news = self.scene().news(PEOPLE[who]);
        for (room, name) in ROOMS.iter().enumerate() {
            let expected = std::mem::take(&mut self.known[who][room].to_see);
            let live = news.iter().filter(|line| !line.starts_with("  ")).filter_map(|line| {
                let text = line.rsplit(": ").next()?;
                self.said[room].iter().any(|said| said.text == text).then(|| text.to_owned())
            });
            assert_eq!(live.collect::<Vec<_>>(), expected, "{name} on {news:?}");
        }
        let untagged = news.iter().map(|line| line.rsplit("] ").next().unwrap_or(line).to_owned());
        let mut live: Vec<String> = untagged.filter(|line| line.contains(" deleted ")).collect();
        let mut expected = std::mem::take(&mut self.notices[who]);
        // In each room they are in order, but one room may be handed out before another.
        live.sort();
        expected.sort();
        assert_eq!(live, expected, "{news:?}");
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
        let mut scene = Scene::with_history(self.folder.path());
        self.runs += 1;
        scene.chat.options.origin = scene.chat.options.origin.wrapping_add(self.runs);
        self.scene = Some(scene);
        for line in self.said.iter_mut().flatten().filter(|line| line.name == "cat") {
            line.is_of_nobody = true;
        }
        self.guest_comes();
    }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn missed_lines_and_live_lines_add_up_to_everything_said_and_not_deleted(acts in acts()) {
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
        play.reads_everything();
        play.ends(|scene, _| scene.ends());
    }
}
