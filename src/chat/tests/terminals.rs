//! Clients at terminals: what their connections are sent, how lines look there, whether their line
//! is edited, and how words are completed.

use std::num::NonZeroU8;
use std::time::Duration;

use super::accounts::stage;
use super::scene::Scene;
use crate::command::completion::{CompletionKind, CompletionRequest};
use crate::model::{ClientTraits, Naming, Terminal};

/// A telnet client about whose terminal nothing is known.
const TELNET: ClientTraits =
    ClientTraits { is_interactive: true, may_be_asked: true, terminal: None };

impl Scene {
    /// Puts a client at a terminal of this width; 0 for one that wraps lines itself.
    fn is_at(&mut self, name: &str, columns: u8) {
        let terminal = Some(Terminal { columns: NonZeroU8::new(columns) });
        self.has_traits(name, ClientTraits { terminal, ..TELNET });
    }

    fn speaks_telnet(&mut self, name: &str) {
        let terminal = self.chat.clients[self.index(name).0].traits.terminal;
        self.has_traits(name, ClientTraits { terminal, ..TELNET });
    }

    /// The completions of a word.
    fn completes(&mut self, name: &str, kind: CompletionKind, prefix: &str) -> String {
        self.looked();
        let wanted = CompletionRequest { kind, prefix: prefix.to_owned(), topic: None };
        self.chat.complete_word(Self::id(name), &wanted, &mut self.screens);
        let [answer] = &self.news(name)[..] else { panic!("one answer") };
        answer.strip_prefix("<or ").unwrap().strip_suffix('>').unwrap().to_owned()
    }
}

#[test]
fn a_connection_is_sent_the_rooms_and_each_change_of_them() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/join #ops");
    scene.looked();
    scene.is_at("ann", 0);
    scene.hand_out();
    scene.sees_now("ann", &["<in #lobby #ops>"]);
    // Nothing is sent again unless it has changed.
    scene.is_at("ann", 40);
    scene.hand_out();
    scene.sees_now("ann", &[]);
    scene.does("ann", "#lobby");
    scene.does("ann", "/leave #ops");
    let told: Vec<String> =
        scene.news("ann").into_iter().filter(|line| line.starts_with('<')).collect();
    assert_eq!(told, ["<in #ops #lobby>", "<in #lobby>"]);
    scene.leaves("ann");
    scene.hand_out();
    scene.does("bob", "/join #ops");
    assert!(!scene.news("bob").iter().any(|line| line.starts_with('<')), "bob is at none");
}

#[test]
fn names_are_coloured_and_lines_broken_where_there_is_a_terminal() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.is_at("ann", 20);
    scene.looked();
    scene.does("bob", "one two three four five");
    scene.sees_now("ann", &["\x1b[1;34mbob\x1b[0m: one two three", "    four five"]);
    scene.sees_now("bob", &["bob: one two three four five"]);
    scene.does("ann", "/colour off");
    scene.looked();
    scene.does("bob", "one two three four five");
    scene.sees_now("ann", &["bob: one two three", "    four five"]);
    scene.does("ann", "/colour on");
    scene.does("ann", "/plain");
    scene.looked();
    scene.does("bob", "one two three four five");
    scene.sees_now("ann", &["bob: one two three four five"]);
    scene.does("ann", "/plain off");
    scene.has_traits("ann", TELNET);
    scene.looked();
    scene.does("bob", "one two three four five");
    scene.sees_now("ann", &["\x1b[1;34mbob\x1b[0m: one two three four five"]);
}

#[test]
fn private_lines_are_wrapped_too() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.is_at("ann", 24);
    scene.does("ann", "/colour off");
    scene.looked();
    scene.does("bob", "/msg ann are you coming to the garden?");
    let rows = ["\x07bob → you (private):", "    are you coming to", "    the garden?"];
    scene.sees_now("ann", &rows);
    scene.does("ann", "/nick bob");
    let told = scene.news("ann");
    assert!(told.len() > 1 && told.iter().all(|row| row.len() < 24), "{told:?}");
}

#[test]
fn a_line_is_edited_if_requested() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/edit on");
    scene.sees_now("ann", &["/edit is for telnet; your program edits its input line itself."]);
    // It might be telnet, so it is asked, and nothing else changes.
    scene.has_traits("bob", ClientTraits { is_interactive: false, ..TELNET });
    scene.does("ann", "hi bob");
    scene.sees_now("bob", &["ann: hi bob"]);
    scene.looked();
    scene.does("bob", "/edit on");
    let on = "Your input line stays below the messages, if your telnet client supports it. /help \
              keys lists the keys.";
    scene.sees_now("bob", &["<edit Some(true)>", on]);
    scene.speaks_telnet("ann");
    scene.does("ann", "/edit on");
    let on = "Your input line stays below the messages, if your telnet client supports it. /help \
              keys lists the keys.";
    scene.sees_now("ann", &["<edit Some(true)>", on]);
    scene.does("ann", "/plain");
    let plain = "Plain mode is on: one event per line, no colours, and no bell unless you choose \
                 one with /bell. /plain off turns it off.";
    scene.sees_now("ann", &["<edit Some(false)>", plain]);
    let kept_off = "Plain mode keeps that off. /plain off turns plain mode off.";
    for command in ["/edit on", "/colour on"] {
        scene.does("ann", command);
        scene.sees_now("ann", &[kept_off]);
    }
    scene.does("ann", "/plain off");
    scene.sees_now("ann", &["<edit Some(true)>", "Your display settings are back."]);
    scene.does("ann", "/quiet");
    scene.does("ann", "/edit off");
    let off = "Your own program shows and edits your input line.";
    let quiet = scene.news("ann");
    assert_eq!(quiet[1..], ["<edit Some(false)>", off]);
}

