//! Handing out a batch: whatever happens in it and whatever its readers have chosen, each of them
//! gets what a plain model predicts, in order and each line once.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::chat::outbox::Recipients;
use crate::model::{
    Author, Batch, Busy, ClientId, ClockOffset, Delivery, Frame, Held, HistoryEntry, HistoryQuery,
    Job, Kept, LineId, Promise, PromiseKind, RoomSetting, Traffic, Update,
};
use crate::properties::cases;
use crate::server::frames::Frames;
use crate::text::CleanText;
use std::ops::Range;
use std::time::{Duration, SystemTime};

/// The number of people, each with a single client.
const PEOPLE: usize = 6;

/// An event of the test.
#[derive(Clone, Debug)]
enum RoomStep {
    Enters(usize, u8),
    Leaves(usize),
    Says(usize, Option<usize>),
    Acts(usize),
    Renames(usize, u8),
    Notices,
    HandsOut,
}

fn events() -> impl Strategy<Value = Vec<RoomStep>> {
    let who = 0..PEOPLE;
    let event = prop_oneof![
        4 => (who.clone(), any::<u8>()).prop_map(|(who, filter)| RoomStep::Enters(who, filter)),
        2 => who.clone().prop_map(RoomStep::Leaves),
        4 => (who.clone(), prop::option::of(who.clone())).prop_map(|(a, b)| RoomStep::Says(a, b)),
        1 => (who.clone(), any::<u8>()).prop_map(|(who, told)| RoomStep::Renames(who, told)),
        1 => who.prop_map(RoomStep::Acts),
        1 => Just(RoomStep::Notices),
        1 => Just(RoomStep::HandsOut),
    ];
    prop::collection::vec(event, 0..40)
}

fn person(who: usize) -> PersonId {
    PersonId::Guest(ClientId(who as u64))
}

/// How a person is shown the lines, by the bits of a number.
fn view(bits: u8) -> ViewSettings {
    let presentation = Presentation {
        tag: bits & 1 != 0,
        colour: bits & 2 != 0,
        bell: bits & 4 != 0,
        clock: (bits & 8 != 0).then_some(ClockOffset::of_minutes(60)),
        ..Presentation::default()
    };
    let filter = (bits & 16 != 0).then(|| {
        Arc::new(LineFilter {
            quiet: bits & 32 != 0,
            ignored: if bits & 64 != 0 {
                FxHashSet::from_iter([person(0)])
            } else {
                FxHashSet::default()
            },
            notices_mentions: bits & 128 != 0,
            mentions_ring: bits & 128 != 0 && bits & 2 == 0,
        })
    });
    ViewSettings { presentation, filter }
}

/// A room beside a plain model of it.
struct Pair {
    room: Room,
    /// The people in the room, and how each is shown the lines.
    here: BTreeMap<usize, ViewSettings>,
    /// By person: what they should have received, and what they have.
    expected: Vec<String>,
    given: Vec<String>,
    lines: u64,
    /// The presentations of all people who have been in the room during the open batch.
    looks: HashSet<Presentation>,
}

impl Pair {
    fn new() -> Self {
        Self {
            room: Room::new(RoomId(1), "#den".into(), Rules::default(), RoomHistory::default()),
            here: BTreeMap::new(),
            expected: vec![String::new(); PEOPLE],
            given: vec![String::new(); PEOPLE],
            lines: 0,
            looks: HashSet::new(),
        }
    }

    fn line(&mut self, who: usize, event: Event) {
        self.line_seen_by(&FxHashSet::default(), who, event);
    }

    fn line_seen_by(&mut self, seen_by: &FxHashSet<ClientIndex>, who: usize, event: Event) {
        self.lines += 1;
        let proposal = Proposal {
            id: LineId { origin: 1, number: self.lines },
            room: RoomId(1),
            at: SystemTime::UNIX_EPOCH,
            from: Author {
                client: ClientId(who as u64),
                person: person(who),
                name: format!("p{who}").into(),
            },
            event,
            seen_by: (!seen_by.is_empty()).then(|| Arc::new(seen_by.clone())),
        };
        self.room.append(proposal.clone());
        self.room.note_mentions(mentions);
        let here: Vec<(usize, ViewSettings)> =
            self.here.iter().map(|(w, r)| (*w, r.clone())).collect();
        for (reader, view) in here {
            if !seen_by.contains(&ClientIndex(reader)) {
                self.expected[reader] += &model(&view, reader, who, &proposal.event);
            }
        }
    }

