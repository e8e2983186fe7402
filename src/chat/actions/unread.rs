//! Read markers: how far each registered person has read in each room, and what a client that
//! joins is told of it.
//!
//! A marker is set when the last client of a person leaves a room, to the last line at that time;
//! while a person is in the room, they have read everything. The missed lines end where the client
//! joined, perhaps still as a guest, because it has seen all lines after that. So each line is
//! either missed or seen, never both.

use crate::chat::state::views::UnreadLines;
use crate::chat::turn::Turn;
use crate::limits;
use crate::model::{AccountId, ClientIndex, HistoryEntry, PersonId, ReadMarker, Reply, RoomId};

impl Turn<'_> {
    /// Handles a person joining a room with their first client. Returns the lines they have missed,
    /// if it is known how far they had read.
    pub(in crate::chat) fn mark_joined(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        person: PersonId,
    ) -> Option<UnreadLines> {
        let account = person.account()?;
        let before = self.chat.rooms.at(room).mark(account);
        if before.is_none() && self.chat.rooms.marks() >= limits::MARKS_MAX {
            return None;
        }
        self.set_mark(room, account, ReadMarker::Here);
        match before {
            Some(ReadMarker::Left { seq, at }) => {
                let seqs = seq + 1..=self.chat.rooms.at(room).entered_at_seq(index);
                Some(UnreadLines { room, seqs, since: at })
            }
            Some(ReadMarker::Here) | None => None,
        }
    }

    /// Handles a person leaving a room with their last client.
    pub(in crate::chat) fn mark_left(&mut self, room: RoomId, person: PersonId) {
        let Some(account) = person.account() else { return };
        let here = self.chat.rooms.at(room);
        if here.mark(account).is_some() {
            let mark = ReadMarker::Left { seq: here.last_seq(), at: self.now.wall };
            self.set_mark(room, account, mark);
        }
    }

    /// Handles a client leaving rooms that may never have been announced there. Its person may be
    /// marked as present all the same, by logging in first.
    pub(in crate::chat) fn mark_unannounced_left(&mut self, rooms: &[RoomId], person: PersonId) {
        let Some(account) = person.account() else { return };
        for &room in rooms {
            let here = self.chat.rooms.at(room);
            if !here.has(person) && here.mark(account) == Some(ReadMarker::Here) {
                self.mark_left(room, person);
            }
        }
    }

    /// Stores the marks of an account again once it is stored itself: the store drops marks of
    /// unknown accounts.
    pub(in crate::chat) fn keep_marks(&mut self, account: AccountId) {
        if !self.chat.options.keeps_history {
            return;
        }
        for room in self.chat.rooms.iter() {
            if let Some(mark) = room.mark(account) {
                self.out.write(HistoryEntry::Mark { account, room: room.id(), mark });
            }
        }
    }

    fn set_mark(&mut self, room: RoomId, account: AccountId, mark: ReadMarker) {
        self.chat.rooms.at(room).set_mark(account, mark);
        if self.chat.options.keeps_history {
            self.out.write(HistoryEntry::Mark { account, room, mark });
        }
    }

    /// Shows past lines to a client that has joined a room: how many it has missed if that is
    /// known, or else the last lines.
    pub(in crate::chat) fn tell_past(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        missed: Option<UnreadLines>,
    ) {
        match missed {
            Some(missed) => self.tell_missed(index, missed),
            None => {
                let replay = self.chat.replay(index, room, self.now);
                self.tell_all(index, replay.into_iter().collect());
            }
        }
    }

    /// Tells a client how many lines its person has missed and how to read them.
    pub(in crate::chat) fn tell_missed(&mut self, index: ClientIndex, missed: UnreadLines) {
        if missed.seqs.is_empty() {
            return;
        }
        let is_current = self.chat.clients[index.0].rooms.last() == Some(&missed.room);
        let room = self.chat.rooms.at(missed.room).name().clone();
        let (count, since) = (missed.count(), missed.since.into());
        self.tell(index, Reply::Unread { room, is_current, count, since });
        let views = self.chat.clients[index.0].views();
        views.missed.retain(|other| other.room != missed.room);
        views.missed.push(missed);
    }
}
