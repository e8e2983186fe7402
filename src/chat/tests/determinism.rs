//! The same commands in the same order give the same chat, whatever else is different: when batches
//! are handed out, what was in the tables before, which requests are answered in between, how often
//! a tick comes, and what the disk does.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::time::{Duration, SystemTime};

use fastrand::Rng;

use super::scene::{moment, options};
use crate::base::clock::ChatTime;
use crate::chat::outbox::{Outbox, Recipients};
use crate::chat::state::options::ChatOptions;
use crate::chat::state::*;
use crate::command::{ChatCommand, IdentifiedMessage, Utterance, interpret};
use crate::model::id::ClientMessageId;
use crate::model::{
    AccountId, Batch, Busy, ClientId, ClientIndex, ClientTraits, Delivery, Held, HistoryEntry,
    HistoryQuery, Job, Kept, Newcomer, OrderedLine, OwnerToken, PasswordHash, Presentation,
    Promise, Reply, RoomId, StoredState, Terminal, Traffic, Update, Verdict, Wire,
};
use crate::properties::cases;
use crate::text::CleanText;
use crate::text::nick::RoomName;
use crate::text::wanted_nick::WantedNick;

/// Commands in one run.
const COMMANDS: u32 = 100_000;

/// Commands between two comparisons.
const WINDOW: u32 = 250;

/// Clients at the same time.
const CLIENTS_MAX: usize = 24;

const NAMES: [&str; 8] = ["ann", "bob", "cat", "dan", "eve", "小明", "Zoë", "amber-otter"];

const ROOMS: [&str; 5] = ["#a", "#b", "#c", "#花园", "#lobby"];

const ADDRESSES: [&str; 5] =
    ["192.0.2.7:1", "192.0.2.9:1", "[::1]:1", "203.0.113.1:1", "[2001:db8::7]:1"];

/// Accounts at the same time.
const ACCOUNTS_MAX: usize = 9;

/// What clients say. `@` stands for a name, `%` for a room.
const LINES: [&str; 72] = [
    "hi",
    "hi @ and @",
    "help",
    "// x",
    "/nick @",
    "/nick @x",
    "/nick @",
    "/logout",
    "/away",
    "/away x",
    "/back",
    "/join %",
    "/join %",
    "/join %",
    "/leave",
    "/leave %",
    "/topic x",
    "/topic off",
    "/invite @",
    "/invite @ %",
    "/room lock",
    "/room unlock",
    "/room hide",
    "/room show",
    "/room slow 3",
    "/room slow off",
    "/room password off",
    "/room end",
    "/me waves at @",
    "/msg @ psst",
    "/reply x",
    "/say /hi",
    "/post",
    "/post done",
    "%",
    "% hi",
    "/ignore @",
    "/unignore @",
    "/quiet on",
    "/quiet off",
    "/replay 5",
    "/timestamps on",
    "/timestamps off",
    "/tz Asia/Tokyo",
    "/bell all",
    "/bell off",
    "/bell mentions",
    "/colour on",
    "/colour off",
    "/lang zh",
    "/lang en",
    "/edit on",
    "/edit off",
    "/plain on",
    "/plain off",
    "/op @",
    "/op @ owner",
    "/deop @",
    "/kick @",
    "/kick % @ x",
    "/ban @ 1m x",
    "/ban % @",
    "/ban 192.0.2.0/24 1m",
    "/unban @",
    "/unban % @",
    "/unban 192.0.2.0/24",
    "/mute @ 2m",
    "/mute % @",
    "/unmute @",
    "/unmute % @",
    "/lockdown on",
    "/lockdown off",
];

/// What clients ask for.
const REQUESTS: [&str; 20] = [
    "/help",
    "/whois @",
    "/who",
    "/who %",
    "/rooms",
    "/topic",
    "/ignore",
    "/tz",
    "/replay",
    "/motd",
    "/uptime",
    "/version",
    "/op",
    "/bans",
    "/bans %",
    "/audit",
    "/history",
    "/search hi",
    "/more",
    "/stats",
];

/// Something to happen, from which each chat gets a command of its own.
#[derive(Clone, Debug)]
enum Step {
    Enter { client: ClientId, address: &'static str, name: Option<&'static str>, introduces: bool },
    Leave(ClientId),
    Hear(ClientId, String),
    HearOnce(ClientId, u128, String),
    GoesOn(ClientId),
    TriesLogin(ClientId),
    Proceeds(ClientId),
    HasTraits(ClientId, bool),
    Decide(ClientId, Verdict),
    Tick,
}

