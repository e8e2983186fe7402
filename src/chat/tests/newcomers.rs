//! New clients: what announces one, and that nobody is told of any other.

mod model;

use std::collections::BTreeSet;

use super::*;
use crate::chat::state::options::ChatOptions;
use crate::command::ChatCommand;
use crate::command::completion::{CompletionKind, CompletionRequest};
use crate::limits;
use crate::model::{ClientIndex, ClientTraits, Naming, Newcomer, Terminal};
use std::time::Duration;

const WRONG: &str = "Wrong password. Nothing has changed.";

impl Scene {
    /// A client connects without requesting a name, and gets one.
    pub(super) fn arrives(&mut self, name: &'static str) -> String {
        self.comes(name, false)
    }

    /// A client connects whose first line identifies its user.
    fn introduces(&mut self, name: &'static str) {
        self.comes(name, true);
    }

    fn comes(&mut self, name: &'static str, introduces: bool) -> String {
        let newcomer = Newcomer { introduces, ..newcomer(Self::id(name), None) };
        let ClientIndex(index) = self.connects(name, newcomer);
        self.hand_out();
        self.chat.clients[index].name.to_string()
    }

    /// The client's first line has been handled, and no prompt is open.
    pub(super) fn goes_on(&mut self, name: &str) {
        self.applies(ChatCommand::GoesOn { client: Self::id(name) });
        self.hand_out();
    }

    /// Lets time pass, and then does what is due.
    pub(super) fn waits_until_due(&mut self, time: Duration) {
        self.waits(time);
        if self.chat.deadline().is_some_and(|at| at <= self.now.elapsed) {
            self.applies(ChatCommand::Tick);
        }
        self.hand_out();
    }

    /// The people that the rest of the lobby knows to be there.
    fn known(&self) -> BTreeSet<String> {
        let people = self.chat.rooms.find(LOBBY).unwrap().people();
        people.map(|person| self.chat.name_of(person).to_string()).collect()
    }
}

/// `ann` and `bob`, who have been announced, and a client that has not, with its name.
fn stage() -> (Scene, String) {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("bob", "/register secret1");
    scene.looked();
    let guest = scene.arrives("eve");
    scene.hand_out();
    scene.news("eve");
    (scene, guest)
}

#[test]
fn a_newcomer_is_not_announced_for_two_seconds() {
    let (mut scene, guest) = stage();
    scene.does("ann", "hi");
    scene.sees_now("eve", &["ann: hi"]);
    scene.sees_now("ann", &["ann: hi"]);
    scene.does("ann", "/who");
    scene.sees_now("ann", &["2 people are in #lobby:", "  ann, bob"]);
    scene.does("ann", "/rooms");
    assert!(scene.news("ann")[1].starts_with("  #lobby (2)"));
    let nobody = format!("There is no user named {guest}. /who lists who is here.");
    for command in ["/whois", "/ignore", "/invite", "/op"] {
        scene.does("ann", &format!("{command} {guest}"));
        let news = scene.news("ann");
        assert!(news[0] == nobody || command == "/op", "{command}: {news:?}");
    }
    scene.does("ann", &format!("/msg {guest} hello"));
    scene.sees_now("ann", &[&nobody]);
    let wanted =
        CompletionRequest { kind: CompletionKind::Name, prefix: guest[..4].into(), topic: None };
    scene.chat.complete_word(Scene::id("ann"), &wanted, &mut scene.screens);
    scene.sees_now("ann", &["<or >"]);
    // Its name is taken nevertheless, and it sees itself.
    scene.does("ann", &format!("/nick {guest}"));
    scene.sees_now("ann", &[&format!("{guest} is already in use. Please choose another name.")]);
    scene.news("eve");
    scene.does("eve", "/who");
    let news = scene.news("eve");
    assert_eq!(news[0], "3 people are in #lobby:");
    assert!(news[1].contains(&guest), "{news:?}");
    scene.does("eve", &format!("/whois {guest}"));
    assert!(scene.news("eve")[0].starts_with(&guest));
    scene.sees_now("ann", &[]);
    scene.waits_until_due(limits::ARRIVAL_TIME - Duration::from_millis(1));
    scene.sees_now("ann", &[]);
    scene.waits_until_due(Duration::from_millis(1));
    scene.sees_now("ann", &[&format!("{guest} joined")]);
    scene.sees_now("eve", &[]);
    scene.does("ann", "/who");
    assert_eq!(scene.news("ann")[0], "3 people are in #lobby:");
    scene.leaves("eve");
    scene.hand_out();
    scene.sees_now("ann", &[&format!("{guest} left")]);
    assert_eq!(scene.chat.deadline(), None);
}

