//! What happens to a chat, drawn at random.

use std::time::{Duration, SystemTime};

use fastrand::Rng;

use crate::base::clock::ChatTime;
use crate::chat::state::Chat;
use crate::chat::tests::scene::moment;
use crate::command::{ChatCommand, Command, IdentifiedMessage, Utterance, interpret};
use crate::model::id::ClientMessageId;
use crate::model::{
    AccountId, ClientId, ClientTraits, ErasedPerson, Erasure, Motd, Newcomer, PasswordHash, RoomId,
    Terminal, Verdict, Wire,
};
use crate::text::CleanText;
use crate::text::nick::RoomName;
use crate::text::wanted_nick::WantedNick;

/// Clients at the same time.
pub(super) const CLIENTS_MAX: usize = 24;

pub(super) const NAMES: [&str; 8] =
    ["ann", "bob", "cat", "dan", "eve", "小明", "Zoë", "amber-otter"];

pub(super) const ROOMS: [&str; 5] = ["#a", "#b", "#c", "#花园", "#lobby"];

pub(super) const ADDRESSES: [&str; 5] =
    ["192.0.2.7:1", "192.0.2.9:1", "[::1]:1", "203.0.113.1:1", "[2001:db8::7]:1"];

/// Accounts at the same time.
pub(super) const ACCOUNTS_MAX: usize = 9;

