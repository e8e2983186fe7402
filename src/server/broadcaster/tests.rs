//! The order of events, with an adversary in place of `select!`. It chooses the arm each time, when
//! a batch ends, how much each connection thread gathers before it sends, how much of that it has
//! sent, and how time passes.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime};

use proptest::prelude::*;

use super::*;
use crate::base::clock::{Moment, SystemClock};
use crate::base::zone::Zone;
use crate::command::Utterance;
use crate::model::{
    ClientId, CloseReason, Cost, LastIds, Newcomer, Presentation, StoredState, Wire,
};
use crate::net::gate::{Parcel, Waker, WorkerHandle, WorkerSlot};
use crate::net::uplink::{BroadcasterHandle, Bundle, Presence, RoundBuffer, uplink};
use crate::properties::cases;
use crate::server::config::Config;
use crate::store::archive::Archive;
use crate::store::threads::jobs::AccountsWorker;
use crate::text::CleanText;
use crate::text::wanted_nick::WantedNick;
use crate::wire::door::{Input, Protocol};
use crate::wire::plain::{Plain, PlainDoor};
use crate::wire::text::reply::{Look, append};
use crossbeam_channel::{Receiver, Sender, unbounded};

/// The acts of one connection thread, in its order.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Connects, requesting a name if `true`. Otherwise the server assigns one and announces the
    /// client later.
    Enter(u64, bool),
    Say(u64, u32),
    Leave(u64),
}

/// One step of the adversary.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// This thread sends the next bundle of its round, or does its next act if there is none.
    Act(usize),
    /// This thread ends its round.
    EndRound(usize),
    /// The broadcaster takes an event from this receiver, if there is one; 3 is the deadline.
    Take(usize),
    /// A second passes.
    Wait,
    /// The batch is handed out.
    HandOut,
}

/// Each client connects, says some lines and leaves. The acts of one thread's clients are mixed,
/// but those of each client are in order.
fn thread_script(first_client: u64) -> impl Strategy<Value = Vec<Act>> {
    let client = (0..4u32, any::<u64>(), any::<bool>());
    proptest::collection::vec(client, 1..5).prop_map(move |clients| {
        let mut pending: Vec<Vec<Act>> = clients
            .iter()
            .enumerate()
            .map(|(index, &(lines, _, is_named))| {
                let client = first_client + index as u64;
                let says = (0..lines).map(|line| Act::Say(client, line));
                let mut acts: Vec<Act> =
                    std::iter::once(Act::Enter(client, is_named)).chain(says).collect();
                acts.push(Act::Leave(client));
                acts.reverse();
                acts
            })
            .collect();
        let mut random = clients.iter().fold(1u64, |seed, &(_, next, _)| seed ^ next);
        let mut script = Vec::new();
        while !pending.is_empty() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let index = (random >> 33) as usize % pending.len();
            script.extend(pending[index].pop());
            if pending[index].is_empty() {
                pending.swap_remove(index);
            }
        }
        script
    })
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    let choice = prop_oneof![
        6 => (0..2usize).prop_map(Choice::Act),
        1 => (0..2usize).prop_map(Choice::EndRound),
        4 => (0..4usize).prop_map(Choice::Take),
        1 => Just(Choice::Wait),
        1 => Just(Choice::HandOut),
    ];
    proptest::collection::vec(choice, 0..150)
}

/// A connection thread as the broadcaster sees it.
struct Thread {
    script: VecDeque<Act>,
    round: RoundBuffer,
    presences: HashMap<u64, Presence>,
    /// The unsent bundles of a round that has ended.
    unsent: VecDeque<Bundle>,
}

impl Thread {
    fn new(script: &[Act], gate: &Gate) -> Self {
        Self {
            script: script.iter().copied().collect(),
            round: RoundBuffer::new(gate.clone()),
            presences: HashMap::new(),
            unsent: VecDeque::new(),
        }
    }

    fn act(&mut self, uplink: &BroadcasterHandle, inbox_sender: &Sender<Parcel>) {
        if let Some(bundle) = self.unsent.pop_front() {
            // This never blocks: the channel has room for everything that a test sends, and nobody
            // would make more.
            return uplink.send(bundle);
        }
        match self.script.pop_front() {
            None => {}
            Some(Act::Enter(id, is_named)) => {
                let client = ClientId(id);
                let newcomer = Newcomer {
                    client,
                    address: "127.0.0.1:1".parse().unwrap(),
                    name: is_named.then(|| WantedNick::parse(&format!("c{id}")).unwrap()),
                    introduces: false,
                    wire: Wire::Plain,
                    lang: None,
                };
                let slot = WorkerSlot { index: 0, client };
                let sender = ClientSender::new(inbox_sender.clone(), slot, 0);
                let presence = self.round.connect(Arrival { newcomer, sender });
                self.presences.insert(id, presence);
            }
            Some(Act::Say(id, line)) => {
                let text = CleanText::from_bytes(format!("line {line}").as_bytes());
                self.round.say(ClientId(id), Request::Utter(Utterance::Line(text)));
            }
            Some(Act::Leave(id)) => drop(self.presences.remove(&id)),
        }
    }

