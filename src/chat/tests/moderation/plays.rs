//! Random scenes with everything about moderation: nothing panics, and nothing is delivered to a
//! client that was released or disconnected.

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
}
