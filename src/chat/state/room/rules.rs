//! The rules of a room: who may join, who may change it, and how fast people may talk in it.

use std::num::NonZeroU32;
use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::base::in_order;
use crate::limits;
use crate::model::{PasswordHash, PersonId};
use crate::text::CleanText;

/// The requirement for joining a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinCheck<'a> {
    /// Nothing.
    Open,
    /// An invitation.
    Locked,
    /// The password.
    Password(&'a PasswordHash),
}

/// The rules that the owner of a room has set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Rules {
    /// The owner. The lobby has none, nor has a room whose owner's account was removed while nobody
    /// was in the room.
    pub owner: Option<PersonId>,
    /// The topic.
    pub topic: Option<CleanText>,
    /// Whether only invited people may join.
    pub locked: bool,
    /// The password for joining.
    pub password: Option<PasswordHash>,
    /// The minimum time between two lines of one person, in seconds.
    pub slow: Option<NonZeroU32>,
    /// Whether the room is left out of lists, and its members are shown only to each other.
    pub hidden: bool,
    #[serde(serialize_with = "in_order::set")]
    invited: FxHashSet<PersonId>,
    /// When each person last said something, for `slow`.
    #[serde(serialize_with = "in_order::map")]
    last_said: FxHashMap<PersonId, Duration>,
}

impl Rules {
    /// The rules of a new room.
    pub fn of(owner: PersonId) -> Self {
        Self { owner: Some(owner), ..Self::default() }
    }

    /// Removes the owner, and all rules that nobody could change any more.
    pub fn give_up(&mut self) {
        *self = Self { topic: self.topic.take(), ..Self::default() };
    }

    /// Whether this person is the owner.
    pub fn is_owner(&self, person: PersonId) -> bool {
        self.owner == Some(person)
    }

    /// The requirement for this person to join.
    pub fn entry(&self, person: PersonId) -> JoinCheck<'_> {
        if self.is_owner(person) || self.invited.contains(&person) {
            JoinCheck::Open
        } else if self.locked {
            JoinCheck::Locked
        } else {
            self.password.as_ref().map_or(JoinCheck::Open, JoinCheck::Password)
        }
    }

    /// Invites a person, who may join from now on regardless of the other rules. Returns `false` if
    /// there are too many invitations.
    pub fn invite(&mut self, person: PersonId) -> bool {
        if self.invited.len() >= limits::INVITED_MAX && !self.invited.contains(&person) {
            return false;
        }
        self.invited.insert(person);
        true
    }

    /// The people who have been invited, in the order of their ids.
    pub fn invited(&self) -> Vec<PersonId> {
        let mut invited: Vec<PersonId> = self.invited.iter().copied().collect();
        invited.sort_unstable();
        invited
    }

    /// Keeps only the invitations of these people: guests who have left do not return.
    pub fn keep_invited(&mut self, is_somebody: impl Fn(PersonId) -> bool) {
        self.invited.retain(|person| is_somebody(*person));
    }

    /// Forgets a person who no longer exists.
    pub fn forget(&mut self, person: PersonId) {
        self.invited.remove(&person);
        self.last_said.remove(&person);
    }

    /// Transfers what a person has in the room to their new identity. Returns whether this has
    /// changed anything that is stored.
    pub fn change_person(&mut self, before: PersonId, after: PersonId) -> bool {
        let was_invited = self.invited.remove(&before);
        if was_invited {
            self.invited.insert(after);
        }
        if let Some(at) = self.last_said.remove(&before) {
            self.last_said.insert(after, at);
        }
        let was_owner = self.is_owner(before);
        if was_owner {
            self.owner = Some(after);
        }
        was_owner || was_invited
    }

    /// Counts a line that a person wants to say.
    ///
    /// # Errors
    /// The time they have to wait before the next line.
    pub fn take_word(&mut self, person: PersonId, now: Duration) -> Result<(), Duration> {
        let Some(seconds) = self.slow else { return Ok(()) };
        if self.is_owner(person) {
            return Ok(());
        }
        let pause = Duration::from_secs(u64::from(seconds.get()));
        if let Some(&at) = self.last_said.get(&person)
            && at + pause > now
        {
            return Err(at + pause - now);
        }
        if self.last_said.len() >= limits::SLOW_SPEAKERS_REMEMBERED_MAX {
            self.last_said.retain(|_, at| *at + pause > now);
        }
        self.last_said.insert(person, now);
        Ok(())
    }

    /// Sets or removes the minimum time between two lines of one person.
    pub fn set_slow(&mut self, seconds: Option<NonZeroU32>) {
        self.slow = seconds;
        self.last_said = FxHashMap::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClientId;

    const ANN: PersonId = PersonId::Guest(ClientId(1));
    const BOB: PersonId = PersonId::Guest(ClientId(2));

    #[test]
    fn entry_follows_the_rules() {
        let mut rules = Rules::of(ANN);
        assert_eq!(rules.entry(BOB), JoinCheck::Open);
        rules.locked = true;
        assert_eq!((rules.entry(ANN), rules.entry(BOB)), (JoinCheck::Open, JoinCheck::Locked));
        assert!(rules.invite(BOB));
        assert_eq!(rules.entry(BOB), JoinCheck::Open);
        rules.forget(BOB);
        assert_eq!(rules.entry(BOB), JoinCheck::Locked);
    }

    #[test]
    fn an_owner_and_a_guest_keep_what_is_theirs_when_they_are_called_otherwise() {
        let after = PersonId::Registered(crate::model::id::AccountId(7));
        let mut rules = Rules::of(ANN);
        rules.locked = true;
        assert!(!rules.change_person(BOB, after));
        assert!(rules.change_person(ANN, after));
        assert!(rules.is_owner(after) && !rules.is_owner(ANN));
        rules.invite(BOB);
        assert!(rules.change_person(BOB, ANN));
        assert_eq!((rules.entry(ANN), rules.entry(BOB)), (JoinCheck::Open, JoinCheck::Locked));
    }

    #[test]
    fn a_slow_room_limits_everyone_except_its_owner() {
        let start = Duration::from_secs(3600);
        let second = |seconds| start + Duration::from_secs(seconds);
        let mut rules = Rules::of(ANN);
        rules.set_slow(NonZeroU32::new(10));
        assert_eq!(rules.take_word(BOB, second(0)), Ok(()));
        assert_eq!(rules.take_word(BOB, second(4)), Err(Duration::from_secs(6)));
        assert_eq!(rules.take_word(BOB, second(10)), Ok(()));
        for _ in 0..3 {
            assert_eq!(rules.take_word(ANN, second(10)), Ok(()));
        }
        rules.set_slow(None);
        assert_eq!(rules.take_word(BOB, second(10)), Ok(()));
    }
}
