//! Lines reach the archive and questions get answers, whatever the disk does.

mod retention;
mod trouble;

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::SystemTime;

use crossbeam_channel::Receiver;
use parking_lot::Mutex;
use tempfile::TempDir;

use super::*;
use crate::base::address_block::AddressBlock;
use crate::base::clock::SystemClock;
use crate::joined::Joined;
use crate::limits;
use crate::model::{
    AccountId, ClientId, HistoryEntry, HistoryPage, HistoryQuery, HistoryRequest, HistoryResult,
    LOBBY, LineId, PasswordHash, PersonId, ReadMarker, RoomId, Span, StoredLine, StoredState,
};
use crate::store::archive::tests::{execute, transactions};
use crate::text::words::Query;
use crate::text::{CleanText, Manner};
use std::time::{Duration, Instant};

/// A limit for operations that should be immediate, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const GARDEN: RoomId = RoomId(5);

/// A clock whose time of day stands still until the test sets it.
struct Stopped {
    wall: Mutex<SystemTime>,
    /// While the test holds this lock, readers of the clock wait. Each reading advances the clock
    /// by this much.
    later_by: Mutex<Duration>,
    ahead: Mutex<Duration>,
}

impl Stopped {
    fn at(wall: SystemTime) -> Self {
        Self { wall: Mutex::new(wall), later_by: Mutex::default(), ahead: Mutex::default() }
    }
}

impl Clock for Stopped {
    fn now(&self) -> Instant {
        let later_by = *self.later_by.lock();
        let mut ahead = self.ahead.lock();
        *ahead += later_by;
        SystemClock.now() + *ahead
    }

    fn wall(&self) -> SystemTime {
        *self.wall.lock()
    }
}

/// A history in its own folder. Its threads may not be running yet.
struct Scene {
    clock: Arc<Stopped>,
    archive: Archive,
    history: Option<HistoryHandle>,
    answers: Receiver<HistoryAnswer>,
    /// Reports about the disk.
    news: RefCell<Vec<HistoryAnswer>>,
    /// The workers until they run.
    idle: Option<(HistoryWriter, [HistoryReader; 2])>,
    threads: Option<(Joined<bool>, [Joined<()>; 2])>,
    /// Dropped after the threads have ended.
    folder: TempDir,
}

impl Scene {
    /// A history whose threads do not run yet.
    fn idle() -> Scene {
        Scene::retention(RetentionPolicy { lines_per_room: None, age: None, bytes_max: None })
    }