    /// Ends the round: later acts belong to the next one, whose bundles follow those of this one.
    fn end_round(&mut self) {
        self.unsent.extend(self.round.take());
    }

    fn is_done(&self) -> bool {
        self.script.is_empty() && self.unsent.is_empty()
    }
}

struct Stage {
    broadcaster: Broadcaster,
    clock: Arc<HandClock>,
    uplink: BroadcasterHandle,
    inbox_sender: Sender<Parcel>,
    inbox: Receiver<Parcel>,
}

fn departure(id: u64) -> Departure {
    let address = Some("127.0.0.1:1".parse().unwrap());
    Departure { client: ClientId(id), address, reason: CloseReason::Quit, lines_missed: 0 }
}

/// A clock that the test moves.
struct HandClock {
    begun: Moment,
    seconds: AtomicU64,
}

impl Clock for HandClock {
    fn now(&self) -> Instant {
        self.begun.instant + Duration::from_secs(self.seconds.load(Relaxed))
    }

    fn wall(&self) -> SystemTime {
        self.begun.wall + Duration::from_secs(self.seconds.load(Relaxed))
    }
}

const OBSERVERS: [u64; 2] = [901, 902];

impl Stage {
    fn new(notice_run_max: usize) -> Self {
        let poll = mio::Poll::new().unwrap();
        let worker = Arc::new(WorkerHandle::new(Waker::new(&poll, mio::Token(0)).unwrap()));
        let gate = Gate::new([worker].into());
        let (uplink, receivers) = uplink();
        let config = Config { replay_lines: 0, ..Config::with_seed(1) };
        let clock = Arc::new(HandClock { begun: SystemClock.moment(), seconds: 0.into() });
        let chat = Chat::new(
            config.chat_options(false),
            StoredState::default(),
            ChatTime::beginning(clock.wall()),
        );
        let order = (chat, Local, GuestNames::with_seed(1));
        let (outcome_sender, outcomes) = unbounded();
        let archive = Archive::in_memory().unwrap();
        let (_, jobs) =
            AccountsWorker::new(archive, LastIds::default(), Cost::LEAST, outcome_sender);
        let sources = Sources { receivers, outcomes, answers: never(), changes: never() };
        let mail = Mail::new(gate, notice_run_max, jobs, None);
        let options = config.connection_options();
        let options_sender = OptionsSender::new(Vec::new());
        let broadcaster =
            Broadcaster::new(sources, order, mail, options_sender, options, clock.clone());
        let (inbox_sender, inbox) = unbounded();
        let mut stage = Self { broadcaster, clock, uplink, inbox_sender, inbox };
        stage.perform(&OBSERVERS.map(|id| Act::Enter(id, true)));
        while stage.take(0) {}
        stage.broadcaster.hand_out();
        while stage.inbox.try_recv().is_ok() {}
        stage
    }

    /// Performs all acts on one thread in a single round.
    fn perform(&self, acts: &[Act]) {
        let mut thread = self.thread(acts);
        while !thread.is_done() {
            thread.act(&self.uplink, &self.inbox_sender);
            if thread.script.is_empty() {
                thread.end_round();
            }
        }
        // Clients that have not left stay.
        thread.presences.values_mut().for_each(Presence::disarm);
    }

    fn thread(&self, script: &[Act]) -> Thread {
        Thread::new(script, &self.broadcaster.mail.gate)
    }

    /// Takes an event from one receiver, as `select!` might, and handles it.
    fn take(&mut self, arm: usize) -> bool {
        let Receivers { entering, messages, leaving } = &self.broadcaster.sources.receivers;
        let event = match arm {
            0 => entering.try_recv().ok().map(BroadcasterEvent::Arrivals),
            1 => messages.try_recv().ok().map(BroadcasterEvent::Said),
            3 => {
                let deadline = self.broadcaster.chat.deadline();
                deadline
                    .filter(|at| *at <= self.broadcaster.clock.now().elapsed)
                    .map(|_| BroadcasterEvent::Deadline)
            }
            _ => leaving.try_recv().ok().map(BroadcasterEvent::Departures),
        };
        event.map(|event| self.broadcaster.handle(event)).is_some()
    }

