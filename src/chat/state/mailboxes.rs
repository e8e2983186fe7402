//! Private messages to people who are away, until they are back.

use std::time::SystemTime;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::base::in_order;
use crate::limits;
use crate::model::{AccountId, ERASED_NAME, MessageId, PrivateMessage};
use crate::text::CleanText;

/// The waiting messages of all accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::chat) struct Mailboxes {
    /// In the order in which they were left.
    #[serde(serialize_with = "in_order::map")]
    by_account: FxHashMap<AccountId, Vec<PrivateMessage>>,
    /// Size of all messages in bytes.
    bytes: usize,
    /// The highest id that was ever given.
    last: MessageId,
}

impl Mailboxes {
    /// Creates the mailboxes from the stored messages.
    pub(in crate::chat) fn new(kept: Vec<(AccountId, PrivateMessage)>, last: MessageId) -> Self {
        let mut mailboxes = Self { last, ..Self::default() };
        for (to, message) in kept {
            mailboxes.bytes += bytes_of(&message);
            mailboxes.by_account.entry(to).or_default().push(message);
        }
        mailboxes
    }

    /// Leaves a message. Returns it, or `None` if the mailbox is full: there are too many messages,
    /// in total, from this sender, or in all mailboxes together.
    pub(in crate::chat) fn leave(
        &mut self,
        to: AccountId,
        sender: AccountId,
        from: &str,
        text: &CleanText,
        at: SystemTime,
    ) -> Option<PrivateMessage> {
        let waiting = self.by_account.get(&to).map_or(&[][..], Vec::as_slice);
        let own = waiting.iter().filter(|message| message.sender == sender).count();
        let is_full = waiting.len() >= limits::PRIVATE_MESSAGES_KEPT_MAX
            || own >= limits::PRIVATE_MESSAGES_PER_SENDER_MAX
            || self.bytes >= limits::PRIVATE_MESSAGES_BYTES_MAX;
        if is_full {
            return None;
        }
        self.last.0 += 1;
        let (id, from, text) = (self.last, from.into(), text.clone());
        let message = PrivateMessage { id, from, sender, text, at };
        self.bytes += bytes_of(&message);
        self.by_account.entry(to).or_default().push(message.clone());
        Some(message)
    }

    /// Empties the mailbox of an account.
    pub(in crate::chat) fn take(&mut self, account: AccountId) -> Vec<PrivateMessage> {
        let messages = self.by_account.remove(&account).unwrap_or_default();
        self.bytes -= messages.iter().map(bytes_of).sum::<usize>();
        messages
    }

    /// Removes the waiting messages from an account, or only its name from them.
    pub(in crate::chat) fn erase(&mut self, sender: AccountId, keeps_messages: bool) {
        for messages in self.by_account.values_mut() {
            if keeps_messages {
                for message in messages.iter_mut().filter(|message| message.sender == sender) {
                    self.bytes -= bytes_of(message);
                    (message.from, message.sender) = (ERASED_NAME.into(), AccountId::NOBODY);
                    self.bytes += bytes_of(message);
                }
            } else {
                let erased = messages.extract_if(.., |message| message.sender == sender);
                self.bytes -= erased.map(|message| bytes_of(&message)).sum::<usize>();
            }
        }
        self.by_account.retain(|_, messages| !messages.is_empty());
    }
}

fn bytes_of(message: &PrivateMessage) -> usize {
    size_of::<PrivateMessage>() + message.from.len() + message.text.as_str().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMY: AccountId = AccountId(1);

    fn leave(mailboxes: &mut Mailboxes, sender: i64) -> Option<MessageId> {
        let text = CleanText::from_bytes(b"hi");
        let at = SystemTime::UNIX_EPOCH;
        mailboxes.leave(AMY, AccountId(sender), "bob", &text, at).map(|message| message.id)
    }

    #[test]
    fn a_mailbox_has_limits_in_total_and_per_sender() {
        let mut mailboxes = Mailboxes::default();
        let senders = limits::PRIVATE_MESSAGES_KEPT_MAX / limits::PRIVATE_MESSAGES_PER_SENDER_MAX;
        for sender in 1..=senders as i64 {
            for _ in 0..limits::PRIVATE_MESSAGES_PER_SENDER_MAX {
                assert!(leave(&mut mailboxes, sender).is_some());
            }
            assert_eq!(leave(&mut mailboxes, sender), None);
        }
        assert_eq!(leave(&mut mailboxes, 99), None);
        let taken = mailboxes.take(AMY);
        assert_eq!(taken.len(), limits::PRIVATE_MESSAGES_KEPT_MAX);
        assert_eq!(mailboxes.bytes, 0);
        assert!(leave(&mut mailboxes, 99) > taken.last().map(|message| message.id));
    }

    #[test]
    fn all_mailboxes_together_have_a_limit() {
        let mut mailboxes =
            Mailboxes { bytes: limits::PRIVATE_MESSAGES_BYTES_MAX, ..Mailboxes::default() };
        assert_eq!(leave(&mut mailboxes, 2), None);
        mailboxes.bytes -= 1;
        assert_eq!(leave(&mut mailboxes, 2), Some(MessageId(1)));
    }
}
