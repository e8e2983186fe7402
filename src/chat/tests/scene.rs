//! The scene for the tests of the chat.

mod screens;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Select, unbounded};
use tempfile::TempDir;

use crate::base::address_block::AddressBlock;
use crate::base::clock::{ChatTime, SystemClock};
use crate::chat::outbox::Outbox;
use crate::chat::state::options::ChatOptions;
use crate::chat::state::*;
use crate::command::{ChatCommand, Utterance, interpret};
use crate::joined::Joined;
use crate::model::{
    ClientId, ClientIndex, ClientTraits, Cost, HistoryAnswer, HistoryQuery, HistoryRequest,
    JobOutcome, LOBBY, Newcomer, Reply, Span, View, Wire,
};
use crate::server::config::Config;
use crate::server::sequencer::{self, Local, propose};
use crate::store::archive::Archive;
use crate::store::threads::history;
use crate::store::threads::jobs::AccountsWorker;
use crate::store::threads::recorder::RetentionPolicy;
use crate::text::CleanText;
use crate::text::guest_names::GuestNames;
use crate::text::wanted_nick::WantedNick;
use std::time::{Duration, SystemTime};

pub(super) use self::screens::{Screens, WIRE};

/// A chat, and what each client has been shown.
pub(super) struct Scene {
    pub(super) chat: Chat,
    pub(super) now: ChatTime,
    pub(super) screens: Screens,
    pub(super) released: Vec<&'static str>,
    sequencer: Local,
    guest_names: GuestNames,
    outcomes: Receiver<JobOutcome>,
    answers: Receiver<HistoryAnswer>,
    /// They end once `screens`, which is dropped first, is gone.
    threads: Vec<Joined<bool>>,
}

impl Scene {
    /// An English chat without clients.
    pub(super) fn new(notice_run_max: usize) -> Self {
        Self::with_archive(notice_run_max, Archive::in_memory().unwrap())
    }

    /// A chat with the state of an archive.
    pub(super) fn with_archive(notice_run_max: usize, archive: Archive) -> Self {
        let mut scene = Self::of(options(), archive);
        scene.screens.notice_run_max = notice_run_max;
        scene
    }

    /// A chat with a history on disk, which shows the last lines to a client that joins.
    pub(super) fn with_history(folder: &Path) -> Self {
        let options = ChatOptions { replay_lines: 20, keeps_history: true, ..options() };
        Self::of(options, Archive::open(folder).unwrap())
    }

    pub(super) fn of(options: ChatOptions, archive: Archive) -> Self {
        let kept = archive.load(options.recent_lines_max).unwrap();
        let last_ids = kept.last_ids;
        let chat = Chat::new(options, kept, moment());
        let (answers_sender, answers) = unbounded();
        let (sender, outcomes) = unbounded();
        let mut threads = Vec::new();
        let history = options.keeps_history.then(|| {
            let (reader, clock) = (archive.reader(), Arc::new(SystemClock));
            let retention = RetentionPolicy { lines_per_room: None, age: None, bytes_max: None };
            let (history, history_writer, readers) =
                history::open(&archive, reader, retention, answers_sender, clock);
            threads.push(Joined::spawn(|| history_writer.run()));
            threads.extend(readers.map(|reader| {
                Joined::spawn(|| {
                    reader.run();
                    true
                })
            }));
            history
        });
        let (accounts_worker, jobs) = AccountsWorker::new(archive, last_ids, Cost::LEAST, sender);
        threads.push(Joined::spawn(|| accounts_worker.run()));
        let screens = Screens {
            who: BTreeMap::new(),
            arriving: BTreeMap::new(),
            texts: BTreeMap::new(),
            views: BTreeMap::new(),
            replies: BTreeMap::new(),
            current: BTreeMap::new(),
            lang: options.lang,
            notice_run_max: 9,
            wall: moment().wall,
            seen: BTreeMap::new(),
            released: Vec::new(),
            disconnected: Vec::new(),
            resumed: Vec::new(),
            jobs,
            due: 0,
            has_unsaved: false,
            history,
            answers_due: 0,
            deletions_due: 0,
            erased: 0,
            jobs_left: None,
        };
        Self {
            chat,
            now: moment(),
            screens,
            released: Vec::new(),
            sequencer: Local,
            guest_names: GuestNames::with_seed(7),
            outcomes,
            answers,
            threads,
        }
    }

    /// Stops the server: everything has been stored, and the archive can be opened again.
    pub(super) fn ends(self) {
        let Self { mut chat, now, mut screens, threads, .. } = self;
        chat.close(now, &mut screens);
        drop(screens);
        for thread in threads {
            assert!(thread.join(), "some of what was to be kept is not");
        }
    }

