//! `/delete`: messages are taken back.
//!
//! Lines in memory are found at once; the history is asked for older ones. What was found is a
//! verdict, like that on a password, and the deletion is a command of its own.

use std::sync::Arc;

use crate::chat::state::Chat;
use crate::chat::state::views::{PendingDeletion, Question};
use crate::chat::turn::{Done, Turn};
use crate::command::DeleteTarget;
use crate::limits;
use crate::model::{
    AuditEntry, ClientIndex, Deletion, Event, HistoryEntry, HistoryRequest, HistoryResult,
    LineAuthor, ModAction, PersonId, PromiseKind, Rank, Refusal, Reply, RoomId, Span, StoredLine,
    Verdict,
};

impl Turn<'_> {
    /// `/delete`.
    pub(in crate::chat) fn delete(
        &mut self,
        index: ClientIndex,
        target: &DeleteTarget,
    ) -> Result<Done, Refusal> {
        self.chat.check_may_ask(index)?;
        let pending = self.chat.meant_to_be_deleted(index, target)?;
        let room = self.chat.rooms.at(pending.room());
        let mut lines = room.recent(usize::MAX);
        let is_all_in_memory = *room.recent_seqs().start() == 1 || !self.chat.options.keeps_history;
        let before = lines.first().map_or(room.last_seq() + 1, |line| line.seq);
        self.keep_meant(&pending, &mut lines)?;
        let missing = pending.count().saturating_sub(lines.len());
        if missing == 0 || is_all_in_memory {
            return self.chat.found_to_delete(&pending, lines).map(Done::Decided);
        }
        let wanted = pending.wanted(before);
        self.ask(index, wanted, missing, Question::Deletion { pending, lines })?;
        Ok(Done::Later)
    }

    /// Handles the answer of the history about older lines. Returns the verdict.
    pub(in crate::chat) fn older_lines_to_delete(
        &mut self,
        pending: &PendingDeletion,
        lines: Vec<StoredLine>,
        content: HistoryResult,
    ) -> Result<Verdict, Refusal> {
        let HistoryResult::Page(page) = content else { return Err(Refusal::HistoryFailed) };
        let mut older = page.lines;
        self.keep_meant(pending, &mut older)?;
        older.extend(lines);
        self.chat.found_to_delete(pending, older)
    }

    /// Leaves the lines that are to be deleted. Refuses a message that was deleted before.
    fn keep_meant(
        &self,
        pending: &PendingDeletion,
        lines: &mut Vec<StoredLine>,
    ) -> Result<(), Refusal> {
        if let PendingDeletion::Number { room, seq } = *pending
            && lines.iter().any(|line| line.seq == seq && line.deleted_by.is_some())
        {
            let room = self.chat.shown_room(Some(room)).unwrap_or_default();
            return Err(Refusal::AlreadyDeleted { room, number: seq });
        }
        lines.retain(|line| pending.means(line) && !self.chat.is_too_old(line, self.now));
        Ok(())
    }

    /// Deletes lines of one author.
    pub(in crate::chat) fn delete_lines(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        author: Option<PersonId>,
        name: &Arc<str>,
        mut seqs: Vec<u64>,
    ) -> Result<Done, Refusal> {
        // The room may have ended, or somebody may have deleted the lines, while the history was
        // asked.
        if self.chat.rooms.find(room).is_none() {
            return Err(Refusal::RoomLeft);
        }
        self.chat.check_may_delete(index, room, author)?;
        let is_own = self.chat.is_own(index, author);
        let of = (!is_own).then(|| name.clone());
        // Lines that have not been handed out are not in memory yet.
        self.close_batch(room);
        let by = self.chat.clients[index.0].name.clone();
        let lines = self.chat.rooms.at(room);
        seqs.retain(|&seq| !lines.is_deleted(seq));
        if seqs.is_empty() {
            return Err(Refusal::NothingToDelete { name: of });
        }
        lines.delete(&seqs, &by);
        self.chat.deletions += 1;
        let count = seqs.len() as u64;
        if !is_own {
            let entry = AuditEntry {
                room: Some(self.chat.rooms.at(room).name().as_ref().into()),
                reason: Some(count.to_string().into()),
                ..self.entry(index, ModAction::Delete, Some(name))
            };
            self.moderate(index, None, entry);
        }
        let numbers = seqs.clone().into();
        let event = Event::Deleted { deletion: Box::new(Deletion { of, numbers }) };
        self.chat.announce(index, room, event, self.now);
        if self.chat.options.keeps_history {
            self.out.write(HistoryEntry::Deleted { room, seqs, by });
        }
        Ok(Done::Promised(PromiseKind::Erased, vec![Reply::Deleted { count }]))
    }
}