#[test]
fn a_client_that_leaves_before_it_is_noticed_is_never_announced() {
    let (mut scene, guest) = stage();
    for unnoticed in
        ["/who", "/help", "/msg nobody hi", "/nick ann", "/login bob wrong1", "/away x"]
    {
        scene.does("eve", unnoticed);
    }
    scene.does("eve", "/quit bye");
    scene.leaves("eve");
    scene.hand_out();
    scene.sees_now("ann", &[]);
    assert_eq!(scene.chat.deadline(), None);
    assert_eq!(scene.chat.unannounced, 0);
    scene.does("ann", &format!("/nick {guest}"));
    let looks = format!("{guest} looks like a guest name. Please choose another.");
    scene.sees_now("ann", &[&looks]);
    scene.waits_until_due(limits::ARRIVAL_TIME);
    scene.sees_now("ann", &[]);
}

#[test]
fn a_newcomer_is_announced_before_the_first_thing_that_others_notice() {
    let check = |command: &str, expected: &[&str]| {
        let (mut scene, guest) = stage();
        scene.does("eve", command);
        let expected: Vec<String> =
            expected.iter().map(|line| line.replace("GUEST", &guest)).collect();
        assert_eq!(scene.news("ann"), expected, "{command}");
        assert!(scene.chat.is_announced(scene.index("eve")), "{command}");
        let own = scene.news("eve");
        assert!(!own.iter().any(|line| line.ends_with(" joined")), "{command}: {own:?}");
        scene.leaves("eve");
        scene.hand_out();
        let news = scene.news("ann");
        assert!(news.last().unwrap().ends_with(" left"), "{command}: {news:?}");
    };
    check("hello", &["GUEST joined", "GUEST: hello"]);
    check("/me waves", &["GUEST joined", "* GUEST waves"]);
    check("#lobby hello", &["GUEST joined", "GUEST: hello"]);
    check("/join #den", &["GUEST joined"]);
    check("/msg bob hi", &["GUEST joined"]);
    check("/nick eve", &["eve joined"]);
    check("/register secret1", &["GUEST joined"]);
    check("/invite ann", &["GUEST joined"]);
}

#[test]
fn a_newcomer_that_takes_a_name_or_logs_in_is_announced_in_one_line() {
    let (mut scene, guest) = stage();
    scene.does("eve", "/nick eve");
    scene.sees_now("eve", &[&format!("{guest} is now eve")]);
    scene.sees_now("ann", &["eve joined"]);
    // From then on it is a client like any other.
    scene.does("eve", "/nick eva");
    scene.sees_now("ann", &["eve is now eva"]);
    scene.leaves("bob");
    scene.looked();
    scene.arrives("two");
    scene.does("two", "/login bob secret1");
    scene.sees_now("ann", &["bob joined"]);
    // A person who is connected already is not announced again.
    scene.arrives("three");
    scene.does("three", "/login bob secret1");
    scene.sees_now("ann", &[]);
    scene.leaves("two");
    scene.hand_out();
    scene.sees_now("ann", &[]);
    scene.leaves("three");
    scene.hand_out();
    scene.sees_now("ann", &["bob left"]);
}

#[test]
fn the_sender_of_a_private_message_is_announced_first() {
    let (mut scene, guest) = stage();
    scene.does("eve", "/msg ann psst");
    let news = scene.news("ann");
    assert_eq!(news[0], format!("{guest} joined"));
    assert!(news[1].contains("psst"), "{news:?}");
    scene.does("ann", "/reply yes?");
    assert!(scene.news("eve").iter().any(|line| line.contains("yes?")));
}