    /// The lines that each client has been shown, and whether it was released.
    fn screens(&self) -> HashMap<u64, (Vec<String>, bool)> {
        let mut screens: HashMap<u64, (String, bool)> = HashMap::new();
        for Parcel { to, content } in self.inbox.try_iter() {
            let (screen, is_released) = screens.entry(to.client.0).or_default();
            assert!(!*is_released, "{} was given something after its release", to.client);
            match content {
                Delivery::Lines { frame, lines, .. } => {
                    let range = frame.byte_range(&lines);
                    let bytes = &frame.bytes()[range.start as usize..range.end as usize];
                    screen.push_str(&String::from_utf8_lossy(bytes));
                }
                Delivery::Replies(replies) => {
                    let look = Look {
                        presentation: Presentation::default(),
                        zone: Zone::of_server(),
                        now: self.clock.wall(),
                        is_plain: false,
                    };
                    let mut bytes = Vec::new();
                    replies.iter().for_each(|reply| append(&mut bytes, reply, &look));
                    screen.push_str(&String::from_utf8_lossy(&bytes));
                }
                Delivery::View(_)
                | Delivery::Resume(_)
                | Delivery::Ask(_)
                | Delivery::Rooms(_)
                | Delivery::Completions(_)
                | Delivery::Edit(_) => {}
                Delivery::Released | Delivery::Disconnected(_) => *is_released = true,
            }
        }
        let lines = |screen: String| screen.lines().map(str::to_owned).collect();
        screens.into_iter().map(|(id, (screen, done))| (id, (lines(screen), done))).collect()
    }
}

/// Runs the scripts under the adversary's choices, and then to the end.
fn perform(scripts: &[Vec<Act>], choices: &[Choice], notice_run_max: usize) -> Stage {
    let mut stage = Stage::new(notice_run_max);
    let mut threads: Vec<Thread> = scripts.iter().map(|script| stage.thread(script)).collect();
    for choice in choices {
        match *choice {
            Choice::Act(thread) => threads[thread].act(&stage.uplink, &stage.inbox_sender),
            Choice::EndRound(thread) => threads[thread].end_round(),
            Choice::Take(arm) => {
                stage.take(arm);
            }
            Choice::Wait => {
                stage.clock.seconds.fetch_add(1, Relaxed);
            }
            Choice::HandOut => stage.broadcaster.hand_out(),
        }
    }
    while !threads.iter().all(Thread::is_done) {
        for thread in &mut threads {
            thread.act(&stage.uplink, &stage.inbox_sender);
        }
    }
    for thread in &mut threads {
        thread.end_round();
        while !thread.is_done() {
            thread.act(&stage.uplink, &stage.inbox_sender);
        }
    }
    // Takes departures first until the very end, which tempts the broadcaster most to reorder.
    while stage.take(2) || stage.take(1) || stage.take(0) {}
    stage.broadcaster.hand_out();
    stage
}

/// The name of each client, as its welcome shows it.
type Names = HashMap<u64, String>;

/// The clients that may never have been announced: they neither had a name nor said anything.
fn silent(scripts: &[Vec<Act>]) -> Vec<u64> {
    let acts = || scripts.iter().flatten();
    let says = |id| acts().any(|act| matches!(act, Act::Say(other, _) if *other == id));
    let unnamed = acts().filter_map(|act| match act {
        Act::Enter(id, false) => Some(*id),
        _ => None,
    });
    unnamed.filter(|id| !says(*id)).collect()
}

/// The scripts without what may not have been shown: for a silent client both the arrival and the
/// departure are shown, or neither.
fn told(
    lines: &[String],
    scripts: &[Vec<Act>],
    names: &Names,
    has_time_passed: bool,
) -> Result<Vec<Vec<Act>>, TestCaseError> {
    let mut scripts = scripts.to_vec();
    for id in silent(&scripts) {
        let is_told = |what: &str| lines.contains(&format!("{} {what}", names[&id]));
        prop_assert_eq!(is_told("joined"), is_told("left"), "{} in {:?}", id, lines);
        prop_assert!(has_time_passed || !is_told("joined"), "{} in {:?}", id, lines);
        if !is_told("joined") {
            for script in &mut scripts {
                script.retain(
                    |act| !matches!(act, Act::Enter(other, _) | Act::Leave(other) if *other == id),
                );
            }
        }
    }
    Ok(scripts)
}

