//! What keeps order, as plain data: ranks, bans and mutes, and what is remembered of who did what.
//!
//! Owned here: what a rank is, whom a ban or a mute concerns, when it is over, and how it is
//! written down. Not known here: who is connected, who may do what, and where any of it is kept.

mod network;
mod token;

use std::time::SystemTime;

use crate::base::address_block::Origin;
use crate::model::id::{AccountId, RoomId, SanctionId};

pub use self::network::{Network, NoNetwork};
pub use self::token::{NoRandomness, OwnerToken};

/// What somebody registered may do on the whole server. An owner may do all that an operator may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Keeps order.
    Operator,
    /// Says who does.
    Owner,
}

/// What a sanction forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SanctionKind {
    /// To be there.
    Ban,
    /// To say anything.
    Mute,
}

/// Whom a sanction concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Everybody who comes from there.
    Network(Network),
    /// Somebody: by their account, if they have one, and by where they came from, which concerns
    /// only guests, for others have names.
    Person {
        /// The account.
        account: Option<AccountId>,
        /// Where they were here from.
        origins: Vec<Origin>,
    },
}

/// A ban or a mute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanction {
    /// Its number, which no other one has or had.
    pub id: SanctionId,
    /// What it forbids.
    pub kind: SanctionKind,
    /// Where it holds; `None` for the whole server.
    pub room: Option<RoomId>,
    /// Whom it concerns.
    pub subject: Subject,
    /// What they were called, or the network as it is written.
    pub name: Box<str>,
    /// Who imposed it, as they were called.
    pub by: Box<str>,
    /// When. On disk in whole seconds.
    pub at: SystemTime,
    /// When it ends; `None` for when it is lifted. On disk in whole seconds.
    pub until: Option<SystemTime>,
    /// Why.
    pub reason: Option<Box<str>>,
}

impl Sanction {
    /// Whether it concerns this account.
    pub fn is_of(&self, one: AccountId) -> bool {
        matches!(self.subject, Subject::Person { account: Some(account), .. } if account == one)
    }

    /// Whether its time has passed.
    pub fn is_over(&self, now: SystemTime) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// What somebody did to keep order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Became the owner.
    Claim,
    /// Made somebody an owner.
    MakeOwner,
    /// Made somebody an operator.
    Op,
    /// Took somebody's rank.
    Deop,
    /// Removed somebody, who may come back.
    Kick,
    /// Banned somebody.
    Ban,
    /// Ended a ban.
    Unban,
    /// Muted somebody.
    Mute,
    /// Ended a mute.
    Unmute,
    /// Let only registered people talk.
    Lockdown,
    /// Ended that.
    Unlock,
    /// Changed a room as an operator: the reason says how.
    Room,
}

impl Deed {
    /// All of them, with the words by which they are written down. These never change.
    pub const ALL: [(Self, &'static str); 12] = [
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
    ];

    /// The word by which it is written down.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The deed of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(deed, _)| *deed)
    }
}

/// What is remembered of a deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When. On disk in whole seconds.
    pub at: SystemTime,
    /// Who did it, as they were called.
    pub by: Box<str>,
    /// What.
    pub deed: Deed,
    /// To whom, as they were called, or to which network.
    pub whom: Option<Box<str>>,
    /// In which room, as it was called; `None` for the whole server.
    pub room: Option<Box<str>>,
    /// Until when.
    pub until: Option<SystemTime>,
    /// Why.
    pub reason: Option<Box<str>>,
}

/// What of all that is to be kept otherwise from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderChange {
    /// Somebody's rank is this.
    Rank {
        /// Whose.
        account: AccountId,
        /// `None` for none.
        rank: Option<Rank>,
    },
    /// There is one more ban or mute, or another one of the same number.
    Impose {
        /// It.
        sanction: Sanction,
        /// Those that it takes the place of.
        replaced: Vec<SanctionId>,
    },
    /// These have ended.
    Lift(Vec<SanctionId>),
    /// Whether only registered people may talk.
    Lockdown(bool),
    /// What has been decided about the lobby, which is in no table of rooms.
    Lobby(LobbyRules),
}

impl OrderChange {
    /// There is one more ban or mute, in nobody's place.
    pub fn impose(sanction: Sanction) -> Self {
        Self::Impose { sanction, replaced: Vec::new() }
    }
}

/// What operators have decided about the lobby.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LobbyRules {
    /// What it is about.
    pub topic: Option<Box<str>>,
    /// Seconds between two lines of one person.
    pub slow: Option<std::num::NonZeroU32>,
}

/// What is kept of all that when a server starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptOrder {
    /// Who has a rank.
    pub ranks: Vec<(AccountId, Rank)>,
    /// All bans and mutes that have not been lifted, in the order in which they were imposed. The
    /// time of some may have passed.
    pub sanctions: Vec<Sanction>,
    /// The highest number that a sanction has or had.
    pub last_sanction: SanctionId,
    /// The last deeds, [`AUDIT_ENTRIES_MAX`](crate::limits::AUDIT_ENTRIES_MAX) at most, in order.
    pub audit: Vec<AuditEntry>,
    /// Whether only registered people may talk.
    pub lockdown: bool,
    /// What has been decided about the lobby.
    pub lobby: LobbyRules,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_deed_has_its_word() {
        for (at, (deed, word)) in Deed::ALL.into_iter().enumerate() {
            assert_eq!(deed as usize, at);
            assert_eq!((deed.word(), Deed::of_word(word)), (word, Some(deed)));
        }
        assert_eq!(Deed::of_word("bananas"), None);
    }

    #[test]
    fn an_owner_outranks_an_operator_who_outranks_everybody_else() {
        assert!(Some(Rank::Owner) > Some(Rank::Operator) && Some(Rank::Operator) > None);
    }
}
