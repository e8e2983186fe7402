//! Replies that promise that something lasts: they are sent when it is on the disk.
//!
//! The chat decides and the disk only confirms. So a change is in force at once, and if the disk
//! takes long or refuses it, the client is told that it is not saved yet, and again when it is.

use std::time::Duration;

use crate::chat::turn::Turn;
use crate::limits;
use crate::model::{ClientIndex, CommandVerdict, Held, Kept, Promise, PromiseKind, Reply};

impl Turn<'_> {
    /// Sends replies once everything that was to be stored by now is stored. Returns whether the
    /// client need not wait for that.
    pub(in crate::chat) fn promise(
        &mut self,
        index: ClientIndex,
        kind: PromiseKind,
        replies: Vec<Reply>,
        is_awaited: bool,
    ) -> bool {
        let (to, since) = (self.chat.clients[index.0].id, self.now.elapsed);
        match self.out.hold(Promise { to, kind, replies, is_awaited, since, is_late: false }) {
            Held::Stored(promise) => self.tell_all(index, promise.replies),
            Held::Waits => return false,
            Held::Late => self.tell(index, not_yet(kind)),
        }
        true
    }

    /// Sends the replies that waited for one set of updates. After a failure, tells the operators
    /// once nothing is left to be stored.
    pub(in crate::chat) fn changes_are_kept(&mut self) {
        let Kept { promises, registered, is_all } = self.out.has_kept();
        for account in registered {
            self.keep_marks(account);
        }
        self.hold_true(promises);
        if is_all && std::mem::take(&mut self.chat.has_unsaved) {
            self.tell_operators(&Reply::AllSaved);
        }
    }

    /// Sends the replies that waited for lines to be erased.
    pub(in crate::chat) fn deletions_are_erased(&mut self, deletions: u64) {
        let promises = self.out.has_erased(deletions);
        self.hold_true(promises);
    }

    fn hold_true(&mut self, promises: Vec<Promise>) {
        for Promise { to, mut replies, is_awaited, is_late, .. } in promises {
            let Some(&index) = self.chat.indexes.get(&to) else { continue };
            if is_late && replies.is_empty() {
                replies.push(Reply::SavedNow);
            }
            self.tell_all(index, replies);
            if is_awaited && !is_late {
                self.resume(index, CommandVerdict::Done);
            }
        }
    }

    /// Handles a disk that refuses what is to be stored.
    pub(in crate::chat) fn changes_are_not_kept(&mut self) {
        self.chat.has_unsaved = true;
        self.out.has_not_kept();
        self.tell_of_disk();
        self.tell_late(self.now.elapsed);
    }

    /// Tells the clients whose promises take too long.
    pub(in crate::chat) fn tell_who_waits(&mut self) {
        if let Some(made_by) = self.now.elapsed.checked_sub(limits::PROMISE_TIME) {
            self.tell_late(made_by);
        }
    }

    fn tell_late(&mut self, made_by: Duration) {
        for (client, kind, is_awaited) in self.out.late(made_by) {
            let Some(&index) = self.chat.indexes.get(&client) else { continue };
            self.tell(index, not_yet(kind));
            if is_awaited {
                self.resume(index, CommandVerdict::Done);
            }
        }
    }
}

fn not_yet(kind: PromiseKind) -> Reply {
    match kind {
        PromiseKind::Saved => Reply::NotSavedYet,
        PromiseKind::Erased => Reply::NotErasedYet,
    }
}