impl Step {
    fn command(&self) -> ChatCommand {
        let utterance = |text: &str| interpret(CleanText::from_bytes(text.as_bytes()));
        match self.clone() {
            Self::Enter { client, address, name, introduces } => {
                let newcomer = Newcomer {
                    client,
                    address: address.parse().unwrap(),
                    name: name.and_then(|name| WantedNick::parse(name).ok()),
                    introduces,
                    wire: Wire::Plain,
                    lang: None,
                };
                // Few, so that they collide.
                let guest_name = format!("opal-lynx{}", client.0 % 3).into();
                ChatCommand::Enter { newcomer: newcomer.into(), guest_name }
            }
            Self::Leave(client) => ChatCommand::Leave { client },
            Self::Hear(client, text) => ChatCommand::Hear { client, utterance: utterance(&text) },
            Self::HearOnce(client, id, text) => {
                let (id, utterance) = (ClientMessageId(id), utterance(&text));
                let message = IdentifiedMessage { id, utterance }.into();
                ChatCommand::HearOnce { client, message }
            }
            Self::GoesOn(client) => ChatCommand::GoesOn { client },
            Self::TriesLogin(client) => ChatCommand::TriesLogin { client },
            Self::Proceeds(client) => ChatCommand::Proceeds { client },
            Self::HasTraits(client, is_interactive) => {
                let terminal = is_interactive.then_some(Terminal { columns: None });
                let traits =
                    ClientTraits { is_interactive, may_be_asked: is_interactive, terminal };
                ChatCommand::HasTraits { client, traits: traits.into() }
            }
            Self::Decide(client, verdict) => {
                ChatCommand::Decide { client, verdict: verdict.into() }
            }
            Self::Tick => ChatCommand::Tick,
        }
    }
}

/// What the disk of a chat does with promises.
#[derive(Clone, Copy, Debug)]
enum Disk {
    IsFast,
    IsSlow,
    Refuses,
}

/// Everything that a chat has put out since the last comparison.
#[derive(Debug)]
struct Recorder {
    disk: Disk,
    clients: BTreeMap<usize, ClientId>,
    /// By client and room, the events; without a room, everything that it was told.
    told: BTreeMap<(ClientId, Option<RoomId>), Vec<String>>,
    stored: Vec<String>,
    /// By room, the lines that were stored.
    said: BTreeMap<RoomId, Vec<String>>,
    /// A request is being answered, of which the other chats do not know.
    is_answering: bool,
}

impl Recorder {
    fn tell(&mut self, client: ClientId, what: String) {
        self.told.entry((client, None)).or_default().push(what);
    }
}

impl Outbox for Recorder {
    fn hand_out(&mut self, batch: &Batch<'_>, members: &mut dyn FnMut(&mut dyn Recipients)) {
        let Self { clients, told, .. } = self;
        members(&mut RecordedBatch { room: batch.room, lines: batch.lines, clients, told });
    }

    fn enters(&mut self, client: ClientId, ClientIndex(index): ClientIndex) {
        assert_eq!(self.clients.insert(index, client), None);
    }

    fn deliver(&mut self, ClientIndex(index): ClientIndex, delivery: Delivery) {
        let client = self.clients[&index];
        match delivery {
            Delivery::Replies(replies) if !self.is_answering => {
                for reply in replies.iter().filter(|reply| **reply != Reply::NotSavedYet) {
                    self.tell(client, format!("{reply:?}"));
                }
            }
            Delivery::View(view) => self.tell(client, format!("{view:?}")),
            Delivery::Edit(edit) => self.tell(client, format!("edit {edit:?}")),
            Delivery::Disconnected(last) => self.tell(client, format!("{last:?}")),
            Delivery::Released => _ = self.clients.remove(&index),
            // These depend on when batches are handed out, on requests and on the disk.
            Delivery::Replies(_)
            | Delivery::Rooms(_)
            | Delivery::Resume(_)
            | Delivery::Ask(_)
            | Delivery::Completions(_) => {}
            Delivery::Lines { .. } => panic!("lines are not rendered here"),
        }
    }

    fn submit(&mut self, _: Job) -> Result<(), Busy> {
        Err(Busy)
    }