    fn happens(&mut self, event: RoomStep) {
        match event {
            RoomStep::Enters(who, bits) if !self.here.contains_key(&who) => {
                self.line(who, Event::Joined);
                self.room.add(ClientIndex(who), person(who), view(bits));
                self.looks.insert(view(bits).presentation);
                self.here.insert(who, view(bits));
            }
            RoomStep::Leaves(who) if self.here.remove(&who).is_some() => {
                self.room.remove(ClientIndex(who));
                self.line(who, Event::Left);
            }
            RoomStep::Says(who, named) if self.here.contains_key(&who) => {
                let text = match named {
                    Some(named) => format!("line {} p{named}", self.lines),
                    None => format!("line {}", self.lines),
                };
                self.line(who, Event::Said { text: CleanText::from_bytes(text.as_bytes()) });
            }
            RoomStep::Acts(who) if self.here.contains_key(&who) => {
                let text = format!("act {} p0", self.lines);
                self.line(who, Event::Acted { text: CleanText::from_bytes(text.as_bytes()) });
            }
            RoomStep::Renames(who, told) if self.here.contains_key(&who) => {
                let to = format!("rename {}", self.lines).into();
                let seen_by: FxHashSet<ClientIndex> = (0..PEOPLE)
                    .filter(|reader| told & (1 << reader) != 0)
                    .map(ClientIndex)
                    .collect();
                self.line_seen_by(&seen_by, who, Event::Renamed { to });
            }
            RoomStep::Notices => self.line(1, Event::Setting(RoomSetting::GivenUp)),
            RoomStep::HandsOut => self.hand_out(),
            _ => {}
        }
    }

    fn hand_out(&mut self) {
        let given = &mut self.given;
        let mut frames: Vec<Arc<Frame>> = Vec::new();
        let mut out = Rendering {
            run_max: usize::MAX,
            given: &mut |index, frame, lines| {
                assert!(lines.start < lines.end && lines.end <= frame.line_count());
                let bytes = frame.byte_range(&lines);
                let bytes = &frame.bytes()[bytes.start as usize..bytes.end as usize];
                given[index] += std::str::from_utf8(bytes).unwrap();
                if !frames.iter().any(|known| Arc::ptr_eq(known, &frame)) {
                    frames.push(frame);
                }
            },
        };
        self.room.hand_out(20, &mut out);
        // A whole batch is rendered once for each presentation, and once more without the bell for
        // those with one, since it does not ring for the person's own lines.
        let bells = self.looks.iter().filter(|look| look.bell);
        let rung = bells.map(|look| Presentation { bell: false, ..*look });
        let looks: HashSet<Presentation> = self.looks.iter().copied().chain(rung).collect();
        let whole = frames.iter().filter(|frame| frame.line_count() > 1).count();
        assert!(whole <= looks.len(), "{whole} frames for {} looks", looks.len());
        self.looks = self.here.values().map(|view| view.presentation).collect();
    }
}

/// Renders what is handed out.
struct Rendering<'a> {
    run_max: usize,
    given: &'a mut dyn FnMut(usize, Arc<Frame>, Range<u32>),
}

impl Outbox for Rendering<'_> {
    fn hand_out(&mut self, batch: &Batch<'_>, members: &mut dyn FnMut(&mut dyn Recipients)) {
        let deliver = |ClientIndex(index), delivery| match delivery {
            Delivery::Lines { frame, lines, .. } => (self.given)(index, frame, lines),
            other => panic!("{other:?}"),
        };
        members(&mut Frames::of(batch, self.run_max, deliver));
    }

    fn deliver(&mut self, _: ClientIndex, delivery: Delivery) {
        panic!("{delivery:?}");
    }

    fn enters(&mut self, _: ClientId, _: ClientIndex) {}

    fn submit(&mut self, _: Job) -> Result<(), Busy> {
        Err(Busy)
    }

    fn keep(&mut self, _: Update) {}

    fn hold(&mut self, promise: Promise) -> Held {
        Held::Stored(promise)
    }

    fn has_kept(&mut self) -> Kept {
        Kept { promises: Vec::new(), registered: Vec::new(), is_all: true }
    }

    fn has_not_kept(&mut self) {}

    fn late(&mut self, _: Duration) -> Vec<(ClientId, PromiseKind, bool)> {
        Vec::new()
    }

    fn has_erased(&mut self, _: u64) -> Vec<Promise> {
        Vec::new()
    }

    fn write(&mut self, _: HistoryEntry) {}

    fn ask(&mut self, _: HistoryQuery) -> Result<(), Busy> {
        Err(Busy)
    }

    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

/// The people mentioned in a text: every `p` followed by a digit.
fn mentions(text: &str, found: &mut dyn FnMut(PersonId)) {
    for who in 0..PEOPLE {
        if text.split(' ').any(|word| word == format!("p{who}")) {
            found(person(who));
        }
    }
}

