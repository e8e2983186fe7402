//! The same commands in the same order give the same chat, whatever else is different: when batches
//! are handed out, what was in the tables before, which requests are answered in between, how often
//! a tick comes, what the disk does, and when a server is killed and restored.

mod play;
mod recorder;
mod simulated;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;

use self::play::{LINES, Play, Step, enters};
use self::recorder::{Disk, Recorder};
use self::simulated::{Log, Proposed, Simulated};
use super::scene::{Scene, moment, options};
use crate::base::clock::ChatTime;
use crate::chat::state::options::ChatOptions;
use crate::chat::state::*;
use crate::command::{ChatCommand, Utterance, interpret};
use crate::model::{
    ClientId, ClientIndex, JobOutcome, OwnerToken, PasswordHash, StoredState, Verdict,
};
use crate::properties::cases;
use crate::server::sequencer::{apply_ordered, propose, request};
use crate::store::archive::Archive;
use crate::text::CleanText;

/// Steps in one run.
const STEPS: u32 = 125_000;

/// Steps between two comparisons.
const WINDOW: u32 = 250;

/// What is different about a server.
struct Ways {
    disk: Disk,
    /// How often it hands out, in percent.
    hand_outs: u32,
    /// How often a tick comes twice, in percent.
    ticks: u32,
    /// How often it is killed, in a thousand.
    kills: u32,
    /// Its tables have held many clients before.
    was_crowded: bool,
}

/// A server, which applies the commands in the order of the log.
struct Server {
    chat: Chat,
    out: Recorder,
    order: Simulated,
    rng: Rng,
    ways: Ways,
    /// The saved state, and how many entries of the log it holds.
    saved: (Vec<u8>, usize),
}

impl Server {
    fn new(seed: u64, log: &Rc<RefCell<Log>>, number: usize, ways: Ways) -> Self {
        let options = ChatOptions { keeps_history: true, replay_lines: 3, ..options() };
        let mut chat = Chat::new(options, StoredState::default(), moment());
        chat.set_owner_token(OwnerToken::of([7; 16]).unwrap());
        let order = Simulated::new(log.clone(), number);
        let mut out = Recorder::new(ways.disk, order.is_answering.clone());
        if ways.was_crowded {
            let ids = || (0..2_000).map(|number| ClientId(u64::MAX - number));
            for client in ids() {
                chat.apply(enters(client, "[::2]:1", None, false), moment(), &mut out);
            }
            for client in ids() {
                chat.apply(ChatCommand::Leave { client }, moment(), &mut out);
            }
        }
        let saved = (chat.save(&mut out).unwrap(), 0);
        out.told.clear();
        Self { chat, out, order, rng: Rng::with_seed(seed), ways, saved }
    }

    /// One of its clients does something.
    fn does(&mut self, step: &Step, at: ChatTime) {
        let Self { chat, out, order, .. } = self;
        match step {
            Step::Proposes(command) => propose(command.clone(), at, order, chat, out),
            Step::Asks(client, asked) => request(*client, asked.clone(), at, order, chat, out),
        }
    }

    /// Applies what has arrived, and does what servers do in their own time.
    fn goes_on(&mut self) {
        apply_ordered(&mut self.order, &mut self.chat, &mut self.out);
        self.check();
        if self.rng.u32(..100) < self.ways.ticks {
            let at = self.chat.last_turn_at;
            self.chat.apply(ChatCommand::Tick, at, &mut self.out);
        }
        if self.rng.u32(..100) < self.ways.hand_outs || self.chat.is_batch_full() {
            self.chat.hand_out(&mut self.out);
        }
        if self.rng.u32(..1_000) < self.ways.kills {
            self.saved = (self.chat.save(&mut self.out).unwrap(), self.order.applied);
        }
        if self.rng.u32(..1_000) < self.ways.kills {
            self.is_killed();
        }
    }

