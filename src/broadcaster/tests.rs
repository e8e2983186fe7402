//! The order, with an adversary in place of `select!`: it chooses the arm each time, when a batch
//! ends, how much each connection thread gathers before it sends, and how far it has got with that.

use std::collections::{HashMap, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::archive::{Archive, Kept};
use crate::clock::SystemClock;
use crate::command::Utterance;
use crate::config::Config;
use crate::door::{Input, Protocol};
use crate::hall::Newcomer;
use crate::id::ClientId;
use crate::password::Cost;
use crate::plain::{Plain, PlainDoor};
use crate::post::{Doorbell, Parcel, Post, Slot};
use crate::presentation::Wire;
use crate::registrar::Registrar;
use crate::text::CleanText;
use crate::uplink::{Bundle, Gathering, Presence, Uplink, uplink};
use crossbeam_channel::{Receiver, Sender, unbounded};

/// What one connection thread does, in its order.
#[derive(Clone, Copy, Debug)]
enum Act {
    Enter(u64),
    Say(u64, u32),
    Leave(u64),
}

/// One step of the adversary.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// This thread sends the next bundle of its round, or if there is none does its next act.
    Act(usize),
    /// This thread ends its round.
    EndRound(usize),
    /// The broadcaster takes an event from this receiver, if there is one.
    Take(usize),
    /// The batch is handed out.
    HandOut,
}

