//! The stage for the tests of the hall.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use tempfile::TempDir;

use crate::base::address_block::Origin;
use crate::base::clock::{Moment, SystemClock};
use crate::chat::state::room::Seat;
use crate::chat::state::*;
use crate::command::interpret;
use crate::command::prompt::Verdict;
use crate::joined::Joined;
use crate::lang::Lang;
use crate::model::id::{ClientId, LOBBY};
use crate::model::job::Job;
use crate::model::job::Outcome;
use crate::model::password::Cost;
use crate::model::records::Entry;
use crate::model::traffic::Traffic;
use crate::server::config::Config;
use crate::store::archive::Archive;
use crate::store::read::Span;
use crate::store::threads::history::Question;
use crate::store::threads::history::{self, Answer, Keeping, Recorder, Wanted};
use crate::store::threads::jobs::Busy;
use crate::store::threads::jobs::{Jobs, Registrar};
use crate::store::updates::Update;
use crate::text::CleanText;
use crate::wire::plain::render::Wire;
use std::time::Instant;
use std::time::SystemTime;

/// A hall, and what each client has been shown.
pub(super) struct Scene {
    pub(super) hall: Hall,
    pub(super) now: Moment,
    pub(super) screens: Screens,
    pub(super) released: Vec<&'static str>,
    outcomes: Receiver<Outcome>,
    answers: Receiver<Answer>,
    /// They end when the screens are gone, which are dropped before.
    threads: Vec<Joined<bool>>,
}

/// What has gone out of the hall.
pub(super) struct Screens {
    who: BTreeMap<usize, &'static str>,
    pub(super) texts: BTreeMap<&'static str, String>,
    /// By name: how much of the text has been looked at.
    seen: BTreeMap<&'static str, usize>,
    released: Vec<&'static str>,
    /// Who has had to go.
    pub(super) dismissed: Vec<&'static str>,
    /// Who may say something again.
    resumed: Vec<&'static str>,
    jobs: Jobs,
    /// Outcomes that will come.
    due: usize,
    /// Whether something is to be kept that has not been.
    has_unsaved: bool,
    recorder: Option<Recorder>,
    /// Answers that will come.
    answers_due: usize,
    /// How many more jobs the registrar takes; `None` for any number.
    jobs_left: Option<usize>,
}

impl Outbox for Screens {
    fn deliver(&mut self, Seat(seat): Seat, delivery: Delivery<'_>) {
        let name = self.who[&seat];
        let screen = self.texts.get_mut(name).unwrap();
        match delivery {
            Delivery::Lines { frame, lines, .. } => {
                let bytes = frame.byte_range(&lines);
                let bytes = &frame.bytes()[bytes.start as usize..bytes.end as usize];
                screen.push_str(std::str::from_utf8(bytes).unwrap());
            }
            Delivery::Answer(bytes) => screen.push_str(std::str::from_utf8(&bytes).unwrap()),
            Delivery::Dismissed { last_words, .. } => {
                screen.push_str(std::str::from_utf8(&last_words).unwrap());
                self.dismissed.push(name);
            }
            // What is told to a door beside the lines stands in brackets.
            Delivery::Rooms(rooms) => *screen += &format!("<in {}>\r\n", rooms.join(" ")),
            Delivery::Completions(words) => *screen += &format!("<or {}>\r\n", words.join(" ")),
            Delivery::Edit(wanted) => *screen += &format!("<edit {wanted:?}>\r\n"),
            Delivery::Resume(Verdict::Wrong { told }) => {
                screen.push_str(std::str::from_utf8(&told).unwrap());
                self.resumed.push(name);
            }
            Delivery::Resume(_) => self.resumed.push(name),
            Delivery::Ask(asking) => {
                *screen += &format!("<{}>\r\n", asking.question(Lang::En.catalogue()));
                self.resumed.push(name);
            }
            Delivery::Released => {
                self.who.remove(&seat);
                self.released.push(name);
            }
        }
    }

    fn submit(&mut self, job: Job) -> Result<(), Busy> {
        if let Some(left) = &mut self.jobs_left {
            *left = left.checked_sub(1).ok_or(Busy)?;
        }
        self.due += 1;
        self.jobs.submit(job)
    }

    fn keep(&mut self, update: Update) -> Result<(), Busy> {
        if let Some(left) = &mut self.jobs_left {
            *left = left.checked_sub(1).ok_or(Busy)?;
        }
        self.has_unsaved = true;
        self.jobs.keep(update)
    }

    fn has_kept(&mut self) -> bool {
        self.has_unsaved = !self.jobs.has_kept();
        !self.has_unsaved
    }

    fn write(&mut self, entry: Entry) -> Result<(), Busy> {
        if self.jobs_left == Some(0) {
            return Err(Busy);
        }
        self.recorder.as_mut().unwrap().write(entry)
    }