    /// The server is killed, and restored from what it had saved and from the log.
    fn is_killed(&mut self) {
        let before = self.chat.save(&mut self.out).unwrap();
        self.order.is_killed();
        let (bytes, applied) = &self.saved;
        let mut out = Recorder::new(self.ways.disk, Rc::default());
        self.chat = Chat::restore(bytes, &mut out).unwrap();
        for entry in &self.order.log.borrow().entries[*applied..self.order.applied] {
            self.chat.apply(entry.command.clone(), entry.at, &mut out);
        }
        assert!(self.chat.save(&mut out).unwrap() == before);
        self.out.clients = out.clients;
    }

    /// Checks that each member of a room is a client that is in it.
    fn check(&self) {
        for room in self.chat.rooms.iter() {
            for ClientIndex(index) in room.indexes() {
                let client = self.chat.clients.get(index);
                let is_in = client.is_some_and(|client| client.rooms.contains(&room.id()));
                assert!(is_in, "{}: {client:?}", room.name());
            }
        }
    }

    /// What there is now.
    fn state(&mut self) -> String {
        self.chat.hand_out(&mut self.out);
        let chat = &self.chat;
        let mut text = String::new();
        let id = |index: &ClientIndex| chat.clients[index.0].id;
        let mut clients: Vec<_> = chat.clients.iter().map(|(_, client)| client).collect();
        clients.sort_unstable_by_key(|client| client.id);
        for client in clients {
            let (id, person, name) = (client.id, client.person, &client.name);
            let (stage, rooms, spoke_at) = (client.stage, &client.rooms, client.spoke_at);
            let looks = (client.traits, client.edit, client.has_view, client.has_to_log_in);
            writeln!(text, "{id} {person:?} {name} {stage:?} {rooms:?} {spoke_at:?} {looks:?}")
                .unwrap();
        }
        let mut people: Vec<_> = chat.people.iter().collect();
        people.sort_unstable_by_key(|(id, _)| *id);
        for (person, record) in people {
            let clients: Vec<ClientId> = record.indexes.iter().map(id).collect();
            write!(text, "{person:?} {} {clients:?}", record.nick).unwrap();
            if let Some(more) = &record.more {
                let mut ignored: Vec<_> = more.ignored.iter().collect();
                ignored.sort_unstable();
                let (settings, away, reply_to) = (&more.settings, &more.away, more.reply_to);
                write!(text, " {settings:?} {away:?} {reply_to:?} {ignored:?}").unwrap();
            }
            text.push('\n');
        }
        let mut accounts: Vec<_> = chat.accounts.by_id.iter().collect();
        accounts.sort_unstable_by_key(|(id, _)| **id);
        for (account, known) in accounts {
            let hash = known.password.as_str();
            let (seen, settings) = (known.seen_at, &known.settings);
            writeln!(text, "{account:?} {} {hash} {seen:?} {settings:?}", known.nick).unwrap();
        }
        for room in chat.rooms.iter() {
            let rules = &room.rules;
            let invited = rules.invited();
            let (owner, topic, slow) = (rules.owner, &rules.topic, rules.slow);
            let hash = rules.password.as_ref().map(PasswordHash::as_str);
            let (id, name, people) = (room.id(), room.name(), room.people_by_stay());
            let switches = (rules.locked, rules.hidden, room.last_seq(), room.marks());
            writeln!(text, "{id:?} {name} {owner:?} {topic:?} {slow:?} {hash:?} {switches:?}")
                .unwrap();
            writeln!(text, "  {people:?} {invited:?}").unwrap();
        }
        let mut ranks: Vec<_> = chat.moderation.ranked().collect();
        ranks.sort_unstable();
        writeln!(text, "{ranks:?} {}", chat.moderation.lockdown).unwrap();
        for imposed in chat.moderation.all(|_| true) {
            writeln!(text, "{imposed:?}").unwrap();
        }
        writeln!(text, "{:?}", chat.moderation.audit()).unwrap();
        writeln!(text, "{:?} {:?}", chat.deadlines, chat.outside).unwrap();
        writeln!(text, "{:?}", chat.said_messages).unwrap();
        writeln!(text, "{:?} {:?}", chat.gone_guests, chat.lines_proposed).unwrap();
        text
    }
}

