//! Names and rooms against a model. Up to six clients act in any order. The chat has to know the
//! same people, names and rooms as a model without any of its tables, and everyone has to see each
//! line of their rooms once, and no line of other rooms.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::scene::Scene;
use crate::model::{ClientId, ClientIndex, PersonId};
use crate::properties::cases;
use crate::text::wanted_nick::WantedNick;

const CLIENTS: [&str; 6] = ["c2", "c3", "c4", "c5", "c6", "c7"];

/// Some are the same name, and some resemble each other.
const NAMES: [&str; 8] = ["ann", "Ann", "ANN", "bob", "b0b", "B0B", "mia", "rnia"];

const ROOMS: [&str; 4] = ["#lobby", "#one", "#0ne", "#two"];

#[derive(Clone, Copy, Debug)]
enum Act {
    Enter,
    Leave,
    Nick(&'static str),
    Join(&'static str),
    Part(&'static str),
    Say,
    Register,
    Login(&'static str),
    LoginWrongly(&'static str),
    Logout,
    Unregister,
}

fn act() -> impl Strategy<Value = Act> {
    let name = || prop::sample::select(&NAMES[..]);
    let room = || prop::sample::select(&ROOMS[..]);
    prop_oneof![
        4 => Just(Act::Enter),
        1 => Just(Act::Leave),
        5 => name().prop_map(Act::Nick),
        5 => room().prop_map(Act::Join),
        2 => room().prop_map(Act::Part),
        5 => Just(Act::Say),
        3 => Just(Act::Register),
        4 => name().prop_map(Act::Login),
        1 => name().prop_map(Act::LoginWrongly),
        2 => Just(Act::Logout),
        2 => Just(Act::Unregister),
    ]
}

fn key(name: &str) -> String {
    name.to_lowercase()
}

fn look(name: &str) -> String {
    key(name).replace('0', "o").replace('m', "rn").replace('i', "l")
}

/// A person; a guest has a single client.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Guest(&'static str),
    Registered(String),
}

#[derive(Debug, Default)]
struct Model {
    /// The person of each client and its rooms, the current room last.
    clients: BTreeMap<&'static str, (Who, Vec<&'static str>)>,
    /// The spelling of each name, by key.
    accounts: BTreeMap<String, String>,
    /// The names of guests, and whether they were chosen.
    guests: BTreeMap<&'static str, (String, bool)>,
    /// The owner of each room; the lobby has none.
    rooms: BTreeMap<&'static str, Option<Who>>,
    lines: usize,
    /// The lines that each client is to see, by client and room.
    expected: BTreeMap<(&'static str, &'static str), Vec<String>>,
}

impl Model {
    fn name(&self, who: &Who) -> String {
        match who {
            Who::Guest(client) => self.guests[client].0.clone(),
            Who::Registered(key) => self.accounts[key].clone(),
        }
    }

    /// Whether this person, who may not be connected yet, may have this name.
    fn is_free(&self, name: &str, who: Option<&Who>) -> bool {
        let here = self.guests.iter();
        let here = here.map(|(client, (name, chosen))| (Who::Guest(client), name, *chosen));
        let registered = self.accounts.iter();
        let registered = registered.map(|(key, name)| (Who::Registered(key.clone()), name, true));
        here.chain(registered).filter(|(other, ..)| Some(other) != who).all(
            |(_, other, has_looks)| {
                key(other) != key(name) && !(has_looks && look(other) == look(name))
            },
        )
    }

    fn people_in(&self, room: &str) -> BTreeSet<Who> {
        let clients = self.clients.values();
        clients.filter(|(_, rooms)| rooms.contains(&room)).map(|(who, _)| who.clone()).collect()
    }

    /// A client changes its person, who takes over what the guest had.
    fn becomes(&mut self, client: &'static str, after: Who) {
        let before = self.clients[client].0.clone();
        if before == Who::Guest(client) {
            self.guests.remove(client);
            for owner in self.rooms.values_mut().filter(|owner| **owner == Some(before.clone())) {
                *owner = Some(after.clone());
            }
        }
        self.clients.get_mut(client).unwrap().0 = after;
    }

    /// A client leaves a room. If its guest owned the room, the chat decides which member becomes
    /// the owner. A guest's room ends with its last member.
    fn goes(&mut self, client: &'static str, room: &'static str) {
        let (who, rooms) = self.clients.get_mut(client).unwrap();
        rooms.retain(|other| *other != room);
        let who = who.clone();
        if matches!(who, Who::Guest(_)) && self.rooms[room] == Some(who) {
            self.rooms.insert(room, Some(Who::Guest("somebody")));
        }
        if matches!(self.rooms[room], Some(Who::Guest(_))) && self.people_in(room).is_empty() {
            self.rooms.remove(room);
        }
    }
}

struct Play {
    scene: Scene,
    model: Model,
    shown: BTreeMap<&'static str, Vec<String>>,
}

impl Play {
    fn new() -> Self {
        let mut model = Model::default();
        model.rooms.insert("#lobby", None);
        Self { scene: Scene::new(4), model, shown: BTreeMap::new() }
    }

    fn says(&mut self, client: &str, text: &str) {
        self.scene.says(client, text);
    }

    /// Reads all screens.
    fn hand_out(&mut self) {
        self.scene.hand_out();
        for client in CLIENTS {
            if self.shown.contains_key(client) {
                let news = self.scene.news(client);
                self.shown.get_mut(client).unwrap().extend(news);
            }
        }
    }

    fn act(&mut self, client: &'static str, act: Act) {
        self.scene.waits(Duration::from_secs(60));
        match (act, self.model.clients.get(client).cloned()) {
            (Act::Enter, None) => self.enter(client),
            (Act::Enter, Some(_)) | (_, None) => {}
            (act, Some((who, rooms))) => self.act_of(client, act, &who, &rooms),
        }
    }

    fn enter(&mut self, client: &'static str) {
        // So that no line is pending for the client that had this name before.
        self.hand_out();
        self.scene.enters(client);
        self.shown.entry(client).or_default();
        let is_free = self.model.is_free(client, None);
        self.model.clients.insert(client, (Who::Guest(client), vec!["#lobby"]));
        if is_free {
            self.model.guests.insert(client, (client.to_owned(), true));
        } else {
            self.is_given_a_name(client);
        }
    }

    fn is_given_a_name(&mut self, client: &'static str) {
        let name = self.scene.chat.clients[self.scene.index(client).0].name.to_string();
        assert!(self.model.is_free(&name, None), "{name} was somebody's");
        self.model.guests.insert(client, (name, false));
    }

    fn act_of(&mut self, client: &'static str, act: Act, who: &Who, rooms: &[&'static str]) {
        match act {
            Act::Enter => {}
            Act::Leave => {
                self.scene.leaves(client);
                for room in rooms {
                    self.model.goes(client, room);
                }
                self.model.clients.remove(client);
                self.model.guests.remove(client);
            }
            Act::Nick(name) => self.nick(client, who, name),
            Act::Join(room) => self.join(client, who, room),
            Act::Part(room) => {
                self.says(client, &format!("/leave {room}"));
                if rooms.contains(&room) {
                    self.model.goes(client, room);
                }
            }
            Act::Say => self.say(client, who, rooms),
            Act::Register => {
                self.says(client, "/register secret1");
                if let Who::Guest(_) = who {
                    let name = self.model.name(who);
                    self.model.becomes(client, Who::Registered(key(&name)));
                    self.model.accounts.insert(key(&name), name);
                }
            }
            Act::Login(name) => {
                self.says(client, &format!("/login {name} secret1"));
                let is_guest = matches!(who, Who::Guest(_));
                if is_guest && self.model.accounts.contains_key(&key(name)) {
                    self.model.becomes(client, Who::Registered(key(name)));
                }
            }
            Act::LoginWrongly(name) => self.says(client, &format!("/login {name} secret2")),
            Act::Logout => {
                self.says(client, "/logout");
                if let Who::Registered(_) = who {
                    self.model.becomes(client, Who::Guest(client));
                    self.is_given_a_name(client);
                }
            }
            Act::Unregister => self.unregister(client, who),
        }
    }

    fn nick(&mut self, client: &'static str, who: &Who, name: &str) {
        self.says(client, &format!("/nick {name}"));
        if !self.model.is_free(name, Some(who)) {
            return;
        }
        match who {
            Who::Guest(_) if self.model.name(who) == name => {}
            Who::Guest(_) => {
                self.model.guests.insert(client, (name.to_owned(), true));
            }
            Who::Registered(own) if *own == key(name) => {
                self.model.accounts.insert(own.clone(), name.to_owned());
            }
            Who::Registered(_) => {}
        }
    }

    fn join(&mut self, client: &'static str, who: &Who, room: &'static str) {
        self.says(client, &format!("/join {room}"));
        let model = &mut self.model;
        if !model.rooms.contains_key(room) {
            if model.rooms.keys().any(|other| look(other) == look(room)) {
                return;
            }
            model.rooms.insert(room, Some(who.clone()));
        }
        let rooms = &mut model.clients.get_mut(client).unwrap().1;
        rooms.retain(|other| *other != room);
        rooms.push(room);
    }

    fn say(&mut self, client: &'static str, who: &Who, rooms: &[&'static str]) {
        self.model.lines += 1;
        let text = format!("line-{}", self.model.lines);
        self.says(client, &text);
        let Some(room) = rooms.last() else { return };
        let line = format!("{}: {text}", self.model.name(who));
        let clients = self.model.clients.iter();
        let hearers: Vec<_> =
            clients.filter(|(_, (_, rooms))| rooms.contains(room)).map(|(name, _)| *name).collect();
        for hearer in hearers {
            self.model.expected.entry((hearer, *room)).or_default().push(line.clone());
        }
    }

    fn unregister(&mut self, client: &'static str, who: &Who) {
        self.says(client, "/unregister secret1");
        let Who::Registered(key) = who else { return };
        let name = self.model.accounts.remove(key).unwrap();
        self.model.becomes(client, Who::Guest(client));
        self.model.guests.insert(client, (name, true));
        for other in CLIENTS {
            if self.model.clients.get(other).is_some_and(|(them, _)| them == who) {
                self.model.becomes(other, Who::Guest(other));
                self.is_given_a_name(other);
            }
        }
        for room in ROOMS {
            if self.model.rooms.get(room).is_some_and(|owner| owner.as_ref() == Some(who)) {
                if self.model.people_in(room).is_empty() {
                    self.model.rooms.remove(room);
                } else if self.model.clients[client].1.contains(&room) {
                    self.model.rooms.insert(room, Some(Who::Guest(client)));
                } else {
                    self.model.rooms.insert(room, Some(Who::Guest("somebody")));
                }
            }
        }
    }

    fn id(&self, who: &Who) -> PersonId {
        match who {
            Who::Guest(client) => PersonId::Guest(Scene::id(client)),
            Who::Registered(key) => {
                PersonId::Registered(self.scene.chat.accounts.named(key).unwrap())
            }
        }
    }

    /// Checks that the chat and the model agree.
    fn check(&mut self) {
        self.check_people();
        self.check_rooms();
        let chat = &self.scene.chat;
        for name in NAMES {
            let wanted = WantedNick::parse(name).unwrap();
            let is_free = chat.is_free(&wanted, PersonId::Guest(ClientId(0))).is_ok();
            assert_eq!(is_free, self.model.is_free(name, None), "{name}");
            let is_registered = chat.accounts.named(wanted.nick.key()).is_some();
            assert_eq!(is_registered, self.model.accounts.contains_key(&key(name)), "{name}");
        }
    }

    fn check_people(&self) {
        let chat = &self.scene.chat;
        assert_eq!(chat.indexes.len(), self.model.clients.len());
        let mut people: BTreeMap<Who, BTreeSet<ClientIndex>> = BTreeMap::new();
        for (client, (who, rooms)) in &self.model.clients {
            let index = self.scene.index(client);
            people.entry(who.clone()).or_default().insert(index);
            let known = &chat.clients[index.0];
            assert_eq!(known.person, self.id(who));
            assert_eq!(*known.name, *self.model.name(who));
            let known_rooms = known.rooms.iter().map(|id| chat.rooms.find(*id).unwrap().name());
            assert!(known_rooms.map(|name| &**name).eq(rooms.iter().copied()), "{client}");
        }
        assert_eq!(chat.people.iter().count(), people.len());
        for (who, indexes) in people {
            let person = chat.people.find(self.id(&who)).unwrap();
            assert_eq!(person.indexes.len(), indexes.len());
            assert!(person.indexes.iter().all(|index| indexes.contains(index)));
            assert_eq!(**person.nick.as_str(), *self.model.name(&who));
            assert_eq!(chat.people.named(person.nick.key()), Some(self.id(&who)));
        }
    }

    fn check_rooms(&mut self) {
        let chat = &self.scene.chat;
        let names: BTreeSet<String> =
            chat.rooms.iter().map(|room| room.name().to_string()).collect();
        let known: BTreeSet<String> = self.model.rooms.keys().map(|&name| name.into()).collect();
        assert_eq!(names, known);
        for room in chat.rooms.iter() {
            let name = ROOMS.into_iter().find(|name| **name == **room.name()).unwrap();
            let people = self.model.people_in(name);
            assert_eq!(room.people().len(), people.len());
            assert!(people.iter().all(|who| room.has(self.id(who))));
            let owner = room.rules.owner;
            if self.model.rooms[name] == Some(Who::Guest("somebody")) && !people.is_empty() {
                let heir = people.into_iter().find(|who| Some(self.id(who)) == owner);
                assert!(heir.is_some(), "{name} is owned by nobody who is there");
                self.model.rooms.insert(name, heir);
            } else if self.model.rooms[name] != Some(Who::Guest("somebody")) {
                assert_eq!(owner, self.model.rooms[name].as_ref().map(|who| self.id(who)));
            }
        }
    }

    /// Checks that everyone has seen each line of their rooms once and in order.
    fn check_screens(&mut self) {
        self.hand_out();
        for (client, shown) in &self.shown {
            let said: Vec<&str> = shown
                .iter()
                .filter(|line| line.contains(": line-"))
                .map(|line| line.split_once("] ").map_or(&**line, |(_, line)| line))
                .collect();
            let mut count = 0;
            for room in ROOMS {
                let Some(expected) = self.model.expected.get(&(*client, room)) else { continue };
                let of_room = said.iter().filter(|line| expected.iter().any(|one| one == *line));
                assert!(of_room.eq(expected), "{client} in {room}: {said:?}, not {expected:?}");
                count += expected.len();
            }
            assert_eq!(said.len(), count, "{client} was shown {said:?}");
        }
    }

    /// Checks that `/who` of each room lists its members.
    fn check_lists(&mut self) {
        self.hand_out();
        let Some(&client) = self.model.clients.keys().next() else { return };
        let rooms: Vec<&str> = self.model.rooms.keys().copied().collect();
        for room in rooms {
            self.says(client, &format!("/who {room}"));
            let news = self.scene.news(client);
            let names: BTreeSet<String> = news[1..]
                .iter()
                .flat_map(|line| line.split(','))
                .map(str::trim)
                .map(str::to_owned)
                .filter(|name| !name.is_empty())
                .collect();
            let people = self.model.people_in(room);
            let expected: BTreeSet<String> =
                people.iter().map(|who| self.model.name(who)).collect();
            assert_eq!(names, expected, "{news:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn the_chat_agrees_with_the_model(
        acts in prop::collection::vec(
            (prop::sample::select(&CLIENTS[..]), act(), any::<bool>()),
            0..80,
        ),
    ) {
        let mut play = Play::new();
        for (client, act, hands_out) in acts {
            play.act(client, act);
            if hands_out {
                play.hand_out();
            }
            play.check();
        }
        play.check_screens();
        play.check_lists();
    }
}