    fn ask(&mut self, question: Question) -> Result<(), Busy> {
        self.answers_due += 1;
        self.recorder.as_mut().unwrap().ask(question)
    }

    fn traffic(&self) -> Traffic {
        Traffic { deliveries: 7, lines_skipped: 3, queued_bytes: 2_048, ..Traffic::default() }
    }
}

impl Screens {
    /// Somebody sits there now, and sees this first.
    pub(super) fn has_seat(&mut self, name: &'static str, Seat(seat): Seat, notice: &[u8]) {
        let before = self.who.insert(seat, name);
        assert!(before.is_none(), "the seat was taken");
        self.texts.insert(name, String::from_utf8(notice.into()).unwrap());
        self.seen.insert(name, 0);
    }
}

impl Scene {
    /// An English hall in which nobody is.
    pub(super) fn new(notice_run_max: usize) -> Self {
        Self::with_archive(notice_run_max, Archive::in_memory().unwrap())
    }

    /// The same with what an archive has kept.
    pub(super) fn with_archive(notice_run_max: usize, archive: Archive) -> Self {
        Self::of(options(notice_run_max), archive)
    }

    /// With a history on the disk, of which who comes in is shown the last lines.
    pub(super) fn with_history(folder: &Path) -> Self {
        let options = HallOptions { replay_lines: 20, keeps_history: true, ..options(9) };
        Self::of(options, Archive::open(folder).unwrap())
    }

    pub(super) fn of(options: HallOptions, archive: Archive) -> Self {
        let kept = archive.load(options.style.recent_lines_max).unwrap();
        let hall = Hall::new(options, kept, moment());
        let (answers_sender, answers) = unbounded();
        let (sender, outcomes) = unbounded();
        let mut threads = Vec::new();
        let recorder = options.keeps_history.then(|| {
            let (reader, clock) = (archive.reader(), Arc::new(SystemClock));
            let keeping = Keeping { lines_per_room: None, age: None, bytes_max: None };
            let (recorder, historian, readers) =
                history::open(&archive, reader, keeping, answers_sender, clock);
            threads.push(Joined::spawn(|| historian.run()));
            threads.extend(readers.map(|reader| {
                Joined::spawn(|| {
                    reader.run();
                    true
                })
            }));
            recorder
        });
        let (registrar, jobs) = Registrar::new(archive, Cost::LEAST, sender);
        threads.push(Joined::spawn(|| registrar.run()));
        let screens = Screens {
            who: BTreeMap::new(),
            texts: BTreeMap::new(),
            seen: BTreeMap::new(),
            released: Vec::new(),
            dismissed: Vec::new(),
            resumed: Vec::new(),
            jobs,
            due: 0,
            has_unsaved: false,
            recorder,
            answers_due: 0,
            jobs_left: None,
        };
        Self { hall, now: moment(), screens, released: Vec::new(), outcomes, answers, threads }
    }

    /// The server ends: all that is to be kept has been written, and the archive can be opened
    /// again.
    pub(super) fn ends(self) {
        let Self { mut hall, now, mut screens, threads, .. } = self;
        hall.close(now, &mut screens);
        drop(screens);
        for thread in threads {
            assert!(thread.join(), "some of what was to be kept is not");
        }
    }

    /// The server is gone without a word, and what it had written by then is in a folder of its
    /// own.
    pub(super) fn crashes(mut self, folder: &mut TempDir) {
        // An answer comes after all that was to be written before the question.
        let span = Span { room: LOBBY, seqs: 1..=1, not_before: None, before: None };
        let origin = Origin::of(Ipv4Addr::LOCALHOST.into());
        let wanted = Wanted::Page(span);
        let question = Question { asker: ClientId(0), origin, wanted, lines_max: 1 };
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
        ClientId(digits.fold(7, |id, digit| id.wrapping_mul(1_000_003).wrapping_add(digit)))
    }

    /// Where the client sits that entered under this name.
    pub(super) fn seat(&self, name: &str) -> Seat {
        self.hall.seats[&Self::id(name)]
    }

    /// A client enters, asking for a name. It keeps that one here, whatever it is called later.
    pub(super) fn enters(&mut self, name: &'static str) {
        self.enters_from(name, "[::1]:4000");
    }

    /// The same from an address.
    pub(super) fn enters_from(&mut self, name: &'static str, address: &str) {
        let newcomer =
            Newcomer { address: address.parse().unwrap(), ..newcomer(Self::id(name), Some(name)) };
        let welcome = self.hall.enter(newcomer, self.now);
        self.screens.has_seat(name, welcome.seat, &welcome.notice);
        // Also if the name was not to be had; but not if it is kept outside.
        if !self.hall.is_outside(welcome.seat) {
            self.hall.announce_arrival(welcome.seat, self.now);
        }
    }