    fn retention(retention: RetentionPolicy) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        Scene::over(archive, folder, retention)
    }

    fn over(archive: Archive, folder: TempDir, retention: RetentionPolicy) -> Scene {
        let (sender, answers) = unbounded();
        let clock = Arc::new(Stopped::at(at(1_000_000)));
        let reader = archive.reader();
        let (history, history_writer, readers) =
            open(&archive, reader, retention, sender, clock.clone());
        let (history, idle) = (Some(history), Some((history_writer, readers)));
        let news = RefCell::default();
        Scene { clock, archive, history, answers, news, idle, threads: None, folder }
    }

    fn running() -> Scene {
        let mut scene = Scene::idle();
        scene.run();
        scene
    }

    fn run(&mut self) {
        let (history_writer, readers) = self.idle.take().unwrap();
        let readers = readers.map(|reader| Joined::spawn(|| reader.run()));
        self.threads = Some((Joined::spawn(|| history_writer.run()), readers));
    }

    fn history(&mut self) -> &mut HistoryHandle {
        self.history.as_mut().unwrap()
    }

    /// Says lines with these numbers, each in its own entry.
    fn say(&mut self, room: RoomId, seqs: impl IntoIterator<Item = u64>) {
        for seq in seqs {
            self.history().write(lines(room, [line(seq)]));
        }
    }

    /// Asks for all lines of a room without waiting for the answer.
    fn ask(&mut self, asker: u64, room: RoomId) {
        let span = Span { room, seqs: 1..=u64::MAX, not_before: None, before: None };
        let wanted = HistoryRequest::Page(span);
        self.ask_for(asker, wanted);
    }

    fn ask_for(&mut self, asker: u64, wanted: HistoryRequest) {
        let origin = AddressBlock::of(Ipv4Addr::LOCALHOST.into());
        let question =
            HistoryQuery { asker: ClientId(asker), origin, wanted, lines_max: 1_000_000 };
        self.history().ask(question).unwrap();
    }

    /// The next answer to a question. Collects reports about the disk on the way.
    fn answer(&self) -> HistoryAnswer {
        loop {
            match self.answers.recv_timeout(PATIENCE).unwrap() {
                answer @ HistoryAnswer::Found { .. } => return answer,
                news => self.news.borrow_mut().push(news),
            }
        }
    }

    /// All lines of a room, as a client that asks now would get them; `None` if they cannot be
    /// read.
    fn asked(&mut self, room: RoomId) -> Option<HistoryPage> {
        self.ask(9, room);
        match self.answer() {
            HistoryAnswer::Found { asker: ClientId(9), content: HistoryResult::Page(page) } => {
                Some(page)
            }
            HistoryAnswer::Found { asker: ClientId(9), content: HistoryResult::Failed } => None,
            other => panic!("{other:?}"),
        }
    }

    /// Asks for all lines of a room until they are as expected. For results that depend on a pause
    /// of the history writer.
    #[track_caller]
    fn becomes(&mut self, room: RoomId, expected: &[u64]) -> HistoryPage {
        let start = Instant::now();
        loop {
            let found = self.asked(room);
            if let Some(page) = found.as_ref().filter(|page| seqs(page) == expected) {
                return page.clone();
            }
            let found = found.as_ref().map(seqs);
            assert!(start.elapsed() < PATIENCE, "{found:?}");
            thread::park_timeout(Duration::from_millis(2));
        }
    }

    /// Ends the history. Returns whether everything was written.
    fn end(&mut self) -> bool {
        self.history = None;
        let (history_writer, readers) = self.threads.take().unwrap();
        let is_whole = history_writer.join();
        readers.into_iter().for_each(Joined::join);
        is_whole
    }

    /// The history's file.
    fn file(&self) -> PathBuf {
        self.folder.path().join("hobnob.db")
    }

    /// The state that another process would find on the disk after a crash.
    fn after_a_crash(&self) -> (TempDir, Archive) {
        let copy = tempfile::tempdir().unwrap();
        for name in ["hobnob.db", "hobnob.db-wal"] {
            // There is no log if all of it has been copied into the file.
            let _ = std::fs::copy(self.folder.path().join(name), copy.path().join(name));
        }
        let archive = Archive::open(copy.path()).unwrap();
        (copy, archive)
    }

    fn account(&self) -> AccountId {
        let hash = PasswordHash::kept("hash".into());
        self.archive.add_account("amy", "Amy", &hash, at(1)).id
    }

    fn marks(&self) -> Vec<(AccountId, ReadMarker)> {
        let StoredState { histories, .. } = self.archive.load(0).unwrap();
        histories.into_iter().flat_map(|(_, history)| history.marks).collect()
    }
}

fn at(secs: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(secs)
}

fn line(seq: u64) -> StoredLine {
    StoredLine {
        seq,
        id: LineId { origin: 7, number: seq },
        at: at(seq),
        author: PersonId::Guest(ClientId(3)),
        name: "Amy".into(),
        manner: Manner::Said,
        text: CleanText::from_bytes(format!("line {seq} {}", "x".repeat(500)).as_bytes()),
        deleted_by: None,
    }
}

fn lines(room: RoomId, lines: impl IntoIterator<Item = StoredLine>) -> HistoryEntry {
    HistoryEntry::Lines { room, name: "#room".into(), lines: lines.into_iter().collect() }
}

fn seqs(page: &HistoryPage) -> Vec<u64> {
    page.lines.iter().map(|line| line.seq).collect()
}

/// All stored lines of a room.
fn all_of(archive: &Archive, room: RoomId) -> HistoryPage {
    let span = Span { room, seqs: 1..=u64::MAX, not_before: None, before: None };
    archive.reader().page(&span, 1_000_000).unwrap()
}

fn up_to(last: u64) -> Vec<u64> {
    (1..=last).collect()
}

#[test]
fn everything_said_is_stored_at_the_end() {
    let mut scene = Scene::running();
    for seq in 1..=3_000 {
        scene.say(LOBBY, [seq]);
        if seq % 3 == 0 {
            scene.say(GARDEN, [seq / 3]);
        }
    }
    assert!(scene.end());
    for (room, last) in [(LOBBY, 3_000), (GARDEN, 1_000)] {
        let page = all_of(&scene.archive, room);
        assert_eq!((seqs(&page), &*page.gaps), (up_to(last), &[][..]));
        assert_eq!(page.lines[8], line(9));
    }
    assert_eq!(scene.archive.load(0).unwrap().histories[0].1.last_seq, 3_000);
}

