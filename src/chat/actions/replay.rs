//! The latest lines of a room, for a client that joins it.

use std::sync::Arc;

use crate::base::clock::ChatTime;
use crate::chat::state::Chat;
use crate::model::{
    ClientIndex, Heading, Past, PastEnd, PastLine, PersonId, Reply, RoomId, StoredLine,
};

impl Chat {
    /// The last lines of a room for a client that joins it, unless there are none.
    pub(in crate::chat) fn replay(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        now: ChatTime,
    ) -> Option<Reply> {
        let lines_max = self.replay_lines(index);
        let mut lines = self.rooms.at(room).recent(lines_max);
        lines.retain(|line| !self.is_too_old(line, now) && !self.is_ignored(index, line));
        if lines.is_empty() {
            return None;
        }
        let past = Past {
            room: Some(self.rooms.at(room).name().clone()),
            heading: Some(Heading::Last { count: lines.len() as u64 }),
            is_cut: false,
            has_numbers: false,
            lines: lines.iter().map(|line| past_line(line, None)).collect(),
            gaps: [].into(),
            end: PastEnd::Whole,
        };
        Some(Reply::Past(Box::new(past)))
    }

    /// Whether the author of the line is ignored. The same guest id from an earlier run of the
    /// server means a different client.
    pub(in crate::chat) fn is_ignored(&self, index: ClientIndex, line: &StoredLine) -> bool {
        let is_known = match line.author {
            PersonId::Registered(_) => true,
            PersonId::Guest(_) => line.id.origin == self.options.origin,
        };
        is_known && self.is_ignored_by(line.author, self.clients[index.0].person)
    }

    /// Whether a line has expired and is merely not removed yet.
    pub(in crate::chat) fn is_too_old(&self, line: &StoredLine, now: ChatTime) -> bool {
        let age = now.wall.duration_since(line.at).unwrap_or_default();
        self.options.history_age.is_some_and(|most| age > most)
    }
}

pub(in crate::chat) fn past_line(line: &StoredLine, room: Option<Arc<str>>) -> PastLine {
    PastLine {
        seq: line.seq,
        at: line.at.into(),
        room,
        name: line.name.clone(),
        manner: line.manner,
        text: line.text.clone(),
        deleted_by: line.deleted_by.clone(),
    }
}