fn play(seed: u64) {
    let mut play = Play::new(seed);
    let log = Rc::new(RefCell::new(Log::new(seed, 3)));
    let usual = Ways { disk: Disk::IsFast, hand_outs: 100, ticks: 0, kills: 0, was_crowded: false };
    let mut servers = [
        Server::new(seed, &log, 0, Ways { ..usual }),
        Server::new(
            seed,
            &log,
            1,
            Ways { disk: Disk::IsSlow, hand_outs: 3, ticks: 10, was_crowded: true, ..usual },
        ),
        Server::new(seed, &log, 2, Ways { disk: Disk::Refuses, hand_outs: 0, kills: 10, ..usual }),
    ];
    let mut compared = 0;
    for number in 1..=STEPS {
        let step = play.step(&servers[0].chat);
        let client = step.client().unwrap_or(ClientId(number.into()));
        let server = client.0 as usize % servers.len();
        // No two clocks are the same.
        let mut at = play.at;
        at.elapsed += Duration::from_millis(server as u64 * 30);
        at.wall += Duration::from_secs(server as u64 * 7);
        servers[server].does(&step, at);
        log.borrow_mut().goes_on();
        servers.iter_mut().for_each(Server::goes_on);
        if number % WINDOW == 0 {
            settle(&mut servers, &log);
            let log = log.borrow();
            compare(&mut servers, seed, &log.entries[compared..]);
            compared = log.entries.len();
        }
    }
}

/// Everything that was proposed arrives and is applied.
fn settle(servers: &mut [Server], log: &Rc<RefCell<Log>>) {
    while servers.iter().any(|server| !server.order.is_done()) {
        log.borrow_mut().settles();
        for server in &mut *servers {
            server.order.is_prompt = true;
            apply_ordered(&mut server.order, &mut server.chat, &mut server.out);
            server.order.is_prompt = false;
        }
    }
}

/// Checks that all chats are the same and have put out the same.
fn compare(servers: &mut [Server], seed: u64, window: &[Proposed]) {
    let states: Vec<String> = servers.iter_mut().map(Server::state).collect();
    let outs: Vec<_> = servers
        .iter_mut()
        .map(|server| {
            let Recorder { told, stored, said, .. } = &mut server.out;
            (std::mem::take(told), std::mem::take(stored), std::mem::take(said))
        })
        .collect();
    for (state, out) in states.iter().zip(&outs).skip(1) {
        for (one, other) in states[0].lines().zip(state.lines()) {
            assert_eq!(one, other, "seed {seed} {window:?}");
        }
        assert_eq!(states[0], *state, "seed {seed}");
        for (key, told) in &outs[0].0 {
            let other = out.0.get(key).map_or(&[][..], Vec::as_slice);
            assert_eq!(told, other, "{key:?}: seed {seed} {window:?}");
        }
        assert_eq!(outs[0], *out, "seed {seed}");
    }
    let saved: Vec<Vec<u8>> =
        servers.iter_mut().map(|server| server.chat.save(&mut server.out).unwrap()).collect();
    assert!(saved.windows(2).all(|two| two[0] == two[1]), "seed {seed}");
}

#[test]
fn the_same_commands_give_the_same_chat() {
    for seed in 0..cases(1).cases {
        play(u64::from(seed));
    }
}

/// What is on the disk once these commands have been applied, and batches handed out that often, in
/// percent.
fn stored(commands: &[Proposed], hand_outs: u32) -> (StoredState, String) {
    let folder = tempfile::tempdir().unwrap();
    let (mut scene, mut rng) = (Scene::with_history(folder.path()), Rng::with_seed(0));
    scene.chat.set_owner_token(OwnerToken::of([7; 16]).unwrap());
    for Proposed { command, at, .. } in commands {
        scene.now = *at;
        scene.applies(command.clone());
        if rng.u32(..100) < hand_outs {
            scene.hand_out();
        }
    }
    // Until they leave, when they last read a room is up to the disk's own clock.
    let mut here: Vec<ClientId> = scene.chat.indexes.keys().copied().collect();
    here.sort_unstable();
    here.into_iter().for_each(|client| scene.applies(ChatCommand::Leave { client }));
    scene.hand_out();
    scene.settle();
    scene.ends();
    let archive = Archive::open(folder.path()).unwrap();
    let reader = archive.reader();
    let mut export = String::new();
    for log in reader.logs(|_| true).unwrap() {
        writeln!(export, "{log:?}").unwrap();
        for item in reader.export(&log, None).unwrap() {
            writeln!(export, "{:?}", item.unwrap()).unwrap();
        }
    }
    (archive.load(100).unwrap(), export)
}