#[test]
fn a_question_finds_what_was_said_before_it() {
    let mut scene = Scene::running();
    for seq in 1..=50 {
        scene.say(LOBBY, [seq]);
        assert_eq!(scene.asked(LOBBY).map(|page| seqs(&page)), Some(up_to(seq)));
        let query = Query::parse(&format!("{seq} line")).unwrap();
        let wanted = HistoryRequest::Search { rooms: vec![(LOBBY, 1..=seq)], query };
        scene.ask_for(4, wanted);
        let HistoryAnswer::Found { asker: ClientId(4), content: HistoryResult::Finds(finds) } =
            scene.answer()
        else {
            panic!("the wrong answer");
        };
        assert_eq!(finds.found.last().map(|found| found.line.seq), Some(seq));
    }
    assert!(scene.end());
}

#[test]
fn a_search_does_not_block_pages_and_ends_in_time() {
    let mut scene = Scene::running();
    scene.say(LOBBY, 1..=1_000);
    assert_eq!(scene.asked(LOBBY).map(|page| page.lines.len()), Some(1_000));
    let search = |scene: &mut Scene, asker: u64| {
        let query = Query::parse("line").unwrap();
        scene.ask_for(asker, HistoryRequest::Search { rooms: vec![(LOBBY, 1..=1_000)], query });
    };
    let clock = scene.clock.clone();
    let mut later_by = clock.later_by.lock();
    search(&mut scene, 1);
    search(&mut scene, 2);
    // The searches are running or waiting.
    assert_eq!(scene.asked(LOBBY).map(|page| page.lines.len()), Some(1_000));
    *later_by = limits::SEARCH_TIME_MAX / 3;
    drop(later_by);
    for asker in [1, 2] {
        let too_much =
            HistoryAnswer::Found { asker: ClientId(asker), content: HistoryResult::TooMuch };
        assert_eq!(scene.answer(), too_much);
    }
    *clock.later_by.lock() = Duration::ZERO;
    search(&mut scene, 1);
    let HistoryAnswer::Found { content: HistoryResult::Finds(finds), .. } = scene.answer() else {
        panic!("it was too much");
    };
    assert_eq!(finds.found.len(), 1_000);
    assert!(scene.end());
}

#[test]
fn a_question_in_a_flood_finds_what_was_said_before_it() {
    let mut scene = Scene::running();
    // The broadcaster does not wait for answers: many questions are in the queue among many lines.
    for asker in 1..=100 {
        scene.history().write(lines(LOBBY, (asker * 50 - 49..=asker * 50).map(line)));
        scene.ask(asker, LOBBY);
    }
    for asker in 1..=100 {
        let HistoryAnswer::Found { asker: ClientId(found), content: HistoryResult::Page(page) } =
            scene.answer()
        else {
            panic!("it cannot be read");
        };
        assert_eq!(found, asker, "answers in the order of the questions");
        let count = page.lines.len() as u64;
        assert!(count >= asker * 50, "{count} lines for question {asker}");
        assert_eq!((seqs(&page), page.gaps), (up_to(count), vec![]));
    }
    assert!(scene.end());
}

#[test]
fn a_single_line_is_written_without_a_question() {
    let mut scene = Scene::running();
    scene.say(LOBBY, [1]);
    let start = Instant::now();
    while all_of(&scene.archive, LOBBY).lines.is_empty() {
        assert!(start.elapsed() < PATIENCE);
        thread::park_timeout(Duration::from_millis(2));
    }
    assert!(scene.end());
}

#[test]
fn queued_lines_are_written_in_few_transactions() {
    let mut scene = Scene::idle();
    scene.say(LOBBY, 1..=400);
    scene.say(GARDEN, 1..=1_000);
    let before = transactions(scene.folder.path());
    scene.ask(9, GARDEN);
    scene.run();
    let HistoryAnswer::Found { content: HistoryResult::Page(page), .. } = scene.answer() else {
        panic!("it cannot be read")
    };
    assert_eq!(seqs(&page), up_to(1_000));
    // One for the start, up to one for each 500 lines, and some for the index.
    let count = transactions(scene.folder.path()) - before;
    assert!((2..=20).contains(&count), "{count} transactions");
    assert!(scene.end());
}

#[test]
fn the_size_of_a_transaction_is_bounded() {
    let mut scene = Scene::idle();
    let long = CleanText::from_bytes(&[b'x'; 64 * 1024]);
    for seq in 1..=64 {
        scene.history().write(lines(LOBBY, [StoredLine { text: long.clone(), ..line(seq) }]));
    }
    execute(&scene.archive, "PRAGMA wal_autocheckpoint = 0");
    let before = transactions(scene.folder.path());
    scene.run();
    assert_eq!(scene.asked(LOBBY).map(|page| seqs(&page)), Some(up_to(64)));
    // The start, and four MiB in pieces of a little more than one.
    let count = transactions(scene.folder.path()) - before;
    assert!((4..=10).contains(&count), "{count} transactions");
    assert!(scene.end());
}