#[test]
fn a_newcomer_that_an_operator_removes_is_never_announced() {
    for command in ["/kick", "/ban"] {
        let mut scene = Scene::ordered();
        let guest = scene.arrives("eve");
        scene.looked();
        scene.does("otto", &format!("{command} {guest}"));
        assert_eq!(scene.screens.disconnected, ["eve"]);
        scene.sees_now("ann", &[]);
        scene.leaves("eve");
        scene.waits_until_due(limits::ARRIVAL_TIME);
        scene.sees_now("ann", &[]);
    }
    let mut scene = Scene::ordered();
    let guest = scene.arrives("eve");
    scene.looked();
    scene.does("ann", &format!("/kick {guest}"));
    assert!(scene.screens.disconnected.is_empty());
}

#[test]
fn a_client_that_waits_for_a_lockdown_to_end_is_announced_when_admitted() {
    let mut scene = Scene::ordered();
    scene.does("otto", "/lockdown on");
    let guest = scene.arrives("eve");
    scene.looked();
    scene.waits_until_due(limits::ARRIVAL_TIME);
    scene.does("ann", &format!("/msg {guest} hi"));
    scene.sees_now("ann", &[&format!("There is no user named {guest}. /who lists who is here.")]);
    scene.does("otto", "/lockdown off");
    assert!(scene.news("ann").contains(&format!("{guest} joined")));
    assert_eq!(scene.chat.unannounced, 0);
}

#[test]
fn only_operators_are_told_how_many_are_not_announced() {
    let mut scene = Scene::ordered();
    scene.arrives("eve");
    scene.introduces("fay");
    scene.looked();
    scene.says("ann", "/stats");
    let all = scene.news("ann");
    assert!(!all.iter().any(|line| line.starts_with("Arriving")), "{all:?}");
    scene.says("otto", "/stats");
    let all = scene.news("otto");
    assert_eq!(all[1], "Arriving    2 not announced yet");
}

#[test]
fn naming_by_address_announces_as_in_the_original() {
    let options = ChatOptions { naming: Naming::Address, ..options() };
    let mut scene = Scene::of(options, crate::store::archive::Archive::in_memory().unwrap());
    scene.enters("ann");
    scene.looked();
    scene.introduces("eve");
    scene.hand_out();
    scene.sees_now("ann", &["[::1]:4000 joined"]);
    scene.sees("eve", &["Welcome [::1]:4000"]);
    scene.does("eve", "/nick eve");
    scene.sees_now("ann", &["[::1]:4000 is now eve"]);
}

#[test]
fn a_client_that_begins_with_a_name_is_welcomed_by_it() {
    let mut scene = Scene::with(&["ann"]);
    scene.introduces("eve");
    scene.does("ann", "hi");
    scene.does("eve", "/nick eve");
    scene.goes_on("eve");
    scene.sees("eve", &["Welcome, eve.", &here("in #lobby with ann")]);
    scene.sees_now("ann", &["ann: hi", "eve joined"]);
    scene.does("ann", "hello");
    scene.sees_now("eve", &["Welcome, eve.", &here("in #lobby with ann"), "ann: hello"]);
}

#[test]
fn a_client_that_begins_with_a_taken_name_is_told_why_and_joins_as_a_guest() {
    let mut scene = Scene::with(&["ann"]);
    scene.introduces("eve");
    scene.does("eve", "/nick ann");
    scene.goes_on("eve");
    let news = scene.news("eve");
    assert_eq!(news[0], "ann is already in use. Please choose another name.");
    assert!(news[1].starts_with("Welcome, ") && news[1] != "Welcome, ann.", "{news:?}");
    assert_eq!(news[2..], [here("in #lobby with ann")]);
    scene.sees_now("ann", &[]);
    scene.waits_until_due(limits::ARRIVAL_TIME);
    let guest = news[1]["Welcome, ".len()..].trim_end_matches('.');
    scene.sees_now("ann", &[&format!("{guest} joined")]);
}

#[test]
fn a_client_that_begins_with_a_login_is_in_no_room_before() {
    let (mut scene, _) = stage();
    scene.leaves("bob");
    scene.looked();
    scene.introduces("two");
    scene.asks("two", "/login bob secret1");
    scene.does("ann", "hi");
    scene.settle();
    scene.hand_out();
    let told = scene.news("two");
    assert_eq!(told[0], "Welcome, bob.");
    assert_eq!(told[1], here("in #lobby with ann"));
    assert_eq!(told[2], "You are logged in as bob.");
    scene.sees_now(
        "ann",
        &["hi", "bob joined"]
            .map(|line| line.replace("hi", "ann: hi"))
            .each_ref()
            .map(String::as_str),
    );
    scene.goes_on("two");
    scene.sees_now("two", &[]);
}