impl Chat {
    fn meant_to_be_deleted(
        &self,
        index: ClientIndex,
        target: &DeleteTarget,
    ) -> Result<PendingDeletion, Refusal> {
        let own = self.clients[index.0].person;
        Ok(match target {
            DeleteTarget::OwnLast => PendingDeletion::LastOf {
                room: self.own_room(index, None)?,
                author: self.author_of(index),
                name: None,
                count: 1,
            },
            DeleteTarget::LastOf { name, count } => {
                let room = self.own_room(index, None)?;
                let person = self.whoever_at_all(name).ok();
                self.check_may_delete(index, room, person)?;
                let max = limits::DELETED_AT_ONCE_MAX;
                let count = usize::try_from(count.get()).unwrap_or(usize::MAX);
                if count > max {
                    return Err(Refusal::TooManyToDelete { max: max as u64 });
                }
                let author = match (person, name.key()) {
                    (Some(person), _) if person == own => self.author_of(index),
                    (Some(person), key) => self.author_named(person, key),
                    (None, Some(key)) => {
                        LineAuthor { key: Some(key.into()), ..LineAuthor::default() }
                    }
                    (None, None) => {
                        let person = self.whoever_or_nearest(index, name)?;
                        self.author_named(person, None)
                    }
                };
                let name = (person != Some(own)).then(|| name.as_str().into());
                PendingDeletion::LastOf { room, author, name, count }
            }
            DeleteTarget::Number { room, seq } => {
                let room = match self.has_rank(index, Rank::Operator) {
                    true => self.scope(index, Some(room))?.ok_or(Refusal::InNoRoom)?,
                    false => self.own_room(index, Some(room))?,
                };
                PendingDeletion::Number { room, seq: seq.get() }
            }
        })
    }

    /// A client's user, also as the guest that the user was before.
    fn author_of(&self, index: ClientIndex) -> LineAuthor {
        let client = &self.clients[index.0];
        LineAuthor {
            account: client.person.account(),
            guest: Some((client.id, self.options.origin)),
            ..LineAuthor::default()
        }
    }

    /// A person, and guests who had the name.
    fn author_named(&self, person: PersonId, key: Option<&str>) -> LineAuthor {
        let (account, guest) = match person {
            PersonId::Registered(account) => (Some(account), None),
            PersonId::Guest(client) => (None, Some((client, self.options.origin))),
        };
        LineAuthor { account, guest, guest_key: key.map(Into::into), key: None }
    }

    /// Whether a client's user is this author, or was as a guest.
    fn is_own(&self, index: ClientIndex, author: Option<PersonId>) -> bool {
        let client = &self.clients[index.0];
        author.is_some_and(|author| author == client.person || author == PersonId::Guest(client.id))
    }

    /// The verdict on what was found, in order.
    fn found_to_delete(
        &self,
        pending: &PendingDeletion,
        mut lines: Vec<StoredLine>,
    ) -> Result<Verdict, Refusal> {
        lines.drain(..lines.len().saturating_sub(pending.count()));
        let Some(last) = lines.last() else {
            return Err(match pending {
                PendingDeletion::LastOf { name, .. } => {
                    Refusal::NothingToDelete { name: name.clone() }
                }
                PendingDeletion::Number { room, seq } => {
                    let room = self.shown_room(Some(*room)).unwrap_or_default();
                    Refusal::NoSuchMessage { room, number: *seq }
                }
            });
        };
        // A registered user may have a rank.
        let registered = lines.iter().find(|line| line.author.account().is_some());
        let is_known = |line: &&StoredLine| line.id.origin == self.options.origin;
        let author = registered.or(Some(last).filter(is_known)).map(|line| line.author);
        Ok(Verdict::Delete {
            room: pending.room(),
            author,
            name: last.name.clone(),
            seqs: lines.iter().map(|line| line.seq).collect(),
        })
    }

    /// Checks that a client may delete what this author said in a room.
    fn check_may_delete(
        &self,
        index: ClientIndex,
        room: RoomId,
        author: Option<PersonId>,
    ) -> Result<(), Refusal> {
        if self.is_own(index, author) {
            return Ok(());
        }
        if !self.has_rank(index, Rank::Operator) {
            self.check_moderates_in(index, room)?;
        }
        author.map_or(Ok(()), |author| self.check_outranks(index, author))
    }
}

impl PendingDeletion {
    fn room(&self) -> RoomId {
        let (Self::LastOf { room, .. } | Self::Number { room, .. }) = self;
        *room
    }

    fn count(&self) -> usize {
        match self {
            Self::LastOf { count, .. } => *count,
            Self::Number { .. } => 1,
        }
    }

    fn means(&self, line: &StoredLine) -> bool {
        line.deleted_by.is_none()
            && match self {
                Self::LastOf { author, .. } => line.is_by(author),
                Self::Number { seq, .. } => line.seq == *seq,
            }
    }

    /// What to ask the history for.
    fn wanted(&self, before: u64) -> HistoryRequest {
        match self {
            Self::LastOf { room, author, .. } => {
                HistoryRequest::LinesOf { room: *room, before, author: author.clone() }
            }
            Self::Number { room, seq } => HistoryRequest::Page(Span {
                room: *room,
                seqs: *seq..=*seq,
                not_before: None,
                before: None,
            }),
        }
    }
}
