//! Moderation as plain data: ranks, bans and mutes, and the audit log.
//!
//! This module defines what a rank is, who is subject to a ban or a mute, when it expires, and how
//! each of these is written. It does not know who is connected, who has permission for what, or
//! where this data is stored.

mod network;
mod token;

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::base::address_block::AddressBlock;
use crate::model::{AccountId, RoomId, SanctionId, Timestamp};

pub use self::network::{Network, NoNetwork};
pub use self::token::{NoRandomness, OwnerToken};

/// The rank of a registered user on the whole server. An owner may do everything that an operator
/// may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rank {
    /// Moderates the server.
    Operator,
    /// Also appoints and removes operators.
    Owner,
}

/// What a sanction forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SanctionKind {
    /// Being in the room, or on the server.
    Ban,
    /// Talking.
    Mute,
}

/// The subject of a sanction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// Everyone from this network.
    Network(Network),
    /// A person: their account, if they have one, and the addresses they came from. The addresses
    /// apply only to guests, because registered users are identified by their account.
    Person {
        /// The account.
        account: Option<AccountId>,
        /// The person's addresses when the sanction was imposed.
        origins: Vec<AddressBlock>,
    },
}

/// A ban or a mute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sanction {
    /// A number that no other sanction has or had.
    pub id: SanctionId,
    /// What it forbids.
    pub kind: SanctionKind,
    /// The room where it applies; `None` for the whole server.
    pub room: Option<RoomId>,
    /// The person or network it applies to.
    pub subject: Subject,
    /// The person's name at the time, or the network as text.
    pub name: Box<str>,
    /// The name of the person who imposed it.
    pub by: Box<str>,
    /// When it was imposed. On disk in whole seconds.
    pub at: SystemTime,
    /// When it expires; `None` if it lasts until it is lifted. On disk in whole seconds.
    pub until: Option<SystemTime>,
    /// The reason given.
    pub reason: Option<Box<str>>,
}

impl Sanction {
    /// Whether it applies to this account.
    pub fn is_of(&self, one: AccountId) -> bool {
        matches!(self.subject, Subject::Person { account: Some(account), .. } if account == one)
    }

    /// Whether it has expired.
    pub fn is_over(&self, now: SystemTime) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// The removal of a person from a room or the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// The moderator.
    pub by: Arc<str>,
    /// The room; `None` for the whole server.
    pub room: Option<Arc<str>>,
    /// The reason, if one was given.
    pub reason: Option<Box<str>>,
}

/// A ban or mute, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SanctionView {
    /// What it forbids.
    pub kind: SanctionKind,
    /// The person's name at the time, or the network.
    pub name: Box<str>,
    /// The moderator.
    pub by: Box<str>,
    /// The room; `None` for the whole server.
    pub room: Option<Arc<str>>,
    /// When it was imposed.
    pub at: Timestamp,
    /// When it ends; `None` if it lasts until it is lifted.
    pub until: Option<Timestamp>,
    /// The reason, if one was given.
    pub reason: Option<Box<str>>,
    /// Where the person came from, for operators.
    pub origins: Box<[Network]>,
}

/// A ban or mute, as those are told of it whom it keeps from something. They need not be the
/// person whom it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SanctionTerm {
    /// The room; `None` for the whole server.
    pub room: Option<Arc<str>>,
    /// When it ends; `None` if it lasts until it is lifted.
    pub until: Option<Timestamp>,
    /// The reason, if one was given.
    pub reason: Option<Box<str>>,
}

/// A moderation action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModAction {
    /// Became the owner.
    Claim,
    /// Made a user an owner.
    MakeOwner,
    /// Made a user an operator.
    Op,
    /// Removed a user's rank.
    Deop,
    /// Removed a user, who may come back.
    Kick,
    /// Banned a user or network.
    Ban,
    /// Lifted a ban.
    Unban,
    /// Muted a user or network.
    Mute,
    /// Lifted a mute.
    Unmute,
    /// Allowed only registered users to talk.
    Lockdown,
    /// Ended the lockdown.
    Unlock,
    /// Changed a room as an operator; the reason says how.
    Room,
    /// Deleted messages of a user; the reason says how many.
    Delete,
}

impl ModAction {
    /// All actions, with the words that stand for them in the archive. The words never change.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::Claim, "claim"),
        (Self::MakeOwner, "owner"),
        (Self::Op, "op"),
        (Self::Deop, "deop"),
        (Self::Kick, "kick"),
        (Self::Ban, "ban"),
        (Self::Unban, "unban"),
        (Self::Mute, "mute"),
        (Self::Unmute, "unmute"),
        (Self::Lockdown, "lockdown"),
        (Self::Unlock, "unlock"),
        (Self::Room, "room"),
        (Self::Delete, "delete"),
    ];

    /// The word that stands for the action.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The action that the word stands for.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(action, _)| *action)
    }
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When it happened. On disk in whole seconds.
    pub at: Timestamp,
    /// The name of the person who acted.
    pub by: Box<str>,
    /// The action.
    pub action: ModAction,
    /// The name of the person affected, or the network.
    pub whom: Option<Box<str>>,
    /// The name of the room; `None` for the whole server.
    pub room: Option<Box<str>>,
    /// When the sanction expires, if the action imposed one that does.
    pub until: Option<Timestamp>,
    /// The reason given.
    pub reason: Option<Box<str>>,
}

/// A change of the moderation state, to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModerationChange {
    /// A user's rank has changed.
    Rank {
        /// The user's account.
        account: AccountId,
        /// The new rank.
        rank: Option<Rank>,
    },
    /// A ban or mute was imposed, possibly replacing one with the same number.
    Impose {
        /// The ban or mute.
        sanction: Sanction,
        /// The sanctions that it replaces.
        replaced: Vec<SanctionId>,
    },
    /// These sanctions have ended.
    Remove(Vec<SanctionId>),
    /// Whether only registered users may talk.
    Lockdown(bool),
    /// The rules of the lobby, which is not in the table of rooms.
    Lobby(LobbyRules),
}

impl ModerationChange {
    /// A new ban or mute that replaces none.
    pub fn impose(sanction: Sanction) -> Self {
        Self::Impose { sanction, replaced: Vec::new() }
    }
}

/// The lobby's settings, as chosen by operators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LobbyRules {
    /// The topic.
    pub topic: Option<Box<str>>,
    /// Minimum number of seconds between two lines of one person.
    pub slow: Option<std::num::NonZeroU32>,
}

/// The moderation state that a server loads when it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredModeration {
    /// The accounts with a rank.
    pub ranks: Vec<(AccountId, Rank)>,
    /// All bans and mutes that have not been lifted, in the order in which they were imposed. Some
    /// may have expired.
    pub sanctions: Vec<Sanction>,
    /// The latest entries, at most [`AUDIT_ENTRIES_MAX`](crate::limits::AUDIT_ENTRIES_MAX), in
    /// order.
    pub audit: Vec<AuditEntry>,
    /// Whether only registered users may talk.
    pub lockdown: bool,
    /// The rules of the lobby.
    pub lobby: LobbyRules,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_its_word() {
        for (at, (action, word)) in ModAction::ALL.into_iter().enumerate() {
            assert_eq!(action as usize, at);
            assert_eq!((action.word(), ModAction::of_word(word)), (word, Some(action)));
        }
        assert_eq!(ModAction::of_word("bananas"), None);
    }

    #[test]
    fn an_owner_outranks_an_operator_who_outranks_everybody_else() {
        assert!(Some(Rank::Owner) > Some(Rank::Operator) && Some(Rank::Operator) > None);
    }
}
