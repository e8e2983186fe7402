//! Messages with an id that were said, so that one that a client sends again is not said twice.
//!
//! An account has ids of its own. All guests share theirs, because a guest who reconnects is a new
//! person; ids are drawn at random, so two guests do not choose the same.
//!
//! This module decides what is forgotten: what is too old, and the oldest message where there are
//! too many. It does not know what a message says or how a repetition is answered. Its tables are
//! sorted, because clients choose the ids.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::address_block::AddressBlock;
use crate::limits;
use crate::model::id::ClientMessageId;
use crate::model::{AccountId, RoomId};

/// How many expired messages are removed with each new one: a constant, to bound the work, and two,
/// so that a backlog shrinks.
const FORGOTTEN_AT_ONCE_MAX: usize = 2;

/// The user whose share a message counts towards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::chat) enum MessageAuthor {
    /// The user of an account.
    Account(AccountId),
    /// The guests of an address.
    Guests(AddressBlock),
}

impl MessageAuthor {
    fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(account) => Some(account),
            Self::Guests(_) => None,
        }
    }

    fn messages_max(self) -> usize {
        match self {
            Self::Account(_) => limits::MESSAGE_IDS_PER_USER_MAX,
            Self::Guests(_) => limits::MESSAGE_IDS_PER_ADDRESS_MAX,
        }
    }
}

/// How a message was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::chat) enum SaidAs {
    /// In a room, with this number.
    InRoom(RoomId, u64),
    /// As a program that posts lines.
    Post,
    /// In private.
    Private,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SaidMessage {
    author: MessageAuthor,
    id: ClientMessageId,
    at: Duration,
    said_as: SaidAs,
}

/// The remembered messages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::chat) struct SaidMessages {
    /// By their number, oldest first.
    messages: BTreeMap<u64, SaidMessage>,
    /// The number of the last one.
    last: u64,
    #[serde(skip)]
    numbers: BTreeMap<(Option<AccountId>, ClientMessageId), u64>,
    /// The numbers of each author's messages, oldest first.
    #[serde(skip)]
    by_author: BTreeMap<MessageAuthor, VecDeque<u64>>,
}

impl SaidMessages {
    /// Fills in the tables by id and author, which are not saved.
    pub(in crate::chat) fn find_numbers(&mut self) {
        for (&number, SaidMessage { author, id, .. }) in &self.messages {
            self.numbers.insert((author.account(), *id), number);
            self.by_author.entry(*author).or_default().push_back(number);
        }
    }

    /// How the message with this id was said, if it is remembered.
    pub(in crate::chat) fn find(
        &self,
        author: MessageAuthor,
        id: ClientMessageId,
        now: Duration,
    ) -> Option<SaidAs> {
        let number = self.numbers.get(&(author.account(), id))?;
        let message = self.messages.get(number)?;
        (!message.is_old(now)).then_some(message.said_as)
    }

    /// Remembers that a message has been said.
    pub(in crate::chat) fn remember(
        &mut self,
        author: MessageAuthor,
        id: ClientMessageId,
        said_as: SaidAs,
        now: Duration,
    ) {
        for _ in 0..FORGOTTEN_AT_ONCE_MAX {
            if self.messages.first_key_value().is_some_and(|(_, message)| message.is_old(now)) {
                self.forget_oldest();
            }
        }
        if self.messages.len() >= limits::MESSAGE_IDS_MAX {
            self.forget_oldest();
        }
        self.last += 1;
        let own = self.by_author.entry(author).or_default();
        own.push_back(self.last);
        let surplus = if own.len() > author.messages_max() { own.pop_front() } else { None };
        self.messages.insert(self.last, SaidMessage { author, id, at: now, said_as });
        self.numbers.insert((author.account(), id), self.last);
        if let Some(number) = surplus {
            self.forget(number);
        }
    }

    /// Forgets the oldest message of all, which is also the oldest one of its author.
    fn forget_oldest(&mut self) {
        let Some((&number, message)) = self.messages.first_key_value() else { return };
        let author = message.author;
        if let Some(own) = self.by_author.get_mut(&author) {
            own.pop_front();
            if own.is_empty() {
                self.by_author.remove(&author);
            }
        }
        self.forget(number);
    }