    fn keep(&mut self, update: Update) {
        self.stored.push(format!("{update:?}"));
    }

    fn hold(&mut self, promise: Promise) -> Held {
        if matches!(self.disk, Disk::IsFast) {
            return Held::Stored(promise);
        }
        for reply in &promise.replies {
            self.tell(promise.to, format!("{reply:?}"));
        }
        if matches!(self.disk, Disk::IsSlow) { Held::Waits } else { Held::Late }
    }

    fn has_kept(&mut self) -> Kept {
        Kept { promises: Vec::new(), is_all: true }
    }

    fn has_not_kept(&mut self) {}

    fn late(&mut self, _: Duration) -> Vec<(ClientId, bool)> {
        Vec::new()
    }

    fn write(&mut self, entry: HistoryEntry) {
        match entry {
            HistoryEntry::Lines { room, lines, .. } => {
                let lines = lines.iter().map(|line| format!("{line:?}"));
                self.said.entry(room).or_default().extend(lines);
            }
            entry => self.stored.push(format!("{entry:?}")),
        }
    }

    fn ask(&mut self, _: HistoryQuery) -> Result<(), Busy> {
        Err(Busy)
    }

    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

struct RecordedBatch<'a> {
    room: RoomId,
    lines: &'a [OrderedLine],
    clients: &'a BTreeMap<usize, ClientId>,
    told: &'a mut BTreeMap<(ClientId, Option<RoomId>), Vec<String>>,
}

impl RecordedBatch<'_> {
    fn record(
        &mut self,
        ClientIndex(index): ClientIndex,
        presentation: &Presentation,
        events: impl Iterator<Item = u32>,
        mention: Option<bool>,
    ) {
        let told = self.told.entry((self.clients[&index], Some(self.room))).or_default();
        for event in events {
            let OrderedLine { seq, proposal } = &self.lines[event as usize];
            let (id, at, from, event) = (proposal.id, proposal.at, &proposal.from, &proposal.event);
            told.push(format!(
                "{seq} {id:?} {at:?} {from:?} {event:?} {presentation:?} {mention:?}"
            ));
        }
    }
}

impl Recipients for RecordedBatch<'_> {
    fn give(
        &mut self,
        to: ClientIndex,
        presentation: &Presentation,
        events: Range<u32>,
        mention: Option<bool>,
    ) {
        self.record(to, presentation, events, mention);
    }

    fn give_without(
        &mut self,
        own: u32,
        to: ClientIndex,
        presentation: &Presentation,
        events: Range<u32>,
    ) {
        self.record(to, presentation, events.filter(|event| *event != own), None);
    }
}

/// A chat, and what is different about it.
struct Replica {
    chat: Chat,
    out: Recorder,
    rng: Rng,
    /// How often a batch is handed out, in percent.
    hand_outs: u32,
    /// How often a request is answered or a tick comes twice, in percent.
    others: u32,
}

impl Replica {
    fn new(seed: u64, disk: Disk, hand_outs: u32, others: u32) -> Self {
        let options = ChatOptions { keeps_history: true, replay_lines: 3, ..options() };
        let mut chat = Chat::new(options, StoredState::default(), moment());
        chat.set_owner_token(OwnerToken::of([7; 16]).unwrap());
        let out = Recorder {
            disk,
            clients: BTreeMap::new(),
            told: BTreeMap::new(),
            stored: Vec::new(),
            said: BTreeMap::new(),
            is_answering: false,
        };
        Self { chat, out, rng: Rng::with_seed(seed), hand_outs, others }
    }

    /// Clients that nobody notices, after which the tables have another size.
    fn has_been_crowded(mut self) -> Self {
        let ids = || (0..2_000).map(|number| ClientId(u64::MAX - number));
        for client in ids() {
            let step = Step::Enter { client, address: "[::2]:1", name: None, introduces: false };
            self.chat.apply(step.command(), moment(), &mut self.out);
        }
        for client in ids() {
            self.chat.apply(Step::Leave(client).command(), moment(), &mut self.out);
        }
        self.chat.hand_out(&mut self.out);
        self.out.told.clear();
        self
    }

    fn apply(&mut self, step: &Step, at: ChatTime) {
        self.chat.apply(step.command(), at, &mut self.out);
        self.check(step);
        if self.rng.u32(..100) < self.others {
            self.chat.apply(ChatCommand::Tick, at, &mut self.out);
            self.ask(at);
        }
        if self.rng.u32(..100) < self.hand_outs || self.chat.is_batch_full() {
            self.chat.hand_out(&mut self.out);
        }
    }