#[test]
fn a_client_whose_first_login_fails_joins_as_a_guest() {
    let (mut scene, _) = stage();
    scene.introduces("two");
    scene.does("two", "/login bob wrong1");
    // The client may be prompted again.
    scene.sees_now("two", &[WRONG]);
    scene.goes_on("two");
    let told = scene.news("two");
    assert!(told[0].starts_with("Welcome, ") && told[1].starts_with("You are in"), "{told:?}");
    scene.sees_now("ann", &[]);
    // Any other line ends the introduction, too.
    scene.introduces("three");
    scene.does("three", "/login bob wrong1");
    scene.does("three", "hello");
    let told = scene.news("three");
    assert!(told[1].starts_with("Welcome, ") && told[3].ends_with(": hello"), "{told:?}");
    let news = scene.news("ann");
    assert!(news[0].ends_with(" joined") && news[1].ends_with(": hello"), "{news:?}");
}

#[test]
fn there_is_a_minute_for_the_password_of_a_login_at_the_beginning() {
    let (mut scene, _) = stage();
    scene.leaves("eve");
    scene.leaves("bob");
    scene.looked();
    scene.introduces("two");
    let terminal = Some(Terminal { columns: None });
    let traits = ClientTraits { is_interactive: true, may_be_asked: true, terminal };
    scene.has_traits("two", traits);
    scene.waits_until_due(limits::INTRODUCTION_TIME - Duration::from_millis(1));
    scene.does("ann", "hi");
    assert!(!scene.screens.texts["two"].contains("hi"));
    scene.waits_until_due(Duration::from_millis(1));
    assert!(scene.screens.texts["two"].contains("Welcome, "));
    scene.looked();
    scene.does("ann", "hello");
    assert!(scene.news("two").iter().any(|line| line.ends_with("hello")));
    scene.looked();
    // The answer may still arrive, and then it is a login like any other.
    scene.waits_until_due(limits::ARRIVAL_TIME);
    scene.looked();
    scene.does("two", "/login bob secret1");
    let news = scene.news("ann");
    assert!(news.len() == 1 && news[0].ends_with(" is now bob"), "{news:?}");
}

#[test]
fn the_welcome_names_a_few_people() {
    let mut scene = Scene::new(9);
    let expected = [
        "alone in #lobby",
        "in #lobby with ann",
        "in #lobby with ann and bob",
        "in #lobby with ann, bob and cat",
        "in #lobby with ann, bob and 2 others",
        "in #lobby with ann, bob and 3 others",
    ];
    for (name, expected) in ["ann", "bob", "cat", "dan", "eve", "fay"].into_iter().zip(expected) {
        scene.enters(name);
        assert_eq!(scene.news(name)[1], here(expected));
    }
    // Those who spoke most recently come first.
    scene.does("dan", "hi");
    scene.does("fay", "/me waves");
    scene.does("fay", "hi");
    let name = scene.arrives("gus");
    assert_eq!(scene.news("gus")[1], here("in #lobby with fay, dan and 4 others"));
    // People who have not been announced are not named.
    scene.arrives("hal");
    let told = scene.news("hal")[1].clone();
    assert_eq!(told, here("in #lobby with fay, dan and 4 others"), "{name}");
}

#[test]
fn the_welcome_counts_the_rest_of_many_people() {
    let mut scene = Scene::new(3);
    scene.enters("ann");
    scene.looked();
    let names: Vec<String> =
        ["b1", "b2", "b3", "b4", "b5"].map(|name| scene.arrives(name)).to_vec();
    scene.looked();
    scene.waits(limits::ARRIVAL_TIME);
    scene.applies(ChatCommand::Tick);
    scene.hand_out();
    let told = scene.news("ann");
    let first = names.iter().find(|name| told[0].starts_with(*name)).unwrap();
    assert_eq!(told, [format!("{first} and 4 others joined")]);
    for (own, client) in names.iter().zip(["b1", "b2", "b3", "b4", "b5"]) {
        let news = scene.news(client);
        let is_first = own == first;
        assert_eq!(news.len(), 1, "{news:?}");
        assert!(news[0].ends_with(" and 3 others joined"), "{news:?}");
        assert_eq!(is_first, !news[0].starts_with(first), "{news:?}");
        assert!(!news[0].starts_with(own), "{news:?}");
    }
}

