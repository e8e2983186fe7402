//! Tests of the chat in the form of scenes: who does what, and what each screen shows. The accounts
//! worker is a real one with an archive in memory.

mod accounts;
mod clients;
mod clock;
mod determinism;
mod fairness;
mod hints;
mod languages;
mod lists;
mod model;
mod moderation;
mod names;
mod newcomers;
mod once;
mod past;
mod permissions;
mod promises;
mod replay;
mod rooms;
mod rooms_kept;
mod saved;
mod scene;
mod terminals;
mod wires;

use self::scene::{Scene, here, moment, newcomer, options};
use super::state::*;
use crate::chat::state::options::ChatOptions;
use crate::command::ChatCommand;
use crate::model::{ClientId, LOBBY, Lang, LineId, Naming, StoredState};

#[test]
fn the_original_scene_in_one_batch_or_in_many() {
    for batch_by_batch in [false, true] {
        let mut scene = Scene::new(4);
        let mut step = |act: &dyn Fn(&mut Scene)| {
            act(&mut scene);
            if batch_by_batch {
                scene.hand_out();
            }
        };
        step(&|scene| scene.enters("ann"));
        step(&|scene| scene.enters("bob"));
        step(&|scene| scene.says("ann", "hi"));
        step(&|scene| scene.enters("cat"));
        step(&|scene| scene.says("bob", "hello"));
        step(&|scene| scene.leaves("bob"));
        step(&|scene| scene.says("cat", "goodbye"));
        scene.hand_out();
        scene.sees(
            "ann",
            &[
                "Welcome, ann.",
                &here("alone in #lobby"),
                "bob joined",
                "ann: hi",
                "cat joined",
                "bob: hello",
                "bob left",
                "cat: goodbye",
            ],
        );
        let with_ann = here("in #lobby with ann");
        scene.sees("bob", &["Welcome, bob.", &with_ann, "ann: hi", "cat joined", "bob: hello"]);
        let with_both = here("in #lobby with ann and bob");
        scene.sees("cat", &["Welcome, cat.", &with_both, "bob: hello", "bob left", "cat: goodbye"]);
        assert_eq!(scene.released, ["bob"]);
    }
}

#[test]
fn a_long_run_of_notices_is_combined_and_order_is_kept() {
    let mut scene = Scene::new(2);
    scene.enters("ann");
    scene.hand_out();
    for name in ["b1", "b2", "b3"] {
        scene.enters(name);
    }
    scene.says("b2", "first");
    scene.enters("c1");
    scene.enters("c2");
    for name in ["b1", "b2", "c1"] {
        scene.leaves(name);
    }
    scene.enters("d");
    scene.hand_out();
    scene.sees(
        "ann",
        &[
            "Welcome, ann.",
            &here("alone in #lobby"),
            "b1 and 2 others joined",
            "b2: first",
            "c1 joined",
            "c2 joined",
            "b1 and 2 others left",
            "d joined",
        ],
    );
    // For a client that joined during a combined run, the lines begin after it; for one that left
    // during a run, they end before it.
    let sees = |name: &str, after_screen: &[&str]| {
        let lines: Vec<&str> = scene.screens.texts[name].lines().skip(2).collect();
        assert_eq!(lines, after_screen, "on the screen of {name}");
    };
    // No client is told of its own arrival, only of later ones.
    sees("b1", &["b2 and 1 other joined", "b2: first", "c1 joined", "c2 joined"]);
    sees("b3", &["b2: first", "c1 joined", "c2 joined", "b1 and 2 others left", "d joined"]);
    sees("c1", &["c2 joined"]);
    sees("c2", &["b1 and 2 others left", "d joined"]);
    sees("d", &[]);
}

#[test]
fn a_client_that_joins_and_leaves_within_a_batch_sees_the_lines_between() {
    let mut scene = Scene::new(4);
    scene.enters("ann");
    scene.enters("bob");
    scene.says("ann", "one");
    scene.leaves("bob");
    scene.enters("eve");
    scene.leaves("eve");
    scene.leaves("ann");
    scene.hand_out();
    scene.sees("bob", &["Welcome, bob.", &here("in #lobby with ann"), "ann: one"]);
    scene.sees("eve", &["Welcome, eve.", &here("in #lobby with ann")]);
    scene.sees(
        "ann",
        &[
            "Welcome, ann.",
            &here("alone in #lobby"),
            "bob joined",
            "ann: one",
            "bob left",
            "eve joined",
            "eve left",
        ],
    );
    assert_eq!(scene.released, ["bob", "eve", "ann"]);
}

#[test]
fn lines_have_consecutive_numbers_and_identities_of_their_own() {
    let mut scene = Scene::new(4);
    scene.enters("ann");
    scene.says("ann", "one");
    scene.says("ann", "two");
    let lines = scene.chat.rooms.at(LOBBY).recent(9);
    let [first, second] = &lines[..] else { panic!("who comes is no line: {lines:?}") };
    assert_eq!((first.seq, second.seq), (1, 2));
    assert_eq!(first.id, LineId { origin: 7, number: 2 });
    assert_ne!(first.id, second.id);
}

#[test]
fn an_unknown_client_cannot_talk() {
    let mut scene = Scene::new(4);
    scene.says("nobody", "boo");
    scene.leaves("nobody");
    scene.hand_out();
}

#[test]
fn names_are_unique_whether_requested_or_assigned() {
    for naming in [Naming::Guest, Naming::Address] {
        let mut scene = Scene::new(4);
        let options = ChatOptions { naming, ..options() };
        scene.chat = Chat::new(options, StoredState::default(), moment());
        let mut names = std::collections::HashSet::new();
        for id in 0..300 {
            let asked = (id % 3 == 0).then_some("ann");
            let newcomer = newcomer(ClientId(id), asked).into();
            // Whoever draws a name need not know which are taken.
            let guest_name = ["amber-otter", "opal-lynx"][id as usize % 2].into();
            scene.applies(ChatCommand::Enter { newcomer, guest_name });
            let index = scene.chat.indexes[&ClientId(id)];
            let name = scene.chat.clients[index.0].name.clone();
            assert!(names.insert(name), "a name was given twice");
        }
        assert!(naming == Naming::Address || names.contains("opal-lynx-2"));
    }
}

#[test]
fn clients_can_be_named_by_address_as_in_the_original() {
    let mut options = ChatOptions { naming: Naming::Address, ..options() };
    options.lang = Lang::Zh;
    let mut scene = Scene::new(4);
    scene.chat = Chat::new(options, StoredState::default(), moment());
    scene.connects("somebody", newcomer(ClientId(1), None));
    assert_eq!(scene.codes("somebody"), ["welcome"]);
    assert!(scene.news("somebody")[0].contains("[::1]:4000"));
}