    fn forget(&mut self, number: u64) {
        let Some(message) = self.messages.remove(&number) else { return };
        let key = (message.author.account(), message.id);
        // After it had grown old, the same id may have been used again.
        if self.numbers.get(&key) == Some(&number) {
            self.numbers.remove(&key);
        }
    }
}

impl SaidMessage {
    fn is_old(&self, now: Duration) -> bool {
        self.at + limits::MESSAGE_ID_TIME <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(3600);
    const ANN: MessageAuthor = MessageAuthor::Account(AccountId(1));

    fn guests(number: u32) -> MessageAuthor {
        let [_, a, b, c] = number.to_be_bytes();
        MessageAuthor::Guests(AddressBlock::of([10, a, b, c].into()))
    }

    fn is_consistent(said: &SaidMessages) {
        let own: usize = said.by_author.values().map(VecDeque::len).sum();
        assert_eq!((own, said.messages.len()), (said.messages.len(), said.numbers.len()));
    }

    #[test]
    fn each_author_has_a_share() {
        let mut said = SaidMessages::default();
        for author in [ANN, guests(1)] {
            let max = author.messages_max() as u128;
            for id in 0..max {
                said.remember(author, ClientMessageId(id), SaidAs::Private, START);
            }
            let is_known = |said: &SaidMessages, id| {
                said.find(author, ClientMessageId(id), START) == Some(SaidAs::Private)
            };
            assert!((0..max).all(|id| is_known(&said, id)));
            said.remember(author, ClientMessageId(max), SaidAs::Private, START);
            assert!(!is_known(&said, 0) && (1..=max).all(|id| is_known(&said, id)));
            is_consistent(&said);
        }
    }

    #[test]
    fn accounts_have_ids_of_their_own_and_guests_share_theirs() {
        let mut said = SaidMessages::default();
        let (id, other) = (ClientMessageId(7), MessageAuthor::Account(AccountId(2)));
        said.remember(ANN, id, SaidAs::Private, START);
        assert_eq!(said.find(other, id, START), None);
        assert_eq!(said.find(guests(1), id, START), None);
        said.remember(guests(1), id, SaidAs::Post, START);
        assert_eq!(said.find(guests(2), id, START), Some(SaidAs::Post));
        assert_eq!(said.find(ANN, id, START), Some(SaidAs::Private));
    }

    #[test]
    fn an_old_message_is_forgotten() {
        let mut said = SaidMessages::default();
        let (id, late) = (ClientMessageId(7), START + limits::MESSAGE_ID_TIME);
        said.remember(ANN, id, SaidAs::Private, START);
        assert_eq!(said.find(ANN, id, late - Duration::from_nanos(1)), Some(SaidAs::Private));
        assert_eq!(said.find(ANN, id, late), None);
        // The same id again, while the old message is still there.
        let mut said = SaidMessages::default();
        for number in 0..9 {
            said.remember(guests(number), ClientMessageId(number.into()), SaidAs::Private, START);
        }
        said.remember(guests(8), ClientMessageId(8), SaidAs::Post, late);
        assert_eq!(said.find(guests(8), ClientMessageId(8), late), Some(SaidAs::Post));
        for number in 9..15 {
            said.remember(guests(number), ClientMessageId(number.into()), SaidAs::Private, late);
        }
        assert_eq!(said.find(guests(8), ClientMessageId(8), late), Some(SaidAs::Post));
        assert_eq!(said.messages.len(), 7);
        is_consistent(&said);
    }

    #[test]
    fn all_messages_together_are_bounded() {
        let mut said = SaidMessages::default();
        for number in 0..limits::MESSAGE_IDS_MAX as u32 + 9 {
            said.remember(guests(number), ClientMessageId(number.into()), SaidAs::Private, START);
        }
        assert_eq!(said.messages.len(), limits::MESSAGE_IDS_MAX);
        assert_eq!(said.by_author.len(), limits::MESSAGE_IDS_MAX);
        assert_eq!(said.find(guests(8), ClientMessageId(8), START), None);
        assert!(said.find(guests(9), ClientMessageId(9), START).is_some());
        is_consistent(&said);
    }
}
