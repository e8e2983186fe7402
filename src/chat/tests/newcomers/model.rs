//! Whatever new clients do and however long they take, everyone in the lobby sees exactly what a
//! plain model predicts, in order. An announced person joins before they do anything and leaves
//! after it; nobody notices anyone else.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::limits;
use crate::properties::cases;
use std::time::Duration;

const CLIENTS: [&str; 4] = ["c1", "c2", "c3", "c4"];

#[derive(Clone, Copy, Debug)]
enum Act {
    Comes,
    ComesAs,
    ComesAsSomebodyElse,
    Leaves,
    Says,
    Acts,
    Renames,
    TakesNameOfAnother,
    Looks,
    Whispers,
    WhispersToNobody,
    Joins,
    Parts,
    ComesBack,
    IsKicked,
    LogsIn,
    ComesLoggingIn,
    Wait(u8),
    HandOut,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Comes),
        1 => Just(Act::ComesAs),
        1 => Just(Act::ComesAsSomebodyElse),
        2 => Just(Act::Leaves),
        3 => Just(Act::Says),
        1 => Just(Act::Acts),
        2 => Just(Act::Renames),
        1 => Just(Act::TakesNameOfAnother),
        1 => Just(Act::Looks),
        1 => Just(Act::Whispers),
        1 => Just(Act::WhispersToNobody),
        1 => Just(Act::Joins),
        1 => Just(Act::Parts),
        1 => Just(Act::ComesBack),
        1 => Just(Act::IsKicked),
        1 => Just(Act::LogsIn),
        1 => Just(Act::ComesLoggingIn),
        4 => (0..3u8).prop_map(Act::Wait),
        2 => Just(Act::HandOut),
    ]
}

/// A person who is connected, as the model sees it.
#[derive(Clone, Debug)]
struct KnownClient {
    name: String,
    came_at: Duration,
    is_announced: bool,
    is_in_lobby: bool,
    is_in_den: bool,
    /// Part of what it was shown, it was shown outside the lobby.
    was_elsewhere: bool,
    /// The number of lobby lines when it joined, and the line of its own arrival.
    since: usize,
    own: Option<usize>,
}

struct Play {
    scene: Scene,
    here: BTreeMap<&'static str, KnownClient>,
    /// The lines of the lobby.
    told: Vec<String>,
    lines: u32,
}

impl Play {
    fn new() -> Self {
        let mut scene = Scene::ordered();
        scene.screens.notice_run_max = usize::MAX;
        for name in ["olga", "otto", "bob", "fran", "gus"] {
            if scene.chat.indexes.contains_key(&Scene::id(name)) && name != "otto" {
                scene.leaves(name);
            }
        }
        scene.looked();
        Self { scene, here: BTreeMap::new(), told: Vec::new(), lines: 0 }
    }

    fn announce(&mut self, client: &'static str) {
        let known = self.here.get_mut(client).unwrap();
        if std::mem::replace(&mut known.is_announced, true) {
            return;
        }
        if known.is_in_lobby {
            known.own = Some(self.told.len());
            self.told.push(format!("{} joined", known.name));
        }
    }

    fn fresh(&mut self) -> u32 {
        self.lines += 1;
        self.lines
    }

    fn comes(&mut self, client: &'static str, line: Option<String>) {
        // So that no line is pending for the client that had this place before.
        self.scene.hand_out();
        match line {
            None => {
                self.scene.arrives(client);
            }
            Some(line) => {
                self.scene.introduces(client);
                self.scene.does(client, &line);
                self.scene.goes_on(client);
            }
        }
        let name = self.scene.chat.clients[self.scene.index(client).0].name.to_string();
        let known = KnownClient {
            name,
            came_at: self.scene.now.elapsed,
            is_announced: false,
            is_in_lobby: true,
            is_in_den: false,
            was_elsewhere: false,
            since: self.told.len(),
            own: None,
        };
        self.here.insert(client, known);
    }

    fn act(&mut self, client: &'static str, act: Act) {
        let known = self.here.get(client).cloned();
        let number = self.fresh();
        match (act, known) {
            (Act::Wait(seconds), _) => self.wait(seconds),
            (Act::HandOut, _) => self.scene.hand_out(),
            (Act::Comes, None) => self.comes(client, None),
            (Act::ComesAs, None) => {
                self.comes(client, Some(format!("/nick n{number}n")));
                assert_eq!(self.here[client].name, format!("n{number}n"));
                self.announce(client);
            }
            (Act::ComesLoggingIn, None) if !self.is_bob_here() => {
                self.comes(client, Some("/login bob secret1".into()));
                self.announce(client);
            }
            (Act::ComesAsSomebodyElse, None) => self.comes(client, Some("/nick ann".into())),
            (_, None) => {}
            (act, Some(known)) => self.act_of(client, act, &known, number),
        }
    }

