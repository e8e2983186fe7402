//! The order that several servers agree on.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use fastrand::Rng;

use crate::base::clock::ChatTime;
use crate::command::ChatCommand;
use crate::server::sequencer::{Item, Sequencer};

/// A command that a server has proposed.
#[derive(Clone, Debug)]
pub(super) struct Proposed {
    server: usize,
    /// Counts the proposals of the server, from 1.
    number: u64,
    pub(super) command: ChatCommand,
    pub(super) at: ChatTime,
}

/// What all servers apply, in order, and what is on the way to it.
pub(super) struct Log {
    rng: Rng,
    pub(super) entries: Vec<Proposed>,
    /// What each server has proposed, in order, until it arrives.
    on_the_way: Vec<VecDeque<Proposed>>,
    /// What arrives a second time.
    doubles: Vec<Proposed>,
    /// The number of the last proposal of each server.
    last: Vec<u64>,
}

impl Log {
    pub(super) fn new(seed: u64, servers: usize) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            entries: Vec::new(),
            on_the_way: vec![VecDeque::new(); servers],
            doubles: Vec::new(),
            last: vec![0; servers],
        }
    }

    /// Something may arrive.
    pub(super) fn goes_on(&mut self) {
        for _ in 0..self.rng.u32(..4) {
            self.arrives();
        }
    }

    /// Everything arrives.
    pub(super) fn settles(&mut self) {
        while self.on_the_way.iter().any(|proposed| !proposed.is_empty()) {
            self.arrives();
        }
    }

    fn arrives(&mut self) {
        let server = self.rng.usize(..self.on_the_way.len());
        if let Some(proposed) = self.on_the_way[server].pop_front() {
            if self.rng.u32(..10) == 0 {
                self.doubles.push(proposed.clone());
            }
            self.accepts(proposed);
        }
        if !self.doubles.is_empty() && self.rng.u32(..20) == 0 {
            let double = self.rng.usize(..self.doubles.len());
            let double = self.doubles.swap_remove(double);
            self.accepts(double);
        }
    }

    fn accepts(&mut self, mut proposed: Proposed) {
        let last = &mut self.last[proposed.server];
        if proposed.number <= *last {
            return;
        }
        assert_eq!(proposed.number, *last + 1);
        *last += 1;
        if let Some(before) = self.entries.last() {
            proposed.at.elapsed = proposed.at.elapsed.max(before.at.elapsed);
        }
        self.entries.push(proposed);
    }
}

/// What a server has proposed and not got back.
enum Own {
    Command(u64),
    Request(Item),
}

/// One server's view of the log.
pub(super) struct Simulated {
    pub(super) log: Rc<RefCell<Log>>,
    rng: Rng,
    server: usize,
    /// How many entries of the log have been applied here.
    pub(super) applied: usize,
    proposed: u64,
    own: VecDeque<Own>,
    /// Whether the last item was a request.
    pub(super) is_answering: Rc<Cell<bool>>,
    /// Everything in the log is given back at once.
    pub(super) is_prompt: bool,
}

impl Simulated {
    pub(super) fn new(log: Rc<RefCell<Log>>, server: usize) -> Self {
        Self {
            rng: Rng::with_seed(server as u64),
            log,
            server,
            applied: 0,
            proposed: 0,
            own: VecDeque::new(),
            is_answering: Rc::default(),
            is_prompt: false,
        }
    }

    /// Whether nothing is on the way to the log or from it.
    pub(super) fn is_done(&self) -> bool {
        let log = self.log.borrow();
        self.own.is_empty() && self.applied == log.entries.len()
    }

    /// Some of what the server has proposed last is lost.
    pub(super) fn is_killed(&mut self) {
        let mut log = self.log.borrow_mut();
        let mut on_the_way = std::mem::take(&mut log.on_the_way[self.server]);
        let kept = self.rng.usize(..=on_the_way.len());
        on_the_way.drain(..kept).for_each(|proposed| log.accepts(proposed));
        self.proposed = log.last[self.server];
        self.own.clear();
    }
}

impl Sequencer for Simulated {
    fn is_immediate(&self) -> bool {
        false
    }

    fn propose(&mut self, item: Item) {
        match item {
            Item::Command(command, at) => {
                self.proposed += 1;
                let (server, number) = (self.server, self.proposed);
                self.own.push_back(Own::Command(number));
                let proposed = Proposed { server, number, command, at };
                self.log.borrow_mut().on_the_way[server].push_back(proposed);
            }
            request => self.own.push_back(Own::Request(request)),
        }
    }

    fn next(&mut self) -> Option<Item> {
        self.is_answering.set(false);
        match self.own.pop_front() {
            Some(Own::Request(request)) => {
                self.is_answering.set(true);
                return Some(request);
            }
            Some(own) => self.own.push_front(own),
            None => {}
        }
        if !self.is_prompt && self.rng.u32(..3) == 0 {
            return None;
        }
        let log = self.log.borrow();
        let Proposed { server, number, command, at } = log.entries.get(self.applied)?;
        self.applied += 1;
        if *server == self.server
            && matches!(self.own.front(), Some(Own::Command(own)) if own == number)
        {
            self.own.pop_front();
        }
        Some(Item::Command(command.clone(), *at))
    }
}
