//! Changes to be stored.

use std::time::SystemTime;

use crate::model::id::AccountId;
use crate::model::moderation::{AuditEntry, ModerationChange};
use crate::model::records::RoomRecord;
use crate::model::settings::Settings;

/// A change to be stored. Changes to accounts that no longer exist are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// The settings of a user.
    Settings {
        /// The user's account.
        account: AccountId,
        /// The new settings.
        settings: Settings,
    },
    /// When a user was last here.
    Seen {
        /// The user's account.
        account: AccountId,
        /// The time.
        at: SystemTime,
    },
    /// The spelling of a user's name.
    Name {
        /// The user's account.
        account: AccountId,
        /// The name as it is spelled now.
        name: Box<str>,
    },
    /// A room. It is not stored if its owner's account no longer exists.
    Room {
        /// The key of the name; equal names have the same key.
        key: Box<str>,
        /// The whole room; `None` removes it together with its bans and mutes.
        room: Option<RoomRecord>,
    },
    /// A moderation action: the change and the entry are stored in one transaction.
    Moderation {
        /// The change of the moderation state, if there is one.
        change: Option<ModerationChange>,
        /// The entry in the audit log, if there is one.
        entry: Option<AuditEntry>,
    },
    /// A user has seen private messages, which can now be removed.
    MessagesSeen {
        /// The user's account.
        account: AccountId,
        /// The id of the last message seen.
        up_to: i64,
    },
}