/// The bytes that a reader should be shown for a line.
fn model(view: &ViewSettings, reader: usize, author: usize, event: &Event) -> String {
    let ViewSettings { presentation, filter } = view;
    let filter = filter.as_deref().cloned().unwrap_or_default();
    let (is_said, text) = match event {
        Event::Said { text } | Event::Acted { text } => (true, text.as_str()),
        _ => (false, ""),
    };
    let is_hidden = match event {
        Event::Joined | Event::Left | Event::Quit { .. } => filter.quiet,
        Event::Setting(_) => false,
        _ => filter.ignored.contains(&person(author)),
    };
    if is_hidden {
        return String::new();
    }
    let is_mine = reader == author;
    let names_me = text.split(' ').any(|word| word == format!("p{reader}"));
    let stands_out = is_said && !is_mine && names_me && filter.notices_mentions;
    let rings = if stands_out { filter.mentions_ring } else { presentation.bell && !is_mine };
    let colours = ["", "\x1b[2m", "\x1b[0m"];
    let [_, dim, end] = if presentation.colour { colours } else { [""; 3] };
    let mut line = String::new();
    line += if is_said && rings { "\x07" } else { "" };
    line += if stands_out && presentation.colour { "<" } else { "" };
    line += if presentation.clock.is_some() { "01:00 " } else { "" };
    line += if presentation.tag { "[#den] " } else { "" };
    line += &match event {
        Event::Said { text } => format!("p{author}: {}", text.as_str()),
        Event::Acted { text } => format!("* p{author} {}", text.as_str()),
        Event::Joined => format!("{dim}p{author} joined{end}"),
        Event::Left | Event::Quit { .. } => format!("{dim}p{author} left{end}"),
        Event::Renamed { to } => format!("{dim}p{author} is now {to}{end}"),
        _ => {
            format!("{dim}p{author} gave up this room: it closes when the last person leaves{end}")
        }
    };
    line + if stands_out && presentation.colour { ">" } else { "" } + "\r\n"
}

/// The received text without the colours of names, and with the colour of mentions as `<` and `>`.
fn simplified(given: &str) -> String {
    let mut lines = String::new();
    for line in given.split_inclusive("\r\n") {
        let is_notice = line.contains("\x1b[2m");
        if is_notice {
            lines += line;
        } else if line.contains("\x1b[1;7m") {
            // The bell comes after the colour, which makes no difference to the reader.
            let rings = line.contains('\x07');
            let line = line.replace('\x07', "").replace("\x1b[1;7m", "<").replace("\x1b[0m", ">");
            lines += if rings { "\x07" } else { "" };
            lines += &line;
        } else {
            let mut line = line.replace("\x1b[0m", "");
            for colour in ["31", "32", "35", "36", "1;34", "1;35"] {
                line = line.replace(&format!("\x1b[{colour}m"), "");
            }
            lines += &line;
        }
    }
    lines
}

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn every_member_gets_what_the_plain_model_predicts(events in events()) {
        let mut pair = Pair::new();
        for event in events {
            pair.happens(event);
        }
        pair.hand_out();
        for who in 0..PEOPLE {
            prop_assert_eq!(simplified(&pair.given[who]), &*pair.expected[who], "p{}", who);
        }
    }
}

#[test]
fn members_with_the_same_view_share_a_frame() {
    let mut pair = Pair::new();
    // The second and third have the same view; the fourth has the same look but hides arrivals.
    for (who, bits) in [(0, 0), (1, 1), (2, 1), (3, 1 | 16 | 32)] {
        pair.happens(RoomStep::Enters(who, bits));
    }
    pair.hand_out();
    for _ in 0..3 {
        pair.happens(RoomStep::Says(0, None));
    }
    let mut frames = BTreeMap::new();
    let mut out = Rendering {
        run_max: 4,
        given: &mut |index, frame, lines| {
            assert_eq!(lines, 0..3);
            frames.insert(index, frame);
        },
    };
    pair.room.hand_out(20, &mut out);
    assert!(Arc::ptr_eq(&frames[&1], &frames[&2]) && Arc::ptr_eq(&frames[&1], &frames[&3]));
    assert!(!Arc::ptr_eq(&frames[&0], &frames[&1]));
}

#[test]
fn a_member_that_leaves_within_a_batch_still_sees_its_mention() {
    let mut pair = Pair::new();
    pair.happens(RoomStep::Enters(0, 0));
    pair.happens(RoomStep::Enters(1, 16 | 128));
    pair.hand_out();
    pair.happens(RoomStep::Says(0, Some(1)));
    pair.happens(RoomStep::Leaves(1));
    pair.hand_out();
    assert_eq!(pair.given[1], pair.expected[1]);
    assert!(pair.given[1].contains('\x07'));
}
