//! What a chat puts out.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use crate::chat::outbox::{Outbox, Recipients};
use crate::model::{
    AccountId, Batch, Busy, ClientId, ClientIndex, Delivery, Held, HistoryEntry, HistoryQuery, Job,
    Kept, OrderedLine, Presentation, Promise, PromiseKind, Reply, RoomId, Traffic, Update,
};

/// What the disk of a chat does with promises.
#[derive(Clone, Copy, Debug)]
pub(in crate::chat::tests) enum Disk {
    IsFast,
    IsSlow,
    Refuses,
}

/// Everything that a chat has put out since the last comparison.
#[derive(Debug)]
pub(in crate::chat::tests) struct Recorder {
    pub(super) disk: Disk,
    pub(super) clients: BTreeMap<usize, ClientId>,
    /// By client and room, the events; without a room, everything that it was told.
    pub(super) told: BTreeMap<(ClientId, Option<RoomId>), Vec<String>>,
    pub(super) stored: Vec<String>,
    registered: Vec<AccountId>,
    /// By room, the lines that were stored.
    pub(super) said: BTreeMap<RoomId, Vec<String>>,
    /// Whether a request is being answered, of which the other servers do not know.
    pub(super) is_answering: Rc<Cell<bool>>,
}

impl Recorder {
    pub(super) fn new(disk: Disk, is_answering: Rc<Cell<bool>>) -> Self {
        Self {
            disk,
            clients: BTreeMap::new(),
            told: BTreeMap::new(),
            stored: Vec::new(),
            registered: Vec::new(),
            said: BTreeMap::new(),
            is_answering,
        }
    }

    pub(super) fn tell(&mut self, client: ClientId, what: String) {
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
            Delivery::Replies(replies) if !self.is_answering.get() => {
                let is_due =
                    |reply: &&Reply| !matches!(reply, Reply::NotSavedYet | Reply::NotErasedYet);
                for reply in replies.iter().filter(is_due) {
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
        if let Update::Registered { account, .. } = update {
            self.registered.push(account.id);
        }
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
        Kept {
            promises: Vec::new(),
            registered: std::mem::take(&mut self.registered),
            is_all: true,
        }
    }

    fn has_not_kept(&mut self) {}

    fn late(&mut self, _: Duration) -> Vec<(ClientId, PromiseKind, bool)> {
        Vec::new()
    }

    fn has_erased(&mut self, _: u64) -> Vec<Promise> {
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

pub(super) struct RecordedBatch<'a> {
    room: RoomId,
    lines: &'a [OrderedLine],
    pub(super) clients: &'a BTreeMap<usize, ClientId>,
    pub(super) told: &'a mut BTreeMap<(ClientId, Option<RoomId>), Vec<String>>,
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