fn check_whole_story(
    lines: &[String],
    scripts: &[Vec<Act>],
    names: &Names,
) -> Result<(), TestCaseError> {
    let mut expected = 0;
    let at = |text: String| {
        let found: Vec<usize> = (0..lines.len()).filter(|&index| lines[index] == text).collect();
        prop_assert_eq!(found.len(), 1, "{} in {:?}", text, lines);
        Ok(found[0])
    };
    for script in scripts {
        let mut last_of: HashMap<u64, usize> = HashMap::new();
        for act in script {
            let (id, text) = match *act {
                Act::Enter(id, _) => (id, format!("{} joined", names[&id])),
                Act::Say(id, line) => (id, format!("{}: line {line}", names[&id])),
                Act::Leave(id) => (id, format!("{} left", names[&id])),
            };
            let index = at(text)?;
            if let Some(last) = last_of.insert(id, index) {
                prop_assert!(last < index, "client {} out of order in {:?}", id, lines);
            }
            expected += 1;
        }
    }
    prop_assert_eq!(lines.len(), expected);
    Ok(())
}

/// With long runs combined, checks what can still be told apart, in the same order.
fn check_short_story(lines: &[String], scripts: &[Vec<Act>]) -> Result<(), TestCaseError> {
    let (mut joined, mut left, mut said) = (0, 0, 0);
    let mut speakers = std::collections::HashSet::new();
    for line in lines {
        let run = |verb: &str| {
            let text = line.strip_suffix(verb)?;
            match text.split_once(" and ") {
                None => Some(1),
                Some((_, rest)) => {
                    rest.strip_suffix(" others")?.parse::<usize>().ok().map(|n| n + 1)
                }
            }
        };
        if let Some((name, _)) = line.split_once(": ") {
            said += 1;
            speakers.insert(name.to_owned());
        } else if let Some(count) = run(" joined") {
            joined += count;
        } else if let Some(count) = run(" left") {
            left += count;
        }
        prop_assert!(speakers.len() <= joined && left <= joined, "{:?}", lines);
    }
    let count =
        |wanted: fn(&Act) -> bool| scripts.iter().flatten().filter(|act| wanted(act)).count();
    let (all, silent) = (count(|act| matches!(act, Act::Enter(..))), silent(scripts).len());
    prop_assert!((all - silent..=all).contains(&joined), "{:?}", lines);
    prop_assert_eq!(left, joined, "{:?}", lines);
    prop_assert_eq!(said, count(|act| matches!(act, Act::Say(..))));
    Ok(())
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn joined_before_lines_before_left_whatever_arms_are_chosen(
        first in thread_script(1), second in thread_script(101), choices in choices()
    ) {
        let scripts = [first, second];
        for notice_run_max in [usize::MAX, 2] {
            let stage = perform(&scripts, &choices, notice_run_max);
            let screens = stage.screens();
            // Empty if nobody was announced.
            let shown = |id| screens.get(&id).map_or(&[][..], |(lines, _)| lines);
            let story = shown(OBSERVERS[0]);
            prop_assert_eq!(story, shown(OBSERVERS[1]), "observers disagree");
            let name = |id: u64, screen: &[String]| {
                (id, screen[0]["Welcome, ".len()..screen[0].len() - 1].to_owned())
            };
            let is_observer = |id: u64| OBSERVERS.contains(&id);
            let came = screens.iter().filter(|(id, _)| !is_observer(**id));
            let names: Names = came.map(|(id, (screen, _))| name(*id, screen)).collect();
            let is_whole = notice_run_max == usize::MAX;
            if is_whole {
                let has_time_passed = stage.clock.seconds.load(Relaxed) > 0;
                let told = told(story, &scripts, &names, has_time_passed)?;
                check_whole_story(story, &told, &names)?;
            } else {
                check_short_story(story, &scripts)?;
            }
            for act in scripts.iter().flatten() {
                let Act::Leave(id) = *act else { continue };
                let (screen, is_released) = &screens[&id];
                prop_assert!(*is_released, "{} was not released", id);
                prop_assert!(screen[1].starts_with("You are "), "{:?}", screen);
                let name = &names[&id];
                let own = |verb: &str| screen.contains(&format!("{name} {verb}"));
                prop_assert!(!own("joined") && !own("left"), "{:?}", screen);
                // The lines that a client saw are one contiguous part of what everyone saw, except
                // for its own arrival, and hold everything that it said. If runs are combined, the
                // client's own run is shown without it.
                let seen = &screen[2..];
                let others: Vec<String> =
                    story.iter().filter(|line| **line != format!("{name} joined")).cloned().collect();
                let is_part = seen.is_empty() || others.windows(seen.len()).any(|part| part == seen);
                prop_assert!(is_part || !is_whole, "{:?} is no part of {:?}", seen, others);
                let said = |lines: &[String]| {
                    lines.iter().filter(|line| line.starts_with(&format!("{name}: "))).count()
                };
                prop_assert_eq!(said(seen), said(story));
            }
        }
    }
}