/// Each client enters, says some lines, and leaves; the acts of one thread's clients are mixed, but
/// each client's own are in order.
fn thread_script(first_client: u64) -> impl Strategy<Value = Vec<Act>> {
    proptest::collection::vec((0..4u32, any::<u64>()), 1..5).prop_map(move |clients| {
        let mut pending: Vec<Vec<Act>> = clients
            .iter()
            .enumerate()
            .map(|(index, &(lines, _))| {
                let client = first_client + index as u64;
                let says = (0..lines).map(|line| Act::Say(client, line));
                let mut acts: Vec<Act> = std::iter::once(Act::Enter(client)).chain(says).collect();
                acts.push(Act::Leave(client));
                acts.reverse();
                acts
            })
            .collect();
        let mut random = clients.iter().fold(1u64, |seed, &(_, next)| seed ^ next);
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
        4 => (0..3usize).prop_map(Choice::Take),
        1 => Just(Choice::HandOut),
    ];
    proptest::collection::vec(choice, 0..150)
}

/// A connection thread, as far as the broadcaster knows it.
struct Thread {
    script: VecDeque<Act>,
    gathering: Gathering,
    presences: HashMap<u64, Presence>,
    /// What is left to be sent of a round that has ended.
    unsent: VecDeque<Bundle>,
}

impl Thread {
    fn new(script: &[Act], gate: &Gate) -> Self {
        Self {
            script: script.iter().copied().collect(),
            gathering: Gathering::new(gate.clone()),
            presences: HashMap::new(),
            unsent: VecDeque::new(),
        }
    }

    fn act(&mut self, uplink: &Uplink, inbox_sender: &Sender<Parcel>) {
        if let Some(bundle) = self.unsent.pop_front() {
            // Never full here, where nobody would make room.
            return uplink.send(bundle);
        }
        match self.script.pop_front() {
            None => {}
            Some(Act::Enter(id)) => {
                let client = ClientId(id);
                let newcomer = Newcomer {
                    client,
                    address: "127.0.0.1:1".parse().unwrap(),
                    name: Some(CleanText::from_bytes(format!("c{id}").as_bytes())),
                    wire: Wire::Plain,
                };
                let slot = Slot { index: 0, client };
                let sender = ClientSender::new(inbox_sender.clone(), slot, 0);
                let presence = self.gathering.enter(Arrival { newcomer, sender });
                self.presences.insert(id, presence);
            }
            Some(Act::Say(id, line)) => {
                let text = CleanText::from_bytes(format!("line {line}").as_bytes());
                self.gathering.say(ClientId(id), Wish::Utter(Utterance::Line(text)));
            }
            Some(Act::Leave(id)) => drop(self.presences.remove(&id)),
        }
    }

    /// What comes next belongs to the next round, whose bundles come after those of this one.
    fn end_round(&mut self) {
        self.unsent.extend(self.gathering.take());
    }

    fn is_done(&self) -> bool {
        self.script.is_empty() && self.unsent.is_empty()
    }
}

struct Stage {
    broadcaster: Broadcaster,
    uplink: Uplink,
    inbox_sender: Sender<Parcel>,
    inbox: Receiver<Parcel>,
}

const OBSERVERS: [u64; 2] = [901, 902];

impl Stage {
    fn new(notice_run_max: usize) -> Self {
        let poll = mio::Poll::new().unwrap();
        let post = Arc::new(Post::new(Doorbell::new(&poll, mio::Token(0)).unwrap()));
        let gate = Gate::new([post].into());
        let (uplink, receivers) = uplink();
        let config = Config { notice_run_max, replay_lines: 0, ..Config::with_seed(1) };
        let clock = Arc::new(SystemClock);
        let hall = Hall::new(config.hall_options(false), Kept::default(), clock.moment());
        let (outcome_sender, outcomes) = unbounded();
        let archive = Archive::in_memory().unwrap();
        let (_, jobs) = Registrar::new(archive, Cost::LEAST, outcome_sender);
        let broadcaster = Broadcaster::new(Setup {
            receivers,
            hall,
            jobs,
            outcomes,
            recorder: None,
            answers: never(),
            changes: never(),
            steering: Steering::new(Vec::new()),
            options: config.connection_options(),
            gate,
            clock,
        });
        let (inbox_sender, inbox) = unbounded();
        let mut stage = Self { broadcaster, uplink, inbox_sender, inbox };
        stage.perform(&OBSERVERS.map(Act::Enter));
        while stage.take(0) {}
        stage.broadcaster.hand_out();
        while stage.inbox.try_recv().is_ok() {}
        stage
    }

    /// One thread does all of this in one round.
    fn perform(&self, acts: &[Act]) {
        let mut thread = self.thread(acts);
        while !thread.is_done() {
            thread.act(&self.uplink, &self.inbox_sender);
            if thread.script.is_empty() {
                thread.end_round();
            }
        }
        // Whoever has not left stays.
        thread.presences.values_mut().for_each(Presence::disarm);
    }

    fn thread(&self, script: &[Act]) -> Thread {
        Thread::new(script, &self.broadcaster.mail.gate)
    }

    /// Takes from one receiver, as `select!` might, and handles it.
    fn take(&mut self, arm: usize) -> bool {
        let Receivers { entering, messages, leaving } = &self.broadcaster.receivers;
        let event = match arm {
            0 => entering.try_recv().ok().map(Event::Arrivals),
            1 => messages.try_recv().ok().map(Event::Said),
            _ => leaving.try_recv().ok().map(Event::Departures),
        };
        event.map(|event| self.broadcaster.handle(event)).is_some()
    }

    /// What each client has been shown, in lines, and whether it was released.
    fn screens(&self) -> HashMap<u64, (Vec<String>, bool)> {
        let mut screens: HashMap<u64, (String, bool)> = HashMap::new();
        for Parcel { to, content } in self.inbox.try_iter() {
            let (screen, is_released) = screens.entry(to.client.0).or_default();
            assert!(!*is_released, "{} was given something after its release", to.client);
            match content {
                Content::Lines { frame, lines, .. } => {
                    let range = frame.byte_range(&lines);
                    let bytes = &frame.bytes()[range.start as usize..range.end as usize];
                    screen.push_str(&String::from_utf8_lossy(bytes));
                }
                Content::Answer(bytes) => screen.push_str(&String::from_utf8_lossy(&bytes)),
                Content::Resume(_)
                | Content::Ask(_)
                | Content::Rooms(_)
                | Content::Completions(_)
                | Content::Edit(_) => {}
                Content::Released | Content::Dismissed(_) => *is_released = true,
            }
        }
        let lines = |screen: String| screen.lines().map(str::to_owned).collect();
        screens.into_iter().map(|(id, (screen, done))| (id, (lines(screen), done))).collect()
    }
}

/// Runs the scripts under the adversary's choices, then to the end.
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
    // Departures first, to the very end: the choice that tempts most.
    while stage.take(2) || stage.take(1) || stage.take(0) {}
    stage.broadcaster.hand_out();
    stage
}