    /// Checks that each member of a room is a client that is in it.
    fn check(&self, step: &Step) {
        for room in self.chat.rooms.iter() {
            for ClientIndex(index) in room.indexes() {
                let client = self.chat.clients.get(index);
                let is_in = client.is_some_and(|client| client.rooms.contains(&room.id()));
                assert!(is_in, "{} after {step:?}: {client:?}", room.name());
            }
        }
    }

    /// Answers a request of somebody.
    fn ask(&mut self, at: ChatTime) {
        let clients: Vec<ClientId> = self.out.clients.values().copied().collect();
        let Some(&client) = self.rng.choice(&clients) else { return };
        let text = line(&mut self.rng, &REQUESTS);
        let Utterance::Command(request) = interpret(CleanText::from_bytes(text.as_bytes())) else {
            panic!("{text} is no command");
        };
        assert!(request.is_request(), "{text}");
        if self.chat.comes_first(client, &request, at).is_some() {
            return;
        }
        self.out.is_answering = true;
        assert!(self.chat.request(client, *request, at, &mut self.out).is_none(), "{text}");
        self.out.is_answering = false;
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
            let mut invited: Vec<_> = rules.invited().collect();
            invited.sort_unstable();
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

/// One of these lines, with names and rooms.
fn line(rng: &mut Rng, lines: &[&str]) -> String {
    let mut text = String::new();
    for part in rng.choice(lines).unwrap().chars() {
        match part {
            '@' => text.push_str(rng.choice(NAMES).unwrap()),
            '%' => text.push_str(rng.choice(ROOMS).unwrap()),
            part => text.push(part),
        }
    }
    text
}

/// Draws what happens next.
struct Play {
    rng: Rng,
    at: ChatTime,
    here: Vec<ClientId>,
    entered: u64,
}

impl Play {
    fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), at: moment(), here: Vec::new(), entered: 0 }
    }

    /// The next step, as far as it depends on the state of any of the chats.
    fn step(&mut self, chat: &Chat) -> Step {
        self.passes();
        let rng = &mut self.rng;
        let drawn = rng.u32(..1_000);
        if self.here.len() < 3 || drawn < 60 && self.here.len() < CLIENTS_MAX {
            self.entered += 1;
            let client = ClientId(self.entered);
            self.here.push(client);
            let address = rng.choice(ADDRESSES).unwrap();
            let name = if rng.bool() { rng.choice(NAMES) } else { None };
            return Step::Enter { client, address, name, introduces: rng.u32(..4) == 0 };
        }
        let index = rng.usize(..self.here.len());
        let client = self.here[index];
        match drawn {
            0..110 => Step::Leave(self.here.swap_remove(index)),
            110..130 => Step::Tick,
            130..150 => Step::GoesOn(client),
            150..160 => Step::TriesLogin(client),
            160..180 => Step::Proceeds(client),
            180..200 => Step::HasTraits(client, rng.bool()),
            200..230 => {
                let text = ["hi", "/me hi", "/msg ann hi", "#a hi", "/post hi"];
                Step::HearOnce(client, rng.u128(..40), (*rng.choice(&text).unwrap()).to_owned())
            }
            230..330 => Step::Decide(client, self.verdict(chat)),
            _ => Step::Hear(client, line(rng, &LINES)),
        }
    }

    fn verdict(&mut self, chat: &Chat) -> Verdict {
        let rng = &mut self.rng;
        let hash = PasswordHash::kept(format!("hash {}", rng.u32(..3)).into());
        let mut accounts: Vec<AccountId> = chat.accounts.by_id.keys().copied().collect();
        accounts.sort_unstable();
        let mut ranked: Vec<AccountId> = chat.moderation.ranked().map(|(id, _)| id).collect();
        ranked.sort_unstable();
        let account = rng.choice(&accounts).copied().unwrap_or(AccountId(99));
        let current =
            |id| chat.accounts.by_id.get(&id).map_or(hash.clone(), |known| known.password.clone());
        let rooms: Vec<RoomId> = chat.rooms.iter().map(|room| room.id()).collect();
        let room = rng.choice(&rooms).copied().unwrap_or_default();
        match rng.u32(..20) {
            0..3 if accounts.len() < ACCOUNTS_MAX => Verdict::Register { hash },
            0..3 => Verdict::Unregister { account, hash: current(account) },
            3..9 => Verdict::LogIn { account, hash: current(account) },
            9..12 => {
                let account = rng.choice(&ranked).copied().unwrap_or(account);
                Verdict::LogIn { account, hash: current(account) }
            }
            12 => Verdict::ChangePassword { account, before: current(account), after: hash },
            13 => Verdict::LogIn { account, hash },
            14..16 => {
                let shown = chat.rooms.find(room).and_then(|room| room.rules.password.clone());
                Verdict::Join { room, hash: shown.or_else(|| rng.bool().then_some(hash)) }
            }
            16..18 => {
                let name = RoomName::parse(rng.choice(ROOMS).unwrap()).unwrap();
                Verdict::MakeRoom { name, hash }
            }
            18 => Verdict::SetRoomPassword { room, hash },
            _ => Verdict::Claim,
        }
    }

    /// Lets time pass, and sets the clock now and then.
    fn passes(&mut self) {
        let rng = &mut self.rng;
        let time = match rng.u32(..200) {
            0 => Duration::from_secs(rng.u64(..1_000)),
            1..20 => Duration::from_millis(rng.u64(..3_000)),
            _ => Duration::from_millis(rng.u64(..50)),
        };
        self.at.elapsed += time;
        self.at.wall += time;
        let day = Duration::from_secs(24 * 60 * 60);
        match rng.u32(..5_000) {
            0 => self.at.wall += day,
            1 if self.at.wall > SystemTime::UNIX_EPOCH + day => self.at.wall -= day,
            _ => {}
        }
    }
}

