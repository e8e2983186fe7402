//! Messages with an id, which clients send again when they do not know whether they were said.

use std::time::Duration;

use super::scene::{Scene, newcomer};
use crate::command::{ChatCommand, IdentifiedMessage, interpret};
use crate::limits;
use crate::model::id::ClientMessageId;
use crate::model::{Refusal, Reply, SaidBefore};
use crate::text::CleanText;

const SAID_BEFORE: &str = "You sent this message before, so it was not sent again.";

impl Scene {
    /// Sends a message with an id, and hands out.
    fn sends(&mut self, name: &str, id: u128, text: &str) {
        let utterance = interpret(CleanText::new(text));
        assert!(utterance.is_message(), "{text}");
        let (client, id) = (Self::id(name), ClientMessageId(id));
        let message = IdentifiedMessage { id, utterance }.into();
        self.applies(ChatCommand::HearOnce { client, message });
        self.settle();
        self.hand_out();
    }

    /// Sends a message that is known, and returns the data of the answer, which nobody else sees.
    #[track_caller]
    fn repeats(&mut self, name: &str, id: u128, text: &str, watcher: &str) -> SaidBefore {
        self.looked();
        self.sends(name, id, text);
        self.sees_now(name, &[SAID_BEFORE]);
        self.sees_now(watcher, &[]);
        match &self.replies(name)[..] {
            [Reply::SaidBefore(said)] => (**said).clone(),
            others => panic!("{others:?}"),
        }
    }

    fn logs_in(&mut self, name: &'static str) {
        self.enters(name);
        self.does(name, "/login ann secret1");
        self.looked();
    }
}

#[test]
fn a_message_that_is_sent_again_is_said_once() {
    let mut scene = Scene::with(&["ann", "bob"]);
    for name in ["ann", "bob"] {
        scene.does(name, "/join #den");
    }
    scene.does("bob", "zero");
    scene.looked();
    let den = ["one", "/me two", "/say three", "//four"];
    for (id, line) in (1..).zip(den) {
        scene.sends("ann", id, line);
    }
    scene.sends("ann", 9, "#lobby five");
    let said = ["ann: one", "* ann two", "ann: three", "ann: /four", "[#lobby] ann: five"];
    scene.sees_now("bob", &said);
    let seen = |id, room: &str, seq| SaidBefore {
        id: ClientMessageId(id),
        room: Some(room.into()),
        seq: Some(seq),
    };
    for (id, line) in (1..).zip(den) {
        let answer = scene.repeats("ann", id, line, "bob");
        assert_eq!(answer, seen(id, "#den", id as u64 + 1));
    }
    assert_eq!(scene.repeats("ann", 9, "#lobby five", "bob"), seen(9, "#lobby", 1));
    // The current room may be another one by then.
    scene.does("ann", "#lobby");
    assert_eq!(scene.repeats("ann", 1, "one", "bob"), seen(1, "#den", 2));
    // Another id is another message.
    scene.looked();
    scene.sends("ann", 10, "five");
    scene.sees_now("bob", &["[#lobby] ann: five"]);
}

#[test]
fn a_private_message_is_delivered_once() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.sends("ann", 1, "/msg bob psst");
    scene.sees_now("bob", &["ann → you (private): psst"]);
    let private = |id| SaidBefore { id: ClientMessageId(id), room: None, seq: None };
    assert_eq!(scene.repeats("ann", 1, "/msg bob psst", "bob"), private(1));
    scene.sends("bob", 2, "/reply what?");
    scene.looked();
    assert_eq!(scene.repeats("bob", 2, "/reply what?", "ann"), private(2));
}

#[test]
fn a_line_is_posted_once() {
    let mut scene = Scene::with(&["ann"]);
    for name in ["one", "two", "three"] {
        let introduces =
            crate::model::Newcomer { introduces: true, ..newcomer(Scene::id(name), None) };
        scene.connects(name, introduces);
        // The message may be the first line.
        if name != "three" {
            scene.does(name, "/post");
            scene.does(name, "/nick backup");
        }
        scene.looked();
        scene.sends(name, 1, "/post done");
        scene.sees_now(name, &["[posted]"]);
        // It is never announced.
        for time in [limits::INTRODUCTION_TIME, limits::ARRIVAL_TIME] {
            scene.waits(time);
            scene.applies(ChatCommand::Tick);
            scene.hand_out();
        }
        let expected: &[&str] = if name == "one" { &["backup: done"] } else { &[] };
        scene.sees_now("ann", expected);
        scene.leaves(name);
        scene.hand_out();
        scene.sees_now("ann", &[]);
    }
}