fn check_whole_story(lines: &[String], scripts: &[Vec<Act>]) -> Result<(), TestCaseError> {
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
                Act::Enter(id) => (id, format!("c{id} joined")),
                Act::Say(id, line) => (id, format!("c{id}: line {line}")),
                Act::Leave(id) => (id, format!("c{id} left")),
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

/// With long runs told as one: what can still be told apart, in the same order.
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
    prop_assert_eq!(joined, count(|act| matches!(act, Act::Enter(_))));
    prop_assert_eq!(left, count(|act| matches!(act, Act::Leave(_))));
    prop_assert_eq!(said, count(|act| matches!(act, Act::Say(..))));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn joined_before_lines_before_left_whatever_arms_are_chosen(
        first in thread_script(1), second in thread_script(101), choices in choices()
    ) {
        let scripts = [first, second];
        for notice_run_max in [usize::MAX, 2] {
            let stage = perform(&scripts, &choices, notice_run_max);
            let screens = stage.screens();
            let (story, _) = &screens[&OBSERVERS[0]];
            prop_assert_eq!(story, &screens[&OBSERVERS[1]].0, "observers disagree");
            if notice_run_max == usize::MAX {
                check_whole_story(story, &scripts)?;
            } else {
                check_short_story(story, &scripts)?;
            }
            for act in scripts.iter().flatten() {
                let Act::Leave(id) = *act else { continue };
                let (screen, is_released) = &screens[&id];
                prop_assert!(*is_released, "{} was not released", id);
                prop_assert_eq!(&screen[0], &format!("Welcome c{id}"));
                let own = |verb: &str| screen.contains(&format!("c{id} {verb}"));
                prop_assert!(!own("joined") && !own("left"), "{:?}", screen);
                // What it saw is one piece of what everybody saw, and holds all that it said.
                let seen = &screen[1..];
                let is_part = seen.is_empty() || story.windows(seen.len()).any(|part| part == seen);
                prop_assert!(is_part, "{:?} is no part of {:?}", seen, story);
                let said = |lines: &[String]| {
                    lines.iter().filter(|line| line.starts_with(&format!("c{id}: "))).count()
                };
                prop_assert_eq!(said(seen), said(story));
            }
        }
    }
}

#[test]
fn it_ends_when_all_senders_are_gone_and_handles_what_is_queued_before() {
    let stage = Stage::new(4);
    stage.perform(&[Act::Enter(1), Act::Say(1, 7)]);
    let Stage { broadcaster, uplink, inbox, inbox_sender } = stage;
    drop((uplink, inbox_sender));
    let counters = broadcaster.run();
    assert_eq!((counters.entered_total, counters.lines_total), (3, 1));
    let parcels: Vec<Parcel> = inbox.iter().collect();
    assert_eq!(parcels.len(), 4, "a welcome, and the batch to each of three: {parcels:?}");
}

#[test]
fn a_full_batch_is_handed_out_and_the_departure_still_waits_for_all_lines() {
    let mut stage = Stage::new(4);
    stage.perform(&[Act::Enter(1)]);
    stage.take(0);
    let mut thread = stage.thread(&[]);
    let mut plain = Plain::new(PlainDoor {
        catalogue: crate::lang::Lang::En.catalogue(),
        line_bytes_max: 16384,
        edits: false,
    });
    let line = [&[b'x'; 1000][..], b"\n"].concat();
    for said in 0..200 {
        let mut input = &line[..];
        while let Some(decoded) = plain.decode(&mut input) {
            if let Input::Line(text) = decoded {
                thread.gathering.say(ClientId(1), Wish::Utter(Utterance::Line(text)));
            }
        }
        if said % 50 == 49 {
            thread.gathering.take().for_each(|bundle| stage.uplink.send(bundle));
        }
    }
    stage.uplink.send(Bundle::Departures(vec![Departure { client: ClientId(1) }]));
    assert!(stage.take(2));
    stage.broadcaster.hand_out();
    assert!(stage.broadcaster.counters.batches_total > 3, "it took several batches");
    let (story, _) = &stage.screens()[&OBSERVERS[0]];
    assert_eq!(story.len(), 202);
    assert_eq!(story.last().map(String::as_str), Some("c1 left"));
}

#[test]
fn very_many_who_come_and_go_at_once_make_batches_of_the_usual_size() {
    let many: Vec<u64> = (1..=2_000).collect();
    let batches = |stage: &mut Stage, arm: usize| {
        let before = stage.broadcaster.counters.batches_total;
        assert!(stage.take(arm));
        stage.broadcaster.counters.batches_total - before
    };
    let mut stage = Stage::new(4);
    let mut thread = stage.thread(&[]);
    thread.script.extend(many.iter().map(|&id| Act::Enter(id)));
    while !thread.script.is_empty() {
        thread.act(&stage.uplink, &stage.inbox_sender);
    }
    thread.gathering.take().for_each(|bundle| stage.uplink.send(bundle));
    assert!(batches(&mut stage, 0) >= 2);
    thread.presences.clear();
    thread.gathering.take().for_each(|bundle| stage.uplink.send(bundle));
    assert!(batches(&mut stage, 2) >= 2);
}