fn play(seed: u64) {
    let mut play = Play::new(seed);
    let mut replicas = [
        Replica::new(seed ^ 1, Disk::IsFast, 100, 0),
        Replica::new(seed ^ 2, Disk::IsSlow, 3, 10).has_been_crowded(),
        Replica::new(seed ^ 3, Disk::Refuses, 0, 0),
    ];
    let mut window = Vec::new();
    for number in 1..=COMMANDS {
        let step = play.step(&replicas[0].chat);
        for replica in &mut replicas {
            replica.apply(&step, play.at);
        }
        window.push(step);
        if number % WINDOW == 0 {
            compare(&mut replicas, seed, number, &window);
            window.clear();
        }
    }
}

/// Checks that all chats are the same and have put out the same.
fn compare(replicas: &mut [Replica], seed: u64, number: u32, window: &[Step]) {
    let states: Vec<String> = replicas.iter_mut().map(Replica::state).collect();
    let outs: Vec<_> = replicas
        .iter_mut()
        .map(|replica| {
            let Recorder { told, stored, said, .. } = &mut replica.out;
            (std::mem::take(told), std::mem::take(stored), std::mem::take(said))
        })
        .collect();
    for (state, out) in states.iter().zip(&outs).skip(1) {
        for (one, other) in states[0].lines().zip(state.lines()) {
            assert_eq!(one, other, "seed {seed}, command {number} {window:?}");
        }
        assert_eq!(states[0], *state, "seed {seed}, command {number}");
        for (key, told) in &outs[0].0 {
            let other = out.0.get(key).map_or(&[][..], Vec::as_slice);
            assert_eq!(told, other, "{key:?}: seed {seed}, command {number} {window:?}");
        }
        assert_eq!(outs[0], *out, "seed {seed}, command {number}");
    }
}

#[test]
fn the_same_commands_give_the_same_chat() {
    for seed in 0..cases(1).cases {
        play(u64::from(seed));
    }
}

#[test]
fn every_kind_of_command_is_played() {
    let mut play = Play::new(0);
    let mut replica = Replica::new(1, Disk::IsFast, 100, 0);
    let mut kinds = BTreeMap::new();
    for _ in 0..COMMANDS {
        let step = play.step(&replica.chat);
        let kind = format!("{step:?}");
        let kind = kind.split(['(', ' ']).next().unwrap().to_owned();
        *kinds.entry(kind).or_insert(0) += 1;
        replica.apply(&step, play.at);
    }
    assert_eq!(kinds.len(), 10, "{kinds:?}");
    // Something comes of them.
    let stored = replica.out.stored.join("\n");
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
        eprintln!("{update} {}", stored.lines().filter(|l| l.contains(update)).count());
    }
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