/// What clients say. `@` stands for a name, `%` for a room.
pub(super) const LINES: [&str; 72] = [
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
pub(super) const REQUESTS: [&str; 28] = [
    "/join % secret",
    "/login @ secret",
    "/claim x",
    "/register secret",
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
    "/history numbers",
    "/delete",
    "/delete @ 3",
    "/delete % 2",
    "/search hi",
    "/more",
    "/stats",
];

/// What happens.
#[derive(Debug)]
pub(super) enum Step {
    Proposes(ChatCommand),
    Asks(ClientId, Box<Command>),
}

impl Step {
    /// The client that does it, if there is one.
    pub(super) fn client(&self) -> Option<ClientId> {
        match self {
            Self::Asks(client, _) => Some(*client),
            Self::Proposes(command) => match command {
                ChatCommand::Enter { newcomer, .. } => Some(newcomer.client),
                ChatCommand::Hear { client, .. }
                | ChatCommand::HearOnce { client, .. }
                | ChatCommand::Leave { client }
                | ChatCommand::GoesOn { client }
                | ChatCommand::TriesLogin { client }
                | ChatCommand::Proceeds { client }
                | ChatCommand::HasTraits { client, .. }
                | ChatCommand::Decide { client, .. } => Some(*client),
                ChatCommand::Erase(_) | ChatCommand::SetMotd(_) | ChatCommand::Tick => None,
            },
        }
    }
}

pub(super) fn enters(
    client: ClientId,
    address: &str,
    name: Option<&str>,
    introduces: bool,
) -> ChatCommand {
    let newcomer = Newcomer {
        client,
        address: address.parse().unwrap(),
        name: name.and_then(|name| WantedNick::parse(name).ok()),
        introduces,
        wire: Wire::Plain,
        lang: None,
    };
    // Few names, so that they collide.
    let guest_name = format!("opal-lynx{}", client.0 % 3).into();
    ChatCommand::Enter { newcomer: newcomer.into(), guest_name }
}

fn utterance(text: &str) -> Utterance {
    interpret(CleanText::from_bytes(text.as_bytes()))
}

/// One of these lines, with names and rooms.
pub(super) fn line(rng: &mut Rng, lines: &[&str]) -> String {
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
pub(super) struct Play {
    rng: Rng,
    pub(super) at: ChatTime,
    here: Vec<ClientId>,
    entered: u64,
}

impl Play {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), at: moment(), here: Vec::new(), entered: 0 }
    }

    /// The next step, as far as it depends on the state of any of the chats.
    pub(super) fn step(&mut self, chat: &Chat) -> Step {
        self.passes();
        let drawn = self.rng.u32(..1_000);
        if drawn >= 950 && !self.here.is_empty() {
            let client = *self.rng.choice(&self.here).unwrap();
            let text = line(&mut self.rng, &REQUESTS);
            let Utterance::Command(request) = utterance(&text) else { panic!("{text}") };
            assert!(request.is_request(), "{text}");
            return Step::Asks(client, request);
        }
        Step::Proposes(self.command(chat, drawn))
    }

    fn command(&mut self, chat: &Chat, drawn: u32) -> ChatCommand {
        let rng = &mut self.rng;
        if self.here.len() < 3 || drawn < 60 && self.here.len() < CLIENTS_MAX {
            self.entered += 1;
            let client = ClientId(self.entered);
            self.here.push(client);
            let address = rng.choice(ADDRESSES).unwrap();
            let name = if rng.bool() { rng.choice(NAMES) } else { None };
            return enters(client, address, name, rng.u32(..4) == 0);
        }
        let index = rng.usize(..self.here.len());
        let client = self.here[index];
        match drawn {
            0..110 => ChatCommand::Leave { client: self.here.swap_remove(index) },
            110..128 => ChatCommand::Tick,
            128 => ChatCommand::SetMotd(Motd::parse(b"welcome").unwrap()),
            129 if rng.bool() => ChatCommand::SetMotd(Motd::default()),
            129 => self.erases(chat),
            130..150 => ChatCommand::GoesOn { client },
            150..160 => ChatCommand::TriesLogin { client },
            160..180 => ChatCommand::Proceeds { client },
            180..200 => {
                let is_interactive = rng.bool();
                let terminal = is_interactive.then_some(Terminal { columns: None });
                let traits =
                    ClientTraits { is_interactive, may_be_asked: is_interactive, terminal };
                ChatCommand::HasTraits { client, traits: traits.into() }
            }
            200..230 => {
                let texts = ["hi", "/me hi", "/msg ann hi", "#a hi", "/post hi"];
                let utterance = utterance(rng.choice(texts).unwrap());
                let id = ClientMessageId(rng.u128(..40));
                ChatCommand::HearOnce {
                    client,
                    message: IdentifiedMessage { id, utterance }.into(),
                }
            }
            230..330 => ChatCommand::Decide { client, verdict: self.verdict(chat).into() },
            _ => ChatCommand::Hear { client, utterance: utterance(&line(rng, &LINES)) },
        }
    }

    fn erases(&mut self, chat: &Chat) -> ChatCommand {
        let rng = &mut self.rng;
        let mut accounts: Vec<AccountId> = chat.accounts.by_id.keys().copied().collect();
        accounts.sort_unstable();
        let name = rng.choice(NAMES).unwrap();
        let keeps_messages = rng.bool();
        let erasure = match rng.choice(&accounts) {
            Some(account) if rng.bool() => {
                Erasure::of_account(*account, name, self.at.wall, keeps_messages)
            }
            _ => Erasure {
                number: -1,
                key: name.into(),
                whose: ErasedPerson::Guest { from: moment().wall, until: self.at.wall },
                keeps_messages,
            },
        };
        ChatCommand::Erase(erasure.into())
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
        match rng.u32(..22) {
            0..3 if accounts.len() < ACCOUNTS_MAX => Verdict::Register { hash },
            0..3 => Verdict::Unregister { account, hash: current(account), erases: rng.bool() },
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
            19 => Verdict::Claim,
            _ => {
                let mut lines = chat.rooms.find(room).map_or_else(Vec::new, |room| room.recent(9));
                lines.retain(|line| line.deleted_by.is_none());
                if lines.is_empty() {
                    return Verdict::Claim;
                }
                let line = rng.choice(&lines);
                Verdict::Delete {
                    room,
                    author: line.map(|line| line.author),
                    name: line.map_or_else(|| "ann".into(), |line| line.name.clone()),
                    seqs: lines.iter().map(|line| line.seq).collect(),
                }
            }
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
