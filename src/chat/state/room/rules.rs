//! Who may enter a room, who may change it, and how fast one may talk there.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::limits;
use crate::model::id::PersonId;
use crate::model::password::PasswordHash;
use crate::text::CleanText;

/// Whose a room is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// Nobody's: the lobby, and a room whose owner's account is gone while nobody is in it.
    #[default]
    Nobody,
    /// Somebody's.
    Person(PersonId),
}

/// What somebody who wants to enter finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// The door is open.
    Open,
    /// Only who has been invited may enter.
    Locked,
    /// It takes a password.
    Password(&'a PasswordHash),
}

/// What its owner has decided about a room.
#[derive(Debug, Default)]
pub struct Rules {
    /// Whose it is.
    pub owner: Owner,
    /// What it is about.
    pub topic: Option<CleanText>,
    /// Whether only the invited may enter.
    pub locked: bool,
    /// What it takes to enter.
    pub password: Option<PasswordHash>,
    /// It was made with a password, which is not hashed yet: until then nobody enters.
    pub awaits_password: bool,
    /// Seconds between two lines of one person.
    pub slow: Option<NonZeroU32>,
    /// Not in lists, and not told of who is in it.
    pub hidden: bool,
    invited: FxHashSet<PersonId>,
    /// With `slow`: when somebody last said something.
    last_said: FxHashMap<PersonId, Instant>,
}

impl Rules {
    /// The rules of a room that somebody makes.
    pub fn of(owner: PersonId) -> Self {
        Self { owner: Owner::Person(owner), ..Self::default() }
    }

    /// It is nobody's any more. What nobody could change is undone.
    pub fn give_up(&mut self) {
        *self = Self { topic: self.topic.take(), ..Self::default() };
    }

    /// Whether it is theirs.
    pub fn is_owner(&self, person: PersonId) -> bool {
        self.owner == Owner::Person(person)
    }

    /// What this person finds who wants to enter.
    pub fn entry(&self, person: PersonId) -> Entry<'_> {
        if self.is_owner(person) || self.invited.contains(&person) {
            Entry::Open
        } else if self.locked || self.awaits_password {
            Entry::Locked
        } else {
            self.password.as_ref().map_or(Entry::Open, Entry::Password)
        }
    }

    /// Lets somebody in from now on, whatever the rules. Says whether there was room for the
    /// invitation.
    pub fn invite(&mut self, person: PersonId) -> bool {
        if self.invited.len() >= limits::INVITED_MAX && !self.invited.contains(&person) {
            return false;
        }
        self.invited.insert(person);
        true
    }

    /// Who has been invited.
    pub fn invited(&self) -> impl Iterator<Item = PersonId> {
        self.invited.iter().copied()
    }

    /// The invitations of everybody else are void: guests who have gone do not come back.
    pub fn keep_invited(&mut self, is_somebody: impl Fn(PersonId) -> bool) {
        self.invited.retain(|person| is_somebody(*person));
    }

    /// An invitation is void: the person is no more.
    pub fn forget(&mut self, person: PersonId) {
        self.invited.remove(&person);
        self.last_said.remove(&person);
    }

    /// Somebody is somebody else from now on, with all that was theirs here. Says whether anything
    /// was.
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
            self.owner = Owner::Person(after);
        }
        was_owner || was_invited
    }

    /// Somebody wants to say something.
    ///
    /// # Errors
    /// How long they have to wait before they may.
    pub fn take_word(&mut self, person: PersonId, now: Instant) -> Result<(), Duration> {
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

    /// Sets or removes the pause between two lines of one person.
    pub fn set_slow(&mut self, seconds: Option<NonZeroU32>) {
        self.slow = seconds;
        self.last_said = FxHashMap::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ClientId;

    const ANN: PersonId = PersonId::Guest(ClientId(1));
    const BOB: PersonId = PersonId::Guest(ClientId(2));

    #[test]
    fn who_may_enter() {
        let mut rules = Rules::of(ANN);
        assert_eq!(rules.entry(BOB), Entry::Open);
        rules.locked = true;
        assert_eq!((rules.entry(ANN), rules.entry(BOB)), (Entry::Open, Entry::Locked));
        assert!(rules.invite(BOB));
        assert_eq!(rules.entry(BOB), Entry::Open);
        rules.forget(BOB);
        assert_eq!(rules.entry(BOB), Entry::Locked);
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
        assert_eq!((rules.entry(ANN), rules.entry(BOB)), (Entry::Open, Entry::Locked));
    }

    #[test]
    fn a_slow_room_takes_one_line_in_its_time_from_everybody_but_its_owner() {
        let start = Instant::now();
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