#[test]
fn a_guest_who_reconnects_repeats_nothing() {
    let mut scene = Scene::with(&["bob"]);
    scene.enters_from("ann", "[2001:db8::1]:1");
    scene.sends("ann", 1, "hello");
    scene.leaves("ann");
    scene.enters_from("ann2", "198.51.100.3:1");
    scene.repeats("ann2", 1, "hello", "bob");
    // The room is gone, and so is its name.
    scene.does("ann2", "/join #den");
    scene.sends("ann2", 2, "alone");
    scene.leaves("ann2");
    scene.enters("ann3");
    let alone = scene.repeats("ann3", 2, "alone", "bob");
    assert_eq!((alone.room, alone.seq), (None, None));
}

#[test]
fn an_account_that_reconnects_repeats_nothing() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/register secret1");
    scene.sends("ann", 1, "hello");
    scene.leaves("ann");
    scene.logs_in("ann2");
    scene.repeats("ann2", 1, "hello", "bob");
    // From a second client, while the first one is still there.
    scene.logs_in("ann3");
    scene.sends("ann2", 2, "again");
    scene.repeats("ann3", 2, "again", "bob");
    // A guest is somebody else, and so is another account.
    scene.does("bob", "/register secret2");
    scene.enters("eve");
    scene.looked();
    for (name, said) in [("eve", "eve: hello"), ("bob", "bob: hello")] {
        scene.looked();
        scene.sends(name, 1, "hello");
        scene.sees_now("ann2", &[said]);
    }
}

#[test]
fn a_message_is_forgotten_after_a_time() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.sends("ann", 1, "hello");
    scene.waits(limits::MESSAGE_ID_TIME - Duration::from_secs(1));
    scene.repeats("ann", 1, "hello", "bob");
    // A repetition does not make it younger.
    scene.waits(Duration::from_secs(1));
    scene.looked();
    scene.sends("ann", 1, "hello");
    scene.sees_now("bob", &["ann: hello"]);
    scene.repeats("ann", 1, "hello", "bob");
}

#[test]
fn only_the_last_messages_of_a_user_are_known() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/register secret1");
    let max = limits::MESSAGE_IDS_PER_USER_MAX as u128;
    for id in 1..=max {
        scene.sends("ann", id, "hello");
    }
    scene.repeats("ann", 1, "hello", "bob");
    scene.sends("ann", max + 1, "hello");
    scene.repeats("ann", 2, "hello", "bob");
    scene.looked();
    scene.sends("ann", 1, "hello");
    scene.sees_now("bob", &["ann: hello"]);
}

#[test]
fn a_refused_message_is_said_when_it_is_sent_again() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/join #den");
    scene.does("bob", "/join #den");
    scene.does("ann", "/room slow 5");
    scene.sends("bob", 1, "one");
    scene.looked();
    scene.sends("bob", 2, "two");
    scene.sees_now("ann", &[]);
    let [Reply::NotSaid(refused)] = &scene.replies("bob")[..] else { panic!("it is not said") };
    assert_eq!(refused.id, ClientMessageId(2));
    assert!(matches!(refused.refusal, Refusal::SlowMode { .. }));
    scene.waits(Duration::from_secs(5));
    scene.looked();
    scene.sends("bob", 2, "two");
    scene.sees_now("ann", &["bob: two"]);
    scene.repeats("bob", 2, "two", "ann");
    for (id, line, refusal) in
        [(3, "/msg nobody hi", "no-such-person"), (4, "#no hi", "not-in-room")]
    {
        scene.looked();
        scene.sends("bob", id, line);
        assert_eq!(scene.codes("bob"), [refusal], "{line}");
    }
}