#[test]
fn a_recorded_hour_is_stored_the_same_twice() {
    let mut lines = 0;
    for seed in 0..cases(100).cases {
        let mut play = Play::new(seed.into());
        let (mut server, log) = alone();
        while play.at.elapsed < moment().elapsed + Duration::from_secs(60 * 60) {
            server.does(&play.step(&server.chat), play.at);
            log.borrow_mut().settles();
            settle(std::slice::from_mut(&mut server), &log);
        }
        let recorded = &log.borrow().entries;
        let (first, second) = (stored(recorded, 100), stored(recorded, 3));
        assert!(first == second, "seed {seed}: {first:#?} {second:#?}");
        lines += first.1.lines().count();
    }
    assert!(lines > 500, "{lines}");
}

#[test]
fn the_marks_of_an_account_are_written_once_it_is_stored() {
    let (mut server, log) = alone();
    let client = ClientId(1);
    let hash = PasswordHash::kept("hash".into());
    for command in [
        enters(client, "[::1]:1", Some("ann"), false),
        ChatCommand::Decide { client, verdict: Verdict::Register { hash }.into() },
    ] {
        server.does(&Step::Proposes(command), moment());
    }
    settle(std::slice::from_mut(&mut server), &log);
    let marks = |server: &Server| {
        server.out.stored.iter().filter(|stored| stored.starts_with("Mark")).cloned().collect()
    };
    let before: Vec<String> = marks(&server);
    assert_eq!(before.len(), 1, "{:?}", server.out.stored);
    // The history may have dropped it, as that of an unknown account.
    assert!(server.chat.learn(JobOutcome::Kept, moment(), &mut server.out).is_none());
    let after: Vec<String> = marks(&server);
    assert_eq!(after, [&*before, &*before].concat());
}

/// A chat after this many steps, and what has come of them.
pub(super) fn played(steps: u32) -> (Chat, Recorder) {
    let mut play = Play::new(0);
    let (mut server, log) = alone();
    for _ in 0..steps {
        let step = play.step(&server.chat);
        server.does(&step, play.at);
        log.borrow_mut().settles();
        server.goes_on();
    }
    (server.chat, server.out)
}

fn alone() -> (Server, Rc<RefCell<Log>>) {
    let log = Rc::new(RefCell::new(Log::new(0, 1)));
    let ways = Ways { disk: Disk::IsFast, hand_outs: 100, ticks: 0, kills: 0, was_crowded: false };
    (Server::new(0, &log, 0, ways), log)
}

#[test]
fn every_kind_of_command_is_played() {
    let mut play = Play::new(0);
    let (mut server, log) = alone();
    let mut kinds = BTreeMap::new();
    for _ in 0..STEPS {
        let step = play.step(&server.chat);
        if let Step::Proposes(command) = &step {
            let kind = format!("{command:?}");
            let kind = kind.split(['(', ' ']).next().unwrap_or_default().to_owned();
            *kinds.entry(kind).or_insert(0) += 1;
        }
        server.does(&step, play.at);
        log.borrow_mut().goes_on();
        server.goes_on();
    }
    assert_eq!(kinds.len(), 12, "{kinds:?}");
    // Something comes of them.
    let stored = server.out.stored.join("\n");
    for update in [
        "Registered",
        "Unregistered",
        "Password",
        "Settings",
        "Room ",
        "RoomRemoved",
        "Impose",
        "Remove(",
        "Rank",
        "Lockdown",
        "Message ",
        "MessagesSeen",
        "Mark",
        "Ended",
    ] {
        assert!(stored.contains(update), "{update}");
    }
}

#[test]
fn a_request_is_no_command() {
    for text in LINES {
        let text = text.replace('@', "ann").replace('%', "#a");
        if let Utterance::Command(command) = interpret(CleanText::from_bytes(text.as_bytes())) {
            assert!(!command.is_request(), "{text}");
        }
    }
}