    /// A client says something, or gives a command. Slow work is awaited.
    pub(super) fn says(&mut self, name: &str, text: &str) {
        self.asks(name, text);
        self.settle();
    }

    /// The same, with the outcome of slow work still to come.
    pub(super) fn asks(&mut self, name: &str, text: &str) {
        let utterance = interpret(CleanText::from_bytes(text.as_bytes()));
        self.hall.hear(Self::id(name), utterance, self.now, &mut self.screens);
    }

    /// The same, with all that has gathered handed out.
    pub(super) fn does(&mut self, name: &str, text: &str) {
        self.says(name, text);
        self.hand_out();
    }

    /// Awaits the outcomes and answers that are due.
    pub(super) fn settle(&mut self) {
        while self.screens.due > 0 {
            self.learns();
        }
        while self.screens.answers_due > 0 {
            self.screens.answers_due -= 1;
            let answer = self.answers.recv_timeout(Duration::from_secs(60)).unwrap();
            self.hall.recall(answer, self.now, &mut self.screens);
        }
    }

    /// Awaits that what is to be kept is on the disk.
    pub(super) fn saves(&mut self) {
        while self.screens.has_unsaved {
            self.learns();
        }
    }

    /// Awaits one more outcome.
    pub(super) fn learns(&mut self) {
        let outcome = self.outcomes.recv_timeout(Duration::from_secs(60)).unwrap();
        self.screens.due -= usize::from(outcome.asker().is_some());
        self.hall.learn(outcome, self.now, &mut self.screens);
    }

    pub(super) fn leaves(&mut self, name: &str) {
        self.hall.leave(Self::id(name), self.now, &mut self.screens);
    }

    pub(super) fn hand_out(&mut self) {
        self.hall.hand_out(&mut self.screens);
        self.released.append(&mut self.screens.released);
    }

    /// Time goes by.
    pub(super) fn waits(&mut self, time: Duration) {
        self.now.instant += time;
        self.now.wall += time;
    }

    /// The registrar is too busy from now on.
    pub(super) fn is_busy(&mut self, is_busy: bool) {
        self.screens.jobs_left = is_busy.then_some(0);
    }

    /// The registrar takes so many more jobs.
    pub(super) fn takes_jobs(&mut self, count: usize) {
        self.screens.jobs_left = Some(count);
    }

    /// How often this client was let go on after something slow; counted anew from then on.
    pub(super) fn resumed(&mut self, name: &str) -> usize {
        let before = self.screens.resumed.len();
        self.screens.resumed.retain(|resumed| *resumed != name);
        before - self.screens.resumed.len()
    }

    /// All that is on a screen.
    #[track_caller]
    pub(super) fn sees(&self, name: &str, expected: &[&str]) {
        let lines: Vec<&str> = self.screens.texts[name].lines().collect();
        assert_eq!(lines, expected, "on the screen of {name}");
    }

    /// What has come on a screen since it was last looked at.
    #[track_caller]
    pub(super) fn sees_now(&mut self, name: &str, expected: &[&str]) {
        let news = self.news(name);
        assert_eq!(news, expected, "on the screen of {name}");
    }

    /// The same, as lines.
    pub(super) fn news(&mut self, name: &str) -> Vec<String> {
        let text = &self.screens.texts[name];
        let seen = self.screens.seen.get_mut(name).unwrap();
        let news = text[*seen..].lines().map(str::to_owned).collect();
        *seen = text.len();
        news
    }

    /// Nothing on any screen up to now is of interest.
    pub(super) fn looked(&mut self) {
        self.hand_out();
        for (name, seen) in &mut self.screens.seen {
            *seen = self.screens.texts[name].len();
        }
    }

    /// Two people and more in the lobby, and everybody knows.
    pub(super) fn with(names: &[&'static str]) -> Self {
        let mut scene = Self::new(9);
        for name in names {
            scene.enters(name);
        }
        scene.looked();
        scene
    }
}

/// What a newcomer is told of where it is.
pub(super) fn here(place: &str) -> String {
    format!("You are {place}. Type to talk; /help lists commands, /quit leaves.")
}

/// English, guests, and nothing of what was said before.
pub(super) fn options(notice_run_max: usize) -> HallOptions {
    let config = Config { notice_run_max, replay_lines: 0, ..Config::with_seed(7) };
    let mut options = config.hall_options(false);
    // What is older than a page is asked for.
    options.style.recent_lines_max = crate::limits::HISTORY_PAGE_LINES;
    options
}

/// The time at which everything begins here.
pub(super) fn moment() -> Moment {
    Moment { instant: Instant::now(), wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30) }
}

pub(super) fn newcomer(client: ClientId, name: Option<&str>) -> Newcomer {
    Newcomer {
        client,
        address: "[::1]:4000".parse().unwrap(),
        name: name.map(|name| CleanText::from_bytes(name.as_bytes())),
        introduces: false,
        wire: Wire::Plain,
    }
}