    /// Crashes the server, and moves what it had written by then into a folder of its own.
    pub(super) fn crashes(mut self, folder: &mut TempDir) {
        // The answer follows everything that was to be written before the question.
        let span = Span { room: LOBBY, seqs: 1..=1, not_before: None, before: None };
        let origin = AddressBlock::of(Ipv4Addr::LOCALHOST.into());
        let wanted = HistoryRequest::Page(span);
        let question = HistoryQuery { asker: ClientId(0), origin, wanted, lines_max: 1 };
        self.screens.ask(question).unwrap();
        self.answers.recv_timeout(Duration::from_secs(60)).unwrap();
        self.saves();
        let after = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), after.path().join(entry.file_name())).unwrap();
        }
        self.ends();
        *folder = after;
    }

    pub(super) fn id(name: &str) -> ClientId {
        let digits = name.bytes().map(u64::from);
        let id = digits.fold(7, |id: u64, digit| id.wrapping_mul(1_000_003).wrapping_add(digit));
        // The tables store smaller ones.
        ClientId(id & (u64::MAX >> 1))
    }

    /// The index of the client that connected under this name.
    pub(super) fn index(&self, name: &str) -> ClientIndex {
        self.chat.indexes[&Self::id(name)]
    }

    /// Connects a client that requests a name. In the test it keeps this name, whatever it is
    /// called later.
    pub(super) fn enters(&mut self, name: &'static str) {
        self.enters_from(name, "[::1]:4000");
    }

    /// Connects a client from an address.
    pub(super) fn enters_from(&mut self, name: &'static str, address: &str) {
        let newcomer =
            Newcomer { address: address.parse().unwrap(), ..newcomer(Self::id(name), Some(name)) };
        let index = self.connects(name, newcomer);
        // Even if it did not get the name, but not if it is kept outside.
        if !self.chat.is_outside(index) {
            self.chat.announce_arrival(index, self.now);
        }
    }

    /// Connects a client. Returns its index.
    pub(super) fn connects(&mut self, name: &'static str, newcomer: Newcomer) -> ClientIndex {
        let client = newcomer.client;
        self.screens.arriving.insert(client, name);
        let guest_name = self.guest_names.pick(|name| self.chat.is_taken(name)).into();
        self.applies(ChatCommand::Enter { newcomer: newcomer.into(), guest_name });
        self.chat.indexes[&client]
    }

    /// Applies a command now.
    pub(super) fn applies(&mut self, command: ChatCommand) {
        let Self { sequencer, chat, screens, .. } = self;
        propose(command, self.now, sequencer, chat, screens);
    }

    /// Sends a line or command, and waits for slow work.
    pub(super) fn says(&mut self, name: &str, text: &str) {
        self.asks(name, text);
        self.settle();
    }

    /// Sends a line or command without waiting for slow work.
    pub(super) fn asks(&mut self, name: &str, text: &str) {
        let (client, at) = (Self::id(name), self.now);
        match interpret(CleanText::from_bytes(text.as_bytes())) {
            Utterance::Command(request) if request.is_request() => {
                let Self { sequencer, chat, screens, .. } = self;
                sequencer::request(client, request, at, sequencer, chat, screens);
            }
            utterance => self.applies(ChatCommand::Hear { client, utterance }),
        }
    }

    /// Sends a line or command, waits for slow work, and hands out.
    pub(super) fn does(&mut self, name: &str, text: &str) {
        self.says(name, text);
        self.hand_out();
    }

    /// Waits until an answer of the history has arrived, and leaves it there.
    pub(super) fn has_answer(&self) {
        let mut select = Select::new();
        select.recv(&self.answers);
        select.ready_timeout(Duration::from_secs(60)).unwrap();
    }

    /// Waits for all pending outcomes and answers, and until everything is stored.
    pub(super) fn settle(&mut self) {
        loop {
            while self.screens.due > 0 || self.screens.has_unsaved {
                self.learns();
            }
            if self.screens.answers_due == 0 && self.screens.deletions_due == 0 {
                break;
            }
            let answer = self.answers.recv_timeout(Duration::from_secs(60)).unwrap();
            self.recalls(answer);
        }
    }

    /// Passes on an answer of the history.
    fn recalls(&mut self, answer: HistoryAnswer) {
        self.screens.answers_due -= usize::from(matches!(answer, HistoryAnswer::Found { .. }));
        if let Some(command) = self.chat.recall(answer, self.now, &mut self.screens) {
            self.applies(command);
        }
    }

    /// Waits for all pending outcomes of jobs, but for nothing to be stored.
    pub(super) fn outcomes_of_jobs(&mut self) {
        while self.screens.due > 0 {
            self.learns();
        }
    }

    /// Waits until all updates are on disk.
    pub(super) fn saves(&mut self) {
        while self.screens.has_unsaved {
            self.learns();
        }
    }

    /// Waits for one more outcome.
    pub(super) fn learns(&mut self) {
        let outcome = self.outcomes.recv_timeout(Duration::from_secs(60)).unwrap();
        self.screens.due -= usize::from(matches!(outcome, JobOutcome::Done { .. }));
        self.learns_of(outcome);
    }

    pub(super) fn learns_of(&mut self, outcome: JobOutcome) {
        if let Some(command) = self.chat.learn(outcome, self.now, &mut self.screens) {
            self.applies(command);
        }
    }

    pub(super) fn leaves(&mut self, name: &str) {
        self.applies(ChatCommand::Leave { client: Self::id(name) });
    }

    pub(super) fn hand_out(&mut self) {
        self.chat.hand_out(&mut self.screens);
        self.released.append(&mut self.screens.released);
    }

    /// Lets time pass.
    pub(super) fn waits(&mut self, time: Duration) {
        self.now.elapsed += time;
        self.now.wall += time;
        self.screens.wall = self.now.wall;
    }

    /// A connection has found out this about its client.
    pub(super) fn has_traits(&mut self, name: &str, traits: ClientTraits) {
        let ClientIndex(index) = self.index(name);
        let view = View::usual(Wire::Plain, self.screens.lang, traits.terminal);
        self.screens.views.insert(index, view);
        self.applies(ChatCommand::HasTraits { client: Self::id(name), traits: traits.into() });
    }

    /// Makes the accounts worker too busy for jobs and the history writer too busy for lines from
    /// now on, or no longer.
    pub(super) fn is_busy(&mut self, is_busy: bool) {
        self.screens.jobs_left = is_busy.then_some(0);
    }

    /// Lets the accounts worker accept this many more jobs.
    pub(super) fn takes_jobs(&mut self, count: usize) {
        self.screens.jobs_left = Some(count);
    }

    /// How often this client's input was resumed since the last call.
    pub(super) fn resumed(&mut self, name: &str) -> usize {
        let before = self.screens.resumed.len();
        self.screens.resumed.retain(|resumed| *resumed != name);
        before - self.screens.resumed.len()
    }

    /// Checks the whole screen.
    #[track_caller]
    pub(super) fn sees(&self, name: &str, expected: &[&str]) {
        let lines: Vec<&str> = self.screens.texts[name].lines().collect();
        assert_eq!(lines, expected, "on the screen of {name}");
    }

    /// Checks what has appeared on a screen since it was last looked at.
    #[track_caller]
    pub(super) fn sees_now(&mut self, name: &str, expected: &[&str]) {
        let news = self.news(name);
        assert_eq!(news, expected, "on the screen of {name}");
    }

    /// The lines that have appeared on a screen since it was last looked at.
    pub(super) fn news(&mut self, name: &str) -> Vec<String> {
        let text = &self.screens.texts[name];
        let seen = self.screens.seen.get_mut(name).unwrap();
        let news = text[*seen..].lines().map(str::to_owned).collect();
        *seen = text.len();
        news
    }

    /// Marks everything on all screens as looked at.
    pub(super) fn looked(&mut self) {
        self.hand_out();
        for (name, seen) in &mut self.screens.seen {
            *seen = self.screens.texts[name].len();
        }
        self.screens.replies.clear();
    }

    /// The codes of the replies to a client since it was last looked at. The code of a refusal is
    /// its own.
    pub(super) fn codes(&mut self, name: &str) -> Vec<String> {
        let code = |reply: Reply| match reply {
            Reply::Refused(refusal) | Reply::NotPosted(refusal) => refusal.code(),
            Reply::NotSaid(message) => message.refusal.code(),
            reply => {
                let value = serde_json::to_value(reply).unwrap();
                value["reply"].as_str().unwrap().to_owned()
            }
        };
        self.replies(name).into_iter().map(code).collect()
    }

    /// The replies to a client since it was last looked at.
    pub(super) fn replies(&mut self, name: &str) -> Vec<Reply> {
        self.screens.replies.get_mut(name).map(std::mem::take).unwrap_or_default()
    }

    /// Sends a line and checks the codes of the complete answer, in which each reply is one line.
    #[track_caller]
    pub(super) fn is_told(&mut self, name: &str, text: &str, expected: &[&str]) {
        self.looked();
        self.does(name, text);
        assert_eq!(self.codes(name), expected, "{name}: {text}");
        let news = self.news(name);
        assert_eq!(news.len(), expected.len(), "{name}: {text}: {news:?}");
    }

    /// A scene with these clients in the lobby, all of them announced.
    pub(super) fn with(names: &[&'static str]) -> Self {
        let mut scene = Self::new(9);
        for name in names {
            scene.enters(name);
        }
        scene.looked();
        scene
    }
}

/// The welcome line that tells a new client where it is.
pub(super) fn here(place: &str) -> String {
    format!("You are {place}. Type to talk; /help lists commands, /quit leaves.")
}

/// English, guest names, and no past lines on joining.
pub(super) fn options() -> ChatOptions {
    let config = Config { replay_lines: 0, ..Config::with_seed(7) };
    let mut options = config.chat_options(false);
    // So that anything older than a page has to be requested.
    options.recent_lines_max = crate::limits::HISTORY_PAGE_LINES;
    options
}

/// The time at which all scenes begin.
pub(super) fn moment() -> ChatTime {
    ChatTime {
        elapsed: Duration::from_secs(3600),
        wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30),
    }
}

pub(super) fn newcomer(client: ClientId, name: Option<&str>) -> Newcomer {
    Newcomer {
        client,
        address: "[::1]:4000".parse().unwrap(),
        name: name.and_then(|name| WantedNick::parse(name).ok()),
        introduces: false,
        wire: WIRE.get(),
        lang: None,
    }
}