#[test]
fn lines_that_do_not_fit_are_one_gap() {
    let mut scene = Scene::idle();
    let long = CleanText::from_bytes(&[b'x'; 256 * 1024]);
    let entry = |seq| lines(LOBBY, [StoredLine { text: long.clone(), ..line(seq) }]);
    let fits = |seq: &u64| {
        scene.history().write(entry(*seq));
        scene.history().backlog.lines_lost.load(Ordering::Relaxed) == 0
    };
    let fitting = (1..).take_while(fits).count() as u64;
    let expected = limits::HISTORY_BACKLOG_BYTES_MAX / (256 * 1024 + 512);
    assert!(fitting.abs_diff(expected as u64) <= 1, "{fitting} lines of {expected}");
    for seq in fitting + 2..=fitting + 5 {
        scene.history().write(entry(seq));
    }
    assert_eq!(scene.history().backlog.lines_lost.load(Ordering::Relaxed), 5);
    scene.run();
    // A question gets through anyway, and afterwards there is space again.
    assert_eq!(scene.asked(LOBBY).map(|page| seqs(&page)), Some(up_to(fitting)));
    scene.say(LOBBY, fitting + 6..=fitting + 7);
    assert!(scene.end());
    let page = all_of(&scene.archive, LOBBY);
    assert_eq!(page.gaps, [fitting + 1..=fitting + 5]);
    assert_eq!(page.lines.len() as u64, fitting + 2);
    assert_eq!(page.lines.last(), Some(&line(fitting + 7)));
}

#[test]
fn read_markers_wait_for_room_in_the_queue() {
    let mut scene = Scene::idle();
    let account = scene.account();
    let backlog = scene.history().backlog.clone();
    let left = |seq| ReadMarker::Left { seq, at: at(1) };
    let lobby = |seq| HistoryEntry::Mark { account, room: LOBBY, mark: left(seq) };
    backlog.bytes.fetch_add(limits::HISTORY_BACKLOG_BYTES_MAX, Ordering::AcqRel);
    scene.history().write(lobby(1));
    scene.history().write(lobby(2));
    backlog.bytes.fetch_sub(limits::HISTORY_BACKLOG_BYTES_MAX, Ordering::AcqRel);
    // The next entry takes it along.
    scene.say(LOBBY, [1]);
    scene.run();
    scene.asked(LOBBY).unwrap();
    assert_eq!(scene.marks(), [(account, left(2))]);
    // A newer one is not replaced by one that waits.
    backlog.bytes.fetch_add(limits::HISTORY_BACKLOG_BYTES_MAX, Ordering::AcqRel);
    scene.history().write(lobby(3));
    backlog.bytes.fetch_sub(limits::HISTORY_BACKLOG_BYTES_MAX, Ordering::AcqRel);
    scene.history().write(lobby(4));
    scene.say(LOBBY, [2]);
    assert!(scene.end());
    assert_eq!(scene.marks(), [(account, left(4))]);
}

#[test]
fn written_lines_are_no_longer_charged() {
    let mut scene = Scene::running();
    let account = scene.account();
    scene.say(LOBBY, 1..=100);
    let mark = ReadMarker::Left { seq: 1, at: at(1) };
    scene.history().write(HistoryEntry::Mark { account, room: LOBBY, mark });
    scene.history().write(HistoryEntry::Ended { room: GARDEN });
    scene.asked(LOBBY).unwrap();
    assert_eq!(scene.history().backlog.bytes.load(Ordering::Acquire), 0);
    assert!(scene.end());
}

#[test]
fn a_clean_shutdown_is_recorded() {
    let mut scene = Scene::running();
    let account = scene.account();
    scene.say(LOBBY, 1..=3);
    scene.history().write(HistoryEntry::Mark { account, room: LOBBY, mark: ReadMarker::Here });
    scene.say(LOBBY, 4..=5);
    scene.asked(LOBBY).unwrap();
    *scene.clock.wall.lock() = at(2_000_000);
    assert!(scene.end());
    // Not the time they joined or the time of the last line, as after a crash.
    assert_eq!(scene.marks(), [(account, ReadMarker::Left { seq: 5, at: at(2_000_000) })]);
}

#[test]
fn a_start_first_settles_what_a_crash_left() {
    let mut scene = Scene::idle();
    let account = scene.account();
    let here = HistoryEntry::Mark { account, room: LOBBY, mark: ReadMarker::Here };
    let before = [lines(LOBBY, (1..=2).map(line)), here];
    scene.archive.write(&before, at(1), 0).unwrap();
    scene.say(LOBBY, [3]);
    scene.run();
    scene.asked(LOBBY).unwrap();
    assert_eq!(scene.marks(), [(account, ReadMarker::Left { seq: 2, at: at(2) })]);
    assert!(scene.end());
}
