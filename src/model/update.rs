//! Changes that are to be stored.

use std::time::SystemTime;

use crate::model::id::AccountId;
use crate::model::moderation::{AuditEntry, ModerationChange};
use crate::model::records::RoomRecord;
use crate::model::settings::Settings;

/// Something that is to be kept otherwise from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// What somebody has chosen. Accounts that are gone are passed over, here and below.
    Settings {
        /// Whose settings.
        account: AccountId,
        /// All of them.
        settings: Settings,
    },
    /// When somebody was last here.
    Seen {
        /// Who.
        account: AccountId,
        /// When.
        at: SystemTime,
    },
    /// How somebody's name is spelled.
    Name {
        /// Whose.
        account: AccountId,
        /// The name.
        name: Box<str>,
    },
    /// A room. One whose owner's account is gone is not kept.
    Room {
        /// What makes two names of rooms the same.
        key: Box<str>,
        /// All of it; `None` if it is no longer kept, and nor are its bans and mutes.
        room: Option<RoomRecord>,
    },
    /// What keeps order, and what is remembered of it: both are kept at once.
    Moderation {
        /// What is otherwise, if anything is.
        change: Option<ModerationChange>,
        /// What is remembered of it.
        entry: Option<AuditEntry>,
    },
    /// The messages that somebody has seen are no longer kept.
    MessagesSeen {
        /// Who.
        account: AccountId,
        /// The last of them.
        up_to: i64,
    },
}