#[test]
fn line_editing_is_remembered_for_registered_people() {
    let mut scene = stage();
    scene.speaks_telnet("ann");
    scene.does("ann", "/edit on");
    scene.looked();
    // Another client, which is recognized as telnet before or after its login.
    for speaks_before in [true, false] {
        scene.enters("dan");
        if speaks_before {
            scene.speaks_telnet("dan");
        }
        scene.does("dan", "/login ann secret1");
        let told = scene.news("dan");
        assert_eq!(told.contains(&"<edit Some(true)>".to_owned()), speaks_before, "{told:?}");
        if !speaks_before {
            scene.speaks_telnet("dan");
            scene.sees_now("dan", &["<edit Some(true)>"]);
        }
        // The logout turns nothing off, though the guest has chosen nothing.
        scene.does("dan", "/logout");
        let told = scene.news("dan");
        assert!(!told.iter().any(|line| line.starts_with("<edit")), "{told:?}");
        scene.leaves("dan");
        scene.looked();
    }
}

#[test]
fn a_plain_telnet_is_silent_unless_a_bell_was_chosen() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.speaks_telnet("ann");
    let hears = |scene: &mut Scene, text: &str, rings: bool| {
        scene.does("bob", text);
        let bell = if rings { "\x07" } else { "" };
        scene.sees_now("ann", &[&format!("{bell}bob: {text}")]);
    };
    hears(&mut scene, "hi ann", true);
    scene.does("ann", "/plain");
    scene.looked();
    hears(&mut scene, "hi ann", false);
    scene.does("ann", "/bell all");
    scene.looked();
    hears(&mut scene, "hi", true);
    scene.does("bob", "/msg ann psst");
    scene.sees_now("ann", &["\x07bob → you (private): psst"]);
    scene.does("ann", "/bell off");
    scene.looked();
    hears(&mut scene, "hi ann", false);
}

#[test]
fn names_are_completed_the_most_active_first() {
    let mut scene = Scene::with(&["ann", "andrew", "anna", "bob", "小明"]);
    for name in ["anna", "andrew"] {
        scene.waits(Duration::from_secs(1));
        scene.does(name, "hi");
    }
    assert_eq!(scene.completes("bob", CompletionKind::Name, "an"), "andrew anna ann");
    assert_eq!(scene.completes("bob", CompletionKind::Name, "ANN"), "anna ann");
    assert_eq!(scene.completes("bob", CompletionKind::Name, "小"), "小明");
    assert_eq!(scene.completes("bob", CompletionKind::Name, "x"), "");
    assert_eq!(scene.completes("bob", CompletionKind::Name, "an\u{1b}"), "");
    // The user's own name comes last, however recently they spoke.
    scene.waits(Duration::from_secs(1));
    scene.does("ann", "hi");
    assert_eq!(scene.completes("ann", CompletionKind::Name, "an"), "andrew anna ann");
    // Someone who shares no room with the user is not suggested.
    scene.does("anna", "/leave");
    assert_eq!(scene.completes("bob", CompletionKind::Name, "an"), "ann andrew");
    scene.does("bob", "/leave");
    assert_eq!(scene.completes("bob", CompletionKind::Name, ""), "");
}

#[test]
fn rooms_are_completed_own_ones_first_and_without_hidden_ones() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for room in ["#garden", "#gate", "#game"] {
        scene.does("ann", &format!("/join {room}"));
    }
    scene.does("ann", "#garden");
    scene.does("ann", "/join #gang");
    scene.does("ann", "/room hide");
    scene.does("bob", "/join #game");
    assert_eq!(scene.completes("ann", CompletionKind::Room, "ga"), "gang garden game gate");
    assert_eq!(scene.completes("bob", CompletionKind::Room, "Ga"), "game garden gate");
    assert_eq!(scene.completes("bob", CompletionKind::Room, "lo"), "lobby");
    assert_eq!(
        scene.completes("bob", CompletionKind::Command, "jo"),
        "",
        "these are known without asking"
    );
}

#[test]
fn the_number_of_suggestions_is_limited() {
    let mut scene = Scene::of(
        crate::chat::state::options::ChatOptions { naming: Naming::Address, ..super::options() },
        crate::store::archive::Archive::in_memory().unwrap(),
    );
    scene.enters("ann");
    for at in 0..99 {
        let name: &'static str = Box::leak(format!("bob{at}").into_boxed_str());
        scene.enters(name);
    }
    let found = scene.completes("ann", CompletionKind::Name, "bob");
    assert_eq!(found.split(' ').count(), crate::limits::COMPLETIONS_MAX);
}
