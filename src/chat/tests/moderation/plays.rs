//! Random scenes with everything about moderation: nothing panics, nothing is delivered to a client
//! that was released or disconnected, and it makes no difference when batches are handed out.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::command::{self, Utterance};
use crate::properties::cases;
use crate::text::CleanText;

const NAMES: [&str; 6] = ["olga", "otto", "ann", "bob", "gus", "eve"];

const ADDRESSES: [&str; 3] = ["192.0.2.7:1", "[::1]:1", "203.0.113.1:1"];

/// `@` stands for a name.
const LINES: [&str; 50] = [
    "hi",
    "/join #a",
    "/join #b",
    "/join #c",
    "/leave",
    "/leave #lobby",
    "/kick @",
    "/kick #a @",
    "/kick #b @ x",
    "/ban @",
    "/ban #a @ 10m x",
    "/ban #b @",
    "/mute @ 5m",
    "/mute #a @",
    "/mute @",
    "/unban @",
    "/unmute @",
    "/unban #a @",
    "/unmute #a @",
    "/lockdown on",
    "/lockdown off",
    "/op @",
    "/deop @",
    "/op @ owner",
    "/logout",
    "/login @ secret1",
    "/register secret1",
    "/unregister secret1",
    "/room end",
    "/room lock",
    "/room unlock",
    "/topic x",
    "/invite @",
    "/msg @ hi",
    "/who",
    "/whois @",
    "/bans",
    "/audit",
    "/away x",
    "/quit bye",
    "/nick n1",
    "/nick n2",
    "/stats",
    "#a hi",
    "/room slow 3",
    "/history",
    "/join #a pw12345",
    "/room password pw12345",
    "/unban #b @",
    "/bans #a",
];

#[derive(Clone, Debug)]
enum Act {
    HandOut,
    Settle,
    /// If the client is not connected, it connects.
    Leave(&'static str),
    Say(&'static str, String),
}

/// An act, the time since the one before it, and the address from which the client connects if it
/// is not connected.
fn acts() -> impl Strategy<Value = Vec<(Act, Duration, &'static str)>> {
    let name = || prop::sample::select(&NAMES[..]);
    let line = prop::sample::select(&LINES[..]);
    let act = prop_oneof![
        1 => Just(Act::HandOut),
        1 => Just(Act::Settle),
        1 => name().prop_map(Act::Leave),
        9 => (name(), line, name()).prop_map(|(who, line, whom)| Act::Say(who, line.replace('@', whom))),
    ];
    let wait = (1..300u64).prop_map(Duration::from_millis);
    prop::collection::vec((act, wait, prop::sample::select(&ADDRESSES[..])), 0..300)
}

fn is_slow(line: &str) -> bool {
    let utterance = command::interpret(CleanText::from_bytes(line.as_bytes()));
    matches!(utterance, Utterance::Command(command) if command.is_slow())
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn nothing_panics(acts in acts()) {
        let mut scene = Scene::ordered();
        // A client that waits for the accounts worker sends nothing, since its connection holds the
        // input back. One that disconnects meanwhile does not return as the same client.
        let mut waiting = Vec::new();
        for (act, wait, address) in acts {
            scene.waits(wait);
            let is_here = |name| scene.chat.indexes.contains_key(&Scene::id(name));
            match act {
                Act::HandOut => scene.hand_out(),
                Act::Settle => {
                    scene.settle();
                    waiting.clear();
                }
                Act::Leave(name) if is_here(name) => scene.leaves(name),
                Act::Leave(name) | Act::Say(name, _) if waiting.contains(&name) => {}
                Act::Say(name, line) if is_here(name) => {
                    if is_slow(&line) {
                        waiting.push(name);
                    }
                    scene.asks(name, &line);
                }
                Act::Leave(name) | Act::Say(name, _) => {
                    scene.hand_out();
                    scene.enters_from(name, address);
                }
            }
        }
        scene.settle();
        scene.hand_out();
    }

    /// One chat hands out after each act, the other seldom.
    #[test]
    fn the_moments_of_hand_outs_change_nothing(acts in acts()) {
        let mut often = Recorded::default();
        let mut seldom = Recorded::default();
        for (act, wait, address) in acts {
            often.act(&act, wait, address);
            often.scene.hand_out();
            seldom.act(&act, wait, address);
        }
        prop_assert_eq!(often.end(), seldom.end());
    }
}

/// A scene, and all lines that each client has been shown.
struct Recorded {
    scene: Scene,
    lines: BTreeMap<&'static str, Vec<String>>,
}

impl Default for Recorded {
    fn default() -> Self {
        let mut scene = Scene::ordered();
        // Runs are combined within a batch.
        scene.screens.notice_run_max = usize::MAX;
        Self { scene, lines: BTreeMap::new() }
    }
}

impl Recorded {
    fn act(&mut self, act: &Act, wait: Duration, address: &str) {
        self.scene.waits(wait);
        let is_here = |name| self.scene.chat.indexes.contains_key(&Scene::id(name));
        match act {
            Act::HandOut | Act::Settle => self.scene.hand_out(),
            Act::Leave(name) if is_here(name) => self.scene.leaves(name),
            Act::Say(name, line) if is_here(name) => self.scene.says(name, line),
            Act::Leave(name) | Act::Say(name, _) => {
                self.scene.hand_out();
                self.record(name);
                self.scene.enters_from(name, address);
            }
        }
    }

    fn record(&mut self, name: &'static str) {
        if self.scene.screens.texts.contains_key(name) {
            let mut news = self.scene.news(name);
            // The memory of this process, as `/stats` shows it.
            news.retain(|line| !line.starts_with("Memory "));
            self.lines.entry(name).or_default().extend(news);
        }
    }

    /// What there is in the end. Lines of different rooms may come in a different order.
    fn end(mut self) -> (BTreeMap<&'static str, Vec<String>>, Vec<String>) {
        self.scene.hand_out();
        for name in NAMES {
            self.record(name);
        }
        self.lines.values_mut().for_each(|lines| lines.sort_unstable());
        let rooms = self.scene.chat.rooms.iter();
        let mut rooms: Vec<String> = rooms
            .map(|room| {
                let owner = room.rules.owner;
                format!("{} {owner:?} {:?} {}", room.name(), room.people_by_stay(), room.last_seq())
            })
            .collect();
        rooms.sort_unstable();
        (self.lines, rooms)
    }
}