#[test]
fn the_broadcaster_ends_after_the_last_sender_and_the_last_event() {
    let stage = Stage::new(4);
    stage.perform(&[Act::Enter(1, true), Act::Say(1, 7)]);
    let Stage { broadcaster, uplink, inbox, inbox_sender, .. } = stage;
    drop((uplink, inbox_sender));
    let counters = broadcaster.run();
    assert_eq!((counters.entered_total, counters.lines_total), (3, 1));
    let parcels: Vec<Parcel> = inbox.iter().collect();
    assert_eq!(parcels.len(), 4, "a welcome, and the batch to each of three: {parcels:?}");
}

#[test]
fn a_full_batch_is_handed_out_and_the_departure_still_waits_for_all_lines() {
    let mut stage = Stage::new(4);
    stage.perform(&[Act::Enter(1, true)]);
    stage.take(0);
    let mut thread = stage.thread(&[]);
    let mut plain = Plain::new(PlainDoor {
        lang: crate::model::language::Lang::En,
        line_bytes_max: 16384,
        edits: false,
        origin: 1,
    });
    let line = [&[b'x'; 1000][..], b"\n"].concat();
    for said in 0..200 {
        let mut input = &line[..];
        while let Some(decoded) = plain.decode(&mut input) {
            if let Input::Line(text) = decoded {
                thread.round.say(ClientId(1), Request::Utter(Utterance::Line(text)));
            }
        }
        if said % 50 == 49 {
            thread.round.take().for_each(|bundle| stage.uplink.send(bundle));
        }
    }
    stage.uplink.send(Bundle::Departures(vec![departure(1)]));
    assert!(stage.take(2));
    stage.broadcaster.hand_out();
    assert!(stage.broadcaster.counters.batches_total > 3, "it took several batches");
    let (story, _) = &stage.screens()[&OBSERVERS[0]];
    assert_eq!(story.len(), 202);
    assert_eq!(story.last().map(String::as_str), Some("c1 left"));
}

#[test]
fn very_many_simultaneous_arrivals_and_departures_make_batches_of_the_usual_size() {
    let many: Vec<u64> = (1..=2_000).collect();
    let batches = |stage: &mut Stage, arm: usize| {
        let before = stage.broadcaster.counters.batches_total;
        assert!(stage.take(arm));
        stage.broadcaster.counters.batches_total - before
    };
    let mut stage = Stage::new(4);
    let mut thread = stage.thread(&[]);
    thread.script.extend(many.iter().map(|&id| Act::Enter(id, true)));
    while !thread.script.is_empty() {
        thread.act(&stage.uplink, &stage.inbox_sender);
    }
    thread.round.take().for_each(|bundle| stage.uplink.send(bundle));
    assert!(batches(&mut stage, 0) >= 2);
    thread.presences.clear();
    thread.round.take().for_each(|bundle| stage.uplink.send(bundle));
    assert!(batches(&mut stage, 2) >= 2);
}

#[test]
fn announcements_wait_for_the_gate_but_not_for_long() {
    let arrival_seconds = limits::ARRIVAL_TIME.as_secs();
    let is_announced = |stage: &mut Stage| {
        stage.take(3);
        stage.broadcaster.hand_out();
        let screens = stage.screens();
        screens.get(&OBSERVERS[0]).is_some_and(|(lines, _)| lines[0].ends_with(" joined"))
    };
    for seconds in [arrival_seconds, arrival_seconds + 1] {
        let mut stage = Stage::new(4);
        stage.perform(&[Act::Enter(1, false)]);
        stage.take(0);
        let worker = stage.broadcaster.mail.gate.workers()[0].clone();
        for _ in 0..limits::GATE_BATCHES_MAX {
            worker.hand_over_batch();
        }
        stage.clock.seconds.fetch_add(seconds, Relaxed);
        assert_eq!(is_announced(&mut stage), seconds > arrival_seconds);
        worker.publish_written(u64::MAX);
        assert_eq!(is_announced(&mut stage), seconds == arrival_seconds);
    }
}