/// `hobnob bob@HOST` where bob is registered, and the user then cancels the login.
#[test]
fn a_registered_name_is_requested_and_the_login_then_cancelled() {
    let (mut scene, _) = stage();
    scene.leaves("bob");
    scene.looked();
    scene.introduces("two");
    let traits = ClientTraits { is_interactive: true, may_be_asked: true, terminal: None };
    scene.has_traits("two", traits);
    scene.does("two", "/nick bob");
    scene.goes_on("two");
    assert!(scene.chat.is_introducing(scene.chat.indexes[&Scene::id("two")]), "it logs in next");
    scene.asks("two", "/login bob");
    // The prompt is cancelled.
    scene.goes_on("two");
    assert!(!scene.chat.is_introducing(scene.chat.indexes[&Scene::id("two")]));
    let welcomes = scene.news("two").iter().filter(|line| line.starts_with("Welcome, ")).count();
    assert_eq!(welcomes, 1);
}

#[test]
fn a_posting_program_gets_an_answer_to_every_request() {
    let (mut scene, _) = stage();
    scene.introduces("two");
    scene.does("two", "/post");
    for slow in ["/stats", "/register", "/register secret1", "/join #den secret1"] {
        scene.resumed("two");
        scene.asks("two", slow);
        assert_eq!(scene.resumed("two"), 1, "{slow}");
    }
}

#[test]
fn a_posting_program_receives_no_private_messages() {
    let (mut scene, _) = stage();
    scene.leaves("bob");
    scene.looked();
    scene.introduces("three");
    scene.does("three", "/post");
    scene.does("three", "/login bob secret1");
    scene.looked();
    scene.does("ann", "/msg bob psst");
    scene.sees_now("three", &[]);
    let told = scene.news("ann");
    assert!(
        told.last().is_some_and(|line| !line.starts_with("There is no user named")),
        "{told:?}"
    );
}

#[test]
fn a_posting_program_may_log_in_as_a_connected_person() {
    let (mut scene, _) = stage();
    scene.introduces("two");
    scene.does("two", "/post");
    scene.does("two", "/login bob secret1");
    scene.looked();
    // The number of people has not changed.
    scene.does("ann", "/stats");
    scene.news("ann").iter().find(|line| line.starts_with("People      2  ")).unwrap();
    // A new spelling applies to all clients of bob.
    scene.does("two", "/nick Bob");
    scene.sees_now("two", &["[posting as Bob]"]);
    for client in ["ann", "bob"] {
        scene.sees_now(client, &["bob is now Bob"]);
    }
    scene.does("bob", "hello");
    scene.sees_now("ann", &["Bob: hello"]);
}

#[test]
fn a_tick_handles_a_batch_of_deadlines_at_most() {
    const CLIENTS: usize = 2 * limits::DUE_AT_ONCE_MAX + 10;
    let mut scene = Scene::with(&["ann"]);
    for number in 0..CLIENTS {
        scene.waits(Duration::from_micros(1));
        scene.arrives(Box::leak(format!("client {number}").into_boxed_str()));
    }
    scene.waits(Duration::from_secs(60));
    let now = scene.now;
    let mut before = scene.known().len();
    for count in [limits::DUE_AT_ONCE_MAX, limits::DUE_AT_ONCE_MAX, 10, 0] {
        scene.now = scene.chat.tick_time(now);
        let late_by = now.elapsed - scene.now.elapsed;
        assert_eq!(now.wall.duration_since(scene.now.wall).unwrap(), late_by);
        assert_eq!(late_by.is_zero(), count < limits::DUE_AT_ONCE_MAX);
        scene.applies(ChatCommand::Tick);
        assert_eq!(scene.known().len(), before + count);
        before += count;
    }
}
