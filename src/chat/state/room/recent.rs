//! The recent history of a room: its last lines, which are in memory, and the read markers.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::SystemTime;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Room;
use crate::base::in_order;
use crate::limits;
use crate::model::{
    AccountId, ClientIndex, Erasure, Event, OrderedLine, PersonId, ReadMarker, RoomHistory,
    StoredLine,
};
use crate::text::Manner;

/// The part of a room's history that is in memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct RecentLines {
    /// The last lines that were said and have been handed out.
    recent: VecDeque<StoredLine>,
    recent_bytes: usize,
    #[serde(serialize_with = "in_order::map")]
    marks: FxHashMap<AccountId, ReadMarker>,
}

impl RecentLines {
    pub(super) fn of(history: RoomHistory) -> Self {
        let mut past = Self::default();
        for line in history.recent {
            past.push(line, usize::MAX);
        }
        past.marks = history.marks.into_iter().collect();
        past
    }

    /// Adds the last of these lines.
    pub(super) fn remember(&mut self, said: &[StoredLine], lines_max: usize) {
        for line in &said[said.len().saturating_sub(lines_max)..] {
            self.push(line.clone(), lines_max);
        }
    }

    fn push(&mut self, line: StoredLine, lines_max: usize) {
        self.recent_bytes += bytes_of(&line);
        self.recent.push_back(line);
        while self.recent.len() > lines_max || self.recent_bytes > limits::RECENT_BYTES_MAX {
            let Some(oldest) = self.recent.pop_front() else { return };
            self.recent_bytes -= bytes_of(&oldest);
        }
    }

    fn change_each(&mut self, change: impl Fn(&mut StoredLine)) {
        for line in &mut self.recent {
            self.recent_bytes -= bytes_of(line);
            change(line);
            self.recent_bytes += bytes_of(line);
        }
    }
}

fn bytes_of(line: &StoredLine) -> usize {
    size_of::<StoredLine>() + line.name.len() + line.text.as_str().len()
}

impl OrderedLine {
    /// The line in its stored form, if a person said it.
    fn kept(&self) -> Option<StoredLine> {
        self.clone().into_kept()
    }

    pub(super) fn into_kept(self) -> Option<StoredLine> {
        let (manner, text) = match self.proposal.event {
            Event::Said { text } => (Manner::Said, text),
            Event::Acted { text } => (Manner::Acted, text),
            _ => return None,
        };
        Some(StoredLine {
            seq: self.seq,
            id: self.proposal.id,
            at: self.proposal.at,
            author: self.proposal.from.person,
            name: self.proposal.from.name,
            manner,
            text,
            deleted_by: None,
        })
    }
}

impl Room {
    /// The last lines that were said in the room, in order: at most `lines_max`, and only those in
    /// memory.
    pub fn recent(&self, lines_max: usize) -> Vec<StoredLine> {
        let open = self.open.iter().rev().filter_map(OrderedLine::kept);
        let mut lines: Vec<StoredLine> =
            open.chain(self.past.recent.iter().rev().cloned()).take(lines_max).collect();
        lines.reverse();
        lines
    }

    /// Removes the text of lines that have been handed out and are in memory.
    pub fn delete(&mut self, seqs: &[u64], by: &Arc<str>) {
        self.past.change_each(|line| {
            if seqs.binary_search(&line.seq).is_ok() {
                line.delete(by);
            }
        });
    }

    /// Erases what lines that have been handed out and are in memory say about a person.
    pub fn erase(&mut self, erasure: &Erasure, is_registered: impl Fn(AccountId) -> bool) {
        self.past.change_each(|line| {
            let is_registered = line.author.account().is_some_and(&is_registered);
            line.erase(erasure, is_registered);
        });
    }

    /// Whether a line that is in memory has been deleted.
    pub fn is_deleted(&self, seq: u64) -> bool {
        let recent = &self.past.recent;
        let found = recent.binary_search_by_key(&seq, |line| line.seq);
        found.is_ok_and(|at| recent[at].deleted_by.is_some())
    }

    /// The authors of the last `lines_max` lines, most recent first. Guests of an earlier run of
    /// the server are left out, since their ids mean different clients now.
    pub fn recent_authors(&self, lines_max: usize, seed: u64) -> impl Iterator<Item = PersonId> {
        let open = self.open.iter().rev().filter(|line| line.proposal.event.is_said());
        let open = open.map(|line| (line.proposal.id.origin, line.proposal.from.person));
        let past = self.past.recent.iter().rev().map(|line| (line.id.origin, line.author));
        let is_known =
            move |&(origin, person): &(u64, PersonId)| origin == seed || person.account().is_some();
        open.chain(past).take(lines_max).filter(is_known).map(|(_, person)| person)
    }

    /// When the last line that has been handed out was said, if it is in memory.
    pub fn last_said_at(&self) -> Option<SystemTime> {
        self.past.recent.back().map(|line| line.at)
    }

    /// The sequence numbers of the lines in memory that reach up to the last one without a gap.
    /// Lines left by an earlier run of the server may have gaps, so the range begins after the last
    /// gap.
    pub fn recent_seqs(&self) -> RangeInclusive<u64> {
        let open = self.open.iter().rev().filter(|line| line.proposal.event.is_said());
        let recent = self.past.recent.iter().rev().map(|line| line.seq);
        let seqs = open.map(|line| line.seq).chain(recent);
        let count = seqs.zip(0..).take_while(|(seq, back)| seq + back == self.last_seq).count();
        self.last_seq + 1 - count as u64..=self.last_seq
    }

    /// How many lines had been said when a member joined.
    pub fn entered_at_seq(&self, index: ClientIndex) -> u64 {
        self.positions.get(&index).map_or(self.last_seq, |&at| self.members[at].entered_at_seq)
    }

    /// The read marker of an account.
    pub fn mark(&self, account: AccountId) -> Option<ReadMarker> {
        self.past.marks.get(&account).copied()
    }

    /// Sets the read marker of an account.
    pub fn set_mark(&mut self, account: AccountId, mark: ReadMarker) {
        self.past.marks.insert(account, mark);
    }

    /// Removes the read marker of an account that no longer exists.
    pub fn forget_mark(&mut self, account: AccountId) {
        self.past.marks.remove(&account);
    }

    /// The number of read markers.
    pub fn marks(&self) -> usize {
        self.past.marks.len()
    }
}