    fn act_of(&mut self, client: &'static str, act: Act, known: &KnownClient, number: u32) {
        let name = known.name.clone();
        match act {
            Act::Leaves => {
                self.scene.leaves(client);
                self.goes(client, &format!("{name} left"));
            }
            Act::IsKicked => {
                self.scene.says("otto", &format!("/kick {name}"));
                self.scene.leaves(client);
                self.goes(client, &format!("otto removed {name}"));
            }
            Act::Says | Act::Acts => {
                let is_said = matches!(act, Act::Says);
                let sign = if is_said { "" } else { "/me " };
                self.scene.says(client, &format!("{sign}#{number}").replace('#', "line-"));
                if known.is_in_den || !known.is_in_lobby {
                    // The line is said in the den or nowhere.
                    if known.is_in_den {
                        self.announce(client);
                    }
                    return;
                }
                self.announce(client);
                self.told.push(match is_said {
                    true => format!("{name}: line-{number}"),
                    false => format!("* {name} line-{number}"),
                });
            }
            Act::Renames if name == "bob" => {}
            Act::Renames => {
                let to = format!("n{number}n");
                self.scene.says(client, &format!("/nick {to}"));
                self.here.get_mut(client).unwrap().name = to.clone();
                if !known.is_announced {
                    self.announce(client);
                } else if known.is_in_lobby {
                    self.told.push(format!("{name} is now {to}"));
                }
            }
            Act::LogsIn if !self.is_bob_here() => {
                self.scene.says(client, "/login bob secret1");
                let known = self.here.get_mut(client).unwrap();
                known.name = "bob".to_owned();
                match known.is_announced {
                    false => self.announce(client),
                    true if known.is_in_lobby => self.told.push(format!("{name} is now bob")),
                    true => {}
                }
            }
            Act::TakesNameOfAnother => self.scene.says(client, "/nick ann"),
            Act::Looks => self.scene.says(client, "/who"),
            Act::Whispers => {
                self.scene.says(client, "/msg otto psst");
                self.announce(client);
            }
            Act::WhispersToNobody => self.scene.says(client, "/msg nobody psst"),
            Act::Joins => {
                self.scene.says(client, "/join #den");
                self.announce(client);
                let known = self.here.get_mut(client).unwrap();
                (known.is_in_den, known.was_elsewhere) = (true, true);
            }
            Act::Parts if known.is_in_lobby => {
                self.scene.says(client, "/leave #lobby");
                let known = self.here.get_mut(client).unwrap();
                (known.is_in_lobby, known.was_elsewhere) = (false, true);
                if known.is_announced {
                    self.told.push(format!("{name} left"));
                }
            }
            Act::ComesBack if !known.is_in_lobby => {
                self.scene.says(client, "/join #lobby");
                let known = self.here.get_mut(client).unwrap();
                (known.is_in_lobby, known.is_announced) = (true, true);
                known.is_in_den = false;
                self.told.push(format!("{name} joined"));
                self.scene.says(client, "/leave #den");
            }
            _ => {}
        }
    }

    /// The test uses only one client of this account at a time.
    fn is_bob_here(&self) -> bool {
        self.here.values().any(|known| known.name == "bob")
    }

    fn goes(&mut self, client: &'static str, line: &str) {
        let known = self.here.remove(client).unwrap();
        if known.is_announced && known.is_in_lobby {
            self.told.push(line.to_owned());
        }
    }

    fn wait(&mut self, seconds: u8) {
        self.scene.waits(Duration::from_secs(seconds.into()));
        self.scene.applies(ChatCommand::Tick);
        let due = |known: &KnownClient| {
            !known.is_announced && known.came_at + limits::ARRIVAL_TIME <= self.scene.now.elapsed
        };
        let mut due: Vec<_> = self
            .here
            .iter()
            .filter(|(_, known)| due(known))
            .map(|(client, known)| (known.came_at, Scene::id(client), *client))
            .collect();
        due.sort_unstable();
        for (_, _, client) in due {
            self.announce(client);
        }
    }

    /// Checks that the chat lists exactly the people who have been announced.
    fn check(&self) {
        let in_lobby = self.here.values().filter(|known| known.is_announced && known.is_in_lobby);
        let mut expected: BTreeSet<String> = in_lobby.map(|known| known.name.clone()).collect();
        expected.extend(["ann", "otto"].map(str::to_owned));
        assert_eq!(self.scene.known(), expected);
        let unannounced = self.here.values().filter(|known| !known.is_announced).count();
        assert_eq!(self.scene.chat.unannounced, unannounced);
        assert_eq!(self.scene.chat.deadlines.stages.deadlines.len(), unannounced);
    }

    /// Checks that a client that was there all the time has seen every line and nothing else, and
    /// that a later one has seen every line since it joined, except its own arrival.
    fn check_screens(&mut self) {
        self.scene.hand_out();
        assert_eq!(self.scene.news("ann"), self.told);
        for (client, known) in &self.here {
            if known.was_elsewhere {
                continue;
            }
            let expected: Vec<&String> = (known.since..)
                .zip(&self.told[known.since..])
                .filter(|(at, _)| Some(*at) != known.own)
                .map(|(_, line)| line)
                .collect();
            let screen: Vec<&str> = self.scene.screens.texts[client].lines().collect();
            let mut rest = screen.iter();
            for line in &expected {
                assert!(rest.any(|shown| shown == line), "{client}: no {line:?} in {screen:?}");
            }
            let own = format!("{} joined", known.name);
            // Another client may have been bob before.
            let is_told = known.name != "bob" && screen.contains(&&*own);
            assert!(!is_told, "{client} was told of itself: {screen:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn everyone_is_told_exactly_of_announced_people(
        acts in prop::collection::vec((prop::sample::select(&CLIENTS[..]), act()), 0..60),
    ) {
        let mut play = Play::new();
        for (client, act) in acts {
            play.act(client, act);
            play.check();
        }
        play.check_screens();
    }
}
